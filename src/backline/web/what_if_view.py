"""The picture of a what-if: two trunks with their bar, and the load of each as bars."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from backline.loads.bar import PLACES as BAR_PLACES
from backline.loads.body import LUMBAR_SHARE
from backline.loads.inverse_dynamics import points_of
from backline.loads.sensitivity import Pose
from backline.loads.what_if import WhatIf
from backline.loads.what_if import what_if as work_out
from backline.web.rendering import render
from backline.web.texts import say

RANGES: dict[str, tuple[float, float, float, str]] = {
    "tuck": (-10.0, 30.0, 1.0, "°"),
    "lean": (0.0, 80.0, 1.0, "°"),
    "load": (0.0, 300.0, 2.5, "kg"),
    "mass": (40.0, 160.0, 1.0, "kg"),
    "height": (145.0, 210.0, 1.0, "cm"),
}
"""What each slider reaches, its step and its unit. A tuck in standing is at most about 9 degrees
(Levine and Whittle 1996); deep under a bar low backs bend further."""
VALUES: dict[str, Any] = {
    "tuck": 9.0, "lean": 5.0, "load": 100.0, "mass": 80.0, "height": 175.0, "place": "high_bar",
}  # fmt: skip
"""Where the sliders begin: a glute squeeze at the top of a 100 kg squat."""
PLACES: dict[str, str] = {key: place.words for key, place in BAR_PLACES.items()}
ALIKE = 0.01
"""Loads within this share of each other are called the same."""
SCALE, LEFT, FLOOR = 400.0, 140.0, 400.0
"""Drawn units per metre, and where L5/S1 is."""


def read_value(key: str, text: str) -> float:
    """Return a slider's value from text: within its range, its own beginning where it is none."""
    low, high, _, _ = RANGES[key]
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    return min(high, max(low, value)) if math.isfinite(value) else float(VALUES[key])


def drawn(values: dict[str, Any]) -> str:
    """Return the figure, with its numbers and what they teach.

    Parameters
    ----------
    values : dict
        ``tuck``, ``lean`` (degrees), ``load``, ``mass`` (kg), ``height`` (cm), ``place``.
    """
    case = work_out(
        tuck_deg=values["tuck"], lean_deg=values["lean"], load_kg=values["load"],
        body_mass_kg=values["mass"], height_cm=values["height"], bar_place=values["place"],
    )  # fmt: skip
    most = max(case.load["l5s1_compression_high_n"], case.load_without["l5s1_compression_high_n"])
    pairs = (("without", case.without, case.load_without), ("asked", case.pose, case.load))
    bodies = [{"kind": kind, **_body(pose)} for kind, pose, _ in pairs]
    bars = [{"kind": kind, **_bar(load, most)} for kind, _, load in pairs]
    return render("what_if.html", bodies=bodies, bars=bars, lesson=_lesson(values, case))


def _lesson(values: dict[str, Any], case: WhatIf) -> list[str]:
    """Return what this posture costs, in words."""
    delta = case.load["l5s1_compression_n"] - case.load_without["l5s1_compression_n"]
    key = "more_up" if delta > 0 else "more_down"
    if abs(delta) < ALIKE * case.load_without["l5s1_compression_n"]:
        key = "more_same"
    angles = {name: f"{values[name]:g}°" for name in ("tuck", "lean")}
    return [say(f"whatif.{key}", delta=f"{abs(delta):.0f}") + ".", say("whatif.lesson", **angles)]


def _bar(load: dict[str, float], most: float) -> dict[str, Any]:
    names = ("low_n", "n", "high_n")
    low, middle, high = (load[f"l5s1_compression_{name}"] for name in names)
    return {
        "newtons": round(middle, -1),
        "low": round(low, -1),
        "high": round(high, -1),
        "at": 100 * middle / most,
        "from": 100 * low / most,
        "to": 100 * high / most,
        "moment": load["l5s1_moment_nm"],
        "shear": (round(load["l5s1_shear_low_n"], -1), round(load["l5s1_shear_high_n"], -1)),
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
    seen = points_of(
        np.array([pose.trunk_lean_deg]), np.array([pose.lumbar_flexion_deg]), pose.body,
        pose.place, pose.load_kg,
    )  # fmt: skip
    hip = (-0.11 * math.sin(tilt), -0.11 * math.cos(tilt))
    return {
        "lumbar": _path(list(zip(x, y, strict=True))),
        "chest": _path([(x[-1], y[-1]), top]),
        "neck": _path([top, (float(seen.x[1][0]), float(seen.y[1][0]))]),
        "pelvis": _path([hip, (0.0, 0.0)]),
        "leg": _path([hip, (hip[0], -0.3)]),
        "head": _place(float(seen.x[1][0]), float(seen.y[1][0])),
        "bar": _place(float(seen.x[3][0]), float(seen.y[3][0])),
        "loaded": pose.load_kg > 0,
    }


def _place(x: float, y: float) -> tuple[float, float]:
    return round(LEFT + SCALE * x, 1), round(FLOOR - SCALE * y, 1)


def _path(points: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in (_place(*point) for point in points))
