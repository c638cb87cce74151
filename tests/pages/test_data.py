"""The page Underlag, through app.py: how the schools differ, what was read, and what is wrong with it."""

from __future__ import annotations

import io
import re
import zipfile

import numpy as np
import openpyxl
import pytest

from socio import screening
from socio.intake import library
from tests.pages.conftest import lines

OWN = b"skolenhetskod;skola;elever;Bakgrund: Utl\xc3\xa4ndsk\n1;Alfa;100;20\n2;Beta;200;40\n3;Gamma;300;..\n"
ALIKE = "skolenhetskod;skola;elever;Bakgrund: Utländsk\n" + "".join(f"{at};Skola {at};100;20\n" for at in range(1, 8))


@pytest.fixture
def material(opened):
    """Open the page by an address."""
    return lambda **address: opened(at="data", **address)


def factors(page):
    """The rows of the table of factors, as on screen."""
    (table,) = (body for body in page.html if "socio-plain" in body)
    rows = re.findall(r"<tr>(.*?)</tr>", table)
    return [[" ".join(lines(cell)) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows]


def test_it_says_whether_the_material_speaks_for_a_model(material):
    """Huddinge's schools differ much in two factors and hardly in the third (R002, R047)."""
    page = material()
    assert (
        page.headline
        == "Underlaget talar för en modell: skolorna skiljer sig mycket åt i föräldrarnas utbildning och bakgrund"
    )
    assert "Varierar knappt: kön." in page.text
    assert page.figures["Skolor"] == ["37"]
    assert not page.app.exception


def test_the_table_of_factors_is_what_screening_gives(material):
    """Verdict, shares, schools and η² of each category are the rule's, written as Swedes write them."""
    found = next(one for one in library.datasets() if one.file == "huddinge_2019_vt.csv")
    composition = library.read(found)
    head, *rows = factors(material())
    screened = screening.screen(composition)
    assert len(rows) == sum(len(one.categories) for one in screened.factors)
    background = next(one for one in screened.factors if one.factor == "Bakgrund")
    row = dict(zip(head, next(row for row in rows if row[:2] == ["Bakgrund", "Utländsk"]), strict=True))
    assert row["Omdöme"] == "varierar mycket"
    assert row["Kommunen, %"] == f"{100 * background.share[0]:.1f}".replace(".", ",")
    assert row["Skola med högst"] == composition.names[background.highest_school[0]]
    assert row["Mellan skolor (η²)"] == f"{background.corrected[0]:.3f}".replace(".", ",")
    assert row["Flyttar typiskt, kr per elev"].replace(" ", "").isdigit()


def test_few_schools_get_figures_and_no_statistics(material):
    """With three schools there is neither verdict nor correlation, and the page says why (R003)."""
    page = material()
    page.upload(("egen.csv", OWN))
    assert page.headline == "Färre än 5 skolor: siffrorna finns här, och beslutet behöver ingen statistik"
    assert "Färre än fem skolor: inget samband beräknas." in page.text
    assert {row[2] for row in factors(page)[1:]} == {"inget omdöme", ""}


def test_schools_that_are_alike_speak_for_no_model(material):
    """Where nothing differs the answer is no."""
    page = material()
    page.upload(("lika.csv", ALIKE.encode()))
    assert page.headline == "Underlaget talar inte för en modell: skolorna skiljer sig knappt åt"
    assert not page.app.exception


def test_the_remarks_on_a_table_are_listed(material):
    """A suppressed share stands among the remarks, with what was put there."""
    page = material()
    page.upload(("egen.csv", OWN))
    assert "Bakgrund: 1 skolas andel är inte publicerad" in page.text
    page.tell("part", "", "remarks")
    remarks, *_ = (one.value for one in page.app.dataframe)
    assert remarks["Kolumn"].tolist() == ["Bakgrund: Utländsk"]


def test_a_faulty_file_leaves_the_page_as_it_was(material):
    """Every fault is said, and the schools on screen stand."""
    page = material()
    before = page.headline
    page.upload(("fel.csv", b"skolenhetskod;skola;elever\n1;Alfa;x\n"))
    assert any("fel.csv" in line for line in page.notices)
    assert page.headline == before
    assert not page.app.exception


def test_the_page_is_in_english_too(material):
    """The words are English, the schools' own stay Swedish."""
    page = material(sprak="en")
    assert page.headline.startswith(
        "The material speaks for a model: the schools differ much in föräldrarnas utbildning"
    )
    assert factors(page)[0][:3] == ["Factor", "Category", "Verdict"]


def test_the_view_is_the_same_on_both_pages(material):
    """What was decided on the main screen is in the address of this page."""
    page = material(underlag="0115-2023-24", pott="9000000", sprak="en")
    assert page.address["pott"] == ["9000000"]
    assert page.address["underlag"] == ["0115-2023-24"]


AMOUNTS = "Annerstaskolan\t7 279 334\nBalingsnässkolan\t47 027\nSkola som inte finns\t1 000\nKästaskolan\t1 366 430\n"
RESULTS = (
    "Statistik från Skolverket, https://www.skolverket.se\n\nGrundskola - Slutbetyg årskurs 9\nValt läsår: 2018/19\n\n"
    "Skola;Skol-enhetskod;Skolkommun;Kommun-kod;Typ av huvudman;Huvudman;Huvudman orgnr;Antal elever;"
    "Andel (%) elever som uppfyllt betygskriterierna i alla ämnen;Andel (%) elever behöriga till yrkesprog.;"
    "Genomsnittligt meritvärde (17 ämnen);\n"
)


def packed(name, content):
    """Put one file in a zip."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(name, content)
    return held.getvalue()


def test_how_a_file_was_read_is_said(material):
    """Separator, decimal sign, unit and number of remarks, so that a wrong guess is seen."""
    page = material()
    page.upload(("egen.csv", OWN))
    assert "egen.csv: 3 skolor, 600 elever. Sparat till nästa gång." in page.text
    assert "Lästes som: UTF-8, semikolon, procent, 1 anmärkning." in page.text


def test_amounts_are_matched_on_name_and_become_what_the_schools_have_today(material):
    """Pasted from a report: the rows that name a school are used, the other is named, and the comparison is today's."""
    page = material(underlag="0126-2021-22")
    page.upload(("belopp.txt", AMOUNTS.encode()))
    assert "(3 av 4 rader)" in page.text
    assert "Inte matchade: Skola som inte finns." in page.text
    page.app.switch_page("pages/redistribution.py").run()
    assert page.address["jamfor"] == ["idag"]
    assert len(page.amounts) == 3


def test_amounts_that_match_nothing_leave_the_view_as_it_was(material):
    """No row names a school in use: every row is told, and nothing is kept."""
    page = material()
    before = page.headline
    page.upload(("belopp.csv", b"skola;kr\nFel skola;1000\nAnnan skola;2000\n"))
    assert any("Fel skola" in line for line in page.notices)
    assert page.headline == before


def test_results_are_held_against_the_composition(material):
    """A file of results gives the correlation of each result with each factor, and the number of schools behind it."""
    page = material()
    found = next(one for one in library.datasets() if one.file == "huddinge_2019_vt.csv")
    composition = library.read(found)
    rows = "".join(
        f"{name};{code};Huddinge;0126;Kommunal;Huddinge;2120000068;50;70,0;90,0;{200 + at};\n"
        for at, (name, code) in enumerate(zip(composition.names, composition.codes, strict=True))
    )
    page.upload(("Slutbetyg 2019.csv", (RESULTS + rows).encode("utf-8-sig")))
    assert "resultat för 37 skolenheter, läsåret 2018/19. 37 av de 37 skolorna" in page.text
    assert "Så följer resultaten faktorerna, läsåret 2018/19" in page.titles
    told = next(line for line in page.text.splitlines() if line.startswith("Meritvärde"))
    merit = 200 + np.arange(37.0)
    expected = screening.correlation(composition, {"merit": merit})
    assert f"{expected.with_outcomes[0, 0]:.2f}".replace(".", ",").replace("-", "−") in told


def test_a_zipped_table_is_opened(material):
    """One table in an archive is that table."""
    page = material()
    page.upload(("egen.zip", packed("egen.csv", OWN)))
    assert page.figures["Skolor"] == ["3"]


def test_a_tabell_1_without_pupils_asks_for_them(material):
    """The guide's layout gives points and index; kronor need pupils, and the page says so."""
    head = ";Utbildning;;Bakgrund;\n;Hög;Låg;Svensk;Utländsk\nVikt;0;2;0;1\n"
    table = head + "Alfa;80 %;20 %;90 %;10 %\nBeta;50 %;50 %;60 %;40 %\n"
    page = material()
    before = page.headline
    page.upload(("tabell1.csv", table.encode()))
    assert any("elever" in line for line in page.notices), page.notices
    assert page.headline == before


def test_the_template_is_filled_in_and_read(material):
    """The template that the page offers is read as it is, its example aside, once schools stand in it."""
    page = material(**{"del": "ta-in"})
    assert "hamta/mall.xlsx?sprak=sv" in "".join(page.html)
    book = openpyxl.load_workbook(io.BytesIO(page.take_out("mall.xlsx").body))
    sheet = book["Skolor"]
    heads = [cell.value for cell in sheet[1]]
    for code in range(1, 7):
        row = {"skolenhetskod": f"1000000{code}", "skola": f"Skola {code}", "elever_underlag": 100 + code,
               "elever_betalning": 100 + code}  # fmt: skip
        factors = [head for head in heads if ": " in head]
        firsts = {factor.split(": ")[0]: factor for factor in reversed(factors)}
        row |= {head: (100 if head in firsts.values() else 0) for head in factors}
        sheet.append([row.get(head) for head in heads])
    filled = io.BytesIO()
    book.save(filled)
    page.upload(("ifylld.xlsx", filled.getvalue()))
    assert not page.notices, page.notices
    assert page.figures["Skolor"] == ["6"]
    assert "Lästes som: bladet Skolor" in page.text


def test_the_order_to_scb_is_offered(material):
    """A workbook whose delivery sheet has the importer's own headings (R044)."""
    page = material(**{"del": "ta-in"})
    assert "hamta/bestallning.xlsx?sprak=sv" in "".join(page.html)
    book = openpyxl.load_workbook(io.BytesIO(page.take_out("bestallning.xlsx").body))
    assert {"skolenhetskod", "skola", "elever_betalning"} <= {cell.value for cell in book["Leverans"][1]}


def test_a_faulty_table_is_offered_back_with_its_faults_marked(material):
    """Beside what is wrong stands the user's own file to take away, until the file is left."""
    page = material()
    page.upload(("fel.csv", b"skolenhetskod;skola;elever\n1;Alfa;x\n"))
    (button,) = page.app.get("download_button")
    assert button.proto.label == "fel.csv med felen markerade (Excel)"
    assert not page.press("taking-cancel").app.get("download_button")
