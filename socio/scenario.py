"""Scenario: what politics decides, its bounds, and its file (docs/method.md §10)."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import tomli_w

from socio.errors import Fault, ScenarioError, Words, words
from socio.rounding import half_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Method = Literal["weights", "risk", "index"]
Financed = Literal["inside", "outside"]
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a parameter may be, for the slider, the file and the link alike.

    Attributes
    ----------
    low, high
        Lowest and highest value allowed; ``high`` may be infinite.
    unit
        ``kr``, ``kr/pupil``, ``share``, ``index`` or empty for a bare number.
    step
        What one press of an arrow key moves on screen.
    below_high
        Whether the highest value itself is out.
    whole
        Whether only whole numbers will do.
    """

    low: float
    high: float
    unit: str = ""
    step: float = 1
    below_high: bool = False
    whole: bool = False

    def allow(self, value: float) -> bool:
        """Tell whether a value is allowed."""
        return self.low <= value <= self.high and not (self.below_high and value == self.high)

    def clamp(self, value: float) -> float:
        """Return the nearest value allowed."""
        high = math.nextafter(self.high, self.low) if self.below_high else self.high
        return float(min(max(value, self.low), high))


BOUNDS: Mapping[str, Bounds] = {
    "weight": Bounds(0, 100, step=0.1),
    "need.minimum_pupils": Bounds(0, 1_000_000, whole=True),
    "pot.total": Bounds(0, 1e12, "kr", 100_000, whole=True),
    "pot.per_pupil": Bounds(0, 1e6, "kr/pupil", 50),
    "pot.share": Bounds(0, 1, "share", 0.001),
    "pot.budget": Bounds(0, 1e13, "kr", 1_000_000),
    "redistribution.deduction": Bounds(-1e6, 1e9, "kr/pupil", 100),
    "redistribution.degree": Bounds(0, 100, "share", 0.05),
    "redistribution.threshold": Bounds(0, 1, "index", 0.01, below_high=True),
    "redistribution.progression": Bounds(0, 4, step=0.05),
    "redistribution.minimum": Bounds(0, 1e6, "kr/pupil", 50),
    "redistribution.cap": Bounds(0, 1e6, "kr/pupil", 100),
    "brackets.from": Bounds(0.01, 100, "index", 0.05),
    "brackets.slope": Bounds(0, 100, step=0.1),
    "phase_in.stage": Bounds(0, 1, "share", 0.05),
    "phase_in.limit_kr": Bounds(0, 1e6, "kr/pupil", 50),
    "phase_in.limit_share": Bounds(0, 1, "share", 0.01),
}
"""One table of bounds (docs/method.md §10)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """How a school's composition becomes its need.

    Attributes
    ----------
    method
        ``weights``, or a ready ``risk`` or ``index`` that the table delivers.
    weights
        Factor, category, weight (0–100).
    minimum_pupils
        Units with fewer pupils take the index 1.
    """

    method: Method = "weights"
    weights: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    minimum_pupils: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pot:
    """The money to share: exactly one of a total, kronor per pupil, or a share of a budget.

    Attributes
    ----------
    total
        Whole kronor.
    per_pupil
        Kr per pupil.
    share, budget
        Part (0–1) of a budget in kr.
    """

    total: int | None = None
    per_pupil: float | None = None
    share: float | None = None
    budget: float | None = None

    def total_for(self, pupils: int) -> int:
        """Return the pot in whole kronor.

        Parameters
        ----------
        pupils : int
            Pupils the money follows, all schools together.

        Returns
        -------
        int
            Rounded half up (docs/method.md §6).
        """
        if self.total is not None:
            return self.total
        if self.per_pupil is not None:
            return int(half_up(Decimal(repr(self.per_pupil)) * int(pupils)))
        return int(half_up(Decimal(repr(self.share or 0.0)) * Decimal(repr(self.budget or 0.0))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Brackets:
    """Progression in two pieces: slope 1 up to an index, another slope above it."""

    start: float
    slope: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Redistribution:
    """How strongly the pot follows the index: exactly one of deduction, degree, threshold.

    Attributes
    ----------
    deduction
        Kr per pupil that is added before the index is applied and taken off after.
    degree
        How far the rates stand from the average, in parts of proportion to the index: 0 is equal
        per pupil, 1.5 is "50 procent högre omfördelning" (SKL 2014, step 4).
    threshold
        Index up to which a school gets nothing.
    progression
        Exponent on the index; 1 is linear.
    brackets
        Instead of an exponent.
    minimum, cap
        Lowest and highest rate, kr per pupil; cap None is no cap.
    """

    deduction: float | None = None
    degree: float | None = None
    threshold: float | None = None
    progression: float = 1.0
    brackets: Brackets | None = None
    minimum: float = 0.0
    cap: float | None = None

    def deduction_at(self, average: float) -> float:
        """Return the deduction in kr per pupil at a pot of ``average`` kr per pupil (docs/method.md §1)."""
        if self.deduction is not None:
            return self.deduction
        if self.threshold is not None:
            return average * self.threshold / (1 - self.threshold)
        return average * ((1.0 if self.degree is None else self.degree) - 1)

    def degree_at(self, average: float) -> float:
        """Return the degree at a pot of ``average`` kr per pupil; 1 where there is no pot."""
        if self.degree is not None:
            return self.degree
        if self.threshold is not None:
            return 1 / (1 - self.threshold)
        return 1.0 if average == 0 else (average + (self.deduction or 0.0)) / average

    def threshold_at(self, average: float) -> float:
        """Return the threshold index, negative where the degree is below 1."""
        if self.threshold is not None:
            return self.threshold
        degree = self.degree_at(average)
        return -math.inf if degree == 0 else (degree - 1) / degree


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseIn:
    """How decreases are softened from year to year (docs/method.md §5)."""

    stages: tuple[float, ...] = (1.0,)
    limit_kr: float | None = None
    limit_share: float | None = None
    financed: Financed = "inside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A proposal: need, pot, redistribution and phase-in.

    Attributes
    ----------
    name, year
        What it is called, and the period the money is for.
    proposed_by, note
        Optional.
    """

    name: str
    year: str
    need: Need
    pot: Pot
    redistribution: Redistribution
    phase_in: PhaseIn | None = None
    proposed_by: str = ""
    note: str = ""


