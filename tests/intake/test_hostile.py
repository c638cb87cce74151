from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from socio.errors import TableError
from socio.intake import amounts, cells, delimited, grids, names, recognise, tables, text
from tests.intake import books, evil
from tests.strategies import schools

ROOT = Path(__file__).parents[2]

MOST_SECONDS = 4
MOST_MEMORY = 150_000_000
HEAVY = {
    "text: 20 000 schools",
    "text: a thousand factors",
    "text: a thousand categories",
    "text: a table of factors",
    "text: a page in Chinese",
    "text: a large table in Chinese",
    "book: F accents again and again",
}
"""A million cells that are read, or names of thousands of signs: what is within every limit costs the most."""

HEAVY_SECONDS, HEAVY_MEMORY = 20, 600_000_000

LARGE = "it is far larger than a table of schools"
BOOK = "the workbook is far larger than a table of schools"
ENTITIES = "the workbook defines entities of its own"
DAMAGED = "the workbook is damaged or cut off"
ARCHIVE = "what the archive holds is far larger than a table of schools"
ROWS, CELLS, COLUMNS = "it has more than 20000 rows", "it has more than 1000000 cells", "it has more than 1000 columns"
QUOTE = "a quote is not closed, or a cell is endless"
NO_TEXT, NO_TABLE = "it is not text", "none of the columns of a composition table is there"

SAID = {
    "text: one line": LARGE,
    "text: newlines": LARGE,
    "text: an open quote": LARGE,
    "text: carriage returns only": "layout",
    "text: a cell of blanks": LARGE,
    "text: NUL in the middle": NO_TEXT,
    "text: NUL only": "the file is empty",
    "text: lone surrogates": NO_TEXT,
    "text: surrogates in UTF-8": "row 2: the text is partly in UTF-8, partly in another encoding",
    "text: two encodings": "row 2: the text is partly in UTF-8, partly in another encoding",
    "text: emoji": QUOTE,
    "text: noise": NO_TEXT,
    "text: 16 384 columns": COLUMNS,
    "text: 16 384 factors": COLUMNS,
    "text: a million blank rows": ROWS,
    "text: blank rows, then a table": "layout",
    "text: a layout with the program's words": "layout",
    "text: a thousand factors": "layout",
    "text: 20 000 schools": "layout",
    "text: piled accents": QUOTE,
    "text: numbers without end": QUOTE,
    "text: near names": "amounts",
    "book: A a gigabyte of blanks": BOOK,
    "book: B forty million cells": BOOK,
    "book: C two corners": BOOK,
    "book: C a dimension that lies": "layout",
    "book: D billion laughs": ENTITIES,
    "book: D2 another file": ENTITIES,
    "book: D3 laughs in the strings": ENTITIES,
    "book: E a size that lies": DAMAGED,
    "book: E two gigabytes declared": BOOK,
    "book: E four gigabytes declared": BOOK,
    "book: G 16 384 columns": BOOK,
    "book: G a million blank rows": BOOK,
    "book: G a table after a million rows": BOOK,
    "book: G a part named as a path": "layout",
    "book: G external links": "layout",
    "book: G macros": "layout",
    "book: G formulas": "layout",
    "book: G formulas without values": "the formula in the cell C2 has no saved value",
    "book: H html as xls": "it is a web page or XML, whatever its name says",
    "book: H cut off": DAMAGED,
    "book: H a good one": "layout",
    "zip: a bomb": ARCHIVE,
    "zip: a workbook's bomb": BOOK,
    "zip: a declared size": ARCHIVE,
    "zip: its own name": "layout",
}
"""What some of them must be said to be."""


def test_the_server_lives_through_every_hostile_file():
    """One process reads them all, each in a time and a memory that are stated, and has a sentence or a table for it."""
    server = subprocess.run(
        [sys.executable, "-m", "tests.intake.evil"], cwd=ROOT, capture_output=True, text=True, timeout=900, check=False
    )
    found = [json.loads(line) for line in server.stdout.splitlines()]
    assert server.returncode == 0, server.stderr[-2000:]
    assert [one["name"] for one in found] == list(evil.FILES)
    for one in found:
        heavy = one["name"] in HEAVY
        most_memory = HEAVY_MEMORY if heavy else MOST_MEMORY
        assert one["seconds"] < (HEAVY_SECONDS if heavy else MOST_SECONDS), one
        assert one["memory"] < most_memory, one
        assert one["in children"] < 45, one
        assert one["said"], one
        assert one["faults"] <= delimited.MOST_FAULTS + 1, one
        assert SAID.get(one["name"], "") in one["said"][0], one
    assert {one["name"] for one in found} >= {*SAID, *HEAVY}


def test_a_large_text_is_split_in_a_child_as_a_small_one_is_here(monkeypatch):
    """The same rows, the same sentences, and the user's corrections too."""
    for content in (
        evil.TABLE,
        b"sep=,\nskola,kr\nA,5\n",
        "skola;kr\nÅ\N{GRINNING FACE};5\n".encode("utf-16"),
        b"a\0",
        b'"',
        b"1;2\n" * 20_001,
        "Åsa;1\n".encode("cp1252") + "Åsa;1\n".encode(),
    ):
        for options in ({}, {"encoding": "Windows-1252"}, {"separator": ","}):
            monkeypatch.setattr(text, "SMALL", 1_000_000)
            here = outcome(grids.read, content, known=tables.FIXED, **options)
            monkeypatch.setattr(text, "SMALL", 0)
            assert outcome(grids.read, content, known=tables.FIXED, **options) == here


