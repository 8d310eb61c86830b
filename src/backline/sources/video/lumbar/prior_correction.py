"""Corrects the network's bias towards the mean of its training data where it sees little.

A network trained for the least error returns the mean of its training data where the picture
holds no information, and a weighted mean where it holds some. Its training lifters round by 10
degrees in a full squat on average, so that a barely visible low back would be measured as a butt
wink. Here the contribution of the training mean is replaced by that of a neutral prior. The
contribution of the picture and the standard deviation stay as they are.

With a normal spread of the truth in training (mean m, variance t) an estimate with variance s
contains m with the weight s / t; with another mean m' it would be lower by s / t * (m - m').
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backline.sources.video.lumbar.picture_input import POINT_FEATURES

Array = NDArray[np.float64]

#: Mean lumbar flexion of training's lifters in a full squat, degrees, and the parts of its
#: variance that are there in every posture and that come with depth, degrees squared
#: (``draw_angles`` in ``training/make_data.py``: normal with 8, and depth times -8 to 28).
FULL_SQUAT_DEG, VARIANCE, VARIANCE_DEEP = 10.0, 64.0, 108.0
#: Mean of the neutral prior, degrees: few low backs stay quite still in a full squat. Judgement,
#: on 100 rendered clips of validation's seed 2: with 0, of 17 planted butt winks 10 were found
#: instead of 12; with 5, 6 of 60 clean squats gave false positives, not 4.
EXPECTED_DEG = 2.5
#: Knee flexion of a full squat in training, degrees.
FULL_SQUAT_KNEE_DEG = 110.0
#: Largest weight of the training mean in an estimate.
MOST_SHARE = 0.9
#: Where hip, knee and ankle stand among the body points' features: middles of the pairs, x and y.
_HIP, _KNEE, _ANKLE = (slice(2, 4), slice(4, 6), slice(6, 8))


def depth_of(vectors: NDArray[np.floating[Any]]) -> Array:
    """Return how deep each frame is, 0 as in the standing posture, 1 in a full squat.

    Parameters
    ----------
    vectors : ndarray, shape (n, VECTOR_LENGTH)
        From :func:`backline.sources.video.lumbar.network.feature_vector`.
    """
    bent = knee_flexion_deg(vectors[:, :POINT_FEATURES])
    own = knee_flexion_deg(vectors[:, POINT_FEATURES : 2 * POINT_FEATURES])
    return np.clip((bent - own) / FULL_SQUAT_KNEE_DEG, 0.0, 1.0)


def knee_flexion_deg(features: NDArray[np.floating[Any]]) -> Array:
    """Return the angle between thigh and shank in the picture, degrees, 0 straight.

    Parameters
    ----------
    features : ndarray, shape (n, POINT_FEATURES)
        From :func:`backline.sources.video.lumbar.picture_input.point_features`.
    """
    at = features.astype(np.float64)
    thigh, shank = at[:, _KNEE] - at[:, _HIP], at[:, _ANKLE] - at[:, _KNEE]
    across = thigh[:, 0] * shank[:, 1] - thigh[:, 1] * shank[:, 0]
    angle = np.arctan2(np.abs(across), (thigh * shank).sum(axis=1))
    return np.asarray(np.degrees(angle), dtype=np.float64)


def prior_bias_deg(sd_deg: Array, depth: Array) -> Array:
    """Return the part of an estimate that comes from the training mean beyond the prior, degrees.

    Parameters
    ----------
    sd_deg : ndarray, shape (n,)
        The network's standard deviation of lumbar flexion, degrees.
    depth : ndarray, shape (n,)
        From :func:`depth_of`.
    """
    spread = VARIANCE + VARIANCE_DEEP * depth**2
    share = np.minimum(sd_deg**2 / spread, MOST_SHARE)
    return share * (FULL_SQUAT_DEG - EXPECTED_DEG) * depth
