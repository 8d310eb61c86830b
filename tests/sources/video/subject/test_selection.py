"""The subject is picked among passers-by, mirror images and other lifters (constructed tracks)."""

from __future__ import annotations

import numpy as np
import pytest

from backline.errors import UsageError
from backline.sources.video.subject.person_detection import PersonDetection
from backline.sources.video.subject.selection import choose_subject, link, sample_times, subject_of

TIMES = np.linspace(0.0, 22.0, 12)
SQUAT = np.array([0, 0, 0.8, 0.1, 0.9, 0, 0.5, 0.85, 0, 0.1, 0.7, 0])  # hip drop, trunk lengths


def detection(t, x, y, trunk, *, complete=1.0, side_on=0.95) -> PersonDetection:
    box = (x - 0.4 * trunk, y - 1.6 * trunk, x + 0.5 * trunk, y + 1.9 * trunk)
    return PersonDetection(float(t), (float(x), float(y)), float(trunk), box, complete, side_on)


def lifter(x=300.0, trunk=150.0, base=600.0, drops=SQUAT, **more) -> list[PersonDetection]:
    return [
        detection(t, x, base + d * trunk, trunk, **more) for t, d in zip(TIMES, drops, strict=True)
    ]


def by_frame(*tracks) -> list[list[PersonDetection]]:
    return [[s for track in tracks for s in track if s.time_s == t] for t in TIMES]


def test_one_lifter_alone() -> None:
    subject = subject_of(by_frame(lifter()), 720, 1280)
    assert subject.others == 0
    assert subject.trunk_px == 150.0
    assert len(subject.detections) == 12
    x0, y0, x1, y1 = subject.region
    assert x0 < 300 - 150 < 300 + 150 < x1  # room for hips and knees to go out sideways
    assert y0 < 600 - 1.7 * 150 < 600 + 1.9 * 150 < y1


def test_a_passer_by_close_to_the_camera_loses() -> None:
    walker = [detection(t, 60 + 200 * i, 620, 210) for i, t in enumerate(TIMES[3:6])]
    subject = subject_of(by_frame(walker, lifter()), 720, 1280)
    assert subject.hip[0] == 300.0
    assert subject.others >= 1


def test_a_mirror_image_with_the_same_motion_loses_to_the_larger() -> None:
    mirrored = lifter(x=520.0, trunk=120.0, base=560.0)
    subject = subject_of(by_frame(mirrored, lifter()), 720, 1280)
    assert subject.trunk_px == 150.0


def test_a_mirror_image_that_is_seen_better_still_loses() -> None:
    mirrored = lifter(x=520.0, trunk=140.0, base=560.0)
    subject = subject_of(by_frame(mirrored, lifter(complete=0.6)), 720, 1280)
    assert subject.trunk_px == 150.0


def test_somebody_who_stands_and_watches_loses_even_when_as_large() -> None:
    watcher = lifter(x=600.0, trunk=155.0, drops=np.zeros(12))
    subject = subject_of(by_frame(watcher, lifter()), 720, 1280)
    assert subject.hip[0] == 300.0


def test_another_lifter_far_behind_loses() -> None:
    other = lifter(x=600.0, trunk=60.0, base=500.0, drops=SQUAT[::-1])
    assert subject_of(by_frame(other, lifter()), 720, 1280).trunk_px == 150.0


def test_a_lifter_who_leaves_after_the_set_is_still_the_athlete() -> None:
    seen = lifter()[:8]
    subject = subject_of(by_frame(seen), 720, 1280)
    assert len(subject.detections) == 8


def test_a_lifter_who_walks_out_of_the_rack_is_one_person() -> None:
    walk_out = [
        detection(t, 250 + 40 * min(i, 3), 600 + d * 150, 150)
        for i, (t, d) in enumerate(zip(TIMES, SQUAT, strict=True))
    ]
    subject = subject_of(by_frame(walk_out), 720, 1280)
    assert (len(subject.detections), subject.others) == (12, 0)


def test_links_keep_two_people_apart_whatever_their_order_in_the_frame() -> None:
    frames = by_frame(lifter(), lifter(x=600.0, trunk=100.0))
    frames = [people[::-1] if i % 2 else people for i, people in enumerate(frames)]
    tracks = link(frames)
    assert sorted({s.trunk_px for s in track}.pop() for track in tracks) == [100.0, 150.0]


def test_nobody_anywhere_is_no_athlete() -> None:
    assert subject_of([[], [], []], 720, 1280) is None
    assert choose_subject([]) is None


def test_sample_times_lie_inside_the_clip_in_order_and_meet_a_steady_rhythm_unevenly() -> None:
    times = np.array(sample_times(24.0))
    assert np.all(np.diff(times) > 0)
    assert 0.0 < times[0] < times[-1] < 24.0
    # reps of exactly two sample distances: phases must spread, not repeat
    assert np.std(np.mod(times, 4.0)) == pytest.approx(4.0 / np.sqrt(12), rel=0.35)


# --- somebody else who lifts, too ---------------------------------------------------------------


def rivals_beside(*others: list[PersonDetection]) -> int:
    return subject_of(by_frame(lifter(), *others), 720, 1280).rivals


def test_somebody_of_the_same_size_who_lifts_beside_is_a_rival() -> None:
    assert rivals_beside(lifter(x=620.0, trunk=140.0, drops=SQUAT[::-1])) == 1


def test_two_lifters_beside_are_two_rivals() -> None:
    left = lifter(x=60.0, trunk=140.0, drops=SQUAT[::-1])
    assert rivals_beside(left, lifter(x=650.0, trunk=140.0, drops=np.roll(SQUAT, 3))) == 2


@pytest.mark.parametrize(
    "other",
    [
        lifter(x=620.0, trunk=150.0, drops=np.zeros(12)),  # stands and watches
        lifter(x=620.0, trunk=100.0, drops=SQUAT[::-1]),  # far behind
        lifter(x=620.0, trunk=100.0),  # a mirror image
        lifter(x=620.0, trunk=145.0, drops=SQUAT[::-1])[2:5],  # passes by
    ],
    ids=["watches", "far behind", "mirrored", "passes by"],
)
def test_others_are_no_rivals(other: list[PersonDetection]) -> None:
    assert rivals_beside(other) == 0


def test_whoever_is_pointed_at_is_the_athlete() -> None:
    watcher = lifter(x=600.0, trunk=155.0, drops=np.zeros(12))
    both = by_frame(watcher, lifter())
    assert subject_of(both, 720, 1280).hip[0] == 300.0
    pointed = (float(TIMES[4]), 590.0 / 720, 640.0 / 1280)
    assert subject_of(both, 720, 1280, pointed).hip[0] == 600.0


def test_pointing_at_nobody_says_what_to_do() -> None:
    with pytest.raises(UsageError, match="point at the lifter's trunk"):
        subject_of(by_frame(lifter()), 720, 1280, (3.0, 0.99, 0.01))
