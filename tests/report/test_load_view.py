"""The report's part on load: what it says with a load, without one, and of hostile words."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import numpy as np
import pytest

from backline.findings.top_bottom import top_against_bottom
from backline.loads import load_series
from backline.loads.glutes import glute_series
from backline.loads.load_summary import summarise_glutes, summarise_load
from backline.pipeline import Analysis
from backline.report.findings_view import cards
from backline.report.load_view import glute_view, load_view
from backline.report.page import page
from backline.reps import find_reps
from backline.texts import say
from tests.simulated import BACK_SQUAT, Bump, Plan, bottom_times, simulate, squat_keys

KEYS = squat_keys(2)
TOPS = [bottom + 1.9 for bottom in bottom_times(KEYS)]
POSTURE = simulate(Plan(BACK_SQUAT, KEYS, bumps=tuple(Bump(t, 12) for t in TOPS)))


def with_load(example: Analysis, load_kg: float | None) -> Analysis:
    """Return the example with a simulated lifter's angles and load."""
    reps = find_reps(POSTURE, "squat")
    loads = load_series(
        POSTURE, load_kg=load_kg, body_mass_kg=80, height_cm=178, lift="squat", reps=reps
    )
    glutes = glute_series(POSTURE, 178)
    ends = top_against_bottom(POSTURE, reps, loads)
    assert ends is not None
    summary = {
        "load_notes": list(loads.notes),
        "load": summarise_load(POSTURE, reps, loads),
        "glutes": summarise_glutes(POSTURE, reps, glutes, loads),
        "top_against_bottom": ends.to_dict(),
    }
    bare = replace(
        example.source, kind="mocap", width_px=0, height_px=0
    )  # the figure is drawn from the angles
    return replace(
        example, source=bare, evidence=None, posture=POSTURE, reps=reps, findings=(),
        summary=summary, loads=loads, glutes=glutes,
    )  # fmt: skip


@pytest.fixture(scope="module")
def loaded(example: Analysis) -> Analysis:
    return with_load(example, 100.0)


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_one_figure_of_load_stands_at_each_end_on_one_scale(loaded: Analysis) -> None:
    bands = load_view(loaded)["bands"]
    assert [bar["place"] for bar in bands["bars"]] == ["Bottom", "Top"]
    for bar in bands["bars"]:
        assert 0 <= bar["left"] <= bar["centre"] <= bar["left"] + bar["width"] <= 100.1
        low, high = (float(v) for v in re.findall(r"\(([\d.]+) to ([\d.]+)\)", bar["text"])[0])
        assert bar["left"] == pytest.approx(100 * low / bands["most"], abs=3)
        assert bar["left"] + bar["width"] == pytest.approx(100 * high / bands["most"], abs=3)


def test_the_table_says_what_the_summary_holds(loaded: Analysis) -> None:
    rows, more = dict(load_view(loaded)["rows"]), dict(load_view(loaded)["rows_more"])
    bottom = loaded.summary["top_against_bottom"]["bottom"]
    assert rows["Moment about L5/S1"][0] == f"about {round(bottom['l5s1_moment_nm'], -1):.0f} N m"
    assert not any("muscle" in name for name in rows), "the second model stands behind a fold"
    centre = bottom["muscles_compression_n"] / 1000
    assert more["Compression, muscle by muscle"][0].startswith(f"{centre:.1f} kN (")
    shear = [round(bottom[f"l5s1_shear_{end}_n"] / 1000, 1) for end in ("low", "high")]
    told = more["Shear, one muscle"][0].replace("\u2212", "-").removesuffix(" kN").split(" to ")
    assert [float(end) for end in told] == shear


def test_errors_lie_around_the_peak_s_own_numbers(loaded: Analysis) -> None:
    load = loaded.summary["load"]
    for interval in load["sensitivity"].values():
        for name in ("moment_nm", "compression_n"):
            low, high = interval[name]
            assert low <= load["peak"][f"l5s1_{name}"] + 1e-6
            assert high >= load["peak"][f"l5s1_{name}"] - 1e-6
    assert set(load["sensitivity"]) == {
        "trunk_lean", "lumbar_flexion", "load", "body_mass", "bar_place"
    }  # fmt: skip


def test_the_page_shows_load_glutes_exposure_and_both_sides(loaded: Analysis) -> None:
    text = words(page(loaded))
    for said in (
        "The load on the low back", "Bottom against top", "muscle by muscle",
        "What small errors would do", "For the top", "For the bottom", "measured here", "unknown",
        "What the glutes did at the top", "No video can tell", "How flexed the low back was",
    ):  # fmt: skip
        assert said in text, said
    assert "without moving the thighs" in text


