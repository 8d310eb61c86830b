"""Saves and loads a measurement, so that corrections do not decode the clip again."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from backline.errors import SourceError
from backline.formats.opensim import Markers
from backline.formats.zip_errors import SPOILT
from backline.model.measurement import (
    EngineInfo,
    Evidence,
    Measured,
    Quality,
    Reason,
    SecondEstimate,
    SourceInfo,
    View,
)
from backline.model.posture import SERIES_FIELDS, Posture, Reference, Standing, WholeBodyMotion
from backline.storage.atomic_file import atomic_file

_HEAD = "measured.json"


def save_measured(measured: Measured, path: Path) -> None:
    """Write a measurement into one file, atomically.

    Raises
    ------
    BacklineError
        If it cannot be written.
    """
    posture, motion = measured.posture, measured.posture.motion
    arrays = {f"posture.{name}": getattr(posture, name) for name in ("time_s", *SERIES_FIELDS)}
    arrays["posture.reason"] = posture.reason.astype(np.str_)
    arrays |= {f"motion.{f.name}": getattr(motion, f.name) for f in fields(WholeBodyMotion)}
    if measured.evidence is not None:
        pixels = measured.evidence
        arrays |= {f"evidence.{n}": getattr(pixels, n) for n in ("back_line", "back_visible")}
        arrays["evidence.points"] = pixels.points
    if measured.second_estimate is not None:
        arrays["beside.lumbar_flexion_deg"] = measured.second_estimate.lumbar_flexion_deg
        arrays["beside.compared"] = measured.second_estimate.compared
    if measured.landmarks is not None:
        arrays["landmarks.positions"] = measured.landmarks.positions
    head = {
        "standing": vars(posture.standing),
        "reference": vars(posture.reference),
        "notes": list(posture.notes),
        "source": vars(measured.source),
        "view": vars(measured.view),
        "engine": vars(measured.engine),
        "quality": {
            **vars(measured.quality), "reasons": [vars(r) for r in measured.quality.reasons]
        },
        "settings": measured.settings,
        "evidence": measured.evidence
        and {"t12_index": measured.evidence.t12_index, "s1_index": measured.evidence.s1_index},
        "beside": measured.second_estimate and measured.second_estimate.name,
        "landmarks": measured.landmarks and measured.landmarks.names,
    }  # fmt: skip
    with atomic_file(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_HEAD, json.dumps(head))
        for name, array in arrays.items():
            packed = io.BytesIO()
            np.save(packed, array, allow_pickle=False)
            archive.writestr(f"{name}.npy", packed.getvalue())


def load_measured(path: Path) -> Measured:
    """Read a measurement back.

    Raises
    ------
    SourceError
        If the file is missing or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            head = json.loads(archive.read(_HEAD))
            arrays = {
                name.removesuffix(".npy"): np.load(
                    io.BytesIO(archive.read(name)), allow_pickle=False
                )
                for name in archive.namelist()
                if name.endswith(".npy")
            }
        return _rebuilt(head, arrays)
    except (OSError, *SPOILT) as error:
        raise SourceError(
            "What was seen in this clip is not kept any more: analyse the clip again."
        ) from error


def _rebuilt(head: dict[str, Any], arrays: dict[str, Any]) -> Measured:
    posture = Posture(
        **_of(arrays, "posture"),
        standing=Standing(**head["standing"]),
        motion=WholeBodyMotion(**_of(arrays, "motion")),
        notes=tuple(head["notes"]),
    )
    kept = head.get("reference")
    if kept is not None:  # missing in older files
        spans = tuple(tuple(span) for span in kept["spans"])
        posture = replace(posture, reference=Reference(**{**kept, "spans": spans}))
    quality = head["quality"]
    reasons = tuple(Reason(**one) for one in quality["reasons"])
    landmarks = None
    if head.get("landmarks"):  # missing in older files
        names = tuple(head["landmarks"])
        landmarks = Markers(posture.time_s, names, arrays["landmarks.positions"], "m")
    return Measured(
        posture=posture,
        source=SourceInfo(**head["source"]),
        view=View(**head["view"]),
        quality=Quality(**{**quality, "reasons": reasons}),
        engine=EngineInfo(**head["engine"]),
        evidence=Evidence(**_of(arrays, "evidence"), **head["evidence"])
        if head["evidence"]
        else None,
        settings=head["settings"],
        second_estimate=SecondEstimate(head["beside"], **_of(arrays, "beside"))
        if head["beside"]
        else None,
        landmarks=landmarks,
    )


def _of(arrays: dict[str, Any], part: str) -> dict[str, Any]:
    mark = f"{part}."
    return {name.removeprefix(mark): a for name, a in arrays.items() if name.startswith(mark)}
