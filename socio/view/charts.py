"""Charts: kronor per pupil against the average line, and who gets more and who gets less.

Both are SVG and drawn by the same code for the screen, where a place across is a part of a width that only the
browser knows, and for a picture, where it is pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape
from itertools import accumulate
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np
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

ABOVE: Final = "#00575e"
BELOW: Final = "#4f9ca2"
HATCH: Final = "#2f7f86"
MORE: Final = "#553c8b"
LESS: Final = "#b07a1a"
LINE: Final = "#16202a"
TEXT: Final = "#27343f"
PALE: Final = "#84929c"
GRID: Final = "#e3e8ea"

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

_OVER, _BARS, _NAMES = 30, 320, 124
"""Heights in pixels: over the bars, the bars, the names under them."""
_EDGE, _MIDDLE, _UNDER = 4, 220, 44
"""Heights in pixels: over the changes, those between the named ends, the axis under them."""
_LINES: Mapping[Size, int] = {"few": 16, "many": 14, "all": 16}
"""Height of a line with a name, pixels."""
_LETTER, _NAME = 12.0, 11.5
"""Sizes of letters, and of those in a name, pixels."""
_COLUMN, _ABOVE = 150.0, 230.0
"""Longest name beside a change and over a bar, pixels; what is longer is cut."""
_NARROW: Final = 150.0
"""Width of a plot, pixels, in which the numbers under the changes still stand apart."""
_ROOMS: Final = range(100, 601, 50)
"""Widths of a plot, pixels, up to which every other name under the bars is left out."""
_LEAST: Final = 100.0
"""An axis of changes is at least this long, so that a krona's rounding does not look like much."""

STYLE: Final = "".join(
    [
        ".socio-chart{display:block;box-sizing:border-box;overflow:visible;container-type:inline-size;",
        f"font-size:{_LETTER}px;fill:{TEXT};font-variant-numeric:tabular-nums}}",
        ".socio-chart *{pointer-events:none}",
        ".socio-chart .hit{fill:none;pointer-events:all;cursor:pointer}",
        f".socio-chart .hit:hover{{fill:{LINE};fill-opacity:.08}}",
        f".socio-chart .above{{fill:{ABOVE}}}.socio-chart .below{{fill:{BELOW}}}",
        f".socio-chart .stripe{{fill:{HATCH}}}",
        f".socio-chart .more{{fill:{MORE}}}.socio-chart .less{{fill:{LESS}}}",
        ".socio-chart .apart{stroke:#ffffff;stroke-width:1}",
        f".socio-chart .grid{{stroke:{GRID};stroke-width:1}}",
        f".socio-chart .leader{{stroke:{PALE};stroke-width:.8}}",
        f".socio-chart .ground{{stroke:{LINE};stroke-width:1.2}}",
        f".socio-chart .average{{stroke:{LINE};stroke-width:2}}",
        f".socio-chart .chosen{{fill:none;stroke:{LINE};stroke-width:2.5}}",
        f".socio-chart .few,.socio-chart .all{{font-size:{_NAME}px}}.socio-chart .many{{font-size:11px}}",
        ".socio-chart .end{text-anchor:end}.socio-chart .middle{text-anchor:middle}",
        ".socio-chart .bold{font-weight:bold}.socio-chart .said{font-style:italic}",
        f".socio-chart .strong{{fill:{LINE};font-weight:600;stroke:#ffffff;stroke-width:3px;paint-order:stroke}}",
        *(f"@container (max-width:{room}px){{.socio-chart .room-{room} .odd{{display:none}}}}" for room in _ROOMS),
    ]
)
"""The look of both charts, for the page's style sheet and for a picture's."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart as SVG.

    Attributes
    ----------
    body
        Markup inside the root element.
    height
        Pixels.
    description
        What the chart is, for a reader who does not see it.
    left, right
        Pixels beside the plot; places in the body are counted from the plot's left side.
    """

    body: str
    height: int
    description: str
    left: float
    right: float

    def svg(self) -> str:
        """Return the whole element, as wide as its place on the screen.

        Its sides are padding, so that per cent of its width are per cent of the plot's.
        """
        return (
            f'<svg class="socio-chart" width="100%" height="{self.height}" '
            f'style="padding:0 {self.right:.7g}px 0 {self.left:.7g}px" role="img" '
            f'aria-label="{escaped(self.description)}">{self.body}</svg>'
        )


