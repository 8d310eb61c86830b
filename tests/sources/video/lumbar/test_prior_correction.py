"""What the network leans on where it sees little is taken out, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from backline.sources.video.lumbar.network import VECTOR_LENGTH
from backline.sources.video.lumbar.picture_input import POINT_FEATURES
from backline.sources.video.lumbar.prior_correction import (
    EXPECTED_DEG,
    FULL_SQUAT_DEG,
    MOST_SHARE,
    VARIANCE,
    VARIANCE_DEEP,
    depth_of,
    knee_flexion_deg,
    prior_bias_deg,
)


def legs(knee_deg: float) -> np.ndarray:
    """Point features of a leg whose thigh hangs down from the hip and whose shank turns back."""
    features = np.zeros(POINT_FEATURES, np.float32)
    a = np.radians(knee_deg)
    features[4:6] = 0.0, 0.8
    features[6:8] = -0.8 * np.sin(a), 0.8 + 0.8 * np.cos(a)
    return features


def vector(knee_deg: float, own_deg: float = 0.0) -> np.ndarray:
    out = np.zeros((1, VECTOR_LENGTH), np.float32)
    out[0, :POINT_FEATURES] = legs(knee_deg)
    out[0, POINT_FEATURES : 2 * POINT_FEATURES] = legs(own_deg)
    return out


@pytest.mark.parametrize("knee_deg", [0.0, 15.0, 60.0, 90.0, 135.0, 160.0])
def test_the_knee_is_the_angle_between_thigh_and_shank(knee_deg: float) -> None:
    assert knee_flexion_deg(legs(knee_deg)[None])[0] == pytest.approx(knee_deg, abs=1e-4)


def test_the_knee_is_the_same_in_a_turned_and_larger_picture() -> None:
    turn = 3.0 * np.array([[np.cos(0.7), np.sin(0.7)], [-np.sin(0.7), np.cos(0.7)]])
    moved = legs(75.0).copy()
    moved[2:8] = (moved[2:8].reshape(3, 2) @ turn.T + 5.0).ravel()
    assert knee_flexion_deg(moved[None])[0] == pytest.approx(75.0, abs=1e-3)


@pytest.mark.parametrize(
    ("knee_deg", "own_deg", "depth"),
    [
        (10.0, 10.0, 0.0),  # standing with soft knees is not deep
        (4.0, 12.0, 0.0),  # straighter than in standing neither
        (65.0, 10.0, 0.5),
        (120.0, 10.0, 1.0),
        (150.0, 10.0, 1.0),  # deeper than training's full squat is no deeper
    ],
)
def test_depth_counts_from_own_standing(knee_deg: float, own_deg: float, depth: float) -> None:
    assert depth_of(vector(knee_deg, own_deg))[0] == pytest.approx(depth, abs=1e-4)


def test_upright_nothing_is_taken_off() -> None:
    assert prior_bias_deg(np.array([2.0, 12.0]), np.zeros(2)).tolist() == [0.0, 0.0]


def test_a_sure_reading_stays() -> None:
    assert prior_bias_deg(np.array([0.5]), np.ones(1))[0] < 0.02


def test_a_reading_that_knows_nothing_loses_the_average() -> None:
    blind = np.sqrt(VARIANCE + VARIANCE_DEEP)
    taken = prior_bias_deg(np.array([blind, 10 * blind]), np.ones(2))
    assert taken == pytest.approx([MOST_SHARE * (FULL_SQUAT_DEG - EXPECTED_DEG)] * 2)


def test_the_best_guess_about_training_becomes_the_best_guess_about_anybody() -> None:
    """Simulated: least-squares readings under training's prior, then the average taken out."""
    rng = np.random.default_rng(4)
    depth = 0.8
    spread = VARIANCE + VARIANCE_DEEP * depth**2
    mean = FULL_SQUAT_DEG * depth
    noise = 9.0
    truth = rng.normal(EXPECTED_DEG * depth, np.sqrt(spread), 200_000)  # anybody
    seen = truth + rng.normal(0.0, noise, len(truth))
    weight = spread / (spread + noise**2)
    estimate = mean + weight * (seen - mean)  # what a network of training's world answers
    sd = np.full(len(truth), np.sqrt(weight) * noise)
    neutral = estimate - prior_bias_deg(sd, np.full(len(truth), depth))
    assert np.mean(estimate - truth) > 2.0
    assert abs(np.mean(neutral - truth)) < 0.1
    assert np.std(neutral - truth) == pytest.approx(sd[0], rel=0.01)
