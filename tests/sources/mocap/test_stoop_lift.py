"""The stoop lift of a laboratory: the numbers that its own README gives."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backline.findings import find_findings
from backline.model.measurement import Measured
from backline.reps import detect_lift, find_reps
from backline.settings import Settings
from backline.sources.registry import SourceOptions, open_source

Find = Callable[[str], Path]


@pytest.fixture(scope="module")
def stoop(shared_file: Find) -> Measured:
    own = shared_file("mocap/neu_t169_f250f350.c3d")
    lift = shared_file("mocap/stoop1_t169_f620f800.c3d")
    return open_source(lift, SourceOptions(standing=own))


def test_the_stoop_lifts_angles_are_those_of_its_readme(stoop: Measured) -> None:
    posture = stoop.posture
    assert stoop.quality.verdict == "ok"
    bottom = (posture.time_s > 1.5) & (posture.time_s < 2.3)
    assert posture.pelvic_tilt_deg[bottom].max() == pytest.approx(60.7, abs=0.5)
    assert posture.lumbar_flexion_deg[bottom].max() == pytest.approx(27, abs=1.5)
    end = posture.lumbar_flexion_deg[posture.time_s > 3.25]
    assert ((end > -6.3) & (end < -2.5)).all()


def test_the_stoop_lift_agrees_with_the_angles_worked_out_beside_it(
    stoop: Measured, shared_file: Find
) -> None:
    def column(name: str, which: str) -> np.ndarray:
        with shared_file(f"mocap/{which}_sagittal.csv").open() as stream:
            return np.array([float(row[name]) for row in csv.DictReader(stream)])

    for name, ours in (
        ("pelvis_ant_tilt_deg", stoop.posture.pelvic_tilt_deg),
        ("trunk_PSIS_C7_lean_deg", stoop.posture.trunk_lean_deg),
    ):
        neutral = column(name, "neu_t169_f250f350").mean()
        theirs = column(name, "stoop1_t169_f620f800") - neutral
        assert np.sqrt(np.mean((ours - theirs) ** 2)) < 0.5
        assert np.abs(ours - theirs).max() < 1.2


def test_the_stoop_lift_is_one_rep_that_rounds_below_and_arches_above(stoop: Measured) -> None:
    posture = stoop.posture
    lift = detect_lift(posture)
    reps = find_reps(posture, lift)
    assert lift == "deadlift"
    assert len(reps) == 1
    found = find_findings(posture, reps, lift, Settings())
    by_place = {(f.kind, f.where): f for f in found}
    rounding = by_place["rounding", "bottom"]
    assert rounding.certain
    assert rounding.size_deg == pytest.approx(26, abs=2)
    arching = by_place["over_extension", "lockout"]
    assert arching.size_deg == pytest.approx(4.5, abs=1.5)


def test_the_stoop_lift_without_its_standing_is_measured_from_its_lockout(
    stoop: Measured, shared_file: Find
) -> None:
    measured = open_source(shared_file("mocap/stoop1_t169_f620f800.c3d"))
    reference = measured.posture.reference
    assert measured.quality.verdict == "limited"
    assert [r.code for r in measured.quality.reasons] == ["reference_lockouts"]
    assert (reference.kind, len(reference.spans)) == ("lockouts", 1)
    off = measured.posture.lumbar_flexion_deg - stoop.posture.lumbar_flexion_deg
    assert np.ptp(off) < 0.1  # another zero, nothing else
    assert np.abs(off).max() < 1.5 * reference.sd_deg


def test_five_squats_are_counted_with_their_knee_peaks(shared_file: Find) -> None:
    posture = open_source(shared_file("mocap/squats1_videoAndMocap.mot")).posture
    assert detect_lift(posture) == "squat"
    reps = find_reps(posture, "squat")
    peaks = []
    for rep in reps:
        inside = np.flatnonzero((posture.time_s >= rep.start_s) & (posture.time_s <= rep.end_s))
        peaks.append(posture.time_s[inside[np.argmax(posture.knee_flexion_deg[inside])]])
    stated = [0.95, 2.46, 3.97, 5.56, 7.18]
    np.testing.assert_allclose(peaks, stated, atol=0.05)
    np.testing.assert_allclose([rep.bottom_s for rep in reps], stated, atol=0.05)


def test_the_squats_hips_are_not_at_the_models_limit(shared_file: Find) -> None:
    measured = open_source(
        shared_file("mocap/squats1_videoAndMocap.mot"), SourceOptions(standing=(0.0, 0.1))
    )
    assert measured.posture.measurable.all()
    assert "hip_clamped" not in [reason.code for reason in measured.quality.reasons]
