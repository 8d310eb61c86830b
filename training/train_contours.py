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
from contour_network import ContourNet
from torch import Tensor

from backline.sources.video.lumbar.contour_input import UNKNOWN_SD

#: Noise of a contour's points across it, trunk lengths: from point to point, and in waves.
WHITE, WAVES = 0.0012, 0.0025
#: The same where the back is covered, and what standard deviation is then told.
COVERED = 0.014
#: Cloth stands off the skin by up to this, the same in standing and in the frame but for a part.
CLOTH, CLOTH_MOVES = 0.012, 0.3
#: Chances: the upper back covered (bar on the back, others), a stretch covered in one frame, a
#: stretch that is wrong but called visible, no contour at all.
UPPER, UPPER_ELSE, STRETCH, WRONG, NONE = 0.85, 0.35, 0.2, 0.06, 0.03
BATCH = 256
NAMES = ("lumbar", "trunk", "pelvis", "thoracic")


def load(folder: Path) -> dict[str, Any]:
    """Load all bodies, shape (bodies, postures, ...)."""
    shards = []
    for path in sorted(folder.glob("contours_*.npz")):
        if ".part" not in path.name:
            with np.load(path) as file:
                shards.append({k: file[k] for k in file.files})
    return {k: np.concatenate([s[k] for s in shards]) for k in shards[0]}


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
    start, end = rng.integers(0, 8, n)[:, None], rng.integers(6, 26, n)[:, None]
    both = []
    for _ in range(2):
        moved = rng.integers(-3, 4, (2, n, 1))
        hidden = upper[:, None] & (index >= start + moved[0]) & (index < end + moved[1])
        first, long = rng.integers(0, points, (n, 1)), rng.integers(3, 18, (n, 1))
        own = rng.random((n, 1)) < STRETCH
        both.append(hidden | (own & (index >= first) & (index < first + long)))
    return both[0], both[1]


def noisy(line: Any, hidden: Any, cloth: Any, rng: np.random.Generator) -> Any:
    """Return contours (n, points, 4) as they are found."""
    n, points = line.shape[:2]
    off = WHITE * rng.normal(0, 1, (n, points)) + WAVES * waves((n, points), rng) * rng.random(
        (n, 1)
    )
    spread = COVERED * np.exp(rng.normal(0, 0.4, (n, 1)))
    off = off + np.where(hidden, spread * waves((n, points), rng, 3), 0.0) + cloth
    first, long = rng.integers(0, points, (n, 1)), rng.integers(3, 12, (n, 1))
    index = np.arange(points)[None]
    wrong = (rng.random((n, 1)) < WRONG) & (index >= first) & (index < first + long)
    off = off + np.where(wrong, np.abs(rng.normal(0, 0.06, (n, 1))), 0.0)
    told = np.where(
        hidden, np.clip(spread, 0.008, UNKNOWN_SD), 0.002 * np.exp(rng.normal(0, 0.4, (n, 1)))
    )
    place = line + off[..., None] * across(line)
    out = np.concatenate([place, (~hidden)[..., None], told[..., None]], axis=2)
    out[rng.random(n) < NONE] = [0.0, 0.0, 0.0, UNKNOWN_SD]
    return out.astype(np.float32)


def batch_of(d: dict[str, Any], bodies: Any, frames: Any, rng: np.random.Generator) -> Any:
    """Return vectors, contours and truth of some (body, posture) against own standing."""
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
    truth = np.stack([d[k][bodies, frames] - d[k][bodies, standing] for k in NAMES], axis=1)
    extra = np.abs(d["yaw"][bodies, 0])[:, None]
    arrays = (vector, contour, np.hstack([truth, extra]))
    return tuple(torch.from_numpy(x.astype(np.float32)) for x in arrays)


def loss_of(out: Any, y: Tensor, beta: float = 0.5) -> tuple[Tensor, Tensor]:
    """Beta-NLL of lumbar flexion, trunk, pelvis and thoracic flexion, and yaw."""
    means, spreads, extras = out
    lumbar, trunk, _, thoracic = means.unbind(1)
    error = y[:, :4] - torch.stack([lumbar, trunk, trunk - lumbar, thoracic], 1)
    log_sd = spreads[:, [0, 1, 2, 4]]
    variance = torch.exp(2 * log_sd)
    nll = 0.5 * error**2 / variance + log_sd
    weight = torch.tensor([2.0, 0.7, 1.0, 0.5])
    main = (nll * (variance.detach() / 25.0) ** beta * weight).mean()
    return main + 0.05 * (extras[:, 0] - y[:, 4]).abs().mean(), error


def evaluate(net: ContourNet, d: dict[str, Any], bodies: Any) -> dict[str, float]:
    """Return errors on bodies held out, with noise of their own, degrees."""
    net.eval()
    rng = np.random.default_rng(9)
    count = d["line"].shape[1]
    who, which = np.repeat(bodies, count - 1), np.tile(np.arange(1, count), len(bodies))
    vector, contour, y = batch_of(d, who, which, rng)
    with torch.no_grad():
        error = loss_of(net(vector, contour), y)[1][:, 0].numpy()
    knee = d["knee"][who, which]
    parts = {"all": knee >= 0, "upright": knee < 12, "deep": knee >= 70}
    return {k: float(np.sqrt((error[c] ** 2).mean())) for k, c in parts.items()}


def main() -> None:
    """Train for so many minutes; every twelfth body is held out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("training/contours"))
    parser.add_argument("--out", type=Path, default=Path("training/runs/contour.pt"))
    parser.add_argument("--minutes", type=float, default=4.0, help="of the processor's time")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--bodies", type=int, default=10**9)
    args = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    d = load(args.data)
    held = np.flatnonzero(d["scene"][:, 0] % 12 == 0)
    train = np.flatnonzero(d["scene"][:, 0] % 12 != 0)[: args.bodies]
    count = d["line"].shape[1]
    print(f"{len(train)} bodies, {len(held)} held out", flush=True)
    net = ContourNet(2 * d["points"].shape[2] + 3)
    optimiser = torch.optim.AdamW(net.parameters(), lr=args.rate, weight_decay=1e-2)
    rng = np.random.default_rng(0)
    begun, told, share, epoch = time.process_time(), 0.0, 0.0, 0
    while share < 1:
        net.train()
        pairs = rng.permutation(len(train) * (count - 1))
        for i in range(0, len(pairs) - BATCH + 1, BATCH):
            share = (time.process_time() - begun) / 60 / args.minutes
            if share >= 1:
                break
            pace = min(share / 0.05, 0.5 * (1 + np.cos(np.pi * min(share, 1.0))))
            for group in optimiser.param_groups:
                group["lr"] = args.rate * max(float(pace), 0.01)
            some = pairs[i : i + BATCH]
            v, c, y = batch_of(d, train[some // (count - 1)], 1 + some % (count - 1), rng)
            loss, _ = loss_of(net(v, c), y)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimiser.step()
        epoch += 1
        if share - told > 0.1 or share >= 1:
            told = share
            figures = {"epoch": epoch, "share": share, **evaluate(net, d, held)}
            print(json.dumps({k: round(v, 3) for k, v in figures.items()}), flush=True)
            args.out.parent.mkdir(parents=True, exist_ok=True)
            torch.save(net.state_dict(), args.out)


if __name__ == "__main__":
    main()
