"""The two charts: areas are kronor, one colour has one meaning, and screen and paper draw the same."""

import colorsys
import re
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from defusedxml import ElementTree
from hypothesis import given, settings
from hypothesis import strategies as st

from socio.allocation import allocate
from socio.intake import library
from socio.measures import Baseline, change
from socio.scenario import Need
from socio.view import charts, words
from tests.strategies import TEXT, indexed, proposal, reference

FILES = {"few": "huddinge_2018-19.csv", "many": "stockholm_2023-24.csv"}
SIZES = (1, 30, 61, 250, 401)
WIDTH = 940.0
NO_BREAK = "\N{NO-BREAK SPACE}"


@cache
def real(size):
    """Real schools, and a need to share by."""
    composition = library.read(next(one for one in library.datasets() if one.file == FILES[size]))
    factor = composition.factors[1]
    return composition, Need(weights={factor.name: dict(zip(factor.categories, (0.0, 2.0), strict=True))})


@cache
def made(count):
    """As many schools, small and large, poor and rich."""
    random = np.random.default_rng(count)
    pupils, index = random.integers(20, 900, count), 0.3 + random.gamma(2, 0.4, count)
    return indexed(pupils.tolist(), index.tolist())


def compared(composition=None, *, unknown=(), **rules):
    """A result, and its change from equal kronor per pupil."""
    composition = composition or reference()
    result = allocate(composition, proposal(**rules))
    pupils = composition.pupils_paid.astype(float)
    before = pupils * result.average
    before[list(unknown)] = np.nan
    return result, change(result, Baseline(amount=before, pupils=pupils))


def drawings(result, step, *, unit="kr", order="rate", selected="", equal_width=False, width=None):
    return (
        charts.kronor_per_pupil(result, order=order, equal_width=equal_width, selected=selected, width=width),
        charts.changes(result, step, unit=unit, order=order, selected=selected, width=width),
    )


def drawn(composition=None, *, rules=None, unknown=(), **choices):
    """A result and the markup of both charts of it."""
    result, step = compared(composition, unknown=unknown, **(rules or {"degree": 1.0}))
    return result, *map(parsed, drawings(result, step, **choices))


def parsed(drawing):
    return ElementTree.fromstring(drawing.svg())


def of(picture, *looks):
    """Elements with one of these looks, in the order they are drawn."""
    return [one for one in picture.iter() if set(one.get("class", "").split()) & set(looks)]


def box(element):
    """A rectangle's place and size, in parts of the plot across and pixels down."""
    return tuple(float(element.get(name).rstrip("%")) for name in ("x", "y", "width", "height"))


def boxes(picture, *looks):
    return np.array([box(one) for one in of(picture, *looks)])


def missing(picture):
    """What is hatched, as many boxes as there are bars."""
    return np.array([box(one) for one in of(picture, "missing")[0]])


def said(picture):
    return [text for one in picture.iter() if one.tag == "text" and (text := "".join(one.itertext()))]


def told(picture):
    """Code and lines of what can be pointed at."""
    return [(hit.get("data-code"), hit.get("data-tip").split("\n")) for hit in of(picture, "hit")]


def kronor_of_a_square(picture):
    """Kr per pupil of a pixel, by the axis: two of its numbers and how far they stand apart."""
    lines = [float(line.get("y1")) for line in of(picture, "grid")]
    numbers = [float(text.text.replace(NO_BREAK, "").replace(",", ".")) for text in of(picture, "end")[: len(lines)]]
    return (numbers[1] - numbers[0]) / (lines[0] - lines[1])


RULES = ({"degree": 1.0}, {"degree": 1.5}, {"threshold": 0.8}, {"degree": 1.0, "progression": 2.0})


