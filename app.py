"""The ITDA explorer: the shared frame and navigation. `streamlit run app.py`.

Read twice: imported by the server, to which it gives the app, and run as a script by each visit.
"""

import streamlit as st

from pages.components import start, warmup

if __name__ == "__main__":
    start.configure()
    start.wake()
    st.navigation(
        [
            st.Page("pages/explore.py", title="Explore a prompt", default=True),
            st.Page("pages/atoms.py", title="Atoms"),
            st.Page("pages/atlas.py", title="Atlas"),
            st.Page("pages/add.py", title="Add a dictionary"),
        ]
    ).run()
else:
    start.own_navigation()
    app = st.App(__file__, lifespan=warmup.lifespan)
