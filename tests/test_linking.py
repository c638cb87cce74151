"""Units of two läsår are linked by code, by hand, and never by name alone."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from fractions import Fraction
from itertools import pairwise
from operator import mul

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socio import linking
from socio.composition import Mark, merged
from socio.intake import library
from socio.linking import Link, LinkError, Pair, Reason
from socio.screening import trend, year_change
from tests.strategies import compositions, schools

PAIR = {"F": ["yes", "no"]}


def units(year, *rows, owners=None, shares=None):
    """Make a läsår of rows of code, name and pupils."""
    codes, names, pupils = zip(*rows, strict=True)
    shares = [0.2] * len(rows) if shares is None else shares
    cells = [[share, 1 - share] for share in shares]
    more = {} if owners is None else {"operator_names": tuple(owners)}
    return schools(pupils, cells, PAIR, codes=codes, names=names, year=year, **more)


def linked(before, after, links):
    """Lay two läsår out so that a school has the same code in both: what `matching` means, as tables."""
    pairs = linking.matching(before, after, links).pairs
    then = together(before, [pair.before for pair in pairs])
    now = together(after, [pair.after for pair in pairs])
    later = {before.codes[pair.before[0]]: pair.after[0] for pair in pairs}
    codes, names = (
        tuple(values[later[code]] if code in later else own for code, own in zip(then.codes, owns, strict=True))
        for values, owns in ((after.codes, then.codes), (after.names, then.names))
    )
    return replace(then, codes=codes, names=names), now


def together(composition, groups):
    first = list(range(len(composition)))
    for rows in groups:
        for row in rows:
            first[row] = rows[0]
    return merged(composition, first)


BEFORE = units(
    "2022/23",
    ("1", "Alfaskolan", 100),
    ("2", "Betaskolan F-6", 200),
    ("3", "Betaskolan 7-9", 100),
    ("4", "Gammaskolan", 300),
    ("5", "Deltaskolan", 150),
    shares=[0.1, 0.2, 0.5, 0.4, 0.3],
)
AFTER = units(
    "2023/24",
    ("6", "Gammaskolan Norra", 180),
    ("1", "Alfaskolan", 110),
    ("7", "Betaskolan", 310),
    ("8", "Gammaskolan Södra", 130),
    ("9", "Delta skola", 155),
    shares=[0.5, 0.1, 0.3, 0.2, 0.3],
)
MERGED, SPLIT, RENAMED = Link(("2", "3"), ("7",)), Link(("4",), ("6", "8")), Link(("5",), ("9",))


def said(before, after, *links):
    return [str(fault.wrong) for fault in linking.faults(before, after, links)]


def test_units_are_the_same_where_the_code_is():
    """Without links a unit is followed by its code, and the others are gone or new."""
    found = linking.matching(BEFORE, AFTER)
    assert found.pairs == (Pair((0,), (1,)),)
    assert (found.gone, found.new) == (("2", "3", "4", "5"), ("6", "7", "8", "9"))


def test_links_make_units_the_same():
    """A new code, a merger and a split leave nobody gone or new, in the later läsår's order."""
    found = linking.matching(BEFORE, AFTER, [RENAMED, SPLIT, MERGED])
    assert found.pairs == (Pair((3,), (0, 3)), Pair((0,), (1,)), Pair((1, 2), (2,)), Pair((4,), (4,)))
    assert (found.gone, found.new) == ((), ())
    assert linking.matching(BEFORE, AFTER, [Link(("3", "2"), ("7",))]).pairs[1] == Pair((1, 2), (2,))


def test_a_unit_that_stays_can_take_in_another_or_be_split():
    """A unit with the same code in both läsår is named on both sides."""
    before = units("a", ("1", "Alfa", 100), ("2", "Beta", 50), ("3", "Gamma", 90))
    after = units("b", ("1", "Alfa", 150), ("3", "Gamma", 60), ("4", "Delta", 30))
    found = linking.matching(before, after, [Link(("1", "2"), ("1",)), Link(("3",), ("3", "4"))])
    assert found.pairs == (Pair((0, 1), (0,)), Pair((2,), (1, 2)))
    assert (found.gone, found.new) == ((), ())


