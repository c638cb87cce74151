"""The main ways through the app in a real browser; figures are read off the page and worked out exactly beside it."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import huddinge, kr, rules, schools, worked_out

SAMPLED = """
    (selector) => {
        window.seen = [];
        const look = () => {
            const value = document.querySelector(selector)?.value;
            if (value !== undefined && value !== window.seen.at(-1)) window.seen.push(value);
            requestAnimationFrame(look);
        };
        look();
    }
"""
"""Keep every value that a widget shows, frame by frame."""


def test_it_opens_in_swedish_with_huddinges_figures(screen):
    """The first page shows what the exact chain gives, says that it is in Swedish, and has a bar for each school."""
    figures, amounts = huddinge()
    screen.shows(figures)
    assert screen.page.evaluate("document.documentElement.lang") == "sv"
    assert "Socio" in screen.page.title()
    rows = screen.rows
    assert len(rows) > 10
    for row in rows:
        assert int("".join(row["Ersättning, kr"].split())) == amounts[row["Skola"]]
    expect(screen.page.locator(".socio-sum")).to_contain_text("25 018 508 kr = potten")


def test_a_bars_area_is_its_kronor(screen):
    """Width is pupils and height is kronor per pupil, measured on the picture itself."""
    _, found = schools()
    _, amounts = huddinge()
    drawn = screen.page.locator("#bars :is(.above, .below)").evaluate_all(
        "bars => bars.map(bar => bar.getBBox()).map(({ x, width, height }) => [x, width, height])"
    )
    bars = [(wide, high) for _, wide, high in sorted(drawn)]
    inside = sorted(found, key=lambda school: -Fraction(amounts[school["name"]], school["n"]))
    assert len(bars) == len(inside)
    width, area = sum(one for one, _ in bars), sum(one * other for one, other in bars)
    pupils = sum(school["n"] for school in inside)
    for (wide, high), school in zip(bars, inside, strict=True):
        if amounts[school["name"]]:
            assert wide / width == pytest.approx(school["n"] / pupils, rel=2e-3)
        assert wide * high / area == pytest.approx(amounts[school["name"]] / 25_018_508, rel=2e-3, abs=2e-5)


def test_a_dragged_dial_moves_the_charts_before_it_is_let_go(screen):
    """The figures follow the pointer; the whole movement is one step back."""
    slider = screen.slider("redistribution.degree")
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    screen.page.mouse.move(box["x"] + box["width"] * 0.55, middle)
    screen.page.mouse.down()
    for part in (0.4, 0.3, 0.2, 0.1):
        screen.page.mouse.move(box["x"] + box["width"] * part, middle, steps=4)
    screen.page.mouse.move(box["x"] + 1, middle)
    screen.shows(huddinge(degree="0")[0])
    expect(screen.headline).to_contain_text("Alla skolor får lika mycket")
    expect(screen.field("redistribution.degree")).to_have_value("0")
    screen.page.mouse.up()
    expect(screen.page).to_have_url(re.compile("grad=0(&|$)"))
    screen.press("undo").shows(huddinge()[0])


def test_the_pot_is_moved_with_the_arrow_keys_and_by_writing(screen):
    """The slider moves a step, the field takes a number as Swedes write it, and each follows the other."""
    slider = screen.slider("pot.total")
    slider.focus()
    slider.press("ArrowRight")
    expect(screen.field("pot.total")).to_have_value(re.compile(r"25\s200\s000"))
    screen.shows(huddinge(pot=25_200_000)[0])
    screen.write("pot.total", "31,5 mnkr")
    screen.shows(huddinge(pot=31_500_000)[0])
    expect(screen.field("pot.total")).to_have_value(re.compile(r"31\s500\s000"))
    expect(slider).to_have_value(re.compile("31[4-6]00000"))
    expect(screen.headline).to_contain_text("av potten flyttas")


def test_bild_2_is_one_click_away(screen):
    """The guide's picture: 50 % more redistribution, linear."""
    screen.press("preset-bild2").shows(huddinge(degree="1.5", progression=1)[0])
    expect(screen.field("redistribution.degree")).to_have_value("150")


