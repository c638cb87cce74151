"""The two charts: areas are kronor, one colour has one meaning, and the picture stands while the data change."""

import colorsys
import re

import altair as alt
import numpy as np
import pytest

from socio.allocation import allocate
from socio.intake import library
from socio.measures import Baseline, change
from socio.scenario import Need
from socio.view import charts, picture
from tests.strategies import proposal, reference

FILES = {"few": "huddinge_2018-19.csv", "many": "stockholm_2023-24.csv"}


def drawn(composition=None, *, unit="kr", selected="", equal_width=False, **rules):
    """Both charts of an example, compared with equal kronor per pupil."""
    composition = composition or reference()
    result = allocate(composition, proposal(**rules))
    pupils = composition.pupils_paid.astype(float)
    compared = change(result, Baseline(amount=pupils * result.average, pupils=pupils))
    bars = charts.kronor_per_pupil(result, order="rate", equal_width=equal_width, selected=selected)
    return result, bars, charts.changes(result, compared, unit=unit, order="rate", selected=selected)


def area(steps, field):
    """Kronor under an outline: its height times the width of each step."""
    return float(np.diff(steps["x"].to_numpy()) @ steps[field].to_numpy()[:-1])


def test_the_area_above_the_line_is_the_missing_area_below_it():
    """Where width is pupils, area is kronor: all of it is the pot, and what sticks up is what is missing (R085)."""
    for rules in ({"degree": 1.0}, {"degree": 1.5}, {"threshold": 0.8}, {"degree": 1.0, "progression": 2.0}):
        result, bars, _changes = drawn(**rules)
        steps = bars.datasets["steps"]
        assert area(steps, "above") + area(steps, "below") == pytest.approx(result.pot)
        above = steps["above"].to_numpy()[:-1] > 0
        width = np.diff(steps["x"].to_numpy())
        over = area(steps, "above") - result.average * width[above].sum()
        missing = result.average * width[~above].sum() - area(steps, "below")
        assert over == pytest.approx(missing)
        assert over == pytest.approx(np.maximum(result.rate - result.average, 0) @ result.composition.pupils_paid)


def test_equal_widths_are_equal():
    """With equal widths each school has the same room, as in the guide's pictures."""
    _result, bars, _changes = drawn(equal_width=True, degree=1.5)
    assert np.diff(bars.datasets["steps"]["x"].to_numpy()).tolist() == [1.0] * 6


@pytest.mark.parametrize("size", FILES)
def test_every_school_is_named_or_pointed_at(size):
    """Up to sixty schools all names stand on both charts; above that each school is still found by pointing."""
    file = next(one for one in library.datasets() if one.file == FILES[size])
    composition = library.read(file)
    factor = composition.factors[1]
    need = Need(weights={factor.name: dict(zip(factor.categories, (0.0, 2.0), strict=True))})
    _result, bars, changes = drawn(composition, need=need, degree=1.0)
    assert set(bars.datasets["bars"]["name"].to_pylist()) == set(composition.names)
    if size == "few":
        assert sorted(bars.datasets["names"]["code"].to_pylist()) == sorted(composition.codes)
        assert sorted(changes.datasets["rows"]["code"].to_pylist()) == sorted(composition.codes)


def test_the_spec_stands_while_the_data_change():
    """Nothing of the data is in the spec, so that the screen swaps the data and keeps the picture."""
    _result, bars, changes = drawn(degree=1.0)
    _result, others, other_changes = drawn(degree=2.0, progression=1.3, selected="1")
    assert bars.spec == others.spec
    assert changes.spec == other_changes.spec
    assert not bars.datasets["steps"].equals(others.datasets["steps"])


def test_both_charts_are_valid_altair():
    """What is drawn is what Altair draws: its schema holds for both specs."""
    for chart in drawn(degree=1.5)[1:]:
        whole = {**chart.spec, "datasets": {name: table.to_pylist() for name, table in chart.datasets.items()}}
        assert alt.LayerChart.from_dict(whole, validate=True).to_dict()["layer"]


def test_one_colour_has_one_meaning():
    """Above and below the average are one pair, more and less another; neither is red and green (R096)."""
    pairs = ((charts.ABOVE, charts.BELOW), (charts.MORE, charts.LESS))
    assert len({colour for pair in pairs for colour in pair}) == 4
    for pair in pairs:
        hues = [colorsys.rgb_to_hls(*(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)))[0] * 360 for colour in pair]
        red, green = (any(low <= hue < high for hue in hues) for low, high in ((0, 15), (90, 160)))
        assert not (red and green)
    used = [set(re.findall(r"#[0-9a-f]{6}", str(chart.spec))) for chart in drawn(degree=1.5)[1:]]
    assert {charts.ABOVE, charts.BELOW} <= used[0]
    assert not {charts.MORE, charts.LESS} & used[0]
    assert {charts.MORE, charts.LESS} <= used[1]
    assert not {charts.ABOVE, charts.BELOW} & used[1]


def test_a_picture_says_what_it_shows_and_where_it_comes_from():
    """Taken out, a chart carries its title, its source and the mark of an example."""
    _result, bars, _changes = drawn(degree=1.5)
    notes = ["Källa: Skolverket", "Exempelvikter – inte kommunens modell"]
    svg = picture.picture(bars, title="3 skolor får mer", notes=notes, kind="svg").decode()
    assert all(text in svg for text in ("3 skolor får mer", *notes))
    assert picture.picture(bars, title="3 skolor får mer", notes=notes, kind="png").startswith(b"\x89PNG")
