"""Measures: how much is moved, and what changes between two results (docs/method.md §8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from socio.rounding import half_ups

if TYPE_CHECKING:
    from socio.allocation import Result
    from socio.composition import Array, Whole

UNCHANGED = 1.0
"""A change of at most this many kr counts as none (docs/method.md §8)."""


def share_moved(amount: Array | Whole, pupils: Array | Whole) -> Array:
    """Return the part of the pot that is moved compared with equal kronor per pupil.

    Parameters
    ----------
    amount : array, shape (..., n_schools)
        Kr.
    pupils : array, shape (n_schools,)
        Pupils the money follows.

    Returns
    -------
    array of float, shape (...)
        0–1; 0 where there is no money.

    Notes
    -----
    ``½ Σ |A_i/ΣA − n_i/Σn|``, the Hoover index of payments; golden G10, G28; docs/method.md §8.

    Examples
    --------
    >>> share_moved(np.array([300, 100]), np.array([100, 100]))
    np.float64(0.25)
    """
    total = amount.sum(axis=-1, keepdims=True)
    share = np.divide(amount, total, out=np.zeros(amount.shape), where=total != 0)
    moved: Array = np.abs(share - np.where(total != 0, pupils / pupils.sum(), 0.0)).sum(axis=-1) / 2
    return moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How far the rates stand apart, pupil-weighted.

    Attributes
    ----------
    share_moved
        Part of the pot, 0–1.
    kronor_moved
        The same in kr.
    highest, lowest
        Rates, kr per pupil.
    ratio
        Highest through lowest; None where the lowest is 0.
    variation
        Standard deviation through the mean (CV).
    gini
        0–1.
    per_tenth
        Kr per pupil for 0.1 of index: the pupil-weighted slope of rate on index.
    pupils_at_zero, schools_at_zero
        Pupils and schools at 0 kr.
    """

    share_moved: float
    kronor_moved: float
    highest: float
    lowest: float
    ratio: float | None
    variation: float
    gini: float
    per_tenth: float
    pupils_at_zero: int
    schools_at_zero: int


def decided_difference(result: Result) -> int:
    """Return what paying rates in whole kronor would add to the pot, negative where it would fall short.

    Σ nᵢ round(kᵢ) − P, with the rates rounded half up and P with the phase-in's extra cost; docs/method.md §6.
    """
    pupils = result.composition.pupils_paid
    return int((half_ups(result.rate, 0).astype(np.int64) * pupils).sum() - result.amount.sum())


def spread(result: Result) -> Spread:
    """Measure how much a result moves.

    Parameters
    ----------
    result : Result

    Returns
    -------
    Spread

    Notes
    -----
    docs/method.md §8; golden G10–G15, G28. The shares are those of the whole kronor, the rest of the rates.
    """
    pupils, rate = result.composition.pupils_paid.astype(float), result.rate
    moved = float(share_moved(result.amount, pupils))
    mean = float(rate @ pupils / pupils.sum())
    lowest, highest = float(rate.min()), float(rate.max())
    zero = rate <= 0
    return Spread(
        share_moved=moved,
        kronor_moved=moved * float(result.amount.sum()),
        highest=highest,
        lowest=lowest,
        ratio=highest / lowest if lowest > 0 else None,
        variation=float(np.sqrt((rate - mean) ** 2 @ pupils / pupils.sum()) / mean) if mean else 0.0,
        gini=gini(rate, pupils),
        per_tenth=_slope(result.index, rate, pupils) / 10,
        pupils_at_zero=int(pupils[zero].sum()),
        schools_at_zero=int(zero.sum()),
    )


