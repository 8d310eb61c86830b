"""Cases: the list of clips to render, reproducible from a seed.

Bodies, rooms and motions come from seeds that training never uses (training draws from
``[seed, scene]``, validation from ``[9001, seed, case, stream]``). The order is
stratified: every 20 cases hold every event, resolution and compression, so that a run that is
cut short is balanced all the same.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np

from backline.errors import UsageError
from backline.phantom.clip import Scene
from backline.phantom.equipment import Plates
from backline.phantom.kinematics import Anatomy, BarPlace
from backline.phantom.plan import LiftPlan, RepPlan
from backline.phantom.random_clip import LiftKind, Wishes, draw_scene
from backline.phantom.wardrobe import Fit

Group = Literal["fair", "outside"]
Event = Literal[
    "clean", "deep", "thoracic", "neck", "bottom", "top", "top 5", "ascent", "over", "drift"
]

#: First number of every seed of validation; training's seeds are small and of two numbers.
FAMILY = 9001
#: Picture heights of the clips, pixels.
HEIGHTS_PX = (360, 480, 640, 720, 960)
#: x264's constant rate factor: fine, and as harsh as messengers make it.
CRF_FINE, CRF_HARSH = 20, 34
#: Quality of the intra-frame compression of one clip in five.
JPEG_LOW = 30
#: Largest camera yaw of the fair conditions, and that of the outside ones, degrees.
FAIR_YAW_DEG, OUTSIDE_YAW_DEG = 15.0, 25.0
SQUAT_BARS: tuple[BarPlace, ...] = ("high_bar", "low_bar", "front", "goblet", "none")
STANDING_S, AFTER_S = 1.5, 0.4
"""Standing before the first rep and after the last, seconds."""
DRIFT_REPS = 4
"""Reps of a clip with drift, as many as a drift needs (`Settings.drift_least_reps`)."""


@dataclass(frozen=True)
class Case:
    """One clip to be rendered.

    Parameters
    ----------
    index : int
        Place in the list, from 0.
    seed : int
        The user's seed; with the index it fixes body, room, light and tempo.
    group : {"fair", "outside"}
        Whether the conditions are those that the figures are promised for.
    condition : str
        ``"side-on"``, ``"yaw 25"``, ``"loose shirt"`` or ``"450 mm plates"``.
    event : str
        What is planted.
    lift : {"squat", "deadlift"}
        The lift.
    reps : int
        Number of reps.
    size_deg : float
        Size of what is planted, degrees; for drift, what each rep adds.
    bar, plates, fit, yaw_deg, height_px, shake_px, anatomy
        As in `backline.phantom.random_clip.Wishes`.
    rate_hz : float
        Frames a second.
    crf, jpeg_quality : int
        Compression of the file and, before it, of each frame (100 = none).
    """

    index: int
    seed: int
    group: Group
    condition: str
    event: Event
    lift: LiftKind
    reps: int
    size_deg: float
    bar: BarPlace
    plates: Plates
    fit: Fit
    yaw_deg: float
    height_px: int
    rate_hz: float
    crf: int
    jpeg_quality: int
    shake_px: float
    anatomy: Anatomy = 2

    @property
    def name(self) -> str:
        """Folder name: seed and index."""
        return f"{self.seed}_{self.index:04d}"

    @property
    def compression(self) -> str:
        """The compression in a few words, for tables."""
        if self.jpeg_quality < 100:
            return f"JPEG {self.jpeg_quality}, then H.264 crf {self.crf}"
        return f"H.264 crf {self.crf}"

    def tags(self) -> dict[str, Any]:
        """Return what tables are sorted by, one flat dictionary."""
        return asdict(self) | {"case": self.index, "compression": self.compression}

    def rng(self, stream: int) -> np.random.Generator:
        """Return one of the case's own streams of random numbers."""
        return np.random.default_rng([FAMILY, self.seed, self.index, stream])


@dataclass(frozen=True)
class _Slot:
    """What one place of every block of 20 cases holds."""

    event: Event
    lift: LiftKind = "squat"
    condition: str = "side-on"


