"""Uploads: whatever file is given is recognised, taken in, and said what was made of it."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from socio import scenario as scenario_file
from socio.allocation import allocate
from socio.errors import Fault, ScenarioError, SocioError, TableError, words
from socio.intake import amounts, archives, outline, recognise, results, sheets, skolverket, tables, workbook
from socio.reports.faults import workbook as marked_workbook
from socio.storage import datasets as store
from socio.ui import cache, components, markup, pending, state
from socio.view import format as written
from socio.view import readings
from socio.view import words as language
from socio.view.words import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from socio.composition import Composition
    from socio.intake.recognise import Kind
    from socio.intake.tables import Intake

MOST_MARKED = 10_000_000
"""Bytes of a file that is offered back with its faults marked."""
MOST_NAMED = 8
"""Schools named before the rest is counted."""
MATERIAL: Final = "underlag"
"""The page on which it is said how a file is read."""


def take_in(
    files: Sequence[tuple[str, bytes]], told: Callable[[int, str], object] = lambda _at, _file: None
) -> tuple[list[str], tuple[Fault, ...]]:
    """Take files in: keep tables for next time, open the last of them, use a setting.

    Parameters
    ----------
    files : sequence of (name, content)
    told : callable, optional
        Is told the number and the name of each file before it is read.

    Returns
    -------
    said : list of str
        What was taken in, and how it was read.
    faults : tuple of Fault
        What was wrong with the others; nothing of those is kept, and the last one's reading is asked about.
    """
    said: list[str] = []
    faults: list[Fault] = []
    for at, (name, content) in enumerate(files):
        told(at, name)
        kind: Kind = "unknown"
        try:
            kind = recognise.recognise(content, name).kind
            said += _TAKEN[kind](name, content)
        except SocioError as error:
            faults += error.named(name).faults
            if kind in _ASKED and isinstance(error, TableError):
                pending.begin(name, content, _ASKED[kind])
    return said, tuple(faults)


def _setting(name: str, content: bytes) -> list[str]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wrong = words("the file is not text in UTF-8")
        raise ScenarioError([Fault(wrong=wrong, allowed=words("save it as UTF-8"), file=name)]) from error
    screen = state.here()
    given = scenario_file.read(text, name)
    allocate(screen.composition, given, screen.composition.old_rate)
    state.move(replace(screen.view, scenario=given))
    return [_("{file}: the setting {name} is in use.", file=name, name=given.name)]


def _national(name: str, content: bytes) -> list[str]:
    country = skolverket.read(content, name)
    places = [
        store.Municipality(name=place, code=code, text=country.layout(code))
        for code, place in country.municipalities.items()
    ]
    places.append(store.Municipality(name="Sverige", code=cache.COUNTRY, text=country.layout()))
    store.keep_national(places, year=country.year, file=name, fingerprint=store.fingerprint(content))
    _forget()
    offer = state.here().loaded.offer
    same = (one for one in cache.offers().values() if one.code == offer.code and not one.own)
    at = next((one.key for one in same if one.year == country.year), None)
    if at is not None:
        state.open_table(at)
    units = country.within()
    return [
        _(
            "Läsår {year}: {municipalities} municipalities, {units} school units, {pupils} pupils. Kept for next time.",
            year=country.year,
            municipalities=written.number(len(country.municipalities)),
            units=written.number(len(units)),
            pupils=written.number(sum(unit.pupils or 0 for unit in units)),
        )
    ]


def _own(name: str, content: bytes) -> list[str]:
    return keep(archives.opened(content), name, tables.read(content, name))


def _unknown(name: str, content: bytes) -> list[str]:
    """Ask what the columns of a table are."""
    pending.begin(name, content, "table")
    return [_("{file}: say what its columns are, and it is taken in.", file=name)]


def keep(content: bytes, name: str, read: Intake, *, how: str = "", replaces: str = "") -> list[str]:
    """Keep a table for next time and open it.

    Parameters
    ----------
    content : bytes
        The file.
    name : str
        What it is called.
    read : Intake
        What was read of it.
    how : str
        How it is read, as `socio.intake.mapping.Reading` writes it.
    replaces : str
        Key of the kept table that it stands for from now on; what was said of that is said of this.

    Returns
    -------
    list of str
        What was kept, and how it was read.
    """
    before = next((one for one in store.kept() if one.key == replaces), None)
    kept = store.keep_own(
        content,
        file=name,
        how=how,
        municipality=before.municipality if before else "",
        code=before.code if before else "",
        year=before.year if before else "",
        about=before.about if before else None,
    )
    if before is not None and before.key != kept.key:
        store.forget(before.key)
    _opened(kept.key)
    return [_kept(name, read.composition), readings.read_as(read)]


def _opened(key: str) -> None:
    """Open a table that was just kept."""
    _forget()
    state.open_table(key)


def _forget() -> None:
    cache.load.clear()
    state.paid_of.clear()


def _kept(name: str, composition: Composition) -> str:
    return _(
        "{file}: {schools} schools, {pupils} pupils. Kept for next time.",
        file=name,
        schools=written.number(len(composition)),
        pupils=written.number(float(composition.pupils_paid.sum())),
    )


def _outlined(name: str, content: bytes) -> list[str]:
    """Take in a table laid out as the guide's Tabell 1; without pupils it gives no kronor, and says so."""
    read = outline.read(content, name)
    if read.questions:
        raise TableError(read.questions)
    return outlined(name, read)


