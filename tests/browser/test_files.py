"""Files out and in, in a real browser: what is taken out is right, what is wrong with what is taken in is said."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from fractions import Fraction

import numpy as np
import openpyxl
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE, huddinge, kr, schools

OWN = "skolenhetskod;skola;elever;Bakgrund: Utländsk\n1;Alfa;100;20\n2;Beta;200;40\n3;Gamma;300;10\n".encode()
MARK = "Exempelvikter – inte kommunens modell"


def rows_of(content):
    """Read a table as a Swedish Excel does: a byte order mark, semicolons, decimal comma."""
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


@pytest.fixture
def changed(screen):
    """A view that is not the start's."""
    screen.write("pot.total", "30 000 000").shows(huddinge(pot=30_000_000)[0])
    screen.settle()
    return screen


def test_the_table_as_csv(changed):
    """Every school's kronor, a sum row that is the pot, and under it source, mark and fingerprints."""
    name, content = changed.take_out("tabell.csv")
    assert name == "socio-0126-2018-19-tabell.csv"
    rows = rows_of(content)
    _, amounts = huddinge(pot=30_000_000)
    assert {row["Skola"]: int(row["Ersättning, kr"]) for row in rows[: len(amounts)]} == amounts
    total = rows[len(amounts)]
    assert (total["Skola"], total["Ersättning, kr"]) == ("Totalt", "30000000")
    assert int(total["Elever"]) == sum(school["n"] for school in schools()[1])
    assert re.fullmatch(r"\d,\d+", rows[0]["Index"])
    under = content.decode("utf-8-sig")
    assert MARK in under
    assert "Källa: Skolverket" in under
    assert changed.page.locator(".socio-foot").inner_text().splitlines()[1] in under


def test_the_table_as_a_workbook(changed):
    """Numbers are numbers, the sum is a formula, and the sum is the pot."""
    name, content = changed.take_out("tabell.xlsx")
    assert name == "socio-0126-2018-19-tabell.xlsx"
    _, amounts = huddinge(pot=30_000_000)
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    heads = [cell.value for cell in sheet[1]]
    school, amount = heads.index("Skola"), heads.index("Ersättning, kr")
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2, max_row=len(amounts) + 1)]
    assert {row[school]: row[amount] for row in rows} == amounts
    assert str(sheet.cell(len(amounts) + 2, amount + 1).value).startswith("=SUM(")
    values = openpyxl.load_workbook(io.BytesIO(content), data_only=True).active
    assert values.cell(len(amounts) + 2, amount + 1).value == 30_000_000


def test_the_setting_goes_out_and_comes_back(changed, browse):
    """The TOML holds what is on screen, says that it is an example, and gives another person the same figures."""
    changed.write("redistribution.degree", "142,5").shows(huddinge(pot=30_000_000, degree="1.425")[0])
    name, content = changed.take_out("installning.toml")
    given = tomllib.loads(content.decode())
    assert given["pot"] == {"total": 30_000_000}
    assert given["redistribution"]["degree"] == 1.425
    assert MARK in content.decode()
    other = browse()
    other.upload((name, content))
    other.shows(huddinge(pot=30_000_000, degree="1.425")[0])
    assert other.part("files").get_by_text(name).is_visible()


def test_a_name_with_a_line_break_stays_a_setting(browse):
    """Whatever a link calls the setting, the TOML can be read."""
    screen = browse("?underlag=0126-2018-19&namn=Ett%0Aschema%20=%20%22tv%C3%A5%22")
    _, content = screen.take_out("installning.toml")
    assert tomllib.loads(content.decode())["name"] == 'Ett\nschema = "två"'


def test_the_schools_as_used_go_out_and_come_back(screen):
    """The table that the figures rest on is taken out, and as an own file gives the same schools."""
    name, content = screen.take_out("underlag.csv")
    rows = rows_of(content)
    assert [row["skola"] for row in rows if row["skola"] != "Kommunen"] == [school["name"] for school in schools()[1]]
    screen.upload((name, content))
    expect(screen.part("table.municipality").get_by_role("combobox")).to_have_value(name)
    expect(screen.page.locator(".socio-sum")).to_contain_text("12 411 elever")


