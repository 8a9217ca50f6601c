"""Runs the webhook: uvicorn, with clocks that cut a client who takes too long over one request."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from ingestion.webhook.app import HEADER_BYTES, create_app

# A request has to be here in full after so many seconds, and a connection may stand unused for as long.
REQUEST_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 5
# Below the 1,024 files that a process may often have open.
MOST_CONNECTIONS = 800
BACKLOG = 1024


class ImpatientProtocol(H11Protocol):
    """uvicorn's own protocol has a clock between requests only, so a client could hold a connection for ever."""

    _clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """One connection more; one too many is closed at once."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        else:
            self._start()

    def handle_events(self) -> None:
        """What came in; the clock runs while a request is under way to here."""
        super().handle_events()
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self._start()
        else:
            self._stop()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone, or was cut."""
        self._stop()
        super().connection_lost(exc)

    def _start(self) -> None:
        if self._clock is None:
            self._clock = self.loop.call_later(REQUEST_SECONDS, self._cut)

    def _stop(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _cut(self) -> None:
        self._clock = None
        self.transport.abort()


def server(inbox: Path, secrets: Sequence[bytes]) -> uvicorn.Server:
    """The server, not yet running; ``run(sockets=[...])`` runs it until SIGINT or SIGTERM."""
    return uvicorn.Server(
        uvicorn.Config(
            create_app(inbox, secrets),
            http=ImpatientProtocol,
            ws="none",
            log_config=None,
            access_log=False,
            lifespan="on",
            server_header=False,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=int(REQUEST_SECONDS),
            h11_max_incomplete_event_size=HEADER_BYTES,
        )
    )
