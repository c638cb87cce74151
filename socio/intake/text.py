"""Text: the child process in which a large one becomes rows, so that it costs the server neither time nor memory.

What is small is split where it is (`socio.intake.grids`); see docs/decisions/0005-workbooks-in-a-child-process.md.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from socio.errors import Fault, TableError, words
from socio.intake import delimited
from socio.intake.delimited import Grid

if TYPE_CHECKING:
    from socio.intake.delimited import Encoding, Separator

if sys.platform != "win32":
    import resource

SMALL: Final = 2_000_000
"""Bytes of a text that is split in the server's own process: three times a national export."""

MEMORY: Final = 1 << 30
SECONDS: Final = 10
PATIENCE: Final = 60
"""Seconds to wait for the child, which has ten of computing."""

ROOT: Final = Path(__file__).parents[2]


def read(
    content: bytes,
    *,
    known: frozenset[str] = frozenset(),
    encoding: Encoding | None = None,
    separator: Separator | None = None,
) -> Grid:
    """Read the cells of a text in a process of its own.

    Parameters
    ----------
    content : bytes
        The file.
    known : frozenset of str
        Headings to tell the separator by, in lower case.
    encoding, separator : str, optional
        How the text is to be read, where the guess is wrong.

    Returns
    -------
    Grid
        As `socio.intake.delimited.grid` gives it.

    Raises
    ------
    TableError
        It is no table, or takes more time or memory than one can.
    """
    wanted = json.dumps({"known": sorted(known), "encoding": encoding, "separator": separator})
    try:
        child = subprocess.run(  # noqa: S603 - our own module, the file goes in on standard input
            [sys.executable, "-m", __name__, wanted],
            input=content,
            capture_output=True,
            timeout=PATIENCE,
            check=True,
            cwd=ROOT,
        )
        given: dict[str, Any] = json.loads(child.stdout)
    except (subprocess.SubprocessError, json.JSONDecodeError):
        raise delimited.unreadable(words("it is far larger than a table of schools")) from None
    if "faults" in given:
        raise TableError(_fault(one) for one in given["faults"])
    return Grid(**given)


def _fault(given: dict[str, Any]) -> Fault:
    wrong, allowed = (words(given[part]["text"], **given[part]["facts"]) for part in ("wrong", "allowed"))
    return Fault(row=given["row"], wrong=wrong, allowed=allowed)


def _told(fault: Fault) -> dict[str, object]:
    parts = {"wrong": fault.wrong, "allowed": fault.allowed}
    return {"row": fault.row} | {name: {"text": said.text, "facts": dict(said.facts)} for name, said in parts.items()}


def main() -> None:
    """Read standard input under limits of memory and time, and answer on standard output."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    wanted = json.loads(sys.argv[1])
    try:
        found = delimited.grid(
            sys.stdin.buffer.read(),
            known=frozenset(wanted["known"]),
            encoding=wanted["encoding"],
            separator=wanted["separator"],
        )
        given: dict[str, object] = {"rows": found.rows, "encoding": found.encoding, "separator": found.separator}
    except TableError as error:
        given = {"faults": [_told(fault) for fault in error.faults]}
    sys.stdout.buffer.write(json.dumps(given, ensure_ascii=False).encode())


if __name__ == "__main__":
    main()
