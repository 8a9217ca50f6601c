"""The HTTP side: each path of Entra ID and of the Dataverse Web API that the stand-in answers."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.dynamics import documents, queries
from sandbox.dynamics.errors import ApiError, missing_privilege, no_such_record, no_such_segment
from sandbox.dynamics.metadata import Table
from sandbox.dynamics.session import LoginError, Session, Sessions
from sandbox.dynamics.state import DynamicsState

VERBS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
VERSIONS = ("9.0", "9.1", "9.2")
ODATA = {"OData-Version": "4.0"}
PRIVILEGE_FUNCTION = r"Microsoft\.Dynamics\.CRM\.RetrieveUserPrivilegeByPrivilegeName\(PrivilegeName='(\w+)'\)"


def routes(state: DynamicsState, token_seconds: float = 3600) -> list[Route]:
    """Routes of the Dataverse stand-in over ``state``, which is read anew at each request."""
    api = Api(state, Sessions(token_seconds))
    return [
        Route("/{tenant}/oauth2/v2.0/token", api.token, methods=VERBS),
        Route("/api/data/v{version}/{path:path}", api.answer, methods=VERBS),
    ]


class Api:
    """One org behind its Web API."""

    def __init__(self, state: DynamicsState, sessions: Sessions) -> None:
        self.state = state
        self.sessions = sessions

    async def token(self, request: Request) -> Response:
        """POST /[tenant]/oauth2/v2.0/token, as login.microsoftonline.com answers it."""
        try:
            org_url = str(request.base_url).rstrip("/")
            body = self.sessions.login(request.path_params["tenant"], await request.body(), org_url)
        except LoginError as error:
            return JSONResponse(error.body, error.status)
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    async def answer(self, request: Request) -> Response:
        """Everything below /api/data/."""
        try:
            return self.read(request)
        except ApiError as error:
            return JSONResponse(error.body, error.status, {**ODATA, **error.headers})

    def read(self, request: Request) -> Response:
        """The answer to this request; raises ApiError."""
        session = self.sessions.of(request.headers.get("Authorization", ""))
        if request.method not in ("GET", "HEAD"):
            raise ApiError(405, "0x80060888", f"The sandbox's Dataverse is there to be read, not for {request.method}.")
        version = request.path_params["version"]
        if version not in VERSIONS:
            raise no_such_segment(f"v{version}")
        api = f"{str(request.base_url).rstrip('/')}/api/data/v{version}/"
        steps = [step for step in request.path_params["path"].split("/") if step]
        query = dict(request.query_params)
        match steps:
            case []:
                return JSONResponse(documents.service_document(self.state.tables.values(), api), headers=ODATA)
            case ["$metadata"]:
                text = documents.metadata_document(self.state.tables.values())
                return Response(text, media_type="application/xml", headers=ODATA)
            case ["WhoAmI" | "WhoAmI()"]:
                return JSONResponse(_who(session, api), headers=ODATA)
            case [definition, *_] if definition.startswith("EntityDefinitions"):
                return JSONResponse(documents.definition(steps, query, self.state.tables, api), headers=ODATA)
            case [user, function] if user == f"systemusers({session.user_id})":
                return JSONResponse(_privilege(session, function), headers=ODATA)
            case [name]:
                return self.rows(name, session, query, request.headers.get("Prefer", ""), api)
            case _:
                raise no_such_segment(steps[-1])

    def rows(self, name: str, session: Session, query: dict[str, str], preferences: str, api: str) -> Response:
        """The rows of an entity set, or one of them by its id."""
        match = re.fullmatch(r"(\w+)(?:\(([0-9a-fA-F-]{36})\))?", name)
        table = next((each for each in self.state.tables.values() if match and each.entity_set == match[1]), None)
        if match is None or table is None:
            raise no_such_segment(name)
        if not session.may(table.privilege):
            raise missing_privilege(table.privilege, table.logical_name, session.user_id)
        if "odata.track-changes" in preferences and not session.reads_all_rows:
            raise missing_privilege(table.privilege, table.logical_name, session.user_id)
        if match[2]:
            return JSONResponse(self.row(table, match[2].lower(), query, api), headers=ODATA)
        body, applied = queries.run(table, self.state, query, preferences, api)
        return JSONResponse(body, headers={**ODATA, **({"Preference-Applied": applied} if applied else {})})

    def row(self, table: Table, key: str, query: dict[str, str], api: str) -> dict[str, Any]:
        """One row by its id."""
        found = self.state.rows[table.logical_name].get(key)
        if found is None:
            raise no_such_record(table.logical_name, key)
        columns = queries.selected(table, query.get("$select"))
        context = {"@odata.context": f"{api}$metadata#{table.entity_set}/$entity"}
        return context | queries.shown(found, table, columns, False)


def _who(session: Session, api: str) -> dict[str, Any]:
    return {
        "@odata.context": f"{api}$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse",
        "BusinessUnitId": "5a9db0c0-0000-4000-8000-0000000000b0",
        "UserId": session.user_id,
        "OrganizationId": "5a9db0c0-0000-4000-8000-0000000000c0",
    }


def _privilege(session: Session, function: str) -> dict[str, Any]:
    """How deep the caller has the one privilege: Basic (own rows) or Global (the organization's), or not at all."""
    match = re.fullmatch(PRIVILEGE_FUNCTION, function)
    if match is None:
        raise no_such_segment(function)
    depth = "Global" if session.reads_all_rows else "Basic"
    held = [{"Depth": depth, "PrivilegeName": match[1]}] if session.may(match[1]) else []
    return {"RolePrivileges": held}
