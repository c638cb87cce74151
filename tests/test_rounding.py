from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socio.composition import code_rank
from socio.rounding import ceiled, floored, half_up, whole_kronor
from tests import oracle
from tests.strategies import CODES


@pytest.mark.parametrize(
    ("value", "decimals", "rounded"),
    [
        (4.395, 2, "4.40"),
        (0.945, 2, "0.95"),
        (2.5, 0, "3"),
        (-2.5, 0, "-3"),
        (0.49999999999999994, 0, "0"),
        (1e22, 9, "10000000000000000000000.000000000"),
        (1.7976931348623157e308, 0, "17976931348623157" + "0" * 292),
        (Decimal("1.005"), 2, "1.01"),
    ],
)
def test_a_half_is_rounded_away_from_zero(value, decimals, rounded):
    """A number is rounded as it is printed, a half upwards, however large it is (G02)."""
    assert str(half_up(value, decimals)) == rounded


@given(st.integers(-(10**15), 10**15), st.integers(0, 6))
def test_rounding_half_up_is_the_rule_of_school(number, decimals):
    """Half a unit of the last decimal added, the rest cut off."""
    value = number / 1000
    exact = Fraction(repr(value)) * 10**decimals
    expected = oracle.half_up(abs(exact)) * (-1 if exact < 0 else 1)
    assert half_up(value, decimals) == Decimal(expected).scaleb(-decimals)


@given(st.floats(0, 1e9))
def test_a_number_that_would_do_is_rounded_to_the_side_that_works(number):
    """A highest number is never shown higher than it is, nor a lowest one lower, but for binary noise."""
    assert number - 1e-6 - 1e-12 * number <= floored(number) <= number * (1 + 1e-12)
    assert number * (1 - 1e-12) <= ceiled(number) <= number + 1e-6 + 1e-12 * number
    for shown in (floored(number), ceiled(number)):
        assert half_up(shown, 6) == Decimal(repr(shown))


@pytest.mark.parametrize(
    ("amounts", "pot", "codes", "kronor"),
    [
        ([3.5, 3.5, 3.0], 10, ["2", "10", "3"], [4, 3, 3]),
        ([3.5, 3.5, 3.0], 10, ["10", "2", "3"], [3, 4, 3]),
        ([3.5, 3.5, 3.0], 10, ["B", "A", "3"], [3, 4, 3]),
        ([3.5, 3.5, 3.0], 10, ["A", "99999999", "3"], [3, 4, 3]),
        ([3.4999999, 3.5000001, 3.0], 10, ["1", "2", "3"], [4, 3, 3]),
        ([3.499999, 3.500001, 3.0], 10, ["1", "2", "3"], [3, 4, 3]),
        ([1 / 3, 1 / 3, 1 / 3], 1, ["1", "2", "3"], [1, 0, 0]),
        ([2 / 3, 2 / 3, 2 / 3], 2, ["1", "2", "3"], [1, 1, 0]),
        ([2.9999999999, 7.0000000001], 10, ["1", "2"], [3, 7]),
        ([5.0], 5, ["1"], [5]),
    ],
)
def test_the_last_kronor_go_to_the_largest_remainders(amounts, pot, codes, kronor):
    """Remainders decide after rounding to a millionth; among equal ones the lower code (docs/method.md §6)."""
    assert whole_kronor(np.array(amounts), pot, code_rank(codes)).tolist() == kronor


@given(
    st.lists(st.fractions(0, 1000, max_denominator=60), min_size=1, max_size=8),
    st.permutations(CODES),
)
def test_whole_kronor_agree_with_exact_fractions(parts, codes):
    """The same kronor as by hand, ties included, and each within one krona of its amount."""
    pot = oracle.half_up(sum(parts))
    total = sum(parts) or Fraction(1)
    exact = [part * pot / total for part in parts]
    some = codes[: len(parts)]
    kronor = whole_kronor(np.array([float(amount) for amount in exact]), pot, code_rank(some))
    assert kronor.tolist() == oracle.whole_kronor(exact, pot if sum(parts) else 0, some)
    assert kronor.sum() == (pot if sum(parts) else 0)
    assert all(abs(one - amount) < 1 for one, amount in zip(kronor.tolist(), exact, strict=True))


def test_each_row_of_a_batch_has_its_own_pot():
    """Leading axes are scenarios: each is rounded by itself."""
    amounts = np.array([[3.5, 3.5, 3.0], [1.2, 1.3, 1.5]])
    found = whole_kronor(amounts, np.array([10.0, 4.0]), code_rank(["1", "2", "3"]))
    assert found.tolist() == [[4, 3, 3], [1, 1, 2]]
