"""How close the outline that is found lies to the true back without arms, on rendered scenes.

Each scene of ``make_frames.py`` is analysed as a clip is, with a static background. Printed are, by
what is lifted: the share of points called visible that lie within 1.5 % of a trunk length of the
true back; how far off the others of them are; the share of the low back's points (T12 to S1) that
are found where the low back is in view; and visible points where an arm, the bar or a plate hides
the back::

    python training/evaluate_outlines.py --data training/frames --seed 52
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from make_data import BARS
from make_frames import CROP_TRUNK_PX, unpack

from backline.phantom.part_labels import OWN_BACK
from backline.sources.video.contour.background import estimate_background
from backline.sources.video.contour.line_fitting import mask_edge
from backline.sources.video.contour.outline import S1_INDEX, T12_INDEX, OutlineFinder, resampled
from backline.sources.video.contour.part_network import PartNetwork
from backline.sources.video.contour.trunk_rays import RAY_COUNT, TrunkRays, trunk_rays, unfold
from backline.sources.video.pose.person import LEFT_HIP, LEFT_KNEE, LEFT_SHOULDER, Person

#: A point lies on the back within this, trunk lengths (issue 21).
ON_BACK = 0.015
#: How far inside the edge is looked up what covers it, trunk lengths.
INSIDE = 0.02
#: Finest spacing at which the true edge is looked up, pixels of the crop.
FINE_PX = 0.5
#: Notches that an arm leaves in the shoulder when it is taken off are closed up to this width.
_NOTCH = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (29, 29))


@dataclass(frozen=True)
class TrueBack:
    """The outline without arms along rays: depth in pixels (NaN none), and what is seen there."""

    depth_px: Any
    seen: Any
    label: Any


def true_back(label: Any, bare: Any, rays: TrunkRays) -> TrueBack:
    """Return where the body without arms ends along each ray, and what the picture shows there."""
    depths = np.arange(0.0, 0.74 * rays.trunk_px, FINE_PX)
    bare = cv2.morphologyEx(bare, cv2.MORPH_CLOSE, _NOTCH)
    depth = mask_edge(unfold(bare, rays, depths) / 255.0) * FINE_PX
    inside = np.nan_to_num(depth) - INSIDE * rays.trunk_px
    at = np.rint(rays.at(inside)).astype(int)
    height, width = label.shape
    there = (at >= 0).all(1) & (at[:, 0] < width) & (at[:, 1] < height) & np.isfinite(depth)
    what = np.zeros(RAY_COUNT, np.uint8)
    what[there] = label[at[there, 1], at[there, 0]]
    return TrueBack(depth, np.isin(what, OWN_BACK) & there, what)


def people_of(arrays: Any) -> list[tuple[Any, Person]]:
    """Return the pictures of a scene's file and who was found in them."""
    found = []
    for k, points in enumerate(arrays["points33"]):
        mask = unpack(arrays, "mask", k).astype(np.float32) / 255.0
        person = Person(points, mask, None, float(arrays["mask_scale"][k]))
        found.append((np.ascontiguousarray(unpack(arrays, "picture", k)[..., ::-1]), person))
    return found


def finder_of(
    arrays: Any,
    found: list[tuple[Any, Person]],
    parts: PartNetwork | None = None,
    background: bool = True,
) -> OutlineFinder:
    """Return a finder for a scene, with its static background."""
    still = np.eye(2, 3)
    pictures, masks = [p for p, _ in found], [who.mask for _, who in found]
    static = estimate_background(pictures, masks, [still] * len(found)) if background else None
    facing = int(arrays["facing"])
    return OutlineFinder("right" if facing > 0 else "left", facing, static, parts)


def outlines_of(arrays: Any, parts: PartNetwork | None) -> list[Any]:
    """Return the outline of each frame, by the shipped network where ``parts`` is None."""
    found = people_of(arrays)
    finder = finder_of(arrays, found, parts)
    return [finder.find(picture, person, np.eye(2, 3)) for picture, person in found]


