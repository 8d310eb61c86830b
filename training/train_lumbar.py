"""Train the lumbar network on made data.

For example::

    python training/train_lumbar.py --data training/data --epochs 14 --out training/runs/a.pt
"""

from __future__ import annotations

import argparse
import json
import time
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from from_onnx import load_onnx, settle
from network import SPREADS, LumbarNet
from torch import Tensor

from backline.sources.video.contour.outline import POINTS
from backline.sources.video.lumbar.contour_input import UNKNOWN_SD, contour_of, mean_contour
from backline.sources.video.lumbar.picture_input import (
    CROP_HEIGHT,
    CROP_WIDTH,
    HIP_COLUMN,
    HIP_ROW,
    RIM,
    TRUNK_PX,
    refine,
)

STANDING = 3
#: What a shard tells of the back's contour.
LINE = ("line", "line_seen", "line_sd")
#: How much the crop is shaken beyond what the engine itself does, as a share of that.
SHAKE = 0.3
#: Chance that any upright frame of the lifter stands for the standing reference.
OTHER_REFERENCE = 0.15
#: Chance that the contour is not given to the network, and that a stretch of it is hidden.
WITHOUT_CONTOUR, HIDDEN_STRETCH = 0.08, 0.2
BATCH = 64
UPRIGHT_KNEE_DEG = 12.0
#: Batches that a network from an exported file takes its normalisations' statistics from.
SETTLING_BATCHES = 40
#: Part of a run in which the learning rate rises.
RISE = 0.06
#: One field of sensor noise about 128 with a standard deviation of 8 grey levels.
GRAIN = np.clip(np.random.default_rng(0).normal(128, 8, (400, 400)), 0, 255).astype(np.uint8)


def load(folders: list[Path]) -> dict[str, Any]:
    """Load every shard; ``start`` is each row's first row of its scene."""
    paths = [p for f in folders for p in sorted(f.glob("scenes_*.npz")) if ".part" not in p.name]
    rest, crops, scene_of = [], [], []
    for number, path in enumerate(paths):
        with np.load(path) as shard:
            rest.append({k: shard[k] for k in shard.files if k not in ("cut", *LINE)})
            n = len(rest[-1]["lumbar"])
            rest[-1]["contour"] = _contours(shard, n)
            rest[-1].setdefault("posture", np.arange(n, dtype=np.int16))
            crops.append(np.stack([refine(np.ascontiguousarray(c)) for c in shard["cut"]]))
            scene_of.append(rest[-1]["scene"].astype(np.int64) + number * 1_000_000)
    data = {k: np.concatenate([r[k] for r in rest]) for k in rest[0]}
    data["cut"] = np.empty((len(data["lumbar"]), *crops[0].shape[1:]), np.uint8)
    at = 0
    while crops:  # one shard after the other: never two copies of everything in memory
        part = crops.pop(0)
        data["cut"][at : at + len(part)] = part
        at += len(part)
    _, first, inverse = np.unique(np.concatenate(scene_of), return_index=True, return_inverse=True)
    data["start"] = first[inverse]
    same = data["start"] * 1_000 + data["posture"]
    _, alike, inverse, count = np.unique(
        same, return_index=True, return_inverse=True, return_counts=True
    )
    data["alike"], data["alikes"] = alike[inverse], count[inverse]
    data["held_out"] = (data["scene"] % 12) == 0
    return data


def _contours(shard: Any, n: int) -> Any:
    """Return the contours of a shard; data made without them has none that is visible."""
    if "line" not in shard.files:
        none = np.full((n, POINTS), np.nan, np.float32)
        return contour_of(np.stack([none, none], -1), np.isfinite(none), none)
    return contour_of(shard["line"], shard["line_seen"], shard["line_sd"])


