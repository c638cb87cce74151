"""Composition tables: the program's own layout, from the bytes of a file to a valid composition, and back."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, overload

import numpy as np

from socio import composition as contract
from socio.composition import Composition, Mark, MunicipalityRow, scale
from socio.errors import Fault, TableError, words
from socio.intake import cells, delimited, grids, names, shares
from socio.intake.shares import Group, Line, Unit
from socio.intake.sheets import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from socio.composition import Array
    from socio.errors import Words
    from socio.intake.cells import Cell, Reading, Sign
    from socio.intake.delimited import Encoding, Grid, Separator

CODE, NAME, OPERATOR, OPERATOR_NAME = "skolenhetskod", "skola", "huvudman_typ", "huvudman"
PUPILS, PUPILS_COMPOSITION, PUPILS_PAID = "elever", "elever_underlag", "elever_betalning"
OLD_RATE, OLD_AMOUNT, OLD_PUPILS = "tidigare_kr_per_elev", "tidigare_belopp", "tidigare_elever"
READY: Final = ("risk", "index")
FIXED: Final = frozenset(
    {
        *(CODE, NAME, OPERATOR, OPERATOR_NAME, PUPILS, PUPILS_COMPOSITION, PUPILS_PAID),
        *(OLD_RATE, OLD_AMOUNT, OLD_PUPILS, *READY),
    }
)
MUNICIPALITY: Final = "kommunen"
OPERATORS: Final = {"": "", "kommunal": "kommunal", "fristående": "fristående", "enskild": "fristående"}
MUTILATED_CODE: Final = re.compile(r"\d[.,]?\d*[eE]\+\d+")
MOST_PUPILS: Final = 1_000_000
MOST_KRONOR: Final = 1e12


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """A composition, and how the file was understood.

    Attributes
    ----------
    composition
        The schools.
    encoding, separator
        How the text was read; empty for a spreadsheet.
    decimal
        The decimal signs in use, ``,`` or ``.`` or both; empty where no number has one.
    sheet
        The sheet's name; empty for text.
    unit
        What the shares are written in.
    warnings
        What was made of markers, gaps, rounding and columns that are not used.
    """

    composition: Composition
    encoding: str
    separator: str
    decimal: str
    sheet: str
    unit: Unit
    warnings: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the user has said of how the table is to be read."""

    decimal: str
    unit: Unit | None
    unknown: frozenset[str]
    together: bool
    municipality: str
    municipality_code: str
    year: str
    source: str


@dataclass(frozen=True, slots=True)
class _Heading:
    """The header: where it and each column stand."""

    position: int
    row: int
    written: tuple[str, ...]
    fixed: Mapping[str, int]
    groups: tuple[Group, ...]

    def heading(self, name: str) -> str:
        return self.written[self.fixed[name]] if name in self.fixed else name


def read(
    content: bytes,
    name: str,
    *,
    sheet: str | None = None,
    encoding: Encoding | None = None,
    separator: Separator | None = None,
    decimal: Sign | None = None,
    unit: Unit | None = None,
    municipality: str = "",
    municipality_code: str = "",
    year: str = "",
    source: str = "",
) -> Intake:
    r"""Read a composition table in the program's own layout.

    Parameters
    ----------
    content : bytes
        The file: text in UTF-8, UTF-16 or Windows-1252, ``.xlsx``, ``.xls`` or ``.ods``, or a ``.zip`` with
        one of them.
    name : str
        The file's name, for messages.
    sheet : str, optional
        Which sheet, where there are several.
    encoding, separator, decimal : str, optional
        How the text is to be read, where what was understood is wrong.
    unit : Unit, optional
        What the shares are written in, where what was understood is wrong.
    municipality, municipality_code, year, source : str
        Whose schools, which läsår and where the figures come from; the layout has no place for them.

    Returns
    -------
    Intake
        The composition and how the file was understood.

    Raises
    ------
    TableError
        With every fault found, each with its row (the header is row 1) and column.

    Notes
    -----
    docs/method.md §11.

    Examples
    --------
    >>> table = "skolenhetskod;skola;elever;Utbildning: Kort\n01;A-skolan;100;15\n02;B-skolan;50;30"
    >>> intake = read(table.encode(), "table.csv")
    >>> intake.unit, intake.composition.shares[:, 0]
    (<Unit.PERCENT: 'percent'>, array([0.15, 0.3 ]))
    """
    try:
        grid = grids.read(content, known=FIXED, sheet=sheet, encoding=encoding, separator=separator)
    except TableError as error:
        raise error.named(name) from None
    return of_grid(
        grid,
        name,
        decimal=decimal or "",
        unit=unit,
        municipality=municipality,
        municipality_code=municipality_code,
        year=year,
        source=source,
    )


