"""How far the rendered bodies agree with published human anatomy.

    python -m benchmarks.phantom_anatomy --bodies 40

Prints a Markdown table: mean and spread over random bodies, beside the published value. Lengths are
in centimetres, or in percent of stature where the source gives them so.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from backline.phantom.body import PhantomBody, Shape
from backline.phantom.kinematics import Angles, Stance, pose_lifter
from backline.phantom.stickers import S1_ABOVE_M, T12_ABOVE_M
from backline.phantom.truth import back_midline

#: Lumbar flexion that the skin's stretch is measured over, degrees (a full bend has 50 to 60).
BEND_DEG = 40.0
#: Shares of the lumbar joints in a bend, lowest first, by anatomy: those of the middle draw.
SPLIT = {1: (0.34, 0.33, 0.33), 2: (0.4, 0.35, 0.25)}
#: Knee flexion and shank lean of a full squat, degrees.
SQUAT = (110.0, 30.0)
#: How near the hip, up the body, the buttock's outline is searched for, metres.
BUTTOCK_M = 0.15
PELVIS_AND_THIGH = ("root", "pelvis", "spine05", "upperleg")


@dataclass(frozen=True)
class Check:
    """One quantity of the bodies and what is published of it.

    Parameters
    ----------
    name, unit : str
        What it is, and its unit.
    of : callable
        Computes it from a body.
    published : str
        The value that people have, with its spread.
    source : str
        Where that is from.
    """

    name: str
    unit: str
    of: Callable[[PhantomBody], float]
    published: str
    source: str


def _stature(body: PhantomBody) -> float:
    return float(np.ptp(body.rest_vertices[:, 2]))


def _share(body: PhantomBody, low: str, high: str) -> float:
    """Return the distance of two bones' heads, percent of stature."""
    apart = body.heads[high] - body.heads[low]
    return 100 * float(np.linalg.norm(apart)) / _stature(body)


def _height(body: PhantomBody, bone: str) -> float:
    """Return how high a bone's head is above the floor, percent of stature."""
    above = body.heads[bone][2] - body.rest_vertices[:, 2].min()
    return 100 * float(above) / _stature(body)


def _hips_apart(body: PhantomBody) -> float:
    return 100 * float(np.linalg.norm(body.heads["upperleg01.L"] - body.heads["upperleg01.R"]))


def _joint_above_hips(bone: str) -> Callable[[PhantomBody], float]:
    return lambda body: 100 * float(body.heads[bone][2] - body.heads["upperleg01.L"][2])


def _posed(body: PhantomBody, anatomy: Any, knee: float, shank: float, lumbar: float) -> Any:
    series = [np.array([v]) for v in (knee, shank, lumbar, 0.0, 0.0)]
    stance = Stance(bar="none", turnout_deg=0.0, anatomy=anatomy, lumbar_split=SPLIT[anatomy])
    return pose_lifter(body, stance, Angles(*series))


def _low_back(body: PhantomBody) -> Any:
    """Return the vertices of the back's middle line from S1 to T12."""
    line = back_midline(body)
    z = body.rest_vertices[line, 2]
    low, high = body.heads["spine05"][2] + S1_ABOVE_M, body.heads["spine02"][2] + T12_ABOVE_M
    return line[(z >= low) & (z <= high)]


