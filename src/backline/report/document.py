"""The result as data: ``analysis.json`` and the series table of the contract."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from backline import __version__
from backline.findings.finding import Finding
from backline.reps import Grade, Rep, phase_at

if TYPE_CHECKING:
    import pandas as pd

    from backline.analysis import LiftAnalysis

SCHEMA = "backline.analysis/1"

ANGLE_COLUMNS: tuple[str, ...] = (
    "lumbar_flexion_deg",
    "lumbar_flexion_sd_deg",
    "pelvic_tilt_deg",
    "pelvic_tilt_sd_deg",
    "trunk_lean_deg",
    "lumbar_curve_deg",
    "hip_flexion_deg",
    "knee_flexion_deg",
    "ankle_dorsiflexion_deg",
)
PELVIS_COLUMNS = ("pelvic_tilt_deg", "pelvic_tilt_sd_deg")
"""Motion capture shows the pelvis where C7 or a lumbar joint is missing, and the low back is not
known."""
LOAD_COLUMNS: tuple[str, ...] = (
    "l5s1_moment_nm",
    "l5s1_compression_n",
    "l5s1_compression_low_n",
    "l5s1_compression_high_n",
    "l5s1_shear_low_n",
    "l5s1_shear_high_n",
)
ACTION_COLUMN = "glute_action"
"""The one column of words: shortening, holding or lengthening."""
GLUTE_COLUMNS: tuple[str, ...] = ("glute_length", ACTION_COLUMN)


def to_dict(analysis: LiftAnalysis) -> dict[str, Any]:
    """Return what ``analysis.json`` holds, as plain Python values.

    Parameters
    ----------
    analysis : LiftAnalysis
        The result.

    Returns
    -------
    dict
        Keys and order of the contract. NaN and infinity become None; numpy scalars and
        arrays become Python numbers and lists. It satisfies :func:`schema`.
    """
    standing, reference = analysis.posture.standing, analysis.posture.reference
    document = {
        "schema": SCHEMA,
        "backline_version": __version__,
        "source": asdict(analysis.source),
        "engine": asdict(analysis.engine),
        "settings": analysis.settings,
        "view": asdict(analysis.view),
        "quality": asdict(analysis.quality),
        "standing": asdict(standing),
        "reference": {
            "kind": reference.kind,
            "start_s": reference.start_s,
            "end_s": reference.end_s,
            "sd_deg": reference.sd_deg,
            "noise_deg": reference.noise_deg,
            "text": reference.text,
        },
        "reps": [_rep(rep) for rep in analysis.reps],
        "findings": [_finding(finding) for finding in analysis.findings],
        "summary": {"lift": analysis.lift, **analysis.summary},
    }
    plain: dict[str, Any] = to_plain(document)
    return plain


def to_json(analysis: LiftAnalysis) -> str:
    """Return ``analysis.json`` as text: indented, UTF-8, without NaN."""
    return json.dumps(to_dict(analysis), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) that every ``analysis.json`` satisfies."""
    text = resources.files("backline.report").joinpath("analysis.schema.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def series(analysis: LiftAnalysis, extra: Mapping[str, NDArray[Any]] | None = None) -> pd.DataFrame:
    """Return the series table: one row a frame, columns of the contract in their order.

    Parameters
    ----------
    analysis : LiftAnalysis
        The result.
    extra : mapping of str to ndarray, shape (n,), optional
        Load (:data:`LOAD_COLUMNS`) and gluteus (:data:`GLUTE_COLUMNS`) series. Load columns
        appear only together; a missing one stays empty.

    Returns
    -------
    pandas.DataFrame
        Between reps ``rep`` is 0 and ``phase`` standing, unrack or empty. A frame that cannot
        be measured has ``measurable`` 0 and empty (NaN) angle and load cells, but for the pelvis
        where motion capture shows it alone. Where the source
        makes a second estimate of lumbar flexion it stands in a last column, named after what
        made it; where a person drew in frames or left some out, ``by_hand`` is 1 in those.

    Raises
    ------
    ValueError
        If ``extra`` holds an unknown column or a wrong length.
    """
    import pandas as pd

    posture = analysis.posture
    n = len(posture)
    rep, phase = phase_at(analysis.reps, posture)
    table: dict[str, Any] = {
        "frame": np.arange(n, dtype=np.int64),
        "time_s": posture.time_s,
        "rep": rep,
        "phase": phase,
        "measurable": posture.measurable.astype(np.int64),
    }
    columns = {name: getattr(posture, name) for name in ANGLE_COLUMNS}
    columns.update(_extra_columns(extra or {}, n))
    for name, values in columns.items():
        nothing: Any = None if values.dtype == object else np.nan
        alone = analysis.source.kind == "mocap" and name in PELVIS_COLUMNS
        table[name] = np.where(posture.measurable | alone, values, nothing)
    if analysis.second_estimate is not None:
        table[f"{analysis.second_estimate.name}_lumbar_flexion_deg"] = (
            analysis.second_estimate.lumbar_flexion_deg
        )
    if analysis.evidence is not None and analysis.evidence.by_hand.any():
        table["by_hand"] = analysis.evidence.by_hand.astype(np.int64)
    return pd.DataFrame(table)


def to_plain(value: Any) -> Any:
    """Return a value as JSON can hold it: NaN and infinity become None, arrays lists.

    Raises
    ------
    TypeError
        If the value has no plain form.
    """
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, np.ndarray):
        return to_plain(value.tolist())
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    raise TypeError(f"analysis.json cannot hold a {type(value).__name__}: {value!r}")


