"""Remarks: what a good colleague says of a table before it is used (docs/method.md §15)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

import numpy as np

from socio import need, screening
from socio.composition import Factor, Mark, scale
from socio.errors import Fault, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from socio.composition import Array, Composition
    from socio.screening import Correlation

HALF_PERCENT: Final = 0.005
"""What rounding to whole per cents can hide of a share."""

SHARES_DIFFER: Final = 0.005
"""A share in the municipality's own row further than this from the schools' together is remarked on."""

MEANS_DIFFER: Final = 0.005
"""As a part of the points: a municipality row further than this from the schools' mean (docs/method.md §2, R065)."""

FOLLOWS_FROM: Final = 0.7
"""Correlation under which two factors share less than half of their variance, so that one does not stand for the
other (R049)."""

EDUCATION: Final = Factor("Föräldrarnas utbildning", ("Förgymnasial", "Gymnasial", "Eftergymnasial", "Uppgift saknas"))
BACKGROUND: Final = Factor("Bakgrund", ("Utländsk", "Svensk"))
YEARS_IN_SWEDEN: Final = Factor("Tid i Sverige", ("0–2 år", "3–6 år", "7 år eller mer"))
INCOME_SUPPORT: Final = Factor("Försörjningsstöd", ("Ja", "Nej"))
HOUSEHOLD: Final = Factor("Familjesammansättning", ("En vårdnadshavare", "Två vårdnadshavare", "Uppgift saknas"))
SEX: Final = Factor("Kön", ("Flickor", "Pojkar"))
FACTORS: Final = (EDUCATION, BACKGROUND, YEARS_IN_SWEDEN, INCOME_SUPPORT, HOUSEHOLD, SEX)
"""The factors that the guide speaks of (R023, R032), with the layout's own names."""

EXACT: Final = 1e-6
"""What binary fractions leave, in per cent and in pupils."""


class Subject(Enum):
    """What a factor is about: an entry of the catalogue of factors (R023, R024, R032)."""

    EDUCATION = "education"
    RESEARCH = "research"
    BACKGROUND = "background"
    YEARS = "years"
    AGE = "age"
    NEWLY = "newly"
    SEX = "sex"
    INCOME_SUPPORT = "income_support"
    HOUSEHOLD = "household"
    AREA = "area"
    SCHOOL = "school"
    SIZE = "size"
    INFLUENCED = "influenced"
    SALSA = "salsa"


NO_NEED: Final = frozenset({Subject.SIZE, Subject.INFLUENCED, Subject.SALSA})
"""What is no measure of the pupils' need that the schools cannot influence (R006, R010, R045)."""

NAMES: Final[Mapping[Subject, re.Pattern[str]]] = {
    subject: re.compile(pattern, re.IGNORECASE)
    for subject, pattern in {
        Subject.SALSA: r"salsa|modellberäkna|residual|förväntat (värde|resultat)",
        Subject.INFLUENCED: (
            r"särskilt stöd|särskild undervisningsgrupp|extra anpassning|åtgärdsprogram|stödinsats|tilläggsbelopp|"
            r"diagnos|modersmål|studiehandled|som andraspråk|\bsva\b|frånvaro|\bnärvaro|betyg|meritvärde|"
            r"nationella prov|kunskapskrav|kunskapsresultat|\bresultat|godkän|behörig|målen"
        ),
        Subject.AREA: r"bostadsområde|bostadsort|boendeområde|\bboende i|\bbor i|stadsdel|\bområde|\bdeso\b|\bregso\b",
        Subject.SIZE: (
            r"skolstorlek|(skolans|enhetens) storlek|elevantal|antal elever|\b(liten|mindre) (skola|enhet)|"
            r"\bsmå (skolor|enheter)|landsbygd|glesbygd|byskol|skolskjuts"
        ),
        Subject.RESEARCH: r"forskarutbild|forskarexam",
        Subject.EDUCATION: r"utbildning|förgymnasial|eftergymnasial",
        Subject.AGE: r"ålder vid|ankomstålder|invandringsålder",
        Subject.NEWLY: r"ny(ligen )?(anlän|invandra|ankom)",
        Subject.YEARS: r"tid i sverige|år i sverige|vistelsetid|anlän[dt]|invandr",
        Subject.BACKGROUND: r"utländsk|utrikes|utomlands|\bsvensk\b|migrationsbakgrund|födelseland|härkomst",
        Subject.INCOME_SUPPORT: r"försörjningsstöd|ekonomiskt bistånd|socialbidrag",
        Subject.HOUSEHOLD: (
            r"familjesamman|familjetyp|hushållstyp|hushållssamman|\b(en|två|båda|antal) (vårdnadshavare|förälder|"
            r"föräldrar)|ensamstående|växelvis|^vårdnadshavare$"
        ),
        Subject.SEX: r"\bkön\b|könsfördelning|könssamman|\bflick(a|or)\b|\bpojk(e|ar)\b",
        Subject.SCHOOL: r"skolmiljö|skolnivå|kamrateffekt|koncentration",
    }.items()
}
"""What a factor is recognised by, in its name or else in its categories; what stands first is tried first."""

