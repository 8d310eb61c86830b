"""analysis.json and the series table, against the contract."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import jsonschema
import numpy as np
import pytest
from example_analysis import HIDDEN_S, make_reps, refused, without_picture

from backline import __version__
from backline.model.posture import Reference, Standing
from backline.report.document import (
    GLUTE_COLUMNS,
    LOAD_COLUMNS,
    schema,
    series,
    to_dict,
    to_json,
    to_plain,
)
from backline.reps import Grade

CONTRACT_COLUMNS = [
    "frame",
    "time_s",
    "rep",
    "phase",
    "measurable",
    "lumbar_flexion_deg",
    "lumbar_flexion_sd_deg",
    "pelvic_tilt_deg",
    "pelvic_tilt_sd_deg",
    "trunk_lean_deg",
    "lumbar_curve_deg",
    "hip_flexion_deg",
    "knee_flexion_deg",
    "ankle_dorsiflexion_deg",
]
CONTRACT_KEYS = [
    "schema",
    "backline_version",
    "source",
    "engine",
    "settings",
    "view",
    "quality",
    "standing",
    "reference",
    "reps",
    "findings",
    "summary",
]
FINDING_KEYS = [
    "kind",
    "where",
    "name",
    "rep",
    "start_s",
    "peak_s",
    "end_s",
    "size_deg",
    "sd_deg",
    "probability",
    "curve",
    "pelvis_share",
    "mechanism",
    "load",
    "explanation",
    "cues",
]


def test_the_document_has_the_keys_of_the_contract_in_their_order(example):
    document = to_dict(example)
    assert list(document) == CONTRACT_KEYS
    assert document["schema"] == "backline.analysis/1"
    assert document["backline_version"] == __version__
    assert list(document["findings"][0]) == [*FINDING_KEYS, "probability_of"]
    assert list(document["reps"][0]) == [
        "index",
        "start_s",
        "bottom_s",
        "end_s",
        "phases",
        "metrics",
    ]


def test_the_document_holds_what_was_found(example):
    document = to_dict(example)
    assert [one["name"] for one in document["findings"]] == ["butt wink", "opposite butt wink"]
    assert document["findings"][0]["pelvis_share"] == 0.42
    assert document["reps"][1]["phases"]["bottom"] == list(make_reps()[1].phases["bottom"])
    assert document["quality"]["reasons"][0]["code"] == "back_hidden"
    assert document["summary"]["lift"] == "squat"


def test_nan_becomes_null_and_the_text_is_strict_json(example):
    document = json.loads(to_json(example), parse_constant=lambda name: pytest.fail(name))
    assert document["findings"][1]["pelvis_share"] is None
    assert document == to_dict(example)
    assert to_dict(without_picture(example))["view"] == {"side": None, "yaw_deg": None}


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.float32(1.5), 1.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (float("inf"), None),
        (np.array([1.0, np.nan]), [1.0, None]),
        ({"a": (1, None)}, {"a": [1, None]}),
    ],
)
def test_numpy_values_become_plain_ones(value, plain):
    found = to_plain(value)
    assert found == plain
    assert type(found) is type(plain)


def test_a_value_without_a_plain_form_is_an_error():
    with pytest.raises(TypeError, match="cannot hold a set"):
        to_plain({"a": {1}})


def test_the_schema_is_itself_valid_and_takes_every_kind_of_result(example):
    jsonschema.Draft202012Validator.check_schema(schema())
    for one in (example, without_picture(example), refused(example)):
        jsonschema.validate(to_dict(one), schema())


GRADE = Grade("reversed", 0.93, 0.31, bulge=0.05, rounded=0.93, straight=0.99)


def graded(example, grade: Grade = GRADE):
    reference = Reference("lockouts", ((2.0, 2.4), (5.6, 6.0)), 4.1, 1.3, "From the lockouts.")
    standing = Standing(float("nan"), float("nan"), "none")
    reps = tuple(replace(rep, grade=grade) for rep in example.reps)
    posture = replace(example.posture, reference=reference, standing=standing)
    return replace(example, posture=posture, reps=reps)


def test_reference_and_grade_are_written_and_valid(example):
    document = to_dict(graded(example))
    jsonschema.validate(document, schema())
    assert document["reference"] == {
        "kind": "lockouts", "start_s": 2.0, "end_s": 6.0, "sd_deg": 4.1, "noise_deg": 1.3,
        "text": "From the lockouts.",
    }  # fmt: skip
    assert document["standing"] == {"start_s": None, "end_s": None, "method": "none"}
    grade = {"shape": "reversed", "probability": 0.93, "rhythm": 0.31}
    assert [rep["grade"] for rep in document["reps"]] == [grade] * 3


def test_what_cannot_be_determined_is_null_and_valid(example):
    nothing = Grade("unknown", float("nan"), float("nan"))
    document = to_dict(graded(example, nothing))
    jsonschema.validate(document, schema())
    assert document["reps"][2]["grade"] == {"shape": "unknown", "probability": None, "rhythm": None}


def test_a_document_from_before_reference_and_grade_is_still_valid(example):
    document = to_dict(graded(example))
    del document["reference"]
    for rep in document["reps"]:
        del rep["grade"]
    jsonschema.validate(document, schema())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("reference.kind", "lockout"),
        ("reference.sd_deg", -1.0),
        ("reps.0.grade.shape", "rounded"),
        ("reps.0.grade.probability", 1.2),
        ("reps.0.grade.bulge", 0.04),
    ],
)
def test_the_schema_rejects_a_wrong_reference_or_grade(example, path, value):
    document = copy.deepcopy(to_dict(graded(example)))
    _set(document, path, value)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema())


def _set(document: dict[str, Any], path: str, value: Any) -> None:
    *parts, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    inner: Any = document
    for part in parts:
        inner = inner[part]
    if value is KeyError:
        del inner[last]
    else:
        inner[last] = value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schema", "backline.analysis/2"),  # another version
        *[(key, KeyError) for key in CONTRACT_KEYS if key != "reference"],  # a missing part
        *[(f"findings.0.{key}", KeyError) for key in FINDING_KEYS],
        ("findings.0.kind", "wink"),  # not a kind
        ("findings.0.where", "top"),  # not a phase
        ("findings.0.size_deg", -3.0),  # sizes are positive
        ("findings.0.size_deg", None),  # and always there
        ("findings.0.probability", 1.2),
        ("findings.0.cues", "one"),  # a list of ids
        ("findings.0.colour", "red"),  # not in the contract
        ("reps.0.index", 0),  # reps count from 1
        ("reps.0.phases.top", [0, 1]),  # not a phase
        ("reps.0.phases.bottom", [1.0]),  # a start and an end
        ("reps.0.start_s", "0"),  # a number
        ("view.side", "front"),
        ("quality.verdict", "good"),
        ("quality.measurable_fraction", 1.5),
        ("quality.reasons.0.text", ""),  # a sentence
        ("standing.method", "guessed"),
        ("source.width_px", 10.5),
        ("source.sha256", "xyz"),
        ("engine.model_sha256", KeyError),
        ("extra", 1),
    ],
)
def test_the_schema_rejects_a_document_with_one_fault(example, path, value):
    document = copy.deepcopy(to_dict(example))
    _set(document, path, value)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema())


def test_the_series_has_the_columns_of_the_contract_in_their_order(example):
    table = series(example)
    assert list(table.columns) == CONTRACT_COLUMNS
    assert len(table) == len(example.posture)
    assert table["frame"].tolist() == list(range(len(table)))


def test_a_frame_that_cannot_be_measured_has_empty_cells_and_nothing_else(example):
    table = series(example)
    hidden = table["time_s"].between(HIDDEN_S[0], HIDDEN_S[1], inclusive="left")
    angles = table[CONTRACT_COLUMNS[5:]]
    assert hidden.sum() == 14
    assert table["measurable"].tolist() == (~hidden).astype(int).tolist()
    assert angles[hidden].isna().all().all()
    assert angles[~hidden].notna().all().all()


def test_load_columns_come_all_together_and_only_with_a_load(example):
    n = len(example.posture)
    table = series(example, {"l5s1_moment_nm": np.full(n, 200.0), "glute_action": np.ones(n)})
    assert list(table.columns) == [*CONTRACT_COLUMNS, *LOAD_COLUMNS, GLUTE_COLUMNS[1]]
    assert table["l5s1_shear_low_n"].isna().all()
    assert table["l5s1_moment_nm"].isna().sum() == 14


@pytest.mark.parametrize("extra", [{"weight": np.zeros(3)}, {"glute_length": np.zeros(3)}])
def test_an_unknown_or_short_extra_column_is_an_error(example, extra):
    with pytest.raises(ValueError, match="expected"):
        series(example, extra)


def test_before_the_first_rep_the_table_says_standing(example):
    table = series(example)
    own = example.posture.standing
    before = table[(table["time_s"] >= own.start_s) & (table["time_s"] <= own.end_s)]
    before = before[before["rep"] == 0]
    assert len(before) > 5
    assert set(before["phase"]) == {"standing"}


def test_a_result_without_reps_or_frames_still_gives_document_and_table(example):
    empty = replace(example, reps=(), findings=(), posture=example.posture.between(99, 100))
    assert len(series(empty)) == 0
    jsonschema.validate(to_dict(empty), schema())
