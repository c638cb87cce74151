"""Names: accents that are piled up, and letters that are not what they look like."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

from socio.errors import Fault, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FIRST_ACCENT: Final = "\u0300"
"""What comes before it never combines, and is composed as it stands."""

LAST_ACCENT: Final = 0x20000
PILED: Final = 8
"""Accents that one letter may have; no language uses so many."""

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\0")
"""What a spreadsheet takes for a formula where it stands first in a cell of text."""

TEXT: Final = "'"
"""Tells a spreadsheet that what follows is text."""

SHOWN: Final = 60
LISTED: Final = 5


def composed(written: str) -> str:
    r"""Return a text with its accents composed, however many stand on one letter.

    Parameters
    ----------
    written : str
        Any text.

    Returns
    -------
    str
        In normal form C; of accents piled on one letter the first are kept.

    Notes
    -----
    Composing sorts the accents of a letter, which takes the square of their number: 60 000 on one letter
    took half a minute.

    Examples
    --------
    >>> composed("A\u030a"), len(composed("a" + "\u0316" * 60_000))
    ('Å', 9)
    """
    if max(written, default="") < FIRST_ACCENT:
        return written
    return unicodedata.normalize("NFC", _piled().sub(r"\1", written))


def western(written: str) -> bool:
    r"""Tell at once whether a text has letters of Latin 1 only, which are composed and of one alphabet.

    Examples
    --------
    >>> western("Ängsnäs"), western("A\u0308ngsna\u0308s")
    (True, False)
    """
    try:
        written.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


@cache
def _piled() -> re.Pattern[str]:
    """Find more accents on a letter than there are."""
    accents = "".join(character for number in range(LAST_ACCENT) if unicodedata.combining(character := chr(number)))
    return re.compile(f"([{accents}]{{{PILED}}})[{accents}]+")


def guarded(written: str) -> str:
    """Return a name as it is written to a file that a spreadsheet may open: no formula.

    Examples
    --------
    >>> guarded("=1+1"), guarded("Åsaskolan")
    ("'=1+1", 'Åsaskolan')
    """
    return f"{TEXT}{written}" if written.startswith(FORMULA) else written


def unguarded(written: str) -> str:
    """Return a name as it was before `guarded`.

    Examples
    --------
    >>> unguarded("'=1+1"), unguarded("'t Hof")
    ('=1+1', "'t Hof")
    """
    return written[1:] if written.startswith(TEXT) and written[1:].startswith(FORMULA) else written


def look_alikes(written: Iterable[tuple[int, str]], column: str = "skola") -> Iterator[Fault]:
    r"""Warn of names with letters of several alphabets, such as a Cyrillic o in a Swedish name.

    Parameters
    ----------
    written : iterable of (row, name)
        The names, cleaned.
    column : str
        The column's heading, for the message.

    Yields
    ------
    Fault
        A warning for each such name, with its strange letters and their numbers in Unicode.

    Notes
    -----
    Two names that look alike are two names: they are matched with nothing, and nobody sees why.

    Examples
    --------
    >>> [fault.row for fault in look_alikes([(2, "Åsaskolan"), (3, "Sk\u043elan"), (4, "Школа")])]
    [3]
    """
    for row, name in written:
        if max(name, default="") < FIRST_ACCENT:
            continue
        found = {letter: alphabet for letter in name if (alphabet := _alphabet(letter))}
        strange = [f"{letter} (U+{ord(letter):04X})" for letter, alphabet in found.items() if alphabet != "LATIN"]
        if strange and len(set(found.values())) > 1:
            school = name if len(name) <= SHOWN else f"{name[:SHOWN]}…"
            wrong = words(
                "“{school}” has letters of several alphabets: {letters}",
                school=school,
                letters=", ".join(strange[:LISTED]),
            )
            allowed = words("see that it is written as it seems")
            yield Fault(row=row, column=column, value=name, wrong=wrong, allowed=allowed)


def _alphabet(character: str) -> str:
    """Return the first word of a letter's Unicode name, which tells its alphabet; nothing for other characters."""
    name = unicodedata.name(character, "") if character.isalpha() else ""
    first, _, rest = name.partition(" ")
    return first if "LETTER" in rest or first == "MATHEMATICAL" else ""
