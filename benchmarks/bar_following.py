"""How well a bar that hangs from the arms is followed in a video, on rendered pulls.

    python -m benchmarks.bar_following --lifters 3

Each lifter pulls once with no plates (the fist is followed) and once with plates of 450 mm (their
middle is followed), from cameras that are up to 12 degrees off side-on. The truth is the rendered
bar against the rendered shoulder, as change from standing, over the frames of the pulls.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from benchmarks.clips import table

OUT = Path(__file__).resolve().parent / "out" / "bar"
RATE_HZ, HEIGHT_PX, CUTOFF_HZ = 30.0, 720, 6.0


def pulled(number: int, plates: str) -> tuple[Path, np.ndarray, float]:
    """Render one lifter's pulls; return clip, bar in front of the shoulder (m), stature (m)."""
    from backline.phantom.body import PhantomBody
    from backline.phantom.clip import render_clip
    from backline.phantom.kinematics import pose_lifter
    from backline.phantom.plan import unroll
    from backline.phantom.random_clip import Wishes, base_rep, draw_scene, make_plan

    rng = np.random.default_rng([7100, number])
    yaw = float(rng.uniform(-12.0, 12.0))
    wishes = Wishes("deadlift", "hands", plates, "tight", yaw, HEIGHT_PX)  # type: ignore[arg-type]
    scene = draw_scene(wishes, rng, 7100 + number)
    plan = make_plan([base_rep(wishes, rng)] * 2, rng, RATE_HZ)
    body = PhantomBody(scene.shape)
    posed = pose_lifter(body, scene.stance, unroll(plan).angles)
    shoulder = (posed.joints["upperarm01.L"] + posed.joints["upperarm01.R"]) / 2
    ahead = shoulder[:, 1] - posed.bar[:, 1]  # y runs to the back
    clip = OUT / f"{number}_{plates}.mp4"
    if not clip.exists():
        OUT.mkdir(parents=True, exist_ok=True)
        render_clip(clip, scene, plan)
    return clip, ahead, float(np.ptp(body.rest_vertices[:, 2]))


def errors_cm(clip: Path, truth: np.ndarray, stature_m: float) -> tuple[float, float, float]:
    """Return RMS error followed, RMS error of the usual place, and the share of frames seen."""
    from backline.loads.bar import PLACES, STATURES_A_TRUNK, UPRIGHT_DEG
    from backline.pipeline import analyze

    posture = analyze(clip, lift="deadlift").posture
    n = min(len(posture), len(truth))
    lean, ahead, truth = posture.trunk_lean_deg[:n], posture.motion.bar_ahead[:n], truth[:n]
    upright = np.abs(lean) <= UPRIGHT_DEG
    known = np.isfinite(ahead) & np.isfinite(lean)
    if not (known & upright).any():
        return float("nan"), float("nan"), float(known.mean())
    change = truth - np.median(truth[known & upright])
    moved = (ahead - np.median(ahead[known & upright])) * STATURES_A_TRUNK * stature_m
    hands, way = PLACES["hands"], np.radians(lean)
    usual = hands.upright_m * (np.cos(way) - 1.0) + hands.level_m * np.sin(way)
    bent = known & ~upright
    rms = [float(np.sqrt(np.mean((x - change)[bent] ** 2))) * 100 for x in (moved, usual)]
    return rms[0], rms[1], float(known.mean())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lifters", type=int, default=3)
    rows = []
    for number in range(parser.parse_args().lifters):
        for plates in ("none", "450"):
            clip, ahead, stature = pulled(number, plates)
            followed, usual, seen = errors_cm(clip, ahead, stature)
            rows.append(
                (
                    f"lifter {number}, plates {plates}",
                    "3 cm",
                    f"{followed:.1f} cm followed, {usual:.1f} cm by place, {seen:.0%} seen",
                )
            )
    print(table(rows))


if __name__ == "__main__":
    main()
