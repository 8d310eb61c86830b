"""A rendered clip the whole way from the file to a posture, through the real pose engine."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from backline.errors import NotMeasurableError, SourceError, UsageError
from backline.model.measurement import Measured
from backline.model.posture import Posture
from backline.parallel import OVERLAP
from backline.progress import Progress
from backline.sources.registry import SourceOptions, open_source
from backline.sources.video.source import read_video
from tests import rendered


@pytest.fixture(scope="module")
def told() -> list[Progress]:
    return []


@pytest.fixture(scope="module")
def measured(told: list[Progress]) -> Measured:
    return open_source(rendered.squat_clip(), SourceOptions(progress=told.append))


def test_side_and_source_are_told(measured: Measured) -> None:
    assert measured.view.side == "right"
    assert measured.view.yaw_deg < 15.0
    source = measured.source
    assert (source.kind, source.codec) == ("video", "h264")
    assert (source.width_px, source.height_px) == (360, 480)
    assert source.frames == len(rendered.squat().time_s) == len(measured.posture)
    assert source.mean_rate_hz == pytest.approx(rendered.RATE_HZ, rel=1e-3)
    content = rendered.squat_clip().read_bytes()
    assert source.sha256 == hashlib.sha256(content).hexdigest()


def test_one_thread_gives_the_same_bits_as_several(
    measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Decoding, pose and features one after the other, and one core for each model.
    monkeypatch.setenv(OVERLAP, "0")
    alone = open_source(rendered.squat_clip(), SourceOptions())
    for item in fields(Posture):
        one, other = getattr(measured.posture, item.name), getattr(alone.posture, item.name)
        if isinstance(one, np.ndarray):
            np.testing.assert_array_equal(one, other, err_msg=item.name)
    seen, again = measured.evidence, alone.evidence
    assert seen is not None
    assert again is not None
    np.testing.assert_array_equal(seen.points, again.points)
    np.testing.assert_array_equal(seen.back_line, again.back_line)


def test_times_are_those_of_the_frames(measured: Measured) -> None:
    np.testing.assert_allclose(measured.posture.time_s, rendered.squat().time_s, atol=1e-3)


def test_a_plain_clip_is_measured_without_reservation(measured: Measured) -> None:
    assert measured.quality.verdict == "ok", measured.quality.reasons
    assert measured.quality.measurable_fraction > 0.95


def test_the_knee_is_within_12_degrees_of_the_truth_while_bent(measured: Measured) -> None:
    truth = rendered.squat().truth.knee_flexion_deg.to_numpy()
    bent = truth > 45.0
    assert bent.sum() >= 8
    error = measured.posture.knee_flexion_deg[bent] - truth[bent]
    assert np.abs(error).max() < 12.0


def test_hip_and_trunk_follow_the_truth(measured: Measured) -> None:
    truth = rendered.squat().truth
    hip = measured.posture.hip_flexion_deg - truth.hip_flexion_deg.to_numpy()
    assert np.abs(hip - np.median(hip)).max() < 18.0
    lean = measured.posture.trunk_lean_deg - truth.trunk_lean_deg.to_numpy()
    assert np.abs(lean).max() < 7.0


def test_a_still_low_back_is_read_as_still_within_the_stated_uncertainty(
    measured: Measured,
) -> None:
    flexion, sd = measured.posture.lumbar_flexion_deg, measured.posture.lumbar_flexion_sd_deg
    still = measured.posture.time_s < 1.1
    assert np.abs(flexion[still]).max() < 2.5
    assert (np.abs(flexion) < 1.96 * sd).mean() >= 0.9
    assert np.abs(flexion).mean() < 6.0


def test_own_standing_is_the_standing_before_the_rep(measured: Measured) -> None:
    standing = measured.posture.standing
    assert standing.method == "before_first_rep"
    assert 0.0 <= standing.start_s < standing.end_s <= 1.3


def test_the_identity_holds_in_every_measured_frame(measured: Measured) -> None:
    posture = measured.posture
    kept = posture.measurable
    np.testing.assert_allclose(
        posture.pelvic_tilt_deg[kept],
        posture.trunk_lean_deg[kept] - posture.lumbar_flexion_deg[kept],
        atol=1e-9,
    )


def test_the_hip_falls_and_comes_back(measured: Measured) -> None:
    height = measured.posture.motion.hip_height
    assert height[:10] == pytest.approx(1.0, abs=0.06)
    assert height[20:24].max() < 0.75
    assert height[-3:] == pytest.approx(1.0, abs=0.06)


def test_the_evidence_lies_on_the_lifter(measured: Measured) -> None:
    evidence = measured.evidence
    assert evidence is not None
    line = evidence.back_line[5]
    assert np.isfinite(line).all()
    assert (np.diff(line[:, 1]) > 0).mean() > 0.9  # from the neck down
    middle = evidence.points[5, [11, 12, 23, 24], 0].mean()
    back = line[evidence.t12_index : evidence.s1_index, 0]
    assert (back < middle).all()  # facing right, the back is to the left
    assert 5 < middle - back.mean() < 60
    assert 0 < evidence.t12_index < evidence.s1_index < line.shape[0]


def test_what_was_done_is_written_down(measured: Measured) -> None:
    assert measured.engine.name == "blazepose"
    assert len(measured.engine.model_sha256) == 64
    assert len(str(measured.settings["lumbar_network_sha256"])) == 64
    assert measured.settings["filter_cutoff_hz"] == 4.0


def test_every_frame_is_told(measured: Measured, told: list[Progress]) -> None:
    watched = [p.done for p in told if p.stage == "watching the lift"]
    assert watched == list(range(1, measured.source.frames + 1))


@pytest.fixture(scope="module")
def standing_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first second alone: quiet standing and nothing else."""
    path = tmp_path_factory.mktemp("standing") / "standing.mp4"
    return rendered.write(path, rendered.squat().pictures[:12])