def _moved(
    crop: Any, points: Any, lean: float, contour: Any, rng: np.random.Generator, strength: float
) -> Any:
    """Shake the crop as the engine's points shake it: turn, shift, scale; crop the rim."""
    turn = rng.normal(0, 2.2 * strength)
    shift = rng.normal(0, 1.6 * strength, 2)
    scale = np.exp(rng.normal(0, 0.012 * strength))
    a = np.radians(turn)
    linear = scale * np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
    hip = np.array([HIP_COLUMN, HIP_ROW])
    matrix = np.hstack([linear, (hip + shift - linear @ (hip + RIM))[:, None]])
    size = (CROP_WIDTH, CROP_HEIGHT)
    out = cv2.warpAffine(
        np.ascontiguousarray(crop.transpose(1, 2, 0)), matrix, size, borderMode=cv2.BORDER_REPLICATE
    )
    half = len(points) // 2
    middles = points[:half].reshape(-1, 2) @ linear.T + shift / TRUNK_PX
    spreads = points[half:].reshape(-1, 2) @ linear.T
    moved = np.concatenate([middles.ravel(), spreads.ravel()]).astype(np.float32)
    line = contour.copy()
    line[:, :2] = contour[:, :2] @ linear.T + shift / TRUNK_PX
    return out.transpose(2, 0, 1), moved, lean + turn, line


def _reshaped(frame: Any, stand: Any, lines: Any, rng: np.random.Generator) -> Any:
    """Give frame and standing another body: the same waves pushed into both profiles."""
    rows = np.arange(CROP_HEIGHT, dtype=np.float32)[:, None]
    push = np.zeros_like(rows)
    for _ in range(3):
        wave, phase = rng.uniform(45, 200), rng.uniform(0, 2 * np.pi)
        push += np.float32(rng.normal(0, 1.4)) * np.sin(2 * np.pi * rows / wave + phase)
    x = np.arange(CROP_WIDTH, dtype=np.float32)[None] + push.astype(np.float32)
    y = np.broadcast_to(rows, x.shape).astype(np.float32)
    for line in lines:
        at = HIP_ROW + TRUNK_PX * line[:, 1]
        line[:, 0] -= np.interp(at, np.arange(CROP_HEIGHT), push[:, 0]) / TRUNK_PX
    return tuple(
        cv2.remap(
            np.ascontiguousarray(c.transpose(1, 2, 0)), x, y, cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ).transpose(2, 0, 1)
        for c in (frame, stand)
    )  # fmt: skip


def _spoil(crop: Any, rng: np.random.Generator, seed: dict[str, float]) -> Any:
    """Light, noise and stray blobs; the same light for frame and standing."""
    mask, refined, grey = (np.ascontiguousarray(c, np.uint8) for c in crop)
    level = np.clip((np.arange(256) / 255.0) ** seed["gamma"] * 255.0 * seed["gain"], 0, 255)
    level = 255.0 - level if seed["invert"] else level
    grey = cv2.LUT(grey, level.astype(np.uint8))
    if seed["noise"]:
        y, x = rng.integers(0, len(GRAIN) - max(CROP_HEIGHT, CROP_WIDTH), 2)
        grain = GRAIN[y : y + CROP_HEIGHT, x : x + CROP_WIDTH]
        grey = cv2.addWeighted(grey, 1.0, grain, seed["noise"] / 8.0, -128.0 * seed["noise"] / 8.0)
    if rng.random() < 0.08:
        at = (int(rng.integers(0, CROP_WIDTH)), int(rng.integers(0, CROP_HEIGHT)))
        radius = int(rng.integers(4, 30))
        level = float(rng.choice([0, 255]))
        cv2.circle(mask, at, radius, level, -1)
        cv2.circle(refined, at, radius, level, -1)
        if rng.random() < 0.7:
            cv2.circle(grey, at, radius, float(rng.uniform(0, 255)), -1)
    if seed["blur"] > 0.3:
        mask = cv2.GaussianBlur(mask, (0, 0), seed["blur"])
    if seed["blind"]:
        grey = np.full_like(grey, 128)
    return np.stack([mask, refined, grey])


