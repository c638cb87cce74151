from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from socio.allocation import allocate
from socio.errors import ScenarioError
from socio.scenario import PhaseIn, Pot
from socio.transition import softened
from tests.strategies import hundredths, indexed, proposal, proposals, reference

OLD = np.array([5000.0, 7000, 9000, 11000, 14000, 22000])
"""Bild 1 on the reference schools; the new target is Bild 2."""


def phased(old=OLD, plan_year=1, **rules):
    return allocate(reference(), proposal(degree=1.5, phase_in=PhaseIn(**rules)), old, plan_year=plan_year)


def test_rises_are_paid_at_once_and_falls_in_stages():
    """Half of each fall in the first year, all of it in the second and ever after (G23)."""
    rules = {"stages": (0.5, 1.0), "financed": "outside"}
    assert phased(**rules).rate.tolist() == [3750, 6250, 8750, 11500, 16000, 28000]
    for year in (2, 3, 20):
        assert phased(plan_year=year, **rules).rate.tolist() == [2500, 5500, 8500, 11500, 16000, 28000]


def test_a_delay_is_a_stage_of_nothing():
    """Stages 0 and 1 keep every fall back for a year."""
    assert phased(stages=(0.0, 1.0), financed="outside").rate.tolist() == [5000, 7000, 9000, 11500, 16000, 28000]


def test_limits_in_kronor_and_in_shares_hold_together():
    """The milder of the two limits is the one that holds for each school."""
    result = phased(limit_kr=600.0, limit_share=0.1, financed="outside")
    assert result.rate[:3].tolist() == pytest.approx([4500, 6400, 8500])


def test_a_new_school_takes_its_target():
    """A school without an earlier rate has nothing to fall from."""
    old = OLD.copy()
    old[0] = np.nan
    assert phased(old, stages=(0.0, 1.0), financed="outside").rate[0] == 2500


def test_outside_the_pot_the_cost_is_paid_beside_it():
    """Pot and extra cost together are handed out, in whole kronor."""
    result = phased(limit_kr=500.0, financed="outside")
    assert (result.extra_cost, result.amount.sum()) == (1_000_000, 21_000_000)


def test_inside_the_pot_the_targets_shrink():
    """Whole rises and half the falls cannot both be had: all targets are scaled until the pot is enough (T10, G23)."""
    result = phased(stages=(0.5, 1.0), financed="inside")
    assert result.theta == pytest.approx(0.9503546, abs=5e-8)
    assert (result.extra_cost, result.amount.sum()) == (0, 20_000_000)
    assert (result.rate < phased(stages=(0.5, 1.0), financed="outside").rate).all()


@settings(max_examples=60)
@given(proposals(old=True, phased=True), st.integers(1, 4))
def test_no_rate_falls_faster_than_the_rules_allow(case, year):
    """A rate is never below its lowest amount, and no fall is larger than the limits, in any year of the plan."""
    composition, scenario = case
    old, rules = composition.old_rate, scenario.phase_in
    try:
        result = allocate(composition, scenario, old, plan_year=year)
    except ScenarioError:
        reject()
    noise = 1e-9 * max(result.average, np.nanmax(old))
    known = ~np.isnan(old)
    assert (result.rate >= scenario.redistribution.minimum - noise).all()
    if rules.limit_kr is not None:
        assert (result.rate[known] >= old[known] - rules.limit_kr - noise).all()
    if rules.limit_share is not None:
        assert (result.rate[known] >= (1 - rules.limit_share) * old[known] - noise).all()
    spent = result.rate @ composition.pupils_paid
    assert spent == pytest.approx(result.pot + result.extra_cost, rel=1e-9)
    if rules.financed == "inside":
        assert (result.extra_cost, result.amount.sum()) == (0, result.pot)


@given(st.lists(hundredths(0, 100), min_size=1, max_size=6), hundredths(0, 1))
def test_after_its_last_stage_a_plan_without_limits_is_there(old, part):
    """Whatever was taken before, the last stage takes all that remains."""
    rates = np.array(old)
    target = np.full(len(old), 20.0)
    half_way = softened(target, rates, part, PhaseIn(stages=(part, 1.0)))
    assert (half_way >= np.minimum(target, rates) - 1e-12).all()
    assert softened(target, half_way, 1.0, PhaseIn()).tolist() == pytest.approx(target.tolist())


def test_a_phase_in_needs_something_to_phase_in_from():
    """Without any earlier rate a phase-in is refused."""
    for old in (None, np.full(6, np.nan)):
        with pytest.raises(ScenarioError, match="no school has an earlier rate"):
            phased(old, stages=(0.5, 1.0))


def test_a_pot_that_is_too_small_names_the_one_that_does():
    """Inside a pot that the kept rates exceed, the pot that is enough and the cost outside are named, and are true."""
    small = {"pot": Pot(total=9_999_999), "degree": 1.5}
    with pytest.raises(ScenarioError) as error:
        allocate(reference(), proposal(phase_in=PhaseIn(limit_share=0.1), **small), OLD)
    facts = error.value.faults[0].allowed.facts
    outside = allocate(reference(), proposal(phase_in=PhaseIn(limit_share=0.1, financed="outside"), **small), OLD)
    assert facts == {"pot": 18_000_000, "cost": round(outside.extra_cost)}
    enough = proposal(phase_in=PhaseIn(limit_share=0.1), pot=Pot(total=facts["pot"]), degree=1.5)
    assert allocate(reference(), enough, OLD).amount.sum() == facts["pot"]
    less = proposal(phase_in=PhaseIn(limit_share=0.1), pot=Pot(total=facts["pot"] - 1), degree=1.5)
    with pytest.raises(ScenarioError, match="the pot is too small"):
        allocate(reference(), less, OLD)


def test_a_pot_that_is_enough_is_whole_kronor():
    """Where the kept rates cost parts of a krona, the pot named is the next whole one."""
    composition = indexed([3, 3], [0.5, 1.5])
    old = np.array([1000.1, 1000.1])
    with pytest.raises(ScenarioError) as error:
        allocate(composition, proposal(pot=Pot(total=10), phase_in=PhaseIn(stages=(0.0, 1.0))), old)
    assert error.value.faults[0].allowed.facts["pot"] == 6001
    enough = proposal(pot=Pot(total=6001), phase_in=PhaseIn(stages=(0.0, 1.0)))
    assert allocate(composition, enough, old).amount.sum() == 6001
