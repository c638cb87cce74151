"""Register: the part of the page Underlag where a pupil register is counted to a table of schools."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from socio import measures
from socio.allocation import allocate
from socio.composition import SUPPRESSED_BELOW, Mark
from socio.errors import ScenarioError, SocioError, TableError
from socio.intake import census, sheets, workbook
from socio.intake import register as counting
from socio.measures import Baseline
from socio.storage import datasets as store
from socio.ui import cache, components, markup, state
from socio.view import dials, words
from socio.view import format as written
from socio.view.words import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from socio.composition import Composition
    from socio.errors import Fault
    from socio.intake.census import Choices, Look
    from socio.intake.register import Aggregate, Base, Small
    from socio.scenario import Scenario
    from socio.ui.state import Screen

OPEN: Final = "register"
"""The key of what the part is folded in; the session's other keys begin with it."""

_HELD: Final = f"{OPEN}.held"
_TURN: Final = f"{OPEN}.turn"
_SAID: Final = f"{OPEN}.said"

MOST_SHOWN: Final = 300
"""Schools that are shown before the rest is counted."""


@dataclass(slots=True, eq=False, kw_only=True)
class _Held:
    """What is known of the register that was given: numbers of pupils, and no pupil.

    Attributes
    ----------
    file, name
        Streamlit's name of the upload, and the file's own.
    sheet
        The sheet that was read; empty for the only one with something in it.
    look
        Its columns; None where it cannot be read.
    choices, counted
        Which column is what, and the counts that this gave by base.
    faults
        What is wrong with the file, or with what was asked of it.
    """

    file: str
    name: str
    sheet: str = ""
    look: Look | None = None
    choices: Choices | None = None
    counted: Mapping[Base, Aggregate] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()


def show(_screen: Screen) -> None:
    """Show where a pupil register is given, what it holds, what its counts are and what the choice of pupils moves."""
    _part()


@st.fragment(key=f"{OPEN}.part")
def _part() -> None:
    screen = state.here()  # takes up the session's language
    folded = st.expander(_("Count a pupil register"), key=OPEN, on_change="rerun")
    if folded.open:
        with folded:
            _opened(screen)


def _opened(screen: Screen) -> None:
    st.html(markup.note(*_advice()))
    turn = st.session_state.setdefault(_TURN, 0)
    given = st.file_uploader(
        _("A register with one row a pupil (CSV, Parquet or Excel)"),
        key=f"{OPEN}.file-{turn}",
        max_upload_size=census.MOST_BYTES // 1_000_000,
    )
    if given is None:
        st.session_state.pop(_HELD, None)
        if _SAID in st.session_state:
            st.html(markup.note(st.session_state[_SAID]))
        return
    held = _looked(given)
    if held.sheet or (held.look is None and sheets.is_workbook(given.getvalue())):
        st.text_input(_("Sheet of the workbook"), key=_key("sheet", held))
    if held.look is not None:
        _asked(screen, held, held.look, given)
    if held.faults:
        components.faults(held.faults)
    if held.counted and held.choices is not None:
        _answered(screen, held, held.choices)


