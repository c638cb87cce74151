"""Data sets kept on this computer: the national export's municipalities, and own files."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import delete, insert, select, update

from socio.errors import Fault, words
from socio.storage.engine import StoreError, place, reading, writing
from socio.storage.tables import DATASETS, REVISIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.engine import URL, Connection

Kind = Literal["national", "own"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Municipality:
    """One municipality of a national export, or the whole country, in the program's own layout.

    Attributes
    ----------
    name, code
        Such as ``Huddinge`` and ``0126``; the whole country has the code ``00``.
    text
        Its schools, as in docs/method.md §11.
    """

    name: str
    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is said of a data set beside whose it is and of which läsår (R059); each is empty where unknown.

    Attributes
    ----------
    measured
        When its pupils were counted, such as ``2024-10-15``, as written.
    source
        Where the figures come from.
    base
        Which pupils they count, such as ``åk 1–9``.
    names
        More of the kind, by name.
    """

    measured: str = ""
    source: str = ""
    base: str = ""
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A data set that is kept, without its contents.

    Attributes
    ----------
    key
        What it is called in an address; the same data set has the same key tomorrow.
    kind
        ``national``: one municipality and läsår of a national export. ``own``: a file of one's own.
    municipality, code, year
        Whose schools and which läsår; may be empty for an own file.
    file
        Name of the file it came from.
    fingerprint
        SHA-256 of that file, 64 hexadecimal digits.
    kept_at
        When it was kept, UTC.
    how
        How the file is read, as JSON; empty where it is read without being asked.
    about
        What is said of it.
    """

    key: str
    kind: Kind
    municipality: str
    code: str
    year: str
    file: str
    fingerprint: str
    kept_at: datetime
    how: str = ""
    about: About = field(default_factory=About)


class NotKeptError(StoreError):
    """There is no data set with that key, or not any more."""


def fingerprint(content: bytes) -> str:
    """Return a file's SHA-256 in hexadecimal digits.

    Examples
    --------
    >>> fingerprint(b"")[:8]
    'e3b0c442'
    """
    return sha256(content).hexdigest()


def keep_national(
    municipalities: Iterable[Municipality], *, year: str, file: str, fingerprint: str
) -> tuple[Kept, ...]:
    """Keep a whole national export in one transaction.

    Parameters
    ----------
    municipalities : iterable of Municipality
        All of the export; what was kept of the same läsår before is replaced.
    year : str
        Läsår, such as ``2018/19``.
    file, fingerprint : str
        Name and fingerprint of the export as downloaded.

    Returns
    -------
    tuple of Kept

    Raises
    ------
    StoreError
        The store cannot be written; it is as it was.
    """
    now = datetime.now(UTC)
    new = [
        (
            Kept(
                key=f"{municipality.code}-{year.replace('/', '-')}",
                kind="national",
                municipality=municipality.name,
                code=municipality.code,
                year=year,
                file=file,
                fingerprint=fingerprint,
                kept_at=now,
            ),
            municipality.text.encode(),
        )
        for municipality in municipalities
    ]
    with writing() as connection:
        connection.execute(delete(DATASETS).where(DATASETS.c.kind == "national", DATASETS.c.year == year))
        if new:
            connection.execute(insert(DATASETS), [_row(kept, content) for kept, content in new])
        changed(connection)
    return tuple(kept for kept, _ in new)


def keep_own(
    content: bytes,
    *,
    file: str,
    municipality: str = "",
    code: str = "",
    year: str = "",
    how: str = "",
    about: About | None = None,
) -> Kept:
    """Keep a file of one's own, byte for byte.

    Parameters
    ----------
    content : bytes
        The file; keeping the same file, read the same way, again replaces what was kept.
    file : str
        Its name.
    municipality, code, year : str
        Whose schools and which läsår, where known.
    how : str
        How it is read, as JSON; the same file read in another way is another data set.
    about : About, optional
        What is said of it.

    Returns
    -------
    Kept
        What is not said this time stays as it was said before.

    Raises
    ------
    StoreError
        The store cannot be written; it is as it was.
    """
    mark = fingerprint(content)
    key = f"own-{(fingerprint((mark + how).encode()) if how else mark)[:16]}"
    with writing() as connection:
        before = connection.execute(select(*_SAID).where(DATASETS.c.key == key)).one_or_none()
        said = ("", "", "", "") if before is None else before
        new = Kept(
            key=key,
            kind="own",
            municipality=municipality or said[0],
            code=code or said[1],
            year=year or said[2],
            file=file,
            fingerprint=mark,
            kept_at=datetime.now(UTC),
            how=how,
            about=about or _about(said[3]),
        )
        connection.execute(delete(DATASETS).where(DATASETS.c.key == new.key))
        connection.execute(insert(DATASETS), [_row(new, content)])
        changed(connection)
    return new


def describe(key: str, *, municipality: str, code: str, year: str, about: About) -> None:
    """Say something else of an own data set; its contents and its key stay.

    Parameters
    ----------
    key : str
        As in `Kept`.
    municipality, code, year : str
        Whose schools and which läsår; may be empty.
    about : About

    Raises
    ------
    NotKeptError
        There is no own data set with that key.
    StoreError
        The store cannot be written; it is as it was.
    """
    said = {"municipality": municipality, "code": code, "year": year, "about": _json(about)}
    with writing() as connection:
        own = (DATASETS.c.key == key) & (DATASETS.c.kind == "own")
        if not connection.execute(update(DATASETS).where(own).values(said)).rowcount:
            raise _not_kept(key)
        changed(connection)


def kept() -> tuple[Kept, ...]:
    """List what is kept; asking again costs next to nothing where nothing has changed.

    Returns
    -------
    tuple of Kept
        Own files first, the latest before the others; then the latest läsår first, by municipality code.

    Raises
    ------
    StoreError
        The store cannot be read.
    """
    number = revision()
    return _kept(place(), number)


def revision() -> int:
    """Return a number that changes whenever what is kept changes, whoever changes it.

    Raises
    ------
    StoreError
        The store cannot be read.
    """
    with reading() as connection:
        return connection.execute(select(REVISIONS.c.number)).scalar_one_or_none() or 0


def read(key: str) -> bytes:
    """Read a data set that is kept.

    Parameters
    ----------
    key : str
        As in `Kept`.

    Returns
    -------
    bytes
        The own file as it was; of a national export the own layout as UTF-8.

    Raises
    ------
    NotKeptError
        There is none with that key.
    StoreError
        The store cannot be read.
    """
    with reading() as connection:
        content: bytes | None = connection.execute(
            select(DATASETS.c.content).where(DATASETS.c.key == key)
        ).scalar_one_or_none()
    if content is None:
        raise _not_kept(key)
    return zlib.decompress(content)


def forget(*keys: str) -> None:
    """Remove data sets from the store; a key that is not there is no fault.

    Raises
    ------
    StoreError
        The store cannot be written; it is as it was.
    """
    with writing() as connection:
        connection.execute(delete(DATASETS).where(DATASETS.c.key.in_(keys)))
        changed(connection)


@lru_cache(maxsize=2)
def _kept(_place: URL, _revision: int) -> tuple[Kept, ...]:
    """List what is kept at a place, at a revision or later."""
    columns = [column for column in DATASETS.c if column.name != "content"]
    with reading() as connection:
        rows: Sequence[Any] = connection.execute(select(*columns)).mappings().all()
    found = [
        Kept(**{**row, "kept_at": row["kept_at"].replace(tzinfo=UTC), "about": _about(row["about"])}) for row in rows
    ]
    own = sorted((one for one in found if one.kind == "own"), key=lambda one: (one.kept_at, one.key), reverse=True)
    national = sorted((one for one in found if one.kind == "national"), key=lambda one: one.code)
    return (*own, *sorted(national, key=lambda one: one.year, reverse=True))


def changed(connection: Connection) -> None:
    """Count the change that a transaction makes to what is kept."""
    counted = connection.execute(update(REVISIONS).values(number=REVISIONS.c.number + 1))
    if not counted.rowcount:
        connection.execute(insert(REVISIONS).values(number=1))


def _row(kept: Kept, content: bytes) -> dict[str, object]:
    return {
        "key": kept.key,
        "kind": kept.kind,
        "municipality": kept.municipality,
        "code": kept.code,
        "year": kept.year,
        "file": kept.file,
        "fingerprint": kept.fingerprint,
        "kept_at": kept.kept_at.replace(tzinfo=None),
        "content": zlib.compress(content),
        "how": kept.how,
        "about": _json(kept.about),
    }


_SAID = (DATASETS.c.municipality, DATASETS.c.code, DATASETS.c.year, DATASETS.c.about)


def _json(about: About) -> str:
    said = {name: value for name, value in asdict(about).items() if value}
    return json.dumps(said, ensure_ascii=False) if said else ""


def _about(text: str) -> About:
    """Read what is said of a data set; of what a later version may have added, nothing."""
    said = json.loads(text) if text else {}
    return About(**{one.name: said[one.name] for one in fields(About) if one.name in said})


def _not_kept(key: str) -> NotKeptError:
    return NotKeptError(
        [
            Fault(
                wrong=words("the data set {key} is not kept on this computer", key=key),
                allowed=words("choose another, or bring the file in again"),
            )
        ]
    )
