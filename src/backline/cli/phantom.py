"""``backline phantom``: renders a lift with known angles, to test any tool with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from backline.errors import UsageError

#: What a back can be asked to do, degrees; beyond this the rendered body folds into itself.
LEAST_DEG, MOST_DEG = -40.0, 60.0


def _degrees(help_text: str) -> Any:
    return typer.Option(min=LEAST_DEG, max=MOST_DEG, help=help_text)


def phantom(
    out: Annotated[Path, typer.Argument(metavar="OUT.mp4", help="Video to write.")],
    lift: Annotated[Literal["squat", "deadlift"], typer.Option(help="Which lift.")] = "squat",
    reps: Annotated[int, typer.Option(min=1, max=30, help="Number of reps.")] = 3,
    top: Annotated[float, _degrees("Rounding at lockout, degrees (- arches).")] = 0.0,
    bottom: Annotated[float, _degrees("Rounding at the bottom, degrees.")] = 0.0,
    ascent: Annotated[float, _degrees("Rounding half way up, degrees.")] = 0.0,
    thoracic: Annotated[float, _degrees("Upper-back rounding below, degrees.")] = 0.0,
    neck: Annotated[float, _degrees("Neck flexion below, degrees.")] = 0.0,
    drift: Annotated[float, _degrees("Added to --bottom with every rep, degrees.")] = 0.0,
    top_reps: Annotated[str, typer.Option(help="Only these reps get --top, e.g. 2,3.")] = "",
    bottom_reps: Annotated[str, typer.Option(help="Only these get --bottom.")] = "",
    yaw: Annotated[float, typer.Option(min=-60, max=60, help="Camera yaw, degrees.")] = 0.0,
    plates: Annotated[
        Literal["none", "small", "450"], typer.Option(help="Plates on the bar.")
    ] = "none",
    fit: Annotated[
        Literal["tight", "normal", "loose"], typer.Option(help="Fit of the clothes.")
    ] = "tight",
    height_px: Annotated[int, typer.Option(min=240, max=1920, help="Picture height.")] = 720,
    rate: Annotated[float, typer.Option(min=5, max=240, help="Frames a second.")] = 30.0,
    shake: Annotated[float, typer.Option(min=0, max=20, help="Hand shake, pixels.")] = 0.0,
    stickers_mm: Annotated[
        float, typer.Option(min=0, max=80, help="Printed stickers of this size, mm; 0 none.")
    ] = 0.0,
    dots: Annotated[str, typer.Option(metavar="COLOUR", help="Three balls on the back.")] = "",
    crf: Annotated[int, typer.Option(min=0, max=45, help="Compression, 18 fine.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="Another body, room and light.")] = 1,
) -> None:
    """Render a lifter whose truth is known at every frame: OUT.mp4, .truth.csv, .truth.json."""
    import numpy as np

    from backline.cli.common import progress_bar
    from backline.phantom.clip import render_clip
    from backline.phantom.plan import events_of
    from backline.phantom.planted import Planted, plant
    from backline.phantom.random_clip import Wishes, base_rep, draw_scene, make_plan
    from backline.sources.fiducials.layout import COLOURS

    if out.suffix.lower() != ".mp4":
        raise UsageError(f"The video to write is called '{out.name}': give a name ending in .mp4.")
    planted = Planted(
        top_deg=top, bottom_deg=bottom, ascent_deg=ascent, thoracic_deg=thoracic, neck_deg=neck,
        drift_deg=drift, top_reps=_numbers("--top-reps", top_reps, reps),
        bottom_reps=_numbers("--bottom-reps", bottom_reps, reps),
    )  # fmt: skip
    rng = np.random.default_rng(seed)
    bar: Literal["hands", "high_bar"] = "hands" if lift == "deadlift" else "high_bar"
    wishes = Wishes(lift, bar, plates, fit, yaw, height_px, shake, roll_deg=0.0)
    scene = draw_scene(wishes, rng, seed)
    if dots and dots not in COLOURS:
        raise UsageError(f"--dots is '{dots}': use one of {', '.join(COLOURS)}.")
    scene = replace(scene, stickers_mm=stickers_mm, dots=dots)
    plan = make_plan(plant(base_rep(wishes, rng), reps, planted), rng, rate)
    out.parent.mkdir(parents=True, exist_ok=True)
    with progress_bar(out.name, quiet=False) as progress:
        render_clip(out, scene, plan, crf=crf, events=events_of(plan), progress=progress)
    typer.echo(str(out))


def _numbers(option: str, text: str, reps: int) -> frozenset[int]:
    """Read rep numbers such as "2,3"; all of them where none is given."""
    every = frozenset(range(1, reps + 1))
    if not text:
        return every
    try:
        numbers = frozenset(int(part) for part in text.split(","))
    except ValueError:
        numbers = frozenset({0})
    if not numbers <= every:
        raise UsageError(
            f"{option} was given '{text}', where the set has reps 1 to {reps}: write numbers of "
            "reps with commas, such as 2,3."
        )
    return numbers
