"""How close the drawn back line lies to outlines clicked by eye on real clips.

    python -m benchmarks.clicked_backs                # the clips beside the repository
    python -m benchmarks.clicked_backs FOLDER --cache /tmp/lines

The clips are known by their SHA-256; others in the folder and below it are passed over. Observing
takes one to four times a clip's length; with a cache, only after the program has changed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backline.model.posture import BoolArray, FloatArray

ROOT = Path(__file__).resolve().parent.parent
CLIPS = ROOT.parent / "shared" / "clips"
CLICKED = ROOT / "tests" / "sources" / "video" / "clicked_backs.json"
#: What an observation depends on; the key of a cached one.
OBSERVES = ("formats", "sources")
#: A drawn point lies on the back within this share of the trunk's length (issue 15, point 8).
ON_BACK = 0.02
#: Points of the clicked low back are looked up along it at this spacing, pixels.
STEP_PX = 1.0
SAME_FRAME_S = 0.002
COLUMNS = (
    "clip", "moment", "frames", "points drawn", "within 2 %", "median", "low back within 2 %",
    "low back drawn", "drawn on hidden", "of it low back",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """The back line of every frame of a clip, pixels of the full-size frame.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Each frame's own time, seconds.
    points : ndarray, shape (n, 48, 2)
        The line; NaN where there is none.
    drawn : ndarray of bool, shape (n, 48)
        Whether a point is drawn: held to be the lifter's own back.
    """

    time_s: FloatArray
    points: NDArray[np.float32]
    drawn: BoolArray

    def at(self, time_s: float) -> tuple[FloatArray, BoolArray]:
        """Return the line of the frame at a time; raise ValueError where there is no frame."""
        i = int(np.abs(self.time_s - time_s).argmin())
        if abs(self.time_s[i] - time_s) > SAME_FRAME_S:
            raise ValueError(f"expected a frame at {time_s} s, the nearest is {self.time_s[i]} s")
        return self.points[i].astype(np.float64), self.drawn[i]


@dataclass(frozen=True)
class Score:
    """One frame's drawn line against the clicked one.

    Parameters
    ----------
    away : ndarray, shape (k,)
        Distance of each drawn point beside the visible back from the clicked line, trunk lengths.
    away_low_back : ndarray
        Those of them between T12 and S1.
    on_hidden : int
        Drawn points where something hides the own back.
    on_hidden_low_back : int
        Those of them between T12 and S1.
    low_back : float
        Share of the visible low back, T12 to S1, along which the line is drawn; NaN where none of
        it is visible or T12 and S1 were not put.
    """

    away: FloatArray
    away_low_back: FloatArray
    on_hidden: int
    on_hidden_low_back: int
    low_back: float


def clicked() -> dict[str, dict[str, Any]]:
    """Return the clicked clips by the SHA-256 of their file."""
    clips: dict[str, dict[str, Any]] = json.loads(CLICKED.read_text(encoding="utf-8"))["clips"]
    return clips


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=CLIPS)
    parser.add_argument("--cache", type=Path, help="folder that keeps the observed lines")
    wanted = parser.parse_args(arguments)
    known = clicked()
    found = [(p, _sha256(p)) for p in sorted(wanted.folder.rglob("*.mp4"))]
    found = [(path, sha) for path, sha in found if sha in known]
    if not found:
        print(f"Skipped: none of the clicked clips is in '{wanted.folder}'.")
        return
    print("|", " | ".join(COLUMNS), "|")
    print("|", " | ".join("---" for _ in COLUMNS), "|")
    everything: list[Score] = []
    for path, sha in found:
        scores = scores_of(known[sha], observe(path, wanted.cache))
        for moment, some in scores.items():
            print(row(path.stem, moment, some))
        of_clip = [score for some in scores.values() for score in some]
        print(row(path.stem, "all", of_clip))
        everything += of_clip
    print(row("all", "all", everything))


def scores_of(clip: dict[str, Any], line: Line) -> dict[str, list[Score]]:
    """Score each clicked frame of a clip, by moment."""
    scores = defaultdict(list)
    for frame in clip["frames"]:
        if frame["points"]:
            found = score(frame, clip["trunk_px"], *line.at(frame["time_s"]))
            scores[frame["moment"]].append(found)
    return scores


def score(frame: dict[str, Any], trunk_px: float, points: FloatArray, drawn: BoolArray) -> Score:
    """Hold one frame's line against the clicked one.

    Drawn points beyond the clicked ends are passed over. A point counts as on something hidden
    where the nearest of the clicked line is hidden and further from what is seen than ON_BACK.

    Parameters
    ----------
    frame : dict
        An entry of ``frames`` in clicked_backs.json.
    trunk_px : float
        Hip joint to shoulder, pixels.
    points : ndarray, shape (m, 2)
        The line, pixels of the full-size frame; NaN where there is none.
    drawn : ndarray of bool, shape (m,)
        Whether each point is drawn.
    """
    back = np.array(frame["points"], float)
    along = _lengths(back)
    spans = [(along[i], along[j]) for i, j in frame["hidden"]]
    away, place = nearest(points[drawn & np.isfinite(points).all(axis=1)], back)
    within = (place > 0.0) & (place < along[-1])
    hidden = within & _inside(place, spans, along[-1], ON_BACK * trunk_px)
    beside = within & ~_inside(place, spans, along[-1], 0.0)
    low, low_back = np.zeros(len(place), np.bool_), float("nan")
    if frame["t12"] is not None:
        _, (upper, lower) = nearest(np.array([frame["t12"], frame["s1"]], float), back)
        low = (place >= upper) & (place <= lower)
        places = np.arange(upper, lower, STEP_PX)
        places = places[~_inside(places, spans, along[-1], 0.0)]
        spots = np.stack([np.interp(places, along, back[:, k]) for k in (0, 1)], axis=1)
        low_back = _share_drawn(spots, points, drawn)
    return Score(
        away[beside] / trunk_px,
        away[beside & low] / trunk_px,
        int(hidden.sum()),
        int((hidden & low).sum()),
        low_back,
    )


def nearest(points: FloatArray, line: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the distance of points (n, 2) from a polyline (m, 2) and their places along it."""
    if len(points) == 0:
        return np.zeros(0), np.zeros(0)
    start, way = line[:-1], np.diff(line, axis=0)
    length = np.maximum(np.hypot(*way.T), 1e-9)
    share = np.clip(((points[:, None] - start) * way).sum(axis=2) / length**2, 0.0, 1.0)
    away = np.linalg.norm(points[:, None] - (start + share[..., None] * way), axis=2)
    best = away.argmin(axis=1)
    row = np.arange(len(points))
    return away[row, best], _lengths(line)[best] + share[row, best] * length[best]


