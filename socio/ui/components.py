"""Components: the parts that pages are put together from."""

from __future__ import annotations

import functools
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

from socio.ui import acts, elements, outcome, panel, state
from socio.view import charts, tables, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from socio.errors import Fault


MOST_TOLD: Final = 200
"""Faults on the page; the workbook with the marks has them all."""


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
    told = list(found)
    said = [words.line(fault) for fault in told[:MOST_TOLD]]
    more = len(told) - len(said)
    if more > 0:
        said.append(words.ngettext("and {count} more", "and {count} more", more))
    lines = "".join(f"<li>{escape(line)}</li>" for line in said)
    st.html(f'<div class="socio-notices" role="alert"><ul>{lines}</ul></div>')
