"""The rival: an empty Streamlit page with its default settings, and the libraries of ours imported."""

import altair as alt
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

IMPORTED = (alt, pd, go)
value = st.slider("Value", 0, 100, 50)
st.write(f"The value is {value}.")
