"""Outcome: what the setting does, live: headline, figures, both charts, the table, and what has been changed."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

import socio
from socio.rounding import half_up
from socio.ui import cache, markup, state
from socio.view import charts, dials, sentences, tables, words
from socio.view import format as written
from socio.view.words import _

if TYPE_CHECKING:
    from socio.ui.state import Screen

FILES = "hamta"
"""Where files are fetched; see `socio.ui.files`."""


def outcome(screen: Screen, query: str) -> str:
    """Return headline, figures and both charts.

    Parameters
    ----------
    screen : Screen
    query : str
        The address of this view, for the files that can be fetched.

    Returns
    -------
    str
    """
    return (
        f'<p class="socio-line">{_subject(screen)}</p><section class="socio-head" aria-live="polite">'
        f"<h1>{escape(sentences.headline(screen.result, screen.spread))}</h1>"
        f'<dl class="socio-figures">{"".join(_figures(screen))}</dl></section>'
        f'<div class="socio-said" role="status">{_said(screen)}</div>'
        f'<div class="socio-charts"><section id="bars">{_bars(screen, query)}</section>'
        f'<section id="changes">{_changes(screen, query)}</section></div>'
    )


def _subject(screen: Screen) -> str:
    offer, scenario = screen.loaded.offer, screen.view.scenario
    parts = [offer.municipality, _("composition of läsår {year}", year=offer.year) if offer.year else ""]
    other = scenario.year not in {offer.year, cache.unnamed_period()}
    parts.append(_("amounts for {period}", period=scenario.year) if other else "")
    parts.append(words.ngettext("{count} school", "{count} schools", len(screen.composition)))
    return escape(" · ".join(part for part in parts if part)) + " " + _mark(screen)


def _mark(screen: Screen) -> str:
    return f'<span class="socio-mark">{escape(example_mark())}</span>' if is_example(screen) else ""


def example_mark() -> str:
    """Return the mark of a setting that no municipality has decided."""
    return _("Example weights – not the municipality's model")


def is_example(screen: Screen) -> bool:
    """Tell whether nobody has proposed the setting; see docs/method.md §13."""
    return not screen.view.scenario.proposed_by


def _figures(screen: Screen) -> list[str]:
    spread, change = screen.spread, screen.change
    figures = [
        _figure(_("Average per pupil"), written.kronor(screen.result.average)),
        _figure(_("Highest"), written.kronor(spread.highest)),
        _figure(_("Lowest"), written.kronor(spread.lowest), _zeros(screen)),
    ]
    if change is None:
        return figures
    up = (change.up, change.pupils_up, change.kronor_up, _("Gets more"), "more")
    down = (change.down, change.pupils_down, change.kronor_down, _("Gets less"), "less")
    return figures + [
        _figure(
            label,
            words.ngettext("{count} school", "{count} schools", schools),
            _(
                "{pupils} pupils, {kronor}",
                pupils=written.number(pupils),
                kronor=written.kronor(int(half_up(kronor)), signed=True),
            ),
            look,
        )
        for schools, pupils, kronor, label, look in (up, down)
    ]


def _figure(label: str, value: str, small: str = "", look: str = "") -> str:
    under = f"<small>{escape(small)}</small>" if small else ""
    return f'<div class="{look}"><dt>{escape(label)}</dt><dd>{escape(value)}{under}</dd></div>'


def _zeros(screen: Screen) -> str:
    spread = screen.spread
    if not spread.schools_at_zero:
        return ""
    return _(
        "{schools} with {pupils} pupils get 0 kr",
        schools=words.ngettext("{count} school", "{count} schools", spread.schools_at_zero),
        pupils=written.number(spread.pupils_at_zero),
    )


def _said(screen: Screen) -> str:
    said = [_sentence(words.say(notice)) for notice in screen.notices]
    if screen.before is not None:
        said.append(sentences.no_effect(screen.before.scenario, screen.view.scenario, screen.result, screen.spread))
    return markup.notices(said, shut=_("Close"))


def _sentence(text: str) -> str:
    """Let what is wrong, which a file's faults say after its place, stand alone."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def _bars(screen: Screen, query: str) -> str:
    """Return kronor per pupil against the average line, and how its bars stand."""
    view = screen.view
    orders = {"rate": _("Kr per pupil"), "name": _("Name"), "pupils": _("Pupils")}
    marked = screen.spread.kronor_moved >= 1 and not view.equal_width
    area = written.kronor(screen.spread.kronor_moved)
    drawing = bars(screen)
    return (
        '<div class="socio-tools">'
        + markup.one_of("order", "", _("Order of the bars"), orders, view.order)
        + markup.on_or_off("widths", "", _("Equal widths"), on=view.equal_width)
        + "</div>"
        + markup.title(sentences.bars_title(screen.result))
        + drawing.svg()
        + markup.note(
            _("The hatched area under the line is as large as the area above it: {kronor}.", kronor=area)
            if marked
            else "",
            source(screen),
        )
        + markup.hidden(sentences.bars_text(screen.result, screen.spread, equal_width=view.equal_width))
        + chart_files("staplar", _("Take out the chart of kronor per pupil"), query)
    )


