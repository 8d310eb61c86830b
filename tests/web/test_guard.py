"""The guard: which requests come through, and what every answer carries."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from backline.errors import UsageError
from backline.web import options, passwords
from backline.web.guard import COOKIE, HEADERS, Guard, session_of
from backline.web.options import Options, is_loopback
from backline.web.passwords import Doorkeeper, set_password
from tests.deadlines import PATIENCE_S

PASSWORD = "correct horse battery"


def through(
    guard: Guard, path: str = "/", method: str = "GET", kind: str = "http", **headers: str
) -> dict[str, Any]:
    """Send one request, and return what came back; ``reached`` says whether it got through."""
    sent: list[Any] = []
    told = {"host": "127.0.0.1:8080"} | {k.replace("_", "-"): v for k, v in headers.items()}
    scope = {
        "type": kind, "path": path, "method": method,
        "headers": [(k.encode(), v.encode()) for k, v in told.items()],
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    with ThreadPoolExecutor(1) as pool:  # a browser's tests leave a loop running in this thread
        pool.submit(asyncio.run, guard(scope, receive, send)).result(PATIENCE_S)
    found = {k.decode(): v.decode() for k, v in sent[0].get("headers", [])}
    return {**sent[0], "headers": found, "body": sent[-1].get("body", b"")}


async def behind(_: Any, __: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"behind"})


@pytest.fixture
def opened(tmp_path: Path) -> Guard:
    """Without a password, on this machine."""
    return Guard(behind, Options(tmp_path), Doorkeeper(tmp_path))


@pytest.fixture
def guarded(tmp_path: Path) -> Guard:
    """With a password, for everybody in the gym."""
    set_password(tmp_path, PASSWORD)
    return Guard(behind, Options(tmp_path, host="0.0.0.0"), Doorkeeper(tmp_path))


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "localhost:1", "[::1]:8080"])
def test_this_machine_s_own_names_come_through(opened: Guard, host: str) -> None:
    assert through(opened, host=host)["status"] == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example",
                                  "192.168.0.7:8080", "", "localhost.evil.example"])  # fmt: skip
def test_without_a_password_another_host_is_refused(opened: Guard, host: str) -> None:
    answer = through(opened, host=host)
    assert answer["status"] == 421
    assert b"this machine only" in answer["body"]
    assert through(opened, kind="websocket", host=host)["type"] == "websocket.close"


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9"])
def test_what_another_website_sends_is_not_carried_out(opened: Guard, origin: str) -> None:
    assert through(opened, method="POST", origin=origin)["status"] == 403
    assert through(opened, kind="websocket", origin=origin)["type"] == "websocket.close"
    own = {"origin": "http://127.0.0.1:8080"}
    assert through(opened, method="POST", **own)["status"] == 200


def test_a_cross_site_form_is_refused_without_an_origin_too(opened: Guard) -> None:
    assert through(opened, method="POST", sec_fetch_site="cross-site")["status"] == 403
    assert through(opened, method="POST", sec_fetch_site="same-origin")["status"] == 200


def test_every_answer_carries_the_security_headers(opened: Guard) -> None:
    for answer in (through(opened), through(opened, host="evil.example")):
        assert HEADERS.items() <= answer["headers"].items()
    policy = HEADERS["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy  # no other place is named
    assert "*" not in policy


def test_without_a_session_a_page_leads_to_the_log_in_and_all_else_is_refused(
    guarded: Guard,
) -> None:
    page = through(guarded, host="192.168.0.7", accept="text/html")
    assert (page["status"], page["headers"]["location"]) == (303, "/login")
    assert through(guarded, "/api/lifts", accept="application/json")["status"] == 401
    assert through(guarded, kind="websocket")["type"] == "websocket.close"
    assert through(guarded, "/login")["status"] == 200


def test_a_session_opens_every_door_until_it_is_ended(guarded: Guard) -> None:
    token = guarded.door.try_password(PASSWORD, "a")
    cookie = f"other=1; {COOKIE}={token}"
    assert through(guarded, "/api/lifts", cookie=cookie)["status"] == 200
    assert through(guarded, "/api/lifts", cookie=f"{COOKIE}=guess")["status"] == 401
    guarded.door.end(token)
    assert through(guarded, "/api/lifts", cookie=cookie)["status"] == 401


def test_a_pairing_link_works_once(guarded: Guard) -> None:
    code = guarded.door.new_pairing()
    assert guarded.door.knows(guarded.door.pair(code))
    assert guarded.door.pair(code) is None
    assert guarded.door.pair("") is None


def test_a_pairing_link_runs_out(guarded: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "PAIRING_S", -1.0)
    assert guarded.door.pair(guarded.door.new_pairing()) is None


def test_after_five_wrong_passwords_not_even_the_right_one_counts(guarded: Guard) -> None:
    for _ in range(passwords.GUESSES):
        assert guarded.door.try_password("wrong password", "a") is None
    with pytest.raises(UsageError, match="Too many"):
        guarded.door.try_password(PASSWORD, "a")
    assert guarded.door.try_password(PASSWORD, "b") is not None  # from another address


def test_the_password_is_kept_as_an_argon2_hash_for_its_owner_alone(tmp_path: Path) -> None:
    set_password(tmp_path, PASSWORD)
    file = tmp_path / passwords.HASH_NAME
    assert file.read_text().startswith("$argon2id$")
    assert PASSWORD not in file.read_text()
    assert file.stat().st_mode & 0o077 == 0


def test_a_short_password_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="8 or more"):
        set_password(tmp_path, "short")
    assert not Doorkeeper(tmp_path).guarded


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("[::1]", True),
     ("localhost", True), ("0.0.0.0", False), ("10.0.0.1", False), ("example.org", False)],
)  # fmt: skip
def test_which_addresses_mean_this_machine_alone(host: str, own: bool) -> None:
    assert is_loopback(host) is own


class Wire:
    """Stands for a socket: this machine is 192.168.1.20 in its network, or in none."""

    connected = True

    def __init__(self, *_: object) -> None: ...

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None: ...

    def connect(self, _: object) -> None:
        if not self.connected:
            raise OSError("no network")

    def getsockname(self) -> tuple[str, int]:
        return "192.168.1.20", 5


@pytest.mark.parametrize(
    ("host", "connected", "shown"),
    [("0.0.0.0", True, "192.168.1.20"), ("::", True, "192.168.1.20"),
     ("0.0.0.0", False, "0.0.0.0"), ("gym.local", True, "gym.local"),
     ("127.0.0.1", True, "127.0.0.1")],
)  # fmt: skip
def test_a_phone_is_shown_an_address_that_it_can_open(
    host: str, connected: bool, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Wire, "connected", connected)
    monkeypatch.setattr(options.socket, "socket", Wire)
    assert options.shown_host(host) == shown


@pytest.mark.parametrize("cookies", ["", "a=b", f"{COOKIE}", "\x00;;="])
def test_a_cookie_header_without_a_session_gives_none(cookies: str) -> None:
    assert not session_of(cookies)
