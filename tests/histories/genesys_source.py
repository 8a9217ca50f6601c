"""What a Genesys Cloud org holds: calls and what they become, the lists around them, and what they mean."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from genesys_conversation import conversation
from people import CAMPAIGNS, LEADS, OWN_PHONES, PEOPLE, SHARED_PHONES, moment
from reference_facts import Touch

from ingestion.genesys.conversations import row as conversation_row

Row = dict[str, Any]

CHANGES = [
    *("call.new", "call.new", "call.open", "call.end", "call.end", "call.again", "call.agents", "call.attributes"),
    *("call.attributes", "call.phone", "call.time", "call.nodes", "call.inbound", "call.fresh", "call.settle"),
    *("contact.data", "code.name", "user.name", "queue.name", "node.name"),
]
CODE_NAMES = ["Sale", "Not interested", "No answer", "Mystery"]
# Name of a wrap-up code, or the dialer's own result → whether the shipped rules call it a contact.
IS_CONTACT = {"Sale": True, "Not interested": True, "No answer": False, "Mystery": None, "ININ-OUTBOUND-BUSY": False}
GROUPS = {
    "Sale": "sale",
    "Not interested": "not_interested",
    "No answer": "no_answer",
    "Mystery": "(no rule)",
    "ININ-OUTBOUND-BUSY": "busy",
}


class Genesys:
    """Calls by id, each a dict of what happened, and the names that the org's lists have."""

    def __init__(self) -> None:
        self.calls: dict[str, Row] = {}
        self.contacts: dict[str, Row] = {}
        self.codes = {f"w{number}": name for number, name in enumerate(CODE_NAMES, 1)}
        self.users = {"u1": "Una", "u2": "Udo"}
        self.queues = {"q1": "Queue"}
        self.nodes = {"f1": "Flow one", "f2": "Flow two"}

    def change(self, kind: str, number: int, pick: int) -> list[tuple[str, str]]:
        """Make one change and say which rows (raw table, id) the next load brings for it."""
        rng = random.Random(f"{kind}/{number}/{pick}")
        what, how = kind.split(".")
        lists = {"code": "codes", "user": "users", "queue": "queues", "node": "nodes"}
        if what in lists:
            names: dict[str, str] = getattr(self, lists[what])
            id = sorted(names)[number % len(names)]
            names[id] = rng.choice(CODE_NAMES) if what == "code" else f"{what} {pick}"
            return [({"code": "wrapup_codes", "node": "flows"}.get(what, f"{what}s"), id)]
        if what == "contact" and self.contacts:
            id = sorted(self.contacts)[number % len(self.contacts)]
            self.contacts[id] = attributes(rng)
            return [("contacts", id)]
        needed = {"end": "is_open", "settle": "is_provisional"}.get(how)
        able = [id for id, call in self.calls.items() if needed is None or call[needed]]
        if what == "contact" or how in ("new", "open", "inbound", "fresh") or not able:
            return self._new(rng, "new" if what == "contact" else how)
        id = able[number % len(able)]
        self.calls[id] |= changed(rng, how)
        return [("conversations", id)]

    def _new(self, rng: random.Random, how: str) -> list[tuple[str, str]]:
        id = f"call{len(self.calls):03d}"
        is_inbound = how == "inbound"
        call: Row = {"is_inbound": is_inbound, "contact": None, "customer": {}, "colleague": {}}
        for each in ("time", "phone", "agents", "nodes", *([] if is_inbound else ["attributes"])):
            call |= changed(rng, each)
        call |= {
            "is_open": how == "open",
            "is_provisional": how == "fresh",
            "is_sms": rng.random() < 0.2,
            "queue": rng.choice([None, "q1", "q9"]),
            "dialer_result": rng.choice([None, None, "ININ-OUTBOUND-BUSY"]),
            "dialer_campaign": None if is_inbound else rng.choice([None, "dial-1"]),
        }
        self.calls[id] = call
        if is_inbound or rng.random() < 0.5:
            return [("conversations", id)]
        call["contact"] = f"contact-{id}"
        self.contacts[call["contact"]] = attributes(rng)
        return [("conversations", id), ("contacts", call["contact"])]

    def raw(self, table: str, id: str) -> Row:
        """The row of the raw table as a load leaves it."""
        if table == "conversations":
            call = self.calls[id]
            return conversation_row(conversation(id, call), call["is_provisional"])
        if table == "contacts":
            return {"contact_list_id": "list-1", "id": id, "data": self.contacts[id]}
        names = {"wrapup_codes": self.codes, "users": self.users, "queues": self.queues, "flows": self.nodes}
        more = {"users": {"state": "active"}, "flows": {"type": "OUTBOUNDCALL"}}
        return {"id": id, "name": names[table][id], **more.get(table, {})}

    def everything_listed(self) -> list[tuple[str, str]]:
        """All rows of the lists, which every load brings."""
        lists = (("wrapup_codes", self.codes), ("users", self.users), ("queues", self.queues), ("flows", self.nodes))
        return [(table, id) for table, names in lists for id in names]

    # What the calls mean.

    def touches(self, aliases: dict[str, str]) -> list[Touch]:
        """Calls that reached out, or carry a campaign, and have ended; ``aliases``: dialer campaign → campaign."""
        found = []
        for id, call in self.calls.items():
            said = self.said(call, aliases)
            if call["is_open"] or not self.reaches_out(call, said):
                continue
            shares = agent_shares(call)
            last = max(shares, key=lambda each: (each[1], position_of(call, each[0])))[0] if shares else None
            code = call["agents"][-1][2] if call["agents"] else call["dialer_result"]
            sequence = said.get("TouchSequence")
            nodes = list(dict.fromkeys(call["nodes"]))
            found.append(
                Touch(
                    id,
                    call["start"] + call["lasted"],
                    "sms" if call["is_sms"] else "inbound_call" if call["is_inbound"] else "outbound_call",
                    started=call["start"],
                    lead=said.get("LeadID"),
                    phone=call["phone"][1],
                    campaign=said.get("CampaignID") or "(untagged)",
                    source="genesys",
                    sequence=int(sequence) if sequence and sequence.isdecimal() else None,
                    agent=last,
                    queue=call["queue"],
                    node=nodes[-1] if nodes else None,
                    disposition=code,
                    connected=call["is_sms"] or self._is_answered(call),
                    lead_source=said.get("LeadSource"),
                    handle_seconds=sum(talk + 10 for _, talk, _ in call["agents"]),
                    agents=tuple(shares),
                    nodes=tuple((node, "SUCCESS", 1 / len(nodes)) for node in nodes),
                )
            )
        return found

    @staticmethod
    def reaches_out(call: Row, said: dict[str, str]) -> bool:
        """Whether it went out, or carries a campaign."""
        return not call["is_inbound"] or "CampaignID" in said

    def said(self, call: Row, aliases: dict[str, str]) -> dict[str, str]:
        """Each attribute from the customer, else the colleague, else the contact, else (campaign) the alias."""
        known = {"CampaignID": aliases[call["dialer_campaign"]]} if call["dialer_campaign"] in aliases else {}
        on_participants = () if call["is_provisional"] else (call["colleague"], call["customer"])
        for place in (self.contacts.get(call["contact"], {}), *on_participants):
            known |= {name: value for name, value in place.items() if value}
        return known

    def _is_answered(self, call: Row) -> bool:
        """An agent talked, or a flow did, and the first of wrap-up code and dialer's result to say so says contact."""
        meanings = [IS_CONTACT[self.codes[call["agents"][-1][2]]]] if call["agents"] else []
        meanings += [IS_CONTACT[call["dialer_result"]]] if call["dialer_result"] else []
        said = [meaning for meaning in meanings if meaning is not None]
        return (said[0] if said else True) and bool(call["agents"] or call["nodes"])

    def findings(self, aliases: dict[str, str]) -> set[tuple[str, str, str]]:
        """(finding, source, record id) of what calls say of themselves."""
        found = set()
        for id, call in self.calls.items():
            said = self.said(call, aliases)
            if not self.reaches_out(call, said):
                found.add(("inbound_not_a_touch", "(all)"))
            elif call["is_open"]:
                found.add(("open_conversation", id))
            else:
                sequence = said.get("TouchSequence")
                if sequence and not sequence.isdecimal():
                    found.add(("touch_sequence_not_a_number", id))
                if call["is_provisional"]:
                    found.add(("provisional_touch", id))
                    continue
                if "CampaignID" not in said:
                    found.add(("untagged_touch", id))
                elif not sequence:
                    found.add(("touch_sequence_missing", id))
                both = call["customer"].keys() & call["colleague"].keys()
                if any(call["customer"][name] != call["colleague"][name] for name in both):
                    found.add(("participants_disagree", id))
                if "CampaignID" not in call["customer"] and "CampaignID" in call["colleague"]:
                    found.add(("campaign_on_other_participant", id))
                elif "CampaignID" not in call["customer"] and "CampaignID" in self.contacts.get(call["contact"], {}):
                    found.add(("campaign_from_contact", id))
        return {(finding, "genesys", id) for finding, id in found}


