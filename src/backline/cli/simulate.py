"""``backline simulate``: the load at another tuck, lean or bar. No video needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from backline.errors import UsageError

if TYPE_CHECKING:
    from backline.loads.sensitivity import Pose
    from backline.loads.trunk_muscles import MuscleLoad
    from backline.loads.what_if import WhatIf

DEFAULT_FIGURE = Path("backline_simulation.png")
_HEADS = ("No tuck", "As asked")
_CAUSES = {
    "trunk_lean": "2° of lean",
    "lumbar_flexion": "2° of flexion",
    "load": "5 kg of load",
    "body_mass": "5 kg of body mass",
    "bar_place": "3 cm of bar place",
    "model": "the muscle model",
}
"""What is varied, in words."""


def simulate(
    tuck: Annotated[
        float, typer.Option(help="Rounding of the low back against standing, degrees.")
    ] = 0.0,
    lean: Annotated[float, typer.Option(help="Lean of the trunk against standing, degrees.")] = 0.0,
    load_kg: Annotated[float, typer.Option(help="The bar with its plates, kg.")] = 0.0,
    body_mass_kg: Annotated[float, typer.Option(help="The lifter's mass, kg.")] = 80.0,
    height_cm: Annotated[float, typer.Option(help="The lifter's height, cm.")] = 175.0,
    bar_place: Annotated[
        Literal["high_bar", "low_bar", "front", "overhead", "hands"],
        typer.Option(help="Where the bar is."),
    ] = "high_bar",
    sex: Annotated[
        Literal["male", "female", "either"], typer.Option(help="For the body's proportions.")
    ] = "either",
    segments: Annotated[
        Literal["de_leva", "winter", "dumas"], typer.Option(help="Table of body segments.")
    ] = "de_leva",
    out: Annotated[
        Path, typer.Option(metavar="FILE.png", help="Where the figure goes.")
    ] = DEFAULT_FIGURE,
) -> None:
    """Show what a tuck costs: the same body and bar with and without it."""
    from backline.loads.what_if import what_if
    from backline.loads.what_if_figure import write_figure

    if out.suffix.lower() != ".png":
        raise UsageError(f"--out is '{out}', expected a name that ends in .png: give one.")
    if not out.resolve().parent.is_dir():
        raise UsageError(f"The folder of --out '{out}' is not there: make it, or name another.")
    case = what_if(
        tuck_deg=tuck,
        lean_deg=lean,
        load_kg=load_kg,
        body_mass_kg=body_mass_kg,
        height_cm=height_cm,
        bar_place=bar_place,
        sex=None if sex == "either" else sex,
        table=segments,
    )
    write_figure(case, out)
    _print(case, out)


def _print(case: WhatIf, out: Path) -> None:
    """Print both postures side by side, what errors do, and where the figure is."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from backline.loads.sensitivity import sensitivity

    table = Table("", *_HEADS[-len(_shown(case)) :], pad_edge=False)
    for row in _rows(case):
        table.add_row(*row)
    console = Console(highlight=False)
    console.print(table)
    console.print("Compression as asked, and what small errors of the input make of it:")
    pose = case.pose
    for cause, interval in sensitivity(pose).items():
        low, high = (value / 1000 for value in interval.compression_n)
        console.print(f"  {_CAUSES[cause]}: {low:.1f} to {high:.1f} kN")
    if pose.load_kg > 0:
        console.print("As asked, but with the bar elsewhere (one muscle):")
        for line in _places(case):
            console.print(f"  {line}")
    if pose.lumbar_flexion_deg:
        console.print("The thorax leans the same in both: a tuck then takes it back with the bar.")
    console.print("Weight alone, standing still. An estimate, no verdict and no medical advice.")
    console.print(Text(f"Figure: {out}"), soft_wrap=True)


def _shown(case: WhatIf) -> tuple[Pose, ...]:
    """Return the postures that the table compares: without a tuck there is one."""
    return (case.without, case.pose) if case.pose.lumbar_flexion_deg else (case.pose,)


def _rows(case: WhatIf) -> list[tuple[str, ...]]:
    """Return the table's rows: a name, and a value for each posture shown."""
    from backline.loads.sensitivity import pose_load, pose_muscles

    shown = _shown(case)
    loads, muscles = [pose_load(one) for one in shown], [pose_muscles(one) for one in shown]
    tilts = [one.trunk_lean_deg - one.lumbar_flexion_deg for one in shown]
    return [
        ("Trunk lean", *(f"{one.trunk_lean_deg:.0f}°" for one in shown)),
        ("Pelvic tilt", *(f"{tilt:.0f}°" for tilt in tilts)),
        ("Lumbar flexion", *(f"{one.lumbar_flexion_deg:.0f}°" for one in shown)),
        ("Moment, N m", *(f"{one['l5s1_moment_nm']:.0f}" for one in loads)),
        ("Compression, kN, one muscle", *(_squeeze(one) for one in loads)),
        ("Compression, kN, muscle by muscle", *(_second_squeeze(one) for one in muscles)),
        ("Shear, N, one muscle", *(_shear(one) for one in loads)),
        ("Shear, N, muscle by muscle", *(_second_shear(one) for one in muscles)),
    ]


def _places(case: WhatIf) -> list[str]:
    """Return one line for each other place of the bar."""
    from backline.loads.what_if import elsewhere
    from backline.texts import say

    return [
        f"{say(f'bar_place.{place}')}: {load['l5s1_moment_nm']:.0f} N m, {_squeeze(load)} kN"
        for place, load in elsewhere(case).items()
    ]


def _squeeze(load: dict[str, float]) -> str:
    """Return the first model's compression with its band, kN."""
    return _band(*(load[f"l5s1_compression_{part}"] for part in ("n", "low_n", "high_n")))


def _second_squeeze(load: MuscleLoad) -> str:
    """Return the second model's compression with its band, kN."""
    return _band(
        *(float(getattr(load, f"compression_{part}")[0]) for part in ("n", "low_n", "high_n"))
    )


def _shear(load: dict[str, float]) -> str:
    """Return the first model's shear, which has a band only, N."""
    return _range(load["l5s1_shear_low_n"], load["l5s1_shear_high_n"])


def _second_shear(load: MuscleLoad) -> str:
    """Return the second model's shear, which has a band only, N."""
    return _range(float(load.shear_low_n[0]), float(load.shear_high_n[0]))


def _band(centre: float, low: float, high: float) -> str:
    return f"{centre / 1000:.1f} ({low / 1000:.1f} to {high / 1000:.1f})"


def _range(low: float, high: float) -> str:
    """Return tens of newtons, without the minus of a zero."""
    return " to ".join(f"{round(end, -1) + 0.0:.0f}" for end in (low, high))
