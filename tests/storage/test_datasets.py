"""What is kept stays kept, whole or not at all."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from socio.storage import datasets, engine
from socio.storage.datasets import About, Municipality

ROOT = Path(__file__).parents[2]
MUNICIPALITIES = 291
"""All of Sweden's, and the country."""

KEEPER = """
    import sys
    from socio.storage import datasets

    def export(version):
        return [
            datasets.Municipality(name=f"Kommun {i}", code=f"{i:04}", text=f"{version};{i};" + "x" * 5000)
            for i in range(291)
        ]

    year, times = sys.argv[1], int(sys.argv[2])
    print("started", flush=True)
    for version in range(times):
        datasets.keep_national(export(version), year=year, file=f"version {version}", fingerprint="0" * 64)
        print("kept", version, flush=True)
"""


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    file = tmp_path / "kept" / "socio.sqlite"
    monkeypatch.setenv("SOCIO_STORE", str(file))
    opened = []

    def kept_in_mind(*args, **options):
        opened.append(create_engine(*args, **options))
        return opened[-1]

    monkeypatch.setattr(engine, "create_engine", kept_in_mind)
    yield file
    for one in opened:
        one.dispose()
    engine._engine.cache_clear()


def export(version="1", municipalities=("Botkyrka", "Huddinge")):
    return [
        Municipality(name=name, code=f"{127 - i:04}", text=f"skolenhetskod;skola\n1;Å-skolan {name} {version}\n")
        for i, name in enumerate(municipalities)
    ]


def keeper(year, times):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KEEPER), year, str(times)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


BEFORE = """
    CREATE TABLE datasets (
        "key" VARCHAR NOT NULL, kind VARCHAR NOT NULL CHECK (kind IN ('national', 'own')),
        municipality VARCHAR NOT NULL,
        code VARCHAR NOT NULL, year VARCHAR NOT NULL, file VARCHAR NOT NULL, fingerprint VARCHAR(64) NOT NULL,
        kept_at DATETIME NOT NULL, content BLOB NOT NULL, PRIMARY KEY ("key")
    );
    CREATE INDEX ix_datasets_year ON datasets (year);
    CREATE TABLE revisions (number INTEGER NOT NULL);
    INSERT INTO revisions VALUES (7);
"""
"""The store as the first version laid it out."""

KILLED_HALFWAY = """
    import os, signal
    from socio.storage import datasets, engine

    def added(column):
        if column.name == "about":
            os.kill(os.getpid(), signal.SIGKILL)
        return made(column)

    made, engine.CreateColumn = engine.CreateColumn, added
    datasets.kept()
"""


@pytest.fixture
def older(store):
    """Lay out a store as the first version did, with an own file and a municipality in it."""
    store.parent.mkdir()
    connection = sqlite3.connect(store)
    connection.executescript(BEFORE)
    mark = datasets.fingerprint(b"skola;elever\n")
    for key, kind, code, year in ((f"own-{mark[:16]}", "own", "", ""), ("0126-2018-19", "national", "0126", "2018/19")):
        row = (key, kind, "Huddinge", code, year, "min.csv", mark, "2024-10-15 12:00:00.000000")
        connection.execute(
            "INSERT INTO datasets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, zlib.compress(b"skola;elever\n"))
        )
    connection.commit()
    connection.close()
    return store


def layout(store):
    """Each table's columns, as they stand in the file."""
    connection = sqlite3.connect(store)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})")] for table in tables}
    connection.close()
    return found


def test_a_new_store_is_empty_and_its_folder_is_made(store):
    """The first look at a store that is not there yet makes it, empty."""
    assert datasets.kept() == ()
    assert store.is_file()


def test_a_national_export_comes_back_as_it_was_kept():
    """Each municipality's text, name, läsår and origin come back unchanged."""
    before = datetime.now(UTC)
    put = datasets.keep_national(export(), year="2018/19", file="Antal elever 2018.csv", fingerprint="ab" * 32)
    assert [one.key for one in put] == ["0127-2018-19", "0126-2018-19"]
    assert datasets.read("0126-2018-19").decode() == "skolenhetskod;skola\n1;Å-skolan Huddinge 1\n"
    huddinge, botkyrka = datasets.kept()
    assert (huddinge, botkyrka) == (put[1], put[0])
    assert (huddinge.municipality, huddinge.code, huddinge.year) == ("Huddinge", "0126", "2018/19")
    assert (huddinge.kind, huddinge.file, huddinge.fingerprint) == ("national", "Antal elever 2018.csv", "ab" * 32)
    assert before <= huddinge.kept_at <= datetime.now(UTC)


