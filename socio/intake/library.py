"""Library: the small tables of real figures that come with the program, and how they are made."""

from __future__ import annotations

import csv
import io
import sys
from dataclasses import astuple, dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from socio.intake import skolverket, tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from socio.composition import Composition

FOLDER: Final = Path(__file__).parents[2] / "data"
INDEX: Final = "datasets.csv"
AMOUNTS: Final = "huddinge_2019_amounts.csv"
"""Today's amounts as published: ``skola;vt19_kr;ht19_kr``."""

TAKEN: Final = (
    ("0126", "huddinge", range(2013, 2024)),
    ("0115", "vallentuna", range(2022, 2024)),
    ("0580", "linkoping", range(2022, 2024)),
    ("0180", "stockholm", range(2022, 2024)),
)
"""Municipality code, name in the file's name, and the autumns whose figures come along."""

PAID: Final = (
    ("huddinge_2019_vt.csv", "2019 vt", 2018, "vt19_kr"),
    ("huddinge_2019_ht.csv", "2019 ht", 2019, "ht19_kr"),
)
"""File, period, autumn of the composition, and column of the amounts."""

AMOUNTS_SOURCE: Final = "Huddinge kommun: Bilaga 2, Socioekonomisk ersättning; användning och effekter 2019"


@dataclass(frozen=True, slots=True)
class Dataset:
    """One table of real figures.

    Attributes
    ----------
    file
        Its name in the folder.
    municipality, code
        Whose schools.
    year
        The läsår of the composition.
    period
        What today's money is for; empty where the table has none.
    source
        Where the figures come from.
    date
        The month the figures speak of.
    """

    file: str
    municipality: str
    code: str
    year: str
    period: str
    source: str
    date: str


@cache
def datasets(folder: Path = FOLDER) -> tuple[Dataset, ...]:
    """List the tables that come with the program.

    Parameters
    ----------
    folder : Path
        Where they lie.

    Returns
    -------
    tuple of Dataset
        In the order of the index.
    """
    with (folder / INDEX).open(encoding="utf-8-sig", newline="") as index:
        return tuple(Dataset(**row) for row in csv.DictReader(index, delimiter=";"))


@cache
def read(dataset: Dataset, folder: Path = FOLDER) -> Composition:
    """Read one of them.

    Parameters
    ----------
    dataset : Dataset
        Which.
    folder : Path
        Where it lies.

    Returns
    -------
    Composition
        The schools, with municipality, läsår and source.
    """
    return tables.read(
        (folder / dataset.file).read_bytes(),
        dataset.file,
        municipality=dataset.municipality,
        municipality_code=dataset.code,
        year=dataset.year,
        source=dataset.source,
    ).composition


def made(exports: Path, folder: Path = FOLDER) -> Iterator[tuple[str, str]]:
    """Make the tables anew from Skolverket's exports.

    Parameters
    ----------
    exports : Path
        The folder with the exports as downloaded.
    folder : Path
        Where the amounts lie.

    Yields
    ------
    tuple of str
        A file's name and its text; the index is the last.
    """
    national = _national(exports, {year for _, _, years in TAKEN for year in years})
    listed: list[Dataset] = []
    for code, name, years in TAKEN:
        for year in years:
            country = national[year]
            file = f"{name}_{country.year.replace('/', '-')}.csv"
            listed.append(_dataset(file, country, code, year))
            yield file, country.layout(code)
    huddinge = TAKEN[0][0]
    for file, period, year, column in PAID:
        listed.append(_dataset(file, national[year], huddinge, year, period))
        yield file, with_amounts(national[year].layout(huddinge), _amounts(folder, column))
    yield INDEX, _written([tuple(field.name for field in fields(Dataset)), *map(astuple, listed)])


def with_amounts(layout: str, amounts: Mapping[str, str]) -> str:
    """Add today's amounts to a table, and the pupils they went to.

    Parameters
    ----------
    layout : str
        A table in the program's own layout.
    amounts : mapping of str to str
        Amount in kr by the school's name; a school that is not there gets nothing.

    Returns
    -------
    str
        The table with ``tidigare_belopp`` and ``tidigare_elever``.
    """
    header, *rows = csv.reader(io.StringIO(layout, newline=""), delimiter=";")
    name, pupils = header.index(tables.NAME), header.index(tables.PUPILS_PAID)
    unmatched = amounts.keys() - {row[name] for row in rows}
    if unmatched:
        message = f"no school is named {', '.join(sorted(unmatched))}"
        raise ValueError(message)
    return _written(
        [
            (*header, tables.OLD_AMOUNT, tables.OLD_PUPILS),
            *((*row, amounts.get(row[name], ""), row[pupils] if row[name] in amounts else "") for row in rows),
        ]
    )


def _national(exports: Path, years: set[int]) -> Mapping[int, skolverket.National]:
    found = {}
    for path in sorted(exports.glob("*Antal elever per årskurs*.csv")):
        content = path.read_bytes()
        if skolverket.recognised(content):
            country = skolverket.read(content, path.name)
            found[int(country.year[:4])] = country
    missing = years - found.keys()
    if missing:
        message = f"{exports} lacks the exports of {', '.join(map(str, sorted(missing)))}"
        raise FileNotFoundError(message)
    return found


def _dataset(file: str, country: skolverket.National, code: str, year: int, period: str = "") -> Dataset:
    source = skolverket.SOURCE.format(year=country.year)
    if period:
        source = f"{source}; {AMOUNTS_SOURCE}"
    return Dataset(file, country.municipalities[code], code, country.year, period, source, f"{year}-10")


def _amounts(folder: Path, column: str) -> Mapping[str, str]:
    with (folder / AMOUNTS).open(encoding="utf-8-sig", newline="") as amounts:
        return {row["skola"]: row[column] for row in csv.DictReader(amounts, delimiter=";")}


def _written(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\n").writerows(rows)
    return text.getvalue()


def main() -> None:
    """Write the tables into the folder: ``python -m socio.intake.library FOLDER_OF_EXPORTS``."""
    for file, text in made(Path(sys.argv[1])):
        (FOLDER / file).write_text(text, encoding="utf-8-sig", newline="")


if __name__ == "__main__":
    main()
