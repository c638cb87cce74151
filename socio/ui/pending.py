"""Pending: the file that the user is asked about, and what the user says of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from socio.errors import SocioError, TableError
from socio.intake import mapping, recognise
from socio.intake.layouts import ROLES, YES
from socio.intake.mapping import Layout, Part, Reading
from socio.intake.shares import Unit
from socio.storage import datasets as store
from socio.ui import state
from socio.view import format as written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from socio.errors import Fault
    from socio.intake.delimited import Grid
    from socio.intake.tables import Intake
    from socio.ui.elements import Act

Kind: TypeAlias = Literal["table", "outline", "amounts"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pending:
    """A file that the user is asked about.

    Attributes
    ----------
    file, content
        Its name and its bytes.
    kind
        What it is taken for.
    reading
        How it is read, all that the user has chosen.
    sheets
        The sheets that can be chosen.
    last_year
        Whether the columns were suggested by those of an earlier file.
    pupils
        Of a table without pupils: pupils by school, as the user has filled them in.
    chosen
        Of amounts: the school units that the user has given a row.
    column
        Of amounts: which of the columns is used.
    replaces
        Key of the kept table that is read in another way; empty where there is none.
    """

    file: str
    content: bytes
    kind: Kind
    reading: Reading = field(default_factory=Reading)
    sheets: tuple[str, ...] = ()
    last_year: bool = False
    pupils: Mapping[str, int] = field(default_factory=dict)
    chosen: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    column: int = 0
    replaces: str = ""


def begin(file: str, content: bytes, kind: Kind) -> None:
    """Ask about a file: what is read of it without an answer is suggested."""
    session = state.of_session()
    pending = Pending(file=file, content=content, kind=kind, sheets=_sheets(content))
    session.pending = _suggested(pending) if kind == "table" else pending


def again(key: str) -> None:
    """Ask anew about a table that is kept, beginning with how it is read."""
    kept = next((one for one in store.kept() if one.key == key), None)
    if kept is not None:
        content = store.read(key)
        state.of_session().pending = Pending(
            file=kept.file,
            content=content,
            kind="table",
            reading=Reading.of(kept.how),
            sheets=_sheets(content),
            replaces=key,
        )


def _sheets(content: bytes) -> tuple[str, ...]:
    try:
        return recognise.sheets_of(content)
    except TableError:
        return ()


def _suggested(pending: Pending) -> Pending:
    """Suggest the columns; a table in the own layout needs none."""
    reading = replace(pending.reading, layout=None)
    if len(pending.sheets) > 1 and not reading.sheet:
        reading = replace(reading, sheet=pending.sheets[0])
    plain = replace(pending, reading=reading, last_year=False)
    try:
        given = options(plain)
        del given["decimal"]
        found = recognise.recognise(pending.content, pending.file, **given)
    except TableError:
        return plain
    return plain if found.kind == "layout" else _mapped(plain)


def _mapped(pending: Pending) -> Pending:
    """Suggest what each column is."""
    grid = grid_of(pending)
    if grid is None:
        return pending
    kept = kept_layouts()
    reading = replace(pending.reading, layout=mapping.suggested(grid, kept))
    return replace(pending, reading=reading, last_year=mapping.follows(grid, kept) is not None)


def kept_layouts() -> tuple[Layout, ...]:
    """Return the columns of the tables that were taken in before, the latest first."""
    found = (Reading.of(one.how).layout for one in store.kept() if one.kind == "own" and one.how)
    return tuple(layout for layout in found if layout is not None)


def intake_of(pending: Pending) -> tuple[Intake | None, tuple[Fault, ...]]:
    """Read a file as it is said to be read: a table, or everything that is wrong."""
    return _intake(pending.content, pending.file, pending.reading.written())


def grid_of(pending: Pending) -> Grid | None:
    """Return the cells of a file; None where it has none."""
    return _grid(pending.content, replace(pending.reading, layout=None).written())


def options(asked: Pending) -> dict[str, Any]:
    """Return how the bytes are read, as the readers take it."""
    reading = asked.reading
    given = {name: getattr(reading, name) for name in ("sheet", "encoding", "separator", "decimal")}
    return {name: value or None for name, value in given.items()}


@lru_cache(maxsize=4)
def _intake(content: bytes, file: str, how: str) -> tuple[Intake | None, tuple[Fault, ...]]:
    reading = Reading.of(how)
    lacking = mapping.missing(reading.layout) if reading.layout is not None else ()
    if lacking:
        return None, lacking
    try:
        return mapping.read(content, file, reading), ()
    except SocioError as error:
        return None, error.faults


@lru_cache(maxsize=4)
def _grid(content: bytes, how: str) -> Grid | None:
    try:
        return mapping.grid(content, Reading.of(how))
    except TableError:
        return None


# What the user says


def take(act: Act) -> None:
    """Take what the user says of the file."""
    session = state.of_session()
    if session.pending is None:
        return
    name, _dot, rest = act.name.partition(".")
    changed = _SAID[name](session.pending, rest, act.value) if name in _SAID else None
    session.pending = changed or session.pending


def _read_as(pending: Pending, what: str, value: object) -> Pending | None:
    if what not in {"sheet", "encoding", "separator", "decimal"}:
        return None
    given: dict[str, Any] = {what: str(value)}
    changed = replace(pending, reading=replace(pending.reading, **given))
    return changed if what == "decimal" or changed.kind != "table" else _suggested(changed)


def _unit(pending: Pending, _what: str, value: object) -> Pending:
    unit = next((one for one in Unit if one.value == value), None)
    return replace(pending, reading=replace(pending.reading, unit=unit))


def _kind(pending: Pending, _what: str, value: object) -> Pending | None:
    if value == "own":
        return replace(pending, kind="table", reading=replace(pending.reading, layout=None))
    if value == "other":
        return _mapped(replace(pending, kind="table"))
    kind = next((one for one in get_args(Kind) if one == value), None)
    return None if kind is None else replace(pending, kind=kind)


def _header(pending: Pending, what: str, value: object) -> Pending | None:
    """Say where the header is: its columns are suggested anew."""
    layout, grid = pending.reading.layout, grid_of(pending)
    if layout is None or grid is None or not str(value).isdigit() or what not in {"header", "headers", "last"}:
        return None
    given: dict[str, Any] = {what: min(int(str(value)), len(grid.rows))}
    moved = replace(layout, **given)
    if what == "last":
        return _laid_out(pending, moved)
    anew = mapping.suggested(grid, header=moved.header, headers=moved.headers)
    return _laid_out(pending, replace(anew, last=moved.last))


def _column(pending: Pending, what: str, value: object) -> Pending | None:
    """Say what a column is."""
    layout = pending.reading.layout
    at, _dot, part = what.partition(".")
    if layout is None or not at.isdigit() or int(at) >= len(layout.columns):
        return None
    column = layout.columns[int(at)]
    role = next((one for one in ROLES if one == value), None)
    number = written.read_number(str(value))
    if part == "role" and role is not None:
        column = replace(column, role=role)
        if role in {"category", "level"} and not column.factor:
            column = replace(column, factor=column.heading, category=YES if role == "category" else "")
    elif part in {"factor", "category"}:
        given: dict[str, Any] = {part: str(value).strip().replace(":", " ")}
        column = replace(column, **given)
    elif part in {"most", "least"} and number is not None:
        column = replace(column, most=number) if part == "most" else replace(column, least=number)
    columns = (*layout.columns[: int(at)], column, *layout.columns[int(at) + 1 :])
    return _laid_out(pending, replace(layout, columns=columns))


def _factor(pending: Pending, what: str, value: object) -> Pending | None:
    """Say of a factor that what lacks is unknown, or that its categories overlap."""
    layout = pending.reading.layout
    part, _dot, factor = what.partition(".")
    if layout is None or part not in {"unknown", "apart"}:
        return None
    named: frozenset[str] = getattr(layout, part)
    given: dict[str, Any] = {part: named | {factor} if value else named - {factor}}
    return _laid_out(pending, replace(layout, **given))


def _together(pending: Pending, _what: str, value: object) -> Pending | None:
    layout = pending.reading.layout
    return None if layout is None else _laid_out(pending, replace(layout, together=bool(value)))


def _unit_of_row(pending: Pending, what: str, value: object) -> Pending | None:
    """Say which units a row stands for: nothing is as it stands, a minus leaves it out."""
    layout = pending.reading.layout
    if layout is None:
        return None
    units = dict(layout.units)
    text = str(value).strip()
    if not text:
        units.pop(what, None)
    else:
        parts = () if text in {"-", "–", "−"} else _parts(text, what)
        if parts is None:
            return None
        units[what] = parts
    return _laid_out(pending, replace(layout, units=units))


def _parts(text: str, school: str) -> tuple[Part, ...] | None:
    """Read ``12345678 Alfa = 120; 23456789 Beta = 80``: units, their names where they are given, and their pupils."""
    found = []
    units = text.split(";")
    for one in units:
        unit, sign, count = one.partition("=")
        code, _blank, name = unit.strip().partition(" ")
        pupils = written.read_number(count) if sign else 0.0
        if not code or pupils is None or pupils % 1 or pupils < 0:
            return None
        alone = school if len(units) == 1 else f"{school} ({code})"
        found.append(Part(code=code, school=name.strip() or alone, pupils=int(pupils)))
    return tuple(found)


def units_as_written(layout: Layout, school: str) -> str:
    """Write which units a row stands for, as they are read."""
    parts = layout.units.get(school)
    if parts is None:
        return ""
    own = {school, *(f"{school} ({part.code})" for part in parts)}
    named = (part.code if part.school in own else f"{part.code} {part.school}" for part in parts)
    counted = (f"{name} = {part.pupils}" if part.pupils else name for name, part in zip(named, parts, strict=True))
    return "; ".join(counted) or "–"


def _laid_out(pending: Pending, layout: Layout) -> Pending:
    return replace(pending, reading=replace(pending.reading, layout=layout), last_year=False)


_SAID: Mapping[str, Callable[[Pending, str, object], Pending | None]] = {
    "read": _read_as,
    "unit": _unit,
    "kind": _kind,
    "rows": _header,
    "column": _column,
    "factor": _factor,
    "together": _together,
    "row": _unit_of_row,
}
