"""Suggestion: what a table's columns probably are, by their names first and then by what stands in them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

from socio.composition import scale
from socio.intake import amounts, cells, outline, shares
from socio.intake.layouts import JOINED, YES, Column, Layout, Role, letters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from socio.composition import Array
    from socio.intake.cells import Cell
    from socio.intake.delimited import Grid

Scale: TypeAlias = Literal["share", "percent", "count"]

CODE: Final = re.compile(
    r"\bskol-? ?(?:enhets?)?-? ?(?:kod|id)|\benhets?-? ?(?:kod|id|nr)|enhetens (?:kod|id)|^(?:kod|code)$"
)
SCHOOL: Final = re.compile(
    r"^(?:grund)?(?:skola|skolor|skolan|skolenhet|skolenheter|skol-enhet|enhet|school|namn|skolnamn|enhetsnamn)$"
    r"|skol\w*s namn|skolenhetsnamn|enhetens namn|skolans namn"
)
OPERATOR: Final = re.compile(r"huvudm[aä]n|driftsform|driftform|^regi\b|ägarform|kommunal ?/|/ ?fristående")
NEVER: Final = re.compile(
    r"modell-? ?ber|residual|\br ?= ?f|salsa|faktiskt värde|merit|betyg|behöri|kunskapskrav|resultat|\bprov\b|poäng"
    r"|kommun-? ?kod|läns-? ?kod|^län$|^kommun(?:namn)?$|skolkommun|\borg\.? ?n|organisationsn|telefon|adress|e-?post"
    r"|rektor|postn|postort|webb|kontakt|kommentar|anmärkning|läsår|^år$|årtal|datum|^(?:rad|löp)?n(?:ummer|r)$|\brang"
    r"|lärar|täthet|personal|tjänst|klasser|lokal|\byta\b|hyra|kostnad|närvaro|frånvaro|åtgärd|särskilt stöd|storlek"
    r"|landsbygd|trygghet|enkät|skolform|tilläggsbelopp|\b(?:tkr|mn?kr|tsek|msek)\b|tusental"
)
"""What is no need: results and what a model makes of them (R045), what a school can influence (R010), its size
(R006), and what only tells which school it is."""

GRADES: Final = re.compile(r"förskoleklass|f-klass|fritids|\b(?:åk|årskurs)\b|stadiet")
ONE_GRADE: Final = re.compile(r"förskoleklass|f-klass|fritids|stadiet|\b(?:åk|årskurs) ?f?\d?$|\bf$")
SINGLE: Final = re.compile(r"\b(?:åk|årskurs)\.? ?(?:f|\d)\b(?! ?[-–])")
WITH_PRESCHOOL: Final = re.compile(r"\bf ?[-–] ?(?:9|6|åk)")
PUPILS: Final = re.compile(r"\belev(?:er|ers)?\b|elevantal|\bpupils\b|^(?:antal|n|totalt?|samtliga|alla|summa)$")
PLAIN_PUPILS: Final = re.compile(
    r"(?:totalt |summa )?(?:antal(?:et)? )?(?:elever|elevantal|pupils)(?:,? (?:totalt?|samtliga|alla|summa))?"
    r"(?:,? (?:i )?(?:åk|årskurs)\.? ?1 ?[-–] ?9)?"
)
ALL: Final = re.compile(r"totalt?|samtliga|alla|summa")
TOTAL: Final = re.compile(rf"antal|n|{ALL.pattern}")
BEFORE: Final = re.compile(r"förra|föregående|tidigare|i fjol")
BEHIND: Final = re.compile(r"underlag|statistik|\bscb\b|sammansättning")
PAID: Final = re.compile(r"betaln|ersätt|folkbok|\begna\b|betalas|debiter|peng")
ELSEWHERE: Final = re.compile(r"(?:andra|annan) kommun|utanför")
SHARE: Final = re.compile(r"%|\bandel|procent")
COUNT: Final = re.compile(r"\bantal")
RISK: Final = re.compile(r"\brisk\b|prognostiserad risk|predicerad")
INDEX: Final = re.compile(r"index\b")
WEIGHED: Final = re.compile(r"sammanväg|socioek|struktur")
RATE: Final = re.compile(r"(?:\bkr|kronor|belopp|ersättning|tillägg|tilldelning|peng)\w*\b.*(?:per|/) ?elev|kr/elev")
AMOUNT: Final = re.compile(r"ersättning|belopp|tilldelning|tilldelat|strukturtillägg|\bkr\b|\bkronor\b|\bsek\b")
LEVEL: Final = re.compile(
    r"medelutb|(?:genomsnitt|medel|snitt)\w* .*utb|utb\w*.*(?:medel|genomsnitt|snitt)|utbildningsnivå$"
)
UNKNOWN: Final = re.compile(r"uppgift saknas|uppg\.? saknas|saknar uppgift|ingen uppgift|\bokän")

EDUCATION: Final = "Föräldrarnas utbildning"
MIGRATION: Final = "Migration"
FAMILIES: Final = (
    (
        re.compile(r"(?:ej|inte|utan|ingen) (?:efter-? ?g|högskol)|högst gymn"),
        EDUCATION,
        EDUCATION,
        "Ej eftergymnasial",
    ),
    (re.compile(r"\befter-? ?g|högskol|universitet|akademi"), EDUCATION, EDUCATION, "Eftergymnasial"),
    (re.compile(r"\bför-? ?g(?:ymn|\b)|grundskoleutb|högst grundskol|folkskol"), EDUCATION, EDUCATION, "Förgymnasial"),
    (re.compile(r"forskarutb"), EDUCATION, EDUCATION, "Forskarutbildning"),
    (re.compile(r"gymn"), EDUCATION, EDUCATION, "Gymnasial"),
    (re.compile(r"\bflick|\bkvinn"), "Kön", "Kön", "Flickor"),
    (re.compile(r"\bpojk|\bmän\b"), "Kön", "Kön", "Pojkar"),
    (re.compile(r"utländsk|\butl\.? bak"), MIGRATION, "Bakgrund", "Utländsk"),
    (re.compile(r"svensk bak"), MIGRATION, "Bakgrund", "Svensk"),
    (re.compile(r"ny-? ?invandr|nyanländ|invandra|(?:tid|år) i sverige"), MIGRATION, "Tid i Sverige", ""),
    (re.compile(r"två utrikes|utrikes födda föräld|föräldrar.*utrikes"), MIGRATION, "Födelseland", ""),
    (re.compile(r"utrikes ?född|född\w* utomlands|utlandsfödd|utrikesfödd"), MIGRATION, "Födelseland", "Utrikes född"),
    (re.compile(r"inrikes ?född|född\w* i sverige|sverigefödd"), MIGRATION, "Födelseland", "Inrikes född"),
    (re.compile(r"försörjningsst|bistånd|socialbidrag"), "Ekonomiskt bistånd", "Ekonomiskt bistånd", ""),
    (re.compile(r"inkomst|ekonomisk standard|fattig"), "Ekonomi", "Ekonomi", ""),
    (re.compile(r"arbetslös|sysselsatt|arbetande"), "Sysselsättning", "Sysselsättning", ""),
    (
        re.compile(r"ensamståe|vårdnadshavare|sammanboe|föräld\w* (?:bor|separ|skild)|en förälder|familj"),
        "Familj",
        "Familj",
        "",
    ),
)
"""Known categories: family, factor and category; an empty one is the heading's own words."""

