from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socio import need, remarks, screening
from socio.composition import Composition, Factor, Mark, MunicipalityRow
from socio.intake import library, skolverket, tables
from socio.remarks import COVERS, Compensation, Kind, Subject, subject_of

EDUCATION = Factor("Utbildning", ("Kort", "Mellan", "Lång"))
SEX = Factor("Kön", ("Flickor", "Pojkar"))
ROUNDED = "all shares are whole per cents"


def made(shares, pupils=300, factors=(SEX,), **given):
    """A table with these shares, all of them published."""
    cells = np.array(shares, dtype=float)
    count = len(cells)
    people = np.broadcast_to(np.array(pupils), count).astype(np.int64)
    fields = {
        "codes": tuple(f"{i:08}" for i in range(count)),
        "names": tuple(f"Skola {i}" for i in range(count)),
        "operators": ("",) * count,
        "operator_names": ("",) * count,
        "pupils_composition": people,
        "pupils_paid": people,
        "factors": tuple(factors),
        "cells": cells,
        "marks": np.zeros(cells.shape, dtype=np.int8),
    }
    return Composition(**(fields | given))


def huddinge(year):
    return library.read(next(one for one in library.datasets() if one.file == f"huddinge_{year}.csv"))


def read(*rows):
    return tables.read("\n".join(rows).encode(), "tabell.csv").composition


def said(faults):
    return [fault.wrong.text for fault in faults]


@pytest.mark.parametrize(
    ("factor", "categories", "subject"),
    [
        ("Kön", ("Flickor", "Pojkar"), Subject.SEX),
        ("Andel", ("Flickor", "Övriga"), Subject.SEX),
        ("Föräldrarnas utbildning", (), Subject.EDUCATION),
        ("Vårdnadshavarnas utbildningsnivå", ("Medelvärde (1–3)",), Subject.EDUCATION),
        ("Föräldrarnas bakgrund", ("Förgymnasial", "Eftergymnasial"), Subject.EDUCATION),
        ("Forskarutbildning", ("Ja", "Nej"), Subject.RESEARCH),
        ("Bakgrund", ("Utländsk", "Svensk"), Subject.BACKGROUND),
        ("Migrationsbakgrund", ("Ja", "Nej"), Subject.BACKGROUND),
        ("Tid i Sverige", ("0–2 år", "3–6 år"), Subject.YEARS),
        ("Anlänt till Sverige", ("0–2 år sedan",), Subject.YEARS),
        ("Nyligen anlända", ("Ja", "Nej"), Subject.NEWLY),
        ("Andel nyinvandrade", ("Ja",), Subject.NEWLY),
        ("Nyanlända", ("0–2 år", "3–6 år"), Subject.NEWLY),
        ("Ålder vid ankomst", ("0–6 år",), Subject.AGE),
        ("Försörjningsstöd", ("Ja", "Nej"), Subject.INCOME_SUPPORT),
        ("Ekonomiskt bistånd", ("Ja", "Nej"), Subject.INCOME_SUPPORT),
        ("Familjesammansättning", ("En vårdnadshavare",), Subject.HOUSEHOLD),
        ("Boende", ("En vårdnadshavare", "Två vårdnadshavare"), Subject.HOUSEHOLD),
        ("Bostadsområde", ("Landsbygd", "Tätort"), Subject.AREA),
        ("Skolmiljö", ("Hög koncentration",), Subject.SCHOOL),
        ("Skolans storlek", ("Liten", "Stor"), Subject.SIZE),
        ("Landsbygdsskola", ("Ja", "Nej"), Subject.SIZE),
        ("Diagnos", ("Ja", "Nej"), Subject.INFLUENCED),
        ("Elever med särskilt stöd", ("Ja", "Nej"), Subject.INFLUENCED),
        ("Åtgärdsprogram", ("Ja", "Nej"), Subject.INFLUENCED),
        ("Modersmålsundervisning", ("Ja", "Nej"), Subject.INFLUENCED),
        ("Svenska som andraspråk", ("Ja", "Nej"), Subject.INFLUENCED),
        ("Frånvaro", ("Över 20 %", "Övriga"), Subject.INFLUENCED),
        ("Betyg", ("Ej behöriga", "Behöriga"), Subject.INFLUENCED),
        ("SALSA", ("Residual",), Subject.SALSA),
        ("Inkomst", ("Låg", "Hög"), None),
        ("Social bakgrund", ("A", "B"), None),
    ],
)
def test_a_factor_is_known_by_its_name_or_its_categories(factor, categories, subject):
    """What municipalities call their factors finds the entry that is about it, and nothing else finds none."""
    assert subject_of(factor, categories) is subject


