"""What the sandbox's systems hold, made from a seed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from random import Random

from sandbox.content.calendar import Calendar
from sandbox.content.crm import Crm
from sandbox.content.dataverse import dataverse
from sandbox.content.entities import Entities, make_entities
from sandbox.content.inbound import write_inbound
from sandbox.content.journeys import (
    add_deal,
    calls_over_midnight,
    convert,
    convert_without_touch,
    crm_touches,
    long_threads,
    unsold,
)
from sandbox.content.messages import write_callback, write_text
from sandbox.content.plan import Lead, Plan
from sandbox.content.shapes import Json, Writer
from sandbox.content.tags import contact, on_customer, on_others
from sandbox.content.traps import plant
from sandbox.content.truth import truth
from sandbox.content.voice import write_call
from sandbox.org import Org

LEADS, CONVERSATIONS, CONVERSIONS = 3000, 12_000, 700
SMALLEST = 0.02
OUTBOUND = 0.75
# Conversions that are something else than plain ones: how many at scale 1, and how many at least.
KINDS = (
    ("date_only", 55, 1),
    ("clock_change", 7, 2),
    ("same_minute", 13, 1),
    ("only_same_minute", 2, 0),
    ("during_call", 18, 1),
    ("without_rate", 6, 1),
    ("no_opportunity", 20, 1),
    ("two_campaigns", 70, 1),
    ("email_first", 60, 1),
)


def build_org(seed: int = 1, scale: float = 1.0, as_of: date | datetime | None = None) -> Org:
    """All systems' contents for the 250 days before ``as_of`` (default: today, in UTC).

    They depend on ``seed``, ``scale`` and the UTC day of ``as_of`` alone. Leads, conversations and conversions
    scale, though not below 0.02, where each trap is still there once or twice; campaigns, agents, queues, flows
    and codes do not. Raises ValueError for a scale that is not above 0.
    """
    if not scale > 0:
        raise ValueError(f"scale is {scale!r}; it has to be above 0.")
    day = utc_day(as_of)
    calendar = Calendar(day)
    plan = Plan(f"{seed}/{scale!r}/{day.isoformat()}", scale, calendar)
    size = max(scale, SMALLEST)
    make_plan(plan, round(LEADS * size), round(CONVERSATIONS * size * OUTBOUND), round(CONVERSIONS * size))
    entities = make_entities(plan.ids, calendar, Random(f"{plan.ids.root}/entities"))
    contacts: dict[str, dict[str, Json]] = {each["id"]: {} for each in entities.contact_lists}
    conversations = write_conversations(plan, entities, contacts, round(CONVERSATIONS * size))
    for each in entities.contact_lists:
        each["size"] = len(contacts[each["id"]])
    salesforce = Crm(plan, Random(f"{plan.ids.root}/crm")).write()
    return Org(
        seed=seed,
        scale=scale,
        as_of=day,
        organization=entities.organization,
        conversations=conversations,
        campaigns=entities.campaigns,
        messaging_campaigns=entities.messaging_campaigns,
        contact_lists=entities.contact_lists,
        contacts=contacts,
        wrapup_codes=entities.wrapup_codes,
        queues=entities.queues,
        skills=entities.skills,
        users=entities.users,
        flows=entities.flows,
        flow_outcomes=entities.flow_outcomes,
        flow_milestones=entities.flow_milestones,
        salesforce=salesforce,
        dataverse=dataverse(salesforce),
        truth=truth(plan),
    )


def utc_day(as_of: date | datetime | None) -> date:
    """The UTC day of an instant; one without a zone is in UTC already."""
    if as_of is None:
        return datetime.now(UTC).date()
    if isinstance(as_of, datetime):
        return (as_of.astimezone(UTC) if as_of.tzinfo else as_of).date()
    return as_of


def make_plan(plan: Plan, leads: int, outbound: int, conversions: int) -> None:
    """Plans ``conversions`` conversions first, then fills up to ``leads`` leads and ``outbound`` conversations."""
    without = plan.share(20)
    repeats = plan.share(55, 1)
    kinds = [kind for kind, number, least in KINDS for _ in range(plan.share(number, least))]
    kinds += ["plain"] * (conversions - len(kinds) - without - repeats)
    for number in range(without):
        convert_without_touch(plan, number)
    buyers: list[Lead] = []
    for number, kind in enumerate(kinds):
        deal = convert(plan, kind, until=120 if kind == "plain" and number % 3 == 0 else 248)
        if kind == "no_opportunity":
            deal.stage, deal.amount = "none", 0.0
        if kind in ("plain", "email_first") and deal.day < 140 and deal.lead:
            buyers.append(deal.lead)
    for lead in buyers[:repeats]:
        convert(plan, "plain", lead, not_before=lead.deals[0].day + 6)
    long_threads(plan)
    for number in range(plan.share(90, 1)):
        deal = convert(plan, "plain")
        deal.stage = "open" if number % 3 == 2 else "lost"
    for lead in buyers[repeats : repeats + plan.share(8, 1)]:
        # Entered twice by mistake, and taken away again.
        first = lead.deals[0]
        add_deal(plan, lead, first.campaign, first.at + 86_400_000, first.day + 1, "plain", via="role", deleted=True)
    merged = plan.share(9, 1) + plan.share(5, 1) + 1
    # Besides these: calls to nobody's number, and the three that are still open.
    loose = plan.share(15, 1) + 3
    others = unsold(plan, leads - len(plan.leads) - merged, outbound - len(plan.touches) - loose)
    for lead in plan.leads:
        crm_touches(plan, lead)
    calls_over_midnight(plan, others, plan.share(40))
    plant(plan, others)


def write_conversations(
    plan: Plan, entities: Entities, contacts: dict[str, dict[str, Json]], number: int
) -> list[Json]:
    """All conversations in the order in which they began, ``number`` of them; fills ``contacts`` by list and id."""
    rng = Random(f"{plan.ids.root}/conversations")
    writer = Writer(entities, plan.ids)
    writers = {"voice": write_call, "sms": write_text, "callback": write_callback}
    written = []
    for index, touch in enumerate(plan.touches):
        contact_id = None
        if touch.trap != "attributes_lost":
            uploaded = contact(plan.ids, touch, index, entities.contact_lists[touch.campaign])
            contact_id = uploaded["id"]
            contacts[uploaded["contactListId"]][contact_id] = uploaded
        written.append(
            writers[touch.channel](
                writer,
                rng,
                touch,
                contact_id,
                on_customer(plan.ids, touch, index),
                on_others(plan.ids, touch),
            )
        )
    for _ in range(number - len(written)):
        lead = rng.choice(plan.leads)
        unknown = rng.random() < 0.3
        phone = plan.phones.next("US") if unknown else lead.phone
        email = f"visitor{len(written)}@example.com" if unknown else lead.email
        written.append(write_inbound(writer, rng, plan.calendar, phone, email))
    written.sort(key=lambda made: (made["conversationStart"], made["conversationId"]))
    return written
