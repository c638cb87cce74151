"""What the browser tells of what the reader did: taken once, in order, and only what is an act."""

from __future__ import annotations

import pytest

from socio.ui import elements
from socio.ui.elements import Act


@pytest.fixture
def told(monkeypatch):
    """Let the browser have told something."""

    def tell(given):
        monkeypatch.setattr(elements, "_told", lambda name: given if name == "live" else None)

    return tell


def act(number, value: object = 1.5, gesture=3):
    return [number, "turn", "pot.total", value, gesture]


def test_an_act_is_what_the_browser_told(told):
    """Number, what, to what, its value and the movement it is a part of; a value is a text, a number or a yes or no."""
    told({"session": "a", "acts": [act(1), act(2, "ja"), act(3, 7), act(4, value=True)]})
    assert elements.acts("live", "a", 0) == [
        Act(1, "turn", "pot.total", 1.5, 3),
        Act(2, "turn", "pot.total", "ja", 3),
        Act(3, "turn", "pot.total", 7, 3),
        Act(4, "turn", "pot.total", value=True, gesture=3),
    ]


def test_what_is_told_again_is_taken_once(told):
    """Acts up to the one taken last are left out."""
    told({"session": "a", "acts": [act(number) for number in range(1, 6)]})
    assert [one.number for one in elements.acts("live", "a", 3)] == [4, 5]
    assert not elements.acts("live", "a", 5)


def test_acts_come_in_the_order_of_their_numbers(told):
    """In whatever order they were told."""
    told({"session": "a", "acts": [act(number) for number in (5, 2, 4)]})
    assert [one.number for one in elements.acts("live", "a", 1)] == [2, 4, 5]


def test_another_sessions_acts_are_nobodys(told):
    """A page that was open before the server began anew tells of a session that is not this one."""
    told({"session": "b", "acts": [act(1)]})
    assert not elements.acts("live", "a", 0)


@pytest.mark.parametrize(
    "given",
    [
        None, 7, "acts", {}, [1, "turn", "pot.total"], [*act(1), "more"],
        act("1"), act(1.0), act(None), act(1, None), act(1, [1]), act(1, {"a": 1}), act(1, gesture="3"),
        act(1, gesture=0.5), [1, 2, "pot.total", 1.5, 3], [1, "turn", None, 1.5, 3],
        act(1, float("nan")), act(1, float("inf")), act(1, float("-inf")), act(1, 10**400),
        act(number=True), act(1, gesture=True),
    ],
)  # fmt: skip
def test_what_is_no_act_is_left_out_and_the_others_are_taken(told, given):
    """Wrong length, wrong types, what is no number: the acts beside it stand."""
    told({"session": "a", "acts": [act(1, "before"), given, act(9, "after")]})
    assert [one.value for one in elements.acts("live", "a", 0)] == ["before", "after"]


@pytest.mark.parametrize(
    "given",
    [None, {}, 7, "a", [], [act(1)], {"acts": [act(1)]}, {"session": "a"}, {"session": "a", "acts": None},
     {"session": "a", "acts": "turn"}, {"session": "a", "acts": {"1": act(1)}}, {"session": ["a"], "acts": [act(1)]}],
)  # fmt: skip
def test_what_tells_of_no_acts_is_none(told, given):
    """A browser that has told nothing, or something else, has done nothing."""
    told(given)
    assert not elements.acts("live", "a", 0)


def test_so_many_acts_are_taken_at_a_time(told):
    """The first of them; the browser tells the rest again."""
    told({"session": "a", "acts": [act(number) for number in range(1, elements.MOST + 50)]})
    first = elements.acts("live", "a", 0)
    assert [one.number for one in first] == list(range(1, elements.MOST + 1))
