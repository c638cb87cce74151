"""Components: the parts that pages are put together from."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import streamlit as st

import socio
from socio import scenario
from socio.intake import tables as intake
from socio.rounding import half_up
from socio.ui import state
from socio.view import charts, dials, pictograms, sentences, tables, words
from socio.view import format as written
from socio.view.words import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from socio.errors import Fault
    from socio.ui.state import Screen


@cache
def _style() -> str:
    sheet = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    colours = f":root{{--more:{charts.MORE};--less:{charts.LESS}}}"
    return f"<style>{colours}{sheet}{pictograms.style()}</style>"


def style() -> None:
    """Dress the page."""
    st.html(_style())


def faults(found: Iterable[Fault]) -> None:
    """Say everything that is wrong, where, and how to mend it."""
    lines = "".join(f"<li>{escape(words.line(fault))}</li>" for fault in found)
    st.html(f'<div class="socio-notices" role="alert"><ul>{lines}</ul></div>')


def headline(screen: Screen) -> None:
    """Say the result as a sentence, then its figures."""
    result, spread, change = screen.result, screen.spread, screen.change
    figures = [
        _figure(_("Average per pupil"), written.kronor(result.average)),
        _figure(_("Highest"), written.kronor(spread.highest)),
        _figure(_("Lowest"), written.kronor(spread.lowest), _zeros(screen)),
    ]
    if change is not None:
        against = baseline_label(screen, screen.view.baseline).lower()
        figures += [
            _figure(
                _("Gets more"),
                written.number(change.up),
                _(
                    "{pupils} pupils, {kronor}",
                    pupils=written.number(change.pupils_up),
                    kronor=written.kronor(int(half_up(change.kronor_up)), signed=True),
                ),
                "more",
            ),
            _figure(
                _("Gets less"),
                written.number(change.down),
                _(
                    "{pupils} pupils, {kronor}",
                    pupils=written.number(change.pupils_down),
                    kronor=written.kronor(int(half_up(change.kronor_down)), signed=True),
                ),
                "less",
            ),
        ]
    st.html(
        f'<section class="socio-head" aria-live="polite"><h1>{escape(sentences.headline(result, spread))}</h1>'
        f'<dl class="socio-figures">{"".join(figures)}</dl></section>'
    )


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


def baseline_label(screen: Screen, name: str) -> str:
    """Return what a baseline is called."""
    labels = {
        "today": _("Today ({period})", period=screen.loaded.period) if screen.loaded.period else _("Today"),
        "equal": _("Equal per pupil"),
        "last_year": _("The same setting last läsår"),
        "start": _("Where one began"),
    }
    return labels[name]


def notices(screen: Screen) -> None:
    """Say what was clamped, what could not be opened, and why a change had no effect."""
    said = [words.say(notice) for notice in screen.notices]
    if screen.before is not None:
        said.append(
            sentences.no_effect(screen.before.scenario, screen.view.scenario, screen.result, screen.spread)
        )
    lines = "".join(f"<p>{escape(line)}</p>" for line in said)
    box = f'<div class="socio-notices">{lines}</div>' if said else ""
    st.html(f'<div class="socio-said" role="status">{box}</div>')


def subject(screen: Screen) -> None:
    """Say whose schools, which läsår, and that the setting is nobody's decision."""
    offer, scenario = screen.loaded.offer, screen.view.scenario
    parts = [offer.municipality, _("composition of läsår {year}", year=offer.year) if offer.year else ""]
    parts.append(_("money for {period}", period=scenario.year) if scenario.year != offer.year else "")
    parts.append(words.ngettext("{count} school", "{count} schools", len(screen.composition)))
    line = escape(" · ".join(part for part in parts if part))
    st.html(f'<p class="socio-line">{line} {_mark(screen)}</p>')


def _mark(screen: Screen) -> str:
    return f'<span class="socio-mark">{escape(example_mark())}</span>' if is_example(screen) else ""


def example_mark() -> str:
    """Return the mark of a setting that no municipality has decided."""
    return _("Example weights – not the municipality's model")


def is_example(screen: Screen) -> bool:
    """Tell whether nobody has proposed the setting; see docs/method.md §13."""
    return not screen.view.scenario.proposed_by


def title(text: str) -> None:
    """Write a title over a chart or a table."""
    st.html(f'<h2 class="socio-title">{escape(text)}</h2>')


