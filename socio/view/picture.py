"""Picture: a chart for print and for other documents, with its title, source and marks in it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final, Literal

from socio.view import charts

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["svg", "png"]

FONT: Final = "Liberation Sans, Arial, Helvetica, sans-serif"
"""The first is drawn with everywhere: it comes with vl-convert."""
WIDTH: Final = 980
"""Pixels in SVG; PNG has twice as many."""
_TITLE, _NOTE, _MARGIN = 20, 11.5, 20
PLOT: Final = float(WIDTH - 2 * _MARGIN)
"""Width of the chart in a picture, pixels."""
_LETTER: Final = 0.52
"""Width of a letter in parts of its height, on the safe side."""


def picture(drawing: charts.Drawing, *, title: str, notes: Sequence[str], kind: Kind) -> bytes:
    """Put a title over a chart and notes under it.

    Parameters
    ----------
    drawing : Drawing
        Drawn `PLOT` pixels wide.
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
    head, foot = _lines([title], _TITLE), _lines(notes, _NOTE)
    top = _MARGIN + len(head) * _TITLE * 1.3 + 8
    under = top + drawing.height + 8
    height = round(under + len(foot) * _NOTE * 1.35 + _MARGIN)
    style = charts.STYLE.replace(".socio-chart ", "")  # nothing else is in the picture, and plain rules are read by all
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="{FONT}" role="img" aria-label="{charts.escaped(title)}">'
        f'<style>{style}</style><rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
        f"{_written(head, _TITLE, _MARGIN, 1.3, 'bold')}"
        f'<svg class="socio-chart" x="{_MARGIN + drawing.left:.7g}" y="{top:g}" '
        f'width="{PLOT - drawing.left - drawing.right:.7g}" height="{drawing.height}" overflow="visible">'
        f"{drawing.body}</svg>{_written(foot, _NOTE, under, 1.35)}</svg>"
    )
    if kind == "svg":
        return svg.encode()
    import vl_convert  # noqa: PLC0415 - large, and needed only when a picture is asked for

    drawn: bytes = vl_convert.svg_to_png(svg, scale=2)
    return drawn


def _lines(texts: Sequence[str], size: float) -> list[str]:
    """Break texts into lines that fit the picture's width."""
    letters = int(PLOT / (size * _LETTER))
    return [line for text in texts for line in textwrap.wrap(text, letters)]


def _written(lines: Sequence[str], size: float, top: float, leading: float, weight: str = "normal") -> str:
    """Write lines of text, each under the one before."""
    return "".join(
        f'<text x="{_MARGIN}" y="{top + size * (0.8 + leading * at):.6g}" font-size="{size}" font-weight="{weight}" '
        f'fill="{charts.LINE}">{charts.escaped(line)}</text>'
        for at, line in enumerate(lines)
    )
