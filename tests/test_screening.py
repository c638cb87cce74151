from __future__ import annotations

import csv
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from math import isnan, nan, sqrt

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from socio.allocation import allocate
from socio.composition import Mark, MunicipalityRow
from socio.errors import ScenarioError
from socio.intake import library, tables
from socio.need import weights_for
from socio.scenario import Need, Redistribution
from socio.screening import (
    Redefined,
    Verdict,
    between,
    corrected,
    correlation,
    deviation,
    dissimilarity,
    isolation,
    level,
    municipal_share,
    screen,
    spread,
    trend,
    typical_effect,
    verdict,
    year_change,
)
from tests.strategies import compositions, indexed, proposal, proposals, schools

PAIR = {"F": ["yes", "no"]}
FOREIGN, NOT_POST_SECONDARY, GIRLS = (
    ("Bakgrund", "Utländsk"),
    ("Föräldrarnas utbildning", "Ej eftergymnasial"),
    ("Kön", "Flickor"),
)


def real(file):
    (dataset,) = (listed for listed in library.datasets() if listed.file == file)
    return library.read(dataset)


def huddinge():
    return [
        library.read(dataset)
        for dataset in library.datasets()
        if dataset.municipality == "Huddinge" and not dataset.period
    ]


def pair(pupils, yes, **more):
    """Schools with one factor of two categories."""
    return schools(pupils, [[share, 1 - share] for share in yes], PAIR, **more)


def one(shares, pupils, measure):
    """Measure one category."""
    (measured,) = measure(np.array(shares, dtype=float)[:, None], np.array(pupils))
    return float(measured)


@pytest.mark.parametrize(
    ("file", "foreign", "not_post_secondary", "girls"),
    [
        ("huddinge_2023-24.csv", "0.232", "0.082", "0.0012"),
        ("stockholm_2023-24.csv", "0.309", "0.143", "0.0095"),
        ("linkoping_2023-24.csv", "0.262", "0.116", "0.0089"),
        ("vallentuna_2023-24.csv", "0.021", "0.042", "0.0014"),
    ],
)
def test_the_table_of_four_municipalities_is_reproduced(file, foreign, not_post_secondary, girls):
    """Skolverket 2023/24 as the domain report's §5.4 read it: units with `..` or `.` left out, `~100` as 100 %."""
    composition = real(file)
    columns = dict(zip(composition.columns, range(len(composition.columns)), strict=True))
    mirror = {place: place ^ 1 for place in columns.values()}
    for column, printed in ((FOREIGN, foreign), (NOT_POST_SECONDARY, not_post_secondary), (GIRLS, girls)):
        place = columns[column]
        marks, mirrored = composition.marks[:, place], composition.marks[:, mirror[place]]
        nearly = marks == Mark.NEARLY_ALL
        known = (marks == Mark.KNOWN) | (mirrored == Mark.KNOWN) | nearly
        share = np.where(nearly, 1.0, composition.shares[:, place])[known]
        pupils = composition.pupils_composition[known]
        found = corrected(between(share[:, None], pupils), len(pupils), pupils.sum())
        assert f"{found[0]:.{len(printed) - 2}f}" == printed, column


@pytest.mark.parametrize(
    ("file", "foreign", "post_secondary", "girls"),
    [
        ("huddinge_2023-24.csv", (0.2333, 0.2321, 1, 0), (0.0821, 0.0821, 0, 0), (0.0012, 0.0012, 0, 0)),
        ("stockholm_2023-24.csv", (0.3104, 0.3065, 26, 0), (0.1432, 0.1432, 1, 0), (0.0097, 0.0095, 3, 0)),
        ("linkoping_2023-24.csv", (0.2627, 0.2550, 16, 3), (0.1164, 0.1162, 6, 0), (0.0086, 0.0089, 6, 1)),
        ("vallentuna_2023-24.csv", (0.0275, 0.0214, 4, 0), (0.0417, 0.0420, 0, 1), (0.0011, 0.0014, 1, 0)),
    ],
)
def test_real_schools_are_screened_with_the_gaps_filled_and_without(file, foreign, post_secondary, girls):
    """Skolverket 2023/24, filled as in method §11: η², the same of published shares, and suppressed and missing."""
    by_name = {variation.factor: variation for variation in screen(real(file)).factors}
    for factor, expected in (("Bakgrund", foreign), ("Föräldrarnas utbildning", post_secondary), ("Kön", girls)):
        found = by_name[factor]
        figures = (found.corrected[0], found.corrected_published[0], found.suppressed, found.missing)
        assert figures == pytest.approx(expected, abs=5e-5), factor
        assert found.corrected[1] == pytest.approx(found.corrected[0])  # of a pair each varies as the other


