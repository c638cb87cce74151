"""Readings: how a file was understood, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from socio.intake.shares import Unit
from socio.view import format as written
from socio.view.words import _, ngettext

if TYPE_CHECKING:
    from socio.composition import Composition
    from socio.intake.delimited import Grid
    from socio.intake.outline import Outline
    from socio.intake.tables import Intake


def separators() -> dict[str, str]:
    """Return what each separator is called."""
    return {";": _("semicolon"), ",": _("comma"), "\t": _("tab")}


def units() -> dict[Unit, str]:
    """Return what shares can be written in."""
    return {
        Unit.SHARE: _("shares from 0 to 1"),
        Unit.PERCENT: _("per cent"),
        Unit.COUNT: _("numbers of pupils"),
    }


def read_as(read: Intake) -> str:
    """Say how a table was understood, so that a wrong guess is seen."""
    parts = [
        *_bytes(read.sheet, read.encoding, read.separator),
        _decimal(read.decimal),
        units()[read.unit] if read.composition.factors else "",
        ngettext("{count} remark", "{count} remarks", len(read.warnings)) if read.warnings else "",
    ]
    return _("Read as: {how}.", how=", ".join(part for part in parts if part))


def outline_as(read: Outline) -> str:
    """Say how a table laid out as Tabell 1 was understood."""
    parts = [*_bytes(read.sheet, read.encoding, read.separator), _decimal(read.decimal), _("the guide's Tabell 1")]
    return _("Read as: {how}.", how=", ".join(part for part in parts if part))


def grid_as(grid: Grid) -> str:
    """Say how the bytes of a file were understood, whatever is in its cells."""
    filled = sum(any(isinstance(cell, float) or cell for cell in row) for row in grid.rows)
    parts = [*_bytes(grid.sheet, grid.encoding, grid.separator), ngettext("{count} row", "{count} rows", filled)]
    return _("Read as: {how}.", how=", ".join(part for part in parts if part))


def _decimal(sign: str) -> str:
    return {",": _("decimal comma"), ".": _("decimal point")}.get(sign, "")


def _bytes(sheet: str, encoding: str, separator: str) -> list[str]:
    return [_("sheet {sheet}", sheet=sheet) if sheet else "", encoding, separators().get(separator, "")]


def title(composition: Composition) -> str:
    """Say what comes of a file."""
    return _(
        "{schools}, {pupils} pupils, {factors}",
        schools=ngettext("{count} school", "{count} schools", len(composition)),
        pupils=written.number(int(composition.pupils_paid.sum())),
        factors=ngettext("{count} factor", "{count} factors", len(composition.factors)),
    )


def roles() -> dict[str, str]:
    """Return what a column can be, by `socio.intake.mapping.Role`."""
    return {
        "ignored": _("not used"),
        "code": _("school unit code"),
        "school": _("name of the school"),
        "operator": _("kind of operator"),
        "operator_name": _("operator"),
        "pupils": _("number of pupils"),
        "pupils_composition": _("pupils behind the shares"),
        "pupils_paid": _("pupils that the money follows"),
        "category": _("share or number in a category"),
        "level": _("mean on a scale"),
        "risk": _("predicted risk, ready"),
        "index": _("index, ready"),
        "old_rate": _("kr per pupil today"),
        "old_amount": _("kr today"),
        "old_pupils": _("pupils that today's kr went to"),
    }
