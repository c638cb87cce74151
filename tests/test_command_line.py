from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from socio import allocation, scenario
from socio.__main__ import main
from socio.intake import library

ROOT = Path(__file__).parents[1]
HUDDINGE = str(library.FOLDER / "huddinge_2019_vt.csv")

SCENARIO = """schema = 1
name = "Förslag"
year = "2019 vt"
[need]
method = "weights"
[need.weights."Föräldrarnas utbildning"]
"Eftergymnasial" = 1
"Ej eftergymnasial" = 2
[need.weights."Bakgrund"]
"Utländsk" = 2
"Svensk" = 1
[pot]
total = 25_018_508
[redistribution]
degree = 1.5
"""
PHASE_IN = '\n[phase_in]\nstages = [0.5, 1]\nfinanced = "outside"\n'

EXPORT_HEADER = (
    "Skola;Skol-enhetskod;Skolkommun;Kommun-kod;Typ av huvudman;Huvudman;Huvudman orgnr;Elever, förskoleklass;"
    "Andel (%) flickor, förskoleklass;Elever, årskurs 1-9;Andel (%) flickor, årskurs 1-9;"
    "Andel (%) elever med utländsk bakgrund, åk 1-9;Andel (%) elever med föräldrar med eftergymnasial utb., åk 1-9;"
)
EXPORT = (
    "Statistik från Skolverket, https://www.skolverket.se\n\nGrundskolan - Antal elever per årskurs\n"
    f"Valt läsår: 2018/19\n\n{EXPORT_HEADER}\n"
    "Åskolan;00000001;Öckerö;1407;Kommunal;Öckerö;212;20;..;1 120;48;..;57;\n"
    "Sjuhuset;00000002;Öckerö;1407;Kommunal;Öckerö;212;3;..;.;.;.;.;\n"
    "Askolan;00000003;Ale;1440;Enskild;AB;212;.;.;90;48;5;57;\n"
)


@pytest.fixture
def decided(tmp_path):
    path = tmp_path / "förslag.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return str(path)


