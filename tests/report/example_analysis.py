"""A result whose truth is known: a drawn lifter, moving by formula, filmed from the right.

Three reps in twelve seconds at 20 frames a second. Rep 1 stays still, rep 2 winks at the
bottom by 10 degrees, rep 3 tucks at the top by 7. In rep 3 a plate hides the back around the
bottom, so those frames are not measured. Every frame carries its own number as a bar code of
black and white squares along the upper edge, so that a player's picture can be told.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from backline.findings.finding import Finding
from backline.formats.video import VideoWriter
from backline.model.measurement import (
    EngineInfo,
    Evidence,
    Quality,
    Reason,
    SourceInfo,
    View,
)
from backline.model.posture import FloatArray, Posture, Standing, WholeBodyMotion
from backline.pipeline import Analysis
from backline.report.figure import HEIGHT, WIDTH, stick_figure
from backline.reps import Rep

RATE_HZ = 20.0
STANDING_S = 1.0
REP_S = 3.0
GAP_S = 0.6
REPS = 3
WINK_DEG, TUCK_DEG, SD_DEG = 10.0, 7.0, 1.6
HIDDEN_S = (STANDING_S + 2 * (REP_S + GAP_S) + 1.2, STANDING_S + 2 * (REP_S + GAP_S) + 1.9)
CODE_BITS, CODE_PX = 8, 12


def frame_times(rate_hz: float = RATE_HZ) -> FloatArray:
    """Return frame times that are not even: every third comes a little late."""
    n = round((STANDING_S + REPS * (REP_S + GAP_S) + 0.2) * rate_hz)
    times = np.arange(n) / rate_hz
    times[::3] += 0.004
    return times - times[0]


def make_reps() -> tuple[Rep, ...]:
    """Return the three reps; every phase's span is known."""
    reps = []
    for i in range(REPS):
        start = STANDING_S + i * (REP_S + GAP_S)
        phases = {
            "descent": (start, start + 1.2),
            "bottom": (start + 1.2, start + 1.7),
            "ascent": (start + 1.7, start + 2.6),
            "lockout": (start + 2.6, start + REP_S),
        }
        reps.append(Rep(i + 1, start, start + 1.45, start + REP_S, phases, depth=0.55))
    return tuple(reps)


def depth_at(time_s: FloatArray) -> FloatArray:
    """Return how deep the lifter is, 0 standing to 1 at the bottom."""
    depth = np.zeros_like(time_s)
    for rep in make_reps():
        down = np.clip((time_s - rep.start_s) / 1.3, 0, 1)
        up = np.clip((rep.start_s + 2.7 - time_s) / 1.1, 0, 1)
        depth = np.maximum(depth, np.sin(np.minimum(down, up) * np.pi / 2) ** 2)
    return depth


def flexion_at(time_s: FloatArray) -> FloatArray:
    """Return the low back's truth: slight arch on the way, wink in rep 2, tuck in rep 3."""
    bump = lambda at, wide: np.exp(-(((time_s - at) / wide) ** 2))  # noqa: E731
    reps = make_reps()
    flexion = -2.5 * np.sin(np.pi * depth_at(time_s))
    flexion += WINK_DEG * bump(reps[1].bottom_s, 0.3)
    flexion += TUCK_DEG * bump(reps[2].end_s - 0.2, 0.22)
    return flexion


def make_posture(rate_hz: float = RATE_HZ) -> Posture:
    """Return the angle series of the drawn lifter."""
    time_s = frame_times(rate_hz)
    n, depth, flexion = len(time_s), depth_at(time_s), flexion_at(time_s)
    knee, ankle, lean = 118 * depth, 30 * depth, 38 * depth
    tilt = lean - flexion
    hidden = (time_s >= HIDDEN_S[0]) & (time_s < HIDDEN_S[1])
    full = np.full(n, SD_DEG)
    return Posture(
        time_s=time_s,
        lumbar_flexion_deg=flexion,
        lumbar_flexion_sd_deg=full,
        pelvic_tilt_deg=tilt,
        pelvic_tilt_sd_deg=full * 1.2,
        trunk_lean_deg=lean,
        trunk_lean_sd_deg=full,
        lumbar_curve_deg=35 - flexion,
        thoracic_flexion_deg=np.full(n, np.nan),
        hip_flexion_deg=tilt + knee - ankle,
        knee_flexion_deg=knee,
        ankle_dorsiflexion_deg=ankle,
        measurable=~hidden,
        reason=np.where(hidden, "back_hidden", ""),
        standing=Standing(0.1, 0.9, "before_first_rep"),
        motion=WholeBodyMotion(1 - 0.55 * depth, -0.2 * depth, np.zeros(n)),
    )


def make_findings(posture: Posture) -> tuple[Finding, ...]:
    """Return the two planted events, their peaks on frames."""
    reps = make_reps()
    wink = float(posture.time_s[posture.index_at(reps[1].bottom_s)])
    tuck = float(posture.time_s[posture.index_at(reps[2].end_s - 0.2)])
    return (
        Finding(
            "rounding", "bottom", "butt wink", 2, wink - 0.3, wink, wink + 0.3, WINK_DEG, SD_DEG,
            0.998, True, "flattened", 0.42, "end_range", {},
            "In rep 2 the low back turns over by 10° in the last fifth of the descent.",
            ("stop_above_the_wink",),
        ),
        Finding(
            "rounding", "lockout", "opposite butt wink", 3, tuck - 0.2, tuck, tuck + 0.2,
            TUCK_DEG, SD_DEG, 0.97, True, "kept", float("nan"), "unclear",
            {"l5s1_moment_nm": 96.0, "l5s1_compression_n": 2100.0,
             "l5s1_compression_low_n": 1850.0, "l5s1_compression_high_n": 2460.0},
            "At the top of rep 3 the pelvis tucks under by 7° after the hips have arrived.",
            ("stand_tall",),
        ),
    )  # fmt: skip


