"""Lets movement and sleap-io write the files of this folder, and reads a file of Backline's.

python tests/data/written_by_others.py                # writes the files anew
python tests/data/written_by_others.py RESULT.nc ...  # reads what `backline export` wrote

Needs movement and sleap-io, and neither Backline nor its environment.
"""

from __future__ import annotations

import sys
from pathlib import Path

import movement
import numpy as np
import sleap_io
import xarray as xr
from movement.io import load_poses, save_poses
from movement.validators.datasets import ValidPosesInputs

HERE = Path(__file__).parent
RATE_HZ = 12.5
BY_HAND = range(0, 100, 20)
"""Frames that are labelled by hand in SLEAP's project, beside a prediction that is wrong there."""
WRONG_PX = 300.0


def write() -> None:
    """Write the planted points as each program does."""
    for old in (*HERE.glob("movement*"), HERE / "sleap_io.slp"):
        old.unlink(missing_ok=True)
    points = load_poses.from_dlc_file(HERE / "planted.csv", fps=RATE_HZ)
    packed = {"zlib": True, "complevel": 9}
    kinds = {
        "position": {**packed, "dtype": "float32"},
        "confidence": {**packed, "dtype": "float32"},
    }
    points.to_netcdf(HERE / "movement.nc", encoding=kinds)
    save_poses.to_sleap_analysis_file(points, HERE / "movement_sleap.h5")
    save_poses.to_dlc_file(points, HERE / "movement_dlc.h5", split_individuals=False)
    sleap_project(points, HERE / "sleap_io.slp")


def sleap_project(points: xr.Dataset, path: Path) -> None:
    """Write a project of predictions, of which some are put right by hand; read it back."""
    places = points["position"].transpose("time", "individuals", "keypoints", "space").values[:, 0]
    trust = points["confidence"].transpose("time", "individuals", "keypoints").values[:, 0]
    skeleton = sleap_io.Skeleton([str(name) for name in points["keypoints"].values])
    video, track = sleap_io.Video("lift.mp4", open_backend=False), sleap_io.Track("lifter")
    frames = []
    for index, (place, score) in enumerate(zip(places, trust, strict=True)):
        by_hand = index in BY_HAND
        predicted = sleap_io.PredictedInstance.from_numpy(
            place + WRONG_PX * by_hand, skeleton, point_scores=score, score=0.9, track=track
        )
        instances = [predicted]
        if by_hand:
            own = sleap_io.Instance.from_numpy(place, skeleton, track=track)
            own.from_predicted = predicted
            instances.append(own)
        frames.append(sleap_io.LabeledFrame(video=video, frame_idx=index, instances=instances))
    labels = sleap_io.Labels(frames, videos=[video], skeletons=[skeleton], tracks=[track])
    sleap_io.save_slp(labels, str(path))
    back = sleap_io.load_slp(str(path), open_videos=False).numpy()
    np.testing.assert_allclose(back[:, 0], places)


def read(paths: list[str]) -> None:
    """Read netCDF of Backline's as movement does: opened by xarray, then validated."""
    for path in paths:
        with xr.open_dataset(path) as opened:
            ValidPosesInputs.validate(opened)
            sys.stdout.write(f"{path}: valid, {dict(opened.sizes)}\n")


if __name__ == "__main__":
    sys.stdout.write(f"movement {movement.__version__}, sleap-io {sleap_io.__version__}\n")
    if sys.argv[1:]:
        read(sys.argv[1:])
    else:
        write()
