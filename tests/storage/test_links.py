"""Links between läsår stay as they were made, whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from socio.linking import Link
from socio.storage import datasets, engine, links
from tests.storage.test_datasets import ROOT, store

__all__ = ["store"]  # the fixture is used by every test here

YEARS, OTHERS = ("2016/17", "2017/18"), ("2015/16", "2016/17")
RENAMED, SPLIT, MERGED = Link(("1",), ("2",)), Link(("3",), ("4", "5")), Link(("6", "7"), ("6",))

LINKER = """
    import sys
    from socio.linking import Link
    from socio.storage import links

    for number in range(40):
        links.add("0126", ("a", "b"), Link((f"{sys.argv[1]}{number}",), (f"{sys.argv[1]}{number}x",)))
"""

KILLED = """
    import os, signal
    from socio.linking import Link
    from socio.storage import links

    def killed(connection):
        os.kill(os.getpid(), signal.SIGKILL)

    links.changed = killed
    links.add("0126", ("2016/17", "2017/18"), Link(("8",), ("9",)))
"""


def test_links_come_back_by_municipality_and_years():
    """One to one, one to several and several to one come back as made, where they were made and nowhere else."""
    assert links.kept("0126") == {}
    links.add("0126", YEARS, RENAMED, SPLIT)
    links.add("0126", YEARS, MERGED)
    links.add("0126", OTHERS, MERGED)
    links.add("0180", YEARS, SPLIT)
    assert links.kept("0126") == {YEARS: (RENAMED, SPLIT, MERGED), OTHERS: (MERGED,)}
    assert links.kept("0180") == {YEARS: (SPLIT,)}


def test_a_link_is_kept_once_and_can_be_taken_away():
    """Keeping it again changes nothing, taking it away leaves the others, and taking it away twice is no fault."""
    links.add("0126", YEARS, RENAMED, SPLIT)
    links.add("0126", YEARS, RENAMED)
    assert links.kept("0126")[YEARS] == (RENAMED, SPLIT)
    links.remove("0126", YEARS, RENAMED)
    links.remove("0126", YEARS, RENAMED)
    assert links.kept("0126") == {YEARS: (SPLIT,)}
    links.remove("0126", YEARS, SPLIT)
    assert links.kept("0126") == {}


def test_a_link_changes_the_revision():
    """Another program that looks at the number sees that there is something new, and a look changes nothing."""
    numbers = [datasets.revision()]
    links.add("0126", YEARS, RENAMED)
    numbers.append(datasets.revision())
    links.kept("0126")
    assert datasets.revision() == numbers[-1]
    links.remove("0126", YEARS, RENAMED)
    numbers.append(datasets.revision())
    assert len(set(numbers)) == 3


def test_two_programs_that_link_at_once_lose_none():
    """Each adds to what the other has added."""
    datasets.kept()
    programs = [
        subprocess.Popen([sys.executable, "-c", textwrap.dedent(LINKER), name], cwd=ROOT) for name in ("x", "y")
    ]
    assert [program.wait() for program in programs] == [0, 0]
    assert len(links.kept("0126")[("a", "b")]) == 80


def test_kill_9_while_linking_leaves_the_links_as_they_were():
    """A program that is killed before its transaction ends has taken nothing away and added nothing."""
    links.add("0126", YEARS, RENAMED, SPLIT)
    number = datasets.revision()
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(KILLED)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert links.kept("0126") == {YEARS: (RENAMED, SPLIT)}
    assert datasets.revision() == number


def test_a_full_disk_is_told_and_leaves_the_links(store):
    """Where there is no room the user reads so, and what was linked is still linked."""
    links.add("0126", YEARS, RENAMED)
    with engine.reading() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 12")
    many = [Link((os.urandom(40).hex(),), (os.urandom(40).hex(),)) for _ in range(1_000)]
    with pytest.raises(engine.StoreError, match=f"there is no room left on the disk for {store}"):
        links.add("0126", YEARS, *many)
    assert links.kept("0126") == {YEARS: (RENAMED,)}
