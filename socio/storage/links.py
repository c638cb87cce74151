"""Links between units of two läsår, kept by municipality and pair of läsår (docs/method.md §15)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import delete, insert, select

from socio.linking import Link
from socio.storage.datasets import changed
from socio.storage.engine import reading, writing
from socio.storage.tables import LINKS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection

Years: TypeAlias = tuple[str, str]
"""The läsår before and the läsår after."""


def kept(municipality: str) -> dict[Years, tuple[Link, ...]]:
    """List a municipality's links.

    Parameters
    ----------
    municipality : str
        Its code.

    Returns
    -------
    dict of tuple of str to tuple of Link
        By the läsår before and after, in the order they were made.

    Raises
    ------
    StoreError
        The store cannot be read.
    """
    with reading() as connection:
        rows = connection.execute(select(LINKS).where(LINKS.c.municipality == municipality)).all()
    return {(row.before, row.after): _links(row.links) for row in rows}


def add(municipality: str, years: Years, *links: Link) -> None:
    """Keep links, all of them or none; of those that are kept already nothing changes.

    Parameters
    ----------
    municipality : str
        Its code.
    years : tuple of str
        The läsår before and after.
    links : Link
        What `socio.linking.faults` finds nothing wrong with.

    Raises
    ------
    StoreError
        The store cannot be written; it is as it was.
    """
    with writing() as connection:
        there = _of(connection, municipality, years)
        _put(connection, municipality, years, (*there, *(link for link in links if link not in there)))


def remove(municipality: str, years: Years, *links: Link) -> None:
    """Take links away; one that is not there is no fault.

    Raises
    ------
    StoreError
        The store cannot be written; it is as it was.
    """
    with writing() as connection:
        there = _of(connection, municipality, years)
        _put(connection, municipality, years, [link for link in there if link not in links])


def _of(connection: Connection, municipality: str, years: Years) -> tuple[Link, ...]:
    text = connection.execute(select(LINKS.c.links).where(*_at(municipality, years))).scalar_one_or_none()
    return _links(text or "[]")


def _put(connection: Connection, municipality: str, years: Years, links: Iterable[Link]) -> None:
    connection.execute(delete(LINKS).where(*_at(municipality, years)))
    sides = [[link.before, link.after] for link in links]
    if sides:
        row = {"municipality": municipality, "before": years[0], "after": years[1], "links": json.dumps(sides)}
        connection.execute(insert(LINKS), row)
    changed(connection)


def _at(municipality: str, years: Years) -> tuple[ColumnElement[bool], ...]:
    before, after = years
    return LINKS.c.municipality == municipality, LINKS.c.before == before, LINKS.c.after == after


def _links(text: str) -> tuple[Link, ...]:
    return tuple(Link(tuple(before), tuple(after)) for before, after in json.loads(text))
