"""The phone page: a link and a QR code, after confirmation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nicegui import ui

from backline.web.authentication import LEAST_LENGTH, PAIRING_S
from backline.web.pages.shell import html, script, shell
from backline.web.rendering import render
from backline.web.texts import say

if TYPE_CHECKING:
    from backline.web.site import Site


def register(site: Site) -> None:
    """Register the page."""

    @ui.page("/phone")
    def phone() -> None:
        with shell(site, "", say("phone.title")):
            address = site.phone.address
            link = f"{address}/pair?code={site.authenticator.new_pairing()}" if address else ""
            html(
                render(
                    "phone.html",
                    link=link,
                    code=_qr(link) if link else "",
                    guarded=site.authenticator.guarded,
                    least=LEAST_LENGTH,
                    by_itself=site.phone.by_itself,
                    minutes=round(PAIRING_S / 60),
                    safe=link.startswith("https"),
                )
            )
        script("phone.js")


def _qr(link: str) -> str:
    """Return a link as a QR code: an SVG as a data address."""
    import segno

    made: str = segno.make(link, error="m").svg_data_uri(scale=6, border=3, light="#fff")
    return made
