"""Injected faults: what a client of the two systems has to survive."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class FaultInjector:
    """ASGI middleware that makes some requests fail, by seed."""

    def __init__(self, app: ASGIApp, seed: int) -> None:
        self.app = app
        self.seed = seed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)