OVER: Final = (
    (re.compile(r"utbildning"), EDUCATION),
    (re.compile(r"\bkön"), "Kön"),
    (re.compile(r"migration|bakgrund|födelseland|härkomst|invandr"), MIGRATION),
    (re.compile(r"bistånd|försörjning"), "Ekonomiskt bistånd"),
    (re.compile(r"ekonomi|inkomst"), "Ekonomi"),
    (re.compile(r"sysselsättning"), "Sysselsättning"),
    (re.compile(r"famil|hushåll"), "Familj"),
)
"""Headings over several columns that name a family."""

PREFIX: Final = re.compile(r"(.{1,60}?)(?:\s[-–]\s|(?P<colon>:\s*))(\S.*)")
YEAR: Final = re.compile(r"\b(?:[hv]t ?)?((?:19|20)\d\d)\b")
YEARS: Final = (1990, 2100)
ONE_EACH: Final[tuple[Role, ...]] = ("operator", "operator_name", "old_rate", "risk")
PUPIL_ROLES: Final[tuple[Role, ...]] = ("pupils", "pupils_composition", "pupils_paid", "old_pupils")
EDUCATION_SCALE: Final = (1.0, 3.0)
"""A mean of education: 1 is the least of it, and the most need (trap T04)."""

NO_YEAR: Final = 10_000
"""A heading without a year is of today."""

FACTOR: Final = "Faktor"
HEADERS: Final = 50
MOST_HEADERS: Final = 4
MOST_COLUMNS: Final = 400
"""Columns beyond are left as they are."""

SAMPLED: Final = 2_000
"""Rows that what stands in a column is judged by."""

LONGEST: Final = 200
MOSTLY: Final = 0.8
NEARLY: Final = 0.9
"""All but a slip or two."""

LACK: Final = 0.1
"""Part of the schools that lack clearly up to 100 % from which it is suggested to be a category."""

CLEARLY: Final = 0.01
NEAR_WHOLE: Final = 0.75
"""Part of 100 % below which categories are rather questions of their own than one with gaps."""

SAME: Final = 2 / 3
"""Part of a kept layout's columns that a file has for the layout to be offered."""

OPERATORS: Final = {
    **dict.fromkeys(("kommunal", "kommunala", "kommun", "kommunal skola", "k", "offentlig"), "kommunal"),
    **dict.fromkeys(("fristående", "fristående skola", "friskola", "enskild", "privat", "f", "e"), "fristående"),
}
"""Kinds of operators as they are written."""

OTHER_OPERATORS: Final = frozenset({"region", "landsting", "stat", "staten", "statlig", "regional", "sameskola"})
SUM: Final = re.compile(rf"{amounts.SUM.pattern}|(?:samtliga|alla)(?: skolor| elever)?$", re.IGNORECASE)
MUNICIPALITY: Final = re.compile(
    r"(?:hela )?kommun(?:en)?(?: total(?:t|en)?)?|kommuntotal(?:t|en)?|kommun(?:ens)?(?:medel|snitt| medelvärde| snitt)"
)
COUNTRY: Final = re.compile(r"(?:hela )?(?:riket|sverige|länet|landet)(?: total(?:t|en)?)?")


