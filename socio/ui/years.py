"""Years: the composition over the läsår at hand, whose units are linked by hand where their codes changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from socio import linking, screening
from socio.errors import SocioError
from socio.intake import library
from socio.linking import Link, Matching
from socio.storage import datasets as store
from socio.storage import links as kept_links
from socio.storage.engine import StoreError
from socio.ui import cache, components, markup, outcome, state
from socio.view import differences, spread, words
from socio.view import format as written
from socio.view import years as said
from socio.view.words import _, ngettext
from socio.view.years import Units

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from socio.composition import Composition
    from socio.errors import Fault
    from socio.screening import Trend
    from socio.storage.links import Years
    from socio.ui.cache import Offer
    from socio.ui.material import Material
    from socio.ui.state import Screen

MOST_SHOWN: Final = 12
"""Suggestions and links shown before the rest is counted."""

FIRST_YEAR: Final = 2009
"""Autumn of the first läsår that can be chosen."""

_FAULTS: Final = "years-faults"
"""Session key of what was wrong with the last link."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Change:
    """Two successive läsår, and what is linked between them.

    Attributes
    ----------
    years
        The läsår before and after.
    before, after
        Their tables.
    links
        Those kept that hold.
    lost
        Those kept that speak of units which these tables do not have.
    found
        The units held against each other.
    """

    years: Years
    before: Composition
    after: Composition
    links: tuple[Link, ...]
    lost: tuple[Link, ...]
    found: Matching


def at_hand(offer: Offer) -> tuple[Offer, ...]:
    """List a municipality's tables up to a läsår, one a läsår, the first läsår first.

    The table itself stands for its läsår; for another one an own table does, the one kept last, else what is
    published. A table without a municipality or a läsår stands alone.
    """
    if not (offer.code and offer.year):
        return (offer,)
    found = {offer.year: offer}
    for one in sorted(cache.offers().values(), key=lambda one: not one.own):  # own ones stand the last kept first
        if one.code == offer.code and one.year and one.year <= offer.year:
            found.setdefault(one.year, one)
    return tuple(found[year] for year in sorted(found))


def show(screen: Screen, found: Material) -> None:
    """Show the läsår at hand: how the composition developed, and which units came, went and are linked."""
    offer = screen.loaded.offer
    developed = development(offer)
    if developed is None:
        st.html(
            markup.title(_("School years"))
            + markup.note(
                _("There is no earlier läsår of these schools. Take one in, and it is compared here.")
                if offer.code and offer.year
                else _(
                    "Say under Take in whose schools these are and of which läsår, and they are compared with others."
                )
            )
        )
        return
    trend, changes = developed
    _chart(screen, found, trend)
    st.html(_table(changes))
    _linking(offer.code, changes)


def development(offer: Offer) -> tuple[Trend, list[Change]] | None:
    """Find how a municipality's composition developed up to a läsår, and its units; None with a single läsår."""
    tables = [loaded for one in at_hand(offer) if (loaded := _loaded(one)) is not None]
    if len(tables) < 2:  # noqa: PLR2004 - from one to another
        return None
    try:
        kept = kept_links.kept(offer.code)
    except StoreError:  # said where something is kept
        kept = {}
    changes = [
        _change(before.composition, after.composition, kept.get((before.offer.year, after.offer.year), ()))
        for before, after in pairwise(tables)
    ]
    keys = tuple((one.offer.key, one.fingerprint) for one in tables)
    links = {f"{change.years}": [(one.before, one.after) for one in change.links] for change in changes}
    return _trend(keys, links), changes


def _loaded(offer: Offer) -> cache.Loaded | None:
    try:
        return cache.load(offer.key)
    except SocioError:  # a kept table that cannot be read any more says so when it is opened
        return None


def _change(before: Composition, after: Composition, kept: Sequence[Link]) -> Change:
    holding = linking.standing(before, after, kept)
    return Change(
        years=(before.year, after.year),
        before=before,
        after=after,
        links=holding,
        lost=tuple(link for link in kept if link not in holding),
        found=linking.matching(before, after, holding),
    )


