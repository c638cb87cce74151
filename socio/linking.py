"""Linking: which units of two läsår are the same school, though the codes say otherwise (docs/method.md §15)."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import Enum
from itertools import chain, combinations
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from socio.errors import Fault, SocioError, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from socio.composition import Composition, Whole

NEAR: Final = 0.75
"""How alike two names must be for the one to be suggested for the other, 0-1."""

LONGEST: Final = 500
"""Letters of a name that are compared."""

SAME_PUPILS: Final = 0.1
"""Largest difference in pupils, of the larger side, where units together may be a unit of the other läsår."""

MOVED_PUPILS: Final = 0.2
"""Difference in pupils above which a unit in both läsår may have taken in others, or let them go."""

MOST_SUMMED: Final = 12
MOST_TOGETHER: Final = 3
"""Of one owner's units, how many are tried together with each other, and how many at a time."""


_Rank: TypeAlias = tuple[bool, int, float]
"""How little units together are like one unit: other names, how many, pupils apart."""


class LinkError(SocioError):
    """A link names units that are not there, or that are linked already."""


@dataclass(frozen=True, slots=True)
class Link:
    """Units of one läsår that are units of another: one and one, one and several, or several and one.

    Attributes
    ----------
    before, after
        School unit codes of the first and of the second läsår.

    Examples
    --------
    >>> Link(("1", "2"), ("3",)) == Link(before=("1", "2"), after=("3",))
    True
    """

    before: tuple[str, ...]
    after: tuple[str, ...]


