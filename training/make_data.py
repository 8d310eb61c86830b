"""Make training data: rendered lifters as the pose engine sees them.

Each scene is one body, outfit, room, light, camera and phone: standing (3 frames) and
many postures. Every picture goes through the same engine and crop as in production. For example::

    python training/make_data.py --out training/data --first 0 --scenes 400 --seed 1
"""

from __future__ import annotations

import argparse
import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from backline.phantom.body import PhantomBody, Shape
from backline.phantom.camera import Camera
from backline.phantom.capture import CameraRecording, record, room
from backline.phantom.equipment import Loading
from backline.phantom.kinematics import Anatomy, Angles, Posed, Stance, pose_lifter
from backline.phantom.scene import Light, Renderer
from backline.phantom.truth import hidden_share, lumbar_curve_deg
from backline.phantom.wardrobe import Outfit, dress
from backline.sources.video.contour.background import estimate_background
from backline.sources.video.contour.outline import POINTS, OutlineFinder
from backline.sources.video.contour.part_network import PartNetwork
from backline.sources.video.lumbar.picture_input import (
    RIM,
    crop_trunk,
    frame_of,
    laid_line,
    point_features,
    trunk_length_px,
)
from backline.sources.video.pose.mediapipe_engine import MediaPipeEngine

STANDING_FRAMES = 3
#: Scenes in one file, made by one process.
SHARD = 32
#: Share of the scenes whose outline is helped by a static background.
WITH_BACKGROUND = 0.7
#: Share of the lifts with a bar in the hands whose standing reference is before the bar is lifted.
FROM_FLOOR = 0.75
BARS = ("high_bar", "low_bar", "front", "goblet", "none", "hands", "overhead")
BAR_CHANCES = (0.30, 0.14, 0.08, 0.06, 0.13, 0.27, 0.02)
#: How a lumbar bend is shared out among its joints, lowest first, by anatomy (see ``Stance``).
LUMBAR_SPLIT = {1: (3.0, 3.0, 3.0), 2: (3.6, 3.2, 2.2)}
FITS = ("tight", "normal", "loose")
HEIGHTS_PX, HEIGHT_CHANCES = (360, 480, 640, 720, 854, 960), (0.1, 0.2, 0.2, 0.2, 0.15, 0.15)


@dataclass(frozen=True)
class Mix:
    """How often what is drawn: bars, plates that are not in the hands, heights; the anatomy."""

    bars: tuple[float, ...] = BAR_CHANCES
    plates: tuple[float, ...] = (0.4, 0.35, 0.25)
    heights: tuple[float, ...] = HEIGHT_CHANCES
    aspects: tuple[float, ...] = (0.5625, 0.75, 1.0, 1.3333)
    anatomy: Anatomy = 2


@dataclass(frozen=True)
class Scene:
    """Everything that stays the same over one scene."""

    body: PhantomBody
    stance: Stance
    outfit: Outfit
    loading: Loading | None
    camera: Camera
    light: Light
    recording: CameraRecording


def draw_scene(rng: np.random.Generator, mix: Mix | None = None) -> Scene:
    """Draw a lifter, a bar, a room and a phone."""
    mix = mix or Mix()
    bar: Any = BARS[int(rng.choice(len(BARS), p=mix.bars))]
    split, upper = rng.dirichlet(LUMBAR_SPLIT[mix.anatomy]), rng.dirichlet([3, 3])
    stance = Stance(
        bar=bar,
        turnout_deg=float(rng.uniform(0, 32)),
        standing_lumbar_deg=float(rng.normal(0, 7)),
        standing_thoracic_deg=float(rng.normal(0, 6)),
        lumbar_split=tuple(split),
        thoracic_split=tuple(upper),
        anatomy=mix.anatomy,
        balance_m=float(rng.uniform(0.0, 0.07) if bar == "hands" else rng.uniform(-0.03, 0.06)),
    )
    loading = None
    if bar not in ("none", "goblet"):
        chances = [0.15, 0.15, 0.7] if bar == "hands" else list(mix.plates)
        plates: Any = ("none", "small", "450")[int(rng.choice(3, p=chances))]
        loading = Loading.random(rng, plates)
    height = int(rng.choice(HEIGHTS_PX, p=mix.heights))
    aspect = float(rng.choice(mix.aspects))
    yaw = rng.uniform(-15, 15) if rng.random() < 0.75 else rng.uniform(-32, 32)
    camera = Camera(
        yaw_deg=float(yaw),
        side=str(rng.choice(["left", "right"])),
        distance_m=float(rng.uniform(2.3, 5.5)),
        height_m=float(rng.uniform(0.4, 1.5)),
        fill=float(rng.uniform(0.55, 0.86)),
        roll_deg=float(rng.normal(0, 2)),
        width_px=int(height * aspect) // 2 * 2,
        height_px=height,
        offset=(float(rng.normal(0, 0.03)), float(rng.normal(0.0, 0.02))),
    )
    lamp = tuple(rng.normal(0, 1, 3) * [1, 0.6, 1] + [0, 0.8, -0.7])
    light = Light(lamp, float(rng.uniform(0.3, 0.8)), float(rng.uniform(0.35, 0.7)))
    shape = Shape.random(rng)
    outfit, recording = Outfit.random(rng), CameraRecording.random(rng)
    return Scene(PhantomBody(shape), stance, outfit, loading, camera, light, recording)


