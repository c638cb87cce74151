"""Composition: the schools, their pupils and their shares in each category, valid by construction."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

AnyArray = TypeVar("AnyArray", bound=NDArray[Any])

Array: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[np.int64]

SUPPRESSED_BELOW = 10
"""A share behind fewer pupils than this is published as ``..`` (docs/method.md §11)."""

END: Final = r"([-\u2212]?[0-9]{1,9}(?:[.,][0-9]{1,9})?)"
MEAN: Final = re.compile(rf"medelvärde \({END} ?[-\u2010-\u2015] ?{END}\)", re.IGNORECASE)
"""A category that is no share but a mean on a scale (docs/method.md §2, trap T04)."""


class Mark(IntEnum):
    """What stands in a cell of the table."""

    KNOWN = 0
    SUPPRESSED = 1
    NEARLY_ALL = 2
    MISSING = 3


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor and its categories, in the order of the table's columns."""

    name: str
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Filled:
    """Shares without gaps, and the interval each of them may lie in."""

    shares: Array
    low: Array
    high: Array


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MunicipalityRow:
    """The municipality's own row, where it is delivered.

    Attributes
    ----------
    shares
        Shape (n_categories,), 0–1; None where the row has no shares.
    ready
        Ready values by name, ``risk`` or ``index``.
    """

    shares: Array | None = None
    ready: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Composition:
    """The schools of a municipality, their pupils and their composition.

    Attributes
    ----------
    codes
        School unit codes, as they stand in the file, unique.
    names
        School names.
    operators
        ``kommunal``, ``fristående`` or empty where unknown.
    operator_names
        Who runs each school; empty where unknown.
    pupils_composition
        Persons behind the shares, shape (n_schools,), whole numbers above 0.
    pupils_paid
        Persons the money follows, shape (n_schools,), whole numbers above 0.
    factors
        Factors with their categories; the columns of ``cells``.
    cells
        What the table says, shape (n_schools, n_categories), 0–1; NaN where there is no number.
    marks
        A `Mark` for each cell, same shape.
    ready
        Ready values by name, ``risk`` or ``index``, each of shape (n_schools,).
    municipality_row
        The municipality's own row, where delivered.
    old_rate
        Today's rate in kr per pupil, shape (n_schools,), NaN where unknown; None where no school has one.
    old_amount
        Today's amount in kr, likewise.
    municipality, municipality_code, year, source
        Whose schools, which läsår, and where the figures come from; empty where unknown.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    operators: tuple[str, ...]
    operator_names: tuple[str, ...]
    pupils_composition: Whole
    pupils_paid: Whole
    factors: tuple[Factor, ...]
    cells: Array
    marks: NDArray[np.int8]
    ready: Mapping[str, Array] = field(default_factory=dict)
    municipality_row: MunicipalityRow | None = None
    old_rate: Array | None = None
    old_amount: Array | None = None
    municipality: str = ""
    municipality_code: str = ""
    year: str = ""
    source: str = ""
    filled: Filled = field(init=False)
    code_rank: Whole = field(init=False)

    def __post_init__(self) -> None:
        """Fill the gaps, rank the codes and close the arrays for writing."""
        set_field = object.__setattr__
        for name in ("pupils_composition", "pupils_paid", "cells", "marks", "old_rate", "old_amount"):
            given = getattr(self, name)
            if given is not None:
                set_field(self, name, _closed(given))
        set_field(self, "ready", {name: _closed(column) for name, column in self.ready.items()})
        filled = fill(self.cells, self.marks, self.pupils_composition, self.factors)
        for array in (filled.shares, filled.low, filled.high):
            array.flags.writeable = False
        set_field(self, "filled", filled)
        set_field(self, "code_rank", _closed(code_rank(self.codes)))

    def __len__(self) -> int:
        """Return the number of schools."""
        return len(self.codes)

    @property
    def shares(self) -> Array:
        """Shares without gaps, shape (n_schools, n_categories), 0–1."""
        return self.filled.shares

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """Factor and category of each column of the shares."""
        return tuple((factor.name, category) for factor in self.factors for category in factor.categories)

    def only(self, keep: Sequence[bool] | NDArray[np.bool_]) -> Composition:
        """Keep some of the schools.

        Parameters
        ----------
        keep : sequence of bool, shape (n_schools,)
            Which schools to keep; at least one.

        Returns
        -------
        Composition
            The same table without the others; gaps are filled anew from those that remain.
        """
        chosen = np.flatnonzero(np.asarray(keep, dtype=bool))
        if len(chosen) == len(self):
            return self
        return replace(
            self,
            codes=tuple(self.codes[i] for i in chosen),
            names=tuple(self.names[i] for i in chosen),
            operators=tuple(self.operators[i] for i in chosen),
            operator_names=tuple(self.operator_names[i] for i in chosen),
            pupils_composition=self.pupils_composition[chosen],
            pupils_paid=self.pupils_paid[chosen],
            cells=self.cells[chosen],
            marks=self.marks[chosen],
            ready={name: column[chosen] for name, column in self.ready.items()},
            old_rate=None if self.old_rate is None else self.old_rate[chosen],
            old_amount=None if self.old_amount is None else self.old_amount[chosen],
        )


def scale(category: str) -> tuple[float, float] | None:
    """Tell which scale a category is a mean on, by its heading.

    Parameters
    ----------
    category : str
        The heading, such as ``Medelvärde (1–3)``.

    Returns
    -------
    tuple of float, or None
        The value A that means the most need, and B the least; None where the category is a share. The two
        are the same where the heading is wrong.

    Notes
    -----
    The pseudo-share of need is ``(B − value)/(B − A)`` – docs/method.md §2 (R027, trap T04).

    Examples
    --------
    >>> scale("Medelvärde (1–3)"), scale("Medelvärde (2,5-0)"), scale("Kort")
    ((1.0, 3.0), (2.5, 0.0), None)
    """
    found = MEAN.fullmatch(category)
    if found is None:
        return None
    most, least = (float(end.replace("\u2212", "-").replace(",", ".")) for end in found.groups())
    return most, least


def merged(composition: Composition, groups: Sequence[int] | Whole, *, old_pupils: Array | None = None) -> Composition:
    """Put rows together that are one school.

    Parameters
    ----------
    composition : Composition
        A row each.
    groups : sequence of int, shape (n_schools,)
        Rows with the same number are one school.
    old_pupils : array of float, shape (n_schools,), optional
        Pupils behind today's rates; without them those that the amount and the rate tell, else the pupils paid.

    Returns
    -------
    Composition
        A school each, in the order of their first rows, with the code, name and operator of these.

    Notes
    -----
    docs/method.md §11 (T20). Pupils and amounts add. Shares, as filled, and ready values are weighted by
    ``pupils_composition``, rates by the old pupils, over the rows that have one. A factor that all rows of a
    school lack stays missing.
    """
    _, first, group = np.unique(np.asarray(groups), return_index=True, return_inverse=True)
    if len(first) == len(composition):
        return composition
    order = np.argsort(first)
    first, group = first[order], np.argsort(order)[group]
    alone = np.bincount(group) == 1

    def total(values: NDArray[Any]) -> Array:
        sums = np.zeros((len(first), *values.shape[1:]))
        np.add.at(sums, group, values)
        return sums

    def mean(values: Array, weights: Array | Whole) -> Array:
        people = np.where(np.isnan(values.T), 0, weights).T
        over = total(people)
        shared = np.divide(total(people * np.nan_to_num(values)), over, out=np.full(over.shape, np.nan), where=over > 0)
        return np.where(alone.reshape(-1, *[1] * (values.ndim - 1)), values[first], shared)

    behind = composition.pupils_composition
    missing = total(_lacks(composition)) == np.bincount(group)[:, None]
    cells = np.where(missing, np.nan, mean(composition.shares, behind))
    marks = np.where(missing, Mark.MISSING, Mark.KNOWN).astype(np.int8)
    cells[alone], marks[alone] = composition.cells[first[alone]], composition.marks[first[alone]]
    rate, amount = composition.old_rate, composition.old_amount
    if rate is not None:
        rate = mean(rate, _pupils_then(composition) if old_pupils is None else old_pupils)
    if amount is not None:
        amount = np.where(total(~np.isnan(amount)) > 0, total(np.nan_to_num(amount)), np.nan)
    return replace(
        composition,
        codes=tuple(composition.codes[i] for i in first),
        names=tuple(composition.names[i] for i in first),
        operators=tuple(composition.operators[i] for i in first),
        operator_names=tuple(composition.operator_names[i] for i in first),
        pupils_composition=total(behind).astype(np.int64),
        pupils_paid=total(composition.pupils_paid).astype(np.int64),
        cells=cells,
        marks=marks,
        ready={name: mean(column, behind) for name, column in composition.ready.items()},
        old_rate=rate,
        old_amount=amount,
    )


def _lacks(composition: Composition) -> NDArray[np.bool_]:
    """Tell where a school has nothing in a whole factor, shape (n_schools, n_categories)."""
    missing = composition.marks == Mark.MISSING
    lacks = np.zeros(missing.shape, dtype=bool)
    for columns in _columns(composition.factors):
        lacks[:, columns] = missing[:, columns].all(axis=1, keepdims=True)
    return lacks


def _pupils_then(composition: Composition) -> Array:
    """Return the pupils that made an amount the rate it is; those paid where nothing tells."""
    paid = composition.pupils_paid.astype(float)
    rate, amount = composition.old_rate, composition.old_amount
    if rate is None or amount is None:
        return paid
    then: Array = np.divide(amount, rate, out=paid, where=(rate > 0) & (amount > 0))
    return then


def fill(cells: Array, marks: NDArray[np.int8], pupils: Whole, factors: Sequence[Factor]) -> Filled:
    """Put a share where the table has a marker or nothing, and keep the interval.

    Parameters
    ----------
    cells : array of float, shape (n_schools, n_categories)
        Shares 0–1; NaN where ``marks`` is not KNOWN.
    marks : array of int, shape (n_schools, n_categories)
        A `Mark` for each cell.
    pupils : array of int, shape (n_schools,)
        Pupils behind the shares.
    factors : sequence of Factor
        Which columns belong together.

    Returns
    -------
    Filled
        Each factor's shares of a school sum to 1. Where all are known, the intervals are ``cells`` themselves.

    Notes
    -----
    docs/method.md §11. ``..`` is the midpoint of [0, min(9, c)]/c and ``~100`` is 1 minus it; of two
    categories a known one gives the other its complement; a school without any value takes the
    pupil-weighted mean of the schools that have one. With three categories or more, what the known
    and suppressed ones leave goes to the missing ones in proportion to those means.
    """
    if not marks.any():  # all are known
        cells, shares = np.asarray(cells, dtype=float), np.array(cells, dtype=float)
        for columns in _columns(factors):
            _scale(shares[:, columns])
        return Filled(shares, cells, cells)
    shares, low, high = np.array(cells, dtype=float), np.array(cells, dtype=float), np.array(cells, dtype=float)
    widest = (np.minimum(SUPPRESSED_BELOW - 1, pupils) / pupils)[:, None]
    suppressed, nearly_all = marks == Mark.SUPPRESSED, marks == Mark.NEARLY_ALL
    shares = np.where(suppressed, widest / 2, np.where(nearly_all, 1 - widest / 2, shares))
    low = np.where(suppressed, 0.0, np.where(nearly_all, 1 - widest, low))
    high = np.where(suppressed, widest, np.where(nearly_all, 1.0, high))
    for columns in _columns(factors):
        if marks[:, columns].any():
            _fill_gaps(shares[:, columns], low[:, columns], high[:, columns], marks[:, columns], pupils)
        _scale(shares[:, columns])
    return Filled(shares, low, high)


def _columns(factors: Sequence[Factor]) -> Iterator[slice]:
    """Go through the columns of each factor."""
    start = 0
    for factor in factors:
        yield slice(start, start + len(factor.categories))
        start += len(factor.categories)


def _scale(shares: Array) -> None:
    """Scale one factor's columns to 1, in place."""
    sums = shares.sum(axis=1, keepdims=True)
    positive = sums > 0
    np.divide(shares, sums, out=shares, where=True if positive.all() else positive)


