"""Remarks: what was put where a table has no number, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from socio import remarks as rules
from socio.composition import Mark
from socio.view import format as written
from socio.view import words
from socio.view.words import _, ngettext

if TYPE_CHECKING:
    from socio.composition import Composition
    from socio.errors import Fault
    from socio.remarks import Gap

MARKERS: Final = {Mark.SUPPRESSED: "..", Mark.NEARLY_ALL: "~100", Mark.MISSING: "."}
"""How each is published (docs/method.md §11)."""


def line(fault: Fault) -> str:
    """Say a remark as a sentence, with the factor that it is about."""
    said = f"{words.say(fault.wrong)}: {words.say(fault.allowed)}."
    return f"{fault.column}: {said}" if fault.column else f"{said[:1].upper()}{said[1:]}"


def headings() -> dict[str, str]:
    """Return the heading of each column of `gaps`."""
    return {
        "school": _("School"),
        "factor": _("Factor"),
        "category": _("Category"),
        "marker": _("Published"),
        "used": _("Used"),
        "low": _("At least"),
        "high": _("At most"),
    }


def gaps(composition: Composition) -> pd.DataFrame:
    """Return one row for each share that is not published as a number.

    Parameters
    ----------
    composition : Composition
        Whose schools.

    Returns
    -------
    pandas.DataFrame
        Columns as in `headings`, all of them text, in alphabetical order of school and then as in the table; shares
        in per cent, a mean level on its own scale.
    """
    found = sorted(rules.gaps(composition), key=lambda gap: words.sorting(gap.school))
    rows = [
        {
            "school": gap.school,
            "factor": gap.factor,
            "category": gap.category,
            "marker": MARKERS[gap.mark],
            "used": _written(gap, gap.used),
            "low": _written(gap, gap.low),
            "high": _written(gap, gap.high),
        }
        for gap in found
    ]
    return pd.DataFrame(rows, columns=list(headings()))


def summary(composition: Composition) -> str:
    """Say how many shares are not published, in how many schools; nothing where all are."""
    found = rules.gaps(composition)
    if not found:
        return ""
    schools = ngettext("{count} school", "{count} schools", len({gap.code for gap in found}))
    return ngettext(
        "{count} share is not published as a number, in {schools}",
        "{count} shares are not published as numbers, in {schools}",
        len(found),
        schools=schools,
    )


def _written(gap: Gap, value: float) -> str:
    return written.number(value, 2) if gap.is_level else written.percent(value, 1)
