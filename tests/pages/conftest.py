"""A page as a test sees it: run through app.py, its widgets found by key, its texts read as a reader reads them."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
import streamlit as st
from sqlalchemy import create_engine
from streamlit.testing.v1 import AppTest

from socio.storage import engine
from socio.ui import cache

ROOT = Path(__file__).parents[2]
PATIENCE = 60
"""Seconds that a run may take on a busy machine."""


class Page:
    """The main screen, with its folded parts open unless they are named."""

    FOLDED = ("rules", "weights", "files")

    def __init__(self, folded=(), **address):
        self.app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE)
        self.app.query_params.update(address)
        for part in set(self.FOLDED) - set(folded):
            self.app.session_state[part] = True
        self.app.run()

    def widget(self, kind, key):
        """Return a widget by its key; there is exactly one."""
        (found,) = (one for one in self.app.get(kind) if one.key == key)
        return found

    def has(self, kind, key):
        """Tell whether a widget is there."""
        return any(one.key == key for one in self.app.get(kind))

    def act(self, widget):
        """Run what a widget was set to; what was repainted at once says the same as the whole page after it."""
        widget.run()
        repainted = self.figures
        self.said = self.notices
        self.app.run()
        assert self.figures == repainted
        return self

    def slide(self, name, value):
        return self.act(self.widget("slider", f"{name}.slider").set_value(float(value)))

    def write(self, name, text):
        return self.act(self.widget("text_input", f"{name}.field").set_value(text))

    def field(self, name):
        return plain(self.widget("text_input", f"{name}.field").value)

    def press(self, key):
        return self.act(self.widget("button", key).click())

    def switch(self, key, value):
        return self.act(self.widget("toggle", key).set_value(value))

    def choose(self, key, value):
        kind = "selectbox" if self.has("selectbox", key) else "button_group"
        return self.act(self.widget(kind, key).set_value(value))

    def upload(self, *files):
        """Give files, each a name and its bytes."""
        (uploader,) = self.app.get("file_uploader")
        given = [(name, content, "application/octet-stream") for name, content in files]
        return self.act(uploader.set_value(given))

    @property
    def address(self):
        """What the browser's address says, every parameter a list."""
        given = self.app.query_params
        return {name: value if isinstance(value, list) else [value] for name, value in given.items()}

    @property
    def html(self):
        bodies = (one.proto.body for one in self.app.get("html"))
        return [body for body in bodies if "<style>" not in body]

    @property
    def text(self):
        """All that stands on the page outside widgets and tables, a paragraph a line."""
        return "\n".join(line for body in self.html for line in lines(body))

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
        return [line for body in found for line in lines(body)]

    @property
    def table(self):
        """Every step for each school, by its name."""
        return self.widget("dataframe", "schools").value.set_index("school")

    @property
    def amounts(self):
        return self.table["amount"].astype(int).to_dict()

    @property
    def boxes(self):
        """What can be chosen in each list."""
        return {one.key: [plain(option) for option in one.options] for one in self.app.get("selectbox")}


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
