"""One event has one number, wherever it is told: headline, card, map, film, history, files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from backline.findings.finding import Finding
from backline.library.rows import place_sizes
from backline.pipeline import Analysis, analyze
from backline.report.findings_view import cards
from backline.report.overlay import Overlay
from backline.report.pagedata import page_data
from backline.report.repmap import rep_map


@pytest.fixture(scope="module")
def found(example_clip: Path) -> Analysis:
    return analyze(example_clip)


def told(analysis: Analysis, finding: Finding) -> dict[str, str]:
    """Every place that tells an event's size, as whole degrees without a sign."""
    index = analysis.findings.index(finding)
    frame = analysis.posture.index_at(finding.peak_s)
    picture = (analysis.source.width_px, analysis.source.height_px)
    chart = rep_map(analysis)
    [row] = [row for row in chart.rows if row.rep == finding.rep]
    cell = row.cells[chart.phases.index(finding.where)]
    film = Overlay(analysis, *picture)._words(frame)[0]
    sizes = [s for s in place_sizes(analysis) if (s.rep, s.place) == (finding.rep, finding.where)]
    document = analysis.to_dict()
    [rep] = [r for r in document["reps"] if r["index"] == finding.rep]
    name = {"bottom": "bottom_size_deg", "lockout": "lumbar_flexion_lockout_deg"}[finding.where]
    return {
        "card": cards(analysis, {})[index].size.rstrip("°"),
        "sentence": finding.explanation.split(" ± ")[0].split()[-1],
        "map": cell.text.lstrip("+"),
        "film": film.split("+")[1].split("°")[0],
        "page": f"{page_data(analysis, None)['findings'][index]['size']:.0f}",
        "history": f"{sizes[0].size_deg:.0f}",
        "analysis.json": f"{document['findings'][index]['size_deg']:.0f}",
        "metrics": f"{rep['metrics'][name]:.0f}",
    }


def same_everywhere(analysis: Analysis) -> int:
    roundings = [f for f in analysis.findings if f.kind == "rounding" and f.certain and f.rep]
    checked = 0
    for finding in roundings:
        if finding.where not in ("bottom", "lockout"):
            continue
        places = told(analysis, finding)
        assert set(places.values()) == {f"{finding.size_deg:.0f}"}, (finding.name, places)
        checked += 1
    largest: dict[str, Finding] = {}
    for finding in sorted(roundings, key=lambda f: f.size_deg):
        largest[finding.where] = finding
    for most in largest.values():
        assert f"{most.size_deg:.0f} ± " in analysis.summary["headline"]
        assert analysis.summary["where"][most.where] == most.size_deg  # rounded once, where shown
    return checked


def test_the_example_s_wink_and_tuck_have_one_number_each(found: Analysis) -> None:
    assert same_everywhere(found) >= 2


@pytest.mark.real
@pytest.mark.parametrize(
    "name", ["clips/back_squat_empty_bar.mp4", "clips/real/deadlift_b_rounded_starts_at_bottom.mp4"]
)
def test_so_do_a_real_squat_s_and_a_real_deadlift_s(
    name: str, shared_file: Callable[[str], Path]
) -> None:
    assert same_everywhere(analyze(shared_file(name))) >= 1
