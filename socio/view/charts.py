"""Charts: kronor per pupil against the average line, and who gets more and who gets less.

A chart's spec never depends on the data, so that a page can swap the data alone and the picture moves
without being built anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np
import pyarrow as pa
import vl_convert

from socio.view import format as written
from socio.view import words
from socio.view.words import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from socio.allocation import Result
    from socio.composition import Array, Whole
    from socio.measures import Change

ABOVE: Final = "#00646b"
BELOW: Final = "#8fc4c5"
EDGE: Final = "#3d8a8d"
LINE: Final = "#16202a"
HATCH: Final = "#5f7480"
MORE: Final = "#553c8b"
LESS: Final = "#b07a1a"
TEXT: Final = "#27343f"
FONT: Final = "Source Sans, sans-serif"

NAMED: Final = 60
"""Up to this many schools each has its name on the chart."""
HOVERED: Final = 250
"""At most this many places to point at."""
HATCHES: Final = 110
HEIGHT: Final = 400
NAMES: Final = 118
"""Pixels under the bars for names that lean."""


_KEY: Final = {"field": "code"}
"""The same school keeps the same bar when the data are swapped."""
_INK: Final = {"field": "ink", "type": "quantitative", "scale": None}


Rows: TypeAlias = "np.ndarray[Any, np.dtype[np.intp]]"
Columns: TypeAlias = "dict[str, Any]"


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: a Vega-Lite spec, and the data it is about, by name."""

    spec: dict[str, Any]
    datasets: dict[str, pa.Table]


def kronor_per_pupil(
    result: Result, *, order: Literal["rate", "name", "pupils"], equal_width: bool, selected: str
) -> Chart:
    """Bars as wide as the school is large, against the average line: area is kronor.

    Parameters
    ----------
    result : Result
        What each school gets.
    order : str
        What the bars are sorted by.
    equal_width : bool
        Draw all bars equally wide, as in the guide's Bild 1–3.
    selected : str
        Code of the school with an outline; empty for none.

    Returns
    -------
    Chart
        The area above the line equals the hatched area under it, where widths are pupils.
    """
    schools, rate = result.composition, result.rate
    rows = _ordered(order, schools.names, rate, schools.pupils_paid)
    width = np.ones(len(rows)) if equal_width else schools.pupils_paid[rows].astype(float)
    right = np.cumsum(width)
    left, height, above = right - width, rate[rows], rate[rows] >= result.average
    named = len(rows) <= NAMED
    pointed = rows if len(rows) <= HOVERED else rows[_spread_over(left, right)]
    edges = np.linspace(0, right[-1], len(pointed) + 1)
    every = len(pointed) == len(rows)
    tips = _tips(result, pointed)
    hover = tips | {"x": left if every else edges[:-1], "x2": right if every else edges[1:]}
    if named:
        bars = hover | {"y": height, "above": above, "chosen": np.array(tips["code"]) == selected}
        datasets = {"bars": pa.table(bars), "names": _names(tips["code"], tips["name"], (left + right) / 2, right[-1])}
    else:
        steps = np.r_[left, right[-1]]
        up, down = np.where(above, height, 0.0), np.where(above, 0.0, height)
        outline = pa.table({"x": steps, "up": np.r_[up, up[-1]], "down": np.r_[down, down[-1]]})
        mark = _chosen(np.array(schools.codes)[rows] == selected, left, right, height)
        datasets = {"outline": outline, "bars": pa.table(hover), "chosen": mark}
    datasets["hatch"] = _hatch(left, right, height, result.average)
    label = _("average {kronor}", kronor=written.kronor(result.average))
    datasets["line"] = pa.table({"y": [result.average], "label": [label], "x2": [right[-1]]})
    return Chart(_bars_spec(words.language(), named=named, equal_width=equal_width), datasets)


def _ordered(order: str, names: Sequence[str], value: Array, pupils: Whole) -> Rows:
    """Return the schools' positions, largest first, or by name."""
    if order == "name":
        return np.array(sorted(range(len(names)), key=lambda row: words.sorting(names[row])))
    by = np.asarray(value if order == "rate" else pupils, dtype=float)
    return np.argsort(-np.nan_to_num(by, nan=-np.inf), kind="stable")


