"""Print the errors of an exported model on held-out bodies, by condition (a Markdown table).

python training/evaluate.py src/backline/sources/video/lumbar/lumbar.onnx --data training/data
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from train_lumbar import STANDING, Batches, load

#: Columns of the model's table.
LUMBAR, TRUNK = 0, 1


def errors_of(path: Path, batches: Batches) -> tuple[Any, Any]:
    """Return errors of lumbar, trunk and pelvis, and the truth, both (n, 3), degrees."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    errors, truths = [], []
    for frame, standing, vector, contour, y in batches:
        inputs = {"frame": frame, "vector": vector, "contour": contour}
        for k in range(len(y)):  # each has its own reference
            feed = {name: array[k : k + 1].numpy() for name, array in inputs.items()}
            out = session.run(["reading"], feed | {"standing": standing[k : k + 1].numpy()})[0][0]
            guess = [out[LUMBAR], out[TRUNK], out[TRUNK] - out[LUMBAR]]
            truths.append(y[k, :3].numpy())
            errors.append(np.array(guess) - truths[-1])
    return np.array(errors), np.array(truths)


def main() -> None:
    """Evaluate posture by posture (the frames that show one are averaged, as in a clip)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path, help="exported (.onnx)")
    parser.add_argument("--data", type=Path, nargs="+", default=[Path("training/data")])
    args = parser.parse_args()
    data = load(args.data)
    measured = np.arange(len(data["start"])) >= data["start"] + STANDING
    rows = np.flatnonzero(data["held_out"] & measured)
    rows = rows[data["alike"][rows] == rows]
    error, truth = errors_of(args.weights, Batches(data, rows, False, 0))
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
