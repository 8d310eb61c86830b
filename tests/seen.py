"""What was seen of a clip, kept so that tests of what comes after it need not look again.

The engine's pass takes nine tenths of an analysis. Its result is kept, from one run of the tests to
the next too, under a key of the clip's bytes, of all source code that a pass imports and of its
packages' versions, so that no change of either meets an old one. Rendered films are kept the same
way. Where a test puts something in the place of the engine, nothing is kept.
"""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import fcntl
import hashlib
import os
import pickle
import time
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
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
CODE = "BACKLINE_TESTS_CODE"
"""Hands the digest of the code to such a process, which need not work it out again."""
RUN = "BACKLINE_TESTS_RUN"
"""Names the folder in the environment that all processes of one run of the tests share."""
KEPT = "BACKLINE_TESTS_KEPT"
"""Names the folder that lasts from run to run; it is pytest's cache."""
KEPT_DAYS = 14
"""What was not used for so long is removed."""
CHILDREN = Path(__file__).parent / "children"
ROOT = CHILDREN.parent.parent
PACKAGE = Path(backline.__file__).parent
PASS = ("backline.sources.video.source", "observe", "backline.formats.video")
"""The module and function whose result is kept, and what opens the clip that it is given."""
PACKAGES = ("ai-edge-litert", "av", "mediapipe", "numpy", "onnxruntime", "opencv-contrib-python",
            "scipy")  # fmt: skip
RENDERERS = ("anny", "numpy", "pyvista", "torch", "vtk")


