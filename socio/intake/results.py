"""Results of schools: Skolverket's exports “Slutbetyg årskurs 9” and “SALSA”, per school unit."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

import numpy as np

from socio.composition import SUPPRESSED_BELOW, Mark
from socio.errors import Fault, TableError, words
from socio.intake import cells, grids
from socio.intake.delimited import Faults

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from socio.composition import Array
    from socio.errors import Words
    from socio.intake.cells import Cell, Numeral, Sign
    from socio.intake.delimited import Encoding, Grid, Separator

Kind: TypeAlias = Literal["final grades", "salsa"]

CODE_HEADING: Final = "skol-enhetskod"
MUNICIPALITY_HEADING: Final = "kommun-kod"
CODE: Final = re.compile(r"\d{8,9}", re.ASCII)
"""Eight digits; nine in some rows before 2013."""

MUNICIPALITY_CODE: Final = re.compile(r"\d{3,4}", re.ASCII)
"""Four digits; a spreadsheet takes the first zero."""

YEAR: Final = re.compile(r"Valt läsår:\s*(\d{4}/\d{2})\b", re.IGNORECASE)
SPRING: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?![\d/])")
SUBJECTS: Final = re.compile(r"\((16|17)\b")
KNOWN: Final = frozenset({CODE_HEADING, MUNICIPALITY_HEADING, "skola", "skolkommun", "typ av huvudman", "huvudman"})
HEADERS: Final = 50
MOST_MERIT: Final = 340.0
FEW: Final = SUPPRESSED_BELOW - 1
LEAST_NOT_ELIGIBLE, MOST_NOT_ELIGIBLE = 1, 4


class Measure(Enum):
    """What is known of a school unit's year 9; the value is the key in files and in the store.

    Shares and their residuals are 0–1, merit is in points (0–340), education a mean of 1–3.
    """

    PUPILS = "pupils"
    MERIT = "merit"
    ALL_CRITERIA = "all_criteria"
    ELIGIBLE = "eligible"
    MERIT_EXPECTED = "merit_expected"
    MERIT_RESIDUAL = "merit_residual"
    ALL_CRITERIA_EXPECTED = "all_criteria_expected"
    ALL_CRITERIA_RESIDUAL = "all_criteria_residual"
    PARENTS_EDUCATION = "parents_education"
    NEWLY_IMMIGRATED = "newly_immigrated"
    BOYS = "boys"


class Bounds(NamedTuple):
    """What a measure may be, in its own unit, and how it is written."""

    low: float
    high: float
    percent: bool = False


SHARE: Final = Bounds(0, 1, percent=True)
BOUNDS: Final = {
    Measure.PUPILS: Bounds(0, 100_000),
    Measure.MERIT: Bounds(0, MOST_MERIT),
    Measure.ALL_CRITERIA: SHARE,
    Measure.ELIGIBLE: SHARE,
    Measure.MERIT_EXPECTED: Bounds(-MOST_MERIT, 2 * MOST_MERIT),
    Measure.MERIT_RESIDUAL: Bounds(-2 * MOST_MERIT, 2 * MOST_MERIT),
    Measure.ALL_CRITERIA_EXPECTED: Bounds(-1, 2, percent=True),
    Measure.ALL_CRITERIA_RESIDUAL: Bounds(-2, 2, percent=True),
    Measure.PARENTS_EDUCATION: Bounds(1, 3),
    Measure.NEWLY_IMMIGRATED: SHARE,
    Measure.BOYS: SHARE,
}
"""What SALSA's line expects may lie outside 0–100 %."""

