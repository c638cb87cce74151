"""Census: a register opened in a process of its own, so that a hostile one brings down nothing else.

The child gets the file on standard input and what is asked as its argument, writes nothing to disk, and answers with
counts: no pupil's row comes back.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from socio import composition as contract
from socio.composition import SUPPRESSED_BELOW, Factor
from socio.errors import Fault, TableError, Words, words
from socio.intake import cells, register

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from socio.intake.register import Aggregate, Base

if sys.platform != "win32":
    import resource

ROOT: Final = Path(__file__).parents[2]
MEMORY: Final = 3 << 30
THREADS: Final = dict.fromkeys(
    ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MALLOC_ARENA_MAX"), "2"
)
"""Each thread asks for memory of its own, and a large computer has many."""
SECONDS: Final = 60
PATIENCE: Final = 180
"""Seconds to wait for the child, which has `SECONDS` of computing."""

MOST_BYTES: Final = 60_000_000
"""Bytes of a register that is uploaded (`maxUploadSize`); a larger one is counted from the command line."""

MOST_COLUMNS: Final = 500
MOST_ROWS: Final = 2_000_000
MOST_UNPACKED: Final = 1 << 30
"""Bytes that a Parquet file may say that it holds."""

FEW_VALUES: Final = 60
SEEN: Final = 10_000
"""Different values of a column that are looked at one by one."""

SCHOOL_CODE: Final = re.compile(r"\d{8}")
HEADINGS: Final[Mapping[str, re.Pattern[str]]] = {
    "school": re.compile(
        r"skol.?enhet.?s?.?(?:kod|id|nr)|enhets?kod|^enhet$|skolkod|school.?(?:unit)?.?code", re.IGNORECASE
    ),
    "name": re.compile(r"skol(?:enhet|a)?s?.?namn|^skola$|^skolenhet$|school.?name|^school$", re.IGNORECASE),
    "home": re.compile(r"hem.?kommun|folkbokf|bostadskommun|home.?municipality", re.IGNORECASE),
    "year": re.compile(r"^läs.?år$|^år$|^termin$|mätår|^(?:school.?)?year$", re.IGNORECASE),
    "factor": re.compile(
        r"^kön$|utbildning|utländsk|bakgrund|födelseland|invandr|ankom|nyanländ|tid i sverige|familj|sammanboende"
        r"|^sex$|^gender$|education|background|arrival|family",
        re.IGNORECASE,
    ),
    "aid": re.compile(r"försörjning|ekonomiskt bistånd|socialbidrag|income support|welfare", re.IGNORECASE),
}
"""How columns are usually called. What is known of aid to the family is never suggested: a jurist is asked first."""

MOST_SUGGESTED: Final = 12
"""Categories of a column that is suggested as a factor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What is told of a column.

    Attributes
    ----------
    name
        Its heading.
    distinct
        How many different values it has, blanks around them aside, no value not counted.
    codes
        Whether all of them look like school unit codes.
    values
        Where it has at most 60: those that at least 10 pupils have, in the order of their value.
    """

    name: str
    distinct: int
    codes: bool
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a register is told to hold before anything is counted.

    Attributes
    ----------
    pupils
        Number of rows.
    columns
        In the order of the file.
    """

    pupils: int
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Which column is what, as `socio.intake.register.aggregate` takes them.

    Attributes
    ----------
    school, name, factors, home, municipality
        Columns, and the own municipality's code.
    year, chosen_year
        The column with the year, and the one whose pupils are counted.
    sheet
        Which sheet of a workbook.
    """

    school: str = ""
    name: str | None = None
    factors: tuple[str, ...] = ()
    home: str | None = None
    municipality: str | None = None
    year: str | None = None
    chosen_year: str | None = None
    sheet: str | None = None


def look(content: bytes, name: str, *, sheet: str | None = None) -> Look:
    """Tell the columns of a register, from a process of its own.

    Parameters
    ----------
    content : bytes
        The file.
    name : str
        Its name, for messages.
    sheet : str, optional
        Which sheet of a workbook.

    Returns
    -------
    Look

    Raises
    ------
    TableError
        The file is no register, or damaged, hostile or far too large.

    Notes
    -----
    docs/method.md §11, R098: no value is told that fewer than 10 pupils have, nor any of a column with more than 60.
    """
    given = _asked(content, name, {"ask": "look", "sheet": sheet})
    columns = tuple(Column(**column | {"values": tuple(column["values"])}) for column in given["columns"])
    return Look(pupils=given["pupils"], columns=columns)


def count(content: bytes, name: str, choices: Choices) -> dict[Base, Aggregate]:
    """Count the pupils of a register, in a process of its own.

    Parameters
    ----------
    content : bytes
        The file.
    name : str
        Its name, for messages.
    choices : Choices
        Which column is what.

    Returns
    -------
    dict of str to Aggregate
        ``all``: as counted for all pupils of the schools. ``own``: where the own municipality is told, as counted for
        its own pupils.

    Raises
    ------
    TableError
        As of `socio.intake.register.aggregate`, or the file is no register, damaged, hostile or far too large.

    Notes
    -----
    docs/method.md §11.
    """
    given = _asked(content, name, {"ask": "count", **asdict(choices)})
    return {base: _aggregate(one) for base, one in given["bases"].items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Which column is probably what; None where nothing tells."""

    school: str | None
    name: str | None
    factors: tuple[str, ...]
    home: str | None
    municipality: str | None
    year: str | None


