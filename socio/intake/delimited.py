"""Delimited text: from bytes to rows of cells, whatever the encoding and the separator."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, Self, TypeAlias

from socio.errors import Fault, TableError, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from socio.composition import Array
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

MOST_COLUMNS: Final = 1_000
MOST_CHARACTERS: Final = 20_000_000
LONGEST_CELL: Final = 32_767
"""Characters that a cell of a spreadsheet has at most."""

MOST_FAULTS: Final = 5_000
"""So many are told at once: more than the schools of the whole country."""

STATED: Final = re.compile(r"sep=([;,\t])\s*", re.IGNORECASE)
"""A first line with which a spreadsheet is told the separator."""

SWEDISH: Final = re.compile("[ÅÄÖåäöÉéÜü]")
MISTAKEN: Final = re.compile("(?<=[A-Za-z])[ŒŠšŽ†„”\u201a](?=[A-Za-z])")
"""What å, ä, ö and é of Mac Roman and of DOS become in Windows-1252, within a word."""

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
    numbers
        Each row's number in the user's file; None where they are 1, 2, 3 …
    values
        The cells of ``rows`` that are numbers as one array, shape (n_rows, n_columns), NaN elsewhere; None
        where there is none at hand.
    """

    rows: Sequence[Sequence[Cell]]
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    numbers: Sequence[int] | None = None
    values: Array | None = field(default=None, repr=False, compare=False)

    def number(self, position: int) -> int:
        """Return the number in the user's file of the row at a position.

        Examples
        --------
        >>> Grid([["skola"], ["A"]], numbers=[3, 5]).number(1)
        5
        """
        return position + 1 if self.numbers is None else self.numbers[position]


class Faults(list[Fault]):
    """Every fault of a file, up to the most that are told at once; where there are more, reading ends there.

    Raises
    ------
    TableError
        When one more than the most is added.

    Notes
    -----
    A file of a million faulty cells would else become a million sentences: 16 seconds and 1.2 GB.
    """

    def append(self, fault: Fault) -> None:
        """Add a fault."""
        super().append(fault)
        self._few()

    def extend(self, faults: Iterable[Fault]) -> None:
        """Add faults."""
        for fault in faults:
            self.append(fault)

    def __iadd__(self, faults: Iterable[Fault]) -> Self:  # type: ignore[misc, override]
        """Add faults."""
        self.extend(faults)
        return self

    def _few(self) -> None:
        if len(self) > MOST_FAULTS:
            wrong = words("it has more than {most} faults", most=MOST_FAULTS)
            last = Fault(wrong=wrong, allowed=words("mend these first; the rest is not read"))
            raise TableError([*sorted(self[:MOST_FAULTS], key=lambda fault: fault.row or 0), last])


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
        if name != "UTF-8":
            _only_windows(content, written)
        return written, name
    return None


def _only_windows(content: bytes, written: str) -> None:
    """Ask where a text in Windows-1252 has signs of another encoding."""
    wrong, at = words("the text is partly in UTF-8, partly in another encoding"), -1
    if found := MIXED.search(content):
        at = found.start()
    elif (strange := MISTAKEN.search(written)) and not SWEDISH.search(written):
        wrong, at = words("its letters may be in another encoding: “{letter}”", letter=strange[0]), strange.start()
    if at >= 0:
        row = content.count(b"\n", 0, at) + 1
        raise TableError([Fault(row=row, wrong=wrong, allowed=words("choose its encoding, or save it as UTF-8"))])


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
        A quote is never closed, a cell is endless, or there are far too many rows, columns or cells.
    """
    if written.count("\n") + written.count("\r") > 2 * MOST_ROWS:
        raise unreadable(words("it has more than {most} rows", most=MOST_ROWS))
    if written.count(separator) > MOST_CELLS:
        raise unreadable(words("it has more than {most} cells", most=MOST_CELLS))
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(written, newline=""), delimiter=separator, strict=True):
            if len(rows) == MOST_ROWS:
                if any(map(str.strip, row)):
                    raise unreadable(words("it has more than {most} rows", most=MOST_ROWS))
                continue
            rows.append(_within(row, len(rows) + 1))
    except csv.Error:
        raise _endless(len(rows) + 1) from None
    return rows


def _within(row: list[str], number: int) -> list[str]:
    """Return a row without blank cells far to the right of any table, where it has no more than these."""
    if len(row) > MOST_COLUMNS:
        if any(map(str.strip, row[MOST_COLUMNS:])):
            raise unreadable(words("it has more than {most} columns", most=MOST_COLUMNS))
        row = row[:MOST_COLUMNS]
    if max(map(len, row), default=0) > LONGEST_CELL:
        raise _endless(number)
    return row


def _endless(row: int) -> TableError:
    wrong = words("a quote is not closed, or a cell is endless")
    allowed = words("a cell in quotes ends with a quote before the next separator")
    return TableError([Fault(row=row, wrong=wrong, allowed=allowed)])


def grid(
    content: bytes,
    *,
    known: frozenset[str] = frozenset(),
    encoding: Encoding | None = None,
    separator: Separator | None = None,
) -> Grid:
    r"""Read the cells of a text.

    Parameters
    ----------
    content : bytes
        The file.
    known : frozenset of str
        Headings to tell the separator by, in lower case.
    encoding, separator : str, optional
        How the text is to be read, where the guess is wrong.

    Returns
    -------
    Grid
        Row 1 is the first of the file.

    Raises
    ------
    TableError
        It is no text, or no table.

    Notes
    -----
    docs/method.md §11.

    Examples
    --------
    >>> grid(b"sep=,\nskola,kr\n").rows
    [[], ['skola', 'kr']]
    """
    written, named = decoded(content, encoding)
    if len(written) > MOST_CHARACTERS:
        raise unreadable(words("it is far larger than a table of schools"))
    stated = STATED.fullmatch(written.partition("\n")[0][:LONGEST_CELL])
    chosen = separator or (stated[1] if stated else separator_of(written, known))
    rows = split(written, chosen)
    if stated:
        rows[0] = []
    return Grid(rows, named, chosen)


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