@dataclass(frozen=True, slots=True)
class Table:
    """Where a table's header, rows and columns are.

    Attributes
    ----------
    grid
        The file.
    header, headers, last
        As in a `Layout`.
    headings
        Of each column, the text of each of the header's rows that says something.
    """

    grid: Grid
    header: int
    headers: int
    last: int
    headings: tuple[tuple[str, ...], ...]

    def heading(self, at: int) -> str:
        """Return a column's heading as one text."""
        return JOINED.join(self.headings[at])


def suggested(
    grid: Grid, kept: Sequence[Layout] = (), *, header: int | None = None, headers: int | None = None
) -> Layout:
    """Suggest what each column is.

    Parameters
    ----------
    grid : Grid
        The file's cells.
    kept : sequence of Layout
        Of earlier files, the latest first; one whose headings are there is offered before a guess.
    header, headers : int, optional
        The header's last row and how many it has, where the user has said.

    Returns
    -------
    Layout
        A suggestion: somebody has to look at it. What nothing tells is ``ignored``.

    Notes
    -----
    docs/method.md §11: names decide first, then what stands in the columns.
    """
    table = found(grid, header, headers)
    followed = _followed(table, kept)
    if followed is not None:
        return _renewed(table, followed)
    return _Guess(table).layout()


def follows(grid: Grid, kept: Sequence[Layout]) -> Layout | None:
    """Tell which kept layout is offered for a file; None where none is."""
    return _followed(found(grid), kept)


def found(grid: Grid, header: int | None = None, headers: int | None = None) -> Table:
    """Find a table's header and its last row."""
    rows = grid.rows
    last_header = _header(rows) if header is None else max(0, min(header, len(rows)))
    upper = _headers(rows, last_header) if headers is None else max(1, min(headers, last_header))
    upper = upper if last_header else 0
    width = min(MOST_COLUMNS, _width(rows[max(0, last_header - upper) : last_header + SAMPLED]))
    last = _last(rows, last_header)
    return Table(grid, last_header, upper, last, headings(rows, last_header, upper, width))


def headings(rows: Sequence[Sequence[Cell]], header: int, headers: int, width: int) -> tuple[tuple[str, ...], ...]:
    """Return each column's heading, row by row; a blank upper cell belongs to the one before it."""
    written = [[_heading(row, at) for at in range(width)] for row in rows[header - headers : header]]
    for position, row in enumerate(written[:-1]):
        over = ""
        for at in range(width):
            below = any(lower[at] for lower in written[position + 1 :])
            if row[at]:
                over = row[at] if below else ""
            elif below:
                row[at] = over
    return tuple(tuple(dict.fromkeys(row[at] for row in written if row[at])) if header else () for at in range(width))


def _heading(row: Sequence[Cell], at: int) -> str:
    """Return a heading's text with its words whole, however the page broke them."""
    cell = row[at] if at < len(row) else ""
    return cells.text(outline.BROKEN_WORD.sub("", cell) if isinstance(cell, str) else cell)


def _text(row: Sequence[Cell], at: int) -> str:
    return cells.text(row[at]) if at < len(row) else ""


def _filled(row: Sequence[Cell]) -> list[int]:
    return [at for at in range(min(len(row), MOST_COLUMNS)) if not isinstance(row[at], str) or cells.text(row[at])]


def _width(rows: Sequence[Sequence[Cell]]) -> int:
    return max((positions[-1] + 1 for row in rows if (positions := _filled(row))), default=0)


def _numbers(row: Sequence[Cell], positions: Sequence[int]) -> int:
    """Count the numbers and the markers that stand for one; a row of years is a row of headings."""
    numerals = [cells.numeral(row[at]) for at in positions]
    values = [number.value() for number in numerals if number is not None]
    years = [YEARS[0] <= value <= YEARS[1] and not value % 1 for value in values]
    if years and all(years) and not _text(row, 0):
        return 0
    return len(values) + sum(cells.marker(row[at]) is not None for at in positions)


def _is_heading(row: Sequence[Cell], positions: Sequence[int]) -> bool:
    return len(positions) > 1 and 3 * _numbers(row, positions) <= len(positions)


def _header(rows: Sequence[Sequence[Cell]]) -> int:
    """Find the row of headings above a row with numbers: the one with the most known words, then the most words."""
    best, at = (0, 0), 0
    positions = [_filled(row) for row in rows[: HEADERS + MOST_HEADERS]]
    for number, places in enumerate(positions[:HEADERS], 1):
        row = rows[number - 1]
        if not _is_heading(row, places):
            continue
        below = next((n for n in range(number, len(positions)) if len(positions[n]) > 1), None)
        if below is None or not _numbers(rows[below], positions[below]):
            continue
        known = sum(_is_known(_text(row, place)) for place in places)
        if (known, len(places)) > best:
            best, at = (known, len(places)), number
    return at


def _is_known(heading: str) -> bool:
    plain = _plain(heading)
    patterns = (CODE, SCHOOL, OPERATOR, PUPILS, RISK, INDEX, AMOUNT, LEVEL, *(family for family, *_ in FAMILIES))
    return any(pattern.search(plain) for pattern in patterns)


def _headers(rows: Sequence[Sequence[Cell]], header: int) -> int:
    """Count the header's rows upwards: those right above that head columns, and not the page."""
    count = 1
    below = set(_filled(rows[header - 1])) if header else set()
    while header and count < min(MOST_HEADERS, header):
        row = rows[header - count - 1]
        places = _filled(row)
        is_title = not places or places == [0] or (len(places) <= 2 and set(places) <= below and 0 in places)  # noqa: PLR2004
        if is_title or 3 * _numbers(row, places) > len(places):
            break
        below |= set(places)
        count += 1
    return count


