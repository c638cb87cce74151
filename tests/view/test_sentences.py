from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socio.allocation import allocate
from socio.measures import Baseline, change, spread
from socio.scenario import Need, Pot
from socio.view import sentences, words
from tests.strategies import indexed, proposal, reference, schools

NB = "\u00a0"
PUPILS = (10, 20, 30, 40)


@pytest.fixture(autouse=True)
def _english():
    words.use("en")


def plain(text):
    return text.replace(NB, " ")


def outcome(composition=None, **rules):
    result = allocate(composition or reference(), proposal(**rules))
    return result, spread(result)


def compared(amounts, baseline, pupils=PUPILS):
    result = replace(allocate(indexed(PUPILS, [1] * 4, names=list("ABCD")), proposal()), amount=np.array(amounts))
    return result, change(
        result, Baseline(amount=np.array(baseline, dtype=float), pupils=np.array(pupils, dtype=float))
    )


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"degree": 1.0}, "16% of the pot is moved from an equal share to schools with greater challenges"),
        ({"degree": 0.5}, "8.0% of the pot is moved from an equal share to schools with greater challenges"),
        ({"threshold": 0.8}, "51% of the pot is moved from an equal share to schools with greater challenges"),
        ({"degree": 0.0}, "Every school gets the same: 10,000 kr per pupil"),
        ({"pot": Pot(total=0)}, "The pot is 0 kr: no school gets anything"),
    ],
)
def test_the_result_is_one_sentence(rules, said):
    """The headline says how much of the pot is moved, from the figures themselves (R086)."""
    assert plain(sentences.headline(*outcome(**rules))) == said


def test_the_result_is_said_in_swedish():
    """In Swedish the sentence has the decimal comma and the space of Swedish figures."""
    words.use("sv")
    assert plain(sentences.headline(*outcome(degree=0.5))).startswith("8,0 % av potten flyttas")


@pytest.mark.parametrize(
    ("composition", "rules", "said"),
    [
        (None, {}, "3 schools get more than the average 10,000 kr per pupil"),
        (None, {"threshold": 0.99, "progression": 4.0}, "1 school gets more than the average 10,000 kr per pupil"),
        (None, {"degree": 0.0}, "All schools get the average, 10,000 kr per pupil"),
        (indexed([7], [0.5]), {}, "The only school gets the average, 10,000 kr per pupil"),
    ],
)
def test_the_bars_say_how_many_are_above_the_line(composition, rules, said):
    """The chart's heading counts the schools above the average."""
    assert plain(sentences.bars_title(outcome(composition, **rules)[0])) == said


def test_the_chart_is_told_to_who_cannot_see_it():
    """Average, highest, lowest and the area above the line stand in words."""
    said = plain(sentences.bars_text(*outcome(degree=1.0)))
    for figure in ("one for each of 6 schools", "average line is at 10,000 kr", "School 10000006, 22,000 kr",
                   "School 10000001, 5,000 kr", "3,200,000 kr, 16% of the pot"):  # fmt: skip
        assert figure in said


def test_who_gets_more_and_who_gets_less_in_words():
    """Schools, pupils and kronor up, down and unchanged, and that the falls pay for the rises (R019)."""
    _result, found = compared([150, 50, 300, 400], [100, 100, 300, 400])
    assert plain(sentences.change_title(found)) == "1 school gets more and 1 less"
    assert [plain(line) for line in sentences.change_lines(found)] == [
        "More: 1 school, 10 pupils, +50 kr.",
        "Less: 1 school, 20 pupils, -50 kr.",
        "Unchanged (1 kr at most): 2 schools, 70 pupils.",
        "What some get more the others get less: the pot is the same.",
    ]


@pytest.mark.parametrize(
    ("amounts", "baseline", "said"),
    [
        ([150, 50, 300, 400], [100, 100, 300, 400], "the pot is the same"),
        ([250, 50, 300, 400], [100, 100, 300, 400], "The rises exceed the falls by 100 kr: so much larger is the pot."),
        ([150, 0, 300, 400], [100, 100, 300, 400], "The falls exceed the rises by 50 kr: so much smaller is the pot."),
    ],
)
def test_who_pays_is_told_with_the_third_term(amounts, baseline, said):
    """Where the pots differ the difference is named."""
    assert said in plain(sentences.who_pays(compared(amounts, baseline)[1]))


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=4, max_size=4))
def test_the_kronor_in_the_sentence_add_up(amounts):
    """Rises, falls and the difference shown sum, as shown."""
    words.use("en")
    _result, found = compared(*([column[at] for column in amounts] for at in (0, 1)))
    figures = [int(line.rsplit(", ", 1)[1].split(NB)[0].replace(",", "")) for line in sentences.change_lines(found)[:2]]
    difference = sum(figures)
    said = plain(sentences.who_pays(found))
    assert f"{abs(difference):,} kr" in said if difference else "the pot is the same" in said


