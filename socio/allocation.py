"""Allocation: the chain from composition to whole kronor, one step a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from socio import need, rounding, sharing, transition
from socio.errors import Fault, ScenarioError, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from socio.composition import Array, Composition, Whole
    from socio.scenario import Scenario

BLOCK = 1 << 16
"""Rates computed at a time in a batch: what fits the processor's cache."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Settings:
    """A scenario's numbers as the chain needs them; leading axes are scenarios.

    Attributes
    ----------
    weights
        Weight of each category, shape (..., n_categories).
    pot
        Whole kronor, shape (...).
    deduction
        Kr per pupil, shape (...).
    progression
        Exponent, shape (...).
    bracket_start, bracket_slope
        Second piece of the progression; an infinite start is none. Shape (...).
    minimum, cap
        Lowest and highest rate, kr per pupil, shape (...); an infinite cap is none.
    """

    weights: Array
    pot: Array
    deduction: Array
    progression: Array
    bracket_start: Array
    bracket_slope: Array
    minimum: Array
    cap: Array

    @classmethod
    def of(cls, composition: Composition, scenarios: Sequence[Scenario]) -> Settings:
        """Lay scenarios side by side for these schools, the first axis being the scenario."""
        each = [_settings(composition, scenario) for scenario in scenarios]
        return cls(**{name: np.array([getattr(one, name) for one in each]) for name in cls.__slots__})

    def part(self, rows: slice) -> Settings:
        """Return some of the scenarios."""
        return Settings(**{name: getattr(self, name)[rows] for name in self.__slots__})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Result:
    """What each school gets, with every step on the way.

    Attributes
    ----------
    composition, scenario
        What went in.
    points, index, shape
        Points per pupil, index (municipality = 1), index after progression; shape (n_schools,).
    mean
        The municipality's points per pupil.
    pot, average
        P in whole kronor and π = P / Σn in kr per pupil.
    deduction, degree, threshold
        The same setting in its three views.
    unscaled, target, rate
        Kr per pupil before the pot is restored, fully phased in, and this year; shape (n_schools,).
    theta
        The scale that restores the pot.
    extra_cost
        What the phase-in costs beside the pot, kr.
    amount
        Whole kronor, shape (n_schools,).
    """

    composition: Composition
    scenario: Scenario
    points: Array
    mean: float
    index: Array
    shape: Array
    pot: int
    average: float
    deduction: float
    degree: float
    threshold: float
    unscaled: Array
    target: Array
    theta: float
    rate: Array
    extra_cost: float
    amount: Whole


def allocate(composition: Composition, scenario: Scenario, old: Array | None = None, *, plan_year: int = 1) -> Result:
    """Share the pot between the schools.

    Parameters
    ----------
    composition : Composition
        The schools.
    scenario : Scenario
        What is decided.
    old : array of float, shape (n_schools,), optional
        Last year's rates in kr per pupil, NaN for a new school; needed for a phase-in only.
    plan_year : int
        Which entry of the phase-in's stages is this year's.

    Returns
    -------
    Result
        Amounts in whole kronor that sum to the pot, and every step.

    Raises
    ------
    ScenarioError
        Where the scenario does not fit the table or its bounds are impossible.

    Notes
    -----
    docs/method.md §2–§6.
    """
    settings = _settings(composition, scenario)
    pupils = composition.pupils_paid.astype(float)
    points, mean, index, shape = _need(composition, scenario, settings, pupils)
    average = settings.pot / pupils.sum()
    unscaled = sharing.unscaled(shape, average, settings.deduction)
    sharing.check_bounds(unscaled, pupils, settings.pot, settings.minimum, settings.cap)
    target, theta = sharing.target(unscaled, pupils, settings.pot, settings.minimum, settings.cap)
    rate, extra = target, 0.0
    if scenario.phase_in is not None:
        rate, theta, extra = transition.rate(
            unscaled,
            target,
            theta,
            old,
            pupils,
            pot=float(settings.pot),
            minimum=float(settings.minimum),
            cap=float(settings.cap),
            phase_in=scenario.phase_in,
            plan_year=plan_year,
        )
    pot = int(settings.pot)
    paid_out = pot + int(rounding.half_up(round(extra, 6)))  # but for the noise of binary fractions
    return Result(
        composition=composition,
        scenario=scenario,
        points=points,
        mean=float(mean),
        index=index,
        shape=shape,
        pot=pot,
        average=float(average),
        deduction=float(settings.deduction),
        degree=scenario.redistribution.degree_at(float(average)),
        threshold=scenario.redistribution.threshold_at(float(average)),
        unscaled=unscaled,
        target=target,
        theta=float(theta),
        rate=rate,
        extra_cost=extra,
        amount=rounding.whole_kronor(rate * pupils, float(paid_out), composition.code_rank),
    )


