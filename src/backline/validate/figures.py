"""The project's targets and the values measured for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from backline.validate.agreement import clustered_interval, coverage, rmse, wilson
from backline.validate.detection import BUTT_WINK, TOP_TUCK, DetectionTask, outcome

if TYPE_CHECKING:
    import pandas as pd

    from backline.validate.run import Results

LEVEL = 0.9  # of the intervals that are checked
#: Standard normal quantile of the 90 % interval.
Z90 = 1.644854
#: Outside the fair conditions, at least this share must be withheld or inside its interval:
#: the lower bound that is asked of the intervals inside them.
OUTSIDE_MUST, OUTSIDE_AIM = 0.85, 0.90


@dataclass(frozen=True)
class PromisedFigure:
    """One row of the table.

    Parameters
    ----------
    what : str
        What is measured.
    must, aim : str
        In words, with units.
    measured : str
        In words, with a 95 % interval where there is one.
    n : str
        How much it rests on.
    met : str
        ``"aim"``, ``"must"``, ``"missed"`` or ``"not measured"``.
    value : float
        The bare number, in the unit of ``must``; NaN where not measured.
    """

    what: str
    must: str
    aim: str
    measured: str
    n: str
    met: str
    value: float


def figures(results: Results, network_hz: float) -> list[PromisedFigure]:
    """Return every row of "Figures to reach".

    Parameters
    ----------
    results : Results
        All cases.
    network_hz : float
        Frames a second that the lumbar network reads on two cores; NaN where not measured.
    """
    fair = results.frames[results.frames["setting"] == "fair"]
    kept = fair[fair["measurable"]]
    lockout = kept[kept["phase"] == "lockout"]
    return [
        _error("lumbar flexion, RMSE over all measurable frames", kept, "lumbar_flexion", 4.0, 2.5),
        _error("lumbar flexion at lockout against standing, RMSE over frames",
               lockout, "lumbar_flexion", 2.5, 1.5),
        _plateau(results.reps),
        _error("pelvic tilt, RMSE", kept, "pelvic_tilt", 4.5, 3.0),
        *_detected("opposite butt wink of 8 to 9 deg", "clean lockouts", results.reps, TOP_TUCK,
                   (0.90, 0.97), (0.05, 0.02)),
        *_detected("butt wink of 12 deg and more", "deep clean squats", results.reps, BUTT_WINK,
                   (0.95, 0.98), (0.05, 0.02)),
        _covered(kept),
        _withheld(fair),
        *_outside(results.frames),
        _network(network_hz),
    ]  # fmt: skip


def _error(what: str, frames: pd.DataFrame, name: str, must: float, aim: float) -> PromisedFigure:
    error = errors(frames, f"{name}_deg")
    low, high = clustered_interval(error, frames["case"].to_numpy())
    value, clips = rmse(error), frames["case"].nunique()
    return PromisedFigure(
        what, f"{must:.1f} deg", f"{aim:.1f} deg", _words(value, ".2f", " deg", low, high),
        f"{int(np.isfinite(error).sum())} frames, {clips} clips", verdict(value, must, aim), value,
    )  # fmt: skip


def _plateau(reps: pd.DataFrame) -> PromisedFigure:
    fair = reps[reps["group"] == "fair"]
    error = (fair["plateau_measured"] - fair["plateau_true"]).to_numpy(dtype=np.float64)
    low, high = clustered_interval(error, fair["case"].to_numpy())
    value, n = rmse(error), int(np.isfinite(error).sum())
    return PromisedFigure(
        "the same, mean over each lockout", "2.5 deg", "1.5 deg",
        _words(value, ".2f", " deg", low, high), f"{n} lockouts", verdict(value, 2.5, 1.5), value,
    )  # fmt: skip


def _detected(
    what: str,
    clean: str,
    reps: pd.DataFrame,
    task: DetectionTask,
    sensitivity: tuple[float, float],
    false_alarms: tuple[float, float],
) -> list[PromisedFigure]:
    found = outcome(reps, task)
    rows = (
        (f"{what}: sensitivity", found.hits, found.planted, sensitivity, "reps with it"),
        (f"{what}: false alarms on {clean}", found.false, found.clean, false_alarms, "clean reps"),
    )
    return [_share(name, count, n, bounds, f"{n} {unit}") for name, count, n, bounds, unit in rows]


def _share(
    what: str, count: int, n: int, bounds: tuple[float, float], rests_on: str
) -> PromisedFigure:
    value = count / n if n else float("nan")
    low, high = wilson(count, n)
    must, aim = bounds
    sign = -1.0 if aim > must else 1.0  # a sensitivity is to be large, a false alarm small
    return PromisedFigure(
        what, f"{must:.2f}", f"{aim:.2f}", _words(value, ".3f", "", low, high), rests_on,
        verdict(sign * value, sign * must, sign * aim), value,
    )  # fmt: skip


def _covered(kept: pd.DataFrame) -> PromisedFigure:
    sd = kept["sd_lumbar_flexion_deg"].to_numpy(dtype=np.float64)
    value = coverage(errors(kept, "lumbar_flexion_deg"), sd, LEVEL)
    met = "missed"
    if np.isnan(value):
        met = "not measured"
    elif 0.88 <= value <= 0.92:
        met = "aim"
    elif 0.85 <= value <= 0.95:
        met = "must"
    return PromisedFigure(
        "90 % intervals of lumbar flexion cover", "85 to 95 %", "88 to 92 %", _words(value, ".1%"),
        f"{len(kept)} frames", met, value,
    )  # fmt: skip


def _withheld(fair: pd.DataFrame) -> PromisedFigure:
    value = float((~fair["measurable"]).mean()) if len(fair) else float("nan")
    return PromisedFigure(
        "frames withheld in these conditions", "10 %", "3 %", _words(value, ".1%"),
        f"{len(fair)} frames", verdict(value, 0.10, 0.03), value,
    )  # fmt: skip


def _outside(frames: pd.DataFrame) -> list[PromisedFigure]:
    """One row for each trouble, in the order of its name."""
    rows = []
    for setting in sorted(set(frames["setting"]) - {"fair"}):
        part = frames[frames["setting"] == setting]
        withheld, inside = held_or_inside(part)
        value = withheld + inside
        rows.append(
            PromisedFigure(
                f"outside them, {setting}: withheld or inside the 90 % interval",
                f"{OUTSIDE_MUST:.0%}",
                f"{OUTSIDE_AIM:.0%}",
                f"{value:.1%} ({withheld:.1%} withheld)",
                f"{len(part)} frames, {part['case'].nunique()} clips",
                verdict(-value, -OUTSIDE_MUST, -OUTSIDE_AIM),
                value,
            )
        )
    return rows


def held_or_inside(frames: pd.DataFrame) -> tuple[float, float]:
    """Return the shares of frames withheld, and given with the truth inside the 90 % interval."""
    measurable = frames["measurable"].to_numpy(dtype=np.bool_)
    error = np.abs(errors(frames, "lumbar_flexion_deg"))
    with np.errstate(invalid="ignore"):
        inside = error <= Z90 * frames["sd_lumbar_flexion_deg"].to_numpy(dtype=np.float64)
    return float((~measurable).mean()), float((inside & measurable).mean())


def _network(rate_hz: float) -> PromisedFigure:
    return PromisedFigure(
        "network on two cores", "150 frames/s", "400 frames/s",
        _words(rate_hz, ".0f", " frames/s"), "", verdict(-rate_hz, -150.0, -400.0), rate_hz,
    )  # fmt: skip


def errors(frames: pd.DataFrame, quantity: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return measured less true of one quantity, degrees; NaN where withheld."""
    measured, true = frames[f"measured_{quantity}"], frames[f"true_{quantity}"]
    return (measured - true).to_numpy(dtype=np.float64)


def verdict(value: float, must: float, aim: float) -> str:
    """Return whether a value that is to be small reaches its bounds; flip signs where large."""
    if np.isnan(value):
        return "not measured"
    return "aim" if value <= aim else "must" if value <= must else "missed"


def _words(
    value: float, form: str, unit: str = "", low: float = float("nan"), high: float = float("nan")
) -> str:
    """Write a number with its unit and its interval; a dash where there is none."""
    if np.isnan(value):
        return "–"
    interval = "" if np.isnan(low) else f" ({low:.2f} to {high:.2f})"
    return f"{value:{form}}{unit}{interval}"