def _last(rows: Sequence[Sequence[Cell]], header: int) -> int:
    """Return the last row with numbers, where prose stands below it; 0 where the table goes on to the end."""
    sizes = [len(places) for row in rows[header : header + SAMPLED] if len(places := _filled(row)) > 1]
    usual = float(np.median(sizes)) if sizes else 0
    prose = False
    for number in range(len(rows), header, -1):
        places = _filled(rows[number - 1])
        full = 3 * len(places) >= usual or _is_total(rows[number - 1])
        if len(places) > 1 and full and _numbers(rows[number - 1], places):
            return number if prose else 0
        prose = prose or bool(places)
    return 0


def _plain(heading: str) -> str:
    return re.sub(r"[\s_]+", " ", heading[:LONGEST]).strip().casefold()


_GENERIC: Final = re.compile(
    r"\bandel(?:en|ar)?\b|\bantal(?:et)?\b|\bi procent\b|\bprocent\b|\(%\)|%|\bst\b|\bvarav\b"
    r"|\b(?:elever|barn)(?:na)?(?: med| som har)?\b"
    r"|\b(?:åk|årskurs)\.? ?(?:f|1) ?[-–] ?9\b|\bbakgrundsinformation\b|\bfördelning\b|\bper skola\b"
    r"|\b(?:ht|vt)? ?(?:19|20)\d\d(?:[/–-]\d\d)?\b",
    re.IGNORECASE,
)


def _label(heading: str) -> str:
    """Return what a heading says beside share, number and pupils, with a capital letter."""
    bare = re.sub(r"\(\s*\)", "", _GENERIC.sub(" ", heading[:LONGEST].replace("_", " ")))
    bare = " ".join(bare.split()).strip(" ,:;.-–/")
    return bare[:1].upper() + bare[1:]


@dataclass(slots=True, eq=False)
class _Field:
    """One column: its heading, what stands in it and what it is taken for."""

    at: int
    parts: tuple[str, ...]
    texts: list[str]
    values: Array
    percent: bool
    role: Role = "ignored"
    over: str = ""
    label: str = ""
    family: tuple[str, str, str] | None = None
    scales: frozenset[Scale] = field(default_factory=frozenset)
    never: bool = False

    @property
    def lower(self) -> str:
        return _plain(self.parts[-1]) if self.parts else ""

    @property
    def whole(self) -> str:
        return _plain(" ".join(self.parts))

    @property
    def known(self) -> Array:
        return self.values[~np.isnan(self.values)]

    @property
    def is_numeric(self) -> bool:
        """Whether more of what is written than not is numbers or markers for one."""
        numbers = len(self.known) + sum(text in cells.MARKERS for text in self.texts)
        return len(self.known) > 0 and 2 * numbers > len(self.texts)