def _spread_over(left: Array, right: Array) -> Rows:
    """Return which bar stands at the middle of each of the places to point at."""
    middles = (np.arange(HOVERED) + 0.5) / HOVERED * right[-1]
    rows: Rows = np.minimum(np.searchsorted(right, middles, side="right"), len(left) - 1)
    return rows


def _tips(result: Result, rows: Rows) -> Columns:
    schools = result.composition
    unit = f"{written.NO_BREAK}kr"
    return {
        "code": [schools.codes[row] for row in rows],
        "name": [schools.names[row] for row in rows],
        "rate": [value + unit for value in written.numbers(result.rate[rows])],
        "amount": [value + unit for value in written.numbers(result.amount[rows].astype(float))],
        "index": written.numbers(result.index[rows], 2),
        "pupils": written.numbers(schools.pupils_paid[rows].astype(float)),
    }


def _chosen(here: np.ndarray[Any, np.dtype[np.bool_]], left: Array, right: Array, height: Array) -> pa.Table:
    """Return where the chosen school stands; a row without ink where none is chosen."""
    at = int(np.argmax(here)) if here.any() else 0
    return pa.table({"x": left[[at]], "x2": right[[at]], "y": height[[at]], "ink": [int(here.any())]})


def _hatch(left: Array, right: Array, height: Array, average: float) -> pa.Table:
    """Return the strokes that mark what is missing under the line, a gap after each."""
    x = (np.arange(HATCHES) + 0.5) / HATCHES * right[-1]
    under = height[np.minimum(np.searchsorted(right, x, side="right"), len(left) - 1)]
    ends = np.stack((np.minimum(under, average), np.full(HATCHES, average), np.full(HATCHES, np.nan)), axis=1)
    return pa.table({"x": x.repeat(3), "y": ends.ravel(), "at": np.arange(3 * HATCHES)})


def _names(codes: Sequence[str], names: Sequence[str], middle: Array, whole: float) -> pa.Table:
    """Place the names under their bars, none over another, each as near its bar as it gets."""
    gap = min(0.025, 1 / len(names)) * whole
    place = _apart(middle, gap)
    place = place + np.clip(gap * 0.3 - place[0], 0, None)
    place = place - np.clip(place[-1] - (whole - gap * 0.1), 0, None)
    return pa.table({"x": place, "bar": middle, "name": [_short(name) for name in names], "code": codes})


def _apart(wanted: Array, gap: float) -> Array:
    """Return the nearest places in the same order that are at least a gap apart (pooled neighbours)."""
    blocks: list[tuple[float, int]] = []
    for value in wanted - gap * np.arange(len(wanted)):
        mean, size = float(value), 1
        while blocks and blocks[-1][0] > mean:
            before, others = blocks.pop()
            mean, size = (before * others + mean * size) / (others + size), others + size
        blocks.append((mean, size))
    level: Array = np.concatenate([np.full(size, mean) for mean, size in blocks])
    return level + gap * np.arange(len(wanted))


def _short(name: str) -> str:
    return name if len(name) <= 22 else f"{name[:21].rstrip()}…"  # noqa: PLR2004 - what fits under the bars


