"""Register: one row a pupil, from the bytes of a file to the number of pupils by school, factor and category.

Everything happens in memory; nothing of a pupil is kept, written or said in a message.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import narwhals.stable.v2 as nw
import numpy as np

from socio import composition as contract
from socio.composition import SUPPRESSED_BELOW, Composition, Factor, Mark, scale
from socio.errors import Fault, TableError, words
from socio.intake import archives, cells, delimited, names, sheets, spark, tables
from socio.intake.shares import OTHERS, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

    from socio.composition import Whole
    from socio.errors import Words

Engine: TypeAlias = Literal["auto", "polars", "duckdb", "pandas", "pyspark"]
Base: TypeAlias = Literal["all", "own"]
Small: TypeAlias = Literal["keep", "average", "leave_out"]
"""Small units: as they are; without shares, so that they take the municipality's; not in the table."""

UNKNOWN: Final = "Uppgift saknas"
"""The category of a pupil without a value."""

MOST_CATEGORIES: Final = 60
MOST_YEARS: Final = 60
MOST_SHOWN: Final = 20
NAMES_OF_PUPILS: Final = 3
"""More names a school than this, and the column is not one of schools' names."""
HEAD: Final = 1_000_000
"""Characters that the separator and the headings are read from."""

PARQUET: Final = b"PAR1"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Aggregate:
    """The pupils of a register, counted.

    Attributes
    ----------
    codes, names
        School unit codes as text, in the order of their value, and the schools' names.
    pupils
        All pupils of each school, shape (n_schools,), whole numbers above 0.
    own
        Those of them who are registered in the own municipality, above 0; the same as ``pupils`` where nobody asked.
    base
        Whose composition is counted: ``all`` pupils of the school, or the municipality's ``own``.
    factors
        The factors in the order asked for; categories by value, ``Uppgift saknas`` last.
    counts
        Pupils of the base in each category, shape (n_schools, n_categories).
    few
        Which of the counts are under the disclosure limit, same shape.
    averaged
        Which schools have their shares left empty, so that they take the municipality's, shape (n_schools,).
    warnings
        What was made of spellings and names, and which schools were left out.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    pupils: Whole
    own: Whole
    base: Base
    factors: tuple[Factor, ...]
    counts: Whole
    few: NDArray[np.bool_]
    averaged: NDArray[np.bool_]
    warnings: tuple[Fault, ...] = ()

    @property
    def pupils_composition(self) -> Whole:
        """Pupils behind the shares, shape (n_schools,)."""
        return self.pupils if self.base == "all" else self.own

    def marks(self, *, suppressed: bool = False) -> NDArray[np.int8]:
        """Tell what stands in each cell.

        Parameters
        ----------
        suppressed : bool
            Whether what is under the disclosure limit is hidden.

        Returns
        -------
        array of int, shape (n_schools, n_categories)
            A `Mark` each. Where the hidden cells of a factor are together under the limit too, so that the
            others and the school's pupils would tell them, the smallest of the others is missing.

        Notes
        -----
        docs/method.md §11.
        """
        marks = np.where(self.few if suppressed else np.zeros_like(self.few), Mark.SUPPRESSED, Mark.KNOWN)
        for columns in _columns(self.factors):
            counts, part = self.counts[:, columns], marks[:, columns]
            hidden = part == Mark.SUPPRESSED
            told = hidden.any(axis=1) & ~hidden.all(axis=1) & ((counts * hidden).sum(axis=1) < SUPPRESSED_BELOW)
            smallest = np.where(hidden, counts.max(initial=0) + 1, counts).argmin(axis=1)
            part[told, smallest[told]] = Mark.MISSING
        marks[self.averaged] = Mark.MISSING
        return marks.astype(np.int8)

    def composition(self, *, suppressed: bool = False) -> Composition:
        """Return the schools with their shares.

        Parameters
        ----------
        suppressed : bool
            Whether what is under the disclosure limit is hidden.

        Returns
        -------
        Composition
            The same as is read from what `written` writes.
        """
        marks = self.marks(suppressed=suppressed)
        shares = self.counts / self.pupils_composition[:, None]
        return Composition(
            codes=self.codes,
            names=self.names,
            operators=("",) * len(self.codes),
            operator_names=("",) * len(self.codes),
            pupils_composition=self.pupils_composition,
            pupils_paid=self.own,
            factors=self.factors,
            cells=np.where(marks == Mark.KNOWN, shares, np.nan),
            marks=marks,
        )


def aggregate(
    pupils: Any,  # noqa: ANN401 - whatever frame narwhals knows
    *,
    school: str,
    factors: Sequence[str],
    name: str | None = None,
    municipality: str | None = None,
    home: str | None = None,
    base: Base = "all",
) -> Aggregate:
    """Count the pupils of a register by school, factor and category.

    Parameters
    ----------
    pupils : frame
        One row a pupil: a frame of Polars (eager or lazy), pandas or PyArrow, a relation of DuckDB, or a DataFrame of
        PySpark, on a cluster or not. A column that is not text is made into text by the engine, so that a school unit
        code ought to be text already.
    school : str
        The column with the school unit code.
    factors : sequence of str
        The columns with the factors.
    name : str, optional
        The column with the school's name; without it the code is the name.
    municipality, home : str, optional
        The own municipality's code, and the column with the code of the municipality where the pupil is registered.
        They belong together; the money then follows the municipality's own pupils only.
    base : {"all", "own"}
        Whether the composition is that of all pupils at the school or of the municipality's own.

    Returns
    -------
    Aggregate
        The same whatever the engine and the order of the rows.

    Raises
    ------
    TableError
        With every fault found: columns that are not there, a pupil without a school, no pupils, a column with
        too many categories, a name that the layout cannot hold.

    Notes
    -----
    docs/method.md §11. The counting is written once, lazily, and nothing in it needs rows in memory: only the
    counts are collected. On a cluster its own protection applies, for what it spills to disk too.

    Examples
    --------
    >>> import polars
    >>> register = polars.DataFrame({"enhet": ["02", "01", "02"], "Kön": ["Flicka", "Pojke", None]})
    >>> counted = aggregate(register, school="enhet", factors=["Kön"])
    >>> counted.codes, counted.factors[0].categories
    (('01', '02'), ('Flicka', 'Pojke', 'Uppgift saknas'))
    >>> counted.counts
    array([[0, 1, 0],
           [1, 0, 1]])
    """
    (only,) = aggregate_years(
        pupils,
        year=None,
        school=school,
        factors=factors,
        name=name,
        municipality=municipality,
        home=home,
        base=base,
    ).values()
    return only


def aggregate_years(
    pupils: Any,  # noqa: ANN401 - whatever frame narwhals knows
    *,
    year: str | None,
    school: str,
    factors: Sequence[str],
    name: str | None = None,
    municipality: str | None = None,
    home: str | None = None,
    base: Base = "all",
) -> dict[str, Aggregate]:
    """Count the pupils of a register over several years, each by itself.

    Parameters
    ----------
    pupils : frame
        One row a pupil and year, as in `aggregate`.
    year : str, optional
        The column with the year or läsår; None where all pupils are of one year.
    school, factors, name, municipality, home, base
        As in `aggregate`.

    Returns
    -------
    dict of str to Aggregate
        By the year as it stands, in the order of its value; each what `aggregate` gives for that year's pupils. Without
        a column of years the only one is empty.

    Raises
    ------
    TableError
        As `aggregate`, for any of the years; a pupil without a year; far too many years.

    Notes
    -----
    docs/method.md §11. All years are counted in the same pass.

    Examples
    --------
    >>> import polars
    >>> register = polars.DataFrame({"år": ["2023", "2024"], "enhet": ["1", "1"], "Kön": ["Flicka", "Pojke"]})
    >>> {year: one.codes for year, one in aggregate_years(register, year="år", school="enhet", factors=["Kön"]).items()}
    {'2023': ('1',), '2024': ('1',)}
    """
    asked = _Asked(school, tuple(factors), name, home, cells.text(municipality or ""), base, year)
    frame = nw.from_native(pupils).lazy()
    _refuse(asked.faults(frame.collect_schema().names()))
    counted = _collected(_count(frame, asked, [] if asked.home is None else _spellings(frame, asked)))
    if not len(counted):
        wrong = words("there is no pupil in the register")
        raise TableError([Fault(wrong=wrong, allowed=words("it needs a header and a row for each pupil"))])
    if asked.year is None:
        return {"": _aggregated(counted, frame, asked)}
    years, numbers = _numbered(counted["year"])
    _refuse(_faults_of_years(years, asked.year))
    found: dict[str, Aggregate] = {}
    faults: list[Fault] = []
    for at in np.argsort(contract.code_rank(years)).tolist():
        try:
            found[years[at]] = _aggregated(counted.filter(numbers == at), frame, asked)
        except TableError as error:
            faults += [fault for fault in error.faults if fault not in faults]
    _refuse(faults)
    return found


def _aggregated(counted: pa.Table, frame: nw.LazyFrame[Any], asked: _Asked) -> Aggregate:
    """Make one table of the counts."""
    codes, parts = _parts(counted, frame, asked)
    notes = _Notes([], [])
    kept = _kept(parts[0], codes, asked.home, notes)
    names = _names([codes[i] for i in kept.tolist()], parts[-1].at(kept) if asked.name else None, asked.name, notes)
    found: list[tuple[Factor, Whole]] = []
    for factor, part in zip(asked.factors, parts, strict=False):
        found += _factor(factor, part.of(asked.base).at(kept), len(kept), notes)
    _refuse(notes.faults)
    counts = np.hstack([block for _, block in found])
    return Aggregate(
        codes=tuple(codes[i] for i in kept.tolist()),
        names=names,
        pupils=parts[0].totals(parts[0].pupils, len(codes))[kept],
        own=parts[0].totals(parts[0].own, len(codes))[kept],
        base=asked.base,
        factors=tuple(factor for factor, _ in found),
        counts=counts,
        few=counts < SUPPRESSED_BELOW,
        averaged=np.zeros(len(kept), dtype=bool),
        warnings=tuple(notes.warnings),
    )


def small_units(aggregate: Aggregate, treatment: Small, *, below: int = SUPPRESSED_BELOW) -> Aggregate:
    """Treat the schools with few pupils behind their shares as chosen.

    Parameters
    ----------
    aggregate : Aggregate
        The counts.
    treatment : {"keep", "average", "leave_out"}
        As they are; without shares, so that they take the municipality's mean; not in the table.
    below : int
        A school with fewer pupils than this is small.

    Returns
    -------
    Aggregate
        With a warning that names the schools that were changed or left out.

    Raises
    ------
    TableError
        Every school is small.

    Notes
    -----
    docs/method.md §11.
    """
    small = aggregate.pupils_composition < below
    if treatment == "keep" or not small.any():
        return aggregate
    wrong = words(
        "schools with fewer than {limit} pupils: {codes}",
        limit=below,
        codes=_listed([aggregate.codes[i] for i in np.flatnonzero(small)]),
    )
    if small.all():
        raise TableError([Fault(wrong=wrong, allowed=words("at least one school has as many pupils as that"))])
    done = words("they are left out") if treatment == "leave_out" else words("they take the municipality's mean")
    told = replace(aggregate, warnings=(*aggregate.warnings, Fault(wrong=wrong, allowed=done)))
    if treatment == "average":
        return replace(told, averaged=small)
    kept = np.flatnonzero(~small)
    return replace(
        told,
        codes=tuple(aggregate.codes[i] for i in kept),
        names=tuple(aggregate.names[i] for i in kept),
        pupils=aggregate.pupils[kept],
        own=aggregate.own[kept],
        counts=aggregate.counts[kept],
        few=aggregate.few[kept],
        averaged=aggregate.averaged[kept],
    )


def written(aggregate: Aggregate, *, suppressed: bool = False) -> str:
    """Write the counts in the program's own layout, as ``;``-separated text.

    Parameters
    ----------
    aggregate : Aggregate
        The counts.
    suppressed : bool
        Whether cells under the disclosure limit are written as ``..``, and those that would tell them left empty.

    Returns
    -------
    str
        Text that `socio.intake.tables.read` reads back to ``aggregate.composition(suppressed=...)``: counts, but
        shares where counts would be taken for per cent, as where every school has about a hundred pupils.

    Notes
    -----
    docs/method.md §11.
    """
    apart = bool((aggregate.own != aggregate.pupils_composition).any())
    counted = [tables.PUPILS_COMPOSITION, tables.PUPILS_PAID] if apart else [tables.PUPILS]
    columns = [f"{factor.name}: {category}" for factor in aggregate.factors for category in factor.categories]
    marks = aggregate.marks(suppressed=suppressed)
    text = io.StringIO()
    table = csv.writer(text, delimiter=";", lineterminator="\n")
    table.writerow([tables.CODE, tables.NAME, *counted, *map(names.guarded, columns)])
    for i, code in enumerate(aggregate.codes):
        pupils = [aggregate.pupils_composition[i], aggregate.own[i]][: len(counted)]
        row = [
            count if mark == Mark.KNOWN else SHOWN[Mark(mark)]
            for count, mark in zip(aggregate.counts[i].tolist(), marks[i].tolist(), strict=True)
        ]
        table.writerow([names.guarded(code), names.guarded(aggregate.names[i]), *pupils, *row])
    if _read_as_counts(text.getvalue()):
        return text.getvalue()
    return tables.write(aggregate.composition(suppressed=suppressed))


def _read_as_counts(text: str) -> bool:
    try:
        return tables.read(text.encode(), "").unit is Unit.COUNT
    except TableError:  # 101 pupils of 101 as per cent
        return False


def disclosure(aggregate: Aggregate, *, suppressed: bool = False) -> Fault:
    """Say how many counts are under the disclosure limit, and what was made of them.

    Parameters
    ----------
    aggregate : Aggregate
        The counts.
    suppressed : bool
        Whether they were written as ``..``.

    Returns
    -------
    Fault
        A warning.
    """
    wrong = words(
        "cells with fewer than {limit} pupils: {count}", limit=SUPPRESSED_BELOW, count=int(aggregate.few.sum())
    )
    if not suppressed:
        return Fault(wrong=wrong, allowed=words("they are written as they are; --suppress hides them"))
    emptied = int((aggregate.marks(suppressed=True) == Mark.MISSING).sum())
    return Fault(
        wrong=wrong, allowed=words("they are written as ..; {count} more that would tell them are empty", count=emptied)
    )


SHOWN: Final = {Mark.SUPPRESSED: "..", Mark.MISSING: ""}


def read(source: Path | bytes, name: str, engine: Engine = "auto", *, sheet: str | None = None) -> Any:  # noqa: ANN401 - the engine's own frame
    r"""Open a register: CSV, Parquet or a workbook, all of it as text.

    Parameters
    ----------
    source : Path or bytes
        The file, or what is in it; read into memory whole. For PySpark also a folder of Parquet files, which is
        scanned and not read.
    name : str
        The file's name, for messages.
    engine : {"auto", "polars", "duckdb", "pandas", "pyspark"}
        Whose frame it becomes; ``auto`` is Polars. PySpark uses the session that runs already, or starts a local one
        (`socio.intake.spark`).
    sheet : str, optional
        Which sheet of a workbook, where there are several.

    Returns
    -------
    frame
        A frame of the engine's own, for `aggregate`.

    Raises
    ------
    TableError
        The file is no table, or the engine is not there.

    Notes
    -----
    Encoding and separator are told as for any file (docs/method.md §11). One reader serves all engines, so that they
    count the same text. A register larger than memory goes to `aggregate` as the engine's own scan.

    Examples
    --------
    >>> read(b"skola;betyg\n007;A\n", "elever.csv").rows()
    [('007', 'A')]
    """
    try:
        if engine == "pyspark" and not isinstance(source, bytes) and source.is_dir():
            return spark.scanned(source)
        return _opened_by(engine, table(source if isinstance(source, bytes) else source.read_bytes(), sheet))
    except TableError as error:
        raise error.named(name) from None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of a register."""

    school: str
    factors: tuple[str, ...]
    name: str | None
    home: str | None
    municipality: str
    base: Base
    year: str | None = None

    @property
    def counted(self) -> tuple[str, ...]:
        """The columns whose values are counted; the name last."""
        return self.factors if self.name is None else (*self.factors, self.name)

    def faults(self, there: Sequence[str]) -> list[Fault]:
        """Find what cannot be asked of these columns."""
        needed = [self.school, *self.counted, *(column for column in (self.home, self.year) if column is not None)]
        allowed = words("there are {columns}", columns=", ".join(map(cells.clipped, there)))
        faults = [
            Fault(column=column, wrong=words("the column is missing"), allowed=allowed)
            for column in dict.fromkeys(needed)
            if column not in there
        ]
        if not self.factors:
            faults.append(Fault(wrong=words("no factor is named"), allowed=words("name the columns that are factors")))
        names = Counter(cells.text(factor).casefold() for factor in self.factors)
        for factor, count in names.items():
            if count > 1:
                twice = next(given for given in self.factors if cells.text(given).casefold() == factor)
                wrong = words("the column stands {count} times", count=count)
                faults.append(Fault(column=twice, wrong=wrong, allowed=words("each column stands once")))
        for factor in self.factors:
            if ":" in factor or not cells.text(factor):
                wrong = words("the name of a factor is empty or has a colon")
                faults.append(Fault(column=factor, wrong=wrong, allowed=words("give the column another heading")))
        if (self.home is None) != (not self.municipality) or (self.home is None and self.base == "own"):
            wrong = words("a municipality's own pupils are told by its code and a column with that of each pupil")
            faults.append(Fault(column=self.home, wrong=wrong, allowed=words("give both, or neither")))
        return faults


