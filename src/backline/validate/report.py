"""Writes the results of validation: tables as Markdown and CSV, plots as PNG, one summary."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backline.storage.atomic_file import atomic_file
from backline.validate.conditions import (
    by_clip,
    by_condition,
    by_quantity,
    calibrations,
)
from backline.validate.detection import by_size, rivals, silences
from backline.validate.figures import figures
from backline.validate.plots import plot_agreement, plot_calibration

if TYPE_CHECKING:
    import pandas as pd

    from backline.validate.run import Results

NOT_SHOWN = (
    "**What this does not show.** Rendered bodies are not flesh: their skin follows their bones "
    "exactly, no muscle bulges over the spine, no fat rolls, and cloth stands off by rule "
    "instead of folding and sliding. Their lifts, rooms and faults come from the same program "
    "as the training data, though from bodies and scenes that training never saw. So the table "
    "says how well the way from picture to angle works; on people the errors are larger by an "
    "amount that only a study against markers or X-ray can show."
)
HOW_COUNTED = (
    "Errors are measured less true, frame by frame, both as change from the same stretch of own "
    "standing; brackets hold 95 % intervals (bootstrap over clips; Wilson for shares). A planted "
    "event in a rep that was not found or not measurable counts as missed; only certain findings "
    "count as found. Every clip is analysed by `backline analyze`, with nothing given but "
    "its name. Frames in which a plate covers more than a twentieth of the low back belong to "
    '"plate over the back", whatever the clip.'
)
RIVALS_NOTE = (
    "The other rules are given the true times of the phases and use the same body points; their "
    "best threshold is chosen on these very reps, which flatters them. AUC is the chance that a "
    "rep with the event scores above one without (0.5: a coin); reps are with / without, and "
    "Backline's counts of them are those above."
)
TITLES: dict[str, str] = {
    "figures": "Figures to reach",
    "quantities": "By quantity",
    "sizes": "Planted events found, by place and size",
    "silences": "Cried where nothing was planted (false / reps measured)",
    "rivals": "The same tasks by the rules that others use",
    "calibration": "How often stated intervals hold the truth",
    "conditions": "Lumbar flexion by condition",
}
_NOTES = {"figures": HOW_COUNTED, "rivals": RIVALS_NOTE}


def tables(results: Results, network_hz: float) -> dict[str, pd.DataFrame]:
    """Return every table by name, in the order of the page (`TITLES`)."""
    import pandas as pd

    rows = [asdict(figure) for figure in figures(results, network_hz)]
    main = pd.DataFrame(rows).rename(columns={"met": "met?"})
    return {
        "figures": main,
        "quantities": by_quantity(results),
        "sizes": by_size(results.reps),
        "silences": silences(results.reps),
        "rivals": rivals(results.reps),
        "calibration": calibrations(results),
        "conditions": by_condition(results),
    }


def write(results: Results, network_hz: float, out: Path) -> Path:
    """Write everything to a folder.

    Parameters
    ----------
    results : Results
        All cases.
    network_hz : float
        Frames a second of the lumbar network.
    out : Path
        Folder; made if missing. Of each table of `TITLES` it gets ``.csv`` and ``.md``,
        besides ``clips.csv``, ``agreement.png``, ``calibration.png`` and ``summary.md``.

    Returns
    -------
    Path
        The summary.
    """
    out.mkdir(parents=True, exist_ok=True)
    found = tables(results, network_hz)
    for name, table in found.items():
        _put(out / f"{name}.csv", table.to_csv(index=False, float_format="%.4f"))
        shown = table.drop(columns="value") if name == "figures" else table
        _put(out / f"{name}.md", markdown(shown))
    _put(out / "clips.csv", by_clip(results).to_csv(index=False, float_format="%.3f"))
    _put_picture(out / "agreement.png", lambda path: plot_agreement(results, path))
    _put_picture(out / "calibration.png", lambda path: plot_calibration(results, path))
    summary = out / "summary.md"
    _put(summary, _summary(results, out))
    return summary


def _summary(results: Results, out: Path) -> str:
    parts = ["# Validation on rendered lifters", about(results), NOT_SHOWN]
    for name, title in TITLES.items():
        parts += [f"## {title}", (out / f"{name}.md").read_text().strip()]
        parts += [_NOTES[name]] if name in _NOTES else []
    parts += ["![Agreement](agreement.png)", "![Calibration](calibration.png)"]
    return "\n\n".join(parts) + "\n"


def about(results: Results) -> str:
    """Return in one paragraph what was run, and how the clips fared as a whole."""
    from backline import __version__
    from backline.sources.video.lumbar.network import LumbarNetwork

    cases = results.cases
    seeds = ", ".join(str(seed) for seed in sorted(cases["seed"].unique()))
    right = int((cases["found_lift"] == cases["lift"]).sum())
    counted = int((cases["found_reps"] == cases["reps"]).sum())
    failed = int((cases["found_failure"] != "").sum())
    return (
        f"Backline {__version__}, lumbar network {LumbarNetwork().sha256[:12]}, "
        f"{len(cases)} clips of seed {seeds} ({int((cases['group'] == 'fair').sum())} in fair "
        f"conditions), {len(results.frames)} frames, {len(results.reps)} reps. The lift was "
        f"classified correctly in {right} clips, the number of reps in {counted}; {failed} could "
        "not be analysed at all (they count as withheld)."
    )


def markdown(table: pd.DataFrame) -> str:
    """Return a table in Markdown; numbers with two digits, blanks where not known."""
    head = [str(column) for column in table.columns]
    lines = [_line(head), _line(["---"] * len(head))]
    lines += [_line(_cell(value) for value in row) for row in table.itertuples(index=False)]
    return "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.2f}"
    return str(value).replace("|", "\\|")


def fill(page: str, name: str, text: str) -> str:
    """Return a page with the part between its markers of this name replaced.

    Parameters
    ----------
    page : str
        Holds ``<!-- NAME: start -->`` and ``<!-- NAME: end -->``, each on a separate line.
    name : str
        The markers' name.
    text : str
        What to put between them.

    Raises
    ------
    ValueError
        If the page lacks the markers.
    """
    start, end = f"<!-- {name}: start -->", f"<!-- {name}: end -->"
    before, found, rest = page.partition(start)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"page: expected the markers '{start}' and '{end}', found none")
    return f"{before}{start}\n\n{text.strip()}\n\n{end}{after}"


def _put(path: Path, text: str) -> None:
    with atomic_file(path) as part:
        part.write_text(text)


def _put_picture(path: Path, draw: Callable[[Path], None]) -> None:
    with atomic_file(path) as part:
        draw(part)
