"""Inputs: a dial is a slider with a field beside it; the field reads numbers as Swedes write them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from socio.errors import words
from socio.ui import state
from socio.view import dials
from socio.view import format as written
from socio.view.words import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.delta_generator import DeltaGenerator

    from socio.ui.state import Screen

FIELD = 118
"""Width of a field in pixels: room for a thousand million kronor."""


def dial(name: str) -> None:
    """Draw a dial that stands alone: it repaints itself and the result."""
    st.fragment(_alone, key=f"dial.{name}")(name)


def _alone(name: str) -> None:
    with slot(name):
        pair(name, _turned)


def slot(name: str) -> DeltaGenerator:
    """Return the place of a dial: slider and field side by side, what is said of it under them."""
    return st.container(key=f"dial-{_css(name)}", horizontal=True, vertical_alignment="bottom", gap="small")


def pair(name: str, on_change: Callable[[], None] | None = None) -> None:
    """Draw the slider and the field of one number, with its unit."""
    screen = state.here()
    shown = dials.dial(name, screen.result, screen.start)
    slider, field = f"{name}.slider", f"{name}.field"
    state.hold_pair(
        {slider: shown.on_slider, field: shown.text},
        {
            slider: lambda value: state.turn(name, value / shown.scale),
            field: lambda text: _wrote(name, text, shown.scale),
        },
        {slider: (shown.low, shown.high, shown.step)},
    )
    st.slider(
        shown.label,
        min_value=float(shown.low),
        max_value=float(shown.high),
        step=float(shown.step),
        format="%.2f" if shown.step < 1 else "%.0f",
        key=slider,
        on_change=on_change,
        width="stretch",
    )
    st.text_input(
        _("{label}: write a number", label=shown.label),
        key=field,
        label_visibility="collapsed",
        autocomplete="off",
        on_change=on_change,
        width=FIELD,
    )


def _turned() -> None:
    state.here()  # takes what the widgets show
    state.repaint()


def turned_live() -> None:
    """Take what the widgets show; repaint all where something gave way, and else just what is live."""
    state.here()
    if state.of_session().parts == ():
        st.rerun()


def _wrote(name: str, text: str, scale: float) -> None:
    view = state.of_session().view
    value = written.read_number(text)
    if name == "redistribution.cap" and not text.strip():
        given = view.scenario.redistribution
        state.move(replace(view, scenario=replace(view.scenario, redistribution=replace(given, cap=None))))
    elif value is None:
        label = dials.labels().get(name, name.rpartition("/")[2])
        state.move(
            view, words("“{text}” is not a number for {label}: write for example 98 765,5.", text=text, label=label)
        )
    else:
        state.turn(name, value / scale)


def view_switch(part: str, current: str, choices: dict[str, str], label: str) -> None:
    """Draw the choice between the three views of one number."""
    key = f"{part}.view"
    state.hold(key, current)
    st.segmented_control(
        label,
        options=list(choices),
        format_func=choices.__getitem__,
        key=key,
        label_visibility="collapsed",
        required=True,
        on_change=_held,
        args=(part, key),
        width="stretch",
    )


def _held(part: str, key: str) -> None:
    screen = state.here()
    view = st.session_state[key]
    if view is None:
        state.go(screen.view)
        return
    scenario, notices = dials.held(
        screen.view.scenario, "pot" if part == "pot" else "redistribution", view, screen.result
    )
    state.decide(scenario, *notices)


def no_cap() -> None:
    """Take the cap away."""
    scenario = state.here().view.scenario
    state.decide(replace(scenario, redistribution=replace(scenario.redistribution, cap=None)))


def with_cap() -> None:
    """Put the cap where the highest rate is, so that nothing moves yet."""
    screen = state.here()
    cap = round(screen.spread.highest + 0.5)
    scenario = screen.view.scenario
    state.decide(replace(scenario, redistribution=replace(scenario.redistribution, cap=float(cap))))


def factor_switch(screen: Screen, factor: str) -> None:
    """Draw the switch that takes a factor into the model or leaves it out."""
    key = f"factor.{factor}"
    state.hold(key, factor in screen.view.scenario.need.weights)
    st.toggle(factor, key=key, on_change=_switched, args=(factor, key))


def _switched(factor: str, key: str) -> None:
    screen = state.here()
    need = screen.view.scenario.need
    if not st.session_state[key]:
        without = dials.without_factor(need, factor)
        if not any(any(given.values()) for given in without.weights.values()):
            state.go(
                screen.view, words("At least one factor must have a weight above 0: {factor} stays.", factor=factor)
            )
            return
        state.decide(replace(screen.view.scenario, need=without))
        return
    categories = next(given.categories for given in screen.composition.factors if given.name == factor)
    most = "Pojkar" if "Pojkar" in categories else categories[0]  # R037: sex in the model means more for boys
    given = screen.loaded.start.need.weights.get(factor, dict.fromkeys(categories, 0.0) | {most: 1.0})
    state.decide(replace(screen.view.scenario, need=dials.with_factor(need, factor, given)))


def preset(name: str) -> None:
    """Apply one of the guide's pictures."""
    state.decide(dials.preset(state.here().view.scenario, name))


def _css(name: str) -> str:
    return "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in name)
