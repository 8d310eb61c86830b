"""The server's side of the Live page: pictures in, answers out, drill and recording kept."""

from __future__ import annotations

import asyncio
import io
import json
import math
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI
from PIL import Image
from websockets.sync.client import ClientConnection, connect

from backline.formats.frames import Frame
from backline.formats.video import open_clip
from backline.library import Store, drills
from backline.live.causal_estimator import LiveEstimate
from backline.live.cueing import GivenCue
from backline.live.drill import STEPS
from backline.live.log import load_log
from backline.live.phases import BodyPlace
from backline.live.session import LiveState
from backline.web import live_slot
from backline.web.browser_session import (
    HEAD,
    LARGEST_PICTURE,
    LONGEST_GAP_S,
    Answer,
    BrowserSession,
    LiveOptions,
    read_live_options,
)
from backline.web.live_routes import live_routes
from backline.web.live_slot import LiveSlot
from backline.web.options import Options
from backline.web.site import Site, open_site
from backline.web.upload import Refused
from tests.deadlines import PATIENCE_S

ROOM = "0123456789abcdef" * 2
OTHER = "f" * 32


def jpeg(width: int = 64, height: int = 48, grey: int = 90) -> bytes:
    with io.BytesIO() as stream:
        Image.new("RGB", (width, height), (grey, grey, grey)).save(stream, "JPEG")
        return stream.getvalue()


def message(time_s: float, picture: bytes | None = None) -> bytes:
    return HEAD.pack(time_s) + (jpeg() if picture is None else picture)


class ScriptedSession:
    """Stands where the session with the network stands; its lifter does what the clock says."""

    lag_s = 0.0

    def __init__(self, angle: Callable[[float], float]) -> None:
        self.angle = angle
        self.seen: list[Frame] = []
        self.closed = False

    def step(self, frame: Frame) -> LiveState:
        self.seen.append(frame)
        now = frame.time_s
        place = BodyPlace("standing", 0, 0.0, 0)
        if now >= 1.0:
            place = (
                BodyPlace("descent", 1, 0.5, 0) if now < 3.0 else BodyPlace("lockout", 1, 0.0, 1)
            )
        cue = GivenCue(now, 1, "bottom", 9.0, 1.0, True) if now == 2.0 else None
        line = np.array([[0.0, 0.0], [32.0, 24.0], [np.nan, 1.0]], dtype=np.float32)
        estimate = LiveEstimate(self.angle(now), 1.0, -2.0, 0.0, "")
        return LiveState(now, "live", "", 1.0, estimate, place, cue, line, line)

    def close(self) -> None:
        self.closed = True


def session_of_page(
    asked: LiveOptions, clip: Path, angle: Callable[[float], float]
) -> BrowserSession:
    session: Any = ScriptedSession(angle)
    return BrowserSession(asked, clip, lambda **_: session)


def make_session(
    tmp_path: Path, angle: Callable[[float], float] = lambda _: 0.0, **asked: Any
) -> BrowserSession:
    return session_of_page(LiveOptions(ROOM, **asked), tmp_path / "clip" / "lift.mp4", angle)


def play(session: BrowserSession, until_s: float, step_s: float = 0.1) -> list[Answer]:
    return [session.take(message(k * step_s)) for k in range(round(until_s / step_s))]


def test_an_answer_tells_what_to_show_in_shares_of_the_picture(tmp_path: Path) -> None:
    session = make_session(tmp_path, lambda _: 4.25)
    told = session.take(message(0.5)).content
    assert (told["lumbar_deg"], told["sd_deg"], told["pelvis_deg"]) == (4.25, 1.0, -2.0)
    assert told["line"] == [[0.0, 0.0], [0.5, 0.5]], "a point that is not known is left out"
    assert told["ghost"] == told["line"]
    json.dumps(told, allow_nan=False)


def test_what_is_not_measured_is_null_never_a_number(tmp_path: Path) -> None:
    told = make_session(tmp_path, lambda _: math.nan).take(message(0.5)).content
    assert told["lumbar_deg"] is None
    json.dumps(told, allow_nan=False)


def test_the_replay_comes_with_its_own_pictures(tmp_path: Path) -> None:
    session = make_session(
        tmp_path, lambda now: 12.0 if abs(now - 2.5) < 0.05 else 0.0, delay_s=1.0
    )
    sent = [jpeg(grey=k) for k in range(60)]
    answers = [session.take(message(k * 0.1, picture)) for k, picture in enumerate(sent)]
    (due,) = [k for k, one in enumerate(answers) if one.pictures]
    assert due == 40
    replay = answers[due].content["replay"]
    assert (replay["rep"], replay["worst_deg"], replay["place"]) == (1, 12.0, "low")
    assert replay["times_s"][replay["worst"]] == pytest.approx(2.5)
    first = round(replay["times_s"][0] * 10)
    assert answers[due].pictures == b"".join(sent[first : due + 1])
    assert replay["bytes"] == [len(one) for one in sent[first : due + 1]]
    assert len(replay["lines"]) == len(replay["lumbar_deg"]) == len(replay["bytes"])


