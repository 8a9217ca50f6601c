"""What can happen in a history, as data: hypothesis draws it, JSON holds it, so that one can be had again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

import files_source
import genesys_source
import hypothesis
import salesforce_source
from facts import Seeds, Vars
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

CHANGES = {
    "files": files_source.CHANGES,
    "genesys": genesys_source.CHANGES,
    "salesforce": salesforce_source.CHANGES,
}
VARS: dict[str, Vars] = {
    "defaults": Vars(),
    "steep decay": Vars({"decay_rate": 0.7}, {"decay_rate": Decimal("0.7")}),
    "half-life": Vars({"decay_half_life": 7}, {"half_life": Decimal(7)}),
    "short lookback": Vars({"lookback_window_days": 30}, {"lookback_days": 30}),
    "anchored at the start": Vars({"touch_anchor": "start"}, {"anchor": "start"}),
    "hours": Vars({"timestamp_granularity": "hour"}, {"granularity": "hour"}),
    "New York": Vars(
        {"crm_timezone": "America/New_York", "date_only_convention": "start_of_day"},
        {"zone": "America/New_York", "convention": "start_of_day"},
    ),
    "first touch wins": Vars({"single_win_criterion": "first_touch"}, {"criterion": "first_touch"}),
    "largest wins": Vars({"single_win_criterion": "highest_weighted"}, {"criterion": "highest_weighted"}),
    "in euros": Vars({"reporting_currency": "EUR"}),
    "connected only": Vars({"connected_touches_only": True}, {"connected_only": True}),
    "after the last sale": Vars({"journey_starts_after_previous_conversion": True}, {"from_previous_conversion": True}),
    "time has a price": Vars({"handling_cost_per_hour": 36.5}),
    "short paths": Vars({"path_last_touches": 2}),
    "clean paths": Vars(
        {
            "path_without_repeats": True,
            "path_excluded_channels": ["sms"],
            "path_excluded_campaigns": ["C1"],
            "path_last_touches": 3,
        }
    ),
    "linear exported": Vars({"exported_model": "linear"}),
    "other positions": Vars(
        {"position_based_weights": [0.5, 0.2, 0.3]},
        {"position_weights": (Decimal("0.5"), Decimal("0.2"), Decimal("0.3"))},
    ),
}
SEEDS: dict[str, Seeds] = {
    "as ever": Seeds(),
    "another weight": Seeds(weights={"outbound_call": "3", "sms": "0.25", "silent_channel": "0"}),
    "no weights": Seeds(weights={}),
    "another rate": Seeds(rates=(("2024-01-01", "EUR", "USD", "1.2"), ("2024-03-01", "GBP", "USD", "1.27"))),
    "costs": Seeds(costs=(("C3", "2024-05-01", "120.5", "USD"), ("C5", "2024-05-02", "80", "EUR"))),
    "an alias": Seeds(aliases={"dial-1": "C3"}),
}
# Seeds without which a build fails, early and late.
FAILING_SEEDS = ("exchange_rates", "channel_weights", "disposition_rules", "campaign_costs")

Change = tuple[str, int, int]


@dataclass(frozen=True)
class Stop:
    """A build that does not end well: killed ``pause`` ms after so many models, or without a seed's table."""

    models: int = 0
    pause: int = 0
    without: str | None = None


@dataclass(frozen=True)
class Step:
    """One load for each source in ``loads``, then a build under these vars and seeds, then the comparison.

    With ``stop`` the build does not end well, and nothing is compared; the next step goes on from there. ``is_late``:
    all loads before this step's have grown 30 days older.
    """

    loads: tuple[tuple[str, tuple[Change, ...]], ...] = ()
    vars: str = "defaults"
    seeds: str = "as ever"
    stop: Stop | None = None
    is_late: bool = False


