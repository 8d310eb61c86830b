"""Compares one analysed clip with its true angles, frame by frame and rep by rep."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from backline.findings.finding import Finding
from backline.findings.metrics import measure_reps
from backline.model.posture import SERIES_FIELDS, FloatArray, Posture, Reference
from backline.reps import Lift, Phase, Rep
from backline.validate.proxies import PROXIES, proxy_scores

if TYPE_CHECKING:
    import pandas as pd

    from backline.pipeline import Analysis

#: Compared as change from the standing reference, so that both sides are zeroed over the same
#: stretch. Hip flexion is one of them: how far the pelvis is tilted in standing itself, no picture
#: shows.
CHANGES = (
    "lumbar_flexion_deg",
    "pelvic_tilt_deg",
    "trunk_lean_deg",
    "lumbar_curve_deg",
    "hip_flexion_deg",
)
#: Compared at the field's usual zero.
JOINTS = ("knee_flexion_deg",)
QUANTITIES = (*CHANGES, *JOINTS)
#: A rep that is measured without a reference has its zero in the mean about its most extended
#: moment, seconds to each side.
EXTENDED_S = 0.1
WITH_SD = ("lumbar_flexion_deg", "pelvic_tilt_deg", "trunk_lean_deg")
#: A found rep is the planted one whose bottom lies within this, seconds.
SAME_REP_S = 0.6
#: The planted top is reached this long after the lockout starts, and left before it ends, s.
PLATEAU_S = (0.15, 0.2)
#: Phases whose frames show whether a rep was measured there, and whether it could be.
HELD: tuple[Phase, ...] = ("bottom", "lockout", "ascent")
#: Share of the low back behind a plate from which a frame counts as hidden.
HIDDEN_FROM = 0.05
EVENTS = ("bottom", "lockout", "ascent", "descent", "over")


def frame_table(truth: pd.DataFrame, posture: Posture) -> pd.DataFrame:
    """Pair measured angles with true ones.

    Parameters
    ----------
    truth : DataFrame
        As ``.truth.csv`` has it: one row a frame, changes from the first frame.
    posture : Posture
        What was measured of the same clip.

    Returns
    -------
    DataFrame
        One row a frame of the truth: ``frame, time_s, rep, phase, hidden, measurable,
        reason``; for each of `QUANTITIES` the true and the measured value (``true_`` and
        ``measured_`` before its name; the latter NaN where not measurable), and for those in
        `WITH_SD` the stated standard deviation (``sd_`` before it).
    """
    import pandas as pd

    time_s = truth["time_s"].to_numpy(dtype=np.float64)
    nearest = nearest_frames(time_s, posture.time_s)
    matched = nearest >= 0
    row = np.where(matched, nearest, 0)
    if len(posture) == 0:
        posture = _blank(posture)
    measurable = matched & posture.measurable[row]
    table = {name: truth[name].to_numpy() for name in ("frame", "time_s", "rep", "phase", "hidden")}
    table["measurable"] = measurable
    table["reason"] = np.where(matched, posture.reason[row], "no_frame")
    still = reference_rows(time_s, posture.reference)
    for name in QUANTITIES:
        true = truth[name].to_numpy(dtype=np.float64)
        measured = np.where(measurable, getattr(posture, name)[row], np.nan)
        if name in CHANGES:
            true = true - true[still].mean()
        if name == "lumbar_curve_deg":  # the only one not given as a change
            quiet = measured[still & np.isfinite(measured)]
            measured = measured - (quiet.mean() if len(quiet) else np.nan)
        table[f"true_{name}"], table[f"measured_{name}"] = true, measured
    for name in WITH_SD:
        sd = getattr(posture, name.replace("_deg", "_sd_deg"))[row]
        table[f"sd_{name}"] = np.where(measurable, sd, np.nan)
    frames = pd.DataFrame(table)
    return _zeroed_in_reps(frames) if posture.reference.within_reps else frames


def _zeroed_in_reps(frames: pd.DataFrame) -> pd.DataFrame:
    """Compare changes from the same moment of each rep, where there is no other reference."""
    moving = frames["rep"].where(frames["rep"] > 0)
    nearest = moving.ffill().bfill().fillna(0)
    for _, rep in frames.groupby(nearest):
        flexion = rep["measured_lumbar_flexion_deg"]
        if flexion.notna().any():
            at = float(rep["time_s"].to_numpy()[int(np.nanargmin(flexion.to_numpy()))])
            extended = rep.index[((rep["time_s"] - at).abs() <= EXTENDED_S) & flexion.notna()]
            for name in (
                f"{side}_{quantity}" for side in ("true", "measured") for quantity in CHANGES
            ):
                frames.loc[rep.index, name] -= frames.loc[extended, name].mean()
    return frames


def _blank(posture: Posture) -> Posture:
    """Give an empty posture one frame of nothing, so that it can be looked up."""
    known = ("measurable", "reason")
    series: dict[str, Any] = {n: np.full(1, np.nan) for n in SERIES_FIELDS if n not in known}
    series |= {"measurable": np.zeros(1, np.bool_), "reason": np.full(1, "")}
    return replace(posture, time_s=np.zeros(1), **series)


def nearest_frames(wanted_s: FloatArray, have_s: FloatArray) -> NDArray[np.int64]:
    """Return the index of the nearest frame to each time, -1 where none is within half a step."""
    if len(have_s) == 0:
        return np.full(len(wanted_s), -1)
    after = np.clip(np.searchsorted(have_s, wanted_s), 1, max(len(have_s) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(have_s) - 1)
    closer = np.abs(have_s[after] - wanted_s) < np.abs(have_s[before] - wanted_s)
    index = np.where(closer, after, before)
    step = float(np.median(np.diff(wanted_s))) if len(wanted_s) > 1 else np.inf
    return np.where(np.abs(have_s[index] - wanted_s) <= step / 2, index, -1)


def reference_rows(time_s: FloatArray, reference: Reference) -> NDArray[np.bool_]:
    """Return which frames the reference was taken from; the first one where there is none."""
    inside = reference.frames(time_s)
    if not inside.any():
        inside[0] = True
    return inside


def rep_table(
    frames: pd.DataFrame, plan: list[dict[str, Any]], lift: Lift, analysis: Analysis
) -> pd.DataFrame:
    """Pair what was found in each rep with what was simulated in it.

    Parameters
    ----------
    frames : DataFrame
        From `frame_table`.
    plan : list of dict
        The planted reps in order, as `backline.phantom.plan.RepPlan` writes them.
    lift : {"squat", "deadlift"}
        The true one: a squat's bottom is sized by its turn-back.
    analysis : Analysis
        The whole result.

    Returns
    -------
    DataFrame
        One row a planted rep: ``rep, planted_*`` (degrees), ``knee_deg, found,
        bottom_error_s``; for each of `EVENTS` ``alarm_`` (``"none"``, ``"uncertain"``,
        ``"certain"``), for bottom and lockout also ``measured_``, ``hidden_`` (a plate truly
        covers the low back), ``score_`` (size, degrees), ``true_`` (the same from the truth);
        ``plateau_true`` and ``plateau_measured`` (means over the held part of the lockout);
        the proxies' scores at both places.
    """
    import pandas as pd

    reps = measure_reps(analysis.posture, analysis.reps, analysis.lift)
    rows = []
    for number, planted in enumerate(plan, start=1):
        part = frames[frames["rep"] == number]
        bottom_s = float(part.loc[part["phase"] == "bottom", "time_s"].mean())
        found = _matching(reps, bottom_s)
        rows.append(
            {
                "rep": number,
                "planted_bottom": planted["bottom_deg"],
                "planted_top": planted["top_deg"],
                "planted_ascent": planted["ascent_deg"],
                "knee_deg": planted["knee_deg"],
                "found": found is not None,
                "bottom_error_s": found.bottom_s - bottom_s if found else np.nan,
                **_alarms(found, analysis.findings),
                **_sizes(part, lift, found),
                **_plateau(part),
                **_proxies(frames, number, analysis),
            }
        )
    return pd.DataFrame(rows)


def _matching(reps: tuple[Rep, ...], bottom_s: float) -> Rep | None:
    close = [rep for rep in reps if abs(rep.bottom_s - bottom_s) <= SAME_REP_S]
    return min(close, key=lambda rep: abs(rep.bottom_s - bottom_s), default=None)


def _alarms(rep: Rep | None, findings: tuple[Finding, ...]) -> dict[str, str]:
    """Return the strongest word that was said about each place."""
    said = dict.fromkeys(EVENTS, "none")
    for finding in findings:
        if rep is None or finding.rep != rep.index or finding.kind == "drift":
            continue
        place = finding.where if finding.kind == "rounding" else "over"
        if place == "over" and finding.where != "lockout":
            continue
        if place in said and said[place] != "certain":
            said[place] = "certain" if finding.certain else "uncertain"
    return {f"alarm_{place}": word for place, word in said.items()}


def _sizes(part: pd.DataFrame, lift: Lift, rep: Rep | None) -> dict[str, Any]:
    """Return measured and true sizes of the bottom and of the lockout, degrees."""
    metrics = rep.metrics if rep else {}
    phase, true = part["phase"].to_numpy(), part["true_lumbar_flexion_deg"].to_numpy()
    before = true[(phase == "descent") | (phase == "bottom")]
    bottom, lockout = true[phase == "bottom"], true[phase == "lockout"]
    squat = lift == "squat"
    low = metrics.get("turn_back_deg" if squat else "lumbar_flexion_bottom_deg")
    top = metrics.get("lumbar_flexion_lockout_deg")
    base = float(before.min()) if squat and len(before) else 0.0
    return {
        "score_bottom": np.nan if low is None else low,
        "score_lockout": np.nan if top is None else top,
        "true_bottom": float(bottom.max()) - base if len(bottom) else np.nan,
        "true_lockout": float(lockout.max()) if len(lockout) else np.nan,
        **{f"measured_{place}": _measured(part, place) for place in HELD},
        **{f"hidden_{place}": _hidden(part, place) for place in HELD},
    }


def _measured(part: pd.DataFrame, phase: Phase) -> bool:
    """Return whether at least half of a phase's frames were measurable."""
    frames = part.loc[part["phase"] == phase, "measurable"]
    return bool(len(frames) > 0 and frames.mean() >= 0.5)