def test_a_cue_is_told_once_with_its_moment(tmp_path: Path) -> None:
    cues = [one.content["cue"] for one in play(make_session(tmp_path), 3.0) if one.content["cue"]]
    assert cues == [
        {"time_s": 2.0, "rep": 1, "place": "bottom", "size_deg": 9.0, "sd_deg": 1.0, "heard": True}
    ]


@pytest.mark.parametrize("time_s", [0.4, 0.5, -1.0, math.nan, math.inf])
def test_a_picture_that_is_not_later_is_left_out(tmp_path: Path, time_s: float) -> None:
    session = make_session(tmp_path)
    session.take(message(0.5))
    assert session.take(message(time_s)).content == {"late": True}


@pytest.mark.parametrize(
    "picture",
    [b"", b"GIF89a", b"\xff\xd8\xff\xe0" + bytes(40), jpeg()[:200], jpeg(1400, 20),
     bytes(LARGEST_PICTURE + 1)],
)  # fmt: skip
def test_what_is_no_picture_of_the_page_is_refused(tmp_path: Path, picture: bytes) -> None:
    session = make_session(tmp_path)
    with pytest.raises(Refused, match="reload the page"):
        session.take(message(0.1, picture))
    assert session.take(message(0.2)).content["stage"] == "live", "and the session goes on"


def test_nothing_is_written_unless_asked(tmp_path: Path) -> None:
    session = make_session(tmp_path)
    play(session, 5.0)
    assert session.close() is False
    assert list(tmp_path.iterdir()) == []


def test_a_recording_holds_every_picture_that_was_looked_at(tmp_path: Path) -> None:
    session = make_session(tmp_path, keep=True)
    play(session, 2.0)
    assert session.close() is True
    with open_clip(session.clip) as clip:
        times = [frame.time_s for frame in clip.frames()]
    assert times == pytest.approx([0.1 * k for k in range(20)], abs=0.002)


@pytest.mark.parametrize(
    "wrong",
    [{"room": "x"}, {"room": None}, {"train": "knees"}, {"schedule": ["always"]}, {"side": "up"},
     {"delay_s": 11}, {"delay_s": -1}, {"delay_s": "1"}, {"lifter": "a" * 81},
     {"lifter": "a\u202eb"}],
)  # fmt: skip
def test_impossible_wishes_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="reload the page"):
        read_live_options({"room": ROOM, **wrong})


def test_wishes_are_taken_as_they_are_and_keeping_only_by_a_plain_yes() -> None:
    asked = read_live_options({"room": ROOM, "train": "top", "keep": "yes", "lifter": " Ada  L "})
    assert asked == LiveOptions(ROOM, train="top", keep=False, lifter="Ada L")
    assert read_live_options({"room": ROOM, "keep": True}).keep


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = open_site(Options(tmp_path / "web"))
    yield opened
    opened.queue.close()
    opened.lift_store.close()


