"""Attributes of a conversation's participants: read with the conversation, and patched."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.genesys.access import route
from sandbox.genesys.errors import bad_request, not_found
from sandbox.genesys.state import GenesysState
from sandbox.genesys.validation import Map, json_body

Record = dict[str, Any]
CONVERSATION = "/api/v2/conversations/{conversation_id}"
VIEW = "conversation:communication:view"
NAME_MAX = 256
VALUE_MAX = 4096


def routes(state: GenesysState) -> list[Route]:
    """Routes of one conversation and its participants. Patching attributes takes a token and no named permission."""
    attributes = f"{CONVERSATION}/participants/{{participant_id}}/attributes"
    return [
        route(state, "GET", CONVERSATION, one, VIEW),
        route(state, "PATCH", attributes, patch, None),
    ]


async def one(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """A conversation with its participants and their attributes, as far as the write-back has to know it."""
    conversation = _conversation(state, request)
    participants = [
        {
            "id": each["participantId"],
            "purpose": each.get("purpose", "customer"),
            "attributes": each.get("attributes", {}),
        }
        for each in conversation.get("participants", [])
    ]
    conversation_id = conversation["conversationId"]
    return JSONResponse(
        {"id": conversation_id, "participants": participants, "selfUri": f"/api/v2/conversations/{conversation_id}"}
    )


async def patch(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """Set the attributes given; the others of the participant stay as they are."""
    given = (await json_body(request, {"attributes": Map(str)})).get("attributes")
    conversation = _conversation(state, request)
    participant_id = request.path_params["participant_id"]
    if all(each["participantId"] != participant_id for each in conversation.get("participants", [])):
        raise not_found("participant", participant_id)
    if not given:
        raise bad_request("Field 'attributes' is required.", "attributes")
    for name, value in given.items():
        if not 1 <= len(name) <= NAME_MAX or value is None or len(value) > VALUE_MAX:
            raise bad_request(f"Attribute '{name}' has no value that can be kept.", f"attributes.{name}")
    state.store.set_attributes(conversation["conversationId"], participant_id, given)
    state.journal.append(
        {
            "kind": "participant_attributes",
            "conversationId": conversation["conversationId"],
            "participantId": participant_id,
            "attributes": given,
        }
    )
    return Response(status_code=204)


def _conversation(state: GenesysState, request: Request) -> Record:
    conversation_id = request.path_params["conversation_id"]
    if conversation_id not in state.store.positions:
        raise not_found("conversation", conversation_id)
    found: Record = state.store.conversations[state.store.positions[conversation_id]]
    return found
