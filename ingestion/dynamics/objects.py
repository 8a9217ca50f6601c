"""What is read of Dynamics 365: which Dataverse table fills which raw table, and which columns.

Raw columns have the logical names of Microsoft's table references; the primary key is ``id``. Names, subjects and texts
of people and e-mails are left where they are: nothing downstream needs them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ingestion.named_fields import Variable

MONEY: dict[str, Any] = {"data_type": "decimal", "precision": 18, "scale": 4}
RATE: dict[str, Any] = {"data_type": "decimal", "precision": 20, "scale": 12}
TEXT: dict[str, Any] = {"data_type": "text"}
FLAG: dict[str, Any] = {"data_type": "bool"}
NUMBER: dict[str, Any] = {"data_type": "bigint"}
DAY: dict[str, Any] = {"data_type": "date"}
INSTANT: dict[str, Any] = {"data_type": "timestamp"}
JSON: dict[str, Any] = {"data_type": "json"}

# AttributeTypes that a column filled by a var may be read from; text takes any.
FITTING_TYPES = {
    "timestamp": frozenset({"DateTime"}),
    "decimal": frozenset({"Money", "Decimal", "Double", "Integer", "BigInt"}),
}

# Which party of an activity was reached by it: To, CC and BCC of an e-mail or call, and a response's customer.
REACHED = {2: "to", 3: "cc", 4: "bcc", 11: "customer"}


@dataclass(frozen=True)
class RawTable:
    """One Dataverse table and its raw table.

    ``columns``: logical name → dlt hints. ``days``: DateTime columns that may hold a day alone; each fills two raw
    columns, ``name`` where Dataverse sends a day and ``name_instant`` where it sends an instant. ``lookups``: lookups
    whose kind of record is needed too, as ``name_type``. ``by_variable``: raw column → (var that names the Dataverse
    column, hints). ``phones``: raw column of the E.164 number → column of the number as written. ``needed``: columns
    without which the table would say something wrong. ``optional``: an org may do without the table.
    ``always_whole``: too small for change tracking to matter. ``has_parties``: an activity, with ``parties``.
    """

    logical_name: str
    entity_set: str
    key: str
    columns: dict[str, dict[str, Any]]
    days: tuple[str, ...] = ()
    lookups: tuple[str, ...] = ()
    by_variable: dict[str, tuple[Variable, dict[str, Any]]] = field(default_factory=dict)
    phones: dict[str, str] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    optional: bool = False
    always_whole: bool = False
    has_parties: bool = False

    @property
    def raw_columns(self) -> dict[str, dict[str, Any]]:
        """Every raw column with its type, for the resource's decorator."""
        hints: dict[str, dict[str, Any]] = {"id": {**TEXT, "nullable": False}}
        hints |= {**self.columns, **{name: DAY for name in self.days}}
        hints |= {f"{name}_instant": INSTANT for name in self.days}
        hints |= {f"{name}_type": TEXT for name in self.lookups}
        hints |= {name: hint for name, (_, hint) in self.by_variable.items()}
        hints |= {f"{name}_is_lookup": FLAG for name, (_, hint) in self.by_variable.items() if name in LOOKUP_OR_TEXT}
        hints |= {name: TEXT for name in self.phones}
        hints |= {"parties": JSON} if self.has_parties else {}
        # Where one load reads a row twice, what was read last stays.
        hints["read_at"] = {**INSTANT, "nullable": False, "dedup_sort": "desc"}
        return {name: {**hint, "name": name} for name, hint in hints.items()}


# Raw columns that a lookup (a GUID) or a text may fill: which of them it was is kept beside them.
LOOKUP_OR_TEXT = ("conversion_campaign",)
CONVERSION_TIME = "dynamics_conversion_time_field"
CONVERSION_TYPE = "dynamics_conversion_type_field"
PHONES = {"telephone1_e164": "telephone1", "mobilephone_e164": "mobilephone"}

LEAD = RawTable(
    "lead",
    "leads",
    "leadid",
    {
        "statecode": NUMBER,
        "merged": FLAG,
        "masterid": TEXT,
        "parentcontactid": TEXT,
        "qualifyingopportunityid": TEXT,
        "transactioncurrencyid": TEXT,
        "telephone1": TEXT,
        "mobilephone": TEXT,
        "emailaddress1": TEXT,
        "createdon": INSTANT,
        "modifiedon": INSTANT,
    },
    by_variable={
        "lead_key": (Variable("dynamics_lead_id_field", "new_leadid"), TEXT),
        "conversion_time": (Variable(CONVERSION_TIME, "new_conversiondate", needed_by="lead"), INSTANT),
        "conversion_value": (Variable("dynamics_lead_value_field", None), MONEY),
        "conversion_campaign": (Variable("dynamics_lead_campaign_field", None), TEXT),
        "conversion_type": (Variable(CONVERSION_TYPE, None, needed_by="lead"), TEXT),
    },
    phones=PHONES,
    needed=("statecode", "createdon"),
)

