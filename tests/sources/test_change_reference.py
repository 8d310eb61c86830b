"""Another moment as the reference: what was seen is read anew, or the angles lose their mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backline.errors import UsageError
from backline.model.measurement import (
    EngineInfo,
    Measured,
    Quality,
    Reason,
    SecondEstimate,
    SourceInfo,
    View,
)
from backline.model.posture import Reference, Standing
from backline.pipeline import Analysis, conclude
from backline.settings import Settings
from backline.sources.change_reference import change_reference, trimmed
from backline.sources.video import source
from backline.sources.video.clip_observations import ClipObservations, CropSpool, stretch_of
from backline.sources.video.observations_file import save_observations
from backline.sources.video.posture_estimation import measure
from backline.sources.video.quality.gating import quality_of
from backline.sources.video.source import with_notes
from tests.sources.video.sights import RATE_HZ
from tests.sources.video.stated import Stated, acted, stated

# --- angles of a source that keeps no picture --------------------------------------------------


@pytest.fixture
def measured(make_analysis: Callable[..., Analysis]) -> Measured:
    """60 frames in 2 s: 4 degrees of flexion in the first second, 10 in the second."""
    one = make_analysis()
    n = len(one.posture)
    flexion = np.where(np.arange(n) < 30, 4.0, 10.0)
    lean = np.where(np.arange(n) < 30, 2.0, 7.0)
    hidden = np.arange(n) >= 55
    posture = replace(
        one.posture,
        lumbar_flexion_deg=np.where(hidden, np.nan, flexion),
        lumbar_flexion_sd_deg=np.full(n, 5.0),
        trunk_lean_deg=lean,
        pelvic_tilt_deg=lean - flexion,
        measurable=~hidden,
        reason=np.where(hidden, "back_hidden", ""),
        reference=Reference("quiet_standing", ((0.0, 1.0),), 3.0, 3.0, "As before."),
    )
    quality = Quality("limited", (Reason("standing_second_best", "Second best."),), 0.9)
    second_estimate = SecondEstimate("network", flexion + 1, np.ones(n, dtype=bool))
    return Measured(
        posture, one.source, one.view, quality, one.engine, None, {"filter": "x"}, second_estimate
    )


def test_from_another_moment_all_changes_shift_by_its_mean(measured: Measured) -> None:
    moved = change_reference(measured, (1.0, 1.8)).posture
    assert moved.lumbar_flexion_deg[0] == pytest.approx(4.0 - 10.0)
    assert moved.lumbar_flexion_deg[40] == pytest.approx(0.0)
    assert moved.trunk_lean_deg[0] == pytest.approx(2.0 - 7.0)
    stored = moved.measurable
    assert moved.pelvic_tilt_deg[stored] == pytest.approx(
        (moved.trunk_lean_deg - moved.lumbar_flexion_deg)[stored]
    )
    assert moved.standing == Standing(1.0, 1.8, "given")
    assert (moved.reference.kind, moved.reference.spans) == ("given", ((1.0, 1.8),))
    assert "1.0 to 1.8 s" in moved.reference.text


def test_angles_with_a_zero_of_their_own_stay(measured: Measured) -> None:
    moved = change_reference(measured, (1.0, 1.8)).posture
    for name in ("knee_flexion_deg", "hip_flexion_deg", "lumbar_curve_deg", "back_bulge"):
        np.testing.assert_array_equal(getattr(moved, name), getattr(measured.posture, name))


def test_the_old_reference_s_deviation_goes_and_the_new_one_s_comes(measured: Measured) -> None:
    """5 degrees hold 3 of the old reference: 4 are the frame's own."""
    moved = change_reference(measured, (0.5, 1.5)).posture
    scatter = float(np.std(measured.posture.lumbar_flexion_deg[15:46]))
    assert moved.reference.sd_deg == moved.reference.noise_deg == pytest.approx(scatter)
    assert moved.lumbar_flexion_sd_deg[20] == pytest.approx(4.0)
    assert moved.lumbar_flexion_sd_deg[5] == pytest.approx(np.hypot(4.0, scatter))


