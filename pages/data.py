"""Data: what is known of the schools, and how they differ (step 1 of the guide)."""

import streamlit as st

from socio.ui import components, controls, material, state, uploads

screen = state.here()
with st.sidebar:
    controls.table(screen)
    controls.files(screen)
with st.container():
    uploads.faults()
found = material.of(screen.loaded)
components.live("material", {"material": material.head(screen, found)})
material.spread_of(screen, found)
st.html(material.factors(screen, found) + material.together(found))
material.over_the_years(screen, found)
material.remarks(screen)
st.html(material.forms(screen))
