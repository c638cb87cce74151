from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socio.errors import TableError
from socio.intake import amounts, library, tables
from tests.intake import books
from tests.strategies import schools

PASTED = """Kommunala enheter i
Huddinge

Summa
Socioekonomiskt
vt 19

Kommunala enheter i
Huddinge

Summa
Socioekonomiskt ht
19

Annerstaskolan 7 279 334 Annerstaskolan 6 667 736
Kvarnbergsskolan 0 Kvarnbergsskolan 173 859
 Visättraskolan 1 861 775 Visättraskolan 1 750 922
Östra grundskolan 1 936 872 Östra grundskolan 1 981 786
Summa kommunala
enheter i Huddinge

11 077 981 Summa kommunala
enheter i Huddinge

10 574 303
"""


def read(content, **options):
    return amounts.read(content if isinstance(content, bytes) else content.encode(), "belopp", **options)


def faults(text):
    with pytest.raises(TableError) as raised:
        read(text)
    assert all(fault.file == "belopp" for fault in raised.value.faults)
    return [(fault.row, fault.column, fault.value) for fault in raised.value.faults]


def listed(column):
    return {entry.label: entry.kronor for entry in column.entries}


def test_a_page_pasted_without_separators_is_read_with_its_sums():
    """As Huddinge's report gives it: two terms beside each other, a sum over several lines, a heading above."""
    spring, autumn = read(PASTED).columns
    assert listed(spring) == {
        "Annerstaskolan": 7_279_334,
        "Kvarnbergsskolan": 0,
        "Visättraskolan": 1_861_775,
        "Östra grundskolan": 1_936_872,
    }
    assert (spring.total, spring.stated) == (11_077_753 + 228, 11_077_981)
    assert (autumn.total, autumn.stated) == (10_574_303, 10_574_303)
    assert not read(PASTED).warnings


@pytest.mark.parametrize(
    "text",
    [
        "A-skolan\t1 000\nB skola\t2000\n",
        "A-skolan;1 000\nB skola;2000\n",
        "A-skolan,1000\nB skola,2000\n",
        "A-skolan 1 000\nB skola 2000\n",
        "A-skolan: 1 000 kr\nB skola: 2 000 kr\n",
        "A-skolan;1.000\nB skola;2.000\n",
        "skola;kronor\nA-skolan;1 000 kr\nB skola;2 000:-\n",
        "Skola;Ersättning\nA-skolan;1000,00\nB skola;2000,00\nSumma;3000,00\n",
        "Belopp 2019\n\nskola;elever;belopp\nA-skolan;10;1000\nB skola;20;2000\nTotalt;30;3000\n",
        "skolenhetskod;skola;belopp\n;A-skolan;1000\n;B skola;2000\n;;3000\n",
        'skola;kommentar;kr\nA-skolan;"1 000; som förut";1000\nB skola;;2000\n',
        "kronor;skola\n1000;A-skolan\n2000;B skola\n",
    ],
)
def test_schools_and_kronor_are_read_however_they_are_written(text):
    """With any separator or none, with a header or none, with kr and without."""
    if text.startswith("kronor"):
        text = "skola;kronor\n" + "\n".join(";".join(line.split(";")[::-1]) for line in text.splitlines()[1:])
    (column,) = read(text).columns
    assert listed(column) == {"A-skolan": 1000, "B skola": 2000}
    assert column.stated in {None, 3000}
    assert not read(text).warnings


def test_codes_are_told_from_kronor():
    """Eight digits are a school unit, in a column of their own or instead of a name."""
    for text in (
        "10000001;1000\n10000002;2000\n",
        "skola;kr\n10000001;1000\n10000002;2000\n",
        "10000001 1000\n10000002 2 000\n",
    ):
        (column,) = read(text).columns
        assert [(entry.code, entry.school, entry.kronor) for entry in column.entries] == [
            ("10000001", "", 1000),
            ("10000002", "", 2000),
        ]


def test_a_workbook_is_a_list_like_any_other():
    """Numbers as numbers, a code that was typed as one too."""
    rows = [
        ["skolenhetskod", "skola", "vt 19 kr", "ht 19 kr"],
        [10000001.0, "A", 1000.0, 1.5],
        ["10000002", "B", 0.0, 2.0],
    ]
    spring, autumn = read(books.old(Blad=rows)).columns
    assert [(entry.code, entry.school, entry.kronor) for entry in spring.entries] == [
        ("10000001", "A", 1000),
        ("10000002", "B", 0),
    ]
    assert (autumn.heading, autumn.total) == ("ht 19 kr", 3.5)