def inert_json(value: Any) -> str:
    """Return JSON that is inert inside a script element, whatever its strings contain."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    for unsafe in "<>&":
        text = text.replace(unsafe, f"\\u{ord(unsafe):04x}")
    return text


def _rep(rep: Rep) -> dict[str, Any]:
    metrics = {"complete": rep.complete, "depth_leg_lengths": rep.depth, **rep.metrics}
    return {
        "index": rep.index,
        "start_s": rep.start_s,
        "bottom_s": rep.bottom_s,
        "end_s": rep.end_s,
        "phases": {name: list(span) for name, span in rep.phases.items()},
        "metrics": metrics,
        **({"grade": _grade(rep.grade)} if rep.grade is not None else {}),
    }


def _grade(grade: Grade) -> dict[str, Any]:
    return {
        "shape": grade.shape, "probability": grade.probability, "rhythm": grade.rhythm
    }  # fmt: skip


def _finding(finding: Finding) -> dict[str, Any]:
    fields = asdict(finding)
    if finding.curve == "unknown":
        fields["curve"] = None
    del fields["certain"]  # follows from size_deg and probability by the settings' thresholds
    return fields


def _extra_columns(extra: Mapping[str, NDArray[Any]], n: int) -> dict[str, NDArray[Any]]:
    """Return the load and gluteus columns that the table gets, in the contract's order."""
    unknown = sorted(set(extra) - {*LOAD_COLUMNS, *GLUTE_COLUMNS})
    if unknown:
        raise ValueError(f"extra series: expected load or glute columns, got {', '.join(unknown)}")
    empty = np.full(n, np.nan)
    with_load = any(name in extra for name in LOAD_COLUMNS)
    wanted = LOAD_COLUMNS if with_load else ()
    wanted += tuple(name for name in GLUTE_COLUMNS if name in extra)
    chosen: dict[str, NDArray[Any]] = {
        name: np.asarray(extra.get(name, empty), dtype=np.float64)
        for name in wanted
        if name != ACTION_COLUMN
    }
    if ACTION_COLUMN in wanted:
        said = np.asarray(extra[ACTION_COLUMN], dtype=object)
        empty_cell: Any = None
        chosen[ACTION_COLUMN] = np.where(said == "", empty_cell, said)
    for name, values in chosen.items():
        if values.shape != (n,):
            raise ValueError(f"{name}: expected shape ({n},), got {values.shape}")
    return chosen