def gini(rate: Array, pupils: Array) -> float:
    """Return the pupil-weighted Gini coefficient of the rates.

    Parameters
    ----------
    rate : array of float, shape (n_schools,)
        Kr per pupil, at least 0.
    pupils : array of float, shape (n_schools,)

    Returns
    -------
    float
        0 where all are equal or there is no money.

    Notes
    -----
    ``Σ_ij n_i n_j |k_i − k_j| / (2 N² k̄)``, by the sorted rates; golden G10, G28.

    Examples
    --------
    >>> gini(np.array([0.0, 2.0]), np.array([1.0, 1.0]))
    0.5
    """
    order = np.argsort(rate, kind="stable")
    weight = pupils[order] / pupils.sum()
    paid = rate[order] * weight
    if not paid.sum():
        return 0.0
    below = np.cumsum(paid) - paid / 2  # what is paid up to the middle of each school
    return float(1 - 2 * (below @ weight) / paid.sum())


def _slope(index: Array, rate: Array, pupils: Array) -> float:
    """Return the pupil-weighted slope of rate on index, 0 where all have the same index."""
    weight = pupils / pupils.sum()
    away = index - index @ weight
    variance = float(away**2 @ weight)
    return float((away * rate) @ weight / variance) if variance > 1e-24 else 0.0  # noqa: PLR2004 - rounding of 1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Baseline:
    """What a result is compared with, for the same schools.

    Attributes
    ----------
    amount
        Kr, shape (n_schools,); NaN where unknown.
    pupils
        Pupils behind it, shape (n_schools,); NaN where unknown.
    missing
        Codes and names of schools that the baseline has and the result lacks.
    """

    amount: Array
    pupils: Array
    missing: tuple[str, ...] = ()

    @property
    def rate(self) -> Array:
        """Kr per pupil, shape (n_schools,)."""
        return self.amount / self.pupils


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Change:
    """Who gets more and who gets less.

    Attributes
    ----------
    amount
        Change in kr, shape (n_schools,); NaN where the baseline is unknown.
    rate
        Change in kr per pupil, likewise.
    before
        The baseline in kr, likewise.
    up, down, unchanged, unknown
        Number of schools.
    pupils_up, pupils_down, pupils_unchanged
        Pupils in them.
    kronor_up, kronor_down
        Sums of the increases and of the decreases (negative), kr.
    kronor_unmatched
        What the schools without a baseline get, kr.
    moved
        ½ Σ |A'_i − A_i| over the schools with a baseline, kr.
    largest_fall
        Position of the school that loses the most kr; None where none loses.
    pot, baseline_pot
        Sums over the schools with a baseline, kr.
    """

    amount: Array
    rate: Array
    before: Array
    up: int
    down: int
    unchanged: int
    unknown: int
    pupils_up: int
    pupils_down: int
    pupils_unchanged: int
    kronor_up: float
    kronor_down: float
    kronor_unmatched: float
    moved: float
    largest_fall: int | None
    pot: float
    baseline_pot: float


def change(result: Result, baseline: Baseline) -> Change:
    """Compare a result with a baseline, school by school.

    Parameters
    ----------
    result : Result
    baseline : Baseline
        For the same schools in the same order.

    Returns
    -------
    Change

    Notes
    -----
    Unchanged is |Δ| ≤ 1 kr; docs/method.md §8.
    """
    amount = result.amount - baseline.amount
    known = ~np.isnan(amount)
    step = np.where(known, amount, 0.0)
    up, down = step > UNCHANGED, step < -UNCHANGED
    same = known & ~up & ~down
    pupils = result.composition.pupils_paid
    return Change(
        amount=amount,
        rate=result.amount / pupils - baseline.rate,
        before=baseline.amount,
        up=int(up.sum()),
        down=int(down.sum()),
        unchanged=int(same.sum()),
        unknown=int((~known).sum()),
        pupils_up=int(pupils[up].sum()),
        pupils_down=int(pupils[down].sum()),
        pupils_unchanged=int(pupils[same].sum()),
        kronor_up=float(step[step > 0].sum()),
        kronor_down=float(step[step < 0].sum()),
        kronor_unmatched=float(result.amount[~known].sum()),
        moved=float(np.abs(step).sum() / 2),
        largest_fall=int(np.argmin(step)) if down.any() else None,
        pot=float(result.amount[known].sum()),
        baseline_pot=float(np.nansum(baseline.amount)),
    )
