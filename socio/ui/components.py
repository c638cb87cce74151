"""Components: the parts that pages are put together from."""

from __future__ import annotations

import functools
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import streamlit as st

import socio
from socio import scenario
from socio.intake import tables as intake
from socio.rounding import half_up
from socio.ui import cache, state
from socio.view import charts, dials, pictograms, sentences, tables, words
from socio.view import format as written
from socio.view import picture as pictures
from socio.view.words import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from socio.errors import Fault
    from socio.ui.state import Screen


@functools.cache
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


def head() -> None:
    """Say whose schools, the result as a sentence, its figures, and what the last change did not do."""
    screen = state.here()
    result, spread = screen.result, screen.spread
    st.html(
        f'<p class="socio-line">{_subject(screen)}</p><section class="socio-head" aria-live="polite">'
        f"<h1>{escape(sentences.headline(result, spread))}</h1>"
        f'<dl class="socio-figures">{"".join(_figures(screen))}</dl></section>'
        f'<div class="socio-said" role="status">{_said(screen)}</div>'
    )


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


def baseline_label(screen: Screen, name: str) -> str:
    """Return what a baseline is called."""
    labels = {
        "today": _("today ({period})", period=screen.loaded.period) if screen.loaded.period else _("today"),
        "equal": _("equal per pupil"),
        "last_year": _("the same setting last läsår"),
        "start": _("where one began"),
    }
    return labels[name]


def _said(screen: Screen) -> str:
    said = [_sentence(words.say(notice)) for notice in screen.notices]
    if screen.before is not None:
        said.append(sentences.no_effect(screen.before.scenario, screen.view.scenario, screen.result, screen.spread))
    lines = "".join(f"<p>{escape(line)}</p>" for line in said)
    return f'<div class="socio-notices">{lines}</div>' if said else ""


