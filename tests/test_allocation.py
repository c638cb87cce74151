from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import inf, isclose

import numpy as np
import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from socio import allocation, rounding
from socio.allocation import Settings, allocate, allocate_many
from socio.composition import MunicipalityRow
from socio.errors import ImpossibleBoundsError, ScenarioError
from socio.measures import share_moved
from socio.scenario import Brackets, Need, PhaseIn, Pot
from socio.view import format as written
from tests import oracle
from tests.strategies import compositions, hundredths, indexed, proposal, proposals, reference, scenarios, schools


def plainly(composition, scenario):
    """Schools and rules as the second implementation takes them, every number the fraction that was written."""
    weights = [Fraction(repr(weight)) for weight in weights_along(composition, scenario)]
    given, pot = scenario.redistribution, scenario.pot
    if pot.total is not None:
        kronor = pot.total
    elif pot.per_pupil is not None:
        kronor = oracle.half_up(Fraction(repr(pot.per_pupil)) * int(composition.pupils_paid.sum()))
    else:
        kronor = oracle.half_up(Fraction(repr(pot.share)) * Fraction(repr(pot.budget)))
    olds = [None] * len(composition) if composition.old_rate is None else list(composition.old_rate)
    soft = scenario.phase_in
    return [
        {
            "code": code,
            "c": int(composition.pupils_composition[at]),
            "n": int(composition.pupils_paid[at]),
            "shares": [exactly(share) for share in composition.cells[at]],
            "old": None if olds[at] is None or np.isnan(olds[at]) else exactly(olds[at]),
        }
        for at, code in enumerate(composition.codes)
    ], {
        "weights": weights,
        "row": None
        if composition.municipality_row is None
        else [exactly(share) for share in composition.municipality_row.shares],
        "smallest": scenario.need.minimum_pupils,
        "pot": kronor,
        "deduction": exactly(given.deduction),
        "degree": exactly(given.degree),
        "threshold": exactly(given.threshold),
        "progression": exactly(given.progression),
        "brackets": None if given.brackets is None else (exactly(given.brackets.start), exactly(given.brackets.slope)),
        "minimum": exactly(given.minimum),
        "cap": exactly(given.cap),
        "phase_in": None
        if soft is None
        else {
            "part": exactly(soft.stages[0]),
            "limit_kr": exactly(soft.limit_kr),
            "limit_share": exactly(soft.limit_share),
            "financed": soft.financed,
        },
    }


def weights_along(composition, scenario):
    return [float(scenario.need.weights.get(factor, {}).get(name, 0.0)) for factor, name in composition.columns]


def exactly(number):
    """The fraction behind a number: a share is a part of at most 40 pupils, the rest as written."""
    if number is None:
        return None
    near = Fraction(float(number)).limit_denominator(40)
    return near if float(near) == float(number) else Fraction(repr(float(number)))


def close(found, exact, slack):
    return np.allclose(found, np.array([float(number) for number in exact]), rtol=1e-9, atol=slack)


def same_kronor(amount, exact, kronor):
    """Tell whether two ways of handing out the last kronor differ only where remainders are within noise."""
    differ = [at for at in range(len(kronor)) if amount[at] != kronor[at]]
    if not differ:
        return True
    noise = max(2e-6, 1e-14 * float(max(exact)))
    remainders = [float(exact[at] % 1) for at in differ]
    near = [min(abs(one - remainders[0]), 1 - abs(one - remainders[0])) for one in remainders]
    return sum(amount) == sum(kronor) and max(near) <= noise and all(abs(amount[at] - kronor[at]) <= 1 for at in differ)


def same_result(one, other, order=slice(None)):
    assert np.allclose(one.rate, other.rate[order], rtol=1e-11, atol=1e-11 * max(one.average, 1e-9))
    exact = [Fraction(amount) for amount in one.rate * one.composition.pupils_paid]
    assert same_kronor(list(one.amount), exact, list(other.amount[order]))


