"""Screening: how the schools differ, factor by factor, before any weight is chosen (docs/method.md §15)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from socio.composition import Mark, scale
from socio.linking import matching

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from socio.composition import Array, Composition, Factor, Whole
    from socio.linking import Link

FEWEST_SCHOOLS: Final = 5
"""With fewer schools there are figures and no statistics: no verdict, no correlation (R003)."""

SOMEWHAT_FROM: Final = 0.01
"""Corrected η² from which a factor varies somewhat; sex lies below it in twelve municipalities (docs/method.md §15)."""

MUCH_ABOVE: Final = 0.05
"""Corrected η² above which a factor varies much (docs/method.md §15)."""

IMPLAUSIBLE_ABOVE: Final = 4.0
"""Standard errors above which a share has moved more from one läsår to the next than it plausibly can."""

NOTHING: Final = 1e-12
"""What binary fractions leave where there is nothing."""


class Verdict(Enum):
    """How much a factor varies between the schools (R047)."""

    HARDLY = "hardly"
    SOMEWHAT = "somewhat"
    MUCH = "much"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Variation:
    """How a factor of shares differs between the schools.

    Arrays have the shape (n_categories,) and are NaN where the formula divides by 0.

    Attributes
    ----------
    factor, categories
        Which.
    schools, pupils
        How many, behind the shares.
    share
        The municipality's share P, pupil-weighted, 0-1.
    deviation
        Pupil-weighted standard deviation of the schools' shares, 0-1.
    between
        η², the part of the variance that lies between schools, 0-1.
    corrected
        η² less what chance alone gives; below 0 where schools are more alike than chance makes them.
    corrected_published
        The same of the schools whose share is published as a number.
    dissimilarity
        Duncan's D, 0-1: the part of the category that would have to change school for all to be alike.
    isolation
        The category's share in the school of an average pupil of the category, 0-1.
    lowest, highest
        The lowest and highest share of a school, 0-1.
    lowest_school, highest_school
        Positions of these schools; of several, the one with the lowest code.
    suppressed
        Schools with a share that is known as an interval only (``..`` or ``~100``), taken at its midpoint.
    missing
        Schools with a share that is not known at all, taken at the mean of the others.
    most_varying
        Position of the category with the highest ``corrected``; None where none has one.
    verdict
        Of that category; None with fewer than `FEWEST_SCHOOLS` schools, or where none has one.
    """

    factor: str
    categories: tuple[str, ...]
    schools: int
    pupils: int
    share: Array
    deviation: Array
    between: Array
    corrected: Array
    corrected_published: Array
    dissimilarity: Array
    isolation: Array
    lowest: Array
    highest: Array
    lowest_school: Whole
    highest_school: Whole
    suppressed: int
    missing: int
    most_varying: int | None
    verdict: Verdict | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How a number per school differs: a mean level, a ready index or risk, a result.

    There is no η²: the variance within the schools is not known from their means, as it is from shares.

    Attributes
    ----------
    name
        Of the factor, column or result.
    schools
        How many have a value.
    missing
        How many have none; a ready column's are filled when it is read.
    mean, deviation
        Pupil-weighted mean and standard deviation, in the value's own unit; NaN where no school has a value.
    lowest, highest
        Of a school, likewise.
    lowest_school, highest_school
        Positions of these schools, of several the one with the lowest code; None where no school has a value.
    """

    name: str
    schools: int
    missing: int
    mean: float
    deviation: float
    lowest: float
    highest: float
    lowest_school: int | None
    highest_school: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What in the composition speaks for a model, and what does not (R002, R003).

    Attributes
    ----------
    schools
        How many.
    enough_schools
        Whether there are `FEWEST_SCHOOLS`.
    much, somewhat, hardly
        Factors with that verdict.
    unmeasured
        Factors and ready columns without a verdict: too few schools, a mean level, or one category has all pupils.
    """

    schools: int
    enough_schools: bool
    much: tuple[str, ...]
    somewhat: tuple[str, ...]
    hardly: tuple[str, ...]
    unmeasured: tuple[str, ...]

    @property
    def speaks(self) -> bool | None:
        """Whether the composition speaks for a model; None where what could is unmeasured.

        With fewer than `FEWEST_SCHOOLS` schools it does not.
        """
        if not self.enough_schools:
            return False
        if self.much or self.somewhat:
            return True
        return None if self.unmeasured else False


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """How the schools differ, step 1 of the guide.

    Attributes
    ----------
    factors
        Factors of shares, in the table's order.
    levels
        Factors that are a mean level, each on its own scale, and then ready columns.
    grounds
        What speaks for a model.
    """

    factors: tuple[Variation, ...]
    levels: tuple[Level, ...]
    grounds: Grounds


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TypicalEffect:
    """How many kronor per pupil each factor typically moves, up or down.

    Attributes
    ----------
    factors
        Which.
    kronor
        Kr per pupil, shape (n_factors,).
    together
        Of all factors; less than their sum unless they go hand in hand.
    """

    factors: tuple[str, ...]
    kronor: Array
    together: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Correlation:
    """How the factors follow each other from school to school, and how results follow them.

    Attributes
    ----------
    columns
        Factor and category: of a pair of categories the first, else all.
    between_columns
        Pearson's r, shape (n_columns, n_columns); NaN where a share is the same in all schools.
    outcomes
        Names of the results.
    with_outcomes
        Pearson's r, shape (n_outcomes, n_columns); NaN as above, or where too few schools have the result.
    schools
        Schools behind ``between_columns``.
    schools_with
        Schools that have each result, shape (n_outcomes,).
    """

    columns: tuple[tuple[str, str], ...]
    between_columns: Array
    outcomes: tuple[str, ...]
    with_outcomes: Array
    schools: int
    schools_with: Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Redefined:
    """A factor whose categories are not the same in two läsår (R028).

    Attributes
    ----------
    factor
        Which.
    gone, new
        Categories of the first läsår only, and of the second only.
    """

    factor: str
    gone: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """How a school's share of a category moved from one läsår to another.

    Attributes
    ----------
    code, name
        The school, named as in the later läsår.
    factor, category
        What.
    start, end
        The share in the first and in the second läsår, 0-1.
    moved
        The change, 0-1 with its sign; the least one where a share is known as an interval only.
    errors
        Its size in standard errors.
    """

    code: str
    name: str
    factor: str
    category: str
    start: float
    end: float
    moved: float
    errors: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class YearChange:
    """What moved from one läsår to another in the schools that are in both.

    Attributes
    ----------
    before, after
        The läsår.
    codes, names
        Schools in both, in the later one's order and with its codes and names; of linked units the first's.
    gone, new
        Codes of schools in the first only, and in the second only, that no link takes.
    columns
        Factor and category: of a pair of categories the first, else all that both läsår have.
    start, end
        Shares, shape (n_both, n_columns), 0-1.
    moved
        The least change that the intervals of suppressed and missing shares allow, same shape, with its sign.
    errors
        Its size in standard errors, same shape.
    redefined
        Factors whose categories differ.
    """

    before: str
    after: str
    codes: tuple[str, ...]
    names: tuple[str, ...]
    gone: tuple[str, ...]
    new: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    start: Array
    end: Array
    moved: Array
    errors: Array
    redefined: tuple[Redefined, ...]

    @property
    def implausible(self) -> tuple[Move, ...]:
        """Shares that moved more than `IMPLAUSIBLE_ABOVE` standard errors, the most of them first."""
        found = np.argwhere(self.errors > IMPLAUSIBLE_ABOVE)
        order = np.argsort(-self.errors[tuple(found.T)], kind="stable")
        return tuple(self._move(int(school), int(column)) for school, column in found[order])

    def movers(self, column: int, most: int = 5) -> tuple[Move, ...]:
        """Return the schools whose share moved the most.

        Parameters
        ----------
        column : int
            Position in ``columns``.
        most : int
            How many at most.

        Returns
        -------
        tuple of Move
            The largest change first, of equal ones in the later läsår's order; none that did not move.
        """
        size = np.abs(self.moved[:, column])
        order = np.argsort(-size, kind="stable")[:most]
        return tuple(self._move(int(school), column) for school in order if size[school] > NOTHING)

    def _move(self, school: int, column: int) -> Move:
        at, (factor, category) = (school, column), self.columns[column]
        return Move(
            code=self.codes[school],
            name=self.names[school],
            factor=factor,
            category=category,
            start=float(self.start[at]),
            end=float(self.end[at]),
            moved=float(self.moved[at]),
            errors=float(self.errors[at]),
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Trend:
    """How the composition developed over the läsår.

    Attributes
    ----------
    years
        In the order given.
    columns
        Factor and category, all that any läsår has; mean levels left out.
    share, corrected
        P and corrected η², shape (n_years, n_columns); NaN where a läsår lacks the category.
    schools, pupils
        How many, shape (n_years,).
    changes
        From each läsår to the next.
    """

    years: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    share: Array
    corrected: Array
    schools: Whole
    pupils: Whole
    changes: tuple[YearChange, ...]


def municipal_share(shares: Array, pupils: Array | Whole) -> Array:
    """Return the municipality's share of each category.

    Parameters
    ----------
    shares : array of float, shape (n_schools, n_categories)
        Share of the school's pupils in each category, 0-1.
    pupils : array, shape (n_schools,) or (n_schools, n_categories)
        Pupils behind the shares; 0 leaves a school out.

    Returns
    -------
    array of float, shape (n_categories,)
        P, 0-1; NaN where there are no pupils.

    Notes
    -----
    ``P = Σ c_i p_i / C``, docs/method.md §15; never the plain mean of schools (trap T01).

    Examples
    --------
    >>> municipal_share(np.array([[0.1], [0.5]]), np.array([300, 100]))
    array([0.2])
    """
    people = _people(shares, pupils)
    return _ratio((people * shares).sum(axis=0), people.sum(axis=0))


def deviation(shares: Array, pupils: Array | Whole) -> Array:
    """Return the pupil-weighted standard deviation of the schools' shares.

    Parameters
    ----------
    shares, pupils
        As in `municipal_share`.

    Returns
    -------
    array of float, shape (n_categories,)
        0-1; NaN where there are no pupils.

    Notes
    -----
    ``√(Σ c_i (p_i − P)² / C)``, docs/method.md §15.

    Examples
    --------
    >>> deviation(np.array([[0.1], [0.5]]), np.array([100, 100]))
    array([0.2])
    """
    people = _people(shares, pupils)
    away = shares - municipal_share(shares, pupils)
    return np.sqrt(_ratio((people * away**2).sum(axis=0), people.sum(axis=0)))


def between(shares: Array, pupils: Array | Whole) -> Array:
    """Return η², the part of the pupils' variance that lies between schools.

    Parameters
    ----------
    shares, pupils
        As in `municipal_share`.

    Returns
    -------
    array of float, shape (n_categories,)
        0 where all schools are alike (or there is one), 1 where each has all or none of the category;
        NaN where P is 0 or 1.

    Notes
    -----
    ``η² = Σ c_i (p_i − P)² / (C·P(1 − P))``: a share's variance between pupils is P(1 − P), so that nothing
    but the shares is needed; the variance ratio of Massey & Denton (1988); docs/method.md §15.

    Examples
    --------
    >>> between(np.array([[0.25], [0.75]]), np.array([100, 100]))
    array([0.25])
    """
    share = municipal_share(shares, pupils)
    return np.minimum(_ratio(deviation(shares, pupils) ** 2, share * (1 - share)), 1.0)


def corrected(between: Array, schools: Whole | int, pupils: Array | Whole | int) -> Array:
    """Take away from η² what chance alone gives.

    Parameters
    ----------
    between : array of float, shape (...)
        η².
    schools : array of int, shape (...)
        Number of schools k.
    pupils : array, shape (...)
        Number of pupils C.

    Returns
    -------
    array of float, shape (...)
        At most η²; below 0 where schools are more alike than chance makes them; NaN where η² is, or
        where there are no more pupils than schools.

    Notes
    -----
    ``(η² − e)/(1 − e)`` with ``e = (k − 1)/(C − 1)``, what η² is on average when pupils are dealt out at
    random; docs/method.md §15.

    Examples
    --------
    >>> corrected(np.array([0.25]), 2, 201).round(6)
    array([0.246231])
    """
    chance = _ratio(np.asarray(schools) - 1.0, np.asarray(pupils) - 1.0)
    return _ratio(between - chance, 1 - chance)


def dissimilarity(shares: Array, pupils: Array | Whole) -> Array:
    """Return Duncan's D: the part of a category that would have to change school for all to be alike.

    Parameters
    ----------
    shares, pupils
        As in `municipal_share`.

    Returns
    -------
    array of float, shape (n_categories,)
        0-1; NaN where P is 0 or 1.

    Notes
    -----
    ``D = ½ Σ |c_i p_i/(CP) − c_i (1 − p_i)/(C(1 − P))|``, Duncan & Duncan (1955); reckoned as the equal
    ``Σ c_i |p_i − P| / (2C·P(1 − P))``; docs/method.md §15.

    Examples
    --------
    >>> dissimilarity(np.array([[0.25], [0.75]]), np.array([100, 100]))
    array([0.5])
    """
    people, share = _people(shares, pupils), municipal_share(shares, pupils)
    away = _ratio((people * np.abs(shares - share)).sum(axis=0), people.sum(axis=0))
    return np.minimum(_ratio(away, 2 * share * (1 - share)), 1.0)


def isolation(shares: Array, pupils: Array | Whole) -> Array:
    """Return the category's share in the school of an average pupil of the category.

    Parameters
    ----------
    shares, pupils
        As in `municipal_share`.

    Returns
    -------
    array of float, shape (n_categories,)
        From P to 1; NaN where P is 0.

    Notes
    -----
    ``Σ c_i p_i² / (CP)``, and ``η² = (isolation − P)/(1 − P)``; Massey & Denton (1988); docs/method.md §15.

    Examples
    --------
    >>> isolation(np.array([[0.25], [0.75]]), np.array([100, 100]))
    array([0.625])
    """
    people = _people(shares, pupils)
    return np.minimum(_ratio((people * shares**2).sum(axis=0), (people * shares).sum(axis=0)), 1.0)


def verdict(corrected: float, schools: int) -> Verdict | None:
    """Say how much a factor varies between the schools.

    Parameters
    ----------
    corrected : float
        η² less chance, of the factor's most varying category; may be NaN.
    schools : int
        How many.

    Returns
    -------
    Verdict or None
        None with fewer than `FEWEST_SCHOOLS` schools or where ``corrected`` is NaN.

    Notes
    -----
    Below `SOMEWHAT_FROM` hardly, above `MUCH_ABOVE` much, and somewhat from the one to the other; a rule of
    thumb that parts sex from the other factors in twelve municipalities 2023/24; docs/method.md §15.

    Examples
    --------
    >>> verdict(0.232, schools=37)
    <Verdict.MUCH: 'much'>
    """
    if schools < FEWEST_SCHOOLS or np.isnan(corrected):
        return None
    if corrected < SOMEWHAT_FROM:
        return Verdict.HARDLY
    return Verdict.MUCH if corrected > MUCH_ABOVE else Verdict.SOMEWHAT


def screen(composition: Composition) -> Screening:
    """Find how the schools differ.

    Parameters
    ----------
    composition : Composition
        The schools; suppressed and missing shares are as filled.

    Returns
    -------
    Screening

    Notes
    -----
    SKL (2014), step 1; docs/method.md §15.
    """
    parts = list(zip(composition.factors, _slices(composition), strict=True))
    factors = tuple(_variation(composition, factor, columns) for factor, columns in parts if not _is_level(factor))
    levels = [
        _mean_level(composition, factor, columns, ends)
        for factor, columns in parts
        if (ends := scale(factor.categories[0])) is not None
    ]
    levels += [
        level(name, values, composition.pupils_composition, composition.code_rank)
        for name, values in composition.ready.items()
    ]
    return Screening(factors=factors, levels=tuple(levels), grounds=_grounds(len(composition), factors, levels))


def level(name: str, values: Array, pupils: Array | Whole, code_rank: Whole | None = None) -> Level:
    """Measure how a number per school differs.

    Parameters
    ----------
    name : str
        What it is.
    values : array of float, shape (n_schools,)
        In any unit; NaN for a school without one.
    pupils : array, shape (n_schools,)
        Pupils behind the values.
    code_rank : array of int, shape (n_schools,), optional
        Order of the schools' codes, for ties; without it the rows' order.

    Returns
    -------
    Level

    Notes
    -----
    Mean ``Σ c_i v_i / C`` and standard deviation ``√(Σ c_i (v_i − v̄)² / C)`` over the schools with a value;
    docs/method.md §15.

    Examples
    --------
    >>> measured = level("index", np.array([0.8, 1.2, np.nan]), np.array([100, 100, 30]))
    >>> measured.mean, round(measured.deviation, 12), measured.missing
    (1.0, 0.2, 1)
    """
    known = ~np.isnan(values)
    rank = np.arange(len(values)) if code_rank is None else code_rank
    column, people = np.where(known, values, 0.0)[:, None], known * pupils
    anyone = bool(known.any())
    lowest, highest = (_first(np.where(known, sign * values, np.inf)[:, None], rank)[0] for sign in (1, -1))
    return Level(
        name=name,
        schools=int(known.sum()),
        missing=int((~known).sum()),
        mean=float(municipal_share(column, people)[0]),
        deviation=float(deviation(column, people)[0]),
        lowest=float(values[lowest]) if anyone else np.nan,
        highest=float(values[highest]) if anyone else np.nan,
        lowest_school=int(lowest) if anyone else None,
        highest_school=int(highest) if anyone else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How a result, a share of each school's pupils, differs between the schools.

    Attributes
    ----------
    share
        Of all pupils, 0–1.
    lowest, highest
        Of the schools.
    corrected
        η² less chance.
    verdict
        None with fewer than `FEWEST_SCHOOLS` schools.
    schools
        How many have the result.
    """

    share: float
    lowest: float
    highest: float
    corrected: float
    verdict: Verdict | None
    schools: int


