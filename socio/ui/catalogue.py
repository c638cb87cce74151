"""Catalogue: what each factor is, what is compensated elsewhere, and remarks on the table."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

import streamlit as st

from socio import need
from socio import remarks as rules
from socio.errors import ScenarioError, SocioError
from socio.remarks import COVERS, Compensation, Kind, Subject
from socio.ui import cache, markup, outcome, state
from socio.view import catalogue
from socio.view import remarks as said
from socio.view.words import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterable

    from socio.composition import Array, Composition, Factor
    from socio.ui.material import Material
    from socio.view.catalogue import Entry

MOST_GAPS: Final = 300
"""Rows of the table of shares that are not published; the rest is counted."""
LONGEST_NAME: Final = 80
MOST_YEARS: Final = 20


def show(screen: state.Screen, found: Material) -> None:
    """Show the catalogue of factors, what is compensated elsewhere, and what can be taken out."""
    st.html(markup.title(_("Factors: what they are, and what to know of them")) + _advice(found))
    st.html(_entries(found))
    st.html(_register_head())
    _register(found)
    st.html(_files(screen))


def remarks_of(screen: state.Screen, found: Material) -> None:
    """Show what a good colleague would remark on, and what was put where a share is not published."""
    lines = [
        said.line(one)
        for one in rules.remarks(
            found.composition,
            earlier=_earlier(screen),
            weights=_weights(screen, found.composition),
            minimum_pupils=screen.view.scenario.need.minimum_pupils,
        )
    ]
    before = cache.previous(screen.loaded.offer)
    coding = None if before is None else rules.recoded(before.coding, screen.loaded.offer.coding)
    lines += [] if coding is None else [said.line(coding)]
    if lines:
        st.html(markup.title(_("Worth a look")) + _listed(lines))
    st.html(_gaps(found.composition))


def _earlier(screen: state.Screen) -> Composition | None:
    """Return the same municipality's table of the läsår before, where there is one that can be read."""
    earlier = cache.previous(screen.loaded.offer)
    if earlier is None:
        return None
    try:
        return cache.load(earlier.key).composition
    except SocioError:  # a kept table that cannot be read any more says so when it is opened
        return None


def _weights(screen: state.Screen, composition: Composition) -> Array | None:
    decided = screen.view.scenario.need
    if decided.method != "weights":
        return None
    try:
        return need.weights_for(composition, decided)
    except ScenarioError:
        return None


def _advice(found: Material) -> str:
    """Return what the two factors of migration say of each other (R049), and which factors the catalogue lacks."""
    factors = found.composition.factors
    there = catalogue.in_table(factors)
    newly = frozenset({Subject.NEWLY, Subject.YEARS})
    pair = None if found.correlation is None else rules.following(found.correlation, Subject.BACKGROUND, newly)
    unknown = [factor.name for factor in factors if catalogue.entry_of(factor.name, factor.categories) is None]
    return markup.note(
        catalogue.newly_arrived(pair, has_background=Subject.BACKGROUND in there, has_newly=bool(there.keys() & newly)),
        _("Not in the catalogue: {factors}.", factors=", ".join(unknown)) if unknown else "",
    )


def _entries(found: Material) -> str:
    """Return the catalogue: the table's factors first, then others, and last what measures no need."""
    there = catalogue.in_table(found.composition.factors)
    known = catalogue.entries().values()
    groups = {
        _("In this table"): [entry for entry in known if entry.subject in there],
        _("Other factors"): [entry for entry in known if entry.subject not in there and entry.is_need],
        _("Not a measure of need"): [entry for entry in known if entry.subject not in there and not entry.is_need],
    }
    return "".join(
        markup.tag("h3", escape(name), class_="socio-title")
        + "".join(_entry(entry, there.get(entry.subject, []), found) for entry in group)
        for name, group in groups.items()
        if group
    )


def _entry(entry: Entry, factors: Iterable[Factor], found: Material) -> str:
    """Return one entry, folded; the municipality's own shares stand beside its name."""
    varying = {one.factor: one for one in found.screened.factors}
    own = [
        f"{factor.name}: {catalogue.shares(varying[factor.name])}" if factor.name in varying else factor.name
        for factor in factors
    ]
    head = markup.tag("strong", escape(entry.name)) + "".join(f" – {escape(text)}" for text in own)
    parts = {
        _("What it is"): [entry.definition],
        _("Categories"): [
            f"{category}: {catalogue.meaning(entry.factor.name, category)}" for category in entry.factor.categories
        ]
        if entry.factor
        else [],
        _("What to know"): [*entry.caveats, catalogue.influence(entry)],
        _("To decide and write down"): list(entry.checklist),
        _("May be compensated elsewhere"): [catalogue.compensation(kind) for kind in entry.compensations],
        _("Source"): [entry.source],
    }
    body = "".join(
        markup.tag("dt", escape(name)) + "".join(markup.tag("dd", escape(text)) for text in texts)
        for name, texts in parts.items()
        if texts
    )
    return markup.tag(
        "details", markup.tag("summary", head) + markup.tag("dl", body), class_="socio-entry", id=entry.subject.value
    )


