"""Load on L5/S1 of both models against published bands, as a table, and how fast they are.

    python benchmarks/load_bands.py [folder of the shared motion capture]

The lifters and leans of the published studies are not known one by one, so usual ones are taken and
printed; what is compared is the band. Speed is printed as frames a second of this run.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from backline.loads import Body, load_series, what_if
from backline.loads.body import GRAVITY, TABLES
from backline.loads.full_body import muscles
from backline.loads.glutes import glute_series
from backline.loads.inverse_dynamics import net_load, points_of
from backline.loads.markers import marker_moment, taken_up
from backline.loads.sensitivity import Pose, pose_muscles
from backline.loads.spine import lever_error, spine_load
from backline.loads.trunk_muscles import muscle_load
from backline.model.posture import SERIES_FIELDS, Posture, Standing, WholeBodyMotion
from backline.pipeline import analyze

FRAMES = 1800
"""Frames that are timed: half a minute at 60 frames a second."""


def published() -> list[tuple[str, str, str, str]]:
    """Return rows of what, published, one muscle, muscle by muscle."""
    rows = []
    for share in (0.8, 1.2, 1.6):
        case = what_if(lean_deg=35, load_kg=share * 75, body_mass_kg=75, height_cm=176, sex="male")
        load = case.load
        rows.append(
            (
                f"Half squat, bar of {share} body weights, trunk 35° (75 kg, 1.76 m)",
                "6 to 10 BW, Cappozzo 1985",
                bands(load, 75 * GRAVITY, "BW"),
                second(case.pose, 75 * GRAVITY, "BW"),
            )
        )
    for mass, bar in ((82, 210), (95, 230), (110, 260)):
        case = what_if(
            lean_deg=65, load_kg=bar, body_mass_kg=mass, height_cm=175, sex="male",
            bar_place="hands",
        )  # fmt: skip
        load = case.load
        rows.append(
            (
                f"Deadlift of {bar} kg, trunk 65° ({mass} kg, 1.75 m)",
                "mean up to 988 N m, 17.2 kN (L4/L5), Cholewicki 1991",
                f"{load['l5s1_moment_nm']:.0f} N m, {bands(load, 1000, 'kN')}",
                second(case.pose, 1000, "kN"),
            )
        )
    for lean in (0, 5, 8):
        case = what_if(lean_deg=lean, load_kg=100, height_cm=178)
        rows.append(
            (
                f"Lockout under 100 kg, trunk {lean}° (80 kg, 1.78 m)",
                "1.4, 2.1, 2.5 kN (arithmetic of the one-muscle model)",
                bands(case.load, 1000, "kN"),
                second(case.pose, 1000, "kN"),
            )
        )
    return rows


def bands(load: dict[str, float], unit_n: float, unit: str) -> str:
    """Return compression and its band."""
    middle, low, high = (
        load[f"l5s1_compression_{part}"] / unit_n for part in ("n", "low_n", "high_n")
    )
    return f"{middle:.1f} ({low:.1f} to {high:.1f}) {unit}"


def second(pose: Pose, unit_n: float, unit: str) -> str:
    """Return the second model's compression and its band."""
    found = pose_muscles(pose)
    middle, low, high = (
        float(getattr(found, f"compression_{part}")[0]) / unit_n
        for part in ("n", "low_n", "high_n")
    )
    return f"{middle:.1f} ({low:.1f} to {high:.1f}) {unit}"


def stoop_lift(folder: Path) -> list[tuple[str, str, str]]:
    """Return rows of the real stoop lift: each table and regression."""
    import ezc3d

    recording = ezc3d.c3d(str(folder / "stoop1_t169_f620f800.c3d"))
    names = recording["parameters"]["POINT"]["LABELS"]["value"]
    tracks = recording["data"]["points"][:3] / 1000
    markers = {name: tracks[:, k].T for k, name in enumerate(names)}
    bottom_up = np.loadtxt(folder / "stoop1_l5s1Bu.csv", delimiter=",")
    plates = np.loadtxt(folder / "stoop1_F1Cop1F2Cop2_2D.csv", delimiter=",")
    time_s, reference = bottom_up[:, 0], bottom_up[:, 2]
    held = taken_up(time_s, plates[:, 3], 15.0)
    rows = []
    for table in TABLES:
        for regression in ("reed", "dumas"):
            body = Body(81.0, 1.78, "male", table)
            ours = marker_moment(
                markers, time_s, body, load_kg=15.0, held=held, regression=regression
            )
            error = float(np.sqrt(np.mean((ours - reference) ** 2)))
            stand = f"standing {ours[:10].mean():.0f} (published {reference[:10].mean():.0f})"
            rows.append(
                (
                    f"Stoop lift of 15 kg from markers: {table}, L5/S1 by {regression}",
                    f"peak {reference.max():.0f} N m, bottom-up",
                    f"peak {ours.max():.0f} N m, RMSE {error:.1f} N m, {stand}",
                )
            )
    return rows