def test_a_code_among_names_and_a_term_above_them_are_told():
    """A column may hold both, and “vt 19” is no school with nineteen kronor."""
    mixed = read("A-skolan;5\nB-skolan;6\n10000003;7\n").columns[0].entries[2]
    assert (mixed.code, mixed.school) == ("10000003", "")
    assert listed(read("vt 19\nA-skolan 5\nB-skolan 6\n").columns[0]) == {"A-skolan": 5, "B-skolan": 6}


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("skola;kr\nA;5\nB;fem\nC;7\nD;-8\n", [(3, "kr", "fem"), (5, "kr", "-8")]),
        ("skola;tkr\nA;5\nB;6\n", [(None, "tkr", None)]),
        ("skola;kr\nA;5 %\nB;6\nC;7\n", [(2, "kr", "5 %")]),
        ("skola;kr\nA;1000,50\nB;1,329\n", [(3, "kr", "1,329")]),
        ("A;B\nC;D\n", [(None, None, None)]),
        ("1;2\n3;4\n", [(None, None, None)]),
        ("", [(None, None, None)]),
    ],
)
def test_a_fault_in_the_amounts_has_its_place(text, places):
    """Every one at once; thousands of kronor are never taken for kronor."""
    assert faults(text) == places


def test_the_decimal_sign_of_amounts_can_be_chosen():
    """Whatever else stands in the column."""
    text = "skola;kr\nA;1000,50\nB;1,329\n"
    assert read(text, decimal=",").columns[0].total == 1001.829
    assert read("skola;kr\nA;1.329\n", decimal=".").columns[0].total == 1.329
    assert read("skola;kr\nA;1.329\n").columns[0].total == 1329


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("skola;kr\nA;5\nB;\nC;.\n", "rows without an amount: 3, 4"),
        ("skola;kr\nA;5\nB;6\nSumma;12\n", "the rows sum to 11.0 kr, the table says 12.0"),
        ("A-skolan 5\nB-skolan 6 C-skolan 7\nD-skolan 8\n", "rows that are not read: 2"),
        ("A-skolan 5\nse bilaga\nD-skolan 8\n", "rows that are not read: 2"),
    ],
)
def test_what_is_left_out_is_said(text, said):
    """Rows without an amount, rows that are no rows, and a sum that does not agree."""
    assert [str(warning.wrong) for warning in read(text).warnings] == [said]


THREE = schools(
    [10, 10, 10], codes=["10000001", "10000002", "10000003"], names=["Annerstaskolan", "Vårby skola", "Östra  skolan*"]
)


def match(text, composition=THREE, **options):
    return amounts.matched(read(text, **options).columns[0], composition)


def test_a_code_decides_and_then_a_name():
    """Capital letters, blanks and Skolverket's asterisk make no other name."""
    found = match("skolenhetskod;skola;kr\n10000003;Annerstaskolan;7\n;ANNERSTASKOLAN ;5\n;vårby  Skola;6\n")
    assert found.kronor.tolist() == [5, 6, 7]
    assert found.by == ("name", "name", "code")
    assert (found.total, found.used) == (18, 18)
    assert not found.faults
    assert match("Östra skolan;8\nx;9\n").kronor.tolist()[2] == 8


def test_skola_and_skolan_are_the_same_where_nothing_else_is():
    """Said as such, and never where the name itself is there or stands for two."""
    found = match("Annersta skola;5\nVårby-skolan;6\n")
    assert (found.kronor.tolist()[:2], found.by) == ([5, 6], ("form", "form", ""))
    taken = match("Vårby skola;6\nVårbyskolan;7\n")
    assert taken.kronor.tolist()[1] == 6
    assert [entry.school for entry in taken.unmatched] == ["Vårbyskolan"]
    assert len(match("Vårby-skola;6\nVårbyskola;7\n").unmatched) == 2
    two = schools([1, 1], codes=["1", "2"], names=["Vårby skola", "Vårby-skolan"])
    both = match("Vårbyskolan;7\nx;1\n", two)
    assert np.isnan(both.kronor).all()
    assert both.suggestions[1] == ("1", "2")


def test_a_near_name_is_suggested_and_never_applied():
    """A slip of the pen is for a human to mend."""
    found = match("Anerstaskolan;5\nHelt annan;6\n")
    assert np.isnan(found.kronor).all()
    assert found.suggestions == {1: ("10000001",), 2: ()}
    assert found.without == THREE.codes
    assert [(fault.row, fault.value) for fault in found.faults] == [(1, "Anerstaskolan"), (2, "Helt annan")]


