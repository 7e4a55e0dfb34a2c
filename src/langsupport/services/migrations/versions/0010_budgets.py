"""Budgets: what words cost and what may be spent, for meetings and languages.

Revision ID: 0010
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "budget_rates",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("meeting_id", sa.String(length=32), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("post_edit", sa.BigInteger(), nullable=True),
        sa.Column("revise", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("language IN ('ar', 'zh', 'en', 'fr', 'ru', 'es')", name=op.f("ck_budget_rates_language")),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meetings.id"], name=op.f("fk_budget_rates_meeting_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_rates")),
    )
    op.create_index("ix_budget_rates_meeting_id", "budget_rates", ["meeting_id"], unique=False)