def of_grid(
    grid: Grid,
    name: str,
    *,
    decimal: Sign | Literal[""] = "",
    unit: Unit | None = None,
    unknown: frozenset[str] = frozenset(),
    together: bool = False,
    municipality: str = "",
    municipality_code: str = "",
    year: str = "",
    source: str = "",
) -> Intake:
    """Read a composition table from its cells.

    Parameters
    ----------
    grid : Grid
        Its cells, and which row of the user's file each row is.
    name : str
        The file's name, for messages.
    decimal : str
        The decimal sign, where what was understood is wrong.
    unit : Unit, optional
        What the shares are written in, where what was understood is wrong.
    unknown : frozenset of str
        Factors in which what a school's shares lack up to 100 % becomes the category ``Uppgift saknas``,
        the last one (R064).
    together : bool
        Whether rows with the same code are one school (T20): pupils and amounts add, shares and ready values
        are weighted by the pupils, today's rate by the old ones.
    municipality, municipality_code, year, source : str
        Whose schools, which läsår and where the figures come from; the layout has no place for them.

    Returns
    -------
    Intake
        The composition and how the table was understood.

    Raises
    ------
    TableError
        With every fault found, each with its row in the user's file and its column.

    Notes
    -----
    docs/method.md §11.

    Examples
    --------
    >>> from socio.intake.delimited import Grid
    >>> rows = [["skolenhetskod", "skola", "elever", "A: x"], ["1", "F–6", "100", "20"], ["1", "7–9", "300", "40"]]
    >>> of_grid(Grid(rows), "table.csv", together=True).composition.shares[:, 0]
    array([0.35])
    """
    reading = _Reading(decimal, unit, unknown, together, municipality, municipality_code, year, source)
    try:
        intake = _read(grid, reading)
    except TableError as error:
        raise error.named(name) from None
    return replace(intake, warnings=tuple(replace(warning, file=name) for warning in intake.warnings))


def _read(grid: Grid, reading: _Reading) -> Intake:
    faults: list[Fault] = delimited.Faults()
    warnings: list[Fault] = []
    heading = _heading(grid, faults, warnings)
    intake = _intake(grid, heading, reading, faults, warnings)
    if intake is None or faults:
        raise TableError(sorted(faults, key=_row))
    return intake


def _row(fault: Fault) -> int:
    return fault.row or 0


def _heading(grid: Grid, faults: list[Fault], warnings: list[Fault]) -> _Heading:
    """Find the columns, in the first row with anything in it."""
    top = next((position for position in range(len(grid.rows)) if not _blank(grid.rows[position])), None)
    if top is None:
        raise TableError(
            [Fault(wrong=words("the file is empty"), allowed=words("it needs a header and a row for each school"))]
        )
    row = grid.number(top)
    written = tuple(cells.text(cell) for cell in grid.rows[top])
    fixed: dict[str, int] = {}
    factors: dict[str, list[tuple[str, int]]] = {}
    unknown = []
    for heading, count in Counter(heading.casefold() for heading in written if heading).items():
        if count > 1:
            twice = next(given for given in written if given.casefold() == heading)
            wrong = words("the column stands {count} times", count=count)
            faults.append(Fault(row=row, column=twice, wrong=wrong, allowed=words("each column stands once")))
    for position, heading in enumerate(written):
        factor, colon, category = (part.strip() for part in heading.partition(":"))
        if heading.casefold() in FIXED:
            fixed.setdefault(heading.casefold(), position)
        elif colon and factor and category:
            factors.setdefault(factor, []).append((category, position))
        elif heading:
            unknown.append(heading)
    groups = tuple(
        Group(factor, tuple(c for c, _ in found), tuple(p for _, p in found), tuple(written[p] for _, p in found))
        for factor, found in factors.items()
    )
    if not fixed and not groups:
        raise delimited.unreadable(words("none of the columns of a composition table is there"))
    if unknown:
        wrong = words("these columns are not used: {columns}", columns=", ".join(map(cells.clipped, unknown)))
        warnings.append(
            Fault(row=row, wrong=wrong, allowed=words("a category has a heading of the form “Faktor: Kategori”"))
        )
    _missing_columns(row, fixed, groups, faults, warnings)
    return _Heading(top, row, written, fixed, groups)


