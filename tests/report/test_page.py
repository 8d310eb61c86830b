"""The report page as text: what it says, that it is inert, and that it asks for nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_analysis import HIDDEN_S, refused, without_picture

from backline.findings.finding import ProbabilityOf
from backline.model.measurement import Quality, Reason
from backline.report.colour import flexion_colour
from backline.report.filming_guide import advice
from backline.report.findings_view import cards, cue_words, findings_title
from backline.report.first_screen import first_screen
from backline.report.page import page
from backline.report.pagedata import MOST_FRAMES, page_data
from backline.report.quality_view import made_with, quality_view
from backline.report.repmap import rep_map
from backline.report.words import (
    certainty_words,
    clock,
    file_name,
    filming_advice,
    reason_words,
    setting,
)
from backline.reps import Phase

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}"


class Tags(HTMLParser):
    """Collects the tags and their attributes; script and style text counts as text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def html(saved) -> str:
    return saved["report.html"].read_text("utf-8")


def data_of(html: str) -> dict:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_every_finding_is_on_the_page_with_size_place_words_and_cue(html, example):
    text = " ".join(unescape(html).split())
    for finding in example.findings:
        assert finding.explanation in text
        assert f"Rep {finding.rep}, {finding.where}, {clock(finding.peak_s)}" in text
        assert f"{finding.size_deg:.0f}° <small>± 2</small>" in text
    assert "Stop the descent just before your back starts to round." in text
    assert example.summary["headline"] in text
    assert "squeeze the glutes at the top" in text


def test_what_a_card_says_is_not_said_again_at_the_top(example):
    wink = example.findings[0].explanation
    summary = {**example.summary, "sentences": [wink, "The bottom of rep 3 was hidden."]}
    text = unescape(page(without_picture(replace(example, summary=summary))))
    assert text.count(wink) == 1
    assert "The bottom of rep 3 was hidden." in text


def test_the_page_says_once_that_it_is_no_medical_device(html, example):
    assert html.count("not a medical device") == 1
    assert page(refused(example)).count("not a medical device") == 1


def test_the_page_names_version_engine_model_and_filter(html):
    for words in ("mediapipe 0.10.21", "abababababab", "zero-phase Butterworth, 4 Hz"):
        assert words in html


def test_nothing_on_the_page_points_outside(html, example):
    for text in (html, page(without_picture(example)), page(refused(example))):
        assert not re.search(r"(https?:)?//[a-z0-9-]+\.", text)
        for _, attributes in Tags(text).tags:
            for name in ("src", "href", "poster", "srcset", "data", "action"):
                value = attributes.get(name)
                assert value is None or value.startswith("data:")
        assert "@import" not in text
        assert "url(http" not in text


def test_the_content_policy_names_exactly_the_scripts_of_the_page(html):
    policy = next(
        attributes["content"] for tag, attributes in Tags(html).tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )  # fmt: skip
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert len(scripts) == 2
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'unsafe-inline'" not in policy


def hostile(example):
    finding = replace(
        example.findings[0], name=HOSTILE, explanation=HOSTILE, cues=(HOSTILE,), mechanism=HOSTILE
    )
    return replace(
        example,
        source=replace(example.source, path=f"/clips/{HOSTILE.replace('/', '_')}.mp4"),
        findings=(finding,),
        settings={"lifter": HOSTILE, "filter": HOSTILE, "load_kg": 1},
        summary={"headline": HOSTILE, "sentences": [HOSTILE], "cue": HOSTILE},
        quality=Quality("limited", (Reason("odd", HOSTILE),), 0.9),
    )


@pytest.mark.parametrize("shape", [without_picture, refused])
def test_hostile_words_stay_words(example, shape):
    honest, attacked = page(shape(example)), page(shape(hostile(example)))
    found = Tags(attacked)
    scripts = sum(tag == "script" for tag, _ in found.tags)
    assert scripts == sum(tag == "script" for tag, _ in Tags(honest).tags)
    assert not [1 for _, attributes in found.tags if "onerror" in attributes]
    assert "<script>alert" not in attacked
    assert "{{7*7}}" in attacked  # not evaluated
    assert any("alert(1)" in words for words in found.words)


def test_the_data_of_the_page_survives_hostile_words(example):
    data = data_of(page(without_picture(hostile(example))))
    assert data["findings"][0]["name"] == HOSTILE


