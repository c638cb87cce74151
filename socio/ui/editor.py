"""Editor: how a file is read and what its columns are, as markup that the user changes; and what comes of it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

import numpy as np

from socio.intake import cells, mapping
from socio.intake.delimited import CODECS
from socio.ui import markup, pending
from socio.view import format as written
from socio.view import readings, words
from socio.view.words import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from socio.composition import Composition
    from socio.errors import Fault
    from socio.intake.amounts import AmountColumn, Matched
    from socio.intake.delimited import Grid
    from socio.intake.mapping import Layout
    from socio.intake.outline import Outline
    from socio.intake.tables import Intake
    from socio.ui.pending import Pending

ACT: Final = "pending"
"""What is told of anything that is changed here."""
ROWS: Final = 8
"""Rows of a file, and of the table that comes of it, that are shown."""
MOST_COLUMNS: Final = 12
MOST_FAULTS: Final = 12


def shown(asked: Pending) -> str:
    """Return how a file is read; of a table also what its columns are and what comes of it."""
    grid = pending.grid_of(asked)
    if asked.kind != "table":
        return markup.title(_("How {file} is read", file=asked.file)) + _bytes(asked, grid, None)
    intake, faults = pending.intake_of(asked)
    parts = [markup.title(_("How {file} is read", file=asked.file)), _bytes(asked, grid, intake)]
    layout = asked.reading.layout
    if layout is not None and grid is not None:
        parts += [_rows(grid, layout), _columns(grid, layout), _factors(layout), _units(grid, layout)]
    parts.append(_outcome(intake, faults))
    return "".join(parts)


def _bytes(asked: Pending, grid: Grid | None, intake: Intake | None) -> str:
    """Return what was understood of the bytes, each of which can be corrected."""
    reading = asked.reading
    guess = _("as understood")
    boxes = []
    if len(asked.sheets) > 1:
        boxes.append(_choice("read.sheet", _("Sheet"), {name: name for name in asked.sheets}, reading.sheet))
    elif grid is None or grid.encoding:
        names = {"": guess} | {str(name): str(name) for name in CODECS}
        boxes.append(_choice("read.encoding", _("Encoding"), names, reading.encoding))
        boxes.append(_choice("read.separator", _("Separator"), {"": guess} | readings.separators(), reading.separator))
    decimals = {"": guess, ",": _("comma"), ".": _("point")}
    boxes.append(_choice("read.decimal", _("Decimal sign"), decimals, reading.decimal))
    units = {"": guess, **{unit.value: said for unit, said in readings.units().items()}}
    if asked.kind == "table":
        boxes.append(_choice("unit", _("The shares are"), units, reading.unit.value if reading.unit else ""))
    kinds = {"own": _("the program's own layout"), "other": _("another table"), "outline": _("the guide's Tabell 1"),
             "amounts": _("what the schools have today")}  # fmt: skip
    table = "own" if reading.layout is None else "other"
    boxes.append(_choice("kind", _("The file is"), kinds, table if asked.kind == "table" else asked.kind))
    if intake is not None:
        understood = readings.read_as(intake)
    elif grid is not None:
        understood = readings.grid_as(grid)
    else:
        understood = ""
    last = _("The columns are suggested as those of an earlier file.") if asked.last_year else ""
    return markup.tag("div", "".join(boxes), class_="socio-boxes") + markup.note(understood, last)


def _choice(name: str, label: str, choices: Mapping[str, str], current: str) -> str:
    """Return a list with its label over it."""
    control = markup.one_in_list(ACT, label, choices, current, name=name)
    return markup.tag("label", f"<span>{escape(label)}</span>{control}")


def _rows(grid: Grid, layout: Layout) -> str:
    """Return the first rows of the file, to see where the header is and where the table ends."""
    last = min(len(grid.rows), max(layout.header + 3, ROWS))
    width = min(max((len(row) for row in grid.rows[:last]), default=0), MOST_COLUMNS)
    lines = []
    for number in range(1, last + 1):
        row = grid.rows[number - 1]
        header = layout.header - layout.headers < number <= layout.header
        inside = "".join(
            f"<td>{escape(cells.clipped(cells.text(row[at]), 30) if at < len(row) else '')}</td>" for at in range(width)
        )
        lines.append(markup.tag("tr", f'<th scope="row">{number}</th>{inside}', class_="chosen" if header else None))
    label = _("The first rows of the file")
    numbers = {str(number): str(number) for number in range(min(len(grid.rows), 40) + 1)}
    boxes = [
        _choice("rows.header", _("The header ends on row"), numbers, str(layout.header)),
        _choice("rows.headers", _("Rows in the header"), {str(n): str(n) for n in (1, 2, 3)}, str(layout.headers)),
    ]
    return (
        _plain(label, (), "".join(lines))
        + markup.tag("div", "".join(boxes), class_="socio-boxes")
        + markup.note(_("The rows with a background are the header."))
    )


def _columns(grid: Grid, layout: Layout) -> str:
    """Return a row for each column of the file: what it is called, holds, and is."""
    examples = mapping.examples(grid, layout)
    lines = []
    for at, column in enumerate(layout.columns):
        name = column.heading or _("Column {number}", number=str(at + 1))
        if not column.heading and not any(examples[at]):
            continue
        held = ", ".join(text for text in examples[at] if text)
        label = _("{column} is", column=name)
        role = markup.one_in_list(ACT, label, readings.roles(), column.role, name=f"column.{at}.role")
        more = ""
        if column.role in {"category", "level"}:
            more = _field(f"column.{at}.factor", _("Factor of {column}", column=name), column.factor)
        last = ""
        if column.role == "category":
            last = _field(f"column.{at}.category", _("Category of {column}", column=name), column.category)
        elif column.role == "level":
            last = "".join(
                markup.tag("label", f"<span>{escape(said)}</span>" + _field(f"column.{at}.{end}", said, given, 4))
                for end, said, given in (
                    ("most", _("most need at"), written.plain(column.most)),
                    ("least", _("least need at"), written.plain(column.least)),
                )
            )
        lines.append(
            f'<tr><th scope="row">{escape(name)}</th><td>{escape(cells.clipped(held, 48))}</td><td>{role}</td>'
            f"<td>{more}</td><td>{last}</td></tr>"
        )
    label = _("What each column is")
    heads = [_("Column of the file"), _("For example"), _("Is"), _("Factor"), _("Category, or scale")]
    return markup.title(label) + _plain(label, heads, "".join(lines))


def _field(name: str, label: str, value: str, size: int = 16) -> str:
    return markup.tag("input", type="text", value=value, size=size, data_act=ACT, data_name=name, aria_label=label,
                      id=f"{ACT}.{name}")  # fmt: skip


def _plain(label: str, heads: Sequence[str], body: str) -> str:
    return markup.region(label, [markup.tag("th", escape(head), scope="col") for head in heads], body, "socio-mapped")


def _factors(layout: Layout) -> str:
    """Return what can be said of a factor with several categories."""
    named = [column.factor for column in layout.columns if column.role == "category" and column.factor]
    several = [factor for factor in dict.fromkeys(named) if named.count(factor) > 1]
    ticks = []
    for factor in several:
        unknown = _("{factor}: what lacks up to 100 % is a category, Uppgift saknas", factor=factor)
        apart = _("{factor}: the categories overlap, and each is a factor of its own (yes or no)", factor=factor)
        ticks.append(markup.on_or_off(ACT, f"factor.unknown.{factor}", unknown, on=factor in layout.unknown))
        ticks.append(markup.on_or_off(ACT, f"factor.apart.{factor}", apart, on=factor in layout.apart))
    together = _("Several rows of the same unit are one school: pupils and amounts add up")
    ticks.append(markup.on_or_off(ACT, "together", together, on=layout.together))
    return markup.tag("div", "".join(ticks), class_="socio-ticks")


def _units(grid: Grid, layout: Layout) -> str:
    """Return the rows that stand for no single unit, each with a field for what they are."""
    found = mapping.rows_to_decide(grid, layout)
    if not found:
        return ""
    lines = []
    for row in found:
        name = row.school or row.code
        value = pending.units_as_written(layout, name)
        control = _field(f"row.{name}", _("Units of row {row}", row=str(row.row)), value, 30)
        lines.append(
            f'<tr><th scope="row">{row.row}</th><td>{escape(name)}</td><td>{escape(row.code)}</td>'
            f"<td>{escape(row.pupils)}</td><td>{escape(words.say(row.why))}</td><td>{control}</td></tr>"
        )
    label = _("Rows to decide on")
    heads = [_("Row"), _("School"), _("School unit code"), _("Pupils"), _("Why"), _("Stands for")]
    return (
        markup.title(label)
        + _plain(label, heads, "".join(lines))
        + markup.note(
            _(
                "Write the unit's code, several units with their pupils (12345678 = 120; 23456789 = 80) and if you "
                "like their names after the code, or a minus sign to leave the row out."
            )
        )
    )


def _outcome(intake: Intake | None, faults: Sequence[Fault]) -> str:
    """Return the table that comes of it, or what is wrong."""
    if intake is None:
        said = [words.line(fault) for fault in faults[:MOST_FAULTS]]
        more = len(faults) - len(said)
        if more > 0:
            said.append(ngettext("and {count} more", "and {count} more", more))
        lines = "".join(f"<li>{escape(line)}</li>" for line in said)
        return markup.title(_("Still to mend")) + f'<div class="socio-notices" role="status"><ul>{lines}</ul></div>'
    warnings = [words.line(warning) for warning in intake.warnings[:MOST_FAULTS]]
    more = len(intake.warnings) - len(warnings)
    if more > 0:
        warnings.append(ngettext("and {count} more", "and {count} more", more))
    return markup.title(readings.title(intake.composition)) + _preview(intake.composition) + markup.note(*warnings)


def _preview(composition: Composition) -> str:
    """Return the first schools as they were understood."""
    heads = [_("School"), _("School unit code"), _("Pupils"), *map(": ".join, composition.columns)]
    lines = []
    for at in range(min(len(composition), ROWS)):
        shares = [written.percent(share, 1) for share in composition.shares[at].tolist()]
        figures = "".join(
            f'<td class="socio-number">{escape(text)}</td>'
            for text in (written.number(int(composition.pupils_composition[at])), *shares)
        )
        lines.append(
            f'<tr><th scope="row">{escape(composition.names[at])}</th><td>{escape(composition.codes[at])}</td>'
            f"{figures}</tr>"
        )
    label = _("The schools as understood")
    return _plain(label, heads, "".join(lines))


def points(found: Outline) -> str:
    """Return points and index of a table laid out as Tabell 1."""
    index, given, own = found.index(), found.points(), found.municipality_points()
    rows = [
        (name, float(given[at]), np.nan if index is None else float(index[at])) for at, name in enumerate(found.names)
    ]
    if own is not None:
        rows.append((_("The municipality"), own, 1.0))
    said = [[name, *("–" if np.isnan(one) else written.number(one, 2) for one in figures)] for name, *figures in rows]
    label = _("Points and index of the schools")
    heads = [_("School"), _("Points per pupil"), _("Index, municipality = 1")]
    return markup.title(label) + markup.table(label, heads, said, look="socio-fits")


def amounts(found: Matched, column: AmountColumn) -> str:
    """Return how far amounts are matched with the schools."""
    return markup.title(_("The amounts that have no school yet")) + markup.note(
        _(
            "{used} of {total} have a school.",
            used=written.kronor(found.used),
            total=written.kronor(column.total),
        )
    )
