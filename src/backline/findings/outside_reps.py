"""Rounding outside the reps, where a lifter is bent down between them and rounded past flat."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from backline.findings.finding import Finding
from backline.findings.sentences import explain, name_of
from backline.findings.window_means import LowBack, is_certain_size, probability_above
from backline.model.posture import BoolArray, Posture
from backline.reps import Rep
from backline.settings import Settings
from backline.signals.filters import moving_mean, runs_of
from backline.signals.movement_depth import depth_of_movement

LEAST_S = 0.5
"""It lasts at least this long, seconds."""
MEAN_S = 0.3
"""The outline's shape is a mean over this time, seconds."""
BENT_FROM = 0.25
"""The lifter is bent down from here on (a quarter squat, see `backline.signals.movement_depth`):
who stands or walks about between the reps is left alone."""


def outside_reps(
    posture: Posture, back: LowBack, reps: tuple[Rep, ...], settings: Settings
) -> list[Finding]:
    """Return a finding for each stretch outside every rep in which the outline is past flat.

    Its size must be as certain as a rep's (contract, rule 1): no second rep can confirm it.
    Its rep is 0 and its place the bottom, the nearest in kind.

    Such are the way to a bar on the floor, a bottom that is held before the first rep, and a bar
    that is put down. Sources without outlines give none.

    Parameters
    ----------
    posture : Posture
        The clip.
    back : LowBack
        Its low back.
    reps : tuple of Rep
        Its reps.
    settings : Settings
        Bounds of the shape and of what is reported.
    """
    time_s = posture.time_s
    if not np.isfinite(posture.back_bulge).any() or len(time_s) < 2:
        return []
    bulge = moving_mean(time_s, np.where(_free(posture, reps), posture.back_bulge, np.nan), MEAN_S)
    limit = settings.rounded_bulge
    sure = np.array([probability_above(b, settings.bulge_sd, limit) for b in bulge])
    past = np.nan_to_num(sure) >= settings.report_probability
    past &= _free(posture, reps) & posture.measurable
    found = []
    for first, stop in runs_of(past):
        if time_s[stop - 1] - time_s[first] < LEAST_S:
            continue
        peak = first + int(np.argmax(bulge[first:stop]))
        level = back.largest(first, stop - 1, settings.event_window_s)
        if level is None:
            continue
        sd = float(np.hypot(level.random_sd_deg, level.shared_sd_deg))
        sd = max(float(np.hypot(sd, back.reference.sd_deg)), settings.sd_floor_deg)
        ends = (float(time_s[first]), float(time_s[peak]), float(time_s[stop - 1]))
        if not is_certain_size(level.value_deg, sd, settings):
            continue
        size = (level.value_deg, sd)
        found.append(_finding(ends, size, float(sure[peak]), posture, len(reps)))
    return found


def _free(posture: Posture, reps: tuple[Rep, ...]) -> BoolArray:
    """Return the frames outside every rep in which the lifter is bent down."""
    with np.errstate(invalid="ignore"):
        free = np.asarray(depth_of_movement(posture) > BENT_FROM, dtype=np.bool_)
    for rep in reps:
        free &= (posture.time_s < rep.start_s) | (posture.time_s > rep.end_s)
    return free


def _finding(
    ends: tuple[float, float, float],
    size: tuple[float, float],
    sure: float,
    posture: Posture,
    reps: int,
) -> Finding:
    start_s, peak_s, end_s = ends
    finding = Finding(
        kind="rounding", where="bottom", name=name_of("rounding", "bottom", "squat", 0), rep=0,
        start_s=start_s, peak_s=peak_s, end_s=end_s, size_deg=size[0], sd_deg=size[1],
        probability=sure, certain=True, curve="reversed", probability_of="shape",
    )  # fmt: skip
    text = explain(finding, "squat", reps=reps, reference=posture.reference.kind)
    return replace(finding, explanation=text)
