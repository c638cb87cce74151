"""The app in a real browser: its own server, one Chromium, and a fresh profile for each test."""

from __future__ import annotations

import csv
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from fractions import Fraction
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error, expect, sync_playwright

from tests import oracle

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE = 20_000
"""Milliseconds that the page may take to show something on a busy machine."""
SCREEN = {"width": 1440, "height": 900}

expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items):
    """Mark what drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def chromium():
    names = os.environ.get("SOCIO_BROWSER", "").split() or BROWSERS
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail(
            f"No browser: none of {', '.join(names)} is on the PATH. `make browser` installs Chromium on Debian and "
            "Ubuntu; elsewhere install Chromium or Chrome, or name one in SOCIO_BROWSER."
        )
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        except Error as error:
            pytest.fail(f"{found} does not start: {error.message.splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    """Start the real server with an empty store, as a user does, and stop it at the end."""
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.address", "127.0.0.1"]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            [*command, "--server.port", str(port)],
            cwd=ROOT,
            env={**os.environ, "SOCIO_STORE": str(folder / "socio.sqlite")},
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as server,
    ):
        try:
            while not _answers(place):
                assert server.poll() is None, (folder / "log").read_text()
                time.sleep(0.1)
            yield place
        finally:
            server.terminate()
    said = (folder / "log").read_text()
    assert "Traceback" not in said, said


def _answers(place):
    try:
        with urllib.request.urlopen(f"{place}/_stcore/health", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


@pytest.fixture
def browse(chromium, address):
    """Open addresses, each in a profile of its own; no page may complain, or ask another host for anything."""
    contexts, complaints, hosts = [], [], set()

    def opened(query="", *, asked_twice=False, **options):
        """Open an address; below the root Streamlit asks for its server in two places, and one is not there."""
        context = chromium.new_context(viewport=options.pop("viewport", SCREEN), **options)
        contexts.append(context)
        context.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if _complains(said, asked_twice) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return Screen(page, query if query.startswith("http") else f"{address}/{query}")

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
    assert {host for host in hosts if host} == {"127.0.0.1"}


@pytest.fixture
def screen(browse):
    """The main screen as it opens."""
    return browse()


def _complains(said, asked_twice):
    return said.type == "error" and not (asked_twice and "/_stcore/" in said.location["url"])


class Screen:
    """The main screen, its widgets found by key, its figures read off the page."""

    def __init__(self, page, address):
        self.page = page
        page.goto(address)
        expect(self.headline).to_be_visible(timeout=3 * PATIENCE)
        if page.locator("#bars").count():
            expect(page.locator(".socio-foot")).to_be_visible(timeout=3 * PATIENCE)
        self.settle()

    def settle(self):
        """Wait until the server has nothing more to say."""
        expect(self.page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")

    def part(self, key):
        """Return what a widget or container is drawn in."""
        return self.page.locator(f".st-key-{re.sub(r'[^a-zA-Z0-9_-]', '-', key.strip())}")

    @property
    def headline(self):
        return self.page.locator(".socio-head h1")

    @property
    def notices(self):
        return self.page.locator(".socio-notices")

    def figure(self, label):
        box = self.page.locator(".socio-figures > div").filter(has=self.page.get_by_text(label, exact=True))
        return box.locator("dd")

    def shows(self, figures):
        """Wait for the figures under the headline, each of which is read off the page."""
        for label, text in figures.items():
            expect(self.figure(label)).to_have_text(text)
        return self

    @property
    def figures(self):
        """The boxes under the headline as they stand now, each one's text."""
        return self.page.locator(".socio-figures > div").all_text_contents()

    def field(self, name):
        return self.page.locator(f'[id="{name}.field"]')

    def write(self, name, text):
        self.field(name).fill(text)
        self.field(name).press("Enter")
        return self

    def slider(self, name):
        return self.page.locator(f'[id="{name}.slider"]')

    def done(self, act, name=""):
        """Return the control of the live part that does something to something."""
        return self.page.locator(f'[data-act="{act}"][data-name="{name}"]')

    def press(self, key):
        what, _dash, name = key.partition("-")
        native = what not in {"preset", "undo", "reset"}
        (self.part(key).get_by_role("button") if native else self.done(what, name)).click()
        return self

    def unfold(self, key):
        """Open what is folded."""
        inside = self.part(key) if key == "files" else self.page.locator(f"#{key}")
        inside.locator("summary").click()
        return inside

    def choose(self, key, option):
        """Choose the one option with these words in it."""
        if key == "baseline":
            names = self.page.locator("#baseline option").all_text_contents()
            self.page.locator("#baseline").select_option(next(name for name in names if option in name))
            return self
        self.part(key).get_by_role("combobox").click()
        self.part(key).get_by_role("combobox").fill(option)
        self.page.get_by_role("option").filter(has_text=option).click()
        return self

    @property
    def baseline(self):
        """What the result is compared with."""
        return self.page.locator("#baseline option:checked")

    def switch(self, key):
        what, _dot, name = key.partition(".")
        (self.part(key).locator("label").first if what == "table" else self.done(what, name)).click()
        return self

    def upload(self, *files):
        """Give files by their paths, or as name and bytes."""
        chooser = self.page.locator("input[type=file]")
        if not chooser.count():
            self.unfold("files")
        kind = "application/octet-stream"
        chooser.set_input_files(
            [
                file if isinstance(file, (str, Path)) else {"name": file[0], "mimeType": kind, "buffer": file[1]}
                for file in files
            ]
        )
        return self

    def take_out(self, file):
        """Download a file; return its name and its bytes."""
        with self.page.expect_download(timeout=3 * PATIENCE) as taken:
            self.page.locator(f'.socio-files a[href^="hamta/{file}?"]').click()
        return taken.value.suggested_filename, Path(taken.value.path()).read_bytes()

    @property
    def rows(self):
        """The rows of the table that are drawn."""
        grid = self.page.locator(".socio-grid table")
        expect(grid.locator("tbody tr[data-code]").first).to_be_attached()
        cells = grid.locator("tbody tr[data-code]").evaluate_all(
            "rows => rows.map(row => [...row.cells].map(cell => cell.innerText))"
        )
        heads = grid.locator("thead th button").evaluate_all("heads => heads.map(head => head.innerText)")
        return [dict(zip(heads, row, strict=True)) for row in cells]

    @property
    def chosen(self):
        """The school that is chosen."""
        return self.part("school").get_by_role("combobox")


