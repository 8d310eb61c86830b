"""A recording of markers: loaded from C3D or TRC, landmarks assigned, in metres."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from backline.errors import NotMeasurableError, SourceError
from backline.formats.c3d import C3D_KEY, LARGEST_BYTES, C3d, C3dEvent, read_c3d
from backline.formats.marker_tables import MARKER_TABLES
from backline.formats.opensim import Markers, read_trc
from backline.formats.signatures import plain
from backline.formats.video import split_rate
from backline.model.measurement import Reason
from backline.model.posture import BoolArray, FloatArray
from backline.reasons import sentence
from backline.sources.angles.quality import cut_off
from backline.sources.mocap.marker_checks import SAME_PLACE_M, withhold
from backline.sources.mocap.markersets import assign, prefixes, read_mapping
from backline.sources.plausibility import check_times
from backline.sources.readers import HEAD_BYTES, READERS
from backline.storage.regular_files import read_head

WIDTH_M = (0.12, 0.45)
"""So wide is a pelvis from ASIS to ASIS, metres: about 0.20 to 0.33 in adults, with room for
children and for soft tissue."""
#: Length of each unit, metres.
_METRES = {"mm": 0.001, "cm": 0.01, "m": 1.0, "in": 0.0254}
USUAL_UNIT = "mm"
"""Tried first where a file states none: laboratories' own."""
PELVIS = ("ASIS_left", "ASIS_right", "PSIS_left", "PSIS_right")


@dataclass(frozen=True, eq=False)
class MarkerRecording:
    """Landmarks of one person, frame by frame, in the laboratory's own axes.

    Parameters
    ----------
    path : Path
        The file.
    kind : str
        Its format: "c3d", "trc" or another's id.
    time_s : ndarray, shape (n,)
        The file's own time, seconds.
    at : dict of str to ndarray, shape (n, 3)
        Landmark to its place, metres; NaN where not seen.
    names : dict of str to str
        Landmark to the file's marker.
    unit : str
        Unit that the positions were read in.
    events : tuple of C3dEvent
        Kept from the file.
    remarks : tuple of Reason
        What was found odd and put right.
    withheld : dict of str to ndarray of bool, shape (n,)
        Landmarks that cannot have been where the file says, and in which frames; their places
        are NaN there.
    """

    path: Path
    kind: str
    time_s: FloatArray
    at: dict[str, FloatArray]
    names: dict[str, str]
    unit: str
    events: tuple[C3dEvent, ...]
    remarks: tuple[Reason, ...]
    withheld: dict[str, BoolArray] = field(default_factory=dict)

    def name(self, *roles: str) -> str:
        """Return the file's names of some landmarks, joined by "and"."""
        return " and ".join(self.names[role] for role in roles)


def load(path: Path, mapping: Path | None, *, moving: bool = True) -> MarkerRecording:
    """Load a C3D or TRC file.

    Parameters
    ----------
    path : Path
        The file.
    mapping : Path or None
        TOML file that names its markers.
    moving : bool
        Whether a movement is expected, or one frame of standing will do.

    Raises
    ------
    SourceError
        If it cannot be read, its times do not rise, or its unit fits no body.
    NotMeasurableError
        If pelvis markers are missing; the sentence names them.
    """
    read = read_file(path)
    return recording_of(path, read.kind, read.markers, read.events, mapping, moving=moving)


@dataclass(frozen=True, eq=False)
class ReadFile:
    """What a file of motion capture holds.

    Parameters
    ----------
    kind : str
        Its format.
    markers : Markers
        All of them.
    events : tuple of C3dEvent
        As the laboratory marked them.
    c3d : C3d or None
        The whole of a C3D file.
    """

    kind: str
    markers: Markers
    events: tuple[C3dEvent, ...] = ()
    c3d: C3d | None = None


