"""Train the contour network on contours made from the mesh; noise is drawn anew for each sample.

python training/train_contours.py --data training/contours --minutes 4
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from contour_network import MEANS, ContourNet
from torch import Tensor
from train_lumbar import STANDING, Batches
from train_lumbar import load as load_frames

from backline.sources.video.lumbar.contour_input import UNKNOWN_SD, mean_contour

#: Noise of a contour's points across it, trunk lengths: from point to point, and in waves. These
#: and what follows were set by the outlines found in frames of seed 51 against their true ones.
WHITE, WAVES = 0.0011, 0.0025
#: The same where the back is covered (median, and scatter of its logarithm).
COVERED, COVERED_SCATTER = 0.025, 0.6
#: Shift along the contour, since its points are shared out between its ends: at the lower and the
#: upper end, and what a covered end adds.
ALONG, ALONG_COVERED = 0.005, 0.012
#: A stretch that is wrong but called visible (elbow, plate): its size across, and the same at the
#: upper end, where neck and shoulder are told apart badly.
WRONG_SIZE, WRONG_TOP_SIZE = 0.05, 0.05
#: Cloth stands off the skin by up to this, the same in standing and in the frame but for a part.
CLOTH, CLOTH_MOVES = 0.012, 0.3
#: Chances: the upper back covered (bar on the back, others), the lower end (bar in the hands), a
#: stretch covered in one frame, a stretch that is wrong but called visible, the same at the upper
#: end, no contour at all.
UPPER, UPPER_ELSE, LOWER, STRETCH = 0.9, 0.25, 0.15, 0.15
WRONG, WRONG_TOP, NONE = 0.25, 0.25, 0.03
BATCH = 256
#: Rendered samples in each batch, where scenes are given.
RENDERED = 96
#: Scatter of the trunk's lean in the picture beyond the pose engine's own, degrees.
SHAKE_DEG = 0.7
#: Weights of the quantities in the loss, in the network's order.
WEIGHT = (2.0, 0.7, 1.0, 0.5, 0.5)


def load(folder: Path) -> dict[str, Any]:
    """Load all bodies, shape (bodies, postures, ...)."""
    shards = []
    for path in sorted(folder.glob("contours_*.npz")):
        if ".part" not in path.name:
            with np.load(path) as file:
                shards.append({k: file[k] for k in file.files})
    data = {k: np.concatenate([s[k] for s in shards]) for k in shards[0]}
    data["thigh"] = data["knee"] - data["shank"]
    return data


def waves(shape: tuple[int, int], rng: np.random.Generator, count: int = 4) -> Any:
    """Return smooth random curves of unit variance, shape (n, points)."""
    n, points = shape
    at = np.linspace(0, 1, points)[None, :, None]
    speed = rng.uniform(0.5, 5.0, (n, 1, count))
    phase, size = rng.uniform(0, 2 * np.pi, (n, 1, count)), rng.normal(0, 1, (n, 1, count))
    return (size * np.sin(2 * np.pi * speed * at + phase)).sum(2) * np.sqrt(2.0 / count)


def across(line: Any) -> Any:
    """Return unit normals of contours (n, points, 2), to the back."""
    along = np.gradient(line, axis=1)
    along /= np.maximum(np.linalg.norm(along, axis=2, keepdims=True), 1e-6)
    return np.stack([-along[..., 1], along[..., 0]], axis=2)


def covered_of(n: int, points: int, on_back: Any, rng: np.random.Generator) -> tuple[Any, Any]:
    """Return which points are covered in frame and in standing, each (n, points)."""
    index = np.arange(points)[None]
    upper = rng.random(n) < np.where(on_back, UPPER, UPPER_ELSE)
    lower = rng.random(n) < np.where(on_back, 0.3 * LOWER, LOWER)
    start, end = rng.integers(-8, 7, n)[:, None], rng.integers(8, 30, n)[:, None]
    below = rng.integers(30, points, n)[:, None]
    both = []
    for _ in range(2):
        moved = rng.integers(-3, 4, (3, n, 1))
        hidden = upper[:, None] & (index >= start + moved[0]) & (index < end + moved[1])
        hidden |= lower[:, None] & (index >= below + moved[2])
        first, long = rng.integers(0, points, (n, 1)), rng.integers(3, 14, (n, 1))
        own = rng.random((n, 1)) < STRETCH
        both.append(hidden | (own & (index >= first) & (index < first + long)))
    return both[0], both[1]


def wrong_stretch(n: int, points: int, rng: np.random.Generator) -> Any:
    """Return how far off the back lies what is taken for it by mistake, shape (n, points)."""
    index = np.arange(points)[None]
    middle, half = rng.uniform(0, points, (n, 1)), rng.uniform(2, 18, (n, 1))
    bump = np.sqrt(np.clip(1 - ((index - middle) / half) ** 2, 0, 1))
    size = (rng.random((n, 1)) < WRONG) * rng.normal(0, WRONG_SIZE, (n, 1))
    top = np.clip(1 - index / rng.uniform(2, 10, (n, 1)), 0, 1)
    return (
        size * bump + (rng.random((n, 1)) < WRONG_TOP) * rng.normal(0, WRONG_TOP_SIZE, (n, 1)) * top
    )


def noisy(line: Any, hidden: Any, cloth: Any, rng: np.random.Generator) -> Any:
    """Return contours (n, points, 4) as they are found."""
    n, points = line.shape[:2]
    normal = across(line)
    white = WHITE * np.exp(rng.normal(0, 0.4, (n, 1))) * rng.normal(0, 1, (n, points))
    off = white + WAVES * rng.random((n, 1)) * waves((n, points), rng) + cloth
    spread = COVERED * np.exp(rng.normal(0, COVERED_SCATTER, (n, 1)))
    lost = spread * (waves((n, points), rng, 3) + rng.normal(0, 0.7, (n, 1)))
    off = off + np.where(hidden, lost, 0.0)
    off = off + wrong_stretch(n, points, rng)
    ends = np.stack([hidden[:, :4].any(1), hidden[:, -4:].any(1)], axis=1)
    ends = (ALONG + ALONG_COVERED * ends) * rng.normal(0, 1, (n, 2))
    share = np.linspace(0, 1, points)[None]
    along = ends[:, :1] * (1 - share) + ends[:, 1:] * share
    tangent = np.stack([normal[..., 1], -normal[..., 0]], axis=2)
    sure = np.clip(0.0024 * np.exp(rng.normal(0, 0.35, (n, 1))), 0.001, UNKNOWN_SD)
    doubt = np.clip(spread * np.exp(rng.normal(0, 0.6, (n, points))), 0.002, UNKNOWN_SD)
    stated = np.where(hidden, doubt, sure * np.exp(rng.normal(0, 0.15, (n, points))))
    place = line + off[..., None] * normal + along[..., None] * tangent
    out = np.concatenate([place, (~hidden)[..., None], stated[..., None]], axis=2)
    out[rng.random(n) < NONE] = [0.0, 0.0, 0.0, UNKNOWN_SD]
    return out.astype(np.float32)


def batch_of(d: dict[str, Any], bodies: Any, frames: Any, rng: np.random.Generator) -> Any:
    """Return vectors, contours and truth of some (body, posture) against the standing reference."""
    n = len(bodies)
    standing = np.where(rng.random(n) < 0.1, rng.integers(1, 3, n), 0)
    line, own = d["line"][bodies, frames], d["line"][bodies, standing]
    hidden, hidden_own = covered_of(n, line.shape[1], d["on_back"][bodies, 0], rng)
    cloth = CLOTH * np.abs(waves(line.shape[:2], rng)) * rng.random((n, 1))
    moves = 1 + CLOTH_MOVES * waves(line.shape[:2], rng)
    contour = np.stack(
        [noisy(line, hidden, cloth * moves, rng), noisy(own, hidden_own, cloth, rng)], axis=1
    )
    lean, lean_own = d["lean_px"][bodies, frames], d["lean_px"][bodies, standing]
    leans = np.stack([lean, lean_own, lean - lean_own], axis=1) / 50
    vector = np.hstack([d["points"][bodies, frames], d["points"][bodies, standing], leans])
    truth = np.stack([d[k][bodies, frames] - d[k][bodies, standing] for k in MEANS], axis=1)
    return tuple(torch.from_numpy(x.astype(np.float32)) for x in (vector, contour, truth))


def scenes_of(folders: list[Path]) -> tuple[Batches, Batches]:
    """Return the rendered scenes to learn from, and those held out."""
    data = load_frames(folders)
    del data["cut"]
    data["thigh"] = data["knee"] - data["shank"]
    rows = np.arange(len(data["lumbar"]))
    rows = rows[rows >= data["start"] + STANDING]
    held = data["held_out"][rows]
    return Batches(data, rows[~held], True, 1), Batches(data, rows[held], False, 1)


def batch_of_scenes(scenes: Batches, rows: Any, rng: np.random.Generator) -> Any:
    """Return what ``batch_of`` does, of outlines that were found in rendered pictures."""
    d, vectors, contours, truths = scenes.data, [], [], []
    for row in rows:
        standing = scenes._reference(int(row))
        both = [scenes._alike(int(row), standing), standing]
        points = [d["points"][r].mean(0) for r in both]
        lean, own = (
            d["lean_px"][r].mean() + SHAKE_DEG * rng.normal() * scenes.augment for r in both
        )
        vectors.append(np.concatenate([*points, [lean / 50, own / 50, (lean - own) / 50]]))
        contours.append(np.stack([mean_contour(d["contour"][r]) for r in both]))
        truths.append([d[k][both[0]].mean() - d[k][both[1]].mean() for k in MEANS])
    contour = np.stack(contours)
    if scenes.augment:  # another body or cloth: the same waves in both
        n, points = contour.shape[0], contour.shape[2]
        push = CLOTH * rng.random((n, 1)) * waves((n, points), rng)
        contour[..., :2] += push[:, None, :, None] * across(contour[:, 1, :, :2].copy())[:, None]
    return tuple(
        torch.from_numpy(np.asarray(x, np.float32)) for x in (np.stack(vectors), contour, truths)
    )


def loss_of(out: tuple[Tensor, Tensor], y: Tensor, beta: float = 0.5) -> tuple[Tensor, Tensor]:
    """Beta-NLL of all quantities, and the errors."""
    means, log_sd = out
    error = y - means
    variance = torch.exp(2 * log_sd)
    nll = 0.5 * error**2 / variance + log_sd
    loss = (nll * (variance.detach() / 25.0) ** beta * torch.tensor(WEIGHT)).mean()
    return loss, error


def figures_of(error: Any, knee: Any) -> dict[str, float]:
    """Return errors by posture, degrees."""
    parts = {"all": knee >= 0, "upright": knee < 12, "deep": knee >= 70}
    figures = {k: float(np.sqrt((error[c, 0] ** 2).mean())) for k, c in parts.items()}
    return figures | {"thigh": float(np.sqrt((error[:, -1] ** 2).mean()))}


def evaluate(
    net: ContourNet, d: dict[str, Any], bodies: Any, scenes: Batches | None
) -> dict[str, Any]:
    """Return errors on bodies held out, with noise of their own, and on rendered scenes."""
    net.eval()
    rng = np.random.default_rng(9)
    count = d["line"].shape[1]
    who, which = np.repeat(bodies, count - 1), np.tile(np.arange(1, count), len(bodies))
    with torch.no_grad():
        vector, contour, y = batch_of(d, who, which, rng)
        figures: dict[str, Any] = figures_of(
            loss_of(net(vector, contour), y)[1].numpy(), d["knee"][who, which]
        )
        if scenes is not None:
            rows = scenes.rows[scenes.data["alike"][scenes.rows] == scenes.rows]
            vector, contour, y = batch_of_scenes(scenes, rows, rng)
            error = loss_of(net(vector, contour), y)[1].numpy()
            figures["rendered"] = figures_of(error, scenes.data["knee"][rows])
    return figures


def rounded(figures: dict[str, Any]) -> dict[str, Any]:
    """Return figures to be printed."""
    return {k: rounded(v) if isinstance(v, dict) else round(v, 3) for k, v in figures.items()}


def main() -> None:
    """Train for so many minutes; every twelfth body is held out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("training/contours"))
    parser.add_argument("--scenes", type=Path, nargs="+", help="from frames_to_data.py, to mix in")
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--out", type=Path, default=Path("training/runs/contour.pt"))
    parser.add_argument("--minutes", type=float, default=4.0, help="of the processor's time")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--bodies", type=int, default=10**9)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    d = load(args.data)
    held = np.flatnonzero(d["scene"][:, 0] % 12 == 0)
    train = np.flatnonzero(d["scene"][:, 0] % 12 != 0)[: args.bodies]
    own, check = scenes_of(args.scenes) if args.scenes else (None, None)
    print(f"{len(train)} bodies, {len(held)} held out", flush=True)
    net = ContourNet(2 * d["points"].shape[2] + 3)
    if args.start:
        net.load_state_dict(torch.load(args.start))
    optimiser = torch.optim.AdamW(net.parameters(), lr=args.rate, weight_decay=1e-2)
    rng = np.random.default_rng(args.seed)
    begun, printed, share, step = time.process_time(), 0.0, 0.0, 0
    args.out.parent.mkdir(parents=True, exist_ok=True)
    while share < 1:
        net.train()
        share = (time.process_time() - begun) / 60 / args.minutes
        pace = min(share / 0.05, 0.5 * (1 + np.cos(np.pi * min(share, 1.0))))
        for group in optimiser.param_groups:
            group["lr"] = args.rate * max(float(pace), 0.01)
        who = train[rng.integers(0, len(train), BATCH)]
        batch = batch_of(d, who, rng.integers(1, d["line"].shape[1], BATCH), rng)
        if own is not None:
            more = batch_of_scenes(own, rng.choice(own.rows, RENDERED), rng)
            batch = tuple(torch.cat(pair) for pair in zip(batch, more, strict=True))
        loss, _ = loss_of(net(*batch[:2]), batch[2])
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        step += 1
        if share - printed > 0.1 or share >= 1:
            printed = share
            figures = {"step": step, "share": share, **evaluate(net, d, held, check)}
            print(json.dumps(rounded(figures)), flush=True)
            torch.save(net.state_dict(), args.out)


if __name__ == "__main__":
    main()
