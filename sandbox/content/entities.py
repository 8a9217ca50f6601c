"""The org's fixtures, of which there are as many at any scale: campaigns, lists, queues, agents, flows, codes."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from common.attribution_attributes import ATTRIBUTION_ATTRIBUTES
from sandbox.content.calendar import Calendar, genesys_time
from sandbox.content.campaigns import CAMPAIGNS
from sandbox.content.ids import DAY, Ids
from sandbox.content.people import FIRST_NAMES, LAST_NAMES

Json = dict[str, Any]
AGENTS = 30
QUEUES = ("Renewals", "Sales", "Win-back", "Messaging", "Callbacks")
SKILLS = ("English", "German", "Renewals", "Closing", "Premium Products", "Retention", "Messaging", "Callbacks")
WRAPUP_CODES = (
    "Sale",
    "Sale Pending Paperwork",
    "Interested - Follow Up",
    "Callback Requested",
    "Not Interested",
    "Already Customer",
    "Price Objection",
    "Wrong Person",
    "Left Message",
    "Do Not Contact",
    "Service Question",
    "Transferred to Specialist",
)
# Which of WRAPUP_CODES end a call that went well, and which one that did not.
GOOD_CODES = (0, 1, 2, 3)
BAD_CODES = (2, 4, 5, 6, 7, 8, 9)
SERVICE_CODE = 10
FLOWS = (
    ("Renewal Qualification", "OUTBOUNDCALL"),
    ("Offer Presentation", "OUTBOUNDCALL"),
    ("Main Menu", "INBOUNDCALL"),
    ("Text Message Replies", "INBOUNDSHORTMESSAGE"),
)
OUTCOMES = ("Right Party Reached", "Consent Given", "Qualified", "Routed to Agent", "Self-Service Completed")
MILESTONES = ("Greeting Played", "Identity Confirmed", "Offer Explained", "Agent Requested", "Message Understood")
CONTACT_COLUMNS = ("CampaignID", "TouchSequence", "LeadSource", "LeadID", "Phone", "FirstName", "LastName")
MAIN_MENU, TEXT_REPLIES = 2, 3


@dataclass
class Entities:
    """The entities as the API lists them, and their ids by number where conversations name them."""

    organization: Json
    division: str
    edge: str
    script: str
    phone: str = "+18005550199"
    campaigns: list[Json] = field(default_factory=list)
    messaging_campaigns: list[Json] = field(default_factory=list)
    contact_lists: list[Json] = field(default_factory=list)
    wrapup_codes: list[Json] = field(default_factory=list)
    queues: list[Json] = field(default_factory=list)
    skills: list[Json] = field(default_factory=list)
    users: list[Json] = field(default_factory=list)
    flows: list[Json] = field(default_factory=list)
    flow_outcomes: list[Json] = field(default_factory=list)
    flow_milestones: list[Json] = field(default_factory=list)
    campaign_ids: list[str] = field(default_factory=list)


def make_entities(ids: Ids, calendar: Calendar, rng: Random) -> Entities:
    """The org's entities, named by the same ids whenever seed, scale and day are the same."""
    made = calendar.start - 400 * DAY
    division = ids.named("division")
    org = Entities(
        organization={
            "id": ids.named("organization"),
            "name": "Outbound Attribution sandbox",
            "defaultLanguage": "en-us",
            "defaultCountryCode": "US",
            "domain": f"outbound-attribution-{ids.named('organization')[:8]}",
            "state": "active",
            "voicemailEnabled": True,
            "productPlatform": "PureCloud",
            "features": {"realtimeCIC": True, "chat": False},
            "version": 3,
            "selfUri": "/api/v2/organizations/me",
        },
        division=division,
        edge=ids.named("edge"),
        script=ids.named("script"),
    )

    def entity(path: str, kind: str, number: int, name: str, divided: bool = True, **more: Any) -> Json:
        identity = ids.named(kind, number)
        result = {"id": identity, "name": name, **more, "selfUri": f"/api/v2/{path}/{identity}"}
        if divided:
            result["division"] = {
                "id": division,
                "name": "Home",
                "selfUri": f"/api/v2/authorization/divisions/{division}",
            }
        return result

    def dated(number: int) -> Json:
        created = genesys_time(made + number * 3_711_000)
        return {"dateCreated": created, "dateModified": created}

    org.queues = [
        entity("routing/queues", "queue", n, name, **dated(n), memberCount=6 + n, userMemberCount=6 + n)
        for n, name in enumerate(QUEUES)
    ]
    org.skills = [
        entity(
            "routing/skills",
            "skill",
            n,
            name,
            divided=False,
            state="active",
            version="1",
            dateModified=dated(n)["dateModified"],
        )
        for n, name in enumerate(SKILLS)
    ]
    org.wrapup_codes = [
        entity("routing/wrapupcodes", "wrapupcode", n, name, **dated(n)) for n, name in enumerate(WRAPUP_CODES)
    ]
    last_names = rng.sample(LAST_NAMES, AGENTS)
    for n in range(AGENTS):
        first, last = rng.choice(FIRST_NAMES), last_names[n]
        address = f"{first}.{last}@agents.example.com".lower()
        org.users.append(
            entity(
                "users",
                "user",
                n,
                f"{first} {last}",
                email=address,
                username=address,
                department="Contact Center",
                title="Agent" if n % 10 else "Team Lead",
                # One agent has left, whose calls remain.
                state="inactive" if n == AGENTS - 1 else "active",
                version=7 + n,
                acdAutoAnswer=False,
            )
        )
    org.flows = [
        entity("flows", "flow", n, name, type=kind, active=True, system=False, deleted=False)
        for n, (name, kind) in enumerate(FLOWS)
    ]
    org.flow_outcomes = [entity("flows/outcomes", "outcome", n, name) for n, name in enumerate(OUTCOMES)]
    org.flow_milestones = [entity("flows/milestones", "milestone", n, name) for n, name in enumerate(MILESTONES)]
    for n in range(len(CAMPAIGNS)):
        add_campaign(org, entity, dated, n)
    return org


