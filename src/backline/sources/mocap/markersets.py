"""Marker sets: which of a file's markers is which landmark of the body.

Names are compared without case, blanks and punctuation, without a subject's prefix ("Anna:LASI")
and without OpenCap's suffix "_study". Known are the names of Plug-in Gait, of OpenCap's augmented
markers, of OpenSim's Gait2392 and Rajagopal marker sets and of the Human Body Model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from backline.sources.mapping import check_held, check_roles, mapping_table

_SIDED: dict[str, tuple[str, ...]] = {
    "ASIS": ("?asi", "?asis", "?ias"),
    "PSIS": ("?psi", "?psis", "?ips"),
    "HIP": ("?hjc",),
    "KNEE": ("?kne", "?knee", "?kneelat", "?lfc", "?lek", "?fle", "?lke"),
    "KNEE_MEDIAL": ("?mknee", "?kneemed", "?mfc", "?mek", "?fme", "?knm", "?mke"),
    "ANKLE": ("?ank", "?ankle", "?anklelat", "?lmal", "?lm", "?fal"),
    "ANKLE_MEDIAL": ("?mankle", "?anklemed", "?mmal", "?mm", "?tam", "?med"),
    "HEEL": ("?hee", "?heel", "?calc", "?cal", "?fcc"),
    "TOE": ("?toe", "?toetip", "?mt2", "?2ndtoe"),
    "SHOULDER": ("?sho", "?shoulder", "?acr", "?acromium", "?acromion"),
    "WRIST": ("?wra", "?lwrist", "?faradius", "?wristlat", "?wri", "?wrist"),
    "WRIST_MEDIAL": ("?wrb", "?mwrist", "?faulna", "?wristmed"),
}
"""Landmark to its names, best first; the question mark stands for l or r."""

_MIDLINE: dict[str, tuple[str, ...]] = {
    "SACRUM": ("sacr", "vsacral", "sacrum", "vsacrum", "s2"),
    "C7": ("c7", "cv7"),
    "T10": ("t10", "tv10", "th10"),
    "CLAV": ("clav", "ij", "sjn", "jn", "clavicle"),
    "STRN": ("strn", "px", "sxs", "xiph", "sternum"),
    **{name: (name.lower(), f"lv{name[1]}") for name in ("L1", "L2", "L3", "L4", "L5")},
    "T12": ("t12", "tv12", "th12"),
    "S1": ("s1", "sv1"),
}

SPINE = ("T12", "L1", "L2", "L3", "L4", "L5", "S1")
"""Markers on the lumbar spinous processes, from above."""

ROLES: tuple[str, ...] = (
    *(f"{name}_{side}" for name in _SIDED for side in ("left", "right")),
    *_MIDLINE,
)
"""Every landmark that a mapping file may name."""


def aliases() -> dict[str, tuple[str, ...]]:
    """Return every landmark with its known names, best first, as `plain` writes them."""
    known = dict(_MIDLINE)
    for name, patterns in _SIDED.items():
        for side in ("left", "right"):
            known[f"{name}_{side}"] = tuple(p.replace("?", side[0]) for p in patterns)
    return known


def plain(name: str) -> str:
    """Return a marker's name without case, prefix, suffix and punctuation."""
    return re.sub(r"[^a-z0-9]", "", name.rsplit(":", 1)[-1].lower().removesuffix("_study"))


def assign(names: Sequence[str], mapping: dict[str, str]) -> dict[str, str]:
    """Find each landmark's marker.

    Parameters
    ----------
    names : sequence of str
        The file's markers that are seen at all.
    mapping : dict
        Landmark to marker as the user gave it; wins over what is known.

    Returns
    -------
    dict of str to str
        Landmark to the file's own name; landmarks without a marker are left out. Of two markers
        of one plain name, OpenCap's augmented one ("_study") is taken, else the first.
    """
    by_plain: dict[str, str] = {}
    for name in sorted(names, key=lambda one: not one.lower().endswith("_study")):
        by_plain.setdefault(plain(name), name)
    found = {}
    for role, known in aliases().items():
        if role in mapping:
            found[role] = mapping[role]
            continue
        fitting = [by_plain[alias] for alias in known if alias in by_plain]
        if fitting:
            found[role] = fitting[0]
    return found


def prefixes(names: Sequence[str]) -> list[str]:
    """Return the subjects' prefixes ("Anna" of "Anna:LASI") that name a pelvis."""
    pelvis = set(aliases()["ASIS_left"])
    return sorted({n.rsplit(":", 1)[0] for n in names if ":" in n and plain(n) in pelvis})


def read_mapping(path: Path | None, names: Sequence[str]) -> dict[str, str]:
    """Read a mapping file: TOML with a table ``[markers]`` of ``LANDMARK = "marker"``.

    Parameters
    ----------
    path : Path or None
        The file; None gives an empty mapping.
    names : sequence of str
        The recording's markers; a mapping may name no other.

    Raises
    ------
    UsageError
        If it cannot be read, or names a landmark or a marker that does not exist.
    """
    if path is None:
        return {}
    table = mapping_table(path, "markers", 'C7 = "NECK"')
    check_roles(path, table, "landmark", ROLES)
    check_held(path, table, "marker", names)
    return table
