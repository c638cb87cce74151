"""The tables of the store."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, Integer, LargeBinary, MetaData, String, Table, Text

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
    Column("how", Text, nullable=False, server_default=""),
    Column("about", Text, nullable=False, server_default=""),
)
"""One row a data set.

``content`` is compressed with zlib, ``kept_at`` is UTC, ``how`` and ``about`` are JSON or empty.
"""

LINKS = Table(
    "links",
    METADATA,
    Column("municipality", String, primary_key=True),
    Column("before", String, primary_key=True),
    Column("after", String, primary_key=True),
    Column("links", Text, nullable=False),
)
"""One row a municipality's code and pair of läsår; ``links`` is JSON."""

REVISIONS = Table("revisions", METADATA, Column("number", Integer, nullable=False))
"""One row: how many times what is kept has changed."""
