from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socio.composition import Composition, Factor, Mark, MunicipalityRow
from socio.errors import TableError
from socio.intake import cells, tables
from socio.intake.cells import Broken
from socio.intake.delimited import Grid
from socio.intake.shares import Unit
from socio.intake.sheets import Rows

TABLE = """skolenhetskod;skola;huvudman_typ;huvudman;elever;Utbildning: Kort;Utbildning: Lång;Bakgrund: Utländsk
012;Åsa skola;kommunal;Ort;200;15,0;85,0;40
34;NA;fristående;Stiftelse;1 100;30,5;69,5;20
5x;=B;;;45,0;70,0;30,0;..
"""


HEAD = "skolenhetskod;skola;elever;"


def read(text, **told):
    return tables.read(text.encode(), "tabell.csv", **told)


def faults(content):
    with pytest.raises(TableError) as raised:
        tables.read(content if isinstance(content, bytes) else content.encode(), "tabell.csv")
    assert all(fault.file == "tabell.csv" for fault in raised.value.faults)
    return raised.value.faults


def places(content):
    return [(fault.row, fault.column, fault.value) for fault in faults(content)]


def said(content):
    return " | ".join(f"{fault.wrong}" for fault in faults(content))


def same(one: Composition, other: Composition):
    assert (one.codes, one.names, one.operators, one.operator_names) == (
        other.codes,
        other.names,
        other.operators,
        other.operator_names,
    )
    assert one.factors == other.factors
    assert (one.old_rate is None, one.old_amount is None) == (other.old_rate is None, other.old_amount is None)
    for name in ("pupils_composition", "pupils_paid", "cells", "marks", "old_rate", "old_amount"):
        if getattr(one, name) is not None:
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), strict=True)
    np.testing.assert_array_equal(one.shares, other.shares)
    assert one.ready.keys() == other.ready.keys()
    for name in one.ready:
        np.testing.assert_array_equal(one.ready[name], other.ready[name])


def test_a_table_becomes_a_composition():
    """Codes keep their zeros, a school may be named NA, and the shares are those of the file."""
    intake = read(TABLE, municipality="Orten", municipality_code="0999", year="2018/19", source="SCB")
    schools = intake.composition
    assert schools.codes == ("012", "34", "5x")
    assert schools.names == ("Åsa skola", "NA", "=B")
    assert schools.operators == ("kommunal", "fristående", "")
    assert schools.operator_names == ("Ort", "Stiftelse", "")
    assert schools.pupils_composition.tolist() == schools.pupils_paid.tolist() == [200, 1100, 45]
    assert schools.factors == (Factor("Utbildning", ("Kort", "Lång")), Factor("Bakgrund", ("Utländsk", "Övriga")))
    assert schools.cells[:2].tolist() == [[0.15, 0.85, 0.4, 0.6], [0.305, 0.695, 0.2, 0.8]]
    assert schools.marks[2].tolist() == [Mark.KNOWN, Mark.KNOWN, Mark.SUPPRESSED, Mark.MISSING]
    assert schools.shares[2, 2:].tolist() == [0.1, 0.9]
    assert (schools.municipality, schools.municipality_code, schools.year, schools.source) == (
        "Orten",
        "0999",
        "2018/19",
        "SCB",
    )
    assert schools.old_rate is None
    assert schools.old_amount is None


def test_what_was_understood_is_stated():
    """Encoding, separator, decimal sign and unit stand in the intake."""
    intake = read(TABLE)
    assert (intake.encoding, intake.separator, intake.decimal, intake.sheet) == ("UTF-8", ";", ",", "")
    assert intake.unit is Unit.PERCENT
    assert [str(warning.wrong) for warning in intake.warnings] == ["rows with suppressed shares in Bakgrund: 1"]


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("cp1252", "Windows-1252")],
)
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("decimal", [",", "."])
@pytest.mark.parametrize("quoted", [False, True])
def test_encoding_separator_and_decimal_sign_change_nothing(encoding, named, separator, decimal, quoted):
    """Twenty-four spellings of one table are the same composition."""
    rows = [line.split(";") for line in TABLE.splitlines()]
    written = [[cell if "skol" in cell else cell.replace(",", decimal) for cell in row] for row in rows]
    if quoted or separator == decimal:
        written = [[f'"{cell}"' for cell in row] for row in written]
    text = "\r\n".join(separator.join(row) for row in written)
    intake = tables.read(text.encode(encoding), "tabell.csv")
    assert (intake.encoding, intake.separator, intake.decimal) == (named, separator, decimal)
    same(intake.composition, read(TABLE).composition)


def test_a_quoted_line_break_is_within_its_row():
    """Rows are counted as a spreadsheet shows them: blank ones count, line breaks in a cell do not."""
    text = 'skolenhetskod;skola;elever;A: x\n1;"Norra\nskolan";10;0,5\n\n;Södra;10;0,5\n'
    assert places(text) == [(4, "skolenhetskod", "")]


def test_every_fault_is_told_at_once_with_row_column_and_value():
    """Ten things wrong are ten faults, not one at a time."""
    text = (
        "skolenhetskod;skola;huvudman_typ;elever;A: x;A: y\n"
        "1;a;privat;-3;0,5;0,5\n"
        "1;b;;2,5;0,5;0,6\n"
        ";c;;;-0,5;0,5\n"
        "4;d;;0;abc;1,2\n"
        "5;e;;nan;inf;0,5\n"
    )
    assert sorted(places(text), key=str) == sorted(
        [
            (2, "huvudman_typ", "privat"),
            (2, "elever", "-3"),
            (3, "skolenhetskod", "1"),
            (3, "elever", "2,5"),
            (3, "A: x", "0,5"),  # the shares sum to 110 %
            (4, "skolenhetskod", ""),
            (4, "elever", ""),
            (4, "A: x", "-0,5"),
            (5, "elever", "0"),
            (5, "A: x", "abc"),
            (5, "A: y", "1,2"),
            (6, "elever", "nan"),
            (6, "A: x", "inf"),
        ],
        key=str,
    )


