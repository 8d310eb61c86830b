"""Saving: every file whole, the right ones for each kind of result, videos as promised."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from example_analysis import CODE_BITS, CODE_PX, make_example, refused, without_picture

from backline.errors import SourceError
from backline.formats.opensim import read_mot, read_trc
from backline.formats.video import VideoWriter, open_clip
from backline.model.posture import Reference, Standing
from backline.report import pictures as pictures_module
from backline.report.files import ALL_NAMES
from backline.report.opensim import POINTS, markers, motion
from backline.report.pictures import fitted, make_pictures, page_plan
from backline.report.stills import close_up, pair, standing_index, wanted_frames, worst


def number_on(picture: np.ndarray, scale: float = 1.0) -> int:
    """Read the bar code that the example's frames carry."""
    step = CODE_PX * scale
    row = picture[round(step / 2)]
    bits = [row[round((bit + 0.5) * step)].mean() > 128 for bit in range(CODE_BITS)]
    return sum(1 << bit for bit, on in enumerate(bits) if on)


def test_a_clip_gives_every_file_of_the_contract(saved):
    assert set(saved) == set(ALL_NAMES)
    assert all(path.stat().st_size > 0 for path in saved.values())


def test_no_half_written_file_is_left(saved):
    folder = saved["analysis.json"].parent
    assert {path.name for path in folder.iterdir()} == set(ALL_NAMES)


def test_the_document_on_disk_is_that_of_the_result(saved, example):
    assert json.loads(saved["analysis.json"].read_text("utf-8")) == example.to_dict()


def test_the_table_on_disk_has_empty_cells_where_nothing_was_measured(saved, example):
    table = pd.read_csv(saved["series.csv"])
    hidden = ~example.posture.measurable
    assert table["lumbar_flexion_deg"].isna().tolist() == hidden.tolist()
    row = saved["series.csv"].read_text().splitlines()[1 + int(np.flatnonzero(hidden)[0])]
    assert row.endswith(",0" + "," * 9)


def test_the_overlay_has_every_frame_at_its_own_time_and_the_clip_below_it(saved, example):
    with open_clip(saved["overlay.mp4"]) as clip:
        frames = list(clip.frames())
        assert clip.info.codec == "h264"
        assert clip.info.pixel_format == "yuv420p"
    times = [frame.time_s for frame in frames]
    assert np.allclose(times, example.posture.time_s, atol=1e-4)
    for index in (0, 77, 200):
        assert number_on(frames[index].picture) == index


def test_a_folder_of_pictures_is_drawn_on_like_the_film(tmp_path, example):
    folder = tmp_path / "frames"
    folder.mkdir()
    with open_clip(example.source.path) as clip:
        for frame in clip.frames():
            cv2.imwrite(str(folder / f"f_{frame.index:03}.png"), frame.picture[:, :, ::-1])
    n = len(example.posture)
    posture = replace(example.posture, time_s=np.arange(n) / 20.0)
    source = replace(example.source, path=f"{folder}@20", kind="images")
    make_pictures(replace(example, posture=posture, source=source), tmp_path / "o.mp4")
    with open_clip(tmp_path / "o.mp4") as clip:
        frames = list(clip.frames())
    assert [number_on(frame.picture) for frame in frames] == list(range(n))
    assert np.allclose([frame.time_s for frame in frames], posture.time_s, atol=1e-3)


def test_the_overlay_is_coloured_where_the_low_back_is(saved, example):
    index = example.posture.index_at(example.findings[0].peak_s)
    evidence = example.evidence
    with open_clip(saved["overlay.mp4"]) as drawn, open_clip(example.source.path) as plain:
        a, b = (list(clip.frames())[index].picture.astype(int) for clip in (drawn, plain))
    low_back = evidence.back_line[index, evidence.t12_index + 2 : evidence.s1_index - 1]
    changes = [
        (a - b)[y - 1 : y + 2, x - 1 : x + 2].mean(axis=(0, 1))
        for x, y in np.round(low_back).astype(int)
    ]
    orange = [change[0] - change[2] > 60 for change in changes]  # more red, less blue
    assert np.mean(orange) > 0.5  # between the reference's dashes, which are drawn above it


