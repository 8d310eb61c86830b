"""Fixtures that several test folders share."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import backline  # noqa: F401  (before any test's cv2: it tells OpenCV's threads to sleep)

if TYPE_CHECKING:
    from backline.analysis import Analysis
    from backline.posture import Posture

ROOT = Path(__file__).resolve().parent.parent
PR_CAPBSET_DROP, CAP_SYS_NICE = 24, 23  # <linux/prctl.h>, <linux/capability.h>
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


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder ``shared`` beside the repository, with real clips and motion capture."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the folder 'shared' beside the repository, which is not there")
    return folder


@pytest.fixture(scope="session")
def shared_file(shared_dir: Path) -> Callable[[str], Path]:
    """Find one file of ``shared`` by its path in it, for example ``clips/deadlift.mp4``."""

    def find(name: str) -> Path:
        path = shared_dir / name
        if not path.exists():
            pytest.skip(f"needs shared/{name}, which is not there")
        return path

    return find


@pytest.fixture(scope="session")
def example_clip() -> Path:
    """The example lift that the project rendered."""
    path = ROOT / "examples" / "top_tuck_and_wink.mp4"
    if not path.exists():
        pytest.skip("needs examples/top_tuck_and_wink.mp4, which is not there")
    return path


@pytest.fixture(scope="session")
def browser() -> str:
    """Path of a Chromium. Where CI has installed one, its absence is a failure, no skip."""
    for name in BROWSERS:
        found = shutil.which(name)
        if found:
            return found
    if os.environ.get("BACKLINE_REQUIRE_BROWSER") == "1":
        pytest.fail("BACKLINE_REQUIRE_BROWSER is 1, but no Chromium is on the path")
    pytest.skip("needs Chromium, which is not installed")


def _take_no_precedence() -> None:
    """Give this thread, and so what it starts, ordinary scheduling."""
    if sys.platform == "linux" and os.sched_getscheduler(0) != os.SCHED_OTHER:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def _keep_to_fair_scheduling() -> None:
    """What this process starts from now on may not ask for real-time scheduling.

    Run as root, Chromium gives its audio threads real-time priority, before which everything else
    on a small machine can starve. Elsewhere than on Linux as root there is nothing to take away.
    """
    if sys.platform == "linux":
        _take_no_precedence()
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_SYS_NICE, 0, 0, 0)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """No test, nor a fixture of it, starts with a real-time priority left behind before it.

    Whatever is started inherits it: a browser, its driver and a database at the highest
    priority starve everything else on a small machine, the tests themselves too.
    """
    _take_no_precedence()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Any]:
    """The one running Playwright: it starts once a process, and fetches nothing by itself."""
    sync_api = pytest.importorskip("playwright.sync_api")
    _keep_to_fair_scheduling()
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

    from backline.posture import SERIES_FIELDS, Motion, Posture, Standing

    zeros = np.zeros(frames)
    series: dict[str, Any] = dict.fromkeys(SERIES_FIELDS, zeros)
    series["measurable"] = np.ones(frames, dtype=bool)
    series["reason"] = np.full(frames, "", dtype="U16")
    return Posture(
        time_s=np.arange(frames) / 30,
        standing=Standing(0.0, 1.0, "before_first_rep"),
        motion=Motion(zeros, zeros, zeros),
        **series,
    )


@pytest.fixture
def make_analysis() -> Callable[..., Analysis]:
    """Make an Analysis of 60 frames: one squat with one butt wink of 12 degrees in rep 1."""
    from backline.analysis import Analysis
    from backline.findings.finding import Finding
    from backline.reps import Rep
    from backline.sources.measured import EngineInfo, Quality, SourceInfo, View

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
    from backline.sources.measured import Quality, Reason

    reason = Reason("back_hidden", "the plate hides the low back")
    return make_analysis(quality=Quality("refused", (reason,), 0.0), reps=(), findings=())
