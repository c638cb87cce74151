from __future__ import annotations

import io
import json
import os
import random
import struct
import subprocess
import sys
import zipfile

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from socio.errors import TableError
from socio.intake import census, register
from tests.intake.test_register import FACTORS, SPREAD, as_parquet, as_workbook, faults, fields, made

CHOICES = {"school": "enhet", "factors": FACTORS, **SPREAD}


def as_csv(table):
    return pl.from_arrow(table).write_csv(separator=";").encode()


def packed(content, name="elever.csv"):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return held.getvalue()


@pytest.mark.parametrize("form", ["csv", "parquet", "zip", "xlsx"])
def test_the_counts_are_those_of_the_register(form):
    """Both bases in one answer, to the last pupil and the last remark, whatever the file."""
    table = made(900)
    rows = [table.column_names, *([cell or "" for cell in row.values()] for row in table.to_pylist())]
    content = {"csv": as_csv, "parquet": as_parquet, "zip": lambda given: packed(as_csv(given))}.get(
        form, lambda _given: as_workbook(rows)
    )(table)
    found = census.count(content, f"elever.{form}", census.Choices(**CHOICES))
    assert list(found) == ["all", "own"]
    for base, one in found.items():
        expected = register.aggregate(table, school="enhet", factors=FACTORS, base=base, **SPREAD)
        assert fields(one) == fields(expected)
    alone = census.count(content, "e", census.Choices(school="enhet", factors=("Kön",)))
    assert list(alone) == ["all"]


def test_one_year_is_counted_of_several():
    """The one that was chosen; another is a fault that names those that are there."""
    table = made(900)
    choices = census.Choices(school="enhet", factors=("Kön",), year="läsår", chosen_year="2022/23")
    (found,) = census.count(as_parquet(table), "e", choices).values()
    years = register.aggregate_years(table, year="läsår", school="enhet", factors=["Kön"])
    assert fields(found) == fields(years["2022/23"])
    other = census.Choices(school="enhet", factors=("Kön",), year="läsår", chosen_year="2020/21")
    told = faults(lambda: census.count(as_parquet(table), "e", other))
    assert told[0][2:] == ("there are no pupils of the year “2020/21”", "there are 2022/23, 2023/24")


def test_the_columns_are_told_without_a_pupil():
    """Values that ten pupils have, of columns with sixty at most; of the others how many there are (R098)."""
    table = pa.table(
        {
            "personnummer": [f"20100101-{i:04}" for i in range(200)],
            "Skolenhetskod": ["12345678", "87654321"] * 100,
            "Språk": ["svenska"] * 150 + [" svenska "] * 30 + ["finska"] * 10 + ["ovanligt"] * 9 + [None],
        }
    )
    content = as_parquet(table)
    found = census.look(content, "elever.parquet")
    assert found.pupils == 200
    number, school, language = found.columns
    assert (number.distinct, number.values, number.codes) == (200, (), False)
    assert (school.distinct, school.values, school.codes) == (2, ("12345678", "87654321"), True)
    assert (language.distinct, language.values) == (3, ("finska", "svenska"))
    answer = census.answer(content, {"ask": "look", "sheet": None})
    assert "ovanligt" not in json.dumps(answer)
    assert "20100101" not in json.dumps(answer)


def test_an_answer_has_counts_and_no_rows():
    """As long for ten times the pupils, but for the digits."""
    lengths = []
    for times in (1, 10):
        table = pa.concat_tables([made(400)] * times)
        ask = {"ask": "count", "sheet": None, "school": "enhet", "factors": ["Kön"]}
        lengths.append(len(json.dumps(census.answer(as_parquet(table), ask))))
    assert lengths[1] < 1.2 * lengths[0]


def test_the_faults_of_a_register_are_told_as_its_own():
    """Each with its row, its column and the words that the screen has; the file's name is put in."""
    with pytest.raises(TableError) as raised:
        census.count(b"enhet;F\n1;a\n;b\n", "elever.csv", census.Choices(school="enhet", factors=("F", "G")))
    (fault,) = raised.value.faults
    assert (fault.file, fault.column, fault.wrong.text) == ("elever.csv", "G", "the column is missing")
    told = faults(lambda: census.look(b"a;b\n1;2\n3\n", "e.csv"))
    assert told == [
        (3, None, "the row has 1 cells, the header 2",
         "each pupil has a cell for each heading; a cell with a separator in it stands in quotes")
    ]  # fmt: skip


def test_nothing_can_be_written_by_the_child(tmp_path):
    """The system itself refuses: a file of its grows by no byte."""
    target = tmp_path / "rader"
    code = (
        "from socio.intake import census\n"
        f"def answer(*_): open({str(target)!r}, 'wb', buffering=0).write(b'x')\n"
        "census.answer = answer\n"
        "try: census.main()\nexcept OSError as error: print(error.errno)\n"
    )
    command = [sys.executable, "-c", code, json.dumps({"ask": "look", "sheet": None})]
    done = subprocess.run(command, cwd=census.ROOT, input=b"a\n1\n", capture_output=True, check=False)
    assert done.stdout.decode().strip() == str(27)  # EFBIG
    assert target.read_bytes() == b""


GOOD = as_parquet(pa.table({"enhet": ["1"] * 20, "F": ["a", "b"] * 10}))


def nested(depth):
    """A column of lists of records of lists …, empty."""
    kind = pa.int8()
    for level in range(depth):
        kind = pa.struct([("a", kind)]) if level % 2 else pa.list_(kind)
    return as_parquet(pa.table({"enhet": ["1"], "N": pa.array([None], kind)}))


