"""Composition tables: the program's own layout, from the bytes of a file to a valid composition, and back."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from socio import composition as contract
from socio.composition import Composition, Mark, MunicipalityRow
from socio.errors import Fault, TableError, words
from socio.intake import cells, delimited, grids, shares
from socio.intake.shares import Group, Line, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from socio.composition import Array
    from socio.errors import Words
    from socio.intake.cells import Cell, Numeral, Reading, Sign
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
class _Heading:
    """The header: where each column stands."""

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
        intake = _read(grid, decimal or "")
    except TableError as error:
        raise error.named(name) from None
    told = replace(
        intake.composition, municipality=municipality, municipality_code=municipality_code, year=year, source=source
    )
    named = tuple(replace(warning, file=name) for warning in intake.warnings)
    return replace(intake, composition=told, warnings=named)


def _read(grid: Grid, decimal: str) -> Intake:
    faults: list[Fault] = []
    warnings: list[Fault] = []
    heading = _heading(grid.rows, faults, warnings)
    intake = _intake(grid, heading, decimal, faults, warnings)
    if intake is None or faults:
        raise TableError(sorted(faults, key=_row))
    return intake


def _row(fault: Fault) -> int:
    return fault.row or 0


def _heading(rows: Sequence[Sequence[Cell]], faults: list[Fault], warnings: list[Fault]) -> _Heading:
    """Find the columns, in the first row with anything in it."""
    row = next((number for number, cells_ in enumerate(rows, 1) if not _blank(cells_)), None)
    if row is None:
        raise TableError(
            [Fault(wrong=words("the file is empty"), allowed=words("it needs a header and a row for each school"))]
        )
    written = tuple(cells.text(cell) for cell in rows[row - 1])
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
    return _Heading(row, written, fixed, groups)


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


def _intake(grid: Grid, heading: _Heading, decimal: str, faults: list[Fault], warnings: list[Fault]) -> Intake | None:
    """Read the rows; None where they are too few to go on."""
    schools, own = _lines(grid.rows, heading, faults)
    if not schools:
        wrong = words("there is no school below the header")
        allowed = words("it needs a header and a row for each school")
        faults += [] if faults else [Fault(row=heading.row, wrong=wrong, allowed=allowed)]
        return None
    columns = _Columns(heading, schools, own, faults, decimal)
    composition_pupils = columns.pupils(PUPILS_COMPOSITION if PUPILS_COMPOSITION in heading.fixed else PUPILS)
    paid = columns.pupils(PUPILS_PAID) if PUPILS_PAID in heading.fixed else composition_pupils
    lines = [replace(line, pupils=count) for line, count in zip(columns.lines, composition_pupils, strict=True)]
    found = shares.Reader(
        header=heading.row,
        lines=lines,
        schools=len(schools),
        numerals=columns.numerals,
        signs=columns.signs,
        decimal=decimal,
        faults=faults,
    ).read(heading.groups)
    codes = _codes(schools, heading, faults)
    operators = _operators(schools, heading, faults)
    ready = {name: columns.numbers(name, "level") for name in READY if name in heading.fixed}
    for name, column in ready.items():
        warnings += _ready_gaps(columns, name, column[: len(schools)])
    old_rate, old_amount = _old(columns)
    if faults:
        return None
    count, c = len(schools), composition_pupils[: len(schools)]
    made = Composition(
        codes=codes,
        names=tuple(line.school for line in schools),
        operators=operators,
        operator_names=tuple(_cell_text(line, heading, OPERATOR_NAME) for line in schools),
        pupils_composition=c.astype(np.int64),
        pupils_paid=paid[:count].astype(np.int64),
        factors=tuple(group.factor for group in heading.groups),
        cells=found.cells[:count],
        marks=found.marks[:count],
        ready={name: _without_gaps(column[:count], c) for name, column in ready.items()},
        old_rate=old_rate,
        old_amount=old_amount,
    )
    if own:
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


def _lines(rows: Sequence[Sequence[Cell]], heading: _Heading, faults: list[Fault]) -> tuple[list[Line], list[Line]]:
    """Return the schools' rows, and the municipality's own where there is one."""
    width = len(heading.written)
    schools: list[Line] = []
    own: list[Line] = []
    for number, row in enumerate(rows[heading.row :], heading.row + 1):
        if _blank(row):
            continue
        if not _blank(row[width:]):
            wrong = words("the row has {count} cells, the header {width}", count=len(row), width=width)
            allowed = words("a number with a decimal comma stands in quotes where commas separate the cells")
            faults.append(Fault(row=number, wrong=wrong, allowed=allowed))
            continue
        line = Line(number, [*row[:width], *[""] * (width - len(row))], "", np.nan)
        name = _cell_text(line, heading, NAME) or _cell_text(line, heading, CODE)
        line = replace(line, school=name)
        if name.casefold() != MUNICIPALITY:
            schools.append(line)
        elif own:
            wrong = words("the municipality has a second row")
            faults.append(Fault(row=number, wrong=wrong, allowed=words("allowed is one row named Kommunen")))
        else:
            own.append(line)
    return schools, own


class _Columns:
    """The columns with numbers: taken apart once, read when asked for."""

    def __init__(
        self, heading: _Heading, schools: list[Line], own: list[Line], faults: list[Fault], decimal: str
    ) -> None:
        self.heading, self.lines, self.schools, self.faults = heading, schools + own, len(schools), faults
        self.decimal = decimal
        numeric = FIXED - {CODE, NAME, OPERATOR, OPERATOR_NAME}
        positions = {position for name, position in heading.fixed.items() if name in numeric}
        positions |= {position for group in heading.groups for position in group.columns}
        self.numerals: dict[int, list[Numeral | None]] = {
            position: [cells.numeral(line.cells[position]) for line in self.lines] for position in positions
        }
        self.signs = frozenset(decimal) or cells.decimal_signs(
            number
            for position in positions
            for number, line in zip(self.numerals[position], self.lines, strict=True)
            if number is not None and isinstance(line.cells[position], str)
        )

    def pupils(self, name: str) -> Array:
        """Read a column of pupils: whole numbers above 0, which the municipality's own row may lack."""
        if name not in self.heading.fixed:
            return np.full(len(self.lines), np.nan)
        allowed = words("allowed is a whole number above 0")

        def wrong(value: float, shown: str) -> Words | None:
            if value <= 0:
                return words("the number of pupils is {value}", value=shown)
            if value % 1:
                return words("the number of pupils, {value}, is not a whole number", value=shown)
            return words("the number of pupils, {value}, is impossible", value=shown) if value > MOST_PUPILS else None

        values = self._read(name, "whole", wrong, allowed)
        for line in self.lines[: self.schools]:
            if cells.marker(line.cells[self.heading.fixed[name]]) is not None:
                self.fault(line, name, words("the number of pupils is missing"), allowed)
        return values

    def numbers(self, name: str, reading: Reading) -> Array:
        """Read a column of numbers from 0; NaN where there is none."""

        def wrong(value: float, shown: str) -> Words | None:
            if value < 0:
                return words("“{value}” is negative", value=shown)
            return words("“{value}” is too large", value=shown) if value > MOST_KRONOR else None

        return self._read(name, reading, wrong, words("allowed is a number from 0, or nothing"))

    def _read(self, name: str, reading: Reading, wrong: Callable[[float, str], Words | None], allowed: Words) -> Array:
        position = self.heading.fixed[name]
        numerals = self.numerals[position]
        written = [number for number in numerals if number is not None]
        grouped = cells.groups_thousands(written, self.signs, reading, self.decimal)
        values = np.full(len(self.lines), np.nan)
        for i, (number, line) in enumerate(zip(numerals, self.lines, strict=True)):
            cell = line.cells[position]
            if number is None or (number.percent and reading != "level"):
                if cells.marker(cell) is None:
                    self.fault(line, name, cells.not_a_number(cell), allowed)
                continue
            thousands = grouped(number)
            if thousands is None:
                self.fault(line, name, *cells.unclear(cell))
                continue
            value = number.value(per=2 if number.percent else 0, thousands=thousands)
            fault = wrong(value, cells.clipped(cells.shown(cell)))
            if fault is not None:
                self.fault(line, name, fault, allowed)
            else:
                values[i] = value
        return values

    def fault(self, line: Line, name: str, wrong: Words, allowed: Words) -> None:
        """Add a fault of a cell."""
        value = cells.shown(line.cells[self.heading.fixed[name]])
        heading = self.heading.heading(name)
        self.faults.append(Fault(row=line.row, column=heading, value=value, wrong=wrong, allowed=allowed))