@pytest.fixture
def export(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text(EXPORT, encoding="utf-8-sig")
    return str(path)


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def rows(written):
    return list(csv.DictReader(io.StringIO(written, newline=""), delimiter=";"))


def file(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_allocate_writes_every_school_with_every_step(decided):
    """The columns of method §12, kronor that sum to the pot, floats that lose nothing."""
    done = run("allocate", HUDDINGE, "--scenario", decided)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0] == "code;school;pupils;points;index;target;rate;amount"
    table = rows(done.stdout)
    result = allocation.allocate(
        library.read(next(table for table in library.datasets() if table.file == Path(HUDDINGE).name)),
        scenario.read(SCENARIO),
    )
    assert [row["code"] for row in table] == list(result.composition.codes)
    assert sum(int(row["amount"]) for row in table) == 25_018_508
    for name in ("points", "index", "target", "rate"):
        assert [row[name] for row in table] == [repr(float(value)) for value in getattr(result, name)]
    assert [int(row["pupils"]) for row in table] == result.composition.pupils_paid.tolist()


def test_json_holds_the_same_rows_and_the_totals(decided):
    """The same figures beside pot, average, share moved, theta and extra cost."""
    table = rows(run("allocate", HUDDINGE, "--scenario", decided).stdout)
    document = json.loads(run("allocate", HUDDINGE, "--scenario", decided, "--format", "json").stdout)
    assert list(document) == ["pot", "average", "share_moved", "theta", "extra_cost", "schools"]
    assert [{name: str(value) for name, value in school.items()} for school in document["schools"]] == table
    assert document["pot"] == 25_018_508
    assert document["average"] == 25_018_508 / 14_812
    assert document["extra_cost"] == 0
    total = document["pot"]
    moved = sum(abs(school["amount"] / total - school["pupils"] / 14_812) for school in document["schools"]) / 2
    assert document["share_moved"] == pytest.approx(moved)


def test_what_is_left_out_and_suppressed_is_said_on_standard_error(decided):
    """Warnings never mix with the result, and the exit status stays 0."""
    done = run("--lang", "en", "allocate", HUDDINGE, "--scenario", decided)
    suppressed = "rows with suppressed shares in Bakgrund: 2, each takes the midpoint of its interval"
    assert done.exit_code == 0
    assert done.stderr.splitlines() == [
        f'{HUDDINGE}: column "Bakgrund: Utländsk": {suppressed}',
        f"{decided}: need.weights: factors that the scenario does not name: Kön, they are left out of the model",
    ]


def test_output_goes_to_the_file_instead(decided, tmp_path):
    """Byte for byte what standard output would have got."""
    target = tmp_path / "ut.csv"
    done = run("allocate", HUDDINGE, "--scenario", decided, "--output", target)
    assert done.stdout == ""
    assert target.read_text(encoding="utf-8") == run("allocate", HUDDINGE, "--scenario", decided).stdout


def test_phase_in_starts_from_the_tables_own_money_or_from_the_previous_file(decided, tmp_path):
    """Half of a decrease the first year, all of it the second; the file goes before the table."""
    file(tmp_path, Path(decided).name, SCENARIO + PHASE_IN)
    target = {
        row["code"]: float(row["target"]) for row in rows(run("allocate", HUDDINGE, "--scenario", decided).stdout)
    }
    old = dict.fromkeys(target, 9000.0)
    previous = file(
        tmp_path,
        "förra.csv",
        "skolenhetskod;tidigare_kr_per_elev\n" + "".join(f"{code};9 000,0\n" for code in old) + "99;1\n",
    )
    done = run("allocate", HUDDINGE, "--scenario", decided, "--previous", previous, "--lang", "en")
    assert "schools that the composition does not have: 99" in done.stderr
    first = {row["code"]: float(row["rate"]) for row in rows(done.stdout)}
    assert first == pytest.approx({code: max(rate, (rate + 9000) / 2) for code, rate in target.items()})
    again = file(tmp_path, "år1.csv", done.stdout)
    second = run("allocate", HUDDINGE, "--scenario", decided, "--previous", again, "--plan-year", 2).stdout
    assert {row["code"]: float(row["rate"]) for row in rows(second)} == pytest.approx(target)
    own = rows(run("allocate", HUDDINGE, "--scenario", decided).stdout)
    assert [row["rate"] for row in own] != [repr(rate) for rate in first.values()]


def test_phase_in_without_todays_money_is_a_fault(decided, tmp_path):
    """Nothing to soften from: exit status 2, and nothing written."""
    file(tmp_path, Path(decided).name, SCENARIO + PHASE_IN)
    target = tmp_path / "ut.csv"
    table = library.FOLDER / "huddinge_2018-19.csv"
    done = run("allocate", table, "--scenario", decided, "--output", target)
    assert (done.exit_code, done.stdout, target.exists()) == (2, "", False)
    assert decided in done.stderr


@pytest.mark.parametrize(
    ("arguments", "head"),
    [
        (["--lang", "en", "check", "{table}"], 'row 2, column "elever": the number of pupils is -3, allowed is'),
        (["check", "{table}", "--lang", "en"], 'row 2, column "elever": the number of pupils is -3, allowed is'),
        (["--lang", "en", "check", "{table}", "--lang", "sv"], 'rad 2, kolumn "elever": '),
        (["check", "{table}"], 'rad 2, kolumn "elever": '),
        (["--lang", "sv", "check", "{table}"], 'rad 2, kolumn "elever": '),
    ],
)
def test_the_language_may_stand_before_or_after_the_command(tmp_path, arguments, head):
    """Swedish where nothing is said; the later one counts."""
    table = file(tmp_path, "tabell.csv", "skolenhetskod;skola;elever;A: x\n1;a;-3;0,5\n")
    done = run(*(argument.format(table=table) for argument in arguments))
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{table}: {head}")


def test_every_fault_stands_on_a_line_of_its_own(tmp_path, decided):
    """In allocate as in check, and nothing is written."""
    table = file(tmp_path, "tabell.csv", "skolenhetskod;skola;elever;A: x\n1;a;-3;0,5\n1;b;10;abc\n3;c;10;\n")
    target = tmp_path / "ut.csv"
    done = run("allocate", table, "--scenario", decided, "--output", target, "--lang", "en")
    assert (done.exit_code, done.stdout, target.exists()) == (2, "", False)
    assert [line.removeprefix(f"{table}: ").split(":")[0] for line in done.stderr.splitlines()] == [
        'row 2, column "elever"',
        'row 3, column "A',
        'row 3, column "skolenhetskod"',
    ]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("degree = 1.5", "degree = -1", "redistribution.degree = -1"),
        ("total = 25_018_508", "total = 25_018_508\nkronor = 1", "pot.kronor"),
        ('"Bakgrund"', '"Ursprung"', "Ursprung"),
        ("degree = 1.5", "degree = 1.5\ncap = 5", "redistribution.cap"),
        ("schema = 1", "schema = ", ""),
    ],
)
def test_a_scenario_at_fault_is_told_by_its_key(decided, tmp_path, old, new, key):
    """Whether it breaks a rule of its own or does not fit the table."""
    file(tmp_path, Path(decided).name, SCENARIO.replace(old, new))
    done = run("allocate", HUDDINGE, "--scenario", decided)
    assert (done.exit_code, done.stdout) == (2, "")
    assert all(line.startswith(f"{decided}: ") for line in done.stderr.splitlines())
    assert key in done.stderr


