"""Summary of load and glutes over a set, for ``analysis.json`` and the report."""

from __future__ import annotations

from typing import Any

import numpy as np

from backline.loads.exposure import exposure
from backline.loads.glutes import ACTIONS, DEAD_BAND, GluteSeries
from backline.loads.hip_need import hip_needs
from backline.loads.l5s1_load import LoadSeries
from backline.loads.sensitivity import Pose, pose_load, sensitivity
from backline.model.posture import Posture
from backline.reps import Rep
from backline.signals.filters import median_step

FLEXED_FROM_DEG = 10.0
"""The share of the load at and above this flexion is named, degrees (two steps of exposure)."""

PARTS = ("upper", "middle", "lower")
"""Of the gluteus maximus, as `backline.loads.full_body.GLUTEUS_PARTS` has them."""
NUMBERS = ("moment_nm", "compression_n")
"""What an error's interval is given for."""


def summarise_load(posture: Posture, reps: tuple[Rep, ...], loads: LoadSeries) -> dict[str, Any]:
    """Return the set's load: both models at its heaviest moment, errors, exposure.

    Parameters
    ----------
    posture : Posture
        The clip.
    reps : tuple of Rep
        Its reps.
    loads : LoadSeries
        May be empty.

    Returns
    -------
    dict
        ``peak`` (``time_s``, ``rep``, both models' numbers and ``strength``), ``sensitivity`` at
        that moment (cause to intervals), ``exposure`` (``edges_deg``, ``time_s``,
        ``impulse_ns``, ``flexed_share``), ``bar_place``. Without a load ``peak`` and
        ``sensitivity`` are None.
    """
    spent = exposure(posture, reps, loads)
    found: dict[str, Any] = {
        "bar_place": loads.place,
        "peak": None,
        "sensitivity": None,
        "exposure": {
            "edges_deg": spent.edges_deg,
            "time_s": spent.time_s,
            "impulse_ns": spent.impulse_ns,
            "flexed_from_deg": FLEXED_FROM_DEG,
            "flexed_share": spent.share_above(FLEXED_FROM_DEG),
        },
    }
    index = _heaviest(posture, reps, loads)
    if index is None or loads.body is None or loads.place is None or loads.muscles is None:
        return found
    time_s = float(posture.time_s[index])
    inside = [rep.index for rep in reps if rep.start_s <= time_s <= rep.end_s]
    found["peak"] = {
        "time_s": time_s,
        "rep": inside[0] if inside else 0,
        **loads.at(index),
        "muscles_strength": float(loads.muscles.strength[index]),
    }
    pose = Pose(
        float(posture.trunk_lean_deg[index]),
        float(posture.lumbar_flexion_deg[index]),
        loads.load_kg,
        loads.body,
        loads.place,
    )
    found["sensitivity"] = _around(found["peak"], pose)
    return found


def _around(peak: dict[str, Any], pose: Pose) -> dict[str, dict[str, tuple[float, float]]]:
    """Return the effects of errors on the peak: the still posture's, plus the motion's part."""
    still = pose_load(pose)
    moved = {name: peak[f"l5s1_{name}"] - still[f"l5s1_{name}"] for name in NUMBERS}
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for cause, interval in sensitivity(pose).items():
        if cause == "model":  # already in the bands of the peak
            continue
        ends = {"moment_nm": interval.moment_nm, "compression_n": interval.compression_n}
        found[cause] = {
            name: (low + moved[name], high + moved[name]) for name, (low, high) in ends.items()
        }
    return found


def summarise_glutes(
    posture: Posture, reps: tuple[Rep, ...], glutes: GluteSeries, loads: LoadSeries
) -> dict[str, Any]:
    """Return the action of the gluteus maximus by phase, and needed against excess shortening.

    Returns
    -------
    dict
        ``dead_band`` (standing lengths a second), ``phases`` (name to the share of its
        time spent shortening, holding, lengthening), ``parts`` (upper, middle and lower: longest,
        in standing lengths, fastest shortening, in standing lengths a second, and the arm
        in metres where the hip is straightest and most bent), ``lockouts`` (see
        `backline.loads.hip_need.HipNeed`).
    """
    moment = loads.hip_moment_nm if loads else None
    if loads.body is None:
        needs = hip_needs(posture, reps)
    else:
        needs = hip_needs(posture, reps, moment, loads.body.height_m)
    return {
        "dead_band": DEAD_BAND,
        "phases": _phases(posture, reps, glutes),
        "parts": _parts(posture, glutes),
        "lockouts": [need.to_dict() for need in needs],
    }


def _parts(posture: Posture, glutes: GluteSeries) -> dict[str, dict[str, float]]:
    """Return the extremes of each part of the gluteus maximus over the clip."""
    if not glutes:
        return {}
    hip = np.where(np.isfinite(glutes.length), posture.hip_flexion_deg, np.nan)
    straight, flexed = int(np.nanargmin(hip)), int(np.nanargmax(hip))
    return {
        name: {
            "longest": float(np.nanmax(glutes.part_length[:, k])),
            "fastest_shortening": max(0.0, -float(np.nanmin(glutes.part_speed[:, k]))),
            "arm_straight_m": float(glutes.part_arm_m[straight, k]),
            "arm_bent_m": float(glutes.part_arm_m[flexed, k]),
        }
        for k, name in enumerate(PARTS)
    }


def _phases(
    posture: Posture, reps: tuple[Rep, ...], glutes: GluteSeries
) -> dict[str, dict[str, float]]:
    """Return the share of time of each action in each phase, over the reps."""
    if not glutes:
        return {}
    half = median_step(posture.time_s) / 2 if len(posture) > 1 else 0.0
    counts: dict[str, dict[str, float]] = {}
    for rep in reps:
        for phase, (start, end) in rep.phases.items():
            inside = (posture.time_s >= start - half) & (posture.time_s < end - half)
            one = counts.setdefault(phase, dict.fromkeys(ACTIONS, 0.0))
            for action in ACTIONS:
                one[action] += float(np.sum(glutes.action[inside] == action))
    return {
        phase: {action: count / sum(one.values()) for action, count in one.items()}
        for phase, one in counts.items()
        if sum(one.values())
    }


def _heaviest(posture: Posture, reps: tuple[Rep, ...], loads: LoadSeries) -> int | None:
    """Return the frame of the largest compression within the reps; of the clip without reps."""
    if not loads:
        return None
    force = loads.columns["l5s1_compression_n"]
    inside = np.isfinite(force)
    if reps:
        within = np.zeros(len(force), dtype=bool)
        for rep in reps:
            within |= (posture.time_s >= rep.start_s) & (posture.time_s <= rep.end_s)
        inside = inside & within
    if not inside.any():
        return None
    return int(np.argmax(np.where(inside, force, -np.inf)))