@pytest.mark.parametrize(
    ("file", "much", "somewhat"),
    [
        ("huddinge_2023-24.csv", ("Föräldrarnas utbildning", "Bakgrund"), ()),
        ("stockholm_2023-24.csv", ("Föräldrarnas utbildning", "Bakgrund"), ()),
        ("linkoping_2023-24.csv", ("Föräldrarnas utbildning", "Bakgrund"), ()),
        ("vallentuna_2023-24.csv", (), ("Föräldrarnas utbildning", "Bakgrund")),
    ],
)
def test_sex_hardly_varies_and_the_others_do(file, much, somewhat):
    """In real municipalities the thresholds part sex from the rest, and the material speaks for a model (R047)."""
    grounds = screen(real(file)).grounds
    assert (grounds.much, grounds.somewhat, grounds.hardly, grounds.unmeasured) == (much, somewhat, ("Kön",), ())
    assert grounds.speaks is True


def test_two_schools_by_hand():
    """A quarter and three quarters of 100 pupils each: deviation ¼, η² ¼, D ½, isolation 5/8."""
    shares, pupils = (0.25, 0.75), (100, 100)
    found = [
        one(shares, pupils, measure) for measure in (municipal_share, deviation, between, dissimilarity, isolation)
    ]
    assert found == pytest.approx([0.5, 0.25, 0.25, 0.5, 0.625])


def test_chance_is_taken_away():
    """With 2 schools and 201 pupils chance gives 1/200, and leaves 0.245/0.995 of ¼; below chance is below 0."""
    assert corrected(np.array([0.25, 1.0, 0.005, 0.0]), 2, 201) == pytest.approx([0.245 / 0.995, 1, 0, -0.005 / 0.995])
    assert corrected(np.array([0.0]), 1, 100).tolist() == [0]


def test_pupils_dealt_out_at_random_make_no_difference_on_average():
    """Over all 20 ways of dealing 3 of 6 pupils to schools of 1, 2 and 3, η² is (3−1)/(6−1) and corrected 0."""
    pupils = np.array([1, 2, 3])
    school = np.array([0, 1, 1, 2, 2, 2])
    deals = np.array([np.bincount(school[list(chosen)], minlength=3) for chosen in combinations(range(6), 3)])
    found = between((deals / pupils).T, pupils)
    assert len(found) == 20
    assert found.mean() == pytest.approx(2 / 5)
    assert corrected(found, 3, 6).mean() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("share", [0.3, 1 / 3, 0.01])
def test_schools_that_are_alike_do_not_differ(share):
    """The same share everywhere is η² 0, D 0 and the municipality's own share as isolation."""
    shares, pupils = (share,) * 6, (300, 1, 70, 45, 999, 12)
    assert one(shares, pupils, between) == pytest.approx(0, abs=1e-12)
    assert one(shares, pupils, dissimilarity) == pytest.approx(0, abs=1e-12)
    assert one(shares, pupils, isolation) == pytest.approx(share)
    assert screen(pair(pupils, shares)).factors[0].verdict is Verdict.HARDLY


def test_schools_that_share_nothing_differ_wholly():
    """All or none of a category in each school is η² 1, corrected 1, D 1 and isolation 1."""
    (variation,) = screen(pair((30, 50, 20, 7, 11), (1.0, 0.0, 1.0, 0.0, 0.0))).factors
    for measured in (variation.between, variation.corrected, variation.dissimilarity, variation.isolation):
        assert measured == pytest.approx([1, 1])
    assert variation.verdict is Verdict.MUCH
    assert (variation.lowest_school.tolist(), variation.highest_school.tolist()) == ([1, 0], [0, 1])


def test_a_category_that_has_everyone_or_no_one_has_no_variation():
    """Where P is 0 or 1 η² and D are not defined; isolation is 1 or not defined, and there is no verdict."""
    (variation,) = screen(pair((30, 50, 20, 7, 11), (1.0,) * 5)).factors
    for measured in (variation.between, variation.corrected, variation.dissimilarity):
        assert np.isnan(measured).all()
    assert variation.isolation[0] == 1
    assert isnan(variation.isolation[1])
    assert variation.share.tolist() == [1, 0]
    assert variation.deviation.tolist() == [0, 0]
    assert (variation.most_varying, variation.verdict) == (None, None)