def exactly_allocated(composition, scenario):
    """What exact fractions say, or None where they and the program refuse for the same reason."""
    plain, rules = plainly(composition, scenario)
    try:
        return oracle.allocate(plain, rules), rules
    except oracle.NoPointsError:
        with pytest.raises(ScenarioError, match="no school has any points"):
            allocate(composition, scenario, composition.old_rate)
        return None, rules
    except oracle.ImpossibleError as error:
        impossible = error
    with pytest.raises(ScenarioError) as refused:
        allocate(composition, scenario, composition.old_rate)
    (fault,) = refused.value.faults
    assert impossible.what in fault.key
    number = fault.allowed.facts["pot" if impossible.what == "phase_in" else "number"]
    assert isclose(number, impossible.number, rel_tol=1e-9, abs_tol=1 if impossible.what == "phase_in" else 1e-6)
    return None, rules


@settings(max_examples=300)
@given(proposals(smallest=3, old=True, phased=True) | proposals(smallest=3) | proposals())
def test_the_chain_agrees_with_exact_fractions(case):
    """A second implementation in exact fractions, sharing no code, gives the same rates and the same kronor."""
    composition, scenario = case
    if scenario.phase_in is not None and np.isnan(composition.old_rate).all():
        scenario = replace(scenario, phase_in=None)
    exact, rules = exactly_allocated(composition, scenario)
    if exact is None:
        return
    result = allocate(composition, scenario, composition.old_rate)
    average = rules["pot"] / int(composition.pupils_paid.sum())
    old = 0.0 if scenario.phase_in is None else float(np.nanmax(composition.old_rate))
    noise = 1e-12 * max(average + abs(result.deduction), 1e-6) * max(1.0, float(exact["theta"])) + 1e-14 * old
    assert close(result.points, exact["points"], 1e-12)
    assert isclose(result.mean, exact["mean"], rel_tol=1e-12)
    assert close(result.index, exact["index"], 1e-12)
    assert close(result.shape, exact["shape"], 1e-12)
    assert isclose(result.deduction, exact["deduction"], rel_tol=1e-9, abs_tol=noise)
    assert close(result.target, exact["target"], noise)
    assert close(result.rate, exact["rate"], noise)
    assert isclose(result.extra_cost, exact["extra"], rel_tol=1e-9, abs_tol=1e-6 + 1e-9 * rules["pot"])
    assert same_kronor(list(result.amount), exact["exact"], exact["amount"])


@given(proposals())
def test_every_krona_is_handed_out_once(case):
    """The schools together get the pot, to the krona, each within one krona of rate times pupils."""
    composition, scenario = case
    try:
        result = allocate(composition, scenario)
    except ScenarioError:
        reject()
    pot = scenario.pot.total_for(int(composition.pupils_paid.sum()))
    assert result.pot == pot == result.amount.sum()
    assert (np.abs(result.amount - result.rate * composition.pupils_paid) <= 1 + 1e-6).all()
    assert (result.amount >= 0).all()


@given(proposals(smallest=2), st.randoms(use_true_random=False))
def test_the_order_of_the_schools_is_irrelevant(case, random):
    """A table sorted otherwise gives each school the same."""
    composition, scenario = case
    order = list(range(len(composition)))
    random.shuffle(order)
    mixed = replace(
        composition,
        codes=tuple(composition.codes[at] for at in order),
        names=tuple(composition.names[at] for at in order),
        pupils_composition=composition.pupils_composition[order],
        pupils_paid=composition.pupils_paid[order],
        cells=composition.cells[order],
        marks=composition.marks[order],
    )
    try:
        here = allocate(composition, scenario)
    except ScenarioError:
        with pytest.raises(ScenarioError):
            allocate(mixed, scenario)
        return
    same_result(allocate(mixed, scenario), here, np.array(order))


@given(proposals(), hundredths(0.01, 50))
def test_weights_times_a_constant_change_nothing(case, constant):
    """Only the proportions between the weights matter."""
    composition, scenario = case
    weights = {
        factor: {name: weight * constant for name, weight in categories.items()}
        for factor, categories in scenario.need.weights.items()
    }
    scaled = replace(scenario, need=replace(scenario.need, weights=weights))
    try:
        here = allocate(composition, scenario)
    except ScenarioError:
        reject()
    same_result(allocate(composition, scaled), here)


@given(proposals(bounds=False))
def test_degree_0_gives_all_the_same_per_pupil(case):
    """At degree 0 every rate is the average, whatever the weights and the progression."""
    composition, scenario = case
    scenario = replace(
        scenario, redistribution=replace(scenario.redistribution, deduction=None, threshold=None, degree=0.0)
    )
    try:
        result = allocate(composition, scenario)
    except ScenarioError:
        reject()
    assert np.allclose(result.rate, result.average, rtol=1e-12)


