"""The Salesforce org's leads, deals and e-mails once more, as a Dynamics 365 org (Dataverse) would hold them.

Both CRMs say the same wherever both can. Dataverse shows no deleted rows, so what Salesforce marks as deleted is not
here at all; a merged lead stays, inactive. Activities of a lead stay with it when it is qualified. Rates have no
dates: each record carries the rate of its own day, and every currency has one.

The ids that Genesys Cloud carries are in ``lead.new_leadid`` and ``campaign.codename``: a GUID is not what a dialer is
given.
"""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from typing import Any

from sandbox.content.calendar import CRM_ZONE

Json = dict[str, Any]
# What JSON adds to a lookup that can lead to several tables, where the client asks for annotations.
TYPE = "@Microsoft.Dynamics.CRM.lookuplogicalname"
TABLES = (
    "organization",
    "transactioncurrency",
    "campaign",
    "lead",
    "contact",
    "opportunity",
    "campaignresponse",
    "email",
    "phonecall",
    "activityparty",
)
CURRENCIES = ("USD", "EUR", "GBP", "CHF")
# Salesforce's org has no rate for it; Dataverse has no currency without one.
CHF_RATE = 0.88
SENDER, RECIPIENT, CUSTOMER = 1, 2, 11
STATES = {"won": (1, 3), "lost": (2, 4), "open": (0, 1)}


def guid(name: str) -> str:
    """The GUID of what Salesforce knows by the id ``name``, or of anything else that has a name."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"dataverse/{name}"))


def local_midnight(day: str) -> str:
    """A day as a UserLocal column holds it: midnight of a user in the CRM's zone, in UTC."""
    midnight = datetime.combine(date.fromisoformat(day), datetime.min.time(), CRM_ZONE)
    return midnight.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(text: str) -> str:
    """Salesforce's ``2026-01-02T03:04:05.000+0000`` as ``2026-01-02T03:04:05Z``."""
    return f"{text[:19]}Z"


def dataverse(salesforce: dict[str, list[Json]]) -> dict[str, list[Json]]:
    """Rows by table, each as the Web API writes it."""
    return Dataverse(salesforce).write()


