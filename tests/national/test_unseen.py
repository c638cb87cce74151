"""On exports that the tests have not seen: the real ones, changed as years and spreadsheets change them."""

from __future__ import annotations

import csv
import io
import random
import re

import pytest
import xlsxwriter

from socio.intake import results, skolverket
from socio.intake.recognise import recognise

pytestmark = pytest.mark.national

YEARS = (2013, 2023)
HEADER = 6
"""The header's row in the export of pupils."""


def split(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def written(rows, separator=";", *, codec="utf-8", newline="\n", quoting=csv.QUOTE_MINIMAL):
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator=newline, quoting=quoting).writerows(rows)
    return text.getvalue().encode(codec)


def width(rows):
    return max(map(len, rows))


def padded(rows):
    """Each row as wide as the widest, as a spreadsheet saves them."""
    return [[*row, *[""] * (width(rows) - len(row))] for row in rows]


def numbers(rows, *, codes):
    """What a spreadsheet takes for numbers; codes too, where nobody told it that they are text."""
    header = next(row for row in rows if "Skol-enhetskod" in row)
    as_text = set() if codes else {header.index("Skol-enhetskod"), header.index("Kommun-kod")}

    def cell(text, at):
        bare = text.replace(" ", "").replace(",", ".")
        return float(bare) if at not in as_text and re.fullmatch(r"\d+(?:\.\d+)?", bare) else text

    return [[cell(text, at) for at, text in enumerate(row)] for row in rows]


def workbook(rows):
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"strings_to_urls": False, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Blad1")
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                if value != "":
                    sheet.write(i, j, value)
    return content.getvalue()


def resaved(rows):
    """As Excel saves an export that it opened by a double click: codes without their first zero, numbers bare."""
    return [
        [f"{cell:g}".replace(".", ",") if isinstance(cell, float) and cell < 1e6 else f"{cell}".removesuffix(".0")
         for cell in row]
        for row in numbers(padded(rows), codes=True)
    ]  # fmt: skip


def in_order(rows, seed, *, keep=None, extra=0):
    """The columns in another order, some left out, others put in."""
    header = next(at for at, row in enumerate(rows) if "Skol-enhetskod" in row)
    columns = [at for at, heading in enumerate(rows[header]) if keep is None or heading in keep]
    columns += [-1] * extra
    random.Random(seed).shuffle(columns)  # noqa: S311 - no secret
    shuffled = [row if number < header else [] for number, row in enumerate(rows)]
    wide = padded(rows)
    for number in range(header, len(rows)):
        shuffled[number] = [
            wide[number][at] if at >= 0 else (f"Anteckning {place}" if number == header else "x, y; 1")
            for place, at in enumerate(columns)
        ]
    return shuffled


WAYS = {
    "as it is": written,
    "commas": lambda rows: written(rows, ","),
    "tabs": lambda rows: written(rows, "\t"),
    "padded, Windows-1252, CR LF": lambda rows: written(padded(rows), codec="cp1252", newline="\r\n"),
    "UTF-16 with tabs": lambda rows: written(padded(rows), "\t", codec="utf-16", newline="\r\n"),
    "quotes around all": lambda rows: written(rows, quoting=csv.QUOTE_ALL),
    "quotes and commas, CR": lambda rows: written(padded(rows), ",", newline="\r", quoting=csv.QUOTE_ALL),
    "opened and saved": lambda rows: written(resaved(rows), codec="cp1252", newline="\r\n"),
    "opened and saved with commas": lambda rows: written(resaved(rows), ",", newline="\r\n"),
    "no-break spaces": lambda rows: written([[cell.replace(" ", "\u00a0") if re.fullmatch(r"\d \d{3}", cell) else cell
                                              for cell in row] for row in rows]),
    "another order": lambda rows: written(in_order(rows, 1)),
    "another order and more columns": lambda rows: written(in_order(rows, 2, extra=5), ",", quoting=csv.QUOTE_ALL),
    "only what is needed": lambda rows: written(in_order(rows, 3, keep=set(skolverket.COLUMNS.values()))),
    "capitals and blanks": lambda rows: written([[cell.upper() + "  " for cell in row] if "Skol-enhetskod" in row
                                                 else row for row in rows]),
    "a workbook, codes as text": lambda rows: workbook(numbers(rows, codes=False)),
    "a workbook, codes as numbers": lambda rows: workbook(numbers(padded(rows), codes=True)),
    "a workbook of texts": workbook,
}  # fmt: skip


