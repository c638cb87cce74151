"""Material: what is known of the schools, and how they differ, before anything is decided."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from socio import need, screening
from socio.errors import ScenarioError, SocioError
from socio.intake.results import Measure
from socio.ui import cache, markup, outcome, state
from socio.view import differences, spread, words
from socio.view import format as written
from socio.view.words import _

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from socio.composition import Composition
    from socio.screening import Correlation, Screening, Trend, TypicalEffect
    from socio.ui.state import Screen


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Material:
    """All that the page shows of the schools.

    Attributes
    ----------
    composition
        All schools of the table, also those without an amount today.
    screened, correlation, trend
        How they differ, how factors follow each other, and over the läsår at hand; None with too few.
    """

    composition: Composition
    screened: Screening
    correlation: Correlation | None
    trend: Trend | None


def of(loaded: cache.Loaded) -> Material:
    """Find how the schools of a table differ, and how that developed over the municipality's läsår."""
    offer = loaded.offer
    same = [] if offer.own else [one for one in cache.offers().values() if one.code == offer.code and not one.own]
    years = sorted((one.year, one.key) for one in same if one.year <= offer.year)
    return _found(offer.key, loaded.fingerprint, tuple(key for _year, key in years))


@st.cache_resource(max_entries=32, show_spinner=False)
def _found(key: str, fingerprint: str, years: tuple[str, ...]) -> Material:  # noqa: ARG001 - another file, another key
    composition = cache.load(key).composition
    compositions = []
    for one in years:
        try:
            compositions.append(cache.load(one).composition)
        except SocioError:  # a kept table that cannot be read any more says so when it is opened
            continue
    return Material(
        composition=composition,
        screened=screening.screen(composition),
        correlation=screening.correlation(composition),
        trend=screening.trend(compositions) if len(compositions) > 1 else None,
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
        f'<dl class="socio-figures">{boxes}</dl></section>' + markup.note(*differences.details(found.screened.grounds))
    )


def forms(screen: Screen) -> str:
    """Offer what one fills in to bring schools of one's own."""
    links = {"mall.xlsx": _("Template for a table of your own (Excel)"), "bestallning.xlsx": _("Order to SCB (Excel)")}
    query = f"sprak={screen.view.language}"
    return markup.title(_("Schools of your own")) + outcome.links(_("Schools of your own"), links, query)


def spread_of(screen: Screen, found: Material) -> None:
    """Draw how the schools differ in each factor."""
    factors = [one for one in found.screened.factors if one.most_varying is not None]
    if not factors:
        return
    widest = max(factors, key=lambda one: float(np.nanmax(one.corrected)))
    at = differences.most_varying(widest)
    title = _(
        "The schools differ the most in {factor}: from {low} to {high} {category}",
        factor=widest.factor[:1].lower() + widest.factor[1:],
        low=written.percent(float(widest.lowest[at]), 0),
        high=written.percent(float(widest.highest[at]), 0),
        category=widest.categories[at][:1].lower() + widest.categories[at][1:],
    )
    st.html(markup.title(title))
    chart = spread.schools(found.composition, found.screened, screen.view.school)
    st.altair_chart(chart, key="spread", theme=None, width="stretch", alt=title)
    st.html(
        markup.note(
            _("A stroke is a school, the long one the municipality. Where one lies is in the table below."),
            *differences.provisos(found.screened),
            outcome.source(screen),
        )
    )


def factors(screen: Screen, found: Material) -> str:
    """Return the table of all factors, with what each of them moves."""
    table = differences.factors(found.composition, found.screened, effect(screen))
    named = differences.headings()
    words_in = {"factor", "category", "lowest_school", "highest_school", "verdict"}
    heads = "".join(
        markup.tag("th", escape(text), scope="col", class_=f"socio-{'words' if name in words_in else 'number'}")
        for name, text in named.items()
    )
    rows = "".join(f"<tr>{_cells(row, words_in)}</tr>" for row in table.to_dict("records"))
    label = _("How the schools differ, factor by factor")
    inside = markup.tag("table", f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody>", class_="socio-plain")
    region = markup.tag("div", inside, class_="socio-grid", role="region", aria_label=label, tabindex=0)
    return (
        markup.title(label)
        + region
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


def _cells(row: Mapping[Hashable, object], words_in: set[str]) -> str:
    cells = []
    for name, value in row.items():
        if name in words_in:
            text, look = str(value), "words"
        else:
            number = float(str(value))
            text = "" if np.isnan(number) else written.number(number, differences.DECIMALS.get(str(name), 0))
            look = "number"
        cells.append(markup.tag("th" if name == "factor" else "td", escape(text), class_=f"socio-{look}",
                                scope="row" if name == "factor" else None))  # fmt: skip
    return "".join(cells)


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
    """Return how results follow the factors, where a file of results was taken in (R030)."""
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
    return markup.title(_("How results follow the factors, läsår {year}", year=results.year)) + markup.note(
        *differences.with_results(correlation),
        _(
            "Pupil-weighted correlation over the schools that have the result. It says how results and composition go "
            "together, not what causes what."
        ),
    )


def over_the_years(screen: Screen, found: Material) -> None:
    """Draw how the composition developed."""
    if found.trend is None:
        return
    shown = [
        at
        for at, (factor, category) in enumerate(found.trend.columns)
        if any(
            one.factor == factor and one.categories[differences.most_varying(one)] == category
            for one in found.screened.factors
        )
    ]
    if not shown:
        return
    first, last = found.trend.years[0], found.trend.years[-1]
    title = _("The composition from {first} to {last}", first=first, last=last)
    st.html(markup.title(title))
    st.altair_chart(spread.years(found.trend, shown), key="years", theme=None, width="stretch", alt=title)
    st.html(markup.note(outcome.source(screen)))
    lines = differences.years(found.trend)
    if lines:
        with st.expander(_("What changed between the läsår"), key="years.changes"):
            st.html(markup.note(*lines))


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
