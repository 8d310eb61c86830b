"""Log in, pair a phone, log out, where a password is set."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from backline.errors import UsageError
from backline.web.authentication import SESSION_S
from backline.web.middleware import COOKIE, SECURE_COOKIE, session_of
from backline.web.rendering import render
from backline.web.texts import say

if TYPE_CHECKING:
    from backline.web.site import Site

LONGEST_FORM = 4096
"""Bytes of a log-in form."""


def login_routes(site: Site) -> APIRouter:
    """Return the routes of logging in and out."""
    api = APIRouter()

    @api.get("/login")
    def ask() -> Response:
        """Ask for the password."""
        return _page("")

    @api.post("/login")
    async def log_in(request: Request) -> Response:
        """Log in with the password."""
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > LONGEST_FORM:
                return _page(say("login.wrong"), 413)
        password = parse_qs(body.decode("utf-8", "replace")).get("password", [""])[0]
        address = _address(request)
        try:
            token = await run_in_threadpool(site.authenticator.try_password, password, address)
        except UsageError as error:
            return _page(str(error), 429)
        return _in(request, token) if token else _page(say("login.wrong"), 401)

    @api.get("/pair")
    def pair(request: Request, code: str = "") -> Response:
        """Log in the phone that read the QR code, to film with it; the code is then invalid."""
        token = site.authenticator.pair(code, _address(request))
        if not token:
            return _page(say("login.paired"), 401)
        return let_in(RedirectResponse("/add", status_code=303), request, token)

    @api.post("/logout")
    def log_out(request: Request) -> Response:
        """Close this browser's session."""
        secure = request.url.scheme == "https"
        token = session_of(request.headers.get("cookie", ""), secure=secure)
        site.authenticator.end(token, _address(request))
        answer = RedirectResponse("/login", status_code=303)
        answer.delete_cookie(SECURE_COOKIE if secure else COOKIE, secure=secure)
        return answer

    return api


def _page(error: str, status: int = 200) -> Response:
    return HTMLResponse(render("login.html", error=error), status, {"cache-control": "no-store"})


def _in(request: Request, token: str) -> Response:
    return let_in(RedirectResponse("/", status_code=303), request, token)


def let_in(answer: Response, request: Request, token: str) -> Response:
    """Return a response that gives its browser a session."""
    secure = request.url.scheme == "https"
    answer.set_cookie(
        SECURE_COOKIE if secure else COOKIE, token, max_age=int(SESSION_S), httponly=True,
        samesite="lax", secure=secure,
    )  # fmt: skip
    return answer


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
