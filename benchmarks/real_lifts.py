"""Real lifts with labels by eye: what is told of them, and where it is wrong.

    python -m benchmarks.real_lifts FOLDER            # a folder with clips and labels.csv
    python -m benchmarks.real_lifts FOLDER --clip squat_h --reps

``labels.csv`` holds a row a clip: ``file, lift, measurable`` (yes, partly, no), ``reps`` and
``bottom`` (kept, flattened, rounded; other words are shown and not scored); the part of a name
before its second underscore is the lifter (``deadlift_a_rounded``: ``deadlift_a``). What was seen
of a clip is kept in ``benchmarks/out/seen``, so that rules can be tried in seconds; it is looked at
anew when the clip or a program of the looking changes.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from backline.model.measurement import Measured
    from backline.pipeline import Analysis

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "clips" / "real"
CACHE = ROOT / "benchmarks" / "out" / "seen"
#: Programs whose change makes a new look necessary: all that run before an angle is worked out.
LOOKING = (
    "pose/**/*.py", "subject/*.py", "contour/*.py", "contour/*.onnx", "quality/camera_motion.py",
    "quality/tracking_failures.py", "lumbar/picture_input.py", "shots.py", "clip_observations.py",
    "observations_file.py", "frame_features.py", "frame_pass.py",
)  # fmt: skip
SCORED = ("kept", "flattened", "rounded")
#: Clips that the time is told of: so long, seconds, and of no more frames a second than this.
LONG_S, USUAL_RATE_HZ = 10.0, 31.0
#: A grade as sure as this must not be the opposite of the label.
SURE = 0.9
#: Codes that say why a clip that is not measurable is refused or marked.
NAMED = {"not_side_on", "oblique", "second_lifter", "back_hidden", "cut_off", "too_small",
         "no_person", "few_frames", "dark"}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One clip: its label, and what was told of it."""

    label: dict[str, str]
    result: Analysis
    looked_s: float
    anew: bool = True

    @property
    def name(self) -> str:
        return Path(self.label["file"]).stem

    @property
    def lifter(self) -> str:
        return "_".join(self.name.split("_")[:2])

    @property
    def answered(self) -> bool:
        """Whether there is a number, or a grade, for a bottom."""
        return self.result.quality.verdict != "refused" and any(
            rep.metrics.get("lumbar_flexion_bottom_deg") is not None
            or (rep.grade is not None and rep.grade.shape != "unknown")
            for rep in self.result.reps
        )

    @property
    def rounded_reps(self) -> list[float]:
        """Probability of each rep's bottom to be rounded past flat, where it is told."""
        grades = [rep.grade for rep in self.result.reps if rep.grade is not None]
        return [g.rounded for g in grades if np.isfinite(g.rounded)]

    @property
    def called_rounded(self) -> bool:
        """Whether at least half of the reps hold a certain rounding at the bottom."""
        found = {
            f.rep for f in self.result.findings
            if f.rep and f.kind == "rounding" and f.where == "bottom" and f.certain
        }  # fmt: skip
        return bool(self.result.reps) and len(found) >= len(self.result.reps) / 2

    @property
    def bulge(self) -> float:
        values = [r.grade.bulge for r in self.result.reps if r.grade is not None]
        known = [v for v in values if np.isfinite(v)]
        return float(np.median(known)) if known else float("nan")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--clip", default="", help="only clips with this in their name")
    parser.add_argument("--reps", action="store_true", help="a line for each rep, too")
    chosen = parser.parse_args(arguments)
    labels = chosen.folder / "labels.csv"
    if not labels.exists():
        print(f"Skipped: there is no '{labels}'.")
        return
    rows = []
    for label in read_labels(labels):
        if chosen.clip in label["file"]:
            rows.append(examine(chosen.folder / label["file"], label))
            print(line_of(rows[-1]), flush=True)
            if chosen.reps:
                print("\n".join(rep_lines(rows[-1].result)))
    print()
    print(table(rows))


def read_labels(path: Path) -> list[dict[str, str]]:
    """Return the rows of ``labels.csv``."""
    import csv

    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def examine(clip: Path, label: dict[str, str]) -> Row:
    """Analyse a clip as a user would, from what was kept of an earlier look where there is one."""
    from backline.pipeline import conclude

    begun, anew = time.perf_counter(), not (CACHE / stamp_of(clip) / "measured.zip").exists()
    measured = measured_of(clip)
    return Row(label, conclude(measured), time.perf_counter() - begun, anew)


