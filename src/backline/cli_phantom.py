"""``backline phantom``: render a lift whose truth is known, to test any tool with."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from backline.errors import UsageError


class LiftName(str, Enum):
    """Lifts that can be rendered."""

    squat = "squat"
    deadlift = "deadlift"


class PlateName(str, Enum):
    """Plates on the bar."""

    none = "none"
    small = "small"
    full = "450"


class FitName(str, Enum):
    """Fit of the clothes."""

    tight = "tight"
    normal = "normal"
    loose = "loose"


Degrees = Annotated[float, typer.Option(min=-40, max=60)]
_NO_REPS = ""


def phantom(
    out: Annotated[Path, typer.Argument(metavar="OUT.mp4", help="Video to write.")],
    lift: Annotated[LiftName, typer.Option(help="Which lift.")] = LiftName.squat,
    reps: Annotated[int, typer.Option(min=1, max=30, help="Number of reps.")] = 3,
    top: Annotated[float, typer.Option(help="Rounding at lockout, degrees (- arches).")] = 0.0,
    bottom: Annotated[float, typer.Option(help="Rounding at the bottom, degrees.")] = 0.0,
    ascent: Annotated[float, typer.Option(help="Rounding half way up, degrees.")] = 0.0,
    thoracic: Annotated[float, typer.Option(help="Upper-back rounding below, degrees.")] = 0.0,
    neck: Annotated[float, typer.Option(help="Neck flexion below, degrees.")] = 0.0,
    drift: Annotated[float, typer.Option(help="Added to --bottom with every rep, degrees.")] = 0.0,
    top_reps: Annotated[str, typer.Option(help="Only these reps get --top, e.g. 2,3.")] = _NO_REPS,
    bottom_reps: Annotated[str, typer.Option(help="Only these get --bottom.")] = _NO_REPS,
    yaw: Annotated[float, typer.Option(min=-60, max=60, help="Camera yaw, degrees.")] = 0.0,
    plates: Annotated[PlateName, typer.Option(help="Plates on the bar.")] = PlateName.none,
    fit: Annotated[FitName, typer.Option(help="Fit of the clothes.")] = FitName.tight,
    height_px: Annotated[int, typer.Option(min=240, max=1920, help="Picture height.")] = 720,
    rate: Annotated[float, typer.Option(min=5, max=240, help="Frames a second.")] = 30.0,
    shake: Annotated[float, typer.Option(min=0, max=20, help="Hand shake, pixels.")] = 0.0,
    crf: Annotated[int, typer.Option(min=0, max=45, help="Compression, 18 fine.")] = 20,
    seed: Annotated[int, typer.Option(help="Another body, room and light.")] = 1,
) -> None:
    """Render a lifter whose truth is known at every frame: OUT.mp4, .truth.csv, .truth.json."""
    import numpy as np

    from backline.cli_common import progress_bar
    from backline.phantom.clip import render_clip
    from backline.phantom.random_clip import Wishes, base_rep, draw_scene, make_plan

    if out.suffix.lower() != ".mp4":
        raise UsageError(f"The video to write is called '{out.name}': give a name ending in .mp4.")
    rng = np.random.default_rng(seed)
    bar: Any = "hands" if lift is LiftName.deadlift else "high_bar"
    wishes = Wishes(
        lift.value, bar, plates.value, fit.value, yaw, height_px, shake, roll_deg=0.0  # type: ignore[arg-type]
    )  # fmt: skip
    scene = draw_scene(wishes, rng, seed)
    rep = base_rep(wishes, rng)
    plan_reps, events = _plant(
        rep, reps, top, bottom, ascent, thoracic, neck, drift,
        _numbers(top_reps, reps), _numbers(bottom_reps, reps),
    )  # fmt: skip
    out.parent.mkdir(parents=True, exist_ok=True)
    with progress_bar(out.name, quiet=False) as progress:
        render_clip(out, scene, make_plan(plan_reps, rng, rate), crf=crf, events=events, progress=progress)
    typer.echo(str(out))


def _numbers(text: str, reps: int) -> set[int]:
    if not text:
        return set(range(1, reps + 1))
    try:
        return {int(part) for part in text.split(",")}
    except ValueError as wrong:
        raise UsageError(
            f"Rep numbers were given as '{text}': write numbers with commas, such as 2,3."
        ) from wrong


def _plant(
    rep: Any,
    reps: int,
    top: float,
    bottom: float,
    ascent: float,
    thoracic: float,
    neck: float,
    drift: float,
    top_reps: set[int],
    bottom_reps: set[int],
) -> tuple[list[Any], list[dict[str, Any]]]:
    """Return the reps with what is planted in each, and the list of planted events."""
    from dataclasses import replace

    planned, events = [], []
    for number in range(1, reps + 1):
        low = (bottom if number in bottom_reps else 0.0) + drift * (number - 1)
        high = top if number in top_reps else 0.0
        planned.append(
            replace(rep, top_deg=high, bottom_deg=low, ascent_deg=ascent, thoracic_deg=thoracic, neck_deg=neck)
        )  # fmt: skip
        for where, size in (("lockout", high), ("bottom", low), ("ascent", ascent)):
            if size:
                kind = "rounding" if size > 0 else "over_extension"
                events.append({"rep": number, "where": where, "kind": kind, "size_deg": abs(size)})
    return planned, events
