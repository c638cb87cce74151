"""The catalogue of words: English in the code, Swedish in ``sv/LC_MESSAGES/socio.po``."""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE: Final = "en"
"""The language of the code; it needs no catalogue."""

LANGUAGES: Final = ("sv", SOURCE)
"""The languages of the screen, the first one being what users meet first."""


def catalogue(language: str) -> Path:
    """Return where a language's catalogue lies."""
    return Path(__file__).with_name(language) / "LC_MESSAGES" / "socio.po"


@cache
def translations(language: str) -> NullTranslations:
    """Read a language's words, once in a process.

    Parameters
    ----------
    language : str
        One of `LANGUAGES`.

    Returns
    -------
    gettext.NullTranslations
        With ``gettext`` and ``ngettext``; a text that the catalogue lacks comes back in English.

    Raises
    ------
    ValueError
        The language has no catalogue.

    Notes
    -----
    The catalogue is compiled in memory, so that there is no compiled file to forget.

    Examples
    --------
    >>> translations("en").gettext("Pot")
    'Pot'
    """
    if language not in LANGUAGES:
        message = f"language {language!r} is not one of {LANGUAGES}"
        raise ValueError(message)
    if language == SOURCE:
        return NullTranslations()
    compiled = BytesIO()
    with catalogue(language).open("rb") as file:
        write_mo(compiled, read_po(file, locale=language, abort_invalid=True))
    compiled.seek(0)
    return GNUTranslations(compiled)
