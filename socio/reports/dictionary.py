"""Dictionary: every column of the program's own layout, what it means, and rows that are read as they stand."""

from __future__ import annotations

import io
import re
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Final

import xlsxwriter

from socio.composition import Mark, scale
from socio.intake import cells, tables
from socio.intake.shares import Unit
from socio.reports import template
from socio.reports.faults import OPTIONS
from socio.view import catalogue
from socio.view.words import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xlsxwriter.workbook import Workbook

    from socio.composition import Factor

EXAMPLES: Final = ("Exempel", "Exempel 2")
"""The sheets with rows to read; of the columns that exclude each other, each has its own."""

MEAN: Final = "Utbildningsnivå: Medelvärde (1–3)"
"""A factor that is a mean instead of shares."""

REQUIREMENTS: Final = {
    tables.CODE: "R020",
    tables.NAME: "R020",
    tables.OPERATOR: "R004",
    tables.OPERATOR_NAME: "R004",
    tables.PUPILS: "R065",
    tables.PUPILS_COMPOSITION: "R043",
    tables.PUPILS_PAID: "R043",
    tables.OLD_RATE: "R019, R075",
    tables.OLD_AMOUNT: "R019, R075",
    tables.OLD_PUPILS: "R019, R075",
    "risk": "R067",
    "index": "R065",
}
"""What each column of the layout's own is for."""

_REST: Final = (10, 15, 75, 8, 92, 25, 70, 5, 49, 51)
_ROWS: Final[tuple[tuple[tuple[str | float, ...], ...], ...]] = (
    (
        (
            *(tables.CODE, tables.NAME, tables.OPERATOR, tables.OPERATOR_NAME),
            *(tables.PUPILS_COMPOSITION, tables.PUPILS_PAID, tables.OLD_AMOUNT, tables.OLD_PUPILS),
            *template.headings(template.FACTORS),
        ),
        (
            *("00000001", "Exempelskolan Ek", "kommunal", "Exempelkommunen", 500, 480, 2_000_000, 490),
            *(20, 30.5, 45, 4.5, 40, 60, *_REST),
        ),
        (
            *("00000002", "Exempelskolan Björk", "fristående", "Exempel AB", 320, 320, 900_000, 300),
            *("..", 27.5, 70.5, "..", "..", "", *_REST),
        ),
        (
            *("00000003", "Exempelskolan Lönn", "kommunal", "Exempelkommunen", 90, 88, "", ""),
            *(".", ".", ".", ".", "~100", "", *_REST),
        ),
        ("", "Kommunen", "", "", 910, 888, "", "", 14, 29, 53, 4, 46, 54, *_REST),
    ),
    (
        (tables.CODE, tables.NAME, tables.PUPILS, tables.OLD_RATE, *tables.READY, MEAN),
        ("00000001", "Exempelskolan Ek", 500, 4_000, 0.18, 1.2, 2.1),
        ("00000002", "Exempelskolan Björk", 320, "", 0.12, 0.8, 2.35),
    ),
)
"""Headings and made-up schools, with every marker, the municipality's own row and a school without money today."""


@dataclass(frozen=True, slots=True)
class Row:
    """A column of the layout.

    Attributes
    ----------
    column
        Its heading.
    meaning, unit, allowed
        What it holds.
    markers
        What may stand instead of a number.
    example
        A value as it may stand.
    needed
        Whether it has to be there.
    requirements
        What it is for.
    """

    column: str
    meaning: str
    unit: str
    allowed: str
    markers: str
    example: str
    needed: str
    requirements: str


def headings() -> Row:
    """Return what the columns of the dictionary are called."""
    return Row(
        *(_("Column"), _("What it is"), _("Unit"), _("What is allowed"), _("Markers"), _("Example")),
        *(_("Needed"), _("Requirement")),
    )


def rows(factors: Sequence[Factor] = template.FACTORS) -> list[Row]:
    """Return every column of the own layout.

    Parameters
    ----------
    factors : sequence of Factor
        Whose categories have a column.

    Returns
    -------
    list of Row
        The layout's own columns, then a column a category, and last a mean.

    Notes
    -----
    docs/method.md §11.

    Examples
    --------
    >>> [row.column for row in rows([template.SEX])][-3:]
    ['Kön: Flickor', 'Kön: Pojkar', 'Utbildningsnivå: Medelvärde (1–3)']
    """
    examples = _examples()
    found = [_fixed(name, examples) for name in REQUIREMENTS]
    found += [_category(factor, heading, examples) for factor in factors for heading in template.headings([factor])]
    return found if any(row.column == MEAN for row in found) else [*found, _mean(examples)]


