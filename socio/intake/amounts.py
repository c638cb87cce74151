"""Amounts: a list of schools and kronor, pasted or in a file, and matched with the schools of a table."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

from socio.composition import Mark
from socio.errors import Fault, TableError, words
from socio.intake import archives, cells, delimited, grids, sheets
from socio.intake.delimited import Faults
from socio.linking import form, near, plain
from socio.rounding import whole_kronor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from socio.composition import Array, Composition
    from socio.errors import Words
    from socio.intake.cells import Cell, Sign
    from socio.intake.delimited import Encoding, Grid, Separator

By: TypeAlias = Literal["code", "name", "form", "chosen", ""]

CODE: Final = re.compile(r"\d{8,9}", re.ASCII)
CODE_HEADINGS: Final = frozenset({"skolenhetskod", "skol-enhetskod", "skolkod", "code", "kod"})
NAME_HEADINGS: Final = frozenset({"skola", "skolor", "skolenhet", "enhet", "school", "namn"})
KNOWN: Final = CODE_HEADINGS | NAME_HEADINGS | {"belopp", "kronor", "kr", "ersättning"}
NOT_AN_AMOUNT: Final = re.compile(
    r"elev|pupils|andel|index|poäng|points|target|rate\b|\båk\b|\bvikt|%|\bår\b", re.IGNORECASE
)
IN_THOUSANDS: Final = re.compile(r"\b(?:tkr|mnkr|mkr|msek|tsek|tusental)\b", re.IGNORECASE)
OF_MONEY: Final = re.compile(r"kr\b|kronor|belopp|ersättning|summa|sek\b", re.IGNORECASE)
OF_PUPILS: Final = re.compile(r"\b(?:antal )?elever\b|\belevantal\b", re.IGNORECASE)
OF_SHARES: Final = re.compile(r"\bandel|%|\bindex\b", re.IGNORECASE)
UNIT: Final = re.compile(r"\s*(?:kr(?:onor)?\.?|:-|sek)\s*$", re.IGNORECASE)
SUM: Final = re.compile(r"(?:del)?(?:summa|totalt?)\b", re.IGNORECASE)
PERIOD: Final = re.compile(r"(?:vt|ht|år|läsår|termin(?:en)?|kalenderår(?:et)?)", re.IGNORECASE)

PAIR: Final = re.compile(
    r"""\s*(?P<name>[^\W\d_][^\t\n]*?|\d{8,9})[\s,:;]\s*
    (?P<kronor>[-\u2212]?(?:\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+|\d{1,3}(?:[.,]\d{3})+|\d+)(?:[.,]\d{1,2})?)
    (?:\s*(?:kr|kronor|:-))?(?=\s+[^\W\d_]|\s*$)""",
    re.VERBOSE,
)
"""A school and its kronor on a line without separators, as a page is pasted."""

LONGEST_LINE: Final = 500
LONGEST_AMOUNT: Final = 60
"""Characters of a cell with an amount and its unit; one that is longer is text."""

MOST_BLANKS: Final = re.compile(r"(\s{8})\s+")
MOST_SUGGESTED: Final = 200
"""Rows without a school for which names near theirs are looked up; nobody goes through more by hand."""

OTHER_ALPHABETS: Final = re.compile("[^\u0000-\u024f]")
MOST_KRONOR: Final = 1e12
MOST_PASTED: Final = 2_000_000
LISTED: Final = 10


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: a school as it is written, and its kronor.

    Attributes
    ----------
    row
        Its row in the file.
    code, school
        The code and the name, each empty where it is not there.
    kronor
        The amount.
    other
        Another reading of the same line: “Skolan 4 234 567” may be a school named “Skolan 4”.
    """

    row: int
    code: str
    school: str
    kronor: float
    other: tuple[str, float] | None = None

    @property
    def label(self) -> str:
        """What the school is called in a sentence."""
        return self.school or self.code


