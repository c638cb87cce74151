"""Whatever bytes are given, there is a table or a sentence, soon."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from socio.errors import TableError
from socio.intake import archives, delimited, grids, library, previous, recognise, results, skolverket
from tests.intake import books, evil
from tests.intake.test_outline import TABELL1
from tests.intake.test_recognise import FILES
from tests.intake.test_sheets import ods, workbook

MOST_SECONDS = 3
"""Of computing, for one small file."""

ROWS = [("skolenhetskod", "skola", "elever", "A: x", "A: y"), ("012", "Åsa", 15.0, 0.15, 0.85), ("34", "B", 9.0, 0, 1)]
TEXTS = {
    **{kind: content for kind, content in FILES.items() if kind != "scenario"},
    "UTF-16": TABELL1.encode("utf-16"),
    "Windows-1252": evil.TABLE.decode().encode("cp1252"),
    "huddinge": (library.FOLDER / "huddinge_2018-19.csv").read_bytes(),
}
BOOKS = {
    "xlsx": workbook(("Blad1", ROWS)),
    "ods": ods(ROWS),
    "xls": books.old(Blad1=[list(row) for row in ROWS]),
    "zip": evil.packed("a.csv", evil.TABLE),
}
PIECES = [b"\0", b'"', b'""', b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n\n", b";;;;", b"\t", b"..", b"~100", b"1,329",
          "\u202e\u200b".encode(), b"\xe5", b"\xc3\xa5", b"=1+1", b"inf", b"9" * 400, b"PK\x01\x02", b"<", b"sep=,\n",
          b": ", b"Kommunen", b"\xed\xa0\x80", b"1e999", b"%", b"-"]  # fmt: skip


def asked(content, name="fil"):
    """What is said of a file, in its stated time."""
    started = time.process_time()
    said = evil.through_the_door(content, name)
    assert time.process_time() - started < MOST_SECONDS
    assert said
    assert all(len(line) < 5_000 for line in said)
    return said


def outcome(read_it, *given, **options):
    """What reading gives: a value, or the faults."""
    try:
        return read_it(*given, **options)
    except TableError as error:
        return error.faults


@st.composite
def changed(draw, files):
    """One of some files with bytes turned, cut out, put in, doubled, or spliced with another."""
    content = bytearray(files[draw(st.sampled_from(sorted(files)))])
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(content)))
        way = draw(st.sampled_from(["turn", "cut", "end", "put", "double", "splice"]))
        if way == "turn" and at < len(content):
            content[at] = draw(st.integers(0, 255))
        elif way == "cut":
            del content[at : at + draw(st.integers(1, 40))]
        elif way == "end":
            del content[max(at, 1) :]
        elif way == "put":
            content[at:at] = draw(st.sampled_from(PIECES) | st.binary(max_size=12))
        elif way == "double":
            content[at:at] = content[at : at + draw(st.integers(1, 400))]
        else:
            other = files[draw(st.sampled_from(sorted(files)))]
            content[at:] = other[draw(st.integers(0, len(other))) :]
    return bytes(content)


@settings(max_examples=1_500, deadline=None)
@given(st.binary(max_size=400) | st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join))
def test_any_bytes_are_a_table_or_a_sentence(content):
    """Through the door that an upload takes."""
    asked(content)


@settings(max_examples=2_500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changed(TEXTS))
def test_any_change_of_a_text_is_a_table_or_a_sentence(content):
    """Turned, cut, put in, doubled and spliced: the own layout, exports, Tabell 1, amounts."""
    asked(content)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changed(BOOKS))
def test_any_change_of_a_workbook_is_a_table_or_a_sentence(content):
    """Each of them opened in a child: xlsx, ods, xls and zip."""
    asked(content)


@settings(max_examples=1_200, deadline=None)
@given(
    changed(TEXTS),
    st.sampled_from([None, *delimited.CODECS]),
    st.sampled_from([None, *delimited.SEPARATORS]),
    st.sampled_from([previous.read, results.read, skolverket.read, archives.opened, grids.read]),
)
def test_any_change_is_a_table_or_a_sentence_to_each_reader(content, encoding, separator, reader):
    """Though it is another file than the reader's, and however it is said to be read."""
    options = {"encoding": encoding, "separator": separator} if reader is not archives.opened else {}
    given = (content,) if reader in {archives.opened, grids.read} else (content, "fil")
    assert outcome(reader, *given, **options) is not None
    assert outcome(recognise.recognise, content, "fil", encoding=encoding, separator=separator)


@pytest.mark.national
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_change_of_a_national_export_is_a_table_or_a_sentence(national_exports, data):
    """A whole country of real figures, damaged."""
    path = sorted(national_exports.glob("*.csv"))[data.draw(st.integers(0, 11))]
    asked(data.draw(changed({"": path.read_bytes()})), path.name)


def test_a_cut_anywhere_is_a_table_or_a_sentence():
    """Of every kind of text, at every one of a hundred places."""
    for content in TEXTS.values():
        for at in range(0, len(content), max(1, len(content) // 100)):
            asked(content[:at])
