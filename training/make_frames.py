"""Render lifters with the truth of every pixel: pictures, parts, and the outline without arms.

One file a scene (a body, outfit, room, light, camera and phone, as in ``make_data.py``), with the
pictures themselves, what the pose engine found in them, and round the trunk which part each pixel
shows and where the body ends without its arms. ``train_parts.py`` learns from it::

    python training/make_frames.py --seed 51 --scenes 600 --out training/frames
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from make_data import (
    FROM_FLOOR,
    STANDING_FRAMES,
    Mix,
    Scene,
    _alone,
    _is_lifter,
    _pack,
    draw_angles,
    draw_scene,
    draw_sway,
    lay_on_floor,
)

from backline.phantom.capture import record, room
from backline.phantom.kinematics import Anatomy, pose_lifter
from backline.phantom.part_labels import (
    OWN_BACK,
    PartLabel,
    body_labels,
    labelled_mesh,
    paint_labels,
)
from backline.phantom.scene import Renderer
from backline.phantom.wardrobe import dress
from backline.sources.video.contour.background import OTHER_ODDS, SAME_ODDS, estimate_background
from backline.sources.video.lumbar.picture_input import TRUNK_PX, frame_of, trunk_length_px
from backline.sources.video.pose.blazepose.engine import BlazePoseEngine

#: Scale of the crop round the trunk, pixels a trunk length; where the hip lies in it; its size.
CROP_TRUNK_PX, CROP_HIP, CROP_SIZE = 160.0, (152.0, 232.0), (240, 384)
#: Postures shown: standing, two lockouts, two bottoms, and others.
POSTURE = np.array([0, 0, 0, 1, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9])
#: More bars on the back, more plates, smaller pictures than in ``make_data.py``.
MIX = Mix(
    bars=(0.28, 0.18, 0.06, 0.06, 0.08, 0.32, 0.02),
    plates=(0.25, 0.4, 0.35),
    heights=(0.15, 0.25, 0.3, 0.2, 0.0, 0.1),
    aspects=(0.5625, 0.75, 1.0),
)
#: Chances that a post or a disc of a rack stands before the lifter, and somebody else behind.
POST, DISC, STRANGER = 0.12, 0.15, 0.2
#: Radius of a disc in trunk lengths (plates of 300 to 450 mm, nearer than the lifter or not).
DISC_RADIUS = (0.2, 0.55)
#: Scatter of the arms' directions (see ``Stance.upper_arm``).
ARMS = 0.22
SHARD = 24


@dataclass
class Layer:
    """A drawn lifter on black and the share of each pixel that they cover."""

    picture: Any
    cover: Any


def crop_matrix(frame: Any) -> Any:
    """Return the map (2, 3) from picture pixels to those of the crop round the trunk."""
    grow = CROP_TRUNK_PX / TRUNK_PX
    matrix = frame.matrix() * grow
    hip = matrix[:, :2] @ frame.hip + matrix[:, 2]
    matrix[:, 2] += np.array(CROP_HIP) - hip
    return matrix


def draw_post(layer: Layer, at: Any, trunk_px: float, rng: np.random.Generator) -> Any:
    """Put a post before the lifter and return where it is, shape (h, w)."""
    height, width = layer.cover.shape
    middle = at[0] + rng.normal(0, 0.45) * trunk_px
    half = rng.uniform(0.02, 0.12) * trunk_px
    x0, x1 = (int(np.clip(round(middle + s * half), 0, width)) for s in (-1, 1))
    top = 0 if rng.random() < 0.6 else int(np.clip(at[1] + rng.normal(0, 1) * trunk_px, 0, height))
    where = np.zeros((height, width), bool)
    where[top:, x0:x1] = True
    return where


def draw_disc(layer: Layer, at: Any, trunk_px: float, rng: np.random.Generator) -> tuple[Any, Any]:
    """Put a plate that nobody holds before the lifter; where it is (h, w), and its picture."""
    height, width = layer.cover.shape
    middle = at + rng.normal(0, [0.45, 0.3]) * trunk_px + [0, -0.25 * trunk_px]
    centre = (round(float(middle[0]) * 8), round(float(middle[1]) * 8))
    radius = rng.uniform(*DISC_RADIUS) * trunk_px
    picture, where = layer.picture.copy(), np.zeros((height, width), np.uint8)
    tone = rng.uniform(10, 70) if rng.random() < 0.7 else rng.uniform(20, 240, 3)
    rings = [(1.0, tone), (rng.uniform(0.8, 0.95), tone + rng.normal(0, 20))]
    rings += [(rng.uniform(0.35, 0.6), tone + rng.normal(0, 20)), (0.12, rng.uniform(60, 220))]
    for share, ring in rings:
        colour = tuple(float(c) for c in np.clip(np.broadcast_to(ring, 3), 0, 255))
        cv2.circle(picture, centre, round(radius * share * 8), colour, -1, cv2.LINE_AA, 3)
    cv2.circle(where, centre, round(radius * 8), 1, -1, cv2.LINE_8, 3)
    return where > 0, picture


def stranger_behind(background: Any, layer: Layer | None, rng: np.random.Generator) -> Any:
    """Put somebody of an earlier scene into the room."""
    if layer is None:
        return background
    height, width = background.shape[:2]
    grow = height / layer.cover.shape[0] * rng.uniform(0.7, 1.1)
    move = np.array(
        [[grow, 0, rng.uniform(-0.5, 0.5) * width], [0, grow, rng.normal(0, 0.03) * height]]
    )
    if rng.random() < 0.5:
        move[0] *= -1
        move[0, 2] += width
    lifter = cv2.warpAffine(layer.picture, move, (width, height), flags=cv2.INTER_AREA)
    cover = cv2.warpAffine(layer.cover, move, (width, height))[..., None]
    return (lifter + (1 - cover) * background).clip(0, 255).astype(np.uint8)


def shoot(scene: Scene, rng: np.random.Generator, stranger: Layer | None) -> Any:
    """Return angles, the posed lifter, its outer surface, the pictures, the post and a layer."""
    angles = draw_angles(rng, POSTURE, scene.stance.bar)
    stature = float(np.ptp(scene.body.rest_vertices[:, 2]))
    posed = pose_lifter(scene.body, scene.stance, angles)
    sway = draw_sway(rng, POSTURE)[:, None, None] * [0, 1, 0]
    posed.vertices[:] += sway
    posed.bar[:] += sway[:, 0]
    if scene.stance.bar == "hands" and rng.random() < FROM_FLOOR:
        lay_on_floor(posed, angles, POSTURE)
    clothed, colours = dress(scene.body, scene.outfit, posed.vertices, rng)
    camera = scene.camera
    row = float(camera.project(np.array([0.0, 0.6, 0.0]), stature)[1]) - camera.height_px * 0.04
    background = room(camera.width_px, camera.height_px, row, rng)
    if rng.random() < STRANGER:
        background = stranger_behind(background, stranger, rng)
    hip, neck = (camera.project(posed.joints[j][0], stature) for j in ("upperleg01.L", "neck01"))
    tone = np.clip(rng.uniform(10, 240) + rng.normal(0, 12, 3), 0, 255).astype(np.uint8)
    post: Any = None
    painted: Any = tone
    painter = Renderer(
        scene.body, colours, scene.loading, camera, scene.light, stature, samples=1.5
    )
    pictures = []
    for surface, bar in zip(clothed, posed.bar, strict=True):
        layer = Layer(*painter.draw(surface, bar))
        if post is None:
            post = np.zeros(layer.cover.shape, bool)
            trunk_px, kind = float(np.hypot(*(neck - hip))) * 0.85, rng.random()
            if kind < POST:
                post = draw_post(layer, hip, trunk_px, rng)
            elif kind < POST + DISC:
                post, disc = draw_disc(layer, hip, trunk_px, rng)
                painted = disc[post]
        before, cover = layer.picture.copy(), layer.cover.copy()
        before[post], cover[post] = painted, 1.0
        pictures.append(record(before, cover, background, scene.recording, rng))
    painter.close()
    return angles, posed, clothed, pictures, post, layer


def see(scene: Scene, rng: np.random.Generator, engine: Any, stranger: Layer | None) -> Any:
    """Return a scene's arrays (None if standing was not seen) and a layer for later scenes."""
    angles, posed, clothed, pictures, post, layer = shoot(scene, rng, stranger)
    detected = []
    for i, picture in enumerate(pictures):
        person = engine.find(picture)
        if person is not None and _is_lifter(person, posed, i, scene):
            detected.append((i, picture, person))
        elif i < STANDING_FRAMES:
            return None, layer
    if len(detected) < STANDING_FRAMES + 4:
        return None, layer
    trunk = float(np.median([trunk_length_px(p.points) for _, _, p in detected[:STANDING_FRAMES]]))
    facing = 1 if scene.camera.side == "right" else -1
    still = np.eye(2, 3)
    background = estimate_background(
        [p for _, p, _ in detected], [w.mask for _, _, w in detected], [still] * len(detected)
    )
    stature = float(np.ptp(scene.body.rest_vertices[:, 2]))
    labels = body_labels(scene.body)
    views: dict[str, list[Any]] = {k: [] for k in ("posture", "points33", "matrix", "mask_scale")}
    packed: dict[str, list[Any]] = {
        k: [] for k in ("picture", "mask", "crop", "crop_mask", "odds", "label", "bare")
    }
    for i, picture, person in detected:
        matrix = crop_matrix(frame_of(person.points, trunk, facing))
        mesh = labelled_mesh(scene.body, clothed[i], posed.bar[i], scene.loading, labels)
        label = paint_labels(mesh, scene.camera, stature, matrix, CROP_SIZE)
        covered = cv2.warpAffine(post.astype(np.uint8), matrix, CROP_SIZE) > 0
        label[covered] = PartLabel.OTHER
        double = np.vstack([2 * matrix[:, :2].T, 2 * matrix[:, 2] + 0.5]).T
        size = (2 * CROP_SIZE[0], 2 * CROP_SIZE[1])
        bare = paint_labels(mesh, scene.camera, stature, double, size, OWN_BACK) > 0
        bare = cv2.resize(255 * without_holes(bare), CROP_SIZE, interpolation=cv2.INTER_AREA)
        height, width = picture.shape[:2]
        odds = np.zeros((height, width), np.float32)
        if background is not None:
            odds = background.odds(picture, still, (0, 0, width, height))
        views["posture"].append(np.int16(POSTURE[i]))
        views["points33"].append(person.points)
        views["matrix"].append(matrix.astype(np.float32))
        views["mask_scale"].append(np.float32(person.mask_scale))
        mask = np.clip(person.mask * 255 + 0.5, 0, 255).astype(np.uint8)
        full = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR)
        packed["picture"].append(_jpeg(picture))
        packed["mask"].append(_png(mask))
        packed["crop"].append(_jpeg(_warped(picture, matrix)))
        packed["crop_mask"].append(_png(_warped(full, matrix)))
        packed["odds"].append(_png(_warped(as_grey(odds), matrix)))
        packed["label"].append(_png(label))
        packed["bare"].append(_png(bare))
    index = np.array([i for i, _, _ in detected])
    arrays = _pack(scene, angles, posed, index, views, trunk)
    for name, files in packed.items():
        arrays[name] = np.frombuffer(b"".join(files), np.uint8)
        arrays[f"{name}_ends"] = np.cumsum([len(f) for f in files])
    arrays["facing"] = np.int8(facing)
    return arrays, layer


