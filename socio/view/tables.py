"""Tables: every step for each school, and the same to take away."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xlsxwriter

from socio.view import format as written
from socio.view import words
from socio.view.words import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from socio.allocation import Result
    from socio.measures import Change

DECIMALS = {"points": 3, "index": 3}
"""Decimals on screen of each column; the others are whole."""
FINER = {"target": 2, "rate": 2, "change_rate": 2}
"""More decimals in the workbook."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")


def headings() -> dict[str, str]:
    """Return each column's heading, with its unit, in the reader's language."""
    return {
        "code": _("School unit code"),
        "school": _("School"),
        "pupils": _("Pupils"),
        "points": _("Points per pupil"),
        "index": _("Index"),
        "target": _("Target, kr per pupil"),
        "rate": _("Kr per pupil"),
        "amount": _("Amount, kr"),
        "change_amount": _("Change, kr"),
        "change_rate": _("Change, kr per pupil"),
    }


def schools(result: Result, change: Change | None) -> pd.DataFrame:
    """Return every step for each school.

    Parameters
    ----------
    result : Result
    change : Change, optional
        Against the chosen baseline; NaN where it is unknown.

    Returns
    -------
    pandas.DataFrame
        One row a school; columns as in `headings`, at full precision.
    """
    return pd.DataFrame(_columns(result, change))


def _columns(result: Result, change: Change | None) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "code": result.composition.codes,
        "school": result.composition.names,
        "pupils": result.composition.pupils_paid,
        "points": result.points,
        "index": result.index,
        "target": result.target,
        "rate": result.rate,
        "amount": result.amount,
    }
    if change is not None:
        columns |= {"change_amount": change.amount, "change_rate": change.rate}
    return columns


def sorted_anew(sort: str, column: str) -> str:
    """Return how the table is sorted when its heading is pressed: names from A, numbers from the largest, or back."""
    first = column if column in _WORDS else f"-{column}"
    return first if sort != first else (column if first.startswith("-") else f"-{column}")


def shown(result: Result, change: Change | None, sort: str) -> list[str]:
    """Return the table as it stands on screen, numbers rounded half up.

    Parameters
    ----------
    result, change
        As in `schools`.
    sort : str
        Column, with ``-`` before it where the largest comes first; what is unknown comes last.

    Returns
    -------
    list of str
        A row a school, cells with tabs between: the code, then the columns of `columns`.
    """
    found = _columns(result, change)
    order = _order(found, sort)
    cells = [[str(found["code"][row]) for row in order]]
    for name in columns(change):
        column = found[name]
        if name in _WORDS:
            cells.append([" ".join(str(column[row]).split()) for row in order])
        else:
            values = np.asarray(column, dtype=float)[order].tolist()
            cells.append(written.numbers(values, DECIMALS.get(name, 0), signed=name.startswith("change")))
    return ["\t".join(row) for row in zip(*cells, strict=True)]


def columns(change: Change | None) -> list[str]:
    """Return the columns on screen, in order."""
    found = ["school", "pupils", "points", "index", "target", "rate", "amount"]
    return found + (["change_amount", "change_rate"] if change is not None else []) + ["code"]


def _order(found: dict[str, Any], sort: str) -> list[int]:
    name = sort.removeprefix("-")
    if name in _WORDS or name not in found:
        texts = [words.sorting(text) for text in found[name if name in found else "school"]]
        return sorted(range(len(texts)), key=texts.__getitem__, reverse=sort.startswith("-"))
    values = np.asarray(found[name], dtype=float)
    order: list[int] = np.argsort(-values if sort.startswith("-") else values, kind="stable").tolist()
    return order


_WORDS = {"code", "school"}


def total(result: Result, change: Change | None) -> dict[str, float | str]:
    """Return the sum row: pupils, amount and change; the rest has no sum."""
    sums: dict[str, float | str] = {
        "school": _("Total"),
        "pupils": int(result.composition.pupils_paid.sum()),
        "amount": int(result.amount.sum()),
    }
    return sums if change is None else sums | {"change_amount": float(np.nansum(change.amount))}


def csv(table: pd.DataFrame, notes: Sequence[str] = (), named: Mapping[str, str] | None = None) -> bytes:
    """Write a table as a Swedish Excel opens it: ``;``, decimal comma, BOM, sum row last.

    Parameters
    ----------
    table : pandas.DataFrame
        From `schools`, or any other with the headings of its own.
    notes : sequence of str
        Lines under the table: source, version, marks.
    named : mapping of str to str, optional
        Heading of each column, where the table is another than that of `schools`; it has no sum row then.

    Returns
    -------
    bytes
    """
    heads = headings() if named is None else named
    names = [str(name) for name in table]
    lines = [";".join(_quoted(_safe(heads[name])) for name in names)]
    lines += [";".join(map(_cell, row)) for row in table.itertuples(index=False, name=None)]
    if named is None:
        sums = _sums(table)
        lines += [";".join(_cell(sums.get(name)) for name in names)]
    lines += ["", *(_quoted(_safe(note)) for note in notes)]
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


def workbook(table: pd.DataFrame, notes: Sequence[str] = ()) -> bytes:
    """Write a table as an Excel workbook, numbers as numbers, with a live sum row.

    Parameters
    ----------
    table, notes
        As in `csv`.

    Returns
    -------
    bytes
    """
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet(_("Schools"))
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        named, last, sums = headings(), len(table), _sums(table)
        for column, name in enumerate(table):
            decimals = (DECIMALS | FINER).get(str(name), 0)
            look = book.add_format({"num_format": "#,##0" + ("." + "0" * decimals if decimals else "")})
            summed = book.add_format({"num_format": "#,##0", "bold": True, "top": 1})
            sheet.write_string(0, column, named[str(name)], bold)
            for row, value in enumerate(table[name], start=1):
                if isinstance(value, str):
                    sheet.write_string(row, column, value)
                elif not pd.isna(value):
                    sheet.write_number(row, column, float(value), look)
            if name not in sums:
                sheet.write_blank(last + 1, column, None, summed)
            elif isinstance(sums[str(name)], str):
                sheet.write_string(last + 1, column, str(sums[str(name)]), summed)
            else:
                letter = chr(ord("A") + column)
                formula = f"=SUM({letter}2:{letter}{last + 1})"
                sheet.write_formula(last + 1, column, formula, summed, value=sums[str(name)])
        for line, note in enumerate(notes, start=last + 3):
            sheet.write_string(line, 0, note)
        sheet.set_column(0, 0, 14)
        sheet.set_column(1, 1, 28)
        sheet.set_column(2, max(2, len(table.columns) - 1), 13)
        sheet.freeze_panes(1, 2)
    return target.getvalue()


def _sums(table: pd.DataFrame) -> dict[str, float | str]:
    sums: dict[str, float | str] = {"school": _("Total")}
    return sums | {
        name: float(np.nansum(table[name])) for name in ("pupils", "amount", "change_amount") if name in table
    }


def _cell(value: float | str | None) -> str:
    if isinstance(value, str):
        return _quoted(_safe(value))
    if value is None or np.isnan(value):
        return ""
    return (str(int(value)) if float(value).is_integer() else repr(float(value))).replace(".", ",")


def _safe(text: str) -> str:
    """Keep a spreadsheet from reading a name as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ';"\r\n') else text
