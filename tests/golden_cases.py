"""Cases whose whole answer is kept in ``tests/golden``, so that a move of code changes none.

``python -m tests.golden_cases`` works all answers out anew; ``python -m tests.golden_cases
observe`` renders the clips of `RENDERED` first and looks at them. Where an answer changes on
purpose, the kept files change in a commit of their own that says why.
"""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from backline.model.measurement import EngineInfo, Measured, SourceInfo, View
from backline.model.trial import Trial
from backline.phantom.clip import render_clip
from backline.phantom.plan import LiftPlan
from backline.phantom.random_clip import Wishes, base_rep, draw_scene
from backline.pipeline import Analysis, analyze, conclude
from backline.report.document import series, to_dict
from backline.settings import Settings
from backline.sources.keypoints.layouts import SYNTHPOSE
from backline.sources.registry import SourceOptions
from backline.sources.video import source
from backline.sources.video.lumbar.network import LumbarNetwork
from backline.sources.video.observations_file import load_observations
from backline.sources.video.posture_estimation import measure
from backline.sources.video.quality.gating import quality_of
from tests.sources.imu import sensors
from tests.sources.keypoints import files
from tests.sources.keypoints.pictured import RATE, picture

KEPT = Path(__file__).parent / "golden"
EXAMPLE = KEPT.parent.parent / "examples" / "top_tuck_and_wink.mp4"
ALIKE = 1e-4
"""Largest difference of two numbers that are the same (processors differ in the last bits)."""
POSE_ALIKE_DEG = 0.1
"""Largest difference of a column of angles where the pose engine works too."""

RENDERED: dict[str, tuple[Wishes, int, tuple[dict[str, float], ...]]] = {
    "squat_tuck_and_wink": (
        Wishes("squat", "high_bar", "small", "tight", 0.0, 480), 31,
        ({"top_deg": 14.0}, {"bottom_deg": 24.0}),
    ),
    "deadlift": (Wishes("deadlift", "hands", "small", "normal", 5.0, 480), 32, ({},)),
    "goblet_squat": (Wishes("squat", "goblet", "none", "tight", -8.0, 480), 33, ({},)),
}  # fmt: skip
"""What is fixed, the seed, and what each rep does beside the drawn one."""


def observe(name: str) -> None:
    """Render a clip and keep what is seen of it."""
    wishes, seed, reps = RENDERED[name]
    rng = np.random.default_rng(seed)
    scene, rep = draw_scene(wishes, rng, seed), base_rep(wishes, rng)
    plan = LiftPlan(
        tuple(replace(rep, **changes) for changes in reps),  # type: ignore[arg-type]
        standing_s=1.6, after_s=0.3, rate_hz=10.0, seed=seed,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / f"{name}.mp4"
        render_clip(clip, scene, plan)
        options = SourceOptions(observations_path=KEPT / f"{name}.sight.zip", stickers="none")
        source.read_video(clip, options)
    (KEPT / "readings.zip").unlink(missing_ok=True)  # estimates, which an answer computes itself


def from_sight(name: str) -> Analysis:
    """Analyse a rendered clip from what was seen of it on."""
    observations = load_observations(KEPT / f"{name}.sight.zip")
    with closing(observations.crops):
        posture, judged = measure(observations, LumbarNetwork(), Settings(), None, None, "auto")
        quality = quality_of(judged, observations, posture, truncated=False)
    posture = source.with_notes(posture, False, ())
    seconds = float(posture.time_s[-1] - posture.time_s[0])
    info = SourceInfo(
        name, "video", observations.width_px, observations.height_px, len(posture), seconds,
        (len(posture) - 1) / seconds, "", "",
    )  # fmt: skip
    view = View(observations.side, round(judged.yaw_deg, 1))
    measured = Measured(posture, info, view, quality, EngineInfo("kept", "", ""))
    trial = Trial(load_kg=60.0, body_mass_kg=80.0, height_cm=178.0, sex="male")
    return conclude(measured, trial)


def from_sensors() -> Analysis:
    """Analyse three sensors' orientations."""
    with tempfile.TemporaryDirectory() as folder:
        lift = sensors.lift(rate=20.0)
        return analyze(sensors.write_opensense(Path(folder) / "lift.sto", lift), lift="squat")


def from_keypoints() -> Analysis:
    """Analyse points on pelvis and back, as MMPose writes them."""
    rows = picture().rows(SYNTHPOSE)
    with tempfile.TemporaryDirectory() as folder:
        made = files.mmpose(Path(folder) / "points.json", rows, SYNTHPOSE)
        return analyze(f"{made}@{RATE}")


def answer(analysis: Analysis) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return document and series without what differs from one machine or version to the next."""
    written = json.dumps(to_dict(analysis))
    document = json.loads(written, parse_float=lambda text: float(f"{float(text):.8g}"))
    for name in ("backline_version", "version", "created", "engine"):
        document.pop(name, None)
    document["source"] = {
        k: v for k, v in document["source"].items() if k not in ("path", "sha256")
    }
    return document, series(analysis, analysis.extra_columns)


def digest(table: pd.DataFrame) -> dict[str, list[float]]:
    """Return count, mean, scatter, least and most of each column of numbers, and its change."""
    numbers = table.select_dtypes("number").astype(float)
    out = {}
    for name, column in numbers.items():
        known = column.to_numpy()[np.isfinite(column)]
        out[str(name)] = [
            float(len(known)),
            *(f(known).item() if len(known) else 0.0 for f in (np.mean, np.std, np.min, np.max)),
            float(np.abs(np.diff(known)).sum()),
        ]
    return out


def keep(name: str, analysis: Analysis) -> None:
    """Write an answer into ``tests/golden``."""
    document, table = answer(analysis)
    (KEPT / f"{name}.analysis.json").write_text(json.dumps(document, indent=1) + "\n")
    table.to_csv(KEPT / f"{name}.series.csv", index=False, float_format="%.6g")


def keep_digest(name: str, analysis: Analysis) -> None:
    """Write the digest of an answer: its recording is not ours to copy."""
    document, table = answer(analysis)
    kept = {"reps": len(document["reps"]), "findings": len(document["findings"])}
    content = {**kept, "columns": digest(table)}
    (KEPT / f"{name}.digest.json").write_text(json.dumps(content, indent=1) + "\n")


def stoop(shared: Path) -> Analysis:
    """Analyse the real stoop lift."""
    mocap = shared / "mocap"
    return analyze(
        mocap / "stoop1_t169_f620f800.c3d", standing=mocap / "neu_t169_f250f350.c3d",
        body_mass_kg=79.0, height_cm=180.0, load_kg=15.0,
    )  # fmt: skip


def opencap(shared: Path) -> Analysis:
    """Analyse the real squats of OpenCap."""
    return analyze(shared / "mocap" / "squats1_videoAndMocap.mot")


def main(arguments: list[str]) -> None:
    """Work all answers out anew."""
    KEPT.mkdir(exist_ok=True)
    for name in RENDERED:
        if arguments == ["observe"]:
            observe(name)
        keep(name, from_sight(name))
    keep("example", analyze(EXAMPLE))
    keep("sensors", from_sensors())
    keep("keypoints", from_keypoints())
    shared = KEPT.parent.parent.parent / "shared"
    keep_digest("stoop", stoop(shared))
    keep_digest("opencap_squats", opencap(shared))


if __name__ == "__main__":
    main(sys.argv[1:])