def recording_of(
    path: Path,
    kind: str,
    markers: Markers,
    events: tuple[C3dEvent, ...],
    mapping: Path | None,
    *,
    moving: bool = True,
) -> MarkerRecording:
    """Make a recording of markers that were read.

    Parameters
    ----------
    path : Path
        For messages.
    kind : str
        Format that they were read from.
    markers : Markers
        All of them.
    events : tuple of C3dEvent
        Of the file.
    mapping, moving
        As for `load`.

    Raises
    ------
    SourceError, NotMeasurableError
        As for `load`.
    """
    remarks = list(cut_off(markers.frames_stated, len(markers.time_s)))
    check_times(path, markers.time_s, 2 if moving else 1)
    markers, unclear = merge_repeated(markers)
    shown = [n for i, n in enumerate(markers.names) if np.isfinite(markers.positions[:, i]).any()]
    given = read_mapping(mapping, shown)
    names = assign([n for n in shown if n not in unclear or n in given.values()], given)
    remarks += _given_twice(markers, unclear, shown, names, given)
    _check_pelvis(path, markers, shown, names, unclear)
    at = {role: markers.positions[:, markers.names.index(name)] for role, name in names.items()}
    unit = _unit(path, markers.unit, at, names)
    if markers.unit and unit != markers.unit:
        remarks.append(_wrong_unit(markers.unit, unit, at, names))
    at = {role: place * _METRES[unit] for role, place in at.items()}
    at, withheld = withhold(at, markers.time_s)
    return MarkerRecording(
        path, kind, markers.time_s, at, names, unit, events, tuple(remarks), withheld
    )


def merge_repeated(markers: Markers) -> tuple[Markers, dict[str, float]]:
    """Make one channel of those with one label that never contradict each other.

    Returns
    -------
    markers : Markers
        With the merged channels under their label.
    unclear : dict of str to float
        The channels that do contradict another one of their label, and by how much at most, in
        the file's unit.
    """
    keep = dict(zip(markers.names, markers.positions.transpose(1, 0, 2), strict=True))
    unclear: dict[str, float] = {}
    for label in dict.fromkeys(markers.repeated.values()):
        group = [name for name in markers.names if markers.repeated.get(name) == label]
        merged = keep[group[0]]
        apart = 0.0
        for name in group[1:]:
            off = np.linalg.norm(keep[name] - merged, axis=1)
            apart = max([apart, *off[np.isfinite(off)].tolist()])
            merged = np.where(np.isfinite(merged), merged, keep[name])
        if apart * _METRES.get(markers.unit or USUAL_UNIT, 1.0) > SAME_PLACE_M:
            unclear |= dict.fromkeys(group, apart)
            continue
        for name in group:
            del keep[name]
        keep[label] = merged
    positions = np.stack(list(keep.values()), axis=1) if keep else markers.positions[:, :0]
    left = {name: label for name, label in markers.repeated.items() if name in keep}
    left = {name: label for name, label in left.items() if name in unclear}
    return replace(markers, names=tuple(keep), positions=positions, repeated=left), unclear


def _given_twice(
    markers: Markers,
    unclear: dict[str, float],
    shown: list[str],
    names: dict[str, str],
    given: dict[str, str],
) -> list[Reason]:
    """Return which landmarks are left out since two channels of one label contradict each other."""
    lost = []
    for role, name in assign([n for n in shown if n in unclear], {}).items():
        if role in names or role in given:
            continue
        group = [n for n in markers.names if markers.repeated.get(n) == markers.repeated[name]]
        text = sentence(
            "label_twice", count=len(group), name=name, apart=f"{unclear[name]:.3g}",
            unit=markers.unit, role=role, last=group[-1],
        )  # fmt: skip
        lost.append(" ".join(text.split()))  # without a unit there are two blanks
    return [Reason("label_twice", text) for text in lost]


def read_file(path: Path) -> ReadFile:
    """Read a file of markers of any format, as ``PATH@RATE`` where it holds no times.

    Raises
    ------
    SourceError
        If it cannot be read.
    UsageError
        If no frames a second are known.
    """
    path, rate_hz = split_rate(str(path))
    head = plain(read_head(path, HEAD_BYTES, LARGEST_BYTES))
    table = next((r.id for r in READERS if r.id in MARKER_TABLES and r.begins(head)), None)
    if table is not None:
        return ReadFile(table, MARKER_TABLES[table](path, rate_hz))
    named = path.suffix.lower() == ".c3d" and not head.startswith(b"PathFileType")
    if named or head[1:2] == bytes([C3D_KEY]):
        c3d = read_c3d(path)
        markers = replace(c3d.markers, frames_stated=c3d.frames_stated)
        return ReadFile("c3d", markers, c3d.events, c3d)
    return ReadFile("trc", read_trc(path))