def _missing_columns(
    row: int, fixed: Mapping[str, int], groups: Sequence[Group], faults: list[Fault], warnings: list[Fault]
) -> None:
    together = words("tidigare_belopp and tidigare_elever belong together")
    missing = [
        (CODE, CODE not in fixed, words("it has to stand in the header")),
        (NAME, NAME not in fixed, words("it has to stand in the header")),
        (
            PUPILS,
            not fixed.keys() & {PUPILS, PUPILS_COMPOSITION},
            words("write elever, or elever_underlag and elever_betalning"),
        ),
        (
            "Faktor: Kategori",
            not groups and not fixed.keys() & set(READY),
            words("write a column for each category, or a column risk or index"),
        ),
        (OLD_AMOUNT, OLD_PUPILS in fixed and OLD_AMOUNT not in fixed, together),
        (OLD_PUPILS, OLD_AMOUNT in fixed and OLD_PUPILS not in fixed, together),
    ]
    faults += [
        Fault(row=row, column=column, wrong=words("the column is missing"), allowed=allowed)
        for column, is_missing, allowed in missing
        if is_missing
    ]
    if PUPILS in fixed and PUPILS_COMPOSITION in fixed:
        wrong = words("the number of pupils stands twice")
        allowed = words("write elever or elever_underlag, not both")
        faults.append(Fault(row=row, column=PUPILS, wrong=wrong, allowed=allowed))
    if OLD_RATE in fixed and OLD_AMOUNT in fixed:
        wrong = words("today's money stands twice")
        allowed = words("tidigare_belopp and tidigare_elever are used")
        warnings.append(Fault(row=row, column=OLD_RATE, wrong=wrong, allowed=allowed))
    for group in groups:
        if group.categories == (shares.OTHERS,):
            wrong = words("a single category cannot be named {name}", name=shares.OTHERS)
            allowed = words("that is the name its complement gets")
            faults.append(Fault(row=row, column=group.headings[0], wrong=wrong, allowed=allowed))


