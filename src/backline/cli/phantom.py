"""``backline phantom``: renders a lift with known angles, to test any tool with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from backline.errors import UsageError

if TYPE_CHECKING:
    from backline.phantom.plan import RepPlan

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
    planned, events = plant(base_rep(wishes, rng), reps, planted)
    plan = make_plan(planned, rng, rate)
    out.parent.mkdir(parents=True, exist_ok=True)
    with progress_bar(out.name, quiet=False) as progress:
        render_clip(out, scene, plan, crf=crf, events=events, progress=progress)
    typer.echo(str(out))


@dataclass(frozen=True)
class Planted:
    """Bends of the back to plant in a set, degrees.

    Parameters
    ----------
    top_deg, bottom_deg, ascent_deg : float
        Lumbar flexion at lockout, at the bottom, half way up; negative values arch.
    thoracic_deg, neck_deg : float
        Bend of the upper back and of the neck at the bottom.
    drift_deg : float
        Added to ``bottom_deg`` with every rep.
    top_reps, bottom_reps : frozenset of int
        The reps, from 1, that get ``top_deg`` and ``bottom_deg``.
    """

    top_deg: float
    bottom_deg: float
    ascent_deg: float
    thoracic_deg: float
    neck_deg: float
    drift_deg: float
    top_reps: frozenset[int]
    bottom_reps: frozenset[int]


def plant(rep: RepPlan, reps: int, planted: Planted) -> tuple[list[RepPlan], list[dict[str, Any]]]:
    """Plant bends in a set.

    Parameters
    ----------
    rep : RepPlan
        A clean rep, repeated.
    reps : int
        How many.
    planted : Planted
        What each gets.

    Returns
    -------
    list of RepPlan
        The reps with what is planted in each.
    list of dict
        The planted events: ``rep``, ``where`` (phase), ``kind``, ``size_deg`` (positive).
    """
    planned: list[RepPlan] = []
    events: list[dict[str, Any]] = []
    for number in range(1, reps + 1):
        bottom = planted.bottom_deg if number in planted.bottom_reps else 0.0
        bottom += planted.drift_deg * (number - 1)
        top = planted.top_deg if number in planted.top_reps else 0.0
        planned.append(
            replace(
                rep,
                top_deg=top,
                bottom_deg=bottom,
                ascent_deg=planted.ascent_deg,
                thoracic_deg=planted.thoracic_deg,
                neck_deg=planted.neck_deg,
            )
        )
        for where, size in (
            ("lockout", top), ("bottom", bottom), ("ascent", planted.ascent_deg),
        ):  # fmt: skip
            if size:
                kind = "rounding" if size > 0 else "over_extension"
                events.append({"rep": number, "where": where, "kind": kind, "size_deg": abs(size)})
    return planned, events


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