class _Guess:
    """What each column of a table is taken for, step by step."""

    def __init__(self, table: Table) -> None:
        self.table = table
        rows = table.grid.rows[table.header : (table.last or len(table.grid.rows))]
        self.rows = [row for row in rows if len(_filled(row)) > 1 and not _is_total(row)][:SAMPLED]
        self.fields = self._fields()

    def layout(self) -> Layout:
        """Go from names to contents to factors."""
        self._named()
        self._schools()
        self._pupils()
        self._money()
        unknown, apart, placed = self._factors()
        columns = []
        for one in self.fields:
            (factor, category), (most, least) = placed.get(one.at, ("", "")), scale(one.label) or EDUCATION_SCALE
            heading = self.table.heading(one.at)
            column = Column(heading=heading, role=one.role, factor=factor, category=category)
            columns.append(replace(column, most=most, least=least) if one.role == "level" else column)
        return Layout(
            columns=tuple(columns),
            header=self.table.header,
            headers=self.table.headers,
            last=self.table.last,
            unknown=frozenset(unknown),
            apart=frozenset(apart),
        )

    def _fields(self) -> list[_Field]:
        """Take the columns apart."""
        numerals = [
            [cells.numeral(row[at]) if at < len(row) else None for row in self.rows]
            for at in range(len(self.table.headings))
        ]
        signs = cells.decimal_signs(number for column in numerals for number in column if number is not None)
        found = []
        for at, column in enumerate(numerals):
            written = [number for number in column if number is not None]
            grouped = cells.groups_thousands(written, signs, "share")
            values = [np.nan if n is None else n.value(thousands=bool(grouped(n))) for n in column]
            texts = [text for row in self.rows if (text := _text(row, at))]
            percent = any(number.percent for number in written)
            one = _Field(at, self.table.headings[at], texts, np.array(values, dtype=float), percent)
            _entitle(one)
            if not self.table.header:
                one.label = letters(at)
            found.append(one)
        _prefixed(found)
        return found

    def _of(self, role: Role) -> _Field | None:
        return next((one for one in self.fields if one.role == role), None)

    def _named(self) -> None:
        """Let the names decide what they tell without the others."""
        for one in self.fields:
            one.role = _role(one)
            one.never = one.role == "ignored" and (NEVER.search(one.whole) or RATE.search(one.whole)) is not None
        self._once("code", key=lambda one: -_coded(one))
        self._once("school", key=lambda one: -len(set(one.texts)))
        self._once("index", key=lambda one: (not WEIGHED.search(one.whole)) * NO_YEAR - _year(one.whole))
        for role in ONE_EACH:
            self._once(role, key=lambda _: 0)

    def _once(self, role: Role, key: Callable[[_Field], float]) -> None:
        """Keep the role for the first of the columns that have it, in an order."""
        have = sorted((one for one in self.fields if one.role == role), key=key)
        for one in have[1:]:
            one.role, one.never = "ignored", True

    def _schools(self) -> None:
        """Find codes and names by what stands in them where no name tells."""
        free = [one for one in self.fields if one.role == "ignored" and not one.never and one.texts]
        if self._of("code") is None:
            coded = [one for one in free if _coded(one) >= MOSTLY]
            for one in coded[:1]:
                one.role = "code"
        if self._of("school") is None:
            words = [one for one in free if one.role == "ignored" and not one.is_numeric and not _coded(one)]
            enough = MOSTLY * len(self.rows)
            apart = [
                one for one in words if len(one.texts) >= enough and len(set(one.texts)) >= NEARLY * len(one.texts)
            ]
            for one in apart[:1]:
                one.role = "school"

    def _pupils(self) -> None:
        """Find the pupils: behind the shares, paid, and those of the year before."""
        candidates: dict[Role, list[tuple[float, _Field]]] = {}
        for one in self.fields:
            kind = self._pupils_role(one)
            if kind is not None:
                candidates.setdefault(kind, []).append((_pupils_score(one), one))
                one.never = True
        for role in PUPIL_ROLES:
            have = sorted(candidates.get(role, []), key=lambda scored: -scored[0])
            if have:
                have[0][1].role = role
        plain = sorted(candidates.get("pupils", []), key=lambda scored: -scored[0])
        whole = next((one for _, one in plain if WITH_PRESCHOOL.search(one.whole)), None)
        best, paid = self._of("pupils"), self._of("pupils_paid")
        if best is None and paid is not None and not self._of("pupils_composition"):
            paid.role = "pupils"
        elif best is not None and self._of("pupils_composition"):
            best.role = "ignored" if self._of("pupils_paid") else "pupils_paid"
        elif best is not None and whole is not None and whole is not best and not self._of("pupils_paid"):
            best.role, whole.role = "pupils_composition", "pupils_paid"
        if not any(self._of(role) for role in ("pupils", "pupils_composition")):
            self._pupils_by_contents()
        self._pupils_before([one for _, one in plain])

    def _pupils_role(self, one: _Field) -> Role | None:
        """Tell which pupils a column counts by its name; None where it counts none."""
        whole = one.whole
        total = TOTAL.fullmatch(one.lower)
        if one.role != "ignored" or one.never or one.family or not PUPILS.search(one.lower if total else whole):
            return None
        if (
            (total and len(set(one.known)) == 1)
            or SHARE.search(whole)
            or ELSEWHERE.search(whole)
            or SINGLE.search(whole)
            or ONE_GRADE.search(whole)
        ):
            return None
        if not one.is_numeric or _counted(one) <= 1 / 2 or (total and len(one.parts) > 1 and not _is_pupils(one.parts)):
            return None
        if BEFORE.search(whole):
            return "old_pupils"
        if BEHIND.search(whole):
            return "pupils_composition"
        return "pupils_paid" if PAID.search(whole) else "pupils"

    def _pupils_by_contents(self) -> None:
        """Take the whole numbers above 0 with the largest sum."""
        free = [
            one
            for one in self.fields
            if one.role == "ignored" and not one.never and not one.family and one.is_numeric and _counted(one) >= NEARLY
            if not _coded(one) and not AMOUNT.search(one.whole) and not SHARE.search(one.whole)
            if len(one.known) >= MOSTLY * len(self.rows) and one.known.max() <= 10_000  # noqa: PLR2004 - no school has more
            if not one.percent and len(set(one.known)) > 1 and np.median(one.known) > 1 and not _are_years(one)
        ]
        if free:
            best = max(free, key=lambda one: float(one.known.sum()))
            best.role, best.never = "pupils", True

    def _pupils_before(self, plain: Sequence[_Field]) -> None:
        """Let the pupils of the amount's year, or of an earlier one, be those behind it."""
        money = [
            one for one in self.fields if AMOUNT.search(one.whole) and not RATE.search(one.whole) and one.is_numeric
        ]
        now = self._of("pupils") or self._of("pupils_composition")
        if not money or now is None or self._of("old_pupils"):
            return
        years = {_year(one.whole) for one in money}
        others = [one for one in plain if one.role == "ignored" and _year(one.whole)]
        fitting = [one for one in others if _year(one.whole) in years] or [
            one for one in others if _year(one.whole) < (_year(now.whole) or NO_YEAR)
        ]
        if fitting:
            fitting[0].role = "old_pupils"

    def _money(self) -> None:
        """Take an amount as today's where its pupils are there; without them it is no rate."""
        for one in self.fields:
            if one.role == "ignored" and AMOUNT.search(one.whole) and not one.family:
                if self._of("old_pupils") and not self._of("old_amount") and not one.never and one.is_numeric:
                    one.role = "old_amount"
                one.never = True
        rate, amount, pupils = self._of("old_rate"), self._of("old_amount"), self._of("old_pupils")
        if rate and amount and pupils:
            rate.role = "ignored"
        if pupils and not amount:
            pupils.role = "ignored"

    def _factors(self) -> tuple[set[str], set[str], dict[int, tuple[str, str]]]:
        """Put the categories together to factors."""
        placed: dict[int, tuple[str, str]] = {}
        unknown: set[str] = set()
        apart: set[str] = set()
        taken: set[str] = set()
        for one in self.fields:
            if one.role == "level":
                placed[one.at] = (_free(one.over if scale(one.label) else one.label, taken), "")
        for name, members in self._groups().items():
            verdict = self._verdict(members)
            factor = _free(name, taken)
            categories = _categories(factor, members)
            if verdict == "apart":
                apart.add(factor)
                categories = [_free(one.label, taken) for one in members]
            elif verdict == "unknown":
                unknown.add(factor)
            for one, category in zip(members, categories, strict=True):
                one.role = "category"
                placed[one.at] = (factor, category)
        return unknown, apart, placed

    def _groups(self) -> dict[str, list[_Field]]:
        """Return the columns of each factor, by its name."""
        self._scales()
        members = self._of_one_kind([one for one in self.fields if one.scales])
        groups: dict[str, list[_Field]] = {}
        loose: list[_Field] = []
        migration: list[_Field] = []
        before: str | None = None
        for one in members:
            if one.over:
                before = one.over
                groups.setdefault(before, []).append(one)
            elif UNKNOWN.search(one.whole) and not one.family and before is not None:
                groups[before].append(one)
            elif one.family and one.family[0] == MIGRATION:
                migration.append(one)
                before = None
            elif one.family:
                before = one.family[1]
                groups.setdefault(before, []).append(one)
            elif not GRADES.search(one.whole):
                loose.append(one)
                before = None
        groups.update(self._migration(migration))
        groups.update(self._loose(loose))
        return groups

    def _migration(self, members: list[_Field]) -> dict[str, list[_Field]]:
        """Put those together that share all pupils among them; the others overlap."""
        of: dict[str, list[_Field]] = {}
        for one in members:
            of.setdefault(one.family[1] if one.family else "", []).append(one)
        if len(of) < 2 or self._is_whole(members):  # noqa: PLR2004 - one factor
            return {next(iter(of)) if len(of) == 1 else MIGRATION: members} if members else {}
        whole = {name: found for name, found in of.items() if self._is_whole(found)}
        rest = [one for one in members if not any(one in found for found in whole.values())]
        if len(rest) == 1:
            whole[rest[0].family[1] if rest[0].family else MIGRATION] = rest
        elif rest:
            whole[MIGRATION] = rest
        return whole

    def _loose(self, loose: list[_Field]) -> dict[str, list[_Field]]:
        """Put neighbours together that sum to the whole; the others are questions of their own."""
        groups: dict[str, list[_Field]] = {}
        at = 0
        while at < len(loose):
            size = next(
                (
                    size
                    for size in range(min(8, len(loose) - at), 1, -1)
                    if loose[at + size - 1].at - loose[at].at == size - 1 and self._is_whole(loose[at : at + size])
                ),
                1,
            )
            run = loose[at : at + size]
            name = run[0].label if size == 1 else f"{FACTOR} {len(groups) + 1}"
            groups.setdefault(name, []).extend(run)
            at += size
        return groups

    @cached_property
    def _behind(self) -> Array:
        pupils = self._of("pupils") or self._of("pupils_composition")
        return np.full(len(self.rows), np.nan) if pupils is None else pupils.values

    def _scales(self) -> None:
        """Tell of each column that may be a category what it can be written in."""
        for one in self.fields:
            if one.role != "ignored" or one.never or not one.is_numeric or not one.label:
                continue
            if one.known.max() < 0 or _are_years(one) or _coded(one) or ALL.fullmatch(one.lower):
                continue
            if not one.family and not one.over and (GRADES.search(one.whole) or len(one.known) < len(self.rows) / 2):
                continue
            one.scales = self._possible(one)

    def _possible(self, one: _Field) -> frozenset[Scale]:
        possible: set[Scale] = set()
        within = one.values <= self._behind
        whole = not (one.known % 1).any()
        if whole and not one.percent and float(np.mean(within[~np.isnan(one.values)])) >= 0.95:  # noqa: PLR2004 - slips
            possible.add("count")
        if one.known.max() <= 100:  # noqa: PLR2004 - per cent
            possible.add("percent")
        if one.known.max() <= 1:
            possible.add("share")
        if one.percent or SHARE.search(one.whole):
            possible.discard("count")
        elif COUNT.search(one.whole):
            possible &= {"count"}
        return frozenset(possible)

    def _of_one_kind(self, members: list[_Field]) -> list[_Field]:
        """Keep counts or shares, not both: a file has one unit (docs/method.md §11)."""
        scope = self._of("pupils") or self._of("pupils_composition")
        if scope is None or not ONE_GRADE.search(scope.whole):
            members = [one for one in members if not ONE_GRADE.search(one.whole)]
        counts = [one for one in members if "count" in one.scales]
        parts = [one for one in members if one.scales - {"count"}]
        of_counts, of_parts = ({(one.over, _name(one)) for one in found} for found in (counts, parts))
        better = _covers(counts) > _covers(parts) or of_counts == of_parts
        for one in counts if better and counts != parts else ():
            one.scales &= {"count"}
        latest: dict[tuple[str, str], _Field] = {}
        for one in counts if better else parts:
            key = (one.over, _name(one))
            if key not in latest or _year(one.whole) > _year(latest[key].whole):
                latest[key] = one
        kept = sorted(latest.values(), key=lambda one: one.at)
        known = [one for one in kept if one.family or one.over]
        in_shares = all("share" in one.scales for one in known)
        return [one for one in kept if one in known or not known or better or in_shares == ("share" in one.scales)]

    def _sums(self, members: Sequence[_Field]) -> tuple[Array, Array, float, float]:
        """Return the categories' sums, what they would be, how near that is, and the part of the rows that fit."""
        sums = np.sum([one.values for one in members], axis=0)
        full = ~np.isnan(sums)
        sums, behind = sums[full], self._behind[full]
        behind = np.where(behind > 0, behind, np.nan)
        slack = shares.TOLERANCE * len(members) + shares.EXACT
        allowed = frozenset.intersection(*(one.scales for one in members)) or frozenset[Scale]({"percent"})
        wholes: dict[Scale, tuple[Array, float]] = {
            "share": (np.ones(len(sums)), slack),
            "percent": (np.full(len(sums), 100.0), 100 * slack),
            "count": (behind, shares.EXACT),
        }
        ordered = [scale for scale in wholes if scale in allowed]
        if not len(sums):
            return sums, sums, slack, 0.0
        off = {scale: np.abs(sums - wholes[scale][0]) for scale in ordered}
        fits = {scale: float(np.mean(off[scale] <= wholes[scale][1])) for scale in ordered}
        far = {scale: float(np.median(np.nan_to_num(off[scale] / wholes[scale][0], nan=np.inf))) for scale in ordered}
        best = max(ordered, key=lambda scale: (fits[scale], -far[scale]))
        return sums, *wholes[best], fits[best]

    def _is_whole(self, members: Sequence[_Field]) -> bool:
        """Tell whether categories share all pupils among them, in most rows."""
        return len(members) > 1 and self._sums(members)[3] > 1 / 2 and self._verdict(members) == "whole"

    def _verdict(self, members: Sequence[_Field]) -> Literal["whole", "unknown", "apart"]:
        """Tell whether categories share all pupils among them, lack some, or overlap."""
        sums, whole, near, _ = self._sums(members)
        if len(members) == 1 or not len(sums):
            return "whole"  # a single one has a complement
        few = min(2, len(sums))  # a single row may be a slip
        over, under = sums > whole + near, sums < whole * (1 - CLEARLY) - near
        if over.sum() >= max(few, shares.OVERLAPPING * len(sums)):
            return "apart"
        if under.sum() < max(few, LACK * len(sums)):
            return "whole"
        if np.median(sums[under] / whole[under]) < NEAR_WHOLE:
            return "apart"
        return "whole" if any(UNKNOWN.search(one.whole) for one in members) else "unknown"


