"""On Skolverket's export of results, which lies outside the repo."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest

from socio.composition import Mark
from socio.intake import results, skolverket
from socio.intake.recognise import recognise
from socio.intake.results import Measure

pytestmark = pytest.mark.national


@pytest.fixture(scope="module")
def final_grades(national_exports):
    paths = list(national_exports.glob("*Slutbetyg*2025*.csv"))
    if not paths:
        pytest.skip(f"no export of results in {national_exports}")
    return paths[0].read_bytes(), paths[0].name


@pytest.fixture(scope="module")
def found(final_grades):
    return results.read(*final_grades)


@pytest.fixture(scope="module")
def raw(final_grades):
    """The rows of units, split by hand: the file has no quotes and no blanks in its numbers."""
    lines = final_grades[0].decode("utf-8-sig").splitlines()
    return [cells for line in lines if re.fullmatch(r"\d{8}", (cells := line.split(";"))[1])]


def test_every_unit_is_read_once(found, raw):
    """1 714 units of the spring of 2025, the rows whose code is eight digits."""
    assert (found.kind, found.year, found.subjects) == ("final grades", "2024/25", 17)
    assert len(found) == len(raw) == len(set(found.codes)) == 1714
    assert list(found.codes) == [row[1] for row in raw]
    assert list(found.municipality_codes) == [row[3] for row in raw]


@pytest.mark.parametrize(
    ("measure", "column", "counts"),
    [
        (Measure.PUPILS, 7, (1601, 113, 0, 0)),
        (Measure.ALL_CRITERIA, 8, (1528, 122, 0, 64)),
        (Measure.ELIGIBLE, 9, (1197, 129, 354, 34)),
        (Measure.MERIT, 10, (1582, 114, 0, 18)),
    ],
)
def test_every_value_and_marker_is_as_published(found, raw, measure, column, counts):
    """Known, suppressed, nearly all and missing, counted in the file itself; shares are hundredths."""
    read = found.measures[measure]
    marks = {"..": Mark.SUPPRESSED, "~100": Mark.NEARLY_ALL, ".": Mark.MISSING}
    written = [row[column] for row in raw]
    assert read.marks.tolist() == [marks.get(cell, Mark.KNOWN) for cell in written]
    assert tuple((read.marks == mark).sum() for mark in Mark) == counts
    scale = 100 if measure in {Measure.ALL_CRITERIA, Measure.ELIGIBLE} else 1
    expected = [np.nan if cell in marks else float(cell.replace(",", ".")) / scale for cell in written]
    np.testing.assert_allclose(read.values, expected, rtol=1e-15)


def test_few_is_fewer_than_ten_here_too(found):
    """Every share that is shown is of ten pupils or more, so that one that is not is of nine at most."""
    for measure in (Measure.ALL_CRITERIA, Measure.ELIGIBLE):
        persons = found.measures[measure].values * found.measures[Measure.PUPILS].values
        assert np.nanmin(persons) > 9.98


def test_huddinges_schools_are_found_by_their_codes(found, national_exports):
    """The units of 2023/24 that have a year 9, in the order of the table."""
    (path,) = national_exports.glob("*Antal elever per årskurs 2023*.csv")
    composition = skolverket.read(path.read_bytes(), path.name).intake("0126").composition
    aligned = found.aligned(composition.codes)
    merit = aligned.measures[Measure.MERIT]
    there = [code in found.codes for code in composition.codes]
    assert aligned.codes == composition.codes
    assert sum(there) >= 14
    assert (merit.marks[~np.array(there)] == Mark.MISSING).all()
    assert set(found.within("0126").codes) >= {
        code for code, is_there in zip(composition.codes, there, strict=True) if is_there
    }


def test_every_export_is_recognised(final_grades, national_exports):
    """The results and eleven läsår of pupils, by what stands in them."""
    assert recognise(final_grades[0], "fil").kind == "results"
    for path in national_exports.glob("*Antal elever per årskurs*.csv"):
        assert recognise(path.read_bytes(), "fil").kind == "pupils per year"


def test_the_results_are_read_in_a_moment(final_grades):
    """Well within a second of computing."""
    start = time.process_time()
    results.read(*final_grades)
    assert time.process_time() - start < 1