class Dataverse:
    """Writes the rows for one Salesforce org."""

    def __init__(self, salesforce: dict[str, list[Json]]) -> None:
        self.salesforce = salesforce
        self.rows: dict[str, list[Json]] = {name: [] for name in TABLES}
        self.rates: dict[str, list[tuple[str, float]]] = {"USD": [("", 1.0)], "CHF": [("", CHF_RATE)]}
        for rate in sorted(salesforce["DatedConversionRate"], key=lambda each: each["StartDate"]):
            if rate["IsoCode"] != "USD":
                self.rates.setdefault(rate["IsoCode"], []).append((rate["StartDate"], rate["ConversionRate"]))
        self.lead_of_contact = {
            lead["ConvertedContactId"]: lead for lead in salesforce["Lead"] if lead["ConvertedContactId"]
        }
        self.contacts = {contact["Id"]: contact for contact in salesforce["Contact"]}

    def write(self) -> dict[str, list[Json]]:
        """All tables."""
        self.organization()
        for campaign in self.alive("Campaign"):
            self.campaign(campaign)
        for lead in self.salesforce["Lead"]:
            if not lead["IsDeleted"] or lead["MasterRecordId"]:
                self.lead(lead)
        for contact in self.alive("Contact"):
            self.contact(contact)
        lead_of_deal = {lead["ConvertedOpportunityId"]: lead for lead in self.alive("Lead")}
        for opportunity in self.alive("Opportunity"):
            self.opportunity(opportunity, lead_of_deal.get(opportunity["Id"]))
        for member in self.alive("CampaignMember"):
            if member["FirstRespondedDate"]:
                self.response(member)
        for number, task in enumerate(self.alive("Task")):
            if task["TaskSubtype"] == "Email":
                self.email(number, task)
            else:
                self.phone_call(task)
        return self.rows

    def alive(self, name: str) -> list[Json]:
        return [row for row in self.salesforce[name] if not row.get("IsDeleted")]

    def add(self, table: str, source: Json, **columns: Any) -> None:
        self.rows[table].append(
            {**columns, "createdon": instant(source["CreatedDate"]), "modifiedon": instant(source["SystemModstamp"])}
        )

    def rate(self, currency: str, day: str) -> float:
        """Units of the currency for one US dollar on a day."""
        known = self.rates[currency]
        return next((rate for start, rate in reversed(known) if start <= day), known[0][1])

    def organization(self) -> None:
        source = self.salesforce["Campaign"][0]
        self.add(
            "organization",
            source,
            organizationid=guid("organization"),
            name="Sandbox",
            _basecurrencyid_value=guid("USD"),
            expirechangetrackingindays=7,
        )
        for currency in CURRENCIES:
            self.add(
                "transactioncurrency",
                source,
                transactioncurrencyid=guid(currency),
                isocurrencycode=currency,
                currencyname=currency,
                exchangerate=self.rates[currency][-1][1],
                statecode=0,
                statuscode=1,
            )

    def campaign(self, source: Json) -> None:
        self.add(
            "campaign",
            source,
            campaignid=guid(source["Id"]),
            codename=source["Id"],
            name=source["Name"],
            typecode=4,
            statecode=0,
            statuscode=2 if source["IsActive"] else 4,
            proposedstart=local_midnight(source["StartDate"]),
            proposedend=local_midnight(source["EndDate"]),
            actualstart=local_midnight(source["StartDate"]),
            actualend=local_midnight(source["EndDate"]),
            totalactualcost=source["ActualCost"],
            _transactioncurrencyid_value=guid(source["CurrencyIsoCode"]),
            exchangerate=self.rate(source["CurrencyIsoCode"], source["StartDate"]),
        )

    def lead(self, source: Json) -> None:
        merged, opportunity = source["MasterRecordId"], source["ConvertedOpportunityId"]
        state = 2 if merged else 1 if source["IsConverted"] else 0
        self.add(
            "lead",
            source,
            leadid=guid(source["Id"]),
            new_leadid=source["Id"],
            firstname=source["FirstName"],
            lastname=source["LastName"],
            fullname=source["Name"],
            telephone1=source["Phone"],
            mobilephone=source["MobilePhone"],
            emailaddress1=source["Email"],
            leadsourcecode=None,
            statecode=state,
            statuscode=(1, 3, 7)[state],
            merged=bool(merged),
            _masterid_value=guid(merged) if merged else None,
            _parentcontactid_value=guid(source["ConvertedContactId"]) if source["ConvertedContactId"] else None,
            _qualifyingopportunityid_value=guid(opportunity) if opportunity else None,
            _campaignid_value=None,
            _transactioncurrencyid_value=guid(source["CurrencyIsoCode"]),
            new_conversiondate=instant(source["ConversionDate__c"]) if source["ConversionDate__c"] else None,
        )

    def contact(self, source: Json) -> None:
        lead = self.lead_of_contact.get(source["Id"])
        self.add(
            "contact",
            source,
            contactid=guid(source["Id"]),
            firstname=source["FirstName"],
            lastname=source["LastName"],
            fullname=source["Name"],
            telephone1=source["Phone"],
            mobilephone=source["MobilePhone"],
            emailaddress1=source["Email"],
            statecode=0,
            statuscode=1,
            merged=False,
            _masterid_value=None,
            _originatingleadid_value=guid(lead["Id"]) if lead else None,
        )

    def opportunity(self, source: Json, lead: Json | None) -> None:
        kind = "won" if source["IsWon"] else "lost" if source["IsClosed"] else "open"
        state, status = STATES[kind]
        converted = source["ConversionDate__c"]
        day = converted[:10] if converted else source["CloseDate"]
        self.add(
            "opportunity",
            source,
            opportunityid=guid(source["Id"]),
            name=source["Name"],
            statecode=state,
            statuscode=status,
            estimatedclosedate=source["CloseDate"],
            actualclosedate=source["CloseDate"] if kind != "open" else None,
            estimatedvalue=source["Amount"],
            actualvalue=source["Amount"] if kind == "won" else 0.0 if kind == "lost" else None,
            _transactioncurrencyid_value=guid(source["CurrencyIsoCode"]),
            exchangerate=self.rate(source["CurrencyIsoCode"], day),
            _originatingleadid_value=guid(lead["Id"]) if lead else None,
            _parentcontactid_value=guid(source["ContactId"]) if source["ContactId"] else None,
            _campaignid_value=guid(source["CampaignId"]) if source["CampaignId"] else None,
            new_conversiondate=instant(converted) if converted else None,
        )

    def person(self, who: str, at: str) -> tuple[str, str]:
        """(GUID, table) of whom an activity at ``at`` was with: the lead, and its contact once there is one."""
        contact = self.contacts.get(who)
        if contact is None:
            return guid(who), "lead"
        if at < contact["CreatedDate"] and who in self.lead_of_contact:
            return guid(self.lead_of_contact[who]["Id"]), "lead"
        return guid(who), "contact"

    def parties(self, activity: str, source: Json, parties: list[tuple[str, str, int, str | None]]) -> None:
        """One row for each (GUID, table, kind of participation, address) of an activity."""
        for number, (party, table, kind, address) in enumerate(parties):
            self.rows["activityparty"].append(
                {
                    "activitypartyid": guid(f"{activity}/{number}"),
                    "_activityid_value": activity,
                    "_partyid_value": party,
                    f"_partyid_value{TYPE}": table,
                    "participationtypemask": kind,
                    "addressused": address,
                }
            )

    def response(self, source: Json) -> None:
        activity, day = guid(source["Id"]), source["FirstRespondedDate"]
        self.add(
            "campaignresponse",
            source,
            activityid=activity,
            subject="Response",
            receivedon=local_midnight(day),
            responsecode=1,
            channeltypecode=1,
            statecode=0,
            statuscode=1,
            emailaddress=None,
            telephone=None,
            **{"_regardingobjectid_value": guid(source["CampaignId"]), f"_regardingobjectid_value{TYPE}": "campaign"},
        )
        at = f"{day}T04:00:00.000+0000"
        self.parties(activity, source, [(*self.person(source["LeadOrContactId"], at), CUSTOMER, None)])

    def email(self, number: int, source: Json) -> None:
        """The e-mail; after some of them an answer, and after a few a draft. Neither of these is outreach."""
        at = instant(source["CompletedDateTime"] or source["CreatedDate"])
        person, table = self.person(source["WhoId"], source["CreatedDate"])
        user = (guid(source["OwnerId"]), "systemuser")
        campaign = source["WhatId"]
        regarding = (guid(campaign), "campaign") if campaign else (person, table)
        sent = {"statecode": 1, "statuscode": 3, "senton": at, "actualend": at}
        kinds = [(guid(source["Id"]), True, sent)]
        if number % 7 == 3:
            kinds.append((guid(f"{source['Id']}/answer"), False, {**sent, "statuscode": 4}))
        if number % 31 == 5:
            draft = {"statecode": 0, "statuscode": 1, "senton": None, "actualend": None}
            kinds.append((guid(f"{source['Id']}/draft"), True, draft))
        for activity, outgoing, state in kinds:
            self.add(
                "email",
                source,
                activityid=activity,
                subject=source["Subject"],
                directioncode=outgoing,
                **state,
                **{"_regardingobjectid_value": regarding[0], f"_regardingobjectid_value{TYPE}": regarding[1]},
            )
            from_, to = (user, (person, table)) if outgoing else ((person, table), user)
            self.parties(activity, source, [(*from_, SENDER, None), (*to, RECIPIENT, None)])

    def phone_call(self, source: Json) -> None:
        activity, at = guid(source["Id"]), instant(source["CompletedDateTime"])
        person, table = self.person(source["WhoId"], source["CreatedDate"])
        self.add(
            "phonecall",
            source,
            activityid=activity,
            subject=source["Subject"],
            directioncode=True,
            leftvoicemail=False,
            phonenumber=None,
            statecode=1,
            statuscode=2,
            actualend=at,
            **{"_regardingobjectid_value": person, f"_regardingobjectid_value{TYPE}": table},
        )
        self.parties(
            activity,
            source,
            [(guid(source["OwnerId"]), "systemuser", SENDER, None), (person, table, RECIPIENT, None)],
        )