_YEARS: Final = re.compile(r"(?P<under>mindre|högst|under|färre)?\D*(?P<first>\d+)", re.IGNORECASE)


class Kind(Enum):
    """A compensation beside the socio-economic one (R033, R051)."""

    NEWLY_ARRIVED = "newly_arrived"
    SWEDISH = "swedish"
    MOTHER_TONGUE = "mother_tongue"
    STATE_GRANT = "state_grant"
    OTHER = "other"


COVERS: Final[Mapping[Kind, frozenset[Subject]]] = {
    Kind.NEWLY_ARRIVED: frozenset({Subject.NEWLY, Subject.YEARS}),
    Kind.SWEDISH: frozenset({Subject.NEWLY, Subject.YEARS, Subject.BACKGROUND}),
    Kind.MOTHER_TONGUE: frozenset({Subject.NEWLY, Subject.YEARS, Subject.BACKGROUND}),
    Kind.STATE_GRANT: frozenset(
        {
            *(Subject.EDUCATION, Subject.NEWLY, Subject.YEARS, Subject.SEX),
            *(Subject.INCOME_SUPPORT, Subject.HOUSEHOLD, Subject.AREA),
        }
    ),
    Kind.OTHER: frozenset(),
}
"""What each usually covers; the state's grant follows an index of these (Statistics Sweden's)."""

IN_SWEDEN: Final = frozenset({Subject.NEWLY, Subject.YEARS})
"""Where a compensation for the first years in Sweden covers some categories and not others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compensation:
    """Money that the schools get for some needs beside the socio-economic compensation.

    Attributes
    ----------
    kind
        Which.
    name
        What the municipality calls it; empty for the kind's own name.
    covers
        What it covers.
    years
        The first so many years in Sweden; None where it has no such limit.
    """

    kind: Kind
    name: str = ""
    covers: frozenset[Subject] = frozenset()
    years: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """A category whose need another compensation covers already.

    Attributes
    ----------
    compensation
        Which.
    factor, category
        What of the table; the category is empty where it is the factor as a whole.
    """

    compensation: Compensation
    factor: str
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A cell without a number, and what was put there.

    Attributes
    ----------
    code, school
        Whose.
    factor, category
        Which cell.
    mark
        What was published instead.
    used
        The share used, 0-1; of a mean level the mean, on its own scale.
    low, high
        What it may lie between, likewise.
    is_level
        Whether the factor is a mean level and no share.
    """

    code: str
    school: str
    factor: str
    category: str
    mark: Mark
    used: float
    low: float
    high: float
    is_level: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """How two factors follow each other from school to school.

    Attributes
    ----------
    one, other
        Factor and category.
    r
        Pearson's r of their shares, pupil-weighted.
    """

    one: tuple[str, str]
    other: tuple[str, str]
    r: float

    @property
    def is_low(self) -> bool:
        """Whether the one does not stand for the other."""
        return abs(self.r) < FOLLOWS_FROM


