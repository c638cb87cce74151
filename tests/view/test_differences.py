from __future__ import annotations

import numpy as np
import pytest

from socio import screening
from socio.intake import library, tables
from socio.screening import Grounds, Verdict
from socio.view import differences, spread, words

NB = "\N{NO-BREAK SPACE}"


def grounds(*, schools=30, much=(), somewhat=(), hardly=(), unmeasured=()):
    return Grounds(schools=schools, enough_schools=schools >= 5, much=much, somewhat=somewhat, hardly=hardly,
                   unmeasured=unmeasured)  # fmt: skip


def real(file="huddinge_2019_vt.csv"):
    return library.read(next(one for one in library.datasets() if one.file == file))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (grounds(much=("Bakgrund",)), "Underlaget talar för en modell: skolorna skiljer sig mycket åt i bakgrund"),
        (grounds(much=("A", "B", "C")), "Underlaget talar för en modell: skolorna skiljer sig mycket åt i a, b och c"),
        (grounds(somewhat=("Kön",)), "Underlaget talar i någon mån för en modell: skolorna skiljer sig något åt i kön"),
        (grounds(hardly=("Kön",)), "Underlaget talar inte för en modell: skolorna skiljer sig knappt åt"),
        (grounds(unmeasured=("X",)), "Underlaget avgör inte om en modell behövs: skillnaderna går inte att mäta"),
        (grounds(schools=4, much=("Kön",)),
         "Färre än 5 skolor: siffrorna finns här, och beslutet behöver ingen statistik"),
    ],
)  # fmt: skip
def test_the_verdict_on_the_material_is_one_sentence(given, said):
    """Much, somewhat, hardly, not measured, too few schools: each has its sentence (R002, R003)."""
    assert differences.headline(given) == said


def test_each_verdict_has_its_words():
    """Three verdicts and none, different in each language (R047)."""
    for language in words.LANGUAGES:
        words.use(language)
        assert len({differences.verdict(one) for one in (*Verdict, None)}) == 4


def test_the_table_has_a_row_for_each_category_and_the_effect_once_a_factor():
    """What a factor moves stands on its first row; shares are in per cent at full precision."""
    composition = real()
    screened = screening.screen(composition)
    weights = np.zeros(len(composition.columns))
    weights[composition.columns.index(("Bakgrund", "Utländsk"))] = 1.0
    effect = screening.typical_effect(composition, weights, average=2000.0, deduction=0.0)
    table = differences.factors(composition, screened, effect)
    assert list(table) == list(differences.headings())
    first = table[table["verdict"] != ""]
    assert first["factor"].tolist() == [one.factor for one in screened.factors]
    assert first["kronor"].tolist() == pytest.approx(effect.kronor.tolist())
    assert np.isnan(table[table["verdict"] == ""]["kronor"]).all()
    assert table["share"][0] == 100 * screened.factors[0].share[0]


def test_factors_that_say_the_same_come_first():
    """The strongest correlation is the first line, and no factor is held against itself."""
    found = screening.correlation(real())
    assert found is not None
    told = differences.correlations(found)
    assert told[0].startswith("Föräldrarnas utbildning: Eftergymnasial – Bakgrund: Utländsk: −0,8")
    assert len(told) == 3


def test_the_charts_have_a_stroke_a_school_and_a_point_a_lasar():
    """What is drawn is what the table says, in a spec that Altair's schema holds for."""
    composition = real()
    chart = spread.schools(composition, screening.screen(composition), composition.codes[0]).to_dict()
    data = next(rows for rows in chart["datasets"].values() if "school" in rows[0])
    assert len(data) == 3 * len(composition)
    assert sum(row["chosen"] for row in data) == 3
    files = [f"huddinge_{year}-{(year + 1) % 100:02d}.csv" for year in (2014, 2015, 2016)]
    trend = screening.trend([real(file) for file in files])
    drawn = spread.years(trend, [0, 2]).to_dict()
    (rows,) = drawn["datasets"].values()
    assert [(row["year"], row["share"]) for row in rows[:3]] == list(zip(trend.years, trend.share[:, 0], strict=True))


def test_results_that_differ_where_the_composition_does_not_ask_for_more_factors():
    """Alike in composition, unlike in results: the third verdict of the guide (R026); otherwise it is not said."""
    pupils = np.full(6, 100.0)
    apart = screening.spread(np.array([0.5, 0.6, 0.7, 0.8, 0.9, 0.95]), pupils)
    alike = screening.spread(np.full(6, 0.8), pupils)
    rows = "".join(f"{at};Skola {at};100;20 %\n" for at in range(1, 7))
    even = tables.read(f"skolenhetskod;skola;elever;Bakgrund: Utländsk\n{rows}".encode(), "a.csv").composition
    grounds = screening.screen(even).grounds
    assert grounds.speaks is False
    said = differences.results({"Behöriga": apart}, grounds)
    assert said[0].replace(NB, " ").startswith("Behöriga: 74,2 % av eleverna, från 50 % till 95 % i 6 skolor; varierar")
    assert said[1].startswith("Resultaten skiljer sig mellan skolorna men inte sammansättningen")
    assert len(differences.results({"Behöriga": alike}, grounds)) == 1
    assert len(differences.results({"Behöriga": apart}, screening.screen(real()).grounds)) == 1
