from __future__ import annotations

import math
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socio import scenario as scenario_file
from socio.errors import ScenarioError
from socio.intake import library
from socio.scenario import BOUNDS, Bounds, Brackets, PhaseIn, Pot, Redistribution
from tests.strategies import hundredths, proposal, proposals

WHOLE = """\
schema = 1
name = "Förvaltningens förslag"
year = "2019 vt"
proposed_by = "Utbildningsförvaltningen"

[need]
method = "weights"
minimum_pupils = 10

[need.weights."Utbildning"]
"Förgymnasial" = 3
"Gymnasial" = 2
"Eftergymnasial" = 1

[pot]
total = 50_000_000

[redistribution]
deduction = 5000
progression = 1.5
minimum = 100
cap = 30000

[phase_in]
stages = [0.5, 1]
limit_kr = 500
limit_share = 0.10
financed = "outside"
"""


def faults(text):
    with pytest.raises(ScenarioError) as error:
        scenario_file.read(text, "F.toml")
    return str(error.value).splitlines()


def edited(*changes):
    text = WHOLE
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after)
    return text


def test_a_whole_file_is_read_as_it_stands():
    """Every key of the method's example has its place."""
    scenario = scenario_file.read(WHOLE)
    assert (scenario.name, scenario.year) == ("Förvaltningens förslag", "2019 vt")
    assert (scenario.proposed_by, scenario.note) == ("Utbildningsförvaltningen", "")
    assert scenario.need.weights == {"Utbildning": {"Förgymnasial": 3, "Gymnasial": 2, "Eftergymnasial": 1}}
    assert (scenario.need.method, scenario.need.minimum_pupils) == ("weights", 10)
    assert scenario.pot == Pot(total=50_000_000)
    assert scenario.redistribution == Redistribution(deduction=5000, progression=1.5, minimum=100, cap=30_000)
    assert scenario.phase_in == PhaseIn(stages=(0.5, 1), limit_kr=500, limit_share=0.1, financed="outside")


def test_what_is_left_out_has_the_defaults_of_the_method():
    """Progression 1, lowest amount 0, no cap, no phase-in; a phase-in has the stages [1] and is inside the pot."""
    short = 'schema = 1\nname = "A"\nyear = "B"\nneed.method = "index"\npot.per_pupil = 10\nredistribution.degree = 2\n'
    scenario = scenario_file.read(short)
    assert scenario.redistribution == Redistribution(degree=2.0, progression=1.0, minimum=0.0, cap=None)
    assert (scenario.need.minimum_pupils, scenario.need.weights, scenario.phase_in) == (0, {}, None)
    assert scenario_file.read(short + "[phase_in]\n").phase_in == PhaseIn(stages=(1.0,), financed="inside")


RANGE = {
    "pot.total": "allowed are whole numbers from 0 to 1000000000000.0",
    "need.minimum_pupils": "allowed are whole numbers from 0 to 1000000",
    "redistribution.progression": "allowed is from 0 to 4",
    "redistribution.deduction": "allowed is from -1000000.0 to 1000000000.0",
    "redistribution.minimum": "allowed is from 0 to 1000000.0",
    "redistribution.cap": "allowed is from 0 to 1000000.0",
    "phase_in.limit_kr": "allowed is from 0 to 1000000.0",
    "phase_in.limit_share": "allowed is from 0 to 1",
    'need.weights.Utbildning."Förgymnasial"': "allowed is from 0 to 100",
}
STANDS = {
    "pot.total": "total = 50_000_000",
    "need.minimum_pupils": "minimum_pupils = 10",
    "redistribution.progression": "progression = 1.5",
    "redistribution.deduction": "deduction = 5000",
    "redistribution.minimum": "minimum = 100",
    "redistribution.cap": "cap = 30000",
    "phase_in.limit_kr": "limit_kr = 500",
    "phase_in.limit_share": "limit_share = 0.10",
    'need.weights.Utbildning."Förgymnasial"': '"Förgymnasial" = 3',
}


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ("true", "not a number"),
        ('"5"', "not a number"),
        ("[5]", "not a number"),
        ("{a = 5}", "not a number"),
        ("1979-05-27", "not a number"),
        ("nan", "not a finite number"),
        ("inf", "not a finite number"),
        ("-inf", "not a finite number"),
        ("-2000000", "out of range"),
        ("2000000000000", "out of range"),
        ("1" + "0" * 400, "out of range"),
    ],
)
@pytest.mark.parametrize("key", STANDS)
def test_a_number_is_a_number_within_its_bounds(key, value, wrong):
    """Each number that is none, not finite or out of range is named with its key, its value and what is allowed."""
    stands = STANDS[key]
    text = edited((stands, f"{stands.partition(' = ')[0]} = {value}"))
    assert faults(text) == [f"F.toml: {key} = {value}: {wrong}, {RANGE[key]}"]


