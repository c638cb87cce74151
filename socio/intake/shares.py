"""Shares: from the category columns of a table to shares 0-1, whatever unit they are written in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

import numpy as np

from socio.composition import Factor, Mark
from socio.errors import Fault, words
from socio.intake import cells

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from socio.composition import Array
    from socio.errors import Words
    from socio.intake.cells import Cell, Numeral

OTHERS: Final = "Övriga"
MEAN: Final = re.compile(r"medelvärde \(1 ?[-\u2010-\u2015] ?3\)", re.IGNORECASE)
"""A category that is no share: the parents' mean education (docs/method.md §2, trap T04)."""

LEAST_MEAN, MOST_MEAN = 1, 3
TOLERANCE: Final = 0.005
"""Each category of rounded material may be this far off (docs/method.md §11)."""

EXACT: Final = 1e-9


class Unit(Enum):
    """What the shares are written in."""

    SHARE = "share"
    PERCENT = "percent"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Group:
    """The columns of one factor.

    Attributes
    ----------
    name
        The factor.
    categories
        Its categories as headed in the file.
    columns
        The position of each in the file's rows.
    headings
        The heading of each as it stands.
    """

    name: str
    categories: tuple[str, ...]
    columns: tuple[int, ...]
    headings: tuple[str, ...]

    @property
    def is_mean(self) -> bool:
        """Whether the factor is a mean of 1-3 instead of shares."""
        return any(MEAN.fullmatch(category) for category in self.categories)

    @property
    def factor(self) -> Factor:
        """The factor as the composition has it, with a single category's complement."""
        return Factor(self.name, self.categories if len(self.categories) > 1 else (*self.categories, OTHERS))


@dataclass(frozen=True, slots=True)
class Line:
    """One row with something in it.

    Attributes
    ----------
    row
        Its number in the file, the header being row 1.
    cells
        Its cells, one for each heading.
    school
        The school's name, for messages.
    pupils
        Pupils behind the shares; NaN where unknown.
    """

    row: int
    cells: Sequence[Cell]
    school: str
    pupils: float


@dataclass(frozen=True, slots=True)
class Shares:
    """What the category columns say.

    Attributes
    ----------
    unit
        What they are written in.
    cells, marks
        Shape (n_lines, n_categories): shares 0-1 (NaN where there is none) and a `Mark` each.
    warnings
        What was made of markers, gaps and rounding.
    """

    unit: Unit
    cells: Array
    marks: NDArray[np.int8]
    warnings: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Column:
    """One category column, read cell by cell."""

    heading: str
    numerals: Sequence[Numeral | None]
    marks: NDArray[np.int8]
    raw: Array
    grouped: list[bool]


def read(
    groups: Sequence[Group],
    lines: Sequence[Line],
    numerals: Mapping[int, Sequence[Numeral | None]],
    signs: frozenset[str],
    faults: list[Fault],
) -> Shares:
    """Read the category columns.

    Parameters
    ----------
    groups : sequence of Group
        The factors' columns.
    lines : sequence of Line
        The rows; the municipality's own may be the last.
    numerals : mapping of int to sequence of Numeral or None
        The numbers of each column by its position.
    signs : frozenset of str
        The decimal signs the file uses for certain.
    faults : list of Fault
        Every fault found is added here.

    Returns
    -------
    Shares
        Whole only where no fault was added.

    Notes
    -----
    docs/method.md §11.
    """
    columns = {
        column: _column(heading, column, lines, numerals[column], signs, faults)
        for group in groups
        for column, heading in zip(group.columns, group.headings, strict=True)
    }
    pupils = np.array([line.pupils for line in lines], dtype=float)
    unit = _unit([group for group in groups if not group.is_mean], columns, pupils)
    warnings: list[Fault] = []
    parts = []
    for group in groups:
        block = [columns[column] for column in group.columns]
        part = (
            _mean(group, block, lines, faults)
            if group.is_mean
            else _factor(group, block, lines, pupils, unit, faults, warnings)
        )
        _nobody(group, part[1], lines, faults)
        _gaps(group, part[1], lines, warnings)
        parts.append(part)
    empty = np.empty((len(lines), 0))
    values = np.hstack([empty, *(part[0] for part in parts)])
    marks = np.hstack([empty, *(part[1] for part in parts)]).astype(np.int8)
    return Shares(unit, values, marks, tuple(warnings))