@st.cache_resource(max_entries=32, show_spinner=False)
def _trend(
    tables: tuple[tuple[str, str], ...], links: Mapping[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]
) -> Trend:
    compositions = [cache.load(key).composition for key, _fingerprint in tables]
    pairs = [(before.year, after.year) for before, after in pairwise(compositions)]
    return screening.trend(compositions, {years: [Link(*sides) for sides in links[f"{years}"]] for years in pairs})


def drawn(found: Material, trend: Trend) -> tuple[str, list[int]]:
    """Return the chart's title, and which of the trend's columns it draws: of each factor the most varying one."""
    chosen = {(one.factor, one.categories[differences.most_varying(one)]) for one in found.screened.factors}
    title = _("The composition from {first} to {last}", first=trend.years[0], last=trend.years[-1])
    return title, [at for at, column in enumerate(trend.columns) if column in chosen]


def _chart(screen: Screen, found: Material, trend: Trend) -> None:
    """Draw how the composition developed."""
    title, shown = drawn(found, trend)
    if shown:
        st.html(markup.title(title))
        st.altair_chart(spread.years(trend, shown), key="years", theme=None, width="stretch", alt=title)
        files = outcome.chart_files("utveckling", _("Take out the chart of the years"), state.query())
        st.html(markup.note(outcome.source(screen)) + files)
    lines = said.changes(trend)
    if lines:
        st.html(markup.title(_("What changed between the läsår")) + markup.note(*lines))


def _table(changes: Sequence[Change]) -> str:
    """Return the units that came, went and are linked, the latest läsår first."""
    named = said.headings()
    rows = []
    for change in reversed(changes):
        before, after = Units.of(change.before), Units.of(change.after)
        rows.append(list(said.row(change.years, before, after, change.found, change.links).values()))
    words_in = [at for at, name in enumerate(named) if name != "same"]
    label = _("Units that are new, gone and linked")
    return (
        markup.title(label)
        + markup.table(label, list(named.values()), rows, words=words_in)
        + markup.note(
            _(
                "A school is followed by its school unit code. A unit whose code changed, was split or was merged "
                "can be linked here: then it is followed, with pupil-weighted shares where units are put together. "
                "What is shared out is always the table as it is."
            )
        )
    )


def _linking(code: str, changes: Sequence[Change]) -> None:
    """Offer what may be linked between two läsår, and what is."""
    named = {change.years: said.choice(change.years, change.found) for change in reversed(changes)}
    st.html(markup.title(_("Link units")))
    years = st.selectbox(
        _("From one läsår to the next"),
        options=list(named),
        format_func=lambda years: named.get(years, " – ".join(years)),
        key=f"years.change.{words.language()}",
        width=420,
    )
    change = next((one for one in changes if one.years == years), changes[-1])
    before, after = Units.of(change.before), Units.of(change.after)
    _faults()
    suggested = linking.suggestions(change.before, change.after, change.links)
    if suggested:
        st.html(markup.note(_("These may be the same school. Nothing is linked until you say so.")))
    for one in suggested[:MOST_SHOWN]:
        _line(said.suggestion(one, before, after), _("Link"), _accept, (code, change.years, one.link))
    if len(suggested) > MOST_SHOWN:
        more = len(suggested) - MOST_SHOWN
        st.html(markup.note(ngettext("and {count} more suggestion", "and {count} more suggestions", more)))
    if not suggested and (change.found.new or change.found.gone):
        st.html(markup.note(_("There is nothing to suggest: neither names nor numbers of pupils are alike.")))
    if change.links:
        st.html(markup.note(_("These are linked.")))
    for link in change.links[:MOST_SHOWN]:
        _line(said.link(link, before, after), _("Take away"), _remove, (code, change.years, link))
    for link in change.lost[:MOST_SHOWN]:
        text = _("{link}: does not hold for these tables", link=said.link(link, before, after))
        _line(text, _("Take away"), _remove, (code, change.years, link))
    _by_hand(code, change, before, after)


