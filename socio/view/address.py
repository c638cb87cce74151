"""The address in the browser: everything that makes a view, so that a link reopens exactly it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from socio.errors import Words, words
from socio.scenario import BOUNDS, Brackets, Need, PhaseIn, Pot, Redistribution, Scenario
from socio.view.words import LANGUAGES, Language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from socio.composition import Composition

BaselineName = Literal["today", "equal", "last_year", "start"]
Order = Literal["rate", "name", "pupils"]
Unit = Literal["kr", "kr_per_pupil"]
Part = Literal["differences", "intake", "years", "factors", "remarks"]
"""Of the page Underlag."""

_BASELINES: Mapping[BaselineName, str] = {
    "today": "idag",
    "equal": "lika",
    "last_year": "forra-lasaret",
    "start": "start",
}
_ORDERS: Mapping[Order, str] = {"rate": "kr", "name": "namn", "pupils": "elever"}
_UNITS: Mapping[Unit, str] = {"kr": "kr", "kr_per_pupil": "kr-per-elev"}
_PARTS: Mapping[Part, str] = {
    "differences": "skillnader",
    "intake": "ta-in",
    "years": "lasar",
    "factors": "faktorer",
    "remarks": "anmarkningar",
}
_SORTS: dict[str, str] = {
    "code": "kod",
    "school": "skola",
    "pupils": "elever",
    "points": "poang",
    "index": "index",
    "target": "mal",
    "rate": "kr-per-elev",
    "amount": "kr",
    "change_amount": "andring-kr",
    "change_rate": "andring-per-elev",
}
_SORTS |= {f"-{column}": f"-{name}" for column, name in _SORTS.items()}
_YES: Mapping[bool, str] = {True: "1", False: "0"}
_WIDTHS: Mapping[bool, str] = {True: "lika", False: "elever"}

Parameters = dict[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is on screen, whole.

    Attributes
    ----------
    dataset
        Key of the table in use.
    scenario
        What is decided.
    everyone
        Whether schools without an amount today are in.
    baseline
        What the result is compared with.
    order, equal_width
        How the bars of the first chart stand.
    unit
        Unit of the changes.
    sort
        Column that the table is sorted by, with ``-`` before it where the largest comes first.
    school
        Code of the chosen school; empty for none.
    part
        Part of the page Underlag.
    language
        ``sv`` or ``en``.
    """

    dataset: str
    scenario: Scenario
    everyone: bool = False
    baseline: BaselineName = "equal"
    order: Order = "rate"
    equal_width: bool = False
    unit: Unit = "kr"
    sort: str = "school"
    school: str = ""
    part: Part = "differences"
    language: Language = "sv"


_POT = {"pott": "total", "pott_elev": "per_pupil", "pott_andel": "share", "budget": "budget"}
_DEGREE = {"avdrag": "deduction", "grad": "degree", "troskel": "threshold"}
_BOUNDED = {"progression": "progression", "lagst": "minimum", "tak": "cap"}
_BRACKETS = {"skikt_fran": "from", "skikt_lutning": "slope"}
_PHASE_IN = {"etapper": "stages", "grans_kr": "limit_kr", "grans_andel": "limit_share", "infasning": "financed"}
_WEIGHT, _DATASET, _LANGUAGE = "vikt", "underlag", "sprak"
_TEXTS = {"namn": "name", "period": "year", "fran": "proposed_by", "anteckning": "note"}
_METHODS = {"vikter": "weights", "risk": "risk", "index": "index"}
_KNOWN = {
    _DATASET, _LANGUAGE, _WEIGHT, "alla", "jamfor", "ordning", "bredd", "enhet", "sortering", "skola", "del",
    "metod", "minst", *_POT, *_DEGREE, *_BOUNDED, *_BRACKETS, *_PHASE_IN, *_TEXTS,
}  # fmt: skip


def dataset_of(parameters: Mapping[str, Sequence[str]]) -> str:
    """Return the key of the table that an address names, empty for none."""
    return next(iter(parameters.get(_DATASET, ())), "")


def language_of(parameters: Mapping[str, Sequence[str]]) -> Language:
    """Return the language that an address names, Swedish for none."""
    given = next(iter(parameters.get(_LANGUAGE, ())), "sv")
    return next((language for language in LANGUAGES if language == given), "sv")


