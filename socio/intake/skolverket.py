"""Skolverket's national export “Antal elever per årskurs”, as downloaded: every school unit of a läsår."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, NamedTuple

from socio.errors import Fault, TableError, words
from socio.intake import cells, delimited, grids, names, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from socio.errors import Words
    from socio.intake.cells import Cell
    from socio.intake.delimited import Encoding, Grid, Separator
    from socio.intake.tables import Intake

TITLE: Final = re.compile(r"^[\s\"]*Grundskola[n]? - Antal elever per årskurs", re.IGNORECASE | re.MULTILINE)
YEAR: Final = re.compile(r"Valt läsår:\s*(\d{4}/\d{2})")
AUTUMN: Final = re.compile(r"(?<!\d)20\d\d(?!\d)")
"""The year in the file's name is that of the autumn."""

LONGEST_HEADING: Final = 300
CODE: Final = re.compile(r"\d{8,9}", re.ASCII)
"""Eight digits; nine in some rows before 2013."""

PLACE: Final = re.compile(r"\d{3,4}", re.ASCII)
PERSONS: Final = re.compile(r"\d{1,3}(?:[ \u00a0\u2009\u202f]?\d{3})?", re.ASCII)

GRADES: Final = r"(?:årskurs|åk) 1 ?[-\u2010-\u2015] ?9"
HEADERS: Final = 50
"""The header stands within so many rows."""

COLUMNS: Final = {
    "school": "Skola",
    "code": "Skol-enhetskod",
    "municipality": "Skolkommun",
    "municipality_code": "Kommun-kod",
    "operator": "Typ av huvudman",
    "operator_name": "Huvudman",
    "preschool_class": "Elever, förskoleklass",
    "pupils": "Elever, årskurs 1-9",
    "girls": "Andel (%) flickor, årskurs 1-9",
    "foreign": "Andel (%) elever med utländsk bakgrund, åk 1-9",
    "tertiary": "Andel (%) elever med föräldrar med eftergymnasial utb., åk 1-9",
}
HEADINGS: Final = {
    "school": re.compile(r"skola|skolenhet"),
    "code": re.compile(r"skol-?enhetskod"),
    "municipality": re.compile(r"skolkommun|kommun"),
    "municipality_code": re.compile(r"kommun-kod"),
    "operator": re.compile(r"typ av huvudman"),
    "operator_name": re.compile(r"huvudman"),
    "preschool_class": re.compile(r"(?:antal )?elever,? (?:i )?förskoleklass"),
    "pupils": re.compile(rf"(?:antal )?elever,? {GRADES}"),
    "girls": re.compile(rf"andel (?:\(%\) )?flickor,? {GRADES}"),
    "foreign": re.compile(rf"andel (?:\(%\) )?(?!.*eftergymnasial).*utländsk bakgrund.*{GRADES}"),
    "tertiary": re.compile(rf"andel (?:\(%\) )?.*eftergymnasial.*{GRADES}"),
}
"""What the headings keep, however they are written, in small letters."""

REQUIRED: Final = ("school", "code", "municipality_code", "pupils")
SHARES: Final = ("girls", "foreign", "tertiary")
KNOWN: Final = frozenset(heading.casefold() for heading in COLUMNS.values())

FACTORS: Final = (
    ("girls", "Kön", "Flickor", "Pojkar"),
    ("tertiary", "Föräldrarnas utbildning", "Eftergymnasial", "Ej eftergymnasial"),
    ("foreign", "Bakgrund", "Utländsk", "Svensk"),
)
OPERATORS: Final = {"kommunal": "kommunal", "enskild": "fristående"}
HEAD: Final = 4_096
"""The title stands within so many bytes."""

SOURCE: Final = "Skolverket: Grundskolan – Antal elever per årskurs, läsår {year}"
CODING: Final = "highest"
"""Of parents' education the export counts pupils of whom at least one parent has a post-secondary one."""


class Share(NamedTuple):
    """A share as published, in per cent, and its complement."""

    published: str
    complement: str


@dataclass(frozen=True, slots=True)
class SchoolUnit:
    """One row of the export.

    Attributes
    ----------
    row
        Its row in the file, the first line being row 1.
    code, school, municipality_code, operator, operator_name
        As they stand, but for blanks.
    pupils
        Pupils in grades 1-9; None where the export has no number.
    preschool_class
        Pupils in förskoleklass; None where the export has no number.
    shares
        Girls, foreign background and parents with tertiary education, by the names of `FACTORS`.
    """

    row: int
    code: str
    school: str
    municipality_code: str
    operator: str
    operator_name: str
    pupils: int | None
    preschool_class: int | None
    shares: Mapping[str, Share]


