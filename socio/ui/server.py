"""The server around the pages: warmed up, compressed, in Swedish from the first byte."""

from __future__ import annotations

import gc
import json
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.datastructures import QueryParams
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from streamlit.runtime.pages_manager import PagesManager

from socio.ui import cache as tables
from socio.ui import state
from socio.view import words
from socio.view.words import _

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send


_SCRIPTS = ("page.js", "morphdom.js", "live.js")


@asynccontextmanager
async def warm(_app: object) -> AsyncIterator[dict[str, object]]:
    """Load what every page needs, once, and keep the collector from walking through it after each change."""
    PagesManager.uses_pages_directory = False  # the pages are named in `navigation`: a link to one opens it at once
    words.use("sv")
    tables.offers()
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
        language = "en" if language == "en" else "sv"
        # Streamlit would compress some pages itself, and then there is no text to rewrite.
        plain = [(name, value) for name, value in scope["headers"] if name.lower() != b"accept-encoding"]
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
                page = page.replace(b'<html lang="en"', f'<html lang="{language}"'.encode(), 1)
                page = page.replace(b"<head>", b"<head>" + _script(), 1)
            start = started[0]
            headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
            await send({**start, "headers": [*headers, (b"content-length", str(len(page)).encode())]})
            await send({"type": "http.response.body", "body": page})

        await self.app({**scope, "headers": plain}, receive, rewrite)


def built_in() -> dict[str, str]:
    """Return the words that Streamlit itself puts on the page, and what they are in Swedish."""
    words.use("sv")
    return {
        "Skip to main content": _("Skip to main content"),
        "App pages": _("App pages"),
        "Sidebar": _("Sidebar"),
        "Collapse sidebar": _("Collapse sidebar"),
        "Expand sidebar": _("Expand sidebar"),
        "Open": _("Open"),
        "Close": _("Close"),
        "Clear all": _("Clear all"),
        "Clear value": _("Clear value"),
        "No results": _("No results"),
        "Choose an option": _("Choose an option"),
        "Upload": _("Upload"),
        "Add files": _("Add files"),
        "Remove {file}": _("Remove {file}"),
        "{size}MB per file": _("{size}MB per file"),
        "Error:": _("Error:"),
        "File must be {size}MB or smaller.": _("File must be {size}MB or smaller."),
        "Drag and drop a file here": _("Drag and drop a file here"),
        "file upload": _("file upload"),
        "Browse files": _("Browse files"),
        "Drag and drop file here": _("Drag and drop file here"),
        "Drag and drop files here": _("Drag and drop files here"),
        "Show data": _("Show data"),
        "Show chart": _("Show chart"),
        "Download as PNG": _("Download as PNG"),
        "Copy Vega-Lite spec": _("Copy Vega-Lite spec"),
        "Copied!": _("Copied!"),
        "Show/hide columns": _("Show/hide columns"),
        "Search": _("Search"),
        "Type to search": _("Type to search"),
        "Fullscreen": _("Fullscreen"),
        "Close fullscreen": _("Close fullscreen"),
        "Sort ascending": _("Sort ascending"),
        "Sort descending": _("Sort descending"),
        "Format": _("Format"),
        "Autosize": _("Autosize"),
        "Pin column": _("Pin column"),
        "Unpin column": _("Unpin column"),
        "Hide column": _("Hide column"),
        "Automatic": _("Automatic"),
        "Localized": _("Localized"),
        "Plain": _("Plain"),
        "Compact": _("Compact"),
        "Dollar": _("Dollar"),
        "Euro": _("Euro"),
        "Yen": _("Yen"),
        "Percent": _("Percent"),
        "Scientific": _("Scientific"),
        "Accounting": _("Accounting"),
        "Bytes": _("Bytes"),
        "Connection error": _("Connection error"),
        "Connecting": _("Connecting"),
        "Stop": _("Stop"),
        "Running...": _("Running..."),
    }


@cache
def _script() -> bytes:
    """Return the script that has the page follow the language of its address."""
    scripts = [Path(__file__).with_name(name).read_text(encoding="utf-8") for name in _SCRIPTS]
    scripts[0] = scripts[0].replace("__WORDS__", json.dumps(built_in(), ensure_ascii=False))
    return "".join(f"<script>{script}</script>" for script in scripts).encode()


MIDDLEWARE = (Middleware(GZipMiddleware, minimum_size=1000), Middleware(Page))
