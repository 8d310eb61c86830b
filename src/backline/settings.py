"""What a user may change: limits of findings, of gating and of files, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Gating(BaseModel):
    """Limits of what counts as measurable in a video (environment ``BACKLINE_GATING__NAME``).

    "Judgement" without more: chosen on rendered and real clips by looking at what it withholds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    hidden_limit: float = Field(
        0.5,
        description="The network's probability that something hides the low back, above which the "
        "frame is withheld, 0 to 1 (even odds).",
    )
    visible_share: float = Field(
        0.35,
        description="The low back is hidden where less than this share of its outline from T12 to "
        "S1 is the lifter's own back, 0 to 1: on 40 rendered clips of validation's seed 5 such "
        "frames had errors of 11 degrees, 1.6 times as large as was stated (others 3.6).",
    )
    agreeing_s: float = Field(
        0.3,
        description="A hidden back is decided by the majority of the frames within this time, s: "
        "no plate comes and goes faster (judgement).",
    )
    short_gap_s: float = Field(
        1.0,
        description="A measurable stretch shorter than this between withheld ones, one of which is "
        "hidden, is withheld too, s: a plate's rim leaves and covers the back again faster than a "
        "lifter can round it.",
    )
    hidden_gap_s: float = Field(
        3.0,
        description="A lifter who is lost for no longer than this and found again at the same "
        "place was hidden, s: a rep lasts 2 to 4 s.",
    )
    hidden_moved: float = Field(
        0.75,
        description="The same place: the hip has moved by no more than this, trunk lengths (a "
        "third of a metre; a step is 0.7 m).",
    )
    plate_near: float = Field(
        0.8,
        description="A plate is passing the hip where its middle is within this of it, trunk "
        "lengths (a plate's radius is about 0.45).",
    )
    down: float = Field(
        0.4,
        description="A lifter is down where the shoulders are this far below their highest, trunk "
        "lengths (a parallel squat lowers them by about 1).",
    )
    trunk_min_px: float = Field(
        45.0,
        description="Smallest trunk, pixels: below it one pixel of the outline is worth 3 degrees "
        "(the square root of 2, over the low back's chord of 27 pixels).",
    )
    odd_limit: float = Field(
        3.5,
        description="Distance of the body points from those trained on, above which the frame is "
        "withheld, standard deviations (judgement).",
    )
    sd_limit_deg: float = Field(
        13.0,
        description="A frame with a larger standard deviation is withheld, degrees: as wide as "
        "the smallest published mean of lumbar flexion in the squat, 12.9 (McKean 2010).",
    )
    loose_limit: float = Field(
        0.5,
        description="The network's probability of loose clothes from which they are reported, "
        "0 to 1 (even odds).",
    )
    oblique_deg: float = Field(
        20.0,
        description="Camera yaw from which it is reported and the network's own estimate of it is "
        "not trusted, degrees (above 20 a 2D angle is distorted, Schurr 2017).",
    )
    wide_yaw_deg: float = Field(
        40.0,
        description="Camera yaw beyond which the width of the shoulders says how large it is, not "
        "the network, degrees (trained to 32).",
    )
    oblique_widening: float = Field(
        1.3,
        description="Factor on every standard deviation where the camera stands oblique "
        "(judgement).",
    )
    loose_cloth_widening: float = Field(
        1.3, description="The same under loose clothes (judgement)."
    )
    camera_moving_widening: float = Field(
        1.2, description="The same where the camera moves (judgement)."
    )
    frames_apart_s: float = Field(
        0.2,
        description="Largest median time between frames, s: the phases of a lift last from 0.35.",
    )
    dark_level: float = Field(
        14.0,
        description="Mean grey level below which the picture is too dark, 0 to 255 (judgement).",
    )
    reported_share: float = Field(
        0.03,
        description="Share of frames from which a reason is reported, 0 to 1 (judgement).",
    )
    refused_below: float = Field(
        0.1,
        description="With a smaller share of measurable frames no number is given, 0 to 1 "
        "(judgement: less than one phase of a rep).",
    )
    poor_reference_deg: float = Field(
        4.0,
        description="A reference with a larger standard deviation is called poor, degrees (as "
        "wide as that of lockouts, see `backline.sources.video.reference_selection`).",
    )