BAD_SHARES = ("abc", "nan", "inf", "-5", "120", "1,2,3", "#DIV/0!", "12 34", "15 kr", "–")
BAD_PUPILS = ("", "0", "-3", "2,5", "abc", "nan", "..", "15 %", "1e9", "9999999")


@given(data=st.data())
def test_a_planted_bad_cell_is_reported_with_exactly_its_place(data):
    """Whatever is planted, wherever, is told by row, column and value; nothing else is blamed."""
    schools = data.draw(st.integers(6, 12))
    header = ["skolenhetskod", "skola", "elever", "A: x", "A: y", "B: z"]
    rows = [[f"{i:04}", f"skola {i}", f"{100 + i}", "40,5", "59,5", f"{i},5"] for i in range(schools)]
    planted = data.draw(
        st.dictionaries(st.integers(0, schools - 1), st.integers(2, 5), min_size=1, max_size=(schools - 1) // 2)
    )
    expected = []
    for row, column in planted.items():
        rows[row][column] = data.draw(st.sampled_from(BAD_PUPILS if column == 2 else BAD_SHARES))
        expected.append((row + 2, header[column], rows[row][column]))
    assert sorted(places("\n".join(";".join(row) for row in [header, *rows]))) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("skola;elever;A: x\na;10;0,5", (1, "skolenhetskod", None)),
        ("skolenhetskod;elever;A: x\n1;10;0,5", (1, "skola", None)),
        ("skolenhetskod;skola;A: x\n1;a;0,5", (1, "elever", None)),
        ("skolenhetskod;skola;elever_betalning;A: x\n1;a;10;0,5", (1, "elever", None)),
        ("skolenhetskod;skola;elever\n1;a;10", (1, "Faktor: Kategori", None)),
        ("skolenhetskod;skola;elever;A: x;A: x\n1;a;10;0,5;0,5", (1, "A: x", None)),
        ("skolenhetskod;skola;elever;Elever;A: x\n1;a;10;10;0,5", (1, "elever", None)),
        ("skolenhetskod;skola;elever;elever_underlag;A: x\n1;a;10;10;0,5", (1, "elever", None)),
        ("skolenhetskod;skola;elever;tidigare_belopp;A: x\n1;a;10;10;0,5", (1, "tidigare_elever", None)),
        ("skolenhetskod;skola;elever;tidigare_elever;A: x\n1;a;10;10;0,5", (1, "tidigare_belopp", None)),
        ("skolenhetskod;skola;elever;A: Övriga\n1;a;10;0,5", (1, "A: Övriga", None)),
        ("skolenhetskod;skola;elever;A: x\n1;a;10;\n2;b;10;.", (1, "A: x", None)),
        ("skolenhetskod;skola;elever;A: x\n1;a;10;\nk;Kommunen;10;0,5", (1, "A: x", None)),
        ("skolenhetskod;skola;elever;index\n1;a;10;\n2;b;10;0", (1, "index", None)),
        ("skolenhetskod;skola;elever;A: x", (1, None, None)),
        ("skolenhetskod;skola;elever;A: x\n;Kommunen;;0,5", (1, None, None)),
        ("skolenhetskod;skola;elever;A: x\n1;a;10;0,5;7", (2, None, None)),
        ("skolenhetskod,skola,elever,A: x\n1,a,10,0,5", (2, None, None)),
        ('skolenhetskod;skola;elever;A: x\n1;"a;10;0,5', (2, None, None)),
        ("skolenhetskod;skola;elever;A: x\n1;a;10;0,5\n1,3E+07;b;10;0,5", (3, "skolenhetskod", "1,3E+07")),
        ("skolenhetskod;skola;elever;A: x\n1;a;10;0,5\n;Kommunen;;0,5\n;kommunen;;0,5", (4, None, None)),
        ("skolenhetskod;skola;elever;A: x;tidigare_belopp;tidigare_elever\n1;a;10;0,5;9;", (2, "tidigare_elever", "")),
        ("skolenhetskod;skola;elever;A: x;tidigare_kr_per_elev\n1;a;10;0,5;-9", (2, "tidigare_kr_per_elev", "-9")),
        ("skolenhetskod;skola;elever;A: Medelvärde (1–3)\n1;a;10;3,1", (2, "A: Medelvärde (1–3)", "3,1")),
        ("skolenhetskod;skola;elever;A: x\n1;a;1,000;0,5\n2;b;20;0,5", (2, "elever", "1,000")),
        ("\n\nskolenhetskod;skola;elever;A: x\n1;a;10;", (3, "A: x", None)),
        ("\nskolenhetskod;skola;elever;A: x;A: Medelvärde (1–3)\n1;a;10;1;2", (2, "A: x", None)),
    ],
)
def test_one_fault_has_its_place(text, place):
    """A missing or doubled column stands in the header's row, a bad cell in its own."""
    assert places(text) == [place]


def test_an_unknown_column_is_named_and_left_aside():
    """What is valid is never refused because it is unusual."""
    intake = read("skolenhetskod;skola;rektor;elever;A: x;\n1;a;Bo;10;0,5;\n")
    assert [str(warning.wrong) for warning in intake.warnings] == ["these columns are not used: rektor"]
    assert intake.composition.cells.tolist() == [[0.5, 0.5]]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf \r\n", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b";;;\n;;", "the file is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "it is a picture"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "it is a picture"),
        (b"%PDF-1.7\n", "it is a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "the workbook is damaged or cut off"),
        (b"<html><table><tr><td>skolenhetskod", "it is a web page or XML, whatever its name says"),
        (b"\xef\xbb\xbf\r\n <?xml version='1.0'?>", "it is a web page or XML, whatever its name says"),
        (b"skolenhetskod;skola\0;elever", "it is not text"),
        (b"\xff\xfeabc", "it is not text"),
        (b"skolenhetskod;skola\x81\x8d", "it is not text"),
        (b"a;b;c\n1;2;3", "none of the columns of a composition table is there"),
    ],
)
def test_what_is_no_table_is_refused_as_a_whole(content, sentence):
    """A picture, a web page or noise gets one sentence that says what it is."""
    assert said(content) == sentence


