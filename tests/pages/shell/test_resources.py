"""Models, dictionaries and codes are loaded once and shared."""

from pathlib import Path

import pytest
import streamlit as st
from appdata import PROMPT
from openpage import decomposition_of, dictionary_of, open_page

from pages.shell.resources import data_dir


def test_sessions_share_what_is_loaded(data):
    st.cache_resource.clear()
    app = open_page(dictionary="tiny-l1", prompt=PROMPT)
    other = open_page(dictionary="tiny-l1", prompt=PROMPT)
    assert dictionary_of(app) is dictionary_of(other)
    assert decomposition_of(app) is decomposition_of(other)


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ("mine", "here/mine"),
        ("./mine/", "here/mine"),
        ("~/mine", "home/mine"),
        ("~nobody-of-that-name/x", "here/~nobody-of-that-name/x"),
    ],
)
def test_the_data_folder_may_be_given_relative_or_in_one_s_home(
    given, place, tmp_path, monkeypatch
):
    for name in ("here", "home"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ITDA_DATA", given)
    assert data_dir() == tmp_path / place


@pytest.mark.parametrize("given", ["", "  "])
def test_the_data_folder_is_the_one_beside_the_app_unless_given(given, monkeypatch):
    monkeypatch.setenv("ITDA_DATA", given)
    assert data_dir() == Path(__file__).parents[3] / "data"
