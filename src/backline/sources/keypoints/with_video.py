"""Combines keypoints with their video.

The video gives the outline, so the low back where the points hold no pelvis, and the picture for
the report. The points give the legs, and the low back where they lie on pelvis or spine.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from backline.errors import UsageError
from backline.formats.frames import Clip
from backline.model.measurement import Measured, Quality, Reason
from backline.model.posture import FloatArray, Posture
from backline.reasons import sentence
from backline.settings import Settings
from backline.signals.filters import lowpass
from backline.sources.angles.raw import RawAngles
from backline.sources.fiducials.angles import BackAngles, filled
from backline.sources.keypoints.body import KeypointBody, body_of, raw_of
from backline.sources.video.angle_fusion import AngleProvider
from backline.sources.video.clip_observations import ClipObservations
from backline.sources.video.source import read_video

if TYPE_CHECKING:
    from backline.sources.registry import SourceOptions

MOST_APART = 2
"""Frames that the points may have more or fewer than the video and still be frame by frame."""


class _Joiner:
    """Brings the points to the frames of a clip, once that is being read."""

    def __init__(self, path: Path, track: FloatArray, roles: dict[str, int], side: str) -> None:
        self._path, self._track, self._roles, self._side = path, track, roles, side
        self.own_times: FloatArray | None = None
        self.raw: RawAngles | None = None
        self.body: KeypointBody | None = None

    def read(self, clip: Clip, observations: ClipObservations) -> BackAngles | None:
        """Return the low back's angles from the points; None where they hold no pelvis."""
        time_s = observations.time_s
        track = self._at(time_s)
        side = self._side if self._side != "auto" else observations.side
        self.body = body_of(track, self._roles, side)
        self.raw = raw = raw_of(self.body, time_s, "")
        if self.body.basis == "none":
            return None
        return BackAngles(
            trunk_deg=raw.trunk_deg,
            pelvis_deg=raw.pelvis_deg,
            thigh_deg=raw.pelvis_deg - raw.hip_deg,
            middle_deg=np.full(len(time_s), np.nan),
            spread=raw.spread,
        )

    def _at(self, time_s: FloatArray) -> FloatArray:
        """Return the points at the clip's frames, shape (n, k, 3)."""
        n, m = len(time_s), len(self._track)
        if abs(n - m) <= MOST_APART:
            whole = np.full((n, *self._track.shape[1:]), np.nan)
            whole[: min(n, m)] = self._track[:n]
            return whole
        if self.own_times is None:
            raise UsageError(
                f"'{self._path}' holds {m} frames and its video {n}, and the file has no times: "
                f"give the points' frames a second behind an @, as in {self._path}@30, or the "
                "video that they were found in."
            )
        at = self.own_times - self.own_times[0]
        flat = self._track.reshape(m, -1)
        read = [np.interp(time_s, at, column, left=np.nan, right=np.nan) for column in flat.T]
        return np.stack(read, axis=1).reshape(n, *self._track.shape[1:])


def read_with_video(
    path: Path,
    track: FloatArray,
    roles: dict[str, int],
    own_times: FloatArray | None,
    options: SourceOptions,
) -> Measured:
    """Measure a lift from a video and the points that another engine found in it.

    Parameters
    ----------
    path : Path
        The file of points, for messages.
    track : ndarray, shape (m, k, 3)
        One person's points: x, y, confidence.
    roles : dict of str to int
        Role to its place among the k.
    own_times : ndarray, shape (m,), or None
        Seconds; needed only where points and video differ in the number of frames.
    options : SourceOptions
        ``video`` is set.

    Raises
    ------
    UsageError
        If the standing reference is another file, or points and video cannot be matched.
    """
    assert options.video is not None
    if isinstance(options.standing, Path):
        raise UsageError(
            "Keypoints with their video take the standing reference from the clip itself: give its "
            "seconds as START:END with --standing, or film it with the lift."
        )
    joiner = _Joiner(path, track, roles, options.side)
    joiner.own_times = own_times
    measured = read_video(
        options.video,
        replace(options, mapping=None, video=None),
        AngleProvider("Points of the keypoint file", joiner.read),
    )
    if joiner.raw is None or joiner.body is None:
        return measured
    settings = options.settings or Settings()
    posture = _with_legs(measured.posture, joiner.raw, settings)
    basis = joiner.body.basis
    done: dict[str, float | str] = {"keypoints": path.name, "legs_from": "keypoints"}
    quality = measured.quality
    if basis == "none":
        done["low_back_from"] = "the outline in the video, since no point lies on the pelvis"
    else:
        text = sentence("points_not_validated", "joined")
        remarks = (*quality.reasons, Reason("points_not_validated", text))
        verdict = "limited" if quality.verdict == "ok" else quality.verdict
        quality = Quality(verdict, remarks, quality.measurable_fraction)
    return replace(
        measured, posture=posture, quality=quality, settings={**measured.settings, **done}
    )


def _with_legs(posture: Posture, raw: RawAngles, settings: Settings) -> Posture:
    """Return a posture with knee and ankle from the points where those are seen."""

    def from_points(values: FloatArray, other: FloatArray) -> FloatArray:
        return filled(posture.time_s, smooth(values), other)

    def smooth(values: FloatArray) -> FloatArray:
        return lowpass(posture.time_s, values, settings.filter_cutoff_hz)

    return replace(
        posture,
        knee_flexion_deg=from_points(raw.knee_deg, posture.knee_flexion_deg),
        ankle_dorsiflexion_deg=from_points(raw.ankle_deg, posture.ankle_dorsiflexion_deg),
    )
