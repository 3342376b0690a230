"""What the tabs compute is kept, and found again by what it depends on and nothing else."""

import pytest
import streamlit as st
from appdata import PROMPT
from explorepage import picked_of
from openpage import open_page

from itda_core.prompt.intervention import Edit, Intervention
from pages.explore import results
from pages.explore.picked_token import PickedToken

EDITED = Intervention((Edit(1, 0.0),))


@pytest.fixture
def picked(data) -> PickedToken:
    st.cache_resource.clear()
    return picked_of(open_page(dictionary="tiny-l1", l0="6", prompt=PROMPT, token="3"))


def again(picked: PickedToken, **changes) -> PickedToken:
    """The same in another session: equal, and not the same object."""
    return picked._replace(**changes)


CALLS = {
    "steps": lambda picked: results.steps(picked),
    "reconstructed": lambda picked: results.reconstructed(picked, everywhere=True),
    "effect": lambda picked: results.effect(picked, EDITED),
    "continuations": lambda picked: results.continuations(picked, EDITED, 2, 0.0, 0),
    "atoms": lambda picked: results.atoms(picked),
    "layers": lambda picked: results.layers(picked, picked.heads),
}


@pytest.mark.parametrize("name", CALLS)
def test_an_answer_is_kept(picked, name):
    assert CALLS[name](picked) is CALLS[name](again(picked))


@pytest.mark.parametrize("name", CALLS)
def test_another_l0_is_another_question(picked, name):
    """Whatever arrays are at hand: what counts is what the view says."""
    assert CALLS[name](picked) is not CALLS[name](again(picked, l0=5))


@pytest.mark.parametrize("name", CALLS)
def test_another_token_is_another_question_where_it_matters(picked, name):
    of_prompt = name in ("atoms", "layers")
    assert (CALLS[name](picked) is CALLS[name](again(picked, token=4))) == of_prompt


@pytest.mark.parametrize("name", CALLS)
def test_another_dictionary_is_another_question_where_it_matters(picked, name):
    (other,) = (head for head in picked.heads if head.name != picked.head.name)
    of_all_layers = name == "layers"
    assert (CALLS[name](picked) is CALLS[name](again(picked, head=other))) == of_all_layers


def test_other_arguments_count_too(picked):
    assert results.reconstructed(picked, True) is not results.reconstructed(picked, False)
    dropped = Intervention(EDITED.edits, keeps_error=False)
    assert results.effect(picked, EDITED) is not results.effect(picked, dropped)
    sampled = results.continuations(picked, EDITED, 2, 1.0, 0)
    assert sampled is not results.continuations(picked, EDITED, 2, 1.0, 1)
    assert results.layers(picked, picked.heads) is not results.layers(picked, picked.heads[:1])