def _line(text: str, label: str, done: Callable[[str, Years, Link], None], args: tuple[str, Years, Link]) -> None:
    """Write a line with a button after it."""
    link = args[-1]
    key = "-".join((*link.before, "to", *link.after))
    line = st.container(horizontal=True, vertical_alignment="center")
    line.html(markup.note(text), width="content")
    line.button(label, key=f"years.link.{key}", on_click=done, args=args)


def _by_hand(code: str, change: Change, before: Units, after: Units) -> None:
    """Let the reader link what nothing speaks for."""
    spoken = words.language()
    taken = {unit for link in change.links for unit in (*link.before, *link.after)}
    sides = ((change.before, before, change.found.gone), (change.after, after, change.found.new))
    with st.form("years.link", clear_on_submit=True):
        columns = st.columns(2)
        keys = []
        for column, year, (composition, units, first) in zip(columns, change.years, sides, strict=True):
            alone = set(first)
            options = sorted(
                (unit for unit in composition.codes if unit not in taken),
                key=lambda unit: (unit not in alone, words.sorting(units.names[unit])),
            )
            keys.append(f"years.units.{year}.{spoken}")
            column.multiselect(
                _("Units in {year}", year=year),
                options=options,
                format_func=units.one,
                key=keys[-1],
                placeholder=_("Choose one or several"),
            )
        st.form_submit_button(_("Link by hand"), on_click=_by_hand_done, args=(code, change, *keys))


def _by_hand_done(code: str, change: Change, before_key: str, after_key: str) -> None:
    link = Link(tuple(st.session_state[before_key]), tuple(st.session_state[after_key]))
    faults = linking.faults(change.before, change.after, (*change.links, link))
    if faults:
        st.session_state[_FAULTS] = faults
    else:
        _accept(code, change.years, link)


def _accept(code: str, years: Years, link: Link) -> None:
    _kept(lambda: kept_links.add(code, years, link))


def _remove(code: str, years: Years, link: Link) -> None:
    _kept(lambda: kept_links.remove(code, years, link))


def _kept(write: Callable[[], None]) -> bool:
    """Write to the store; what is wrong with it is said."""
    faults: tuple[Fault, ...] = ()
    try:
        write()
    except SocioError as error:
        faults = error.faults
    st.session_state[_FAULTS] = faults
    return not faults


def about(screen: Screen) -> None:
    """Say what the table is – whose, of which läsår, measured when, from where, which pupils – and let it be said.

    Only an own table can be described; a published one says itself what it is (R059).
    """
    offer = screen.loaded.offer
    st.html(markup.title(_("About the table")))
    kept = next((one for one in _stored() if one.key == offer.key), None)
    if kept is None or not offer.own:
        st.html(markup.note(*said.about(year=offer.year, **_published(screen))))
        return
    names = _names()
    suggested = None if kept.code else _whose(screen)
    with st.form("about"):
        _one_of(
            _("Municipality"),
            sorted(names, key=lambda code: words.sorting(names[code])),
            kept.code or (suggested[0] if suggested else ""),
            key=f"about.municipality.{kept.key}",
            format_func=lambda code: names.get(code, code),
            accept_new_options=True,
            placeholder=_("Choose, or write another"),
        )
        if suggested:
            st.html(
                markup.note(
                    _(
                        "Suggested by the school unit codes: {units} of {all} are {municipality}'s.",
                        units=written.number(suggested[1]),
                        all=written.number(len(screen.loaded.composition)),
                        municipality=names[suggested[0]],
                    )
                )
            )
        _one_of(
            _("School year"), _school_years(), kept.year, key=f"about.year.{kept.key}", placeholder=_("Choose a läsår")
        )
        for name, label, example in (
            ("measured", _("Measurement date"), "2025-10-15"),
            ("source", _("Source"), "SCB"),
            ("base", _("Pupil base"), "åk 1–9"),
        ):
            st.text_input(
                label,
                value=getattr(kept.about, name),
                placeholder=example,
                max_chars=200,
                key=f"about.{name}.{kept.key}",
            )
        codings = {
            "": _("not known"),
            "highest": _("the parent with the most education"),
            "both": _("both parents' weighed together"),
        }
        st.selectbox(
            _("Parents' education is counted by"),
            list(codings),
            index=list(codings).index(kept.about.names.get("coding", "")),
            format_func=lambda coding: codings[coding],
            key=f"about.coding.{kept.key}",
        )
        st.form_submit_button(_("Save"), on_click=_describe, args=(kept,))
    _faults()


