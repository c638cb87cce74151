"""Template: an empty table in the program's own layout, with an example and a description of every column."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from socio import remarks
from socio.composition import SUPPRESSED_BELOW, Factor, scale
from socio.intake import cells, delimited, shares, tables
from socio.intake.shares import Unit
from socio.reports.faults import OPTIONS
from socio.view import catalogue
from socio.view import format as written
from socio.view.words import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

SCHOOLS, EXAMPLE = "Skolor", "Exempel"
"""The sheet to fill in, and the one with an example; the names belong to the layout, as its headings do."""

FACTORS: Final = remarks.FACTORS
meaning = catalogue.meaning
EDUCATION, BACKGROUND, YEARS_IN_SWEDEN, INCOME_SUPPORT, HOUSEHOLD, SEX = FACTORS

FIXED: Final = (
    tables.CODE,
    tables.NAME,
    tables.OPERATOR,
    tables.OPERATOR_NAME,
    tables.PUPILS_COMPOSITION,
    tables.PUPILS_PAID,
    tables.OLD_RATE,
)
MOST_FILLED: Final = 5_000
"""Rows that check what is filled in."""

EXAMPLE_PUPILS: Final = 500
LONGEST_MESSAGE: Final = 254
MOST: Final = {Unit.SHARE: 1, Unit.PERCENT: 100}


def template(factors: Sequence[Factor] = FACTORS[:2], *, unit: Unit = Unit.PERCENT) -> bytes:
    """Make an empty table to fill in.

    Parameters
    ----------
    factors : sequence of Factor
        The factors to have columns for; each has a category at least.
    unit : Unit
        What the shares are to be written in.

    Returns
    -------
    bytes
        An ``.xlsx`` with the sheets `SCHOOLS`, with headings alone and checks of what is filled in; `EXAMPLE`,
        the same with one made-up school; and a description of every column.

    Notes
    -----
    docs/method.md §11. The example stands on a sheet of its own, so that it is never among the schools.

    Examples
    --------
    >>> from socio.intake import tables
    >>> tables.read(template(), "mall.xlsx", sheet=EXAMPLE).composition.names
    ('Exempelskolan',)
    """
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, OPTIONS) as book:
        sheet = headed(book, SCHOOLS, [*FIXED, *headings(factors)])
        _checked(sheet, factors, unit)
        _example(book, factors, unit)
        _described(book, factors, unit)
    return target.getvalue()


def headings(factors: Sequence[Factor]) -> list[str]:
    """Return the heading of each category as the importer reads it.

    Examples
    --------
    >>> headings([SEX, Factor("Utbildning", ("Medelvärde (1–3)", "Övriga"))])
    ['Kön: Flickor', 'Kön: Pojkar', 'Utbildning: Medelvärde (1–3)']
    """
    return [f"{factor.name}: {category}" for factor in factors for category in _written(factor)]


def headed(book: Workbook, name: str, columns: Sequence[str]) -> Worksheet:
    """Add a sheet with headings alone, the school unit code as text so that a leading zero stays."""
    sheet = book.add_worksheet(name)
    look = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E8EEF4"})
    for column, heading in enumerate(columns):
        sheet.write_string(0, column, heading, look)
        text = book.add_format({"num_format": "@"}) if heading == tables.CODE else None
        sheet.set_column(column, column, 28 if heading == tables.NAME else 17, text)
    sheet.freeze_panes(1, 2)
    return sheet


def fixed() -> dict[str, tuple[str, str, str]]:
    """Say of each column that is no category: what it is, its unit, and what is allowed."""
    pupils = _("a whole number from 1 to {most}", most=written.number(tables.MOST_PUPILS))
    return {
        tables.CODE: (_("the school unit's code, eight digits"), _("text"), _("needed, and different for each school")),
        tables.NAME: (_("the school's name"), _("text"), _("needed")),
        tables.OPERATOR: (_("kind of operator"), _("text"), _("kommunal, fristående or nothing")),
        tables.OPERATOR_NAME: (_("who runs the school"), _("text"), _("any text or nothing")),
        tables.PUPILS_COMPOSITION: (_("the pupils whose composition the categories describe"), _("pupils"), pupils),
        tables.PUPILS_PAID: (
            _("the pupils that the money follows: those registered in the municipality"),
            _("pupils"),
            pupils,
        ),
        tables.OLD_RATE: (
            _("what the school gets today; take the column away if it is not known"),
            _("kr per pupil"),
            _("a number from 0, or nothing"),
        ),
        tables.OLD_AMOUNT: (
            _("what the school got last year, in all; stands with {other}", other=tables.OLD_PUPILS),
            _("kr"),
            _("a number from 0, or nothing"),
        ),
        tables.OLD_PUPILS: (
            _("the pupils that {other} was for", other=tables.OLD_AMOUNT),
            _("pupils"),
            _("a number above 0, or nothing"),
        ),
        tables.PUPILS: (
            _("the pupils, where those behind the shares are also those that the money follows"),
            _("pupils"),
            pupils,
        ),
        "risk": (
            _("a ready predicted risk of not reaching the goals, instead of factors"),
            _("share, 0–1"),
            _("a number from 0, “.” or nothing"),
        ),
        "index": (
            _("a ready index, instead of factors; the municipality is 1"),
            _("index"),
            _("a number from 0, “.” or nothing"),
        ),
    }


def markers() -> list[tuple[str, str]]:
    """Say of each marker what it means."""
    return [
        ("..", _("withheld: fewer than {least} pupils", least=written.number(SUPPRESSED_BELOW))),
        (
            "~100",
            _("nearly all: the others are fewer than {least} pupils", least=written.number(SUPPRESSED_BELOW)),
        ),
        (".", _("not known; an empty cell means the same")),
    ]


def allowed(category: str, unit: Unit) -> str:
    """Say what the column of a category may hold."""
    ends = scale(category)
    if ends is not None:
        low, high = (written.number(end, _decimals(end)) for end in sorted(ends))
        return _("a number from {low} to {high}, “.” or nothing", low=low, high=high)
    if unit is Unit.COUNT:
        return _("a whole number of pupils from 0, “..”, “.” or nothing")
    most = written.number(MOST[unit])
    return _("a number from 0 to {most}, “..”, “~100”, “.” or nothing", most=most)


def table(book: Workbook, sheet: Worksheet, line: int, rows: Sequence[Sequence[str]]) -> int:
    """Write rows of text from a line on, the first of them bold; return the line after them."""
    bold = book.add_format({"bold": True, "bottom": 1, "valign": "top", "text_wrap": True})
    plain = book.add_format({"valign": "top", "text_wrap": True})
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            sheet.write_string(line + number, column, text, plain if number else bold)
    return line + len(rows)


def _written(factor: Factor) -> tuple[str, ...]:
    """Return the categories that have a column; a mean's complement has none."""
    return factor.categories[:1] if _is_mean(factor.categories[0]) else factor.categories


