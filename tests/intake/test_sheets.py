from __future__ import annotations

import io
import math
import os
import re
import struct
import subprocess
import sys
import time
import zipfile
from xml.parsers.expat import ExpatError

import numpy as np
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from odf.element import Element
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P
from python_calamine import CalamineError

from socio.composition import Factor
from socio.errors import TableError
from socio.intake import sheets, tables
from socio.intake import workbook as workbook_reader
from socio.intake.shares import Unit
from tests.intake import books, evil

HEADER = ("skolenhetskod", "skola", "elever", "A: x", "A: y")
ROWS = [("012", "Åsa", 15.0, 0.15, 0.85), ("34", "=B", 100, "25 %", "75 %"), (56, "NA", "1 100", "0,2", "0,8")]


def workbook(*filled, hidden=()):
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"strings_to_formulas": False}) as book:
        percent = book.add_format({"num_format": "0.0 %"})
        for name, rows in filled:
            sheet = book.add_worksheet(name)
            if name in hidden:
                sheet.hide()
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    if isinstance(cell, tuple):
                        sheet.write_formula(i, j, cell[0], None, cell[1])
                    elif isinstance(cell, float):
                        sheet.write_number(i, j, cell, percent)
                    else:
                        sheet.write(i, j, cell)
    return content.getvalue()


def ods(rows, *, trailing=False):
    document = OpenDocumentSpreadsheet()
    table = Table(name="Blad1")
    document.spreadsheet.addElement(table)
    for row in rows:
        line = TableRow()
        table.addElement(line)
        for value in row:
            if isinstance(value, Element):
                cell = value
            elif isinstance(value, str):
                cell = TableCell(valuetype="string")
                cell.addElement(P(text=value))
            else:
                cell = TableCell(valuetype="float", value=value)
            line.addElement(cell)
        if trailing:
            line.addElement(TableCell(numbercolumnsrepeated=16384 - len(row)))
    if trailing:
        line = TableRow(numberrowsrepeated=1048576 - len(rows))
        table.addElement(line)
        line.addElement(TableCell(numbercolumnsrepeated=16384))
    content = io.BytesIO()
    document.write(content)
    return content.getvalue()


def rezipped(content, **changed):
    """Return the archive with some members changed; sheet, strings, book and styles by short names."""
    names = {"sheet": "xl/worksheets/sheet1.xml", "strings": "xl/sharedStrings.xml", "book": "xl/workbook.xml"}
    new = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in old.namelist():
            short = next((short for short, name in names.items() if name == member), "")
            data = old.read(member)
            archive.writestr(member, changed[short](data) if short in changed else data)
    return new.getvalue()


def faults(content, **options):
    with pytest.raises(TableError) as raised:
        tables.read(content, "bok.xlsx", **options)
    return raised.value.faults


def said(content, **options):
    return [str(fault.wrong) for fault in faults(content, **options)]


DAMAGED = "the workbook is damaged or cut off"
LARGE = "the workbook is far larger than a table of schools"
ENTITIES = "the workbook defines entities of its own"


@pytest.mark.parametrize("kind", ["xlsx", "ods", "ods with trailing cells"])
def test_a_workbook_is_a_table_like_any_other(kind):
    """Text stays text, 15.0 pupils are 15, a cell shown as 15 % is 0.15."""
    rows = [
        HEADER,
        ("012", "Åsa", 15.0, 0.15, 0.85),
        ("34", "=B", 100, 0.25, 0.75),
        ("56", "NA", "1 100", "0,2", "0,8"),
    ]
    content = workbook(("Blad1", rows)) if kind == "xlsx" else ods(rows, trailing="trailing" in kind)
    intake = tables.read(content, "bok")
    schools = intake.composition
    assert (schools.codes, schools.names) == (("012", "34", "56"), ("Åsa", "=B", "NA"))
    assert schools.pupils_paid.tolist() == [15, 100, 1100]
    assert schools.factors == (Factor("A", ("x", "y")),)
    assert schools.cells.tolist() == [[0.15, 0.85], [0.25, 0.75], [0.2, 0.8]]
    assert (intake.sheet, intake.encoding, intake.separator, intake.unit) == ("Blad1", "", "", Unit.SHARE)


