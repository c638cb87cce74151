"""Layouts: what the columns of a table of any make are, as the user says; and how they are kept."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

from socio.composition import scale
from socio.errors import Fault, TableError, words
from socio.intake import cells, delimited, shares, sheets
from socio.intake.shares import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from socio.errors import Words

Role: TypeAlias = Literal[
    "ignored",
    "code",
    "school",
    "operator",
    "operator_name",
    "pupils",
    "pupils_composition",
    "pupils_paid",
    "category",
    "level",
    "risk",
    "index",
    "old_rate",
    "old_amount",
    "old_pupils",
]
"""What a column is; ``pupils`` are those behind the shares and those paid at once."""

ROLES: Final[tuple[Role, ...]] = get_args(Role)
NEED: Final[frozenset[Role]] = frozenset({"category", "level", "risk", "index"})
MANY: Final[frozenset[Role]] = frozenset({"ignored", "category", "level"})
"""Roles that several columns may have."""

JOINED: Final = " – "
"""Between the rows of a heading."""

YES: Final = "Ja"
"""What the category of a yes/no factor is called."""

VERSION: Final = 1
LARGEST_END: Final = 1e9
"""What the ends of a level's scale are below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the table.

    Attributes
    ----------
    heading
        As it stands in the file; several header rows are joined with `JOINED`.
    role
        What it is.
    factor, category
        What a category belongs to and is; a level has a factor only.
    most, least
        For a level: the values that mean the most and the least need (R027, trap T04).
    """

    heading: str = ""
    role: Role = "ignored"
    factor: str = ""
    category: str = ""
    most: float = 1.0
    least: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One school unit that a row stands for (trap T20).

    Attributes
    ----------
    code, school
        The unit; without a name it has the row's.
    pupils
        Its pupils behind the shares; 0 for all of the row's.
    """

    code: str
    school: str
    pupils: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where in a table everything stands, and what is made of its rows.

    Attributes
    ----------
    columns
        By position.
    header
        The header's last row; 0 where the file has none.
    headers
        How many rows it has.
    last
        The table's last row; 0 for all to the end.
    unknown
        Factors in which what a row lacks up to 100 % is a category of its own (R064).
    apart
        Factors whose categories overlap: each becomes a yes/no factor.
    together
        Whether several rows of one unit are one school (trap T20).
    units
        By a row's school or code as it stands: nothing leaves the row out, one part gives it that unit's code,
        several split it.
    """

    columns: tuple[Column, ...]
    header: int = 1
    headers: int = 1
    last: int = 0
    unknown: frozenset[str] = frozenset()
    apart: frozenset[str] = frozenset()
    together: bool = False
    units: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a file is read: everything that the user has chosen.

    Attributes
    ----------
    sheet, encoding, separator, decimal
        Empty where it is understood from the file.
    unit
        What the shares are written in; None likewise.
    layout
        None where the file is in the program's own layout.
    """

    sheet: str = ""
    encoding: str = ""
    separator: str = ""
    decimal: str = ""
    unit: Unit | None = None
    layout: Layout | None = None

    def written(self) -> str:
        """Write it down, the same text for the same reading.

        Examples
        --------
        >>> Reading(decimal=",").written()
        '{"version": 1, "sheet": "", "encoding": "", "separator": "", "decimal": ",", "unit": "", "layout": null}'
        """
        told = {
            "version": VERSION,
            **{name: getattr(self, name) for name in CHOICES},
            "unit": "" if self.unit is None else self.unit.value,
            "layout": None if self.layout is None else _told(self.layout),
        }
        return json.dumps(told, ensure_ascii=False)

    @classmethod
    def of(cls, text: str) -> Reading:
        """Read what `written` wrote; nothing is a reading without a choice.

        Raises
        ------
        TableError
            The text is something else, or of a later version of the program.

        Examples
        --------
        >>> Reading.of(Reading(decimal=",").written()).decimal
        ','
        """
        if not text:
            return cls()
        try:
            told = json.loads(text, parse_constant=_no_number)
            if _read(told, "version", int) != VERSION:
                raise _unreadable(words("how the file was read is written by a later version of the program"))
            unit = _read(told, "unit", str)
            chosen = {name: _one_of(_read(told, name, str), allowed) for name, allowed in CHOICES.items()}
            layout = None if told["layout"] is None else _layout(told["layout"])
            return cls(**chosen, unit=Unit(unit) if unit else None, layout=layout)
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            raise _unreadable(words("how the file was read cannot be made out")) from None


CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "sheet": (),
    "encoding": ("", *delimited.CODECS),
    "separator": ("", *delimited.SEPARATORS),
    "decimal": ("", ",", "."),
}
"""What a file's reading has to choose from; nothing is anything."""


def named(layout: Layout, position: int) -> str:
    """Return what a column is called in a sentence: its heading, else its letter in a spreadsheet.

    Examples
    --------
    >>> named(Layout(columns=(Column(heading="Skola"), Column())), 1)
    'B'
    """
    return layout.columns[position].heading or letters(position)


def letters(position: int) -> str:
    """Return a column's letters in a spreadsheet.

    Examples
    --------
    >>> letters(0), letters(27)
    ('A', 'AB')
    """
    return sheets._letters(position)  # noqa: SLF001 - one place tells them


def missing(layout: Layout) -> tuple[Fault, ...]:
    """Tell what the choice of columns lacks or has twice.

    Parameters
    ----------
    layout : Layout
        What the user has chosen.

    Returns
    -------
    tuple of Fault
        All of them at once, with the heading of the user's file; none where the table can be read.
    """
    faults = [*_shape(layout), *_lacking(layout), *_twice(layout), *_names(layout), *_factors(layout), *_parts(layout)]
    return tuple(faults)


def _at(layout: Layout, role: Role) -> list[int]:
    return [at for at, column in enumerate(layout.columns) if column.role == role]


def _fault(layout: Layout, at: int, wrong: Words, allowed: Words) -> Fault:
    return Fault(row=layout.header or None, column=named(layout, at), wrong=wrong, allowed=allowed)


def _shape(layout: Layout) -> Iterator[Fault]:
    """Refuse rows of a header that there cannot be."""
    first = layout.header - layout.headers + 1
    if layout.header < 0 or layout.headers < 0 or (layout.header and not 1 <= first <= layout.header):
        wrong = words(
            "the header cannot have {count} rows and end in row {row}", count=layout.headers, row=layout.header
        )
        yield Fault(wrong=wrong, allowed=words("choose the header's last row and how many it has"))
    if layout.last and layout.last <= layout.header:
        wrong = words("the table's last row, {last}, stands above its schools", last=layout.last)
        yield Fault(wrong=wrong, allowed=words("choose a row below the header, or 0 for all rows"))


def _lacking(layout: Layout) -> Iterator[Fault]:
    roles = Counter(column.role for column in layout.columns)
    row = layout.header or None
    if not roles["code"] and not roles["school"]:
        wrong = words("no column is the school or its code")
        yield Fault(row=row, wrong=wrong, allowed=words("choose at least one of them"))
    if not roles["pupils"] and not roles["pupils_composition"]:
        wrong = words("no column is the number of pupils")
        yield Fault(row=row, wrong=wrong, allowed=words("choose the pupils, or those behind the shares"))
    if not any(roles[role] for role in NEED):
        wrong = words("no column says anything about need")
        yield Fault(row=row, wrong=wrong, allowed=words("choose at least one category, level, risk or index"))
    for at in _at(layout, "old_amount") if not roles["old_pupils"] else []:
        wrong = words("the amount has no pupils to be divided by")
        yield _fault(layout, at, wrong, words("choose the column with the pupils behind it, or leave it out"))
    for at in _at(layout, "old_pupils") if not roles["old_amount"] else []:
        wrong = words("the pupils behind today's amount stand without the amount")
        yield _fault(layout, at, wrong, words("choose the column with the amount, or leave it out"))


