"""The server: assembles the app and runs it until it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from importlib import resources
from importlib.util import find_spec
from typing import TYPE_CHECKING

from backline.errors import BacklineError, MissingExtraError, UsageError
from backline.storage.atomic_folder import locked_folder
from backline.web.options import Options, shown_host
from backline.web.texts import say

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

    from backline.web.connections import ConnectionLimiter
    from backline.web.middleware import App
    from backline.web.site import Site

LARGEST_MESSAGE = 4 << 20
"""Bytes of one message of a web socket: twice a picture of the Live page."""


def make_app(site: Site) -> tuple[FastAPI, App]:
    """Return the app, and the app behind its middleware, which is what a server runs.

    Raises
    ------
    MissingExtraError
        If NiceGUI is not installed.
    """
    try:
        from nicegui import ui
    except ImportError:
        raise MissingExtraError("The web app", "web") from None
    from fastapi import FastAPI

    from backline.web.live_routes import live_routes
    from backline.web.live_slot import LiveSlot
    from backline.web.login import login_routes
    from backline.web.middleware import GuardMiddleware
    from backline.web.pages import PAGES
    from backline.web.phone_routes import phone_routes
    from backline.web.routes import lift_routes, purge_now_and_then
    from backline.web.static import static_routes

    @contextlib.asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        site.queue.start()
        broom = asyncio.create_task(purge_now_and_then(site))
        yield
        broom.cancel()
        await site.phone.close()
        await slot.close()
        await asyncio.to_thread(site.queue.close)

    slot = LiveSlot(site)
    app = FastAPI(title=say("site.name"), docs_url=None, redoc_url=None, openapi_url=None,
                  lifespan=running)  # fmt: skip

    _add_error_answers(app)
    for routes in (lift_routes(site), live_routes(slot), login_routes(site), static_routes(),
                   phone_routes(site)):  # fmt: skip
        app.include_router(routes)
    for register in PAGES:
        register(site)
    icon = resources.files("backline.web").joinpath("assets/icon.svg").read_text("utf-8")

    _handle_missing_pages(site)
    ui.run_with(app, title=say("site.name"), favicon=icon, tailwind=False,
                show_welcome_message=False, language="en-US", reconnect_timeout=10)  # fmt: skip
    return app, GuardMiddleware(app, site.options, site.authenticator)


def _handle_missing_pages(site: Site) -> None:
    """Show a missing page with the navigation; answer scripts in JSON."""
    from fastapi import Request
    from fastapi.responses import JSONResponse, Response
    from nicegui import Client, ui
    from nicegui import app as nicegui_app

    from backline.web.pages.shell import html, shell
    from backline.web.rendering import render

    @nicegui_app.exception_handler(404)
    async def nowhere(request: Request, _: Exception) -> Response:
        if request.url.path.startswith(("/api/", "/lifts/", "/assets/", "/_nicegui")):
            return JSONResponse({"error": say("site.nowhere")}, 404)
        with Client(ui.page(""), request=request) as client, shell(site, "", say("site.nowhere")):
            html(render("nothing.html", text=say("site.nowhere")))
        return client.build_response(request, 404)


def _add_error_answers(app: FastAPI) -> None:
    """Answer exceptions with one sentence as JSON."""
    from fastapi import Request
    from fastapi.responses import JSONResponse, Response

    from backline.web.upload import NO_ROOM, status_of

    @app.exception_handler(BacklineError)
    def plainly(_: Request, error: BacklineError) -> Response:
        return JSONResponse({"error": str(error)}, status_of(error))

    @app.exception_handler(OSError)
    def no_room(_: Request, error: OSError) -> Response:
        full = error.errno in NO_ROOM
        text = say("upload.disk") if full else say("guard.broke")
        return JSONResponse({"error": text}, 507 if full else 500)


def serve(options: Options, ready: Callable[[str, Site], None]) -> None:
    """Serve the app until it is stopped.

    Parameters
    ----------
    options : Options
        Where, and with what limits.
    ready : callable
        Called with the address and the site as soon as the server is about to answer.

    Raises
    ------
    UsageError
        If the address is taken, others could reach it and no password is set, or another server
        works on the same folder.
    MissingExtraError
        If a part is not installed.
    """
    if find_spec("uvicorn") is None:
        raise MissingExtraError("The web app", "web")
    busy = (
        f"another backline serve already works on '{options.folder}': stop it first, or name "
        "another folder with BACKLINE_DATA."
    )
    with locked_folder(options.folder / "serving", busy):
        _serve_alone(options, ready)


def _serve_alone(options: Options, ready: Callable[[str, Site], None]) -> None:
    """Serve, while the folder is locked against other servers."""
    from backline.web.site import open_site

    site = open_site(options)
    site.lift_store.sweep()
    if not options.loopback and not site.authenticator.guarded:
        raise UsageError(
            f"at {options.host} others could reach the app, so it needs a password: run "
            "backline serve --set-password  first."
        )
    app, guarded = make_app(site)
    listening = _listen(options.host, options.port)
    port = listening.getsockname()[1]
    scheme = "https" if options.certificate else "http"
    shown = shown_host(options.host)
    host = f"[{shown}]" if ":" in shown else shown
    address = f"{scheme}://{host}:{port}"
    site.phone.attach(lambda lan: _second(app, site, lan), address)
    ready(address, site)
    try:
        asyncio.run(_run(*_config(guarded, options), listening))
    finally:
        site.queue.close()
        site.lift_store.close()
        listening.close()


def _second(app: FastAPI, site: Site, lan: Options) -> tuple[uvicorn.Server, socket.socket]:
    """Return a second server of the same app, for phones, and its socket."""
    import uvicorn

    from backline.web.middleware import GuardMiddleware

    listening = _listen(lan.host, lan.port)
    config, _ = _config(GuardMiddleware(app, lan, site.authenticator), lan)
    config.lifespan = "off"  # the first server's
    return uvicorn.Server(config), listening


def _config(guarded: App, options: Options) -> tuple[uvicorn.Config, ConnectionLimiter]:
    """Return uvicorn's configuration; only named proxies' headers on addresses are trusted."""
    import uvicorn

    from backline.web.connections import ConnectionLimiter, protocol_of

    limiter = ConnectionLimiter(("127.0.0.1", "::1", *options.proxies))
    config = uvicorn.Config(
        guarded, log_level="critical", access_log=False, server_header=False,
        ssl_certfile=options.certificate, ssl_keyfile=options.key,
        timeout_graceful_shutdown=3, http=protocol_of(limiter), ws="websockets-sansio",
        ws_max_size=LARGEST_MESSAGE, proxy_headers=bool(options.proxies),
        forwarded_allow_ips=list(options.proxies),
    )  # fmt: skip
    return config, limiter


async def _run(
    config: uvicorn.Config, limiter: ConnectionLimiter, listening: socket.socket
) -> None:
    import uvicorn

    watch = asyncio.create_task(limiter.watch())
    try:
        await uvicorn.Server(config).serve(sockets=[listening])
    finally:
        watch.cancel()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(128)  # the address can be connected to as soon as it is printed
    except OSError as error:
        made.close()
        raise UsageError(
            f"the app cannot listen at {host}:{port} ({error.strerror}): choose another port "
            "with --port, or 0 for any free one."
        ) from None
    return made
