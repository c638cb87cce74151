"""How fast a pupil register is counted, against a rival in the same run: ``python -m benchmarks.register``.

1.1 million pupils by 8 factors and 4 800 schools, on Polars: `aggregate` against the same counts by a hand-written
Polars ``group_by``, at most 1.3 times its time. Repetitions of the two take turns, and their medians are compared. The
command ends with 1 where the goal is missed.
"""

from __future__ import annotations

import sys
from statistics import median
from time import perf_counter

import numpy as np
import polars as pl

from socio.intake import register

PUPILS, SCHOOLS, FACTORS, REPEATS = 1_100_000, 4_800, 8, 7
GOAL = 1.3


def made() -> pl.DataFrame:
    """Make a register with a fixed seed; one pupil in fifty lacks each value."""
    chance = np.random.default_rng(2014)
    codes = pl.Series([f"{code:08}" for code in range(10_000_000, 10_000_000 + SCHOOLS)])
    columns = {"school": codes.gather(chance.integers(0, SCHOOLS, PUPILS))}
    for number in range(FACTORS):
        categories = pl.Series([*(f"category {i}" for i in range(2 + number % 4)), None])
        missing = chance.random(PUPILS) < 1 / 50
        chosen = np.where(missing, len(categories) - 1, chance.integers(0, len(categories) - 1, PUPILS))
        columns[f"factor {number}"] = categories.gather(chosen)
    return pl.DataFrame(columns)


def by_hand(pupils: pl.DataFrame, factors: list[str]) -> int:
    """Count as one would in Polars alone."""
    lazy = pupils.lazy()
    parts = [
        lazy.select("school", pl.col(factor).alias("value"))
        .group_by("school", "value")
        .agg(pl.len().alias("pupils"))
        .with_columns(pl.lit(factor).alias("factor"))
        for factor in factors
    ]
    return int(pl.concat(parts).collect()["pupils"].sum())


def main() -> int:
    """Measure, print and tell whether the goal is met."""
    pupils = made()
    factors = [f"factor {number}" for number in range(FACTORS)]
    ours, rival = [], []
    for _ in range(REPEATS + 1):
        start = perf_counter()
        counts = register.aggregate(pupils, school="school", factors=factors).counts
        middle = perf_counter()
        total = by_hand(pupils, factors)
        rival.append(perf_counter() - middle)
        ours.append(middle - start)
        if int(counts.sum()) != total:
            sys.exit("the two do not count the same")
    seconds, rival_seconds = median(ours[1:]), median(rival[1:])
    ratio = seconds / rival_seconds
    print(f"aggregate: {seconds:.3f} s, group_by by hand: {rival_seconds:.3f} s, {ratio:.2f} times (goal {GOAL})")
    return int(ratio > GOAL)


if __name__ == "__main__":
    sys.exit(main())
