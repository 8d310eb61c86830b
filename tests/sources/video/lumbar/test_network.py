"""The lumbar network at work: plumbing with a model of known sums, and the shipped weights."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from importlib import resources

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from backline.sources.video.lumbar.contour_input import CONTOUR_SHAPE
from backline.sources.video.lumbar.network import (
    BATCH,
    VECTOR_LENGTH,
    LumbarEstimate,
    LumbarNetwork,
    feature_vector,
)
from backline.sources.video.lumbar.picture_input import CROP_HEIGHT, CROP_WIDTH, POINT_FEATURES
from backline.sources.video.posture_estimation import read_clip, reference_of, zeroed
from tests import rendered

CROP = (3, CROP_HEIGHT, CROP_WIDTH)


def sums() -> bytes:
    """A model whose reading is: frame's mean less standing's, then contour, then vector[0:10].

    Of the contour it tells the first x of the frame less that of standing.
    """
    inputs = [
        helper.make_tensor_value_info("frame", TensorProto.UINT8, ["n", *CROP]),
        helper.make_tensor_value_info("standing", TensorProto.UINT8, [1, *CROP]),
        helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["n", VECTOR_LENGTH]),
        helper.make_tensor_value_info("contour", TensorProto.FLOAT, ["n", 2, *CONTOUR_SHAPE]),
    ]
    out = helper.make_tensor_value_info("reading", TensorProto.FLOAT, ["n", 12])
    numbers = {"from": [0], "to": [10], "axis": [1]}
    constants = [helper.make_tensor(k, TensorProto.INT64, [1], v) for k, v in numbers.items()]
    constants.append(helper.make_tensor("flat", TensorProto.INT64, [2], [-1, 1]))
    constants += [
        helper.make_tensor("start", TensorProto.INT64, [2], [0, 0]),
        helper.make_tensor("first", TensorProto.INT64, [2], [1, 1]),
        helper.make_tensor("places", TensorProto.INT64, [2], [2, 3]),
        helper.make_tensor("pair", TensorProto.INT64, [2], [-1, 2]),
        helper.make_tensor("signs", TensorProto.FLOAT, [2, 1], [1.0, -1.0]),
    ]
    nodes = [
        helper.make_node("Slice", ["contour", "start", "first", "places"], ["x"]),
        helper.make_node("Reshape", ["x", "pair"], ["both"]),
        helper.make_node("MatMul", ["both", "signs"], ["moved"]),
    ]
    for name in ("frame", "standing"):
        nodes += [
            helper.make_node("Cast", [name], [f"{name}_f"], to=TensorProto.FLOAT),
            helper.make_node("ReduceMean", [f"{name}_f"], [f"{name}_m"], axes=[1, 2, 3]),
            helper.make_node("Reshape", [f"{name}_m", "flat"], [f"{name}_1"]),
        ]
    nodes += [
        helper.make_node("Sub", ["frame_1", "standing_1"], ["difference"]),
        helper.make_node("Slice", ["vector", "from", "to", "axis"], ["some"]),
        helper.make_node("Concat", ["difference", "moved", "some"], ["reading"], axis=1),
    ]
    graph = helper.make_graph(nodes, "sums", inputs, [out], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def inputs(n: int) -> tuple[np.ndarray, ...]:
    """Crops whose level is the frame's number, vectors that count on, and standing at level 2.

    The contours lie at x = the frame's number, that of standing at 0.5.
    """
    crops = np.empty((n, *CROP), np.uint8)
    crops[:] = np.arange(n, dtype=np.uint8)[:, None, None, None]
    vectors = np.arange(n)[:, None] * 100.0 + np.arange(VECTOR_LENGTH)
    contours = np.zeros((n, *CONTOUR_SHAPE), np.float32)
    contours[..., 0] = np.arange(n)[:, None]
    standing = np.full(CONTOUR_SHAPE, 0.5, np.float32)
    return crops, vectors.astype(np.float32), contours, np.full(CROP, 2, np.uint8), standing


@pytest.mark.parametrize("n", [1, BATCH, BATCH + 1, 70])
def test_every_column_reaches_its_name_in_the_order_of_frames(n: int) -> None:
    network = LumbarNetwork(sums(), threads=1)
    estimate = network.read(*inputs(n))
    np.testing.assert_allclose(estimate.lumbar_deg, np.arange(n) - 2.0, atol=1e-3)
    np.testing.assert_allclose(estimate.trunk_deg, np.arange(n) - 0.5, atol=1e-3)
    for column, field in enumerate(fields(LumbarEstimate)[2:]):
        expected = np.arange(n) * 100.0 + column
        np.testing.assert_allclose(getattr(estimate, field.name), expected, err_msg=field.name)
        assert getattr(estimate, field.name).dtype == np.float64


def test_no_frames_are_an_empty_reading() -> None:
    estimate = LumbarNetwork(sums(), threads=1).read(*inputs(0))
    assert all(getattr(estimate, f.name).shape == (0,) for f in fields(LumbarEstimate))


def test_pelvic_tilt_is_trunk_less_lumbar() -> None:
    estimate = LumbarNetwork(sums(), threads=1).read(*inputs(3))
    np.testing.assert_allclose(estimate.pelvis_deg, estimate.trunk_deg - estimate.lumbar_deg)


def test_the_hash_is_that_of_the_weights_content() -> None:
    content = sums()
    assert LumbarNetwork(content).sha256 == hashlib.sha256(content).hexdigest()
    shipped = resources.files("backline.sources.video.lumbar").joinpath("lumbar.onnx").read_bytes()
    assert LumbarNetwork().sha256 == hashlib.sha256(shipped).hexdigest()


def test_the_vector_holds_frame_standing_and_three_leans() -> None:
    frame = np.arange(2 * POINT_FEATURES, dtype=np.float32).reshape(2, POINT_FEATURES)
    standing = np.full(POINT_FEATURES, 7, np.float32)
    vector = feature_vector(frame, standing, np.array([10.0, 60.0]), 5.0)
    assert vector.shape == (2, VECTOR_LENGTH)
    assert vector.dtype == np.float32
    np.testing.assert_array_equal(vector[:, :POINT_FEATURES], frame)
    np.testing.assert_array_equal(vector[1, POINT_FEATURES:-3], standing)
    np.testing.assert_allclose(vector[:, -3:], [[0.2, 0.1, 0.1], [1.2, 0.1, 1.1]], rtol=1e-6)


@pytest.fixture(scope="module")
def shipped() -> LumbarEstimate:
    """The shipped network's reading of the rendered squat, not zeroed."""
    observations = rendered.squat_sight()
    standing = (observations.time_s < 1.0) & observations.found
    return read_clip(observations, reference_of(observations, standing), LumbarNetwork(threads=1))