def _hide(line: Any, rng: np.random.Generator) -> Any:
    """Now and then take the contour away, or hide a stretch of it and misplace that."""
    chance = rng.random()
    if chance < WITHOUT_CONTOUR:
        line[:] = [0.0, 0.0, 0.0, UNKNOWN_SD]
    elif chance < WITHOUT_CONTOUR + HIDDEN_STRETCH:
        first, count = int(rng.integers(0, POINTS)), int(rng.integers(3, 16))
        part = slice(first, first + count)
        line[part, 0] += np.float32(rng.normal(0, 0.02))
        line[part, 2] = 0.0
    return line


class Batches:
    """Draws augmented pairs of (frame, standing reference)."""

    def __init__(
        self, data: dict[str, Any], rows: Any, augment: bool, seed: int, share_bare: float = 1.0
    ) -> None:
        self.share_bare = share_bare
        self.data, self.rows, self.augment = data, rows, augment
        self.rng = np.random.default_rng(seed)
        start = data["start"]
        ends = np.append(np.flatnonzero(np.diff(start)) + 1, len(start))
        self.end = {int(start[e - 1]): int(e) for e in ends}

    def _reference(self, row: int) -> Any:
        """Rows to use as the reference: one or all three, or now and then any upright frame."""
        first = int(self.data["start"][row])
        if self.augment and self.rng.random() < OTHER_REFERENCE:
            knees = self.data["knee"][first : self.end[first]]
            upright = np.flatnonzero(knees < UPRIGHT_KNEE_DEG) + first
            return [int(self.rng.choice(upright))]
        if self.augment and self.rng.random() < 0.5:
            return [first + int(self.rng.integers(0, STANDING))]
        return list(range(first, first + STANDING))

    def _alike(self, row: int, ref: list[int]) -> Any:
        """Rows that show the same posture as this one: some of them, or all."""
        if row in ref:
            return [row]
        first = int(self.data["alike"][row])
        rows = np.arange(first, first + int(self.data["alikes"][row]))
        if self.augment:
            rows = self.rng.permutation(rows)[: int(self.rng.integers(1, len(rows) + 1))]
        return rows

    def _mean(self, rows: Any) -> Any:
        """Cut, points, lean and contour, averaged over rows."""
        d = self.data
        line = mean_contour(d["contour"][rows])
        mean_crop = d["cut"][rows].mean(0).astype(np.uint8)
        return mean_crop, d["points"][rows].mean(0), d["lean_px"][rows].mean(), line

    def pair(self, row: int) -> Any:
        d, rng = self.data, self.rng
        ref = self._reference(row)
        strength = SHAKE if self.augment else 0.0
        alike = self._alike(row, ref)
        frame, pf, lf, cf = _moved(*self._mean(alike), rng, strength)
        stand, ps, ls, cs = _moved(*self._mean(ref), rng, strength * 0.6)
        if self.augment:
            seed = {
                "gamma": rng.uniform(0.7, 1.4), "gain": rng.uniform(0.7, 1.3),
                "invert": rng.random() < 0.05, "noise": rng.choice([0.0, 3.0, 8.0]),
                "blur": rng.uniform(0, 1.2), "blind": rng.random() < 0.1,
            }  # fmt: skip
            if rng.random() < 0.75:
                frame, stand = _reshaped(frame, stand, (cf, cs), rng)
            frame, stand = _spoil(frame, rng, seed), _spoil(stand, rng, seed)
            cf, cs = _hide(cf, rng), _hide(cs, rng) if rng.random() < 0.5 else cs
        vector = np.concatenate([pf, ps, [lf / 50, ls / 50, (lf - ls) / 50]]).astype(np.float32)
        names = ("lumbar", "trunk", "pelvis", "curve", "thoracic")
        change = [d[k][alike].mean() - d[k][ref].mean() for k in names]
        extra = [abs(d["yaw"][row]), float(d["hidden"][row] > 0.15), float(d["fit"][row] == 2)]
        return frame, stand, vector, np.stack([cf, cs]), np.array(change + extra, np.float32)

    def _order(self) -> Any:
        """Every row with a contour, and a share of those without, at random."""
        bare = (self.data["contour"][self.rows, :, 2] == 0).all(axis=1)
        kept = ~bare | (self.rng.random(len(self.rows)) < self.share_bare)
        return self.rng.permutation(self.rows[kept])

    def __iter__(self) -> Any:
        order = self._order() if self.augment else self.rows
        size = BATCH
        for i in range(0, len(order) - (size - 1 if self.augment else 0), size):
            parts = [self.pair(int(r)) for r in order[i : i + size]]
            f, s, v, c, y = (np.stack([p[k] for p in parts]) for k in range(5))
            yield (
                torch.from_numpy(f).to(torch.uint8).to(memory_format=torch.channels_last),
                torch.from_numpy(s).to(torch.uint8).to(memory_format=torch.channels_last),
                torch.from_numpy(v),
                torch.from_numpy(c),
                torch.from_numpy(y),
            )