class LeftOut(NamedTuple):
    """Units without a number of pupils in grades 1-9, and their pupils in förskoleklass."""

    units: int
    preschool_class: int


@dataclass(frozen=True, slots=True)
class National:
    """The whole country in one läsår.

    Attributes
    ----------
    year
        The läsår, such as ``2018/19``.
    municipalities
        Name of each municipality by its four-digit code, in the order of the names.
    units
        Every school unit, in the order of the file.
    """

    year: str
    municipalities: Mapping[str, str]
    units: tuple[SchoolUnit, ...]

    def within(self, municipality_code: str | None = None) -> tuple[SchoolUnit, ...]:
        """Return the units with pupils in grades 1-9, of one municipality or of the whole country."""
        return tuple(unit for unit in self._of(municipality_code) if unit.pupils is not None)

    def left_out(self, municipality_code: str | None = None) -> LeftOut:
        """Count the units that have no number of pupils in grades 1-9, and their pupils in förskoleklass."""
        without = [unit for unit in self._of(municipality_code) if unit.pupils is None]
        return LeftOut(len(without), sum(unit.preschool_class or 0 for unit in without))

    def layout(self, municipality_code: str | None = None) -> str:
        """Write the program's own layout for one municipality, or for the whole country.

        Parameters
        ----------
        municipality_code : str, optional
            Four digits; everything where left out.

        Returns
        -------
        str
            ``;``-separated text, shares in per cent as published with their markers.

        Notes
        -----
        docs/method.md §11. A factor that no unit has a value for is left out.
        """
        units = self.within(municipality_code)
        factors = [
            factor for factor in FACTORS if any(unit.shares[factor[0]].published not in {"", "."} for unit in units)
        ]
        text = io.StringIO()
        table = csv.writer(text, delimiter=";", lineterminator="\n")
        table.writerow(
            [
                *(tables.CODE, tables.NAME, tables.OPERATOR, tables.OPERATOR_NAME),
                *(tables.PUPILS_COMPOSITION, tables.PUPILS_PAID),
                *(f"{factor}: {category}" for _, factor, *pair in factors for category in pair),
            ]
        )
        table.writerows(
            [
                *(unit.code, names.guarded(unit.school), unit.operator, names.guarded(unit.operator_name)),
                *(unit.pupils or 0, (unit.pupils or 0) + (unit.preschool_class or 0)),
                *(share for name, *_ in factors for share in unit.shares[name]),
            ]
            for unit in units
        )
        return text.getvalue()

    def intake(self, municipality_code: str | None = None) -> Intake:
        """Return the composition of one municipality, or of the whole country."""
        return tables.read(
            self.layout(municipality_code).encode(),
            SOURCE.format(year=self.year),
            municipality="" if municipality_code is None else self.municipalities[municipality_code],
            municipality_code=municipality_code or "",
            year=self.year,
            source=SOURCE.format(year=self.year),
        )

    def municipality(self, name_or_code: str) -> str:
        """Return a municipality's code, by its code or its name in any case.

        Raises
        ------
        TableError
            There is none, with the names that come near.
        """
        wanted = " ".join(name_or_code.split()).casefold()
        names = {name.casefold(): code for code, name in self.municipalities.items()}
        if wanted in self.municipalities:
            return wanted
        if wanted in names:
            return names[wanted]
        near = [self.municipalities[names[name]] for name in get_close_matches(wanted, names, n=3)]
        wrong = words("the export has no municipality “{name}”", name=cells.clipped(name_or_code))
        allowed = (
            words("near it are {names}", names=", ".join(near))
            if near
            else words("write a name such as Huddinge or a code such as 0126")
        )
        raise TableError([Fault(wrong=wrong, allowed=allowed)])

    def _of(self, municipality_code: str | None) -> tuple[SchoolUnit, ...]:
        if municipality_code is None:
            return self.units
        return tuple(unit for unit in self.units if unit.municipality_code == municipality_code)


def recognised(content: bytes) -> bool:
    r"""Tell from its first lines whether a file is this export.

    Examples
    --------
    >>> recognised("Statistik från Skolverket\n\nGrundskolan - Antal elever per årskurs\n".encode())
    True
    """
    head = content[:HEAD].decode("utf-8", errors="replace")
    return "Skolverket" in head and TITLE.search(head) is not None


