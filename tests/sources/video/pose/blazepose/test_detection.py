"""The detection model's numbers decoded, on numbers made by hand."""

from __future__ import annotations

import numpy as np

from backline.sources.video.pose.blazepose.detection import INPUT_PX, anchors, best_alignment

NOBODY = -20.0


def _numbers() -> tuple[np.ndarray, np.ndarray]:
    boxes = np.zeros((len(anchors()), 12), np.float32)
    boxes[:, 2:4] = 20.0
    return boxes, np.full(len(anchors()), NOBODY, np.float32)


def _say(boxes: np.ndarray, logits: np.ndarray, at: int, hip, rim, logit: float) -> None:
    """Make one anchor tell of a person whose alignment points lie there (shares)."""
    boxes[at, 4:6] = (np.array(hip) - anchors()[at]) * INPUT_PX
    boxes[at, 6:8] = (np.array(rim) - anchors()[at]) * INPUT_PX
    logits[at] = logit


def _nearest(x: float, y: float) -> int:
    return int(np.argmin(np.hypot(*(anchors() - (x, y)).T)))


def test_the_anchors_are_two_a_cell_and_six_in_the_coarsest() -> None:
    assert anchors().shape == (2254, 2)
    np.testing.assert_allclose(anchors()[:4, 0], [0.5 / 28, 0.5 / 28, 1.5 / 28, 1.5 / 28])
    np.testing.assert_allclose(anchors()[-6:], 6.5 / 7)


def test_nobody_is_nobody() -> None:
    assert best_alignment(*_numbers()) is None


def test_one_persons_points_are_found() -> None:
    boxes, logits = _numbers()
    _say(boxes, logits, _nearest(0.4, 0.3), (0.41, 0.62), (0.43, 0.21), 3.0)
    found = best_alignment(boxes, logits)
    np.testing.assert_allclose(found, [(0.41, 0.62), (0.43, 0.21)], atol=1e-6)


def test_a_find_below_one_half_is_none() -> None:
    boxes, logits = _numbers()
    _say(boxes, logits, 5, (0.4, 0.6), (0.4, 0.2), -0.01)
    assert best_alignment(boxes, logits) is None


def test_finds_that_overlap_are_averaged_by_their_scores_and_others_left_out() -> None:
    boxes, logits = _numbers()
    first = _nearest(0.4, 0.3)
    _say(boxes, logits, first, (0.40, 0.60), (0.4, 0.2), 2.0)
    _say(boxes, logits, first + 1, (0.44, 0.60), (0.4, 0.2), 0.0)  # the same cell's other box
    _say(boxes, logits, _nearest(0.9, 0.9), (0.9, 0.9), (0.9, 0.8), 1.0)  # somebody else
    found = best_alignment(boxes, logits)
    sure = 1 / (1 + np.exp(-2.0))
    x = (0.40 * sure + 0.44 * 0.5) / (sure + 0.5)
    np.testing.assert_allclose(found, [(x, 0.6), (0.4, 0.2)], atol=1e-6)


def test_the_surer_of_two_people_is_taken() -> None:
    boxes, logits = _numbers()
    _say(boxes, logits, _nearest(0.2, 0.3), (0.2, 0.6), (0.2, 0.2), 1.0)
    _say(boxes, logits, _nearest(0.8, 0.3), (0.8, 0.6), (0.8, 0.2), 1.5)
    found = best_alignment(boxes, logits)
    assert found is not None
    np.testing.assert_allclose(found, [(0.8, 0.6), (0.8, 0.2)], atol=1e-6)
