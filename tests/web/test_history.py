"""The page of one lifter and the page of all, with a record of several sessions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from web_served import PageConnection, Served

from backline.findings.finding import Finding
from backline.library import Notes, Store
from backline.pipeline import Analysis
from backline.reps import Rep

PHASES = {"descent": (0.2, 0.8), "bottom": (0.8, 1.0), "ascent": (1.0, 1.2), "lockout": (1.2, 1.8)}
LINES = """(one) => { const text = document.createRange(); text.selectNodeContents(one);
  return text.getClientRects().length; }"""
"""On how many lines an element's text stands."""
TOPS_DEG = {
    "Ada": ((9.0, 8.0, 10.0, 9.0, 8.0), (9.0, 2.0, 8.0, 9.0, 1.0), (1.0, 2.0, 1.0, 7.0, 2.0)),
    "Wiebke van der Groeneveld": ((1.0, 2.0, 1.0, 1.0, 2.0),),
}
"""Rounding at the top in each rep of each session, degrees; 9 of Ada's 15 reps are findings."""


def _set(analysis: Analysis, name: str, tops_deg: tuple[float, ...]) -> Analysis:
    reps = tuple(
        Rep(i + 1, i + 0.2, i + 1.0, i + 1.8, PHASES,
            metrics={"lumbar_flexion_lockout_deg": top, "turn_back_deg": 1.0})
        for i, top in enumerate(tops_deg)
    )  # fmt: skip
    findings = tuple(
        Finding("rounding", "lockout", "opposite butt wink", i + 1, 1.2, 1.5, 1.8, top, 1.5, 0.95,
                True, "kept")
        for i, top in enumerate(tops_deg) if top >= 5
    )  # fmt: skip
    source = replace(analysis.source, sha256=name.encode().hex()[:64].ljust(64, "0"))
    summary = {"cue": None, "not_measured": [], "headline": ""}
    return replace(analysis, source=source, reps=reps, findings=findings, summary=summary)


@pytest.fixture
def recorded(
    make_analysis: Callable[..., Analysis], start: Callable[..., Served], tmp_path: Path
) -> Served:
    """A server on a record of three sessions of Ada and one of another lifter."""
    with Store(folder=tmp_path) as store:
        for lifter, sessions in TOPS_DEG.items():
            for week, tops_deg in enumerate(sessions):
                one = _set(make_analysis(), f"{week} {lifter}", tops_deg)
                day = date(2026, 9, 1 + 7 * week)
                store.save(one, lifter, day=day, notes=Notes(felt="neutral"))
    return start(tmp_path)


def test_history_says_where_it_rounds_and_leaves_out_what_says_nothing(
    recorded: Served, visit: Callable[..., PageConnection]
) -> None:
    for width, scheme in [(1280, "light"), (390, "light"), (1280, "dark"), (390, "dark")]:
        opened = visit(recorded, "/lifter?name=Ada", width=width, scheme=scheme)
        page = opened.page
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator(".habit h3").all_inner_texts() == ["Lockout: cannot tell yet"]
        assert page.locator(".habit circle").count() == 3, "a point a session"
        card = page.inner_text(".habit")
        assert "9 of 15 reps rounded" in card
        assert "Felt neutral in 3 sets" in card
        assert "bottom (0 of 15)" in page.inner_text("section[aria-labelledby='habits-title']")
        days = page.locator(".sets tbody th")
        assert days.all_inner_texts() == ["2026-09-15", "2026-09-08", "2026-09-01"], "newest first"
        heads = page.locator(".sets thead th").all_inner_texts()
        assert "Cue" not in heads, "no set had one"
        assert [days.nth(k).evaluate(LINES) for k in range(3)] == [1, 1, 1], "no date is broken"
        assert opened.said == []


def test_one_session_is_too_early_for_a_habit_and_draws_no_chart(
    recorded: Served, visit: Callable[..., PageConnection]
) -> None:
    page = visit(recorded, "/lifter?name=Wiebke van der Groeneveld", width=390).page
    told = page.inner_text("section[aria-labelledby='habits-title']")
    assert told.count("Too early to speak of a habit") == 1
    assert "lockout (0 of 5)" in told
    assert page.locator(".habit").count() == 0
    assert "%" not in told


def test_the_list_of_lifters_counts_reps_and_keeps_to_findings(
    recorded: Served, visit: Callable[..., PageConnection]
) -> None:
    for width, scheme in [(1280, "light"), (390, "dark")]:
        page = visit(recorded, "/lifters", width=width, scheme=scheme).page
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        ada, other = page.locator(".glance tbody tr").all_inner_texts()
        assert "1 of 5 most 10°" in ada.replace("\n", " ")
        assert "most" not in other
        assert (
            page.locator(".prevalence li").all_inner_texts()[0] == "1 of 2 lifters round at the top"
        )
        page.click(".glance a:has-text('Ada')")
        page.wait_for_url("**/lifter?name=Ada")
