"""Holds JSON against the models of Genesys' own Python client."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import Any

import PureCloudPlatformClientV2 as genesys_sdk
from dateutil.parser import isoparse

PLAIN = {"str": str, "int": int, "bool": bool, "object": object}
# The client turns a value that its enumeration lacks into this word. RUNNING is one, among the job states.
OUTDATED = "outdated_sdk_version"


def faults(payload: Any, kind: str, at: str = "$") -> list[str]:
    """Where `payload` is not what the SDK's type `kind` says: fields that the model lacks, wrong types.

    `kind` is written as in the SDK's `swagger_types`: `AnalyticsConversation`, `list[str]`, `dict(str, int)`.
    A null anywhere is a fault: the API leaves such fields out.
    """
    if payload is None:
        return [f"{at}: null"]
    if listed := re.fullmatch(r"list\[(.*)\]", kind):
        if not isinstance(payload, list):
            return [f"{at}: no list"]
        return [fault for n, each in enumerate(payload) for fault in faults(each, listed[1], f"{at}[{n}]")]
    if mapped := re.fullmatch(r"dict\(([^,]*), (.*)\)", kind):
        if not isinstance(payload, dict):
            return [f"{at}: no object"]
        return [fault for key, each in payload.items() for fault in faults(each, mapped[2], f"{at}.{key}")]
    if kind == "float":
        fits = isinstance(payload, int | float) and not isinstance(payload, bool)
    elif kind in ("datetime", "date"):
        fits = isinstance(payload, str) and _is_instant(payload)
    elif kind in PLAIN:
        fits = isinstance(payload, PLAIN[kind]) and (kind != "int" or not isinstance(payload, bool))
    else:
        return _model_faults(payload, kind, at)
    return [] if fits else [f"{at}: {payload!r} is no {kind}"]


def _is_instant(text: str) -> bool:
    try:
        isoparse(text)
    except ValueError:
        return False
    return True


def _model_faults(payload: Any, kind: str, at: str) -> list[str]:
    if not isinstance(payload, dict):
        return [f"{at}: no object"]
    model = getattr(genesys_sdk.models, kind)()
    names = {wire: attribute for attribute, wire in model.attribute_map.items()}
    found = []
    for wire, value in payload.items():
        if wire not in names:
            found.append(f"{at}.{wire}: not in {kind}")
            continue
        found += faults(value, model.swagger_types[names[wire]], f"{at}.{wire}")
        if not isinstance(value, str):
            continue
        setattr(model, names[wire], value)
        if getattr(model, names[wire]) == OUTDATED and value != "RUNNING":
            found.append(f"{at}.{wire}: {value!r} is not one of the values of {kind}")
    return found


def assert_fits(payload: Any, kind: str) -> None:
    """Fail unless the payload is what the SDK's type says, and the SDK itself deserialises it."""
    found = faults(payload, kind)
    assert not found, "\n".join(found[:20])
    answer = SimpleNamespace(data=json.dumps(payload), getheader=lambda name: "application/json")
    genesys_sdk.ApiClient(host="http://127.0.0.1").deserialize(answer, kind)