def outlined(name: str, read: outline.Outline, pupils: Mapping[str, int] | None = None) -> list[str]:
    """Keep a table laid out as Tabell 1, with the pupils where it lacks them."""
    composition = read.composition(pupils)
    _opened(store.keep_own(tables.write(composition).encode(), file=name).key)
    warned = [language.line(warning) for warning in read.warnings]
    return [_kept(name, composition), readings.outline_as(read), *warned]


def _amounts(name: str, content: bytes) -> list[str]:
    """Take amounts in; what no school has, and which column it is, is asked about."""
    read = amounts.read(content, name)
    said = lay_beside(name, read)
    if len(read.columns) > 1 or amounts.matched(read.columns[0], state.here().loaded.composition).faults:
        pending.begin(name, content, "amounts")
    return said


def lay_beside(
    name: str, read: amounts.Amounts, column: int = 0, chosen: Mapping[int, tuple[str, ...]] = MappingProxyType({})
) -> list[str]:
    """Lay amounts beside the schools in use, matched on code or name, as what they have today.

    Parameters
    ----------
    name : str
        The file's name.
    read : Amounts
        Schools and kronor.
    column : int
        Which of its columns of amounts.
    chosen : mapping of int to tuple of str
        School unit codes by row, where the user has said them.

    Returns
    -------
    list of str
        What was matched and what was not.

    Raises
    ------
    TableError
        No row is a school in use.
    """
    loaded = state.here().loaded
    given = read.columns[column]
    found = amounts.matched(given, loaded.composition, chosen)
    if not found.used:
        raise TableError(found.faults)
    pupils = loaded.composition.pupils_paid
    composition = replace(loaded.composition, old_amount=found.kronor, old_rate=found.kronor / pupils)
    heading = given.heading or _("amounts")
    title = " ".join(part for part in (loaded.offer.municipality, loaded.offer.year, heading) if part)
    kept = store.keep_own(
        tables.write(composition).encode(), file=title, code=loaded.offer.code, year=loaded.offer.year,
        municipality=composition.municipality,
    )  # fmt: skip
    _opened(kept.key)
    said = [
        _(
            "{file}: {used} of {total} were matched with the schools in use ({matched} of {rows} rows) and stand as "
            "what they have today.",
            file=name,
            used=written.kronor(found.used),
            total=written.kronor(given.total),
            matched=written.number(len(given.entries) - len(found.faults)),
            rows=written.number(len(given.entries)),
        )
    ]
    if len(read.columns) > 1:
        others = ", ".join(one.heading for at, one in enumerate(read.columns) if at != column)
        said.append(
            _("The column {column} is used; not {others}.", column=given.heading or str(column + 1), others=others)
        )
    if found.unmatched:
        said.append(_("Not matched: {names}.", names=_named([entry.label for entry in found.unmatched])))
    return said


def _results(name: str, content: bytes) -> list[str]:
    """Hold the schools' results against their composition, for this session."""
    read = results.read(content, name)
    state.of_session().results = read
    here = state.here().loaded.composition
    return [
        _(
            "{file}: results of {units} school units, läsår {year}. {here} of the {schools} schools in use are among "
            "them; see the page Material.",
            file=name,
            units=written.number(len(read.codes)),
            year=read.year,
            here=written.number(len(set(here.codes) & set(read.codes))),
            schools=written.number(len(here)),
        )
    ]


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    said = ", ".join(names[:MOST_NAMED])
    return said if more <= 0 else said + " " + ngettext("and {count} more", "and {count} more", more)


