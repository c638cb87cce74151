"""Panel: the dials, few in sight; each is a slider with a field that reads numbers as Swedes write them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from socio.ui import cache, markup
from socio.view import dials, pictograms, words
from socio.view import format as written
from socio.view.words import _

if TYPE_CHECKING:
    from socio.ui.state import Screen


def panel(screen: Screen) -> str:
    """Return all dials: pot, degree, progression, and what is folded: more rules and the weights."""
    return "".join((_pot(screen), _degree(screen), _rules(screen), _weights(screen)))


def dial(screen: Screen, name: str) -> str:
    """Return the slider and the field of one number, with its unit."""
    shown = dials.dial(name, screen.result, screen.start)
    slider = markup.tag(
        "input",
        type="range",
        id=f"{name}.slider",
        min=_plain(shown.low),
        max=_plain(shown.high),
        step=_plain(shown.step),
        value=_plain(shown.on_slider),
        data_name=name,
        data_act="turn",
        aria_label=shown.label,
        aria_valuetext=shown.text,
        style=f"--at:{_part(shown):.2%}",
    )
    field = markup.tag(
        "input",
        type="text",
        id=f"{name}.field",
        value=shown.text,
        data_name=name,
        data_act="write",
        inputmode="decimal",
        autocomplete="off",
        spellcheck="false",
        aria_label=_("{label}: write a number", label=shown.label),
    )
    return f'<div class="socio-dial"><span aria-hidden="true">{escape(shown.label)}</span>{slider}{field}</div>'


def _part(shown: dials.Dial) -> float:
    return (shown.on_slider - shown.low) / ((shown.high - shown.low) or 1)


def _plain(value: float) -> str:
    return f"{value:.10g}"


def _pot(screen: Screen) -> str:
    held, result = dials.pot_view(screen.view.scenario), screen.result
    choices = {"total": _("Total"), "per_pupil": _("Per pupil"), "share": _("Part of budget")}
    views = {
        "total": written.kronor(result.pot),
        "per_pupil": _("{kronor} per pupil", kronor=written.kronor(result.average)),
    }
    return (
        markup.title(_("Pot"))
        + markup.one_of("hold", "pot", _("How the pot is stated"), choices, held)
        + dial(screen, f"pot.{held}")
        + (dial(screen, "pot.budget") if held == "share" else "")
        + markup.note(" · ".join(text for name, text in views.items() if name != held))
    )


def _degree(screen: Screen) -> str:
    held, result = dials.degree_view(screen.view.scenario), screen.result
    choices = {"degree": _("Degree"), "deduction": _("Deduction"), "threshold": _("Threshold")}
    views = {
        "degree": _("degree {share}", share=written.percent(result.degree, 0)),
        "deduction": _("deduction {kronor}", kronor=written.kronor(result.deduction)),
        "threshold": _("threshold {index}", index=written.number(dials.threshold_index(result), 2))
        if result.threshold > 0
        else _("no threshold"),
    }
    return (
        markup.title(_("Degree of redistribution"))
        + _presets(screen)
        + markup.one_of("hold", "redistribution", _("How the degree is stated"), choices, held)
        + dial(screen, f"redistribution.{held}")
        + markup.note(" · ".join(text for name, text in views.items() if name != held))
        + (
            dial(screen, "redistribution.progression")
            if screen.view.scenario.redistribution.brackets is None
            else markup.note(_("Progression in two pieces, as in the file"))
        )
    )


def _presets(screen: Screen) -> str:
    names = {"equal": _("Equal"), "bild1": _("Bild 1"), "bild2": _("Bild 2"), "bild3": _("Bild 3")}
    pictures = "".join(
        markup.push_button(
            "preset",
            label,
            name=name,
            inside=pictograms.picture(name),
            aria_pressed="true" if dials.PRESETS[name] == screen.view.scenario.redistribution else "false",
        )
        for name, label in names.items()
    )
    return f'<div class="socio-presets">{pictures}</div>' + markup.note(
        _("The guide's pictures: degree 0%, 100% and 150%, and nothing up to index 0.8 with all the more above it.")
    )


def _rules(screen: Screen) -> str:
    given = screen.view.scenario
    capped = given.redistribution.cap is not None
    inside = (
        dial(screen, "redistribution.minimum")
        + markup.on_or_off("cap", "", _("Cap"), on=capped)
        + (dial(screen, "redistribution.cap") if capped else "")
        + ("" if given.phase_in is None else markup.note(_("Phase-in as in the file; it is not turned here yet")))
    )
    return _folded("rules", _("More rules"), inside)


def _weights(screen: Screen) -> str:
    need = screen.view.scenario.need
    parts = []
    if need.method != "weights":
        parts.append(markup.note(_("The need is a ready {column} from the table", column=need.method)))
    for factor in screen.composition.factors:
        used = factor.name in need.weights
        parts.append(markup.on_or_off("factor", factor.name, factor.name, on=used))
        if factor.name in cache.EVEN_FACTORS:
            parts.append(markup.note(_even(used=used)))
        parts += [dial(screen, f"weight/{factor.name}/{category}") for category in need.weights.get(factor.name, ())]
    parts.append(markup.note(*_suppressed(screen)))
    return _folded("weights", _("Weights"), "".join(parts))


def _even(*, used: bool) -> str:
    if used:
        return _(
            "Taking the factor sex in only means that schools with a larger share of boys get more. It is "
            "no stand on how money is shared between boys and girls."
        )
    return _(
        "Left out: the share of boys hardly differs between schools. Taking it in would shrink every "
        "school's distance to the average, not help boys or girls."
    )


def _folded(name: str, label: str, inside: str) -> str:
    return f'<details id="{name}"><summary>{escape(label)}</summary>{inside}</details>'


def _suppressed(screen: Screen) -> list[str]:
    """Say which shares in use are suppressed, what was put there and within what interval."""
    composition, used = screen.composition, screen.view.scenario.need.weights
    lines = []
    for column, (factor, category) in enumerate(composition.columns):
        filled = composition.filled
        wide = filled.high[:, column] - filled.low[:, column] > 1e-9  # noqa: PLR2004 - binary noise
        if factor not in used or not used[factor].get(category) or not wide.any():
            continue
        schools = ", ".join(
            _(
                "{school} {share} ({low}–{high})",
                school=composition.names[row],
                share=written.percent(float(filled.shares[row, column]), 1),
                low=written.percent(float(filled.low[row, column]), 1),
                high=written.percent(float(filled.high[row, column]), 1),
            )
            for row in np.flatnonzero(wide)[:_FEW]
        )
        more = int(wide.sum()) - _FEW
        lines.append(
            _(
                "Not published exactly, {factor}: {category}: {schools}",
                factor=factor,
                category=category,
                schools=schools,
            )
            + (" " + words.ngettext("and {count} more", "and {count} more", more) if more > 0 else "")
            + "."
        )
    return lines


_FEW = 12
"""Schools named before the rest is counted."""
