"""Parametric bodies: an Anny body of given shape, posed by sagittal angles.

Axes of the body: x to its left, y to its back, z up; metres. A positive pitch about x
bends forward. Poses are given as rotations about the body's own rest axes.
"""

from __future__ import annotations

import functools
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backline.errors import MissingExtraError
from backline.sources.video.pose.native_log_filter import quiet_native_logs

Array = NDArray[np.float64]
Sparse = Any  # scipy.sparse.csr_matrix; SciPy ships no types

NECK_BONES = ("neck01", "neck02", "neck03")


@functools.lru_cache(maxsize=1)
def load_anny() -> Any:
    """Load the Anny body model once (about 2 s).

    Raises
    ------
    MissingExtraError
        If the extra ``phantom`` is not installed.
    """
    try:
        import warp

        warp.config.log_level = warp.LOG_ERROR  # else it greets on standard output
        with quiet_native_logs(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import anny

            return anny.Anny()
    except ImportError as missing:
        raise MissingExtraError("Rendering phantoms", "phantom") from missing


@dataclass(frozen=True)
class Shape:
    """Phenotype of a body, each 0 to 1 as Anny defines it.

    ``age`` 0.67 is a young adult, 1 is old; ``gender`` 0 is male, 1 female.
    """

    gender: float = 0.5
    age: float = 0.67
    muscle: float = 0.5
    weight: float = 0.5
    height: float = 0.5
    proportions: float = 0.5

    @classmethod
    def random(cls, rng: np.random.Generator) -> Shape:
        """Draw a lifter: adult, from slight to heavy, from soft to muscular."""
        return cls(
            gender=float(rng.choice([rng.uniform(0, 0.15), rng.uniform(0.85, 1)])),
            age=float(rng.uniform(0.62, 0.9)),
            muscle=float(rng.uniform(0.3, 1.0)),
            weight=float(np.clip(rng.normal(0.5, 0.2), 0.1, 1.0)),
            height=float(np.clip(rng.normal(0.4, 0.17), 0.05, 0.9)),
            proportions=float(rng.uniform(0.2, 1.0)),
        )


class PhantomBody:
    """One lifter's body at rest, and its posed surfaces.

    Parameters
    ----------
    shape : Shape
        Phenotype.

    Attributes
    ----------
    heads : dict
        Rest position of each bone's head, metres, shape (3,).
    faces : ndarray, shape (f, 3)
        Triangles, vertex indices.
    bone_of_vertex : ndarray of str, shape (v,)
        The bone that moves each vertex most.
    """

    def __init__(self, shape: Shape) -> None:
        import torch

        model = load_anny()
        self.shape = shape
        self._model = model
        self.labels: list[str] = list(model.bone_labels)
        self.index = {name: i for i, name in enumerate(self.labels)}
        self._phenotype = {
            key: torch.tensor([value], dtype=torch.float64) for key, value in vars(shape).items()
        }
        with torch.no_grad():
            rest = model(phenotype_kwargs=self._phenotype)
        poses = rest["rest_bone_poses"][0].numpy()
        self.heads: dict[str, Array] = {b: poses[i, :3, 3] for b, i in self.index.items()}
        self.rest_vertices: Array = rest["rest_vertices"][0].numpy()
        self.faces: NDArray[np.int64] = model.faces.numpy()
        self.bone_of_vertex = _dominant_bones(model, self.labels)

    def parents(self) -> NDArray[np.int64]:
        """Return each bone's parent index, -1 for the root."""
        return np.asarray(self._model.bone_parents)

    @functools.cached_property
    def smoother(self) -> Sparse:
        """Matrix (v, v) that replaces each vertex by the mean of itself and its neighbours."""
        from scipy.sparse import coo_matrix, diags

        f, v = self.faces, len(self.rest_vertices)
        i = np.concatenate([f[:, 0], f[:, 1], f[:, 2], np.arange(v)])
        j = np.concatenate([f[:, 1], f[:, 2], f[:, 0], np.arange(v)])
        links = coo_matrix((np.ones(len(i)), (i, j)), shape=(v, v)).tocsr()
        links.data[:] = 1.0
        return diags(1.0 / np.asarray(links.sum(1)).ravel()) @ links

    def pose(self, rotations: dict[str, Array], n: int) -> Array:
        """Pose the body.

        Parameters
        ----------
        rotations : dict
            Bone name to rotation matrices, shape (n, 3, 3), relative to the parent, about
            the rest axes. The root's turns the whole body about its hip.
        n : int
            Number of frames.

        Returns
        -------
        ndarray, shape (n, v, 3)
            Surface vertices, metres.
        """
        import torch

        pose = np.tile(np.eye(4), (n, len(self.labels), 1, 1))
        for bone, rotation in rotations.items():
            pose[:, self.index[bone], :3, :3] = rotation
        surfaces = []
        with torch.no_grad():
            for start in range(0, n, 16):
                part = torch.from_numpy(pose[start : start + 16])
                phenotype = {k: v.expand(len(part)) for k, v in self._phenotype.items()}
                out = self._model(
                    pose_parameters=part,
                    phenotype_kwargs=phenotype,
                    pose_parameterization="local-ref",
                )
                surfaces.append(out["vertices"].numpy())
        return np.concatenate(surfaces)


def _dominant_bones(model: Any, labels: list[str]) -> NDArray[np.str_]:
    weights = model.vertex_bone_weights.numpy()
    indices = model.vertex_bone_indices.numpy()
    top = np.take_along_axis(indices, weights.argmax(1)[:, None], axis=1)[:, 0]
    return np.asarray(np.asarray(labels)[top])


def pitch(angle_deg: Array | float) -> Array:
    """Rotation about x by an angle in degrees (+ bends forward); shape (..., 3, 3)."""
    a = np.radians(np.asarray(angle_deg, dtype=np.float64))
    out = np.zeros((*a.shape, 3, 3))
    out[..., 0, 0] = 1.0
    out[..., 1, 1] = out[..., 2, 2] = np.cos(a)
    out[..., 1, 2] = -np.sin(a)
    out[..., 2, 1] = np.sin(a)
    return out


def yaw(angle_deg: Array | float) -> Array:
    """Rotation about z by an angle in degrees; shape (..., 3, 3)."""
    a = np.radians(np.asarray(angle_deg, dtype=np.float64))
    out = np.zeros((*a.shape, 3, 3))
    out[..., 2, 2] = 1.0
    out[..., 0, 0] = out[..., 1, 1] = np.cos(a)
    out[..., 0, 1] = -np.sin(a)
    out[..., 1, 0] = np.sin(a)
    return out


def swing(start: Array, end: Array) -> Array:
    """Return the smallest rotations that turn directions ``start`` (3,) into ``end`` (n, 3)."""
    a = start / np.linalg.norm(start)
    b = end / np.linalg.norm(end, axis=-1, keepdims=True)
    v = np.cross(a, b)
    c = b @ a
    k = np.zeros((len(b), 3, 3))
    k[:, 0, 1], k[:, 0, 2], k[:, 1, 2] = -v[:, 2], v[:, 1], -v[:, 0]
    k[:, 1, 0], k[:, 2, 0], k[:, 2, 1] = v[:, 2], -v[:, 1], v[:, 0]
    return np.asarray(np.eye(3) + k + k @ k / (1.0 + c + 1e-9)[:, None, None])
