"""Each planted trap that is a finding is found as often as it was planted, and on the records that carry it."""

from __future__ import annotations

import pytest
from planted import Planted
from world import FirstRound

from sandbox.content.truth import FINDINGS

TRAPS = {trap: finding for trap, finding in FINDINGS.items() if finding}


@pytest.fixture(scope="module")
def planted(org) -> Planted:
    return Planted(org)


def records_of(first_round: FirstRound, finding: str) -> list[str]:
    rows = first_round.query("select record_id from reports.rpt_data_quality where finding = ?", finding)
    return sorted(row["record_id"] for row in rows)


@pytest.mark.parametrize("trap", TRAPS)
def test_a_trap_is_found_as_often_as_it_was_planted(first_round: FirstRound, trap: str) -> None:
    told = first_round.truth[trap]
    assert told["finding"] == TRAPS[trap]
    assert told["count"] > 0
    assert len(records_of(first_round, told["finding"])) == told["count"]


@pytest.mark.parametrize("finding", TRAPS.values())
def test_a_finding_names_the_records_that_carry_the_trap(
    first_round: FirstRound, planted: Planted, finding: str
) -> None:
    assert records_of(first_round, finding) == sorted(planted.findings[finding])


def test_a_trap_without_a_finding_is_told_as_such(first_round: FirstRound) -> None:
    without = {trap for trap, told in first_round.truth.items() if told["finding"] is None}
    assert without == FINDINGS.keys() - TRAPS.keys()
    assert all(first_round.truth[trap]["count"] > 0 for trap in without)


def test_value_at_stake_is_the_value_of_the_conversion(first_round: FirstRound) -> None:
    rows = first_round.query(
        """
        select quality.value_at_stake, conversions.conversion_value_reporting
        from reports.rpt_data_quality as quality
        inner join marts.fct_conversions as conversions on quality.record_id = conversions.conversion_id
        where quality.finding = 'converted_during_touch'
        """
    )
    assert rows and all(row["value_at_stake"] == row["conversion_value_reporting"] > 0 for row in rows)
