"""One lifter over the sessions: habits by place, the perception gap, the best rep, all sets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from nicegui import ui

from backline.errors import UsageError
from backline.web.pages.shell import html, shell
from backline.web.rendering import render

if TYPE_CHECKING:
    from backline.library import Habit, History
    from backline.web.site import Site

WIDTH, HEIGHT, EDGE = 320.0, 92.0, 10.0
"""The small chart of a habit, in its own units."""


def register(site: Site) -> None:
    """Register the page."""

    @ui.page("/lifter", response_timeout=30)
    async def lifter(name: str = "") -> None:
        try:
            history, sets = await asyncio.to_thread(_record, name)
        except UsageError as error:
            with shell(site, "/lifters", name):
                html(render("nothing.html", text=str(error)))
            return
        lifts = {one.set_id: one.id for one in site.shelf.entries() if one.set_id}
        drawn = [(habit, chart_of(habit)) for habit in history.habits]
        with shell(site, "/lifters", name):
            html(render("follow.html", history=history, drawn=drawn, sets=sets, lifts=lifts))


def _record(name: str) -> tuple[History, list[dict[str, Any]]]:
    import pandas as pd

    from backline.library import Store, history, sets

    with Store() as store:
        told = history(store, name)
        table = sets(store, name)
    rows = [
        {str(k): None if not isinstance(v, list) and pd.isna(v) else v for k, v in row.items()}
        for row in table.to_dict("records")
    ]
    return told, rows[::-1]


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
    step = (WIDTH - 2 * EDGE) / max(1, count - 1)
    down = HEIGHT - 2 * EDGE

    def y(share: float) -> float:
        return round(EDGE + (1 - share) * down, 1)

    return [
        {
            "x": round(EDGE + i * step if count > 1 else WIDTH / 2, 1),
            "y": y(one.rounded / one.reps),
            "low": y(one.low),
            "high": y(one.high),
            "words": f"{one.day}: {one.rounded} / {one.reps}",
        }
        for i, one in enumerate(habit.sessions)
    ]
