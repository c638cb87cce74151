"""A page as a test sees it: run through app.py, its widgets found by key, its texts read as a reader reads them."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlencode

import pandas as pd
import pytest
import streamlit as st
from sqlalchemy import create_engine
from starlette.requests import Request
from streamlit.testing.v1 import AppTest

from socio.storage import engine
from socio.ui import cache, elements, files, state

ROOT = Path(__file__).parents[2]
PATIENCE = 60
"""Seconds that a run may take on a busy machine."""


class Page:
    """The main screen: what is live by what the reader does in it, the rest by its widgets."""

    def __init__(self, *, at="", **address):
        self.app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE)
        self.app.query_params.update(address)
        self.app.session_state["files"] = True
        self.app.run()
        if at:
            self.app.switch_page(f"pages/{at}.py").run()

    def widget(self, kind, key):
        """Return a widget by its key; there is exactly one."""
        (found,) = (one for one in self.app.get(kind) if one.key == key)
        return found

    def act(self, run):
        """Run what was done; what was repainted at once says the same as the whole page after it."""
        run()
        repainted = self.figures
        self.said = self.notices
        self.app.run()
        assert self.figures == repainted
        return self

    def tell(self, what, name="", value="", gesture=0):
        """Do something in the live part, as the browser tells of it."""
        told = TOLD.setdefault(self.payload["session"], [])
        told.append([len(told) + 1, what, name, value, gesture])
        return self.act(self.app.run)

    def slide(self, name, value):
        return self.tell("turn", name, float(value))

    def write(self, name, text):
        return self.tell("write", name, text)

    def field(self, name):
        return plain(self.inputs[f"{name}.field"]["value"])

    def slider(self, name):
        """Return a slider's value, ends and step."""
        given = self.inputs[f"{name}.slider"]
        return SimpleNamespace(**{key: float(given[key]) for key in ("value", "min", "max", "step")})

    def press(self, key):
        if key.startswith("preset-"):
            return self.tell("preset", key.removeprefix("preset-"))
        if key in {"undo", "reset"}:
            return self.tell(key)
        return self.act(self.widget("button", key).click().run)

    def switch(self, key, value):
        if key == "table.everyone":
            return self.act(self.widget("toggle", key).set_value(value).run)
        what, _dot, name = key.partition(".")
        return self.tell(what, name, value)

    def choose(self, key, value):
        if key in {"pot.view", "degree.view"}:
            return self.tell("hold", {"pot.view": "pot", "degree.view": "redistribution"}[key], value)
        if key in {"baseline", "order", "unit"}:
            return self.tell(key, "", value)
        return self.act(self.widget("selectbox", key).set_value(value).run)

    def upload(self, *files):
        """Give files, each a name and its bytes."""
        (uploader,) = self.app.get("file_uploader")
        given = [(name, content, "application/octet-stream") for name, content in files]
        return self.act(uploader.set_value(given).run)

    def take_out(self, name):
        """Fetch a file of the view that the address names."""
        query = urlencode(self.address, doseq=True)
        asked = {"type": "http", "path_params": {"name": name}, "query_string": query.encode(), "headers": []}
        return files.fetched(Request(asked))

    @property
    def payload(self):
        """What the live part was given."""
        return json.loads(self.widget("bidi_component", "live").proto.bytes)

    @property
    def address(self):
        """What the browser's address says, every parameter a list."""
        return parse_qs(self.payload["address"])

    @property
    def html(self):
        bodies = [one.proto.body for one in self.app.get("html") if "<style>" not in one.proto.body]
        return [*self.payload["places"].values(), *bodies] if self.app.get("bidi_component") else bodies

    @property
    def inputs(self):
        """The attributes of every input and select of the live part, by its id, or by what it does and to what."""
        found = {}
        for element in re.findall(r"<(?:input|select|button)[^>]*>", "".join(self.payload["places"].values())):
            given = {key: unescape(value) for key, value in re.findall(r'([\w-]+)="([^"]*)"', element)}
            given["checked"] = " checked" in element
            key = given.get("id") or ".".join(given.get(part, "") for part in ("data-act", "data-name"))
            if given.get("type") != "radio" or given["checked"]:
                found[key.strip(".")] = given
        return found

    @property
    def dials(self):
        """The names of the dials in sight."""
        folded = re.sub(r"<details.*?</details>", "", self.payload["places"]["dials"], flags=re.DOTALL)
        return re.findall(r'id="([^"]*)\.slider"', folded)

    @property
    def text(self):
        """All that stands on the page outside widgets and tables, a paragraph a line."""
        return "\n".join(line for body in self.html for line in lines(re.sub(r"<svg.*?</svg>", "", body)))

    @property
    def headline(self):
        (said,) = re.findall(r"<h1>(.*?)</h1>", "".join(self.html))
        return plain(unescape(said))

    @property
    def figures(self):
        """The boxes under the headline: label, figure and what stands under it."""
        pairs = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", "".join(self.html))
        return {label: lines(figure) for label, figure in pairs}

    @property
    def titles(self):
        return [line for body in self.html for title in re.findall(r"<h2.*?</h2>", body) for line in lines(title)]

    @property
    def notices(self):
        """What is said over the page: of the last change, of the link, of a file."""
        found = re.findall(r'<div class="socio-notices"[^>]*>(.*?)</div>', "".join(self.html))
        return [line for body in found for line in lines(body) if line != "×"]

    @property
    def rows(self):
        """The table as it stands on screen, the code and then its cells."""
        return [plain(row).split("\t") for row in self.payload["rows"]]

    @property
    def table(self):
        """Every step for each school, by its name, as the figures on screen say."""
        columns = re.findall(r'data-act="sort" data-name="(\w+)"', self.payload["places"]["steps"])
        english = self.payload["address"].endswith("sprak=en")
        found = pd.DataFrame([row[1:] for row in self.rows], columns=columns).set_index("school")
        return pd.DataFrame({name: found[name] if name == "code" else [number(cell, english=english) for cell in
                             found[name]] for name in found}, index=found.index)  # fmt: skip

    @property
    def amounts(self):
        return self.table["amount"].astype(int).to_dict()

    @property
    def boxes(self):
        """What can be chosen in each list."""
        return {one.key: [plain(option) for option in one.options] for one in self.app.get("selectbox")}


