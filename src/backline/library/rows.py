"""Converts one analysis to rows of the record."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backline.reps import REP_PHASES
from backline.storage.atomic_file import file_sha256

if TYPE_CHECKING:
    from backline.pipeline import Analysis
    from backline.reps import Phase, Rep


@dataclass(frozen=True)
class PlaceSize:
    """How much one rep rounded at one place; degrees, + rounding."""

    rep: int
    place: Phase
    size_deg: float
    rounded: bool


def place_sizes(analysis: Analysis) -> list[PlaceSize]:
    """Return the size at each place of each rep that could be measured there.

    At the bottom that is the size of a finding there (the turn-back, or in a deadlift without an
    outline the change from the reference), at the top the change from the standing reference. On
    the ways it is the finding's size, and 0 where there was none. A place that was not measured is
    not in the list.
    """
    certain = {
        (f.rep, f.where): f.size_deg
        for f in analysis.findings
        if f.kind == "rounding" and f.certain
    }
    missing = {(m["rep"], m["phase"]) for m in analysis.summary.get("not_measured", [])}
    sizes = []
    for rep in analysis.reps:
        for place in REP_PHASES:
            size = certain.get((rep.index, place), _measured(rep, place, analysis.lift))
            if size is not None and (rep.index, place) not in missing:
                rounded = (rep.index, place) in certain
                sizes.append(PlaceSize(rep.index, place, float(size), rounded))
    return sizes


def _measured(rep: Rep, place: Phase, lift: str) -> float | None:
    if place == "lockout":
        return rep.metrics.get("lumbar_flexion_lockout_deg")
    if place == "bottom":
        name = "turn_back_deg" if lift == "squat" else "lumbar_flexion_bottom_deg"
        return rep.metrics.get("bottom_size_deg", rep.metrics.get(name))
    return 0.0 if place in rep.phases else None


def content_of(analysis: Analysis) -> str:
    """Return the hash that identifies a clip; of a folder, over its files."""
    if analysis.source.sha256:
        return analysis.source.sha256
    folder = Path(analysis.source.path.rpartition("@")[0] or analysis.source.path)
    digest = hashlib.sha256()
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    for file in (file for file in files if file.is_file()):
        digest.update(file.name.encode() + bytes.fromhex(file_sha256(file)))
    if not files:
        digest.update(analysis.source.path.encode())
    return digest.hexdigest()


def fingerprint_of(document: dict[str, Any]) -> str:
    """Return a hash of all numbers, settings and versions of a result, but not of its path."""
    parts = {**document, "source": {**document["source"], "path": ""}}
    parts["summary"] = {k: v for k, v in document["summary"].items() if k != "cue"}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
