"""The tables of the store."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, Integer, LargeBinary, MetaData, String, Table

METADATA = MetaData()

DATASETS = Table(
    "datasets",
    METADATA,
    Column("key", String, primary_key=True),
    Column("kind", String, CheckConstraint("kind IN ('national', 'own')"), nullable=False),
    Column("municipality", String, nullable=False),
    Column("code", String, nullable=False),
    Column("year", String, nullable=False, index=True),
    Column("file", String, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("kept_at", DateTime, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""One row a data set; ``content`` is compressed with zlib, ``kept_at`` is UTC."""

REVISIONS = Table("revisions", METADATA, Column("number", Integer, nullable=False))
"""One row: how many times what is kept has changed."""