def subject_of(factor: str, categories: Sequence[str] = ()) -> Subject | None:
    """Tell what a factor is about, by its name or else by its categories.

    Examples
    --------
    >>> subject_of("Bakgrund", ("Utländsk", "Svensk"))
    <Subject.BACKGROUND: 'background'>
    >>> subject_of("Vårdnadshavarnas utbildningsnivå")
    <Subject.EDUCATION: 'education'>
    >>> subject_of("Inkomst", ("Låg", "Hög"))
    """
    return next((found for text in (factor, *categories) if (found := _named(text)) is not None), None)


def _named(text: str) -> Subject | None:
    return next((subject for subject, pattern in NAMES.items() if pattern.search(text)), None)


def remarks(
    composition: Composition,
    *,
    earlier: Composition | None = None,
    weights: Array | None = None,
    minimum_pupils: int = 0,
) -> tuple[Fault, ...]:
    """Say what a good colleague would say of a table.

    Parameters
    ----------
    composition : Composition
        The schools.
    earlier : Composition, optional
        The table before, of the same municipality.
    weights : array of float, shape (n_categories,), optional
        Weight of each category, as `socio.need.weights_for` lays them.
    minimum_pupils : int
        Units with fewer pupils take the index 1.

    Returns
    -------
    tuple of Fault
        What is remarkable and what to make of it, with the factor as its column; nothing of it stops anything.

    Notes
    -----
    R004, R006, R010, R028, R045, R063, R065; docs/method.md §15. What moved more than it plausibly can is
    `socio.screening.year_change`'s.
    """
    return (
        *_only_municipal(composition),
        *_own_row(composition, weights, minimum_pupils),
        *_whole_percents(composition, weights, minimum_pupils),
        *_before_and_now(composition, earlier),
        *_no_need(composition.factors),
    )


def recoded(then: str, now: str) -> Fault | None:
    """Say that parents' education is counted in another way than in the table before (R028).

    Parameters
    ----------
    then, now : str
        How it is counted, such as ``highest`` or ``both``; empty where that is not known.

    Returns
    -------
    Fault or None
        None where it is the same, or where one of them is not known.
    """
    if not then or not now or then == now:
        return None
    return Fault(
        wrong=words("parents' education is counted in another way than in the table before"),
        allowed=words(
            "the level of the parent with the most education, and both parents' weighed together, are not the same"
        ),
    )


def _only_municipal(composition: Composition) -> Iterator[Fault]:
    """Miss the independent schools (R004); where some operators are unknown nothing is said."""
    if set(composition.operators) == {"kommunal"}:
        yield Fault(
            wrong=words("the table has only municipal schools"),
            allowed=words("independent schools belong there too, since equal conditions apply to them"),
        )


def _own_row(composition: Composition, weights: Array | None, minimum_pupils: int) -> Iterator[Fault]:
    """Compare the municipality's own row with its schools together, factor by factor and in points (R065)."""
    row = composition.municipality_row
    if row is None or row.shares is None:
        return
    together = screening.municipal_share(composition.shares, composition.pupils_composition)
    for factor, columns in parts(composition):
        away = np.abs(row.shares[columns] - together[columns])
        at = int(np.round(away, 9).argmax())  # of a pair the first, whatever binary fractions leave
        if not _is_level(factor) and away[at] > SHARES_DIFFER + EXACT:
            wrong = words(
                "{category} is {delivered} % in the municipality's own row and {schools} % in the schools together",
                category=factor.categories[at],
                delivered=round(100 * float(row.shares[columns][at]), 1),
                schools=round(100 * float(together[columns][at]), 1),
            )
            allowed = words("the municipality's own row is used; see that no school is missing")
            yield Fault(column=factor.name, wrong=wrong, allowed=allowed)
    if weights is not None:
        points = need.points(composition.shares, weights)
        schools = float(need.mean_points(points, composition.pupils_composition, minimum_pupils))
        far = far_from_schools(float(row.shares @ weights), schools)
        if far is not None:
            yield far


