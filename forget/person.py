"""Who is meant by a lead id, a phone or an e-mail address: every id, number, address and record of that person.

It goes by the project's own identity (docs/decisions.md#identity), as the last build settled it, so that what is taken
out is what the marts count for this person, and nothing that they count for somebody else.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from common.dbt_vars import IDENTIFIER
from common.errors import AttributionError
from common.settings import PROJECT_DIR
from common.warehouse import Warehouse
from ingestion import stop_list

NEEDED = ("int_touches", "int_touches_with_key", "int_conversions", "int_crm_leads", "int_crm_facts")
# Raw tables in which one row ties two ids of a person together: (source, table, lead, contact).
# Dynamics 365's other records name a lead by its GUID, which counts as an id of a contact here.
LEADS_AND_CONTACTS = (
    ("salesforce", "lead", "id", "converted_contact_id"),
    ("dynamics", "lead", "coalesce(lead_key, id)", "id"),
    ("dynamics", "lead", "coalesce(lead_key, id)", "parentcontactid"),
)
# Records that belong to a person whether they count as conversions or not: (source, table, person, record, condition).
RECORDS_OF_PEOPLE = (
    ("salesforce", "lead", "id", "converted_opportunity_id", "true"),
    ("salesforce", "opportunity_contact_role", "contact_id", "opportunity_id", "is_primary"),
    ("dynamics", "opportunity", "originatingleadid", "id", "true"),
    ("dynamics", "opportunity", "parentcontactid", "id", "true"),
)


@dataclass(frozen=True)
class RawTable:
    """A table of raw rows. ``schema`` has its database before it where that is another one.

    ``is_brought``: another loader fills it (the var raw_schemas), so it is read and nothing in it is changed.
    """

    source: str
    schema: str
    name: str
    columns: tuple[str, ...]
    is_brought: bool = False

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass
class Person:
    """What is known of one person. ``leads`` and ``contacts`` are ids of the CRM, phones are E.164, e-mails lower case.

    ``records`` are (source, id) of touches, conversions and other records; ``shared`` phones and addresses that lead to
    somebody else too, and so stay. ``named_by`` is what the given text was taken for: lead, phone or email.
    """

    named_by: str
    leads: set[str] = field(default_factory=set)
    contacts: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)
    touches: set[tuple[str, str]] = field(default_factory=set)
    conversions: set[tuple[str, str]] = field(default_factory=set)

    @property
    def ids(self) -> set[str]:
        """Ids of leads and contacts."""
        return self.leads | self.contacts


def key_of(kind: str, text: str) -> str:
    """The hash by which the models know a lead, a phone or an e-mail address: macros/identity/person_hash.sql."""
    salt = os.environ.get("ATTRIBUTION_PERSON_SALT", "outbound-attribution")
    return hashlib.sha256(f"{salt}|{kind}|{text}".encode()).hexdigest()


def check(warehouse: Warehouse) -> None:
    """Raise AttributionError where the last build can't say who is who."""
    if missing := [name for name in NEEDED if not warehouse.exists("intermediate", name)]:
        raise AttributionError(
            f"The warehouse has no intermediate.{missing[0]}, so nothing says which records are whose.",
            "Run `dbt build` first, then forget again.",
        )
    for row in warehouse.query(
        "select lead_id, person_key from intermediate.int_touches_with_key where lead_id is not null limit 1"
    ):
        if row["person_key"] != key_of("lead", row["lead_id"]):
            raise AttributionError(
                "ATTRIBUTION_PERSON_SALT is not the one that the last build had.",
                "Export the right one; after a change of it, run `dbt build` first.",
            )


def find(warehouse: Warehouse, text: str, filled: Mapping[str, str]) -> Person:
    """The person whom a lead id, a phone (in any usual form) or an e-mail address names.

    ``filled``: schemas of the sources that another loader filled. One whom nothing is known of has the given id alone.
    Raises AttributionError where several leads share it.
    """
    kind, value = kind_of(warehouse, text)
    person = Person(kind)
    if kind == "lead":
        person.leads.add(value)
    else:
        leads = leads_of(warehouse, key_of(kind, value))
        if len(leads) > 1:
            raise AttributionError(
                f"Several leads share this {kind}: {', '.join(sorted(leads))}.",
                "Say which of them is meant, by the lead's id; forget them one by one where all are.",
            )
        person.leads |= leads
        (person.phones if kind == "phone" else person.emails).add(value)
    grow(warehouse, person, filled)
    return person