def _skin_cm(body: PhantomBody, vertices: Any) -> float:
    """Return the length of the skin from S1 to T12, through points a few centimetres apart."""
    line = vertices[_low_back(body)][:, 1:]
    return 100 * float(np.hypot(*np.diff(line[:: max(1, len(line) // 6)], axis=0).T).sum())


def _stretch(anatomy: Any) -> Callable[[PhantomBody], float]:
    def of(body: PhantomBody) -> float:
        upright, bent = (_posed(body, anatomy, 0.0, 0.0, b).vertices[0] for b in (0.0, BEND_DEG))
        return 100 * (_skin_cm(body, bent) / _skin_cm(body, upright) - 1)

    return of


def _sacrum_turn(anatomy: Any) -> Callable[[PhantomBody], float]:
    """Return how much of a lumbar bend the sacrum turns against the pelvis, percent."""

    def of(body: PhantomBody) -> float:
        posed = _posed(body, anatomy, 0.0, 0.0, BEND_DEG)
        at, heads = posed.joints, body.heads
        turned = [
            np.arctan2(-s[1], s[2])
            for s in (at["spine04"][0] - at["spine05"][0], heads["spine04"] - heads["spine05"])
        ]
        sacrum = np.degrees(turned[0] - turned[1])
        return 100 * float(sacrum - posed.pelvic_tilt_deg[0]) / BEND_DEG

    return of


def _bulge(anatomy: Any) -> Callable[[PhantomBody], float]:
    """Return how far a lumbar bend moves the low back's outline out of its chord, percent."""

    def of(body: PhantomBody) -> float:
        at = [_posed(body, anatomy, 0.0, 0.0, b).vertices[0] for b in (0.0, BEND_DEG)]
        line = _low_back(body)
        sagitta = []
        for vertices in at:
            low, middle, high = (vertices[line[k], 1:] for k in (0, len(line) // 2, -1))
            chord = high - low
            off = (middle - low) @ np.array([chord[1], -chord[0]]) / float(chord @ chord)
            sagitta.append(off)
        return 100 * float(sagitta[1] - sagitta[0])

    return of


def _hip_to_buttock(knee: float, shank: float) -> Callable[[PhantomBody], float]:
    """Return the least distance from the hip's centre to the body's outline behind it, cm."""

    def of(body: PhantomBody) -> float:
        posed = _posed(body, 2, knee, shank, 0.0)
        hip = posed.joints["upperleg01.L"][0]
        trunk = np.array([b.startswith(PELVIS_AND_THIGH) for b in body.bone_of_vertex])
        skin = posed.vertices[0][trunk]
        near = np.abs(skin[:, 2] - hip[2]) < BUTTOCK_M
        angle = np.arctan2(skin[near, 2] - hip[2], skin[near, 1] - hip[1])
        far = np.hypot(skin[near, 1] - hip[1], skin[near, 2] - hip[2])
        sectors = [far[np.abs(angle - a) < 0.1] for a in np.radians([-60, -40, -20, 0, 20])]
        return 100 * float(min(sector.max() for sector in sectors if len(sector)))

    return of


L5S1 = "L5/S1: 0.06 of stature (`backline.loads.body`); 15 in the MyoSim body"
SACROILIAC = (
    "sacroiliac joints: 1.7 degrees on average (Jacob and Kissling 1995), 2.2 at most (Goode and "
    "others 2008)"
)
WINTER = "Winter 2009, after Drillis and Contini 1966"
CHECKS = (
    Check("hip's height", "% of stature", lambda b: _height(b, "upperleg01.L"), "53.0", WINTER),
    Check("knee's height", "% of stature", lambda b: _height(b, "lowerleg01.L"), "28.5", WINTER),
    Check("shoulder's height", "% of stature", lambda b: _height(b, "upperarm01.L"), "81.8",
          WINTER),
    Check("thigh", "% of stature", lambda b: _share(b, "lowerleg01.L", "upperleg01.L"), "24.5",
          WINTER),
    Check("shank", "% of stature", lambda b: _share(b, "foot.L", "lowerleg01.L"), "24.6", WINTER),
    Check("distance of the hips' centres", "cm", _hips_apart, "15 to 17",
          "0.72 of the distance of the ASIS, 24 (Bell and others 1990); 15.4 in the MyoSim body"),
    Check("lowest lumbar joint above the hips, anatomy 1", "cm", _joint_above_hips("spine05"),
          "10 to 15", L5S1),
    Check("lowest lumbar joint above the hips, anatomy 2", "cm", _joint_above_hips("spine04"),
          "10 to 15", L5S1),
    Check("sacrum's turn against the pelvis in a lumbar bend, anatomy 1", "%", _sacrum_turn(1),
          "4 to 6", SACROILIAC),
    Check("sacrum's turn against the pelvis in a lumbar bend, anatomy 2", "%", _sacrum_turn(2),
          "4 to 6", SACROILIAC),
    Check("skin from S1 to T12, standing", "cm",
          lambda b: _skin_cm(b, b.rest_vertices), "13 (PSIS to L1) and two levels more",
          "PSIS to L1: 13.3 +- 1.8 cm, 200 people (2024)"),
    Check(f"its stretch with {BEND_DEG:.0f} degrees of flexion, anatomy 1", "%", _stretch(1),
          "about 25", "Schober: 15 cm become 20 to 21 in a full bend of 50 to 60 degrees"),
    Check(f"its stretch with {BEND_DEG:.0f} degrees of flexion, anatomy 2", "%", _stretch(2),
          "about 25", "Schober: 15 cm become 20 to 21 in a full bend of 50 to 60 degrees"),
    Check(f"outline moved by {BEND_DEG:.0f} degrees of flexion, anatomy 1", "% of its chord",
          _bulge(1), "about 9", f"an arc that turns by {BEND_DEG:.0f} degrees: a sagitta of 8.7 %"),
    Check(f"outline moved by {BEND_DEG:.0f} degrees of flexion, anatomy 2", "% of its chord",
          _bulge(2), "about 9", f"an arc that turns by {BEND_DEG:.0f} degrees: a sagitta of 8.7 %"),
    Check("hip's centre to the outline behind and below it, standing", "cm",
          _hip_to_buttock(0.0, 0.0), "not found", ""),
    Check("the same in a full squat", "cm", _hip_to_buttock(*SQUAT), "not found", ""),
)  # fmt: skip


def table(bodies: list[PhantomBody]) -> str:
    """Return the checks as a Markdown table."""
    rows = ["| what | bodies here | people | source |", "| --- | --- | --- | --- |"]
    for check in CHECKS:
        values = np.array([check.of(body) for body in bodies])
        here = f"{values.mean():.1f} ± {values.std():.1f} {check.unit}"
        rows.append(f"| {check.name} | {here} | {check.published} | {check.source} |")
    return "\n".join(rows)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bodies", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    print(table([PhantomBody(Shape.random(rng)) for _ in range(args.bodies)]))


if __name__ == "__main__":
    main()
