"""Order: what to ask Statistics Sweden (SCB) for, so that the delivery is read without questions."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import xlsxwriter

from socio.composition import SUPPRESSED_BELOW
from socio.intake import tables
from socio.intake.shares import Unit
from socio.reports import template
from socio.reports.faults import OPTIONS
from socio.view import format as written
from socio.view.words import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from socio.composition import Factor

DELIVERY: Final = "Leverans"
"""The sheet with the headings of the delivery; its name belongs to the layout, as they do."""

FIXED: Final = (
    tables.CODE,
    tables.NAME,
    tables.OPERATOR,
    tables.OPERATOR_NAME,
    tables.PUPILS_COMPOSITION,
    tables.PUPILS_PAID,
)


def specification(
    factors: Sequence[Factor] = template.FACTORS, *, municipality: str = "", date: str = "", contact: str = ""
) -> bytes:
    """Specify an order of figures on the composition of the schools.

    Parameters
    ----------
    factors : sequence of Factor
        The factors to order, each with its categories; pupils in a category are counted.
    municipality : str, optional
        Whose schools, name and code.
    date : str, optional
        The measurement date; 15 October where none is given, the day of the national figures.
    contact : str, optional
        Who answers questions.

    Returns
    -------
    bytes
        An ``.xlsx`` with three sheets: the order, its columns, and `DELIVERY` with the headings of the delivery.

    Notes
    -----
    R043 and R044. A workbook and not a text, since the headings are then copied and not typed, and who delivers
    can fill in the sheet itself.

    Examples
    --------
    >>> specification([template.SEX], municipality="Exempelkommunen")[:2]
    b'PK'
    """
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, OPTIONS) as book:
        sheet = book.add_worksheet(_("Order"))
        title = book.add_format({"bold": True, "font_size": 14})
        sheet.write_string(0, 0, _("Order: the composition of the schools"), title)
        terms = _terms(municipality, date, contact)
        template.table(book, sheet, 2, [(_("Part"), _("What is ordered")), *terms])
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 110)
        described = book.add_worksheet(_("Columns"))
        template.table(book, described, 0, _columns(factors))
        for column, width in enumerate((40, 70, 60)):
            described.set_column(column, column, width)
        described.freeze_panes(1, 0)
        template.headed(book, DELIVERY, [*FIXED, *template.headings(factors)])
    return target.getvalue()


def _terms(municipality: str, date: str, contact: str) -> list[tuple[str, str]]:
    least = written.number(SUPPRESSED_BELOW)
    return [
        (_("Recipient"), _("Statistics Sweden (SCB)")),
        (_("Ordered by"), municipality or _("(municipality and its code)")),
        (_("Contact"), contact or _("(name, e-mail, telephone)")),
        (_("Measurement date"), date or _("15 October (year)")),
        (
            _("Schools"),
            _(
                "Every school unit of compulsory school with pupils registered in the municipality: municipal and "
                "independent, also units that lie in another municipality."
            ),
        ),
        (_("Pupils"), _("Pupils in years 1–9 on the measurement date.")),
        (
            _("Table 1: all pupils"),
            _(
                "The categories count all pupils of the unit, wherever they are registered; {column} is their number.",
                column=tables.PUPILS_COMPOSITION,
            ),
        ),
        (
            _("Table 2: the municipality's own pupils"),
            _(
                "The same columns, but the categories and {column} count only the pupils registered in the "
                "municipality.",
                column=tables.PUPILS_COMPOSITION,
            ),
        ),
        (
            _("In both tables"),
            _("{column} is the number of pupils registered in the municipality.", column=tables.PUPILS_PAID),
        ),
        (
            _("Unit of the figures"),
            _(
                "Whole numbers of pupils, without thousands separators. In each factor every pupil is in exactly one "
                "category, so that the categories sum to {column}.",
                column=tables.PUPILS_COMPOSITION,
            ),
        ),
        (
            _("Disclosure control"),
            _(
                "A category with fewer than {least} pupils may be written “..”. A figure that is withheld only so "
                "that another cannot be worked out is written “.”. Figures are not changed in any other way.",
                least=least,
            ),
        ),
        (
            _("Small units"),
            _(
                "The numbers of pupils are never withheld. A unit whose number cannot be given is left out, and the "
                "letter says how many units and pupils that is."
            ),
        ),
        (
            _("File"),
            _(
                "One file for each table: CSV in UTF-8 with semicolons, or .xlsx with that one sheet. The first row "
                "has the headings exactly as in the sheet “{sheet}”; below it is one row for each unit, and nothing "
                "else: no title, sums or notes.",
                sheet=DELIVERY,
            ),
        ),
        (
            _("In the letter"),
            _(
                "The registers and their dates, any definition that had to differ from the sheet “{sheet}”, and "
                "whether education is that of the parent with the most or both parents' weighed together.",
                sheet=_("Columns"),
            ),
        ),
    ]


def _columns(factors: Sequence[Factor]) -> list[tuple[str, str, str]]:
    rows = [(_("Column"), _("Definition"), _("What is allowed"))]
    known = template.fixed()
    rows += [(name, known[name][0], known[name][2]) for name in FIXED]
    for factor in factors:
        for heading, category in zip(template.headings([factor]), factor.categories, strict=False):  # a mean has one
            defined = template.meaning(factor.name, category) or _("to be agreed")
            rows.append((heading, defined, template.allowed(category, Unit.COUNT)))
    return rows
