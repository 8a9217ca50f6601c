"""Plants what a pipeline has to see through, at known counts. Each touch carries one trap at most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from sandbox.content.calendar import DAYS
from sandbox.content.campaigns import VOICE
from sandbox.content.ids import DAY, HOUR
from sandbox.content.journeys import add_touch
from sandbox.content.plan import Lead, Plan, Touch

WITH_AGENT = ("agent", "transfer", "consult", "conference")


def plant(plan: Plan, unsold: list[Lead]) -> None:
    """All traps that change who is who or what a conversation says; the order matters, as each takes what is free."""
    open_conversations(plan, unsold)
    merged_leads(plan, unsold)
    deleted_leads(plan, unsold)
    shared_phones(plan)
    on_touches(plan)
    lost_without_a_lead(plan)
    number_sequences(plan)
    sequences_out_of_order(plan)


def open_conversations(plan: Plan, unsold: list[Lead]) -> None:
    """Three calls of the last day that are not over yet."""
    for lead in plan.rng.sample([each for each in unsold if not each.reserved], 3):
        touch = add_touch(plan, lead, VOICE[0], DAYS - 1, success=True)
        touch.shape, touch.open, touch.fixed = "agent", True, True


def merged_leads(plan: Plan, unsold: list[Lead]) -> None:
    """Duplicates that were merged away: some touches name the record that is gone.

    Half of them had the survivor's phone. The first two make a chain: one was merged into the other before that
    was merged into the survivor. One more touch says only the phone that both had.
    """
    rng = plan.rng
    buyers = [d.lead for d in plan.conversions() if d.kind in ("plain", "email_first") and d.via == "lead"]
    survivors = [lead for lead in buyers if lead and not lead.reserved and len(lead.touches) > 1]
    others = [lead for lead in unsold if not lead.reserved and len(lead.touches) > 2]
    rng.shuffle(survivors)
    survivors = survivors[: plan.share(9, 1)] + rng.sample(others, plan.share(5, 1))
    previous: Lead | None = None
    for number, survivor in enumerate(survivors):
        survivor.reserved = True
        free = [touch for touch in survivor.touches if not touch.fixed]
        rng.shuffle(free)
        for link in range(2 if number == 0 and len(free) > 1 else 1):
            duplicate = plan.new_lead(survivor.created - rng.randint(1, 9) * DAY)
            duplicate.first, duplicate.last, duplicate.region = survivor.first, survivor.last, survivor.region
            duplicate.mobile, duplicate.reserved = None, True
            duplicate.phone = survivor.phone if number % 2 else plan.phones.next(survivor.region)
            duplicate.master = previous if link and previous else survivor
            previous = duplicate
            name_instead(free.pop(), duplicate)
            plan.count("merged_lead")
        if number == 1 and free:
            by_phone_alone(plan, free.pop(), survivor.phone)


def name_instead(touch: Touch, lead: Lead) -> None:
    """The touch names the duplicate, by the duplicate's phone."""
    touch.lead, touch.phone, touch.fixed = lead, lead.phone, True


def by_phone_alone(plan: Plan, touch: Touch, phone: str, national: bool = False) -> None:
    """No lead id anywhere, only the number, in national writing or in international."""
    touch.trap, touch.phone, touch.fixed, touch.national = "phone_instead_of_lead_id", phone, True, national
    plan.count("phone_instead_of_lead_id")


def deleted_leads(plan: Plan, unsold: list[Lead]) -> None:
    """Leads deleted since, whose touches stay. The first had the phone of a lead who lives, and who is called by
    that phone alone: it leads to the living one."""
    free = [lead for lead in unsold if not (lead.reserved or lead.deals or any(touch.fixed for touch in lead.touches))]
    chosen = plan.rng.sample(free, plan.share(14) + 1)
    living = chosen.pop()
    for lead in chosen:
        lead.deleted = lead.reserved = True
        lead.emails.clear()
        lead.responses.clear()
        for touch in lead.touches:
            touch.fixed = True
        plan.count("deleted_lead")
    chosen[0].phone, chosen[0].mobile, living.reserved = living.phone, None, True
    for touch in chosen[0].touches:
        touch.phone = living.phone
    by_phone_alone(plan, living.touches[-1], living.phone)


