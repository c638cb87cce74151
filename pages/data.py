"""Material: what is known of the schools, how they differ (step 1 of the guide), and how more is taken in."""

import streamlit as st

from socio.ui import acts, catalogue, components, controls, material, state, taking, uploads, years

acts.take()
screen = state.here()
part = screen.view.part
with st.sidebar:
    controls.table(screen)
    controls.files(screen, uploads_too=part != "intake")
with st.container():
    uploads.faults()
found = material.of(screen.loaded)
components.live("material", {"material": material.head(screen, found), **taking.places()})
if part == "intake":
    taking.show(screen)
elif part == "years":
    years.show(screen, found)
elif part == "factors":
    catalogue.show(screen, found)
elif part == "remarks":
    material.remarks(screen)
    catalogue.remarks_of(screen, found)
else:
    material.spread_of(screen, found)
    st.html(material.factors(screen, found) + material.together(found) + material.bases(screen))