def test_the_layouts_own_factors_are_known_and_need_no_remark():
    """The factors of the template are in the catalogue, and none of them is said to be no measure of need."""
    found = [subject_of(factor.name, factor.categories) for factor in remarks.FACTORS]
    assert found == [
        *(Subject.EDUCATION, Subject.BACKGROUND, Subject.YEARS),
        *(Subject.INCOME_SUPPORT, Subject.HOUSEHOLD, Subject.SEX),
    ]
    assert not set(found) & remarks.NO_NEED


@pytest.mark.parametrize(
    ("operators", "is_said"),
    [
        (("kommunal", "kommunal"), True),
        (("kommunal", "fristående"), False),
        (("kommunal", ""), False),
        (("", ""), False),
    ],
)
def test_only_municipal_schools_are_remarked_on(operators, is_said):
    """Independent schools are missed where every operator is known to be the municipality (R004)."""
    table = made([[0.5, 0.5], [0.4, 0.6]], 100, operators=operators)
    assert ("the table has only municipal schools" in said(remarks.remarks(table))) is is_said


def test_whole_per_cents_are_seen_and_exact_counts_are_not():
    """37 % of 243 pupils is rounded, 20 of 100 is not, and one decimal anywhere is enough to say nothing (R063)."""
    assert remarks.is_rounded(made([[0.37, 0.63], [0.5, 0.5]], [243, 120]))
    assert not remarks.is_rounded(made([[0.2, 0.8], [0.5, 0.5]], [100, 200]))
    assert not remarks.is_rounded(made([[0.371, 0.629], [0.5, 0.5]], [243, 120]))
    assert not remarks.is_rounded(made([[90 / 243, 153 / 243]], 243))


def test_without_weights_a_rounded_table_is_told_in_percentage_points():
    """Half a percentage point each, and no index."""
    (fault,) = remarks.remarks(made([[0.37, 0.63], [0.41, 0.59]], [243, 120]))
    assert str(fault) == "all shares are whole per cents, each may be off by 0.5 percentage points; ask for decimals"


def test_how_far_the_index_of_huddinge_may_be_off():
    """At 10 and 3.6 points, two pairs and a mean of 4.789: 0.005 · (10 + 3.6) / 4.789, and half where one is ``..``."""
    table = huddinge("2018-19")
    weights = np.array([{"Ej eftergymnasial": 10, "Utländsk": 3.6}.get(name, 0) for _factor, name in table.columns])
    mean = float(need.mean_points(need.points(table.shares, weights), table.pupils_composition))
    assert mean == pytest.approx(4.789, abs=5e-3)
    reach = dict(zip(table.names, remarks.index_reach(table, weights), strict=True))
    assert reach["Annerstaskolan"] == pytest.approx(0.005 * 13.6 / mean)
    assert reach["Kräpplaskolan"] == pytest.approx(0.005 * 10 / mean)
    (fault,) = remarks.remarks(table, weights=weights)
    assert fault.wrong.text == ROUNDED
    assert fault.allowed.facts == {"most": round(0.005 * 13.6 / mean, 4)}