def allocate_many(composition: Composition, scenario: Scenario, settings: Settings) -> tuple[Array, Whole]:
    """Share the pot under many settings at once.

    Parameters
    ----------
    composition : Composition
        The schools.
    scenario : Scenario
        What all have in common: the method of need and the smallest unit counted; no phase-in.
    settings : Settings
        Shape (n_scenarios, …).

    Returns
    -------
    target : array of float, shape (n_scenarios, n_schools)
        Kr per pupil.
    amount : array of int, shape (n_scenarios, n_schools)
        Whole kronor.

    Raises
    ------
    ScenarioError
        Where the bounds of a scenario are impossible.

    Notes
    -----
    The same steps as `allocate`, in blocks that fit the processor's cache.
    """
    pupils = composition.pupils_paid.astype(float)
    scenarios, schools = len(settings.pot), len(composition)
    target, amount = np.empty((scenarios, schools)), np.empty((scenarios, schools), dtype=np.int64)
    block = max(1, BLOCK // schools)
    for start in range(0, scenarios, block):
        rows = slice(start, start + block)
        some = settings.part(rows)
        _, _, _, shape = _need(composition, scenario, some, pupils)
        unscaled = sharing.unscaled(shape, some.pot / pupils.sum(), some.deduction)
        sharing.check_bounds(unscaled, pupils, some.pot, some.minimum, some.cap)
        target[rows], _ = sharing.target(unscaled, pupils, some.pot, some.minimum, some.cap)
        amount[rows] = rounding.whole_kronor(target[rows] * pupils, some.pot, composition.code_rank)
    return target, amount


def left_out(composition: Composition, scenario: Scenario) -> tuple[str, ...]:
    """Name the table's factors that the scenario leaves out of the model."""
    return tuple(factor.name for factor in composition.factors if factor.name not in scenario.need.weights)


def _need(
    composition: Composition, scenario: Scenario, settings: Settings, pupils: Array
) -> tuple[Array, Array, Array, Array]:
    """Return points, the municipality's points, index and shape."""
    smallest = scenario.need.minimum_pupils
    if scenario.need.method == "weights":
        points = need.points(composition.shares, settings.weights)
    else:
        points = np.broadcast_to(
            need.ready_for(composition, scenario.need.method), (*settings.pot.shape, len(composition))
        )
    mean = _delivered(composition, scenario, settings.weights)
    if mean is None:
        mean = need.mean_points(points, composition.pupils_composition, smallest)
    known = mean > 0
    index = need.index(points, np.where(known, mean, np.inf), composition.pupils_composition, smallest)
    if not (np.all(known) and index.any(axis=-1).all()):
        raise ScenarioError([_without_need(scenario)])
    shape = need.progressive(index, pupils, settings.progression, settings.bracket_start, settings.bracket_slope)
    return points, mean, index, shape


def _without_need(scenario: Scenario) -> Fault:
    method = scenario.need.method
    if method == "weights":
        wrong = words("no school has any points: the weights are 0 wherever there are pupils")
        return Fault(key="need.weights", wrong=wrong, allowed=words("give a weight to a category that has pupils"))
    wrong = words("no school has any need: the column is 0 for all of them")
    return Fault(key="need.method", value=method, wrong=wrong, allowed=words("at least one school above 0"))


def _delivered(composition: Composition, scenario: Scenario, weights: Array) -> Array | None:
    """Return the municipality's points from its own row, where one is delivered."""
    row = composition.municipality_row
    if row is None:
        return None
    if scenario.need.method != "weights":
        ready = row.ready.get(scenario.need.method)
        return None if ready is None else np.asarray(ready)
    return None if row.shares is None else np.asarray(weights @ row.shares)


def _settings(composition: Composition, scenario: Scenario) -> Settings:
    """Return one scenario's numbers for these schools."""
    if scenario.need.method == "weights":
        weights = need.weights_for(composition, scenario.need)
    else:
        weights = np.zeros(len(composition.columns))
    redistribution = scenario.redistribution
    pupils = int(composition.pupils_paid.sum())
    pot = scenario.pot.total_for(pupils)
    average = pot / pupils
    deduction = redistribution.deduction_at(average)
    if deduction < -average * (1 + sharing.SLACK):
        raise ScenarioError(
            [
                Fault(
                    key="redistribution.deduction",
                    value=f"{redistribution.deduction:g}",
                    wrong=words("below equal kronor per pupil"),
                    allowed=words(
                        "at least {number} kr per pupil, the average with a minus sign",
                        number=-rounding.floored(average),
                    ),
                )
            ]
        )
    brackets = redistribution.brackets
    return Settings(
        weights=weights,
        pot=np.asarray(float(pot)),
        deduction=np.asarray(max(deduction, -average)),
        progression=np.asarray(redistribution.progression),
        bracket_start=np.asarray(np.inf if brackets is None else brackets.start),
        bracket_slope=np.asarray(1.0 if brackets is None else brackets.slope),
        minimum=np.asarray(redistribution.minimum),
        cap=np.asarray(np.inf if redistribution.cap is None else redistribution.cap),
    )
