"""Cells: what a single cell says - a number, a marker, nothing or something else."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

import numpy as np

from socio.composition import Mark
from socio.errors import Fault, Words, words
from socio.intake import names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from socio.composition import Array

Sign: TypeAlias = Literal[",", "."]
Reading: TypeAlias = Literal["whole", "share", "level", "amount"]
"""Pupils; shares; an index, a risk or a mean, which never has thousands; kronor, which have at most two decimals."""

MARKERS: Final = {"": Mark.MISSING, ".": Mark.MISSING, "..": Mark.SUPPRESSED, "~100": Mark.NEARLY_ALL}
"""Markers of Skolverket's and of the own layout (docs/method.md §11)."""

SPACES: Final = "\u0020\u00a0\u2009\u202f"
NUMBER: Final = re.compile(
    rf"""(?P<minus>[-+\u2212]?)[{SPACES}]*
    (?:
        (?P<spaced>\d{{1,3}}(?:[{SPACES}]\d{{3}})+)(?:(?P<spaced_sign>[.,])(?P<spaced_fraction>\d+))?
      | (?P<grouped>\d{{1,3}}(?:(?P<group>[.,])\d{{3}})(?:(?P=group)\d{{3}})*)
        (?P<last_sign>(?!(?P=group))[.,])(?P<last>\d+)
      | (?P<repeated>\d{{1,3}}(?P<repeat>[.,])\d{{3}}(?:(?P=repeat)\d{{3}})+)
      | (?P<whole>\d*)(?P<sign>[.,])(?P<fraction>\d+)(?P<power>[eE](?:\+?\d{{1,2}}|-\d{{1,3}}))?
      | (?P<digits>\d+)(?P<digits_power>[eE](?:\+?\d{{1,2}}|-\d{{1,3}}))?
    )[{SPACES}]*(?P<percent>%?)""",
    re.VERBOSE | re.ASCII,
)
LONGEST_NUMBER: Final = 40
LONGEST_TEXT: Final = 500
"""Characters of a cell that are taken as its text; a name or a heading has far fewer."""

LARGEST_NUMBER: Final = 1e100
THOUSAND: Final = 3
MOST_PERCENT: Final = 100
MOST_DIGITS: Final = 15
"""So many digits of a decimal number survive being a float."""

FEW_DIGITS: Final = 2
"""Most shares have at most so many behind the decimal sign."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A spreadsheet cell without a value: an error such as ``#DIV/0!``, or a formula never computed."""

    text: str
    address: str


