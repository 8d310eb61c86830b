"""Parts of the pages whose answer is known on paper: texts, drawings, the what-if, charts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backline.errors import UsageError
from backline.library.cue_comparison import Effect
from backline.library.habit import Habit, HabitShare, History
from backline.loads.what_if import what_if
from backline.pipeline import Analysis
from backline.report.document import inert_json
from backline.reps import REP_PHASES
from backline.texts import known
from backline.web import animations, static, texts
from backline.web.animations import MOVES, moving_lifter
from backline.web.certificate import own_certificate
from backline.web.lift_store import LiftStore
from backline.web.pages.coach import by_lifter
from backline.web.pages.compare import chosen
from backline.web.pages.follow import EDGE, HEIGHT, LEFT, WIDTH, chart_of, most_rounded
from backline.web.rendering import render, time_left
from backline.web.view import read_view, write_view
from backline.web.what_if_view import STANDING_LEAN_DEG, VALUES, drawn, read_value

WEB = Path(texts.__file__).parent


def test_every_text_that_is_asked_for_by_name_is_there() -> None:
    asked = set()
    for file in [*WEB.rglob("*.py"), *WEB.rglob("*.html")]:
        found = re.findall(r"""say\(["']([a-z]+\.[a-z_]+)["'][,)]""", file.read_text("utf-8"))
        asked |= set(found)
    assert len(asked) > 80
    for key in asked:
        assert known(key)


def test_every_text_of_the_scripts_is_there() -> None:
    there = {k for g in ("site", "lifts", "add", "view", "live") for k in texts.group(g)}
    asked = set()
    for file in WEB.rglob("*.js"):
        asked |= set(re.findall(r"texts\.([a-z_]+)", file.read_text("utf-8")))
    assert asked <= there | {"decimal"}  # the player's own, in its data


def test_an_unknown_text_is_an_error() -> None:
    with pytest.raises(KeyError):
        texts.say("nowhere.nothing")


def test_json_in_a_page_cannot_end_its_script_element() -> None:
    text = inert_json({"name": "</script><script>alert(1)</script>&"})
    assert not set("<>&") & set(text)
    import json

    assert json.loads(text)["name"].startswith("</script>")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, ""), (1.0, "about 5 s left"), (42.0, "about 40 s left"), (200.0, "about 3 min left")],
)
def test_time_left_is_said_as_roughly_as_it_is_known(seconds: float | None, words: str) -> None:
    assert time_left(seconds) == words


def test_text_from_outside_is_escaped_in_every_template() -> None:
    page = render("nothing.html", text="<img src=x onerror=alert(1)>")
    assert "<img" not in page
    assert "&lt;img" in page


def test_the_kept_squat_s_low_back_keeps_its_length_and_colour() -> None:
    clean = moving_lifter("clean")
    assert len(set(clean.colours)) == 1
    assert len(clean.lumbar) == len(clean.limbs) == len(clean.head_x) == animations.FRAMES


@pytest.mark.parametrize(("kind", "share"), [("wink", 0.35), ("way", 0.52), ("top", 0.82)])
def test_each_moving_lifter_rounds_where_it_says(kind: str, share: float) -> None:
    flexion = animations._posture(*MOVES[kind]).lumbar_flexion_deg
    assert flexion.argmax() / (animations.FRAMES - 1) == pytest.approx(share, abs=0.03)
    assert len(set(moving_lifter(kind).colours)) > 3
    assert set(MOVES) == {"clean", "wink", "way", "top"}


def test_the_shown_load_is_the_one_that_the_model_gives() -> None:
    page = drawn(dict(VALUES))
    for lean in (STANDING_LEAN_DEG, VALUES["lean"]):
        case = what_if(tuck_deg=9, lean_deg=lean, load_kg=100, body_mass_kg=80, height_cm=175)
        for load in (case.load, case.load_without):
            assert f"about {load['l5s1_compression_n'] / 1000:.1f} kN (" in page
    assert not re.search(r"\d{3,} N\b(?!\sm)", page.split("<details")[0]), (
        "no newton to its last digit"
    )


def test_what_nobody_told_is_said_to_be_assumed() -> None:
    assert "Assumed" not in drawn(dict(VALUES))
    page = drawn(dict(VALUES), ("mass", "height"))
    assert "Assumed, as it was not given: body mass 80 kg, height 175 cm." in page


def test_without_a_tuck_both_lifters_are_the_same() -> None:
    page = drawn({**VALUES, "tuck": 0.0})
    plain, asked = re.findall(r'class="body \w+">(.*?)</g>', page, re.DOTALL)
    assert plain == asked
    assert "About the same load" in page


@pytest.mark.parametrize(
    ("text", "value"), [("12", 12.0), ("999", 30.0), ("-99", -10.0), ("", 9.0), ("nan", 9.0)]
)
def test_a_slider_s_value_stays_in_its_range(text: str, value: float) -> None:
    assert read_value("tuck", text) == value