def _inside(
    place: FloatArray, spans: Iterable[tuple[float, float]], end: float, margin: float
) -> BoolArray:
    """Whether places along the line lie in a span, ``margin`` from where the back is seen."""
    inside = np.zeros(len(place), np.bool_)
    for low, high in spans:
        low = low if low == 0.0 else low + margin
        high = high if high >= end else high - margin
        inside |= (place >= low) & (place <= high)
    return inside


def _share_drawn(spots: FloatArray, points: FloatArray, drawn: BoolArray) -> float:
    """Share of spots on the back that are nearest to a drawn part of the line; NaN of none."""
    there = np.isfinite(points).all(axis=1)
    if len(spots) == 0:
        return float("nan")
    if there.sum() < 2:
        return 0.0
    line, shown = points[there], drawn[there]
    _, at = nearest(spots, line)
    left = np.clip(np.searchsorted(_lengths(line), at, side="right") - 1, 0, len(line) - 2)
    return float((shown[left] & shown[left + 1]).mean())


def _lengths(line: FloatArray) -> FloatArray:
    """Distance along a polyline (m, 2) of each of its points from the first, shape (m,)."""
    return np.concatenate([[0.0], np.hypot(*np.diff(line, axis=0).T).cumsum()])


def observe(path: Path, cache: Path | None = None) -> Line:
    """Run the video source's observation on a clip, or take it from the cache."""
    kept = None if cache is None else cache / f"{_sha256(path)[:16]}-{_program()[:16]}.npz"
    if kept is not None and kept.is_file():
        with np.load(kept) as held:
            return Line(held["time_s"], held["points"], held["drawn"])
    from backline.formats.video import open_clip
    from backline.sources.registry import SourceOptions
    from backline.sources.video.source import observe

    with open_clip(path) as clip:
        observations, _ = observe(clip, SourceOptions())
        if observations is None:
            raise ValueError(f"{path}: nobody was found")
        observations.crops.close()
        grow = np.float32(clip.info.width_px / observations.width_px)
        line = Line(observations.time_s, observations.back_line * grow, observations.back_visible)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.savez(kept, time_s=line.time_s, points=line.points, drawn=line.drawn)
    return line


def row(clip: str, moment: str, scores: list[Score]) -> str:
    """Some frames as a line of the table."""
    away = np.concatenate([s.away for s in scores])
    low = np.concatenate([s.away_low_back for s in scores])
    drawn = np.array([s.low_back for s in scores])
    figures = (
        clip,
        moment,
        f"{len(scores)}",
        f"{len(away)}",
        _share(away <= ON_BACK),
        f"{np.median(away):.1%}" if len(away) else "-",
        _share(low <= ON_BACK),
        _share(drawn[np.isfinite(drawn)]),
        f"{sum(s.on_hidden for s in scores)}",
        f"{sum(s.on_hidden_low_back for s in scores)}",
    )
    return f"| {' | '.join(figures)} |"


def _share(values: NDArray[Any]) -> str:
    return f"{np.mean(values):.0%}" if len(values) else "-"


def _sha256(path: Path) -> str:
    from backline.formats.video import file_sha256

    return file_sha256(path)


def _program() -> str:
    """Return a digest of the modules that an observation depends on."""
    source = ROOT / "src" / "backline"
    digest = hashlib.sha256()
    for path in sorted(p for room in OBSERVES for p in (source / room).rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
