"""Two small orgs whose data is odd on purpose: each record's oddity stands in its comment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sandbox.org import Org

FIRST = datetime(2026, 6, 1, 15, tzinfo=UTC)
KNOWN_CODE, KNOWN_USER, KNOWN_QUEUE = "code-known", "user-known", "queue-known"
LOST_CODE, LOST_USER, LOST_QUEUE = "code-lost", "user-lost", "queue-lost"
CAMPAIGN, DELETED_CAMPAIGN, LOST_CAMPAIGN = "701000000000001AAA", "701000000000002AAA", "701000000000003AAA"


def lead_id(number: int) -> str:
    return f"00Q{number:012d}EAA"


def opportunity_id(number: int) -> str:
    return f"006{number:012d}AAA"


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def call(
    name: str,
    hours: int,
    lead: str | None,
    campaign: str = CAMPAIGN,
    code: str = KNOWN_CODE,
    user: str = KNOWN_USER,
    queue: str = KNOWN_QUEUE,
    phone: str = "tel:+13175550199",
) -> dict[str, Any]:
    """A dialled call of five minutes with one agent, ``hours`` after FIRST; ``lead`` is the attribute as written."""
    start = FIRST + timedelta(hours=hours)
    talk, end = start + timedelta(minutes=1), start + timedelta(minutes=5)
    attributes = {"CampaignID": campaign, "TouchSequence": "1"} | ({"LeadID": lead} if lead else {})
    customer = {
        "sessionId": f"{name}-customer",
        "mediaType": "voice",
        "direction": "outbound",
        "ani": "tel:+12125550100",
        "dnis": phone,
        "segments": [segment(start, end, "interact")],
    }
    agent = {
        "sessionId": f"{name}-agent",
        "mediaType": "voice",
        "direction": "outbound",
        "segments": [
            segment(talk, end, "interact", queueId=queue),
            segment(end, end + timedelta(seconds=20), "wrapup", queueId=queue, wrapUpCode=code),
        ],
    }
    return {
        "conversationId": name,
        "conversationStart": iso(start),
        "conversationEnd": iso(end + timedelta(seconds=20)),
        "originatingDirection": "outbound",
        "participants": [
            {"participantId": f"{name}-1", "purpose": "customer", "attributes": attributes, "sessions": [customer]},
            {"participantId": f"{name}-2", "purpose": "agent", "userId": user, "sessions": [agent]},
        ],
    }


def segment(start: datetime, end: datetime, kind: str, **fields: Any) -> dict[str, Any]:
    return {
        "segmentStart": iso(start),
        "segmentEnd": iso(end),
        "segmentType": kind,
        "conference": False,
        **fields,
    }


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def lead(number: int, **fields: Any) -> dict[str, Any]:
    """A converted lead whose opportunity has the same number."""
    return {
        "Id": lead_id(number),
        "LastName": f"Lead {number}",
        "CreatedDate": stamp(FIRST - timedelta(days=30)),
        "SystemModstamp": stamp(FIRST),
        "IsConverted": True,
        "ConvertedDate": "2026-06-05",
        "ConvertedOpportunityId": opportunity_id(number),
        "IsDeleted": False,
        **fields,
    }


def opportunity(number: int, **fields: Any) -> dict[str, Any]:
    """A won opportunity, four days after FIRST."""
    return {
        "Id": opportunity_id(number),
        "Name": f"Opportunity {number}",
        "StageName": "Closed Won",
        "IsWon": True,
        "IsClosed": True,
        "IsDeleted": False,
        "CloseDate": "2026-06-05",
        "ConversionDate__c": stamp(FIRST + timedelta(days=4)),
        "Amount": 100,
        "CurrencyIsoCode": "USD",
        "CampaignId": CAMPAIGN,
        "CreatedDate": stamp(FIRST),
        "SystemModstamp": stamp(FIRST + timedelta(days=4)),
        **fields,
    }


def campaign(id: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"Id": id, "Name": name, "IsDeleted": False, "SystemModstamp": stamp(FIRST), **fields}


def bad_org() -> Org:
    """Both orgs; lead and opportunity of one number belong together."""
    return Org(
        seed=1,
        scale=1.0,
        as_of=date(2026, 6, 15),
        organization={"id": "org-bad", "name": "Odd org"},
        conversations=[
            call("call-lost-code", 0, lead_id(1), code=LOST_CODE),
            call("call-lost-user", 1, lead_id(1), user=LOST_USER),
            call("call-lost-queue", 2, lead_id(1), queue=LOST_QUEUE),
            call("call-lost-campaign", 3, lead_id(2), campaign=LOST_CAMPAIGN),
            call("call-deleted-campaign", 4, lead_id(3), campaign=DELETED_CAMPAIGN),
            # 15 characters and blanks around them.
            call("call-blank-lead", 5, f"  {lead_id(4)[:15]} "),
            call("call-no-phone", 6, None, phone="tel:anonymous"),
            call("call-no-date", 7, lead_id(5)),
            call("call-no-rate", 8, lead_id(6)),
            call("call-future", 9, lead_id(7)),
        ],
        wrapup_codes=[{"id": KNOWN_CODE, "name": "Sale"}],
        users=[{"id": KNOWN_USER, "name": "Ann Agent", "state": "active"}],
        queues=[{"id": KNOWN_QUEUE, "name": "Sales"}],
        salesforce={
            "Lead": [
                lead(1),
                lead(2),
                lead(3),
                lead(4),
                lead(5),
                lead(6, Phone="ask at the desk"),
                lead(7, MobilePhone="none"),
            ],
            "Opportunity": [
                # A refund that three touches do not divide evenly.
                opportunity(1, Amount=-100.01),
                opportunity(2, Amount=50),
                opportunity(3, Amount=60),
                opportunity(4, Amount=70),
                # Neither a time nor a day.
                opportunity(5, CloseDate=None, ConversionDate__c=None),
                opportunity(6, Amount=500, CurrencyIsoCode="XTS"),
                # A time in the future, but within the lookback of no test that runs before 2099.
                opportunity(7, CloseDate="2099-01-05", ConversionDate__c="2099-01-05T10:00:00.000+0000"),
            ],
            "Campaign": [campaign(CAMPAIGN, "Spring"), campaign(DELETED_CAMPAIGN, "Winter", IsDeleted=True)],
            "Task": [
                {
                    "Id": "00T000000000001EAA",
                    "WhoId": lead_id(7),
                    "TaskSubtype": "Email",
                    "Status": "Completed",
                    "IsDeleted": False,
                    "CompletedDateTime": "2098-12-24T10:00:00.000+0000",
                    "CreatedDate": stamp(FIRST),
                    "SystemModstamp": stamp(FIRST),
                }
            ],
        },
    )
