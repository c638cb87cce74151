"""A real server and a real browser, and the time from a key press to the last change of the page."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

ROOT = Path(__file__).parents[1]
EMPTY = Path(__file__).with_name("empty_page.py")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60.0
"""Seconds to wait for a server or a page."""

WATCH = """
() => {
  const log = (window.__log = { key: 0, last: 0 });
  addEventListener('keydown', () => { log.key = performance.now(); log.last = 0; }, true);
  new MutationObserver((changes) => {
    const now = performance.now();
    for (const change of changes) {
      const at = change.target.nodeType === 1 ? change.target : change.target.parentElement;
      if (!at || !at.closest('canvas')) log.last = now;  // a table's copy of its cells for screen readers aside
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
}
"""


def binary() -> str:
    """Return the browser: ``SOCIO_BROWSER``, or the first found."""
    names = (os.environ.get("SOCIO_BROWSER", ""), "chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    if found is None:
        message = "no Chromium was found: install it, or name it in SOCIO_BROWSER"
        raise FileNotFoundError(message)
    return found


@contextlib.contextmanager
def serving(script: Path, folder: Path, **environment: str) -> Iterator[str]:
    """Run a script on a free port of this computer; ``folder`` decides which settings apply."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += [f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"]
    command += ["--browser.gatherUsageStats=false"]
    server = subprocess.Popen(
        command, cwd=folder, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):  # noqa: S310 - loopback
                    break
            except OSError:
                if time.monotonic() > until or server.poll() is not None:
                    raise
                time.sleep(0.02)
        yield address
    finally:
        server.terminate()
        server.wait(10)


def repaint(page: Page, key: str, quiet: float = 450.0) -> float:
    """Press a key and return the milliseconds until the page's last change, quiet being that long without one."""
    page.keyboard.press(key)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        page.wait_for_timeout(100)
        still, last = page.evaluate("() => [performance.now() - Math.max(__log.last, __log.key), __log.last]")
        if last and still > quiet:
            break
    taken: float = page.evaluate("() => __log.last - __log.key")
    return taken
