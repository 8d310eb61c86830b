"""Errors by quantity and condition, and coverage of the stated intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backline.model.posture import FloatArray
from backline.validate.agreement import agreement, calibration, coverage
from backline.validate.figures import errors, held_or_inside
from backline.validate.ground_truth_comparison import QUANTITIES, WITH_SD

if TYPE_CHECKING:
    import pandas as pd

    from backline.validate.run import Results

YAW_BANDS_DEG = (0.0, 5.0, 10.0, 15.0)  # edges of the bands that results are split into
_YAW_WORDS = ("0 to 5 deg", "5 to 10 deg", "10 to 15 deg")
#: Stated probabilities at which coverage is compared.
LEVELS: FloatArray = np.array([0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99])
QUANTITY_WORDS = {
    "lumbar_flexion_deg": "lumbar flexion",
    "pelvic_tilt_deg": "pelvic tilt",
    "trunk_lean_deg": "trunk lean",
    "lumbar_curve_deg": "lumbar curve (change)",
    "hip_flexion_deg": "hip flexion",
    "knee_flexion_deg": "knee flexion",
}


def fair_frames(results: Results) -> pd.DataFrame:
    """Return the frames of the conditions that the figures are promised for."""
    return results.frames[results.frames["setting"] == "fair"]


def by_quantity(results: Results) -> pd.DataFrame:
    """Return bias, limits of agreement and coverage of each quantity, fair conditions.

    Returns
    -------
    DataFrame
        Degrees: ``quantity, frames, RMSE, bias, low, high`` (95 % limits of agreement) and
        ``in 90 % interval`` where a standard deviation is stated.
    """
    import pandas as pd

    frames = fair_frames(results)
    return pd.DataFrame([{"quantity": QUANTITY_WORDS[q]} | _row(frames, q) for q in QUANTITIES])


def by_condition(results: Results) -> pd.DataFrame:
    """Return the error of lumbar flexion by phase, lift, plate, cloth, view and picture.

    Returns
    -------
    DataFrame
        ``by, value``, the columns of `by_quantity`, and ``withheld`` (share of frames).
        All rows but those by ``setting`` are of the fair conditions.
    """
    import pandas as pd

    fair = fair_frames(results).copy()
    band = np.clip(np.digitize(fair["yaw_deg"].abs(), YAW_BANDS_DEG) - 1, 0, 2)
    fair["yaw"] = [_YAW_WORDS[k] for k in band]
    splits = {
        "phase": "phase", "lift": "lift", "planted": "event", "bar": "bar", "plates": "plates",
        "cloth": "fit", "yaw": "yaw", "picture height (px)": "height_px",
        "compression": "compression", "frames a second": "rate_hz", "hand shake (px)": "shake_px",
    }  # fmt: skip
    rows: list[dict[str, Any]] = []
    for words, column in splits.items():
        rows += _split(fair, words, column)
    rows += _split(results.frames, "setting", "setting")
    return pd.DataFrame(rows)


def _split(frames: pd.DataFrame, words: str, column: str) -> list[dict[str, Any]]:
    if column not in frames:
        return []
    rows = []
    for value, part in frames.groupby(column, sort=True):
        shown = f"{value:g}" if isinstance(value, int | float) else str(value)
        withheld, inside = held_or_inside(part)
        rows.append(
            {"by": words, "value": shown, "clips": part["case"].nunique()}
            | _row(part, "lumbar_flexion_deg")
            | {"withheld": withheld, "withheld or inside": withheld + inside}
        )
    return rows


def _row(frames: pd.DataFrame, quantity: str) -> dict[str, Any]:
    error = errors(frames, quantity)
    found = agreement(error)
    row = {
        "frames": found.n, "RMSE": found.rmse, "bias": found.bias, "low": found.low,
        "high": found.high,
    }  # fmt: skip
    inside = float("nan")
    if quantity in WITH_SD:
        inside = coverage(error, frames[f"sd_{quantity}"].to_numpy(dtype=np.float64))
    return row | {"in 90 % interval": inside}


def by_clip(results: Results) -> pd.DataFrame:
    """Return one row a clip: its tags, what came of it, RMSE and bias of lumbar flexion."""
    import pandas as pd

    rows = []
    for case, part in results.frames.groupby("case"):
        found = agreement(errors(part, "lumbar_flexion_deg"))
        rows.append(
            {
                "case": case,
                "rmse_deg": found.rmse,
                "bias_deg": found.bias,
                "withheld": float((~part["measurable"]).mean()),
            }
        )
    return results.cases.drop(columns="index").merge(pd.DataFrame(rows), on="case")


def calibrations(results: Results) -> pd.DataFrame:
    """Return the observed coverage at each nominal level, for what states an interval."""
    import pandas as pd

    frames = fair_frames(results)
    table: dict[str, Any] = {"nominal": LEVELS}
    for quantity in WITH_SD:
        sd = frames[f"sd_{quantity}"].to_numpy(dtype=np.float64)
        table[QUANTITY_WORDS[quantity]] = calibration(errors(frames, quantity), sd, LEVELS)
    return pd.DataFrame(table)
