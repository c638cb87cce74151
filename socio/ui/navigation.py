"""Navigation: the pages, and what stands around each of them."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from socio.errors import SocioError
from socio.ui import components, state
from socio.view.words import _

NAME = "Socio"
SIDEBAR = 340
"""Width in pixels."""
PAGES = Path(__file__).parents[2] / "pages"


def run() -> None:
    """Show the page that the address names; the one place where what is wrong is caught."""
    st.set_page_config(page_title=NAME, layout="wide", initial_sidebar_state=SIDEBAR)
    components.style()
    try:
        state.begin()
        page = st.navigation(
            [
                st.Page(PAGES / "redistribution.py", title=_("Redistribution"), url_path="omfordelning", default=True),
                st.Page(PAGES / "data.py", title=_("Material"), url_path="underlag"),
            ],
            position="top",
        )
        state.of_session().page = page.url_path
        municipality = state.here().loaded.offer.municipality
        st.set_page_config(page_title=f"{municipality} · {page.title} · {NAME}")
        page.run()
    except SocioError as error:
        components.faults(error.faults)
        st.button(_("Begin anew"), on_click=state.forget)
