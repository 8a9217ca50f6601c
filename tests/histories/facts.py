"""Everything that the sources and the settings say at one moment: what the statement computes the tables from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from files_source import Files
from genesys_source import Genesys
from reference import Reference
from reference_facts import Conversion, Lead, Settings, Touch
from salesforce_facts import Salesforce


@dataclass(frozen=True)
class Seeds:
    """The seeds' tables. ``rates``: (day, from, to, rate); ``costs``: (campaign, day, cost, currency)."""

    weights: dict[str, str] = field(default_factory=lambda: {"outbound_call": "1.5", "sms": "0.25", "email": "1.0"})
    rates: tuple[tuple[str, str, str, str], ...] = (
        ("2024-01-01", "EUR", "USD", "1.083333"),
        ("2024-04-15", "EUR", "USD", "1.1"),
        ("2024-01-01", "USD", "EUR", "0.9"),
    )
    costs: tuple[tuple[str, str, str, str], ...] = ()
    aliases: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Vars:
    """dbt's vars, and the same as the reference takes it."""

    dbt: dict[str, Any] = field(default_factory=dict)
    reference: dict[str, Any] = field(default_factory=dict)

    @property
    def exported_model(self) -> str:
        return str(self.dbt.get("exported_model", "channel_weighted_time_decay"))

    @property
    def currency(self) -> str:
        return str(self.dbt.get("reporting_currency", "USD"))

    @property
    def handling_cost_per_hour(self) -> Decimal:
        return Decimal(str(self.dbt.get("handling_cost_per_hour", 0)))


@dataclass
class World:
    """The three systems; those that are not among ``sources`` hold nothing. ``late``: loaded too long ago."""

    sources: tuple[str, ...]
    files: Files = field(default_factory=Files)
    genesys: Genesys = field(default_factory=Genesys)
    salesforce: Salesforce = field(default_factory=Salesforce)
    seeds: Seeds = field(default_factory=Seeds)
    vars: Vars = field(default_factory=Vars)
    late: set[str] = field(default_factory=set)

    def reference(self) -> Reference:
        """The reference over all that is known."""
        touches: list[Touch] = []
        conversions: list[Conversion] = []
        leads: list[Lead] = []
        ties: list[tuple[str, str, str]] = []
        if "genesys" in self.sources:
            touches += self.genesys.touches(self.seeds.aliases)
        if "salesforce" in self.sources:
            touches += self.salesforce.touches()
            conversions += self.salesforce.conversions(ZoneInfo(self.vars.dbt.get("crm_timezone", "UTC")))
            leads, ties = self.salesforce.leads(), self.salesforce.ties()
        if "files" in self.sources:
            told = self.files.facts()
            touches += told[0]
            conversions += told[1]
        settings = Settings(
            weights={channel: Decimal(weight) for channel, weight in self.seeds.weights.items()},
            rates=self._rates(),
            reporting_currency=self.vars.currency,
            **self.vars.reference,
        )
        return Reference(touches, conversions, settings, leads, ties)

    def _rates(self) -> dict[str, list[tuple[date, Decimal]]]:
        """The seed's rates by currency; before the first of them, the CRM's."""
        rates: dict[str, list[tuple[date, Decimal]]] = {}
        for day, currency, to, rate in self.seeds.rates:
            if to == self.vars.currency:
                rates.setdefault(currency, []).append((date.fromisoformat(day), Decimal(rate)))
        for currency, known in self._crm_rates().items():
            first = min((since for since, _ in rates.get(currency, [])), default=date.max)
            rates.setdefault(currency, []).extend((since, rate) for since, rate in known if since < first)
        return rates

    def _crm_rates(self) -> dict[str, list[tuple[date, Decimal]]]:
        """The CRM has units for one of its own currency: two of them, of the same day, make a rate of ours."""
        units: dict[str, list[tuple[date, Decimal]]] = {}
        if "salesforce" in self.sources:
            for row in self.salesforce.rows["dated_conversion_rate"].values():
                units.setdefault(row["iso_code"], []).append((row["start_date"], row["conversion_rate"]))
        ours = units.pop(self.vars.currency, [])
        rates: dict[str, list[tuple[date, Decimal]]] = {}
        for currency, theirs in units.items():
            for day in {since for since, _ in [*ours, *theirs]}:
                pair = [max((each for each in known if each[0] <= day), default=None) for known in (ours, theirs)]
                if pair[0] and pair[1]:
                    rate = (pair[0][1] / pair[1][1]).quantize(Decimal("1e-12"), ROUND_HALF_UP)
                    rates.setdefault(currency, []).append((day, rate))
        return rates