@dataclass(frozen=True, slots=True)
class _Notes:
    """What is found on the way."""

    faults: list[Fault]
    warnings: list[Fault]


def _count(frame: nw.LazyFrame[Any], asked: _Asked, municipality: Sequence[str]) -> nw.LazyFrame[Any]:
    """Count the pupils by school, and year, and by the values of each column, in one lazy frame.

    What is summed is made first and summed plainly: an expression inside ``agg`` is many times slower on pandas.
    """
    own = [] if asked.home is None else [_is_one_of(asked.home, municipality).alias("own")]
    sums = [nw.len().alias("pupils"), *([] if asked.home is None else [nw.col("own").sum()])]
    school = nw.col(asked.school).cast(nw.String)
    if frame.implementation.is_polars():  # a number for each code, made once, is grouped sooner than the codes
        school = school.cast(nw.Categorical)
    frame = frame.with_columns(school.alias(asked.school))
    texts = {} if asked.year is None else {"year": asked.year}
    parts = []
    for number, column in enumerate(asked.counted):
        keys = [nw.col(given).cast(nw.String).alias(key) for key, given in (texts | {"value": column}).items()]
        chosen = frame.select(nw.col(asked.school).alias("school"), *keys, *own)
        counts = chosen.group_by("school", *texts, "value").agg(*sums)
        parts.append(counts.with_columns(nw.lit(number).alias("column")))
    return nw.concat(parts, how="vertical")