def test_the_packed_series_are_those_of_the_result(html, example):
    data = data_of(html)
    flexion = np.frombuffer(base64.b64decode(data["series"]["flexion"]), "<f4")
    time_s = np.frombuffer(base64.b64decode(data["time"]), "<f8")
    measured = example.posture.measurable
    assert np.allclose(time_s, example.posture.time_s)
    assert np.isnan(flexion[~measured]).all()
    assert np.allclose(flexion[measured], example.posture.lumbar_flexion_deg[measured])
    (gap,) = data["gaps"]
    assert (gap["first"], gap["last"]) == tuple(np.flatnonzero(~measured)[[0, -1]])


def test_the_packed_back_line_lies_where_it_was_seen(html, example):
    lines = data_of(html)["lines"]
    packed = np.frombuffer(base64.b64decode(lines["back"]), "<i2").astype(float)
    back = packed.reshape(-1, lines["points"], 2) / lines["units"]["pixel"]
    truth = example.evidence.back_line
    assert lines["size"] == [160, 240]
    assert np.allclose(back[0, lines["s1"]], truth[0, example.evidence.s1_index], atol=0.1)
    assert (packed.reshape(back.shape)[~example.posture.measurable] == -32768).all()


def test_a_long_clip_is_thinned_but_keeps_its_length(example):
    repeats = -(-3 * MOST_FRAMES // len(example.posture))
    posture = example.posture
    n = repeats * len(posture)
    many = {
        name: np.tile(getattr(posture, name), repeats)
        for name in posture.__dataclass_fields__
        if isinstance(getattr(posture, name), np.ndarray)
    }
    many["time_s"] = np.arange(n) / 100
    long = replace(without_picture(example), posture=replace(posture, **many))
    data = page_data(long, None)
    time_s = np.frombuffer(base64.b64decode(data["time"]), "<f8")
    assert len(time_s) <= MOST_FRAMES
    assert time_s[-1] > (n - 4) / 100 - 0.01


def test_a_refused_recording_of_markers_is_not_told_how_to_film(example):
    reason = Reason("marker_not_seen", "C7 is not seen.")
    still = refused(without_picture(example))
    text = unescape(page(replace(still, quality=Quality("refused", (reason,), 0.0))))
    assert "How to record it so that it works" in text
    assert "Fill the gaps of the pelvis markers" in text
    assert not any(one.do in text for one in advice())
    silent = page(replace(still, quality=Quality("refused", (), 0.0)))
    assert "so that it works" not in silent


def test_what_a_recording_cannot_tell_is_listed_once(example):
    note = "Without markers on the lumbar spine the lumbar curve is not measured."
    posture = replace(example.posture, notes=(note, example.quality.reasons[0].text))
    view = quality_view(replace(without_picture(example), posture=posture))
    assert view.missing.count(note) == 1
    assert example.quality.reasons[0].text not in view.missing


def test_a_refused_page_says_why_and_how_to_film_and_shows_no_number(example):
    html = page(refused(example))
    text = unescape(html)
    assert "The camera stands about 50° off a side view." in text
    assert "Put the phone exactly to the side" in text
    side, height, *others = advice()
    assert all(one.do in text for one in others)
    assert side.do not in text, "said once already, for this reason"
    assert height.do not in text
    assert "seen from the" not in text, "it is not a side view"
    assert 'id="data"' not in html
    assert "<video" not in html


def test_a_page_without_findings_says_so(example):
    still = without_picture(replace(example, findings=(), summary={}))
    text = unescape(page(still))
    assert "No rounding found" in text
    assert "The low back kept its shape where it could be measured" in text


def test_the_map_has_a_row_for_each_rep_and_rings_the_findings(example):
    found = rep_map(example)
    assert found.phases == ["descent", "bottom", "ascent", "lockout"]
    assert [row.rep for row in found.rows] == [1, 2, 3]
    rings = {
        (row.rep, phase): cell.finding
        for row in found.rows
        for phase, cell in zip(found.phases, row.cells, strict=True)
        if cell.finding is not None
    }
    assert rings == {(2, "bottom"): 0, (3, "lockout"): 1}
    wink = found.rows[1].cells[1]
    assert wink.text == "+10"
    assert wink.label == "Rep 2, bottom: +10 degrees, butt wink"


def test_a_phase_that_was_hidden_is_not_measured_on_the_map_never_zero(example):
    cell = rep_map(example).rows[2].cells[1]
    assert (cell.state, cell.text, cell.why) == ("none", "", "something hides the low back")


def test_the_map_keeps_the_ground_of_the_page_near_zero_and_the_scale_far_from_it(example):
    rows = rep_map(example).rows
    near, wink = rows[0].cells[0], rows[1].cells[1]
    assert (near.fill, near.on) == ("var(--phase-b)", "var(--ink)")
    red, green, blue = flexion_colour(example.posture.lumbar_flexion_deg.max())
    assert wink.fill.startswith(f"color-mix(in srgb, rgb({red} {green} {blue}) 100%")
    assert wink.on == "#000000"


def test_a_phase_that_a_rep_lacks_is_absent_on_the_map(example):
    first, *others = example.reps
    short = replace(first, phases={k: v for k, v in first.phases.items() if k != "lockout"})
    cells = rep_map(replace(example, reps=(short, *others))).rows[0].cells
    assert [cell.state for cell in cells] == ["measured", "measured", "measured", "absent"]


def test_cards_say_how_sure_they_are_and_name_the_load(example):
    wink, tuck = cards(example, {})
    assert wink.sure == (
        "99 % sure that it is there. The low back went flat. "
        "Of the change at the hip, 42 % came from the pelvis, the rest from the thigh. "
        "Likely cause: end range."
    )
    assert tuck.sure == "97 % sure that it is there. The hollow of the low back stayed."
    assert tuck.load == "Load on the low back at that moment: about 2.1 kN (1.9 to 2.5)."
    doubtful = replace(example.findings[0], certain=False)
    (card,) = cards(replace(example, findings=(doubtful,)), {})
    assert card.name.startswith("Possible ")
    assert card.sure.startswith("The low back went flat.")


def test_a_drift_belongs_to_the_whole_set(example):
    drift = replace(example.findings[0], kind="drift", name="drift", rep=0)
    (card,) = cards(replace(example, findings=(drift,)), {})
    assert card.where.startswith("Whole set")


@pytest.mark.parametrize(
    ("count", "title"), [(0, "No rounding found"), (1, "One finding"), (2, "2 findings")]
)
def test_the_title_counts_the_findings(example, count, title):
    assert findings_title(replace(example, findings=example.findings[:count])) == title


def test_where_a_part_was_hidden_no_rounding_is_claimed_of_the_measured_part_only(example):
    hidden = {"not_measured": [{"rep": 1, "phase": "bottom", "reason": "back_hidden"}]}
    title = findings_title(replace(example, findings=(), summary=hidden))
    assert title == "No rounding found where it could be measured"


def test_what_was_not_measured_is_listed_with_its_time_and_reason(example):
    missing = quality_view(example).missing
    start, end = (clock(value) for value in HIDDEN_S)
    assert missing[0] == f"{start} to {end}: something hides the low back."


def test_quality_speaks_in_sentences_of_the_result(example):
    view = quality_view(example)
    assert view.title == "Measurable with limits"
    assert "The plate hides the low back at the bottom of rep 3." in view.lines
    assert (
        "The standing reference was taken from 0.1 s to 0.9 s, before the first rep." in view.lines
    )
    assert (
        "In most frames the low back is read to within ± 1.6° (one standard deviation)."
        in view.lines
    )


def test_the_foot_leaves_out_what_there_is_not(example):
    names = [name for name, _ in made_with(without_picture(example))]
    assert "Clip" not in names
    assert names[:3] == ["Backline", "Engine", "Model"]


@pytest.mark.parametrize(
    ("path", "name"),
    [("/a/b/squat.mp4", "squat.mp4"), ("C:\\lifts\\squat.mp4", "squat.mp4"), ("lifts/", "lifts")],
)
def test_only_the_name_of_a_file_is_shown(path, name):
    assert file_name(path) == name


@pytest.mark.parametrize(
    ("seconds", "words"), [(4.21, "4.2 s"), (59.96, "1:00.0"), (64.23, "1:04.2"), (3600, "60:00.0")]
)
def test_times_are_written_as_people_read_them(seconds, words):
    assert clock(seconds) == words


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("back_hidden", "something hides the low back"),
        ("odd_new_code", "odd new code"),
        ("", "no measurement"),
    ],
)
def test_codes_become_words(code, words):
    assert reason_words(code) == words