def test_a_school_in_two_rows_gets_neither():
    """Which one holds is for a human to say; the rows are told."""
    found = match("skolenhetskod;skola;kr\n10000001;;5\n;Annerstaskolan;6\n;Vårby skola;7\n")
    assert np.isnan(found.kronor[0])
    assert [entry.row for entry in found.duplicates["10000001"]] == [2, 3]
    assert (found.total, found.used) == (18, 7)
    assert [str(fault.wrong) for fault in found.faults] == ["“10000001” stands in 2 rows"]


def test_the_digit_of_a_name_is_not_taken_for_kronor():
    """“Skolan 4 234 567” may be Skolan at four millions, or Skolan 4: the schools of the table tell."""
    four = schools([1], codes=["1"], names=["Berzeliusskolan 4"])
    text = "Berzeliusskolan 4 234 567\nB-skolan 1 000\n"
    assert match(text, four).kronor.tolist() == [234_567]
    assert match(text, schools([1], codes=["1"], names=["Berzeliusskolan"])).kronor.tolist() == [4_234_567]
    both = match(text, schools([1, 1], codes=["1", "2"], names=["Berzeliusskolan", "Berzeliusskolan 4"]))
    assert np.isnan(both.kronor).all()
    assert [entry.row for entry in both.unclear] == [1]
    assert len(both.faults) == 2


@pytest.mark.parametrize("term", [0, 1])
def test_huddinges_table_is_matched_whole(term):
    """Golden 2.4: 30 schools, 25 018 508 and 25 007 390 kr; seven independent schools have no amount."""
    content = (library.FOLDER / library.AMOUNTS).read_bytes()
    column = read(content).columns[term]
    (dataset,) = (one for one in library.datasets() if one.file == library.PAID[term][0])
    composition = library.read(dataset)
    found = amounts.matched(column, composition)
    assert (len(column.entries), found.used) == (30, (25_018_508, 25_007_390)[term])
    np.testing.assert_array_equal(found.kronor, composition.old_amount)
    assert len(found.without) == 7
    assert not found.faults


def outcome(read_it, *given, **options):
    """What reading gives: a value, or the faults."""
    try:
        return read_it(*given, **options)
    except TableError as error:
        return error.faults


@given(st.text(st.sampled_from('A1 0,.;\t\nskolakr-%"å'), max_size=80))
def test_any_text_is_amounts_or_a_fault(text):
    """And whatever is read can be matched, with nothing lost."""
    found = outcome(read, text)
    assert found
    for column in found.columns if isinstance(found, amounts.Amounts) else ():
        one = amounts.matched(column, THREE)
        said = len(one.unmatched) + len(one.unclear) + sum(map(len, one.duplicates.values()))
        assert said + sum(how != "" for how in one.by) == len(column.entries)


@given(st.binary(max_size=200))
def test_any_bytes_are_amounts_or_a_fault(content):
    """Pictures, noise and nothing at all."""
    assert outcome(read, content)


FOUR = schools(
    [100, 200, 301, 10],
    codes=["10000001", "10000002", "10000003", "10000004"],
    names=["Vårbyskolan", "Vårbackaskolan", "Grindstuskolan", "Annerstaskolan"],
)
VARBY = "skola;kr\nVårby RO;1000\nAnnerstaskolan;7\nAnnerstaskolan, andra kommuner;5\nNedlagda skolan;3\n"
TOGETHER = ("10000001", "10000002", "10000003")


def said(text, chosen, composition=FOUR):
    return amounts.matched(read(text).columns[0], composition, chosen)


def test_what_is_not_decided_is_listed():
    """Rows without a school, in the order of the file, until somebody says whose they are."""
    found = said(VARBY, {})
    assert [entry.row for entry in found.undecided] == [2, 4, 5]
    assert found.used == 7
    decided = said(VARBY, {2: TOGETHER, 4: ("10000004",), 5: ()})
    assert not decided.undecided
    assert not decided.faults


def test_one_row_for_three_schools_is_shared_by_their_pupils():
    """Trap T20, Vårby RO: whole kronor by largest remainder, 100 : 200 : 301 of 1 000 kr."""
    found = said(VARBY, {2: TOGETHER})
    assert found.kronor.tolist()[:3] == [166, 333, 501]
    assert found.by == ("chosen", "chosen", "chosen", "name")
    assert said("skola;kr\nVårby RO;1,50\nX;0\n", {2: TOGETHER}).kronor[2] == pytest.approx(1.5 * 301 / 601)