def _faults() -> None:
    """Say once what was wrong with what was last asked for."""
    found = st.session_state.pop(_FAULTS, ())
    if found:
        components.faults(found)


def _one_of(label: str, options: list[str], current: str, **more: Any) -> None:  # noqa: ANN401 - of st.selectbox
    """Let one be chosen; what stands now may be another than those on offer."""
    known = options if current in options or not current else [current, *options]
    st.selectbox(label, options=known, index=known.index(current) if current else None, **more)


def _names() -> dict[str, str]:
    """Return the municipalities that there are published tables of, by code."""
    found = cache.offers().values()
    return {one.code: one.municipality for one in found if not one.own and one.code != cache.COUNTRY}


def _stored() -> tuple[store.Kept, ...]:
    try:
        return store.kept()
    except StoreError:
        return ()


def _describe(kept: store.Kept) -> None:
    """Keep what was said of a table, and show it in its municipality's series."""
    given = {
        name: str(st.session_state[f"about.{name}.{kept.key}"] or "").strip()
        for name in ("municipality", "year", "measured", "source", "base", "coding")
    }
    names = _names()
    codes = {words.sorting(name): code for code, name in names.items()}
    whose = given["municipality"]
    code = whose if whose in names else codes.get(words.sorting(whose), whose)  # one that is not known is its own code
    if _kept(
        lambda: store.describe(
            kept.key,
            municipality=names.get(code, code),
            code=code,
            year=given["year"],
            about=replace(
                kept.about,
                measured=given["measured"],
                source=given["source"],
                base=given["base"],
                names={**kept.about.names, "coding": given["coding"]},
            ),
        )
    ):
        cache.load.clear()
        state.paid_of.clear()
        state.reopen(state.query())


def _published(screen: Screen) -> dict[str, str]:
    offer = screen.loaded.offer
    known = {f"{one.code}-{one.year.replace('/', '-')}": one.date for one in library.datasets()}
    return {
        "measured": known.get(offer.key, f"{offer.year[:4]}-10" if offer.year else ""),
        "source": screen.loaded.composition.source,
        "base": _("year groups 1–9, and förskoleklass for the money") if offer.year else "",
    }


def _school_years() -> list[str]:
    """List the läsår that can be chosen, the latest first."""
    return [f"{autumn}/{(autumn + 1) % 100:02d}" for autumn in range(datetime.now(UTC).year + 1, FIRST_YEAR - 1, -1)]


def _whose(screen: Screen) -> tuple[str, int] | None:
    """Suggest whose schools a table has: the municipality of most of its codes, and how many they are."""
    try:
        known = _municipalities(store.revision())
    except StoreError:
        return None
    codes = screen.loaded.composition.codes
    found = Counter(known[code] for code in codes if code in known).most_common(1)
    return found[0] if found and 2 * found[0][1] > len(codes) else None


@lru_cache(maxsize=2)
def _municipalities(_revision: int) -> dict[str, str]:
    """Find the municipality of each unit in the latest published table of each."""
    latest: dict[str, Offer] = {}
    for offer in cache.offers().values():
        if not offer.own and offer.code != cache.COUNTRY and offer.year >= getattr(latest.get(offer.code), "year", ""):
            latest[offer.code] = offer
    return {unit: code for code, offer in latest.items() for unit in _units(offer)}


def _units(offer: Offer) -> list[str]:
    """List the codes of a published table; of a kept one without reading all that it says."""
    shipped = {f"{one.code}-{one.year.replace('/', '-')}": one for one in library.datasets()}
    if offer.key in shipped:
        return list(library.read(shipped[offer.key]).codes)
    return [line.partition(";")[0] for line in store.read(offer.key).decode().splitlines()[1:]]
