"""Bodies of requests: no longer and no slower than each address needs them."""

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
"""Bytes of what is told of a lift, or judged; a correction has some hundred."""
LARGEST_POLL = MEBIBYTE
"""Bytes of what NiceGUI's pages send where no web socket can be opened."""
BODY_S = 20.0
"""Longest time for such a body to arrive, seconds."""
SILENCE_S = 20.0
"""Longest time between two pieces of a clip, seconds."""
LEAST_RATE, AFTER_S = 16_000.0, 30.0
"""Bytes a second that a clip must come with on average, once it has come for so long, seconds:
a phone far from the router has ten times as much."""


async def limited(
    scope: Message, headers: dict[str, str], receive: Receive, largest_upload: int
) -> Receive:
    """Return where the app gets a request's body from, after a look at its length and pace.

    A clip goes through piece by piece, each with a deadline; any other body is short, and is
    here before the app hears of it.

    Parameters
    ----------
    scope, headers
        Of the request.
    receive : callable
        Gives the pieces as they come.
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
        if message["type"] != "http.request":  # gone: the app is told by what comes next
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