@pytest.fixture(scope="module")
def exports(national_exports):
    found = {}
    for year in YEARS:
        (path,) = national_exports.glob(f"*Antal elever per årskurs {year}*.csv")
        rows = split(path.read_bytes())
        kept = {row[3] for row in rows[HEADER:] if len(row) > 3 and row[3].startswith(("012", "148", "25"))}
        rows = [row for number, row in enumerate(rows, 1) if number <= HEADER or len(row) < 4 or row[3] in {"", *kept}]
        found[year] = rows, skolverket.read(written(rows), "export.csv")
    return found


def figures(country):
    """What an export says of each unit, blanks and the form of a number aside."""
    return {
        unit.code: (unit.school, unit.municipality_code, unit.operator, unit.pupils, unit.preschool_class,
                    {name: _number(share.published) for name, share in unit.shares.items()})
        for unit in country.units
    }  # fmt: skip


def _number(published):
    return published if published in {"", ".", "..", "~100"} else float(published.replace(",", "."))


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("way", WAYS)
def test_an_export_saved_in_another_way_says_the_same(exports, year, way):
    """Recognised without a question, and every unit with the same figures."""
    rows, plain = exports[year]
    content = WAYS[way](rows)
    again = skolverket.read(content, "export")
    assert recognise(content, "export").kind == "pupils per year"
    assert again.year == plain.year
    assert figures(again) == figures(plain)
    assert set(again.municipalities) == set(plain.municipalities)
    assert len(again.intake().composition) == len(plain.within())


@pytest.mark.parametrize("year", YEARS)
def test_one_municipality_is_an_export_too(exports, year):
    """Its units alone, without metadata but its year in the file's name, without two of the factors."""
    rows, plain = exports[year]
    keep = {*skolverket.COLUMNS.values()} - {"Huvudman", "Elever, förskoleklass"}
    keep -= {heading for heading in keep if "flickor" in heading or "bakgrund" in heading}
    own = [row for row in rows[HEADER - 1 :] if "Skol-enhetskod" in row or row[3:4] == ["0126"]]
    found = skolverket.read(written(in_order(own, 4, keep=keep)), f"Antal elever {year}.csv")
    assert found.year == plain.year
    assert [(unit.code, unit.pupils) for unit in found.units] == [
        (unit.code, unit.pupils) for unit in plain.units if unit.municipality_code == "0126"
    ]
    assert [factor.name for factor in found.intake("0126").composition.factors] == ["Föräldrarnas utbildning"]


def test_codes_of_nine_digits_are_units(exports):
    """As in the exports of 2009-2012."""
    rows, plain = exports[2013]
    older = [[row[0], "1" + row[1], *row[2:]] if len(row) > 3 and row[1].isdigit() else row for row in rows]
    older[3] = ["Valt läsår: 2009/10"]
    found = skolverket.read(written(older), "export")
    assert found.year == "2009/10"
    assert {code[1:]: rest for code, rest in figures(found).items()} == figures(plain)


@pytest.fixture(scope="module")
def final_grades(national_exports):
    (path,) = national_exports.glob("*Slutbetyg*2025*.csv")
    return split(path.read_bytes()), results.read(path.read_bytes(), path.name)


OLDER = {
    "kunskapskraven, 16": lambda rows: [
        [cell.replace("betygskriterierna", "kunskapskraven").replace("(17 ämnen)", "(16)") for cell in row]
        for row in rows
    ],
    "without läsår": lambda rows: [row for row in rows if not any("Valt läsår" in cell for cell in row)],
}


@pytest.mark.parametrize(
    ("way", "older"),
    [
        *((way, "kunskapskraven, 16") for way in WAYS if "needed" not in way and "capitals" not in way),
        *((way, "without läsår") for way in ("opened and saved", "a workbook, codes as numbers")),
    ],
)
def test_results_saved_in_another_way_say_the_same(final_grades, older, way):
    """The headings of older years, and whatever a spreadsheet makes of the file."""
    rows, plain = final_grades
    content = WAYS[way](OLDER[older](rows))
    again = results.read(content, "Slutbetyg 2025")
    assert recognise(content, "Slutbetyg 2025").kind == "results"
    assert (again.codes, again.year, again.municipality_codes) == (plain.codes, plain.year, plain.municipality_codes)
    for measure, column in plain.measures.items():
        assert again.measures[measure].values == pytest.approx(column.values, nan_ok=True)
        assert again.measures[measure].marks.tolist() == column.marks.tolist()