def kronor_per_pupil(
    result: Result, *, order: Order, equal_width: bool, selected: str, width: float | None = None
) -> Drawing:
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
    width : float, optional
        Pixels; without it the chart is as wide as its place on the screen.

    Returns
    -------
    Drawing
        Where width is pupils, the area above the line is as large as the hatched area under it (π = P / Σn,
        docs/method.md §1). Schools that share a bar are on the same side of the line.
    """
    schools, size = result.composition, _size(len(result.composition))
    bars = _Bars.of(result, order=order, equal_width=equal_width)
    average = _("average\n{kronor}", kronor=written.kronor(result.average)).splitlines()
    plot = _Plot.of(
        width,
        left=max(64.0, _extent(written.plain(bars.top), _LETTER) + 12),
        right=max(74.0, _extent(average[-1], _LETTER) * 1.1 + 14),
        height=_BARS + (_NAMES if size == "all" else 0),
    )
    x, wide = plot.across(bars.left), plot.across(bars.width)
    largest, names = _who(result, bars)
    chosen = bars.of_school(_row(schools.codes, selected))
    if size == "all":
        under, foot = _scale_across(bars.total, plot), plot.height + 44
        over = [schools.names[schools.codes.index(selected)] for _bar in chosen]
    else:
        under, foot = _names_under(bars, names, chosen, size, plot), plot.height + _NAMES + 18
        over = []
    parts = [
        _STRIPES,
        f'<g transform="translate(0 {_OVER})">',
        _text(_("kr per pupil"), f"{6 - plot.left:.7g}", -16),
        *_scale_up(bars.top, plot),
        *_areas(bars, x, wide, plot),
        '<g class="apart">' if size != "all" else "<g>",
        *_hits(
            _boxes(x, ["0"] * len(x), wide, [f"{plot.height:.7g}"] * len(x)),
            [schools.codes[row] for row in largest],
            _bar_tips(result, bars, names),
        ),
        "</g>",
        _line("ground", plot.at(0), plot.height, plot.at(1), plot.height),
        *_average_line(average, (1 - bars.average) * plot.height, plot),
        *_chosen_bars(bars, chosen, over, plot),
        *under,
        _text(_("one bar a school, equally wide") if equal_width else _("width: pupils · area: kronor"), "0", foot),
        "</g>",
    ]
    description = _("Kronor per pupil by school. All figures are in the table.")
    return Drawing("".join(parts), round(_OVER + foot + 10), description, plot.left, plot.right)


def changes(
    result: Result, change: Change, *, unit: Unit, order: Order, selected: str, width: float | None = None
) -> Drawing:
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
        Code of the school with an outline, which is named wherever it stands; empty for none.
    width : float, optional
        Pixels; without it the chart is as wide as its place on the screen.

    Returns
    -------
    Drawing
    """
    schools, step = result.composition, change.amount if unit == "kr" else change.rate
    size = _size(len(schools))
    lines = _Lines.of(result, step, size=size, order=order, selected=selected)
    told = lines.who[lines.told]
    names = [_cut(schools.names[row], _NAME, _COLUMN) for row in told]
    labels = [label or _("no figure") for label in written.numbers(step[told], signed=True)]
    column = _COLUMN if size == "all" else max(_extent(name, _NAME) for name in names) + 4
    left, right = _sides(labels, lines.more[lines.told])
    plot = _Plot.of(width, left=column + left, right=right, height=lines.foot)
    boxes = [
        f'x="{-plot.left:.7g}" y="{top}" {plot.whole} height="{high}"'
        for top, high in zip(_down(lines.top), _down(lines.height), strict=True)
    ]
    unknown = int(np.isnan(step).sum()) if size == "all" else 0
    parts = [
        f'<g class="{size}" transform="translate(0 {_EDGE})"><g class="end">',
        *_line_names(lines, names, -left),
        "</g>",
        *_said_of_others(lines, unknown, plot.left, -left),
        *_scale_of_changes(lines, unit, plot),
        *_change_bars(lines, plot),
        *_change_labels(lines, labels, plot),
        _line("ground", plot.at(lines.zero), 0, plot.at(lines.zero), plot.height),
        f'</g><g transform="translate(0 {_EDGE})">',
        *_hits(boxes, [schools.codes[row] for row in lines.who], _change_tips(result, change, lines.who)),
        *(f'<rect class="chosen" {boxes[line]}/>' for line in lines.chosen if line < lines.named),
        "</g>",
    ]
    description = _("Who gets more and who gets less. All figures are in the table.")
    return Drawing("".join(parts), round(_EDGE + lines.foot + _UNDER), description, plot.left, plot.right)