@pytest.mark.parametrize("noise", ["bytes", "letters", "rows", "quote"])
def test_fifty_megabytes_of_noise_are_refused_fast(noise):
    """Noise is refused within two seconds, whatever it is made of."""
    random = np.random.default_rng(1)
    content = {
        "bytes": lambda: random.integers(1, 256, 50_000_000, dtype=np.uint8).tobytes(),
        "letters": lambda: random.integers(97, 123, 50_000_000, dtype=np.uint8).tobytes(),
        "rows": lambda: b"skolenhetskod;skola;elever;A: x\n" + b"1;a;10;0,5\n" * 5_000_000,
        "quote": lambda: b'skolenhetskod;skola;elever;A: x\n1;"' + b"a" * 50_000_000,
    }[noise]()
    start = time.process_time()
    assert len(faults(content)) == 1
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("one", "other", "unit"),
    [
        (["0,15", "0,3"], ["0,85", "0,7"], Unit.SHARE),
        (["15", "30"], ["85", "70"], Unit.PERCENT),
        (["15,0", "30,0"], ["85,0", "70,0"], Unit.PERCENT),
        (["15 %", "30%"], ["85 %", "70%"], Unit.PERCENT),
        (["0,15 %", "0,30 %"], ["99,85 %", "99,7 %"], Unit.PERCENT),
        (["30", "15"], ["170", "35"], Unit.COUNT),
        (["27", "14"], ["160", "33"], Unit.COUNT),
        (["1", "0"], ["0", "1"], Unit.SHARE),
    ],
)
def test_the_unit_is_one_and_follows_from_all_values(one, other, unit):
    """Shares sum to 1, per cent to 100, and counts to the pupils or so; schools of 200 and 50."""
    rows = "".join(f"{i};s;{(200, 50)[i]};{a};{b}\n" for i, (a, b) in enumerate(zip(one, other, strict=True)))
    intake = read(f"skolenhetskod;skola;elever;A: x;A: y\n{rows}")
    assert intake.unit is unit
    assert intake.composition.shares.sum(axis=1) == pytest.approx([1, 1], abs=1e-12)


@pytest.mark.parametrize(
    ("column", "unit", "shares"),
    [
        (["0,15", "0,3"], Unit.SHARE, [0.15, 0.3]),
        (["15", "30"], Unit.PERCENT, [0.15, 0.3]),
        (["0,8", "30"], Unit.PERCENT, [0.008, 0.3]),
        (["0,8 %", "0,3 %"], Unit.PERCENT, [0.008, 0.003]),
        (["150", "120"], Unit.COUNT, [0.75, 0.8]),
    ],
)
def test_a_single_category_gets_its_complement(column, unit, shares):
    """Counts of a single category are divided by the pupils; schools of 200 and 150."""
    rows = "".join(f"{i};s;{(200, 150)[i]};{cell}\n" for i, cell in enumerate(column))
    intake = read(f"skolenhetskod;skola;elever;A: x\n{rows}")
    assert intake.unit is unit
    assert intake.composition.factors == (Factor("A", ("x", "Övriga")),)
    assert intake.composition.cells == pytest.approx(np.column_stack([shares, 1 - np.array(shares)]), abs=1e-15)


def test_one_bad_sum_does_not_change_the_unit_of_the_rest():
    """A school whose per cents sum to 90 is a fault, not a reason to count pupils."""
    text = "skolenhetskod;skola;elever;A: x;A: y\n1;a;200;40;60\n2;b;200;40;50\n3;c;200;30;70\n"
    assert places(text) == [(3, "A: x", "40")]
    assert said(text) == "the shares of b in A sum to 90.0 %"


def test_a_cell_without_the_sign_among_per_cent_is_not_guessed():
    """0,15 among 15 % may be either, and nothing sums up to tell."""
    text = "skolenhetskod;skola;elever;A: x\n1;a;200;15 %\n2;b;200;0,15\n"
    assert places(text) == [(3, "A: x", "0,15")]


def test_per_cents_of_at_most_one_are_warned_about():
    """0,2 beside a factor in per cent may be meant as a share, and nothing sums up to tell."""
    intake = read(HEAD + "A: x;B: x;B: y\n1;a;300;0,2;50;50\n2;b;300;1,0;40;60\n")
    assert intake.composition.cells[:, 0].tolist() == [0.002, 0.01]
    assert [str(warning.wrong) for warning in intake.warnings] == [
        "every value in A is at most 1, and is read as per cent"
    ]
    assert not read(HEAD + "A: x;B: x;B: y\n1;a;300;0,2;50;50\n2;b;300;1,1;40;60\n").warnings


@pytest.mark.parametrize(
    ("shares", "scaled"),
    [
        (("33,3", "33,3", "33,3"), True),
        (("33", "33", "33"), True),
        (("34", "34", "33"), True),
        (("33", "33", "34"), False),
    ],
)
def test_rounded_shares_are_scaled_and_said(shares, scaled):
    """Up to half a percentage point a category is rounding; the largest change is stated."""
    intake = read(f"skolenhetskod;skola;elever;A: x;A: y;A: z\n1;a;300;{';'.join(shares)}\n")
    assert intake.composition.shares.sum() == pytest.approx(1, abs=1e-15)
    assert [str(warning.wrong) for warning in intake.warnings] == (
        ["rows whose shares in A do not sum to exactly 100 %: 1"] if scaled else []
    )
    assert intake.composition.cells[0, 0] == float(shares[0].replace(",", ".") + "e-2")


