"""Mapping: a table of any make, once it is said what its columns are."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast

import numpy as np

from socio import composition as contract
from socio import rounding
from socio.composition import Mark
from socio.errors import Fault, TableError, words
from socio.intake import amounts, cells, grids, suggestion, tables
from socio.intake.delimited import Grid
from socio.intake.layouts import JOINED, Column, Layout, Part, Reading, Role, missing, named, placed
from socio.intake.suggestion import follows, suggested

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from socio.composition import Array, Composition
    from socio.errors import Words
    from socio.intake.cells import Cell
    from socio.intake.tables import Intake

__all__ = [
    "Column",
    "Layout",
    "Part",
    "Reading",
    "Role",
    "Undecided",
    "examples",
    "follows",
    "grid",
    "missing",
    "named",
    "read",
    "rows_to_decide",
    "suggested",
]

Kind: TypeAlias = Literal["school", "sum", "municipality", "elsewhere", "heading", "uncounted"]

OWN: Final[Mapping[Role, str]] = {
    "operator": tables.OPERATOR,
    "operator_name": tables.OPERATOR_NAME,
    "pupils": tables.PUPILS,
    "pupils_composition": tables.PUPILS_COMPOSITION,
    "pupils_paid": tables.PUPILS_PAID,
    "risk": "risk",
    "index": "index",
    "old_rate": tables.OLD_RATE,
    "old_amount": tables.OLD_AMOUNT,
    "old_pupils": tables.OLD_PUPILS,
}
"""What the columns are called in the program's own layout."""

KNOWN: Final = (
    tables.FIXED | amounts.KNOWN | {"antal elever", "skolans namn", "skolenhetens namn", "skolid", "huvudman"}
)
COUNTS: Final[tuple[Role, ...]] = ("pupils", "pupils_composition", "pupils_paid")
OF_A_MUNICIPALITY: Final = re.compile(r"(?!Annan|Övrig|Skol|Elev)[A-ZÅÄÖ][\w-]+(?: [A-ZÅÄÖ][\w-]+)? kommun")
UNCOUNTED: Final = frozenset({".", ".."})
"""Markers that stand for a number of pupils that is not published."""

LISTED: Final = 10


@dataclass(frozen=True, slots=True)
class Undecided:
    """A row that stands for no single school unit (trap T20).

    Attributes
    ----------
    row
        Its row in the file.
    code, school, pupils
        As they stand; empty where there is nothing.
    why
        What is unclear.
    """

    row: int
    code: str
    school: str
    pupils: str
    why: Words

    @property
    def key(self) -> str:
        """What a layout's units know the row by."""
        return self.school or self.code


@dataclass(frozen=True, slots=True)
class _Row:
    """One row below the header, and what it is."""

    number: int
    cells: Sequence[Cell]
    code: str
    school: str
    kind: Kind
    parts: tuple[Part, ...] | None = None

    @property
    def label(self) -> str:
        """What the row is called in a sentence."""
        return cells.clipped(self.school or self.code)

    @property
    def is_free(self) -> bool:
        """Whether the row is a school as far as its name tells, and the user has said nothing of it."""
        return self.kind == "school" and self.parts is None


def grid(content: bytes, reading: Reading) -> Grid:
    """Read the cells of a file as the user has chosen.

    Raises
    ------
    TableError
        The file is no table, or does not say which of its sheets is.
    """
    return grids.read(
        content,
        known=KNOWN,
        sheet=reading.sheet or None,
        encoding=cast("Any", reading.encoding or None),
        separator=cast("Any", reading.separator or None),
    )


def examples(grid: Grid, layout: Layout, most: int = 3) -> tuple[tuple[str, ...], ...]:
    """Return the first values of each column below the header.

    Examples
    --------
    >>> layout = Layout(columns=(Column(heading="Skola"), Column(heading="Elever")))
    >>> examples(Grid([["Skola", "Elever"], ["A", "12"], ["B", ""]]), layout)
    (('A', 'B'), ('12',))
    """
    found: list[list[str]] = [[] for _ in layout.columns]
    for row in grid.rows[layout.header : layout.last or None]:
        if all(len(values) >= most for values in found):
            break
        for values, cell in zip(found, row, strict=False):
            if len(values) < most and (text := cells.text(cell)):
                values.append(text)
    return tuple(map(tuple, found))


