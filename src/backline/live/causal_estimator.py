"""Causal estimation: the lumbar network on live frames, against a reference recorded live.

Network input, averaging and limits are those of the full analysis. The difference is that later
frames are not available: only earlier frames of the same posture are averaged, the low-pass is
causal (`backline.live.smoothing`), and a hidden back is decided by the frame alone, not by the
majority of the frames about it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from backline.live.live_frame import LiveFrame
from backline.live.smoothing import CausalFilter
from backline.model.posture import FloatArray
from backline.settings import GATING, Gating
from backline.signals.filters import known_median
from backline.sources.video.lumbar.clip_inference import (
    NetworkInputs,
    read_averaged,
)
from backline.sources.video.lumbar.network import LumbarEstimate, LumbarNetwork
from backline.sources.video.lumbar.temporal_averaging import AROUND_S, same_posture
from backline.sources.video.lumbar.uncertainty import deviation_factor
from backline.sources.video.quality.gating import back_hidden, doubtful

#: Mean age of the frames that are averaged before the network, seconds (half of AROUND_S at most).
AVERAGING_LAG_S = AROUND_S / 2


@dataclass(frozen=True)
class LiveEstimate:
    """Live estimate of one frame.

    Parameters
    ----------
    lumbar_deg, lumbar_sd_deg : float
        Lumbar flexion, change from the standing reference, smoothed causally, and its standard
        deviation; NaN where it cannot be measured.
    pelvis_deg, trunk_deg : float
        Pelvic tilt and trunk lean, the same way.
    reason : str
        Code of why not, ``""`` where measured.
    bulge : float
        Of the low back's outline behind its chord, median over the frames of this posture; NaN
        where it is not seen.
    """

    lumbar_deg: float
    lumbar_sd_deg: float
    pelvis_deg: float
    trunk_deg: float
    reason: str
    bulge: float = float("nan")


def unmeasured(reason: str) -> LiveEstimate:
    """Return an estimate without values, with the reason."""
    nan = float("nan")
    return LiveEstimate(nan, nan, nan, nan, reason)


class LiveReader:
    """Estimates angles of frames one after the other relative to the standing reference.

    Parameters
    ----------
    standing : list of LiveFrame
        Frames of quiet standing, all with a crop.
    network : LumbarNetwork
        The lumbar network.
    trunk_px : float
        The scale of the crops, pixels.
    gating : Gating
        Limits of what counts as measurable.

    Attributes
    ----------
    moved_deg : float
        How far the low back moved from the first half of standing to the second, degrees.
    yaw_deg : float
        Camera yaw in standing, degrees.

    Raises
    ------
    ValueError
        If no frame of standing has a crop.
    """

    def __init__(
        self,
        standing: list[LiveFrame],
        network: LumbarNetwork,
        trunk_px: float,
        gating: Gating = GATING,
    ) -> None:
        usable = [one for one in standing if one.crops is not None]
        if not usable:
            raise ValueError("standing: expected at least one frame with a crop, got none")
        self._network, self._gating = network, gating
        self._reference = _inputs_of(usable).mean_view(trunk_px)
        self._recent: deque[LiveFrame] = deque()
        self._filters = [CausalFilter() for _ in range(3)]
        zero = [self._raw([one])[0] for one in usable]
        self._zero = [
            float(np.mean([getattr(z, n)[0] for z in zero])) for n in ("lumbar_deg", "trunk_deg")
        ]
        lumbar = np.array([z.lumbar_deg[0] for z in zero])
        half = len(lumbar) // 2
        self.moved_deg = abs(float(lumbar[half:].mean() - lumbar[:half].mean())) if half else 0.0
        self.yaw_deg = float(np.median([z.yaw_deg[0] for z in zero]))

    @property
    def lag_s(self) -> float:
        """Delay of the smoothed angles behind the frame, at most, seconds."""
        return self._filters[0].lag_s + AVERAGING_LAG_S

    def read(self, live: LiveFrame) -> LiveEstimate:
        """Estimate a frame's angles; frames come in order of time."""
        if live.person is None or live.crops is None:
            self._recent.clear()
            return unmeasured("no_person")
        self._recent.append(live)
        while live.time_s - self._recent[0].time_s > AROUND_S:
            self._recent.popleft()
        alike = _same_posture(self._recent)
        raw, depth = self._raw(alike)
        reason = _reason(live, raw, self._gating)
        if reason:
            return unmeasured(reason)
        lumbar = raw.lumbar_deg[0] - self._zero[0]
        trunk = raw.trunk_deg[0] - self._zero[1]
        sd = raw.lumbar_sd_deg[0] * deviation_factor(depth)[0]
        values = (lumbar, sd, trunk)
        smooth = [f.push(live.time_s, float(v)) for f, v in zip(self._filters, values, strict=True)]
        bulge = known_median(np.array([one.bulge for one in alike]))
        return LiveEstimate(smooth[0], smooth[1], smooth[2] - smooth[0], smooth[2], "", bulge)

    def _raw(self, frames: list[LiveFrame]) -> tuple[LumbarEstimate, FloatArray]:
        """Run the network on the mean of frames of one posture; return its depth, too."""
        everyone = np.arange(len(frames))
        return read_averaged(_inputs_of(frames), [everyone], self._reference, self._network)


def _inputs_of(frames: list[LiveFrame]) -> NetworkInputs:
    """Return the network input of frames that have a crop."""
    complete = [
        (one.crops, one.contour, one.features, one.lean_deg)
        for one in frames
        if one.crops is not None and one.contour is not None and one.features is not None
    ]
    crops, contours, features, leans = zip(*complete, strict=True)
    return NetworkInputs(
        np.stack(crops), np.stack(contours), np.stack(features), np.array(leans, dtype=np.float64)
    )


def _same_posture(recent: deque[LiveFrame]) -> list[LiveFrame]:
    """Return the latest frame and those just before it that show the same posture."""
    complete = [(one, one.features) for one in recent if one.features is not None]
    features = np.stack([points for _, points in complete])
    alike = same_posture(features, features[-1])
    return [one for (one, _), same in zip(complete, alike, strict=True) if same]


def _reason(live: LiveFrame, raw: LumbarEstimate, gating: Gating) -> str:
    """Return why a frame is not measured, with the limits of the full analysis."""
    if back_hidden(np.array([live.low_back_seen]), raw.hidden, gating)[0]:
        return "back_hidden"
    return next((code for code, bad in doubtful(raw, gating) if bad[0]), "")
