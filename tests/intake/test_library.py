from __future__ import annotations

import numpy as np
import pytest

from socio.intake import library, tables

HUDDINGE_2019 = {"2019 vt": 25_018_508, "2019 ht": 25_007_390}


def test_the_tables_that_come_along_are_those_of_the_index():
    """Huddinge for eleven läsår and two terms, three other municipalities for two läsår."""
    listed = library.datasets()
    assert len(listed) == 11 + 6 + 2
    assert {table.file for table in listed} | {library.INDEX, library.AMOUNTS} == {
        path.name for path in library.FOLDER.glob("*.csv")
    }
    assert {(table.municipality, table.code) for table in listed} == {
        ("Huddinge", "0126"),
        ("Vallentuna", "0115"),
        ("Linköping", "0580"),
        ("Stockholm", "0180"),
    }


@pytest.mark.parametrize("dataset", library.datasets(), ids=lambda dataset: dataset.file)
def test_every_table_that_comes_along_is_read_without_loss(dataset):
    """It is a valid composition with its municipality, läsår and source, and is written back as itself."""
    schools = library.read(dataset)
    assert (schools.municipality, schools.year, schools.source) == (dataset.municipality, dataset.year, dataset.source)
    assert "Skolverket" in schools.source
    again = tables.read(tables.write(schools).encode(), dataset.file).composition
    np.testing.assert_array_equal(again.cells, schools.cells)
    np.testing.assert_array_equal(again.marks, schools.marks)
    np.testing.assert_allclose(schools.shares.sum(axis=1), len(schools.factors))


@pytest.mark.parametrize("dataset", [table for table in library.datasets() if table.period], ids=lambda t: t.period)
def test_huddinges_amounts_of_2019_are_those_of_the_source(dataset):
    """Golden: 25 018 508 kr in spring and 25 007 390 kr in autumn, for 30 of 37 units."""
    schools = library.read(dataset)
    known = ~np.isnan(schools.old_amount)
    assert len(schools) == 37
    assert known.sum() == 30
    assert schools.old_amount[known].sum() == HUDDINGE_2019[dataset.period]
    assert {schools.operators[i] for i in np.flatnonzero(~known)} == {"fristående"}
    np.testing.assert_array_equal(schools.old_rate[known], (schools.old_amount / schools.pupils_paid)[known])


def test_the_rates_of_spring_2019_are_those_of_g28():
    """12 411 pupils, 2 015.83 kr per pupil and term, at most 16 434: golden G28."""
    schools = library.read(next(table for table in library.datasets() if table.period == "2019 vt"))
    known = ~np.isnan(schools.old_amount)
    assert schools.pupils_paid[known].sum() == 12_411
    assert schools.old_amount[known].sum() / 12_411 == pytest.approx(2015.83, abs=0.005)
    highest = int(np.nanargmax(schools.old_rate))
    assert (schools.names[highest], round(schools.old_rate[highest])) == ("Vårbackaskolan", 16_434)


def test_an_amount_for_a_school_that_is_not_there_stops_the_making():
    """A name that is spelled otherwise would lose its money without a word."""
    layout = "skolenhetskod;skola;elever_betalning\n1;a;10\n2;b;20\n"
    assert library.with_amounts(layout, {"a": "5"}) == (
        "skolenhetskod;skola;elever_betalning;tidigare_belopp;tidigare_elever\n1;a;10;5;10\n2;b;20;;\n"
    )
    with pytest.raises(ValueError, match="no school is named c"):
        library.with_amounts(layout, {"c": "5"})


def test_a_folder_without_the_exports_is_told_so(tmp_path):
    """Every läsår that is missing is named."""
    with pytest.raises(FileNotFoundError, match="2013, 2014"):
        next(library.made(tmp_path))