def rows_to_decide(grid: Grid, layout: Layout) -> tuple[Undecided, ...]:
    """Tell which rows stand for no single school unit.

    Parameters
    ----------
    grid : Grid
        The file's cells.
    layout : Layout
        What its columns are; what it says of rows already is not looked at.

    Returns
    -------
    tuple of Undecided
        Rows without a code where others have one, and rows of a code, or of a name without codes, that stands
        in several.
    """
    rows = [row for row in _rows(grid, replace(layout, units={})) if row.kind == "school" and row.label]
    codes = Counter(row.code for row in rows if row.code)
    names = Counter(row.school for row in rows if not row.code)
    pupils = _pupils_at(layout)
    found = []
    for row in rows:
        why = None
        if row.code and codes[row.code] > 1:
            why = words("the code stands in {count} rows", count=codes[row.code])
        elif not row.code and codes:
            why = words("it has no code")
        elif not row.code and names[row.school] > 1:
            why = words("the name stands in {count} rows", count=names[row.school])
        if why is not None:
            count = "" if pupils is None else cells.shown(row.cells[pupils]).strip()
            found.append(Undecided(row.number, row.code, row.school, count, why))
    return tuple(found)


def read(
    content: bytes,
    name: str,
    reading: Reading,
    *,
    municipality: str = "",
    municipality_code: str = "",
    year: str = "",
    source: str = "",
) -> Intake:
    r"""Read a composition table as the user has said.

    Parameters
    ----------
    content : bytes
        The file: text, a workbook, or a ``.zip`` with one of them.
    name : str
        The file's name, for messages.
    reading : Reading
        How it is read; without a layout it is in the program's own.
    municipality, municipality_code, year, source : str
        Whose schools, which läsår and where the figures come from. A row with the municipality's name is its own.

    Returns
    -------
    Intake
        The composition and how the file was understood.

    Raises
    ------
    TableError
        With every fault found, each with its row and heading in the user's own file.

    Notes
    -----
    docs/method.md §11. The table is brought into the program's own layout, and read as that is.

    Examples
    --------
    >>> table = "Skolkod;Antal elever;Förgymnasial;Gymnasial\n01;100;15;85\n02;50;30;70".encode()
    >>> layout = suggested(grid(table, Reading()))
    >>> read(table, "table.csv", Reading(layout=layout)).composition.shares[:, 0]
    array([0.15, 0.3 ])
    """
    told: dict[str, Any] = {
        "municipality": municipality,
        "municipality_code": municipality_code,
        "year": year,
        "source": source,
    }
    sign = cast("Any", reading.decimal)
    try:
        given = grid(content, reading)
        if reading.layout is None:
            return tables.of_grid(given, name, decimal=sign, unit=reading.unit, **told)
        laid = _Laid.of(given, reading.layout, reading.decimal, municipality)
        intake = laid.read(name, decimal=sign, unit=reading.unit, **told)
    except TableError as error:
        raise error.named(name) from None
    warnings = [replace(warning, file=name) for warning in intake.warnings]
    return replace(intake, warnings=tuple(sorted(warnings, key=_row_of)))


def _row_of(fault: Fault) -> int:
    return fault.row or 0


def _at(layout: Layout, role: Role) -> int | None:
    return next((at for at, column in enumerate(layout.columns) if column.role == role), None)


def _rows(given: Grid, layout: Layout, decimal: str = "", municipality: str = "") -> list[_Row]:
    """Return the rows below the header that have something in them, and what each is."""
    width, code, school = len(layout.columns), _at(layout, "code"), _at(layout, "school")
    header = [*given.rows[: layout.header][-1][:width]] if layout.header and given.rows else []
    found = []
    for number, row in enumerate(given.rows[layout.header : layout.last or None], layout.header + 1):
        line: list[Cell] = [*row[:width], *[""] * (width - len(row))]
        filled = list(islice((cell for cell in line if not isinstance(cell, str) or cells.text(cell)), 2))
        if not filled:
            continue
        given_code, given_school = ("" if at is None else cells.text(line[at]) for at in (code, school))
        parts = layout.units.get(given_school or given_code, layout.units.get(given_code))
        kind: Kind = "school"
        if parts is None:
            is_heading = (width > 1 and len(filled) == 1) or line == header
            kind = "heading" if is_heading else _kind(given_school or given_code, municipality)
        found.append(_Row(number, line, given_code, given_school, kind, parts))
    return _told_apart(found, layout, decimal)


