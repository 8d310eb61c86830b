"""The report page in a real browser: what a person presses does what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_analysis import CODE_BITS, refused, without_picture
from test_page import hostile

from backline.report.close_view import close_view

READ_NUMBER = """(bits) => {
  const video = document.querySelector("video");
  const pen = Object.assign(document.createElement("canvas"), {
    width: video.videoWidth, height: video.videoHeight }).getContext("2d");
  pen.drawImage(video, 0, 0);
  let number = 0;
  for (let bit = 0; bit < bits; bit += 1) {
    if (pen.getImageData(bit * 12 + 6, 6, 1, 1).data[0] > 128) number |= 1 << bit;
  }
  return number;
}"""
OPEN_MORE = "() => { const more = document.querySelector('#fold'); if (more) more.open = true; }"
SETTLED = """() => { const v = document.querySelector("video");
  return v.readyState >= 2 && !v.seeking; }"""
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


class Opened:
    """A page in the browser, with everything it said and asked for."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))

    def settle(self) -> None:
        for _ in range(2):  # the end of one seek may start the next, which was waiting for it
            self.page.wait_for_function(SETTLED)
            self.page.evaluate(TWO_FRAMES)

    @property
    def time_s(self) -> float:
        return float(self.page.evaluate("document.querySelector('video').currentTime"))

    @property
    def playhead(self) -> float:
        return float(self.page.get_attribute("#lanes .chart", "aria-valuenow"))


@pytest.fixture
def show(chromium: Any) -> Iterator[Any]:
    contexts = []

    def opened(
        path: Path, width: int = 1200, scheme: str = "light", *, more: bool = True
    ) -> Opened:
        context = chromium.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = Opened(context.new_page())
        page.page.goto(path.as_uri())
        if more:
            page.page.evaluate(OPEN_MORE)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def report(show: Any, saved: dict[str, Path]) -> Opened:
    opened: Opened = show(saved["report.html"])
    opened.settle()
    return opened


def test_the_page_loads_without_a_complaint_and_asks_only_for_itself(report, saved):
    assert report.said == []
    assert report.asked[0] == saved["report.html"].as_uri()
    assert all(url.startswith("blob:") for url in report.asked[1:])


@pytest.mark.parametrize("number", [0, 1])
def test_a_finding_card_shows_the_very_frame_of_its_peak(report, example, number):
    peak = example.findings[number].peak_s
    report.page.click("#forth")
    report.page.click(f".jump[data-finding='{number}']")
    report.settle()
    assert abs(report.time_s - peak) < 1 / 20
    shown = report.page.evaluate(READ_NUMBER, CODE_BITS)
    assert shown == example.posture.index_at(peak)


def test_a_finding_card_works_from_the_keyboard(report, example):
    report.page.focus(".jump[data-finding='1']")
    report.page.keyboard.press("Enter")
    report.settle()
    assert abs(report.time_s - example.findings[1].peak_s) < 1 / 20


def test_a_ring_on_the_map_shows_its_moment(report, example):
    report.page.click(".map button[data-finding='1']")
    report.settle()
    assert abs(report.time_s - example.findings[1].peak_s) < 1 / 20


def test_clicking_the_curve_seeks_the_video_and_moves_the_playhead(report, example):
    chart = report.page.locator("#lanes .chart")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    left, right = 38, 8
    share = 0.25
    x = box["x"] + left + share * (box["width"] - left - right)
    report.page.mouse.click(x, box["y"] + box["height"] / 2)
    report.settle()
    expected = share * float(example.posture.time_s[-1])
    assert abs(report.time_s - expected) < 1 / 20 + 0.02
    assert abs(report.playhead - expected) < 1 / 20 + 0.02


def test_the_video_moves_the_playhead(report):
    report.page.evaluate("document.querySelector('video').currentTime = 3.02")
    report.page.wait_for_function(
        "() => Math.abs(document.querySelector('#lanes .chart').ariaValueNow - 3.0) < 0.06"
    )


def test_arrows_step_by_one_frame_and_space_plays(report, example):
    times = example.posture.time_s
    report.page.evaluate("document.activeElement.blur()")
    before = int(abs(times - report.playhead).argmin())
    report.page.keyboard.press("ArrowRight")
    report.settle()
    assert report.playhead == pytest.approx(times[before + 1], abs=0.006)
    assert report.page.evaluate(READ_NUMBER, CODE_BITS) == before + 1
    report.page.keyboard.press("ArrowLeft")
    report.page.keyboard.press("ArrowLeft")
    report.settle()
    assert report.playhead == pytest.approx(times[before - 1], abs=0.006)
    report.page.keyboard.press("Space")
    report.page.wait_for_selector("#play[aria-label='Pause']")
    assert not report.page.evaluate("document.querySelector('video').paused")


