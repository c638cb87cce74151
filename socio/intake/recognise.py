"""Recognise: which of the files that the program knows a file is, and what it was judged by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from socio.errors import Fault, TableError, words
from socio.intake import amounts, archives, cells, delimited, grids, outline, results, sheets, skolverket, tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from socio.errors import Words
    from socio.intake.cells import Cell
    from socio.intake.delimited import Encoding, Separator

Kind: TypeAlias = Literal["layout", "pupils per year", "results", "salsa", "tabell1", "scenario", "amounts", "unknown"]

SCENARIO: Final = re.compile(r"^[ \t]*schema[ \t]*=[ \t]*\d", re.MULTILINE)
SCENARIO_PART: Final = re.compile(r"^[ \t]*\[(?:need|pot|redistribution)\b", re.MULTILINE)
MOST_SETTING: Final = 200_000
"""Bytes of a setting; one with a hundred categories has 5 000."""

KNOWN: Final = tables.FIXED | results.KNOWN | amounts.KNOWN | skolverket.KNOWN
COUNTED: Final = frozenset(
    {tables.PUPILS, tables.PUPILS_COMPOSITION, tables.PUPILS_PAID, tables.OLD_AMOUNT, tables.OLD_PUPILS, *tables.READY}
)


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file is.

    Attributes
    ----------
    kind
        ``layout`` the program's own (`tables`), ``pupils per year`` Skolverket's national export (`skolverket`),
        ``results`` and ``salsa`` (`results`), ``tabell1`` (`outline`), ``scenario`` a setting in TOML,
        ``amounts`` schools and kronor (`amounts`), or ``unknown``.
    why
        What it was judged by.
    """

    kind: Kind
    why: Words


def recognise(
    content: bytes,
    name: str,
    *,
    sheet: str | None = None,
    encoding: Encoding | None = None,
    separator: Separator | None = None,
) -> Recognised:
    r"""Tell what a file is, by what stands in it.

    Parameters
    ----------
    content : bytes
        Any file, or a ``.zip`` with one table.
    name : str
        Its name: a setting may be told by ``.toml``, and messages name it.
    sheet : str, optional
        Which sheet, where there are several.
    encoding, separator : str, optional
        How the text is to be read, where what was understood is wrong.

    Returns
    -------
    Recognised

    Raises
    ------
    TableError
        It cannot be read at all, or does not say which of its sheets is meant.

    Notes
    -----
    docs/method.md §11.

    Examples
    --------
    >>> recognise("skola;kronor\nA-skolan;5\nB-skolan;7\n".encode(), "belopp.csv").kind
    'amounts'
    """
    try:
        opened = archives.opened(content)
        return _setting(opened, name, encoding) or _table(opened, sheet, encoding, separator)
    except TableError as error:
        raise error.named(name) from None


def sheets_of(content: bytes) -> tuple[str, ...]:
    """List the sheets of a workbook that can be chosen.

    Parameters
    ----------
    content : bytes
        Any file, or a ``.zip`` with one table.

    Returns
    -------
    tuple of str
        The visible sheets with something in them, in their order; empty for text.

    Raises
    ------
    TableError
        It cannot be read at all.
    """
    opened = archives.opened(content)
    return sheets.names(opened) if sheets.is_workbook(opened) else ()


def _setting(content: bytes, name: str, encoding: Encoding | None) -> Recognised | None:
    by_name = name.casefold().endswith(".toml")
    if len(content) > MOST_SETTING:
        if by_name:
            allowed = words("a setting has at most {most} bytes", most=MOST_SETTING)
            raise TableError([Fault(wrong=words("it is far larger than a setting"), allowed=allowed)])
        return None
    if by_name:
        return Recognised("scenario", words("the file's name ends with .toml"))
    if sheets.is_workbook(content):
        return None
    written = delimited.decoded(content, encoding)[0]
    if SCENARIO.search(written) and SCENARIO_PART.search(written):
        return Recognised("scenario", words("the line “schema” and the parts of a setting"))
    return None


def _table(content: bytes, sheet: str | None, encoding: Encoding | None, separator: Separator | None) -> Recognised:
    if skolverket.recognised(content):
        return Recognised("pupils per year", words("the title “Antal elever per årskurs” above the header"))
    grid = grids.read(content, known=KNOWN, sheet=sheet, encoding=encoding, separator=separator)
    found = _by_rows(grid.rows)
    if found is not None:
        return found
    if amounts.recognised(content, grid, encoding=encoding, separator=separator):
        return Recognised("amounts", words("a column of schools and a column of kronor"))
    return Recognised("unknown", words("none of the headings that the program knows"))


def _by_rows(rows: Sequence[Sequence[Cell]]) -> Recognised | None:
    for row in rows[: results.HEADERS]:
        if skolverket.is_header(row):
            return Recognised("pupils per year", words("the headings “Skol-enhetskod” and “Elever, årskurs 1-9”"))
    kind = results.kind_of(rows)
    if kind == "salsa":
        return Recognised("salsa", words("the headings “Modellberäknat värde” and “Residual”"))
    if kind == "final grades":
        return Recognised("results", words("the headings of results in year 9 of Skolverket's export"))
    first = next((row for row in rows if any(cells.text(cell) for cell in row)), ())
    headings = {cells.text(cell).casefold() for cell in first}
    has_factor = any(all(part.strip() for part in heading.split(":", 1)) for heading in headings if ":" in heading)
    if headings & {tables.CODE, tables.NAME} and (headings & COUNTED or has_factor):
        return Recognised("layout", words("the headings of the program's own layout"))
    if outline.recognised(rows):
        return Recognised("tabell1", words("a row of factors over a row of categories"))
    return None
