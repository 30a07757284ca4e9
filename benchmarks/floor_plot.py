"""A page with a title and a figure of one point: what Streamlit takes to draw with Plotly."""

import plotly.graph_objects as go
import streamlit as st

st.title("Title")
st.plotly_chart(go.Figure(go.Scatter(x=[0], y=[0])))
