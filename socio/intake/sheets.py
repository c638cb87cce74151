"""Spreadsheets: one sheet of .xlsx, .xls or .ods, opened in a process of its own (see `socio.intake.workbook`)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from socio.errors import Fault, TableError, words
from socio.intake.cells import Broken, Cell
from socio.intake.delimited import Grid, unreadable

SIGNATURES: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
CHILD: Final = Path(__file__).with_name("workbook.py")
PATIENCE: Final = 60
"""Seconds to wait for the child, which has 20 seconds of computing."""

LETTERS: Final = 26
REFUSED: Final = {
    "large": words("the workbook is far larger than a table of schools"),
    "entities": words("the workbook defines entities of its own"),
    "locked": words("the workbook is locked with a password"),
    "other": words("it is an archive, not a workbook"),
    "document": words("it is an old Office file, but not a workbook"),
    "damaged": words("the workbook is damaged or cut off"),
}


def is_workbook(content: bytes) -> bool:
    r"""Tell by its first bytes whether a file may be a workbook.

    Examples
    --------
    >>> is_workbook(b"PK\x03\x04"), is_workbook(b"skola;kr")
    (True, False)
    """
    return content.startswith(SIGNATURES)


def read(content: bytes, sheet: str | None = None) -> Grid:
    """Read one sheet of a workbook.

    Parameters
    ----------
    content : bytes
        The file, ``.xlsx``, ``.xls`` or ``.ods``.
    sheet : str, optional
        Which; needed where several have something in them.

    Returns
    -------
    Grid
        Its cells; numbers as numbers, errors as `Broken`.

    Raises
    ------
    TableError
        The file is damaged, hostile or locked, or has several sheets.
    """
    given = _opened(content, sheet or "")
    if "refused" in given:
        raise unreadable(REFUSED[given["refused"]])
    if "rows" not in given:
        names = ", ".join(f"“{name}”" for name in given["sheets"])
        if sheet:
            wrong = words("the workbook has no sheet “{sheet}”", sheet=sheet)
            raise TableError([Fault(wrong=wrong, allowed=words("it has {sheets}", sheets=names))])
        wrong = words("the workbook has {count} sheets with something in them", count=len(given["sheets"]))
        raise TableError([Fault(wrong=wrong, allowed=words("choose one of {sheets}", sheets=names))])
    rows: list[list[Cell]] = given["rows"]
    for row, column, text in given["broken"]:
        rows.extend([] for _ in range(row + 1 - len(rows)))
        rows[row].extend("" for _ in range(column + 1 - len(rows[row])))
        rows[row][column] = Broken(text, f"{_letters(column)}{row + 1}")
    return Grid(rows, sheet=given["sheet"])


def _opened(content: bytes, sheet: str) -> dict[str, Any]:
    """Ask the child; one that dies or never answers has met a damaged or hostile file."""
    try:
        child = subprocess.run(  # noqa: S603 - our own module, the file goes in on standard input
            [sys.executable, "-P", str(CHILD), sheet], input=content, capture_output=True, timeout=PATIENCE, check=True
        )
        given: dict[str, Any] = json.loads(child.stdout)
    except (subprocess.SubprocessError, json.JSONDecodeError):
        raise unreadable(REFUSED["damaged"]) from None
    return given


def _letters(column: int) -> str:
    """Return a column's letters.

    Examples
    --------
    >>> _letters(0), _letters(27)
    ('A', 'AB')
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, LETTERS)
        letters = chr(ord("A") + rest) + letters
    return letters
