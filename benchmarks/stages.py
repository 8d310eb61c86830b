"""Processor time of `analyze` and its files, stage by stage, on one thread.

python -m benchmarks.stages                       # the example
python -m benchmarks.stages my_lift.mp4 --load-kg 100
python -m benchmarks.stages --json before.json    # to compare with a later run
python -m benchmarks.stages --against before.json
python -m benchmarks.stages --warm                # without what a process loads once

Processor time does not hang on how busy the machine is, but for its caches: compare runs that
were made in turn.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import inspect
import json
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "top_tuck_and_wink.mp4"
VIDEO = "backline.sources.video"
#: Stage, module and function; a stage's time is without that of the stages called in it.
STAGES = (
    ("decoding", "backline.formats.video_pass", "PassState.good_frames"),
    ("to RGB, upright", "backline.formats.picture_orientation", "Painter.paint"),
    ("survey", f"{VIDEO}.source", "survey"),
    ("background", f"{VIDEO}.subject.clip_survey", "estimate_background"),
    ("following the lifter", f"{VIDEO}.frame_pass", "SubjectTracker.find"),
    ("detection model", f"{VIDEO}.pose.blazepose.engine", "BlazePose.detect"),
    ("landmark model", f"{VIDEO}.pose.blazepose.engine", "BlazePose.read"),
    ("models' own run", f"{VIDEO}.pose.blazepose.runtime", "Model.run"),
    ("mask in the picture", f"{VIDEO}.pose.person", "PlacedMask.within"),
    ("cuts between shots", f"{VIDEO}.shots", "ShotFinder.changed"),
    ("cuts between shots", f"{VIDEO}.shots", "ShotFinder.dissolve_s"),
    ("camera", f"{VIDEO}.quality.camera_motion", "CameraTracker.place"),
    ("plates", f"{VIDEO}.contour.occluders", "PlateFinder.find"),
    ("background odds", f"{VIDEO}.contour.background", "Background.odds"),
    ("background odds", f"{VIDEO}.contour.background", "Background.along_edge"),
    ("strip of the back", f"{VIDEO}.contour.outline", "part_strip"),
    ("part network", f"{VIDEO}.contour.part_network", "PartNetwork.read"),
    ("edge of the back", f"{VIDEO}.contour.outline", "place_edge"),
    ("outline, the rest", f"{VIDEO}.contour.outline", "OutlineFinder.find"),
    ("crop of the trunk", f"{VIDEO}.frame_features", "crop_trunk"),
    ("features, the rest", f"{VIDEO}.frame_pass", "_Recorder.record"),
    ("lumbar network's input", f"{VIDEO}.lumbar.clip_inference", "_inputs_of"),
    ("lumbar network", f"{VIDEO}.lumbar.network", "LumbarNetwork.read"),
    ("reference, filters, gating", f"{VIDEO}.source", "measure"),
    ("stickers", f"{VIDEO}.source", "stickers_of"),
    ("file's digest", f"{VIDEO}.source", "file_sha256"),
    ("muscle models (MuJoCo)", "backline.loads.full_body", "muscles"),
    ("load on the back", "backline.pipeline", "load_series"),
    ("findings", "backline.pipeline", "conclude"),
    ("drawing", "backline.report.overlay", "Overlay.draw"),
    ("encoding, two films", "backline.formats.video_writing", "VideoWriter.write"),
    ("encoding, two films", "backline.formats.video_writing", "VideoWriter.__exit__"),
    ("report page", "backline.report.files", "page"),
    ("files, the rest", "backline.report.files", "save"),
)


class Clock:
    """Shares processor time out among stages that call each other."""

    def __init__(self) -> None:
        self.spent_s: dict[str, float] = defaultdict(float)
        self.calls: dict[str, int] = defaultdict(int)
        self._open = ["the rest"]
        self._since_s = time.process_time()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what happens meanwhile as a stage's."""
        self._turn()
        self._open.append(name)
        try:
            yield
        finally:
            self._turn()
            self._open.pop()

    def _turn(self) -> None:
        now_s = time.process_time()
        self.spent_s[self._open[-1]] += now_s - self._since_s
        self._since_s = now_s

    def around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function, or a generator, whose time counts as a stage's."""

        @functools.wraps(call)
        def timed(*given: Any, **named: Any) -> Any:
            self.calls[name] += 1
            with self.stage(name):
                return call(*given, **named)

        @functools.wraps(call)
        def timed_items(*given: Any, **named: Any) -> Iterator[Any]:
            items = call(*given, **named)
            while True:
                with self.stage(name):
                    item = next(items, self)
                if item is self:
                    return
                yield item

        return timed_items if inspect.isgeneratorfunction(call) else timed


def watch(clock: Clock) -> None:
    """Let a clock watch every stage."""
    for name, module, path in STAGES:
        *owners, last = path.split(".")
        owner = functools.reduce(getattr, owners, importlib.import_module(module))
        setattr(owner, last, clock.around(name, getattr(owner, last)))


def run(
    clip: Path, load_kg: float | None, warm: bool
) -> tuple[dict[str, float], dict[str, int], int]:
    """Return seconds and calls of each stage, and the number of frames."""
    from backline.pipeline import analyze

    known = {"load_kg": load_kg, "body_mass_kg": load_kg and 80.0, "height_cm": 178.0}
    with tempfile.TemporaryDirectory() as folder:
        if warm:
            analyze(clip, **known).save(folder)
        clock = Clock()
        watch(clock)
        result = analyze(clip, **known)
        with clock.stage("files, the rest"):
            result.save(folder)
    return dict(clock.spent_s), dict(clock.calls), len(result.posture)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", nargs="?", type=Path, default=EXAMPLE)
    parser.add_argument("--load-kg", type=float)
    parser.add_argument("--warm", action="store_true", help="the second run in a process")
    parser.add_argument("--json", type=Path, help="where the figures are written")
    parser.add_argument("--against", type=Path, help="figures of an earlier run")
    chosen = parser.parse_args(arguments)
    os.environ["BACKLINE_OVERLAP"] = "0"
    import cv2

    cv2.setNumThreads(1)
    spent_s, calls, frames = run(chosen.clip, chosen.load_kg, chosen.warm)
    each_ms = {name: 1000 * s / frames for name, s in spent_s.items()}
    each_ms["all together"] = sum(each_ms.values())
    if chosen.json:
        chosen.json.write_text(json.dumps(each_ms))
    before = json.loads(chosen.against.read_text()) if chosen.against else {}
    print(f"{chosen.clip.name}, {frames} frames: processor time by stage, ms a frame\n")
    print("| stage | calls | ms | before | ratio |\n| --- | --- | --- | --- | --- |")
    order = [*dict.fromkeys(name for name, *_ in STAGES), "the rest", "all together"]
    for name in (name for name in order if name in each_ms or name in before):
        now, then = each_ms.get(name, 0.0), before.get(name)
        told = ("", "") if then is None else (f"{then:.2f}", f"{now / then:.2f}" if then else "")
        print(f"| {name} | {calls.get(name, '')} | {now:.2f} | {told[0]} | {told[1]} |")


if __name__ == "__main__":
    main()