@pytest.mark.parametrize("key", ["pot.total", "need.minimum_pupils"])
def test_whole_kronor_and_pupils_have_no_decimals(key):
    """A total or a number of pupils with decimals is refused; 10.0 is 10."""
    name = key.partition(".")[2]
    assert faults(edited((STANDS[key], f"{name} = 10.5"))) == [
        f"F.toml: {key} = 10.5: not a whole number, {RANGE[key]}"
    ]
    assert scenario_file.read(edited((STANDS[key], f"{name} = 10.0")))


FAULTS = tomllib.loads((Path(__file__).parent / "golden/faults.toml").read_text(encoding="utf-8"))["fault"]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["lines"][0][:50])
def test_each_fault_is_told_with_its_key_its_value_and_what_is_allowed(fault):
    """The line is FILE: key = value: what is wrong, what is allowed (docs/method.md §10)."""
    assert faults(edited(*fault["changes"])) == [f"F.toml: {line}" for line in fault["lines"]]


TOP = "schema, name, year, proposed_by, note, need, pot, redistribution, phase_in"
DEGREES = "deduction, degree, threshold"


def test_all_faults_are_told_at_once():
    """A file with many faults is mended in one go: each of its parts tells its own."""
    text = """\
schema = 3
extra = 1
[need]
method = "guess"
minimum_pupils = -1
[need.weights]
Bakgrund = 2
[need.weights."Kön"]
Flickor = nan
[pot]
total = "mycket"
per_pupil = 2e6
[redistribution]
degree = true
threshold = 1.0
cap = -5
[phase_in]
stages = [0.5]
financed = 1
"""
    assert faults(text) == [
        f"F.toml: extra = 1: unknown key, allowed are {TOP}",
        "F.toml: schema = 3: unknown version, allowed is 1",
        "F.toml: name: is missing, write a text in quotes",
        "F.toml: year: is missing, write a text in quotes",
        'F.toml: need.method = "guess": unknown choice, allowed are weights, risk, index',
        "F.toml: need.minimum_pupils = -1: out of range, allowed are whole numbers from 0 to 1000000",
        "F.toml: need.weights.Bakgrund = 2: not a table, write category = weight",
        'F.toml: need.weights."Kön".Flickor = nan: not a finite number, allowed is from 0 to 100',
        'F.toml: pot.total = "mycket": not a number, allowed are whole numbers from 0 to 1000000000000.0',
        "F.toml: pot.per_pupil = 2000000.0: out of range, allowed is from 0 to 1000000.0",
        "F.toml: pot: total, per_pupil are given at the same time, exactly one of total, per_pupil, share",
        f"F.toml: redistribution: degree, threshold are given at the same time, exactly one of {DEGREES}",
        "F.toml: redistribution.degree = true: not a number, allowed is from 0 to 100",
        "F.toml: redistribution.threshold = 1.0: out of range, allowed is from 0 up to but not 1",
        "F.toml: redistribution.cap = -5: out of range, allowed is from 0 to 1000000.0",
        "F.toml: phase_in.stages = [0.5]: the last stage is not 1, the last one is 1",
        "F.toml: phase_in.financed = 1: unknown choice, allowed are inside, outside",
    ]


@pytest.mark.parametrize(
    "text",
    ["total 5", "a = [", 'name = "A"\nname = "B"', "\x00\x01", "a = " + "1" * 5000, "a = " + "[" * 5000],
    ids=range(6),
)
def test_what_is_no_toml_is_one_sentence(text):
    """Noise, a number of 5 000 digits and lists 5 000 deep are told as a file that is not valid."""
    (line,) = faults(text)
    assert line.startswith("F.toml: the file is not valid TOML (")


@settings(max_examples=60)
@given(proposals(phased=True, texts=True))
def test_what_is_written_is_read_back_unchanged(case):
    """A scenario survives its file, every number to the last digit and every text to the last sign."""
    _composition, scenario = case
    assert scenario_file.read(scenario_file.write(scenario)) == scenario


