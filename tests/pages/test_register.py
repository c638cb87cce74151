"""The part of the page Underlag where a pupil register is counted: asked, shown and kept, and no pupil with it."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from html import unescape

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from socio.allocation import allocate
from socio.intake import register, tables
from socio.scenario import Pot
from socio.storage import datasets
from socio.ui import cache, state
from tests.pages.conftest import PATIENCE, lines, plain

PAGE = """
import streamlit as st
from socio.ui import components, register, state

screen = state.begin()
st.session_state["shown"] = (screen.loaded.offer.municipality, len(screen.loaded.composition))
register.show(screen)
"""
SCHOOLS = {"12345678": "Åskolan", "12345679": "Bäckskolan", "12345680": "Lilla skolan"}
PUPILS = [
    ("12345678", "Flicka", "Utländsk", "0126", 30),
    ("12345678", "Pojke", "Svensk", "0126", 20),
    ("12345678", "Pojke", "Utländsk", "0180", 25),
    ("12345679", "Flicka", "Svensk", "0126", 60),
    ("12345679", "Pojke", "Utländsk", "0126", 12),
    ("12345680", "Flicka", "Svensk", "0126", 6),
]


def pupils(*, aid=False, education=False):
    """A register of three schools, one of them small, and of pupils from two municipalities."""
    found = [
        {
            "Namn": f"elev {number}",
            "Skolenhetskod": code,
            "Skolnamn": SCHOOLS[code],
            "Kön": sex,
            **({"Föräldrarnas utbildning": ["Eftergymnasial", "Ej eftergymnasial"][number % 2]} if education else {}),
            "Bakgrund": background,
            "Hemkommun": home,
            **({"Försörjningsstöd": "Ja"} if aid else {}),
        }
        for code, sex, background, home, count in PUPILS
        for number in range(count)
    ]
    return pl.DataFrame(found).write_csv(separator=";").encode()


class Part:
    """The part of the page, its widgets found by what they are for."""

    def __init__(self, **address):
        self.app = AppTest.from_string(PAGE, default_timeout=PATIENCE)
        self.app.query_params.update(address)
        self.app.session_state["register"] = True
        self.app.run()

    def widget(self, kind, what):
        (found,) = (one for one in self.app.get(kind) if re.fullmatch(rf"register\.{what}-.*", one.key or ""))
        return found

    def give(self, name, content):
        (uploader,) = self.app.get("file_uploader")
        uploader.set_value((name, content, "application/octet-stream")).run()
        assert not self.app.exception
        return self

    def choose(self, kind, what, value):
        self.widget(kind, what).set_value(value).run()
        assert not self.app.exception
        return self

    def press(self, what):
        self.widget("button", what).click().run()
        assert not self.app.exception
        return self

    @property
    def text(self):
        return "\n".join(line for one in self.app.get("html") for line in lines(one.proto.body))

    @property
    def tables(self):
        """The tables on the page, by their label: headings and rows."""
        found = {}
        for body in (one.proto.body for one in self.app.get("html")):
            for label, inside in re.findall(r'aria-label="([^"]*)"[^>]*><table.*?>(.*?)</table>', body):
                rows = re.findall(r"<tr>(.*?)</tr>", inside)
                found[label] = [
                    [plain(unescape(cell)) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows
                ]
        return found


@pytest.fixture
def part():
    return Part


@pytest.fixture
def counted(part):
    """The register given and counted, with what is suggested."""
    return part().give("elever.csv", pupils()).press("count")


def test_the_advice_stands_before_anything_is_given(part):
    """On a jurist, on few pupils, on what is kept and how large it may be (R098)."""
    said = part().text
    assert "Fråga en jurist innan uppgifter om försörjningsstöd" in said
    assert "Färre än 10 elever i en kategori kan peka ut någon" in said
    assert "inget om en enskild elev sparas" in said
    assert "Högst 60 MB, 2 000 000 elever och 500 kolumner" in said


def test_folded_it_asks_for_nothing():
    """There is no uploader until the part is opened."""
    app = AppTest.from_string(PAGE, default_timeout=PATIENCE).run()
    assert not app.get("file_uploader")
    assert not app.exception


def test_columns_are_suggested_from_their_names_and_contents(part):
    """And the button waits until what is needed is chosen."""
    page = part().give("elever.csv", pupils())
    chosen = {what: page.widget("selectbox", what).value for what in ("school", "name", "home", "year")}
    assert chosen == {"school": "Skolenhetskod", "name": "Skolnamn", "home": "Hemkommun", "year": None}
    assert page.widget("multiselect", "factors").value == ["Kön", "Bakgrund"]
    assert "elever.csv: 153 elever, 6 kolumner." in page.text
    municipality = page.widget("selectbox", "municipality-Hemkommun")
    assert (municipality.value, list(municipality.options)) == ("0126", ["0126", "0180"])
    assert not page.widget("button", "count").disabled
    assert page.choose("multiselect", "factors", []).widget("button", "count").disabled


def test_the_table_that_comes_out_is_that_of_the_counts(counted):
    """In alphabetical order, å last; few pupils have a star, and how many they are is said."""
    head, *rows = counted.tables["Tabellen som blir"]
    assert head[:4] == ["Skola", "Skolenhetskod", "Elever", "Egna elever"]
    assert head[4:] == ["Kön: Flicka", "Kön: Pojke", "Bakgrund: Svensk", "Bakgrund: Utländsk"]
    found = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert list(found) == ["Bäckskolan", "Lilla skolan", "Åskolan"]
    assert found["Åskolan"]["Elever"] == "75"
    assert found["Åskolan"]["Egna elever"] == "50"
    assert found["Åskolan"]["Bakgrund: Utländsk"] == "55"
    assert found["Lilla skolan"]["Kön: Flicka"] == "6*"
    assert "En stjärna (*) är färre än 10 elever: 4 celler." in counted.text


def test_few_pupils_are_hidden_and_small_units_treated_as_chosen(counted):
    """Two dots, an empty cell that would tell them; the mean, or no row."""
    counted.choose("checkbox", "hidden", value=True)
    rows = {row[0]: row for row in counted.tables["Tabellen som blir"]}
    assert rows["Lilla skolan"][4:] == ["..", "..", "..", ".."]
    counted.choose("radio", "small", "average")
    rows = {row[0]: row for row in counted.tables["Tabellen som blir"]}
    assert rows["Lilla skolan"][4:] == ["", "", "", ""]
    counted.choose("radio", "small", "leave_out")
    assert [row[0] for row in counted.tables["Tabellen som blir"]] == ["Skola", "Bäckskolan", "Åskolan"]
    assert "skolor med färre än 10 elever: 12345680, de utelämnas" in counted.text
    counted.choose("number_input", "below", 500)
    assert "minst en skola" in counted.text


@pytest.mark.parametrize("education", [False, True], ids=["example", "in use"])
def test_what_the_base_moves_in_kronor_is_that_of_the_rules(part, education):
    """Both bases shared by the setting in use, else by the example; half the table's sum is told (R043)."""
    content = pupils(education=education)
    page = part().give("elever.csv", content).press("count")
    factors = ["Kön", *(["Föräldrarnas utbildning"] if education else []), "Bakgrund"]
    asked = {"school": "Skolenhetskod", "name": "Skolnamn", "factors": factors, "home": "Hemkommun"}
    frame = register.read(content, "e")
    everyone, own = (
        register.aggregate(frame, municipality="0126", base=base, **asked).composition() for base in ("all", "own")
    )
    loaded = cache.load(state.FIRST)
    kronor = loaded.start.pot.total_for(int(state.paid(loaded).pupils_paid.sum()))
    per_pupil = Fraction(kronor, int(state.paid(loaded).pupils_paid.sum()))
    scenario = loaded.start if education else cache.example(everyone)
    pot = Pot(total=int(per_pupil * 128 + Fraction(1, 2))) if scenario.pot.total else Pot(per_pupil=float(per_pupil))
    before, after = (allocate(one, replace(scenario, pot=pot)).amount.tolist() for one in (everyone, own))
    head, *rows = page.tables["Vad valet av elever flyttar"]
    assert head == ["Skola", "Med alla elever", "Med bara egna elever", "Skillnad"]
    shown = {row[0]: tuple(_kronor(cell) for cell in row[1:]) for row in rows}
    together = zip(everyone.names, before, after, strict=True)
    assert shown == {name: (one, other, other - one) for name, one, other in together}
    assert list(shown) == ["Bäckskolan", "Lilla skolan", "Åskolan"]
    moved = sum(abs(one - other) for one, other in zip(before, after, strict=True)) / 2
    assert moved > 0
    assert f"flyttas {moved:,.0f} kr av {sum(before):,} kr".replace(",", " ") in page.text
    assert ("Fördelat med inställningen i bruk" in page.text) == education