def note(*lines: str) -> None:
    """Write small print: source, provisos, what is left out."""
    said = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
    if said:
        st.html(f'<div class="socio-note">{said}</div>')


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


def take_out_notes(screen: Screen) -> list[str]:
    """Return the lines under everything taken out: whose, source, mark, stamp."""
    offer, scenario = screen.loaded.offer, screen.view.scenario
    lines = [" ".join(part for part in (offer.municipality, offer.year, scenario.name) if part), source(screen)]
    return [*lines, *([example_mark()] if is_example(screen) else []), stamp(screen)]


def schools(screen: Screen) -> None:
    """Draw the table with every step for each school."""
    table = tables.shown(tables.schools(screen.result, screen.change))
    named = tables.headings()
    numbers = {
        str(name): st.column_config.NumberColumn(
            named[str(name)], format="localized", step=10.0 ** -tables.DECIMALS.get(str(name), 0)
        )
        for name in table
        if name not in {"code", "school"}
    }
    st.dataframe(
        table,
        key="schools",
        hide_index=True,
        width="stretch",
        height=min(38 + 35 * len(table), 620),
        column_config={
            "code": st.column_config.TextColumn(named["code"]),
            "school": st.column_config.TextColumn(named["school"]),
            **numbers,
        },
        on_select=_picked,
        selection_mode="single-row",
    )
    sums = tables.total(table)
    cells = [str(sums["school"]), f"{written.number(float(sums['pupils']))} {_('pupils')}"]
    cells.append(_("{kronor} = the pot", kronor=written.kronor(float(sums["amount"]))))
    if "change_amount" in sums:
        cells.append(_("change {kronor}", kronor=written.kronor(float(sums["change_amount"]), signed=True)))
    st.html(f'<p class="socio-sum">{"".join(f"<span>{escape(cell)}</span>" for cell in cells)}</p>')


def _picked() -> None:
    rows = st.session_state["schools"]["selection"]["rows"]
    state.choose(school=state.here().composition.codes[rows[0]] if rows else "")


def foot(screen: Screen) -> None:
    """End the page with version and fingerprints, and what the amount is not."""
    st.html(
        f'<footer class="socio-foot">{escape(source(screen))}<br>{escape(stamp(screen))}<br>'
        + escape(
            _(
                "The model shares money between schools. It says nothing of single classes or pupils; "
                "how the money is used within the school is the principal's decision."
            )
        )
        + "</footer>"
    )


def bars(screen: Screen) -> None:
    """Draw kronor per pupil against the average line."""
    view = screen.view
    title(sentences.bars_title(screen.result))
    _chart(_drawn(screen, "bars"), "bars")
    orders = {"rate": _("By kr per pupil"), "name": _("By name"), "pupils": _("By pupils")}
    left, right, out = st.columns([4, 3, 2], vertical_alignment="center", gap="small")
    with left:
        _choice("order", _("Order of the bars"), orders, view.order)
    st.session_state["equal_width"] = view.equal_width
    right.toggle(_("Equal widths"), key="equal_width", on_change=_widths)
    with out:
        _chart_out(screen, "bars", sentences.bars_title(screen.result))
    note(
        _("The hatched area under the line is as large as the area above it: {kronor}.", kronor=written.kronor(screen.spread.kronor_moved))
        if not view.equal_width and screen.spread.kronor_moved >= 1
        else "",
        source(screen),
    )


def changes(screen: Screen) -> None:
    """Draw who gets more and who gets less."""
    view, change = screen.view, screen.change
    if change is None:
        title(_("There is nothing to compare with"))
        return
    title(sentences.change_title(change))
    labels = {name: baseline_label(screen, name) for name in screen.baseline_names}
    left, right = st.columns([3, 2], gap="small")
    st.session_state["baseline"] = view.baseline
    left.selectbox(
        _("Compared with"),
        options=list(labels),
        format_func=lambda name: labels.get(name, name),
        key="baseline",
        on_change=_chosen,
        args=("baseline",),
    )
    with right:
        _choice("unit", _("Unit"), {"kr": _("kr"), "kr_per_pupil": _("kr per pupil")}, view.unit, visible=True)
    _chart(_drawn(screen, "changes"), "changes")
    baseline = screen.baseline
    pupils = 0.0 if baseline is None else float(np.nansum(baseline.pupils))
    missing = () if baseline is None else baseline.missing
    note(
        *sentences.change_lines(change),
        sentences.largest_fall(change, screen.composition),
        *sentences.provisos(screen.result, change, pupils, missing),
    )
    _chart_out(screen, "changes", sentences.change_title(change))
    note(source(screen))