def _column(  # noqa: PLR0913 - one column with all it stands on
    heading: str,
    position: int,
    lines: Sequence[Line],
    numerals: Sequence[Numeral | None],
    signs: frozenset[str],
    faults: list[Fault],
) -> _Column:
    marks = np.full(len(lines), Mark.KNOWN, dtype=np.int8)
    for i, line in enumerate(lines):
        if numerals[i] is None:
            mark = cells.marker(line.cells[position])
            if mark is None:
                cell = line.cells[position]
                faults.append(_fault(line, heading, cell, cells.not_a_number(cell), _SHARE))
            else:
                marks[i] = mark
    groups = cells.groups_thousands([number for number in numerals if number is not None], signs, "share")
    grouped = [number is not None and groups(number) for number in numerals]
    raw = [
        np.nan if number is None else number.value(thousands=thousands)
        for number, thousands in zip(numerals, grouped, strict=True)
    ]
    return _Column(heading, numerals, marks, np.array(raw, dtype=float), grouped)


def _unit(groups: Sequence[Group], columns: Mapping[int, _Column], pupils: Array) -> Unit:
    """Tell the one unit of the whole file from all its values."""
    used = [columns[column] for group in groups for column in group.columns]
    if any(number is not None and number.percent for column in used for number in column.numerals):
        return Unit.PERCENT
    sums, slack, behind = [], [], []
    for group in groups:
        if len(group.columns) > 1:
            total = np.sum([columns[column].raw for column in group.columns], axis=0)
            full = ~np.isnan(total)
            sums.append(total[full])
            slack.append(np.full(int(full.sum()), TOLERANCE * len(group.columns) + EXACT))
            behind.append(pupils[full])
    values = np.concatenate([column.raw for column in used]) if used else np.empty(0)
    values = values[~np.isnan(values)]
    if sums and len(np.concatenate(sums)):
        return _unit_of_sums(np.concatenate(sums), np.concatenate(slack), np.concatenate(behind), values)
    single = [(columns[group.columns[0]].raw, pupils) for group in groups if len(group.columns) == 1]
    fits = all(bool(np.all((raw <= behind) | np.isnan(raw) | np.isnan(behind))) for raw, behind in single)
    return _unit_of_values(values, fits=fits)


def _unit_of_sums(sums: Array, slack: Array, pupils: Array, values: Array) -> Unit:
    """Let every complete factor of every school vote; where few agree, let the sums' size tell."""
    votes = {
        Unit.SHARE: np.sum(np.abs(sums - 1) <= slack),
        Unit.PERCENT: np.sum(np.abs(sums - 100) <= 100 * slack),
        Unit.COUNT: np.sum(sums == pupils),
    }
    best = max(votes, key=lambda unit: votes[unit])
    if 2 * votes[best] >= len(sums):
        return best
    middle = float(np.median(sums))
    behind = sums[~np.isnan(pupils)] / pupils[~np.isnan(pupils)]
    whole = np.mean(values == np.round(values)) > 0.9  # noqa: PLR2004 - but for a slip or two
    if whole and len(behind) and 1 / 2 <= float(np.median(behind)) <= 2:  # noqa: PLR2004 - near the pupils
        return Unit.COUNT
    return Unit.SHARE if middle <= 10 else Unit.PERCENT if middle <= 150 else Unit.COUNT  # noqa: PLR2004 - of 1 or 100


def _unit_of_values(values: Array, *, fits: bool) -> Unit:
    """Tell the unit where nothing has to sum to anything: the file has single categories only."""
    above = float(np.mean(values > 1)) if len(values) else 0.0
    whole = bool(np.all(values == np.round(values)))
    if above == 0 or (not whole and (above < 1 / 4 or (values.max() <= 2 and above < 1 / 2))):  # noqa: PLR2004 - slips
        return Unit.SHARE
    over = int(np.sum(values > 100))  # noqa: PLR2004 - per cent
    return Unit.COUNT if whole and fits and (over > 1 or 2 * over >= len(values)) else Unit.PERCENT


def _factor(  # noqa: PLR0913 - one factor with all it stands on
    group: Group,
    block: Sequence[_Column],
    lines: Sequence[Line],
    pupils: Array,
    unit: Unit,
    faults: list[Fault],
    warnings: list[Fault],
) -> tuple[Array, NDArray[np.int8]]:
    """Read one factor's categories as shares."""
    marks = np.column_stack([column.marks for column in block])
    values = np.column_stack([column.raw for column in block])
    whole = _denominators(values, pupils, single=len(block) == 1) if unit is Unit.COUNT else np.ones(len(lines))
    shares = np.full(values.shape, np.nan)
    for j, column in enumerate(block):
        for i, number in enumerate(column.numerals):
            if number is None:
                continue
            wrong = _wrong_share(number, float(values[i, j]), float(whole[i]), unit)
            if wrong is not None:
                faults.append(_fault(lines[i], column.heading, lines[i].cells[group.columns[j]], *wrong))
            elif unit is Unit.COUNT:
                shares[i, j] = values[i, j] / whole[i]
            else:
                shares[i, j] = number.value(per=2 if unit is Unit.PERCENT else 0, thousands=column.grouped[i])
    if unit is Unit.PERCENT and any(number and number.percent for column in block for number in column.numerals):
        _unmarked(group, block, lines, faults)
    if len(block) == 1:
        rest = np.array([_complement(share) for share in shares[:, 0]])
        left = np.where(marks[:, 0] == Mark.KNOWN, Mark.KNOWN, Mark.MISSING)
        return np.column_stack([shares[:, 0], rest]), np.column_stack([marks[:, 0], left]).astype(np.int8)
    _sums(group, shares, marks, lines, pupils, faults, warnings)
    return shares, marks


