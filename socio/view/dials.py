"""Dials: the numbers that the screen lets one turn, and what is held when one of them moves."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from socio import need
from socio.errors import Words, words
from socio.rounding import half_up
from socio.scenario import BOUNDS, Need, PhaseIn, Pot, Redistribution, Scenario
from socio.view import format as written
from socio.view.words import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from socio.allocation import Result
    from socio.composition import Array

PotView = Literal["total", "per_pupil", "share"]
DegreeView = Literal["degree", "deduction", "threshold"]

MOST_THRESHOLD = 0.9999
"""The highest level that a threshold is set to on screen; 1 would leave nobody above it."""
POT_VIEWS: tuple[PotView, ...] = ("total", "per_pupil", "share")
DEGREE_VIEWS: tuple[DegreeView, ...] = ("degree", "deduction", "threshold")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """A number to turn: a slider and a field beside it.

    Attributes
    ----------
    name
        As in the scenario file, such as ``pot.total`` or ``weight/Bakgrund/Utländsk``.
    label
        What it is, with its unit, in the reader's language.
    value
        In the unit on screen.
    low, high, step
        Of the slider, in the unit on screen; the field takes all that the scenario's bounds allow.
    decimals
        Most decimals shown in the field.
    scale
        Units on screen for one unit in the scenario, 100 for per cent.
    """

    name: str
    label: str
    value: float
    low: float
    high: float
    step: float
    decimals: int = 2
    scale: float = 1.0

    @property
    def text(self) -> str:
        """The value as the field shows it: no more decimals than it has."""
        exact = half_up(self.value, self.decimals)
        decimals = max(0, -int(exact.normalize().as_tuple().exponent))
        return written.number(float(exact), decimals)

    @property
    def on_slider(self) -> float:
        """The value as near as the slider comes to it."""
        steps = round((min(max(self.value, self.low), self.high) - self.low) / self.step)
        return min(self.low + round(steps * self.step, 9), self.high)


def labels() -> Mapping[str, str]:
    """Return what each parameter of the scenario is called, with its unit."""
    return {
        "pot.total": _("Pot, kr"),
        "pot.per_pupil": _("Pot, kr per pupil"),
        "pot.share": _("Pot, % of the budget"),
        "pot.budget": _("Budget, kr"),
        "redistribution.degree": _("Degree, %"),
        "redistribution.deduction": _("Deduction, kr per pupil"),
        "redistribution.threshold": _("Threshold, index"),
        "redistribution.progression": _("Progression, exponent on the index"),
        "redistribution.brackets": _("Progression in two pieces"),
        "redistribution.minimum": _("Lowest amount, kr per pupil"),
        "redistribution.cap": _("Cap, kr per pupil"),
        "need.minimum_pupils": _("Smallest unit with an index of its own, pupils"),
        "need.method": _("Measure of need"),
        "phase_in": _("Phase-in"),
    }


def pot_view(scenario: Scenario) -> PotView:
    """Return which of the three views of the pot is held."""
    return next(view for view in POT_VIEWS if getattr(scenario.pot, view) is not None)


def degree_view(scenario: Scenario) -> DegreeView:
    """Return which of the three views of the degree is held (docs/method.md §4)."""
    given = scenario.redistribution
    return next((view for view in DEGREE_VIEWS if getattr(given, view) is not None), "degree")


def names(scenario: Scenario) -> list[str]:
    """List the dials that a scenario has: one of each number's views, and a weight for each category in use."""
    given = scenario.redistribution
    held = pot_view(scenario)
    found = [f"pot.{held}", *(["pot.budget"] if held == "share" else []), f"redistribution.{degree_view(scenario)}"]
    found += ["redistribution.progression"] if given.brackets is None else []
    found += ["redistribution.minimum", *(["redistribution.cap"] if given.cap is not None else [])]
    weights = scenario.need.weights
    return found + [f"weight/{factor}/{category}" for factor, given in weights.items() for category in given]