def spread(shares: Array, pupils: Array) -> Spread | None:
    """Find how a result differs between the schools.

    Parameters
    ----------
    shares : array of float, shape (n_schools,)
        Part of each school's pupils who have reached the result, 0–1; NaN where unknown.
    pupils : array of float, shape (n_schools,)
        Pupils behind it; NaN or 0 where unknown.

    Returns
    -------
    Spread or None
        None where no school has both.

    Notes
    -----
    The measure and the verdict of a factor, over the schools that have the result (R002, R026);
    docs/method.md §15.

    Examples
    --------
    >>> spread(np.array([0.25, 0.75, np.nan]), np.array([100.0, 100.0, 50.0])).schools
    2
    """
    have = ~np.isnan(shares) & (pupils > 0)
    if not have.any():
        return None
    known, behind = shares[have][:, None], pupils[have]
    found = float(corrected(between(known, behind), len(known), behind.sum())[0])
    return Spread(
        share=float(municipal_share(known, behind)[0]),
        lowest=float(known.min()),
        highest=float(known.max()),
        corrected=found,
        verdict=verdict(found, len(known)),
        schools=len(known),
    )


def typical_effect(
    composition: Composition, weights: Array, *, average: float, deduction: float, minimum_pupils: int = 0
) -> TypicalEffect:
    """Measure how many kronor per pupil each factor typically moves.

    Parameters
    ----------
    composition : Composition
        The schools.
    weights : array of float, shape (n_categories,)
        Weight of each category, as `socio.need.weights_for` lays them.
    average : float
        π, kr per pupil.
    deduction : float
        d, kr per pupil, at least −π.
    minimum_pupils : int
        Units with fewer pupils take the index 1.

    Returns
    -------
    TypicalEffect
        NaN where no pupil has any points.

    Notes
    -----
    The typical effect of a factor: the standard deviation, over the pupils paid, of its part of the rate,
    ``(π + d)·Σ_c w_c (s_ic − P_c)/p̄`` with c over the factor's categories, divided by the mean index of the
    pupils paid (1 where they are those behind the shares, no municipality row is delivered and no unit is too
    small). Linear: γ = 1, no bounds, nobody at 0 kr; there the effect of all together is exactly the standard
    deviation of the rates of `socio.allocation.allocate`. A factor's weights may all have the same number
    added in the numerator, but p̄ grows by it and every effect shrinks (traps T02, T03). docs/method.md §15.
    """
    pupils, paid = composition.pupils_composition, composition.pupils_paid.astype(float)
    shares = composition.shares
    counted = np.where(pupils >= minimum_pupils, pupils, 0)
    row = composition.municipality_row
    if row is not None and row.shares is not None:
        middle = row.shares
    else:
        middle = municipal_share(shares, counted if counted.any() else pupils)
    points = float(middle @ weights)
    names = tuple(factor.name for factor in composition.factors)
    parts = np.full((len(composition), len(names)), np.nan)
    if points > NOTHING:
        weighed = weights * (shares - middle) / points
        parts = np.stack([weighed[:, columns].sum(axis=1) for columns in _slices(composition)], axis=1)
        parts[pupils < minimum_pupils] = 0.0
    index = float((1 + parts.sum(axis=1)) @ paid / paid.sum())
    scale = (average + deduction) / index if index > NOTHING else np.nan
    return TypicalEffect(
        factors=names,
        kronor=scale * deviation(parts, paid),
        together=float(scale * deviation(parts.sum(axis=1)[:, None], paid)[0]),
    )


