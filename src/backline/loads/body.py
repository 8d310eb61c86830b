"""The lifter's segments above L5/S1: masses and centres of mass.

Everything is scaled from body mass and height. Two published tables can be chosen, and a third
(Dumas) for motion-capture markers:

* ``de_leva``: de Leva 1996 (J Biomech 29:1223), segments above the omphalion;
* ``winter``: Dempster as edited by Winter 2009, segments above L4/L5;
* ``dumas``: Dumas, Cheze and Verriest 2007 (J Biomech 40:543), torso above L5/S1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from backline.errors import UsageError
from backline.model.trial import BODY_MASS_KG, HEIGHT_CM, Sex

TableName = Literal["de_leva", "winter", "dumas"]

GRAVITY = 9.81
"""Standard gravity, m/s2."""
USUAL_HEIGHT_CM = 174.0
"""Height assumed where none is given, cm: mean of the men and women of de Leva 1996."""


@dataclass(frozen=True)
class Table:
    """Body segment parameters above L5/S1, as fractions.

    Parameters
    ----------
    source : str
        Where they are published.
    trunk_mass, head_mass, upper_arm_mass, forearm_mass, hand_mass : float
        Fractions of body mass; each arm part is that of ONE side.
    trunk_com : float
        Place of the trunk's centre of mass on the line from L5/S1 (0) to C7/T1 (1).
    """

    source: str
    trunk_mass: float
    trunk_com: float
    head_mass: float
    upper_arm_mass: float
    forearm_mass: float
    hand_mass: float

    @property
    def arms_mass(self) -> float:
        """Both arms as a fraction of body mass."""
        return 2 * (self.upper_arm_mass + self.forearm_mass + self.hand_mass)


# Where a trunk is published in two parts, its centre of mass is their mean weighted by mass.
# de Leva: upper trunk from cervicale to xiphion (men 242.1 mm, centre at 50.66 %), middle trunk
# to omphalion (215.5 mm, 45.02 %), together 232 mm below cervicale; women 228.0 mm (50.50 %) and
# 205.3 mm (45.12 %), together 215 mm; L5/S1 lies 469 and 462 mm below (TRUNK_LENGTH).
# Winter: thorax centre 18 % and abdomen centre 56 % of their lengths above their lower ends,
# the abdomen making LUMBAR_SHARE of the length.
_WINTER = Table("Dempster, in Winter 2009", 0.355, 0.390, 0.081, 0.028, 0.016, 0.006)
TABLES: dict[TableName, dict[Sex, Table]] = {
    "de_leva": {
        "male": Table("de Leva 1996, men", 0.3229, 0.505, 0.0694, 0.0271, 0.0162, 0.0061),
        "female": Table("de Leva 1996, women", 0.3010, 0.534, 0.0668, 0.0255, 0.0138, 0.0056),
    },
    "winter": {"male": _WINTER, "female": _WINTER},
    "dumas": {
        "male": Table("Dumas et al. 2007, men", 0.333, 0.580, 0.067, 0.024, 0.017, 0.006),
        "female": Table("Dumas et al. 2007, women", 0.304, 0.564, 0.067, 0.022, 0.013, 0.005),
    },
}

TRUNK_LENGTH: dict[Sex, float] = {"male": 0.477 / 1.77, "female": 0.429 / 1.61}
"""L5/S1 to C7/T1 in statures (Dumas et al. 2007: 477 mm of 1.77 m, 429 mm of 1.61 m)."""
HEAD_ABOVE: dict[Sex, float] = {"male": 0.536 * 0.277 / 1.77, "female": 0.575 * 0.253 / 1.61}
"""Head's centre of mass above C7/T1 in statures (Dumas et al. 2007)."""
SHOULDER_UP = 0.23
"""Shoulder joint above L5/S1 in statures (Winter 2009: shoulder 0.818, hip 0.530; L5/S1 is
0.06 above the hip)."""
LEG_LENGTH = 0.491
"""Hip above ankle in statures (Winter 2009: 0.530 less 0.039)."""
LUMBAR_SHARE = 0.39
"""Part of the line from L5/S1 to C7/T1 that is lumbar: 18 of 46 cm (textbook lengths)."""


@dataclass(frozen=True)
class Body:
    """One lifter, scaled.

    Parameters
    ----------
    mass_kg, height_m : float
        Of the lifter.
    sex : {"male", "female"} or None
        None takes the mean of both.
    table : {"de_leva", "winter", "dumas"}
        Which body segment parameters.

    Raises
    ------
    UsageError
        If mass or height are impossible, or the table is not known.
    """

    mass_kg: float
    height_m: float
    sex: Sex | None = None
    table: TableName = "de_leva"

    def __post_init__(self) -> None:
        BODY_MASS_KG.check(self.mass_kg)
        HEIGHT_CM.check(self.height_m * 100)
        if self.table not in TABLES:
            raise UsageError(
                f"The segment table is '{self.table}', expected one of {', '.join(TABLES)}."
            )
        if self.sex not in (None, "male", "female"):
            raise UsageError(f"The sex is '{self.sex}', expected male, female or nothing.")

    def _mean(self, male: float, female: float) -> float:
        if self.sex is None:
            return (male + female) / 2
        return male if self.sex == "male" else female

    def _of_table(self, name: str) -> float:
        both = TABLES[self.table]
        return self._mean(getattr(both["male"], name), getattr(both["female"], name))

    @property
    def trunk_kg(self) -> float:
        """Mass of the trunk above L5/S1."""
        return self._of_table("trunk_mass") * self.mass_kg

    @property
    def head_kg(self) -> float:
        """Mass of head and neck."""
        return self._of_table("head_mass") * self.mass_kg

    @property
    def arms_kg(self) -> float:
        """Mass of both arms."""
        return self._of_table("arms_mass") * self.mass_kg

    @property
    def arm_parts_kg(self) -> tuple[float, float, float]:
        """Masses of one upper arm, forearm and hand."""
        parts = ("upper_arm_mass", "forearm_mass", "hand_mass")
        upper, fore, hand = (self._of_table(part) * self.mass_kg for part in parts)
        return upper, fore, hand

    @property
    def trunk_com(self) -> float:
        """Place of the trunk's centre of mass, 0 at L5/S1 to 1 at C7/T1."""
        return self._of_table("trunk_com")

    @property
    def trunk_m(self) -> float:
        """Length from L5/S1 to C7/T1."""
        return self._mean(TRUNK_LENGTH["male"], TRUNK_LENGTH["female"]) * self.height_m

    @property
    def head_above_m(self) -> float:
        """Head's centre of mass above C7/T1."""
        return self._mean(HEAD_ABOVE["male"], HEAD_ABOVE["female"]) * self.height_m

    @property
    def shoulder_m(self) -> float:
        """Shoulder joint above L5/S1."""
        return SHOULDER_UP * self.height_m

    @property
    def leg_m(self) -> float:
        """Hip above ankle."""
        return LEG_LENGTH * self.height_m