def dial(name: str, result: Result, start: Result) -> Dial:
    """Return a dial as it stands.

    Parameters
    ----------
    name : str
        As in the scenario file.
    result : Result
        What is on screen.
    start : Result
        What one began with; the sliders' reach follows from it, so that they stand still while one turns.

    Returns
    -------
    Dial
    """
    if name.startswith("weight/"):
        factor, category = _weighed(name, result.scenario.need)
        value = result.scenario.need.weights[factor][category]
        high = 10.0 if value <= 10 else BOUNDS["weight"].high  # noqa: PLR2004 - the slider's first reach
        return Dial(name=name, label=category, value=value, low=0, high=high, step=0.1)
    bounds, label, scale = BOUNDS[name], labels()[name], 1.0
    value = _value(name, result)
    low, high, step, decimals = bounds.low, bounds.high, bounds.step, 2
    average = max(start.average, 1.0)
    if name == "pot.total":
        high, step, decimals = _reach(value, 3 * start.pot), _step(3 * start.pot), 0
    elif name == "pot.per_pupil":
        high, step = _reach(value, 3 * average), _step(3 * average)
    elif name in {"pot.share", "redistribution.degree"}:
        scale = 100.0
        value *= scale
        step = 0.1 if name == "pot.share" else 5.0
        high = 100.0 if name == "pot.share" else _reach(value, 300.0)
    elif name == "redistribution.deduction":
        low, step = -_down(result.average, _step(4 * average)), _step(4 * average)
        high = low + _reach(value - low, 5 * average)
    elif name == "redistribution.threshold":
        most = need.index_at(MOST_THRESHOLD, *_shaping(result))
        low, high, decimals = 0.0, _down(most, step) if step < most < math.inf else 0.99, 4
    elif name in {"redistribution.minimum", "redistribution.cap"}:
        most = result.average if name.endswith("minimum") else 10 * average
        high, step = max(_reach(value, most), _step(most)), _step(most)
        low = 0.0 if name.endswith("minimum") else _step(most)
    return Dial(name=name, label=label, value=value, low=low, high=high, step=step, decimals=decimals, scale=scale)


def _weighed(name: str, need: Need) -> tuple[str, str]:
    """Return the factor and the category of a weight's dial; either may have a slash in it."""
    return next(
        (factor, category)
        for factor, weights in need.weights.items()
        for category in weights
        if name == f"weight/{factor}/{category}"
    )


def _value(name: str, result: Result) -> float:
    """Return a parameter's value, derived where another view of it is held."""
    part, _dot, key = name.partition(".")
    if name == "redistribution.deduction":
        return result.deduction
    if name == "redistribution.degree":
        return result.degree
    if name == "redistribution.threshold":
        return threshold_index(result)
    if name == "pot.total":
        return float(result.pot)
    if name == "pot.per_pupil":
        held = result.scenario.pot.per_pupil
        return result.average if held is None else held
    given = getattr(getattr(result.scenario, part), key)
    return 0.0 if given is None else float(given)


def threshold_index(result: Result) -> float:
    """Return the threshold as an index, 0 where there is none (docs/method.md §4)."""
    return need.index_at(max(result.threshold, 0.0), *_shaping(result))


def _shaping(result: Result) -> tuple[Array, Array, float, float, float]:
    given = result.scenario.redistribution
    start, slope = (math.inf, 1.0) if given.brackets is None else (given.brackets.start, given.brackets.slope)
    return result.index, result.composition.pupils_paid.astype(float), given.progression, start, slope


