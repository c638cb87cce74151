"""On Skolverket's national exports, which lie outside the repo."""

from __future__ import annotations

import time

import numpy as np
import pytest

from socio.composition import Mark
from socio.intake import library, skolverket

pytestmark = pytest.mark.national

UNITS_AND_PUPILS = {
    2013: (4882, 920829),
    2014: (4840, 949303),
    2015: (4836, 985403),
    2016: (4839, 1023772),
    2017: (4823, 1049267),
    2018: (4828, 1068103),
    2019: (4822, 1085996),
    2020: (4797, 1096995),
    2021: (4743, 1106068),
    2022: (4719, 1111568),
    2023: (4665, 1110028),
}
"""docs/method.md §11."""


@pytest.fixture(scope="module")
def contents(national_exports):
    found = {}
    for path in national_exports.glob("*Antal elever per årskurs*.csv"):
        content = path.read_bytes()
        assert skolverket.recognised(content)
        found[int(path.stem.split()[-2])] = content
    return found


@pytest.fixture(scope="module")
def countries(contents):
    return {year: skolverket.read(content, f"{year}.csv") for year, content in contents.items()}


@pytest.mark.parametrize(("year", "expected"), UNITS_AND_PUPILS.items())
def test_units_and_pupils_of_each_year(countries, year, expected):
    """Read plainly, each läsår holds these units and pupils in grades 1-9."""
    country = countries[year]
    units = country.within()
    assert (len(units), sum(unit.pupils for unit in units)) == expected
    assert country.year == f"{year}/{(year + 1) % 100}"
    assert len(country.municipalities) == 290


@pytest.mark.parametrize("year", UNITS_AND_PUPILS)
def test_the_whole_country_is_one_composition(countries, year):
    """What convert writes reads back with every unit, and shares that sum to 1."""
    schools = countries[year].intake().composition
    assert (len(schools), schools.pupils_composition.sum()) == UNITS_AND_PUPILS[year]
    np.testing.assert_allclose(schools.shares.sum(axis=1), 3)


@pytest.mark.parametrize("year", [2013, 2019, 2023])
def test_every_municipality_is_a_composition(countries, year):
    """All 290 of them, small ones with a factor that nobody has a value for too."""
    country = countries[year]
    sizes = [len(country.intake(code).composition) for code in country.municipalities]
    assert len(sizes) == 290
    assert sum(sizes) == UNITS_AND_PUPILS[year][0]


def test_2023_with_its_spaces_and_its_forskoleklass(countries):
    """Golden G29: 1 110 028 pupils in grades 1-9 and 118 070 in förskoleklass."""
    schools = countries[2023].intake().composition
    assert schools.pupils_paid.sum() - schools.pupils_composition.sum() == 118_070
    assert (schools.pupils_composition >= 1000).sum() == 13


def test_what_is_missing_and_suppressed_in_2023(countries):
    """Golden G29b: utländsk bakgrund for 22.7 % of the units, eftergymnasial 2.7 %, flickor 3.2 %."""
    schools = countries[2023].intake().composition
    share = (schools.marks != Mark.KNOWN).mean(axis=0)
    nearly_all = (schools.marks == Mark.NEARLY_ALL).mean(axis=0)
    names = [f"{factor}: {category}" for factor, category in schools.columns]
    gaps = {name: float(value) for name, value in zip(names, 100 * (share - nearly_all), strict=True)}
    assert gaps["Bakgrund: Utländsk"] == pytest.approx(22.7, abs=0.05)
    assert gaps["Föräldrarnas utbildning: Eftergymnasial"] == pytest.approx(2.7, abs=0.05)
    assert gaps["Kön: Flickor"] == pytest.approx(3.2, abs=0.05)


def test_few_is_fewer_than_ten(countries):
    """Golden G30: every shown share is ten pupils or more; Rinkabyholmsskolan has 0 to 2.3 %."""
    schools = countries[2023].intake().composition
    known = schools.marks == Mark.KNOWN
    foreign = schools.columns.index(("Bakgrund", "Utländsk"))
    counts = (schools.cells[:, foreign] * schools.pupils_composition)[known[:, foreign]]
    assert counts.min() == pytest.approx(9.936, abs=0.001)
    rinkaby = schools.names.index("Rinkabyholmsskolan")
    assert schools.pupils_composition[rinkaby] == 396
    assert schools.filled.low[rinkaby, foreign] == 0
    assert schools.filled.high[rinkaby, foreign] == pytest.approx(9 / 396)


def test_krapplaskolan_is_not_given_the_municipalitys_mean(countries):
    """Trap T05: 84 pupils, at most 10.7 % with utländsk bakgrund, where the municipality has 32 %."""
    schools = countries[2018].intake("0126").composition
    foreign, school = schools.columns.index(("Bakgrund", "Utländsk")), schools.names.index("Kräpplaskolan")
    assert schools.filled.high[school, foreign] == pytest.approx(9 / 84)
    assert schools.shares[school, foreign] == pytest.approx(4.5 / 84)
    assert np.average(schools.shares[:, foreign], weights=schools.pupils_composition) > 0.3


def test_the_tables_that_come_along_are_what_convert_gives_now(national_exports):
    """Every byte of data/ but its byte order mark."""
    for file, text in library.made(national_exports):
        assert (library.FOLDER / file).read_text(encoding="utf-8-sig") == text, file


@pytest.mark.parametrize("year", [2013, 2023])
def test_the_whole_country_is_read_in_a_moment(contents, year):
    """Well within a second of computing."""
    start = time.process_time()
    skolverket.read(contents[year], "export.csv")
    assert time.process_time() - start < 1
