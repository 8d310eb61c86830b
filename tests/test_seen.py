"""What was seen of a clip is used again, only for the same clip, code and question."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backline.formats.video import open_clip
from backline.model.posture import SERIES_FIELDS
from backline.progress import Progress
from backline.sources.registry import SourceOptions, open_source
from backline.sources.video import source
from tests.deadlines import PATIENCE_S
from tests.formats.conftest import make_film
from tests.rendered import squat_clip
from tests.seen import PASS, code_of, environment, keep

ENGINE = "backline.sources.video.pose.blazepose.engine"
"""Imported where the default engine is made."""


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The clips that were really looked at, of which nothing is kept."""
    names: list[str] = []
    look: Callable[..., Any] = source.observe.looks  # type: ignore[attr-defined]

    def counted(clip: Any, *asked: Any) -> Any:
        names.append(Path(clip.info.path).name)
        return look(clip, *asked)

    monkeypatch.setattr(source, "observe", counted)
    return names


@contextmanager
def kept(folder: Path, code: str = "this code") -> Iterator[None]:
    """Keep what is seen in a folder."""
    end = keep(source, folder, code)
    try:
        yield
    finally:
        end()


def test_a_clip_is_looked_at_once_and_measured_alike(looked: list[str], tmp_path: Path) -> None:
    told: list[Progress] = []
    done: list[int] = []
    options = SourceOptions(progress=told.append, meanwhile=(lambda: done.append(1),))
    with kept(tmp_path):
        first, again = open_source(squat_clip()), open_source(squat_clip(), options)
    assert looked == ["squat.mp4"]
    for name in SERIES_FIELDS:
        values = getattr(first.posture, name), getattr(again.posture, name)
        np.testing.assert_array_equal(*values)
    assert (first.quality, first.view, first.engine) == (again.quality, again.view, again.engine)
    watched = [p.done for p in told if p.stage == "watching the lift"]
    assert watched == list(range(1, len(first.posture) + 1))
    assert done == [1]


def test_another_clip_question_or_code_is_looked_at_anew(
    looked: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, frames in (("a.mp4", 12), ("b.mp4", 6)):
        make_film(tmp_path / name, frames=frames)

    def see(name: str, side: Any = "auto") -> None:
        with open_clip(tmp_path / name) as clip:
            assert source.observe(clip, SourceOptions(side=side))[0] is None  # grey: nobody

    with kept(tmp_path):
        see("a.mp4")
        see("a.mp4")
        assert looked == ["a.mp4"]
        see("b.mp4")
        see("a.mp4", "left")
    with kept(tmp_path, "other code"):
        see("a.mp4")
        assert looked == ["a.mp4", "b.mp4", "a.mp4", "a.mp4"]
        monkeypatch.setattr(source, "survey", lambda *_: None)  # a test's own stand-in
        see("a.mp4")
        assert looked[4:] == ["a.mp4"]


CHILD = """
import sys
from backline.sources.registry import open_source
from backline.sources.video import source
see, loaded = source.observe, set()
def observe(clip, *asked):
    before = set(sys.modules)
    seen = see(clip, *asked)
    loaded.update(name for name in set(sys.modules) - before if name.startswith("backline"))
    return seen
source.observe = observe
print(len(open_source(sys.argv[1]).posture), sys.argv[2] in sys.modules)
print(*(sys.modules[name].__file__ for name in loaded), sep="\\n")
"""
"""Measures a clip; says whether the engine was needed, and what watching the clip has loaded."""


def test_a_child_process_uses_what_was_seen(seen: dict[str, str], tmp_path: Path) -> None:
    """Else it watches the clip, and all of Backline that this loads is in the digest."""
    open_source(squat_clip())
    for more, engine_was_needed in ((seen, False), (environment(tmp_path), True)):
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(squat_clip()), ENGINE],
            capture_output=True, text=True, timeout=PATIENCE_S, env=more,
        )  # fmt: skip
        assert done.stdout.split()[:2] == ["39", str(engine_was_needed)], done.stderr
        loaded = {Path(line) for line in done.stdout.split()[2:]}
        assert loaded <= set(code_of(*PASS))
        assert bool(loaded) is engine_was_needed


def test_the_code_of_a_pass_is_all_that_it_imports_and_nothing_after_it() -> None:
    files = {path.name for path in code_of(*PASS)}
    assert {
        "source.py", "frame_pass.py", "clip_survey.py", "outline.py", "parts.onnx", "shots.py",
        "video_reading.py", "settings.py", "engine_factory.py", "tracking_failures.py",
        "filters.py",
    } <= files  # fmt: skip
    later = {"pipeline.py", "reference_selection.py", "decision.py", "page.py", "cycles.py"}
    assert not later & files