def reference(entity: Json) -> Json:
    return {key: entity[key] for key in ("id", "name", "selfUri")}


def add_campaign(org: Entities, entity: Any, dated: Any, number: int) -> None:
    """One campaign with its contact list, whose size the contacts set later."""
    spec = CAMPAIGNS[number]
    contact_list = entity(
        "outbound/contactlists",
        "contactlist",
        number,
        f"{spec.name} list",
        **dated(number),
        version=5,
        # Every second list has columns for the credit; contact lists get none once they are made.
        columnNames=[*CONTACT_COLUMNS, *(() if number % 2 else ATTRIBUTION_ATTRIBUTES)],
        phoneColumns=[{"columnName": "Phone", "type": "cell"}],
        emailColumns=[],
        previewModeColumnName="",
        previewModeAcceptedValues=[],
        size=0,
        automaticTimeZoneMapping=False,
    )
    org.contact_lists.append(contact_list)
    common = {
        **dated(20 + number),
        "version": 9,
        "campaignStatus": "on" if spec.window[1] == 1 else "complete",
        "contactList": reference(contact_list),
        "alwaysRunning": False,
    }
    if spec.channel == "sms":
        campaign = entity(
            "outbound/messagingcampaigns",
            "campaign",
            number,
            spec.name,
            **common,
            messagesPerMinute=60,
            smsConfig={
                "messageColumn": "",
                "phoneColumn": "Phone",
                "senderSmsPhoneNumber": {"phoneNumber": org.phone},
            },
        )
        org.messaging_campaigns.append(campaign)
    else:
        campaign = entity(
            "outbound/campaigns",
            "campaign",
            number,
            spec.name,
            **common,
            queue=reference(org.queues[spec.queue]),
            dialingMode=spec.dialing_mode,
            phoneColumns=[{"columnName": "Phone", "type": "cell"}],
            callerName="Outbound Attribution",
            callerAddress=org.phone,
            abandonRate=3.0,
            priority=3,
            noAnswerTimeout=30,
        )
        org.campaigns.append(campaign)
    org.campaign_ids.append(campaign["id"])
