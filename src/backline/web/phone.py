"""Opens the app to phones in this network: only after confirmation, with a password and TLS."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from backline.errors import UsageError
from backline.web.options import Options, shown_host
from backline.web.texts import say

if TYPE_CHECKING:
    import socket

    import uvicorn

EVERYWHERE = "0.0.0.0"
USUAL_PORT = 8443
"""Tried first, so that the address stays the same from day to day."""

Listen = Callable[[Options], "tuple[uvicorn.Server, socket.socket]"]


class Phone:
    """The server for phones, next to the server for this machine alone.

    Parameters
    ----------
    options : Options
        How the app is served.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.address: str | None = None
        self._listen: Listen | None = None
        self._server: uvicorn.Server | None = None
        self._task: asyncio.Task[None] | None = None

    def attach(self, listen: Listen, address: str) -> None:
        """Set how a second server is started, and the address of the first."""
        self._listen = listen
        if not self.options.loopback:
            self.address = address

    @property
    def by_itself(self) -> bool:
        """Whether the server was started for the whole network already."""
        return not self.options.loopback

    async def open(self) -> str:
        """Open the app to phones in this network, over TLS; return the address.

        Raises
        ------
        UsageError
            If this machine is in no network.
        MissingExtraError
            If the library that makes certificates is missing.
        """
        if self.address is not None:
            return self.address
        host = shown_host(EVERYWHERE)
        if host == EVERYWHERE or self._listen is None:
            raise UsageError(say("phone.no_network"))
        from backline.web.certificate import own_certificate

        certificate, key = await asyncio.to_thread(own_certificate, self.options.folder, host)
        lan = replace(
            self.options, host=EVERYWHERE, port=USUAL_PORT, certificate=certificate, key=key,
            self_signed=True,
        )  # fmt: skip
        try:
            server, listening = self._listen(lan)
        except UsageError:  # the port is taken
            server, listening = self._listen(replace(lan, port=0))
        self._server = server
        self._task = asyncio.create_task(_until_closed(server.serve(sockets=[listening])))
        self.address = f"https://{host}:{listening.getsockname()[1]}"
        return self.address

    async def close(self) -> None:
        """Close the app to all but this machine."""
        if self._server is not None:
            self._server.should_exit = True
        if self._task is not None:
            await self._task
        self._server = self._task = None
        if not self.by_itself:
            self.address = None


async def _until_closed(serving: Coroutine[Any, Any, None]) -> None:
    await serving
