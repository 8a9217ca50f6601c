"""What is read of Salesforce: which object fills which raw table, and which field which column.

Names, subjects and addresses of people are left where they are: nothing downstream needs them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ingestion.named_fields import Variable

MONEY: dict[str, Any] = {"data_type": "decimal", "precision": 18, "scale": 4}
RATE: dict[str, Any] = {"data_type": "decimal", "precision": 18, "scale": 9}
TEXT: dict[str, Any] = {"data_type": "text"}
FLAG: dict[str, Any] = {"data_type": "bool"}
DAY: dict[str, Any] = {"data_type": "date"}
INSTANT: dict[str, Any] = {"data_type": "timestamp"}

# Salesforce's field types that a column filled by a var may be read from (describe's names); text takes any.
FITTING_TYPES = {
    "timestamp": frozenset({"datetime"}),
    "decimal": frozenset({"currency", "double", "int", "percent"}),
}

CONVERSION_TIME = "salesforce_conversion_time_field"
CONVERSION_TYPE = "salesforce_conversion_type_field"
CONVERSION_STAGES = "salesforce_conversion_stages"
TIME_FROM_HISTORY = "salesforce_time_from_history"


@dataclass(frozen=True)
class RawTable:
    """One object and its raw table.

    ``fields``: column → (Salesforce field, dlt column hints). ``by_variable``: column → (var that names the
    field, hints). ``phones``: column of the E.164 number → column of the number as written. ``needed``: fields
    without which the table would say something wrong. ``filter``: SOQL condition on which rows are wanted.
    ``optional``: an org may do without the object. ``cursor``: column of the instant that says what is new.
    ``stages``: the picklist that the var salesforce_conversion_stages names values of, where it is this object's.
    ``switch``: a var without which the rows are not read.
    """

    object_name: str
    fields: dict[str, tuple[str, dict[str, Any]]]
    by_variable: dict[str, tuple[Variable, dict[str, Any]]]
    phones: dict[str, str]
    needed: tuple[str, ...] = ("Id",)
    filter: str | None = None
    optional: bool = False
    cursor: str = "system_modstamp"
    stages: str | None = None
    switch: str | None = None

    @property
    def columns(self) -> dict[str, dict[str, Any]]:
        """Every column with its type, for the resource's decorator."""
        columns = {name: {**hints, "name": name} for name, (_, hints) in {**self.fields, **self.by_variable}.items()}
        columns |= {name: {**TEXT, "name": name} for name in self.phones}
        columns["id"]["nullable"] = False
        # Where one load reads a row twice, the later version of it stays.
        columns[self.cursor]["dedup_sort"] = "desc"
        return columns


