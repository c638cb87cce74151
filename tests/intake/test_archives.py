from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from socio.errors import TableError
from socio.intake import archives, skolverket, tables
from tests.intake import books
from tests.intake.test_skolverket import export

TABLE = "skolenhetskod;skola;elever;A: x\n012;Åsa;15;0,5\n34;B;20;0,25\n".encode()
HEADER = ["skolenhetskod", "skola", "elever", "A: x", "A: y"]


def packed(*files, method=zipfile.ZIP_DEFLATED):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name) if name.endswith("/") else name, data)
    return content.getvalue()


def changed(content, *, entry, local, form, value):
    """Return the archive with a number changed in its list and before its first file."""
    new = bytearray(content)
    for signature, offset in ((b"PK\x01\x02", entry), (b"PK\x03\x04", local)):
        struct.pack_into(form, new, new.find(signature) + offset, value)
    return bytes(new)


def refused(content):
    with pytest.raises(TableError) as raised:
        archives.opened(content)
    (fault,) = raised.value.faults
    return str(fault.wrong)


@pytest.mark.parametrize(
    "files",
    [
        [("tabell.csv", TABLE)],
        [("mapp/", b""), ("mapp/TABELL.CSV", TABLE), ("mapp/läs mig.txt", b"hej")],
        [("__MACOSX/._tabell.csv", b"x"), ("tabell.csv", TABLE), ("._tabell.csv", b"x")],
        [("../../../etc/tabell.csv", TABLE)],
        [("C:\\mapp\\tabell.csv", TABLE)],
        [("/tabell.csv", TABLE)],
    ],
)
def test_the_one_table_of_an_archive_is_read(files):
    """Wherever it says it lies: no name is used as a path."""
    assert archives.opened(packed(*files)) == TABLE
    assert tables.read(packed(*files), "tabell.zip").composition.codes == ("012", "34")


def test_what_is_no_archive_is_left_as_it_is():
    """Text and workbooks are read as before."""
    assert archives.opened(TABLE) is TABLE
    book = books.merged([HEADER, ["1", "a", 10, 0.5, 0.5]], [])
    assert archives.opened(book) is book


def test_a_workbook_in_an_archive_is_read():
    """Of the new kind and of the old."""
    rows = [HEADER, ["1", "a", 10, 0.5, 0.5]]
    for name, book in (("bok.xlsx", books.merged(rows, [])), ("bok.xls", books.old(Blad=[*rows[:1], rows[1]]))):
        assert tables.read(packed((name, book)), "bok.zip").composition.codes == ("1",)


def test_the_national_export_in_an_archive_is_read():
    """As it is sent on by mail."""
    assert skolverket.read(packed(("export.csv", export())), "export.zip") == skolverket.read(export(), "export.csv")


LOCKED = changed(packed(("a.csv", TABLE)), entry=8, local=6, form="<H", value=1)
OTHERWISE = changed(packed(("a.csv", TABLE)), entry=10, local=8, form="<H", value=97)
LYING = changed(packed(("a.csv", TABLE), method=zipfile.ZIP_STORED), entry=24, local=22, form="<I", value=10)
HUGE = changed(packed(("a.csv", TABLE)), entry=24, local=22, form="<I", value=61_000_000)
LARGE = "what the archive holds is far larger than a table of schools"
DAMAGED = "the archive is damaged or cut off"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (packed(), "the archive holds no table"),
        (packed(("läs.txt", b"hej")), "the archive holds no table"),
        (packed(("a.csv", TABLE), ("b.xlsx", b"x")), "the archive holds 2 tables: “a.csv”, “b.xlsx”"),
        (packed(("a.csv", TABLE), ("mapp/b.zip", packed())), "the archive holds another archive, “b.zip”"),
        (packed(("a.csv", packed(("a.csv", TABLE)))), "the archive holds another archive, “a.csv”"),
        (packed(*((f"{number}.txt", b"") for number in range(101))), "the archive holds more than 100 files"),
        (b"PK\x03\x04" + b"PK\x01\x02" * 5001, "the archive holds more than 100 files"),
        (packed(("a.csv", b"0" * 5_000_000)), LARGE),
        (HUGE, LARGE),
        (LYING, DAMAGED),
        (LOCKED, "the archive is locked with a password"),
        (OTHERWISE, "the archive is packed in a way that is not read"),
        (packed(("a.csv", TABLE), method=zipfile.ZIP_STORED).replace(b"012", b"013"), DAMAGED),
    ],
)  # fmt: skip
def test_an_archive_that_is_not_one_table_is_refused_with_a_sentence(content, sentence):
    """None, several, nested, too many, too large by its word or by its bytes, locked, damaged."""
    assert refused(content) == sentence


def test_a_name_in_a_sentence_is_one_clean_line():
    """A name may hold anything; no line break, no change of direction and no endless text come through."""
    said = refused(packed(("a.csv", TABLE), ("\u202eb\n" + "x" * 500 + ".csv", TABLE)))
    assert said.isprintable()
    assert len(said) < 150


BOMB = packed(("a.csv", b"0;" * 2_000_000))


def test_what_is_declared_is_checked_before_anything_is_unpacked(monkeypatch):
    """A bomb is never opened."""
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("unpacked"))
    assert refused(BOMB) == LARGE


SMALL = packed(("a.csv", TABLE))


def outcome(read_it, *given, **options):
    """What reading gives: a value, or the faults."""
    try:
        return read_it(*given, **options)
    except TableError as error:
        return error.faults


@given(st.integers(0, len(SMALL) - 1), st.integers(0, 255))
@example(0, 0)
def test_any_damage_to_an_archive_is_a_table_or_a_fault(at, value):
    """Whatever byte is changed."""
    content = SMALL[:at] + bytes([value]) + SMALL[at + 1 :]
    assert outcome(archives.opened, content)
