"""Fixtures that several test folders share."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

import backline  # noqa: F401  (before any test's cv2: it tells OpenCV's threads to sleep)
from tests.by_file import pytest_collection_modifyitems, pytest_xdist_make_scheduler
from tests.seen import KEPT, RUN, code_digest, environment, forget_unused, keep
from tests.threads import real_time_threads
from tests.turns import turn

if TYPE_CHECKING:
    from backline.model.posture import Posture
    from backline.pipeline import Analysis

ROOT = Path(__file__).resolve().parent.parent
__all__ = ["pytest_collection_modifyitems", "pytest_xdist_make_scheduler"]
REQUIRE_SHARED = "BACKLINE_REQUIRE_SHARED"
"""With this switch at 1 a test on real clips or motion capture that are not there fails."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """The folder that holds pyproject.toml."""
    return ROOT


@pytest.fixture(scope="session", autouse=True)
def own_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test reads or writes the data of whoever runs it."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BACKLINE_DATA", str(folder))
        patch.delenv("BACKLINE_DATABASE", raising=False)
        yield folder


def missing(what: str, switch: str) -> NoReturn:
    """Skip for want of something, or fail where the switch in the environment requires it."""
    if os.environ.get(switch) == "1":
        pytest.fail(f"{switch} is 1, but {what} is not there")
    pytest.skip(f"needs {what}, which is not there")


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder that all processes of this run of the tests share; it ends with the run."""
    if RUN not in os.environ:
        os.environ[RUN] = tempfile.mkdtemp(prefix="backline-tests-")
        config.add_cleanup(lambda: shutil.rmtree(os.environ.pop(RUN), ignore_errors=True))
        cache = getattr(config, "cache", None)  # none where pytest is asked to keep nothing
        os.environ[KEPT] = str(cache.mkdir("backline-seen")) if cache else os.environ[RUN]
        config.add_cleanup(lambda: os.environ.pop(KEPT))
        forget_unused(Path(os.environ[KEPT]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let a test that is measured against the clock run while no other process runs one."""
    with turn(Path(os.environ[RUN]), item.get_closest_marker("alone") is not None):
        return (yield)


@pytest.fixture(scope="session", autouse=True)
def seen() -> Iterator[dict[str, str]]:
    """What was seen of a clip is kept; what to give a child process to share in it."""
    from backline.sources.video import source

    folder = Path(os.environ[KEPT])
    end = keep(source, folder, code_digest())
    yield environment(folder)
    end()


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder ``shared`` beside the repository, with real clips and motion capture."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        missing("the folder 'shared' beside the repository", REQUIRE_SHARED)
    return folder


@pytest.fixture(scope="session")
def shared_file(shared_dir: Path) -> Callable[[str], Path]:
    """Find one file of ``shared`` by its path in it, for example ``clips/deadlift.mp4``."""

    def find(name: str) -> Path:
        path = shared_dir / name
        if not path.exists():
            missing(f"shared/{name}", REQUIRE_SHARED)
        return path

    return find


@pytest.fixture(scope="session")
def example_clip() -> Path:
    """The example lift that the project rendered."""
    path = ROOT / "examples" / "top_tuck_and_wink.mp4"
    if not path.exists():
        pytest.skip("needs examples/top_tuck_and_wink.mp4, which is not there")
    return path


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Fail the test that left a thread of real-time priority behind.

    What such a thread starts inherits its priority: a browser or a database before which everything
    else on a small machine starves. The threads get ordinary scheduling back, for the next test.
    """
    found = real_time_threads()
    for thread in found:
        os.sched_setscheduler(thread.number, os.SCHED_OTHER, os.sched_param(0))
    assert not found, f"threads of real-time priority are left behind: {found}"


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Path of a Chromium. Where CI has installed one, its absence is a failure, no skip.

    As root, Chromium gives its audio threads a real-time priority. It is started without the right
    to do so, as it is for anybody else.
    """
    for name in BROWSERS:
        found, setpriv = shutil.which(name), shutil.which("setpriv")
        if found and setpriv and os.geteuid() == 0:
            start = tmp_path_factory.mktemp("browser") / name
            drop = "--inh-caps=-sys_nice --bounding-set=-sys_nice"
            start.write_text(f'#!/bin/sh\nexec {setpriv} {drop} -- {found} "$@"\n')
            start.chmod(0o755)
            return str(start)
        if found:
            return found
    missing("a Chromium on the path", "BACKLINE_REQUIRE_BROWSER")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Any]:
    """The one running Playwright: it starts once a process, and fetches nothing by itself."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(browser: str, playwright: Any) -> Iterator[Any]:
    """A running Chromium that all tests share."""
    arguments = [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    ]  # fmt: skip
    running = playwright.chromium.launch(executable_path=browser, args=arguments)
    yield running
    running.close()


def _posture(frames: int) -> Posture:
    import numpy as np

    from backline.model.posture import SERIES_FIELDS, Posture, Standing, WholeBodyMotion

    zeros = np.zeros(frames)
    series: dict[str, Any] = dict.fromkeys(SERIES_FIELDS, zeros)
    series["measurable"] = np.ones(frames, dtype=bool)
    series["reason"] = np.full(frames, "", dtype="U16")
    series["back_bulge"] = np.full(frames, np.nan)  # as from markers: no outline
    return Posture(
        time_s=np.arange(frames) / 30,
        standing=Standing(0.0, 1.0, "before_first_rep"),
        motion=WholeBodyMotion(zeros, zeros, zeros),
        **series,
    )


@pytest.fixture
def make_analysis() -> Callable[..., Analysis]:
    """Make an Analysis of 60 frames: one squat with one butt wink of 12 degrees in rep 1."""
    from backline.findings.finding import Finding
    from backline.model.measurement import EngineInfo, Quality, SourceInfo, View
    from backline.pipeline import Analysis
    from backline.reps import Rep

    def make(path: str = "lift.mp4", **changes: Any) -> Analysis:
        finding = Finding(
            "rounding", "bottom", "butt wink", 1, 0.5, 1.0, 1.2, 12.4, 2.1, 0.97, True, "flattened"
        )
        values: dict[str, Any] = {
            "source": SourceInfo(path, "video", 720, 960, 60, 59 / 30, 30.0, "h264", "0" * 64),
            "engine": EngineInfo("mediapipe", "0.10.21", "0" * 64),
            "view": View("right", 4.0),
            "quality": Quality("ok", (), 0.95),
            "settings": {},
            "lift": "squat",
            "posture": _posture(60),
            "reps": (Rep(1, 0.2, 1.0, 1.8, {"descent": (0.2, 1.0)}),),
            "findings": (finding,),
            "summary": {"headline": "The low back rounds at the bottom."},
        }
        return Analysis(**{**values, **changes})

    return make


@pytest.fixture
def refused_analysis(make_analysis: Callable[..., Analysis]) -> Analysis:
    """An analysis of a clip in which the plate hides the low back."""
    from backline.model.measurement import Quality, Reason

    reason = Reason("back_hidden", "the plate hides the low back")
    return make_analysis(quality=Quality("refused", (reason,), 0.0), reps=(), findings=())
