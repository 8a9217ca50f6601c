"""The plan as Salesforce records: leads, contacts, opportunities, campaign members, tasks."""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.content.calendar import salesforce_time
from sandbox.content.campaigns import CAMPAIGNS
from sandbox.content.ids import DAY, HOUR, MINUTE
from sandbox.content.people import in_crm
from sandbox.content.plan import Deal, Lead
from sandbox.content.records import Json, Records

SUBJECTS = ("Your quote", "A reminder about your policy", "Three reasons to upgrade", "What our customers say")
STAGES = {"won": ("Closed Won", True, True, 100), "lost": ("Closed Lost", True, False, 0)}
OPEN_STAGE = ("Negotiation/Review", False, False, 60)


class Crm(Records):
    """Writes the records of one plan."""

    def write(self) -> dict[str, list[Json]]:
        """All records, by object."""
        self.campaigns()
        self.rates()
        self.record_types()
        for lead in self.plan.leads:
            self.lead(lead)
        for number, deal in enumerate(self.plan.deals):
            if deal.stage != "none":
                self.opportunity(number, deal)
        for lead in self.plan.leads:
            self.crm_touches(lead)
        return self.records

    def opportunity_id(self, deal: Deal) -> str:
        return self.id("006", self.number_of[id(deal)])

    def converted_on(self, deal: Deal) -> date:
        """The local day of a deal, as date fields hold it."""
        calendar = self.plan.calendar
        return calendar.day(deal.day) if deal.date_only else calendar.local_date(deal.at)

    def lead(self, lead: Lead) -> None:
        calendar, rng = self.plan.calendar, self.rng
        conversion = lead.conversion
        gone = lead.deleted or lead.master is not None
        last = max((touch.end for touch in self.plan.touches_of(lead)), default=lead.created)
        removed = last + rng.randint(5, 60) * HOUR if gone else 0
        changed = max(lead.created, conversion.at if conversion else 0, removed)
        converted: Json = {}
        if conversion:
            converted = {
                "ConvertedDate": self.converted_on(conversion).isoformat(),
                "ConvertedContactId": self.id("003", lead.number),
                "ConvertedAccountId": self.id("001", lead.number),
                "ConvertedOpportunityId": self.opportunity_id(conversion) if conversion.stage != "none" else None,
            }
        status = "Qualified" if conversion else "Working - Contacted" if lead.touches else "Open - Not Contacted"
        identity = self.id("00Q", lead.number)
        mobile = in_crm(lead.mobile, rng.randrange(5)) if lead.mobile else None
        common = {
            "FirstName": lead.first,
            "LastName": lead.last,
            "Name": f"{lead.first} {lead.last}",
            "Phone": in_crm(lead.phone, rng.randrange(5)),
            "MobilePhone": mobile,
            "Email": lead.email,
            "LeadSource": lead.source,
            "OwnerId": self.owners[lead.number % 5],
            "CurrencyIsoCode": lead.currency,
        }
        self.add(
            "Lead",
            "00Q",
            lead.created,
            changed,
            deleted=gone,
            Id=identity,
            MasterRecordId=self.id("00Q", lead.master.number) if lead.master else None,
            Company=f"{lead.last} Household",
            Country=lead.region,
            Status=status,
            IsConverted=conversion is not None,
            ConversionDate__c=salesforce_time(conversion.at)
            if conversion and conversion.is_conversion and not conversion.date_only
            else None,
            **{
                "ConvertedDate": None,
                "ConvertedContactId": None,
                "ConvertedAccountId": None,
                "ConvertedOpportunityId": None,
            }
            | converted,
            **common,
        )
        self.history(identity, lead.created, "created", None, None)
        if lead.touches:
            first = min(touch.end for touch in lead.touches)
            self.history(identity, max(first, lead.created), "Status", "Open - Not Contacted", status)
        if conversion:
            at = conversion.at if not conversion.date_only else calendar.local(conversion.day, 12)
            noted = at if not conversion.date_only else calendar.local(conversion.day + 1, 0.5)
            self.history(identity, noted, "leadConverted", None, None)
            self.add(
                "Contact",
                "003",
                at,
                at,
                Id=self.id("003", lead.number),
                AccountId=self.id("001", lead.number),
                MasterRecordId=None,
                **common,
            )
        if lead.master:
            self.history(self.id("00Q", lead.master.number), removed, "leadMerged", None, None)

    def history(self, lead_id: str, at: int, field: str, old: str | None, new: str | None) -> None:
        self.add(
            "LeadHistory",
            "017",
            at,
            at,
            LeadId=lead_id,
            Field=field,
            DataType="DynamicEnum" if field == "Status" else "Text",
            OldValue=old,
            NewValue=new,
        )

    def opportunity(self, number: int, deal: Deal) -> None:
        calendar, rng = self.plan.calendar, self.rng
        stage, closed, won, probability = STAGES.get(deal.stage, OPEN_STAGE)
        at = calendar.local(deal.day, 12) if deal.date_only else deal.at
        created = at - rng.randint(1, 40) * MINUTE
        changed = at + (3 * DAY if deal.deleted else rng.randint(0, 300) * 1000)
        identity = self.id("006", number)
        contact = self.id("003", deal.lead.number) if deal.lead else None
        on_its_day = self.converted_on(deal)
        close = on_its_day if closed else calendar.day(249) + timedelta(days=rng.randint(5, 40))
        amount = {"Amount": deal.amount, "CurrencyIsoCode": deal.currency}
        self.add(
            "Opportunity",
            "006",
            created,
            changed,
            deleted=deal.deleted,
            Id=identity,
            Name=f"{deal.lead.last if deal.lead else 'Walk-in'} - {CAMPAIGNS[deal.campaign].name}",
            AccountId=self.id("001", deal.lead.number) if deal.lead else None,
            ContactId=contact,
            StageName=stage,
            Probability=probability,
            IsClosed=closed,
            IsWon=won,
            CloseDate=close.isoformat(),
            CampaignId=self.id("701", deal.campaign) if rng.random() < 0.75 else None,
            RecordTypeId=self.id("012", int("Renewal" in CAMPAIGNS[deal.campaign].name)),
            ConversionDate__c=salesforce_time(deal.at) if won and not deal.date_only else None,
            OwnerId=self.owners[number % 5],
            LeadSource=deal.lead.source if deal.lead else None,
            **amount,
        )
        if contact:
            self.role(identity, contact, True, created, deal)
            if number % 11 == 0 and (other := self.other_contact(deal)):
                self.role(identity, other, False, created, deal)
        steps = [("Qualification", 10, created)]
        if closed:
            # What has a day alone was noted on the day after: its history does not tell when it was.
            steps.append((stage, probability, calendar.local(deal.day + 1, 0.5) if deal.date_only else at))
        for name, likely, when in steps:
            self.add(
                "OpportunityHistory",
                "008",
                when,
                when,
                deleted=deal.deleted,
                OpportunityId=identity,
                StageName=name,
                Probability=likely,
                CloseDate=close.isoformat(),
                **amount,
            )

    def other_contact(self, deal: Deal) -> str | None:
        """Another lead's contact, who has a say in the deal but is not its primary contact."""
        other = self.plan.deals[(self.number_of[id(deal)] + 5) % len(self.plan.deals)].lead
        if other is None or other is deal.lead:
            return None
        return self.id("003", other.number)

    def role(self, opportunity: str, contact: str, primary: bool, created: int, deal: Deal) -> None:
        self.add(
            "OpportunityContactRole",
            "00K",
            created,
            created,
            deleted=deal.deleted,
            OpportunityId=opportunity,
            ContactId=contact,
            Role="Decision Maker" if primary else "Influencer",
            IsPrimary=primary,
        )

    def crm_touches(self, lead: Lead) -> None:
        """The lead's e-mails and campaign memberships; they belong to the contact once it has converted."""
        calendar, rng = self.plan.calendar, self.rng
        conversion = lead.conversion
        who = self.id("003", lead.number) if conversion else self.id("00Q", lead.number)
        moved_at = conversion.at if conversion else 0
        for email in lead.emails:
            task = {
                "Type": "Email",
                "TaskSubtype": "Email",
                "Subject": f"Email: {rng.choice(SUBJECTS)}",
                "WhatId": self.id("701", email.campaign) if email.campaign is not None else None,
                "CompletedDateTime": salesforce_time(email.at) if rng.random() < 0.9 else None,
            }
            self.task(email.at, max(email.at, moved_at), who, lead, email.deleted, task)
        # What Genesys knows already: a call that an agent logged by hand, which is no touch of the CRM's.
        if lead.touches and lead.number % 25 == 0:
            at = lead.touches[0].end + 2 * MINUTE
            call = {"Type": "Call", "TaskSubtype": "Call", "Subject": "Call", "WhatId": None}
            self.task(at, max(at, moved_at), who, lead, False, call | {"CompletedDateTime": salesforce_time(at)})
        for response in lead.responses:
            responded = calendar.day(response.day) if response.day is not None else None
            created = max(lead.created, calendar.start)
            noticed = calendar.local(response.day, 16) if response.day is not None else created
            self.add(
                "CampaignMember",
                "00v",
                created,
                max(noticed, moved_at),
                CampaignId=self.id("701", response.campaign),
                LeadId=None if conversion else who,
                ContactId=who if conversion else None,
                LeadOrContactId=who,
                Status="Responded" if responded else "Sent",
                HasResponded=responded is not None,
                FirstRespondedDate=responded.isoformat() if responded else None,
            )

    def task(self, at: int, changed: int, who: str, lead: Lead, deleted: bool, fields: Json) -> None:
        self.add(
            "Task",
            "00T",
            at,
            changed + (DAY if deleted else 0),
            deleted=deleted,
            WhoId=who,
            ActivityDate=self.plan.calendar.local_date(at).isoformat(),
            Status="Completed",
            Priority="Normal",
            IsClosed=True,
            OwnerId=self.owners[lead.number % 5],
            **fields,
        )
