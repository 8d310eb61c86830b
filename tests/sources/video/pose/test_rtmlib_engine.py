"""RTMPose's points land where its model puts them; other weights than the meant are refused."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from backline.cli.app import run
from backline.errors import BacklineError, MissingExtraError, UsageError
from backline.model.measurement import EngineInfo
from backline.sources.video.pose import mediapipe_engine, rtmlib_engine
from backline.sources.video.pose.engine_factory import make_engine
from backline.sources.video.pose.person import Person
from backline.sources.video.pose.rtmlib_engine import MODEL, POINTS, TO_BLAZEPOSE, RtmlibEngine

WIDE, TALL = 48, 64
PICTURE = np.zeros((200, 160, 3), np.uint8)
#: The box of the person below: 60 by 80, of the model's own shape.
LOW, HIGH = np.array([40.0, 50.0]), np.array([100.0, 130.0])


def peaks(points: int = POINTS) -> np.ndarray:
    """Where the model sees each point, shape (k, 2), in half pixels of its input."""
    return np.stack([2 + 3 * np.arange(points), 120 - 4 * np.arange(points)], axis=1)


def write_model(folder: Path, points: int = POINTS, hashed: bool = True) -> Path:
    """A tiny RTMPose: whatever it is shown, each point is sure to be at its own peak."""
    tables = []
    for axis, (name, size) in enumerate((("simcc_x", 2 * WIDE), ("simcc_y", 2 * TALL))):
        table = np.zeros((1, points, size), np.float32)
        table[0, np.arange(points), peaks(points)[:, axis]] = 0.8
        tables.append(helper.make_tensor(f"{name}_all", 1, table.shape, table.ravel()))
    nodes = [helper.make_node("Identity", [f"{n}_all"], [n]) for n in ("simcc_x", "simcc_y")]
    shapes = [(1, points, 2 * WIDE), (1, points, 2 * TALL)]
    graph = helper.make_graph(
        nodes, "tiny",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, (1, 3, TALL, WIDE))],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s)
         for n, s in zip(("simcc_x", "simcc_y"), shapes, strict=True)],
        initializer=tables,
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    folder.mkdir(exist_ok=True)
    onnx.save(model, folder / MODEL)
    if hashed:
        digest = hashlib.sha256((folder / MODEL).read_bytes()).hexdigest()
        (folder / f"{MODEL}.sha256").write_text(f"{digest}  {MODEL}\n")
    return folder


class OnePerson:
    """In MediaPipe's place: somebody in a known box, or nobody."""

    anybody = True
    closed = 0

    def __init__(self, static: bool = False) -> None:
        self.info = EngineInfo("mediapipe", "", "")

    def find(self, picture: np.ndarray) -> Person | None:
        points = np.ones((33, 3), np.float32)
        points[:, :2] = LOW
        points[1, :2] = HIGH
        return Person(points, np.ones(picture.shape[:2], np.float32)) if self.anybody else None

    def reset(self) -> None:
        pass

    def close(self) -> None:
        OnePerson.closed += 1


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RtmlibEngine]:
    pytest.importorskip("rtmlib", reason="needs rtmlib, which is not installed")
    monkeypatch.setattr(rtmlib_engine, "MediaPipeEngine", OnePerson)
    made = RtmlibEngine(folder=write_model(tmp_path / "models"))
    yield made
    made.close()


def test_every_point_lands_where_the_model_sees_it(engine: RtmlibEngine) -> None:
    person = engine.find(PICTURE)
    assert person is not None
    size = 1.25 * (HIGH - LOW)  # RTMPose looks at a quarter more than the box
    wanted = (LOW + HIGH) / 2 - size / 2 + peaks() / 2 / [WIDE, TALL] * size
    for own, theirs in TO_BLAZEPOSE.items():
        np.testing.assert_allclose(person.points[theirs, :2], wanted[own], atol=0.6)
        assert person.points[theirs, 2] == pytest.approx(0.8)
    untouched = sorted(set(range(33)) - set(TO_BLAZEPOSE.values()))
    assert (person.points[untouched, 2] == 1.0).all()
    assert person.mask.shape == PICTURE.shape[:2]


def test_where_nobody_is_found_there_are_no_points(
    engine: RtmlibEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OnePerson, "anybody", False)
    assert engine.find(PICTURE) is None
    engine.reset()


def test_the_record_pins_the_weights_and_nothing_is_printed(
    engine: RtmlibEngine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    digest = hashlib.sha256((tmp_path / "models" / MODEL).read_bytes()).hexdigest()
    assert (engine.info.name, engine.info.model_sha256) == ("rtmlib", digest)
    assert engine.info.version
    assert capsys.readouterr().out == ""


@pytest.fixture
def installed() -> None:
    pytest.importorskip("rtmlib", reason="needs rtmlib, which is not installed")


@pytest.mark.usefixtures("installed")
def test_weights_that_are_missing_unhashed_or_others_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"BACKLINE_MODELS.*Nothing is fetched"):
        RtmlibEngine(folder=tmp_path)
    folder = write_model(tmp_path / "models", hashed=False)
    with pytest.raises(UsageError, match="no hash beside them"):
        RtmlibEngine(folder=folder)
    (folder / f"{MODEL}.sha256").write_text("0" * 64)
    with pytest.raises(UsageError, match="not the ones that were meant"):
        RtmlibEngine(folder=folder)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("points", [17, 0])
def test_weights_that_are_no_model_of_26_points_are_refused(tmp_path: Path, points: int) -> None:
    folder = write_model(tmp_path / "models", points or POINTS)
    if not points:
        (folder / MODEL).write_bytes(b"no model")
        digest = hashlib.sha256(b"no model").hexdigest()
        (folder / f"{MODEL}.sha256").write_text(digest)
    with pytest.raises(BacklineError, match="17 points" if points else "cannot be used"):
        RtmlibEngine(folder=folder)


def test_without_rtmlib_the_install_line_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rtmlib", None)
    with pytest.raises(MissingExtraError, match=r"\[engines\]"):
        make_engine("rtmlib")


@pytest.mark.usefixtures("installed")
def test_the_command_line_says_which_file_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.rendered import squat_clip

    monkeypatch.setenv("BACKLINE_MODELS", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert run(["analyze", str(squat_clip()), "--engine", "rtmlib", "--quiet"]) == 2
    assert MODEL in capsys.readouterr().err
    assert mediapipe_engine.MediaPipeEngine is not OnePerson
