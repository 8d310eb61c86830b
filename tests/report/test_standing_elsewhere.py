"""The standing reference of another recording: no frame of this one is taken for it."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from html import unescape

import numpy as np
import pytest
from example_analysis import without_picture
from jsonschema import Draft202012Validator

from backline.model.posture import ELSEWHERE, Standing, reference_from
from backline.report.document import schema, to_json
from backline.report.lines import scene
from backline.report.page import page
from backline.report.pagedata import page_data
from backline.report.quality_view import quality_view
from backline.report.stills import pair, standing_index, wanted_frames


@pytest.fixture(scope="module")
def away(example):
    """The example, measured from a standing that another clip showed."""
    posture = replace(example.posture, standing=ELSEWHERE, reference=reference_from(ELSEWHERE))
    return replace(example, posture=posture)


def shape_of(data, name):
    packed = np.frombuffer(base64.b64decode(data["lines"][name]), "<i2").astype(float)
    packed[packed == -32768] = np.nan
    return packed.reshape(-1, data["lines"]["shape_points"], 2) / data["lines"]["units"]["shape"]


def test_only_a_given_standing_without_times_is_elsewhere():
    assert ELSEWHERE.elsewhere
    assert not Standing(0.5, 2.5, "given").elsewhere
    assert not Standing(float("nan"), float("nan"), "none").elsewhere


def test_the_document_has_no_times_of_it_and_keeps_to_the_schema(away):
    document = json.loads(to_json(away))
    assert document["standing"] == {"start_s": None, "end_s": None, "method": "given"}
    Draft202012Validator(schema()).validate(document)


def test_no_frame_is_shown_as_own_standing(away):
    assert standing_index(away) is None
    frames = {index: np.zeros((240, 160, 3), np.uint8) for index in wanted_frames(away)}
    (still,) = pair(away, frames)
    assert still.name.startswith("Butt wink")


def test_nothing_of_own_standing_is_laid_over_the_picture(example, away):
    assert np.isfinite(scene(example).ghost).any()
    assert not np.isfinite(scene(away).ghost).any()
    data = page_data(away, (160, 240))
    assert data["standing"] is None
    assert np.isnan(shape_of(data, "own")).all()


def test_the_page_says_where_it_came_from_and_offers_no_layer_of_it(example, away):
    text = unescape(page(away))
    assert "<dd>Another recording</dd>" in text
    assert 'class="key-standing"' not in text
    assert "nan" not in text.split("</style>")[1].split("<script")[0].lower()
    # with the drawn lifter it is the angles' zero, which is known
    for result, offered in ((away, False), (example, True), (without_picture(away), True)):
        size = None if result.source.kind == "mocap" else (160, 240)
        for part in ('data-layer="ghost"', 'data-reference="'):  # the layer, and its name's source
            assert (part in page(result)) is (offered or size is not None), result
    assert "The standing reference was taken from another recording." in quality_view(away).lines


def test_the_drawn_lifters_own_shape_is_that_of_no_change(example, away):
    drawn = page_data(without_picture(away), None)
    (own,) = shape_of(drawn, "own")
    assert np.hypot(*own[0]) == pytest.approx(1.0, abs=1e-3)  # T12 to S1 is the unit
    assert own[-1] == pytest.approx([0.0, 0.0], abs=1e-3)
    still = int(np.argmin(np.abs(example.posture.lumbar_flexion_deg)))
    assert abs(example.posture.lumbar_flexion_deg[still]) < 0.1
    assert np.abs(shape_of(drawn, "shapes")[still] - own).max() < 0.005
