"""How fast the chain is, against rivals in the same run: ``python -m benchmarks.chain``.

One allocation of 250 schools against the same chain written naturally in pandas, with and without bounds that bite:
at least 20 times as fast. Ten thousand scenarios of 250 schools in one call, half of them with bounds that bite,
against ``x ** 1.5`` in NumPy on an array of that size: at most 20 times its time. Repetitions of the two sides take
turns, and their medians are compared. The command ends with 1 where a goal is missed.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import chain_in_pandas
from socio.allocation import Settings, allocate, allocate_many
from socio.composition import Composition, Factor, Mark
from socio.scenario import Need, Pot, Redistribution, Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SCHOOLS, SCENARIOS = 250, 10_000
FASTER_THAN_PANDAS, TIMES_A_POWER = 20.0, 20.0
FACTORS: Mapping[str, Mapping[str, float]] = {
    "Education": {"Compulsory": 3.0, "Upper secondary": 2.0, "Post-secondary": 1.0},
    "Background": {"Foreign": 2.0, "Swedish": 1.0},
    "Income support": {"Yes": 3.0, "No": 1.0},
}


@dataclass(frozen=True, slots=True)
class Measured:
    """A ratio against a rival, and its goal.

    Attributes
    ----------
    what, rival
        What was timed, and against what.
    seconds, rival_seconds
        Medians.
    ratio
        Times faster than the rival, or times the rival's time.
    goal
        In words.
    met
        Whether it was reached.
    """

    what: str
    rival: str
    seconds: float
    rival_seconds: float
    ratio: float
    goal: str
    met: bool


def municipality(schools: int = SCHOOLS) -> Composition:
    """Make up a municipality of schools of 40 to 900 pupils, the same one in every run."""
    random = np.random.default_rng(2019)
    pupils = random.integers(40, 900, schools)
    shares = [random.dirichlet(np.full(len(categories), 2.0), schools) for categories in FACTORS.values()]
    cells = np.concatenate(shares, axis=1)
    codes = tuple(map(str, random.permutation(np.arange(10_000_000, 10_000_000 + schools))))
    return Composition(
        codes=codes,
        names=codes,
        operators=("",) * schools,
        operator_names=("",) * schools,
        pupils_composition=pupils,
        pupils_paid=pupils + random.integers(0, 90, schools),
        factors=tuple(Factor(name, tuple(categories)) for name, categories in FACTORS.items()),
        cells=cells,
        marks=np.full(cells.shape, Mark.KNOWN, dtype=np.int8),
    )


def proposal(redistribution: Redistribution) -> Scenario:
    """Make a proposal of 10 000 kr per pupil with all three factors."""
    return Scenario(
        name="Benchmark",
        year="",
        need=Need(weights=FACTORS),
        pot=Pot(per_pupil=10_000.0),
        redistribution=redistribution,
    )


def timed(one: Callable[[], object], other: Callable[[], object], repetitions: int) -> tuple[float, float]:
    """Let two functions take turns and return the median seconds of each."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for _repetition in range(repetitions + 1):
        for function, found in zip((one, other), seconds, strict=True):
            start = perf_counter()
            function()
            found.append(perf_counter() - start)
    return median(seconds[0][1:]), median(seconds[1][1:])  # the first round warms up


def _see(holds: bool, what: str) -> None:  # noqa: FBT001 - a condition
    if not holds:
        message = f"not so: {what}"
        raise RuntimeError(message)


def against_pandas(*, bounds: bool, repetitions: int = 40) -> Measured:
    """Time one allocation against the same chain in pandas, after seeing that both give the same kronor."""
    composition = municipality()
    limits = {"minimum": 6_000.0, "cap": 16_000.0} if bounds else {"minimum": 0.0, "cap": 1e6}
    scenario = proposal(Redistribution(degree=3.0, progression=1.5, minimum=limits["minimum"], cap=limits["cap"]))
    schools, weights = chain_in_pandas.tables(composition, FACTORS)
    pot = scenario.pot.total_for(int(composition.pupils_paid.sum()))

    def rival() -> Sequence[int]:
        return list(
            chain_in_pandas.allocate(schools, weights, pot=pot, degree=3.0, progression=1.5, **limits)["amount"]
        )

    result = allocate(composition, scenario)
    _see(list(result.amount) == rival(), "both give the same kronor")
    _see(not bounds or (result.rate == limits["cap"]).any(), "the bounds bite")
    seconds, rival_seconds = timed(lambda: allocate(composition, scenario), rival, repetitions)
    ratio = rival_seconds / seconds
    return Measured(
        what=f"allocate, {SCHOOLS} schools, {'lowest amount and cap' if bounds else 'no bounds'}",
        rival="the same in pandas",
        seconds=seconds,
        rival_seconds=rival_seconds,
        ratio=ratio,
        goal=f"at least {FASTER_THAN_PANDAS:g} times as fast",
        met=ratio >= FASTER_THAN_PANDAS,
    )


def against_a_power(repetitions: int = 7) -> Measured:
    """Time many allocations at once against a power of an array of that size."""
    composition = municipality()
    random = np.random.default_rng(1)
    bounded = np.arange(SCENARIOS) % 2 == 0
    weights = np.array([weight for categories in FACTORS.values() for weight in categories.values()])
    average = 10_000.0
    settings = Settings(
        weights=weights * random.uniform(0.5, 1.5, (SCENARIOS, len(weights))),
        pot=np.full(SCENARIOS, round(average * composition.pupils_paid.sum()), dtype=float),
        deduction=random.uniform(0, 3, SCENARIOS) * average,
        progression=random.uniform(1, 2, SCENARIOS),
        bracket_start=np.full(SCENARIOS, np.inf),
        bracket_slope=np.ones(SCENARIOS),
        minimum=np.where(bounded, 9_500.0, 0.0),
        cap=np.where(bounded, 10_500.0, np.inf),
    )
    scenario = proposal(Redistribution(degree=1.0))
    target, amount = allocate_many(composition, scenario, settings)
    bites = ((target == settings.minimum[:, None]) | (target == settings.cap[:, None])).any(axis=1)
    _see((amount.sum(axis=1) == settings.pot).all(), "every pot is handed out")
    _see(bites.mean() >= 0.5, "half the bounds bite")  # noqa: PLR2004 - half
    index = random.uniform(0.3, 3.0, (SCENARIOS, SCHOOLS))
    seconds, rival_seconds = timed(
        lambda: allocate_many(composition, scenario, settings), lambda: index**1.5, repetitions
    )
    ratio = seconds / rival_seconds
    return Measured(
        what=f"allocate_many, {SCENARIOS:,} × {SCHOOLS}, half with bounds that bite",
        rival="NumPy, x ** 1.5",
        seconds=seconds,
        rival_seconds=rival_seconds,
        ratio=ratio,
        goal=f"at most {TIMES_A_POWER:g} times its time",
        met=ratio <= TIMES_A_POWER,
    )


def main() -> int:
    """Print what was measured; 1 where a goal is missed."""
    found = [against_pandas(bounds=False), against_pandas(bounds=True), against_a_power()]
    print(f"{'what':<60} {'ms':>9}   {'rival':<20} {'ms':>9} {'ratio':>7}   goal")
    for one in found:
        print(
            f"{one.what:<60} {1e3 * one.seconds:>9.3f}   {one.rival:<20} {1e3 * one.rival_seconds:>9.3f} "
            f"{one.ratio:>7.1f}   {one.goal}: {'met' if one.met else 'MISSED'}"
        )
    return 0 if all(one.met for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