def suggestion(found: Look, municipality: str = "") -> Suggestion:
    """Suggest which column is what, from the headings and from what the columns hold.

    Parameters
    ----------
    found : Look
        The columns.
    municipality : str, optional
        The code of the municipality that is on screen.

    Returns
    -------
    Suggestion

    Examples
    --------
    >>> codes = Column(name="Skolenhetskod", distinct=2, codes=True, values=("12345678",))
    >>> sex = Column(name="Kön", distinct=2, codes=False, values=("Flicka", "Pojke"))
    >>> suggestion(Look(pupils=40, columns=(codes, sex))).factors
    ('Kön',)
    """
    school = _called(found, "school") or next((column for column in found.columns if column.codes), None)
    year, home = _called(found, "year"), _called(found, "home")
    taken = {column.name for column in (school, year, home) if column is not None}
    names = (column for column in found.columns if HEADINGS["name"].search(column.name) and column.name not in taken)
    name = next((column for column in names if school is None or column.distinct <= school.distinct), None)
    taken |= {name.name} if name else set()
    codes = home.values if home is not None else ()
    return Suggestion(
        school=_name(school),
        name=_name(name),
        factors=tuple(
            column.name
            for column in found.columns
            if column.name not in taken
            and 2 <= column.distinct <= MOST_SUGGESTED  # noqa: PLR2004 - one value tells nothing apart
            and HEADINGS["factor"].search(column.name)
            and not HEADINGS["aid"].search(column.name)
        ),
        home=_name(home),
        municipality=municipality if municipality in codes else next(iter(codes), None) if len(codes) == 1 else None,
        year=_name(year) if year is not None and year.distinct > 1 else None,
    )


def about_aid(name: str) -> bool:
    """Tell whether a column is about aid to the family, which a jurist is asked about first.

    Examples
    --------
    >>> about_aid("Försörjningsstöd"), about_aid("Kön")
    (True, False)
    """
    return HEADINGS["aid"].search(name) is not None


def _called(found: Look, what: str) -> Column | None:
    return next((column for column in found.columns if HEADINGS[what].search(column.name)), None)


def _name(column: Column | None) -> str | None:
    return None if column is None else column.name