def without_holes(shape: Any) -> Any:
    """Fill the holes of a shape (h, w), where an arm was taken off; 0 or 1."""
    contours, _ = cv2.findContours(shape.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros(shape.shape, np.uint8)
    for (
        contour
    ) in contours:  # one after the other: together they would cut holes where they overlap
        cv2.drawContours(filled, [contour], -1, 1, -1)
    return filled


def as_grey(odds: Any) -> Any:
    """Store log odds of "not the background" as grey levels."""
    return np.round((odds - SAME_ODDS) / (OTHER_ODDS - SAME_ODDS) * 255).astype(np.uint8)


def _warped(picture: Any, matrix: Any) -> Any:
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    if scale < 0.6:
        picture = cv2.GaussianBlur(picture, (0, 0), 0.4 / scale)
    return cv2.warpAffine(picture, matrix, CROP_SIZE, borderMode=cv2.BORDER_REPLICATE)


def _jpeg(picture: Any) -> bytes:
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()


def _png(picture: Any) -> bytes:
    return cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 4])[1].tobytes()


def unpack(arrays: Any, name: str, k: int, flag: int = cv2.IMREAD_UNCHANGED) -> Any:
    """Return picture ``k`` of a kind from a scene's file."""
    ends = arrays[f"{name}_ends"]
    start = int(ends[k - 1]) if k else 0
    return cv2.imdecode(arrays[name][start : int(ends[k])], flag)


