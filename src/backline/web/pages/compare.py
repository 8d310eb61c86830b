"""Compare: two lifts side by side, synchronised by phase, and their cues in the record."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from nicegui import ui

from backline.errors import BacklineError
from backline.web.lift_store import StoredLift
from backline.web.pages.shell import html, script, shell
from backline.web.rendering import render
from backline.web.texts import say
from backline.web.view import in_words, read_view

if TYPE_CHECKING:
    from backline.library import Effect
    from backline.web.site import Site


def register(site: Site) -> None:
    """Register the page."""

    @ui.page("/compare", response_timeout=30)
    async def compare(a: str = "", b: str = "") -> None:
        listed = [
            one for one in site.lift_store.entries() if one.version and one.verdict != "refused"
        ]
        done = [in_words(site.lift_store.view(one.id), one) for one in listed]
        if not done:
            with shell(site, "/compare", say("compare.title")):
                html(render("compare_none.html"))
            return
        first, second = chosen(done, a, b)
        if (
            first.id == second.id and len(_reps(site, first)) < 2
        ):  # a lift is not compared with itself
            with shell(site, "/compare", say("compare.title")):
                html(render("compare_none.html"))
            return
        effects, why = await asyncio.to_thread(_verdict, first, second)
        pair = [_lift_data(site, entry) for entry in (first, second)]
        with shell(site, "/compare", say("compare.title")):
            html(
                render(
                    "compare.html", done=done, a=first, b=second, pair=pair,
                    effects=effects, why=why,
                )
            )  # fmt: skip
        script("compare.js", pair=pair)


def chosen(done: list[StoredLift], a: str, b: str) -> tuple[StoredLift, StoredLift]:
    """Return the two lifts to compare; ids that were not given are chosen.

    Parameters
    ----------
    done : list of StoredLift
        The analysed lifts, the newest first; at least one.
    a, b : str
        Ids asked for, or "".

    Returns
    -------
    (Entry, Entry)
        Left out, B is the newest lift, and A one of the same lifter if there is one, else another,
        else the same lift, whose reps can be compared.
    """
    known = {one.id: one for one in done}
    second = known.get(b) or next((one for one in done if one.id != a), done[0])
    name = (second.lifter or "").casefold()
    others = [one for one in done if one.id != second.id]
    own = [one for one in others if (one.lifter or "").casefold() == name]
    return known.get(a) or next(iter(own or others), second), second


def _reps(site: Site, entry: StoredLift) -> list[int]:
    view = read_view(site.lift_store.view(entry.id))
    return [rep["index"] for rep in (view.get("data") or {}).get("reps", ())]


def _lift_data(site: Site, entry: StoredLift) -> dict[str, object]:
    view, reps = read_view(site.lift_store.view(entry.id)), _reps(site, entry)
    return {
        "id": entry.id,
        "reps": reps,
        "clip": f"/lifts/{entry.id}/clip.mp4?v={entry.version}" if view.get("has_clip") else "",
        "view": f"/lifts/{entry.id}/view.json?v={entry.version}",
    }


def _verdict(a: StoredLift, b: StoredLift) -> tuple[list[Effect], str]:
    """Return the record's comparison of the cues of two lifts, or why there is none."""
    same = a.lifter and b.lifter and a.lifter.casefold() == b.lifter.casefold()
    if not (same and a.lifter and a.cue and b.cue and a.cue.casefold() != b.cue.casefold()):
        return [], say("compare.verdict_none")
    from backline.library import Store, compare_groups

    try:
        with Store() as store:
            return compare_groups(store, a.lifter, a.cue, b.cue), ""
    except BacklineError as error:
        return [], str(error)
