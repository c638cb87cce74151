from __future__ import annotations

import io
import time
import zipfile

import openpyxl
import pytest
import xlsxwriter

from socio.errors import Fault, TableError
from socio.errors import words as sentence
from socio.intake import sheets, tables
from socio.reports import faults
from socio.view import format as written
from socio.view import words

HEADER = "skolenhetskod;skola;elever;A: x;A: y"
FAULTY = f"{HEADER}\n01;Åsa;0;0,5;0,5\n02;Bo;12;abc;0,5\n\n03;Cia;30;0,4;0,6\n"
ABOVE = "allowed is a whole number above 0"
SHARE = "allowed is a share in the file's own unit, “..”, “~100”, “.” or nothing"


def faults_of(content, **given):
    with pytest.raises(TableError) as error:
        tables.read(content, "skolor.csv", **given)
    return error.value.faults


def marked_up(content, found=None, **given):
    """The workbook made of a file and its faults: the list, and the table where there is one."""
    found = faults_of(content, **given) if found is None else found
    book = openpyxl.load_workbook(io.BytesIO(faults.workbook(content, "skolor.csv", found, **given)))
    return book.worksheets[0], book.worksheets[1] if len(book.worksheets) > 1 else None


def coloured(table):
    return {cell.coordinate for row in table.iter_rows() for cell in row if cell.fill.fgColor.rgb == "FFFFE08A"}


def noted(table):
    return {cell.coordinate: cell.comment.text for row in table.iter_rows() for cell in row if cell.comment}


def listed(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5, max_col=6)]


def test_the_table_comes_back_as_it_stood_with_its_faulty_cells_marked():
    """Every cell on its own row as text, the faulty ones yellow in a bold frame with what is wrong and allowed."""
    words.use("en")
    _list, table = marked_up(FAULTY.encode())
    cells = [["" if cell.value is None else cell.value for cell in row] for row in table.iter_rows()]
    assert cells == [line.split(";") if line else [""] * 5 for line in FAULTY.splitlines()]
    assert coloured(table) == {"C2", "D3"}
    assert table["C2"].border.left.style == "medium"
    assert noted(table) == {"C2": f"the number of pupils is 0, {ABOVE}", "D3": f"“abc” is not a number, {SHARE}"}
    assert table["A1"].font.bold


def test_the_first_sheet_lists_every_fault_with_a_link_to_its_cell():
    """Row, column, value, what is wrong and what is allowed, in the file's own order, in the reader's language."""
    words.use("en")
    sheet, table = marked_up(FAULTY.encode())
    assert listed(sheet) == [
        ["C2", 2, "elever", "0", "the number of pupils is 0", ABOVE],
        ["D3", 3, "A: x", "abc", "“abc” is not a number", SHARE],
    ]
    assert [sheet[f"A{row}"].hyperlink.location for row in (5, 6)] == [f"'{table.title}'!C2", f"'{table.title}'!D3"]
    assert "skolor.csv" in sheet["A1"].value


def test_a_row_is_counted_as_the_importer_counts_it():
    """Blank lines above, a stated separator and a line break within quotes do not move a mark."""
    text = f'sep=;\n\n{HEADER}\n01;"Å\nsa";5;0,5;0,5\n02;Bo;-1;0,5;0,5\n'
    (fault,) = faults_of(text.encode())
    _list, table = marked_up(text.encode())
    assert fault.row == 5
    assert coloured(table) == {"C5"}
    assert (table["A5"].value, table["B4"].value) == ("02", "Å\nsa")


def test_a_fault_of_a_row_is_in_its_first_cell_and_one_of_a_column_in_its_heading():
    """A row too long, a column that stands twice and a column that is missing each have their place."""
    text = f"{HEADER};skola\n01;Åsa;5;0,5;0,5;;7\n"
    found = faults_of(text.encode())
    _list, table = marked_up(text.encode())
    assert coloured(table) == {"A2", "B1", "F1"}
    _list, table = marked_up(b"skola;elever;A: x\nB;5;1\n")
    assert (len(found), coloured(table)) == (2, {"A1"})
    assert "skolenhetskod" in noted(table)["A1"]


def test_a_fault_without_a_row_is_in_the_heading_and_one_of_the_whole_file_only_in_the_list():
    """A column without a row marks its heading; a fault with neither has no link."""
    told = {"wrong": sentence("the file is empty"), "allowed": sentence("fill it in, or take the column away")}
    sheet, table = marked_up(FAULTY.encode(), [Fault(**told), Fault(column="ELEVER", **told), Fault(row=99, **told)])
    assert coloured(table) == {"C1"}
    assert [row[0] for row in listed(sheet)] == [None, "C1", None]


def test_several_faults_of_a_cell_are_all_in_its_note():
    """What two faults say stands on two lines."""
    told = [Fault(row=2, column="skola", wrong=sentence(f"wrong {n}"), allowed=sentence("allowed")) for n in (1, 2)]
    _list, table = marked_up(FAULTY.encode(), told)
    assert noted(table) == {"B2": "wrong 1, allowed\nwrong 2, allowed"}