def test_a_register_of_own_pupils_only_moves_nothing(part):
    """And says so, without a table."""
    page = part().give("elever.csv", pupils().replace(b";0180", b";0126")).press("count")
    assert "valet flyttar ingenting" in page.text
    assert list(page.tables) == ["Tabellen som blir"]


def _kronor(cell):
    return int(cell.removesuffix(" kr").replace(" ", "").replace("−", "-").replace("+", ""))


@pytest.mark.parametrize("base", ["all", "own"])
def test_used_as_a_table_the_schools_are_kept_and_the_pupils_are_not(counted, base, store):
    """What is kept is the layout, and opens; in the store there is no value that only a pupil has."""
    counted.choose("radio", "base", base)
    asked = {"school": "Skolenhetskod", "name": "Skolnamn", "factors": ["Kön", "Bakgrund"], "home": "Hemkommun"}
    frame = register.read(pupils(), "e")
    expected = register.written(register.aggregate(frame, municipality="0126", base=base, **asked))
    counted.press("use")
    (kept,) = datasets.kept()
    assert datasets.read(kept.key).decode() == expected
    assert kept.file == "elever.csv, sammanräknat"
    assert counted.app.session_state["shown"] == ("elever.csv, sammanräknat", 3)
    assert len(tables.read(datasets.read(kept.key), "e").composition) == 3
    assert "Registret självt är borta." in counted.text
    assert b"elev 1" not in store.read_bytes()
    assert not counted.app.get("button")