def _role(one: _Field) -> Role:
    """Tell what a column is by its name, where that tells without the others."""
    if one.parts and CODE.search(one.lower):
        return "code"
    if NEVER.search(one.whole):
        return "ignored"
    if OPERATOR.search(one.whole):
        kinds = sum(text.casefold() in OPERATORS.keys() | OTHER_OPERATORS for text in one.texts)
        return "operator" if one.texts and kinds >= MOSTLY * len(one.texts) else "operator_name"
    if not one.is_numeric:
        return "school" if SCHOOL.search(one.lower) else "ignored"
    if one.family or scale(one.label):
        return "level" if scale(one.label) else "ignored"
    numeric: tuple[tuple[bool, re.Pattern[str], Role], ...] = (
        (True, RATE, "old_rate"),
        (True, RISK, "risk"),
        (True, INDEX, "index"),
        (_between(one.known, *EDUCATION_SCALE), LEVEL, "level"),
    )
    return next((role for fits, pattern, role in numeric if fits and pattern.search(one.whole)), "ignored")


def _entitle(one: _Field) -> None:
    """Tell a column's own words from those over it, and which known category they are."""
    said = [label for part in one.parts if (label := _label(part))]
    one.label = said[-1] if said else ""
    one.over = JOINED.join(said[:-1])
    plain = _plain(one.label)
    for pattern, family, factor, category in FAMILIES:
        if pattern.search(plain):
            one.family = (family, factor, category or one.label)
            break
    over = {family for pattern, family in OVER if pattern.search(_plain(one.over))}
    if one.family and len(over) == 1 and one.family[0] not in over:
        one.over = ""  # a blank heading over a column of another factor


