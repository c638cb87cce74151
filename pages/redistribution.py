"""Redistribution: kronor per pupil against the average, and who gets more or less."""

import streamlit as st

from socio.ui import components, controls, state

screen = state.here()
with st.sidebar:
    controls.table(screen)
    pot = controls.pot(screen)
    degree = controls.degree(screen)
    controls.rules()
    controls.weights()
    controls.files(screen)
components.upload_faults()
head = st.container()
left, right = st.columns([4, 3], gap="medium")
with left:
    components.standing(screen)
    bars = st.container()
with right:
    components.against(screen)
    changes = st.container()
components.school(screen)
table = st.container()
components.ways_back()
components.take_out(screen)
foot = st.container()


@st.fragment(key=state.LIVE)
def live() -> None:
    """Repaint in one go what a turned dial changes."""
    with head:
        components.head()
    with pot:
        controls.live_pot()
    with degree:
        controls.live_degree()
    with bars:
        components.live_bars()
    with changes:
        components.live_changes()
    with table:
        components.texts()
        components.schools()
        components.below()
    with foot:
        components.foot()
    state.write_address()


live()
