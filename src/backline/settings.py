"""All thresholds in one object, each with its source."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Thresholds of the measurement rules (environment prefix ``BACKLINE_``).

    Every field's description names its unit and its source. An unknown name is an error.
    """

    model_config = SettingsConfigDict(env_prefix="BACKLINE_", extra="forbid", frozen=True)

    report_from_deg: float = Field(
        5.0,
        description="A size counts as a finding from here, degrees. Judgement from within-set "
        "smallest real differences of 4 to 8 degrees (Aasa 2019; literature.md section 3).",
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
        0.5, description="Shortest stretch of quiet standing that is taken as own standing, s."
    )