def test_the_same_lasar_replaces_what_was_kept_and_leaves_the_others():
    """Bringing a läsår in again leaves nothing of its first coming, not even a municipality that is gone."""
    datasets.keep_national(export("1"), year="2018/19", file="first", fingerprint="0" * 64)
    datasets.keep_national(export("1"), year="2019/20", file="first", fingerprint="0" * 64)
    datasets.keep_national(export("2", ["Huddinge"]), year="2018/19", file="second", fingerprint="0" * 64)
    assert [(one.year, one.file) for one in datasets.kept()] == [
        ("2019/20", "first"),
        ("2019/20", "first"),
        ("2018/19", "second"),
    ]
    assert datasets.read("0127-2018-19").decode().endswith("Huddinge 2\n")


def test_an_own_file_comes_back_byte_for_byte():
    """An own file is kept as it is, once however often it is kept, and the latest stands first."""
    content = bytes(range(256)) * 40
    first = datasets.keep_own(content, file="min fil.xlsx")
    second = datasets.keep_own(b"skola;elever\n", file="annan.csv", municipality="Huddinge", year="2018/19")
    assert datasets.kept() == (second, first)
    again = datasets.keep_own(content, file="nytt namn.xlsx")
    assert datasets.kept() == (again, second)
    assert again.key == first.key
    assert again.fingerprint == datasets.fingerprint(content)
    assert datasets.read(again.key) == content


def test_the_same_file_read_in_another_way_is_another_data_set():
    """Two ways to read the same bytes are kept beside each other, each under a key that is the same tomorrow."""
    content = b"skola;elever\n"
    plain = datasets.keep_own(content, file="min.csv")
    shares = datasets.keep_own(content, file="min.csv", how='{"unit":"share"}')
    counts = datasets.keep_own(content, file="min.csv", how='{"unit":"count"}')
    assert len({plain.key, shares.key, counts.key}) == 3
    assert {plain.fingerprint, shares.fingerprint, counts.fingerprint} == {datasets.fingerprint(content)}
    assert datasets.keep_own(content, file="min.csv", how='{"unit":"share"}').key == shares.key
    assert {one.key: one.how for one in datasets.kept()} == {
        plain.key: "",
        shares.key: '{"unit":"share"}',
        counts.key: '{"unit":"count"}',
    }
    assert all(datasets.read(one.key) == content for one in datasets.kept())


def test_a_data_set_carries_lasar_measurement_date_source_and_pupil_base():
    """What is said of a table comes back as said, and can be said anew without touching its contents (R059)."""
    said = About(measured="2024-10-15", source="SCB, beställning 7", base="åk 1–9", names={"huvudman": "kommunal"})
    first = datasets.keep_own(b"1", file="1.csv", about=said)
    other = datasets.keep_own(b"2", file="2.csv", municipality="Botkyrka")
    assert (first.about, other.about) == (said, About())
    number = datasets.revision()
    again = About(measured="2023-10-15", source="SCB", base="F–9")
    datasets.describe(first.key, municipality="Huddinge", code="0126", year="2023/24", about=again)
    assert datasets.revision() == number + 1
    assert datasets.kept()[0] == other
    described = datasets.kept()[1]
    assert (described.municipality, described.code, described.year) == ("Huddinge", "0126", "2023/24")
    assert (described.key, described.about, described.kept_at) == (first.key, again, first.kept_at)
    assert datasets.read(first.key) == b"1"


def test_what_is_said_of_a_file_stands_when_it_is_brought_in_again():
    """A file that comes again without a word keeps what was said of it, and gets what is said now."""
    said = About(source="SCB")
    key = datasets.keep_own(b"1", file="1.csv", municipality="Huddinge", code="0126", about=said).key
    again = datasets.keep_own(b"1", file="ett.csv", year="2023/24")
    assert datasets.kept() == (again,)
    assert (again.key, again.municipality, again.code, again.year) == (key, "Huddinge", "0126", "2023/24")
    assert (again.file, again.about) == ("ett.csv", said)
    assert datasets.keep_own(b"1", file="1.csv").year == "2023/24"


def test_only_an_own_table_that_is_kept_can_be_described():
    """A national export says itself what it is, and of what is not kept nothing can be said."""
    put = datasets.keep_national(export(), year="2018/19", file="first", fingerprint="0" * 64)
    number = datasets.revision()
    for key in (put[0].key, "own-0123456789abcdef"):
        with pytest.raises(datasets.NotKeptError, match=f"{key} is not kept on this computer"):
            datasets.describe(key, municipality="X", code="1", year="2018/19", about=About(base="F–9"))
    assert all(one in put for one in datasets.kept())
    assert datasets.revision() == number


