"""Add a lift: choose, drop or film clips, and say what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nicegui import ui

from backline.report.filming_guide import advice
from backline.web.options import MEBIBYTE
from backline.web.pages.lifts import LiftList
from backline.web.pages.shell import html, script, shell
from backline.web.rendering import render
from backline.web.texts import say

if TYPE_CHECKING:
    from backline.web.site import Site


def register(site: Site) -> None:
    """Register the page."""

    @ui.page("/add")
    def add() -> None:
        known = sorted({one.lifter for one in site.lift_store.entries() if one.lifter})
        limit = site.options.largest_upload // MEBIBYTE
        with shell(site, "/add", say("add.title")):
            html(render("add.html", known=known, limit=limit, advice=advice()))
            LiftList(site)
        script("add.js")
