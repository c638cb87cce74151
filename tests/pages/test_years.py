"""The part Läsår of the page Underlag: units that came and went, linked by hand; and what is said of a table."""

from __future__ import annotations

import json
import re

import pytest

from socio.intake import library, tables
from socio.linking import Link
from socio.storage import datasets as store
from socio.storage import links
from socio.ui import cache, years
from tests.pages.conftest import lines

STENMO = Link(("17216588",), ("37472911",))
YEARS = ("2016/17", "2017/18")


@pytest.fixture
def part(opened):
    """Open the part by an address."""
    return lambda **address: opened(at="data", **{"del": "lasar", "sprak": "en", "underlag": "0126-2017-18"} | address)


def rows(page):
    """The table of units, as on screen: what stands beside each change of läsår."""
    (region,) = (body for body in page.html if 'aria-label="Units that are new, gone and linked"' in body)
    found = [
        [" ".join(lines(cell)) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", region)
    ]
    return {row[0]: row[1:] for row in found[1:]}


def buttons(page):
    """What the part's buttons say, by key."""
    return {one.key: one.label for one in page.app.get("button") if one.key.startswith("years.link.")}


def press(page, key):
    page.widget("button", key).click().run()
    assert not page.app.exception
    return page


def by_hand(page, before, after):
    """Choose units on both sides and link them."""
    for year, codes in zip(YEARS, (before, after), strict=True):
        page.widget("multiselect", f"years.units.{year}.en").set_value(list(codes))
    (button,) = (one for one in page.app.get("button") if one.label == "Link by hand")
    button.click().run()
    assert not page.app.exception
    return page


def test_the_units_that_came_and_went_are_listed_with_their_pupils(part):
    """Each change of läsår at hand has its new and gone units, the latest first, as the tables say."""
    page = part()
    found = rows(page)
    assert list(found) == ["2016/17 to 2017/18", "2015/16 to 2016/17", "2014/15 to 2015/16", "2013/14 to 2014/15"]
    assert found["2016/17 to 2017/18"] == [
        "34", "Skogskällan (334), Stenmoskolan (168)", "Pärlans skola (36), Stenmoskolan (165)", "–",
    ]  # fmt: skip
    assert "The composition from 2013/14 to 2017/18" in page.titles
    assert not page.app.exception


def test_a_suggestion_is_only_said_until_it_is_taken(part):
    """Stenmoskolan has another code: said, not linked; one press links it, and one press takes the link away."""
    page = part()
    key = "years.link.17216588-to-37472911"
    assert "Stenmoskolan (165) is Stenmoskolan (168): the same name" in page.text
    assert buttons(page)[key] == "Link"
    assert links.kept("0126") == {}
    press(page, key)
    assert links.kept("0126") == {YEARS: (STENMO,)}
    followed, new, gone, linked = rows(page)["2016/17 to 2017/18"]
    assert (followed, new, gone) == ("35", "Skogskällan (334)", "Pärlans skola (36)")
    assert linked == "Stenmoskolan (165) → Stenmoskolan (168)"
    assert buttons(page)[key] == "Take away"
    assert "the same name" not in page.text
    press(page, key)
    assert links.kept("0126") == {}
    assert rows(page)["2016/17 to 2017/18"][0] == "34"


def test_units_are_linked_by_hand_where_nothing_speaks_for_it(part):
    """Two units that are gone can be one that is new, and the page follows them at once."""
    page = by_hand(part(), ["72999150", "17216588"], ["37472911"])
    assert links.kept("0126") == {YEARS: (Link(("72999150", "17216588"), ("37472911",)),)}
    assert "Pärlans skola (36) + Stenmoskolan (165) were merged into Stenmoskolan (168)" in page.text
    assert rows(page)["2016/17 to 2017/18"][:3] == ["35", "Skogskällan (334)", "–"]


def test_a_wrong_link_is_seen_in_what_changed(part):
    """Pärlans skola is no Skogskällan: linked, its share falls from 50 to 10 %, and that is told while it stands."""
    page = part()
    told = "Skogskällan, Bakgrund: Utländsk went from 50.0% to 10.0%, more than it plausibly can by chance"
    assert told not in page.text
    by_hand(page, ["72999150"], ["36689149"])
    assert f"2016/17 to 2017/18: {told}" in page.text
    press(page, "years.link.72999150-to-36689149")
    assert told not in page.text


def test_an_impossible_link_is_told_and_not_kept(part):
    """Nothing chosen, several and several, or a unit on one side only: a sentence, and nothing is linked."""
    page = part()
    for before, after, wrong in (
        ([], [], "– and – are not one unit and one or several"),
        (["72999150", "17216588"], ["37472911", "36689149"], "are not one unit and one or several"),
        (["41213404"], ["37472911"], "the unit 41213404 is there in both läsår"),
    ):
        by_hand(page, before, after)
        assert any(wrong in line for line in page.notices), (wrong, page.notices)
        assert links.kept("0126") == {}


def test_a_link_that_does_not_fit_the_tables_is_said_and_can_be_taken_away(part):
    """A link of units that a table does not have stays in the store, moves nothing, and has its button."""
    lost = Link(("99999999",), ("37472911",))
    links.add("0126", YEARS, lost)
    page = part()
    assert "99999999 is Stenmoskolan (168): does not hold for these tables" in page.text
    assert rows(page)["2016/17 to 2017/18"][0] == "34"
    press(page, "years.link.99999999-to-37472911")
    assert links.kept("0126") == {}


def test_another_change_of_lasar_can_be_looked_at(part):
    """The list of changes leads to each of them: Snättringeskolan took in a neighbour in 2016."""
    page = part()
    page.widget("selectbox", "years.change.en").select(("2015/16", "2016/17")).run()
    assert "Snättringeskolan (252) + Snättringeskolan mellan (209) were merged into Snättringeskolan (443)" in page.text
    press(page, "years.link.64081877-94225429-to-64081877")
    assert list(links.kept("0126")) == [("2015/16", "2016/17")]
    assert rows(page)["2015/16 to 2016/17"][1:3] == ["Glömstaskolan (181), Långsjöskolan (51)", "Rosenhillskolan (1)"]


def test_without_another_lasar_there_is_nothing_to_follow(part):
    """A first läsår, and a table that is nobody's, say what is missing."""
    assert "There is no earlier läsår of these schools" in part(underlag="0126-2013-14").text
    own = store.keep_own(b"skolenhetskod;skola;elever;F: ja\n1;A;100;20\n2;B;100;30\n", file="egen.csv")
    assert "Say under Take in whose schools these are and of which läsår" in part(underlag=own.key).text


def table(autumn, pupils=0):
    """Huddinge's table of an autumn as a file of one's own, with some more pupils in its first school."""
    year = f"{autumn}/{(autumn + 1) % 100}"
    (found,) = (one for one in library.datasets() if one.code == "0126" and one.year == year and not one.period)
    composition = library.read(found)
    text = tables.write(composition)
    first = int(composition.pupils_composition[0])
    return text.replace(f";{first};", f";{first + pupils};", 1).encode()


@pytest.fixture
def about(opened):
    """Open the part where files are taken in, by an address."""
    return lambda key: opened(at="data", **{"del": "ta-in", "sprak": "en", "underlag": key})


def save(page, key, **said):
    """Fill in what is said of a table, and save it."""
    for name, value in said.items():
        kind = "selectbox" if name in {"municipality", "year", "coding"} else "text_input"
        page.widget(kind, f"about.{name}.{key}").set_value(value)
    (button,) = (one for one in page.app.get("button") if one.label == "Save")
    button.click().run()
    assert not page.app.exception
    return page


def test_an_own_tables_municipality_is_suggested_by_its_codes(about):
    """Whose schools a table has is suggested by most of its codes, and nothing is said of it until it is saved."""
    own = store.keep_own(table(2022), file="egen.csv")
    page = about(own.key)
    assert page.widget("selectbox", f"about.municipality.{own.key}").value == "0126"
    assert "37 of 37 are Huddinge's" in page.text
    assert store.kept()[0] == own


def test_what_is_said_of_a_table_is_kept_and_puts_it_in_its_series(about, part):
    """Läsår, measurement date, source and pupil base are kept with the table (R059), and it stands for its läsår."""
    own = store.keep_own(table(2022, pupils=7), file="egen.csv")
    save(about(own.key), own.key, year="2022/23", measured="2022-10-15", source="SCB", base="åk 1–9")
    (kept,) = store.kept()
    assert (kept.municipality, kept.code, kept.year) == ("Huddinge", "0126", "2022/23")
    assert kept.about == store.About(measured="2022-10-15", source="SCB", base="åk 1–9", names={"coding": ""})
    assert store.read(own.key) == table(2022, pupils=7)
    series = [one.key for one in years.at_hand(cache.offers()["0126-2023-24"])]
    assert series[-2:] == [own.key, "0126-2023-24"]
    assert len(series) == 11
    assert [one.key for one in years.at_hand(cache.offers()[own.key])][-2:] == ["0126-2021-22", own.key]
    assert "2021/22 to 2022/23" in rows(part(underlag=own.key))


def test_of_two_own_tables_of_a_lasar_the_one_in_use_stands_for_it_and_else_the_latest():
    """The table on screen stands for its own läsår, and for another one the own table that was kept last."""
    first = store.keep_own(table(2022), file="1.csv", code="0126", year="2022/23")
    second = store.keep_own(table(2022, pupils=1), file="2.csv", code="0126", year="2022/23")
    offers = cache.offers()
    for offer, expected in (("0126-2023-24", second.key), (first.key, first.key), ("0126-2022-23", "0126-2022-23")):
        series = {one.year: one.key for one in years.at_hand(offers[offer])}
        assert series["2022/23"] == expected


def test_a_municipality_that_is_not_known_is_written(about):
    """Two own tables of a municipality that nobody has published follow each other all the same."""
    keys = [store.keep_own(table(autumn, pupils=autumn), file=f"{autumn}.csv").key for autumn in (2021, 2022)]
    for key, year in zip(keys, ("2021/22", "2022/23"), strict=True):
        store.describe(key, municipality="Nacka", code="Nacka", year=year, about=store.About())
    page = about(keys[1])
    assert page.widget("selectbox", f"about.municipality.{keys[1]}").value == "Nacka"
    save(page, keys[1], base="F–9")
    assert (store.kept()[0].municipality, store.kept()[0].about.base) == ("Nacka", "F–9")
    assert [one.key for one in years.at_hand(cache.offers()[keys[1]])] == keys


def test_the_chart_of_the_years_is_drawn_from_the_series(part):
    """The chart has a point a läsår for each factor, and its values are those of the trend."""
    page = part()
    (chart,) = (one for one in page.app.get("vega_lite_chart"))
    assert json.loads(chart.proto.spec)["layer"]
    assert chart.proto.alt == "The composition from 2013/14 to 2017/18"


def test_how_education_is_counted_is_kept_and_a_change_of_it_told(about, opened):
    """Skolverket counts the parent with the most; a table of both weighed together is not the same (R028)."""
    own = store.keep_own(table(2022, pupils=7), file="egen.csv")
    save(about(own.key), own.key, year="2022/23", coding="both")
    (kept,) = store.kept()
    assert kept.about.names["coding"] == "both"
    told = "parents' education is counted in another way"
    remarks = opened(at="data", underlag=own.key, sprak="en", **{"del": "anmarkningar"})
    assert told in remarks.text.lower()
    save(about(own.key), own.key, coding="highest")
    assert told not in opened(at="data", underlag=own.key, sprak="en", **{"del": "anmarkningar"}).text.lower()
