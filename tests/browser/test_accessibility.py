"""Everybody can use the screen: WCAG 2.2 AA by axe, in both languages, wide and narrow; and no English in Swedish."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import SCREEN, schools

PHONE = {"width": 390, "height": 844}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

TEXTS = """
    () => {
        const out = new Set();
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        const left = "style, script, noscript, [data-testid=stIconMaterial]";
        for (let node; (node = walker.nextNode()); )
            if (node.nodeValue.trim() && !node.parentElement.closest(left)) out.add(node.nodeValue.trim());
        for (const name of ["aria-label", "placeholder", "title", "alt", "aria-description"])
            for (const one of document.querySelectorAll(`[${name}]`)) out.add(one.getAttribute(name));
        return [...out];
    }
"""
"""Every text that is seen or read aloud."""


def unfolded(screen):
    """Open all that can be opened."""
    if screen.page.viewport_size["width"] < SCREEN["width"]:
        screen.page.get_by_test_id("stExpandSidebarButton").click()
    for key, inside in (
        ("rules", screen.done("cap")),
        ("weights", screen.done("factor", "Bakgrund")),
        ("files", screen.page.get_by_test_id("stFileUploader")),
    ):
        screen.unfold(key)
        expect(inside).to_be_visible()
    screen.settle()
    return screen


def violations(screen, within=None):
    """Run axe, and say of each fault what and where it is."""
    options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    found = Axe().run(screen.page, context=within, options=options)
    return [f"{one['id']} ({one['impact']}): {node['html'][:300]}" for one in found.response["violations"]
            for node in one["nodes"]]  # fmt: skip


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_screen_has_no_barriers(browse, language):
    """No violation of WCAG 2.2 AA that axe can find, with all unfolded and a notice shown."""
    screen = unfolded(browse(f"?sprak={language}"))
    assert screen.page.evaluate("document.documentElement.lang") == language
    screen.write("redistribution.progression", "9")
    expect(screen.notices).to_be_visible()
    assert violations(screen) == []


@pytest.mark.parametrize("viewport", [SCREEN, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("part", ["skillnader", "ta-in", "lasar", "faktorer", "anmarkningar"])
def test_the_material_has_no_barriers(browse, viewport, part):
    """No violation of WCAG 2.2 AA that axe can find on any part of the page Underlag."""
    screen = browse(f"underlag?del={part}", asked_twice=True, viewport=viewport)
    if part in {"skillnader", "lasar"}:
        expect(screen.page.get_by_test_id("stVegaLiteChart").first).to_be_visible()
    screen.settle()
    assert violations(screen) == []


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_table_that_is_mapped_has_no_barriers(browse, language):
    """Nor with a file that is asked about: its first rows, its columns, what comes of it."""
    screen = browse(f"underlag?del=ta-in&sprak={language}", asked_twice=True)
    screen.upload(("egen.csv", OTHER.encode()))
    expect(screen.page.locator('[id="pending.column.3.factor"]')).to_be_visible()
    screen.settle()
    assert violations(screen) == []


OTHER = "Enhet;Skolkod;Antal elever;Andel kort utbildning\nAlfa;11111111;100;20\nBeta;22222222;200;40\nGamma;;300;10\n"


@pytest.mark.parametrize("part", ["skillnader", "ta-in", "lasar", "faktorer", "anmarkningar"])
def test_the_material_says_nothing_in_english(browse, part):
    """A text that is the same on both pages of a part is a name, a number or a unit."""
    swedish, english = (browse(f"underlag?del={part}&sprak={language}", asked_twice=True) for language in ("sv", "en"))
    for screen in (swedish, english):
        for folded in screen.page.locator("[data-testid=stMain] summary").all():
            folded.click()
        screen.settle()
    both = set(swedish.page.evaluate(TEXTS)) & set(english.page.evaluate(TEXTS))
    names = {school["name"] for school in schools(everyone=True)[1]}
    spoken = {text for text in both - names if re.search(r"[^\W\d_]{2}", text)}
    assert {text for text in spoken if text.isascii() and ENGLISH.search(text)} == set()


ENGLISH = re.compile(
    r"\b(?:the|of|and|is|are|not|schools?|pupils?|year|choose|take|with|which|share|from|this|no|or|to|by)\b",
    re.IGNORECASE,
)
"""Words that no Swedish text has."""


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_phones_screen_has_no_barriers(browse, language):
    """No violation of WCAG 2.2 AA that axe can find on the page, nor in the dials that lie over it."""
    screen = browse(f"?sprak={language}", viewport=PHONE)
    assert violations(screen) == []
    unfolded(screen)
    assert violations(screen, "[data-testid=stSidebar]") == []


def test_on_a_phone_nothing_is_wider_than_the_screen(browse):
    """The page scrolls downwards only; the table scrolls within itself."""
    screen = browse(viewport=PHONE)
    wide = screen.page.evaluate(
        "[...document.querySelectorAll('[data-testid=stMain] *')].filter(one => "
        "one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.socio-grid, "
        ".socio-hidden')).map(one => one.outerHTML.slice(0, 200))"
    )
    assert wide == []


def test_what_stands_in_both_languages_is_a_name_or_a_number(browse):
    """A text that is the same on the Swedish and the English page is a name, a number or a unit."""
    swedish, english = (unfolded(browse(f"?sprak={language}")) for language in ("sv", "en"))
    both = set(swedish.page.evaluate(TEXTS)) & set(english.page.evaluate(TEXTS))
    names = {school["name"] for school in schools(everyone=True)[1]}
    known = {column.partition(": ")[part] for column in schools()[0] for part in (0, 2)}
    same = {"Bild 1", "Bild 2", "Bild 3", "Huddinge", "Index", "kr", "PNG", "SVG", "Data (CSV)", "Pot", "Socio"}
    spoken = {text for text in both - names - known - same if re.search(r"[^\W\d_]{2}", text)}
    assert {text for text in spoken if not re.fullmatch(r"[\d\s.,+−-]+ ?kr", text)} == set()
