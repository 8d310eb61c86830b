"""Learn: how to film, what rounding looks like, what the numbers mean, both sides of the debate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nicegui import ui

from backline.findings.evidence import evidence
from backline.report.filming_guide import advice
from backline.web.animations import MOVES, moving_lifter
from backline.web.pages.shell import html, shell
from backline.web.rendering import render
from backline.web.texts import say

if TYPE_CHECKING:
    from backline.web.site import Site


def register(site: Site) -> None:
    """Register the page."""

    @ui.page("/learn")
    def learn() -> None:
        figures = [(kind, moving_lifter(kind)) for kind in MOVES]
        with shell(site, "/learn", say("learn.title")):
            html(render("learn.html", advice=advice(), figures=figures, entries=evidence()))