def correlation(composition: Composition, outcomes: Mapping[str, Array] | None = None) -> Correlation | None:
    """Correlate the factors with each other, and with results.

    Parameters
    ----------
    composition : Composition
        The schools; suppressed and missing shares are as filled.
    outcomes : mapping of str to array of float, shape (n_schools,)
        Results by name, such as the merit rating; NaN for a school without one.

    Returns
    -------
    Correlation or None
        None with fewer than `FEWEST_SCHOOLS` schools.

    Notes
    -----
    Pearson's r, each school weighed by its pupils behind the shares. Of a pair of categories the first is
    taken, the other being its mirror with the opposite sign; of three or more all of them, though their
    shares sum to 1. A mean level enters as its pseudo-share of need. R030, R049; docs/method.md §15.
    """
    if len(composition) < FEWEST_SCHOOLS:
        return None
    free = _free(composition.factors)
    columns = composition.columns
    pupils = composition.pupils_composition.astype(float)
    shares = composition.shares[:, free]
    standard = _standardised(shares, pupils)
    given = {} if outcomes is None else outcomes
    having = [~np.isnan(outcome) for outcome in given.values()]
    with_outcomes = [
        _outcome_correlation(shares[known], outcome[known], pupils[known])
        for known, outcome in zip(having, given.values(), strict=True)
    ]
    return Correlation(
        columns=tuple(columns[i] for i in free),
        between_columns=_bounded(standard.T * pupils @ standard / pupils.sum()),
        outcomes=tuple(given),
        with_outcomes=np.array(with_outcomes).reshape(len(given), len(free)),
        schools=len(composition),
        schools_with=np.array([known.sum() for known in having], dtype=np.int64),
    )