@pytest.mark.parametrize("what", ["composition", "scenario", "previous", "folder", "encoding", "output"])
def test_a_file_that_cannot_be_read_or_written_is_a_fault(decided, tmp_path, what):
    """With its name, and exit status 2."""
    nowhere = str(tmp_path / "finns" / "inte")
    latin = tmp_path / "latin.toml"
    latin.write_bytes(SCENARIO.encode("cp1252"))
    arguments = {
        "composition": (nowhere, "--scenario", decided),
        "scenario": (HUDDINGE, "--scenario", nowhere),
        "previous": (HUDDINGE, "--scenario", decided, "--previous", nowhere),
        "folder": (tmp_path, "--scenario", decided),
        "encoding": (HUDDINGE, "--scenario", latin),
        "output": (HUDDINGE, "--scenario", decided, "--output", nowhere),
    }[what]
    done = run("allocate", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert {"folder": str(tmp_path), "encoding": str(latin)}.get(what, nowhere) in done.stderr


def test_check_says_what_was_understood():
    """Encoding, separator, decimal sign, unit, schools, pupils and factors with their categories."""
    done = run("check", library.FOLDER / "huddinge_2023-24.csv", "--lang", "en")
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "Encoding: UTF-8",
        "Separator: semicolon",
        "Decimal sign: comma",
        "Unit of the shares: per cent",
        "Schools: 37",
        "Pupils: 13,526",
        "Pupils that the money follows: 14,930",
        "Factor Kön: Flickor, Pojkar",
        "Factor Föräldrarnas utbildning: Eftergymnasial, Ej eftergymnasial",
        "Factor Bakgrund: Utländsk, Svensk",
    ]
    assert "rows with suppressed shares in Bakgrund: 1" in done.stderr


