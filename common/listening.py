"""A socket for a server that uvicorn runs: bound before the server starts, so that its port is known."""

from __future__ import annotations

import socket

from common.errors import AttributionError


def bound(who: str, host: str, port: int) -> socket.socket:
    """A socket of ``who`` that is bound there; port 0 picks a free one. Raises AttributionError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named; without it each answer waits 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        listening.close()
        raise AttributionError(
            f"{who} cannot listen on {host}:{port}: {error}.",
            "Stop what uses the port, or choose another with --port (0 picks a free one).",
        ) from error
    return listening
