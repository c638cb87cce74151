"""Whole kronor that add up, and half-up rounding (docs/method.md §6)."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_EVERY_DIGIT = Context(prec=400, rounding=ROUND_HALF_UP)
"""Room for the digits of any float: the usual 28 are too few above 10^18."""

NOISE = 5e-13
"""Relative noise of a computed number, at most."""

MILLIONTHS = 1_000_000
"""Remainders are compared after rounding to 1e-6 kr."""


def half_up(value: float | Decimal, decimals: int = 0) -> Decimal:
    """Round a number as printed, a half away from zero.

    Parameters
    ----------
    value : float or Decimal
        A float counts as the shortest decimal number that denotes it.
    decimals : int
        Decimals to keep.

    Returns
    -------
    Decimal

    Notes
    -----
    docs/method.md §6; golden G02: ``format(4.395, ".2f")`` gives 4.39, the guide prints 4,40.

    Examples
    --------
    >>> half_up(4.395, 2)
    Decimal('4.40')
    """
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    return exact.quantize(Decimal(1).scaleb(-decimals), context=_EVERY_DIGIT)


def half_ups(values: NDArray[np.float64], decimals: int) -> NDArray[np.float64]:
    """Round many numbers half up, each as `half_up` does.

    Parameters
    ----------
    values : array of float
    decimals : int

    Returns
    -------
    array of float
        NaN stays NaN.
    """
    scaled = np.asarray(values, dtype=float) * 10**decimals
    near_tie = np.abs(np.abs(scaled - np.trunc(scaled)) - 0.5) < 1e-6  # noqa: PLR2004 - binary noise around a half
    result: NDArray[np.float64] = np.rint(scaled) / 10**decimals
    if near_tie.any():
        result[near_tie] = [float(half_up(value, decimals)) for value in np.asarray(values, dtype=float)[near_tie]]
    return result


def floored(highest: float) -> float:
    """Round a highest number down to the six decimals that are shown, so that what is shown is allowed.

    Examples
    --------
    >>> floored(2 / 3)
    0.666666
    """
    return math.floor(highest * MILLIONTHS * (1 + NOISE)) / MILLIONTHS


def ceiled(lowest: float) -> float:
    """Round a lowest number up to the six decimals that are shown, so that what is shown is allowed.

    Examples
    --------
    >>> ceiled(1 / 3)
    0.333334
    """
    return math.ceil(lowest * MILLIONTHS * (1 - NOISE)) / MILLIONTHS


def whole_kronor(
    amounts: NDArray[np.float64], pot: NDArray[np.float64] | float, code_rank: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Share out the pot in whole kronor by largest remainder.

    Parameters
    ----------
    amounts : array of float, shape (..., n_schools)
        Amounts in kr that sum to the pot but for the last binary digits.
    pot : array of float, shape (...)
        Whole kronor.
    code_rank : array of int, shape (n_schools,)
        Rank of each school unit code, the lowest first; it decides ties.

    Returns
    -------
    array of int, shape (..., n_schools)
        Whole kronor that sum to the pot, each within 1 kr of its amount.

    Notes
    -----
    Largest remainder (Hamilton; Balinski & Young 1982), docs/method.md §6.

    Examples
    --------
    >>> whole_kronor(np.array([3.5, 3.5, 3.0]), 10, np.array([1, 0, 2]))
    array([3, 4, 3])
    """
    millionths = np.rint(amounts * MILLIONTHS).astype(np.int64)
    kronor = millionths // MILLIONTHS
    remainder = millionths - kronor * MILLIONTHS
    schools = amounts.shape[-1]
    missing = np.rint(pot).astype(np.int64) - kronor.sum(axis=-1)
    priority = remainder * schools + (schools - 1 - code_rank)  # unique: the larger remainder, then the lower code
    ranked = np.sort(priority, axis=-1)
    last = np.clip(schools - missing, 0, schools - 1)
    least = np.take_along_axis(ranked, np.asarray(last)[..., None], axis=-1)
    kronor += (priority >= least) & (np.asarray(missing)[..., None] > 0)
    return kronor
