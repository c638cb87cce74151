"""Tables in every encoding, separator, quoting, decimal sign, thousands sign and line end: none silently wrong."""

from __future__ import annotations

import csv
import io
import random
from itertools import product

import pytest

from socio.errors import TableError
from socio.intake import cells, grids, tables

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "cp1252": "Windows-1252",
    "latin-1": "Windows-1252",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
}
NEWLINES = ("\n", "\r\n", "\r")
QUOTING = (csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)
SIGNS = (
    *((",", thousands) for thousands in ("", " ", "\u00a0", "\u2009", "\u202f", ".")),
    *((".", thousands) for thousands in ("", " ", "\u00a0", "\u2009", "\u202f", ",")),
)
WAYS = [
    (codec, separator, quoting, signs, newline)
    for codec, separator, quoting, signs, newline in product(ENCODINGS, ";,\t", QUOTING, SIGNS, NEWLINES)
    if codec.startswith("utf") or signs[1] not in {"\u2009", "\u202f"}
]
FILES = 2_400
NAMES = (
    "Åsaskolan",
    "Östra, norra",
    "Söder; södra",
    "Ängsnäs “A”",
    "Vårby 3",
    'Skolan "F–9"',
    "Enebybergs skola",
    "None",
    "1 120",
)
UNITS = ("shares", "per cent", "per cent with a sign", "counts")


def number(value, decimals, decimal, thousands):
    """Write a number."""
    written = f"{value:,.{decimals}f}".replace(",", "T").replace(".", decimal)
    return written.replace("T", thousands)


def table(rng, decimal, thousands, unit):
    """What a table says, and its cells as they are written."""
    said, rows = [], []
    decimals = {"counts": 0, "shares": rng.choice([2, 4])}.get(unit, rng.choice([0, 1]))
    for at in range(rng.randint(2, 12)):
        pupils = rng.choice([rng.randint(11, 999), rng.randint(1_000, 2_999)])
        part = rng.randint(0, pupils) / pupils
        if unit == "counts":
            first, second = round(part * pupils), pupils - round(part * pupils)
            share = first / pupils
        else:
            whole = 1 if unit == "shares" else 100
            first = round(part * whole, decimals)
            second = whole - first
            share = first / whole
        name = rng.choice(NAMES)
        sign = " %" if unit.endswith("sign") else ""
        said.append((f"{at:08}", " ".join(name.split()), pupils, share))
        rows.append([f"{at:08}", name, number(pupils, 0, decimal, thousands),
                     *(number(value, decimals, decimal, thousands) + sign for value in (first, second))])  # fmt: skip
    return said, [["skolenhetskod", "skola", "elever", "Född: utrikes", "Född: i Sverige"], *rows]


def written(rows, codec, separator, quoting, newline):
    """The bytes of a table; typographic signs that an encoding lacks are brackets and a hyphen."""
    lacking = str.maketrans("“”–", "()-" if codec == "latin-1" else "“”–")
    text = io.StringIO()
    csv.writer(text, delimiter=separator, quoting=quoting, lineterminator=newline).writerows(
        [[cell.translate(lacking) for cell in row] for row in rows]
    )
    return text.getvalue().encode(codec)


def outcome(read_it, *given, **options):
    """What reading gives: a value, or the faults."""
    try:
        return read_it(*given, **options)
    except TableError as error:
        return error.faults


@pytest.mark.parametrize("unit", UNITS)
def test_no_table_is_silently_wrong(unit):
    """Of 2 400 files each is read as it was written, or asked about; and few are asked about."""
    rng = random.Random(f"matrix {unit}")  # noqa: S311 - no secret
    asked = 0
    for codec, separator, quoting, (decimal, thousands), newline in rng.choices(WAYS, k=FILES // len(UNITS)):
        said, rows = table(rng, decimal, thousands, unit)
        content = written(rows, codec, separator, quoting, newline)
        read = outcome(tables.read, content, "t")
        if isinstance(read, tuple):
            assert all(cells.asks(fault) for fault in read), (read, content)
            asked += 1
            continue
        schools = read.composition
        assert read.separator == separator
        assert read.encoding == ENCODINGS[codec] or content.isascii()
        assert schools.codes == tuple(code for code, *_ in said)
        if codec != "latin-1":
            assert schools.names == tuple(name for _, name, *_ in said)
        assert schools.pupils_paid.tolist() == [pupils for _, _, pupils, _ in said], content
        assert schools.cells[:, 0] == pytest.approx([share for *_, share in said], abs=1e-9), content
    assert asked <= FILES // len(UNITS) / 20


def test_what_is_asked_is_answered_by_the_decimal_sign():
    """Every file that is asked about is right once the sign is chosen."""
    rng = random.Random("asked")  # noqa: S311 - no secret
    answered = 0
    for _ in range(800):
        said, rows = table(rng, ",", ".", "counts")
        content = written(rows[: rng.randint(2, 3)], "utf-8", ";", csv.QUOTE_MINIMAL, "\n")
        if isinstance(outcome(tables.read, content, "t"), tuple):
            schools = tables.read(content, "t", decimal=",").composition
            assert schools.pupils_paid.tolist() == [pupils for _, _, pupils, _ in said][: len(schools)]
            answered += 1
    assert answered


@pytest.mark.parametrize(
    "preamble", [[], [["Statistik, från; Skolverket"], []], [["Titel"], ["Uttag", "2024-10-15"], []]]
)
def test_the_cells_below_lines_of_prose_are_split_as_they_were_written(preamble):
    """Whatever stands above the header: 600 files, each cell in its place."""
    rng = random.Random(f"prose {preamble}")  # noqa: S311 - no secret
    known = frozenset({"skolenhetskod", "skola"})
    for codec, separator, quoting, (decimal, thousands), newline in rng.choices(WAYS, k=200):
        _, rows = table(rng, decimal, thousands, rng.choice(UNITS))
        content = written([*preamble, *rows], codec.replace("latin-1", "cp1252"), separator, quoting, newline)
        grid = grids.read(content, known=known)
        assert grid.separator == separator
        assert [list(row) for row in grid.rows] == [*preamble, *rows]
