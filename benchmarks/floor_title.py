"""A page with a title only: what Streamlit itself takes on this machine."""

import streamlit as st

st.title("Title")
