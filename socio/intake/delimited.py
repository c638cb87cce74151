"""Delimited text: from bytes to rows of cells, whatever the encoding and the separator."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from socio.errors import Fault, TableError, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from socio.errors import Words
    from socio.intake.cells import Cell

Encoding: TypeAlias = Literal["UTF-8", "UTF-16", "Windows-1252", "ISO-8859-1", "Mac Roman"]
Separator: TypeAlias = Literal[";", ",", "\t"]

SEPARATORS: Final[tuple[Separator, ...]] = ("\t", ";", ",")
"""Where the rows tell no more, the one that stands least in numbers and names comes first."""

CODECS: Final[Mapping[Encoding, str]] = MappingProxyType(
    {
        "UTF-8": "utf-8-sig",
        "UTF-16": "utf-16",
        "Windows-1252": "cp1252",
        "ISO-8859-1": "latin-1",
        "Mac Roman": "mac-roman",
    }
)
HEADERS: Final = 50
"""The header stands within so many rows."""

LONGEST_GUESSED: Final = 5_000_000
"""Characters that the separator is guessed from: more than all rows of a table of schools."""

MIXED: Final = re.compile(rb"\xc3[\x80-\xbf]")
"""A Swedish letter in UTF-8; in Windows-1252 it would be à and a sign that never stands after it."""

MOST_ROWS: Final = 20_000
MOST_CELLS: Final = 1_000_000
"""More rows than this is no table of schools; the whole country has some 4 700."""

KINDS: Final = (
    (re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8|BM.{4}\0\0\0\0|RIFF|II\*\0|MM\0\*", re.DOTALL), words("it is a picture")),
    (re.compile(rb"%PDF"), words("it is a PDF")),
    (re.compile(rb"\xd0\xcf\x11\xe0"), words("it is a workbook, not text")),
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


def decoded(content: bytes, encoding: Encoding | None = None) -> tuple[str, str]:
    """Turn bytes into text.

    Parameters
    ----------
    content : bytes
        The file.
    encoding : str, optional
        Its encoding, where the guess is wrong.

    Returns
    -------
    tuple of str
        The text, and the name of its encoding.

    Raises
    ------
    TableError
        The file is empty, a picture, noise, or in another encoding.

    Notes
    -----
    docs/method.md §11. The guess is made over the whole file: a byte order mark; zeros in every other
    byte for UTF-16 without one; UTF-8 where all of it is; else Windows-1252, of which ISO-8859-1 is a part.
    """
    if not content.strip(b"\0 \t\r\n"):
        raise TableError(
            [Fault(wrong=words("the file is empty"), allowed=words("it needs a header and a row for each school"))]
        )
    for signature, wrong in KINDS:
        if signature.match(content):
            raise unreadable(wrong)
    if encoding is not None:
        return _as_chosen(content, encoding), encoding
    found = _marked(content) or _unmarked(content)
    if found is None:
        raise unreadable(words("it is not text"))
    return found


def _marked(content: bytes) -> tuple[str, str] | None:
    """Read what says by its mark or its zeros what it is."""
    wide = _wide(content)
    try:
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return content.decode("utf-16"), "UTF-16"
        if wide:
            return content.decode(wide), "UTF-16"
        if content.startswith(codecs.BOM_UTF8) and b"\0" not in content:
            return content.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        raise unreadable(words("it is not text")) from None
    return None


def _unmarked(content: bytes) -> tuple[str, str] | None:
    """Read UTF-8 where all of it is, else Windows-1252; what is partly the one and partly the other is told."""
    if b"\0" in content:
        return None
    for codec, name in (("utf-8", "UTF-8"), ("cp1252", "Windows-1252")):
        try:
            written = content.decode(codec)
        except UnicodeDecodeError:
            continue
        if name != "UTF-8" and (found := MIXED.search(content)):
            wrong = words("the text is partly in UTF-8, partly in another encoding")
            row = content.count(b"\n", 0, found.start()) + 1
            raise TableError([Fault(row=row, wrong=wrong, allowed=words("choose its encoding, or save it as UTF-8"))])
        return written, name
    return None


def _as_chosen(content: bytes, encoding: Encoding) -> str:
    codec = CODECS[encoding]
    if encoding == "UTF-16" and not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        codec = _wide(content) or "utf-16-le"
    try:
        written = content.decode(codec)
    except UnicodeDecodeError:
        written = "\0"
    if "\0" in written:
        wrong = words("it is not text in {encoding}", encoding=encoding)
        raise TableError([Fault(wrong=wrong, allowed=words("choose another encoding"))])
    return written


def _wide(content: bytes) -> str:
    """Tell UTF-16 without a byte order mark: the high byte of every letter but a few is zero, and no low one is."""
    if len(content) % 2 or b"\0" not in content:
        return ""
    even, odd = content[::2].count(0), content[1::2].count(0)
    high, low = max(even, odd), min(even, odd)
    if low or high < 0.9 * len(content) / 2:
        return ""
    return "utf-16-be" if even > odd else "utf-16-le"


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
        A quote is never closed, a cell is endless, or there are far too many rows or cells.
    """
    if written.count("\n") + written.count("\r") > 2 * MOST_ROWS:
        raise unreadable(words("it has more than {most} rows", most=MOST_ROWS))
    if written.count(separator) > MOST_CELLS:
        raise unreadable(words("it has more than {most} cells", most=MOST_CELLS))
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


def separator_of(written: str, known: frozenset[str]) -> Separator:
    """Tell what separates the cells, by the headings and by all rows.

    Parameters
    ----------
    written : str
        The whole file.
    known : frozenset of str
        Headings to look for, in lower case.

    Returns
    -------
    str
        The separator that finds the most of them in a row; then the one that stands equally often in the
        most rows, not counting what is within quotes.

    Notes
    -----
    docs/method.md §11.
    """
    part = written[:LONGEST_GUESSED]
    lines = [line for line in part.splitlines() if line.strip()]
    bare = [line for line in re.sub(r'"[^"]*"', "", part).splitlines() if line.strip()] if '"' in part else lines

    def finds(separator: Separator) -> tuple[int, int]:
        headings = max((len(known & _headings(line, separator)) for line in lines[:HEADERS]), default=0)
        counts = Counter(line.count(separator) for line in bare)
        return headings, max((rows for count, rows in counts.items() if count), default=0)

    return max(SEPARATORS, key=finds)


def _headings(line: str, separator: str) -> set[str]:
    return {cell.strip().strip('"').strip().lower() for cell in line[:100_000].split(separator)}