Cell: TypeAlias = str | float | bool | Broken


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number as written, before it is known what its only comma or point means.

    Attributes
    ----------
    whole, fraction
        Digits before and after the sign; thousands already joined.
    sign
        The sign between them, empty where there is none.
    sure
        Whether the sign can only be a decimal sign; ``1,329`` may be thirteen hundred or one and a bit.
    negative, percent
        Whether a minus stands before it, a per cent sign after it.
    power
        Exponent as written, such as ``e-05``.
    thousands
        The sign that groups its thousands for certain, empty where none does.
    """

    whole: str
    fraction: str = ""
    sign: str = ""
    sure: bool = True
    negative: bool = False
    percent: bool = False
    power: str = ""
    thousands: str = ""

    def value(self, *, per: int = 0, thousands: bool = False) -> float:
        """Return the number, moved ``per`` places to the right of the decimal sign.

        Examples
        --------
        >>> Numeral("48", "4", ",").value(per=2)
        0.484
        """
        digits = self.whole + self.fraction if thousands else f"{self.whole or 0}.{self.fraction or 0}"
        power = int(self.power[1:] or 0) if self.power else 0
        size = float(f"{digits}e{power - per}")
        return -size if self.negative else size


def numeral(cell: Cell) -> Numeral | None:
    """Take a number apart.

    Parameters
    ----------
    cell : str or float
        A cell as it stands.

    Returns
    -------
    Numeral or None
        None where the cell is not a number.

    Examples
    --------
    >>> numeral("1 329,5 %")
    Numeral(whole='1329', fraction='5', sign=',', sure=True, negative=False, percent=True, power='', thousands='')
    >>> numeral("1,329").sure
    False
    """
    if isinstance(cell, bool | Broken):
        return None
    if isinstance(cell, float):
        return _from_float(cell) if abs(cell) < LARGEST_NUMBER else None
    text = cell.strip()
    found = NUMBER.fullmatch(text) if len(text) <= LONGEST_NUMBER else None
    if found is None:
        return None
    return _from_text(found.groupdict(default=""))


def _from_text(part: dict[str, str]) -> Numeral:
    negative, percent = part["minus"] in {"-", "\u2212"}, bool(part["percent"])
    whole, fraction, sign, power, group = part["digits"], "", "", part["digits_power"], ""
    sure = True
    if part["spaced"]:
        whole = re.sub(rf"[{SPACES}]", "", part["spaced"])
        fraction, sign = part["spaced_fraction"], part["spaced_sign"]
    elif part["grouped"]:
        group = part["group"]
        whole, fraction, sign = part["grouped"].replace(group, ""), part["last"], part["last_sign"]
    elif part["repeated"]:
        group = part["repeat"]
        whole = part["repeated"].replace(group, "")
    elif part["sign"]:
        whole, fraction, sign, power = part["whole"], part["fraction"], part["sign"], part["power"]
        thousands = len(fraction) == THOUSAND and 1 <= len(whole) <= THOUSAND and whole[0] != "0"
        sure = bool(power) or not thousands
    return Numeral(whole, fraction, sign, sure, negative, percent, power, group)


def _from_float(number: float) -> Numeral:
    digits, _, power = repr(abs(number)).partition("e")
    whole, _, fraction = digits.partition(".")
    return Numeral(whole, fraction.rstrip("0"), negative=number < 0, power=f"e{power}" if power else "")


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column of cells, taken apart once.

    Attributes
    ----------
    numbers
        What a spreadsheet has as numbers, shape (n_cells,); NaN elsewhere.
    numerals
        Numbers written as text, by position.
    others
        Positions of what is no number: markers, nothing, something else.
    given
        The cells by position, of which those that are not in ``numbers`` are enough.
    """

    numbers: Array
    numerals: Mapping[int, Numeral]
    others: Sequence[int]
    given: Sequence[Cell] | Mapping[int, Cell]

    @property
    def plain(self) -> Array:
        """The numbers that a spreadsheet has as numbers, without gaps."""
        return self.numbers[~np.isnan(self.numbers)]

    @property
    def percent(self) -> list[int]:
        """Positions of numbers with a per cent sign."""
        return [position for position, number in self.numerals.items() if number.percent]

    def values(self, grouped: Callable[[Numeral], bool | None], *, per: int = 0) -> Array:
        """Return the numbers; NaN where there is none.

        Parameters
        ----------
        grouped : callable
            Whether a number's only sign groups its thousands.
        per : {0, 2}
            How many places to the right the decimal sign is moved.

        Returns
        -------
        array of float, shape (n_cells,)
        """
        found = hundredths(self.numbers) if per else self.numbers.copy()
        for position, number in self.numerals.items():
            found[position] = number.value(per=per, thousands=bool(grouped(number)))
        return found


def column(given: Sequence[Cell] | Mapping[int, Cell], values: Array | None = None) -> Column:
    """Take a column of cells apart.

    Parameters
    ----------
    given : sequence or mapping of str, float, bool or Broken
        The cells; with ``values`` those that are no numbers are enough, by position.
    values : array of float, shape (n_cells,), optional
        Those that are numbers, where they are at hand; NaN elsewhere.

    Returns
    -------
    Column

    Examples
    --------
    >>> found = column([1.5, "1,5", ".."])
    >>> found.numbers, list(found.numerals), found.others
    (array([1.5, nan, nan]), [1], [2])
    """
    if values is None:
        values = np.array([given[i] if isinstance(given[i], float) else np.nan for i in range(len(given))], dtype=float)
    numbers = values + 0.0  # and no zero below 0
    numbers[~(np.abs(numbers) < LARGEST_NUMBER)] = np.nan
    numerals, others = {}, []
    for position in np.flatnonzero(np.isnan(numbers)).tolist():
        number = numeral(given[position])
        if number is None:
            others.append(position)
        else:
            numerals[position] = number
    return Column(numbers, numerals, others, given)


