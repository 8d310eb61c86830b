"""Data of a lift's page, written by the worker: the report's sections and more."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from backline.report.document import to_plain
from backline.report.page import sections
from backline.report.pagedata import MOST_FRAMES, PIXEL_UNITS, packed_points
from backline.report.pictures import Picture, Pictures
from backline.report.stills import Still
from backline.report.translation import in_language
from backline.storage.atomic_file import atomic_file
from backline.texts import LANGUAGES, Language, language, retold, speaking
from backline.web.corrections import key_of

if TYPE_CHECKING:
    from backline.pipeline import Analysis
    from backline.web.lift_store import StoredLift

VIEW, CLIP, FRAMES, THUMB = "view.json", "page.mp4", "frames", "thumb.jpg"
HEADLINES = "headlines.json"
"""A lift's headline in each language but English, which the list holds."""
WORDS = ("gaps", "findings", "reference", "texts")
"""What of the player's data are words."""
THUMB_PX = 176
"""Height of the small picture in the list of lifts, pixels (twice as it is shown)."""
JOINTS = (7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28, 31, 32)
"""Points of the skeleton (BlazePose): ears, shoulders, elbows, wrists, hips, knees, ankles, toes;
left first."""
BONES = (
    (0, 2), (2, 4), (4, 6), (3, 5), (5, 7), (2, 8), (3, 9), (8, 10), (10, 12), (12, 14),
    (9, 11), (11, 13), (13, 15),
)  # fmt: skip
WRISTS = (15, 16)
"""The bar's path is where the hands are: the wrist that is seen better in each frame."""


def write_view(
    analysis: Analysis,
    folder: Path,
    pictures: Pictures | None,
    stills: list[Still] | None = None,
    *,
    live: dict[str, Any] | None = None,
    languages: tuple[Language, ...] = LANGUAGES,
) -> None:
    """Write the data that the page shows of an analysis: whole in English, its texts in others too.

    Parameters
    ----------
    analysis : Analysis
        The result, without rejected findings.
    folder : Path
        The lift's view folder; is made where it is missing.
    pictures : Pictures, optional
        The clip and its frames, else a figure is drawn from the angles.
    stills : list of Still, optional
        Shown instead of the standing reference and the worst moment.
    live : dict, optional
        Cues that live guidance gave, and how well it agreed.
    languages : tuple of str
        Those that are written beside English; what is there in others is removed.
    """
    _write_spoken(analysis, folder, pictures, stills, languages)
    parts = sections(analysis, pictures, stills)
    document = {
        **parts,
        "more": _more(analysis, pictures.size if pictures else None),
        "findings_list": [_finding(analysis, number) for number in range(len(analysis.findings))],
        "summary": analysis.summary,
        "lift": analysis.lift,
        "side": analysis.view.side,
        "verdict": analysis.quality.verdict,
        "length_s": _length(analysis),
        "has_clip": pictures is not None,
        "live": live,
    }
    if pictures is not None and pictures.frames:
        _write_thumb(analysis, pictures, folder)
    with atomic_file(folder / VIEW) as part:
        part.write_text(json.dumps(to_plain(document)), encoding="utf-8")


def _write_spoken(
    analysis: Analysis,
    folder: Path,
    pictures: Pictures | None,
    stills: list[Still] | None,
    languages: tuple[Language, ...],
) -> None:
    """Write what differs from language to language, and the headlines of the list."""
    headlines: dict[str, str] = {}
    for of in LANGUAGES[1:]:
        if of not in languages:
            (folder / f"view.{of}.json").unlink(missing_ok=True)
            continue
        with speaking(of):
            parts = sections(analysis, pictures, stills)
            names = [finding.name for finding in in_language(analysis).findings]
        data = parts.pop("data")
        spoken = {"words": {key: data[key] for key in WORDS} if data else None, "names": names}
        headlines[of] = parts["header"]["headline"]
        with atomic_file(folder / f"view.{of}.json") as part:
            part.write_text(json.dumps(to_plain({**parts, **spoken})), encoding="utf-8")
    with atomic_file(folder / HEADLINES) as part:
        part.write_text(json.dumps(headlines), encoding="utf-8")


