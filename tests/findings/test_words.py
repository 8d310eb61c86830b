"""Names, sentences and the summary: plain, with sizes, without verdicts."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from backline.findings import Finding, find_findings, not_measured, summarise
from backline.findings.sentences import amount, explain, name_of, shown_sd
from backline.model.posture import ReferenceKind
from backline.reps import Grade, Phase, Rep, Shape, find_reps
from backline.settings import Settings
from tests.simulated import BACK_SQUAT, Bump, Plan, bottom_times, simulate, squat_keys

BASE = Finding(
    kind="rounding",
    where="lockout",
    name="opposite butt wink",
    rep=3,
    start_s=1.0,
    peak_s=1.5,
    end_s=2.0,
    size_deg=9.2,
    sd_deg=1.8,
    probability=0.99,
    certain=True,
    curve="kept",
)
VERDICTS = ("danger", "unsafe", "injur", "bad", "wrong", "safe", "risk", "should")


@pytest.mark.parametrize(
    ("kind", "where", "lift", "expected"),
    [
        ("rounding", "bottom", "squat", "butt wink"),
        ("rounding", "bottom", "deadlift", "rounding at the bottom"),
        ("rounding", "lockout", "squat", "opposite butt wink"),
        ("rounding", "lockout", "deadlift", "opposite butt wink"),
        ("rounding", "ascent", "squat", "rounding in the ascent"),
        ("rounding", "descent", "deadlift", "rounding in the descent"),
        ("over_extension", "lockout", "squat", "over-arching at the top"),
        ("over_extension", "bottom", "squat", "over-arching at the bottom"),
        ("drift", "lockout", "squat", "drift at the top"),
    ],
)
def test_names_are_those_of_the_contract(kind, where, lift, expected):
    assert name_of(kind, where, lift) == expected


def test_the_sentence_of_a_tuck_at_the_top():
    assert explain(BASE, "squat", pelvis_deg=-8.0) == (
        "Rep 3: at the top your pelvis tucked under and the low back rounded, 9 ± 2 degrees "
        "from your quiet standing."
    )


def test_the_sentence_of_a_wink_says_that_its_start_is_an_estimate():
    """A doubtful start is weighed, so that the drawn curve may climb by more than the size."""
    wink = replace(BASE, where="bottom", name="butt wink")
    assert explain(wink, "squat") == (
        "Rep 3: at the bottom the pelvis turned back under you and the low back rounded, 9 ± 2 "
        "degrees from its most arched point on the way down, as far as that can be told."
    )
    assert "quiet standing" in explain(wink, "deadlift")


def test_the_pelvis_is_not_blamed_where_it_did_not_turn():
    assert "pelvis" not in explain(BASE, "squat", pelvis_deg=1.0)
    assert "pelvis" not in explain(BASE, "squat")


def test_an_uncertain_finding_is_worded_as_uncertain():
    sentence = explain(replace(BASE, size_deg=3.8, certain=False), "squat", -5.0)
    assert "may have" in sentence
    assert "4 ± 2 degrees" in sentence


def test_a_reversed_curve_is_said():
    assert "rounded past flat" in explain(replace(BASE, curve="reversed"), "squat")
    assert "mostly gone" in explain(replace(BASE, curve="flattened"), "squat")


@pytest.mark.parametrize("kind", ["rounding", "over_extension", "drift"])
@pytest.mark.parametrize("where", ["descent", "bottom", "ascent", "lockout"])
@pytest.mark.parametrize("lift", ["squat", "deadlift"])
@pytest.mark.parametrize("certain", [True, False])
def test_every_sentence_is_one_sentence_with_a_size_and_no_verdict(kind, where, lift, certain):
    finding = replace(BASE, kind=kind, where=where, certain=certain)
    sentence = explain(finding, lift, -6.0, reps=5)
    assert sentence.endswith(".")
    assert sentence.count(".") == 1
    assert "9 ± 2 degrees" in sentence
    assert not [word for word in VERDICTS if word in sentence.lower()]


KEYS = squat_keys(3, top_s=1.8)
BOTTOMS = bottom_times(KEYS)


def summary_of(plan: Plan, cue: str | None = None):
    posture = simulate(plan)
    reps = find_reps(posture, "squat")
    found = find_findings(posture, reps, "squat", Settings())
    return summarise(found, reps, not_measured(posture, reps), cue)


def test_the_headline_says_where_how_often_and_how_much():
    bumps = tuple(Bump(b + 2.0, s, 1.0) for b, s in zip(BOTTOMS, (0, 8, 10), strict=True))
    summary = summary_of(Plan(BACK_SQUAT, KEYS, bumps=bumps), "squeeze the glutes")
    assert summary["headline"].startswith("The low back rounded at the top in 2 of 3 reps")
    assert "rep 3" in summary["headline"]
    assert set(summary["where"]) == {"lockout"}
    assert summary["where"]["lockout"] == pytest.approx(10, abs=1.5)
    assert summary["reps"] == 3
    assert summary["cue"] == "squeeze the glutes"
    assert len(summary["sentences"]) == 2
    assert summary["sentences"][0].startswith("Rep 3")
    json.dumps(summary)


def test_a_clean_set_says_so():
    summary = summary_of(Plan(BACK_SQUAT, KEYS))
    assert summary["headline"] == "No rounding was found in 3 reps."
    assert summary["sentences"] == []
    assert summary["where"] == {}


def test_silence_about_what_was_hidden_is_not_sold_as_a_clean_lift():
    hidden = tuple((b - 0.5, b + 0.5, "back_hidden") for b in BOTTOMS)
    summary = summary_of(Plan(BACK_SQUAT, KEYS, hidden=hidden))
    assert summary["headline"] == (
        "No rounding was found in 3 reps, but the low back could not be measured at the bottom."
    )
    assert "The low back could not be measured at the bottom in any rep." in summary["sentences"]
    assert {m["reason"] for m in summary["not_measured"]} == {"back_hidden"}


def test_nothing_measured_is_said():
    summary = summary_of(Plan(BACK_SQUAT, KEYS, hidden=((0.0, 99.0, "back_hidden"),)))
    assert summary["headline"] == "The low back could not be measured in 3 reps."
    assert summary["sentences"] == []  # it is not said again phase by phase
    assert len(summary["not_measured"]) == 12


def test_one_hidden_rep_is_named_by_its_number():
    hidden = ((BOTTOMS[1] - 0.5, BOTTOMS[1] + 0.5, "back_hidden"),)
    summary = summary_of(Plan(BACK_SQUAT, KEYS, hidden=hidden))
    assert "The low back could not be measured at the bottom in rep 2." in summary["sentences"]
    assert summary["headline"] == (
        "No rounding was found in 3 reps, but the low back could not be measured at the bottom in "
        "rep 2."
    )


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ({"ascent": (1, 3)}, "on the way up in reps 1 and 3"),
        ({"ascent": (1,), "lockout": (1,)}, "on the way up or at the top in rep 1"),
        ({"ascent": (2,), "lockout": (1, 2, 3)}, "at the top, nor on the way up in rep 2"),
        (
            {"lockout": (3,), "descent": (1,), "bottom": (2,)},
            "on the way down, at the bottom or at the top in some reps",
        ),
    ],
)
@pytest.mark.parametrize("arched", [False, True])
def test_no_rounding_is_never_said_without_the_places_that_were_not_measured(
    missing: dict[Phase, tuple[int, ...]], told: str, arched: bool
) -> None:
    reps = find_reps(simulate(Plan(BACK_SQUAT, KEYS)), "squat")
    gone = [(rep, phase, "x") for phase, numbers in missing.items() for rep in numbers]
    found = (replace(BASE, kind="over_extension"),) if arched else ()
    headline = summarise(found, reps, gone)["headline"]
    assert "o rounding was found" in headline
    assert headline.endswith(f", but the low back could not be measured {told}.")


def test_places_that_the_same_reps_lack_share_a_sentence_and_reps_are_listed_as_spoken():
    reps = find_reps(simulate(Plan(BACK_SQUAT, KEYS)), "squat")
    missing = [(rep, phase, "x") for phase in ("bottom", "ascent", "lockout") for rep in (1, 3)]
    missing += [(rep, "descent", "x") for rep in (1, 2, 3)]
    assert summarise((), reps, missing)["sentences"] == [
        "The low back could not be measured at the bottom, on the way up or at the top in "
        "reps 1 and 3.",
        "The low back could not be measured on the way down in any rep.",
    ]


def test_no_rep_is_said():
    assert summarise((), (), [])["headline"] == "No rep was found."


def test_one_rep_is_not_counted():
    rep = Rep(1, 0.0, 1.0, 2.0, {"lockout": (1.5, 2.0)})
    rounded = replace(BASE, rep=1)
    assert summarise((rounded,), (rep,), [])["headline"] == (
        "The low back rounded at the top, 9 ± 2 degrees."
    )
    arched = replace(BASE, rep=1, kind="over_extension")
    assert summarise((arched,), (rep,), [])["headline"] == (
        "The low back arched at the top, 9 ± 2 degrees; no rounding was found."
    )


def test_a_lifter_who_rounds_in_two_places_is_told_of_both_the_larger_first():
    reps = tuple(Rep(k, 4.0 * k, 4.0 * k + 1, 4.0 * k + 2, {}) for k in (1, 2, 3))
    top = [replace(BASE, rep=rep, size_deg=size) for rep, size in ((1, 8.0), (2, 9.0))]
    low = replace(BASE, rep=3, where="bottom", size_deg=15.0, sd_deg=7.0)
    assert summarise((*top, low), reps, [])["headline"] == (
        "The low back rounded at the bottom in 1 of 3 reps (rep 3: 15 ± 7 degrees) and "
        "at the top in 2 of 3 reps (about 9 ± 2 degrees each)."
    )
    assert summarise((replace(low, rep=1), top[1]), reps[:1], [])["headline"] == (
        "The low back rounded at the bottom, 15 ± 7 degrees, and at the top, 9 ± 2 degrees."
    )


def test_of_three_places_only_the_largest_has_its_size_in_the_headline():
    reps = tuple(Rep(k, 4.0 * k, 4.0 * k + 1, 4.0 * k + 2, {}) for k in (1, 2, 3))
    found = [
        replace(BASE, rep=rep, where=where, size_deg=size)
        for rep, where, size in ((1, "bottom", 24.0), (3, "bottom", 15.0), (2, "descent", 18.0),
                                 (2, "lockout", 11.0))
    ]  # fmt: skip
    assert summarise(tuple(found), reps, [])["headline"] == (
        "The low back rounded at the bottom in 2 of 3 reps (most in rep 1: 24 ± 2 degrees); "
        "also on the way down in 1 and at the top in 1."
    )


def test_arching_alone_is_the_headline_where_nothing_rounded():
    bumps = (Bump(BOTTOMS[0] + 2.0, -9, 1.0),)
    headline = summary_of(Plan(BACK_SQUAT, KEYS, bumps=bumps))["headline"]
    assert headline.startswith("The low back arched at the top in 1 of 3 reps")
    assert "no rounding was found" in headline


# --- the grade in the headline ------------------------------------------------------------------


PHASES: dict[Phase, tuple[float, float]] = {"bottom": (1.0, 1.2), "lockout": (1.8, 2.0)}


def with_shapes(*shapes: Shape) -> tuple[Rep, ...]:
    return tuple(
        Rep(k, 4.0 * k, 4.0 * k + 1, 4.0 * k + 2, PHASES, grade=Grade(shape, 0.95, 0.2))
        for k, shape in enumerate(shapes, 1)
    )


@pytest.mark.parametrize(
    ("shapes", "told"),
    [
        (("kept",), "1 rep; at the bottom its curve was kept."),
        (("kept", "kept"), "2 reps; at the bottom its curve was kept."),
        (
            ("kept", "flattened", "kept"),
            "3 reps; at the bottom its curve was kept in 2 of 3 reps and flattened in 1 of 3 reps.",
        ),
        (("flattened", "unknown"), "2 reps; at the bottom its curve was flattened in 1 of 2 reps."),
        (("unknown", "unknown"), "2 reps."),
        (("reversed", "unknown"), "2 reps."),  # past flat, but not told as a finding
    ],
)
def test_the_headline_says_how_the_curve_was_held_where_nothing_rounded(
    shapes: tuple[Shape, ...], told: str
):
    headline = summarise((), with_shapes(*shapes), [])["headline"]
    assert headline == f"No rounding was found in {told}"


def test_past_flat_is_said_of_as_many_reps_as_were():
    reps = with_shapes("flattened", "reversed")
    low = replace(BASE, rep=1, where="bottom", size_deg=15.0, sd_deg=2.0, curve="flattened")
    both = (low, replace(low, rep=2, size_deg=17.0, curve="reversed"))
    assert summarise(both, reps, [])["headline"] == (
        "The low back rounded at the bottom in 2 of 2 reps (past flat in 1, most in rep 2: "
        "17 ± 2 degrees)."
    )


def test_the_headline_says_past_flat_where_the_curve_was_reversed():
    reps = with_shapes("reversed", "kept", "reversed")
    low = replace(BASE, rep=1, where="bottom", size_deg=15.0, sd_deg=2.0, curve="reversed")
    both = (low, replace(low, rep=3, size_deg=17.0))
    assert summarise(both, reps, [])["headline"] == (
        "The low back rounded past flat at the bottom in 2 of 3 reps (most in rep 3: "
        "17 ± 2 degrees)."
    )
    assert summarise((low,), reps[:1], [])["headline"] == (
        "The low back rounded past flat at the bottom, a turn of 15 ± 2 degrees."
    )
    top = replace(BASE, rep=2, where="lockout", size_deg=9.0)
    assert "past flat at the top" not in summarise((*both, top), reps, [])["headline"]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("quiet_standing", "from your quiet standing"),
        ("given", "from the reference that was given"),
        ("record", "from your earlier standing"),
        ("lockouts", "from your other reps"),
    ],
)
def test_a_size_at_the_top_names_what_it_is_measured_from(kind: ReferenceKind, words: str):
    assert explain(BASE, "squat", reference=kind).endswith(f" {words}.")
    arched = replace(BASE, kind="over_extension")
    assert words.removeprefix("from ") in explain(arched, "squat", reference=kind)


def test_a_deadlift_s_bottom_names_what_it_is_measured_from():
    low = replace(BASE, where="bottom")
    assert "the top of your reps" in explain(low, "deadlift", reference="lockouts")
    assert "most extended moment" in explain(low, "deadlift", reference="none")
    turned = explain(low, "deadlift", reference="none", turned=True)
    assert turned.endswith("from its most arched point in the rep.")


def test_without_a_reference_a_size_outside_the_reps_is_from_the_nearest_rep() -> None:
    outside = replace(BASE, where="bottom", rep=0, curve="reversed")
    assert explain(outside, "squat", reps=2, reference="none").endswith(
        "from the most extended moment of the nearest rep."
    )
    assert explain(outside, "squat", reference="none").endswith("moment of the clip.")
    assert explain(outside, "squat").endswith("from your quiet standing.")


def test_a_set_with_possible_roundings_alone_says_in_how_many_reps() -> None:
    """Four cards of 19 to 21 degrees stood under "No rounding was found in 10 reps"."""
    phases: dict[Phase, tuple[float, float]] = {"bottom": (0.5, 1.0)}
    reps = tuple(Rep(k, 4.0 * k, 4.0 * k + 1, 4.0 * k + 2, phases) for k in range(1, 11))
    low = [replace(BASE, rep=k, where="bottom", certain=False) for k in (1, 4, 5)]
    top = replace(BASE, rep=2, certain=False)
    assert summarise((*low, top), reps, [])["headline"] == (
        "Unclear: the low back may have rounded at the bottom in 3 of 10 reps and at the top in "
        "1 of 10 reps."
    )
    assert summarise((low[0],), reps[:1], [])["headline"] == (
        "Unclear: the low back may have rounded at the bottom."
    )
    small = replace(top, size_deg=4.0)
    assert summarise((small,), reps, [])["headline"] == (
        "No rounding was found in 10 reps. A small one is possible: at the top in 1 of 10 reps."
    )


def test_a_count_is_of_the_reps_in_which_the_place_was_measured() -> None:
    phases: dict[Phase, tuple[float, float]] = {"bottom": (0.5, 1.0), "lockout": (1.5, 2.0)}
    reps = tuple(Rep(k, 4.0 * k, 4.0 * k + 1, 4.0 * k + 2, phases) for k in range(1, 5))
    found = tuple(replace(BASE, rep=k) for k in (1, 2))
    missing: list[tuple[int, Phase, str]] = [
        (3, "lockout", "back_hidden"), (4, "bottom", "back_hidden")
    ]  # fmt: skip
    assert "at the top in 2 of 3 measured reps" in summarise(found, reps, missing)["headline"]
    assert "at the top in 2 of 4 reps" in summarise(found, reps, missing[1:])["headline"]
    cut = (*reps[:3], replace(reps[3], phases={"bottom": (0.5, 1.0)}))  # no lockout in the clip
    assert "at the top in 2 of 3 measured reps" in summarise(found, cut, [])["headline"]
    arched = (replace(BASE, rep=1, kind="over_extension"),)
    assert (
        "arched at the top in 1 of 3 measured reps"
        in (summarise(arched, reps, missing)["headline"])
    )


def test_a_certain_arch_does_not_hide_a_rounding_that_is_possible() -> None:
    """ "No rounding was found" stood over three of 21 degrees that were only unclear."""
    phases: dict[Phase, tuple[float, float]] = {"bottom": (0.5, 1.0), "lockout": (1.5, 2.0)}
    reps = tuple(Rep(k, 4.0 * k, 4.0 * k + 1, 4.0 * k + 2, phases) for k in range(1, 6))
    arch = replace(BASE, rep=1, kind="over_extension", size_deg=6.0)
    unclear = tuple(
        replace(BASE, rep=k, where="bottom", size_deg=21.0, certain=False) for k in (2, 3, 4)
    )  # fmt: skip
    assert summarise((arch, *unclear), reps, [])["headline"] == (
        "Unclear: the low back may have rounded at the bottom in 3 of 5 reps. It arched at the "
        "top, by up to 6 ± 2 degrees."
    )
    drift = replace(BASE, rep=0, kind="drift", size_deg=6.0, explanation="It grew.")
    large = replace(arch, size_deg=8.0)
    assert summarise((large, drift), reps, [])["headline"] == "It grew."


def test_what_lies_outside_the_reps_comes_last_in_the_sentences() -> None:
    reps = (Rep(1, 0.0, 1.0, 2.0, {"bottom": (0.5, 1.0)}),)
    inside = replace(BASE, rep=1, where="bottom", size_deg=9.0, explanation="inside")
    outside = replace(BASE, rep=0, where="bottom", size_deg=30.0, explanation="outside")
    assert summarise((outside, inside), reps, [])["sentences"] == ["inside", "outside"]


def test_bounds_are_those_that_the_findings_were_judged_by() -> None:
    reps = (Rep(1, 0.0, 1.0, 2.0, {"lockout": (1.5, 2.0)}),)
    small = (replace(BASE, rep=1, size_deg=7.0, certain=False),)
    strict = Settings(report_from_deg=10.0)
    assert summarise(small, reps, [], settings=strict)["headline"].startswith("No rounding was")
    assert summarise(small, reps, [])["headline"].startswith("Unclear: ")
    assert "close to the limit" in explain(small[0], "squat", settings=strict)
    assert "its outline does not show" in explain(small[0], "squat")


def test_what_is_possible_is_not_in_the_headline_beside_what_is_certain() -> None:
    reps = tuple(Rep(k, 4.0 * k, 4.0 * k + 1, 4.0 * k + 2, {}) for k in (1, 2))
    both = (replace(BASE, rep=1), replace(BASE, rep=2, where="bottom", certain=False))
    assert "ossible" not in summarise(both, reps, [])["headline"]


@pytest.mark.parametrize(("sd_deg", "written"), [(0.4, "1"), (1.4, "1"), (2.6, "3"), (12.0, "12")])
def test_no_deviation_below_a_degree_is_written(sd_deg: float, written: str) -> None:
    assert f"{shown_sd(sd_deg):.0f}" == written
    assert amount(replace(BASE, sd_deg=sd_deg)).endswith(f"± {written} degrees")