@pytest.fixture
def address(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server with the socket, and the scripted lifter of the drill behind it."""

    def room(asked: LiveOptions, clip: Path) -> BrowserSession:
        return session_of_page(asked, clip, drilling if asked.drill else lambda _: 0.0)

    monkeypatch.setattr(live_slot, "BrowserSession", room)
    app = FastAPI()
    app.include_router(live_routes(LiveSlot(site)))
    config = uvicorn.Config(app, log_level="critical", ws="websockets-sansio", lifespan="off")
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"ws://127.0.0.1:{listening.getsockname()[1]}/api/live"
        server.should_exit = True
        thread.join(PATIENCE_S)


ENDS = [sum(s.length_s for s in STEPS[: i + 1]) for i in range(len(STEPS))]


def drilling(now: float) -> float:
    """Nine degrees tucked, seven arched, and the middle held."""
    step = next((s for s, end in zip(STEPS, ENDS, strict=True) if now < end), STEPS[-1])
    return {"posterior": 9.0, "anterior": -7.0, "hold": 1.0}.get(step.kind, 0.0)


def ask(page: ClientConnection, **asked: Any) -> None:
    page.send(json.dumps({"room": ROOM, **asked}))


def heard(page: ClientConnection) -> dict[str, Any]:
    return dict(json.loads(page.recv(timeout=300)))


def show(page: ClientConnection, time_s: float) -> dict[str, Any]:
    page.send(message(time_s))
    return heard(page)


def test_the_drill_is_scored_and_saved_in_the_lifter_s_record(address: str) -> None:
    with connect(address) as page:
        ask(page, drill=True, lifter="Drilla")
        told = [show(page, 0.5 * k) for k in range(round(2 * ENDS[-1]) + 1)]
        page.send("stop")
        left = heard(page)
    kinds = [one["drill"]["kind"] for one in told]
    assert list(dict.fromkeys(kinds)) == ["ready", "posterior", "anterior", "rest", "hold", "over"]
    assert told[-1]["drill"]["score"] == 100
    assert left["over"] is True
    assert "Drilla" in left["drill"]
    with Store() as store:
        ((_, result),) = drills(store, "Drilla")
    assert (result.posterior_deg, result.anterior_deg, result.score) == (9.0, -7.0, 100)


def test_a_recording_becomes_a_lift_in_the_queue(address: str, site: Site) -> None:
    with connect(address) as page:
        ask(page, keep=True, side="left", lifter="Ada")
        for k in range(10):
            show(page, 0.1 * k)
        page.send("stop")
        lift_id = heard(page)["lift"]
    entry = site.lift_store.get(lift_id)
    assert (entry.state, entry.lifter, entry.changes) == ("waiting", "Ada", {"side": "left"})
    assert site.lift_store.clip(lift_id).stat().st_size == entry.size_bytes > 0
    log = load_log(site.lift_store.live(lift_id))
    assert [state.time_s for state in log.states] == pytest.approx([0.1 * k for k in range(10)])


def test_a_page_that_was_away_finds_its_session_again(address: str) -> None:
    with connect(address) as page:
        ask(page)
        assert show(page, 4.0)["finished"] == 1
    with connect(address) as page:
        ask(page)
        assert show(page, 3.0) == {"late": True}, "it is the same session"
        assert show(page, 5.0)["finished"] == 1


def test_a_page_takes_its_session_over_from_a_connection_that_hangs(address: str) -> None:
    with connect(address) as asleep:
        ask(asleep)
        assert show(asleep, 4.0)["finished"] == 1
        with connect(address) as page:
            ask(page)
            assert show(page, 5.0)["finished"] == 1
            asleep.close()
            assert show(page, 6.0)["finished"] == 1, "the old one's end changes nothing"


def test_two_pages_do_not_look_at_the_same_time(address: str) -> None:
    with connect(address) as page:
        ask(page)
        show(page, 0.1)
        with connect(address) as second:
            ask(second, room=OTHER)
            assert "another window" in heard(second)["error"]
        assert show(page, 0.2)["stage"] == "live"


@pytest.mark.parametrize("said", ["no json", "[]", '{"room": 3}'])
def test_a_page_that_makes_no_sense_is_told_so(address: str, said: str) -> None:
    with connect(address) as page:
        page.send(said)
        assert "reload the page" in heard(page)["error"]


def test_of_forty_pages_at_once_one_is_let_in(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one before has gone; closing its session takes a while: the slot is locked meanwhile."""
    monkeypatch.setattr(
        live_slot, "BrowserSession", lambda asked, clip: session_of_page(asked, clip, lambda _: 0.0)
    )

    async def all_at_once() -> list[Any]:
        slot = LiveSlot(site)
        before = await slot.connect(LiveOptions(ROOM))
        slot.disconnect(before)
        asked = [LiveOptions(f"{number:032x}") for number in range(40)]
        found = await asyncio.gather(*(slot.connect(one) for one in asked), return_exceptions=True)
        await slot.close(before.session)  # whose session has ended long ago: nothing happens
        visits = [one for one in found if not isinstance(one, BaseException)]
        assert slot.is_latest(visits[0])
        await slot.close()
        return found

    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(asyncio.run, all_at_once()).result(PATIENCE_S)
    refused = [one for one in found if isinstance(one, Refused)]
    assert (len(found), len(refused)) == (40, 39)
    assert {one.status for one in refused} == {409}


@pytest.mark.parametrize("time_s", [1e300, 1e8, 0.5 + 2 * LONGEST_GAP_S])
def test_an_absurd_time_is_told_and_the_recording_goes_on(tmp_path: Path, time_s: float) -> None:
    session = make_session(tmp_path, keep=True)
    play(session, 0.5)
    with pytest.raises(Refused, match="clock of this page jumped"):
        session.take(message(time_s))
    session.take(message(0.6))
    assert session.close() is True


def test_another_size_is_told_where_a_recording_runs(tmp_path: Path) -> None:
    session = make_session(tmp_path, keep=True)
    play(session, 0.5)
    with pytest.raises(Refused, match="changed its size"):
        session.take(message(0.6, jpeg(80, 60)))
    assert session.close() is True
    free = make_session(tmp_path)
    play(free, 0.5)
    assert free.take(message(0.6, jpeg(80, 60))).content["stage"] == "live"


def test_a_page_hears_why_before_its_socket_closes(address: str) -> None:
    with connect(address) as page:
        ask(page, keep=True)
        show(page, 0.1)
        page.send(message(0.2, jpeg(80, 60)))
        assert "changed its size" in heard(page)["error"]