def _sentence(text: str) -> str:
    """Let what is wrong, which a file's faults say after its place, stand alone."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


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


def title(text: str) -> None:
    """Write a title over a part of the page."""
    st.html(_title(text))


def _title(text: str) -> str:
    return f'<h2 class="socio-title">{escape(text)}</h2>'


def note(*lines: str) -> None:
    """Write small print: source, provisos, what is left out."""
    st.html(_note(*lines))


def _note(*lines: str) -> str:
    said = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
    return f'<div class="socio-note">{said}</div>'


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


def schools() -> None:
    """Draw the table with every step for each school, and say what the chosen one gets."""
    screen = state.here()
    table = tables.shown(screen.result, screen.change)
    named = tables.headings()
    numbers = {
        str(name): st.column_config.NumberColumn(
            named[str(name)],
            format="localized",
            step=10.0 ** -tables.DECIMALS.get(str(name), 0),
            width=max(78, 8 * len(named[str(name)]) + 22),
        )
        for name in table.column_names
        if name not in {"code", "school"}
    }
    st.dataframe(
        table,
        key="schools",
        hide_index=True,
        width="stretch",
        height=min(38 + 35 * len(table), 620),
        column_config={
            "code": st.column_config.TextColumn(named["code"], width=120),
            "school": st.column_config.TextColumn(named["school"], width=210),
            **numbers,
        },
        on_select=_picked,
        selection_mode="single-row",
    )


def _sums(screen: Screen) -> str:
    sums = tables.total(screen.result, screen.change)
    cells = [str(sums["school"]), _("{pupils} pupils", pupils=written.number(float(sums["pupils"])))]
    cells.append(_("{kronor} = the pot", kronor=written.kronor(float(sums["amount"]))))
    if "change_amount" in sums:
        cells.append(_("change {kronor}", kronor=written.kronor(float(sums["change_amount"]), signed=True)))
    return f'<p class="socio-sum">{"".join(f"<span>{escape(cell)}</span>" for cell in cells)}</p>'


def _picked() -> None:
    rows = st.session_state["schools"]["selection"]["rows"]
    state.choose(school=state.here().composition.codes[rows[0]] if rows else "")


def foot() -> None:
    """End the page with version and fingerprints, and what the amount is not."""
    screen = state.here()
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


def standing(screen: Screen) -> None:
    """Choose how the bars of the first chart stand."""
    view = screen.view
    orders = {"rate": _("Kr per pupil"), "name": _("Name"), "pupils": _("Pupils")}
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="standing"):
        _choice("order", _("Order of the bars"), orders, view.order)
        state.hold("equal_width", view.equal_width)
        st.toggle(_("Equal widths"), key="equal_width", on_change=_widths)
        st.fragment(_chart_out, key="out.bars")("bars")


def live_bars() -> None:
    """Draw kronor per pupil against the average line."""
    screen = state.here()
    st.html(_title(sentences.bars_title(screen.result)))
    _chart("bars", screen)


def texts() -> None:
    """Say in words what the two charts show, and where the figures come from."""
    screen = state.here()
    change, baseline = screen.change, screen.baseline
    marked = screen.spread.kronor_moved >= 1 and not screen.view.equal_width
    area = written.kronor(screen.spread.kronor_moved)
    under = _note(
        _("The hatched area under the line is as large as the area above it: {kronor}.", kronor=area) if marked else "",
        source(screen),
    ) + _hidden(sentences.bars_text(screen.result, screen.spread, equal_width=screen.view.equal_width))
    beside = ""
    if change is not None and baseline is not None:
        beside = _note(
            *sentences.change_lines(change),
            sentences.largest_fall(change, screen.composition),
            *sentences.provisos(screen.result, change, float(np.nansum(baseline.pupils)), baseline.missing),
            _("Not in, since their amounts today are not known: {names}.", names=", ".join(screen.left_out))
            if screen.left_out
            else "",
            source(screen),
        )
    st.html(f'<div class="socio-texts"><div>{under}</div><div>{beside}</div></div>')


def _hidden(text: str) -> str:
    """Return a text for screen readers only."""
    return f'<p class="socio-hidden">{escape(text)}</p>'


def against(screen: Screen) -> None:
    """Choose what the result is compared with, and in which unit."""
    labels = {name: baseline_label(screen, name) for name in screen.baseline_names}
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="against"):
        state.hold("baseline", screen.view.baseline)
        st.selectbox(
            _("Compared with"),
            options=list(labels),
            format_func=lambda name: labels.get(name, name),
            key="baseline",
            label_visibility="collapsed",
            on_change=_chosen,
            args=("baseline",),
        )
        _choice("unit", _("Unit"), {"kr": _("kr"), "kr_per_pupil": _("kr per pupil")}, screen.view.unit)
        st.fragment(_chart_out, key="out.changes")("changes")


def live_changes() -> None:
    """Draw who gets more and who gets less."""
    screen = state.here()
    if screen.change is None:
        st.html(_title(_("There is nothing to compare with")))
        return
    st.html(_title(_changes_title(screen)))
    _chart("changes", screen)


def _changes_title(screen: Screen) -> str:
    if screen.change is None:
        return _("There is nothing to compare with")
    return _(
        "{changes}, compared with {baseline}",
        changes=sentences.change_title(screen.change),
        baseline=baseline_label(screen, screen.view.baseline),
    )


def _choice(name: str, label: str, choices: dict[str, str], current: str) -> None:
    state.hold(name, current)
    st.segmented_control(
        label,
        options=list(choices),
        format_func=choices.__getitem__,
        key=name,
        required=True,
        label_visibility="collapsed",
        on_change=_chosen,
        args=(name,),
    )


def _chosen(name: str) -> None:
    state.choose(state.LIVE, **{name: st.session_state[name]})


def _widths() -> None:
    state.choose(state.LIVE, equal_width=bool(st.session_state["equal_width"]))


def school(screen: Screen) -> None:
    """Choose a school."""
    named = dict(zip(screen.composition.codes, screen.composition.names, strict=True))
    state.hold("school", screen.view.school or None)
    st.selectbox(
        _("School"),
        options=sorted(named, key=lambda code: words.sorting(named[code])),
        format_func=lambda code: named.get(code, code),
        index=None,
        placeholder=_("Choose a school, or click a bar"),
        key="school",
        on_change=_school,
        width=360,
    )


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
            _(
                "Not published exactly, {factor}: {category}: {schools}",
                factor=factor,
                category=category,
                schools=schools,
            )
            + (" " + words.ngettext("and {count} more", "and {count} more", more) if more > 0 else "")
            + "."
        )
    return lines


_FEW = 12
"""Schools named before the rest is counted."""


def below() -> None:
    """End the table with its sums, say what the chosen school gets, and list what has been changed."""
    screen = state.here()
    found = dials.differences(state.start_scenario(screen.loaded, screen.composition), screen.view.scenario)
    chosen = screen.view.school
    said = sentences.selected(screen.result, screen.change, chosen) if chosen else ""
    near = ""
    if screen.misplaced is not None:
        near = _(
            "The start is the setting that comes closest to the amounts of {period}; it pays {share} of the pot to "
            "other schools.",
            period=screen.loaded.period or _("today"),
            share=written.percent(screen.misplaced, 1),
        )
    lines = "".join(
        f"<li>{escape(one.label)}: <s>{escape(one.before)}</s> → <strong>{escape(one.after)}</strong></li>"
        for one in found
    )
    st.html(
        _sums(screen)
        + f'<p class="socio-line" role="status">{escape(said)}</p>'
        + _title(_("Changed from the start") if found else _("Nothing is changed from the start"))
        + _note(near)
        + (f'<ul class="socio-changed">{lines}</ul>' if found else "")
    )
    if found:
        labels = {one.name: f"{one.label}: {one.before}" for one in found}
        state.hold("restore", None)
        st.selectbox(
            _("Set one back"),
            options=list(labels),
            format_func=lambda name: labels.get(name, name),
            index=None,
            key="restore",
            placeholder=_("Set one back to the start"),
            label_visibility="collapsed",
            on_change=_restore,
            width=360,
        )


def _restore() -> None:
    name = st.session_state["restore"]
    if name is not None:
        state.restore(name)


def ways_back() -> None:
    """Offer the step before, and the start."""
    with st.container(horizontal=True, gap="small"):
        st.button(_("Undo"), key="undo", on_click=state.undo)
        st.button(_("Set all back"), key="reset", on_click=state.reset)


def _chart_out(name: str) -> None:
    """Offer a chart's picture and data, as it is when it is asked for."""
    screen = state.here()
    columns = {
        "bars": ["code", "school", "pupils", "index", "rate", "amount"],
        "changes": ["code", "school", "pupils", "amount", "change_amount", "change_rate"],
    }
    shown = state.of_session()

    def picture(kind: Literal["svg", "png"]) -> bytes:
        now = _in_its_language(shown)
        said = sentences.bars_title(now.result) if name == "bars" else _changes_title(now)
        return pictures.picture(_drawn(now, name), title=said, notes=take_out_notes(now), kind=kind)

    def data() -> bytes:
        now = _in_its_language(shown)
        table = tables.schools(now.result, now.change)
        return tables.csv(table[[column for column in columns[name] if column in table]], take_out_notes(now))

    file = f"socio-{screen.loaded.offer.key}-{'bars' if name == 'bars' else 'changes'}"
    opened = st.popover(_("Download"), key=f"out-{name}", on_change="rerun")
    if not opened.open:
        return
    with opened:
        _download("PNG", lambda: picture("png"), f"{file}.png", "image/png", f"{name}-png")
        _download("SVG", lambda: picture("svg"), f"{file}.svg", "image/svg+xml", f"{name}-svg")
        _download(_("Data (CSV)"), data, f"{file}.csv", "text/csv", f"{name}-csv")