def test_an_older_store_is_brought_up_by_itself_and_loses_nothing(older, monkeypatch):
    """A store of the first version opens with all that was in it, and has room for what came since."""
    own, national = datasets.kept()
    assert (own.file, own.kept_at, own.how, own.about) == (
        "min.csv",
        datetime(2024, 10, 15, 12, tzinfo=UTC),
        "",
        About(),
    )
    assert (national.key, national.municipality, national.year) == ("0126-2018-19", "Huddinge", "2018/19")
    assert datasets.revision() == 7
    assert datasets.read(own.key) == datasets.read(national.key) == b"skola;elever\n"
    assert datasets.keep_own(b"skola;elever\n", file="min.csv").key == own.key
    datasets.describe(own.key, municipality="Huddinge", code="0126", year="2023/24", about=About(base="F–9"))
    assert datasets.kept()[0].about == About(base="F–9")
    new = older.with_name("new.sqlite")
    monkeypatch.setenv("SOCIO_STORE", str(new))
    datasets.kept()
    assert {table: set(columns) for table, columns in layout(older).items()} == {
        table: set(columns) for table, columns in layout(new).items()
    }


def test_kill_9_while_an_older_store_is_brought_up_leaves_it_as_it_was(older):
    """A program that is killed between two new columns has added neither, and the next one adds both."""
    was = layout(older)
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(KILLED_HALFWAY)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert layout(older) == was
    assert [one.how for one in datasets.kept()] == ["", ""]
    assert layout(older) != was


def test_two_programs_that_open_an_older_store_at_once_both_keep_all(older):
    """Two programs may bring the same older store up at once, and what was in it stands."""
    with keeper("2018/19", 1) as one, keeper("2019/20", 1) as other:
        assert [process.stdout.readlines()[-1] for process in (one, other)] == ["kept 0\n", "kept 0\n"]
    found = datasets.kept()
    assert len(found) == 2 * MUNICIPALITIES + 1
    assert datasets.read(found[0].key) == b"skola;elever\n"
    assert layout(older)["datasets"].count("how") == 1


def test_what_is_forgotten_is_gone():
    """A forgotten data set is neither listed nor read, and forgetting it twice is no fault."""
    first = datasets.keep_own(b"1", file="1.csv")
    second = datasets.keep_own(b"2", file="2.csv")
    datasets.forget(first.key)
    datasets.forget(first.key)
    assert datasets.kept() == (second,)
    with pytest.raises(datasets.NotKeptError, match=f"{first.key} is not kept on this computer"):
        datasets.read(first.key)


def test_the_revision_changes_with_what_is_kept_and_only_then():
    """Each keeping and forgetting gives a new revision, also to another program; a look does not."""
    numbers = [datasets.revision()]
    one = datasets.keep_own(b"1", file="1.csv")
    numbers.append(datasets.revision())
    datasets.keep_national(export(), year="2018/19", file="first", fingerprint="0" * 64)
    numbers.append(datasets.revision())
    with keeper("2019/20", 1) as other:
        assert other.stdout.readlines()[-1] == "kept 0\n"
    numbers.append(datasets.revision())
    datasets.forget(one.key)
    numbers.append(datasets.revision())
    assert len(set(numbers)) == 5
    assert datasets.kept() is datasets.kept()
    assert datasets.read("0126-2018-19")
    assert datasets.revision() == numbers[-1]


def test_kill_9_while_saving_leaves_the_whole_export_or_the_one_before():
    """Whenever the program is killed, all 291 tables are of one and the same version."""
    last = -1
    for pause in (0.0, 0.01, 0.03, 0.07, 0.13, 0.2):
        with keeper("2018/19", 10_000) as process:
            assert process.stdout.readline() == "started\n"
            acknowledged = [process.stdout.readline()] if pause else []
            time.sleep(pause)
            process.send_signal(signal.SIGKILL)
            acknowledged += process.stdout.readlines()
        found = datasets.kept()
        versions = {one.file for one in found} | {
            f"version {datasets.read(one.key).decode().split(';')[0]}" for one in found
        }
        assert (len(found), len(versions)) in {(0, 0), (MUNICIPALITIES, 1)}
        if acknowledged:
            last = int(acknowledged[-1].split()[1])
            assert versions.pop() in {f"version {last}", f"version {last + 1}"}
    assert last >= 0
    with sqlite3.connect(os.environ["SOCIO_STORE"]) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_two_programs_that_save_at_once_both_keep_all():
    """Two programs may open a new store at once and save, and a third sees each läsår whole at every moment."""
    with keeper("2018/19", 8) as one, keeper("2019/20", 8) as other:
        while one.poll() is None or other.poll() is None:
            found = [kept.year for kept in datasets.kept()]
            assert {found.count(year) for year in ("2018/19", "2019/20")} <= {0, MUNICIPALITIES}
        assert [process.stdout.readlines()[-1] for process in (one, other)] == ["kept 7\n", "kept 7\n"]
    assert len(datasets.kept()) == 2 * MUNICIPALITIES