def test_own_standing_from_another_clip_reads_like_that_of_the_clip(
    measured: Measured, standing_clip: Path
) -> None:
    other = read_video(rendered.squat_clip(), SourceOptions(standing=standing_clip))
    assert other.posture.standing.method == "given"
    difference = other.posture.lumbar_flexion_deg - measured.posture.lumbar_flexion_deg
    assert np.nanmax(np.abs(difference)) < 3.0


def test_a_standing_clip_without_standing_is_refused_by_name(tmp_path: Path) -> None:
    path = rendered.write(tmp_path / "deep.mp4", rendered.squat().pictures[14:24])
    with pytest.raises(
        NotMeasurableError, match=r"'deep.mp4', given as the standing reference: film"
    ) as e:
        read_video(rendered.squat_clip(), SourceOptions(standing=path))
    assert e.value.exit_code == 4


def test_a_standing_clip_that_is_missing_is_told_before_the_lift_is_watched(
    tmp_path: Path,
) -> None:
    told: list[Progress] = []
    options = SourceOptions(standing=tmp_path / "gone.mp4", progress=told.append)
    with pytest.raises(SourceError, match=r"gone\.mp4"):
        read_video(rendered.squat_clip(), options)
    assert told == []


def test_a_span_given_as_own_standing_is_taken(standing_clip: Path) -> None:
    found = read_video(standing_clip, SourceOptions(standing=(0.2, 0.8)))
    assert (found.posture.standing.start_s, found.posture.standing.end_s) == (0.2, 0.8)
    assert found.posture.standing.method == "given"
    assert found.quality.measurable_fraction > 0.9


def test_a_span_beyond_the_clip_is_wrong_usage_before_any_work(standing_clip: Path) -> None:
    told: list[Progress] = []
    with pytest.raises(UsageError, match=r"given as 100:102 s, but the clip ends at 1\.1 s"):
        read_video(standing_clip, SourceOptions(standing=(100.0, 102.0), progress=told.append))
    assert told == []


def test_an_unknown_engine_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="mediapipe"):
        read_video(rendered.squat_clip(), SourceOptions(engine="crystal-ball"))


def test_a_folder_of_images_is_measured_like_the_film(measured: Measured, tmp_path: Path) -> None:
    import cv2

    for i, picture in enumerate(rendered.squat().pictures[:12]):
        cv2.imwrite(str(tmp_path / f"f_{i:03}.png"), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    found = open_source(Path(f"{tmp_path}@10"))
    assert (found.source.kind, found.source.sha256) == ("images", "")
    assert len(found.posture) == 12
    np.testing.assert_allclose(found.posture.knee_flexion_deg, 6.0, atol=6.0)
