"""Delimited text: from bytes to rows of cells, whatever the encoding and the separator."""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from socio.errors import Fault, TableError, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from socio.errors import Words
    from socio.intake.cells import Cell

SEPARATORS: Final = (";", ",", "\t")
MOST_ROWS: Final = 20_000
"""More rows than this is no table of schools; the whole country has some 4 700."""

KINDS: Final = (
    (re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8|BM.{4}\0\0\0\0|RIFF|II\*\0|MM\0\*", re.DOTALL), words("it is a picture")),
    (re.compile(rb"%PDF"), words("it is a PDF")),
    (re.compile(rb"\xd0\xcf\x11\xe0"), words("it is a workbook in the old format .xls, or locked with a password")),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*<", re.IGNORECASE), words("it is a web page or XML, whatever its name says")),
    (re.compile(rb"\x1f\x8b|7z\xbc\xaf|Rar!"), words("it is a compressed archive")),
)


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a file, row by row as a spreadsheet shows them.

    Attributes
    ----------
    rows
        Row 1 is the first.
    encoding, separator
        How the text was read; empty for a spreadsheet.
    sheet
        The sheet's name; empty for text.
    """

    rows: Sequence[Sequence[Cell]]
    encoding: str = ""
    separator: str = ""
    sheet: str = ""


def unreadable(wrong: Words) -> TableError:
    """Say that the file as a whole is no table."""
    allowed = words("save it as CSV (UTF-8), or as .xlsx or .ods with one sheet")
    return TableError([Fault(wrong=wrong, allowed=allowed)])


def decoded(content: bytes) -> tuple[str, str]:
    """Turn bytes into text.

    Parameters
    ----------
    content : bytes
        The file.

    Returns
    -------
    tuple of str
        The text, and the name of its encoding.

    Raises
    ------
    TableError
        The file is empty, a picture, noise, or in another encoding.
    """
    if not content.strip(b"\0 \t\r\n"):
        raise TableError(
            [Fault(wrong=words("the file is empty"), allowed=words("it needs a header and a row for each school"))]
        )
    for signature, wrong in KINDS:
        if signature.match(content):
            raise unreadable(wrong)
    try:
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return content.decode("utf-16"), "UTF-16"
        if b"\0" in content:
            raise unreadable(words("it is not text"))
        if content.startswith(codecs.BOM_UTF8):
            return content.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        raise unreadable(words("it is not text")) from None
    for encoding, name in (("utf-8", "UTF-8"), ("cp1252", "Windows-1252")):
        try:
            return content.decode(encoding), name
        except UnicodeDecodeError:
            continue
    raise unreadable(words("it is not text"))


def split(written: str, separator: str) -> list[list[str]]:
    """Split text into rows and cells.

    Parameters
    ----------
    written : str
        The whole file.
    separator : str
        What stands between the cells.

    Returns
    -------
    list of list of str
        A quoted line break stays within its row, so that the rows are those a spreadsheet shows.

    Raises
    ------
    TableError
        A quote is never closed, a cell is endless, or there are far too many rows.
    """
    if written.count("\n") + written.count("\r") > 2 * MOST_ROWS:
        raise unreadable(words("it has more than {most} rows", most=MOST_ROWS))
    rows = []
    try:
        for row in csv.reader(io.StringIO(written, newline=""), delimiter=separator, strict=True):
            rows.append(row)  # noqa: PERF402 - the rows before a fault tell where it is
    except csv.Error:
        raise TableError(
            [
                Fault(
                    row=len(rows) + 1,
                    wrong=words("a quote is not closed, or a cell is endless"),
                    allowed=words("a cell in quotes ends with a quote before the next separator"),
                )
            ]
        ) from None
    return rows


def separator_of(written: str, known: frozenset[str]) -> str:
    """Tell what separates the cells, by the headings in the first row with any text.

    Parameters
    ----------
    written : str
        The whole file.
    known : frozenset of str
        Headings to look for, in lower case.

    Returns
    -------
    str
        The separator that finds the most of them, then the one that gives the most cells.
    """
    first = next((line for line in written[:100_000].splitlines() if line.strip()), "")

    def finds(separator: str) -> tuple[int, int]:
        cells = [cell.strip().strip('"').strip().lower() for cell in first.split(separator)]
        return len(known.intersection(cells)), len(cells)

    return max(SEPARATORS, key=finds)