def _denominators(values: Array, pupils: Array, *, single: bool) -> Array:
    """Divide counts by the factor's sum; by the pupils where the sum is not known."""
    if single:
        return pupils
    total: Array = np.where(np.isnan(values).any(axis=1), pupils, np.nansum(values, axis=1))
    return total


def _complement(share: float) -> float:
    """Return 1 minus a share without the noise of binary fractions."""
    return round(1 - share, 15)


def _wrong_share(number: Numeral, value: float, whole: float, unit: Unit) -> tuple[Words, Words] | None:
    if not number.whole and not number.fraction:
        return words("it is not a number"), _SHARE
    if number.negative and value < 0:
        return words("the share is negative"), _SHARE
    if unit is Unit.COUNT:
        if value != round(value):
            return words("the file counts pupils, and this is not a whole number"), words("a whole number from 0")
        if np.isnan(whole):
            return words("the count has no number of pupils to be divided by"), words("fill in the pupils of the row")
        if whole == 0 or value > whole:
            return (
                words("the counts cannot be divided into shares: {count} of {whole}", count=value, whole=whole),
                words("at most the pupils of the row, and at least one pupil in the factor"),
            )
    elif value > (100 if unit is Unit.PERCENT else 1):
        return (
            words("the share is above 100 %"),
            words("the file is read as per cent: 0 to 100")
            if unit is Unit.PERCENT
            else words("the file is read as shares: 0 to 1; for per cent, write the sign %"),
        )
    return None


def _unmarked(group: Group, block: Sequence[_Column], lines: Sequence[Line], faults: list[Fault]) -> None:
    """Refuse 0,15 among cells with a per cent sign, unless the factor's sum tells what it is."""
    complete = ~np.isnan(np.sum([column.raw for column in block], axis=0)) & (len(block) > 1)
    for column, position in zip(block, group.columns, strict=True):
        for i, number in enumerate(column.numerals):
            if number is not None and not number.percent and 0 < column.raw[i] <= 1 and not complete[i]:
                wrong = words("it may be a share or per cent: other cells have the sign %")
                cell = lines[i].cells[position]
                faults.append(_fault(lines[i], column.heading, cell, wrong, words("write the sign % in every cell")))


def _sums(  # noqa: PLR0913 - one factor with all it stands on
    group: Group,
    shares: Array,
    marks: NDArray[np.int8],
    lines: Sequence[Line],
    pupils: Array,
    faults: list[Fault],
    warnings: list[Fault],
) -> None:
    """Require each school's shares to sum to 1: a little off is scaled, more is a fault."""
    slack = TOLERANCE * len(group.columns) + EXACT
    total = np.nansum(shares, axis=1)
    complete = (marks == Mark.KNOWN).all(axis=1) & ~np.isnan(shares).any(axis=1)
    unread = ((marks == Mark.KNOWN) & np.isnan(shares)).any(axis=1)
    off = np.where(complete, np.abs(total - 1), np.maximum(total - 1, 0))
    for i in np.flatnonzero((off > slack) & ~unread):
        faults.append(
            Fault(
                row=lines[i].row,
                column=group.headings[0],
                value=cells.shown(lines[i].cells[group.columns[0]]),
                wrong=words(
                    "the shares of {school} in {factor} sum to {sum} %",
                    school=lines[i].school,
                    factor=group.name,
                    sum=round(100 * float(total[i]), 4),
                ),
                allowed=words(
                    "100 %, with at most {slack} percentage points for rounding", slack=round(100 * slack, 1)
                ),
            )
        )
    scaled = np.flatnonzero(complete & (off > EXACT) & (off <= slack))
    if len(scaled):
        worst = scaled[np.argmax(np.max(np.abs(shares[scaled] / total[scaled, None] - shares[scaled]), axis=1))]
        most = float(np.max(np.abs(shares[worst] / total[worst] - shares[worst])))
        warnings.append(
            Fault(
                row=lines[worst].row,
                column=group.headings[0],
                wrong=words(
                    "the shares in {factor} do not sum to 100 % for {count} rows", factor=group.name, count=len(scaled)
                ),
                allowed=words(
                    "they are scaled to 100 %; the largest change is {points} percentage points, for {school}",
                    points=round(100 * most, 3),
                    school=lines[worst].school,
                ),
            )
        )
    _hidden_rest(group, shares, marks, lines, pupils, warnings)


