from __future__ import annotations

import csv
import io

import numpy as np
import openpyxl
import pytest

from socio.composition import Factor, Mark
from socio.intake import cells, tables
from socio.intake.shares import Unit
from socio.reports import order, template
from socio.view import words

SUPPRESSED = {"rows with suppressed shares in {factor}: {count}", "{school} lacks some of the categories in {factor}"}


def opened(content):
    return openpyxl.load_workbook(io.BytesIO(content))


def headings(factors=template.FACTORS):
    return [cell.value for cell in opened(order.specification(factors))[order.DELIVERY][1]]


def made_up(factors=template.FACTORS, *, own=False, withheld=False):
    """A delivery that follows the order: whole numbers, each factor's categories the pupils of the unit."""
    rng = np.random.default_rng(7)
    rows = []
    for school in range(12):
        paid = int(rng.integers(60, 700))
        pupils = paid if own else paid + int(rng.integers(0, 40))
        row = [f"{school:08}", f"Skola {school}", ("kommunal", "fristående")[school % 2], "Huvudman", pupils, paid]
        for factor in factors:
            counts = rng.multinomial(pupils, rng.dirichlet(np.ones(len(factor.categories)))).tolist()
            row += _withheld(counts) if withheld else counts
        rows.append(row)
    return rows


def _withheld(counts):
    """Withhold what is small, and another where one alone could be worked out."""
    shown = [".." if count < 10 else count for count in counts]
    if shown.count("..") == 1:
        shown[max((count, place) for place, count in enumerate(counts))[1]] = "."
    return shown


def delivered(rows, kind, factors=template.FACTORS):
    """The delivery as a file of its own: text, or the order's own sheet alone."""
    if kind == "csv":
        text = io.StringIO()
        csv.writer(text, delimiter=";").writerows([headings(factors), *rows])
        return text.getvalue().encode()
    book = opened(order.specification(factors))
    for sheet in book.worksheets[:2]:
        book.remove(sheet)
    for number, row in enumerate(rows, 2):
        for column, value in enumerate(row, 1):
            book[order.DELIVERY].cell(number, column, value)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize("own", [False, True], ids=["all pupils", "own pupils"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_delivery_that_follows_the_order_is_read_without_questions(kind, own):
    """No fault, no warning, counted, with every factor and both numbers of pupils (R043, R044)."""
    rows = made_up(own=own)
    intake = tables.read(delivered(rows, kind), f"leverans.{kind}")
    composition = intake.composition
    assert (intake.unit, intake.warnings) == (Unit.COUNT, ())
    assert composition.factors == template.FACTORS
    assert composition.codes[0] == "00000000"
    assert composition.pupils_composition.tolist() == [row[4] for row in rows]
    assert composition.pupils_paid.tolist() == [row[5] for row in rows]
    expected = np.array([row[6:] for row in rows]) / np.array([[row[4]] for row in rows])
    assert composition.shares == pytest.approx(expected)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_withheld_figures_ask_nothing_either(kind):
    """Small numbers as two points and what hides them as one give shares, and are only told about."""
    rows = made_up(withheld=True)
    intake = tables.read(delivered(rows, kind), f"leverans.{kind}")
    composition = intake.composition
    assert (composition.marks == Mark.SUPPRESSED).sum() == sum(row.count("..") for row in rows) > 0
    assert (composition.marks == Mark.MISSING).sum() == sum(row.count(".") for row in rows) > 0
    assert {warning.wrong.text for warning in intake.warnings} == SUPPRESSED
    assert not any(cells.asks(warning) for warning in intake.warnings)
    assert composition.shares.sum(axis=1) == pytest.approx(len(template.FACTORS))


def test_parents_education_may_have_three_categories_or_four():
    """The factors are the orderer's choice, and the delivery follows them."""
    three = Factor(template.EDUCATION.name, template.EDUCATION.categories[:3])
    found = tables.read(delivered(made_up([three]), "csv", [three]), "leverans.csv").composition
    assert found.factors == (three,)
    assert len(template.EDUCATION.categories) == 4


def test_the_order_defines_every_column_of_the_delivery():
    """Each heading has its definition and what is allowed, in the order of the delivery."""
    described = list(opened(order.specification()).worksheets[1].iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in described] == headings()
    assert all(all(row) for row in described)


def test_the_order_says_whose_schools_which_day_and_what_is_withheld():
    """What is given stands in the order; what is not is left to fill in."""
    words.use("en")
    given = order.specification(municipality="Exempelkommunen 0199", date="15 oktober 2025", contact="a@exempel.se")
    said = [row[1] for row in opened(given).worksheets[0].iter_rows(min_row=4, max_col=2, values_only=True)]
    assert {"Exempelkommunen 0199", "15 oktober 2025", "a@exempel.se"} <= set(said)
    terms = " ".join(said)
    assert [part for part in ("“..”", "“.”", order.DELIVERY, tables.PUPILS_PAID) if part not in terms] == []
    assert "(" in opened(order.specification()).worksheets[0]["B5"].value