def _bars_spec(language: str, *, named: bool, equal_width: bool) -> dict[str, Any]:
    """Return the spec of the first chart."""
    x = {"field": "x", "type": "quantitative", "scale": {"nice": False, "zero": True}, "axis": None}
    y_axis = _axis(language, _("kr per pupil"), grid=True)
    y = {"field": "y", "type": "quantitative", "axis": y_axis}
    tips = _tooltips()
    point = {"name": "school", "select": {"type": "point", "fields": ["code"]}}
    layers: list[dict[str, Any]] = []
    if named:
        colour = {"condition": {"test": "datum.above", "value": ABOVE}, "value": BELOW}
        layers.append(
            {
                "data": {"name": "bars"},
                "params": [point],
                "mark": {"type": "rect", "cursor": "pointer"},
                "encoding": {
                    "x": x,
                    "x2": {"field": "x2"},
                    "y": y,
                    "y2": {"datum": 0},
                    "color": colour,
                    "stroke": {"condition": {"test": "datum.chosen", "value": LINE}, "value": "#ffffff"},
                    "strokeWidth": {"condition": {"test": "datum.chosen", "value": 3}, "value": 1},
                    "tooltip": tips,
                    "key": _KEY,
                },
            }
        )
    else:
        for field, fill in (("up", ABOVE), ("down", BELOW)):
            step = {"type": "area", "interpolate": "step-after", "color": fill}
            encoding = {"x": x, "y": {**y, "field": field}}
            layers.append({"data": {"name": "outline"}, "mark": step, "encoding": encoding})
        layers.append(
            {
                "data": {"name": "bars"},
                "params": [point],
                "mark": {"type": "rect", "opacity": 0, "cursor": "pointer", "y": 0, "y2": HEIGHT},
                "encoding": {"x": x, "x2": {"field": "x2"}, "tooltip": tips, "key": _KEY},
            }
        )
        outline = {"type": "rect", "fillOpacity": 0, "stroke": LINE, "strokeWidth": 2}
        encoding = {"x": x, "x2": {"field": "x2"}, "y": y, "y2": {"datum": 0}, "strokeOpacity": _INK}
        layers.append({"data": {"name": "chosen"}, "mark": outline, "encoding": encoding})
    strokes = {"type": "line", "color": HATCH, "strokeWidth": 0.8, "opacity": 0.55, "invalid": "break-paths-show-domains"}
    order = {"field": "at", "type": "quantitative"}
    layers += [
        {"data": {"name": "hatch"}, "mark": strokes, "encoding": {"x": x, "y": y, "order": order}},
        {"data": {"name": "line"}, "mark": {"type": "rule", "color": LINE, "strokeWidth": 2}, "encoding": {"y": y}},
        {
            "data": {"name": "line"},
            "mark": {
                "type": "text", "align": "right", "baseline": "bottom", "dy": -4, "fontSize": 13, "font": FONT,
                "fontWeight": 600, "color": LINE,
            },
            "encoding": {"x": {**x, "field": "x2"}, "y": y, "text": {"field": "label"}},
        },
    ]  # fmt: skip
    said = _("Each bar a school") if equal_width else _("Width is the school's pupils, so that area is kronor")
    below = 24
    if named:
        below += NAMES
        lean = {"type": "text", "angle": 300, "align": "right", "baseline": "middle", "fontSize": 11.5, "color": TEXT,
                "font": FONT, "y": HEIGHT + 12}  # fmt: skip
        lead = {"type": "rule", "color": "#8b98a1", "strokeWidth": 0.7, "y": HEIGHT, "y2": HEIGHT + 9}
        layers += [
            {"data": {"name": "names"}, "mark": lean, "encoding": {"x": x, "text": {"field": "name"}, "key": _KEY}},
            {"data": {"name": "names"}, "mark": lead, "encoding": {"x": {**x, "field": "bar"}, "x2": {"field": "x"}, "key": _KEY}},
        ]
    layers.append(_caption(said, HEIGHT + below - 8))
    return _framed(layers, HEIGHT, {"left": 66, "right": 10, "top": 8, "bottom": below + 4})


def changes(
    result: Result,
    change: Change,
    *,
    unit: Literal["kr", "kr_per_pupil"],
    order: Literal["rate", "name", "pupils"],
    selected: str,
) -> Chart:
    """Two-sided bars: who gets more and who gets less.

    Parameters
    ----------
    result : Result
        The schools.
    change : Change
        Against the baseline; NaN where it is unknown.
    unit : str
        Kr or kr per pupil.
    order : str
        What the bars are sorted by; ``rate`` is the change itself.
    selected : str
        Code of the school with an outline; empty for none.

    Returns
    -------
    Chart
    """
    schools = result.composition
    step = change.amount if unit == "kr" else change.rate
    rows = _ordered(order, schools.names, step, schools.pupils_paid)
    known = ~np.isnan(step[rows])
    value = np.where(known, step[rows], 0.0)
    named = len(rows) <= NAMED
    pointed = np.arange(len(rows)) if len(rows) <= HOVERED else (np.arange(HOVERED) * len(rows)) // HOVERED
    missing = _("no data")
    texts = [text or missing for text in written.numbers(step[rows[pointed]], signed=True)]
    tips: Columns = {
        "code": [schools.codes[rows[row]] for row in pointed],
        "name": [schools.names[rows[row]] for row in pointed],
        "change": [text if text == missing else f"{text}{written.NO_BREAK}{_unit(unit)}" for text in texts],
        "label": texts,
    }
    if named:
        bars = tips | {
            "y": np.arange(len(rows)) + 0.12,
            "y2": np.arange(len(rows)) + 0.88,
            "middle": np.arange(len(rows)) + 0.5,
            "short": [_short(name) for name in tips["name"]],
            "value": value,
            "more": value >= 0,
            "chosen": np.array(tips["code"]) == selected,
        }
        return Chart(_changes_spec(words.language(), unit, named=True, rows=len(rows)), {"changes": pa.table(bars)})
    place = np.arange(len(rows) + 1, dtype=float)
    ends = np.r_[value, value[-1]]
    outline = pa.table({"x": place, "up": np.maximum(ends, 0), "down": np.minimum(ends, 0)})
    width = len(rows) / len(pointed)
    hover = tips | {"x": np.arange(len(pointed)) * width, "x2": np.arange(1, len(pointed) + 1) * width}
    mark = _chosen(np.array(schools.codes)[rows] == selected, place[:-1], place[1:], value)
    datasets = {"outline": outline, "changes": pa.table(hover), "chosen": mark}
    return Chart(_changes_spec(words.language(), unit, named=False, rows=0), datasets)


