"""Limits on connections: how many, how many from one address, and how slowly they may send."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST = 400
"""Connections open at the same time; below the usual limit of 1,024 open files of a process."""
MOST_AN_ADDRESS = 64
"""From one address, except loopback and proxies: a browser opens six, and one for the page."""
HEAD_S = 10.0
"""Longest time from a connection's beginning to the end of its first request's head, and from the
first byte of a later head to its end, seconds."""
POLL_EVERY_S = 1.0  # seconds between checks of the time limits


class ConnectionLimiter:
    """Counts a server's connections; closes those that are too slow, and those beyond the limits.

    Parameters
    ----------
    trusted : collection of str
        Addresses without a limit of their own: this machine's, and proxies, which serve many
        people.
    """

    def __init__(self, trusted: tuple[str, ...] = ()) -> None:
        self._trusted = frozenset(trusted)
        self._open: dict[asyncio.Transport, PatientProtocol] = {}

    def admit(self, protocol: PatientProtocol, transport: asyncio.Transport) -> bool:
        """Count a new connection; False where it exceeds a limit.

        At the overall limit, the connection that has sent nothing for longest is closed instead.
        """
        self._forget_closed()
        address = _address(transport)
        here = Counter(_address(one) for one in self._open)
        if address not in self._trusted and here[address] >= MOST_AN_ADDRESS:
            return False
        if len(self._open) >= MOST:
            silent = [
                (one.waits_since, each) for each, one in self._open.items() if one.waits_since
            ]
            if not silent:
                return False
            _, oldest = min(silent, key=lambda pair: pair[0])
            oldest.abort()
            del self._open[oldest]
        self._open[transport] = protocol
        return True

    async def watch(self) -> None:
        """Close connections whose request head takes too long, until cancelled."""
        while True:
            await asyncio.sleep(POLL_EVERY_S)
            self._forget_closed()
            late = time.monotonic() - HEAD_S
            for transport, protocol in list(self._open.items()):
                if protocol.waits_since and protocol.waits_since < late:
                    transport.abort()

    def _forget_closed(self) -> None:
        for transport in [one for one in self._open if one.is_closing()]:
            del self._open[transport]


class PatientProtocol(H11Protocol):
    """Uvicorn's HTTP protocol, which records since when a request head is awaited.

    Attributes
    ----------
    limiter : ConnectionLimiter
        The server's; set on a subclass.
    waits_since : float
        When the wait for a head began (monotonic, seconds); 0 while a request is worked on, and
        between requests, where uvicorn's own clock runs.
    """

    limiter: ConnectionLimiter

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept a connection, or close it at once."""
        self.waits_since = time.monotonic()
        super().connection_made(transport)
        if not self.limiter.admit(self, transport):
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """Process received bytes."""
        if not self.waits_since and self.conn.their_state is h11.IDLE:
            self.waits_since = time.monotonic()
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self.waits_since = 0.0


def protocol_of(limiter: ConnectionLimiter) -> type[PatientProtocol]:
    """Return the protocol class of one server."""
    made: Any = type("PatientProtocol", (PatientProtocol,), {"limiter": limiter})
    checked: type[PatientProtocol] = made
    return checked


def _address(transport: asyncio.Transport) -> str:
    peer = transport.get_extra_info("peername")
    return str(peer[0]) if peer else ""
