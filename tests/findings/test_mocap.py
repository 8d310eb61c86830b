"""Real motion capture: one stoop lift of a box, and five squats as OpenSim angles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backline.findings import find_findings, not_measured
from backline.model.posture import FloatArray, Posture, Standing, WholeBodyMotion
from backline.reps import detect_lift, find_reps
from backline.settings import Settings

MOCAP = Path(__file__).resolve().parents[3] / "shared" / "mocap"
pytestmark = pytest.mark.usefixtures("shared_dir")


def inclination(table: pd.DataFrame, low: str, high: str) -> FloatArray:
    forward = table[f"{high}_fwd_mm"] - table[f"{low}_fwd_mm"]
    up = table[f"{high}_up_mm"] - table[f"{low}_up_mm"]
    return np.degrees(np.arctan2(forward, up)).to_numpy()


def markers(name: str) -> dict[str, FloatArray]:
    table = pd.read_csv(MOCAP / name)
    for axis in ("fwd", "up"):
        table[f"HIP_{axis}_mm"] = (table[f"LASI_{axis}_mm"] + table[f"LPSI_{axis}_mm"]) / 2
    shank, thigh = inclination(table, "LANK", "LKNE"), -inclination(table, "LKNE", "HIP")
    return {
        "time": table["t"].to_numpy(),
        "lumbar": table["lumbar_flex_trunk_minus_pelvis_deg"].to_numpy(),
        "tilt": table["pelvis_ant_tilt_deg"].to_numpy(),
        "lean": table["trunk_PSIS_C7_lean_deg"].to_numpy(),
        "knee": shank + thigh,
        "thigh": thigh,
        "height": (table["HIP_up_mm"] - table["LANK_up_mm"]).to_numpy(),
        "travel": table["HIP_fwd_mm"].to_numpy(),
    }


def stoop() -> Posture:
    neutral = {k: v.mean() for k, v in markers("neu_t169_f250f350_sagittal.csv").items()}
    lift = markers("stoop1_t169_f620f800_sagittal.csv")
    change = {k: lift[k] - neutral[k] for k in ("lumbar", "tilt", "lean", "knee", "thigh")}
    n = len(lift["time"])
    unknown, sd = np.full(n, np.nan), np.full(n, 0.5)
    return Posture(
        time_s=lift["time"],
        lumbar_flexion_deg=change["lumbar"],
        lumbar_flexion_sd_deg=sd,
        pelvic_tilt_deg=change["tilt"],
        pelvic_tilt_sd_deg=sd,
        trunk_lean_deg=change["lean"],
        trunk_lean_sd_deg=sd,
        lumbar_curve_deg=unknown,
        thoracic_flexion_deg=unknown,
        hip_flexion_deg=change["tilt"] + change["thigh"],
        knee_flexion_deg=change["knee"],
        ankle_dorsiflexion_deg=unknown,
        measurable=np.ones(n, dtype=bool),
        reason=np.full(n, ""),
        standing=Standing(0.0, 2.0, "given"),
        motion=WholeBodyMotion(
            hip_height=lift["height"] / neutral["height"],
            hip_travel=lift["travel"] / neutral["height"],
            hands_below_shoulders=unknown,
        ),
    )


@pytest.mark.parametrize("lift", ["squat", "deadlift"])
def test_a_real_stoop_lift_is_one_rep_with_rounding_below_and_arching_above(lift):
    posture = stoop()
    (rep,) = find_reps(posture, lift)
    # the box leaves the floor about 2.1 s after the start
    assert rep.bottom_s == pytest.approx(2.1, abs=0.3)
    found = {(f.kind, f.where): f for f in find_findings(posture, (rep,), lift, Settings())}
    assert set(found) == {("rounding", "bottom"), ("over_extension", "lockout")}
    rounding, arch = found["rounding", "bottom"], found["over_extension", "lockout"]
    assert rounding.certain
    # about +20 below against -5.7 neutral (the turn-back starts a little later than the
    # low back does); about -9 or lower above
    assert rounding.size_deg == pytest.approx(26 if lift == "deadlift" else 23, abs=3)
    assert arch.size_deg > 3.3
    assert not_measured(posture, (rep,)) == []


def test_the_stoop_lift_is_told_to_be_a_hip_hinge():
    assert detect_lift(stoop()) == "deadlift"


def opensim_squats(*, height: bool) -> Posture:
    lines = (MOCAP / "squats1_videoAndMocap.mot").read_text().splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("time"))
    rows = [[float(v) for v in line.split()] for line in lines[head + 1 :] if line.strip()]
    table = pd.DataFrame(rows, columns=lines[head].split())
    n = len(table)
    blank = {
        name: np.full(n, np.nan)
        for name in (
            "lumbar_flexion_deg",
            "lumbar_flexion_sd_deg",
            "pelvic_tilt_deg",
            "pelvic_tilt_sd_deg",
            "trunk_lean_deg",
            "trunk_lean_sd_deg",
            "lumbar_curve_deg",
            "thoracic_flexion_deg",
            "ankle_dorsiflexion_deg",
        )
    }
    unknown = np.full(n, np.nan)
    hip = (table["pelvis_ty"] / table["pelvis_ty"].max()).to_numpy() if height else unknown
    return Posture(
        time_s=table["time"].to_numpy(),
        **blank,
        hip_flexion_deg=table["hip_flexion_r"].to_numpy(),
        knee_flexion_deg=table["knee_angle_r"].to_numpy(),
        measurable=np.zeros(n, dtype=bool),
        reason=np.full(n, "no_spine"),
        standing=Standing(float("nan"), float("nan"), "none"),
        motion=WholeBodyMotion(hip, unknown, unknown),
    )


@pytest.mark.parametrize("height", [True, False])
def test_five_real_squats_without_a_low_back_are_counted_at_their_knee_peaks(height):
    posture = opensim_squats(height=height)
    reps = find_reps(posture, "squat")
    np.testing.assert_allclose([r.bottom_s for r in reps], [0.95, 2.46, 3.97, 5.56, 7.18], atol=0.1)
    assert find_findings(posture, reps, "squat", Settings()) == ()
    assert {code for _, _, code in not_measured(posture, reps)} == {"no_spine"}
    assert detect_lift(posture) == "squat"
