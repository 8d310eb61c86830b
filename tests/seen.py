"""What was seen of a clip, kept so that tests of what comes after it need not look again.

The engine's pass takes nine tenths of an analysis. Its result is kept under a key of the clip's
bytes, of the whole source code of Backline and of its packages' versions, so that no change of
either meets an old one. Where a test puts something in the place of the engine, nothing is kept.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import os
import pickle
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

import backline

if TYPE_CHECKING:
    from backline.formats.frames import Clip
    from backline.sources.registry import SourceOptions

Made = TypeVar("Made")

FOLDER = "BACKLINE_TESTS_SEEN"
"""Names the folder in the environment of a child process that is to use what was seen."""
RUN = "BACKLINE_TESTS_RUN"
"""Names the folder in the environment that all processes of one run of the tests share."""
CHILDREN = Path(__file__).parent / "children"
ROOT = CHILDREN.parent.parent
PACKAGES = ("ai-edge-litert", "av", "mediapipe", "numpy", "onnxruntime", "scipy")


def environment(folder: Path) -> dict[str, str]:
    """Return what makes a child process use what was seen, to be added to its environment."""
    path = [str(CHILDREN), str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
    return {FOLDER: str(folder), "PYTHONPATH": os.pathsep.join(filter(None, path))}


def code_digest() -> str:
    """Return a digest of Backline's source code and of the packages that a pass is made with."""
    digest = hashlib.sha256(" ".join(f"{name}={version(name)}" for name in PACKAGES).encode())
    package = Path(backline.__file__).parent
    for path in sorted(package.rglob("*")):
        if path.suffix in (".py", ".onnx", ".toml"):
            digest.update(str(path.relative_to(package)).encode() + path.read_bytes())
    return digest.hexdigest()


def keep(source: ModuleType, folder: Path, code: str) -> Callable[[], None]:
    """Let the video source keep what it sees in a folder; return what ends that."""
    look = source.observe
    parts = ("make_engine", "survey", "observe_frames", "MAX_SIDE_PX")
    original = [getattr(source, name) for name in parts]

    def see(clip: Clip, options: SourceOptions) -> tuple[Any, Any]:
        place = Path(clip.info.path)
        if [getattr(source, name) for name in parts] != original or not place.is_file():
            return look(clip, options)
        asked = f"{options.engine} {options.side} {code}".encode()
        key = hashlib.sha256(place.read_bytes() + asked).hexdigest()
        with held(folder / f"{key}.lock"):
            kept = folder / f"{key}.seen"
            if kept.exists():
                return replayed(kept.read_bytes(), clip, options)
            observations, info = look(clip, options)
            kept.with_suffix(".part").write_bytes(packed(observations, info, clip))
            kept.with_suffix(".part").rename(kept)
            return observations, info

    see.looks = look  # type: ignore[attr-defined]
    source.observe = see  # type: ignore[attr-defined]
    return lambda: setattr(source, "observe", look)


def once(name: str, make: Callable[[], Made]) -> Made:
    """Make something once a run, whichever process wants it first.

    Parameters
    ----------
    name : str
        Says all that it is made of but the code.
    make : callable
        Makes it; what it returns is pickled. Without a run of the tests it is just made.
    """
    if RUN not in os.environ:
        return make()
    made = Path(os.environ[RUN]) / f"{hashlib.sha256(name.encode()).hexdigest()}.made"
    with held(made.with_suffix(".lock")):
        if not made.exists():
            made.with_suffix(".part").write_bytes(pickle.dumps(make()))
            made.with_suffix(".part").rename(made)
        content: Made = pickle.loads(made.read_bytes())
        return content


@contextlib.contextmanager
def held(lock: Path) -> Iterator[None]:
    """Let one process at a time look at a clip."""
    with lock.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def packed(observations: Any, info: Any, clip: Clip) -> bytes:
    """Return what was seen, and what reading said of the file, as bytes."""
    fields = None
    if observations is not None:
        fields = {
            field.name: getattr(observations, field.name)
            for field in dataclasses.fields(observations)
        }
        fields["cuts"] = observations.cuts.rows(np.arange(len(observations.cuts)))
    return pickle.dumps((fields, info, clip.truncated, clip.damaged, clip.dropped))


def replayed(content: bytes, clip: Clip, options: SourceOptions) -> tuple[Any, Any]:
    """Return what was seen, telling of each frame, and do what was to be done meanwhile."""
    from backline.progress import Progress
    from backline.sources.video.clip_observations import ClipObservations, CutSpool

    fields, info, clip.truncated, clip.damaged, clip.dropped = pickle.loads(content)
    if fields is None:
        return None, info
    for task in options.meanwhile:
        task()
    cuts = CutSpool()
    for cut in fields["cuts"]:
        cuts.add(cut)
    for k in range(len(fields["time_s"])) if options.progress else ():
        options.progress(Progress("watching the lift", k + 1, clip.info.frames_hint))
    return ClipObservations(**{**fields, "cuts": cuts}), info