@pytest.mark.parametrize("rules", RULES, ids=str)
@pytest.mark.parametrize("size", ["reference", *FILES])
def test_the_area_above_the_line_is_the_missing_area_below_it(size, rules):
    """Where width is pupils, area is kronor: all of it is the pot, and what sticks up is what is hatched (R085)."""
    composition, need = (reference(), None) if size == "reference" else real(size)
    result, bars, _changes = drawn(composition, rules=rules | {"need": need})
    pupils, kronor = composition.pupils_paid.sum() / 100, kronor_of_a_square(bars)
    x, _y, width, height = boxes(bars, "above", "below").T
    assert width * pupils @ (height * kronor) == pytest.approx(result.pot, rel=1e-4)
    assert x == pytest.approx(np.append(0, np.cumsum(width)[:-1]), abs=1e-4)
    line = result.average / kronor
    over = width @ np.maximum(height - line, 0)
    _x, top, wide, high = missing(bars).T
    assert wide @ high == pytest.approx(over, rel=1e-4)
    assert over * pupils * kronor == pytest.approx(
        np.maximum(result.rate - result.average, 0) @ composition.pupils_paid, rel=1e-4
    )
    assert top + high == pytest.approx(
        np.where(high, 0, high) + np.where(high, boxes(bars, "above", "below")[:, 1], top)
    )


@settings(max_examples=30)
@given(
    pupils=st.lists(st.integers(1, 900), min_size=1, max_size=12),
    index=st.lists(st.integers(1, 400).map(lambda number: number / 100), min_size=12, max_size=12),
)
def test_area_is_kronor_whatever_the_schools(pupils, index):
    """The bars together are the pot, and what is hatched is what sticks up, for any schools."""
    result, bars, _changes = drawn(indexed(pupils, index[: len(pupils)]))
    kronor, total = kronor_of_a_square(bars), sum(pupils) / 100
    _x, _y, width, height = boxes(bars, "above", "below").T
    assert width @ height * total * kronor == pytest.approx(result.pot, rel=1e-4)
    over = width @ np.maximum(height - result.average / kronor, 0)
    assert missing(bars)[:, 2] @ missing(bars)[:, 3] == pytest.approx(over, rel=1e-4, abs=0.05)  # of 32 000


@pytest.mark.parametrize("order", ["rate", "name", "pupils"])
def test_bars_stand_in_the_order_chosen(order):
    """Each bar is as wide as its school's pupils and as high as its rate, by rate, by name or by pupils."""
    schools = replace(reference(), names=("Öberg", "Ask", "ek", "Ål", "Ängen", "Zon"))
    result, bars, _changes = drawn(schools, order=order)
    codes = [code for code, _lines in told(bars)]
    rows = [schools.codes.index(code) for code in codes]
    expected = {
        "rate": np.argsort(-result.rate).tolist(),
        "name": [1, 2, 5, 3, 4, 0],
        "pupils": [2, 1, 3, 0, 4, 5],
    }
    assert rows == expected[order]
    _x, y, width, height = boxes(bars, "above", "below").T
    assert width / 100 == pytest.approx(schools.pupils_paid[rows] / schools.pupils_paid.sum())
    assert height * kronor_of_a_square(bars) == pytest.approx(result.rate[rows])
    assert y + height == pytest.approx(320)
    over = [one.get("class") == "above" for one in of(bars, "above", "below")]
    assert over == (result.rate[rows] >= result.average).tolist()


def test_equal_widths_are_equal():
    """With equal widths each school has the same room, as in the guide's pictures, hatched up to the line."""
    result, bars, _changes = drawn(equal_width=True, rules={"degree": 1.5})
    assert boxes(bars, "above", "below")[:, 2] == pytest.approx(100 / 6)
    lowest = result.average - np.sort(result.rate)[::-1]
    assert missing(bars)[:, 3] * kronor_of_a_square(bars) == pytest.approx(np.maximum(lowest, 0), abs=0.1)
    assert words._("one bar a school, equally wide") in said(bars)