def measured_of(clip: Path) -> Measured:
    """Measure a clip with the present rules, looking at it only where nothing is kept."""
    from backline.model.measurement_file import load_measured, save_measured
    from backline.settings import Settings
    from backline.sources.registry import SourceOptions, open_source
    from backline.sources.video.lumbar.network import LumbarNetwork
    from backline.sources.video.observations_file import load_observations
    from backline.sources.video.posture_estimation import measure
    from backline.sources.video.quality.gating import quality_of
    from backline.sources.video.source import with_notes

    folder = CACHE / stamp_of(clip)
    seen, whole = folder / "seen.zip", folder / "measured.zip"
    if not whole.exists():
        measured = open_source(clip, SourceOptions(observations_path=seen, stickers="none"))
        save_measured(measured, whole)
        return measured
    measured = load_measured(whole)
    if not seen.exists():  # nobody was found
        return measured
    with closing((observations := load_observations(seen)).crops):
        posture, judged = measure(observations, LumbarNetwork(), Settings())
    truncated = any(r.code == "truncated" for r in measured.quality.reasons)
    quality = quality_of(judged, observations, posture, truncated=truncated)
    view = replace(measured.view, yaw_deg=round(judged.yaw_deg, 1))
    return replace(measured, posture=with_notes(posture, truncated, ()), quality=quality, view=view)


def stamp_of(clip: Path) -> str:
    """Return the fingerprint of a clip and of the programs that look at it."""
    import backline

    digest = hashlib.sha256(clip.read_bytes())
    room = Path(backline.__file__).parent / "sources" / "video"
    for path in sorted(path for pattern in LOOKING for path in room.glob(pattern)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:24]


def line_of(row: Row) -> str:
    """Return a clip in one line."""
    result, label = row.result, row.label
    reference = result.posture.reference
    reasons = ",".join(r.code for r in result.quality.reasons)
    grades = [rep.grade.shape for rep in result.reps if rep.grade is not None]
    shapes = " ".join(f"{grades.count(s)}x{s}" for s in dict.fromkeys(grades))
    return (
        f"{row.name}: label {label.get('bottom') or '-'}, {label.get('reps') or '-'} reps; "
        f"{result.quality.verdict} [{reasons}], {result.lift}, {len(result.reps)} reps, "
        f"{reference.kind} sd {reference.sd_deg:.1f}; {shapes}; bulge {row.bulge:.3f}; "
        f"{'ROUNDED' if row.called_rounded else 'not rounded'}"
    )


def rep_lines(result: Analysis) -> list[str]:
    """Return each rep in one line."""
    lines = []
    for rep in result.reps:
        grade, metrics = rep.grade, rep.metrics
        if grade is None:
            continue
        found = [
            f"{f.name} {f.size_deg:.0f}+-{f.sd_deg:.0f} p {f.probability:.2f}"
            f"{'' if f.certain else ' uncertain'}"
            for f in result.findings
            if f.rep == rep.index
        ]
        turn, change = (metrics.get(k) for k in ("turn_back_deg", "lumbar_flexion_bottom_deg"))
        lines.append(
            f"    rep {rep.index} at {rep.bottom_s:.1f} s: {grade.shape} {grade.probability:.2f}, "
            f"bulge {grade.bulge:.3f}, rhythm {grade.rhythm:.2f}, turn-back "
            f"{'-' if turn is None else round(turn)}, change "
            f"{'-' if change is None else round(change)}; {'; '.join(found) or 'nothing found'}"
        )
    return lines


def table(rows: list[Row]) -> str:
    """Return the figures with their counts, and each miss with its cause."""
    yes = [r for r in rows if r.label["measurable"] == "yes"]
    no = [r for r in rows if r.label["measurable"] == "no"]
    counted = [r for r in rows if r.label["reps"] and r.label["measurable"] != "no"]
    flat = [r for r in yes if r.label["bottom"] in ("kept", "flattened")]
    rounded = [r for r in yes if r.label["bottom"] == "rounded"]
    lines = ["| what | must | aim | measured | misses |", "| --- | --- | --- | --- | --- |"]

    def share(what: str, must: str, aim: str, some: list[Row], good: Any) -> None:
        missed = [r.name for r in some if not good(r)]
        told = f"{len(some) - len(missed)} of {len(some)}" if some else "none"
        lines.append(f"| {what} | {must} | {aim} | {told} | {', '.join(missed)} |")

    share("measurable clips that get numbers", "95 %", "100 %", yes, lambda r: r.answered)
    share("others refused or marked with the reason", "90 %", "100 %", no, marked)
    share(
        "right number of reps", "95 %", "100 %", counted,
        lambda r: len(r.result.reps) == int(r.label["reps"]),
    )  # fmt: skip
    share(
        "flat or hollow, not called rounded", "85 %", "95 %", flat, lambda r: not r.called_rounded
    )
    share("rounded, called rounded", "80 %", "95 %", rounded, lambda r: r.called_rounded)
    share(
        "no opposite grade with p of 0.9", "all", "all", flat + rounded, lambda r: not opposite(r)
    )
    share("lift told", "95 %", "100 %", rows, lambda r: r.result.lift == r.label["lift"])
    lines.append(
        f"| AUC over clips | 0.90 | 0.97 | {auc(flat, rounded):.2f} "
        f"({len(rounded)} against {len(flat)}) | |"
    )
    right, of = left_out(flat, rounded)
    lines.append(
        f"| told right by a bound set without that lifter | 85 % | 95 % | {right} of {of} clips | |"
    )
    for lifter, value, counts in pairs(flat, rounded):
        lines.append(f"| AUC over reps of {lifter} | 0.90 | 0.97 | {value:.2f} ({counts}) | |")
    lines.append(f"| time, share of the clip's length | 1.5 | 1.0 | {time_share(rows)} | |")
    inside, total = coverage(flat)
    if total:
        lines.append(
            f"| stated 90 % interval holds the spread over a neutral set | 85 % | 90 % | "
            f"{inside / total:.0%} ({inside} of {total} reps) | |"
        )
    return "\n".join(lines)


