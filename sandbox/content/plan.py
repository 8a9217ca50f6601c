"""What happens to whom: leads, touches and deals, before they are written as either system's records.

Instants are milliseconds since 1970 in UTC; a day is a number of `calendar.Calendar`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from sandbox.content.calendar import Calendar
from sandbox.content.ids import Ids
from sandbox.content.people import CURRENCIES, LEAD_SOURCES, Phones, name, region


@dataclass(slots=True, eq=False)
class Lead:
    """One Lead record. ``person`` is the lead that it was merged into, at the end of the chain."""

    number: int
    first: str
    last: str
    region: str
    phone: str
    mobile: str | None
    source: str
    created: int
    touches: list[Touch] = field(default_factory=list)
    emails: list[Email] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    master: Lead | None = None
    deleted: bool = False
    reserved: bool = False

    @property
    def person(self) -> Lead:
        return self.master.person if self.master else self

    @property
    def email(self) -> str:
        return f"{self.first}.{self.last}.{self.number}@example.com".lower()

    @property
    def currency(self) -> str:
        return CURRENCIES[self.region]

    @property
    def conversion(self) -> Deal | None:
        """The deal that turned the lead into a contact."""
        return next((deal for deal in self.deals if deal.via == "lead"), None)


@dataclass(slots=True, eq=False)
class Touch:
    """One outbound conversation. ``lead`` is the record that it names, None for a number that nobody has."""

    lead: Lead | None
    channel: str  # voice, sms, callback
    campaign: int
    start: int
    end: int
    shape: str
    phone: str
    sequence: int | None = None
    trap: str | None = None
    detail: int = 0  # which of several ways the trap takes
    national: bool = False  # how the number is written
    fixed: bool = False  # no further trap may touch it
    success: bool = False
    open: bool = False
    attribution: bool = False


@dataclass(slots=True, eq=False)
class Email:
    """A Task of subtype Email; ``campaign`` None is an e-mail outside any campaign."""

    at: int
    campaign: int | None
    deleted: bool = False


@dataclass(slots=True, eq=False)
class Response:
    """A CampaignMember; ``day`` None has not responded."""

    campaign: int
    day: int | None


@dataclass(slots=True, eq=False)
class Deal:
    """A lead's conversion, or an Opportunity that is none (yet, or any more).

    ``stage``: won, lost, open, or none (converted without an Opportunity). ``via``: how it leads to the lead:
    lead (ConvertedOpportunityId), role (primary contact), nobody. ``at`` is 23:59:59 of ``day`` in the CRM's
    zone where ``date_only``.
    """

    lead: Lead | None
    campaign: int
    at: int
    day: int
    date_only: bool
    amount: float
    currency: str
    kind: str = "plain"
    stage: str = "won"
    via: str = "lead"
    deleted: bool = False

    @property
    def is_conversion(self) -> bool:
        return self.stage in ("won", "none") and not self.deleted


class Plan:
    """Everything planned so far, with what planning needs: random numbers, the days, unused phone numbers."""

    def __init__(self, root: str, scale: float, calendar: Calendar) -> None:
        self.rng = Random(root)
        self.ids = Ids(root)
        self.scale = scale
        self.calendar = calendar
        self.phones = Phones()
        self.leads: list[Lead] = []
        self.touches: list[Touch] = []
        self.deals: list[Deal] = []
        self.planted: dict[str, int] = {}
        self._touches_of: dict[int, list[Touch]] | None = None

    def share(self, at_scale_1: int, least: int = 2) -> int:
        """How many of something: ``at_scale_1`` scaled, but never fewer than ``least``."""
        return max(least, round(at_scale_1 * self.scale))

    def count(self, trap: str, by: int = 1) -> None:
        self.planted[trap] = self.planted.get(trap, 0) + by

    def new_lead(self, created: int) -> Lead:
        rng = self.rng
        first, last = name(rng)
        home = region(rng)
        lead = Lead(
            number=len(self.leads),
            first=first,
            last=last,
            region=home,
            phone=self.phones.next(home),
            mobile=self.phones.next(home) if rng.random() < 0.35 else None,
            source=rng.choice(LEAD_SOURCES),
            created=created,
        )
        self.leads.append(lead)
        return lead

    def conversions(self) -> list[Deal]:
        return [deal for deal in self.deals if deal.is_conversion]

    def touches_of(self, lead: Lead) -> list[Touch]:
        """The touches that name this very record, once planning is over."""
        if self._touches_of is None:
            self._touches_of = {}
            for touch in self.touches:
                if touch.lead:
                    self._touches_of.setdefault(touch.lead.number, []).append(touch)
        return self._touches_of.get(lead.number, [])
