"""The first page: all lifts, with the progress of their jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nicegui import ui

from backline.web.lift_store import State, StoredLift
from backline.web.pages.shell import html, shell
from backline.web.rendering import render
from backline.web.texts import say
from backline.web.view import THUMB, in_words

if TYPE_CHECKING:
    from backline.web.site import Site

POLL_EVERY_S = 1.0  # seconds between updates of the list of jobs


class LiftList:
    """The list, kept up to date: only changed rows are drawn again.

    Parameters
    ----------
    site : Site
        The app.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.shape: list[tuple[str, State, int, str | None]] = []
        self.progress: dict[str, ui.html] = {}
        self.box = ui.element("div").props("id=lifts")
        self.show()
        ui.timer(POLL_EVERY_S, self.show)

    def show(self) -> None:
        """Update the list."""
        store = self.site.lift_store
        entries = [in_words(store.view(one.id), one) for one in store.entries()]
        shape = [(one.id, one.state, one.version, one.headline) for one in entries]
        if shape != self.shape or not entries:
            self.shape = shape
            self._draw(entries)
        for one in entries:
            if one.id in self.progress:
                self.progress[one.id].set_content(render("progress.html", lift=one))

    def _draw(self, entries: list[StoredLift]) -> None:
        if not entries and self.box.default_slot.children:
            return
        self.box.clear()
        self.progress = {}
        with self.box:
            if not entries:
                html(render("lifts_empty.html"))
                return
            with ui.element("ul").classes("lift-list"):
                for one in entries:
                    with ui.element("li").classes("panel lift-row").props(f"data-lift={one.id}"):
                        pictured = (self.site.lift_store.view(one.id) / THUMB).is_file()
                        html(render("lift_row.html", lift=one, pictured=pictured))
                        if one.busy:
                            self.progress[one.id] = html(render("progress.html", lift=one))


def register(site: Site) -> None:
    """Register the page."""

    @ui.page("/")
    def lifts() -> None:
        with shell(site, "/", say("lifts.title")):
            html(render("lifts_title.html", count=site.lift_store.count()))
            LiftList(site)
            deleted = site.lift_store.entries(deleted=True)
            gone = [in_words(site.lift_store.view(one.id), one) for one in deleted]
            if gone:
                html(render("bin.html", gone=gone))
