"""The part of Underlag where files are taken in: read as the user says, mapped, pasted, and decided on row by row."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import openpyxl
import pytest

from socio.allocation import allocate
from socio.composition import Mark
from socio.errors import Fault, words
from socio.intake import library
from socio.reports import faults as marked
from socio.scenario import Pot
from socio.storage import datasets as store
from socio.storage.engine import StoreError
from socio.ui import cache, pending
from socio.view import format as written
from tests.pages.conftest import lines

OTHER = (
    "Enhet;Skolkod;Antal elever;Andel kort utbildning;Anteckning\n"
    "Alfa;11111111;100;20;ny rektor\nBeta;22222222;200;40;\nGamma;33333333;300;10;\nDelta;44444444;150;30;\n"
    "Epsilon;55555555;50;60;\n"
)


@pytest.fixture
def taking(opened):
    """Open the part by an address."""

    def at(**address):
        return opened(at="data", **{"del": "ta-in"} | address)

    return at


def say(page, name, value):
    """Say something of the file, as the browser tells of it."""
    return page.tell("pending", name, value)


def table(page, label):
    """The rows of a table of the part, by its label."""
    body = next(part for part in page.html if f'aria-label="{label}"' in part)
    region = body[body.index(f'aria-label="{label}"') :]
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", region[: region.index("</table>")])
    return [[" ".join(lines(cell)) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows]


def test_a_table_of_any_make_is_mapped(taking):
    """An unknown table is asked about, its columns are suggested, and what comes of it is seen before it is used."""
    page = taking()
    before = page.figures
    page.upload(("egen.csv", OTHER.encode()))
    assert "Så läses egen.csv" in page.titles
    assert page.figures == before
    heads, *rows = table(page, "Skolorna som de förstås")
    assert heads[:3] == ["Skola", "Skolenhetskod", "Elever"]
    assert rows[0][:3] == ["Alfa", "11111111", "100"]
    assert "20,0 %" in rows[0]
    page.press("taking-use")
    assert page.figures["Skolor"] == ["5"]
    assert page.figures["Elever bakom andelarna"] == ["800"]
    assert "Sparat till nästa gång" in page.text


def test_what_a_column_is_can_be_changed(taking):
    """A column taken out of the model is out, and one that is named anew has its new name."""
    page = taking()
    page.upload(("egen.csv", OTHER.encode()))
    say(page, "column.3.factor", "Utbildning")
    say(page, "column.3.category", "Kort")
    assert "Utbildning: Kort" in table(page, "Skolorna som de förstås")[0]
    say(page, "column.3.role", "ignored")
    assert "Kvar att rätta" in page.titles
    say(page, "column.3.role", "category")
    page.press("taking-use")
    assert page.app.session_state["socio"].screen.loaded.composition.columns[0] == ("Utbildning", "Kort")


def test_next_years_file_is_read_as_this_years(taking):
    """What was said of the columns is kept, and offered when a file with the same headings comes."""
    page = taking()
    page.upload(("2024.csv", OTHER.encode()))
    say(page, "column.3.factor", "Utbildning")
    say(page, "column.3.category", "Kort")
    page.press("taking-use")
    page.upload(("2025.csv", OTHER.replace(";100;", ";120;").encode()))
    assert "Kolumnerna föreslås som de i en tidigare fil." in page.text
    assert "Utbildning: Kort" in table(page, "Skolorna som de förstås")[0]


def test_a_kept_table_is_read_the_same_way_again(taking, opened):
    """A new session reads the kept file as it was said to be read."""
    page = taking()
    page.upload(("egen.csv", OTHER.encode()))
    page.press("taking-use")
    (kept,) = (one for one in store.kept() if one.kind == "own")
    assert store.read(kept.key) == OTHER.encode()
    assert kept.how
    again = opened(underlag=kept.key)
    assert again.app.session_state["socio"].screen.loaded.composition.names[0] == "Alfa"


def test_a_file_that_is_left_changes_nothing(taking):
    """Cancelled, the file is gone and the schools in use are as they were."""
    page = taking()
    before = page.figures, page.address
    page.upload(("egen.csv", OTHER.encode()))
    page.press("taking-cancel")
    assert not [title for title in page.titles if "egen.csv" in title]
    assert (page.figures, page.address) == before
    assert not [one for one in store.kept() if one.kind == "own"]


def test_the_encoding_is_corrected(taking):
    """A guess that is wrong is seen in the first rows, and another encoding can be chosen."""
    page = taking()
    content = OTHER.replace("Alfa", "Ängsskolan").encode("mac-roman")
    page.upload(("mac.csv", content))
    if "Ängsskolan" not in page.text:
        say(page, "read.encoding", "Mac Roman")
    assert table(page, "Skolorna som de förstås")[1][0] == "Ängsskolan"


def test_the_sheet_is_chosen(taking):
    """Of a workbook with two sheets each can be looked at."""
    book = openpyxl.Workbook()
    book.active.title = "Läs mig"
    book.active.append(["Det här är", "en anteckning"])
    sheet = book.create_sheet("Skolorna")
    for row in OTHER.splitlines():
        sheet.append([int(cell) if cell.isdigit() and len(cell) < 8 else cell for cell in row.split(";")])
    held = io.BytesIO()
    book.save(held)
    page = taking()
    page.upload(("två blad.xlsx", held.getvalue()))
    say(page, "read.sheet", "Skolorna")
    assert table(page, "Skolorna som de förstås")[1][:2] == ["Alfa", "11111111"]


def test_what_is_ambiguous_is_asked(taking):
    """A lone comma that may be thousands or decimals is a question; its answer is kept."""
    page = taking()
    unclear = "skolenhetskod;skola;elever;Utbildning: Kort\n1;Alfa;1500;1,329\n2;Beta;1600;1,400\n"
    page.upload(("oklar.csv", unclear.encode()))
    assert "Kvar att rätta" in page.titles
    assert any("1,329" in line for line in page.notices)
    say(page, "read.decimal", ",")
    assert "1,3 %" in table(page, "Skolorna som de förstås")[1]
    page.press("taking-use")
    assert page.figures["Skolor"] == ["2"]


def test_the_unit_is_corrected(taking):
    """Counts in schools of about a hundred pupils look like per cent; the user says what they are."""
    page = taking()
    rows = "".join(f"{at};Skola {at};{100 + at};{21 + at};79\n" for at in range(-1, 2))
    page.upload(("antal.csv", ("skolenhetskod;skola;elever;Utbildning: Kort;Utbildning: Lång\n" + rows).encode()))
    assert "procent" in page.text
    (kept,) = (one for one in store.kept() if one.kind == "own")
    store.describe(kept.key, municipality="Huddinge", code="0126", year="2024/25", about=store.About(source="SCB"))
    page.press("taking-again")
    say(page, "unit", "count")
    assert table(page, "Skolorna som de förstås")[3][3] == "21,8 %"  # 22 of 101
    page.press("taking-use")
    assert page.app.session_state["socio"].screen.loaded.composition.shares[2, 0] == 22 / 101
    (again,) = (one for one in store.kept() if one.kind == "own")
    assert again.key != kept.key
    assert (again.code, again.year, again.about.source) == ("0126", "2024/25", "SCB")


def test_a_store_that_cannot_be_written_loses_nothing(taking, monkeypatch):
    """What is wrong is said, the file is still asked about, and the schools in use stand."""
    page = taking()
    page.upload(("egen.csv", OTHER.encode()))

    def full(*_args, **_said):
        raise StoreError([Fault(wrong=words("the file cannot be written"), allowed=words("try again"))])

    monkeypatch.setattr(store, "keep_own", full)
    before = page.figures
    page.press("taking-use")
    assert not page.app.exception
    assert "Så läses egen.csv" in page.titles
    assert page.figures == before
    monkeypatch.undo()


def test_amounts_are_pasted(taking):
    """A table copied from a report is taken as what the schools have today."""
    page = taking(underlag="0126-2021-22")
    text = "Annerstaskolan\t7 279 334\nBalingsnässkolan\t47 027\nKästaskolan\t1 366 430\n"
    page.widget("text_area", "paste-text").set_value(text)
    page.press("paste-take")
    assert "(3 av 3 rader)" in page.text
    page.app.switch_page("pages/redistribution.py").run()
    assert len(page.amounts) == 3


def test_a_row_of_amounts_is_given_its_schools_by_hand(taking):
    """One row for two schools is shared between them in proportion to their pupils, to the krona (T20)."""
    page = taking(underlag="0126-2021-22")
    text = "Annerstaskolan\t7 279 334\nBalingsnäs och Kästa\t1 000 001\n"
    page.upload(("belopp.txt", text.encode()))
    assert "De belopp som inte har någon skola än" in page.titles
    found = next(one for one in library.datasets() if one.file == "huddinge_2021-22.csv")
    composition = library.read(found)
    at = {name: row for row, name in enumerate(composition.names)}
    two = [composition.codes[at[name]] for name in ("Balingsnässkolan", "Kästaskolan")]
    box = next(one for one in page.app.multiselect if one.key.startswith("taking-row"))
    page.act(box.set_value(two).run)
    page.press("taking-use")
    kept = page.app.session_state["socio"].screen.loaded.composition
    rows = [kept.codes.index(code) for code in two]
    assert kept.old_amount[rows].sum() == 1_000_001
    pupils = kept.pupils_paid[rows]
    assert np.allclose(kept.old_amount[rows], 1_000_001 * pupils / pupils.sum(), atol=1)


def test_tabell_1_shows_points_and_index_and_asks_for_the_pupils(taking):
    """The guide's own table: points and index stand at once, kronor once the pupils are filled in (G01)."""
    head = ";Utbildning;;Bakgrund;\n;Hög;Låg;Svensk;Utländsk\nVikt;0;2;0;1\n"
    rows = "Alfa;80 %;20 %;90 %;10 %\nBeta;50 %;50 %;60 %;40 %\nKommunen;65 %;35 %;75 %;25 %\n"
    page = taking()
    page.upload(("tabell1.csv", (head + rows).encode()))
    shown = table(page, "Skolornas poäng och index")
    assert shown[1] == ["Alfa", "0,50", "0,53"]  # 2·0.2 + 0.1; over 2·0.35 + 0.25 = 0.95
    assert shown[2] == ["Beta", "1,40", "1,47"]
    for at, pupils in enumerate(("100", "120")):
        page.widget("text_input", f"taking-pupils-{at}").set_value(pupils)
    button = next(one for one in page.app.button if "taking-pupils" in one.key or one.label == "Använd tabellen")
    page.act(button.click().run)
    assert page.figures["Elever bakom andelarna"] == ["220"]


