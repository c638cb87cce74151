"""Words on screen and on paper, in the reader's language."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Literal

from socio.locale import translations
from socio.view import format as written

if TYPE_CHECKING:
    from socio.errors import Fault, Words

Language = Literal["sv", "en"]
LANGUAGES: dict[Language, str] = {"sv": "Svenska", "en": "English"}

_language: ContextVar[Language] = ContextVar("language", default="sv")


def use(language: Language) -> None:
    """Choose the language of this session's words and numbers."""
    _language.set(language)
    written.use(language)


def language() -> Language:
    """Return the language in use."""
    return _language.get()


def _(text: str, /, **facts: str) -> str:
    """Return a text in the reader's language, with facts that are written already."""
    said = translations(language()).gettext(text)
    return said.format(**facts) if facts else said


def ngettext(one: str, many: str, count: int, /, **facts: str) -> str:
    """Return a text with a number in it, in the reader's language; ``{count}`` is the number as written."""
    said = translations(language()).ngettext(one, many, count)
    return said.format(count=written.number(count), **facts)


def say(sentence: Words) -> str:
    """Return a sentence in the reader's language, its numbers written as that language writes them."""
    facts = {name: fact if isinstance(fact, str) else written.plain(fact) for name, fact in sentence.facts.items()}
    return translations(language()).gettext(sentence.text).format(**facts)


def place(fault: Fault) -> str:
    """Say where a fault is: its row and column, or its key and value."""
    parts = []
    if fault.row is not None:
        parts.append(_("row {row}", row=str(fault.row)))
    if fault.column is not None:
        parts.append(_('column "{column}"', column=fault.column))
    if fault.key is not None:
        parts.append(fault.key if fault.value is None else f"{fault.key} = {fault.value}")
    return ", ".join(parts)


def line(fault: Fault) -> str:
    """Say a fault on one line: ``FILE: row R, column "C": what is wrong, what is allowed``."""
    what = f"{say(fault.wrong)}, {say(fault.allowed)}"
    return ": ".join(part for part in (fault.file, place(fault), what) if part)


def sorting(name: str) -> str:
    """Return what a name is sorted by: Swedish order, å ä ö after z, whatever the case."""
    return name.casefold().translate(_SWEDISH_ORDER)


_SWEDISH_ORDER = {ord("å"): "{", ord("ä"): "|", ord("æ"): "|", ord("ö"): "}", ord("ø"): "}", ord("é"): "e"}
