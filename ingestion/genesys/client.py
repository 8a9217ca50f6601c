"""Genesys Cloud's Platform API over dlt's REST client: login, paging, retry, and errors as sentences."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from dlt.common.json import json
from dlt.sources.helpers.requests import Client
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.auth import OAuth2ClientCredentials
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator, PageNumberPaginator
from requests.auth import HTTPBasicAuth
from tenacity import RetryCallState

from common.errors import AttributionError
from common.settings import GenesysSettings

logger = logging.getLogger(__name__)

# How often a request is sent before it is given up, and the first pause in seconds (it doubles each time).
ATTEMPTS = 6
FIRST_PAUSE = 0.2
# Retry-After is honoured up to this many seconds; the rate limit's window is one minute.
LONGEST_PAUSE = 120.0
# New logins that one request may lead to when its token is refused.
LOGINS = 2
# The most that listings give per page, and that the results of a details job do.
LISTING_PAGE_SIZE = 100
RESULTS_PAGE_SIZE = 1000


class GenesysClient:
    """One org, read with one OAuth client. Every error that a request can end in is an AttributionError."""

    def __init__(self, settings: GenesysSettings) -> None:
        self.settings = settings
        session = _retrying_session()
        self.rest = RESTClient(
            base_url=settings.api_url,
            auth=ClientCredentials(
                access_token_url=f"{settings.login_url}/oauth/token",
                client_id=settings.client_id,
                client_secret=settings.client_secret,
                session=session,
            ),
            session=session,
        )

    def get(self, path: str) -> dict[str, Any]:
        """One object."""
        with explained(self.settings):
            return self._checked(self.rest.get(path)).json()

    def post(self, path: str, body: Any) -> Any:
        """The answer to a POST of ``body`` as JSON."""
        with explained(self.settings):
            return self._checked(self.rest.post(path, json=body)).json()

    def entities(self, path: str, **parameters: Any) -> Iterator[list[dict[str, Any]]]:
        """The pages of a listing."""
        with explained(self.settings):
            yield from self.rest.paginate(
                path,
                params={"pageSize": LISTING_PAGE_SIZE, **parameters},
                paginator=PageNumberPaginator(base_page=1, page_param="pageNumber", total_path="pageCount"),
                data_selector="entities[*]",
            )

    def job_results(self, path: str) -> Iterator[list[dict[str, Any]]]:
        """The pages of conversations of a details job that is fulfilled."""
        with explained(self.settings):
            yield from self.rest.paginate(
                path,
                params={"pageSize": RESULTS_PAGE_SIZE},
                paginator=JSONResponseCursorPaginator(cursor_path="cursor", cursor_param="cursor"),
                data_selector="conversations[*]",
            )

    @staticmethod
    def _checked(response: requests.Response) -> requests.Response:
        response.raise_for_status()
        return response


class ClientCredentials(OAuth2ClientCredentials):
    """Client credentials by HTTP Basic, as Genesys Cloud asks; a token that expired early is renewed in passing."""

    def build_access_token_request(self) -> dict[str, Any]:
        return {
            "auth": HTTPBasicAuth(self.client_id, self.client_secret),
            "data": {"grant_type": "client_credentials"},
        }

    def obtain_token(self) -> None:
        try:
            super().obtain_token()
        except requests.HTTPError as error:
            if error.response.status_code not in (400, 401):
                raise
            raise AttributionError(
                f"Genesys Cloud at {self.access_token_url} does not accept the OAuth client {self.client_id}"
                f" ({_message(error.response)}).",
                "Check GENESYSCLOUD_OAUTHCLIENT_ID and GENESYSCLOUD_OAUTHCLIENT_SECRET, that the client's grant"
                " type is client credentials, and that GENESYSCLOUD_REGION is the region of its org.",
            ) from error

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request = super().__call__(request)
        request.register_hook("response", self._renew)
        return request

    def _renew(self, response: requests.Response, **options: Any) -> requests.Response:
        """Answer a 401 with a new login and the same request once more."""
        for _login in range(LOGINS):
            if response.status_code != 401:
                break
            # The connection goes back to the pool only once the body was read.
            _ = response.content
            response.close()
            again = response.request.copy()
            if again.headers.get("Authorization") == f"Bearer {self.access_token}":
                self.obtain_token()
            again.headers["Authorization"] = f"Bearer {self.access_token}"
            answer = response.connection.send(again, **options)
            answer.history.append(response)
            answer.request = again
            response = answer
        return response


class RefusedRequest(AttributionError):
    """An answer of 4xx that a caller may know how to take; ``status`` is the HTTP status."""

    def __init__(self, status: int, message: str, remedy: str) -> None:
        super().__init__(message, remedy)
        self.status = status


@contextmanager
def explained(settings: GenesysSettings) -> Iterator[None]:
    """Turn what requests raises into an AttributionError."""
    try:
        yield
    except requests.HTTPError as error:
        raise _refusal(error.response) from error
    except requests.JSONDecodeError as error:
        raise AttributionError(
            f"Genesys Cloud at {settings.api_url} sent JSON that breaks off, {ATTEMPTS} times in a row.",
            "Try again later; if it stays so, look for a proxy that cuts answers off.",
        ) from error
    except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
        host = settings.api_url
        if error.request is not None and error.request.url:
            host = "/".join(error.request.url.split("/", 3)[:3])
        raise AttributionError(
            f"Genesys Cloud at {host} can't be reached: {_reason(error)}.",
            "Check GENESYSCLOUD_REGION (or GENESYSCLOUD_BASE_URL, where it is set) and the network.",
        ) from error


def _refusal(response: requests.Response) -> AttributionError:
    """What an answer with an error status means to the user."""
    what = f"{response.request.method} {response.request.path_url.split('?')[0]}"
    message = _message(response)
    if response.status_code == 403:
        named = ", ".join(dict.fromkeys(re.findall(r"[A-Za-z]+:[A-Za-z]+:[A-Za-z]+", response.text))) or message
        return RefusedRequest(
            403,
            f"The OAuth client may not do {what}: it lacks the permission {named}.",
            "In Genesys Cloud, add the permission to a role of the OAuth client (Admin > Roles), and the role to"
            " the client, with the divisions it may read.",
        )
    if response.status_code == 401:
        return RefusedRequest(
            401,
            f"Genesys Cloud refused {what} with a token that it had just given ({message}).",
            "Check that GENESYSCLOUD_REGION is the region of the OAuth client's org, and that the client is active.",
        )
    if response.status_code == 429 or response.status_code >= 500:
        return AttributionError(
            f"Genesys Cloud answered {what} with {response.status_code}, {ATTEMPTS} times in a row ({message}).",
            "Try again later; the same load goes on behind what is stored."
            if response.status_code != 429
            else "Something else uses up this OAuth client's rate limit: try again later, or give it its own client.",
        )
    return RefusedRequest(
        response.status_code,
        f"Genesys Cloud refused {what} with {response.status_code}: {message}.",
        "Run the load with --debug to see the answer in full.",
    )


def _message(response: requests.Response) -> str:
    """The words of Genesys' error body, without the full stop at its end."""
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return response.reason or f"HTTP {response.status_code}"
    words = [body.get(name) for name in ("message", "error_description", "description", "error")]
    return next((str(word).rstrip(".") for word in words if word), response.reason)


