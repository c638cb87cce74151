"""Elements: the live part of the page, drawn as markup, and what the reader did in it.

The browser's side is in ``live.js``. One element carries what the places show, itself and the others; acts are
numbered by the browser and told until they have been taken, so none is lost and none is done twice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Value = str | float | bool
LARGEST: Final = 1e15
"""No dial goes further."""
MOST: Final = 200
"""Acts taken at a time; the browser joins those of one movement."""

_element = st.components.v2.component(
    "socio", js="export default function (element) { window.socio(element); }\n", isolate_styles=False
)


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that the reader did.

    Attributes
    ----------
    number
        Counted by the browser, from 1 on.
    what, name, value
        What was done to what, and what it was set to.
    gesture
        Acts with the same gesture are one movement, such as a dial being dragged.
    """

    number: int
    what: str
    name: str
    value: Value
    gesture: int


def place(name: str) -> None:
    """Lay out a place that `draw` fills."""
    _element(key=f"place.{name}", data=json.dumps({"place": name}).encode())


def draw(key: str, place: str, content: Mapping[str, object], on_acts: Callable[[], None]) -> None:
    """Fill this place and the others.

    Parameters
    ----------
    key : str
        What the acts are kept under.
    place : str
        Name of this place.
    content : mapping
        ``session``, ``taken``, ``address``, ``step``, ``places`` (markup by name), ``rows`` and ``school``.
    on_acts : callable
        What to do when the reader has done something.
    """
    payload = json.dumps({"place": place, **content}, ensure_ascii=False, separators=(",", ":")).encode()
    _element(key=key, data=payload, on_acts_change=on_acts)


def acts(key: str, session: str, taken: int) -> Sequence[Act]:
    """Return what the reader has done in this session and is not taken yet, in order; what is no act is left out."""
    told = _told(key)
    if not isinstance(told, dict) or told.get("session") != session:
        return []
    given = told.get("acts")
    found = [_act(one) for one in (given if isinstance(given, list) else [])[:MOST]]
    return sorted((one for one in found if one is not None and one.number > taken), key=lambda one: one.number)


def _told(key: str) -> object:
    return st.session_state.get(key, {}).get("acts")


def _act(given: object) -> Act | None:
    match given:
        case [int(number), str(what), str(name), str() | int() | float() as value, int(gesture)] if (
            not isinstance(number, bool) and not isinstance(gesture, bool) and _sensible(value)
        ):
            return Act(number, what, name, value, gesture)
    return None


def _sensible(value: Value) -> bool:
    return isinstance(value, str) or abs(value) <= LARGEST  # not so for NaN