def is_header(row: Sequence[Cell]) -> bool:
    """Tell whether a row is this export's header: it has school units and their pupils in grades 1-9.

    Examples
    --------
    >>> is_header(["Skola", "Skol-enhetskod", "Elever, årskurs 1-9"])
    True
    """
    return {"code", "pupils"} <= _columns(row).keys()


def read(
    content: bytes,
    name: str,
    *,
    sheet: str | None = None,
    encoding: Encoding | None = None,
    separator: Separator | None = None,
) -> National:
    """Read the national export.

    Parameters
    ----------
    content : bytes
        The file as downloaded, or in a ``.zip``, or saved again in a spreadsheet, with its columns in any order
        and without those that are not needed.
    name : str
        The file's name, for messages, and for the autumn where the file lacks its läsår.
    sheet : str, optional
        Which sheet, where there are several.
    encoding, separator : str, optional
        How the text is to be read, where what was understood is wrong.

    Returns
    -------
    National
        Every school unit.

    Raises
    ------
    TableError
        With every fault found, each with its row and column.

    Notes
    -----
    docs/method.md §11 and trap T06: metadata above the header, prose below the rows, a semicolon at the
    end of each line, ``1 120`` with a space, codes with leading zeros.
    """
    try:
        return _national(grids.read(content, known=KNOWN, sheet=sheet, encoding=encoding, separator=separator), name)
    except TableError as error:
        raise error.named(name) from None


def _national(grid: Grid, name: str) -> National:
    faults: list[Fault] = delimited.Faults()
    rows = _written(grid.rows)
    year, header, columns = _header(rows, name)
    units, names = _units(rows, header, columns, faults, workbook=bool(grid.sheet))
    if not units and not faults:
        wrong = words("there is no school below the header")
        faults.append(Fault(row=header, wrong=wrong, allowed=words("it needs a header and a row for each school")))
    if faults:
        raise TableError(faults)
    return National(year, dict(sorted(names.items(), key=lambda item: item[1])), units)


def _written(rows: Sequence[Sequence[Cell]]) -> Sequence[Sequence[str]]:
    """Return the cells as they stood in the export, where it was saved again as a workbook too."""
    return [
        [cells.shown(cell).replace(".", ",") if isinstance(cell, float) else cells.shown(cell) for cell in row]
        for row in rows
    ]


def _columns(row: Sequence[Cell]) -> dict[str, int]:
    """Find the columns by their headings; of two with the same the first."""
    found: dict[str, int] = {}
    for at, cell in enumerate(row):
        heading = cells.text(cell).casefold() if isinstance(cell, str) and len(cell) <= LONGEST_HEADING else ""
        name = next((name for name, pattern in HEADINGS.items() if heading and pattern.fullmatch(heading)), None)
        if name is not None:
            found.setdefault(name, at)
    return found


def _header(rows: Sequence[Sequence[str]], file: str) -> tuple[str, int, Mapping[str, int]]:
    """Find the läsår, the header's row and the columns."""
    header, columns = next(
        ((number, found) for number, row in enumerate(rows[:HEADERS], 1) if "code" in (found := _columns(row))),
        (0, {}),
    )
    if not header:
        raise TableError(
            [
                Fault(
                    wrong=words("the header of Skolverket's export is not there"),
                    allowed=words("take the file as downloaded, with its first lines"),
                )
            ]
        )
    lacking = [*REQUIRED, *(SHARES if not columns.keys() & {*SHARES} else ())]
    faults = [
        Fault(
            row=header,
            column=COLUMNS[name],
            wrong=words("the column is missing"),
            allowed=words("take the file as downloaded"),
        )
        for name in lacking
        if name not in columns
    ]
    years = [year[1] for row in rows[: header - 1] for cell in row if (year := YEAR.search(cell[:LONGEST_HEADING]))]
    autumns = AUTUMN.findall(file.replace("\\", "/").rpartition("/")[2])
    if not years and len(autumns) == 1:
        years = [f"{autumns[0]}/{(int(autumns[0]) + 1) % 100:02}"]
    if not years:
        wrong = words("the line “Valt läsår” is missing above the header")
        faults.append(Fault(wrong=wrong, allowed=words("take the file as downloaded, with its first lines")))
    if faults:
        raise TableError(faults)
    return years[0], header, columns