def _reason(error: requests.RequestException) -> str:
    """The innermost cause, in the words of the system."""
    text = str(error)
    if "NameResolution" in text or "Name or service not known" in text or "getaddrinfo" in text:
        return "there is no host of that name"
    if "refused" in text:
        return "nothing answers there (connection refused)"
    if isinstance(error, requests.Timeout):
        return "it does not answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not accepted"
    return "the connection breaks off"


def _retrying_session() -> requests.Session:
    """A session that sends a request again after 429, 5xx, a cut connection, or a body that is no whole JSON."""
    session = Client(
        raise_for_status=False,
        request_max_attempts=ATTEMPTS,
        request_backoff_factor=FIRST_PAUSE,
        request_max_retry_delay=LONGEST_PAUSE,
        retry_condition=_is_truncated,
    ).session
    # dlt's client has no option for it; tenacity keeps what it retries with at the function that it wraps.
    session.send.retry.before_sleep = _say_long_wait
    return session


def _say_long_wait(state: RetryCallState) -> None:
    """Say why nothing happens for more than a second: a load would look as if it hung."""
    seconds = state.next_action.sleep
    # Where pages are read, an answer of 4xx or 5xx has been raised; else it is what the attempt returned.
    error = state.outcome.exception()
    response = state.outcome.result() if error is None else getattr(error, "response", None)
    if seconds > 1 and response is not None and response.status_code == 429:
        logger.info("Genesys Cloud's rate limit is used up; going on in %.0f s.", seconds)


def _is_truncated(response: requests.Response | None, error: BaseException | None) -> bool:
    """Whether an answer that calls itself JSON is none."""
    if response is None or error is not None or not response.content:
        return False
    if "json" not in response.headers.get("Content-Type", ""):
        return False
    try:
        body = json.loadb(response.content)
    except ValueError:
        return True
    # A page of results has megabytes, and dlt's client asks for its JSON three times.
    response.json = lambda **_: body
    return False
