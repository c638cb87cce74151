"""Uploads: whatever file is given is recognised, taken in, and said what was made of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from socio import scenario as scenario_file
from socio.allocation import allocate
from socio.errors import Fault, ScenarioError, SocioError, TableError, words
from socio.intake import amounts, archives, outline, recognise, results, skolverket, tables
from socio.intake.shares import Unit
from socio.reports import faults as marked
from socio.storage import datasets as store
from socio.ui import cache, components, markup, state
from socio.view import format as written
from socio.view import words as language
from socio.view.words import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from socio.intake.recognise import Kind
    from socio.intake.tables import Intake

MOST_MARKED = 10_000_000
"""Bytes of a file that is offered back with its faults marked."""
MOST_NAMED = 8
"""Schools named before the rest is counted."""


def take_in(files: Sequence[tuple[str, bytes]]) -> tuple[list[str], tuple[Fault, ...]]:
    """Take files in: keep tables for next time, open the last of them, use a setting.

    Parameters
    ----------
    files : sequence of (name, content)

    Returns
    -------
    said : list of str
        What was taken in, and how it was read.
    faults : tuple of Fault
        What was wrong with the others; nothing of those is kept.
    """
    said: list[str] = []
    faults: list[Fault] = []
    for name, content in files:
        try:
            said += _TAKEN[recognise.recognise(content, name).kind](name, content)
        except SocioError as error:
            faults += error.named(name).faults
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
    read = tables.read(content, name)
    _keep(archives.opened(content), name)
    return [_kept(name, read), _read_as(read)]


def _keep(content: bytes, name: str, *, municipality: str = "", year: str = "") -> None:
    kept = store.keep_own(content, file=name, municipality=municipality, year=year)
    _forget()
    state.open_table(kept.key)


def _forget() -> None:
    cache.load.clear()
    state.paid_of.clear()


def _kept(name: str, read: Intake) -> str:
    return _(
        "{file}: {schools} schools, {pupils} pupils. Kept for next time.",
        file=name,
        schools=written.number(len(read.composition)),
        pupils=written.number(float(read.composition.pupils_paid.sum())),
    )


def _read_as(read: Intake) -> str:
    """Say how a table was understood, so that a wrong guess is seen."""
    separators = {";": _("semicolon"), ",": _("comma"), "\t": _("tab")}
    units = {
        Unit.SHARE: _("shares from 0 to 1"),
        Unit.PERCENT: _("per cent"),
        Unit.COUNT: _("numbers of pupils"),
    }
    parts = [
        _("sheet {sheet}", sheet=read.sheet) if read.sheet else "",
        read.encoding,
        separators.get(read.separator, ""),
        {",": _("decimal comma"), ".": _("decimal point")}.get(read.decimal, ""),
        units[read.unit] if read.composition.factors else "",
        ngettext("{count} remark", "{count} remarks", len(read.warnings)) if read.warnings else "",
    ]
    return _("Read as: {how}.", how=", ".join(part for part in parts if part))


def _outlined(name: str, content: bytes) -> list[str]:
    """Take in a table laid out as the guide's Tabell 1; without pupils it gives no kronor, and says so."""
    read = outline.read(content, name)
    if read.questions:
        raise TableError(read.questions)
    text = tables.write(read.composition())
    _keep(text.encode(), name)
    return [_kept(name, tables.read(text.encode(), name))]


def _amounts(name: str, content: bytes) -> list[str]:
    """Lay amounts beside the schools in use, matched on code or name, as what they have today."""
    loaded = state.here().loaded
    read = amounts.read(content, name)
    column = read.columns[0]
    found = amounts.matched(column, loaded.composition)
    if not found.used:
        raise TableError(found.faults)
    pupils = loaded.composition.pupils_paid
    composition = replace(loaded.composition, old_amount=found.kronor, old_rate=found.kronor / pupils)
    heading = column.heading or _("amounts")
    title = " ".join(part for part in (loaded.offer.municipality, loaded.offer.year, heading) if part)
    _keep(tables.write(composition).encode(), title)
    said = [
        _(
            "{file}: {used} of {total} were matched with the schools in use ({matched} of {rows} rows) and stand as "
            "what they have today.",
            file=name,
            used=written.kronor(found.used),
            total=written.kronor(found.total),
            matched=written.number(int(np.isfinite(found.kronor).sum())),
            rows=written.number(len(column.entries)),
        )
    ]
    if len(read.columns) > 1:
        others = ", ".join(one.heading for one in read.columns[1:])
        said.append(_("The first column of amounts is used; not {others}.", others=others))
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
    "unknown": _own,
    "tabell1": _outlined,
    "amounts": _amounts,
    "results": _results,
    "salsa": _results,
}


def uploader() -> None:
    """Take in tables and settings; what is wrong with them is said in full, and the view stands."""
    turn = st.session_state.setdefault("upload-turn", 0)
    given = st.file_uploader(
        _(
            "A table (CSV, Excel, ODS or one of them in a zip), Skolverket's export of pupils or results, what the "
            "schools have today, or a setting (TOML)"
        ),
        accept_multiple_files=True,
        key=f"upload-{turn}",
    )
    if not given:
        for line in st.session_state.get("upload-said", ()):
            st.html(markup.note(line))
        return
    with st.spinner(_("Reading and keeping …")):
        files = [(file.name, file.getvalue()) for file in given]
        said, found = take_in(files)
    st.session_state["upload-said"], st.session_state["upload-faults"] = said, found
    st.session_state["upload-files"] = [file for file in files if any(fault.file == file[0] for fault in found)]
    st.session_state["upload-turn"] = turn + 1
    st.rerun()


def faults() -> None:
    """Say what was wrong with the last upload, until the next."""
    found = st.session_state.get("upload-faults", ())
    if found:
        components.faults(found)
        for at, (name, content) in enumerate(st.session_state.get("upload-files", ())):
            if len(content) <= MOST_MARKED:
                _marked(at, name, content, tuple(fault for fault in found if fault.file == name))
        st.button(_("Close"), key="close-faults", on_click=_close_faults)


def _marked(at: int, name: str, content: bytes, found: tuple[Fault, ...]) -> None:
    """Offer the user's own table back, with the faulty cells marked and explained."""
    spoken = state.here().view.language

    def made() -> bytes:
        language.use(spoken)
        return marked.workbook(content, name, found)

    stem = name.rpartition(".")[0] or name
    st.download_button(
        _("{file} with the faults marked (Excel)", file=name),
        data=made,
        file_name=f"{stem}-att-ratta.xlsx",
        mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        key=f"marked-{at}",
        on_click="ignore",
    )


def _close_faults() -> None:
    st.session_state["upload-faults"] = st.session_state["upload-files"] = ()
    state.choose()
