"""design rules of credit, written a second time in plain Python: what the models are held against.

It knows nothing of SQL: instants are datetimes, shares are decimals of 60 digits, money is whole cents.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, getcontext
from zoneinfo import ZoneInfo

from reference_facts import Conversion, Lead, Settings, Touch

getcontext().prec = 60
UNITS = {"hour": 3600, "day": 86400, "week": 604800}


def clock_time_to_utc(day: date, seconds: int, zone: ZoneInfo, later: bool) -> datetime:
    """The UTC instant at which a clock in ``zone`` shows ``day`` + ``seconds``: searched second by second at a gap.

    Repeated clock times give the later or the earlier passing; a skipped one the first instant after the gap.
    """
    wanted = datetime(day.year, day.month, day.day) + timedelta(seconds=seconds)
    passings = {
        instant
        for fold in (0, 1)
        if (instant := wanted.replace(tzinfo=zone, fold=fold).astimezone(UTC)).astimezone(zone).replace(tzinfo=None)
        == wanted
    }
    if passings:
        return max(passings) if later else min(passings)
    instant = (wanted - timedelta(hours=26)).replace(tzinfo=UTC)
    low, high = instant, instant + timedelta(hours=52)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).replace(tzinfo=None) > wanted:
            high = middle
        else:
            low = middle
    return high


def truncate(instant: datetime, granularity: str) -> datetime:
    """The instant with everything below ``granularity`` cut off, in UTC."""
    keep = {"second": 6, "minute": 5, "hour": 4, "day": 3}[granularity]
    return datetime(*instant.timetuple()[:keep], tzinfo=UTC)


class Reference:
    """All touches and conversions, and what they come to under ``settings``.

    ``leads`` are the CRM's, ``crm_ties`` its (lead id, "phone" or "email", value).
    """

    def __init__(
        self,
        touches: list[Touch],
        conversions: list[Conversion],
        settings: Settings,
        leads: Iterable[Lead] = (),
        crm_ties: Iterable[tuple[str, str, str]] = (),
    ) -> None:
        self.settings = settings
        self.zone = ZoneInfo(settings.zone)
        self.touches, self.conversions = touches, conversions
        self.leads = {lead.id: lead for lead in leads}
        self.crm_ties = list(crm_ties)
        self.touched_at = {touch.id: self._touched_at(touch) for touch in touches}
        self.converted_at = {conversion.id: self._converted_at(conversion) for conversion in conversions}
        self.created = self._lead_creations()
        self.ties = self._ties()
        self.person: dict[str, tuple[str, str, str]] = {}
        for record in [*touches, *conversions]:
            instant = self.touched_at[record.id] if isinstance(record, Touch) else self.converted_at[record.id]
            self.person[record.id] = self._person(record, instant)

    def _touched_at(self, touch: Touch) -> datetime:
        return self.begins(touch.started if self.settings.anchor == "start" and touch.started else touch.at)

    def begins(self, at: datetime | date) -> datetime:
        """The instant itself, or the start of the day in the CRM's zone."""
        return at if isinstance(at, datetime) else clock_time_to_utc(at, 0, self.zone, later=False)

    def survivor(self, lead: str) -> str:
        """The lead that ``lead`` lives on in; a lead that no CRM knows is itself."""
        return self.leads[lead].survivor if lead in self.leads else lead

    def is_deleted(self, lead: str | None) -> bool:
        """Whether the CRM deleted the lead, or the one that it was merged into."""
        return lead in self.leads and self.leads[lead].deleted

    def lead_created(self, conversion: Conversion) -> datetime | None:
        """When its lead was created: by its own row, or (not in files) by the CRM."""
        if conversion.lead_created is not None:
            return self.begins(conversion.lead_created)
        kind, lead, _ = self.person[conversion.id]
        known = kind == "lead" and conversion.source != "files" and lead in self.leads
        return self.leads[lead].created if known else None

    def _converted_at(self, conversion: Conversion) -> datetime:
        if isinstance(conversion.at, datetime):
            return conversion.at
        end = self.settings.convention == "end_of_day"
        return clock_time_to_utc(conversion.at, 86399 if end else 0, self.zone, later=end)

    def _lead_creations(self) -> dict[str, datetime]:
        said: dict[str, list[datetime]] = defaultdict(list)
        seen: dict[str, list[datetime]] = defaultdict(list)
        for conversion in self.conversions:
            if conversion.lead:
                lead = self.survivor(conversion.lead)
                seen[lead].append(self.converted_at[conversion.id])
                if conversion.lead_created and conversion.source == "files":
                    said[lead].append(self.begins(conversion.lead_created))
        for touch in self.touches:
            if touch.lead:
                seen[self.survivor(touch.lead)].append(self.touched_at[touch.id])
        best = {lead: min(said.get(lead) or instants) for lead, instants in seen.items()}
        return best | {lead.survivor: lead.created for lead in self.leads.values() if lead.created}

    def _ties(self) -> dict[tuple[str, str], set[str]]:
        ties: dict[tuple[str, str], set[str]] = defaultdict(set)
        named = [
            (record.lead, kind, value)
            for record in [*self.touches, *self.conversions]
            for kind, value in (("phone", record.phone), ("email", record.email))
        ]
        for lead, kind, value in [*self.crm_ties, *named]:
            if lead and value and not self.is_deleted(lead):
                ties[kind, value].add(self.survivor(lead))
        return ties

    def _person(self, record: Touch | Conversion, instant: datetime) -> tuple[str, str, str]:
        """(kind of identity, its value, identity_match)."""
        if record.lead:
            return "lead", self.survivor(record.lead), "lead_id"
        for kind, value in (("phone", record.phone), ("email", record.email)):
            leads = self.ties.get((kind, value), set()) if value else set()
            if leads:
                there = [lead for lead in leads if self.created[lead] <= instant]
                if there:
                    last = max(self.created[lead] for lead in there)
                    lead = min(lead for lead in there if self.created[lead] == last)
                else:
                    first = min(self.created[lead] for lead in leads)
                    lead = min(lead for lead in leads if self.created[lead] == first)
                return "lead", lead, kind if len(leads) == 1 else "ambiguous"
        if record.phone:
            return "phone", record.phone, "phone"
        if record.email:
            return "email", record.email, "email"
        return type(record).__name__, record.id, "none"

    def value_reporting(self, conversion: Conversion) -> Decimal | None:
        """In the reporting currency, to the cent; None without a value or a rate."""
        day = conversion.at.date() if isinstance(conversion.at, datetime) else conversion.at
        rate = self.rate(conversion.currency, day)
        if conversion.value is None or rate is None:
            return None
        return (conversion.value * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)

    def rate(self, currency: str | None, day: date) -> Decimal | None:
        """What one of ``currency`` was on that day: by the last rate at or before it."""
        if currency in (None, self.settings.reporting_currency):
            return Decimal(1)
        known = [(since, rate) for since, rate in self.settings.rates.get(currency, []) if since <= day]
        return max(known)[1] if known else None

    def journey(self, conversion: Conversion) -> list[Touch]:
        """The touches that qualify, in order."""
        s = self.settings
        end = truncate(self.converted_at[conversion.id], s.granularity)
        person = self.person[conversion.id][:2]
        begin = self._previous_conversion(conversion) if s.from_previous_conversion else None
        qualifying = [
            touch
            for touch in self.touches
            if self.person[touch.id][:2] == person
            and (touch.connected or not s.connected_only)
            and (start := truncate(self.touched_at[touch.id], s.granularity)) < end
            and end - start <= timedelta(days=s.lookback_days)
            and (begin is None or start >= begin)
        ]
        return sorted(qualifying, key=lambda touch: (self.touched_at[touch.id], touch.id))

    def _previous_conversion(self, conversion: Conversion) -> datetime | None:
        """When the same person converted before, by the same type; truncated."""

        def order(one: Conversion) -> tuple[datetime, datetime, str]:
            return truncate(self.converted_at[one.id], self.settings.granularity), self.converted_at[one.id], one.id

        before = [
            order(other)
            for other in self.conversions
            if other.type == conversion.type
            and self.person[other.id][:2] == self.person[conversion.id][:2]
            and not self.is_deleted(other.lead)
            and order(other) < order(conversion)
        ]
        return max(before)[0] if before else None

    def ages(self, conversion: Conversion, touches: list[Touch]) -> list[Decimal]:
        """Seconds from each touch to the conversion, both truncated."""
        granularity = self.settings.granularity
        end = truncate(self.converted_at[conversion.id], granularity)
        instants = [truncate(self.touched_at[touch.id], granularity) for touch in touches]
        return [Decimal((end - instant) // timedelta(seconds=1)) for instant in instants]

    def credits(self, conversion: Conversion) -> dict[str, list[Decimal]]:
        """Credit by model, in the order of the journey; empty lists without one."""
        s = self.settings
        touches = self.journey(conversion)
        n = len(touches)
        one, zero = Decimal(1), Decimal(0)
        if not n:
            return {}
        rate = Decimal(2).ln() / s.half_life if s.half_life is not None else s.decay_rate
        ages = [age / UNITS[s.unit] for age in self.ages(conversion, touches)]
        decay = [(-rate * (age - min(ages))).exp() for age in ages]
        weights = [s.weights.get(touch.channel, one) for touch in touches]
        weighted = [w * d for w, d in zip(weights, decay, strict=True)]
        if not sum(weighted):
            weighted = decay
        first, middle, last = s.position_weights
        if n == 1:
            position = [one]
        elif n == 2:
            position = [Decimal("0.5")] * 2
        else:
            position = [first, *[middle / (n - 2)] * (n - 2), last]
        by_weight = [w / sum(weighted) for w in weighted]
        winner = {
            "first_touch": 0,
            "last_touch": n - 1,
            "highest_weighted": max(i for i, c in enumerate(by_weight) if c >= max(by_weight) * (1 - Decimal("1e-12"))),
        }[s.criterion]
        return {
            "first_touch": [one, *[zero] * (n - 1)],
            "last_touch": [*[zero] * (n - 1), one],
            "linear": [one / n] * n,
            "position_based": position,
            "w_shaped": self._w_shaped(conversion, touches) or position,
            "time_decay": [d / sum(decay) for d in decay],
            "channel_weighted_time_decay": by_weight,
            "single_win": [one if i == winner else zero for i in range(n)],
        }

    def _w_shaped(self, conversion: Conversion, touches: list[Touch]) -> list[Decimal] | None:
        created = self.lead_created(conversion)
        if created is None:
            return None
        before = [i for i, touch in enumerate(touches) if self.touched_at[touch.id] <= created]
        shares = [Decimal(0)] * len(touches)
        for role in (0, before[-1] if before else 0, len(touches) - 1):
            shares[role] += Decimal("0.3")
        others = [i for i, share in enumerate(shares) if not share]
        if not others:
            return [share / Decimal("0.9") for share in shares]
        return [share or Decimal("0.1") / len(others) for share in shares]


def share_out(amount: Decimal, credit: list[Decimal]) -> list[Decimal]:
    """``amount`` in whole cents by largest remainder, ties to the earlier; of the amount without its sign."""
    cents = abs(amount) * 100
    shares = [(c * cents).quantize(Decimal("1e-6"), ROUND_HALF_UP) for c in credit]
    whole = [share // 1 for share in shares]
    left = int(cents - sum(whole))
    order = sorted(range(len(credit)), key=lambda i: (credit[i] == 0, -(shares[i] - whole[i]), i))
    for i in order[:left]:
        whole[i] += 1
    return [w.copy_sign(amount) / 100 if w else Decimal(0) for w in whole]