def trend(compositions: Sequence[Composition], links: Mapping[tuple[str, str], Sequence[Link]] | None = None) -> Trend:
    """Follow the composition over läsår.

    Parameters
    ----------
    compositions : sequence of Composition
        A municipality's schools, one table a läsår, the first läsår first; at least one.
    links : mapping of tuple of str to sequence of Link, optional
        Units that are the same school under other codes, by the läsår before and after.

    Returns
    -------
    Trend

    Notes
    -----
    P and corrected η² as in `screen`, for each läsår on its own schools; `year_change` from each to the next.
    docs/method.md §15.
    """
    columns: dict[tuple[str, str], int] = {}
    for composition in compositions:
        for factor in composition.factors:
            if not _is_level(factor):
                for category in factor.categories:
                    columns.setdefault((factor.name, category), len(columns))
    share = np.full((len(compositions), len(columns)), np.nan)
    less_chance = share.copy()
    for year, composition in enumerate(compositions):
        pupils = composition.pupils_composition
        there = [i for i, column in enumerate(composition.columns) if column in columns]
        at = [columns[composition.columns[i]] for i in there]
        shares = composition.shares[:, there]
        share[year, at] = municipal_share(shares, pupils)
        less_chance[year, at] = corrected(between(shares, pupils), len(composition), pupils.sum())
    return Trend(
        years=tuple(composition.year for composition in compositions),
        columns=tuple(columns),
        share=share,
        corrected=less_chance,
        schools=np.array([len(composition) for composition in compositions], dtype=np.int64),
        pupils=np.array([composition.pupils_composition.sum() for composition in compositions], dtype=np.int64),
        changes=tuple(
            year_change(before, after, (links or {}).get((before.year, after.year), ()))
            for before, after in pairwise(compositions)
        ),
    )


