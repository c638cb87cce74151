"""Workbook: the child process that opens a spreadsheet, so that a hostile one brings down nothing else.

Run by `socio.intake.sheets` with the file on standard input and the wanted sheet as its argument; answers with JSON.
It imports nothing of the program, so that it starts quickly.
"""

from __future__ import annotations

import io
import json
import posixpath
import re
import struct
import sys
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date, time, timedelta

if sys.platform != "win32":
    import resource

MEMORY: Final = 1 << 30
SECONDS: Final = 20
MOST_BYTES: Final = 100_000_000
MOST_MEMBERS: Final = 2_000
OURS: Final = ("Skolor", "Schools", "Leverans", "Delivery", "Din tabell", "Your table")
"""Sheets of the workbooks that the program itself makes to be filled in (`socio.reports`), the first that is there."""
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 1_000
MOST_CELLS: Final = 2_000_000
PACKED: Final = 1 << 20
PACKED_RATIO: Final = 200
CHUNK: Final = 1 << 16
ADDRESS: Final = re.compile(r"\$?([A-Z]{1,3})\$?([1-9]\d{0,6})")
DOCTYPE: Final = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
WIDE: Final = (b"\xff\xfe", b"\xfe\xff")
WORKBOOK: Final = "xl/workbook.xml"
RELATIONS: Final = "xl/_rels/workbook.xml.rels"
CONTENT: Final = "content.xml"
MANIFEST: Final = "META-INF/manifest.xml"

COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""An old Office file: streams in chained sectors, as in [MS-CFB]; its cells are records as in [MS-XLS]."""

LAST_SECTOR: Final = 0xFFFFFFFA
ENTRY: Final = 128
STREAMS: Final = ("Workbook", "Book")
LOCKED_STREAM: Final = "EncryptedPackage"
BEGIN, END, LOCKED, SHEET, FORMULA, ERROR, MANY = 0x809, 0x0A, 0x2F, 0x85, 0x06, 0x205, 0xBD
FILLED: Final = frozenset({0x203, 0x204, 0x27E, 0xD6, 0xFD, FORMULA, ERROR, MANY})
ERRORS: Final = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


class RefusedError(Exception):
    """The file is not read further, for a reason that the parent has words for."""


@dataclass(slots=True)
class Scan:
    """What is known of a sheet before it is opened.

    Attributes
    ----------
    rows, columns
        How far its cells reach.
    broken
        Row, column (from 0) and text of each error, and of each formula without a saved value (empty text).
    """

    rows: int = 0
    columns: int = 0
    broken: list[tuple[int, int, str]] = field(default_factory=list)

    def fill(self, row: int, column: int) -> None:
        """Note that a cell has something in it."""
        self.rows, self.columns = max(self.rows, row + 1), max(self.columns, column + 1)
        if self.rows > MOST_ROWS or self.columns > MOST_COLUMNS or self.rows * self.columns > MOST_CELLS:
            reason = "large"
            raise RefusedError(reason)


class _Sheet:
    """One worksheet of .xlsx."""

    def __init__(self) -> None:
        self.scan = Scan()
        self.row = self.column = -1
        self.kind = self.within = self.value = ""
        self.formula = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take in an element's beginning."""
        local = name.rpartition(" ")[2]
        if local == "row":
            self.row = int(attributes.get("r", self.row + 2)) - 1
            self.column = -1
        elif local == "c":
            place = ADDRESS.fullmatch(attributes.get("r", ""))
            if place:
                self.row, self.column = int(place[2]) - 1, _position(place[1])
            else:
                self.column += 1
            self.kind, self.value, self.formula = attributes.get("t", ""), "", False
        elif local in {"f", "v", "t"}:
            self.within = local
            self.formula = self.formula or local == "f"

    def text(self, data: str) -> None:
        """Take in text."""
        if self.within in {"v", "t"}:
            self.value += data

    def end(self, name: str) -> None:
        """Take in an element's end."""
        local = name.rpartition(" ")[2]
        if local in {"f", "v", "t"}:
            self.within = ""
        elif local == "c" and (self.value or self.formula):
            self.scan.fill(self.row, self.column)
            if self.kind == "e":
                self.scan.broken.append((self.row, self.column, self.value))
            elif self.formula and not self.value and self.kind != "str":
                self.scan.broken.append((self.row, self.column, ""))