def shared_phones(plan: Plan) -> None:
    """Two leads with one phone, who are called by it alone: it is the lead created last at or before the call."""
    free = [lead for lead in plan.leads if not lead.reserved and any(not t.fixed for t in lead.touches)]
    chosen = plan.rng.sample(free, 2 * plan.share(14))
    for one, other in zip(chosen[::2], chosen[1::2], strict=True):
        older, younger = sorted((one, other), key=lambda lead: lead.created)
        if older.created == younger.created:
            younger.created += HOUR // 2
        for lead in (older, younger):
            lead.reserved = True
            for touch in lead.touches:
                touch.phone = older.phone if touch.phone == lead.phone else touch.phone
        younger.phone = older.phone
        before = [touch for touch in older.touches if not touch.fixed and touch.end < younger.created]
        after = [touch for touch in younger.touches if not touch.fixed and touch.start > younger.created]
        for touch in before[-1:] + after[:1]:
            touch.trap, touch.phone, touch.fixed = "shared_phone", older.phone, True
            plan.count("shared_phone")
        for touch in older.touches + younger.touches:
            touch.fixed = True


def on_touches(plan: Plan) -> None:
    """Traps within a conversation, each on touches of its own."""
    free = [touch for touch in plan.touches if not touch.fixed]
    plan.rng.shuffle(free)

    def take(trap: str, number: int, suits: Callable[[Touch], bool] = lambda touch: True) -> None:
        taken = [touch for touch in free if suits(touch)][:number]
        for at, touch in enumerate(taken):
            touch.trap, touch.detail, touch.fixed = trap, at, True
            plan.count(trap)
        free[:] = [touch for touch in free if not touch.fixed]

    def with_agent(touch: Touch) -> bool:
        return touch.channel == "voice" and touch.shape in WITH_AGENT

    called_first = [
        lead
        for lead in plan.leads
        if not lead.reserved
        and not lead.emails
        and not lead.responses
        and len(lead.touches) > 1
        and not any(touch.fixed for touch in lead.touches)
        and lead.touches[0].end + 2 * HOUR < min(touch.start for touch in lead.touches[1:])
    ]
    for lead in plan.rng.sample(called_first, min(len(called_first), plan.share(30, 1))):
        # A purchased number, called before anyone made a lead of it.
        by_phone_alone(plan, lead.touches[0], lead.phone)
        lead.created = lead.touches[0].end + HOUR
    free = [touch for touch in free if not touch.fixed]
    take("attributes_on_other_participant", plan.share(120, 3), with_agent)
    take("participants_disagree", plan.share(40), with_agent)
    take("attributes_lost", plan.share(45), lambda touch: with_agent(touch) and touch.shape == "agent")
    take("attributes_from_contact", plan.share(150))
    take("touch_sequence_missing", plan.share(80))
    american = [touch for touch in free if touch.phone.startswith("+1")]
    for touch in american[: plan.share(60, 1)]:
        by_phone_alone(plan, touch, touch.phone, national=True)
    free = [touch for touch in free if not touch.fixed]
    for touch in free[: plan.share(60, 1)]:
        by_phone_alone(plan, touch, touch.phone)
    free = [touch for touch in free if not touch.fixed]
    take("lead_id_of_15_characters", plan.share(80))
    for touch in free[: plan.share(24)]:
        touch.attribution = True
        plan.count("attribution_attribute_present")


def lost_without_a_lead(plan: Plan) -> None:
    """Calls that an agent dialled by hand to numbers that no lead has."""
    for _ in range(plan.share(15, 1)):
        start = plan.calendar.local(plan.rng.randint(5, DAYS - 3), plan.rng.uniform(9, 17))
        end = start + plan.rng.randint(100, 400) * 1000
        touch = Touch(None, "voice", VOICE[0], start, end, "agent", plan.phones.next("US"))
        touch.trap, touch.fixed = "attributes_lost", True
        plan.touches.append(touch)
        plan.count("attributes_lost")


def number_sequences(plan: Plan) -> None:
    """Numbers each person's touches of each campaign in the order in which they ended."""
    for touches in by_person_and_campaign(plan).values():
        for sequence, touch in enumerate(touches, 1):
            touch.sequence = sequence


def by_person_and_campaign(plan: Plan) -> dict[tuple[int, int], list[Touch]]:
    journeys = defaultdict(list)
    for touch in sorted(plan.touches, key=lambda each: each.end):
        if touch.lead:
            journeys[touch.lead.person.number, touch.campaign].append(touch)
    return journeys


def sequences_out_of_order(plan: Plan) -> None:
    """Lets two neighbouring touches swap their numbers, or the third say 1: the later of them is out of order."""
    journeys = [
        touches
        for touches in by_person_and_campaign(plan).values()
        if len(touches) > 1 and not any(touch.fixed for touch in touches)
    ]
    for number, touches in enumerate(plan.rng.sample(journeys, min(len(journeys), plan.share(50)))):
        if number % 2 and len(touches) > 2:
            touches[2].sequence = 1
        else:
            touches[0].sequence, touches[1].sequence = touches[1].sequence, touches[0].sequence
        plan.count("touch_sequence_out_of_order")