PLAIN: Final = (
    (Measure.PUPILS, re.compile(r"antal elever\b")),
    (Measure.ALL_CRITERIA, re.compile(r"andel.*(?:kunskapskraven|betygskriterierna|målen).*alla ämnen")),
    (Measure.ELIGIBLE, re.compile(r"andel.*behöriga?\b.*(?:yrkes|gymnasi|nationell)")),
    (Measure.MERIT, re.compile(r"genomsnittligt meritvärde")),
    (Measure.PARENTS_EDUCATION, re.compile(r"föräldrarnas genomsnittliga utb")),
    (Measure.NEWLY_IMMIGRATED, re.compile(r"andel.*(?:nyinvandrade|nyanlända)")),
    (Measure.BOYS, re.compile(r"andel.*pojkar")),
)
"""Headings by what they have kept over the years: kunskapskraven became betygskriterierna, (16) became (17)."""

TWICE: Final = (
    (re.compile(r"faktiskt värde"), Measure.MERIT, Measure.ALL_CRITERIA),
    (re.compile(r"modell-? ?beräknat"), Measure.MERIT_EXPECTED, Measure.ALL_CRITERIA_EXPECTED),
    (re.compile(r"residual"), Measure.MERIT_RESIDUAL, Measure.ALL_CRITERIA_RESIDUAL),
)
"""SALSA's headings that stand once for each outcome."""

