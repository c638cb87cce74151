from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socio.composition import Mark
from socio.errors import TableError
from socio.intake import results
from socio.intake.results import Measure
from tests.intake import books

HEAD = "Skola;Skol-enhetskod;Skolkommun;Kommun-kod;Typ av huvudman;Huvudman;Huvudman orgnr;"
GRADES = (
    "Antal elever;Andel (%) elever som uppfyllt betygskriterierna i alla ämnen;"
    "Andel (%) elever behöriga till yrkesprog.;Genomsnittligt meritvärde (17 ämnen)"
)
ROWS = (
    "Åskolan;10000001;Huddinge;0126;Kommunal;Huddinge kommun;2120000068;90;75,5;~100;231,5",
    "Bskolan;10000002;Huddinge;0126;Enskild;B AB;5560000000;20;..;70;207,1",
    "Cskolan;10000003;Ale;1440;Kommunal;Ale kommun;2120001439;..;.;..;..",
    "Dskolan;10000004;Ale;1440;Kommunal;Ale kommun;2120001439;65;.;.;.",
)
PROSE = (
    "",
    "Rapportbeskrivning och definitioner etc.;;;;",
    "Antal elever;Antal elever som har avslutat årskurs 9; dvs med slutbetyg;;",
    ";enligt det mål- och kunskapsrelaterade betygssystemet;;",
)


def export(rows=ROWS, *, columns=GRADES, year="2024/25", prose=PROSE, above=()):
    head = [
        "Statistik från Skolverket, https://www.skolverket.se",
        "",
        "Grundskola - Slutbetyg årskurs 9, samtliga elever",
    ]
    head += [f"Valt läsår: {year}"] if year else []
    lines = [*(f"{line};;;;" for line in head), ";;;;", *above, HEAD + columns, *rows, *prose]
    return ("\ufeff" + "\n".join(lines) + "\n").encode()


def read(content, name="export.csv", **options):
    return results.read(content, name, **options)


def faults(content, name="export.csv"):
    with pytest.raises(TableError) as raised:
        read(content, name)
    assert all(fault.file == name for fault in raised.value.faults)
    return [(fault.row, fault.column, fault.value) for fault in raised.value.faults]


def test_the_final_grades_are_read_as_published():
    """Shares are 0–1, merit is in points, and the year is the läsår that ends in the spring."""
    found = read(export())
    assert (found.kind, found.year, found.subjects, len(found)) == ("final grades", "2024/25", 17, 4)
    assert found.codes[0] == "10000001"
    assert found.names[0] == "Åskolan"
    assert found.municipalities == {"0126": "Huddinge", "1440": "Ale"}
    assert list(found.measures) == [Measure.PUPILS, Measure.ALL_CRITERIA, Measure.ELIGIBLE, Measure.MERIT]
    np.testing.assert_array_equal(found.measures[Measure.MERIT].values, [231.5, 207.1, np.nan, np.nan])
    np.testing.assert_array_equal(found.measures[Measure.ALL_CRITERIA].values, [0.755, np.nan, np.nan, np.nan])
    marks = [Mark.KNOWN, Mark.SUPPRESSED, Mark.MISSING, Mark.MISSING]
    assert found.measures[Measure.ALL_CRITERIA].marks.tolist() == marks
    assert (found.encoding, found.separator, found.decimal) == ("UTF-8", ";", ",")


def test_what_is_suppressed_has_its_interval():
    """Fewer than ten of twenty, one to four of ninety who are not eligible; nothing is known of a point."""
    found = read(export()).measures
    criteria, eligible = found[Measure.ALL_CRITERIA], found[Measure.ELIGIBLE]
    assert (criteria.low[1], criteria.high[1]) == (0, 9 / 20)
    assert (eligible.low[0], eligible.high[0]) == (1 - 4 / 90, 1 - 1 / 90)
    assert (eligible.low[2], eligible.high[2]) == (0, 1)
    assert (found[Measure.PUPILS].low[2], found[Measure.PUPILS].high[2]) == (0, 9)
    assert (found[Measure.MERIT].low[2], found[Measure.MERIT].high[2]) == (0, 340)
    assert (criteria.low[0], criteria.high[0]) == (0.755, 0.755)
    assert np.isnan(criteria.low[2])
    assert np.isnan(criteria.high[2])
    assert not criteria.values.flags.writeable


def test_nearly_all_of_an_unknown_number_is_a_wide_interval():
    """At least ten pupils, of whom one to four are not eligible."""
    row = "Eskolan;10000005;Ale;1440;Kommunal;Ale kommun;2120001439;..;..;~100;200"
    eligible = read(export((row,))).measures[Measure.ELIGIBLE]
    assert (eligible.low[0], eligible.high[0]) == (0.6, 1)


