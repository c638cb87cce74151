"""Controls: what one chooses and turns, few in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from socio.ui import cache, components, inputs, state
from socio.view import dials, words
from socio.view import format as written
from socio.view.words import _

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator


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
    left, right = st.columns([5, 4], gap="small")
    state.hold("table.municipality", of)
    left.selectbox(
        _("Municipality"),
        options=list(names),
        format_func=lambda code: names.get(code, code),
        key="table.municipality",
        on_change=_municipality,
    )
    state.hold("table.year", here.key)
    right.selectbox(
        _("School year"),
        options=[offer.key for offer in years] or [here.key],
        format_func=lambda key: (offers[key].year if key in offers else here.year) or "–",
        key="table.year",
        on_change=_year,
    )
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


def pot(screen: state.Screen) -> DeltaGenerator:
    """Choose which of the three views of the pot is held; return the place of its dial."""
    held = dials.pot_view(screen.view.scenario)
    choices = {"total": _("Total"), "per_pupil": _("Per pupil"), "share": _("Part of budget")}
    components.title(_("Pot"))
    inputs.view_switch("pot", held, choices, _("How the pot is stated"))
    return inputs.slot("pot")


def live_pot() -> None:
    """Draw the dial of the pot, and its other views."""
    screen = state.here()
    held, result = dials.pot_view(screen.view.scenario), screen.result
    inputs.pair(f"pot.{held}", inputs.turned_live)
    if held == "share":
        inputs.pair("pot.budget", inputs.turned_live)
    views = {
        "total": written.kronor(result.pot),
        "per_pupil": _("{kronor} per pupil", kronor=written.kronor(result.average)),
    }
    components.note(" · ".join(text for name, text in views.items() if name != held))


def degree(screen: state.Screen) -> DeltaGenerator:
    """Choose a picture of the guide, or which view of the degree is held; return the place of the dials."""
    held = dials.degree_view(screen.view.scenario)
    choices = {"degree": _("Degree"), "deduction": _("Deduction"), "threshold": _("Threshold")}
    components.title(_("Degree of redistribution"))
    _presets()
    inputs.view_switch("degree", held, choices, _("How the degree is stated"))
    return inputs.slot("degree")


def live_degree() -> None:
    """Draw the dial of the degree, its other views, and the progression."""
    screen = state.here()
    held, result = dials.degree_view(screen.view.scenario), screen.result
    inputs.pair(f"redistribution.{held}", inputs.turned_live)
    views = {
        "degree": _("degree {share}", share=written.percent(result.degree, 0)),
        "deduction": _("deduction {kronor}", kronor=written.kronor(result.deduction)),
        "threshold": _("threshold {index}", index=written.number(dials.threshold_index(result), 2))
        if result.threshold > 0
        else _("no threshold"),
    }
    components.note(" · ".join(text for name, text in views.items() if name != held))
    if screen.view.scenario.redistribution.brackets is None:
        inputs.pair("redistribution.progression", inputs.turned_live)
    else:
        components.note(_("Progression in two pieces, as in the file"))


def _presets() -> None:
    names = {"equal": _("Equal"), "bild1": _("Bild 1"), "bild2": _("Bild 2"), "bild3": _("Bild 3")}
    with st.container(key="presets", horizontal=True, gap="small"):
        for name, label in names.items():
            st.button(label, key=f"preset-{name}", on_click=inputs.preset, args=(name,), width="stretch")
    components.note(
        _("The guide's pictures: degree 0 %, 100 % and 150 %, and nothing up to index 0.8 with all the more above it.")
    )


@st.fragment(key="rules")
def rules() -> None:
    """Open the bounds: lowest amount and cap."""
    given = state.here().view.scenario
    opened = st.expander(_("More rules"), key="rules", on_change="rerun")
    if not opened.open:
        return
    with opened:
        inputs.dial("redistribution.minimum")
        state.hold("cap", given.redistribution.cap is not None)
        st.toggle(_("Cap"), key="cap", on_change=_capped)
        if given.redistribution.cap is not None:
            inputs.dial("redistribution.cap")
        if given.phase_in is not None:
            components.note(_("Phase-in as in the file; it is not turned here yet"))


def _capped() -> None:
    (inputs.with_cap if st.session_state["cap"] else inputs.no_cap)()


@st.fragment(key="weights")
def weights() -> None:
    """Open the weights of the factors in use."""
    screen = state.here()
    need = screen.view.scenario.need
    opened = st.expander(_("Weights"), key="weights", on_change="rerun")
    if not opened.open:
        return
    with opened:
        if need.method != "weights":
            components.note(_("The need is a ready {column} from the table", column=need.method))
        for factor in screen.composition.factors:
            inputs.factor_switch(screen, factor.name)
            if factor.name in cache.EVEN_FACTORS and factor.name not in need.weights:
                components.note(
                    _(
                        "Left out: the share of boys hardly differs between schools. Taking it in would shrink every "
                        "school's distance to the average, not help boys or girls."
                    )
                )
            elif factor.name in cache.EVEN_FACTORS:
                components.note(
                    _(
                        "Taking the factor sex in only means that schools with a larger share of boys get more. It is "
                        "no stand on how money is shared between boys and girls."
                    )
                )
            for category in need.weights.get(factor.name, ()):
                inputs.dial(f"weight/{factor.name}/{category}")
        components.note(*components.suppressed(screen))


@st.fragment(key="files")
def _files() -> None:
    state.here()  # takes up the session's language
    opened = st.expander(_("Another table or setting"), key="files", on_change="rerun")
    if opened.open:
        with opened:
            components.uploads()


def files(screen: state.Screen) -> None:
    """Open what is taken in, and the language."""
    _files()
    other: words.Language = "en" if screen.view.language == "sv" else "sv"
    st.button(
        words.LANGUAGES[other],
        key="language",
        type="tertiary",
        on_click=state.choose,
        kwargs={"language": other},
    )