def kind_of(warehouse: Warehouse, text: str) -> tuple[str, str]:
    """(lead, phone or email; what it is called in the warehouse)."""
    if "@" in text:
        return "email", stop_list.email(text)
    lead = stop_list.lead_id(text)
    number = stop_list.phone(text)
    if number is None or is_lead(warehouse, lead):
        return "lead", lead
    return "phone", number


def is_lead(warehouse: Warehouse, lead: str) -> bool:
    """Whether the CRM or a record has a lead of this id."""
    return bool(
        warehouse.query(
            """
            select 1 as found from intermediate.int_crm_leads where lead_id = ?
            union all select 1 from intermediate.int_touches where given_lead_id = ?
            union all select 1 from intermediate.int_conversions where given_lead_id = ?
            limit 1
            """,
            [lead] * 3,
        )
    )


def leads_of(warehouse: Warehouse, key: str) -> set[str]:
    """The leads that a phone or an e-mail address is tied to by a row that has both; merged ones as their survivors."""
    records = " union all ".join(
        f"select given_lead_id as lead_id from intermediate.{table} where ? in (phone_key, email_key)"
        for table in ("int_touches", "int_conversions")
    )
    rows = warehouse.query(
        f"""
        select distinct coalesce(crm.surviving_lead_id, named.lead_id) as lead_id
        from (
            select lead_id from intermediate.int_crm_facts where identity_key = ?
            union all {records}
        ) as named
        left join intermediate.int_crm_leads as crm on named.lead_id = crm.lead_id
        where named.lead_id is not null and not coalesce(crm.is_deleted, false)
        """,
        [key] * 3,
    )
    return {row["lead_id"] for row in rows}


def grow(warehouse: Warehouse, person: Person, filled: Mapping[str, str]) -> None:
    """Add what the given id leads to: merged leads, contacts, numbers, addresses, records."""
    before = -1
    while before != len(person.ids):
        before = len(person.ids)
        person.leads |= _column(
            warehouse,
            "select lead_id from intermediate.int_crm_leads where surviving_lead_id in ("
            "select surviving_lead_id from intermediate.int_crm_leads where lead_id in ({}))",
            person.leads,
        )
        for source, table, lead, contact in LEADS_AND_CONTACTS:
            schema = schema_of(source, filled)
            if warehouse.exists(schema, table):
                select = f"select {contact} from {schema}.{table} where {contact} is not null and {lead} in ({{}})"
                person.contacts |= _column(warehouse, select, person.leads)
                person.leads |= _column(
                    warehouse, f"select {lead} from {schema}.{table} where {contact} in ({{}})", person.contacts
                )
    given = person.phones | person.emails
    for kind, found in (("phone", person.phones), ("email", person.emails)):
        for value in sorted(found | _written_beside(warehouse, kind, person, filled)):
            others = leads_of(warehouse, key_of(kind, value)) - person.leads
            if others and value not in given:
                person.shared.add(value)
            else:
                found.add(value)
    _add_records(warehouse, person, filled)


def _written_beside(warehouse: Warehouse, kind: str, person: Person, filled: Mapping[str, str]) -> set[str]:
    """Phones or addresses in the columns of rows that name one of the person's ids."""
    found: set[str] = set()
    for table in raw_tables(warehouse, filled):
        wanted = [name for name in table.columns if (name.endswith("_e164") if kind == "phone" else "email" in name)]
        named = [name for name in table.columns if name in ("id", "lead_id", "contact_id", "customer_lead_id")]
        for column in wanted:
            for name in named:
                found |= _column(
                    warehouse,
                    f"select {column} from {table} where {column} is not null and trim({name}) in ({{}})",
                    person.ids,
                )
    genesys = schema_of("genesys", filled)
    if kind == "phone" and warehouse.exists(genesys, "conversations"):
        found |= _column(
            warehouse,
            f"select customer_phone_e164 from {genesys}.conversations where customer_phone_e164 is not null and"
            " conversation_id in (select touch_id from intermediate.int_touches where given_lead_id in ({}))",
            person.leads,
        )
    return {stop_list.email(value) if kind == "email" else value for value in found}