def test_without_a_load_the_page_says_how_to_get_it_and_still_shows_the_glutes(
    example: Analysis,
) -> None:
    analysis = with_load(example, None)
    view, text = load_view(analysis), words(page(analysis))
    assert not view["given"]
    assert view["bands"]["bars"] == []
    assert view["errors"] == []
    assert say("load_note.how_to_get") in text
    assert "What the glutes did at the top" in text
    assert ">Compression" not in page(analysis)
    assert "Two models" not in text


def test_more_curves_are_offered_where_they_exist(loaded: Analysis, example: Analysis) -> None:
    assert 'data-lane="load"' in page(loaded)
    assert 'data-lane="glute"' in page(loaded)
    without = page(with_load(example, None))
    assert 'data-lane="load"' not in without
    unknown = np.full(len(example.posture), np.nan)
    sensors = replace(example, posture=replace(example.posture, knee_flexion_deg=unknown))
    assert 'data-lane="knee"' not in page(sensors)
    assert 'data-lane="hip"' in page(sensors)


def need(**changed: Any) -> dict[str, Any]:
    told = {
        "rep": 1, "raising": 0.33, "beyond": 0.05, "pelvis_back_deg": 10.0,
        "pelvis_back_sd_deg": 2.0, "moment_nm": 30.0, "needed_low": 0.03, "needed_high": 0.06,
    }  # fmt: skip
    return told | changed


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "10 ± 2° without moving the thighs. To stand there under this bar the hips needed "
             "30 N m, 3 to 6 % of the glutes' strength in the model."),
        ({"moment_nm": -40.0, "needed_low": 0.0, "needed_high": 0.0}, "lay behind the hips"),
        ({"pelvis_back_deg": 1.0}, "the pelvis stayed where it was: "),
        ({"pelvis_back_deg": 1.0, "pelvis_back_sd_deg": 5.0},
         "stayed where it was, as far as this recording can tell (1 ± 5°): "),
        ({"pelvis_back_sd_deg": 9.0}, "cannot distinguish that from none"),
        ({"moment_nm": None, "needed_low": None, "needed_high": None}, "moving the thighs."),
    ],
)  # fmt: skip
def test_the_glutes_sentence_says_only_what_is_known(changed: dict[str, Any], said: str) -> None:
    assert said in glute_view({"lockouts": [need(**changed)]})["sentence"]


@pytest.mark.parametrize(
    ("back", "sd", "said"),
    [
        (6.0, 5.0, "about 6°, uncertain"),  # 1.28 standard deviations reach past zero
        (10.0, 2.0, "10 ± 2°"),
        (-1.4, 2.0, "about \u22121°, uncertain"),
        (-0.2, 2.0, "about 0°, uncertain"),
        (6.0, float("nan"), "6 ± 1°"),
    ],
)
def test_the_glutes_card_says_in_words_where_the_pelvis_may_not_have_turned(
    back: float, sd: float, said: str
) -> None:
    lockouts = [need(pelvis_back_deg=back, pelvis_back_sd_deg=sd)]
    (row,) = glute_view({"lockouts": lockouts})["rows"]
    assert row["back"] == said


def test_a_size_is_not_broken_over_two_lines(example: Analysis) -> None:
    summary = {
        "headline": "It rounded, 15 ± 7 degrees.",
        "load_notes": [say("load_note.how_to_get")],
    }
    html = page(replace(with_load(example, None), summary=summary))
    assert "15\u00a0±\u00a07 degrees" in html


def test_an_empty_summary_gives_an_empty_part(example: Analysis) -> None:
    view = load_view(replace(example, summary={}))
    assert (view["rows"], view["evidence"], view["glutes"]["rows"]) == ([], [], [])


def test_a_card_opens_to_the_causes_and_their_evidence(example: Analysis) -> None:
    cause = {
        "probabilities": {"glute_tuck": 0.7, "unclear": 0.29, "set_up": 0.01},
        "evidence": [{"cause": "glute_tuck", "text": "the thigh <b>stood</b>", "support": 0.9}],
    }
    causes = [cause] + [{}] * (len(example.findings) - 1)
    analysis = replace(example, summary={**example.summary, "mechanisms": causes})
    first, *others = cards(analysis, {})
    assert first.why == [("Glute tuck", "70 %", "the thigh <b>stood</b>"), ("Unclear", "29 %", "")]
    assert all(card.why == [] for card in others)
    html = page(replace(analysis, source=replace(analysis.source, kind="mocap"), evidence=None))
    assert "the thigh &lt;b&gt;stood&lt;/b&gt;" in html
    assert np.all([finding.name[1:] in html for finding in example.findings])
