"""The five stickers: printed pattern and place on the body of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MODULES = 6
"""Squares along a side of a printed pattern, its black rim included (4 by 4 ArUco)."""
SIZE_MM = 34.0
"""Side of the printed pattern, millimetres: 28 pixels of a lifter who fills a 1080p picture."""
QUIET_SHARE = 8.0 / SIZE_MM
"""White margin all round, by the pattern's side: 1.4 of its squares. With less than one the black
rim runs into a dark shirt in a blurred picture and is not found."""
STEM_SHARE = 5.0 / SIZE_MM
"""Distance of a fin's pattern from the skin, relative to the pattern's side: the muscles beside
the spine are higher and would hide its margin from the side."""


@dataclass(frozen=True)
class StickerPlace:
    """One sticker.

    Parameters
    ----------
    name : str
        ``"t12"``, ``"l3"``, ``"s1"``, ``"pelvis"`` or ``"femur"``.
    number : int
        Its number in ArUco's dictionary DICT_4X4_50.
    title : str
        What people call the place.
    where : str
        One sentence on how to find it.
    fin : bool
        Whether it is folded and stands out from the spine, since a camera at the side sees
        the middle of the back edge-on.
    """

    name: str
    number: int
    title: str
    where: str
    fin: bool


PLACES: tuple[StickerPlace, ...] = (
    StickerPlace("t12", 0, "T12", "On the spine, level with where the lowest rib meets it.", True),
    StickerPlace(
        "l3", 1, "L3", "On the spine, half way between T12 and S1, level with the navel.", True
    ),
    StickerPlace(
        "s1", 2, "S1", "On the flat bone between the two dimples above the buttocks.", True
    ),
    StickerPlace(
        "pelvis", 3, "Side of the pelvis",
        "On the hip bone's rim at the side, a hand's breadth above the hip joint; not on the "
        "muscle below it.", False,
    ),
    StickerPlace(
        "femur", 4, "Thigh",
        "On the outer side of the thigh, half way between hip joint and knee.", False,
    ),
)  # fmt: skip
"""In the order of every array of stickers."""

COLOURS = {"red": 0, "orange": 13, "yellow": 28, "green": 62, "blue": 110, "pink": 160}
"""Colour of three dots to its middle hue, half degrees as OpenCV counts them."""
AUTO, NONE = "auto", "none"
KINDS = (AUTO, NONE, *COLOURS)
"""What may be searched for: printed stickers, nothing, dots of a colour."""
NAMES = tuple(place.name for place in PLACES)
T12, L3, S1, PELVIS, FEMUR = range(5)


def pattern(place: StickerPlace) -> NDArray[np.bool_]:
    """Return what is printed, shape (MODULES, MODULES), True where white; row 0 on top."""
    import cv2

    made = cv2.aruco.generateImageMarker(dictionary(), place.number, MODULES)
    return np.asarray(made > 127, dtype=np.bool_)


def dictionary() -> cv2.aruco.Dictionary:  # type: ignore[name-defined]  # noqa: F821
    """Return the five patterns out of ArUco's DICT_4X4_50 as a dictionary of their own.

    With the other 45 in it, a pattern with a wrong bit is sometimes mistaken for one of them.
    """
    import cv2

    whole = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    return cv2.aruco.Dictionary(
        whole.bytesList[: len(PLACES)], whole.markerSize, whole.maxCorrectionBits
    )
