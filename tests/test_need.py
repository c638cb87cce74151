from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from socio import need
from socio.allocation import allocate
from socio.errors import ScenarioError
from socio.intake import tables
from socio.scenario import Brackets, Need
from tests.strategies import REFERENCE, hundredths, indexed, progressions, proposal, proposals, reference, schools

TABELL1 = np.array([3, 2, 1, 1, 1.5, 1, 3])
A, B = np.array([[0.15, 0.30, 0.55, 0.37, 0.63, 0.76, 0.24], [0, 0.05, 0.95, 0.66, 0.34, 1, 0]])
MUNICIPALITY = np.array([0.06, 0.29, 0.65, 0.49, 0.51, 0.92, 0.08])


def test_points_are_the_sum_of_weight_times_share():
    """Tabell 1: school A has 4.395 points, school B 3.22 and the municipality 3.825 (G01)."""
    points = need.points(np.array([A, B, MUNICIPALITY]), TABELL1)
    np.testing.assert_allclose(points, [4.395, 3.22, 3.825], rtol=1e-12)


def test_the_municipality_is_the_pupil_weighted_mean_and_never_the_plain_one():
    """300 pupils at 1 point and 100 at 2 make 1.25 points, not 1.5 (T01)."""
    assert need.mean_points(np.array([1.0, 2.0]), np.array([300, 100])) == 1.25
    pupils, index = np.array(REFERENCE["pupils"]), np.array(REFERENCE["index"])
    assert need.mean_points(index, pupils) == pytest.approx(1)
    plain = index / index.mean()
    assert plain @ pupils / pupils.sum() == pytest.approx(0.88235, abs=5e-6)


def test_the_zero_point_of_the_weights_is_a_degree():
    """Weights from 0 rank the schools as weights from 1 do, with 4.636 times the spread (G26, T02)."""
    least = np.array([1, 1, 1, 1, 1, 1, 1])
    spread = {}
    for name, weights in (("printed", TABELL1), ("from zero", TABELL1 - least)):
        points = need.points(np.array([A, B]), weights)
        spread[name] = points / (MUNICIPALITY @ weights) - 1
    np.testing.assert_allclose(spread["from zero"] / spread["printed"], 3.825 / 0.825)


def test_a_factor_that_is_equal_everywhere_shrinks_every_deviation():
    """A factor that no school differs in takes a fifth of everybody's deviation away (G27, T03)."""
    even = np.full((2, 2), 0.5)
    before = need.points(np.array([A, B]), TABELL1) / 3.825 - 1
    after = need.points(np.hstack([[A, B], even]), np.append(TABELL1, [1, 1])) / 4.825 - 1
    np.testing.assert_allclose(after / before, 3.825 / 4.825)
    np.testing.assert_allclose(after / before, 0.7927, atol=5e-5)


def test_more_need_is_more_points_for_a_mean_level_of_education():
    """On the scale 1 to 3 the highest number is the least need, and it is turned round (T04, R027)."""
    written = "skolenhetskod;skola;elever;Utbildning: Medelvärde (1–3)\n1;Låg;100;1,5\n2;Hög;100;2,5\n"
    composition = tables.read(written.encode(), "education.csv").composition
    (factor,) = composition.factors
    np.testing.assert_allclose(composition.shares, [[0.75, 0.25], [0.25, 0.75]])
    weights = {factor.name: dict(zip(factor.categories, (1.0, 0.0), strict=True))}
    low, high = allocate(composition, proposal(need=Need(weights=weights))).index
    assert (low, high) == pytest.approx((1.5, 0.5))


def test_a_small_unit_takes_the_municipality_s_index():
    """Below the smallest number of pupils the index is 1, and the mean is that of the other units (T18)."""
    composition = indexed([100, 100, 5], [0.5, 1.5, 9.0])
    result = allocate(composition, proposal(need=Need(method="index", minimum_pupils=6)))
    assert (result.mean, *result.index) == pytest.approx((1.0, 0.5, 1.5, 1.0))
    everyone = allocate(composition, proposal(need=Need(method="index", minimum_pupils=1000)))
    assert everyone.index.tolist() == [1.0, 1.0, 1.0]


def test_a_row_for_the_municipality_stands_where_it_is_delivered():
    """With the row of Tabell 1 the index is 293/255 and 644/765, whatever the pupils of the two schools (G05, G06)."""
    points = need.points(np.array([A, B]), TABELL1)
    index = need.index(points, MUNICIPALITY @ TABELL1, np.array([500, 3]))
    np.testing.assert_allclose(index, [293 / 255, 644 / 765], rtol=1e-12)