OF_MERIT: Final = re.compile(r"meritvärde")
OF_CRITERIA: Final = re.compile(r"kunskapskrav|betygskriteri|uppn|målen")
WITH_UNKNOWN: Final = re.compile(r"\binkl\w*\.? .*okänd")


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One measure, a value for each school unit; all arrays of shape (n_units,).

    Attributes
    ----------
    values
        NaN where there is no number.
    marks
        A `Mark` each.
    low, high
        The interval the value lies in: itself where it is known, NaN where nothing is.
    """

    values: Array
    marks: NDArray[np.int8]
    low: Array
    high: Array

    def __post_init__(self) -> None:
        """Copy the arrays and close them for writing."""
        for name in ("values", "marks", "low", "high"):
            copy = getattr(self, name).copy()
            copy.flags.writeable = False
            object.__setattr__(self, name, copy)

    def taken(self, rows: NDArray[np.int64]) -> Column:
        """Return the rows asked for; -1 is a unit that is not there, of which nothing is known."""
        if not len(self.values):
            nothing = np.full(len(rows), np.nan)
            return Column(nothing, np.full(len(rows), Mark.MISSING, dtype=np.int8), nothing, nothing)
        there = rows >= 0
        values, low, high = (np.where(there, column[rows], np.nan) for column in (self.values, self.low, self.high))
        return Column(values, np.where(there, self.marks[rows], Mark.MISSING).astype(np.int8), low, high)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Results:
    """The results of school units in one läsår.

    Attributes
    ----------
    kind
        ``final grades`` or ``salsa``.
    year
        The läsår, such as ``2024/25``; the files are named by its spring (trap T06).
    codes, names, municipality_codes
        Of each unit, in the order of the file.
    municipalities
        Name of each municipality by its four-digit code.
    measures
        What the file has; a measure that it lacks is not there.
    with_unknown
        The same with pupils of unknown background counted in, where the file has both (SALSA 2016).
    subjects
        Of how many subjects the merit rating is, 16 or 17; None where the file does not say.
    encoding, separator, decimal, sheet
        How the file was understood; empty where it does not apply.
    warnings
        What was made of it.
    """

    kind: Kind
    year: str
    codes: tuple[str, ...]
    names: tuple[str, ...]
    municipality_codes: tuple[str, ...]
    municipalities: Mapping[str, str]
    measures: Mapping[Measure, Column]
    with_unknown: Mapping[Measure, Column] = field(default_factory=dict)
    subjects: int | None = None
    encoding: str = ""
    separator: str = ""
    decimal: str = ""
    sheet: str = ""
    warnings: tuple[Fault, ...] = ()

    def __len__(self) -> int:
        """Return the number of units."""
        return len(self.codes)

    def aligned(self, codes: Sequence[str]) -> Results:
        """Return the results of a table's schools, matched by code.

        Parameters
        ----------
        codes : sequence of str
            School unit codes, such as a composition's.

        Returns
        -------
        Results
            In the order of the codes; a school that the file does not have is missing.
        """
        at = {code: row for row, code in enumerate(self.codes)}
        rows = np.array([at.get(code, -1) for code in codes], dtype=np.int64)

        def told(texts: Sequence[str]) -> tuple[str, ...]:
            return tuple(texts[row] if row >= 0 else "" for row in rows)

        return replace(
            self,
            codes=tuple(codes),
            names=told(self.names),
            municipality_codes=told(self.municipality_codes),
            measures={measure: column.taken(rows) for measure, column in self.measures.items()},
            with_unknown={measure: column.taken(rows) for measure, column in self.with_unknown.items()},
        )

    def within(self, municipality_code: str) -> Results:
        """Return the units of one municipality."""
        of = zip(self.codes, self.municipality_codes, strict=True)
        return self.aligned([code for code, given in of if given == municipality_code])

    def unknown(self, codes: Sequence[str]) -> tuple[str, ...]:
        """Return those of the codes that the file does not have."""
        there = set(self.codes)
        return tuple(code for code in codes if code not in there)


@dataclass(frozen=True, slots=True)
class _Header:
    """Where everything stands."""

    row: int
    written: tuple[str, ...]
    kind: Kind
    fixed: Mapping[str, int]
    measures: Mapping[tuple[Measure, bool], int]
    subjects: int | None


def read(
    content: bytes,
    name: str,
    *,
    sheet: str | None = None,
    encoding: Encoding | None = None,
    separator: Separator | None = None,
    decimal: Sign | None = None,
) -> Results:
    """Read results of school units.

    Parameters
    ----------
    content : bytes
        The export as downloaded, or saved again in a spreadsheet.
    name : str
        The file's name, for messages, and for the year where the file lacks it.
    sheet : str, optional
        Which sheet, where there are several.
    encoding, separator, decimal : str, optional
        How the text is to be read, where what was understood is wrong.

    Returns
    -------
    Results
        Every school unit.

    Raises
    ------
    TableError
        With every fault found, each with its row and column.

    Notes
    -----
    docs/method.md §11. A ``..`` is fewer than ten pupils: of n pupils a share in [0, 9/n]. Of those
    eligible ``~100`` is one to four who are not: a share in [1 − 4/n, 1 − 1/n].
    """
    try:
        grid = grids.read(content, known=KNOWN, sheet=sheet, encoding=encoding, separator=separator)
        found = _results(grid, name, decimal or "")
    except TableError as error:
        raise error.named(name) from None
    return replace(found, warnings=tuple(replace(warning, file=name) for warning in found.warnings))


def kind_of(rows: Sequence[Sequence[Cell]]) -> Kind | None:
    """Tell which kind of results the rows of a file are by their headings; None where they are none."""
    at = _header_row(rows)
    if at is None:
        return None
    headings = [cells.text(cell).casefold() for cell in rows[at]]
    if any(pattern.search(heading) for heading in headings for pattern, *_ in TWICE[1:]):
        return "salsa"
    outcomes = [pattern for measure, pattern in PLAIN if measure in {Measure.MERIT, Measure.ALL_CRITERIA}]
    return "final grades" if any(p.search(heading) for heading in headings for p in outcomes) else None


def _header_row(rows: Sequence[Sequence[Cell]]) -> int | None:
    for at, row in enumerate(rows[:HEADERS]):
        headings = {cells.text(cell).casefold() for cell in row}
        if MUNICIPALITY_HEADING in headings or CODE_HEADING in headings:
            return at
    return None


def _results(grid: Grid, name: str, decimal: str) -> Results:
    faults: list[Fault] = Faults()
    warnings: list[Fault] = []
    header = _header(grid.rows, faults, warnings)
    year = _year(grid.rows[: header.row - 1], name, faults)
    lines = _lines(grid.rows, header, faults)
    if not lines and not faults:
        wrong = words("there is no school below the header")
        allowed = words("it needs a header and a row for each school")
        faults.append(Fault(row=header.row, wrong=wrong, allowed=allowed))
    numerals = {key: [cells.numeral(row[position]) for _, row in lines] for key, position in header.measures.items()}
    signs = frozenset(decimal) or cells.decimal_signs(n for found in numerals.values() for n in found if n is not None)
    columns: dict[bool, dict[Measure, Column]] = {False: {}, True: {}}
    pupils = np.full(len(lines), np.nan)
    for key in sorted(header.measures, key=lambda key: key[0] is not Measure.PUPILS):
        measure, with_unknown = key
        position = header.measures[key]
        columns[with_unknown][measure] = _column(
            measure,
            header.written[position],
            [(number, row[position]) for number, row in lines],
            numerals[key],
            signs=signs,
            decimal=decimal,
            pupils=pupils,
            faults=faults,
        )
        if measure is Measure.PUPILS and not with_unknown:
            pupils = columns[False][measure].values
    if faults:
        raise TableError(sorted(faults, key=lambda fault: fault.row or 0))
    place = [cells.text(row[header.fixed[MUNICIPALITY_HEADING]]).zfill(4) for _, row in lines]
    if not columns[False]:
        columns = {False: columns[True], True: {}}
    called = [cells.text(row[header.fixed["skolkommun"]]) if "skolkommun" in header.fixed else "" for _, row in lines]
    return Results(
        kind=header.kind,
        year=year,
        codes=tuple(cells.text(row[header.fixed[CODE_HEADING]]) for _, row in lines),
        names=tuple(cells.text(row[header.fixed["skola"]]) if "skola" in header.fixed else "" for _, row in lines),
        municipality_codes=tuple(place),
        municipalities=dict(sorted(zip(place, called, strict=True))),
        measures=columns[False],
        with_unknown=columns[True],
        subjects=header.subjects,
        encoding=grid.encoding,
        separator=grid.separator,
        decimal="".join(sorted(signs)),
        sheet=grid.sheet,
        warnings=tuple(warnings),
    )


def _header(rows: Sequence[Sequence[Cell]], faults: list[Fault], warnings: list[Fault]) -> _Header:
    at = _header_row(rows)
    if at is None:
        wrong = words("the header of Skolverket's export is not there")
        allowed = words("take the file as downloaded, with its first lines")
        raise TableError([Fault(wrong=wrong, allowed=allowed)])
    written = tuple(cells.text(cell) for cell in rows[at])
    headings = [heading.casefold() for heading in written]
    fixed = {heading: headings.index(heading) for heading in KNOWN if heading in headings}
    if CODE_HEADING not in fixed:
        wrong = words("the file has no row for each school unit")
        allowed = words("take the export per school unit (Skolenhet)")
        raise TableError([Fault(row=at + 1, column="Skol-enhetskod", wrong=wrong, allowed=allowed)])
    if MUNICIPALITY_HEADING not in fixed:
        wrong = words("the column is missing")
        faults.append(Fault(row=at + 1, column="Kommun-kod", wrong=wrong, allowed=words("take the file as downloaded")))
    kind = kind_of(rows)
    if kind is None:
        wrong = words("none of the results is there")
        allowed = words("take the exports “Slutbetyg årskurs 9” or “SALSA” as downloaded")
        faults.append(Fault(row=at + 1, wrong=wrong, allowed=allowed))
    measures, subjects = _measures(rows, at, written, faults)
    if any(with_unknown for _, with_unknown in measures) and not all(with_unknown for _, with_unknown in measures):
        wrong = words("the file has values with and without pupils of unknown background")
        warnings.append(Fault(row=at + 1, wrong=wrong, allowed=words("those without are used")))
    if faults:
        raise TableError(faults)
    return _Header(at + 1, written, kind or "final grades", fixed, measures, subjects)


def _measures(
    rows: Sequence[Sequence[Cell]], at: int, written: tuple[str, ...], faults: list[Fault]
) -> tuple[dict[tuple[Measure, bool], int], int | None]:
    """Find the columns of the measures, each with whether pupils of unknown background are in it."""
    above = _above(rows, at, len(written))
    found: dict[tuple[Measure, bool], int] = {}
    subjects: int | None = None

    def fault(position: int, wrong: Words) -> None:
        allowed = words("take the file as downloaded, with the row above the header")
        faults.append(Fault(row=at + 1, column=written[position], wrong=wrong, allowed=allowed))

    for position, heading in enumerate(heading.casefold() for heading in written):
        over = above[position]
        twice = next(((merit, criteria) for pattern, merit, criteria in TWICE if pattern.search(heading)), None)
        measure = next((measure for measure, pattern in PLAIN if pattern.search(heading)), None)
        if twice is not None:
            said = f"{over} {heading}"
            is_merit, is_criteria = OF_MERIT.search(said) is not None, OF_CRITERIA.search(said) is not None
            if is_merit == is_criteria:
                fault(position, words("the row above the header does not tell which result it is"))
                continue
            measure = twice[0] if is_merit else twice[1]
        if measure is None:
            continue
        key = measure, WITH_UNKNOWN.search(f"{over} {heading}") is not None
        of = SUBJECTS.search(heading) if measure is Measure.MERIT else None
        if key in found and not (measure is Measure.MERIT and of is not None):
            fault(position, words("the column stands twice"))
            continue
        if of is not None:
            if subjects is not None and subjects >= int(of[1]):
                continue  # of 16 and 17 subjects, 17 is what later years have
            subjects = int(of[1])
        found[key] = position
    return found, subjects


def _above(rows: Sequence[Sequence[Cell]], at: int, width: int) -> list[str]:
    """Return the text of the row above the header over each column; a merged cell spans those after it."""
    for row in reversed(rows[max(0, at - 3) : at]):
        texts = [cells.text(cell).casefold() for cell in row][:width]
        if any(texts[1:]):
            break
    else:
        texts = []
    spanned, last = [], ""
    for position in range(width):
        last = (texts[position] if position < len(texts) else "") or last
        spanned.append(last)
    return spanned


def _year(above: Sequence[Sequence[Cell]], name: str, faults: list[Fault]) -> str:
    """Return the läsår: as stated above the header, else by the spring in the file's name."""
    for row in above:
        for cell in row:
            if found := YEAR.search(cells.text(cell)):
                return found[1]
    springs = [int(year) for year in SPRING.findall(name.replace("\\", "/").rpartition("/")[2])]
    if len(springs) == 1:
        return f"{springs[0] - 1}/{springs[0] % 100:02}"
    wrong = words("the line “Valt läsår” is missing above the header")
    allowed = words("take the file as downloaded, or write the year of its spring in its name")
    faults.append(Fault(wrong=wrong, allowed=allowed))
    return ""


