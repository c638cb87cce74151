"""Picture: a chart for print and for other documents, with its title, source and marks in it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from socio.view.charts import Chart

Kind = Literal["svg", "png"]

FONT: Final = "Liberation Sans, Arial, Helvetica, sans-serif"
"""The first is drawn with everywhere: it comes with vl-convert."""
WIDTH: Final = 980
"""Pixels in SVG; PNG has twice as many."""
_TITLE, _NOTE, _MARGIN = 20, 11.5, 20
_LETTER: Final = 0.52
"""Width of a letter in parts of its height, on the safe side."""


def picture(chart: Chart, *, title: str, notes: Sequence[str], kind: Kind) -> bytes:
    """Draw a chart with its title over it and its notes under it.

    Parameters
    ----------
    chart : Chart
        As on screen.
    title : str
        What the chart says.
    notes : sequence of str
        Source, marks and version, a line each.
    kind : str
        ``svg`` or ``png``.

    Returns
    -------
    bytes
        Made without a browser and without a network.
    """
    spec, padding = chart.spec, chart.spec["padding"]
    head, foot = _lines([title], _TITLE), _lines(notes, _NOTE)
    over, under = len(head) * _TITLE * 1.25 + 12, len(foot) * _NOTE * 1.35 + 10
    frame = {
        "left": padding["left"] + _MARGIN,
        "right": padding["right"] + _MARGIN,
        "top": padding["top"] + over + _MARGIN,
        "bottom": padding["bottom"] + under + _MARGIN,
    }
    start = {"x": -padding["left"], "align": "left"}
    whole = {
        **spec,
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": WIDTH,
        "height": spec["height"] + over + under + 2 * _MARGIN,
        "padding": frame,
        "config": {**spec["config"], "font": FONT},
        "datasets": {name: table.to_pylist() for name, table in chart.datasets.items()},
        "layer": [
            *spec["layer"],
            _text(
                head, {**start, "fontSize": _TITLE, "fontWeight": 600, "baseline": "top", "y": -padding["top"] - over}
            ),
            _text(
                foot,
                {**start, "fontSize": _NOTE, "baseline": "top", "y": {"expr": f"height + {padding['bottom'] + 10}"}},
            ),
        ],
    }
    import vl_convert  # noqa: PLC0415 - large, and needed only when a picture is asked for

    if kind == "svg":
        return vl_convert.vegalite_to_svg(whole).encode()
    drawn: bytes = vl_convert.vegalite_to_png(whole, scale=2)
    return drawn


def _lines(texts: Sequence[str], size: float) -> list[str]:
    """Break texts into lines that fit the picture's width."""
    letters = int((WIDTH - 2 * _MARGIN) / (size * _LETTER))
    return [line for text in texts for line in textwrap.wrap(text, letters)]


def _text(lines: Sequence[str], mark: dict[str, Any]) -> dict[str, Any]:
    size = mark["fontSize"]
    look = {"type": "text", "lineBreak": "\n", "lineHeight": size * 1.3, "color": "#16202a", **mark}
    return {"data": {"values": [{"text": "\n".join(lines)}]}, "mark": look, "encoding": {"text": {"field": "text"}}}