def draw_postures(n: int) -> Any:
    """Draw which posture each frame shows: standing, lockouts, deep ones, and others.

    A lift holds a lockout and a bottom for some frames: the first of these postures are shown
    three and two times, so that training can average frames as production does.
    """
    held = [0] * STANDING_FRAMES + [1] * 3 + [2] * 3 + [3] * 2 + [4] * 2
    return np.array((held + list(range(5, 5 + n)))[:n])


def draw_angles(rng: np.random.Generator, posture: Any, bar: str) -> Angles:
    """Draw the angles of each posture; frames of one posture differ by a fraction of a degree."""
    n = int(posture.max()) + 1
    still, deep_ones = np.isin(np.arange(n), (1, 2)), np.isin(np.arange(n), (3, 4))
    lockout = still | ((rng.random(n) < 0.4) & ~deep_ones)
    most_knee, most_shank = (108.0, 14.0) if bar == "hands" else (132.0, 0.0)
    deepest = rng.uniform(most_knee * 0.6, most_knee, n)
    knee = np.where(deep_ones, deepest, rng.uniform(5, most_knee, n))
    knee = np.where(lockout, np.abs(rng.normal(0, np.where(still, 2.5, 7), n)), knee)
    shank = knee * rng.uniform(0.12, 0.36) + rng.normal(0, 2, n) * (knee / 60)
    if bar == "hands":
        shank = np.minimum(shank * 0.4, most_shank)
    deep = np.clip(knee / 110, 0, 1)
    lumbar = np.where(
        lockout, rng.normal(0.5, 6, n), rng.normal(0, 8, n) + deep * rng.uniform(-8, 28, n)
    )
    kinds = rng.choice(3, n, p=[0.35, 0.45, 0.20])
    top = np.choose(kinds, [rng.normal(0, 1, n), rng.uniform(2, 13, n), rng.uniform(-8, 0, n)])
    lumbar = np.clip(np.where(still, top, lumbar), -22, 42)
    thoracic = np.where(rng.random(n) < 0.55, rng.normal(0, 3, n), rng.uniform(-12, 26, n))
    upper = rng.normal(0, np.where(rng.random(n) < 0.7, 1.5, 6.0))
    thoracic = np.where(still, upper, thoracic)
    neck = rng.normal(0, 14, n) - deep * rng.uniform(0, 25)
    own_neck = rng.normal(0, 5)
    neck = np.where(still, own_neck + rng.normal(0, 6, n), neck)
    knee[0], lumbar[0], thoracic[0], neck[0] = 1.0, 0.0, 0.0, own_neck
    shank[0] = 0.5
    columns = [knee, shank, lumbar, thoracic, neck]
    spread = np.where(posture == 0, 0.4, 0.25)
    shaken = [c[posture] + rng.normal(0, spread) for c in columns]
    shaken[0] = np.abs(shaken[0])
    return Angles(*shaken)


def draw_sway(rng: np.random.Generator, posture: Any) -> Any:
    """Draw how far the lifter stands forward of the usual place in each frame, metres."""
    between = rng.normal(0, 0.02, int(posture.max()) + 1)
    return between[posture] + rng.normal(0, np.where(posture == 0, 0.01, 0.004))


