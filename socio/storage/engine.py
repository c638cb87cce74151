"""Where the store is, and its transactions: whole or not at all."""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from platformdirs import user_data_path
from sqlalchemy import create_engine, event, inspect
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.schema import CreateColumn

from socio.errors import Fault, SocioError, words
from socio.storage.tables import METADATA

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from sqlalchemy import Column

SETTING: Final = "SOCIO_STORE"
"""Environment variable that names the store: a file, or a database URL."""

PATIENCE: Final = 10.0
"""Seconds to wait for another program that is writing."""


class StoreError(SocioError):
    """The store cannot be read or written."""


def place() -> URL:
    """Return where the store is.

    Returns
    -------
    sqlalchemy.engine.URL
        From the environment variable ``SOCIO_STORE``; otherwise ``socio.sqlite`` in the user's data folder.
    """
    named = os.environ.get(SETTING, "").strip()
    if "://" in named:
        return make_url(named)
    file = Path(named).expanduser() if named else user_data_path("socio", appauthor=False) / "socio.sqlite"
    return URL.create("sqlite", database=str(file.absolute()))


@contextmanager
def reading() -> Iterator[Connection]:
    """Read from the store, at one moment in its life.

    Raises
    ------
    StoreError
        The store cannot be opened or read.
    """
    with _told(), _engine(place()).connect() as connection:
        yield connection


@contextmanager
def writing() -> Iterator[Connection]:
    """Write to the store in one transaction: all of it is kept, or nothing.

    Raises
    ------
    StoreError
        The store cannot be opened or written; it is as it was.
    """
    with _told(), _engine(place()).connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


@cache
def _engine(url: URL) -> Engine:
    """Open the store, and lay out what it lacks: all of a new one, what was added since of an older one."""
    is_file = url.get_backend_name() == "sqlite"
    if is_file and url.database and not url.database.startswith("file:"):
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": PATIENCE}) if is_file else create_engine(url)
    if is_file:
        event.listen(engine, "connect", _plain_transactions)
        event.listen(engine, "begin", _begin)
    with engine.connect() as connection:
        lacks = _lacks(connection)
    if lacks:
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            METADATA.create_all(connection)
            for column in _lacks(connection):  # looked for anew: another program may have been first
                added = CreateColumn(column).compile(dialect=connection.dialect)
                table = connection.dialect.identifier_preparer.format_table(column.table)
                connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN {added}")
    return engine


def _lacks(connection: Connection) -> list[Column[Any]]:
    """Return the columns that the store does not have."""
    look = inspect(connection)
    lacking: list[Column[Any]] = []
    for table in METADATA.sorted_tables:
        there = {column["name"] for column in look.get_columns(table.name)} if look.has_table(table.name) else set()
        lacking += [column for column in table.c if column.name not in there]
    return lacking


def _plain_transactions(connection: sqlite3.Connection, _record: object) -> None:
    """Let SQLAlchemy begin transactions itself, write ahead and wait for the disk."""
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def _begin(connection: Connection) -> None:
    """Take the lock at once where there is something to write, so that two writers queue up."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _told() -> Iterator[None]:
    """Say in words what is wrong with the store."""
    try:
        yield
    except (DBAPIError, OSError, ArgumentError, NoSuchModuleError) as error:
        raise StoreError([_fault(error)]) from error


def _fault(error: Exception) -> Fault:
    """Tell by SQLite's own name of the fault what the user can do."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    name = getattr(cause, "sqlite_errorname", type(cause).__name__)
    where = _shown_place()
    if name.startswith("SQLITE_FULL"):
        return Fault(
            wrong=words("there is no room left on the disk for {place}", place=where),
            allowed=words("nothing was changed; free some space and try again"),
        )
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")) or isinstance(cause, OSError):
        return Fault(
            wrong=words("{place} cannot be opened or written", place=where),
            allowed=words("give this user write access to it, or name another place in {setting}", setting=SETTING),
        )
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Fault(
            wrong=words("another program is writing to {place}", place=where),
            allowed=words("nothing was changed; try again in a moment"),
        )
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return Fault(
            wrong=words("{place} is damaged, or is something else than a store", place=where),
            allowed=words("move it away and a new one is made, or name another place in {setting}", setting=SETTING),
        )
    return Fault(
        wrong=words("the store {place} does not answer ({reason})", place=where, reason=str(cause)),
        allowed=words("nothing was changed; try again, or name another place in {setting}", setting=SETTING),
    )


def _shown_place() -> str:
    """Write where the store is, without a password."""
    try:
        url = place()
    except ArgumentError:
        return SETTING
    file = url.database if url.get_backend_name() == "sqlite" else None
    return file or url.render_as_string(hide_password=True)
