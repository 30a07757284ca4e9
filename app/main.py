"""Page configuration and navigation, nothing else."""

import streamlit as st

from app.views import explore
from glot.paths import assets_folder

# A file of our own: an icon by name would be fetched from another server.
st.set_page_config(
    page_title="GLOT Explorer", page_icon=str(assets_folder() / "icon.png"), layout="wide"
)
st.navigation([st.Page(explore.render, title="Explore", url_path="explore")], position="top").run()