def test_codes_that_changed_places_can_be_linked():
    """Where two units took each other's codes, two links say so."""
    before = units("a", ("1", "Alfa", 100), ("2", "Beta", 50))
    after = units("b", ("1", "Beta", 50), ("2", "Alfa", 100))
    swapped = [Link(("1",), ("2",)), Link(("2",), ("1",))]
    assert linking.matching(before, after, swapped).pairs == (Pair((1,), (0,)), Pair((0,), (1,)))
    then, now = linked(before, after, swapped)
    assert dict(zip(then.codes, then.names, strict=True)) == dict(zip(now.codes, now.names, strict=True))


def test_every_fault_of_a_link_is_told():
    """What is not there, linked twice, on one side only or of many and many is said, all of it at once."""
    assert said(BEFORE, AFTER, MERGED, SPLIT, RENAMED) == []
    assert said(BEFORE, AFTER, Link(("2", "3"), ("6", "8"))) == ["2, 3 and 6, 8 are not one unit and one or several"]
    assert said(BEFORE, AFTER, Link((), ("6",))) == ["– and 6 are not one unit and one or several"]
    assert said(BEFORE, AFTER, Link(("7",), ("5",))) == [
        "there is no unit 7 in läsår 2022/23",
        "there is no unit 5 in läsår 2023/24",
    ]
    assert said(BEFORE, AFTER, MERGED, Link(("2",), ("9",))) == ["the unit 2 is linked twice in läsår 2022/23"]
    assert said(BEFORE, AFTER, MERGED, Link(("5",), ("7",))) == ["the unit 7 is linked twice in läsår 2023/24"]
    assert said(BEFORE, AFTER, Link(("2",), ("6", "6"))) == ["the unit 6 is linked twice in läsår 2023/24"]
    assert said(BEFORE, AFTER, Link(("5",), ("1",))) == ["the unit 1 is there in both läsår"]
    assert said(BEFORE, AFTER, Link(("1",), ("9",))) == ["the unit 1 is there in both läsår"]
    assert said(BEFORE, AFTER, Link(("1",), ("1",))) == ["the unit 1 has the same code in both läsår"]
    assert len(said(BEFORE, AFTER, Link(("5", "99"), ("1", "98")))) == 4
    for wrong in (linking.matching, linked, linking.suggestions, year_change):
        with pytest.raises(LinkError, match="no unit 7 in läsår 2022/23, choose a unit that is there"):
            wrong(BEFORE, AFTER, [Link(("7",), ("5",))])


def test_a_link_that_does_not_fit_another_table_does_not_hold():
    """Of the links that are kept, those hold whose units are all there, and whose other side holds too."""
    assert linking.standing(BEFORE, AFTER, [MERGED, SPLIT, RENAMED]) == (MERGED, SPLIT, RENAMED)
    without = AFTER.only([code != "7" for code in AFTER.codes])
    assert linking.standing(BEFORE, without, [MERGED, SPLIT]) == (SPLIT,)
    before = units("a", ("1", "Alfa", 100), ("2", "Beta", 50))
    after = units("b", ("2", "Alfa", 100), ("3", "Beta", 50))
    moved = [Link(("1",), ("2",)), Link(("2",), ("3",))]
    assert linking.standing(before, after, moved) == tuple(moved)
    assert linking.standing(before, after.only([True, False]), moved) == ()  # the second falls, and with it the first
    assert linking.standing(BEFORE, AFTER, [MERGED, Link(("2",), ("9",))]) == ()


def test_linked_years_have_the_same_codes_and_weighted_shares():
    """Units put together have the pupil-weighted share, and nothing is lost: 200 at 20 % and 100 at 50 % are 30 %."""
    then, now = linked(BEFORE, AFTER, [MERGED, SPLIT, RENAMED])
    assert sorted(then.codes) == sorted(now.codes) == ["1", "6", "7", "9"]
    was, is_now = (dict(zip(side.codes, side.shares[:, 0], strict=True)) for side in (then, now))
    assert (was["7"], is_now["7"]) == pytest.approx((0.3, 0.3))
    assert (was["6"], is_now["6"]) == pytest.approx((0.4, (180 * 0.5 + 130 * 0.2) / 310))
    assert dict(zip(then.codes, then.names, strict=True))["9"] == "Delta skola"
    for before, after in ((BEFORE, then), (AFTER, now)):
        assert after.pupils_composition.sum() == before.pupils_composition.sum()
        assert after.pupils_composition @ after.shares == pytest.approx(before.pupils_composition @ before.shares)