class _Content:
    """All sheets of .ods."""

    def __init__(self) -> None:
        self.scans: dict[str, Scan] = {}
        self.scan = Scan()
        self.row = self.column = self.repeat_row = self.repeat = 0
        self.note = self.depth = 0
        self.formula = self.typed = self.error = False
        self.value = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take in an element's beginning."""
        local = name.rpartition(" ")[2]
        plain = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        if local == "table":
            self.scan = self.scans.setdefault(plain.get("name", ""), Scan())
            self.row = 0
        elif local == "table-row":
            self.column, self.repeat_row = 0, int(plain.get("number-rows-repeated", 1))
        elif local in {"table-cell", "covered-table-cell"}:
            self.repeat, self.value = int(plain.get("number-columns-repeated", 1)), ""
            self.formula, self.typed = "formula" in plain, "value-type" in plain
            kinds = [value for key, value in attributes.items() if key.endswith(" value-type")]
            self.error = "error" in kinds
        elif local == "annotation":
            self.note += 1
        elif local == "p" and not self.note:
            self.depth += 1

    def text(self, data: str) -> None:
        """Take in text."""
        if self.depth and not self.note:
            self.value += data

    def end(self, name: str) -> None:
        """Take in an element's end."""
        local = name.rpartition(" ")[2]
        if local in {"table-cell", "covered-table-cell"}:
            self._cell()
            self.column += self.repeat
        elif local == "table-row":
            self.row += self.repeat_row
        elif local == "annotation":
            self.note -= 1
        elif local == "p" and not self.note:
            self.depth -= 1

    def _cell(self) -> None:
        if not (self.typed or self.formula or self.value):
            return
        self.scan.fill(self.row + self.repeat_row - 1, self.column + self.repeat - 1)
        error = self.error or (self.formula and re.match(r"#\S+[!?/A]|Err:\d", self.value) is not None)
        if error:
            self.scan.broken.append((self.row, self.column, self.value))
        elif self.formula and not self.typed:
            self.scan.broken.append((self.row, self.column, ""))


def _position(letters: str) -> int:
    position = 0
    for letter in letters:
        position = position * 26 + ord(letter) - ord("A") + 1
    return position - 1