def test_a_single_school_has_figures_and_nothing_to_compare():
    """One school differs from none; one pupil leaves no room for chance; neither gets a verdict (R003)."""
    screened = screen(pair((40,), (0.25,)))
    (variation,) = screened.factors
    assert (variation.share.tolist(), variation.between.tolist()) == ([0.25, 0.75], [0, 0])
    assert (variation.corrected.tolist(), variation.dissimilarity.tolist()) == ([0, 0], [0, 0])
    assert variation.verdict is None
    assert (screened.grounds.enough_schools, screened.grounds.speaks) == (False, False)
    assert screened.grounds.unmeasured == ("F",)
    (pupil,) = screen(pair((1,), (1.0,))).factors
    assert np.isnan([*pupil.between, *pupil.corrected]).all()
    assert np.isnan(screen(pair((1, 1), (1.0, 0.0))).factors[0].corrected).all()  # as many schools as pupils


def test_four_schools_get_figures_and_no_statistics():
    """Below five schools there is no verdict and no correlation, however much they differ (R003)."""
    shares, pupils = (0.1, 0.9, 0.2, 0.8, 0.5), (100,) * 5
    four, five = pair(pupils[:4], shares[:4]), pair(pupils, shares)
    (variation,) = screen(four).factors
    assert variation.corrected[0] == pytest.approx((0.5 - 3 / 399) / (1 - 3 / 399))
    assert (variation.verdict, correlation(four), screen(four).grounds.speaks) == (None, None, False)
    assert screen(five).factors[0].verdict is Verdict.MUCH
    assert correlation(five).schools == 5


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        (-0.01, Verdict.HARDLY),
        (0.0099, Verdict.HARDLY),
        (0.01, Verdict.SOMEWHAT),
        (0.05, Verdict.SOMEWHAT),
        (0.0501, Verdict.MUCH),
        (nan, None),
    ],
)
def test_the_verdict_changes_at_one_and_five_hundredths(figure, said):
    """Below 0.01 hardly, above 0.05 much, the limits themselves somewhat (the domain report's §5.4)."""
    assert verdict(figure, schools=5) is said


def test_the_most_varying_category_decides():
    """Of three categories the one in which the schools differ most gives the factor its verdict."""
    cells = [[0.3, 0.5, 0.2], [0.3, 0.3, 0.4], [0.3, 0.6, 0.1], [0.3, 0.2, 0.5], [0.3, 0.4, 0.3]]
    (variation,) = screen(schools((100,) * 5, cells, {"F": "abc"})).factors
    assert variation.categories[variation.most_varying] == "c"
    assert variation.verdict is Verdict.MUCH
    assert variation.corrected[0] < 0


def exactly(shares, pupils):
    """P, variance, η², corrected, D and isolation in exact fractions, from Duncan's own form; None where undefined."""
    shares, pupils = [Fraction(share) for share in shares], [Fraction(int(count)) for count in pupils]
    everyone, count = sum(pupils), len(pupils)
    have = sum(c * p for c, p in zip(pupils, shares, strict=True))
    share = have / everyone
    variance = sum(c * (p - share) ** 2 for c, p in zip(pupils, shares, strict=True)) / everyone
    isolated = sum(c * p * p for c, p in zip(pupils, shares, strict=True)) / have if have else None
    if share in {0, 1}:
        return share, variance, None, None, None, isolated
    part = variance / (share * (1 - share))
    lack = everyone - have
    apart = sum(abs(c * p / have - c * (1 - p) / lack) for c, p in zip(pupils, shares, strict=True)) / 2
    chance = Fraction(count - 1) / (everyone - 1) if everyone > 1 else None
    less = None if chance in {None, 1} else (part - chance) / (1 - chance)
    return share, variance, part, less, apart, isolated


@given(compositions())
def test_the_figures_agree_with_exact_fractions(composition):
    """A second, slow implementation in exact fractions gives the same figures for every category."""
    column = 0
    for variation in screen(composition).factors:
        for place in range(len(variation.categories)):
            exact = exactly(composition.shares[:, column].tolist(), composition.pupils_composition)
            found = (
                variation.share[place],
                variation.deviation[place] ** 2,
                variation.between[place],
                variation.corrected[place],
                variation.dissimilarity[place],
                variation.isolation[place],
            )
            expected = [nan if figure is None else float(figure) for figure in exact]
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
            column += 1


@given(compositions())
def test_the_figures_keep_within_their_bounds(composition):
    """η², D and isolation lie between 0 and 1, corrected is at most η², and published shares are all there are."""
    for variation in screen(composition).factors:
        defined = ~np.isnan(variation.between)
        for measured in (variation.between, variation.dissimilarity):
            assert (np.isnan(measured) == ~defined).all()
            assert (measured[defined] >= 0).all()
            assert (measured[defined] <= 1).all()
        have = ~np.isnan(variation.isolation)
        assert (variation.isolation[have] >= variation.share[have] - 1e-12).all()
        assert (variation.isolation[have] <= 1).all()
        comparable = ~np.isnan(variation.corrected)
        assert (variation.corrected[comparable] <= variation.between[comparable] + 1e-12).all()
        np.testing.assert_array_equal(variation.corrected, variation.corrected_published)
        assert (variation.lowest <= variation.share + 1e-12).all()
        assert (variation.highest >= variation.share - 1e-12).all()


