"""A client of the Genesys Cloud Platform API that outlasts what a long run meets.

It logs in again when its token has run out, and waits as long as a 429 says (all threads together, since the limit
is the client's). What failed on the way (5xx, a cut connection, an answer that is no JSON) it repeats where the call
reads. A write may have taken effect all the same, so `write` does not repeat it: it raises Unsettled, and whoever
called finds out what is there.
"""

from __future__ import annotations

import logging
import threading
import time
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import requests
import tenacity

from common.errors import AttributionError
from common.settings import GenesysSettings, genesys

logger = logging.getLogger(__name__)

ATTEMPTS = 6
# A host that has never answered is more likely a wrong name than a passing failure.
ATTEMPTS_BEFORE_THE_FIRST_ANSWER = 3
TIMEOUT_SECONDS = (10, 60)
MOST_WAITS_IN_A_ROW = 20
RETRY_AFTER_UNSAID_SECONDS = 5.0
BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 8.0


class ApiError(Exception):
    """An answer that repeating does not mend: HTTP ``status``, and what Genesys Cloud says about it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message

    @property
    def is_outage(self) -> bool:
        """Whether it says more about the service than about what was sent."""
        return self.status == 429 or self.status >= 500

    @property
    def is_gone(self) -> bool:
        """Whether what was written to is not there, as a conversation past the org's retention."""
        return self.status in (404, 410)


class Unsettled(ApiError):
    """A write without a clear answer: it may have taken effect or not. ``status`` is 500 where none came at all."""


class Stopped(Exception):
    """The run was told to stop while this call was waiting."""