# What the figures must be, worked out without the program


def schools(file="huddinge_2019_vt.csv", *, everyone=False):
    """Read a table of the repo plainly, in exact fractions; those with an amount today unless all are asked for."""
    with (ROOT / "data" / file).open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter=";"))
    columns = [name for name in rows[0] if ": " in name]
    found = [
        {
            "name": row["skola"],
            "code": row["skolenhetskod"],
            "c": int(row["elever_underlag"]),
            "n": int(row["elever_betalning"]),
            "shares": [_share(row, columns, column) for column in columns],
            "old": None,
            "today": int(row["tidigare_belopp"]) if row.get("tidigare_belopp", "").isdigit() else None,
        }
        for row in rows
    ]
    for at in range(len(columns)):  # what is missing becomes the mean of the others
        known = [school for school in found if school["shares"][at] is not None]
        mean = sum(school["c"] * school["shares"][at] for school in known) / sum(school["c"] for school in known)
        for school in found:
            school["shares"][at] = mean if school["shares"][at] is None else school["shares"][at]
    paid = [school for school in found if school["today"] is not None]
    return columns, found if everyone or not paid else paid


def _share(row, columns, column):
    """Read a share in per cent; of two categories a known one gives the other, and `..` is fewer than ten pupils."""
    few = Fraction(min(9, int(row["elever_underlag"])), 2 * int(row["elever_underlag"]))
    (other,) = (name for name in columns if name != column and name.split(": ")[0] == column.split(": ")[0])
    for cell, seen in ((row[column], lambda share: share), (row[other], lambda share: 1 - share)):
        if cell in {"..", "~100"}:
            return seen(few if cell == ".." else 1 - few)
        if cell not in {"", "."}:
            return seen(Fraction(cell.replace(",", ".")) / 100)
    return None


def rules(columns, file="huddinge_2019_vt.toml", **changed):
    """Read a setting of the repo as the exact chain takes it, with what a reader has changed."""
    given = tomllib.loads((ROOT / "data" / file).read_text(encoding="utf-8"), parse_float=Fraction)
    weights = {f"{factor}: {name}": Fraction(weight) for factor, names in given["need"]["weights"].items()
               for name, weight in names.items()}  # fmt: skip
    weights |= changed.pop("weights", {})
    redistribution = {"minimum": 0, "cap": None, "progression": 1} | given["redistribution"]
    if changed.keys() & {"degree", "deduction", "threshold"}:
        redistribution.pop("degree")
    redistribution |= changed
    return {
        "weights": [weights.get(column, Fraction(0)) for column in columns],
        "row": None,
        "smallest": 0,
        "pot": redistribution.pop("pot", given["pot"].get("total")),
        "degree": None,
        "deduction": None,
        "threshold": None,
        "brackets": None,
        "phase_in": None,
        **{name: value if value is None else Fraction(value) for name, value in redistribution.items()},
    }


def worked_out(found, given, before=None):
    """Work out what the page must show, in exact fractions: figures by label, and each school's whole kronor."""
    out = oracle.allocate(found, given)
    pupils = sum(school["n"] for school in found)
    before = before or [school["today"] for school in found]
    change = [amount - was for amount, was in zip(out["amount"], before, strict=True)]
    zero = [school["n"] for school, rate in zip(found, out["rate"], strict=True) if rate == 0]
    shown = {
        "Genomsnitt per elev": kr(Fraction(given["pot"], pupils)),
        "Högst": kr(max(out["rate"])),
        "Lägst": kr(min(out["rate"])),
    }
    if zero:
        shown["Lägst"] += f"{len(zero)} skol{'a' if len(zero) == 1 else 'or'} med {kr(sum(zero))[:-3]} elever får 0 kr"
    for label, sign in (("Får mer", 1), ("Får mindre", -1)):
        moved = [(step, school["n"]) for step, school in zip(change, found, strict=True) if step * sign > 1]
        sums = sum(step for step, _ in moved), sum(count for _, count in moved)
        schools_moved = f"{len(moved)} skol{'a' if len(moved) == 1 else 'or'}"
        shown[label] = f"{schools_moved}{kr(sums[1])[:-3]} elever, {'+' if sums[0] > 0 else ''}{kr(sums[0])}"
    return shown, dict(zip([school["name"] for school in found], out["amount"], strict=True))


def huddinge(**changed):
    """Work out Huddinge's figures at a changed start."""
    columns, found = schools()
    return worked_out(found, rules(columns, **changed))


def kr(value):
    """Write kronor half up, as a Swede does."""
    return f"{oracle.half_up(Fraction(value)):,} kr".replace(",", " ").replace("-", "−")