def test_a_hidden_frame_says_not_measurable_and_shows_no_number(report, example):
    hidden = float(example.posture.time_s[~example.posture.measurable][3])
    report.page.evaluate(f"document.querySelector('video').currentTime = {hidden + 0.01}")
    report.page.wait_for_selector("#why-not:visible")
    assert report.page.inner_text("#why-not") == "Not measurable: something hides the low back"
    assert report.page.inner_text("#now-number") == "Not measurable"


@pytest.mark.parametrize("number", [0, 1])
def test_the_readout_tells_an_event_by_the_number_of_its_card(report, example, number):
    finding = example.findings[number]
    size = f"+{finding.size_deg:.0f}°"
    report.page.click(f".jump[data-finding='{number}']")
    report.settle()
    assert report.page.inner_text("#now-number").startswith(size)
    assert report.page.inner_text("#now-word").lower() == finding.name
    assert report.page.inner_text("#now-change").startswith("In this frame")


def test_away_from_every_event_the_readout_tells_the_frame_s_own_change(report, example):
    report.page.focus("#lanes .chart")
    report.page.keyboard.press("Home")
    report.settle()
    assert report.page.inner_text("#now-word").startswith("Low back")
    assert report.page.inner_text("#now-change") == ""


def test_the_back_line_is_drawn_over_the_picture_and_can_be_taken_off(report):
    drawn = """() => { const c = document.querySelector("#canvas");
      return c.getContext("2d").getImageData(0, 0, c.width, c.height).data
        .some((v, i) => i % 4 === 3 && v > 0); }"""
    assert report.page.evaluate(drawn)
    report.page.click("[data-layer='back']")
    report.page.click("[data-layer='ghost']")
    assert not report.page.evaluate(drawn)


def test_more_curves_come_and_go(report):
    report.page.click("[data-lane='tilt']")
    assert report.page.locator("#lanes .chart").count() == 2
    report.page.click("[data-lane='tilt']")
    assert report.page.locator("#lanes .chart").count() == 1


def test_one_rep_fills_the_curve(report, example):
    report.page.click("[data-span='3']")
    report.settle()
    rep = example.reps[2]
    assert rep.start_s - 0.06 < report.time_s < rep.end_s
    names = report.page.locator("#lanes .chart .strong").all_inner_texts()
    assert "Rep 1" not in names


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_sideways_scroll_on_a_phone(show, saved, scheme):
    page = show(saved["report.html"], width=390, scheme=scheme).page
    for lane in ("tilt", "knee"):
        page.click(f"[data-lane='{lane}']")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_dark_and_light_both_set_the_ground_and_the_button_turns_them(show, saved):
    ground = "getComputedStyle(document.body).backgroundColor"
    light = show(saved["report.html"], scheme="light").page
    dark = show(saved["report.html"], scheme="dark").page
    assert light.evaluate(ground) == "rgb(247, 246, 243)"
    assert dark.evaluate(ground) == "rgb(13, 16, 21)"
    light.click("#theme")
    assert light.evaluate(ground) == "rgb(13, 16, 21)"


def test_a_result_without_picture_plays_its_figure(show, example, tmp_path):
    written = without_picture(example).save(tmp_path)
    opened = show(written["report.html"])
    opened.page.click(".jump[data-finding='0']")
    assert opened.playhead == pytest.approx(example.findings[0].peak_s, abs=0.01)
    opened.page.click("#play")
    opened.page.wait_for_function(
        f"() => +document.querySelector('.chart').ariaValueNow > {opened.playhead + 0.1}"
    )
    assert opened.said == []


def test_a_refused_page_loads_without_a_complaint(show, example, tmp_path):
    opened = show(refused(example).save(tmp_path)["report.html"], width=390)
    assert opened.said == []
    assert opened.page.evaluate("document.documentElement.scrollWidth") == 390
    opened.page.click("#theme")


