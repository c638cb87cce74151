"""From a cold start to a readable chart, against an empty Streamlit page in an equally fresh browser.

``python -m benchmarks.first_page [--rounds N]`` starts each server and a browser with an empty profile in turn, and
takes the time from the server's start, and from the first request, until the page can be read: for ours until the
bars stand and can be pointed at, for the rival until its slider does.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.browser import EMPTY, FLAGS, ROOT, binary, serving

GOAL = 1.5
READABLE = {"empty": "[role=slider], input[type=range]", "ours": "#bars .hit"}


def opened(page: str) -> tuple[float, float]:
    """Return the seconds from the server's start and from the request to a readable page."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder, started = Path(name), time.monotonic()
        script, home = (EMPTY, folder) if page == "empty" else (ROOT / "app.py", ROOT)
        with serving(script, home, SOCIO_STORE=str(folder / "socio.sqlite")) as address:
            up = time.monotonic() - started
            browser = playwright.chromium.launch(executable_path=binary(), args=FLAGS)
            view = browser.new_page(viewport={"width": 1440, "height": 900})
            asked = time.monotonic()
            view.goto(address)
            view.locator(READABLE[page]).first.wait_for(state="attached", timeout=60_000)
            readable = time.monotonic() - asked
            browser.close()
        return up + readable, readable


def main() -> int:
    """Measure, print, and tell whether the goal is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    times: dict[str, list[tuple[float, float]]] = {"empty": [], "ours": []}
    opened("ours")  # compiles what Python compiles once
    for _turn in range(rounds):
        for page, taken in times.items():
            taken.append(opened(page))
    middle = {page: [statistics.median(part) for part in zip(*taken, strict=True)] for page, taken in times.items()}
    met = True
    for at, what in enumerate(("from the server's start", "from the request")):
        ratio = middle["ours"][at] / middle["empty"][at]
        met &= ratio <= GOAL
        print(
            f"{what}: empty page {middle['empty'][at]:.2f} s, ours {middle['ours'][at]:.2f} s, "
            f"{ratio:.2f} times (goal {GOAL})"
        )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
