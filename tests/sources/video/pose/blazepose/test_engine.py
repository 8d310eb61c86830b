"""BlazePose against MediaPipe's graph, and what a graph cannot do."""

from __future__ import annotations

import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from backline.errors import BacklineError
from backline.formats.video import open_clip
from backline.sources.video.pose.blazepose import engine as blazepose
from backline.sources.video.pose.blazepose.engine import BlazePose, BlazePoseEngine
from backline.sources.video.pose.blazepose.runtime import Model, file_of
from backline.sources.video.pose.engine_factory import make_engine
from backline.sources.video.pose.person import LEFT_HIP, NOSE, RIGHT_HIP, Person
from tests.rendered import squat
from tests.sources.video.pose.blazepose.graph import Graph

#: What the graph and we may differ by: pixels (0.5 are wanted; single precision gives 0.0005), and
#: the mask on a rendered edge, where OpenCV's warps round places to 1/32 pixel.
SAME_PX, SAME_MASK = 0.001, 0.04
REAL = "clips/real/deadlift_a_rounded.mp4"


@pytest.fixture(scope="module")
def models() -> BlazePose:
    return BlazePose()


def _compare(pictures, track: bool, models: BlazePose) -> int:
    """Assert that the graph, and we in the graph's region and on our own, say the same."""
    graph, ours = Graph(track), BlazePoseEngine(static=not track)
    found = 0
    for picture in pictures:
        region, points, mask = graph.look(picture)
        own = ours.find(picture)
        reading = None if region is None else models.read(picture, region)
        assert (points is None) == (reading is None) == (own is None)
        if reading is None:
            continue
        found += 1
        for person in (reading.person, own):
            np.testing.assert_allclose(person.points[:, :2], points[:, :2], atol=SAME_PX)
            np.testing.assert_allclose(person.points[:, 2], points[:, 2], atol=1e-5)
            assert np.abs(person.mask - mask).max() < SAME_MASK
            assert np.abs(person.mask - mask).mean() < 1e-5
    graph.close()
    return found


@pytest.mark.parametrize("track", [True, False], ids=["following", "static"])
def test_on_rendered_pictures_the_graphs_points_and_masks_come_out(track, models) -> None:
    assert _compare(squat().pictures[::2], track, models) >= 15


@pytest.mark.parametrize("track", [True, False], ids=["following", "static"])
def test_on_a_real_lift_too_also_where_the_graph_loses_the_lifter(
    track, models, shared_file
) -> None:
    with open_clip(shared_file(REAL)) as clip:
        pictures = [frame.picture for frame in clip.frames(1.0, 2.2)]
    assert _compare(pictures, track, models) >= 20


def test_where_the_lifter_has_gone_both_say_so_and_both_find_them_again(models) -> None:
    pictures = list(squat().pictures[:6])
    empty = np.full_like(pictures[0], 128)
    assert _compare([*pictures[:3], empty, empty, *pictures[3:]], True, models) == 6


def test_a_turned_picture_has_the_same_points_turned(models) -> None:
    picture = squat().pictures[0]
    upright = models.read(picture, models.detect(picture)).person
    lying = np.ascontiguousarray(np.rot90(picture, -1))  # the head to the right
    region = models.detect(lying)
    assert np.degrees(region.turn_rad) == pytest.approx(90, abs=12)
    person = models.read(lying, region).person
    height = picture.shape[0]
    back = np.column_stack([person.points[:, 1], height - 1 - person.points[:, 0]])
    trunk = 100.0
    apart = np.hypot(*(back - upright.points[:, :2]).T)
    assert np.median(apart) < 0.05 * trunk
    assert (np.rot90(person.mask, 1)[100:400] > 0.5).mean() == pytest.approx(
        (upright.mask[100:400] > 0.5).mean(), rel=0.1
    )


def test_a_lifter_cut_off_at_the_edge_is_read_as_the_graph_reads_them(models) -> None:
    picture = squat().pictures[0]
    hip = int(models.read(picture, models.detect(picture)).person.points[RIGHT_HIP, 0])
    cut_off = [np.ascontiguousarray(picture[:, : hip + 10]), np.ascontiguousarray(picture[:380])]
    for part in cut_off:
        assert _compare([part], False, models) == 1


def test_of_two_people_the_graphs_choice_is_made(models) -> None:
    one, height = squat().pictures[0], squat().pictures[0].shape[0]
    small = cv2.resize(squat().pictures[15], None, fx=0.8, fy=0.8)
    small = cv2.copyMakeBorder(small, height - len(small), 0, 0, 0, cv2.BORDER_REPLICATE)
    both = np.hstack([one, small])
    assert _compare([both, np.ascontiguousarray(both[:, ::-1])], False, models) == 2


def test_the_same_pictures_in_any_order_and_from_two_threads_give_the_same_bits() -> None:
    chosen = np.random.default_rng(4).permutation(len(squat().pictures))[:10]
    engine = BlazePoseEngine(static=True)
    first = {k: engine.find(squat().pictures[k]) for k in sorted(chosen)}
    with ThreadPoolExecutor(2) as pool:
        again = dict(zip(chosen, pool.map(engine.find, squat().pictures[chosen]), strict=True))
    for k in chosen:
        one, other = first[k], again[k]
        np.testing.assert_array_equal(one.points, other.points)
        np.testing.assert_array_equal(one.mask, other.mask)
        np.testing.assert_array_equal(one.world, other.world)