def _unit(unit: str) -> str:
    return _("kr") if unit == "kr" else _("kr per pupil")


def _changes_spec(language: str, unit: str, *, named: bool, rows: int) -> dict[str, Any]:
    """Return the spec of the second chart."""
    label = _("more or less, {unit}", unit=_unit(unit))
    tips = [{"field": "name", "title": _("School")}, {"field": "change", "title": _("Change")}]
    point = {"name": "school", "select": {"type": "point", "fields": ["code"]}}
    layers: list[dict[str, Any]] = []
    if named:
        x: dict[str, Any] = {"field": "value", "type": "quantitative", "scale": {"padding": 62, "nice": False, "zero": True},
             "axis": _axis(language, label, grid=True)}  # fmt: skip
        y: dict[str, Any] = {"field": "y", "type": "quantitative", "axis": None, "scale": {"reverse": True, "nice": False,
             "domainMin": 0, "domainMax": rows}}  # fmt: skip
        middle = {**y, "field": "middle"}
        name: dict[str, Any] = {"type": "text", "align": "right", "x": -8, "fontSize": 12, "font": FONT, "color": TEXT}
        number: dict[str, Any] = {"type": "text", "fontSize": 11.5, "font": FONT, "color": TEXT}
        layers = [
            {
                "data": {"name": "changes"},
                "params": [point],
                "mark": {"type": "rect", "cursor": "pointer"},
                "encoding": {
                    "x": x,
                    "x2": {"datum": 0},
                    "y": y,
                    "y2": {"field": "y2"},
                    "color": {"condition": {"test": "datum.more", "value": MORE}, "value": LESS},
                    "stroke": {"condition": {"test": "datum.chosen", "value": LINE}, "value": None},
                    "strokeWidth": {"value": 2.5},
                    "tooltip": tips,
                    "key": _KEY,
                },
            },
            {"data": {"name": "changes"}, "mark": name, "encoding": {"y": middle, "text": {"field": "short"}, "key": _KEY}},
            _zero("x"),
        ]
        layers += [
            {
                "data": {"name": "changes"},
                "transform": [{"filter": test}],
                "mark": number | {"align": side, "dx": shift},
                "encoding": {"x": x, "y": middle, "text": {"field": "label"}, "key": _KEY},
            }
            for test, side, shift in (("datum.more", "left", 4), ("!datum.more", "right", -4))
        ]
        return _framed(layers, max(16 * rows, 60) if rows <= 34 else 14 * rows,
                       {"left": 150, "right": 10, "top": 8, "bottom": 44})  # fmt: skip
    x = {"field": "x", "type": "quantitative", "scale": {"nice": False, "zero": True}, "axis": None}
    y = {"field": "y", "type": "quantitative", "axis": _axis(language, label, grid=True)}
    for field, fill in (("up", MORE), ("down", LESS)):
        step = {"type": "area", "interpolate": "step-after", "color": fill}
        layers.append({"data": {"name": "outline"}, "mark": step, "encoding": {"x": x, "y": {**y, "field": field}}})
    outline = {"type": "rect", "fillOpacity": 0, "stroke": LINE, "strokeWidth": 2}
    layers += [
        {
            "data": {"name": "changes"},
            "params": [point],
            "mark": {"type": "rect", "opacity": 0, "cursor": "pointer", "y": 0, "y2": HEIGHT},
            "encoding": {"x": x, "x2": {"field": "x2"}, "tooltip": tips, "key": _KEY},
        },
        {
            "data": {"name": "chosen"},
            "mark": outline,
            "encoding": {"x": x, "x2": {"field": "x2"}, "y": y, "y2": {"datum": 0}, "strokeOpacity": _INK},
        },
        _zero("y"),
    ]
    layers.append(_caption(_("Each step a school"), HEIGHT + 18))
    return _framed(layers, HEIGHT, {"left": 84, "right": 10, "top": 8, "bottom": 34})


