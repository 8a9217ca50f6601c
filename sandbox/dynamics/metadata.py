"""What the Dataverse stand-in's tables have: columns with their types, as $metadata and EntityDefinitions tell them.

Columns are those of Microsoft's table references for Dynamics 365 Sales that a loader of leads and sales reads, and
``new_leadid`` and ``new_conversiondate``, which stand for an organization's own.
"""

from __future__ import annotations

from dataclasses import dataclass

EDM = {
    "Uniqueidentifier": "Edm.Guid",
    "Lookup": "Edm.Guid",
    "String": "Edm.String",
    "Memo": "Edm.String",
    "Integer": "Edm.Int32",
    "Picklist": "Edm.Int32",
    "State": "Edm.Int32",
    "Status": "Edm.Int32",
    "BigInt": "Edm.Int64",
    "Boolean": "Edm.Boolean",
    "Money": "Edm.Decimal",
    "Decimal": "Edm.Decimal",
    "DateTime": "Edm.DateTimeOffset",
    "DateOnly": "Edm.Date",
}


@dataclass(frozen=True)
class Column:
    """A column: its logical name, AttributeType, and for DateTime how it behaves and is shown."""

    logical_name: str
    type: str
    behavior: str | None = None
    format: str | None = None

    @property
    def json_name(self) -> str:
        """The name in JSON, $select and $filter: a lookup's is ``_name_value``."""
        return f"_{self.logical_name}_value" if self.type == "Lookup" else self.logical_name

    @property
    def edm(self) -> str:
        """Its type in $metadata: a date-only column is an Edm.Date, any other time an instant."""
        return EDM["DateOnly" if self.behavior == "DateOnly" else self.type]


@dataclass(frozen=True)
class Table:
    """A table; ``tracked`` tells whether change tracking is on, ``privilege`` whose holders may read it."""

    logical_name: str
    entity_set: str
    primary_id: str
    privilege: str
    columns: dict[str, Column]
    tracked: bool = True

    @property
    def by_property(self) -> dict[str, Column]:
        """The columns by their names in JSON."""
        return {column.json_name: column for column in self.columns.values()}

    def without(self, *names: str) -> Table:
        """The same table without these columns."""
        kept = {name: column for name, column in self.columns.items() if name not in names}
        return Table(self.logical_name, self.entity_set, self.primary_id, self.privilege, kept, self.tracked)

    def untracked(self) -> Table:
        """The same table with change tracking off."""
        return Table(self.logical_name, self.entity_set, self.primary_id, self.privilege, self.columns, False)


TIMES = {
    "instant": ("UserLocal", "DateAndTime"),
    "user_day": ("UserLocal", "DateOnly"),
    "day": ("DateOnly", "DateOnly"),
    "wall_clock": ("TimeZoneIndependent", "DateAndTime"),
}
KINDS = {
    "id": "Uniqueidentifier",
    "text": "String",
    "choice": "Picklist",
    "state": "State",
    "status": "Status",
    "yes_no": "Boolean",
    "money": "Money",
    "decimal": "Decimal",
    "number": "Integer",
    "lookup": "Lookup",
    "version": "BigInt",
}
COMMON = "createdon:instant modifiedon:instant versionnumber:version"


def table(logical_name: str, entity_set: str, privilege: str, *described: str, tracked: bool = True) -> Table:
    """A table from ``name:kind`` words; the first column is the primary key."""
    columns = {}
    for word in " ".join(described).split():
        name, kind = word.split(":")
        behavior, format_ = TIMES.get(kind, (None, None))
        columns[name] = Column(name, KINDS.get(kind, "DateTime"), behavior, format_)
    return Table(logical_name, entity_set, next(iter(columns)), privilege, columns, tracked)


STATE = "statecode:state statuscode:status"
TABLES = {
    each.logical_name: each
    for each in (
        table(
            "lead",
            "leads",
            "prvReadLead",
            "leadid:id firstname:text lastname:text fullname:text telephone1:text mobilephone:text",
            "emailaddress1:text leadsourcecode:choice merged:yes_no masterid:lookup parentcontactid:lookup",
            "qualifyingopportunityid:lookup campaignid:lookup transactioncurrencyid:lookup",
            "estimatedamount:money new_leadid:text new_conversiondate:instant",
            STATE,
            COMMON,
        ),
        table(
            "contact",
            "contacts",
            "prvReadContact",
            "contactid:id firstname:text lastname:text fullname:text telephone1:text mobilephone:text",
            "emailaddress1:text merged:yes_no masterid:lookup originatingleadid:lookup",
            STATE,
            COMMON,
        ),
        table(
            "opportunity",
            "opportunities",
            "prvReadOpportunity",
            "opportunityid:id name:text estimatedclosedate:day actualclosedate:day estimatedvalue:money",
            "actualvalue:money transactioncurrencyid:lookup exchangerate:decimal originatingleadid:lookup",
            "parentcontactid:lookup campaignid:lookup new_conversiondate:instant",
            STATE,
            COMMON,
        ),
        table(
            "campaign",
            "campaigns",
            "prvReadCampaign",
            "campaignid:id codename:text name:text typecode:choice proposedstart:user_day proposedend:user_day",
            "actualstart:user_day actualend:user_day totalactualcost:money transactioncurrencyid:lookup",
            "exchangerate:decimal",
            STATE,
            COMMON,
        ),
        table(
            "campaignresponse",
            "campaignresponses",
            "prvReadActivity",
            "activityid:id subject:text receivedon:user_day responsecode:choice channeltypecode:choice",
            "emailaddress:text telephone:text regardingobjectid:lookup",
            STATE,
            COMMON,
        ),
        table(
            "email",
            "emails",
            "prvReadActivity",
            "activityid:id subject:text directioncode:yes_no senton:instant actualend:instant",
            "regardingobjectid:lookup",
            STATE,
            COMMON,
        ),
        table(
            "phonecall",
            "phonecalls",
            "prvReadActivity",
            "activityid:id subject:text directioncode:yes_no leftvoicemail:yes_no phonenumber:text actualend:instant",
            "regardingobjectid:lookup",
            STATE,
            COMMON,
        ),
        table(
            "activityparty",
            "activityparties",
            "prvReadActivity",
            "activitypartyid:id activityid:lookup partyid:lookup participationtypemask:choice addressused:text",
            "versionnumber:version",
            tracked=False,
        ),
        table(
            "transactioncurrency",
            "transactioncurrencies",
            "prvReadTransactionCurrency",
            "transactioncurrencyid:id isocurrencycode:text currencyname:text exchangerate:decimal",
            STATE,
            COMMON,
        ),
        table(
            "organization",
            "organizations",
            "prvReadOrganization",
            "organizationid:id name:text basecurrencyid:lookup expirechangetrackingindays:number",
            COMMON,
            tracked=False,
        ),
    )
}