def test_check_says_what_else_is_in_the_table(tmp_path):
    """Ready values, the municipality's own row and today's money."""
    text = "skolenhetskod,skola,elever,index,tidigare_kr_per_elev\n1,a,10,1.5,7\n2,b,10,0.5,\n,Kommunen,,1,\n"
    done = run("check", file(tmp_path, "tabell.csv", text), "--lang", "en")
    assert done.stdout.splitlines() == [
        "Encoding: UTF-8",
        "Separator: comma",
        "Decimal sign: point",
        "Unit of the shares: shares, 0 to 1",
        "Schools: 2",
        "Pupils: 20",
        "Ready values: index",
        "The municipality's own row is there",
        "Schools with today's money: 1",
    ]


def test_check_sends_the_national_export_to_convert(export):
    """It is no composition yet."""
    done = run("check", export, "--lang", "en")
    assert done.exit_code == 2
    assert (
        done.stderr == f"{export}: this is Skolverket's export, bring it into the program's own layout with convert\n"
    )


@pytest.mark.parametrize("name", ["Öckerö", "1407"])
def test_convert_writes_a_municipality_that_check_and_allocate_read(export, tmp_path, name):
    """By name or by code; what is left out is said on standard error."""
    target = tmp_path / "öckerö.csv"
    done = run("convert", export, "--municipality", name, "--output", target, "--lang", "en")
    assert done.exit_code == 0
    assert done.stderr == (
        f"{export}: units without a number of pupils in grades 1-9 are left out: 1, with 3 pupils in F-klass, "
        "the others are there\n"
    )
    assert target.read_bytes().startswith(b"\xef\xbb\xbfskolenhetskod;")
    assert run("convert", export, "--municipality", name).stdout == target.read_text(encoding="utf-8-sig")
    assert "Schools: 1\n" in run("check", target, "--lang", "en").stdout


def test_convert_writes_the_whole_country_where_no_municipality_is_named(export):
    """Two units with pupils in grades 1-9."""
    assert [row["skolenhetskod"] for row in rows(run("convert", export).stdout)] == ["00000001", "00000003"]


def test_convert_tells_faults_and_unknown_municipalities(export, tmp_path):
    """Exit status 2, and nothing written."""
    target = tmp_path / "ut.csv"
    done = run("convert", export, "--municipality", "Öckrö", "--output", target, "--lang", "en")
    assert (done.exit_code, target.exists()) == (2, False)
    assert done.stderr == f"{export}: the export has no municipality “Öckrö”, near it are Öckerö\n"
    done = run("convert", file(tmp_path, "fel.csv", EXPORT.replace("1 120", "många")), "--output", target)
    assert (done.exit_code, target.exists()) == (2, False)
    assert 'rad 7, kolumn "Elever, årskurs 1-9"' in done.stderr


REGISTER = "enhet,namn,Kön,hem\n" + "".join(
    f"{code},Åskolan {code},{sex},{home}\n"
    for code, sex, home, count in [("007", "Flicka", "0126", 12), ("007", "Pojke", "0180", 11), ("12", "", "0126", 9)]
    for _ in range(count)
)


@pytest.mark.parametrize("engine", ["auto", "polars", "duckdb", "pandas", "pyspark"])
def test_aggregate_writes_a_table_that_check_reads(tmp_path, engine):
    """One row a school, whatever counts; few pupils are told on standard error."""
    pupils, target = file(tmp_path, "elever.csv", REGISTER), tmp_path / "skolor.csv"
    asked = [pupils, "--school", "enhet", "--factors", "Kön", "--name", "namn", "--engine", engine, "--lang", "en"]
    done = run("aggregate", *asked, "--output", target)
    assert (done.exit_code, done.stdout) == (0, "")
    few = "cells with fewer than 10 pupils: 4, they are written as they are; --suppress hides them"
    assert done.stderr == f"{pupils}: {few}\n"
    assert target.read_text(encoding="utf-8-sig") == (
        "skolenhetskod;skola;elever;Kön: Flicka;Kön: Pojke;Kön: Uppgift saknas\n"
        "007;Åskolan 007;23;12;11;0\n12;Åskolan 12;9;0;0;9\n"
    )
    assert run("aggregate", *asked).stdout == target.read_text(encoding="utf-8-sig")
    assert "Schools: 2\nPupils: 32\n" in run("check", target, "--lang", "en").stdout


