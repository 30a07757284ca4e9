"""Page configuration and navigation, nothing else."""

import streamlit as st

from app import navigation
from glot.paths import assets_folder

# A file of our own: an icon by name would be fetched from another server.
st.set_page_config(
    page_title="GLOT Explorer", page_icon=str(assets_folder() / "icon.png"), layout="wide"
)
navigation.run()
