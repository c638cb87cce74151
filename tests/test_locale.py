"""Words on screen come through the catalogue, and the catalogue has them all in Swedish."""

from __future__ import annotations

import ast
import re
from gettext import NullTranslations
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.pofile import read_po

from socio.locale import LANGUAGES, SOURCE, catalogue, translations

ROOT = Path(__file__).parents[1]
KEYWORDS = DEFAULT_KEYWORDS | {"words": None}
SPOKEN = ("socio", "pages", "app.py")
DRAWN = ("socio/ui", "socio/view", "pages", "app.py")

SAYS = re.compile(
    r"title|header|subheader|markdown|write|caption|text|badge|html|latex|metric|error|warning|info|success|toast|"
    r"(?:link_|download_|form_submit_)?button|page_link|checkbox|toggle|radio|selectbox|multiselect|pills|"
    r"segmented_control|(?:select_)?slider|text_input|text_area|number_input|date_input|file_uploader|data_editor|"
    r"expander|popover|tabs|dialog|status|spinner|progress|Page|set_page_config|Title|Axis|Legend|Header"
)
"""Names of Streamlit's and Altair's functions that put their words on the screen."""
LABELLED = {"push_button": 1, "one_in_list": 1, "one_of": 2, "on_or_off": 2, "link": 0}
"""Names of our own pieces of markup, and where their label stands."""
SHOWN_KEYWORDS = re.compile("label|help|placeholder|(page_|sub)?title|body|text|caption|alt|description")
SENTENCE = re.compile(r"[A-ZÅÄÖ]['’\w]+(?:,? ['’\w]{2,})+[.!?:…]?")
"""A capital letter and at least two words: nothing but prose looks like that."""
MEANS_ITSELF = {"Svenska", "English", "SVG", "PNG", "CSV", "TOML", "Excel", "Socio"}
"""The same in every language."""


def sources(places):
    for place in places:
        path = ROOT / place
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path] * path.exists()


def said():
    """Every text that the code marks for translation, as it stands there."""
    found = {}
    for file in sources(SPOKEN):
        for line, text, _comments, _context in extract_from_file("python", file, keywords=KEYWORDS):
            found.setdefault(text, f"{file.relative_to(ROOT)}:{line}")
    return found


def swedish():
    with catalogue("sv").open("rb") as file:
        return read_po(file, locale="sv", abort_invalid=True)


def facts(text):
    return {(name, spec, how) for _, name, spec, how in Formatter().parse(text) if name is not None}


def forms(text):
    return text if isinstance(text, tuple) else (text,)


def test_everything_the_code_says_is_said_in_swedish():
    """Each text of the code has a Swedish one that somebody has looked at; `make words` shows what is missing."""
    known = swedish()
    missing = []
    for text, where in said().items():
        message = known.get(text[0] if isinstance(text, tuple) else text)
        if message is None or message.fuzzy or not all(forms(message.string)):
            missing.append(f"{where}: {text}")
    assert not missing, "\n".join(missing)


def test_the_catalogue_says_nothing_that_the_code_does_not():
    """No text stays in the catalogue after the code has dropped it."""
    known = swedish()
    spoken = {forms(text) for text in said()}
    stale = [message.id for message in known if message.id and forms(message.id) not in spoken]
    assert not stale
    assert not known.obsolete


def test_a_translation_names_the_same_facts_as_its_source():
    """No {fact} is lost, added or misspelt in Swedish."""
    wrong = []
    for message in swedish():
        if not message.id or not all(forms(message.string)):
            continue
        *singular, plural = forms(message.id)
        for number, text in enumerate(forms(message.string)):
            may_be = [facts(plural)] + [facts(one) for one in singular if number == 0]
            if facts(text) not in may_be:
                wrong.append((message.id, text))
    assert not wrong


def test_a_text_ends_alike_in_both_languages():
    """A sentence is a sentence and a label is a label in both languages."""
    ends = tuple(".!?…:")
    wrong = [
        (message.id, message.string)
        for message in swedish()
        if message.id
        and all(forms(message.string))
        and {text[-1:] for text in forms(message.id) if text.endswith(ends)}
        != {text[-1:] for text in forms(message.string) if text.endswith(ends)}
    ]
    assert not wrong


