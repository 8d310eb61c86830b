"""The web app in a real browser: what a person presses does what it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import numpy as np
import pytest
from web_served import PageConnection, Served

from backline.errors import UsageError
from backline.web.view import read_view
from tests.deadlines import within

PAGES = ("/", "/add", "/lift/{lift}", "/compare", "/lifters", "/lifter?name=Ada", "/what-if",
         "/learn", "/phone", "/lift/0")  # fmt: skip
INK = """() => { const c = document.querySelector("#canvas");
  return [...c.getContext("2d").getImageData(0, 0, c.width, c.height).data]
    .reduce((sum, v) => (sum * 31 + v) % 1000000007, 7); }"""

Open = Callable[..., PageConnection]


@pytest.fixture
def view(site: Served, lift: str) -> dict[str, Any]:
    return read_view(site.data / "web" / "lifts" / lift / "view")


def on_lift(visit: Open, site: Served, lift: str, **options: Any) -> PageConnection:
    opened = visit(site, f"/lift/{lift}", **options)
    opened.page.wait_for_selector("[data-player='ready']")
    opened.page.evaluate("() => { document.querySelector('#fold').open = true; }")
    opened.settle()
    return opened


def at(opened: PageConnection) -> float:
    return float(opened.page.evaluate("document.querySelector('video').currentTime"))


def test_a_planted_finding_s_card_takes_the_video_to_its_moment(
    visit: Open, site: Served, lift: str, view: dict[str, Any]
) -> None:
    opened = on_lift(visit, site, lift)
    names = [one["name"] for one in view["findings_list"]]
    assert "opposite butt wink" in names, "planted: a tuck at the top"
    number = names.index("opposite butt wink")
    opened.page.click("#forth")
    opened.page.click(f".jump[data-finding='{number}']")
    opened.settle()
    times = np.frombuffer(_unpacked(view["data"]["time"]), "<f8")
    peak = view["findings_list"][number]["peak_s"] - view["data"]["start_s"]
    assert abs(at(opened) - peak) <= float(np.diff(times).max())
    shown = float(opened.page.get_attribute("#lanes .chart", "aria-valuenow"))
    assert abs(shown - peak) <= float(np.diff(times).max())
    assert opened.said == []


def _unpacked(text: str) -> bytes:
    import base64

    return base64.b64decode(text)


def test_after_a_press_on_a_card_the_moment_is_in_sight(
    visit: Open, site: Served, lift: str
) -> None:
    opened = on_lift(visit, site, lift)
    opened.page.click(".jump >> nth=1")
    opened.page.wait_for_function(
        """() => { const { top, bottom, height } = document.querySelector("#screen")
          .getBoundingClientRect();
          return Math.min(bottom, innerHeight) - Math.max(top, 0) >= 0.7 * height; }"""
    )


@pytest.mark.parametrize("layer", ["back", "ghost", "ticks", "skeleton", "bar"])
def test_each_layer_changes_the_picture_and_changes_it_back(
    visit: Open, site: Served, lift: str, layer: str
) -> None:
    opened = on_lift(visit, site, lift)
    before = opened.page.evaluate(INK)
    opened.page.click(f"[data-layer='{layer}']")
    assert opened.page.evaluate(INK) != before
    opened.page.click(f"[data-layer='{layer}']")
    assert opened.page.evaluate(INK) == before


def test_the_player_works_from_the_keyboard(visit: Open, site: Served, lift: str) -> None:
    opened = on_lift(visit, site, lift)
    opened.page.evaluate("document.activeElement.blur()")
    before = at(opened)
    opened.page.keyboard.press("ArrowRight")
    opened.settle()
    assert at(opened) > before
    opened.page.keyboard.press("1")
    opened.settle()
    first = at(opened)
    opened.page.keyboard.press("ArrowRight")
    opened.settle()
    assert at(opened) > first
    opened.page.keyboard.press("1")
    opened.settle()
    assert abs(at(opened) - first) < 0.05
    opened.page.keyboard.press("z")
    assert "scale" in opened.page.evaluate("document.querySelector('video').style.transform")
    opened.page.keyboard.press("l")
    opened.page.wait_for_selector("[data-loop='0'][aria-pressed='true']")


def test_a_field_keeps_its_keys_and_a_summary_its_space_bar(
    visit: Open, site: Served, lift: str
) -> None:
    opened = on_lift(visit, site, lift)
    before = at(opened)
    opened.page.fill("#told-cue", "tall")
    opened.page.press("#told-cue", "ArrowLeft")
    opened.page.keyboard.type("l ")
    assert opened.page.input_value("#told-cue") == "tall l", "the caret has moved"
    opened.page.press(".card summary", "Space")
    assert opened.page.locator(".card details[open]").count() == 1
    opened.settle()
    assert at(opened) == before
    assert opened.page.get_attribute("#play", "aria-pressed") == "false"


def test_words_of_the_report_are_explained_on_hover(visit: Open, site: Served, lift: str) -> None:
    opened = on_lift(visit, site, lift)
    told = opened.page.eval_on_selector_all(
        "abbr.word", "all => all.map((one) => [one.textContent.toLowerCase(), one.title])"
    )
    assert {"standing reference", "lumbar flexion"} <= {word for word, _ in told}
    assert all(title.endswith(".") for _, title in told)
    cards = opened.page.locator(".card-name")
    shown = {cards.nth(k).inner_text(): cards.nth(k).get_attribute("title") for k in range(2)}
    assert "hips have arrived" in str(shown["Opposite butt wink"])
    assert "bottom of a squat" in str(shown["Butt wink"])


def test_what_was_left_out_is_told_later_and_the_record_follows(
    visit: Open, start: Callable[..., Served], cached: tuple[Path, str], tmp_path: Path
) -> None:
    import shutil

    from backline.library import Store, sets
    from backline.live.causal_estimator import LiveEstimate
    from backline.live.cueing import GivenCue
    from backline.live.log import LiveLog
    from backline.live.phases import BodyPlace
    from backline.live.session import LiveState

    shutil.copytree(cached[0], tmp_path / "data")
    lift = cached[1]
    home = tmp_path / "data" / "web" / "lifts" / lift
    (home / "clip" / "lift.mp4").rename(tmp_path / "gone.mp4")
    log = LiveLog()  # as if it had been recorded on the Live page
    cue = GivenCue(10.6, 2, "top", 9.0, 2.0, heard=False)
    estimate = LiveEstimate(9.0, 2.0, 0.0, 0.0, "")
    log.add(
        LiveState(10.6, "live", "", 1.0, estimate, BodyPlace("lockout", 2, 0.0, 2), cue), 10.6, 0.0
    )
    log.save(home / "live.json")
    site = start(tmp_path / "data")
    opened = on_lift(visit, site, lift)
    opened.page.fill("#told-lifter", "Cleo")
    opened.page.fill("#told-load_kg", "82,5")
    opened.page.fill("#told-cue", "stand tall")
    opened.page.click("#correct [type='submit']")
    opened.page.wait_for_selector(".job")
    done = site.wait(lift, "done", "failed")
    assert (done["state"], done["lifter"]) == ("done", "Cleo")
    with Store(folder=site.data) as store:
        (row,) = sets(store, "Cleo").to_dict("records")
        assert (row["load_kg"], row["cue"]) == (82.5, "stand tall")
        assert not len(sets(store, "Ada")), "it is not Ada's any more"
    said = on_lift(visit, site, lift).page.inner_text("section[aria-labelledby='live-title']")
    assert "Live and full analysis" in said
    assert "1 cues confirmed" in said
    assert "Rep 2: 9\u00a0±\u00a02° at the top (not sounded)" in said
    site.stop()


def test_correcting_own_standing_changes_the_numbers_without_a_new_look(
    visit: Open, start: Callable[..., Served], cached: tuple[Path, str], tmp_path: Path
) -> None:
    import shutil

    shutil.copytree(cached[0], tmp_path / "data")
    site, lift = start(tmp_path / "data"), cached[1]
    folder = site.data / "web" / "lifts" / lift / "view"
    data = read_view(folder)["data"]
    before = np.frombuffer(_unpacked(data["series"]["flexion"]), "<f4")
    opened = on_lift(visit, site, lift)
    (site.data / "web" / "lifts" / lift / "clip" / "lift.mp4").rename(tmp_path / "gone.mp4")
    peak = read_view(folder)["findings_list"][0]["peak_s"]
    opened.page.fill("#standing-from", f"{peak - 0.3:.2f}")
    opened.page.fill("#standing-to", f"{peak + 0.3:.2f}")
    opened.page.click("#correct [type='submit']")
    opened.page.wait_for_selector(".job")
    for _ in within(480.0, 0.3):
        if abs(read_view(folder)["data"]["standing"][0] - (peak - 0.3)) <= 0.011:
            break
    data = read_view(folder)["data"]
    after = np.frombuffer(_unpacked(data["series"]["flexion"]), "<f4")
    seen = np.isfinite(before) & np.isfinite(after)
    shift = (before - after)[seen]
    assert float(np.median(shift)) > 2.0, "the low back was rounded there, so all else seems less"
    times = data["start_s"] + np.frombuffer(_unpacked(data["time"]), "<f8")
    there = np.abs(times - peak) <= 0.25
    assert abs(float(np.nanmean(after[there]))) < 1.5, "and what is named reads nought"
    site.wait(lift, "done", "failed")
    site.stop()


def test_two_lifts_are_compared_on_one_axis(visit: Open, site: Served, lift: str) -> None:
    opened = visit(site, f"/compare?a={lift}&b={'b' * 16}")
    opened.page.wait_for_selector("[data-compare='ready']")
    opened.page.wait_for_selector("#curves .lane >> nth=1", state="attached")
    opened.page.evaluate(
        "() => { const t = document.querySelector('#through'); t.value = 500;"
        " t.dispatchEvent(new Event('input')); }"
    )
    both = [opened.page.inner_text(f"#now-{key}") for key in "ab"]
    assert both[0] == both[1] != "", "the same lift twice"
    opened.page.wait_for_function(
        "() => [...document.querySelectorAll('video')].every((v) => v.currentTime > 0.5)"
    )
    line = opened.page.get_attribute("#difference .lane", "d")
    heights = {float(part.split()[1]) for part in line[1:].replace("M", "L").split("L")}
    assert max(heights) - min(heights) < 0.2, "their difference is nought all along"
    assert (
        "cannot tell" in opened.page.inner_text("main").lower()
        or opened.page.locator("#verdict-title").count()
    )
    assert opened.said == []


def test_two_reps_of_one_lift_are_compared(visit: Open, site: Served, lift: str) -> None:
    opened = visit(site, f"/compare?a={lift}&b={lift}")
    opened.page.wait_for_selector("[data-compare='ready']")
    opened.page.wait_for_selector("#curves .lane >> nth=1", state="attached")
    assert [opened.page.input_value(f"#rep-{key}") for key in "ab"] == ["1", "2"]
    paths = [opened.page.locator("#curves .lane").nth(k).get_attribute("d") for k in range(2)]
    assert paths[0] != paths[1], "rep 1 rounds at the bottom, rep 2 at the top"
    assert opened.said == []


def test_delete_and_undo(visit: Open, site: Served) -> None:
    other = "b" * 16
    opened = visit(site, "/")
    opened.page.click(f"[data-act='delete'][data-id='{other}']")
    opened.page.wait_for_selector(f"[data-lift='{other}']", state="detached")
    assert other not in site.lifts()
    opened.page.click("#toast button")
    opened.page.wait_for_selector(f"[data-lift='{other}']")
    assert other in site.lifts()


def test_a_rejection_shows_at_once_counts_everywhere_and_can_be_taken_back(
    visit: Open, start: Callable[..., Served], cached: tuple[Path, str], tmp_path: Path
) -> None:
    import shutil

    shutil.copytree(cached[0], tmp_path / "data")
    site, lift = start(tmp_path / "data"), cached[1]
    key = read_view(site.data / "web" / "lifts" / lift / "view")["findings_list"][0]["key"]
    page = on_lift(visit, site, lift).page
    before = page.inner_text("h1")
    reject = ".card:first-child .judge button:has-text('Reject')"
    page.click(reject)
    page.fill(".card:first-child .judge input", "a belt")
    page.click(reject)
    page.wait_for_selector(".card:first-child.rejected .told-now")
    assert page.locator("h1.stale").count() == 1, "the heading waits for its new count"
    page.wait_for_selector(".rejected-row")
    assert page.inner_text("h1") != before
    assert site.lifts()[lift]["headline"] == page.inner_text("h1").replace("\u00a0", " ")
    assert "a belt" in page.inner_text(".rejected-row")
    check_rejected(site, lift, key)
    page.wait_for_selector("[data-player='ready']")
    page.click(".rejected-row button")
    page.wait_for_selector(".rejected-row", state="detached")
    assert page.inner_text("h1") == before
    site.stop()


def test_a_correction_takes_units_marks_a_wrong_field_and_is_undone(
    visit: Open, start: Callable[..., Served], cached: tuple[Path, str], tmp_path: Path
) -> None:
    import shutil

    shutil.copytree(cached[0], tmp_path / "data")
    site, lift = start(tmp_path / "data"), cached[1]
    page = on_lift(visit, site, lift).page
    page.fill("#told-load_kg", "much")
    page.click("#correct [type=submit]")
    page.wait_for_selector("#told-load_kg[aria-invalid='true']:focus")
    assert "must be a number" in page.inner_text("#correct .told-now")
    page.fill("#told-load_kg", "220 lb")
    page.click("#correct [type=submit]")
    page.wait_for_selector("#undo-correction")
    assert page.input_value("#told-load_kg") == "99.8"
    site.wait(lift, "done")
    page.wait_for_selector("[data-player='ready']")
    page.click("#undo-correction")
    page.wait_for_selector("#undo-correction", state="detached")
    assert page.input_value("#told-load_kg") == "100"
    site.stop()


def check_rejected(site: Served, lift: str, key: str) -> None:
    """A rejected finding is neither in the document nor in the record nor among the cards."""
    from backline.library import Store, rep_sizes

    kind, where, rep = key.split(":")
    site.wait(lift, "done")
    document = json.loads(site.ask(f"/lifts/{lift}/files/analysis.json")[1])
    kept = {(f["kind"], f["where"], f["rep"]) for f in document["findings"]}
    assert (kind, where, int(rep)) not in kept
    with Store(folder=site.data) as store:
        sizes = rep_sizes(store, "Ada")
    place = sizes[(sizes["rep"] == int(rep)) & (sizes["place"] == where)]
    assert not place["rounded"].any()
    cards = read_view(site.data / "web" / "lifts" / lift / "view")["findings_list"]
    assert key not in [one["key"] for one in cards], "what is shown is what counts"


def test_a_page_that_is_not_there_keeps_the_navigation(visit: Open, site: Served) -> None:
    assert site.ask("/nowhere")[0] == 404
    page = visit(site, "/nowhere").page
    assert "no such page" in page.inner_text("#main")
    assert page.locator("nav a[href='/live']").count() == 1
    status, said, _ = site.ask("/api/nowhere")
    assert (status, json.loads(said)) == (404, {"error": "There is no such page."})


def test_a_page_has_one_main_part_and_its_lead_is_judged_at_the_top(
    visit: Open, site: Served, lift: str
) -> None:
    page = on_lift(visit, site, lift).page
    assert page.locator("main:not([role='none'])").count() == 1
    assert page.locator(".size .judge button").all_inner_texts() == ["Loop it", "Accept", "Reject"]


def test_a_lifter_is_deleted_in_the_app_and_the_lifts_lose_the_name(
    visit: Open, start: Callable[..., Served], cached: tuple[Path, str], tmp_path: Path
) -> None:
    import shutil

    from backline.library import Store

    shutil.copytree(cached[0], tmp_path / "data")
    site, lift = start(tmp_path / "data"), cached[1]
    page = visit(site, "/lifter?name=Ada").page
    page.click(".forget summary")
    page.click(".forget button")
    page.wait_for_url("**/lifters")
    assert site.lifts()[lift]["lifter"] is None
    with Store(folder=site.data) as store, pytest.raises(UsageError):
        store.find("Ada")
    site.stop()


def drawn(opened: PageConnection) -> None:
    """Wait until a page has all its files, its player, and has been drawn with them."""
    opened.page.wait_for_load_state("load")
    if opened.page.locator("#canvas").count():
        opened.page.wait_for_selector("[data-player='ready']")
    opened.page.evaluate(
        "() => document.fonts.ready.then(() => new Promise((done) =>"
        " requestAnimationFrame(() => requestAnimationFrame(() => done()))))"
    )


@pytest.mark.parametrize("path", PAGES)
def test_no_page_scrolls_sideways_on_a_phone(
    visit: Open, site: Served, lift: str, path: str
) -> None:
    opened = visit(site, path.format(lift=lift), width=390)
    drawn(opened)
    assert opened.page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_and_nothing_leaves_the_machine(
    visit: Open, site: Served, lift: str, path: str, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    opened = visit(site, path.format(lift=lift), scheme=scheme)
    drawn(opened)
    found = Axe().run(opened.page).response["violations"]
    serious = [
        (one["id"], one["impact"], [node["html"][:200] for node in one["nodes"]][:3])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []
    assert opened.said == []
    hosts = {urlparse(url).hostname for url in opened.asked if not url.startswith(("blob", "data"))}
    assert hosts == {"127.0.0.1"}


def test_a_slider_moves_the_load_and_the_drawn_lifter(visit: Open, site: Served) -> None:
    opened = visit(site, "/what-if?tuck=0&lean=10&load=100")
    page = opened.page
    before = page.inner_html(".what-if-figure svg .asked"), page.inner_text(".load.asked")
    page.fill("#tuck", "20")
    page.wait_for_function(
        "(old) => document.querySelector('.load.asked').innerText !== old", arg=before[1]
    )
    assert page.inner_html(".what-if-figure svg .asked") != before[0]
    assert page.inner_text("label[for='tuck'] output").startswith("20")


def test_names_from_outside_run_nothing(visit: Open, site: Served, tmp_path: Path) -> None:
    film = tmp_path / "a.mp4"
    film.write_bytes(b"\x00\x00\x00\x20ftypisom" + bytes(500))
    evil = "<script>document.title='x'</script><img src=x onerror=alert(1)>.mp4"
    lift_id = site.add(film, name=evil, lifter="<script>alert(1)</script>")
    dialogs: list[str] = []
    opened = visit(site, "/")
    opened.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    opened.page.wait_for_selector(f"[data-lift='{lift_id}'] .wrong")
    row = opened.page.inner_text(f"[data-lift='{lift_id}']")
    assert "<script>alert(1)</script>" in row
    assert dialogs == []
    assert site.tell(lift_id, "delete")[0] == 200