def test_how_many_cores_work_on_an_answer_does_not_change_it() -> None:
    content = file_of("mediapipe", blazepose.MODELS[1]).read_bytes()
    values = np.random.default_rng(5).random((256, 256, 3), dtype=np.float32)
    answers = [Model(content, threads).run(values) for threads in (1, 2, 3)]
    for other in answers[1:]:
        for one, two in zip(answers[0], other, strict=True):
            np.testing.assert_array_equal(one, two)


def test_a_reset_engine_is_as_a_new_one() -> None:
    pictures = squat().pictures
    used, fresh = make_engine("blazepose"), make_engine("blazepose")
    for k in range(6):
        used.find(pictures[k])
    used.reset()
    for k in (12, 13, 14):
        np.testing.assert_array_equal(used.find(pictures[k]).points, fresh.find(pictures[k]).points)


def test_a_picture_of_another_size_is_searched_afresh() -> None:
    pictures = squat().pictures
    used, fresh = make_engine("blazepose"), make_engine("blazepose")
    used.find(pictures[0])
    part = np.ascontiguousarray(pictures[1][:, 40:])
    np.testing.assert_array_equal(used.find(part).points, fresh.find(part).points)


def test_points_world_and_mask_are_of_one_person() -> None:
    picture = squat().pictures[0]
    person = make_engine("blazepose", static=True).find(picture)
    assert isinstance(person, Person)
    assert person.mask.shape == picture.shape[:2]
    assert person.world.shape == (33, 3)
    assert person.points[NOSE, 1] < person.points[RIGHT_HIP, 1]
    assert person.world[NOSE, 1] < 0 < np.abs(person.world[[LEFT_HIP, RIGHT_HIP]]).max()
    x, y = person.points[RIGHT_HIP, :2].round().astype(int)
    assert person.mask[y, x] > 0.5


def test_the_record_pins_models_and_runtime() -> None:
    info, graphs = make_engine("blazepose").info, make_engine("mediapipe").info
    assert info.name == "blazepose"
    assert "mediapipe 0.10.21" in info.version
    assert "ai-edge-litert 2" in info.version
    assert info.model_sha256 == graphs.model_sha256


def test_a_mediapipe_without_models_is_refused_with_what_to_do(monkeypatch) -> None:
    monkeypatch.setattr(blazepose, "file_of", lambda package, name: None)
    with pytest.raises(BacklineError, match=r"pip install mediapipe==0\.10\.21"):
        BlazePose()


def test_neither_standard_error_nor_mediapipes_package_is_touched(tmp_path) -> None:
    path = tmp_path / "pictures.npy"
    np.save(path, squat().pictures[:3])
    code = f"""
import sys, warnings
warnings.simplefilter("error")
import numpy as np
from backline.sources.video.pose.engine_factory import make_engine
for static in (False, True):
    engine = make_engine("blazepose", static=static)
    for picture in np.load({str(path)!r}):
        assert engine.find(picture) is not None
    engine.close()
assert "mediapipe" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b""


def test_in_a_square_the_person_is_read_without_detection(models) -> None:
    """The hips and a side of about five trunk lengths are enough, and tracking goes on there."""
    pictures = squat().pictures[:3]
    usual = models.read(pictures[0], models.detect(pictures[0]))
    assert usual is not None
    points = usual.person.points
    hip = points[[LEFT_HIP, RIGHT_HIP], :2].mean(axis=0)
    trunk_px = float(np.linalg.norm(points[[11, 12], :2].mean(axis=0) - hip))
    engine = BlazePoseEngine()
    centre = float(hip[0]), float(hip[1])
    person = engine.find_in(pictures[0], centre, 4.6 * trunk_px)
    assert person is not None
    body = [11, 12, 23, 24, 25, 26]
    away = np.linalg.norm(person.points[body, :2] - points[body, :2], axis=1)
    assert away.max() < 0.1 * trunk_px
    assert engine.find(pictures[1]) is not None
    assert engine.find_in(np.full((240, 320, 3), 90, np.uint8), (160.0, 120.0), 200.0) is None


@pytest.mark.parametrize("turn_deg", [-50, 50])
def test_a_square_turned_with_the_body_gives_the_same_points(models, turn_deg: int) -> None:
    """The picture and the square are turned about the hips: the points turn with them."""
    picture = squat().pictures[0]
    points = models.read(picture, models.detect(picture)).person.points
    hip = points[[LEFT_HIP, RIGHT_HIP], :2].mean(axis=0)
    trunk_px = float(np.linalg.norm(points[[11, 12], :2].mean(axis=0) - hip))
    centre = float(hip[0]), float(hip[1])
    matrix = cv2.getRotationMatrix2D(centre, -turn_deg, 1.0)  # OpenCV turns counter-clockwise
    size = picture.shape[1::-1]
    turned = cv2.warpAffine(picture, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    person = BlazePoseEngine().find_in(turned, centre, 4.6 * trunk_px, math.radians(turn_deg))
    assert person is not None
    body = [11, 12, 23, 24, 25, 26]
    expected = points[body, :2] @ matrix[:, :2].T + matrix[:, 2]
    away = np.linalg.norm(person.points[body, :2] - expected, axis=1)
    assert away.max() < 0.1 * trunk_px
