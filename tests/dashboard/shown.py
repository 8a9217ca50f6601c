"""What the open page shows, and what SQL on the marts says it should."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from browser import Browser
from marts import MODELS, ZONE, Marts

CREDIT = 1e-9


@dataclass(frozen=True)
class Selection:
    """What is chosen: a model, days (ISO), a campaign id and a type; None for all."""

    model: str
    first: str = "0001-01-01"
    last: str = "9999-12-31"
    campaign: str | None = None
    type: str | None = None
    zone: str = ZONE

    @property
    def conversions(self) -> str:
        """The conversions of the chosen days and type."""
        type_is = f" and conversion_type = '{self.type}'" if self.type else ""
        return (
            f"(select * from marts.fct_conversions where {self.day('converted_at')}"
            f" between '{self.first}' and '{self.last}'{type_is})"
        )

    @property
    def credits(self) -> str:
        """What the chosen model gave the touches of the chosen campaign for them."""
        campaign_is = f"where a.campaign_id = '{self.campaign}'" if self.campaign else ""
        return (
            f"(select a.conversion_id, a.touch_id, a.campaign_id, a.touch_sequence, a.hours_to_conversion,"
            f" a.{self.model}_credit as credit, a.{self.model}_value as value, c.conversion_value_reporting,"
            f" c.converted_at from marts.fct_attribution a join {self.conversions} c using (conversion_id)"
            f" {campaign_is})"
        )

    def day(self, column: str) -> str:
        return f"cast(timezone('{self.zone}', timezone('UTC', {column})) as date)"


def choose(page: Browser, selection: Selection) -> None:
    """Set every control to the selection."""
    days = page.js("[document.getElementById('from').min, document.getElementById('from').max]")
    campaigns = page.js("dashboard.content.campaigns.map(each => each.id)")
    types = page.js("dashboard.content.types")
    page.choose(
        model=[model for model, _ in MODELS].index(selection.model),
        campaign="" if selection.campaign is None else campaigns.index(selection.campaign),
        type="" if selection.type is None else types.index(selection.type),
        **{"from": max(selection.first, days[0]), "to": min(selection.last, days[1])},
    )


def figure(page: Browser, name: str) -> float | None:
    """A headline figure: conversions, credit, cents, unattributed, cost (ten-thousandths), roi, findings."""
    text = page.js(f"document.getElementById('figure-{name}').value")
    return None if text == "" else float(text)


def table(page: Browser, name: str) -> dict[str, list[float | None]]:
    """A table's rows by their first cell: the raw figures of the others."""
    rows = page.js(
        f"""[...document.querySelectorAll("#{name}-table tbody tr, #{name}-table tfoot tr")].map(row =>
            [row.cells[0].querySelector(".path")?.title ?? row.cells[0].textContent,
             [...row.cells].slice(1).filter(cell => cell.classList.contains("number"))
                 .map(cell => "value" in cell.dataset ? Number(cell.dataset.value) : null)])"""
    )
    return dict(rows)


def one(marts: Marts, sql: str) -> tuple[Any, ...]:
    return marts.query(sql)[0]


def near(shown: float, wanted: Any) -> bool:
    """Whether a sum of credit is what SQL says."""
    return abs(shown - float(wanted or 0)) <= CREDIT
