"""The contour network: from the back's contour and body points to change from standing."""

from __future__ import annotations

import torch
from network import CHANNELS, CONTOUR, DEGREES, contour_channels
from torch import Tensor, nn

#: Quantities that are estimated, each with a standard deviation, in order, degrees. The thigh is
#: learned beside the others and not used: hip flexion in clips was no better with it.
MEANS = ("lumbar", "trunk", "pelvis", "thoracic", "thigh")
#: Where hip and knee stand among the features of a frame's body points: middles of the pairs.
_HIP, _KNEE = slice(2, 4), slice(4, 6)
#: Degrees in the unit in which leans are part of the vector.
LEAN_UNIT_DEG = 50.0
#: Degrees in a radian (ONNX has no such conversion of its own).
DEGREES_A_RADIAN = 57.29577951308232


def _line(inside: int, outside: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv1d(inside, outside, 5, stride, 2, bias=False), nn.BatchNorm1d(outside), nn.SiLU()
    )


def thigh_change_deg(vector: Tensor) -> Tensor:
    """Return the change of the thigh's forward swing as the body points have it, shape (b,)."""
    points = (vector.shape[1] - 3) // 2
    swing = []
    for k in range(2):
        at = vector[:, k * points : (k + 1) * points]
        along = at[:, _KNEE] - at[:, _HIP]
        in_frame = DEGREES_A_RADIAN * torch.atan2(along[:, 0], along[:, 1])
        swing.append(in_frame - vector[:, 2 * points + k] * LEAN_UNIT_DEG)
    return torch.remainder(swing[0] - swing[1] + 180.0, 360.0) - 180.0


class ContourNet(nn.Module):
    """Reads the contours of frame and standing reference, and the body points.

    The activations are smooth: with ReLU behind the narrow last layer the contour branch of
    ``LumbarNet`` died in training, all of its outputs being zero for every input.

    Parameters
    ----------
    vector : int
        Length of the vector of point features (frame, standing, leans).
    """

    def __init__(self, vector: int) -> None:
        super().__init__()
        self.line = nn.Sequential(
            _line(CHANNELS, 64), _line(64, 64), _line(64, 96, 2), _line(96, 96), _line(96, 96),
            nn.Conv1d(96, 24, 1), nn.BatchNorm1d(24), nn.SiLU(), nn.Flatten(),
        )  # fmt: skip
        self.points = nn.Sequential(nn.Linear(vector, 96), nn.SiLU(), nn.Linear(96, 64), nn.SiLU())
        self.head = nn.Sequential(
            nn.Linear(24 * CONTOUR // 2 + 64, 192), nn.SiLU(), nn.Dropout(0.2),
            nn.Linear(192, 96), nn.SiLU(),
        )  # fmt: skip
        self.out = nn.Linear(96, 2 * len(MEANS) - 1)

    def forward(self, vector: Tensor, contour: Tensor) -> tuple[Tensor, Tensor]:
        """Return means and log standard deviations, both (b, 5), in degrees."""
        joined = torch.cat([self.line(contour_channels(contour)), self.points(vector)], 1)
        out = self.out(self.head(joined)).float()
        lumbar, trunk, thoracic, thigh = (out[:, :4] * DEGREES).unbind(1)
        trunk = trunk + vector[:, -1] * LEAN_UNIT_DEG
        means = [lumbar, trunk, trunk - lumbar, thoracic]
        means = torch.stack([*means, thigh + thigh_change_deg(vector)], 1)
        return means, torch.clamp(out[:, len(MEANS) - 1 :], -1.5, 3.4)
