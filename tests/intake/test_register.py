from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from socio.composition import Mark
from socio.errors import TableError
from socio.intake import library, register, spark, tables
from socio.intake.shares import Unit

ROOT = Path(__file__).parents[2]
ENGINES = ("polars", "duckdb", "pandas")
FACTORS = ("Kön", "Utbildning, högsta", "Ankomst")


SPREAD = {"name": "namn", "home": "hem", "municipality": "0126"}


@pytest.fixture(scope="module")
def session():
    """Start the local Spark session once, and stop it at the end."""
    with spark.session() as given:
        yield given


def made(pupils=4000):
    """Make a register: missing values, odd names, codes with zeros first, pupils from other municipalities."""
    chance = np.random.default_rng(8)
    codes = np.array(["0000007", "12", "A-1", *(f"{code:08}" for code in range(300, 330))])
    school = chance.integers(0, len(codes), pupils)
    education = np.array(["Kort; eller ingen", "F–3: lång", '"Lång"', "", "=1+1", " Kort; eller  ingen "])
    return pa.table(
        {
            "enhet": codes[school],
            "namn": [f"Skolan; nr {i}" for i in school],
            "Kön": pa.array([["Flicka", "Pojke", None][i] for i in chance.choice(3, pupils, p=[0.5, 0.49, 0.01])]),
            "Utbildning, högsta": education[chance.integers(0, len(education), pupils)],
            "Ankomst": chance.choice(["9", "10", "2 år"], pupils, p=[0.1, 0.1, 0.8]),
            "hem": np.array(["0126", "0180", "", " 0126"])[chance.choice(4, pupils, p=[0.8, 0.1, 0.05, 0.05])],
            "läsår": np.array(["2022/23", "2023/24", "2023/24 "])[chance.integers(0, 3, pupils)],
        }
    )


def as_parquet(table):
    content = io.BytesIO()
    parquet.write_table(table, content)
    return content.getvalue()


def as_workbook(rows):
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                if cell == "=1/0":
                    sheet.write_formula(i, j, cell, value="#DIV/0!")
                else:
                    sheet.write_string(i, j, cell)
    return content.getvalue()


def counted(frame, factors=FACTORS, **options):
    return register.aggregate(frame, school="enhet", factors=factors, **options)


def reread(aggregate, **options):
    return tables.read(register.written(aggregate, **options).encode(), "made.csv")


def fields(aggregate):
    return {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name in aggregate.__slots__
        for value in [getattr(aggregate, name)]
    }


