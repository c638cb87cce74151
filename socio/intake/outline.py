"""Outline: a table laid out as the guide's Tabell 1, with factors over categories and often without pupils."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from socio import need
from socio.composition import Composition, Mark, MunicipalityRow
from socio.errors import Fault, TableError, words
from socio.intake import cells, grids, shares, tables
from socio.intake.delimited import Faults
from socio.intake.shares import Group, Line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from socio.composition import Array, Factor, Whole
    from socio.intake.cells import Cell, Sign
    from socio.intake.delimited import Encoding, Grid, Separator

PUPILS: Final = frozenset({"elever", "antal elever", "elevantal"})
CODES: Final = frozenset({"skolenhetskod", "skolkod", "kod"})
SUMS: Final = frozenset({"summa", "sum", "totalt", "poäng", "index"})
WEIGHTS: Final = frozenset({"vikt", "vikter"})
POINTS: Final = "poäng"
"""What follows the row that begins so are products and sums, which are computed anew."""

BROKEN_WORD: Final = re.compile(r"[-\u00ad\u2010][^\S\n]*\r?\n\s*(?=[a-zåäö])")
"""A hyphen at a line's end, as in the printed headings."""

HEADERS: Final = 30


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outline:
    """Schools and their shares, enough for points and index.

    Attributes
    ----------
    names
        The schools.
    codes
        School unit codes; empty where the table has none.
    factors
        Factors with their categories; the columns of ``cells``.
    cells, marks
        As in a composition, shape (n_schools, n_categories).
    municipality_row
        The municipality's own row, where it is there.
    weights
        Weight of each category by factor, where the table has them.
    pupils
        Shape (n_schools,); None where the table has no pupils.
    questions
        What has to be asked for before kronor can be computed.
    encoding, separator, decimal, sheet
        How the file was understood; empty where it does not apply.
    warnings
        What was made of rounding.
    """

    names: tuple[str, ...]
    codes: tuple[str, ...]
    factors: tuple[Factor, ...]
    cells: Array
    marks: NDArray[np.int8]
    municipality_row: MunicipalityRow | None
    weights: Mapping[str, Mapping[str, float]]
    pupils: Whole | None
    questions: tuple[Fault, ...]
    encoding: str
    separator: str
    decimal: str
    sheet: str
    warnings: tuple[Fault, ...]

    def points(self, weights: Mapping[str, Mapping[str, float]] | None = None) -> Array:
        """Weigh each school's shares into points per pupil.

        Parameters
        ----------
        weights : mapping, optional
            By factor and category; the table's own where left out. What is not named weighs 0.

        Returns
        -------
        array of float, shape (n_schools,)
            NaN where a share is not known.

        Notes
        -----
        docs/method.md §2.
        """
        return need.points(self.cells, self._along(weights))

    def index(self, weights: Mapping[str, Mapping[str, float]] | None = None) -> Array | None:
        """Set each school's points against the municipality's row; None where there is none.

        Returns
        -------
        array of float, shape (n_schools,)
            Index, municipality = 1.

        Notes
        -----
        docs/method.md §2.
        """
        mean = self.municipality_points(weights)
        if not mean:
            return None
        return need.index(self.points(weights), mean, np.zeros(len(self.names), dtype=np.int64))

    def municipality_points(self, weights: Mapping[str, Mapping[str, float]] | None = None) -> float | None:
        """Return the points of the municipality's own row; None where there is none."""
        row = self.municipality_row
        return None if row is None or row.shares is None else float(need.points(row.shares, self._along(weights)))

    def composition(self, pupils: Mapping[str, int] | None = None) -> Composition:
        """Make the composition, once the pupils are known.

        Parameters
        ----------
        pupils : mapping of str to int, optional
            Pupils by the school's name, where the table has none.

        Returns
        -------
        Composition
            A school without a code has its name as its code.

        Raises
        ------
        TableError
            A school has no pupils.
        """
        counts = dict(zip(self.names, (int(n) for n in self.pupils), strict=True)) if self.pupils is not None else {}
        counts |= pupils or {}
        allowed = words("allowed is a whole number above 0")
        faults = [
            Fault(wrong=words("{school} has no number of pupils", school=name), allowed=allowed)
            for name in self.names
            if not 0 < counts.get(name, 0) <= tables.MOST_PUPILS
        ]
        if faults:
            raise TableError(faults)
        persons = np.array([counts[name] for name in self.names], dtype=np.int64)
        count = len(self.names)
        return Composition(
            codes=tuple(code or name for code, name in zip(self.codes, self.names, strict=True)),
            names=self.names,
            operators=("",) * count,
            operator_names=("",) * count,
            pupils_composition=persons,
            pupils_paid=persons,
            factors=self.factors,
            cells=self.cells,
            marks=self.marks,
            municipality_row=self.municipality_row,
        )

    def _along(self, weights: Mapping[str, Mapping[str, float]] | None) -> Array:
        given = self.weights if weights is None else weights
        return np.array(
            [given.get(factor.name, {}).get(category, 0.0) for factor in self.factors for category in factor.categories]
        )


