"""Which objects the stand-in has, with their fields and types: what describe answers and the query engine checks.

A type is Salesforce's own name for it (describe's ``type``); ``reference`` carries the object after a colon.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TEXT_TYPES = frozenset({"string", "picklist", "textarea", "phone", "email", "url", "combobox"})
ID_TYPES = frozenset({"id", "reference"})
NUMBER_TYPES = frozenset({"currency", "double", "int", "percent"})

SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "int": "xsd:int",
    "currency": "xsd:double",
    "double": "xsd:double",
    "percent": "xsd:double",
}


# Values that a picklist offers, where describe is to tell them; the others' are not told.
PICKLIST_VALUES = {
    "StageName": ("Qualification", "Negotiation/Review", "Closed Won", "Closed Lost"),
}


@dataclass(frozen=True)
class Field:
    """One field: its API name, its type as describe names it, and the object that a reference points to."""

    name: str
    type: str
    refers_to: str | None = None

    @property
    def kind(self) -> str:
        """What a filter value of this field has to be: text, id, number, boolean, date or datetime."""
        if self.type in TEXT_TYPES:
            return "text"
        if self.type in ID_TYPES:
            return "id"
        return "number" if self.type in NUMBER_TYPES else self.type

    @property
    def relationship(self) -> str | None:
        """What a query calls the record that a reference leads to: RecordTypeId leads to RecordType, X__c to X__r."""
        if self.refers_to is None:
            return None
        return f"{self.name[:-3]}__r" if self.name.endswith("__c") else self.name.removesuffix("Id")


@dataclass(frozen=True)
class SObject:
    """One object: its API name, the three characters its ids begin with, and its fields by lower-case name."""

    name: str
    key_prefix: str
    fields: Mapping[str, Field]

    def field(self, name: str) -> Field | None:
        """The field of that name, whatever its case."""
        return self.fields.get(name.lower())

    def without(self, *names: str) -> SObject:
        """The same object in an org that lacks these fields, or whose user may not see them."""
        hidden = {name.lower() for name in names}
        kept = {key: field for key, field in self.fields.items() if key not in hidden}
        return SObject(self.name, self.key_prefix, kept)


CREATION = "CreatedDate datetime, CreatedById reference:User"
AUDIT = f"{CREATION}, LastModifiedDate datetime, LastModifiedById reference:User, SystemModstamp datetime"
DELETABLE = "Id id, IsDeleted boolean"


def sobject(name: str, key_prefix: str, *parts: str) -> SObject:
    """Build an object from ``"Name type, Name type"`` lists."""
    fields = {}
    for written in ", ".join(parts).split(", "):
        field_name, _, type_name = written.strip().partition(" ")
        kind, _, target = type_name.partition(":")
        fields[field_name.lower()] = Field(field_name, kind, target or None)
    return SObject(name, key_prefix, fields)


OBJECTS: dict[str, SObject] = {
    each.name: each
    for each in (
        sobject(
            "Lead",
            "00Q",
            DELETABLE,
            "MasterRecordId reference:Lead, FirstName string, LastName string, Name string, Company string",
            "Title string, Phone phone, MobilePhone phone, Email email, LeadSource picklist, Status picklist",
            "Industry picklist, Country string, State string, City string, OwnerId reference:User",
            "AnnualRevenue currency, CurrencyIsoCode picklist",
            "RecordTypeId reference:RecordType",
            "IsConverted boolean, ConvertedDate date, ConvertedAccountId reference:Account",
            "ConvertedContactId reference:Contact, ConvertedOpportunityId reference:Opportunity",
            "ConversionDate__c datetime, ConversionValue__c currency, ConversionCampaign__c reference:Campaign",
            AUDIT,
        ),
        sobject(
            "LeadHistory",
            "017",
            DELETABLE,
            "LeadId reference:Lead, Field picklist, DataType picklist, OldValue string, NewValue string",
            CREATION,
        ),
        sobject(
            "Contact",
            "003",
            DELETABLE,
            "MasterRecordId reference:Contact, AccountId reference:Account, FirstName string, LastName string",
            "Name string, Title string, Phone phone, MobilePhone phone, HomePhone phone, Email email",
            "LeadSource picklist, OwnerId reference:User, CurrencyIsoCode picklist",
            AUDIT,
        ),
        sobject(
            "Opportunity",
            "006",
            DELETABLE,
            "AccountId reference:Account, ContactId reference:Contact, Name string, StageName picklist",
            "Amount currency, Probability percent, CloseDate date, Type picklist, LeadSource picklist",
            "IsClosed boolean, IsWon boolean, ForecastCategory picklist, CurrencyIsoCode picklist",
            "CampaignId reference:Campaign, OwnerId reference:User, ConversionDate__c datetime",
            "RecordTypeId reference:RecordType",
            AUDIT,
        ),
        sobject(
            "OpportunityContactRole",
            "00K",
            DELETABLE,
            "OpportunityId reference:Opportunity, ContactId reference:Contact, Role picklist",
            "IsPrimary boolean, CurrencyIsoCode picklist",
            AUDIT,
        ),
        sobject(
            "OpportunityHistory",
            "008",
            DELETABLE,
            "OpportunityId reference:Opportunity, StageName picklist, Amount currency, ExpectedRevenue currency",
            "CloseDate date, Probability percent, ForecastCategory picklist, CurrencyIsoCode picklist",
            CREATION,
            "SystemModstamp datetime",
        ),
        sobject(
            "Campaign",
            "701",
            DELETABLE,
            "Name string, ParentId reference:Campaign, Type picklist, Status picklist, StartDate date",
            "EndDate date, ExpectedRevenue currency, BudgetedCost currency, ActualCost currency",
            "IsActive boolean, Description textarea, NumberOfLeads int, NumberOfContacts int",
            "CurrencyIsoCode picklist, OwnerId reference:User",
            AUDIT,
        ),
        sobject(
            "CampaignMember",
            "00v",
            DELETABLE,
            "CampaignId reference:Campaign, LeadId reference:Lead, ContactId reference:Contact",
            "LeadOrContactId reference:Lead, Status picklist, HasResponded boolean, FirstRespondedDate date",
            "CurrencyIsoCode picklist",
            AUDIT,
        ),
        sobject(
            "Task",
            "00T",
            DELETABLE,
            "WhoId reference:Lead, WhatId reference:Account, Subject combobox, ActivityDate date",
            "Status picklist, Priority picklist, Type picklist, TaskSubtype picklist, Description textarea",
            "IsClosed boolean, CompletedDateTime datetime, OwnerId reference:User, CurrencyIsoCode picklist",
            AUDIT,
        ),
        sobject(
            "DatedConversionRate",
            "04w",
            "Id id, IsoCode picklist, StartDate date, NextStartDate date, ConversionRate double",
            AUDIT,
        ),
        sobject(
            "RecordType",
            "012",
            "Id id, Name string, DeveloperName string, SobjectType picklist, IsActive boolean",
            AUDIT,
        ),
    )
}