def _is_one_of(column: str, values: Sequence[str]) -> nw.Expr:
    """Return 1 where a column has one of the values, else 0, also where it has none."""
    same = nw.col(column).cast(nw.String).fill_null("").is_in(values)
    return nw.when(same).then(nw.lit(1)).otherwise(nw.lit(0))


def _spellings(frame: nw.LazyFrame[Any], asked: _Asked) -> list[str]:
    """Find how the own municipality is written, since engines differ in what a blank is."""
    given = frame.select(nw.col(asked.home or "").cast(nw.String).alias("home"))
    there = _texts(_collected(given.unique().head(delimited.MOST_ROWS + 1))["home"].to_pylist())
    if len(there) > delimited.MOST_ROWS:
        wrong = words("the column has more than {most} different values", most=delimited.MOST_ROWS)
        allowed = words("name the column with the municipality where the pupil is registered")
        raise TableError([Fault(column=asked.home, wrong=wrong, allowed=allowed)])
    return [value for value in there if cells.text(value) == asked.municipality]


def _collected(counted: nw.LazyFrame[Any]) -> pa.Table:
    """Run the counting; only the counts come to this process."""
    with spark.told():
        return counted.collect().to_arrow()


def _is(column: str, value: str) -> nw.Expr:
    """Return 1 where a column has the value, else 0, also where it has none."""
    same = nw.col(column).cast(nw.String).fill_null("").str.strip_chars() == value
    return nw.when(same).then(nw.lit(1)).otherwise(nw.lit(0))


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The counts of one column: for each pair of school and value, by number, the pupils, all and own."""

    texts: Sequence[str]
    schools: Whole
    values: Whole
    pupils: Whole
    own: Whole

    def of(self, base: Base) -> _Part:
        """Return the counts of the base as the only ones, without what it does not have."""
        chosen = self.pupils if base == "all" else self.own
        return replace(self, pupils=chosen, own=chosen).only(chosen > 0)

    def at(self, kept: Whole) -> _Part:
        """Return the counts of some of the schools, which are numbered anew."""
        part = self.only(np.isin(self.schools, kept))
        return replace(part, schools=np.searchsorted(kept, part.schools))

    def only(self, rows: NDArray[np.bool_]) -> _Part:
        """Return some of the counts."""
        return _Part(self.texts, self.schools[rows], self.values[rows], self.pupils[rows], self.own[rows])

    def totals(self, counts: Whole, schools: int) -> Whole:
        """Sum over the values of each school."""
        totals = np.zeros(schools, dtype=np.int64)
        np.add.at(totals, self.schools, counts)
        return totals

    def sizes(self) -> dict[int, int]:
        """Sum over the schools, by value."""
        sums = np.bincount(self.values, weights=self.pupils, minlength=len(self.texts))
        return {value: int(sums[value]) for value in np.unique(self.values).tolist()}


def _parts(counted: pa.Table, frame: nw.LazyFrame[Any], asked: _Asked) -> tuple[list[str], list[_Part]]:
    """Clean codes and values, which are few now, and take the columns apart."""
    there, schools = _numbered(counted["school"])
    number, pupils = counted["column"].to_numpy(), counted["pupils"].to_numpy().astype(np.int64)
    if not all(there):
        without = np.array([not code for code in there])[schools] & (number == 0)
        raise TableError([_without_school(frame, asked.school, int(pupils[without].sum()))])
    ranks = contract.code_rank(there)
    codes = [there[i] for i in np.argsort(ranks).tolist()]
    _refuse(_faults_of_codes(codes, asked.school))
    texts, values = _numbered(counted["value"])
    own = counted["own"].to_numpy().astype(np.int64) if "own" in counted.column_names else pupils
    whole = _Part(texts, ranks[schools], values, pupils, own)
    return codes, [whole.only(number == column) for column in range(len(asked.counted))]


def _numbered(column: pa.ChunkedArray) -> tuple[list[str], Whole]:
    """Return the different texts of a column, cleaned, and the number of each row's."""
    encoded = column.cast("large_string").fill_null("").combine_chunks().dictionary_encode()
    different = [cells.text(value) for value in encoded.dictionary.to_pylist()]
    texts = sorted(set(different))
    place = {text: i for i, text in enumerate(texts)}
    numbers = np.array([place[text] for text in different], dtype=np.int64)
    return texts, numbers[encoded.indices.to_numpy()]


