"""What the stand-in says of itself: the service document, $metadata, and EntityDefinitions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

from sandbox.dynamics.errors import bad_request, no_such_segment
from sandbox.dynamics.metadata import Column, Table

NAMESPACE = "Microsoft.Dynamics.CRM"
DATE_TIMES = f"{NAMESPACE}.DateTimeAttributeMetadata"


def service_document(tables: Iterable[Table], api: str) -> dict[str, Any]:
    """GET [org]/api/data/v9.2/."""
    sets = [{"name": table.entity_set, "kind": "EntitySet", "url": table.entity_set} for table in tables]
    return {"@odata.context": f"{api}$metadata", "value": sets}


def metadata_document(tables: Iterable[Table]) -> str:
    """GET $metadata: the CSDL of every table, with the annotation of those that change tracking is on for."""
    tables = list(tables)
    types = "".join(_entity_type(table) for table in tables)
    sets = "".join(_entity_set(table) for table in tables)
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
        f'<Schema Namespace="{NAMESPACE}" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">{types}'
        f'<EntityContainer Name="System">{sets}</EntityContainer></Schema>'
        "</edmx:DataServices></edmx:Edmx>"
    )


def _entity_type(table: Table) -> str:
    properties = "".join(
        f"<Property Name={quoteattr(column.json_name)} Type={quoteattr(column.edm)}"
        + (' Nullable="false"/>' if column.logical_name == table.primary_id else "/>")
        for column in table.columns.values()
    )
    key = f"<Key><PropertyRef Name={quoteattr(table.primary_id)}/></Key>"
    return f"<EntityType Name={quoteattr(table.logical_name)}>{key}{properties}</EntityType>"


def _entity_set(table: Table) -> str:
    tracking = (
        '<Annotation Term="Org.OData.Capabilities.V1.ChangeTracking"><Record>'
        '<PropertyValue Property="Supported" Bool="true"/></Record></Annotation>'
    )
    name, kind = quoteattr(table.entity_set), quoteattr(f"{NAMESPACE}.{table.logical_name}")
    return f"<EntitySet Name={name} EntityType={kind}>{tracking if table.tracked else ''}</EntitySet>"


def definition(steps: list[str], query: Mapping[str, str], tables: Mapping[str, Table], api: str) -> dict[str, Any]:
    """EntityDefinitions(LogicalName='x') alone, with its Attributes expanded, or its DateTime attributes."""
    match = re.fullmatch(r"EntityDefinitions\(LogicalName='(\w+)'\)", steps[0])
    if match is None or match[1] not in tables:
        raise no_such_segment(steps[0])
    table = tables[match[1]]
    if steps[1:] == ["Attributes", DATE_TIMES]:
        return {
            "@odata.context": f"{api}$metadata#{steps[0]}/Attributes/{DATE_TIMES}",
            "value": [_date_time(column) for column in table.columns.values() if column.type == "DateTime"],
        }
    if steps[1:]:
        raise no_such_segment(steps[1])
    whole: dict[str, Any] = {
        "LogicalName": table.logical_name,
        "EntitySetName": table.entity_set,
        "PrimaryIdAttribute": table.primary_id,
        "ChangeTrackingEnabled": table.tracked,
    }
    wanted = [name.strip() for name in query.get("$select", "").split(",") if name.strip()]
    if unknown := [name for name in wanted if name not in whole]:
        raise bad_request(f"Could not find a property named '{unknown[0]}' on type '{NAMESPACE}.EntityMetadata'.")
    answer = {"@odata.context": f"{api}$metadata#EntityDefinitions/$entity"}
    answer |= {name: value for name, value in whole.items() if not wanted or name in wanted}
    if query.get("$expand", "").startswith("Attributes"):
        answer["Attributes"] = [
            {"LogicalName": column.logical_name, "AttributeType": column.type} for column in table.columns.values()
        ]
    return answer


def _date_time(column: Column) -> dict[str, Any]:
    return {
        "LogicalName": column.logical_name,
        "Format": column.format,
        "DateTimeBehavior": {"Value": column.behavior},
    }