def year_change(before: Composition, after: Composition, links: Sequence[Link] = ()) -> YearChange:
    """Compare two läsår, school by school.

    Parameters
    ----------
    before, after : Composition
        Schools are the same where the school unit code is, as it stands in the files, or where a link says so.
    links : sequence of Link
        Units put together on either side have the pupil-weighted share, and its interval likewise.

    Returns
    -------
    YearChange

    Raises
    ------
    LinkError
        As `socio.linking.faults`.

    Notes
    -----
    The standard error is that of two independent draws of pupils from one share, ``√(q(1 − q)(1/c + 1/c'))``
    with q the share of both läsår's pupils together. Most pupils stay, so that chance moves less than that from
    one läsår to the next (in Huddinge 2013/14–2023/24 the most is 2.8). Above `IMPLAUSIBLE_ABOVE` the share has
    moved more than it plausibly can: another definition, another unit under the code, or a slip. Of läsår further
    apart it says nothing of the kind. docs/method.md §15.
    """
    found = matching(before, after, links)
    former, latter = [pair.before for pair in found.pairs], [pair.after for pair in found.pairs]
    columns, then, now = _shared(before, after)
    low, start, high = _intervals(before, former, then)
    low_end, end, high_end = _intervals(after, latter, now)
    risen, fallen = low_end > high, high_end < low
    least = np.where(risen, low_end - high, np.where(fallen, high_end - low, 0.0))
    first, second = np.where(risen, high, low), np.where(risen, low_end, high_end)
    pupils, pupils_end = _pupils(before, former)[:, None], _pupils(after, latter)[:, None]
    pooled = (first * pupils + second * pupils_end) / (pupils + pupils_end)
    error = np.sqrt(np.maximum(pooled * (1 - pooled), 0.0) * (1 / pupils + 1 / pupils_end))
    return YearChange(
        before=before.year,
        after=after.year,
        codes=tuple(after.codes[rows[0]] for rows in latter),
        names=tuple(after.names[rows[0]] for rows in latter),
        gone=found.gone,
        new=found.new,
        columns=columns,
        start=start,
        end=end,
        moved=least,
        errors=np.divide(np.abs(least), error, out=np.zeros(least.shape), where=error > 0),
        redefined=_redefined(before.factors, after.factors),
    )


