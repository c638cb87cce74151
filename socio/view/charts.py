"""Charts: kronor per pupil against the average line, and who gets more and who gets less.

A spec never depends on the figures, only on language, size and layout: a page swaps the data and the
picture moves without being built anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from socio.view import format as written
from socio.view import words
from socio.view.words import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from socio.allocation import Result
    from socio.composition import Array, Whole
    from socio.measures import Change

Order = Literal["rate", "name", "pupils"]
Unit = Literal["kr", "kr_per_pupil"]
Size = Literal["few", "many", "all"]
Rows: TypeAlias = NDArray[np.intp]
Part: TypeAlias = dict[str, Any]

ABOVE: Final = "#00575e"
BELOW: Final = "#58a3a8"
HATCH: Final = "#2f7f86"
MORE: Final = "#553c8b"
LESS: Final = "#b07a1a"
LINE: Final = "#16202a"
TEXT: Final = "#27343f"
PALE: Final = "#8b98a1"
FONT: Final = "Source Sans, Source Sans Pro, Noto Sans, sans-serif"

CLOSE: Final = 36
"""More names than this stand closer."""
NAMED: Final = 60
"""Up to this many schools each has its name on the charts."""
SINGLE: Final = 400
"""Up to this many schools each has a bar of its own; where there are more, neighbours share one."""
SHARED: Final = 240
"""Places for bars that schools share."""
ENDS: Final = 10
"""Schools named at each end of the changes where there are too many to name them all."""
STROKES: Final = 100
"""Strokes of the hatching."""

_BARS, _NAMES, _MIDDLE = 320, 124, 220
"""Heights in pixels: the bars, the names under them, the changes between the named ends."""
_LINES: Mapping[Size, int] = {"few": 16, "many": 14, "all": 16}
"""Height of a line with a name, pixels."""


_LEAST: Final = 100.0
"""An axis of changes is at least this long, so that a krona's rounding does not look like much."""


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """A chart: a Vega-Lite spec, and what it draws, by name.

    Attributes
    ----------
    spec
        Without data; the same for all figures of the same size, layout and language.
    datasets
        Tables by name.
    """

    spec: Mapping[str, Any]
    datasets: Mapping[str, pa.Table]


def kronor_per_pupil(result: Result, *, order: Order, equal_width: bool, selected: str) -> Chart:
    """Draw bars as wide as the school is large, against the average line: area is kronor.

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
        Where width is pupils, the area above the line is as large as the hatched area under it (π = P / Σn,
        docs/method.md §1). Schools that share a bar are on the same side of the line.
    """
    schools, average = result.composition, result.average
    low = result.rate < average * (1 - 1e-9)
    width = np.ones(len(schools)) if equal_width else schools.pupils_paid.astype(float)
    rows = _ordered(order, schools.names, result.rate, schools.pupils_paid)
    rows, starts = _bars(rows, width, low)
    right = np.cumsum(np.add.reduceat(width[rows], starts))
    left, total = np.append(0.0, right[:-1]), float(right[-1])
    height, under = _mean(result.rate, width, rows, starts), low[rows[starts]]
    chosen = _chosen(schools.codes, rows, starts, selected)
    tips = _tips(result, rows, starts)
    datasets = {
        "line": pa.table(
            {
                "average": [average],
                "said": [_("average\n{kronor}", kronor=written.kronor(average))],
                "width": [total],
                "top": [_round_up(max(float(height.max()), average)) or 1.0],
                "bars": [len(starts)],
            }
        ),
        "hatch": _hatch(total, average if low.any() else 0.0),
        "steps": pa.table(
            {
                "x": np.append(left, total),
                "above": np.append(np.where(under, 0.0, height), 0.0),
                "below": np.append(np.where(under, height, 0.0), 0.0),
            }
        ),
        "bars": pa.table({"x": left, "x2": right, **tips}),
        "chosen": pa.table(
            {
                "x": left[chosen],
                "x2": right[chosen],
                "y": np.maximum(height, average)[chosen],
                "name": [schools.names[schools.codes.index(selected)] for _bar in chosen],
                "align": ["left" if left[bar] < total / 2 else "right" for bar in chosen],
            },
            schema=_CHOSEN,
        ),
    }
    if len(schools) <= NAMED:
        datasets["names"] = _names(tips["code"], tips["name"], (left + right) / 2, total, chosen)
    return Chart(_bars_spec(words.language(), _size(len(schools)), equal_width=equal_width), datasets)