def _in_its_language(shown: state.Session) -> Screen:
    """Return the screen, for a file that is made on another thread."""
    words.use(shown.screen.view.language)
    return shown.screen


def take_out(screen: Screen) -> None:
    """Offer the table, the setting and the schools, as they are when they are asked for."""
    shown, key = state.of_session(), screen.loaded.offer.key

    def table(kind: Literal["csv", "xlsx"]) -> bytes:
        now = _in_its_language(shown)
        schools, notes = tables.schools(now.result, now.change), take_out_notes(now)
        return tables.csv(schools, notes) if kind == "csv" else tables.workbook(schools, notes)

    def setting() -> bytes:
        now = _in_its_language(shown)
        lines = [f"# {line}" for note in take_out_notes(now) for line in note.splitlines()]
        return "\n".join([*lines, "", scenario.write(now.view.scenario)]).encode()

    def used() -> bytes:
        return ("\ufeff" + intake.write(shown.screen.composition)).encode()

    title(_("Take out"))
    excel = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    with st.container(horizontal=True, gap="small"):
        _download(_("Table (Excel)"), lambda: table("xlsx"), f"socio-{key}.xlsx", excel, "table-xlsx")
        _download(_("Table (CSV)"), lambda: table("csv"), f"socio-{key}.csv", "text/csv", "table-csv")
        _download(_("Setting (TOML)"), setting, f"socio-{key}.toml", "application/toml", "setting")
        _download(_("Schools as used (CSV)"), used, f"socio-{key}-underlag.csv", "text/csv", "used")
    note(_("The address of the page reopens exactly this view."))


def _download(label: str, data: Callable[[], bytes], name: str, mime: str, key: str) -> None:
    st.download_button(label, data=data, file_name=name, mime=mime, key=f"download-{key}", on_click="ignore")


def uploads() -> None:
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
            screen.result, order=view.order, equal_width=view.equal_width, selected=view.school
        )
    return charts.changes(screen.result, change, unit=view.unit, order=view.order, selected=view.school)


def _chart(name: str, screen: Screen) -> None:
    """Draw a chart; a bar that is clicked chooses its school."""
    chart = _drawn(screen, name)
    st.vega_lite_chart(
        None,
        {**chart.spec, "datasets": chart.datasets},
        key=f"chart.{name}",
        theme=None,
        width="stretch",
        on_select=_clicked,
        selection_mode="school",
    )


def _clicked() -> None:
    screen = state.here()
    chosen = {
        point["code"]
        for name in ("bars", "changes")
        for point in st.session_state.get(f"chart.{name}", {}).get("selection", {}).get("school", [])
    }
    other = chosen - {screen.view.school}
    state.choose(school=next(iter(other), ""))