def _add_records(warehouse: Warehouse, person: Person, filled: Mapping[str, str]) -> None:
    ids = {f"lead|{lead}" for lead in person.leads}
    ids |= {key_of("phone", each) for each in person.phones} | {key_of("email", each) for each in person.emails}
    for table, id_column, found in (
        ("int_touches", "touch_id", person.touches),
        ("int_conversions", "conversion_id", person.conversions),
    ):
        for column, values in (("person_id", ids), ("given_lead_id", person.leads)):
            rows = _rows(
                warehouse, f"select source, {id_column} from intermediate.{table} where {column} in ({{}})", values
            )
            found |= {(row["source"], row[id_column]) for row in rows}
    for source, table, owner, record, condition in RECORDS_OF_PEOPLE:
        schema = schema_of(source, filled)
        if warehouse.exists(schema, table):
            of_person = f"{condition} and {record} is not null and {owner} in ({{}})"
            select = f"select {record} from {schema}.{table} where {of_person}"
            person.conversions |= {(source, each) for each in _column(warehouse, select, person.ids)}


def schema_of(source: str, filled: Mapping[str, str]) -> str:
    """Where the raw tables of a source are that the models read."""
    return filled.get(source, f"raw_{source}")


def raw_tables(warehouse: Warehouse, filled: Mapping[str, str]) -> list[RawTable]:
    """What dlt loaded, its staging schemas too (each row has a _dlt_id); and what the models read of other loaders."""
    brought = {schema.lower() for schema in filled.values()}
    tables = [
        RawTable(schema.removeprefix("raw_").removesuffix("_staging"), schema, table, columns)
        for (schema, table), columns in _columns(warehouse, "raw%").items()
        if "_dlt_id" in columns
        and schema not in brought
        and not table.startswith("_dlt")
        and table != "completed_loads"
    ]
    for source, schema in filled.items():
        read = _tables_read(source)
        tables += [
            RawTable(source, schema, table, columns, is_brought=True)
            for (found, table), columns in _columns(warehouse, schema).items()
            # In a pattern "_" is any letter.
            if table in read and found == schema.rpartition(".")[2].lower()
        ]
    return tables


def _columns(warehouse: Warehouse, schemas: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """(schema, table) → columns of the schemas that are like this, perhaps with a database before it."""
    database, _, pattern = schemas.rpartition(".")
    rows = warehouse.query(
        "select lower(table_schema) as table_schema, lower(table_name) as table_name, lower(column_name) as column_name"
        f" from {database + '.' if database else ''}information_schema.columns"
        " where lower(table_schema) like ? order by 1, 2, ordinal_position",
        [pattern.lower()],
    )
    tables: dict[tuple[str, str], tuple[str, ...]] = {}
    for row in rows:
        # What has to be quoted is no column that the project reads.
        if re.fullmatch(IDENTIFIER, row["column_name"]):
            table = row["table_schema"], row["table_name"]
            tables[table] = (*tables.get(table, ()), row["column_name"])
    return tables


def _tables_read(source: str) -> set[str]:
    """The raw tables of a source that the models read, but for the one that says when it was loaded."""
    file = PROJECT_DIR / "models" / "staging" / source / f"_{source}__sources.yml"
    [described] = yaml.safe_load(file.read_text(encoding="utf-8"))["sources"]
    return {table["name"] for table in described["tables"]} - {"completed_loads"}


def _rows(warehouse: Warehouse, select: str, values: Iterable[str]) -> list[dict[str, Any]]:
    """Rows of a select whose ``{}`` takes these values; none where there are none."""
    values = sorted(values)
    return warehouse.query(select.format(", ".join("?" for _ in values)), values) if values else []


def _column(warehouse: Warehouse, select: str, values: Iterable[str]) -> set[str]:
    return {next(iter(row.values())) for row in _rows(warehouse, select, values)}
