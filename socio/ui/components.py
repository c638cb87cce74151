"""Components: the parts that pages are put together from."""

from __future__ import annotations

import functools
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from socio.ui import acts, elements, markup, outcome, panel, state
from socio.view import charts, tables, words
from socio.view.words import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from socio.errors import Fault


@functools.cache
def _style() -> str:
    sheet = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    colours = f":root{{--more:{charts.MORE};--less:{charts.LESS}}}"
    return f"<style>{colours}{sheet}{charts.STYLE}</style>"


def style() -> None:
    """Dress the page."""
    st.html(_style())


def live(place: str, places: Mapping[str, str], rows: Sequence[str] = ()) -> None:
    """Draw the live part of a page.

    Parameters
    ----------
    place : str
        Name of the place where this is called.
    places : mapping of str to str
        Markup by place.
    rows : sequence of str
        Of the page's table, as `socio.view.tables.shown` gives them.
    """
    screen, session = state.here(), state.of_session()
    elements.draw(
        acts.LIVE,
        place,
        {
            "session": session.key,
            "taken": session.taken,
            "language": screen.view.language,
            "address": state.query(),
            "step": session.steps,
            "places": places,
            "rows": rows,
            "school": screen.view.school,
        },
        acts.told,
    )


def redistribution() -> None:
    """Draw all that a turned dial changes."""
    screen, query = state.here(), state.query()
    places = {
        "outcome": outcome.outcome(screen, query),
        "dials": panel.panel(screen),
        "steps": outcome.steps(screen, query),
    }
    live("outcome", places, tables.shown(screen.result, screen.change, screen.view.sort))


def faults(found: Iterable[Fault]) -> None:
    """Say everything that is wrong, where, and how to mend it."""
    lines = "".join(f"<li>{escape(words.line(fault))}</li>" for fault in found)
    st.html(f'<div class="socio-notices" role="alert"><ul>{lines}</ul></div>')


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
            st.html(markup.note(line))
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
