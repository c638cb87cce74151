"""Names that are markup, formulas or turned around stay text: on both pages, and in everything taken out of them."""

from __future__ import annotations

import csv
import io
import re
import tomllib

import openpyxl
import pytest
from defusedxml import ElementTree
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE

NAMES = (
    "<script>window.__xss=1</script>Alfa",
    '<img src="x" onerror="window.__xss=2">Beta',
    "![a](http://evil.test/img.png) **Gamma** :material/home:",
    '=HYPERLINK("http://evil.test","klicka")',
    "[e](javascript:window.__xss=3) `Delta` $x^2$",
    "+1 Epsilon",
    "@SUM(1)",
    "-1+1|cmd",
    "</style></svg><svg onload=window.__xss=4>",
    "&lt;b&gt; &amp; \"Zeta\" 'Eta'",
)
TURNED = "\u202eThetaskolan\u2069\u200b"
FACTOR = "<b onclick=window.__xss=5>![f](//evil.test/f.png)</b>"
CATEGORY = "<img src=x onerror=window.__xss=6>"
OWNER = "=1+1"
FILE = "<img src=x onerror=window.__xss=7>![n](evil.test).csv"
TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "\0", "\N{MINUS SIGN}")


def table(*, wrong=False):
    text = io.StringIO()
    lines = csv.writer(text, delimiter=";", lineterminator="\n")
    lines.writerow(["skolenhetskod", "skola", "huvudman", "elever", f"{FACTOR}: {CATEGORY}", "Bakgrund: Utländsk"])
    for at, name in enumerate((*NAMES, TURNED)):
        lines.writerow([10000001 + at, name, OWNER, CATEGORY if wrong else 100 + at, 10 + at, 50 - 4 * at])
    return text.getvalue().encode()


@pytest.fixture
def hostile(browse):
    """The main screen with a table of such names."""
    screen = browse(asked_twice=True)
    screen.upload((FILE, table()))
    expect(screen.part("table.municipality").get_by_role("combobox")).to_have_value(FILE, timeout=3 * PATIENCE)
    expect(screen.page.locator(".socio-line").first).to_contain_text("11 skolor")
    screen.settle()
    yield screen
    _harmless(screen)


def _harmless(screen):
    assert screen.page.evaluate("window.__xss") is None
    foreign = ", ".join(f"[{name}^='{start}']" for name in ("src", "href") for start in ("http://evil", "//evil"))
    made = f"[onclick], [onerror], [onload], img[src='x'], [href^='javascript'], {foreign}"
    within = screen.page.locator("[data-testid=stApp]")
    assert within.locator(made).count() == 0


def test_names_are_text_in_the_table_and_the_charts(hostile):
    """As they are written, but for what turns text around; in the chart's hover and in what is chosen too."""
    drawn = hostile.page.locator(".socio-grid table tbody tr[data-code]")
    expect(drawn.first).to_be_attached()
    texts = drawn.all_inner_texts()
    for name in (*NAMES, "Thetaskolan"):
        assert any(name in text for text in texts), name
    assert "\u202e" not in hostile.page.content()
    for mark in hostile.page.locator("#bars .hit").all():
        mark.hover()
    assert hostile.page.locator("#bars").inner_html().count("<script") == 0
    for name in NAMES[:3]:
        hostile.choose("school", name)
        hostile.settle()
        expect(hostile.chosen).to_have_value(name)
    _harmless(hostile)


def test_names_are_text_on_the_page_of_the_material(hostile):
    """Every part of it, with all unfolded."""
    hostile.page.get_by_role("link", name="Underlag", exact=True).click()
    expect(hostile.page).to_have_url(re.compile("underlag"))
    place, _, query = hostile.page.url.partition("?")
    rest = "&".join(given for given in query.split("&") if not given.startswith("del="))
    for part in ("skillnader", "ta-in", "lasar", "faktorer", "anmarkningar"):
        hostile.page.goto(f"{place}?{rest}&del={part}")
        expect(hostile.headline).to_be_visible(timeout=3 * PATIENCE)
        hostile.settle()
        for folded in hostile.page.locator("[data-testid=stMain] summary").all():
            folded.click()
        hostile.settle()
        _harmless(hostile)


def test_names_are_text_in_what_is_said_of_a_file(screen):
    """Faults of a table, rows of amounts without a school, and columns of a table that nobody knows."""
    screen.upload((FILE, table(wrong=True)))
    said = screen.page.get_by_role("alert").locator("li")
    expect(said.first).to_contain_text(FILE, timeout=3 * PATIENCE)
    expect(said.first).to_contain_text(CATEGORY)
    _harmless(screen)
    screen.press("close-faults")
    lines = "".join(f'"{name}";{1000 + at}\n' for at, name in enumerate(name.replace('"', '""') for name in NAMES))
    screen.upload(("belopp.csv", f"skola;kr\nAnnerstaskolan;5\n{lines}".encode()))
    expect(screen.page.get_by_text("belopp.csv").first).to_be_visible(timeout=3 * PATIENCE)
    screen.settle()
    _harmless(screen)
    screen.upload((FILE, f"{CATEGORY};{FACTOR};x\n1;2;3\n4;5;6\n".encode()))
    screen.settle()
    _harmless(screen)


def fields(content):
    return [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
            for cell in row]  # fmt: skip


def test_names_are_text_in_what_is_taken_out(hostile):
    """No field of a csv begins a formula, no cell is one but the sums, no picture has anything that runs."""
    for file in ("tabell.csv", "staplar.csv", "underlag.csv"):
        _, content = hostile.take_out(file)
        dangerous = [cell for cell in fields(content) if cell.startswith(TRIGGERS)]
        assert [cell for cell in dangerous if not re.fullmatch(r"[-\u2212+]?[\d\s]+(?:,\d+)?", cell)] == [], file
        assert any("HYPERLINK" in cell for cell in fields(content))
    _, content = hostile.take_out("tabell.xlsx")
    for sheet in openpyxl.load_workbook(io.BytesIO(content)).worksheets:
        found = [cell for row in sheet.iter_rows() for cell in row]
        assert [cell.value for cell in found if cell.data_type == "f" and not str(cell.value).startswith("=SUM(")] == []
        assert [cell.value for cell in found if cell.hyperlink] == []
    _, content = hostile.take_out("staplar.svg")
    for element in ElementTree.fromstring(content).iter():
        assert element.tag.rpartition("}")[2] not in {"script", "foreignObject", "iframe"}
        assert not [name for name in element.attrib if name.lower().startswith("on")]
        assert not [name for name in element.attrib if name.rpartition("}")[2] in {"href", "src"}]
    _, content = hostile.take_out("installning.toml")
    weights = tomllib.loads(content.decode())["need"]["weights"]
    assert FACTOR in weights
