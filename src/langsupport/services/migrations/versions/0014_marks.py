"""Errors that revisers mark.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

CATEGORY = "'terminology', 'accuracy', 'linguistic', 'style', 'locale', 'audience', 'design', 'other'"
SEVERITY = "'neutral', 'minor', 'major', 'critical'"


def upgrade() -> None:
    op.create_table(
        "segment_marks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("review_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("translator_id", sa.String(length=32), nullable=True),
        sa.Column("person_id", sa.String(length=32), nullable=True),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(f"category IN ({CATEGORY})", name=op.f("ck_segment_marks_category")),
        sa.CheckConstraint(f"severity IN ({SEVERITY})", name=op.f("ck_segment_marks_severity")),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_segment_marks_review_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_marks")),
    )
    op.create_index("ix_segment_marks_number", "segment_marks", ["review_id", "number"], unique=False)
