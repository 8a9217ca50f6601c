"""What the clients of both CRMs do alike: retries, a token that is fetched anew, failures as sentences."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import requests
from dlt.sources.helpers.requests import Client as RetryingClient
from requests.auth import AuthBase

from common.errors import AttributionError

logger = logging.getLogger(__name__)

ATTEMPTS = 5
TIMEOUT = (10, 120)
TRY_AGAIN = "Try again later; nothing of this load was kept."

Condition = Callable[[requests.Response | None, BaseException | None], bool]


def retrying(first_pause: float, conditions: Sequence[Condition]) -> RetryingClient:
    """A client that sends a request again where the answer is no good or one of ``conditions`` says so.

    ``first_pause``: seconds before the second attempt; each further pause is twice as long, and Retry-After goes first.
    """
    return RetryingClient(
        request_timeout=TIMEOUT,
        raise_for_status=False,
        request_max_attempts=ATTEMPTS,
        request_backoff_factor=first_pause,
        retry_condition=list(conditions),
    )


def unreadable(response: requests.Response | None, error: BaseException | None) -> bool:
    """Whether a good answer came with a body that is no JSON, as when a proxy cuts it short."""
    if response is None or error is not None or response.status_code != 200:
        return False
    try:
        response.json()
    except requests.JSONDecodeError:
        return True
    return False


class TokenSession(AuthBase, ABC):
    """The current access token, put on each request; ``login`` fetches a new one when the system refuses it."""

    # What is logged when that happens.
    renewing: str

    def __init__(self, http: RetryingClient) -> None:
        """``http`` serves logins alone: a request during a login must not come here again for a token."""
        self.http = http
        self.token: str | None = None

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Called by requests for each request before it is sent."""
        request.headers["Authorization"] = f"Bearer {self.token or self.login()}"
        return request

    @abstractmethod
    def login(self) -> str:
        """Fetch a token and keep it, by ``fetch`` with what the system asks for; raises AttributionError."""

    def fetch(
        self,
        url: str,
        form: dict[str, str],
        explained: AbstractContextManager[None],
        refused: Callable[[requests.Response], AttributionError],
    ) -> dict[str, Any]:
        """The answer to a client-credentials request, whose token is kept; ``refused`` puts any other into words."""
        with explained:
            response = self.http.session.request(
                "POST", url, data={"grant_type": "client_credentials", **form}, allow_redirects=False
            )
            if response.status_code == 429 or response.status_code >= 500:
                response.raise_for_status()
            if response.status_code != 200:
                raise refused(response)
            body = response.json()
        if not isinstance(body, dict) or not body.get("access_token"):
            raise refused(response)
        self.token = str(body["access_token"])
        return body

    def renewed(self, response: requests.Response | None, error: BaseException | None) -> bool:
        """Whether the request behind ``response`` may be sent again with a new token, which it then carries."""
        if response is None or response.status_code != 401:
            return False
        if response.request.headers.get("Authorization") == f"Bearer {self.token}":
            logger.info(self.renewing)
            self.login()
        response.request.headers["Authorization"] = f"Bearer {self.token}"
        return True


@contextmanager
def explained(
    url: str, doing: str, setting: str, explain: Callable[[requests.Response], AttributionError], sender: str
) -> Iterator[None]:
    """Turn what the HTTP client raises, once it has given up, into AttributionError.

    ``setting`` holds ``url``; ``explain`` puts an answer with an error status into words; ``sender`` names the system
    where its answer was cut.
    """
    try:
        yield
    except requests.HTTPError as error:
        if error.response is None:
            raise
        raise explain(error.response) from error
    except requests.JSONDecodeError as error:
        raise AttributionError(
            f"{sender} sent an answer that is no JSON, or not the whole of it, while {doing}.", TRY_AGAIN
        ) from error
    except requests.Timeout as error:
        raise AttributionError(f"{url} did not answer in time while {doing}.", TRY_AGAIN) from error
    except requests.exceptions.ChunkedEncodingError as error:
        raise AttributionError(f"{url} cut the connection while {doing}.", TRY_AGAIN) from error
    except requests.ConnectionError as error:
        raise AttributionError(
            f"{url} can't be reached, or cut the connection, while {doing} ({_reason(error)}).",
            f"Check {setting}, and that this machine can reach it.",
        ) from error


def _reason(error: BaseException) -> str:
    """The innermost cause in the operating system's own words."""
    inner: BaseException = error
    while (following := inner.__cause__ or inner.__context__) is not None:
        inner = following
    return " ".join(str(inner).split()) or type(inner).__name__
