"""The webhook as an ASGI application: it answers 202 for what is on disk, and for nothing else."""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ingestion.webhook import signature
from ingestion.webhook.event import BODY_BYTES, EVENT_SCHEMA, Invalid, content, openapi, read_event
from ingestion.webhook.inbox import Delivery, Inbox, Verdict

logger = logging.getLogger(__name__)

HEADER_BYTES = 16_384
# Requests that may be under way at once; a sender beyond it is told to come again.
MOST_UNDER_WAY = 600
# Events of one commit.
MOST_PER_COMMIT = 500
RETRY_SECONDS = 2


class Keeper:
    """A thread that puts events into the inbox: all that wait at a moment go to disk with one commit."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.waiting: queue.SimpleQueue[tuple[Delivery, asyncio.Future[Verdict]] | None] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._run, name="webhook-inbox", daemon=True)

    def start(self) -> None:
        """Begin; raises AttributionError where the inbox can't be opened."""
        Inbox(self.path).connection.close()
        self.thread.start()

    def stop(self) -> None:
        """Keep what waits, then end."""
        self.waiting.put(None)
        self.thread.join()

    async def keep(self, delivery: Delivery) -> Verdict:
        """What became of the event, once it is on disk. Raises sqlite3.Error where it could not be put there."""
        future: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self.waiting.put((delivery, future))
        return await future

    def _run(self) -> None:
        with Inbox(self.path) as inbox:
            goes_on = True
            while goes_on:
                batch = [self.waiting.get()]
                while len(batch) < MOST_PER_COMMIT and not self.waiting.empty():
                    batch.append(self.waiting.get())
                goes_on = None not in batch
                self._commit(inbox, [each for each in batch if each is not None])

    def _commit(self, inbox: Inbox, batch: Sequence[tuple[Delivery, asyncio.Future[Verdict]]]) -> None:
        error: sqlite3.Error | None = None
        verdicts: list[Verdict | None] = [None] * len(batch)
        try:
            verdicts[:] = inbox.keep([delivery for delivery, _ in batch], time.time())
        except sqlite3.Error as caught:
            logger.error("The inbox %s took no events: %s", self.path, caught)
            error = caught
        for (_, future), verdict in zip(batch, verdicts, strict=True):
            future.get_loop().call_soon_threadsafe(_settle, future, verdict, error)


def _settle(future: asyncio.Future[Verdict], verdict: Verdict | None, error: Exception | None) -> None:
    if future.done():  # its request was cut off; the event is kept all the same
        return
    if error is not None:
        future.set_exception(error)
    elif verdict is not None:
        future.set_result(verdict)


class TooLong(Exception):
    """The body is longer than BODY_BYTES."""


def create_app(inbox: Path, secrets: Sequence[bytes], clock: Callable[[], float] = time.time) -> Starlette:
    """The application over the inbox at that path; ``clock`` gives the seconds since 1970."""
    keeper = Keeper(inbox)
    under_way = 0

    async def conversions(request: Request) -> Response:
        nonlocal under_way
        if sum(len(name) + len(value) + 4 for name, value in request.headers.raw) > HEADER_BYTES:
            return refusal(431, "headers_too_long", f"The headers are longer than {HEADER_BYTES} bytes.")
        if under_way >= MOST_UNDER_WAY:
            return refusal(429, "busy", "Too many requests at once; send it again.", wait=True)
        under_way += 1
        try:
            return await answer(request)
        finally:
            under_way -= 1

    async def answer(request: Request) -> Response:
        try:
            body = await read_body(request)
        except TooLong:
            return refusal(413, "too_long", f"The body is longer than {BODY_BYTES} bytes.")
        except ClientDisconnect:
            # Nobody is there to read an answer.
            return refusal(400, "cut_off", "The sender went away before the body was here.")
        try:
            digest, good_until = signature.verified(request.headers, body, secrets, clock())
            event = read_event(body)
        except signature.Unsigned as error:
            return refusal(401, "unsigned", str(error))
        except Invalid as error:
            return refusal(400, "invalid", f"{error}.", pointer=error.pointer, logged=without_content(error))
        try:
            verdict = await keeper.keep(Delivery(event["event_id"], content(event), digest, good_until))
        except sqlite3.Error:
            return refusal(503, "not_kept", "The event could not be kept; send it again.", wait=True)
        if verdict is Verdict.REPLAYED:
            return refusal(401, "replayed", "This signature was used before; sign a second attempt anew.")
        if verdict is Verdict.OTHER_CONTENT:
            return refusal(
                409, "other_content", "There is an event of this id with another content.", pointer="/event_id"
            )
        return JSONResponse({"event_id": event["event_id"], "status": verdict.value}, 202)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        keeper.start()
        yield
        await asyncio.to_thread(keeper.stop)

    return Starlette(
        routes=[
            Route("/conversions", conversions, methods=["POST"]),
            Route("/schema.json", _document(EVENT_SCHEMA)),
            Route("/openapi.json", _document(openapi())),
            Route("/health", _document({"status": "ok"})),
        ],
        lifespan=lifespan,
    )


async def read_body(request: Request) -> bytes:
    """The whole body. Raises TooLong as soon as it is known to be, and ClientDisconnect where it ends early."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > BODY_BYTES:
        raise TooLong
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            raise TooLong
    return bytes(body)


def refusal(
    status: int, error: str, message: str, pointer: str | None = None, wait: bool = False, logged: str | None = None
) -> Response:
    """An answer that says what is wrong, in a word and in a sentence; the log gets a line of it.

    ``logged`` stands there in place of a message that repeats something of the request.
    """
    logger.warning("Refused a request: %d %s: %s", status, error, logged or message)
    said: dict[str, Any] = {"error": error, "message": message}
    if pointer is not None:
        said["pointer"] = pointer
    return JSONResponse(said, status, {"Retry-After": str(RETRY_SECONDS)} if wait else None)


def without_content(error: Invalid) -> str:
    """What is wrong with an event, for the log: a field is named only where it is one of an event's own."""
    known = error.pointer.removeprefix("/") in EVENT_SCHEMA["properties"]
    return f"{error.pointer if known or not error.pointer else 'a field'}: {error.message}.".removeprefix(": ")


def _document(content: dict[str, Any]) -> Callable[[Request], Response]:
    def document(_: Request) -> Response:
        return JSONResponse(content)

    return document