def _check_pelvis(
    path: Path,
    markers: Markers,
    shown: list[str],
    names: dict[str, str],
    unclear: dict[str, float],
) -> None:
    """Raise unless both ASIS, and both PSIS or the sacrum, belong to one person."""
    people = prefixes(shown)
    if len(people) > 1:
        raise NotMeasurableError(
            f"'{path}' holds the markers of {len(people)} people ({', '.join(people)}), and one "
            "was expected: export the lifter alone."
        )
    lacking = [role for role in PELVIS if role not in names]
    if "SACRUM" in names:
        lacking = [role for role in lacking if role.startswith("ASIS")]
    if not lacking:
        return
    twice = _given_twice(markers, unclear, shown, names, {})
    if any(role in reason.text for reason in twice for role in lacking):
        raise NotMeasurableError(f"'{path}': {twice[0].text}")
    never = sorted(set(markers.names) - set(shown))
    unseen = f" (never seen: {', '.join(never[:8])})" if never else ""
    raise NotMeasurableError(
        f"'{path}' has no marker for {', '.join(lacking)}{unseen}; both ASIS and both PSIS (or "
        "the sacrum) are needed for the pelvis: name yours in a mapping file, with lines such as "
        f'{lacking[0]} = "{shown[0] if shown else "MARKER"}" under [markers].'
    )


def pelvis_width_m(recording: MarkerRecording) -> float:
    """Return the median width of the pelvis from ASIS to ASIS, metres; NaN where never seen."""
    apart = np.linalg.norm(recording.at["ASIS_left"] - recording.at["ASIS_right"], axis=1)
    known = apart[np.isfinite(apart)]
    return float(np.median(known)) if len(known) else float("nan")


def _width(at: dict[str, FloatArray]) -> tuple[float, str]:
    """Return the median width of the pelvis, and whether ASIS or PSIS lie so far apart.

    The wider pair is taken, so that ASIS and PSIS that have changed places are detected later.
    """
    found = []
    for pair in ("ASIS", "PSIS"):
        if f"{pair}_left" in at and f"{pair}_right" in at:
            apart = np.linalg.norm(at[f"{pair}_left"] - at[f"{pair}_right"], axis=1)
            known = apart[np.isfinite(apart)]
            found.append((float(np.median(known)) if len(known) else 0.0, pair))
    return max(found)


def _unit(path: Path, stated: str, at: dict[str, FloatArray], names: dict[str, str]) -> str:
    """Return the unit in which the pelvis has the size of a pelvis, the stated one first.

    Parameters
    ----------
    stated : str
        ``""`` where the file states none.
    """
    width, widest = _width(at)
    pair = f"{names[f'{widest}_left']} and {names[f'{widest}_right']}"
    if stated == "px":
        raise SourceError(
            f"'{path}' is in pixels, and a recording in mm or m was expected: give the video, or "
            "the markers in space."
        )
    if width == 0:
        raise NotMeasurableError(
            f"'{path}': {pair} are never seen in the same frame, so the pelvis is not known: fill "
            "the gaps of these markers first."
        )
    for unit in dict.fromkeys((stated or USUAL_UNIT, *_METRES)):
        if WIDTH_M[0] <= width * _METRES[unit] <= WIDTH_M[1]:
            return unit
    raise SourceError(
        f"'{path}': {pair} lie {f'{width:.4g} {stated}'.rstrip()} apart, and {WIDTH_M[0]:g} to "
        f"{WIDTH_M[1]:g} m was expected: check the unit and these two markers."
    )


def _wrong_unit(stated: str, unit: str, at: dict[str, FloatArray], names: dict[str, str]) -> Reason:
    width, widest = _width(at)
    one, other = names[f"{widest}_left"], names[f"{widest}_right"]
    text = sentence(
        "units_corrected", "markers", stated=stated, one=one, other=other, width=f"{width:.3g}",
        unit=unit,
    )  # fmt: skip
    return Reason("units_corrected", text)
