from __future__ import annotations

import numpy as np
import pytest

from socio.composition import Mark
from socio.errors import TableError
from socio.intake import skolverket, tables
from tests.intake import books

HEADER = (
    "Skola;Skol-enhetskod;Skolkommun;Kommun-kod;Typ av huvudman;Huvudman;Huvudman orgnr;Elever, förskoleklass;"
    "Andel (%) flickor, förskoleklass;Elever, årskurs 1-9;Andel (%) flickor, årskurs 1-9;"
    "Andel (%) elever med utländsk bakgrund, åk 1-9;"
    "Andel (%) elever med föräldrar med eftergymnasial utb., åk 1-9;"
    + "".join(f"Elever, årskurs {grade};" for grade in range(1, 10))
)
ROWS = (
    ("Ahlaskolan", "00000001", "Ale", "1440", "Enskild", "Ahla AB", "20", "..", "1 120", "48", "..", "57"),
    ("Bohus  skola ", "00000002", "Ale", "1440", "Kommunal", "Ale kommun", ".", ".", "157", "45,5", "~100", "44,0"),
    ("Sjuhuset", "00000003", "Ale", "1440", "Kommunal", "Ale kommun", "3", "..", ".", ".", ".", "."),
    ("Åskolan", "00000004", "Öckerö", "0126", "Kommunal", "Öckerö", "10", "40", "90", "..", ".", "33"),
)
PROSE = (
    "\n\nRapportbeskrivning och definitioner etc.  \n  \nElever; som saknar uppgift.\n* Internationella skolor.\n \n\n"
)


def export(rows=ROWS, header=HEADER, head="Valt läsår: 2018/19", prose=PROSE):
    """Build an export as downloaded, from the columns that are used."""
    lines = [";".join([*row[:6], "212", *row[6:], *(["."] * 9), ""]) for row in rows]
    return (
        "\ufeffStatistik från Skolverket, https://www.skolverket.se\n\n"
        f"Grundskolan - Antal elever per årskurs\n{head}\n\n{header}\n" + "\n".join(lines) + prose
    ).encode()


def faults(content):
    with pytest.raises(TableError) as raised:
        skolverket.read(content, "export.csv")
    assert all(fault.file == "export.csv" for fault in raised.value.faults)
    return [(fault.row, fault.column, fault.value) for fault in raised.value.faults]


def changed(row, column, value):
    rows = [list(given) for given in ROWS]
    rows[row][column] = value
    return export(rows)


def test_the_export_is_recognised_by_its_first_lines():
    """Whatever it is called, and no other export of Skolverket's."""
    assert skolverket.recognised(export())
    assert skolverket.recognised(export().replace(b"Grundskolan -", b"Grundskola -"))
    assert not skolverket.recognised(export().replace("Antal elever per årskurs".encode(), b"Slutbetyg"))
    assert not skolverket.recognised(b"")
    assert not skolverket.recognised(b"\x89PNG")


def test_the_export_is_read_with_its_quirks():
    """Metadata above, prose below, 1 120 with a space, two blanks in a name: trap T06."""
    country = skolverket.read(export(), "export.csv")
    assert country.year == "2018/19"
    assert dict(country.municipalities) == {"1440": "Ale", "0126": "Öckerö"}
    assert [(unit.code, unit.school, unit.pupils, unit.preschool_class) for unit in country.units] == [
        ("00000001", "Ahlaskolan", 1120, 20),
        ("00000002", "Bohus skola", 157, None),
        ("00000003", "Sjuhuset", None, 3),
        ("00000004", "Åskolan", 90, 10),
    ]


def test_a_municipality_becomes_the_programs_own_layout():
    """Per cent as published, complements with the same decimals, none beside a marker; method §11."""
    country = skolverket.read(export(), "export.csv")
    assert country.layout("1440") == (
        "skolenhetskod;skola;huvudman_typ;huvudman;elever_underlag;elever_betalning;Kön: Flickor;Kön: Pojkar;"
        "Föräldrarnas utbildning: Eftergymnasial;Föräldrarnas utbildning: Ej eftergymnasial;"
        "Bakgrund: Utländsk;Bakgrund: Svensk\n"
        "00000001;Ahlaskolan;fristående;Ahla AB;1120;1140;48;52;57;43;..;\n"
        "00000002;Bohus skola;kommunal;Ale kommun;157;157;45,5;54,5;44,0;56,0;~100;\n"
    )
    assert len(country.layout().splitlines()) == 4


def test_units_without_pupils_in_grades_1_to_9_are_left_out_and_counted():
    """One unit with three pupils in förskoleklass."""
    country = skolverket.read(export(), "export.csv")
    assert country.left_out("1440") == country.left_out() == (1, 3)
    assert country.left_out("0126") == (0, 0)


def test_a_factor_that_no_unit_has_is_left_out():
    """A table with it could not be read back."""
    layout = skolverket.read(export(), "export.csv").layout("0126")
    assert layout.splitlines()[0].endswith("Föräldrarnas utbildning: Ej eftergymnasial")
    assert "Kön: Flickor" in layout
    assert tables.read(layout.encode(), "0126").composition.codes == ("00000004",)