def test_a_full_disk_is_told_and_changes_nothing(store):
    """Where there is no room the user reads so, and what was kept is still whole."""
    datasets.keep_national(export("1"), year="2018/19", file="first", fingerprint="0" * 64)
    with engine.reading() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 12")  # SQLite's own way to have a full disk
    with pytest.raises(engine.StoreError) as told:
        datasets.keep_own(os.urandom(200_000), file="stor.xlsx")
    (fault,) = told.value.faults
    assert str(fault.wrong) == f"there is no room left on the disk for {store}"
    assert [one.file for one in datasets.kept()] == ["first", "first"]


def test_a_read_only_store_can_be_read_and_says_that_it_cannot_be_written(store, monkeypatch):
    """Without write access what is kept can be used, and keeping more gives a sentence."""
    kept = datasets.keep_own(b"1", file="1.csv")
    monkeypatch.setenv("SOCIO_STORE", f"sqlite:///file:{store}?mode=ro&uri=true")
    assert datasets.kept() == (kept,)
    with pytest.raises(engine.StoreError, match="cannot be opened or written"):
        datasets.keep_own(b"2", file="2.csv")


READ_ONLY_FOLDER = """
    import os, sys, tempfile
    from pathlib import Path
    from socio.errors import SocioError
    from socio.storage import datasets

    datasets.kept()  # everything that a store needs is loaded
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        os.environ["SOCIO_STORE"] = str(Path(folder, *sys.argv[1:]))
        if os.geteuid() == 0:
            os.seteuid(65534)
        try:
            datasets.keep_own(b"1", file="1.csv")
        except SocioError as error:
            print(error)
        finally:
            if os.getuid() == 0:
                os.seteuid(0)
            Path(folder).chmod(0o755)
"""


@pytest.mark.parametrize("parts", [["socio.sqlite"], ["deeper", "socio.sqlite"]])
def test_a_folder_without_write_access_is_told(parts):
    """Where the folder is read-only, the user reads which place it is and what to do."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(READ_ONLY_FOLDER), *parts],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "socio.sqlite cannot be opened or written, give this user write access to it" in done.stdout


def test_something_else_than_a_store_is_told(store):
    """A file that is no store is left alone, and named."""
    store.parent.mkdir()
    store.write_bytes(b"not a database at all" * 100)
    with pytest.raises(engine.StoreError, match="is something else than a store"):
        datasets.kept()
    assert store.read_bytes() == b"not a database at all" * 100


def test_a_place_that_cannot_be_is_told(store, monkeypatch):
    """A folder below a file, and an address without sense, give a sentence."""
    store.parent.write_text("a file, not a folder")
    with pytest.raises(engine.StoreError, match="cannot be opened or written"):
        datasets.kept()
    for address in ("nonsense://x", "://"):
        monkeypatch.setenv("SOCIO_STORE", address)
        with pytest.raises(engine.StoreError, match="does not answer"):
            datasets.kept()


def test_a_store_that_someone_else_is_writing_to_is_told(store, monkeypatch):
    """Who waits in vain for another program is told that, and can try again."""
    monkeypatch.setattr(engine, "PATIENCE", 0.05)
    datasets.kept()
    other = sqlite3.connect(store, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(engine.StoreError, match="another program is writing"):
        datasets.keep_own(b"1", file="1.csv")
    other.rollback()
    other.close()
    assert datasets.keep_own(b"1", file="1.csv") in datasets.kept()


def test_the_store_is_in_the_users_own_data_folder_unless_named(monkeypatch, tmp_path):
    """Without a setting the store lies in the user's data folder; with one, there."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("SOCIO_STORE")
    monkeypatch.setattr(sys, "platform", "linux")
    assert engine.place().database.endswith(str(Path("socio", "socio.sqlite")))
    monkeypatch.setenv("SOCIO_STORE", "~/here.sqlite")
    assert engine.place().database == str(Path.home() / "here.sqlite")
