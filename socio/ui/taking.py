"""Taking in: the part of the page Underlag where files are given, and what is asked of the last one is answered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from socio.errors import SocioError
from socio.intake import amounts, outline
from socio.ui import components, editor, elements, markup, outcome, pending, register, state, uploads, years
from socio.view import format as written
from socio.view.words import _

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from socio.ui.pending import Pending
    from socio.ui.state import Screen

PASTED: Final = "inklistrat.txt"
"""What a pasted table is called."""


def places() -> dict[str, str]:
    """Return the live part: how the file that is asked about is read."""
    asked = state.of_session().pending
    return {"taking": "" if asked is None else editor.shown(asked)}


def show(screen: Screen) -> None:
    """Show where files are given, and what is asked of the last one."""
    st.html(markup.title(_("Take in")))
    uploads.uploader()
    _pasting()
    links = {
        "mall.xlsx": _("Template for a table of your own (Excel)"),
        "bestallning.xlsx": _("Order to SCB (Excel)"),
        "dataordlista.xlsx": _("Data dictionary (Excel)"),
    }
    st.html(outcome.links(_("Schools of your own"), links, f"sprak={screen.view.language}"))
    elements.place("taking")
    asked = state.of_session().pending
    if asked is not None:
        try:
            {"table": _table, "outline": _outline, "amounts": _amounts}[asked.kind](screen, asked)
        except SocioError as error:
            components.faults(error.faults)
            st.button(_("Cancel"), key="taking-cancel", on_click=_cancel)
    offer = screen.loaded.offer
    if offer.own:
        if asked is None:
            st.button(
                _("Change how {file} is read", file=markup.plain(offer.municipality)),
                key="taking-again",
                on_click=pending.again,
                args=(offer.key,),
            )
        years.about(screen)
    register.show(screen)


def _pasting() -> None:
    """Take a table that is pasted from a page or a workbook."""
    with st.expander(_("Paste a table instead"), key="paste"):
        st.text_area(
            _("Copied from a workbook, a page or a report"),
            key="paste-text",
            height=140,
            placeholder=_("One school a row: its name or code, and what stands beside it"),
        )
        taken = st.button(_("Take in"), key="paste-take")
    text = str(st.session_state["paste-text"])
    if taken and text.strip():
        uploads.take([(PASTED, text.encode())])
        st.rerun()


def _table(_screen: Screen, asked: Pending) -> None:
    intake, faults = pending.intake_of(asked)
    left, right = st.columns([1, 3])
    left.button(_("Use the table"), key="taking-use", type="primary", disabled=intake is None, on_click=_use_table)
    right.button(_("Cancel"), key="taking-cancel", on_click=_cancel)
    if faults and len(asked.content) <= uploads.MOST_MARKED:
        read, layout = pending.options(asked), asked.reading.layout
        del read["decimal"]
        if layout is not None:
            read |= {"header": layout.header, "headings": [column.heading for column in layout.columns]}
        uploads.marked(0, asked.file, asked.content, faults, **read)


def _done(asked: Pending, act: Callable[[], Sequence[str]]) -> None:
    """Take the file in; what cannot be is said, and the file is still asked about."""
    try:
        said = act()
    except SocioError as error:
        uploads.say((), error.named(asked.file).faults)
        return
    uploads.say(said)
    state.of_session().pending = None


def _use_table() -> None:
    asked = state.of_session().pending
    intake = None if asked is None else pending.intake_of(asked)[0]
    if asked is not None and intake is not None:
        how, replaces = asked.reading.written(), asked.replaces
        _done(asked, lambda: uploads.keep(asked.content, asked.file, intake, how=how, replaces=replaces))


def _cancel() -> None:
    uploads.say(())
    state.of_session().pending = None


def _outline(screen: Screen, asked: Pending) -> None:
    """Show points and index of a table without pupils, and ask for the pupils."""
    found = outline.read(asked.content, asked.file, **pending.options(asked))
    known = {name: screen.composition.pupils_paid[at] for at, name in enumerate(screen.composition.names)}
    st.html(editor.points(found))
    with st.form("taking-pupils"):
        st.html(markup.note(_("Kronor need the pupils of each school: a whole number above 0.")))
        for at, name in enumerate(found.names):
            st.text_input(
                markup.plain(name),
                key=f"taking-pupils-{at}",
                value=str(asked.pupils.get(name, known.get(name, ""))),
                width=260,
            )
        st.form_submit_button(_("Use the table"), type="primary", on_click=_use_outline, args=(found.names,))
    st.button(_("Cancel"), key="taking-cancel", on_click=_cancel)


def _use_outline(names: tuple[str, ...]) -> None:
    session = state.of_session()
    asked = session.pending
    if asked is None:
        return
    given = {name: written.read_number(str(st.session_state[f"taking-pupils-{at}"])) for at, name in enumerate(names)}
    wrong = [name for name, count in given.items() if count is None or count <= 0 or count % 1]
    pupils = {name: int(count) for name, count in given.items() if count and name not in wrong}
    if wrong:
        session.pending = replace(asked, pupils=pupils)
        uploads.say([_("Without a whole number of pupils above 0: {names}.", names=", ".join(wrong))])
        return
    _done(
        asked,
        lambda: uploads.outlined(asked.file, outline.read(asked.content, asked.file, **pending.options(asked)), pupils),
    )


def _amounts(screen: Screen, asked: Pending) -> None:
    """Let the user say which school a row of amounts belongs to."""
    composition = screen.loaded.composition
    columns = amounts.read(asked.content, asked.file, **pending.options(asked)).columns
    if len(columns) > 1:
        at = st.radio(
            _("Which column of amounts"),
            range(len(columns)),
            index=asked.column,
            format_func=lambda at: markup.plain(columns[at].heading) or str(at + 1),
            horizontal=True,
            key="taking-amounts",
        )
        asked = replace(asked, column=at)
        state.of_session().pending = asked
    column = columns[asked.column]
    found = amounts.matched(column, composition, asked.chosen)
    st.html(editor.amounts(found, column))
    named = dict(zip(composition.codes, composition.names, strict=True))
    for entry in column.entries:
        if entry.row in asked.chosen or any(entry.row == one.row for one in _undecided(found)):
            st.multiselect(
                _(
                    "{school}, {kronor}: belongs to",
                    school=markup.plain(entry.label),
                    kronor=written.kronor(entry.kronor),
                ),
                options=sorted(named, key=lambda code: named[code]),
                default=asked.chosen.get(entry.row, ()),
                format_func=lambda code: named.get(code, code),
                placeholder=_("Choose one or several schools; nothing leaves the row out"),
                key=f"taking-row-{entry.row}",
                on_change=_belongs,
                args=(entry.row,),
            )
    left, right = st.columns([1, 3])
    left.button(_("Use the amounts"), key="taking-use", type="primary", on_click=_use_amounts)
    right.button(_("Cancel"), key="taking-cancel", on_click=_cancel)


def _undecided(found: amounts.Matched) -> list[amounts.Entry]:
    doubled = [entry for entries in found.duplicates.values() for entry in entries]
    return [*found.unmatched, *doubled, *found.unclear]


def _belongs(row: int) -> None:
    session = state.of_session()
    if session.pending is not None:
        chosen = {**session.pending.chosen, row: tuple(st.session_state[f"taking-row-{row}"])}
        session.pending = replace(session.pending, chosen=chosen)


def _use_amounts() -> None:
    asked = state.of_session().pending
    if asked is not None:
        read = amounts.read(asked.content, asked.file, **pending.options(asked))
        _done(asked, lambda: uploads.lay_beside(asked.file, read, asked.column, asked.chosen))
