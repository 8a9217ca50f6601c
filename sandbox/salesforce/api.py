"""The HTTP side: each path of Salesforce's REST API that the stand-in answers, with Salesforce's own refusals."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.org import Org
from sandbox.salesforce import answers, bulk, engine, soql
from sandbox.salesforce.errors import ApiError, QueryError, malformed_query, method_not_allowed, not_found
from sandbox.salesforce.metadata import OBJECTS, SObject
from sandbox.salesforce.session import LoginError, Sessions

VERBS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
READ = ("GET", "HEAD")
MAXIMUM_QUERY = 100_000


def routes(org: Org, objects: Mapping[str, SObject] | None = None, token_seconds: float = 7200) -> list[Route]:
    """Routes of the Salesforce stand-in over ``org.salesforce``, which is read anew at each query.

    ``objects`` says what the org has (default: everything in ``metadata.OBJECTS``).
    """
    return Api(org, OBJECTS if objects is None else objects, Sessions(token_seconds)).routes()


class Api:
    """One org behind its REST API."""

    def __init__(self, org: Org, objects: Mapping[str, SObject], sessions: Sessions) -> None:
        self.org = org
        self.objects = objects
        self.sessions = sessions
        self.pages = answers.Pages()
        self.jobs = bulk.Jobs()

    def routes(self) -> list[Route]:
        """The paths that it answers."""
        return [
            Route("/services/oauth2/token", self.token, methods=VERBS),
            Route("/services/{path:path}", self.answer, methods=VERBS),
        ]

    async def token(self, request: Request) -> Response:
        """POST /services/oauth2/token."""
        try:
            if request.method != "POST":
                raise LoginError("invalid_request", "must use HTTP POST")
            instance_url = str(request.base_url).rstrip("/")
            authorization = request.headers.get("Authorization", "")
            body = self.sessions.login(await request.body(), authorization, instance_url)
        except LoginError as error:
            return JSONResponse(error.body, error.status)
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    async def answer(self, request: Request) -> Response:
        """Everything else below /services/."""
        try:
            steps = [step for step in request.path_params["path"].split("/") if step]
            if steps[:1] == ["data"] and steps[2:4] == ["jobs", "query"]:
                return self.bulk(request, steps, await request.body())
            return JSONResponse(self.read(request), headers={"Sforce-Limit-Info": "api-usage=1000/100000"})
        except ApiError as error:
            return JSONResponse(error.body, error.status)

    def read(self, request: Request) -> Any:
        """The body for this request; raises ApiError."""
        steps = [step for step in request.path_params["path"].split("/") if step]
        if steps[:1] != ["data"]:
            raise not_found()
        if len(steps) == 1:
            self.only_read(request)
            return answers.versions()
        objects = self.sessions.visible(request.headers.get("Authorization", ""), self.objects)
        version = known_version(steps[1])
        match steps[2:]:
            case []:
                found = answers.resources(version)
            case ["limits"]:
                found = answers.limits()
            case ["sobjects"]:
                found = answers.sobjects(objects, version)
            case ["sobjects", name]:
                found = {"objectDescribe": answers.summary(named(objects, name), version), "recentItems": []}
            case ["sobjects", name, "describe"]:
                found = answers.describe(named(objects, name), version)
            case ["sobjects", name, identifier]:
                found = self.row(named(objects, name), identifier, version)
            case ["query" | "queryAll" as resource]:
                self.only_read(request)
                return self.query(request, objects, resource == "queryAll", version)
            case ["query" | "queryAll", locator]:
                self.only_read(request)
                return self.pages.following(locator, version)
            case _:
                raise not_found()
        self.only_read(request)
        return found

    def bulk(self, request: Request, steps: list[str], body: bytes) -> Response:
        """A request about query jobs of the Bulk API 2.0; raises ApiError."""
        objects = self.sessions.visible(request.headers.get("Authorization", ""), self.objects)
        version = known_version(steps[1])
        return self.jobs.answer(
            request.method, steps[4:], body, request.query_params, objects, self.org.salesforce, version
        )

    def only_read(self, request: Request) -> None:
        """The stand-in is there to be read: other verbs get Salesforce's refusal."""
        if request.method not in READ:
            raise method_not_allowed(request.method, READ)

    def row(self, entity: SObject, identifier: str, version: str) -> dict[str, Any]:
        """One record by its id of 15 or 18 characters."""
        for row in self.org.salesforce.get(entity.name, []):
            same = row["Id"] == identifier or (len(identifier) == 15 and row["Id"][:15] == identifier)
            if same and not row.get("IsDeleted"):
                return answers.record(entity, map(engine.Selected, entity.fields.values()), row, version)
        raise not_found()

    def query(self, request: Request, objects: Mapping[str, SObject], deleted: bool, version: str) -> dict[str, Any]:
        """GET /query and /queryAll."""
        text = request.query_params.get("q", "").strip()
        if not text:
            raise malformed_query("A query string has to be specified")
        if len(text) > MAXIMUM_QUERY:
            raise QueryError("QUERY_TOO_COMPLICATED", f"SOQL is longer than {MAXIMUM_QUERY} characters")
        result = engine.run(soql.parse(text), objects, self.org.salesforce, deleted)
        return self.pages.first(result, page_size(request), version)


def known_version(step: str) -> str:
    """``v62.0`` → ``62.0``; raises NOT_FOUND."""
    version = step.removeprefix("v")
    if step != f"v{version}" or version not in answers.VERSIONS:
        raise not_found()
    return version


def named(objects: Mapping[str, SObject], name: str) -> SObject:
    """The object of that name, whatever its case; raises NOT_FOUND."""
    for entity in objects.values():
        if entity.name.lower() == name.lower():
            return entity
    raise not_found()


def page_size(request: Request) -> int:
    """Rows a page: 2,000, or what the batchSize of Sforce-Query-Options asks for within 200 to 2,000."""
    asked = re.search(r"batchSize\s*=\s*(\d+)", request.headers.get("Sforce-Query-Options", ""))
    return min(answers.PAGE_SIZE, max(200, int(asked[1]))) if asked else answers.PAGE_SIZE
