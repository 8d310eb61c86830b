"""Room, camera and light; renders a posed lifter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.errors import MissingExtraError
from backline.phantom.body import Array, PhantomBody
from backline.phantom.camera import Camera
from backline.phantom.equipment import Loading, parts, surface

if TYPE_CHECKING:
    from backline.phantom.stickers import Sticker

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Light:
    """One lamp and the room's own light: direction in the camera's frame, strengths 0 to 1."""

    direction: tuple[float, float, float] = (0.3, 0.8, -0.6)
    lamp: float = 0.6
    room: float = 0.45


class Renderer:
    """Draws one lifter and bar off screen, over and over, at one picture size.

    Parameters
    ----------
    body : PhantomBody
        Whose faces.
    colours : ndarray of uint8, shape (v, 3)
        Vertex colours.
    loading : Loading or None
        The bar; None for no bar.
    camera : Camera
        From where.
    light : Light
        Lamp and room.
    stature_m : float
        The lifter's height, for the focal length.
    worn : sequence of Sticker
        What else the lifter wears.
    samples : float
        Drawn pixels for one of the picture, along each side; the picture is their mean. (The
        graphics library's own smoothing takes longer on a processor and smooths less.)
    """

    def __init__(
        self,
        body: PhantomBody,
        colours: NDArray[np.uint8],
        loading: Loading | None,
        camera: Camera,
        light: Light,
        stature_m: float,
        worn: Sequence[Sticker] = (),
        samples: float = 2.0,
    ) -> None:
        pv = _pyvista()
        self._camera = camera
        size = (round(camera.width_px * samples), round(camera.height_px * samples))
        self._plotter = pv.Plotter(off_screen=True, window_size=size, lighting="none")
        self._plotter.render_window.SetMultiSamples(0)
        self._plotter.set_background("black")
        self._lifter = self._add(pv, body.rest_vertices, body.faces, colours, light)
        self._worn = [self._add(pv, one.points, one.faces, one.colours, light) for one in worn]
        self._bar: list[tuple[Any, Array]] = []
        for part in parts(loading) if loading else []:
            at, faces = surface(part)
            colour = np.tile((np.asarray(part.colour) * 255).astype(np.uint8), (len(at), 1))
            self._bar.append((self._add(pv, at, faces, colour, light), at))
        self._aim(pv, camera, light, stature_m)

    def _add(
        self, pv: Any, at: Array, faces: NDArray[np.int64], colours: Picture, light: Light
    ) -> Any:
        cells = np.hstack([np.full((len(faces), 1), 3), faces]).ravel()
        mesh = pv.PolyData(at.astype(np.float32), cells)
        mesh["rgb"] = colours
        self._plotter.add_mesh(
            mesh, scalars="rgb", rgb=True, ambient=light.room, diffuse=light.lamp, specular=0.05
        )
        return mesh

    def _aim(self, pv: Any, camera: Camera, light: Light, stature_m: float) -> None:
        place, axes = camera.basis()
        lamp = pv.Light(light_type="scene light", intensity=1.0)
        toward = light.direction[0] * axes[0] + light.direction[1] * axes[1]
        lamp.position = tuple(place + 10 * (toward - light.direction[2] * -axes[2]))
        lamp.focal_point = (0.0, 0.0, 1.0)
        lamp.positional = False
        self._plotter.add_light(lamp)
        view = self._plotter.camera
        view.position, view.focal_point = tuple(place), tuple(place + axes[2])
        view.up = tuple(axes[1])
        f = camera.focal_px(stature_m)
        view.view_angle = float(np.degrees(2 * np.arctan(camera.height_px / 2 / f)))
        view.SetWindowCenter(-2 * camera.offset[0], 2 * camera.offset[1])
        view.clipping_range = (0.3, 20.0)

    def draw(
        self, vertices: Array, bar: Array, worn: Sequence[Array] = ()
    ) -> tuple[Picture, NDArray[np.float32]]:
        """Draw one frame.

        Parameters
        ----------
        vertices : ndarray, shape (v, 3)
            The lifter's outer surface, metres.
        bar : ndarray, shape (3,)
            Centre of the bar; ignored without one.
        worn : sequence of ndarray, shape (k, 3)
            Points of each worn thing, in the order in which they were given.

        Returns
        -------
        picture : ndarray of uint8, shape (h, w, 3)
            Red, green, blue, on black.
        cover : ndarray of float32, shape (h, w)
            Share of each pixel covered, 0 to 1.
        """
        self._lifter.points = vertices.astype(np.float32)
        for mesh, at in self._bar:
            mesh.points = (at + bar).astype(np.float32)
        for mesh, at in zip(self._worn, worn, strict=True):
            mesh.points = at.astype(np.float32)
        self._plotter.render()
        drawn = self._plotter.screenshot(transparent_background=True, return_img=True)
        size = (self._camera.width_px, self._camera.height_px)
        picture = cv2.resize(drawn, size, interpolation=cv2.INTER_AREA)
        return picture[..., :3], picture[..., 3].astype(np.float32) / 255.0

    def close(self) -> None:
        """Free the window."""
        self._plotter.close()


def _pyvista() -> Any:
    try:
        import pyvista
        from vtkmodules.vtkCommonCore import vtkLogger
    except ImportError as missing:
        raise MissingExtraError("Rendering phantoms", "phantom") from missing
    # It warns of a missing display before it draws without one, which is what is wanted here.
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_ERROR)
    return pyvista
