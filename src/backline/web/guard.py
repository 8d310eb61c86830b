"""Guard: every request passes here first. Host, origin, session; and headers on the way out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from backline.web.options import Options, is_loopback
from backline.web.passwords import Doorkeeper
from backline.web.texts import say

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

COOKIE = "backline-session"
OPEN_PATHS = ("/login", "/pair", "/assets/page.css", "/assets/app.css", "/assets/theme.js")
"""What may be seen without a session."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# NiceGUI's Vue compiles templates in the page, which needs 'unsafe-eval'; nothing from anywhere
# else is allowed, and no text of a user becomes markup.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Guard:
    """ASGI middleware.

    Parameters
    ----------
    app : callable
        What lies behind.
    options : Options
        Where the server listens.
    door : Doorkeeper
        Who may come in.
    """

    def __init__(self, app: App, options: Options, door: Doorkeeper) -> None:
        self.app = app
        self.options = options
        self.door = door

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        refusal = self._refusal(scope, headers)
        if refusal is None:
            await self.app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4403, "reason": refusal[1][:100]})
        else:
            await _answer(_with_headers(send), *refusal)

    def _refusal(self, scope: Message, headers: dict[str, str]) -> tuple[int, str] | None:
        """Return status and text of a refusal, or None; status 303's text is where to go."""
        host = headers.get("host", "")
        if not self.door.guarded and not self._own(host):
            return 421, say("guard.host")
        origin = headers.get("origin")
        told = scope["type"] == "websocket" or scope["method"] not in SAFE
        if told and origin is not None and origin.split("://")[-1] != host:
            return 403, say("guard.origin")
        if told and headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            return 403, say("guard.origin")
        path = str(scope["path"])
        if not self.door.guarded or path in OPEN_PATHS:
            return None
        if self.door.knows(session_of(headers.get("cookie", ""))):
            return None
        page = scope["type"] == "http" and "text/html" in headers.get("accept", "")
        return (303, "/login") if page else (401, say("guard.login"))

    def _own(self, host: str) -> bool:
        """Tell whether a Host header names this machine: else a page elsewhere may stand behind."""
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        return is_loopback(name) or name.lower() == self.options.host.lower()


def session_of(cookies: str) -> str | None:
    """Return the session's secret from a Cookie header."""
    try:
        found = SimpleCookie(cookies).get(COOKIE)
    except CookieError:
        return None
    return found.value if found else None


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            there = {k.lower() for k, _ in message["headers"]}
            extra = [
                (k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in there
            ]
            message = {**message, "headers": [*message["headers"], *extra]}
        await send(message)

    return sent


async def _answer(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    body = b""
    if status == 303:
        headers.append((b"location", text.encode()))
    else:
        body = text.encode()
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