@pytest.mark.parametrize(
    ("chart", "title"), [("staplar", "skolor får mer än genomsnittet"), ("forandring", "skolor får mer och")]
)
def test_a_charts_picture_and_data(changed, chart, title):
    """PNG, SVG with its title and mark in words, and the figures behind it."""
    name, png = changed.take_out(f"{chart}.png")
    assert name.endswith(".png")
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    assert width > 1500
    assert height > 500
    _, svg = changed.take_out(f"{chart}.svg")
    drawn = svg.decode()
    assert drawn.startswith("<svg")
    assert title in drawn.replace("\N{NO-BREAK SPACE}", " ")
    assert MARK in drawn
    _, data = changed.take_out(f"{chart}.csv")
    _, amounts = huddinge(pot=30_000_000)
    rows = rows_of(data)[: len(amounts)]
    assert {row["Skola"]: int(row["Ersättning, kr"]) for row in rows} == amounts


def test_an_own_file_is_opened(screen, tmp_path):
    """A table in the stated layout is opened at the same kronor per pupil, kept, and named in the list."""
    path = tmp_path / "våra skolor.csv"
    path.write_bytes(OWN)
    screen.upload(path)
    expect(screen.part("table.municipality").get_by_role("combobox")).to_have_value("våra skolor.csv")
    _, here = schools()
    pot = int(Fraction(25_018_508, sum(school["n"] for school in here)) * 600 + Fraction(1, 2))
    expect(screen.page.locator(".socio-sum")).to_contain_text(f"600 elever{kr(pot)} = potten")
    weighed = {"Alfa": 100 * 20, "Beta": 200 * 40, "Gamma": 300 * 10}
    expect(screen.figure("Högst")).to_have_text(kr(Fraction(pot, 200) * weighed["Beta"] / sum(weighed.values())))
    expect(screen.page).to_have_url(re.compile("underlag=own-"))  # the address follows the figures
    screen.page.reload()
    expect(screen.page.locator(".socio-sum")).to_contain_text("600 elever")


@pytest.mark.national
def test_a_national_export_is_opened(screen, national_exports):
    """Dropped in as downloaded, it offers all municipalities and the country, each at the same kronor per pupil."""
    (path,) = national_exports.glob("*Antal elever per årskurs 2021*.csv")
    screen.upload(path)
    said = screen.part("files").get_by_text("290 kommuner")
    expect(said).to_contain_text(
        "Läsåret 2021/22: 290 kommuner, 4 743 skolenheter, 1 106 068 elever", timeout=3 * PATIENCE
    )
    expect(screen.page.locator(".socio-line").first).to_contain_text("Huddinge · elevsammansättning läsåret 2021/22")
    average = screen.figure("Genomsnitt per elev").inner_text()
    screen.choose("table.municipality", "Botkyrka")
    expect(screen.page.locator(".socio-line").first).to_contain_text("Botkyrka · elevsammansättning läsåret 2021/22")
    expect(screen.figure("Genomsnitt per elev")).to_have_text(average)
    screen.choose("table.municipality", "Hela")
    expect(screen.page.locator(".socio-line").first).to_contain_text("4 743 skolor", timeout=3 * PATIENCE)
    expect(screen.figure("Genomsnitt per elev")).to_have_text(average)


BAD = {
    "bild.csv": lambda: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 400,
    "tom.csv": lambda: b"",
    "många fel.csv": lambda: OWN.replace(b"100;20", b"x;20").replace(b"200;40", b"-3;140"),
    "brus.csv": lambda: np.random.default_rng(5).bytes(50 * 2**20),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_said_in_swedish_and_the_view_stands(screen, tmp_path, name):
    """A picture, nothing, a table with faults, 50 MB of noise: what is wrong and what to do, and not a figure moves."""
    figures, address = screen.figures, screen.page.url
    path = tmp_path / name
    path.write_bytes(BAD[name]())
    screen.upload(path)
    said = screen.page.get_by_role("alert").locator("li")
    expect(said.first).to_contain_text(f"{name}: ", timeout=3 * PATIENCE)
    for line in said.all_inner_texts():
        assert line.startswith(name)
        assert "Traceback" not in line
    if name == "många fel.csv":
        assert [re.search(r"rad \d", line)[0] for line in said.all_inner_texts()] == ["rad 2", "rad 3", "rad 3"]
    assert screen.figures == figures
    assert screen.page.url == address
    screen.press("close-faults")
    expect(said).to_have_count(0)


def test_a_file_that_is_too_large_is_said_in_swedish(screen, tmp_path):
    """More than the server takes in is refused before it is sent."""
    path = tmp_path / "stor.csv"
    path.write_bytes(bytes(61 * 2**20))
    figures = screen.figures
    screen.upload(path)
    expect(screen.part("files")).to_contain_text("Fel: Filen får vara högst 60.0 MB.")
    assert screen.figures == figures