@pytest.mark.parametrize("shares", ["32;33;33", "34;34;34", "33;33;32,4"])
def test_a_larger_difference_is_a_fault_that_names_school_and_factor(shares):
    """More than half a percentage point a category is no rounding."""
    text = f"skolenhetskod;skola;elever;A: x;A: y;A: z\n1;Åsa;300;{shares}\n2;b;300;20;30;50\n3;c;300;20;30;50"
    assert [row for row, _, _ in places(text)] == [2]
    assert "Åsa in A" in said(text)


def test_counts_are_divided_by_their_sum():
    """The sum of the factor's categories is the whole, whatever the number of pupils."""
    intake = read("skolenhetskod;skola;elever;A: x;A: y\n1;a;1000;1,329;0\n2;b;201;50;150\n3;c;9;..;6\n")
    assert intake.unit is Unit.COUNT
    assert intake.composition.cells[:2].tolist() == [[1, 0], [0.25, 0.75]]
    assert intake.composition.shares[2].tolist() == pytest.approx([1 / 3, 2 / 3])


def test_counts_that_cannot_be_shares_are_faults():
    """A count is whole and at most the whole; a factor nobody is counted in has no shares."""
    text = (
        "skolenhetskod;skola;elever;A: x;A: y;B: z\n1;a;200;50;150;300\n2;b;100;0;0;20\n3;c;30;12,5;18;3\n4;d;9;4;5;2"
    )
    assert places(text) == [(2, "B: z", "300"), (3, "A: x", "0"), (3, "A: y", "0"), (4, "A: x", "12,5")]


def test_markers_keep_their_interval_and_gaps_take_the_mean():
    """Few is [0, 9/c], nearly all its complement, and a missing school does not move the factor (trap T05)."""
    rows = ("A: x;A: y", "1;a;100;20;80", "2;b;300;60;40", "3;c;90;..;", "4;d;90;~100;", "5;e;50;;.", "6;f;6;..;..")
    text = HEAD + "\n".join(rows)
    intake = read(text)
    filled = intake.composition.filled
    assert filled.shares[2:, 0].tolist() == pytest.approx([0.05, 0.95, (20 + 180 + 4.5 + 85.5 + 3) / 586, 0.5])
    assert filled.low[2:4, 0].tolist() == [0, 0.9]
    assert filled.high[2:4, 0].tolist() == [0.1, 1]
    assert [(w.row, str(w.wrong)) for w in intake.warnings] == [
        (None, "rows with suppressed shares in A: 3"),
        (6, "e has no value in A"),
    ]


def test_three_categories_say_what_is_made_of_their_gaps():
    """What the known ones leave goes to the others, and the user is told."""
    rows = ("A: x;A: y;A: z", "1;a;100;20;30;50", "2;b;100;20;30;", "3;c;100;20;30;..", "4;d;100;60;35;..")
    text = HEAD + "\n".join(rows)
    intake = read(text)
    assert intake.composition.shares[1].tolist() == [0.2, 0.3, 0.5]
    assert intake.composition.shares.sum(axis=1) == pytest.approx([1] * 4)
    assert [warning.row for warning in intake.warnings] == [None, 3, 4]


@pytest.mark.parametrize("dash", ["–", "-", "\u2011"])
def test_more_education_is_less_need(dash):
    """A mean of 1 is need 1, a mean of 3 need 0: trap T04."""
    rows = (f"Utb: Medelvärde (1{dash}3);B: x", "1;a;100;1;40", "2;b;100;2,46;55", "3;c;100;3;60", "4;d;9;;70")
    text = HEAD + "\n".join(rows)
    intake = read(text)
    assert intake.unit is Unit.PERCENT
    assert intake.composition.cells[:3, 0].tolist() == pytest.approx([1, 0.27, 0], abs=1e-15)
    assert intake.composition.cells[:3, 1].tolist() == pytest.approx([0, 0.73, 1], abs=1e-15)
    assert intake.composition.shares[3, 0] == pytest.approx((1 + 0.27) / 3)
    assert intake.composition.factors[0] == Factor("Utb", (f"Medelvärde (1{dash}3)", "Övriga"))


def test_ready_values_stand_in_for_factors():
    """A delivered index or risk needs no factor; a school without one takes the weighted mean, and is named."""
    intake = read(
        "skolenhetskod;skola;elever;risk;index\n1;a;300;12 %;1,2\n2;b;100;4 %;0,4\n3;c;50;;.\n;Kommunen;;;1,0\n"
    )
    assert intake.composition.ready["risk"].tolist() == pytest.approx([0.12, 0.04, 0.1])
    assert intake.composition.ready["index"].tolist() == pytest.approx([1.2, 0.4, 1])
    assert [(w.row, w.column) for w in intake.warnings] == [(4, "risk"), (4, "index")]
    assert intake.composition.municipality_row.shares is None
    assert intake.composition.municipality_row.ready == {"index": 1}


def test_the_municipality_has_a_row_of_its_own():
    """It is no school, may lack pupils and code, and takes the schools' mean where it lacks a factor."""
    text = "skolenhetskod;skola;elever;A: x;A: y;B: z\n1;a;100;20;80;10\n2;b;300;60;40;30\n;Kommunen;;52;48;\n"
    intake = read(text)
    assert len(intake.composition) == 2
    assert intake.composition.municipality_row.shares.tolist() == pytest.approx([0.52, 0.48, 0.25, 0.75])
    assert [(w.row, str(w.wrong)) for w in intake.warnings] == [(4, "Kommunen has no value in B")]


def test_pupils_behind_the_shares_may_differ_from_those_the_money_follows():
    """Trap T07: shares of grades 1-9, money for F-9."""
    schools = read("skolenhetskod;skola;elever_underlag;elever_betalning;A: x\n1;a;100;120;0,5\n").composition
    assert (schools.pupils_composition.tolist(), schools.pupils_paid.tolist()) == ([100], [120])


