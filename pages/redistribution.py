"""Redistribution: kronor per pupil against the average, and who gets more or less."""

import streamlit as st

from socio.ui import components, controls, state

screen = state.here()
with st.sidebar:
    controls.table(screen)
    controls.pot(screen)
    controls.degree(screen)
    controls.rules()
    controls.weights()
    controls.files(screen)
components.upload_faults()
components.head()
left, right = st.columns([4, 3], gap="medium")
with left:
    components.bars(screen)
with right:
    components.changes(screen)
components.texts()
components.school(screen)
components.schools()
components.below()
components.ways_back()
components.take_out(screen)
components.foot(screen)
