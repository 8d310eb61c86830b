"""Tables of keypoints: several animals, pickles that would run something, TRC in metres."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backline.errors import SourceError
from backline.formats.opensim import Markers, write_trc
from backline.model.posture import FloatArray
from backline.sources.keypoints.tables import read_h5, read_trc_picture
from backline.sources.registry import open_source, reader_of
from tests.sources.keypoints import files
from tests.sources.keypoints.pictured import PLAN, RATE, picture

#: Halpe's points as Sports2D and Pose2Sim call them.
SPORTS2D = {
    "Hip": "hip", "RHip": "right_hip", "RKnee": "right_knee", "RAnkle": "right_ankle",
    "RBigToe": "right_big_toe", "RHeel": "right_heel", "LHip": "left_hip", "LKnee": "left_knee",
    "LAnkle": "left_ankle", "LBigToe": "left_big_toe", "LHeel": "left_heel", "Nose": "nose",
    "RShoulder": "right_shoulder", "LShoulder": "left_shoulder", "RWrist": "right_wrist",
}  # fmt: skip


def write_metres(path: Path, turn_deg: float = 0.0) -> Path:
    """Write the planted body in metres, y up, turned about the vertical."""
    seen = picture()
    x, up = (
        np.stack([sign * (seen.at[name][:, k] - zero) / 400 for name in SPORTS2D.values()], axis=1)
        for k, sign, zero in ((0, 1.0, 960.0), (1, -1.0, 1000.0))
    )
    turn = np.radians(turn_deg)
    places = np.stack([np.cos(turn) * x, up, np.sin(turn) * x], axis=2)
    write_trc(path, Markers(seen.time_s, tuple(SPORTS2D), places, "m"))
    return path


@pytest.mark.parametrize("turn_deg", [0.0, 35.0, 90.0, 180.0])
def test_metres_of_sports2d_and_pose2sim_give_the_planted_legs(
    tmp_path: Path, turn_deg: float
) -> None:
    path = write_metres(tmp_path / "lift_m_person00.trc", turn_deg)
    assert reader_of(path).name == "keypoints, TRC of a picture"
    measured = open_source(path)
    i = int(np.argmax(picture().depth))
    posture = measured.posture
    assert posture.knee_flexion_deg[i] == pytest.approx(PLAN.thigh + PLAN.shank, abs=0.5)
    ankle = posture.ankle_dorsiflexion_deg  # its zero is in standing, which needs a pelvis
    assert ankle[i] - ankle[0] == pytest.approx(PLAN.shank, abs=0.5)
    assert measured.quality.reasons[0].code == "no_pelvis_points"


def test_markers_on_a_pelvis_stay_motion_capture(tmp_path: Path) -> None:
    path = write_metres(tmp_path / "lab.trc")
    path.write_text(path.read_text().replace("Nose", "RASI"))
    assert reader_of(path).name == "motion capture, TRC"


def test_a_point_that_is_lost_stays_unknown(tmp_path: Path) -> None:
    seen = picture()
    places = np.ones((len(seen.time_s), 2, 3))
    places[10:20, 1] = np.nan
    path = tmp_path / "a_px.trc"
    write_trc(path, Markers(seen.time_s, ("RHip", "RKnee"), places, "px"))
    frames = read_trc_picture(path).frames
    assert np.isnan(frames[15][0][1]).all()
    assert frames[15][0][0].tolist() == [1.0, 1.0, 1.0]


def animals(path: Path, names: list[str], rows: FloatArray) -> Path:
    levels = [["DLC"], names, ["RHip"], ["x", "y", "likelihood"]]
    columns = pd.MultiIndex.from_product(
        levels, names=["scorer", "individuals", "bodyparts", "coords"]
    )
    pd.DataFrame(rows, columns=columns).to_hdf(path, key="df", format="table", mode="w")
    return path


def test_deeplabcuts_individuals_are_people(tmp_path: Path) -> None:
    rows = np.arange(30.0).reshape(5, 6)
    rows[2, 3:] = np.nan  # the second one is out of sight
    points = read_h5(animals(tmp_path / "a.h5", ["ada", "bo"], rows))
    assert points.names == ("RHip",)
    assert [len(people) for people in points.frames] == [2, 2, 1, 2, 2]
    assert points.frames[1][1].tolist() == [[9.0, 10.0, 11.0]]


def test_a_pickle_that_would_run_something_is_refused_unrun(tmp_path: Path) -> None:
    import h5py

    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path(tmp_path / "ran").write_text, ("x",))

    path = animals(tmp_path / "a.h5", ["ada"], np.ones((5, 3)))
    with h5py.File(path, "r+") as file:
        file["df/table"].attrs["values_block_0_kind"] = np.void(pickle.dumps(Trap()))
    with pytest.raises(SourceError, match=r"not DeepLabCut's .*no plain value"):
        read_h5(path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("kind", [b"(lp0\n.", b"(lp0\n(Va\np1\nVb\np2\ntp3\na.", b"garbage"])
def test_names_that_do_not_fit_the_table_are_told(tmp_path: Path, kind: bytes) -> None:
    import h5py

    path = animals(tmp_path / "a.h5", ["ada"], np.ones((5, 3)))
    with h5py.File(path, "r+") as file:
        file["df/table"].attrs["values_block_0_kind"] = np.bytes_(kind)
    with pytest.raises(SourceError, match="not DeepLabCut's"):
        read_h5(path)


def test_another_pandas_table_is_told(tmp_path: Path) -> None:
    table = pd.DataFrame({"speed": np.ones(4)})
    table.to_hdf(tmp_path / "a.h5", key="df", format="table", mode="w")
    with pytest.raises(SourceError, match="not DeepLabCut's"):
        read_h5(tmp_path / "a.h5")


def test_a_column_that_is_no_coordinate_is_named(tmp_path: Path) -> None:
    path = files.deeplabcut(tmp_path / "a.csv", np.ones((3, 1, 3)), ("C7",))
    path.write_text(path.read_text().replace("likelihood", "mood"))
    with pytest.raises(SourceError, match="column 'mood' of C7"):
        open_source(f"{path}@{RATE}")
