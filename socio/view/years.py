"""Years: which units of two läsår are the same school, and what changed, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from socio.linking import Reason
from socio.view import format as written
from socio.view import words
from socio.view.words import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from socio.composition import Composition
    from socio.linking import Link, Matching, Suggestion
    from socio.screening import Trend

MOST_NAMED: Final = 20
"""Units named before the rest is counted."""

MOST_MOVED: Final = 12
"""Moves named of one change of läsår before the rest is counted."""


@dataclass(frozen=True, slots=True)
class Units:
    """One läsår's units by code, as they are written on screen.

    Attributes
    ----------
    names, pupils
        By code; pupils behind the shares.
    """

    names: dict[str, str]
    pupils: dict[str, int]

    @classmethod
    def of(cls, composition: Composition) -> Units:
        """Take them from a table."""
        pupils = composition.pupils_composition.tolist()
        return cls(
            dict(zip(composition.codes, composition.names, strict=True)),
            dict(zip(composition.codes, pupils, strict=True)),
        )

    def one(self, code: str) -> str:
        """Write a unit with its pupils; one that is not there by its code."""
        return f"{self.names[code]} ({written.number(self.pupils[code])})" if code in self.names else code

    def together(self, codes: Sequence[str]) -> str:
        """Write units that are linked to the same."""
        return " + ".join(self.one(code) for code in codes)

    def listed(self, codes: Iterable[str]) -> str:
        """Write units after each other in alphabetical order, at most `MOST_NAMED` of them."""
        order = sorted(codes, key=lambda code: words.sorting(self.names[code]))
        return _some([self.one(code) for code in order], MOST_NAMED)


def _some(said: Sequence[str], most: int) -> str:
    more = len(said) - most
    shown = ", ".join(said[:most])
    return shown if more <= 0 else f"{shown} " + ngettext("and {count} more", "and {count} more", more)


def between(years: tuple[str, str]) -> str:
    """Name a change of läsår."""
    return _("{before} to {after}", before=years[0], after=years[1])


def choice(years: tuple[str, str], found: Matching) -> str:
    """Name a change of läsår in a list, with how many units wait for a link."""
    return _(
        "{years} ({new} new, {gone} gone)",
        years=between(years),
        new=written.number(len(found.new)),
        gone=written.number(len(found.gone)),
    )


def headings() -> dict[str, str]:
    """Return the heading of each column of `row`."""
    return {
        "years": _("School years"),
        "same": _("Schools followed"),
        "new": _("New units (pupils)"),
        "gone": _("Units that are gone (pupils)"),
        "linked": _("Linked"),
    }


def row(years: tuple[str, str], before: Units, after: Units, found: Matching, links: Sequence[Link]) -> dict[str, str]:
    """Say which units two läsår have in common and which not."""
    linked = [f"{before.together(link.before)} → {after.together(link.after)}" for link in links]
    return {
        "years": between(years),
        "same": written.number(len(found.pairs)),
        "new": after.listed(found.new) or "–",
        "gone": before.listed(found.gone) or "–",
        "linked": _some(linked, MOST_NAMED) or "–",
    }


def link(made: Link, before: Units, after: Units) -> str:
    """Say what a link says: one unit with another code, one that was split, or several that were merged."""
    then, now = before.together(made.before), after.together(made.after)
    if len(made.before) > 1:
        return _("{before} were merged into {after}", before=then, after=now)
    if len(made.after) > 1:
        return _("{before} was split into {after}", before=then, after=now)
    return _("{before} is {after}", before=then, after=now)


def suggestion(found: Suggestion, before: Units, after: Units) -> str:
    """Say what is suggested and what speaks for it."""
    facts = {"before": written.number(found.pupils_before), "after": written.number(found.pupils_after)}
    reasons = {
        Reason.SAME_NAME: _("the same name"),
        Reason.NEAR_NAME: _("nearly the same name"),
        Reason.PUPILS: _("together {before} pupils before and {after} after", **facts),
    }
    return f"{link(found.link, before, after)}: {reasons[found.reason]}"


def changes(trend: Trend) -> list[str]:
    """Say which categories changed from one läsår to the next, and what moved more than it plausibly can."""
    lines = []
    for change in trend.changes:
        years = between((change.before, change.after))
        lines += [
            _(
                "{years}: {factor} has other categories; only those that both läsår have are compared.",
                years=years,
                factor=one.factor,
            )
            for one in change.redefined
        ]
        moves = change.implausible
        lines += [
            _(
                "{years}: {school}, {factor}: {category} went from {start} to {end}, more than it plausibly can by "
                "chance. Look for another definition, another unit under the code, or a slip.",
                years=years,
                school=move.name,
                factor=move.factor,
                category=move.category,
                start=written.percent(move.start, 1),
                end=written.percent(move.end, 1),
            )
            for move in moves[:MOST_MOVED]
        ]
        if len(moves) > MOST_MOVED:
            more = len(moves) - MOST_MOVED
            lines.append(
                ngettext("{years}: and {count} more move.", "{years}: and {count} more moves.", more, years=years)
            )
    return lines


def about(*, year: str, measured: str, source: str, base: str) -> list[str]:
    """Say what a table is: its läsår, measurement date, source and pupil base (R059)."""
    named = {
        _("School year"): year,
        _("Measurement date"): measured,
        _("Source"): source,
        _("Pupil base"): base,
    }
    unknown = _("not stated")
    return [f"{name}: {said or unknown}" for name, said in named.items()]