def markers() -> list[tuple[str, str]]:
    """Return each marker and what it means, an empty cell too.

    Examples
    --------
    >>> [marker for marker, meaning in markers()]
    ['..', '~100', '.', '']
    """
    known = template.markers()
    missing = next(meaning for marker, meaning in known if cells.MARKERS[marker] is Mark.MISSING)
    return [*known, ("", missing)]


def dictionary(factors: Sequence[Factor] = template.FACTORS) -> bytes:
    """Describe the own layout.

    Parameters
    ----------
    factors : sequence of Factor
        Whose categories are described.

    Returns
    -------
    bytes
        An ``.xlsx``: every column, the markers, and two sheets of made-up rows that are read as they stand.

    Notes
    -----
    docs/method.md §11, R044.

    Examples
    --------
    >>> tables.read(dictionary(), "dataordlista.xlsx", sheet=EXAMPLES[0]).composition.names[0]
    'Exempelskolan Ek'
    """
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, OPTIONS) as book:
        sheet = book.add_worksheet(_("Columns"))
        template.table(book, sheet, 0, [astuple(row) for row in (headings(), *rows(factors))])
        for column, width in enumerate((36, 60, 14, 46, 14, 18, 26, 16)):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        _explained(book)
        for name, (columns, *schools) in zip(EXAMPLES, _ROWS, strict=True):
            filled = template.headed(book, name, [str(heading) for heading in columns])
            for line, school in enumerate(schools, start=1):
                for column, value in enumerate(school):
                    if isinstance(value, str):
                        filled.write_string(line, column, value)
                    else:
                        filled.write_number(line, column, value)
    return target.getvalue()


_A4: Final = 9


def _explained(book: Workbook) -> None:
    """Say what the markers mean, and what holds for the file as a whole."""
    sheet = book.add_worksheet(_("Markers and limits"))
    told = [(marker or _("(empty cell)"), meaning) for marker, meaning in markers()]
    line = template.table(book, sheet, 0, [(_("Marker"), _("What it means")), *told])
    line = template.table(book, sheet, line + 1, [(_("Limits"), ""), *(("", limit) for limit in template.limits())])
    schools = _("The schools in the sheets {sheets} do not exist.", sheets=", ".join(EXAMPLES))
    template.table(book, sheet, line + 1, [(schools, "")])
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 110)


def _examples() -> Mapping[str, str]:
    """Return the first value of each column among the rows to read, as one would type it in Swedish."""
    return {
        str(column): str(value).replace(".", ",") if isinstance(value, float) else str(value)
        for columns, first, *_others in _ROWS
        for column, value in zip(columns, first, strict=True)
    }


def _fixed(name: str, examples: Mapping[str, str]) -> Row:
    meaning, unit, allowed = template.fixed()[name]
    return Row(
        column=name,
        meaning=meaning,
        unit=unit,
        allowed=allowed,
        markers="." if name in tables.READY else "",
        example=examples.get(name, ""),
        needed=_needed(name),
        requirements=REQUIREMENTS[name],
    )


def _needed(name: str) -> str:
    if name in {tables.CODE, tables.NAME}:
        return _("yes")
    if name in {tables.PUPILS, tables.PUPILS_COMPOSITION}:
        return _("yes, one of {columns}", columns=f"{tables.PUPILS}, {tables.PUPILS_COMPOSITION}")
    if name in {tables.OLD_AMOUNT, tables.OLD_PUPILS}:
        return _("no; both or none")
    return _("yes, where there is no factor") if name in tables.READY else _("no")


def _category(factor: Factor, heading: str, examples: Mapping[str, str]) -> Row:
    category = heading.partition(": ")[2]
    if scale(category) is not None:
        return _mean(examples, heading)
    entry = catalogue.entry_of(factor.name, factor.categories)
    return Row(
        column=heading,
        meaning=catalogue.meaning(factor.name, category) or _("pupils in the category"),
        unit=_("per cent, share or pupils"),
        allowed=_("0–100 (per cent), 0–1 (share) or a whole number of pupils; the same in the whole file"),
        markers=" ".join(marker for marker, _meaning in template.markers()),
        example=examples.get(heading, ""),
        needed=_("yes, one factor at least"),
        requirements=", ".join(re.findall(r"R\d{3}(?:–R\d{3})?", entry.source)) if entry else "R021",
    )


def _mean(examples: Mapping[str, str], heading: str = MEAN) -> Row:
    return Row(
        column=heading,
        meaning=_("the pupils' mean on the scale in the heading; its first end is the most need"),
        unit=_("mean"),
        allowed=template.allowed(heading.partition(": ")[2], Unit.SHARE),
        markers=".",
        example=examples.get(heading, ""),
        needed=_("no; instead of categories"),
        requirements="R027",
    )
