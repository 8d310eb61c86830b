"""Marker sets: assigns a file's markers to landmarks of the body.

Names are compared without case, blanks and punctuation, without a subject's prefix ("Anna:LASI",
"Anna_LASI") and without OpenCap's suffix "_study"; the side may stand before or behind the name, as
a letter or a word ("LASI", "ASIS_L", "ASISl", "LeftASIS"). Known are the names of Plug-in Gait, of
OpenCap's augmented markers, of OpenSim's Gait2392 and Rajagopal marker sets, of the Human Body
Model, of Qualisys' CAST and of Motive's Baseline sets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from backline.sources.mapping import check_held, check_roles, mapping_table

_SIDED: dict[str, tuple[str, ...]] = {
    "ASIS": ("?asi", "?asis", "?ias", "?sias", "waist?front"),
    "PSIS": ("?psi", "?psis", "?ips", "?sips", "waist?back"),
    "HIP": ("?hjc",),
    "KNEE": ("?kne", "?knee", "?kneelat", "?lfc", "?lek", "?fle", "?lke"),
    "KNEE_MEDIAL": ("?mknee", "?kneemed", "?kneemedial", "?mfc", "?mek", "?fme", "?knm", "?mke"),
    "ANKLE": ("?ank", "?ankle", "?anklelat", "?lmal", "?lm", "?fal"),
    "ANKLE_MEDIAL": ("?mankle", "?anklemed", "?anklemedial", "?mmal", "?mm", "?tam", "?med"),
    "HEEL": ("?hee", "?heel", "?calc", "?cal", "?fcc"),
    "TOE": ("?toe", "?toetip", "?mt2", "?2ndtoe"),
    "SHOULDER": ("?sho", "?shoulder", "?acr", "?acromium", "?acromion"),
    "WRIST": ("?wra", "?lwrist", "?faradius", "?wristlat", "?wri", "?wrist"),
    "WRIST_MEDIAL": ("?wrb", "?mwrist", "?faulna", "?wristmed", "?wristmedial"),
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

SUFFIXED = 5
"""Patterns of this length and more, with the question mark, may have the side behind."""
_SIDES = (
    re.compile(r"(?P<side>left|right)[_. -]*(?P<name>\w.*)", re.IGNORECASE),
    re.compile(r"(?P<name>.*\w)[_. -]+(?P<side>l|r|left|right)", re.IGNORECASE),
    re.compile(r"(?P<name>[A-Z0-9]{2,}|.*[a-z])(?P<side>Left|Right)"),
    re.compile(r"(?P<name>[A-Z0-9]{3,})(?P<side>[lr])"),
)
"""Where else the side may stand: "LeftASIS", "ASIS_L", "ASISRight", "ASISl"."""

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
            front = [p.replace("?", side[0]) for p in patterns]
            # "ASISL" too; not behind short words, or the heel would be the left "hee"
            words = [p[1:] for p in patterns if p.startswith("?") and len(p) >= SUFFIXED]
            known[f"{name}_{side}"] = (*front, *(f"{word}{side[0]}" for word in words))
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
    first = sorted(names, key=lambda one: not one.lower().endswith("_study"))
    for form in (plain, side_first, lambda name: plain(_without_subject(name, names)),
                 lambda name: side_first(_without_subject(name, names))):  # fmt: skip
        for name in first:
            by_plain.setdefault(form(name), name)
    found = {}
    for role, known in aliases().items():
        if role in mapping:
            found[role] = mapping[role]
            continue
        fitting = [by_plain[alias] for alias in known if alias in by_plain]
        if fitting:
            found[role] = fitting[0]
    return found


def side_first(name: str) -> str:
    """Return a marker's plain name with the letter of its side in front, wherever it stood."""
    own = name.rsplit(":", 1)[-1]
    for pattern in _SIDES:
        match = pattern.fullmatch(own)
        if match:
            return match["side"][0].lower() + plain(match["name"])
    return plain(name)


def _subject(name: str) -> str:
    """Return what stands before the last mark of a name: "Anna" of "Anna_LASI" and "Anna:LASI"."""
    return re.split(r"[:_.\- ]", name, maxsplit=1)[0] if re.search(r"[:_.\- ]", name) else ""


def _without_subject(name: str, names: Sequence[str]) -> str:
    """Return a name without a word that begins most of the names: one person's."""
    subject = _subject(name)
    shared = sum(_subject(other) == subject for other in names)
    if len(subject) < 2 or shared <= len(names) / 2:
        return name
    return name[len(subject) + 1 :]


def prefixes(names: Sequence[str]) -> list[str]:
    """Return the subjects' prefixes ("Anna" of "Anna:LASI") that name a pelvis."""
    pelvis = set(aliases()["ASIS_left"])
    found = set()
    for name in names:
        for mark in (":", "_", ".", "-", " "):
            subject, _, rest = name.rpartition(mark) if mark == ":" else name.partition(mark)
            if subject and rest and {plain(rest), side_first(rest)} & pelvis:
                found.add(subject)
    return sorted(found)


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