def _people(shares: Array, pupils: Array | Whole) -> Array:
    """Return the pupils behind each share, same shape as the shares."""
    column = pupils if pupils.ndim == shares.ndim else pupils[:, None]
    return np.broadcast_to(column, shares.shape).astype(float)


def _ratio(part: Array, whole: Array) -> Array:
    """Divide; NaN where there is nothing to divide by."""
    part, whole = np.asarray(part), np.asarray(whole)
    nothing = np.full(np.broadcast_shapes(part.shape, whole.shape), np.nan)
    divided: Array = np.divide(part, whole, out=nothing, where=whole > NOTHING)
    return divided


def _first(values: Array, rank: Whole) -> Whole:
    """Return where each column is least; of several rows, the one of the lowest rank."""
    least = values == values.min(axis=0)
    place: Whole = np.where(least, rank[:, None], len(rank)).argmin(axis=0)
    return place


def _slices(composition: Composition) -> list[slice]:
    """Return the columns of each factor."""
    ends = np.cumsum([len(factor.categories) for factor in composition.factors]).astype(int).tolist()
    return [slice(start, end) for start, end in zip([0, *ends[:-1]], ends, strict=True)] if ends else []


def _is_level(factor: Factor) -> bool:
    return scale(factor.categories[0]) is not None