def _kind(name: str, municipality: str) -> Kind:
    """Tell what a row is by its name."""
    if suggestion.is_municipality(name, municipality):
        return "municipality"
    if suggestion.is_sum(name):
        return "sum"
    return "elsewhere" if suggestion.is_country(name) else "school"


def _told_apart(rows: list[_Row], layout: Layout, decimal: str) -> list[_Row]:
    """Tell what is left by the other rows: a municipality by name, a sum without one, and what has no pupils."""
    pupils = _pupils_at(layout)
    if pupils is None:
        return rows
    own = [row.number for row in rows if row.is_free and not row.code and OF_A_MUNICIPALITY.fullmatch(row.school)]
    if len(own) != 1 or any(row.kind == "municipality" for row in rows):
        own = []
    total = sum(_count(row.cells[pupils], decimal) for row in rows if row.kind == "school" and row.label)
    found = []
    for row in rows:
        kind = row.kind
        if row.number in own:
            kind = "municipality"
        elif row.is_free and not row.label and _count(row.cells[pupils], decimal) == total:
            kind = "sum"
        elif row.is_free and cells.shown(row.cells[pupils]).strip() in UNCOUNTED:
            kind = "uncounted"
        found.append(row if kind == row.kind else replace(row, kind=kind))
    return found


def _pupils_at(layout: Layout) -> int | None:
    return next((at for role in COUNTS if (at := _at(layout, role)) is not None), None)


def _count(cell: Cell, decimal: str) -> float:
    """Return a number of pupils; NaN where it is none."""
    number = cells.numeral(cell)
    return np.nan if number is None else number.value(thousands=not number.sure and number.sign != decimal)


def _whole(count: float) -> float:
    """Return a number without the decimals that it has not."""
    return int(count) if float(count).is_integer() else float(count)


def _moved(given: Grid, layout: Layout) -> Iterator[Fault]:
    """Refuse a file whose headings are not those of the layout, but for years and signs."""
    if not layout.header:
        return
    width = len(layout.columns)
    if layout.header > len(given.rows):
        wrong = words("the file ends above the header's row, {row}", row=layout.header)
        yield Fault(wrong=wrong, allowed=words("choose anew what the columns are"))
        return
    there = suggestion.headings(given.rows, layout.header, layout.headers, width)
    for column, parts in zip(layout.columns, there, strict=True):
        heading = JOINED.join(parts)
        if column.role != "ignored" and column.heading and not suggestion.same_heading(column.heading, heading):
            wrong = words("“{found}” stands where the column was", found=cells.clipped(heading))
            allowed = words("choose anew what the columns are")
            yield Fault(row=layout.header, column=column.heading, wrong=wrong, allowed=allowed)


@dataclass(frozen=True, slots=True)
class _Unit:
    """One school unit: its row in the table, and its pupils behind the shares and paid."""

    row: int
    code: str
    school: str
    behind: int
    paid: int