class Reason(Enum):
    """What speaks for a link."""

    SAME_NAME = "same name"
    PUPILS = "pupils"
    NEAR_NAME = "near name"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A link that may be right; somebody has to say so.

    Attributes
    ----------
    link
        What.
    reason
        Why.
    pupils_before, pupils_after
        Pupils behind the shares of each side.
    """

    link: Link
    reason: Reason
    pupils_before: int
    pupils_after: int


@dataclass(frozen=True, slots=True)
class Pair:
    """A school that can be followed from one läsår to another.

    Attributes
    ----------
    before, after
        Positions of its rows in each, in the table's order.
    """

    before: tuple[int, ...]
    after: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Matching:
    """The units of two läsår, held against each other.

    Attributes
    ----------
    pairs
        Schools that can be followed, in the order of the later läsår: the same code, or a link.
    gone, new
        Codes of units in the first läsår only, and in the second only, that no link takes.
    """

    pairs: tuple[Pair, ...]
    gone: tuple[str, ...]
    new: tuple[str, ...]


def faults(before: Composition, after: Composition, links: Iterable[Link]) -> tuple[Fault, ...]:
    """Find what is wrong with links.

    Parameters
    ----------
    before, after : Composition
        Two läsår.
    links : iterable of Link

    Returns
    -------
    tuple of Fault
        A unit that is not there or stands twice on a side, a link of several and several, and a unit in both
        läsår that is taken on one side only.
    """
    links = tuple(links)
    then, now = _counted(links)
    return (
        *chain.from_iterable(map(_shape_faults, links)),
        *_unit_faults(before, then, set(after.codes) - now.keys(), then),
        *_unit_faults(after, now, set(before.codes) - then.keys(), now),
    )


def _shape_faults(link: Link) -> Iterator[Fault]:
    if min(len(link.before), len(link.after)) != 1:
        yield Fault(
            wrong=words(
                "{before} and {after} are not one unit and one or several",
                before=", ".join(link.before) or "–",
                after=", ".join(link.after) or "–",
            ),
            allowed=words("choose one unit in one of the läsår, and at least one in the other"),
        )
    elif link.before == link.after:
        yield Fault(
            wrong=words("the unit {code} has the same code in both läsår", code=link.before[0]),
            allowed=words("it needs no link"),
        )


def _unit_faults(
    composition: Composition, linked: Counter[str], alone: set[str], codes: Iterable[str]
) -> Iterator[Fault]:
    """Find what is wrong with some of a läsår's linked units; alone are the other läsår's units without a link."""
    there = set(composition.codes)
    for code in codes:
        if code not in there:
            yield Fault(
                wrong=words("there is no unit {code} in läsår {year}", code=code, year=composition.year),
                allowed=words("choose a unit that is there"),
            )
        elif linked[code] > 1:
            yield Fault(
                wrong=words("the unit {code} is linked twice in läsår {year}", code=code, year=composition.year),
                allowed=words("take away the link that it is in"),
            )
        elif code in alone:
            yield Fault(
                wrong=words("the unit {code} is there in both läsår", code=code),
                allowed=words("choose it in both"),
            )


def standing(before: Composition, after: Composition, links: Iterable[Link]) -> tuple[Link, ...]:
    """Return the kept links that hold for two tables, which may have other units than when the links were made.

    Parameters
    ----------
    before, after : Composition
        Two läsår.
    links : iterable of Link

    Returns
    -------
    tuple of Link
        Those of one and one or several units of which every unit is there and in no other link, and one that both
        läsår have is linked in both.
    """
    holding = tuple(links)
    while True:
        then, now = _counted(holding)
        alone, alone_now = set(before.codes) - then.keys(), set(after.codes) - now.keys()
        left = tuple(
            link
            for link in holding
            if not [
                *_shape_faults(link),
                *_unit_faults(before, then, alone_now, link.before),
                *_unit_faults(after, now, alone, link.after),
            ]
        )
        if left == holding:
            return holding
        holding = left


def _counted(links: Sequence[Link]) -> tuple[Counter[str], Counter[str]]:
    """Count how many times each unit is linked, in each läsår."""
    return (
        Counter(code for link in links for code in link.before),
        Counter(code for link in links for code in link.after),
    )


def matching(before: Composition, after: Composition, links: Iterable[Link] = ()) -> Matching:
    """Hold the units of two läsår against each other.

    Parameters
    ----------
    before, after : Composition
        Units are the same where the school unit code is, as it stands in the files, or where a link says so.
    links : iterable of Link

    Returns
    -------
    Matching

    Raises
    ------
    LinkError
        As `faults`.
    """
    links = tuple(links)
    wrong = faults(before, after, links)
    if wrong:
        raise LinkError(wrong)
    former = {code: at for at, code in enumerate(before.codes)}
    latter = {code: at for at, code in enumerate(after.codes)}
    pairs = [Pair(_rows(former, link.before), _rows(latter, link.after)) for link in links]
    linked = {code for link in links for code in link.after}
    pairs += [Pair((former[c],), (at,)) for c, at in latter.items() if c in former and c not in linked]
    then = {at for pair in pairs for at in pair.before}
    now = {at for pair in pairs for at in pair.after}
    return Matching(
        pairs=tuple(sorted(pairs, key=lambda pair: pair.after)),
        gone=tuple(code for code, at in former.items() if at not in then),
        new=tuple(code for code, at in latter.items() if at not in now),
    )


def _rows(places: Mapping[str, int], codes: Iterable[str]) -> tuple[int, ...]:
    return tuple(sorted(places[code] for code in codes))


def suggestions(before: Composition, after: Composition, links: Iterable[Link] = ()) -> tuple[Suggestion, ...]:
    """Suggest links between the units that are gone and the units that are new; nothing is linked by it.

    Parameters
    ----------
    before, after : Composition
        Two läsår.
    links : iterable of Link
        What is linked already.

    Returns
    -------
    tuple of Suggestion
        First units with the same name under another code, then units whose pupils together are those of one unit
        in the other läsår, then units with a near name.

    Raises
    ------
    LinkError
        As `faults`.

    Notes
    -----
    A split or a merger is looked for among units with the same owner: two or three new units whose pupils
    together differ by at most `SAME_PUPILS` from those of a gone one; one to three of them with a unit in both
    läsår that lost more than `MOVED_PUPILS` of its pupils; and the other way round. Units whose names begin with
    the same word are taken before others, few before many, the closest number first. docs/method.md §15.
    """
    links = tuple(links)
    found = matching(before, after, links)
    then, now = _sides(before, after, found)
    taken = {code for link in links for code in link.after}
    stay = [pair for pair in found.pairs if after.codes[pair.after[0]] not in taken]
    same = _same_names(then, now)
    then, now = then.without(pair.before for pair in same), now.without(pair.after for pair in same)
    sums = _sums(then, now, stay)
    then, now = then.without(pair.before for pair in sums), now.without(pair.after for pair in sums)
    return tuple(
        Suggestion(
            link=Link(tuple(before.codes[at] for at in pair.before), tuple(after.codes[at] for at in pair.after)),
            reason=reason,
            pupils_before=int(before.pupils_composition[list(pair.before)].sum()),
            pupils_after=int(after.pupils_composition[list(pair.after)].sum()),
        )
        for reason, pairs in (
            (Reason.SAME_NAME, same),
            (Reason.PUPILS, sums),
            (Reason.NEAR_NAME, _near_names(then, now)),
        )
        for pair in pairs
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """One läsår's units: their names, owners and pupils, and which of them the other läsår does not have."""

    forms: list[str]
    stems: list[str]
    owners: list[str]
    pupils: list[int]
    alone: list[int]

    def without(self, groups: Iterable[tuple[int, ...]]) -> _Side:
        """Leave out units that are in a suggestion already."""
        taken = set(chain.from_iterable(groups))
        return replace(self, alone=[at for at in self.alone if at not in taken])


