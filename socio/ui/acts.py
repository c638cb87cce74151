"""Acts: what the reader does in the live part of the page, and what it changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

import streamlit as st

from socio.errors import words
from socio.ui import elements, pending, state
from socio.view import dials, tables
from socio.view import format as written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from socio.scenario import Scenario
    from socio.ui.elements import Act

LIVE: Final = "live"
"""The element that the acts of a page come with."""


def take() -> None:
    """Take what the reader has done since the last look."""
    state.here()
    session = state.of_session()
    for act in elements.acts(LIVE, session.key, session.taken):
        if act.number <= session.taken:
            continue  # told twice
        session.taken = act.number
        if act.what in _DONE:
            _DONE[act.what](act)


def told() -> None:
    """Take acts, for a callback; what concerns the whole page repaints it."""
    view = state.here().view
    take()
    now = state.here().view
    if (view.dataset, view.everyone, view.school, view.part, view.language) != (
        now.dataset,
        now.everyone,
        now.school,
        now.part,
        now.language,
    ):
        st.rerun()


def _turn(act: Act) -> None:
    """Turn a dial to a value in the unit on screen."""
    screen = state.here()
    if act.name not in dials.names(screen.view.scenario) or isinstance(act.value, (str, bool)):
        return
    scale = dials.dial(act.name, screen.result, screen.start).scale
    _turned(act.name, act.value / scale, act.gesture)


def _turned(name: str, value: float, gesture: int) -> None:
    screen = state.here()
    scenario, notices = dials.turned(screen.view.scenario, name, value, screen.result)
    state.decide(scenario, *notices, gesture=gesture)


def _write(act: Act) -> None:
    """Turn a dial to a number as the reader writes it."""
    screen, text = state.here(), str(act.value)
    if act.name not in dials.names(screen.view.scenario):
        return
    value = written.read_number(text)
    if act.name == "redistribution.cap" and not text.strip():
        _redistribution(cap=None)
    elif value is None:
        label = dials.dial(act.name, screen.result, screen.start).label
        said = words("“{text}” is not a number for {label}: write for example 98 765,5.", text=text, label=label)
        state.move(screen.view, said)
    else:
        _turned(act.name, value / dials.dial(act.name, screen.result, screen.start).scale, 0)


def _hold(act: Act) -> None:
    """Hold another view of the pot or of the degree."""
    screen = state.here()
    views: Mapping[str, tuple[str, ...]] = {"pot": dials.POT_VIEWS, "redistribution": dials.DEGREE_VIEWS}
    if act.value not in views.get(act.name, ()):
        return
    part: Literal["pot", "redistribution"] = "pot" if act.name == "pot" else "redistribution"
    scenario, notices = dials.held(screen.view.scenario, part, str(act.value), screen.result)
    state.decide(scenario, *notices)


def _preset(act: Act) -> None:
    """Apply one of the guide's pictures."""
    if act.name in dials.PRESETS:
        state.decide(dials.preset(state.here().view.scenario, act.name))


def _cap(act: Act) -> None:
    """Put the cap where the highest rate is, so that nothing moves yet, or take it away."""
    _redistribution(cap=float(round(state.here().spread.highest + 0.5)) if act.value else None)


def _redistribution(*, cap: float | None) -> None:
    scenario = state.here().view.scenario
    state.decide(replace(scenario, redistribution=replace(scenario.redistribution, cap=cap)))


def _factor(act: Act) -> None:
    """Take a factor into the model, or leave it out."""
    screen = state.here()
    scenario, need = screen.view.scenario, screen.view.scenario.need
    factor = next((one for one in screen.composition.factors if one.name == act.name), None)
    if factor is None or bool(act.value) == (factor.name in need.weights):
        return
    if act.value:
        most = "Pojkar" if "Pojkar" in factor.categories else factor.categories[0]  # R037: sex means more for boys
        usual = dict.fromkeys(factor.categories, 0.0) | {most: 1.0}
        given = screen.loaded.start.need.weights.get(factor.name, usual)
        state.decide(replace(scenario, need=dials.with_factor(need, factor.name, given)))
        return
    without = dials.without_factor(need, factor.name)
    if any(any(weights.values()) for weights in without.weights.values()):
        state.decide(replace(scenario, need=without))
    else:
        said = words("At least one factor must have a weight above 0: {factor} stays.", factor=factor.name)
        state.move(screen.view, said)


def _choose(field: str) -> Callable[[Act], None]:
    def choose(act: Act) -> None:
        known: Mapping[str, object] = {
            "baseline": state.here().baseline_names,
            "order": ("rate", "name", "pupils"),
            "unit": ("kr", "kr_per_pupil"),
            "part": ("differences", "intake", "years", "factors", "remarks"),
        }
        if act.value in known[field]:  # type: ignore[operator]
            state.choose(**{field: act.value})

    return choose


def _school(act: Act) -> None:
    """Choose a school, or let go of the one that is chosen."""
    screen = state.here()
    if act.value in screen.composition.codes:
        state.choose(school="" if act.value == screen.view.school else act.value)


def _sort(act: Act) -> None:
    """Sort the table by a column, the other way round where it is sorted by it already."""
    if act.name in tables.headings():
        state.choose(sort=tables.sorted_anew(state.here().view.sort, act.name))


def _restore(act: Act) -> None:
    """Set one parameter back to the start."""
    screen = state.here()
    start: Scenario = state.start_scenario(screen.loaded, screen.composition)
    if act.name in {one.name for one in dials.differences(start, screen.view.scenario)}:
        state.restore(act.name)


_DONE: Mapping[str, Callable[[Act], None]] = {
    "turn": _turn,
    "write": _write,
    "hold": _hold,
    "preset": _preset,
    "cap": _cap,
    "factor": _factor,
    "baseline": _choose("baseline"),
    "order": _choose("order"),
    "unit": _choose("unit"),
    "part": _choose("part"),
    "widths": lambda act: state.choose(equal_width=bool(act.value)),
    "school": _school,
    "sort": _sort,
    "restore": _restore,
    "open": lambda act: state.reopen(str(act.value)),
    "pending": pending.take,
    "undo": lambda _act: state.undo(),
    "reset": lambda _act: state.reset(),
}
