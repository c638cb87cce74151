"""What the reader does in the live part, through app.py: what it changes, and what it cannot."""

from __future__ import annotations

import itertools

import pytest

from socio.ui import acts, elements, pending
from socio.view import tables
from tests.pages.conftest import TOLD

DEGREE, FOREIGN = "redistribution.degree", "weight/Bakgrund/Utländsk"

JUNK: dict[str, list[tuple[object, ...]]] = {
    "no such act": [("", "", ""), ("delete", "pot.total", 1.0), ("__class__", "", "")],
    "no such dial": [("turn", name, 1.0) for name in ("", "pot", "pot.share", "redistribution.cap", "need.method",
                     "weight/", "weight/Bakgrund", "weight/Bakgrund/Ingen", "weight/Kön/Pojkar", "__init__")]
                    + [("write", name, "1") for name in ("", "pot.per_pupil", "redistribution.cap", "weight//")],
    "no such value": [("turn", "pot.total", "mycket"), ("hold", "pot", "all"), ("hold", "pot", 1.0),
                      ("hold", "need", "total"), ("hold", "", "degree"), ("hold", "redistribution", "total"),
                      ("preset", "bild4", ""), ("baseline", "", "last_year "), ("baseline", "", 7),
                      ("order", "", "index"), ("unit", "", True), ("turn", "pot.total", True)],
    "no such column": [("sort", name, "") for name in ("", "rektor", "-rate", "school ")],
    "no such school": [("school", "", value) for value in ("", "0", 7, "School", "00000000")],
    "no such factor": [("factor", "Skonummer", True), ("factor", "", False), ("factor", "bakgrund", False)],
    "no such change": [("restore", name, "") for name in ("", "pot", "degree", "weight/a/b", "factor/Kön")],
}  # fmt: skip


@pytest.mark.parametrize("kind", JUNK)
def test_what_is_not_there_changes_nothing(page, kind):
    """Acts on what the page does not have are let be: no figure, no address, no step, no fault."""
    before = page.payload
    for what, name, value in JUNK[kind]:
        page.tell(what, name, value)
    assert not page.app.exception
    assert page.payload == before | {"taken": len(JUNK[kind])}


MATERIAL = {"part", "pending"}
"""What is done on the page Underlag only."""


def test_every_act_that_the_page_offers_is_known(page):
    """Each control says what it does, and the server knows it; each dial on the page is a dial of the scenario."""
    page.choose("pot.view", "share").switch("cap", value=True).press("preset-bild2")
    offered = {given["data-act"] for given in page.inputs.values() if "data-act" in given}
    assert offered == acts._DONE.keys() - {"school", "open", *MATERIAL}
    names = {given["data-name"] for given in page.inputs.values() if given.get("data-act") in {"turn", "write"}}
    assert {"pot.share", "pot.budget", DEGREE, FOREIGN} <= names


def test_every_act_that_the_material_offers_is_known(opened):
    """The choice of a part, and all that is said of a file that is asked about."""
    page = opened(at="data", **{"del": "ta-in"})
    page.upload(("egen.csv", b"Enhet;Antal elever;Andel kort\nAlfa;100;20\nBeta;200;30\n"))
    offered = {given["data-act"] for given in page.inputs.values() if "data-act" in given}
    assert offered == MATERIAL
    said = {
        given["data-name"].partition(".")[0] for given in page.inputs.values() if given.get("data-act") == "pending"
    }
    assert said < pending._SAID.keys()


def test_a_change_is_made_once_however_often_it_is_told(page):
    """The browser tells its acts until it hears that they are taken; told again they do nothing."""
    page.press("preset-bild2")
    (told,) = TOLD.values()
    told.append(told[0])
    page.app.run()
    assert page.payload["taken"] == 1
    page.press("undo")
    assert (page.field(DEGREE), page.payload["step"]) == ("160", 2)


def test_several_acts_at_once_are_done_in_order(page):
    """Quick presses that come together count each."""
    TOLD[page.payload["session"]] = [
        [3, "turn", "pot.total", 30_000_000.0, 3],
        [1, "sort", "rate", "", 1],
        [2, "sort", "rate", "", 2],
    ]
    page.app.run()
    assert (page.field("pot.total"), page.address["sortering"]) == ("30 000 000", ["kr-per-elev"])
    assert (page.payload["taken"], page.payload["step"]) == (3, 3)


def test_another_pages_acts_are_not_done_here(page, monkeypatch):
    """What a page of an earlier session tells is let be."""
    before = page.payload
    told = {"session": "00000000", "acts": [[1, "preset", "equal", "", 1]]}
    monkeypatch.setattr(elements, "_told", lambda _name: told)
    page.app.run()
    assert page.payload == before


def test_a_dial_that_is_dragged_is_one_step_back(page):
    """All of one movement goes back at once; the next movement is a step of its own."""
    for value in (150, 140, 130):
        page.tell("turn", DEGREE, float(value), gesture=1)
    for value in (135, 145):
        page.tell("turn", DEGREE, float(value), gesture=2)
    assert (page.field(DEGREE), page.payload["step"]) == ("145", 2)
    assert page.press("undo").field(DEGREE) == "130"
    assert page.press("undo").field(DEGREE) == "160"
    assert ' data-act="undo" data-name="" disabled>' in page.payload["places"]["steps"]