def _texts(column: Iterable[object]) -> list[str]:
    """Return a column's text; what is missing, however the engine says so, is empty."""
    return [value if isinstance(value, str) else "" for value in column]


def _kept(part: _Part, codes: Sequence[str], home: str | None, notes: _Notes) -> Whole:
    """Keep the schools that have a pupil of the own municipality's."""
    own = part.totals(part.own, len(codes))
    kept, without = np.flatnonzero(own), np.flatnonzero(own == 0)
    if not len(kept):
        wrong = words("no pupil is registered in the municipality")
        allowed = words("give its code as it stands in the column, with all its digits")
        raise TableError([Fault(column=home, wrong=wrong, allowed=allowed)])
    if len(without):
        shown = _listed([codes[i] for i in without.tolist()])
        wrong = words("schools without a pupil of the municipality's own: {codes}", codes=shown)
        notes.warnings.append(Fault(column=home, wrong=wrong, allowed=words("they are left out")))
    return kept


def _names(codes: Sequence[str], part: _Part | None, column: str | None, notes: _Notes) -> tuple[str, ...]:
    """Give each school the name that most of its pupils have; of equally many the first in order."""
    found: list[Counter[str]] = [Counter() for _ in codes]
    if part is not None:
        _refuse(_faults_of_names(len({part.texts[value] for value in part.values.tolist()}), len(codes), column))
        for school, value, count in zip(part.schools.tolist(), part.values.tolist(), part.pupils.tolist(), strict=True):
            if part.texts[value]:
                found[school][part.texts[value]] += count
    names = [
        min(sorted(told), key=lambda name, told=told: -told[name], default="") or code  # type: ignore[misc]
        for code, told in zip(codes, found, strict=True)
    ]
    several = [code for code, told in zip(codes, found, strict=True) if len(told) > 1]
    if several:
        wrong = words("schools with more than one name: {codes}", codes=_listed(several))
        notes.warnings.append(Fault(column=column, wrong=wrong, allowed=words("the most common one is used")))
    if any(name.casefold() == tables.MUNICIPALITY for name in names):
        wrong = words("a school cannot be named Kommunen")
        notes.faults.append(Fault(column=column, wrong=wrong, allowed=words("that is the municipality's own row")))
    return tuple(names)