def test_the_shipped_network_reads_standing_against_itself_as_no_change(
    shipped: LumbarEstimate,
) -> None:
    still = rendered.squat_sight().time_s < 1.0
    for name in ("lumbar_deg", "trunk_deg", "thoracic_deg"):
        assert np.abs(getattr(shipped, name)[still]).max() < 3.0, name


def test_the_shipped_network_is_deterministic(shipped: LumbarEstimate) -> None:
    observations = rendered.squat_sight()
    standing = (observations.time_s < 1.0) & observations.found
    again = read_clip(observations, reference_of(observations, standing), LumbarNetwork(threads=1))
    for field in fields(LumbarEstimate):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(shipped, field.name))


def test_the_shipped_network_follows_the_trunk_of_a_squat_with_a_still_back(
    shipped: LumbarEstimate,
) -> None:
    observations, truth = rendered.squat_sight(), rendered.squat().truth
    still = (observations.time_s < 1.0) & observations.found
    estimate = zeroed(shipped, still)
    np.testing.assert_allclose(estimate.trunk_deg, truth.trunk_lean_deg, atol=6.0)
    assert np.abs(estimate.lumbar_deg).mean() < 6.0  # nothing was planted


def test_the_shipped_network_s_uncertainty_and_logits_are_sane(shipped: LumbarEstimate) -> None:
    for name in ("lumbar_sd_deg", "trunk_sd_deg", "pelvis_sd_deg", "curve_sd_deg"):
        spread = getattr(shipped, name)
        assert spread.min() > 0.2, name
        assert spread.max() < 15.0, name
    for name in ("hidden", "loose"):
        assert getattr(shipped, name).min() >= 0.0
        assert getattr(shipped, name).max() < 0.5, name  # bare back, tight shirt
    assert 0.2 < np.median(shipped.oddness) < 3.5
    assert np.median(shipped.yaw_deg) < 15.0