def test_hostile_words_run_nothing_in_the_browser(show, example, tmp_path):
    attacked = without_picture(hostile(example)).save(tmp_path)
    opened = show(attacked["report.html"])
    dialogs: list[str] = []
    opened.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    opened.page.click(".jump")
    assert dialogs == []
    assert opened.said == []
    assert len(opened.asked) == 1


BOTTOM = "(css) => document.querySelector(css).getBoundingClientRect().bottom"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_s_first_screen_holds_the_sentence_and_the_lifter(show, saved, scheme):
    opened = show(saved["report.html"], width=390, scheme=scheme, more=False)
    opened.settle()
    assert opened.page.evaluate(BOTTOM, "h1") < opened.page.evaluate(BOTTOM, "#screen") <= 800
    assert opened.page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_wide_first_screen_holds_size_cue_and_trust_and_folds_the_rest(show, saved, example):
    opened = show(saved["report.html"], width=1280, more=False)
    opened.settle()
    for part in ("h1", "#screen", ".size", ".try", ".trust"):
        assert opened.page.evaluate(BOTTOM, part) <= 800, part
    for part in (".curve", ".cards", ".map", "#load-title"):
        assert not opened.page.is_visible(part), part
    lead = max(example.findings, key=lambda one: (one.certain, one.size_deg))
    assert f"{lead.size_deg:.0f} ± 2°" == opened.page.inner_text(".size-number").replace(
        "\u00a0", " "
    )
    assert abs(opened.time_s - lead.peak_s) < 1 / 20, "paused at the worst moment"
    assert opened.page.evaluate("document.querySelector('video').paused")


def test_more_opens_to_one_curve_and_the_load_after_how_it_was_measured(report):
    tops = [
        report.page.evaluate(
            "(css) => document.querySelector(css).getBoundingClientRect().top", css
        )
        for css in ("#curve-title", "#findings-title", "#quality-title", "#load-title")
    ]
    assert tops == sorted(tops)
    assert report.page.locator("svg.chart").count() == 1
    assert report.page.locator(".strip, .overlaid").count() == 0


def test_no_page_names_an_option_of_the_command_line(show, saved, example, tmp_path):
    for path in (saved["report.html"], refused(example).save(tmp_path)["report.html"]):
        assert " --" not in show(path).page.inner_text("body")


def test_a_number_key_goes_to_its_finding(report, example):
    report.page.evaluate("document.activeElement.blur()")
    report.page.keyboard.press("2")
    report.settle()
    assert abs(report.time_s - example.findings[1].peak_s) < 1 / 20


def test_the_report_saves_its_picture_and_its_film(show, saved, tmp_path: Path) -> None:
    opened = show(saved["report.html"])
    with opened.page.expect_download() as picture_file:
        opened.page.click("#share-picture")
    assert picture_file.value.suggested_filename == "before_after.jpg"
    picture_file.value.save_as(tmp_path / "p.jpg")
    assert (tmp_path / "p.jpg").read_bytes()[:2] == b"\xff\xd8"
    with opened.page.expect_download(timeout=60_000) as film:
        opened.page.click("#share-clip")
    assert film.value.suggested_filename in ("backline.mp4", "backline.webm")
    film.value.save_as(tmp_path / "film")
    assert (tmp_path / "film").stat().st_size > 10_000
    assert opened.said == []


def test_the_lifter_is_shown_large_and_the_whole_picture_on_request(tmp_path, show, example):
    evidence = example.evidence
    points, line = evidence.points.copy(), evidence.back_line * np.float32(0.5)
    points[..., :2] *= 0.5
    small = replace(example, evidence=replace(evidence, points=points, back_line=line))
    near = close_view(small)
    assert near is not None
    report = show(small.save(tmp_path)["report.html"])
    report.settle()
    of = "(name) => document.getElementById(name).getBoundingClientRect().toJSON()"
    screen, film = (report.page.evaluate(of, name) for name in ("screen", "film"))
    assert screen["width"] / film["width"] == pytest.approx(near[2], abs=0.01)
    assert screen["height"] / film["height"] == pytest.approx(near[3], abs=0.01)
    assert screen["left"] - film["left"] == pytest.approx(near[0] * film["width"], abs=2)
    assert screen["top"] - film["top"] == pytest.approx(near[1] * film["height"], abs=2)
    report.page.click("#close-view")
    screen, film = (report.page.evaluate(of, name) for name in ("screen", "film"))
    assert film["width"] == pytest.approx(screen["width"], abs=1)
    assert report.said == []
