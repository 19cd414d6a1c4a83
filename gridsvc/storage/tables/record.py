"""What happened: the outbox of events, the audit chain, and long work in progress."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Identity, Index, Integer, LargeBinary, Table, Text

from gridsvc.storage.tables.columns import adcode, document, instant, key, metadata, one_of, primary

event = Table(
    "event",
    metadata,
    adcode(),
    Column("event_no", BigInteger, Identity(always=True), nullable=False),
    Column("kind", Text, nullable=False),
    document("content"),
    instant("at"),
    primary("event_no"),
    Index("ix_event_content", "content", postgresql_using="gin"),
)

audit = Table(
    "audit",
    metadata,
    adcode(),
    Column("audit_no", BigInteger, nullable=False),  # 1, 2, 3, ... without a gap within the district
    instant("at"),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    document("content"),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    primary("audit_no"),
)

job = Table(
    "job",
    metadata,
    adcode(),
    key("job_id"),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("progress_share", Float, nullable=False),
    Column("words", Text, nullable=False),
    document("request"),
    document("best", optional=True),
    document("result", optional=True),
    Column("started_by", Text, nullable=False),
    instant("created_at"),
    instant("ended_at", optional=True),
    instant("cancel_requested_at", optional=True),
    primary("job_id"),
    one_of("state", "waiting", "running", "done", "failed", "cancelled"),
    Index("ix_job_state", "adcode", "state"),
)

upload = Table(
    "upload",
    metadata,
    adcode(),
    key("upload_id"),
    Column("part", Integer, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    instant("uploaded_at"),
    primary("upload_id", "part"),
)

import_report = Table(
    "import_report",
    metadata,
    adcode(),
    key("upload_id"),
    document("document"),
    instant("made_at"),
    primary("upload_id"),
)