def make_evidence(posture: Posture, width: int, height: int) -> Evidence:
    """Return back line and body points that follow the drawn lifter, in pixels."""
    figure, n = stick_figure(posture), len(posture)
    scale = np.array([width / WIDTH, height / HEIGHT])
    hidden = ~posture.measurable
    points = np.full((n, 33, 3), np.nan, dtype=np.float32)
    for number, joint in ((31, 0), (32, 0), (27, 1), (28, 1), (25, 2), (26, 2), (23, 3), (24, 3)):
        points[:, number, :2] = figure.limbs[:, joint] * scale
        points[:, number, 2] = 0.9
    for number in (29, 30):
        points[:, number] = points[:, 27] - [6, 0, 0]
    points[:, 0, :2], points[:, 0, 2] = figure.head * scale, 0.95
    visible = figure.lines.visible.copy()
    visible[hidden, figure.lines.t12 :] = False
    return Evidence(
        back_line=(figure.lines.back * scale).astype(np.float32),
        back_visible=visible,
        points=points,
        t12_index=figure.lines.t12,
        s1_index=figure.lines.s1,
    )


def draw_lifter(
    posture: Posture, evidence: Evidence, index: int, size: tuple[int, int]
) -> np.ndarray:
    """Return one frame of the drawn clip, RGB, with its number in a bar code."""
    width, height = size
    picture = np.full((height, width, 3), (196, 190, 180), dtype=np.uint8)
    cv2.rectangle(picture, (0, round(height * 0.92)), (width, height), (120, 114, 108), -1)
    thick = max(4, width // 12)
    ink = lambda line, colour, wide: cv2.polylines(  # noqa: E731
        picture,
        [np.round(line).astype(np.int32).reshape(-1, 1, 2)],
        False,
        colour,
        wide,
        cv2.LINE_AA,
    )
    body = evidence.points[index]
    ink(body[[31, 27, 25, 23], :2], (58, 62, 72), thick)
    back = evidence.back_line[index] + [thick * 0.55, 0]
    ink(back, (86, 94, 112), round(thick * 1.15))
    cv2.circle(picture, np.round(body[0, :2]).astype(int).tolist(), thick, (92, 72, 60), -1)
    if not posture.measurable[index]:
        middle = back[evidence.t12_index].astype(int).tolist()
        cv2.circle(picture, middle, round(height * 0.13), (30, 32, 38), -1, cv2.LINE_AA)
    for bit in range(CODE_BITS):
        shade = 255 if index >> bit & 1 else 0
        picture[:CODE_PX, bit * CODE_PX : (bit + 1) * CODE_PX] = shade
    return picture


def write_clip(path: Path, analysis: Analysis) -> None:
    """Render and encode the clip that the result speaks of."""
    assert analysis.evidence is not None
    size = (analysis.source.width_px, analysis.source.height_px)
    with VideoWriter(path, *size, crf=20) as writer:
        for index, time_s in enumerate(analysis.posture.time_s):
            writer.write(
                draw_lifter(analysis.posture, analysis.evidence, index, size), float(time_s)
            )


def make_example(
    folder: Path, size: tuple[int, int] = (160, 240), rate_hz: float = RATE_HZ
) -> Analysis:
    """Return the result, with its clip rendered into ``folder``."""
    posture = make_posture(rate_hz)
    clip = folder / "squat.mp4"
    n, length = len(posture), float(posture.time_s[-1])
    analysis = Analysis(
        source=SourceInfo(str(clip), "video", *size, n, length, (n - 1) / length, "h264", "0" * 64),
        engine=EngineInfo("mediapipe", "0.10.21", "ab" * 32),
        view=View("right", 3.0),
        quality=Quality(
            "limited",
            (Reason("back_hidden", "The plate hides the low back at the bottom of rep 3."),),
            float(posture.measurable.mean()),
        ),
        settings={"load_kg": 60.0, "lifter": "Anna", "filter": "zero-phase Butterworth, 4 Hz"},
        lift="squat",
        posture=posture,
        reps=make_reps(),
        findings=make_findings(posture),
        summary={
            "headline": "Your low back rounds at the bottom of rep 2 and at the top of rep 3",
            "sentences": ["Rep 1 stays within 3° of your quiet standing all the way."],
            "reps": REPS,
            "where": {"bottom": WINK_DEG, "lockout": TUCK_DEG},
            "cue": "squeeze the glutes at the top",
        },
        evidence=make_evidence(posture, *size),
    )
    write_clip(clip, analysis)
    return analysis


def without_picture(analysis: Analysis) -> Analysis:
    """Return the same result as if motion capture had made it."""
    source = replace(analysis.source, kind="mocap", width_px=0, height_px=0, codec="")
    return replace(analysis, source=source, evidence=None, view=View(None, float("nan")))


def refused(analysis: Analysis) -> Analysis:
    """Return a refused result of the same clip."""
    hidden = np.zeros(len(analysis.posture), dtype=bool)
    posture = replace(
        analysis.posture, measurable=hidden, reason=np.full(len(hidden), "not_side_on")
    )
    reason = Reason("not_side_on", "The camera stands about 50° off a side view.")
    return replace(
        analysis,
        posture=posture,
        quality=Quality("refused", (reason,), 0.0),
        findings=(),
        summary={},
    )
