"""Sheet: how the schools differ, on paper, for a principals' meeting to answer (step 1 of the guide)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typst

from socio import remarks
from socio.composition import Mark
from socio.view import catalogue, differences, words
from socio.view import format as written
from socio.view.remarks import MARKERS
from socio.view.words import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Sequence

    from socio.composition import Composition
    from socio.screening import Screening, TypicalEffect, Variation

LAYOUT: Final = Path(__file__).with_name("sheet.typ")
"""How the sheet looks; what it says comes as data, so that no name is ever taken for markup."""

MOST_COLUMNS: Final = 6
"""Factors that have room beside the schools' names."""


def sheet(
    composition: Composition, screened: Screening, effect: TypicalEffect | None = None, *, notes: Sequence[str] = ()
) -> bytes:
    """Print how the schools differ, with room for what the principals say of each factor.

    Parameters
    ----------
    composition : Composition
        All schools of the table.
    screened : Screening
        How they differ.
    effect : TypicalEffect, optional
        What each factor typically moves with the weights in use.
    notes : sequence of str
        Source, mark and fingerprints, at the foot of every page.

    Returns
    -------
    bytes
        A tagged PDF on A4, the same for the same data: a part a factor, and last the schools in alphabetical
        order with their shares as published.

    Notes
    -----
    R022. The typeface is Libertinus Serif, which comes with Typst (SIL Open Font License), so that the sheet
    looks the same everywhere. PDF/UA-1 wants every sign to have its form: a name with one that the typeface
    lacks gets what the computer has, and the standard is not claimed.
    """
    layout = LAYOUT.read_bytes()
    data = {"data": json.dumps(content(composition, screened, effect, notes=notes))}
    try:
        return typst.compile(layout, sys_inputs=data, ignore_system_fonts=True, pdf_standards="ua-1")
    except typst.TypstError:  # a name has a sign that the typeface lacks: the computer's own may have it
        return typst.compile(layout, sys_inputs=data)


def content(
    composition: Composition, screened: Screening, effect: TypicalEffect | None = None, *, notes: Sequence[str] = ()
) -> dict[str, Any]:
    """Return all that the sheet says, in the reader's language and order.

    Parameters
    ----------
    composition, screened, effect, notes
        As in `sheet`.

    Returns
    -------
    dict
        As `LAYOUT` reads it.
    """
    moved = {} if effect is None else dict(zip(effect.factors, effect.kronor.tolist(), strict=True))
    factors = [_factor(composition, one, moved.get(one.factor)) for one in screened.factors]
    factors += [_level(composition, one.name, differences.level(composition, one)) for one in screened.levels]
    unknown = any(one.suppressed or one.missing for one in screened.factors)
    return {
        "lang": words.language(),
        "title": _("How the schools differ: for discussion with the principals"),
        "facts": _facts(composition),
        "headline": differences.headline(screened.grounds),
        "lead": [
            _(
                "The purpose of socio-economic compensation is that all pupils have equal conditions, whichever school "
                "they go to. Before anything is weighed: which differences do you see, and which of them matter for "
                "what the pupils need?"
            ),
            _("“About” stands before a share that is not published; it is taken at the middle of what it can be.")
            if unknown
            else "",
        ],
        "heads": [_("Category"), _("Municipality"), _("Lowest share"), _("Highest share")],
        "answer": _("For or against the factor, and comments"),
        "factors": factors,
        "schools": _schools(composition, screened),
        "notes": list(notes),
        "page": _("Page {page} of {pages}"),
    }


def _facts(composition: Composition) -> list[str]:
    facts = [
        composition.municipality,
        _("composition of läsår {year}", year=composition.year) if composition.year else "",
        ngettext("{count} school", "{count} schools", len(composition)),
        ngettext("{count} pupil", "{count} pupils", int(composition.pupils_composition.sum())),
    ]
    return [fact for fact in facts if fact]


def _factor(composition: Composition, found: Variation, kronor: float | None) -> dict[str, Any]:
    """Return one factor of shares: verdict, definition, a row a category and what to know."""
    entry = catalogue.entry_of(found.factor, found.categories)
    verdict = differences.verdict(found.verdict)
    rows = [
        [
            category,
            written.percent(float(found.share[at]), 1),
            _named(composition, (found.factor, category), int(found.lowest_school[at])),
            _named(composition, (found.factor, category), int(found.highest_school[at])),
        ]
        for at, category in enumerate(found.categories)
    ]
    return {
        "name": found.factor,
        "verdict": verdict[:1].upper() + verdict[1:],
        "moves": ""
        if kronor is None or kronor != kronor  # noqa: PLR0124 - not a number
        else _("It typically moves {kronor} per pupil with the weights in use.", kronor=written.kronor(kronor)),
        "definition": entry.definition if entry else "",
        "rows": rows,
        "said": [],
        "caveats": list(entry.caveats) if entry else [],
    }


def _level(composition: Composition, name: str, said: str) -> dict[str, Any]:
    """Return a number per school: a mean level, or a ready index or risk."""
    categories = next((factor.categories for factor in composition.factors if factor.name == name), ())
    entry = catalogue.entry_of(name, categories)
    return {
        "name": name,
        "verdict": "",
        "moves": "",
        "definition": entry.definition if entry else "",
        "rows": [],
        "said": [said],
        "caveats": list(entry.caveats) if entry else [],
    }


def _named(composition: Composition, column: tuple[str, str], school: int) -> str:
    """Return a school's share and its name."""
    at = composition.columns.index(column)
    share = written.percent(float(composition.shares[school, at]), _decimals(composition))
    if composition.filled.low[school, at] != composition.filled.high[school, at]:
        share = _("about {share}", share=share)
    return f"{share}  {composition.names[school]}"


def _schools(composition: Composition, screened: Screening) -> dict[str, Any]:
    """Return the schools in alphabetical order, a column a factor: of its categories the one that varies the most."""
    chosen = [(one.factor, one.categories[differences.most_varying(one)]) for one in screened.factors][:MOST_COLUMNS]
    at = [composition.columns.index(column) for column in chosen]
    decimals = _decimals(composition)
    order = sorted(range(len(composition)), key=lambda i: words.sorting(composition.names[i]))
    rows = [
        [
            composition.names[i],
            written.number(int(composition.pupils_composition[i])),
            *(_published(composition, i, column, decimals) for column in at),
        ]
        for i in order
    ]
    return {
        "title": _("The schools"),
        "note": _(
            "In alphabetical order, with the shares as published: “..” is fewer than ten pupils, “~100” nearly all, "
            "“.” not known."
        ),
        "heads": [_("School"), _("Pupils"), *(f"{factor}:\n{category}" for factor, category in chosen)],
        "rows": rows if at else [],
    }


def _decimals(composition: Composition) -> int:
    return 0 if remarks.is_rounded(composition) else 1


def _published(composition: Composition, school: int, column: int, decimals: int) -> str:
    """Return a share as published, or what its complement gives exactly."""
    filled = composition.filled
    if filled.low[school, column] == filled.high[school, column]:
        return written.percent(float(filled.shares[school, column]), decimals)
    mark = Mark(int(composition.marks[school, column]))
    return MARKERS.get(mark, "")