@given(proposals(bounds=False, bent=False, units=False, rows=False, same_pupils=True))
def test_degree_1_is_in_proportion_to_the_index(case):
    """At degree 1 and progression 1 the rate is the average times the index."""
    composition, scenario = case
    scenario = replace(
        scenario, redistribution=replace(scenario.redistribution, deduction=None, threshold=None, degree=1.0)
    )
    try:
        result = allocate(composition, scenario)
    except ScenarioError:
        reject()
    assert np.allclose(result.rate, result.average * result.index, rtol=1e-12, atol=1e-9 * result.average)


@given(proposals(bounds=False), hundredths(0, 20), hundredths(0, 20))
def test_the_share_moved_grows_with_the_degree(case, one, other):
    """A higher degree never moves less of the pot."""
    composition, scenario = case
    given = replace(scenario.redistribution, deduction=None, threshold=None)
    low, high = sorted((one, other))
    try:
        less, more = (
            allocate(composition, replace(scenario, redistribution=replace(given, degree=degree)))
            for degree in (low, high)
        )
    except ScenarioError:
        reject()
    pupils = composition.pupils_paid
    assert share_moved(less.rate * pupils, pupils) <= share_moved(more.rate * pupils, pupils) + 1e-12


@given(proposals(bounds=False), hundredths(1, 6), hundredths(1, 6), hundredths(0, 1))
def test_raising_the_cap_raises_no_one_below_it(case, one, other, lowest):
    """A cap that is lifted takes from those under it, and never gives to them."""
    composition, scenario = case
    average = scenario.pot.total_for(int(composition.pupils_paid.sum())) / composition.pupils_paid.sum()
    low, high = sorted((one * average, other * average))
    given = replace(scenario.redistribution, minimum=lowest * average)
    try:
        tight, loose = (
            allocate(composition, replace(scenario, redistribution=replace(given, cap=cap))) for cap in (low, high)
        )
    except ScenarioError:
        reject()
    below = tight.rate < low * (1 - 1e-9)
    assert (loose.rate[below] <= tight.rate[below] * (1 + 1e-9) + 1e-9 * average).all()


@given(proposals())
def test_rates_keep_within_their_bounds_and_follow_the_index(case):
    """No rate is below the lowest amount or above the cap, and more need never gives a lower rate."""
    composition, scenario = case
    try:
        result = allocate(composition, scenario)
    except ScenarioError:
        reject()
    given = scenario.redistribution
    assert result.rate.min() >= given.minimum * (1 - 1e-12)
    assert result.rate.max() <= (inf if given.cap is None else given.cap) * (1 + 1e-12)
    ordered = result.rate[np.argsort(result.shape, kind="stable")]
    assert (np.diff(ordered) >= -1e-9 * result.average).all()
    if given.degree == 0 or given.progression != 0:
        assert np.dot(result.rate, composition.pupils_paid) == pytest.approx(result.pot, rel=1e-9)


@settings(max_examples=60)
@given(st.data())
def test_many_at_once_equal_one_at_a_time(data):
    """A batch gives each scenario the rates and the kronor that it has alone."""
    composition = data.draw(compositions())
    drawn = data.draw(st.lists(scenarios(composition, units=False), min_size=1, max_size=6))
    alone = {}
    for number, scenario in enumerate(drawn):
        try:
            alone[number] = allocate(composition, scenario)
        except ScenarioError:
            continue
    assume(alone)
    chosen = [drawn[number] for number in alone]
    target, amount = allocate_many(composition, chosen[0], Settings.of(composition, chosen))
    for row, result in enumerate(alone.values()):
        assert np.allclose(target[row], result.target, rtol=1e-12, atol=1e-12 * max(result.average, 1e-9))
        exact = [Fraction(rate) for rate in result.target * composition.pupils_paid]
        assert same_kronor(list(amount[row]), exact, list(result.amount))


