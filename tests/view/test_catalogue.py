from __future__ import annotations

import re

import pytest

from socio import remarks, screening
from socio.composition import Factor
from socio.intake import library
from socio.remarks import COVERS, NO_NEED, Compensation, Following, Kind, Overlap, Subject
from socio.view import catalogue, words

GUIDE = 60
"""Pages of the guide, at most."""


@pytest.fixture(params=words.LANGUAGES)
def entries(request):
    words.use(request.param)
    return catalogue.entries()


def test_every_subject_has_an_entry_that_says_what_it_is_and_where_it_is_from(entries):
    """Name, definition, something to know, the guide's page and a requirement, in both languages."""
    assert list(entries) == list(dict.fromkeys(entry.subject for entry in entries.values()))
    assert set(entries) == set(Subject)
    for entry in entries.values():
        assert entry.name, entry
        assert entry.definition.endswith("."), entry
        assert all(text for text in entry.caveats), entry
        assert entry.caveats, entry
        assert re.search(r"SKL \(2014\) (p|s)\. \d", entry.source), entry
        assert re.search(r"R\d{3}", entry.source), entry


def test_pages_and_requirements_of_the_sources_exist(entries):
    """Pages are the guide's, requirements those of the list, and the ones about factors are all there."""
    sources = " ".join(entry.source for entry in entries.values())
    pages = [
        int(page) for text in re.findall(r"[ps]\. ([\d–, och and]+)", sources) for page in re.findall(r"\d+", text)
    ]
    assert pages
    assert max(pages) <= GUIDE
    cited = set()
    for first, last in re.findall(r"R(\d{3})(?:–R(\d{3}))?", sources):
        cited |= set(range(int(first), int(last or first) + 1))
    assert {6, 10, 23, 24, 28, 29, *range(31, 40), 45, 49, 98} <= cited
    assert max(cited) <= 158


def test_the_layouts_factors_have_an_entry_with_every_category_explained(entries):
    """Six factors of the guide, each found by its own name, each category with a meaning."""
    for factor in remarks.FACTORS:
        entry = catalogue.entry_of(factor.name, factor.categories)
        assert entry is not None, factor
        assert entry.factor == factor
        assert entry == entries[entry.subject]
        assert all(catalogue.meaning(factor.name, category) for category in factor.categories), factor
    assert catalogue.entry_of("Inkomst", ("Låg", "Hög")) is None
    assert catalogue.meaning("Inkomst", "Låg") == ""


def test_what_measures_no_need_is_told_apart():
    """Size, what schools influence and model values are no factors of need, and only one of them is influenced."""
    words.use("en")
    found = catalogue.entries()
    assert {subject for subject, entry in found.items() if not entry.is_need} == NO_NEED
    influenced = {subject for subject, entry in found.items() if "cannot" not in catalogue.influence(entry)}
    assert influenced == {Subject.INFLUENCED}


def test_a_compensation_is_named_with_each_entry_that_it_may_cover(entries):
    """What stands in an entry is what the rule about overlaps goes by (R033)."""
    for subject, entry in entries.items():
        assert set(entry.compensations) == {kind for kind in Kind if subject in COVERS[kind]}
    assert len({catalogue.compensation(kind) for kind in Kind}) == len(Kind)


def test_newly_arrived_has_its_checklist_and_income_support_a_lawyer():
    """The definition has to be decided (R035), and a jurist is asked before the one is used (R098)."""
    words.use("en")
    found = catalogue.entries()
    checklist = " ".join(found[Subject.NEWLY].checklist)
    assert all(part in checklist for part in ("Nordic", "parents born in Sweden", "years", "separately"))
    assert any("lawyer" in text for text in found[Subject.INCOME_SUPPORT].caveats)
    assert any("3–6" in text for text in found[Subject.YEARS].caveats)


def test_a_tables_factors_are_found_and_research_education_on_its_own():
    """A category of research education brings its own entry beside that of education (R029)."""
    education = Factor("Utbildning", ("Gymnasial", "Eftergymnasial", "Forskarutbildning"))
    other = Factor("Inkomst", ("Låg", "Hög"))
    alone = Factor("Forskarutbildning", ("Forskarutbildade", "Övriga"))
    assert catalogue.in_table([education, other]) == {Subject.EDUCATION: [education], Subject.RESEARCH: [education]}
    assert catalogue.in_table([alone]) == {Subject.RESEARCH: [alone]}
    assert catalogue.in_table([other]) == {}


def test_the_municipalitys_own_shares_stand_beside_a_factor():
    """Huddinge 2018/19: the pupil-weighted shares, as written."""
    words.use("en")
    composition = library.read(next(one for one in library.datasets() if one.file == "huddinge_2019_vt.csv"))
    background = next(one for one in screening.screen(composition).factors if one.factor == "Bakgrund")
    assert catalogue.shares(background) == "Utländsk 31.4%, Svensk 68.6%"


def test_an_overlap_says_which_category_and_that_a_need_is_not_paid_twice():
    """With years the category is named, without them the factor; the user's own name goes before the kind's."""
    words.use("en")
    paid = Compensation(kind=Kind.NEWLY_ARRIVED, name="Startpengen", covers=COVERS[Kind.NEWLY_ARRIVED], years=2)
    said = catalogue.overlap(Overlap(compensation=paid, factor="Tid i Sverige", category="0–2 år"))
    assert said.startswith("Startpengen covers the first 2 years in Sweden, and so does Tid i Sverige: 0–2 år")
    grant = Compensation(kind=Kind.STATE_GRANT, covers=COVERS[Kind.STATE_GRANT])
    said = catalogue.overlap(Overlap(compensation=grant, factor="Kön", category=""))
    assert said.startswith("State grants by a socio-economic index may cover what Kön is counted for")


@pytest.mark.parametrize(
    ("r", "background", "newly", "part"),
    [
        (0.3, True, True, "Give newly arrived a weight of its own"),
        (0.9, True, True, "One of them may do"),
        (None, True, True, ""),
        (None, True, False, "Order years in Sweden too"),
        (None, False, False, ""),
    ],
)
def test_the_advice_on_newly_arrived_follows_the_figures(r, background, newly, part):
    """Low correlation, high, not known, no such factor, no foreign background: each has its own answer (R049)."""
    words.use("en")
    found = None if r is None else Following(one=("Bakgrund", "Utländsk"), other=("Tid i Sverige", "0–2 år"), r=r)
    said = catalogue.newly_arrived(found, has_background=background, has_newly=newly)
    assert part in said
    assert bool(said) is bool(part)
    if r is not None:
        assert f"{r:.2f}" in said