def time_share(rows: list[Row]) -> str:
    """Return the median time of the clips that were looked at in this run, by their length.

    Clips of `LONG_S` and more at up to `USUAL_RATE_HZ` count; the machine must be quiet.
    """
    shares = [
        row.looked_s / row.result.source.duration_s
        for row in rows
        if row.anew
        and row.result.source.duration_s >= LONG_S
        and row.result.source.mean_rate_hz <= USUAL_RATE_HZ
    ]
    return f"{np.median(shares):.1f} ({len(shares)} clips)" if shares else "none looked at anew"


def marked(row: Row) -> bool:
    """Whether a clip that is not measurable is refused or marked, with a reason that names why."""
    codes = {r.code for r in row.result.quality.reasons}
    return row.result.quality.verdict != "ok" and bool(codes & NAMED)


def opposite(row: Row) -> bool:
    """Whether any rep of a clip has, for sure, the grade opposite to its label."""
    for rep in row.result.reps:
        if rep.grade is None or not rep.grade.probability >= SURE:
            continue
        if row.label["bottom"] == "rounded" and rep.grade.shape == "kept":
            return True
        if row.label["bottom"] != "rounded" and rep.grade.shape == "reversed":
            return True
    return False


def auc(flat: list[Row], rounded: list[Row]) -> float:
    """Return how often a rounded clip stands out more than a flat one; a tie counts half."""
    return ranked([r.bulge for r in flat], [r.bulge for r in rounded])


def left_out(flat: list[Row], rounded: list[Row]) -> tuple[int, int]:
    """Count the clips told right when the bound is set on all other lifters alone.

    The bound lies half way between the flat clip that stands out most and the rounded one that
    stands out least.
    """
    right = of = 0
    for row in [r for r in flat + rounded if np.isfinite(r.bulge)]:
        low, high = (
            [r.bulge for r in some if r.lifter != row.lifter and np.isfinite(r.bulge)]
            for some in (flat, rounded)
        )
        if low and high:
            bound = (max(low) + min(high)) / 2
            right += (row.bulge > bound) == any(row is one for one in rounded)
            of += 1
    return right, of


def ranked(low: list[float], high: list[float]) -> float:
    """Return the share of pairs in which the second is larger; NaN without pairs."""
    pairs = [(a, b) for a in low for b in high if np.isfinite(a) and np.isfinite(b)]
    if not pairs:
        return float("nan")
    return float(np.mean([(b > a) + 0.5 * (b == a) for a, b in pairs]))


def pairs(flat: list[Row], rounded: list[Row]) -> list[tuple[str, float, str]]:
    """Return, for each lifter with both, how well the reps are told apart."""
    out = []
    for lifter in sorted({r.lifter for r in flat} & {r.lifter for r in rounded}):
        low, high = (
            [
                rep.grade.bulge
                for r in some if r.lifter == lifter
                for rep in r.result.reps if rep.grade is not None
            ]
            for some in (flat, rounded)
        )  # fmt: skip
        out.append((lifter, ranked(low, high), f"{len(high)} against {len(low)} reps"))
    return out


def coverage(flat: list[Row]) -> tuple[int, int]:
    """Count the reps of neutral sets whose bottom lies within 90 % of the set's median.

    What all reps share (the reference, the body) moves the median as well and counts for nothing
    here: the interval is that of a rep's own deviation.
    """
    from backline.findings.events import bottom_change
    from backline.findings.window_means import low_back_of
    from backline.settings import Settings

    inside = total = 0
    for row in flat:
        back = low_back_of(row.result.posture, Settings())
        events = [bottom_change(back, rep) for rep in row.result.reps]
        known = [(e.size_deg, e.sd_deg) for e in events if e is not None]
        if len(known) < 3:
            continue
        middle = float(np.median([size for size, _ in known]))
        inside += sum(abs(size - middle) <= 1.645 * sd for size, sd in known)
        total += len(known)
    return inside, total


if __name__ == "__main__":
    main()
