"""Redistribution: kronor per pupil against the average, and who gets more or less."""

import streamlit as st

from socio.ui import acts, components, controls, elements, state, uploads

screen = state.here()
with st.sidebar:
    controls.table(screen)
    controls.everyone(screen)
    elements.place("dials")
    controls.files(screen)
with st.container():  # always there, so that what comes after it keeps its place
    uploads.faults()
outcome = st.container()
controls.school(screen)
elements.place("steps")


@st.fragment(key="live")
def live() -> None:
    """Repaint in one go what a turned dial changes."""
    acts.take()
    with outcome:
        components.redistribution()


live()