@dataclass(frozen=True, slots=True)
class AmountColumn:
    """One column of amounts.

    Attributes
    ----------
    heading
        As it stands; empty where there is none.
    entries
        The rows that have an amount.
    stated
        The sum that the table itself states; None where it states none.
    """

    heading: str
    entries: tuple[Entry, ...]
    stated: float | None

    @property
    def total(self) -> float:
        """The sum of the rows, in kronor."""
        return sum(entry.kronor for entry in self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """A list of schools and kronor.

    Attributes
    ----------
    columns
        At least one; where there are several, somebody has to choose.
    encoding, separator, sheet
        How the file was understood; a separator of `` `` is a page pasted without any.
    warnings
        Rows that are not read, and sums that do not agree.
    """

    columns: tuple[AmountColumn, ...]
    encoding: str
    separator: str
    sheet: str
    warnings: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Matched:
    """A column of amounts against the schools of a table.

    Attributes
    ----------
    kronor
        Shape (n_schools,); NaN for a school without an amount.
    by
        How each was matched: by code, by name, by its form (“A skola” for “A-skolan”), or as the user says.
    unmatched
        Rows whose school the table does not have.
    suggestions
        For the row of an unmatched entry, codes of schools with a name near it; never applied.
    without
        Codes of the schools that have no amount.
    duplicates
        Rows that name the same school more than once, by its code; none of them is used.
    unclear
        Rows that may be read in two ways, each of which is a school; none of them is used.
    left_out
        Rows that the user has left out.
    total, used
        The sum of all rows, and of those that were matched, in kronor.
    """

    kronor: Array
    by: tuple[By, ...]
    unmatched: tuple[Entry, ...]
    suggestions: Mapping[int, tuple[str, ...]]
    without: tuple[str, ...]
    duplicates: Mapping[str, tuple[Entry, ...]]
    unclear: tuple[Entry, ...]
    left_out: tuple[Entry, ...] = ()
    total: float
    used: float

    @property
    def undecided(self) -> tuple[Entry, ...]:
        """The rows of which somebody has to say whose they are, in their order."""
        twice = (entry for entries in self.duplicates.values() for entry in entries)
        return tuple(sorted((*self.unmatched, *twice, *self.unclear), key=lambda entry: entry.row))

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What somebody has to look at, a sentence each."""
        found = [
            Fault(
                row=entry.row,
                value=entry.label,
                wrong=words("the table has no school “{school}”", school=cells.clipped(entry.label)),
                allowed=words("choose its school, or leave the row out"),
            )
            for entry in self.unmatched
        ]
        found += [
            Fault(
                row=entry.row,
                value=entry.label,
                wrong=words("“{school}” stands in {count} rows", school=cells.clipped(entry.label), count=len(entries)),
                allowed=words("each school has one amount"),
            )
            for entries in self.duplicates.values()
            for entry in entries[:1]
        ]
        found += [
            Fault(
                row=entry.row,
                value=entry.label,
                wrong=words("the first digits of “{school}” may belong to its name", school=cells.clipped(entry.label)),
                allowed=words("write the name and the amount in cells of their own"),
            )
            for entry in self.unclear
        ]
        return tuple(sorted(found, key=lambda fault: fault.row or 0))


def read(
    content: bytes,
    name: str,
    *,
    sheet: str | None = None,
    encoding: Encoding | None = None,
    separator: Separator | None = None,
    decimal: Sign | None = None,
) -> Amounts:
    r"""Read a list of schools and kronor.

    Parameters
    ----------
    content : bytes
        Text with any separator, a page pasted without one, or a workbook: a column with names or codes, and one
        or more with kronor; a header may be there.
    name : str
        The file's name, for messages.
    sheet : str, optional
        Which sheet, where there are several.
    encoding, separator, decimal : str, optional
        How the text is to be read, where what was understood is wrong.

    Returns
    -------
    Amounts
        Every column of kronor.

    Raises
    ------
    TableError
        With every fault found, each with its row and column.

    Notes
    -----
    docs/method.md §11. Kronor have at most two decimals, so ``196.106`` are thousands.

    Examples
    --------
    >>> read("Annerstaskolan 7 279 334\nEdboskolan 196 106\n".encode(), "inklistrat").columns[0].total
    7475440.0
    """
    try:
        found = _read(content, sheet, encoding, separator, decimal or "")
    except TableError as error:
        raise error.named(name) from None
    return replace(found, warnings=tuple(replace(warning, file=name) for warning in found.warnings))


def recognised(
    content: bytes, grid: Grid, *, encoding: Encoding | None = None, separator: Separator | None = None
) -> bool:
    """Tell whether a file is a list of schools and kronor: names or codes, and numbers that may be money.

    Parameters
    ----------
    content : bytes
        The file, out of its archive.
    grid : Grid
        Its cells.
    encoding, separator : str, optional
        How the text is to be read, where the guess is wrong.

    Returns
    -------
    bool
    """
    pasted = _page(content, encoding, separator)
    if pasted is not None:
        return len(pasted[0].entries) > 1 and _speaks_of_schools([entry.school for entry in pasted[0].entries])
    shape = _shape(grid.rows)
    if shape is None:
        return False
    if _composed(shape):
        return False
    texts = [cells.text(row[at]) for row in grid.rows if row for at in shape.names if at < len(row)]
    money = any(OF_MONEY.search(heading) for heading in shape.headings)
    return bool(shape.codes) or money or _speaks_of_schools(texts)


def _composed(shape: _Shape) -> bool:
    """Tell a table of pupils and their composition, in which a column without a heading of money is a category."""
    pupils = any(OF_PUPILS.search(heading) for heading in shape.headings)
    shares = any(OF_SHARES.search(heading) for heading in shape.headings)
    money = all(OF_MONEY.search(shape.headings[at]) for at in shape.amounts)
    return pupils and (shares or not money)


def matched(
    column: AmountColumn, composition: Composition, chosen: Mapping[int, tuple[str, ...]] = MappingProxyType({})
) -> Matched:
    """Match a column of amounts with the schools of a table.

    Parameters
    ----------
    column : AmountColumn
        Of `read`.
    composition : Composition
        The schools.
    chosen : mapping of int to tuple of str, optional
        By row, the codes of the schools that the user says it belongs to: none leaves it out, one is that
        school, several share it. A row with a code that the table does not have is matched as if nothing
        were said of it.

    Returns
    -------
    Matched
        What the user says decides over a code, a code over a name, and a name as it is written over another
        form of it. A near name is suggested, never applied.

    Notes
    -----
    docs/method.md §11. Schools that share a row do so in proportion to their pupils paid, an amount of whole
    kronor in whole kronor. Rows that the user puts on the same school add up; a row that is matched to it
    without being asked does too, unless it is one of several such.
    """
    codes = {code: at for at, code in enumerate(composition.codes)}
    said = {
        row: [codes[code] for code in dict.fromkeys(given)] for row, given in chosen.items() if codes.keys() >= {*given}
    }
    found, unmatched, unclear = _by_itself([entry for entry in column.entries if entry.row not in said], composition)
    every = _by_itself(column.entries, composition)[0]
    kronor = np.full(len(composition), np.nan)
    by: list[By] = [""] * len(composition)
    left_out = []
    for entry in column.entries:
        schools = said.get(entry.row)
        if schools is None:
            continue
        if not schools:
            left_out.append(entry)
        for at, part in zip(schools, _shared(entry, schools, composition), strict=True):
            kronor[at], by[at] = np.nansum([kronor[at], part]), "chosen"
    duplicates = {}
    for at, entries in found.items():
        if len(entries) > 1 or (len(every.get(at, ())) > 1 and by[at]):
            duplicates[composition.codes[at]] = tuple(entry for entry, _ in entries)
            continue
        ((entry, how),) = entries
        kronor[at], by[at] = np.nansum([kronor[at], entry.kronor]), by[at] or how
    kronor.flags.writeable = False
    return Matched(
        kronor=kronor,
        by=tuple(by),
        unmatched=tuple(unmatched),
        suggestions=_suggestions(unmatched, composition),
        without=tuple(composition.codes[at] for at in np.flatnonzero(np.isnan(kronor))),
        duplicates=duplicates,
        unclear=tuple(unclear),
        left_out=tuple(left_out),
        total=column.total,
        used=float(np.nansum(kronor)),
    )


def _by_itself(
    entries: Sequence[Entry], composition: Composition
) -> tuple[dict[int, list[tuple[Entry, By]]], list[Entry], list[Entry]]:
    """Match rows by code, name or form: those of each school, those of none, and those that are unclear."""
    codes = {code: at for at, code in enumerate(composition.codes)}
    names, forms = _once(composition.names, plain), _once(composition.names, form)
    found: dict[int, list[tuple[Entry, By]]] = {}
    left: list[Entry] = []
    unclear = []
    for given in entries:
        entry = given
        if entry.other is not None and plain(entry.other[0]) in names:
            if plain(entry.school) in names:
                unclear.append(entry)
                continue
            entry = replace(entry, school=entry.other[0], kronor=entry.other[1], other=None)
        if (entry.code or entry.school) in codes:
            found.setdefault(codes[entry.code or entry.school], []).append((entry, "code"))
        elif plain(entry.school) in names:
            found.setdefault(names[plain(entry.school)], []).append((entry, "name"))
        else:
            left.append(entry)
    unmatched = []
    counted = Counter(form(entry.school) for entry in left if entry.school)
    for entry in left:
        at = forms.get(form(entry.school)) if entry.school else None
        if at is None or at in found or counted[form(entry.school)] > 1:
            unmatched.append(entry)
        else:
            found[at] = [(entry, "form")]
    return found, unmatched, unclear


def _shared(entry: Entry, schools: Sequence[int], composition: Composition) -> Array:
    """Share a row's kronor between schools, in proportion to their pupils."""
    kronor = entry.kronor
    if entry.other is not None and plain(entry.other[0]) in {plain(composition.names[at]) for at in schools}:
        kronor = entry.other[1]
    pupils = composition.pupils_paid[list(schools)]
    parts: Array = kronor * pupils / max(1, pupils.sum())
    if kronor % 1 or not schools:
        return parts
    return whole_kronor(parts, kronor, composition.code_rank[list(schools)]).astype(float)


def _once(schools: Sequence[str], how: Callable[[str], str]) -> dict[str, int]:
    """Return where each name stands, of those that stand once."""
    counted = Counter(map(how, schools))
    return {how(school): at for at, school in enumerate(schools) if counted[how(school)] == 1 and how(school)}


def _suggestions(entries: Sequence[Entry], composition: Composition) -> dict[int, tuple[str, ...]]:
    by_form: dict[str, list[str]] = {}
    for code, school in zip(composition.codes, composition.names, strict=True):
        by_form.setdefault(_compared(school), []).append(code)
    codes, asked = list(by_form.values()), entries[:MOST_SUGGESTED]
    nearest = near([_compared(entry.school) for entry in asked], list(by_form))
    found = {
        entry.row: tuple(code for place in places for code in codes[place])
        for entry, places in zip(asked, nearest, strict=True)
    }
    return {entry.row: found.get(entry.row, ()) for entry in entries}


def _compared(school: str) -> str:
    """Return a name as it is looked for: short, and one sign for the letters of other alphabets."""
    return OTHER_ALPHABETS.sub("?", form(school))[:LONGEST_AMOUNT]


@dataclass(frozen=True, slots=True)
class _Pasted:
    """Lines of a page without separators."""

    entries: tuple[Entry, ...]
    columns: tuple[tuple[Entry, ...], ...]
    stated: tuple[float | None, ...]
    unread: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Shape:
    """Which columns of a table are what."""

    header: int
    headings: tuple[str, ...]
    codes: tuple[int, ...]
    names: tuple[int, ...]
    amounts: tuple[int, ...]


def _read(
    content: bytes, sheet: str | None, encoding: Encoding | None, separator: Separator | None, decimal: str
) -> Amounts:
    rows, told = _pasted_or_rows(archives.opened(content), sheet, encoding, separator)
    if isinstance(rows, _Pasted):
        columns = tuple(
            AmountColumn("", entries, stated) for entries, stated in zip(rows.columns, rows.stated, strict=True)
        )
        warnings = _unread(rows.unread)
    else:
        shape = _shape(rows)
        if shape is None:
            wrong = words("there is no column with schools and one with kronor")
            allowed = words("it needs a name or a code and an amount in each row")
            raise TableError([Fault(wrong=wrong, allowed=allowed)])
        faults: list[Fault] = Faults()
        warnings = []
        columns = tuple(
            _column(_lines(rows, shape, at), shape.headings[at], decimal, faults, warnings) for at in shape.amounts
        )
        if faults:
            raise TableError(sorted(faults, key=lambda fault: fault.row or 0))
    for column in columns:
        if column.stated is not None and abs(column.stated - column.total) >= 1:
            wrong = words("the rows sum to {sum} kr, the table says {stated}", sum=column.total, stated=column.stated)
            heading = column.heading or None
            warnings.append(Fault(column=heading, wrong=wrong, allowed=words("see whether a row is missing")))
    return Amounts(columns=columns, encoding=told[0], separator=told[1], sheet=told[2], warnings=tuple(warnings))


def _pasted_or_rows(
    content: bytes, sheet: str | None, encoding: Encoding | None, separator: Separator | None
) -> tuple[_Pasted | Sequence[Sequence[Cell]], tuple[str, str, str]]:
    """Return the rows, or a page's lines where nothing separates the cells; and how they were understood."""
    pasted = _page(content, encoding, separator)
    if pasted is not None:
        return pasted[0], (pasted[1], " ", "")
    grid = grids.read(content, known=KNOWN, sheet=sheet, encoding=encoding, separator=separator)
    return grid.rows, (grid.encoding, grid.separator, grid.sheet)


def _page(content: bytes, encoding: Encoding | None, separator: Separator | None) -> tuple[_Pasted, str] | None:
    """Return the lines of a page and their encoding, where nothing separates the cells; None of any other file."""
    if separator is not None or len(content) > MOST_PASTED or sheets.is_workbook(content):
        return None
    written, named = delimited.decoded(content, encoding)
    pasted = None if re.search(r"[\t;]", written) else _pasted(written)
    return None if pasted is None or len(pasted.unread) > len(pasted.columns[0]) else (pasted, named)


def _pasted(written: str) -> _Pasted | None:
    """Read lines such as “A-skolan 1 000 B-skolan 2 000”; a sum may run over several of them."""
    found: list[list[Entry]] = []
    sums: list[float] = []
    unread: list[int] = []
    rest = ""
    for number, line in enumerate(written.splitlines(), 1):
        pairs, tail = _pairs(number, line)
        if not pairs or tail or SUM.match(rest):
            joined, tail = _pairs(number, f"{rest} {line}") if SUM.match(rest) else ([], "")
            if joined and all(SUM.match(entry.school) for entry in joined):
                sums += [entry.kronor for entry in joined] if found else []  # above the schools it is a heading
                rest = tail
                continue
            rest = (
                f"{rest} {line}".strip()[-LONGEST_LINE:] if SUM.match(rest) or SUM.match(line.strip()) else line.strip()
            )
            if found and line.strip() and not SUM.match(rest):
                unread.append(number)
            continue
        rest = ""
        if all(SUM.match(entry.school) for entry in pairs):
            sums += [entry.kronor for entry in pairs]
        else:
            found.append(pairs)
    if not found:
        return None
    width = Counter(map(len, found)).most_common(1)[0][0]
    unread += [pairs[0].row for pairs in found if len(pairs) != width]
    kept = [pairs for pairs in found if len(pairs) == width]
    columns = tuple(tuple(pairs[at] for pairs in kept) for at in range(width))
    stated = tuple(sums) if len(sums) == width else (None,) * width
    return _Pasted(tuple(entry for pairs in kept for entry in pairs), columns, stated, tuple(sorted(unread)))


def _pairs(number: int, line: str) -> tuple[list[Entry], str]:
    """Return the schools and amounts of a line, and what is left at its end."""
    pairs: list[Entry] = []
    line, at = MOST_BLANKS.sub(r"\1", line), 0
    while len(line) <= LONGEST_LINE and (found := PAIR.match(line, at)):
        school, written = cells.text(found["name"]).rstrip(",:;").strip(), found["kronor"]
        kronor = _kronor(written)
        if kronor is None or PERIOD.fullmatch(school):
            break
        head, _, later = re.sub(rf"[{cells.SPACES}]", " ", written).partition(" ")
        second = _kronor(later) if later and not CODE.fullmatch(school) else None
        other = None if second is None else (f"{school} {head}", second)
        is_code = CODE.fullmatch(school) is not None
        pairs.append(Entry(number, school if is_code else "", "" if is_code else school, kronor, other))
        at = found.end()
    return pairs, line[at:].strip()


def _kronor(written: str) -> float | None:
    number = cells.numeral(written)
    return None if number is None or number.negative else number.value(thousands=not number.sure)


WIDEST: Final = 30
"""Columns that a list of amounts has at most; a wider table is something else, and is not looked through."""


def _shape(rows: Sequence[Sequence[Cell]]) -> _Shape | None:
    """Tell which columns have codes, names and kronor, by their headings and by all rows."""
    filled = [number for number, row in enumerate(rows, 1) if any(cells.text(cell) for cell in row)]
    if not filled:
        return None
    width = max(len(rows[number - 1]) for number in filled)
    if width > WIDEST:
        return None
    first = next((n for n in filled if sum(bool(cells.text(cell)) for cell in rows[n - 1]) > 1), filled[0])
    top = [cells.text(cell) for cell in rows[first - 1]]
    is_header = not any(_money(cell) is not None for cell in top)
    headings = tuple((top[at] if is_header and at < len(top) else "") for at in range(width))
    below = [number for number in filled if number > first or not is_header]
    codes, names, amounts = [], [], []
    for at in range(width):
        column = [row[at] for number in below if at < len(row := rows[number - 1]) and cells.text(row[at])]
        heading = headings[at].casefold()
        numbers = sum(_money(cell) is not None or cells.marker(cell) is not None for cell in column)
        coded = sum(CODE.fullmatch(cells.text(cell)) is not None for cell in column)
        if not column:
            continue
        if heading in CODE_HEADINGS or (not OF_MONEY.search(heading) and 2 * coded > len(column)):
            codes.append(at)
        elif 2 * numbers > len(column):
            if not NOT_AN_AMOUNT.search(heading):
                amounts.append(at)
        else:
            names.append(at)
    named = [at for at in names if headings[at].casefold() in NAME_HEADINGS]
    named = named or [at for at in names if at < max(amounts, default=0)]
    if not amounts or not (codes or named):
        return None
    return _Shape(first if is_header else 0, headings, tuple(codes), tuple(named), tuple(amounts))


def _money(cell: Cell) -> cells.Numeral | None:
    """Take an amount apart, with or without its unit."""
    if isinstance(cell, str):
        cell = cell.strip()
        cell = UNIT.sub("", cell) if len(cell) <= LONGEST_AMOUNT else ""
    number = cells.numeral(cell)
    return None if number is None or number.percent else number


@dataclass(frozen=True, slots=True)
class _Line:
    """A row with something in it, as one column of kronor sees it."""

    row: int
    code: str
    school: str
    cell: Cell


def _lines(rows: Sequence[Sequence[Cell]], shape: _Shape, at: int) -> list[_Line]:
    """Put the names or codes that stand nearest before a column beside its kronor."""
    code_at, name_at = _nearest(shape.codes, at), _nearest(shape.names, at)
    lines = []
    for number, row in enumerate(rows[shape.header :], shape.header + 1):
        code = cells.text(row[code_at]) if code_at is not None and code_at < len(row) else ""
        school = cells.text(row[name_at]) if name_at is not None and name_at < len(row) else ""
        cell: Cell = row[at] if at < len(row) else ""
        if not code and CODE.fullmatch(school):
            code, school = school, ""
        if code or school or cells.text(cell):
            lines.append(_Line(number, code, school, cell))
    return lines


def _column(
    lines: Sequence[_Line], heading: str, decimal: str, faults: list[Fault], warnings: list[Fault]
) -> AmountColumn:
    """Read one column of kronor."""
    column = heading or None
    if IN_THOUSANDS.search(heading):
        unit = words("the amounts are not in whole kronor")
        faults.append(Fault(column=column, wrong=unit, allowed=words("write kronor, and kr in the heading")))
    numerals = [_money(line.cell) for line in lines]
    known = [number for number in numerals if number is not None]
    grouped = cells.groups_thousands(known, frozenset(decimal) or cells.decimal_signs(known), "amount", decimal)
    entries: list[Entry] = []
    sums: list[float] = []
    missing: list[int] = []
    for line, numeral in zip(lines, numerals, strict=True):
        shown = cells.shown(line.cell)
        if numeral is None and cells.marker(line.cell) in {Mark.MISSING, Mark.SUPPRESSED}:
            missing.append(line.row)
            continue
        if numeral is not None and not numeral.sure and not decimal and not grouped(numeral):
            asked, how = cells.unclear(line.cell)  # three decimals are no kronor
            faults.append(Fault(row=line.row, column=column, value=shown, wrong=asked, allowed=how))
            continue
        value = np.nan if numeral is None else numeral.value(thousands=bool(grouped(numeral)))
        wrong = cells.not_a_number(line.cell) if numeral is None else _impossible(value, shown)
        if wrong is not None:
            faults.append(Fault(row=line.row, column=column, value=shown, wrong=wrong, allowed=_ALLOWED))
        elif SUM.match(line.school) or not (line.code or line.school):
            sums.append(value)  # under the column, with or without the word
        else:
            entries.append(Entry(line.row, line.code, line.school, value))
    if missing:
        without = words("rows without an amount: {rows}", rows=_listed(missing))
        warnings.append(Fault(column=column, wrong=without, allowed=words("they are left out")))
    return AmountColumn(heading, tuple(entries), sums[-1] if sums else None)


def _impossible(kronor: float, shown: str) -> Words | None:
    if kronor < 0:
        return words("“{value}” is negative", value=cells.clipped(shown))
    return words("“{value}” is too large", value=cells.clipped(shown)) if kronor > MOST_KRONOR else None


def _listed(rows: Sequence[int]) -> str:
    return ", ".join(map(str, rows[:LISTED])) + ("…" if len(rows) > LISTED else "")


def _nearest(positions: Sequence[int], at: int) -> int | None:
    """Return the position nearest before a column, else the first."""
    before = [position for position in positions if position < at]
    return before[-1] if before else (positions[0] if positions else None)


def _unread(rows: Sequence[int]) -> list[Fault]:
    if not rows:
        return []
    wrong = words("rows that are not read: {rows}", rows=_listed(rows))
    return [Fault(wrong=wrong, allowed=words("a row has a school and its kronor"))]


def _speaks_of_schools(texts: Sequence[str]) -> bool:
    return any("skol" in text.casefold() for text in texts)


_ALLOWED: Final = words("allowed is a number of kronor from 0, or nothing")
