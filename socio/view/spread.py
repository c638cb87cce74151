"""Spread: charts of how the schools differ, and how the composition developed; Altair, for no dial moves them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from socio.view import charts, differences, picture, tables, words
from socio.view import format as written
from socio.view.words import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

    from socio.composition import Composition
    from socio.screening import Screening, Trend

ROW: Final = 46
"""Height of a line of schools, pixels."""
FONT: Final = "Source Sans, Source Sans Pro, Liberation Sans, Arial, sans-serif"


def strokes(composition: Composition, screened: Screening) -> pd.DataFrame:
    """Return one row for each school and factor: what the chart of the schools draws.

    Parameters
    ----------
    composition : Composition
        Whose schools.
    screened : Screening
        Of the same schools; the category that varies the most stands for its factor.

    Returns
    -------
    pandas.DataFrame
        Columns ``line`` (factor and category), ``code``, ``school``, ``pupils`` and ``share`` (0–1).
    """
    columns = {column: at for at, column in enumerate(composition.columns)}
    lines = []
    for factor in screened.factors:
        category = factor.categories[differences.most_varying(factor)]
        lines.append(
            pd.DataFrame(
                {
                    "line": f"{factor.factor}: {category}",
                    "code": composition.codes,
                    "school": composition.names,
                    "pupils": composition.pupils_composition,
                    "share": composition.shares[:, columns[factor.factor, category]],
                }
            )
        )
    empty = pd.DataFrame(columns=["line", "code", "school", "pupils", "share"])
    return pd.concat(lines, ignore_index=True) if lines else empty


def strokes_csv(composition: Composition, screened: Screening, notes: Sequence[str]) -> bytes:
    """Write what the chart of the schools draws, in per cent, with notes under it."""
    found = strokes(composition, screened)
    named = {
        "line": _("Category"),
        "code": _("School unit code"),
        "school": _("School"),
        "pupils": _("Pupils behind the shares"),
        "share": _("Share, %"),
    }
    return tables.csv(found.assign(share=(100 * found["share"].astype(float)).round(10)), notes, named)


def schools(composition: Composition, screened: Screening, selected: str = "") -> alt.LayerChart:
    """Draw each school as a stroke along its share, a line a factor, with the municipality's own share.

    Parameters
    ----------
    composition : Composition
        Whose schools.
    screened : Screening
        Of the same schools; the category that varies the most stands for its factor.
    selected : str
        Code of the school that is marked; empty for none.

    Returns
    -------
    altair.LayerChart
    """
    import altair as alt  # noqa: PLC0415 - large, and needed on one page only

    drawn = strokes(composition, screened)
    drawn = drawn.assign(
        said=[written.percent(float(share), 1) for share in drawn["share"]],
        pupils=written.numbers(drawn["pupils"].to_numpy(dtype=float)),
        chosen=drawn["code"] == selected,
    )
    means = [
        {"line": f"{factor.factor}: {factor.categories[at]}", "share": factor.share[at]}
        for factor in screened.factors
        for at in (differences.most_varying(factor),)
    ]
    order = [one["line"] for one in means]
    widest = float(drawn["share"].max()) if len(drawn) else 1.0
    scale = alt.Scale(domain=[0, min(1.0, 1.02 * widest)], nice=False)  # the outermost stroke is seen whole
    across = alt.X("share:Q", title=_("Share of the school's pupils, %"), axis=_axis(alt), scale=scale)
    down = alt.Y("line:N", title=None, sort=order, axis=alt.Axis(labelLimit=260, domain=False, ticks=False))
    tips = [
        alt.Tooltip("school:N", title=_("School")),
        alt.Tooltip("said:N", title=_("Share")),
        alt.Tooltip("pupils:N", title=_("Pupils")),
    ]
    stroke = (
        alt.Chart(drawn)
        .mark_tick(color=charts.ABOVE, opacity=0.6, thickness=2, size=24)
        .encode(x=across, y=down, tooltip=tips)
    )
    mean = (
        alt.Chart(pd.DataFrame(means, columns=["line", "share"]))
        .mark_tick(color=charts.LINE, thickness=3, size=36)
        .encode(x=across, y=down)
    )
    chosen = stroke.transform_filter("datum.chosen").mark_tick(color=charts.MORE, thickness=4, size=36, opacity=1)
    layers = alt.layer(stroke, mean, chosen) if selected else alt.layer(stroke, mean)
    return _dressed(layers, ROW * max(len(order), 1))


def points(trend: Trend, columns: Sequence[int]) -> pd.DataFrame:
    """Return one row for each category and läsår: what the chart of the years draws.

    Parameters
    ----------
    trend : Trend
    columns : sequence of int
        Which of its columns.

    Returns
    -------
    pandas.DataFrame
        Columns ``year``, ``line`` (factor and category) and ``share`` (0–1).
    """
    return pd.DataFrame(
        [
            {"year": year, "line": ": ".join(trend.columns[column]), "share": trend.share[at, column]}
            for column in columns
            for at, year in enumerate(trend.years)
            if not np.isnan(trend.share[at, column])
        ],
        columns=["year", "line", "share"],
    )


def points_csv(trend: Trend, columns: Sequence[int], notes: Sequence[str]) -> bytes:
    """Write what the chart of the years draws, in per cent, with notes under it."""
    found = points(trend, columns)
    named = {"year": _("School year"), "line": _("Category"), "share": _("Share, %")}
    return tables.csv(found.assign(share=(100 * found["share"].astype(float)).round(10)), notes, named)


def drawing(chart: alt.LayerChart, description: str) -> charts.Drawing:
    """Draw a chart for print, so that `socio.view.picture` can put its title and notes around it.

    Parameters
    ----------
    chart : altair.LayerChart
    description : str
        What it is, for a reader who does not see it.

    Returns
    -------
    charts.Drawing
        Made without a browser and without a network.
    """
    import vl_convert  # noqa: PLC0415 - large, and needed only when a picture is asked for

    sized = chart.properties(width=picture.PLOT, autosize={"type": "fit-x", "contains": "padding"})
    svg: str = vl_convert.vegalite_to_svg(sized.to_dict(), format_locale="sv-SE")
    size = re.search(r'<svg[^>]* height="([\d.]+)"', svg)
    return charts.Drawing(
        body=svg, height=round(float(size[1])) if size else ROW, description=description, left=0, right=0
    )


def years(trend: Trend, columns: Sequence[int]) -> alt.LayerChart:
    """Draw the municipality's shares over the läsår, a line a category.

    Parameters
    ----------
    trend : Trend
        At least two läsår.
    columns : sequence of int
        Which of its columns.

    Returns
    -------
    altair.LayerChart
    """
    import altair as alt  # noqa: PLC0415 - as above

    found = points(trend, columns)
    found = found.assign(said=[written.percent(float(share), 1) for share in found["share"]])
    colours = [charts.ABOVE, charts.LESS, charts.MORE, charts.LINE, charts.BELOW, charts.PALE]
    base = alt.Chart(found).encode(
        x=alt.X("year:O", title=_("School year"), axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        y=alt.Y("share:Q", title=_("Share of the pupils, %"), axis=_axis(alt), scale=alt.Scale(domainMin=0)),
        color=alt.Color(
            "line:N",
            title=None,
            scale=alt.Scale(range=colours),
            legend=alt.Legend(orient="top", labelLimit=360, columns=1),
        ),
        tooltip=[
            alt.Tooltip("line:N", title=_("Category")),
            alt.Tooltip("year:O", title=_("School year")),
            alt.Tooltip("said:N", title=_("Share")),
        ],
    )
    return _dressed(alt.layer(base.mark_line(strokeWidth=2.5), base.mark_point(filled=True, size=45)), 340)


def _axis(alt: Any) -> Any:  # noqa: ANN401 - the module, which is loaded late
    """Return an axis of shares, written as per cent in the reader's language."""
    decimal = written.STYLES[words.language()].decimal
    return alt.Axis(
        labelExpr=f"replace(format(datum.value * 100, '~r'), '.', '{decimal}')", grid=True, tickCount=6, domain=False
    )


def _dressed(chart: Any, height: int) -> alt.LayerChart:  # noqa: ANN401 - any of Altair's charts
    dressed: alt.LayerChart = (
        chart.properties(height=height)
        .configure(font=FONT, background="#ffffff")
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=charts.TEXT,
            titleColor=charts.TEXT,
            gridColor=charts.GRID,
            labelFontSize=12.5,
            titleFontSize=12.5,
            titleFontWeight="normal",
        )
        .configure_legend(labelColor=charts.TEXT, labelFontSize=12.5, symbolStrokeWidth=3)
    )
    return dressed
