"""The tables of the record. Sizes are degrees, + rounding; times are UTC."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _owner(table: str) -> Column[int]:
    """Return a foreign key to the owning row, deleted with it."""
    key = ForeignKey(f"{table}.id", ondelete="CASCADE")
    return Column(f"{table}_id", Integer, key, nullable=False, index=True)


lifter = Table(
    "lifter",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("name_key", String(200), nullable=False, unique=True),
    Column("created_at", DateTime, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("id", Integer, primary_key=True),
    _owner("lifter"),
    Column("day", Date, nullable=False),
    UniqueConstraint("lifter_id", "day"),
)

lift_set = Table(
    "lift_set",
    metadata,
    Column("id", Integer, primary_key=True),
    _owner("lifter"),
    _owner("session"),
    Column("content", String(64), nullable=False),
    Column("source_path", Text, nullable=False),
    Column("original_copy", Text),
    Column("lift", String(20), nullable=False),
    Column("load_kg", Float),
    Column("cue", Text),
    Column("intended_reps", Integer),
    Column("felt", String(10)),
    Column("pain", Integer),
    Column("notes", Text),
    Column("tags", JSON, nullable=False),
    Column("created_at", DateTime, nullable=False),
    UniqueConstraint("lifter_id", "content"),
)

measurement = Table(
    "measurement",
    metadata,
    Column("id", Integer, primary_key=True),
    _owner("lift_set"),
    Column("number", Integer, nullable=False),
    Column("latest", Boolean, nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("backline_version", String(40), nullable=False),
    Column("engine", String(200), nullable=False),
    Column("verdict", String(10), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("series_file", Text, nullable=False),
    Column("document", JSON, nullable=False),
    UniqueConstraint("lift_set_id", "fingerprint"),
)

rep = Table(
    "rep",
    metadata,
    Column("id", Integer, primary_key=True),
    _owner("measurement"),
    Column("number", Integer, nullable=False),
    Column("start_s", Float, nullable=False),
    Column("end_s", Float, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("metrics", JSON, nullable=False),
)

rep_place = Table(
    "rep_place",
    metadata,
    Column("id", Integer, primary_key=True),
    _owner("rep"),
    Column("place", String(10), nullable=False),
    Column("size_deg", Float, nullable=False),
    Column("rounded", Boolean, nullable=False),
)

finding = Table(
    "finding",
    metadata,
    Column("id", Integer, primary_key=True),
    _owner("measurement"),
    Column("rep", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("place", String(10), nullable=False),
    Column("name", String(60), nullable=False),
    Column("size_deg", Float, nullable=False),
    Column("sd_deg", Float, nullable=False),
    Column("probability", Float, nullable=False),
    Column("certain", Boolean, nullable=False),
    Column("mechanism", String(40), nullable=False),
    Column("cues", JSON, nullable=False),
)

# From schema 0002 on: each set's latest numbers added up, so that a gym opens at once.
set_place = Table(
    "set_place",
    metadata,
    Column("id", Integer, primary_key=True),
    _owner("lift_set"),
    Column("lifter_id", Integer, nullable=False),
    Column("session_id", Integer, nullable=False),
    Column("place", String(10), nullable=False),
    Column("reps", Integer, nullable=False),
    Column("rounded", Integer, nullable=False),
    Column("sum_deg", Float, nullable=False),
    Column("max_deg", Float, nullable=False),
    Index(
        "ix_set_place_totals",
        "lifter_id",
        "place",
        "session_id",
        "reps",
        "rounded",
        "sum_deg",
        "max_deg",
    ),
)

# From schema 0003 on: the guided drill of `backline.live`.
drill = Table(
    "drill",
    metadata,
    Column("id", Integer, primary_key=True),
    _owner("lifter"),
    Column("done_at", DateTime, nullable=False),
    Column("backline_version", String(40), nullable=False),
    Column("posterior_deg", Float, nullable=False),
    Column("anterior_deg", Float, nullable=False),
    Column("band_deg", Float, nullable=False),
    Column("score", Integer),
    Column("holds", JSON, nullable=False),
)

TABLES = (lifter, session, lift_set, measurement, rep, rep_place, finding, set_place, drill)
"""All tables, owners first."""
