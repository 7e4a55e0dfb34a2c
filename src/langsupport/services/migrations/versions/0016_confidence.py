"""How sure a machine's translation is.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("segment_translations", "review_segments"):
        op.add_column(table, sa.Column("confidence", sa.Float(), nullable=True))