def test_rows_are_those_the_spreadsheet_shows():
    """A blank row counts, and a code that was typed as a number is its digits."""
    rows = [HEADER, (13654969, "a", 10, 0.5, 0.5), (), ("x", "b", -1, 0.5, 0.5)]
    assert [(fault.row, fault.column, fault.value) for fault in faults(workbook(("Blad1", rows)))] == [
        (4, "elever", "-1")
    ]
    assert tables.read(workbook(("Blad1", rows[:2])), "bok").composition.codes == ("13654969",)


def test_one_text_cell_with_the_sign_among_numbers_shown_as_per_cent_is_a_fault():
    """0.15 shown as 15 % and the text 25 % cannot both be read as they look without guessing."""
    rows = [HEADER, ("1", "a", 10, 0.15, 0.85), ("2", "b", 10, "25 %", "75 %")]
    assert said(workbook(("Blad1", rows))) == ["the shares of a in A sum to 1.0 %"]


def test_several_sheets_are_named_for_a_choice():
    """Empty and hidden sheets do not count; a chosen one is read, an unknown one is told."""
    table = [HEADER, ("1", "a", 10, 0.5, 0.5)]
    two = workbook(("Data", table), ("Äldre", table), ("Blad3", []), ("Gömt", table), hidden=("Gömt",))
    assert said(two) == ["the workbook has 2 sheets with something in them"]
    assert "“Data”, “Äldre”" in str(faults(two)[0].allowed)
    assert tables.read(two, "bok", sheet="Äldre").sheet == "Äldre"
    assert said(two, sheet="Nej") == ["the workbook has no sheet “Nej”"]
    one = workbook(("Data", table), ("Blad2", []), ("Gömt", table), hidden=("Gömt",))
    assert tables.read(one, "bok").sheet == "Data"


def test_an_empty_workbook_is_an_empty_file():
    """A workbook with nothing in it needs a header too."""
    assert said(workbook(("Blad1", []))) == ["the file is empty"]
    assert said(ods([])) == ["the file is empty"]


@pytest.mark.parametrize("error", ["#DIV/0!", "#N/A", "#REF!", "#NAME?", "#VALUE!"])
def test_an_error_in_a_cell_is_never_missing(error):
    """The reader gives an empty cell for it, which would fill the school with the mean."""
    rows = [HEADER, ("1", "a", 10, 0.5, 0.5), ("2", "b", 10, ("=1/0", error), ("=1-D3", error))]
    found = faults(workbook(("Blad1", rows)))
    assert [(fault.row, fault.column, fault.value) for fault in found] == [(3, "A: x", error), (3, "A: y", error)]
    assert str(found[0].wrong) == f"the cell D3 has the error {error}"


def test_a_formula_without_a_saved_value_is_never_missing():
    """It was never computed, so nobody knows what it says; one that gives an empty text is empty."""
    rows = [HEADER, ("1", "a", 10, 0.5, 0.5), ("2", "b", ("=5+5", ""), 0.5, 0.5)]
    assert said(workbook(("Blad1", rows))) == ["the formula in the cell C3 has no saved value"]
    text = rezipped(workbook(("Blad1", rows)), sheet=lambda xml: xml.replace(b'r="C3"', b'r="C3" t="str"'))
    assert said(text) == ["the number of pupils is missing"]


def test_an_error_in_a_column_that_is_not_used_is_no_fault():
    """What is valid is never refused because something beside it is not."""
    rows = [(*HEADER, "anteckning"), ("1", "a", 10, 0.5, 0.5, ("=1/0", "#DIV/0!"))]
    assert len(tables.read(workbook(("Blad1", rows)), "bok").composition) == 1


