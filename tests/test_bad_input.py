"""The bad-input list, through the command line: an exit status and one plain sentence for each.

The films are all made of one rendered squat by changing its pictures, its times or its file.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from backline.cli import app as cli
from backline.pipeline import Analysis
from backline.settings import Settings
from tests import rendered

Pictures = np.ndarray


@dataclass(frozen=True)
class Outcome:
    """What one call of the command line left behind."""

    status: int
    out: str
    err: str
    analysis: dict[str, Any] | None

    @property
    def codes(self) -> list[str]:
        assert self.analysis is not None
        return [reason["code"] for reason in self.analysis["quality"]["reasons"]]

    @property
    def verdict(self) -> str:
        assert self.analysis is not None
        return str(self.analysis["quality"]["verdict"])

    @property
    def measurable(self) -> float:
        assert self.analysis is not None
        return float(self.analysis["quality"]["measurable_fraction"])


Run = Callable[..., Outcome]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Analyse a source in an empty folder; page and video of the result are tested elsewhere."""

    def save(self: Analysis, folder: Path, progress: object = None) -> dict[str, Path]:
        path = folder / "analysis.json"
        path.write_text(json.dumps(self.to_dict(), allow_nan=False))
        return {"analysis.json": path}

    monkeypatch.setattr(Analysis, "save", save)

    def call(source: Path, *options: str) -> Outcome:
        out = tmp_path / "results"
        status = cli.run(["analyze", str(source), "--out", str(out), "--quiet", *options])
        shown = capsys.readouterr()
        found = list(out.rglob("analysis.json"))
        content = json.loads(found[0].read_text()) if found else None
        return Outcome(status, shown.out, shown.err, content)

    return call


def check_unreadable(outcome: Outcome, name: str) -> str:
    """Status 3, nothing written, one plain sentence that names the file; return it."""
    assert outcome.status == 3
    assert outcome.analysis is None
    return check_sentence(outcome, name)


def check_sentence(outcome: Outcome, name: str = "") -> str:
    assert outcome.out == ""
    assert outcome.err.count("\n") == 1
    assert outcome.err.startswith("backline: ")
    assert outcome.err.endswith(".\n")
    assert ": " in outcome.err.removeprefix("backline: ")
    assert "Traceback" not in outcome.err
    assert name in outcome.err
    return outcome.err


def check_refused(outcome: Outcome, *codes: str) -> None:
    """Status 4, one plain sentence, and analysis.json with the reasons and no number."""
    assert outcome.status == 4, outcome.codes
    assert outcome.verdict == "refused"
    assert set(codes) & set(outcome.codes), outcome.codes
    assert check_sentence(outcome).startswith("backline: Not measurable: ")
    assert outcome.analysis is not None
    assert outcome.analysis["findings"] == []


def check_analysed(outcome: Outcome, verdict: str) -> None:
    assert outcome.status == 0, outcome.err
    assert (outcome.verdict, outcome.err, outcome.out) == (verdict, "", "")


def pictures() -> Pictures:
    return rendered.squat().pictures


def film(folder: Path, shown: Pictures, time_s: np.ndarray | None = None) -> Path:
    return rendered.write(folder / "lift.mp4", shown, time_s)


def lifter_less(shown: Pictures) -> np.ndarray:
    """The empty room: the median of pictures shifted so that the lifter is never in one place."""
    width = shown.shape[2]
    room = shown[0].copy()
    room[:, width // 4 : width * 7 // 8] = np.median(shown[0][:, : width // 8], axis=1)[:, None]
    return room


# Files that cannot be read.


def test_a_missing_file(run: Run, tmp_path: Path) -> None:
    assert "There is no file" in check_unreadable(run(tmp_path / "gone.mp4"), "gone.mp4")


def test_an_empty_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "lift.mp4").touch()
    assert "empty" in check_unreadable(run(tmp_path / "lift.mp4"), "lift.mp4")


def test_a_file_cut_before_its_index(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "lift.mp4"
    with av.open(str(path), "w") as container:  # the index at its end, as phones write it
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 360, 480, "yuv420p"
        for picture in pictures()[:12]:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode())
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])
    assert "cut off" in check_unreadable(run(path), "lift.mp4")


def test_text_named_mp4(run: Run, tmp_path: Path) -> None:
    (tmp_path / "lift.mp4").write_text("My squat felt off on Tuesday.\n" * 40)
    assert "text" in check_unreadable(run(tmp_path / "lift.mp4"), "lift.mp4")


