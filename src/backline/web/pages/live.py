"""Live: the camera of this machine or phone, the gauge, the cue, and the last rep once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nicegui import ui

from backline.settings import Settings
from backline.web.pages.shell import html, script, shell
from backline.web.rendering import render
from backline.web.texts import group, say

if TYPE_CHECKING:
    from backline.web.site import Site

REACH_DEG = 20.0
"""Reach of the gauge to both sides, degrees."""


def register(site: Site) -> None:
    """Register the page."""

    @ui.page("/live")
    def live() -> None:
        known = sorted({one.lifter for one in site.lift_store.entries() if one.lifter})
        band = Settings().report_from_deg
        with shell(site, "/live", say("live.title")):
            html(render("live.html", known=known, reach=REACH_DEG, band=band))
        script(
            "live.js",
            live_texts=group("live"),
            live_setup={"reach_deg": REACH_DEG, "band_deg": band},
        )