def _sides(before: Composition, after: Composition, found: Matching) -> tuple[_Side, _Side]:
    owned = all(before.operator_names) and all(after.operator_names)

    def side(composition: Composition, alone: tuple[str, ...]) -> _Side:
        only = set(alone)
        return _Side(
            forms=[form(name) for name in composition.names],
            stems=[form(name.partition(" ")[0]) for name in composition.names],
            owners=[plain(owner).removesuffix(" kommun") if owned else "" for owner in composition.operator_names],
            pupils=composition.pupils_composition.tolist(),
            alone=[at for at, code in enumerate(composition.codes) if code in only],
        )

    return side(before, found.gone), side(after, found.new)


def _turned(pair: Pair) -> Pair:
    return Pair(before=pair.after, after=pair.before)


def _same_names(then: _Side, now: _Side) -> list[Pair]:
    named: dict[str, list[int]] = {}
    for at in now.alone:
        named.setdefault(now.forms[at], []).append(at)
    return [Pair((at,), (other,)) for at in then.alone for other in named.get(then.forms[at], ())]


def _near_names(then: _Side, now: _Side) -> list[Pair]:
    nearest = near([then.forms[at] for at in then.alone], [now.forms[at] for at in now.alone], most=1)
    pairs = zip(then.alone, nearest, strict=True)
    return [Pair((at,), (now.alone[place],)) for at, places in pairs for place in places]


def _sums(then: _Side, now: _Side, stay: Sequence[Pair]) -> list[Pair]:
    """Find units of one läsår that by their pupils are one of the other, the likeliest first and each unit once."""
    merged = _became_one(then, now, stay)
    split = [(rank, _turned(pair)) for rank, pair in _became_one(now, then, [_turned(pair) for pair in stay])]
    former: set[int] = set()
    latter: set[int] = set()
    pairs = []
    for _, pair in sorted([*merged, *split], key=lambda ranked: ranked[0]):
        if former.isdisjoint(pair.before) and latter.isdisjoint(pair.after):
            former.update(pair.before)
            latter.update(pair.after)
            pairs.append(pair)
    return pairs