_CHOSEN: Final = pa.schema(
    [("x", pa.float64()), ("x2", pa.float64()), ("y", pa.float64()), ("name", pa.string()), ("align", pa.string())]
)


def changes(result: Result, change: Change, *, unit: Unit, order: Order, selected: str) -> Chart:
    """Draw two-sided bars: who gets more and who gets less.

    Parameters
    ----------
    result : Result
        The schools.
    change : Change
        Against the baseline; NaN where it is unknown.
    unit : str
        Kr or kr per pupil.
    order : str
        What the bars are sorted by; ``rate`` is the change itself. Where there are too many schools to name them
        all they are sorted by the change, and the ends are named.
    selected : str
        Code of the school with an outline; empty for none.

    Returns
    -------
    Chart
    """
    schools, step = result.composition, change.amount if unit == "kr" else change.rate
    size = _size(len(schools))
    line = _LINES[size]
    rows = _ordered(order if size != "all" else "rate", schools.names, step, schools.pupils_paid)
    between = rows[:0]
    if size == "all":
        known = rows[~np.isnan(step[rows])]
        rows, between = np.concatenate([known[:ENDS], known[ENDS:][-ENDS:]]), known[ENDS:-ENDS]
    place = np.arange(len(rows)) * float(line)
    place[ENDS:] += _MIDDLE if len(between) else 0
    low, high = -_round_up(-float(np.nanmin(step, initial=0.0))), _round_up(float(np.nanmax(step, initial=0.0)))
    high = high if high - low > _LEAST else _LEAST
    value = np.nan_to_num(step[rows])
    labels = written.numbers(step[rows].tolist(), signed=True)
    chosen = np.array([schools.codes[row] == selected for row in rows], dtype=bool)
    pointed = {"y": place, "y2": place + line, "chosen": chosen, **_change_tips(result, change, rows)}
    datasets = {
        "frame": pa.table({"low": [low], "high": [high]}),
        "rows": pa.table(
            {
                "y": place,
                "value": value,
                "more": (value > 0) | ((value == 0) & (high > 0)),
                "code": [schools.codes[row] for row in rows],
                "name": [schools.names[row] for row in rows],
                "label": [label or _("no figure") for label in labels],
                "chosen": chosen,
            }
        ),
    }
    if size == "all":
        drawn, inside = _between(result, change, step, between)
        datasets |= drawn
        pointed = {name: np.concatenate([column, inside[name]]) for name, column in pointed.items()}
    datasets["pointed"] = pa.table(pointed)
    return Chart(_changes_spec(words.language(), unit, size, len(rows)), datasets)