def _intake(
    grid: Grid, heading: _Heading, reading: _Reading, faults: list[Fault], warnings: list[Fault]
) -> Intake | None:
    """Read the rows; None where they are too few to go on, or something is wrong."""
    rows = _lines(grid, heading, faults)
    schools = rows[: rows.schools]
    if not names.western("".join(schools.names)):
        warnings += names.look_alikes(
            (schools.row(i), name) for i, name in enumerate(schools.names) if not name.isascii()
        )
    if not schools:
        wrong = words("there is no school below the header")
        allowed = words("it needs a header and a row for each school")
        faults += [] if faults else [Fault(row=heading.row, wrong=wrong, allowed=allowed)]
        return None
    columns = _Columns(grid, heading, rows, faults, reading.decimal)
    composition_pupils = columns.pupils(PUPILS_COMPOSITION if PUPILS_COMPOSITION in heading.fixed else PUPILS)
    paid = columns.pupils(PUPILS_PAID) if PUPILS_PAID in heading.fixed else composition_pupils
    found = shares.Reader(
        header=heading.row,
        lines=rows,
        pupils=composition_pupils,
        schools=len(schools),
        columns=columns.columns,
        signs=columns.signs,
        decimal=reading.decimal,
        faults=faults,
        unit=reading.unit,
        unknown=reading.unknown,
    ).read(heading.groups)
    codes = _codes(schools, heading, faults, together=reading.together)
    operators = _operators(schools, heading, faults)
    ready = {name: columns.numbers(name, "level") for name in READY if name in heading.fixed}
    for name, column in ready.items():
        warnings += _ready_gaps(columns, name, column[: len(schools)])
    old_rate, old_amount, old_pupils = _old(columns)
    if faults:
        return None
    count, c = len(schools), composition_pupils[: len(schools)]
    made = Composition(
        codes=codes,
        names=tuple(schools.names),
        operators=operators,
        operator_names=_texts(schools, heading, OPERATOR_NAME),
        pupils_composition=c.astype(np.int64),
        pupils_paid=paid[:count].astype(np.int64),
        factors=found.factors,
        cells=found.cells[:count],
        marks=found.marks[:count],
        ready={name: _without_gaps(column[:count], c) for name, column in ready.items()},
        old_rate=old_rate,
        old_amount=old_amount,
        municipality=reading.municipality,
        municipality_code=reading.municipality_code,
        year=reading.year,
        source=reading.source,
    )
    if len(set(codes)) < count:
        warnings += _put_together(schools, heading, codes)
        first = {code: position for position, code in reversed(list(enumerate(codes)))}
        made = contract.merged(made, [first[code] for code in codes], old_pupils=old_pupils)
    if len(rows) > count:
        own_ready = {name: float(column[-1]) for name, column in ready.items() if not np.isnan(column[-1])}
        made = replace(made, municipality_row=_municipality_row(made, found, own_ready, composition_pupils[-1]))
    return Intake(
        composition=made,
        encoding=grid.encoding,
        separator=grid.separator,
        decimal="".join(sorted(columns.signs)),
        sheet=grid.sheet,
        unit=found.unit,
        warnings=tuple(sorted([*warnings, *found.warnings], key=_row)),
    )


@dataclass(frozen=True, slots=True)
class _Lines(Sequence[Line]):
    """The rows of the schools, and last the municipality's own where there is one; each is made when asked for.

    Attributes
    ----------
    grid
        Where they stand.
    width
        How many cells each has.
    positions
        Where each stands in the grid.
    names
        The school's name of each.
    schools
        How many of them are schools.
    made
        Those that have been asked for.
    """

    grid: Grid
    width: int
    positions: list[int]
    names: list[str]
    schools: int
    made: dict[int, Line] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.positions)

    @overload
    def __getitem__(self, at: int) -> Line: ...

    @overload
    def __getitem__(self, at: slice) -> _Lines: ...

    def __getitem__(self, at: int | slice) -> Line | _Lines:
        if isinstance(at, slice):
            return replace(self, positions=self.positions[at], names=self.names[at], made={})
        if at not in self.made:
            row = self.grid.rows[self.positions[at]]
            filled = row if len(row) == self.width else [*row[: self.width], *[""] * (self.width - len(row))]
            self.made[at] = Line(self.row(at), filled, self.names[at])
        return self.made[at]

    def row(self, at: int) -> int:
        """Return a row's number in the file."""
        return self.grid.number(self.positions[at])

    def column(self, at: int) -> list[Cell]:
        """Return the cells of a column."""
        rows = self.grid.rows
        if isinstance(rows, Rows):
            column = rows.column(at)
            return list(map(column.__getitem__, self.positions))
        return [row[at] if at < len(row) else "" for row in map(rows.__getitem__, self.positions)]


def _lines(grid: Grid, heading: _Heading, faults: list[Fault]) -> _Lines:
    """Find the rows with something in them, and which of them is the municipality's own."""
    wrong: list[Fault] = []
    found = _Lines(grid, len(heading.written), _filled(grid, heading, wrong), [], 0)
    known = [""] * len(found)
    for name in (NAME, CODE):
        if name in heading.fixed and not all(known):
            other = cells.texts(found.column(heading.fixed[name]))
            known = [given or instead for given, instead in zip(known, other, strict=True)] if any(known) else other
    own = []
    if MUNICIPALITY in "".join(known).casefold():
        own = [i for i, name in enumerate(known) if name.casefold() == MUNICIPALITY]
    for i in own[1:]:
        second = words("the municipality has a second row")
        wrong.append(Fault(row=found.row(i), wrong=second, allowed=words("allowed is one row named Kommunen")))
    faults += sorted(wrong, key=_row)
    if not own:
        return replace(found, names=known, schools=len(found))
    others = set(own)
    order = [*(i for i in range(len(found)) if i not in others), own[0]]
    positions, school = [found.positions[i] for i in order], [known[i] for i in order]
    return replace(found, positions=positions, names=school, schools=len(order) - 1)


