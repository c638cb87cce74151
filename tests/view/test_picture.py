"""Pictures to take out: the chart as on screen, with its title, its source and its marks."""

import struct

import pytest
from defusedxml import ElementTree

from socio.allocation import allocate
from socio.measures import Baseline, change
from socio.view import charts, picture
from tests.strategies import proposal, reference

SVG = "{http://www.w3.org/2000/svg}"
NOTES = ["Källa: Skolverket", "Exempelvikter – inte <kommunens> & modell"]


def both():
    """Both charts of an example, drawn for a picture."""
    result = allocate(reference(), proposal(degree=1.5))
    pupils = result.composition.pupils_paid.astype(float)
    step = change(result, Baseline(amount=pupils * result.average, pupils=pupils))
    choices = {"order": "rate", "selected": "10000001", "width": picture.PLOT}
    bars = charts.kronor_per_pupil(result, equal_width=False, **choices)
    return bars, charts.changes(result, step, unit="kr", **choices)


@pytest.mark.parametrize("chart", [0, 1], ids=["bars", "changes"])
def test_a_picture_says_what_it_shows_and_where_it_comes_from(chart):
    """Taken out, a chart carries its title, its source and the mark of an example."""
    drawing = both()[chart]
    svg = ElementTree.fromstring(picture.picture(drawing, title="3 skolor < 4", notes=NOTES, kind="svg"))
    texts = ["".join(one.itertext()) for one in svg.iter(f"{SVG}text")]
    assert texts[0] == "3 skolor < 4"
    assert texts[-2:] == NOTES
    assert (svg.tag, svg.get("width"), svg.get("aria-label")) == (f"{SVG}svg", "980", "3 skolor < 4")
    assert float(svg.get("height")) > drawing.height
    assert svg.get("viewBox") == f"0 0 980 {svg.get('height')}"
    assert sum(len(one.attrib) > 0 for one in svg.iter(f"{SVG}rect")) > 6
    png = picture.picture(drawing, title="3 skolor < 4", notes=NOTES, kind="png")
    assert png.startswith(b"\x89PNG")
    assert struct.unpack(">II", png[16:24]) == (2 * 980, 2 * int(svg.get("height")))


def test_a_picture_stands_alone():
    """A picture needs nothing of the page: its looks are plain rules of its own."""
    svg = picture.picture(both()[0], title="Titel", notes=[], kind="svg").decode()
    assert f".above{{fill:{charts.ABOVE}}}" in svg
    assert ".socio-chart " not in svg
    assert "calc(" not in svg
    assert "var(" not in svg
    assert "Liberation Sans" in svg


def test_long_titles_and_notes_are_broken_into_lines():
    """Nothing runs out of a picture, and the picture grows with what is said in it."""
    short = ElementTree.fromstring(picture.picture(both()[0], title="Titel", notes=["Källa"], kind="svg"))
    said = "ord " * 80
    tall = ElementTree.fromstring(picture.picture(both()[0], title=said, notes=[said], kind="svg"))
    assert float(tall.get("height")) > float(short.get("height")) + 60
    texts = ["".join(one.itertext()) for one in tall.iter(f"{SVG}text")]
    assert max(map(len, texts)) < 170
    assert " ".join(texts).count("ord") == 160
