"""The main screen, through app.py: its figures are those of the chain, whatever is turned, opened or taken in."""

from __future__ import annotations

import csv
import io
import tomllib
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import openpyxl
import pytest

from socio import scenario as scenario_file
from socio.allocation import allocate
from socio.intake import library
from socio.measures import share_moved
from socio.scenario import Need, Pot, Redistribution

PARENTS, BACKGROUND = "Föräldrarnas utbildning", "Bakgrund"
FOREIGN = f"weight/{BACKGROUND}/Utländsk"
INDEPENDENT = 7
"""Units in Huddinge whose amounts the source lacks."""


def schools(file="huddinge_2019_vt.csv", *, everyone=False):
    """Read a table that comes with the program; where some have an amount today, those alone."""
    found = library.read(next(one for one in library.datasets() if one.file == file))
    return found if everyone or found.old_rate is None else found.only(~np.isnan(found.old_rate))


def beginning(file="huddinge_2019_vt.toml"):
    return scenario_file.read((library.FOLDER / file).read_text(encoding="utf-8"), file)


def decided(given=None, *, pot=None, **redistribution):
    """Change a setting as a reader would: one of the degree's three views takes the place of the others."""
    given = given or beginning()
    if redistribution.keys() & {"degree", "deduction", "threshold"}:
        redistribution = {"degree": None, "deduction": None, "threshold": None} | redistribution
    return replace(given, pot=pot or given.pot, redistribution=replace(given.redistribution, **redistribution))


def weighed(**weights):
    """Begin with other weights for those with and without a parent's further education, and for background."""
    order = {"further": (PARENTS, "Eftergymnasial"), "less": (PARENTS, "Ej eftergymnasial"),
             "foreign": (BACKGROUND, "Utländsk"), "swedish": (BACKGROUND, "Svensk")}  # fmt: skip
    given = {factor: dict(categories) for factor, categories in beginning().need.weights.items()}
    for name, weight in weights.items():
        factor, category = order[name]
        given[factor][category] = weight
    return replace(beginning(), need=Need(weights=given))


def amounts(scenario, composition=None):
    composition = composition or schools()
    result = allocate(composition, scenario)
    return dict(zip(composition.names, result.amount.tolist(), strict=True))


def today(column="vt19_kr"):
    """Today's amounts, read from the table that they were published in."""
    text = (library.FOLDER / library.AMOUNTS).read_text(encoding="utf-8-sig")
    return {row["skola"]: int(row[column]) for row in csv.DictReader(io.StringIO(text), delimiter=";")}


def kr(value):
    """Write kronor half up, as a Swede does."""
    whole = int(Decimal(repr(float(value))).quantize(Decimal(1), ROUND_HALF_UP))
    return f"{whole:,} kr".replace(",", " ").replace("-", "−")


def signed(value):
    return f"+{kr(value)}" if value > 0 else kr(value)


def own_table(*rows, head="skolenhetskod;skola;elever;Bakgrund: Utländsk"):
    return "\n".join([head, *rows, ""]).encode()


GOOD = own_table("1;Alfa;100;20", "2;Beta;200;40", "3;Gamma;300;10")


# What one meets


def test_it_opens_with_huddinge_and_what_each_school_has_today(page):
    """Spring 2019: 30 schools share 25 018 508 kr, and each is held against its amount today."""
    assert page.text.startswith("Huddinge · elevsammansättning läsåret 2018/19 · ersättning för 2019 vt · 30 skolor")
    assert page.amounts == amounts(beginning())
    assert sum(page.amounts.values()) == sum(today().values()) == 25_018_508
    assert page.table["change_amount"].to_dict() == {
        name: amount - today()[name] for name, amount in page.amounts.items()
    }
    assert not page.app.exception


def test_the_figures_are_those_of_the_chain(page):
    """Share moved, average, highest, lowest, and who gets more and less in schools, pupils and kronor."""
    composition, result = schools(), allocate(schools(), beginning())
    change = result.amount - np.array([today()[name] for name in composition.names])
    pupils = composition.pupils_paid
    moved = float(share_moved(result.amount, pupils))
    assert page.headline.startswith(f"{Decimal(100 * moved).quantize(Decimal(1), ROUND_HALF_UP)} % av potten flyttas")
    zero = result.rate == 0
    more, less = change > 1, change < -1
    assert page.figures == {
        "Genomsnitt per elev": [kr(25_018_508 / pupils.sum())],
        "Högst": [kr(result.rate.max())],
        "Lägst": [kr(0), f"{zero.sum()} skolor med {kr(pupils[zero].sum())[:-3]} elever får 0 kr"],
        "Får mer": [f"{more.sum()} skolor", f"{kr(pupils[more].sum())[:-3]} elever, {signed(change[more].sum())}"],
        "Får mindre": [f"{less.sum()} skolor", f"{kr(pupils[less].sum())[:-3]} elever, {signed(change[less].sum())}"],
    }