def render_scene(
    scene: Scene, angles: Angles, posture: Any, rng: np.random.Generator
) -> tuple[Posed, Any]:
    """Pose and draw all frames; yields pictures one by one."""
    stature = float(np.ptp(scene.body.rest_vertices[:, 2]))
    posed = pose_lifter(scene.body, scene.stance, angles)
    sway = draw_sway(rng, posture)[:, None, None] * [0, 1, 0]
    posed.vertices[:] += sway
    posed.bar[:] += sway[:, 0]
    if scene.stance.bar == "hands" and rng.random() < FROM_FLOOR:
        lay_on_floor(posed, angles, posture)
    clothed, colours = dress(scene.body, scene.outfit, posed.vertices, rng)
    camera = scene.camera
    row = float(camera.project(np.array([0.0, 0.6, 0.0]), stature)[1]) - camera.height_px * 0.04
    background = room(camera.width_px, camera.height_px, row, rng)

    def pictures() -> Any:
        painter = Renderer(
            scene.body, colours, scene.loading, camera, scene.light, stature, samples=1.5
        )
        for surface, bar in zip(clothed, posed.bar, strict=True):
            lifter, cover = painter.draw(surface, bar)
            yield record(lifter, cover, background, scene.recording, rng)
        painter.close()

    return posed, pictures()


def lay_on_floor(posed: Posed, angles: Angles, posture: Any) -> None:
    """Leave the bar where the deepest posture holds it while the lifter stands before it."""
    posed.bar[posture == 0] = posed.bar[int(np.argmax(angles.knee_deg))]


def see_scene(scene: Scene, posture: Any, rng: np.random.Generator, engine: Any) -> Any:
    """Return the arrays of one scene, or None if standing was not seen."""
    angles = draw_angles(rng, posture, scene.stance.bar)
    posed, pictures = render_scene(scene, angles, posture, rng)
    detected: list[tuple[int, Any, Any]] = []
    for i, picture in enumerate(pictures):
        person = engine.find(picture)
        if person is not None and _is_lifter(person, posed, i, scene):
            detected.append((i, picture, person))
        elif i < STANDING_FRAMES:
            return None
    if len(detected) < STANDING_FRAMES + 4:
        return None
    trunk = float(np.median([trunk_length_px(p.points) for _, _, p in detected[:STANDING_FRAMES]]))
    facing = 1 if scene.camera.side == "right" else -1
    frames = [frame_of(person.points, trunk, facing) for _, _, person in detected]
    views = {
        "cut": [
            crop_trunk(pic, who, f, rim=RIM)
            for (_, pic, who), f in zip(detected, frames, strict=True)
        ],
        "lean_px": [np.float32(f.lean_deg) for f in frames],
        "points": [
            point_features(p.points, f) for (_, _, p), f in zip(detected, frames, strict=True)
        ],
    }
    views |= see_outlines(scene, detected, frames, rng)
    index = np.array([i for i, _, _ in detected])
    views["posture"] = list(posture[index].astype(np.int16))
    return _pack(scene, angles, posed, index, views, trunk)


def see_outlines(
    scene: Scene, detected: list[tuple[int, Any, Any]], frames: list[Any], rng: np.random.Generator
) -> dict[str, Any]:
    """Find the back's contour as in a clip: mostly with a static background.

    In the crop's frame and in trunk lengths, NaN where there is none.
    """
    facing = 1 if scene.camera.side == "right" else -1
    still = np.eye(2, 3)
    background = None
    if rng.random() < WITH_BACKGROUND:
        pictures, masks = [p for _, p, _ in detected], [who.mask for _, _, who in detected]
        background = estimate_background(pictures, masks, [still] * len(detected))
    finder = OutlineFinder(scene.camera.side, facing, background, PartNetwork())
    found = [finder.find(picture, person, still) for _, picture, person in detected]
    line = np.full((len(detected), POINTS, 2), np.nan, np.float32)
    visible, sd = np.zeros((len(detected), POINTS), bool), np.full((len(detected), POINTS), np.nan)
    for k, (outline, frame) in enumerate(zip(found, frames, strict=True)):
        if outline is not None:
            line[k], visible[k] = laid_line(outline.line, frame), outline.visible
            sd[k] = outline.edge_sd_px / frame.trunk_px
    return {"line": line, "line_seen": visible, "line_sd": sd.astype(np.float32)}