def test_aggregate_hides_few_pupils_and_counts_the_municipalitys_own_when_asked(tmp_path):
    """Both numbers of pupils, or its own alone; and two dots for fewer than ten."""
    pupils = file(tmp_path, "elever.csv", REGISTER)
    asked = [pupils, "--school", "enhet", "--factors", "Kön", "--home", "hem", "--municipality", "0126"]
    table = rows(run("aggregate", *asked).stdout)
    assert [(row["elever_underlag"], row["elever_betalning"], row["Kön: Pojke"]) for row in table] == [
        ("23", "12", "11"),
        ("9", "9", "0"),
    ]
    table = rows(run("aggregate", *asked, "--base", "own").stdout)
    assert [(row["elever"], row["Kön: Flicka"]) for row in table] == [("12", "12"), ("9", "0")]
    done = run("aggregate", *asked, "--suppress", "--lang", "en")
    assert [row["Kön: Uppgift saknas"] for row in rows(done.stdout)] == ["..", ".."]
    assert "they are written as ..; 1 more that would tell them are empty" in done.stderr


def test_aggregate_tells_every_fault_with_the_files_name(tmp_path):
    """Exit status 2 and nothing written: columns that are not there, no file, a folder where none is read."""
    pupils, target = file(tmp_path, "elever.csv", REGISTER), tmp_path / "ut.csv"
    done = run("aggregate", pupils, "--school", "skola", "--factors", "Kön,Språk", "--output", target, "--lang", "en")
    assert (done.exit_code, done.stdout, target.exists()) == (2, "", False)
    assert done.stderr.splitlines() == [
        f'{pupils}: column "{column}": the column is missing, there are enhet, namn, Kön, hem'
        for column in ("skola", "Språk")
    ]
    done = run("aggregate", tmp_path / "nej.csv", "--school", "enhet", "--factors", "Kön")
    assert (done.exit_code, "nej.csv" in done.stderr) == (2, True)
    done = run("aggregate", tmp_path, "--school", "enhet", "--factors", "Kön", "--lang", "en")
    assert (done.exit_code, "the file cannot be read" in done.stderr) == (2, True)


def test_aggregate_treats_small_units_as_chosen(tmp_path):
    """Kept, with the municipality's mean or left out, and what was done is told."""
    asked = [file(tmp_path, "elever.csv", REGISTER), "--school", "enhet", "--factors", "Kön", "--lang", "en"]
    assert len(rows(run("aggregate", *asked).stdout)) == 2
    averaged = run("aggregate", *asked, "--small", "average")
    assert averaged.stdout.splitlines()[2] == "12;12;9;;;"
    assert "schools with fewer than 10 pupils: 12, they take the municipality's mean" in averaged.stderr
    assert len(rows(run("aggregate", *asked, "--small", "leave-out").stdout)) == 1
    assert len(rows(run("aggregate", *asked, "--small", "leave-out", "--below", "9").stdout)) == 2
    every = run("aggregate", *asked, "--small", "leave-out", "--below", "24")
    assert (every.exit_code, every.stdout) == (2, "")


YEARS = "enhet,år,Kön\n" + "".join(
    f"{code},{year},{sex}\n"
    for year, code, sex, count in [
        ("2022/23", "1", "Flicka", 12),
        ("2022/23", "1", "Pojke", 11),
        ("2023/24", "1", "Flicka", 10),
        ("2023/24", "2", "Pojke", 14),
    ]
    for _ in range(count)
)