@dataclass(frozen=True, slots=True)
class _Plot:
    """The part of a chart that figures stand in, and how places across it are written.

    Attributes
    ----------
    left, right
        Pixels of the chart beside it.
    height
        Pixels.
    scale, unit
        What a part of its width is multiplied with, and the unit that gives.
    whole
        Attribute for the width of the whole chart.
    """

    left: float
    right: float
    height: float
    scale: float
    unit: str
    whole: str

    @classmethod
    def of(cls, width: float | None, *, left: float, right: float, height: float) -> _Plot:
        if width is None:
            return cls(left, right, height, 100.0, "%", f'style="width:calc(100% + {left + right:.7g}px)"')
        return cls(left, right, height, width - left - right, "", f'width="{width:.7g}"')

    def at(self, part: float) -> str:
        """Write a place or a length, given in parts of the width."""
        return f"{part * self.scale:.7g}{self.unit}"

    def across(self, parts: Array) -> list[str]:
        """Write many of them."""
        return [f"{place:.7g}{self.unit}" for place in (parts * self.scale).tolist()]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Bars:
    """The bars of the first chart as they stand.

    Attributes
    ----------
    rows, starts
        The schools' positions, and where among them each bar begins.
    left, width
        In parts of the plot's width.
    height, average
        In parts of the plot's height.
    under
        Whether a bar is under the average line.
    total, top
        Where the axes end: pupils, or schools where all bars are equally wide; kr per pupil.
    """

    rows: Rows
    starts: Rows
    left: Array
    width: Array
    height: Array
    average: float
    under: NDArray[np.bool_]
    total: float
    top: float

    @classmethod
    def of(cls, result: Result, *, order: Order, equal_width: bool) -> _Bars:
        schools, average = result.composition, result.average
        low = result.rate < average * (1 - 1e-9)
        width = np.ones(len(schools)) if equal_width else schools.pupils_paid.astype(float)
        rows, starts = _bars(_ordered(order, schools.names, result.rate, schools.pupils_paid), width, low)
        edges = np.append(0.0, np.cumsum(np.add.reduceat(width[rows], starts)))
        height, total = _mean(result.rate, width, rows, starts), float(edges[-1])
        top = _round_up(max(float(height.max()), average)) or 1.0
        return cls(
            rows=rows,
            starts=starts,
            left=edges[:-1] / total,
            width=np.diff(edges) / total,
            height=height / top,
            average=average / top,
            under=low[rows[starts]],
            total=total,
            top=top,
        )

    def of_school(self, row: int) -> Rows:
        """Return the bar of a school, or none."""
        return np.searchsorted(self.starts, np.flatnonzero(self.rows == row), side="right") - 1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Lines:
    """The lines of the second chart as they stand: a school each; between the named ends some schools each.

    Attributes
    ----------
    who
        Position of the school that a line tells of.
    top, height
        Pixels.
    named, between
        How many lines have names, and how many schools share the others.
    value
        Length of the bar in the chart's unit; 0 where it is unknown.
    more
        Whether it goes to the right; one without length goes where there is room.
    low, high
        Ends of the axis.
    chosen, told
        Lines of the chosen school, or none; lines with a name and a figure.
    centre
        Where those have them, pixels.
    foot
        Where the last line ends, pixels.
    """

    who: Rows
    top: Array
    height: Array
    named: int
    between: int
    value: Array
    more: NDArray[np.bool_]
    low: float
    high: float
    chosen: Rows
    told: Rows
    centre: Array
    foot: float

    @classmethod
    def of(cls, result: Result, step: Array, *, size: Size, order: Order, selected: str) -> _Lines:
        schools, line, gap = result.composition, float(_LINES[size]), 0
        rows = _ordered(order if size != "all" else "rate", schools.names, step, schools.pupils_paid)
        between = rows[:0]
        if size == "all":
            known = rows[~np.isnan(step[rows])]
            rows, between = np.append(known[:ENDS], known[ENDS:][-ENDS:]), known[ENDS:-ENDS]
            gap = _MIDDLE if len(between) else 0
        edges = np.linspace(0, len(between), min(len(between), _MIDDLE // 2) + 1).round().astype(int)
        shared = between[(edges[:-1] + edges[1:]) // 2]
        own = _row(schools.codes, selected)
        for at in np.flatnonzero(between == own):
            shared[np.searchsorted(edges, at, side="right") - 1] = between[at]
        who = np.append(rows, shared)
        mean = np.add.reduceat(step[between], edges[:-1]) / np.diff(edges)
        value = np.nan_to_num(np.append(step[rows], mean))
        places = np.arange(len(rows)) * line
        places[ENDS:] += gap
        inside = ENDS * line + edges / max(len(between), 1) * gap
        top, height = np.append(places, inside[:-1]), np.append(np.full(len(rows), line), np.diff(inside))
        low, high = -_round_up(-float(np.nanmin(step, initial=0.0))), _round_up(float(np.nanmax(step, initial=0.0)))
        high = high if high - low > _LEAST else _LEAST
        chosen = np.flatnonzero(who == own)
        told = np.append(np.arange(len(rows)), chosen[chosen >= len(rows)])
        centre = (top + height / 2)[told]
        centre[len(rows) :] = np.clip(centre[len(rows) :], inside[0] + line / 2, inside[-1] - line / 2)
        return cls(
            who=who,
            top=top,
            height=height,
            named=len(rows),
            between=len(between),
            value=value,
            more=(value > 0) | ((value == 0) & (high > 0)),
            low=low,
            high=high,
            chosen=chosen,
            told=told,
            centre=centre,
            foot=len(rows) * line + gap,
        )

    @property
    def zero(self) -> float:
        """Where nothing changes, in parts of the axis."""
        return -self.low / (self.high - self.low)

    @property
    def length(self) -> Array:
        """Lengths of the bars in parts of the axis, negative to the left."""
        return self.value / (self.high - self.low)


_STRIPES: Final = (
    '<defs><pattern id="socio-hatch" patternUnits="userSpaceOnUse" width="5" height="5" '
    'patternTransform="rotate(35)"><rect class="stripe" width="1.2" height="5"/></pattern></defs>'
)
_UNPRINTED: Final = dict.fromkeys([*range(32), *range(0x7F, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF], " ")


@lru_cache(maxsize=1 << 14)
def escaped(text: str) -> str:
    """Write a text so that it is nothing but text in HTML and XML.

    Parameters
    ----------
    text : str
        Any text; what may not stand in XML becomes a space.

    Returns
    -------
    str

    Examples
    --------
    >>> escaped('<b> & "c"')
    '&lt;b&gt; &amp; &quot;c&quot;'
    """
    return escape(text.translate(_UNPRINTED))


def _text(said: str, x: str, y: float, look: str = "") -> str:
    return f'<text class="{look}" x="{x}" y="{y:.7g}">{escaped(said)}</text>'


def _beside(said: str, x: str, y: float, *, away: float, look: str = "") -> str:
    """Write a text some pixels to the right of a place; one to the left of it ends there."""
    return f'<text class="{look}{" end" if away < 0 else ""}" x="{x}" dx="{away:g}" y="{y:.7g}">{escaped(said)}</text>'


def _line(look: str, x: str, y: float, x2: str, y2: float) -> str:
    return f'<line class="{look}" x1="{x}" y1="{y:.7g}" x2="{x2}" y2="{y2:.7g}"/>'


def _boxes(x: Sequence[str], y: Sequence[str], width: Sequence[str], height: Sequence[str]) -> list[str]:
    """Write where rectangles stand."""
    return [
        f'x="{left}" y="{top}" width="{wide}" height="{high}"'
        for left, top, wide, high in zip(x, y, width, height, strict=True)
    ]


def _down(pixels: Array) -> list[str]:
    """Write places or lengths down the chart."""
    return [f"{pixel:.7g}" for pixel in pixels.tolist()]


def _hits(boxes: Sequence[str], codes: Sequence[str], tips: Sequence[str]) -> list[str]:
    """Draw what is not seen but pointed at and clicked: it tells of a school and chooses it."""
    return [
        f'<rect class="hit" {box} data-code="{escaped(code)}" data-tip="{tip}"/>'
        for box, code, tip in zip(boxes, codes, tips, strict=True)
    ]


def _scale_up(top: float, plot: _Plot) -> list[str]:
    """Draw the axis of kronor per pupil."""
    drawn = []
    for tick in _ticks(top):
        y = (1 - tick / top) * plot.height
        drawn += [_line("grid", plot.at(0), y, plot.at(1), y), _text(written.plain(tick), "-8", y + 4, "end")]
    return drawn


def _scale_across(total: float, plot: _Plot) -> list[str]:
    """Draw the axis of pupils, or of schools."""
    return [
        _text(written.number(tick), plot.at(tick / total), plot.height + 18, "middle" if tick else "")
        for tick in _ticks(total)
    ]


def _areas(bars: _Bars, x: Sequence[str], width: Sequence[str], plot: _Plot) -> list[str]:
    """Draw the bars, and over those under the line what is missing."""
    tall, line = bars.height * plot.height, bars.average * plot.height
    looks = np.where(bars.under, "below", "above").tolist()
    solid = _boxes(x, _down(plot.height - tall), width, _down(tall))
    missing = _down(np.where(bars.under, line - tall, 0.0))
    hatched = _boxes(x, [f"{plot.height - line:.7g}"] * len(x), width, missing)
    return [
        '<g class="missing" fill="url(#socio-hatch)">',
        *(f"<rect {box}/>" for box in hatched),
        "</g><g>",
        *(f'<rect class="{look}" {box}/>' for look, box in zip(looks, solid, strict=True)),
        "</g>",
    ]


def _average_line(said: Sequence[str], y: float, plot: _Plot) -> list[str]:
    end = plot.at(1)
    return [
        _line("average", plot.at(0), y, end, y),
        *(_beside(line, end, y - 3 + 14 * at, away=8, look="strong") for at, line in enumerate(said)),
    ]


def _chosen_bars(bars: _Bars, chosen: Rows, names: Sequence[str], plot: _Plot) -> list[str]:
    """Draw an outline up to the line at least, and a name over it where names do not stand under the bars."""
    tall = np.maximum(bars.height, bars.average)[chosen] * plot.height
    left, width = bars.left[chosen], bars.width[chosen]
    boxes = _boxes(plot.across(left), _down(plot.height - tall), plot.across(width), _down(tall))
    drawn = [f'<rect class="chosen" {box}/>' for box in boxes]
    for name, start, end, high in zip(names, left, left + width, tall, strict=False):
        x, look = (start, "strong") if start < 1 / 2 else (end, "strong end")
        drawn.append(_text(_cut(name, _LETTER, _ABOVE), plot.at(x), plot.height - high - 6, look))
    return drawn


def _names_under(bars: _Bars, names: Sequence[str], chosen: Rows, size: Size, plot: _Plot) -> list[str]:
    """Write the names under their bars, none over another, each as near its bar as it gets."""
    slant, room, apart = (60, _NAMES + 10, 12) if size == "few" else (90, _NAMES - 8, 10)
    middle = bars.left + bars.width / 2
    place = _apart(middle, 1 / max(len(names), 25), 1.0)
    needed, bold = len(names) * apart, set(chosen.tolist())
    drawn = [f'<g class="end {size} room-{next((room for room in _ROOMS if room >= needed), _ROOMS[-1])}">']
    for at, (name, bar, x) in enumerate(zip(names, plot.across(middle), plot.across(place), strict=True)):
        look = "bold" if at in bold else "odd" if at % 2 else ""
        drawn.append(
            f'<g class="{look}">{_line("leader", bar, plot.height, x, plot.height + 9)}'
            f'<svg x="{x}" y="{plot.height + 12:g}" overflow="visible">'
            f'<text y="4" transform="rotate(-{slant})">{escaped(_cut(name, _NAME, room))}</text></svg></g>'
        )
    return [*drawn, "</g>"]


def _scale_of_changes(lines: _Lines, unit: Unit, plot: _Plot) -> list[str]:
    """Draw the axis of changes: 0, and each end that has room for its number."""
    reach, foot = lines.high - lines.low, plot.height
    ends = (lines.low, lines.high)
    roomy = [end for end in ends if _extent(written.number(end), _LETTER) + 12 <= abs(end) / reach * _NARROW]
    drawn = []
    for tick in sorted([0.0, *roomy]):
        x = plot.at((tick - lines.low) / reach)
        look = "end" if tick == lines.high else "" if tick == lines.low else "middle"
        drawn += [_line("grid", x, 0, x, foot), _text(written.number(tick), x, foot + 16, look)]
    title = _("more or less, kr") if unit == "kr" else _("more or less, kr per pupil")
    return [*drawn, _text(title, plot.at(0.5), foot + 34, "middle")]


def _change_bars(lines: _Lines, plot: _Plot) -> list[str]:
    """Draw the bars from 0, those with names apart, and an outline around a chosen one among the others."""
    edge = np.where(np.arange(len(lines.who)) < lines.named, 2.0, 0.0)
    x, width = plot.across(lines.zero + np.minimum(lines.length, 0)), plot.across(np.abs(lines.length))
    boxes = _boxes(x, _down(lines.top + edge), width, _down(lines.height - 2 * edge))
    looks = np.where(lines.more, "more", "less").tolist()
    drawn = [f'<rect class="{look}" {box}/>' for look, box in zip(looks, boxes, strict=True)]
    for at in lines.chosen[lines.chosen >= lines.named]:
        middle = lines.top[at] + lines.height[at] / 2
        drawn.append(f'<rect class="chosen" x="{x[at]}" y="{middle - 3:.7g}" width="{width[at]}" height="6"/>')
    return ["<g>", *drawn, "</g>"]


def _change_labels(lines: _Lines, labels: Sequence[str], plot: _Plot) -> list[str]:
    """Write the figures at the outer ends of the bars."""
    ends = plot.across((lines.zero + lines.length)[lines.told])
    away = np.where(lines.more, 5, -5)[lines.told].tolist()
    places = zip(labels, ends, lines.centre.tolist(), away, lines.told >= lines.named, strict=True)
    return [_beside(label, x, y + 4, away=dx, look="strong" if over else "") for label, x, y, dx, over in places]


def _line_names(lines: _Lines, names: Sequence[str], column: float) -> list[str]:
    x, bold = f"{column:.7g}", set(lines.chosen.tolist())
    places = zip(names, lines.centre.tolist(), lines.told.tolist(), strict=True)
    return [_text(name, x, y + 4, "bold" if line in bold else "") for name, y, line in places]


def _sides(labels: Sequence[str], more: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the room that the figures need to the left and to the right of the bars, pixels."""
    room = [[8.0], [8.0]]
    for label, side in zip(labels, more.tolist(), strict=True):
        room[side].append(_extent(label, _NAME) + 12)
    return max(room[0]), max(room[1])


def _said_of_others(lines: _Lines, unknown: int, left: float, column: float) -> list[str]:
    """Say how many schools stand between the named ends, clear of a name there, and how many are not drawn."""
    drawn = []
    if lines.between:
        said = words.ngettext("{count} school between", "{count} schools between", lines.between)
        middle = float(lines.top[lines.named] + _MIDDLE / 2)
        for taken in lines.centre[lines.named :]:
            if abs(taken - middle) < lines.height[0]:
                middle = taken + (lines.height[0] if taken < middle else -lines.height[0])
        drawn.append(_text(said, f"{column:.7g}", middle + 4, "said end"))
    if unknown:
        said = words.ngettext("no figure for {count} school", "no figure for {count} schools", unknown)
        drawn.append(_text(said, f"{-left:.7g}", lines.foot + 16, "said"))
    return drawn


def _row(codes: Sequence[str], selected: str) -> int:
    """Return the position of the chosen school; -1 for none."""
    return codes.index(selected) if selected in codes else -1


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


def _who(result: Result, bars: _Bars) -> tuple[Rows, list[str]]:
    """Return the largest school of each bar, and what the bar goes by: its name and how many more."""
    count = np.diff(np.append(bars.starts, len(bars.rows)))
    pupils = result.composition.pupils_paid[bars.rows]
    by_size = np.lexsort((-pupils, np.repeat(np.arange(len(count)), count)))
    largest = bars.rows[by_size[bars.starts]]
    names = [result.composition.names[row] for row in largest.tolist()]
    for bar in np.flatnonzero(count > 1):
        others = int(count[bar]) - 1
        names[bar] = words.ngettext("{name} and {count} more", "{name} and {count} more", others, name=names[bar])
    return largest, names


def _bar_tips(result: Result, bars: _Bars, names: Sequence[str]) -> list[str]:
    rows, starts, pupils = bars.rows, bars.starts, result.composition.pupils_paid
    each = pupils.astype(float)
    figures = {
        _("Kr per pupil"): _kronor(_mean(result.rate, each, rows, starts)),
        _("Amount"): _kronor(np.add.reduceat(result.amount[rows], starts)),
        _("Index"): written.numbers(_mean(result.index, each, rows, starts), 2),
        _("Pupils"): written.numbers(np.add.reduceat(each[rows], starts)),
    }
    return _tips(names, figures)


def _change_tips(result: Result, change: Change, rows: Rows) -> list[str]:
    figures = {
        _("Change"): _kronor(change.amount[rows], signed=True),
        _("Change per pupil"): _kronor(change.rate[rows], signed=True),
        _("Amount"): _kronor(result.amount[rows]),
    }
    return _tips([result.composition.names[row] for row in rows.tolist()], figures)


def _tips(names: Sequence[str], figures: Mapping[str, Sequence[str]]) -> list[str]:
    """Write what is said where a school is pointed at: its name, and a figure a line."""
    lines = []
    for title, column in figures.items():
        start = f"&#10;{escaped(title)}: "
        lines.append([start + figure for figure in column])
    return ["".join(tip) for tip in zip(map(escaped, names), *lines, strict=True)]


def _kronor(values: Array | Whole, *, signed: bool = False) -> list[str]:
    unit, none = f"{written.NO_BREAK}kr", escaped(_("no figure"))
    return [number + unit if number else none for number in written.numbers(values.astype(float), signed=signed)]


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


def _ticks(end: float) -> list[float]:
    """Return round numbers from 0 to an axis's end, three to six where it ends as `_round_up` has it.

    Examples
    --------
    >>> _ticks(12_000)
    [0.0, 5000.0, 10000.0]
    """
    power = 10.0 ** np.floor(np.log10(end))
    step = float(next(part * power for part in (0.2, 0.5, 1, 2) if part * power * 5 >= end * (1 - 1e-9)))
    return [step * tick for tick in range(int(end / step * (1 + 1e-9)) + 1)]


def _extent(text: str, size: float) -> float:
    """Return about how long a text is, pixels, on the safe side."""
    return sum(map(_breadth, text)) * size


@lru_cache(maxsize=1 << 12)
def _cut(text: str, size: float, room: float) -> str:
    """Return a text, or as much of it as there is room for."""
    if _extent(text, size) <= room:
        return text
    ends = accumulate(map(_breadth, text), initial=1.0)
    return text[: sum(end * size <= room for end in ends) - 1].rstrip() + "…"


@cache
def _breadth(letter: str) -> float:
    """Return about how wide a letter is, in parts of its size."""
    if letter > "\u1100":
        return 1.0
    return next((part for letters, part in _BREADTHS if letter in letters), 0.72 if letter.isupper() else 0.56)


_BREADTHS: Final = (("ijl.,:;'|!", 0.28), ("frtI()[]-/ \N{NO-BREAK SPACE}", 0.33), ("mwMW@%", 0.9))


def _size(schools: int) -> Size:
    if schools > NAMED:
        return "all"
    return "few" if schools <= CLOSE else "many"