class _Passing(Exception):
    """A failure that may be gone at the next attempt; ``status`` is None where no complete answer came."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class GenesysClient:
    """The OAuth client that the GENESYSCLOUD_* settings name. Threads may share it."""

    def __init__(self) -> None:
        self._token: str | None = None
        self._login_lock = threading.Lock()
        self._closed_until = 0.0
        self._has_answered = False
        self._stopping = threading.Event()
        self._of_thread = threading.local()
        self._count_lock = threading.Lock()
        self.requests = 0

    @cached_property
    def settings(self) -> GenesysSettings:
        """Hosts and client, read when something is first asked of the org: a file needs neither."""
        return genesys()

    def get(self, path: str) -> Any:
        """The JSON at ``path``. Raises ApiError, or AttributionError where the user has to do something."""
        return self._request("GET", path)

    def post(self, path: str, body: Any) -> Any:
        """POST ``body`` as JSON; answers and errors as in ``get``."""
        return self._request("POST", path, body)

    def write(self, method: str, path: str, body: Any) -> Any:
        """Send ``body`` as JSON once. Raises as ``get`` does, and Unsettled where it may have taken effect.

        Only what surely was not carried out is sent again: after a 401 and a 429.
        """
        try:
            return self._attempt(method, path, body)
        except _Passing as error:
            raise Unsettled(error.status or 500, str(error)) from error

    def stop(self) -> None:
        """Make every call that waits, now or later, end with Stopped."""
        self._stopping.set()

    def pause(self, seconds: float) -> None:
        """Sleep, unless the run is stopped first."""
        if self._stopping.wait(max(seconds, 0.0)):
            raise Stopped

    def _request(self, method: str, path: str, body: Any = None) -> Any:
        return self._repeat(lambda: self._attempt(method, path, body))

    def _attempt(self, method: str, path: str, body: Any) -> Any:
        for _ in range(3):
            token = self._logged_in()
            response = self._send(
                method,
                self.settings.api_url + path,
                json=body,
                headers={"Authorization": f"Bearer {token}"},
            )
            if response.status_code != 401:
                return self._json(response)
            self._forget(token)
        raise AttributionError(
            f"Genesys Cloud at {self.settings.api_url} refuses the token that its own login gave.",
            "Check that GENESYSCLOUD_REGION is the region of the org that the OAuth client belongs to.",
        )

    def _logged_in(self) -> str:
        with self._login_lock:
            if self._token is None:
                # A login that fails changes nothing, so it is repeated here, also when a write needs it.
                self._token = self._repeat(self._log_in)
            return self._token

    def _forget(self, token: str) -> None:
        with self._login_lock:
            if self._token == token:
                self._token = None

    def _log_in(self) -> str:
        response = self._send(
            "POST",
            self.settings.login_url + "/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(self.settings.client_id, self.settings.client_secret),
        )
        if response.status_code in (400, 401, 403):
            raise AttributionError(
                f"Genesys Cloud refused to log in the OAuth client {self.settings.client_id}: {_words(response)}",
                "Check GENESYSCLOUD_OAUTHCLIENT_ID and GENESYSCLOUD_OAUTHCLIENT_SECRET, that its grant is client "
                "credentials, and that GENESYSCLOUD_REGION is the org's region.",
            )
        try:
            token = self._json(response).get("access_token")
        except (ApiError, AttributeError):
            token = None
        if not token:
            raise AttributionError(
                f"{self.settings.login_url} gave no token (HTTP {response.status_code}): it does not answer as a "
                "Genesys Cloud login.",
                "Check GENESYSCLOUD_REGION (or GENESYSCLOUD_BASE_URL).",
            )
        return token

    def _send(self, method: str, url: str, **arguments: Any) -> requests.Response:
        """One request, repeated after a 429 once the wait that it asks for is over."""
        for _ in range(MOST_WAITS_IN_A_ROW):
            while (wait := self._closed_until - time.monotonic()) > 0:
                self.pause(wait)
            if self._stopping.is_set():
                raise Stopped
            with self._count_lock:
                self.requests += 1
            try:
                response = self._session().request(method, url, timeout=TIMEOUT_SECONDS, **arguments)
            except requests.RequestException as error:
                raise _Passing(f"{urlsplit(url).netloc}: {_root_cause(error)}") from error
            self._has_answered = True
            if response.status_code != 429:
                return response
            self._wait_for(_retry_after(response))
        raise ApiError(429, "the rate limit stayed used up")

    def _wait_for(self, seconds: float) -> None:
        """Keep all threads waiting; the first of those that meet the limit says so."""
        with self._count_lock:
            now = time.monotonic()
            is_known = self._closed_until > now
            self._closed_until = max(self._closed_until, now + seconds)
        if not is_known:
            logger.info("Genesys Cloud's rate limit is used up; going on in %.0f s.", seconds)

    def _session(self) -> requests.Session:
        if not hasattr(self._of_thread, "session"):
            self._of_thread.session = requests.Session()
        return self._of_thread.session

    def _json(self, response: requests.Response) -> Any:
        """The answer's body, or the error that its status means."""
        status = response.status_code
        if status >= 500:
            raise _Passing(_words(response), status)
        if status == 403:
            raise AttributionError(
                f"Genesys Cloud refused {response.request.method} {urlsplit(response.url).path}: {_words(response)}",
                f"Add {_permissions(response) or 'the permission that it names'} to a role of the OAuth client "
                f"{self.settings.client_id}.",
            )
        if status >= 400:
            raise ApiError(status, _words(response))
        if status == 204 or not response.content:
            return None
        try:
            return response.json()
        except requests.exceptions.JSONDecodeError as error:
            raise _Passing("the answer is no complete JSON") from error

    def _repeat(self, attempt: Any) -> Any:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Passing),
            stop=lambda state: state.attempt_number >= self._attempts(),
            wait=tenacity.wait_exponential(multiplier=BACKOFF_SECONDS, max=LONGEST_BACKOFF_SECONDS),
            sleep=self.pause,
            reraise=True,
        )
        try:
            return retrying(attempt)
        except _Passing as error:
            if error.status is not None:
                raise ApiError(error.status, str(error)) from error
            raise AttributionError(
                f"Genesys Cloud gave no answer in {self._attempts()} attempts: {error}.",
                "Check GENESYSCLOUD_REGION (or GENESYSCLOUD_BASE_URL) and the network, then run it again.",
            ) from error

    def _attempts(self) -> int:
        return ATTEMPTS if self._has_answered else ATTEMPTS_BEFORE_THE_FIRST_ANSWER


def _retry_after(response: requests.Response) -> float:
    try:
        return max(float(response.headers.get("Retry-After", "")), 0.1)
    except ValueError:
        return RETRY_AFTER_UNSAID_SECONDS


def _body(response: requests.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except requests.exceptions.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _words(response: requests.Response) -> str:
    """What the answer says went wrong: Genesys' ``message``, OAuth's ``description``, else the status."""
    body = _body(response)
    for field in ("message", "description", "error_description", "error"):
        if body.get(field):
            return str(body[field])
    return f"HTTP {response.status_code} {response.reason or ''}".strip()


def _permissions(response: requests.Response) -> str:
    """The permissions that a 403 names, such as ``conversation:customAttributes:edit``; empty where it names none."""
    parameters = _body(response).get("messageParams") or {}
    named = parameters.get("permissions") if isinstance(parameters, dict) else None
    return str(named).strip("[]") if named else ""


def _root_cause(error: BaseException) -> str:
    """The innermost reason, in words: requests wraps the one that helps in three that don't."""
    text = str(error)
    for known, words in (
        ("Name or service not known", "there is no host of that name"),
        ("nodename nor servname", "there is no host of that name"),
        ("Temporary failure in name resolution", "the name can't be looked up"),
        ("Connection refused", "the connection is refused"),
        ("timed out", "no answer in time"),
        ("CERTIFICATE_VERIFY_FAILED", "its certificate is not trusted"),
    ):
        if known in text:
            return words
    return "the connection was cut"