def test_a_batch_in_blocks_is_the_same_batch(monkeypatch):
    """How many rows are computed at a time changes nothing."""
    composition = reference()
    chosen = [proposal(degree=part / 10, cap=15_000.0 if part % 2 else None) for part in range(1, 25)]
    settings_of_all = Settings.of(composition, chosen)
    whole = allocate_many(composition, chosen[0], settings_of_all)
    monkeypatch.setattr(allocation, "BLOCK", 13)
    target, amount = allocate_many(composition, chosen[0], settings_of_all)
    np.testing.assert_allclose(target, whole[0], rtol=1e-12)
    np.testing.assert_array_equal(amount, whole[1])


def shown(number):
    """A number as a user reads it in an error and types it again."""
    read = written.read_number(written.plain(number))
    assert read is not None
    return read


@settings(max_examples=100)
@given(proposals(), hundredths(0, 3), hundredths(0, 3))
def test_impossible_bounds_name_a_number_that_does(case, lowest, highest):
    """The number in the error, typed as it is shown, makes the proposal possible."""
    composition, scenario = case
    average = scenario.pot.total_for(int(composition.pupils_paid.sum())) / composition.pupils_paid.sum()
    given = replace(scenario.redistribution, minimum=lowest * average, cap=highest * average)
    for _fault in range(3):
        try:
            result = allocate(composition, replace(scenario, redistribution=given))
        except ImpossibleBoundsError as error:
            (fault,) = error.faults
            key = fault.key.removeprefix("redistribution.")
            number = shown(fault.allowed.facts["number"])
            assert number != getattr(given, key)
            given = replace(given, **{key: number})
        except ScenarioError:
            reject()
        else:
            assert result.amount.sum() == result.pot
            return
    pytest.fail("three numbers were named and none did")


@given(hundredths(0.01, 30_000), st.integers(1, 50_000))
def test_a_deduction_below_equal_names_the_one_that_does(total, pupils):
    """A deduction of more than the average backwards is refused; the number named gives all the same."""
    composition = indexed([pupils, 1], [0.5, 2.0])
    pot = Pot(total=round(total * 100))
    with pytest.raises(ScenarioError) as error:
        allocate(composition, proposal(pot=pot, deduction=-1e6 - total * 100))
    number = shown(error.value.faults[0].allowed.facts["number"])
    rates = allocate(composition, proposal(pot=pot, deduction=number)).rate
    assert np.allclose(rates, rates.mean(), atol=1e-5)


def test_of_many_bounds_the_impossible_ones_are_named():
    """In a batch the first scenario whose bounds cannot hold is the one that the error is about."""
    chosen = [proposal(cap=20_000.0), proposal(cap=11_000.0, threshold=0.9), proposal(minimum=12_000.0)]
    for numbers, key, number in (((0, 1), "cap", 25_000), ((0, 2), "minimum", 10_000)):
        some = [chosen[at] for at in numbers]
        with pytest.raises(ImpossibleBoundsError) as error:
            allocate_many(reference(), some[0], Settings.of(reference(), some))
        assert error.value.faults[0].key == f"redistribution.{key}"
        assert error.value.faults[0].allowed.facts["number"] == number


@pytest.mark.parametrize(
    "redistribution",
    [
        {"degree": 0.0},
        {"degree": 1.5, "progression": 2.0},
        {"threshold": 0.999_999},
        {"deduction": 5000.0, "minimum": 10_000.0, "cap": 10_000.0},
        {"degree": 2.0, "brackets": Brackets(start=1.0, slope=0.0)},
    ],
)
@pytest.mark.parametrize(("pupils", "index"), [([17], [0.7]), ([17, 400, 3], [1.3, 1.3, 1.3])], ids=["one", "alike"])
def test_where_there_is_nothing_to_share_by_all_get_the_average(pupils, index, redistribution):
    """One school, or schools that are all alike, get the average per pupil under every rule."""
    result = allocate(indexed(pupils, index), proposal(**redistribution))
    assert np.allclose(result.rate, 10_000)
    assert result.amount.tolist() == [10_000 * number for number in pupils]


@pytest.mark.parametrize("redistribution", [{"degree": 1.5}, {"deduction": 5000.0}, {"threshold": 0.8}, {"cap": 0.0}])
def test_an_empty_pot_gives_nobody_anything(redistribution):
    """At a pot of 0 kr every amount is 0, and the setting stands."""
    result = allocate(reference(), proposal(pot=Pot(total=0), **redistribution))
    assert result.amount.tolist() == [0] * 6
    assert result.rate.tolist() == [0.0] * 6
    assert result.average == 0


