"""The report says what its numbers are measured from, and claims no standing that was not there."""

from __future__ import annotations

from dataclasses import replace
from html import unescape

import numpy as np
import pytest

from backline.model.posture import Reference, ReferenceKind, Standing
from backline.pipeline import Analysis
from backline.report.page import page
from backline.report.quality_view import quality_view
from backline.report.stills import pair, standing_index, wanted_frames

NO_STANDING = Standing(float("nan"), float("nan"), "none")
TOPS = ((3.7, 3.9), (7.3, 7.5))
OTHERS: dict[ReferenceKind, tuple[Reference, str, str]] = {
    "lockouts": (
        Reference("lockouts", TOPS, 4.2, 1.0), "Top of your reps", "2 of the set"
    ),
    "none": (Reference("none"), "No reference", "Within each rep"),
    "record": (Reference("record", (), 2.0), "Earlier standing", ""),
}  # fmt: skip


def measured_from(example: Analysis, kind: ReferenceKind) -> Analysis:
    posture = replace(example.posture, standing=NO_STANDING, reference=OTHERS[kind][0])
    return replace(example, posture=posture)


@pytest.mark.parametrize("kind", OTHERS)
def test_the_page_names_the_reference_and_claims_no_own_standing(example, kind):
    text = unescape(page(measured_from(example, kind)))
    _, name, value = OTHERS[kind]
    assert f"<dt>{name}</dt>" in text
    assert f"<dd>{value}" in text
    assert "<dt>Standing reference</dt>" not in text
    assert "The standing reference was taken" not in text
    assert "nan" not in text.split("</style>")[1].split("<script")[0].lower()


@pytest.mark.parametrize("kind", OTHERS)
def test_the_quality_section_has_a_sentence_about_it(example, kind):
    lines = " ".join(quality_view(measured_from(example, kind)).lines)
    words = {
        "lockouts": "lockouts. Its zero may be off by 4\u00b0.",
        "none": "most extended moment",
        "record": "earlier standing",
    }
    assert words[kind] in lines


def test_a_picture_of_the_lockouts_is_called_so(example):
    one = measured_from(example, "lockouts")
    index = standing_index(one)
    assert index is not None
    assert 3.7 <= one.posture.time_s[index] <= 7.5
    assert one.posture.reference.frames(one.posture.time_s)[index]
    frames = {at: np.zeros((240, 160, 3), np.uint8) for at in wanted_frames(one)}
    assert pair(one, frames)[0].name == "Top of your reps"


@pytest.mark.parametrize("kind", ["none", "record"])
def test_what_no_frame_shows_has_no_picture(example, kind):
    assert standing_index(measured_from(example, kind)) is None
