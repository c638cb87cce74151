"""Transition: decreases taken in stages and limited from year to year (docs/method.md §5)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from socio.errors import Fault, ScenarioError, words
from socio.rounding import NOISE, half_up
from socio.sharing import solve

if TYPE_CHECKING:
    from socio.composition import Array
    from socio.scenario import PhaseIn


def softened(target: Array, old: Array, part: float, phase_in: PhaseIn) -> Array:
    """Take this year's part of each decrease, within the limits.

    Parameters
    ----------
    target : array of float, shape (..., n_schools)
        Fully phased-in rate u, kr per pupil.
    old : array of float, shape (n_schools,)
        Last year's rate o, kr per pupil; NaN for a new school, which takes its target.
    part : float
        f, the part of the remaining decrease that is taken this year, 0–1.
    phase_in : PhaseIn
        Its limits: ``limit_kr`` kr per pupil, ``limit_share`` of the old rate.

    Returns
    -------
    array of float, shape (..., n_schools)
        Kr per pupil.

    Notes
    -----
    ``k_i = u_i`` where ``u_i ≥ o_i``; otherwise ``o_i − (o_i − u_i) f``, never below ``o_i − L`` and
    never below ``(1 − r) o_i``. docs/method.md §5.
    """
    floor = _floor(old, phase_in)
    eased = np.maximum(old - (old - target) * part, floor)
    rates: Array = np.where(target < old, eased, target)  # a comparison with NaN is false: new schools
    return rates


def rate(
    unscaled: Array,
    target: Array,
    theta: Array,
    old: Array | None,
    pupils: Array,
    *,
    pot: float,
    minimum: float,
    cap: float,
    phase_in: PhaseIn,
    plan_year: int = 1,
) -> tuple[Array, Array, float]:
    """Phase the target in, outside the pot or inside it.

    Parameters
    ----------
    unscaled, target, theta : array of float
        As `socio.sharing.target` takes and gives them, for one scenario: shapes (n_schools,),
        (n_schools,), ().
    old : array of float, shape (n_schools,), or None
        Last year's rates, kr per pupil; NaN for a new school.
    pupils : array of float, shape (n_schools,)
        Pupils the money follows.
    pot, minimum, cap : float
        Kr, kr per pupil, kr per pupil.
    phase_in : PhaseIn
        Stages, limits and who pays.
    plan_year : int
        1 for the first year; picks the entry of the stages.

    Returns
    -------
    rate : array of float, shape (n_schools,)
        This year's rate, kr per pupil.
    theta : array of float, shape ()
        The scale in use: §4's outside, §5's inside the pot.
    extra : float
        What the phase-in costs beside the pot, kr; 0 inside.

    Raises
    ------
    ScenarioError
        Where no school has an old rate, or the pot is too small for the phase-in inside it.

    Notes
    -----
    Outside: θ as in §4 and the extra cost Σ n k − P. Inside: the largest θ for which Σ n k = P
    (golden G23, G24). docs/method.md §5.
    """
    if old is None or np.isnan(old).all():
        raise ScenarioError(
            [
                Fault(
                    key="phase_in",
                    wrong=words("no school has an earlier rate to phase in from"),
                    allowed=words("give the earlier rates, or leave phase_in out"),
                )
            ]
        )
    part = phase_in.stages[plan_year - 1] if plan_year <= len(phase_in.stages) else 1.0
    if phase_in.financed == "outside":
        rates = softened(target, old, part, phase_in)
        return rates, theta, float(rates @ pupils - pot)

    def rate_at(scale: Array) -> Array:
        return softened(np.clip(scale[:, None] * unscaled, minimum, cap), old, part, phase_in)

    least = float((rate_at(np.zeros(1)) @ pupils)[0])
    if least > pot * (1 + 1e-12):
        outside = float(softened(target, old, part, phase_in) @ pupils - pot)
        raise ScenarioError(
            [
                Fault(
                    key="phase_in.financed",
                    value='"inside"',
                    wrong=words("the pot is too small to soften the decreases within it"),
                    allowed=words(
                        'a pot of {pot} kr is enough; with financed = "outside" it costs {cost} kr beside the pot',
                        pot=math.ceil(least * (1 - NOISE)),
                        cost=int(half_up(outside)),
                    ),
                )
            ]
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        turning = old - (old - _floor(old, phase_in)) / part if part > 0 else old
        kinks = np.concatenate([level / unscaled for level in (np.full_like(old, minimum), cap, old, turning)])
    inside = solve(rate_at, np.maximum(kinks, 0.0)[None, :], pupils, np.array([pot], dtype=float))
    return rate_at(inside)[0], inside[0], 0.0


def _floor(old: Array, phase_in: PhaseIn) -> Array:
    """Return the rate that this year's decrease may not go below."""
    floor = np.full_like(old, -np.inf)
    if phase_in.limit_kr is not None:
        floor = np.maximum(floor, old - phase_in.limit_kr)
    if phase_in.limit_share is not None:
        floor = np.maximum(floor, old * (1 - phase_in.limit_share))
    return floor
