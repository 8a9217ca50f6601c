"""Journeys, made conversion first: the touches that lead to a sale, then everyone who bought nothing."""

from __future__ import annotations

from itertools import pairwise

from sandbox.content.calendar import DAYS
from sandbox.content.campaigns import CAMPAIGNS, CROSS_SELL, SMS, VOICE
from sandbox.content.ids import DAY, HOUR, MINUTE
from sandbox.content.plan import Deal, Email, Lead, Plan, Response, Touch

# Hours of the local day in which each kind of touch begins; two campaigns never share a half of the day, and
# e-mails keep clear of calls, so that only what is planted on purpose overlaps.
SLOTS = {"day": (9.0, 17.6), "am": (9.0, 12.6), "pm": (14.0, 17.6), "dawn": (6.0, 8.2)}
SECONDS = {
    "no_answer": (18, 45),
    "busy": (4, 12),
    "machine": (25, 70),
    "abandoned": (35, 95),
    "agent": (170, 640),
    "transfer": (380, 1150),
    "consult": (360, 1000),
    "conference": (400, 1200),
    "sent": (4, 50),
    "replied": (400, 5400),
    "skipped": (20, 140),
    "answered": (240, 1500),
    "unanswered": (60, 200),
}
UNSUCCESSFUL = {
    "voice": (
        ("no_answer", 34),
        ("machine", 22),
        ("busy", 6),
        ("abandoned", 5),
        ("agent", 25),
        ("transfer", 5),
        ("consult", 2),
        ("conference", 1),
    ),
    "sms": (("sent", 82), ("replied", 18)),
    "callback": (("skipped", 25), ("unanswered", 25), ("answered", 50)),
}
SUCCESSFUL = {
    "voice": (("agent", 66), ("transfer", 20), ("consult", 8), ("conference", 6)),
    "sms": (("sent", 35), ("replied", 65)),
    "callback": (("answered", 1),),
}
LAST_DAY = DAYS - 2


def add_touch(plan: Plan, lead: Lead, campaign: int, day: int, slot: str = "day", success: bool = False) -> Touch:
    """One more touch of the lead on ``day``."""
    rng = plan.rng
    channel = CAMPAIGNS[campaign].channel
    shapes = (SUCCESSFUL if success else UNSUCCESSFUL)[channel]
    shape = rng.choices([name for name, _ in shapes], [weight for _, weight in shapes])[0]
    start = plan.calendar.local(day, rng.uniform(*SLOTS[slot]))
    low, high = SECONDS[shape]
    phone = lead.mobile if lead.mobile and rng.random() < 0.2 else lead.phone
    touch = Touch(lead, channel, campaign, start, start + rng.randint(low * 1000, high * 1000), shape, phone)
    touch.success = success
    lead.touches.append(touch)
    plan.touches.append(touch)
    return touch


def gaps(plan: Plan, campaign: int, length: int, widest: int = 4) -> list[int]:
    """Days between the touches of a journey."""
    nearest = 2 if CAMPAIGNS[campaign].channel == "sms" else 1
    return [plan.rng.randint(min(nearest, widest), widest) for _ in range(length - 1)]


def journey(
    plan: Plan, lead: Lead, campaign: int, first_day: int, between: list[int], slot: str = "day", won: bool = False
) -> list[Touch]:
    """The touches of one campaign to one lead; the last of them went well where the lead bought."""
    day = first_day
    touches = [add_touch(plan, lead, campaign, day, slot, won and not between)]
    for number, gap in enumerate(between, 1):
        day += gap
        touches.append(add_touch(plan, lead, campaign, day, slot, won and number == len(between)))
    return touches


def window(campaign: int, span: int) -> tuple[int, int]:
    """The days on which a journey of ``span`` days may begin so that it ends while its campaign runs."""
    low, high = CAMPAIGNS[campaign].window
    first = max(4, round(low * DAYS))
    return first, max(first, min(LAST_DAY, round(high * DAYS)) - span)


def sale(plan: Plan, campaign: int) -> float:
    return round(CAMPAIGNS[campaign].value * plan.rng.lognormvariate(0, 0.45), 2)


def add_deal(plan: Plan, lead: Lead | None, campaign: int, at: int, day: int, kind: str, **more: object) -> Deal:
    """Adds a deal; kinds that are date-only stand at the end of ``day``."""
    date_only = kind in ("date_only", "clock_change")
    at = plan.calendar.end_of_day(day) if date_only else at // 1000 * 1000
    currency = "CHF" if kind == "without_rate" else lead.currency if lead else "USD"
    deal = Deal(lead, campaign, at, day, date_only, sale(plan, campaign), currency, kind, **more)  # type: ignore[arg-type]
    plan.deals.append(deal)
    if lead:
        lead.deals.append(deal)
    return deal