def test_advice_comes_once_for_each_reason():
    assert len(filming_advice(["back_hidden", "plate_hides_back", "odd_new_code", "dark"])) == 2


def test_settings_are_found_one_level_down(example):
    nested = replace(example, settings={"options": {"load_kg": 100.0}})
    assert setting(nested, "load_kg") == 100.0
    assert setting(nested, "lifter") is None


def test_cue_ids_become_words():
    assert cue_words("push-floor_away") == ("Push floor away", "")


def test_the_templates_are_package_data():
    import backline.report

    templates = Path(backline.report.__file__).parent / "templates"
    found = {path.name for path in templates.iterdir()}
    assert {"page.html", "page.css", "1_data.js", "7_main.js"} <= found


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ("size", "96 % sure that it is there"),
        ("shape", "96 % sure of the shape, rounded past flat"),
        ("change", "96 % sure that it is beyond the published range"),
    ],
)
def test_a_card_says_what_its_probability_is_about(example, about, words):
    """SecondEstimate 11 ± 9 degrees a bare "100 % sure" would be read as that of the size."""
    finding = replace(example.findings[0], probability=0.96, probability_of=about)
    assert certainty_words(finding) == words


@pytest.mark.parametrize(
    ("certain", "about", "said"),
    [
        (True, "size", "99 % sure that it is there"),
        (True, "shape", "99 % sure that it went past flat"),
        (False, "size", "possible"),
    ],
)
def test_the_first_screen_says_beside_the_size_how_sure_it_is_and_of_what(
    example: Any, certain: bool, about: ProbabilityOf, said: str
) -> None:
    finding = replace(example.findings[0], probability=0.995, certain=certain, where="lockout")
    finding = replace(finding, probability_of=about)
    screen = first_screen(replace(example, findings=(finding,)), [])
    assert screen.where.endswith(f" · {said}")


