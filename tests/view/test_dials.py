from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socio.allocation import allocate
from socio.errors import ScenarioError
from socio.scenario import BOUNDS, Brackets, Need, Pot, Redistribution
from socio.view import dials, pictograms, words
from socio.view import format as written
from tests.strategies import hundredths, pots, progressions, proposal, proposals, reference, schools

TABLE = schools([300, 100], [[0.2, 0.8, 0.5, 0.5], [0.6, 0.4, 0.1, 0.9]], {"F": ["yes", "no"], "G/H": ["a/b", "c"]})
START = proposal(
    need=Need(weights={"F": {"yes": 2.0, "no": 1.0}, "G/H": {"a/b": 1.0, "c": 0.0}}),
    pot=Pot(total=4_000_000),
    degree=1.5,
)
NUMBERS = [
    "pot.total",
    "pot.per_pupil",
    "redistribution.degree",
    "redistribution.deduction",
    "redistribution.threshold",
    "redistribution.progression",
    "redistribution.minimum",
    "redistribution.cap",
    "need.minimum_pupils",
    "weight/F/yes",
    "weight/G/H/a/b",
]


@pytest.fixture(autouse=True)
def _english():
    words.use("en")


def turned(name, value, scenario=START):
    return dials.turned(scenario, name, value, allocate(TABLE, scenario))


def value_of(scenario, name):
    """A number as the scenario holds it."""
    if name.startswith("weight/"):
        return {
            "weight/F/yes": scenario.need.weights["F"]["yes"],
            "weight/G/H/a/b": scenario.need.weights["G/H"]["a/b"],
        }[name]
    part, key = name.split(".")
    return getattr(getattr(scenario, part), key)


@pytest.mark.parametrize("name", NUMBERS)
def test_a_dial_that_is_turned_stands_where_it_was_put(name):
    """Each dial holds the number that it is given, and shows it on screen in its own unit."""
    number = {"pot.total": 3_000_000, "need.minimum_pupils": 7}.get(name, 0.25)
    scenario, notices = turned(name, number)
    assert notices == []
    assert value_of(scenario, name) == number
    start = allocate(TABLE, START)
    shown = dials.dial(name, start if name.endswith("cap") else allocate(TABLE, scenario), start)
    if not name.endswith("cap"):
        assert shown.value == pytest.approx(number * shown.scale)
        assert written.read_number(shown.text) == pytest.approx(number * shown.scale)
    assert len(dials.differences(START, scenario)) == 1


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [-1e12, 1e15])
def test_what_is_out_of_bounds_is_clamped_and_told(name, value):
    """A number beyond what the scenario allows becomes the nearest allowed one, and the user reads both."""
    scenario, notices = turned(name, value)
    bounds = BOUNDS["weight" if name.startswith("weight/") else name]
    number = value_of(scenario, name)
    assert bounds.allow(number)
    lowest = -10_000 if name.endswith("deduction") else bounds.low
    highest = 0.9999 if name.endswith("threshold") else bounds.high
    assert number == (lowest if value < 0 else highest)
    (notice,) = notices
    scale = 100 if bounds.unit == "share" else 1
    assert str(notice).endswith("is out of bounds: set to {number}.".format(**notice.facts))
    assert notice.facts == {"given": value * scale, "number": number * scale}


def test_all_weights_cannot_be_turned_to_nothing():
    """The last weight stands as it was, and the screen says why."""
    scenario = replace(START, need=Need(weights={"F": {"yes": 2.0, "no": 0.0}}))
    assert dials.turned(scenario, "weight/F/yes", 0.0, allocate(TABLE, scenario))[0] is scenario
    (notice,) = dials.turned(scenario, "weight/F/yes", 0.0, allocate(TABLE, scenario))[1]
    assert "at least one must be above 0" in str(notice)


@given(hundredths(0.01, 2), progressions())
def test_the_threshold_on_screen_is_an_index(at, bend):
    """Schools up to the index that the dial shows get nothing, and those above it get something, however bent."""
    start = proposal(degree=1.0, **bend)
    scenario, notices = dials.turned(start, "redistribution.threshold", at, allocate(reference(), start))
    result = allocate(reference(), scenario)
    shown = dials.threshold_index(result)
    if (
        not notices
        and bend.get("progression", 1.0) > 0.2
        and bend.get("brackets", Brackets(start=1.0, slope=1.0)).slope > 0.2
    ):
        assert shown == pytest.approx(at, rel=1e-6)
        apart = np.abs(result.index - shown) > 1e-6
        assert ((result.rate > 0) == (result.index > shown))[apart].all()
    assert result.amount.sum() == 20_000_000


