"""Print the errors of trained weights on held-out bodies, by condition (a Markdown table).

python training/evaluate.py training/runs/lumbar.pt --data training/data
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from from_onnx import network_of
from train_lumbar import STANDING, Batches, load, loss_of

from backline.sources.video.lumbar.network_input import POINT_FEATURES


def main() -> None:
    """Evaluate posture by posture (the frames that show one are averaged, as in a clip)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path, help="trained (.pt) or shipped (.onnx)")
    parser.add_argument("--data", type=Path, nargs="+", default=[Path("training/data")])
    args = parser.parse_args()
    data = load(args.data)
    measured = np.arange(len(data["start"])) >= data["start"] + STANDING
    rows = np.flatnonzero(data["held_out"] & measured)
    net = network_of(args.weights, 2 * POINT_FEATURES + 3)
    errors, truths = [], []
    with torch.no_grad():
        for frame, standing, vector, contour, y in Batches(data, rows, False, 0):
            errors.append(loss_of(net(frame, standing, vector, contour), y)[1].numpy())
            truths.append(y.numpy())
    error, truth = np.concatenate(errors), np.concatenate(truths)
    known = {k: data[k][rows] for k in ("yaw", "fit", "hidden", "knee", "bar", "plate", "trunk_px")}
    fair = (abs(known["yaw"]) <= 15) & (known["fit"] < 2) & (known["hidden"] < 0.15)
    upright, deep = known["knee"] < 12, known["knee"] >= 70
    groups = {
        "side-on within 15, tight or normal, back not hidden": fair,
        "  upright (knee below 12)": fair & upright,
        "  half way": fair & ~upright & ~deep,
        "  deep (knee 70 and more)": fair & deep,
        "  tight": fair & (known["fit"] == 0),
        "  normal": fair & (known["fit"] == 1),
        "  no plates": fair & (known["plate"] == 0),
        "  450 mm plates": fair & (known["plate"] > 0.2),
        "  bar in the hands": fair & (known["bar"] == 5),
        "  trunk below 80 px": fair & (known["trunk_px"] < 80),
        "  trunk above 130 px": fair & (known["trunk_px"] > 130),
        "yaw above 15": abs(known["yaw"]) > 15,
        "loose": known["fit"] == 2,
        "low back hidden": known["hidden"] >= 0.15,
    }
    print("| frames | n | spread of truth | lumbar | trunk | pelvis |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, chosen in groups.items():
        if chosen.sum() >= 10:
            rmse = np.sqrt((error[chosen] ** 2).mean(axis=0))
            spread = truth[chosen, 0].std()
            print(
                f"| {name} | {chosen.sum()} | {spread:.1f} "
                f"| {rmse[0]:.1f} | {rmse[1]:.1f} | {rmse[2]:.1f} |"
            )


if __name__ == "__main__":
    main()