def test_todays_money_is_a_rate():
    """By last year's pupils (trap T11); a school without an amount has none."""
    rows = ("A: x;tidigare_belopp;tidigare_elever", "1;a;10;0,5;3 000;12", "2;b;10;0,5;;", "3;c;10;0,5;0;9")
    text = HEAD + "\n".join(rows)
    schools = read(text).composition
    np.testing.assert_array_equal(schools.old_rate, [250, np.nan, 0])
    np.testing.assert_array_equal(schools.old_amount, [3000, np.nan, 0])
    schools = read("skolenhetskod;skola;elever;A: x;tidigare_kr_per_elev\n1;a;10;0,5;250,5\n2;b;10;0,5;\n").composition
    np.testing.assert_array_equal(schools.old_rate, [250.5, np.nan])
    assert schools.old_amount is None


def test_todays_money_in_both_forms_is_read_once():
    """The amount and its pupils decide, and the user is told."""
    rows = ("A: x;tidigare_kr_per_elev;tidigare_belopp;tidigare_elever", "1;a;10;0,5;7;3 000;12")
    intake = read(HEAD + "\n".join(rows))
    assert intake.composition.old_rate.tolist() == [250]
    assert [warning.column for warning in intake.warnings] == ["tidigare_kr_per_elev"]


def test_a_table_without_any_of_todays_money_has_none():
    """An empty column is as no column."""
    assert read("skolenhetskod;skola;elever;A: x;tidigare_kr_per_elev\n1;a;10;0,5;\n").composition.old_rate is None


FACTORS = (
    Factor("A", ("x", "y")),
    Factor("B", ("x", "y", "z")),
    Factor("C", ("ö", "Övriga")),
    Factor("D", ("Medelvärde (1–3)", "Övriga")),
)


@st.composite
def compositions(draw):
    schools = draw(st.integers(1, 6))
    factors = draw(st.lists(st.sampled_from(FACTORS), unique=True))
    blocks, marks = [np.empty((schools, 0))], [np.empty((schools, 0), dtype=np.int8)]
    for factor in factors:
        counts = np.array(
            [
                draw(st.lists(st.integers(1, 99), min_size=len(factor.categories), max_size=len(factor.categories)))
                for _ in range(schools)
            ]
        )
        shares = counts / counts.sum(axis=1, keepdims=True)
        if factor.name == "D":
            shares[:, 0] = (3 - np.round(1 + 2 * shares[:, 1], 2)) / 2
            shares[:, 1] = np.round(1 - shares[:, 0], 15)
        block = np.full(shares.shape, Mark.KNOWN, dtype=np.int8)
        for i in range(1, schools):  # the first school has them all
            if factor.name == "D":
                block[i] = draw(st.sampled_from([Mark.KNOWN, Mark.MISSING]))
            elif draw(st.booleans()):
                block[i] = Mark.MISSING
                block[i, 0] = draw(st.sampled_from(list(Mark)))
        blocks.append(np.where(block == Mark.KNOWN, shares, np.nan))
        marks.append(block)
    texts = st.text(st.sampled_from('abåäö;,"=+-@ 1'), max_size=8).map(str.split).map(" ".join)
    pupils = st.lists(st.integers(1, 2000), min_size=schools, max_size=schools).map(np.array)
    numbers = st.floats(0, 1e9, allow_subnormal=False)
    paid = draw(pupils)
    rate, amount = None, None
    money = draw(st.sampled_from(["none", "rate", "amount"]))
    if money == "rate":
        rate = np.array([draw(numbers), *(draw(st.one_of(numbers, st.just(np.nan))) for _ in range(schools - 1))])
    if money == "amount":
        whole = st.integers(0, 10**8).map(float)
        amount = np.array([draw(whole), *(draw(st.one_of(whole, st.just(np.nan))) for _ in range(schools - 1))])
        rate = amount / draw(pupils)
    ready = (
        {}
        if factors and draw(st.booleans())
        else {"index": np.array([draw(st.floats(0.01, 9)) for _ in range(schools)])}
    )
    return Composition(
        codes=tuple(f"{i:04}" for i in range(schools)),
        names=tuple(
            draw(texts.filter(lambda name: name.strip() and name.casefold() != "kommunen")) for _ in range(schools)
        ),
        operators=tuple(draw(st.sampled_from(["", "kommunal", "fristående"])) for _ in range(schools)),
        operator_names=tuple(draw(texts) for _ in range(schools)),
        pupils_composition=draw(pupils),
        pupils_paid=paid,
        factors=tuple(factors),
        cells=np.hstack(blocks),
        marks=np.hstack(marks),
        ready=ready,
        old_rate=rate,
        old_amount=amount,
    )


@given(compositions())
def test_what_is_written_reads_back_the_same(schools):
    """Every share, marker, name, pupil and krona comes back, to the last bit."""
    intake = tables.read(tables.write(schools).encode(), "skriven.csv")
    same(schools, intake.composition)


def test_the_municipality_row_is_written_too():
    """The table as used has the row that was delivered."""
    made = read(
        "skolenhetskod;skola;elever;A: x;Utb: Medelvärde (1–3)\n1;a;100;20;2,5\n;Kommunen;;30;2,4\n"
    ).composition
    again = read(tables.write(made)).composition
    assert made.municipality_row.shares.tolist() == pytest.approx([0.3, 0.7, 0.3, 0.7])
    assert again.municipality_row.shares.tolist() == pytest.approx(made.municipality_row.shares.tolist(), abs=1e-15)
    assert isinstance(again.municipality_row, MunicipalityRow)


def outcome(content):
    try:
        return tables.read(content, "fil")
    except TableError as error:
        return error.faults


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_a_fault(content):
    """Nothing that a file may hold ends in anything but a composition or faults."""
    assert outcome(content)


@given(st.text(st.sampled_from("1230,.;%~ -ex\n\"'"), max_size=80))
def test_any_cells_are_a_table_or_a_fault(written):
    """Nor what its cells may hold."""
    assert outcome(f"skolenhetskod;skola;elever;A: x;A: y;index\n1;a;10;1;2;3\n{written}".encode())


