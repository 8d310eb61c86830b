"""How the web app is served: address, folder, limits."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from backline.texts import Language

MEBIBYTE = 1 << 20  # bytes
NOWHERE = "192.0.2.1"
"""An address reserved for examples (RFC 5737): the route to it shows this machine's own
address."""


@dataclass(frozen=True)
class Options:
    """Options of the server.

    Parameters
    ----------
    folder : Path
        Everything the app stores: clips, results, its list of lifts, the password's hash.
    host : str
        Address to listen on; the machine itself only, where it is a loopback address.
    port : int
        0 takes a free one.
    largest_upload : int
        Bytes of one clip.
    workers : int
        How many lifts are analysed at the same time.
    longest_job_s : float
        After that a job is stopped, seconds.
    job_memory : int
        Memory that one job may take, bytes; 0 for no limit.
    certificate, key : Path or None
        For TLS.
    self_signed : bool
        Whether the certificate is self-signed, so that no browser trusts it.
    proxies : tuple of str
        Addresses of reverse proxies whose headers on a client's address and scheme are trusted; no
        others are.
    language : str
        Of all pages, or ``"auto"``: the one that each browser prefers.
    """

    folder: Path
    host: str = "127.0.0.1"
    port: int = 8080
    largest_upload: int = 2048 * MEBIBYTE
    workers: int = 1
    longest_job_s: float = 3600.0
    job_memory: int = 8192 * MEBIBYTE
    certificate: Path | None = None
    key: Path | None = None
    self_signed: bool = False
    proxies: tuple[str, ...] = ()
    language: Language | Literal["auto"] = "auto"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return is_loopback(self.host)


def shown_host(host: str) -> str:
    """Return the address under which others reach a server that listens at ``host``.

    Parameters
    ----------
    host : str
        As given; ``0.0.0.0`` and ``::`` mean every address of this machine and cannot be opened by
        a phone: they are replaced by this machine's own address in its network, where it has one.
    """
    if host not in ("0.0.0.0", "::"):
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((NOWHERE, 9))  # for datagrams connect() sends nothing
        except OSError:
            return host
        return str(probe.getsockname()[0])


def is_loopback(host: str) -> bool:
    """Return whether a name or address means this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