def written(stamped: bool = True, **fields: dict[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Columns by Salesforce's own field names: ``IsWon=FLAG`` fills the column is_won."""
    columns = {}
    for field, hints in {"Id": TEXT, **fields, **({"SystemModstamp": INSTANT} if stamped else {})}.items():
        column = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in field)
        columns[column.lstrip("_")] = (field, hints)
    return columns


PHONES = {"phone_e164": "phone", "mobile_phone_e164": "mobile_phone"}

LEAD = RawTable(
    "Lead",
    written(
        IsDeleted=FLAG,
        MasterRecordId=TEXT,
        Phone=TEXT,
        MobilePhone=TEXT,
        Email=TEXT,
        LeadSource=TEXT,
        CurrencyIsoCode=TEXT,
        CreatedDate=INSTANT,
        IsConverted=FLAG,
        ConvertedDate=DAY,
        ConvertedContactId=TEXT,
        ConvertedAccountId=TEXT,
        ConvertedOpportunityId=TEXT,
        Status=TEXT,
    ),
    by_variable={
        "conversion_time": (Variable(CONVERSION_TIME, "ConversionDate__c", needed_by="lead"), INSTANT),
        "conversion_value": (Variable("salesforce_lead_value_field", None), MONEY),
        "conversion_campaign": (Variable("salesforce_lead_campaign_field", None), TEXT),
        "conversion_type": (Variable(CONVERSION_TYPE, None, needed_by="lead"), TEXT),
    },
    phones=PHONES,
    needed=("Id", "IsDeleted", "CreatedDate", "IsConverted"),
    stages="Status",
)

# Its rows are written once and carry no SystemModstamp. Values of other fields are left where they are.
LEAD_HISTORY = RawTable(
    "LeadHistory",
    written(stamped=False, LeadId=TEXT, Field=TEXT, NewValue=TEXT, CreatedDate=INSTANT),
    by_variable={},
    phones={},
    needed=("Id", "LeadId", "Field", "NewValue", "CreatedDate"),
    filter="Field IN ('leadConverted', 'Status')",
    optional=True,
    cursor="created_date",
    switch=TIME_FROM_HISTORY,
)

CONTACT = RawTable(
    "Contact",
    written(
        IsDeleted=FLAG,
        MasterRecordId=TEXT,
        Phone=TEXT,
        MobilePhone=TEXT,
        Email=TEXT,
        CreatedDate=INSTANT,
    ),
    by_variable={},
    phones=PHONES,
    needed=("Id", "IsDeleted"),
)

OPPORTUNITY = RawTable(
    "Opportunity",
    written(
        IsDeleted=FLAG,
        Name=TEXT,
        StageName=TEXT,
        IsWon=FLAG,
        IsClosed=FLAG,
        CloseDate=DAY,
        CurrencyIsoCode=TEXT,
        CreatedDate=INSTANT,
    ),
    by_variable={
        "conversion_time": (Variable(CONVERSION_TIME, "ConversionDate__c", needed_by="opportunity"), INSTANT),
        "conversion_value": (Variable("salesforce_value_field", "Amount"), MONEY),
        "conversion_campaign": (Variable("salesforce_campaign_field", "CampaignId"), TEXT),
        "conversion_type": (Variable(CONVERSION_TYPE, None, needed_by="opportunity"), TEXT),
    },
    phones={},
    needed=("Id", "IsDeleted", "IsWon", "CloseDate"),
    stages="StageName",
)

OPPORTUNITY_HISTORY = RawTable(
    "OpportunityHistory",
    written(OpportunityId=TEXT, StageName=TEXT, CreatedDate=INSTANT),
    by_variable={},
    phones={},
    needed=("Id", "OpportunityId", "StageName", "CreatedDate"),
    optional=True,
    switch=TIME_FROM_HISTORY,
)

OPPORTUNITY_CONTACT_ROLE = RawTable(
    "OpportunityContactRole",
    written(IsDeleted=FLAG, OpportunityId=TEXT, ContactId=TEXT, IsPrimary=FLAG),
    by_variable={},
    phones={},
    needed=("Id", "IsDeleted", "OpportunityId", "ContactId"),
)

CAMPAIGN = RawTable(
    "Campaign",
    written(
        IsDeleted=FLAG,
        Name=TEXT,
        Type=TEXT,
        Status=TEXT,
        StartDate=DAY,
        EndDate=DAY,
        ActualCost=MONEY,
        CurrencyIsoCode=TEXT,
    ),
    by_variable={},
    phones={},
    optional=True,
)

CAMPAIGN_MEMBER = RawTable(
    "CampaignMember",
    written(
        IsDeleted=FLAG,
        CampaignId=TEXT,
        LeadId=TEXT,
        ContactId=TEXT,
        Status=TEXT,
        HasResponded=FLAG,
        FirstRespondedDate=DAY,
        CreatedDate=INSTANT,
    ),
    by_variable={},
    phones={},
    needed=("Id", "IsDeleted", "CampaignId", "LeadId", "ContactId"),
    optional=True,
)

TASK = RawTable(
    "Task",
    written(
        IsDeleted=FLAG,
        WhoId=TEXT,
        WhatId=TEXT,
        TaskSubtype=TEXT,
        Type=TEXT,
        Status=TEXT,
        CompletedDateTime=INSTANT,
        CreatedDate=INSTANT,
    ),
    by_variable={},
    phones={},
    needed=("Id", "IsDeleted", "WhoId", "TaskSubtype", "CreatedDate"),
    filter="TaskSubtype = 'Email'",
)

DATED_CONVERSION_RATE = RawTable(
    "DatedConversionRate",
    written(IsoCode=TEXT, ConversionRate=RATE, StartDate=DAY, NextStartDate=DAY),
    by_variable={},
    phones={},
    optional=True,
)

# Raw table → what fills it.
RAW_TABLES = {
    "lead": LEAD,
    "lead_history": LEAD_HISTORY,
    "contact": CONTACT,
    "opportunity": OPPORTUNITY,
    "opportunity_history": OPPORTUNITY_HISTORY,
    "opportunity_contact_role": OPPORTUNITY_CONTACT_ROLE,
    "campaign": CAMPAIGN,
    "campaign_member": CAMPAIGN_MEMBER,
    "task": TASK,
    "dated_conversion_rate": DATED_CONVERSION_RATE,
}