def _is_mean(category: str) -> bool:
    return scale(category) is not None


def _decimals(number: float) -> int:
    return len(f"{number:.9f}".rstrip("0").partition(".")[2])


def _checked(sheet: Worksheet, factors: Sequence[Factor], unit: Unit) -> None:
    """Check what is filled in, cell by cell."""
    pupils = {"validate": "integer", "criteria": "between", "minimum": 1, "maximum": tables.MOST_PUPILS}
    rules: dict[str, dict[str, Any]] = {
        tables.OPERATOR: {"validate": "list", "source": ["kommunal", "fristående"]},
        tables.PUPILS_COMPOSITION: pupils,
        tables.PUPILS_PAID: pupils,
        tables.OLD_RATE: {
            "validate": "decimal",
            "criteria": "between",
            "minimum": 0,
            "maximum": int(tables.MOST_KRONOR),
        },
    }
    known = fixed()
    for column, name in enumerate(FIXED):
        if name in rules:
            _check(sheet, column, rules[name], known[name][2])
    column = len(FIXED)
    for factor in factors:
        for category in _written(factor):
            rule = {"validate": "custom", "value": _formula(column, category, unit)}
            _check(sheet, column, rule, allowed(category, unit))
            column += 1


def _check(sheet: Worksheet, column: int, rule: dict[str, Any], what: str) -> None:
    told = {
        "error_title": _("Not allowed here"),
        "error_message": cells.clipped(_("Allowed: {what}", what=what), LONGEST_MESSAGE),
    }
    sheet.data_validation(1, column, MOST_FILLED, column, rule | told)


def _formula(column: int, category: str, unit: Unit) -> str:
    """Return what has to hold of the first cell of a column of shares, whatever the unit."""
    cell = xl_rowcol_to_cell(1, column)
    pupils = xl_rowcol_to_cell(1, FIXED.index(tables.PUPILS_COMPOSITION), col_abs=True)
    ends = scale(category)
    if ends is not None:
        number = f"{cell}>={min(ends):.15g},{cell}<={max(ends):.15g}"
    elif unit is Unit.COUNT:
        number = f'{cell}>=0,N({cell})=INT(N({cell})),OR({pupils}="",{cell}<={pupils})'
    else:
        number = f"{cell}>=0,{cell}<={MOST[unit]}"
    marks = ["..", "."] if ends is not None or unit is Unit.COUNT else [mark for mark, _meaning in markers()]
    others = "".join(f',{cell}="{mark}"' for mark in marks)
    return f"=OR(AND(ISNUMBER({cell}),{number}){others})"


