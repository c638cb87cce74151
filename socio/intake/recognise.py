"""Recognise: which of the files that the program knows a file is, and what it was judged by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from socio.errors import TableError, words
from socio.intake import amounts, archives, cells, delimited, grids, outline, results, sheets, skolverket, tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from socio.errors import Words
    from socio.intake.cells import Cell

Kind: TypeAlias = Literal["layout", "pupils per year", "results", "salsa", "tabell1", "scenario", "amounts", "unknown"]

SCENARIO: Final = re.compile(r"^\s*schema\s*=\s*\d", re.MULTILINE)
SCENARIO_PART: Final = re.compile(r"^\s*\[(?:need|pot|redistribution)\b", re.MULTILINE)
KNOWN: Final = tables.FIXED | results.KNOWN | amounts.KNOWN
PUPILS_PER_YEAR: Final = frozenset({"skol-enhetskod", "elever, årskurs 1-9"})
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


def recognise(content: bytes, name: str, *, sheet: str | None = None) -> Recognised:
    r"""Tell what a file is, by what stands in it.

    Parameters
    ----------
    content : bytes
        Any file, or a ``.zip`` with one table.
    name : str
        Its name: a setting may be told by ``.toml``, and messages name it.
    sheet : str, optional
        Which sheet, where there are several.

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
        return _recognise(archives.opened(content), name, sheet)
    except TableError as error:
        raise error.named(name) from None


def _recognise(content: bytes, name: str, sheet: str | None) -> Recognised:
    if name.casefold().endswith(".toml"):
        return Recognised("scenario", words("the file's name ends with .toml"))
    if skolverket.recognised(content):
        return Recognised("pupils per year", words("the title “Antal elever per årskurs” above the header"))
    if not sheets.is_workbook(content):
        written = delimited.decoded(content)[0]
        if SCENARIO.search(written) and SCENARIO_PART.search(written):
            return Recognised("scenario", words("the line “schema” and the parts of a setting"))
    rows = grids.read(content, known=KNOWN, sheet=sheet).rows
    return _by_rows(rows) or _by_amounts(content, sheet)


def _by_rows(rows: Sequence[Sequence[Cell]]) -> Recognised | None:
    for row in rows[: results.HEADERS]:
        if PUPILS_PER_YEAR.issubset(cells.text(cell).casefold() for cell in row):
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


def _by_amounts(content: bytes, sheet: str | None) -> Recognised:
    if amounts.recognised(content, sheet):
        return Recognised("amounts", words("a column of schools and a column of kronor"))
    return Recognised("unknown", words("none of the headings that the program knows"))