def _codes(schools: Sequence[Line], heading: _Heading, faults: list[Fault]) -> tuple[str, ...]:
    """Read the school unit codes, each there and once."""
    if CODE not in heading.fixed:
        return ()
    rows: dict[str, int] = {}
    codes = []
    for line in schools:
        code = _cell_text(line, heading, CODE)
        wrong = None
        if isinstance(line.cells[heading.fixed[CODE]], cells.Broken):
            wrong = cells.not_a_number(line.cells[heading.fixed[CODE]])
        elif not code:
            wrong = words("the school unit code is missing")
        elif MUTILATED_CODE.fullmatch(code):
            wrong = words("a spreadsheet has made a number of the school unit code “{code}”", code=code)
        elif code in rows:
            wrong = words(
                "the school unit code {code} stands in row {row} too", code=cells.clipped(code), row=rows[code]
            )
        if wrong is not None:
            allowed = words("each school has a code of its own, as text")
            faults.append(Fault(row=line.row, column=heading.heading(CODE), value=code, wrong=wrong, allowed=allowed))
        rows.setdefault(code, line.row)
        codes.append(code)
    return tuple(codes)


def _operators(schools: Sequence[Line], heading: _Heading, faults: list[Fault]) -> tuple[str, ...]:
    operators = []
    for line in schools:
        given = _cell_text(line, heading, OPERATOR)
        operator = OPERATORS.get(given.casefold())
        if operator is None:
            wrong = words("“{value}” is not a kind of operator", value=cells.clipped(given))
            allowed = words("allowed are kommunal, fristående or nothing")
            faults.append(
                Fault(row=line.row, column=heading.heading(OPERATOR), value=given, wrong=wrong, allowed=allowed)
            )
        operators.append(operator or "")
    return tuple(operators)