def _twice(layout: Layout) -> Iterator[Fault]:
    """Refuse a second column of what there is one of."""
    seen: dict[Role, int] = {}
    for at, column in enumerate(layout.columns):
        if column.role in MANY:
            continue
        if column.role in seen:
            other = named(layout, seen[column.role])
            wrong = words("the column is the same as “{other}”", other=cells.clipped(other))
            yield _fault(layout, at, wrong, words("choose one of them"))
        seen.setdefault(column.role, at)
    if "pupils" in seen and "pupils_composition" in seen:
        other = cells.clipped(named(layout, seen["pupils"]))
        wrong = words("the pupils behind the shares stand in “{other}” too", other=other)
        yield _fault(layout, seen["pupils_composition"], wrong, words("choose one of them"))
    if "old_rate" in seen and "old_amount" in seen:
        other = cells.clipped(named(layout, seen["old_amount"]))
        wrong = words("today's money stands in “{other}” too", other=other)
        yield _fault(layout, seen["old_rate"], wrong, words("choose kronor per pupil or the amount"))


def _names(layout: Layout) -> Iterator[Fault]:
    """Ask for the names of factors and categories, where they are lacking or cannot be."""
    for at, column in enumerate(layout.columns):
        if column.role not in {"category", "level"}:
            continue
        factor, category = cells.text(column.factor), cells.text(column.category)
        if not factor:
            wrong = words("it is not said which factor the column belongs to")
            yield _fault(layout, at, wrong, words("write the factor's name"))
        if ":" in factor:
            wrong = words("the factor's name “{name}” has a colon", name=cells.clipped(factor))
            yield _fault(layout, at, wrong, words("write it without"))
        if column.role == "level":
            ends = (column.most, column.least)
            if not all(abs(end) < LARGEST_END for end in ends) or _end(ends[0]) == _end(ends[1]):
                wrong = words("the scale has no two ends")
                allowed = words("write the value that means the most need, and the one that means the least")
                yield _fault(layout, at, wrong, allowed)
        elif not category:
            wrong = words("it is not said which category the column is")
            yield _fault(layout, at, wrong, words("write the category's name"))
        elif scale(category) is not None or (":" in category and column.factor in layout.apart):
            wrong = words("a category cannot be named “{name}”", name=cells.clipped(category))
            yield _fault(layout, at, wrong, words("write another name"))


def _factors(layout: Layout) -> Iterator[Fault]:
    """Refuse columns that would be the same category, or a level beside others in its factor."""
    seen: dict[tuple[str, str], int] = {}
    members: dict[str, list[int]] = {}
    for at, column in enumerate(layout.columns):
        if column.role not in {"category", "level"}:
            continue
        factor, category = placed(layout, column)
        if not factor or not category:
            continue
        key = (factor.casefold(), "" if column.role == "level" else category.casefold())
        if key in seen:
            other = cells.clipped(named(layout, seen[key]))
            wrong = words("the column is the same category as “{other}”", other=other)
            yield _fault(layout, at, wrong, words("write another name, or leave one of them out"))
        seen.setdefault(key, at)
        members.setdefault(factor.casefold(), []).append(at)
    for found in members.values():
        levels = [at for at in found if layout.columns[at].role == "level"]
        if levels and len(levels) < len(found):
            factor = placed(layout, layout.columns[levels[0]])[0]
            wrong = words("the factor {factor} has both a mean and other columns", factor=factor)
            yield _fault(layout, levels[0], wrong, words("the mean stands alone"))
        if len(found) == 1 and placed(layout, layout.columns[found[0]])[1] == shares.OTHERS:
            wrong = words("a single category cannot be named {name}", name=shares.OTHERS)
            yield _fault(layout, found[0], wrong, words("that is the name its complement gets"))


