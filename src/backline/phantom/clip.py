"""Renders a planned lift to a video and writes its true angles next to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from backline.phantom.body import Array, PhantomBody, Shape
from backline.phantom.camera import Camera
from backline.phantom.capture import CameraRecording, record, room
from backline.phantom.equipment import Loading
from backline.phantom.kinematics import Angles, Stance, pose_lifter
from backline.phantom.plan import LiftPlan, Timeline, unroll
from backline.phantom.scene import Light, Picture, Renderer
from backline.phantom.stickers import stick, stick_dots
from backline.phantom.truth import hidden_share, lumbar_curve_deg
from backline.phantom.wardrobe import Outfit, dress
from backline.progress import Progress, ProgressCallback

#: Frames posed at a time.
CHUNK = 16


@dataclass(frozen=True)
class Scene:
    """Who lifts what, where, seen by which camera.

    Parameters
    ----------
    shape, stance, outfit, loading, camera, light, recording
        See their own modules; ``loading`` is None without a bar.
    seed : int
        For the room, the cloth's pattern and the noise.
    stickers_mm : float
        Side of the printed stickers that the lifter wears, millimetres; 0 for none.
    dots : str
        Colour of three balls on the lifter's back; ``""`` for none.
    """

    shape: Shape
    stance: Stance
    outfit: Outfit
    loading: Loading | None
    camera: Camera
    light: Light
    recording: CameraRecording
    seed: int = 0
    stickers_mm: float = 0.0
    dots: str = ""


@dataclass(frozen=True)
class RenderedFrame:
    """One frame of a rendered clip and its truth."""

    time_s: float
    picture: Picture
    truth: dict[str, float | int | str]


def shoot(scene: Scene, timeline: Timeline) -> Iterator[RenderedFrame]:
    """Render a timeline frame by frame.

    Yields
    ------
    RenderedFrame
        In the order of time. Truth columns are those of ``series.csv``, plus ``hidden`` (share
        of the low back that a plate hides), with lumbar flexion, pelvic tilt and trunk lean
        as change from the first frame, which stands.
    """
    rng = np.random.default_rng([scene.seed, 5])
    body = PhantomBody(scene.shape)
    stature = float(np.ptp(body.rest_vertices[:, 2]))
    camera = scene.camera
    floor = float(camera.project(np.array([0.0, 0.6, 0.0]), stature)[1]) - camera.height_px * 0.04
    background = room(camera.width_px, camera.height_px, floor, rng)
    shake = _shake(len(timeline.time_s), scene.recording.shake_px, rng)
    pattern = int(rng.integers(0, 2**31))
    painter: Renderer | None = None
    worn = stick(body, camera.side, scene.stickers_mm) if scene.stickers_mm > 0 else []
    worn += stick_dots(body, scene.dots) if scene.dots else []
    base: dict[str, float] = {}
    on_floor = _before_it_is_lifted(body, scene.stance, timeline)
    for start in range(0, len(timeline.time_s), CHUNK):
        part = slice(start, start + CHUNK)
        posed = pose_lifter(body, scene.stance, _part(timeline.angles, part))
        clothed, colours = dress(body, scene.outfit, posed.vertices, np.random.default_rng(pattern))
        bar = np.where(timeline.time_s[part, None] < on_floor.until_s, on_floor.bar, posed.bar)
        painter = painter or Renderer(
            body, colours, scene.loading, camera, scene.light, stature, worn
        )
        hidden = hidden_share(body, posed.vertices, bar, scene.loading, camera, stature)
        curve = lumbar_curve_deg(body, posed.vertices)
        for k in range(len(clothed)):
            i = start + k
            base = base or {"lean": posed.trunk_lean_deg[0], "pelvis": posed.pelvic_tilt_deg[0]}
            tilt = float(posed.pelvic_tilt_deg[k])
            stuck = [one.at(body.rest_vertices, clothed[k], tilt) for one in worn]
            lifter, cover = painter.draw(clothed[k], bar[k], stuck)
            picture = record(lifter, cover, background, scene.recording, rng, shake[i])
            truth = _truth(timeline, i, posed.trunk_lean_deg[k], posed.pelvic_tilt_deg[k], base)
            truth |= {"lumbar_curve_deg": float(curve[k]), "hidden": float(hidden[k])}
            yield RenderedFrame(float(timeline.time_s[i]), picture, truth)
    if painter is not None:
        painter.close()


@dataclass(frozen=True)
class _OnFloor:
    """Where the bar lies until it is lifted for the first time, metres, and until when."""

    bar: Array
    until_s: float


def _before_it_is_lifted(body: PhantomBody, stance: Stance, timeline: Timeline) -> _OnFloor:
    """Lay a bar that the hands will hold where the first bottom finds it, until then."""
    if stance.bar != "hands" or not timeline.bottoms_s:
        return _OnFloor(np.full(3, np.nan), -np.inf)
    until_s = timeline.bottoms_s[0]
    first = int(np.argmin(np.abs(timeline.time_s - until_s)))
    there = pose_lifter(body, stance, _part(timeline.angles, slice(first, first + 1)))
    return _OnFloor(there.bar[0], until_s)


def _part(angles: Angles, part: slice) -> Angles:
    return Angles(**{name: values[part] for name, values in vars(angles).items()})


def _shake(n: int, size_px: float, rng: np.random.Generator) -> Array:
    """Slow drift and tremor of a hand, pixels, shape (n, 2)."""
    walk = np.cumsum(rng.normal(0, 0.15, (n, 2)), axis=0)
    walk -= np.linspace(0, 1, n)[:, None] * walk[-1]
    return np.asarray(size_px * (walk + rng.normal(0, 0.3, (n, 2))))


def _truth(
    timeline: Timeline, i: int, lean: float, pelvis: float, base: dict[str, float]
) -> dict[str, float | int | str]:
    angles = timeline.angles
    thigh = angles.shank_deg[i] - angles.knee_deg[i]
    return {
        "frame": i,
        "time_s": float(timeline.time_s[i]),
        "rep": int(timeline.rep[i]),
        "phase": str(timeline.phase[i]),
        "lumbar_flexion_deg": float(lean - base["lean"] - (pelvis - base["pelvis"])),
        "pelvic_tilt_deg": float(pelvis - base["pelvis"]),
        "trunk_lean_deg": float(lean - base["lean"]),
        "thoracic_flexion_deg": float(angles.thoracic_deg[i]),
        "hip_flexion_deg": float(pelvis - thigh),
        "knee_flexion_deg": float(angles.knee_deg[i]),
        "ankle_dorsiflexion_deg": float(angles.shank_deg[i]),
    }


def render_clip(
    path: Path,
    scene: Scene,
    plan: LiftPlan,
    *,
    crf: int = 20,
    events: list[dict[str, Any]] | None = None,
    progress: ProgressCallback | None = None,
) -> pd.DataFrame:
    """Render a planned lift to ``path`` and its truth beside it.

    Parameters
    ----------
    path : Path
        The video to write (H.264); ``<stem>.truth.csv`` and ``<stem>.truth.json`` go beside it.
    scene : Scene
        Who, where, camera.
    plan : LiftPlan
        What is done.
    crf : int
        Compression of the video, 18 fine to 40 coarse.
    events : list of dict, optional
        What was planted, written to the JSON.
    progress : callable, optional
        Called with each frame.

    Returns
    -------
    pandas.DataFrame
        The truth, one row a frame.
    """
    from backline.formats.video import VideoWriter

    timeline = unroll(plan)
    rows = []
    with VideoWriter(path, scene.camera.width_px, scene.camera.height_px, crf=crf) as video:
        for shot in shoot(scene, timeline):
            video.write(shot.picture, shot.time_s)
            rows.append(shot.truth)
            if progress:
                progress(Progress("render", len(rows), len(timeline.time_s)))
    table = pd.DataFrame(rows)
    table.to_csv(path.with_suffix(".truth.csv"), index=False, float_format="%.4f")
    about = {
        "schema": "backline.phantom/1",
        "plan": asdict(plan),
        "scene": asdict(scene),
        "events": events or [],
        "bottoms_s": timeline.bottoms_s,
    }  # fmt: skip
    path.with_suffix(".truth.json").write_text(json.dumps(about, indent=1))
    return table