def _filled(grid: Grid, heading: _Heading, faults: list[Fault]) -> list[int]:
    """Return where the rows with something in them stand; one with more cells than the header is a fault."""
    below, width, rows = heading.position + 1, len(heading.written), grid.rows
    if isinstance(rows, Rows):
        positions: list[int] = (np.flatnonzero(~rows.blank()[below:]) + below).tolist()
        return positions
    positions = []
    for position, row in enumerate(rows[below:], below):
        if _blank(row):
            continue
        if len(row) > width and not _blank(row[width:]):
            wrong = words("the row has {count} cells, the header {width}", count=len(row), width=width)
            allowed = words("a number with a decimal comma stands in quotes where commas separate the cells")
            faults.append(Fault(row=grid.number(position), wrong=wrong, allowed=allowed))
            continue
        positions.append(position)
    return positions


class _Columns:
    """The columns with numbers: taken apart once, read when asked for.

    Whether a number is possible is asked of all of them at once, and why not of each that is impossible.
    """

    def __init__(self, grid: Grid, heading: _Heading, rows: _Lines, faults: list[Fault], decimal: str) -> None:
        self.heading, self.schools, self.faults, self.decimal = heading, rows.schools, faults, decimal
        self.lines = rows
        values = None if grid.values is None else grid.values.T[:, rows.positions]
        numeric = FIXED - {CODE, NAME, OPERATOR, OPERATOR_NAME}
        positions = {position for name, position in heading.fixed.items() if name in numeric}
        positions |= {position for group in heading.groups for position in group.columns}
        self.columns = {position: self._column(position, values) for position in positions}
        self.signs = frozenset(decimal) or cells.decimal_signs(
            number for column in self.columns.values() for number in column.numerals.values()
        )

    def _column(self, position: int, values: Array | None) -> cells.Column:
        if values is None:
            return cells.column(self.lines.column(position))
        numbers = values[position]
        gaps = not (np.abs(numbers) < cells.LARGEST_NUMBER).all()
        return cells.column(self.lines.column(position) if gaps else (), numbers)

    def pupils(self, name: str) -> Array:
        """Read a column of pupils: whole numbers above 0, which the municipality's own row may lack."""
        if name not in self.heading.fixed:
            return np.full(len(self.lines), np.nan)
        allowed = words("allowed is a whole number above 0")

        def possible(values: Array) -> NDArray[np.bool_]:
            whole: NDArray[np.bool_] = values % 1 == 0
            return (values > 0) & whole & (values <= MOST_PUPILS)

        def wrong(value: float, shown: str) -> Words:
            if value <= 0:
                return words("the number of pupils is {value}", value=shown)
            if value % 1:
                return words("the number of pupils, {value}, is not a whole number", value=shown)
            return words("the number of pupils, {value}, is impossible", value=shown)

        values = self._read(name, "whole", possible, wrong, allowed)
        position = self.heading.fixed[name]
        for i in self.columns[position].others:
            if i < self.schools and cells.marker(self.columns[position].given[i]) is not None:
                self.fault(self.lines[i], name, words("the number of pupils is missing"), allowed)
        return values

    def numbers(self, name: str, reading: Reading) -> Array:
        """Read a column of numbers from 0; NaN where there is none."""

        def possible(values: Array) -> NDArray[np.bool_]:
            return (values >= 0) & (values <= MOST_KRONOR)

        def wrong(value: float, shown: str) -> Words:
            if value < 0:
                return words("“{value}” is negative", value=shown)
            return words("“{value}” is too large", value=shown)

        return self._read(name, reading, possible, wrong, words("allowed is a number from 0, or nothing"))

    def _read(
        self,
        name: str,
        reading: Reading,
        possible: Callable[[Array], NDArray[np.bool_]],
        wrong: Callable[[float, str], Words],
        allowed: Words,
    ) -> Array:
        position = self.heading.fixed[name]
        column = self.columns[position]
        grouped = cells.groups_thousands(
            list(column.numerals.values()), self.signs, reading, self.decimal, column.plain
        )
        values = column.numbers.copy()
        faults: dict[int, tuple[Words, Words]] = {}
        for i in column.others:
            cell = column.given[i]
            if cells.marker(cell) is None:
                faults[i] = cells.not_a_number(cell), allowed
        for i, number in column.numerals.items():
            cell, thousands = column.given[i], grouped(number)
            if number.percent and reading != "level":
                faults[i] = cells.not_a_number(cell), allowed
            elif thousands is None:
                faults[i] = cells.unclear(cell)
            else:
                values[i] = number.value(per=2 if number.percent else 0, thousands=thousands)
        for i in np.flatnonzero(~np.isnan(values) & ~possible(values)).tolist():
            shown = cells.clipped(cells.shown(self.lines[i].cells[position]))
            faults[i] = wrong(float(values[i]), shown), allowed
            values[i] = np.nan
        for i in sorted(faults):
            self.fault(self.lines[i], name, *faults[i])
        return values

    def fault(self, line: Line, name: str, wrong: Words, allowed: Words) -> None:
        """Add a fault of a cell."""
        value = cells.shown(line.cells[self.heading.fixed[name]])
        heading = self.heading.heading(name)
        self.faults.append(Fault(row=line.row, column=heading, value=value, wrong=wrong, allowed=allowed))


