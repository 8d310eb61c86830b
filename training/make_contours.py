"""Make contours of the back by the ten thousand, straight from the mesh, without pictures.

Each body stands, locks out, goes deep and more; for each posture the outline without arms is worked
out along the rays that a pose engine's points would lay. The points are the true joints with
errors drawn anew: a mean that depends on the posture, one part that stays over a scene and one that
changes from frame to frame, all fitted to frames of ``make_frames.py``. Noise of the outline itself
is added in training::

    python training/make_contours.py --frames training/frames --seed 61 --out training/contours
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from make_data import _alone, draw_angles, draw_scene, draw_sway
from make_frames import ARMS, MIX, POSTURE

from backline.phantom.kinematics import pose_lifter
from backline.phantom.part_labels import OWN_BACK, body_labels
from backline.sources.video.contour.outline import resampled
from backline.sources.video.contour.trunk_rays import RAY_COUNT, trunk_rays
from backline.sources.video.lumbar.picture_input import (
    frame_of,
    laid_line,
    point_features,
    trunk_length_px,
)
from backline.sources.video.pose.person import LEFT_HIP, LEFT_KNEE, LEFT_SHOULDER

#: Bones whose heads stand for the engine's points: shoulder, hip, knee, ankle, ear, elbow, wrist.
BONES = ("upperarm01", "upperleg01", "lowerleg01", "foot", "head", "lowerarm01", "wrist")
POINTS = (11, 23, 25, 27, 7, 13, 15)
#: Postures of a body: standing, two lockouts, two bottoms, and others.
KINDS = np.arange(10)
#: The outline ends within this, trunk lengths.
REACH = 0.74
SHARD = 250


def true_points(posed: Any, scene: Any) -> Any:
    """Return the joints in the picture, shape (n, 14, 2): left ones, then right ones."""
    stature = float(np.ptp(scene.body.rest_vertices[:, 2]))
    sides = []
    for side in ("L", "R"):
        names = [b if b == "head" else f"{b}.{side}" for b in BONES]
        at = np.stack([posed.joints[name] for name in names], axis=1)
        sides.append(scene.camera.project(at, stature) - 0.5)
    return np.concatenate(sides, axis=1)


def posture_terms(angles: Any, posed: Any, yaw_deg: float) -> Any:
    """Return what the engine's mean error depends on, shape (n, 8)."""
    knee, lean = np.radians(angles.knee_deg), np.radians(posed.trunk_lean_deg)
    pelvis = np.radians(posed.pelvic_tilt_deg)
    yaw = np.full(len(knee), np.radians(yaw_deg))
    return np.stack(
        [np.ones_like(knee), knee, knee**2, np.sin(lean), np.cos(lean), pelvis, yaw, yaw * knee], 1
    )


@dataclass(frozen=True)
class PointErrors:
    """Errors of the engine's points in trunk lengths, x to the front and y down."""

    mean: Any
    scene: Any
    frame: Any

    def draw(self, terms: Any, rng: np.random.Generator) -> Any:
        """Draw errors of one scene's frames, shape (n, 14, 2)."""
        size = len(self.scene)
        own = self.scene @ rng.standard_normal(size)
        each = rng.standard_normal((len(terms), size)) @ self.frame.T
        return (terms @ self.mean + own + each).reshape(len(terms), 14, 2)


def pose_again(seed: int, number: int, path_arrays: Any) -> tuple[Any, Any, Any]:
    """Return scene, angles and posed lifter of a scene that ``make_frames.py`` rendered."""
    from dataclasses import replace

    rng = np.random.default_rng([seed, number])
    scene = draw_scene(rng, MIX)
    arms = {k: tuple(rng.normal(0, ARMS, 3)) for k in ("upper_arm", "forearm")}
    scene = replace(scene, stance=replace(scene.stance, **arms))
    angles = draw_angles(rng, POSTURE, scene.stance.bar)
    posed = pose_lifter(scene.body, scene.stance, angles)
    sway = draw_sway(rng, POSTURE)[:, None, None] * [0, 1, 0]
    posed.vertices[:] += sway
    for at in posed.joints.values():
        at += sway[:, 0]
    assert np.allclose(angles.lumbar_deg[path_arrays["index"]], path_arrays["lumbar"], atol=1e-3)
    return scene, angles, posed


