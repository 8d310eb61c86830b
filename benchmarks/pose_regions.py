"""How far the points wander against the true joints, for several ways to lay the model's regions.

python -m benchmarks.pose_regions             # renders its lifts the first time: 10 minutes
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from backline.sources.video.pose.blazepose.engine import BlazePose
from backline.sources.video.pose.blazepose.region import Region, size_of
from backline.sources.video.pose.blazepose.tracking import RegionTracker
from backline.sources.video.pose.person import LEFT_HIP, LEFT_SHOULDER, RIGHT_HIP, RIGHT_SHOULDER

OUT = Path(__file__).resolve().parent / "out" / "regions"
RATE_HZ, HEIGHT_PX = 15.0, 640
LIFTS = (("squat", "high_bar"), ("squat", "none"), ("deadlift", "none"), ("squat", "low_bar"))
#: From this knee flexion on a squat or deadlift counts as deep, and up to that as upright, degrees.
DEEP_DEG, UPRIGHT_DEG = 70.0, 20.0
#: Moves of the region for a mean of three: right and down, as shares of its side, and its size.
MOVES = ((0.0, 0.0, 1.0), (0.02, 0.01, 1.03), (-0.02, -0.01, 0.97))

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Lift:
    """A rendered lift: pictures (n, h, w, 3), true hip and shoulder middles (n, 2), knee (n,)."""

    pictures: NDArray[np.uint8]
    hip: Array
    shoulder: Array
    knee_deg: Array


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=100)
    chosen = parser.parse_args(arguments)
    found: dict[str, list[Array]] = {}
    models = BlazePose()
    for k, (lift, bar) in enumerate(LIFTS):
        shown = rendered(chosen.seed + k, lift, bar)
        for name, points in read_in_ways(models, shown.pictures).items():
            found.setdefault(name, []).append(wander(points, shown))
    titles = "lean upright, lean deep (degrees)", "hip upright, hip deep (% of trunk)"
    print(f"| regions | {' | '.join(titles)} | tremble of lean, hip |\n| --- | --- | --- | --- |")
    for name, values in found.items():
        a, b, c, d, e, f = np.nanmean(values, axis=0)
        print(f"| {name} | {a:.2f}, {b:.2f} | {c:.2f}, {d:.2f} | {e:.2f}, {f:.2f} |")


def rendered(seed: int, lift: str, bar: str) -> Lift:
    """Render a lift of one rep and work out where its joints are, or take it from the last run."""
    from backline.phantom.body import PhantomBody
    from backline.phantom.clip import shoot
    from backline.phantom.kinematics import pose_lifter
    from backline.phantom.plan import unroll
    from backline.phantom.random_clip import Wishes, base_rep, draw_scene, make_plan

    path = OUT / f"{lift}_{bar}_{seed}.npz"
    if not path.exists():
        rng = np.random.default_rng([seed, 7])
        wishes = Wishes(lift, bar, "none", "tight", 0.0, HEIGHT_PX)  # type: ignore[arg-type]
        scene = draw_scene(wishes, rng, seed)
        timeline = unroll(make_plan([base_rep(wishes, rng)], rng, RATE_HZ))
        body = PhantomBody(scene.shape)
        tall = float(np.ptp(body.rest_vertices[:, 2]))
        joints = pose_lifter(body, scene.stance, timeline.angles).joints

        def middle(name: str) -> Array:
            return scene.camera.project((joints[f"{name}.L"] + joints[f"{name}.R"]) / 2, tall)

        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(
            path,
            pictures=np.stack([shot.picture for shot in shoot(scene, timeline)]),
            hip=middle("upperleg01"),
            shoulder=middle("upperarm01"),
            knee_deg=timeline.angles.knee_deg,
        )
    return Lift(**np.load(path))


def read_in_ways(models: BlazePose, pictures: NDArray[np.uint8]) -> dict[str, Array]:
    """Return the points (n, 33, 2) of each way."""
    size = pictures.shape[1:3]
    followed, regions = _followed(models, pictures)
    searched = _filled([models.detect(picture) for picture in pictures])
    sparse = smoothed(searched, *size, cutoff_hz=1.0, constant=True, every=3)
    moved = [_points(models, pictures, [_moved(r, *move) for r in sparse]) for move in MOVES]
    ways = {
        "followed's, smoothed at 2 Hz": smoothed(regions, *size, cutoff_hz=2.0),
        "followed's, smoothed at 2 Hz, of one size": smoothed(
            regions, *size, cutoff_hz=2.0, constant=True
        ),
        "searched in each frame": searched,
        "searched, smoothed at 2 Hz": smoothed(searched, *size, cutoff_hz=2.0),
        "searched, smoothed at 2 Hz, of one size": smoothed(
            searched, *size, cutoff_hz=2.0, constant=True
        ),
    }
    return {
        "followed from frame to frame (today)": followed,
        **{name: _points(models, pictures, laid) for name, laid in ways.items()},
        "searched 5 times a second, smoothed at 1 Hz, of one size": moved[0],
        "the same, mean of three moved a little": np.mean(moved, axis=0),
    }


def smoothed(
    regions: list[Region],
    height_px: int,
    width_px: int,
    *,
    cutoff_hz: float,
    constant: bool = False,
    every: int = 1,
) -> list[Region]:
    """Return regions of every so many frames smoothed without lag and filled in between."""
    frames, size = np.arange(len(regions)), size_of(height_px, width_px)
    rows = np.array([[*(r.centre * size), (r.sides * size).max()] for r in regions], np.float64)
    rows = np.column_stack([rows, np.unwrap([r.turn_rad for r in regions])])
    rows = np.column_stack([np.interp(frames, frames[::every], c[::every]) for c in rows.T])
    low = sosfiltfilt(butter(2, cutoff_hz, fs=RATE_HZ, output="sos"), rows, axis=0)
    if constant:
        low[:, 2] = np.quantile(rows[:, 2], 0.9)
    return [
        Region(np.float32([x, y]) / size, np.float32(side) / size, float(turn))
        for x, y, side, turn in low
    ]


def wander(points: Array, lift: Lift) -> Array:
    """Return RMS errors about the clip's mean: lean and hip, each upright and deep; their tremble.

    The hip's error is in the true trunk's own directions, percent of its length; tremble is the
    standard deviation of white noise with the same second differences.
    """
    hip = points[:, [LEFT_HIP, RIGHT_HIP]].mean(axis=1)
    trunk, seen = lift.shoulder - lift.hip, points[:, [LEFT_SHOULDER, RIGHT_SHOULDER]].mean(1) - hip
    length = np.hypot(*trunk.T)[:, None]
    up = trunk / length
    across = np.column_stack([-up[:, 1], up[:, 0]])
    off = hip - lift.hip
    off = 100 * np.column_stack([(off * up).sum(1), (off * across).sum(1)]) / length
    lean = np.degrees(np.arctan2(seen[:, 0], -seen[:, 1]) - np.arctan2(trunk[:, 0], -trunk[:, 1]))
    lean = (lean - np.nanmean(lean))[:, None]
    off = off - np.nanmean(off, axis=0)
    spans = lift.knee_deg <= UPRIGHT_DEG, lift.knee_deg >= DEEP_DEG
    rms = [float(np.sqrt(np.nanmean((v[s] ** 2).sum(1)))) for v in (lean, off) for s in spans]
    tremble = [float(np.nanstd(np.diff(v, 2, axis=0)) / np.sqrt(6)) for v in (lean, off)]
    return np.array([*rms, *tremble])


def _followed(models: BlazePose, pictures: NDArray[np.uint8]) -> tuple[Array, list[Region]]:
    tracker, size, regions, points = RegionTracker(), pictures.shape[1:3], [], []
    for picture in pictures:
        region = tracker.region or models.detect(picture)
        reading = None if region is None else models.read(picture, region)
        regions.append(region)
        points.append(_nobody() if reading is None else reading.person.points[:, :2])
        if reading is None:
            tracker.forget()
        else:
            tracker.follow(reading.alignment, *size)
    return np.array(points), _filled(regions)


def _points(models: BlazePose, pictures: NDArray[np.uint8], regions: list[Region]) -> Array:
    readings = [models.read(*both) for both in zip(pictures, regions, strict=True)]
    return np.array([_nobody() if r is None else r.person.points[:, :2] for r in readings])


def _nobody() -> Array:
    return np.full((33, 2), np.nan)


def _filled(regions: list[Region | None]) -> list[Region]:
    """Return regions with the one before, or the first, where there is none."""
    last = next(region for region in regions if region is not None)
    filled = []
    for region in regions:
        last = region or last
        filled.append(last)
    return filled


def _moved(region: Region, right: float, down: float, grown: float) -> Region:
    centre = region.centre + np.float32([right, down]) * region.sides
    return replace(region, centre=centre, sides=region.sides * np.float32(grown))


if __name__ == "__main__":
    main()
