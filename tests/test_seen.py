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

    def counted(clip: Any, options: Any) -> Any:
        names.append(Path(clip.info.path).name)
        return look(clip, options)

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


def test_a_child_process_uses_what_was_seen(seen: dict[str, str], tmp_path: Path) -> None:
    open_source(squat_clip())
    code = (
        "import sys\nfrom backline.sources.registry import open_source\n"
        f"print(len(open_source({str(squat_clip())!r}).posture), {ENGINE!r} in sys.modules)"
    )
    for more, engine_was_needed in ((seen, False), (environment(tmp_path), True)):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE_S,
            env=more,
        )  # fmt: skip
        assert done.stdout.split() == ["39", str(engine_was_needed)], done.stderr


def test_the_code_of_a_pass_is_all_that_it_imports_and_nothing_after_it() -> None:
    files = {path.name for path in code_of(*PASS)}
    assert {
        "source.py", "frame_pass.py", "clip_survey.py", "outline.py", "parts.onnx", "shots.py",
        "video_reading.py", "settings.py", "engine.py", "tracking_failures.py", "filters.py",
    } <= files  # fmt: skip
    assert not {"pipeline.py", "reference_selection.py", "find.py", "page.py", "cycles.py"} & files


def test_the_code_of_a_pass_is_what_a_fresh_process_loads_for_it(tmp_path: Path) -> None:
    """Every module of Backline that watching a clip really loads is in the digest."""
    code = (
        "import sys\nfrom backline.formats.video import open_clip\n"
        "from backline.sources.options import SourceOptions\n"
        "from backline.sources.video import source\nbefore = set(sys.modules)\n"
        f"with open_clip({str(squat_clip())!r}) as clip:\n"
        "    source.observe(clip, SourceOptions())\n"
        "new = [m for m in set(sys.modules) - before if m.startswith('backline')]\n"
        "print(*(sys.modules[m].__file__ for m in new), sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE_S,
        env=environment(tmp_path),
    )  # fmt: skip
    loaded = {Path(line) for line in done.stdout.split()}
    assert loaded, done.stderr
    assert loaded <= set(code_of(*PASS))