class Stream(torch.utils.data.IterableDataset):  # type: ignore[type-arg]
    """Batches made in a second process."""

    def __init__(self, batches: Batches) -> None:
        self.batches = batches

    def __iter__(self) -> Any:
        return iter(self.batches)


def loss_of(out: Any, y: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor]:
    """Beta-NLL over all quantities, plus yaw and the two logits."""
    means, spreads, extras = out
    lumbar, trunk, curve, thoracic = means.unbind(1)
    guess = torch.stack([lumbar, trunk, trunk - lumbar, curve, thoracic], 1)
    error = y[:, : len(SPREADS)] - guess
    variance = torch.exp(2 * spreads)
    nll = 0.5 * (error**2 / variance) + spreads
    weight = torch.tensor([2.0, 0.7, 1.0, 0.4, 0.4])
    main = (nll * (variance.detach() / 25.0) ** beta * weight).mean()
    yaw = (extras[:, 0] - y[:, 5]).abs().mean() * 0.05
    logits = torch.nn.functional.binary_cross_entropy_with_logits(extras[:, 1:], y[:, 6:])
    return main + yaw + 0.5 * logits, error


def _rms(errors: Any) -> float:
    return float(np.sqrt(np.mean(errors**2)))


def evaluate(net: LumbarNet, batches: Batches, data: dict[str, Any]) -> dict[str, float]:
    """Error on held-out bodies in the conditions that count, degrees."""
    net.eval()
    errors, spreads = [], []
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for f, s, v, c, y in batches:
            out = net(f, s, v, c)
            errors.append(loss_of(out, y)[1].float().numpy())
            spreads.append(out[1].float().numpy())
    e, rows = np.concatenate(errors), batches.rows
    sd = np.exp(np.concatenate(spreads))
    fair = (np.abs(data["yaw"][rows]) <= 15) & (data["fit"][rows] < 2)
    fair &= data["hidden"][rows] < 0.15
    fair &= rows >= data["start"][rows] + STANDING  # standing itself is no measurement
    top = fair & (data["knee"][rows] < 12)
    deep = fair & (data["knee"][rows] > 70)
    inside = np.abs(e[:, :3]) < 1.645 * sd[:, :3]
    return {
        "n": int(fair.sum()), "lumbar": _rms(e[fair, 0]),
        "top": _rms(e[top, 0]), "deep": _rms(e[deep, 0]),
        "trunk": _rms(e[fair, 1]), "pelvis": _rms(e[fair, 2]), "curve": _rms(e[fair, 3]),
        "thoracic": _rms(e[fair, 4]), "all": _rms(e[:, 0]), "cover": float(inside[fair, 0].mean()),
    }  # fmt: skip


