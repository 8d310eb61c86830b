"""At most one live session at a time: a page opens it, comes back to it, or is refused."""

from __future__ import annotations

import asyncio
import shutil
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from backline.errors import BacklineError
from backline.web.browser_session import Answer, BrowserSession, LiveOptions
from backline.web.texts import say
from backline.web.upload import Refused

if TYPE_CHECKING:
    from backline.web.site import Site

WAIT_S = 120.0
"""How long a session waits for a page whose connection broke (a phone asleep), seconds."""


@dataclass
class _Occupied:
    """The session that runs, the number of its latest connection, and whether that is open."""

    session: BrowserSession
    lift_id: str
    connection: int = 1
    connected: bool = True
    timeout: asyncio.TimerHandle | None = None


@dataclass(frozen=True)
class PageConnection:
    """One connection of a page to its session.

    Parameters
    ----------
    session : BrowserSession
        The page's session.
    number : int
        The latest connection has the highest number; earlier ones are no longer served.
    """

    session: BrowserSession
    number: int


class LiveSlot:
    """Holds the one live session: measuring live takes a whole processor core.

    Parameters
    ----------
    site : Site
        The app.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._occupied: _Occupied | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._lock = asyncio.Lock()

    async def connect(self, options: LiveOptions) -> PageConnection:
        """Connect a page to its running session, or to a new one.

        A page that comes back replaces its old connection, even where the end of that has not been
        noticed yet.

        Raises
        ------
        Refused
            If another page's session runs.
        """
        async with self._lock:  # closing a session takes time, and others may connect meanwhile
            held = self._occupied
            if held is not None and held.session.options == options:
                held.connected = True
                held.connection += 1
                if held.timeout is not None:
                    held.timeout.cancel()
                return PageConnection(held.session, held.connection)
            if held is not None and held.connected:
                raise Refused(409, say("live.taken"))
            await self._close()
            lift_id = self._site.lift_store.new_id()
            session = BrowserSession(options, self._site.lift_store.clip(lift_id))
            self._occupied = _Occupied(session, lift_id)
            return PageConnection(session, self._occupied.connection)

    def is_latest(self, connection: PageConnection) -> bool:
        """Return whether a connection's session runs, and no later connection replaced it."""
        held = self._occupied
        return (
            held is not None
            and held.session is connection.session
            and held.connection == connection.number
        )

    def disconnect(self, connection: PageConnection) -> None:
        """Note that a page's connection ended; its session waits `WAIT_S` for another."""
        held = self._occupied
        if held is None or not self.is_latest(connection):
            return
        held.connected = False
        held.timeout = asyncio.get_running_loop().call_later(
            WAIT_S, self._expire, connection.session
        )

    def _expire(self, session: BrowserSession) -> None:
        task = asyncio.get_running_loop().create_task(self.close(session, unused=True))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def take(self, session: BrowserSession, message: bytes) -> Answer:
        """Let a session process a picture, in its own thread."""
        loop = asyncio.get_running_loop()
        look = partial(copy_context().run, session.take, message)  # in the page's language
        return await loop.run_in_executor(session.thread, look)

    async def close(
        self, session: BrowserSession | None = None, *, unused: bool = False
    ) -> dict[str, Any]:
        """End the session, if there is one; return what it leaves.

        Parameters
        ----------
        session : BrowserSession, optional
            Only if it is this session that runs.
        unused : bool
            Only if no page is connected to it.

        Returns
        -------
        dict
            ``lift`` with the id of the recorded lift, now in the queue; ``drill`` with a sentence.
        """
        async with self._lock:
            held = self._occupied
            if session is not None and (held is None or held.session is not session):
                return {}
            if unused and held is not None and held.connected:
                return {}
            return await self._close()

    async def _close(self) -> dict[str, Any]:
        """End the session; the caller holds the lock."""
        held, self._occupied = self._occupied, None
        if held is None:
            return {}
        if held.timeout is not None:
            held.timeout.cancel()
        loop, session = asyncio.get_running_loop(), held.session
        left: dict[str, Any] = {}
        try:
            if await loop.run_in_executor(session.thread, session.close):
                log_file = self._site.lift_store.live(held.lift_id)
                await loop.run_in_executor(None, session.log.save, log_file)
                self._store_recording(held)
                left["lift"] = held.lift_id
        except BacklineError:
            shutil.rmtree(self._site.lift_store.home(held.lift_id), ignore_errors=True)
            raise
        finally:
            session.thread.shutdown(wait=False)
        return left

    def _store_recording(self, held: _Occupied) -> None:
        """Add a recording to the lifts; the queue runs its full analysis."""
        options, clip = held.session.options, held.session.clip
        fields: dict[str, Any] = {"lifter": options.lifter or None}
        if options.side != "auto":
            fields["changes"] = {"side": options.side}
        self._site.lift_store.add(held.lift_id, say("live.recording"), clip.stat().st_size, fields)
        self._site.queue.wake()