@pytest.mark.parametrize("unit", ["kr", "kr_per_pupil"])
def test_changes_are_as_long_as_they_are_large(unit):
    """From the line of 0, each bar goes as far as its school gets more or less, in one colour each."""
    result, step = compared(reference(), degree=1.5)
    picture = parsed(charts.changes(result, step, unit=unit, order="rate", selected=""))
    value = -np.sort(-(step.amount if unit == "kr" else step.rate))
    x, _y, width, _height = boxes(picture, "more", "less").T
    zero = float(of(picture, "ground")[0].get("x1").rstrip("%"))
    end = np.where(value > 0, x + width, x)
    assert (end - zero) / (end[0] - zero) == pytest.approx(value / value[0])
    assert [one.get("class") for one in of(picture, "more", "less")] == ["more" if one > 0 else "less" for one in value]


@pytest.mark.parametrize("size", FILES)
def test_every_school_is_named_or_pointed_at(size):
    """Up to sixty schools all names stand on both charts; above that each school is still found by pointing."""
    composition, need = real(size)
    _result, bars, changes = drawn(composition, rules={"degree": 1.0, "need": need})
    assert sorted(code for code, _lines in told(bars)) == sorted(composition.codes)
    if size == "few":
        assert {lines[0] for _code, lines in told(changes)} == set(composition.names)
        for picture in (bars, changes):
            assert len([text for text in said(picture) if text in composition.names]) >= len(composition) - 3
            assert sum(text.rstrip("…") in "\n".join(composition.names) for text in said(picture)) >= len(composition)


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("order", ["rate", "name"])
def test_any_number_of_schools_can_be_drawn(count, order):
    """One school, and more than have a bar of their own: the pot is in the bars, and all can be pointed at."""
    result, bars, changes = drawn(made(count), order=order)
    _x, _y, width, height = boxes(bars, "above", "below").T
    pupils = result.composition.pupils_paid.sum() / 100
    assert width @ height * kronor_of_a_square(bars) * pupils == pytest.approx(result.pot, rel=1e-4)
    assert boxes(bars, "hit")[:, 2].sum() == pytest.approx(100)
    assert {tuple(one) for one in boxes(bars, "hit")[:, [1, 3]].tolist()} == {(0.0, 320.0 if count <= 60 else 444.0)}
    assert len(of(bars, "hit")) == count if count <= charts.SINGLE else charts.SHARED / 2 < len(of(bars, "hit")) < count
    rows = np.array([[float(hit.get(name)) for name in ("y", "height")] for hit in of(changes, "hit")])
    rows = rows[np.argsort(rows[:, 0])]
    assert rows[1:, 0] == pytest.approx(rows[:-1].sum(axis=1), abs=1e-3)
    if count > charts.NAMED:
        assert f"{count - 2 * charts.ENDS} skolor däremellan" in said(changes)


def test_schools_that_share_a_bar_go_by_the_largest():
    """Where schools share a bar it says how many they are, and their figures are those of all of them."""
    result, bars, _changes = drawn(made(900), order="pupils")
    schools = result.composition
    tips = told(bars)
    assert all(re.fullmatch(r"School \d+( och \d+ till)?", lines[0]) for _code, lines in tips)
    assert sum(1 + int((re.findall(r"och (\d+) till", lines[0]) or [0])[0]) for _code, lines in tips) == len(schools)
    pupils = [int(re.sub(r"\D", "", lines[4])) for _code, lines in tips]
    assert sum(pupils) == schools.pupils_paid.sum()
    amounts = [int(re.sub(r"\D", "", lines[2])) for _code, lines in tips]
    assert sum(amounts) == result.amount.sum()


def test_pointing_tells_the_figures():
    """A bar tells its school's name and figures, a line each, as the language writes them."""
    result, bars, changes = drawn(rules={"degree": 1.5})
    code, lines = told(bars)[0]
    row = result.composition.codes.index(code)
    assert lines[0] == result.composition.names[row]
    assert lines[1:] == [
        f"Kr per elev: {result.rate[row]:,.0f} kr".replace(",", NO_BREAK).replace(" kr", f"{NO_BREAK}kr"),
        f"Ersättning: {result.amount[row]:,} kr".replace(",", NO_BREAK).replace(" kr", f"{NO_BREAK}kr"),
        "Index: 2,20",
        "Elever: 150",
    ]
    name, *figures = told(changes)[0][1]
    assert name == result.composition.names[row]
    assert [figure.partition(":")[0] for figure in figures] == ["Förändring", "Förändring per elev", "Ersättning"]
    assert figures[0].split(": ")[1].startswith("+")