def score_frame(arrays: Any, k: int, outline: Any) -> dict[str, Any]:
    """Hold one outline against the truth; distances in trunk lengths."""
    matrix = arrays["matrix"][k].astype(float)
    facing = int(arrays["facing"])
    side = 1 if facing > 0 else 0
    at = arrays["points33"][k][:, :2].astype(float) @ matrix[:, :2].T + matrix[:, 2]
    rays = trunk_rays(
        at[LEFT_SHOULDER + side], at[LEFT_HIP + side], at[LEFT_KNEE + side], 1, CROP_TRUNK_PX
    )
    true = true_back(unpack(arrays, "label", k), unpack(arrays, "bare", k), rays)
    known = np.isfinite(true.depth_px)
    if known.sum() < 0.8 * RAY_COUNT:
        return {}
    depth = np.interp(np.arange(RAY_COUNT), np.flatnonzero(known), true.depth_px[known])
    back = resampled(rays.at(depth), true.seen, np.ones(RAY_COUNT), 1)
    line, in_view = back.line.astype(float), back.visible
    if outline is None:
        drawn, places = np.zeros(48, bool), np.zeros((48, 2))
    else:
        drawn, places = outline.visible, outline.line.astype(float) @ matrix[:, :2].T + matrix[:, 2]
    away, nearest = to_line(places, line)
    low = slice(T12_INDEX, S1_INDEX + 1)
    to_drawn, which = to_line(line, places)
    found = drawn[which] & (to_drawn / CROP_TRUNK_PX < ON_BACK)
    within = (nearest > 0) & (nearest < 47)
    return {
        "away": away[drawn & within] / CROP_TRUNK_PX,
        "over_hidden": int((drawn & within & ~in_view[nearest]).sum()),
        "low_away": away[low][drawn[low]] / CROP_TRUNK_PX,
        "low_found": found[low][in_view[low]],
        "found": found[in_view],
        "hidden_away": away[~drawn & within] / CROP_TRUNK_PX,
    }


def to_line(points: Any, line: Any) -> tuple[Any, Any]:
    """Return the distance of points (n, 2) from a polyline and the nearest of its corners."""
    start, way = line[:-1], np.diff(line, axis=0)
    length = np.maximum((way**2).sum(1), 1e-9)
    share = np.clip(((points[:, None] - start) * way).sum(2) / length, 0, 1)
    away = np.linalg.norm(points[:, None] - (start + share[..., None] * way), axis=2)
    best = away.argmin(1)
    rows = np.arange(len(points))
    return away[rows, best], np.rint(best + share[rows, best]).astype(int)


def table(rows: list[dict[str, Any]], groups: dict[str, Any]) -> None:
    """Print the figures by group."""
    print("| frames | n | visible points | of them within 1.5 % | 90th percentile off "
          "| low back's visible within 1.5 % | low back found where in view "
          "| back found where in view | drawn over hidden a frame |")  # fmt: skip
    print("|" + " --- |" * 9)
    for name, chosen in groups.items():
        some = [r for r, c in zip(rows, chosen, strict=True) if c and r]
        if len(some) < 5:
            continue
        away, low, found, low_found = (
            np.concatenate([r[k] for r in some]) for k in ("away", "low_away", "found", "low_found")
        )
        print(
            f"| {name} | {len(some)} | {len(away) / len(some):.1f} | {(away < ON_BACK).mean():.1%} "
            f"| {np.quantile(away, 0.9):.2%} | {(low < ON_BACK).mean():.1%} "
            f"| {low_found.mean():.1%} | {found.mean():.1%} "
            f"| {np.mean([r['over_hidden'] for r in some]):.2f} |"
        )


def main() -> None:
    """Score all scenes of a seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("training/frames"))
    parser.add_argument("--seed", type=int, default=52)
    parser.add_argument("--scenes", type=int, default=10_000)
    parser.add_argument("--parts", type=Path, help="part weights (.onnx); else the shipped ones")
    args = parser.parse_args()
    parts = PartNetwork(args.parts.read_bytes()) if args.parts else None
    rows, told = [], []
    for path in sorted(args.data.glob(f"frames_{args.seed}_*.npz"))[: args.scenes]:
        if ".part" in path.name:
            continue
        with np.load(path) as file:
            arrays = {k: file[k] for k in file.files}
        for k, outline in enumerate(outlines_of(arrays, parts)):
            rows.append(score_frame(arrays, k, outline))
            told.append([arrays[n][k] for n in ("bar", "plate", "knee", "fit", "yaw")])
    bar, plate, knee, fit, yaw = np.array(told, float).T
    on_back = (bar == BARS.index("high_bar")) | (bar == BARS.index("low_bar"))
    fair = (fit < 2) & (np.abs(yaw) <= 15)
    table(rows, {
        "all": np.ones(len(rows), bool), "fair (yaw within 15, no loose cloth)": fair,
        "bar on the back": on_back, "  upright": on_back & (knee < 12),
        "  deep": on_back & (knee > 70),
        "  big plates": on_back & (plate > 0.2),
        "bar in the hands": bar == BARS.index("hands"),
        "  in the hands, deep": (bar == BARS.index("hands")) & (knee > 70),
        "other": ~on_back & (bar != BARS.index("hands")), "loose": fit == 2,
        "yaw above 15": np.abs(yaw) > 15,
    })  # fmt: skip


if __name__ == "__main__":
    main()
