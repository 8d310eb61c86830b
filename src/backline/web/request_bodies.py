"""Limits on the length and slowness of request bodies."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from backline.web.options import MEBIBYTE
from backline.web.texts import say
from backline.web.upload import Refused

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

UPLOAD = "/api/lifts"
LARGEST_ACT = 64 << 10
"""Most bytes of a form, a judgement or a correction; a correction has some hundred."""
LARGEST_POLL = MEBIBYTE
"""Most bytes of what NiceGUI's pages send where no web socket can be opened."""
BODY_S = 20.0
"""Longest time for such a body to arrive, seconds."""
SILENCE_S = 20.0
"""Longest time between two pieces of a clip, seconds."""
LEAST_RATE, AFTER_S = 16_000.0, 30.0
"""Least average rate of an upload, bytes a second, after this time, seconds: a phone far from the
router has ten times as much."""


async def limited(
    scope: Message, headers: dict[str, str], receive: Receive, largest_upload: int
) -> Receive:
    """Return a ``receive`` that enforces the limits on a request's body.

    A clip is passed on piece by piece, each with a deadline; any other body is short, and read
    completely first.

    Parameters
    ----------
        scope, headers
            Of the request.
        receive : callable
            Returns the pieces as they arrive.
        largest_upload : int
            Bytes of one clip.

    Raises
    ------
        Refused
            413 where it is too long, 408 where it is too slow.
    """
    announced = headers.get("content-length", "0")
    length = int(announced) if announced.isdigit() else 0
    if scope["path"] == UPLOAD and scope["method"] == "POST":
        return _paced(receive)
    largest = LARGEST_POLL if scope["path"].startswith("/_nicegui") else LARGEST_ACT
    if length > largest:
        raise Refused(413, say("guard.long", most=largest >> 10))
    if not length and "transfer-encoding" not in headers:
        return receive
    try:
        body = await asyncio.wait_for(_whole(receive, largest), BODY_S)
    except TimeoutError:
        raise Refused(408, say("guard.slow")) from None
    return _replayed(body, receive)


async def _whole(receive: Receive, largest: int) -> bytes:
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":  # disconnected: the next message says so
            break
        parts.append(message.get("body", b""))
        size, more = size + len(parts[-1]), message.get("more_body", False)
        if size > largest:
            raise Refused(413, say("guard.long", most=largest >> 10))
    return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def heard() -> Message:
        return waiting.pop() if waiting else await receive()

    return heard


def _paced(receive: Receive) -> Receive:
    began, size = time.monotonic(), 0

    async def heard() -> Message:
        nonlocal size
        try:
            message = await asyncio.wait_for(receive(), SILENCE_S)
        except TimeoutError:
            raise Refused(408, say("guard.slow")) from None
        size += len(message.get("body", b""))
        taken = time.monotonic() - began
        if message.get("more_body") and taken > AFTER_S and size < taken * LEAST_RATE:
            raise Refused(408, say("guard.slow"))
        return message

    return heard
