"""The video source: from a clip of a lift to a measured posture."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from backline.errors import BacklineError, NotMeasurableError, UsageError
from backline.formats.frames import Clip
from backline.formats.remembered_clip import remembered
from backline.formats.video import file_sha256, open_clip, split_rate
from backline.model.measurement import (
    EVERY,
    EngineInfo,
    Evidence,
    Measured,
    Quality,
    Reason,
    SourceInfo,
    View,
)
from backline.model.posture import SERIES_FIELDS, Posture, Standing, WholeBodyMotion
from backline.reasons import sentence
from backline.settings import Settings
from backline.signals.filters import FILTER_NAME
from backline.signals.standing import sentence_of
from backline.sources.fiducials.angles import BackAngles
from backline.sources.fiducials.clip_fiducials import stickers_of
from backline.sources.fiducials.fusion import StickerZero, zero_of
from backline.sources.fiducials.layout import AUTO
from backline.sources.fiducials.sticker_tracking import StickerSurvey
from backline.sources.video.angle_fusion import AngleProvider, fuse
from backline.sources.video.by_hand import HandLine, with_hand_deviation
from backline.sources.video.clip_observations import ClipObservations
from backline.sources.video.contour.low_back_shape import outline_shape
from backline.sources.video.contour.outline import S1_INDEX, T12_INDEX
from backline.sources.video.frame_pass import FrameWatcher, observe_frames
from backline.sources.video.lumbar.clip_inference import ReferenceView, reference_of
from backline.sources.video.lumbar.estimate_cache import EstimateCache
from backline.sources.video.lumbar.network import LumbarNetwork
from backline.sources.video.observations_file import save_observations
from backline.sources.video.pose.engine_factory import make_engine
from backline.sources.video.posture_estimation import measure
from backline.sources.video.quality.gating import FrameJudgement, quality_of
from backline.sources.video.reference_selection import (
    POINT_CUTOFF_HZ,
    quiet_standing,
)
from backline.sources.video.shots import best_shot, shot_span, with_shot
from backline.sources.video.subject.clip_survey import survey

if TYPE_CHECKING:
    from backline.sources.registry import SourceOptions

#: Longer side that frames are worked on at, pixels: a trunk of 400 pixels is enough for 0.3
#: degrees of the outline (1 pixel at both ends of a chord of 240), and 4K costs four times as much.
MAX_SIDE_PX = 1920
#: Frames a second that are processed at least for each hertz of the filters' cut-off: 49 for 6 Hz,
#: so that clips of up to 97 a second keep a row for every frame (the contract of ``series.csv``),
#: and slow motion keeps every second frame at 120 a second and every fourth at 240. The filters
#: need 2.5 frames a second for each hertz.
FRAMES_PER_CUTOFF = 8.2


def read_video(
    path: Path, options: SourceOptions, provider: AngleProvider | None = None
) -> Measured:
    """Measure a clip.

    Parameters
    ----------
    path : Path
        A video, or a folder of numbered images as ``FOLDER@RATE``.
    options : SourceOptions
        Side, engine, the standing reference, stickers, settings, progress.
    provider : AngleProvider, optional
        Source of angles that replace the network's where visible (default: stickers).

    Raises
    ------
    SourceError
        If the clip cannot be read.
    UsageError
        If the engine is not known, or the reference was given as seconds beyond the clip's end.
    """
    provider = provider or _stickers(options)
    settings, (place, rate) = options.settings or Settings(), split_rate(str(path))
    view, zero = None, None
    if isinstance(options.standing, Path):
        view, zero = _view_from(options.standing, options, provider)
    with open_clip(place, rate_hz=rate) as clip:
        clip.thin(options.least_hz or _enough_hz(settings))
        if options.least_hz:
            clip = remembered(clip, MAX_SIDE_PX)
        _check_span(options.standing, clip)
        observations, engine = observe(clip, options, provider.watcher(clip))
        if observations is None:
            return _nobody(path, clip, engine)
        with closing(observations.crops):
            network = LumbarNetwork()
            if options.observations_path is not None:
                network.cache = _stored(observations, options.observations_path)
            given = None if isinstance(options.standing, Path) else options.standing
            posture, judged = measure(observations, network, settings, given, view, options.lift)
        tracked = provider.read(clip, observations)
        done = fuse(posture, judged, observations, provider.name, tracked, zero, settings)
        posture = with_notes(done.posture, clip.truncated, done.notes)
        return Measured(
            posture=posture,
            source=_source(path, clip, posture),
            view=View(observations.side, round(judged.yaw_deg, 1)),
            quality=_quality(done.judged, observations, posture, clip.truncated, settings),
            engine=engine,
            evidence=_evidence(observations, clip.info.width_px),
            settings={
                "filter": FILTER_NAME,
                "filter_cutoff_hz": settings.filter_cutoff_hz,
                "point_filter_cutoff_hz": POINT_CUTOFF_HZ,
                "lumbar_network_sha256": network.sha256,
                **({EVERY: clip.every} if clip.every > 1 else {}),
                **done.record,
            },
            second_estimate=done.second_estimate,
        )


def _stored(observations: ClipObservations, path: Path) -> EstimateCache:
    """Store a clip's observations; return the cache of their estimates, beside them."""
    with suppress(BacklineError):  # a cache only: a full disk does no harm
        save_observations(observations, path)
    return estimate_cache_of(path)