def _is_lifter(person: Any, posed: Posed, i: int, scene: Scene) -> bool:
    """Whether the engine's hip lies near the true hip (in production the tracker sees to it)."""
    stature = float(np.ptp(scene.body.rest_vertices[:, 2]))
    hip = (posed.joints["upperleg01.L"][i] + posed.joints["upperleg01.R"][i]) / 2
    neck = scene.camera.project(posed.joints["neck01"][i], stature)
    true = scene.camera.project(hip, stature)
    length = np.linalg.norm(neck - true)
    found = person.points[[23, 24], :2].mean(0)
    top = person.points[[11, 12], :2].mean(0)
    return bool(
        np.linalg.norm(found - true) < 0.45 * length and np.linalg.norm(top - neck) < 0.6 * length
    )


def _pack(
    scene: Scene,
    angles: Angles,
    posed: Posed,
    index: Any,
    views: dict[str, Any],
    trunk: float,
) -> dict[str, Any]:
    stature = float(np.ptp(scene.body.rest_vertices[:, 2]))
    hidden = hidden_share(
        scene.body, posed.vertices, posed.bar, scene.loading, scene.camera, stature
    )
    n = len(index)
    hip = posed.pelvic_tilt_deg - (angles.shank_deg - angles.knee_deg)
    return {
        **{name: np.stack(values) for name, values in views.items()},
        "index": index,
        "lumbar": angles.lumbar_deg[index].astype(np.float32),
        "thoracic": angles.thoracic_deg[index].astype(np.float32),
        "trunk": posed.trunk_lean_deg[index].astype(np.float32),
        "pelvis": posed.pelvic_tilt_deg[index].astype(np.float32),
        "curve": lumbar_curve_deg(scene.body, posed.vertices)[index].astype(np.float32),
        "hip": hip[index].astype(np.float32),
        "knee": angles.knee_deg[index].astype(np.float32),
        "shank": angles.shank_deg[index].astype(np.float32),
        "hidden": hidden[index].astype(np.float32),
        "yaw": np.full(n, scene.camera.yaw_deg, np.float32),
        "fit": np.full(n, FITS.index(scene.outfit.fit), np.int8),
        "bar": np.full(n, BARS.index(scene.stance.bar), np.int8),
        "plate": np.full(n, scene.loading.radius_m if scene.loading else 0, np.float32),
        "trunk_px": np.full(n, trunk, np.float32),
    }


def make_shard(out: Path, seed: int, numbers: range, frames: int) -> str:
    """Render some scenes, write them to one file, and tell what came of them."""
    engine = MediaPipeEngine(static=True)
    batch = []
    for number in numbers:
        rng = np.random.default_rng([seed, number])
        scene = draw_scene(rng)
        found = see_scene(scene, draw_postures(frames), rng, engine)
        if found is not None:
            batch.append({**found, "scene": np.full(len(found["index"]), number, np.int32)})
    if not batch:
        return f"scenes {numbers.start} to {numbers.stop - 1}: none was seen"
    joined = {k: np.concatenate([b[k] for b in batch]) for k in batch[0]}
    target = out / f"scenes_{seed}_{numbers.stop - 1:06d}.npz"
    np.savez(target.with_suffix(".part.npz"), **joined)
    target.with_suffix(".part.npz").rename(target)
    return f"scenes {numbers.start} to {numbers.stop - 1}: {len(joined['lumbar'])} frames"


def main() -> None:
    """Render scenes in processes of their own and write one file for every 32 of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("training/data"))
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--scenes", type=int, default=400)
    parser.add_argument("--frames", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=1e9)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    started, last = time.monotonic(), args.first + args.scenes
    starts = range(args.first, last, SHARD * args.workers)
    for start in starts:  # fresh processes: the renderer does not give all of its memory back
        minutes = (time.monotonic() - started) / 60
        if minutes > args.minutes:
            break
        firsts = range(start, min(start + SHARD * args.workers, last), SHARD)
        parts = [range(first, min(first + SHARD, last)) for first in firsts]
        with ProcessPoolExecutor(args.workers, get_context("spawn"), _alone) as pool:
            jobs = [pool.submit(make_shard, args.out, args.seed, p, args.frames) for p in parts]
            for job in jobs:
                print(f"{minutes:.1f} min, {job.result()}", flush=True)


def _alone() -> None:
    """Keep a worker to one core: the workers share the machine between them."""
    os.environ["OMP_NUM_THREADS"] = os.environ["LP_NUM_THREADS"] = "1"


if __name__ == "__main__":
    main()