def far_from_schools(delivered: float, schools: float) -> Fault | None:
    """Remark on points of the municipality's own row that are far from the schools' mean.

    Parameters
    ----------
    delivered, schools : float
        Points per pupil of the row, and of the schools together; above 0.

    Returns
    -------
    Fault or None
        None where they differ by `MEANS_DIFFER` at most.

    Notes
    -----
    docs/method.md §2, R065.

    Examples
    --------
    >>> far_from_schools(3.83, 3.84) is None
    True
    """
    if schools <= 0 or abs(delivered / schools - 1) <= MEANS_DIFFER:
        return None
    wrong = words(
        "the municipality's own row gives {delivered} points per pupil, the schools together {schools}",
        delivered=delivered,
        schools=schools,
    )
    return Fault(wrong=wrong, allowed=words("the municipality's own row is used"))


def _whole_percents(composition: Composition, weights: Array | None, minimum_pupils: int) -> Iterator[Fault]:
    """Say how far rounded shares may lead (R063)."""
    if not is_rounded(composition):
        return
    wrong = words("all shares are whole per cents")
    if weights is None or not weights.any():
        points = 100 * HALF_PERCENT
        allowed = words("each may be off by {points} percentage points; ask for decimals", points=points)
    else:
        most = float(index_reach(composition, weights, minimum_pupils=minimum_pupils).max())
        allowed = words(
            "with these weights a school's index may be off by up to {most}; ask for decimals", most=round(most, 4)
        )
    yield Fault(wrong=wrong, allowed=allowed)


def is_rounded(composition: Composition) -> bool:
    r"""Tell whether all shares are whole per cents although the numbers of pupils do not make them so.

    Examples
    --------
    >>> from socio.intake import tables
    >>> table = "skolenhetskod;skola;elever;Kön: Flickor\n1;Alfa;243;37\n2;Beta;120;50"
    >>> is_rounded(tables.read(table.encode(), "table.csv").composition)
    True
    """
    known = composition.marks == Mark.KNOWN
    for factor, columns in parts(composition):
        if _is_level(factor):
            known[:, columns] = False
    percents = 100 * composition.cells[known]
    pupils = (composition.cells * composition.pupils_composition[:, None])[known]
    return bool(len(percents)) and _whole(percents) and not _whole(pupils)


def _whole(values: Array) -> bool:
    return bool(np.all(np.abs(values - np.round(values)) < EXACT))


def index_reach(composition: Composition, weights: Array, *, minimum_pupils: int = 0) -> Array:
    r"""Return how far each school's index may be off where its shares are whole per cents.

    Parameters
    ----------
    composition : Composition
        The schools.
    weights : array of float, shape (n_categories,)
        Weight of each category.
    minimum_pupils : int
        Units with fewer pupils take the index 1 and are not off.

    Returns
    -------
    array of float, shape (n_schools,)
        The most that the index may lie above or below, in index.

    Notes
    -----
    The true shares t of a factor lie within half a per cent of the published ones and sum to 1. The most and the
    least that ``Σ w t`` can be is found exactly: what the least shares leave goes to the categories with the
    largest weights first, or the smallest. The distance to the points used, summed over the factors, is divided by
    p̄, which is taken as it is, since roundings of many schools cancel in it. Of a pair it is half a per cent
    of the weights' difference. A factor with a suppressed share, or with more than one missing, adds nothing here:
    how far it may be off is in `gaps`. R063, docs/method.md §15.

    Examples
    --------
    >>> from socio.intake import tables
    >>> table = "skolenhetskod;skola;elever;Kön: Flickor\n1;Alfa;243;50\n2;Beta;243;50"
    >>> index_reach(tables.read(table.encode(), "table.csv").composition, np.array([1.0, 2.0])).round(6)
    array([0.003333, 0.003333])
    """
    reach = np.zeros(len(composition))
    for factor, columns in parts(composition):
        if _is_level(factor):
            continue
        known = composition.marks[:, columns] == Mark.KNOWN
        lowest = np.where(known, np.maximum(composition.cells[:, columns] - HALF_PERCENT, 0), 0.0)
        highest = np.where(known, np.minimum(composition.cells[:, columns] + HALF_PERCENT, 1), 1.0)
        used = composition.shares[:, columns] @ weights[columns]
        order = np.argsort(weights[columns])
        most, least = (_filled_up(lowest, highest, weights[columns], way) for way in (order[::-1], order))
        gapless = (composition.marks[:, columns] == Mark.MISSING).sum(axis=1) <= 1
        gapless &= ~np.isin(composition.marks[:, columns], (Mark.SUPPRESSED, Mark.NEARLY_ALL)).any(axis=1)
        reach += np.where(gapless, np.maximum(most - used, used - least), 0.0)
    row, pupils = composition.municipality_row, composition.pupils_composition
    if row is not None and row.shares is not None:
        mean = float(row.shares @ weights)
    else:
        mean = float(need.mean_points(need.points(composition.shares, weights), pupils, minimum_pupils))
    return np.where(pupils < minimum_pupils, 0.0, reach / mean) if mean > 0 else np.full(len(composition), np.nan)