CONTACT = RawTable(
    "contact",
    "contacts",
    "contactid",
    {
        "originatingleadid": TEXT,
        "telephone1": TEXT,
        "mobilephone": TEXT,
        "emailaddress1": TEXT,
        "createdon": INSTANT,
        "modifiedon": INSTANT,
    },
    phones=PHONES,
    needed=("createdon",),
)

OPPORTUNITY = RawTable(
    "opportunity",
    "opportunities",
    "opportunityid",
    {
        "statecode": NUMBER,
        "estimatedvalue": MONEY,
        "transactioncurrencyid": TEXT,
        "exchangerate": RATE,
        "originatingleadid": TEXT,
        "parentcontactid": TEXT,
        "createdon": INSTANT,
        "modifiedon": INSTANT,
    },
    days=("actualclosedate",),
    by_variable={
        "conversion_time": (Variable(CONVERSION_TIME, "new_conversiondate", needed_by="opportunity"), INSTANT),
        "conversion_value": (Variable("dynamics_value_field", "actualvalue"), MONEY),
        "conversion_campaign": (Variable("dynamics_campaign_field", "campaignid"), TEXT),
        "conversion_type": (Variable(CONVERSION_TYPE, None, needed_by="opportunity"), TEXT),
    },
    needed=("statecode", "actualclosedate"),
)

CAMPAIGN = RawTable(
    "campaign",
    "campaigns",
    "campaignid",
    {
        "name": TEXT,
        "typecode": NUMBER,
        "statuscode": NUMBER,
        "totalactualcost": MONEY,
        "transactioncurrencyid": TEXT,
        "exchangerate": RATE,
        "modifiedon": INSTANT,
    },
    days=("proposedstart", "proposedend", "actualstart", "actualend"),
    by_variable={"campaign_key": (Variable("dynamics_campaign_id_field", "codename"), TEXT)},
    optional=True,
)

CAMPAIGN_RESPONSE = RawTable(
    "campaignresponse",
    "campaignresponses",
    "activityid",
    {
        "regardingobjectid": TEXT,
        "statecode": NUMBER,
        "emailaddress": TEXT,
        "telephone": TEXT,
        "createdon": INSTANT,
        "modifiedon": INSTANT,
    },
    days=("receivedon",),
    lookups=("regardingobjectid",),
    phones={"telephone_e164": "telephone"},
    needed=("receivedon", "statecode"),
    optional=True,
    has_parties=True,
)

EMAIL = RawTable(
    "email",
    "emails",
    "activityid",
    {
        "directioncode": FLAG,
        "statecode": NUMBER,
        "senton": INSTANT,
        "actualend": INSTANT,
        "regardingobjectid": TEXT,
        "createdon": INSTANT,
        "modifiedon": INSTANT,
    },
    lookups=("regardingobjectid",),
    needed=("directioncode", "statecode", "regardingobjectid"),
    has_parties=True,
)

PHONE_CALL = RawTable(
    "phonecall",
    "phonecalls",
    "activityid",
    {
        "directioncode": FLAG,
        "leftvoicemail": FLAG,
        "statecode": NUMBER,
        "actualend": INSTANT,
        "regardingobjectid": TEXT,
        "createdon": INSTANT,
        "modifiedon": INSTANT,
    },
    lookups=("regardingobjectid",),
    needed=("directioncode", "statecode", "regardingobjectid"),
    has_parties=True,
)

TRANSACTION_CURRENCY = RawTable(
    "transactioncurrency",
    "transactioncurrencies",
    "transactioncurrencyid",
    {"isocurrencycode": TEXT, "exchangerate": RATE, "modifiedon": INSTANT},
    needed=("isocurrencycode",),
    always_whole=True,
)

ORGANIZATION = RawTable(
    "organization",
    "organizations",
    "organizationid",
    {"basecurrencyid": TEXT},
    always_whole=True,
)

TABLES = (
    LEAD,
    CONTACT,
    OPPORTUNITY,
    CAMPAIGN,
    CAMPAIGN_RESPONSE,
    EMAIL,
    PHONE_CALL,
    TRANSACTION_CURRENCY,
    ORGANIZATION,
)

# Which rows Dataverse said were deleted, and since when a table's unseen rows are gone: both by the raw table's name.
DELETED_RECORD: dict[str, Any] = {
    "table_name": {**TEXT, "nullable": False},
    "record_id": {**TEXT, "nullable": False},
    "read_at": {**INSTANT, "nullable": False, "dedup_sort": "desc"},
}
FULL_READ: dict[str, Any] = {
    "table_name": {**TEXT, "nullable": False},
    "read_at": {**INSTANT, "nullable": False, "dedup_sort": "desc"},
}
