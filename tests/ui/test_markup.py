"""Pieces of markup: every text and attribute is text, whatever it is called."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socio.ui import markup

NASTY = "<b>\"&'</p><script>alert(1)</script>"


class Read(HTMLParser):
    """Elements and texts as a browser reads them."""

    def __init__(self, body):
        super().__init__(convert_charrefs=True)
        self.tags, self.values, self.texts = [], [], []
        self.feed(body)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.values += [value for _, value in attrs]

    def handle_data(self, data):
        self.texts.append(data)


def test_an_element_has_its_attributes_and_its_body():
    """True stands without a value, False and None do not stand, an underline is a hyphen, an input has no end."""
    found = markup.tag(
        "a", "<i>x</i>", href="?a=1&b=2", data_act="turn", class_="c", download=True, hidden=False, id=None
    )
    assert found == '<a href="?a=1&amp;b=2" data-act="turn" class="c" download><i>x</i></a>'
    assert markup.tag("input", type="range", min=0) == '<input type="range" min="0">'


PIECES = {
    "title": markup.title,
    "note": lambda text: markup.note(text, "", text),
    "hidden": markup.hidden,
    "notices": lambda text: markup.notices([text], shut=text),
    "one_of": lambda text: markup.one_of(text, text, text, {text: text, "other": "c"}, text),
    "one_in_list": lambda text: markup.one_in_list(text, text, {text: text, "other": "c"}, text),
    "on_or_off": lambda text: markup.on_or_off(text, text, text, on=True),
    "push_button": lambda text: markup.push_button(text, text, name=text, aria_label=text),
    "link": lambda text: markup.link(text, text),
}


@pytest.mark.parametrize("piece", PIECES)
@given(text=st.text(st.sampled_from("<>\"'&/ab="), min_size=1) | st.just(NASTY))
def test_a_text_is_never_markup(piece, text):
    """Each piece has the elements that it has for a plain word, and says the text as it stands."""
    plain, nasty = Read(PIECES[piece]("a")), Read(PIECES[piece](text))
    assert nasty.tags == plain.tags
    assert "".join(nasty.texts).replace(text, "").replace("c", "").strip(" ×\n") == ""
    assert any(text in said for said in [*nasty.values, "".join(nasty.texts)] if said)


def test_one_of_several_is_chosen():
    """Of the radio buttons and of the options the current one is marked, and no other."""
    choices = {"a": "A", "b": "B", "c": "C"}
    radios = markup.one_of("hold", "pot", "Pot", choices, "b")
    assert re.findall(r'value="(\w)"[^>]* checked>', radios) == ["b"]
    assert 'role="radiogroup" aria-label="Pot" id="hold-pot"' in radios
    options = markup.one_in_list("baseline", "Against", choices, "c")
    assert re.findall(r'<option value="(\w)" selected>', options) == ["c"]
    assert unescape(options).startswith('<select data-act="baseline" aria-label="Against" id="baseline">')


def test_nothing_to_say_is_no_notice():
    """A notice has a button that takes it away where that has a name; without a line there is no notice."""
    assert markup.notices([], shut="Close") == ""
    assert "button" not in markup.notices(["A"])
    assert markup.notices(["A", "B"], shut="Close").count("data-shut") == 1
