"""A real ``backline serve``: restarts, many uploads at once, and files that mean harm."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from web_served import Served

from backline.web.authentication import set_password
from backline.web.middleware import HEADERS
from tests.deadlines import wait_until

Start = Callable[..., Served]


def until(done: Callable[[], bool], longest_s: float = 480.0) -> None:
    wait_until(done, longest_s, 0.3)


def test_a_restart_in_the_middle_of_a_job_takes_it_up_again(
    start: Start, example_clip: Path, tmp_path: Path
) -> None:
    first = start(tmp_path)
    lift_id = first.add(example_clip)
    until(lambda: first.lifts()[lift_id]["stage"] is not None)
    first.stop()
    second = start(tmp_path)
    until(lambda: second.lifts()[lift_id]["stage"] is not None)
    assert second.lifts()[lift_id]["state"] == "working"
    assert second.tell(lift_id, "cancel")[0] == 200
    assert second.wait(lift_id, "cancelled")["error"] is None
    second.stop()


def test_ten_uploads_at_once_all_arrive(start: Start, example_clip: Path, tmp_path: Path) -> None:
    site = start(tmp_path)
    with ThreadPoolExecutor(10) as pool:
        ids = list(pool.map(lambda n: site.add(example_clip, lifter=f"L{n}"), range(10)))
    assert len(set(ids)) == 10
    lifts = site.lifts()
    assert {lifts[one]["state"] for one in ids} <= {"waiting", "working"}
    clips = [tmp_path / "web" / "lifts" / one / "clip" / "lift.mp4" for one in ids]
    assert all(clip.read_bytes() == example_clip.read_bytes() for clip in clips)
    for one in ids:
        assert site.tell(one, "delete")[0] == 200
    assert site.lifts() == {}
    site.stop()


def test_files_that_mean_harm_are_answered_in_plain_words(site: Served, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.mp4"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(50_000_000))
    before = set(site.lifts())
    status, said, _ = site.ask("/api/lifts?name=bomb.mp4", bomb.read_bytes())
    assert status == 415
    assert "not a video" in json.loads(said)["error"]
    assert set(site.lifts()) == before


def test_a_header_that_promises_ten_gigabytes_harms_nothing(
    site: Served, example_clip: Path, tmp_path: Path
) -> None:
    film = bytearray(example_clip.read_bytes())
    at = film.find(b"mdat") - 4
    film[at : at + 4] = (1).to_bytes(4, "big")  # the size follows in eight bytes
    film[at + 8 : at + 16] = (10 * 2**30).to_bytes(8, "big")
    hostile = tmp_path / "ten_gigabytes.mp4"
    hostile.write_bytes(film[: at + 4096])
    lift_id = site.add(hostile)
    ended = site.wait(lift_id, "failed", "stopped", "done")
    assert ended["state"] in ("failed", "stopped")
    assert ended["error"].endswith(".")
    assert str(site.data) not in ended["error"], "no folder of the server is told"
    assert site.tell(lift_id, "delete")[0] == 200


@pytest.mark.parametrize(
    "path",
    ["/lifts/../../etc/passwd/clip.mp4", "/lifts/%2e%2e/files/analysis.json",
     "/lifts/{lift}/files/..%2f..%2fweb.sqlite", "/lifts/{lift}/files/measured.zip",
     "/lifts/{lift}/files/lift.exe", "/assets/..%2fserver.py", "/assets/texts.en.toml"],
)  # fmt: skip
def test_no_path_leads_to_another_file(site: Served, lift: str, path: str) -> None:
    assert site.ask(path.format(lift=lift))[0] == 404


@pytest.mark.parametrize("name", ["analysis.json", "series.csv", "report.html", "overlay.mp4",
                                  "landmarks.trc", "lift.c3d", "lift.sto"])  # fmt: skip
def test_every_export_comes_whole(site: Served, lift: str, name: str) -> None:
    status, body, headers = site.ask(f"/lifts/{lift}/files/{name}")
    assert status == 200
    assert len(body) > 1000
    assert HEADERS["x-content-type-options"] in headers["x-content-type-options"]


def test_a_part_of_the_clip_can_be_asked_for(site: Served, lift: str) -> None:
    status, body, _ = site.ask(f"/lifts/{lift}/clip.mp4", None, Range="bytes=4-7")
    assert (status, body) == (206, b"ftyp")


def test_without_a_password_another_host_header_is_refused(site: Served) -> None:
    for path in ("/", "/api/lifts", "/assets/app.css"):
        assert site.ask(path, None, Host="evil.example")[0] == 421


@pytest.mark.parametrize(
    ("wanted", "status"),
    [({"standing": [2, 1]}, 422), ({"standing": ["x", "y"]}, 422), ({"span": 3}, 422),
     ({"lift": "bench"}, 422), ({"side": "../"}, 422),
     ({"sex": "m"}, 422), ({"bar_place": "neck"}, 422)],
)  # fmt: skip
def test_a_correction_that_cannot_be_is_refused(
    site: Served, lift: str, wanted: dict[str, object], status: int
) -> None:
    found, said = site.tell(lift, "again", **wanted)
    assert found == status
    assert said["error"]
    assert site.lifts()[lift]["state"] == "done"


def test_an_unknown_act_or_lift_is_refused(site: Served, lift: str) -> None:
    assert site.tell(lift, "explode")[0] == 422
    assert site.tell("0" * 16, "delete")[0] == 404


@pytest.mark.parametrize("page", ["/", "/add", "/learn", "/what-if"])
def test_a_page_holds_its_own_address_only(site: Served, page: str) -> None:
    status, body, headers = site.ask(page)
    assert status == 200
    assert b"https://" not in body
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_the_password_opens_the_app_and_a_wrong_one_or_a_huge_form_does_not(
    start: Start, tmp_path: Path
) -> None:
    set_password(tmp_path / "web", "correct horse battery")
    site = start(tmp_path)
    assert site.ask("/api/lifts")[0] == 401
    assert b'name="password"' in site.ask("/", Accept="text/html")[1]
    assert site.ask("/login", b"password=wrong+password")[0] == 401
    assert site.ask("/login", b"password=" + bytes(10_000))[0] == 413
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    opener.open(f"{site.address}/login", b"password=correct+horse+battery", timeout=300).close()
    with opener.open(f"{site.address}/api/lifts", timeout=300) as answer:
        assert json.loads(answer.read()) == []
    site.stop()


def test_others_cannot_reach_it_without_a_password(tmp_path: Path) -> None:
    import os

    done = subprocess.run(
        [sys.executable, "-m", "backline", "serve", "--host", "0.0.0.0", "--port", "0"],
        env=os.environ | {"BACKLINE_DATA": str(tmp_path)}, capture_output=True, text=True,
        timeout=300,
    )  # fmt: skip
    assert done.returncode == 2
    assert "needs a password" in done.stderr


def test_a_second_server_on_the_same_folder_is_told(start: Start, tmp_path: Path) -> None:
    import os

    first = start(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "backline", "serve", "--port", "0"],
        env=os.environ | {"BACKLINE_DATA": str(tmp_path)}, capture_output=True, text=True,
        timeout=300,
    )  # fmt: skip
    assert done.returncode == 2
    assert "another backline serve already works on" in done.stderr
    first.stop()
    start(tmp_path).stop()