def _factor(column: str, part: _Part, schools: int, notes: _Notes) -> list[tuple[Factor, Whole]]:
    """Count one factor's categories school by school; nothing where it is at fault."""
    sizes: Counter[str] = Counter()
    for value, count in part.sizes().items():
        sizes[part.texts[value] or UNKNOWN] += count
    spelled = _spelled(sizes)
    categories = sorted(set(spelled.values()))
    if len(categories) > MOST_CATEGORIES:
        wrong = words("the column has {count} different values, as a number or a date has", count=len(categories))
        allowed = words("a factor has at most {most} categories; bring the values into groups", most=MOST_CATEGORIES)
        notes.faults.append(Fault(column=column, wrong=wrong, allowed=allowed))
        return []
    if any(scale(category) is not None for category in categories):
        wrong = words("a category cannot be named as a mean of 1–3 is")
        notes.faults.append(Fault(column=column, wrong=wrong, allowed=words("give it another name")))
        return []
    if len(spelled) > len(categories):
        doubles = [category for category in categories if list(spelled.values()).count(category) > 1]
        wrong = words("categories spelled in more than one way: {categories}", categories=_listed(doubles))
        allowed = words("capitals make no difference; the most common spelling is used")
        notes.warnings.append(Fault(column=column, wrong=wrong, allowed=allowed))
    ordered = [categories[i] for i in np.argsort(contract.code_rank(categories))]
    ordered.sort(key=lambda category: category.casefold() == UNKNOWN.casefold())
    if len(ordered) == 1:  # a single column would be read by guess, so its complement, 0, is written too
        ordered.append(OTHERS if ordered[0].casefold() != OTHERS.casefold() else UNKNOWN)
    place = {category: i for i, category in enumerate(ordered)}
    columns = np.array([place.get(spelled.get(text or UNKNOWN, ""), 0) for text in part.texts], dtype=np.int64)
    counts = np.zeros((schools, len(ordered)), dtype=np.int64)
    np.add.at(counts, (part.schools, columns[part.values]), part.pupils)
    return [(Factor(cells.text(column), tuple(ordered)), counts)]