def test_the_chosen_school_is_outlined():
    """The chosen school's bar has an outline up to the line at least, and its name is bold on both charts."""
    result, bars, changes = drawn(selected="10000001")
    at = [code for code, _lines in told(bars)].index("10000001")
    outline, bar, line = boxes(bars, "chosen")[0], boxes(bars, "above", "below")[at], missing(bars)[at]
    assert outline == pytest.approx((bar[0], line[1], bar[2], bar[3] + line[3]))
    assert [["".join(one.itertext()) for one in of(picture, "bold")] for picture in (bars, changes)] == [
        [result.composition.names[0]]
    ] * 2
    row = [code for code, _lines in told(changes)].index("10000001")
    assert of(changes, "chosen")[0].get("y") == of(changes, "hit")[row].get("y")
    _result, *others = drawn()
    assert not any(of(picture, "chosen", "bold") for picture in others)


@pytest.mark.parametrize("count", [250, 900])
@pytest.mark.parametrize("rank", [0, 10, 30, 125, 200, 239])
def test_a_chosen_school_is_marked_among_many(count, rank):
    """Where names do not stand, the chosen school's stands over its bar, and between the ends of the changes."""
    schools = made(count)
    _result, step = compared(schools)
    code = schools.codes[np.argsort(-step.amount, kind="stable")[rank]]
    name = schools.names[schools.codes.index(code)]
    _result, bars, changes = drawn(schools, selected=code)
    assert name in said(bars)
    assert len(of(bars, "chosen")) == 1
    assert ["".join(one.itertext()) for one in of(changes, "bold")] == [name]
    assert [found for found, _lines in told(changes)].count(code) == 1
    hit = next(one for one in of(changes, "hit") if one.get("data-code") == code)
    outline = of(changes, "chosen")[0]
    middle = [float(one.get("y")) + float(one.get("height")) / 2 for one in (hit, outline)]
    assert middle[0] == pytest.approx(middle[1])
    texts = sorted(float(one.get("y")) for one in of(changes, "bold", "said", "all") if one.tag == "text")
    assert all(np.diff(texts) >= 15)
    names = sorted(
        float(one.get("y")) for group in of(changes, "end") if group.tag == "g" for one in group if one.tag == "text"
    )
    assert all(np.diff(names) >= 11)


def test_a_change_that_is_not_known_is_said_to_be_so():
    """A school without a baseline has no bar and says so; among many it is counted instead."""
    _result, _bars, changes = drawn(unknown=[0, 2])
    assert said(changes).count("uppgift saknas") == 2
    assert sum(lines[1] == "Förändring: uppgift saknas" for _code, lines in told(changes)) == 2
    assert "nan" not in ElementTree.tostring(changes, encoding="unicode")
    _result, _bars, changes = drawn(made(250), unknown=range(40))
    assert "uppgift saknas för 40 skolor" in said(changes)
    assert "190 skolor däremellan" in said(changes)
    for count in (6, 250):
        schools = made(count)
        _result, _bars, changes = drawn(schools, unknown=range(count), selected=schools.codes[0])
        assert "nan" not in ElementTree.tostring(changes, encoding="unicode")


