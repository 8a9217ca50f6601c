"""Which of an object's fields fill which columns, in this org and under these dbt vars."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from common.errors import AttributionError
from ingestion.named_fields import Variable, listed, similar
from ingestion.salesforce.objects import CONVERSION_STAGES, FITTING_TYPES, RawTable

READ_RIGHT = "Give the user that the connected app runs as Read on it (object and field), or ask who can."


@dataclass(frozen=True)
class FieldMapping:
    """Column → Salesforce field, for the columns that the org can fill, and what is to be said about the rest."""

    fields: dict[str, str]
    notes: list[str] = field(default_factory=list)


def map_fields(table: RawTable, described: dict[str, str], variables: dict[str, Any]) -> FieldMapping:
    """Find the fields of ``table`` among ``described`` (field → type; a related object's as ``Relationship.Field``).

    Raises AttributionError where one that can't be done without is missing, or one that a var names.
    """
    canonical = {name.lower(): name for name in described}
    mapping = FieldMapping({})
    for column, (name, _) in table.fields.items():
        if name in described:
            mapping.fields[column] = name
        elif name in table.needed:
            raise AttributionError(f"Salesforce shows this user no {name} on {table.object_name}.", READ_RIGHT)
        else:
            mapping.notes.append(f"Salesforce's {table.object_name} has no {name}; {column} is empty.")
    for column, (variable, hints) in table.by_variable.items():
        asked = named_field(variable, variables)
        if asked is None:
            continue
        name = canonical.get(asked.lower())
        if name is None:
            if not variable.may_be_missing(asked, variables.get("salesforce_conversion_source", "opportunity")):
                there_is = listed("It has ", similar(asked, described))
                raise AttributionError(
                    f"The var {variable.name} names {asked}, which Salesforce's {table.object_name} does not have.",
                    f"{there_is or 'No field of it has a similar name'}. Correct the var, or give the user that the "
                    "connected app runs as Read on the field.",
                )
            mapping.notes.append(
                f"Salesforce's {table.object_name} has no {asked} ({variable.name}); {column} is empty."
            )
            continue
        fitting = FITTING_TYPES.get(hints["data_type"])
        if fitting and described[name] not in fitting:
            raise AttributionError(
                f"The var {variable.name} names {name}, which is a {described[name]} on {table.object_name}.",
                f"It has to be a field of type {' or '.join(sorted(fitting))}"
                f"{listed('; there is ', [each for each in described if described[each] in fitting])}.",
            )
        mapping.fields[column] = name
    return mapping


def named_field(variable: Variable, variables: dict[str, Any]) -> str | None:
    """The field that the var names, or None where it names none; raises AttributionError for no field name."""
    return variable.named(
        variables,
        r"[A-Za-z]\w*(\.[A-Za-z]\w*)?",
        "field name",
        "It is the API name of one field, such as ConversionDate__c or RecordType.DeveloperName, or null for none.",
    )


def switched_on(name: str, variables: dict[str, Any]) -> bool:
    """The var ``name``, on where it is not set; an AttributionError where it is neither true nor false."""
    value = variables.get(name, True)
    if not isinstance(value, bool):
        raise AttributionError(f"The var {name} is {value!r}.", "It is true or false.")
    return value


def check_stages(table: RawTable, offered: dict[str, list[str]], variables: dict[str, Any]) -> list[str]:
    """A note for each value of the var salesforce_conversion_stages that the table's picklist does not offer.

    Records may still have a value that was taken out of the picklist, so it stops nothing. Raises AttributionError
    where the var is no list of texts.
    """
    stages = variables.get(CONVERSION_STAGES) or []
    if not isinstance(stages, list) or not all(isinstance(stage, str) and stage for stage in stages):
        raise AttributionError(
            f"The var {CONVERSION_STAGES} is {stages!r}.",
            "It is a list of stages of Opportunity (statuses of Lead, where leads are the conversions), [] for none.",
        )
    source = str(variables.get("salesforce_conversion_source", "opportunity"))
    there = offered.get(table.stages or "")
    if not there or table.object_name.lower() != source:
        return []
    return [
        f"Salesforce's {table.object_name} offers no {table.stages} {stage!r} ({CONVERSION_STAGES}); "
        f"there is {', '.join(there)}."
        for stage in stages
        if stage not in there
    ]