def grid(text, **more):
    return Grid([line.split(";") for line in text.splitlines()], **more)


def of(text, **told):
    return tables.of_grid(grid(text), "tabell.csv", **told)


def refused(text, **told):
    with pytest.raises(TableError) as raised:
        of(text, **told)
    return [(fault.row, str(fault.wrong), str(fault.allowed)) for fault in raised.value.faults]


def test_rows_are_named_by_their_numbers_in_the_users_file():
    """Where rows have been left out, a fault and a warning name those that the user sees; so does a doubled code."""
    text = "skolenhetskod;skola;rektor;elever;A: x\n1;a;;10;5\n1;b;;10;\n2;c;;-1;7\n;Kommunen;;;\n;Kommunen;;;"
    with pytest.raises(TableError) as raised:
        tables.of_grid(grid(text, numbers=[4, 7, 8, 12, 20, 30]), "tabell.csv")
    assert [fault.row for fault in raised.value.faults] == [8, 12, 30]
    assert "stands in row 7 too" in str(raised.value.faults[0].wrong)
    with pytest.raises(TableError) as raised:
        tables.of_grid(grid("skolenhetskod;skola;A: x\n1;a;5", numbers=[4, 5]), "tabell.csv")
    assert [(fault.row, fault.file) for fault in raised.value.faults] == [(4, "tabell.csv")]
    warned = tables.of_grid(grid("skolenhetskod;skola;elever;x;A: x\n1;a;9;;5\n2;b;9;;", numbers=[4, 9, 11]), "t")
    assert [warning.row for warning in warned.warnings] == [4, 11]


def test_the_unit_is_the_one_that_the_user_says():
    """Counts in schools of about 100 pupils look like per cent, until somebody says what they are."""
    text = "skolenhetskod;skola;elever;A: x;A: y\n1;a;100;20;80\n2;b;99;40;59\n"
    assert read(text).unit is Unit.PERCENT
    counted = read(text, unit=Unit.COUNT)
    assert counted.unit is Unit.COUNT
    assert counted.composition.cells[1, 0] == 40 / 99
    assert refused(text, unit=Unit.SHARE)[0][:2] == (2, "“20” is above 100 %")


def test_a_sign_for_per_cent_speaks_against_another_unit():
    """15 % is not 15 pupils; and where per cent is said, the sign may be left out."""
    text = "skolenhetskod;skola;elever;A: x\n1;a;200;15 %\n2;b;200;0,5"
    assert (2, "“15 %” has the sign %", "choose per cent, or take the sign away") in refused(text, unit=Unit.COUNT)
    assert of(text, unit=Unit.PERCENT).composition.cells[:, 0].tolist() == [0.15, 0.005]


LACKING = "skolenhetskod;skola;elever;U: Kort;U: Lång\n1;a;100;20;70\n2;b;50;40;60\n3;c;90;..;80\n4;d;60;;\n"


def test_what_the_shares_lack_can_be_pupils_of_whom_nothing_is_known():
    """It is a category of its own, the last; a row with a marker leaves it open, and fills it with the rest (R064)."""
    schools = of(LACKING, unknown=frozenset({"U"})).composition
    assert schools.factors == (Factor("U", ("Kort", "Lång", "Uppgift saknas")),)
    assert schools.cells[:2].tolist() == [[0.2, 0.7, 0.1], [0.4, 0.6, 0]]
    assert schools.marks[2:].tolist() == [[Mark.SUPPRESSED, Mark.KNOWN, Mark.MISSING], [Mark.MISSING] * 3]
    assert schools.shares[2].tolist() == pytest.approx([0.05, 0.8, 0.15])
    assert schools.shares.sum(axis=1) == pytest.approx([1] * 4)


def test_counts_that_lack_pupils_are_divided_by_all_of_them():
    """20 and 70 of 100 pupils leave 10 of whom nothing is known; more than the pupils leave none."""
    text = "skolenhetskod;skola;elever;U: Kort;U: Lång\n1;a;100;20;70\n2;b;200;50;160\n"
    schools = of(text, unit=Unit.COUNT, unknown=frozenset({"U"})).composition
    assert schools.cells.tolist() == [[0.2, 0.7, 0.1], [50 / 210, 160 / 210, 0]]


@pytest.mark.parametrize(
    ("heads", "rows"),
    [
        ("U: Kort;U: Lång", ["20;80", "40;60,4"]),
        ("U: Kort;U: uppgift saknas", ["20;80", "40;60"]),
        ("U: Kort", ["20", "40"]),
        ("U: Medelvärde (1–3)", ["2", "2,5"]),
    ],
)
def test_where_nothing_lacks_nothing_is_added(heads, rows):
    """Rounding is no lack; a factor with the category already, a single category and a mean stay as they are."""
    text = f"skolenhetskod;skola;elever;{heads}\n" + "".join(f"{i};s{i};100;{row}\n" for i, row in enumerate(rows))
    same(of(text).composition, of(text, unknown=frozenset({"U"})).composition)


def test_a_lack_is_a_fault_that_offers_what_it_can_be():
    """Without being told, the program guesses nothing; where a category says what lacks, there is nothing to offer."""
    assert ["Uppgift saknas" in allowed for _, _, allowed in refused(LACKING)] == [True]
    named = LACKING.replace("U: Lång", "U: Uppgift saknas")
    assert ["Uppgift saknas" in allowed for _, _, allowed in refused(named)] == [False]


def test_categories_that_overlap_are_offered_as_factors_of_their_own():
    """Where many schools have more than 100 % they are; one school with a slip is a slip."""
    head = "skolenhetskod;skola;elever;B: Utländsk;B: Nyanländ\n"
    over = [f"{i};s{i};300;80,5;{25 + i}" for i in range(3)]
    told = refused(head + "\n".join([*over, "9;z;300;60,5;39,5"]))
    assert [(row, "a factor of its own" in allowed) for row, _, allowed in told] == [(2, True), (3, True), (4, True)]
    slip = [f"{i};s{i};300;60,5;39,5" for i in range(1, 6)]
    assert ["a factor of its own" in allowed for _, _, allowed in refused(head + "\n".join([*slip, over[0]]))] == [
        False
    ]