def _filled_up(lowest: Array, highest: Array, weights: Array, order: NDArray[np.int64]) -> Array:
    """Return the points of each school when what its least shares leave goes to the categories in this order."""
    points = lowest @ weights
    left = 1 - lowest.sum(axis=1)
    for category in order:
        given = np.clip(left, 0, highest[:, category] - lowest[:, category])
        points = points + given * weights[category]
        left = left - given
    found: Array = points
    return found


def _before_and_now(composition: Composition, earlier: Composition | None) -> Iterator[Fault]:
    """Say where two tables are not alike enough to be compared (R028; docs/method.md §15)."""
    if earlier is None:
        return
    then, now = is_rounded(earlier), is_rounded(composition)
    if then != now:
        known = words("the table before has whole per cents, and this one is more exact")
        hidden = words("this table has whole per cents, and the one before is more exact")
        allowed = words(
            "a share that moved by up to {points} percentage points may not have moved", points=100 * HALF_PERCENT
        )
        yield Fault(wrong=known if then else hidden, allowed=allowed)
    for one in screening.year_change(earlier, composition).redefined:
        allowed = words("compare only what has the same definition in both")
        if subject_of(one.factor, (*one.gone, *one.new)) is Subject.EDUCATION:
            allowed = words(
                "compare only what has the same definition in both: the level of the parent with the most education, "
                "and both parents' weighed together, are not the same"
            )
        wrong = words(
            "other categories than in the table before; gone: {gone}; new: {new}",
            gone=", ".join(one.gone) or "–",
            new=", ".join(one.new) or "–",
        )
        yield Fault(column=one.factor, wrong=wrong, allowed=allowed)


def _no_need(factors: Iterable[Factor]) -> Iterator[Fault]:
    """Name factors that are no measure of the pupils' need (R006, R010, R045)."""
    said = {
        Subject.SIZE: (
            words("the name speaks of the school's size or of where it lies"),
            words("compensate small schools separately, and independent ones alike"),
        ),
        Subject.INFLUENCED: (
            words("the schools may influence it"),
            words("choose what describes the pupils' background instead"),
        ),
        Subject.SALSA: (
            words("the name speaks of a value from the model SALSA"),
            words("that is computed for other results than those that tell of larger needs"),
        ),
    }
    for factor in factors:
        found = subject_of(factor.name, factor.categories)
        if found in NO_NEED:
            wrong, allowed = said[found]
            yield Fault(column=factor.name, wrong=wrong, allowed=allowed)


