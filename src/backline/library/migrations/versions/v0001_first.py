"""The first schema: lifters, sessions, sets, measurements, reps, findings."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _owner(table: str) -> sa.Column[int]:
    key = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(f"{table}_id", sa.Integer, key, nullable=False)


def upgrade() -> None:
    """Make the tables."""
    _lifters_and_sets()
    _measurements()
    _reps_and_findings()
    _indexes()


def _lifters_and_sets() -> None:
    op.create_table(
        "lifter",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("name_key", sa.String(200), nullable=False, unique=True),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Integer, primary_key=True),
        _owner("lifter"),
        sa.Column("day", sa.Date, nullable=False),
        sa.UniqueConstraint("lifter_id", "day", name="uq_session_lifter_id_day"),
    )
    op.create_table(
        "lift_set",
        sa.Column("id", sa.Integer, primary_key=True),
        _owner("lifter"),
        _owner("session"),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("source_path", sa.Text, nullable=False),
        sa.Column("original_copy", sa.Text),
        sa.Column("lift", sa.String(20), nullable=False),
        sa.Column("load_kg", sa.Float),
        sa.Column("cue", sa.Text),
        sa.Column("intended_reps", sa.Integer),
        sa.Column("felt", sa.String(10)),
        sa.Column("pain", sa.Integer),
        sa.Column("notes", sa.Text),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.UniqueConstraint("lifter_id", "content", name="uq_lift_set_lifter_id_content"),
    )


def _measurements() -> None:
    op.create_table(
        "measurement",
        sa.Column("id", sa.Integer, primary_key=True),
        _owner("lift_set"),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("latest", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("backline_version", sa.String(40), nullable=False),
        sa.Column("engine", sa.String(200), nullable=False),
        sa.Column("verdict", sa.String(10), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("series_file", sa.Text, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.UniqueConstraint(
            "lift_set_id", "fingerprint", name="uq_measurement_lift_set_id_fingerprint"
        ),
    )


def _reps_and_findings() -> None:
    op.create_table(
        "rep",
        sa.Column("id", sa.Integer, primary_key=True),
        _owner("measurement"),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("start_s", sa.Float, nullable=False),
        sa.Column("end_s", sa.Float, nullable=False),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.Column("metrics", sa.JSON, nullable=False),
    )
    op.create_table(
        "rep_place",
        sa.Column("id", sa.Integer, primary_key=True),
        _owner("rep"),
        sa.Column("place", sa.String(10), nullable=False),
        sa.Column("size_deg", sa.Float, nullable=False),
        sa.Column("rounded", sa.Boolean, nullable=False),
    )
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer, primary_key=True),
        _owner("measurement"),
        sa.Column("rep", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("place", sa.String(10), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("size_deg", sa.Float, nullable=False),
        sa.Column("sd_deg", sa.Float, nullable=False),
        sa.Column("probability", sa.Float, nullable=False),
        sa.Column("certain", sa.Boolean, nullable=False),
        sa.Column("mechanism", sa.String(40), nullable=False),
        sa.Column("cues", sa.JSON, nullable=False),
    )


def _indexes() -> None:
    op.create_index("ix_session_lifter_id", "session", ["lifter_id"])
    op.create_index("ix_lift_set_lifter_id", "lift_set", ["lifter_id"])
    op.create_index("ix_lift_set_session_id", "lift_set", ["session_id"])
    op.create_index("ix_measurement_lift_set_id", "measurement", ["lift_set_id"])
    op.create_index("ix_rep_measurement_id", "rep", ["measurement_id"])
    op.create_index("ix_rep_place_rep_id", "rep_place", ["rep_id"])
    op.create_index("ix_finding_measurement_id", "finding", ["measurement_id"])
