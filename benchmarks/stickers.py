"""How near stickers and dots come on rendered lifters seen from the side, beside the network.

python -m benchmarks.stickers                    # 4 lifters, a few minutes on two cores
python -m benchmarks.stickers --clips 1 --kinds green

What it shows is the camera, the printing, the tracking and the geometry. In the phantom the
stickers over the pelvis turn with the bone beneath; how real skin moves over it is not in it.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.clips import table

if TYPE_CHECKING:
    import pandas as pd

    from backline.model.posture import Posture

OUT = Path(__file__).resolve().parent / "out" / "stickers"
HEIGHT_PX, RATE_HZ, SIZE_MM = 1080, 12.0, 34.0
WANTED_DEG = 1.5
SEED = 9400


def main(arguments: list[str] | None = None) -> None:
    from backline import analyze

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=4)
    parser.add_argument("--kinds", nargs="+", default=["auto", "green"])
    asked = parser.parse_args(arguments)
    OUT.mkdir(parents=True, exist_ok=True)
    rows = []
    for kind in asked.kinds:
        errors: dict[str, list[np.ndarray]] = {"carried": [], "network": []}
        for number in range(asked.clips):
            path, truth = rendered(number, kind)
            found = analyze(path, lift="squat", stickers=kind)
            if found.second_estimate is None:
                raise SystemExit(f"{path}: no stickers were found")
            planted = planted_deg(truth, found.posture)
            errors["carried"].append(found.posture.lumbar_flexion_deg - planted)
            errors["network"].append(found.second_estimate.lumbar_flexion_deg - planted)
            print(path.name, *(f"{name} {rms(e[-1]):.2f}" for name, e in errors.items()))
        name = "printed stickers" if kind == "auto" else "three dots"
        wanted = f"below {WANTED_DEG}" if kind == "auto" else "-"
        every = [rms(one) for one in errors["carried"]]
        together = rms(np.concatenate(errors["carried"]))
        measured = f"{together:.2f} (worst lifter {max(every):.2f})"
        rows.append((f"lumbar flexion RMSE, {name}, degrees", wanted, measured))
        alone = f"{rms(np.concatenate(errors['network'])):.2f}"
        rows.append((f"the network alone on the same {asked.clips} clips", "-", alone))
    print(table(rows))


def rendered(number: int, kind: str) -> tuple[Path, pd.DataFrame]:
    """Render a lifter who wears stickers or dots, unless that is done; return its truth too."""
    import pandas as pd

    from backline.phantom.clip import render_clip
    from backline.phantom.plan import LiftPlan
    from backline.phantom.random_clip import Wishes, base_rep, draw_scene

    path = OUT / f"{kind}_{number}.mp4"
    if not path.exists():
        rng = np.random.default_rng([SEED, number])
        yaw = float(rng.uniform(-4, 4))
        wishes = Wishes("squat", "none", "none", "tight", yaw, HEIGHT_PX)
        scene = draw_scene(wishes, rng, number)
        scene = replace(scene, outfit=replace(scene.outfit, belt=False))
        worn = {"stickers_mm": SIZE_MM} if kind == "auto" else {"dots": kind}
        rep = replace(
            base_rep(wishes, rng),
            bottom_deg=float(rng.uniform(8, 24)),
            top_deg=float(rng.uniform(-4, 9)),
        )
        plan = LiftPlan((rep,), standing_s=1.4, after_s=0.2, rate_hz=RATE_HZ, seed=number)
        render_clip(path, replace(scene, **worn), plan)
    return path, pd.read_csv(path.with_suffix(".truth.csv"))


def planted_deg(truth: pd.DataFrame, posture: Posture) -> np.ndarray:
    """Return the planted lumbar flexion as change from the standing reference."""
    planted = truth["lumbar_flexion_deg"].to_numpy()
    still = (posture.time_s >= posture.standing.start_s) & (
        posture.time_s <= posture.standing.end_s
    )
    return np.asarray(planted - planted[still].mean())


def rms(error: np.ndarray) -> float:
    return float(np.sqrt(np.nanmean(error**2)))


if __name__ == "__main__":
    main()