def _parts(layout: Layout) -> Iterator[Fault]:
    """Refuse units without a code, in several parts of a row, or without pupils of their own."""
    for row, parts in layout.units.items():
        codes = Counter(cells.text(part.code) for part in parts)
        wrong = None
        if "" in codes:
            wrong = words("a unit of “{school}” has no code", school=cells.clipped(row))
        elif any(count > 1 for count in codes.values()):
            wrong = words("two units of “{school}” have the same code", school=cells.clipped(row))
        elif len(parts) > 1 and any(part.pupils < 1 for part in parts):
            wrong = words("a unit of “{school}” has no pupils", school=cells.clipped(row))
        if wrong is not None:
            yield Fault(wrong=wrong, allowed=words("each unit has a code and pupils of its own"))


def placed(layout: Layout, column: Column) -> tuple[str, str]:
    """Return the factor and the category that a column becomes; each is its own factor where they overlap.

    Examples
    --------
    >>> column = Column(role="category", factor="Migration", category="Utrikes född")
    >>> placed(Layout(columns=(column,), apart=frozenset({"Migration"})), column)
    ('Utrikes född', 'Ja')
    """
    factor, category = cells.text(column.factor), cells.text(column.category)
    if column.role == "level":
        return factor, f"Medelvärde ({_end(column.most)}–{_end(column.least)})"
    if column.factor in layout.apart and category:
        return category, YES
    return factor, category


def _end(value: float) -> str:
    """Write an end of a scale, with a decimal comma."""
    return f"{value:.9f}".rstrip("0").rstrip(".").replace(".", ",")


def _told(layout: Layout) -> dict[str, Any]:
    return {
        "columns": [
            {name: getattr(column, name) for name in ("heading", "role", "factor", "category", "most", "least")}
            for column in layout.columns
        ],
        **{name: getattr(layout, name) for name in ("header", "headers", "last", "together")},
        "unknown": sorted(layout.unknown),
        "apart": sorted(layout.apart),
        "units": {
            row: [{"code": part.code, "school": part.school, "pupils": part.pupils} for part in layout.units[row]]
            for row in sorted(layout.units)
        },
    }


def _layout(told: object) -> Layout:
    units = _read(told, "units", dict)
    return Layout(
        columns=tuple(map(_column, _read(told, "columns", list))),
        header=_read(told, "header", int),
        headers=_read(told, "headers", int),
        last=_read(told, "last", int),
        unknown=_texts(_read(told, "unknown", list)),
        apart=_texts(_read(told, "apart", list)),
        together=_read(told, "together", bool),
        units={row: tuple(map(_part, _is(parts, list))) for row, parts in units.items()},
    )


def _column(told: object) -> Column:
    return Column(
        heading=_read(told, "heading", str),
        role=_role(_read(told, "role", str)),
        factor=_read(told, "factor", str),
        category=_read(told, "category", str),
        most=float(_read(told, "most", float)),
        least=float(_read(told, "least", float)),
    )


def _part(told: object) -> Part:
    return Part(code=_read(told, "code", str), school=_read(told, "school", str), pupils=_read(told, "pupils", int))


def _read(told: object, name: str, kind: type) -> Any:  # noqa: ANN401 - of the kind
    return _is(_is(told, dict)[name], kind)


def _is(value: object, kind: type) -> Any:  # noqa: ANN401 - of the kind
    """Return a value of a kind; a whole number is a number too, and true is not."""
    if type(value) is not kind and not (kind is float and type(value) is int):
        raise TypeError(kind)
    return value


def _role(written: str) -> Role:
    for role in ROLES:
        if role == written:
            return role
    raise ValueError(written)


def _one_of(written: str, allowed: Sequence[str]) -> str:
    if allowed and written not in allowed:
        raise ValueError(written)
    return written


def _texts(told: Sequence[object]) -> frozenset[str]:
    return frozenset(_is(text, str) for text in told)


def _no_number(written: str) -> None:
    raise ValueError(written)


def _unreadable(wrong: Words) -> TableError:
    return TableError([Fault(wrong=wrong, allowed=words("choose anew how it is read"))])