def test_the_start_says_how_near_today_it_comes(page):
    """The share of the pot that the fitted setting pays to other schools than today is on screen."""
    misplaced = sum(abs(amount - today()[name]) for name, amount in page.amounts.items()) / 2 / 25_018_508
    written = str(Decimal(100 * misplaced).quantize(Decimal("0.1"), ROUND_HALF_UP)).replace(".", ",")
    assert f"går {written} % av potten till andra skolor" in page.text


def test_a_setting_that_nobody_decided_is_marked(page):
    """The mark stands on screen until a municipality's own proposal is taken in."""
    mark = "Exempelvikter – inte kommunens modell"
    assert mark in page.text
    proposed = scenario_file.write(replace(beginning(), proposed_by="Utbildningsförvaltningen"))
    assert mark not in page.upload(("förslag.toml", proposed.encode())).text
    assert mark in page.press("preset-bild1").text


def test_the_schools_without_an_amount_are_named(page):
    """The seven independent units that the source lacks stand under the switch that takes them in."""
    everyone = schools(everyone=True)
    absent = [name for name in everyone.names if name not in today()]
    assert len(absent) == INDEPENDENT
    assert ", ".join(absent) + "." in page.text


def test_the_sum_row_is_the_pot(page):
    """Pupils, kronor and changes are added up under the table."""
    assert f"{kr(schools().pupils_paid.sum())[:-3]} elever\n25 018 508 kr = potten\nförändring 0 kr" in page.text


def test_a_suppressed_share_keeps_its_interval(page):
    """Kräpplaskolan's share is not published: the middle is used and the ends are shown (T05)."""
    assert "Kräpplaskolan 5,4 % (0,0 %–10,7 %)" in page.text


# Dials


def test_few_dials_are_in_sight(opened):
    """Pot, degree and progression; the others wait in what is folded."""
    page = opened()
    assert page.dials == ["pot.total", "redistribution.degree", "redistribution.progression"]
    assert page.amounts == amounts(beginning())


DIALS = {
    "pot.total": (30_000_000, "32,5 mnkr", "32 500 000", decided(pot=Pot(total=30_000_000)),
                  decided(pot=Pot(total=32_500_000))),
    "redistribution.degree": (150, "122,5 %", "122,5", decided(degree=1.5), decided(degree=1.225)),
    "redistribution.progression": (2, "0,75", "0,75", decided(progression=2.0), decided(progression=0.75)),
    "redistribution.minimum": (400, "1 234,5 kr", "1 234,5", decided(minimum=400.0), decided(minimum=1234.5)),
    FOREIGN: (5, "7,25", "7,25", weighed(foreign=5.0), weighed(foreign=7.25)),
    f"weight/{PARENTS}/Ej eftergymnasial": (2.5, "40", "40", weighed(less=2.5), weighed(less=40.0)),
}  # fmt: skip
"""A dial; a value on its slider; one in its field, and how it is written there after; what each decides."""


@pytest.mark.parametrize("name", DIALS)
def test_a_slider_turns_the_chain(page, name):
    """Every school gets what the chain gives, and the field shows the slider's number."""
    value, _, _, scenario, _ = DIALS[name]
    page.slide(name, value)
    assert page.amounts == amounts(scenario)
    assert page.field(name) == kr(value)[:-3] if float(value).is_integer() else str(value).replace(".", ",")


@pytest.mark.parametrize("name", DIALS)
def test_a_field_turns_the_chain(page, name):
    """A number as Swedes write it is read exactly, and written back neatly; the slider follows."""
    _, text, neat, _, scenario = DIALS[name]
    page.write(name, text)
    assert page.amounts == amounts(scenario)
    assert page.field(name) == neat
    slider = page.slider(name)
    number = float(neat.replace(" ", "").replace(",", "."))
    assert slider.max >= number
    assert slider.value == pytest.approx(number, abs=slider.step / 2 + 1e-9)


