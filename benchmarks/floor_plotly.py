"""A page with a title and three bars: what Streamlit and Plotly take on this machine."""

import plotly.graph_objects as go
import streamlit as st

st.title("Title")
st.plotly_chart(go.Figure(go.Bar(x=[1, 2, 3], y=[1, 2, 3])))