@dataclass(frozen=True, slots=True)
class _Split:
    """Rows that are units of their own."""

    row: int
    parts: tuple[Part, ...]
    pupils: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Laid:
    """A table in the program's own layout, with the way back to the user's file.

    Attributes
    ----------
    grid
        Its cells, each row with its number in the file.
    layout
        What the user has said.
    headings
        The user's heading of each of the own ones.
    splits
        Rows that the user has given units, by the code that they have here.
    faults, warnings
        What is wrong with, and made of, the rows.
    """

    grid: Grid
    layout: Layout
    headings: Mapping[str, str]
    splits: Mapping[str, _Split]
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]

    @classmethod
    def of(cls, given: Grid, layout: Layout, decimal: str, municipality: str) -> _Laid:
        """Bring a table into the program's own layout."""
        faults = [*missing(layout), *_moved(given, layout)]
        if faults:
            raise TableError(faults)
        rows = _rows(given, layout, decimal, municipality)
        kept = [row for row in rows if row.kind in {"school", "municipality"} and row.parts != ()]
        columns = [(at, own) for at, column in enumerate(layout.columns) if (own := _own(layout, column))]
        laid: list[list[Cell]] = [[tables.CODE, tables.NAME, *(own for _, own in columns)]]
        laid += [[*_identity(row, layout), *(_cell(row, at, own) for at, own in columns)] for row in kept]
        numbers = [layout.header, *(row.number for row in kept)]
        headings = {own: named(layout, at) for at, own in columns} | _identities(layout)
        splits = _splits(kept, layout, decimal)
        wrong = [fault for split in splits.values() for fault in _not_the_rows(split, split.pupils, layout)]
        return cls(
            grid=Grid(laid, given.encoding, given.separator, given.sheet, numbers, _values(given, kept, columns)),
            layout=layout,
            headings=headings,
            splits=splits,
            faults=(*wrong, *_codes_twice(kept, layout)),
            warnings=tuple(_warnings(rows, given, layout, decimal)),
        )

    def read(self, name: str, **told: Any) -> Intake:  # noqa: ANN401 - what of_grid takes
        """Read it, and split the rows that stand for several units."""
        faults = list(self.faults)
        try:
            intake = tables.of_grid(
                self.grid,
                name,
                unknown=self.layout.unknown - self.layout.apart,
                together=self.layout.together,
                **told,
            )
        except TableError as error:
            faults += map(self._in_file, error.faults)
        if faults:
            raise TableError(sorted(faults, key=_row_of))
        warnings = (*self.warnings, *map(self._in_file, intake.warnings))
        return replace(intake, composition=self._split(intake.composition), warnings=warnings)

    def _in_file(self, fault: Fault) -> Fault:
        """Return a fault with the row and the heading of the user's own file."""
        column = None if fault.column is None else self.headings.get(fault.column, fault.column)
        return replace(fault, row=fault.row or None, column=column)

    def _split(self, whole: Composition) -> Composition:
        """Give each unit of a row its pupils, the row's shares as filled, and its part of the amount."""
        if not self.splits:
            return whole
        units = list(self._units(whole))
        at = np.array([unit.row for unit in units])
        paid = np.array([unit.paid for unit in units], dtype=np.int64)
        amount = whole.old_amount
        made = replace(
            whole,
            codes=tuple(unit.code for unit in units),
            names=tuple(unit.school for unit in units),
            operators=tuple(whole.operators[unit.row] for unit in units),
            operator_names=tuple(whole.operator_names[unit.row] for unit in units),
            pupils_composition=np.array([unit.behind for unit in units], dtype=np.int64),
            pupils_paid=paid,
            **_filled(whole, at, np.bincount(at)[at] > 1),
            ready={name: column[at] for name, column in whole.ready.items()},
            old_rate=None if whole.old_rate is None else whole.old_rate[at],
            old_amount=None if amount is None else amount[at] * paid / whole.pupils_paid[at],
        )
        first = {code: position for position, code in reversed(list(enumerate(made.codes)))}
        return contract.merged(made, [first[code] for code in made.codes])

    def _units(self, whole: Composition) -> Iterator[_Unit]:
        """Go through the units that the rows stand for."""
        for i, (code, school) in enumerate(zip(whole.codes, whole.names, strict=True)):
            behind, paid = int(whole.pupils_composition[i]), int(whole.pupils_paid[i])
            split = self.splits.get(code)
            if split is None or len(split.parts) == 1:
                yield _Unit(i, code, school, behind, paid)
                continue
            wrong = list(_not_the_rows(split, behind, self.layout))
            shared = _shared_out(paid, split.parts)
            if not wrong and min(shared) < 1:
                said = words("{pupils} pupils paid are too few for the row's units", pupils=paid)
                wrong = [Fault(row=split.row, wrong=said, allowed=words("each unit has at least one"))]
            if wrong:
                raise TableError(wrong)
            for part, count in zip(split.parts, shared, strict=True):
                yield _Unit(i, cells.text(part.code), cells.text(part.school) or school, part.pupils, count)


def _values(given: Grid, kept: Sequence[_Row], columns: Sequence[tuple[int, str]]) -> Array | None:
    """Return the cells that are numbers as they stand in the own layout, where they are at hand."""
    if given.values is None:
        return None
    values = np.full((len(kept) + 1, len(columns) + 2), np.nan)
    for position, (at, _) in enumerate(columns, 2):
        if at < given.values.shape[1]:
            values[1:, position] = given.values[[row.number - 1 for row in kept], at]
    return values