def test_the_cap_begins_where_it_moves_nothing_and_then_bites(page):
    """Switched on, the cap is at the highest rate; lower, its excess goes to the others; off, it is gone."""
    page.switch("cap", value=True)
    assert page.amounts == amounts(beginning())
    assert any("flyttar inga kronor" in said for said in page.said)
    page.write("redistribution.cap", "9 000")
    assert page.amounts == amounts(decided(cap=9000.0))
    assert page.figures["Högst"] == ["9 000 kr"]
    page.switch("cap", value=False)
    assert page.amounts == amounts(beginning())
    assert "redistribution.cap.field" not in page.inputs


PRESETS = {
    "equal": Redistribution(degree=0.0),
    "bild1": Redistribution(degree=1.0),
    "bild2": Redistribution(degree=1.5),
    "bild3": Redistribution(threshold=0.8),
}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_the_guides_picture(page, name):
    """Lika, Bild 1, Bild 2 and Bild 3 are degree 0, 100 and 150 % and the threshold 0.8, at every pot."""
    scenario = replace(beginning(), redistribution=PRESETS[name])
    assert page.press(f"preset-{name}").amounts == amounts(scenario)
    page.write("pot.total", "60 000 000")
    assert page.amounts == amounts(replace(scenario, pot=Pot(total=60_000_000)))


def level(at, progression=3.05):
    """Return the level of the shape at an index, written out: x^γ Σn / Σ(n x^γ)."""
    index, pupils = allocate(schools(), beginning()).index, schools().pupils_paid
    return at**progression * pupils.sum() / (pupils @ index**progression)


@pytest.mark.parametrize(
    ("view", "text", "held"),
    [("degree", "130", {"degree": 1.3}), ("deduction", "2 500", {"deduction": 2500.0}),
     ("threshold", "0,9", {"threshold": level(0.9)})],
)  # fmt: skip
def test_when_the_pot_is_moved_what_was_set_last_is_held(page, view, text, held):
    """The degree is held, or the deduction or the threshold where that was what one set (method §4)."""
    page.choose("degree.view", view).write(f"redistribution.{view}", text)
    assert page.amounts == amounts(decided(**held))
    page.write("pot.total", "40 000 000")
    assert page.amounts == amounts(decided(pot=Pot(total=40_000_000), **held))
    assert page.field(f"redistribution.{view}") == text


def test_a_lowest_amount_stands_when_the_pot_is_moved(page):
    """The slider's reach follows the average; what it stands at does not."""
    page.write("redistribution.minimum", "400").write("pot.total", "60 000 000").press("language")
    assert page.field("redistribution.minimum") == "400"
    assert page.slider("redistribution.minimum").value == pytest.approx(400, abs=10)
    assert page.amounts == amounts(decided(pot=Pot(total=60_000_000), minimum=400.0))


def test_the_three_views_of_the_degree_are_one_number(page):
    """Another view moves no krona, and says what the others are."""
    average = 25_018_508 / int(schools().pupils_paid.sum())
    at = (0.6 / 1.6 / level(1.0)) ** (1 / 3.05)  # the index where the shape is d/(π + d)
    assert f"avdrag {kr(0.6 * average)} per elev · tröskel vid index {at:.2f}".replace(".", ",") in page.text
    for view, text in (("deduction", "1 209,5"), ("threshold", f"{at:.4f}".replace(".", ",")), ("degree", "160")):
        page.choose("degree.view", view)
        assert page.field(f"redistribution.{view}") == text
        assert page.amounts == amounts(beginning())


def test_below_the_proportional_there_is_no_threshold(page):
    """Asked for a threshold at degree 50 % the screen says that it becomes 0, which is 100 %."""
    page.write("redistribution.degree", "50").choose("degree.view", "threshold")
    assert page.said == [("Vid en grad under 100 % finns ingen tröskel. Tröskeln har satts till 0, vilket motsvarar "
                         "graden 100 %.")]  # fmt: skip
    assert page.amounts == amounts(decided(threshold=0.0))


def test_the_three_views_of_the_pot_are_one_number(page):
    """In all, per pupil or as a part of a budget: the same kronor, each view turned in its own unit."""
    page.choose("pot.view", "per_pupil")
    assert (page.field("pot.per_pupil"), page.amounts) == ("2 015,83", amounts(beginning()))
    page.write("pot.per_pupil", "2 500")
    assert page.amounts == amounts(decided(pot=Pot(per_pupil=2500.0)))
    page.choose("pot.view", "share").write("pot.budget", "620 550 000")
    assert (page.field("pot.share"), page.amounts) == ("5", amounts(decided(pot=Pot(per_pupil=2500.0))))
    page.write("pot.share", "5,5 %")
    assert page.amounts == amounts(decided(pot=Pot(share=0.055, budget=620_550_000.0)))
    page.choose("pot.view", "total")
    assert page.field("pot.total") == kr(Decimal("0.055") * 620_550_000)[:-3]


