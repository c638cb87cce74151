"""Faults: the user's own table back, each faulty cell marked, and a list of what is wrong and what is allowed."""

from __future__ import annotations

import io
import math
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from socio.errors import TableError
from socio.intake import cells, grids, tables
from socio.view import format as written
from socio.view import words
from socio.view.words import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from socio.errors import Fault
    from socio.intake.cells import Cell
    from socio.intake.delimited import Encoding, Separator

OPTIONS: Final = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
"""What is written as text stays text."""

MARKED: Final = {"bg_color": "#FFE08A", "border": 2, "border_color": "#6B4E00", "font_color": "#000000"}
"""How a faulty cell looks: warm yellow in a bold frame, to be seen without colours too."""

MOST_LISTED: Final = 5_000
"""More faults than this are coloured, but neither listed nor noted at the cell."""

HEADERS: Final = 50
"""The header is one of so many rows with something in them."""

LONGEST_NOTE: Final = 1_000
LONGEST_NAME: Final = 120
NO_XML: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""Characters that no XML file may have; xlsxwriter takes care of the control characters."""


@dataclass(frozen=True, slots=True)
class _Told:
    """A fault, where in the table it is (from 0), and what is said of it there."""

    fault: Fault
    places: tuple[tuple[int, int], ...]
    note: str


def workbook(
    content: bytes,
    name: str,
    faults: Sequence[Fault],
    *,
    sheet: str | None = None,
    encoding: Encoding | None = None,
    separator: Separator | None = None,
    header: int | None = None,
    headings: Sequence[str] = (),
) -> bytes:
    r"""Give a table back with its faults marked.

    Parameters
    ----------
    content : bytes
        The file as it came.
    name : str
        Its name, for the title.
    faults : sequence of Fault
        What is wrong with it; rows are counted as `socio.intake.tables.read` counts them.
    sheet, encoding, separator : str, optional
        How the file was read, as in `socio.intake.tables.read`.
    header : int, optional
        The last row of its header, where the user has said, the first row of the file being 1.
    headings : sequence of str, optional
        The heading of each column with it, as faults name them.

    Returns
    -------
    bytes
        An ``.xlsx``: first a list of the faults, with a link to each cell; then the table, every cell as it stood
        and on its own row, faulty cells yellow in a frame and with a note. A fault of a whole row is marked in its
        first cell, one of a whole column in its heading. The list alone where the file is no table.

    Examples
    --------
    >>> from socio.errors import Fault, words
    >>> fault = Fault(row=2, column="elever", wrong=words("“{value}” is negative", value="-1"), allowed=words("0"))
    >>> workbook(b"skola;elever\nA-skolan;-1\n", "skolor.csv", [fault])[:2]
    b'PK'
    """
    rows = _rows(content, sheet, encoding, separator)
    at = _header(rows, faults) if header is None else min(header, len(rows)) - 1
    at = None if at is not None and at < 0 else at
    written = headings or ([] if at is None else [cells.text(cell) for cell in rows[at]])
    named = [heading.casefold() for heading in written]
    told = [_told(fault, rows, at, named) for fault in faults]
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, OPTIONS) as book:
        _list(book, name, told, linked=bool(rows))
        if rows:
            _table(book, rows, at, told)
    return target.getvalue()


def _rows(
    content: bytes, sheet: str | None, encoding: Encoding | None, separator: Separator | None
) -> list[Sequence[Cell]]:
    """Read the file's cells, cut to what has content; nothing where it is no table."""
    try:
        grid = grids.read(content, known=tables.FIXED, sheet=sheet, encoding=encoding, separator=separator)
    except TableError:
        return []
    rows = [row[: _filled(row)] for row in grid.rows]
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _filled(row: Sequence[Cell]) -> int:
    return next((place for place in range(len(row), 0, -1) if row[place - 1] != ""), 0)


def _header(rows: Sequence[Sequence[Cell]], faults: Sequence[Fault]) -> int | None:
    """Find the header: the first row with something in it, or the one with the most of the faults' columns."""
    wanted = {fault.column.casefold() for fault in faults if fault.column is not None}
    filled = (number for number, row in enumerate(rows) if any(cells.text(cell) for cell in row))

    def found(number: int) -> int:
        return len(wanted.intersection(cells.text(cell).casefold() for cell in rows[number]))

    return max(islice(filled, HEADERS), key=found, default=None)


def _told(fault: Fault, rows: Sequence[Sequence[Cell]], header: int | None, headings: Sequence[str]) -> _Told:
    column = None if fault.column is None else fault.column.casefold()
    found = [] if column is None else [place for place, heading in enumerate(headings) if heading == column]
    note = f"{words.say(fault.wrong)}, {words.say(fault.allowed)}"
    if fault.column is not None and not found:
        note = ": ".join((_('column "{column}"', column=fault.column), note))
    row = header if fault.row is None else fault.row - 1
    whole_file = fault.row is None and fault.column is None
    if whole_file or row is None or not 0 <= row < len(rows):
        return _Told(fault, (), note)
    if not found:
        return _Told(fault, ((row, 0),), note)
    return _Told(fault, tuple((row, place) for place in (found if row == header else found[:1])), note)


