"""The rival: an empty Streamlit page with its default settings, and the libraries of ours imported."""

import altair  # noqa: F401
import pandas  # noqa: F401 # pyright: ignore
import plotly.graph_objects  # noqa: F401
import streamlit as st

value = st.slider("Value", 0, 100, 50)
st.write(f"The value is {value}.")
