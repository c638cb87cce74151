"""Underlag in a real browser: a table is mapped by keyboard, pasted, read in another way, and its charts taken out."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

OTHER = (
    "Sammanställning 2025;;;;;\n;;;;;\n"
    "Enhet;Skolkod;Antal elever;Andel förgymnasial;Andel gymnasial;Andel eftergymnasial\n"
    "Alfaskolan;11111111;100;20;30;50\nBetaskolan;22222222;200;40;30;30\nGammaskolan;33333333;300;10;40;50\n"
    "Deltaskolan;44444444;150;30;30;40\nEpsilon och Zeta;;50;60;20;20\n"
)


@pytest.fixture
def intake(browse):
    """The part where files are taken in."""
    return browse("underlag?del=ta-in", asked_twice=True)


def field(screen, name):
    """A control of the file that is asked about."""
    return screen.page.locator(f'[id="pending.{name}"]')


def test_a_table_of_any_make_is_mapped_by_keyboard(intake):
    """Uploaded, its columns named, a row split between two units, and used, with no hand on the mouse."""
    intake.upload(("våra.csv", OTHER.encode("cp1252")))
    expect(field(intake, "column.0.role")).to_have_value("school")
    for column, role in enumerate(("school", "code", "pupils", "category", "category", "category")):
        expect(field(intake, f"column.{column}.role")).to_have_value(role)
    told = intake.page.get_by_text("skolenhetskoden saknas")
    expect(told).to_be_visible()
    parts = field(intake, "row.Epsilon och Zeta")
    parts.focus()
    intake.page.keyboard.type("55555555 = 30; 66666666 = 20")
    intake.page.keyboard.press("Enter")
    expect(told).to_have_count(0)
    expect(intake.page.get_by_role("heading", name="6 skolor, 800 elever, 1 faktor")).to_be_visible()
    use = intake.part("taking-use").get_by_role("button")
    expect(use).to_be_enabled()
    use.focus()
    intake.page.keyboard.press("Enter")
    intake.shows({"Skolor": "6", "Elever bakom andelarna": "800"})
    expect(intake.page.get_by_text("våra.csv: 6 skolor, 800 elever. Sparat till nästa gång.")).to_be_visible()


def test_what_a_column_is_changes_the_table_at_once(intake):
    """The preview follows each choice, and what was written in a field stays there."""
    intake.upload(("egen.csv", OTHER.replace("Epsilon och Zeta;;", "Epsilon;55555555;").encode()))
    factor = field(intake, "column.3.factor")
    expect(factor).to_have_value("Föräldrarnas utbildning")
    factor.fill("Utbildning")
    factor.press("Tab")
    left = intake.page.get_by_role("heading", name="Kvar att rätta")
    expect(left).to_be_visible()  # the other two of the three no longer sum to 100 %
    expect(factor).to_have_value("Utbildning")
    expect(intake.part("taking-use").get_by_role("button")).to_be_disabled()
    for column in (4, 5):
        field(intake, f"column.{column}.factor").fill("Utbildning")
        field(intake, f"column.{column}.factor").press("Enter")
    expect(left).to_have_count(0)
    heads = intake.page.locator(".socio-mapped thead th")
    expect(heads.get_by_text("Utbildning: Förgymnasial", exact=True)).to_be_visible()
    field(intake, "column.4.role").select_option("ignored")
    expect(left).to_be_visible()
    expect(intake.part("taking-use").get_by_role("button")).to_be_disabled()


def test_a_pasted_table_is_taken_in(intake):
    """What is copied from a report stands beside the schools as what they have today."""
    intake.choose("table.year", "2021/22")
    expect(intake.page.locator(".socio-line").first).to_contain_text("2021/22")
    intake.part("paste").locator("summary").click()
    box = intake.part("paste-text").locator("textarea")
    box.fill("Annerstaskolan 7 279 334\nBalingsnässkolan 47 027\n")
    box.press("Control+Enter")
    intake.part("paste-take").get_by_role("button").click()
    expect(intake.page.get_by_text("(2 av 2 rader)")).to_be_visible()


def test_the_parts_of_the_page_are_in_the_address(browse):
    """A part that is chosen stands in the address, and the address opens it."""
    screen = browse("underlag", asked_twice=True)
    screen.page.get_by_role("radio", name="Faktorer").check(force=True)
    expect(screen.page.get_by_role("heading", name=re.compile("Faktorerna"))).to_be_visible()
    expect(screen.page).to_have_url(re.compile("del=faktorer"))
    screen.page.reload()
    expect(screen.page.get_by_role("heading", name=re.compile("Faktorerna"))).to_be_visible()


@pytest.mark.parametrize("kind", ["png", "svg", "csv"])
def test_the_chart_of_differences_is_taken_out(browse, kind):
    """Picture and data of the chart, with its title and source."""
    screen = browse("underlag", asked_twice=True)
    name, content = screen.take_out(f"spridning.{kind}")
    assert name.endswith(f"spridning.{kind}")
    if kind == "png":
        assert content.startswith(b"\x89PNG")
    else:
        assert "Skolverket" in content.decode()
        assert ("Skolorna skiljer sig mest" in content.decode()) is (kind == "svg")


def test_a_unit_with_a_new_code_is_linked(browse):
    """Stenmoskolan's new code is suggested by its name; linked, it is no longer among new and gone (T19)."""
    screen = browse("underlag?del=lasar&underlag=0126-2017-18", asked_twice=True)
    row = screen.page.locator(".socio-plain tr").filter(has_text="2016/17 till 2017/18")
    expect(row).to_contain_text("Skogskällan (334), Stenmoskolan (168)")
    screen.page.get_by_role("button", name="Länka", exact=True).first.click()
    expect(row.locator("td").nth(1)).to_have_text("Skogskällan (334)")
    expect(row.locator("td").nth(3)).to_contain_text("Stenmoskolan")
    screen.page.get_by_role("button", name="Ta bort", exact=True).first.click()
    expect(row).to_contain_text("Skogskällan (334), Stenmoskolan (168)")


def test_a_register_becomes_a_table_of_schools(intake):
    """One row a pupil is counted in a process of its own, what the base moves is told, and the table is used."""
    pupils = [
        f"1000000{school};Skola {school};{'0126' if pupil % 5 else '0180'};{'Kort' if pupil % (school + 2) else 'Lång'}"
        for school in range(1, 7)
        for pupil in range(60)
    ]
    content = "\n".join(["Enhetskod;Skolnamn;Folkbokföringskommun;Föräldrars utbildning", *pupils]).encode()
    intake.page.get_by_text("Räkna ett elevregister").click()
    chooser = intake.page.locator("input[type=file]")
    expect(chooser).to_have_count(2)
    chooser.last.set_input_files([{"name": "elever.csv", "mimeType": "text/csv", "buffer": content}])
    count = intake.page.get_by_role("button", name="Räkna eleverna")
    expect(count).to_be_enabled(timeout=60_000)
    count.click()
    expect(intake.page.get_by_role("heading", name="6 skolor, 360 elever")).to_be_visible(timeout=60_000)
    expect(intake.page.get_by_role("heading", name="Vad valet av elever flyttar")).to_be_visible()
    intake.page.get_by_role("button", name="Använd som underlag").click()
    intake.shows({"Skolor": "6", "Elever bakom andelarna": "360", "Elever som ersättningen följer": "288"})
