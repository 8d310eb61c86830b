"""Fusion: angles from stickers or keypoints in place of the network's where they are visible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from backline.formats.frames import Clip
from backline.model.measurement import SecondEstimate
from backline.model.posture import Posture
from backline.settings import Settings
from backline.sources.fiducials.angles import BackAngles
from backline.sources.fiducials.fusion import StickerZero, come_loose, fuse_stickers, zero_of
from backline.sources.video.clip_observations import ClipObservations
from backline.sources.video.frame_pass import FrameWatcher
from backline.sources.video.quality.gating import FrameJudgement
from backline.texts import say


@dataclass(frozen=True)
class AngleProvider:
    """A source of low-back angles other than the network.

    Parameters
    ----------
    name : str
        In words, with a capital, plural: ``"Stickers"``.
    read : callable
        Returns the angles at the clip's own frames; None where the clip shows none.
    watcher : callable, optional
        Returns what is called with every frame while the clip is processed, where that is wanted.
    """

    name: str
    read: Callable[[Clip, ClipObservations], BackAngles | None]
    watcher: Callable[[Clip], FrameWatcher | None] = lambda _: None


@dataclass(frozen=True)
class FusedAngles:
    """A clip's measurement after fusion with a provider's angles, where there is a provider.

    Parameters
    ----------
    posture : Posture
        The angles.
    judged : FrameJudgement
        What can be measured.
    second_estimate : SecondEstimate or None
        The network's estimate for the same frames.
    notes : tuple of str
        Sentences for the report.
    record : dict
        Entries for the result's settings.
    """

    posture: Posture
    judged: FrameJudgement
    second_estimate: SecondEstimate | None
    notes: tuple[str, ...]
    record: dict[str, float | str]


def fuse(
    posture: Posture,
    judged: FrameJudgement,
    observations: ClipObservations,
    name: str,
    angles: BackAngles | None,
    zero: StickerZero | None,
    settings: Settings,
) -> FusedAngles:
    """Use a provider's angles where it has any; explain where it has none.

    Parameters
    ----------
    posture, judged
        From the network.
    observations : ClipObservations
        The clip's observations.
    name : str
        The provider's name.
    angles : BackAngles or None
        The provider's angles; None leaves the measurement unchanged.
    zero : StickerZero or None
        The standing reference's angles from another clip; None takes them from this one.
    settings : Settings
        For the cut-off.
    """
    if angles is None:
        return FusedAngles(posture, judged, None, (), {})
    zero = zero or zero_of(angles, posture.reference.frames(posture.time_s) & observations.found)
    if not zero.known:
        return FusedAngles(posture, judged, None, (say("note.stickers_no_zero", name=name),), {})
    carried, second_estimate = fuse_stickers(posture, angles, zero, judged.yaw_deg, settings)
    # Angles that are measured on the skin need no outline to support them.
    carried = replace(carried, back_bulge=np.full(len(carried), np.nan))
    notes = (
        say("note.stickers_carry", name=name),
        *((say("note.sticker_loose"),) if come_loose(angles, zero) else ()),
    )
    return FusedAngles(
        posture=carried,
        judged=replace(judged, measurable=carried.measurable, reason=carried.reason),
        second_estimate=second_estimate,
        notes=notes,
        record=_record(name, angles, second_estimate, carried),
    )


def _record(
    name: str, angles: BackAngles, second_estimate: SecondEstimate, posture: Posture
) -> dict[str, float | str]:
    apart = (second_estimate.lumbar_flexion_deg - posture.lumbar_flexion_deg)[
        second_estimate.compared
    ]
    apart = apart[np.isfinite(apart)]
    done: dict[str, float | str] = {
        "low_back_from": f"{name.lower()}, seen in {angles.visible.mean():.0%} of the frames",
        "sd_source": angles.spread.source,
    }
    if len(apart):
        done[f"{second_estimate.name}_less_this_deg"] = (
            f"bias {apart.mean():+.1f}, RMSE {np.sqrt(np.mean(apart**2)):.1f}, {len(apart)} frames"
        )
    return done