def test_two_rows_for_one_school_add_up_where_the_user_says_so():
    """Trap T20: pupils from other municipalities in a row of their own, beside the row that has the name."""
    found = said(VARBY, {4: ("10000004",)})
    assert (found.kronor[3], found.by[3]) == (12, "chosen")
    both = said("skola;kr\nX;5\nY;6\n", {2: ("10000001",), 3: ("10000001", "10000001")})
    assert both.kronor[0] == 11


def test_a_row_that_the_user_leaves_out_is_not_used():
    """And counts in the sum of all rows only."""
    found = said(VARBY, {2: (), 3: ()})
    assert [entry.row for entry in found.left_out] == [2, 3]
    assert (found.used, found.total) == (0, 1015)
    assert "10000004" in found.without


def test_two_rows_with_the_same_name_wait_until_both_are_decided():
    """One that is put on the school does not take the other along; leaving one out lets the other stand."""
    text = "skola;kr\nVårbyskolan;5\nVårbyskolan;6\n"
    assert [entry.row for entry in said(text, {}).undecided] == [2, 3]
    one = said(text, {2: ("10000001",)})
    assert (one.kronor[0], [entry.row for entry in one.undecided]) == (5, [3])
    assert said(text, {2: ("10000001",), 3: ("10000001",)}).kronor[0] == 11
    left = said(text, {2: ()})
    assert (left.kronor[0], left.by[0], left.undecided) == (6, "name", ())
    assert said(text, {2: ("10000002",)}).kronor.tolist()[:2] == [6, 5]


def test_a_choice_of_another_table_is_no_choice():
    """A code that is not there leaves the row as it was, and a row that is not there says nothing."""
    found = said(VARBY, {2: ("99999999",), 3: ("99999999", "10000001"), 77: ()})
    assert (found.kronor[3], found.by[3]) == (7, "name")
    assert [entry.row for entry in found.undecided] == [2, 4, 5]


def test_a_choice_decides_over_a_code_and_over_an_unclear_line():
    """“Skolan 4 234 567”: the school that is chosen tells which of the two it is."""
    text = "skolenhetskod;skola;kr\n10000002;;5\n"
    assert said(text, {2: ("10000001",)}).kronor.tolist()[:2] == [5, pytest.approx(np.nan, nan_ok=True)]
    two = schools([1, 1], codes=["1", "2"], names=["Berzeliusskolan", "Berzeliusskolan 4"])
    pasted = "Berzeliusskolan 4 234 567\nB-skolan 1 000\n"
    assert said(pasted, {1: ("1",)}, two).kronor[0] == 4_234_567
    assert said(pasted, {1: ("2",)}, two).kronor[1] == 234_567


@given(
    st.lists(
        st.tuples(st.sampled_from(["Vårbyskolan", "Vårbackaskolan", "X", "Y"]), st.integers(0, 10**6)), min_size=2
    ),
    st.dictionaries(st.integers(1, 12), st.lists(st.sampled_from(FOUR.codes)).map(tuple)),
)
def test_no_krona_is_lost_or_made(rows, chosen):
    """What is used, left out and undecided is what all the rows sum to, whatever is chosen."""
    column = amounts.AmountColumn("", tuple(amounts.Entry(at, "", *row) for at, row in enumerate(rows, 1)), None)
    found = amounts.matched(column, FOUR, chosen)
    kept = sum(entry.kronor for entry in (*found.left_out, *found.undecided))
    assert found.used + kept == found.total == sum(kronor for _, kronor in rows)
    assert {entry.row for entry in found.undecided}.isdisjoint(chosen)
    assert all(found.kronor[~np.isnan(found.kronor)] % 1 == 0)


SEED = Path(__file__).parents[3] / "shared/seeds"


@pytest.mark.national
@pytest.mark.parametrize(("term", "total"), [(0, 25_018_508), (1, 25_007_390)])
def test_huddinges_table_pasted_as_it_stands_is_matched_on_names(term, total):
    """Golden 2.4: the table of the report, against the composition that it was paid on."""
    pages = list(SEED.glob("003_*.txt"))
    if not pages:
        pytest.skip(f"no report in {SEED}")
    page = pages[0].read_text(encoding="utf-8")
    pasted = page[page.index("Kommunala enheter i") : page.index("Hur har medlen")]
    column = read(pasted).columns[term]
    composition = tables.read((library.FOLDER / "huddinge_2018-19.csv").read_bytes(), "huddinge").composition
    found = amounts.matched(column, composition)
    assert (len(column.entries), column.stated, found.used) == (30, total, total)
    assert {how for how in found.by if how} == {"name"}
    assert not read(pasted).warnings
    assert not found.undecided
