"""Markup: small pieces of HTML that the live parts are put together from; every text is escaped here."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

MARKDOWN: Final = re.compile(r"[\\`*_\[\]<>~$:]")
"""Signs that begin something in Streamlit's Markdown."""


def plain(text: str) -> str:
    r"""Return a name as text where Streamlit reads Markdown: in labels of widgets, and on radio buttons.

    Examples
    --------
    >>> plain("![a](http://b.c) :red[d].csv")
    '!\\[a\\](http\\://b.c) \\:red\\[d\\].csv'
    """
    return MARKDOWN.sub(r"\\\g<0>", text)


def tag(name: str, body: str = "", /, **attributes: str | float | bool | None) -> str:
    """Return an element; what is in it is markup, its attributes are not.

    An attribute that is True stands without a value, one that is False or None does not stand; ``data_act``
    becomes ``data-act`` and ``class_`` becomes ``class``.
    """
    pairs = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return f"<{name}{pairs}>" if name == "input" else f"<{name}{pairs}>{body}</{name}>"


def title(text: str) -> str:
    """Return a title over a part of the page."""
    return f'<h2 class="socio-title">{escape(text)}</h2>'


def note(*lines: str) -> str:
    """Return small print: source, provisos, what is left out."""
    said = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
    return f'<div class="socio-note">{said}</div>'


def hidden(text: str) -> str:
    """Return a text for screen readers only."""
    return f'<p class="socio-hidden">{escape(text)}</p>'


def notices(lines: Iterable[str], *, shut: str = "") -> str:
    """Return what is said over the page, with a button of this name that takes it away."""
    said = "".join(f"<p>{escape(line)}</p>" for line in lines)
    button = tag("button", "×", type="button", data_shut=True, aria_label=shut, title=shut) if shut else ""
    return f'<div class="socio-notices">{said}{button}</div>' if said else ""


def one_of(act: str, name: str, label: str, choices: Mapping[str, str], current: str) -> str:
    """Return a choice of which all can be seen: radio buttons that look like one."""
    group = f"{act}-{name}" if name else act
    buttons = "".join(
        tag(
            "label",
            tag("input", type="radio", name=group, value=value, data_act=act, data_name=name, checked=value == current)
            + f"<span>{escape(text)}</span>",
        )
        for value, text in choices.items()
    )
    return tag("div", buttons, class_="socio-switch", role="radiogroup", aria_label=label, id=group)


def one_in_list(act: str, label: str, choices: Mapping[str, str], current: str, *, name: str = "") -> str:
    """Return a choice that opens."""
    options = "".join(
        tag("option", escape(text), value=value, selected=value == current) for value, text in choices.items()
    )
    named = f"{act}.{name}" if name else act
    return tag("select", options, data_act=act, data_name=name or None, aria_label=label, id=named)


def on_or_off(act: str, name: str, label: str, *, on: bool) -> str:
    """Return a box to tick."""
    box = tag("input", type="checkbox", data_act=act, data_name=name, checked=on)
    return tag("label", f"{box} {escape(label)}", class_="socio-tick")


def push_button(act: str, label: str, *, name: str = "", inside: str = "", **attributes: str | bool) -> str:
    """Return a button; ``inside`` is markup before its label."""
    text = f"{inside}<span>{escape(label)}</span>"
    return tag("button", text, type="button", data_act=act, data_name=name, **attributes)


def table(
    label: str, heads: Sequence[str], rows: Iterable[Sequence[str]], *, words: Container[int] = (0,), look: str = ""
) -> str:
    """Return a table that scrolls within itself; the first column names its row.

    Parameters
    ----------
    label : str
        What it is, for a reader who does not see it.
    heads : sequence of str
    rows : iterable of sequence of str
        As text.
    words : container of int
        Positions of the columns that are words; the others are numbers.
    look : str
        A class of its own.

    Returns
    -------
    str
    """

    def class_(at: int) -> str:
        return "socio-words" if at in words else "socio-number"

    body = "".join(
        "<tr>"
        + "".join(
            tag("td", escape(cell), class_=class_(at)) if at else tag("th", escape(cell), scope="row", class_=class_(0))
            for at, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return region(label, [tag("th", escape(text), scope="col", class_=class_(at)) for at, text in enumerate(heads)],
                  body, look)  # fmt: skip


def region(label: str, heads: Sequence[str], body: str, look: str = "") -> str:
    """Return a table of which heads and rows are markup already."""
    head = f"<thead><tr>{''.join(heads)}</tr></thead>" if heads else ""
    inside = tag("table", f"{head}<tbody>{body}</tbody>", class_=f"socio-plain {look}".rstrip())
    return tag("div", inside, class_="socio-grid", role="region", aria_label=label, tabindex=0)


def link(text: str, href: str) -> str:
    """Return a link that downloads a file."""
    return tag("a", escape(text), href=href, download=True)