@given(proposals(bent=False, bounds=False, units=False))
def test_the_parts_of_the_factors_add_up_to_the_index(case):
    """Index minus 1 is the sum over the categories of weight times the distance from the municipality's share."""
    composition, scenario = case
    try:
        result = allocate(composition, scenario)
    except ScenarioError:
        reject()
    weights = need.weights_for(composition, scenario.need)
    row = composition.municipality_row
    mean = np.average(composition.shares, axis=0, weights=composition.pupils_composition) if row is None else row.shares
    parts = weights * (composition.shares - mean) / result.mean
    np.testing.assert_allclose(parts.sum(axis=1), result.index - 1, rtol=1e-9, atol=1e-11)


@given(proposals(bounds=False))
def test_progression_keeps_the_mean(case):
    """However the index is bent, its pupil-weighted mean over those paid for is 1 (T09)."""
    composition, scenario = case
    try:
        result = allocate(composition, scenario)
    except ScenarioError:
        reject()
    assert result.shape @ composition.pupils_paid / composition.pupils_paid.sum() == pytest.approx(1, rel=1e-12)


def test_progression_1_leaves_an_index_with_the_mean_1_as_it_is():
    """Linear is linear, and so is a slope of 1 above any index."""
    index, pupils = np.array(REFERENCE["index"]), np.array(REFERENCE["pupils"], dtype=float)
    np.testing.assert_allclose(need.progressive(index, pupils, 1.0), index)
    np.testing.assert_allclose(need.progressive(index, pupils, 1.0, 1.2, 1.0), index)


def test_a_school_with_twice_the_need_gets_more_than_twice_the_mean():
    """At progression 1.5 index 2 is 2.653 times the mean, at 2 it is 3.367 times (R082, G15)."""
    pupils = np.array(REFERENCE["pupils"], dtype=float)
    for exponent, times in ((1.5, 2.653), (2.0, 3.367)):
        shape = need.progressive(np.array(REFERENCE["index"]), pupils, exponent)
        assert 2**exponent * shape[0] / 0.5**exponent == pytest.approx(times, abs=5e-4)


def test_brackets_bend_the_index_above_their_start_only():
    """With slope 3 above index 1 a school at 2 counts as 4, one at 0.5 as 0.5, before the scaling."""
    shape = need.progressive(np.array([0.5, 1.0, 2.0]), np.ones(3), 1.0, 1.0, 3.0)
    np.testing.assert_allclose(shape / shape[0], [1, 2, 8])
    result = allocate(reference(), proposal(brackets=Brackets(start=1.0, slope=0.0)))
    assert result.rate[3:].tolist() == pytest.approx([result.rate[3]] * 3)


@given(hundredths(0, 4), st.lists(hundredths(0.01, 5), min_size=2, max_size=8))
def test_progression_never_changes_the_order(exponent, index):
    """A higher index is never worth less."""
    shape = need.progressive(np.sort(np.array(index)), np.ones(len(index)), exponent)
    assert (np.diff(shape) >= -1e-12).all()


def test_a_ready_index_or_risk_is_shared_by_as_it_stands():
    """Tabell 3: risks of 20 and 6 per cent against 12 are the indexes 5/3 and 1/2 (R067, G07)."""
    composition = schools([300, 400], ready={"risk": [20, 6]})
    result = allocate(composition, proposal(need=Need(method="risk")))
    assert result.mean == 12
    np.testing.assert_allclose(result.index, [5 / 3, 1 / 2])


@given(hundredths(0.01, 3), st.lists(hundredths(0.05, 5), min_size=1, max_size=6), progressions())
def test_a_level_of_the_shape_has_its_index_and_an_index_its_level(at, given, bend):
    """Where the curve reaches a level is told as an index, and back again."""
    index, pupils = np.array(given), np.arange(1.0, len(given) + 1)
    pieces = bend.get("brackets", Brackets(start=np.inf, slope=1.0))
    rules = (index, pupils, bend.get("progression", 1.0), pieces.start, pieces.slope)
    level = need.level_at(at, *rules)
    shape = need.progressive(np.append(index, at), np.append(pupils, 0.0), *rules[2:])
    assert level == pytest.approx(shape[-1])
    if rules[2] > 0.2 and (at < pieces.start or pieces.slope > 0):
        assert need.index_at(level, *rules) == pytest.approx(at, rel=1e-9)
    assert need.index_at(0.0, *rules) == 0