GATING = Gating()
"""The limits as shipped."""


class Settings(BaseSettings):
    """Thresholds of the measurement rules (environment prefix ``BACKLINE_``).

    Every field's description names its unit and its source. An unknown name is an error.
    """

    model_config = SettingsConfigDict(
        env_prefix="BACKLINE_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    report_from_deg: float = Field(
        5.0,
        description="A size counts as a finding from here, degrees. Judgement from within-set "
        "smallest real differences of 4 to 8 degrees (Aasa 2019).",
    )
    uncertain_from_deg: float = Field(
        3.0,
        description="Sizes from here up to report_from_deg are 'uncertain', degrees "
        "(surface curvature system SD 3.6 degrees, Zemp 2014).",
    )
    report_probability: float = Field(
        0.9, description="P(size > uncertain_from_deg) that a finding needs (contract, rule 1)."
    )
    across_sessions_deg: float = Field(
        10.0,
        description="Change across sessions that counts, degrees (MDC90 10 to 15 degrees, "
        "Laird 2016).",
    )
    filter_cutoff_hz: float = Field(
        4.0,
        description="Zero-phase low-pass of the angle series, Hz (4 Hz for squats in OpenCap; "
        "a rep lasts 2 to 4 s).",
    )
    yaw_limit_deg: float = Field(
        30.0,
        description="Beyond this camera yaw nothing is measured, degrees (out-of-plane limb "
        "angle above 20 degrees distorts 2D angles, Schurr 2017).",
    )
    standing_min_s: float = Field(
        0.5, description="Shortest quiet standing that is taken as the standing reference, s."
    )
    uncertain_probability: float = Field(
        0.95,
        description="P(size > 0) that an uncertain finding needs: what cannot be "
        "distinguished from nothing is not mentioned. Judgement: the customary one-sided 5 %.",
    )
    sd_floor_deg: float = Field(
        0.5,
        description="No size is claimed with a smaller standard deviation, degrees: skin moves "
        "over bone even under perfect markers (in standing below 1 degree against X-ray, "
        "doi:10.3233/BMR-169750).",
    )
    shared_variance_share: float = Field(
        0.9,
        description="Part of a frame's variance that all frames of one posture share, so that "
        "averaging them cannot reduce it, 0 to 1. From rendered lifters (python -m "
        "benchmarks.validity): within one held posture the smoothed reading scatters by a third "
        "of its stated standard deviation.",
    )
    shared_correlation: float = Field(
        0.5,
        description="Correlation of that shared error between two postures of one rep, so how "
        "far it cancels in their difference, 0 to 1. Judgement: same body and camera, other "
        "posture (skin moves 10 mm between flexed and extended, Zemp 2014). With 0.85, which the "
        "scatter of clean reps suggests, one clean deep squat in seven gave a false butt wink.",
    )
    event_window_s: float = Field(
        0.2,
        description="A peak is the mean over this time, s: an event of half a second keeps 95 % "
        "of its height.",
    )
    lockout_window_s: float = Field(
        0.4,
        description="The lockout's size is the largest mean over this time, s: shorter than the "
        "pause at the top of touch-and-go reps.",
    )
    least_measured_share: float = Field(
        0.5,
        description="A phase with a smaller share of measurable frames is not measured, 0 to 1 "
        "(judgement: half of a phase may hold its peak).",
    )
    arch_from_deg: float = Field(
        10.0,
        description="Over-arching away from the top counts from here, degrees: people can add "
        "about 11 on purpose in standing (Levine and Whittle 1996), and loaded squats arch by "
        "some degrees as a rule (Walsh 2007).",
    )
    rounded_bulge: float = Field(
        0.025,
        description="The low back counts as rounded past flat where its outline stands out behind "
        "its chord by more than this share of the chord (0.125 is a turn of 57 degrees). Parts "
        "real lifts called rounded by eye (0.036 and more) from flat ones (0.024 and less); "
        "python -m benchmarks.real_lifts.",
    )
    kept_bulge: float = Field(
        -0.04,
        description="And as kept (hollow) where it lies before the chord by more than this share; "
        "between the two it is flattened. From the same clips.",
    )
    straight_bulge: float = Field(
        -0.02,
        description="A turn-back is called rounding only where the outline at the bottom is at "
        "least as straight as this, share of the chord: what leaves a hollow is reported as "
        "flattening (squats with a flat back lie at -0.024 and below, those with a mild wink at "
        "-0.007 and above). From the same clips.",
    )
    flat_turn_back_deg: float = Field(
        16.0,
        description="Where no outline shows whether the back is still hollow, a turn-back is "
        "certain only beyond this, degrees: flat backs of real squats turn back by 8 to 16, "
        "winking ones by 18 to 23. From the same clips.",
    )
    squat_change_limit_deg: float = Field(
        41.5,
        description="A change from the reference at a squat's bottom beyond this is unusual, "
        "degrees: mean and two standard deviations of squat lifts, 25.1 and 8.2 (von Arx 2021, "
        "lordosis, markers and model).",
    )
    deadlift_change_limit_deg: float = Field(
        56.1,
        description="The same at a deadlift's bottom, degrees: stoop lifts, 35.9 and 10.1 (von "
        "Arx 2021); trained deadlifters change by 33 on average (Bengtsson 2022).",
    )
    bulge_sd: float = Field(
        0.01,
        description="One standard deviation of these bounds from lifter to lifter (bodies, cloth, "
        "the place of hip and shoulder), share of the chord: reps of one neutral set scatter by "
        "0.007, flat backs of several lifters by 0.015.",
    )
    flattened_share: float = Field(
        0.5,
        description="The lumbar curve counts as flattened once this share of its size in own "
        "standing is gone, 0 to 1 (judgement; a pelvic tilt on purpose takes 9 degrees of "
        "about 35 to 60, Levine and Whittle 1996).",
    )
    pelvis_share_from_deg: float = Field(
        4.0,
        description="Smallest change of hip flexion that a pelvis share is worked out from, "
        "degrees (hip error of inertial sensors 4.9 degrees; section 3, row 45).",
    )
    segment_table: Literal["de_leva", "winter", "dumas"] = Field(
        "de_leva",
        description="Table of body segments for the load: de Leva 1996, Dempster in Winter 2009, "
        "or Dumas et al. 2007.",
    )
    drift_least_reps: int = Field(
        4, description="Reps that a drift needs: a line through three has one degree of freedom."
    )
    drift_confidence: float = Field(
        0.95, description="Confidence of the interval of a drift's slope, two-sided, 0 to 1."
    )
    most_picture_pixels: int = Field(
        36_000_000,
        ge=1,
        description="A video or picture with more pixels is refused before it is decoded: 8K of "
        "phones (7680 x 4320) has 33 million, and each frame that a decoder holds takes 1.5 bytes "
        "a pixel.",
    )
    least_side_px: int = Field(
        16,
        ge=1,
        description="A video with a shorter side is refused before it is decoded, pixels: one "
        "block of H.264, in which no body can be seen.",
    )
    most_frames: int = Field(
        500_000,
        ge=1,
        description="A video that states more frames is refused before it is decoded (judgement: "
        "35 minutes at 240 frames a second).",
    )
    most_reading_memory_gib: float = Field(
        1.5,
        gt=0,
        description="Files of other programs are read in a process of their own, which may take "
        "this much memory on top of eight times the file's size, GiB (judgement: a minute of "
        "markers takes a tenth of it).",
    )
    most_duration_s: float = Field(
        7200.0,
        gt=0,
        description="A video that states a greater length is refused before it is decoded, s "
        "(judgement: two hours; a set lasts minutes).",
    )
    gating: Gating = Field(GATING, description="Limits of what counts as measurable in a video.")


def recorded_bounds(recorded: Mapping[str, Any]) -> Settings:
    """Return settings with the bounds of findings that a result was made with.

    Parameters
    ----------
    recorded : mapping
        The ``settings`` of a result; bounds that it lacks are today's.
    """
    names = ("report_from_deg", "uncertain_from_deg", "report_probability")
    kept = {name: float(recorded[name]) for name in names if name in recorded}
    return Settings().model_copy(update=kept)