def turned(  # noqa: C901 - one branch a parameter
    scenario: Scenario, name: str, value: float, result: Result
) -> tuple[Scenario, list[Words]]:
    """Turn one dial.

    Parameters
    ----------
    scenario : Scenario
        As it stands.
    name : str
        Which dial.
    value : float
        In the scenario's unit; what is out of bounds is clamped.
    result : Result
        What the scenario gives now.

    Returns
    -------
    scenario : Scenario
    notices : list of Words
        What was clamped, and to what.
    """
    if name == "redistribution.threshold":
        return _threshold_turned(scenario, value, result)
    bounds = BOUNDS["weight"] if name.startswith("weight/") else BOUNDS[name]
    low = max(bounds.low, -result.average) if name == "redistribution.deduction" else bounds.low
    clamped = min(max(bounds.clamp(value), low), bounds.high)
    if bounds.whole:
        clamped = float(half_up(clamped))
    notices: list[Words] = []
    if not math.isclose(clamped, value, rel_tol=1e-9, abs_tol=1e-9) and not (
        bounds.whole and low <= value <= bounds.high
    ):
        scale = 100 if bounds.unit == "share" else 1
        notices.append(_clamped(value * scale, clamped * scale))
    part, _dot, key = name.partition(".")
    if name.startswith("weight/"):
        factor, category = _weighed(name, scenario.need)
        given = scenario.need.weights
        weights = {**given, factor: {**given[factor], category: clamped}}
        if not any(any(categories.values()) for categories in weights.values()):
            return scenario, [
                words("All weights would be 0: at least one must be above 0. The weight stands as it was.")
            ]
        return replace(scenario, need=replace(scenario.need, weights=weights)), notices
    if part == "pot":
        return replace(scenario, pot=_pot(scenario.pot, key, clamped, result)), notices
    if part == "need":
        return replace(scenario, need=replace(scenario.need, minimum_pupils=int(clamped))), notices
    changed: Redistribution
    if key in DEGREE_VIEWS:
        changed = _held(scenario.redistribution, key, clamped)
    elif key == "progression":
        changed = replace(scenario.redistribution, progression=clamped, brackets=None)
    elif key == "minimum":
        changed = replace(scenario.redistribution, minimum=clamped)
    else:
        changed = replace(scenario.redistribution, cap=clamped)
    return replace(scenario, redistribution=changed), notices


def _threshold_turned(scenario: Scenario, value: float, result: Result) -> tuple[Scenario, list[Words]]:
    """Turn the threshold: on screen an index, in the scenario a level of the shape."""
    level = need.level_at(max(value, 0.0), *_shaping(result))
    kept = min(level, MOST_THRESHOLD)
    said = [] if kept == level and value >= 0 else [_clamped(value, need.index_at(kept, *_shaping(result)))]
    return replace(scenario, redistribution=_held(scenario.redistribution, "threshold", kept)), said


def _clamped(given: float, number: float) -> Words:
    return words("{given} is out of bounds: set to {number}.", given=round(given, 6), number=round(number, 6))


def _held(given: Redistribution, view: str, value: float) -> Redistribution:
    """Hold one view of the degree."""
    return replace(
        given,
        degree=value if view == "degree" else None,
        deduction=value if view == "deduction" else None,
        threshold=value if view == "threshold" else None,
    )


def _pot(pot: Pot, key: str, value: float, result: Result) -> Pot:
    if key == "total":
        return Pot(total=int(half_up(value)))
    if key == "per_pupil":
        return Pot(per_pupil=value)
    if key == "budget":  # the kronor are held, and the share follows
        return Pot(share=min(1.0, result.pot / value) if value else 0.0, budget=value)
    return Pot(share=value, budget=pot.budget)