@pytest.mark.parametrize("low", [0.5, 0.9, 0.99, 1.0])
def test_the_numbers_under_the_changes_stand_apart(low):
    """However far 0 is from the ends, in a plot of 150 pixels no number runs into another, and 0 is never lost."""
    for spread in (100, 10_000, 1_000_000):
        schools = indexed([spread, spread, spread], [low, 1.0, 3.0 - low])
        picture = drawn(schools)[2]
        grid = [float(line.get("x1").rstrip("%")) * 1.5 for line in of(picture, "grid")]
        ticks = [one for one in picture.iter("text") if one.get("y") == f"{16 * 3 + 16}"]
        spans = []
        for x, tick in zip(grid, ticks, strict=True):
            length, look = len(tick.text) * 12 * 0.5, tick.get("class")
            start = x - {"": 0, "middle": length / 2, "end": length}[look]
            spans.append((start, start + length))
        assert all(one[1] + 3 < other[0] for one, other in pairwise(spans)), spans
        assert "0" in [tick.text for tick in ticks]


NASTY = ('<script>alert("x")</script>', "A & B", 'it\'s "so"', "مدرسة السلام", "\u202eesrever", "\x00\x0b")


def test_names_are_text_and_nothing_else():
    """No name becomes markup, on screen or in what is pointed at, whatever it is made of."""
    schools = replace(reference(), names=NASTY, codes=('"><b', "2", "3", "4", "5", "6"))
    plain = [[one.tag for one in picture.iter()] for picture in drawn(replace(schools, names=tuple("abcdef")))[1:]]
    for picture, tags in zip(drawn(schools)[1:], plain, strict=True):
        assert [one.tag for one in picture.iter()] == tags
        assert {lines[0] for _code, lines in told(picture)} == {*NASTY[:-1], "  "}
        assert '"><b' in {code for code, _lines in told(picture)}
        assert {"A & B", "مدرسة السلام"} <= set(said(picture))
    _result, bars, _changes = drawn(replace(made(61), names=NASTY[:1] * 61), selected=made(61).codes[0])
    assert NASTY[0] in said(bars)


@given(TEXT, st.floats(20, 300))
def test_a_name_is_cut_where_its_room_ends(name, room):
    """What fits stands in full; what does not is cut, says so, and fits."""
    cut = charts._cut(name, 11.5, room)
    assert charts._extent(cut, 11.5) <= max(room, 11.5 + 1e-9)
    assert cut == name if charts._extent(name, 11.5) <= room else cut.endswith("…") and name.startswith(cut[:-1])


@pytest.mark.parametrize("count", SIZES)
def test_screen_and_paper_draw_the_same(count):
    """What is per cent of a plot on the screen is as much of its pixels in a picture; all else is the same."""
    schools = made(count)
    result, step = compared(schools)
    selected = schools.codes[count // 2]
    for screen, paper in zip(
        drawings(result, step, selected=selected), drawings(result, step, selected=selected, width=WIDTH), strict=True
    ):
        assert "%" not in paper.body
        assert "calc" not in paper.body
        assert (screen.height, screen.left, screen.right) == (paper.height, paper.left, paper.right)
        plot = WIDTH - paper.left - paper.right
        for one, other in zip(parsed(screen).iter(), parsed(paper).iter(), strict=True):
            mine, others = dict(one.attrib), dict(other.attrib)
            if "style" in mine and one.tag == "rect":
                assert mine.pop("style") == f"width:calc(100% + {paper.left + paper.right:.7g}px)"
                assert others.pop("width") == f"{WIDTH:g}"
            for name, value in mine.items():
                if value.endswith("%") and others[name] != "100%":
                    assert float(value[:-1]) / 100 * plot == pytest.approx(float(others[name]), rel=1e-5, abs=1e-4)
                else:
                    assert value == others[name]
            assert one.text == other.text


@pytest.mark.parametrize("count", [30, 250])
def test_the_same_elements_stand_in_the_same_order(count):
    """While the figures move, both charts keep their elements, so that a repaint changes no more than places."""
    shapes = []
    for rules in ({"degree": 1.0}, {"degree": 1.4}, {"degree": 1.1, "progression": 1.2}):
        _result, *pictures = drawn(made(count), rules=rules)
        hits = [[[one.tag for one in picture.iter() if one.tag == "rect"], len(told(picture))] for picture in pictures]
        shapes.append(hits)
    assert shapes[0] == shapes[1] == shapes[2]


def test_one_colour_has_one_meaning():
    """Above and below the average are one pair, more and less another; neither is red and green (R096)."""
    pairs = ((charts.ABOVE, charts.BELOW), (charts.MORE, charts.LESS))
    assert len({colour for pair in pairs for colour in pair}) == 4
    for pair in pairs:
        hues = [colorsys.rgb_to_hls(*(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)))[0] * 360 for colour in pair]
        red, green = (any(low <= hue < high for hue in hues) for low, high in ((0, 15), (90, 160)))
        assert not (red and green)
    for look, colour in zip(("above", "below", "more", "less"), (*pairs[0], *pairs[1]), strict=True):
        assert f".socio-chart .{look}{{fill:{colour}}}" in charts.STYLE
    _result, bars, changes = drawn(rules={"degree": 1.5})
    assert of(bars, "above")
    assert of(bars, "below")
    assert not of(bars, "more", "less")
    assert of(changes, "more")
    assert of(changes, "less")
    assert not of(changes, "above", "below")