def _prefixed(fields: Sequence[_Field]) -> None:
    """Take “Factor: Category” apart, and a beginning that several headings share."""
    split = {one.at: found for one in fields if not one.over and (found := PREFIX.match(one.label))}
    counts = Counter(_plain(found[1]) for found in split.values())
    for one in fields:
        found = split.get(one.at)
        if found is None or not (found["colon"] or counts[_plain(found[1])] > 1):
            continue
        over, label = _label(found[1]), _label(found[3])
        if over and label:
            one.over, one.label = over, label


def _is_total(row: Sequence[Cell]) -> bool:
    """Tell whether a row is of all schools together."""
    first = next((text for cell in row if (text := cells.text(cell))), "")
    return is_sum(first) or is_municipality(first) or is_country(first)


def is_sum(school: str) -> bool:
    """Tell whether a row's name is that of the table's own sum."""
    return SUM.match(school) is not None


def is_municipality(school: str, municipality: str = "") -> bool:
    """Tell whether a row's name is the municipality's own.

    Examples
    --------
    >>> is_municipality("Hela kommunen"), is_municipality("Huddinge kommun", "Huddinge"), is_municipality("Vårby skola")
    (True, True, False)
    """
    plain, own = school.casefold(), municipality.casefold().removesuffix(" kommun")
    return MUNICIPALITY.fullmatch(plain) is not None or bool(own and plain.removesuffix(" kommun") == own)