_PATTERN: tuple[_Slot, ...] = (
    _Slot("clean"),
    _Slot("top"),
    _Slot("bottom"),
    _Slot("deep"),
    _Slot("clean", condition="yaw 25"),
    _Slot("top", "deadlift"),
    _Slot("bottom"),
    _Slot("thoracic"),
    _Slot("bottom", condition="loose shirt"),
    _Slot("clean", "deadlift"),
    _Slot("top"),
    _Slot("bottom", "deadlift"),
    _Slot("bottom", condition="450 mm plates"),
    _Slot("top 5"),
    _Slot("deep"),
    _Slot("ascent"),
    _Slot("top", "deadlift", "yaw 25"),
    _Slot("neck"),
    _Slot("over"),
    _Slot("drift"),
)
BLOCK = len(_PATTERN)
#: On odd blocks these places hold something else, so that rare cases cost little.
_ODD_BLOCKS: dict[int, _Slot] = {
    4: _Slot("bottom", condition="yaw 25"),
    8: _Slot("top", condition="loose shirt"),
    12: _Slot("clean", condition="450 mm plates"),
    15: _Slot("ascent", "deadlift"),
    16: _Slot("clean", "deadlift", "loose shirt"),
    18: _Slot("over", "deadlift"),
    19: _Slot("thoracic", "deadlift"),
}
_SIZES: dict[Event, tuple[float, float]] = {
    "clean": (0.0, 0.0),
    "deep": (0.0, 0.0),
    "thoracic": (18.0, 18.0),
    "neck": (30.0, 30.0),
    "bottom": (12.0, 20.0),
    "top": (8.0, 9.0),
    "top 5": (5.0, 5.0),
    "ascent": (8.0, 8.0),
    "over": (-8.0, -8.0),
    "drift": (4.0, 4.0),
}