@given(pots(), hundredths(0, 5), st.permutations(dials.POT_VIEWS), st.permutations(dials.DEGREE_VIEWS))
def test_another_view_of_a_number_moves_no_krona(pot, degree, pot_views, degree_views):
    """Pot and degree can be held as any of their three views, in any order, and every amount stays (R072)."""
    scenario = proposal(pot=pot, degree=max(degree, 1.0))
    before = allocate(reference(), scenario)
    for pot_view, degree_view in zip(pot_views, degree_views, strict=True):
        now = allocate(reference(), scenario)
        scenario, notices = dials.held(scenario, "pot", pot_view, now)
        assert (dials.pot_view(scenario), notices) == (pot_view, [])
        scenario, notices = dials.held(scenario, "redistribution", degree_view, allocate(reference(), scenario))
        assert (dials.degree_view(scenario), notices) == (degree_view, [])
        after = allocate(reference(), scenario)
        assert after.pot == before.pot
        np.testing.assert_allclose(after.rate, before.rate, rtol=1e-9, atol=1e-9)


def test_below_100_per_cent_there_is_no_threshold():
    """A degree of 50 % held as a threshold becomes the threshold 0, and that is told."""
    scenario = proposal(degree=0.5)
    held, notices = dials.held(scenario, "redistribution", "threshold", allocate(reference(), scenario))
    assert held.redistribution.threshold == 0
    assert len(notices) == 1


def test_turning_the_budget_holds_the_kronor():
    """A larger budget makes the pot a smaller share of it; turning the share moves the kronor."""
    scenario = replace(START, pot=Pot(share=0.05, budget=80_000_000.0))
    more, _notices = turned("pot.budget", 160_000_000.0, scenario)
    assert more.pot == Pot(share=0.025, budget=160_000_000.0)
    assert allocate(TABLE, more).pot == allocate(TABLE, scenario).pot
    twice, _notices = turned("pot.share", 0.10, scenario)
    assert allocate(TABLE, twice).pot == 8_000_000


def test_what_is_held_when_the_pot_moves_is_what_was_set_last():
    """At twice the pot a degree stays a degree, a deduction the same kronor, a threshold the same index."""
    for view, number in (("degree", 1.5), ("deduction", 5000.0), ("threshold", 0.4)):
        scenario = proposal(**{view: number})
        now = allocate(reference(), scenario)
        more, _notices = dials.turned(scenario, "pot.per_pupil", 20_000.0, now)
        assert getattr(more.redistribution, view) == number
        assert getattr(allocate(reference(), more), view) == pytest.approx(number)


@settings(max_examples=50)
@given(proposals(), st.sampled_from(NUMBERS[:9]))
def test_the_slider_stands_next_to_the_number(case, name):
    """The slider reaches the number and stands within a step of it; the field shows the number itself."""
    composition, scenario = case
    try:
        result = allocate(composition, scenario)
    except ScenarioError:
        return
    dial = dials.dial(name, result, result)
    assert dial.low <= dial.on_slider <= dial.high + 1e-9
    beyond = max(dial.low - dial.value, dial.value - dial.high)
    if beyond <= dial.step:
        assert abs(dial.on_slider - dial.value) <= dial.step * (1 + 1e-9)
    else:
        assert name in {"redistribution.threshold", "redistribution.cap", "need.minimum_pupils"}
    assert written.read_number(dial.text) == pytest.approx(
        dial.value, abs=0.5 * 10**-dial.decimals + 1e-9 * abs(dial.value)
    )
    assert dial.label == dials.labels()[name]


@settings(max_examples=50)
@given(st.data())
def test_every_difference_from_the_start_can_be_taken_back(data):
    """What is listed as changed is all that is changed, and setting each of it back gives the start again."""

    def drawn():
        redistribution = replace(
            Redistribution(degree=data.draw(hundredths(0, 5)), cap=data.draw(st.none() | hundredths(0, 9))),
            minimum=data.draw(hundredths(0, 9)),
            **data.draw(progressions()),
        )
        factors = data.draw(st.lists(st.sampled_from(["F", "G/H"]), min_size=1, unique=True))
        weight = st.sampled_from([0.0, 0.5, 2.0])
        weights = {
            factor.name: {category: data.draw(weight) for category in factor.categories}
            for factor in TABLE.factors
            if factor.name in factors
        }
        need = Need(weights=weights, minimum_pupils=data.draw(st.integers(0, 2)))
        return proposal(need=need, pot=data.draw(pots()), **{
            name: getattr(redistribution, name) for name in ("degree", "progression", "brackets", "minimum", "cap")
        })  # fmt: skip

    start, now = drawn(), drawn()
    found = dials.differences(start, now)
    assert bool(found) == (start != now)
    for difference in found:
        assert difference.before != difference.after
        now = dials.restored(difference.name, start, now)
        assert difference.name not in {left.name for left in dials.differences(start, now)}
    assert now == start


def test_a_difference_in_the_second_decimal_of_a_per_cent_is_listed():
    """What the field lets one type is seen among the changes: 150.03 % is not 150 %."""
    now = replace(START, redistribution=replace(START.redistribution, degree=1.5003))
    (difference,) = dials.differences(START, now)
    assert (difference.before, difference.after) == ("150%", "150.03%")