@pytest.mark.parametrize("redistribution", [{"degree": 1.5}, {"threshold": 0.8}, {"degree": 100.0, "progression": 4.0}])
@pytest.mark.parametrize("pot", [10**12, 10**12 - 1, 1, 7])
def test_the_largest_and_the_smallest_pots_are_handed_out_to_the_krona(pot, redistribution):
    """A billion kronor a thousand times over, and a single krona, leave nothing over."""
    result = allocate(reference(), proposal(pot=Pot(total=pot), **redistribution))
    assert result.amount.sum() == pot
    assert (result.amount >= 0).all()


@pytest.mark.parametrize("weights", [{"no": 0.0, "yes": 2.0}, {"yes": 0.0, "no": 0.0}])
def test_weights_that_give_nobody_points_are_refused(weights):
    """Weights of 0, or weights only where there are no pupils, leave no index: an error says so."""
    composition = schools([10, 20], [[0.0, 1.0], [0.0, 1.0]], {"F": ["yes", "no"]})
    with pytest.raises(ScenarioError, match=r"no school has any points|all weights are 0"):
        allocate(composition, proposal(need=Need(weights={"F": weights})))


def test_points_in_the_municipality_row_alone_are_none():
    """A row that has what no school has leaves every index 0, which shares nothing: an error says so."""
    row = MunicipalityRow(shares=np.array([0.5, 0.5]))
    composition = schools([10, 20], [[0.0, 1.0], [0.0, 1.0]], {"F": ["yes", "no"]}, municipality_row=row)
    with pytest.raises(ScenarioError, match="no school has any points"):
        allocate(composition, proposal(need=Need(weights={"F": {"yes": 1.0, "no": 0.0}})))


def test_the_same_degree_means_the_same_at_every_pot():
    """At ten times the pot every rate is ten times as high, for a degree and for a threshold."""
    for redistribution in ({"degree": 1.5}, {"threshold": 0.8}):
        small, large = (
            allocate(reference(), proposal(pot=Pot(per_pupil=kronor), **redistribution))
            for kronor in (1_000.0, 10_000.0)
        )
        assert np.allclose(large.rate, 10 * small.rate)


def test_the_three_views_of_the_degree_are_one_number():
    """Degree 1.5, a deduction of 5 000 kr at 10 000 kr and a threshold of a third give the same kronor."""
    results = [
        allocate(reference(), proposal(**view))
        for view in ({"degree": 1.5}, {"deduction": 5000.0}, {"threshold": 1 / 3})
    ]
    for result in results:
        assert result.amount.tolist() == results[0].amount.tolist()
        assert [result.degree, result.deduction, result.threshold] == pytest.approx([1.5, 5000, 1 / 3])


@pytest.mark.parametrize("index", [0.08, 0.27, 0.4, 0.5, 0.51, 0.58, 0.76, 0.9])
def test_a_school_at_the_threshold_gets_nothing(index):
    """A school exactly at the threshold has no krona, and no binary fraction of one that a cap could lift."""
    composition = indexed([100, 100], [index, 2 - index])
    nothing, all_of_it = allocate(composition, proposal(threshold=index)).rate.tolist()
    assert nothing == 0.0
    assert all_of_it == pytest.approx(20_000)
    with pytest.raises(ImpossibleBoundsError) as error:
        allocate(composition, proposal(threshold=index, cap=15_000.0))
    assert error.value.faults[0].allowed.facts["number"] == 20_000


def test_a_deduction_never_makes_an_amount_negative_and_the_pot_is_whole():
    """Taking off more than a school has leaves it 0 kr, and the others less, so that the sum is the pot (T08)."""
    naive = [22_000 * x - 12_000 for x in (0.5, 0.7, 0.9, 1.1, 1.4, 2.2)]
    assert naive[0] < 0
    result = allocate(reference(), proposal(deduction=12_000.0))
    assert result.rate.min() == 0
    assert result.amount.sum() == 20_000_000
    clipped = [max(0, rate) for rate in naive]
    assert np.dot(clipped, reference().pupils_paid) > 20_000_000
    assert np.allclose(result.rate, np.array(clipped) * result.theta)