def test_sound_only(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "lift.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 44100), np.float32), "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = 44100, 0, Fraction(1, 44100)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert "sound" in check_unreadable(run(path), "lift.mp4")


def test_pictures_of_no_size(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "lift.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("rawvideo", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "bgr24"
        frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), "bgr24")
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    content = bytearray(path.read_bytes())
    at = content.index(b"strf") + 8 + 4  # width and height in the BITMAPINFOHEADER
    content[at : at + 8] = bytes(8)
    path.write_bytes(content)
    assert "0 x 0" in check_unreadable(run(path), "lift.avi")


# Films that are read, and in which nothing can be measured.


def test_one_frame(run: Run, tmp_path: Path) -> None:
    check_refused(run(film(tmp_path, pictures()[5:6])), "few_frames")


def test_nobody_in_the_picture(run: Run, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (12, 480, 360, 3), dtype=np.uint8)
    outcome = run(film(tmp_path, noise))
    check_refused(outcome, "no_person")
    assert "Nobody was found" in outcome.err


def test_a_front_view(run: Run, tmp_path: Path) -> None:
    outcome = run(film(tmp_path, rendered.standing(80.0).pictures))
    check_refused(outcome, "not_side_on")
    assert outcome.analysis is not None
    assert outcome.analysis["view"]["yaw_deg"] > 45


def with_plate(shown: Pictures) -> Pictures:
    """A black 450 mm plate held before the low back in every frame."""
    out = shown.copy()
    observations = rendered.squat_sight()
    radius = round(0.225 / 1.7 * 0.75 * 480)
    for picture, points in zip(out, observations.points, strict=True):
        hip, shoulder = points[[23, 24], :2].mean(0), points[[11, 12], :2].mean(0)
        at = hip + 0.25 * (shoulder - hip)
        cv2.circle(picture, (int(at[0]), int(at[1])), radius, (15, 15, 18), -1, cv2.LINE_AA)
        cv2.circle(picture, (int(at[0]), int(at[1])), radius // 9, (120, 120, 125), -1)
    return out


def test_the_back_hidden_by_a_plate(run: Run, tmp_path: Path) -> None:
    """Nobody holds it: the rim may be taken for a back in part; no certain finding comes of it."""
    outcome = run(film(tmp_path, with_plate(pictures())))
    assert {"back_hidden", "no_person"} & set(outcome.codes)
    assert outcome.measurable < 0.6
    assert outcome.analysis is not None
    certain = Settings().report_from_deg
    assert all(f["size_deg"] < certain for f in outcome.analysis["findings"])


def test_a_dark_picture(run: Run, tmp_path: Path) -> None:
    outcome = run(film(tmp_path, (pictures() * 0.04).astype(np.uint8)))
    check_refused(outcome, "dark", "no_person")


# Films that are analysed as far as they go, the rest marked.


def test_a_file_cut_in_the_middle_is_analysed_as_far_as_it_goes(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "lift.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"g": "5"})
        stream.width, stream.height, stream.pix_fmt = 360, 480, "yuv420p"
        for picture in pictures():
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode())
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 3 // 4])
    outcome = run(path)
    check_analysed(outcome, "limited")
    assert "truncated" in outcome.codes
    assert outcome.analysis is not None
    assert 20 < outcome.analysis["source"]["frames"] < 36


def test_of_two_people_the_one_who_lifts_is_measured(run: Run, tmp_path: Path) -> None:
    bystander = cv2.resize(pictures()[0], (180, 240), interpolation=cv2.INTER_AREA)
    wide = np.concatenate([pictures(), np.repeat(pictures()[:, :, -1:], 200, axis=2)], axis=2)
    wide[:, 190:430, 370:550] = bystander
    outcome = run(film(tmp_path, wide))
    assert outcome.status == 0, outcome.err
    assert outcome.measurable > 0.9
    assert outcome.analysis is not None
    [rep] = outcome.analysis["reps"]
    assert rep["bottom_s"] == pytest.approx(2.2, abs=0.2)
    assert rep["metrics"]["knee_flexion_max_deg"] == pytest.approx(101.0, abs=12.0)


def test_after_the_lifter_has_left_nothing_is_measured(run: Run, tmp_path: Path) -> None:
    shown = pictures().copy()
    shown[-9:] = lifter_less(shown)
    outcome = run(film(tmp_path, shown))
    check_analysed(outcome, "limited")
    assert {"no_person", "other_shot"} & set(outcome.codes)  # gone from one frame to the next
    assert outcome.measurable > 0.5
    assert outcome.analysis is not None
    assert len(outcome.analysis["reps"]) == 1


def test_an_oblique_view_is_analysed_with_a_word_on_it(run: Run, tmp_path: Path) -> None:
    outcome = run(film(tmp_path, rendered.standing(26.0).pictures))
    assert outcome.analysis is not None
    assert 15 < outcome.analysis["view"]["yaw_deg"] < 40
    if outcome.status == 0:
        check_analysed(outcome, "limited")
        assert "oblique" in outcome.codes
    else:
        check_refused(outcome, "not_side_on")


def panned(shown: Pictures, shifts_px: np.ndarray) -> Pictures:
    """The same film by a camera that turns: each picture shifted, its rim mirrored."""
    wide = np.concatenate([shown[:, :, 60:0:-1], shown, shown[:, :, -2:-62:-1]], axis=2)
    places = 60 + shifts_px.round().astype(int)
    return np.stack([p[:, x : x + 360] for p, x in zip(wide, places, strict=True)])


def test_a_camera_that_drifts_in_the_lift_is_told(run: Run, tmp_path: Path) -> None:
    shifts = np.interp(rendered.squat().time_s, [1.2, 3.8], [0.0, 50.0])
    outcome = run(film(tmp_path, panned(pictures(), shifts)))
    check_analysed(outcome, "limited")
    assert "camera_moving" in outcome.codes


def test_a_camera_that_pans_all_the_time_is_told_too(run: Run, tmp_path: Path) -> None:
    shifts = np.linspace(-60.0, 59.0, len(pictures()))
    outcome = run(film(tmp_path, panned(pictures(), shifts)))
    assert outcome.status in (0, 4)
    assert "camera_moving" in outcome.codes


def test_a_plain_wall_is_not_taken_for_a_moving_camera(run: Run, tmp_path: Path) -> None:
    shown = pictures()[:20].copy()
    observations = rendered.squat_sight()
    for picture, points in zip(shown, observations.points, strict=False):
        low, high = points[:, :2].min(0) - 45, points[:, :2].max(0) + 45
        keep = picture[int(low[1]) : int(high[1]), int(low[0]) : int(high[0])].copy()
        picture[:] = (190, 190, 195)
        picture[int(low[1]) : int(low[1]) + len(keep), int(low[0]) : int(high[0])] = keep
    outcome = run(film(tmp_path, shown))
    assert "camera_moving" not in outcome.codes


def test_a_portrait_film_with_a_rotation_flag_is_like_an_upright_one(
    run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "lift.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"crf": "18"})
        stream.width, stream.height, stream.pix_fmt = 480, 360, "yuv420p"
        turn = 1 << 16  # a quarter turn that makes the stored landscape upright again
        stream.set_display_matrix([0, turn, 0, -turn, 0, 0, 0, 0, 1 << 30])
        for picture in pictures():
            stored = np.ascontiguousarray(np.rot90(picture))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(stored, "rgb24")))
        container.mux(stream.encode())
    outcome = run(path)
    check_analysed(outcome, "ok")
    assert outcome.analysis is not None
    source = outcome.analysis["source"]
    assert (source["width_px"], source["height_px"]) == (360, 480)
    assert outcome.analysis["view"]["side"] == "right"
    [rep] = outcome.analysis["reps"]
    assert rep["metrics"]["knee_flexion_max_deg"] == pytest.approx(101.0, abs=12.0)


