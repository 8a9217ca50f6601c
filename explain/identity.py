"""Where the identity of a touch or a conversion came from, in words; and touches that another person got.

Phones and e-mails stay in raw and staging: what is read here are their keyed hashes, and none of them is shown.
"""

from __future__ import annotations

from typing import Any

from common.warehouse import Warehouse
from explain.lookup import tables

NEEDED = {
    "intermediate.int_named_together",
    "intermediate.int_lead_creations",
    "intermediate.int_touches",
    "intermediate.int_touches_with_key",
    "intermediate.int_conversions",
}
KINDS = {
    "conversion": ("int_conversions", "conversion_id", "converted_at"),
    "touch": ("int_touches_with_key", "touch_id", "touched_at"),
}


def known(warehouse: Warehouse) -> bool:
    """Whether this warehouse has the tables that say how identities were found (a published copy may not)."""
    return tables(warehouse) >= NEEDED


def of(warehouse: Warehouse, kind: str, same_as: str, id: str) -> dict[str, dict[str, Any]]:
    """``{identity_match, lead_id, given_lead_id, words}`` by id, of the touches or conversions (``kind``) of a person.

    The person is the one of the touch or conversion (``same_as``) with that ``id``.
    """
    records, key, instant = KINDS[kind]
    theirs, their_key, _ = KINDS[same_as]
    rows = warehouse.query(
        f"""
        select {key} as id, identity_match, lead_id, given_lead_id, phone_key, email_key, {instant} as happened_at
        from intermediate.{records}
        where person_id = (select person_id from intermediate.{theirs} where {their_key} = ?)
        """,
        [id],
    )
    ambiguous = [row for row in rows if row["identity_match"] == "ambiguous"]
    keys = {row[name] for row in ambiguous for name in ("phone_key", "email_key")} - {None}
    leads = _by(warehouse, "int_named_together", "identity_key", "count(distinct lead_id)", keys)
    created = _by(warehouse, "int_lead_creations", "lead_id", "min(created_at)", {row["lead_id"] for row in ambiguous})
    for row in ambiguous:
        row["phone_leads"], row["email_leads"] = leads.get(row["phone_key"]), leads.get(row["email_key"])
        row["was_there"] = row["lead_id"] in created and created[row["lead_id"]] <= row["happened_at"]
    return {
        row["id"]: {
            "identity_match": row["identity_match"],
            "lead_id": row["lead_id"],
            "given_lead_id": row["given_lead_id"],
            "words": in_words(kind, row),
        }
        for row in rows
    }


def _by(warehouse: Warehouse, table: str, key: str, wanted: str, keys: set[str]) -> dict[str, Any]:
    """``wanted`` of an intermediate table by ``key``, for ``keys`` alone."""
    if not keys:
        return {}
    rows = warehouse.query(
        f"select {key} as key, {wanted} as wanted from intermediate.{table} "
        f"where {key} in ({', '.join('?' for _ in keys)}) group by {key}",
        sorted(keys),
    )
    return {row["key"]: row["wanted"] for row in rows}


def in_words(kind: str, row: dict[str, Any]) -> str:
    """A clause without its subject: how the record named in ``row`` came to its person."""
    match, lead, given = row["identity_match"], row["lead_id"], row["given_lead_id"]
    if match == "lead_id":
        if given and lead and given != lead:
            return f"carries the lead id {given}, which was merged into {lead}"
        return f"carries the lead id {lead}"
    if match == "ambiguous":
        by, leads = ("phone", row["phone_leads"]) if row["phone_leads"] else ("e-mail", row["email_leads"])
        which = (
            f"created last at or before the {kind}"
            if row["was_there"]
            else f"created first, as none was there yet at the {kind}"
        )
        return f"carries no lead id; {leads or 'several'} leads share its {by}, and it went to {lead}, the one {which}"
    if match in ("phone", "email"):
        by = "phone" if match == "phone" else "e-mail"
        if lead:
            return f"carries no lead id; its {by} leads to exactly one lead, {lead}"
        return f"carries no lead id, and no lead has its {by}: the {by} itself is the person"
    return "carries no lead id, no phone and no e-mail: it is a person of its own"


def given_to_others(warehouse: Warehouse, conversion: dict[str, Any]) -> list[dict[str, Any]]:
    """Touches that share a phone or an e-mail with the conversion's person but are another person's, oldest first."""
    return warehouse.query(
        """
        with keys as (
            select identity_key from intermediate.int_named_together where lead_id = ?
            union
            select phone_key from intermediate.int_conversions where conversion_id = ?
            union
            select email_key from intermediate.int_conversions where conversion_id = ?
        ),

        sharing as (
            select
                records.touch_id, records.given_lead_id,
                max(case when records.phone_key = keys.identity_key then 1 else 0 end) as by_phone
            from intermediate.int_touches as records
            inner join keys
                on records.phone_key = keys.identity_key or records.email_key = keys.identity_key
            group by records.touch_id, records.given_lead_id
        )

        select
            touches.touch_id, touches.started_at, touches.touched_at, touches.campaign_id, touches.campaign_name,
            touches.channel, touches.touch_sequence, touches.is_connected, touches.lead_id, touches.identity_match,
            sharing.by_phone = 1 as by_phone
        from sharing
        inner join marts.fct_touches as touches on sharing.touch_id = touches.touch_id
        where touches.person_key <> ?
        order by touches.touched_at, touches.touch_id
        """,
        [conversion["lead_id"], conversion["conversion_id"], conversion["conversion_id"], conversion["person_key"]],
    )


def why_another_person(touch: dict[str, Any]) -> str:
    """Why a touch that shares a phone or an e-mail is somebody else's."""
    shared = "phone" if touch["by_phone"] else "e-mail"
    other = touch["lead_id"] or "a person without a lead"
    if touch["identity_match"] == "lead_id":
        return f"another person: shares the {shared}, but carries the lead id {other}"
    if touch["identity_match"] == "ambiguous":
        return f"another person: several leads share the {shared}, and this touch went to {other}"
    if touch["identity_match"] == "phone" and not touch["by_phone"]:
        return f"another person: shares the e-mail, but its phone, which is asked first, leads to {other}"
    return f"another person: shares the {shared}, but belongs to {other}"