def measured_again(
    measured: Measured,
    observations: ClipObservations,
    span: tuple[float, float] | None,
    settings: Settings | None = None,
    drawn: Sequence[HandLine] = (),
    cache: EstimateCache | None = None,
) -> Measured:
    """Measure a clip again from its observations: another reference, or drawn lines.

    Parameters
    ----------
    measured : Measured
        The clip as measured before.
    observations : ClipObservations
        Its observations (see `backline.sources.video.observations_file`).
    span : (float, float) or None
        The reference's start and end, seconds; None chooses it as in the clip's own analysis.
    settings : Settings, optional
        Filters and limits.
    drawn : sequence of HandLine
        Back lines and hip points that a person drew.
    cache : EstimateCache, optional
        Cached estimates of this clip.

    Returns
    -------
    Measured
        As if the clip had been analysed with ``--standing START:END`` and the drawn lines.

    Raises
    ------
    UsageError
        If something was drawn where the lifter was not found.
    """
    settings, network = settings or Settings(), LumbarNetwork()
    network.cache = cache
    truncated = any(r.code == "truncated" for r in measured.quality.reasons)
    if drawn:
        before = measured.posture.reference
        reference = (replace(before, spans=(span,)) if span else before).frames(observations.time_s)
        observations = with_hand_deviation(observations, drawn, reference, network)
    posture, judged = measure(observations, network, settings, span)
    posture = with_notes(posture, truncated, ())
    return replace(
        measured,
        posture=posture,
        view=View(observations.side, round(judged.yaw_deg, 1)),
        quality=_quality(judged, observations, posture, truncated, settings),
        evidence=_evidence(observations, measured.source.width_px),
    )


def estimate_cache_of(observations_file: Path) -> EstimateCache:
    """Return the cache of the network's estimates, next to the clip's observations."""
    return EstimateCache(observations_file.with_name("readings.zip"))


def _stickers(options: SourceOptions) -> AngleProvider:
    """Return the stickers on the lifter, if there are any, as provider of angles."""
    surveys: dict[Clip, StickerSurvey] = {}

    def watcher(clip: Clip) -> FrameWatcher | None:
        length_s = clip.info.duration_hint_s
        if options.stickers != AUTO or not length_s:
            return None
        surveys[clip] = StickerSurvey(length_s)
        return surveys[clip].look

    def read(clip: Clip, observations: ClipObservations) -> BackAngles | None:
        return stickers_of(
            clip, observations, options.stickers, max_side_px=MAX_SIDE_PX,
            progress=options.progress, survey=surveys.get(clip),
        )  # fmt: skip

    return AngleProvider("Stickers", read, watcher)


def _check_span(standing: Path | tuple[float, float] | None, clip: Clip) -> None:
    """Raise if the seconds given as the standing reference begin after the clip ends."""
    if standing is None or isinstance(standing, Path):
        return
    ends_s = _duration_s(clip)
    if standing[0] >= ends_s:
        raise UsageError(
            f"The standing reference was given as {standing[0]:g}:{standing[1]:g} s, but the clip "
            f"ends at {ends_s:.1f} s: name seconds of the clip in which the lifter stands still."
        )


def observe(
    clip: Clip, options: SourceOptions, watch: FrameWatcher | None = None
) -> tuple[ClipObservations | None, EngineInfo]:
    """Observe a clip once; None where no person was found.

    Parameters
    ----------
    clip : Clip
        The open clip.
    options : SourceOptions
        Side, engine, progress.
    watch : callable, optional
        See `backline.sources.video.frame_pass.observe_frames`; of several shots it sees all.

    Returns
    -------
    ClipObservations or None
        Its spool of crops must be closed by the caller.
    EngineInfo
        The pose engine.

    Notes
    -----
    A clip joined from several shots is observed again, one shot alone: the subject and the static
    background differ from shot to shot.
    """
    observations, info = _observe_span(clip, options, (0.0, _duration_s(clip)), watch=watch)
    if observations is None or not observations.shot.any():
        return observations, info
    number = best_shot(observations)
    span = shot_span(observations, number)
    alone, _ = _observe_span(clip, replace(options, meanwhile=()), span, only=True)
    return with_shot(observations, number, alone), info


def _observe_span(
    clip: Clip,
    options: SourceOptions,
    span: tuple[float, float],
    *,
    only: bool = False,
    watch: FrameWatcher | None = None,
) -> tuple[ClipObservations | None, EngineInfo]:
    """Observe a part of a clip: find the lifter in samples of it, then process every frame.

    Parameters
    ----------
    clip, options
        As for `observe`.
    span : (float, float)
        Where the samples are taken, seconds.
    only : bool
        Whether frames outside the span are skipped.
    watch : callable, optional
        As for `observe`.
    """
    static = make_engine(options.engine, static=True)
    try:
        found = survey(clip, static, span, options.side, MAX_SIDE_PX, options.person)
        info = static.info
    finally:
        static.close()
    if found is None:
        return None, info
    engine = make_engine(options.engine)
    try:
        return (
            observe_frames(
                clip,
                engine,
                found,
                max_side_px=MAX_SIDE_PX,
                progress=options.progress,
                meanwhile=options.meanwhile,
                span=span if only else None,
                watch=watch,
            ),
            info,
        )
    finally:
        engine.close()


