from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socio import sharing
from socio.errors import ImpossibleBoundsError
from tests.strategies import REFERENCE, hundredths

INDEX, PUPILS = np.array(REFERENCE["index"]), np.array(REFERENCE["pupils"], dtype=float)
BILD1, BILD2 = 10_000 * INDEX, 15_000 * INDEX - 5_000


def test_what_is_added_before_the_index_is_taken_off_after():
    """Calculating on 15 000 kr and taking 5 000 off gives 2 500 to 28 000 kr, at the same pot (R087, G11)."""
    rates = sharing.unscaled(INDEX, 10_000, 5_000)
    assert rates.tolist() == pytest.approx([2500, 5500, 8500, 11500, 16000, 28000])
    assert rates @ PUPILS == pytest.approx(20_000_000)


def test_every_deviation_is_multiplied_by_the_degree():
    """At degree 1.5 each school stands 1.5 times as far from the average as at degree 1."""
    np.testing.assert_allclose(BILD2 - 10_000, 1.5 * (BILD1 - 10_000))


def test_a_rate_below_nothing_is_nothing():
    """A deduction larger than what a school has leaves it 0 kr (R090)."""
    assert sharing.unscaled(INDEX, 10_000, 12_000)[0] == 0
    assert (sharing.unscaled(INDEX, 10_000, 40_000) == 0).tolist() == [True, True, False, False, False, False]


def test_equal_per_pupil_is_a_deduction_of_the_average_backwards():
    """At a deduction of −10 000 kr everyone gets the average of 10 000 kr."""
    assert sharing.unscaled(INDEX, 10_000, -10_000).tolist() == [10_000] * 6


def test_the_excess_of_a_cap_goes_to_the_others_in_proportion():
    """Bild 2 with a cap of 15 000 kr: the four below it keep their proportions (R089, G16)."""
    rates, theta = sharing.target(BILD2, PUPILS, 20_000_000, 0, 15_000)
    assert rates[4:].tolist() == [15_000, 15_000]
    np.testing.assert_allclose(rates[:4] / BILD2[:4], theta)
    assert rates @ PUPILS == pytest.approx(20_000_000)


def test_a_lowest_amount_is_paid_for_in_proportion():
    """With at least 4 000 kr for all, the others give up the same part of theirs."""
    rates, theta = sharing.target(BILD2, PUPILS, 20_000_000, 4_000, np.inf)
    assert rates[0] == 4_000
    np.testing.assert_allclose(rates[1:], theta * BILD2[1:])
    assert theta < 1
    assert rates @ PUPILS == pytest.approx(20_000_000)


def test_where_several_scales_do_the_largest_stands():
    """With a lowest amount equal to the average nobody gets more, up to the scale at which the first one would."""
    rates, theta = sharing.target(BILD1, PUPILS, 20_000_000, 10_000, np.inf)
    assert rates.tolist() == [10_000] * 6
    assert theta == pytest.approx(10_000 / 22_000)


@given(
    st.lists(st.tuples(hundredths(0, 100), st.integers(1, 50)), min_size=1, max_size=8),
    hundredths(0, 1),
    st.none() | hundredths(1, 8),
)
def test_the_scale_spends_the_pot_and_a_larger_one_would_exceed_it(schools, lowest, highest):
    """Within possible bounds the rates sum to the pot, and the scale is the largest that does so."""
    rates, pupils = (np.array(column, dtype=float) for column in zip(*schools, strict=True))
    pot = 1000.0 * pupils.sum()
    minimum, cap = 1000 * lowest, np.inf if highest is None else 1000 * highest
    try:
        sharing.check_bounds(rates, pupils, pot, minimum, cap)
    except ImpossibleBoundsError:
        assert np.where(rates > 0, cap, minimum) @ pupils < pot * (1 + 1e-9) or not rates.any()
        return
    if not rates.any():
        return
    found, theta = sharing.target(rates, pupils, pot, minimum, cap)
    assert found @ pupils == pytest.approx(pot, rel=1e-9)
    np.testing.assert_allclose(found, np.clip(theta * rates, minimum, cap), rtol=1e-9, atol=1e-9)
    further = np.clip(theta * 1.001 * rates + 1e-3 * (rates > 0), minimum, cap) @ pupils
    assert further > pot or np.where(rates > 0, cap, minimum) @ pupils == pytest.approx(pot, rel=1e-6)


def test_many_scenarios_at_once_are_solved_each_by_itself():
    """A batch with a cap, a lowest amount, both and none gives each what it gets alone."""
    bounds = [(0, 15_000), (4_000, np.inf), (4_000, 15_000), (0, np.inf)]
    minimum, cap = np.array(bounds).T
    shaped = np.tile(BILD2, (4, 1))
    rates, theta = sharing.target(shaped, PUPILS, np.full(4, 2e7), minimum, cap)
    for row, (low, high) in enumerate(bounds):
        alone, scale = sharing.target(BILD2, PUPILS, 20_000_000, low, high)
        np.testing.assert_allclose(rates[row], alone, rtol=1e-12)
        assert theta[row] == pytest.approx(float(scale), rel=1e-12)


@pytest.mark.parametrize(
    ("minimum", "cap", "key", "number"),
    [
        (10_000.01, np.inf, "redistribution.minimum", 10_000),
        (0, 9_999.99, "redistribution.cap", 20_000_000 / 1300),
        (0, 11_000, "redistribution.cap", 20_000_000 / 1300),
        (1_000, 11_000, "redistribution.cap", (20_000_000 - 700_000) / 1300),
    ],
)
def test_bounds_that_cannot_hold_name_the_number_that_would(minimum, cap, key, number):
    """A lowest amount above the average and a cap below what the schools that get anything need are refused."""
    rates = sharing.unscaled(INDEX, 10_000, 10_000 * 0.8 / 0.2)
    with pytest.raises(ImpossibleBoundsError) as error:
        sharing.check_bounds(rates, PUPILS, 20_000_000, minimum, cap)
    (fault,) = error.value.faults
    assert fault.key == key
    assert fault.allowed.facts["number"] == pytest.approx(number, abs=1e-6)


def test_bounds_at_the_average_are_possible():
    """A lowest amount and a cap that are both the average leave one outcome, and it is allowed."""
    average = 2_000_000 / 3
    sharing.check_bounds(BILD1, np.full(6, 0.5), average * 3, average, average)
    rates, _theta = sharing.target(BILD1, np.full(6, 0.5), average * 3, average, average)
    np.testing.assert_allclose(rates, average)