def _spelled(sizes: Mapping[str, int]) -> dict[str, str]:
    """Tell which spelling each category takes, since headings that differ in capitals only are one."""
    alike: dict[str, list[str]] = defaultdict(list)
    for value in sizes:
        alike[value.casefold()].append(value)
    best = {key: min(values, key=lambda value: (-sizes[value], value)) for key, values in alike.items()}
    return {value: best[value.casefold()] for value in sizes}


def _faults_of_codes(codes: Sequence[str], school: str) -> list[Fault]:
    if len(codes) > delimited.MOST_ROWS:
        wrong = words("the column has {count} different values", count=len(codes))
        allowed = words("name the column with the school unit codes; at most {most} are read", most=delimited.MOST_ROWS)
        return [Fault(column=school, wrong=wrong, allowed=allowed)]
    own = words("each school has a code of its own, as text")
    return [
        Fault(
            column=school,
            wrong=words("a spreadsheet has made a number of the school unit code “{code}”", code=code),
            allowed=own,
        )
        for code in codes
        if tables.MUTILATED_CODE.fullmatch(code)
    ]


def _faults_of_names(names: int, schools: int, column: str | None) -> list[Fault]:
    """Refuse a column of other names than schools', so that no pupil's name becomes a school's."""
    if names <= NAMES_OF_PUPILS * schools + MOST_SHOWN:
        return []
    wrong = words("the column has {count} different values for {schools} schools", count=names, schools=schools)
    return [Fault(column=column, wrong=wrong, allowed=words("name the column with the schools' names, or none"))]


