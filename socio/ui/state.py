"""State: one view a session, changed only here; every session key has its one place."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from hashlib import sha256
from secrets import token_hex
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

import numpy as np
import streamlit as st

from socio import measures
from socio import scenario as scenario_file
from socio.allocation import Result, allocate
from socio.errors import Fault, ScenarioError, SocioError, Words, words
from socio.measures import Baseline, Change, Spread
from socio.scenario import Redistribution
from socio.ui import cache
from socio.view import address, dials
from socio.view import words as language
from socio.view.address import BaselineName, View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from socio.composition import Composition
    from socio.intake.results import Results
    from socio.remarks import Compensation
    from socio.scenario import Scenario
    from socio.ui.pending import Pending

FIRST = "0126-2018-19"
"""The table that the program opens with: Huddinge, spring 2019."""

_SESSION = "socio"
STEPS = 200
"""How many steps back one can go."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Screen:
    """All that a page shows.

    Attributes
    ----------
    view
        What is chosen.
    loaded
        The table.
    composition
        Its schools that are in.
    left_out
        Names of the schools without an amount today that are not in.
    result, spread
        What the schools get, and how much is moved.
    start
        The result at the start.
    baseline, baseline_name
        What is compared with; None where there is nothing to compare with.
    change
        Result against baseline.
    misplaced
        Share of the pot that the starting setting pays to other schools than today; None without amounts.
    before
        The view before the last change, where that moved no krona; None otherwise.
    notices
        What was clamped or could not be opened.
    """

    view: View
    loaded: cache.Loaded
    composition: Composition
    left_out: tuple[str, ...]
    result: Result
    spread: Spread
    start: Result
    baseline: Baseline | None
    baseline_names: tuple[BaselineName, ...]
    change: Change | None
    misplaced: float | None
    before: View | None
    notices: tuple[Words, ...]


@dataclass(slots=True, eq=False)
class Session:
    """All that a session remembers.

    It is one plain object: Streamlit may stop a run at any look into its own state, and what is half
    done then must not be half remembered.

    Attributes
    ----------
    screen
        What is chosen, and what it shows.
    key
        Tells this session from an earlier one that the same browser page may still speak to.
    past
        Views to go back to, the last at the end.
    steps
        How many steps were taken in all; the browser keeps one address for each.
    taken
        Number of the last act that was taken.
    gesture
        Of the last move: what is dragged in one movement is one step back.
    results
        Results of the schools, where a file of them was taken in; kept for this session only.
    pending
        The file that the user is asked about.
    compensations
        What the schools get for some needs besides; kept for this session only.
    page
        Which page is shown.
    spoken
        The language and the page in which each native widget last stood.
    """

    screen: Screen
    key: str = field(default_factory=lambda: token_hex(4))
    past: deque[View] = field(default_factory=lambda: deque(maxlen=STEPS))
    steps: int = 0
    taken: int = 0
    gesture: int = 0
    results: Results | None = None
    pending: Pending | None = None
    compensations: tuple[Compensation, ...] = ()
    page: str = ""
    spoken: dict[str, str] = field(default_factory=dict)


def begin() -> Screen:
    """Return what the page shows, opening its address where the session is new."""
    if _SESSION not in st.session_state:
        screen = _opened({name: st.query_params.get_all(name) for name in st.query_params})
        st.session_state[_SESSION] = Session(screen=screen)
    return here()


def reopen(query: str) -> None:
    """Go to the view of an address, as the browser does when one goes back or forward."""
    session = of_session()
    try:
        session.screen = _opened(parse_qs(query))
    except SocioError as error:
        session.screen = shown(session.screen.view, None, [_sentence(fault) for fault in error.faults])


def _opened(parameters: Mapping[str, list[str]]) -> Screen:
    language.use(address.language_of(parameters))
    view, notices = opened(parameters)
    return shown(view, None, notices)


def of_session() -> Session:
    """Return what this session remembers."""
    session: Session = st.session_state[_SESSION]
    return session


def here() -> Screen:
    """Return what is on screen; the language is the session's from now on."""
    session = of_session()
    language.use(session.screen.view.language)
    return session.screen


