"""The catalogue of factors and the remarks, through app.py."""

from __future__ import annotations

import re
from html import unescape

import pytest

from socio.remarks import Subject

TABLE = (
    "skolenhetskod;skola;huvudman_typ;elever;Bakgrund: Utländsk;Tid i Sverige: 0–2 år;Tid i Sverige: 3–6 år;"
    "Tid i Sverige: 7 år eller mer;Diagnos: <b>Ja</b>;Inkomst: Låg\n"
    + "".join(f"{at};Skola {at};kommunal;211;{10 * at};{7 - at};10;{83 + at};{at};30\n" for at in range(1, 7))
    + "9;<i>Åskolan</i>;kommunal;90;..;2;10;88;.;30\n"
)


@pytest.fixture
def factors(opened):
    """Open the part with the factors, in English."""
    return lambda **address: opened(at="data", sprak="en", **{"del": "faktorer"} | address)


@pytest.fixture
def own(factors):
    """The same with a table of one's own."""

    def loaded(**address):
        page = factors(**{"del": "ta-in"} | address)
        page.upload(("egen.csv", TABLE.encode()))
        (query,) = [page.address["underlag"]]
        return factors(underlag=query[0], **address)

    return loaded


def entries(page):
    """Each entry of the catalogue by its anchor, and all that it says."""
    found = re.findall(r'<details class="socio-entry" id="(\w+)">(.*?)</details>', "".join(page.html), re.DOTALL)
    return {name: " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split()) for name, body in found}


def test_every_factor_of_the_catalogue_stands_there_the_tables_own_first(factors):
    """Fourteen entries; Huddinge's three come first, each with the municipality's own shares."""
    page = factors()
    found = entries(page)
    assert set(found) == {subject.value for subject in Subject}
    assert list(found)[:3] == ["education", "background", "sex"]
    assert "Bakgrund: Utländsk 31.4%, Svensk 68.6%" in found["background"]
    assert "Kön: Flickor 48.0%, Pojkar 52.0%" in found["sex"]
    assert "SKL (2014) p. 20" in found["income_support"]
    assert not page.app.exception


def test_a_table_with_no_word_on_arrival_is_advised_to_order_it(factors):
    """Foreign background alone does not tell who came recently (R049)."""
    assert "Order years in Sweden too" in factors().text


def test_the_sheet_and_the_dictionary_can_be_fetched(factors):
    """The links carry the view's address."""
    html = "".join(factors().html)
    assert re.search(r'href="hamta/rektorsblad.pdf\?[^"]*underlag=0126-2018-19', html)
    assert re.search(r'href="hamta/dataordlista.xlsx\?[^"]*sprak=en', html)


def test_what_is_compensated_twice_is_named_and_taken_away_again(own):
    """The first two years in Sweden overlap 0–2 years and not 3–6; taken away, nothing is said (R033, R034)."""
    page = own()
    page.widget("selectbox", "compensation.kind").set_value("newly_arrived")
    page.widget("number_input", "compensation.years").set_value(2)
    page.widget("text_input", "compensation.name").set_value("Start *pengen* <b>")
    page.widget("button", "compensation.add").click().run()
    assert not page.app.exception
    (said,) = page.notices
    assert said.startswith("Start *pengen* <b> covers the first 2 years in Sweden, and so does Tid i Sverige: 0–2 år")
    assert "covers: Years in Sweden, Newly arrived, the first 2 years in Sweden." in page.text
    page.widget("button", "compensation.remove.0").click().run()
    assert page.notices == []
    assert "covers:" not in page.text


def test_what_the_user_says_is_covered_goes_before_the_usual(factors):
    """Another compensation for the parents' education, and one that covers nothing in the table."""
    page = factors()
    page.widget("selectbox", "compensation.kind").set_value("other")
    page.widget("multiselect", "compensation.covers").set_value(["education"])
    page.widget("button", "compensation.add").click().run()
    (said,) = page.notices
    assert said.startswith("Another compensation may cover what Föräldrarnas utbildning is counted for")
    page.widget("button", "compensation.remove.0").click().run()
    page.widget("selectbox", "compensation.kind").set_value("other")
    page.widget("multiselect", "compensation.covers").set_value(["age"])
    page.widget("button", "compensation.add").click().run()
    assert page.notices == []
    assert "None of them covers what a factor in this table is counted for." in page.text


def test_a_table_of_ones_own_is_read_against_the_catalogue(own):
    """What the catalogue lacks is named, newly arrived is set against foreign background, names are text."""
    page = own()
    found = entries(page)
    assert list(found)[:3] == ["background", "years", "influenced"]
    assert "Not in the catalogue: Inkomst." in page.text
    assert "Bakgrund: Utländsk and Tid i Sverige: 0–2 år" in page.text
    assert "<b>Ja</b> " in found["influenced"]
    assert "<b>Ja</b>" not in "".join(page.html)


def test_what_a_good_colleague_would_say_stands_among_the_remarks(own):
    """Only municipal schools, whole per cents, and a factor that the schools can influence (R004, R010, R063)."""
    page = own(**{"del": "anmarkningar"})
    assert "The table has only municipal schools: independent schools belong there too" in page.text
    assert re.search(
        r"All shares are whole per cents: with these weights a school's index may be off by up to 0\.", page.text
    )
    assert "Diagnos: the schools may influence it" in page.text
    assert not page.app.exception


def test_what_was_put_in_each_gap_is_listed(own):
    """The marker as published, what is used and its interval, the school's name as text."""
    page = own(**{"del": "anmarkningar"})
    assert "4 shares are not published as numbers, in 1 school" in page.titles
    (table,) = (body for body in page.html if "<i>Åskolan" not in body and "&lt;i&gt;Åskolan" in body)
    cells = [unescape(cell) for cell in re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", table)]
    at = cells.index("<i>Åskolan</i>")
    assert cells[at : at + 7] == ["<i>Åskolan</i>", "Bakgrund", "Utländsk", "..", "5.0%", "0.0%", "10.0%"]


def test_a_change_of_precision_since_last_year_is_said(opened):
    """Stockholm 2023/24 has decimals as the year before; Huddinge 2022/23 has them and 2021/22 had not."""
    said = "The table before has whole per cents, and this one is more exact"
    part = {"at": "data", "sprak": "en", "del": "anmarkningar"}
    assert said in opened(underlag="0126-2022-23", **part).text
    assert said not in opened(underlag="0126-2023-24", **part).text
