"""The screen: state, inputs and components; the only package that knows Streamlit."""