def test_a_change_of_year_follows_what_is_linked():
    """With links nobody is gone or new, and the moves are those of the units put together."""
    alone, followed = year_change(BEFORE, AFTER), year_change(BEFORE, AFTER, [MERGED, SPLIT, RENAMED])
    assert (alone.codes, len(alone.gone), len(alone.new)) == (("1",), 4, 4)
    assert (followed.gone, followed.new) == ((), ())
    assert followed.codes == ("6", "1", "7", "9")
    assert followed.names == ("Gammaskolan Norra", "Alfaskolan", "Betaskolan", "Delta skola")
    gamma = (180 * 0.5 + 130 * 0.2) / 310
    np.testing.assert_allclose(followed.moved[:, 0], [gamma - 0.4, 0, 0, 0], atol=1e-12)
    pooled = (300 * 0.4 + 310 * gamma) / 610
    error = np.sqrt(pooled * (1 - pooled) * (1 / 300 + 1 / 310))
    assert followed.errors[0, 0] == pytest.approx((0.4 - gamma) / error)
    (change,) = trend([BEFORE, AFTER], {("2022/23", "2023/24"): [MERGED]}).changes
    assert (change.gone, change.new) == (("4", "5"), ("6", "8", "9"))
    assert trend([BEFORE, AFTER], {("2021/22", "2022/23"): [MERGED]}).changes[0].gone == alone.gone


def test_a_change_of_year_is_that_of_the_linked_tables():
    """Following links is following the codes of the two tables laid out with them."""
    links = [MERGED, SPLIT, RENAMED]
    one, other = year_change(BEFORE, AFTER, links), year_change(*linked(BEFORE, AFTER, links))
    assert (one.codes, one.names, one.gone, one.new) == (other.codes, other.names, other.gone, other.new)
    for name in ("start", "end", "moved", "errors"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-12)


def test_units_put_together_move_no_more_than_their_intervals_say():
    """`..` of 50 pupils is 0 to 18 %: with 50 at 40 % it is 20 to 29 %, which is no move to 25 % and 11 to 40 %."""
    suppressed, missing, known = Mark.SUPPRESSED, Mark.MISSING, Mark.KNOWN
    marks = [[suppressed, missing], [known, known]]
    before = schools((50, 50), [[np.nan] * 2, [0.4, 0.6]], PAIR, codes=("1", "2"), marks=marks)
    for share, least in ((0.25, 0.0), (0.4, 0.11), (0.1, -0.1)):
        after = schools((100,), [[share, 1 - share]], PAIR, codes=("3",))
        change = year_change(before, after, [Link(("1", "2"), ("3",))])
        assert change.moved[0, 0] == pytest.approx(least, abs=1e-12)
        assert change.start[0, 0] == pytest.approx((50 * 0.09 + 50 * 0.4) / 100)


@given(compositions(smallest=2), st.data())
def test_linking_loses_no_pupil_and_moves_no_mean(composition, data):
    """Whatever is merged or split, the municipality's pupils and shares are what they were."""
    rows = data.draw(st.permutations(range(len(composition))))
    many = data.draw(st.integers(1, len(composition)))
    taken, new = tuple(composition.codes[row] for row in rows[:many]), "new"
    rest = composition.only([code not in taken for code in composition.codes]) if many < len(composition) else None
    one = schools((7,), [composition.shares[0]], {factor.name: factor.categories for factor in composition.factors},
                  codes=(new,))  # fmt: skip
    after = one if rest is None else joined(rest, one)
    for former, latter, link in (
        (composition, after, Link(taken, (new,))),
        (after, composition, Link((new,), taken)),
    ):
        then, now = linked(former, latter, [link])
        assert set(then.codes) == set(now.codes)
        for table, side in ((former, then), (latter, now)):
            assert side.pupils_composition.sum() == table.pupils_composition.sum()
            np.testing.assert_allclose(
                side.pupils_composition @ side.shares, table.pupils_composition @ table.shares, atol=1e-9
            )
        change = year_change(former, latter, [link])
        assert (change.gone, change.new, len(change.codes)) == ((), (), len(then))


def joined(one, other):
    """Lay two tables with the same factors after each other."""
    return schools(
        [*one.pupils_composition, *other.pupils_composition],
        [*one.shares, *other.shares],
        {factor.name: factor.categories for factor in one.factors},
        codes=(*one.codes, *other.codes),
    )


def suggested(before, after, *links):
    found = linking.suggestions(before, after, links)
    return {(one.link.before, one.link.after): one.reason for one in found}


