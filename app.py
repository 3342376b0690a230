"""The ITDA explorer: the shared frame and navigation. `streamlit run app.py`.

Read twice: imported by the server, to which it gives the app, and run as a script by each visit.
"""

import streamlit as st

from pages.shell import pages, start, warmup

if __name__ == "__main__":
    start.configure()
    start.wait_for_imports()
    pages.run()
else:
    start.own_navigation()
    app = st.App(__file__, lifespan=warmup.lifespan)