def hold(key: str, value: object) -> None:
    """Let a native widget show a value.

    What it shows already is not set again: a value set anew overrides what the reader has chosen meanwhile.
    In another language it is: a list in the browser knows its choice by what it is called.
    """
    session = of_session()
    spoken, now = session.spoken, f"{language.language()} {session.page}"  # on another page it is a new widget
    if key not in st.session_state or st.session_state[key] != value or spoken.get(key) != now:
        st.session_state[key] = value
    spoken[key] = now


def query() -> str:
    """Return the parameters of the address that reopens exactly this view."""
    return urlencode(address.write(of_session().screen.view), doseq=True)


def move(view: View, *notices: Words, gesture: int = 0) -> None:
    """Move to another view; the one before can be had back.

    Parameters
    ----------
    view : View
    notices : Words
        What to say of it.
    gesture : int, optional
        Moves with the same number, other than 0, are one step.
    """
    session = of_session()
    before = session.screen.view
    try:
        session.screen = shown(view, session.screen, list(notices))
    except SocioError as error:
        session.screen = shown(before, session.screen, [_sentence(fault) for fault in error.faults])
    if session.screen.view == before:
        return
    if not gesture or gesture != session.gesture:
        session.past.append(before)
        session.steps += 1
    session.gesture = gesture


def undo() -> None:
    """Go back to the view before."""
    session = of_session()
    if session.past:
        session.screen = shown(session.past.pop(), None, [])
        session.steps += 1


def reset() -> None:
    """Go back to the start of this table."""
    screen = here()
    move(replace(screen.view, scenario=start_scenario(screen.loaded, screen.composition)))


def restore(name: str) -> None:
    """Set one parameter back to the start."""
    screen = here()
    scenario = dials.restored(name, start_scenario(screen.loaded, screen.composition), screen.view.scenario)
    move(replace(screen.view, scenario=scenario))


def choose(**chosen: Any) -> None:  # noqa: ANN401 - the fields of a View
    """Change what is chosen beside the scenario."""
    move(replace(here().view, **chosen))


def decide(scenario: Scenario, *notices: Words, gesture: int = 0) -> None:
    """Change the scenario; it is no longer what somebody proposed."""
    move(replace(here().view, scenario=replace(scenario, proposed_by="")), *notices, gesture=gesture)


def open_table(key: str) -> None:
    """Open another table at the same kronor per pupil (docs/method.md §4).

    Of the same municipality the setting is kept as it is written; another one begins at its own start.
    """
    screen = here()
    try:
        loaded = cache.load(key)
    except SocioError as error:
        move(screen.view, *(fault.wrong for fault in error.faults))
        return
    start = start_of(loaded)
    same = loaded.offer.code == screen.loaded.offer.code and not loaded.offer.own
    if same and _fits(screen.view.scenario, loaded.composition):
        scenario = replace(screen.view.scenario, year=loaded.start.year)
        said = _same_pot(screen.result.average, scenario, int(paid(loaded).pupils_paid.sum()))
    else:
        pupils = int(paid(loaded).pupils_paid.sum())
        pot = dials.same_per_pupil(loaded.start.pot, screen.result.average, pupils)
        scenario, said = replace(loaded.start, pot=pot), []
    view = replace(screen.view, dataset=key, scenario=scenario, everyone=False, school="", baseline=start.baseline)
    move(view, *said)


def _same_pot(before: float, scenario: Scenario, pupils: int) -> list[Words]:
    """Say where the pot stands in kronor while the pupils are others: kronor per pupil are not what they were."""
    after = scenario.pot.total_for(pupils) / pupils
    if round(after) == round(before):
        return []
    sentence = words(
        "The pot is the same in kronor, and the pupils are others: {before} kr per pupil is now {after}.",
        before=round(before),
        after=round(after),
    )
    return [sentence]


def _fits(scenario: Scenario, composition: Composition) -> bool:
    """Tell whether the table has the factors that a scenario weighs."""
    known = {factor.name: set(factor.categories) for factor in composition.factors}
    weights = scenario.need.weights
    ready = scenario.need.method == "weights" or scenario.need.method in composition.ready
    return ready and all(set(given) == known.get(factor) for factor, given in weights.items())