def test_the_overlay_is_at_most_1280_pixels_long(tmp_path, monkeypatch, example):
    monkeypatch.setattr(pictures_module, "OVERLAY_SIDE_PX", 120)
    made = make_pictures(example, tmp_path / "o.mp4")
    with open_clip(tmp_path / "o.mp4") as clip:
        assert (clip.info.width_px, clip.info.height_px) == (80, 120)
    assert made.size == (80, 120)


def test_the_page_clip_is_plain_and_starts_at_the_first_analysed_frame(tmp_path, example):
    later = replace(
        example, posture=example.posture.between(1.0, 99.0),
        evidence=replace(
            example.evidence,
            **{
                name: getattr(example.evidence, name)[example.posture.time_s >= 1.0]
                for name in ("back_line", "back_visible", "points")
            },
        ),
    )  # fmt: skip
    made = make_pictures(later, tmp_path / "o.mp4", wanted=[0])
    (tmp_path / "page.mp4").write_bytes(made.clip)
    with open_clip(tmp_path / "page.mp4") as clip:
        first = next(iter(clip.frames()))
    skipped = int((example.posture.time_s < 1.0).sum())
    assert number_on(first.picture) == number_on(made.frames[0]) == skipped


def test_a_fast_clip_is_thinned_on_the_page_but_not_in_the_overlay(tmp_path):
    fast = make_example(tmp_path, (64, 96), rate_hz=40.0)
    fast = replace(fast, source=replace(fast.source, mean_rate_hz=160.0))
    made = make_pictures(fast, tmp_path / "o.mp4")
    (tmp_path / "page.mp4").write_bytes(made.clip)
    with open_clip(tmp_path / "page.mp4") as small, open_clip(tmp_path / "o.mp4") as whole:
        assert len(list(whole.frames())) == len(fast.posture)
        assert len(list(small.frames())) == -(-len(fast.posture) // 3)


def test_a_page_clip_that_is_too_large_is_made_smaller(tmp_path, monkeypatch):
    noise = np.random.default_rng(0).integers(0, 255, (10, 96, 64, 3), dtype=np.uint8)
    with VideoWriter(tmp_path / "page.mp4", 64, 96) as writer:
        for index, picture in enumerate(noise):
            writer.write(picture, index / 30)
    size = (tmp_path / "page.mp4").stat().st_size
    monkeypatch.setattr(pictures_module, "MOST_CLIP_BYTES", size // 2)
    small = pictures_module._small_enough(tmp_path / "page.mp4", 0)
    assert small.stat().st_size <= size // 2
    with open_clip(small) as clip:
        assert len(list(clip.frames())) == 10


@pytest.mark.parametrize(("seconds", "plan"), [(20, 0), (60, 0), (100, 1), (400, 2), (3600, 3)])
def test_longer_clips_get_smaller_pictures_on_the_page(seconds, plan):
    assert page_plan(seconds) == plan


@pytest.mark.parametrize(
    ("size", "longest", "fit"),
    [((608, 1080), 720, (406, 720)), ((160, 240), 720, (160, 240)), ((3, 1), 720, (4, 2))],
)
def test_pictures_keep_their_shape_with_even_sides(size, longest, fit):
    assert fitted(*size, longest) == fit


def test_a_clip_that_has_gone_is_a_plain_error_and_leaves_no_result(tmp_path, example):
    gone = replace(example, source=replace(example.source, path=str(tmp_path / "gone.mp4")))
    with pytest.raises(SourceError, match=r"gone\.mp4"):
        gone.save(tmp_path / "out")
    assert not (tmp_path / "out" / "analysis.json").exists()
    assert not (tmp_path / "out" / "overlay.mp4").exists()


def test_another_clip_than_the_one_analysed_is_a_plain_error(tmp_path, example):
    other = replace(
        example, posture=replace(example.posture, time_s=example.posture.time_s + 1000.0)
    )
    with pytest.raises(SourceError, match="none of the frames"):
        make_pictures(other, tmp_path / "o.mp4")


def test_a_refused_result_gets_document_series_and_page_and_loses_what_was_there(tmp_path, example):
    (tmp_path / "overlay.mp4").write_bytes(b"of an older result")
    (tmp_path / "mine.txt").write_text("keep")
    written = refused(example).save(tmp_path)
    assert set(written) == {"analysis.json", "series.csv", "series.parquet", "report.html"}
    assert {path.name for path in tmp_path.iterdir()} == {*written, "mine.txt"}
    assert "data:image/jpeg" in written["report.html"].read_text("utf-8")


def test_a_result_without_picture_gets_a_page_and_no_video(tmp_path, example):
    written = without_picture(example).save(tmp_path)
    assert "overlay.mp4" not in written
    assert "landmarks.trc" not in written
    assert "<video" not in written["report.html"].read_text("utf-8")


def test_progress_counts_every_frame_once(tmp_path, example):
    heard = []
    example.save(tmp_path, progress=heard.append)
    drawn = [one for one in heard if one.stage == "drawing the report"]
    assert [one.done for one in drawn] == list(range(1, len(example.posture) + 1))
    assert {one.total for one in drawn} == {len(example.posture)}


def test_an_interrupt_leaves_no_half_written_file(tmp_path, example):
    def stop(progress: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        example.save(tmp_path, progress=stop)
    left = {path.name for path in tmp_path.iterdir()}
    assert not left & {"analysis.json", "overlay.mp4", "report.html"}
    assert not list(tmp_path.glob(".*"))


def test_the_mot_has_opensims_names_and_signs(saved, example):
    read, posture = read_mot(saved["kinematics.mot"]), example.posture
    measured = posture.measurable
    assert read.columns[:2] == ("pelvis_tilt", "lumbar_extension")
    assert np.allclose(
        read.column("lumbar_extension")[measured], -posture.lumbar_flexion_deg[measured], atol=1e-4
    )
    knee = posture.knee_flexion_deg[measured]
    assert np.allclose(read.column("knee_angle_r")[measured], knee, atol=1e-4)
    left = replace(example, view=replace(example.view, side="left"))
    assert "hip_flexion_l" in motion(left).columns


def test_the_trc_has_all_points_with_y_up(saved, example):
    read = read_trc(saved["landmarks.trc"])
    assert read.names == POINTS
    nose, ankle = POINTS.index("nose"), POINTS.index("right_ankle")
    assert read.positions[0, nose, 1] > read.positions[0, ankle, 1]
    assert np.isnan(read.positions[:, POINTS.index("left_eye")]).all()
    assert markers(without_picture(example)) is None


def test_the_worst_moment_is_the_largest_rounding_and_never_a_drift(example):
    wink, tuck = example.findings
    drift = replace(wink, kind="drift", size_deg=30.0, rep=0)
    arch = replace(wink, kind="over_extension", size_deg=20.0)
    assert worst(replace(example, findings=(tuck, wink, drift, arch))) is wink
    assert worst(replace(example, findings=(arch,))) is arch
    assert worst(replace(example, findings=())) is None


def test_own_standing_and_the_worst_moment_are_cut_alike(example, tmp_path):
    frames = make_pictures(example, tmp_path / "o.mp4", wanted_frames(example)).frames
    own, moment = pair(example, frames)
    assert own.size == moment.size
    assert (own.name, moment.name) == ("Standing reference", "Butt wink, 10°\u00a0±\u00a02")
    assert own.image.startswith("data:image/jpeg;base64,")
    assert close_up(example, frames, example.findings[1]) is not None
    assert close_up(example, {}, example.findings[1]) is None


def without_reference(analysis):
    none = Standing(float("nan"), float("nan"), "none")
    posture = replace(analysis.posture, standing=none, reference=Reference("none"))
    return replace(analysis, posture=posture)


def test_own_standing_is_shown_in_its_middle_and_only_where_it_is_known(example):
    index = standing_index(example)
    assert example.posture.time_s[index] == pytest.approx(0.5, abs=0.03)
    assert standing_index(without_reference(example)) is None


def test_a_missing_own_standing_still_gives_a_report(tmp_path, example):
    written = without_reference(example).save(tmp_path)
    assert "each rep is measured from its most extended" in written["report.html"].read_text(
        "utf-8"
    )
    assert json.loads(Path(written["analysis.json"]).read_text())["standing"]["start_s"] is None
