"""The guard: which requests come through, and what every answer carries."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from backline.errors import UsageError
from backline.web import authentication, options, request_bodies, signins
from backline.web.authentication import Authenticator, set_password
from backline.web.middleware import (
    COOKIE,
    HEADERS,
    SECURE_COOKIE,
    GuardMiddleware,
    policy_for,
    session_of,
)
from backline.web.options import Options, is_loopback
from backline.web.upload import Refused
from tests.deadlines import PATIENCE_S

PASSWORD = "correct horse battery"


def through(
    guard: GuardMiddleware,
    path: str = "/",
    method: str = "GET",
    kind: str = "http",
    scheme: str = "http",
    body: tuple[bytes, ...] = (),
    wait_s: float = 0.0,
    **headers: str,
) -> dict[str, Any]:
    """Send one request, and return what came back; ``reached`` says whether it got through."""
    sent: list[Any] = []
    told = {"host": "127.0.0.1:8080"} | {k.replace("_", "-"): v for k, v in headers.items()}
    scope = {
        "type": kind, "path": path, "method": method, "scheme": scheme,
        "headers": [(k.encode(), v.encode()) for k, v in told.items()],
    }  # fmt: skip

    pieces = list(body)

    async def receive() -> dict[str, Any]:
        if kind == "websocket":
            return {"type": "websocket.connect"}
        await asyncio.sleep(wait_s)
        piece = pieces.pop(0) if pieces else b""
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

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
def opened(tmp_path: Path) -> GuardMiddleware:
    """Without a password, on this machine."""
    return GuardMiddleware(behind, Options(tmp_path), Authenticator(tmp_path))


@pytest.fixture
def guarded(tmp_path: Path) -> GuardMiddleware:
    """With a password, for everybody in the gym."""
    set_password(tmp_path, PASSWORD)
    return GuardMiddleware(behind, Options(tmp_path, host="0.0.0.0"), Authenticator(tmp_path))


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "localhost:1", "[::1]:8080"])
def test_this_machine_s_own_names_come_through(opened: GuardMiddleware, host: str) -> None:
    assert through(opened, host=host)["status"] == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example",
                                  "192.168.0.7:8080", "", "localhost.evil.example"])  # fmt: skip
def test_without_a_password_another_host_is_refused(opened: GuardMiddleware, host: str) -> None:
    answer = through(opened, host=host)
    assert answer["status"] == 421
    assert b"this machine only" in answer["body"]
    assert through(opened, kind="websocket", host=host)["type"] == "websocket.close"


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9"])
def test_what_another_website_sends_is_not_carried_out(
    opened: GuardMiddleware, origin: str
) -> None:
    assert through(opened, method="POST", origin=origin)["status"] == 403
    assert through(opened, kind="websocket", origin=origin)["type"] == "websocket.close"
    own = {"origin": "http://127.0.0.1:8080"}
    assert through(opened, method="POST", **own)["status"] == 200


def test_a_cross_site_form_is_refused_without_an_origin_too(opened: GuardMiddleware) -> None:
    assert through(opened, method="POST", sec_fetch_site="cross-site")["status"] == 403
    assert through(opened, method="POST", sec_fetch_site="same-origin")["status"] == 200


def test_every_answer_carries_the_security_headers(opened: GuardMiddleware) -> None:
    for answer in (through(opened), through(opened, host="evil.example")):
        assert HEADERS.items() <= answer["headers"].items()
        assert answer["headers"]["cache-control"] == "no-store"
        policy = answer["headers"]["content-security-policy"]
        assert "default-src" in policy
        assert "http" not in policy  # no other place is named
        assert "*" not in policy


@pytest.mark.parametrize(
    ("path", "kind", "lax"),
    [("/", "text/html; charset=utf-8", True), ("/learn", "text/html", True),
     ("/login", "text/html", False), ("/api/lifts", "application/json", False),
     ("/assets/app.js", "text/javascript", False), ("/lifts/x/view.json", "", False)],
)  # fmt: skip
def test_only_nicegui_s_own_pages_may_run_scripts_that_stand_in_them(
    path: str, kind: str, lax: bool
) -> None:
    policy = policy_for(path, kind)
    assert ("unsafe-eval" in policy, "unsafe-inline" in policy) == (lax, lax)


def test_a_saved_report_may_talk_to_nobody() -> None:
    policy = policy_for("/lifts/x/files/report.html", "text/html")
    assert "default-src 'none'" in policy
    assert "connect-src" not in policy
    assert "unsafe-eval" not in policy


@pytest.mark.parametrize(("self_signed", "told"), [(False, True), (True, False)])
def test_https_is_kept_for_a_year_where_browsers_trust_the_certificate(
    tmp_path: Path, self_signed: bool, told: bool
) -> None:
    guard = GuardMiddleware(
        behind, Options(tmp_path, self_signed=self_signed), Authenticator(tmp_path)
    )
    assert ("strict-transport-security" in through(guard, scheme="https")["headers"]) is told
    assert "strict-transport-security" not in through(guard)["headers"]


def test_without_a_session_a_page_leads_to_the_log_in_and_all_else_is_refused(
    guarded: GuardMiddleware,
) -> None:
    page = through(guarded, host="192.168.0.7", accept="text/html")
    assert (page["status"], page["headers"]["location"]) == (303, "/login")
    assert through(guarded, "/api/lifts", accept="application/json")["status"] == 401
    assert through(guarded, kind="websocket")["type"] == "websocket.close"
    assert through(guarded, "/login")["status"] == 200


def test_a_session_opens_every_door_until_it_is_ended(guarded: GuardMiddleware) -> None:
    token = guarded.authenticator.try_password(PASSWORD, "a")
    cookie = f"other=1; {COOKIE}={token}"
    assert through(guarded, "/api/lifts", cookie=cookie)["status"] == 200
    assert through(guarded, "/api/lifts", cookie=f"{COOKIE}=guess")["status"] == 401
    guarded.authenticator.end(token)
    assert through(guarded, "/api/lifts", cookie=cookie)["status"] == 401


def test_over_https_only_the_cookie_that_comes_no_other_way_counts(
    guarded: GuardMiddleware,
) -> None:
    token = guarded.authenticator.try_password(PASSWORD, "a")
    plain, secure = f"{COOKIE}={token}", f"{SECURE_COOKIE}={token}"
    assert SECURE_COOKIE.startswith("__Host-")
    assert through(guarded, "/api/lifts", scheme="https", cookie=secure)["status"] == 200
    assert through(guarded, "/api/lifts", scheme="https", cookie=plain)["status"] == 401
    assert through(guarded, "/api/lifts", cookie=secure)["status"] == 401


def test_a_new_password_reaches_a_running_server_and_ends_its_sessions(
    guarded: GuardMiddleware, tmp_path: Path
) -> None:
    token, code = (
        guarded.authenticator.try_password(PASSWORD, "a"),
        guarded.authenticator.new_pairing(),
    )
    set_password(tmp_path, "another long password")
    assert not guarded.authenticator.knows(token)
    assert guarded.authenticator.pair(code) is None
    assert guarded.authenticator.try_password(PASSWORD, "a") is None
    assert guarded.authenticator.knows(
        guarded.authenticator.try_password("another long password", "a")
    )


def test_a_first_password_closes_a_door_that_was_open(
    opened: GuardMiddleware, tmp_path: Path
) -> None:
    assert through(opened, "/api/lifts")["status"] == 200
    set_password(tmp_path, PASSWORD)
    assert through(opened, "/api/lifts")["status"] == 401


def test_a_password_that_is_lost_opens_no_door(guarded: GuardMiddleware, tmp_path: Path) -> None:
    (tmp_path / authentication.HASH_NAME).unlink()
    assert through(guarded, "/api/lifts")["status"] == 401


def test_a_session_ends_when_it_is_idle_and_in_any_case(
    guarded: GuardMiddleware, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(authentication.time, "monotonic", lambda: now)
    token = guarded.authenticator.new_session()
    now += authentication.IDLE_S - 1
    assert guarded.authenticator.knows(token)  # and that is a use of it
    now += authentication.IDLE_S - 1
    assert guarded.authenticator.knows(token, used=False)
    now += 2
    assert not guarded.authenticator.knows(token)
    token = guarded.authenticator.new_session()
    for _ in range(int(authentication.SESSION_S // 600)):
        assert guarded.authenticator.knows(token)
        now += 600
    assert not guarded.authenticator.knows(token)


def test_a_socket_is_not_heard_any_more_once_its_session_has_ended(
    guarded: GuardMiddleware,
) -> None:
    token = guarded.authenticator.try_password(PASSWORD, "a")
    sent: list[Any] = []

    async def talk() -> list[str]:
        async def receive() -> dict[str, Any]:
            return {"type": "websocket.receive", "text": '42["event"]'}

        async def send(message: Any) -> None:
            sent.append(message)

        hear = guarded._while_known(token, receive, send)
        first = await hear()
        guarded.authenticator.end(token)
        return [str(first["type"]), str((await hear())["type"])]

    with ThreadPoolExecutor(1) as pool:
        heard = pool.submit(asyncio.run, talk()).result(60)
    assert heard == ["websocket.receive", "websocket.disconnect"]
    assert sent[0]["type"] == "websocket.close"


def test_who_came_in_and_who_did_not_is_logged_without_names(
    guarded: GuardMiddleware, tmp_path: Path
) -> None:
    authenticator = guarded.authenticator
    for _ in range(authentication.GUESSES):
        authenticator.try_password("wrong password", "10.0.0.7")
    with pytest.raises(UsageError):
        authenticator.try_password("wrong password", "10.0.0.7")
    token = authenticator.try_password(PASSWORD, "10.0.0.8")
    authenticator.end(token, "10.0.0.8")
    authenticator.pair("guess", "10.0.0.9")
    authenticator.pair(authenticator.new_pairing(), "10.0.0.9")
    log = tmp_path / signins.NAME
    lines = [line.split(" ", 1)[1] for line in log.read_text().splitlines()]
    assert lines == [
        "password set", *["wrong password from 10.0.0.7"] * authentication.GUESSES,
        "too many wrong passwords from 10.0.0.7", "in by password from 10.0.0.8",
        "out from 10.0.0.8", "wrong or old pairing link from 10.0.0.9",
        "in by pairing link from 10.0.0.9",
    ]  # fmt: skip
    assert log.stat().st_mode & 0o077 == 0


def test_many_addresses_together_have_no_more_guesses(
    guarded: GuardMiddleware, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authentication, "ALL_GUESSES", 8)
    for number in range(8):
        assert guarded.authenticator.try_password("wrong password", f"10.0.0.{number}") is None
    with pytest.raises(UsageError, match="Too many"):
        guarded.authenticator.try_password(PASSWORD, "10.0.0.9")


@pytest.mark.parametrize("path", ["/api/lifts/x/judge", "/login", "/nowhere"])
def test_a_body_longer_than_its_address_needs_is_refused(
    opened: GuardMiddleware, path: str
) -> None:
    most = request_bodies.LARGEST_ACT
    told = through(opened, path, "POST", content_length=str(900 << 20))
    assert told["status"] == 413
    assert told["headers"]["connection"] == "close"
    pieces = (b"x" * 1000,) * (most // 1000 + 1)
    assert through(opened, path, "POST", body=pieces, transfer_encoding="chunked")["status"] == 413
    assert through(opened, path, "POST", body=(b"x",), content_length="1")["status"] == 200


def test_a_body_that_comes_too_slowly_is_refused(
    opened: GuardMiddleware, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_bodies, "BODY_S", 0.05)
    slow = through(
        opened, "/api/lifts/x/judge", "POST", body=(b"x",) * 50, wait_s=0.01, content_length="50"
    )
    assert slow["status"] == 408


async def reads_all(_: Any, receive: Any, send: Any) -> None:
    try:
        while (await receive()).get("more_body"):
            pass
        status = 200
    except Refused as error:
        status = error.status
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize(("name", "value"), [("SILENCE_S", 0.05), ("AFTER_S", 0.0)])
def test_an_upload_that_trickles_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: float
) -> None:
    guard = GuardMiddleware(reads_all, Options(tmp_path), Authenticator(tmp_path))
    monkeypatch.setattr(request_bodies, name, value)
    slow = through(guard, request_bodies.UPLOAD, "POST", body=(b"x",) * 3, wait_s=0.1)
    assert slow["status"] == 408
    monkeypatch.undo()
    assert through(guard, request_bodies.UPLOAD, "POST", body=(b"x",) * 3)["status"] == 200


def test_a_pairing_link_works_once(guarded: GuardMiddleware) -> None:
    code = guarded.authenticator.new_pairing()
    assert guarded.authenticator.knows(guarded.authenticator.pair(code))
    assert guarded.authenticator.pair(code) is None
    assert guarded.authenticator.pair("") is None


def test_a_pairing_link_runs_out(guarded: GuardMiddleware, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "PAIRING_S", -1.0)
    assert guarded.authenticator.pair(guarded.authenticator.new_pairing()) is None


def test_after_five_wrong_passwords_not_even_the_right_one_counts(guarded: GuardMiddleware) -> None:
    for _ in range(authentication.GUESSES):
        assert guarded.authenticator.try_password("wrong password", "a") is None
    with pytest.raises(UsageError, match="Too many"):
        guarded.authenticator.try_password(PASSWORD, "a")
    assert guarded.authenticator.try_password(PASSWORD, "b") is not None  # from another address


def test_the_password_is_kept_as_an_argon2_hash_for_its_owner_alone(tmp_path: Path) -> None:
    set_password(tmp_path, PASSWORD)
    file = tmp_path / authentication.HASH_NAME
    assert file.read_text().startswith("$argon2id$")
    assert PASSWORD not in file.read_text()
    assert file.stat().st_mode & 0o077 == 0


def test_the_longest_password_counts_to_its_last_character(tmp_path: Path) -> None:
    set_password(tmp_path, 127 * "ä" + "z")
    authenticator = Authenticator(tmp_path)
    assert authenticator.try_password(128 * "ä", "a") is None
    assert authenticator.try_password(127 * "ä" + "z", "a") is not None


def test_a_password_too_short_or_too_long_is_refused(tmp_path: Path) -> None:
    for wrong in ("short", "x" * 129):
        with pytest.raises(UsageError, match="12 or more, and at most 128"):
            set_password(tmp_path, wrong)
    assert not Authenticator(tmp_path).guarded


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