def include(*, everyone: bool) -> None:
    """Take the schools without an amount today in or out, at the same kronor per pupil."""
    screen = here()
    composition = screen.loaded.composition if everyone else paid(screen.loaded)
    pot = screen.view.scenario.pot
    if pot.share is None:
        pot = dials.same_per_pupil(pot, screen.result.average, int(composition.pupils_paid.sum()))
    move(replace(screen.view, everyone=everyone, scenario=replace(screen.view.scenario, pot=pot)))


def opened(parameters: Mapping[str, list[str]]) -> tuple[View, list[Words]]:
    """Open an address: what it names, or the start, and what could not be opened."""
    key = address.dataset_of(parameters) or FIRST
    notices = []
    try:
        loaded = cache.load(key)
    except SocioError:
        notices.append(
            words("The link names a table that is not on this computer ({key}); Huddinge is shown instead.", key=key)
        )
        loaded = cache.load(FIRST)
        parameters = {name: parameters[name] for name in ("sprak",) if name in parameters}
    view, found = address.read(parameters, start_of(loaded), loaded.composition)
    return view, notices + found


def start_of(loaded: cache.Loaded) -> View:
    """Return what a table opens with."""
    today = loaded.composition.old_rate is not None
    return View(
        dataset=loaded.offer.key,
        scenario=loaded.start,
        baseline="today" if today else "equal",
        language=language.language(),
    )


