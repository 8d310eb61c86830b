"""Second schema: adds each set's totals by phase, computed from the existing rows."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_COLUMNS = ("lifter_id", "place", "session_id", "reps", "rounded", "sum_deg", "max_deg")
_FILL = """
INSERT INTO set_place
    (lift_set_id, lifter_id, session_id, place, reps, rounded, sum_deg, max_deg)
SELECT s.id, s.lifter_id, s.session_id, p.place, COUNT(*),
       SUM(CASE WHEN p.rounded THEN 1 ELSE 0 END), SUM(p.size_deg), MAX(p.size_deg)
FROM rep_place p
JOIN rep r ON r.id = p.rep_id
JOIN measurement m ON m.id = r.measurement_id
JOIN lift_set s ON s.id = m.lift_set_id
WHERE m.latest
GROUP BY s.id, s.lifter_id, s.session_id, p.place
"""


def upgrade() -> None:
    """Make the table, and fill it."""
    op.create_table(
        "set_place",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "lift_set_id",
            sa.Integer,
            sa.ForeignKey("lift_set.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("lifter_id", sa.Integer, nullable=False),
        sa.Column("session_id", sa.Integer, nullable=False),
        sa.Column("place", sa.String(10), nullable=False),
        sa.Column("reps", sa.Integer, nullable=False),
        sa.Column("rounded", sa.Integer, nullable=False),
        sa.Column("sum_deg", sa.Float, nullable=False),
        sa.Column("max_deg", sa.Float, nullable=False),
    )
    op.create_index("ix_set_place_lift_set_id", "set_place", ["lift_set_id"])
    op.create_index("ix_set_place_totals", "set_place", _COLUMNS)
    op.execute(_FILL)