def test_mergers_splits_and_new_codes_are_suggested_and_not_applied():
    """Pupils together, and names, speak for a link; without it nothing is linked."""
    assert suggested(BEFORE, AFTER) == {
        (("2", "3"), ("7",)): Reason.PUPILS,
        (("4",), ("6", "8")): Reason.PUPILS,
        (("5",), ("9",)): Reason.SAME_NAME,
    }
    (merger,) = (one for one in linking.suggestions(BEFORE, AFTER) if one.link == MERGED)
    assert (merger.pupils_before, merger.pupils_after) == (300, 310)
    assert linking.matching(BEFORE, AFTER).gone == ("2", "3", "4", "5")


def test_what_is_linked_is_not_suggested_again():
    """A linked unit is neither gone nor new, and nothing is said of it."""
    assert suggested(BEFORE, AFTER, MERGED, RENAMED) == {(("4",), ("6", "8")): Reason.PUPILS}
    assert suggested(BEFORE, AFTER, MERGED, SPLIT, RENAMED) == {}


def test_a_unit_that_grew_by_what_is_gone_is_suggested():
    """A unit in both läsår that grew by a third, by as many as are gone, may have taken them in; and the reverse."""
    before = units("a", ("1", "Alfa", 300), ("2", "Beta", 100))
    after = units("b", ("1", "Alfa", 400))
    assert suggested(before, after) == {(("1", "2"), ("1",)): Reason.PUPILS}
    assert suggested(after, before) == {(("1",), ("1", "2")): Reason.PUPILS}
    small = units("a", ("1", "Alfa", 300), ("2", "Beta", 50))
    assert suggested(small, units("b", ("1", "Alfa", 350))) == {}  # a sixth: schools grow by that anyway


def test_pupils_that_differ_by_more_than_a_tenth_speak_for_nothing():
    """270 of 300 is a tenth less, 269 is more than that."""
    before = units("a", ("1", "Alfa", 200), ("2", "Beta", 100))
    assert suggested(before, units("b", ("3", "Ny", 270))) == {(("1", "2"), ("3",)): Reason.PUPILS}
    assert suggested(before, units("b", ("3", "Ny", 269))) == {}


def test_units_of_another_owner_are_not_put_together():
    """Pupils of two owners add to nothing, unless a läsår does not say whose the units are; Ale is Ale kommun."""
    rows = ("1", "Alfa", 200), ("2", "Beta", 100)
    new = units("b", ("3", "Ny", 300), owners=["Ale kommun"])
    assert suggested(units("a", *rows, owners=["Ale", "Friskolan AB"]), new) == {}
    for owners in (["Ale", "Ale kommun"], ["Ale", ""]):
        assert suggested(units("a", *rows, owners=owners), new) == {(("1", "2"), ("3",)): Reason.PUPILS}


def test_units_whose_names_begin_alike_come_first():
    """Of several sums that fit, the one whose names begin with the same word is taken, then the one of fewer units."""
    before = units("a", ("1", "Alfa", 200), ("2", "Beta", 100), ("3", "Nya A", 190), ("4", "Nya B", 90))
    assert suggested(before, units("b", ("5", "Nya", 300))) == {(("3", "4"), ("5",)): Reason.PUPILS}
    before = units("a", ("1", "Alfa", 200), ("2", "Beta", 95), ("3", "Gamma", 60), ("4", "Delta", 40))
    assert suggested(before, units("b", ("5", "Nya", 300))) == {(("1", "2"), ("5",)): Reason.PUPILS}


def test_a_unit_is_in_one_suggestion_by_pupils():
    """Of 60 + 40 that became 100, and 200 that became 100 + 100, only one can be, and the other is not suggested."""
    before = units("a", ("1", "Alfa", 60), ("2", "Beta", 40), ("3", "Gamma", 200))
    after = units("b", ("4", "Ny", 100), ("5", "Annan", 100))
    found = [one.link for one in linking.suggestions(before, after)]
    assert found == [Link(("1", "2"), ("4",))]
    assert linking.faults(before, after, found) == ()


def test_many_units_of_an_owner_are_put_together_by_their_names_only():
    """Among more than a dozen units some pair fits any number by chance, so that only names that begin alike count."""
    crowd = [(str(number), f"Skola{number}", 100) for number in range(20)]
    before = units("a", *crowd, ("40", "Nya A", 120), ("41", "Nya B", 90))
    found = suggested(before, units("b", ("5x", "Nya", 205), ("6x", "Annan", 200)))
    assert found[("40", "41"), ("5x",)] is Reason.PUPILS
    assert not any(after == ("6x",) and len(former) > 1 for former, after in found)