def _own(layout: Layout, column: Column) -> str:
    """Return what a column is called in the program's own layout; nothing where it is not there, or apart."""
    if column.role in {"category", "level"}:
        return ": ".join(placed(layout, column))
    return OWN.get(column.role, "")


def _identity(row: _Row, layout: Layout) -> list[Cell]:
    """Return a row's code and name: without the one it is the other."""
    if row.kind == "municipality":
        return ["", "Kommunen"]
    code, school = _at(layout, "code"), _at(layout, "school")
    if row.parts:
        joined = _joined(row.parts)
        return [joined, (row.parts[0].school if len(row.parts) == 1 else "") or row.school or joined]
    return [row.cells[school if code is None else code], row.cells[code if school is None else school]]  # type: ignore[index]


def _identities(layout: Layout) -> dict[str, str]:
    """Return the user's headings of the code and the name."""
    code, school = _at(layout, "code"), _at(layout, "school")
    either = [at for at in (code, school) if at is not None]
    return {tables.CODE: named(layout, either[0]), tables.NAME: named(layout, either[-1])}


def _joined(parts: Sequence[Part]) -> str:
    return " + ".join(cells.text(part.code) for part in parts)


def _cell(row: _Row, at: int, own: str) -> Cell:
    """Return a cell as the own layout has it: kinds of operators by its own words."""
    cell = row.cells[at]
    if own != tables.OPERATOR:
        return cell
    kind = cells.text(cell).casefold()
    return "" if kind in suggestion.OTHER_OPERATORS else suggestion.OPERATORS.get(kind, cell)


def _splits(kept: Sequence[_Row], layout: Layout, decimal: str) -> dict[str, _Split]:
    """Return the rows with units of their own; rows of the same units are counted together where they are put so."""
    splits: dict[str, _Split] = {}
    pupils = _pupils_at(layout)
    for row in kept:
        if row.parts and pupils is not None:
            joined, count = _joined(row.parts), _count(row.cells[pupils], decimal)
            if joined in splits and layout.together:
                count += splits[joined].pupils
            splits[joined] = _Split(splits[joined].row if joined in splits else row.number, row.parts, count)
    return splits


def _not_the_rows(split: _Split, pupils: float, layout: Layout) -> Iterator[Fault]:
    """Refuse units whose pupils are not those of the row."""
    total, at = sum(part.pupils for part in split.parts), _pupils_at(layout)
    if total and total != pupils and not np.isnan(pupils):
        wrong = words("its units have {sum} pupils, the row {pupils}", sum=total, pupils=_whole(pupils))
        column = None if at is None else named(layout, at)
        yield Fault(row=split.row, column=column, wrong=wrong, allowed=words("the units share all of the row's pupils"))


def _codes_twice(kept: Sequence[_Row], layout: Layout) -> Iterator[Fault]:
    """Refuse a unit of a row that has a row of its own too, unless they are put together."""
    seen: dict[str, int] = {}
    split = {row.number for row in kept if row.parts}
    for row in kept if split and not layout.together else ():
        for code in [cells.text(part.code) for part in row.parts] if row.parts else [row.code or row.school]:
            if code in seen and split & {row.number, seen[code]}:
                wrong = words(
                    "the school unit code {code} stands in row {row} too", code=cells.clipped(code), row=seen[code]
                )
                column, allowed = (
                    _identities(layout)[tables.CODE],
                    words("each school has a code of its own, as text; several rows of a school can be put together"),
                )
                yield Fault(row=row.number, column=column, value=code, wrong=wrong, allowed=allowed)
            seen.setdefault(code, row.number)


def _shared_out(paid: int, parts: Sequence[Part]) -> list[int]:
    """Share out a row's pupils paid by its units' pupils, to the pupil."""
    behind = np.array([part.pupils for part in parts], dtype=float)
    rank = contract.code_rank([part.code for part in parts])
    return [int(count) for count in rounding.whole_kronor(paid * behind / behind.sum(), paid, rank)]


