"""Sentences: the result in words, computed and never typed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from socio import measures
from socio.rounding import half_up
from socio.view import format as written
from socio.view.words import _, ngettext

if TYPE_CHECKING:
    from socio.allocation import Result
    from socio.composition import Composition
    from socio.measures import Change, Spread
    from socio.scenario import Scenario

EVEN = 5e-4
"""A share moved below this reads 0 % with one decimal."""


def headline(result: Result, spread: Spread) -> str:
    """Say how much of the pot is moved."""
    if result.pot == 0:
        return _("The pot is 0 kr: no school gets anything")
    if spread.share_moved < EVEN:
        return _("Every school gets the same: {kronor} per pupil", kronor=written.kronor(result.average))
    return _(
        "{share} of the pot is moved from an equal share to schools with greater challenges",
        share=moved(spread),
    )


def moved(spread: Spread) -> str:
    """Write the share moved, with a decimal where it is small."""
    return written.percent(spread.share_moved, 0 if spread.share_moved >= 0.1 else 1)  # noqa: PLR2004 - 10 %


def bars_title(result: Result) -> str:
    """Say how many schools are above the average, and how much is above the line."""
    if len(result.composition) == 1:
        return _("The only school gets the average, {kronor} per pupil", kronor=written.kronor(result.average))
    above = int((result.rate > result.average + 0.5).sum())
    if not above:
        return _("All schools get the average, {kronor} per pupil", kronor=written.kronor(result.average))
    return ngettext(
        "{count} school gets more than the average {kronor} per pupil",
        "{count} schools get more than the average {kronor} per pupil",
        above,
        kronor=written.kronor(result.average),
    )


def bars_text(result: Result, spread: Spread, *, equal_width: bool = False) -> str:
    """Describe the first chart for who cannot see it."""
    width = _("All are equally wide.") if equal_width else _("Width is pupils, so that area is kronor.")
    names, rate = result.composition.names, result.rate
    high, low = int(np.argmax(rate)), int(np.argmin(rate))
    return _(
        "Bars, one for each of {schools} schools: height is kronor per pupil. {width} The average line is at "
        "{average}. Highest: {high}, {high_rate}. Lowest: {low}, {low_rate}. "
        "Above the line lie {kronor}, {share} of the pot, as much as is missing under it. "
        "All figures are in the table below.",
        schools=written.number(len(names)),
        width=width,
        average=written.kronor(result.average),
        high=names[high],
        high_rate=written.kronor(rate[high]),
        low=names[low],
        low_rate=written.kronor(rate[low]),
        kronor=written.kronor(spread.kronor_moved),
        share=moved(spread),
    )


def change_title(change: Change) -> str:
    """Say how many schools get more and how many less."""
    if change.up + change.down + change.unchanged == 0:
        return _("No school has anything to compare with")
    if change.up == change.down == 0:
        return _("No school gets more or less")
    up = ngettext("{count} school gets more", "{count} schools get more", change.up)
    down = ngettext("{count} less", "{count} less", change.down)
    return _("{more} and {less}", more=up, less=down)


def change_lines(change: Change) -> list[str]:
    """Say schools, pupils and kronor up, down and unchanged, and who pays."""
    lines = [
        _(
            "More: {schools}, {pupils}, {kronor}.",
            schools=_schools(change.up),
            pupils=_pupils(change.pupils_up),
            kronor=written.kronor(_shown_up(change), signed=True),
        ),
        _(
            "Less: {schools}, {pupils}, {kronor}.",
            schools=_schools(change.down),
            pupils=_pupils(change.pupils_down),
            kronor=written.kronor(_shown_down(change), signed=True),
        ),
    ]
    if change.unchanged:
        lines.append(
            _(
                "Unchanged (1 kr at most): {schools}, {pupils}.",
                schools=_schools(change.unchanged),
                pupils=_pupils(change.pupils_unchanged),
            )
        )
    return [*lines, who_pays(change)] if change.up or change.down else lines


def who_pays(change: Change) -> str:
    """Say where the money comes from: at the same pot the rises and falls are equal."""
    difference = _shown_up(change) + _shown_down(change)
    if difference == 0:
        return _("What some get more the others get less: the pot is the same.")
    if difference > 0:
        return _(
            "The rises exceed the falls by {kronor}: so much larger is the pot.", kronor=written.kronor(difference)
        )
    return _("The falls exceed the rises by {kronor}: so much smaller is the pot.", kronor=written.kronor(-difference))


def _shown_up(change: Change) -> int:
    return int(half_up(change.kronor_up))


def _shown_down(change: Change) -> int:
    return int(half_up(change.kronor_down))


def largest_fall(change: Change, composition: Composition) -> str:
    """Name the school that loses most, in kr and in per cent."""
    if change.largest_fall is None:
        return _("No school gets less.")
    fall = change.amount[change.largest_fall]
    before = float(change.before[change.largest_fall])
    share = f" ({written.percent(float(fall) / before, 1)})" if before else ""
    return _(
        "Largest fall: {school}, {kronor}{share}.",
        school=composition.names[change.largest_fall],
        kronor=written.kronor(fall, signed=True),
        share=share,
    )


def provisos(result: Result, change: Change, baseline_pupils: float, missing: tuple[str, ...]) -> list[str]:
    """Say where pupils, pot or schools differ between a result and its baseline."""
    said = []
    if change.unknown:
        said.append(
            ngettext(
                "{count} school has no amount to compare with; it gets {kronor}.",
                "{count} schools have no amount to compare with; they get {kronor}.",
                change.unknown,
                kronor=written.kronor(change.kronor_unmatched),
            )
        )
    if missing:
        said.append(_("Only in what is compared with: {names}.", names=", ".join(missing)))
    known = ~np.isnan(change.amount)
    pupils = float(result.composition.pupils_paid[known].sum())
    if pupils != baseline_pupils and known.any():
        said.append(
            _(
                "The pupils differ: {now} now, {before} in what is compared with.",
                now=written.number(pupils),
                before=written.number(baseline_pupils),
            )
        )
    if abs(change.pot - change.baseline_pot) > 1 and known.any():
        said.append(
            _(
                "The pots differ: {now} now, {before} in what is compared with.",
                now=written.kronor(change.pot),
                before=written.kronor(change.baseline_pot),
            )
        )
    return said


def no_effect(before: Scenario, now: Scenario, result: Result, spread: Spread) -> str:
    """Say why a change moved no krona.

    Parameters
    ----------
    before, now : Scenario
        Different, with the same amounts.
    result : Result
        Of ``now``.
    spread : Spread
        Of ``result``.

    Returns
    -------
    str
    """
    said = _("The change moves no krona")
    return f"{said}: {_why(before, now, result, spread)}"


def _why(before: Scenario, now: Scenario, result: Result, spread: Spread) -> str:  # noqa: C901, PLR0911 - one cause each
    one, other = before.redistribution, now.redistribution
    if result.pot == 0:
        return _("the pot is 0 kr.")
    if len(result.composition) == 1:
        return _("there is only one school.")
    if replace(before, redistribution=replace(one, minimum=other.minimum)) == now:
        return _(
            "no school is below the lowest amount; the lowest gets {kronor} per pupil.", kronor=_exact(spread.lowest)
        )
    if replace(before, redistribution=replace(one, cap=other.cap)) == now:
        return _("no school reaches the cap; the highest gets {kronor} per pupil.", kronor=_exact(spread.highest))
    if np.ptp(result.index) < 1e-9:  # noqa: PLR2004 - binary noise
        return _("all schools have the same index.")
    if result.degree == 0:
        return _("at degree 0 % all get the same per pupil, whatever the weights and the progression.")
    if other.progression == one.progression == 0:
        return _("at progression 0 all count as the average, whatever the weights and the degree.")
    if replace(before, need=replace(before.need, weights=now.need.weights)) == now:
        return _("only the proportions between the weights matter, or no school differs in what was changed.")
    if replace(before, pot=now.pot) == now:
        return _("it is the same pot, in another view.")
    degrees = replace(one, degree=other.degree, deduction=other.deduction, threshold=other.threshold)
    if replace(before, redistribution=degrees) == now:
        return _("it is the same degree, in another view.")
    return _("no school's amount depends on what was changed.")


def selected(result: Result, change: Change | None, code: str) -> str:
    """Say what the chosen school gets."""
    at = result.composition.codes.index(code)
    said = _(
        "{school} gets {rate} per pupil, {amount} for {pupils}. Index {index}.",
        school=result.composition.names[at],
        rate=_exact(float(result.rate[at])),
        amount=written.kronor(float(result.amount[at])),
        pupils=_pupils(int(result.composition.pupils_paid[at])),
        index=written.number(float(result.index[at]), 3),
    )
    if change is None or np.isnan(change.amount[at]):
        return said
    return f"{said} " + _(
        "That is {kronor} against what is compared with.", kronor=written.kronor(float(change.amount[at]), signed=True)
    )


def decided(result: Result) -> str:
    """Say what the sum would be if kronor per pupil were decided as whole kronor (docs/method.md §6)."""
    difference = measures.decided_difference(result)
    total = written.kronor(int(result.amount.sum()) + difference)
    if not difference:
        return _("With kronor per pupil in whole kronor the sum is {kronor} too.", kronor=total)
    return _(
        "With kronor per pupil in whole kronor, as they are often decided, the sum would be {kronor}: {difference} "
        "against the pot.",
        kronor=total,
        difference=written.kronor(difference, signed=True),
    )


def _exact(rate: float) -> str:
    return written.kronor(rate, 2)


def _schools(count: int) -> str:
    return ngettext("{count} school", "{count} schools", count)


def _pupils(count: int) -> str:
    return ngettext("{count} pupil", "{count} pupils", count)
