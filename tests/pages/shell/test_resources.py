"""Models, dictionaries and codes are loaded once and shared."""

import streamlit as st
from appdata import PROMPT
from openpage import decomposition_of, dictionary_of, open_page


def test_sessions_share_what_is_loaded(data):
    st.cache_resource.clear()
    app = open_page(dictionary="tiny-l1", prompt=PROMPT)
    other = open_page(dictionary="tiny-l1", prompt=PROMPT)
    assert dictionary_of(app) is dictionary_of(other)
    assert decomposition_of(app) is decomposition_of(other)