def _parse(archive: zipfile.ZipFile, member: str, reader: _Sheet | _Content) -> None:
    """Send one XML member through a reader, without entities."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    with archive.open(member) as content:
        parser.ParseFile(content)


def _refuse_doctype(*_: object) -> None:
    reason = "entities"
    raise RefusedError(reason)


def _elements(archive: zipfile.ZipFile, member: str, wanted: str) -> list[dict[str, str]]:
    """Return the attributes, by local name, of some of a small member's elements."""
    found: list[dict[str, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(" ")[2] == wanted:
            found.append({key.rpartition(" ")[2]: value for key, value in attributes.items()})

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = start
    parser.Parse(archive.read(member), True)  # noqa: FBT003 - expat takes no keywords
    return found


def check(archive: zipfile.ZipFile) -> None:
    """Refuse an archive that lies about its size, grows without end, is locked or defines entities."""
    members = archive.infolist()
    sizes = [member.file_size for member in members]
    if len(members) > MOST_MEMBERS or sum(sizes) > 2 * MOST_BYTES or max(sizes, default=0) > MOST_BYTES:
        reason = "large"
        raise RefusedError(reason)
    encrypted = MANIFEST in archive.namelist() and b"encryption-data" in archive.read(MANIFEST)
    for member in members:
        if encrypted or member.flag_bits & 1:
            reason = "locked"
            raise RefusedError(reason)
        if member.file_size > PACKED and member.file_size > PACKED_RATIO * max(1, member.compress_size):
            reason = "large"
            raise RefusedError(reason)
        is_xml = member.filename.endswith((".xml", ".rels"))
        with archive.open(member) as content:  # a size that lies fails the checksum here
            before = content.read(CHUNK)
            if is_xml and (before.startswith(WIDE) or b"\0" in before):
                reason = "entities"
                raise RefusedError(reason)
            while before:
                after = content.read(CHUNK)
                if is_xml and DOCTYPE.search(before[-CHUNK:] + after[:100]):
                    reason = "entities"
                    raise RefusedError(reason)
                before = after


def scans(archive: zipfile.ZipFile) -> dict[str, Scan]:
    """Scan every sheet of the workbook."""
    names = set(archive.namelist())
    if CONTENT in names:
        content = _Content()
        _parse(archive, CONTENT, content)
        return content.scans
    if WORKBOOK not in names:
        reason = "other"
        raise RefusedError(reason)
    targets = {
        relation.get("Id", ""): posixpath.normpath(posixpath.join("/xl", relation.get("Target", ""))).lstrip("/")
        for relation in _elements(archive, RELATIONS, "Relationship")
    }
    found = {}
    for sheet in _elements(archive, WORKBOOK, "sheet"):
        target = targets.get(sheet.get("id", ""), "")
        if target in names and "worksheets/" in target:
            reader = _Sheet()
            _parse(archive, target, reader)
            found[sheet.get("name", "")] = reader.scan
    return found


class _Compound:
    """The streams of an old Office file."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.size = 1 << min(12, struct.unpack_from("<H", content, 30)[0])
        first, _, self.cutoff, short, _, more = struct.unpack_from("<6I", content, 48)
        tables = list(struct.unpack_from("<109I", content, 76))
        seen = set()
        while more < LAST_SECTOR and more not in seen:
            seen.add(more)
            *found, following = struct.unpack(f"<{self.size // 4}I", self._sector(more))
            tables += found
            more = following
        self.table = self._numbers(b"".join(self._sector(sector) for sector in tables if sector < LAST_SECTOR))
        directory = self._chain(first, self.table, self._sector)
        self.entries: dict[str, tuple[int, int]] = {}
        for at in range(0, len(directory) - ENTRY + 1, ENTRY):
            length = struct.unpack_from("<H", directory, at + 64)[0]
            name = directory[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
            start, size = struct.unpack_from("<2I", directory, at + 116)
            if length:
                self.entries.setdefault(name, (start, size))
        self.short_table = self._numbers(self._chain(short, self.table, self._sector))
        root = struct.unpack_from("<I", directory, 116)[0]
        self.short = self._chain(root, self.table, self._sector)

    def stream(self, name: str) -> bytes:
        """Return a stream; a short one lies within another."""
        start, size = self.entries[name]
        if size < self.cutoff:
            return self._chain(start, self.short_table, lambda at: self.short[64 * at : 64 * at + 64])[:size]
        return self._chain(start, self.table, self._sector)[:size]

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self.size
        return self.content[start : start + self.size]

    @staticmethod
    def _numbers(data: bytes) -> tuple[int, ...]:
        return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])

    def _chain(self, start: int, table: tuple[int, ...], sector: Callable[[int], bytes]) -> bytes:
        parts, seen = [], set()
        while start < len(table) and start not in seen:
            seen.add(start)
            parts.append(sector(start))
            start = table[start]
        return b"".join(parts)


def old_scans(content: bytes) -> list[Scan]:
    """Scan every sheet of an old workbook, in the order of its list."""
    file = _Compound(content)
    if LOCKED_STREAM in file.entries:
        reason = "locked"
        raise RefusedError(reason)
    name = next((name for name in STREAMS if name in file.entries), None)
    if name is None:
        reason = "document"
        raise RefusedError(reason)
    stream = file.stream(name)
    starts = []
    for kind, data in _records(stream, 0):
        if kind == LOCKED:
            reason = "locked"
            raise RefusedError(reason)
        if kind == SHEET:
            starts.append(struct.unpack_from("<I", data)[0])
    return [_old_scan(stream, start) for start in starts]


def _old_scan(stream: bytes, start: int) -> Scan:
    scan = Scan()
    for kind, data in _records(stream, start):
        if kind not in FILLED:
            continue
        row, column = struct.unpack_from("<2H", data)
        scan.fill(row, struct.unpack_from("<H", data, len(data) - 2)[0] if kind == MANY else column)
        if kind == ERROR and data[7]:
            scan.broken.append((row, column, ERRORS.get(data[6], "#N/A")))
        elif kind == FORMULA and data[12:14] == b"\xff\xff" and data[6] == 2:  # noqa: PLR2004 - an error
            scan.broken.append((row, column, ERRORS.get(data[8], "#N/A")))
    return scan


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Go through one part of the stream, without the charts within it."""
    depth = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<2H", stream, at)
        depth += (kind == BEGIN) - (kind == END)
        if depth <= 0:
            return
        if depth == 1:
            yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def answer(content: bytes, wanted: str) -> dict[str, object]:
    """Read one sheet.

    Parameters
    ----------
    content : bytes
        The file.
    wanted : str
        The sheet's name; empty for the only one with something in it.

    Returns
    -------
    dict
        ``sheets``, ``sheet``, ``rows`` and ``broken``; or ``sheets`` alone where one has to be chosen.
    """
    from python_calamine import (  # noqa: PLC0415 - after the limits are set
        SheetVisibleEnum,
        load_workbook,
    )

    old = None
    if content.startswith(COMPOUND):
        old = old_scans(content)
    else:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            check(archive)
            known = scans(archive)
    workbook = load_workbook(io.BytesIO(content))
    if old is not None:
        known = dict(zip((sheet.name for sheet in workbook.sheets_metadata), old, strict=True))
    visible = [sheet.name for sheet in workbook.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible]
    filled = [name for name in visible if name in known and known[name].rows]
    ours = next((name for name in OURS if name in filled), "")
    chosen = wanted or (filled[0] if len(filled) == 1 else ours)
    if not filled:
        return {"sheets": [], "sheet": "", "rows": [], "broken": []}
    if chosen not in known:
        return {"sheets": filled}
    rows = workbook.get_sheet_by_name(chosen).to_python(skip_empty_area=False)
    return {
        "sheets": filled,
        "sheet": chosen,
        "rows": [[_plain(cell) for cell in row] for row in rows],
        "broken": known[chosen].broken,
    }


def _plain(cell: float | str | bool | date | time | timedelta) -> str | float | bool:  # noqa: FBT001 - a cell
    if isinstance(cell, bool | str):
        return cell
    return float(cell) if isinstance(cell, int | float) else str(cell)


def main() -> None:
    """Read standard input under limits of memory and time, and answer on standard output."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        given = answer(sys.stdin.buffer.read(), sys.argv[1])
    except RefusedError as refused:
        given = {"refused": str(refused)}
    except (zipfile.BadZipFile, expat.ExpatError, EOFError, KeyError, ValueError, NotImplementedError, struct.error):
        given = {"refused": "damaged"}
    json.dump(given, sys.stdout)


if __name__ == "__main__":
    main()