def test_factors_are_taken_in_and_left_out():
    """A factor that is taken in has its weights, and one that is left out is gone from the model."""
    without = dials.without_factor(START.need, "F")
    assert without.weights == {"G/H": {"a/b": 1.0, "c": 0.0}}
    assert dials.with_factor(without, "F", START.need.weights["F"]).weights == START.need.weights


def test_the_presets_are_the_guide_s_pictures():
    """Equal per pupil, Bild 1, Bild 2 and Bild 3 give the guide's rates at any pot (G10, G11, G14)."""
    rates = {
        "equal": [10_000] * 6,
        "bild1": [5000, 7000, 9000, 11000, 14000, 22000],
        "bild2": [2500, 5500, 8500, 11500, 16000, 28000],
        "bild3": [0, 0, 3773.58, 11320.75, 22641.51, 52830.19],
    }
    assert list(dials.PRESETS) == list(rates)
    for name, expected in rates.items():
        for factor in (1, 7):
            pot = Pot(per_pupil=10_000.0 * factor)
            begun = proposal(pot=pot, deduction=1.0, brackets=Brackets(start=1.0, slope=2.0), minimum=5.0, cap=99_999.0)
            scenario = dials.preset(begun, name)
            assert scenario.redistribution == dials.PRESETS[name] != begun.redistribution
            assert allocate(reference(), scenario).rate == pytest.approx(
                np.array(expected) * factor, abs=0.005 * factor
            )


def test_a_preset_s_picture_is_drawn_by_the_chain():
    """Six bars and the average line, as high as the chain's own rates for six schools; each preset looks different."""
    pictures = {name: pictograms.picture(name) for name in dials.PRESETS}
    assert len(set(pictures.values())) == 4
    for name, picture in pictures.items():
        heights = [float(height) for height in re.findall(r'height="([\d.]+)" fill', picture)]
        assert len(heights) == 6
        assert heights == sorted(heights, reverse=True)
        ground = pictograms.HEIGHT - 3
        if name == "bild1":
            index = np.array([2.2, 1.4, 1.1, 0.9, 0.7, 0.5]) * 6 / 6.8
            assert heights == pytest.approx(index / pictograms.TOP * ground, abs=0.06)
        if name == "equal":
            assert len(set(heights)) == 1
        assert f"M0 {ground - ground / pictograms.TOP:.1f}H" in picture


def test_kronor_per_pupil_are_kept_when_the_schools_are_others():
    """Another municipality gets a pot that gives the same per pupil, held in the view that was held."""
    assert dials.same_per_pupil(Pot(total=4_000_000), 10_000.0, 123) == Pot(total=1_230_000)
    assert dials.same_per_pupil(Pot(share=0.5, budget=9.0), 10_000.0, 123) == Pot(per_pupil=10_000.0)
    assert dials.same_per_pupil(Pot(per_pupil=7.0), 7.0, 123) == Pot(per_pupil=7.0)


@pytest.mark.parametrize(
    ("rules", "names"),
    [
        ({}, ["pot.per_pupil", "redistribution.degree", "redistribution.progression", "redistribution.minimum"]),
        (
            {"pot": Pot(total=9), "deduction": 5.0, "cap": 9.0, "progression": 2.0},
            ["pot.total", "redistribution.deduction", "redistribution.progression", "redistribution.minimum",
             "redistribution.cap"],
        ),
        (
            {"pot": Pot(share=0.5, budget=9.0), "threshold": 0.5, "brackets": Brackets(start=1.0, slope=2.0)},
            ["pot.share", "pot.budget", "redistribution.threshold", "redistribution.minimum"],
        ),
    ],
)  # fmt: skip
def test_a_scenario_has_the_dials_that_it_holds(rules, names):
    """One view each of pot and degree, progression where it is one number, the cap where there is one."""
    assert dials.names(proposal(**rules)) == names
    weighed = proposal(**rules, need=START.need)
    assert dials.names(weighed) == [*names, "weight/F/yes", "weight/F/no", "weight/G/H/a/b", "weight/G/H/c"]


@settings(max_examples=50)
@given(proposals())
def test_every_dial_of_a_scenario_can_be_drawn_and_turned(case):
    """Each name has a dial, and turned to where it stands the scenario has the same dials."""
    composition, scenario = case
    try:
        result = allocate(composition, scenario)
    except ScenarioError:
        return
    for name in dials.names(scenario):
        shown = dials.dial(name, result, result)
        assert shown.name == name
        turned_to, _notices = dials.turned(scenario, name, shown.value / shown.scale, result)
        assert set(dials.names(turned_to)) == set(dials.names(scenario))


def test_each_dial_is_named_with_its_unit():
    """Every parameter on screen has a label of its own, in both languages."""
    for language in words.LANGUAGES:
        words.use(language)
        labels = dials.labels()
        assert len(set(labels.values())) == len(labels)
        assert {name for name in BOUNDS if name.startswith(("pot", "redistribution"))} <= set(labels)