@given(compositions())
def test_the_variance_share_is_isolation_beyond_the_municipality_s_own(composition):
    """η² is how far isolation lies from P on the way to 1 (Massey & Denton 1988)."""
    for variation in screen(composition).factors:
        defined = ~np.isnan(variation.between)
        share, isolated = variation.share[defined], variation.isolation[defined]
        np.testing.assert_allclose(variation.between[defined], (isolated - share) / (1 - share), rtol=1e-9, atol=1e-9)


@given(compositions(), st.randoms(use_true_random=False))
def test_the_order_of_the_schools_is_of_no_matter(composition, random):
    """Rows in another order give the same figures and name the same schools, also where several share an extreme."""
    order = list(range(len(composition)))
    random.shuffle(order)
    again = replace(
        composition,
        codes=tuple(composition.codes[i] for i in order),
        pupils_composition=composition.pupils_composition[order],
        pupils_paid=composition.pupils_paid[order],
        cells=composition.cells[order],
        marks=composition.marks[order],
    )
    for first, second in zip(screen(composition).factors, screen(again).factors, strict=True):
        for name in ("share", "deviation", "between", "corrected", "dissimilarity", "isolation", "lowest", "highest"):
            np.testing.assert_allclose(getattr(first, name), getattr(second, name), rtol=1e-9, atol=1e-12)
        for name in ("lowest_school", "highest_school"):
            named = [composition.codes[i] for i in getattr(first, name)]
            assert named == [again.codes[i] for i in getattr(second, name)]


@given(compositions(), st.data())
def test_two_schools_that_are_alike_count_as_one(composition, data):
    """Where a school is split in two with the same composition, P, η², D and isolation stay as they are."""
    school = data.draw(st.integers(0, len(composition) - 1))
    pupils, shares = composition.pupils_composition, composition.shares
    part = data.draw(st.integers(0, int(pupils[school])))
    more, split = np.vstack([shares, shares[school]]), np.append(pupils, part)
    split[school] -= part
    for measure in (municipal_share, deviation, between, dissimilarity, isolation):
        np.testing.assert_allclose(measure(more, split), measure(shares, pupils), rtol=1e-9, atol=1e-9)


def test_suppressed_and_missing_shares_are_filled_and_counted():
    """`..` takes its midpoint, `.` the mean; both are counted, and left out where only published shares count."""
    known, suppressed, nearly, missing = Mark.KNOWN, Mark.SUPPRESSED, Mark.NEARLY_ALL, Mark.MISSING
    cells = [[0.5, 0.5], [0.1, 0.9], [nan, nan], [nan, nan], [nan, nan], [nan, 0.3]]
    marks = [[known] * 2, [known] * 2, [suppressed, missing], [nearly, missing], [missing] * 2, [missing, known]]
    composition = schools((100, 100, 90, 90, 50, 100), cells, PAIR, marks=marks)
    (variation,) = screen(composition).factors
    assert (variation.suppressed, variation.missing) == (2, 1)
    filled = np.array([[0.5], [0.1], [0.05], [0.95], [220 / 480], [0.7]])
    assert composition.shares[:, [0]] == pytest.approx(filled)
    assert variation.between[:1] == pytest.approx(between(filled, composition.pupils_composition))
    published = between(np.array([[0.5], [0.1], [0.7]]), np.array([100, 100, 100]))
    assert variation.corrected_published == pytest.approx(np.repeat(corrected(published, 3, 300), 2))


def test_a_mean_level_has_a_mean_and_a_deviation_and_no_share_of_variance():
    """Parents' mean education has no known variance within schools: figures on its scale of 1–3, no verdict (R027)."""
    rows = ("1;a;300;1,5;40", "2;b;100;2,5;60", "3;c;50;;50", "4;d;50;2,0;50", "5;e;50;2,0;50")
    head = "skolenhetskod;skola;elever;Utbildning: Medelvärde (1–3);Kön: Flickor\n"
    screened = screen(tables.read((head + "\n".join(rows)).encode(), "levels.csv").composition)
    (education,) = screened.levels
    assert (education.name, education.schools, education.missing) == ("Utbildning", 4, 1)
    assert education.mean == pytest.approx((300 * 1.5 + 100 * 2.5 + 100 * 2) / 500)
    assert education.deviation == pytest.approx(sqrt((300 * 0.3**2 + 100 * 0.7**2 + 100 * 0.2**2) / 500))
    assert (education.lowest, education.highest) == pytest.approx((1.5, 2.5))
    assert (education.lowest_school, education.highest_school) == (0, 1)
    assert [variation.factor for variation in screened.factors] == ["Kön"]
    assert screened.grounds.unmeasured == ("Utbildning",)


