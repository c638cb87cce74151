"""Numbers as the reader writes them: ``12 345,6 kr``, ``25 %``, ``−3``."""

from __future__ import annotations

import math
import re
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from socio.rounding import half_up, half_ups

if TYPE_CHECKING:
    from socio.composition import Array

NO_BREAK = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Style:
    """How a language writes numbers (CLDR)."""

    group: str
    decimal: str
    minus: str
    before_percent: str


STYLES = {"sv": Style(NO_BREAK, ",", MINUS, NO_BREAK), "en": Style(",", ".", "-", "")}
_style: ContextVar[Style] = ContextVar("style", default=STYLES["sv"])


def use(language: str) -> None:
    """Choose how numbers are written in this session."""
    _style.set(STYLES[language])


def number(value: float, decimals: int = 0, *, signed: bool = False) -> str:
    """Write a number, rounded half up.

    Examples
    --------
    >>> number(-12345.65, 1).replace(NO_BREAK, " ")
    '−12 345,7'
    """
    style = _style.get()
    rounded = half_up(value, decimals)
    digits = f"{abs(rounded):,.{decimals}f}".translate({ord(","): style.group, ord("."): style.decimal})
    if rounded < 0:
        return style.minus + digits
    return f"+{digits}" if signed and rounded > 0 else digits


def plain(value: float) -> str:
    """Write a number with the decimals it has, at most six."""
    if math.isinf(value):
        return (MINUS if value < 0 else "") + "∞"
    decimals = max(0, -int(half_up(value, 6).normalize().as_tuple().exponent))
    return number(value, decimals)


def kronor(value: float, decimals: int = 0, *, signed: bool = False) -> str:
    """Write kronor with their unit."""
    return f"{number(value, decimals, signed=signed)}{NO_BREAK}kr"


def percent(share: float, decimals: int | None = 0) -> str:
    """Write a share as per cent, with the decimals it has where none are named.

    Examples
    --------
    >>> percent(0.255).replace(NO_BREAK, " ")
    '26 %'
    """
    value = float(half_up(share * 100, 9))
    written = plain(value) if decimals is None else number(value, decimals)
    return f"{written}{_style.get().before_percent}%"


def numbers(values: Array, decimals: int = 0, *, signed: bool = False) -> list[str]:
    """Write many numbers, as `number` does; nothing for NaN.

    Examples
    --------
    >>> numbers([1.5, -2.0], signed=True)
    ['+2', '−2']
    """
    style = _style.get()
    form = f"{{:{'+' if signed else ''},.{decimals}f}}".format
    found = [
        "" if math.isnan(value) else form(value or 0.0) if value or not signed else "0"
        for value in half_ups(values, decimals).tolist()
    ]
    text = "\n".join(found).replace(",", style.group).replace(".", style.decimal).replace("-", style.minus)
    return text.split("\n") if found else []


_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f']")
_UNITS = re.compile(r"(kr(onor)?|sek|%|procent|percent)(/?\s*(per\s*)?(elev|pupil))?\.?$", re.IGNORECASE)
_SCALES = {"tkr": 1e3, "mkr": 1e6, "mnkr": 1e6, "mdkr": 1e9, "md": 1e9, "mn": 1e6}
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(?P<sign>[.,])\d{3}((?P=sign)\d{3})*")
_DIGITS = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")


def read_number(text: str) -> float | None:
    """Read a number as Swedes write it; None where it is not one number.

    Parameters
    ----------
    text : str
        Spaces of any kind between thousands, decimal comma or point, any minus sign; a unit may follow
        (``kr``, ``%``, ``tkr``, ``mnkr``).

    Returns
    -------
    float or None
        ``98 765,5`` is 98765.5. With both comma and point the last of them is the decimal sign.

    Examples
    --------
    >>> read_number("98 765,5 kr")
    98765.5
    >>> read_number("2,5 mnkr")
    2500000.0
    """
    style = _style.get()
    bare = _SPACES.sub("", text).replace(MINUS, "-").replace("\N{EN DASH}", "-").lower()
    scale = next((unit for unit in sorted(_SCALES, key=len, reverse=True) if bare.endswith(unit)), None)
    bare = bare.removesuffix(scale) if scale else _UNITS.sub("", bare)
    comma, point = bare.rfind(","), bare.rfind(".")
    whole = bare[: max(comma, point)] if comma >= 0 and point >= 0 else bare  # the last sign is the decimal one
    grouped = _GROUPED.fullmatch(whole)
    if whole != bare or max(bare.count("."), bare.count(",")) > 1 or (grouped and grouped["sign"] == style.group):
        if not grouped:
            return None
        bare = whole.replace(grouped["sign"], "") + bare[len(whole) :]
    elif grouped and grouped["sign"] != style.decimal:
        return None  # 25.018 may be twenty-five thousand or twenty-five: ask
    bare = bare.replace(",", ".")
    if not _DIGITS.fullmatch(bare):
        return None
    value = float(bare) * (_SCALES[scale] if scale else 1)
    return float(half_up(value, 9)) if math.isfinite(value) else None
