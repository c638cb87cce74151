"""Shares: from the category columns of a table to shares 0-1, whatever unit they are written in."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final

import numpy as np

from socio.composition import SUPPRESSED_BELOW, Factor, Mark, scale
from socio.errors import Fault, words
from socio.intake import cells

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from socio.composition import Array
    from socio.errors import Words
    from socio.intake.cells import Cell, Numeral

OTHERS: Final = "Övriga"
UNKNOWN: Final = "Uppgift saknas"
TOLERANCE: Final = 0.005
"""Each category of rounded material may be this far off (docs/method.md §11)."""

EXACT: Final = 1e-9
PER_CENT: Final = 100
OVERLAPPING: Final = 0.25
"""Part of the rows with more than 100 % in a factor from which its categories seem to overlap."""


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
        """Whether the factor is a mean on a scale instead of shares."""
        return any(scale(category) is not None for category in self.categories)

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
    """

    row: int
    cells: Sequence[Cell]
    school: str


@dataclass(frozen=True, slots=True)
class Shares:
    """What the category columns say.

    Attributes
    ----------
    unit
        What they are written in.
    factors
        The factors, each with its complement or its unknown pupils where it got any.
    cells, marks
        Shape (n_lines, n_categories): shares 0-1 (NaN where there is none) and a `Mark` each.
    warnings
        What was made of markers, gaps and rounding.
    """

    unit: Unit
    factors: tuple[Factor, ...]
    cells: Array
    marks: NDArray[np.int8]
    warnings: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Column:
    """One category column, read."""

    position: int
    heading: str
    written: cells.Column
    marks: NDArray[np.int8]
    raw: Array
    thousands: Callable[[Numeral], bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The rows of a file and what is found wrong in them.

    Attributes
    ----------
    header
        The header's row.
    lines
        The rows; the municipality's own may be the last.
    pupils
        Pupils behind each row's shares; NaN where unknown.
    schools
        How many of the rows are schools.
    columns
        The cells of each column by its position.
    signs
        The decimal signs the file uses for certain.
    faults
        Every fault found is added here.
    decimal
        The decimal sign that the user has chosen; empty where nobody has.
    unit
        What the user has said that the shares are written in; None where nobody has.
    unknown
        Factors in which what a row lacks up to 100 % is the category `UNKNOWN`.
    """

    header: int
    lines: Sequence[Line]
    pupils: Array
    schools: int
    columns: Mapping[int, cells.Column]
    signs: frozenset[str]
    faults: list[Fault]
    decimal: str = ""
    unit: Unit | None = None
    unknown: frozenset[str] = frozenset()
    warnings: list[Fault] = field(default_factory=list)

    def read(self, groups: Sequence[Group]) -> Shares:
        """Read the category columns.

        Parameters
        ----------
        groups : sequence of Group
            The factors' columns.

        Returns
        -------
        Shares
            Whole only where no fault was added.

        Notes
        -----
        docs/method.md §11.
        """
        written = [self.columns[position] for group in groups if not group.is_mean for position in group.columns]
        every = [number for column in written for number in column.numerals.values()]
        plain = np.concatenate([np.empty(0), *(column.plain for column in written if every)])
        thousands = cells.groups_thousands(every, self.signs, "share", self.decimal, plain)
        if not self.signs:
            self._ask(groups)
        columns = {
            position: self._column(position, heading, (lambda _: False) if group.is_mean else thousands)
            for group in groups
            for position, heading in zip(group.columns, group.headings, strict=True)
        }
        pupils = self.pupils
        signed = any(number.percent for number in every)
        shared = [group for group in groups if not group.is_mean]
        unit = self.unit or (Unit.PERCENT if signed else _unit(shared, columns, pupils))
        values, marks = [np.empty((len(self.lines), 0))], [np.empty((len(self.lines), 0), dtype=np.int8)]
        factors = []
        for group in groups:
            part = _Factor(group, [columns[position] for position in group.columns], pupils, unit, self)
            shares, found = part.mean() if group.is_mean else part.shares(signed=signed)
            part.gaps(found)
            lacking = found.shape[1] - len(group.factor.categories)
            factors.append(Factor(group.name, group.factor.categories + (UNKNOWN,) * lacking))
            values.append(shares)
            marks.append(found)
        return Shares(unit, tuple(factors), np.hstack(values), np.hstack(marks), tuple(self.warnings))

    def _ask(self, groups: Sequence[Group]) -> None:
        """Ask of a factor with a single category, which has no sum to tell: 1,329 pupils of 1 500, or 1.3 per cent."""
        for group in groups:
            column = self.columns[group.columns[0]]
            if group.is_mean or len(group.columns) > 1 or column.percent:
                continue
            bare = [number.value() for number in column.numerals.values() if not number.sign]
            if any(value > PER_CENT for value in bare) or (column.plain > PER_CENT).any():
                continue  # they are counted
            for i, number in column.numerals.items():
                if number.sure or not number.value(thousands=True) <= self.pupils[i]:
                    continue
                if number.value() <= PER_CENT:
                    line = self.lines[i]
                    cell = line.cells[group.columns[0]]
                    self.faults.append(_fault(line, group.headings[0], cell, *cells.unclear(cell)))

    def _column(self, position: int, heading: str, thousands: Callable[[Numeral], bool | None]) -> _Column:
        written = self.columns[position]
        marks = np.full(len(self.lines), Mark.KNOWN, dtype=np.int8)
        for i in written.others:
            cell = written.given[i]
            mark = cells.marker(cell)
            if mark is None:
                self.faults.append(_fault(self.lines[i], heading, cell, cells.not_a_number(cell), _SHARE))
            else:
                marks[i] = mark
        return _Column(position, heading, written, marks, written.values(thousands), thousands)


def _unit(groups: Sequence[Group], columns: Mapping[int, _Column], pupils: Array) -> Unit:
    """Tell the one unit of the whole file from all its values."""
    used = [columns[position] for group in groups for position in group.columns]
    sums, slack, behind = [], [], []
    for group in groups:
        if len(group.columns) > 1:
            total = np.sum([columns[position].raw for position in group.columns], axis=0)
            full = ~np.isnan(total)
            sums.append(total[full])
            slack.append(np.full(int(full.sum()), TOLERANCE * len(group.columns) + EXACT))
            behind.append(pupils[full])
    if any(map(len, sums)):
        unit = _unit_of_sums(np.concatenate(sums), np.concatenate(slack), np.concatenate(behind))
        if unit is not None:
            return unit
    values = np.concatenate([column.raw for column in used]) if used else np.empty(0)
    values = values[~np.isnan(values)]
    if any(map(len, sums)):
        return _unit_of_size(np.concatenate(sums), np.concatenate(behind), values)
    single = [(columns[group.columns[0]].raw, pupils) for group in groups if len(group.columns) == 1]
    fits = all(bool(np.all((raw <= behind) | np.isnan(raw) | np.isnan(behind))) for raw, behind in single)
    return _unit_of_values(values, fits=fits)


def _unit_of_sums(sums: Array, slack: Array, pupils: Array) -> Unit | None:
    """Let every complete factor of every school vote; None where few agree."""
    votes = {
        Unit.SHARE: np.sum(np.abs(sums - 1) <= slack),
        Unit.PERCENT: np.sum(np.abs(sums - 100) <= 100 * slack),
        Unit.COUNT: np.sum(sums == pupils),
    }
    best = max(votes, key=lambda unit: votes[unit])
    return best if 2 * votes[best] >= len(sums) else None


def _unit_of_size(sums: Array, pupils: Array, values: Array) -> Unit:
    """Let the size of the sums tell."""
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


@dataclass(frozen=True, slots=True)
class _Factor:
    """One factor's columns on the way to shares."""

    group: Group
    block: Sequence[_Column]
    pupils: Array
    unit: Unit
    reader: Reader

    def shares(self, *, signed: bool) -> tuple[Array, NDArray[np.int8]]:
        """Read the categories as shares, with a mark each; ``signed`` where the file has the sign %."""
        marks = np.column_stack([column.marks for column in self.block])
        shares = self._values()
        if self.reader.unit is None and signed:
            self._unmarked()
        elif signed and self.unit is not Unit.PERCENT:
            self._marked()
        if len(self.block) == 1:
            if self.reader.unit is None and self.unit is Unit.PERCENT and not signed:
                self._tiny()
            left = np.where(marks == Mark.KNOWN, Mark.KNOWN, Mark.MISSING)
            return np.hstack([shares, _complement(shares)]), np.hstack([marks, left]).astype(np.int8)
        if self._may_lack() and self.group.name in self.reader.unknown:
            shares, marks = self._with_unknown(shares, marks)
        self._sums(shares, marks)
        if shares.shape[1] > 2:  # noqa: PLR2004 - of two, a known one gives the other
            self._hidden_rest(shares, marks)
        return shares, marks

    def _may_lack(self) -> bool:
        """Tell whether pupils may be unknown: no category says that they are, and none is all others."""
        named = any(category.casefold() == UNKNOWN.casefold() for category in self.group.categories)
        return len(self.block) > 1 and not named

    def _with_unknown(self, shares: Array, marks: NDArray[np.int8]) -> tuple[Array, NDArray[np.int8]]:
        """Add what the rows lack up to 100 % as a category of its own, where any lacks more than rounding."""
        lacks = 1 - shares.sum(axis=1)
        if not (lacks > self._slack).any():
            return shares, marks
        left = np.where(np.isnan(lacks), Mark.MISSING, Mark.KNOWN).astype(np.int8)
        return np.column_stack([shares, np.round(np.maximum(lacks, 0), 15)]), np.column_stack([marks, left])

    @property
    def _slack(self) -> float:
        """How far off 1 a sum may be for rounding."""
        return TOLERANCE * len(self.block) + EXACT

    def mean(self) -> tuple[Array, NDArray[np.int8]]:
        """Turn a mean into a pseudo-share of need: more education is less need (trap T04)."""
        column = self.block[0]
        most, least = next(ends for category in self.group.categories if (ends := scale(category)) is not None)
        if most == least:
            wrong = words("the scale of {factor} begins and ends with the same number", factor=self.group.name)
            allowed = words("write the value that means the most need first, then the one that means the least")
            self.reader.faults.append(
                Fault(row=self.reader.header, column=column.heading, wrong=wrong, allowed=allowed)
            )
            most, least = 1.0, 3.0
        if len(self.block) > 1:
            wrong = words("the factor {factor} has both a mean and other columns", factor=self.group.name)
            allowed = words("the mean stands alone")
            self.reader.faults.append(
                Fault(row=self.reader.header, column=column.heading, wrong=wrong, allowed=allowed)
            )
        shares = ((least - column.raw) / (least - most))[:, None]
        low, high = (int(end) if end.is_integer() else end for end in sorted((most, least)))
        for i in _where(~np.isnan(shares[:, 0]) & ~((shares[:, 0] >= 0) & (shares[:, 0] <= 1))):
            shown = self._shown(column, i)
            wrong = words("“{value}” is not a mean between {low} and {high}", value=shown, low=low, high=high)
            self._wrong(column, i, wrong, words("allowed is a number from {low} to {high}", low=low, high=high))
        marks = np.where(column.marks == Mark.KNOWN, Mark.KNOWN, Mark.MISSING).astype(np.int8)[:, None]
        return np.hstack([shares, _complement(shares)]), np.hstack([marks, marks])

    def gaps(self, marks: NDArray[np.int8]) -> None:
        """Warn of what is missing, and say how much is suppressed."""
        if (marks == Mark.KNOWN).all():
            return
        missing = marks == Mark.MISSING
        if missing[: self.reader.schools].all():
            wrong = words("no school has a value in {factor}", factor=self.group.name)
            allowed = words("fill it in, or take the column away")
            self.reader.faults.append(
                Fault(row=self.reader.header, column=self.group.headings[0], wrong=wrong, allowed=allowed)
            )
            return
        allowed = words("it takes the pupil-weighted mean of the schools that have one")
        for i in _where(missing.all(axis=1)):
            self._warn(i, words("{school} has no value in {factor}", **self._who(i)), allowed)
        if marks.shape[1] > 2:  # noqa: PLR2004 - of two, a known one gives the other
            allowed = words("they share what the others leave, as the schools that have them do")
            for i in _where(missing.any(axis=1) & ~missing.all(axis=1)):
                self._warn(i, words("{school} lacks some of the categories in {factor}", **self._who(i)), allowed)
        hidden = int(((marks == Mark.SUPPRESSED) | (marks == Mark.NEARLY_ALL)).any(axis=1).sum())
        if hidden:
            wrong = words("rows with suppressed shares in {factor}: {count}", factor=self.group.name, count=hidden)
            self._warn(None, wrong, words("each takes the midpoint of its interval"))

    def _values(self) -> Array:
        """Read every number in the file's unit; a wrong one is NaN."""
        raw = np.column_stack([column.raw for column in self.block])
        whole = np.ones(len(raw))
        shares = raw.copy()
        wrong = (raw < 0) | (raw > (PER_CENT if self.unit is Unit.PERCENT else 1))
        if self.unit is Unit.COUNT:
            whole = self._denominators(raw)
            by = whole[:, None]
            shares = np.divide(raw, by, out=np.full(raw.shape, np.nan), where=by > 0)
            wrong = ~np.isnan(raw) & ~((raw >= 0) & (raw % 1 == 0) & (raw <= by) & (by > 0))
        elif self.unit is Unit.PERCENT:
            for j, column in enumerate(self.block):
                shares[:, j] = column.written.values(column.thousands, per=2)
        for i, j in np.argwhere(wrong).tolist():
            column = self.block[j]
            self._wrong(column, i, *self._reason(float(raw[i, j]), float(whole[i]), self._shown(column, i)))
        shares[wrong] = np.nan
        return shares

    def _denominators(self, counts: Array) -> Array:
        """Divide counts by the factor's sum; by the pupils where the sum is not known."""
        if len(self.block) == 1:
            return self.pupils
        total: Array = np.nansum(counts, axis=1)
        if self._may_lack() and self.group.name in self.reader.unknown:
            return np.fmax(self.pupils, total)
        return np.where(np.isnan(counts).any(axis=1), self.pupils, total)

    def _reason(self, value: float, whole: float, shown: str) -> tuple[Words, Words]:
        """Say why a number is no share in the file's unit."""
        if value < 0:
            return words("“{value}” is negative", value=shown), _SHARE
        if self.unit is Unit.COUNT:
            return _reason_count(value, whole, shown)
        if self.unit is Unit.PERCENT:
            return words("“{value}” is above 100 %", value=shown), words("the file is read as per cent, 0 to 100")
        allowed = words("the file is read as shares, 0 to 1; for per cent, write the sign %")
        return words("“{value}” is above 100 %", value=shown), allowed

    def _unmarked(self) -> None:
        """Refuse 0,15 among cells with a per cent sign, unless the factor's sum tells what it is."""
        complete = ~np.isnan(np.sum([column.raw for column in self.block], axis=0)) & (len(self.block) > 1)
        for column in self.block:
            bare = (column.raw > 0) & (column.raw <= 1) & ~complete
            bare[column.written.percent] = False
            for i in _where(bare):
                wrong = words("“{value}” lacks the sign % that other cells have", value=self._shown(column, i))
                self._wrong(column, i, wrong, words("write the sign % in every cell"))

    def _marked(self) -> None:
        """Refuse 15 % where the user has said that the file is not in per cent."""
        for column in self.block:
            for i in column.written.percent:
                wrong = words("“{value}” has the sign %", value=self._shown(column, i))
                self._wrong(column, i, wrong, words("choose per cent, or take the sign away"))

    def _tiny(self) -> None:
        """Warn of per cents that may be meant as shares: nothing sums up to tell."""
        known = self.block[0].raw[~np.isnan(self.block[0].raw)]
        if known.any() and known.max() <= 1:
            wrong = words("every value in {factor} is at most 1, and is read as per cent", factor=self.group.name)
            self._warn(None, wrong, words("write all factors in the same unit if shares are meant"))

    def _sums(self, shares: Array, marks: NDArray[np.int8]) -> None:
        """Require each school's shares to sum to 1: a little off is scaled, more is a fault."""
        slack = self._slack
        gaps, total = np.isnan(shares), shares.sum(axis=1)
        complete, unread = np.ones(total.shape, dtype=bool), np.zeros(total.shape, dtype=bool)
        if gaps.any():
            complete = ~np.isnan(total)
            total, unread = np.nansum(shares, axis=1), ((marks == Mark.KNOWN) & gaps).any(axis=1)
        off = np.where(complete, np.abs(total - 1), np.maximum(total - 1, 0))
        overlap = OVERLAPPING * np.sum(complete) <= np.sum(complete & (total > 1 + slack))
        for i in _where((off > slack) & ~unread):
            percent = round(100 * float(total[i]), 4)
            wrong = words("the shares of {school} in {factor} sum to {sum} %", **self._who(i), sum=percent)
            self._wrong(self.block[0], i, wrong, self._allowed_sum(lacks=total[i] < 1, overlap=bool(overlap)))
        scaled = _where(complete & (off > EXACT) & (off <= slack))
        if scaled:
            change = np.abs(shares[scaled] / total[scaled, None] - shares[scaled]).max(axis=1)
            worst = scaled[int(change.argmax())]
            wrong = words(
                "rows whose shares in {factor} do not sum to exactly 100 %: {count}",
                factor=self.group.name,
                count=len(scaled),
            )
            allowed = words(
                "they are scaled to 100 %; the largest change is {points} percentage points, for {school}",
                points=round(100 * float(change.max()), 3),
                school=self.reader.lines[worst].school,
            )
            self._warn(worst, wrong, allowed)

    def _allowed_sum(self, *, lacks: bool, overlap: bool) -> Words:
        """Say what a sum may be, and what can be made of another one."""
        points = round(100 * self._slack, 1)
        if lacks and self._may_lack():
            return words(
                "allowed is 100 %, give or take {points} percentage points for rounding; what is lacking can be read "
                "as the category {category}",
                points=points,
                category=UNKNOWN,
            )
        if overlap and not lacks:
            return words(
                "allowed is 100 %, give or take {points} percentage points for rounding; where a pupil may be in "
                "several categories, make each of them a factor of its own",
                points=points,
            )
        return words("allowed is 100 %, give or take {points} percentage points for rounding", points=points)

    def _hidden_rest(self, shares: Array, marks: NDArray[np.int8]) -> None:
        """Warn where the shares leave more for the suppressed ones than their interval."""
        hidden, known = marks == Mark.SUPPRESSED, marks == Mark.KNOWN
        if not hidden.any():
            return
        most = (
            np.nansum(shares, axis=1) + hidden.sum(axis=1) * np.minimum(SUPPRESSED_BELOW - 1, self.pupils) / self.pupils
        )
        closed = hidden.any(axis=1) & (hidden | known).all(axis=1)
        for i in _where(closed & (most < 1 - TOLERANCE * len(self.block))):
            wrong = words(
                "{school}: the shares in {factor} leave more than 9 pupils to each suppressed one", **self._who(i)
            )
            self._warn(i, wrong, words("the suppressed take their midpoints, and all are scaled to 100 %"))

    def _who(self, i: int) -> dict[str, str]:
        return {"school": self.reader.lines[i].school, "factor": self.group.name}

    def _shown(self, column: _Column, i: int) -> str:
        return cells.clipped(cells.shown(self.reader.lines[i].cells[column.position]))

    def _wrong(self, column: _Column, i: int, wrong: Words, allowed: Words) -> None:
        line = self.reader.lines[i]
        self.reader.faults.append(_fault(line, column.heading, line.cells[column.position], wrong, allowed))

    def _warn(self, i: int | None, wrong: Words, allowed: Words) -> None:
        row = None if i is None else self.reader.lines[i].row
        self.reader.warnings.append(Fault(row=row, column=self.group.headings[0], wrong=wrong, allowed=allowed))


def _reason_count(count: float, whole: float, shown: str) -> tuple[Words, Words]:
    if count % 1:
        wrong = words("the file counts pupils, and “{value}” is not a whole number", value=shown)
        return wrong, words("allowed is a whole number from 0")
    if np.isnan(whole):
        return words("“{value}” has no number of pupils to be divided by", value=shown), words("fill in the pupils")
    wrong = words("{count} pupils of {whole} is no share", count=count, whole=whole)
    return wrong, words("allowed is at most the pupils of the row, and at least one in the factor")


def _complement(shares: Array) -> Array:
    """Return 1 minus each share without the noise of binary fractions."""
    return np.round(1 - shares, 15)


def _where(chosen: NDArray[np.bool_]) -> list[int]:
    return [int(i) for i in np.flatnonzero(chosen)]


_SHARE: Final = words("allowed is a share in the file's own unit, “..”, “~100”, “.” or nothing")


def _fault(line: Line, heading: str, cell: Cell, wrong: Words, allowed: Words) -> Fault:
    return Fault(row=line.row, column=heading, value=cells.shown(cell), wrong=wrong, allowed=allowed)
