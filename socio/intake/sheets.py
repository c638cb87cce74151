"""Spreadsheets: one sheet of .xlsx, .xls or .ods, opened in a process of its own (see `socio.intake.workbook`)."""

from __future__ import annotations

import atexit
import json
import os
import struct
import subprocess
import sys
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock, Thread, Timer
from typing import IO, TYPE_CHECKING, Any, Final, cast, overload

import numpy as np

from socio.errors import Fault, TableError, words
from socio.intake.cells import Broken
from socio.intake.delimited import Grid, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from socio.composition import Array, Whole
    from socio.intake.cells import Cell

SIGNATURES: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
CHILD: Final = Path(__file__).with_name("workbook.py")
PATIENCE: Final = 60
"""Seconds to wait for the child, which has 20 seconds of computing."""

HEAD: Final = struct.Struct(">I")
AHEAD: Final = "ahead"
"""Tells a child that there is time before its file comes."""

ALONE: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""A child has no use for threads, and no room for their stacks."""

KEEPING: Final = {"MALLOC_MMAP_THRESHOLD_": str(1 << 25), "MALLOC_TRIM_THRESHOLD_": str(1 << 28)}
"""Memory that has been freed stays with the child, where the system's C library is glibc: getting it anew is dear."""

FEW_ROWS: Final = 100
"""Rows that are made one by one; where more are asked for, all are made at once."""

LETTERS: Final = 26
REFUSED: Final = {
    "large": words("the workbook is far larger than a table of schools"),
    "entities": words("the workbook defines entities of its own"),
    "locked": words("the workbook is locked with a password"),
    "other": words("it is an archive, not a workbook"),
    "document": words("it is an old Office file, but not a workbook"),
    "damaged": words("the workbook is damaged or cut off"),
}


