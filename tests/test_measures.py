from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socio.allocation import allocate
from socio.measures import Baseline, change, decided_difference, gini, share_moved, spread
from socio.scenario import Pot
from tests.strategies import hundredths, indexed, proposal, reference


def test_the_share_moved_is_what_lies_above_the_average():
    """Of 400 kr to two equal schools, 300 and 100, a quarter is moved."""
    assert share_moved(np.array([300, 100]), np.array([7, 7])) == 0.25
    assert share_moved(np.array([100, 300]), np.array([1, 3])) == 0
    assert share_moved(np.array([0, 0]), np.array([1, 3])) == 0
    assert share_moved(np.array([[300, 100], [0, 0]]), np.array([7, 7])).tolist() == [0.25, 0]


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 900)), min_size=1, max_size=10))
def test_the_area_above_the_line_is_the_missing_area_below_it(schools):
    """What the schools above the average have too much is what the others lack, and it is the share moved."""
    amount, pupils = (np.array(column) for column in zip(*schools, strict=True))
    average = amount.sum() / pupils.sum()
    above = np.maximum(amount - average * pupils, 0).sum()
    below = np.maximum(average * pupils - amount, 0).sum()
    assert above == pytest.approx(below, abs=1e-6)
    assert share_moved(amount, pupils) * amount.sum() == pytest.approx(above, abs=1e-6)


@given(st.lists(st.tuples(hundredths(0, 1000), st.integers(1, 900)), min_size=1, max_size=8))
def test_gini_is_the_mean_difference_of_two_pupils(schools):
    """Half the mean difference between the rates of any two pupils, over the mean rate."""
    rate, pupils = (np.array(column, dtype=float) for column in zip(*schools, strict=True))
    mean = rate @ pupils / pupils.sum()
    differences = pupils @ np.abs(rate[:, None] - rate) @ pupils / pupils.sum() ** 2
    assert gini(rate, pupils) == pytest.approx(differences / (2 * mean) if mean else 0, abs=1e-9)


def test_linear_measures_grow_with_the_degree_and_the_ratio_does_not():
    """From degree 1 to 1.5 share moved, CV and Gini are 1.5 times as large, the ratio 11.2 against 4.4 (G10, G11)."""
    bild1, bild2 = (spread(allocate(reference(), proposal(degree=degree))) for degree in (1.0, 1.5))
    for name in ("share_moved", "kronor_moved", "variation", "gini", "per_tenth"):
        assert getattr(bild2, name) == pytest.approx(1.5 * getattr(bild1, name)), name
    assert (bild1.ratio, bild2.ratio) == pytest.approx((4.4, 11.2))
    assert bild1.per_tenth == pytest.approx(1000)
    assert bild1.kronor_moved == pytest.approx(3_200_000)


def test_where_someone_gets_nothing_there_is_no_ratio():
    """Two schools and 700 pupils at 0 kr are counted, and the ratio is left out (R088, G14)."""
    measured = spread(allocate(reference(), proposal(threshold=0.8)))
    assert (measured.schools_at_zero, measured.pupils_at_zero) == (2, 700)
    assert (measured.lowest, measured.ratio) == (0, None)


@pytest.mark.parametrize(
    ("composition", "scenario"),
    [
        (indexed([17], [0.7]), proposal()),
        (indexed([17, 20], [1.3, 1.3]), proposal(degree=1.5)),
        (reference(), proposal(pot=Pot(total=0))),
        (reference(), proposal(degree=0.0)),
    ],
    ids=["one school", "alike", "no pot", "equal"],
)
def test_where_nothing_is_moved_every_measure_is_nothing(composition, scenario):
    """One school, schools that are alike, no pot and equal per pupil move nothing."""
    measured = spread(allocate(composition, scenario))
    assert [measured.share_moved, measured.kronor_moved] == pytest.approx([0, 0], abs=1e-6)
    assert [measured.variation, measured.gini, measured.per_tenth] == pytest.approx([0, 0, 0], abs=1e-9)


def compared(amounts, baseline, pupils=None):
    result = allocate(indexed([10, 20, 30, 40], [1, 1, 1, 1]), proposal())
    result = replace(result, amount=np.array(amounts))
    behind = np.array([10, 20, 30, 40] if pupils is None else pupils, dtype=float)
    return change(result, Baseline(amount=np.array(baseline, dtype=float), pupils=behind))


def test_who_gets_more_and_who_gets_less_is_counted():
    """Schools, pupils and kronor up, down and unchanged; a krona is no change."""
    found = compared([150, 50, 101, 100], [100, 100, 100, 100])
    assert found.amount.tolist() == [50, -50, 1, 0]
    assert (found.up, found.down, found.unchanged, found.unknown) == (1, 1, 2, 0)
    assert (found.pupils_up, found.pupils_down, found.pupils_unchanged) == (10, 20, 70)
    assert (found.kronor_up, found.kronor_down, found.kronor_unmatched) == (51, -50, 0)
    assert (found.moved, found.largest_fall) == (50.5, 1)
    assert (found.pot, found.baseline_pot) == (401, 400)


def test_a_school_that_is_not_in_the_baseline_is_neither_up_nor_down():
    """Where the baseline is unknown there is no change, and what the school gets is told apart."""
    found = compared([150, 100, 100, 100], [100, np.nan, 100, 100], [10, np.nan, 30, 40])
    assert np.isnan(found.amount[1])
    assert np.isnan(found.rate[1])
    assert (found.up, found.down, found.unchanged, found.unknown) == (1, 0, 2, 1)
    assert (found.kronor_unmatched, found.pot, found.baseline_pot) == (100, 350, 300)
    assert found.largest_fall is None


def test_the_change_in_kronor_per_pupil_is_between_the_pupils_of_each():
    """A school that has grown may get more kronor and less per pupil."""
    found = compared([110, 200, 300, 400], [100, 200, 300, 400], [9, 20, 30, 40])
    assert found.amount[0] == 10
    assert found.rate[0] == pytest.approx(11 - 100 / 9)
    assert found.rate[0] < 0


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=4, max_size=4))
def test_at_the_same_pot_the_rises_are_the_falls(amounts):
    """Rises and falls differ by the difference between the pots, and nothing else."""
    found = compared(*([column[at] for column in amounts] for at in (0, 1)))
    assert found.kronor_up + found.kronor_down == found.pot - found.baseline_pot
    assert found.up + found.down + found.unchanged == 4
    assert found.pupils_up + found.pupils_down + found.pupils_unchanged == 100


def test_rates_in_whole_kronor_miss_the_pot_by_what_is_said():
    """The difference is Σ n round(k) less the pot, with its sign; none where the rates are whole (method §6, T13)."""
    composition = indexed([301, 402, 97], [0.503, 1.1, 2.13])
    result = allocate(composition, proposal(pot=Pot(total=7_000_001)))
    rates = [Decimal(repr(float(rate))).quantize(Decimal(1), ROUND_HALF_UP) for rate in result.rate]
    paid = sum(rate * pupils for rate, pupils in zip(rates, (301, 402, 97), strict=True))
    assert decided_difference(result) == paid - 7_000_001 != 0
    assert decided_difference(allocate(reference(), proposal())) == 0
