"""``backline serve``: the web app, on this machine."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from backline.errors import UsageError

if TYPE_CHECKING:
    from backline.web.options import Options
    from backline.web.site import Site

PASSWORD_VARIABLE = "BACKLINE_PASSWORD"
"""Environment variable that --set-password reads, where nobody can be asked."""


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than this machine need a password.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free one.")] = 8080,
    set_password: Annotated[
        bool, typer.Option("--set-password", help="Ask for a password, keep its hash, and stop.")
    ] = False,
    tls_cert: Annotated[Path | None, typer.Option(metavar="FILE", help="For https: PEM.")] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar="FILE", help="Its key: PEM.")] = None,
    self_signed: Annotated[
        bool, typer.Option("--self-signed", help="For https: make and keep a certificate.")
    ] = False,
    largest_mb: Annotated[int, typer.Option(min=1, help="Largest clip, MB.")] = 2048,
    workers: Annotated[int, typer.Option(min=1, max=16, help="Lifts analysed at a time.")] = 1,
    proxy: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="A reverse proxy of yours, whose headers count."),
    ] = None,
    language: Annotated[
        Literal["auto", "en", "de", "es"],
        typer.Option(help="Of the pages; auto is what each browser prefers."),
    ] = "auto",
) -> int:
    """Open the web app: add lifts, see them, compare, follow. Nothing leaves this machine."""
    from backline.user_dirs import data_folder
    from backline.web.options import MEBIBYTE, Options, shown_host

    folder = data_folder() / "web"
    if set_password:
        return _set_password(folder)
    if (tls_cert is None) != (tls_key is None):
        raise UsageError("--tls-cert and --tls-key belong together: give both, or neither.")
    for file in (tls_cert, tls_key):
        if file is not None and not file.is_file():
            raise UsageError(f"there is no file '{file}': check its name.")
    if self_signed:
        from backline.web.certificate import own_certificate

        tls_cert, tls_key = own_certificate(folder, shown_host(host))
    os.umask(0o077)  # what the server and its jobs write is for this account alone
    options = Options(
        folder, host, port, largest_mb * MEBIBYTE, workers, certificate=tls_cert, key=tls_key,
        self_signed=self_signed, proxies=_addresses(proxy or []), language=language,
    )  # fmt: skip
    from backline.web.server import serve as run

    run(options, lambda address, site: _say(address, site, options))
    return 0


def _addresses(named: list[str]) -> tuple[str, ...]:
    """Return the addresses of proxies, which must be addresses: a name could come to mean others.

    Raises
    ------
    UsageError
        If one is none.
    """
    import ipaddress

    for one in named:
        try:
            ipaddress.ip_address(one)
        except ValueError:
            raise UsageError(
                f"--proxy is '{one}', expected the proxy's address, for example 192.168.1.5."
            ) from None
    return tuple(named)


def _say(address: str, site: Site, options: Options) -> None:
    typer.echo(f"Backline is open at {address} (Ctrl-C stops it).")
    if options.loopback:
        return
    import segno

    if options.certificate is None:
        typer.echo("Without --self-signed or a certificate, others in the network can listen in.")
    link = f"{address}/pair?code={site.authenticator.new_pairing()}"
    typer.echo(f"For a phone, once, within ten minutes: {link}")
    segno.make(link).terminal(out=sys.stdout, compact=True)


def _set_password(folder: Path) -> int:
    try:
        from backline.web.authentication import set_password

        password = os.environ.get(PASSWORD_VARIABLE) or getpass.getpass("New password: ")
        set_password(folder, password)
    except ImportError:
        from backline.errors import MissingExtraError

        raise MissingExtraError("The web app", "web") from None
    typer.echo("The password is set: backline serve asks every browser for it from now on.")
    return 0
