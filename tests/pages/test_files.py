"""What can be taken out, fetched by the address of a view: the figures on screen, under the name that it has."""

from __future__ import annotations

import csv
import io
from urllib.parse import urlencode

import openpyxl
import pytest
from defusedxml import ElementTree
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Match

from socio import scenario as scenario_file
from socio.intake import tables as intake
from socio.ui import files
from tests.pages.conftest import plain

MARKS = {"sv": "Exempelvikter – inte kommunens modell", "en": "Example weights – not the municipality's model"}
TYPES = {
    "png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "svg": ("image/svg+xml", b"<svg "),
    "csv": ("text/csv; charset=utf-8", b"\xef\xbb\xbf"),
    "toml": ("application/toml; charset=utf-8", b"# "),
    "pdf": ("application/pdf", b"%PDF"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04"),
}
COLUMNS = {"sv": ("Skola", "Ersättning, kr", "Förändring, kr"), "en": ("School", "Amount, kr", "Change, kr")}
UNMARKED = "underlag.csv"
"""The schools as used have nothing of the setting."""


def text(name, content):
    """All that a reader finds in a file, but for a picture's pixels."""
    if name.endswith("xlsx"):
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        return "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row)
    if name.endswith("svg"):
        return plain("\n".join(ElementTree.fromstring(content).itertext()))
    return content.decode("utf-8-sig")


def asked(name, query):
    """What a browser asks of the server."""
    given = {"type": "http", "path_params": {"name": name}, "query_string": query.encode(), "headers": []}
    return Request(given)


def rows(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


@pytest.fixture(params=["sv", "en"])
def changed(opened, request):
    """A view that is not the start's, in each language."""
    page = opened(**({"sprak": "en"} if request.param == "en" else {}))
    page.slide("pot.total", 30_000_000).slide("redistribution.degree", 120).choose("order", "name")
    return page.choose("unit", "kr_per_pupil").tell("sort", "rate")


@pytest.mark.parametrize("name", files.NAMES)
def test_a_file_has_its_type_its_name_and_what_is_on_screen(changed, name):
    """Each file is what its ending says, is called after the table, and carries the mark and the fingerprints."""
    language = changed.payload["language"]
    answer = changed.take_out(name)
    media, beginning = TYPES[name.rpartition(".")[2]]
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media
    assert answer.headers["content-disposition"] == f'attachment; filename="socio-0126-2018-19-{name}"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.body.startswith(beginning)
    if name.endswith("png"):
        assert int.from_bytes(answer.body[16:20], "big") > 1500
        return
    said = text(name, answer.body)
    assert (MARKS[language] in said) == (name != UNMARKED)
    (stamp,) = [line for line in changed.text.splitlines() if line.startswith("Socio ")]
    assert (stamp in said) == (name != UNMARKED)
    assert MARKS[{"sv": "en", "en": "sv"}[language]] not in said


@pytest.mark.parametrize("name", [name for name in files.NAMES if name.endswith("csv") and name != UNMARKED])
def test_the_figures_of_a_file_are_those_of_the_page(changed, name):
    """Each school's amount, and its change where the file has one, is that on screen; the sum row is the pot."""
    head, *body = rows(changed.take_out(name).body)
    school, amount, change = COLUMNS[changed.payload["language"]]
    found = [dict(zip(head, line, strict=True)) for line in body[: len(changed.amounts) + 1]]
    assert {row[school]: int(row[amount]) for row in found[:-1]} == changed.amounts
    assert found[-1][amount] == "30000000"
    if not name.startswith("staplar"):
        shown = changed.table["change_amount"].to_dict()
        assert {row[school]: float(row[change].replace(",", ".")) for row in found[:-1]} == pytest.approx(
            shown, abs=0.5
        )


def test_the_workbook_is_the_table_of_the_page(changed):
    """Every school's amount, as a number."""
    sheet = openpyxl.load_workbook(io.BytesIO(changed.take_out("tabell.xlsx").body)).worksheets[0]
    head = [cell.value for cell in sheet[1]]
    school, amount, _ = (head.index(name) + 1 for name in COLUMNS[changed.payload["language"]])
    found = {sheet.cell(row, school).value: sheet.cell(row, amount).value for row in range(2, len(changed.amounts) + 2)}
    assert found == changed.amounts


def test_the_setting_gives_the_same_figures_when_it_is_read(changed):
    """The file is the scenario on screen, and taken in again it moves nothing."""
    content = changed.take_out("installning.toml").body
    given = scenario_file.read(content.decode(), "installning.toml")
    assert (given.pot.total, given.redistribution.degree) == (30_000_000, 1.2)
    before = changed.amounts
    assert changed.press("reset").upload(("installning.toml", content)).amounts == before


def test_the_schools_as_used_are_those_on_the_page(opened):
    """Those that are in, with pupils and shares; with all taken in, all of them."""
    for query in ({}, {"alla": "1"}):
        page = opened(underlag="0126-2018-19", **query)
        read = intake.read(page.take_out(UNMARKED).body, UNMARKED).composition
        assert set(read.names) == set(page.amounts)
        assert int(read.pupils_paid.sum()) == int(page.table["pupils"].sum())


@pytest.mark.parametrize("chart", ["staplar", "forandring"])
def test_a_picture_has_the_title_of_its_chart(changed, chart):
    """What the chart says on screen stands over it in the picture, and the source under it."""
    title = changed.titles[0 if chart == "staplar" else 1]
    said = text(f"{chart}.svg", changed.take_out(f"{chart}.svg").body)
    assert " ".join(title.split()) in " ".join(said.split())
    (source,) = {line for line in changed.text.splitlines() if line.startswith(("Källa: ", "Source: "))}
    assert " ".join(source.split()) in " ".join(said.split())


def test_every_file_that_can_be_fetched_is_on_the_page_and_no_other(changed):
    """The page's links name each file once, with the address of the view."""
    links = [part.partition('"')[0] for part in "".join(changed.payload["places"].values()).split('href="')[1:]]
    query = changed.payload["address"].replace("&", "&amp;")
    assert sorted(links) == sorted(f"hamta/{name}?{query}" for name in files.NAMES)


@pytest.mark.parametrize("name", ["", "tabell", "tabell.pdf", "staplar.toml", "../app.py", "TABELL.CSV", "_setting"])
def test_a_file_that_there_is_not_is_not_found(page, name):
    """Any other name is 404."""
    with pytest.raises(HTTPException) as missing:
        page.take_out(name)
    assert missing.value.status_code == 404


@pytest.mark.parametrize(
    ("path", "method", "found"),
    [("/hamta/tabell.csv", "GET", Match.FULL), ("/hamta/tabell.csv", "POST", Match.PARTIAL),
     ("/hamta/", "GET", Match.NONE), ("/hamta/../app.py", "GET", Match.NONE), ("/tabell.csv", "GET", Match.NONE)],
)  # fmt: skip
def test_files_are_fetched_at_their_address(path, method, found):
    """One route, one name a file, read and never written."""
    (route,) = files.ROUTES
    assert route.matches({"type": "http", "path": path, "method": method})[0] == found


@pytest.mark.parametrize("language", ["sv", "en"])
def test_an_address_to_a_table_that_is_not_here_gives_what_the_page_shows(opened, language):
    """Huddinge in the language of the address, as on the page, and under its name."""
    given = {"underlag": "1234-2031-32", "pott": "1", "sprak": language}
    page = opened(**given)
    answer = files.fetched(asked("tabell.csv", urlencode(given)))
    assert answer.headers["content-disposition"].endswith('"socio-0126-2018-19-tabell.csv"')
    assert answer.body == page.take_out("tabell.csv").body


def test_an_address_with_what_cannot_be_gives_what_the_page_shows(opened):
    """Numbers out of bounds and bounds that cannot hold are set right as on the page."""
    given = {"underlag": "0126-2018-19", "lagst": "5000", "grad": "101", "sortering": "x", "okand": "1"}
    page = opened(**given)
    answer = files.fetched(asked("staplar.csv", urlencode(given)))
    assert answer.body == page.take_out("staplar.csv").body
    found = rows(answer.body)
    assert {line[1]: int(line[found[0].index("Ersättning, kr")]) for line in found[1:31]} == page.amounts


@pytest.mark.usefixtures("store")
def test_an_address_that_cannot_be_allocated_is_refused_with_a_sentence():
    """A phase-in where nobody has an earlier rate gives no file, and says why."""
    answer = files.fetched(asked("staplar.csv", "underlag=0115-2023-24&etapper=0.5~1"))
    assert answer.status_code == 422
    assert "tidigare" in answer.body.decode()


def test_a_setting_with_control_characters_in_its_name_can_be_read(opened):
    """Whatever a link calls the setting, the file is TOML."""
    name = "a\x07b\nc"
    content = opened(underlag="0126-2018-19", namn=name).take_out("installning.toml").body.decode()
    assert scenario_file.read(content, "installning.toml").name == name


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("name", files.MATERIAL)
def test_a_file_of_the_material_has_its_source(opened, name, language):
    """Picture, data and sheet of how the schools differ, each with source and fingerprint of the data."""
    page = opened(at="data", sprak=language)
    answer = page.take_out(name)
    kind, start = TYPES[name.rpartition(".")[2]]
    assert answer.headers["content-type"] == kind
    assert answer.body.startswith(start)
    if name.endswith(("csv", "svg")):
        said = text(name, answer.body)
        assert ("Källa: Skolverket" if language == "sv" else "Source: Skolverket") in said
        assert "data " + page.app.session_state["socio"].screen.loaded.fingerprint in said


def test_the_charts_data_are_the_shares_of_the_schools(opened):
    """Each school's share stands once for each factor, to the last decimal."""
    page = opened(at="data")
    composition = page.app.session_state["socio"].screen.loaded.composition
    head, *body = rows(page.take_out("spridning.csv").body)
    found = {(line[0], line[1]): float(line[4].replace(",", ".")) for line in body if len(line) == len(head)}
    assert len(found) == 3 * len(composition)
    at = composition.columns.index(("Bakgrund", "Utländsk"))
    for code, share in zip(composition.codes, composition.shares[:, at].tolist(), strict=True):
        assert found["Bakgrund: Utländsk", code] == pytest.approx(100 * share, abs=1e-9)


def test_the_material_names_its_files(opened):
    """Every file of the page is a link in one of its parts, with the address of the view."""
    parts = [opened(at="data", **{"del": part}) for part in ("skillnader", "ta-in", "lasar", "faktorer")]
    named = {name for page in parts for name in (*files.MATERIAL, *files.FORMS)
             if any(f"hamta/{name}?" in body for body in page.html)}  # fmt: skip
    assert named == {*files.MATERIAL, *files.FORMS}


def test_a_proposal_is_not_marked(opened):
    """A setting that somebody has proposed has no mark on the page, nor in any file."""
    page = opened(underlag="0126-2018-19", fran="Nämnden", namn="Förslag A")
    assert MARKS["sv"] not in page.text
    for name in files.NAMES:
        if not name.endswith("png"):
            said = text(name, page.take_out(name).body)
            assert MARKS["sv"] not in said
            assert ("Förslag A" in said) == (name != UNMARKED)
