"""Units and changes of läsår, in words."""

from __future__ import annotations

import numpy as np
import pytest

from socio.linking import Link, Reason, Suggestion, matching, suggestions
from socio.screening import trend
from socio.view import words, years
from socio.view.years import Units
from tests.strategies import schools

PAIR = {"F": ["yes", "no"]}


@pytest.fixture(autouse=True)
def english():
    """Speak the source language, and leave no other behind."""
    words.use("en")
    yield
    words.use("sv")


def table(*rows, year="2022/23", shares=None):
    codes, names, pupils = zip(*rows, strict=True)
    cells = [[share, 1 - share] for share in (shares or [0.2] * len(rows))]
    return schools(pupils, cells, PAIR, codes=codes, names=names, year=year)


BEFORE = table(("1", "Öskolan", 1200), ("2", "Alfa", 100), ("3", "Ärla", 50))
AFTER = table(("4", "Öskolan", 1250), ("5", "Beta", 150), year="2023/24")


def test_units_stand_in_swedish_order_with_their_pupils():
    """Å, Ä and Ö come last, thousands have the reader's sign, and what is not there stands by its code."""
    units = Units.of(BEFORE)
    assert units.listed(["1", "2", "3"]) == "Alfa (100), Ärla (50), Öskolan (1,200)"
    assert units.together(["2", "9"]) == "Alfa (100) + 9"
    words.use("sv")
    assert units.one("1") == "Öskolan (1\N{NO-BREAK SPACE}200)"


def test_a_long_list_is_cut_and_counted():
    """After twenty units the rest is a number."""
    units = Units.of(table(*((str(at), f"S{at:02}", 10) for at in range(23))))
    said = units.listed(map(str, range(23)))
    assert said.startswith("S00 (10), S01 (10)")
    assert said.endswith("S19 (10) and 3 more")


@pytest.mark.parametrize(
    ("link", "said"),
    [
        (Link(("1",), ("4",)), "Öskolan (1,200) is Öskolan (1,250)"),
        (Link(("2", "3"), ("5",)), "Alfa (100) + Ärla (50) were merged into Beta (150)"),
        (Link(("1",), ("4", "5")), "Öskolan (1,200) was split into Öskolan (1,250) + Beta (150)"),
    ],
)
def test_a_link_is_said_as_what_happened(link, said):
    """One and one is the same school, several and one a merger, one and several a split."""
    assert years.link(link, Units.of(BEFORE), Units.of(AFTER)) == said


def test_a_suggestion_says_what_speaks_for_it():
    """The name, or the pupils of both sides."""
    before, after = Units.of(BEFORE), Units.of(AFTER)
    said = [years.suggestion(one, before, after) for one in suggestions(BEFORE, AFTER)]
    assert said == [
        "Öskolan (1,200) is Öskolan (1,250): the same name",
        "Alfa (100) + Ärla (50) were merged into Beta (150): together 150 pupils before and 150 after",
    ]
    near = Suggestion(Link(("2",), ("5",)), Reason.NEAR_NAME, 100, 150)
    assert years.suggestion(near, before, after) == "Alfa (100) is Beta (150): nearly the same name"


def test_a_change_of_lasar_names_who_came_went_and_is_linked():
    """A row for the table and a line for the list, with and without links."""
    before, after, both = Units.of(BEFORE), Units.of(AFTER), ("2022/23", "2023/24")
    found = matching(BEFORE, AFTER)
    assert years.row(both, before, after, found, ()) == {
        "years": "2022/23 to 2023/24",
        "same": "0",
        "new": "Beta (150), Öskolan (1,250)",
        "gone": "Alfa (100), Ärla (50), Öskolan (1,200)",
        "linked": "–",
    }
    assert years.row(both, before, after, found, ()).keys() == years.headings().keys()
    assert years.choice(both, found) == "2022/23 to 2023/24 (2 new, 3 gone)"
    link = Link(("1",), ("4",))
    row = years.row(both, before, after, matching(BEFORE, AFTER, [link]), [link])
    assert (row["same"], row["new"], row["linked"]) == ("1", "Beta (150)", "Öskolan (1,200) → Öskolan (1,250)")


def test_what_moved_more_than_it_can_is_named_and_counted():
    """Fifteen shares from 20 to 60 % are twelve lines and a number; a factor with other categories is said too."""
    rows = [(str(at), f"S{at}", 400) for at in range(15)]
    before, after = table(*rows), table(*rows, year="2023/24", shares=[0.6] * 15)
    lines = years.changes(trend([before, after]))
    assert len(lines) == 13
    assert lines[0].startswith("2022/23 to 2023/24: S0, F: yes went from 20.0% to 60.0%, more than it plausibly can")
    assert lines[-1] == "2022/23 to 2023/24: and 3 more moves."
    other = schools((400,) * 15, np.full((15, 2), 0.5), {"F": ["yes", "perhaps"]}, codes=before.codes, year="2023/24")
    assert years.changes(trend([before, other]))[0] == (
        "2022/23 to 2023/24: F has other categories; only those that both läsår have are compared."
    )
    assert years.changes(trend([before, before])) == []


def test_what_is_not_said_of_a_table_is_seen():
    """Läsår, measurement date, source and pupil base each have a line, filled in or not (R059)."""
    assert years.about(year="2022/23", measured="2022-10-15", source="", base="åk 1–9") == [
        "School year: 2022/23",
        "Measurement date: 2022-10-15",
        "Source: not stated",
        "Pupil base: åk 1–9",
    ]
