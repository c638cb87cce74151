from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socio.composition import Mark
from socio.intake import cells


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("15", 15),
        ("15,0", 15),
        ("0.15", 0.15),
        (",5", 0.5),
        ("-3", -3),
        ("\u22123", -3),
        ("+3", 3),
        ("1 329", 1329),
        ("1\u00a0329", 1329),
        ("1\u2009329\u00a0000,5", 1329000.5),
        ("1\u202f329", 1329),
        ("1.329,5", 1329.5),
        ("1,329.5", 1329.5),
        ("7.279.334", 7279334),
        ("1e-05", 0.00001),
        ("1,5E3", 1500),
        (0.1, 0.1),
        (1e-07, 1e-07),
        (497.0, 497),
    ],
)
def test_a_number_is_read_as_swedes_and_others_write_it(written, value):
    """Spaces, points and commas in their usual places all give the number."""
    assert cells.numeral(written).value() == value


@pytest.mark.parametrize(
    "written",
    ["", "abc", "nan", "inf", "-inf", "Infinity", "12 34", "1,2,3", "1.23.456", "--5", "5-", "1 e5", "٣", "½", "0x10",
     "1_000", "1e400", "5.", float("nan"), float("inf"), 1e300, True, "9" * 41, "15 %%"],
)  # fmt: skip
def test_what_is_not_a_number_is_not_read_as_one(written):
    """Not even where Python itself would: nan, inf, 1_000 and digits of other scripts."""
    assert cells.numeral(written) is None


@given(st.floats(0, 1))
def test_a_share_survives_being_written(share):
    """The digits that a float is written with give the same float back."""
    assert cells.numeral(repr(share).replace(".", ",")).value() == share


@given(st.integers(0, 1000))
def test_per_cent_is_exactly_a_hundredth(tenths):
    """48,4 per cent is the float nearest to 0.484, not a hundredth of the one nearest to 48.4."""
    written = f"{tenths // 10},{tenths % 10}"
    assert cells.numeral(written).value(per=2) == float(f"{tenths}e-3")


def read(column, signs=(), reading="whole"):
    numerals = [cells.numeral(cell) for cell in column]
    grouped = cells.groups_thousands(numerals, frozenset(signs), reading)
    return [None if grouped(number) is None else number.value(thousands=grouped(number)) for number in numerals]


@pytest.mark.parametrize(
    ("column", "signs", "values"),
    [
        (["1,329", "497"], "", [1329, 497]),  # method §11
        (["1.329", "497"], ",", [1329, 497]),
        (["1,329", "497"], ",", [1329, 497]),  # 1.329 pupils is no reading
        (["1,329", "1,000"], ",", [1329, 1000]),
        (["1,000", "497"], ".", [1000, 497]),
        (["1,000", "497"], "", [1000, 497]),
        (["1,000", "497"], ",", [None, 497]),  # one pupil, or a thousand
        (["497,000", "45,000"], ",", [None, None]),
        (["1,000", "45,0"], ",", [1, 45]),
        (["1,329", "45,0"], ",", [1.329, 45]),
    ],
)
def test_thousands_are_read_where_that_is_the_only_reading(column, signs, values):
    """Pupils are whole, so 1,329 is 1329; where 1,000 may be one or a thousand nothing is guessed."""
    assert read(column, signs) == values


def test_amounts_and_shares_follow_the_file_where_they_are_unclear():
    """196.106 is thousands where the comma is the decimal sign, and decimals where the point is."""
    assert read(["196.106", "0"], ",", "amount") == [196106, 0]
    assert read(["196.106", "0"], ".", "amount") == [196.106, 0]
    assert read(["196.106", "0"], "", "amount") == [196106, 0]
    assert read(["47,123", "52,877"], "", "share") == [47.123, 52.877]
    assert read(["1,329", "20", "7"], "", "share") == [1329, 20, 7]


def test_the_decimal_signs_of_a_file_are_those_that_can_be_nothing_else():
    """1,329 tells nothing; 0,47 and 1.329.000 tell that the comma is the decimal sign."""
    assert cells.decimal_signs([cells.numeral("1,329")]) == frozenset()
    assert cells.decimal_signs([cells.numeral("0,47"), cells.numeral("1.329")]) == {","}
    assert cells.decimal_signs([cells.numeral("1.329.000")]) == {","}
    assert cells.decimal_signs([cells.numeral("0,47"), cells.numeral("0.47")]) == {",", "."}