def test_the_chips_stand_in_the_order_of_the_reps_and_those_of_the_whole_set_last(
    example: Any,
) -> None:
    wink, tuck = example.findings
    drift = replace(wink, kind="drift", rep=0, peak_s=0.5, size_deg=4.0)
    screen = first_screen(replace(example, findings=(drift, tuck, wink)), [])
    assert [index for index, _ in screen.chips] == [2, 1, 0]


@pytest.mark.parametrize(
    ("first", "other", "second"),
    [
        (("stop_above_the_wink",), ("stand_tall",), True),  # two faults, two cues
        (
            ("stop_above_the_wink",),
            ("stop_above_the_wink", "stand_tall"),
            False,
        ),  # one answers both
        (("stop_above_the_wink",), (), False),  # the other one is uncertain
    ],
)
def test_a_second_fault_gets_its_cue_on_the_first_screen(
    example: Any, first: tuple[str, ...], other: tuple[str, ...], second: bool
) -> None:
    wink, tuck = example.findings
    findings = (replace(wink, cues=first), replace(tuck, cues=other))
    screen = first_screen(replace(example, findings=findings), [])
    assert (screen.second is not None) == second
    if screen.second:
        assert screen.second == ("tuck at the top", cue_words("stand_tall")[0])


def test_a_finding_outside_the_reps_neither_opens_the_page_nor_gives_a_cue(example: Any) -> None:
    """A lifter who reaches for the phone after a clean set was the headline and got a cue."""
    wink = example.findings[0]
    outside = replace(wink, rep=0, size_deg=28.0, probability_of="shape")
    possible = replace(wink, certain=False, size_deg=6.0)
    both = first_screen(replace(example, findings=(possible, outside)), [])
    assert both.lead == 0
    alone = first_screen(replace(example, findings=(outside,)), [])
    assert (alone.lead, alone.cue, alone.second) == (0, "", None)


def test_a_chip_says_which_findings_are_only_possible(example: Any) -> None:
    wink, tuck = example.findings
    screen = first_screen(replace(example, findings=(replace(wink, certain=False), tuck)), [])
    names = dict(screen.chips)
    assert "possible butt wink" in names[0]
    assert "possible" not in names[1]


@pytest.mark.parametrize(
    ("size_deg", "bulge", "words"),
    [(4.0, 0.0, "close to the limit"), (21.0, 0.0, "about flat"), (21.0, math.nan, "is hidden")],
)
@pytest.mark.parametrize("where", ["bottom", "ascent"])
def test_an_uncertain_finding_says_why_it_is_uncertain(
    example: Any, size_deg: float, bulge: float, words: str, where: Phase
) -> None:
    """21 ± 5 degrees was called close to the limit, where the outline was what decided."""
    wink = example.findings[0]
    finding = replace(wink, certain=False, size_deg=size_deg, sd_deg=3.0, where=where)
    posture = example.posture
    around = np.abs(posture.time_s - wink.peak_s) < 1.5
    seen = replace(posture, back_bulge=np.where(around, bulge, -0.06))
    screen = first_screen(replace(example, posture=seen, findings=(finding,)), [])
    assert words in screen.trust[0]
    assert screen.unsure


