"""The benchmarks' figures as a report: ``python -m benchmarks.evidence`` writes ``docs/evidence/speed.md``."""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
import sys

from benchmarks.browser import ROOT

REPORT = ROOT / "docs" / "evidence" / "speed.md"
PARTS = {
    "benchmarks.chain": "The chain without a screen",
    "benchmarks.latency": "Key press on a slider until the whole main screen is repainted",
    "benchmarks.first_page": "Cold start until the chart can be read",
    "benchmarks.intake": "A workbook of the whole country to a composition",
    "benchmarks.register": "A pupil register to a composition table",
}


def said(*command: str) -> str:
    """Return what a command prints."""
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def main() -> int:
    """Run all benchmarks, and write what they say with date, commit and machine."""
    now = dt.datetime.now(dt.UTC)
    lines = [
        "# Speed",
        "",
        (
            f"Measured {now:%Y-%m-%d %H:%M} UTC at commit {said('git', 'rev-parse', '--short', 'HEAD')}, on "
            f"{os.cpu_count()} cores with Python {platform.python_version()}; load before it "
            f"{os.getloadavg()[0]:.1f}. Each figure is a ratio against a rival in the same run; `make evidence` makes "
            "this report anew."
        ),
    ]
    for module, what in PARTS.items():
        load = os.getloadavg()[0]
        lines += ["", f"## {what}", f"`python -m {module}` (load {load:.1f})", "", "```"]
        lines += [said(sys.executable, "-m", module), "```"]
    REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