def _choice(name: str, label: str, choices: dict[str, str], current: str, *, visible: bool = False) -> None:
    st.session_state[name] = current
    st.segmented_control(
        label,
        options=list(choices),
        format_func=choices.__getitem__,
        key=name,
        required=True,
        label_visibility="visible" if visible else "collapsed",
        on_change=_chosen,
        args=(name,),
    )


def _chosen(name: str) -> None:
    state.choose(**{name: st.session_state[name]})


def _widths() -> None:
    state.choose(equal_width=bool(st.session_state["equal_width"]))


def school(screen: Screen) -> None:
    """Choose a school, and say what it gets."""
    composition = screen.composition
    named = dict(zip(composition.codes, composition.names, strict=True))
    left, right = st.columns([2, 5], vertical_alignment="bottom", gap="medium")
    st.session_state["school"] = screen.view.school or None
    left.selectbox(
        _("School"),
        options=sorted(named, key=lambda code: words.sorting(named[code])),
        format_func=lambda code: named.get(code, code),
        index=None,
        placeholder=_("Choose a school, or click a bar"),
        key="school",
        on_change=_school,
    )
    with right:
        if screen.view.school:
            st.html(f'<p class="socio-line">{escape(sentences.selected(screen.result, screen.change, screen.view.school))}</p>')


def _school() -> None:
    state.choose(school=st.session_state["school"] or "")


def suppressed(screen: Screen) -> list[str]:
    """Say which shares in use are suppressed, what was put there and within what interval."""
    composition, used = screen.composition, screen.view.scenario.need.weights
    lines = []
    for column, (factor, category) in enumerate(composition.columns):
        filled = composition.filled
        wide = filled.high[:, column] - filled.low[:, column] > 1e-9  # noqa: PLR2004 - binary noise
        if factor not in used or not used[factor].get(category) or not wide.any():
            continue
        schools = ", ".join(
            _(
                "{school} {share} ({low}–{high})",
                school=composition.names[row],
                share=written.percent(float(filled.shares[row, column]), 1),
                low=written.percent(float(filled.low[row, column]), 1),
                high=written.percent(float(filled.high[row, column]), 1),
            )
            for row in np.flatnonzero(wide)[:_FEW]
        )
        more = int(wide.sum()) - _FEW
        lines.append(
            _("Not published exactly, {factor}: {category}: {schools}", factor=factor, category=category, schools=schools)
            + (" " + words.ngettext("and {count} more", "and {count} more", more) if more > 0 else "")
            + "."
        )
    return lines


_FEW = 12
"""Schools named before the rest is counted."""


def differences(screen: Screen) -> None:
    """List what has been changed from the start, with a way back for each and for all."""
    start = state.start_scenario(screen.loaded, screen.composition)
    found = dials.differences(start, screen.view.scenario)
    title(_("Changed from the start") if found else _("Nothing is changed from the start"))
    if screen.misplaced is not None:
        note(
            _(
                "The start is the setting that comes closest to the amounts of {period}; it pays {share} of the pot "
                "to other schools.",
                period=screen.loaded.period or _("today"),
                share=written.percent(screen.misplaced, 1),
            )
        )
    for difference in found:
        left, right = st.columns([5, 2], vertical_alignment="center", gap="small")
        left.html(
            f'<p class="socio-line">{escape(difference.label)}: '
            f"<s>{escape(difference.before)}</s> → <strong>{escape(difference.after)}</strong></p>"
        )
        right.button(
            _("Set back"),
            key=f"restore-{difference.name}",
            help=difference.label,
            on_click=state.restore,
            args=(difference.name,),
            width="stretch",
        )
    left, right = st.columns(2, gap="small")
    left.button(_("Undo"), key="undo", on_click=state.undo, disabled=not state.can_undo(), width="stretch")
    right.button(_("Set all back"), key="reset", on_click=state.reset, disabled=not found, width="stretch")


