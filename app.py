"""The ITDA explorer: the shared frame and navigation. `streamlit run app.py`."""

import streamlit as st

from pages.components import start

start.configure()
start.wake()
st.navigation([st.Page("pages/explore.py", title="Explore a prompt", default=True)]).run()