def hundredths(numbers: Array) -> Array:
    """Divide by 100 as decimal numbers, so that 48.4 is the float nearest to 0.484.

    Parameters
    ----------
    numbers : array of float, shape (n,)
        NaN stays.

    Returns
    -------
    array of float, shape (n,)

    Notes
    -----
    A whole number of at most 15 digits divided by a power of ten is the float nearest to the decimal number.

    Examples
    --------
    >>> hundredths(np.array([48.4, 0.1 + 0.2])).tolist(), 48.4 / 100
    ([0.484, 0.0030000000000000005], 0.484)
    """
    found, left = np.full(len(numbers), np.nan), ~np.isnan(numbers)
    for digits in range(FEW_DIGITS, MOST_DIGITS):
        if not left.any():
            break
        whole = np.rint(numbers * 10.0**digits)
        exact = left & (whole / 10.0**digits == numbers) & (np.abs(whole) < 10.0**MOST_DIGITS)
        if exact.all():
            return np.asarray(whole / 10.0 ** (digits + 2))
        found[exact] = whole[exact] / 10.0 ** (digits + 2)
        left &= ~exact
    for position in np.flatnonzero(left).tolist():
        found[position] = _from_float(float(numbers[position])).value(per=2)
    return found


def decimal_signs(numerals: Iterable[Numeral]) -> frozenset[str]:
    """Tell which decimal signs a file uses for certain.

    Examples
    --------
    >>> sorted(decimal_signs([Numeral("0", "47", ","), Numeral("1", "329", ".", sure=False)]))
    [',']
    """
    signs = set()
    for number in numerals:
        if number.sign and number.sure:
            signs.add(number.sign)
        elif number.thousands:
            signs.add("," if number.thousands == "." else ".")
    return frozenset(signs)


def groups_thousands(
    numerals: Sequence[Numeral], signs: frozenset[str], reading: Reading, decimal: str = "", plain: Array | None = None
) -> Callable[[Numeral], bool | None]:
    """Tell how the unclear numbers of a column are read: ``1,329`` as thousands or with decimals.

    Parameters
    ----------
    numerals : sequence of Numeral
        The column's numbers.
    signs : frozenset of str
        Decimal signs that the whole file uses for certain.
    reading : {"whole", "share", "level", "amount"}
        What the column holds.
    decimal : str, optional
        The decimal sign, where the user has chosen it.
    plain : array of float, optional
        The column's other numbers, that a spreadsheet has as numbers.

    Returns
    -------
    callable
        Whether a number's only sign groups its thousands; None where nothing tells.

    Notes
    -----
    docs/method.md §11: by point or comma where that is the only reading. A number of pupils is whole,
    so ``1,329`` among whole numbers has one reading.
    """
    if decimal:
        return lambda number: not number.sure and number.sign != decimal
    if reading == "level":
        return lambda _: False
    beside = np.empty(0) if plain is None else plain
    if reading == "whole":
        return _whole_numbers(numerals, signs, bare=len(beside) > 0)
    if signs:
        return lambda number: not number.sure and number.sign not in signs
    bare = np.append(beside, [number.value() for number in numerals if not number.sign])
    counted = bool((bare > MOST_PERCENT).any())
    grouped = reading == "amount" or counted or len(bare) > (len(numerals) + len(beside)) / 2
    return lambda number: not number.sure and grouped


def _whole_numbers(
    numerals: Sequence[Numeral], signs: frozenset[str], *, bare: bool
) -> Callable[[Numeral], bool | None]:
    """Read a column of whole numbers, where ``1,000`` may still be one or a thousand."""
    decimals = {number.sign for number in numerals if number.sign and number.sure}
    thousands = {number.sign for number in numerals if not number.sure and number.fraction.strip("0")}
    bare = bare or any(not number.sign for number in numerals)

    def grouped(number: Numeral) -> bool | None:
        if number.sure or number.sign in decimals:
            return False
        if number.sign in thousands or (signs and number.sign not in signs) or (bare and not signs):
            return True
        return None

    return grouped