def _enough_hz(settings: Settings) -> float:
    """Return how many frames a second the filters need."""
    return FRAMES_PER_CUTOFF * max(settings.filter_cutoff_hz, POINT_CUTOFF_HZ)


def _duration_s(clip: Clip) -> float:
    if clip.info.duration_hint_s:
        return float(clip.info.duration_hint_s)
    last = 0.0
    for frame in clip.frames(max_side_px=160):
        last = frame.time_s
    return last


def _view_from(
    path: Path, options: SourceOptions, provider: AngleProvider
) -> tuple[ReferenceView, StickerZero | None]:
    """Get the reference from a separate clip, for the network and for the provider of angles."""
    place, rate = split_rate(str(path))
    with open_clip(place, rate_hz=rate) as clip:
        clip.thin(_enough_hz(options.settings or Settings()))
        observations, _ = observe(clip, options)
        if observations is not None:
            with closing(observations.crops):
                frames = quiet_standing(observations, LumbarNetwork())
                if frames.any():
                    worn = provider.read(clip, observations)
                    zero = zero_of(worn, frames) if worn is not None else None
                    return reference_of(observations, frames), zero
    raise NotMeasurableError(
        f"No quiet standing was found in '{path.name}', given as the standing reference: film two "
        "seconds of still, upright standing, side-on, or name a time span such as 0.5:2.5."
    )


def with_notes(posture: Posture, truncated: bool, notes: tuple[str, ...]) -> Posture:
    """Return a posture with sentences for its reference and notes."""
    text = sentence_of(posture.reference, posture.standing)
    own = [text] if posture.reference.kind in ("lockouts", "none") else []
    if posture.standing.method in ("between_reps", "after_last_rep"):
        own.append(sentence("standing_second_best", posture.standing.method))
    if truncated:
        own.append(sentence("truncated"))
    return replace(posture, reference=replace(posture.reference, text=text), notes=(*own, *notes))


def _quality(
    judged: FrameJudgement,
    observations: ClipObservations,
    posture: Posture,
    truncated: bool,
    settings: Settings,
) -> Quality:
    """Return the clip's verdict and reasons under these settings."""
    gating = settings.gating
    return quality_of(judged, observations, posture, truncated=truncated, gating=gating)


def _evidence(observations: ClipObservations, width_px: int) -> Evidence:
    """Convert observations to pixels of the full-size frame."""
    grow = np.float32(width_px / max(observations.width_px, 1))
    points = observations.points.copy()
    points[:, :, :2] *= grow
    shape = outline_shape(observations.back_line, observations.back_visible, observations.facing)
    visible = observations.back_visible & ~(shape.rough | shape.broken)[:, None]
    by_hand = np.asarray(observations.by_hand > 0, dtype=np.bool_)
    return Evidence(observations.back_line * grow, visible, points, T12_INDEX, S1_INDEX, by_hand)


def _source(path: Path, clip: Clip, posture: Posture) -> SourceInfo:
    duration = float(posture.time_s[-1] - posture.time_s[0]) if len(posture) else 0.0
    rate_hz = (len(posture) - 1) / duration if duration > 0 else 0.0
    if clip.every > 1 and len(posture) > 1:  # what was left out is not counted, only known
        rate_hz = clip.every / float(np.median(np.diff(posture.time_s)))
    place, _ = split_rate(str(path))
    return SourceInfo(
        path=str(path),
        kind=clip.info.kind,
        width_px=clip.info.width_px,
        height_px=clip.info.height_px,
        frames=len(posture),
        duration_s=duration,
        mean_rate_hz=rate_hz,
        codec=clip.info.codec,
        sha256=file_sha256(place) if Path(place).is_file() else "",
    )


def _nobody(path: Path, clip: Clip, engine: EngineInfo) -> Measured:
    """Return the result of a clip in which no person was found: times alone."""
    times = np.array([f.time_s for f in clip.frames(max_side_px=160)])
    n = len(times)
    series: dict[str, Any] = {name: np.full(n, np.nan) for name in SERIES_FIELDS}
    series |= {"measurable": np.zeros(n, np.bool_), "reason": np.full(n, "no_person")}
    posture = Posture(
        time_s=times,
        standing=Standing(float("nan"), float("nan"), "none"),
        motion=WholeBodyMotion(*(np.full(n, np.nan) for _ in range(3))),
        **series,
    )
    quality = Quality("refused", (Reason("no_person", sentence("no_person", share="all")),), 0.0)
    return Measured(
        posture, _source(path, clip, posture), View(None, float("nan")), quality, engine
    )