def _asked(content: bytes, name: str, ask: Mapping[str, object]) -> dict[str, Any]:
    """Ask the child; one that dies or never answers has met a damaged or hostile file."""
    try:
        child = subprocess.run(  # noqa: S603 - our own module, the file goes in on standard input
            [sys.executable, "-m", "socio.intake.census", json.dumps(ask)],
            cwd=ROOT,
            env=os.environ | THREADS,
            input=content,
            capture_output=True,
            timeout=PATIENCE,
            check=True,
        )
        given: dict[str, Any] = json.loads(child.stdout)
    except (subprocess.SubprocessError, ValueError):
        wrong = words("the register cannot be opened: it is damaged, or far larger than it says")
        allowed = words("save it as CSV or Parquet anew, or count it from the command line")
        raise TableError([Fault(file=name, wrong=wrong, allowed=allowed)]) from None
    if "faults" in given:
        raise TableError(_fault(fault) for fault in given["faults"]).named(name)
    return given


def _fault(given: Mapping[str, Any]) -> Fault:
    """Return a fault from how it was told."""
    return Fault(**{**given, "wrong": Words(**given["wrong"]), "allowed": Words(**given["allowed"])})


def _aggregate(given: Mapping[str, Any]) -> Aggregate:
    """Return counts from how they were told."""
    counts = np.array(given["counts"], dtype=np.int64)
    return register.Aggregate(
        codes=tuple(given["codes"]),
        names=tuple(given["names"]),
        pupils=np.array(given["pupils"], dtype=np.int64),
        own=np.array(given["own"], dtype=np.int64),
        base=given["base"],
        factors=tuple(Factor(one["name"], tuple(one["categories"])) for one in given["factors"]),
        counts=counts,
        few=counts < SUPPRESSED_BELOW,
        averaged=np.zeros(len(counts), dtype=bool),
        warnings=tuple(_fault(warning) for warning in given["warnings"]),
    )


def _told(aggregate: Aggregate) -> dict[str, object]:
    """Tell counts, a name and a list of numbers each."""
    return {
        "codes": aggregate.codes,
        "names": aggregate.names,
        "pupils": aggregate.pupils.tolist(),
        "own": aggregate.own.tolist(),
        "base": aggregate.base,
        "factors": [asdict(factor) for factor in aggregate.factors],
        "counts": aggregate.counts.tolist(),
        "warnings": [asdict(warning) for warning in aggregate.warnings],
    }


def answer(content: bytes, ask: Mapping[str, Any]) -> dict[str, object]:
    """Look into a register, or count it: what the child does.

    Parameters
    ----------
    content : bytes
        The file.
    ask : mapping
        ``ask``: ``look`` or ``count``; with the latter the fields of `Choices`.

    Returns
    -------
    dict
        ``pupils`` and ``columns``, or ``bases``; or ``faults``.
    """
    try:
        _check(content)
        pupils = register.table(content, ask["sheet"])
        _refuse_large(pupils.num_rows, pupils.num_columns)
        return _columns(pupils) if ask["ask"] == "look" else _counted(pupils, ask)
    except TableError as error:
        return {"faults": [asdict(fault) for fault in error.faults]}


def _check(content: bytes) -> None:
    """Refuse a Parquet file by what it says of itself, before anything is unpacked."""
    if not content.startswith(register.PARQUET):
        return
    from pyarrow import ArrowException, parquet  # noqa: PLC0415 - after the limits are set

    try:
        said = parquet.ParquetFile(io.BytesIO(content)).metadata
        sizes = [said.row_group(i).total_byte_size for i in range(said.num_row_groups)]
    except (ArrowException, OSError):
        return  # the reader has the words
    _refuse_large(said.num_rows, said.num_columns)
    if sum(sizes) > MOST_UNPACKED or min(sizes, default=0) < 0:
        raise _too_large()


def _refuse_large(rows: int, columns: int) -> None:
    if columns > MOST_COLUMNS or rows > MOST_ROWS:
        raise _too_large()