def _hidden_rest(  # noqa: PLR0913 - one factor with all it stands on
    group: Group,
    shares: Array,
    marks: NDArray[np.int8],
    lines: Sequence[Line],
    pupils: Array,
    warnings: list[Fault],
) -> None:
    """Warn where three categories or more leave more for the suppressed ones than their interval."""
    if len(group.columns) < 3:  # noqa: PLR2004 - of two, a known one gives the other
        return
    widest = np.minimum(9, pupils) / pupils
    hidden = (marks == Mark.SUPPRESSED).sum(axis=1)
    most = np.nansum(shares, axis=1) + hidden * widest
    closed = (hidden > 0) & ((marks == Mark.KNOWN) | (marks == Mark.SUPPRESSED)).all(axis=1)
    for i in np.flatnonzero(closed & (most < 1 - TOLERANCE * len(group.columns))):
        warnings.append(
            Fault(
                row=lines[i].row,
                column=group.headings[0],
                wrong=words(
                    "{school}: the shares shown in {factor} leave more than fewer than 10 pupils to the suppressed",
                    school=lines[i].school,
                    factor=group.name,
                ),
                allowed=words("the suppressed take their midpoints, and all are scaled to 100 %"),
            )
        )


def _mean(
    group: Group, block: Sequence[_Column], lines: Sequence[Line], faults: list[Fault]
) -> tuple[Array, NDArray[np.int8]]:
    """Turn a mean of 1-3 into a pseudo-share of need: more education is less need (trap T04)."""
    column, position = block[0], group.columns[0]
    if len(block) > 1:
        wrong = words("the factor {factor} has both a mean and other columns", factor=group.name)
        faults.append(Fault(row=1, column=column.heading, wrong=wrong, allowed=words("the mean stands alone")))
    shares = (MOST_MEAN - column.raw) / (MOST_MEAN - LEAST_MEAN)
    for i in np.flatnonzero(~np.isnan(shares) & ~((shares >= 0) & (shares <= 1))):
        wrong = words("the mean is not between 1 and 3")
        cell = lines[i].cells[position]
        faults.append(_fault(lines[i], column.heading, cell, wrong, words("a number from 1 to 3")))
    marks = np.where(column.marks == Mark.KNOWN, Mark.KNOWN, Mark.MISSING)
    rest = np.array([_complement(share) for share in shares])
    return np.column_stack([shares, rest]), np.column_stack([marks, marks]).astype(np.int8)


def _nobody(group: Group, marks: NDArray[np.int8], lines: Sequence[Line], faults: list[Fault]) -> None:
    if lines and (marks == Mark.MISSING).all():
        wrong = words("no school has a value in {factor}", factor=group.name)
        faults.append(
            Fault(row=1, column=group.headings[0], wrong=wrong, allowed=words("fill it in, or take the columns away"))
        )


def _gaps(group: Group, marks: NDArray[np.int8], lines: Sequence[Line], warnings: list[Fault]) -> None:
    """Warn of what is missing, and say how much is suppressed."""
    missing = marks == Mark.MISSING
    for i in np.flatnonzero(missing.all(axis=1)):
        wrong = words("{school} has no value in {factor}", school=lines[i].school, factor=group.name)
        allowed = words("it takes the pupil-weighted mean of the schools that have one")
        warnings.append(Fault(row=lines[i].row, column=group.headings[0], wrong=wrong, allowed=allowed))
    if marks.shape[1] > 2:  # noqa: PLR2004 - of two, a known one gives the other
        for i in np.flatnonzero(missing.any(axis=1) & ~missing.all(axis=1)):
            wrong = words("{school} lacks some of the categories in {factor}", school=lines[i].school, factor=group.name)
            allowed = words("they share what the others leave, as the schools that have them do")
            warnings.append(Fault(row=lines[i].row, column=group.headings[0], wrong=wrong, allowed=allowed))
    hidden = ((marks == Mark.SUPPRESSED) | (marks == Mark.NEARLY_ALL)).any(axis=1)
    if hidden.any():
        wrong = words(
            "{count} rows have suppressed shares in {factor}", count=int(hidden.sum()), factor=group.name
        )
        allowed = words("each takes the midpoint of its interval")
        warnings.append(Fault(column=group.headings[0], wrong=wrong, allowed=allowed))


_SHARE: Final = words("a share in the file's own unit, “..”, “~100”, “.” or nothing")


def _fault(line: Line, heading: str, cell: Cell, wrong: Words, allowed: Words) -> Fault:
    return Fault(row=line.row, column=heading, value=cells.shown(cell), wrong=wrong, allowed=allowed)
