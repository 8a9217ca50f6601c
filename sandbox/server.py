"""Runs the sandbox on loopback: within a process for tests and the demo, or in the foreground by itself."""

from __future__ import annotations

import contextlib
import logging
import shlex
import signal
import socket
import threading
import time
from collections.abc import Sequence
from datetime import datetime
from types import TracebackType

import uvicorn

from common import listening
from common.errors import AttributionError
from sandbox.app import create_app
from sandbox.dynamics import DynamicsState
from sandbox.dynamics.session import TENANT
from sandbox.genesys import GenesysState
from sandbox.org import Org

HOST = "127.0.0.1"
START_SECONDS = 30
# What uvicorn logs for the connections that fault injection cuts on purpose.
CUT_MESSAGE = "ASGI callable returned without completing response."


class Sandbox:
    """All orgs on one loopback port, for as long as the `with` block lasts.

    `port` 0 picks a free one; the other arguments are those of `create_app`. `base_url` has no slash at its
    end; `environment` holds the variables that point the project at it; `genesys` and `dynamics`
    are the state of those orgs.
    """

    def __init__(
        self,
        org: Org,
        *,
        port: int = 0,
        rate_limit: int = 300,
        faults: int | None = None,
        availability: datetime | None = None,
        token_seconds: int = 86400,
    ) -> None:
        self.app = create_app(
            org,
            rate_limit=rate_limit,
            faults=faults,
            availability=availability,
            token_seconds=token_seconds,
        )
        self._port = port
        self._socket: socket.socket | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def genesys(self) -> GenesysState:
        """The state of the Genesys org."""
        return self.app.state.genesys

    @property
    def dynamics(self) -> DynamicsState:
        """The state of the Dynamics 365 org."""
        return self.app.state.dynamics

    @property
    def base_url(self) -> str:
        """http://127.0.0.1:port, of the running sandbox."""
        return f"http://{HOST}:{self._port}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that point the project at this sandbox."""
        return {
            "GENESYSCLOUD_BASE_URL": self.base_url,
            "GENESYSCLOUD_OAUTHCLIENT_ID": "sandbox-client",
            "GENESYSCLOUD_OAUTHCLIENT_SECRET": "sandbox-secret",
            "SALESFORCE_INSTANCE_URL": self.base_url,
            "SALESFORCE_CLIENT_ID": "sandbox-client",
            "SALESFORCE_CLIENT_SECRET": "sandbox-secret",
            "DYNAMICS_URL": self.base_url,
            "DYNAMICS_LOGIN_URL": self.base_url,
            "DYNAMICS_TENANT_ID": TENANT,
            "DYNAMICS_CLIENT_ID": "sandbox-client",
            "DYNAMICS_CLIENT_SECRET": "sandbox-secret",
        }

    def __enter__(self) -> Sandbox:
        self._socket = listening.bound("The sandbox", HOST, self._port)
        self._port = self._socket.getsockname()[1]
        logger = logging.getLogger("uvicorn.error")
        if _is_no_planned_cut not in logger.filters:
            logger.addFilter(_is_no_planned_cut)
        config = uvicorn.Config(
            self.app,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_keep_alive=75,
            timeout_graceful_shutdown=2,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="sandbox", daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                self.__exit__(None, None, None)
                raise AttributionError(
                    f"The sandbox did not start on {self.base_url}.", "Try again, or another --port."
                )
            time.sleep(0.005)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(timeout=10)
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()


def serve(
    org: Org,
    *,
    port: int = 0,
    rate_limit: int = 300,
    faults: int | None = None,
    availability: datetime | None = None,
    token_seconds: int = 86400,
    notes: Sequence[str] = (),
) -> None:
    """Run the sandbox in the foreground until SIGINT or SIGTERM.

    When it answers, standard output gets a comment line with the address, then one `export NAME=value` line
    for each environment variable, fit for the shell, then ``notes`` as comments.
    """
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with Sandbox(
        org,
        port=port,
        rate_limit=rate_limit,
        faults=faults,
        availability=availability,
        token_seconds=token_seconds,
    ) as sandbox:
        lines = [f"# Sandbox ready on {sandbox.base_url} (Ctrl+C stops it)"]
        lines += [f"export {name}={shlex.quote(value)}" for name, value in sandbox.environment.items()]
        lines += [f"# {note}" for note in notes]
        print("\n".join(lines), flush=True)
        stop.wait()


def _is_no_planned_cut(record: logging.LogRecord) -> bool:
    return record.getMessage() != CUT_MESSAGE