@pytest.mark.parametrize(
    ("scale", "values"), [("3–1", (2.5, 1.5, 2)), ("0–100", (10, 90, 60)), ("−2,5-0", (-2, 0, -1))]
)
def test_a_mean_level_is_measured_on_the_scale_that_its_heading_says(scale, values):
    """Whichever end means the most need, the figures are those of the file (R027)."""
    table = f"skolenhetskod;skola;elever;M: Medelvärde ({scale})\n" + "".join(
        f"{i};s{i};100;{str(value).replace('.', ',')}\n" for i, value in enumerate(values)
    )
    (found,) = screen(tables.read(table.encode(), "levels.csv").composition).levels
    assert (found.mean, found.lowest, found.highest) == pytest.approx((sum(values) / 3, min(values), max(values)))


def test_what_is_not_measured_speaks_neither_for_nor_against():
    """A ready index has figures and no verdict: alone it leaves the question open."""
    ready = indexed((100, 100, 100, 100, 100), (0.8, 0.8, 1.0, 1.2, 1.2))
    screened = screen(ready)
    (index,) = screened.levels
    assert (index.mean, index.deviation) == pytest.approx((1.0, sqrt(0.032)))
    assert (index.lowest_school, index.highest_school) == (0, 3)  # of two, the lower code
    assert (screened.factors, screened.grounds.unmeasured, screened.grounds.speaks) == ((), ("index",), None)
    alike, apart = (pair((100,) * 5, shares) for shares in ((0.5,) * 5, (0.1, 0.9, 0.5, 0.5, 0.5)))
    assert [screen(composition).grounds.speaks for composition in (alike, apart)] == [False, True]


def test_a_result_that_no_school_has_is_not_a_number():
    """A level without values has no figures and names no school."""
    nothing = level("merit", np.array([nan, nan]), np.array([10, 20]))
    assert (nothing.schools, nothing.missing) == (0, 2)
    assert np.isnan([nothing.mean, nothing.deviation, nothing.lowest, nothing.highest]).all()
    assert (nothing.lowest_school, nothing.highest_school) == (None, None)


def test_what_a_factor_moves_by_hand():
    """Shares 0.2 and 0.4 at weights 2 and 1 are 1.2 and 1.4 points: 10 000 kr · 0.1/1.3 per pupil, up or down."""
    composition = pair((100, 100), (0.2, 0.4))
    effect = typical_effect(composition, np.array([2.0, 1.0]), average=8_000, deduction=2_000)
    assert effect.factors == ("F",)
    assert effect.kronor == pytest.approx([10_000 * 0.1 / 1.3])
    assert effect.together == pytest.approx(10_000 * 0.1 / 1.3)


def test_factors_that_go_against_each_other_take_each_other_out():
    """Two factors of 500 kr each move 1 000 kr together where they go hand in hand, and nothing where they oppose."""
    factors, weights = {"A": ["yes", "no"], "B": ["yes", "no"]}, np.array([1.0, 0, 1, 0])
    for second, together in (((0.4, 0.6), 1_000), ((0.6, 0.4), 0)):
        cells = [[a, 1 - a, b, 1 - b] for a, b in zip((0.4, 0.6), second, strict=True)]
        effect = typical_effect(schools((50, 50), cells, factors), weights, average=5_000, deduction=0)
        assert effect.kronor == pytest.approx([500, 500])
        assert effect.together == pytest.approx(together, abs=1e-6)


def test_an_even_factor_moves_nothing_and_makes_the_others_move_less():
    """Sex at half everywhere moves 0 kr, and with weights 1 and 1 it takes p̄ from 0.5 to 1.5 (T03, R048)."""
    cells = [[0.4, 0.6, 0.5, 0.5], [0.6, 0.4, 0.5, 0.5]]
    composition = schools((50, 50), cells, {"A": ["yes", "no"], "Sex": ["girls", "boys"]})
    alone, both = (
        typical_effect(composition, np.array(weights, dtype=float), average=6_000, deduction=0)
        for weights in ([1, 0, 0, 0], [1, 0, 1, 1])
    )
    assert alone.kronor == pytest.approx([1_200, 0])
    assert both.kronor == pytest.approx([400, 0])