def _pace(share: float) -> float:
    """Share of the learning rate at a share of the run (steps or time): rise, then cosine."""
    if share < RISE:
        return max(share / RISE, 0.01)
    fallen = (min(share, 1.0) - RISE) / (1 - RISE)
    return max(0.5 * (1 + float(np.cos(np.pi * fallen))), 0.001)


def _load_what_fits(net: LumbarNet, weights: dict[str, Tensor]) -> None:
    """Take over the weights whose shapes agree (another stem may stand before the same head)."""
    own = net.state_dict()
    first = "head.0.weight"  # inputs that the older weights do not know start at nothing
    if first in weights and weights[first].shape[1] < own[first].shape[1]:
        more = own[first].shape[1] - weights[first].shape[1]
        weights[first] = torch.cat([weights[first], 0.1 * own[first][:, -more:]], dim=1)
    fits = {k: v for k, v in weights.items() if k in own and own[k].shape == v.shape}
    print(f"{len(fits)} of {len(own)} weights taken over", flush=True)
    net.load_state_dict({**own, **fits})


def _begin(start: Path | None, vector: int, train: Batches) -> LumbarNet:
    """Return a new network, or one that goes on from weights or from an exported file."""
    if start is not None and start.suffix == ".onnx":
        net = load_onnx(start, vector)
        settle(net, islice(train, SETTLING_BATCHES))
    else:
        net = LumbarNet(vector)
        if start is not None:
            _load_what_fits(net, torch.load(start))
    return net.to(memory_format=torch.channels_last)


def main() -> None:
    """Train, evaluate after each epoch, keep the last weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", default=[Path("training/data")])
    parser.add_argument("--out", type=Path, default=Path("training/runs/lumbar.pt"))
    parser.add_argument("--start", type=Path, help="weights (.pt) or a shipped network (.onnx)")
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--rate", type=float, default=1.2e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--bare", type=float, default=1.0, help="share of rows without a contour")
    parser.add_argument("--minutes", type=float, default=1e9, help="end of the schedule, if sooner")
    parser.add_argument("--beta", type=float, default=1.0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(2)
    cv2.setNumThreads(1)
    data = load(args.data)
    rows = np.arange(len(data["lumbar"]))
    held = data["held_out"]
    print(f"{(~held).sum()} training frames, {held.sum()} held out", flush=True)
    train = Batches(data, rows[~held], True, args.seed, args.bare)
    check = Batches(data, rows[held], False, 0)
    net = _begin(args.start, 2 * data["points"].shape[1] + 3, train)
    steps = args.epochs * (len(train._order()) // BATCH + 1)
    optimiser = torch.optim.AdamW(net.parameters(), lr=args.rate, weight_decay=2e-2)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    begun, step = time.monotonic(), 0
    for epoch in range(args.epochs):
        started = time.monotonic()
        net.train()
        train.rng = np.random.default_rng([args.seed, epoch])
        total, count = 0.0, 0
        loader = torch.utils.data.DataLoader(Stream(train), batch_size=None, num_workers=1)
        for f, s, v, c, y in loader:
            share = max(step / steps, (time.monotonic() - begun) / 60 / args.minutes)
            for group in optimiser.param_groups:
                group["lr"] = args.rate * _pace(share)
            if share >= 1:
                break
            with torch.autocast("cpu", torch.bfloat16):
                out = net(f, s, v, c)
            loss, _ = loss_of(out, y, args.beta)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimiser.step()
            total, count, step = total + loss.item(), count + 1, step + 1
        figures = evaluate(net, check, data)
        line = {
            "epoch": epoch,
            "rows": len(train.rows),
            "loss": total / max(count, 1),
            "s": time.monotonic() - started,
            **figures,
        }
        print(json.dumps({k: round(x, 3) for k, x in line.items()}), flush=True)
        torch.save(net.state_dict(), args.out)
        if share >= 1:
            break


if __name__ == "__main__":
    main()