def _free(factors: Sequence[Factor]) -> list[int]:
    """Return the columns that do not mirror another: of a pair the first, else all."""
    free: list[int] = []
    start = 0
    for factor in factors:
        count = len(factor.categories)
        free += range(start, start + (1 if count == 2 else count))  # noqa: PLR2004 - a pair
        start += count
    return free


def _open(composition: Composition) -> NDArray[np.bool_]:
    """Tell which shares are known as an interval only, shape (n_schools, n_categories)."""
    return composition.filled.high > composition.filled.low


def _variation(composition: Composition, factor: Factor, columns: slice) -> Variation:
    shares, pupils = composition.shares[:, columns], composition.pupils_composition
    marks, uncertain = composition.marks[:, columns], _open(composition)[:, columns]
    schools, everyone = len(composition), int(pupils.sum())
    part = between(shares, pupils)
    less_chance = corrected(part, schools, everyone)
    published = np.where(uncertain, 0, pupils[:, None])
    marked = np.isin(marks, (Mark.SUPPRESSED, Mark.NEARLY_ALL)).any(axis=1)
    unknown = uncertain.any(axis=1)
    most = None if np.isnan(less_chance).all() else int(np.nanargmax(less_chance))
    return Variation(
        factor=factor.name,
        categories=factor.categories,
        schools=schools,
        pupils=everyone,
        share=municipal_share(shares, pupils),
        deviation=deviation(shares, pupils),
        between=part,
        corrected=less_chance,
        corrected_published=corrected(between(shares, published), (~uncertain).sum(axis=0), published.sum(axis=0)),
        dissimilarity=dissimilarity(shares, pupils),
        isolation=isolation(shares, pupils),
        lowest=shares.min(axis=0),
        highest=shares.max(axis=0),
        lowest_school=_first(shares, composition.code_rank),
        highest_school=_first(-shares, composition.code_rank),
        suppressed=int((unknown & marked).sum()),
        missing=int((unknown & ~marked).sum()),
        most_varying=most,
        verdict=None if most is None else verdict(float(less_chance[most]), schools),
    )