def _faults_of_years(years: Sequence[str], column: str) -> list[Fault]:
    if not all(years):
        allowed = words("each pupil has a year; take away who has none")
        return [Fault(column=column, wrong=words("there are pupils without a year"), allowed=allowed)]
    if len(years) > MOST_YEARS:
        wrong = words("the column has {count} different values", count=len(years))
        allowed = words("name the column with the year; at most {most} are counted", most=MOST_YEARS)
        return [Fault(column=column, wrong=wrong, allowed=allowed)]
    return []


def _without_school(frame: nw.LazyFrame[Any], school: str, count: int) -> Fault:
    """Say how many pupils lack a school, and in which rows; a Spark frame has no order, and is not collected."""
    allowed = words("each pupil has a school; take away who has none")
    if frame.implementation.is_spark_like():
        return Fault(
            column=school, wrong=words("pupils without a school unit code: {count}", count=count), allowed=allowed
        )
    codes = _texts(frame.select(nw.col(school).cast(nw.String)).collect()[school].to_list())
    rows = [row for row, code in enumerate(codes, 2) if not cells.text(code)]
    wrong = words("pupils without a school unit code: {count}, in row {rows}", count=len(rows), rows=_listed(rows))
    return Fault(column=school, wrong=wrong, allowed=allowed)


def _listed(given: Sequence[str] | Sequence[int]) -> str:
    """Name some, and say with dots that there are more."""
    return ", ".join(map(str, given[:MOST_SHOWN])) + (", …" if len(given) > MOST_SHOWN else "")


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise TableError(faults)


def _columns(factors: Sequence[Factor]) -> Iterable[slice]:
    start = 0
    for factor in factors:
        yield slice(start, start + len(factor.categories))
        start += len(factor.categories)


def table(content: bytes, sheet: str | None = None) -> pa.Table:
    """Read any file as a table of text.

    Parameters
    ----------
    content : bytes
        CSV, Parquet or a workbook; or a CSV or a workbook in a zip.
    sheet : str, optional
        Which sheet of a workbook, where there are several.

    Returns
    -------
    pyarrow.Table
        A row a pupil; every column is text. Of a Parquet file columns that cannot be, as lists, are left out.

    Raises
    ------
    TableError
        The file is no table.
    """
    if content.startswith(PARQUET):
        return _parquet(content)
    content = archives.opened(content)
    if sheets.is_workbook(content):
        return _workbook(content, sheet)
    return _text_table(content)


def _parquet(content: bytes) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 - only where a register is read
    from pyarrow import parquet  # noqa: PLC0415

    try:
        table = parquet.read_table(io.BytesIO(content))
    except (pa.ArrowException, OSError):
        raise _damaged() from None
    columns = {}
    for name, column in zip(_headings(table.column_names, 0), table.columns, strict=True):
        try:
            columns[name] = column.cast(pa.string())
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
            continue  # lists and the like are no factor; asked for, the column is missing
    return pa.table(columns)


def _damaged() -> TableError:
    allowed = words("save the register as CSV or Parquet anew")
    return TableError([Fault(wrong=words("the Parquet file is damaged or cut off"), allowed=allowed)])


