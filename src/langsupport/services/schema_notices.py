"""The table of what people are told."""

from __future__ import annotations

import sqlalchemy as sa

from langsupport.domain.notices import MailState, NoticeKind
from langsupport.services.schema_base import Json, count_of, metadata, one_of, owner

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    owner("person_id", "people"),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("document_id", sa.String(32), nullable=False),  # no foreign keys: told is told, and pages may be gone
    sa.Column("review_id", sa.String(32), nullable=False),
    sa.Column("task_id", sa.String(32)),
    sa.Column("number", sa.Integer),  # of the segment
    sa.Column("fields", Json, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("read_ms", sa.BigInteger),
    sa.Column("mail", sa.String(16), nullable=False),
    sa.Column("mail_ms", sa.BigInteger),  # of the last try
    count_of("tries"),
    sa.Index("ix_notices_person_id", "person_id", "id"),
    sa.Index("ix_notices_mail", "mail", "mail_ms"),
    sa.Index("ix_notices_task_id", "task_id", "kind"),
    one_of("kind", NoticeKind),
    one_of("mail", MailState),
)

__all__ = ["notices"]