def test_what_was_said_of_the_old_one_goes_and_the_change_is_recorded(measured: Measured) -> None:
    moved = change_reference(measured, (1.0, 1.8))
    assert moved.quality.reasons == ()
    assert moved.settings == {"filter": "x", "standing_corrected": "1 to 1.8 s"}
    assert moved.second_estimate is not None
    assert moved.second_estimate.lumbar_flexion_deg[40] == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("span", "words"),
    [((1.0, 1.1), "too short"), ((1.0, 0.0), "too short"), ((1.84, 2.9), "hardly measured"),
     ((50.0, 60.0), "hardly measured"), ((float("nan"), 1.0), "too short")],
)  # fmt: skip
def test_a_moment_that_cannot_be_one_is_refused(
    measured: Measured, span: tuple[float, float], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        change_reference(measured, span)


# --- a video of which is kept what was seen ----------------------------------------------------

N = 120
TIME = np.arange(N) / RATE_HZ
DEPTH = np.where((TIME >= 2) & (TIME < 5), 0.5 - 0.5 * np.cos((TIME - 2) / 3 * 2 * np.pi), 0.0)


@pytest.fixture
def observations() -> Iterator[ClipObservations]:
    """2 s of standing, a squat of 3 s, 1 s of standing."""
    spool = CropSpool()
    yield acted(110 * DEPTH, 40 * DEPTH + 3, spool)
    spool.close()


def network(**changes: Any) -> Stated:
    """It reads a sway of 1 degree on top of a squat that rounds by 12."""
    flexion = 12 * DEPTH + np.sin(2 * np.pi * TIME / 0.8) + 1.5
    return stated(N, **{"lumbar_deg": flexion, "trunk_deg": 40 * DEPTH, **changes})


def looked_at(
    observations: ClipObservations, net: Stated, given: tuple[float, float] | None = None
) -> Measured:
    """What `analyze` would make of it, with ``--standing`` where it is given."""
    posture, judged = measure(observations, net, Settings(), given)
    return Measured(
        with_notes(posture, truncated=False, notes=()),
        SourceInfo("lift.mp4", "video", 720, 960, N, TIME[-1], RATE_HZ),
        View(observations.side, round(judged.yaw_deg, 1)),
        quality_of(judged, observations, posture),
        EngineInfo("mediapipe", "0", "0" * 64),
    )


def same_but_for(a: Measured, b: Measured, *fields: str) -> None:
    for name in set(vars(a.posture)) - {*fields, "motion"}:
        x, y = getattr(a.posture, name), getattr(b.posture, name)
        if isinstance(x, np.ndarray):
            np.testing.assert_array_equal(x, y, err_msg=name)
        else:
            assert x == y, name
    assert a.quality == b.quality
    assert a.view == b.view


def test_it_is_as_if_the_clip_had_been_analysed_with_that_moment(
    observations: ClipObservations, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = network()
    monkeypatch.setattr(source, "LumbarNetwork", lambda: net)
    save_observations(observations, tmp_path / "seen.zip")
    span = (5.2, 5.9)
    changed = change_reference(looked_at(observations, net), span, stored=tmp_path / "seen.zip")
    same_but_for(changed, looked_at(observations, net, given=span))
    assert changed.settings["standing_corrected"] == "5.2 to 5.9 s"
    assert changed.posture.reference.kind == "given"
    assert changed.posture.reference.sd_deg > 0.2  # its own sway, not that of the old one


def test_a_refused_clip_gets_numbers_from_the_moment_that_is_named(
    observations: ClipObservations, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = network()
    monkeypatch.setattr(source, "LumbarNetwork", lambda: net)
    save_observations(observations, tmp_path / "seen.zip")
    whole = looked_at(observations, net)
    nothing = np.full(N, np.nan)
    refused = replace(
        whole,
        posture=replace(
            whole.posture, lumbar_flexion_deg=nothing, measurable=np.zeros(N, bool),
            standing=Standing(np.nan, np.nan, "none"), reference=Reference("none"),
        ),
        quality=Quality("refused", (Reason("no_standing", "There is none: film one."),), 0.0),
    )  # fmt: skip
    changed = change_reference(refused, (0.5, 1.5), stored=tmp_path / "seen.zip")
    assert changed.quality.verdict != "refused"
    assert changed.posture.measurable.mean() > 0.9
    assert conclude(changed).reps[0].metrics["lumbar_flexion_bottom_deg"] == pytest.approx(
        12, abs=2
    )


def test_a_file_that_is_gone_or_spoilt_leaves_the_plain_shift(
    observations: ClipObservations, tmp_path: Path
) -> None:
    whole = looked_at(observations, network())
    (tmp_path / "spoilt.zip").write_bytes(b"no zip")
    plain = change_reference(whole, (5.2, 5.9))
    for name in ("gone.zip", "spoilt.zip"):
        same_but_for(change_reference(whole, (5.2, 5.9), stored=tmp_path / name), plain)
    inside = (TIME >= 5.2) & (TIME <= 5.9)
    assert plain.posture.lumbar_flexion_deg[inside].mean() == pytest.approx(0.0, abs=1e-9)


def test_a_moment_without_the_lifter_is_refused(
    observations: ClipObservations, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "LumbarNetwork", network)
    save_observations(observations, tmp_path / "seen.zip")
    with pytest.raises(UsageError, match="hardly seen"):
        change_reference(
            looked_at(observations, network()), (30.0, 31.0), stored=tmp_path / "seen.zip"
        )


# --- a stretch of the clip alone ----------------------------------------------------------------

LATER = (0.4, 5.6)
"""A stretch with the squat and some standing before and after it, seconds."""


def test_a_trimmed_clip_is_measured_as_if_the_rest_had_not_been_filmed(
    observations: ClipObservations, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_observations(observations, tmp_path / "seen.zip")
    net = network()  # it knows each frame wherever the clip begins
    monkeypatch.setattr(source, "LumbarNetwork", lambda: net)
    whole = looked_at(observations, net)
    short = trimmed(whole, LATER, stored=tmp_path / "seen.zip")
    same_but_for(short, looked_at(stretch_of(observations, *LATER), net))
    assert LATER[0] <= short.posture.time_s[0] < short.posture.time_s[-1] <= LATER[1]
    assert short.source.frames == len(short.posture) < len(whole.posture)
    assert short.source.duration_s == pytest.approx(LATER[1] - LATER[0], abs=2 / RATE_HZ)
    assert (short.settings["trimmed_from_s"], short.settings["trimmed_to_s"]) == LATER
    assert len(conclude(short).reps) == 1, "the squat lies within"


def test_a_trimmed_clip_keeps_the_chosen_reference_where_it_lies_within(
    observations: ClipObservations, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_observations(observations, tmp_path / "seen.zip")
    monkeypatch.setattr(source, "LumbarNetwork", network)
    whole = looked_at(observations, network())
    short = trimmed(whole, LATER, stored=tmp_path / "seen.zip", span=(0.6, 1.6))
    assert short.posture.reference.kind == "given"
    with pytest.raises(UsageError, match="outside the stretch"):
        trimmed(whole, LATER, stored=tmp_path / "seen.zip", span=(5.2, 5.9))


@pytest.mark.parametrize(
    ("stretch", "kept", "words"),
    [
        ((1.0, 1.5), True, "less than 1 s"),
        ((50.0, 60.0), True, "less than 1 s"),
        (LATER, False, "not kept any more"),
    ],
)
def test_a_stretch_that_cannot_be_measured_is_refused(
    observations: ClipObservations, tmp_path: Path, stretch: tuple[float, float], kept: bool,
    words: str,
) -> None:  # fmt: skip
    if kept:
        save_observations(observations, tmp_path / "seen.zip")
    with pytest.raises(UsageError, match=words):
        trimmed(looked_at(observations, network()), stretch, stored=tmp_path / "seen.zip")


def test_what_stickers_measured_is_not_trimmed(measured: Measured, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="stickers"):
        trimmed(measured, (0.0, 1.5), stored=tmp_path / "seen.zip")
