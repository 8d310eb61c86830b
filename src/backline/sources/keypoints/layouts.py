"""Keypoint layouts of other pose engines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from backline.errors import SourceError, UsageError
from backline.sources.mapping import check_held, check_roles, mapping_table

_HEAD = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")
_LIMBS = tuple(
    f"{side}_{joint}"
    for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    for side in ("left", "right")
)
_FEET = tuple(
    f"{side}_{part}" for part in ("big_toe", "small_toe", "heel") for side in ("left", "right")
)
COCO = (*_HEAD, *_LIMBS)
HALPE = (*COCO, "head", "neck", "hip", *_FEET)
SPINEPOSE = (
    *HALPE, *(f"spine_0{i}" for i in range(1, 6)), "left_latissimus", "right_latissimus",
    "left_clavicle", "right_clavicle", "neck_02", "neck_03",
)  # fmt: skip
_RIGHT = ("right_shoulder", "right_elbow", "right_wrist")
_LEFT = ("left_shoulder", "left_elbow", "left_wrist")
_EYES = ("right_eye", "left_eye", "right_ear", "left_ear")
OPENPOSE_18 = (
    "nose", "neck", *_RIGHT, *_LEFT, "right_hip", "right_knee", "right_ankle", "left_hip",
    "left_knee", "left_ankle", *_EYES,
)  # fmt: skip
OPENPOSE_25 = (
    "nose", "neck", *_RIGHT, *_LEFT, "hip", "right_hip", "right_knee", "right_ankle", "left_hip",
    "left_knee", "left_ankle", *_EYES, "left_big_toe", "left_small_toe", "left_heel",
    "right_big_toe", "right_small_toe", "right_heel",
)  # fmt: skip
_PAIRS = ("lelbow", "melbow", "lwrist", "mwrist", "ASIS", "PSIS", "knee", "mknee", "ankle",
          "mankle", "5meta", "toe", "big_toe")  # fmt: skip
SYNTHPOSE = (
    *COCO, "sternum", "rshoulder", "lshoulder",
    *(f"{side}_{part}" for part in _PAIRS for side in ("r", "l")),
    "l_calc", "r_calc", "C7", "L2", "T11", "T6",
)  # fmt: skip

LAYOUTS = {
    "COCO": COCO,
    "OpenPose 18": OPENPOSE_18,
    "OpenPose 25": OPENPOSE_25,
    "Halpe26": HALPE,
    "SpinePose": SPINEPOSE,
    "SynthPose": SYNTHPOSE,
}
"""Names of the points of each layout, in its order; no two layouts have as many."""

_SIDED = {
    "SHOULDER": ("shoulder",),
    "WRIST": ("wrist",),
    "HIP": ("hip",),
    "KNEE": ("knee",),
    "ANKLE": ("ankle",),
    "HEEL": ("heel", "calc"),
    "TOE": ("bigtoe", "footindex", "toe"),
    "ASIS": ("asis", "asi"),
    "PSIS": ("psis", "psi"),
    "EAR": ("ear",),
}
_MIDLINE = {
    "NOSE": ("nose",),
    "MIDHIP": ("hip", "midhip", "hipmid"),
    "ASIS": ("asis",),
    "PSIS": ("psis", "sacrum", "s2"),
    "C7": ("c7",),
    "T6": ("t6",),
    "T11": ("t11", "t10", "t12"),
    "L2": ("l2", "l3"),
    **{f"SPINE{i}": (f"spine0{i}", f"spine{i}") for i in range(1, 6)},
}

ROLES = (*(f"{role}_{side}" for role in _SIDED for side in ("left", "right")), *_MIDLINE)
"""Every point that is used; a mapping file may name these."""


def layout_of(count: int, path: str | Path) -> tuple[str, tuple[str, ...]]:
    """Return the name of the layout with so many points, and its points' names.

    Raises
    ------
    SourceError
        If no layout has as many.
    """
    for name, points in LAYOUTS.items():
        if len(points) == count:
            return name, points
    known = ", ".join(f"{len(points)} ({name})" for name, points in LAYOUTS.items())
    raise SourceError(
        f"'{path}' holds {count} points a person, and their names are not in it; expected were "
        f"{known}: export with one of these layouts, or as a table that names its points."
    )


def roles_of(names: Sequence[str], mapping: dict[str, str]) -> dict[str, int]:
    """Find each point of the body among named points.

    Parameters
    ----------
    names : sequence of str
        Names in the file, with any case and punctuation ("LHip", "left_hip", "hip_l").
    mapping : dict of str to str
        Role to the file's name as the user gave it; wins.

    Returns
    -------
    dict of str to int
        Role to its place in ``names``; the first of several that fit.
    """
    at: dict[str, int] = {}
    for index, name in enumerate(names):
        at.setdefault(_plain(name), index)
    found = {}
    for role in ROLES:
        wanted = [_plain(mapping[role])] if role in mapping else _aliases(role)
        fitting = [at[alias] for alias in wanted if alias in at]
        if fitting:
            found[role] = fitting[0]
    return found


def read_mapping(path: Path | None, names: Sequence[str]) -> tuple[dict[str, str], float | None]:
    """Read a mapping file: ``[keypoints]`` with ``ROLE = "point"`` lines and ``rate_hz``.

    Parameters
    ----------
    path : Path or None
        TOML file; None gives nothing.
    names : sequence of str
        Points of the recording; a mapping may name no other.

    Raises
    ------
    UsageError
        If it cannot be read, or names a role or a point that does not exist.
    """
    if path is None:
        return {}, None
    table = mapping_table(path, "keypoints", 'PSIS = "back_of_pelvis" or rate_hz = 60')
    rate = table.pop("rate_hz", None)
    if rate is not None and not (isinstance(rate, int | float) and rate > 0):
        raise UsageError(
            f"The mapping file '{path}' gives rate_hz as {rate!r}, and frames a second were "
            "expected: write for example rate_hz = 60."
        )
    check_roles(path, table, "point", (*ROLES, "rate_hz"))
    check_held(path, table, "point", names)
    return table, None if rate is None else float(rate)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower().removesuffix("_study"))


def _aliases(role: str) -> list[str]:
    base, _, side = role.partition("_")
    if not side:
        return list(_MIDLINE[role])
    return [
        alias
        for word in _SIDED[base]
        for alias in (
            f"{side}{word}", f"{side[0]}{word}", f"{word}{side}", f"{word}{side[0]}",
        )
    ]  # fmt: skip