def test_errors_in_an_ods_are_never_missing():
    """Whether LibreOffice marks them or only shows them."""
    error = TableCell(valuetype="string", formula="of:=1/0", stringvalue="")
    error.addElement(P(text="#DIV/0!"))
    number = TableCell(valuetype="string", formula="of:=A9999", stringvalue="")
    number.addElement(P(text="Err:502"))
    never = TableCell(formula="of:=1+1")
    rows = [HEADER, ("1", "a", 10, 0.5, 0.5), ("2", "b", error, number, 0.5), ("3", "c", never, 0.5, 0.5)]
    assert said(ods(rows)) == [
        "the cell C3 has the error #DIV/0!",
        "the cell D3 has the error Err:502",
        "the formula in the cell C4 has no saved value",
    ]


TABLE = workbook(("Blad1", [HEADER, ("1", "a", 10, 0.5, 0.5)]))


def blank_sheet(size):
    return lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + b" " * size)


def lying(content):
    """Return the archive with a header that understates how large the first sheet is."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    return content.replace(size.to_bytes(4, "little"), (200).to_bytes(4, "little"))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (TABLE[:900], DAMAGED),
        (TABLE[:-50], DAMAGED),
        (b"PK\x03\x04" + b"x" * 500, DAMAGED),
        (b"PK\x03\x04", DAMAGED),
        (lying(TABLE), DAMAGED),
        (rezipped(TABLE, sheet=lambda xml: xml[:-200]), DAMAGED),
        (rezipped(TABLE, sheet=lambda xml: xml.replace(b'r="E2"', b'r="XFD1048576"')), LARGE),
        (rezipped(TABLE, sheet=lambda xml: xml.replace(b'r="2"', b'r="999999"').replace(b'r="A2"', b"")), LARGE),
        (rezipped(TABLE, sheet=blank_sheet(90_000_000)), LARGE),
        (rezipped(TABLE, sheet=lambda xml: b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + xml), ENTITIES),
        (rezipped(TABLE, strings=lambda xml: xml.replace(b"<sst", b"<!DOCTYPE sst [<!ENTITY b 'c'>]><sst")), ENTITIES),
        (rezipped(TABLE, strings=lambda xml: xml.decode().replace("UTF-8", "UTF-16").encode("utf-16")), ENTITIES),
        (rezipped(TABLE, book=lambda xml: xml.replace(b"sheet ", b"ark ")), "the file is empty"),
    ],
)  # fmt: skip
def test_a_damaged_or_hostile_workbook_is_refused(content, sentence):
    """Two corner cells, a bomb of blanks, a size that lies or entities bring nothing down."""
    assert said(content) == [sentence]


def locked(content):
    """Return the archive with the mark of encryption on every member."""
    marked = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = marked.find(signature)
        while start >= 0:
            marked[start + offset] |= 1
            start = marked.find(signature, start + 1)
    return bytes(marked)


def test_a_workbook_with_a_password_is_told_so():
    """In .xlsx by the archive's mark, in .ods by its manifest."""
    content = io.BytesIO(ods([HEADER, ("1", "a", 10, 0.5, 0.5)]))
    with zipfile.ZipFile(content, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("META-INF/manifest.xml", "<manifest><encryption-data/></manifest>")
    assert said(locked(TABLE)) == said(content.getvalue()) == ["the workbook is locked with a password"]


def test_an_archive_that_is_no_workbook_is_told_so():
    """A Word document is an archive too."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    assert said(content.getvalue()) == ["it is an archive, not a workbook"]


def test_a_repeated_cell_in_an_ods_does_not_fill_the_memory():
    """A million rows of sixteen thousand cells in a few bytes."""
    line = TableCell(valuetype="float", value=1, numbercolumnsrepeated=16384)
    assert said(ods([HEADER, (line,)])) == [LARGE]


@pytest.mark.skipif(sys.platform == "win32", reason="limits of memory are the system's")
def test_a_child_that_dies_is_a_fault(monkeypatch, tmp_path):
    """Whatever the reader does to its own process, this one lives on and says so."""
    for code in ("import os; os.abort()", "print('nonsense')", "bytearray(8 << 30)"):
        child = tmp_path / "child.py"
        child.write_text(f"import resource; resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n{code}")
        monkeypatch.setattr(sheets, "CHILD", child)
        assert said(TABLE) == [DAMAGED]
    child.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(sheets, "PATIENCE", 0.5)
    assert said(TABLE) == [DAMAGED]


def test_the_child_runs_under_limits():
    """It has a gigabyte and twenty seconds, and sees nothing of the program."""
    code = (
        "import runpy, sys, resource; "
        f"runpy.run_path({str(sheets.CHILD)!r}, run_name='__main__'); "
        "print(resource.getrlimit(resource.RLIMIT_AS)[0], resource.getrlimit(resource.RLIMIT_CPU)[0], "
        "any(name.partition('.')[0] == 'socio' for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], input=bytes(4) + TABLE, capture_output=True, check=True)
    assert b'"sheet": "Blad1"' in done.stdout
    assert done.stdout.endswith(f"{1 << 30} 20 False\n".encode())


def outcome(read, content):
    """What is read as plain lists, or the reason why not."""
    try:
        given, found = read(content)
    except workbook_reader.RefusedError as refused:
        return str(refused)
    except (zipfile.BadZipFile, ExpatError, EOFError, KeyError, ValueError, NotImplementedError, CalamineError):
        return "damaged"
    rows = []
    if found is not None:
        rows = [["" if math.isnan(number) else number for number in row] for row in found.numbers.tolist()]
        for place, text in zip(found.places.tolist(), found.texts, strict=True):
            rows[place // len(rows[0])][place % len(rows[0])] = text
    while rows and not any(cell != "" for cell in rows[-1]):
        rows.pop()
    return given, [[*row, *[""] * 9][:9] for row in rows]


def by_calamine(content):
    """Read a workbook as if nothing in it were of the plain kind."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        workbook_reader.check(archive)
        return workbook_reader._by_calamine(content, "", workbook_reader.scans(archive))


def by_both(content):
    return outcome(lambda given: workbook_reader.answer(given, ""), content), outcome(by_calamine, content)


def is_plain(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        try:
            return bool(workbook_reader.plain(workbook_reader.check(archive)))
        except workbook_reader.OtherError:
            return False


TEXTS = st.text(st.sampled_from("ab Åé&<>\"'_x0D\t\n\r\u00a0\u2028\ufffe=1.,~%"), max_size=8)
NUMBERS = (
    st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(10**6), 10**6)
    | st.integers(0, 1000).map(lambda tenths: tenths / 10)
)


@given(st.lists(st.lists(st.none() | TEXTS | NUMBERS | st.booleans(), max_size=6), max_size=6), st.data())
def test_what_is_read_here_is_what_calamine_reads(rows, data):
    """The numbers, the texts and their places are the same, whichever of the two reads the workbook."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Blad1")
        formats = [None, *(book.add_format({"num_format": code}) for code in ("0.0 %", '0 "kr"', "#,##0", "0.00E+00"))]
        formats += [book.add_format({"num_format": data.draw(st.sampled_from(["yyyy-mm-dd", "0.00"]))})]
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                is_date = isinstance(cell, float | int) and 0 <= cell < 10**6
                look = data.draw(st.sampled_from(formats if is_date else formats[:-1]))
                if cell is None:
                    sheet.write_blank(i, j, None, look or formats[1])
                elif isinstance(cell, str):
                    sheet.write_string(i, j, cell, look)
                elif isinstance(cell, bool):
                    sheet.write_boolean(i, j, cell, look)
                else:
                    sheet.write_number(i, j, cell, look)
    ours, theirs = by_both(content.getvalue())
    assert ours == theirs


PLAIN = workbook(("Blad1", [HEADER, ("012", "Åsa & Bo", 15.0, 0.15, 1e-7), ("34", " =B", 100, 0.1 + 0.2, -85.25)]))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"", b""),
        (b'<c r="C2" s="1">', b'<c r="C2" s="1" t="n">'),
        (b'<c r="C2" s="1">', b'<c r="C2">'),
        (b"<row r=", b'<row customHeight="1" r='),
        (b"</sheetData>", b'<row r="9" ht="3"/></sheetData>'),
        (b'<c r="E3" s="1">', b'<c r="D9" s="1"/><c r="AA9" t="s"/><c r="AB3" s="1">'),
        (b"</row></sheetData>", b'<c r="F3" s="1"/></row></sheetData>'),
        (b"<v>15</v>", b"<v>15.000000000000000000001</v>"),
        (b"<v>15</v>", b"<v>-0</v>"),
        (b"<v>15</v>", b"<v>1.5E+1</v>"),
    ],
)
def test_a_workbook_as_spreadsheets_write_it_is_read_here(old, new):
    """Numbers and texts with the attributes that Excel, LibreOffice and others write need no calamine."""
    content = rezipped(PLAIN, sheet=lambda xml: xml.replace(old, new) if old else xml)
    assert is_plain(content)
    ours, theirs = by_both(content)
    assert ours == theirs
    assert len(ours[1]) == 3


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<v>15</v>", b"<f>5+10</f><v>15</v>"),
        (b'<c r="C2" s="1"><v>15</v>', b'<c r="C2" t="e"><v>#N/A</v>'),
        (b'<c r="C2" s="1"><v>15</v>', b'<c r="C2" t="inlineStr"><is><t>15</t></is>'),
        (b'<c r="C2" s="1"><v>15</v>', b'<c r="C2" t="b"><v>1</v>'),
        (b'<c r="C2" s="1"><v>15</v>', b'<c r="C2" t="str"><v>15</v>'),
        (b'<c r="C2" s="1"><v>15</v>', b"<c r='C2'><v>15</v>"),
        (b'<c r="C2" s="1"><v>15</v>', b"<c><v>15</v>"),
        (b'<c r="C2" s="1"><v>15</v>', b'<c r="C2" s="99"><v>15</v>'),
        (b'<c r="C2" s="1"><v>15</v>', b'<c r="C2" t="s"><v>99</v>'),
        (b"<v>15</v>", b"<v>15 </v>"),
        (b"<v>15</v>", b"<v>0x10</v>"),
        (b"<v>15</v>", b"<v></v>"),
        (b"<v>15</v>", b"<!-- 15 --><v>16</v>"),
        (b"<v>15</v>", b"<v>1&#53;</v>"),
        (b'r="C2"', b'r="B2"'),
        (b'r="E2"', b'r="C1"'),
    ],
)
def test_a_workbook_out_of_the_ordinary_is_left_to_calamine(old, new):
    """A formula, an error, a date, a cell without an address, out of order or with anything else in it."""
    assert not is_plain(rezipped(PLAIN, sheet=lambda xml: xml.replace(old, new, 1)))


@given(
    st.integers(0, 10**6), st.sampled_from([b"", b"<", b">", b'"', b"9", b" ", b"/", b"A", b"s", b"<v>", b"&", b"."])
)
def test_whatever_a_byte_is_changed_to_nothing_is_read_differently(place, put):
    """A sheet with a slip in it is read as calamine reads it, or refused."""

    def slip(xml):
        begin, end = xml.index(b"<sheetData>"), xml.index(b"</sheetData>")
        at = begin + place % (end - begin)
        return xml[:at] + put + xml[at + 1 :]

    ours, theirs = by_both(rezipped(PLAIN, sheet=slip))
    assert ours == theirs


@pytest.mark.parametrize("size", [1, 100, 300])
def test_a_sheet_that_is_read_in_parts_is_read_whole(monkeypatch, size):
    """Wherever the parts end, and with rows that have no cells among them."""
    rows = [HEADER, *((str(i), "a", 10 + i, i / 8, -1.5) for i in range(8)), (), ("9", "b", 1, 123456789.25, 0.5)]
    content = rezipped(workbook(("Blad1", rows)), sheet=lambda xml: xml.replace(b"<row r", b'<row r="1"/><row r', 1))
    whole = outcome(lambda given: workbook_reader.answer(given, ""), content)
    monkeypatch.setattr(workbook_reader, "PART", size)
    assert is_plain(content)
    assert by_both(content) == (whole, whole)


@pytest.mark.parametrize("kind", ["plain", "with a formula"])
def test_one_long_text_again_and_again_is_far_too_large(monkeypatch, kind):
    """It stands once in the file, and would be in the answer as often as a cell has it."""
    rows = [HEADER, *((str(i), "å" * 1000, 10, 0.5, 0.5) for i in range(30)), *([(("=1+1", 2),)] * (kind != "plain"))]
    content = workbook(("Blad1", rows))
    assert is_plain(content) is (kind == "plain")
    monkeypatch.setattr(workbook_reader, "MOST_CHARACTERS", 30_000)
    assert by_both(content)[0] == "large"
    monkeypatch.setattr(workbook_reader, "MOST_CHARACTERS", 31_000)
    assert by_both(content)[0] != "large"


def test_a_long_text_in_thirty_eight_thousand_cells_is_refused_with_the_reason():
    """The file is 157 kB."""
    assert said(evil.BOOKS["F a long string again and again"]()) == [LARGE]


def decimals():
    """Decimal numbers of one to twenty digits, long ones as often as short ones."""
    places = st.integers(1, 20).flatmap(lambda most: st.tuples(st.integers(0, 10**most - 1), st.integers(0, most)))
    return places.map(lambda found: f"{found[0] // 10 ** found[1]}.{found[0] % 10 ** found[1]:0{max(found[1], 1)}}")


@given(
    st.lists(
        st.builds("{}{}".format, st.sampled_from(["", "-"]), decimals() | st.integers(0, 10**9).map(str)), min_size=1
    )
)
def test_the_digits_of_a_number_are_the_float_nearest_to_it(written):
    """However many there are, and wherever the point stands."""
    content = b"<sheetData>" + b"".join(b"<v>%s</v>" % number.encode() for number in written) + b"</sheetData>"
    ends = np.array([place.start() for place in re.finditer(b"</v>", content)])
    starts = ends - [len(number) for number in written]
    found = workbook_reader._numbers(content, starts, ends)
    assert found.tolist() == [float(number) for number in written]


def test_a_date_is_no_number():
    """A number that is shown as a date is left to calamine, which makes a text of it."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        book.add_worksheet("Blad1").write_number(0, 0, 45000, book.add_format({"num_format": "yyyy-mm-dd"}))
    assert not is_plain(content.getvalue())
    assert sheets.read(content.getvalue()).rows == [["2023-03-15"]]


@pytest.fixture
def prepared():
    """A child that waits, and none afterwards."""
    sheets.prepare()
    yield
    sheets._waiting.stop()


def waiting():
    """The process that waits, once there is one."""
    for _ in range(200):
        if sheets._waiting.child is not None:
            return sheets._waiting.child
        time.sleep(0.02)
    return None


@pytest.mark.usefixtures("prepared")
def test_a_child_that_waits_reads_one_file_and_another_takes_its_place():
    """No child has seen two files, and what it reads is the same."""
    alone = sheets.read(PLAIN)
    sheets.prepare()
    first = waiting()
    sheets.prepare()
    assert waiting() is first
    assert sheets.read(PLAIN) == alone
    second = waiting()
    assert second.pid != first.pid
    assert first.wait(5) is not None
    assert said(TABLE[:900]) == [DAMAGED]
    assert waiting().pid != second.pid


def test_a_child_rehearses_with_a_sheet_that_is_read_here(monkeypatch):
    """What reads the next file has been through once, with numbers and texts."""
    members = {}
    monkeypatch.setattr(workbook_reader, "plain", members.update)
    workbook_reader.rehearse()
    monkeypatch.undo()
    ((name, shown, found),) = workbook_reader.plain(members)
    assert (name, shown, found.texts) == ("A", True, ["A"] * len(found.numbers))
    assert found.numbers[:, 0].tolist() == [0.5] * len(found.texts)


@pytest.mark.usefixtures("prepared")
def test_a_child_that_died_while_it_waited_is_no_fault():
    """Another is started."""
    waiting().kill()
    waiting().wait(5)
    assert sheets.read(PLAIN).sheet == "Blad1"


def test_a_child_that_waits_does_not_outlive_the_program():
    """Its standard input ends with the program, however that ended."""
    code = (
        "import os, signal; from socio.intake import sheets; sheets.prepare(); "
        "print(sheets._waiting.child.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    child = int(done.stdout)
    for _ in range(200):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("it still waits")


def test_a_workbook_of_the_whole_country_is_read_in_a_moment():
    """Five thousand schools within a few seconds."""
    rows = [HEADER, *((str(i), "skola", 10, i / 5000, 1 - i / 5000) for i in range(5000))]
    content = workbook(("Blad1", rows))
    start = time.perf_counter()
    assert len(tables.read(content, "bok").composition) == 5000
    assert time.perf_counter() - start < 10


OLD = [[*HEADER], ["012", "Åsa", 15.0, 0.15, 0.85], ["34", "B", 100.0, 0.25, 0.75]]


NUMBER = books.cell(1, 4, 0.85)


def test_an_old_workbook_is_a_table_like_any_other():
    """The format of Excel until 2003, which many systems still write."""
    intake = tables.read(books.old(Blad1=OLD), "bok.xls")
    assert (intake.composition.codes, intake.composition.names) == (("012", "34"), ("Åsa", "B"))
    assert intake.composition.cells.tolist() == [[0.15, 0.85], [0.25, 0.75]]
    assert (intake.sheet, intake.encoding) == ("Blad1", "")


def test_the_sheets_of_an_old_workbook_are_named_for_a_choice():
    """Empty ones do not count."""
    two = books.old(Data=OLD, Tomt=[], Äldre=OLD)
    assert "“Data”, “Äldre”" in str(faults(two)[0].allowed)
    assert tables.read(two, "bok", sheet="Äldre").sheet == "Äldre"


def test_an_error_in_an_old_workbook_is_never_missing():
    """Whether it was typed or is what a formula gave."""
    rows = [OLD[0], ["1", "a", 10.0, 0.5, (7,)]]
    assert said(books.old(Blad1=rows)) == ["the cell E2 has the error #DIV/0!"]
    formula = struct.pack("<HHHBBBBBBHHIH", 1, 4, 0, 2, 0, 42, 0, 0, 0, 0xFFFF, 0, 0, 2) + b"\x1c\x2a"
    number = books.cell(1, 4, 0.5)
    content = books.old(Blad1=[OLD[0], ["1", "a", 10.0, 0.5, 0.5]])
    stream = books.stream({"Blad1": [OLD[0], ["1", "a", 10.0, 0.5, 0.5]]})
    assert number in stream
    assert content == books.compound(Workbook=stream)
    changed = books.compound(Workbook=stream.replace(number, books.record(6, formula)))
    assert said(changed) == ["the cell E2 has the error #N/A"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (books.old(Blad1=OLD)[:1500], DAMAGED),
        (books.compound(Workbook=books.stream({"A": OLD}).replace(NUMBER, books.record(0x203, b"x"))), DAMAGED),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600, DAMAGED),
        (books.old(Blad1=[*OLD, *[[]] * 30_000, ["x"]]), LARGE),
        (books.compound(WordDocument=b"x"), "it is an old Office file, but not a workbook"),
        (books.compound(EncryptedPackage=b"x"), "the workbook is locked with a password"),
        (books.old(extra=books.record(0x2F, bytes(54)), Blad1=OLD), "the workbook is locked with a password"),
    ],
)
def test_an_old_file_that_is_no_table_is_refused_with_a_sentence(content, sentence):
    """Cut off, without its records, far too long, a document, locked."""
    assert said(content) == [sentence]


def test_the_programs_own_sheet_needs_no_choice():
    """A filled template, or the user's table given back with its faults, is read from the sheet with the schools."""
    rows = [["skolenhetskod", "skola", "elever", "A: a"], ["1", "Alfa", 100, 20]]
    content = workbook(("Läs mig", [["text"]]), ("Skolor", rows))
    assert tables.read(content, "mall.xlsx").sheet == "Skolor"
    with pytest.raises(TableError, match="choose one of"):
        tables.read(workbook(("Läs mig", [["text"]]), ("Blad 2", [["skolenhetskod"]])), "annan.xlsx")
