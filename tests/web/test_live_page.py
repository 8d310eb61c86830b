"""The Live page in a real Chromium, whose fake camera shows a rendered lift of known truth.

Each picture of the fake camera carries its number in the clip as black and white squares, so that
the pictures which the page plays again say by themselves which part of the lift they show.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from web_served import PageConnection, Served

from backline.formats.video import open_clip
from tests.threads import real_time_threads_of_all

SIDE_PX = 640
SQUARE_PX = 12
BITS = 10
STANDING_S, TWO_REPS_S = 2.1, 11.5
"""Two reps after standing; the first rounds at the bottom, the second tucks at the top."""
TO_AND_FRO = 3
"""Standing is shown so often, forwards and backwards, while the page gets ready."""

WATCH = f"""window.tones = 0; window.said = []; window.frozen = []; window.cued = [];
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...a) {{ window.tones++; return start.apply(this, a); }};
speechSynthesis.speak = (one) => window.said.push(one.text);
const strip = new OffscreenCanvas({SQUARE_PX * BITS}, {SQUARE_PX});
const pen = strip.getContext("2d", {{ willReadFrequently: true }});
function number(picture) {{
  pen.drawImage(picture, 0, 0);
  const d = pen.getImageData(0, {SQUARE_PX // 2}, {SQUARE_PX * BITS}, 1).data;
  let n = 0;
  for (let b = 0; b < {BITS}; b++) n += d[4 * (b * {SQUARE_PX} + {SQUARE_PX // 2})] > 127 ? 2 ** b : 0;
  return n;
}}
document.addEventListener("DOMContentLoaded", () => new MutationObserver((changes) => {{
  const c = document.querySelector("#live-replay");
  for (const one of changes) {{
    if (one.target === c && c.dataset.state === "frozen") window.frozen.push([Number(c.dataset.rep), number(c)]);
    if (one.target.id === "live-cues" && one.addedNodes.length)
      window.cued.push([one.target.lastChild.dataset.place, number(document.querySelector("#live-video"))]);
  }}
}}).observe(document.body, {{ subtree: true, childList: true, attributeFilter: ["data-state"] }}));"""  # noqa: E501
"""Counts tones and words, and reads the number of the picture at each cue and each replay's end."""


HURRY = """() => { const now = performance.now.bind(performance), since = now();
  performance.now = () => since + 6 * (now() - since); }"""
"""From now on the page's clock, which is the session's, runs six times as fast."""


def numbered(picture: NDArray[np.uint8], number: int) -> NDArray[np.uint8]:
    marked = picture.copy()
    for bit in range(BITS):
        at = slice(bit * SQUARE_PX, (bit + 1) * SQUARE_PX)
        marked[:SQUARE_PX, at] = 255 * (number >> bit & 1)
    return marked


BOTTOM_S, STANDS_S = (3.4, 4.6), 6.0
"""Within the first rep: when the low back is rounded at the bottom, and when the lifter stands."""


@pytest.fixture(scope="session")
def holding(example_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lifter who stands for four seconds and holds the rounded bottom for five, again and again.

    Any fifteen seconds of it hold a third of each, wherever the drill's steps begin in it.
    """
    from PIL import Image

    path = tmp_path_factory.mktemp("camera") / "holding.mjpeg"
    pictures: list[tuple[float, bytes]] = []
    with open_clip(example_clip) as clip:
        for frame in clip.frames(end_s=STANDS_S, max_side_px=SIDE_PX):
            with io.BytesIO() as stream:
                Image.fromarray(frame.picture).save(stream, "JPEG", quality=90)
                pictures.append((frame.time_s, stream.getvalue()))
    standing = [one for at, one in pictures if at < STANDING_S]
    down = [one for at, one in pictures if STANDING_S <= at < BOTTOM_S[0]]
    bottom = [one for at, one in pictures if BOTTOM_S[0] <= at < BOTTOM_S[1]]
    up = [one for at, one in pictures if at >= BOTTOM_S[1]]
    held = [*bottom, *reversed(bottom)] * 2
    path.write_bytes(b"".join([*standing, *reversed(standing), *down, *held, *bottom, *up]))
    return path


@pytest.fixture(scope="session")
def film(example_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two reps of the rendered lift as the motion JPEG that Chromium's fake camera reads."""
    from PIL import Image

    path = tmp_path_factory.mktemp("camera") / "lift.mjpeg"
    standing, lifting = [], []
    with open_clip(example_clip) as clip:
        for frame in clip.frames(end_s=TWO_REPS_S, max_side_px=SIDE_PX):
            with io.BytesIO() as stream:
                marked = Image.fromarray(numbered(frame.picture, frame.index))
                marked.save(stream, "JPEG", quality=90)
                (standing if frame.time_s < STANDING_S else lifting).append(stream.getvalue())
    quiet = [*standing, *reversed(standing)] * TO_AND_FRO
    path.write_bytes(b"".join([*quiet, *standing, *lifting]))
    return path


def with_camera(browser: str, playwright: Any, film: Path) -> Any:
    """Return a Chromium that has a camera, and the film in it."""
    return playwright.chromium.launch(
        executable_path=browser,
        args=[
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}",
            "--autoplay-policy=no-user-gesture-required", "--mute-audio",
        ],
    )  # fmt: skip


@pytest.fixture(scope="session")
def camera(browser: str, playwright: Any, film: Path) -> Iterator[Any]:
    """A Chromium in front of whose camera two reps are lifted."""
    running = with_camera(browser, playwright, film)
    yield running
    running.close()


@pytest.fixture
def holding_camera(browser: str, playwright: Any, holding: Path) -> Iterator[Any]:
    """A Chromium in front of whose camera somebody stands and tucks in turn."""
    running = with_camera(browser, playwright, holding)
    yield running
    running.close()


@pytest.fixture(scope="session")
def live_site(start: Callable[..., Served], tmp_path_factory: pytest.TempPathFactory) -> Served:
    return start(tmp_path_factory.mktemp("live") / "data")


@pytest.fixture
def on_camera(camera: Any, live_site: Served) -> Iterator[Callable[..., PageConnection]]:
    """Open the Live page with the camera allowed or not."""
    contexts = []

    def opened(
        allowed: bool = True, path: str = "/live", ready: str = "live", chromium: Any = camera
    ) -> PageConnection:
        context = chromium.new_context(permissions=["camera"] if allowed else [])
        if not allowed:
            context.grant_permissions([])
        contexts.append(context)
        context.set_default_timeout(150_000)
        context.add_init_script(WATCH)
        page = context.new_page()
        visit = PageConnection(page, [], [], live_site)
        page.on("console", lambda message: visit.said.append(message.text))
        page.on("pageerror", lambda error: visit.said.append(str(error)))
        visit.go(path)
        page.wait_for_selector(f"[data-{ready}='ready']")
        return visit

    yield opened
    in_the_way = real_time_threads_of_all()
    for context in contexts:
        context.close()
    assert in_the_way == []


def cues_of(page: Any) -> list[dict[str, str]]:
    return list(
        page.eval_on_selector_all("#live-cues li", "all => all.map((e) => ({...e.dataset}))")
    )


def truth_of(repo_root: Path) -> Any:
    return np.genfromtxt(
        repo_root / "examples" / "top_tuck_and_wink.truth.csv",
        delimiter=",", names=True, usecols=("time_s", "rep", "lumbar_flexion_deg"),
    )  # fmt: skip


@pytest.mark.alone
def test_cues_come_at_the_planted_moments_and_the_replay_shows_the_right_rep(
    on_camera: Callable[..., PageConnection], repo_root: Path
) -> None:
    truth = truth_of(repo_root)
    visit = on_camera()
    page = visit.page
    page.select_option("#schedule", "always")
    page.click("#live-start")
    page.wait_for_selector("#live-screen[data-light='go']", state="attached")  # framed: green
    page.wait_for_selector("[data-stage='live']")
    page.wait_for_function("() => window.frozen.length >= 2")
    cues = cues_of(page)
    tones, frozen, cued = page.evaluate("[window.tones, window.frozen, window.cued]")
    page.click("#live-stop")
    page.wait_for_selector("[data-live='ready']")
    places = {(c["rep"], "top" if c["place"] == "top" else "low") for c in cues}
    assert {("1", "low"), ("2", "top")} == places
    assert tones == len(cues) == len(cued)
    for place, number in cued:  # the picture on the screen while the cue sounds
        assert truth["rep"][number] == (2 if place == "top" else 1)
        assert truth["lumbar_flexion_deg"][number] > 3.0, "it comes while the rounding lasts"
    assert [rep for rep, _ in frozen] == [1, 2]
    for rep, number in frozen:
        own = truth["lumbar_flexion_deg"][truth["rep"] == rep]
        assert truth["rep"][number] == rep
        assert truth["lumbar_flexion_deg"][number] > 0.75 * own.max()
    assert visit.said == []


@pytest.mark.alone
def test_the_drill_is_led_to_its_end_and_saved_in_the_record(
    on_camera: Callable[..., PageConnection], holding_camera: Any, live_site: Served
) -> None:
    from backline.library import Store, drills

    visit = on_camera(chromium=holding_camera)
    page = visit.page
    page.check("#drill")
    page.fill("#live-lifter", "Ada")
    page.click("#live-start")
    page.wait_for_selector("[data-drill='ready']")
    page.wait_for_selector("[data-drill='posterior']")  # the film's lifter rounds by 16
    page.wait_for_selector("[data-drill='anterior']")  # and stands, in turn
    page.wait_for_selector("[data-drill='rest']")
    assert page.evaluate("Number(document.querySelector('#gauge-target').getAttribute('width'))")
    page.evaluate(HURRY)
    page.wait_for_selector("[data-drill='over']")
    page.wait_for_function("() => document.querySelector('#live-left').textContent")
    assert "Ada" in page.inner_text("#live-left")
    with Store(folder=live_site.data) as store:
        ((_, result),) = drills(store, "Ada")
    assert result.posterior_deg > 5.0
    assert abs(result.anterior_deg) < 3.0
    assert [hold.effort for hold in result.holds] == [30, 60, 90]
    assert page.locator("#live-cues li").count() == 0, "who is asked to tuck gets no cue for it"
    assert visit.said == []


def test_a_set_filmed_on_the_page_to_add_a_lift_arrives_as_a_clip(
    on_camera: Callable[..., PageConnection], live_site: Served
) -> None:
    visit = on_camera(path="/add", ready="add")
    page = visit.page
    before = set(live_site.lifts())
    page.fill("#lifter", "Filmed")
    page.click("#film")
    page.wait_for_function("() => document.querySelector('#finder').currentTime > 0.3")
    page.click("#record")
    page.wait_for_timeout(1500)  # long enough to hold pictures, however slow the machine
    page.click("#record")
    page.wait_for_selector(".lift-row[data-lift]")
    (lift_id,) = set(live_site.lifts()) - before
    assert live_site.lifts()[lift_id]["lifter"] == "Filmed"
    with open_clip(live_site.data / "web" / "lifts" / lift_id / "clip" / "lift.mp4") as clip:
        frames = [frame.picture.shape[:2] for frame in clip.frames()]
    assert len(frames) >= 2
    page.click("#close-camera")
    assert page.is_hidden("#camera")
    assert live_site.tell(lift_id, "delete")[0] == 200
    assert visit.said == []


@pytest.mark.alone
def test_a_camera_that_is_unplugged_is_said_and_it_goes_on_when_it_is_back(
    on_camera: Callable[..., PageConnection],
) -> None:
    visit = on_camera()
    page = visit.page
    page.click("#live-start")
    page.wait_for_selector("[data-stage='live']")
    reps = int(page.inner_text("#live-reps"))
    said = "document.querySelector('#live-text').textContent.includes('camera is gone')"
    page.evaluate("document.querySelector('#live-video').srcObject.getTracks()[0].stop()")
    page.wait_for_function(f"() => {said}")
    page.wait_for_function(f"() => !{said}")
    assert page.get_attribute("html", "data-stage") == "live", "the reference is still known"
    assert int(page.inner_text("#live-reps")) >= reps
    page.click("#live-stop")
    page.wait_for_selector("[data-live='ready']")
    assert visit.said == []


def test_permission_denied_is_said_in_plain_words(on_camera: Callable[..., PageConnection]) -> None:
    visit = on_camera(allowed=False)
    visit.page.click("#live-start")
    visit.page.wait_for_function(
        "() => document.querySelector('#live-text').textContent.includes('does not let this page')"
    )
    assert visit.page.get_attribute("html", "data-live") == "ready", "it can be tried again"
    assert visit.said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone_and_axe_finds_nothing_serious(
    visit: Callable[..., PageConnection], live_site: Served, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    opened = visit(live_site, "/live", width=390, scheme=scheme)
    opened.page.wait_for_selector("[data-live='ready']")
    assert opened.page.evaluate("document.documentElement.scrollWidth") == 390
    found = Axe().run(opened.page).response["violations"]
    serious = [
        (one["id"], [node["html"][:200] for node in one["nodes"]][:3])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []
    assert opened.said == []


def test_without_a_camera_it_is_said_what_to_do(
    visit: Callable[..., PageConnection], live_site: Served
) -> None:
    opened = visit(live_site, "/live")
    opened.page.wait_for_function(
        "() => document.querySelector('#live-text').textContent.includes('No camera was found')"
    )  # before anybody presses Start
    opened.page.evaluate("document.querySelector('#live-text').textContent = ''")
    opened.page.click("#live-start")
    opened.page.wait_for_function(
        "() => document.querySelector('#live-text').textContent.includes('press Start')"
    )
    assert opened.page.is_visible("#live-start")


def test_another_website_cannot_open_the_socket(live_site: Served) -> None:
    from websockets.exceptions import InvalidStatus
    from websockets.sync.client import connect
    from websockets.typing import Origin

    address = live_site.address.replace("http", "ws") + "/api/live"
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(address, origin=Origin("http://elsewhere.example")),
    ):
        pass
    assert refused.value.response.status_code == 403


STUCK = """navigator.mediaDevices.enumerateDevices = async () => [{ kind: "videoinput" }];
navigator.mediaDevices.getUserMedia = () => new Promise(() => {});"""
"""A browser that asks whether the page may have the camera, and whose question nobody answers."""


@pytest.mark.alone
def test_a_question_for_the_camera_that_nobody_answers_is_said_within_two_seconds(
    visit: Callable[..., PageConnection], live_site: Served
) -> None:
    opened = visit(live_site, "/live")
    opened.page.add_init_script(STUCK)
    opened.page.reload()
    opened.page.wait_for_selector("[data-live='ready']")
    opened.page.evaluate("() => { window.began = 0; window.said = 0; }")
    opened.page.evaluate(
        """() => { window.began = performance.now();
        new MutationObserver(() => { window.said = performance.now() - window.began; })
          .observe(document.querySelector('#live-text'), { childList: true });
        document.querySelector('#live-start').click(); }"""
    )
    opened.page.wait_for_function("() => window.said > 0")
    assert "allow it" in opened.page.inner_text("#live-text")
    assert 1900 < opened.page.evaluate("window.said") < 4000
