"""Train the part network on rendered frames with the truth of every pixel.

python training/train_parts.py --data training/frames --seeds 51 --minutes 8 \\
    --out training/runs/parts.pt
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from evaluate_outlines import TrueBack, true_back
from make_frames import CROP_TRUNK_PX, unpack
from parts_network import CHANNELS, DEPTHS, RAYS, PartsNet
from torch import Tensor
from torch.nn.functional import cross_entropy, log_softmax

from backline.phantom.part_labels import PartLabel
from backline.sources.video.contour.part_network import STRIP_DEPTHS, ZERO_ODDS
from backline.sources.video.contour.trunk_rays import trunk_rays, unfold
from backline.sources.video.pose.person import LEFT_HIP, LEFT_KNEE, LEFT_SHOULDER

#: How far the body points are moved, trunk lengths (1 SD), and the scale (log, 1 SD).
SHAKE, SCALE = 0.035, 0.05
#: Chances: no static background known; another room behind; folds and prints on the cloth; no
#: colours; lines drawn over.
NO_ODDS, OTHER_ROOM, PRINTS, GREY, LINES = 0.4, 0.5, 0.6, 0.12, 0.2
BATCH = 24
#: Width of the soft target about the true edge, samples (1 SD).
SOFT = 0.8
_COVER = np.full(10, 4, np.int64)
_COVER[[PartLabel.TRUNK, PartLabel.THIGH, PartLabel.HEAD]] = 0
_COVER[[PartLabel.ARM, PartLabel.HAND]] = 1
_COVER[PartLabel.BAR], _COVER[PartLabel.PLATE] = 2, 3


class Frames:
    """All frames of some seeds, cut round the trunk."""

    def __init__(self, paths: list[Path]) -> None:
        self.crops: list[Any] = []
        self.truths: list[Any] = []
        self.joints: list[Any] = []
        for path in paths:
            with np.load(path) as file:
                a = {k: file[k] for k in file.files if k not in ("picture", "mask", "cut")}
            side = 1 if int(a["facing"]) > 0 else 0
            for k, matrix in enumerate(a["matrix"]):
                rgb = np.ascontiguousarray(unpack(a, "crop", k)[..., ::-1])
                more = [unpack(a, n, k)[..., None] for n in ("crop_mask", "odds")]
                self.crops.append((rgb, np.concatenate(more, axis=2)))
                self.truths.append((unpack(a, "label", k), unpack(a, "bare", k)))
                at = a["points33"][k][:, :2] @ matrix[:, :2].T + matrix[:, 2]
                self.joints.append(at[[p + side for p in (LEFT_SHOULDER, LEFT_HIP, LEFT_KNEE)]])

    def __len__(self) -> int:
        return len(self.crops)

    def sample(self, k: int, rng: np.random.Generator | None) -> tuple[Any, TrueBack, Any]:
        """Return a strip, the truth along its rays, and its parts; shaken where there is a rng."""
        (rgb, more), (label, bare) = self.crops[k], self.truths[k]
        joints, length = self.joints[k].astype(float), CROP_TRUNK_PX
        if rng is not None:
            joints = joints + rng.normal(0, SHAKE * CROP_TRUNK_PX, (3, 2))
            length *= float(np.exp(rng.normal(0, SCALE)))
        rays = trunk_rays(*joints, 1, length)
        depths = STRIP_DEPTHS * length
        colour, rest = unfold(rgb, rays, depths), unfold(more, rays, depths)
        places = rays.origins[:, None] + rays.directions[:, None] * depths[None, :, None]
        places = places.astype(np.float32)
        part = cv2.remap(label, places[..., 0], places[..., 1], cv2.INTER_NEAREST)
        if rng is not None:
            if rng.random() < OTHER_ROOM:
                other = unfold(self.crops[int(rng.integers(len(self)))][0], rays, depths)
                colour = other_room(colour, part, other, rng)
                rest[..., 1] = ZERO_ODDS
            if rng.random() < PRINTS:
                colour = prints(colour, part, rng)
            if rng.random() < LINES:
                colour = lines(colour, rng)
        strip = np.concatenate([colour, rest], axis=2)
        if rng is not None:
            strip = spoilt(strip, rng)
        return strip, true_back(label, bare, rays), (part[:, 1::2], length)


def other_room(colour: Any, part: Any, other: Any, rng: np.random.Generator) -> Any:
    """Put the strip of another frame, mirrored, behind the lifter."""
    free = (part == PartLabel.NOTHING).astype(np.float32)
    free = cv2.GaussianBlur(free, (0, 0), rng.uniform(0.5, 1.2))[..., None]
    return colour * (1 - free) + other[:, ::-1] * free


def prints(colour: Any, part: Any, rng: np.random.Generator) -> Any:
    """Add folds, prints and seams: smooth or sharp random patterns on some of the parts."""
    cells = int(rng.choice([3, 6, 12, 24]))
    field = rng.normal(0, 1, (cells, 2 * cells)).astype(np.float32)
    field = cv2.resize(field, (DEPTHS, RAYS), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.3:
        field = np.sign(field - 0.8).clip(0, 1) * 2
    on = (rng.random(10) < 0.6).astype(np.float32)
    on[PartLabel.NOTHING] = 0
    on = cv2.GaussianBlur(on[part], (0, 0), 0.7) * field * rng.uniform(5, 35)
    return colour + on[..., None] * rng.normal(1, 0.25, 3).astype(np.float32)


def lines(colour: Any, rng: np.random.Generator) -> Any:
    """Draw lines over the picture, as other programs do."""
    for _ in range(int(rng.integers(1, 4))):
        (a, b), (c, d) = (rng.uniform(0, 1, (2, 2)) * [DEPTHS, RAYS]).astype(int).tolist()
        tint = tuple(float(t) for t in rng.choice([0, 60, 255], 3))
        cv2.line(colour, (a, b), (c, d), tint, int(rng.integers(1, 4)), cv2.LINE_AA)
    return colour


def spoilt(strip: Any, rng: np.random.Generator) -> Any:
    """Light, colour, blur and noise; a mask that is off; no static background now and then."""
    colour = (
        strip[..., :3] * rng.uniform(0.6, 1.4) * np.exp(rng.normal(0, 0.12, 3)).astype(np.float32)
    )
    colour += rng.normal(0, 15)
    if rng.random() < GREY:
        colour = np.repeat(colour.mean(2, keepdims=True), 3, 2)
    if rng.random() < 0.3:
        colour = cv2.GaussianBlur(colour.astype(np.float32), (0, 0), rng.uniform(0.4, 1.5))
    noise = rng.standard_normal(colour.shape, np.float32)
    colour = colour + noise * rng.choice([0.0, 2.0, 6.0, 12.0])
    mask, odds = strip[..., 3], strip[..., 4]
    if rng.random() < 0.35:  # the engine misses a piece, or takes something in
        at = (int(rng.integers(0, DEPTHS)), int(rng.integers(0, RAYS)))
        size = (int(rng.integers(2, 30)), int(rng.integers(2, 14)))
        mask = np.ascontiguousarray(mask)
        cv2.ellipse(
            mask, at, size, float(rng.uniform(0, 180)), 0, 360, float(rng.choice([0, 255])), -1
        )
    if rng.random() < 0.3:
        mask = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.5, 3.0))
    if rng.random() < NO_ODDS:
        odds = np.full_like(odds, ZERO_ODDS)
    spoilt_ = np.concatenate([colour, mask[..., None], odds[..., None]], axis=2)
    return np.clip(spoilt_, 0, 255)


def batch_of(frames: Frames, rows: Any, rng: np.random.Generator | None) -> tuple[Tensor, ...]:
    """Return strips, true depths (samples, NaN none), covers (-1 unknown) and parts."""
    strips = np.empty((len(rows), RAYS, DEPTHS, CHANNELS), np.uint8)
    edge = np.full((len(rows), RAYS), np.nan, np.float32)
    cover = np.full((len(rows), RAYS), -1, np.int64)
    part = np.zeros((len(rows), RAYS, DEPTHS // 2), np.int64)
    step = float(STRIP_DEPTHS[1] - STRIP_DEPTHS[0])
    for i, k in enumerate(rows):
        strips[i], true, (part[i], length) = frames.sample(int(k), rng)
        edge[i] = (true.depth_px / length - STRIP_DEPTHS[0]) / step
        known = np.isfinite(edge[i]) & (edge[i] < DEPTHS - 1) & (true.label > 0)
        cover[i, known] = _COVER[true.label[known]]
        edge[i, edge[i] >= DEPTHS - 1] = np.nan
    return tuple(torch.from_numpy(x) for x in (strips, edge, cover, part))


def loss_of(out: Any, edge: Tensor, cover: Tensor, part: Tensor) -> tuple[Tensor, Any]:
    """Return the loss and its pieces: place of the edge, what covers it, parts."""
    at, covers, parts = out
    known = torch.isfinite(edge)
    columns = torch.arange(DEPTHS)[None, None]
    target = torch.exp(-0.5 * ((columns - torch.nan_to_num(edge)[..., None]) / SOFT) ** 2)
    target = target / target.sum(2, keepdim=True).clamp_min(1e-6)
    place = -(target * log_softmax(at, 2)).sum(2)
    weight = torch.where(cover == 0, 1.0, 0.5) * known
    pieces = [
        (place * weight).sum() / weight.sum(),
        cross_entropy(covers.flatten(0, 1), cover.flatten(), ignore_index=-1),
        cross_entropy(parts.float(), part),
    ]
    return pieces[0] + 0.7 * pieces[1] + 0.3 * pieces[2], [p.item() for p in pieces]


def evaluate(net: PartsNet, frames: Frames) -> dict[str, float]:
    """Return errors on frames as they are: depth in trunk lengths, and how well hidden is told."""
    net.eval()
    off, covered, shown = [], [], []
    step = float(STRIP_DEPTHS[1] - STRIP_DEPTHS[0])
    with torch.no_grad():
        for start in range(0, len(frames), 32):
            s, e, c, _ = batch_of(frames, range(start, min(start + 32, len(frames))), None)
            at, covers, _ = net(s)
            best = at.argmax(2)
            off.append(((best - e).abs() * step).numpy())
            covered.append(c.numpy())
            shown.append(torch.softmax(covers, 2)[..., 0].numpy())
    off, covered, shown = (np.concatenate(x) for x in (off, covered, shown))
    known = np.isfinite(off) & (covered >= 0)
    visible, hidden = known & (covered == 0), known & (covered > 0)
    called = known & (shown > 0.5)
    return {
        "seen within 1.5 %": float((off[visible] < 0.015).mean()),
        "hidden within 1.5 %": float((off[hidden] < 0.015).mean()),
        "hidden median": float(np.median(off[hidden])),
        "called seen, within": float((off[called] < 0.015).mean()),
        "seen and called": float((shown[visible] > 0.5).mean()),
        "hidden and called": float((shown[hidden] > 0.5).mean()),
    }


def main() -> None:
    """Train for so many minutes; every twelfth scene is held out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("training/frames"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[51])
    parser.add_argument("--start", type=Path)
    parser.add_argument("--out", type=Path, default=Path("training/runs/parts.pt"))
    parser.add_argument("--minutes", type=float, default=25.0, help="of the processor's time")
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    paths = [p for s in args.seeds for p in sorted(args.data.glob(f"frames_{s}_*.npz"))]
    paths = [p for p in paths if ".part" not in p.name]
    held = [p for p in paths if int(p.stem.split("_")[-1]) % 12 == 0]
    train, check = Frames([p for p in paths if p not in held]), Frames(held)
    print(f"{len(train)} training frames, {len(check)} held out", flush=True)
    net = PartsNet()
    if args.start:
        net.load_state_dict(torch.load(args.start))
    net = net.to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(net.parameters(), lr=args.rate, weight_decay=1e-2)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(args.seed)
    begun, reported, epoch, share = time.process_time(), 0.0, 0, 0.0
    while share < 1:
        sums, count, order = np.zeros(3), 0, rng.permutation(len(train))
        net.train()
        for i in range(0, len(order) - BATCH + 1, BATCH):
            share = (time.process_time() - begun) / 60 / args.minutes
            if share >= 1:
                break
            pace = min(share / 0.04, 0.5 * (1 + np.cos(np.pi * min(share, 1.0))))
            for group in optimiser.param_groups:
                group["lr"] = args.rate * max(float(pace), 0.01)
            strips, edge, cover, part = batch_of(train, order[i : i + BATCH], rng)
            loss, pieces = loss_of(net(strips), edge, cover, part)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimiser.step()
            sums, count = sums + pieces, count + 1
        if share - reported > 0.08 or share >= 1:
            reported = share
            figures = {"share": share, **evaluate(net, check)}
            figures |= dict(zip(("place", "cover", "part"), sums / max(count, 1), strict=True))
            print(
                epoch, json.dumps({k: round(float(v), 4) for k, v in figures.items()}), flush=True
            )
            torch.save(net.state_dict(), args.out)
        epoch += 1


if __name__ == "__main__":
    main()
