"""Scenes that no clip of ``../shared`` holds, made of the rendered squat: what is told of each.

A mirror beside the lifter, one who enters late, shots that dissolve into each other, a long set.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from backline.phantom.capture import room
from backline.pipeline import Analysis, analyze
from tests.rendered import RATE_HZ, body, scene, squat, squat_analysis, write

Pictures = np.ndarray
STANDS = 12
"""Frames of standing before the squat begins."""


def told_of(pictures: Pictures, folder: Path) -> Analysis:
    times = np.arange(len(pictures)) / RATE_HZ
    return analyze(write(folder / "made.mp4", pictures, times), stickers="none")


def alike(found: Analysis, bottoms_s: list[float]) -> None:
    """The same squat as without it: side, reps, grade, and the size within its deviation."""
    plain = squat_analysis()
    [alone] = plain.reps
    assert (found.lift, found.view.side) == (plain.lift, plain.view.side)
    assert [rep.bottom_s for rep in found.reps] == pytest.approx(bottoms_s, abs=0.25)
    for rep in found.reps:
        assert rep.grade is not None
        assert alone.grade is not None
        assert rep.grade.shape == alone.grade.shape
        size, wanted = (r.metrics["lumbar_flexion_bottom_deg"] for r in (rep, alone))
        assert size == pytest.approx(wanted, abs=4.0)


def test_a_mirror_beside_the_lifter_is_no_second_one(tmp_path: Path) -> None:
    """It shows the room flipped, a little darker, and smaller: the light's way is longer."""
    pictures = []
    for picture in squat().pictures:
        image = cv2.resize(picture[:, ::-1], None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
        glass = np.full((picture.shape[0], 200, 3), 150, np.uint8)
        glass[-image.shape[0] :] = (image[:, 8:208] * 0.75).astype(np.uint8)
        pictures.append(np.concatenate([picture, glass], axis=1))
    found = told_of(np.array(pictures), tmp_path)
    assert "second_lifter" not in {reason.code for reason in found.quality.reasons}
    alike(found, [rep.bottom_s for rep in squat_analysis().reps])


def test_a_lifter_who_enters_late_is_measured_once_they_stand(tmp_path: Path) -> None:
    """For three seconds the room is empty; they come in for two, sliding from the left."""
    pictures = squat().pictures
    empty = empty_room()
    shown = np.abs(pictures[0].astype(int) - empty).max(axis=2) > 14
    shown = cv2.morphologyEx(shown.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9)))
    coming = []
    for shift in np.linspace(-330.0, 0.0, 20):
        move = np.array([[1.0, 0.0, shift], [0.0, 1.0, 0.0]])
        size = empty.shape[1::-1]
        there = cv2.warpAffine(shown, move, size)[..., None] > 0
        coming.append(np.where(there, cv2.warpAffine(pictures[0], move, size), empty))
    before = np.concatenate([np.repeat(empty[None], 30, axis=0), np.array(coming)])
    found = told_of(np.concatenate([before, pictures]), tmp_path)
    alike(found, [rep.bottom_s + len(before) / RATE_HZ for rep in squat_analysis().reps])
    assert found.posture.reference.kind == "quiet_standing"
    assert found.posture.reference.start_s >= len(before) / RATE_HZ - 0.5


def empty_room() -> np.ndarray:
    """The squat's room without anybody in it, as `backline.phantom.clip.shoot` draws it."""
    made = scene()
    camera, stature = made.camera, float(np.ptp(body().rest_vertices[:, 2]))
    floor = float(camera.project(np.array([0.0, 0.6, 0.0]), stature)[1]) - 0.04 * camera.height_px
    return room(camera.width_px, camera.height_px, floor, np.random.default_rng([made.seed, 5]))


def test_of_two_shots_that_dissolve_into_each_other_one_is_measured(tmp_path: Path) -> None:
    pictures, lasts = squat().pictures, 6
    other = 255 - pictures[:, 24:468, 20:-20][:, :, ::-1, ::-1]
    other = np.array([cv2.resize(one, pictures.shape[2:0:-1]) for one in other])
    share = np.linspace(0.0, 1.0, lasts + 2)[1:-1, None, None, None]
    mixed = (pictures[-lasts:] * (1.0 - share) + other[:lasts] * share).astype(np.uint8)
    found = told_of(np.concatenate([pictures[:-lasts], mixed, other[lasts:]]), tmp_path)
    alike(found, [rep.bottom_s for rep in squat_analysis().reps])
    text = {reason.code: reason.text for reason in found.quality.reasons}["other_shot"]
    assert "joined from 2 shots" in text
    assert found.posture.reason[-1] == "other_shot"


@pytest.mark.real
def test_a_set_of_fifteen_reps_has_fifteen(tmp_path: Path) -> None:
    pictures = squat().pictures
    rep = pictures[STANDS:-2]
    found = told_of(np.concatenate([pictures, *[rep] * 14]), tmp_path)
    first = squat_analysis().reps[0].bottom_s
    later = len(pictures) / RATE_HZ + first - STANDS / RATE_HZ + np.arange(14) * len(rep) / RATE_HZ
    alike(found, [first, *later])