def _between(result: Result, change: Change, step: Array, rows: Rows) -> tuple[dict[str, pa.Table], Part]:
    """Return the changes between the named ends, as steps with what is said of them, and where to point."""
    top, line = ENDS * _LINES["all"], _LINES["all"]
    places = min(len(rows), _MIDDLE // 2)
    edges = np.linspace(0, len(rows), places + 1).round().astype(int)
    y = top + edges / max(len(rows), 1) * _MIDDLE
    value = np.add.reduceat(step[rows], edges[:-1]) / np.diff(edges) if places else np.zeros(0)
    unknown = int(np.isnan(step).sum())
    said = [words.ngettext("{count} school between", "{count} schools between", len(rows)) if places else ""]
    said += [
        words.ngettext("no figure for {count} school", "no figure for {count} schools", unknown) if unknown else ""
    ]
    drawn = {
        "steps": pa.table(
            {"y": y, "more": np.append(np.maximum(value, 0), 0.0), "less": np.append(np.minimum(value, 0), 0.0)}
        ),
        "said": pa.table({"text": said, "y": [top + _MIDDLE / 2, 2.0 * top + _MIDDLE + line / 2]}),
    }
    tips = _change_tips(result, change, rows[(edges[:-1] + edges[1:]) // 2])
    return drawn, {"y": y[:-1], "y2": y[1:], "chosen": np.zeros(places, dtype=bool), **tips}


def _ordered(order: Order, names: Sequence[str], value: Array, pupils: Whole) -> Rows:
    """Return the schools' positions, largest first and the unknown last, or by name."""
    if order == "name":
        return np.array(sorted(range(len(names)), key=lambda row: words.sorting(names[row])), dtype=np.intp)
    return np.argsort(-(value if order == "rate" else pupils), kind="stable")


def _bars(rows: Rows, width: Array, low: NDArray[np.bool_]) -> tuple[Rows, Rows]:
    """Return the schools as they stand, and where among them each bar begins."""
    if len(rows) <= SINGLE:
        return rows, np.arange(len(rows))
    right = np.cumsum(width[rows])
    place = ((right - width[rows] / 2) / right[-1] * SHARED).astype(int) * 2 + low[rows]
    within = np.argsort(place, kind="stable")
    return rows[within], np.flatnonzero(np.diff(place[within], prepend=-1))


def _mean(values: Array, weight: Array, rows: Rows, starts: Rows) -> Array:
    """Return the weighted mean of each bar's schools, exact where a bar is one school."""
    alone = np.diff(np.append(starts, len(rows))) == 1
    mean = np.add.reduceat((values * weight)[rows], starts) / np.add.reduceat(weight[rows], starts)
    found: Array = np.where(alone, values[rows[starts]], mean)
    return found


def _chosen(codes: Sequence[str], rows: Rows, starts: Rows, selected: str) -> Rows:
    """Return the bar of the chosen school, or none."""
    at = np.flatnonzero(np.array(codes)[rows] == selected)
    return np.searchsorted(starts, at, side="right") - 1


def _tips(result: Result, rows: Rows, starts: Rows) -> Part:
    """Return what is said where a bar is pointed at; schools that share one go by the name of the largest."""
    schools, pupils = result.composition, result.composition.pupils_paid
    spans = [slice(*span) for span in zip(starts.tolist(), [*starts[1:].tolist(), len(rows)], strict=True)]
    largest = [rows[span][np.argmax(pupils[rows[span]])] for span in spans]
    names = [schools.names[row] for row in largest]
    for bar, span in enumerate(spans):
        if others := span.stop - span.start - 1:
            names[bar] = words.ngettext("{name} and {count} more", "{name} and {count} more", others, name=names[bar])
    each = pupils.astype(float)
    return {
        "code": [schools.codes[row] for row in largest],
        "name": names,
        "rate": _kronor(_mean(result.rate, each, rows, starts)),
        "amount": _kronor(np.add.reduceat(result.amount[rows], starts)),
        "index": written.numbers(_mean(result.index, each, rows, starts).tolist(), 2),
        "pupils": written.numbers(np.add.reduceat(pupils[rows], starts).tolist()),
    }


def _change_tips(result: Result, change: Change, rows: Rows) -> Part:
    schools = result.composition
    return {
        "code": [schools.codes[row] for row in rows],
        "name": [schools.names[row] for row in rows],
        "change": _kronor(change.amount[rows], signed=True),
        "change_rate": _kronor(change.rate[rows], signed=True),
        "amount": _kronor(result.amount[rows]),
    }


def _kronor(values: Array | Whole, *, signed: bool = False) -> list[str]:
    unit = f"{written.NO_BREAK}kr"
    numbers = written.numbers(values.tolist(), signed=signed)
    return [number + unit if number else _("no figure") for number in numbers]


def _hatch(total: float, average: float) -> pa.Table:
    """Return one stroke, slanting up to the line and down to the axis in turn; the bars are drawn over it."""
    foot = (np.arange(STROKES) - STROKES / 10) / (STROKES * 0.9) * total
    x = np.stack([foot, foot + total / 14], axis=1)
    y = np.tile([0.0, average], (STROKES, 1))
    x[1::2], y[1::2] = x[1::2, ::-1].copy(), y[1::2, ::-1].copy()
    return pa.table({"x": x.ravel(), "y": y.ravel(), "at": np.arange(x.size)})


def _names(codes: Sequence[str], names: Sequence[str], middle: Array, total: float, chosen: Rows) -> pa.Table:
    """Place the names under their bars, none over another, each as near its bar as it gets."""
    at = np.arange(len(names))
    place = _apart(middle, total / max(len(names), 25), total)
    return pa.table({"x": place, "bar": middle, "code": codes, "name": names, "at": at, "chosen": np.isin(at, chosen)})


def _apart(wanted: Array, gap: float, total: float) -> Array:
    """Return the nearest places in the same order that are at least a gap apart (pooled neighbours)."""
    blocks: list[tuple[float, int]] = []
    for value in wanted - gap * np.arange(len(wanted)):
        mean, size = float(value), 1
        while blocks and blocks[-1][0] > mean:
            before, others = blocks.pop()
            mean, size = (before * others + mean * size) / (others + size), others + size
        blocks.append((mean, size))
    level = np.concatenate([np.full(size, mean) for mean, size in blocks])
    inside: Array = np.clip(level, gap / 2, total - gap * (len(wanted) - 0.5))
    return inside + gap * np.arange(len(wanted))


def _round_up(value: float) -> float:
    """Return the next number that an axis may end at, so that the axis stands while the bars move; 0 for none."""
    if value <= 0:
        return 0.0
    power = 10.0 ** np.floor(np.log10(value))
    ends = (1, 1.2, 1.6, 2, 2.5, 3, 4, 5, 6, 8, 10)
    return float(next(end for end in ends if end * power >= value * (1 - 1e-12)) * power)


def _size(schools: int) -> Size:
    if schools > NAMED:
        return "all"
    return "few" if schools <= CLOSE else "many"


@cache
def _bars_spec(language: words.Language, size: Size, *, equal_width: bool) -> Part:
    """Return the spec of the first chart."""
    named = size != "all"
    plot = _BARS if named else _BARS + _NAMES
    x_title = _("one bar a school, equally wide") if equal_width else _("width: pupils · area: kronor")
    x_axis = _axis(language) | {"title": x_title, "labels": not named, "tickCount": 6, "titleAnchor": "start"}
    x_axis |= {"titleAlign": "left", "titleX": 0, "titleY": _NAMES + 6 if named else 34}
    y_axis = _axis(language) | {"title": _("kr per pupil"), "tickCount": 5, "titleAnchor": "end", "titleAngle": 0}
    y_axis |= {"titleAlign": "left", "titleBaseline": "bottom", "titleX": -58, "titleY": -12}
    x = {"field": "x", "type": "quantitative", "axis": x_axis, "scale": _scale(0, "data('line')[0].width")}
    y = {"field": "y", "type": "quantitative", "axis": y_axis, "scale": _scale(0, "data('line')[0].top")}
    x2, average = {"field": "x2"}, {**y, "field": "average"}
    titles = {"rate": _("Kr per pupil"), "amount": _("Amount"), "index": _("Index"), "pupils": _("Pupils")}
    hatch = {"type": "line", "color": HATCH, "strokeWidth": 0.8, "clip": True}
    step = {"type": "area", "interpolate": "step-after"}
    apart = {"stroke": "#ffffff", "strokeWidth": 1} if named else {}
    label = _text(12.5, LINE, fontWeight=600)
    layers = [
        _layer("hatch", hatch, x=x, y=y, order={"field": "at", "type": "quantitative"}),
        _layer("steps", {**step, "color": ABOVE}, x=x, y={**y, "field": "above"}),
        _layer("steps", {**step, "color": BELOW}, x=x, y={**y, "field": "below"}),
        _pointed("bars", {"y": 0, "y2": _expr("height"), **apart}, titles, x=x, x2=x2),
        _layer("line", _rule(LINE, 2, x=0, x2=_expr("width + 6")), y=average),
        _layer(
            "line", label | {"x": _expr("width + 10"), "dy": -7, "lineBreak": "\n"}, y=average, text=_nominal("said")
        ),
        _layer("chosen", _outline(2.5), x=x, x2=x2, y=y, y2={"datum": 0}),
    ]
    if named:
        every = _expr("datum.at % ceil(data('line')[0].bars * 9 / width) ? 0 : 1")
        leader = _rule(PALE, 0.7, y=_expr("height"), y2=_expr("height + 9"), opacity=every)
        name = _text(11.5 if size == "few" else 10.5, align="right", angle=300 if size == "few" else 270, opacity=every)
        name |= {
            "y": _expr("height + 12"),
            "limit": _NAMES + 10 if size == "few" else _NAMES - 8,
            "fontWeight": _expr(_BOLD),
        }
        layers += [
            _layer("names", leader, x={**x, "field": "bar"}, x2={"field": "x"}, key=_nominal("code")),
            _layer("names", name, x=x, text=_nominal("name"), key=_nominal("code")),
        ]
    else:
        above = label | {"baseline": "bottom", "dy": -5, "align": _expr("datum.align")}
        layers += [_layer("chosen", above, x=x, y=y, text=_nominal("name"))]
    description = _("Kronor per pupil by school. All figures are in the table.")
    return _frame(description, layers, plot, left=64, right=74, top=28, bottom=_NAMES + 28 if named else 54)


@cache
def _changes_spec(language: words.Language, unit: Unit, size: Size, lines: int) -> Part:
    """Return the spec of the second chart."""
    named, line = size != "all", _LINES[size]
    height = lines * line + (0 if named else _MIDDLE + line)
    column, low, high = "min(150, width * 0.36)", "data('frame')[0].low", "data('frame')[0].high"
    scale = _scale(low, high) | {
        "range": [_expr(f"{column} + ({low} < 0 ? 74 : 8)"), _expr(f"width - ({high} > 0 ? 72 : 8)")]
    }
    title = _("more or less, kr") if unit == "kr" else _("more or less, kr per pupil")
    axis = _axis(language) | {
        "title": title,
        "tickCount": 4,
        "grid": True,
        "gridColor": "#e3e8ea",
        "labelOverlap": True,
    }
    x = {"field": "value", "type": "quantitative", "axis": axis, "scale": scale}
    y, y2 = {"field": "y", "type": "quantitative", "axis": None, "scale": None}, {"field": "y2"}
    zero = {**{key: part for key, part in x.items() if key != "field"}, "datum": 0}
    titles = {"change": _("Change"), "change_rate": _("Change per pupil"), "amount": _("Amount")}
    bar = {"type": "rect", "yOffset": 2, "y2Offset": line - 2, "color": _expr(f"datum.more ? '{MORE}' : '{LESS}'")}
    text = _text(11.5 if line == _LINES["few"] else 11) | {"yOffset": line / 2}
    name = text | {"align": "right", "x": _expr(column), "limit": _expr(column), "fontWeight": _expr(_BOLD)}
    label = text | {"align": _expr("datum.more ? 'left' : 'right'"), "dx": _expr("datum.more ? 4 : -4")}
    whole = {"x": 0, "x2": _expr("width")}
    layers = [
        _layer("rows", bar, x=x, x2={"datum": 0}, y=y, y2={"field": "y"}, key=_nominal("code")),
        _layer("rows", name, y=y, text=_nominal("name"), key=_nominal("code")),
        _layer("rows", label, x=x, y=y, text=_nominal("label"), key=_nominal("code")),
        _layer("frame", _rule(LINE, 1.2, y=0, y2=_expr("height")), x=zero),
        _pointed(
            "pointed",
            whole | {"stroke": _expr(f"datum.chosen ? '{LINE}' : null"), "strokeWidth": 2},
            titles,
            y=y,
            y2=y2,
        ),
    ]
    if not named:
        step = {"type": "area", "orient": "horizontal", "interpolate": "step-before"}
        said = _text(12, fontStyle="italic", align="right", x=_expr(column), limit=_expr(column))
        layers[:0] = [
            _layer("steps", {**step, "color": MORE}, y=y, x={**x, "field": "more"}, x2={"datum": 0}),
            _layer("steps", {**step, "color": LESS}, y=y, x={**x, "field": "less"}, x2={"datum": 0}),
            _layer("said", said, y=y, text=_nominal("text")),
        ]
    description = _("Who gets more and who gets less. All figures are in the table.")
    return _frame(description, layers, height, left=0, right=4, top=4, bottom=44)


_BOLD: Final = "datum.chosen ? 'bold' : 'normal'"


def _layer(data: str, mark: Part, **encoding: Part | list[Part]) -> Part:
    return {"data": {"name": data}, "mark": mark, "encoding": encoding}


def _pointed(data: str, mark: Part, titles: Mapping[str, str], **encoding: Part) -> Part:
    """Return a layer that is not seen but pointed at and clicked: it tells of a school and chooses it."""
    tips = [_nominal(name) | {"title": title} for name, title in {"name": _("School"), **titles}.items()]
    unseen = {"type": "rect", "color": "transparent", "cursor": "pointer", **mark}
    point = {"name": "school", "select": {"type": "point", "fields": ["code"]}}
    return _layer(data, unseen, **encoding, tooltip=tips, key=_nominal("code")) | {"params": [point]}


def _text(size: float, color: str = TEXT, **more: Part | str | float) -> Part:
    return {"type": "text", "fontSize": size, "color": color, "align": "left", "baseline": "middle", **more}


def _rule(color: str, width: float, **more: Part | float) -> Part:
    return {"type": "rule", "color": color, "strokeWidth": width, **more}


def _outline(width: float) -> Part:
    return {"type": "rect", "filled": False, "stroke": LINE, "strokeWidth": width}


def _nominal(field: str) -> Part:
    return {"field": field, "type": "nominal"}


def _expr(expression: str) -> Part:
    return {"expr": expression}


def _scale(low: float | str, high: float | str) -> Part:
    """Return a scale whose ends are numbers or stand in the data."""
    ends = [_expr(end) if isinstance(end, str) else end for end in (low, high)]
    return {"domain": ends, "nice": False, "zero": False}


def _axis(language: words.Language) -> Part:
    """Return an axis without lines, its numbers written as the language writes them."""
    style = written.STYLES[language]
    grouped = f"replace(format(datum.value, ',.0f'), /,/g, '{style.group}')"
    return {
        "grid": False,
        "domain": False,
        "ticks": False,
        "labelExpr": f"replace({grouped}, '{written.MINUS}', '{style.minus}')",
    }


def _frame(description: str, layers: list[Part], height: int, **padding: int) -> Part:
    """Return a whole spec; margins are fixed, so that nothing jumps when an axis gets longer numbers."""
    axis = {
        "labelColor": TEXT,
        "titleColor": TEXT,
        "titleFontWeight": "normal",
        "labelFontSize": 12,
        "titleFontSize": 12.5,
        "aria": False,
    }
    return {
        "description": description,
        "height": height + padding["top"] + padding["bottom"],
        "autosize": {"type": "none", "contains": "padding"},
        "padding": padding,
        "layer": layers,
        "config": {
            "font": FONT,
            "background": "#ffffff",
            "view": {"stroke": None},
            "mark": {"aria": False, "invalid": None},
            "axis": axis,
        },
    }