_TAKEN: Mapping[Kind, Callable[[str, bytes], list[str]]] = {
    "scenario": _setting,
    "pupils per year": _national,
    "layout": _own,
    "unknown": _unknown,
    "tabell1": _outlined,
    "amounts": _amounts,
    "results": _results,
    "salsa": _results,
}


_ASKED: Mapping[Kind, pending.Kind] = {
    "layout": "table",
    "unknown": "table",
    "tabell1": "outline",
    "amounts": "amounts",
}
"""What can be asked about, where it could not be read."""


def uploader() -> None:
    """Take in tables and settings; what is wrong with them is said in full, and the view stands."""
    sheets.prepare()
    turn = st.session_state.setdefault("upload-turn", 0)
    given = st.file_uploader(
        _(
            "A table (CSV, Excel, ODS or one of them in a zip), Skolverket's export of pupils or results, what the "
            "schools have today, or a setting (TOML)"
        ),
        accept_multiple_files=True,
        key=f"upload-{turn}",
    )
    if given:
        take([(file.name, file.getvalue()) for file in given])
        st.rerun()
    for line in st.session_state.get("upload-said", ()):
        st.html(markup.note(line))
    st.html(markup.note(limits()))


def limits() -> str:
    """Say how large a file may be."""
    return _(
        "At most {megabytes} MB, {rows} rows and {columns} columns a file; of a workbook one sheet. What a formula has "
        "computed is read; macros and links are not followed.",
        megabytes=written.number(int(st.get_option("server.maxUploadSize"))),
        rows=written.number(workbook.MOST_ROWS),
        columns=written.number(workbook.MOST_COLUMNS),
    )


def take(files: Sequence[tuple[str, bytes]]) -> None:
    """Take files in, and say how far it has come."""
    state.of_session().pending = None
    bar = st.progress(0.0, text=_("Reading and keeping …"))

    def told(at: int, file: str) -> None:
        bar.progress(at / len(files), text=_("Reading {file} …", file=markup.plain(file)))

    said, found = take_in(files, told)
    bar.empty()
    say(said, found)
    st.session_state["upload-files"] = [file for file in files if any(fault.file == file[0] for fault in found)]
    st.session_state["upload-turn"] += 1
    if state.of_session().pending is not None and state.of_session().page == MATERIAL:
        state.choose(part="intake")


def say(said: Sequence[str], found: Sequence[Fault] = ()) -> None:
    """Say what was taken in and what was wrong, until the next upload."""
    st.session_state["upload-said"], st.session_state["upload-faults"] = list(said), tuple(found)


def faults() -> None:
    """Say what was wrong with the last upload, until the next, and lead to where it is mended."""
    session = state.of_session()
    asked = session.pending
    here = session.page == MATERIAL and state.here().view.part == "intake"
    told = st.session_state.get("upload-faults", ())
    shown = here and asked is not None and asked.kind == "table"  # beside its columns
    found = [fault for fault in told if not (shown and asked is not None and fault.file == asked.file)]
    if found:
        components.faults(found)
        for at, (name, content) in enumerate(st.session_state.get("upload-files", ())):
            if len(content) <= MOST_MARKED and any(fault.file == name for fault in found):
                marked(at, name, content, tuple(fault for fault in found if fault.file == name))
    if (
        asked is not None
        and not here
        and st.button(_("Say how {file} is read", file=markup.plain(asked.file)), key="go-on")
    ):
        state.choose(part="intake")
        st.switch_page("pages/data.py")
    if found:
        st.button(_("Close"), key="close-faults", on_click=_close_faults)


def marked(at: int, name: str, content: bytes, found: Sequence[Fault], **read: Any) -> None:  # noqa: ANN401
    """Offer the user's own table back, with the faulty cells marked and explained; ``read`` is how it was read."""
    spoken = state.here().view.language

    def made() -> bytes:
        language.use(spoken)
        return marked_workbook(content, name, found, **read)

    stem = name.rpartition(".")[0] or name
    st.download_button(
        _("{file} with the faults marked (Excel)", file=markup.plain(name)),
        data=made,
        file_name=f"{stem}-att-ratta.xlsx",
        mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        key=f"marked-{at}",
        on_click="ignore",
    )


def _close_faults() -> None:
    st.session_state["upload-faults"] = st.session_state["upload-files"] = ()
    state.choose()
