"""All benchmarks, one after the other: ``python -m benchmarks.run``."""

from __future__ import annotations

import sys

from benchmarks import chain, first_page, intake, latency, register


def main() -> int:
    """Run them all; tell whether every goal is met."""
    sys.argv[1:] = []
    return max([measure() for measure in (chain.main, latency.main, first_page.main, intake.main, register.main)])


if __name__ == "__main__":
    sys.exit(main())