def test_a_weight_is_written(screen):
    """Behind Vikter the factors' weights stand; another number moves the kronor."""
    screen.unfold("weights")
    screen.write("weight/Bakgrund/Utländsk", "12,5")
    screen.shows(huddinge(weights={"Bakgrund: Utländsk": Fraction("12.5")})[0])


def test_language_is_switched_and_back(screen):
    """One click and all is English, the page's own language too; the choices stay what they were."""
    screen.choose("baseline", "utgångsläget")
    screen.write("pot.total", "30 000 000")
    screen.press("language")
    expect(screen.headline).to_contain_text("of the pot is moved")
    assert screen.page.evaluate("document.documentElement.lang") == "en"
    expect(screen.figure("Average per pupil")).to_have_text("2,417 kr")
    expect(screen.baseline).to_have_text("where one began")
    screen.write("pot.total", "31,000,000")
    expect(screen.figure("Average per pupil")).to_have_text("2,498 kr")
    expect(screen.baseline).to_have_text("where one began")
    screen.press("language")
    expect(screen.figure("Genomsnitt per elev")).to_have_text("2 498 kr")
    assert screen.page.evaluate("document.documentElement.lang") == "sv"


def test_another_municipality_is_chosen(screen):
    """Vallentuna at the same kronor per pupil, with the stated example weights, against equal kronor."""
    screen.choose("table.municipality", "Vallentuna")
    columns, found = schools("vallentuna_2023-24.csv", everyone=True)
    _, here = schools()
    pupils = sum(school["n"] for school in found)
    pot = int(Fraction(25_018_508, sum(school["n"] for school in here)) * pupils + Fraction(1, 2))
    given = rules(columns, "example.toml", pot=pot)
    equal = worked_out(found, given | {"degree": Fraction(0)}, [0] * len(found))[1]
    screen.shows(worked_out(found, given, list(equal.values()))[0])
    expect(screen.page.locator(".socio-mark")).to_have_text("Exempelvikter – inte kommunens modell")


def test_a_copied_link_opens_the_same_view(screen, browse):
    """Another browser, another person: the same figures, words and choices."""
    screen.write("pot.total", "33 000 000").press("preset-bild3").choose("baseline", "lika per elev")
    screen.switch("widths").choose("school", "Kästaskolan")
    expect(screen.page.locator(".socio-line", has_text="Kästaskolan får")).to_be_visible()
    expect(screen.page).to_have_url(re.compile("skola="))
    screen.settle()
    again = browse(screen.page.url)
    assert again.figures == screen.figures
    expect(again.chosen).to_have_value("Kästaskolan")
    expect(again.headline).to_have_text(screen.headline.inner_text())
    assert again.page.locator(".socio-foot").inner_text() == screen.page.locator(".socio-foot").inner_text()
    assert again.page.url == screen.page.url


def test_the_browsers_back_key_goes_to_the_view_before(screen):
    """Back and forward are steps between views, as between pages."""
    screen.write("pot.total", "30 000 000").shows(huddinge(pot=30_000_000)[0])
    expect(screen.page).to_have_url(re.compile("pott=30000000"))
    screen.write("pot.total", "40 000 000").shows(huddinge(pot=40_000_000)[0])
    expect(screen.page).to_have_url(re.compile("pott=40000000"))
    screen.page.go_back()
    screen.shows(huddinge(pot=30_000_000)[0])
    expect(screen.field("pot.total")).to_have_value(re.compile(r"30\s000\s000"))
    screen.page.go_forward()
    screen.shows(huddinge(pot=40_000_000)[0])


