from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socio.errors import TableError
from socio.intake import library
from socio.intake.recognise import recognise
from tests.intake import books
from tests.intake.test_amounts import PASTED
from tests.intake.test_outline import TABELL1, as_workbook
from tests.intake.test_results import export as final_grades
from tests.intake.test_results import salsa
from tests.intake.test_skolverket import export as pupils

LAYOUT = b"skolenhetskod;skola;elever;A: x\n1;a;10;0,5\n"
RATES = b"skolenhetskod;tidigare_kr_per_elev\n1;2000\n2;3000\n"
SETTING = (library.FOLDER / "example.toml").read_bytes()

FILES = {
    "layout": LAYOUT,
    "pupils per year": pupils(),
    "results": final_grades(),
    "salsa": salsa(),
    "tabell1": TABELL1.encode(),
    "scenario": SETTING,
    "amounts": PASTED.encode(),
}


@pytest.mark.parametrize(("kind", "content"), FILES.items())
def test_every_kind_is_told_by_what_stands_in_it(kind, content):
    """Whatever the file is called, and it says by what."""
    found = recognise(content, "fil")
    assert found.kind == kind
    assert len(str(found.why)) > 20


@pytest.mark.parametrize("kind", [kind for kind in FILES if kind != "scenario"])
@pytest.mark.parametrize("way", ["zip", "UTF-16", "Windows-1252"])
def test_it_is_told_in_an_archive_and_in_any_encoding(kind, way):
    """The same content is the same kind."""
    content = FILES[kind]
    if way == "zip":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("fil.csv", content)
        content = packed.getvalue()
    else:
        content = content.decode("utf-8-sig").encode("utf-16" if way == "UTF-16" else "cp1252")
    assert recognise(content, "fil").kind == kind


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("tabell1", as_workbook()),
        ("layout", books.old(A=[["skolenhetskod", "skola", "index"], ["1", "a", 1.0]])),
        ("amounts", books.old(A=[["Skola", "kr"], ["A-skolan", 1.0], ["B-skolan", 2.0]])),
        ("amounts", (library.FOLDER / library.AMOUNTS).read_bytes()),
        ("amounts", b"10000001;5\n10000002;6\n"),
        ("layout", b"skolenhetskod;skola;elever\n1;a;10\n"),
        ("unknown", RATES),
        ("unknown", b"a;b;c\n1;2;3\n"),
        ("unknown", b"namn;tal\nBo;5\nEva;6\n"),
        ("unknown", b'{"a": 1}'),
        ("unknown", (Path(__file__).parents[2] / "README.md").read_bytes()),
        ("unknown", (library.FOLDER / library.INDEX).read_bytes()),
    ],
)
def test_what_is_near_a_kind_is_told_right(kind, content):
    """A layout with a column missing is still one, and a list of people and ages is none."""
    assert recognise(content, "fil").kind == kind


@pytest.mark.parametrize("dataset", library.datasets(), ids=lambda dataset: dataset.file)
def test_the_tables_that_come_along_are_in_the_programs_own_layout(dataset):
    """All of them."""
    assert recognise((library.FOLDER / dataset.file).read_bytes(), dataset.file).kind == "layout"


def test_a_setting_is_told_by_its_name_too():
    """One that cannot be read is told as a setting, so that its faults are."""
    assert recognise(b"schema =", "x.TOML").kind == "scenario"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", books.old(A=[["a"]], B=[["b"]])])
def test_what_cannot_be_read_says_why(content):
    """Nothing, a PDF, a picture, and a workbook whose sheet has to be chosen."""
    with pytest.raises(TableError) as raised:
        recognise(content, "fil")
    assert [fault.file for fault in raised.value.faults] == ["fil"]


def outcome(read_it, *given, **options):
    """What reading gives: a value, or the faults."""
    try:
        return read_it(*given, **options)
    except TableError as error:
        return error.faults


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_have_a_kind_or_a_fault(content):
    """Nothing ends in anything else."""
    assert outcome(recognise, content, "fil")


def test_a_file_of_endless_cells_is_answered_in_seconds():
    """Far more cells than a table of schools are refused with a sentence, and a wide one is not looked through."""
    started = time.monotonic()
    with pytest.raises(TableError, match="cells"):
        recognise(b"a;" * 5_000_000, "en rad.csv")
    assert recognise((b"1,329;" * 49 + b"\n") * 19_000, "bred.csv").kind == "unknown"
    assert time.monotonic() - started < 30