def test_aggregate_writes_a_table_for_each_year(tmp_path):
    """Named by the year before the ending; one of them alone goes where it is told."""
    asked = [file(tmp_path, "elever.csv", YEARS), "--school", "enhet", "--factors", "Kön", "--year", "år"]
    assert run("aggregate", *asked, "--output", tmp_path / "skolor.csv").exit_code == 0
    written = {path.name: path.read_text(encoding="utf-8-sig") for path in tmp_path.glob("skolor*")}
    assert written == {
        "skolor-2022-23.csv": "skolenhetskod;skola;elever;Kön: Flicka;Kön: Pojke\n1;1;23;12;11\n",
        "skolor-2023-24.csv": "skolenhetskod;skola;elever;Kön: Flicka;Kön: Pojke\n1;1;10;10;0\n2;2;14;0;14\n",
    }
    assert run("aggregate", *asked, "--only", "2023/24").stdout == written["skolor-2023-24.csv"]
    told = run("aggregate", *asked, "--lang", "en")
    assert (told.exit_code, told.stdout) == (2, "")
    assert "there are several years, and a table for each, name a file with --output" in told.stderr
    told = run("aggregate", *asked, "--only", "2021/22", "--lang", "en")
    assert "there are no pupils of the year “2021/22”, there are 2022/23, 2023/24" in told.stderr


def test_years_that_would_have_the_same_file_are_a_fault(tmp_path):
    """So that no year is written over another."""
    pupils = file(tmp_path, "elever.csv", YEARS + "1,2022-23,Pojke\n")
    target = tmp_path / "ut.csv"
    asked = [pupils, "--school", "enhet", "--factors", "Kön", "--year", "år", "--output", target, "--lang", "en"]
    done = run("aggregate", *asked)
    assert (done.exit_code, list(tmp_path.glob("ut*"))) == (2, [])
    assert "two years are the same but for their signs" in done.stderr


def test_a_factor_with_a_comma_in_its_heading_stands_in_quotes(tmp_path):
    """As in CSV."""
    pupils = file(tmp_path, "elever.csv", 'enhet;"Kön, juridiskt";F\n1;a;b\n')
    done = run("aggregate", pupils, "--school", "enhet", "--factors", 'F, "Kön, juridiskt"')
    assert done.stdout.startswith("skolenhetskod;skola;elever;F: b;F: Övriga;Kön, juridiskt: a;")


def test_the_municipalitys_own_row_is_compared_with_the_schools(tmp_path):
    """More than half a per cent apart is warned about: method §2."""
    text = "skolenhetskod;skola;elever;A: x;A: y\n1;a;100;20;80\n2;b;100;40;60\n;Kommunen;;{};{}\n"
    decided = file(
        tmp_path,
        "s.toml",
        SCENARIO.partition("[need.weights")[0] + "[need.weights.A]\nx = 2\ny = 1\n[pot" + SCENARIO.partition("[pot")[2],
    )
    near = run("allocate", file(tmp_path, "t.csv", text.format("30,5", "69,5")), "--scenario", decided, "--lang", "en")
    far = run("allocate", file(tmp_path, "t.csv", text.format(31, 69)), "--scenario", decided, "--lang", "en")
    assert near.stderr == ""
    assert "the municipality's own row gives 1.31 points per pupil, the schools together 1.3" in far.stderr


def test_the_program_runs_as_a_module_and_answers_in_bytes(tmp_path, decided):
    """Swedish letters whatever the terminal is set to, and the exit status of the shell."""
    quiet = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    command = [sys.executable, "-m", "socio", "allocate", HUDDINGE, "--scenario", decided]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, env=quiet, check=True)
    assert "Vårbackaskolan" in done.stdout.decode("utf-8")
    command = [sys.executable, "-m", "socio", "check", str(tmp_path / "nej.csv")]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, env=quiet, check=False).returncode == 2


def test_help_is_quick():
    """It loads neither arrays nor data frames nor the screen."""
    code = (
        "import sys; sys.argv = ['socio', '--help']; import runpy\n"
        "try: runpy.run_module('socio', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "print(sorted({'numpy', 'pandas', 'polars', 'narwhals', 'streamlit', 'babel'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")