def test_the_composition_knows_where_it_is_from():
    """Municipality, code, läsår and source follow the figures."""
    schools = skolverket.read(export(), "export.csv").intake("1440").composition
    assert (schools.municipality, schools.municipality_code, schools.year) == ("Ale", "1440", "2018/19")
    assert schools.source == "Skolverket: Grundskolan – Antal elever per årskurs, läsår 2018/19"
    assert schools.marks[:, 4].tolist() == [Mark.SUPPRESSED, Mark.NEARLY_ALL]
    np.testing.assert_allclose(schools.shares[:, 4], [4.5 / 1120, 1 - 4.5 / 157])
    assert skolverket.read(export(), "export.csv").intake().composition.municipality == ""


@pytest.mark.parametrize(("given", "code"), [("Ale", "1440"), (" ale ", "1440"), ("1440", "1440"), ("ÖCKERÖ", "0126")])
def test_a_municipality_is_found_by_name_or_code(given, code):
    """In any case."""
    assert skolverket.read(export(), "export.csv").municipality(given) == code


def test_an_unknown_municipality_is_told_what_comes_near():
    """Ocker is near Öckerö."""
    country = skolverket.read(export(), "export.csv")
    with pytest.raises(TableError, match="near it are Öckerö"):
        country.municipality("Öcker")
    with pytest.raises(TableError, match="a code such as 0126"):
        country.municipality("xyz")


@pytest.mark.parametrize(
    ("content", "places"),
    [
        (changed(0, 8, "1x20"), [(7, "Elever, årskurs 1-9", "1x20")]),
        (changed(0, 8, "12,5"), [(7, "Elever, årskurs 1-9", "12,5")]),
        (changed(0, 8, "-5"), [(7, "Elever, årskurs 1-9", "-5")]),
        (changed(1, 6, "tjugo"), [(8, "Elever, förskoleklass", "tjugo")]),
        (changed(1, 9, "101"), [(8, "Andel (%) flickor, årskurs 1-9", "101")]),
        (changed(1, 10, "nan"), [(8, "Andel (%) elever med utländsk bakgrund, åk 1-9", "nan")]),
        (changed(1, 1, "1234"), [(8, "Skol-enhetskod", "1234")]),
        (changed(1, 1, ""), [(8, "Skol-enhetskod", "")]),
        (changed(1, 1, "00000001"), [(8, "Skol-enhetskod", "00000001")]),
        (changed(3, 3, "126"), [(10, "Kommun-kod", "126")]),
        (export(ROWS[:3], prose="\nÅskolan;00000004;Öckerö;0126"), [(10, None, None)]),
        (export(header=HEADER.replace("Kommun-kod", "Kommunkod")), [(6, "Kommun-kod", None)]),
        (export(header=HEADER.replace("Skol-enhetskod", "Kod")), [(None, None, None)]),
        (export(head="Valt år: 2018"), [(None, None, None)]),
        (export(()), [(6, None, None)]),
        (b"", [(None, None, None)]),
    ],
)
def test_a_fault_in_the_export_has_its_place(content, places):
    """Rows are counted from the first line of the file, metadata and all."""
    assert faults(content) == places


def test_every_fault_of_the_export_is_told_at_once():
    """Three rows, three faults."""
    rows = [[*row[:8], "många", *row[9:]] for row in ROWS[:3]]
    assert [row for row, _, _ in faults(export(rows))] == [7, 8, 9]


def test_an_export_saved_again_in_a_spreadsheet_is_read_the_same():
    """Padded lines, and Windows-1252 instead of UTF-8."""
    padded = "\n".join(
        line + ";" * (23 - line.count(";")) for line in export(prose="").decode("utf-8-sig").splitlines()
    )
    again = skolverket.read(padded.encode("cp1252"), "export.csv")
    assert again == skolverket.read(export(), "export.csv")


def test_an_export_saved_as_a_workbook_is_read_the_same():
    """Numbers have become numbers there, and 0126 has lost its zero."""

    def cell(text, column):
        plain = text.replace(",", ".").replace(" ", "")
        number = column == 3 or column > 6
        return float(plain) if number and plain.replace(".", "", 1).isdecimal() else text

    lines = [line.split(";") for line in export(prose="").decode("utf-8-sig").splitlines()]
    rows = [[cell(text, column) for column, text in enumerate(line)] for line in lines]
    again, plain = (skolverket.read(content, "export") for content in (books.old(Blad=rows), export()))
    assert again.municipalities == plain.municipalities
    assert [(unit.code, unit.pupils, unit.municipality_code) for unit in again.units] == [
        (unit.code, unit.pupils, unit.municipality_code) for unit in plain.units
    ]
    with pytest.raises(TableError):
        skolverket.read(books.old(Blad=[["a", "b"]]), "export")
