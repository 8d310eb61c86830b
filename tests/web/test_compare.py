"""Compare: what the record says of two cues stands on the page, and so does that it cannot tell."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from web_served import PageConnection, Served, copy_lift

from backline.library import Store
from backline.pipeline import Analysis
from tests.library.saver import analysis_of

Open = Callable[..., PageConnection]
SQUEEZE, TALL = "squeeze the glutes", "stand tall"
SESSIONS = 6


def told(number: int, cue: str, tuck_deg: float) -> Analysis:
    """A set under a cue, its reps tucked by so much at the top, give or take."""
    plain = analysis_of(number)
    sizes = tuck_deg + np.random.default_rng(number).normal(0.0, 1.0, len(plain.reps))
    reps = tuple(
        replace(rep, metrics={"lumbar_flexion_lockout_deg": float(size), "turn_back_deg": 1.0})
        for rep, size in zip(plain.reps, sizes, strict=True)
    )
    findings = tuple(
        replace(one, size_deg=float(size)) for one, size in zip(plain.findings, sizes, strict=True)
    )
    return replace(plain, reps=reps, findings=findings, summary={**plain.summary, "cue": cue})


@pytest.fixture(scope="module")
def gym(
    start: Callable[..., Served], cached: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory
) -> Served:
    """A server: Cleo under two cues over six sessions, Ben under two in one session."""
    data = tmp_path_factory.mktemp("compared") / "data"
    shutil.copytree(cached[0], data)
    with Store(folder=data) as store:
        for session in range(SESSIONS):
            day = date(2026, 1, 5) + timedelta(days=7 * session)
            store.save(told(2 * session, SQUEEZE, 12.0), "Cleo", day=day)
            store.save(told(2 * session + 1, TALL, 3.0), "Cleo", day=day)
        store.save(told(100, SQUEEZE, 12.0), "Ben", day=date(2026, 1, 5))
        store.save(told(101, TALL, 3.0), "Ben", day=date(2026, 1, 5))
    for number, (lifter, cue) in enumerate(
        [("Cleo", SQUEEZE), ("Cleo", TALL), ("Ben", SQUEEZE), ("Ben", TALL)]
    ):
        copy_lift(data / "web", cached[1], f"{number}" * 16, lifter=lifter, cue=cue, set_id=None)
    return start(data)


def verdict(visit: Open, gym: Served, a: int, b: int) -> dict[str, str]:
    """What the page says of each place."""
    page = visit(gym, f"/compare?a={str(a) * 16}&b={str(b) * 16}").page
    rows = page.locator("section[aria-labelledby='verdict-title'] tbody tr")
    texts = [rows.nth(k).inner_text() for k in range(rows.count())]
    return {text.split("\t")[0].strip(): text for text in texts}


def test_a_cue_that_helped_over_six_sessions_is_named_with_its_effect(
    visit: Open, gym: Served
) -> None:
    said = verdict(visit, gym, 0, 1)["lockout"]
    assert "B is better" in said
    effect = float(said.split("\t")[1].split("°")[0])
    assert effect == pytest.approx(-9.0, abs=1.0)


def test_the_other_way_round_the_other_one_is_named(visit: Open, gym: Served) -> None:
    assert "A is better" in verdict(visit, gym, 1, 0)["lockout"]


def test_one_session_of_each_cannot_tell_yet(visit: Open, gym: Served) -> None:
    said = verdict(visit, gym, 2, 3)
    assert "cannot tell yet" in said["lockout"]
    assert "better" not in said["lockout"]


def test_cues_of_two_lifters_are_not_compared_and_the_page_says_what_to_choose(
    visit: Open, gym: Served
) -> None:
    page = visit(gym, f"/compare?a={'0' * 16}&b={'3' * 16}").page
    assert "two lifts of one lifter" in page.inner_text("main")
    assert page.locator("section[aria-labelledby='verdict-title'] table").count() == 0
