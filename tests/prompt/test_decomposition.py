"""What a decomposition says of its tokens, on codes written by hand and on a real prompt."""

import math

import pytest
import torch
from appdata import PROMPT, make_data

from itda_core import Dictionary, SparseCode, decode, load_model
from itda_core.construction import Builder
from itda_core.models import TokenizedPrompt
from itda_core.prompt.decomposition import (
    ROW_COLUMNS,
    Decomposition,
    TokenAtom,
    cite,
    coded_tokens,
    decompose,
)


@pytest.fixture
def by_hand():
    """Three tokens with |x|^2 of 4, 0 and 9; the last is special."""
    code = SparseCode(
        indices=torch.tensor([[7, 2, 7, 5], [-1, -1, -1, -1], [-1, -1, -1, -1]]),
        coefficients=torch.tensor([[1.0, -2.0, 0.5, 1.5], [0, 0, 0, 0], [0, 0, 0, 0]]),
        residual_energy=torch.tensor([[3.0, 2.0, 1.75, 1.0], [0, 0, 0, 0], [0, 0, 0, 0]]),
    )
    return Decomposition(
        prompt="a b",
        tokens=TokenizedPrompt([5, 6, 0], ["a", " b", "<e>"], [0, 1, 3], [1, 3, 3], [0, 0, 1]),
        coded=torch.tensor([True, True, False]),
        code=code,
        energy=torch.tensor([4.0, 0.0, 0.0]),
        loss=torch.tensor([0.25, 0.0, torch.nan]),
        loss_as_built=torch.tensor([0.3, 0.0, torch.nan]),
        novel=torch.tensor([True, False, False]),
        as_built="L0 3, matching pursuit",
        tau=0.2,
        loss_name="relative",
        truncated=False,
    )


def test_an_atom_chosen_twice_is_one_of_the_token(by_hand):
    assert by_hand.atoms_of(0) == [
        TokenAtom(atom=2, coefficient=-2.0, share=0.25, first_step=1),
        TokenAtom(atom=7, coefficient=1.5, share=0.3125, first_step=0),  # before 5: chosen first
        TokenAtom(atom=5, coefficient=1.5, share=0.1875, first_step=3),
    ]
    assert by_hand.atoms_of(1) == by_hand.atoms_of(2) == []


def test_the_facts_of_each_token(by_hand):
    a, b, end = by_hand.facts()
    assert a == (0, 5, "a", 2.0, 0.25, pytest.approx(0.3), True, 0.75)
    assert b == (1, 6, " b", 0.0, 0.0, 0.0, False, 1.0)  # nothing of a zero is left unexplained
    assert end[:4] == (2, 0, "<e>", 0.0) and not end.novel
    assert math.isnan(end.loss) and math.isnan(end.explained)


def test_special_tokens_are_coded_only_where_they_were_kept(by_hand):
    class Kept:
        special_tokens = "kept"

    class Skipped:
        special_tokens = "skipped"

    assert coded_tokens(by_hand.tokens, Skipped).tolist() == [True, True, False]
    assert coded_tokens(by_hand.tokens, Kept).tolist() == [True, True, True]
    nothing = TokenizedPrompt([], [], [], [], [])
    assert coded_tokens(nothing, Kept).shape == coded_tokens(nothing, Skipped).shape == (0,)


@pytest.fixture(scope="module")
def real(tmp_path_factory, tiny_causal):
    folder = make_data(tmp_path_factory.mktemp("decomposition"), tiny_causal, layers=(1,))
    model = load_model(folder / "models" / "tiny-causal", dtype="float32")
    dictionary = Dictionary.load(folder / "dictionaries" / "tiny-l1")
    return model, dictionary, decompose(model, dictionary, PROMPT)


def test_the_atoms_of_a_token_are_its_code(real):
    _, dictionary, prompt = real
    x_hat = decode(prompt.code, dictionary.atoms)
    for token in range(len(prompt.tokens.ids)):
        atoms = prompt.atoms_of(token)
        assert len({term.atom for term in atoms}) == len(atoms)
        sizes = [abs(term.coefficient) for term in atoms]
        assert sizes == sorted(sizes, reverse=True)
        total = sum(term.coefficient * dictionary.atoms[term.atom] for term in atoms)
        torch.testing.assert_close(total, x_hat[token], atol=1e-4, rtol=1e-4)
        explained = float(prompt.explained[token])
        assert sum(term.share for term in atoms) == pytest.approx(explained, abs=1e-4)


FOREIGN = "The old dog follows the teacher near the cat 12345 zzzz"


@pytest.mark.parametrize(("l0", "method"), [(None, "mp"), (1, "mp"), (40, "mp"), (6, "omp")])
def test_novel_is_what_the_build_would_have_taken_whatever_is_shown(real, l0, method):
    model, dictionary, _ = real
    built_l0, tau = dictionary.recipe.l0, dictionary.recipe.tau
    prompt = decompose(model, dictionary, FOREIGN, l0, method)
    x = model.read(FOREIGN, [1]).x[1]
    entered = enters(dictionary, x)
    assert prompt.novel.tolist() == entered and 0 < sum(entered) < len(entered)
    loss = dictionary.encode(x, built_l0, "mp").residual_energy[:, -1] / x.square().sum(1)
    torch.testing.assert_close(prompt.loss_as_built, loss)
    same = (l0, method) == (None, "mp")
    assert torch.equal(prompt.loss, prompt.loss_as_built) == same
    assert prompt.as_built == ("" if same else f"L0 {built_l0}, matching pursuit")
    # The codes shown would have said something else of some token.
    assert same or (prompt.loss > tau).tolist() != entered


def enters(dictionary: Dictionary, x: torch.Tensor) -> list[bool]:
    """Whether each of ``x`` (N, d), were it the next activation of the build, would be an atom."""
    entered = []
    for row in x:
        builder = Builder(dictionary.d_model, dictionary.recipe.tau, dictionary.recipe.l0)
        builder._engine.seed(dictionary.atoms)
        entered.append(bool(builder.add(row[None])))
    return entered


def test_rows_are_facts_and_citations(real):
    _, dictionary, prompt = real
    rows = prompt.rows(dictionary)
    assert list(rows.columns) == ROW_COLUMNS and ROW_COLUMNS[:2] == ["token_index", "token_id"]
    facts = prompt.facts()
    for (token, group), one in zip(rows.groupby("token_index"), facts, strict=True):
        citations = cite(prompt, dictionary, token)
        assert [c[:4] for c in citations] == prompt.atoms_of(token)
        assert group["atom"].tolist() == [c.atom for c in citations]
        assert group["atom_token"].tolist() == [c.token for c in citations]
        assert (group["norm"] == one.norm).all() and (group["novel"] == one.novel).all()
        assert (group["token"] == prompt.tokens.tokens[token]).all()


def test_a_text_of_special_tokens_has_no_rows(real):
    model, dictionary, _ = real
    prompt = decompose(model, dictionary, "<|endoftext|>")
    rows = prompt.rows(dictionary)
    assert len(rows) == 0 and list(rows.columns) == ROW_COLUMNS
    assert prompt.coded.tolist() == [False] and prompt.norms.tolist() == [0.0]