def _chart_out(screen: Screen, name: str, said: str) -> None:
    """Offer a chart's picture and data."""
    columns = {
        "bars": ["code", "school", "pupils", "index", "rate", "amount"],
        "changes": ["code", "school", "pupils", "amount", "change_amount", "change_rate"],
    }
    language, notes = screen.view.language, take_out_notes(screen)
    file = f"socio-{screen.loaded.offer.key}-{_('redistribution') if name == 'bars' else _('change')}"

    def picture(kind: Literal["svg", "png"]) -> bytes:
        words.use(language)
        return charts.picture(_drawn(screen, name), title=said, notes=notes, kind=kind)

    def data() -> bytes:
        words.use(language)
        return tables.csv(tables.schools(screen.result, screen.change)[columns[name]], notes)

    with st.popover(_("Download"), width="stretch", key=f"out-{name}"):
        _download("PNG", lambda: picture("png"), f"{file}.png", "image/png", f"{name}-png")
        _download("SVG", lambda: picture("svg"), f"{file}.svg", "image/svg+xml", f"{name}-svg")
        _download(_("Data (CSV)"), data, f"{file}.csv", "text/csv", f"{name}-csv")


def take_out(screen: Screen) -> None:
    """Offer the table and the setting."""
    language, notes, key = screen.view.language, take_out_notes(screen), screen.loaded.offer.key

    def table(kind: Literal["csv", "xlsx"]) -> bytes:
        words.use(language)
        schools = tables.schools(screen.result, screen.change)
        return tables.csv(schools, notes) if kind == "csv" else tables.workbook(schools, notes)

    title(_("Take out"))
    excel = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    left, right = st.columns(2, gap="small")
    with left:
        _download(_("Table (Excel)"), lambda: table("xlsx"), f"socio-{key}.xlsx", excel, "table-xlsx")
        _download(_("Setting (TOML)"), lambda: setting(screen), f"socio-{key}.toml", "application/toml", "setting")
    with right:
        _download(_("Table (CSV)"), lambda: table("csv"), f"socio-{key}.csv", "text/csv", "table-csv")
        _download(_("Schools as used (CSV)"), lambda: composition(screen), f"socio-{key}-underlag.csv", "text/csv", "used")
    note(_("The address of the page reopens exactly this view."))


def setting(screen: Screen) -> bytes:
    """Return the scenario as a file that opens again here and on the command line."""
    words.use(screen.view.language)
    lines = [f"# {line}" for line in take_out_notes(screen)]
    return "\n".join([*lines, "", scenario.write(screen.view.scenario)]).encode()


def composition(screen: Screen) -> bytes:
    """Return the schools that are in, in the program's own layout."""
    return ("\ufeff" + intake.write(screen.composition)).encode()


def _download(label: str, data: Callable[[], bytes], name: str, mime: str, key: str) -> None:
    st.download_button(label, data=data, file_name=name, mime=mime, key=f"download-{key}", on_click="ignore", width="stretch")


def uploads(screen: Screen) -> None:
    """Take in tables and settings; what is wrong with them is said in full, and the view stands."""
    turn = st.session_state.setdefault("upload-turn", 0)
    given = st.file_uploader(
        _("A table (CSV, Excel, ODS), Skolverket's national export, or a setting (TOML)"),
        accept_multiple_files=True,
        key=f"upload-{turn}",
    )
    if not given:
        for line in st.session_state.get("upload-said", ()):
            note(line)
        return
    with st.spinner(_("Reading and keeping …")):
        said, found = state.take_in([(file.name, file.getvalue()) for file in given])
    st.session_state["upload-said"], st.session_state["upload-faults"] = said, found
    st.session_state["upload-turn"] = turn + 1
    st.rerun()


def upload_faults() -> None:
    """Say what was wrong with the last upload, until the next."""
    found = st.session_state.get("upload-faults", ())
    if found:
        faults(found)
        st.button(_("Close"), key="close-faults", on_click=_close_faults)


def _close_faults() -> None:
    st.session_state["upload-faults"] = ()
    state.choose()



def _drawn(screen: Screen, name: str) -> charts.Chart:
    """Return one of the two charts."""
    view, change = screen.view, screen.change
    if name == "bars" or change is None:
        return charts.kronor_per_pupil(
            screen.result,
            order=view.order,
            equal_width=view.equal_width,
            selected=view.school,
            alt=sentences.bars_text(screen.result, screen.spread),
        )
    return charts.changes(
        screen.result,
        change,
        unit=view.unit,
        order=view.order,
        selected=view.school,
        alt=sentences.change_text(change, screen.composition),
    )


def _chart(chart: charts.Chart, name: str) -> None:
    """Draw a chart; a bar that is clicked chooses its school."""
