"""What every page has around it: what is missing, broken or wrong is said there in a line."""

import shutil

import pytest
import torch
from damage import edit_head
from openpage import lines, open_page, strip
from streamlit.testing.v1 import AppTest

from itda_core import build_dictionary


def test_no_dictionaries_says_how_to_make_one(tmp_path, monkeypatch):
    monkeypatch.setenv("ITDA_DATA", str(tmp_path))
    app = open_page()
    assert not app.exception and not app.error
    assert "No dictionary yet" in app.subheader[0].value
    assert "python -m itda_core build --model" in app.code[0].value
    assert str(tmp_path / "dictionaries") in app.code[0].value


def test_a_broken_dictionary_is_named_and_the_rest_works(own_data):
    file = own_data / "dictionaries" / "tiny-l2" / "labels.parquet"
    file.write_bytes(file.read_bytes()[:-20])
    app = open_page()
    (line,) = lines(app)
    assert "labels.parquet is not what was written" in line
    app.run()  # pages do so by themselves once a dictionary is found broken
    assert lines(app) == [] and strip(app)["tokens"]
    assert app.session_state["dictionary"] == "tiny-l1"
    assert any("labels" in c.value and "not what was written" in c.value for c in app.caption)


@pytest.mark.parametrize("page", ["atoms", "atlas"])
def test_damage_that_a_page_meets_is_said_there_once(own_data, page):
    file = own_data / "dictionaries" / "tiny-l2" / "labels.parquet"
    file.write_bytes(file.read_bytes()[:-20])
    app = open_page(page, dictionary="tiny-l2")
    (line,) = lines(app)
    assert "labels.parquet is not what was written" in line
    app.run()
    assert not app.exception and app.session_state["dictionary"] == "tiny-l1"


def test_a_model_that_cannot_be_had(own_data):
    shutil.rmtree(own_data / "models" / "tiny-causal")
    edit_head(own_data / "dictionaries" / "tiny-l1", model_id="no one/has this")
    app = open_page(dictionary="tiny-l1")
    (line,) = lines(app)
    assert "model of this dictionary cannot be used" in line and "models" in line
    assert app.text_area(key="explore_prompt").value and app.sidebar.slider


def test_another_model_of_the_same_name_is_refused(own_data):
    edit_head(own_data / "dictionaries" / "tiny-l1", weights_hash="0" * 64)
    (line,) = lines(open_page(dictionary="tiny-l1"))
    assert "built from other weights" in line


def test_a_dictionary_of_bare_tensors(tmp_path, monkeypatch):
    """Built with `build_dictionary` and saved: no model, no layer, no labels."""
    x = torch.randn(20, 4, generator=torch.Generator().manual_seed(0))
    build_dictionary(x, tau=0.3, l0=2).save(tmp_path / "dictionaries" / "bare")
    monkeypatch.setenv("ITDA_DATA", str(tmp_path))
    (line,) = lines(open_page())
    assert "does not say which model" in line


def test_what_is_wrong_and_what_cannot_be_answered_are_both_said(data):
    app = open_page(dictionary="tiny-l1", l0="0", prompt="")
    note, error = lines(app)
    assert note.startswith("L0 '0' is not a whole number") and "prompt is empty" in error
    assert "".join(app.query_params["l0"]) == "6"  # and the address is that of the view


def block() -> None:
    """A block that fails; as a script of its own, it imports what it needs."""
    import streamlit as st

    from itda_core import InputError
    from pages.shell import frame

    with frame.errors():
        st.write("before")
        raise InputError("the `file` *a.txt* is empty; choose another")
    st.write("after")
    frame.note([])
    frame.note(["One [thing](x).", "Another."])


def test_an_error_of_a_block_is_a_line_in_its_place():
    app = AppTest.from_function(block).run()
    assert not app.exception
    assert [element.value for element in app.markdown] == ["before", "after"]
    (error,), (note,) = app.error, app.info
    # As text, not as markup.
    assert error.value.replace("\\", "") == "The `file` *a.txt* is empty; choose another"
    assert "\\*a" in error.value and "\\`file" in error.value
    assert note.value.replace("\\", "") == "One [thing](x). Another."