def environment(folder: Path) -> dict[str, str]:
    """Return what makes a child process use what was seen, to be added to its environment."""
    path = [str(CHILDREN), str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
    own = {FOLDER: str(folder), CODE: code_digest()}
    return {**own, "PYTHONPATH": os.pathsep.join(filter(None, path))}


@cache
def code_digest() -> str:
    """Return a digest of the code that a pass runs, and of the packages that it is made with."""
    return os.environ.get(CODE) or digest_of(PACKAGES, *PASS)


@cache
def digest_of(packages: tuple[str, ...], module: str, function: str = "", also: str = "") -> str:
    """Return a digest of packages' versions and of all that a module, or its function, imports."""
    digest = hashlib.sha256(" ".join(f"{name}={_version(name)}" for name in packages).encode())
    for path in code_of(module, function, also):
        digest.update(str(path.relative_to(PACKAGE)).encode() + content_of(path))
    return digest.hexdigest()


def content_of(path: Path) -> bytes:
    """Return what decides a file's effect: of Python code, without its docstrings and comments."""
    if path.suffix != ".py":
        return path.read_bytes()
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        if isinstance(body := getattr(node, "body", None), list):
            node.body = [one for one in body if not _is_text(one)]  # type: ignore[attr-defined]
    return ast.dump(tree).encode()


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def code_of(module: str, function: str = "", also: str = "") -> list[Path]:
    """Return the files of Backline that a module imports, itself and what lies beside them.

    Parameters
    ----------
    module : str
        Its name.
    function : str
        Where given, only what this function of it uses.
    also : str
        Another module.
    """
    waiting = {module, *(_used_by(_file(module), function) if function else ())}
    waiting |= {also} if also else set()
    found: set[Path] = set()
    while waiting:
        path = _file(name := waiting.pop())
        if path in found:
            continue
        found.add(path)
        if name != module or not function:
            waiting |= {one for node in ast.walk(_tree(path)) for one in _imports(node)}
    folders = {folder for path in found for folder in path.parents if PACKAGE in folder.parents}
    beside = {p for folder in folders for p in folder.iterdir()}
    more = {p for p in beside if p.suffix in (".onnx", ".toml") or p.name == "__init__.py"}
    return sorted(found | more | set(PACKAGE.glob("*.toml")))


def _used_by(path: Path, function: str) -> set[str]:
    """Return the modules that a function, and the functions of its file that it calls, import."""
    tree = _tree(path)
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    whence = {
        alias.asname or alias.name: set(_imports(node))
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    modules, waiting, done = set(), [function], set()
    while waiting:
        name = waiting.pop()
        done.add(name)
        for node in ast.walk(functions[name]):
            modules |= set(_imports(node))
            if isinstance(node, ast.Name):
                modules |= whence.get(node.id, set())
                if node.id in functions and node.id not in done:
                    waiting.append(node.id)
    return modules


def _imports(node: ast.AST) -> Iterator[str]:
    """Return the modules of Backline that a statement imports."""
    if isinstance(node, ast.Import):
        yield from (a.name for a in node.names if a.name.partition(".")[0] == "backline")
    elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "backline":
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            yield inner if _file(inner).exists() else str(node.module)


def _file(module: str) -> Path:
    place = PACKAGE.joinpath(*module.split(".")[1:])
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def forget_unused(folder: Path) -> None:
    """Remove what no run of the tests has used for `KEPT_DAYS`."""
    for path in folder.glob("*.*"):
        if time.time() - path.stat().st_mtime > KEPT_DAYS * 86_400:
            path.unlink(missing_ok=True)


def keep(source: ModuleType, folder: Path, code: str) -> Callable[[], None]:
    """Let the video source keep what it sees in a folder; return what ends that."""
    look = source.observe
    parts = ("make_engine", "survey", "observe_frames", "MAX_SIDE_PX")
    original = [getattr(source, name) for name in parts]

    def see(clip: Clip, options: SourceOptions, watch: Any = None) -> tuple[Any, Any]:
        place = Path(clip.info.path)
        if [getattr(source, name) for name in parts] != original or not place.is_file():
            return look(clip, options, watch)
        asked = f"{options.engine} {options.side} {options.person} {clip.every} {code}".encode()
        key = hashlib.sha256(place.read_bytes() + asked).hexdigest()
        with held(folder / f"{key}.lock"):
            kept = folder / f"{key}.seen"
            if kept.exists():
                os.utime(kept)
                return replayed(kept.read_bytes(), clip, options)
            observations, info = look(clip, options, watch)
            kept.with_suffix(".part").write_bytes(packed(observations, info, clip))
            kept.with_suffix(".part").rename(kept)
            return observations, info

    see.looks = look  # type: ignore[attr-defined]
    source.observe = see  # type: ignore[attr-defined]
    return lambda: setattr(source, "observe", look)


def once(name: str, module: str, make: Callable[[], Made]) -> Made:
    """Make something once, whichever process or run of the tests wants it first.

    Parameters
    ----------
    name : str
        Says all that it is made of but the code.
    module : str
        The module of Backline that makes it: it is made anew where its code, or what it imports,
        has changed.
    make : function
        Makes it; what it returns is pickled. Without a run of the tests it is just made.
    """
    if KEPT not in os.environ:
        return make()
    how = Path(make.__code__.co_filename).read_bytes()
    key = hashlib.sha256(f"{name} {digest_of(RENDERERS, module)}".encode() + how).hexdigest()
    made = Path(os.environ[KEPT]) / f"{key}.made"
    with held(made.with_suffix(".lock")):
        if made.exists():
            os.utime(made)
        else:
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
        fields["crops"] = observations.crops.rows(np.arange(len(observations.crops)))
    return pickle.dumps((fields, info, clip.truncated, clip.damaged, clip.dropped))


def replayed(content: bytes, clip: Clip, options: SourceOptions) -> tuple[Any, Any]:
    """Return what was seen, telling of each frame, and do what was to be done meanwhile."""
    from backline.progress import Progress
    from backline.sources.video.clip_observations import ClipObservations, CropSpool

    fields, info, clip.truncated, clip.damaged, clip.dropped = pickle.loads(content)
    if fields is None:
        return None, info
    for task in options.meanwhile:
        task()
    crops = CropSpool()
    for crop in fields["crops"]:
        crops.add(crop)
    for k in range(len(fields["time_s"])) if options.progress else ():
        options.progress(Progress("watching the lift", k + 1, clip.info.frames_hint))
    return ClipObservations(**{**fields, "crops": crops}), info