def convert(plan: Plan, kind: str, lead: Lead | None = None, not_before: int = 0, until: int = LAST_DAY) -> Deal:
    """A journey that ends in a conversion of the ``kind``; with ``lead``, one more purchase of that lead."""
    rng, calendar = plan.rng, plan.calendar
    in_a_call = kind in ("same_minute", "only_same_minute", "during_call")
    if lead:
        campaign = CROSS_SELL
    elif in_a_call or kind == "clock_change":
        campaign = rng.choices(VOICE[:2], (2, 1))[0]
    else:
        campaign = rng.choices(range(len(CAMPAIGNS)), [spec.conversions for spec in CAMPAIGNS])[0]
    drivers = CAMPAIGNS[campaign].drivers
    length = rng.choices(range(1, len(drivers) + 1), drivers)[0]
    if kind in ("same_minute", "during_call", "two_campaigns"):
        length = max(2, length)
    elif kind == "only_same_minute":
        length = 1
    between = gaps(plan, campaign, length, widest=1 if kind == "clock_change" else 4)
    lag = 0 if in_a_call else rng.choice((0, 0, 1, 1, 2, 3))
    span = sum(between) + lag
    if kind == "clock_change":
        first_day = rng.choice(calendar.clock_changes()) - span
    else:
        low, high = window(campaign, span + 1)
        low = max(low, not_before)
        first_day = rng.randint(low, max(low, min(high, until - span)))
    repeat = lead is not None
    if lead is None:
        lead = plan.new_lead(calendar.local(first_day, 5) - rng.randint(1, 20 * 24) * HOUR)
    slot = "am" if kind == "two_campaigns" else "day"
    touches = journey(plan, lead, campaign, first_day, between, slot, won=True)
    last, day = touches[-1], first_day + span
    if kind in ("same_minute", "only_same_minute"):
        end_in_the_minute(plan, last)
        at = (last.end // 1000 + rng.randint(2, 12)) * 1000
    elif kind == "during_call":
        last.shape, last.fixed = "agent", True
        last.end = last.start + rng.randint(700_000, 1_100_000)
        at = last.start + (last.end - last.start) * rng.randint(45, 75) // 100
    elif lag == 0:
        at = last.end + rng.randint(12 * MINUTE, 5 * HOUR)
    else:
        at = calendar.local(day, rng.uniform(8.5, 20))
    if kind == "two_campaigns":
        second_campaign(plan, lead, campaign, first_day, first_day + sum(between) - 1)
    deal = add_deal(plan, lead, campaign, at, day, kind, via="role" if repeat else "lead")
    if not repeat and rng.random() < 0.12 and day + 3 < LAST_DAY:
        add_touch(plan, lead, campaign, min(day + rng.randint(2, 9), LAST_DAY), slot)
    return deal


def end_in_the_minute(plan: Plan, touch: Touch) -> None:
    """Lets a call end 25 to 40 seconds into a minute, with all of its wrap-up in that minute."""
    touch.shape, touch.fixed = "agent", True
    end = touch.start + plan.rng.randint(240_000, 600_000)
    touch.end = end // MINUTE * MINUTE + plan.rng.randint(25_000, 40_000)


def second_campaign(plan: Plan, lead: Lead, first: int, from_day: int, to_day: int) -> None:
    """Touches of another campaign in the same days, always in the other half of the day."""
    other = plan.rng.choice([c for c in range(len(CAMPAIGNS)) if c != first])
    days = sorted({plan.rng.randint(from_day, max(from_day, to_day)) for _ in range(2)})
    journey(plan, lead, other, days[0], [b - a for a, b in pairwise(days)], "pm")
    plan.count("lead_in_two_campaigns")


def convert_without_touch(plan: Plan, number: int) -> None:
    """A conversion that no touch qualifies for, in one of five ways: the first two are the commonest."""
    rng, calendar = plan.rng, plan.calendar
    day = rng.randint(130, 230)
    at = calendar.local(day, rng.uniform(9, 20))
    if number % 5 == 4:
        add_deal(plan, None, rng.choice(VOICE), at, day, "without_touch", via="nobody")
        return
    lead = plan.new_lead(calendar.local(day - 125, 5))
    lead.reserved = True
    campaign = rng.choice(VOICE)
    add_deal(plan, lead, campaign, at, day, "without_touch")
    if number % 5 == 1:
        journey(plan, lead, campaign, day - 100 - rng.randint(0, 15), [2, 3])
    elif number % 5 == 2:
        lead.emails.append(Email(calendar.local(day - 3, 7), campaign, deleted=True))
    elif number % 5 == 3:
        journey(plan, lead, campaign, day + 2, [1])


def unsold(plan: Plan, leads: int, touches: int) -> list[Lead]:
    """Leads who bought nothing, with ``touches`` between them (at least one each)."""
    rng = plan.rng
    lengths = [rng.choices((1, 2, 3, 4, 5, 6), (22, 24, 22, 16, 10, 6))[0] for _ in range(leads)]
    while (surplus := sum(lengths) - touches) != 0 and leads:
        which = rng.randrange(leads)
        if surplus < 0:
            lengths[which] += 1
        elif lengths[which] > 1:
            lengths[which] -= 1
        elif max(lengths) == 1:
            break
    made = []
    for length in lengths:
        campaign = rng.choices(range(len(CAMPAIGNS)), [spec.volume for spec in CAMPAIGNS])[0]
        between = gaps(plan, campaign, length)
        low, high = window(campaign, sum(between))
        first_day = rng.randint(low, high)
        lead = plan.new_lead(plan.calendar.local(first_day, 5) - rng.randint(1, 20 * 24) * HOUR)
        if length >= 4 and rng.random() < 0.2:
            journey(plan, lead, campaign, first_day, between[:-2], "am")
            last_day = first_day + sum(between[:-2])
            other = rng.choice([c for c in range(len(CAMPAIGNS)) if c != campaign])
            journey(plan, lead, other, first_day, [max(1, last_day - first_day)], "pm")
            plan.count("lead_in_two_campaigns")
        else:
            journey(plan, lead, campaign, first_day, between)
        made.append(lead)
    return made


def long_threads(plan: Plan) -> None:
    """Text-message threads of two weeks, one every twelve days: each boundary between two load windows lies in
    one. Three to a lead."""
    calendar, lead, leads = plan.calendar, None, []
    for number, day in enumerate(range(0, LAST_DAY - 4, 12)):
        # Threads overlap, so neighbours belong to different leads, and those of one lead follow one another.
        if number % 6 < 2:
            leads = leads if number % 6 else []
            lead = plan.new_lead(calendar.local(day, 4) - DAY)
            lead.reserved = True
            leads.append(lead)
        touch = add_touch(plan, leads[number % 2], SMS, day, success=True)
        touch.shape, touch.fixed = "thread", True
        touch.end = min(touch.start + plan.rng.randint(13 * DAY, 14 * DAY), calendar.local(DAYS - 1, 9))
        plan.count("conversation_in_two_windows")


def calls_over_midnight(plan: Plan, leads: list[Lead], number: int) -> None:
    """Moves a lead's last call so that midnight in UTC (the evening in America) falls within it."""
    chosen = [lead for lead in leads if not lead.reserved and lead.touches[-1].channel == "voice"]
    for lead in plan.rng.sample(chosen, min(number, len(chosen))):
        touch = max(lead.touches, key=lambda each: each.end)
        if touch.channel != "voice" or touch.fixed:
            continue
        midnight = (touch.start // DAY + 1) * DAY
        touch.start = midnight - plan.rng.randint(2 * MINUTE, 9 * MINUTE)
        touch.end = midnight + plan.rng.randint(4 * MINUTE, 15 * MINUTE)
        touch.shape, touch.fixed = "transfer" if plan.rng.random() < 0.4 else "agent", True
        plan.count("conversation_in_two_windows")


def crm_touches(plan: Plan, lead: Lead) -> None:
    """E-mails and campaign responses around a lead's calls; a lead who has neither stays without."""
    rng, calendar = plan.rng, plan.calendar
    if not lead.touches or lead.reserved:
        return
    days = [(touch.start - calendar.local(0)) // DAY for touch in lead.touches]
    first, last = min(days), max(days)
    campaign = lead.touches[0].campaign
    email_first = any(deal.kind == "email_first" for deal in lead.deals)
    if email_first or (rng.random() < 0.2 and first >= 4):
        lead.emails.append(Email(at_dawn(plan, first - rng.randint(1, 3)), campaign_or_none(plan, campaign)))
        lead.created = min(lead.created, lead.emails[0].at - HOUR)
        if lead.deals and lead.deals[0].is_conversion:
            plan.count("email_then_call")
    if rng.random() < 0.25:
        lead.emails.append(Email(at_dawn(plan, rng.randint(first, last)), campaign_or_none(plan, campaign)))
    if rng.random() < 0.06 and last < LAST_DAY - 4:
        lead.emails.append(Email(at_dawn(plan, last + 4), None))
    if email_first or rng.random() < 0.5:
        responded = email_first or rng.random() < (0.55 if lead.deals else 0.3)
        lead.responses.append(Response(campaign, rng.randint(first, last) if responded else None))


def at_dawn(plan: Plan, day: int) -> int:
    return plan.calendar.local(day, plan.rng.uniform(*SLOTS["dawn"])) // 1000 * 1000


def campaign_or_none(plan: Plan, campaign: int) -> int | None:
    return campaign if plan.rng.random() < 0.75 else None
