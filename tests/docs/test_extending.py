"""The recipes of ``docs/extending.md``, followed: a new part works, or what it lacks is found."""

from __future__ import annotations

import ast
import json
from importlib import resources
from itertools import pairwise, product
from pathlib import Path
from typing import get_args, get_type_hints

import numpy as np
import pytest

from backline.batch.manifest import _CHOICES
from backline.cli.analyze import analyze as analyze_verb
from backline.errors import SourceError
from backline.findings.cues import cues
from backline.findings.finding import Finding, Kind
from backline.findings.sentences import explain, name_of
from backline.model.measurement import EngineInfo, Measured, Quality, SourceInfo, View
from backline.pipeline import analyze
from backline.report.words import filming_advice, reason_words
from backline.reps import Lift, Phase, detect_lift, find_reps
from backline.settings import Settings
from backline.sources import registry
from backline.sources.options import SourceOptions
from backline.sources.readers import READERS, Reader
from backline.web.upload import LIFTS
from tests.report.test_codes import codes_in
from tests.simulated import (
    BACK_SQUAT,
    CONVENTIONAL,
    Bump,
    Plan,
    deadlift_keys,
    simulate,
    squat_keys,
)

MARK = b"MADE ANGLES"
TUCK_DEG = 20.0
WHERE = ("descent", "bottom", "ascent", "lockout")
"""Phases that a finding within a rep can have."""


def read_made(path: Path, options: SourceOptions) -> Measured:
    """Read a file that says how many reps a synthetic squat has, with a tuck at the first top."""
    reps = int(path.read_bytes().removeprefix(MARK))
    keys = squat_keys(reps, top_s=2.5)
    first_top = next(end for (_, d0), (end, d1) in pairwise(keys) if d0 > d1)
    posture = simulate(Plan(BACK_SQUAT, keys, bumps=(Bump(first_top + 1.0, TUCK_DEG, 1.0),)))
    frames, last = len(posture.time_s), float(posture.time_s[-1])
    return Measured(
        posture=posture,
        source=SourceInfo(str(path), "mocap", 0, 0, frames, last, frames / last),
        view=View(None, 0.0),
        quality=Quality("ok", (), 1.0),
        engine=EngineInfo("made", "1", ""),
    )


MADE = Reader(
    "made", "angles made for a test", (".made",), "'MADE ANGLES'",
    lambda head: head.startswith(MARK), "lift.made", "low back, hip, knee and ankle",
    f"{__name__}:read_made", mapped=False,
)  # fmt: skip


def test_a_source_added_to_the_list_is_recognised_measured_and_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "READERS", (*READERS, MADE))
    monkeypatch.setattr(Reader, "load", lambda reader: read_made)
    lift = tmp_path / "lift.bin"  # recognised by its content, not by its ending
    lift.write_bytes(MARK + b"3")
    assert registry.reader_of(lift) is MADE
    analysis = analyze(lift)
    assert (analysis.lift, len(analysis.reps)) == ("squat", 3)
    [finding] = [f for f in analysis.findings if f.name == "opposite butt wink"]
    assert finding.rep == 1
    assert finding.size_deg == pytest.approx(TUCK_DEG, abs=1.0)
    assert MADE.name in [name for name, _, _ in registry.supported()]


def test_a_source_that_is_not_in_the_list_is_refused_with_what_was_expected(tmp_path: Path) -> None:
    lift = tmp_path / "lift.made"
    lift.write_bytes(MARK + b"3")
    with pytest.raises(SourceError, match="of no kind that can be read"):
        registry.reader_of(lift)


def test_every_choice_of_a_lift_is_the_list_of_lifts() -> None:
    lifts = {"auto", *get_args(Lift)}
    offered = get_args(get_type_hints(analyze_verb)["lift"])
    assert set(offered) == set(_CHOICES["lift"]) == set(LIFTS) == lifts


LIFTERS = {
    "squat": Plan(BACK_SQUAT, squat_keys(3)),
    "deadlift": Plan(CONVENTIONAL, deadlift_keys(3)),
}


@pytest.mark.parametrize("lift", get_args(Lift))
def test_a_lift_has_reps_a_published_range_names_and_cues(lift: Lift) -> None:
    posture = simulate(LIFTERS[lift])
    assert detect_lift(posture) == lift
    assert len(find_reps(posture, lift)) == 3
    assert f"{lift}_change_limit_deg" in Settings.model_fields
    for kind, where in product(("rounding", "over_extension"), WHERE):
        assert any(cue.fits(made(kind, where), lift) for cue in cues()), (kind, where)


def made(kind: Kind, where: Phase) -> Finding:
    return Finding(kind, where, "", 1, 1.0, 1.5, 2.0, 9.0, 1.5, 0.99, certain=True, curve="unknown")


@pytest.mark.parametrize(
    ("kind", "where", "lift"), [*product(get_args(Kind), WHERE, get_args(Lift))]
)
def test_a_finding_has_a_name_and_a_sentence(kind: Kind, where: Phase, lift: Lift) -> None:
    assert name_of(kind, where, lift)
    sentence = explain(made(kind, where), lift, reps=4)
    assert sentence.endswith(".")
    assert "9 ± 2" in sentence


def test_every_kind_of_finding_stands_in_the_schema() -> None:
    schema = resources.files("backline.report").joinpath("analysis.schema.json").read_text("utf-8")
    finding = json.loads(schema)["$defs"]["finding"]
    assert set(finding["properties"]["kind"]["enum"]) == set(get_args(Kind))


def test_a_new_kind_of_finding_without_a_name_fails() -> None:
    with pytest.raises(KeyError):
        name_of("side_bend", "bottom", "squat")  # type: ignore[arg-type]


def test_a_new_reason_without_words_is_found() -> None:
    source = 'reason[dark] = "lens_dirty"\nremark = Reason("lens_scratched", "A sentence.")\n'
    codes = set(codes_in(ast.parse(source)))
    assert codes == {"lens_dirty", "lens_scratched"}
    for code in codes:  # what tests/report/test_codes.py refuses
        assert reason_words(code) == code.replace("_", " ")
        assert not filming_advice([code])


def test_a_frame_without_measurement_holds_its_reason_and_no_value() -> None:
    posture = simulate(Plan(BACK_SQUAT, squat_keys(1), hidden=((3.0, 4.0, "back_hidden"),)))
    hidden = posture.reason == "back_hidden"
    assert hidden.any()
    assert not posture.measurable[hidden].any()
    assert np.isnan(posture.lumbar_flexion_deg[hidden]).all()