# What is out of bounds


@pytest.mark.parametrize(
    ("name", "text", "said", "scenario"),
    [
        ("redistribution.degree", "20 000", "10 000", decided(degree=100.0)),
        ("redistribution.progression", "9", "4", decided(progression=4.0)),
        (FOREIGN, "500", "100", weighed(foreign=100.0)),
        (FOREIGN, "−1", "0", weighed(foreign=0.0)),
        ("pot.total", "−5", "0", decided(pot=Pot(total=0))),
        ("redistribution.minimum", "−1", "0", decided(minimum=0.0)),
    ],
)
def test_what_is_out_of_bounds_is_clamped_and_said(page, name, text, said, scenario):
    """The nearest allowed number is used, and the reader told which."""
    page.write(name, text)
    assert page.said == [f"{text} ligger utanför gränserna; värdet har satts till {said}."]
    assert page.field(name) == said
    assert page.amounts == amounts(scenario)


def test_a_deduction_below_equal_per_pupil_is_clamped(page):
    """No deduction is lower than the average with a minus sign."""
    page.choose("degree.view", "deduction").write("redistribution.deduction", "−99 999")
    assert page.said[0].startswith("−99 999 ligger utanför gränserna; värdet har satts till −2 015,83")
    assert page.amounts == amounts(decided(degree=0.0))


def test_a_threshold_that_leaves_nobody_is_clamped(page):
    """Where nobody would be above it the highest possible is set, said and written; the slider's end follows."""
    page.write("redistribution.progression", "1").choose("degree.view", "threshold")
    page.write("redistribution.threshold", "1")
    most = 0.9999 / level(1.0, progression=1.0)
    assert page.said == [f"1 ligger utanför gränserna; värdet har satts till {most:.6f}.".replace("0.", "0,")]
    assert page.field("redistribution.threshold") == f"{most:.4f}".replace(".", ",")
    assert page.slider("redistribution.threshold").max == pytest.approx(most, abs=0.01)
    page.write("redistribution.progression", "3,05").write("redistribution.threshold", "1,1")
    assert page.amounts == amounts(decided(threshold=level(1.1)))
    assert page.slider("redistribution.threshold").value == pytest.approx(1.1)


def test_a_lowest_amount_that_the_pot_cannot_pay_gives_way(page):
    """What cannot be is said with the number that would do, which is used."""
    page.write("redistribution.minimum", "3 000")
    (said,) = page.said
    assert said.startswith("Potten räcker inte till det lägsta beloppet")
    assert "2 015,83 kr per elev" in said
    assert page.field("redistribution.minimum") == "2 015,83"
    assert len({round(rate) for rate in page.table["rate"]}) == 1


def test_a_cap_that_cannot_hold_gives_way(page):
    """Under it the pot could not be paid out: the lowest cap that can is used, and said."""
    page.switch("cap", value=True).write("redistribution.cap", "1 000")
    (said,) = page.said
    assert f"taket sätts till {page.field('redistribution.cap')} kr per elev" in said
    assert sum(page.amounts.values()) == 25_018_508


@pytest.mark.parametrize("text", ["många", "25.018", "1 000 000 + 2", "", "1e7", "nan"])
def test_what_is_not_one_number_moves_nothing(page, text):
    """The reader is told what was written, and the field shows the number that stands."""
    page.write("pot.total", text)
    assert page.said == [f"Pott, kr: ”{text}” går inte att läsa som ett tal. Skriv till exempel 98 765,5."]
    assert (page.field("pot.total"), page.amounts) == ("25 018 508", amounts(beginning()))


def test_in_english_numbers_are_written_the_english_way(opened):
    """Thousands with a comma and a decimal point, in the field and on screen."""
    page = opened(sprak="en")
    page.write("pot.total", "31,250,000")
    assert (page.field("pot.total"), page.amounts) == ("31,250,000", amounts(decided(pot=Pot(total=31_250_000))))
    page.write("redistribution.degree", "122.5")
    assert page.amounts == amounts(decided(pot=Pot(total=31_250_000), degree=1.225))


