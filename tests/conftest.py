"""What holds for every test: nothing of the user's own is touched, and what was not checked is said."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]
NATIONAL = "SOCIO_NATIONAL_EXPORTS"
"""Environment variable that names the folder of the national exports."""

settings.register_profile("socio", deadline=None, print_blob=True)
settings.load_profile("socio")


STORE = tempfile.TemporaryDirectory()


def pytest_configure():
    """Keep the user's own store out of the tests, and out of the processes that they start."""
    os.environ["SOCIO_STORE"] = str(Path(STORE.name, "socio.sqlite"))


def pytest_unconfigure():
    """Remove the tests' store."""
    STORE.cleanup()


@pytest.fixture(scope="session")
def national_exports():
    folder = Path(os.environ.get(NATIONAL) or ROOT / "../shared/data/skolverket")
    if not any(folder.glob("*Antal elever*.csv")):
        pytest.skip(f"no national exports in {folder}; name their folder in {NATIONAL}")
    return folder


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter):
    """Say in the last lines what was not checked, and why."""
    yield
    missed = [report for report in terminalreporter.stats.get("skipped", []) if "national" in report.keywords]
    if missed:
        reasons = {report.longrepr[2].removeprefix("Skipped: ") for report in missed if report.longrepr}
        terminalreporter.write_sep("-", "not checked")
        why = "; ".join(sorted(reasons))
        terminalreporter.write_line(f"{len(missed)} tests on Skolverket's national exports: {why}")
