from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socio.errors import TableError
from socio.intake import cells, delimited, grids, tables

HEAD = "skolenhetskod;skola;elever;"
TABLE = HEAD + "A: x;A: y\n1;Åsa;1 200;15,5;84,5\n2;Örby;300;30;70\n"


def faults(content, **options):
    with pytest.raises(TableError) as raised:
        tables.read(content if isinstance(content, bytes) else content.encode(), "tabell.csv", **options)
    return raised.value.faults


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-16", "utf-8", "utf-8-sig", "cp1252", "latin-1"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_common_encoding_is_told_without_being_asked(codec, newline):
    """UTF-16 without a byte order mark too, and the line ends of every system."""
    intake = tables.read(TABLE.replace("\n", newline).encode(codec), "tabell.csv")
    assert intake.composition.names == ("Åsa", "Örby")
    assert intake.encoding == ("UTF-16" if "16" in codec else "UTF-8" if "utf" in codec else "Windows-1252")


def test_line_ends_may_be_mixed():
    """As in a file that was put together from several."""
    mixed = HEAD + "A: x\r\n1;a;10;0,5\n2;b;10;0,5\r3;c;x;0,5\n"
    assert [(fault.row, fault.column) for fault in faults(mixed)] == [(4, "elever")]


@pytest.mark.parametrize(
    "content",
    [
        b"skolenhetskod;skola\0;elever",
        TABLE.encode("utf-16-le")[:-1],
        TABLE.encode("utf-16-le").replace(b"1\0", b"\0\0"),
        TABLE.encode("utf-32-le"),
    ],
)
def test_zeros_that_are_not_utf_16_are_no_text(content):
    """A zero in text is never thrown away."""
    assert [str(fault.wrong) for fault in faults(content)] == ["it is not text"]


def test_a_text_in_two_encodings_is_told_not_mangled():
    """Åsa in UTF-8 among rows in Windows-1252 would become Ã…sa."""
    content = (HEAD + "A: x\n1;Örby;10;0,5\n").encode("cp1252") + "2;Åsa;10;0,5\n".encode()
    (fault,) = faults(content)
    assert (fault.row, str(fault.wrong)) == (3, "the text is partly in UTF-8, partly in another encoding")
    assert tables.read(content, "t", encoding="Windows-1252").composition.names == ("Örby", "Ã…sa")


@pytest.mark.parametrize(("encoding", "codec"), delimited.CODECS.items())
def test_the_encoding_can_be_chosen(encoding, codec):
    """What is chosen is what is used, and what is said."""
    intake = tables.read(TABLE.encode(codec), "tabell.csv", encoding=encoding)
    assert (intake.encoding, intake.composition.names) == (encoding, ("Åsa", "Örby"))


def test_utf_16_without_a_mark_can_be_chosen():
    """Its byte order follows from its zeros."""
    for codec in ("utf-16-le", "utf-16-be"):
        assert delimited.decoded(TABLE.encode(codec), "UTF-16") == (TABLE, "UTF-16")


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16"])
def test_a_chosen_encoding_that_does_not_fit_is_told(encoding):
    """Instead of letters that nobody wrote."""
    (fault,) = faults(TABLE.encode("cp1252") + b"\0", encoding=encoding)
    assert str(fault.wrong) == f"it is not text in {encoding}"


@pytest.mark.parametrize("separator", delimited.SEPARATORS)
def test_the_separator_is_told_by_all_rows(separator):
    """Without a heading that is known, with decimal commas in numbers, and commas and semicolons within quotes."""
    rows = [["A", "15,5", "1"], ["B; C", "20,5", "2"], ["D, E", "7", "3"], ["F", "8,25", "4"]]
    written = "\n".join(
        separator.join(f'"{cell}"' if "," in cell or ";" in cell else cell for cell in row) for row in rows
    )
    assert delimited.separator_of(written, frozenset()) == separator
    assert grids.read(written.encode()).rows == rows


def test_a_known_heading_decides_over_the_rows():
    """A free text full of commas does not make a table comma-separated."""
    text = HEAD + "A: x;anteckning, rektor, år\n1;a;10;0,5;x, y, z\n2;b;10;0,4;u, v, w\n"
    assert delimited.separator_of(text, tables.FIXED) == ";"