@given(st.floats(0, 100), st.floats(0, 1, exclude_max=True), st.floats(-1e6, 1e6))
def test_numbers_with_all_their_digits_survive_the_file(degree, threshold, deduction):
    """Not only round numbers: any that is allowed comes back as it was."""
    for view in ({"degree": degree}, {"threshold": threshold}, {"deduction": deduction}):
        scenario = proposal(pot=Pot(share=threshold, budget=degree), **view)
        assert scenario_file.read(scenario_file.write(scenario)) == scenario


def test_the_file_is_in_the_order_of_the_method():
    """A written file is read by people too: its parts stand as in the method's example."""
    written = scenario_file.write(scenario_file.read(WHOLE))
    assert list(tomllib.loads(written)) == [
        "schema",
        "name",
        "year",
        "proposed_by",
        "need",
        "pot",
        "redistribution",
        "phase_in",
    ]
    assert scenario_file.read(written) == scenario_file.read(WHOLE)


@pytest.mark.parametrize("file", sorted(library.FOLDER.glob("*.toml")), ids=lambda file: file.name)
def test_the_program_s_own_scenarios_are_valid(file):
    """What the program starts with follows its own rules."""
    scenario = scenario_file.read(file.read_text(encoding="utf-8"), file.name)
    assert scenario_file.read(scenario_file.write(scenario)) == scenario


def test_a_pot_is_whole_kronor_in_each_of_its_views():
    """Kronor per pupil and a share of a budget are rounded half up to whole kronor."""
    assert Pot(total=7).total_for(3) == 7
    assert Pot(per_pupil=0.5).total_for(5) == 3
    assert Pot(per_pupil=1.15).total_for(10) == 12
    assert Pot(share=0.055, budget=900_000_000.0).total_for(1) == 49_500_000
    assert Pot(share=0.5, budget=5.0).total_for(1) == 3
    assert Pot(share=0.0, budget=5.0).total_for(1) == 0


@given(hundredths(0.01, 30_000), hundredths(0, 100))
def test_degree_deduction_and_threshold_are_views_of_one_another(average, degree):
    """At any pot the three views convert into each other and back."""
    given = Redistribution(degree=degree)
    deduction, threshold = given.deduction_at(average), given.threshold_at(average)
    assert deduction == pytest.approx(average * (degree - 1))
    assert Redistribution(deduction=deduction).degree_at(average) == pytest.approx(degree, abs=1e-9)
    assert Redistribution(deduction=deduction).deduction_at(average) == deduction
    if degree > 0:
        assert threshold == pytest.approx(deduction / (average + deduction), abs=1e-9)
    else:
        assert threshold == -math.inf
    if 0 <= threshold < 1:
        held = Redistribution(threshold=threshold)
        assert (held.deduction_at(average), held.degree_at(average)) == pytest.approx((deduction, degree), abs=1e-6)


def test_without_a_pot_the_degree_is_in_proportion():
    """At 0 kr there is nothing to take off: the degree of a deduction is 1."""
    assert Redistribution(deduction=5000.0).degree_at(0) == 1
    assert Redistribution(degree=1.5).degree_at(0) == 1.5


def test_bounds_allow_what_they_clamp_to():
    """The nearest allowed value is allowed, at both ends, also where the end itself is out."""
    for name, bounds in BOUNDS.items():
        for value in (-1e30, bounds.low, bounds.high, 1e30):
            assert bounds.allow(bounds.clamp(value)), name
        assert bounds.clamp(bounds.low) == bounds.low
    assert not Bounds(0, 1, below_high=True).allow(1)
    assert Bounds(0, 1, below_high=True).clamp(2) == math.nextafter(1, 0)


def test_brackets_stand_instead_of_an_exponent():
    """Two pieces are written without an exponent, and read back as two pieces."""
    scenario = proposal(brackets=Brackets(start=1.2, slope=2.0))
    assert "progression" not in tomllib.loads(scenario_file.write(scenario))["redistribution"]
    assert scenario_file.read(scenario_file.write(scenario)) == scenario
    bent = replace(scenario, redistribution=replace(scenario.redistribution, brackets=None, progression=2.0))
    assert scenario_file.read(scenario_file.write(bent)) == bent