def write(view: View) -> Parameters:
    """Write a view as the parameters of an address."""
    scenario, given = view.scenario, view.scenario.redistribution
    pairs: list[tuple[str, str]] = [(_DATASET, view.dataset)]
    pairs += [(name, getattr(scenario, key)) for name, key in _TEXTS.items() if getattr(scenario, key)]
    pairs += _numbers(scenario.pot, _POT) + _numbers(given, _DEGREE)
    if given.brackets is None:
        pairs += [("progression", _plain(given.progression))]
    else:
        pairs += [("skikt_fran", _plain(given.brackets.start)), ("skikt_lutning", _plain(given.brackets.slope))]
    pairs += [("lagst", _plain(given.minimum))] if given.minimum else []
    pairs += [("tak", _plain(given.cap))] if given.cap is not None else []
    if scenario.phase_in is not None:
        pairs += [("etapper", "~".join(_plain(stage) for stage in scenario.phase_in.stages))]
        pairs += _numbers(scenario.phase_in, {"grans_kr": "limit_kr", "grans_andel": "limit_share"})
        pairs += [("infasning", scenario.phase_in.financed)]
    if scenario.need.method != "weights":
        pairs += [("metod", _key_of(_METHODS, scenario.need.method))]
    pairs += [("minst", str(scenario.need.minimum_pupils))] if scenario.need.minimum_pupils else []
    pairs += [
        (_WEIGHT, f"{factor}~{category}~{_plain(weight)}")
        for factor, weights in scenario.need.weights.items()
        for category, weight in weights.items()
    ]
    pairs += [("alla", "1")] if view.everyone else []
    pairs += [("jamfor", _BASELINES[view.baseline]), ("ordning", _ORDERS[view.order])]
    pairs += [("bredd", "lika")] if view.equal_width else []
    pairs += [("enhet", _UNITS[view.unit])]
    pairs += [("sortering", _SORTS[view.sort])] if view.sort != "school" else []
    pairs += [("skola", view.school)] if view.school else []
    pairs += [("del", _PARTS[view.part])] if view.part != "differences" else []
    pairs += [(_LANGUAGE, view.language)] if view.language != "sv" else []
    written: Parameters = {}
    for name, value in pairs:
        written.setdefault(name, []).append(value)
    return written


def read(parameters: Mapping[str, Sequence[str]], start: View, composition: Composition) -> tuple[View, list[Words]]:
    """Read the parameters of an address.

    Parameters
    ----------
    parameters : mapping of str to sequence of str
        As `write` gives them; what is not there is as at the start.
    start : View
        The start of this table.
    composition : Composition
        Its schools.

    Returns
    -------
    view : View
        What could be opened.
    notices : list of Words
        What could not, each with the value and what was put instead.
    """
    reader = _Reader(parameters)
    scenario = start.scenario
    pot = reader.numbers(_POT, "pot")
    if sum(key in pot for key in ("total", "per_pupil", "share")) == 1 and ("share" in pot) == ("budget" in pot):
        total = None if "total" not in pot else int(pot["total"])
        pot_held = Pot(total=total, per_pupil=pot.get("per_pupil"), share=pot.get("share"), budget=pot.get("budget"))
        scenario = replace(scenario, pot=pot_held)
    elif pot:
        reader.notices.append(words("The link gives the pot in more ways than one; the start's is shown."))
    scenario = replace(
        scenario,
        need=reader.need(start.scenario.need, composition),
        redistribution=reader.redistribution(start.scenario.redistribution),
        phase_in=reader.phase_in(start.scenario.phase_in),
        name=reader.one("namn") or start.scenario.name,
        year=reader.one("period") or start.scenario.year,
        proposed_by=reader.one("fran") if parameters else start.scenario.proposed_by,
        note=reader.one("anteckning") if parameters else start.scenario.note,
    )
    school = reader.one("skola")
    if school and school not in composition.codes:
        reader.notices.append(words("The link names the school {code}, which is not in this table.", code=school))
        school = ""
    view = View(
        dataset=start.dataset,
        scenario=scenario,
        everyone=reader.choice("alla", _YES, start.everyone),
        baseline=reader.choice("jamfor", _BASELINES, start.baseline),
        order=reader.choice("ordning", _ORDERS, start.order),
        equal_width=reader.choice("bredd", _WIDTHS, start.equal_width),
        unit=reader.choice("enhet", _UNITS, start.unit),
        sort=reader.choice("sortering", _SORTS, start.sort),
        school=school,
        part=reader.choice("del", _PARTS, start.part),
        language=reader.choice(_LANGUAGE, {language: language for language in LANGUAGES}, "sv"),
    )
    reader.unknown()
    return view, reader.notices