def test_all_weights_cannot_be_zero(page):
    """The last weight above 0 stays as it was, and the screen says why."""
    page.write(FOREIGN, "0").write(f"weight/{PARENTS}/Ej eftergymnasial", "0")
    assert page.said == ["Minst en vikt måste vara större än 0. Vikten är därför oförändrad."]
    assert page.amounts == amounts(weighed(foreign=0.0))
    assert page.field(f"weight/{PARENTS}/Ej eftergymnasial") == "10"


# Why nothing happened


@pytest.mark.parametrize(
    ("before", "name", "text", "why"),
    [
        ("preset-equal", FOREIGN, "9", "vid graden 0 % får alla skolor lika mycket per elev"),
        ("preset-equal", "redistribution.minimum", "10", "2 015,83 kr per elev"),
    ],
)
def test_a_change_without_effect_says_so_and_why(page, before, name, text, why):
    """Where no krona moves the reader is told the cause."""
    page.press(before).write(name, text)
    (said,) = page.said
    assert said.startswith("Ändringen flyttar inga kronor: ")
    assert why in said


# Factors


def test_kon_is_left_out_and_the_screen_says_why(page):
    """The factor is in the table but not in the model, and each way has its own text (R036, R037)."""
    assert "Inte med i modellen: andelen pojkar skiljer sig knappt mellan skolorna." in page.text
    page.switch("factor.Kön", value=True)
    assert "endast att skolor med en högre andel pojkar får mer" in page.text
    need = replace(beginning().need, weights={**beginning().need.weights, "Kön": {"Flickor": 0.0, "Pojkar": 1.0}})
    assert page.amounts == amounts(replace(beginning(), need=need))
    assert page.switch("factor.Kön", value=False).amounts == amounts(beginning())


def test_a_factor_is_switched_off_and_on_again(page):
    """Off, the others alone decide; on again it has its weights from the start."""
    page.switch(f"factor.{BACKGROUND}", value=False)
    without = Need(weights={PARENTS: beginning().need.weights[PARENTS]})
    assert page.amounts == amounts(replace(beginning(), need=without))
    assert f"{FOREIGN}.slider" not in page.inputs
    assert page.switch(f"factor.{BACKGROUND}", value=True).amounts == amounts(beginning())


def test_the_last_factor_stays(page):
    """Without any factor there is nothing to share by: the switch goes back, and the screen says so."""
    page.switch(f"factor.{BACKGROUND}", value=False).switch(f"factor.{PARENTS}", value=False)
    assert page.said == [f"Minst en faktor måste ha en vikt som är större än 0. Därför är {PARENTS} kvar."]
    assert page.inputs[f"factor.{PARENTS}"]["checked"]


# Compared with what


def baseline_amounts(name, scenario):
    if name == "today":
        return today()
    if name == "equal":
        return amounts(replace(scenario, redistribution=Redistribution(degree=0.0)))
    if name == "start":
        return amounts(beginning())
    earlier = schools("huddinge_2017-18.csv")
    return amounts(scenario, earlier.only(np.isin(earlier.codes, schools().codes)))


@pytest.mark.parametrize("name", ["today", "equal", "start", "last_year"])
def test_who_gets_more_follows_what_is_compared_with(page, name):
    """Each school's change is its amount less that of today, of equal kronor, of the start or of last läsår."""
    scenario = decided(pot=Pot(total=26_000_000))
    page.write("pot.total", "26 000 000").choose("baseline", name)
    before = baseline_amounts(name, scenario)
    change = {school: amount - before.get(school, np.nan) for school, amount in page.amounts.items()}
    shown = page.table["change_amount"]
    np.testing.assert_array_equal([shown[school] for school in change], list(change.values()))
    up = [difference for difference in change.values() if difference > 1]
    assert page.figures["Får mer"][0] == f"{len(up)} skol{'a' if len(up) == 1 else 'or'}"
    assert page.figures["Får mer"][1].endswith(signed(sum(up)))


def test_where_pots_differ_the_screen_says_by_how_much(page):
    """With a larger pot the rises exceed the falls, and the third term is shown."""
    page.write("pot.total", "26 018 508")
    assert "Ökningarna är 1 000 000 kr större än minskningarna" in page.text
    assert "Potterna skiljer sig: 26 018 508 kr nu, 25 018 508 kr i jämförelsen." in page.text


# Back again


def test_undo_goes_back_one_step_at_a_time(page):
    """Each step is the view before it, until the start is there again; then there is nothing to go back to."""
    page.write("pot.total", "30 000 000").press("preset-bild2").choose("table.municipality", "0115")
    larger = decided(pot=Pot(total=30_000_000))
    assert page.press("undo").amounts == amounts(replace(larger, redistribution=PRESETS["bild2"]))
    assert page.press("undo").amounts == amounts(larger)
    assert page.press("undo").amounts == amounts(beginning())
    assert page.press("undo").amounts == amounts(beginning())