@dataclass(frozen=True, slots=True)
class _Header:
    """The two rows of headings."""

    row: int
    name: int
    fixed: Mapping[str, int]
    groups: tuple[Group, ...]


@dataclass(slots=True)
class _Rows:
    """The rows below, by what they are."""

    schools: list[Line]
    own: list[Line]
    weights: Line | None = None


def read(
    content: bytes,
    name: str,
    *,
    sheet: str | None = None,
    encoding: Encoding | None = None,
    separator: Separator | None = None,
    decimal: Sign | None = None,
) -> Outline:
    """Read a table laid out as Tabell 1.

    Parameters
    ----------
    content : bytes
        Text or a workbook: a row of factors over a row of categories, then a row for each school, one for the
        municipality, and where they are there the weights.
    name : str
        The file's name, for messages.
    sheet : str, optional
        Which sheet, where there are several.
    encoding, separator, decimal : str, optional
        How the text is to be read, where what was understood is wrong.

    Returns
    -------
    Outline
        Points and index can be computed; for kronor it may ask for the pupils.

    Raises
    ------
    TableError
        With every fault found, each with its row and column.

    Notes
    -----
    docs/method.md §11; SKL (2014), step 3, Tabell 1.
    """
    try:
        grid = grids.read(content, sheet=sheet, encoding=encoding, separator=separator)
        found = _outline(grid, decimal or "")
    except TableError as error:
        raise error.named(name) from None
    return replace(
        found,
        questions=tuple(replace(question, file=name) for question in found.questions),
        warnings=tuple(replace(warning, file=name) for warning in found.warnings),
    )


def recognised(rows: Sequence[Sequence[Cell]]) -> bool:
    """Tell whether the rows of a file have a row of factors over a row of categories."""
    return _header(rows) is not None


def _outline(grid: Grid, decimal: str) -> Outline:
    header = _header(grid.rows)
    if header is None:
        wrong = words("there is no row of factors above a row of categories")
        raise TableError([Fault(wrong=wrong, allowed=words("lay the table out as the guide's Tabell 1"))])
    faults: list[Fault] = Faults()
    rows = _rows(grid.rows, header, faults)
    if not rows.schools:
        wrong = words("there is no school below the header")
        allowed = words("it needs a header and a row for each school")
        raise TableError([*faults, Fault(row=header.row, wrong=wrong, allowed=allowed)])
    lines = rows.schools + rows.own
    numbered = [position for group in header.groups for position in group.columns]
    columns = {position: cells.column([line.cells[position] for line in lines]) for position in numbered}
    signs = frozenset(decimal) or cells.decimal_signs(
        number for column in columns.values() for number in column.numerals.values()
    )
    pupils = _pupils(header, lines, signs, decimal, faults)
    found = shares.Reader(
        header=header.row,
        lines=lines,
        pupils=pupils,
        schools=len(rows.schools),
        columns=columns,
        signs=signs,
        decimal=decimal,
        faults=faults,
    ).read(header.groups)
    weights = _weights(header, rows.weights, faults)
    if faults:
        raise TableError(sorted(faults, key=lambda fault: fault.row or 0))
    count = len(rows.schools)
    known = "elever" in header.fixed and bool((pupils[:count] > 0).all())
    own = None
    if rows.own:
        row = _completed(found.cells[-1], header)
        own = None if np.isnan(row).any() else MunicipalityRow(shares=row)
    return Outline(
        names=tuple(line.school for line in rows.schools),
        codes=tuple(_text(line.cells, header.fixed.get("skolenhetskod")) for line in rows.schools),
        factors=tuple(group.factor for group in header.groups),
        cells=found.cells[:count],
        marks=found.marks[:count],
        municipality_row=own,
        weights=weights,
        pupils=pupils[:count].astype(np.int64) if known else None,
        questions=_questions(header, known=known, own=own is not None),
        encoding=grid.encoding,
        separator=grid.separator,
        decimal="".join(sorted(signs)),
        sheet=grid.sheet,
        warnings=found.warnings,
    )


