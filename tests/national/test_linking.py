"""Units of the whole country from läsår to läsår, on Skolverket's exports, which lie outside the repo."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from socio import linking
from socio.intake import skolverket
from socio.linking import Reason
from socio.screening import year_change

pytestmark = pytest.mark.national


@pytest.fixture(scope="module")
def country(national_exports):
    """Sweden's units in the autumns of 2022 and 2023."""
    found = {}
    for autumn in (2022, 2023):
        (path,) = national_exports.glob(f"*Antal elever per årskurs*{autumn}*.csv")
        found[autumn] = skolverket.read(path.read_bytes(), path.name).intake().composition
    return found[2022], found[2023]


def test_of_2022s_units_4561_continue_158_vanish_and_104_are_new(country):
    """The matching of years by code, as counted from the files on their own."""
    before, after = country
    found = linking.matching(before, after)
    assert (len(found.pairs), len(found.gone), len(found.new)) == (4561, 158, 104)
    assert all(before.codes[pair.before[0]] == after.codes[pair.after[0]] for pair in found.pairs)


def test_most_of_what_is_new_in_the_country_is_suggested_for(country):
    """Pupils together and the same name speak for 68 links, which hold together and explain half of both."""
    before, after = country
    found = linking.suggestions(before, after)
    reasons = Counter(one.reason for one in found)
    assert reasons == {Reason.PUPILS: 67, Reason.NEAR_NAME: 23, Reason.SAME_NAME: 1}
    links = [one.link for one in found if one.reason is not Reason.NEAR_NAME]
    linked = linking.matching(before, after, links)
    assert (len(linked.gone), len(linked.new)) == (78, 48)


def test_schools_that_were_put_together_are_found(country):
    """Höganäs put three units each of six schools together in 2023, and each is suggested as one merger."""
    before, after = country
    names = dict(zip(after.codes, after.names, strict=True))
    found = {
        names[one.link.after[0]]: (len(one.link.before), one.pupils_before, one.pupils_after)
        for one in linking.suggestions(before, after)
        if len(one.link.before) == 3
    }
    hoganas = {
        "Lerbergsskolan": (3, 495, 487),
        "Tornlyckeskolan": (3, 421, 428),
        "Bruksskolan": (3, 454, 446),
        "Jonstorpsskolan": (3, 550, 538),
        "Nyhamnsskolan": (3, 360, 373),
        "Vikenskolan": (3, 571, 594),
    }
    assert hoganas.items() <= found.items()


def test_the_whole_country_is_matched_in_a_moment(country):
    """Suggestions, and the moves of all units with the suggestions as links, well within a second of computing."""
    before, after = country
    start = time.process_time()
    links = [one.link for one in linking.suggestions(before, after) if one.reason is Reason.PUPILS]
    change = year_change(before, after, links)
    assert time.process_time() - start < 1
    assert len(change.codes) == len(linking.matching(before, after, links).pairs)