def test_what_is_changed_is_listed_and_one_of_it_set_back(page):
    """From and to stand there, and the others stay as they are."""
    assert "Inget är ändrat från utgångsläget" in page.titles
    page.write("pot.total", "30 000 000").press("preset-bild2").write(FOREIGN, "5")
    assert "Ändrat från utgångsläget" in page.titles
    for change in (
        "Pott: |25 018 508 kr| → |30 000 000 kr",
        "Grad av omfördelning: |160 %| → |150 %",
        "Progression, exponent på index: |3,05| → |1",
        "Bakgrund: Utländsk: |3,6| → |5",
    ):
        assert "\n".join(part.strip() for part in change.split("|")) in page.text
    page.tell("restore", "pot")
    assert page.amounts == amounts(replace(weighed(foreign=5.0), redistribution=PRESETS["bild2"]))
    for name in (FOREIGN, "degree", "progression"):
        page.tell("restore", name)
    assert page.amounts == amounts(beginning())
    assert "restore.pot" not in page.inputs


def test_all_is_set_back_at_once(page):
    """One press, and the start is there; undo brings the changes back."""
    page.write("pot.total", "30 000 000").write("redistribution.degree", "120").press("reset")
    assert page.amounts == amounts(beginning())
    assert page.press("undo").amounts == amounts(decided(pot=Pot(total=30_000_000), degree=1.2))


# Language, tables, schools


def test_english_is_one_click_away_and_back(page):
    """The figures are the same; the words are English, and Swedish again."""
    page.write("pot.total", "30 000 000").press("language")
    assert page.headline.endswith("% of the pot is moved from an equal share to schools with greater challenges")
    assert page.figures["Average per pupil"] == ["2,417 kr"]
    assert page.amounts == amounts(decided(pot=Pot(total=30_000_000)))
    assert page.address["sprak"] == ["en"]
    assert page.press("language").figures["Genomsnitt per elev"] == ["2 417 kr"]


@pytest.mark.parametrize(("code", "file"), [("0115", "vallentuna_2023-24.csv"), ("0180", "stockholm_2023-24.csv")])
def test_another_municipality_keeps_kronor_per_pupil(page, code, file):
    """The pot follows the pupils; the setting is the stated example, marked as such (method §4)."""
    page.write("pot.total", "30 000 000").choose("table.municipality", code)
    composition, example = schools(file), beginning("example.toml")
    per_pupil = 30_000_000 / int(schools().pupils_paid.sum())
    assert page.amounts == amounts(replace(example, pot=Pot(per_pupil=per_pupil)), composition)
    assert page.figures["Genomsnitt per elev"] == ["2 417 kr"]
    assert "Exempelvikter – inte kommunens modell" in page.text
    assert '<option value="equal" selected>' in page.payload["places"]["outcome"]
    assert not page.app.exception


def test_another_lasar_keeps_the_setting_as_it_is_written(page):
    """The same municipality a year later has other pupils, the same rules and the same pot in kronor."""
    page.write("redistribution.degree", "120").choose("table.year", "0126-2019-20")
    scenario = replace(decided(degree=1.2), year="2019 ht")
    assert page.amounts == amounts(scenario, schools("huddinge_2019_ht.csv"))
    assert "läsåret 2019/20" in page.text
    change = page.table["change_amount"].to_dict()
    assert change == {name: amount - today("ht19_kr")[name] for name, amount in page.amounts.items()}


def test_schools_without_an_amount_are_taken_in_at_the_same_kronor_per_pupil(page):
    """All 37 share a pot that has grown with the pupils; the seven have nothing to be compared with."""
    page.switch("table.everyone", value=True)
    everyone = schools(everyone=True)
    average = 25_018_508 / int(schools().pupils_paid.sum())
    assert page.amounts == amounts(decided(pot=Pot(total=Pot(per_pupil=average).total_for(everyone.pupils_paid.sum()))),
                                   everyone)  # fmt: skip
    assert page.table["change_amount"].isna().sum() == INDEPENDENT
    assert "7 skolor" in page.text
    assert page.switch("table.everyone", value=False).amounts == amounts(beginning())