def _lines(rows: Sequence[Sequence[Cell]], header: _Header, faults: list[Fault]) -> list[tuple[int, Sequence[Cell]]]:
    """Return the rows with a school unit code; prose below them is left, wherever it spills."""
    lines: list[tuple[int, Sequence[Cell]]] = []
    seen: dict[str, int] = {}
    width = max([*header.fixed.values(), *header.measures.values()]) + 1
    code_at, place_at = header.fixed[CODE_HEADING], header.fixed[MUNICIPALITY_HEADING]
    for number, row in enumerate(rows[header.row :], header.row + 1):
        code = cells.text(row[code_at]) if len(row) > code_at else ""
        place = cells.text(row[place_at]) if len(row) > place_at else ""
        is_code, is_place = CODE.fullmatch(code) is not None, MUNICIPALITY_CODE.fullmatch(place) is not None
        if not is_code and not is_place:
            continue
        fault = None
        if len(row) < width:
            wrong = words("the row has {count} cells, the header {width}", count=len(row), width=width)
            fault = Fault(row=number, wrong=wrong, allowed=words("take the file as downloaded"))
        elif not is_code:
            wrong = words("“{value}” is not a school unit code", value=cells.clipped(code))
            allowed = words("allowed are eight digits")
            fault = Fault(row=number, column=header.written[code_at], value=code, wrong=wrong, allowed=allowed)
        elif not is_place:
            wrong = words("“{value}” is not a municipality code", value=cells.clipped(place))
            allowed = words("allowed are four digits")
            fault = Fault(row=number, column=header.written[place_at], value=place, wrong=wrong, allowed=allowed)
        elif code in seen:
            wrong = words("the school unit code {code} stands in row {row} too", code=code, row=seen[code])
            allowed = words("each school has a code of its own, as text")
            fault = Fault(row=number, column=header.written[code_at], value=code, wrong=wrong, allowed=allowed)
        seen.setdefault(code, number)
        if fault is not None:
            faults.append(fault)
        else:
            lines.append((number, row))
    return lines