def test_a_habit_s_chart_runs_from_the_first_session_to_the_last() -> None:
    days = (date(2026, 1, 1), date(2026, 1, 8), date(2026, 1, 15))
    shares = tuple(
        HabitShare(day, n, 4, n / 4, 0.0, 1.0) for day, n in zip(days, (0, 2, 4), strict=True)
    )
    nan = float("nan")
    habit = Habit("lockout", shares, 0.5, 0.2, 0.8, nan, nan, nan, None, "habit", 0, 0, False,
                  False, "")  # fmt: skip
    points = chart_of(habit)
    assert [one["x"] for one in points] == [LEFT, (LEFT + WIDTH - EDGE) / 2, WIDTH - EDGE]
    assert [one["y"] for one in points] == [HEIGHT - EDGE, HEIGHT / 2, EDGE]
    assert points[0]["words"] == "2026-01-01: 0 of 4 reps rounded"


def test_a_set_s_worst_place_is_the_one_with_the_largest_rounding() -> None:
    places = [
        {"set_id": 1, "place": "bottom", "reps": 4, "max_deg": 6.0},
        {"set_id": 1, "place": "lockout", "reps": 5, "max_deg": 11.0},
        {"set_id": 2, "place": "bottom", "reps": 3, "max_deg": 1.0},
    ]
    assert most_rounded(places) == {
        1: {"place": "lockout", "max_deg": 11.0, "reps": 5},
        2: {"place": "bottom", "max_deg": 1.0, "reps": 3},
    }


def test_left_to_itself_compare_takes_the_newest_lift_and_one_of_the_same_lifter(
    lift_store: LiftStore,
) -> None:
    for number, lifter in enumerate(["Ada", "Ben", "Ada"]):
        lift_store.add(str(number) * 16, "a.mp4", 1, {"lifter": lifter})
    old, ben, new = (lift_store.get(str(number) * 16) for number in range(3))
    done = [new, ben, old]
    assert chosen(done, "", "") == (old, new)
    assert chosen(done, ben.id, "") == (ben, new)
    assert chosen(done, "", ben.id) == (new, ben)
    assert chosen(done, old.id, old.id) == (old, old)
    assert chosen([old], "", "") == (old, old), "two reps of it can be compared"


def test_the_coach_sees_one_row_a_lifter_in_the_order_of_who_to_look_at_first() -> None:
    day = date(2026, 1, 8)
    rows = [
        {"lifter": name, "lift": "squat", "place": place, "sessions": n, "last_session": day,
         "last_share": share}
        for name, place, n, share in [
            ("Ben", "lockout", 2, 0.9), ("Ada", "bottom", 1, 0.5), ("Ben", "bottom", 3, 0.1),
        ]
    ]  # fmt: skip
    ben, ada = by_lifter(rows)
    assert (ben["lifter"], ben["sessions"], ben["last"]) == ("Ben", 3, day)
    assert {place: cell["last_share"] for place, cell in ben["cells"].items()} == {
        "lockout": 0.9, "bottom": 0.1,
    }  # fmt: skip
    assert list(ada["cells"]) == ["bottom"]
    assert not ben["several"]


def two_lifts() -> list[dict[str, Any]]:
    """What the record says of one who squats and pulls, in the order of the coach's view."""
    return [
        {"lifter": "Ada", "lift": lift, "place": place, "sessions": n, "max_deg": most,
         "last_session": day, "last_share": share, "new": False, "last_reps": 10,
         "last_rounded": 10 * (share or 0)}
        for lift, place, n, most, day, share in [
            ("squat", "lockout", 2, 8.0, date(2026, 1, 8), 0.9),
            ("deadlift", "bottom", 3, 12.0, date(2026, 1, 15), 0.6),
            ("deadlift", "lockout", 3, 7.0, date(2026, 1, 15), 0.2),
            ("squat", "bottom", 2, 4.0, date(2026, 1, 8), None),
        ]
    ]  # fmt: skip


def test_of_two_lifts_the_coach_sees_at_each_place_the_one_that_is_rounded_more() -> None:
    (ada,) = by_lifter(two_lifts())
    assert ada["last"] == date(2026, 1, 15), "the newest session of either lift"
    assert {place: cell["lift"] for place, cell in ada["cells"].items()} == {
        "lockout": "squat", "bottom": "deadlift",
    }  # fmt: skip
    page = render("coach.html", rows=[ada], places=REP_PHASES, shares=[], tells=5.0)
    assert "squat, most 8°" in page
    assert "deadlift, most 12°" in page
    assert "7°" not in page
    one = [row for row in two_lifts() if row["lift"] == "squat"]
    alone = render("coach.html", rows=by_lifter(one), places=REP_PHASES, shares=[], tells=5.0)
    assert "squat," not in alone
    assert "9 of 10" in alone, "counts, no share of a few reps"
    assert "most 4°" not in alone, "too small to be a finding"