def contrast(one, other="#ffffff"):
    """The contrast of two colours (WCAG 2.2), 1–21."""
    light = []
    for colour in (one, other):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        light.append(np.dot(linear, (0.2126, 0.7152, 0.0722)) + 0.05)
    return max(light) / min(light)


def test_colours_can_be_told_apart():
    """Bars, strokes and lines stand out from the page by 3:1, texts by 4.5:1, and above from below by 2:1."""
    assert contrast("#000000") == pytest.approx(21)
    drawn_with = (charts.ABOVE, charts.BELOW, charts.HATCH, charts.MORE, charts.LESS, charts.LINE, charts.PALE)
    assert min(map(contrast, drawn_with)) >= 3
    assert min(map(contrast, (charts.TEXT, charts.LINE))) >= 4.5
    assert contrast(charts.ABOVE, charts.BELOW) >= 2
    assert contrast(charts.MORE, charts.LESS) >= 2


def test_charts_speak_the_readers_language():
    """Titles, figures and what a chart is called follow the language."""
    _result, *swedish = drawn(unknown=[0])
    words.use("en")
    _result, *english = drawn(unknown=[0])
    assert {"kr per elev", "bredd: elever · yta: kronor", "snitt", f"10{NO_BREAK}000{NO_BREAK}kr"} <= set(
        said(swedish[0])
    )
    assert {"kr per pupil", "width: pupils · area: kronor", "average", f"10,000{NO_BREAK}kr"} <= set(said(english[0]))
    assert {"mer eller mindre, kr", "uppgift saknas"} <= set(said(swedish[1]))
    assert {"more or less, kr", "no figure"} <= set(said(english[1]))
    assert swedish[0].get("aria-label").startswith("Kronor per elev")
    assert english[0].get("aria-label").startswith("Kronor per pupil")
    assert told(english[0])[0][1][1].startswith("Kr per pupil: ")


def test_a_chart_is_one_element():
    """A chart is as wide as its place, has room for what stands beside the plot, and says what it is."""
    result, step = compared()
    for drawing in drawings(result, step):
        root = parsed(drawing)
        assert (root.tag, root.get("class"), root.get("width"), root.get("role")) == (
            "svg",
            "socio-chart",
            "100%",
            "img",
        )
        assert root.get("height") == str(drawing.height)
        assert root.get("style") == f"padding:0 {drawing.right:.7g}px 0 {drawing.left:.7g}px"
        assert root.get("aria-label") == drawing.description
        assert len(root) >= 2
        ids = [one.get("id") for one in root.iter() if one.get("id")]
        assert ids in ([], ["socio-hatch"])
    rules = charts.STYLE.partition("@container")[0]
    selectors = [one for some in re.findall(r"([^{}]+){[^{}]*}", rules) for one in some.split(",")]
    assert all(selector == ".socio-chart" or selector.startswith(".socio-chart ") for selector in selectors)
