"""The command line: the chain without a screen (docs/method.md §12).

A command imports what it needs when it runs, so that ``--help`` is quick.
"""
# ruff: noqa: PLC0415

from __future__ import annotations

import csv
import io
import json
import re
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import click

from socio.errors import Fault, SocioError, TableError, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from socio.allocation import Result
    from socio.composition import Array, Composition
    from socio.intake.register import Aggregate, Base, Engine, Small
    from socio.intake.tables import Intake
    from socio.scenario import Scenario

Language = Literal["sv", "en"]

AT_FAULT: Final = 2
"""Exit status where the input or the scenario is at fault."""

COLUMNS: Final = ("code", "school", "pupils", "points", "index", "target", "rate", "amount")
MOST_YEARS: Final = 20

language_option = click.option(
    "--lang", type=click.Choice(["sv", "en"]), default=None, help="Language of the messages; Swedish by default."
)
output_option = click.option(
    "--output", type=click.Path(path_type=Path), default=None, help="Write here instead of to standard output."
)
sheet_option = click.option("--sheet", default=None, help="Which sheet, where the workbook has several.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@language_option
@click.pass_context
def main(context: click.Context, lang: Language | None) -> None:
    """Share socio-economic school money between schools, from composition to kronor.

    Exit status: 0 done, 2 the input or the scenario is at fault, 1 the program is at fault.
    """
    context.obj = lang


@main.command()
@click.argument("composition", type=click.Path(path_type=Path))
@sheet_option
@language_option
@click.pass_context
def check(context: click.Context, composition: Path, sheet: str | None, lang: Language | None) -> None:
    """Say how a composition table is understood, and warn of what was made of it."""
    with _told(context, lang):
        from socio import remarks

        intake = _intake(composition, sheet)
        found = remarks.remarks(intake.composition)
        _warn([*intake.warnings, *(replace(one, file=str(composition)) for one in found)])
        click.echo("\n".join(_understood(intake)).encode())


@main.command()
@click.argument("export", type=click.Path(path_type=Path), metavar="SKOLVERKET.csv")
@click.option("--municipality", default=None, help="Name or code; the whole country where left out.")
@output_option
@language_option
@click.pass_context
def convert(
    context: click.Context, export: Path, municipality: str | None, output: Path | None, lang: Language | None
) -> None:
    """Write Skolverket's export “Antal elever per årskurs” in the program's own layout."""
    with _told(context, lang):
        from socio.intake import skolverket

        content = _content(export)
        country = skolverket.read(content, str(export))
        code = None
        if municipality is not None:
            with _named(export):
                code = country.municipality(municipality)
        left_out = country.left_out(code)
        if left_out.units:
            wrong = words(
                "units without a number of pupils in grades 1-9 are left out: {units}, with {pupils} pupils in F-klass",
                units=left_out.units,
                pupils=left_out.preschool_class,
            )
            allowed = words("the others are there")
            _warn([Fault(file=str(export), wrong=wrong, allowed=allowed)])
        _write(country.layout(code), output, encoding="utf-8-sig")


@main.command()
@click.argument("pupils", type=click.Path(path_type=Path))
@click.option("--school", required=True, metavar="COLUMN", help="The column with the school unit code.")
@click.option("--factors", required=True, metavar="COL[,COL…]", help="The columns with factors.")
@click.option("--name", default=None, metavar="COLUMN", help="The column with the school's name.")
@click.option(
    "--engine",
    type=click.Choice(["auto", "polars", "duckdb", "pandas", "pyspark"]),
    default="auto",
    help="What counts the pupils; auto is Polars.",
)
@click.option("--home", default=None, metavar="COLUMN", help="The column with the pupils' own municipality.")
@click.option("--municipality", default=None, metavar="CODE", help="The money follows this municipality's pupils only.")
@click.option(
    "--base", type=click.Choice(["all", "own"]), default="all", help="Whose composition: all by default, or its own."
)
@click.option("--suppress", is_flag=True, help="Write .. for fewer than 10 pupils.")
@click.option(
    "--small",
    type=click.Choice(["keep", "average", "leave-out"]),
    default="keep",
    help="Small units: as they are by default, with the municipality's mean, or not in the table.",
)
@click.option("--below", type=click.IntRange(2), default=10, help="Small is fewer pupils than this; 10 by default.")
@click.option("--year", default=None, metavar="COLUMN", help="The column with the year: a table each.")
@click.option("--only", default=None, metavar="YEAR", help="Only this year of them.")
@sheet_option
@output_option
@language_option
@click.pass_context
def aggregate(
    context: click.Context,
    *,
    pupils: Path,
    school: str,
    factors: str,
    name: str | None,
    engine: Engine,
    home: str | None,
    municipality: str | None,
    base: Base,
    suppress: bool,
    small: Literal["keep", "average", "leave-out"],
    below: int,
    year: str | None,
    only: str | None,
    sheet: str | None,
    output: Path | None,
    lang: Language | None,
) -> None:
    """Count a pupil register, one row a pupil, by school and factor, in the program's own layout.

    PUPILS is CSV, Parquet or a workbook; for pyspark also a folder of Parquet files. With --year and without --only
    there is a file for each year, named by --output with the year before its ending.
    """
    with _told(context, lang), _named(pupils):
        from socio.intake import register, spark

        columns = next(csv.reader([factors], skipinitialspace=True), [])
        with spark.session() if engine == "pyspark" else nullcontext():
            source = pupils if engine == "pyspark" and pupils.is_dir() else _content(pupils)
            frame = register.read(source, str(pupils), engine, sheet=sheet)
            counted = register.aggregate_years(
                frame, year=year, school=school, factors=columns, name=name, municipality=municipality, home=home,
                base=base,
            )  # fmt: skip
        treatment: dict[str, Small] = {"keep": "keep", "average": "average", "leave-out": "leave_out"}
        tables = {
            target: register.small_units(one, treatment[small], below=below)
            for target, one in _targets(counted, only, output).items()
        }
        layouts = {target: register.written(one, suppressed=suppress) for target, one in tables.items()}
        for target, one in tables.items():
            few = [register.disclosure(one, suppressed=suppress)] if one.few.any() else []
            _warn([replace(warning, file=str(pupils)) for warning in (*one.warnings, *few)])
            _write(layouts[target], target, encoding="utf-8-sig")


def _targets(counted: dict[str, Aggregate], only: str | None, output: Path | None) -> dict[Path | None, Aggregate]:
    """Tell where each year is written; the only one where it is asked."""
    if only is not None and only not in counted:
        wrong = words("there are no pupils of the year “{year}”", year=only)
        raise TableError([Fault(wrong=wrong, allowed=words("there are {years}", years=", ".join(counted)))])
    if only is not None or list(counted) == [""]:
        return {output: counted[only or ""]}
    if output is None:
        wrong = words("there are several years, and a table for each")
        raise TableError([Fault(wrong=wrong, allowed=words("name a file with --output, or one year with --only"))])
    named = {year: re.sub(r"[^\w-]+", "-", year).strip("-") for year in counted}
    if len(set(named.values())) < len(named):
        wrong = words("two years are the same but for their signs: {years}", years=", ".join(counted))
        raise TableError([Fault(wrong=wrong, allowed=words("write each year in one way"))])
    return {output.with_name(f"{output.stem}-{named[year]}{output.suffix}"): one for year, one in counted.items()}


@main.command()
@click.argument("composition", type=click.Path(path_type=Path))
@click.option("--scenario", type=click.Path(path_type=Path), required=True, help="What is decided, as TOML.")
@click.option("--previous", type=click.Path(path_type=Path), default=None, help="Last year's rates, as CSV.")
@click.option("--plan-year", type=click.IntRange(1, MOST_YEARS), default=1, help="Which year of the phase-in it is.")
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv", help="CSV by default.")
@sheet_option
@output_option
@language_option
@click.pass_context
def allocate(
    context: click.Context,
    *,
    composition: Path,
    scenario: Path,
    previous: Path | None,
    plan_year: int,
    form: Literal["csv", "json"],
    sheet: str | None,
    output: Path | None,
    lang: Language | None,
) -> None:
    """Share the pot between the schools, with every step on the way."""
    with _told(context, lang):
        from socio import allocation

        intake = _intake(composition, sheet)
        decided = _scenario(scenario)
        old = _old(intake.composition, previous)
        with _named(scenario):
            result = allocation.allocate(intake.composition, decided, old, plan_year=plan_year)
        _warn([*intake.warnings, *_notes(result, str(scenario))])
        _write(_as_csv(result) if form == "csv" else _as_json(result), output)


@main.command()
@click.argument("composition", type=click.Path(path_type=Path))
@click.option("--need", "needs", multiple=True, required=True, metavar="FACTOR=CATEGORY", help="What has a weight.")
@click.option("--name", default="", help="Name of the setting.")
@click.option("--year", default="", help="The period the money is for.")
@sheet_option
@output_option
@language_option
@click.pass_context
def fit(
    context: click.Context,
    *,
    composition: Path,
    needs: tuple[str, ...],
    name: str,
    year: str,
    sheet: str | None,
    output: Path | None,
    lang: Language | None,
) -> None:
    """Find the setting that comes closest to today's amounts in the table, and write it as TOML."""
    with _told(context, lang):
        from socio import scenario, search
        from socio.view import format as written
        from socio.view.words import _

        intake = _intake(composition, sheet)
        pairs = {factor.strip(): category.strip() for factor, _sign, category in (one.partition("=") for one in needs)}
        with _named(composition):
            found = search.fit(intake.composition, pairs, name=name or composition.stem, year=year or composition.stem)
        _warn(intake.warnings)
        click.echo(_("Misplaced: {share} of the pot", share=written.percent(found.misplaced, 2)), err=True)
        _write(scenario.write(found.scenario), output)


def _intake(path: Path, sheet: str | None) -> Intake:
    from socio.intake import skolverket, tables

    content = _content(path)
    if skolverket.recognised(content):
        wrong = words("this is Skolverket's export")
        allowed = words("bring it into the program's own layout with convert")
        raise TableError([Fault(file=str(path), wrong=wrong, allowed=allowed)])
    return tables.read(content, str(path), sheet=sheet)


def _scenario(path: Path) -> Scenario:
    from socio import scenario

    try:
        written = _content(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        fault = Fault(file=str(path), wrong=words("the file is not text in UTF-8"), allowed=words("save it as UTF-8"))
        raise TableError([fault]) from None
    return scenario.read(written, str(path))


def _old(composition: Composition, previous: Path | None) -> Array | None:
    """Return last year's rates: those of the file where one is given, else those of the table."""
    if previous is None:
        return composition.old_rate
    from socio.intake import previous as rates

    given = rates.read(_content(previous), str(previous))
    unknown = sorted(given.keys() - set(composition.codes))
    if unknown:
        wrong = words("schools that the composition does not have: {codes}", codes=", ".join(unknown))
        _warn([Fault(file=str(previous), wrong=wrong, allowed=words("their rates are not used"))])
    return rates.aligned(given, composition)


def _notes(result: Result, file: str) -> list[Fault]:
    """Warn of factors left out of the model, and of a municipality row far from the schools' mean."""
    from socio import allocation, need, remarks

    notes = []
    composition, scenario = result.composition, result.scenario
    left_out = allocation.left_out(composition, scenario) if scenario.need.method == "weights" else ()
    if left_out:
        wrong = words("factors that the scenario does not name: {factors}", factors=", ".join(left_out))
        notes.append(Fault(file=file, key="need.weights", wrong=wrong, allowed=words("they are left out of the model")))
    own = float(need.mean_points(result.points, composition.pupils_composition, scenario.need.minimum_pupils))
    far = remarks.far_from_schools(result.mean, own)
    notes += [replace(far, file=file)] if far is not None else []
    return notes


def _understood(intake: Intake) -> list[str]:
    """Say what was understood of a table, a line each."""
    from socio.intake.shares import Unit
    from socio.view.format import number
    from socio.view.words import _

    composition = intake.composition
    separators = {";": _("semicolon"), ",": _("comma"), "\t": _("tab")}
    decimals = {"": _("none in use"), ",": _("comma"), ".": _("point"), ",.": _("comma and point")}
    units = {Unit.SHARE: _("shares, 0 to 1"), Unit.PERCENT: _("per cent"), Unit.COUNT: _("numbers of pupils")}
    told = [_("Sheet: {sheet}", sheet=intake.sheet)] if intake.sheet else []
    if intake.encoding:
        told += [
            _("Encoding: {encoding}", encoding=intake.encoding),
            _("Separator: {separator}", separator=separators[intake.separator]),
        ]
    told += [
        _("Decimal sign: {sign}", sign=decimals[intake.decimal]),
        _("Unit of the shares: {unit}", unit=units[intake.unit]),
        _("Schools: {count}", count=number(len(composition))),
        _("Pupils: {count}", count=number(int(composition.pupils_composition.sum()))),
    ]
    if (composition.pupils_paid != composition.pupils_composition).any():
        told.append(_("Pupils that the money follows: {count}", count=number(int(composition.pupils_paid.sum()))))
    for factor in composition.factors:
        categories = ", ".join(factor.categories)
        told.append(_("Factor {factor}: {categories}", factor=factor.name, categories=categories))
    told += [_("Ready values: {name}", name=name) for name in composition.ready]
    if composition.municipality_row is not None:
        told.append(_("The municipality's own row is there"))
    if composition.old_rate is not None:
        known = sum(rate >= 0 for rate in composition.old_rate)
        told.append(_("Schools with today's money: {count}", count=number(known)))
    return told


def _rows(result: Result) -> Iterator[dict[str, str | int | float]]:
    composition = result.composition
    for i, code in enumerate(composition.codes):
        yield {
            "code": code,
            "school": composition.names[i],
            "pupils": int(composition.pupils_paid[i]),
            "points": float(result.points[i]),
            "index": float(result.index[i]),
            "target": float(result.target[i]),
            "rate": float(result.rate[i]),
            "amount": int(result.amount[i]),
        }


def _as_csv(result: Result) -> str:
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, delimiter=";", lineterminator="\n")
    table.writeheader()
    table.writerows(_rows(result))
    return text.getvalue()


def _as_json(result: Result) -> str:
    from socio import measures

    document = {
        "pot": result.pot,
        "average": result.average,
        "share_moved": measures.spread(result).share_moved,
        "theta": result.theta,
        "extra_cost": result.extra_cost,
        "schools": list(_rows(result)),
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        wrong = words("there is no such file")
        raise TableError([Fault(file=str(path), wrong=wrong, allowed=words("name a file that is there"))]) from error
    except OSError as error:
        wrong = words("the file cannot be read")
        allowed = words("name a file that you may read")
        raise TableError([Fault(file=str(path), wrong=wrong, allowed=allowed)]) from error


def _write(text: str, output: Path | None, encoding: str = "utf-8") -> None:
    if output is None:
        click.echo(text.encode(), nl=False)
        return
    try:
        output.write_text(text, encoding=encoding, newline="")
    except OSError as error:
        wrong = words("the file cannot be written")
        allowed = words("name a file in a folder where you may write")
        raise TableError([Fault(file=str(output), wrong=wrong, allowed=allowed)]) from error


def _warn(warnings: list[Fault] | tuple[Fault, ...]) -> None:
    from socio.view.words import line

    for warning in warnings:
        click.echo(line(warning), err=True)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Put the file's name in every fault that lacks one."""
    try:
        yield
    except SocioError as error:
        raise error.named(str(path)) from error


@contextmanager
def _told(context: click.Context, language: Language | None) -> Iterator[None]:
    """Say every fault on standard error, in the language of the option before or after the command."""
    from socio.view import words as spoken

    spoken.use(language or context.obj or "sv")
    try:
        yield
    except SocioError as error:
        _warn(error.faults)
        raise SystemExit(AT_FAULT) from error


if __name__ == "__main__":
    main(prog_name="python -m socio")
