"""The one live session of the app: who comes in, who comes back, and what is left when they go."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backline.errors import BacklineError
from backline.web.live_room import Answer, Asked, Room
from backline.web.texts import say
from backline.web.upload import Refused

if TYPE_CHECKING:
    from backline.web.site import Site

WAIT_S = 120.0
"""A page that went away (a phone asleep) finds its session again for so long, seconds."""


@dataclass
class _Seat:
    """A room with whoever is in it."""

    room: Room
    lift_id: str
    visit: int = 1
    here: bool = True
    gone: asyncio.TimerHandle | None = None


@dataclass(frozen=True)
class Visit:
    """One connection of a page to its room.

    Parameters
    ----------
    room : Room
        The page's session.
    number : int
        The latest connection has the highest number; an older one has no say any more.
    """

    room: Room
    number: int


class Desk:
    """Looking live takes a whole processor core, so that there is one session at a time.

    Parameters
    ----------
    site : Site
        The app.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._seat: _Seat | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._door = asyncio.Lock()

    async def enter(self, asked: Asked) -> Visit:
        """Return a page's visit: to the room it had, or to a new one.

        A page that comes back takes its room over, even where the end of its old connection has
        not been noticed yet.

        Raises
        ------
        Refused
            If another page's session runs.
        """
        async with self._door:  # one after the other: closing a room waits, and others come
            seat = self._seat
            if seat is not None and seat.room.asked == asked:
                seat.here = True
                seat.visit += 1
                if seat.gone is not None:
                    seat.gone.cancel()
                return Visit(seat.room, seat.visit)
            if seat is not None and seat.here:
                raise Refused(409, say("live.taken"))
            await self._close()
            lift_id = self._site.shelf.new_id()
            room = Room(asked, self._site.shelf.clip(lift_id))
            self._seat = _Seat(room, lift_id)
            return Visit(room, self._seat.visit)

    def is_the_latest(self, visit: Visit) -> bool:
        """Return whether a visit's room is open, and no later connection has taken it over."""
        seat = self._seat
        return seat is not None and seat.room is visit.room and seat.visit == visit.number

    def leave(self, visit: Visit) -> None:
        """Note that a page's connection is gone; its session waits for it for a while."""
        seat = self._seat
        if seat is None or (seat.room, seat.visit) != (visit.room, visit.number):
            return
        seat.here = False
        seat.gone = asyncio.get_running_loop().call_later(WAIT_S, self._sweep, visit.room)

    def _sweep(self, room: Room) -> None:
        task = asyncio.get_running_loop().create_task(self.close(room, gone=True))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def take(self, room: Room, message: bytes) -> Answer:
        """Let a room look at a picture, in its own thread."""
        return await asyncio.get_running_loop().run_in_executor(room.thread, room.take, message)

    async def close(self, room: Room | None = None, *, gone: bool = False) -> dict[str, Any]:
        """End the session, if there is one; return what is left of it.

        Parameters
        ----------
        room : Room, optional
            Whose session; another one that has begun meanwhile goes on.
        gone : bool
            Only if nobody has come back to it.

        Returns
        -------
        dict
            ``lift`` with the id of the recorded lift, now in the queue; ``drill`` with a sentence.
        """
        async with self._door:
            seat = self._seat
            if room is not None and (seat is None or seat.room is not room):
                return {}
            if gone and seat is not None and seat.here:
                return {}
            return await self._close()

    async def _close(self) -> dict[str, Any]:
        """End the session; whoever calls it has the door."""
        seat, self._seat = self._seat, None
        if seat is None:
            return {}
        if seat.gone is not None:
            seat.gone.cancel()
        loop = asyncio.get_running_loop()
        left: dict[str, Any] = {}
        try:
            if await loop.run_in_executor(seat.room.thread, seat.room.close):
                await loop.run_in_executor(
                    None, seat.room.log.save, self._site.shelf.live(seat.lift_id)
                )
                self._keep(seat)
                left["lift"] = seat.lift_id
        except BacklineError:
            shutil.rmtree(self._site.shelf.home(seat.lift_id), ignore_errors=True)
            raise
        finally:
            seat.room.thread.shutdown(wait=False)
        return left

    def _keep(self, seat: _Seat) -> None:
        """Put a recording on the shelf; the full analysis is the queue's work."""
        asked, clip = seat.room.asked, seat.room.clip
        told: dict[str, Any] = {"lifter": asked.lifter or None}
        if asked.side != "auto":
            told["changes"] = {"side": asked.side}
        self._site.shelf.add(seat.lift_id, say("live.recording"), clip.stat().st_size, told)
        self._site.queue.wake()
