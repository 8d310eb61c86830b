"""Plots a lifter's history, and writes it as a printable page."""

from __future__ import annotations

import math
from pathlib import Path

from backline.library.habit import Habit, History
from backline.storage.atomic_file import atomic_file

MOST_DAYS = 12
"""Dates that fit below the picture without running into each other."""
_BARS = "·▁▂▃▄▅▆▇█"


def bars(habit: Habit) -> str:
    """Return one bar a session: the share of rounded reps, for a terminal; a dot for none."""
    heights = [round((len(_BARS) - 1) * one.rounded / one.reps) for one in habit.sessions]
    return "".join(_BARS[height] for height in heights)


def write_png(history: History, file: Path) -> None:
    """Draw the share of rounded reps over the sessions, one panel a place.

    Raises
    ------
    BacklineError
        If the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    count = max(1, len(history.habits))
    # All panels share the sessions of the lifter: a place may not have been seen in each.
    days = sorted({one.day for habit in history.habits for one in habit.sessions})
    figure = Figure(figsize=(8, 0.8 + 1.7 * count), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(count, 1, sharex=True, squeeze=False)[:, 0]
    for axis, habit in zip(axes, history.habits, strict=False):
        x = [days.index(one.day) for one in habit.sessions]
        raw = [100 * one.rounded / one.reps for one in habit.sessions]
        low = [100 * one.low for one in habit.sessions]
        high = [100 * one.high for one in habit.sessions]
        axis.vlines(x, low, high, color="#8a93a5", linewidth=5, alpha=0.45)
        axis.plot(x, raw, "o-", color="#b3402e", markersize=5, linewidth=1)
        axis.axhline(50, color="#8a93a5", linewidth=0.8, linestyle=":")
        axis.set_ylim(-5, 105)
        axis.set_xlim(-0.5, len(days) - 0.5)
        axis.set_ylabel("% of reps")
        axis.set_title(f"{history.title(habit)}: {habit.state}", loc="left", fontsize=10)
        labelled = range(0, len(days), math.ceil(len(days) / MOST_DAYS))
        axis.set_xticks(labelled, [str(days[i]) for i in labelled], rotation=30, fontsize=8)
        axis.spines[["top", "right"]].set_visible(False)
    figure.suptitle(f"{history.lifter}: reps with rounding, session by session", fontsize=11)
    with atomic_file(file) as part:
        figure.savefig(part, dpi=120)


def write_html(history: History, file: Path) -> None:
    """Write the history as one self-contained page that prints on paper.

    Raises
    ------
    BacklineError
        If the file cannot be written.
    """
    import base64
    import tempfile

    from jinja2 import Environment, PackageLoader

    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "history.png"
        write_png(history, picture)
        image = base64.b64encode(picture.read_bytes()).decode("ascii")
    loader = PackageLoader("backline.library", "templates")
    page = Environment(loader=loader, autoescape=True).get_template("history.html")
    with atomic_file(file) as part:
        part.write_text(page.render(history=history, image=image), encoding="utf-8")