def _column(
    measure: Measure,
    heading: str,
    column: Sequence[tuple[int, Cell]],
    numerals: Sequence[Numeral | None],
    *,
    signs: frozenset[str],
    decimal: str,
    pupils: Array,
    faults: list[Fault],
) -> Column:
    """Read one measure, cell by cell with its row, with the interval of what is suppressed."""
    bounds = BOUNDS[measure]
    grouped = cells.groups_thousands(
        [number for number in numerals if number is not None],
        signs,
        "whole" if measure is Measure.PUPILS else "level",
        decimal,
    )
    values = np.full(len(column), np.nan)
    marks = np.full(len(column), Mark.KNOWN, dtype=np.int8)
    for i, ((number, cell), numeral) in enumerate(zip(column, numerals, strict=True)):
        wrong: tuple[Words, Words] | None = None
        if numeral is None:
            mark = cells.marker(cell)
            marks[i] = Mark.MISSING if mark is None else mark
            wrong = (cells.not_a_number(cell), _ALLOWED) if mark is None else None
        elif (thousands := grouped(numeral)) is None:
            wrong = cells.unclear(cell)
        else:
            value = numeral.value(per=2 if bounds.percent else 0, thousands=thousands)
            wrong = _outside(measure, value, cell)
            values[i] = value
        if wrong is not None:
            shown = cells.shown(cell)
            faults.append(Fault(row=number, column=heading, value=shown, wrong=wrong[0], allowed=wrong[1]))
    low, high = _interval(measure, values, marks, pupils)
    return Column(values, marks, low, high)


