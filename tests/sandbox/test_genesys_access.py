"""Tokens, permissions and the rate limit, as Genesys Cloud holds to them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from sandbox.server import Sandbox

JOBS = "/api/v2/analytics/conversations/details/jobs"
SCHEMAS = "/api/v2/conversations/customattributes/schemas"


def assert_error(answer: requests.Response, status: int, code: str) -> dict[str, Any]:
    body = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert body["message"] and body["contextId"] and body["errors"] == []
    return body


def test_client_credentials_come_by_basic_or_in_the_form(sandbox: Sandbox) -> None:
    url = f"{sandbox.base_url}/oauth/token"
    form = {"grant_type": "client_credentials"}
    by_basic = requests.post(url, data=form, auth=("sandbox-client", "sandbox-secret"), timeout=5)
    named = {**form, "client_id": "sandbox-client", "client_secret": "sandbox-secret"}
    by_form = requests.post(url, data=named, timeout=5)
    for answer in (by_basic, by_form):
        assert answer.status_code == 200
        assert answer.json()["token_type"] == "bearer"
        assert answer.json()["expires_in"] == 86400


@pytest.mark.parametrize(
    ("form", "auth", "status", "error"),
    [
        ({"grant_type": "client_credentials"}, ("sandbox-client", "wrong"), 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, ("nobody", "sandbox-secret"), 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, None, 401, "invalid_client"),
        ({"grant_type": "password"}, ("sandbox-client", "sandbox-secret"), 400, "unsupported_grant_type"),
        ({}, ("sandbox-client", "sandbox-secret"), 400, "unsupported_grant_type"),
    ],
)
def test_a_wrong_login_is_refused(
    sandbox: Sandbox, form: dict[str, str], auth: tuple[str, str] | None, status: int, error: str
) -> None:
    answer = requests.post(f"{sandbox.base_url}/oauth/token", data=form, auth=auth, timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["description"]


def test_no_call_is_answered_without_a_token(client: Any) -> None:
    del client.session.headers["Authorization"]
    assert_error(client("GET", "/api/v2/users"), 401, "authentication.required")
    client.session.headers["Authorization"] = "Bearer made-up"
    assert_error(client("GET", "/api/v2/users"), 401, "bad.credentials")


def test_a_token_expires(run_sandbox: Callable[..., Sandbox], client_of: Any) -> None:
    client = client_of(run_sandbox(token_seconds=1).base_url)
    assert client("GET", "/api/v2/users").status_code == 200
    time.sleep(1.05)
    assert_error(client("GET", "/api/v2/users"), 401, "bad.credentials")
    client.login("sandbox-client")
    assert client("GET", "/api/v2/users").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("GET", "/api/v2/outbound/campaigns", "outbound:campaign:view"),
        ("GET", "/api/v2/routing/wrapupcodes", "routing:wrapupCode:view"),
        ("POST", SCHEMAS, "conversation:customAttributes:schemaAdd"),
        ("PUT", "/api/v2/conversations/x/customattributes/bulk", "conversation:customAttributes:edit"),
    ],
)
def test_the_weaker_client_is_told_which_permission_it_lacks(
    sandbox: Sandbox, client_of: Any, method: str, path: str, permission: str
) -> None:
    weak = client_of(sandbox.base_url, "sandbox-weak")
    body = assert_error(weak(method, path, {}), 403, "missing.any.permissions")
    assert permission in body["message"]
    assert permission in body["messageParams"]["permissions"]
    assert weak("GET", f"{JOBS}/availability").status_code == 200


def test_the_rate_limit_is_per_client_and_says_when_to_come_back(
    run_sandbox: Callable[..., Sandbox], client_of: Any
) -> None:
    sandbox = run_sandbox(rate_limit=3)
    sandbox.genesys.rate_window_seconds = 1.0
    client = client_of(sandbox.base_url)
    answers = [client("GET", "/api/v2/users") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["inin-ratelimit-count"] for answer in answers] == ["1", "2", "3", "3"]
    assert_error(answers[-1], 429, "too.many.requests")
    weak = client_of(sandbox.base_url, "sandbox-weak")
    assert weak("GET", f"{JOBS}/availability").status_code == 200
    time.sleep(float(answers[-1].headers["Retry-After"]))
    assert client("GET", "/api/v2/users").status_code == 200


def test_an_unknown_path_and_a_wrong_verb_get_genesys_error_body(client: Any) -> None:
    assert_error(client("GET", "/api/v2/outbound/nothing"), 404, "not.found")
    assert_error(client("PATCH", "/api/v2/users"), 405, "method.not.allowed")
    assert_error(client("GET", f"{SCHEMAS}/"), 404, "not.found")


def test_what_the_sandbox_tells_about_itself_needs_no_token(sandbox: Sandbox) -> None:
    def own(name: str) -> Any:
        return requests.get(f"{sandbox.base_url}/_sandbox/{name}", timeout=5).json()

    assert own("truth") == {"attributes_lost": {"count": 2, "finding": "untagged_touch"}}
    assert own("journal") == []
    assert own("custom_attributes") == []
