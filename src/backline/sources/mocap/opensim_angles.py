"""From OpenSim's coordinates to raw angles."""

from __future__ import annotations

import re

import numpy as np

from backline.formats.opensim import Motion as Table
from backline.model.posture import BoolArray, FloatArray, WholeBodyMotion
from backline.signals.filters import runs_of
from backline.sources.angles.axes import mean_known
from backline.sources.angles.raw import RawAngles, Spread
from backline.sources.plausibility import CODE

CLAMP_DEG = 120.0
"""Where OpenSim's models stop hip_flexion, degrees (LaiUhlrich 2022, Rajagopal 2016)."""
CLAMP_TOLERANCE_DEG = 0.05
"""So close to it counts as at it: a solver stops just short of a limit, degrees."""
LOCKED_DEG = 1e-3
"""A joint that a solver moves at all changes by more, degrees."""
LEAST_TURN_DEG = 10.0
"""In a lift in which the pelvis turns by this, no low back stays as it is, degrees (trained
lifters' bend by 13 and more)."""
CLAMP_FRAMES = 2
"""A hip that passes 120 degrees is there for one frame, a clamped one for more."""
LEG_PER_PELVIS_HEIGHT = 0.86
"""Hip-to-ankle length over the standing height of the pelvis' origin in OpenSim's generic model
(0.81 m over 0.94 m). It only scales how far the lifter is seen to step."""

LUMBAR = ("lumbar_extension", "flex_extension")
"""The whole lumbar spine in one coordinate: of Rajagopal 2016 and Gait2392, and of Christophy et
al. 2012 and the full-body models built on it (Raabe and Chaudhari 2016), where the joints of the
levels follow it in shares that add up to 1."""
_LEVEL = re.compile(r"(T12_L1|L1_T12|L1_L2|L2_L3|L3_L4|L4_L5|L5_S1)_(?:Flex_Ext|FE)", re.IGNORECASE)
"""One joint of the lumbar spine (Lifting Full-Body model, Beaucage-Gauvreau et al. 2019)."""
LEVELS = ("L1_L2", "L2_L3", "L3_L4", "L4_L5", "L5_S1")
"""Joints that every such model has; some have none between T12 and L1."""
OPENSIM_SPREAD = Spread(
    pelvis_deg=(1.4, 3.5),
    trunk_deg=(1.4, 3.5),
    source="mean absolute errors of 3.85 to 4.8 degrees of inverse kinematics from video against "
    "a laboratory (OpenCap; Gilon 2026), less in standing, which is the same "
    "posture of the same model (judgement); the file does not say how it was made",
)
"""Inverse kinematics with a one-joint spine."""


def lumbar_columns(table: Table) -> tuple[str, ...]:
    """Return the columns whose sum is the extension of the low back; none where it is not known."""
    whole = next((name for name in LUMBAR if name in table.columns), None)
    if whole is not None:
        return (whole,)
    return () if lacking_levels(table) else tuple(_levels(table))


def lacking_levels(table: Table) -> tuple[str, ...]:
    """Return the `LEVELS` without a column; all or none have one in a file that was not cut."""
    held = set(_levels(table).values())
    return tuple(level for level in LEVELS if level not in held)


def _levels(table: Table) -> dict[str, str]:
    """Return the columns of the lumbar spine's joints, to the joint of each."""
    found = ((name, _LEVEL.fullmatch(name)) for name in table.columns)
    return {name: match[1].upper() for name, match in found if match}


def locked_back(table: Table) -> tuple[str, ...]:
    """Return the columns of the low back where none of them moves while the pelvis turns."""
    columns = lumbar_columns(table)
    pelvis = table.column("pelvis_tilt")
    moves = np.isfinite(pelvis).any() and np.nanmax(pelvis) - np.nanmin(pelvis) > LEAST_TURN_DEG
    known = [values[np.isfinite(values)] for values in map(table.column, columns)]
    still = all(len(values) > 0 and np.ptp(values) < LOCKED_DEG for values in known)
    return columns if columns and moves and still else ()