def test_bounds_of_the_result_decide_what_a_doubt_is_of(example: Any) -> None:
    finding = replace(example.findings[0], certain=False, size_deg=8.0, sd_deg=1.0)
    seen = replace(example.posture, back_bulge=np.zeros(len(example.posture)))
    lenient = replace(example, posture=seen, findings=(finding,))
    assert "about flat" in first_screen(lenient, []).trust[0]
    strict = replace(lenient, settings={**example.settings, "report_from_deg": 10.0})
    assert "close to the limit" in first_screen(strict, []).trust[0]


def test_an_arch_is_not_held_against_the_usual_bend(example: Any) -> None:
    arch = replace(example.findings[0], kind="over_extension", where="bottom")
    screen = first_screen(replace(example, findings=(arch,)), [])
    assert screen.usual == ["No published study says what is usual here."]


def test_a_change_beyond_the_published_range_is_said_to_be_that(example: Any) -> None:
    finding = replace(example.findings[0], probability_of="change", probability=0.97)
    screen = first_screen(replace(example, findings=(finding,)), [])
    assert screen.where.endswith("97 % sure that it is beyond the published range")


def test_what_is_only_possible_is_called_so_on_its_card(example: Any) -> None:
    wink, tuck = example.findings
    both = replace(example, findings=(replace(wink, certain=False), tuck))
    assert [card.name.startswith("Possible ") for card in cards(both, {})] == [True, False]


def test_without_a_cue_the_first_screen_says_how_to_film_for_a_clearer_answer(
    example: Any,
) -> None:
    limits = (Reason("reference_lockouts", "No quiet standing."), Reason("unheard_of", "?"))
    quality = replace(example.quality, reasons=limits)
    screen = first_screen(replace(example, quality=quality, findings=()), [])
    assert screen.advice == "Stand still and upright for two seconds before the first rep."
    unlimited = replace(example, quality=replace(example.quality, reasons=()), findings=())
    assert first_screen(unlimited, []).advice == ""
    assert first_screen(replace(example, quality=quality), []).advice == ""


def test_the_range_of_a_size_is_that_of_the_numbers_as_they_are_written(example: Any) -> None:
    """19.4 with 5.7 was written 19 ± 6 and, two lines below it, 14 to 25."""
    finding = replace(example.findings[0], size_deg=19.4, sd_deg=5.7)
    screen = first_screen(replace(example, findings=(finding,)), [])
    assert screen.size == "19 ± 6°"
    assert "between 13° and 25°" in screen.trust[0]


@pytest.mark.parametrize(
    ("bend_deg", "words"),
    [(9.0, "is less than usual"), (18.0, "is usual"), (36.0, "is more than usual")],
)
def test_a_bend_from_standing_is_said_to_be_usual_or_not(
    example: Any, bend_deg: float, words: str
) -> None:
    posture = replace(
        example.posture,
        lumbar_flexion_deg=np.full(len(example.posture), bend_deg),
        reference=replace(example.posture.reference, kind="quiet_standing"),
    )
    finding = replace(example.findings[0], kind="rounding", where="bottom", rep=1)
    sized = {"bottom_size_deg": 12.0, "lumbar_flexion_bottom_deg": bend_deg}
    reps = (replace(example.reps[0], index=1, metrics=sized), *example.reps[1:])
    turned = replace(example, posture=posture, findings=(finding,), reps=reps)
    screen = first_screen(turned, [])
    assert screen.usual[0] == "Measured from its most arched point in the rep."
    assert words in screen.usual[-1]
    reps = (replace(reps[0], metrics={**sized, "bottom_size_deg": bend_deg}), *reps[1:])
    changed = first_screen(replace(turned, reps=reps), [])
    assert changed.usual == ["Measured from standing; usual for trained lifters: 13 to 33°."]
    assert not any("No published study" in line for line in screen.usual)


def test_scales_of_two_clips_end_alike(example: Any) -> None:
    ends = set()
    for size in (12.0, 17.0, 24.0):
        finding = replace(example.findings[0], size_deg=size, sd_deg=5.0, where="bottom")
        scale = first_screen(replace(example, findings=(finding,)), []).scale
        assert scale is not None
        ends.add(scale.end)
    assert ends == {"40°"}


def test_a_tuck_at_the_top_is_said_before_its_nickname(example: Any) -> None:
    finding = replace(
        example.findings[0], kind="rounding", where="lockout", name="opposite butt wink"
    )
    screen = first_screen(replace(example, findings=(finding,)), [])
    assert screen.name == "Tucked at the top (opposite butt wink)"