def read(text: str, file: str = "") -> Scenario:
    """Read a scenario file.

    Parameters
    ----------
    text : str
        TOML as in docs/method.md §10.
    file : str
        Its name, for the error.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        With every unknown, missing or bad key of the file.
    """
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of 5 000 digits and lists 1 000 deep are no TOML errors
        fault = Fault(
            wrong=words("the file is not valid TOML ({reason})", reason=str(error)),
            allowed=words("mend the line, or save the scenario anew from the screen"),
        )
        raise ScenarioError([fault]).named(file) from error
    reader = _Reader(document)
    scenario = reader.scenario()
    if reader.faults or scenario is None:
        raise ScenarioError(reader.faults).named(file)
    return scenario


def write(scenario: Scenario) -> str:
    """Write a scenario as TOML that `read` gives back unchanged."""
    need: dict[str, Any] = {"method": scenario.need.method, "minimum_pupils": scenario.need.minimum_pupils}
    if scenario.need.weights:
        need["weights"] = {factor: dict(weights) for factor, weights in scenario.need.weights.items()}
    given = scenario.redistribution
    document: dict[str, Any] = {"schema": SCHEMA, "name": scenario.name, "year": scenario.year}
    document |= {key: getattr(scenario, key) for key in ("proposed_by", "note") if getattr(scenario, key)}
    document["need"] = need
    document["pot"] = _stated(scenario.pot, "total", "per_pupil", "share", "budget")
    redistribution = _stated(given, "deduction", "degree", "threshold")
    if given.brackets is None:
        redistribution["progression"] = given.progression
    else:
        redistribution["brackets"] = {"from": given.brackets.start, "slope": given.brackets.slope}
    document["redistribution"] = redistribution | _stated(given, "minimum", "cap")
    if scenario.phase_in is not None:
        phase_in = scenario.phase_in
        document["phase_in"] = {"stages": list(phase_in.stages), "financed": phase_in.financed}
        document["phase_in"] |= _stated(phase_in, "limit_kr", "limit_share")
    return tomli_w.dumps(document)


def _stated(part: Pot | Redistribution | PhaseIn, *keys: str) -> dict[str, Any]:
    return {key: getattr(part, key) for key in keys if getattr(part, key) is not None}


_TOP = ("schema", "name", "year", "proposed_by", "note", "need", "pot", "redistribution", "phase_in")


