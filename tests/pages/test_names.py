"""Names of schools, factors and files are text wherever they stand, and dials with odd names can be turned."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import pytest

from socio.ui import files
from socio.view import words
from tests.pages.test_files import text

SCHOOL, FACTOR, CATEGORY = "<b>\"&'</b>", 'F "x"/\'<i>&', 'mer/<u>mindre"~'
SCHOOLS = {"1": SCHOOL, "2": "=1+1", "3": "</script><svg onload=x>", "4": "Åsa ${x} {name} %s"}
DIAL = f"weight/{FACTOR}/{CATEGORY}"


def table():
    """Four schools as a file."""
    to = io.StringIO()
    lines = csv.writer(to, delimiter=";")
    lines.writerow(["skolenhetskod", "skola", "elever", "Bakgrund: Utländsk", f"{FACTOR}: {CATEGORY}"])
    lines.writerows(
        [code, name, 100 * int(code), share, 10 * int(code)]
        for (code, name), share in zip(SCHOOLS.items(), (20, 40, 10, 5), strict=True)
    )
    return to.getvalue().encode()


@pytest.fixture
def named(page):
    """The page with schools, a factor, a category and a file with such names."""
    page.upload(('<b>&".csv', table()))
    assert not page.app.exception
    return page


def test_a_name_is_no_markup(named, opened):
    """The places have the very elements that they have for plain names, whatever is chosen, said or switched."""

    def elements(page):
        return re.findall(r"</?[^\s>]*", "".join(page.payload["places"].values()))

    ours = set(elements(opened())) | {"<s", "</s", "<strong", "</strong", "<ul", "</ul", "<li", "</li"}
    for act in (("school", "", "3"), ("school", "", "1"), ("factor", FACTOR, False), ("write", DIAL, "x"),
                ("factor", FACTOR, True), ("write", DIAL, "många"), ("turn", DIAL, 500.0),
                ("factor", "Bakgrund", False), ("factor", FACTOR, False)):  # fmt: skip
        named.tell(*act)
        assert set(elements(named)) <= ours, act
        assert not re.search(r"<(b|i|u|svg onload|/?script)\b", "".join(named.html)), act
    assert FACTOR in unescape("".join(named.payload["places"].values()))
    assert not named.app.exception


def test_the_names_stand_as_they_were_written(named):
    """In the table, the dials, what has been changed and what is said of the chosen school."""
    assert [row[1] for row in named.rows] == sorted(SCHOOLS.values(), key=words.sorting)
    named.tell("turn", DIAL, 7.0).tell("school", "", "1")
    assert f"{FACTOR}: {CATEGORY}" in named.text
    assert f"{SCHOOL} får " in named.text
    assert named.tell("school", "", "4").text.count("Åsa ${x} {name} %s får ") == 1


def test_a_dial_with_an_odd_name_is_turned_and_set_back(named):
    """A slash, quotes and angle brackets in a factor's and a category's name are no hindrance."""
    before = named.address
    named.tell("turn", DIAL, 7.5)
    assert named.field(DIAL) == "7,5"
    assert named.write(DIAL, "8,25").field(DIAL) == "8,25"
    assert [part for part in named.address["vikt"] if part.endswith("~8.25")] == [f"{FACTOR}~{CATEGORY}~8.25"]
    assert named.tell("restore", DIAL).address == before
    assert DIAL not in named.switch(f"factor.{FACTOR}", value=False).payload["places"]["dials"]
    assert named.switch(f"factor.{FACTOR}", value=True).address == before


def test_an_address_with_odd_names_opens_the_same_view(named, opened):
    """Through a real query string."""
    named.tell("turn", DIAL, 7.5).tell("school", "", "1")
    again = opened(**named.address)
    assert (again.rows, again.address, again.notices) == (named.rows, named.address, [])


@pytest.mark.parametrize("name", files.NAMES)
def test_files_with_odd_names_can_be_read(named, name):
    """Every file is whole: the picture is well-formed, and the names are in it as text."""
    content = named.take_out(name).body
    assert content
    if not name.endswith(("png", "toml")):
        assert "<b>" in text(name, content)
    if name.endswith("svg"):
        assert b"<b>" not in content