def test_the_separator_can_be_chosen():
    """What is chosen is what is used."""
    text = 'skolenhetskod,skola,elever,"A: x"\n1,"a;b",10,0.5\n'
    assert tables.read(text.encode(), "t", separator=",").composition.names == ("a;b",)
    assert "elever" in {fault.column for fault in faults(text, separator=";")}


def test_a_line_for_the_spreadsheet_is_followed_and_counted():
    """``sep=;`` in the first line is no header, and rows are those of the file."""
    assert tables.read(b"sep=;\r\n" + TABLE.encode(), "t").composition.names == ("Åsa", "Örby")
    assert [fault.row for fault in faults("sep=;\n" + HEAD + "A: x\n1;a;x;0,5\n")] == [3]


def test_the_decimal_sign_can_be_chosen():
    """What 1,000 pupils are is asked; the answer makes them a thousand or one."""
    text = HEAD + "A: x;A: y\n1;a;1,000;15,5;84,5\n2;b;20;15,5;84,5\n"
    (fault,) = faults(text)
    assert (fault.row, fault.column, fault.value) == (2, "elever", "1,000")
    assert cells.asks(fault)
    assert tables.read(text.encode(), "t", decimal=".").composition.pupils_paid.tolist() == [1000, 20]
    chosen = tables.read(text.encode(), "t", decimal=",")
    assert chosen.composition.pupils_paid.tolist() == [1, 20]
    assert chosen.decimal == ","


@pytest.mark.parametrize("thousands", [" ", "\u00a0", "\u2009", "\u202f", ".", ","])
def test_every_sign_for_thousands_is_read(thousands):
    """Pupils are whole, so 1,329 among them is thirteen hundred."""
    text = HEAD + f"A: x\n1;a;1{thousands}329;0,5\n2;b;497;0,25\n"
    assert tables.read(text.encode(), "t").composition.pupils_paid.tolist() == [1329, 497]


def test_a_single_category_that_may_be_counted_or_in_per_cent_is_a_question():
    """Nothing sums up to tell whether 1,329 of 1 500 pupils or 1.3 per cent are meant."""
    text = HEAD + "A: x\n1;a;1500;1,329\n2;b;1400;20\n"
    (fault,) = faults(text)
    assert cells.asks(fault)
    assert (fault.row, fault.column, fault.value) == (2, "A: x", "1,329")
    assert tables.read(text.encode(), "t", decimal=".").composition.cells[0, 0] == 1329 / 1500
    assert tables.read(text.encode(), "t", decimal=",").composition.cells[0, 0] == 0.01329


@pytest.mark.parametrize(
    ("rows", "share"),
    [
        ("1;a;1500;1,329\n2;b;1400;200\n", 1329 / 1500),
        ("1;a;900;1,329\n2;b;800;20,5\n", 0.01329),
        ("1;a;900;47,123\n2;b;800;52,877\n", 0.47123),
    ],
)
def test_what_can_be_told_is_not_asked(rows, share):
    """Two hundred are no per cent, nine hundred pupils have no 1 329 among them, and a comma elsewhere tells."""
    assert tables.read((HEAD + "A: x\n" + rows).encode(), "t").composition.cells[0, 0] == pytest.approx(share)


def test_an_index_never_has_thousands():
    """What the column means decides: 1,234 among whole indices is one and a bit."""
    schools = tables.read((HEAD + "index\n1;a;10;1,234\n2;b;10;1\n3;c;10;1\n").encode(), "t").composition
    assert schools.ready["index"].tolist() == [1.234, 1, 1]


def outcome(read_it, *given, **options):
    """What reading gives: a value, or the faults."""
    try:
        return read_it(*given, **options)
    except TableError as error:
        return error.faults


@given(
    st.binary(max_size=200), st.sampled_from([None, *delimited.CODECS]), st.sampled_from([None, *delimited.SEPARATORS])
)
def test_any_bytes_are_a_grid_or_a_fault(content, encoding, separator):
    """However they are said to be read."""
    assert outcome(grids.read, content, encoding=encoding, separator=separator)