def _units(
    rows: Sequence[Sequence[str]], header: int, columns: Mapping[str, int], faults: list[Fault], *, workbook: bool
) -> tuple[tuple[SchoolUnit, ...], dict[str, str]]:
    units = []
    names: dict[str, str] = {}
    seen: dict[str, int] = {}
    width = max(columns.values()) + 1
    below = [(number, row) for number, row in enumerate(rows[header:], header + 1) if _is_unit(row, columns)]
    lost = workbook or not any(
        row[columns[name]].startswith("0")
        for _, row in below
        for name in ("code", "municipality_code")
        if len(row) > columns[name]
    )
    for number, row in below:
        if len(row) < width:
            wrong = words("the row has {count} cells, the header {width}", count=len(row), width=width)
            faults.append(Fault(row=number, wrong=wrong, allowed=words("take the file as downloaded")))
            continue
        unit, municipality = _unit(number, row, columns, faults, lost=lost)
        if unit.code in seen:
            wrong = words("the school unit code {code} stands in row {row} too", code=unit.code, row=seen[unit.code])
            allowed = words("each school has a code of its own, as text")
            faults.append(Fault(row=number, column=COLUMNS["code"], value=unit.code, wrong=wrong, allowed=allowed))
        seen.setdefault(unit.code, number)
        names.setdefault(unit.municipality_code, municipality or unit.municipality_code)
        units.append(unit)
    return tuple(units), names


def _is_unit(row: Sequence[str], columns: Mapping[str, int]) -> bool:
    """Tell whether a row is meant as a school unit; the prose below them has neither codes nor pupils."""

    def there(name: str, pattern: re.Pattern[str]) -> bool:
        at = columns[name]
        return at < len(row) and pattern.fullmatch(row[at].strip()) is not None

    return there("code", CODE) or there("municipality_code", PLACE) or there("pupils", PERSONS)


def _unit(
    number: int, row: Sequence[str], columns: Mapping[str, int], faults: list[Fault], *, lost: bool
) -> tuple[SchoolUnit, str]:
    """Read a unit; `lost` says that a spreadsheet took the first zero from 0126."""

    def fault(name: str, wrong: Words, allowed: Words) -> None:
        faults.append(Fault(row=number, column=COLUMNS[name], value=row[columns[name]], wrong=wrong, allowed=allowed))

    def cell(name: str) -> str:
        return row[columns[name]] if name in columns else ""

    code, municipality_code = cell("code").strip(), cell("municipality_code").strip()
    if lost and municipality_code.isdecimal():
        municipality_code = municipality_code.zfill(4)
    if not CODE.fullmatch(code):
        wrong = words("“{value}” is not a school unit code", value=cells.clipped(code))
        fault("code", wrong, words("allowed are eight digits"))
    if not re.fullmatch(r"\d{4}", municipality_code, re.ASCII):
        wrong = words("“{value}” is not a municipality code", value=cells.clipped(municipality_code))
        fault("municipality_code", wrong, words("allowed are four digits"))
    unit = SchoolUnit(
        row=number,
        code=code,
        school=cells.text(cell("school")),
        municipality_code=municipality_code,
        operator=OPERATORS.get(cell("operator").strip().casefold(), ""),
        operator_name=cells.text(cell("operator_name")),
        pupils=_count("pupils", cell("pupils"), fault),
        preschool_class=_count("preschool_class", cell("preschool_class"), fault),
        shares={name: _share(name, cell(name), fault) for name, *_ in FACTORS},
    )
    return unit, cells.text(cell("municipality"))


def _count(name: str, written: str, fault: Callable[[str, Words, Words], None]) -> int | None:
    """Read a number of pupils; None at a marker."""
    if written.isascii() and written.isdigit():  # nearly all of them, and quickly
        return int(written) or None
    if cells.marker(written) is not None:
        return None
    number = cells.numeral(written)
    if number is None or number.negative or number.fraction.strip("0") or number.percent:
        fault(name, cells.not_a_number(written), words("allowed is a whole number from 0, “..” or “.”"))
        return None
    return int(number.value()) or None


def _share(name: str, written: str, fault: Callable[[str, Words, Words], None]) -> Share:
    """Read a share in per cent; the complement of a marker is empty."""
    bare = written.strip()
    if cells.marker(bare) is not None:
        return Share(bare, "")
    number = cells.numeral(bare)
    if number is None or number.power:
        fault(name, cells.not_a_number(written), words("allowed is per cent, “..”, “~100” or “.”"))
        return Share("", "")
    value = number.value()
    if not 0 <= value <= 100:  # noqa: PLR2004 - per cent
        fault(
            name,
            words("“{value}” is not between 0 and 100 %", value=bare),
            words("allowed is per cent, “..”, “~100” or “.”"),
        )
    decimals = len(number.fraction)
    published = f"{number.whole or 0},{number.fraction}" if decimals else number.whole
    return Share(published, f"{100 - value:.{decimals}f}".replace(".", ","))
