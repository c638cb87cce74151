"""Material: what is known of the schools, and how they differ, before anything is decided."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from socio import measures, need, screening
from socio.allocation import allocate
from socio.errors import ScenarioError
from socio.intake.results import Measure
from socio.measures import Baseline
from socio.scenario import Pot
from socio.ui import cache, markup, outcome, state
from socio.view import differences, spread, words
from socio.view import format as written
from socio.view.words import _

if TYPE_CHECKING:
    from socio.composition import Composition
    from socio.screening import Correlation, Screening, TypicalEffect
    from socio.ui.state import Screen


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Material:
    """All that the page shows of the schools.

    Attributes
    ----------
    composition
        All schools of the table, also those without an amount today.
    screened, correlation
        How they differ, and how factors follow each other; None with too few.
    """

    composition: Composition
    screened: Screening
    correlation: Correlation | None


def of(loaded: cache.Loaded) -> Material:
    """Find how the schools of a table differ."""
    return _found(loaded.offer.key, loaded.fingerprint)


@st.cache_resource(max_entries=32, show_spinner=False)
def _found(key: str, fingerprint: str) -> Material:  # noqa: ARG001 - another file, another key
    composition = cache.load(key).composition
    return Material(
        composition=composition,
        screened=screening.screen(composition),
        correlation=screening.correlation(composition),
    )


def effect(screen: Screen) -> TypicalEffect | None:
    """Return what each factor typically moves with the setting in use; None where it has no weights."""
    scenario, result = screen.view.scenario, screen.result
    if scenario.need.method != "weights":
        return None
    composition = screen.loaded.composition
    try:
        weights = need.weights_for(composition, scenario.need)
    except ScenarioError:
        return None
    return screening.typical_effect(
        composition,
        weights,
        average=result.average,
        deduction=result.deduction,
        minimum_pupils=scenario.need.minimum_pupils,
    )


def head(screen: Screen, found: Material) -> str:
    """Return whether the material speaks for a model, and its figures."""
    composition, offer = found.composition, screen.loaded.offer
    subject = [offer.municipality, _("composition of läsår {year}", year=offer.year) if offer.year else ""]
    figures = {
        _("Schools"): written.number(len(composition)),
        _("Pupils behind the shares"): written.number(int(composition.pupils_composition.sum())),
        _("Pupils that the money follows"): written.number(int(composition.pupils_paid.sum())),
        _("Factors"): written.number(len(composition.factors)),
    }
    boxes = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in figures.items())
    return (
        f'<p class="socio-line">{escape(" · ".join(part for part in subject if part))}</p>'
        f'<section class="socio-head"><h1>{escape(differences.headline(found.screened.grounds))}</h1>'
        f'<dl class="socio-figures">{boxes}</dl></section>'
        + markup.note(*differences.details(found.screened.grounds))
        + markup.tag("div", _parts(screen), class_="socio-tools")
    )


def _parts(screen: Screen) -> str:
    """Return the choice of what the page shows."""
    remarks = len(screen.loaded.warnings)
    names = {
        "differences": _("Differences"),
        "intake": _("Take in"),
        "years": _("School years"),
        "factors": _("Factors"),
        "remarks": _("Remarks ({count})", count=written.number(remarks)) if remarks else _("Remarks"),
    }
    return markup.one_of("part", "", _("Part of the page"), names, screen.view.part)


def bases(screen: Screen) -> str:
    """Say what it would do that the money followed the pupils behind the shares instead (R043)."""
    composition, result = screen.composition, screen.result
    if (composition.pupils_composition == composition.pupils_paid).all():
        return ""
    scenario = replace(screen.view.scenario, pot=Pot(total=result.pot))
    try:
        other = allocate(replace(composition, pupils_paid=composition.pupils_composition), scenario,
                         composition.old_rate)  # fmt: skip
    except ScenarioError:
        return ""
    here = Baseline(amount=result.amount.astype(float), pupils=composition.pupils_paid.astype(float))
    return markup.title(_("Two pupil bases")) + markup.note(
        *differences.bases(composition, measures.change(other, here))
    )


def spread_title(found: Material) -> str:
    """Say in which factor the schools differ the most; nothing where no factor has shares."""
    factors = [one for one in found.screened.factors if one.most_varying is not None]
    if not factors:
        return ""
    widest = max(factors, key=lambda one: float(np.nanmax(one.corrected)))
    at = differences.most_varying(widest)
    return _(
        "The schools differ the most in {factor}: from {low} to {high} {category}",
        factor=widest.factor[:1].lower() + widest.factor[1:],
        low=written.percent(float(widest.lowest[at]), 0),
        high=written.percent(float(widest.highest[at]), 0),
        category=widest.categories[at][:1].lower() + widest.categories[at][1:],
    )


def spread_of(screen: Screen, found: Material) -> None:
    """Draw how the schools differ in each factor."""
    title = spread_title(found)
    if not title:
        return
    st.html(markup.title(title))
    chart = spread.schools(found.composition, found.screened, screen.view.school)
    st.altair_chart(chart, key="spread", theme=None, width="stretch", alt=title)
    st.html(
        markup.note(
            _("A stroke is a school, the long one the municipality. Where one lies is in the table below."),
            *differences.provisos(found.screened),
            outcome.source(screen),
        )
        + outcome.chart_files("spridning", _("Take out the chart of differences"), state.query())
    )


def factors(screen: Screen, found: Material) -> str:
    """Return the table of all factors, with what each of them moves."""
    table = differences.factors(found.composition, found.screened, effect(screen))
    named = differences.headings()
    words_in = [at for at, name in enumerate(named) if name in differences.WORDS]
    rows = [[_cell(str(name), value) for name, value in row.items()] for row in table.to_dict("records")]
    label = _("How the schools differ, factor by factor")
    return (
        markup.title(label)
        + markup.table(label, list(named.values()), rows, words=words_in)
        + markup.note(
            *(differences.level(found.composition, one) for one in found.screened.levels),
            _(
                "Between schools (η²): the part of the differences between pupils that lies between schools, less what "
                "chance alone gives; under 0.01 a factor hardly varies, over 0.05 much. Dissimilarity (D): the part of "
                "the category that would have to change school for all schools to be alike."
            ),
            _(
                "Typically moves: the standard deviation of the factor's part of the amount, with the weights, the pot "
                "and the degree in use now, without progression and bounds."
            ),
        )
    )


def _cell(name: str, value: object) -> str:
    if name in differences.WORDS:
        return str(value)
    number = float(str(value))
    return "" if np.isnan(number) else written.number(number, differences.DECIMALS.get(name, 0))


def together(found: Material) -> str:
    """Return how the factors follow each other, and the results where there are any."""
    if found.correlation is None:
        return markup.title(_("How the factors follow each other")) + markup.note(
            _("Fewer than five schools: no correlation is computed.")
        )
    lines = differences.correlations(found.correlation)
    followed = _with_results(found)
    if not lines:
        return followed
    return (
        markup.title(_("How the factors follow each other"))
        + markup.note(
            *lines,
            _(
                "Pupil-weighted correlation between the schools' shares, from −1 to 1. Of two categories the first is "
                "taken: with the other the sign is the opposite. Near ±1 the two factors largely say the same."
            ),
        )
        + followed
    )


def _with_results(found: Material) -> str:
    """Return how results differ and follow the factors, where a file of results was taken in (R002, R026, R030)."""
    results = state.of_session().results
    if results is None:
        return ""
    held = results.aligned(found.composition.codes)
    names = {
        Measure.MERIT: _("Merit rating"),
        Measure.ALL_CRITERIA: _("Criteria met in all subjects"),
        Measure.ELIGIBLE: _("Eligible for vocational programmes"),
    }
    known = {name: held.measures[one] for one, name in names.items() if one in held.measures}
    outcomes = {name: column.values for name, column in known.items()}  # noqa: PD011 - an array of ours
    correlation = screening.correlation(found.composition, outcomes)
    if correlation is None or not outcomes:
        return ""
    spreads = {}
    if Measure.PUPILS in held.measures:
        pupils = held.measures[Measure.PUPILS].values  # noqa: PD011 - an array of ours
        for one in (Measure.ALL_CRITERIA, Measure.ELIGIBLE):
            spread = screening.spread(held.measures[one].values, pupils) if one in held.measures else None
            if spread is not None:
                spreads[names[one]] = spread
    return (
        markup.title(_("How results follow the factors, läsår {year}", year=results.year))
        + markup.note(*differences.results(spreads, found.screened.grounds))
        + markup.note(
            *differences.with_results(correlation),
            _(
                "Pupil-weighted correlation over the schools that have the result. It says how results and composition "
                "go together, not what causes what."
            ),
        )
    )


def remarks(screen: Screen) -> None:
    """Show every remark on the table: row, column, value, what was made of it."""
    warnings = screen.loaded.warnings
    st.html(markup.title(_("Remarks on the table") if warnings else _("The table was read without remarks")))
    if not warnings:
        return
    st.dataframe(
        pd.DataFrame(
            [
                {
                    _("Row"): "" if fault.row is None else str(fault.row),
                    _("Column"): fault.column or fault.key or "",
                    _("Value"): fault.value or "",
                    _("What"): words.say(fault.wrong),
                    _("What was done"): words.say(fault.allowed),
                }
                for fault in warnings
            ]
        ),
        hide_index=True,
        key="remarks",
        height=min(38 + 35 * len(warnings), 400),
    )
