"""What is loaded once and shared: the tables on offer, their schools and where each starts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import streamlit as st

from socio import scenario
from socio.intake import library, mapping, skolverket
from socio.intake.mapping import Reading
from socio.scenario import Need
from socio.storage import datasets as store
from socio.storage.engine import StoreError

if TYPE_CHECKING:
    from socio.composition import Composition
    from socio.errors import Fault
    from socio.scenario import Scenario

COUNTRY = "00"
"""The code of the whole country."""
EXAMPLE = library.FOLDER / "example.toml"
EVEN_FACTORS = frozenset({"Kön"})
"""Loaded, but left out of the model at the start: even between schools (R036, trap T03)."""


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
    how
        How the user's own file is read, as `socio.intake.mapping.Reading` writes it.
    place, source
        Of the user's own file: whose schools, and where the figures come from, as is said of it.
    coding
        How parents' education is counted, ``highest`` or ``both`` parents; empty where nobody has said.
    """

    key: str
    municipality: str
    code: str
    year: str
    own: bool = False
    how: str = ""
    place: str = ""
    source: str = ""
    coding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A table, ready to share a pot between its schools.

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
    period
        What today's amounts are for; empty without them.
    fingerprint
        Of the data, eight hexadecimal digits.
    """

    offer: Offer
    composition: Composition
    warnings: tuple[Fault, ...]
    start: Scenario
    period: str
    fingerprint: str


def offers() -> dict[str, Offer]:
    """List the tables that can be opened by key, those that came with the program first.

    A store that does not answer has none to offer; what is wrong with it is said where it is used.
    """
    try:
        revision = store.revision()
    except StoreError:
        return _shipped()
    return _offers(revision)


@cache
def _shipped() -> dict[str, Offer]:
    return {_key(table): _offer(table) for table in library.datasets()}


@lru_cache(maxsize=2)
def _offers(_revision: int) -> dict[str, Offer]:
    found = dict(_shipped())
    for kept in store.kept():
        own = kept.kind == "own"
        name = kept.file if own else kept.municipality
        offer = Offer(
            key=kept.key,
            municipality=name,
            code=kept.code,
            year=kept.year,
            own=own,
            how=kept.how,
            place=kept.municipality,
            source=kept.about.source,
            coding=kept.about.names.get("coding", "") if own else skolverket.CODING,
        )
        found.setdefault(kept.key, offer)
    return found


@st.cache_resource(max_entries=64, show_spinner=False)
def load(key: str) -> Loaded:
    """Read a table by its key.

    Raises
    ------
    SocioError
        Where there is none, or it cannot be read.
    """
    shipped = {_key(table): table for table in library.datasets()}  # of one läsår, the last has today's amounts
    if key in shipped:
        table = shipped[key]
        path = library.FOLDER / table.file
        content, offer, source, name, period = path.read_bytes(), _offer(table), table.source, table.file, table.period
        decided = path.with_suffix(".toml")
        start = scenario.read(decided.read_text(encoding="utf-8"), decided.name) if decided.exists() else None
    else:
        content, start, period = store.read(key), None, ""
        offer = offers()[key]  # read above, so it is kept
        name = offer.municipality
        source = offer.source if offer.own else skolverket.SOURCE.format(year=offer.year)
    read = mapping.read(
        content,
        name,
        Reading.of(offer.how),
        municipality=offer.place or offer.municipality,
        municipality_code=offer.code,
        year=offer.year,
        source=source,
    )
    return Loaded(
        offer=offer,
        composition=read.composition,
        warnings=read.warnings,
        start=start or example(read.composition),
        period=period,
        fingerprint=store.fingerprint(content)[:8],
    )


@st.cache_resource(show_spinner=False)
def _example() -> Scenario:
    return scenario.read(EXAMPLE.read_text(encoding="utf-8"), EXAMPLE.name)


def unnamed_period() -> str:
    """Return the period of the example, which is none."""
    return _example().year


def example(composition: Composition) -> Scenario:
    """Return example weights for a table at Huddinge's kronor per pupil.

    Parameters
    ----------
    composition : Composition

    Returns
    -------
    Scenario
        The stated example for factors that it names; for other factors the first category of each has
        weight 1. A table with a ready index or risk and no factors is used as it is.
    """
    given = _example()
    year = composition.year or given.year
    if not composition.factors:
        method = next((method for method in ("index", "risk") if method in composition.ready), "weights")
        return replace(given, year=year, need=Need(method="index" if method == "index" else "risk"))
    known = {
        factor.name: given.need.weights[factor.name]
        for factor in composition.factors
        if set(given.need.weights.get(factor.name, ())) == set(factor.categories)
    }
    weights = known or {
        factor.name: dict.fromkeys(factor.categories, 0.0) | {factor.categories[0]: 1.0}
        for factor in composition.factors
        if factor.name not in EVEN_FACTORS
    }
    ordered = {
        factor.name: {category: weights[factor.name][category] for category in factor.categories}
        for factor in composition.factors
        if factor.name in weights
    }
    return replace(given, year=year, need=Need(weights=ordered))


def previous(offer: Offer) -> Offer | None:
    """Return the same municipality's table of the läsår before, where there is one."""
    if not offer.code or not offer.year[:4].isdigit():
        return None
    autumn = int(offer.year[:4]) - 1
    return offers().get(f"{offer.code}-{autumn}-{(autumn + 1) % 100:02d}")


def _key(table: library.Dataset) -> str:
    return f"{table.code}-{table.year.replace('/', '-')}"


def _offer(table: library.Dataset) -> Offer:
    return Offer(
        key=_key(table), municipality=table.municipality, code=table.code, year=table.year, coding=skolverket.CODING
    )