@st.composite
def true_shares(draw):
    """Schools with shares to the pupil, and weights."""
    schools, categories = draw(st.integers(1, 5)), draw(st.integers(2, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shares = rng.dirichlet(np.full(categories, draw(st.sampled_from([0.2, 1.0, 5.0]))), schools)
    weights = draw(st.lists(st.floats(0, 10), min_size=categories, max_size=categories))
    return shares, np.array(weights)


@given(true_shares())
def test_no_rounding_moves_an_index_further_than_its_reach(drawn):
    """Whatever the true shares, rounding them moves the points over p̄ by the reach at most (R063)."""
    shares, weights = drawn
    factor = Factor("F", tuple(f"k{i}" for i in range(shares.shape[1])))
    table = made(np.round(shares, 2), 997, [factor])
    used = need.points(table.shares, weights)
    mean = float(need.mean_points(used, table.pupils_composition))
    if mean > 1e-9:
        moved = np.abs(need.points(shares, weights) - used) / mean
        assert np.all(moved <= remarks.index_reach(table, weights) + 1e-9)


def test_the_reach_is_reached():
    """Of three categories the true shares can be so far off as is said: the heaviest half a per cent more."""
    table = made([[0.3, 0.3, 0.4]], 997, [EDUCATION])
    weights = np.array([3.0, 1.0, 0.0])
    mean = 0.3 * 3 + 0.3
    furthest = np.array([0.305, 0.3, 0.395])
    assert remarks.index_reach(table, weights)[0] == pytest.approx((furthest @ weights - mean) / mean)


def test_a_small_unit_is_not_off_and_nobody_without_points():
    """A unit under the least number of pupils takes the index 1; without points there is no index."""
    table = made([[0.37, 0.63], [0.41, 0.59]], [243, 20])
    reach = remarks.index_reach(table, np.array([1.0, 0.0]), minimum_pupils=50)
    assert reach[0] > 0
    assert reach[1] == 0
    assert np.isnan(remarks.index_reach(table, np.zeros(2))).all()


def test_a_school_without_a_value_in_a_factor_adds_nothing():
    """What nobody published is not rounded: its interval is told among the gaps, and the other factor still counts."""
    table = read(
        "skolenhetskod;skola;elever;Kön: Flickor;Kön: Pojkar;Bakgrund: Utländsk",
        "1;Alfa;243;37;63;20",
        "2;Beta;247;.;.;41",
    )
    first, second = remarks.index_reach(table, np.array([1.0, 0.0, 2.0, 0.0]))
    assert second > 0
    assert first == pytest.approx(3 / 2 * second)


@pytest.mark.parametrize(
    ("before", "now", "wrong"),
    [
        ("2021-22", "2022-23", "the table before has whole per cents, and this one is more exact"),
        ("2022-23", "2021-22", "this table has whole per cents, and the one before is more exact"),
    ],
)
def test_a_change_of_precision_between_years_is_remarked_on(before, now, wrong):
    """Skolverket's figures are whole per cents up to 2021/22 and have one decimal from 2022/23."""
    found = remarks.remarks(huddinge(now), earlier=huddinge(before))
    assert wrong in said(found)


@pytest.mark.parametrize(("before", "now"), [("2017-18", "2018-19"), ("2022-23", "2023-24")])
def test_years_alike_say_nothing_of_each_other(before, now):
    """Where neither precision nor categories changed there is no remark on the years."""
    assert set(said(remarks.remarks(huddinge(now), earlier=huddinge(before)))) <= {ROUNDED}


@pytest.mark.national
def test_the_whole_country_is_in_whole_per_cents_up_to_2021(national_exports):
    """Every unit's shares are rounded in the autumns of 2020 and 2021, and more exact in those of 2022 and 2023."""
    rounded = {}
    for year in (2020, 2021, 2022, 2023):
        (path,) = national_exports.glob(f"*Antal elever*{year}*.csv")
        layout = skolverket.read(path.read_bytes(), path.name).layout()
        rounded[year] = remarks.is_rounded(tables.read(layout.encode(), path.name).composition)
    assert rounded == {2020: True, 2021: True, 2022: False, 2023: False}


def test_other_categories_or_another_coding_than_before_are_remarked_on():
    """A mean of both parents' education is not the share of a parent with the most (R028)."""
    before = made([[0.3, 0.7], [0.5, 0.5]], 100, [Factor("Utbildning", ("Medelvärde (1–3)", "Övriga"))])
    now = made([[0.3, 0.3, 0.4], [0.5, 0.2, 0.3]], 100, [EDUCATION])
    (fault,) = remarks.remarks(now, earlier=before)
    assert fault.column == "Utbildning"
    assert fault.wrong.facts == {"gone": "Medelvärde (1–3), Övriga", "new": "Kort, Mellan, Lång"}
    assert "weighed together" in fault.allowed.text
    (other,) = remarks.remarks(made([[0.5, 0.5]], 100), earlier=made([[0.5, 0.5]], 100, [Factor("Kön", ("F", "P"))]))
    assert "weighed together" not in other.allowed.text


def test_the_municipalitys_own_row_is_compared_factor_by_factor_and_in_points():
    """Half a percentage point off is let be, more is named; points are compared by half a per cent (R065)."""
    table = made([[0.2, 0.8], [0.4, 0.6]], [300, 100])
    near = replace(table, municipality_row=MunicipalityRow(shares=np.array([0.255, 0.745])))
    far = replace(table, municipality_row=MunicipalityRow(shares=np.array([0.30, 0.70])))
    weights = np.array([1.0, 0.0])
    assert remarks.remarks(near) == ()
    assert len(remarks.remarks(near, weights=weights)) == 1
    factor, points = remarks.remarks(far, weights=weights)
    assert (factor.column, factor.wrong.facts) == ("Kön", {"category": "Flickor", "delivered": 30.0, "schools": 25.0})
    assert points.wrong.facts == {"delivered": pytest.approx(0.3), "schools": pytest.approx(0.25)}


@pytest.mark.parametrize(("delivered", "is_far"), [(1.005, False), (1.0051, True), (0.994, True), (1.0, False)])
def test_points_differ_from_half_a_per_cent(delivered, is_far):
    """The limit of docs/method.md §2 is relative and goes both ways."""
    assert (remarks.far_from_schools(delivered, 1.0) is not None) is is_far


@pytest.mark.parametrize(
    ("factor", "wrong"),
    [
        (Factor("Diagnos", ("Ja", "Nej")), "the schools may influence it"),
        (Factor("Skolans storlek", ("Liten", "Stor")), "the name speaks of the school's size or of where it lies"),
        (Factor("SALSA", ("Residual", "Övriga")), "the name speaks of a value from the model SALSA"),
    ],
)
def test_what_measures_no_need_is_named(factor, wrong):
    """Influenced by schools, size and rurality, and values of a model (R010, R006, R045)."""
    (fault,) = remarks.remarks(made([[0.2, 0.8], [0.5, 0.5]], 100, [factor]))
    assert (fault.column, fault.wrong.text) == (factor.name, wrong)


def test_a_table_with_nothing_remarkable_gets_no_remark():
    """Counts, municipal and independent schools, factors of the catalogue: silence."""
    table = read(
        "skolenhetskod;skola;huvudman_typ;elever;Kön: Flickor;Kön: Pojkar",
        "1;Alfa;kommunal;100;48;52",
        "2;Beta;fristående;90;45;45",
    )
    assert remarks.remarks(table, weights=np.array([0.0, 1.0])) == ()


def test_a_small_schools_gap_is_the_middle_of_what_it_can_be():
    """Kräpplaskolan 2018/19 has 84 pupils: 4.5 of 84 is used, between 0 and 9 of 84 (trap T05)."""
    found = [gap for gap in remarks.gaps(huddinge("2018-19")) if gap.school == "Kräpplaskolan"]
    utlandsk, svensk = found
    assert (utlandsk.category, utlandsk.mark) == ("Utländsk", Mark.SUPPRESSED)
    assert (utlandsk.low, utlandsk.used, utlandsk.high) == pytest.approx((0, 4.5 / 84, 9 / 84))
    assert (svensk.category, svensk.mark) == ("Svensk", Mark.MISSING)
    assert (svensk.low, svensk.used, svensk.high) == pytest.approx((1 - 9 / 84, 1 - 4.5 / 84, 1))


@pytest.mark.parametrize("table", library.datasets(), ids=lambda one: one.file)
def test_every_gap_is_listed_once_with_what_is_used_within_its_interval(table):
    """In every table that comes with the program: as many as there are marks, each between its ends."""
    composition = library.read(table)
    found = remarks.gaps(composition)
    open_cells = (composition.marks != Mark.KNOWN) & (composition.filled.low < composition.filled.high)
    assert len(found) == open_cells.sum() == len({(gap.code, gap.factor, gap.category) for gap in found})
    assert all(gap.low - 1e-12 <= gap.used <= gap.high + 1e-12 for gap in found)


def test_a_missing_mean_is_told_on_its_own_scale():
    """A school without a mean takes that of the others: 2, and not the pseudo-share of need."""
    table = read(
        "skolenhetskod;skola;elever;Utbildning: Medelvärde (1–3)", "1;Alfa;100;2,5", "2;Beta;100;1,5", "3;Gamma;50;."
    )
    (gap,) = remarks.gaps(table)
    assert (gap.school, gap.category, gap.is_level) == ("Gamma", "Medelvärde (1–3)", True)
    assert (gap.low, gap.used, gap.high) == pytest.approx((1, 2, 3))


def test_the_complement_of_a_known_share_is_no_gap():
    """What one share gives of the other exactly was not put there by anybody."""
    table = read("skolenhetskod;skola;elever;Kön: Flickor;Kön: Pojkar", "1;Alfa;100;48;", "2;Beta;90;.;.")
    assert [(gap.school, gap.category) for gap in remarks.gaps(table)] == [("Beta", "Flickor"), ("Beta", "Pojkar")]


def test_newly_arrived_is_set_against_foreign_background():
    """Where the two go their own ways the correlation is low, where they are one it is not (R049)."""
    newly = Factor("Nyligen anlända", ("Ja", "Nej"))
    foreign = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    apart = np.array([0.1, 0.05, 0.1, 0.05, 0.1, 0.05])
    follow = {}
    for name, shares in {"apart": apart, "alike": foreign / 3}.items():
        cells = np.column_stack([foreign, 1 - foreign, shares, 1 - shares])
        table = made(cells, 100, [remarks.BACKGROUND, newly])
        correlation = screening.correlation(table)
        follow[name] = remarks.following(correlation, Subject.BACKGROUND, remarks.IN_SWEDEN)
        assert remarks.following(correlation, Subject.BACKGROUND, frozenset({Subject.SEX})) is None
    assert follow["alike"].r == pytest.approx(1)
    assert not follow["alike"].is_low
    assert follow["apart"].is_low
    assert (follow["apart"].one, follow["apart"].other) == (("Bakgrund", "Utländsk"), ("Nyligen anlända", "Ja"))


def paid(kind=Kind.NEWLY_ARRIVED, years=None, covers=None):
    return Compensation(kind=kind, covers=COVERS[kind] if covers is None else frozenset(covers), years=years)


@pytest.mark.parametrize(
    ("years", "categories"),
    [
        (1, ["0–2 år"]),
        (2, ["0–2 år"]),
        (3, ["0–2 år"]),
        (4, ["0–2 år", "3–6 år"]),
        (8, ["0–2 år", "3–6 år", "7 år eller mer"]),
        (None, [""]),
    ],
)
def test_the_years_that_are_compensated_elsewhere_are_named(years, categories):
    """The first two years overlap 0–2 and not 3–6 years; without a limit it is the whole factor (R033, R034)."""
    found = remarks.overlaps([remarks.YEARS_IN_SWEDEN, remarks.SEX], [paid(years=years)])
    assert [one.category for one in found] == categories
    assert {one.factor for one in found} == {"Tid i Sverige"}


@pytest.mark.parametrize(
    ("categories", "covered"),
    [
        (("Mindre än 4 år", "4 år eller mer"), ["Mindre än 4 år"]),
        (("Anlänt för 3-6 år sedan", "Övriga"), []),
        (("Födda i Sverige", "Högst 2 år", "3+ år"), ["Högst 2 år"]),
        (("Ja", "Nej"), [""]),
    ],
)
def test_years_are_read_out_of_what_a_category_is_called(categories, covered):
    """A category begins at the first number in it, and at 0 where it says less than or at most."""
    found = remarks.overlaps([Factor("Tid i Sverige", categories)], [paid(years=2)])
    assert [one.category for one in found] == covered


def test_a_compensation_overlaps_only_what_it_covers():
    """State grants follow parents' education and not foreign background; what the user chose goes before the usual."""
    factors = remarks.FACTORS
    grant = remarks.overlaps(factors, [paid(Kind.STATE_GRANT)])
    assert {one.factor for one in grant} == {factor.name for factor in factors} - {"Bakgrund"}
    (chosen,) = remarks.overlaps(factors, [paid(Kind.OTHER, covers=[Subject.SEX])])
    assert (chosen.factor, chosen.category) == ("Kön", "")
    assert remarks.overlaps(factors, [paid(Kind.OTHER)]) == ()
    assert remarks.overlaps(factors, []) == ()
