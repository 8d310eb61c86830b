"""Tables of the app's own database: lifts with their jobs, and judgements of findings."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

lift = Table(
    "lift",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("lifter", String(200)),
    Column("lift", String(20), nullable=False),
    Column("load_kg", Float),
    Column("body_mass_kg", Float),
    Column("height_cm", Float),
    Column("cue", Text),
    Column("felt", String(10)),
    # Corrections: standing and span (seconds), side, lift, anyway.
    Column("changes", JSON, nullable=False),
    # The job: waiting, working, done, stopped, failed, cancelled; look, new or again.
    Column("state", String(10), nullable=False, index=True),
    Column("kind", String(10), nullable=False),
    Column("stage", String(80)),
    Column("share", Float, nullable=False),
    Column("left_s", Float),
    Column("error", Text),
    Column("queued_at", DateTime, nullable=False),
    # The numbers: 0 none yet, then one more with every re-run.
    Column("version", Integer, nullable=False),
    Column("verdict", String(10)),
    Column("headline", Text),
    Column("found_lift", String(20)),
    Column("set_id", Integer),
    Column("created_at", DateTime, nullable=False),
    Column("deleted_at", DateTime),
)

judgement = Table(
    "judgement",
    metadata,
    Column("lift_id", ForeignKey("lift.id", ondelete="CASCADE"), primary_key=True),
    Column("finding", String(80), primary_key=True),
    Column("verdict", String(10), nullable=False),
    Column("reason", Text, nullable=False),
)