def test_a_child_that_dies_over_a_text_is_a_sentence(monkeypatch):
    """Whatever kills it, and when it never answers."""
    monkeypatch.setattr(text, "SMALL", 0)
    monkeypatch.setattr(text, "ROOT", Path(__file__).parent)  # where it does not find itself
    with pytest.raises(TableError, match=LARGE):
        grids.read(evil.TABLE)
    monkeypatch.undo()
    monkeypatch.setattr(text, "SMALL", 0)
    monkeypatch.setattr(text, "PATIENCE", 0.001)
    with pytest.raises(TableError, match=LARGE):
        grids.read(evil.TABLE)


def test_the_child_of_a_text_runs_under_limits():
    """Of memory and of computing time; it leaves no core behind."""
    code = (
        'import resource, sys; from socio.intake import text; sys.argv = [\'\', \'{"known": [], "encoding": null, '
        '"separator": null}\']; text.main(); print(); print(*[resource.getrlimit(limit)[0] for limit in '
        "(resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_CORE)])"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, input=b"a;b", capture_output=True, check=True).stdout
    assert said.split()[-3:] == [str(limit).encode() for limit in (text.MEMORY, text.SECONDS, 0)]


def outcome(read_it, *given, **options):
    """What reading gives: a value, or the faults."""
    try:
        return read_it(*given, **options)
    except TableError as error:
        return error.faults


def test_a_file_of_faults_is_read_to_the_most_that_are_told():
    """The first five thousand, in the order of their rows, and that there are more."""
    content = evil.HEAD.encode() + b"".join(b"%d;a;x;y\n" % number for number in range(4_000))
    faults = outcome(tables.read, content, "t")
    assert len(faults) == delimited.MOST_FAULTS + 1
    assert str(faults[-1].wrong) == "it has more than 5000 faults"
    rows = [fault.row for fault in faults[:-1]]
    assert rows == sorted(rows)


def test_faults_that_fit_are_all_told():
    """Every school of the country with a fault of its own."""
    content = evil.HEAD.encode() + b"".join(b"%d;a;10;y\n" % number for number in range(4_700))
    assert len(outcome(tables.read, content, "t")) == 4_700


@pytest.mark.parametrize("blanks", [evil.MOST, 1_000_000])
def test_blanks_do_not_make_a_setting_slow(blanks):
    """What is looked for at the beginning of a line is not looked for once more at each blank before it."""
    started = time.process_time()
    outcome(recognise.recognise, b"\n" * blanks + b"x", "fil")
    outcome(recognise.recognise, b" " * min(blanks, 199_000) + b"schema", "fil")
    outcome(recognise.recognise, (b" " * 2_000 + b"\n") * 99, "fil")
    assert time.process_time() - started < 2


def test_a_setting_that_is_larger_than_any_is_refused_unread():
    """Half a million lines would become as many faults."""
    with pytest.raises(TableError, match="far larger than a setting"):
        recognise.recognise(b"[a]\n" * 100_000, "x.toml")


def test_rows_and_columns_beyond_a_table_may_be_blank():
    """As a spreadsheet saves them, from a sheet that was formatted far to the right and far down."""
    wide = "\n".join(line + ";" * 5_000 for line in evil.TABLE.decode().splitlines())
    long = evil.TABLE.decode() + ";;;\n" * 25_000
    for content in (wide, long):
        assert tables.read(content.encode(), "t").composition.codes == ("012", "34")
    with pytest.raises(TableError, match="more than 1000 columns"):
        grids.read((wide + "x").encode())
    with pytest.raises(TableError, match="more than 20000 rows"):
        grids.read((long + "3;c;10;0,5\n").encode())


@pytest.mark.parametrize("codec", ["mac-roman", "cp850"])
def test_letters_of_another_encoding_are_asked_about(codec):
    """Mac Roman and DOS are no Windows-1252: ängsnäs must not become Šngsnšs in silence."""
    content = (evil.HEAD + "1;Ängsnässkolan i Västerås;10;0,5\n").encode(codec)
    faults = outcome(tables.read, content, "t")
    assert [(fault.row, str(fault.allowed)) for fault in faults if fault.row] in (
        [],
        [(2, "choose its encoding, or save it as UTF-8")],
    )
    assert isinstance(faults, tuple)
    if codec == "mac-roman":
        assert tables.read(content, "t", encoding="Mac Roman").composition.names == ("Ängsnässkolan i Västerås",)


@pytest.mark.parametrize("name", ["Škoda Östra", "D’Arc – skolan", "Skolan “Öst”", "Café Noir", "Œuvre"])
def test_rare_letters_are_not_asked_about(name):
    """Where the text has Swedish letters, or the rare one does not stand within a word."""
    assert tables.read((evil.HEAD + f"1;{name};10;0,5\n").encode("cp1252"), "t").composition.names == (name,)


