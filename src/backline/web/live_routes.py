"""The socket of the Live page: pictures come in, what to show goes out, one for one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from backline.errors import BacklineError
from backline.web.live_desk import Desk, Visit
from backline.web.live_room import Room, read_asked
from backline.web.texts import say
from backline.web.upload import Refused

if TYPE_CHECKING:
    from backline.live.drill import DrillResult

PATIENCE_S = 20.0
"""A page that sends nothing for so long is asleep or gone, seconds."""


def live_routes(desk: Desk) -> APIRouter:
    """Return the routes of the Live page."""
    api = APIRouter()

    @api.websocket("/api/live")
    async def live(socket: WebSocket) -> None:
        """Serve one page: its wishes first, as JSON; then pictures, each answered by JSON."""
        await socket.accept()
        try:
            with _plainly() as trouble:
                visit = await desk.enter(read_asked(await _wishes(socket)))
                try:
                    if await _look(socket, desk, visit):
                        await socket.send_json({"over": True, **await _end(desk, visit.room)})
                finally:
                    desk.leave(visit)
            if trouble:
                await socket.send_json({"error": trouble[0]})
            await socket.close()
        except (WebSocketDisconnect, TimeoutError, RuntimeError):
            return  # the page is gone; its session waits for it

    return api


async def _wishes(socket: WebSocket) -> Any:
    try:
        return await asyncio.wait_for(socket.receive_json(), PATIENCE_S)
    except (ValueError, KeyError):
        raise Refused(422, say("live.not_understood")) from None


async def _look(socket: WebSocket, desk: Desk, visit: Visit) -> bool:
    """Answer pictures until the page says stop (True) or goes away (an error)."""
    while True:
        message = await asyncio.wait_for(socket.receive(), PATIENCE_S)
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect
        picture = message.get("bytes")
        if picture is None:
            return True
        if not desk.is_the_latest(visit):
            raise Refused(409, say("live.taken"))
        answer = await desk.take(visit.room, picture)
        await socket.send_json(answer.content)
        if answer.pictures:
            await socket.send_bytes(answer.pictures)


async def _end(desk: Desk, room: Room) -> dict[str, Any]:
    """End a session: its recording goes to the shelf, its drill into the record."""
    left = await desk.close(room)
    if room.result is not None and room.asked.lifter:
        await asyncio.to_thread(_save, room.asked.lifter, room.result)
        left["drill"] = say("live.drill_saved", lifter=room.asked.lifter)
    return left


def _save(lifter: str, result: DrillResult) -> None:
    from backline.library import Store, save_drill

    with Store() as store:
        save_drill(store, lifter, result)


@contextmanager
def _plainly() -> Iterator[list[str]]:
    """Catch what the page is to be told; the list holds it afterwards."""
    faults: list[str] = []
    try:
        yield faults
    except BacklineError as error:
        faults.append(str(error))
