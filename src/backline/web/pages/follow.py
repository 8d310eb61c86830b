"""One lifter over the sessions: habits by place, the perception gap, the best rep, all sets."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nicegui import ui

from backline.errors import UsageError
from backline.settings import Settings
from backline.web.pages.shell import html, shell
from backline.web.rendering import render
from backline.web.texts import say

if TYPE_CHECKING:
    from datetime import datetime

    from backline.library import Habit, History
    from backline.live.drill import DrillResult
    from backline.web.site import Site

WIDTH, HEIGHT, EDGE = 320.0, 92.0, 10.0
"""The small chart of a habit, in its own units."""
LEFT = 52.0
"""Where its first session is drawn, right of the scale."""


def register(site: Site) -> None:
    """Register the page."""

    @ui.page("/lifter", response_timeout=30)
    async def lifter(name: str = "") -> None:
        try:
            history, sets, done = await asyncio.to_thread(_record, name)
        except UsageError as error:
            with shell(site, "/lifters", name):
                html(render("nothing.html", text=str(error)))
            return
        lifts = {one.set_id: one.id for one in site.lift_store.entries() if one.set_id}
        drawn = [(habit, chart_of(habit)) for habit in history.habits]
        with shell(site, "/lifters", name):
            html(
                render(
                    "follow.html",
                    history=history,
                    drawn=drawn,
                    sets=sets,
                    lifts=lifts,
                    drills=done,
                    tells=Settings().report_from_deg,
                )
            )


def _record(name: str) -> tuple[History, list[dict[str, Any]], list[tuple[datetime, DrillResult]]]:
    import pandas as pd

    from backline.library import Store, drills, history, set_places, sets

    with Store() as store:
        found = history(store, name)
        table = sets(store, name)
        places = set_places(store, name)
        done = drills(store, name)
    rows = [
        {str(k): None if not isinstance(v, list) and pd.isna(v) else v for k, v in row.items()}
        for row in table.to_dict("records")
    ]
    worst: dict[Any, Any] = {**most_rounded(places.to_dict("records"))}
    for row in rows:
        row["worst"] = worst.get(row["set_id"])
    return found, rows[::-1], done[::-1]


def most_rounded(places: Sequence[Mapping[Hashable, Any]]) -> dict[int, dict[str, Any]]:
    """Return each set's place of the largest rounding, with its reps.

    Parameters
    ----------
    places : sequence of mapping
        From `backline.library.set_places`: ``set_id``, ``place``, ``reps``, ``max_deg``.
    """
    worst: dict[int, dict[str, Any]] = {}
    for one in places:
        before = worst.get(one["set_id"])
        reps = max(one["reps"], before["reps"] if before else 0)
        if before is None or one["max_deg"] > before["max_deg"]:
            before = {"place": one["place"], "max_deg": one["max_deg"]}
        worst[one["set_id"]] = {**before, "reps": reps}
    return worst


def chart_of(habit: Habit) -> list[dict[str, float | str]]:
    """Return where each session's share is drawn, with the ends of its interval.

    Parameters
    ----------
    habit : Habit
        From `backline.library.history`.

    Returns
    -------
    list of dict
        ``x``, ``y``, ``low``, ``high`` in units of the chart (y down, 0 % at the foot), ``words``.
    """
    count = len(habit.sessions)
    step = (WIDTH - LEFT - EDGE) / max(1, count - 1)
    down = HEIGHT - 2 * EDGE

    def y(share: float) -> float:
        return round(EDGE + (1 - share) * down, 1)

    return [
        {
            "x": round(LEFT + i * step if count > 1 else (LEFT + WIDTH) / 2, 1),
            "y": y(one.rounded / one.reps),
            "low": y(one.low),
            "high": y(one.high),
            "words": say("follow.chart_text", day=one.day, rounded=one.rounded, reps=one.reps),
        }
        for i, one in enumerate(habit.sessions)
    ]
