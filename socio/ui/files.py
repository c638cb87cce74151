"""Files: what can be taken out, made from the address alone, so that a link always gives the same file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from socio import scenario
from socio.errors import SocioError
from socio.intake import tables as intake
from socio.reports import dictionary, order, sheet, template
from socio.ui import material, outcome, state, years
from socio.view import address, sentences, spread, tables, words
from socio.view import picture as pictures

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from socio.ui.state import Screen

_COLUMNS: Final = {
    "bars": ["code", "school", "pupils", "index", "rate", "amount"],
    "changes": ["code", "school", "pupils", "amount", "change_amount", "change_rate"],
}
_TYPES: Final = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "toml": "application/toml; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def content(screen: Screen, name: str) -> bytes:
    """Make a file of what a view shows.

    Parameters
    ----------
    screen : Screen
    name : str
        One of `NAMES` or of `MATERIAL`.

    Returns
    -------
    bytes
    """
    return (_MADE | _OF_MATERIAL)[name](screen)


def _picture(screen: Screen, chart: Literal["bars", "changes"], kind: Literal["svg", "png"]) -> bytes:
    drawing = outcome.bars(screen, pictures.PLOT) if chart == "bars" else outcome.changes(screen, pictures.PLOT)
    if drawing is None:
        raise HTTPException(404)
    said = sentences.bars_title(screen.result) if chart == "bars" else outcome.changes_title(screen)
    return pictures.picture(drawing, title=said, notes=outcome.take_out_notes(screen), kind=kind)


def _behind(screen: Screen, chart: Literal["bars", "changes"]) -> bytes:
    table = tables.schools(screen.result, screen.change)
    return tables.csv(table[[column for column in _COLUMNS[chart] if column in table]], outcome.take_out_notes(screen))


def _spread(screen: Screen, kind: Literal["svg", "png", "csv"]) -> bytes:
    found, notes = material.of(screen.loaded), outcome.data_notes(screen)
    said = material.spread_title(found)
    if not said:
        raise HTTPException(404)
    if kind == "csv":
        return spread.strokes_csv(found.composition, found.screened, notes)
    drawing = spread.drawing(spread.schools(found.composition, found.screened, screen.view.school), said)
    return pictures.picture(drawing, title=said, notes=notes, kind=kind)


def _development(screen: Screen, kind: Literal["svg", "png", "csv"]) -> bytes:
    developed = years.development(screen.loaded.offer)
    title, shown = ("", []) if developed is None else years.drawn(material.of(screen.loaded), developed[0])
    if developed is None or not shown:
        raise HTTPException(404)
    trend, notes = developed[0], outcome.data_notes(screen)
    if kind == "csv":
        return spread.points_csv(trend, shown, notes)
    return pictures.picture(spread.drawing(spread.years(trend, shown), title), title=title, notes=notes, kind=kind)


def _sheet(screen: Screen) -> bytes:
    found = material.of(screen.loaded)
    effect = material.effect(screen)
    return sheet.sheet(found.composition, found.screened, effect, notes=outcome.take_out_notes(screen))


def _setting(screen: Screen) -> bytes:
    lines = [f"# {_printable(note)}" for note in outcome.take_out_notes(screen)]
    return "\n".join([*lines, "", scenario.write(screen.view.scenario)]).encode()


def _printable(text: str) -> str:
    """Keep a line one line that every reader of TOML takes."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


_MADE: dict[str, Callable[[Screen], bytes]] = {
    "staplar.png": lambda screen: _picture(screen, "bars", "png"),
    "staplar.svg": lambda screen: _picture(screen, "bars", "svg"),
    "staplar.csv": lambda screen: _behind(screen, "bars"),
    "forandring.png": lambda screen: _picture(screen, "changes", "png"),
    "forandring.svg": lambda screen: _picture(screen, "changes", "svg"),
    "forandring.csv": lambda screen: _behind(screen, "changes"),
    "tabell.xlsx": lambda screen: tables.workbook(
        tables.schools(screen.result, screen.change), outcome.take_out_notes(screen)
    ),
    "tabell.csv": lambda screen: tables.csv(
        tables.schools(screen.result, screen.change), outcome.take_out_notes(screen)
    ),
    "installning.toml": _setting,
    "underlag.csv": lambda screen: ("\ufeff" + intake.write(screen.composition)).encode(),
}
NAMES: Final = tuple(_MADE)
"""Of the main screen."""
_OF_MATERIAL: dict[str, Callable[[Screen], bytes]] = {
    "spridning.png": lambda screen: _spread(screen, "png"),
    "spridning.svg": lambda screen: _spread(screen, "svg"),
    "spridning.csv": lambda screen: _spread(screen, "csv"),
    "utveckling.png": lambda screen: _development(screen, "png"),
    "utveckling.svg": lambda screen: _development(screen, "svg"),
    "utveckling.csv": lambda screen: _development(screen, "csv"),
    "rektorsblad.pdf": _sheet,
}
MATERIAL: Final = tuple(_OF_MATERIAL)
"""Of the page Underlag."""
FORMS: Final[Mapping[str, Callable[[], bytes]]] = {
    "mall.xlsx": template.template,
    "bestallning.xlsx": order.specification,
    "dataordlista.xlsx": dictionary.dictionary,
}
"""What one fills in; they are the same whatever is on screen."""


def fetched(request: Request) -> Response:
    """Answer with a file of the view that the address names."""
    name = request.path_params["name"]
    if name not in (*NAMES, *MATERIAL, *FORMS):
        raise HTTPException(404)
    given = {key: request.query_params.getlist(key) for key in request.query_params}
    words.use(address.language_of(given))
    if name in FORMS:
        return _answer(FORMS[name](), f"socio-{name}")
    try:
        view, notices = state.opened(given)
        screen = state.shown(view, None, notices)
    except SocioError as error:
        return PlainTextResponse("\n".join(words.line(fault) for fault in error.faults), status_code=422)
    return _answer(content(screen, name), f"socio-{screen.loaded.offer.key}-{name}")


def _answer(made: bytes, file: str) -> Response:
    return Response(
        made,
        media_type=_TYPES[file.rpartition(".")[2]],
        headers={"Content-Disposition": f'attachment; filename="{file}"', "X-Content-Type-Options": "nosniff"},
    )


ROUTES: Final = (Route(f"/{outcome.FILES}/{{name}}", fetched),)