def fit_errors(paths: list[Path]) -> PointErrors:
    """Fit the engine's errors to rendered frames."""
    errors, terms, owner = [], [], []
    for n, path in enumerate(paths):
        with np.load(path) as file:
            a = {k: file[k] for k in ("index", "lumbar", "points33", "trunk_px", "facing")}
        _, seed, number = path.stem.split("_")
        scene, angles, posed = pose_again(int(seed), int(number), a)
        true = true_points(posed, scene)[a["index"]]
        found = a["points33"][:, [*POINTS, *(p + 1 for p in POINTS)], :2]
        off = (found - true) / a["trunk_px"][0] * [float(a["facing"]), 1.0]
        errors.append(off.reshape(len(off), -1))
        terms.append(posture_terms(angles, posed, scene.camera.yaw_deg)[a["index"]])
        owner.append(np.full(len(off), n))
    e, t, owner = np.concatenate(errors), np.concatenate(terms), np.concatenate(owner)
    keep = np.abs(e).max(axis=1) < 0.6  # beyond, the engine took something else for an arm
    e, t, owner = e[keep], t[keep], owner[keep]
    mean = np.linalg.lstsq(t, e, rcond=None)[0]
    rest = e - t @ mean
    own = np.stack([rest[owner == n].mean(axis=0) for n in np.unique(owner)])
    each = rest - own[np.searchsorted(np.unique(owner), owner)]
    print("shoulder and hip, %: scene", (100 * own.std(0))[:4].round(1), flush=True)
    print("and frame", (100 * each.std(0))[:4].round(1), flush=True)
    return PointErrors(mean, _root(np.cov(own.T)), _root(np.cov(each.T)))


def _root(covariance: Any) -> Any:
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0.0))


def back_edges(body: Any) -> tuple[Any, Any]:
    """Return the edges (e, 2) of the body without arms, and the two faces of each (-1: none)."""
    faces = body.faces[np.isin(body_labels(body), OWN_BACK)]
    pairs = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    owner = np.tile(np.arange(len(faces)), 3)
    edges, inverse = np.unique(np.sort(pairs, axis=1), axis=0, return_inverse=True)
    both = np.full((len(edges), 2), -1)
    order = np.argsort(inverse.ravel(), kind="stable")
    first = np.searchsorted(inverse.ravel()[order], np.arange(len(edges)))
    both[:, 0] = owner[order][first]
    more = np.minimum(first + 1, len(order) - 1)
    same = inverse.ravel()[order][more] == np.arange(len(edges))
    both[same, 1] = owner[order][more][same]
    return edges, both, faces


def silhouette(at: Any, edges: Any, both: Any, faces: Any) -> Any:
    """Return the edges between what faces the camera and what does not, shape (e, 2, 2)."""
    a, b, c = at[faces[:, 0]], at[faces[:, 1]], at[faces[:, 2]]
    turn = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0] < 0
    front = np.append(turn, False)  # no face: as one that looks away
    rim = front[both[:, 0]] != front[both[:, 1]]
    return at[edges[rim]]


def depths_along(rays: Any, rim: Any) -> Any:
    """Return how far out the outline lies along each ray, pixels; NaN where it does not."""
    d, o = rays.directions, rays.origins
    ends = rim.transpose(1, 2, 0)  # (2, 2, e): both ends' x and y
    across = np.stack([-d[:, 1], d[:, 0]], axis=1)
    own = (across * o).sum(1, keepdims=True)
    side = [across @ end - own for end in ends]
    ray, edge = np.nonzero(side[0] * side[1] < 0)
    first, second = side[0][ray, edge], side[1][ray, edge]
    place = rim[edge, 0] + (first / (first - second))[:, None] * (rim[edge, 1] - rim[edge, 0])
    depth = ((place - o[ray]) * d[ray]).sum(1)
    t = np.full(RAY_COUNT, -1.0)
    within = (depth > 0) & (depth < REACH * rays.trunk_px)
    np.maximum.at(t, ray[within], depth[within])
    return np.where(t > 0, t, np.nan)


_MESH: dict[str, Any] = {}


