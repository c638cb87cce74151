from __future__ import annotations

import io

import openpyxl
import pytest

from socio.composition import Factor
from socio.errors import TableError
from socio.intake import recognise, tables
from socio.intake.shares import Unit
from socio.reports import template
from socio.view import words

MEAN = Factor("Utbildningsnivå", ("Medelvärde (1–3)", "Övriga"))
SINGLE = Factor("Område", ("Inre",))
SOME = [
    template.FACTORS,
    template.FACTORS[:2],
    (template.SEX,),
    (MEAN, template.BACKGROUND),
    (SINGLE, template.SEX),
]


def opened(content):
    return openpyxl.load_workbook(io.BytesIO(content))


def filled(factors, unit, row):
    """The template with one row filled in, as a user would."""
    book = opened(template.template(factors, unit=unit))
    for column, value in enumerate(row, 1):
        book[template.SCHOOLS].cell(2, column, value)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize("factors", SOME)
def test_an_empty_template_lacks_nothing_but_schools(factors, unit):
    """Every heading is one that the importer reads: the one fault is that there is no school."""
    with pytest.raises(TableError) as error:
        tables.read(template.template(factors, unit=unit), "mall.xlsx", sheet=template.SCHOOLS)
    assert [fault.wrong.text for fault in error.value.faults] == ["there is no school below the header"]


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize("factors", SOME)
def test_the_example_is_a_valid_composition(factors, unit):
    """The sheet with the example reads without a warning, in the unit asked for, with the factors asked for."""
    intake = tables.read(template.template(factors, unit=unit), "mall.xlsx", sheet=template.EXAMPLE)
    composition = intake.composition
    assert (intake.unit, intake.warnings) == (unit, ())
    assert [factor.name for factor in composition.factors] == [factor.name for factor in factors]
    assert composition.names == ("Exempelskolan",)
    assert composition.pupils_paid[0] < composition.pupils_composition[0]


def test_the_example_is_not_among_the_schools_and_says_that_it_is_one():
    """Nothing stands below the headings of the sheet to fill in; the example has a note that names that sheet."""
    book = opened(template.template())
    assert book[template.SCHOOLS].max_row == 1
    assert template.SCHOOLS in book[template.EXAMPLE]["B2"].comment.text
    assert [cell.value for cell in book[template.EXAMPLE][1]] == [cell.value for cell in book[template.SCHOOLS][1]]


@pytest.mark.parametrize(
    ("unit", "shares"),
    [
        (Unit.PERCENT, [20, 30.5, 49.5, 0, "..", "."]),
        (Unit.SHARE, [0.2, 0.305, 0.495, 0, "~100", "."]),
        (Unit.COUNT, [40, 61, 97, 2, "..", "."]),
    ],
)
def test_a_filled_template_is_read(unit, shares):
    """Figures in each unit and the markers give a composition; a leading zero of the code stays."""
    content = filled(template.FACTORS[:2], unit, ["012345", "Åsa", "kommunal", None, 200, 190, None, *shares])
    intake = tables.read(content, "mall.xlsx", sheet=template.SCHOOLS)
    assert intake.unit is unit
    assert intake.composition.codes == ("012345",)
    assert intake.composition.shares[0, 0] == pytest.approx(0.2)
    assert intake.composition.shares[0].sum() == pytest.approx(2)


def test_what_is_filled_in_is_checked():
    """A list for the kind of operator, whole numbers for pupils, a rule with the markers for each share."""
    rules = opened(template.template((template.SEX, MEAN)))[template.SCHOOLS].data_validations.dataValidation
    found = {str(rule.sqref).partition(":")[0]: rule for rule in rules}
    assert found["C2"].formula1 == '"kommunal,fristående"'
    assert (found["E2"].type, len(found)) == ("whole", 7)
    assert found["G2"].type == "decimal"
    assert found["H2"].formula1 == 'OR(AND(ISNUMBER(H2),H2>=0,H2<=100),H2="..",H2="~100",H2=".")'
    assert found["J2"].formula1 == 'OR(AND(ISNUMBER(J2),J2>=1,J2<=3),J2="..",J2=".")'
    assert all(0 < len(rule.error) <= 255 and len(rule.errorTitle) <= 32 for rule in rules)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_every_column_and_marker_is_described(language):
    """The description has a row for each heading, each with what it is, its unit and what is allowed, and markers."""
    words.use(language)
    book = opened(template.template(template.FACTORS))
    rows = {row[0]: row[1:4] for row in book.worksheets[2].iter_rows(values_only=True) if row[0]}
    for heading in next(book[template.SCHOOLS].iter_rows(values_only=True)):
        assert all(rows[heading]), heading
    assert {"..", "~100", "."} <= rows.keys()
    assert all(template.meaning(factor.name, name) for factor in template.FACTORS for name in factor.categories)


def test_the_template_is_recognised_as_the_own_layout():
    """What the program makes, it knows."""
    content = template.template()
    assert recognise.recognise(content, "mall.xlsx", sheet=template.SCHOOLS).kind == "layout"
