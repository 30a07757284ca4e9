"""What pages ask for, without Streamlit's widgets; the only home of st.cache_*."""
