"""Files of keypoints as the engines write them, from rows of shape (n, k, 3)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from backline.model.posture import FloatArray


def openpose(folder: Path, rows: FloatArray, others: FloatArray | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    for i, row in enumerate(rows):
        people = [{"person_id": [-1], "pose_keypoints_2d": row.ravel().tolist()}]
        if others is not None:
            people.insert(
                i % 2, {"person_id": [-1], "pose_keypoints_2d": others[i].ravel().tolist()}
            )
        content = {"version": 1.3, "people": people}
        (folder / f"lift_{i:012d}_keypoints.json").write_text(json.dumps(content))
    return folder


def coco(path: Path, rows: FloatArray, names: tuple[str, ...] | None = None) -> Path:
    people = [
        {"image_id": i, "category_id": 1, "keypoints": row.ravel().tolist(), "score": 0.9}
        for i, row in enumerate(rows)
    ]
    content: Any = people
    if names is not None:
        content = {
            "images": [{"id": i, "file_name": f"{i:06d}.png"} for i in range(len(rows))],
            "annotations": people,
            "categories": [{"id": 1, "keypoints": list(names)}],
        }
    path.write_text(json.dumps(content))
    return path


def mmpose(path: Path, rows: FloatArray, names: tuple[str, ...]) -> Path:
    info = [
        {"frame_id": i + 1, "instances": [{"keypoints": row[:, :2].tolist(),
                                           "keypoint_scores": row[:, 2].tolist()}]}
        for i, row in enumerate(rows)
    ]  # fmt: skip
    words = {str(i): name for i, name in enumerate(names)}
    path.write_text(json.dumps({"meta_info": {"keypoint_id2name": words}, "instance_info": info}))
    return path


def deeplabcut(path: Path, rows: FloatArray, names: tuple[str, ...]) -> Path:
    part = ("x", "y", "likelihood")
    lines = [
        ",".join(["scorer", *["DLC_resnet50"] * 3 * len(names)]),
        ",".join(["bodyparts", *(name for name in names for _ in part)]),
        ",".join(["coords", *(p for _ in names for p in part)]),
        *(",".join([str(i), *map(repr, row.ravel().tolist())]) for i, row in enumerate(rows)),
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def sleap_csv(path: Path, rows: FloatArray, names: tuple[str, ...]) -> Path:
    head = ["track", "frame_idx", "instance.score"]
    head += [f"{name}.{part}" for name in names for part in ("x", "y", "score")]
    lines = [",".join(head)]
    for i, row in enumerate(rows):
        lines.append(",".join(["track_0", str(i), "0.9", *map(repr, row.ravel().tolist())]))
    path.write_text("\n".join(lines) + "\n")
    return path


def sleap_h5(path: Path, rows: FloatArray, names: tuple[str, ...]) -> Path:
    import h5py

    with h5py.File(path, "w") as file:
        file["tracks"] = rows[..., :2].transpose(2, 1, 0)[None]
        file["point_scores"] = rows[..., 2].T[None]
        file["node_names"] = np.array([name.encode() for name in names])
    return path


def deeplabcut_h5(
    path: Path, rows: FloatArray, names: tuple[str, ...], layout: str = "table"
) -> Path:
    """As DeepLabCut writes it: with pandas, called df_with_missing; labels by hand are "fixed"."""
    import pandas as pd

    levels = [["DLC_resnet50"], list(names), ["x", "y", "likelihood"]]
    columns = pd.MultiIndex.from_product(levels, names=["scorer", "bodyparts", "coords"])
    table = pd.DataFrame(rows.reshape(len(rows), -1), columns=columns)
    table.to_hdf(path, key="df_with_missing", format=layout, mode="w")
    return path


def sleap_project(
    path: Path, rows: FloatArray, names: tuple[str, ...], by_hand: tuple[int, ...] = ()
) -> Path:
    """As SLEAP saves it; frames labelled by hand hold a wrong prediction as well."""
    import h5py

    k = len(names)
    frame_type = [("frame_id", "u8"), ("video", "u4"), ("frame_idx", "u8"),
                  ("instance_id_start", "u8"), ("instance_id_end", "u8")]  # fmt: skip
    instance_type = [("instance_id", "i8"), ("instance_type", "u1"), ("frame_id", "u8"),
                     ("skeleton", "u4"), ("track", "i4"), ("from_predicted", "i8"),
                     ("score", "f4"), ("point_id_start", "u8"), ("point_id_end", "u8")]  # fmt: skip
    point = [("x", "f8"), ("y", "f8"), ("visible", "?"), ("complete", "?")]
    frames, instances = [], []
    points: list[tuple[float, float, bool, bool]] = []
    predicted: list[tuple[float, float, bool, bool, float]] = []
    for i, row in enumerate(rows):
        first = len(instances)
        off = 300.0 if i in by_hand else 0.0
        start = len(predicted)
        predicted += [(x + off, y, x == x, True, score) for x, y, score in row]
        instances.append((len(instances), 1, i, 0, -1, -1, 0.9, start, start + k))
        if i in by_hand:
            start = len(points)
            points += [(x, y, x == x, True) for x, y, _ in row]
            instances.append((len(instances), 0, i, 0, -1, -1, np.nan, start, start + k))
        frames.append((i, 0, i + 5, first, len(instances)))
    said = {"nodes": [{"name": name, "weight": 1.0} for name in reversed(names)],
            "skeletons": [{"nodes": [{"id": k - 1 - i} for i in range(k)]}]}  # fmt: skip
    with h5py.File(path, "w") as file:
        file.create_group("metadata").attrs["json"] = np.bytes_(json.dumps(said))
        file["frames"] = np.array(frames, frame_type)
        file["instances"] = np.array(instances, instance_type)
        file["points"] = np.array(points, point)
        file["pred_points"] = np.array(predicted, [*point, ("score", "f8")])
    return path


def movement(
    path: Path, rows: FloatArray, names: tuple[str, ...], rate_hz: float | None,
    *, singular: bool = False, depth: FloatArray | None = None,
) -> Path:  # fmt: skip
    """As ``movement`` saves it: 0.15's names of the dimensions, or the singular ones."""
    import xarray

    n = len(rows)
    point, person = ("keypoint", "individual") if singular else ("keypoints", "individuals")
    space = ["x", "y"] if depth is None else ["x", "y", "z"]
    at = rows[..., :2] if depth is None else np.concatenate([rows[..., :2], depth[..., None]], -1)
    made = xarray.Dataset(
        {
            "position": (("time", "space", point, person), at.transpose(0, 2, 1)[..., None]),
            "confidence": (("time", point, person), rows[..., 2][..., None]),
        },
        coords={
            "time": np.arange(n) / rate_hz if rate_hz else np.arange(n),
            "space": space, point: list(names), person: ["lifter"],
        },
        attrs={"ds_type": "poses", "time_unit": "seconds" if rate_hz else "frames",
               **({"fps": rate_hz} if rate_hz else {})},
    )  # fmt: skip
    made.to_netcdf(path, engine="h5netcdf")
    return path
