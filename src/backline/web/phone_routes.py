"""Requests of the phone page: open the app to the network, and close it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from backline.errors import BacklineError
from backline.web.authentication import set_password
from backline.web.login import let_in
from backline.web.texts import say
from backline.web.upload import status_of

if TYPE_CHECKING:
    from backline.web.site import Site


def phone_routes(site: Site) -> APIRouter:
    """Return the routes of the phone's page."""
    api = APIRouter()

    @api.post("/api/phone/open")
    async def open_up(request: Request) -> Response:
        """Open the app to this network: after confirmation, with a password where none is set."""
        try:
            wanted = await request.json()
        except ValueError:
            wanted = None
        if not isinstance(wanted, dict) or wanted.get("yes") is not True:
            return JSONResponse({"error": say("phone.yes_first")}, 422)
        answer = JSONResponse({"ok": True})
        try:
            if not site.authenticator.guarded:
                password = str(wanted.get("password") or "")
                await run_in_threadpool(set_password, site.options.folder, password)
                if (
                    site.authenticator.guarded
                ):  # reads the file again: the password applies from here on
                    let_in(answer, request, site.authenticator.new_session())
            await site.phone.open()
        except BacklineError as error:
            said = JSONResponse({"error": str(error)}, status_of(error))
            said.raw_headers += [one for one in answer.raw_headers if one[0] == b"set-cookie"]
            return said
        return answer

    @api.post("/api/phone/close")
    async def close() -> Response:
        """Close it again."""
        await site.phone.close()
        return JSONResponse({"ok": True})

    return api