ROWS = """skolenhetskod;skola;elever;A: x;A: y;index;tidigare_belopp;tidigare_elever
1;Alfa F–6;100;20;80;1,0;3 000;10
2;Beta;50;..;;2,0;;
1;Alfa 7–9;300;40;60;1,4;0;20
2;Beta;150;50;50;1,0;900;9
3;Gamma;80;10;90;0,5;800;8
;Kommunen;;30;70;1,1;;
"""


def test_several_rows_of_a_unit_are_one_school():
    """Pupils and amounts add, shares weigh by pupils, a marker by what fills it; the user is told (T20)."""
    intake = of(ROWS, together=True)
    schools = intake.composition
    assert (schools.codes, schools.names) == (("1", "2", "3"), ("Alfa F–6", "Beta", "Gamma"))
    assert schools.pupils_composition.tolist() == [400, 200, 80]
    assert schools.cells[:, 0].tolist() == pytest.approx([0.35, (4.5 + 75) / 200, 0.1])
    assert (schools.marks == Mark.KNOWN).all()
    assert schools.ready["index"].tolist() == pytest.approx([1.3, 1.25, 0.5])
    assert schools.old_amount.tolist() == [3000, 900, 800]
    assert schools.old_rate.tolist() == [100, 100, 100]
    assert schools.municipality_row.shares.tolist() == [0.3, 0.7]
    told = [(warning.row, str(warning.wrong)) for warning in intake.warnings if warning.column == "skolenhetskod"]
    assert told == [(2, "Alfa F–6 has 2 rows"), (3, "Beta has 2 rows")]


def test_a_doubled_code_is_a_fault_that_offers_to_put_the_rows_together():
    """Whether they are one school, only the user knows; a missing code stays a fault either way."""
    told = refused(ROWS)
    assert [row for row, _, _ in told] == [4, 5]
    assert all("put together" in allowed for _, _, allowed in told)
    assert [row for row, _, _ in refused(ROWS.replace("\n2;", "\n;"), together=True)] == [3, 5]


@pytest.mark.parametrize(
    ("scale", "values", "need"),
    [
        ("1–3", ["1", "2,46", "3"], [1, 0.27, 0]),
        ("3–1", ["1", "2,46", "3"], [0, 0.73, 1]),
        ("0–100", ["0", "25", "100"], [1, 0.75, 0]),
        ("100 - 0", ["0", "25", "100"], [0, 0.25, 1]),
        ("-2,5–2.5", ["-2,5", "0", "2,5"], [1, 0.5, 0]),
    ],
)
def test_a_mean_has_the_direction_and_the_scale_that_its_heading_says(scale, values, need):
    """The first number means the most need, the last the least (R027); the heading stays the category."""
    text = f"skolenhetskod;skola;elever;M: Medelvärde ({scale})\n" + "".join(
        f"{i};s{i};100;{value}\n" for i, value in enumerate(values)
    )
    schools = of(text).composition
    assert schools.factors == (Factor("M", (f"Medelvärde ({scale})", "Övriga")),)
    assert schools.cells[:, 0].tolist() == pytest.approx(need, abs=1e-15)
    same(schools, read(tables.write(schools)).composition)


def test_a_mean_outside_its_scale_is_a_fault_that_names_the_scale():
    """And so is a scale with one number twice."""
    head = "skolenhetskod;skola;elever;M: Medelvärde"
    assert refused(f"{head} (100–0)\n1;a;9;101") == [
        (2, "“101” is not a mean between 0 and 100", "allowed is a number from 0 to 100")
    ]
    assert [row for row, _, _ in refused(f"{head} (2–2)\n1;a;9;2")] == [1]


@given(st.integers(-300, 300), st.integers(-300, 300), st.lists(st.integers(0, 1000), min_size=1, max_size=5))
def test_a_mean_on_any_scale_is_written_as_it_was_read(first, last, parts):
    """The value that the file had comes back, to its last decimal."""
    if first == last:
        return
    low, high = sorted((first, last))
    values = [low / 4 + (high - low) / 4 * part / 1000 for part in parts]
    head = f"skolenhetskod;skola;elever;M: Medelvärde ({first / 4}–{last / 4})"
    rows = [[str(i), "s", "10", repr(value)] for i, value in enumerate(values)]
    schools = tables.of_grid(Grid([head.split(";"), *rows]), "t").composition
    same(schools, read(tables.write(schools)).composition)


def as_sheet(rows):
    """Keep rows as a sheet is read: its numbers, and its texts with their places."""
    width = max(map(len, rows))
    flat = [cell for row in rows for cell in [*row, *[""] * (width - len(row))]]
    places = [place for place, cell in enumerate(flat) if not isinstance(cell, float) and cell != ""]
    numbers = np.array([cell if isinstance(cell, float) else np.nan for cell in flat]).reshape(len(rows), width)
    return Rows(numbers, np.array(places, dtype=np.int64), [flat[place] for place in places])


SHEET = st.one_of(
    st.integers(0, 1000).map(lambda tenths: tenths / 10),
    st.floats(allow_nan=False),
    st.sampled_from(["", " ", "..", "~100", ".", "15 %", "15,5", "1,329", "0.5", "x", "#N/A", True, False]),
)
NAMES = st.sampled_from(
    [
        "Åsaskolan",
        "Åsa–skolan",
        "Sk\u043elan",
        " två  blanka",
        "'=1",
        "A\u030asa",
        "Kommunen",
        "",
        "x\u200b",
        "e" * 501,
        7.0,
        True,
    ]
)