def attributes(rng: random.Random) -> dict[str, str]:
    """Some of the four."""
    values = {
        "CampaignID": rng.choice(CAMPAIGNS),
        "TouchSequence": rng.choice(["1", "2", "3", "third"]),
        "LeadSource": rng.choice(["Web", "Fair"]),
        "LeadID": rng.choice(LEADS),
    }
    return {name: value for name, value in values.items() if rng.random() < 0.6}


def changed(rng: random.Random, how: str) -> Row:
    """What of a call becomes something else."""
    if how == "attributes":
        return {"customer": attributes(rng), "colleague": attributes(rng) if rng.random() < 0.3 else {}}
    if how == "phone":
        person = rng.randrange(PEOPLE)
        written = rng.choice([list(OWN_PHONES)[person], list(OWN_PHONES)[person], *SHARED_PHONES])
        return {"phone": (written, {**OWN_PHONES, **SHARED_PHONES}[written])}
    if how == "agents":
        if rng.random() < 0.1:
            return {"agents": [("u2", 0, "w3")]}
        talks = [("u1", 60, "w1"), ("u2", 60, "w2"), ("u9", 120, "w4")]
        return {"agents": rng.sample(talks, k=rng.choice([0, 1, 1, 2]))}
    if how == "nodes":
        return {"nodes": rng.choice([[], [], ["f1"], ["f2", "f1"], ["f9"]])}
    if how == "time":
        return {"start": moment(rng), "lasted": timedelta(minutes=rng.choice([10, 30]), seconds=rng.choice([0, 20]))}
    return {"end": {"is_open": False}, "settle": {"is_provisional": False}}.get(how, {})


def agent_shares(call: Row) -> list[tuple[str, float]]:
    """(agent, share by talk time) in the order in which they talked; equal where nobody talked."""
    total = sum(talk for _, talk, _ in call["agents"])
    return [(agent, talk / total if total else 1 / len(call["agents"])) for agent, talk, _ in call["agents"]]


def position_of(call: Row, agent: str) -> int:
    return [each for each, _, _ in call["agents"]].index(agent)