def test_no_cell_becomes_a_formula_or_a_link():
    """A name that looks like a formula or an address stays text, in the table and in the list."""
    names = ["=1+1", "+1", "@SUM(A1)", "{=1}", "https://example.org", "mailto:a@b.se", "external:c.xlsx"]
    rows = "".join(f"{name};{name};{name};0,5;0,5\n" for name in names)
    content = faults.workbook(f"{HEADER}\n{rows}".encode(), "=1+1", faults_of(f"{HEADER}\n{rows}".encode()))
    book = openpyxl.load_workbook(io.BytesIO(content))
    found = book.worksheets[1]
    assert [found[f"B{row}"].value for row in range(2, 9)] == names
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} == {"s", "n"}
    assert not [cell for row in found.iter_rows() for cell in row if cell.hyperlink]
    assert "External" not in "".join(
        archive.read(name).decode()
        for archive in [zipfile.ZipFile(io.BytesIO(content))]
        for name in archive.namelist()
        if name.endswith(".rels")
    )


def test_signs_that_no_file_may_have_do_no_harm():
    """Control characters come back as they were; what XML cannot hold becomes a replacement sign."""
    text = f"{HEADER}\n01;A\x01\x0b\x1fB;0;\x02x\ufffe;0,5\n"
    content = faults.workbook(text.encode(), "a\x01\ufffe.csv", faults_of(text.encode()))
    names = [sheet.title for sheet in openpyxl.load_workbook(io.BytesIO(content))]
    row = sheets.read(content, names[1]).rows[1]
    assert row[1:4] == ["A\x01\x0b\x1fB", "0", "\x02x\ufffd"]


def test_a_wide_table_is_cut_to_what_has_content():
    """Empty columns and rows at the end are left away; of what is wider than a table there is the list alone."""
    empty = ";" * 17_000
    text = f"{HEADER}{empty}\n01;Åsa;0;0,5;0,5{empty}\n{empty}\n"
    _list, table = marked_up(text.encode())
    assert table.dimensions == "A1:E2"
    wide = f"{HEADER}{';x' * 17_000}\n"
    told = Fault(row=1, column="x", wrong=sentence("twice"), allowed=sentence("once"))
    content = faults.workbook(wide.encode(), "bred.csv", [told])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert [name for name in archive.namelist() if "worksheets/sheet" in name] == ["xl/worksheets/sheet1.xml"]


def test_a_file_with_thousands_of_faulty_rows_is_marked_whole(monkeypatch):
    """Five thousand rows are all coloured, within some seconds; above the limit faults are counted, not listed."""
    words.use("en")
    monkeypatch.setattr(faults, "MOST_LISTED", 1_000)
    text = f"{HEADER}\n" + "".join(f"{row};S{row};0;0,5;0,5\n" for row in range(5_000))
    began = time.perf_counter()
    sheet, table = marked_up(text.encode())
    assert time.perf_counter() - began < 60
    assert len(coloured(table)) == 5_000
    assert len(noted(table)) == 1_000
    assert [row[0] for row in listed(sheet)][998:1_000] == ["C1000", "C1001"]
    assert sheet["A1006"].value == f"{written.number(4_000)} more are coloured in the table."


def test_a_workbook_comes_back_from_the_sheet_that_was_read():
    """Numbers stay numbers, truth values and errors stay, and the other sheet is not taken."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        book.add_worksheet("Annat").write_string(0, 0, "inget")
        sheet = book.add_worksheet("Blad 2")
        for column, heading in enumerate(HEADER.split(";")):
            sheet.write_string(0, column, heading)
        for column, value in enumerate(["01", True, 15.5, 0.25]):
            sheet.write(1, column, value)
        sheet.write_formula(1, 4, "=1/0", None, "#DIV/0!")
    _list, table = marked_up(content.getvalue(), sheet="Blad 2")
    assert [cell.value for cell in table[2]] == ["01", True, 15.5, 0.25, "#DIV/0!"]
    assert coloured(table) == {"C2", "E2"}
    sheet, table = marked_up(content.getvalue())
    assert table is None
    assert len(listed(sheet)) == 1


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n123", bytes(range(256)) * 9, b"", b'a;"b\nc', b"PK\x03\x04ab"])
def test_a_file_that_is_no_table_gives_the_list_alone(content):
    """A picture, noise, nothing, an open quote and a broken archive each give a list with what is wrong."""
    sheet, table = marked_up(content)
    assert table is None
    assert [row[0] for row in listed(sheet)] == [None]
    assert listed(sheet)[0][4] == words.say(faults_of(content)[0].wrong)


def test_a_table_that_is_mended_where_it_is_marked_can_be_read():
    """The table given back is the program's own input: mended, it gives a composition."""
    book = openpyxl.load_workbook(io.BytesIO(faults.workbook(FAULTY.encode(), "a.csv", faults_of(FAULTY.encode()))))
    table = book.worksheets[1]
    table["C2"], table["D3"] = 40, 0.5
    mended = io.BytesIO()
    book.save(mended)
    found = tables.read(mended.getvalue(), "a.xlsx", sheet=table.title).composition
    assert found.pupils_paid.tolist() == [40, 12, 30]
