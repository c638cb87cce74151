"""Key press on a slider until the whole main screen is repainted, against an empty Streamlit page.

``python -m benchmarks.latency [--rounds N]`` presses the same key on an empty page and on the main screen with 30,
250 and 4 665 schools in turn, and prints medians and ratios. The 4 665 are the whole country of Skolverket's export,
which is read from the folder in ``SOCIO_NATIONAL_EXPORTS`` (default ``../shared/data/skolverket``).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.browser import EMPTY, FLAGS, ROOT, WATCH, binary, repaint, serving
from socio.intake import skolverket

GOALS = {30: 1.2, 247: 1.2, 4665: 2.0}
"""Schools, and how many times the empty page the main screen may take."""
TABLES = {30: "0126-2018-19", 247: "0180-2023-24", 4665: "00-2023-24"}
DIAL = '[id="redistribution.degree.slider"]'
EXPORTS = Path(os.environ.get("SOCIO_NATIONAL_EXPORTS", ROOT / "../shared/data/skolverket"))


def with_country(store: Path) -> bool:
    """Keep the whole country of läsår 2023/24 in a store; tell whether the export is at hand."""
    path = EXPORTS / "Grundskolan - Antal elever per årskurs 2023 Skolenhet.csv"
    if not path.exists():
        return False
    os.environ["SOCIO_STORE"] = str(store)
    from socio.storage import datasets  # noqa: PLC0415 - the store is named first

    content = path.read_bytes()
    country = skolverket.read(content, path.name)
    place = datasets.Municipality(name="Sverige", code="00", text=country.layout())
    datasets.keep_national([place], year=country.year, file=path.name, fingerprint=datasets.fingerprint(content))
    return True


def measured(rounds: int) -> dict[int, list[float]]:
    """Return the milliseconds of each press by number of schools; 0 is the empty page."""
    with contextlib.ExitStack() as open_now:
        folder = Path(open_now.enter_context(tempfile.TemporaryDirectory()))
        store = folder / "socio.sqlite"
        sizes = [size for size in TABLES if size <= 1000 or with_country(store)]  # noqa: PLR2004 - the country
        empty = open_now.enter_context(serving(EMPTY, folder))
        ours = open_now.enter_context(serving(ROOT / "app.py", ROOT, SOCIO_STORE=str(store)))
        browser = open_now.enter_context(sync_playwright()).chromium.launch(executable_path=binary(), args=FLAGS)
        pages: dict[int, Page] = {}
        for size in (0, *sizes):
            page = pages[size] = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"{ours}/?underlag={TABLES[size]}" if size else empty, timeout=60_000)
            dial = page.locator(DIAL) if size else page.get_by_role("slider")
            dial.first.wait_for()
            if size:
                page.locator(".socio-grid tbody tr[data-code]").first.wait_for()
            page.wait_for_timeout(2500)
            page.evaluate(WATCH)
            dial.first.focus()
            for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft"):
                repaint(page, key)
        times: dict[int, list[float]] = {size: [] for size in pages}
        for turn in range(rounds):
            for size, page in pages.items():
                page.bring_to_front()
                times[size].append(repaint(page, "ArrowRight" if turn % 8 < 4 else "ArrowLeft"))  # noqa: PLR2004
        browser.close()
        return times


def main() -> int:
    """Measure, print, and tell whether the goals are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=24)
    times = measured(parser.parse_args().rounds)
    rival = statistics.median(times.pop(0))
    print(f"empty page: median {rival:.0f} ms")
    met = True
    for size, taken in times.items():
        middle = statistics.median(taken)
        met &= middle / rival <= GOALS[size]
        print(f"{size} schools: median {middle:.0f} ms, {middle / rival:.2f} times (goal {GOALS[size]})")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