def _fill_gaps(shares: Array, low: Array, high: Array, marks: NDArray[np.int8], pupils: Whole) -> None:
    """Put a share and an interval where one factor's columns have a marker or nothing."""
    known, missing = marks == Mark.KNOWN, marks == Mark.MISSING
    if shares.shape[1] == 2:  # noqa: PLR2004 - a pair: each is the other's complement
        for one, other in ((0, 1), (1, 0)):
            # a known share decides; else what is marked decides over what is missing; else the first does
            decides = known[:, one] & ~known[:, other]
            decides |= ~known[:, one] & ~missing[:, one] & missing[:, other]
            if one == 0:
                decides |= ~known.any(axis=1) & ~missing.any(axis=1)
            shares[decides, other] = 1 - shares[decides, one]
            low[decides, other], high[decides, other] = 1 - high[decides, one], 1 - low[decides, one]
    empty = missing.all(axis=1)
    if empty.all():  # nobody knows anything: all are alike, and the factor moves no one
        shares[:], low[:], high[:] = 1 / shares.shape[1], 0.0, 1.0
    elif empty.any():
        have = ~np.isnan(shares).any(axis=1)
        mean = np.average(shares[have], axis=0, weights=pupils[have]) if have.any() else _known_means(shares, pupils)
        shares[empty], low[empty], high[empty] = mean, 0.0, 1.0
    partly = np.isnan(shares).any(axis=1) & ~empty
    if partly.any():
        means = _known_means(shares, pupils)
        for school in np.flatnonzero(partly):
            gap = np.isnan(shares[school])
            left = max(0.0, 1 - shares[school, ~gap].sum())
            part = means[gap] if means[gap].sum() > 0 else np.ones(gap.sum())
            shares[school, gap] = left * part / part.sum()
            low[school, gap], high[school, gap] = 0.0, left if gap.sum() > 1 else min(1.0, left)