def has_numbers(row: Sequence[Cell]) -> bool:
    """Tell whether a row has a number beside something else."""
    places = _filled(row)
    return len(places) > 1 and _numbers(row, places) > 0


def is_country(school: str) -> bool:
    """Tell whether a row's name is that of more than the municipality."""
    return COUNTRY.fullmatch(school.casefold()) is not None


def _coded(one: _Field) -> float:
    """Return the part of a column that is school unit codes."""
    return sum(amounts.CODE.fullmatch(text) is not None for text in one.texts) / max(1, len(one.texts))


def _counted(one: _Field) -> float:
    """Return the part of a column's numbers that are whole and above 0."""
    return float(np.mean((one.known > 0) & (one.known % 1 == 0)))


def _between(values: Array, low: float, high: float) -> bool:
    return bool(((values >= low) & (values <= high)).all())


def _are_years(one: _Field) -> bool:
    return _between(one.known, *YEARS) and not (one.known % 1).any()


def _is_pupils(parts: Sequence[str]) -> bool:
    return any(PUPILS.search(_plain(part)) for part in parts[:-1])


def _pupils_score(one: _Field) -> int:
    """Tell how plainly a column is all pupils, and of two the later."""
    bare = " ".join(YEAR.sub(" ", one.lower).split()).strip(" ,")
    if PLAIN_PUPILS.fullmatch(bare) or (TOTAL.fullmatch(bare) and len(one.parts) > 1):
        plainly = 3
    else:
        plainly = 2 if WITH_PRESCHOOL.search(one.whole) else 1
    return NO_YEAR * plainly + (_year(one.whole) or NO_YEAR - 1)


def _year(heading: str) -> int:
    years = YEAR.findall(heading)
    return int(years[-1]) if years else 0


def _name(one: _Field) -> str:
    """Return the category that a column is, to tell the same one written twice."""
    return (one.family[2] if one.family and not one.over else one.label).casefold()


def _covers(members: Sequence[_Field]) -> int:
    """Count the known categories; where none is known, the columns."""
    return len({(one.over, _name(one)) for one in members if one.family or one.over})


def _free(name: str, taken: set[str]) -> str:
    """Return a name that is not taken, and take it."""
    bare = " ".join(name.replace(":", " ").split()) or FACTOR
    free, count = bare, 1
    while free.casefold() in taken:
        count += 1
        free = f"{bare} {count}"
    taken.add(free.casefold())
    return free


def _categories(factor: str, members: Sequence[_Field]) -> list[str]:
    """Name the categories of a factor."""
    taken: set[str] = set()
    if len(members) == 1 and _name(members[0]) in {factor.casefold(), shares.OTHERS.casefold()}:
        return [YES]
    return [
        _free(
            shares.UNKNOWN
            if UNKNOWN.search(one.whole)
            else one.family[2]
            if one.family and not one.over
            else one.label,
            taken,
        )
        for one in members
    ]


def _key(heading: str) -> str:
    """Return what a heading keeps over the years."""
    words = re.sub(r"[\W\d_]+", " ", heading[:LONGEST].casefold()).strip()
    return words or ("0" if heading else "")


def same_heading(one: str, other: str) -> bool:
    """Tell whether two headings are the same but for years, capitals and signs.

    Examples
    --------
    >>> same_heading("Elever (2024)", "elever 2025"), same_heading("Elever", "Skola")
    (True, False)
    """
    return _key(one) == _key(other)


def _likeness(table: Table, kept: Layout) -> float:
    """Return the part of the kept layout's columns that are there."""
    used = [column for column in kept.columns if column.role != "ignored"]
    if not table.header or not kept.header:
        return float(table.header == kept.header and len(table.headings) == len(kept.columns))
    there = Counter(_key(table.heading(at)) for at in range(len(table.headings)))
    wanted = Counter(_key(column.heading) for column in used)
    same = {key: min(count, there[key]) for key, count in wanted.items()}
    return sum(same.values()) / len(used) if any(count for key, count in same.items() if key) else 0.0


def _followed(table: Table, kept: Iterable[Layout]) -> Layout | None:
    """Return the kept layout most of whose columns are there, of several the first."""
    best = max(kept, key=lambda layout: _likeness(table, layout), default=None)
    return best if best is not None and _likeness(table, best) >= SAME else None


def _renewed(table: Table, kept: Layout) -> Layout:
    """Lay a kept layout on a file: each column by its heading, of those with the same one in their order."""
    if not table.header:
        return replace(kept, header=0, headers=0, last=table.last)
    before: dict[str, list[Column]] = {}
    for column in kept.columns:
        before.setdefault(_key(column.heading), []).append(column)
    headed = [table.heading(at) for at in range(len(table.headings))]
    alike = Counter(map(_key, headed))
    in_order = {key for key, found in before.items() if len(found) == alike[key]}
    columns = []
    for heading in headed:
        left = before.get(_key(heading), [])
        exact = [column for column in left if column.heading == heading and _key(heading) not in in_order]
        chosen = next(iter(exact or left), Column())
        if left:
            left.remove(chosen)
        columns.append(replace(chosen, heading=heading))
    return replace(kept, columns=tuple(columns), header=table.header, headers=table.headers, last=table.last)