def make_scenes(out: Path, seed: int, numbers: range, anatomy: Anatomy = 2) -> str:
    """Render some scenes, one file each; passed over where all of them are there already.

    A stranger in the room is the last lifter before, so a part of the scenes alone is never made.
    """
    done = out / f"done_{seed}_{numbers.start:06d}_{numbers.stop:06d}"
    if done.exists():
        return f"scenes {numbers.start} to {numbers.stop - 1}: there already"
    engine = BlazePoseEngine(static=True)
    stranger: Layer | None = None
    frames = scenes = 0
    for number in numbers:
        target = out / f"frames_{seed}_{number:06d}.npz"
        rng = np.random.default_rng([seed, number])
        scene = draw_scene(rng, replace(MIX, anatomy=anatomy))
        arms = {k: tuple(rng.normal(0, ARMS, 3)) for k in ("upper_arm", "forearm")}
        scene = replace(scene, stance=replace(scene.stance, **arms))
        arrays, stranger = see(scene, rng, engine, stranger)
        if arrays is None:
            continue
        frames, scenes = frames + len(arrays["index"]), scenes + 1
        arrays["scene"] = np.full(len(arrays["index"]), number, np.int32)
        np.savez(target.with_suffix(".part.npz"), **arrays)
        target.with_suffix(".part.npz").rename(target)
    done.touch()
    return f"scenes {numbers.start} to {numbers.stop - 1}: {scenes} seen, {frames} frames"


def main() -> None:
    """Render scenes in processes of their own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("training/frames"))
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--scenes", type=int, default=600)
    parser.add_argument("--seed", type=int, default=51)
    parser.add_argument("--anatomy", type=int, choices=(1, 2), default=2, help="see Stance")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=1e9)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    started, last = time.monotonic(), args.first + args.scenes
    for start in range(args.first, last, SHARD * args.workers):
        minutes = (time.monotonic() - started) / 60
        if minutes > args.minutes:
            break
        firsts = range(start, min(start + SHARD * args.workers, last), SHARD)
        with ProcessPoolExecutor(args.workers, get_context("spawn"), _alone) as pool:
            jobs = [
                pool.submit(make_scenes, args.out, args.seed, numbers, args.anatomy)
                for numbers in (range(f, min(f + SHARD, last)) for f in firsts)
            ]
            for job in jobs:
                print(f"{minutes:.1f} min, {job.result()}", flush=True)


if __name__ == "__main__":
    main()