def test_nothing_is_kept_before_it_is_told_to(counted):
    """Neither in the store nor of pupils in the session."""
    assert datasets.kept() == ()
    assert "elev 1" not in repr(counted.app.session_state["register.held"])


def test_another_choice_takes_the_counts_away(counted):
    """So that what is shown is always what is chosen."""
    counted.choose("multiselect", "factors", ["Kön"])
    assert counted.tables == {}
    counted.press("count")
    assert "Bakgrund: Svensk" not in counted.tables["Tabellen som blir"][0]
    assert "Varken inställningen i bruk eller exempelvikterna har någon faktor" in counted.text


def test_aid_to_the_family_is_never_suggested_and_asks_for_a_jurist(part):
    """Only who chooses it gets it, with the question."""
    page = part().give("elever.csv", pupils(aid=True))
    assert page.widget("multiselect", "factors").value == ["Kön", "Bakgrund"]
    assert "Har en jurist tillfrågats" not in page.text
    page.choose("multiselect", "factors", ["Försörjningsstöd"])
    assert "Har en jurist tillfrågats" in page.text


def test_a_faulty_register_is_told_in_full_and_the_table_stands(part):
    """A file that is none, and a choice that cannot be counted."""
    page = part().give("elever.csv", b"a;b\n1;2;3\n")
    assert "raden har 3 celler" in page.text
    lacking = pupils().replace(b";12345679;", b";;", 3)
    page = part().give("elever.csv", lacking).press("count")
    assert "elever utan skolenhetskod: 3" in page.text
    assert page.app.session_state["shown"][0] == "Huddinge"


def test_a_hostile_register_is_a_sentence(part):
    """The page and its server live."""
    page = part().give("elever.parquet", b"PAR1" + b"\xff" * 300 + b"PAR1")
    assert "Parquet-filen är skadad eller avklippt" in page.text


def test_the_part_is_in_english_too(part):
    """In the language of the session."""
    page = part(sprak="en").give("elever.csv", pupils()).press("count")
    assert "Ask a jurist before data on income support" in page.text
    assert "The table that comes out" in page.tables