@pytest.mark.parametrize("several", [False, True])
def test_a_lifter_s_page_names_the_lift_only_where_there_are_several(several: bool) -> None:
    day = (HabitShare(date(2026, 1, 1), 2, 4, 0.5, 0.0, 1.0),)
    nan = float("nan")
    lifts = ("squat", "deadlift") if several else ("squat",)
    habits = tuple(
        Habit("lockout", day, 0.5, 0.2, 0.8, nan, nan, nan, None, "habit", 0, 0, False, False, "",
              lift)
        for lift in lifts
    )  # fmt: skip
    page = render(
        "follow.html", history=History("Ada", habits, None), sets=[], lifts={}, drills=[],
        tells=5.0,
        drawn=[(habit, chart_of(habit)) for habit in habits],
    )  # fmt: skip
    heads = re.findall(r'<h3 class="cap">(.*?)</h3>', page)
    assert heads == (["squat, lockout", "deadlift, lockout"] if several else ["lockout"])


@pytest.mark.parametrize("several", [False, True])
def test_a_comparison_names_the_lift_only_where_there_are_several(
    lift_store: LiftStore, several: bool
) -> None:
    lift_store.add("0" * 16, "a.mp4", 1, {"lifter": "Ada"})
    lift, nan = lift_store.get("0" * 16), float("nan")
    effects = [
        Effect("lockout", 4, 2, 1, nan, nan, nan, nan, nan, None, "cannot tell yet", "", name)
        for name in (("squat", "deadlift") if several else ("squat",))
    ]
    pair = [{"clip": "", "reps": [1]}] * 2
    page = render("compare.html", done=[lift], a=lift, b=lift, pair=pair, effects=effects, why="")
    heads = re.findall(r'<th scope="row">(.*?)</th>', page)
    assert heads == (["squat, lockout", "deadlift, lockout"] if several else ["lockout"])


def test_a_size_in_a_headline_is_not_broken_over_two_lines() -> None:
    page = render("nothing.html", text="Rounded, 15 ± 7 degrees.")
    assert "15\u00a0±\u00a07 degrees" in page


def test_a_view_comes_back_with_a_name_for_each_finding(
    make_analysis: Callable[..., Analysis], tmp_path: Path
) -> None:
    write_view(make_analysis(), tmp_path, None)
    view = read_view(tmp_path)
    (finding,) = view["findings_list"]
    assert finding["key"] == "rounding:bottom:1"
    assert (finding["size_deg"], finding["peak_s"]) == (12.4, 1.0)
    assert view["has_clip"] is False
    assert view["more"] is None
    assert view["length_s"] == pytest.approx([0.0, 59 / 30])
    assert "<script" not in view["first"]


def test_a_refused_lift_s_view_says_why(refused_analysis: Analysis, tmp_path: Path) -> None:
    write_view(refused_analysis, tmp_path, None, [])
    assert "the plate hides the low back" in read_view(tmp_path)["refused"]


def test_no_view_is_an_empty_one(tmp_path: Path) -> None:
    assert read_view(tmp_path) == {}
    (tmp_path / "view.json").write_text("{")
    assert read_view(tmp_path) == {}


@pytest.mark.parametrize("name", ["lift.js", "compare.js", "app.js", "add.js", "page.css"])
def test_each_asset_is_one_whole_text(name: str) -> None:
    text = static._text(name)
    assert text.count("{") == text.count("}")
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("name", ["../server.py", "1_data.js", "texts.en.toml", ""])
def test_nothing_else_is_an_asset(name: str) -> None:
    with pytest.raises(UsageError):
        static._text(name)


@pytest.mark.parametrize("host", ["192.168.1.20", "gym.local"])
def test_an_own_certificate_is_for_its_host_and_kept(tmp_path: Path, host: str) -> None:
    import ssl

    first = own_certificate(tmp_path, host)
    before = first[0].read_bytes()
    assert own_certificate(tmp_path, host)[0].read_bytes() == before
    assert own_certificate(tmp_path, "other.local")[0].read_bytes() != before
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*first)
    assert first[1].stat().st_mode & 0o077 == 0


def test_the_first_look_sees_nobody_where_nobody_is(tmp_path: Path) -> None:
    from backline.formats.video import VideoWriter
    from backline.web.preflight import check_clip

    clip = tmp_path / "empty_gym.mp4"
    with VideoWriter(clip, 160, 240) as writer:
        for index in range(20):
            writer.write(np.full((240, 160, 3), 120, np.uint8), index / 20)
    assert "Nobody was found" in str(check_clip(clip))


def test_the_first_look_lets_the_example_pass(example_clip: Path) -> None:
    from backline.web.preflight import check_clip

    assert check_clip(example_clip) is None
