"""Grids: the cells of any file - text, workbook, or one of them in a .zip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from socio.intake import archives, delimited, sheets, text

if TYPE_CHECKING:
    from socio.intake.delimited import Encoding, Grid, Separator


def read(
    content: bytes,
    *,
    known: frozenset[str] = frozenset(),
    sheet: str | None = None,
    encoding: Encoding | None = None,
    separator: Separator | None = None,
) -> Grid:
    r"""Read the cells of a file.

    Parameters
    ----------
    content : bytes
        Text, ``.xlsx``, ``.xls`` or ``.ods``, or a ``.zip`` with one of them.
    known : frozenset of str
        Headings to tell the separator by, in lower case.
    sheet : str, optional
        Which sheet, where there are several.
    encoding, separator : str, optional
        How the text is to be read, where the guess is wrong.

    Returns
    -------
    Grid
        Row 1 is the first of the file.

    Raises
    ------
    TableError
        The file is no table, or does not say which of its sheets is.

    Examples
    --------
    >>> read(b"skola;kr\nA;5\n").rows
    [['skola', 'kr'], ['A', '5']]
    """
    content = archives.opened(content)
    if sheets.is_workbook(content):
        return sheets.read(content, sheet)
    split = delimited.grid if len(content) <= text.SMALL else text.read
    return split(content, known=known, encoding=encoding, separator=separator)
