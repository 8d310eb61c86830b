"""Styles and scripts of the pages; the player is the report's, extended by the app."""

from __future__ import annotations

from functools import cache
from importlib import resources

from fastapi import APIRouter
from fastapi.responses import Response

from backline.errors import UsageError
from backline.report.page import asset

KINDS = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
LIFT = ("lift_start.js", "1_data.js", "2_player.js", "3_picture.js", "4_shapes.js", "5_chart.js",
        "lift_layers.js", "7_main.js", "correct.js", "lift_more.js", "tap.js",
        "hand.js", "notes.js", "angle.js", "trim.js", "share.js", "tour.js")  # fmt: skip
"""The lift's page: the report's player, with layers and tools of the app between its parts."""
REFUSED = ("refused_start.js", "correct.js", "tap.js")
LIVE = ("live_start.js", "live_draw.js", "live.js")
COMPARE = ("1_data.js", "2_player.js", "3_picture.js")
"""Parts of the player that each of two compared lifts gets its own copy of."""


def static_routes() -> APIRouter:
    """Return the routes of styles and scripts."""
    api = APIRouter()

    @api.get("/assets/{name}")
    def file(name: str) -> Response:
        """Return one file by its name."""
        text = _text(name)
        kind = KINDS[name.rpartition(".")[2]]
        return Response(text, media_type=kind, headers={"cache-control": "no-cache"})

    return api


@cache
def _text(name: str) -> str:
    if name == "lift.js":
        return _scope("\n".join(_part(part) for part in LIFT))
    if name == "refused.js":
        return _scope("\n".join(_own(part) for part in REFUSED))
    if name == "live.js":
        return _scope("\n".join(_own(part) for part in LIVE))
    if name == "compare.js":
        parts = "\n".join(_part(part) for part in COMPARE)
        pair = (
            "function lift(raw, video) {\n"
            "const byId = () => null;\nconst clipAddress = () => video.dataset.src;\n"
            f"{parts}\nreturn {{ raw, say, fixed, time, series, reps, lines, frameAt, signed, "
            "colour, Player, Picture, lastTime, frameGap };\n}\n"
        )
        return _scope(pair + _own("compare.js"))
    if name == "page.css":
        return asset(name)
    if name in OWN:
        return _own(name)
    raise UsageError("There is no such file.")


OWN = ("app.css", "app.js", "add.js", "phone.js", "theme.js", "icon.svg")


def _part(name: str) -> str:
    return asset(name) if name[0].isdigit() else _own(name)


def _own(name: str) -> str:
    return resources.files("backline.web").joinpath("assets").joinpath(name).read_text("utf-8")


def _scope(body: str) -> str:
    return f'(async () => {{\n"use strict";\n{body}\n}})();\n'
