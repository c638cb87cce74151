from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socio.allocation import allocate
from socio.composition import Factor, Mark
from socio.errors import TableError
from socio.intake import cells, outline
from socio.scenario import Need
from socio.view.format import number
from tests.intake import books
from tests.strategies import proposal

TABELL1 = """;Utbildningsnivå;;;Kön;;Ekonomiskt bistånd;
;"För-
gymnasial";Gymnasial;"Efter-
gymnasial";Flickor;Pojkar;"Ej försörjnings-
stöd";Försörjningsstöd
Vikt;3;2;1;1;1,5;1;3
;;;;;;;
Andel elever;;;;;;;
Skola A;15 %;30 %;55 %;37 %;63 %;76 %;24 %
Skola B;  0 %;  5 %;95 %;66 %;34 %;100 %;  0 %
Kommunen;6 %;29 %;65 %;49 %;51 %;92 %;8 %

Poäng (andelen multiplicerat med vikten);;;;;;;;Summa
Skola A;0,45;0,60;0,55;0,37;0,95;0,76;0,72;4,40
Skola B;0,00;0,10;0,95;0,66;0,51;1,00;0,00;3,22
Kommunen;0,18;0,58;0,65;0,49;0,77;0,92;0,24;3,83
"""
FACTORS = (
    Factor("Utbildningsnivå", ("Förgymnasial", "Gymnasial", "Eftergymnasial")),
    Factor("Kön", ("Flickor", "Pojkar")),
    Factor("Ekonomiskt bistånd", ("Ej försörjningsstöd", "Försörjningsstöd")),
)
NO_PUPILS = "the table has no number of pupils, so it gives points and index but no kronor"


def read(text, **options):
    return outline.read(text if isinstance(text, bytes) else text.encode(), "tabell1.csv", **options)


def faults(text, **options):
    with pytest.raises(TableError) as raised:
        read(text, **options)
    assert all(fault.file == "tabell1.csv" for fault in raised.value.faults)
    return raised.value.faults


def places(text):
    return [(fault.row, fault.column, fault.value) for fault in faults(text)]


def as_workbook():
    rows = [
        ["Tabell 1. Poängberäkning utifrån viktade faktorer"],
        ["", "Utbildningsnivå", "", "", "Kön", "", "Ekonomiskt bistånd", ""],
        ["", *(category for factor in FACTORS for category in factor.categories)],
        ["Vikt", 3, 2, 1, 1, 1.5, 1, 3],
        ["Skola A", 0.15, 0.3, 0.55, 0.37, 0.63, 0.76, 0.24],
        ["Skola B", 0.0, 0.05, 0.95, 0.66, 0.34, 1.0, 0.0],
        ["Kommunen", 0.06, 0.29, 0.65, 0.49, 0.51, 0.92, 0.08],
    ]
    return books.merged(rows, [(1, 1, 3), (1, 4, 5), (1, 6, 7)])


@pytest.mark.parametrize("content", [TABELL1, as_workbook()], ids=["csv", "xlsx"])
def test_tabell_1_as_printed_gives_its_points_and_its_index(content):
    """Golden G01, G05 and G06: exactly, against the municipality's own row."""
    found = read(content)
    assert (found.names, found.factors) == (("Skola A", "Skola B"), FACTORS)
    assert found.weights["Kön"] == {"Flickor": 1, "Pojkar": 1.5}
    assert found.points() == pytest.approx([4.395, 3.22], abs=1e-12)
    assert found.municipality_points() == pytest.approx(3.825, abs=1e-12)
    assert found.index() == pytest.approx([293 / 255, 644 / 765], abs=1e-12)
    assert [str(question.wrong) for question in found.questions] == [NO_PUPILS]
    assert found.pupils is None


def test_the_printed_cells_of_tabell_1_come_out():
    """Golden G02: each product and sum as printed, rounded half up."""
    found = read(TABELL1)
    weights = [weight for factor in found.weights.values() for weight in factor.values()]
    printed = [line.split(";")[1:] for line in TABELL1.splitlines()[-3:]]
    rows = [*found.cells, found.municipality_row.shares]
    points = [*found.points(), found.municipality_points()]
    for row, total, written in zip(rows, points, printed, strict=True):
        assert [number(weight * share, 2) for weight, share in zip(weights, row, strict=True)] == written[:-1]
        assert number(total, 2) == written[-1]


def test_with_pupils_it_is_a_composition():
    """The chain then gives the same index, and kronor."""
    schools = read(TABELL1).composition({"Skola A": 121, "Skola B": 114})
    result = allocate(schools, proposal(need=Need(weights=read(TABELL1).weights)))
    assert result.index == pytest.approx([293 / 255, 644 / 765], abs=1e-12)
    assert schools.codes == ("Skola A", "Skola B")
    with pytest.raises(TableError) as raised:
        read(TABELL1).composition({"Skola A": 121, "Skola B": 0})
    assert [str(fault.wrong) for fault in raised.value.faults] == ["Skola B has no number of pupils"]


