from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socio.scenario import Brackets, Need, PhaseIn, Pot, Redistribution
from socio.view import tables
from socio.view.address import View, dataset_of, language_of, read, write
from tests.strategies import indexed, proposal, proposals, schools

TABLE = schools([300, 100], [[0.2, 0.8], [0.6, 0.4]], {"F": ["yes", "no"]})
START = View(
    dataset="0126-2018-19",
    scenario=replace(
        proposal(
            need=Need(weights={"F": {"yes": 2.0, "no": 1.0}}), pot=Pot(total=1_000_000), degree=1.6, progression=3.05
        ),
        proposed_by="Nämnden",
        note="Till mötet",
    ),
    baseline="today",
)

SORTS = [sign + column for column in tables.headings() for sign in ("", "-")]


@st.composite
def views(draw):
    """Anything that can be on screen, and its schools."""
    composition, scenario = draw(proposals(phased=True, texts=True))
    return composition, View(
        dataset=START.dataset,
        scenario=scenario,
        everyone=draw(st.booleans()),
        baseline=draw(st.sampled_from(["today", "equal", "last_year", "start"])),
        order=draw(st.sampled_from(["rate", "name", "pupils"])),
        equal_width=draw(st.booleans()),
        unit=draw(st.sampled_from(["kr", "kr_per_pupil"])),
        sort=draw(st.sampled_from(SORTS)),
        school=draw(st.sampled_from(["", *composition.codes])),
        language=draw(st.sampled_from(["sv", "en"])),
    )


def link(view):
    """A view's address as it is copied from one browser and opened in another."""
    return parse_qs(urlencode(write(view), doseq=True), keep_blank_values=True)


@settings(max_examples=60)
@given(views())
def test_a_link_reopens_exactly_the_view(case):
    """Every number to the last digit, every choice and every text, through a real query string."""
    composition, view = case
    assert read(link(view), START, composition) == (view, [])
    assert dataset_of(link(view)) == view.dataset
    assert language_of(link(view)) == view.language


@settings(max_examples=60)
@given(views())
def test_no_address_is_the_start(case):
    """Without parameters the view is what the table starts with, and there is nothing to say."""
    composition, start = case
    start = replace(start, everyone=False, equal_width=False, school="", language="sv")
    assert read({}, start, composition) == (start, [])
    assert (dataset_of({}), language_of({})) == ("", "sv")


def test_the_order_of_the_table_is_in_the_link():
    """Each column both ways has a Swedish word of its own; by name, which one begins with, it is left out."""
    sorts = {sort: link(replace(START, sort=sort)).get("sortering") for sort in SORTS}
    assert sorts["school"] is None
    assert (sorts["-school"], sorts["rate"], sorts["-change_amount"]) == (["-skola"], ["kr-per-elev"], ["-andring-kr"])
    assert len({str(given) for given in sorts.values()}) == 20
    assert {sort: opened(sortering=given[0])[0].sort for sort, given in sorts.items() if given} == {
        sort: sort for sort in SORTS if sort != "school"
    }


def test_what_is_chosen_by_default_may_stand_in_a_link():
    """A link that names what it could have left out opens without a word."""
    view, notices = opened(sortering="skola", alla="0", bredd="elever", sprak="sv", ordning="kr", enhet="kr")
    assert (view, notices) == (replace(START, scenario=replace(START.scenario, proposed_by="", note="")), [])


@pytest.mark.parametrize(
    "need", [Need(method="index"), Need(method="risk"), Need(method="risk", weights={"F": {"yes": 1.0, "no": 0.0}})]
)
def test_a_ready_index_or_risk_is_in_the_link(need):
    """A view that does not weigh factors comes back as it was, with or without weights of its own."""
    table = replace(TABLE, ready={"risk": TABLE.cells[:, 0], "index": TABLE.cells[:, 0]})
    view = replace(START, scenario=replace(START.scenario, need=need))
    assert read(link(view), START, table) == (view, [])


def test_names_with_the_sign_between_them_survive():
    """A factor or category may have a tilde, a slash, an ampersand and a percent sign in its name."""
    factors = {"Inkomst ~ nivå": ["a~b", "c&d=1"], "50 % + mer/mindre": ["~", "å"]}
    table = schools([300, 100], [[0.2, 0.8, 1, 0], [0.6, 0.4, 0, 1]], factors)
    weights = {"Inkomst ~ nivå": {"a~b": 1.0, "c&d=1": 0.0}, "50 % + mer/mindre": {"~": 0.5, "å": 0.0}}
    view = replace(START, scenario=replace(START.scenario, need=Need(weights=weights)))
    assert read(link(view), START, table) == (view, [])


def opened(**parameters):
    view, notices = read({name: [value] for name, value in parameters.items()}, START, TABLE)
    return view, [str(notice) for notice in notices]


def test_what_is_not_in_the_link_is_as_at_the_start():
    """A link cut short opens, with the start's setting for the rest."""
    view, notices = opened(underlag=START.dataset, grad="1.5")
    assert notices == []
    assert view.scenario.pot == START.scenario.pot
    assert view.scenario.need == START.scenario.need
    assert view.scenario.redistribution == Redistribution(degree=1.5, progression=3.05)