def test_a_refused_start_of_a_drag_does_not_swallow_the_step_before(page):
    """A drag whose first act changes nothing is still a step of its own: undo takes back the drag alone."""
    weight = "weight/Föräldrarnas utbildning/Ej eftergymnasial"
    page.switch("factor.Bakgrund", value=False).tell("turn", weight, 0.0, 8).tell("turn", weight, 5.0, 8).press("undo")
    assert page.field(weight) == "10"
    assert f"{FOREIGN}.field" not in page.inputs


def test_an_address_that_cannot_be_allocated_is_said_and_the_view_stands(page):
    """A phase-in where nobody has an earlier rate: the browser's back key gives a sentence, not a broken page."""
    figures = page.figures
    page.tell("open", "", "underlag=0115-2023-24&etapper=0.5~1")
    assert "tidigare" in " ".join(page.said)
    assert page.figures == figures
    assert not page.app.exception


def test_what_is_said_of_a_drag_goes_with_the_next_change(page):
    """A number out of bounds is said while it stands so, and not after it was turned on."""
    page.tell("turn", FOREIGN, 500.0, gesture=1)
    assert page.said == ["500 ligger utanför gränserna; värdet har satts till 100."]
    assert not page.tell("turn", FOREIGN, 5.0, gesture=1).said
    assert page.press("undo").field(FOREIGN) == "3,6"


def test_undo_brings_back_all_that_was_chosen(page):
    """Order, unit, widths, sorting and school are steps as the dials are."""
    before = page.address
    page.choose("order", "name").choose("unit", "kr_per_pupil").switch("widths", value=True)
    page.tell("sort", "amount").tell("school", "", page.rows[0][0])
    assert page.payload["step"] == 5
    for _step in range(5):
        page.press("undo")
    assert page.address == before


@pytest.mark.parametrize(
    ("name", "change"),
    [("pot", ("write", "pot.total", "30 000 000")), ("degree", ("turn", DEGREE, 120.0)),
     ("minimum", ("turn", "redistribution.minimum", 100.0)), ("cap", ("cap", "", True)),
     (FOREIGN, ("turn", FOREIGN, 9.0)), ("factor/Kön", ("factor", "Kön", True))],
)  # fmt: skip
def test_one_change_is_set_back(page, name, change):
    """What is listed as changed has a button of its own, and pressed it is as at the start."""
    before = page.address
    page.tell(*change)
    assert f"restore.{name}" in page.inputs
    assert page.tell("restore", name).address == before
    assert "Inget är ändrat från utgångsläget" in page.titles


def test_a_school_is_chosen_and_let_go(page):
    """A click on its bar or row chooses it everywhere, another click lets it go."""
    code = page.rows[4][0]
    page.tell("school", "", code)
    assert page.payload["school"] == code == page.widget("selectbox", "school").value
    assert f"{page.rows[4][1]} får " in page.text
    page.tell("school", "", code)
    assert page.payload["school"] == ""
    assert page.widget("selectbox", "school").value is None


def test_the_table_is_sorted_by_its_headings(page):
    """Each heading sorts, pressed again the other way; the heading says so, and the address has it."""
    for column in tables.columns(None):
        seen = []
        for direction in ("descending", "ascending") if column not in {"school", "code"} else ("", ""):
            page.tell("sort", column)
            seen.append([row[0] for row in page.rows])
            heads = page.payload["places"]["steps"]
            (sorted_by,) = [part for part in heads.split("<th ") if "aria-sort" in part]
            assert f'data-name="{column}"' in sorted_by
            assert direction in sorted_by
        assert sorted(seen[0]) == sorted(seen[1])
        assert seen[0] != seen[1]


def test_the_browsers_back_key_reopens_an_address(page):
    """Every part of the view of that address is there again, its language too; what is not possible is said."""
    page.write("pot.total", "30 000 000").choose("order", "name").tell("sort", "amount")
    there = page.payload
    page.press("preset-equal").choose("table.municipality", "0115").press("language")
    back = page.tell("open", "", there["address"])
    assert back.payload["address"] == there["address"]
    assert back.payload["rows"] == there["rows"]
    assert back.widget("selectbox", "table.municipality").value == "0126"
    page.tell("open", "", f"{there['address']}&okand=1")
    assert page.said == ["Länken har en del som inte känns igen: okand."]


@pytest.mark.parametrize(
    "address",
    ["", "%%%=&&&;;=", "underlag=0000-1900-01&grad=7", "underlag=0126-2018-19&grad=nan&vikt=x&vikt=~~", "\x00"],
)
def test_an_address_of_nonsense_reopens_the_start(page, address):
    """What cannot be read is said, and the start stands."""
    rows = page.payload["rows"]
    page.write("pot.total", "30 000 000").tell("open", "", address)
    assert not page.app.exception
    assert page.payload["rows"] == rows


def test_an_act_moves_what_it_says_and_nothing_else(page):
    """Each dial that is turned changes its own part of the address."""
    parts = {"pot.total": "pott", DEGREE: "grad", "redistribution.progression": "progression",
             "redistribution.minimum": "lagst", FOREIGN: "vikt"}  # fmt: skip
    for name, part in parts.items():
        before = page.address
        page.slide(name, 150)
        now = page.address
        assert {key for key in itertools.chain(before, now) if before.get(key) != now.get(key)} == {part}