def _zero(channel: str) -> dict[str, Any]:
    rule = {"type": "rule", "color": LINE, "strokeWidth": 1.2}
    return {"data": {"values": [{}]}, "mark": rule, "encoding": {channel: {"datum": 0, "type": "quantitative"}}}


def _tooltips() -> list[dict[str, str]]:
    named = {
        "name": _("School"),
        "rate": _("Kr per pupil"),
        "amount": _("Amount"),
        "index": _("Index"),
        "pupils": _("Pupils"),
    }
    return [{"field": field, "title": title} for field, title in named.items()]


def _axis(language: str, title: str, *, grid: bool) -> dict[str, Any]:
    grouped = "replace(format(datum.value, ',.0f'), /,/g, '\u00a0')" if language == "sv" else "format(datum.value, ',.0f')"
    return {
        "title": title, "grid": grid, "gridColor": "#e3e8ea", "domain": False, "ticks": False, "labelColor": TEXT,
        "titleColor": TEXT, "titleFontWeight": "normal", "labelFontSize": 12, "titleFontSize": 12.5,
        "labelFont": FONT, "titleFont": FONT, "labelExpr": grouped, "tickCount": 6, "labelOverlap": "greedy",
        "labelSeparation": 10,
    }  # fmt: skip


def _caption(text: str, y: float) -> dict[str, Any]:
    """Return what is said of the horizontal axis, under the middle of the chart."""
    mark = {"type": "text", "text": text, "align": "center", "x": {"expr": "width / 2"}, "y": y, "fontSize": 12.5,
            "color": TEXT, "font": FONT}  # fmt: skip
    return {"data": {"values": [{}]}, "mark": mark}


def _framed(layers: list[dict[str, Any]], height: int, padding: dict[str, int]) -> dict[str, Any]:
    return {
        "width": "container",
        "height": height + padding["top"] + padding["bottom"],
        "autosize": {"type": "none", "contains": "padding"},
        "padding": padding,
        "layer": layers,
        "config": {"aria": False, "view": {"stroke": None}, "background": "#ffffff"},
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Write NaN as JSON knows it."""
    return {name: None if value != value else value for name, value in row.items()}  # noqa: PLR0124 - NaN


def picture(chart: Chart, *, title: str, notes: Sequence[str], kind: Literal["svg", "png"]) -> bytes:
    """Draw a chart for print: its title over it, source and marks under it.

    Parameters
    ----------
    chart : Chart
        From `kronor_per_pupil` or `changes`.
    title : str
        What it says.
    notes : sequence of str
        Lines under it.
    kind : str
        ``svg`` or ``png``.

    Returns
    -------
    bytes
    """
    given = {name: [_plain(row) for row in data.to_pylist()] for name, data in chart.datasets.items()}
    head = {"text": title, "anchor": "start", "fontSize": 19, "font": FONT, "color": TEXT, "offset": 14}
    foot = {"text": list(notes), "anchor": "start", "fontSize": 11, "font": FONT, "color": TEXT, "orient": "bottom",
            "fontWeight": "normal", "offset": 10}  # fmt: skip
    inner = {name: part for name, part in chart.spec.items() if name not in {"config", "autosize", "padding"}}
    room = chart.spec["padding"]
    inner |= {"width": 980, "height": chart.spec["height"] - room["top"] - room["bottom"]}
    whole = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "datasets": given,
        "padding": 18,
        "title": head,
        "config": chart.spec["config"],
        "vconcat": [
            inner,
            {"title": foot, "data": {"values": []}, "mark": "point", "height": 1, "width": 980},
        ],
    }
    if kind == "svg":
        return vl_convert.vegalite_to_svg(whole).encode()
    drawn: bytes = vl_convert.vegalite_to_png(whole, scale=2)
    return drawn
