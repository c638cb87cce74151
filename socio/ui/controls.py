"""Controls: which schools, which files, which language."""

from __future__ import annotations

import streamlit as st

from socio.ui import cache, state, uploads
from socio.view import words
from socio.view.words import _


def table(screen: state.Screen) -> None:
    """Choose municipality and läsår, in one line."""
    offers = cache.offers()
    here = screen.loaded.offer
    names: dict[str, str] = {}
    for offer in sorted(offers.values(), key=lambda offer: (offer.own, words.sorting(offer.municipality))):
        names.setdefault(offer.key if offer.own else offer.code, _name(offer))
    of = here.key if here.own else here.code
    names.setdefault(of, _name(here))
    years = sorted((offer for offer in offers.values() if offer.code == here.code and not offer.own and not here.own),
                   key=lambda offer: offer.year)  # fmt: skip
    left, right = (st, None) if here.own else st.columns([5, 4], gap="small")  # a name of one's own needs the room
    state.hold("table.municipality", of)
    left.selectbox(
        _("Municipality"),
        options=list(names),
        format_func=lambda code: names.get(code, code),
        key="table.municipality",
        on_change=_municipality,
    )
    if right is not None:
        state.hold("table.year", here.key)
        right.selectbox(
            _("School year"),
            options=[offer.key for offer in years] or [here.key],
            format_func=lambda key: (offers[key].year if key in offers else here.year) or "–",
            key="table.year",
            on_change=_year,
        )


def everyone(screen: state.Screen) -> None:
    """Take the schools without an amount today in or out, where there are any."""
    if screen.loaded.composition.old_rate is not None and (screen.left_out or screen.view.everyone):
        state.hold("table.everyone", screen.view.everyone)
        st.toggle(
            words.ngettext(
                "Include {count} school without an amount today",
                "Include {count} schools without an amount today",
                len(screen.loaded.composition) - len(state.paid(screen.loaded)),
            ),
            key="table.everyone",
            on_change=_everyone,
        )


def _name(offer: cache.Offer) -> str:
    return _("The whole country") if offer.code == cache.COUNTRY else offer.municipality


def _municipality() -> None:
    chosen = str(st.session_state["table.municipality"])
    offers, here = cache.offers(), state.here().loaded.offer
    if chosen in offers:
        state.open_table(chosen)
        return
    years = {offer.year: offer.key for offer in offers.values() if offer.code == chosen and not offer.own}
    state.open_table(years.get(here.year) or years[max(years)])


def _year() -> None:
    state.open_table(str(st.session_state["table.year"]))


def _everyone() -> None:
    state.include(everyone=bool(st.session_state["table.everyone"]))


def school(screen: state.Screen) -> None:
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


@st.fragment(key="files")
def _files() -> None:
    state.here()  # takes up the session's language
    opened = st.expander(_("Another table or setting"), key="files", on_change="rerun")
    if opened.open:
        with opened:
            uploads.uploader()


def files(screen: state.Screen, *, uploads_too: bool = True) -> None:
    """Open what is taken in, and the language."""
    if uploads_too:
        _files()
    other: words.Language = "en" if screen.view.language == "sv" else "sv"
    st.button(
        words.LANGUAGES[other],
        key="language",
        type="tertiary",
        on_click=state.choose,
        kwargs={"language": other},
    )