def test_a_faulty_table_is_asked_about(taking):
    """What is wrong stands beside how it was read, and the workbook with the marks is offered there too."""
    page = taking()
    page.upload(("fel.csv", b"skolenhetskod;skola;elever;Utbildning: Kort\n1;Alfa;x;20\n"))
    assert "Kvar att rätta" in page.titles
    assert page.widget("button", "taking-use").disabled


def test_a_row_for_several_units_is_split_as_it_is_written(taking):
    """Codes, names where they are given, and pupils; what was written stands in the field (T20)."""
    page = taking()
    page.upload(("egen.csv", OTHER.replace("Epsilon;55555555;50", "Epsilon och Zeta;;50").encode()))
    say(page, "row.Epsilon och Zeta", "55555555 Epsilonskolan = 30; 66666666 = 20")
    assert page.inputs["pending.row.Epsilon och Zeta"]["value"] == "55555555 Epsilonskolan = 30; 66666666 = 20"
    page.press("taking-use")
    composition = page.app.session_state["socio"].screen.loaded.composition
    assert composition.names[-2:] == ("Epsilonskolan", "Epsilon och Zeta (66666666)")
    assert composition.pupils_composition[-2:].tolist() == [30, 20]
    assert (composition.shares[-1] == composition.shares[-2]).all()
    page.press("taking-again")
    say(page, "row.Epsilon och Zeta", "–")
    page.press("taking-use")
    assert page.figures["Skolor"] == ["4"]


