"""Differences: how the schools differ, in words and as tables (step 1 of the guide)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from socio.screening import FEWEST_SCHOOLS, Verdict
from socio.view import format as written
from socio.view.words import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from socio.composition import Composition
    from socio.measures import Change
    from socio.screening import Correlation, Grounds, Level, Screening, Spread, TypicalEffect, Variation

MOST_NAMED: Final = 12
"""Schools named before the rest is counted."""


def headline(grounds: Grounds) -> str:
    """Say whether the composition speaks for a model, and why (R002, R003)."""
    if not grounds.enough_schools:
        return _(
            "Fewer than {count} schools: the figures are here, and the decision needs no statistics",
            count=str(FEWEST_SCHOOLS),
        )
    much, somewhat = _listed(grounds.much), _listed(grounds.somewhat)
    if grounds.much:
        return _("The material speaks for a model: the schools differ much in {factors}", factors=much)
    if grounds.somewhat:
        return _("The material speaks somewhat for a model: the schools differ somewhat in {factors}", factors=somewhat)
    if grounds.speaks is None:
        return _("The material does not decide whether a model is needed: it cannot be measured")
    return _("The material does not speak for a model: the schools hardly differ")


def details(grounds: Grounds) -> list[str]:
    """Name the factors by how much they vary."""
    lines = [
        (grounds.much, _("Varies much: {factors}.", factors=_listed(grounds.much))),
        (grounds.somewhat, _("Varies somewhat: {factors}.", factors=_listed(grounds.somewhat))),
        (
            grounds.hardly,
            _(
                "Hardly varies: {factors}. Such a factor may be taken in to guard against changes to come; with a "
                "weight it makes the others move less.",
                factors=_listed(grounds.hardly),
            ),
        ),
        (grounds.unmeasured, _("Without a verdict: {factors}.", factors=_listed(grounds.unmeasured))),
    ]
    return [line for found, line in lines if found]


def _listed(names: Sequence[str]) -> str:
    lower = [name[:1].lower() + name[1:] for name in names]
    return (
        lower[0]
        if len(lower) == 1
        else _("{some} and {last}", some=", ".join(lower[:-1]), last=lower[-1])
        if lower
        else ""
    )


def verdict(found: Verdict | None) -> str:
    """Return a verdict in a word or two (R047)."""
    names = {Verdict.MUCH: _("varies much"), Verdict.SOMEWHAT: _("varies somewhat"), Verdict.HARDLY: _("hardly varies")}
    return _("no verdict") if found is None else names[found]


def headings() -> dict[str, str]:
    """Return the heading of each column of `factors`, with its unit."""
    return {
        "factor": _("Factor"),
        "category": _("Category"),
        "verdict": _("Verdict"),
        "kronor": _("Typically moves, kr per pupil"),
        "share": _("Municipality, %"),
        "lowest": _("Lowest, %"),
        "lowest_school": _("School with the lowest"),
        "highest": _("Highest, %"),
        "highest_school": _("School with the highest"),
        "deviation": _("Spread, percentage points"),
        "corrected": _("Between schools (η²)"),
        "dissimilarity": _("Dissimilarity (D)"),
    }


def factors(composition: Composition, screened: Screening, effect: TypicalEffect | None) -> pd.DataFrame:
    """Return one row for each category of each factor.

    Parameters
    ----------
    composition : Composition
        Whose schools.
    screened : Screening
        How they differ.
    effect : TypicalEffect, optional
        What each factor moves with the weights in use; on the factor's first row only.

    Returns
    -------
    pandas.DataFrame
        Columns as in `headings`; shares in per cent, at full precision.
    """
    moved = {} if effect is None else dict(zip(effect.factors, effect.kronor.tolist(), strict=True))
    rows: list[dict[str, object]] = []
    for factor in screened.factors:
        for at, category in enumerate(factor.categories):
            rows.append(
                {
                    "factor": factor.factor,
                    "category": category,
                    "verdict": "" if at else verdict(factor.verdict),
                    "kronor": np.nan if at else moved.get(factor.factor, np.nan),
                    "share": 100 * factor.share[at],
                    "lowest": 100 * factor.lowest[at],
                    "lowest_school": composition.names[factor.lowest_school[at]],
                    "highest": 100 * factor.highest[at],
                    "highest_school": composition.names[factor.highest_school[at]],
                    "deviation": 100 * factor.deviation[at],
                    "corrected": factor.corrected[at],
                    "dissimilarity": factor.dissimilarity[at],
                }
            )
    return pd.DataFrame(rows, columns=list(headings()))


WORDS: Final = frozenset({"factor", "category", "lowest_school", "highest_school", "verdict"})
"""Columns of `factors` that are words."""

DECIMALS: Final = {"share": 1, "lowest": 1, "highest": 1, "deviation": 1, "corrected": 3, "dissimilarity": 3}
"""Decimals on screen; kronor are whole."""


def level(composition: Composition, found: Level) -> str:
    """Say how a number per school differs."""
    if found.lowest_school is None or found.highest_school is None:
        return _("{name}: no school has a figure.", name=found.name)
    return _(
        "{name}: mean {mean}, standard deviation {deviation}, from {lowest} ({lowest_school}) to {highest} "
        "({highest_school}). A number per school has no share between schools: how pupils differ within a school is "
        "not known.",
        name=found.name,
        mean=written.number(found.mean, 2),
        deviation=written.number(found.deviation, 2),
        lowest=written.number(found.lowest, 2),
        lowest_school=composition.names[found.lowest_school],
        highest=written.number(found.highest, 2),
        highest_school=composition.names[found.highest_school],
    )


def provisos(screened: Screening) -> list[str]:
    """Say of which factors some shares are not published or missing."""
    lines = []
    for factor in screened.factors:
        if factor.suppressed:
            lines.append(
                ngettext(
                    "{factor}: {count} school's share is not published and is taken at the middle of what it can be.",
                    "{factor}: {count} schools' shares are not published and are taken at the middle of what they can "
                    "be.",
                    factor.suppressed,
                    factor=factor.factor,
                )
            )
        if factor.missing:
            lines.append(
                ngettext(
                    "{factor}: {count} school's share is missing and is taken at the mean of the others.",
                    "{factor}: {count} schools' shares are missing and are taken at the mean of the others.",
                    factor.missing,
                    factor=factor.factor,
                )
            )
    return lines


def correlations(found: Correlation) -> list[str]:
    """Say how factors follow each other, the strongest first; of a pair of categories the first stands for both."""
    named = [f"{factor}: {category}" for factor, category in found.columns]
    pairs = [
        (float(found.between_columns[one, other]), named[one], named[other])
        for one in range(len(named))
        for other in range(one)
        if found.columns[one][0] != found.columns[other][0] and not np.isnan(found.between_columns[one, other])
    ]
    return [
        _("{one} – {other}: {r}", one=other, other=one, r=written.number(r, 2))
        for r, one, other in sorted(pairs, key=lambda pair: -abs(pair[0]))
    ]


def with_results(found: Correlation) -> list[str]:
    """Say how each result follows each factor, and in how many schools it is known (R030)."""
    named = [f"{factor}: {category}" for factor, category in found.columns]
    lines = []
    for row, outcome in enumerate(found.outcomes):
        known = [
            f"{name} {written.number(float(r), 2)}"
            for name, r in zip(named, found.with_outcomes[row], strict=True)
            if not np.isnan(r)
        ]
        schools = ngettext("{count} school", "{count} schools", int(found.schools_with[row]))
        said = ", ".join(known) or _("too few schools for a correlation")
        lines.append(f"{outcome} ({schools}): {said}")
    return lines


def results(found: Mapping[str, Spread], grounds: Grounds) -> list[str]:
    """Say how results differ between the schools, and what it means where the composition does not (R026).

    Parameters
    ----------
    found : mapping of str to Spread
        By the result's name.
    grounds : Grounds
        Whether the composition speaks for a model.

    Returns
    -------
    list of str
    """
    lines = [
        _(
            "{result}: {share} of the pupils, from {low} to {high} in {schools}; {verdict} (η² {eta}).",
            result=name,
            share=written.percent(one.share, 1),
            low=written.percent(one.lowest, 0),
            high=written.percent(one.highest, 0),
            schools=ngettext("{count} school", "{count} schools", one.schools),
            verdict=verdict(one.verdict),
            eta=written.number(one.corrected, 3),
        )
        for name, one in found.items()
    ]
    differ = [one for one in found.values() if one.verdict in {Verdict.MUCH, Verdict.SOMEWHAT}]
    if differ and grounds.speaks is False:
        lines.append(
            _(
                "The results differ between the schools and the composition does not: look for more factors, or at "
                "what the municipality itself does."
            )
        )
    return lines


def bases(composition: Composition, change: Change) -> list[str]:
    """Say what it would move that the money followed the pupils behind the shares (R043).

    Parameters
    ----------
    composition : Composition
    change : Change
        From the amounts as they are to those that would be.

    Returns
    -------
    list of str
    """
    lines = [
        _(
            "The money follows {paid} pupils, and behind the shares are {behind}. If it followed these instead, the "
            "pot being the same, {kronor} would move between the schools ({share} of the pot).",
            behind=written.number(int(composition.pupils_composition.sum())),
            paid=written.number(int(composition.pupils_paid.sum())),
            kronor=written.kronor(change.moved),
            share=written.percent(change.moved / change.pot if change.pot else 0.0, 2),
        )
    ]
    steps = np.nan_to_num(change.amount)
    if not change.moved:
        return lines
    most, least = int(np.argmax(steps)), int(np.argmin(steps))
    lines.append(
        _(
            "The most is {more} for {one} and {less} for {other}.",
            more=written.kronor(float(steps[most]), signed=True),
            one=composition.names[most],
            less=written.kronor(float(steps[least]), signed=True),
            other=composition.names[least],
        )
    )
    return lines


def most_varying(factor: Variation) -> int:
    """Return the position of the category that stands for a factor where one must."""
    return factor.most_varying or 0