class Rows(Sequence["Sequence[Cell]"]):
    """The rows of a sheet, kept as its numbers and its texts until somebody asks for more than a few of them.

    Parameters
    ----------
    numbers : array of float, shape (n_rows, n_columns)
        The cells that are numbers, NaN elsewhere.
    places : array of int, shape (n_texts,)
        Where the texts stand, counted along the rows, in order.
    texts : sequence of str or bool
        The texts, truth values among them.

    Notes
    -----
    A table of the whole country has 190 000 cells, and an object for each of them takes longer than the rest.

    Examples
    --------
    >>> rows = Rows(np.array([[np.nan, np.nan], [np.nan, 5.0]]), np.array([0, 1, 2]), ["skola", "kr", "A"])
    >>> rows[1], rows.column(1), list(rows)
    (['A', 5.0], ['kr', 5.0], [['skola', 'kr'], ['A', 5.0]])
    """

    def __init__(self, numbers: Array, places: Whole, texts: Sequence[str | bool]) -> None:
        self.numbers, self.places, self.texts = numbers, places, texts
        self._all: list[list[Cell]] | None = None
        self._few = FEW_ROWS

    @property
    def all(self) -> list[list[Cell]]:
        """All rows as lists, made once."""
        if self._all is None:
            cells = self.numbers.ravel().astype(object)
            cells[np.isnan(self.numbers.ravel())] = ""
            cells[self.places] = self.texts
            self._all = cells.reshape(self.numbers.shape).tolist()
        return self._all

    def column(self, at: int) -> list[Cell]:
        """Return the cells of a column."""
        if self._all is not None:
            return [row[at] for row in self._all]
        rows, columns = self._addresses
        here = np.flatnonzero(columns == at)
        if len(here) == len(self.numbers):
            return [self.texts[i] for i in here.tolist()]
        numbers = self.numbers[:, at]
        cells = numbers.astype(object)
        cells[np.isnan(numbers)] = ""
        cells[rows[here]] = [self.texts[i] for i in here.tolist()]
        return list(cells)

    @cached_property
    def _addresses(self) -> tuple[Whole, Whole]:
        """The row and the column of each text."""
        rows, columns = np.divmod(self.places, max(1, self.numbers.shape[1]))
        return rows, columns

    def blank(self) -> NDArray[np.bool_]:
        """Tell which rows have nothing in them, shape (n_rows,)."""
        empty: NDArray[np.bool_] = np.atleast_1d(np.isnan(self.numbers).all(axis=1))
        for row in np.flatnonzero(empty).tolist():
            first, last = self._texts_of(row)
            empty[row] = not any(isinstance(text, bool) or text.strip() for text in self.texts[first:last])
        return empty

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.numbers)

    @overload
    def __getitem__(self, at: int) -> Sequence[Cell]: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Sequence[Cell]]: ...

    def __getitem__(self, at: int | slice) -> Sequence[Cell] | Sequence[Sequence[Cell]]:
        """Return a row, or several."""
        if self._all is not None or isinstance(at, slice) or not self._few:
            return self.all[at]
        self._few -= 1
        return self._row(range(len(self))[at])

    def __iter__(self) -> Iterator[Sequence[Cell]]:
        """Go through all rows."""
        return iter(self.all)

    def __eq__(self, other: object) -> bool:
        """Tell whether the cells are the same."""
        return self.all == (other.all if isinstance(other, Rows) else other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Show the rows as a list."""
        return repr(self.all)

    def _row(self, row: int) -> list[Cell]:
        cells: list[Cell] = ["" if number != number else number for number in self.numbers[row].tolist()]  # noqa: PLR0124 - NaN
        start = row * len(cells)
        first, last = self._texts_of(row)
        for place, text in zip(self.places[first:last].tolist(), self.texts[first:last], strict=True):
            cells[place - start] = text
        return cells

    def _texts_of(self, row: int) -> tuple[int, int]:
        """Return the first and the end of a row's texts."""
        width = self.numbers.shape[1]
        first, last = np.searchsorted(self.places, [row * width, (row + 1) * width]).tolist()
        return first, last


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
    given, rows = _opened(content, sheet or "")
    if "refused" in given:
        raise unreadable(REFUSED[given["refused"]])
    if "sheet" not in given:
        names = ", ".join(f"“{name}”" for name in given["sheets"])
        if sheet:
            wrong = words("the workbook has no sheet “{sheet}”", sheet=sheet)
            raise TableError([Fault(wrong=wrong, allowed=words("it has {sheets}", sheets=names))])
        wrong = words("the workbook has {count} sheets with something in them", count=len(given["sheets"]))
        raise TableError([Fault(wrong=wrong, allowed=words("choose one of {sheets}", sheets=names))])
    if not given["broken"]:
        return Grid(rows, sheet=given["sheet"], values=rows.numbers)
    cells = rows.all
    for row, column, text in given["broken"]:
        cells.extend([] for _ in range(row + 1 - len(cells)))
        cells[row].extend("" for _ in range(column + 1 - len(cells[row])))
        cells[row][column] = Broken(text, f"{_letters(column)}{row + 1}")
    return Grid(cells, sheet=given["sheet"])


def names(content: bytes) -> tuple[str, ...]:
    """List the sheets of a workbook that can be chosen: those with something in them that are not hidden.

    Raises
    ------
    TableError
        The file is damaged, hostile or locked.
    """
    given, _rows = _opened(content, "")
    if "refused" in given:
        raise unreadable(REFUSED[given["refused"]])
    return tuple(given["sheets"])


class _Waiting:
    """A child that has started and waits for its file: one at most, for one file, gone when this process is."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Have one waiting."""
        with self.lock:
            if self.child is None:
                self.child = _started(AHEAD)

    def take(self) -> subprocess.Popen[bytes] | None:
        """Return the one that waits, if it still does."""
        with self.lock:
            child, self.child = self.child, None
        if child is None or child.poll() is None:
            return child
        _end(child)
        return None

    def stop(self) -> None:
        """Have none waiting."""
        child = self.take()
        if child is not None:
            _end(child)


_waiting: Final = _Waiting()
atexit.register(_waiting.stop)


def prepare() -> None:
    """Start the child that reads the next workbook, and from then on another after each, so that none is waited for.

    For a process that reads many files; one that reads a single file starts its child when it does.
    """
    _waiting.start()


def _started(*when: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own module, the file goes in on standard input
        [sys.executable, "-P", str(CHILD), *when],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | ALONE | KEEPING,
    )


def _end(child: subprocess.Popen[bytes]) -> None:
    with child:
        child.kill()


def _replaced(child: subprocess.Popen[bytes]) -> None:
    _end(child)
    prepare()


def _opened(content: bytes, sheet: str) -> tuple[dict[str, Any], Rows]:
    """Ask a child; one that dies or never answers has met a damaged or hostile file."""
    waited = _waiting.take()
    child = waited or _started()
    patience = Timer(PATIENCE, child.kill)
    patience.start()
    try:
        return _answer(child, content, sheet)
    except (OSError, EOFError, ValueError):
        raise unreadable(REFUSED["damaged"]) from None
    finally:
        patience.cancel()
        if waited is None:
            _end(child)
        else:
            Thread(target=_replaced, args=(child,)).start()


def _answer(child: subprocess.Popen[bytes], content: bytes, sheet: str) -> tuple[dict[str, Any], Rows]:
    """Give the child its file, and take its answer apart: what it says, and the rows of the sheet."""
    name = sheet.encode()
    written, read = cast("IO[bytes]", child.stdin), cast("IO[bytes]", child.stdout)
    with written:
        written.write(b"".join([HEAD.pack(len(name)), name, content]))
    given: dict[str, Any] = json.loads(_exactly(read, HEAD.unpack(_exactly(read, HEAD.size))[0]))
    rows, columns = given.get("shape", (0, 0))
    values = np.frombuffer(_exactly(read, 8 * rows * columns), "<f8").reshape(rows, columns)
    texts = given.get("texts", ())
    places = np.frombuffer(_exactly(read, 8 * len(texts)), "<i8")
    return given, Rows(values, places, texts)


def _exactly(read: IO[bytes], size: int) -> bytes:
    """Read so many bytes; a child that has died has fewer."""
    found = read.read(size)
    if len(found) < size:
        raise EOFError
    return found


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
