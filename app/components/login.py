"""Logging in, where the server's operator asks for it."""

from __future__ import annotations

import streamlit as st

from glot.operation.read import settings


def logged_in() -> bool:
    """Whether the reader may see pages; else the way in is drawn in their place.

    Who may log in is decided by the OIDC provider that `.streamlit/secrets.toml` names.
    """
    if not settings().login or st.user.get("is_logged_in"):
        return True
    st.title("GLOT Explorer", anchor=False)
    st.markdown("Log in to see its pages.")
    st.button("Log in", key="log_in", icon=":material/login:", on_click=st.login)
    return False
