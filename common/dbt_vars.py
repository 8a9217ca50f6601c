"""The dbt vars as a build would see them: dbt_project.yml's defaults, overridden by what --vars says."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import available_timezones

import yaml

from common.errors import AttributionError
from common.settings import PROJECT_DIR
from common.words import did_you_mean

# Sources whose raw tables another loader may fill, and what a schema or a database may be called.
BRINGABLE = ("genesys", "salesforce", "files")
IDENTIFIER = "[A-Za-z_][A-Za-z0-9_$]*"


def dbt_vars(overrides: dict[str, Any] | None = None) -> dict[str, Any]:
    """Every var of the project by name, with ``overrides`` on top."""
    project = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))
    return {**project.get("vars", {}), **(overrides or {})}


def parse_vars(text: str | None) -> dict[str, Any]:
    """``--vars`` as dbt takes it: a YAML mapping in one string, of vars that the project has.

    Raises AttributionError for anything else.
    """
    if not text:
        return {}
    try:
        parsed = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise AttributionError(
            f"--vars is no YAML: {error}", "Write it as dbt takes it: --vars '{decay_rate: 0.2}'."
        ) from error
    if not isinstance(parsed, dict):
        raise AttributionError(
            f"--vars is {text!r}, which is no mapping.",
            "Write it as dbt takes it: --vars '{decay_rate: 0.2}'.",
        )
    refuse_unknown(parsed)
    return parsed


def refuse_unknown(overrides: dict[Any, Any]) -> None:
    """Raise AttributionError for the first name that is no var of the project: dbt itself would pass over it."""
    known = list(dbt_vars())
    for name in overrides:
        if name not in known:
            raise AttributionError(
                f"--vars names {name!r}, which is no var of the project.",
                f"{did_you_mean(str(name), known)} README.md lists all vars under Settings.".lstrip(),
            )


def boolean(variables: dict[str, Any], name: str) -> bool:
    """The var ``name``; an AttributionError where it is neither true nor false."""
    value = variables.get(name)
    if not isinstance(value, bool):
        raise AttributionError(f"The var {name} is {value!r}.", "It is true or false.")
    return value


def brought(variables: dict[str, Any]) -> dict[str, str]:
    """Sources whose raw tables another loader filled → the schema, with its database where that is another one.

    These are the vars ``raw_schemas`` and ``raw_database``; an AttributionError where they can't be.
    """
    schemas, database = variables.get("raw_schemas", {}), variables.get("raw_database")
    if not isinstance(schemas, dict) or any(
        source not in BRINGABLE or not isinstance(schema, str) or not re.fullmatch(IDENTIFIER, schema)
        for source, schema in schemas.items()
    ):
        raise AttributionError(
            f"The var raw_schemas is {schemas!r}.",
            f"It is a mapping of sources ({', '.join(BRINGABLE)}) to the schemas of their raw tables, {{}} for none.",
        )
    if database is not None and (not isinstance(database, str) or not re.fullmatch(IDENTIFIER, database)):
        raise AttributionError(
            f"The var raw_database is {database!r}.",
            "It is the name of a database, or null for the one that the project is in.",
        )
    return {source: f"{database}.{schema}" if database else schema for source, schema in schemas.items()}


def time_zone(variables: dict[str, Any], name: str) -> str:
    """The var ``name``; an AttributionError where it is no IANA time zone."""
    zone = variables.get(name)
    zones = available_timezones()
    if not isinstance(zone, str) or zone not in zones:
        raise AttributionError(
            f"The var {name} is {zone!r}, which is no IANA time zone.",
            did_you_mean(str(zone), sorted(zones)) or "Set it to one such as America/New_York.",
        )
    return zone


def genesys_attributes(variables: dict[str, Any]) -> list[str]:
    """The var of that name; an AttributionError where it is no list of four different names."""
    names = variables.get("genesys_attributes")
    if (
        not isinstance(names, list)
        or not all(isinstance(name, str) and name.strip() for name in names)
        or len(names) != 4
        or len(set(names)) != 4
    ):
        raise AttributionError(
            f"The var genesys_attributes is {names!r}.",
            "It is a list of 4 different names: of the attributes for campaign, touch sequence, lead source and lead.",
        )
    return names