def test_quick_presses_are_all_counted_and_nothing_jumps_back(screen):
    """Five presses 30 ms apart are five steps; neither slider nor field shows an earlier value afterwards."""
    slider, start = screen.slider("redistribution.degree"), 160
    slider.focus()
    screen.page.evaluate(SAMPLED, '[id="redistribution.degree.slider"]')
    for _ in range(5):
        slider.press("ArrowRight")
        screen.page.wait_for_timeout(30)
    expect(screen.field("redistribution.degree")).to_have_value("185")
    screen.shows(huddinge(degree="1.85")[0])
    screen.page.wait_for_timeout(1500)
    expect(slider).to_have_value("185")
    expect(screen.field("redistribution.degree")).to_have_value("185")
    seen = [float(value) for value in screen.page.evaluate("window.seen")]
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (start, 185)
    screen.shows(huddinge(degree="1.85")[0])


def tab_to(screen, control, *, back=False):
    """Press Tab until a control has the focus."""
    for _ in range(80):
        if control.evaluate("control => control === document.activeElement"):
            return
        screen.page.keyboard.press("Shift+Tab" if back else "Tab")
    pytest.fail(f"{control} cannot be reached with Tab")


def test_the_whole_way_by_keyboard(screen):
    """Tab to the degree, turn it with the arrows, Tab to Bild 2, Enter: no pointer is needed, and focus stays."""
    degree, bild2 = screen.slider("redistribution.degree"), screen.done("preset", "bild2")
    tab_to(screen, degree)
    screen.page.keyboard.press("ArrowLeft")
    screen.shows(huddinge(degree="1.55")[0])
    expect(degree).to_be_focused()
    screen.page.keyboard.press("ArrowLeft")
    screen.shows(huddinge(degree="1.5")[0])
    tab_to(screen, bild2, back=True)
    screen.page.keyboard.press("Enter")
    screen.shows(huddinge(degree="1.5", progression=1)[0])
    expect(bild2).to_be_focused()
    expect(bild2).to_have_attribute("aria-pressed", "true")


def test_what_is_being_written_is_left_alone(screen):
    """A field with the focus keeps what is typed while the page is repainted; Escape puts the figure back."""
    field = screen.field("pot.total")
    field.fill("31 00")
    screen.done("preset", "bild1").evaluate("button => button.click()")
    screen.shows(huddinge(degree="1", progression=1)[0])
    expect(field).to_have_value("31 00")
    field.press("Escape")
    expect(field).to_have_value(re.compile(r"25\s018\s508"))


def test_a_table_of_many_schools_is_scrolled_and_sorted(browse):
    """Only the rows in sight are drawn; the last is reached by scrolling, and a heading sorts them all."""
    screen = browse("?underlag=0180-2023-24")
    _, found = schools("stockholm_2023-24.csv", everyone=True)
    assert len(screen.rows) < len(found) / 2
    grid = screen.page.get_by_role("region", name="Alla steg för varje skola")
    grid.evaluate("grid => { grid.scrollTop = grid.scrollHeight; }")
    last = screen.page.locator(f".socio-grid tr[aria-rowindex='{len(found) + 1}']")
    expect(last).to_be_visible()
    screen.page.get_by_role("button", name="Elever", exact=True).click()
    expect(screen.page.locator("th[aria-sort=descending]")).to_have_text("Elever")
    expect(last.locator("td").first).to_have_text(str(min(school["n"] for school in found)))
    expect(screen.page).to_have_url(re.compile("sortering=-elever"))


def point_at(screen, chart, place):
    """Move the pointer to the middle of a bar's place; return the lines that are said of its school."""
    bar = screen.page.locator(f"#{chart} .hit").nth(place)
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    screen.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tip = screen.page.locator(".socio-tip")
    expect(tip).to_be_visible()
    return tip.inner_text().splitlines()