@given(proposals(bounds=False, bent=False), st.integers(0, 100))
def test_what_all_factors_move_is_the_standard_deviation_of_the_rates(case, hundredths):
    """Linear and with nothing cut, it is that of `allocate`, with any pupils, municipality row and small units."""
    composition, scenario = case
    scenario = replace(scenario, redistribution=Redistribution(degree=hundredths / 100))
    try:
        result = allocate(composition, scenario)
    except ScenarioError:
        reject()
    paid = composition.pupils_paid
    mean = result.rate @ paid / paid.sum()
    expected = sqrt((result.rate - mean) ** 2 @ paid / paid.sum())
    effect = typical_effect(
        composition,
        weights_for(composition, scenario.need),
        average=result.average,
        deduction=result.deduction,
        minimum_pupils=scenario.need.minimum_pupils,
    )
    assert effect.together == pytest.approx(expected, rel=1e-9, abs=1e-9 * result.average)
    assert effect.together <= effect.kronor.sum() + 1e-9 * result.average
    for place, factor in enumerate(effect.factors):
        if factor not in scenario.need.weights:
            assert effect.kronor[place] == 0


def test_a_factor_alone_moves_what_its_rates_do():
    """In Huddinge 2023/24 the parents' education alone at 10 000 kr per pupil moves what `allocate` says."""
    composition = real("huddinge_2023-24.csv")
    weights = {"Föräldrarnas utbildning": {"Eftergymnasial": 0.0, "Ej eftergymnasial": 1.0}}
    rate = allocate(composition, proposal(need=Need(weights=weights))).rate
    paid = composition.pupils_paid
    expected = sqrt((rate - 10_000) ** 2 @ paid / paid.sum())
    effect = typical_effect(composition, np.array([0, 0, 0, 1.0, 0, 0]), average=10_000, deduction=0)
    assert effect.kronor == pytest.approx([0, expected, 0])


def test_where_no_pupil_has_points_there_is_no_effect_to_measure():
    """Weights that are all 0 have no index, and the effect is no number; without factors there is none."""
    effect = typical_effect(pair((50, 50), (0.4, 0.6)), np.zeros(2), average=5_000, deduction=0)
    assert np.isnan([*effect.kronor, effect.together]).all()
    none = typical_effect(indexed((50, 50), (0.8, 1.2)), np.zeros(0), average=5_000, deduction=0)
    assert (none.factors, none.kronor.tolist()) == ((), [])
    row = MunicipalityRow(shares=np.array([1.0, 0.0]))
    nobody = pair((50, 50), (0.0, 0.0), municipality_row=row)
    assert isnan(typical_effect(nobody, np.array([1.0, 0.0]), average=5_000, deduction=0).together)


@given(compositions(smallest=5))
def test_each_pupil_counts_once_in_a_correlation(composition):
    """The correlation is that of a list with one line a pupil."""
    found = correlation(composition)
    columns = {column: place for place, column in enumerate(composition.columns)}
    each = np.repeat(composition.shares, composition.pupils_composition, axis=0)
    for i, first in enumerate(found.columns):
        for j, second in enumerate(found.columns):
            one, other = each[:, columns[first]], each[:, columns[second]]
            if np.ptp(one) < 1e-9 or np.ptp(other) < 1e-9:
                assert isnan(found.between_columns[i, j])
            else:
                expected = np.corrcoef(one, other)[0, 1]
                assert found.between_columns[i, j] == pytest.approx(expected, abs=1e-7)
    assert not (np.abs(found.between_columns) > 1).any()


def test_of_a_pair_one_category_is_enough_and_of_three_all_stand():
    """The second of a pair is the first with the opposite sign, and is left out."""
    cells = [[y, 1 - y, a, 0.2, 0.8 - a] for y, a in ((0.1, 0.7), (0.2, 0.6), (0.3, 0.5), (0.4, 0.4), (0.5, 0.3))]
    found = correlation(schools((100,) * 5, cells, {"F": ["yes", "no"], "G": "abc"}))
    assert found.columns == (("F", "yes"), ("G", "a"), ("G", "b"), ("G", "c"))
    expected = [[1, -1, nan, 1], [-1, 1, nan, -1], [nan] * 4, [1, -1, nan, 1]]
    np.testing.assert_allclose(found.between_columns, expected, atol=1e-9)


def test_results_are_correlated_over_the_schools_that_have_them():
    """Pupil-weighted, over the schools with the result; fewer than five or alike ones have no correlation (R030)."""
    shares, pupils = (0.1, 0.2, 0.3, 0.4, 0.5, 0.9), (300, 100, 50, 200, 100, 400)
    merit = np.array([280, 255, 260, 220, 200, nan])
    few = np.array([280, 255, 260, 220, nan, nan])
    composition = pair(pupils, shares)
    found = correlation(composition, {"merit": merit, "few": few, "alike": np.full(6, 0.7)})
    assert found.outcomes == ("merit", "few", "alike")
    assert found.schools_with.tolist() == [5, 4, 6]
    assert found.schools == 6
    each = np.repeat(np.array([shares[:5], merit[:5]]), pupils[:5], axis=1)
    assert found.with_outcomes[0] == pytest.approx([np.corrcoef(each)[0, 1]])
    assert np.isnan(found.with_outcomes[1:]).all()