def _questions(header: _Header, *, known: bool, own: bool) -> tuple[Fault, ...]:
    asked = []
    if not known:
        wrong = words("the table has no number of pupils, so it gives points and index but no kronor")
        asked.append(
            Fault(row=header.row, column="elever", wrong=wrong, allowed=words("fill in the pupils of each school"))
        )
    if not known and not own:
        wrong = words("the table has neither pupils nor a row for the municipality, so it gives points but no index")
        asked.append(Fault(row=header.row, wrong=wrong, allowed=words("fill in the pupils, or a row named Kommunen")))
    return tuple(asked)


def _heading(cell: Cell) -> str:
    """Return a heading with its words whole, however the page broke them."""
    return cells.text(BROKEN_WORD.sub("", cell) if isinstance(cell, str) else cell)


def _header(rows: Sequence[Sequence[Cell]]) -> _Header | None:
    """Find the row of factors and, below it, the row of categories."""
    filled = [(number, row) for number, row in enumerate(rows[:HEADERS], 1) if any(_heading(cell) for cell in row)]
    for (_, over), (number, below) in pairwise(filled):
        width = max(len(over), len(below))
        factors = [_heading(over[at]) if at < len(over) else "" for at in range(width)]
        categories = [_heading(below[at]) if at < len(below) else "" for at in range(width)]
        header = _of_two_rows(number, factors, categories)
        if header is not None and any(_numbers(row, header) for _, row in filled if row is not over):
            return header
    return None


def _of_two_rows(number: int, factors: Sequence[str], categories: Sequence[str]) -> _Header | None:
    if any(cells.numeral(text) is not None for text in (*factors, *categories)):
        return None
    fixed: dict[str, int] = {}
    found: dict[str, list[tuple[str, int]]] = {}
    factor = ""
    for at, (over, category) in enumerate(zip(factors, categories, strict=True)):
        factor = over or factor
        kind = _fixed(category) or ("" if category else _fixed(over))
        if kind:
            fixed.setdefault(kind, at)
            factor = ""
        elif category and factor and at:
            found.setdefault(factor, []).append((category, at))
        elif over:
            factor = ""
    categories_per_factor = [len(columns) for columns in found.values()]
    if not found or max(categories_per_factor) < 2:  # noqa: PLR2004 - over a single row of headings nothing spans
        return None
    repeats = any(len(columns) > len({category.casefold() for category, _ in columns}) for columns in found.values())
    if repeats:
        return None
    groups = tuple(
        Group(
            name,
            tuple(category for category, _ in columns),
            tuple(at for _, at in columns),
            tuple(f"{name}: {category}" for category, _ in columns),
        )
        for name, columns in found.items()
    )
    return _Header(number, 0, fixed, groups)


def _fixed(heading: str) -> str:
    bare = heading.casefold()
    if bare in PUPILS:
        return "elever"
    if bare in CODES:
        return "skolenhetskod"
    return "summa" if bare in SUMS else ""


def _numbers(row: Sequence[Cell], header: _Header) -> bool:
    """Tell whether a row has a number in at least half of the categories."""
    at = [position for group in header.groups for position in group.columns]
    found = sum(position < len(row) and cells.numeral(row[position]) is not None for position in at)
    return 2 * found >= len(at)


