"""Models, dictionaries and codes are loaded once and shared."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
from appdata import PROMPT
from openpage import decomposition_of, dictionary_of, open_page

from itda_core.dictionary import read_head
from itda_core.errors import InputError
from pages.shell import resources
from pages.shell.resources import data_dir


def test_sessions_share_what_is_loaded(data):
    st.cache_resource.clear()
    app = open_page(dictionary="tiny-l1", prompt=PROMPT)
    other = open_page(dictionary="tiny-l1", prompt=PROMPT)
    assert dictionary_of(app) is dictionary_of(other)
    assert decomposition_of(app) is decomposition_of(other)


def test_tabs_that_wait_share_one_look_a_second(monkeypatch):
    now, looks = [100.0], []
    monkeypatch.setattr(resources.time, "monotonic", lambda: now[0])

    def find() -> int:
        looks.append(len(looks))
        return looks[-1]

    look = resources._Look(find)
    assert [look.now(fresh=False) for _ in range(50)] == [0] * 50
    now[0] += 0.9
    assert look.now(fresh=False) == 0
    assert look.now(fresh=True) == 1 and look.now(fresh=False) == 1
    now[0] += 1.1
    assert [look.now(fresh=False) for _ in range(50)] == [2] * 50


def test_a_tab_does_not_wait_for_the_look_of_another():
    started, go_on = threading.Event(), threading.Event()
    answers = iter(["old", "new"])

    def find() -> str:
        answer = next(answers)
        if answer == "new":
            started.set()
            go_on.wait(30)
        return answer

    look = resources._Look(find)
    assert look.now(fresh=True) == "old"
    thread = threading.Thread(target=look.now, args=[True])
    thread.start()
    assert started.wait(30) and look.now(fresh=False) == "old"
    go_on.set()
    thread.join(30)
    assert look.now(fresh=False) == "new"


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


def test_a_dictionary_that_asks_for_the_impossible_keeps_the_model_from_no_other(data):
    st.cache_resource.clear()
    heads = {head.name: head for head in dictionary_heads(data)}
    odd = replace(heads["tiny-l2"], recipe=replace(heads["tiny-l2"].recipe, dtype="float99"))
    with pytest.raises(InputError, match="float99"):
        resources.model(odd)
    assert resources.model(heads["tiny-l1"]).n_layers == 3


@pytest.mark.parametrize("build", ["on", "off"])
def test_a_public_server_does_not_say_where_its_files_lie(data, monkeypatch, build):
    monkeypatch.setenv("ITDA_BUILD", build)
    place = str(data_dir() / "dictionaries" / "x")
    assert (str(data_dir()) in resources.public(f"{place} is damaged")) == (build == "on")


def dictionary_heads(folder: Path):
    return [read_head(path) for path in sorted((folder / "dictionaries").iterdir())]