def bars(screen: Screen, width: float | None = None) -> charts.Drawing:
    """Draw the first chart, for the page or so many pixels wide."""
    view = screen.view
    return charts.kronor_per_pupil(
        screen.result, order=view.order, equal_width=view.equal_width, selected=view.school, width=width
    )


def changes(screen: Screen, width: float | None = None) -> charts.Drawing | None:
    """Draw the second chart, for the page or so many pixels wide; None where there is nothing to compare with."""
    view, change = screen.view, screen.change
    if change is None:
        return None
    return charts.changes(screen.result, change, unit=view.unit, order=view.order, selected=view.school, width=width)


def _changes(screen: Screen, query: str) -> str:
    """Return who gets more and who gets less, and against what."""
    labels: dict[str, str] = {name: baseline_label(screen, name) for name in screen.baseline_names}
    units = {"kr": _("kr"), "kr_per_pupil": _("kr per pupil")}
    drawing, change, baseline = changes(screen), screen.change, screen.baseline
    tools = (
        '<div class="socio-tools">'
        + markup.one_in_list("baseline", _("Compared with"), labels, screen.view.baseline)
        + markup.one_of("unit", "", _("Unit"), units, screen.view.unit)
        + "</div>"
        + markup.title(changes_title(screen))
    )
    if drawing is None or change is None or baseline is None:
        return tools
    left_out = ", ".join(screen.left_out)
    return (
        tools
        + drawing.svg()
        + markup.note(
            *sentences.change_lines(change),
            sentences.largest_fall(change, screen.composition),
            *sentences.provisos(screen.result, change, float(np.nansum(baseline.pupils)), baseline.missing),
            _("Not in, since their amounts today are not known: {names}.", names=left_out) if left_out else "",
            source(screen),
        )
        + chart_files("forandring", _("Take out the chart of changes"), query)
    )


def changes_title(screen: Screen) -> str:
    """Return what the second chart says."""
    if screen.change is None:
        return _("There is nothing to compare with")
    return _(
        "{changes}, compared with {baseline}",
        changes=sentences.change_title(screen.change),
        baseline=baseline_label(screen, screen.view.baseline),
    )


def baseline_label(screen: Screen, name: str) -> str:
    """Return what a baseline is called."""
    labels = {
        "today": _("today ({period})", period=screen.loaded.period) if screen.loaded.period else _("today"),
        "equal": _("equal per pupil"),
        "last_year": _("the same setting last läsår"),
        "start": _("where one began"),
    }
    return labels[name]


def chart_files(name: str, label: str, query: str) -> str:
    """Return links to a chart's picture and data."""
    files = {f"{name}.png": _("Picture (PNG)"), f"{name}.svg": _("Picture (SVG)"), f"{name}.csv": _("Data (CSV)")}
    return links(label, files, query)


def links(label: str, files: dict[str, str], query: str) -> str:
    """Return links to files."""
    found = "".join(markup.link(text, f"{FILES}/{file}?{query}") for file, text in files.items())
    return markup.tag("nav", found, class_="socio-files", aria_label=label)


def source(screen: Screen) -> str:
    """Return the line under each chart."""
    return _("Source: {source}", source=screen.composition.source or screen.loaded.offer.municipality)


def stamp(screen: Screen) -> str:
    """Return version and fingerprints, for the foot and for everything taken out."""
    return _(
        "Socio {version} · data {data} · setting {setting}",
        version=socio.__version__,
        data=screen.loaded.fingerprint,
        setting=state.fingerprint(screen.view.scenario),
    )


