"""The lift: the report's player and sections, with layers, judgements and corrections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from nicegui import ui

from backline.errors import UsageError
from backline.findings.sentences import name_of
from backline.web.corrections import parts_of
from backline.web.lift_store import StoredLift
from backline.web.pages.shell import html, script, shell
from backline.web.preview import PREVIEW
from backline.web.rendering import render
from backline.web.texts import say
from backline.web.view import CLIP, in_words, read_view

if TYPE_CHECKING:
    from backline.findings.finding import Kind
    from backline.reps import Lift, Phase
    from backline.web.site import Site

LOOK_EVERY_S = 0.4  # seconds between updates of the job's progress


def register(site: Site) -> None:
    """Register the page."""

    @ui.page("/lift/{lift_id}")
    def lift(lift_id: str) -> None:
        try:
            entry = site.lift_store.get(lift_id)
        except UsageError as error:
            with shell(site, "", say("lifts.title")):
                html(render("nothing.html", text=str(error)))
            return
        view = read_view(site.lift_store.view(entry.id))
        if not view and entry.version and not entry.busy:  # an older Backline drew it
            site.lift_store.enqueue(entry.id, "again")
            site.queue.wake()
            entry = site.lift_store.get(lift_id)
        entry = in_words(site.lift_store.view(entry.id), entry)
        with shell(site, "", entry.headline or entry.name):
            if not view and entry.busy:
                _first_time(site, entry)
                return
            _Job(site, entry)
            if view:
                site.queue.ready.prepare()
                _show(site, entry, view)
            else:
                _unmeasured(site, entry)


class _Job:
    """Progress of this lift's job; the page reloads when new numbers are there."""

    def __init__(self, site: Site, entry: StoredLift) -> None:
        self.site = site
        self.seen = entry
        self.words = html(render("lift_job.html", lift=entry))
        self.timer = ui.timer(LOOK_EVERY_S, self.look)

    def look(self) -> None:
        """Update the progress."""
        now = self.site.lift_store.get(self.seen.id, deleted=True)
        ended_without = self.seen.busy and not now.busy and not now.version
        if now.version != self.seen.version or ended_without:
            self.timer.cancel()
            ui.navigate.reload()
            return
        self.seen = now
        now = in_words(self.site.lift_store.view(now.id), now)
        self.words.set_content(render("lift_job.html", lift=now))


def _first_time(site: Site, entry: StoredLift) -> None:
    """Show the clip while it is analysed for the first time, with the first answer."""
    html(render("waiting.html", lift=entry))
    with ui.element("div").classes("waiting"):
        _Job(site, entry)
        html(render("waiting_clip.html", lift=entry, film=_film_of(site, entry)))


def _unmeasured(site: Site, entry: StoredLift) -> None:
    """Show why a lift has no result, and the corrections with which it may get one."""
    html(render("nothing.html", text=entry.error or say("lifts.cancelled"), lift=entry))
    corrected = entry.state == "failed" and "before" in entry.changes
    if entry.state == "stopped" or corrected:
        film = _film_of(site, entry)
        html(render("correct.html", lift=entry, view={"data": None}, refused=True, film=film))
        script("refused.js", more={"id": entry.id})


def _film_of(site: Site, entry: StoredLift) -> str:
    """Return the address of an unmeasured clip, or of its copy where browsers need one."""
    has_copy = (site.lift_store.view(entry.id) / PREVIEW).is_file()
    return f"/lifts/{entry.id}/{PREVIEW if has_copy else 'source'}"


def _show(site: Site, entry: StoredLift, view: dict[str, Any]) -> None:
    has_clip = bool(view["has_clip"]) and (site.lift_store.view(entry.id) / CLIP).is_file()
    judged = site.lift_store.judgements(entry.id)
    refused = view["verdict"] == "refused"
    film = _film_of(site, entry) if refused else ""
    html(render("lift.html", lift=entry, view=view, refused=refused, film=film))
    if refused:
        script("refused.js", more={"id": entry.id})
        return
    script(
        "lift.js",
        data=view["data"],
        more={
            "clip": f"/lifts/{entry.id}/clip.mp4?v={entry.version}" if has_clip else "",
            "layers": view["more"],
            "findings": view["findings_list"],
            "judged": {key: one for key, one in judged.items() if one["verdict"] == "accepted"},
            "rejected": _rejected(judged, view["lift"]),
            "id": entry.id,
            "load_kg": entry.load_kg or "",
            "body_mass_kg": entry.body_mass_kg or "",
            "height_cm": entry.height_cm or "",
            "lift": view["lift"],
            "side": view.get("side"),
            "drawn": [one["time_s"] for one in entry.changes.get("by_hand") or ()],
        },
    )


def _rejected(judged: dict[str, dict[str, str]], lift: Lift) -> list[dict[str, str]]:
    """Return the rejected findings in words, so that the rejection can be undone."""
    rejected = []
    for key, one in judged.items():
        if one["verdict"] == "rejected":
            kind, where, rep = parts_of(key)
            name = name_of(cast("Kind", kind), cast("Phase", where), lift, rep)
            words = say("view.of_rep", rep=rep, name=name) if rep else name
            rejected.append({"key": key, "words": words, "reason": one["reason"]})
    return rejected