@pytest.mark.parametrize(
    ("parameters", "part", "value", "notice"),
    [
        ({"grad": "101"}, "degree", 100, "The link has grad = 101; the nearest allowed is 100."),
        ({"grad": "-1"}, "degree", 0, "The link has grad = -1; the nearest allowed is 0."),
        ({"progression": "7"}, "progression", 4, "The link has progression = 7; the nearest allowed is 4."),
        ({"lagst": "-5"}, "minimum", 0, "The link has lagst = -5; the nearest allowed is 0."),
        ({"grad": "mycket"}, "degree", 1.6, "The link has grad = mycket, which is not possible; the start's is shown."),
        ({"grad": "nan"}, "degree", 1.6, "The link has grad = nan, which is not possible; the start's is shown."),
        ({"tak": "1e999"}, "cap", None, "The link has tak = 1e999, which is not possible; the start's is shown."),
    ],
)
def test_a_number_that_is_not_possible_is_told(parameters, part, value, notice):
    """Out of bounds it is clamped, and what is no number is left as at the start; both are said."""
    view, notices = opened(**parameters)
    assert getattr(view.scenario.redistribution, part) == value
    assert notices == [notice]


@pytest.mark.parametrize(
    ("parameters", "notice"),
    [
        ({"skola": "7"}, "The link names the school 7, which is not in this table."),
        ({"ny_regel": "1"}, "The link has a part that is not known here: ny_regel."),
        ({"jamfor": "igår"}, "The link has jamfor = igår, which is not possible; the start's is shown."),
        ({"ordning": "slump"}, "The link has ordning = slump, which is not possible; the start's is shown."),
        ({"enhet": "usd"}, "The link has enhet = usd, which is not possible; the start's is shown."),
        ({"sortering": "rektor"}, "The link has sortering = rektor, which is not possible; the start's is shown."),
        ({"sortering": "--kr"}, "The link has sortering = --kr, which is not possible; the start's is shown."),
        ({"sprak": "de"}, "The link has sprak = de, which is not possible; the start's is shown."),
        ({"alla": "7"}, "The link has alla = 7, which is not possible; the start's is shown."),
        ({"bredd": "x"}, "The link has bredd = x, which is not possible; the start's is shown."),
        ({"metod": "risk"}, "The link has metod = risk, which is not possible; the start's is shown."),
        ({"metod": "gissning"}, "The link has metod = gissning, which is not possible; the start's is shown."),
        ({"pott": "5", "pott_elev": "7"}, "The link gives the pot in more ways than one; the start's is shown."),
        ({"pott_andel": "0.5"}, "The link gives the pot in more ways than one; the start's is shown."),
        ({"grad": "1", "avdrag": "7"}, "The link gives the degree in more ways than one; the start's is shown."),
        ({"etapper": "0.5~0.9"}, "The link has etapper = 0.5~0.9, which is not possible; the start's is shown."),
        ({"vikt": "Kön~Flickor~1"}, "The link has a weight for Kön~Flickor~1, which is not in this table."),
        ({"vikt": "F~yes~0"}, "The link leaves no weight above 0; the start's weights are shown."),
    ],
)
def test_what_no_longer_exists_is_said_and_the_rest_opens(parameters, notice):
    """Schools, parts, choices and weights that are not here are named; the view is otherwise the start's."""
    view, notices = opened(**parameters)
    assert notice in notices
    assert (view.baseline, view.order, view.unit, view.school) == (START.baseline, START.order, START.unit, "")
    assert (view.sort, view.everyone, view.equal_width, view.language) == ("school", False, False, "sv")
    assert (view.scenario.pot, view.scenario.need) == (START.scenario.pot, START.scenario.need)
    assert view.scenario.redistribution.degree == START.scenario.redistribution.degree


def test_a_category_without_a_weight_in_the_link_has_none():
    """The categories of a factor in the link that it does not name have weight 0."""
    view, notices = opened(vikt="F~yes~3")
    assert notices == []
    assert view.scenario.need.weights == {"F": {"yes": 3.0, "no": 0.0}}


def test_a_start_with_rules_of_its_own_can_be_linked_without_them():
    """Two pieces, a cap and a phase-in at the start do not come back in a link that has none."""
    phase_in = PhaseIn(stages=(0.5, 1.0), limit_kr=500.0)
    rules = Redistribution(degree=1.0, brackets=Brackets(start=1.2, slope=2.0), minimum=10.0, cap=30_000.0)
    start = replace(START, scenario=replace(START.scenario, redistribution=rules, phase_in=phase_in))
    plain = replace(start, scenario=replace(START.scenario, redistribution=Redistribution(degree=1.0)))
    assert read(link(plain), start, TABLE) == (plain, [])
    assert read(link(start), plain, TABLE) == (start, [])


def test_a_link_for_another_table_keeps_what_fits():
    """Schools with a ready index only, opened by a link with weights: the weights are named, the rest stands."""
    start = replace(START, scenario=proposal())
    view, notices = read(link(START), start, indexed([10, 20], [0.5, 1.5]))
    assert len(notices) == 3
    assert view.scenario.need == start.scenario.need
    assert view.scenario.redistribution == START.scenario.redistribution
