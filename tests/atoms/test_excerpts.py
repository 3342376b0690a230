"""A token in a few words of text, and tokens whose spaces must be seen."""

import pandas as pd
import pytest

from itda_core.atoms.excerpts import (
    Excerpt,
    excerpt,
    excerpt_lines,
    excerpts,
    visible_token,
    word_start,
)


def line(text: str, start: int, end: int) -> str:
    """The line of a table with one atom."""
    (one,) = excerpt_lines(pd.DataFrame({"text": [text], "char_start": start, "char_end": end}))
    return one


def test_an_excerpt_marks_the_token_on_one_line():
    assert line("The KITE fell\ninto the sea.", 3, 8) == "The [KITE] fell ↵ into the sea."
    long = "x" * 100 + " kite" + "y" * 100
    assert line(long, 100, 105).startswith("… x") and "[kite]y" in line(long, 100, 105)
    assert line(long, 100, 105).endswith("y …")
    assert "\n" not in line("a\n\nb", 1, 3)


def test_an_excerpt_is_cut_from_the_text():
    text = "The KITE fell\ninto the sea."
    assert word_start(text, 3, 8) == 4 and word_start(text, 3, 4) == 3
    found = excerpt(text, 4, 8, (2, 6))
    assert found == ("e ", "KITE", " fell\n") and str(found) == "e [KITE] fell"
    assert found.with_line_ends("↵").in_brackets() == "e [KITE] fell↵"
    assert excerpt(text, 4, 8, (2, 6), ellipsis=True) == ("… e ", "KITE", " fell\n …")
    assert str(Excerpt("", "", "")) == ""


def test_excerpts_are_where_the_label_says(dictionaries):
    dictionary = dictionaries[0]
    atoms = [0, dictionary.n_atoms - 1]
    texts = dict(zip(dictionary.prompts["prompt_id"], dictionary.prompts["text"], strict=True))
    for atom, found in zip(atoms, excerpts(dictionary, atoms, 400, 400), strict=True):
        label = dictionary.labels.iloc[atom]
        assert found.word == label["token"].strip()
        assert found.before + found.word + found.after == texts[label["prompt_id"]]
        assert f"[{found.word}]" in str(found)


@pytest.mark.parametrize(
    ("token", "shown"), [(" kite", "kite"), ("\n", "↵"), ("\t\n", "⇥↵"), ("  ", "·"), (" 🪁", "🪁")]
)
def test_visible_tokens(token, shown):
    assert visible_token(token) == shown
    assert visible_token(" \t ", tab="\t", spaces=" ", empty="") == "\t"
    assert visible_token(" ", empty="") == ""