def test_a_chosen_school_is_described(page):
    """Its rate, amount, pupils, index and change stand in one sentence, and its code in the address."""
    composition, result = schools(), allocate(schools(), beginning())
    at = composition.names.index("Kästaskolan")
    page.choose("school", composition.codes[at])
    rate = f"{Decimal(result.rate[at]).quantize(Decimal('0.01'), ROUND_HALF_UP):,}".replace(",", " ").replace(".", ",")
    amount, index = int(result.amount[at]), f"{result.index[at]:.3f}".replace(".", ",")
    assert (
        f"Kästaskolan får {rate} kr per elev, {kr(amount)} för {composition.pupils_paid[at]} elever. Index {index}. "
        f"Skillnad mot jämförelsen: {signed(amount - today()['Kästaskolan'])}."
    ) in page.text
    assert page.address["skola"] == [composition.codes[at]]
    assert "Kästaskolan får" not in page.choose("school", None).text


# The address


def test_the_address_reopens_exactly_this_view(page, opened):
    """Another session, the same address: the same figures, texts, table and choices."""
    page.write("pot.total", "31 000 000").choose("degree.view", "threshold").write("redistribution.threshold", "0,45")
    page.write(FOREIGN, "4,25").switch("factor.Kön", value=True).switch("widths", value=True)
    page.choose("order", "name").choose("unit", "kr_per_pupil").choose("baseline", "start")
    page.switch("table.everyone", value=True).choose("school", schools().codes[3])
    again = opened(**page.address)
    assert again.address == page.address
    assert again.text == page.text
    assert again.table.equals(page.table)
    assert again.rows == page.rows
    assert again.inputs == page.inputs
    for kind in ("toggle", "selectbox"):
        kept = {one.key: one.value for one in page.app.get(kind)}
        assert {one.key: one.value for one in again.app.get(kind)} == kept


def test_a_link_with_impossible_values_says_so_and_opens_the_rest(opened):
    """Each part that cannot be is named with what was put instead; the pot of the link is used."""
    weights = ["Bakgrund~Utländsk~3", "Bakgrund~Svensk~1", "Skonummer~43~1"]
    page = opened(underlag="0126-2018-19", pott="30000000", grad="många", progression="77", skola="99",
                  vikt=weights, jamfor="ifjol", okand="1")  # fmt: skip
    said = "\n".join(page.notices)
    for part in ("grad = många", "progression = 77", "4", "99", "Skonummer~43~1", "jamfor = ifjol", "okand"):
        assert part in said
    weights = Need(weights={BACKGROUND: {"Utländsk": 3.0, "Svensk": 1.0}})
    assert page.amounts == amounts(replace(decided(pot=Pot(total=30_000_000), progression=4.0), need=weights))


def test_a_link_to_a_table_that_is_not_here_says_so(opened):
    """Huddinge is shown instead, in the language of the link, and the missing table is named."""
    page = opened(underlag="1234-2031-32", pott="1", sprak="en")
    assert len(page.notices) == 1
    assert "1234-2031-32" in page.notices[0]
    assert page.amounts == amounts(beginning())
    assert "Average per pupil" in page.figures


def test_a_link_whose_bounds_cannot_hold_opens_with_those_that_can(opened):
    """The lowest amount gives way, and is said."""
    page = opened(underlag="0126-2018-19", lagst="5000")
    assert any("2 015,83 kr per elev" in said for said in page.notices)
    assert sum(page.amounts.values()) == 25_018_508


# What is taken in


def test_with_an_empty_store_the_tables_that_come_along_are_offered(page, store):
    """Four municipalities, and a store that was laid out for what is to come."""
    assert page.boxes["table.municipality"] == ["Huddinge", "Linköping", "Stockholm", "Vallentuna"]
    assert page.widget("selectbox", "table.year").options[0] == "2013/14"
    assert store.exists()


def test_without_a_store_the_screen_opens_and_an_upload_says_what_is_wrong(store, opened):
    """Where nothing can be kept the figures are there all the same."""
    store.mkdir()
    page = opened()
    assert page.amounts == amounts(beginning())
    page.upload(("egen.csv", GOOD))
    assert page.notices
    assert page.amounts == amounts(beginning())
    assert not page.app.exception