def test_a_near_name_is_suggested_where_nothing_else_speaks():
    """Two letters apart is near; the nearest of those that are new is suggested."""
    before = units("a", ("1", "Mårdaklevs skola", 40), ("2", "Överlida skola", 45))
    after = units("b", ("3", "Mårdaklev skola", 87), ("4", "Mårdaklöv skola", 20), ("5", "Helt annan", 200))
    assert suggested(before, after) == {(("1", "2"), ("3",)): Reason.PUPILS}
    assert suggested(before.only([True, False]), after) == {(("1",), ("3",)): Reason.NEAR_NAME}


def test_names_are_near_as_difflib_says():
    """The letters in common are a shortcut only: what is found is what comparing every pair finds."""
    names = sorted({name for one in library.datasets() for name in map(linking.form, library.read(one).names)})
    wanted, among = names[::7], names[1::2]
    found = linking.near(wanted, among)
    for name, places in zip(wanted, found, strict=True):
        exact = get_close_matches(name, among, n=3, cutoff=linking.NEAR)
        assert sorted(among[at] for at in places) == sorted(exact) or len(exact) == 3
        assert len(places) == len(exact)
    assert sum(map(bool, found)) > 20
    assert linking.near(["", "x"], ["", "y"]) == [(), ()]
    assert linking.near([], ["a"]) == []


def huddinge():
    """Huddinge's tables by läsår."""
    tables = [library.read(one) for one in library.datasets() if one.code == "0126" and not one.period]
    return {table.year: table for table in tables}


STENMO = Link(("17216588",), ("37472911",))
SNATTRINGE = Link(("64081877", "94225429"), ("64081877",))


def test_huddinges_units_came_and_went():
    """2013/14–2023/24: after four changes with units that came or went, six in which nobody did."""
    tables = list(huddinge().values())
    found = [linking.matching(before, after) for before, after in pairwise(tables)]
    assert [(len(one.gone), len(one.new)) for one in found] == [(1, 1), (0, 2), (2, 2), (2, 2), (0, 1), *[(0, 0)] * 5]
    for one, (before, after) in zip(found, pairwise(tables), strict=True):
        assert set(one.gone) == set(before.codes) - set(after.codes)
        assert set(one.new) == set(after.codes) - set(before.codes)


def test_in_huddinge_stenmoskolan_got_a_new_code_and_snattringeskolan_became_one():
    """Stenmoskolan's 165 pupils had another code in 2017/18, and 209 of Snättringeskolan mellan joined 252 others."""
    tables = huddinge()
    before, after = tables["2016/17"], tables["2017/18"]
    found = linking.suggestions(before, after)
    assert [(one.link, one.reason, one.pupils_before, one.pupils_after) for one in found] == [
        (STENMO, Reason.SAME_NAME, 165, 168),
        (Link(("41213404",), ("41213404", "36689149")), Reason.PUPILS, 701, 708),  # Skogskällan: to be judged by hand
    ]
    followed = year_change(before, after, [STENMO])
    assert (followed.gone, followed.new) == (("72999150",), ("36689149",))
    place = followed.codes.index("37472911")
    assert followed.names[place] == "Stenmoskolan"
    former, latter = before.codes.index("17216588"), after.codes.index("37472911")
    column = before.columns.index(followed.columns[0])
    assert followed.start[place, 0] == before.shares[former, column]
    assert followed.end[place, 0] == after.shares[latter, column]

    before, after = tables["2015/16"], tables["2016/17"]
    assert linking.suggestions(before, after)[0].link == SNATTRINGE
    followed = year_change(before, after, [SNATTRINGE])
    assert (followed.gone, followed.new) == (("16654786",), ("15218794", "81903519"))
    rows = [before.codes.index(code) for code in SNATTRINGE.before]
    weights = before.pupils_composition[rows].tolist()
    assert weights == [252, 209]
    column = before.columns.index(followed.columns[0])
    shares = before.shares[rows, column].tolist()
    exact = sum(map(mul, map(Fraction, weights), map(Fraction, shares))) / sum(weights)
    assert followed.start[followed.codes.index("64081877"), 0] == pytest.approx(float(exact), rel=1e-12)


def test_nothing_is_suggested_between_a_year_and_itself():
    """Where every unit is in both läsår nothing is gone, new or suggested."""
    for composition in (BEFORE, AFTER, replace(BEFORE, year="2023/24")):
        found = linking.matching(composition, composition)
        assert (found.gone, found.new) == ((), ())
        assert linking.suggestions(composition, composition) == ()
