"""The shipped part network: where the body ends without its arms, and what covers it there.

It takes a strip of the picture along the rays of `backline.sources.video.contour.trunk_rays` and
estimates, for each ray, the probability that the back ends at each depth (also under a cover), and
what covers it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backline.sources.video.contour.background import OTHER_ODDS, SAME_ODDS
from backline.sources.video.contour.trunk_rays import (
    RAY_COUNT,
    TrunkRays,
    places_along,
    sampled,
    unfold,
)
from backline.sources.video.pose.person import Person

Array = NDArray[np.float64]

WEIGHTS = "parts.onnx"
#: Depths along each ray at which the strip is read, trunk lengths: from a little before the
#: trunk's axis to beyond the largest buttock.
STRIP_DEPTHS: Array = np.linspace(-0.28, 0.74, 128)
#: Grey level of log odds of 0: the background is unknown.
ZERO_ODDS = round(-SAME_ODDS / (OTHER_ODDS - SAME_ODDS) * 255)
#: Which channels of the strip are the mask, and the odds of "not the background".
MASK, ODDS = 3, 4
#: What covers the back's edge, in the order of the network's outputs.
COVERS = ("seen", "arm", "bar", "plate", "other")


@dataclass(frozen=True)
class PartEstimate:
    """What the part network estimates of one frame.

    Parameters
    ----------
    log_place : ndarray, shape (RAY_COUNT, 128)
        Log probability that the back ends at each depth of ``STRIP_DEPTHS``.
    cover : ndarray, shape (RAY_COUNT, 5)
        Probability of each of ``COVERS`` at the back's edge.
    """

    log_place: Array
    cover: Array

    @property
    def shown(self) -> Array:
        """Probability that the back's edge is visible on each ray, shape (RAY_COUNT,)."""
        return self.cover[:, 0]


class PartNetwork:
    """The shipped part network.

    Parameters
    ----------
    weights : bytes, optional
        An ONNX model in place of the shipped one.
    """

    def __init__(self, weights: bytes | None = None) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        content = _shipped() if weights is None else weights
        self._session: Any = onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"]
        )

    def read(self, strip: NDArray[np.uint8]) -> PartEstimate:
        """Read the strip of one frame.

        Parameters
        ----------
        strip : ndarray of uint8, shape (RAY_COUNT, 128, 5)
            From :func:`part_strip`.
        """
        place, cover = self._session.run(["log_place", "cover"], {"strip": strip[None]})
        return PartEstimate(place[0].astype(np.float64), cover[0].astype(np.float64))


def part_strip(
    picture: NDArray[np.uint8],
    person: Person,
    rays: TrunkRays,
    *,
    background: NDArray[np.float32] | None = None,
    background_corner: tuple[int, int] = (0, 0),
) -> NDArray[np.uint8]:
    """Read picture, mask and background along the rays.

    Parameters
    ----------
    picture : ndarray of uint8, shape (h, w, 3)
        The full-resolution frame.
    person : Person
        The lifter in it.
    rays : TrunkRays
        The frame's rays.
    background : ndarray, shape (h, w), optional
        Log odds of "not the background" for each pixel of a box of the picture, 0 unknown.
    background_corner : tuple of int
        x and y of that box's top left pixel.

    Returns
    -------
    ndarray of uint8, shape (RAY_COUNT, 128, 5)
        Red, green, blue, mask (255 = 1), log odds as grey level (``ZERO_ODDS`` = 0).
    """
    depths = STRIP_DEPTHS * rays.trunk_px
    out = np.full((RAY_COUNT, len(depths), 5), ZERO_ODDS, np.uint8)
    places = places_along(rays, depths)
    out[..., :3] = sampled(picture, *places)
    mask = person.mask_within((places[0].min(), places[1].min(), places[0].max(), places[1].max()))
    if person.mask_scale != 1.0:
        places = places_along(rays, depths, person.mask_scale)
    out[..., MASK] = np.clip(sampled(mask, *places), 0, 1) * 255 + 0.5
    if background is not None:
        odds = unfold(background, rays.moved(*background_corner), depths)
        grey = (odds - SAME_ODDS) / (OTHER_ODDS - SAME_ODDS) * 255 + 0.5
        out[..., ODDS] = np.clip(grey, 0, 255)
    return out


@functools.lru_cache(maxsize=1)
def _shipped() -> bytes:
    return resources.files(__package__ or __name__).joinpath(WEIGHTS).read_bytes()