def _list(book: Workbook, name: str, told: Sequence[_Told], *, linked: bool) -> None:
    """List the faults, each with a link to its cell."""
    sheet, table = book.add_worksheet(_("To mend")), _("Your table")
    bold = book.add_format({"bold": True, "font_size": 14})
    heading = book.add_format({"bold": True, "bottom": 1, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    link = book.add_format({"valign": "top", "underline": 1, "font_color": "#0B5394"})
    sheet.write_string(0, 0, _("{file}: to mend", file=_line(name, LONGEST_NAME)), bold)
    said = (
        _("Each place is coloured in the sheet “{sheet}”; press a cell to go there.", sheet=table)
        if linked
        else _("The file cannot be shown as a table.")
    )
    sheet.write_string(1, 0, said)
    titles = (_("Cell"), _("Row"), _("Column"), _("What stands there"), _("What is wrong"), _("What is allowed"))
    for column, title in enumerate(titles):
        sheet.write_string(3, column, title, heading)
    for line, one in enumerate(told[:MOST_LISTED], start=4):
        fault = one.fault
        if one.places:
            cell = xl_rowcol_to_cell(*one.places[0])
            sheet.write_url(line, 0, f"internal:'{table}'!{cell}", link, cell)
        if fault.row is not None:
            sheet.write_number(line, 1, fault.row, wrapped)
        texts = (fault.column or fault.key or "", fault.value or "", words.say(fault.wrong), words.say(fault.allowed))
        for column, text in enumerate(texts, start=2):
            if text:
                sheet.write_string(line, column, _line(text), wrapped)
    last = 3 + min(len(told), MOST_LISTED)
    if len(told) > MOST_LISTED:
        more = _("{count} more are coloured in the table.", count=written.number(len(told) - MOST_LISTED))
        sheet.write_string(last + 2, 0, more)
    sheet.autofilter(3, 0, last, len(titles) - 1)
    sheet.freeze_panes(4, 0)
    for column, width in enumerate((8, 8, 28, 22, 60, 60)):
        sheet.set_column(column, column, width)


def _table(book: Workbook, rows: Sequence[Sequence[Cell]], header: int | None, told: Sequence[_Told]) -> None:
    """Write the table as it stood, with its marks and notes."""
    sheet = book.add_worksheet(_("Your table"))
    heading = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
    looks = {"heading": book.add_format(heading), "marked": book.add_format(MARKED)}
    looks["marked heading"] = book.add_format(heading | MARKED)
    marked = {place for one in told for place in one.places}

    def look(row: int, column: int) -> Format | None:
        part = (["marked"] if (row, column) in marked else []) + (["heading"] if row == header else [])
        return looks.get(" ".join(part))

    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            _write(sheet, number, column, cell, look(number, column))
    for number, column in marked:
        if column >= len(rows[number]):
            sheet.write_blank(number, column, None, look(number, column))
    for place, note in _notes(told[:MOST_LISTED]).items():
        height = 24 + 18 * sum(1 + len(part) // 45 for part in note.split("\n"))
        sheet.write_comment(*place, note, {"author": "Socio", "width": 340, "height": min(height, 400)})
    width = max(len(row) for row in rows)
    sheet.ignore_errors({"number_stored_as_text": f"A1:{xl_rowcol_to_cell(len(rows) - 1, max(0, width - 1))}"})
    sheet.set_column(0, max(0, width - 1), 16)
    if header is not None and header < HEADERS:
        sheet.freeze_panes(header + 1, 0)


def _notes(told: Sequence[_Told]) -> Mapping[tuple[int, int], str]:
    """Gather what is said of each cell."""
    notes: dict[tuple[int, int], list[str]] = {}
    for one in told:
        for place in one.places:
            notes.setdefault(place, []).append(_line(one.note))
    return {place: cells.clipped("\n".join(dict.fromkeys(said)), LONGEST_NOTE) for place, said in notes.items()}


def _write(sheet: Worksheet, row: int, column: int, cell: Cell, look: Format | None) -> None:
    """Write a cell as it stood: a number as a number, all else as text, nothing as a formula."""
    text = NO_XML.sub("\ufffd", cells.shown(cell))
    if isinstance(cell, bool):
        sheet.write_boolean(row, column, cell, look)
    elif isinstance(cell, float) and math.isfinite(cell):
        sheet.write_number(row, column, cell, look)
    elif text:
        sheet.write_string(row, column, text, look)
    else:
        sheet.write_blank(row, column, None, look)


def _line(text: str, longest: int = LONGEST_NOTE) -> str:
    """Return a text on one line, without what no file may have."""
    return NO_XML.sub("\ufffd", cells.clipped(cells.text(text), longest))