def _known_means(shares: Array, pupils: Whole) -> Array:
    """Pupil-weighted mean of each category over the schools that have it."""
    have = ~np.isnan(shares)
    weight = have * pupils[:, None]
    means: Array = np.where(have, shares, 0).T @ pupils / np.maximum(weight.sum(axis=0), 1)
    return means


def code_rank(codes: Sequence[str]) -> Whole:
    """Rank the school unit codes: digits by value, other codes after them as text.

    Examples
    --------
    >>> code_rank(["20", "A", "3"])
    array([1, 2, 0])
    """
    order: Sequence[int] | Whole
    joined = "".join(codes)
    if _digits(joined) and len(set(map(len, codes))) == 1:  # then as bytes
        order = np.argsort(np.frombuffer(joined.encode(), f"S{len(codes[0])}"), kind="stable")
    else:
        order = sorted(range(len(codes)), key=lambda i: _code_key(codes[i]))
    ranks = np.empty(len(codes), dtype=np.int64)
    ranks[order] = np.arange(len(codes))
    return ranks


def _code_key(code: str) -> tuple[int, int, str, str]:
    if not _digits(code):
        return (1, 0, "", code)
    digits = code.lstrip("0")
    return (0, len(digits), digits, code)  # by value, however many digits there are


def _digits(written: str) -> bool:
    return written.isascii() and written.isdigit()


def _closed(values: AnyArray) -> AnyArray:
    """Copy an array and close it for writing; one that is closed already is as good."""
    if values.base is None and not values.flags.writeable:
        return values
    copy = values.copy()
    copy.flags.writeable = False
    return copy