def test_words_are_looked_up_in_the_language_asked_for(tmp_path, monkeypatch):
    """A text and its plural come in Swedish, in English as in the code, and in no third language."""
    file = tmp_path / "socio.po"
    file.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
        'msgid "Pot"\nmsgstr "Pott på 1 000 kr"\n\n'
        'msgid "{count} school"\nmsgid_plural "{count} schools"\n'
        'msgstr[0] "{count} skola"\nmsgstr[1] "{count} skolor"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr("socio.locale.catalogue", {"sv": file}.__getitem__)
    translations.cache_clear()
    try:
        words = translations("sv")
        assert words.gettext("Pot") == "Pott på 1 000 kr"
        assert [words.ngettext("{count} school", "{count} schools", n) for n in (0, 1, 2)] == [
            "{count} skolor",
            "{count} skola",
            "{count} skolor",
        ]
        assert words.gettext("not there") == "not there"
        assert type(translations("en")) is NullTranslations
        with pytest.raises(ValueError, match="'fi' is not one of"):
            translations("fi")
    finally:
        translations.cache_clear()


def test_each_language_has_its_catalogue():
    """Every language but the code's own has a catalogue that can be read."""
    for language in LANGUAGES:
        assert catalogue(language).is_file() == (language != SOURCE)
        assert translations(language)


def literals(node):
    """The pieces of text in an expression that is nothing but text."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return [text for part in parts for text in literals(part)]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return literals(left) + literals(right)
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [text for part in parts for text in literals(part)]
        case ast.IfExp(body=one, orelse=other):
            return literals(one) + literals(other)
    return []


def plain_words(text):
    """What a reader would see of a text: no tags, no names of colours or characters."""
    seen = re.sub(r"<style.*?</style>|<[^>]*>?|&\w+;|:[a-z_/]+:|#\w{6}", " ", text, flags=re.DOTALL)
    return seen.strip() if re.search(r"[^\W\d_]{2}", seen) and seen.strip() not in MEANS_ITSELF else ""


def unread(tree):
    """What no reader of the screen reads as it stands: marked words, docstrings, a programmer's errors, keys."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in KEYWORDS:
                yield from map(id, ast.walk(node))
            case ast.Raise() | ast.Assert():
                yield from map(id, ast.walk(node))
            case ast.Expr(value=ast.Constant() as docstring):
                yield id(docstring)
            case ast.Dict(keys=keys, values=values):  # a name, and beside it what it is called
                yield from (id(key) for key, value in zip(keys, values, strict=True) if not literals(value))


def unmarked(tree):
    """Words that reach the screen without the catalogue, each with its line."""
    let_be = set(unread(tree))
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr=name), args=given, keywords=named) if id(node) not in let_be:
                shown = given[:1] if SAYS.fullmatch(name) else []
                shown += given[LABELLED[name] :][:1] if name in LABELLED else []
                shown += [one.value for one in named if SHOWN_KEYWORDS.fullmatch(one.arg or "")]
                for part in shown:
                    if id(part) not in let_be:
                        yield from ((part.lineno, text) for text in map(plain_words, literals(part)) if text)
            case ast.Constant(value=str(text)) if id(node) not in let_be and SENTENCE.fullmatch(plain_words(text)):
                yield node.lineno, text


def test_no_text_is_marked_within_a_formatted_string():
    """Before Python 3.12 a text that is marked inside an f-string is not found and would stay English."""
    found = [
        f"{file.relative_to(ROOT)}:{call.lineno}"
        for file in sources(SPOKEN)
        for text in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in {"_", "ngettext", "words"}
    ]
    assert found == []


def test_words_on_screen_come_only_through_the_catalogue():
    """No screen, chart or table has a word of its own, outside the catalogue."""
    found = {
        f"{file.relative_to(ROOT)}:{line}: {text!r}"
        for file in sources(DRAWN)
        for line, text in unmarked(ast.parse(file.read_text(encoding="utf-8")))
    }
    assert not found, "\n".join(sorted(found))


@pytest.mark.parametrize(
    "code",
    [
        'st.title("Omfördelning")',
        'markup.push_button("undo", "Undo")',
        'left.metric(label="Pot", value=3)',
        'st.button(f"Reset {name}")',
        'st.tabs(["Bars", "Table"])',
        'alt.Axis(title="kr per pupil")',
        'chart.encode(x=alt.X("rate", title="Rate"))',
        "st.html(\"<p class='note'>No schools</p>\")",
        'NAMES = {"a": "Who gets more"}',
    ],
)
def test_a_word_outside_the_catalogue_is_seen(code):
    """The scan finds words in labels, titles, tabs, axes, tags and tables of names."""
    assert list(unmarked(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        'st.title(_("Redistribution"))',
        'st.button(_("Reset {name}", name=name), key="reset")',
        "st.html(f\"<p class='note'>{text}</p>\")",
        'raise ValueError("No such thing here")',
        '"""The docstring of a page."""',
        'alt.X("rate:Q", axis=None)',
        'NAMES = {"Browse files": _("Browse files")}',
    ],
)
def test_what_is_not_read_is_left_alone(code):
    """Keys, field names, tags, docstrings and a programmer's errors need no catalogue."""
    assert not list(unmarked(ast.parse(code)))
