"""The tables of requests that are told apart by their key, and of messages to other systems."""

from __future__ import annotations

import sqlalchemy as sa

from langsupport.domain.hooks import DeliveryState, HookEvent
from langsupport.services.schema_base import Json, count_of, metadata, one_of, own_id, owner

idempotency_keys = sa.Table(
    "idempotency_keys",
    metadata,
    sa.Column("key_sha256", sa.String(64), primary_key=True),  # of the caller and the key: neither is kept
    sa.Column("run", sa.String(32), nullable=False),  # which request it is that runs, or ran
    sa.Column("until_ms", sa.BigInteger, nullable=False),  # while it runs: after that it counts as lost
    sa.Column("request_sha256", sa.String(64)),  # NULL: it runs still
    sa.Column("answer", sa.LargeBinary),  # encrypted by the key
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Index("ix_idempotency_keys_created_ms", "created_ms"),
)

webhooks = sa.Table(
    "webhooks",
    metadata,
    own_id(),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("description", sa.String(200), nullable=False),
    sa.Column("events", Json, nullable=False),  # list of HookEvents
    sa.Column("confidential", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("enabled", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("nonce", sa.String(64), nullable=False),  # what the secret is derived from, with this service's own key
    sa.Column("failing_ms", sa.BigInteger),  # since when nothing arrived
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
)

webhook_deliveries = sa.Table(
    "webhook_deliveries",
    metadata,
    own_id(),
    owner("webhook_id", "webhooks"),
    sa.Column("event", sa.String(32), nullable=False),
    sa.Column("document_id", sa.String(32)),  # no foreign key: what happened happened
    sa.Column("data", Json, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    count_of("tries"),
    sa.Column("next_ms", sa.BigInteger, nullable=False),  # not before; while it is being sent: when that began
    sa.Column("status", sa.Integer),  # of the last answer
    sa.Column("error", sa.String(200), nullable=False),
    sa.Index("ix_webhook_deliveries_webhook_id", "webhook_id", "at_ms"),
    sa.Index("ix_webhook_deliveries_state", "state", "next_ms"),
    one_of("event", HookEvent),
    one_of("state", DeliveryState),
)
"""What was, or is to be, sent: written in the transaction of what it tells."""

__all__ = ["idempotency_keys", "webhook_deliveries", "webhooks"]
