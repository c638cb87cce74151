"""Schools and scenarios: made by hand for an example, at random for a law."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from socio.composition import Composition, Factor, Mark, MunicipalityRow
from socio.scenario import BOUNDS, Brackets, Need, PhaseIn, Pot, Redistribution, Scenario


def schools(pupils, cells=(), factors=(), *, paid=None, marks=None, codes=None, names=None, **more):
    """Make a composition from what an example needs to say; the rest is as plain as can be.

    `factors` is a mapping from a factor to its categories, in the order of the columns of `cells`.
    """
    count = len(pupils)
    cells = np.asarray(cells, dtype=float) if len(cells) else np.zeros((count, 0))
    codes = tuple(codes or (str(10000001 + number) for number in range(count)))
    return Composition(
        codes=codes,
        names=tuple(names or (f"School {code}" for code in codes)),
        operators=more.pop("operators", ("kommunal",) * count),
        operator_names=more.pop("operator_names", ("",) * count),
        pupils_composition=np.array(pupils, dtype=np.int64),
        pupils_paid=np.array(pupils if paid is None else paid, dtype=np.int64),
        factors=tuple(Factor(name, tuple(categories)) for name, categories in dict(factors).items()),
        cells=cells,
        marks=np.full(cells.shape, Mark.KNOWN, dtype=np.int8) if marks is None else np.array(marks, dtype=np.int8),
        ready={name: np.array(column, dtype=float) for name, column in more.pop("ready", {}).items()},
        **more,
    )


def indexed(pupils, index, **more):
    """Make schools with a ready index."""
    return schools(pupils, ready={"index": index}, **more)


def proposal(*, need=None, pot=None, phase_in=None, **redistribution):
    """Make a scenario; without anything, 10 000 kr per pupil in proportion to a ready index."""
    if not {"degree", "deduction", "threshold"} & redistribution.keys():
        redistribution["degree"] = 1.0
    return Scenario(
        name="A proposal",
        year="2019 vt",
        need=need or Need(method="index"),
        pot=pot or Pot(per_pupil=10_000.0),
        redistribution=Redistribution(**redistribution),
        phase_in=phase_in,
    )


REFERENCE = {"pupils": (300, 400, 500, 400, 250, 150), "index": (0.5, 0.7, 0.9, 1.1, 1.4, 2.2)}
"""Six schools whose pupil-weighted mean index is 1 and whose plain mean is 1.1333."""


def reference():
    return indexed(**REFERENCE)


def hundredths(low, high):
    """Numbers with at most two decimals, as people write them."""
    return st.integers(round(low * 100), round(high * 100)).map(lambda number: number / 100)


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
CODES = ("10000002", "42", "0042", "9", "B", "A-1", "å", "10000001", "1A", "100000000000000000001")
"""Codes whose order by value, by text and by row differ."""


def whole(draw, count, high):
    """Draw whole numbers from 0 to less than `high`, in one draw: hundreds of small ones would take longer."""
    return np.frombuffer(draw(st.binary(min_size=2 * count, max_size=2 * count)), dtype=">u2").astype(int) % high


@st.composite
def compositions(draw, *, smallest=1, largest=7, rows=True, same_pupils=False, old=False):
    """Schools with one to three factors, from counts of pupils, so that alike schools and empty categories occur."""
    count = draw(st.integers(smallest, largest))
    factors = {
        f"Factor {number}": [f"Category {letter}" for letter in "abcd"[: draw(st.integers(2, 4))]]
        for number in range(1, draw(st.integers(1, 3)) + 1)
    }

    parts = []
    for categories in factors.values():
        counts = whole(draw, (count + 1) * len(categories), 10).reshape(count + 1, -1)
        counts[counts.sum(axis=1) == 0] = 1
        parts.append(counts / counts.sum(axis=1, keepdims=True))
    *shares, municipality = np.concatenate(parts, axis=1)
    pupils = 1 + whole(draw, count, 900)
    rates = whole(draw, count, 30_000) / 4 if old else None
    if rates is not None:
        rates[rates > 7_000] = np.nan
    return schools(
        pupils,
        shares,
        factors,
        paid=None if same_pupils else pupils + whole(draw, count, 90),
        codes=draw(st.permutations(CODES))[:count],
        municipality_row=MunicipalityRow(shares=municipality) if rows and draw(st.booleans()) else None,
        old_rate=rates,
    )


@st.composite
def needs(draw, composition, *, units=True):
    """Weights for some of the factors, not all of them 0."""
    weight = st.sampled_from([0.0, 1.0, 2.0, 3.0]) | hundredths(0, 100)
    chosen = draw(st.lists(st.sampled_from(composition.factors), min_size=1, unique=True))
    weights = {factor.name: {category: draw(weight) for category in factor.categories} for factor in chosen}
    if not any(any(categories.values()) for categories in weights.values()):
        weights[chosen[0].name][chosen[0].categories[0]] = 1.0
    return Need(weights=weights, minimum_pupils=draw(st.integers(0, 200)) if units and draw(st.booleans()) else 0)


def pots():
    """A pot in each of its three views."""
    return st.one_of(
        st.integers(1, 10**8).map(lambda kronor: Pot(total=kronor)),
        hundredths(1, 30_000).map(lambda kronor: Pot(per_pupil=kronor)),
        st.sampled_from([2_000.0, 10_000.0]).map(lambda kronor: Pot(per_pupil=kronor)),
        st.builds(
            lambda share, budget: Pot(share=share / 1000, budget=budget), st.integers(1, 999), hundredths(1e5, 1e7)
        ),
    )


def progressions():
    """An exponent, or two pieces."""
    exponent = st.sampled_from([0.0, 0.5, 1.0, 1.0, 1.5, 2.0]) | hundredths(0, 4)
    brackets = st.builds(Brackets, start=hundredths(0.01, 3), slope=hundredths(0, 5))
    return exponent.map(lambda number: {"progression": number}) | brackets.map(lambda pieces: {"brackets": pieces})


@st.composite
def redistributions(draw, average, *, bounds=True, bent=True):
    """A degree in each of its three views, bent or not, with bounds that are possible more often than not."""
    given = draw(
        st.one_of(
            (st.sampled_from([0.0, 0.5, 1.0, 1.5]) | hundredths(0, 20)).map(lambda number: {"degree": number}),
            hundredths(-1, 20).map(lambda part: {"deduction": max(-average, round(part * average, 2))}),
            hundredths(0, 0.95).map(lambda index: {"threshold": index}),
        )
    )
    if bent:
        given |= draw(progressions())
    if bounds and draw(st.booleans()):
        given["minimum"] = round(draw(st.sampled_from([0.2, 0.5, 0.8]) | hundredths(0, 1.02)) * average, 2)
    if bounds and draw(st.sampled_from([True, True, False])):
        given["cap"] = round(draw(st.sampled_from([1.1, 1.2, 1.5]) | hundredths(0.95, 6)) * average, 2)
    for name in given.keys() - {"brackets"}:
        given[name] = BOUNDS[f"redistribution.{name}"].clamp(given[name])
    return Redistribution(**given)


def phase_ins():
    """Stages, limits and who pays."""
    return st.builds(
        PhaseIn,
        stages=st.lists(hundredths(0, 1), max_size=2).map(lambda parts: (*parts, 1.0)),
        limit_kr=st.none() | hundredths(0, 3000),
        limit_share=st.none() | hundredths(0, 1),
        financed=st.sampled_from(["inside", "outside"]),
    )


@st.composite
def scenarios(draw, composition, *, bounds=True, bent=True, units=True, phased=False, texts=False):
    """A whole proposal for these schools."""
    pupils = int(composition.pupils_paid.sum())
    pot = draw(pots())
    return Scenario(
        name=draw(TEXT) if texts else "A proposal",
        year=draw(TEXT) if texts else "2019 vt",
        need=draw(needs(composition, units=units)),
        pot=pot,
        redistribution=draw(redistributions(pot.total_for(pupils) / pupils, bounds=bounds, bent=bent)),
        phase_in=draw(phase_ins()) if phased else None,
        proposed_by=draw(st.just("") | TEXT) if texts else "",
        note=draw(st.just("") | TEXT) if texts else "",
    )


@st.composite
def proposals(draw, /, **choices):
    """Schools, and a proposal for them."""
    of_schools = {"smallest", "largest", "rows", "same_pupils", "old"}
    composition = draw(compositions(**{name: choice for name, choice in choices.items() if name in of_schools}))
    return composition, draw(
        scenarios(composition, **{name: choice for name, choice in choices.items() if name not in of_schools})
    )