def marker(cell: Cell) -> Mark | None:
    """Tell which marker stands in a cell; None where there is none.

    Examples
    --------
    >>> marker(" .. ")
    <Mark.SUPPRESSED: 1>
    """
    if not isinstance(cell, str):
        return None
    return MARKERS.get(cell.strip().removesuffix("%").rstrip() if "~" in cell else cell.strip())


def text(cell: Cell) -> str:
    r"""Return a cell as one line of text: control and format characters gone, accents composed.

    Examples
    --------
    >>> text("A\u0308ngsna\u0308s\u200b  skolan\n")
    'Ängsnäs skolan'
    """
    written = (cell if isinstance(cell, str) else shown(cell))[:LONGEST_TEXT]
    if written.startswith(names.TEXT):
        written = names.unguarded(written)
    if written.isprintable() and (written.isascii() or names.composed(written) == written):
        return " ".join(written.split())
    kept = "".join(
        " " if character.isspace() else character
        for character in written
        if character.isspace() or unicodedata.category(character) not in {"Cc", "Cf", "Cs"}
    )
    return " ".join(names.composed(kept).split())


def texts(given: Sequence[Cell]) -> list[str]:
    r"""Return a column of cells, each as one line of text.

    Parameters
    ----------
    given : sequence of str, float, bool or Broken
        The cells.

    Returns
    -------
    list of str
        `text` of each; where all are plain already, which is seen from them all at once, they are these.

    Examples
    --------
    >>> texts(["Åsaskolan", "Björkskolan"]), texts(["Åsaskolan ", 15.0])
    (['Åsaskolan', 'Björkskolan'], ['Åsaskolan', '15'])
    """
    if set(map(type, given)) == {str}:
        written = cast("Sequence[str]", given)
        if _plain(written):
            return [*written]
    return [text(cell) for cell in given]


def _plain(written: Sequence[str]) -> bool:
    """Tell whether `text` leaves all of these as they are; no where it is not seen at once."""
    if not "".join(written).isprintable() or max(map(len, written)) > LONGEST_TEXT:
        return False
    joined = "\n".join(["", *written, ""])
    odd = ("  ", "\n ", " \n", f"\n{names.TEXT}")
    return names.western(joined) and not any(sign in joined for sign in odd)


def shown(cell: Cell) -> str:
    """Return a cell as it stands, a number from a spreadsheet without needless decimals.

    Examples
    --------
    >>> shown(15.0)
    '15'
    """
    if isinstance(cell, Broken):
        return cell.text
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)  # noqa: PLR2004 - exact
    return cell


def not_a_number(cell: Cell) -> Words:
    """Say why a cell is not a number."""
    if isinstance(cell, Broken):
        return (
            words("the cell {address} has the error {error}", address=cell.address, error=cell.text)
            if cell.text.startswith(("#", "Err"))
            else words("the formula in the cell {address} has no saved value", address=cell.address)
        )
    return words("“{value}” is not a number", value=clipped(shown(cell)))


UNCLEAR: Final = words("“{value}” may have thousands or decimals")


def unclear(cell: Cell) -> tuple[Words, Words]:
    """Ask what the only comma or point of a number means, where nothing tells."""
    allowed = words("choose the decimal sign, or write it without comma and point")
    return words(UNCLEAR.text, value=clipped(shown(cell))), allowed


def asks(fault: Fault) -> bool:
    """Tell whether a fault is a question about the decimal sign.

    Examples
    --------
    >>> asks(Fault(wrong=unclear("1,000")[0], allowed=unclear("1,000")[1]))
    True
    """
    return fault.wrong.text == UNCLEAR.text


def clipped(written: str, longest: int = 60) -> str:
    """Return a text that fits in a sentence."""
    return written if len(written) <= longest else f"{written[:longest]}…"
