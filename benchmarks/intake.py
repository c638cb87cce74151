"""How fast a table is read, against a rival in the same run: ``python -m benchmarks.intake``.

4 665 schools by 40 columns of .xlsx, from bytes to a valid composition, at most 1.5 times the bare read of the same
bytes by the fastest maintained reader. Three bare reads are measured and the fastest is the rival: fastexcel to Polars
(arrays), fastexcel to lists, and python-calamine to lists. Repetitions of all take turns, and medians are compared.
The command ends with 1 where the goal is missed.

Ours opens the workbook in a process of its own, under limits of memory and time, which waits for its file beforehand,
as it does behind the page for uploads. What it costs where it has to be started first is said too.
"""

from __future__ import annotations

import io
import sys
from statistics import median
from time import perf_counter, sleep
from typing import TYPE_CHECKING

import fastexcel
import numpy as np
import python_calamine
import xlsxwriter

from socio.intake import sheets, tables

if TYPE_CHECKING:
    from collections.abc import Callable

SCHOOLS, COLUMNS, CATEGORIES, REPEATS = 4_665, 40, 4, 9
FIXED = (tables.CODE, tables.NAME, tables.OPERATOR, tables.PUPILS)
GOAL = 1.5
REST = 0.5
"""Seconds between reads, in which the next process starts."""


def made() -> bytes:
    """Make a workbook with a fixed seed: shares of 100 % with one decimal, as they are published."""
    chance = np.random.default_rng(2014)
    factors = (COLUMNS - len(FIXED)) // CATEGORIES
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Skolor")
        sheet.write_row(0, 0, [*FIXED, *(f"Faktor {i}: {j}" for i in range(factors) for j in range(CATEGORIES))])
        for row in range(1, SCHOOLS + 1):
            parts = chance.multinomial(1000, [1 / CATEGORIES] * CATEGORIES, factors) / 10
            sheet.write_row(row, 0, [str(10_000_000 + row), f"Skolan {row}", "kommunal", int(chance.integers(50, 900))])
            sheet.write_row(row, len(FIXED), parts.ravel().tolist())
    return content.getvalue()


def ours(content: bytes) -> int:
    """Read the table whole."""
    return len(tables.read(content, "table.xlsx").composition)


def to_polars(content: bytes) -> int:
    """Read bare, to arrays."""
    return fastexcel.read_excel(content).load_sheet(0).to_polars().height


def to_lists(content: bytes) -> int:
    """Read bare, to lists by way of arrays."""
    return len(fastexcel.read_excel(content).load_sheet(0).to_polars().rows())


def calamine(content: bytes) -> int:
    """Read bare, to lists."""
    return len(python_calamine.load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()) - 1


READERS: dict[str, Callable[[bytes], int]] = {
    "fastexcel to Polars": to_polars,
    "fastexcel to lists": to_lists,
    "python-calamine to lists": calamine,
}


def timed(read: Callable[[bytes], int], content: bytes) -> float:
    """Return the seconds that a read takes."""
    sleep(REST)
    start = perf_counter()
    if read(content) != SCHOOLS:
        sys.exit("not all schools were read")
    return perf_counter() - start


def main() -> int:
    """Measure, print and tell whether the goal is met."""
    content = made()
    cold = median(timed(ours, content) for _ in range(REPEATS))
    sheets.prepare()
    seconds: dict[str, list[float]] = {name: [] for name in ("ours", *READERS)}
    for _ in range(REPEATS + 1):
        for name, read in {"ours": ours, **READERS}.items():
            seconds[name].append(timed(read, content))
    medians = {name: median(each[1:]) for name, each in seconds.items()}
    mine = medians.pop("ours")
    rival = min(medians, key=lambda name: medians[name])
    print("bare reads: " + ", ".join(f"{name} {each:.3f} s" for name, each in medians.items()))
    ratio = mine / medians[rival]
    print(f"to composition: {mine:.3f} s, {ratio:.2f} times {rival} (goal {GOAL}); {cold:.3f} s where no process waits")
    return int(ratio > GOAL)


if __name__ == "__main__":
    sys.exit(main())
