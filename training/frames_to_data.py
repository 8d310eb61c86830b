"""Make the lumbar network's training data of the frames that ``make_frames.py`` rendered.

The pictures are looked at again as in production, with the outline that the part network helps to
find, so that a better outline needs no new rendering::

    python training/frames_to_data.py --data training/frames --seeds 51 --out training/data5
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from evaluate_outlines import finder_of, people_of
from make_data import SHARD

from backline.sources.video.contour.outline import POINTS
from backline.sources.video.contour.part_network import PartNetwork
from backline.sources.video.lumbar.picture_input import (
    RIM,
    crop_trunk,
    frame_of,
    laid_line,
    point_features,
)

#: Share of the scenes whose outline is helped by a static background.
WITH_BACKGROUND = 0.8
#: What ``make_frames.py`` tells of each frame beyond what the lumbar network's data hold.
MORE = ("picture", "mask", "crop", "crop_mask", "odds", "label", "bare", "points33", "matrix",
        "mask_scale", "facing")  # fmt: skip


def data_of(path: Path, parts: PartNetwork) -> dict[str, Any]:
    """Return one scene's arrays as in ``make_data.py``."""
    with np.load(path) as file:
        arrays = {k: file[k] for k in file.files}
    found = people_of(arrays)
    rng = np.random.default_rng([int(arrays["scene"][0]), 5])
    finder = finder_of(arrays, found, parts, bool(rng.random() < WITH_BACKGROUND))
    trunk, facing = float(arrays["trunk_px"][0]), int(arrays["facing"])
    frames = [frame_of(person.points, trunk, facing) for _, person in found]
    line = np.full((len(found), POINTS, 2), np.nan, np.float32)
    visible, sd = np.zeros((len(found), POINTS), bool), np.full((len(found), POINTS), np.nan)
    for k, ((picture, person), frame) in enumerate(zip(found, frames, strict=True)):
        outline = finder.find(picture, person, np.eye(2, 3))
        if outline is not None:
            line[k], visible[k] = laid_line(outline.line, frame), outline.visible
            sd[k] = outline.edge_sd_px / frame.trunk_px
    out = {k: v for k, v in arrays.items() if k not in MORE and not k.endswith("_ends")}
    both = list(zip(found, frames, strict=True))
    out |= {
        "cut": np.stack([crop_trunk(picture, person, f, rim=RIM) for (picture, person), f in both]),
        "lean_px": np.array([f.lean_deg for f in frames], np.float32),
        "points": np.stack([point_features(person.points, f) for (_, person), f in both]),
        "line": line, "line_seen": visible, "line_sd": sd.astype(np.float32),
    }  # fmt: skip
    return out


def main() -> None:
    """Write one file for every 32 scenes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("training/frames"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[51])
    parser.add_argument("--parts", type=Path, help="part weights (.onnx) instead of the shipped")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    parts = PartNetwork(args.parts.read_bytes() if args.parts else None)
    for seed in args.seeds:
        paths = sorted(p for p in args.data.glob(f"frames_{seed}_*.npz") if ".part" not in p.name)
        for start in range(0, len(paths), SHARD):
            batch = [data_of(path, parts) for path in paths[start : start + SHARD]]
            joined = {k: np.concatenate([b[k] for b in batch]) for k in batch[0]}
            target = args.out / f"scenes_{seed}_{int(joined['scene'][-1]):06d}.npz"
            np.savez(target, **joined)
            print(target, len(joined["lumbar"]), flush=True)


if __name__ == "__main__":
    main()