class _Reader:
    """Read parameters and collect what could not be read."""

    def __init__(self, parameters: Mapping[str, Sequence[str]]) -> None:
        self.parameters = parameters
        self.notices: list[Words] = []

    def one(self, name: str) -> str:
        return next(iter(self.parameters.get(name, ())), "")

    def unknown(self) -> None:
        for name in self.parameters:
            if name not in _KNOWN:
                self.notices.append(words("The link has a part that is not known here: {name}.", name=name))

    def choice(self, name: str, known: Mapping[Any, str], default: Any) -> Any:  # noqa: ANN401 - a literal of `known`
        given = self.one(name)
        if not given:
            return default
        if given not in known.values():
            self._instead(name, given)
            return default
        return _key_of(known, given)

    def numbers(self, names: Mapping[str, str], part: str) -> dict[str, float]:
        found = {}
        for name, key in names.items():
            if name in self.parameters:
                value = self.number(name, self.one(name), f"{part}.{key}")
                if value is not None:
                    found[key] = value
        return found

    def number(self, name: str, text: str, bounds: str) -> float | None:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            self._instead(name, text)
            return None
        limits = BOUNDS[bounds]
        if not limits.allow(value) or (limits.whole and value != int(value)):
            clamped = float(int(limits.clamp(value))) if limits.whole else limits.clamp(value)
            self.notices.append(
                words(
                    "The link has {name} = {value}; the nearest allowed is {number}.",
                    name=name,
                    value=text,
                    number=int(clamped) if clamped.is_integer() else clamped,
                )
            )
            return clamped
        return value

    def redistribution(self, start: Redistribution) -> Redistribution:
        degree = self.numbers(_DEGREE, "redistribution")
        if len(degree) > 1:
            self.notices.append(words("The link gives the degree in more ways than one; the start's is shown."))
        if len(degree) != 1:
            degree = {key: value for key in _DEGREE.values() if (value := getattr(start, key)) is not None}
        bounded = self.numbers(_BOUNDED, "redistribution")
        brackets = self.numbers(_BRACKETS, "brackets")
        linked = bool(self.parameters)
        return Redistribution(
            **degree,
            progression=bounded.get("progression", 1.0 if brackets else start.progression),
            brackets=self.brackets(brackets, start),
            minimum=bounded.get("minimum", 0.0 if linked else start.minimum),
            cap=bounded.get("cap", None if linked else start.cap),
        )

    def brackets(self, given: Mapping[str, float], start: Redistribution) -> Brackets | None:
        if not self.parameters:
            return start.brackets
        return Brackets(start=given["from"], slope=given["slope"]) if len(given) == len(_BRACKETS) else None

    def need(self, start: Need, composition: Composition) -> Need:
        method = self.choice("metod", {value: name for name, value in _METHODS.items()}, start.method)
        smallest = self.numbers({"minst": "minimum_pupils"}, "need").get("minimum_pupils")
        if method != "weights" and method not in composition.ready:
            self._instead("metod", method)
            method = start.method
        return Need(
            method=method,
            weights=self._weights(start, composition, method),
            minimum_pupils=start.minimum_pupils if smallest is None else int(smallest),
        )

    def _weights(self, start: Need, composition: Composition, method: str) -> Mapping[str, Mapping[str, float]]:
        given = self.parameters.get(_WEIGHT, ())
        if not given:
            return start.weights if method == "weights" or not self.parameters else {}
        columns = {"~".join(column): column for column in composition.columns}
        weights: dict[str, dict[str, float]] = {}
        for text in given:
            column, _, number = text.rpartition("~")
            if column not in columns:
                self.notices.append(words("The link has a weight for {name}, which is not in this table.", name=text))
                continue
            factor, category = columns[column]
            value = self.number(_WEIGHT, number, "weight")
            if value is not None:
                weights.setdefault(factor, {})[category] = value
        known = {factor.name: dict.fromkeys(factor.categories, 0.0) for factor in composition.factors}
        whole = {factor: {**weighed, **known[factor], **weighed} for factor, weighed in weights.items()}
        if not any(any(categories.values()) for categories in whole.values()):
            self.notices.append(words("The link leaves no weight above 0; the start's weights are shown."))
            return start.weights
        return whole

    def phase_in(self, start: PhaseIn | None) -> PhaseIn | None:
        if not self.parameters:
            return start
        if "etapper" not in self.parameters:
            return None
        stages = [self.number("etapper", text, "phase_in.stage") for text in self.one("etapper").split("~")]
        if None in stages or stages[-1] != 1:
            self._instead("etapper", self.one("etapper"))
            return None
        limits = self.numbers({"grans_kr": "limit_kr", "grans_andel": "limit_share"}, "phase_in")
        financed = self.choice("infasning", {"inside": "inside", "outside": "outside"}, "inside")
        return PhaseIn(stages=tuple(stage for stage in stages if stage is not None), financed=financed, **limits)

    def _instead(self, name: str, value: str) -> None:
        self.notices.append(
            words("The link has {name} = {value}, which is not possible; the start's is shown.", name=name, value=value)
        )


def _numbers(part: object, names: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, _plain(value)) for name, key in names.items() if (value := getattr(part, key)) is not None]


def _plain(value: float) -> str:
    """Write a number so that it reads back to the same one."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))  # noqa: PLR2004


def _key_of(known: Mapping[Any, str], value: str) -> Any:  # noqa: ANN401 - a literal of `known`
    return next(key for key, text in known.items() if text == value)