def test_the_largest_fall_is_named_in_kronor_and_per_cent():
    """The school that loses most is named, with what that is of what it had."""
    result, found = compared([150, 40, 300, 390], [100, 100, 300, 400])
    assert plain(sentences.largest_fall(found, result.composition)) == "Largest fall: B, -60 kr (-60.0%)."
    result, found = compared([150, 100, 300, 400], [100, 100, 300, 400])
    assert plain(sentences.largest_fall(found, result.composition)) == "No school gets less."


def test_a_comparison_with_nothing_and_without_change():
    """Where there is nothing to compare with, or nothing differs, that is what is said."""
    gap = np.nan
    _result, found = compared([100] * 4, [gap] * 4, [gap] * 4)
    assert sentences.change_title(found) == "No school has anything to compare with"
    _result, found = compared([100] * 4, [100] * 4)
    assert sentences.change_title(found) == "No school gets more or less"
    *_, said = sentences.change_lines(found)
    assert plain(said) == "Unchanged (1 kr at most): 4 schools, 100 pupils."  # and nothing of who pays


def test_where_two_sides_differ_in_schools_pupils_or_pot_it_is_told():
    """Schools without a baseline, schools that are gone, other pupils and another pot are each named."""
    result, found = compared([150, 100, 300, 400], [100, np.nan, 300, 400], [9, np.nan, 30, 40])
    said = [plain(line) for line in sentences.provisos(result, found, 79.0, ("Nedlagda skolan",))]
    assert said == [
        "1 school has no amount to compare with; it gets 100 kr.",
        "Only in what is compared with: Nedlagda skolan.",
        "The pupils differ: 80 now, 79 in what is compared with.",
        "The pots differ: 850 kr now, 800 kr in what is compared with.",
    ]
    same, found = compared([150, 50, 300, 400], [100, 100, 300, 400])
    assert sentences.provisos(same, found, 100.0, ()) == []


F = Need(weights={"F": {"yes": 2.0, "no": 1.0}})
TWICE = Need(weights={"F": {"yes": 4.0, "no": 2.0}})
TABLE = schools([10, 20], [[0.2, 0.8], [0.6, 0.4]], {"F": ["yes", "no"]})


@pytest.mark.parametrize(
    ("composition", "before", "now", "reason"),
    [
        (TABLE, {"need": F, "pot": Pot(total=0)}, {"need": F, "pot": Pot(total=0), "degree": 2.0}, "the pot is 0 kr."),
        (indexed([7], [0.5]), {}, {"degree": 2.0}, "there is only one school."),
        (None, {}, {"minimum": 4000.0}, "no school is below the lowest amount; the lowest gets 5,000.00 kr per pupil."),
        (None, {}, {"cap": 40_000.0}, "no school reaches the cap; the highest gets 22,000.00 kr per pupil."),
        (indexed([7, 8], [1.2, 1.2]), {}, {"degree": 2.0}, "all schools have the same index."),
        (
            TABLE,
            {"need": F, "degree": 0.0},
            {"need": F, "degree": 0.0, "progression": 2.0},
            "at degree 0% all get the same per pupil, whatever the weights and the progression.",
        ),
        (
            TABLE,
            {"need": F, "progression": 0.0},
            {"need": F, "degree": 2.0, "progression": 0.0},
            "at progression 0 all count as the average, whatever the weights and the degree.",
        ),
        (
            TABLE,
            {"need": F},
            {"need": TWICE},
            "only the proportions between the weights matter, or no school differs in what was changed.",
        ),
        (
            TABLE,
            {"need": F, "pot": Pot(per_pupil=100.0)},
            {"need": F, "pot": Pot(total=3000)},
            "it is the same pot, in another view.",
        ),
        (TABLE, {"need": F}, {"need": F, "deduction": 0.0}, "it is the same degree, in another view."),
        (
            TABLE,
            {"need": F},
            {"need": replace(F, minimum_pupils=5), "minimum": 1.0},
            "no school's amount depends on what was changed.",
        ),
    ],
)
def test_a_change_without_effect_is_explained(composition, before, now, reason):
    """When a dial moves no krona the screen says why."""
    composition = composition or reference()
    one, other = proposal(**before), proposal(**now)
    result = allocate(composition, other)
    assert allocate(composition, one).amount.tolist() == result.amount.tolist()
    said = plain(sentences.no_effect(one, other, result, spread(result)))
    assert said.startswith("The change moves no krona: ")
    assert said.removeprefix("The change moves no krona: ").replace("0 %", "0%") == reason


def test_a_chosen_school_is_told_with_its_figures():
    """Rate, amount, pupils, index and the change of the school that is chosen."""
    result, _spread = outcome(degree=1.5)
    said = plain(sentences.selected(result, None, "10000006"))
    assert said == "School 10000006 gets 28,000.00 kr per pupil, 4,200,000 kr for 150 pupils. Index 2.200."
    baseline = Baseline(amount=result.amount - 5.0, pupils=result.composition.pupils_paid.astype(float))
    said = plain(sentences.selected(result, change(result, baseline), "10000006"))
    assert said.endswith("That is +5 kr against what is compared with.")