@pytest.mark.parametrize(
    ("cell", "mark"),
    [
        ("", Mark.MISSING),
        (" ", Mark.MISSING),
        (".", Mark.MISSING),
        ("..", Mark.SUPPRESSED),
        ("~100", Mark.NEARLY_ALL),
        ("~100 %", Mark.NEARLY_ALL),
        ("0", None),
        ("...", None),
        ("-", None),
        (0.0, None),
    ],
)
def test_markers_are_the_published_ones_and_no_others(cell, mark):
    """An unknown marker is a fault, never a silent gap."""
    assert cells.marker(cell) == mark


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("NA", "NA"),
        ("=1+1", "=1+1"),
        ("@skola", "@skola"),
        ("-skola", "-skola"),
        ("\u202eskola\u202c", "skola"),
        ("Å\u200b\u200dsa\ufeff", "Åsa"),
        ("A\u030akra\u0308ng", "Åkräng"),
        ("A\u200b\u030asa", "Åsa"),
        ("A\nB\tC\u00a0D\u2028E", "A B C D E"),
        ("A\x07\x1bB", "AB"),
        (13654969.0, "13654969"),
        ("  F-3   skolan ", "F-3 skolan"),
    ],
)
def test_a_name_is_one_clean_line_and_otherwise_as_it_stands(written, name):
    """Control and format characters go, accents are composed; what looks like a formula stays text."""
    assert cells.text(written) == name


@given(st.text())
def test_a_clean_name_is_clean(written):
    """Cleaning once is enough, and leaves nothing that cannot be printed on one line."""
    cleaned = cells.text(written)
    assert cells.text(cleaned) == cleaned
    assert len(cleaned.splitlines()) <= 1
    assert "\u202e" not in cleaned


@given(st.lists(st.floats() | st.integers(-(10**6), 10**6).map(lambda number: number / 1000), max_size=8))
def test_a_spreadsheets_numbers_are_read_at_once_as_they_are_one_by_one(numbers):
    """Per cent is exactly a hundredth here too, and what is no number one by one is none at once."""
    column = cells.column(numbers)
    one_by_one = [cells.numeral(number) for number in numbers]
    assert column.others == [i for i, number in enumerate(one_by_one) if number is None]
    for per in (0, 2):
        values = column.values(lambda _: False, per=per)
        assert [None if value != value else value for value in values.tolist()] == [  # noqa: PLR0124 - NaN is not itself
            None if number is None else number.value(per=per) for number in one_by_one
        ]


def test_numbers_of_a_spreadsheet_tell_what_stands_beside_them():
    """1,329 among counted pupils is thousands, whether they are numbers or texts; among small numbers it is not."""
    unclear = cells.numeral("1,329")
    for plain in ([497.0, 20.0], [7.0, 8.0]):
        grouped = cells.groups_thousands([unclear], frozenset(), "share", plain=np.array(plain))
        assert grouped(unclear)
    thousand = cells.numeral("1,000")
    assert cells.groups_thousands([thousand], frozenset(), "whole")(thousand) is None
    assert cells.groups_thousands([thousand], frozenset(), "whole", plain=np.array([497.0]))(thousand)
    sure = cells.numeral("1,5")
    assert not cells.groups_thousands([unclear, sure, sure], frozenset(), "share", plain=np.array([7.0]))(unclear)


def test_a_column_of_numbers_texts_and_markers_is_taken_apart_once():
    """Each is where it stands; a number too large to be one is something else."""
    column = cells.column([1.5, "1,5 %", "..", True, 1e300, -0.0])
    assert column.plain.tolist() == [1.5, 0]
    assert str(column.numbers[5]) == "0.0"
    assert (column.percent, column.others) == ([1], [2, 3, 4])
    assert column.values(lambda _: False)[:2].tolist() == [1.5, 1.5]


ODD = st.one_of(
    st.sampled_from(
        ["a  b", " a", "a ", "'=1", "'a", "a\u0308", "Åsa–skolan", "a\nb", "\u200b", "", "x" * 501, 1.0, True]
    ),
    st.text(max_size=12),
)


@given(ODD, st.booleans())
def test_texts_taken_together_are_as_one_by_one(odd, last):
    """A column is cleaned as each of its cells is, whatever is odd in one of them and wherever it stands."""
    column = ["Åsaskolan", odd] if last else [odd, "Åsaskolan"]
    assert cells.texts(column) == [cells.text(cell) for cell in column]
    assert cells.texts([]) == []