@pytest.mark.parametrize(
    "text",
    [
        ";;Utb;;Kön;\nSkola;Elever;Kort;Lång;Flickor;Pojkar\nA;1 200;40;60;50;50\nB;300;30;70;45;55\n",
        ";Utb;;Elever;Kön;\n;Kort;Lång;;Flickor;Pojkar\nA;40;60;1 200;50;50\nB;30;70;300;45;55\n",
        ";Utb;Utb;Kön;Kön;\n;Kort;Lång;Flickor;Pojkar;Antal elever\nA;40;60;50;50;1,200\nB;30;70;45;55;300\n",
    ],
)
def test_a_column_of_pupils_answers_the_question(text):
    """Wherever it stands, over one row of headings or two."""
    found = read(text)
    assert not found.questions
    assert found.composition().pupils_paid.tolist() == [1200, 300]
    assert found.factors == (Factor("Utb", ("Kort", "Lång")), Factor("Kön", ("Flickor", "Pojkar")))
    assert found.weights == {}
    assert found.points({"Utb": {"Kort": 2, "Lång": 1}}) == pytest.approx([1.4, 1.3])
    assert found.index() is None


def test_without_pupils_and_municipality_there_is_no_index():
    """Neither a row for the municipality nor pupils to weigh the schools by."""
    found = read(";Utb;\n;Kort;Lång\nA;40 %;60 %\nB;30 %;70 %\n")
    assert found.index({"Utb": {"Kort": 1}}) is None
    assert len(found.questions) == 2


def test_a_suppressed_share_has_no_points_before_the_pupils_are_known():
    """Its interval follows from them."""
    found = read(";Utb;\nSkola;Kort;Lång\nA;..;60 %\nB;30 %;70 %\nKommunen;;65 %\n")
    assert found.marks.tolist()[0] == [Mark.SUPPRESSED, Mark.KNOWN]
    assert np.isnan(found.points({"Utb": {"Kort": 1}})[0])
    assert found.municipality_row.shares.tolist() == pytest.approx([0.35, 0.65])
    assert found.composition({"A": 100, "B": 100}).shares[0].tolist() == pytest.approx([0.4, 0.6])


HEAD = ";Utb;;Elever\n;Kort;Lång;\n"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (HEAD + "Vikt;x;1\nA;40;60;9\n", (3, "Utb: Kort", "x")),
        (HEAD + "Vikt;2;-1\nA;40;60;9\n", (3, "Utb: Lång", "-1")),
        (HEAD + "A;40;60;9\nB;4x;60;9\n", (4, "Utb: Kort", "4x")),
        (HEAD + "A;40;60;9\nB;40;50;9\n", (4, "Utb: Kort", "40")),
        (HEAD + "A;40;60;9\nB;40;60;-9\n", (4, "elever", "-9")),
        (HEAD + "A;40;60;9\nB;40;60;9,5\n", (4, "elever", "9,5")),
        (HEAD + "A;40;60;9\nB;40;60;x\n", (4, "elever", "x")),
        (HEAD + "A;40;60;9\n;40;60;9\n", (4, None, None)),
        (HEAD + "A;40;60;9\na;40;60;9\n", (4, None, None)),
        ("Skola;Kort\nA;40\n", (None, None, None)),
        (";Utb;\n;Kort;Lång\nVikt;2;1\n", (2, None, None)),
    ],
)
def test_a_fault_in_the_table_has_its_place(text, place):
    """By its row in the file, and its factor and category."""
    assert places(text) == [place]


def test_what_a_thousand_pupils_are_is_asked():
    """1,000 beside 300 with a decimal comma elsewhere may be one pupil."""
    text = HEAD + "A;40,5;59,5;1,000\nB;40;60;300\n"
    assert cells.asks(faults(text)[0])
    assert read(text, decimal=",").composition().pupils_paid.tolist() == [1, 300]


def outcome(read_it, *given, **options):
    """What reading gives: a value, or the faults."""
    try:
        return read_it(*given, **options)
    except TableError as error:
        return error.faults


@given(st.text(st.sampled_from('15,%;\n"-A. '), max_size=60))
def test_any_cells_are_an_outline_or_a_fault(text):
    """Nothing that a row may hold ends in anything else."""
    for content in (TABELL1 + text, ";Utb;;Elever\n;Kort;Lång;\nA;40;60;9\n" + text, text):
        assert outcome(read, content)