def case_list(count: int, seed: int = 0, anatomy: Anatomy = 2) -> list[Case]:
    """Return the first ``count`` cases of a seed.

    Parameters
    ----------
    count : int
        How many, 1 or more.
    seed : int
        0 or more; another seed gives other bodies.
    anatomy : {1, 2}
        Where the low back bends, see `backline.phantom.kinematics.Stance`.

    Raises
    ------
    UsageError
        If the count is below 1 or the seed negative.
    """
    if count < 1 or seed < 0:
        raise UsageError(
            f"Validation was asked for {count} clips of seed {seed}: give 1 clip or more, and a "
            "seed of 0 or more."
        )
    blocks = -(-count // BLOCK)
    cases = [case for block in range(blocks) for case in _block(block, seed)][:count]
    return [replace(case, anatomy=anatomy) for case in cases]


def _block(block: int, seed: int) -> list[Case]:
    """Return 20 cases, in which each resolution and compression comes equally often."""
    rng = np.random.default_rng([FAMILY, seed, block, 2**31])

    def deck(values: tuple[Any, ...]) -> list[Any]:
        cards = [values[i % len(values)] for i in range(BLOCK)]
        return [cards[i] for i in rng.permutation(BLOCK)]

    decks = {
        "height_px": deck(HEIGHTS_PX),
        "crf": deck((CRF_FINE, CRF_HARSH)),
        "jpeg_quality": deck((100, 100, 100, 100, JPEG_LOW)),
        "rate_hz": deck((15.0, 15.0, 15.0, 15.0, 30.0)),
        "shake_px": deck((0.0, 0.0, 0.0, 1.0)),
        "bar": deck(SQUAT_BARS),
        "fit": deck(("tight", "normal")),
        "reps": deck((1, 1, 2)),
    }
    cases = []
    for place in range(BLOCK):
        slot = _ODD_BLOCKS.get(place, _PATTERN[place]) if block % 2 else _PATTERN[place]
        drawn = {name: cards[place] for name, cards in decks.items()}
        cases.append(_case(slot, block * BLOCK + place, seed, drawn))
    return cases


def _case(slot: _Slot, index: int, seed: int, drawn: dict[str, Any]) -> Case:
    rng = np.random.default_rng([FAMILY, seed, index, 0])
    yaw = float(rng.uniform(-FAIR_YAW_DEG, FAIR_YAW_DEG))
    small = bool(rng.random() < 0.5)
    size = float(rng.uniform(*_SIZES[slot.event]))
    pull = slot.lift == "deadlift"
    if pull:
        drawn["bar"] = "hands"
    if slot.event == "drift":
        drawn["reps"], drawn["rate_hz"] = DRIFT_REPS, 15.0
    elif drawn["rate_hz"] > 15.0:
        drawn["reps"] = 1
    loaded = drawn["bar"] not in ("goblet", "none")
    plates: Plates = "450" if pull else "small" if small and loaded else "none"
    case = Case(
        index=index, seed=seed, group="fair", condition=slot.condition, event=slot.event,
        lift=slot.lift, size_deg=size, plates=plates, yaw_deg=yaw, **drawn,
    )  # fmt: skip
    return _outside(case, small)


def _outside(case: Case, back_squat: bool) -> Case:
    """Give a case the trouble that its condition names."""
    if case.condition == "yaw 25":
        yaw = OUTSIDE_YAW_DEG if case.yaw_deg > 0 else -OUTSIDE_YAW_DEG
        return replace(case, group="outside", yaw_deg=yaw)
    if case.condition == "loose shirt":
        return replace(case, group="outside", fit="loose")
    if case.condition == "450 mm plates":
        bar: BarPlace = "high_bar" if back_squat else "low_bar"
        return replace(case, group="outside", plates="450", bar=bar)
    return case


def scene_of(case: Case) -> Scene:
    """Return who lifts, where, and how it is filmed."""
    wishes = Wishes(
        case.lift, case.bar, case.plates, case.fit, case.yaw_deg, case.height_px, case.shake_px,
        anatomy=case.anatomy,
    )  # fmt: skip
    rng = case.rng(1)
    scene = draw_scene(wishes, rng, int(rng.integers(0, 2**31)))
    return replace(scene, recording=replace(scene.recording, jpeg_quality=case.jpeg_quality))


def plan_of(case: Case) -> LiftPlan:
    """Return what the lifter does. Tempo is brisk: rendering costs a tenth of a second a frame."""
    rng = case.rng(2)
    pull = case.lift == "deadlift"
    deep = case.event in ("deep", "bottom", "drift")
    knee = rng.uniform(60, 95) if pull else rng.uniform(115, 128) if deep else rng.uniform(95, 125)
    base = RepPlan(
        knee_deg=float(knee),
        shank_ratio=float(rng.uniform(0.05, 0.13) if pull else rng.uniform(0.2, 0.33)),
        descent_s=float(rng.uniform(1.0, 1.4)),
        bottom_s=float(rng.uniform(0.15, 0.4)),
        ascent_s=float(rng.uniform(0.9, 1.3)),
        lockout_s=float(rng.uniform(0.9, 1.2)),
        # A clean back is not a rigid one: most arch a little in the descent (Walsh 2007).
        coupled_deg=float(rng.uniform(-5.0, 2.0)) if case.event == "clean" else 0.0,
    )
    reps = tuple(_planted(base, case, number) for number in range(1, case.reps + 1))
    return LiftPlan(reps, STANDING_S, AFTER_S, case.rate_hz, seed=int(rng.integers(0, 2**31)))


def _planted(base: RepPlan, case: Case, number: int) -> RepPlan:
    """Plant the case's event in one rep."""
    if case.event == "drift":
        return replace(base, bottom_deg=case.size_deg * (number - 1))
    fields: dict[Event, str] = {
        "bottom": "bottom_deg", "top": "top_deg", "top 5": "top_deg", "over": "top_deg",
        "ascent": "ascent_deg", "thoracic": "thoracic_deg", "neck": "neck_deg",
    }  # fmt: skip
    name = fields.get(case.event)
    return replace(base, **{name: case.size_deg}) if name else base
