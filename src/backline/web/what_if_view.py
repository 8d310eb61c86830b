"""The picture of a what-if: two trunks with their bar, and the load of each as bars."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from backline.findings.evidence import evidence
from backline.loads.bar import PLACES as BAR_PLACES
from backline.loads.body import LUMBAR_SHARE
from backline.loads.sensitivity import Pose
from backline.loads.what_if import WhatIf
from backline.loads.what_if import what_if as work_out
from backline.report.findings_view import kilonewtons
from backline.web.rendering import render
from backline.web.texts import say

RANGES: dict[str, tuple[float, float, float, str]] = {
    "tuck": (-10.0, 30.0, 1.0, "°"),
    "lean": (0.0, 80.0, 1.0, "°"),
    "load": (0.0, 300.0, 2.5, "kg"),
    "mass": (40.0, 160.0, 1.0, "kg"),
    "height": (145.0, 210.0, 1.0, "cm"),
}
"""Range, step and unit of each slider. A tuck in standing is at most about 9 degrees (Levine and
Whittle 1996); deep under a bar low backs bend further."""
VALUES: dict[str, Any] = {
    "tuck": 9.0, "lean": 40.0, "load": 100.0, "mass": 80.0, "height": 175.0, "place": "high_bar",
}  # fmt: skip
"""Initial values of the sliders: the largest tuck that standing allows, and a 100 kg squat."""
PLACES = tuple(BAR_PLACES)
ALIKE = 0.1
"""Loads within this share of each other count as equal: arms of 5 and 7 cm instead of 6 alone move
the estimate by +17 and -12 % (Cholewicki 1991's model)."""
STANDING_LEAN_DEG = 5.0
"""Trunk lean of a lifter who stands upright under a bar, degrees (judgement)."""
SCALE, LEFT, FLOOR = 400.0, 140.0, 400.0
"""Drawn units per metre, and where L5/S1 is."""


def read_value(key: str, text: str) -> float:
    """Return a slider's value from text, within its range; else its initial value."""
    low, high, _, _ = RANGES[key]
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    return min(high, max(low, value)) if math.isfinite(value) else float(VALUES[key])


def drawn(values: dict[str, Any], assumed: tuple[str, ...] = ()) -> str:
    """Return the figure: the same bar with a flat and with a rounded back, at both ends.

    Parameters
    ----------
    values : dict
        ``tuck``, ``lean`` (degrees), ``load``, ``mass`` (kg), ``height`` (cm), ``place``.
    assumed : tuple of str
        Names of values that were not given; the page says so.
    """
    ends = {"lockout": _case(values, STANDING_LEAN_DEG), "bottom": _case(values, values["lean"])}
    loads = [load for case in ends.values() for load in (case.load_without, case.load)]
    most = max(load["l5s1_compression_high_n"] for load in loads)
    rows = [
        {
            "place": say(f"place.{end}"),
            "lean": case.pose.trunk_lean_deg,
            "cells": [
                {"kind": kind, "flexion": pose.lumbar_flexion_deg, **_bar(load, most)}
                for kind, pose, load in (
                    ("without", case.without, case.load_without),
                    ("asked", case.pose, case.load),
                )
            ],
            "says": _difference(case),
        }
        for end, case in ends.items()
    ]
    case = ends["bottom"]
    bodies = [
        {"kind": kind, **_body(pose)}
        for kind, pose in (("without", case.without), ("asked", case.pose))
    ]
    told = [say(f"whatif.assumed_{key}", value=float(values[key])) for key in assumed]
    return render(
        "what_if.html", bodies=bodies, rows=rows, tuck=values["tuck"], entries=evidence(),
        assumed=", ".join(told),
    )  # fmt: skip


def _case(values: dict[str, Any], lean_deg: float) -> WhatIf:
    return work_out(
        tuck_deg=values["tuck"], lean_deg=lean_deg, load_kg=values["load"],
        body_mass_kg=values["mass"], height_cm=values["height"], bar_place=values["place"],
    )  # fmt: skip


def _difference(case: WhatIf) -> str:
    """Say what rounding changes in the load there; a small change is none (its band is wider)."""
    flat, rounded = (load["l5s1_compression_n"] / 1000 for load in (case.load_without, case.load))
    if abs(rounded - flat) < ALIKE * flat:
        return say("whatif.alike")
    key = "whatif.more" if rounded > flat else "whatif.less"
    return say(key, force=abs(rounded - flat))


def _bar(load: dict[str, float], most: float) -> dict[str, Any]:
    names = ("n", "low_n", "high_n")
    middle, low, high = (load[f"l5s1_compression_{name}"] for name in names)
    return {
        "force": kilonewtons(middle, low, high),
        "at": 100 * middle / most,
        "from": 100 * low / most,
        "to": 100 * high / most,
        "moment": f"{round(load['l5s1_moment_nm'], -1):.0f}",
    }


def _body(pose: Pose) -> dict[str, Any]:
    """Return the lines of one trunk: pelvis, low back, chest; head and bar."""
    tilt = math.radians(pose.trunk_lean_deg - pose.lumbar_flexion_deg)
    thorax = math.radians(pose.trunk_lean_deg)
    lumbar = LUMBAR_SHARE * pose.body.trunk_m
    x, y = [0.0], [0.0]
    for angle in np.linspace(tilt, thorax, 9):
        x.append(x[-1] + lumbar / 9 * math.sin(float(angle)))
        y.append(y[-1] + lumbar / 9 * math.cos(float(angle)))
    chest = pose.body.trunk_m - lumbar
    top = (x[-1] + chest * math.sin(thorax), y[-1] + chest * math.cos(thorax))
    points = pose.points()
    hip = (-0.11 * math.sin(tilt), -0.11 * math.cos(tilt))
    return {
        "lumbar": _path(list(zip(x, y, strict=True))),
        "chest": _path([(x[-1], y[-1]), top]),
        "neck": _path([top, (float(points.x[1][0]), float(points.y[1][0]))]),
        "pelvis": _path([hip, (0.0, 0.0)]),
        "leg": _path([hip, (hip[0], -0.3)]),
        "head": _place(float(points.x[1][0]), float(points.y[1][0])),
        "bar": _place(float(points.x[3][0]), float(points.y[3][0])),
        "loaded": pose.load_kg > 0,
    }


def _place(x: float, y: float) -> tuple[float, float]:
    return round(LEFT + SCALE * x, 1), round(FLOOR - SCALE * y, 1)


def _path(points: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in (_place(*point) for point in points))
