"""Which of a table's columns fill which raw columns, in this org and under these dbt vars."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from common.errors import AttributionError
from ingestion.dynamics.client import Column, Described
from ingestion.dynamics.objects import FITTING_TYPES, RawTable
from ingestion.named_fields import Variable, listed, similar


@dataclass(frozen=True)
class FieldMapping:
    """Raw column → Dataverse column, for those that the org can fill, and what is to be said about the rest."""

    fields: dict[str, str]
    described: Described
    notes: list[str] = field(default_factory=list)

    def json_name(self, logical_name: str) -> str:
        """The name in JSON and $select: a lookup's is ``_name_value``."""
        return f"_{logical_name}_value" if self.is_lookup(logical_name) else logical_name

    def is_lookup(self, logical_name: str) -> bool:
        """Whether the column leads to another row, by its GUID."""
        return self.described.columns[logical_name].type in ("Lookup", "Customer", "Owner")


def map_fields(table: RawTable, described: Described, variables: dict[str, Any]) -> FieldMapping:
    """Find the columns of ``table`` in the org. Raises AttributionError where one that can't be done without is
    missing, or one that a var names, or one that a var names holds another kind of value.
    """
    mapping = FieldMapping({"id": table.key}, described)
    for name in (*table.columns, *table.days):
        if name in described.columns:
            mapping.fields[name] = name
        elif name in table.needed:
            raise AttributionError(
                f"Dynamics 365's {table.logical_name} has no {name}.",
                "DYNAMICS_URL has to name an environment with Dynamics 365 Sales.",
            )
        else:
            mapping.notes.append(f"Dynamics 365's {table.logical_name} has no {name}; {name} is empty.")
    for column, (variable, hints) in table.by_variable.items():
        asked = variable.named(
            variables,
            r"[A-Za-z]\w*",
            "column name",
            "It is the logical name of one column, such as new_conversiondate, or null for none.",
        )
        if asked is None:
            continue
        name = asked.lower()
        if name not in described.columns:
            if not variable.may_be_missing(name, variables.get("dynamics_conversion_source", "opportunity")):
                there_is = listed("It has ", similar(name, described.columns))
                raise AttributionError(
                    f"The var {variable.name} names {name}, which Dynamics 365's {table.logical_name} does not have.",
                    f"{there_is or 'No column of it has a similar name'}. Correct the var; it is the logical name, in "
                    "small letters with its prefix.",
                )
            mapping.notes.append(
                f"Dynamics 365's {table.logical_name} has no {name} ({variable.name}); {column} is empty."
            )
            continue
        _check_fits(table, variable, name, described.columns, hints["data_type"])
        mapping.fields[column] = name
    return mapping


def _check_fits(table: RawTable, variable: Variable, name: str, columns: dict[str, Column], data_type: str) -> None:
    fitting = FITTING_TYPES.get(data_type)
    found = columns[name]
    if fitting and found.type not in fitting:
        raise AttributionError(
            f"The var {variable.name} names {name}, which is a {found.type} on {table.logical_name}.",
            f"It has to be a column of type {' or '.join(sorted(fitting))}"
            f"{listed('; there is ', [each for each in columns if columns[each].type in fitting])}.",
        )
    if data_type == "timestamp" and (found.behavior != "UserLocal" or found.format == "DateOnly"):
        holds = "no instant (its behavior is TimeZoneIndependent)"
        if found.behavior == "DateOnly" or found.format == "DateOnly":
            holds = "a day alone"
        raise AttributionError(
            f"The var {variable.name} names {name}, which holds {holds} on {table.logical_name}.",
            "It has to be a date and time column with the behavior User local.",
        )