def _advice() -> tuple[str, ...]:
    """Say what is thought of before a register is given, and how large it may be."""
    return (
        _(
            "One row a pupil becomes a table of schools. The register is read and counted in a process of its own, in "
            "memory only: numbers of pupils come out of it, and nothing of a single pupil is kept."
        ),
        _(
            "Ask a jurist before data on income support, or other data that are secret, are used – and before the "
            "composition of a school is handed out."
        ),
        _(
            "Fewer than {limit} pupils in a category may point somebody out: such numbers are marked, and can be "
            "hidden.",
            limit=written.number(SUPPRESSED_BELOW),
        ),
        _(
            "At most {megabytes} MB, {pupils} pupils and {columns} columns; of a workbook {rows} rows. A larger "
            "register is counted from the command line.",
            megabytes=written.number(census.MOST_BYTES // 1_000_000),
            pupils=written.number(census.MOST_ROWS),
            columns=written.number(census.MOST_COLUMNS),
            rows=written.number(workbook.MOST_ROWS),
        ),
    )


def _key(what: str, held: _Held) -> str:
    """Return the key of a widget that belongs to one upload."""
    return f"{OPEN}.{what}-{held.file}"


def _looked(given: UploadedFile) -> _Held:
    """Return what is known of an upload, looking into it where it is new or another sheet is chosen."""
    held = st.session_state.get(_HELD)
    if not isinstance(held, _Held) or held.file != given.file_id:
        held = None
    sheet = "" if held is None else str(st.session_state.get(_key("sheet", held), held.sheet)).strip()
    if held is None or held.sheet != sheet:
        held = _Held(file=given.file_id, name=given.name, sheet=sheet)
        with st.spinner(_("Reading {file} …", file=markup.plain(given.name)), show_time=True):
            _look(held, given.getvalue())
        st.session_state[_HELD] = held
    return held


def _look(held: _Held, content: bytes) -> None:
    try:
        held.look = census.look(content, held.name, sheet=held.sheet or None)
    except TableError as error:
        held.faults = error.faults


def _asked(screen: Screen, held: _Held, look: Look, given: UploadedFile) -> None:
    """Ask which column is what, with a suggestion, and count when told to."""
    found = census.suggestion(look, screen.loaded.offer.code)
    several = {column.name: column for column in look.columns}
    st.html(
        markup.note(
            _(
                "{file}: {pupils} pupils, {columns} columns. Which is what is suggested from the headings and from "
                "what the columns hold.",
                file=held.name,
                pupils=written.number(look.pupils),
                columns=written.number(len(look.columns)),
            )
        )
    )
    left, right = st.columns(2)
    with left:
        school = _column(_("School unit code"), "school", held, several, found.school)
    with right:
        name = _column(_("School's name"), "name", held, several, found.name)
    factors = st.multiselect(
        _("Factors"),
        options=[column for column, told in several.items() if told.distinct <= counting.MOST_CATEGORIES],
        default=found.factors,
        key=_key("factors", held),
    )
    if any(census.about_aid(factor) for factor in factors):
        st.html(markup.notices([_("Has a jurist been asked whether the data on income support may be used?")]))
    left, right = st.columns(2)
    with left:
        home = _column(_("Municipality where the pupil is registered"), "home", held, several, found.home)
    with right:
        label = _("The own municipality's code")
        municipality = _value(label, "municipality", held, several.get(home or ""), found.municipality)
    left, right = st.columns(2)
    with left:
        year = _column(_("Year, where the register has several"), "year", held, several, found.year)
    with right:
        chosen_year = _value(_("Which year"), "chosen-year", held, several.get(year or ""), None)
    choices = census.Choices(
        school=school or "",
        name=name,
        factors=tuple(factors),
        home=home,
        municipality=municipality,
        year=year,
        chosen_year=chosen_year,
        sheet=held.sheet or None,
    )
    whole = bool(school and factors and (home is None or municipality) and (year is None or chosen_year))
    if st.button(_("Count the pupils"), key=_key("count", held), type="primary", disabled=not whole):
        with st.spinner(_("Counting the pupils …"), show_time=True):
            _count(held, given.getvalue(), choices)
    elif choices != held.choices:
        held.counted, held.faults = {}, ()


def _column(label: str, what: str, held: _Held, columns: Mapping[str, object], suggested: str | None) -> str | None:
    names = list(columns)
    return st.selectbox(
        label,
        options=names,
        index=None if suggested is None else names.index(suggested),
        placeholder=_("No column"),
        key=_key(what, held),
    )


def _value(label: str, what: str, held: _Held, column: census.Column | None, first: str | None) -> str | None:
    """Choose one of a column's values, or write one; nothing is asked without a column."""
    if column is None:
        return None
    return st.selectbox(
        label,
        options=column.values,
        index=column.values.index(first) if first in column.values else None,
        placeholder=_("Choose or write"),
        accept_new_options=True,
        key=_key(f"{what}-{column.name}", held),
    )


def _count(held: _Held, content: bytes, choices: Choices) -> None:
    held.choices, held.counted, held.faults = choices, {}, ()
    try:
        held.counted = census.count(content, held.name, choices)
    except TableError as error:
        held.faults = error.faults


def _answered(screen: Screen, held: _Held, choices: Choices) -> None:
    """Show the counts as chosen, what the base moves, and offer them as a table."""
    base, small, below, hidden = _treatment(held)
    try:
        counted = counting.small_units(held.counted[base], small, below=below)
    except TableError as error:
        components.faults(error.faults)
        return
    st.html(
        markup.title(
            _(
                "{schools} schools, {pupils} pupils",
                schools=written.number(len(counted.codes)),
                pupils=written.number(int(counted.pupils_composition.sum())),
            )
        )
        + _preview(counted, hidden=hidden)
        + markup.note(*_remarks(counted, hidden=hidden))
    )
    if "own" in held.counted:
        st.html(_effect(screen, held.counted["all"], held.counted["own"]))
    if st.button(_("Use as table"), key=_key("use", held), type="primary"):
        _use(held.name, counting.written(counted, suppressed=hidden), choices)


def _treatment(held: _Held) -> tuple[Base, Small, int, bool]:
    """Ask whose composition it is, and what becomes of small units and of few pupils."""
    bases: dict[Base, str] = {"all": _("All pupils at the school"), "own": _("The municipality's own pupils only")}
    base: Base = "all"
    if "own" in held.counted:
        base = st.radio(
            _("Pupils behind the shares"), options=list(bases), format_func=bases.__getitem__, key=_key("base", held)
        )
    smalls: dict[Small, str] = {
        "keep": _("As they are"),
        "average": _("The municipality's mean"),
        "leave_out": _("Left out"),
    }
    left, right = st.columns(2)
    small = left.radio(
        _("Small units"), options=list(smalls), format_func=smalls.__getitem__, key=_key("small", held), horizontal=True
    )
    below = SUPPRESSED_BELOW
    if small != "keep":
        label = _("Small is fewer pupils than")
        below = right.number_input(label, min_value=2, max_value=500, value=below, key=_key("below", held))
    hidden = st.checkbox(
        _("Hide numbers under {limit} pupils (..)", limit=written.number(SUPPRESSED_BELOW)), key=_key("hidden", held)
    )
    return base, small, int(below), hidden


def _preview(counted: Aggregate, *, hidden: bool) -> str:
    """Return the table that comes out, in alphabetical order; few pupils have a star."""
    marks = counted.marks(suppressed=hidden)
    own = bool((counted.own != counted.pupils_composition).any())
    heads = [
        _("School"),
        _("School unit code"),
        _("Pupils"),
        *([_("Own pupils")] if own else []),
        *(f"{factor.name}: {category}" for factor in counted.factors for category in factor.categories),
    ]
    rows = []
    for at in _alphabetical(counted.names):
        pupils = [counted.pupils_composition[at], *([counted.own[at]] if own else [])]
        shown = [
            written.number(int(number)) + ("*" if few else "") if mark == Mark.KNOWN else counting.SHOWN[Mark(mark)]
            for number, few, mark in zip(counted.counts[at], counted.few[at], marks[at], strict=True)
        ]
        rows.append([counted.names[at], counted.codes[at], *(written.number(int(n)) for n in pupils), *shown])
    return markup.table(_("The table that comes out"), heads, rows, look="socio-fits")


def _alphabetical(names: Sequence[str]) -> list[int]:
    return sorted(range(len(names)), key=lambda at: words.sorting(names[at]))[:MOST_SHOWN]


def _remarks(counted: Aggregate, *, hidden: bool) -> list[str]:
    more, few = len(counted.codes) - MOST_SHOWN, int(counted.few.sum())
    said = []
    if more > 0:
        said.append(ngettext("{count} more school is not shown", "{count} more schools are not shown", more))
    if few and hidden:
        emptied = int((counted.marks(suppressed=True) == Mark.MISSING).sum())
        said.append(
            _(
                "Two dots (..) are fewer than {limit} pupils: {count} cells; {emptied} more are empty, since they "
                "would tell them.",
                limit=written.number(SUPPRESSED_BELOW),
                count=written.number(few),
                emptied=written.number(emptied),
            )
        )
    elif few:
        said.append(
            _(
                "A star (*) is fewer than {limit} pupils: {count} cells.",
                limit=written.number(SUPPRESSED_BELOW),
                count=written.number(few),
            )
        )
    return [*said, *(words.line(warning) for warning in counted.warnings)]


def _effect(screen: Screen, everyone: Aggregate, own: Aggregate) -> str:
    """Return what it moves in kronor to count the municipality's own pupils only."""
    title = markup.title(_("What the choice of pupils moves"))
    if not (own.pupils != own.own).any():
        return title + markup.note(_("Every pupil is the municipality's own: the choice moves nothing."))
    compositions = (everyone.composition(), census.aligned(own, everyone).composition())
    scenario = _setting(screen, compositions)
    if scenario is None:
        return title + markup.note(
            _("Neither the setting in use nor the example weights have a factor of the register: nothing is shared.")
        )
    before, after = (allocate(composition, scenario) for composition in compositions)
    pupils = before.composition.pupils_paid.astype(float)
    change = measures.change(after, Baseline(amount=before.amount.astype(float), pupils=pupils))
    rows = [
        [
            everyone.names[at],
            written.kronor(int(before.amount[at])),
            written.kronor(int(after.amount[at])),
            written.kronor(float(change.amount[at]), signed=True),
        ]
        for at in _alphabetical(everyone.names)
    ]
    heads = [_("School"), _("With all pupils"), _("With own pupils only"), _("Difference")]
    said = _(
        "With the own pupils only behind the shares, {moved} of {pot} are moved between the schools.",
        moved=written.kronor(change.moved),
        pot=written.kronor(before.pot),
    )
    which = (
        _("Shared with the setting in use, at {rate} per own pupil.", rate=written.kronor(screen.result.average))
        if scenario.need == screen.view.scenario.need
        else _(
            "The setting in use has other factors than the register: shared with example weights, at {rate} per own "
            "pupil.",
            rate=written.kronor(screen.result.average),
        )
    )
    return (
        title
        + markup.note(said, which)
        + markup.table(_("What the choice of pupils moves"), heads, rows, look="socio-fits")
    )


def _setting(screen: Screen, compositions: Sequence[Composition]) -> Scenario | None:
    """Return the setting in use where it fits the register, else the example, else none; kronor per pupil are kept."""
    pupils = int(compositions[0].pupils_paid.sum())
    for scenario in (screen.view.scenario, cache.example(compositions[0])):
        pot = dials.same_per_pupil(scenario.pot, screen.result.average, pupils)
        given = replace(scenario, pot=pot, phase_in=None)
        try:
            for composition in compositions:
                allocate(composition, given)
        except ScenarioError:
            continue
        return given
    return None


def _use(file: str, text: str, choices: Choices) -> None:
    """Keep the table of schools and open it; the register is let go."""
    name = " ".join(part for part in (_("{file}, counted", file=file), choices.chosen_year) if part)
    try:
        kept = store.keep_own(text.encode(), file=name)
    except SocioError as error:
        components.faults(error.faults)
        return
    cache.load.clear()
    state.paid_of.clear()
    state.open_table(kept.key)
    st.session_state[_SAID] = _("{file} is in use, and kept for next time. The register itself is let go.", file=name)
    st.session_state[_TURN] += 1
    st.rerun()
