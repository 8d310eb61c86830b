"""Lifters at a glance: who rounds where, and who needs attention first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from nicegui import ui

from backline.reps import REP_PHASES
from backline.settings import Settings
from backline.web.pages.shell import html, shell
from backline.web.rendering import render
from backline.web.texts import say

if TYPE_CHECKING:
    from backline.web.site import Site


def register(site: Site) -> None:
    """Register the page."""

    @ui.page("/lifters", response_timeout=30)
    async def lifters() -> None:
        rows, shares = await asyncio.to_thread(_glance)
        with shell(site, "/lifters", say("coach.title")):
            html(
                render(
                    "coach.html", rows=by_lifter(rows), places=REP_PHASES, shares=shares,
                    tells=Settings().report_from_deg,
                )
            )  # fmt: skip


def by_lifter(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row a lifter with a cell a place, who needs attention first on top.

    Parameters
    ----------
    rows : list of dict
        One a lifter, lift and place, in the order of `backline.library.coach_view`.

    Returns
    -------
    list of dict
        ``lifter``, ``sessions`` (most of any place), ``last`` (date of the newest), ``several``
        (whether there is more than one lift), ``cells`` (place to row, of the lift that was
        rounded more there in its last session).
    """
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        one = found.setdefault(
            row["lifter"],
            {"lifter": row["lifter"], "last": row["last_session"], "sessions": 0, "cells": {}},
        )
        one["sessions"] = max(one["sessions"], row["sessions"])
        one["last"] = max(one["last"], row["last_session"])
        one["cells"].setdefault(row["place"], row)  # the first is who needs attention first
    for name, one in found.items():
        one["several"] = len({row["lift"] for row in rows if row["lifter"] == name}) > 1
    return list(found.values())


def _glance() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return who rounds where, and how common each phase is."""
    import pandas as pd

    from backline.library import Store, coach_view, prevalence

    with Store() as store:
        view = coach_view(store)
    rows: list[dict[str, Any]] = [
        {str(k): v if pd.notna(v) else None for k, v in row.items()}
        for row in view.to_dict("records")
    ]
    shares = prevalence(view).to_dict("records") if rows else []
    return rows, [{str(k): v for k, v in one.items()} for one in shares]
