from __future__ import annotations

import io
from dataclasses import astuple, fields

import openpyxl
import pytest

from socio.composition import Factor, Mark
from socio.intake import cells, tables
from socio.intake.shares import Unit
from socio.reports import dictionary, template
from socio.view import words

MEAN = Factor("Utbildningsnivå", ("Medelvärde (1–3)", "Övriga"))


def opened(content):
    return openpyxl.load_workbook(io.BytesIO(content))


def test_every_column_that_the_importer_knows_is_in_it():
    """All of the layout's own columns, once each, and a column for each category."""
    found = [row.column for row in dictionary.rows()]
    assert len(found) == len(set(found))
    assert set(found) >= tables.FIXED
    assert set(template.headings(template.FACTORS)) <= set(found)
    assert set(dictionary.REQUIREMENTS) == tables.FIXED == set(template.fixed())


def test_every_marker_that_the_importer_knows_is_in_it():
    """Two points, about 100, a point and an empty cell, as the importer reads them."""
    assert dict(dictionary.markers()).keys() == cells.MARKERS.keys()
    assert all(meaning for _marker, meaning in dictionary.markers())
    told = {row[0].value for row in opened(dictionary.dictionary()).worksheets[1].iter_rows(max_col=1)}
    assert {marker for marker in cells.MARKERS if marker} <= told


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_every_column_is_described_in_full(language):
    """Meaning, unit, what is allowed, an example, whether it is needed and what for, in both languages."""
    words.use(language)
    for row in dictionary.rows():
        empty = {field.name for field in fields(row) if not getattr(row, field.name)}
        assert empty <= {"markers"}, row
    assert all(astuple(dictionary.headings()))


def test_the_workbook_says_what_the_page_says():
    """The first sheet is the rows, under their headings."""
    words.use("en")
    sheet = opened(dictionary.dictionary()).worksheets[0]
    found = [tuple(cell or "" for cell in row) for row in sheet.iter_rows(values_only=True)]
    assert found == [astuple(row) for row in (dictionary.headings(), *dictionary.rows())]


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_rows_with_every_marker_are_read(language):
    """The first example has every marker and the municipality's own row, and nothing is unknown to the importer."""
    words.use(language)
    intake = tables.read(dictionary.dictionary(), "d.xlsx", sheet=dictionary.EXAMPLES[0])
    composition = intake.composition
    assert intake.unit is Unit.PERCENT
    assert composition.factors == template.FACTORS
    assert len(composition) == 3
    assert composition.municipality_row is not None
    assert {Mark(mark) for mark in composition.marks.ravel().tolist()} == set(Mark)
    assert composition.old_amount is not None
    assert not any("not used" in str(warning) for warning in intake.warnings)


def test_the_rows_with_ready_values_and_a_mean_are_read():
    """The second example: pupils once, today's rate, a ready risk and index, and a mean, without a warning."""
    intake = tables.read(dictionary.dictionary(), "d.xlsx", sheet=dictionary.EXAMPLES[1])
    assert intake.warnings == ()
    assert set(intake.composition.ready) == set(tables.READY)
    assert [factor.name for factor in intake.composition.factors] == ["Utbildningsnivå"]
    assert intake.composition.old_rate is not None


@pytest.mark.parametrize(
    "without",
    [
        (tables.PUPILS_COMPOSITION, tables.PUPILS_PAID, tables.OLD_AMOUNT, tables.OLD_PUPILS),
        (tables.PUPILS, tables.OLD_RATE),
    ],
)
def test_the_examples_of_the_rows_make_a_table(without):
    """A school written with each column's example is read, whichever of the columns that exclude each other stand."""
    rows = [row for row in dictionary.rows() if row.column not in without and not row.column.startswith("Utbildningsn")]
    text = "\n".join(";".join(getattr(row, part) for row in rows) for part in ("column", "example"))
    composition = tables.read(text.encode(), "t.csv").composition
    assert composition.factors == template.FACTORS
    assert composition.shares.sum() == pytest.approx(len(template.FACTORS))


def test_factors_of_ones_own_are_described_too():
    """A factor that the catalogue does not have gets its columns; a mean of its own is not there twice."""
    found = dictionary.rows([Factor("Inkomst", ("Låg", "Hög")), MEAN])
    columns = [row.column for row in found]
    assert columns[-3:] == ["Inkomst: Låg", "Inkomst: Hög", "Utbildningsnivå: Medelvärde (1–3)"]
    assert found[-2].requirements == "R021"