def held(
    scenario: Scenario, part: Literal["pot", "redistribution"], view: str, result: Result
) -> tuple[Scenario, list[Words]]:
    """Hold another view of the same number from now on.

    Parameters
    ----------
    scenario : Scenario
    part : str
        ``pot`` or ``redistribution``.
    view : str
        One of `POT_VIEWS` or `DEGREE_VIEWS`.
    result : Result
        What the scenario gives now.

    Returns
    -------
    scenario : Scenario
        The same setting, but for a threshold below 0, which becomes 0.
    notices : list of Words
    """
    if part == "pot":
        if view == "share":
            return replace(scenario, pot=Pot(share=1.0, budget=float(result.pot))), []
        per_pupil = result.average
        return replace(scenario, pot=Pot(total=result.pot) if view == "total" else Pot(per_pupil=per_pupil)), []
    values = {"degree": result.degree, "deduction": result.deduction, "threshold": result.threshold}
    notices = []
    if view == "threshold" and result.threshold < 0:
        values["threshold"] = 0.0
        notices.append(words("Below 100 % there is no threshold: it is set to 0, which is 100 %."))
    return replace(scenario, redistribution=_held(scenario.redistribution, view, values[view])), notices


def same_per_pupil(pot: Pot, average: float, pupils: int) -> Pot:
    """Keep kronor per pupil when the schools are others (docs/method.md §4)."""
    if pot.total is not None:
        return Pot(total=Pot(per_pupil=average).total_for(pupils))
    return Pot(per_pupil=average)


def with_factor(need: Need, factor: str, weights: Mapping[str, float]) -> Need:
    """Take a factor into the model."""
    return replace(need, weights={**need.weights, factor: dict(weights)})


def without_factor(need: Need, factor: str) -> Need:
    """Leave a factor out of the model."""
    return replace(need, weights={name: given for name, given in need.weights.items() if name != factor})


PRESETS: Mapping[str, Redistribution] = {
    "equal": Redistribution(degree=0.0),
    "bild1": Redistribution(degree=1.0),
    "bild2": Redistribution(degree=1.5),
    "bild3": Redistribution(threshold=0.8),
}
"""Relative, so that they mean the same at every pot (docs/method.md §4)."""


