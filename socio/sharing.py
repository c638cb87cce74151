"""Sharing: the whole pot, whatever the rules (docs/method.md §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from socio import rounding
from socio.errors import Fault, ImpossibleBoundsError, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from socio.composition import Array

SLACK = 1e-12
"""Relative slack for binary fractions where a bound equals the average."""


def unscaled(shape: Array, average: Array | float, deduction: Array | float) -> Array:
    """Apply the deduction: add it before the index, take it off after, and stop at 0.

    Parameters
    ----------
    shape : array of float, shape (..., n_schools)
        Index after progression, pupil-weighted mean 1.
    average : array of float, shape (...)
        Pot per pupil π, kr.
    deduction : array of float, shape (...)
        d, kr per pupil, at least −π.

    Returns
    -------
    array of float, shape (..., n_schools)
        Kr per pupil before the pot is restored.

    Notes
    -----
    ``τ_i = max(0, (π + d) g_i − d)`` – SKL (2014), step 4, "räkna på mer, dra ifrån lika";
    docs/method.md §4.

    Examples
    --------
    >>> unscaled(np.array([0.5, 1.5]), 10_000, 5_000)
    array([ 2500., 17500.])
    """
    taken, average = (np.asarray(value, dtype=float)[..., None] for value in (deduction, average))
    rates: Array = (average + taken) * shape - taken
    rates[rates <= np.minimum(SLACK * (average + taken), 1e-9 * average)] = 0.0  # at the threshold, or below it
    return rates


def target(
    unscaled: Array, pupils: Array, pot: Array | float, minimum: Array | float, cap: Array | float
) -> tuple[Array, Array]:
    """Scale the rates within their bounds so that the schools together get the pot.

    Parameters
    ----------
    unscaled : array of float, shape (..., n_schools)
        τ, kr per pupil.
    pupils : array of float, shape (n_schools,)
        Pupils the money follows.
    pot : array of float, shape (...)
        Kr.
    minimum, cap : array of float, shape (...)
        Lowest and highest rate, kr per pupil; cap infinite for none. Possible: see `check_bounds`.

    Returns
    -------
    target : array of float, shape (..., n_schools)
        Kr per pupil, the pupil-weighted sum is the pot.
    theta : array of float, shape (...)
        The scale θ.

    Notes
    -----
    ``target_i = clip(θ τ_i, m, cap)`` with the θ for which ``Σ n_i target_i = P``; where several do,
    the largest. docs/method.md §4.

    Examples
    --------
    >>> target(np.array([2500.0, 17500.0]), np.array([100.0, 100.0]), 2_000_000, 0, 12_000)[0]
    array([ 8000., 12000.])
    """
    pot, minimum, cap = (np.asarray(value, dtype=float) for value in (pot, minimum, cap))
    wanted = unscaled @ pupils
    theta = np.divide(pot, wanted, out=np.ones_like(wanted), where=wanted > 0)
    rates = theta[..., None] * unscaled
    bites = np.asarray((rates.min(axis=-1) < minimum) | (rates.max(axis=-1) > cap))
    if not bites.any():
        return rates, theta
    bitten, low, high = unscaled[bites], _where(minimum, bites)[:, None], _where(cap, bites)[:, None]

    def rate_at(scale: Array) -> Array:
        rate: Array = np.minimum(np.maximum(scale[:, None] * bitten, low), high)
        return rate

    with np.errstate(divide="ignore", invalid="ignore"):
        kinks = np.concatenate((low / bitten, high / bitten), axis=-1)
    theta[bites] = solve(rate_at, kinks, pupils, _where(pot, bites))
    rates[bites] = rate_at(theta[bites])
    return rates, theta


def solve(rate_at: Callable[[Array], Array], kinks: Array, pupils: Array, pot: Array) -> Array:
    """Find the largest scale at which the schools together get the pot.

    Parameters
    ----------
    rate_at : callable
        Rates, shape (n_scenarios, n_schools), at a scale of shape (n_scenarios,); nowhere falling and
        linear between neighbouring kinks.
    kinks : array of float, shape (n_scenarios, n_kinks)
        Scales at which a rate may bend; what is not finite counts as none.
    pupils : array of float, shape (n_schools,)
        Pupils the money follows.
    pot : array of float, shape (n_scenarios,)
        Kr, within reach.

    Returns
    -------
    array of float, shape (n_scenarios,)

    Notes
    -----
    The sum is piecewise linear: the last kink at which it does not exceed the pot is found by halving
    the sorted kinks, and θ follows exactly from the straight piece after it. docs/method.md §4.
    """
    ordered = np.sort(np.where(np.isfinite(kinks), kinks, 0.0), axis=-1)
    ordered = np.concatenate((np.zeros_like(ordered[:, :1]), ordered), axis=-1)
    rows, within = np.arange(len(ordered)), pot * (1 + SLACK)
    first, last = np.zeros(len(ordered), dtype=np.intp), np.full(len(ordered), ordered.shape[1] - 1)
    while (first < last).any():
        middle = (first + last + 1) // 2
        fits = rate_at(ordered[rows, middle]) @ pupils <= within
        first, last = np.where(fits, middle, first), np.where(fits, last, middle - 1)
    here = ordered[rows, first]
    at_end = first == ordered.shape[1] - 1
    there = np.where(at_end, 2 * here + 1, ordered[rows, np.minimum(first + 1, ordered.shape[1] - 1)])
    spent = rate_at(here) @ pupils
    rise = rate_at(there) @ pupils - spent
    step = np.divide((pot - spent) * (there - here), rise, out=np.zeros_like(here), where=rise > 0)
    theta: Array = np.maximum(here + step, 0.0)
    return theta


def check_bounds(
    unscaled: Array, pupils: Array, pot: Array | float, minimum: Array | float, cap: Array | float
) -> None:
    """Refuse bounds between which the pot cannot be shared.

    Parameters
    ----------
    unscaled, pupils, pot, minimum, cap
        As in `target`.

    Raises
    ------
    ImpossibleBoundsError
        Where m > π, cap < π, or the schools above the threshold reach the cap before the pot is spent;
        it names the number that would do. docs/method.md §4.
    """
    everyone = pupils.sum()
    pot, minimum, cap = (np.asarray(value, dtype=float) for value in (pot, minimum, cap))
    average = pot / everyone
    if (minimum > average * (1 + SLACK)).any():
        worst = _first(minimum > average * (1 + SLACK), average)
        raise ImpossibleBoundsError(
            [
                Fault(
                    key="redistribution.minimum",
                    value=f"{_first(minimum > average * (1 + SLACK), minimum):.12g}",
                    wrong=words("the pot is not enough for this lowest amount"),
                    allowed=words("at most {number} kr per pupil, the average", number=rounding.floored(worst)),
                )
            ]
        )
    if np.isinf(cap).all():
        return
    paid = (unscaled > 0) @ pupils
    lowest_cap = np.maximum(
        average, np.divide(pot - minimum * (everyone - paid), paid, out=np.zeros_like(paid), where=paid > 0)
    )
    if (cap < lowest_cap * (1 - SLACK)).any():
        worst = _first(cap < lowest_cap * (1 - SLACK), lowest_cap)
        raise ImpossibleBoundsError(
            [
                Fault(
                    key="redistribution.cap",
                    value=f"{_first(cap < lowest_cap * (1 - SLACK), cap):.12g}",
                    wrong=words("the pot cannot be spent under this cap"),
                    allowed=words("at least {number} kr per pupil", number=rounding.ceiled(worst)),
                )
            ]
        )


def _where(values: Array, chosen: Array) -> Array:
    """Return the values of the chosen scenarios, one for each."""
    one_each: Array = np.broadcast_to(values, chosen.shape)[chosen].reshape(-1)
    return one_each


def _first(at_fault: Array, numbers: Array) -> float:
    return float(np.broadcast_to(numbers, np.broadcast_shapes(at_fault.shape, numbers.shape))[at_fault].flat[0])
