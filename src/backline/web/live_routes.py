"""The web socket of the Live page: receives pictures, answers each with what to show."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from backline.errors import BacklineError
from backline.web.browser_session import BrowserSession, read_live_options
from backline.web.live_slot import LiveSlot, PageConnection
from backline.web.texts import say
from backline.web.upload import Refused

if TYPE_CHECKING:
    from backline.live.drill import DrillResult

PATIENCE_S = 20.0
"""A page that sends nothing for this long is asleep or closed, seconds."""


def live_routes(slot: LiveSlot) -> APIRouter:
    """Return the routes of the Live page."""
    api = APIRouter()

    @api.websocket("/api/live")
    async def live(socket: WebSocket) -> None:
        """Serve one page: its options first, as JSON; then pictures, each answered by JSON."""
        await socket.accept()
        try:
            with _collected_errors() as trouble:
                connection = await slot.connect(read_live_options(await _options(socket)))
                try:
                    if await _answer_pictures(socket, slot, connection):
                        await socket.send_json(
                            {"over": True, **await _end(slot, connection.session)}
                        )
                finally:
                    slot.disconnect(connection)
            if trouble:
                await socket.send_json({"error": trouble[0]})
            await socket.close()
        except (WebSocketDisconnect, TimeoutError, RuntimeError):
            return  # the page is closed; its session waits for it

    return api


async def _options(socket: WebSocket) -> Any:
    try:
        return await asyncio.wait_for(socket.receive_json(), PATIENCE_S)
    except (ValueError, KeyError):
        raise Refused(422, say("live.not_understood")) from None


async def _answer_pictures(socket: WebSocket, slot: LiveSlot, connection: PageConnection) -> bool:
    """Answer pictures until the page sends stop (True) or disconnects (an error)."""
    while True:
        message = await asyncio.wait_for(socket.receive(), PATIENCE_S)
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect
        picture = message.get("bytes")
        if picture is None:
            return True
        if not slot.is_latest(connection):
            raise Refused(409, say("live.taken"))
        answer = await slot.take(connection.session, picture)
        await socket.send_json(answer.content)
        if answer.pictures:
            await socket.send_bytes(answer.pictures)


async def _end(slot: LiveSlot, session: BrowserSession) -> dict[str, Any]:
    """End a session: add its recording to the lifts, and its drill to the record."""
    left = await slot.close(session)
    if session.result is not None and session.options.lifter:
        await asyncio.to_thread(_save, session.options.lifter, session.result)
        left["drill"] = say("live.drill_saved", lifter=session.options.lifter)
    return left


def _save(lifter: str, result: DrillResult) -> None:
    from backline.library import Store, save_drill

    with Store() as store:
        save_drill(store, lifter, result)


@contextmanager
def _collected_errors() -> Iterator[list[str]]:
    """Collect errors in a list instead of raising them."""
    errors: list[str] = []
    try:
        yield errors
    except BacklineError as error:
        errors.append(str(error))
