"""A page with a title and an empty component: what Streamlit takes to bring one an array."""

import numpy as np
import streamlit as st

# One line below the other: text without a line break would be taken for a path.
SCRIPT = """export default ({ data, parentElement }) => {
    const place = document.createElement("div");
    place.className = "values";
    place.textContent = `${data.values.numRows} values`;
    parentElement.append(place);
};
"""

st.title("Title")
st.components.v2.component("floor", js=SCRIPT)(data={"values": np.zeros(1, np.float32)})
