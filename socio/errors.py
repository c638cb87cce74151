"""What can be wrong with a file or a scenario: facts in the object, one sentence for the user."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Fact: TypeAlias = str | int | float


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence for the user: an English source text and the facts it names.

    Attributes
    ----------
    text
        English source text, the key in the catalogue, with ``{name}`` for each fact.
    facts
        What stands in the text. Numbers are written in the reader's language, text as it stands.
    """

    text: str
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the sentence in English, for the log."""
        return self.text.format(**self.facts)


def words(text: str, /, **facts: Fact) -> Words:
    """Mark an English source text for translation, with the facts it names.

    Examples
    --------
    >>> str(words("{count} pupils", count=3))
    '3 pupils'
    """
    return Words(text, facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong: where, what, and what is allowed.

    Attributes
    ----------
    wrong
        What is wrong.
    allowed
        What is allowed, or how to mend it.
    row
        Row in the file, the header being row 1; None where the fault is not in a row.
    column
        The column's heading as it stands in the file.
    key
        The scenario's key, such as ``pot.total``.
    value
        What stands there, as it stands.
    file
        The file's name as the user gave it.
    """

    wrong: Words
    allowed: Words
    row: int | None = None
    column: str | None = None
    key: str | None = None
    value: str | None = None
    file: str = ""

    def __str__(self) -> str:
        """Return the fault in English, for the log."""
        place = [f"row {self.row}"] if self.row is not None else []
        place += [f'column "{self.column}"'] if self.column is not None else []
        if self.key is not None:
            place += [self.key if self.value is None else f"{self.key} = {self.value}"]
        head = [part for part in (self.file, ", ".join(place)) if part]
        return ": ".join([*head, f"{self.wrong}, {self.allowed}"])


class SocioError(Exception):
    """The input or the scenario is at fault; every fault found is in it.

    Parameters
    ----------
    faults : iterable of Fault
        At least one.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))

    def named(self, file: str) -> Self:
        """Return the same error with the file's name in every fault that lacks one."""
        return type(self)(fault if fault.file else replace(fault, file=file) for fault in self.faults)


class TableError(SocioError):
    """The composition table cannot be read as one."""


class ScenarioError(SocioError):
    """The scenario breaks a rule of its own, or does not fit the table."""


class ImpossibleBoundsError(ScenarioError):
    """No sharing of the pot keeps every rate between the lowest amount and the cap."""