def data_notes(screen: Screen) -> list[str]:
    """Return the lines under what is taken out of the data alone: whose, source, version and fingerprint."""
    offer = screen.loaded.offer
    return [
        " ".join(part for part in (offer.municipality, offer.year) if part),
        source(screen),
        _("Socio {version} · data {data}", version=socio.__version__, data=screen.loaded.fingerprint),
    ]


def take_out_notes(screen: Screen) -> list[str]:
    """Return the lines under everything taken out: whose, source, mark, stamp."""
    offer, scenario = screen.loaded.offer, screen.view.scenario
    lines = [" ".join(part for part in (offer.municipality, offer.year, scenario.name) if part), source(screen)]
    return [*lines, *([example_mark()] if is_example(screen) else []), stamp(screen)]


def steps(screen: Screen, query: str) -> str:
    """Return the table with every step for each school, what has been changed, the files, and the foot."""
    chosen = screen.view.school
    said = sentences.selected(screen.result, screen.change, chosen) if chosen else ""
    return (
        f'<p class="socio-line" role="status">{escape(said)}</p>'
        + markup.title(_("Every step for each school"))
        + _table(screen)
        + _sums(screen)
        + _changed(screen)
        + markup.title(_("Take out"))
        + links(
            _("Take out"),
            {
                "tabell.xlsx": _("Table (Excel)"),
                "tabell.csv": _("Table (CSV)"),
                "installning.toml": _("Setting (TOML)"),
                "underlag.csv": _("Schools as used (CSV)"),
            },
            query,
        )
        + markup.note(_("The address of the page reopens exactly this view."))
        + _foot(screen)
    )


def _table(screen: Screen) -> str:
    named, sort = tables.headings(), screen.view.sort
    heads = "".join(
        markup.tag(
            "th",
            markup.push_button("sort", named[column], name=column),
            scope="col",
            class_=f"socio-{'words' if column in ('school', 'code') else 'number'}",
            aria_sort={column: "ascending", f"-{column}": "descending"}.get(sort),
        )
        for column in tables.columns(screen.change)
    )
    inside = f"<thead><tr>{heads}</tr></thead><tbody data-rows></tbody>"
    table = markup.tag("table", inside, aria_rowcount=len(screen.composition) + 1)
    label = _("Every step for each school")
    return markup.tag("div", table, class_="socio-grid", role="region", aria_label=label, tabindex=0)


def _sums(screen: Screen) -> str:
    sums = tables.total(screen.result, screen.change)
    cells = [str(sums["school"]), _("{pupils} pupils", pupils=written.number(float(sums["pupils"])))]
    cells.append(_("{kronor} = the pot", kronor=written.kronor(float(sums["amount"]))))
    if "change_amount" in sums:
        cells.append(_("change {kronor}", kronor=written.kronor(float(sums["change_amount"]), signed=True)))
    said = sentences.decided(screen.result)
    return f'<p class="socio-sum">{"".join(f"<span>{escape(cell)}</span>" for cell in cells)}</p>' + markup.note(said)


def _changed(screen: Screen) -> str:
    """Return what is not as at the start, from and to, and the ways back."""
    found = dials.differences(state.start_scenario(screen.loaded, screen.composition), screen.view.scenario)
    near = ""
    if screen.misplaced is not None:
        near = _(
            "The start is the setting that comes closest to the amounts of {period}; it pays {share} of the pot to "
            "other schools.",
            period=screen.loaded.period or _("today"),
            share=written.percent(screen.misplaced, 1),
        )
    lines = "".join(
        f"<li>{escape(one.label)}: <s>{escape(one.before)}</s> → <strong>{escape(one.after)}</strong> "
        + markup.push_button(
            "restore",
            _("Set back"),
            name=one.name,
            aria_label=_("Set {label} back to {before}", label=one.label, before=one.before),
        )
        + "</li>"
        for one in found
    )
    return (
        markup.title(_("Changed from the start") if found else _("Nothing is changed from the start"))
        + markup.note(near)
        + (f'<ul class="socio-changed">{lines}</ul>' if found else "")
        + '<div class="socio-tools">'
        + markup.push_button("undo", _("Undo"), disabled=not state.of_session().past)
        + markup.push_button("reset", _("Set all back"), disabled=not found)
        + "</div>"
    )


def _foot(screen: Screen) -> str:
    proviso = _(
        "The model shares money between schools. It says nothing of single classes or pupils; "
        "how the money is used within the school is the principal's decision."
    )
    lines = "<br>".join(escape(line) for line in (source(screen), stamp(screen), proviso))
    return f'<footer class="socio-foot">{lines}</footer>'
