"""A real server on loopback under idle, half-open, slow and greedy clients; all bounded in time."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import ssl
import stat
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from web_served import Served

from backline.web import server, upload
from backline.web.authentication import GUESSES, set_password
from backline.web.connections import HEAD_S, MOST, MOST_AN_ADDRESS, ConnectionLimiter
from backline.web.lift_store import LiftStore
from backline.web.middleware import HSTS, SECURE_COOKIE
from backline.web.options import Options
from backline.web.request_bodies import LARGEST_ACT
from backline.web.upload import Refused, receive_clip
from tests.deadlines import PATIENCE_S

Start = Callable[..., Served]
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def guarded(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Served:
    """A server with a password, on a data folder that anybody could read before."""
    data = tmp_path_factory.mktemp("guarded")
    set_password(data / "web", PASSWORD)
    for place, mode in ((data, 0o755), (data / "web", 0o755), (data / "web" / "x", 0o644)):
        if not place.exists():
            place.touch()
        place.chmod(mode)
    return start(data)


def place_of(site: Served) -> tuple[str, int]:
    host, _, port = site.address.partition("://")[2].partition(":")
    return host, int(port)


@contextlib.contextmanager
def sockets(site: Served, count: int, said: bytes = b"") -> Iterator[list[socket.socket]]:
    """Open many connections that say a little, or nothing."""
    made: list[socket.socket] = []
    try:
        for _ in range(count):
            made.append(socket.create_connection(place_of(site), timeout=PATIENCE_S))
            if said:
                made[-1].sendall(said)
        yield made
    finally:
        for one in made:
            one.close()


def closed(one: socket.socket) -> bool:
    """Wait until the server closes a connection."""
    with contextlib.suppress(ConnectionError):
        while one.recv(4096):
            pass
    return True


def test_the_data_folder_is_shut_to_other_accounts_at_the_start(guarded: Served) -> None:
    for place in (guarded.data, guarded.data / "web", guarded.data / "web" / "lifts"):
        assert stat.S_IMODE(place.stat().st_mode) == 0o700, place
    for name in ("x", "web.sqlite", "password.hash"):
        assert stat.S_IMODE((guarded.data / "web" / name).stat().st_mode) == 0o600, name


def test_nobody_s_word_on_addresses_gets_round_the_limit_of_guesses(guarded: Served) -> None:
    said = []
    for number in range(GUESSES + 1):
        said.append(
            guarded.ask("/login", b"password=wrong", **{"X-Forwarded-For": f"10.0.0.{number}"})[0]
        )
    assert said == [401] * GUESSES + [429]
    log = (guarded.data / "web" / "signins.log").read_text()
    assert "wrong password from 127.0.0.1" in log
    assert "10.0.0." not in log


@pytest.mark.parametrize(
    ("proxies", "client", "scheme"),
    [((), "127.0.0.1", "http"), (("10.9.9.9",), "127.0.0.1", "http"),
     (("127.0.0.1",), "10.0.0.7", "https")],
)  # fmt: skip
def test_forwarded_headers_count_from_a_proxy_that_was_named_and_nobody_else(
    tmp_path: Path, proxies: tuple[str, ...], client: str, scheme: str
) -> None:
    told: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        told.append((scope["client"][0], scope["scheme"]))

    config, _ = server._config(app, Options(tmp_path, proxies=proxies))
    config.load()
    headers = [(b"x-forwarded-for", b"10.0.0.7"), (b"x-forwarded-proto", b"https")]
    scope = {
        "type": "http", "client": ("127.0.0.1", 5), "scheme": "http", "headers": headers,
    }  # fmt: skip
    run(config.loaded_app(scope, None, None))
    assert told == [(client, scheme)]


def test_idle_and_half_open_connections_are_closed_and_shut_nobody_out(guarded: Served) -> None:
    half = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: "
    began = time.monotonic()
    with sockets(guarded, 280) as idle, sockets(guarded, 150, half) as hanging:
        assert len(idle) + len(hanging) > MOST
        assert guarded.ask("/login")[0] == 200  # while all of them are there
        for one in (idle[-1], hanging[-1]):
            one.settimeout(4 * HEAD_S)
            assert closed(one)
    assert time.monotonic() - began < 6 * HEAD_S


def test_a_greedy_body_is_refused_before_it_is_read(guarded: Served) -> None:
    head = (
        "POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Length: {900 << 20}\r\nContent-Type: text/plain\r\n\r\n"
    )
    with sockets(guarded, 1, head.encode()) as (one,):
        one.settimeout(PATIENCE_S)
        assert b" 413 " in one.recv(4096).partition(b"\r\n")[0]
    assert LARGEST_ACT < 1 << 20


def test_a_certificate_of_its_own_brings_the_host_cookie_and_no_promise(
    start: Start, tmp_path: Path
) -> None:
    set_password(tmp_path / "web", PASSWORD)
    site = start(tmp_path, "--self-signed")
    trusting = ssl.create_default_context(cafile=str(tmp_path / "web" / "own.crt"))
    request = urllib.request.Request(f"{site.address}/login", data=f"password={PASSWORD}".encode())
    request.add_header("X-Forwarded-Proto", "http")  # which nobody's word changes into plain http

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trusting), Stay)
    with pytest.raises(urllib.error.HTTPError) as answer:
        opener.open(request, timeout=PATIENCE_S)
    assert answer.value.code == 303
    cookie = answer.value.headers["set-cookie"]
    assert cookie.startswith(f"{SECURE_COOKIE}=")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "Path=/"))
    assert "Domain" not in cookie
    assert HSTS not in str(answer.value.headers)
    answer.value.close()
    site.stop()


class Wire:
    """Stands for a connection from an address."""

    def __init__(self, address: str) -> None:
        self.address, self.gone = address, False

    def get_extra_info(self, _: str) -> tuple[str, int]:
        return self.address, 1

    def is_closing(self) -> bool:
        return self.gone

    def abort(self) -> None:
        self.gone = True


def test_one_address_has_so_many_connections_and_a_proxy_as_many_as_there_are() -> None:
    limiter = ConnectionLimiter(("10.0.0.1",))
    working: Any = SimpleNamespace(waits_since=0.0)

    def admit(address: str) -> bool:
        wire: Any = Wire(address)
        return limiter.admit(working, wire)

    assert all(admit("10.0.0.2") for _ in range(MOST_AN_ADDRESS))
    assert not admit("10.0.0.2")
    assert all(admit("10.0.0.1") for _ in range(MOST - MOST_AN_ADDRESS))
    assert not admit("10.0.0.3")  # all places are taken by somebody who is being served


def test_whoever_says_nothing_for_longest_makes_room() -> None:
    limiter = ConnectionLimiter(("10.0.0.1",))
    wires = [Wire("10.0.0.1") for _ in range(MOST + 1)]
    for number, wire in enumerate(wires):
        silent: Any = SimpleNamespace(waits_since=1.0 + number)
        there: Any = wire
        assert limiter.admit(silent, there)
    assert [wire.gone for wire in wires] == [True] + [False] * MOST


FILM = b"\x00\x00\x00\x20ftypisom"


async def pieces(count: int, size: int = 1 << 20) -> Any:
    for number in range(count):
        yield FILM + bytes(size - len(FILM)) if number == 0 else bytes(size)


def run(coroutine: Any) -> Any:
    """Run a coroutine in a thread of its own: a browser's tests leave a loop in this one."""
    import asyncio

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result(PATIENCE_S)