def gaps(composition: Composition) -> tuple[Gap, ...]:
    r"""List every cell without a number, with what was put there and what it may lie between.

    Parameters
    ----------
    composition : Composition
        The schools.

    Returns
    -------
    tuple of Gap
        In the table's order. A cell that another one gives exactly, as the complement of a known share, is none.

    Notes
    -----
    docs/method.md §11.

    Examples
    --------
    >>> from socio.intake import tables
    >>> table = "skolenhetskod;skola;elever;Kön: Flickor\n1;Alfa;90;..\n2;Beta;120;50"
    >>> found = gaps(tables.read(table.encode(), "table.csv").composition)
    >>> [(gap.category, gap.mark.name, gap.used, gap.low, gap.high) for gap in found]
    [('Flickor', 'SUPPRESSED', 0.05, 0.0, 0.1), ('Övriga', 'MISSING', 0.95, 0.9, 1.0)]
    """
    levels = {factor.name for factor in composition.factors if _is_level(factor)}
    filled, found = composition.filled, []
    for i, j in np.argwhere(composition.marks != Mark.KNOWN).tolist():
        factor, category = composition.columns[j]
        low, used, high = (float(values[i, j]) for values in (filled.low, filled.shares, filled.high))
        ends = scale(category)
        if low == high or (factor in levels and ends is None):
            continue
        if ends is not None:
            most, least = ends
            low, used, high = (least + share * (most - least) for share in (low, used, high))
            low, high = min(low, high), max(low, high)
        found.append(
            Gap(
                code=composition.codes[i],
                school=composition.names[i],
                factor=factor,
                category=category,
                mark=Mark(int(composition.marks[i, j])),
                used=used,
                low=low,
                high=high,
                is_level=ends is not None,
            )
        )
    return tuple(found)


def following(correlation: Correlation, one: Subject, others: frozenset[Subject]) -> Following | None:
    """Find how a factor follows another from school to school.

    Parameters
    ----------
    correlation : Correlation
        Of the table's factors.
    one, others : Subject
        What the one factor is about, and what the other may be about.

    Returns
    -------
    Following or None
        Of each the first category; None where the table has not both, or r is not defined.

    Notes
    -----
    R049: where foreign background and newly arrived do not follow each other, the one does not stand for the other.
    """
    about = [subject_of(factor, (category,)) for factor, category in correlation.columns]
    first = next((at for at, subject in enumerate(about) if subject is one), None)
    second = next((at for at, subject in enumerate(about) if subject in others), None)
    if first is None or second is None or np.isnan(correlation.between_columns[first, second]):
        return None
    r = float(correlation.between_columns[first, second])
    return Following(one=correlation.columns[first], other=correlation.columns[second], r=r)


def overlaps(factors: Iterable[Factor], compensations: Iterable[Compensation]) -> tuple[Overlap, ...]:
    """Find what another compensation covers already.

    Parameters
    ----------
    factors : iterable of Factor
        Of the table.
    compensations : iterable of Compensation
        What the schools get besides.

    Returns
    -------
    tuple of Overlap
        For each compensation in turn, in the table's order.

    Notes
    -----
    R033: the same need is not to be compensated twice. A compensation for the first n years in Sweden covers the
    categories that begin before n full years, so that “3–6 år” is free of one for the first two (R034);
    docs/method.md §15.

    Examples
    --------
    >>> paid = Compensation(kind=Kind.NEWLY_ARRIVED, covers=COVERS[Kind.NEWLY_ARRIVED], years=2)
    >>> [overlap.category for overlap in overlaps(FACTORS, [paid])]
    ['0–2 år']
    """
    known = list(factors)
    return tuple(
        Overlap(compensation=paid, factor=factor.name, category=category)
        for paid in compensations
        for factor in known
        if (subject := subject_of(factor.name, factor.categories)) in paid.covers
        for category in _covered(factor, paid.years if subject in IN_SWEDEN else None)
    )


def _covered(factor: Factor, years: int | None) -> list[str]:
    """Return the categories that begin within so many years; nothing in particular where no years are told."""
    begins = {category: _first_year(category) for category in factor.categories}
    if years is None or all(first is None for first in begins.values()):
        return [""]
    return [category for category, first in begins.items() if first is not None and first < years]


def _first_year(category: str) -> int | None:
    """Return the first full year in Sweden that a category holds: 3 of “3–6 år”, 0 of “mindre än 4 år”."""
    found = _YEARS.search(category)
    if found is None:
        return None
    return 0 if found["under"] else int(found["first"])


def parts(composition: Composition) -> list[tuple[Factor, slice]]:
    """Return each factor with its columns of the shares."""
    found, start = [], 0
    for factor in composition.factors:
        found.append((factor, slice(start, start + len(factor.categories))))
        start += len(factor.categories)
    return found


def _is_level(factor: Factor) -> bool:
    return scale(factor.categories[0]) is not None
