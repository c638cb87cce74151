"""What is loaded once and shared: the tables on offer, their schools and where each starts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from socio import intake, scenario
from socio.intake import library, skolverket, tables
from socio.scenario import Need, Pot
from socio.storage import datasets as store

if TYPE_CHECKING:
    from socio.composition import Composition
    from socio.errors import Fault
    from socio.scenario import Scenario

EXAMPLE = library.FOLDER / "example.toml"
COUNTRY = "00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A table that can be opened.

    Attributes
    ----------
    key
        What it is called in an address, such as ``0126-2018-19``.
    municipality, code, year
        Whose schools and which läsår; for an own file its name, and nothing.
    own
        Whether it is the user's own file.
    """

    key: str
    municipality: str
    code: str
    year: str
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A table, ready to share a pot between.

    Attributes
    ----------
    offer
        What it is.
    composition
        All its schools.
    warnings
        What was made of markers and gaps.
    start
        The setting that it opens with.
    example
        Whether no municipality has decided that setting.
    misplaced
        Share of the pot that the setting pays to other schools than today; None without today's amounts.
    fingerprint
        Of the data, eight hexadecimal digits.
    """

    offer: Offer
    composition: Composition
    warnings: tuple[Fault, ...]
    start: Scenario
    fingerprint: str


def offers() -> tuple[Offer, ...]:
    """List the tables that can be opened, by municipality and läsår; what came with the program first."""
    found = {
        table.key: Offer(key=table.key, municipality=table.municipality, code=table.code, year=table.year)
        for table in library.tables()
    }
    for kept in store.kept():
        own = kept.kind == "own"
        name = kept.file if own else kept.municipality
        found.setdefault(
            kept.key, Offer(key=kept.key, municipality=name, code=kept.code, year=kept.year, own=own)
        )
    return tuple(found.values())


@st.cache_resource(max_entries=64, show_spinner=False)
def load(key: str) -> Loaded:
    """Read a table by its key.

    Raises
    ------
    SocioError
        Where there is none, or it cannot be read.
    """
    shipped = {table.key: table for table in library.tables()}
    if key in shipped:
        table = shipped[key]
        read = library.read(table)
        start = library.scenario_of(table)
        content = library.content(table)
        offer = Offer(key=key, municipality=table.municipality, code=table.code, year=table.year)
    else:
        kept = next((kept for kept in store.kept() if kept.key == key), None)
        content = store.read(key)
        start = None
        own = kept is not None and kept.kind == "own"
        offer = Offer(
            key=key,
            municipality="" if kept is None else kept.file if own else kept.municipality,
            code="" if kept is None else kept.code,
            year="" if kept is None else kept.year,
            own=own,
        )
        read = tables.read(
            content,
            offer.municipality,
            municipality=offer.municipality,
            municipality_code=offer.code,
            year=offer.year,
            source="" if own else skolverket.SOURCE.format(year=offer.year),
        )
    return Loaded(
        offer=offer,
        composition=read.composition,
        warnings=read.warnings,
        start=start or example(read.composition),
        fingerprint=hashlib.sha256(content).hexdigest()[:8],
    )