def _register_head() -> str:
    return markup.title(_("Needs that are compensated elsewhere")) + markup.note(
        _(
            "The same need is not to be compensated twice. Say which other compensations the schools get, and the "
            "factors that count the same pupils are named. It is kept for this session only."
        )
    )


def _register(found: Material) -> None:
    """Take in other compensations, list them, and name what they cover already (R033, R051)."""
    names = {kind.value: catalogue.compensation(kind) for kind in Kind}
    subjects = {subject.value: entry.name for subject, entry in catalogue.entries().items() if entry.is_need}
    with st.form("compensation", clear_on_submit=True):
        left, right = st.columns(2)
        left.selectbox(_("Compensation"), options=list(names), format_func=names.__getitem__, key="compensation.kind")
        right.text_input(_("What it is called here"), max_chars=LONGEST_NAME, key="compensation.name")
        left.multiselect(
            _("Which needs it covers"),
            options=list(subjects),
            format_func=subjects.__getitem__,
            placeholder=_("Those it usually covers"),
            key="compensation.covers",
        )
        right.number_input(
            _("The first so many years in Sweden"),
            min_value=1,
            max_value=MOST_YEARS,
            value=None,
            step=1,
            placeholder=_("No limit"),
            key="compensation.years",
        )
        st.form_submit_button(_("Add"), key="compensation.add", on_click=_add)
    held = state.of_session().compensations
    for at, one in enumerate(held):
        st.html(_listed([_described(one, subjects)]))
        st.button(
            _("Take away: {name}", name=names[one.kind.value]),
            key=f"compensation.remove.{at}",
            on_click=_remove,
            args=(at,),
            type="tertiary",
        )
    twice = [catalogue.overlap(one) for one in rules.overlaps(found.composition.factors, held)]
    if twice:
        st.html(markup.notices(twice))
    elif held:
        st.html(markup.note(_("None of them covers what a factor in this table is counted for.")))


def _add() -> None:
    chosen = st.session_state
    kind = Kind(chosen["compensation.kind"])
    covers = frozenset(Subject(name) for name in chosen["compensation.covers"])
    session = state.of_session()
    session.compensations += (
        Compensation(
            kind=kind,
            name=chosen["compensation.name"].strip(),
            covers=covers or COVERS[kind],
            years=chosen["compensation.years"],
        ),
    )


def _remove(at: int) -> None:
    session = state.of_session()
    session.compensations = (*session.compensations[:at], *session.compensations[at + 1 :])


def _described(one: Compensation, subjects: dict[str, str]) -> str:
    """Say what a compensation covers."""
    covered = [name for subject, name in subjects.items() if Subject(subject) in one.covers]
    years = (
        ""
        if one.years is None
        else ngettext("the first year in Sweden", "the first {count} years in Sweden", one.years)
    )
    return _(
        "{name} covers: {what}.",
        name=one.name or catalogue.compensation(one.kind),
        what=", ".join(part for part in (*covered, years) if part) or "–",
    )


def _files(screen: state.Screen) -> str:
    return (
        markup.title(_("To take to the principals, and to those who fill in tables"))
        + outcome.links(
            _("Sheet and dictionary"),
            {
                "rektorsblad.pdf": _("Sheet for a principals' meeting (PDF)"),
                "dataordlista.xlsx": _("Data dictionary: every column (Excel)"),
            },
            state.query(),
        )
        + markup.note(
            _(
                "The sheet has each school's shares as in the table. Consider what should be in a public document "
                "before it is handed out."
            ),
            outcome.source(screen),
        )
    )


def _gaps(composition: Composition) -> str:
    """Return the table of shares that are not published as numbers, with what was put there."""
    summary = said.summary(composition)
    if not summary:
        return markup.title(_("All shares are published as numbers"))
    table = said.gaps(composition)
    rows = [[str(value) for value in row] for row in table.head(MOST_GAPS).itertuples(index=False)]
    named = said.headings()
    words_in = [at for at, name in enumerate(named) if name in {"school", "factor", "category", "marker"}]
    region = markup.table(summary, list(named.values()), rows, words=words_in, look="socio-fits")
    more = len(table) - MOST_GAPS
    return (
        markup.title(summary)
        + region
        + markup.note(
            ngettext("{count} more is not shown.", "{count} more are not shown.", more) if more > 0 else "",
            _(
                "Used is what the calculation takes, at least and at most what the share can be. “..” is fewer than "
                "ten pupils, “~100” nearly all, “.” not known."
            ),
        )
    )


def _listed(lines: Iterable[str]) -> str:
    return markup.tag("ul", "".join(markup.tag("li", escape(line)) for line in lines))
