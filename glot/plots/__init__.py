"""Data → Plotly figures, for the dashboard and for notebooks. Nothing here knows Streamlit."""