def stoop_by_analyze(folder: Path) -> tuple[str, str, str]:
    """Return the row of the same lift through `analyze`: from the angles, the bar as it is seen."""
    found = analyze(
        folder / "stoop1_t169_f620f800.c3d", standing=folder / "neu_t169_f250f350.c3d",
        load_kg=15, body_mass_kg=81, height_cm=178, sex="male",
    )  # fmt: skip
    bottom_up = np.loadtxt(folder / "stoop1_l5s1Bu.csv", delimiter=",")
    time_s, reference = bottom_up[:, 0] - bottom_up[0, 0], bottom_up[:, 2]
    own_time_s = found.posture.time_s - found.posture.time_s[0]
    ours = np.interp(time_s, own_time_s, found.loads.columns["l5s1_moment_nm"])
    error = float(np.sqrt(np.mean((ours - reference) ** 2)))
    stand = f"standing {ours[:10].mean():.0f} (published {reference[:10].mean():.0f})"
    return (
        "Stoop lift of 15 kg through analyze, from the angles alone",
        f"peak {reference.max():.0f} N m, bottom-up",
        f"peak {ours.max():.0f} N m, RMSE {error:.1f} N m, {stand}",
    )


def speeds(frames: int) -> list[tuple[str, str, float]]:
    """Return what is timed, what was promised, and frames a second of processor time."""
    posture = wave_posture(frames)
    body = Body(80.0, 1.78)
    lean, flexion = posture.trunk_lean_deg, posture.lumbar_flexion_deg
    muscles()
    begun = time.process_time()
    net = net_load(points_of(lean, flexion, body, "high_bar", 100.0), posture, body)
    inverse = time.process_time()
    spine_load(net, lever_error(body, 100.0))
    one = time.process_time()
    muscle_load(net, posture.pelvic_tilt_deg, flexion, body, lever_error(body, 100.0))
    both = time.process_time()
    glute_series(posture)
    glutes = time.process_time()
    load_series(posture, load_kg=100, body_mass_kg=80, height_cm=178, lift="squat")
    whole = time.process_time()
    return [
        ("inverse dynamics alone", "1,000", frames / (inverse - begun)),
        ("one muscle, from the moment on", "", frames / (one - inverse)),
        ("muscle by muscle, seven variants", "", frames / (both - one)),
        ("gluteus maximus", "", frames / (glutes - both)),
        ("both models, with everything", "60", frames / (whole - glutes)),
    ]


def wave_posture(frames: int) -> Posture:
    """Return a smooth squat-like wave at 60 frames a second."""
    time_s = np.arange(frames) / 60
    wave = (1 - np.cos(time_s)) / 2
    series = dict.fromkeys(SERIES_FIELDS, 40 * wave)
    series["measurable"] = np.ones(frames, dtype=bool)
    series["reason"] = np.full(frames, "", dtype="<U1")
    return Posture(
        time_s=time_s,
        standing=Standing(0, 1, "given"),
        motion=WholeBodyMotion(1 - wave / 2, wave / 5, wave * 0),
        **series,
    )


def main(arguments: list[str]) -> None:
    """Print the table."""
    rows = published()
    folder = Path(arguments[0]) if arguments else Path(__file__).parents[2] / "shared" / "mocap"
    if folder.is_dir():
        rows += [(*row, "") for row in (*stoop_lift(folder), stoop_by_analyze(folder))]
    else:
        print(f"The stoop lift is left out: {folder} is not there.")
    print("| what | published | one muscle | muscle by muscle |")
    print("| --- | --- | --- | --- |")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    speeds(60)
    print("\n| one core, in this run | promised, frames/s | frames/s |\n| --- | --- | --- |")
    for what, promised, rate in speeds(FRAMES):
        print(f"| {what} | {promised} | {rate:,.0f} |")


if __name__ == "__main__":
    main(sys.argv[1:])