@given(st.data())
def test_a_sheet_that_is_kept_as_arrays_is_read_as_its_rows_are(data):
    """Values, warnings and faults are the same bit for bit, whatever the cells, blank rows and names are."""
    heads = [
        "skola",
        "skolenhetskod",
        "elever",
        "huvudman_typ",
        "index",
        "tidigare_kr_per_elev",
        "A: x",
        "A: y",
        "B: x",
    ]
    plain = data.draw(st.sampled_from([SHEET, st.integers(1, 100).map(float), st.floats(0, 1)]))
    rows = [[""] * len(heads) for _ in range(data.draw(st.integers(0, 2)))] + [heads]
    for i in range(data.draw(st.integers(1, 6))):
        kind = data.draw(
            st.sampled_from(["", "kommunal", "Enskild", "annan"]) if plain is SHEET else st.just("kommunal")
        )
        name = data.draw(st.one_of(NAMES, st.just(f"s{i}"))) if plain is SHEET else f"s{i}"
        code = data.draw(st.sampled_from([str(i), "1", "", float(i), "1E+05", "0+1"])) if plain is SHEET else f"{i:02}"
        first = data.draw(plain)
        second = 100 - first if data.draw(st.booleans()) and isinstance(first, float) else data.draw(plain)
        pupils = data.draw(st.sampled_from([10.0, 250.0, 12.5, "1,329", "..", ""] if plain is SHEET else [10.0, 250.0]))
        rows.append([name, code, pupils, kind, data.draw(plain), data.draw(plain), first, second, data.draw(plain)])
        if data.draw(st.booleans()):
            rows.append(["", " ", *[""] * (len(heads) - 2)])
    told = {"unit": data.draw(st.sampled_from([None, *Unit])), "together": data.draw(st.booleans())}
    outcomes = []
    sheet = as_sheet(rows)
    for cells_, values in ((sheet, sheet.numbers), (rows, sheet.numbers), (rows, None)):
        try:
            outcomes.append(tables.of_grid(Grid(cells_, values=values), "t", **told))
        except TableError as error:
            outcomes.append(error.faults)
    *others, oracle = outcomes
    for one in others:
        if isinstance(oracle, tuple):
            assert one == oracle
            continue
        same(one.composition, oracle.composition)
        assert (one.warnings, one.unit, one.decimal) == (oracle.warnings, oracle.unit, oracle.decimal)


@given(st.lists(st.lists(st.one_of(SHEET, st.text(max_size=3)), min_size=3, max_size=3), min_size=1, max_size=5))
def test_the_rows_of_a_sheet_are_a_sequence_of_rows(rows):
    """A row, several rows, a column and all of them are as in the lists, in whatever order they are asked for."""
    for few in (0, 2, 100):
        sheet = as_sheet(rows)
        sheet._few = few
        assert [sheet[i] for i in range(len(sheet))] == rows
        assert (sheet[-1], sheet[1:], sheet[:1]) == (rows[-1], rows[1:], rows[:1])
        assert [as_sheet(rows).column(at) for at in range(3)] == [sheet.column(at) for at in range(3)]
        assert list(map(list, zip(*rows, strict=True))) == [sheet.column(at) for at in range(3)]
        assert (list(sheet), sheet, as_sheet(rows), repr(sheet)) == (rows, rows, sheet, repr(rows))
        with pytest.raises(IndexError):
            as_sheet(rows)[len(rows)]
    assert as_sheet(rows).blank().tolist() == [tables._blank(row) for row in rows]


def by_cell(given, values=None):
    """Take a column apart cell by cell: a spreadsheet's numbers are numerals like any other."""
    cells_ = given if values is None else [given.get(i, value) for i, value in enumerate(values.tolist())]
    numerals = {i: number for i, cell in enumerate(cells_) if (number := cells.numeral(cell)) is not None}
    others = [i for i in range(len(cells_)) if i not in numerals]
    return cells.Column(np.full(len(cells_), np.nan), numerals, others, cells_)


CELLS = st.one_of(
    st.integers(0, 1000).map(lambda tenths: tenths / 10),
    st.integers(-5, 200).map(float),
    st.floats(0, 1),
    st.floats(),
    st.sampled_from(
        ["", "..", "~100", ".", "15 %", "15,5", "1,329", "1 200", "0.5", "x", "#N/A", True, Broken("#N/A", "A1")]
    ),
)


@given(st.data())
def test_numbers_taken_together_are_as_cell_by_cell(data):
    """Values, warnings and faults are the same, whether a spreadsheet's numbers are read at once or one by one."""
    heads = [
        "skolenhetskod",
        "skola",
        "elever",
        "index",
        "tidigare_kr_per_elev",
        "A: x",
        "A: y",
        "B: x",
        "M: Medelvärde (1–3)",
    ]
    plain = data.draw(st.sampled_from([CELLS, st.integers(1, 100).map(float), st.floats(0, 1)]))
    rows = [
        [
            str(i),
            f"s{i}",
            data.draw(st.sampled_from([10.0, 250.0, 12.5, "1,329"])),
            *(data.draw(plain) for _ in heads[3:]),
        ]
        for i in range(data.draw(st.integers(1, 5)))
    ]
    if data.draw(st.booleans()):
        for row in rows:
            row[6] = round(100 - row[5], 6) if isinstance(row[5], float) else row[5]
    values = np.array([[cell if isinstance(cell, float) else np.nan for cell in row] for row in [heads, *rows]])
    unit = data.draw(st.sampled_from([None, *Unit]))
    outcomes = []
    for take, at_hand in ((cells.column, None), (cells.column, values), (by_cell, None)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cells, "column", take)
            try:
                outcomes.append(tables.of_grid(Grid([heads, *rows], values=at_hand), "t", unit=unit))
            except TableError as error:
                outcomes.append(error.faults)
    one, two, oracle = outcomes
    if isinstance(oracle, tuple):
        assert one == two == oracle
        return
    for intake in (one, two):
        same(intake.composition, oracle.composition)
        assert (intake.warnings, intake.unit, intake.decimal) == (oracle.warnings, oracle.unit, oracle.decimal)
