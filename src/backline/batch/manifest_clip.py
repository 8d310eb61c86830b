"""Clip: one line of a manifest, and the key that its result is kept under."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace

STATED = (
    "lifter", "lift", "load_kg", "body_mass_kg", "height_cm", "sex", "experience", "cue",
    "session", "standing", "side",
)  # fmt: skip
"""What a manifest may say about a clip, apart from its address."""

KEY_DIGITS = 32
"""Hexadecimal digits of a key: 128 bits, so that a million clips do not collide."""


@dataclass(frozen=True)
class ManifestClip:
    """One clip, and what is known about it.

    Parameters
    ----------
    source : str
        Any address that fsspec opens: a path, ``s3://bucket/lift.mp4``.
    lifter, sex, experience, cue, session : str or None
        In the manifest's own words.
    lift : {"auto", "squat", "deadlift"}
        Detected where ``"auto"``.
    load_kg, body_mass_kg, height_cm : float or None
        Bar, lifter's mass and stature.
    standing : str or None
        The standing reference: another recording's address, or START:END in seconds.
    side : {"auto", "left", "right"}
        The side that faces the camera.
    sha256 : str
        Hash of the content; ``""`` before it was read.
    standing_sha256 : str
        Hash of the recording of the standing reference; ``""`` where there is none.
    """

    source: str
    lifter: str | None = None
    lift: str = "auto"
    load_kg: float | None = None
    body_mass_kg: float | None = None
    height_cm: float | None = None
    sex: str | None = None
    experience: str | None = None
    cue: str | None = None
    session: str | None = None
    standing: str | None = None
    side: str = "auto"
    sha256: str = ""
    standing_sha256: str = ""

    def stated(self) -> dict[str, object]:
        """Return what the manifest says about the clip, without its address."""
        return {name: getattr(self, name) for name in STATED}

    def key(self, recipe: str) -> str:
        """Return a hash of everything that the result depends on.

        Parameters
        ----------
        recipe : str
            Settings, engine and version; see :func:`backline.batch.clip_task.recipe`.

        Returns
        -------
        str
            Hash of content, statements and recipe: another key means another result. A clip
            that cannot be read is known by its address.
        """
        known = asdict(replace(self, source="" if self.sha256 else self.source))
        text = json.dumps([known, recipe], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:KEY_DIGITS]