def contours_of(seed: int, number: int, errors: PointErrors) -> dict[str, Any] | None:
    """Return one body's postures: contours, points and truth, in the lumbar network's frame."""
    rng = np.random.default_rng([seed, number])
    scene = draw_scene(rng, MIX)
    angles = draw_angles(rng, KINDS, scene.stance.bar)
    posed = pose_lifter(scene.body, scene.stance, angles)
    if not _MESH:
        _MESH["edges"] = back_edges(scene.body)
    stature = float(np.ptp(scene.body.rest_vertices[:, 2]))
    facing = 1 if scene.camera.side == "right" else -1
    true = true_points(posed, scene)
    trunk = float(np.linalg.norm(true[0, [0, 7]].mean(0) - true[0, [1, 8]].mean(0)))
    terms = posture_terms(angles, posed, scene.camera.yaw_deg)
    found = true + errors.draw(terms, rng) * trunk * [float(facing), 1.0]
    points = np.zeros((len(KINDS), 33, 3), np.float32)
    points[:, [*POINTS, *(p + 1 for p in POINTS)], :2] = found
    trunk = trunk_length_px(points[0])
    surface = scene.camera.project(posed.vertices, stature) - 0.5
    side = 1 if facing > 0 else 0
    lines, features, leans = [], [], []
    for at, own in zip(surface, points, strict=True):
        joints = own[[p + side for p in (LEFT_SHOULDER, LEFT_HIP, LEFT_KNEE)], :2].astype(float)
        rays = trunk_rays(*joints, facing, trunk)
        depth = depths_along(rays, silhouette(at, *_MESH["edges"]))
        known = np.isfinite(depth)
        if known.sum() < 0.8 * RAY_COUNT:
            return None
        depth = np.interp(np.arange(RAY_COUNT), np.flatnonzero(known), depth[known])
        outline = resampled(rays.at(depth), known, np.ones(RAY_COUNT), facing)
        frame = frame_of(own, trunk, facing)
        lines.append(laid_line(outline.line, frame))
        features.append(point_features(own, frame))
        leans.append(frame.lean_deg)
    n = len(KINDS)
    return {
        "line": np.stack(lines), "points": np.stack(features),
        "lean_px": np.array(leans, np.float32), "scene": np.full(n, number, np.int32),
        "lumbar": angles.lumbar_deg.astype(np.float32),
        "thoracic": angles.thoracic_deg.astype(np.float32),
        "trunk": posed.trunk_lean_deg.astype(np.float32),
        "pelvis": posed.pelvic_tilt_deg.astype(np.float32),
        "knee": angles.knee_deg.astype(np.float32),
        "shank": angles.shank_deg.astype(np.float32),
        "yaw": np.full(n, scene.camera.yaw_deg, np.float32),
        "on_back": np.full(n, scene.stance.bar in ("high_bar", "low_bar")),
    }  # fmt: skip


def make_shard(out: Path, seed: int, numbers: range, errors: PointErrors) -> str:
    """Write one file of bodies."""
    target = out / f"contours_{seed}_{numbers.start:06d}.npz"
    if target.exists():
        return f"{target.name} is there"
    bodies = [contours_of(seed, n, errors) for n in numbers]
    some = [b for b in bodies if b is not None]
    joined = {k: np.stack([b[k] for b in some]) for k in some[0]}
    np.savez(target.with_suffix(".part.npz"), **joined)
    target.with_suffix(".part.npz").rename(target)
    return f"{target.name}: {len(some)} of {len(bodies)} bodies"


def main() -> None:
    """Fit the points' errors, then make bodies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=Path, default=Path("training/frames"))
    parser.add_argument("--fit", type=int, default=51, help="seed of the frames that are fitted")
    parser.add_argument("--out", type=Path, default=Path("training/contours"))
    parser.add_argument("--seed", type=int, default=61)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--bodies", type=int, default=4000)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    paths = sorted(p for p in args.frames.glob(f"frames_{args.fit}_*.npz") if ".part" not in p.name)
    errors = fit_errors(paths)
    started = time.monotonic()
    for first in range(args.first, args.first + args.bodies, SHARD):
        numbers = range(first, min(first + SHARD, args.first + args.bodies))
        with ProcessPoolExecutor(1, get_context("spawn"), _alone) as pool:
            done = pool.submit(make_shard, args.out, args.seed, numbers, errors).result()
        print(f"{(time.monotonic() - started) / 60:.1f} min, {done}", flush=True)


if __name__ == "__main__":
    main()