def test_huddinge_is_followed_over_eleven_years():
    """Skolverket 2013/14–2023/24: P and corrected η² of each läsår, reckoned here from the file's own lines."""
    followed = trend(huddinge())
    assert followed.years == tuple(f"{year}/{year % 100 + 1}" for year in range(2013, 2024))
    assert followed.schools.tolist() == [34, 34, 36, 36, 36, 37, 37, 37, 37, 37, 37]
    assert followed.pupils.tolist() == [
        *(11099, 11603, 12031, 12268, 12554, 13229, 13486, 13721, 13728, 13696, 13526),
    ]
    for year, start in enumerate(range(2013, 2024)):
        file = library.FOLDER / f"huddinge_{start}-{(start + 1) % 100}.csv"
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = list(csv.DictReader(opened, delimiter=";"))
        for column, (factor, category) in enumerate(followed.columns):
            written = [row[f"{factor}: {category}"].replace(",", ".") for row in rows]
            if any(not text or text in {"..", ".", "~100"} for text in written):
                continue
            exact = exactly([float(text) / 100 for text in written], [int(row["elever_underlag"]) for row in rows])
            assert (followed.share[year, column], followed.corrected[year, column]) == pytest.approx(
                (float(exact[0]), float(exact[3])), rel=1e-9
            )
    foreign = followed.columns.index(FOREIGN)
    assert followed.share[[0, -1], foreign] == pytest.approx([0.2666, 0.3248], abs=5e-5)
    assert followed.corrected[[0, -1], foreign] == pytest.approx([0.2581, 0.2333], abs=5e-5)


def test_no_share_in_huddinge_moved_more_than_it_can():
    """Over ten changes of läsår the largest move is 2.8 standard errors, and no definition changed."""
    changes = trend(huddinge()).changes
    assert len(changes) == 10
    assert [len(change.codes) for change in changes] == [33, 34, 34, 34, 36, 37, 37, 37, 37, 37]
    assert (changes[0].gone, changes[0].new) == (("16654786",), ("89701816",))
    assert all(not change.implausible and not change.redefined for change in changes)
    assert max(change.errors.max() for change in changes) == pytest.approx(2.7524, abs=5e-5)
    last = changes[-1]
    (mover,) = last.movers(last.columns.index(FOREIGN), most=1)
    assert (mover.name, mover.start, mover.end) == ("Internationella Engelska Skolan Huddinge", 0.628, 0.693)
    assert mover.moved == pytest.approx(0.065)


def test_a_share_that_moves_more_than_chance_can_is_named():
    """20 % to 50 % of 100 pupils is 4.45 standard errors of 35 %, 20 % to 45 % is 3.79; schools follow their codes."""
    before = pair((100, 100, 80), (0.2, 0.2, 0.4), codes=("1", "2", "3"), year="2022/23")
    after = pair((100, 60, 100), (0.45, 0.4, 0.5), codes=("2", "4", "1"), names=("Två", "Fyra", "Ett"), year="2023/24")
    change = year_change(before, after)
    assert (change.before, change.after) == ("2022/23", "2023/24")
    assert (change.codes, change.gone, change.new) == (("2", "1"), ("3",), ("4",))
    assert change.columns == (("F", "yes"),)
    (move,) = change.implausible
    assert (move.code, move.name, move.factor, move.category) == ("1", "Ett", "F", "yes")
    assert (move.start, move.end) == (0.2, 0.5)
    assert (move.moved, move.errors) == pytest.approx((0.3, 0.3 / sqrt(0.35 * 0.65 * 2 / 100)))
    assert change.errors[0, 0] == pytest.approx(0.25 / sqrt(0.325 * 0.675 * 2 / 100))
    assert [mover.code for mover in change.movers(0)] == ["1", "2"]
    assert [mover.code for mover in change.movers(0, most=1)] == ["1"]