def _filled(whole: Composition, at: Any, several: Any) -> dict[str, Any]:  # noqa: ANN401 - arrays
    """Return the rows' cells, those of split ones as filled: fewer than ten in all of the row are not so in each."""
    cells_, marks = whole.cells[at], whole.marks[at]
    start = 0
    for factor in whole.factors:
        part = slice(start, start + len(factor.categories))
        start = part.stop
        known = several & ~(marks[:, part] == Mark.MISSING).all(axis=1)
        cells_[known, part], marks[known, part] = whole.shares[at][known, part], Mark.KNOWN
    return {"cells": cells_, "marks": marks}


def _warnings(rows: Sequence[_Row], given: Grid, layout: Layout, decimal: str) -> Iterator[Fault]:
    """Say which rows are no schools, and what was made of each."""
    pupils = _pupils_at(layout)
    of: dict[str, list[_Row]] = {}
    for row in rows:
        of.setdefault("chosen" if row.parts == () else row.kind, []).append(row)
    yield from _sums(rows, layout, decimal)
    for row in of.get("municipality", []):
        if row.label.casefold() != tables.MUNICIPALITY:
            wrong = words("“{school}” is taken for the municipality's own row", school=row.label)
            yield Fault(row=row.number, wrong=wrong, allowed=words("if it is a school, give it a code"))
    for kind, told, made in _LEFT_OUT:
        if kind in of:
            wrong = words(told.text, rows=_listed([row.number for row in of[kind]]))
            column = named(layout, pupils) if kind == "uncounted" and pupils is not None else None
            yield Fault(row=of[kind][0].number, column=column, wrong=wrong, allowed=made)
    operator = _at(layout, "operator")
    if operator is not None:
        texts = {row.number: cells.text(row.cells[operator]).casefold() for row in of.get("school", [])}
        others = [number for number, text in texts.items() if text in suggestion.OTHER_OPERATORS]
        if others:
            wrong = words("rows whose operator is neither municipal nor independent: {rows}", rows=_listed(others))
            allowed = words("their kind of operator is left empty")
            yield Fault(row=others[0], column=named(layout, operator), wrong=wrong, allowed=allowed)
    below = given.rows[layout.last :] if layout.last else []
    unread = [number for number, row in enumerate(below, layout.last + 1) if suggestion.has_numbers(row)]
    if unread:
        wrong = words("rows with numbers below the table's last row: {rows}", rows=_listed(unread))
        yield Fault(
            row=unread[0], wrong=wrong, allowed=words("they are not read; choose a later last row for them to be")
        )


_LEFT_OUT: Final = (
    ("chosen", words("rows that are left out, as chosen: {rows}"), words("choose units for them to be taken in")),
    ("heading", words("rows with a heading or a single cell: {rows}"), words("they are left out")),
    ("elsewhere", words("rows of more than the municipality: {rows}"), words("they are left out")),
    ("uncounted", words("rows whose number of pupils is not published: {rows}"), words("they are left out")),
)


def _sums(rows: Sequence[_Row], layout: Layout, decimal: str) -> Iterator[Fault]:
    """Compare the table's own sums with the rows."""
    pupils = _pupils_at(layout)
    if pupils is None:
        return
    counts = {row.number: _count(row.cells[pupils], decimal) for row in rows}
    total = sum(count for row in rows if row.kind == "school" and not np.isnan(count := counts[row.number]))
    so_far = since = 0.0
    for row in rows:
        count = counts[row.number]
        if row.kind == "school":
            so_far, since = so_far + np.nan_to_num(count), since + np.nan_to_num(count)
        if row.kind != "sum":
            continue
        if np.isnan(count):
            wrong, allowed = words("the row is the table's own sum"), words("it is left out")
        elif count in {total, so_far, since}:
            wrong = words(
                "the row is the table's own sum, {stated} pupils, which is that of the rows", stated=_whole(count)
            )
            allowed = words("it is left out")
        else:
            near = since if row.label.casefold().startswith("del") else total
            wrong = words(
                "the rows sum to {sum} pupils, the table says {stated}", sum=_whole(near), stated=_whole(count)
            )
            allowed = words("the sum is left out; see whether a row is missing")
        since = 0.0
        yield Fault(row=row.number, column=named(layout, pupils), wrong=wrong, allowed=allowed)


def _listed(rows: Sequence[int]) -> str:
    return ", ".join(map(str, rows[:LISTED])) + ("…" if len(rows) > LISTED else "")
