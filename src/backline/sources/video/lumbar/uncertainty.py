"""Standard deviations of the smoothed series: the network's, calibrated on rendered clips.

The network's own deviations are calibrated when it is exported (``training/export_onnx.py``); the
factors for a clip's camera, clothes and view are in `backline.sources.video.quality.gating`.
"""

from __future__ import annotations

import numpy as np

from backline.model.posture import BoolArray, FloatArray
from backline.signals.filters import moving_mean

#: The network's standard deviations hold for single estimates. Its series is averaged and smoothed
#: afterwards, and is relative to the standing reference. With these factors, upright and in a full
#: squat, the errors on 100 rendered clips of validation's seeds 5 and 7 are about as large
#: as is stated in every phase of a squat (0.88 to 1.05 of it, by `benchmarks.validity`).
UPRIGHT_FACTOR, DEEP_FACTOR = 0.82, 0.78
#: Single estimates scatter about their smoothed series; over this time, seconds. Where that scatter
#: is larger than what is stated, the errors were 1.7 times as large as stated (seeds 5 and 7).
SCATTER_S = 0.6


def at_most_scatter(
    sd_deg: FloatArray, values_deg: FloatArray, standing: BoolArray, floor_deg: float
) -> FloatArray:
    """Return standard deviations, reduced in standing, where the mean change is zero.

    The network's error for a body is the same in all frames of the standing reference and
    subtracted with their mean: what remains there is the scatter about it.

    Parameters
    ----------
    sd_deg, values_deg : ndarray, shape (n,)
        The network's standard deviation, and the change from the standing reference, degrees.
    standing : ndarray of bool, shape (n,)
        The standing reference's frames.
    floor_deg : float
        The smallest standard deviation that is stated.
    """
    known = standing & np.isfinite(values_deg)
    if not known.any():
        return sd_deg
    scatter = max(float(values_deg[known].std()), floor_deg)
    return np.where(standing, np.minimum(sd_deg, scatter), sd_deg)


def scatter_deg(time_s: FloatArray, single: FloatArray, smoothed: FloatArray) -> FloatArray:
    """Return how far single estimates lie from their smoothed series, shape (n,), degrees.

    The root mean square over `SCATTER_S` about each frame; 0 where nothing is known.
    """
    square = moving_mean(time_s, (single - smoothed) ** 2, SCATTER_S)
    return np.sqrt(np.nan_to_num(square))


def deviation_factor(depth: FloatArray) -> FloatArray:
    """Return the factor from the network's standard deviation to that of its smoothed series.

    Parameters
    ----------
    depth : ndarray, shape (n,)
        0 as in the standing posture, 1 in a full squat.
    """
    return UPRIGHT_FACTOR + (DEEP_FACTOR - UPRIGHT_FACTOR) * depth