def test_a_suppressed_share_moves_no_more_than_its_interval_says():
    """`..` of 50 pupils is at most 18 %: to 50 % it moved 32 points at least, to 10 % perhaps not at all."""
    known, suppressed, missing = Mark.KNOWN, Mark.SUPPRESSED, Mark.MISSING
    marks = [[suppressed, missing], [suppressed, missing], [missing, missing], [known, known]]
    before = schools((50, 50, 50, 50), [[nan] * 2] * 3 + [[0.6, 0.4]], PAIR, marks=marks)
    after = pair((50, 50, 50, 50), (0.5, 0.1, 0.9, 0.6))
    there, back = year_change(before, after), year_change(after, before)
    error = sqrt(0.34 * 0.66 * 2 / 50)
    np.testing.assert_allclose(there.moved[:, 0], [0.32, 0, 0, 0], atol=1e-12)
    np.testing.assert_allclose(back.moved[:, 0], [-0.32, 0, 0, 0], atol=1e-12)
    for change in (there, back):
        np.testing.assert_allclose(change.errors[:, 0], [0.32 / error, 0, 0, 0], atol=1e-9)
    assert [mover.start for mover in there.movers(0)] == [0.09]


def test_categories_that_differ_between_years_are_named():
    """A category in one läsår and not in the other is named, and the ones in both are still compared (R028)."""
    before = schools((100, 100), [[0.2, 0.8, 0.5, 0.5]] * 2, {"Edu": ["low", "high"], "Sex": ["girls", "boys"]})
    later = [[0.2, 0.5, 0.3, 0.4, 0.6]] * 2
    after = schools((100, 100), later, {"Edu": ["low", "middle", "top"], "Support": ["yes", "no"]})
    change = year_change(before, after)
    assert change.redefined == (
        Redefined(factor="Edu", gone=("high",), new=("middle", "top")),
        Redefined(factor="Sex", gone=("girls", "boys"), new=()),
        Redefined(factor="Support", gone=(), new=("yes", "no")),
    )
    assert change.columns == (("Edu", "low"),)
    merged = schools((100, 100), [[0.2, 0.8]] * 2, {"Edu": ["low", "middle"]})
    assert year_change(after, merged).columns == (("Edu", "low"), ("Edu", "middle"))  # no longer each other's mirror
    followed = trend([before, after])
    assert [category for _, category in followed.columns] == [
        "low",
        "high",
        "girls",
        "boys",
        "middle",
        "top",
        "yes",
        "no",
    ]
    np.testing.assert_array_equal(
        np.isnan(followed.share), [[False] * 4 + [True] * 4, [False] + [True] * 3 + [False] * 4]
    )


def test_the_same_categories_in_another_order_are_the_same():
    """Columns that have changed places are followed by their names."""
    before = pair((100, 100), (0.2, 0.4))
    after = schools((100, 100), [[0.8, 0.2], [0.5, 0.5]], {"F": ["no", "yes"]})
    change = year_change(before, after)
    assert (change.columns, change.redefined) == ((("F", "no"),), ())
    np.testing.assert_allclose(change.moved[:, 0], [0, -0.1], atol=1e-12)


def test_a_mean_level_is_left_out_of_the_trend():
    """A mean has no η² and no binomial error, so that the trend follows shares only; no school need be in both."""
    head = "skolenhetskod;skola;elever;Utb: Medelvärde (1–3);Kön: Flickor\n"
    first, second = (
        tables.read((head + row).encode(), "levels.csv").composition for row in ("1;a;300;1,5;40", "2;b;100;2,5;60")
    )
    followed = trend([first, second])
    assert [factor for factor, _ in followed.columns] == ["Kön", "Kön"]
    (change,) = followed.changes
    assert (change.codes, change.gone, change.new) == ((), ("1",), ("2",))
    assert change.columns == (("Kön", "Flickor"),)
    assert (change.implausible, change.movers(0)) == ((), ())
    assert trend([first]).changes == ()


@given(compositions())
def test_nothing_moves_between_a_year_and_itself(composition):
    """The same table twice has every school in both, no move, and the same figures."""
    followed = trend([composition, composition])
    (change,) = followed.changes
    assert change.codes == composition.codes
    assert not change.moved.any()
    assert not change.errors.any()
    np.testing.assert_array_equal(followed.share[0], followed.share[1])
    np.testing.assert_array_equal(
        followed.corrected[0], np.concatenate([variation.corrected for variation in screen(composition).factors])
    )


def test_a_result_is_measured_as_a_factor_is():
    """η², the verdict and the share of a result are those of a factor with the same shares; gaps are left out."""
    shares, pupils = np.array([0.2, 0.4, 0.6, 0.8, 0.9, np.nan]), np.array([50.0, 60, 70, 80, 90, 30])
    found = spread(shares, pupils)
    eta = between(shares[:5, None], pupils[:5])[0]
    assert found.corrected == corrected(eta, 5, 350.0)
    assert found.share == pytest.approx((10 + 24 + 42 + 64 + 81) / 350)
    assert (found.lowest, found.highest, found.schools) == (0.2, 0.9, 5)
    assert found.verdict == Verdict.MUCH
    assert spread(shares, np.full(6, np.nan)) is None