def test_a_cap_below_the_average_is_refused():
    """Under a cap below the average the pot cannot be spent: an error names the average (T08)."""
    with pytest.raises(ImpossibleBoundsError) as error:
        allocate(reference(), proposal(degree=1.5, cap=9_999.0))
    assert error.value.faults[0].key == "redistribution.cap"
    assert error.value.faults[0].allowed.facts["number"] == 10_000


def test_composition_and_payment_may_count_other_pupils():
    """The index weighs the pupils behind the shares, the pot follows those paid for; the pot stays whole (T07)."""
    composition = schools([300, 100], [[0.2, 0.8], [0.6, 0.4]], {"F": ["yes", "no"]}, paid=[310, 150])
    need = Need(weights={"F": {"yes": 1.0, "no": 0.0}})
    result = allocate(composition, proposal(need=need, pot=Pot(per_pupil=1_000.0)))
    assert result.mean == pytest.approx(0.3)
    assert np.allclose(result.index, [2 / 3, 2])
    assert np.dot(result.shape, [310, 150]) == pytest.approx(460)
    assert result.pot == result.amount.sum() == 460_000
    unscaled = np.dot(result.index, [310, 150]) * 1_000
    assert unscaled == pytest.approx(506_666.67)


def test_a_rate_in_whole_kronor_misses_the_pot_and_the_amounts_do_not():
    """The rounded rate times the pupils differs from the pot, the amounts add up to it (T13)."""
    composition = indexed([301, 402, 97], [0.503, 1.1, 2.13])
    result = allocate(composition, proposal(pot=Pot(total=7_000_001)))
    rounded = sum(
        int(rounding.half_up(rate)) * int(pupils)
        for rate, pupils in zip(result.rate, composition.pupils_paid, strict=True)
    )
    assert rounded != 7_000_001
    assert result.amount.sum() == 7_000_001


def test_a_factor_that_the_scenario_does_not_name_is_left_out():
    """The table may have more factors than the model, and they are named."""
    composition = schools([10, 20], [[0.2, 0.8, 1, 0], [0.6, 0.4, 0, 1]], {"F": ["yes", "no"], "G": ["a", "b"]})
    scenario = proposal(need=Need(weights={"F": {"yes": 1.0, "no": 0.0}}))
    assert allocation.left_out(composition, scenario) == ("G",)
    alone = schools([10, 20], [[0.2, 0.8], [0.6, 0.4]], {"F": ["yes", "no"]})
    assert allocate(composition, scenario).amount.tolist() == allocate(alone, scenario).amount.tolist()


def test_a_scenario_that_does_not_fit_the_table_names_every_misfit():
    """A factor or category that the table lacks, and a category without a weight, are named together."""
    composition = schools([10, 20], [[0.2, 0.8], [0.6, 0.4]], {"F": ["yes", "no"]})
    with pytest.raises(ScenarioError) as error:
        allocate(composition, proposal(need=Need(weights={"F": {"yes": 1.0, "maybe": 1.0}, "G": {"a": 1.0}})))
    assert [str(fault) for fault in error.value.faults] == [
        'need.weights."F"."maybe": the table has no category with this name, the table has yes, no',
        'need.weights."F"."no": a category of a factor in use has no weight, the table has yes, no',
        'need.weights."G": the table has no factor with this name, the table has F',
    ]
    with pytest.raises(ScenarioError, match="the table has no column risk"):
        allocate(composition, proposal(need=Need(method="risk")))


def test_the_steps_of_a_phase_in_are_kept_in_the_result():
    """With half of each decrease taken outside the pot, target and rate differ and the amounts sum to pot and cost."""
    old = np.array([5000.0, 7000, 9000, 11000, 14000, 22000])
    phase_in = PhaseIn(stages=(0.5, 1.0), financed="outside")
    result = allocate(reference(), proposal(degree=1.5, phase_in=phase_in), old)
    assert result.target.tolist() == [2500, 5500, 8500, 11500, 16000, 28000]
    assert result.rate.tolist() == [3750, 6250, 8750, 11500, 16000, 28000]
    assert result.extra_cost == 800_000
    assert result.amount.sum() == 20_800_000
    later = allocate(reference(), proposal(degree=1.5, phase_in=phase_in), old, plan_year=2)
    assert later.rate.tolist() == later.target.tolist()
