"""Search: the setting that comes closest to today's amounts (docs/method.md §13)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from socio.allocation import Settings, allocate_many
from socio.errors import Fault, ScenarioError, words
from socio.scenario import BOUNDS, Need, Pot, Redistribution, Scenario

if TYPE_CHECKING:
    from collections.abc import Mapping

    from socio.composition import Array, Composition

WEIGHT_STEP, DEGREE_STEP, PROGRESSION_STEP = 0.1, 0.05, 0.05
"""The fitted numbers stand on the same steps as the sliders."""
LARGEST_WEIGHT = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """The closest setting, and how close it comes.

    Attributes
    ----------
    scenario
        Weights, degree and progression; the pot is the sum of today's amounts.
    misplaced
        Part of the pot that it pays to other schools than today, ½ Σ |A_i − today_i| / P, 0–1.
    """

    scenario: Scenario
    misplaced: float


def fit(composition: Composition, needs: Mapping[str, str], *, name: str, year: str) -> Fit:
    """Find weights, degree and progression that come closest to today's amounts.

    Parameters
    ----------
    composition : Composition
        Schools with ``old_amount``; those without one are left out.
    needs : mapping of str to str
        Factor in use, and its category that has a weight; the others have 0: the zero point of the
        weights is itself a degree (trap T02), so a weight on every category would fit the same twice.
    name, year : str
        For the scenario.

    Returns
    -------
    Fit

    Raises
    ------
    ScenarioError
        Where no school has an amount today.

    Notes
    -----
    Least ``½ Σ |A_i − today_i| / P`` over a grid of weights (the largest is 10), degree and progression
    that is refined around its best points down to the steps of the sliders. docs/method.md §13.
    """
    if composition.old_amount is None or np.isnan(composition.old_amount).all():
        wrong = words("no school has an amount today")
        raise ScenarioError([Fault(wrong=wrong, allowed=words("add the column {column}", column="tidigare_belopp"))])
    some = composition.only(~np.isnan(composition.old_amount))
    today = np.asarray(some.old_amount)
    pot = round(float(today.sum()))
    unknown = [pair for pair in needs.items() if pair not in some.columns]
    if unknown:
        raise ScenarioError(
            [
                Fault(
                    wrong=words("the table has no category with this name"),
                    allowed=words("the table has {names}", names=", ".join(map(": ".join, some.columns))),
                    value=": ".join(pair),
                )
                for pair in unknown
            ]
        )
    used = [factor for factor in some.factors if factor.name in needs]
    columns = [some.columns.index((factor.name, needs[factor.name])) for factor in used]
    scenario = Scenario(
        name=name,
        year=year,
        need=Need(weights={factor.name: dict.fromkeys(factor.categories, 0.0) for factor in used}),
        pot=Pot(total=pot),
        redistribution=Redistribution(degree=1.0),
    )
    grids = [np.linspace(0, LARGEST_WEIGHT, 6)] * len(columns) + [np.linspace(0, 6, 13), np.linspace(0, 4, 9)]
    steps = np.array([2.0] * len(columns) + [0.5, 0.5])
    finest = np.array([WEIGHT_STEP] * len(columns) + [DEGREE_STEP, PROGRESSION_STEP])
    tried = np.array(list(product(*grids)))
    best, loss = _best(some, scenario, columns, tried, today, pot, keep=40)
    while (steps > finest).any():
        steps = np.maximum(steps / 2, finest)
        around = np.array(list(product((-1, 0, 1), repeat=len(steps)))) * steps
        tried = np.unique((best[:, None, :] + around[None]).reshape(-1, len(steps)).round(6), axis=0)
        best, loss = _best(some, scenario, columns, tried, today, pot, keep=40)
    best, loss = _settled(some, scenario, columns, best, today, pot, finest)
    found = np.round(best / finest).astype(int) * finest.round(6)
    weights = {
        factor.name: dict.fromkeys(factor.categories, 0.0) | {needs[factor.name]: round(float(weight), 6)}
        for factor, weight in zip(used, found, strict=False)
    }
    redistribution = Redistribution(degree=round(float(found[-2]), 6), progression=round(float(found[-1]), 6))
    fitted = replace(scenario, need=Need(weights=weights), redistribution=redistribution)
    return Fit(scenario=fitted, misplaced=loss)


def _settled(  # noqa: PLR0917 - one search, its whole state
    composition: Composition,
    scenario: Scenario,
    columns: list[int],
    best: Array,
    today: Array,
    pot: int,
    finest: Array,
) -> tuple[Array, float]:
    """Walk on the finest grid until no neighbour is better."""
    around = np.array(list(product((-2, -1, 0, 1, 2), repeat=len(finest)))) * finest
    here = np.round(best[0] / finest) * finest
    at, loss = _best(composition, scenario, columns, here[None], today, pot, keep=1)
    while True:
        tried = (here + around).round(6)
        at, lower = _best(composition, scenario, columns, tried, today, pot, keep=1)
        if lower >= loss:
            return here, loss
        here, loss = at[0], lower


def _best(  # noqa: PLR0917 - one search, its whole state
    composition: Composition,
    scenario: Scenario,
    columns: list[int],
    tried: Array,
    today: Array,
    pot: int,
    *,
    keep: int,
) -> tuple[Array, float]:
    """Return the best of the points tried and the least loss."""
    tried = np.maximum(tried, 0)
    tried[:, : len(columns)] = np.minimum(tried[:, : len(columns)], LARGEST_WEIGHT)
    tried[:, -1] = np.minimum(tried[:, -1], BOUNDS["redistribution.progression"].high)
    tried = tried[tried[:, : len(columns)].max(axis=1) == LARGEST_WEIGHT]  # weights are scale-free: one of them is 10
    weights = np.zeros((len(tried), len(composition.columns)))
    weights[:, columns] = tried[:, : len(columns)]
    same = np.ones(len(tried))
    settings = Settings(
        weights=weights,
        pot=same * pot,
        deduction=(tried[:, -2] - 1) * pot / composition.pupils_paid.sum(),
        progression=tried[:, -1],
        bracket_start=same * np.inf,
        bracket_slope=same,
        minimum=same * 0,
        cap=same * np.inf,
    )
    _, amount = allocate_many(composition, scenario, settings)
    loss = np.abs(amount - today).sum(axis=1) / 2 / pot
    order = np.argsort(loss, kind="stable")[:keep]
    return tried[order], float(loss[order[0]])
