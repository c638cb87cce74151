"""Workbooks for the tests that no package at hand writes: the old .xls, byte by byte, and merged headings."""

from __future__ import annotations

import io
import struct

import xlsxwriter

SECTOR = 512
END_OF_CHAIN, FREE, TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def record(kind, data=b""):
    return struct.pack("<HH", kind, len(data)) + data


def cell(row, column, value):
    """A label, a number, or an error given as its number in a tuple."""
    at = struct.pack("<HHH", row, column, 0)
    if isinstance(value, tuple):
        return record(0x205, at + bytes([value[0], 1]))
    if isinstance(value, str):
        return record(0x204, at + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
    return record(0x203, at + struct.pack("<d", value))


def begin(kind):
    return record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 0, 0, 0))


def stream(sheets, *, extra=b""):
    """The records of a workbook of the sheets by name, each a list of rows."""
    parts = [
        begin(0x10)
        + b"".join(cell(i, j, value) for i, row in enumerate(rows) for j, value in enumerate(row) if value != "")
        + record(0x0A)
        for rows in sheets.values()
    ]
    names = [struct.pack("<BB", len(name), 1) + name.encode("utf-16-le") for name in sheets]
    head = begin(0x05) + extra
    size = len(head) + sum(4 + 6 + len(name) for name in names) + 4
    listed = b""
    for name, part in zip(names, parts, strict=True):
        listed += record(0x85, struct.pack("<IBB", size, 0, 0) + name)
        size += len(part)
    return head + listed + record(0x0A) + b"".join(parts)


def compound(**streams):
    """An old Office file with the streams by name, each in sectors of its own."""
    table, places, body = [TABLE], {}, b""
    for name, given in streams.items():
        data = given.ljust(max(4096, -(-len(given) // SECTOR) * SECTOR), b"\0")
        places[name] = (len(table), len(data))
        count = len(data) // SECTOR
        table += [*range(len(table) + 1, len(table) + count), END_OF_CHAIN]
        body += data
    directory = len(table)
    entries = [("Root Entry", 5, END_OF_CHAIN, 0), *((name, 2, *places[name]) for name in streams)]
    folder = b"".join(
        name.encode("utf-16-le").ljust(64, b"\0")
        + struct.pack("<HBBIII", 2 * len(name) + 2, kind, 1, FREE, 2 if 1 < at < 9 else FREE, 1 if not at else FREE)
        + bytes(36)
        + struct.pack("<IQ", start, size)
        for at, (name, kind, start, size) in enumerate(entries)
    ).ljust(SECTOR, b"\0")
    table += [END_OF_CHAIN]
    assert len(table) <= SECTOR // 4
    table += [FREE] * (SECTOR // 4 - len(table))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, directory, 0, 4096, END_OF_CHAIN, 0, END_OF_CHAIN, 0)
    header += struct.pack("<I", 0) + struct.pack("<I", FREE) * 108
    return header + struct.pack(f"<{SECTOR // 4}I", *table) + body + folder


def old(*, extra=b"", **sheets):
    """An .xls of the sheets by name."""
    return compound(Workbook=stream(sheets, extra=extra))


def merged(rows, spans):
    """An .xlsx whose cells are merged from (row, first, last) on."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("Tabell 1")
        percent = book.add_format({"num_format": "0 %"})
        for row, first, last in spans:
            sheet.merge_range(row, first, row, last, rows[row][first])
        covered = {(row, column) for row, first, last in spans for column in range(first, last + 1)}
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                if (i, j) in covered or value == "":
                    continue
                if isinstance(value, float) and value <= 1:
                    sheet.write_number(i, j, value, percent)
                else:
                    sheet.write(i, j, value)
    return content.getvalue()