def test_the_users_own_file_comes_back_with_its_faults_marked(taking):
    """Two rows of header over a table of any make: the wrong cell is coloured and says what is allowed."""
    page = taking()
    table = ";;;Utbildning;\nEnhet;Skolkod;Antal elever;Kort;Lång\nAlfa;11111111;100;20;80\nBeta;22222222;200;40;70\n"
    page.upload(("egen.csv", table.encode()))
    say(page, "kind", "other")
    assert "Kvar att rätta" in page.titles
    asked = page.app.session_state["socio"].pending
    assert [column.heading for column in asked.reading.layout.columns][3] == "Utbildning – Kort"
    _intake, found = pending.intake_of(asked)
    content = marked.workbook(
        asked.content, asked.file, found, header=asked.reading.layout.header,
        headings=[column.heading for column in asked.reading.layout.columns],
    )  # fmt: skip
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[1]
    coloured = [cell.coordinate for row in sheet for cell in row if cell.comment is not None]
    assert coloured == ["D4"]
    assert page.app.get("download_button")


def test_the_other_page_leads_to_where_a_file_is_asked_about(opened):
    """An unknown table given on the main screen is not lost: a button leads to where its columns are named."""
    page = opened()
    page.upload(("egen.csv", OTHER.encode()))
    page.widget("button", "go-on").click().run()
    assert "Så läses egen.csv" in page.titles


def test_the_limits_stand_beside_the_upload(taking):
    """How large a file may be is said before it is given."""
    assert "Högst 60 MB, 20 000 rader och 1 000 kolumner per fil" in taking().text


def test_two_pupil_bases_and_what_they_move(opened):
    """Huddinge pays F–9 and knows the composition of 1–9: what would move if it paid 1–9, at the same pot (R043)."""
    page = opened(at="data")
    assert "Två elevunderlag" in page.titles
    screen = page.app.session_state["socio"].screen
    same_pot = replace(screen.view.scenario, pot=Pot(total=screen.result.pot))
    composition = screen.composition
    other = allocate(replace(composition, pupils_paid=composition.pupils_composition), same_pot)
    assert other.amount.sum() == screen.result.amount.sum()
    moved = np.abs(other.amount - screen.result.amount).sum() / 2
    assert moved > 100_000
    told = next(line for line in page.text.splitlines() if "med samma pott" in line)
    assert f"skulle {written.kronor(moved)} flyttas".replace("\N{NO-BREAK SPACE}", " ") in told


def test_whom_the_mean_is_weighed_by_moves_no_krona(opened):
    """The shape is scaled by the pupils paid, so p̄ cancels (docs/method.md §3); only what fills gaps is left."""
    composition = opened(at="data", underlag="0115-2022-23").app.session_state["socio"].screen.composition
    known = composition.only((composition.marks == Mark.KNOWN).all(axis=1))
    setting = cache.example(known)
    weighed = replace(known, pupils_composition=known.pupils_paid)
    assert (allocate(known, setting).amount == allocate(weighed, setting).amount).all()
