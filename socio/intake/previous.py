"""Previous rates: last year's kronor per pupil, school by school."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from socio.errors import Fault, TableError, words
from socio.intake import cells, delimited, grids, tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from socio.composition import Array, Composition
    from socio.intake.cells import Cell
    from socio.intake.delimited import Encoding, Separator

FORMS: Final = (("code", "rate"), (tables.CODE, tables.OLD_RATE))
"""What the command ``allocate`` writes, and the short form of docs/method.md §12."""

KNOWN: Final = frozenset(name for form in FORMS for name in form)


def read(
    content: bytes, name: str, *, encoding: Encoding | None = None, separator: Separator | None = None
) -> Mapping[str, float]:
    r"""Read last year's rates.

    Parameters
    ----------
    content : bytes
        A table with the columns ``code`` and ``rate``, or ``skolenhetskod`` and ``tidigare_kr_per_elev``.
    name : str
        The file's name, for messages.
    encoding, separator : str, optional
        How the text is to be read, where what was understood is wrong.

    Returns
    -------
    mapping of str to float
        Kr per pupil by school unit code; a school without a rate is not there.

    Raises
    ------
    TableError
        With every fault found.

    Notes
    -----
    docs/method.md §12.

    Examples
    --------
    >>> read("skolenhetskod;tidigare_kr_per_elev\n01;1 234,5\n02;\n".encode(), "previous.csv")
    {'01': 1234.5}
    """
    try:
        return _rates(grids.read(content, known=KNOWN, encoding=encoding, separator=separator).rows)
    except TableError as error:
        raise error.named(name) from None


def aligned(rates: Mapping[str, float], composition: Composition) -> Array:
    """Return each school's rate in the order of the composition, NaN for a school without one."""
    return np.array([rates.get(code, np.nan) for code in composition.codes])


def _rates(rows: Sequence[Sequence[Cell]]) -> Mapping[str, float]:
    header = next((number for number, row in enumerate(rows, 1) if any(map(cells.text, row))), 0)
    if not header:
        wrong = words("the file is empty")
        raise TableError([Fault(wrong=wrong, allowed=words("it needs a header and a row for each school"))])
    headings = [cells.text(cell).casefold() for cell in rows[header - 1]]
    form = next((form for form in FORMS if set(form) <= set(headings)), None)
    if form is None:
        wrong = words("last year's rates have no columns “code” and “rate”")
        allowed = words("allowed are skolenhetskod and tidigare_kr_per_elev too")
        raise TableError([Fault(row=header, wrong=wrong, allowed=allowed)])
    code_at, rate_at = (headings.index(name) for name in form)
    found = [
        (number, cells.text(row[code_at]), row[rate_at] if len(row) > rate_at else "")
        for number, row in enumerate(rows[header:], header + 1)
        if len(row) > code_at and any(map(cells.text, row))
    ]
    numerals = [cells.numeral(written) for _, _, written in found]
    known = [number for number in numerals if number is not None]
    signs = frozenset(".") if form == FORMS[0] else cells.decimal_signs(known)
    grouped = cells.groups_thousands(known, signs, "amount")
    rates: dict[str, float] = {}
    seen: dict[str, int] = {}
    faults = delimited.Faults()
    for (number, code, cell), numeral in zip(found, numerals, strict=True):
        if not code or code in seen:
            wrong = (
                words("the school unit code {code} stands in row {row} too", code=cells.clipped(code), row=seen[code])
                if code
                else words("the school unit code is missing")
            )
            allowed = words("each school has a code of its own, as text")
            faults.append(Fault(row=number, column=form[0], value=code, wrong=wrong, allowed=allowed))
        seen.setdefault(code, number)
        allowed = words("allowed is a number from 0, or nothing")
        if numeral is None or numeral.percent:
            if cells.marker(cell) is None:
                wrong = cells.not_a_number(cell)
                faults.append(Fault(row=number, column=form[1], value=cells.shown(cell), wrong=wrong, allowed=allowed))
            continue
        value = numeral.value(thousands=bool(grouped(numeral)))
        if value < 0:
            wrong = words("“{value}” is negative", value=cells.shown(cell))
            faults.append(Fault(row=number, column=form[1], value=cells.shown(cell), wrong=wrong, allowed=allowed))
        rates[code] = value
    if faults:
        raise TableError(faults)
    return rates
