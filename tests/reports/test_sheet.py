from __future__ import annotations

import re
import zlib

import numpy as np
import pytest

from socio import screening
from socio.composition import Factor
from socio.intake import library, tables
from socio.reports import sheet
from socio.screening import TypicalEffect
from socio.view import catalogue, differences, words

NOTES = ["Huddinge 2018/19", "Källa: Skolverket", "data 0123abcd"]


def of(file):
    composition = library.read(next(one for one in library.datasets() if one.file == file))
    return composition, screening.screen(composition)


@pytest.fixture(scope="module")
def huddinge():
    return of("huddinge_2019_vt.csv")


def pages(pdf):
    """What stands on each page of a PDF of Typst's, word by word, by the fonts' own tables of what a glyph means."""
    objects = {int(number): body for number, body in re.findall(rb"\n(\d+) 0 obj(.*?)endobj", pdf, re.DOTALL)}

    def stream(number):
        body = objects[number].split(b"stream", 1)[1].rpartition(b"endstream")[0]
        return zlib.decompress(body.strip(b"\r\n"))

    def meanings(font):
        table = stream(int(re.search(rb"/ToUnicode (\d+)", objects[font])[1])).decode("latin-1")
        return {
            int(glyph, 16): bytes.fromhex(text).decode("utf-16-be")
            for part in re.findall(r"beginbfchar(.*?)endbfchar", table, re.DOTALL)
            for glyph, text in re.findall(r"<([0-9A-Fa-f]+)> <([0-9A-Fa-f]+)>", part)
        }

    found = []
    for body in objects.values():
        if b"/Type/Page/" in body:
            resources = objects[int(re.search(rb"/Resources (\d+)", body)[1])]
            listed = re.search(rb"/Font<<(.*?)>>", resources)[1]
            fonts = {name: meanings(int(number)) for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", listed)}
            found.append(_text(stream(int(re.search(rb"/Contents (\d+)", body)[1])), fonts))
    return found


ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def _text(drawn, fonts):
    """Read the strings of a page, each in the font that was chosen last."""
    said, glyphs = [], {}
    for font, array in re.findall(rb"/(f\d+) [\d.]+ Tf|\[((?:\\.|[^\]\\])*?)\]TJ", drawn, re.DOTALL):
        if font:
            glyphs = fonts[font]
            continue
        strings = re.findall(rb"\(((?:\\.|[^\\)])*)\)", array, re.DOTALL)
        raw = b"".join(re.sub(rb"\\(\d{3}|.)", _unescaped, string, flags=re.DOTALL) for string in strings)
        said.append("".join(glyphs.get(int.from_bytes(raw[at : at + 2], "big"), "") for at in range(0, len(raw), 2)))
    return " ".join(" ".join(said).replace("\N{NO-BREAK SPACE}", " ").split())


def _unescaped(found):
    return bytes([int(found[1], 8)]) if found[1].isdigit() else ESCAPES.get(found[1], found[1])


def test_the_paper_says_what_the_content_says(huddinge):
    """Read back from the PDF: title, headline, each factor with its verdict and figures, the box, the foot."""
    words.use("en")
    composition, screened = huddinge
    said = sheet.content(composition, screened, notes=NOTES)
    read = pages(sheet.sheet(composition, screened, notes=NOTES))
    everything = " ".join(read)
    for text in (said["title"], "Huddinge · composition of läsår 2018/19 · 37 schools · 13,229 pupils", said["answer"]):
        assert text in everything
    for factor in said["factors"]:
        assert factor["name"] in everything
        assert factor["verdict"] in everything
        assert all(cell.split("  ")[-1] in everything for row in factor["rows"] for cell in row)
    for at, page in enumerate(read, start=1):
        assert f"Page {at} of {len(read)}" in page
        assert all(note in page for note in NOTES)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_paper_can_be_read_aloud_and_is_the_same_every_time(huddinge, language):
    """A4, tagged, with title and language, PDF/UA-1; the same bytes for the same data, as a link promises."""
    words.use(language)
    pdf = sheet.sheet(*huddinge, notes=NOTES)
    assert all(part in pdf for part in (b"/StructTreeRoot", b"<pdfuaid:part>1<", b"/MediaBox[0 0 595.2756 841.8898]"))
    assert f"/Lang({language}".encode() in pdf
    assert pdf == sheet.sheet(*huddinge, notes=NOTES)


def test_it_has_three_pages_at_most_for_huddinge(huddinge):
    """A principals' meeting gets one to three pages (R022), in both languages."""
    for language in words.LANGUAGES:
        words.use(language)
        assert 1 <= len(pages(sheet.sheet(*huddinge, notes=NOTES))) <= 3


def test_every_school_of_a_large_city_stands_in_it_alphabetically():
    """Stockholm's 247 schools, sorted as Swedes sort, under a heading on each page."""
    words.use("en")
    composition, screened = of("stockholm_2023-24.csv")
    names = [row[0] for row in sheet.content(composition, screened)["schools"]["rows"]]
    assert len(names) == 247
    assert names == sorted(composition.names, key=words.sorting)
    read = pages(sheet.sheet(composition, screened))
    assert all("School Pupils" in page for page in read[2:])
    assert [name for name in names if name not in " ".join(read)] == []


def test_a_share_that_is_not_published_is_not_given_as_one(huddinge):
    """Kräpplaskolan's share stands as two points in the list, and what is lowest by its middle is said to be about."""
    words.use("en")
    composition, screened = huddinge
    said = sheet.content(composition, screened)
    column = said["schools"]["heads"].index("Bakgrund:\nUtländsk")
    assert next(row for row in said["schools"]["rows"] if row[0] == "Kräpplaskolan")[column] == ".."
    background = next(one for one in said["factors"] if one["name"] == "Bakgrund")
    assert background["rows"][0][2] == "about 4%  Myrängsskolan"
    assert background["rows"][0][3] == "90%  Vårbackaskolan"


def test_what_a_factor_moves_stands_only_where_it_is_known(huddinge):
    """With weights in use the kronor are there, without them or where they are not defined nothing is said."""
    words.use("en")
    composition, screened = huddinge
    names = tuple(factor.factor for factor in screened.factors)
    effect = TypicalEffect(factors=names, kronor=np.array([12.4, np.nan, 803.6]), together=900.0)
    moved = [one["moves"] for one in sheet.content(composition, screened, effect)["factors"]]
    assert ["12\N{NO-BREAK SPACE}kr" in moved[0], moved[1], "804\N{NO-BREAK SPACE}kr" in moved[2]] == [True, "", True]
    assert {one["moves"] for one in sheet.content(composition, screened)["factors"]} == {""}


def test_definition_and_caveats_are_the_catalogues(huddinge):
    """One text, one place; a factor that the catalogue lacks stands without."""
    words.use("en")
    said = sheet.content(*huddinge)
    entry = catalogue.entry_of("Kön")
    sex = next(one for one in said["factors"] if one["name"] == "Kön")
    assert (sex["definition"], sex["caveats"]) == (entry.definition, list(entry.caveats))
    assert sex["verdict"].casefold() == differences.verdict(huddinge[1].factors[0].verdict)


ODD = """\
skolenhetskod;skola;elever;Inkomst #x: *Låg*;Inkomst #x: Hög;Utbildning: Medelvärde (1–3)
1;"#panic() $x$ <b>@a</b> ""q"" \\u{1}";100;40;60;2,5
2;Åsa_*skola*;100;45;55;1,5
"""


def test_names_are_never_markup():
    """Signs that Typst or HTML would act on are printed as they stand; a mean has its figures in words."""
    words.use("en")
    composition = tables.read(ODD.encode(), "t.csv").composition
    (text,) = pages(sheet.sheet(composition, screening.screen(composition), notes=["#set page() *n*"]))
    for part in ("#panic() $x$ <b>@a</b>", "\\u{1}", "Åsa_*skola*", "Inkomst #x", "*Låg*", "#set page() *n*"):
        assert part in text
    assert "Utbildning: mean 2.00" in text
    assert "Fewer than 5 schools" in text


@pytest.mark.parametrize(
    "name", ["学校", "\N{ARABIC LETTER AIN}\N{ARABIC LETTER BEH}", "a\u202eb", "\ue000", "x\ufffd"]
)
def test_a_sign_that_the_typeface_lacks_stops_no_sheet(name):
    """The sheet is made whatever a school is called; what can be written stands in it."""
    table = f"skolenhetskod;skola;elever;K: A\n1;{name} Alfa;100;48\n2;Beta;100;40\n"
    composition = tables.read(table.encode(), "t.csv").composition
    pdf = sheet.sheet(composition, screening.screen(composition))
    assert b"/StructTreeRoot" in pdf
    assert "Alfa" in pages(pdf)[0]


def test_a_table_of_ready_values_gets_a_sheet_without_a_list():
    """An index and no factors: one number per school, the box, and nothing to list."""
    words.use("en")
    composition = tables.read(
        b"skolenhetskod;skola;elever;index\n1;Alfa;100;1,2\n2;Beta;100;0,8\n", "t.csv"
    ).composition
    said = sheet.content(composition, screening.screen(composition))
    assert (said["schools"]["rows"], [one["name"] for one in said["factors"]]) == ([], ["index"])
    assert "index: mean 1.00" in pages(sheet.sheet(composition, screening.screen(composition)))[0]


def test_many_factors_leave_room_for_the_names():
    """The list has six factors at most; all of them have their part above it."""
    factors = [Factor(f"F{at}", ("a", "b")) for at in range(9)]
    heads = ";".join(f"{factor.name}: {category}" for factor in factors for category in factor.categories)
    rows = "\n".join(f"{school};Skola {school};100;" + ";".join(["40", "60"] * 9) for school in range(1, 7))
    composition = tables.read(f"skolenhetskod;skola;elever;{heads}\n{rows}".encode(), "t.csv").composition
    said = sheet.content(composition, screening.screen(composition))
    assert len(said["factors"]) == 9
    assert len(said["schools"]["heads"]) == 2 + sheet.MOST_COLUMNS