def _codes(schools: _Lines, heading: _Heading, faults: list[Fault], *, together: bool) -> tuple[str, ...]:
    """Read the school unit codes, each there, and once unless its rows are put together."""
    if CODE not in heading.fixed:
        return ()
    rows: dict[str, int] = {}
    written = schools.column(heading.fixed[CODE])
    codes = tuple(cells.texts(written))
    broken = cells.Broken in set(map(type, written))
    if not broken and len(set(codes)) == len(codes) and all(codes) and "+" not in "".join(codes):
        return codes
    allowed_code = words("each school has a code of its own, as text")
    for line, code in zip(schools, codes, strict=True):
        wrong, allowed, cell = None, allowed_code, line.cells[heading.fixed[CODE]]
        if isinstance(cell, cells.Broken):
            wrong = cells.not_a_number(cell)
        elif not code:
            wrong = words("the school unit code is missing")
        elif "+" in code and MUTILATED_CODE.fullmatch(code):
            wrong = words("a spreadsheet has made a number of the school unit code “{code}”", code=code)
        elif code in rows and not together:
            wrong = words(
                "the school unit code {code} stands in row {row} too", code=cells.clipped(code), row=rows[code]
            )
            allowed = words("each school has a code of its own, as text; several rows of a school can be put together")
        if wrong is not None:
            faults.append(Fault(row=line.row, column=heading.heading(CODE), value=code, wrong=wrong, allowed=allowed))
        rows.setdefault(code, line.row)
    return codes


def _put_together(schools: _Lines, heading: _Heading, codes: Sequence[str]) -> list[Fault]:
    """Warn of each school that has several rows."""
    counts: Counter[str] = Counter(codes)
    first: dict[str, Line] = {}
    for line, code in zip(schools, codes, strict=True):
        first.setdefault(code, line)
    allowed = words("they are put together: pupils and amounts add, shares are weighted by the pupils")
    return [
        Fault(
            row=line.row,
            column=heading.heading(CODE),
            wrong=words("{school} has {count} rows", school=line.school, count=counts[code]),
            allowed=allowed,
        )
        for code, line in first.items()
        if counts[code] > 1
    ]