@dataclass(frozen=True)
class History:
    """``start`` is the number of changes that make the first load of each source."""

    sources: tuple[str, ...]
    start: int
    steps: tuple[Step, ...]

    def text(self) -> str:
        """As JSON, on one line."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: str) -> History:
        """From JSON."""
        data = json.loads(text)
        return cls(tuple(data["sources"]), data["start"], tuple(map(_step, data["steps"])))


def _step(data: dict[str, Any]) -> Step:
    loads = tuple((source, tuple((k, n, p) for k, n, p in changes)) for source, changes in data["loads"])
    stop = Stop(**data["stop"]) if data["stop"] else None
    return Step(loads, data["vars"], data["seeds"], stop, data["is_late"])


STOPS = st.one_of(
    st.builds(Stop, models=st.integers(1, 60), pause=st.integers(0, 60)),
    st.builds(Stop, without=st.sampled_from(FAILING_SEEDS)),
)
SOURCES = st.sampled_from([("files",), ("files",), ("salesforce", "files"), ("genesys", "salesforce", "files")])


@st.composite
def histories(draw: st.DrawFn, sources: st.SearchStrategy[tuple[str, ...]] = SOURCES) -> History:
    """3 to 5 steps, the last of which ends well; a build in five does not.

    Vars and seeds mostly stay as they were: where they change, everything is computed, and nothing is seen of what an
    incremental build leaves out.
    """
    chosen = draw(sources)
    variables, seeds = draw(st.sampled_from(list(VARS))), draw(st.sampled_from(list(SEEDS)))
    steps = []
    count = draw(st.integers(3, 5))
    for number in range(count):
        loads = []
        for source in chosen:
            change = st.tuples(st.sampled_from(CHANGES[source]), st.integers(0, 40), st.integers(0, 99))
            changes = draw(st.lists(change, max_size=6))
            if changes:
                loads.append((source, tuple(changes)))
        if number and draw(one_in(8)):
            variables = draw(st.sampled_from(list(VARS)))
        if number and draw(one_in(8)):
            seeds = draw(st.sampled_from(list(SEEDS)))
        stop = draw(STOPS) if number < count - 1 and draw(one_in(5)) else None
        steps.append(Step(tuple(loads), variables, seeds, stop, is_late=draw(one_in(10))))
    return History(chosen, draw(st.integers(20, 60)), tuple(steps))


def one_in(number: int) -> st.SearchStrategy[bool]:
    """True once in so many times, and never in the simplest example."""
    return st.integers(0, number - 1).map(lambda drawn: drawn == number - 1)


def drawn(seed: int, sources: st.SearchStrategy[tuple[str, ...]] = SOURCES) -> History:
    """The history of a seed. Hypothesis begins with the simplest example there is, which is left out."""
    found: list[History] = []

    @hypothesis.seed(seed)
    @settings(max_examples=2, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
    @given(histories(sources))
    def draw(history: History) -> None:
        found.append(history)

    draw()
    return found[-1]


def smaller(history: History) -> Iterator[History]:
    """Histories with one thing less: a source, a step, a load, a change, a stop, other vars or seeds."""
    for source in history.sources if len(history.sources) > 1 else ():
        steps = [replace(s, loads=tuple(load for load in s.loads if load[0] != source)) for s in history.steps]
        yield History(tuple(each for each in history.sources if each != source), history.start, tuple(steps))
    for n in range(len(history.steps)):
        yield replace(history, steps=history.steps[:n] + history.steps[n + 1 :])
    if history.start > 1:
        yield replace(history, start=history.start // 2)
    for n, step in enumerate(history.steps):
        for each in smaller_steps(step):
            yield replace(history, steps=(*history.steps[:n], each, *history.steps[n + 1 :]))


def smaller_steps(step: Step) -> Iterator[Step]:
    """Steps with one thing less."""
    for n, (source, changes) in enumerate(step.loads):
        yield replace(step, loads=step.loads[:n] + step.loads[n + 1 :])
        for m in range(len(changes) if len(changes) > 1 else 0):
            fewer = (source, changes[:m] + changes[m + 1 :])
            yield replace(step, loads=(*step.loads[:n], fewer, *step.loads[n + 1 :]))
    for each in (
        replace(step, stop=None),
        replace(step, vars="defaults"),
        replace(step, seeds="as ever"),
        replace(step, is_late=False),
    ):
        if each != step:
            yield each