def _became_one(then: _Side, now: _Side, stay: Sequence[Pair]) -> list[tuple[_Rank, Pair]]:
    """Find for each unit that is new or grown the units that are gone and by their pupils became it."""
    of_owner: dict[str, list[int]] = {}
    for at in then.alone:
        of_owner.setdefault(then.owners[at], []).append(at)
    grown = [pair for pair in stay if now.pupils[pair.after[0]] > (1 + MOVED_PUPILS) * then.pupils[pair.before[0]]]
    return [
        closest
        for pair in (*(Pair((), (at,)) for at in now.alone), *grown)
        if (closest := _closest(then, now, pair, of_owner.get(now.owners[pair.after[0]], [])))
    ]


def _closest(then: _Side, now: _Side, pair: Pair, gone: list[int]) -> tuple[_Rank, Pair] | None:
    """Find the gone units that with what the unit was before come closest to its pupils, and how well they do."""
    (unit,) = pair.after
    kin = [at for at in gone if then.stems[at] == now.stems[unit]]
    tried = (gone if len(gone) <= MOST_SUMMED else kin)[:MOST_SUMMED]
    ranked = []
    for many in range(1 if pair.before else 2, MOST_TOGETHER + 1):
        for some in combinations(tried, many):
            rows = (*pair.before, *some)
            pupils = sum(then.pupils[at] for at in rows)
            apart = abs(pupils - now.pupils[unit]) / max(pupils, now.pupils[unit])
            if apart <= SAME_PUPILS:
                ranked.append(((not set(some) <= set(kin), many, apart), Pair(rows, pair.after)))
    return min(ranked, key=lambda one: one[0], default=None)


def plain(school: str) -> str:
    """Return a name as it is compared: in small letters, without needless blanks and Skolverket's asterisk.

    Examples
    --------
    >>> plain(" Östra  Grundskolan*")
    'östra grundskolan'
    """
    return " ".join(unicodedata.normalize("NFC", school).split()).rstrip("*").strip().casefold()


def form(school: str) -> str:
    """Return what forms of a name have in common: skola and skolan, with or without blank and hyphen.

    Examples
    --------
    >>> form("Vårby skola") == form("Vårbyskolan") == form("Vårby-skolan")
    True
    """
    return re.sub(r"[\s\-\u2010-\u2015]", "", re.sub(r"skolan\b", "skola", plain(school)))


def near(wanted: Sequence[str], among: Sequence[str], *, most: int = 3) -> list[tuple[int, ...]]:
    """Find the names that are nearest to each of some.

    Parameters
    ----------
    wanted, among : sequence of str
        Names, as `form` returns them.
    most : int
        How many to find at most.

    Returns
    -------
    list of tuple of int
        For each name, positions among the others, the nearest first.

    Notes
    -----
    Names are near where `difflib.SequenceMatcher` says at least `NEAR`. Which of them can be is told by the
    letters that they have in common, before anything is compared.

    Examples
    --------
    >>> near(["kronaskolaf3"], ["annaskola", "kronaskolaf3kr"])
    [(1,)]
    """
    column = {letter: at for at, letter in enumerate(sorted({*"".join(wanted), *"".join(among)}))}

    def counted(names: Sequence[str]) -> Whole:
        counts = np.zeros((len(names), len(column)), dtype=np.int64)
        for row, name in enumerate(names):
            for letter, times in Counter(name[:LONGEST]).items():
                counts[row, column[letter]] = times
        return counts

    others = counted(among)
    sizes = others.sum(axis=1)
    matcher = SequenceMatcher()
    found: list[tuple[int, ...]] = []
    for name, letters in zip(wanted, counted(wanted), strict=True):
        matcher.set_seq2(name[:LONGEST])
        shared = 2 * np.minimum(others, letters).sum(axis=1)
        ranked = []
        for at in np.flatnonzero((shared >= NEAR * (sizes + letters.sum())) & (shared > 0)).tolist():
            matcher.set_seq1(among[at][:LONGEST])
            ranked.append((-matcher.ratio(), at))
        found.append(tuple(at for ratio, at in sorted(ranked)[:most] if -ratio >= NEAR))
    return found