def test_every_fault_of_a_file_is_said_at_once_and_the_view_stands(page):
    """Row, column, what is wrong and what is allowed; nothing of the file is kept, nothing on screen moves."""
    before = page.amounts
    page.upload(("fel.csv", own_table("1;Alfa;många;20", "1;Beta;200;140", ";Gamma;0;10")))
    said = page.notices
    places = [("rad 2", "elever"), ("rad 3", "skolenhetskod"), ("rad 3", "Bakgrund: Utländsk"),
              ("rad 4", "skolenhetskod"), ("rad 4", "elever")]  # fmt: skip
    for row, column in places:
        assert any(f'fel.csv: {row}, kolumn "{column}": ' in line.replace("”", '"') for line in said), (
            row,
            column,
            said,
        )
    assert page.amounts == before
    assert page.boxes["table.municipality"] == ["Huddinge", "Linköping", "Stockholm", "Vallentuna"]
    assert not page.press("close-faults").notices


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bild.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 40),
        ("tom.csv", b""),
        ("brus.csv", np.random.default_rng(7).bytes(200_000)),
        ("brus.xlsx", np.random.default_rng(7).bytes(20_000)),
        ("halv.toml", b"schema = 1\nname = "),
        ("latin.toml", "name = 'Förslag'".encode("latin-1")),
        (
            "annan.toml",
            scenario_file.write(replace(beginning(), need=Need(weights={"Skonummer": {"43": 1.0}}))).encode(),
        ),
    ],
)
def test_what_cannot_be_read_is_said_in_swedish_and_the_view_stands(page, name, content):
    """A picture, nothing, noise, half a setting or one for another table: a sentence, no traceback, no change."""
    address, before = page.address, page.text
    page.upload((name, content))
    assert page.notices
    assert all(line.startswith(name) for line in page.notices)
    assert not page.app.exception
    assert page.address == address
    assert before in page.press("close-faults").text


def test_an_own_csv_is_opened_and_kept(page, opened):
    """The schools are there at the same kronor per pupil, in the list, and in another session by its address."""
    page.upload(("egen.csv", GOOD))
    assert list(page.amounts) == ["Alfa", "Beta", "Gamma"]
    pot = Pot(per_pupil=25_018_508 / int(schools().pupils_paid.sum())).total_for(600)
    assert sum(page.amounts.values()) == pot
    need = np.array([100 * 20, 200 * 40, 300 * 10])
    np.testing.assert_allclose(list(page.amounts.values()), pot * need / need.sum(), atol=1)
    assert "egen.csv" in page.boxes["table.municipality"]
    assert "egen.csv: 3 skolor, 600 elever." in page.text
    again = opened(**page.address)
    assert again.amounts == page.amounts
    assert not again.notices


def test_an_own_workbook_is_opened(page):
    """The same table as .xlsx gives the same kronor."""
    book = openpyxl.Workbook()
    for line in GOOD.decode().strip().splitlines():
        book.active.append(
            [int(cell) if cell.isdigit() and at > 1 else cell for at, cell in enumerate(line.split(";"))]
        )
    content = io.BytesIO()
    book.save(content)
    page.upload(("egen.csv", GOOD))
    as_csv = page.amounts
    assert page.upload(("egen.xlsx", content.getvalue())).amounts == as_csv
    assert {"egen.csv", "egen.xlsx"} <= set(page.boxes["table.municipality"])


def test_one_good_file_among_bad_ones_is_taken_in(page):
    """What was wrong with the others is said beside it."""
    page.upload(("egen.csv", GOOD), ("tom.csv", b""))
    assert list(page.amounts) == ["Alfa", "Beta", "Gamma"]
    assert all(line.startswith("tom.csv") for line in page.notices)


def test_a_single_school_gets_the_whole_pot(page):
    """One school is a table too: it gets the average, and the screen says so."""
    page.upload(("en.csv", own_table("1;Alfa;100;20")))
    assert page.amounts == {"Alfa": 201_583}
    assert page.titles[0] == "Den enda skolan får genomsnittet, 2 016 kr per elev"
    assert not page.app.exception


def test_a_setting_is_used_as_it_is_written(page):
    """A TOML file with a deduction, bounds and its proposer: every school gets what the chain gives with it."""
    scenario = replace(decided(deduction=900.0, minimum=150.0, cap=9000.0, progression=1.5), name="Förvaltningens",
                       proposed_by="Utbildningsförvaltningen")  # fmt: skip
    page.upload(("förslag.toml", scenario_file.write(scenario).encode()))
    assert page.amounts == amounts(scenario)
    assert page.field("redistribution.deduction") == "900"
    assert page.address["namn"] == ["Förvaltningens"]
    assert "förslag.toml: inställningen ”Förvaltningens” används nu." in page.text
    assert tomllib.loads(scenario_file.write(scenario))["redistribution"]["cap"] == 9000