def preset(scenario: Scenario, name: str) -> Scenario:
    """Apply one of the guide's pictures: linear, with its degree, without bounds."""
    return replace(scenario, redistribution=PRESETS[name])


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as at the start: what, from, to."""

    name: str
    label: str
    before: str
    after: str


def differences(start: Scenario, now: Scenario) -> list[Difference]:
    """List what has been changed from the start, as written in the scenario.

    Parameters
    ----------
    start, now : Scenario

    Returns
    -------
    list of Difference
        The name is a dial's, ``pot``, ``redistribution.degree`` or ``factor/NAME``.
    """
    found = []

    def note(name: str, label: str, before: str, after: str) -> None:
        if before != after:
            found.append(Difference(name=name, label=label, before=before, after=after))

    named = labels()
    note("pot", _("Pot"), _pot_text(start.pot), _pot_text(now.pot))
    one, other = start.redistribution, now.redistribution
    note("degree", _("Degree of redistribution"), _degree_text(one), _degree_text(other))
    note("progression", named["redistribution.progression"], _progression_text(one), _progression_text(other))
    note("minimum", named["redistribution.minimum"], written.plain(one.minimum), written.plain(other.minimum))
    note("cap", named["redistribution.cap"], _cap_text(one.cap), _cap_text(other.cap))
    for factor in dict.fromkeys((*start.need.weights, *now.need.weights)):
        before, after = start.need.weights.get(factor), now.need.weights.get(factor)
        if before is None or after is None:
            texts = [_("not in use") if given is None else _("in use") for given in (before, after)]
            note(f"factor/{factor}", factor, *texts)
            continue
        for category in after:
            label = f"{factor}: {category}"
            note(
                f"weight/{factor}/{category}",
                label,
                written.plain(before.get(category, 0)),
                written.plain(after[category]),
            )
    note("phase_in", named["phase_in"], _phase_in_text(start.phase_in), _phase_in_text(now.phase_in))
    note("need.method", named["need.method"], _method_text(start.need), _method_text(now.need))
    note(
        "minimum_pupils",
        named["need.minimum_pupils"],
        written.plain(start.need.minimum_pupils),
        written.plain(now.need.minimum_pupils),
    )
    return found


def restored(name: str, start: Scenario, now: Scenario) -> Scenario:  # noqa: PLR0911 - one return a kind
    """Set one of the `differences` back to the start."""
    one, other = start.redistribution, now.redistribution
    if name == "pot":
        return replace(now, pot=start.pot)
    if name == "degree":
        degrees = replace(other, degree=one.degree, deduction=one.deduction, threshold=one.threshold)
        return replace(now, redistribution=degrees)
    if name == "progression":
        return replace(now, redistribution=replace(other, progression=one.progression, brackets=one.brackets))
    if name == "minimum":
        return replace(now, redistribution=replace(other, minimum=one.minimum))
    if name == "cap":
        return replace(now, redistribution=replace(other, cap=one.cap))
    if name == "need.method":
        return replace(now, need=start.need)
    if name == "phase_in":
        return replace(now, phase_in=start.phase_in)
    if name == "minimum_pupils":
        return replace(now, need=replace(now.need, minimum_pupils=start.need.minimum_pupils))
    if name.startswith("factor/"):
        factor = name.removeprefix("factor/")
        given = start.need.weights.get(factor)
        need = without_factor(now.need, factor) if given is None else with_factor(now.need, factor, given)
        return replace(now, need=need)
    factor, category = _weighed(name, now.need)
    weights = {**now.need.weights[factor], category: start.need.weights[factor].get(category, 0.0)}
    return replace(now, need=with_factor(now.need, factor, weights))


def _pot_text(pot: Pot) -> str:
    if pot.total is not None:
        return written.kronor(pot.total)
    if pot.per_pupil is not None:
        return _("{kronor} per pupil", kronor=written.kronor(pot.per_pupil, 2))
    return _("{share} of {budget}", share=written.percent(pot.share or 0, 2), budget=written.kronor(pot.budget or 0))


def _degree_text(given: Redistribution) -> str:
    if given.deduction is not None:
        return _("deduction {kronor} per pupil", kronor=written.kronor(given.deduction, 2))
    if given.threshold is not None:
        return _("threshold {index}", index=written.plain(given.threshold))
    return written.percent(1.0 if given.degree is None else given.degree, None)


def _progression_text(given: Redistribution) -> str:
    if given.brackets is None:
        return written.plain(given.progression)
    return _(
        "slope {slope} above index {start}",
        slope=written.plain(given.brackets.slope),
        start=written.plain(given.brackets.start),
    )


def _cap_text(cap: float | None) -> str:
    return _("none") if cap is None else written.plain(cap)


def _phase_in_text(given: PhaseIn | None) -> str:
    if given is None:
        return _("none")
    parts = [" → ".join(written.percent(stage, None) for stage in given.stages)]
    parts += [] if given.limit_kr is None else [_("at most {kronor} a year", kronor=written.kronor(given.limit_kr))]
    share = given.limit_share
    parts += [] if share is None else [_("at most {share} a year", share=written.percent(share, None))]
    parts += [_("beside the pot")] if given.financed == "outside" else []
    return ", ".join(parts)


def _method_text(need: Need) -> str:
    names = {"weights": _("weights"), "risk": _("a ready risk"), "index": _("a ready index")}
    return names[need.method]


def _step(reach: float) -> float:
    """Return a round step of about a four-hundredth of the reach."""
    rough = max(reach, 1e-9) / 400
    power = 10.0 ** math.floor(math.log10(rough))
    return float(next(nice * power for nice in (1, 2, 5, 10) if nice * power >= rough))


def _reach(value: float, usual: float) -> float:
    """Return the slider's end: the usual one, or further where the value is beyond it."""
    step = _step(usual)
    end = math.ceil(usual / step) * step
    while end < value:
        end *= 2
    return end


def _down(value: float, step: float) -> float:
    return math.floor(value / step) * step
