"""What is known of a trial apart from its recording: lifter, lift, load, cue; ranges of values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from backline.errors import UsageError

Lift = Literal["squat", "deadlift"]
Sex = Literal["male", "female"]
BarPlace = Literal["high_bar", "low_bar", "front", "overhead", "hands"]

LIFTS: tuple[Lift, ...] = ("squat", "deadlift")
SEXES: tuple[Sex, ...] = ("male", "female")
BAR_PLACES: tuple[BarPlace, ...] = ("high_bar", "low_bar", "front", "overhead", "hands")
SEX_WORDS: dict[str, Sex] = {
    "male": "male", "m": "male", "man": "male", "men": "male",
    "female": "female", "f": "female", "w": "female", "woman": "female", "women": "female",
}  # fmt: skip
"""How tables name a lifter's sex, in lower case."""


@dataclass(frozen=True)
class Range:
    """The range of a quantity.

    Parameters
    ----------
    low, high : float
        The smallest and the largest value allowed, both included.
    name : str
        What it is.
    unit, units : str
        Its unit as a symbol and in words.
    """

    low: float
    high: float
    name: str
    unit: str
    units: str

    def holds(self, value: float) -> bool:
        """Return whether a value is a number within the range."""
        return math.isfinite(value) and self.low <= value <= self.high

    def check(self, value: float | None, option: str = "") -> float | None:
        """Return a value, or raise `UsageError` where one that was given is impossible.

        Parameters
        ----------
        value : float or None
            None where it was not given.
        option : str
            What the message calls it; by default its name.
        """
        if value is None or self.holds(value):
            return value
        found = f"{value:g} {self.unit}" if math.isfinite(value) else "not a number"
        raise UsageError(
            f"{option or f'The {self.name}'} is {found}, expected {self.low:g} to {self.high:g} "
            f"{self.unit}: give it again in {self.units}."
        )


# Wide enough for every lifter, narrow enough to catch pounds of chalk and metres for
# centimetres: the heaviest bar ever deadlifted from the floor weighs a little over 500 kg, and
# adults of short stature stand from about 100 cm.
LOAD_KG = Range(0.0, 700.0, "load", "kg", "kilograms")
BODY_MASS_KG = Range(20.0, 350.0, "body mass", "kg", "kilograms")
HEIGHT_CM = Range(90.0, 250.0, "height", "cm", "centimetres")
RANGES = {"load_kg": LOAD_KG, "body_mass_kg": BODY_MASS_KG, "height_cm": HEIGHT_CM}
"""By the names that command line, manifest, web app and Python share."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What is known of a trial apart from its recording.

    Parameters
    ----------
    lift : {"auto", "squat", "deadlift"}
        Which lift; detected where ``"auto"``.
    load_kg, body_mass_kg, height_cm : float or None
        Bar with plates, lifter's mass and stature.
    sex : {"male", "female"} or None
        For the body's proportions; the mean of both where None.
    bar_place : {"auto", "high_bar", "low_bar", "front", "overhead", "hands"}
        Where the bar is; detected from the hands where ``"auto"``.
    lifter, cue : str or None
        Who lifts, and the cue that was given; both are stored in the result.
    """

    lift: Lift | Literal["auto"] = "auto"
    load_kg: float | None = None
    body_mass_kg: float | None = None
    height_cm: float | None = None
    sex: Sex | None = None
    bar_place: BarPlace | Literal["auto"] = "auto"
    lifter: str | None = None
    cue: str | None = None

    def check(self) -> Trial:
        """Return the trial, or raise `UsageError` where a value is impossible."""
        check_choice("lift", self.lift, ("auto", *LIFTS))
        check_choice("sex", self.sex, (None, *SEXES))
        for name, bounds in RANGES.items():
            bounds.check(getattr(self, name))
        check_choice("bar_place", self.bar_place, ("auto", *BAR_PLACES))
        return self

    def asked(self) -> dict[str, float | str | None]:
        """Return the options by the names of ``analysis.json``'s settings."""
        return {
            "lift_asked": self.lift,
            "load_kg": self.load_kg,
            "body_mass_kg": self.body_mass_kg,
            "height_cm": self.height_cm,
            "lifter": self.lifter,
        }


def check_choice(name: str, value: object, choices: tuple[str | None, ...]) -> None:
    """Raise `UsageError` if a value is none of the choices."""
    if value not in choices:
        raise UsageError(
            f"{name} is {value!r}, expected one of {', '.join(map(repr, choices))}: give it again."
        )


def sex_of(words: str | None) -> Sex | None:
    """Return a lifter's sex from a table's word; None where it is missing or unknown."""
    return SEX_WORDS.get((words or "").strip().lower())