def test_the_reserve_is_kept_while_many_write(
    lift_store: LiftStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty uploads at once, each of which alone would fit: the disk is looked at as they grow."""
    room = upload.SPARE + (60 << 20)

    def usage(_: object) -> SimpleNamespace:
        return SimpleNamespace(
            free=room - sum(f.stat().st_size for f in lift_store.folder.rglob("*.mp4"))
        )

    monkeypatch.setattr(upload.shutil, "disk_usage", usage)
    least, lock = [room], threading.Lock()

    async def all_at_once() -> list[int]:
        import asyncio

        async def one() -> int:
            try:
                await receive_clip(
                    lift_store, "a.mp4", {}, pieces(10), largest=1 << 30, announced=None
                )
            except Refused as error:
                return error.status
            finally:
                with lock:
                    least.append(usage(None).free)
            return 201

        return await asyncio.gather(*(one() for _ in range(20)))

    statuses = run(all_at_once())
    assert set(statuses) == {201, 507}
    # Each looks every 4 MiB: what is over the line is less than that for each that writes.
    assert min(least) >= upload.SPARE - 20 * upload.CHECK_EVERY
    assert len(list(lift_store.folder.rglob("*.mp4"))) == statuses.count(201)


def test_what_others_have_announced_counts_as_taken(
    lift_store: LiftStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = upload.SPARE + (30 << 20)
    monkeypatch.setattr(upload.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    with (
        upload._under_way(20 << 20),
        pytest.raises(Refused, match="no room left") as told,
    ):
        run(receive_clip(lift_store, "a.mp4", {}, pieces(1), largest=1 << 30, announced=20 << 20))
    assert told.value.status == 507


def test_a_disk_that_is_full_in_the_middle_is_told(
    lift_store: LiftStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(upload, "_write", full)
    with pytest.raises(Refused, match="no room left"):
        run(receive_clip(lift_store, "a.mp4", {}, pieces(1), largest=1 << 30, announced=None))
    assert not list((lift_store.folder / "lifts").iterdir())


def test_fifty_uploads_at_once_all_arrive(start: Start, tmp_path: Path) -> None:
    site = start(tmp_path)
    body = FILM + os.urandom(200_000)

    def add(number: int) -> int:
        return site.ask(f"/api/lifts?name={number}.mp4", body)[0]

    with ThreadPoolExecutor(50) as pool:
        assert list(pool.map(add, range(50))) == [201] * 50
    assert len(json.loads(site.ask("/api/lifts")[1])) == 50
    clips = list((tmp_path / "web" / "lifts").glob("*/clip/lift.mp4"))
    assert len(clips) == 50
    assert all(clip.read_bytes() == body for clip in clips)
    site.stop()