def bomb():
    """Two gigabytes of text in two hundred kilobytes."""
    part = pa.table({"F": pa.array(["x" * 1000]).take(pa.array(np.zeros(100_000, dtype=np.int32)))})
    held = io.BytesIO()
    with parquet.ParquetWriter(held, part.schema) as writer:
        for _ in range(20):
            writer.write_table(part)
    return held.getvalue()


HOSTILE = {
    "a declared size of two gigabytes": lambda: GOOD[:-8] + struct.pack("<I", 2**31 - 1) + b"PAR1",
    "a Parquet file cut off": lambda: GOOD[:-20],
    "a Parquet file of noise": lambda: b"PAR1" + b"\xff" * 300 + b"PAR1",
    "sixteen thousand columns": lambda: as_parquet(pa.table({f"c{i}": ["x"] for i in range(16_384)})),
    "sixteen thousand headings": lambda: b";".join(b"c%d" % i for i in range(16_384)) + b"\n",
    "fifty million rows": lambda: as_parquet(pa.table({"enhet": pa.array(np.zeros(50_000_000, dtype=np.int8))})),
    "text that unpacks to two gigabytes": bomb,
    "thirty million short rows": lambda: b"a\n" + b"1\n" * 29_000_000,
    "an endless line": lambda: b"a" * 60_000_000,
    "an endless quote": lambda: b'a;b\n"' + b"x" * 50_000_000,
    "zeros": lambda: b"a;b\n\0\0;1\n",
    "a packed bomb": lambda: packed(b"a;b\n" + b"1;1\n" * 14_000_000),
    "a workbook that is none": lambda: b"PK\x03\x04" + b"\0" * 5000,
}


@pytest.mark.parametrize("made_of", HOSTILE)
def test_a_hostile_register_is_a_sentence_and_the_server_lives(made_of):
    """Within seconds, and this process has grown by no more than what it was given."""
    content = HOSTILE[made_of]()
    before = resident()
    told = faults(lambda: census.look(content, "elever"))
    assert len(told) == 1
    assert resident() - before < 100_000_000


def resident():
    """Bytes that this process holds."""
    with open("/proc/self/statm", encoding="ascii") as told:  # noqa: PTH123 - no file of anybody's
        return int(told.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_lists_and_records_are_no_columns():
    """They are left out, however deep; the rest is told."""
    assert [column.name for column in census.look(nested(60), "e").columns] == ["enhet"]


def test_a_child_that_never_answers_is_a_sentence(monkeypatch):
    """It is not waited for longer than its patience."""
    monkeypatch.setattr(census, "PATIENCE", 0.01)
    assert "cannot be opened" in faults(lambda: census.look(GOOD, "e"))[0][2]


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_bytes_give_a_table_or_a_sentence(data):
    """What the child does with a file that is anything, or nearly a register."""
    near = bytearray(data.draw(st.sampled_from([GOOD, as_csv(made(40)), b"PK\x03\x04"])))
    chance = random.Random(data.draw(st.integers(0, 10_000)))  # noqa: S311 - no secret
    for _ in range(data.draw(st.integers(0, 4))):
        near[chance.randrange(len(near))] = chance.randrange(256)
    content = data.draw(st.sampled_from([bytes(near), data.draw(st.binary(max_size=80))]))
    answer = census.answer(content, {"ask": "look", "sheet": None})
    assert answer.keys() in ({"pupils", "columns"}, {"faults"})
    json.dumps(answer)


def column(name, distinct, *values, codes=False):
    return census.Column(name=name, distinct=distinct, codes=codes, values=values)


def test_columns_are_suggested_by_name_and_by_what_they_hold():
    """The code by its digits, the factors by what is a factor; never aid to the family, nor a pupil's name."""
    given = census.Look(
        pupils=900,
        columns=(
            column("Elevens namn", 890),
            column("Enh", 3, "12345678", codes=True),
            column("Skolnamn", 3, "Ån"),
            column("Kön", 2, "Flicka", "Pojke"),
            column("Föräldrarnas utbildning", 3),
            column("Försörjningsstöd i familjen", 2, "Ja", "Nej"),
            column("Ankomstdatum", 400),
            column("Klass", 9),
            column("Hemkommun", 4, "0126", "0180"),
            column("Läsår", 2, "2022/23", "2023/24"),
        ),
    )
    found = census.suggestion(given, "0126")
    assert (found.school, found.name, found.home, found.municipality, found.year) == (
        "Enh",
        "Skolnamn",
        "Hemkommun",
        "0126",
        "Läsår",
    )
    assert found.factors == ("Kön", "Föräldrarnas utbildning")
    assert census.about_aid("Försörjningsstöd i familjen")
    assert census.suggestion(given, "0114").municipality is None
    nothing = census.suggestion(census.Look(pupils=1, columns=(column("a", 1), column("Skolnamn", 400))))
    assert (nothing.school, nothing.factors, nothing.year) == (None, (), None)


def test_the_own_pupils_stand_under_the_categories_of_all():
    """A category that no own pupil has is 0 there; its spelling is that of all."""
    rows = [("1", "ja", "0126")] * 3 + [("1", "Ja", "0180")] * 9 + [("1", "nej", "0126"), ("1", "kanske", "0180")]
    frame = pl.DataFrame(rows, schema=["enhet", "F", "hem"], orient="row")
    asked = {"school": "enhet", "factors": ["F"], "home": "hem", "municipality": "0126"}
    everyone, own = (register.aggregate(frame, base=base, **asked) for base in ("all", "own"))
    assert own.factors[0].categories == ("ja", "nej")
    found = census.aligned(own, everyone)
    assert found.factors[0].categories == everyone.factors[0].categories == ("Ja", "kanske", "nej")
    assert found.counts.tolist() == [[3, 0, 1]]
    assert found.pupils_composition.tolist() == [4]
