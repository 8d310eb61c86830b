"""The lumbar network: from cropped frames and body points to change from the standing reference."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backline.parallel import overlaps
from backline.sources.video.lumbar.estimate_cache import EstimateCache
from backline.sources.video.lumbar.picture_input import POINT_FEATURES
from backline.sources.video.lumbar.prior_correction import depth_of, prior_bias_deg

#: The shipped weights, made by ``training/``.
WEIGHTS = "lumbar.onnx"
#: Frames processed at a time.
BATCH = 32

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LumbarEstimate:
    """The network's estimates for n frames, as change from the standing reference, degrees.

    Parameters
    ----------
    lumbar_deg, trunk_deg, curve_deg, thoracic_deg : ndarray, shape (n,)
        Lumbar flexion, trunk lean, lumbar curve, thoracic flexion.
    lumbar_sd_deg, trunk_sd_deg, pelvis_sd_deg, curve_sd_deg : ndarray, shape (n,)
        One standard deviation of each.
    yaw_deg : ndarray, shape (n,)
        Camera yaw, without sign.
    hidden, loose : ndarray, shape (n,)
        Probability that something hides the low back; that the clothes hang loose.
    oddness : ndarray, shape (n,)
        Distance of the body points from the training data (root mean square of whitened features;
        near 1 for what was trained on).
    """

    lumbar_deg: Array
    trunk_deg: Array
    curve_deg: Array
    thoracic_deg: Array
    lumbar_sd_deg: Array
    trunk_sd_deg: Array
    pelvis_sd_deg: Array
    curve_sd_deg: Array
    yaw_deg: Array
    hidden: Array
    loose: Array
    oddness: Array

    @property
    def pelvis_deg(self) -> Array:
        """Pelvic tilt: trunk lean less lumbar flexion."""
        return self.trunk_deg - self.lumbar_deg


def feature_vector(
    frame: NDArray[np.float32],
    standing: NDArray[np.float32],
    lean_deg: NDArray[np.float64],
    standing_lean_deg: float,
) -> NDArray[np.float32]:
    """Join point features of frames and of the standing reference to the network's input vector.

    Parameters
    ----------
    frame : ndarray, shape (n, POINT_FEATURES)
        From :func:`backline.sources.video.lumbar.picture_input.point_features`.
    standing : ndarray, shape (POINT_FEATURES,)
        The same for the standing reference (a mean).
    lean_deg : ndarray, shape (n,)
        Lean of the hip-to-shoulder line.
    standing_lean_deg : float
        The same in the standing posture.
    """
    n = len(frame)
    leans = np.stack(
        [lean_deg / 50, np.full(n, standing_lean_deg / 50), (lean_deg - standing_lean_deg) / 50], 1
    )
    return np.hstack([frame, np.tile(standing, (n, 1)), leans]).astype(np.float32)


#: Length of the network's vector.
VECTOR_LENGTH = 2 * POINT_FEATURES + 3


class LumbarNetwork:
    """The shipped network.

    Parameters
    ----------
    weights : bytes, optional
        An ONNX model in place of the shipped one.
    threads : int, optional
        Threads for one estimate; by default 2, or 1 where no threads are allowed.

    Attributes
    ----------
    cache : EstimateCache or None
        Cache of the clip that is processed, if there is one.
    """

    cache: EstimateCache | None = None

    def __init__(self, weights: bytes | None = None, threads: int | None = None) -> None:
        import onnxruntime

        content = weights if weights is not None else _shipped()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or (2 if overlaps() else 1)
        options.inter_op_num_threads = 1
        # Else its second thread waits in a loop: a core for the time between two estimates.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"]
        )
        self.sha256 = hashlib.sha256(content).hexdigest()

    def read(
        self,
        crops: NDArray[np.uint8],
        vectors: NDArray[np.float32],
        contours: NDArray[np.float32],
        standing: NDArray[np.uint8],
        standing_contour: NDArray[np.float32],
    ) -> LumbarEstimate:
        """Estimate frames relative to the reference, the bias to the training mean corrected.

        Parameters
        ----------
        crops : ndarray of uint8, shape (n, 3, CROP_HEIGHT, CROP_WIDTH)
            Crops of the frames: mask, refined mask, grey level.
        vectors : ndarray of float32, shape (n, VECTOR_LENGTH)
            From :func:`feature_vector`.
        contours : ndarray of float32, shape (n, POINTS, 4)
            The back's contours, from
            :func:`backline.sources.video.lumbar.contour_input.contour_of`.
        standing : ndarray of uint8, shape (3, CROP_HEIGHT, CROP_WIDTH)
            The standing reference's crop.
        standing_contour : ndarray of float32, shape (POINTS, 4)
            The standing reference's contour.
        """
        parts = []
        for start in range(0, len(crops), BATCH):
            part = slice(start, start + BATCH)
            lines = contours[part]
            feed = {
                "frame": np.ascontiguousarray(crops[part]),
                "standing": standing[None],
                "vector": vectors[part],
                "contour": np.stack([lines, np.broadcast_to(standing_contour, lines.shape)], 1),
            }
            parts.append(self._session.run(["reading"], feed)[0])
        table = np.concatenate(parts).astype(np.float64) if parts else np.zeros((0, 12))
        estimate = LumbarEstimate(*table.T)
        bias = prior_bias_deg(estimate.lumbar_sd_deg, depth_of(vectors))
        return replace(estimate, lumbar_deg=estimate.lumbar_deg - bias)


@functools.lru_cache(maxsize=1)
def _shipped() -> bytes:
    return resources.files(__package__ or __name__).joinpath(WEIGHTS).read_bytes()