def _example(book: Workbook, factors: Sequence[Factor], unit: Unit) -> None:
    """Fill in one made-up school, on a sheet that looks like an example."""
    sheet = headed(book, EXAMPLE, [*FIXED, *headings(factors)])
    look = book.add_format({"italic": True, "font_color": "#595959", "bg_color": "#F2F2F2"})
    sheet.set_tab_color("#A6A6A6")
    school: list[str | float] = ["00000000", "Exempelskolan", "kommunal", "Exempelkommunen"]
    school += [EXAMPLE_PUPILS, EXAMPLE_PUPILS - 20, 4_000]
    for column, value in enumerate([*school, *_example_shares(factors, unit)]):
        if isinstance(value, str):
            sheet.write_string(1, column, value, look)
        else:
            sheet.write_number(1, column, value, look)
    note = _("An example of a row: this school does not exist. Fill in the sheet “{sheet}”.", sheet=SCHOOLS)
    sheet.write_comment(1, 1, note, {"author": "Socio", "width": 300, "height": 60, "visible": True})


def _example_shares(factors: Sequence[Factor], unit: Unit) -> list[float]:
    """Return shares of which each factor's are the whole."""
    found: list[float] = []
    for factor in factors:
        count = len(factor.categories)
        ends = scale(factor.categories[0])
        if ends is not None:
            found.append(sum(ends) / 2)
            continue
        each = 100 // max(count, 2)
        percent = [100 - each * (count - 1), *[each] * (count - 1)] if count > 1 else [each]
        found += [_in_unit(part, unit) for part in percent]
    return found


def _in_unit(percent: int, unit: Unit) -> float:
    if unit is Unit.COUNT:
        return percent * EXAMPLE_PUPILS // 100
    return percent / 100 if unit is Unit.SHARE else percent


def _described(book: Workbook, factors: Sequence[Factor], unit: Unit) -> None:
    """Describe the columns, the markers and the limits."""
    sheet = book.add_worksheet(_("Read me"))
    sheet.write_string(0, 0, _("Socio: the schools and their pupils"), book.add_format({"bold": True, "font_size": 14}))
    steps = [
        _("Fill in the sheet “{sheet}”, one row for each school. The headings stay as they are.", sheet=SCHOOLS),
        _("A filled-in row stands in the sheet “{sheet}”; it is not read.", sheet=EXAMPLE),
        _("Take away the columns of a factor that you have no figures for; add others headed “Faktor: Kategori”."),
    ]
    for line, step in enumerate(steps, start=1):
        sheet.write_string(line, 0, step)
    line = table(book, sheet, len(steps) + 2, _columns(factors, unit))
    line = table(book, sheet, line + 1, [(_("Marker"), _("What it means")), *markers()])
    table(book, sheet, line + 1, [(_("Limits"),)])
    for number, limit in enumerate(limits(), start=line + 2):
        sheet.write_string(number, 0, limit)
    for column, width in enumerate((38, 60, 16, 60)):
        sheet.set_column(column, column, width)


def _columns(factors: Sequence[Factor], unit: Unit) -> list[tuple[str, ...]]:
    units = {
        Unit.SHARE: _("share, 0–1"),
        Unit.PERCENT: _("per cent"),
        Unit.COUNT: _("pupils"),
    }
    rows: list[tuple[str, ...]] = [(_("Column"), _("What it is"), _("Unit"), _("What is allowed"))]
    known = fixed()
    rows += [(name, *known[name]) for name in FIXED]
    for factor in factors:
        for category, heading in zip(_written(factor), headings([factor]), strict=True):
            is_mean = _is_mean(category)
            said = meaning(factor.name, category) or (_("the mean") if is_mean else _("pupils in the category"))
            rows.append((heading, said, _("mean") if is_mean else units[unit], allowed(category, unit)))
    return rows


def limits() -> list[str]:
    """Say what holds for a file as a whole."""
    points = written.number(100 * shares.TOLERANCE, 1)
    return [
        _("The categories of a factor are together all pupils of the school, every pupil in one of them."),
        _("Shares may miss 100 % by {points} percentage points for each category, for rounding.", points=points),
        _("All shares in the file are in the same unit: share, per cent or number of pupils."),
        _("A row named Kommunen is the municipality as a whole, and no school."),
        _("There may be {most} rows at most.", most=written.number(delimited.MOST_ROWS)),
    ]