@pytest.mark.parametrize(
    ("columns", "subjects"),
    [
        (GRADES.replace("uppfyllt betygskriterierna", "uppnått kunskapskraven"), 17),
        (GRADES.replace("(17 ämnen)", "(16)"), 16),
        (GRADES.replace("(17 ämnen)", "(17)"), 17),
        (GRADES.replace(" (17 ämnen)", ""), None),
        (GRADES.replace("uppfyllt betygskriterierna", "uppnått målen"), 17),
    ],
)
def test_renamed_columns_are_the_same_measures(columns, subjects):
    """Kunskapskraven became betygskriterierna, and 16 subjects became 17."""
    found = read(export(columns=columns))
    assert list(found.measures) == list(read(export()).measures)
    assert found.subjects == subjects
    np.testing.assert_array_equal(found.measures[Measure.MERIT].values[:2], [231.5, 207.1])


@pytest.mark.parametrize("order", [("16", "17"), ("17", "16")])
def test_of_two_merit_ratings_the_one_of_17_subjects_is_taken(order):
    """In the years with both; later ones have it alone."""
    columns = "Antal elever;" + ";".join(f"Genomsnittligt meritvärde ({number})" for number in order)
    row = ROWS[0].rsplit(";", 4)[0] + ";90;" + ";".join("200" if number == "16" else "210" for number in order)
    found = read(export((row,), columns=columns))
    assert (found.subjects, found.measures[Measure.MERIT].values.tolist()) == (17, [210])


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("Grundskola - Slutbetyg årskurs 9, samtliga elever 2025 Skolenhet.csv", "2024/25"),
        ("/hem/2019/slutbetyg 2000.csv", "1999/00"),
    ],
)
def test_without_its_line_the_year_is_the_spring_in_the_name(name, year):
    """Result files are named by their spring, those of pupils by their autumn (trap T06)."""
    assert read(export(year=""), name).year == year
    assert read(export(year="2016/17"), name).year == "2016/17"


def test_a_file_without_its_year_is_told():
    """It is not guessed."""
    assert faults(export(year="")) == [(None, None, None)]
    assert faults(export(year=""), "2018-2019.csv") == [(None, None, None)]


def test_a_municipality_and_its_schools_are_matched_by_code():
    """In the order of the table; a school that the file lacks is missing, one the table lacks is left."""
    found = read(export())
    assert found.within("1440").codes == ("10000003", "10000004")
    aligned = found.aligned(("10000002", "99999999", "10000001"))
    assert aligned.names == ("Bskolan", "", "Åskolan")
    merit = aligned.measures[Measure.MERIT]
    np.testing.assert_array_equal(merit.values, [207.1, np.nan, 231.5])
    assert merit.marks.tolist() == [Mark.KNOWN, Mark.MISSING, Mark.KNOWN]
    assert np.isnan(read(export(ROWS[:1])).aligned(("99999999",)).measures[Measure.MERIT].values).all()
    assert found.unknown(("10000002", "99999999")) == ("99999999",)
    assert len(found.within("0180")) == 0
    assert len(found.within("0180").aligned(("1",)).measures[Measure.MERIT].values) == 1


def changed(row, column, value):
    rows = [line.split(";") for line in ROWS]
    rows[row][column] = value
    return export([";".join(cells) for cells in rows])


MERIT = "Genomsnittligt meritvärde (17 ämnen)"


@pytest.mark.parametrize(
    ("content", "places"),
    [
        (changed(0, 10, "många"), [(7, MERIT, "många")]),
        (changed(0, 10, "341"), [(7, MERIT, "341")]),
        (changed(0, 10, "-1"), [(7, MERIT, "-1")]),
        (changed(1, 9, "101"), [(8, "Andel (%) elever behöriga till yrkesprog.", "101")]),
        (changed(1, 7, "20,5"), [(8, "Antal elever", "20,5")]),
        (changed(1, 1, "1234"), [(8, "Skol-enhetskod", "1234")]),
        (changed(1, 1, "10000001"), [(8, "Skol-enhetskod", "10000001")]),
        (changed(1, 3, "Huddinge"), [(8, "Kommun-kod", "Huddinge")]),
        (export((*ROWS, ROWS[0][:40])), [(11, None, None)]),
        (export(()), [(6, None, None)]),
        (export(columns="Antal elever"), [(6, None, None)]),
        (export(columns=f"{GRADES};Antal elever", rows=[f"{row};1" for row in ROWS]), [(6, "Antal elever", None)]),
        (export().replace(b"Skol-enhetskod", b"Antal kommuner"), [(6, "Skol-enhetskod", None)]),
        (export().replace(b"Kommun-kod", b"Kod"), [(6, "Kommun-kod", None)]),
        (b"Skola;Kod\nA;1\n", [(None, None, None)]),
    ],
)
def test_a_fault_in_the_results_has_its_place(content, places):
    """Rows are counted from the first line of the file."""
    assert faults(content) == places


def test_every_fault_of_the_results_is_told_at_once():
    """Four rows, four faults."""
    assert [row for row, _, _ in faults(export([f"{row}x" for row in ROWS]))] == [7, 8, 9, 10]


