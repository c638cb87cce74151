"""The server around the pages: warmed up, compressed, in Swedish from the first byte."""

from __future__ import annotations

import gc
import importlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.datastructures import QueryParams
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from socio.ui import cache, state
from socio.view import words

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEAVY = ("pandas", "pyarrow", "altair", "streamlit.elements.vega_charts", "streamlit.elements.arrow", "vl_convert")


@asynccontextmanager
async def warm(_app: object) -> AsyncIterator[dict[str, object]]:
    """Load what every page needs, once, and keep the collector from walking through it after each change."""
    for module in _HEAVY:
        importlib.import_module(module)
    words.use("sv")
    cache.offers()
    state.opened({})
    gc.collect()
    gc.freeze()
    yield {}


class Page:
    """Tell the browser which language the page is in, and to write its numbers so.

    Streamlit's page says English, and its tables write numbers in the browser's language.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Rewrite the page on its way out; let all else through."""
        if scope["type"] != "http" or "." in scope["path"].rpartition("/")[2] or "/_stcore" in scope["path"]:
            await self.app(scope, receive, send)
            return
        language = QueryParams(scope["query_string"]).get("sprak", "sv")
        tag = {"sv": "sv-SE", "en": "en-GB"}.get(language, "sv-SE")
        started: list[Message] = []
        body = bytearray()

        async def rewrite(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.append(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            page = bytes(body)
            if b"<html" in page:
                page = page.replace(b'<html lang="en"', f'<html lang="{tag[:2]}"'.encode(), 1)
                page = page.replace(b"<head>", b"<head>" + _numbers_as(tag), 1)
            start = started[0]
            headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
            await send({**start, "headers": [*headers, (b"content-length", str(len(page)).encode())]})
            await send({"type": "http.response.body", "body": page})

        await self.app(scope, receive, rewrite)


def _numbers_as(tag: str) -> bytes:
    """Return the script that has the browser write numbers in the page's language."""
    script = (
        "for(const[k,v]of Object.entries({language:T,languages:[T]}))"
        "Object.defineProperty(navigator,k,{configurable:true,get:()=>v});"
    )
    return f'<script>{script.replace("T", repr(tag))}</script>'.encode()


MIDDLEWARE = (Middleware(GZipMiddleware, minimum_size=1000), Middleware(Page))