def _old(columns: _Columns) -> tuple[Array | None, Array | None]:
    """Read today's money as a rate, and as an amount where that is what stands there."""
    fixed, count = columns.heading.fixed, columns.schools
    if OLD_AMOUNT in fixed and OLD_PUPILS in fixed:
        amount, pupils = columns.numbers(OLD_AMOUNT, "amount"), columns.numbers(OLD_PUPILS, "amount")
        lacks = ~np.isnan(amount) & ~(pupils > 0)
        for i in np.flatnonzero(lacks[:count]):
            wrong = words("the amount has no pupils to be divided by")
            columns.fault(columns.lines[int(i)], OLD_PUPILS, wrong, words("allowed is a number above 0"))
        rate = np.divide(amount, pupils, out=np.full(len(amount), np.nan), where=pupils > 0)
        return _known(rate[:count]), _known(amount[:count])
    if OLD_RATE in fixed:
        return _known(columns.numbers(OLD_RATE, "amount")[:count]), None
    return None, None


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
        (CODE, list(composition.codes), ""),
        (NAME, list(composition.names), "Kommunen"),
    ]
    if any(composition.operators):
        columns.append((OPERATOR, list(composition.operators), ""))
    if any(composition.operator_names):
        columns.append((OPERATOR_NAME, list(composition.operator_names), ""))
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
    table.writerow([heading for heading, _, _ in columns])
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
        is_mean = factor.categories[-1] == shares.OTHERS and bool(shares.MEAN.fullmatch(factor.categories[0]))
        for category in factor.categories[:1] if is_mean else factor.categories:
            write_share: Callable[[float], str] = _mean if is_mean else _number
            column = [
                write_share(float(value)) if mark == Mark.KNOWN else _MARKERS[Mark(mark)]
                for value, mark in zip(composition.cells[:, position], composition.marks[:, position], strict=True)
            ]
            last = "" if own is None or own.shares is None else write_share(float(own.shares[position]))
            columns.append((f"{factor.name}: {category}", column, last))
            position += 1
        position += is_mean
    return columns


_MARKERS: Final = {Mark.SUPPRESSED: "..", Mark.NEARLY_ALL: "~100", Mark.MISSING: ""}


def _number(value: float) -> str:
    if np.isnan(value):
        return ""
    return str(int(value)) if float(value).is_integer() else repr(float(value)).replace(".", ",")


def _mean(share: float) -> str:
    """Return the mean of 1-3 whose pseudo-share this is, as short as it goes."""
    mean = shares.MOST_MEAN - (shares.MOST_MEAN - shares.LEAST_MEAN) * share
    short = (round(mean, digits) for digits in range(1, 16))
    exact = (value for value in short if (shares.MOST_MEAN - value) / (shares.MOST_MEAN - shares.LEAST_MEAN) == share)
    return _number(next(exact, mean))


def _cell_text(line: Line, heading: _Heading, name: str) -> str:
    return cells.text(line.cells[heading.fixed[name]]) if name in heading.fixed else ""


def _blank(row: Sequence[Cell]) -> bool:
    return all(isinstance(cell, str) and not cell.strip() for cell in row)
