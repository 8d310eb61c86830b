"""The keypoint source: from another engine's points of a lift to a measured posture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import backline
from backline.errors import NotMeasurableError, SourceError, UsageError
from backline.formats.missing_values import without_lost
from backline.formats.opensim import Markers
from backline.formats.signatures import is_kinovea, plain
from backline.formats.text_table import unique_names
from backline.formats.video import split_rate
from backline.model.measurement import EngineInfo, Measured, Quality, Reason, SourceInfo, View
from backline.model.posture import ELSEWHERE, FloatArray, Posture
from backline.reasons import sentence
from backline.settings import Settings
from backline.signals.filters import FILTER_NAME
from backline.sources.angles.change import posture_of
from backline.sources.angles.quality import quality_of
from backline.sources.angles.raw import RawAngles
from backline.sources.angles.reference_selection import measured_posture
from backline.sources.angles.standing import about_standing, standing_elsewhere
from backline.sources.imu.session import Session
from backline.sources.imu.source import measure_session
from backline.sources.keypoints.body import VISIBLE_FROM, KeypointBody, body_of, raw_of, yaw_deg
from backline.sources.keypoints.json_files import read_json, read_openpose
from backline.sources.keypoints.kinovea import read_kinovea
from backline.sources.keypoints.layouts import read_mapping, roles_of
from backline.sources.keypoints.movement_file import read_movement
from backline.sources.keypoints.people import PersonPoints, lifter_of
from backline.sources.keypoints.point_checks import withhold
from backline.sources.keypoints.tables import read_csv, read_h5, read_trc_picture
from backline.sources.mocap.source import measure_markers
from backline.sources.plausibility import CODE, check_step
from backline.storage.atomic_file import file_sha256

if TYPE_CHECKING:
    from backline.sources.registry import SourceOptions


@dataclass(frozen=True, eq=False)
class _Tracked:
    """One file of keypoints, computed."""

    points: PersonPoints
    body: KeypointBody
    raw: RawAngles
    yaw_deg: float
    people: int
    roles: dict[str, int]


def read_keypoints(path: Path, options: SourceOptions) -> Measured:
    """Measure a lift from another engine's keypoints.

    Parameters
    ----------
    path : Path
        A file, or OpenPose's folder, as ``PATH@RATE`` where the file holds no times.
    options : SourceOptions
        Side, the standing reference (another such file, or seconds), mapping file, settings.

    Returns
    -------
    Measured
        Refused, with legs alone, where no point lies on the pelvis or along the spine.

    Raises
    ------
    SourceError
        If it cannot be read.
    UsageError
        If no frames a second are known.
    NotMeasurableError
        If it shows no person, or the standing reference was given and is not there.
    """
    settings = options.settings or Settings()
    if options.video is not None:
        return _joined(path, options)
    place, rate = split_rate(str(path))
    points = _read(place)
    if isinstance(points, Session):
        return measure_session(path, points, options)
    if points.depth is not None:
        return measure_markers(path, *_in_space(path, points, rate), options)
    tracked = _track(path, options, settings, points)
    if isinstance(options.standing, Path):
        with about_standing():
            still = _track(options.standing, options, settings).raw
            zero = standing_elsewhere(still, settings.standing_min_s, options.standing, tracked.raw)
        posture = posture_of(tracked.raw, ELSEWHERE, zero, settings)
    else:
        # without a pelvis no span shows standing: this is the reason that is given, not misuse
        span = options.standing if tracked.body.basis != "none" else None
        posture = measured_posture(tracked.raw, span, settings, path, options.lift)
    return Measured(
        posture=posture,
        source=_source(path, tracked.points, posture),
        view=View(tracked.body.side, round(tracked.yaw_deg, 1)),
        quality=_quality(tracked, posture, settings),
        engine=EngineInfo(tracked.points.layout, backline.__version__, ""),
        settings=_settings(tracked, settings, options),
    )


def _joined(path: Path, options: SourceOptions) -> Measured:
    from backline.sources.keypoints.with_video import read_with_video

    place, rate = split_rate(str(path))
    points = _points(place)
    mapping, mapped_rate = read_mapping(options.mapping, points.names)
    track, roles = _lifter(path, points, mapping)
    known = points.time_s is not None or rate or mapped_rate
    times = _times(path, points, rate or mapped_rate) if known else None
    track, _ = withhold(track, roles, np.arange(len(track)) / 30 if times is None else times)
    return read_with_video(path, track, roles, times, options)


def _in_space(path: Path, points: PersonPoints, rate_hz: float | None) -> tuple[str, Markers]:
    """Return the points of one person in space as markers."""
    people = max((len(one) for one in points.frames), default=0)
    if people != 1:
        raise NotMeasurableError(
            f"'{path}' holds points in space of {people} people, and one was expected: export the "
            "lifter alone."
        )
    assert points.depth is not None
    at = np.stack([one[0] for one in points.frames])
    deep = np.stack([one[0] for one in points.depth])
    places = np.concatenate([at[..., :2], deep[..., None]], axis=-1)
    places = without_lost(np.where(at[..., 2:] >= VISIBLE_FROM, places, np.nan))
    names, repeated = unique_names(points.names)
    time_s = _times(path, points, rate_hz)
    return points.layout, Markers(time_s, names, places, points.unit, repeated=repeated)


def _track(
    path: Path, options: SourceOptions, settings: Settings, read: PersonPoints | None = None
) -> _Tracked:
    place, rate = split_rate(str(path))
    points = read or _points(place)
    mapping, mapped_rate = read_mapping(options.mapping, points.names)
    time_s = _times(path, points, rate or mapped_rate)
    track, roles = _lifter(path, points, mapping)
    track, withheld = withhold(track, roles, time_s)
    people = max(len(one) for one in points.frames)
    body = body_of(track, roles, options.side)
    if not body.at:
        raise NotMeasurableError(
            f"'{path}': the engine is sure of no point (confidence {VISIBLE_FROM:g} or more) in "
            "any frame: film again in better light, or use another engine."
        )
    yaw = yaw_deg(body)
    blocked = "not_side_on" if yaw > settings.yaw_limit_deg else ""
    raw = raw_of(body, time_s, blocked)
    wrong = withheld.any(axis=1) & ~raw.visible & (raw.blocked == "")
    raw = replace(raw, blocked=np.where(wrong, CODE, raw.blocked))
    return _Tracked(points, body, raw, yaw, people, roles)


def _lifter(
    path: Path, points: PersonPoints, mapping: dict[str, str]
) -> tuple[FloatArray, dict[str, int]]:
    """Return the points of the one who lifts, and which is which."""
    track, _ = lifter_of(points)
    roles = roles_of(points.names, mapping)
    _check_once(path, points.names, track, roles)
    if not np.isfinite(track).any() or not roles:
        raise NotMeasurableError(
            f"'{path}' shows no point that is known (its points: {', '.join(points.names[:12])}): "
            'name them in a mapping file, with lines such as KNEE_right = "knee" under '
            "[keypoints]."
        )
    return track, roles


def _check_once(
    path: Path, names: tuple[str, ...], track: FloatArray, roles: dict[str, int]
) -> None:
    """Raise where two points of one name, one of which is used, hold different places."""
    for place in set(roles.values()):
        for other in (i for i, name in enumerate(names) if name == names[place] and i != place):
            if not np.array_equal(track[:, place], track[:, other], equal_nan=True):
                raise NotMeasurableError(
                    f"'{path}' holds two points called '{names[place]}' that differ, and it is "
                    "not known which is right: rename one of them."
                )


def _read(path: Path) -> PersonPoints | Session:
    readers: tuple[
        tuple[Callable[[Path, bytes], bool], Callable[[Path], PersonPoints | Session]], ...
    ] = (
        (lambda p, _: p.is_dir(), read_openpose),
        (lambda p, head: p.suffix.lower() == ".nc" or head.startswith(b"CDF"), read_movement),
        (lambda _, head: head.startswith(b"\x89HDF"), read_h5),
        (lambda _, head: head.startswith(b"PathFileType"), read_trc_picture),
        (lambda _, head: is_kinovea(head), read_kinovea),
        (lambda _, head: head.lstrip()[:1] in (b"{", b"["), read_json),
        (lambda _, head: True, read_csv),
    )
    head = b""
    try:
        if not path.is_dir():
            with path.open("rb") as stream:
                head = stream.read(1024)
    except OSError as error:
        raise SourceError(
            f"'{path}' cannot be read ({error.strerror}): check its name and your rights to it."
        ) from error
    return next(read(path) for fits, read in readers if fits(path, plain(head)))


def _points(path: Path) -> PersonPoints:
    """Return the points of a file.

    Raises
    ------
    SourceError
        If it holds sensors.
    """
    read = _read(path)
    if isinstance(read, Session):
        raise SourceError(f"'{path}' holds sensors, and keypoints were expected: give those.")
    return read


def _times(path: Path, points: PersonPoints, rate_hz: float | None) -> FloatArray:
    n = len(points.frames)
    if n < 2:
        raise SourceError(f"'{path}' holds {n} frames; a movement was expected: export the lift.")
    if points.time_s is not None:
        if not bool((np.diff(points.time_s) > 0).all()):
            raise SourceError(f"'{path}': its times do not rise: export it again.")
        check_step(path, points.time_s)
        return points.time_s
    if rate_hz is None:
        raise UsageError(
            f"'{path}' holds no times, and the frames a second are needed: give them behind an @, "
            f"as in {path}@30, or as rate_hz = 30 under [keypoints] in a mapping file."
        )
    return np.arange(n) / rate_hz


def _quality(tracked: _Tracked, posture: Posture, settings: Settings) -> Quality:
    if tracked.body.basis == "none":
        text = sentence("no_pelvis_points", layout=tracked.points.layout)
        return Quality("refused", (Reason("no_pelvis_points", text),), 0.0)
    if tracked.yaw_deg > settings.yaw_limit_deg:
        yaw, limit = f"{tracked.yaw_deg:.0f}", f"{settings.yaw_limit_deg:.0f}"
        text = sentence("not_side_on", "shoulders", yaw=yaw, limit=limit)
        return Quality("refused", (Reason("not_side_on", text),), 0.0)
    remarks = [Reason("points_not_validated", sentence("points_not_validated", tracked.body.basis))]
    if tracked.people > 1:
        text = sentence("several_people", people=tracked.people)
        remarks.append(Reason("several_people", text))
    return quality_of(posture, tuple(remarks), {"not_side_on": ("unseen", {})})


def _source(path: Path, points: PersonPoints, posture: Posture) -> SourceInfo:
    place, _ = split_rate(str(path))
    duration = float(posture.time_s[-1] - posture.time_s[0])
    return SourceInfo(
        path=str(path), kind="keypoints", width_px=0, height_px=0, frames=len(posture),
        duration_s=duration, mean_rate_hz=(len(posture) - 1) / duration, codec=points.layout,
        sha256="" if place.is_dir() else file_sha256(place),
    )  # fmt: skip


def _settings(
    tracked: _Tracked, settings: Settings, options: SourceOptions
) -> dict[str, float | str]:
    names = tracked.points.names
    done: dict[str, float | str] = {
        "filter": FILTER_NAME,
        "filter_cutoff_hz": settings.filter_cutoff_hz,
        "least_confidence": VISIBLE_FROM,
        "low_back_from": tracked.body.basis,
        "points": ", ".join(f"{role}={names[i]}" for role, i in tracked.roles.items()),
        "sd_source": tracked.raw.spread.source,
    }
    if isinstance(options.standing, Path):
        done["standing_from"] = options.standing.name
    return done
