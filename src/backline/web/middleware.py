"""Checks host, origin and session of every request; adds security headers to the answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie

from backline.texts import best_language, speaking
from backline.web.authentication import Authenticator
from backline.web.options import Options, is_loopback
from backline.web.request_bodies import Message, Receive, limited
from backline.web.texts import say
from backline.web.upload import Refused

Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

COOKIE = "backline-session"
SECURE_COOKIE = f"__Host-{COOKIE}"
"""Over https: browsers take it from this very host alone, and send it over https alone."""
OPEN_PATHS = ("/login", "/pair", "/assets/page.css", "/assets/app.css", "/assets/theme.js")
"""Paths that need no session."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HEARTBEAT_PATH = "/_nicegui"
"""Path of NiceGUI's own connection; its heartbeat does not keep a session open."""
# NiceGUI's pages start from a script in the page itself, and its Vue compiles templates there,
# which needs 'unsafe-inline' and 'unsafe-eval'; nothing from anywhere else is allowed, and no text
# of a user becomes markup. Whatever is none of its pages gets one of the two policies below.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
STRICT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""For the log-in, files and answers to scripts."""
REPORT_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; media-src data: blob:; font-src data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""For a saved report, which contains its own script and makes no requests."""
HSTS = "max-age=31536000"
"""With a certificate that browsers trust: one year without plain http (RFC 6797)."""
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class GuardMiddleware:
    """ASGI middleware.

    Parameters
    ----------
    app : callable
        The app behind it.
    options : Options
        Where the server listens.
    authenticator : Authenticator
        Holds passwords and sessions.
    """

    def __init__(self, app: App, options: Options, authenticator: Authenticator) -> None:
        self.app = app
        self.options = options
        self.authenticator = authenticator

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        asked, set_one = headers.get("accept-language", ""), self.options.language
        with speaking(best_language(asked) if set_one == "auto" else set_one):
            await self._let_in(scope, receive, send, headers)

    async def _let_in(
        self, scope: Message, receive: Receive, send: Send, headers: dict[str, str]
    ) -> None:
        refusal = self._refusal(scope, headers)
        send_secured = self._with_headers(scope, send)
        if scope["type"] == "websocket":
            if refusal is not None:
                await receive()
                await send({"type": "websocket.close", "code": 4403, "reason": refusal[1][:100]})
                return
            await self.app(scope, self._while_known(_token(scope, headers), receive, send), send)
            return
        try:
            if refusal is not None:
                raise Refused(*refusal)
            body = await limited(scope, headers, receive, self.options.largest_upload)
        except Refused as error:
            await _answer(send_secured, error.status, str(error))
            return
        await self.app(scope, body, send_secured)

    def _while_known(self, token: str | None, receive: Receive, send: Send) -> Receive:
        """Receive from a web socket only while its session is open."""

        async def receive_checked() -> Message:
            message = await receive()
            if message["type"] != "websocket.receive" or not self.authenticator.guarded:
                return message
            if self.authenticator.knows(token, used=_is_user_action(message)):
                return message
            await send({"type": "websocket.close", "code": 4403, "reason": say("guard.login")})
            return {"type": "websocket.disconnect", "code": 4403}

        return receive_checked

    def _refusal(self, scope: Message, headers: dict[str, str]) -> tuple[int, str] | None:
        """Return a refusal's status and text, or None; with status 303 the text is an address."""
        host = headers.get("host", "")
        if not self.authenticator.guarded and not self._own(host):
            return 421, say("guard.host")
        origin = headers.get("origin")
        changes = scope["type"] == "websocket" or scope["method"] not in SAFE
        if changes and origin is not None and origin.split("://")[-1] != host:
            return 403, say("guard.origin")
        if changes and headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            return 403, say("guard.origin")
        path = str(scope["path"])
        if not self.authenticator.guarded or path in OPEN_PATHS:
            return None
        if self.authenticator.knows(
            _token(scope, headers), used=not path.startswith(HEARTBEAT_PATH)
        ):
            return None
        page = scope["type"] == "http" and "text/html" in headers.get("accept", "")
        return (303, "/login") if page else (401, say("guard.login"))

    def _with_headers(self, scope: Message, send: Send) -> Send:
        extra = dict(HEADERS)
        if scope.get("scheme") == "https" and not self.options.self_signed:
            extra["strict-transport-security"] = HSTS

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {k.lower(): v for k, v in message["headers"]}
                kind = there.get(b"content-type", b"").decode("latin-1")
                path = str(scope["path"])
                mine = {**extra, "content-security-policy": policy_for(path, kind)}
                if not path.startswith(("/assets/", HEARTBEAT_PATH)):
                    mine["cache-control"] = "no-store"  # it may show people
                added = [
                    (k.encode(), v.encode()) for k, v in mine.items() if k.encode() not in there
                ]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        return sent

    def _own(self, host: str) -> bool:
        """Return whether a Host header names this machine."""
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        return is_loopback(name) or name.lower() == self.options.host.lower()


def session_of(cookies: str, *, secure: bool = False) -> str | None:
    """Return the session's secret from a Cookie header.

    Parameters
    ----------
    cookies : str
        The header.
    secure : bool
        The request came over https: only the cookie that is sent over https alone counts.
    """
    try:
        found = SimpleCookie(cookies).get(SECURE_COOKIE if secure else COOKIE)
    except CookieError:
        return None
    return found.value if found else None


def _token(scope: Message, headers: dict[str, str]) -> str | None:
    secure = scope.get("scheme") in ("https", "wss")
    return session_of(headers.get("cookie", ""), secure=secure)


def _is_user_action(message: Message) -> bool:
    """Return whether a message is a user's action or a picture, and no heartbeat.

    NiceGUI's events are Socket.IO's events of that name.
    """
    text = message.get("text")
    return text is None or (text.startswith("42") and '"event"' in text[:32])


def policy_for(path: str, kind: str) -> str:
    """Return the content security policy of a response, by its path and media type."""
    if not kind.startswith("text/html") or path == "/login":
        return STRICT_POLICY
    return REPORT_POLICY if path.startswith("/lifts/") else POLICY


async def _answer(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    if status in (408, 413):  # the rest of its body is not read
        headers.append((b"connection", b"close"))
    body = b""
    if status == 303:
        headers.append((b"location", text.encode()))
    else:
        body = text.encode()
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