def raw_of(table: Table, side: str, withheld: BoolArray | None = None) -> RawAngles:
    """Turn coordinates into raw angles.

    Parameters
    ----------
    table : WholeBodyMotion
        Coordinates by short names, degrees.
    withheld : ndarray of bool, shape (n,), optional
        Rows whose pelvis or low back is no movement of a body.
    side : {"auto", "left", "right"}
        Leg to measure; auto takes the mean of both.

    Returns
    -------
    RawAngles
        Frames with a hip at the model's limit are blocked with ``"hip_clamped"``.
    """
    n = len(table.time_s)
    unknown = np.full(n, np.nan)
    pelvis = -_column(table, "pelvis_tilt")
    columns = lumbar_columns(table)
    lumbar = -sum((table.column(c) for c in columns), np.zeros(n)) if columns else unknown
    hip = _leg(table, "hip_flexion", side)
    knee = _flexing(_leg(table, "knee_angle", side))
    ankle = _leg(table, "ankle_angle", side)
    blocked = np.full(n, "", dtype="<U24")
    blocked[clamped(table)] = "hip_clamped"
    if withheld is not None:
        blocked[withheld] = CODE
    return RawAngles(
        time_s=table.time_s,
        pelvis_deg=pelvis,
        trunk_deg=pelvis + lumbar,
        thoracic_deg=unknown,
        curve_deg=unknown,
        hip_deg=hip,
        knee_deg=knee,
        ankle_deg=ankle,
        hip_zero_in_standing=False,
        motion=WholeBodyMotion(_height(knee, ankle), _travel(table, knee, ankle), unknown),
        doubtful=np.zeros(n, dtype=np.bool_),
        blocked=blocked,
        missing="no_value",
        spread=OPENSIM_SPREAD,
    )


def clamped(table: Table) -> BoolArray:
    """Return in which frames a hip sits at the model's limit.

    A hip that goes beyond `CLAMP_DEG` anywhere is not limited there.
    """
    at_limit = np.zeros(len(table.time_s), dtype=np.bool_)
    for name in ("hip_flexion_r", "hip_flexion_l"):
        hip = _column(table, name)
        if not np.isfinite(hip).any() or np.nanmax(hip) > CLAMP_DEG + CLAMP_TOLERANCE_DEG:
            continue
        for start, stop in runs_of(hip >= CLAMP_DEG - CLAMP_TOLERANCE_DEG):
            at_limit[start:stop] |= stop - start >= CLAMP_FRAMES
    return at_limit


def _column(table: Table, name: str) -> FloatArray:
    if name not in table.columns:
        return np.full(len(table.time_s), np.nan)
    return table.column(name)


def _leg(table: Table, joint: str, side: str) -> FloatArray:
    sides = ("l", "r") if side == "auto" else (side[0],)
    return mean_known([_column(table, f"{joint}_{one}") for one in sides])


def _flexing(knee: FloatArray) -> FloatArray:
    """Return the knee with + flexion: knees bend far one way and hardly the other."""
    known = knee[np.isfinite(knee)]
    return -knee if len(known) and -known.min() > known.max() else knee


def _height(knee: FloatArray, ankle: FloatArray) -> FloatArray:
    """Return the hip's height over the ankle in leg lengths.

    Thigh and shank are nearly of one length (0.245 and 0.246 of body height, Winter 2009), and
    the feet stand flat; without an ankle angle it takes its usual half of the knee's.
    """
    shank = np.radians(np.where(np.isfinite(ankle), ankle, knee / 2))
    return np.asarray(0.5 * np.cos(shank) + 0.5 * np.cos(np.radians(knee) - shank))


def _travel(table: Table, knee: FloatArray, ankle: FloatArray) -> FloatArray:
    """Return the hip's place to the front in leg lengths, from pelvis_tx, else from the legs."""
    if "pelvis_tx" in table.columns and "pelvis_ty" in table.columns:
        height = _column(table, "pelvis_ty")
        known = height[np.isfinite(height)]
        if len(known) and (top := float(np.percentile(np.abs(known), 95))) > 0:
            travel = _column(table, "pelvis_tx") / (LEG_PER_PELVIS_HEIGHT * top)
            return travel - np.nanmedian(travel) if np.isfinite(travel).any() else travel
    shank = np.radians(np.where(np.isfinite(ankle), ankle, knee / 2))
    return np.asarray(0.5 * np.sin(shank) - 0.5 * np.sin(np.radians(knee) - shank))