def test_accents_piled_on_a_letter_take_no_time():
    """Sorting them takes the square of their number; eight are kept."""
    started = time.process_time()
    for _ in range(20):
        assert len(names.composed(evil.zalgo(100_000))) < 10
        assert len(cells.text(evil.zalgo(100_000))) < 10
    assert time.process_time() - started < 2
    assert cells.text("Vie\u0323\u0302t") == "Vi\u1ec7t"


ALIKE = "Sk\u043el\u0430n"


def test_a_name_with_letters_of_two_alphabets_is_warned_of():
    """With its row and the letters; a name in one alphabet, whichever, is nobody's mistake."""
    content = f"{evil.HEAD}1;{ALIKE};10;0,5\n2;Школа;10;0,5\n3;Åsaskolan 2;10;0,5\n4;ªº Skolan µ;10;0,5\n"
    warnings = tables.read(content.encode(), "t").warnings
    assert [(fault.row, fault.column, fault.value) for fault in warnings if "alphabets" in fault.wrong.text] == [
        (2, "skola", ALIKE)
    ]
    (said,) = [str(fault.wrong) for fault in warnings if "alphabets" in fault.wrong.text]
    assert "U+043E" in said
    assert "U+0430" in said


def test_signs_that_turn_or_hide_text_are_gone():
    """Right-to-left marks, zero widths, NUL and line breaks: of names, factors and categories."""
    turned = "\u202eAlfa\u200b\ufeff \u2066skolan\u2069\u0007"
    content = f'skolenhetskod;skola;elever;"{turned}: {turned}"\n1;"{turned}\nB";10;0,5\n'
    read = tables.read(content.encode(), "t").composition
    assert read.names == ("Alfa skolan B",)
    assert (read.factors[0].name, read.factors[0].categories[0]) == ("Alfa skolan", "Alfa skolan")


@pytest.mark.parametrize("count", [2, 4_000])
def test_amounts_of_unknown_schools_are_matched_in_no_time(count):
    """Names of five hundred signs, of every alphabet, against the whole country."""
    column = amounts.AmountColumn(
        "", tuple(amounts.Entry(row, "", f"Skolan {row} " + chr(0x4E00 + row) * 480, 1) for row in range(count)), None
    )
    country = schools([1] * 4_700, names=[f"Skolan {row % 90} i {row}" for row in range(4_700)])
    started = time.process_time()
    found = amounts.matched(column, country)
    assert time.process_time() - started < 8
    assert len(found.unmatched) == len(found.suggestions) == count


def test_the_sheets_of_a_workbook_can_be_listed():
    """Without a sentence to take apart; text has none."""
    two = books.old(Blad1=[["a"]], Blad2=[["b"]])
    assert recognise.sheets_of(two) == ("Blad1", "Blad2")
    assert recognise.sheets_of(evil.packed("bok.xls", two)) == ("Blad1", "Blad2")
    assert recognise.sheets_of(books.old(Blad1=[["a"]])) == ("Blad1",)
    assert recognise.sheets_of(evil.TABLE) == ()
    with pytest.raises(TableError, match="larger"):
        recognise.sheets_of(evil.BOOKS["C two corners"]())


def test_what_a_file_is_follows_the_users_corrections():
    """Of the sheet, of the encoding and of the separator."""
    two = books.old(
        Blad1=[["skolenhetskod", "skola", "index"], ["1", "a", 1.0]], Blad2=[["Skola", "kr"], ["A-skolan", 1.0]]
    )
    assert recognise.recognise(two, "bok", sheet="Blad1").kind == "layout"
    assert recognise.recognise(two, "bok", sheet="Blad2").kind == "amounts"
    assert recognise.recognise(evil.TABLE, "t", separator=",").kind != "layout"
    mixed = evil.TABLE + "3;Ö;10;0,5\n".encode("cp1252")
    with pytest.raises(TableError, match="partly"):
        recognise.recognise(mixed, "t")
    assert recognise.recognise(mixed, "t", encoding="Windows-1252").kind == "layout"


@pytest.mark.parametrize("name", ["=HYPERLINK(0)", "+1", "-1|cmd", "@SUM(1)", "'t Hof", "Åsaskolan", "'=1"])
def test_a_name_that_is_a_formula_goes_out_as_text_and_comes_back(name):
    """What is written can be opened in a spreadsheet, and reads back as the same name."""
    plain = name if name != "'=1" else "=1"  # an apostrophe is how a spreadsheet says that it is text
    content = f'skolenhetskod;skola;huvudman;elever;"{name}: {name}"\n{name};{name};{name};10;0,5\n'
    read = tables.read(content.encode(), "t").composition
    assert (read.codes, read.names, read.operator_names) == ((plain,), (plain,), (plain,))
    written = tables.write(read)
    assert not [cell for line in written.splitlines() for cell in line.split(";") if cell.startswith(names.FORMULA)]
    again = tables.read(written.encode(), "t").composition
    assert (again.codes, again.names, again.factors) == (read.codes, read.names, read.factors)