def _hidden(part: pd.DataFrame, phase: Phase) -> bool:
    """Return whether a plate truly hides the low back in more than half of a phase's frames."""
    share = part.loc[part["phase"] == phase, "hidden"]
    return bool(len(share) > 0 and (share > HIDDEN_FROM).mean() > 0.5)


def _plateau(part: pd.DataFrame) -> dict[str, float]:
    """Return true and measured lumbar flexion over the part of the lockout that is held."""
    top = part[part["phase"] == "lockout"]
    if len(top) == 0:
        return {"plateau_true": np.nan, "plateau_measured": np.nan}
    start, end = top["time_s"].iloc[0] + PLATEAU_S[0], top["time_s"].iloc[-1] - PLATEAU_S[1]
    held = top[(top["time_s"] >= start) & (top["time_s"] <= end) & top["measurable"]]
    return {
        "plateau_true": float(held["true_lumbar_flexion_deg"].mean()),
        "plateau_measured": float(held["measured_lumbar_flexion_deg"].mean()),
    }


def _proxies(frames: pd.DataFrame, number: int, analysis: Analysis) -> dict[str, float]:
    """Return every proxy's score at the bottom and at the lockout of one rep."""
    names = [f"{proxy.name}_{place}" for place in ("bottom", "lockout") for proxy in PROXIES]
    evidence, side = analysis.evidence, analysis.view.side
    if evidence is None or side is None:
        return dict.fromkeys(names, float("nan"))
    rows = nearest_frames(frames["time_s"].to_numpy(), analysis.posture.time_s)
    points = np.full((len(frames), *evidence.points.shape[1:]), np.nan, np.float32)
    points[rows >= 0] = evidence.points[rows[rows >= 0]]
    inside = (frames["rep"] == number).to_numpy()
    phase = frames["phase"].to_numpy()
    first = int(np.flatnonzero(inside)[0])
    before = np.arange(len(frames)) < first
    out: dict[str, float] = {}
    for place, other in (("bottom", inside & (phase == "descent")), ("lockout", before)):
        scores = proxy_scores(points, side, other, inside & (phase == place))
        out |= {f"{name}_{place}": score for name, score in scores.items()}
    return out