def number(cell, *, english):
    """Read a figure of the table."""
    text = cell.replace(",", "") if english else cell.replace(" ", "").replace(",", ".")
    return float(text.replace("\N{MINUS SIGN}", "-")) if text else float("nan")


TOLD: dict[str, list[list[object]]] = {}
"""What each session's reader has done, as the browser tells it."""


def plain(text):
    """Write no-break spaces as spaces."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def lines(body):
    """Return the texts of some HTML, an element a line."""
    texts = (plain(unescape(text)).strip() for text in re.split(r"<[^>]*>", body))
    return [text for text in texts if text]


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    """Give each test an empty store, and nothing remembered of the last one's."""
    file = tmp_path / "socio.sqlite"
    monkeypatch.setenv("SOCIO_STORE", str(file))
    opened = []

    def kept_in_mind(*args, **options):
        opened.append(create_engine(*args, **options))
        return opened[-1]

    monkeypatch.setattr(engine, "create_engine", kept_in_mind)
    cache._offers.cache_clear()
    TOLD.clear()
    monkeypatch.setattr(
        elements,
        "_told",
        lambda _name: {"session": state.of_session().key, "acts": TOLD.get(state.of_session().key, [])},
    )
    yield file
    for one in opened:
        one.dispose()
    engine._engine.cache_clear()
    cache._offers.cache_clear()
    st.cache_resource.clear()


@pytest.fixture
def page():
    """The page as it opens."""
    return Page()


@pytest.fixture
def opened():
    """Open the page by an address."""
    return Page