def _outside(measure: Measure, value: float, cell: Cell) -> tuple[Words, Words] | None:
    bounds, shown = BOUNDS[measure], cells.clipped(cells.shown(cell))
    if measure is Measure.PUPILS and value % 1:
        return words("the number of pupils, {value}, is not a whole number", value=shown), _ALLOWED
    if bounds.low <= value <= bounds.high:
        return None
    scale = 100 if bounds.percent else 1
    wrong = words(
        "“{value}” is not between {low} and {high}", value=shown, low=bounds.low * scale, high=bounds.high * scale
    )
    return wrong, _ALLOWED


def _interval(measure: Measure, values: Array, marks: NDArray[np.int8], pupils: Array) -> tuple[Array, Array]:
    """Return the interval of each value: what a suppressed one can be, NaN where nothing is known."""
    low, high = values.copy(), values.copy()
    few, nearly = marks == Mark.SUPPRESSED, marks == Mark.NEARLY_ALL
    bounds = BOUNDS[measure]
    low[few], high[few] = bounds.low, bounds.high
    if measure is Measure.PUPILS:
        high[few] = FEW
    elif bounds is SHARE:
        known = few & (pupils > 0)
        high[known] = np.minimum(FEW, pupils[known]) / pupils[known]
    of = np.where(pupils >= SUPPRESSED_BELOW, pupils, SUPPRESSED_BELOW)
    low[nearly] = 1 - MOST_NOT_ELIGIBLE / of[nearly]
    high[nearly] = np.where(pupils >= SUPPRESSED_BELOW, 1 - LEAST_NOT_ELIGIBLE / of, 1.0)[nearly]
    return low, high


_ALLOWED: Final = words("allowed is a number, “..”, “~100”, “.” or nothing")