def in_words(folder: Path, entry: StoredLift) -> StoredLift:
    """Return a lift of the list with its headline and stage in the language that is spoken."""
    if language() == "en":
        return entry
    try:
        headlines = json.loads((folder / HEADLINES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        headlines = {}
    headline = headlines.get(language(), entry.headline)
    return replace(entry, headline=headline, stage=retold(entry.stage or ""))


def _write_thumb(analysis: Analysis, pictures: Pictures, folder: Path) -> None:
    """Write the small picture of the list: the moment of the largest finding, else the first."""
    import cv2

    worst = max(analysis.findings, key=lambda one: abs(one.size_deg), default=None)
    wanted = analysis.posture.index_at(worst.peak_s) if worst else 0
    frame = pictures.frames[min(pictures.frames, key=lambda index: abs(index - wanted))]
    width = round(THUMB_PX * frame.shape[1] / frame.shape[0])
    small = cv2.resize(frame, (max(1, width), THUMB_PX), interpolation=cv2.INTER_AREA)
    done, packed = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
    if done:
        with atomic_file(folder / THUMB) as part:
            part.write_bytes(packed.tobytes())


def read_view(folder: Path) -> dict[str, Any]:
    """Read it back, in the language that is spoken.

    Empty where there is none yet, or one that an older Backline made.
    """
    try:
        loaded: dict[str, Any] = json.loads((folder / VIEW).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if "first" not in loaded and "refused" not in loaded:
        return {}
    return loaded if language() == "en" else _spoken(loaded, folder)


def _spoken(view: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return a view with its texts in the language that is spoken, where they are there."""
    try:
        other = json.loads((folder / f"view.{language()}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return view
    words, names = other.pop("words"), other.pop("names")
    data = {**view["data"], **words} if words and view.get("data") else view.get("data")
    listed = [
        {**one, "name": name} for one, name in zip(view["findings_list"], names, strict=False)
    ]
    return {**view, **other, "data": data, "findings_list": listed}


def keep_pictures(pictures: Pictures, folder: Path) -> None:
    """Store the page's clip and its frames, so that a re-run does not decode the clip."""
    import cv2

    with atomic_file(folder / CLIP) as part:
        part.write_bytes(pictures.clip)
    shutil.rmtree(folder / FRAMES, ignore_errors=True)  # numbers mean other frames once trimmed
    (folder / FRAMES).mkdir(parents=True)
    for index, frame in pictures.frames.items():
        done, packed = cv2.imencode(".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
        if done:
            (folder / FRAMES / f"{index}.jpg").write_bytes(packed.tobytes())


def kept_pictures(folder: Path, size: tuple[int, int] | None) -> Pictures | None:
    """Return the pictures of an earlier run; None where there are none.

    Parameters
    ----------
    folder : Path
        The lift's view folder.
    size : tuple of int or None
        Width and height of the page's clip, as the earlier view has it.
    """
    import cv2

    if size is None or not (folder / CLIP).is_file():
        return None
    frames: dict[int, Picture] = {}
    for file in (folder / FRAMES).glob("*.jpg"):
        picture = cv2.imdecode(np.frombuffer(file.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
        if picture is not None:
            frames[int(file.stem)] = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8)
    return Pictures(b"kept", size, frames)


def _more(analysis: Analysis, size: tuple[int, int] | None) -> dict[str, Any] | None:
    """Return the layers that the report does not draw: skeleton and bar path, packed."""
    evidence = analysis.evidence
    if evidence is None or size is None:
        return None
    full = max(analysis.source.width_px, analysis.source.height_px, 1)
    points = np.asarray(evidence.points, dtype=np.float64)
    step = max(1, -(-len(points) // MOST_FRAMES))
    place = points[::step, :, :2] * (max(size) / full)
    left, right = (points[::step, n, 2] for n in WRISTS)
    better = np.where(np.nan_to_num(left) >= np.nan_to_num(right), *WRISTS)
    return {
        "joints": len(JOINTS),
        "bones": BONES,
        "skeleton": packed_points(place[:, JOINTS], PIXEL_UNITS),
        "bar": packed_points(place[np.arange(len(place)), better], PIXEL_UNITS),
        "units": PIXEL_UNITS,
    }


def _finding(analysis: Analysis, number: int) -> dict[str, Any]:
    finding = analysis.findings[number]
    posture = analysis.posture
    lean = float(posture.trunk_lean_deg[posture.index_at(finding.peak_s)])
    return {
        "key": key_of(finding),
        "name": finding.name,
        "rep": finding.rep,
        "where": finding.where,
        "kind": finding.kind,
        "size_deg": finding.size_deg,
        "lean_deg": lean if np.isfinite(lean) else 0.0,
        "start_s": finding.start_s,
        "peak_s": finding.peak_s,
        "end_s": finding.end_s,
        "cues": list(finding.cues),
    }


def _length(analysis: Analysis) -> list[float]:
    times = analysis.posture.time_s
    return [float(times[0]), float(times[-1])] if len(times) else [0.0, 0.0]
