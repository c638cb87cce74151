from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socio.rounding import half_up, half_ups
from socio.view import format as written

NB, MINUS = written.NO_BREAK, written.MINUS
LANGUAGES = ("sv", "en")


@pytest.mark.parametrize(
    ("language", "value", "decimals", "text"),
    [
        ("sv", 12345.65, 1, f"12{NB}345,7"),
        ("sv", -12345.65, 1, f"{MINUS}12{NB}345,7"),
        ("sv", 4.395, 2, "4,40"),
        ("sv", 1e12, 0, f"1{NB}000{NB}000{NB}000{NB}000"),
        ("sv", -0.4, 0, "0"),
        ("en", 12345.65, 1, "12,345.7"),
        ("en", -12345.65, 1, "-12,345.7"),
        ("en", 0.5, 0, "1"),
    ],
)
def test_a_number_is_written_as_the_language_writes_it(language, value, decimals, text):
    """Groups of three, the language's decimal sign and minus, rounded half up (G02)."""
    written.use(language)
    assert written.number(value, decimals) == text


def test_units_and_signs():
    """Kronor have their unit, a rise its plus, and a change of nothing no sign."""
    assert written.kronor(98765.4321) == f"98{NB}765{NB}kr"
    assert written.kronor(5, signed=True) == f"+5{NB}kr"
    assert written.kronor(-5, signed=True) == f"{MINUS}5{NB}kr"
    assert written.number(0.2, signed=True) == "0"
    assert written.numbers([1.5, math.nan, -2], 1) == ["1,5", "", f"{MINUS}2,0"]


def test_per_cent_exists_only_in_the_writing():
    """A share of 0.255 is 26 %, or 25,5 % with a decimal, or with as many as it has."""
    assert written.percent(0.255) == f"26{NB}%"
    assert written.percent(0.255, 1) == f"25,5{NB}%"
    assert written.percent(1.6003, None) == f"160,03{NB}%"
    assert written.percent(1.1 + 0.3, None) == f"140{NB}%"
    written.use("en")
    assert written.percent(0.255, 1) == "25.5%"


def test_a_plain_number_has_the_decimals_it_has():
    """No zeros at the end, six decimals at most, and infinity as a sign."""
    texts = {0.1: "0,1", 1.0: "1", 1 / 3: "0,333333", 1e9: f"1{NB}000{NB}000{NB}000", 1e-9: "0", 100.0: "100"}
    assert {value: written.plain(value) for value in texts} == texts
    assert (written.plain(math.inf), written.plain(-math.inf)) == ("∞", f"{MINUS}∞")


@given(st.floats(-1e12, 1e12), st.integers(0, 6), st.sampled_from(LANGUAGES))
def test_what_is_written_is_read_back(value, decimals, language):
    """In both languages a written number is read as the number that it shows."""
    written.use(language)
    assert written.read_number(written.number(value, decimals)) == float(half_up(value, decimals))
    assert written.read_number(written.kronor(value, decimals)) == float(half_up(value, decimals))
    assert written.read_number(written.plain(value)) == float(half_up(value, 6))


@given(st.integers(-(10**7), 10**7), st.sampled_from(LANGUAGES))
def test_a_written_share_is_read_back_as_per_cent(number, language):
    """A share in hundredths of a per cent is read as the per cent that it shows."""
    written.use(language)
    assert written.read_number(written.percent(number / 10_000, 2)) == number / 100
    assert written.read_number(written.percent(number / 10_000, None)) == number / 100


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("98 765,5", 98765.5),
        ("98\u00a0765,5 kr", 98765.5),
        ("98\u2009765,5", 98765.5),
        ("98765.5", 98765.5),
        ("1.234.567,89", 1234567.89),
        ("1,234,567.89", 1234567.89),
        ("1.234.567", 1234567),
        ("1'234'567", 1234567),
        ("\u22123", -3),
        ("–3,5", -3.5),
        ("+5", 5),
        ("25 %", 25),
        ("5 000 kr per elev", 5000),
        ("5 000 kr/elev", 5000),
        ("500 kronor", 500),
        ("50 mnkr", 50e6),
        ("2,5 mdkr", 2.5e9),
        ("750 tkr", 750_000),
        (",5", 0.5),
        ("1,329", 1.329),
        ("0.123", 0.123),
        ("100000000000000000000", 1e20),
    ],
)
def test_numbers_are_read_as_swedes_write_them(text, number):
    """Spaces of any kind, comma or point, any minus, and a unit or a scale after it."""
    assert written.read_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        *" a∞",
        "",
        "kr",
        "1e5",
        "12 kr 30",
        "1,2,3",
        "1.2.3",
        "12.34,5",
        "1,23,456",
        "--3",
        "5-",
        "nan",
        "inf",
        "9" * 400,
    ],
)
def test_what_is_not_one_number_is_none(text):
    """Nothing is guessed: two numbers, broken groups, words and what no number holds are refused."""
    for language in LANGUAGES:
        written.use(language)
        assert written.read_number(text) is None


def test_what_may_be_two_numbers_is_asked_about():
    """25.018 in Swedish may be twenty-five thousand or twenty-five: it is none; in English it is twenty-five."""
    assert written.read_number("25.018") is None
    assert written.read_number("25,018") == 25.018
    written.use("en")
    assert written.read_number("25.018") == 25.018
    assert written.read_number("25,018") == 25018


@given(st.lists(st.integers(-(10**10), 10**10), max_size=5), st.integers(0, 3))
def test_many_are_rounded_as_one_is_written(thousandths, decimals):
    """A column rounded at once shows what each number would alone, halves included."""
    values = np.array(thousandths, dtype=float) / 1000
    expected = [float(half_up(value, decimals)) for value in values.tolist()]
    assert half_ups(values, decimals).tolist() == expected


def test_a_gap_stays_a_gap():
    """NaN is rounded to NaN."""
    assert np.isnan(half_ups(np.array([np.nan, 1.5]), 0)).tolist() == [True, False]
    assert half_ups(np.array([1.5, 2.5, -2.5]), 0).tolist() == [2, 3, -3]


def test_rounding_keeps_what_decimal_says():
    """4.395 with two decimals is 4.40 in a column too (G02)."""
    assert [Decimal(repr(value)) for value in half_ups(np.array([4.395, 0.945]), 2).tolist()] == [
        Decimal("4.4"),
        Decimal("0.95"),
    ]
