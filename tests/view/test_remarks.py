from __future__ import annotations

import pytest

from socio import remarks as rules
from socio.errors import Fault
from socio.errors import words as sentence
from socio.intake import cells, tables
from socio.view import remarks, words

TABLE = """\
skolenhetskod;skola;elever;Kön: Flickor;Kön: Pojkar;Utbildning: Medelvärde (1–3)
1;Ängsskolan;90;..;.;2,5
2;Alfa;100;~100;.;1,5
3;Åsskolan;50;.;.;.
4;Beta;100;48;52;2
"""


@pytest.fixture
def table():
    return tables.read(TABLE.encode(), "tabell.csv").composition


def test_gaps_stand_in_alphabetical_order_of_school(table):
    """Å after Z and Ä after that, each school's cells as in the table, and no school that lacks nothing."""
    found = remarks.gaps(table)
    assert list(found.columns) == list(remarks.headings())
    assert found["school"].tolist() == ["Alfa"] * 2 + ["Åsskolan"] * 3 + ["Ängsskolan"] * 2


@pytest.mark.parametrize(
    ("language", "suppressed", "nearly", "mean"),
    [
        ("sv", ["5,0\xa0%", "0,0\xa0%", "10,0\xa0%"], ["95,5\xa0%", "91,0\xa0%", "100,0\xa0%"], "1,98"),
        ("en", ["5.0%", "0.0%", "10.0%"], ["95.5%", "91.0%", "100.0%"], "1.98"),
    ],
)
def test_what_is_used_is_written_as_the_reader_writes(table, language, suppressed, nearly, mean):
    """4.5 of 90, all but 4.5 of 100, and the pupils' mean in the others, 575 of 290, on its own scale."""
    words.use(language)
    found = remarks.gaps(table).set_index(["school", "category"])
    figures = ["used", "low", "high"]
    assert found.loc[("Ängsskolan", "Flickor"), figures].tolist() == suppressed
    assert found.loc[("Alfa", "Flickor"), figures].tolist() == nearly
    assert found.loc[("Åsskolan", "Medelvärde (1–3)"), "used"] == mean


def test_each_marker_stands_as_published(table):
    """The marker of each cell is one that the importer reads as the same."""
    found = remarks.gaps(table).set_index(["school", "category"])["marker"]
    assert found["Ängsskolan", "Flickor"] == ".."
    assert found["Alfa", "Flickor"] == "~100"
    assert found["Åsskolan", "Pojkar"] == "."
    assert all(cells.MARKERS[marker] is mark for mark, marker in remarks.MARKERS.items())


def test_the_summary_counts_shares_and_schools(table):
    """Seven shares in three schools; nothing where all are published."""
    words.use("en")
    assert remarks.summary(table) == "7 shares are not published as numbers, in 3 schools"
    whole = tables.read(b"skolenhetskod;skola;elever;K: A\n1;Alfa;100;48\n", "t.csv").composition
    assert remarks.summary(whole) == ""
    assert remarks.gaps(whole).empty


def test_a_remark_is_a_sentence_with_its_factor():
    """The factor comes first, else a capital letter; numbers are written in the reader's language."""
    words.use("en")
    fault = Fault(column="Kön", wrong=sentence("a is {a}", a=1.5), allowed=sentence("b"))
    assert remarks.line(fault) == "Kön: a is 1.5: b."
    assert remarks.line(Fault(wrong=sentence("a"), allowed=sentence("b"))) == "A: b."


def test_every_remark_of_a_rule_can_be_said(table):
    """A table with much to remark on gives sentences without holes."""
    words.use("en")
    earlier = tables.read(b"skolenhetskod;skola;elever;Diagnos: Ja\n1;Alfa;101;48\n", "t.csv").composition
    said = [remarks.line(one) for one in rules.remarks(earlier, earlier=table)]
    assert len(said) >= 4
    assert not any("{" in line for line in said)
