"""Third schema: adds drills: tuck range, and how well its middle was held."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "drill",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "lifter_id", sa.Integer, sa.ForeignKey("lifter.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("done_at", sa.DateTime, nullable=False),
        sa.Column("backline_version", sa.String(40), nullable=False),
        sa.Column("posterior_deg", sa.Float, nullable=False),
        sa.Column("anterior_deg", sa.Float, nullable=False),
        sa.Column("band_deg", sa.Float, nullable=False),
        sa.Column("score", sa.Integer),
        sa.Column("holds", sa.JSON, nullable=False),
    )
    op.create_index("ix_drill_lifter_id", "drill", ["lifter_id"])