def shown(view: View, last: Screen | None, notices: list[Words]) -> Screen:
    """Compute all that a view shows; bounds that cannot hold give way, and say so."""
    loaded = cache.load(view.dataset)
    old = loaded.composition.old_rate
    absent = np.zeros(len(loaded.composition), dtype=bool) if old is None else np.isnan(old)
    composition = loaded.composition if view.everyone else paid(loaded)
    if view.school and view.school not in composition.codes:
        view = replace(view, school="")
    result, view = _settled(composition, view, notices)
    start = allocate(composition, start_scenario(loaded, composition), composition.old_rate)
    names = baseline_names(loaded, composition)
    if view.baseline not in names:
        view = replace(view, baseline=names[0])
    baseline = _baseline(view, loaded, result, start)
    unchanged = (
        last is not None
        and last.view.scenario != view.scenario
        and (last.view.dataset, last.view.everyone) == (view.dataset, view.everyone)
        and np.array_equal(last.result.amount, result.amount)
    )
    today, misplaced = _today(composition), None
    if today is not None:
        here = measures.change(start, today)
        misplaced = here.moved / here.baseline_pot if here.baseline_pot else None
    return Screen(
        view=view,
        loaded=loaded,
        composition=composition,
        left_out=()
        if view.everyone
        else tuple(name for name, gone in zip(loaded.composition.names, absent, strict=True) if gone),
        result=result,
        spread=measures.spread(result),
        start=start,
        baseline=baseline,
        baseline_names=names,
        change=None if baseline is None else measures.change(result, baseline),
        misplaced=misplaced,
        before=last.view if unchanged and last is not None else None,
        notices=tuple(notices),
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def paid_of(key: str) -> Composition:
    """Return the schools of a table that have an amount today, or all where none has."""
    composition = cache.load(key).composition
    return composition if composition.old_rate is None else composition.only(~np.isnan(composition.old_rate))


def paid(loaded: cache.Loaded) -> Composition:
    """Return the schools that have an amount today, or all where none has."""
    return paid_of(loaded.offer.key)


def start_scenario(loaded: cache.Loaded, composition: Composition) -> Scenario:
    """Return the start for the schools that are in: with others in, kronor per pupil are kept."""
    some = paid(loaded)
    if len(some) == len(composition):
        return loaded.start
    average = loaded.start.pot.total_for(int(some.pupils_paid.sum())) / some.pupils_paid.sum()
    pot = dials.same_per_pupil(loaded.start.pot, float(average), int(composition.pupils_paid.sum()))
    return replace(loaded.start, pot=pot)


def _settled(composition: Composition, view: View, notices: list[Words]) -> tuple[Result, View]:
    """Allocate; a bound that cannot hold is set to the number that would do."""
    for _attempt in range(3):
        try:
            return allocate(composition, view.scenario, composition.old_rate), view
        except ScenarioError as error:
            fault = error.faults[0]
            number = fault.allowed.facts.get("number")
            if fault.key is None or not isinstance(number, float):
                raise
            shown = round(number, 2)
            given = view.scenario.redistribution
            changed, said = {
                "minimum": (
                    replace(given, minimum=number),
                    words(
                        "The pot is not enough for that lowest amount: it is set to {number} kr per pupil.",
                        number=shown,
                    ),
                ),
                "cap": (
                    replace(given, cap=number),
                    words("The pot cannot be spent under that cap: it is set to {number} kr per pupil.", number=shown),
                ),
                "deduction": (
                    replace(given, deduction=number),
                    words(
                        "Less than equal per pupil is not possible: the deduction is set to {number} kr per pupil.",
                        number=shown,
                    ),
                ),
            }[fault.key.rpartition(".")[2]]
            notices.append(said)
            view = replace(view, scenario=replace(view.scenario, redistribution=changed))
    return allocate(composition, view.scenario, composition.old_rate), view


def baseline_names(loaded: cache.Loaded, composition: Composition) -> tuple[BaselineName, ...]:
    """List what a result can be compared with."""
    names: list[BaselineName] = ["equal", "start"]
    if composition.old_rate is not None and not np.isnan(composition.old_rate).all():
        names.insert(0, "today")
    if cache.previous(loaded.offer) is not None:
        names.append("last_year")
    return tuple(names)


def _baseline(view: View, loaded: cache.Loaded, result: Result, start: Result) -> Baseline | None:
    composition = result.composition
    if view.baseline == "today":
        return _today(composition)
    if view.baseline == "start":
        return Baseline(amount=start.amount.astype(float), pupils=composition.pupils_paid.astype(float))
    if view.baseline == "equal":
        scenario = replace(view.scenario, redistribution=Redistribution(degree=0.0), phase_in=None)
        equal = allocate(composition, scenario)
        return Baseline(amount=equal.amount.astype(float), pupils=composition.pupils_paid.astype(float))
    earlier = cache.previous(loaded.offer)
    if earlier is None:
        return None
    before = cache.load(earlier.key).composition
    mine = np.isin(before.codes, composition.codes) if len(composition) < len(loaded.composition) else None
    before = before if mine is None or not mine.any() else before.only(mine)
    try:
        then = allocate(before, replace(view.scenario, phase_in=None))
    except ScenarioError:
        return None
    at = {code: row for row, code in enumerate(before.codes)}
    rows = [at.get(code, -1) for code in composition.codes]
    found = np.array(rows) >= 0
    amount = np.where(found, then.amount[rows], np.nan)
    pupils = np.where(found, before.pupils_paid[rows], np.nan)
    missing = tuple(
        name for code, name in zip(before.codes, before.names, strict=True) if code not in set(composition.codes)
    )
    return Baseline(amount=amount, pupils=pupils, missing=missing)


def _today(composition: Composition) -> Baseline | None:
    """Return today's amounts; where only a rate is known, what it gives today's pupils."""
    if composition.old_rate is None:
        return None
    paid = composition.pupils_paid.astype(float)
    if composition.old_amount is None:
        return Baseline(amount=composition.old_rate * paid, pupils=paid)
    amount, rate = composition.old_amount, composition.old_rate
    pupils = np.divide(amount, rate, out=paid.copy(), where=rate > 0)  # at 0 kr the old pupils do not show
    return Baseline(amount=amount, pupils=np.where(np.isnan(amount), np.nan, pupils))


def forget() -> None:
    """Begin anew, where nothing else helps."""
    st.session_state.pop(_SESSION, None)
    st.query_params.clear()


def fingerprint(scenario: Scenario) -> str:
    """Return the scenario's fingerprint, eight hexadecimal digits."""
    return sha256(scenario_file.write(scenario).encode()).hexdigest()[:8]


def _sentence(fault: Fault) -> Words:
    """Return a fault as a notice."""
    return words("That is not possible: {what}.", what=language.line(fault))