def _rows(rows: Sequence[Sequence[Cell]], header: _Header, faults: list[Fault]) -> _Rows:
    """Sort the rows into schools, the municipality and the weights, as far as the points."""
    found = _Rows([], [])
    seen: dict[str, int] = {}
    positions = [position for group in header.groups for position in group.columns]
    width = max([*positions, *header.fixed.values()]) + 1
    for number, row in enumerate(rows[header.row :], header.row + 1):
        line = Line(number, [*row[:width], *[""] * (width - len(row))], "")
        name = _heading(line.cells[header.name])
        line = replace(line, school=name)
        if name.casefold().startswith(POINTS):
            break
        if all(not _heading(line.cells[position]) for position in positions):
            continue  # blank, or the name of a part such as Andel elever
        if name.casefold() in WEIGHTS:
            found.weights = line
            continue
        wrong = None
        if not name:
            wrong = words("the name of the school is missing")
        elif name.casefold() in seen:
            wrong = words("“{school}” stands in row {row} too", school=cells.clipped(name), row=seen[name.casefold()])
        if wrong is not None:
            faults.append(Fault(row=number, wrong=wrong, allowed=words("each school has a row and a name of its own")))
        seen.setdefault(name.casefold(), number)
        (found.own if name.casefold() == tables.MUNICIPALITY else found.schools).append(line)
    return found


def _pupils(header: _Header, lines: Sequence[Line], signs: frozenset[str], decimal: str, faults: list[Fault]) -> Array:
    """Read the pupils where there is a column for them; the municipality may lack them."""
    values = np.full(len(lines), np.nan)
    if "elever" not in header.fixed:
        return values
    at, allowed = header.fixed["elever"], words("allowed is a whole number above 0")
    numerals = [cells.numeral(line.cells[at]) for line in lines]
    grouped = cells.groups_thousands([number for number in numerals if number is not None], signs, "whole", decimal)
    for i, (line, number) in enumerate(zip(lines, numerals, strict=True)):
        cell = line.cells[at]
        shown = cells.shown(cell)
        if number is None:
            wrong = None if cells.marker(cell) is Mark.MISSING else (cells.not_a_number(cell), allowed)
        elif (thousands := grouped(number)) is None:
            wrong = cells.unclear(cell)
        else:
            value = number.value(thousands=thousands)
            possible = 0 < value <= tables.MOST_PUPILS and not value % 1 and not number.percent
            values[i] = value if possible else np.nan
            said = words("the number of pupils, {value}, is impossible", value=cells.clipped(shown))
            wrong = None if possible else (said, allowed)
        if wrong is not None:
            faults.append(Fault(row=line.row, column="elever", value=shown, wrong=wrong[0], allowed=wrong[1]))
    return values


def _weights(header: _Header, line: Line | None, faults: list[Fault]) -> dict[str, dict[str, float]]:
    """Read the row of weights; without one there are none."""
    if line is None:
        return {}
    weights: dict[str, dict[str, float]] = {}
    for group in header.groups:
        for category, position, heading in zip(group.categories, group.columns, group.headings, strict=True):
            number = cells.numeral(line.cells[position])
            value = None if number is None or number.percent else number.value()
            if value is None or value < 0:
                shown = cells.clipped(cells.shown(line.cells[position]))
                wrong = words("“{value}” is not a weight", value=shown)
                allowed = words("allowed is a number from 0")
                faults.append(Fault(row=line.row, column=heading, value=shown, wrong=wrong, allowed=allowed))
            else:
                weights.setdefault(group.name, {})[category] = value
    return weights


def _completed(row: Array, header: _Header) -> Array:
    """Give the municipality's row the complement where one category of a factor is not written."""
    completed, start = row.copy(), 0
    for group in header.groups:
        part = slice(start, start + len(group.factor.categories))
        start = part.stop
        gap = np.isnan(completed[part])
        if gap.sum() == 1:
            completed[part] = np.where(gap, 1 - np.nansum(completed[part]), completed[part])
    return completed


def _text(row: Sequence[Cell], position: int | None) -> str:
    return "" if position is None else cells.text(row[position])