def _workbook(content: bytes, sheet: str | None) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 - only where a register is read

    try:
        rows = sheets.read(content, sheet).rows
    except TableError as error:
        if error.faults[0].wrong.text == sheets.REFUSED["large"].text:
            wrong = words("the workbook is larger than what is opened")
            raise TableError([Fault(wrong=wrong, allowed=words("save the register as CSV or Parquet"))]) from None
        raise
    header = next((i for i, row in enumerate(rows) if any(cells.shown(cell).strip() for cell in row)), None)
    if header is None:
        raise _empty()
    names = _headings(rows[header], header)
    faults, pupils = [], []
    for number, row in enumerate(rows[header + 1 :], header + 2):
        line = [cells.shown(cell) for cell in row[: len(names)]]
        faults += [
            Fault(row=number, column=names[i], wrong=cells.not_a_number(cell), allowed=words("mend the cell"))
            for i, cell in enumerate(row[: len(names)])
            if isinstance(cell, cells.Broken)
        ]
        if any(cell.strip() for cell in line):
            pupils.append([*line, *[""] * (len(names) - len(line))])
    _refuse(faults)
    return pa.table({name: pa.array([line[i] for line in pupils], pa.string()) for i, name in enumerate(names)})


def _text_table(content: bytes) -> pa.Table:
    """Read delimited text; the engine gets UTF-8, whatever it was."""
    import pyarrow as pa  # noqa: PLC0415 - only where a register is read
    from pyarrow import compute  # noqa: PLC0415
    from pyarrow import csv as arrow  # noqa: PLC0415

    text, _ = delimited.decoded(content)
    head = text[:HEAD] if len(text) <= HEAD else text[: text.rfind("\n", 0, HEAD) + 1 or HEAD]
    stated = delimited.STATED.fullmatch(head.partition("\n")[0])
    separator = stated[1] if stated else delimited.separator_of(head, frozenset())
    header, lines, row = _header(head, separator, stated=bool(stated))
    names = _headings(row, header)
    _refuse(_quotes(text, separator) if '"' in text else [])
    invalid: list[Fault] = []

    def refuse(row: arrow.InvalidRow) -> str:
        wrong = words("the row has {count} cells, the header {width}", count=row.actual_columns, width=len(names))
        allowed = words("each pupil has a cell for each heading; a cell with a separator in it stands in quotes")
        invalid.append(Fault(row=row.number, wrong=wrong, allowed=allowed))
        return "skip"

    try:
        table = arrow.read_csv(
            io.BytesIO(text.encode()),
            arrow.ReadOptions(use_threads=False, skip_rows=lines, column_names=names),
            arrow.ParseOptions(delimiter=separator, newlines_in_values=True, invalid_row_handler=refuse),
            arrow.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid:
        raise delimited.unreadable(words("the rows cannot be read")) from None
    _refuse(invalid[:MOST_SHOWN])
    filled = [compute.not_equal(column, "") for column in table.columns]
    return table.filter(reduce(compute.or_, filled))


def _header(head: str, separator: str, *, stated: bool) -> tuple[int, int, list[str]]:
    """Find the first row with anything in it: its position, the lines up to its end, its cells."""
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=separator)
    try:
        for position, row in enumerate(reader):
            if any(cell.strip() for cell in row) and not (stated and position == 0):
                return position, reader.line_num, row
    except csv.Error:
        raise TableError([_not_closed(1)]) from None
    raise _empty()


def _quotes(text: str, separator: str) -> list[Fault]:
    """Find a quote that is never closed, which would swallow the pupils after it."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    row = 0
    try:
        for row, _ in enumerate(reader, 1):  # noqa: B007 - the row before the fault tells where it is
            pass
    except csv.Error:
        return [_not_closed(row + 1)]
    return []


def _not_closed(row: int) -> Fault:
    wrong = words("a quote is not closed, or a cell is endless")
    allowed = words("a cell in quotes ends with a quote before the next separator")
    return Fault(row=row, wrong=wrong, allowed=allowed)


def _empty() -> TableError:
    wrong = words("the file is empty")
    return TableError([Fault(wrong=wrong, allowed=words("it needs a header and a row for each pupil"))])


def _headings(row: Sequence[cells.Cell], position: int) -> list[str]:
    """Return the headings, each there once; a column without one is named by its place."""
    names = [cells.text(cell) or f"({i})" for i, cell in enumerate(row, 1)]
    allowed = words("each column stands once")
    _refuse(
        [
            Fault(
                row=position + 1, column=name, wrong=words("the column stands {count} times", count=n), allowed=allowed
            )
            for name, n in Counter(names).items()
            if n > 1
        ]
    )
    return names


def _opened_by(engine: Engine, table: pa.Table) -> Any:  # noqa: ANN401 - the engine's own frame
    try:
        if engine == "pandas":
            import pandas as pd  # noqa: PLC0415 - the engine that was chosen

            return table.to_pandas(types_mapper=pd.ArrowDtype)
        if engine == "duckdb":
            import duckdb  # noqa: PLC0415

            return duckdb.connect().from_arrow(table)
        if engine == "pyspark":
            return spark.opened(table)
    except ImportError:
        wrong: Words = words("the engine {engine} is not installed", engine=engine)
        raise TableError([Fault(wrong=wrong, allowed=words("choose auto or polars"))]) from None
    import polars as pl  # noqa: PLC0415

    return pl.from_arrow(table)