def _mean_level(composition: Composition, factor: Factor, columns: slice, ends: tuple[float, float]) -> Level:
    """Measure a mean on its own scale, turned back from its pseudo-share of need (docs/method.md §2)."""
    most, least = ends
    need = composition.shares[:, columns.start]
    unknown = _open(composition)[:, columns.start]
    values = np.where(unknown, np.nan, least - (least - most) * need)
    return level(factor.name, values, composition.pupils_composition, composition.code_rank)


def _grounds(schools: int, factors: Sequence[Variation], levels: Sequence[Level]) -> Grounds:
    def having(given: Verdict | None) -> tuple[str, ...]:
        return tuple(variation.factor for variation in factors if variation.verdict is given)

    return Grounds(
        schools=schools,
        enough_schools=schools >= FEWEST_SCHOOLS,
        much=having(Verdict.MUCH),
        somewhat=having(Verdict.SOMEWHAT),
        hardly=having(Verdict.HARDLY),
        unmeasured=(*having(None), *(level.name for level in levels)),
    )


def _standardised(values: Array, pupils: Array) -> Array:
    """Set each column to the weighted mean 0 and standard deviation 1; NaN where it is the same in all rows."""
    away = values - pupils @ values / pupils.sum()
    spread = np.sqrt(pupils @ away**2 / pupils.sum())
    varies = np.ptp(values, axis=0) > NOTHING * np.abs(values).max(axis=0)
    standard: Array = np.divide(away, spread, out=np.full(values.shape, np.nan), where=varies & (spread > 0))
    return standard


def _bounded(correlations: Array) -> Array:
    """Take away what binary fractions leave above 1 and below −1."""
    return np.clip(correlations, -1.0, 1.0)


def _outcome_correlation(shares: Array, outcome: Array, pupils: Array) -> Array:
    if len(outcome) < FEWEST_SCHOOLS:
        return np.full(shares.shape[1], np.nan)
    result = _standardised(outcome[:, None], pupils)[:, 0]
    return _bounded(result * pupils @ _standardised(shares, pupils) / pupils.sum())


def _intervals(
    composition: Composition, schools: Sequence[tuple[int, ...]], columns: Sequence[int]
) -> tuple[Array, Array, Array]:
    """Return the least, the filled and the greatest share of these columns, over the rows of each school."""
    share, uncertain = composition.shares[:, columns], _open(composition)[:, columns]
    low, high = composition.filled.low[:, columns], composition.filled.high[:, columns]

    def over(shares: Array) -> Array:
        found = shares[[rows[0] for rows in schools] or slice(0)]
        for place, rows in enumerate(schools):
            if len(rows) > 1:
                found[place] = municipal_share(shares[list(rows)], composition.pupils_composition[list(rows)])
        return found

    return over(np.where(uncertain, low, share)), over(share), over(np.where(uncertain, high, share))


def _pupils(composition: Composition, schools: Sequence[tuple[int, ...]]) -> Whole:
    return np.array([composition.pupils_composition[list(rows)].sum() for rows in schools], dtype=np.int64)


def _shared(before: Composition, after: Composition) -> tuple[tuple[tuple[str, str], ...], list[int], list[int]]:
    """Return what both läsår have, and its columns in each; of a pair that is the same in both, the first."""
    then = {column: place for place, column in enumerate(before.columns)}
    same = {factor.name: set(factor.categories) for factor in before.factors}
    free = set(_free(after.factors))
    redefined = {factor.name for factor in after.factors if same.get(factor.name) != set(factor.categories)}
    levels = {factor.name for factor in after.factors if _is_level(factor)}
    now = [
        place
        for place, column in enumerate(after.columns)
        if column in then and column[0] not in levels and (place in free or column[0] in redefined)
    ]
    columns = tuple(after.columns[place] for place in now)
    return columns, [then[column] for column in columns], now


def _redefined(before: Sequence[Factor], after: Sequence[Factor]) -> tuple[Redefined, ...]:
    then = {factor.name: factor.categories for factor in before}
    now = {factor.name: factor.categories for factor in after}
    return tuple(
        Redefined(
            factor=name,
            gone=tuple(category for category in then.get(name, ()) if category not in now.get(name, ())),
            new=tuple(category for category in now.get(name, ()) if category not in then.get(name, ())),
        )
        for name in (*then, *(name for name in now if name not in then))
        if set(then.get(name, ())) != set(now.get(name, ()))
    )
