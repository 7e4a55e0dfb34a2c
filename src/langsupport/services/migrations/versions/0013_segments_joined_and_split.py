"""Segments that people join and split.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ACT = "act IN ('confirm', 'propagate', 'revise', 'send-back', 'reopen', 'dismiss', 'comment', 'split', 'join')"


def upgrade() -> None:
    op.add_column("review_segments", sa.Column("place", sa.Integer(), server_default="0", nullable=False))
    op.add_column("review_segments", sa.Column("part", sa.Integer(), server_default="0", nullable=False))
    op.add_column("review_segments", sa.Column("joined_into", sa.Integer(), nullable=True))
    op.execute("UPDATE review_segments SET place = number")
    op.create_index("ix_review_segments_place", "review_segments", ["review_id", "place", "part"], unique=False)
    op.create_table(
        "review_cuts",
        sa.Column("review_id", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Text(), nullable=False),
        sa.Column("unit_key", sa.String(length=64), nullable=False),
        sa.Column("cuts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_review_cuts_review_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("review_id", "unit_id", name=op.f("pk_review_cuts")),
    )
    name = op.f("ck_segment_versions_act")
    with op.batch_alter_table("segment_versions") as table:
        table.drop_constraint(name, type_="check")
        table.create_check_constraint(name, ACT)