SALSA_ABOVE = ";" * 7 + "Bakgrundsinformation;" * 3 + "Andel (%) som uppn. kunskapskraven;" * 3
SALSA_ABOVE += "Genomsnittligt meritvärde;" * 3
SALSA_COLUMNS = "Föräldrarnas genomsnittliga utb.nivå;Andel (%) nyinvandrade;Andel (%) pojkar;"
SALSA_COLUMNS += "Faktiskt värde (F);Modell- beräknat värde (B);Residual (R=F-B);" * 2
SALSA_ROW = "Ahlafors Fria skola;71387206;Ale;1440;Enskild;Ahlafors fria skola;5560000000;"
SALSA_ROW += "2,46;0;32;96;85;11;274;251;23;"


def salsa(*rows, columns=SALSA_COLUMNS, above=SALSA_ABOVE):
    return export(rows or (SALSA_ROW,), columns=columns, above=(above,), year="2018/19")


def only(found):
    return {measure.value: column.values.tolist()[0] for measure, column in found.items()}


SALSA = {
    "parents_education": 2.46,
    "newly_immigrated": 0,
    "boys": 0.32,
    "all_criteria": 0.96,
    "all_criteria_expected": 0.85,
    "all_criteria_residual": 0.11,
    "merit": 274,
    "merit_expected": 251,
    "merit_residual": 23,
}


def test_salsa_is_told_apart_by_the_row_above():
    """The same three headings stand twice; only what is over them says whose they are."""
    found = read(salsa())
    assert (found.kind, found.year, found.codes) == ("salsa", "2018/19", ("71387206",))
    assert only(found.measures) == SALSA
    assert not found.with_unknown


def test_salsa_with_merged_headings_is_the_same():
    """In a workbook the row above has its text in the first of its cells alone."""
    above = ";" * 7 + "Bakgrundsinformation;;;Andel (%) som uppn. kunskapskraven;;;Genomsnittligt meritvärde;;;"
    assert only(read(salsa(above=above)).measures) == SALSA
    rows = [["Valt läsår: 2018/19"], above.split(";"), (HEAD + SALSA_COLUMNS).split(";"), SALSA_ROW.split(";")]
    rows[3] = [float(cell.replace(",", ".")) if at > 6 and cell else cell for at, cell in enumerate(rows[3])]
    rows[3][3] = 126.0
    found = read(books.merged(rows, [(1, 7, 9), (1, 10, 12), (1, 13, 15)]), "salsa.xlsx")
    assert only(found.measures) == SALSA
    assert found.municipality_codes == ("0126",)


@pytest.mark.parametrize("minus", ["-", "\u2212"])
def test_a_residual_may_be_negative_and_what_is_expected_beyond_all(minus):
    """The line of SALSA is straight, so that it may expect more than 100 %."""
    row = SALSA_ROW.replace("96;85;11;274;251;23", f"96;104;{minus}8;240;251;{minus}11")
    found = only(read(salsa(row)).measures)
    assert found["all_criteria_expected"] == 1.04
    assert found["all_criteria_residual"] == -0.08
    assert found["merit_residual"] == -11


def test_salsa_without_the_row_above_is_a_fault_of_each_column():
    """Which result a heading is about is never guessed."""
    found = faults(salsa(above=""))
    assert [column for _, column, _ in found] == SALSA_COLUMNS.split(";")[3:9]
    assert {row for row, _, _ in found} == {7}


@pytest.mark.parametrize("place", ["above", "heading"])
def test_salsa_2016_has_its_columns_twice(place):
    """With and without pupils of unknown background: those without are the measures, the others are kept beside."""
    names = ("Faktiskt värde (F)", "Modell- beräknat värde (B)", "Residual (R=F-B)")
    over, below, row = ";" * 7, "", SALSA_ROW.split(";")[:7]
    value = 100
    for outcome in ("Andel (%) som uppn. kunskapskraven", "Genomsnittligt meritvärde"):
        for variant in (" exkl. okänd bakgrund", " inkl. okänd bakgrund"):
            for name in names:
                over += f"{outcome}{variant if place == 'above' else ''};"
                below += f"{name}{variant if place == 'heading' else ''};"
                value -= 1
                row.append(str(value))
    found = read(salsa(";".join([*row, ""]), columns=below, above=over))
    assert only(found.measures)["all_criteria"] == 0.99
    assert only(found.with_unknown)["all_criteria"] == 0.96
    assert only(found.measures)["merit"] == 93
    assert only(found.with_unknown)["merit_residual"] == 88
    assert [str(warning.wrong) for warning in found.warnings] == [
        "the file has values with and without pupils of unknown background"
    ]


def outcome(read_it, *given, **options):
    """What reading gives: a value, or the faults."""
    try:
        return read_it(*given, **options)
    except TableError as error:
        return error.faults


@given(st.binary(max_size=200))
def test_any_bytes_are_results_or_a_fault(content):
    """Below a header too."""
    for given_ in (content, export(()) + content, salsa()[:-9] + content):
        assert outcome(read, given_)


@given(st.text(st.sampled_from('10;.~,%\n"-å '), max_size=60))
def test_any_cells_are_results_or_a_fault(text):
    """Nothing that a row may hold ends in anything else."""
    assert outcome(read, export((*ROWS, "Eskolan;10000005;Ale;1440;" + text)))