def same(one, other):
    """Compare two compositions, to the last bit of the shares."""
    for name in ("codes", "names", "factors"):
        assert getattr(one, name) == getattr(other, name)
    for name in ("pupils_composition", "pupils_paid", "marks", "cells"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def faults(run):
    with pytest.raises(TableError) as raised:
        run()
    return [(fault.row, fault.column, str(fault.wrong), str(fault.allowed)) for fault in raised.value.faults]


@pytest.mark.parametrize("base", ["all", "own"])
def test_the_counts_are_those_of_plain_python_on_every_engine(base, session):
    """School by school and pupil by pupil, as read from one Parquet file and from PyArrow's own table."""
    assert session.version
    table = made()
    pupils = table.to_pylist()
    options = {**SPREAD, "base": base}
    expected = counted(table, **options)
    for i, code in enumerate(expected.codes):
        here = [pupil for pupil in pupils if pupil["enhet"] == code]
        own = [pupil for pupil in here if pupil["hem"].strip() == "0126"]
        assert (expected.pupils[i], expected.own[i]) == (len(here), len(own))
        of_base = [
            [" ".join((pupil[factor] or "").split()) or register.UNKNOWN for factor in FACTORS]
            for pupil in (here if base == "all" else own)
        ]
        told = [
            sum(pupil[number] == category for pupil in of_base)
            for number, factor in enumerate(expected.factors)
            for category in factor.categories
        ]
        assert expected.counts[i].tolist() == told
    assert set(expected.codes) == {pupil["enhet"] for pupil in pupils}
    for engine in (*ENGINES, "pyspark"):
        frame = register.read(as_parquet(table), "made.parquet", engine)
        assert nw.from_native(frame).implementation.value == engine
        assert fields(counted(frame, **options)) == fields(expected), engine


def test_every_form_of_file_gives_the_same_counts(tmp_path):
    """CSV in three encodings and with three separators, Parquet, a workbook; by path or by bytes."""
    table = made(600)
    expected = fields(counted(table, name="namn"))
    rows = [table.column_names, *([cell or "" for cell in row.values()] for row in table.to_pylist())]
    for separator in ";,\t":
        quoted = ["\n"] + [separator.join('"' + cell.replace('"', '""') + '"' for cell in row) + "\r\n" for row in rows]
        text = "".join(quoted[1:])
        for encoding in ("utf-8-sig", "utf-16", "cp1252"):
            for engine in ENGINES:
                frame = register.read(text.encode(encoding), "made.csv", engine)
                assert fields(counted(frame, name="namn")) == expected
    path = tmp_path / "made.parquet"
    path.write_bytes(as_parquet(table))
    assert fields(counted(register.read(path, "made.parquet"), name="namn")) == expected
    workbook = register.read(as_workbook(rows), "made.xlsx", "duckdb")
    assert fields(counted(workbook, name="namn")) == expected


def test_a_lazy_frame_is_counted_as_it_is():
    """A scan that has read nothing yet gives the same as the frame in memory."""
    frame = pl.from_arrow(made())
    assert fields(counted(frame.lazy())) == fields(counted(frame))


def test_counting_asks_for_rows_in_memory_only_once():
    """The counting is one lazy frame: what is collected is a row for each school, column and category."""
    frame = nw.from_native(pl.from_arrow(made()).lazy())
    lazy = register._count(frame, register._Asked("enhet", FACTORS, None, "hem", "0126", "all"), ["0126"])
    assert isinstance(lazy, nw.LazyFrame)
    assert len(lazy.collect()) < 700


def test_codes_keep_their_zeros_and_stand_in_the_order_of_their_value():
    """0000007 stays so, before 12 and before codes that are no digits; categories likewise, the missing one last."""
    aggregate = counted(made())
    assert aggregate.codes[:3] == ("0000007", "12", "00000300")
    assert aggregate.codes[-1] == "A-1"
    assert aggregate.factors[2].categories == ("9", "10", "2 år")
    assert aggregate.factors[0].categories[-1] == "Uppgift saknas"


@pytest.mark.parametrize("suppressed", [False, True])
@pytest.mark.parametrize("base", ["all", "own"])
def test_what_is_written_reads_back_the_same(base, suppressed):
    """Codes, names, both numbers of pupils, odd categories, every count; and where hidden every marker."""
    aggregate = counted(made(), name="namn", home="hem", municipality="0126", base=base)
    intake = reread(aggregate, suppressed=suppressed)
    same(intake.composition, aggregate.composition(suppressed=suppressed))
    assert intake.unit is Unit.COUNT
    if not suppressed:
        shares = aggregate.counts / aggregate.pupils_composition[:, None]
        np.testing.assert_array_equal(intake.composition.cells, shares)


def test_the_money_follows_the_municipalitys_own_pupils_only():
    """Both numbers stand in the table; a school without an own pupil is left out, and that is said."""
    rows = [("1", "x", "0126"), ("1", "y", "0180"), ("2", "z", "0180"), ("3", "y", "0126")]
    frame = pl.DataFrame(rows, schema=["enhet", "F", "hem"], orient="row")
    options = {"home": "hem", "municipality": "0126"}
    aggregate = counted(frame, ["F"], **options)
    assert (aggregate.codes, aggregate.pupils.tolist(), aggregate.own.tolist()) == (("1", "3"), [2, 1], [1, 1])
    assert aggregate.factors[0].categories == ("x", "y")
    assert [str(warning.wrong) for warning in aggregate.warnings] == [
        "schools without a pupil of the municipality's own: 2"
    ]
    assert "elever_underlag;elever_betalning;F: x;F: y\n1;1;2;1;1;1\n3;3;1;1;0;1\n" in register.written(aggregate)
    own = counted(frame, ["F"], base="own", **options)
    assert register.written(own) == "skolenhetskod;skola;elever;F: x;F: y\n1;1;1;1;0\n3;3;1;0;1\n"


def test_few_pupils_are_hidden_only_when_asked_for():
    """Fewer than 10 become two dots; where they are few together, the smallest of the others is emptied too."""
    sizes = {"1": (40, 30, 3, 5), "2": (40, 30, 9, 9), "3": (40, 30, 0, 10), "4": (2, 1, 1, 1), "5": (20, 21, 22, 23)}
    rows = [(code, "abcd"[i]) for code, counts in sizes.items() for i, n in enumerate(counts) for _ in range(n)]
    aggregate = counted(pl.DataFrame(rows, schema=["enhet", "F"], orient="row"), ["F"])
    assert aggregate.few.sum() == 2 + 2 + 1 + 4
    plain = register.written(aggregate)
    assert ".." not in plain
    assert plain.splitlines()[1] == "1;1;78;40;30;3;5"
    hidden = register.written(aggregate, suppressed=True).splitlines()[1:]
    assert hidden == [
        "1;1;78;40;;..;..",
        "2;2;88;40;30;..;..",
        "3;3;80;40;30;..;",
        "4;4;5;..;..;..;..",
        "5;5;86;20;21;22;23",
    ]
    assert str(register.disclosure(aggregate)).endswith("written as they are; --suppress hides them")
    told = str(register.disclosure(aggregate, suppressed=True))
    assert told.startswith("cells with fewer than 10 pupils: 9, they are written as ..; 2 more")


@pytest.mark.parametrize(
    "sizes",
    [
        {"1": (100, 1, 0), "2": (0, 0, 101)},
        {"1": (5, 0, 0), "2": (0, 4, 1)},
        {"1": (1, 0, 0)},
        {"1": (60, 5, 40)},
        {"1": (30, 5, 40), "2": (30, 5, 12)},
    ],
)
@pytest.mark.parametrize("suppressed", [False, True])
def test_counts_that_look_like_per_cent_read_back_the_same_too(sizes, suppressed):
    """Schools of a hundred pupils, of one, and tables where every school hides something."""
    rows = [(code, "abc"[i]) for code, counts in sizes.items() for i, n in enumerate(counts) for _ in range(n)]
    aggregate = counted(pl.DataFrame(rows, schema=["enhet", "F"], orient="row"), ["F"])
    same(reread(aggregate, suppressed=suppressed).composition, aggregate.composition(suppressed=suppressed))


def test_a_register_made_of_huddinges_counts_gives_them_back():
    """Each school of the spring of 2019, expanded from data/huddinge_2019_vt.csv to a row a pupil."""
    huddinge = tables.read((library.FOLDER / "huddinge_2019_vt.csv").read_bytes(), "huddinge").composition
    wanted, columns = [], {"enhet": [], "namn": [], "Kön": [], "Föräldrarnas utbildning": [], "Bakgrund": []}
    for i, pupils in enumerate(huddinge.pupils_composition.tolist()):
        first = np.rint(huddinge.shares[i, ::2] * pupils).astype(int).tolist()
        wanted.append([count for one in first for count in (one, pupils - one)])
        columns["enhet"] += [huddinge.codes[i]] * pupils
        columns["namn"] += [huddinge.names[i]] * pupils
        for factor, one in zip(huddinge.factors, first, strict=True):
            columns[factor.name] += [factor.categories[0]] * one + [factor.categories[1]] * (pupils - one)
    assert len(columns["enhet"]) == huddinge.pupils_composition.sum() == 13_229
    aggregate = counted(pa.table(columns), [factor.name for factor in huddinge.factors], name="namn")
    order = np.argsort(huddinge.code_rank)
    assert aggregate.codes == tuple(huddinge.codes[i] for i in order)
    assert aggregate.names == tuple(huddinge.names[i] for i in order)
    assert aggregate.pupils.tolist() == huddinge.pupils_composition[order].tolist()
    told = [f"{factor.name}: {category}" for factor in aggregate.factors for category in factor.categories]
    place = [told.index(f"{factor}: {category}") for factor, category in huddinge.columns]
    assert aggregate.counts[:, place].tolist() == [wanted[i] for i in order]
    same(reread(aggregate).composition, aggregate.composition())


@settings(max_examples=60)
@given(data=st.data())
def test_the_order_of_the_rows_makes_no_difference_and_every_pupil_counts_once(data):
    """Whatever stands in the cells: the same counts, in each factor all pupils, and the layout reads back."""
    odd = st.one_of(st.sampled_from(["ja", "Ja", "JA ", "", "..", "a; b", "a: b", '"', "10", "9"]), st.text(max_size=4))
    pupil = st.tuples(st.sampled_from(["1", "01", "b", " b"]), st.none() | odd, odd)
    pupils = data.draw(st.lists(pupil, min_size=1, max_size=30))
    other = data.draw(st.permutations(pupils))
    names = {"enhet": pl.String, "A": pl.String, "B": pl.String}
    one, two = (counted(pl.DataFrame(rows, schema=names, orient="row"), ["A", "B"]) for rows in (pupils, other))
    assert fields(one) == fields(two)
    first = len(one.factors[0].categories)
    assert one.counts[:, :first].sum(axis=1).tolist() == one.pupils.tolist()
    assert one.counts[:, first:].sum(axis=1).tolist() == one.pupils.tolist()
    assert one.pupils.sum() == len(pupils)
    same(reread(one).composition, one.composition())


def test_spellings_and_names_are_brought_together_and_that_is_said():
    """The most common spelling of a category, the most common name of a school."""
    rows = [("1", "Ån", "ja"), ("1", "ån", "Ja"), ("1", "Ån", "Ja"), ("2", None, "Nej")]
    aggregate = counted(pl.DataFrame(rows, schema=["enhet", "namn", "F"], orient="row"), ["F"], name="namn")
    assert aggregate.names == ("Ån", "2")
    assert aggregate.factors[0].categories == ("Ja", "Nej")
    assert aggregate.counts.tolist() == [[3, 0], [0, 1]]
    assert [str(warning.wrong) for warning in aggregate.warnings] == [
        "schools with more than one name: 1",
        "categories spelled in more than one way: Ja",
    ]


def test_a_factor_with_one_category_gets_its_complement():
    """As the layout itself gives it: Övriga, without a pupil."""
    frame = pl.DataFrame({"enhet": ["1", "1", "2"], "F": ["x"] * 3, "G": ["Övriga"] * 3})
    aggregate = counted(frame, ["F", "G"])
    assert [factor.categories for factor in aggregate.factors] == [("x", "Övriga"), ("Övriga", "Uppgift saknas")]
    same(reread(aggregate).composition, aggregate.composition())


def test_all_faults_of_what_is_asked_for_are_told_at_once():
    """Columns that are not there, named with those that are; a colon, a column twice, half of a pair."""
    frame = pl.DataFrame({"enhet": ["1"], "A: b": ["x"], "Kön": ["x"], "kön": ["y"]})
    told = faults(lambda: counted(frame, ["A: b", "Kön", "kön", "Skola"], name="namn", home="Kön"))
    assert told == [
        (None, "Skola", "the column is missing", "there are enhet, A: b, Kön, kön"),
        (None, "namn", "the column is missing", "there are enhet, A: b, Kön, kön"),
        (None, "Kön", "the column stands 2 times", "each column stands once"),
        (None, "A: b", "the name of a factor is empty or has a colon", "give the column another heading"),
        (
            None,
            "Kön",
            "a municipality's own pupils are told by its code and a column with that of each pupil",
            "give both, or neither",
        ),
    ]
    assert faults(lambda: counted(frame, []))[0][2] == "no factor is named"
    assert faults(lambda: counted(frame, ["Kön"], base="own"))[0][3] == "give both, or neither"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_pupil_without_a_school_is_a_fault_with_its_row(engine):
    """The header is row 1; blanks are no code."""
    frame = register.read(b"enhet;F\n1;a\n;b\n2;c\n  ;d\n", "elever.csv", engine)
    told = faults(lambda: counted(frame, ["F"]))
    assert told[0][1:3] == ("enhet", "pupils without a school unit code: 2, in row 3, 5")


def test_a_register_without_pupils_is_a_fault():
    """And so is one without a pupil from the municipality."""
    frame = pl.DataFrame({"enhet": ["1"], "F": ["x"], "hem": ["0180"]})
    assert faults(lambda: counted(frame.head(0), ["F"]))[0][2] == "there is no pupil in the register"
    told = faults(lambda: counted(frame, ["F"], home="hem", municipality="126"))
    assert told[0][1:3] == ("hem", "no pupil is registered in the municipality")


def test_a_column_that_is_no_factor_or_no_code_is_a_fault():
    """61 values look like a number or a date, 60 do not; a code that a spreadsheet has rounded; far too many codes."""
    values = [str(i) for i in range(61)]
    frame = pl.DataFrame({"enhet": ["1"] * 61, "F": values, "G": [*values[:60], "0"]})
    (told,) = faults(lambda: counted(frame, ["F", "G"]))
    assert told[1:3] == ("F", "the column has 61 different values, as a number or a date has")
    assert len(counted(frame, ["G"]).factors[0].categories) == 60
    rounded = pl.DataFrame({"enhet": ["1,2E+07"], "F": ["x"]})
    assert "a spreadsheet has made a number" in faults(lambda: counted(rounded, ["F"]))[0][2]
    many = pl.DataFrame({"enhet": [str(i) for i in range(20_001)], "F": ["x"] * 20_001})
    assert faults(lambda: counted(many, ["F"]))[0][2] == "the column has 20001 different values"


def test_names_that_the_layout_has_for_something_else_are_faults():
    """A mean of 1–3 is no category, Kommunen no school."""
    frame = pl.DataFrame({"enhet": ["1"], "F": ["Medelvärde (1–3)"], "namn": ["kommunen"]})
    told = faults(lambda: counted(frame, ["F"], name="namn"))
    assert [fault[2] for fault in told] == [
        "a school cannot be named Kommunen",
        "a category cannot be named as a mean of 1–3 is",
    ]


@pytest.mark.parametrize(
    ("content", "row", "wrong"),
    [
        (b"a;b\n1;2\n3\n4;5;6\n", 3, "the row has 1 cells, the header 2"),
        (b"\n\na;b\n1;2\n3;4;5\n", 5, "the row has 3 cells, the header 2"),
        (b'a;b\n1;2\n1;"2\n3;4\n', 3, "a quote is not closed, or a cell is endless"),
        (b"a;b;a\n1;2;3\n", 1, "the column stands 2 times"),
        (b"a" * 200_000 + b"\n1\n", 1, "a quote is not closed, or a cell is endless"),
        (b"", None, "the file is empty"),
        (b"PAR1 and no more", None, "the Parquet file is damaged or cut off"),
        (b"\x89PNG", None, "it is a picture"),
    ],
)
def test_a_file_that_is_no_register_is_a_fault(content, row, wrong):
    """With its name and its row; and nothing of a pupil in the message."""
    told = faults(lambda: register.read(content, "elever.csv"))
    assert (told[0][0], told[0][2]) == (row, wrong)


def test_blank_rows_and_the_line_that_states_the_separator_are_no_pupils():
    """Nor is a row with nothing but separators, as a spreadsheet leaves below a table."""
    frame = register.read(b"sep=,\nenhet,F\n01,a;b\n\n,\n02,c;d\n", "elever.csv")
    assert frame.rows() == [("01", "a;b"), ("02", "c;d")]
    assert register.read(b"sep=,\nenhet,F;,G\n01,a;b,x\n", "elever.csv").rows() == [("01", "a;b", "x")]


def test_parquet_is_text_whatever_its_types_and_lists_are_left_out():
    """Whole numbers, dates and dictionaries; a missing number is missing on every engine."""
    table = pa.table(
        {
            "enhet": pa.array(["01", "01", "2"]).dictionary_encode(),
            "F": pa.array([1, None, 3]),
            "G": pa.array([True, False, None]),
            "H": pa.array([[1], [2], []]),
        }
    )
    for engine in ENGINES:
        frame = register.read(as_parquet(table), "elever.parquet", engine)
        assert nw.from_native(frame).lazy().collect_schema().names() == ["enhet", "F", "G"]
        aggregate = counted(frame, ["F", "G"])
        assert [factor.categories for factor in aggregate.factors] == [
            ("1", "3", "Uppgift saknas"),
            ("false", "true", "Uppgift saknas"),
        ]
        assert aggregate.counts.tolist() == [[1, 0, 1, 1, 1, 0], [0, 1, 0, 0, 0, 1]]


@pytest.mark.parametrize("engine", ["duckdb", "pyspark"])
def test_an_engine_that_is_not_there_is_a_fault(monkeypatch, engine):
    """Neither DuckDB nor PySpark is among what the program needs."""
    for module in {"duckdb": ["duckdb"], "pyspark": ["pyspark", "pyspark.sql"]}[engine]:
        monkeypatch.setitem(sys.modules, module, None)
    told = faults(lambda: register.read(b"a\n1\n", "e.csv", engine))
    assert told[0][2:] == (f"the engine {engine} is not installed", "choose auto or polars")


def test_spark_without_a_java_is_a_fault(tmp_path):
    """In a process of its own, since a Java that was started once is there for the next."""
    code = (
        "from socio.intake import spark\nfrom socio.errors import TableError\n"
        "try: spark.session().__enter__()\nexcept TableError as error: print(error)\n"
    )
    bare = {"PATH": str(tmp_path), "JAVA_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=bare, cwd=ROOT, check=True)
    assert done.stdout.startswith("Spark does not start, it needs Java 17 or later")
    assert done.stderr == ""


def test_the_local_session_is_closed_to_others_and_leaves_nothing_legible(session):
    """Loopback only, no page of its own, and what it lays on disk is encrypted."""
    conf = session.sparkContext.getConf()
    assert conf.get("spark.driver.bindAddress") == conf.get("spark.driver.host") == "127.0.0.1"
    assert (conf.get("spark.io.encryption.enabled"), session.sparkContext.uiWebUrl) == ("true", None)
    assert conf.get("spark.master") == "local[2]"


def test_a_session_that_runs_already_is_used_and_goes_on(session):
    """A cluster's own is not stopped by a count."""
    with spark.session() as given:
        assert given is session
    assert session.range(3).count() == 3


def test_a_frame_of_spark_is_counted_where_it_is(session, monkeypatch):
    """Only counts are collected: a row for each school, column and category, and how the municipality is written."""
    collected = []
    collect = register._collected
    monkeypatch.setattr(register, "_collected", lambda frame: collected.append(collect(frame)) or collected[-1])
    frame = spark.opened(made()).filter("enhet != '12'")
    assert frame.sparkSession is session
    expected = counted(pl.from_arrow(made()).filter(pl.col("enhet") != "12"), **SPREAD)
    collected.clear()
    assert fields(counted(frame, **SPREAD)) == fields(expected)
    assert [len(part) < 800 for part in collected] == [True, True]


def test_spark_tells_how_many_pupils_lack_a_school_and_no_rows(session):
    """Its rows have no order, and a column of pupils is not collected."""
    assert session.version
    frame = spark.opened(pa.table({"enhet": ["1", " ", None], "F": ["a", "b", "c"]}))
    assert faults(lambda: counted(frame, ["F"]))[0][:3] == (None, "enhet", "pupils without a school unit code: 2")


def test_a_folder_of_parquet_is_scanned_by_spark(session, tmp_path):
    """As many files as there are years; one that is not Parquet is a fault."""
    assert session.version
    table = made()
    for number, start in enumerate(range(0, 4000, 1000)):
        parquet.write_table(table.slice(start, 1000), tmp_path / f"{number}.parquet")
    frame = register.read(tmp_path, "register", "pyspark")
    assert fields(counted(frame, **SPREAD)) == fields(counted(table, **SPREAD))
    (tmp_path / "0.parquet").write_bytes(b"no")
    told = faults(lambda: register.read(tmp_path, "register", "pyspark"))
    assert told[0][2] == "Spark cannot read the register, or gave up counting it"


@pytest.mark.parametrize("engine", [*ENGINES, "pyspark"])
def test_each_year_is_what_its_pupils_alone_give(session, engine):
    """On every engine, counted in one pass; blanks aside a year is one."""
    assert session.version
    table = made()
    frame = register.read(as_parquet(table), "made.parquet", engine)
    years = register.aggregate_years(frame, year="läsår", school="enhet", factors=FACTORS, **SPREAD)
    assert list(years) == ["2022/23", "2023/24"]
    for year, one in years.items():
        alone = table.filter(pa.array([value.strip() == year for value in table["läsår"].to_pylist()]))
        assert fields(one) == fields(counted(alone, **SPREAD))


def test_a_pupil_without_a_year_and_too_many_years_are_faults():
    """So that no year is left out in silence."""
    years = pl.DataFrame({"enhet": ["1"] * 61, "F": ["a"] * 61, "år": [str(1900 + i) for i in range(61)]})
    count = lambda frame: register.aggregate_years(frame, year="år", school="enhet", factors=["F"])  # noqa: E731
    assert faults(lambda: count(years))[0][1:3] == ("år", "the column has 61 different values")
    lacking = years.head(2).with_columns(pl.Series("år", ["2023", " "]))
    assert faults(lambda: count(lacking))[0][1:3] == ("år", "there are pupils without a year")
    assert faults(lambda: count(years.drop("år")))[0][1:3] == ("år", "the column is missing")


def test_the_faults_of_all_years_are_told_once():
    """What is wrong in each of them stands on one line."""
    frame = pl.DataFrame({"enhet": ["1,2E+07"] * 2, "F": ["a"] * 2, "år": ["2023", "2024"]})
    told = faults(lambda: register.aggregate_years(frame, year="år", school="enhet", factors=["F"]))
    assert len(told) == 1


@pytest.mark.parametrize("engine", [*ENGINES, "pyspark"])
def test_the_own_municipality_is_known_however_it_is_blanked(session, engine):
    """Engines differ in what a blank is; the codes do not."""
    assert session.version
    home = ["0126", "\u00a00126", " 0126\t", "\u20090126", "0126\u200b", None, "126", ""]
    frame = register.read(as_parquet(pa.table({"enhet": ["1"] * 8, "F": ["a"] * 8, "hem": home})), "e", engine)
    assert counted(frame, ["F"], home="hem", municipality=" 0126").own.tolist() == [5]


def test_a_column_with_a_value_a_pupil_is_no_municipality():
    """As a birth number would be; more than twenty thousand are not looked at."""
    frame = pl.DataFrame({"enhet": ["1"] * 20_001, "F": ["a"] * 20_001, "hem": [str(i) for i in range(20_001)]})
    told = faults(lambda: counted(frame, ["F"], home="hem", municipality="0126"))
    assert told[0][1:3] == ("hem", "the column has more than 20000 different values")


def test_a_column_of_pupils_names_is_not_one_of_schools_names():
    """The name most pupils of a school have would be one pupil's."""
    frame = pl.DataFrame({"enhet": ["1", "2"] * 20, "F": ["a"] * 40, "namn": [f"Elev {i}" for i in range(40)]})
    told = faults(lambda: counted(frame, ["F"], name="namn"))
    assert told[0][1:3] == ("namn", "the column has 40 different values for 2 schools")


SIZES = {"1": (40, 30), "2": (4, 2), "3": (12, 9)}


@pytest.fixture
def units():
    """Three schools, the second with six pupils."""
    rows = [(code, "ab"[i]) for code, counts in SIZES.items() for i, n in enumerate(counts) for _ in range(n)]
    return counted(pl.DataFrame(rows, schema=["enhet", "F"], orient="row"), ["F"])


def test_small_units_are_treated_as_chosen(units):
    """As they are; without shares, so that they move nothing; or not there: and which they are is said."""
    assert register.small_units(units, "keep", below=10) is units
    assert register.small_units(units, "average", below=6) is units
    kept = register.small_units(units, "average", below=10)
    assert register.written(kept).splitlines()[2] == "2;2;6;;"
    filled = reread(kept).composition
    same(filled, kept.composition())
    np.testing.assert_allclose(filled.shares[1], [52 / 91, 39 / 91])
    gone = register.small_units(units, "leave_out", below=22)
    assert (gone.codes, gone.counts.tolist(), gone.few.tolist()) == (("1",), [[40, 30]], [[False, False]])
    for one, codes, done in ((kept, "2", "they take the municipality's mean"), (gone, "2, 3", "they are left out")):
        (warning,) = one.warnings
        assert (str(warning.wrong)[-len(codes) :], str(warning.allowed)) == (codes, done)
    told = faults(lambda: register.small_units(units, "average", below=100))
    assert told[0][2] == "schools with fewer than 100 pupils: 1, 2, 3"


def test_a_small_unit_is_small_by_the_pupils_behind_its_shares():
    """Of own pupils where those are counted."""
    rows = [("1", "a", "0126")] * 30 + [("2", "b", "0180")] * 30 + [("2", "b", "0126")] * 3
    frame = pl.DataFrame(rows, schema=["enhet", "F", "hem"], orient="row")
    for base, codes in (("all", ("1", "2")), ("own", ("1",))):
        given = counted(frame, ["F"], home="hem", municipality="0126", base=base)
        assert register.small_units(given, "leave_out", below=10).codes == codes


def test_a_workbooks_errors_are_faults_and_a_huge_one_is_sent_elsewhere():
    """Each with its cell; and CSV or Parquet for more rows than are opened."""
    told = faults(lambda: register.read(as_workbook([["enhet", "F"], ["1", "x"], ["2", "=1/0"]]), "e.xlsx"))
    assert told == [(3, "F", "the cell B3 has the error #DIV/0!", "mend the cell")]
    told = faults(lambda: register.read(as_workbook([["enhet", "F"], ["1", "x"]] + [["1", "y"]] * 20_001), "e.xlsx"))
    assert told[0][2:] == ("the workbook is larger than what is opened", "save the register as CSV or Parquet")


def test_marks_are_known_where_nothing_is_hidden():
    """Unless asked for, nothing is marked in the composition."""
    assert (counted(made()).composition().marks == Mark.KNOWN).all()