def test_a_click_on_a_bar_chooses_its_school_everywhere(screen):
    """The school is named in the list, described under the table and in the address; another takes its place."""
    _, amounts = huddinge()
    name, _rate, amount, *_ = point_at(screen, "bars", 1)
    assert " ".join(amount.split()).endswith(f": {kr(amounts[name])}")
    screen.page.mouse.down()
    screen.page.mouse.up()
    expect(screen.chosen).to_have_value(name)
    line = screen.page.locator(".socio-line", has_text=f"{name} får")
    expect(line).to_contain_text(kr(amounts[name]))
    expect(screen.page).to_have_url(re.compile("skola="))
    other = point_at(screen, "changes", 0)[0]
    assert other != name
    screen.page.mouse.down()
    screen.page.mouse.up()
    expect(screen.chosen).to_have_value(other)


def test_a_view_without_a_change_says_why(screen):
    """The notice lies over the page and moves nothing."""
    screen.press("preset-equal")
    expect(screen.headline).to_contain_text("Alla skolor får lika mycket: 2 016 kr per elev")
    place = screen.page.locator(".socio-figures").bounding_box()
    screen.press("preset-equal")
    screen.write("redistribution.progression", "2")
    expect(screen.notices).to_contain_text("Ändringen flyttar inga kronor: vid graden 0 %")
    assert screen.page.locator(".socio-figures").bounding_box() == place


def test_the_two_pages_are_one_view(screen):
    """From the main screen to Underlag and back: the pot that was set stands, and each page has its own address."""
    screen.write("pot.total", "30 000 000").shows(huddinge(pot=30_000_000)[0])
    screen.page.get_by_role("link", name="Underlag", exact=True).click()
    expect(screen.headline).to_contain_text("Underlaget talar för en modell")
    expect(screen.page).to_have_url(re.compile("/underlag[?].*pott=30000000"))
    expect(screen.page).to_have_title("Huddinge · Underlag · Socio")
    screen.choose("table.municipality", "Vallentuna")
    expect(screen.page.locator(".socio-line").first).to_contain_text("Vallentuna")
    screen.page.get_by_role("link", name="Omfördelning", exact=True).click()
    expect(screen.page.locator(".socio-line").first).to_contain_text("Vallentuna")
    expect(screen.part("table.municipality").get_by_role("combobox")).to_have_value("Vallentuna")
    expect(screen.part("table.year").get_by_role("combobox")).to_have_value("2023/24")
    screen.press("undo").shows(huddinge(pot=30_000_000)[0])
    screen.page.get_by_role("link", name="Underlag", exact=True).click()
    expect(screen.headline).to_contain_text("Underlaget talar för en modell")
    screen.page.get_by_role("link", name="Omfördelning", exact=True).click()
    screen.shows(huddinge(pot=30_000_000)[0])
    screen.press("preset-bild2").shows(huddinge(pot=30_000_000, degree="1.5", progression=1)[0])


def test_a_link_to_a_page_opens_that_page(browse):
    """Underlag of Vallentuna, in a fresh browser and without a detour over the main screen."""
    screen = browse("underlag?underlag=0115-2023-24", asked_twice=True)
    expect(screen.headline).to_contain_text("Underlaget talar")
    expect(screen.page.locator(".socio-line").first).to_contain_text("Vallentuna")
    assert screen.page.get_by_role("dialog").count() == 0
    assert screen.page.evaluate("document.documentElement.lang") == "sv"


def test_an_upload_does_not_blank_the_page(screen):
    """What is said of a file comes without the figures going away for a moment."""
    screen.unfold("files")
    screen.page.evaluate(
        "() => { window.blank = 0; new MutationObserver(() => { if (!document.querySelector('.socio-figures')) "
        "window.blank += 1; }).observe(document.body, { childList: true, subtree: true }); }"
    )
    screen.page.locator("input[type=file]").set_input_files(
        [{"name": "tom.csv", "mimeType": "text/csv", "buffer": b""}]
    )
    expect(screen.page.get_by_role("alert")).to_contain_text("tom.csv")
    assert screen.page.evaluate("window.blank") == 0