class _Reader:
    """Read a parsed document and collect every fault."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.faults: list[Fault] = []

    def scenario(self) -> Scenario | None:
        self._unknown(self.document, _TOP, "")
        schema = self.document.get("schema")
        if schema is None:
            self._missing("schema", words("write schema = {schema}", schema=SCHEMA))
        elif isinstance(schema, bool) or schema != SCHEMA:
            self._fault("schema", schema, words("unknown version"), words("allowed is {schema}", schema=SCHEMA))
        name, year = self._text("name", required=True), self._text("year", required=True)
        need, pot, redistribution = self._need(), self._pot(), self._redistribution()
        phase_in = self._phase_in()
        proposed_by, note = self._text("proposed_by"), self._text("note")
        if self.faults:
            return None
        return Scenario(
            name=name,
            year=year,
            need=need,
            pot=pot,
            redistribution=redistribution,
            phase_in=phase_in,
            proposed_by=proposed_by,
            note=note,
        )

    def _need(self) -> Need:
        table = self._table("need", ("method", "minimum_pupils", "weights"), required=True)
        method = self._choice(table, "need", "method", ("weights", "risk", "index"), required=bool(table))
        minimum = self._number(table, "need", "minimum_pupils", default=0.0)
        weights = table.get("weights", {})
        read_weights: dict[str, dict[str, float]] = {}
        if not isinstance(weights, Mapping):
            self._fault("need.weights", weights, words("not a table"), words("write a table for each factor"))
            weights = {}
        for factor, categories in weights.items():
            key = f"need.weights.{_quoted(factor)}"
            if not isinstance(categories, Mapping):
                self._fault(key, categories, words("not a table"), words("write category = weight"))
                continue
            read_weights[factor] = {
                category: self._value(f"{key}.{_quoted(category)}", weight, BOUNDS["weight"])
                for category, weight in categories.items()
            }
        bad = any((fault.key or "").startswith("need.weights") for fault in self.faults)
        if method == "weights" and not bad and not weights:
            self._missing("need.weights", words("write a weight for each category of the factors in use"))
        elif method == "weights" and not bad and not any(any(w.values()) for w in read_weights.values()):
            self._fault("need.weights", None, words("all weights are 0"), words("at least one must be above 0"))
        return Need(method=method or "weights", weights=read_weights, minimum_pupils=int(minimum))

    def _pot(self) -> Pot:
        table = self._table("pot", ("total", "per_pupil", "share", "budget"), required=True)
        total = self._optional(table, "pot", "total")
        per_pupil = self._optional(table, "pot", "per_pupil")
        share, budget = self._optional(table, "pot", "share"), self._optional(table, "pot", "budget")
        if table:
            self._exactly_one("pot", table, ("total", "per_pupil", "share"))
            if "share" in table and "budget" not in table:
                self._missing("pot.budget", words("a share needs the budget it is a share of"))
            if "budget" in table and "share" not in table:
                self._fault(
                    "pot.budget", table["budget"], words("a budget without a share"), words("write share, or leave out")
                )
        return Pot(total=None if total is None else int(total), per_pupil=per_pupil, share=share, budget=budget)

    def _redistribution(self) -> Redistribution:
        degrees = ("deduction", "degree", "threshold")
        table = self._table("redistribution", (*degrees, "progression", "brackets", "minimum", "cap"), required=True)
        if table:
            self._exactly_one("redistribution", table, degrees)
        brackets = None
        if "brackets" in table:
            inner = table["brackets"]
            if "progression" in table:
                self._fault(
                    "redistribution.brackets",
                    None,
                    words("both progression and brackets"),
                    words("write one of them"),
                )
            if isinstance(inner, Mapping):
                self._unknown(inner, ("from", "slope"), "redistribution.brackets.")
                values = {
                    key: self._value(f"redistribution.brackets.{key}", inner[key], BOUNDS[f"brackets.{key}"])
                    for key in ("from", "slope")
                    if key in inner
                }
                for key in ("from", "slope"):
                    if key not in inner:
                        self._missing(f"redistribution.brackets.{key}", words("write both from and slope"))
                brackets = Brackets(start=values.get("from", 1.0), slope=values.get("slope", 1.0))
            else:
                self._fault(
                    "redistribution.brackets", inner, words("not a table"), words("write {{ from = …, slope = … }}")
                )
        part = "redistribution"
        return Redistribution(
            deduction=self._optional(table, part, "deduction"),
            degree=self._optional(table, part, "degree"),
            threshold=self._optional(table, part, "threshold"),
            progression=self._number(table, part, "progression", default=1.0),
            brackets=brackets,
            minimum=self._number(table, part, "minimum", default=0.0),
            cap=self._optional(table, part, "cap"),
        )

    def _phase_in(self) -> PhaseIn | None:
        if "phase_in" not in self.document:
            return None
        table = self._table("phase_in", ("stages", "limit_kr", "limit_share", "financed"))
        stages = table.get("stages", [1])
        read_stages: tuple[float, ...] = (1.0,)
        if not isinstance(stages, list) or not stages:
            self._fault("phase_in.stages", stages, words("not a list of numbers"), words("for example [0.5, 1]"))
        else:
            read_stages = tuple(self._value("phase_in.stages", stage, BOUNDS["phase_in.stage"]) for stage in stages)
            if read_stages[-1] != 1:
                self._fault("phase_in.stages", stages, words("the last stage is not 1"), words("the last one is 1"))
        financed: Financed = self._choice(table, "phase_in", "financed", ("inside", "outside")) or "inside"
        return PhaseIn(
            stages=read_stages,
            limit_kr=self._optional(table, "phase_in", "limit_kr"),
            limit_share=self._optional(table, "phase_in", "limit_share"),
            financed=financed,
        )

    def _table(self, key: str, known: Iterable[str], *, required: bool = False) -> Mapping[str, Any]:
        table = self.document.get(key)
        if table is None:
            if required:
                self._missing(key, words("write the table [{table}]", table=key))
            return {}
        if not isinstance(table, Mapping):
            self._fault(key, table, words("not a table"), words("write the table [{table}]", table=key))
            return {}
        if required and not table:
            self._missing(f"{key}.…", words("allowed are {keys}", keys=", ".join(known)))
        self._unknown(table, known, f"{key}.")
        return table

    def _unknown(self, table: Mapping[str, Any], known: Iterable[str], prefix: str) -> None:
        for key, value in table.items():
            if key not in known:
                allowed = words("allowed are {keys}", keys=", ".join(known))
                self._fault(f"{prefix}{_quoted(key)}", value, words("unknown key"), allowed)

    def _text(self, key: str, *, required: bool = False) -> str:
        value = self.document.get(key)
        if value is None or (required and value == ""):
            if required:
                self._missing(key, words("write a text in quotes"))
            return ""
        if not isinstance(value, str):
            self._fault(key, value, words("not a text"), words("write a text in quotes"))
            return ""
        return value

    def _choice(
        self, table: Mapping[str, Any], part: str, key: str, allowed: tuple[Any, ...], *, required: bool = False
    ) -> Any:  # noqa: ANN401 - one of the literals given
        value = table.get(key)
        choices = words("allowed are {keys}", keys=", ".join(allowed))
        if value is None:
            if required:
                self._missing(f"{part}.{key}", choices)
            return None
        if value not in allowed or not isinstance(value, str):
            self._fault(f"{part}.{key}", value, words("unknown choice"), choices)
            return None
        return value

    def _exactly_one(self, part: str, table: Mapping[str, Any], keys: tuple[str, ...]) -> None:
        found = [key for key in keys if key in table]
        allowed = words("exactly one of {keys}", keys=", ".join(keys))
        if not found:
            self._fault(part, None, words("none of {keys} is given", keys=", ".join(keys)), allowed)
        elif len(found) > 1:
            self._fault(part, None, words("{keys} are given at the same time", keys=", ".join(found)), allowed)

    def _number(self, table: Mapping[str, Any], part: str, key: str, *, default: float) -> float:
        value = self._optional(table, part, key)
        return default if value is None else value

    def _optional(self, table: Mapping[str, Any], part: str, key: str) -> float | None:
        if key not in table:
            return None
        return self._value(f"{part}.{key}", table[key], BOUNDS[f"{part}.{key}"])

    def _value(self, key: str, value: object, bounds: Bounds) -> float:
        allowed = _range(bounds)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._fault(key, value, words("not a number"), allowed)
        elif isinstance(value, float) and not math.isfinite(value):
            self._fault(key, value, words("not a finite number"), allowed)
        elif not bounds.allow(value):
            self._fault(key, value, words("out of range"), allowed)
        elif bounds.whole and value != int(value):
            self._fault(key, value, words("not a whole number"), allowed)
        else:
            return float(value)
        return bounds.low

    def _missing(self, key: str, allowed: Words) -> None:
        self.faults.append(Fault(key=key, wrong=words("is missing"), allowed=allowed))

    def _fault(self, key: str, value: object, wrong: Words, allowed: Words) -> None:
        self.faults.append(Fault(key=key, value=None if value is None else _shown(value), wrong=wrong, allowed=allowed))


def _range(bounds: Bounds) -> Words:
    facts = {"low": bounds.low, "high": bounds.high}
    if bounds.below_high:
        return words("allowed is from {low} up to but not {high}", **facts)
    if bounds.whole:
        return words("allowed are whole numbers from {low} to {high}", **facts)
    return words("allowed is from {low} to {high}", **facts)


def _shown(value: object) -> str:
    """Write a value as it stands in a TOML file."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_quoted(key)} = {_shown(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    convert: Mapping[type, Callable[[Any], str]] = {bool: lambda given: str(given).lower(), str: _quoted_text}
    return convert.get(type(value), str)(value)


def _quoted_text(text: str) -> str:
    return f'"{text}"'


def _quoted(key: str) -> str:
    bare = key.replace("_", "").replace("-", "")
    return key if bare.isascii() and bare.isalnum() else _quoted_text(key)