def _operators(schools: _Lines, heading: _Heading, faults: list[Fault]) -> tuple[str, ...]:
    written = _texts(schools, heading, OPERATOR)
    operators = {given: OPERATORS.get(given.casefold()) for given in set(written)}
    for i, given in enumerate(written if None in operators.values() else ()):
        if operators[given] is None:
            line = schools[i]
            wrong = words("“{value}” is not a kind of operator", value=cells.clipped(given))
            allowed = words("allowed are kommunal, fristående or nothing")
            faults.append(
                Fault(row=line.row, column=heading.heading(OPERATOR), value=given, wrong=wrong, allowed=allowed)
            )
    return tuple([operators[given] or "" for given in written])


def _old(columns: _Columns) -> tuple[Array | None, Array | None, Array | None]:
    """Read today's money as a rate, and as an amount and its pupils where that is what stands there."""
    fixed, count = columns.heading.fixed, columns.schools
    if OLD_AMOUNT in fixed and OLD_PUPILS in fixed:
        amount, pupils = columns.numbers(OLD_AMOUNT, "amount"), columns.numbers(OLD_PUPILS, "amount")
        lacks = ~np.isnan(amount) & ~(pupils > 0)
        for i in np.flatnonzero(lacks[:count]):
            wrong = words("the amount has no pupils to be divided by")
            columns.fault(columns.lines[int(i)], OLD_PUPILS, wrong, words("allowed is a number above 0"))
        rate = np.divide(amount, pupils, out=np.full(len(amount), np.nan), where=pupils > 0)
        return _known(rate[:count]), _known(amount[:count]), pupils[:count]
    if OLD_RATE in fixed:
        return _known(columns.numbers(OLD_RATE, "amount")[:count]), None, None
    return None, None, None


def _known(column: Array) -> Array | None:
    return None if np.isnan(column).all() else column


def _ready_gaps(columns: _Columns, name: str, column: Array) -> list[Fault]:
    """Warn of each school without a ready value; without any there is a fault."""
    if not (column > 0).any():
        wrong = words("no school has a value above 0 in {factor}", factor=name)
        allowed = words("fill it in, or take the column away")
        heading = columns.heading
        columns.faults.append(Fault(row=heading.row, column=heading.heading(name), wrong=wrong, allowed=allowed))
        return []
    allowed = words("it takes the pupil-weighted mean of the schools that have one")
    return [
        Fault(
            row=line.row,
            column=columns.heading.heading(name),
            wrong=words("{school} has no value in {factor}", school=line.school, factor=name),
            allowed=allowed,
        )
        for line, value in zip(columns.lines, column, strict=False)
        if np.isnan(value)
    ]


def _without_gaps(column: Array, pupils: Array) -> Array:
    """Give a school without a ready value the pupil-weighted mean of the others."""
    have = ~np.isnan(column)
    return np.where(have, column, np.average(column[have], weights=pupils[have]))


def _municipality_row(
    schools: Composition, found: shares.Shares, ready: Mapping[str, float], pupils: float
) -> MunicipalityRow:
    """Fill the municipality's own row; a factor it lacks takes the schools' mean."""
    own, marks = found.cells[-1], found.marks[-1]
    if (marks == Mark.MISSING).all():
        return MunicipalityRow(shares=None, ready=ready)
    total = schools.pupils_composition.sum() if np.isnan(pupils) else pupils
    mean = np.average(schools.shares, axis=0, weights=schools.pupils_composition)
    row, start = np.empty(len(own)), 0
    for factor in schools.factors:
        part = slice(start, start + len(factor.categories))
        start = part.stop
        alone = contract.fill(own[None, part], marks[None, part], np.array([total], dtype=np.int64), [factor])
        row[part] = mean[part] if (marks[part] == Mark.MISSING).all() else alone.shares[0]
    return MunicipalityRow(shares=row, ready=ready)