def _too_large() -> TableError:
    wrong = words("the register is larger than what is opened here")
    allowed = words(
        "at most {rows} pupils and {columns} columns; count a larger one from the command line",
        rows=MOST_ROWS,
        columns=MOST_COLUMNS,
    )
    return TableError([Fault(wrong=wrong, allowed=allowed)])


def _columns(pupils: pa.Table) -> dict[str, object]:
    columns = [asdict(_column(name, pupils[name])) for name in pupils.column_names]
    return {"pupils": pupils.num_rows, "columns": columns}


def _column(name: str, column: pa.ChunkedArray) -> Column:
    """Tell of a column what may be told."""
    from pyarrow import compute  # noqa: PLC0415 - after the limits are set

    different = compute.count_distinct(column, mode="only_valid").as_py()
    if different > SEEN:
        return Column(name=name, distinct=different, codes=False, values=())
    sizes: Counter[str] = Counter()
    for one in compute.value_counts(column).to_pylist():
        sizes[cells.text(one["values"] or "")] += one["counts"]
    del sizes[""]
    values = list(sizes) if len(sizes) <= FEW_VALUES else []
    ordered = [values[i] for i in np.argsort(contract.code_rank(values)).tolist()] if values else []
    return Column(
        name=name,
        distinct=len(sizes),
        codes=bool(sizes) and all(SCHOOL_CODE.fullmatch(value) for value in sizes),
        values=tuple(value for value in ordered if sizes[value] >= SUPPRESSED_BELOW),
    )


def _counted(pupils: pa.Table, ask: Mapping[str, Any]) -> dict[str, object]:
    import polars as pl  # noqa: PLC0415 - after the limits are set

    choices = Choices(**{key: value for key, value in ask.items() if key != "ask"})
    frame = pl.from_arrow(pupils)
    bases: tuple[Base, ...] = ("all",) if choices.home is None else ("all", "own")
    return {"bases": {base: _told(_of_base(frame, choices, base)) for base in bases}}


def _of_base(frame: Any, choices: Choices, base: Base) -> Aggregate:  # noqa: ANN401 - whatever frame narwhals knows
    asked: dict[str, Any] = {
        "school": choices.school,
        "factors": list(choices.factors),
        "name": choices.name,
        "home": choices.home,
        "municipality": choices.municipality,
        "base": base,
    }
    years = register.aggregate_years(frame, year=choices.year, **asked)
    chosen = choices.chosen_year or ""
    if chosen not in years:
        wrong = words("there are no pupils of the year “{year}”", year=chosen)
        allowed = words("there are {years}", years=", ".join(years))
        raise TableError([Fault(column=choices.year, wrong=wrong, allowed=allowed)])
    return years[chosen]


def aligned(own: Aggregate, everyone: Aggregate) -> Aggregate:
    """Return the own pupils' counts under the categories of all pupils', so that one setting fits both.

    Parameters
    ----------
    own, everyone : Aggregate
        The two bases of one register.

    Returns
    -------
    Aggregate
        ``own`` with the factors of ``everyone``; 0 where no own pupil is in a category.
    """
    place = {(factor, category.casefold()): at for at, (factor, category) in enumerate(_pairs(own))}
    counts = np.zeros((len(own.codes), everyone.counts.shape[1]), dtype=np.int64)
    for at, (factor, category) in enumerate(_pairs(everyone)):
        if (factor, category.casefold()) in place:
            counts[:, at] = own.counts[:, place[factor, category.casefold()]]
    return replace(own, factors=everyone.factors, counts=counts, few=counts < SUPPRESSED_BELOW)


def _pairs(aggregate: Aggregate) -> list[tuple[str, str]]:
    return [(factor.name, category) for factor in aggregate.factors for category in factor.categories]


def main() -> None:
    """Read standard input under limits of memory and time, and answer on standard output."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    json.dump(answer(sys.stdin.buffer.read(), json.loads(sys.argv[1])), sys.stdout)


if __name__ == "__main__":
    main()