def test_240_frames_a_second_keep_their_own_times(run: Run, tmp_path: Path) -> None:
    shown = np.repeat(pictures()[:4], 33, axis=0)  # half a second of standing, and a bit
    outcome = run(film(tmp_path, shown, np.arange(132) / 240))
    check_analysed(outcome, "ok")
    assert outcome.analysis is not None
    source = outcome.analysis["source"]
    assert source["mean_rate_hz"] == pytest.approx(240.0, rel=0.01)
    assert source["duration_s"] == pytest.approx(131 / 240, abs=0.01)
    assert outcome.analysis["reps"] == []


def test_4k_is_worked_on_at_a_smaller_size_and_told_in_its_own(run: Run, tmp_path: Path) -> None:
    size = (2160, 2880)
    shown = np.stack([cv2.resize(p, size, interpolation=cv2.INTER_CUBIC) for p in pictures()[:3]])
    outcome = run(film(tmp_path, shown, np.array([0.0, 0.4, 0.8])))
    assert outcome.status in (0, 4)
    assert "no_person" not in outcome.codes
    assert outcome.analysis is not None
    source = outcome.analysis["source"]
    assert (source["width_px"], source["height_px"], source["frames"]) == (2160, 2880, 3)


def test_an_hour_with_a_frame_now_and_then_is_read_in_its_own_time(
    run: Run, tmp_path: Path
) -> None:
    outcome = run(film(tmp_path, pictures()[:12], np.linspace(0.0, 3600.0, 12)))
    check_refused(outcome, "few_frames")
    assert outcome.analysis is not None
    assert outcome.analysis["source"]["duration_s"] == pytest.approx(3600.0, abs=1.0)
    assert (outcome.analysis["reps"], outcome.analysis["findings"]) == ([], [])