def write(composition: Composition) -> str:
    """Write a composition in the program's own layout, as ``;``-separated text with decimal commas.

    Parameters
    ----------
    composition : Composition
        The schools; suppressed and missing shares are written as markers, not as what filled them.

    Returns
    -------
    str
        Text that reads back to the same composition, but for municipality, läsår and source.

    Notes
    -----
    docs/method.md §11.
    """
    paid_apart = bool((composition.pupils_composition != composition.pupils_paid).any())
    columns: list[tuple[str, list[str], str]] = [
        (CODE, list(map(names.guarded, composition.codes)), ""),
        (NAME, list(map(names.guarded, composition.names)), "Kommunen"),
    ]
    if any(composition.operators):
        columns.append((OPERATOR, list(composition.operators), ""))
    if any(composition.operator_names):
        columns.append((OPERATOR_NAME, list(map(names.guarded, composition.operator_names)), ""))
    if paid_apart:
        columns.append((PUPILS_COMPOSITION, list(map(str, composition.pupils_composition)), ""))
        columns.append((PUPILS_PAID, list(map(str, composition.pupils_paid)), ""))
    else:
        columns.append((PUPILS, list(map(str, composition.pupils_composition)), ""))
    columns += _old_columns(composition)
    own = composition.municipality_row
    for name, column in composition.ready.items():
        columns.append(
            (name, list(map(_number, column)), _number(own.ready[name]) if own and name in own.ready else "")
        )
    columns += _share_columns(composition)
    text = io.StringIO()
    table = csv.writer(text, delimiter=";", lineterminator="\n")
    table.writerow([names.guarded(heading) for heading, _, _ in columns])
    table.writerows(zip(*(column for _, column, _ in columns), strict=True))
    if own is not None:
        table.writerow([cell for _, _, cell in columns])
    return text.getvalue()


def _old_columns(composition: Composition) -> list[tuple[str, list[str], str]]:
    rate, amount = composition.old_rate, composition.old_amount
    if rate is None:
        return []
    if amount is None:
        return [(OLD_RATE, list(map(_number, rate)), "")]
    pupils = [
        _old_pupils(float(a), float(r), int(n)) for a, r, n in zip(amount, rate, composition.pupils_paid, strict=True)
    ]
    return [(OLD_AMOUNT, list(map(_number, amount)), ""), (OLD_PUPILS, list(map(_number, pupils)), "")]


def _old_pupils(amount: float, rate: float, pupils: int) -> float:
    """Return the number of pupils that gave the rate; for an amount of 0 any number does."""
    if np.isnan(amount):
        return amount
    return (
        float(round(amount / rate))
        if rate > 0 and amount / round(amount / rate) == rate
        else (amount / rate if rate > 0 else float(pupils))
    )


def _share_columns(composition: Composition) -> list[tuple[str, list[str], str]]:
    columns = []
    own = composition.municipality_row
    position = 0
    for factor in composition.factors:
        ends = scale(factor.categories[0]) if factor.categories[-1] == shares.OTHERS else None
        for category in factor.categories[:1] if ends else factor.categories:
            write_share: Callable[[float], str] = partial(_mean, *ends) if ends else _number
            column = [
                write_share(float(value)) if mark == Mark.KNOWN else _MARKERS[Mark(mark)]
                for value, mark in zip(composition.cells[:, position], composition.marks[:, position], strict=True)
            ]
            last = "" if own is None or own.shares is None else write_share(float(own.shares[position]))
            columns.append((f"{factor.name}: {category}", column, last))
            position += 1
        position += ends is not None
    return columns


_MARKERS: Final = {Mark.SUPPRESSED: "..", Mark.NEARLY_ALL: "~100", Mark.MISSING: ""}


def _number(value: float) -> str:
    if np.isnan(value):
        return ""
    return str(int(value)) if float(value).is_integer() else repr(float(value)).replace(".", ",")


def _mean(most: float, least: float, share: float) -> str:
    """Return the mean whose pseudo-share this is on its scale, as short as it goes."""
    mean = least - (least - most) * share
    short = (round(mean, digits) for digits in range(1, 16))
    exact = (value for value in short if (least - value) / (least - most) == share)
    return _number(next(exact, mean))


def _texts(lines: _Lines, heading: _Heading, name: str) -> tuple[str, ...]:
    """Return a column as texts, empty where there is none."""
    if name not in heading.fixed:
        return ("",) * len(lines)
    return tuple(cells.texts(lines.column(heading.fixed[name])))


def _blank(row: Sequence[Cell]) -> bool:
    for cell in row:  # noqa: SIM110 - a loop ends at the first cell of most rows, and costs less than a generator
        if not isinstance(cell, str) or cell.strip():
            return False
    return True
