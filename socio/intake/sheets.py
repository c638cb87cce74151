"""Spreadsheets: one sheet of .xlsx or .ods, read in a process of its own."""

from __future__ import annotations

from typing import Final

from socio.errors import words
from socio.intake.delimited import Grid, unreadable

SIGNATURE: Final = b"PK\x03\x04"


def read(content: bytes, sheet: str | None) -> Grid:
    raise unreadable(words("todo"))
