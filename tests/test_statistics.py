"""What atoms do on held-out text: against a dense second formula, and on awkward cases."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from appdata import add_dictionary, make_data
from small import sentences

from itda_core import Dictionary, InputError, Store, build_dictionary
from itda_core.cli import main
from itda_core.corpus import Corpus, Document, corpus_from_texts
from itda_core.models import load_model
from itda_core.pursuit import SparseCode
from itda_core.statistics.atoms import BINS, histograms, partners, tag_purity, token_purity, usage
from itda_core.statistics.codes import CodeCollector, TokenCollector
from itda_core.statistics.compute import compute_statistics
from itda_core.statistics.contexts import PER_RANGE, TOP, contexts
from itda_core.statistics.effects import logit_effects
from itda_core.statistics.files import _sums, load_numbers, load_statistics, save_statistics
from itda_core.statistics.layout import layout

N_ATOMS, N_TOKENS = 7, 60


def tagged_corpus() -> Corpus:
    """Sentences in which every `cat` and `dog` is known, and the whole text too."""

    def read():
        for i, text in enumerate(dict.fromkeys(sentences(40, seed=5))):
            spans = [(0, len(text), "kind:plain")]
            for word in ("cat", "dog"):
                at = text.find(word)
                if at >= 0:
                    spans.append((at, at + 3, "animal"))
                    spans.append((at, at + 3, f"refers:{word}"))
            yield Document(text, f"plain {i}", tuple(spans))

    return Corpus("tagged", read)


@pytest.fixture(scope="module")
def data(tmp_path_factory, tiny_causal) -> Path:
    return make_data(tmp_path_factory.mktemp("statistics"), tiny_causal)


@pytest.fixture(scope="module")
def model(data):
    return load_model(data / "models" / "tiny-causal", device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def dictionaries(data):
    return [Dictionary.load(data / "dictionaries" / f"tiny-l{layer}") for layer in (1, 2)]


@pytest.fixture(scope="module")
def computed(dictionaries, model):
    return compute_statistics(dictionaries, model, tagged_corpus(), max_tokens=300)


@pytest.fixture(scope="module")
def tokens(model):
    collector = TokenCollector(tagged_corpus())
    for batch in model.activations(tagged_corpus().prompts(model, 16), [0], max_length=16):
        collector.add(batch, len(batch.tokens))
    return collector.finish()


def random_code(n_tokens: int = N_TOKENS, seed: int = 0) -> tuple[SparseCode, np.ndarray]:
    """A code of four steps in which atoms recur, atom 6 never, and the dense matrix it stands for.

    Atom 5 is chosen twice by token 0, to opposite effect: it counts as not chosen.
    """
    g = torch.Generator().manual_seed(seed)
    indices = torch.randint(0, N_ATOMS - 1, (n_tokens, 4), generator=g)
    indices[torch.rand(n_tokens, 4, generator=g) < 0.3] = -1
    values = torch.randn(n_tokens, 4, generator=g).masked_fill(indices < 0, 0.0)
    indices[0], values[0] = torch.tensor([5, 5, 0, -1]), torch.tensor([1.5, -1.5, 2.0, 0.0])
    dense = np.zeros((n_tokens, N_ATOMS))
    for row, (where, c) in enumerate(zip(indices.tolist(), values.tolist(), strict=True)):
        for atom, value in zip(where, c, strict=True):
            if atom >= 0:
                dense[row, atom] += value
    return SparseCode(indices, values, torch.zeros(n_tokens, 4)), dense


@pytest.fixture(scope="module")
def coded(tokens):
    code, dense = random_code(len(tokens.prompt))
    collector = CodeCollector(N_ATOMS)
    for part in (slice(0, 25), slice(25, None)):
        collector.add(SparseCode(*(field[part] for field in code)))
    return collector.finish(), dense


def test_usage_is_that_of_the_dense_matrix(coded):
    codes, dense = coded
    table = usage(codes, len(dense))
    used = dense != 0
    assert (table["count"] == used.sum(0)).all() and table["density"][6] == 0
    assert np.allclose(table["density"], used.mean(0))
    assert np.allclose(table["max_coefficient"], dense.max(0).clip(0))
    assert np.allclose(table["min_coefficient"], dense.min(0).clip(None, 0))
    assert np.allclose(table["mean_coefficient"][:6], np.abs(dense).sum(0)[:6] / used.sum(0)[:6])
    assert np.allclose(table["positive"][:6], (dense > 0).sum(0)[:6] / used.sum(0)[:6])


def test_histograms_count_every_coefficient_once(coded):
    codes, dense = coded
    counts = histograms(codes)
    assert (counts.sum(1) == (dense != 0).sum(0)).all()
    for atom in range(6):
        values = dense[:, atom][dense[:, atom] != 0]
        largest = np.abs(values).max()
        again = np.histogram(values, bins=BINS, range=(-largest, largest))[0]
        assert np.abs(again - counts[atom]).sum() <= 2  # a value on an edge may fall either way


def test_partners_are_the_most_alike_by_jaccard(coded):
    codes, dense = coded
    atoms, indices = partners(codes, len(dense))
    used = dense != 0
    for atom in range(N_ATOMS):
        found = dict(zip(atoms[atom].tolist(), indices[atom].tolist(), strict=True))
        assert atom not in found
        for other in range(N_ATOMS):
            both = (used[:, atom] & used[:, other]).sum()
            if other != atom and both:
                either = (used[:, atom] | used[:, other]).sum()
                assert found[other] == pytest.approx(both / either)
        assert sorted(found.values(), reverse=True) == list(found.values())


def test_purity_is_that_of_the_dense_matrix(coded, tokens):
    codes, dense = coded
    names, shares, base = tag_purity(codes, tokens)
    tags = tokens.tags.toarray()
    positive = dense.clip(0)
    mass = positive / positive.sum(0).clip(1e-30)
    expected = mass.T @ tags
    for atom in range(6):
        winner = int(np.argmax(expected[atom] - tags.mean(0)))
        assert names[atom] == tokens.tag_names[winner]
        assert shares[atom] == pytest.approx(expected[atom, winner])
        assert base[atom] == pytest.approx(tags.mean(0)[winner])
    assert names[6] == "" and shares[6] == 0 == base[6]
    main, share = token_purity(codes, tokens)
    for atom in range(6):
        by_token: dict[str, float] = {}
        for text, m in zip(tokens.text, mass[:, atom], strict=True):
            by_token[text] = by_token.get(text, 0.0) + m
        assert share[atom] == pytest.approx(max(by_token.values()))
        assert by_token[main[atom]] == pytest.approx(share[atom])


def test_tags_cover_the_words_and_not_the_space_before(tokens):
    assert tokens.tag_names == ("animal", "kind:plain", "refers")
    tagged = tokens.tags.toarray()
    assert tagged[:, 1].all()
    assert (tagged[:, 0] == tagged[:, 2]).all()
    for row, text in enumerate(tokens.text):
        begin = tokens.char_start[row] + len(text) - len(text.lstrip())
        prompt = tokens.prompts[tokens.prompt[row]]
        around = prompt.text[max(0, begin - 2) : tokens.char_end[row] + 2]
        assert bool(tagged[row, 0]) == any(
            prompt.text.find(w) >= 0
            and begin < prompt.text.find(w) + 3
            and tokens.char_end[row] > prompt.text.find(w)
            for w in ("cat", "dog")
        ), (text, around)


def test_windows_of_one_document_keep_their_tags(model):
    long = " ".join(sentences(60, seed=2))
    at = long.index("dog", len(long) // 2)
    corpus = Corpus("one", lambda: iter([Document(long, "one", ((at, at + 3, "here"),))]))
    collector = TokenCollector(corpus)
    for batch in model.activations(corpus.prompts(model, 32), [0], max_length=32):
        collector.add(batch, len(batch.tokens))
    found = collector.finish()
    assert found.tags.shape[1] == 1 and len(found.prompts) > 3
    rows = found.tags.nonzero()[0]
    assert "".join(found.text[rows]).strip() == "dog"


def test_contexts_come_from_their_ranges(coded, tokens):
    codes, dense = coded
    table = contexts(codes, tokens)
    assert len(table) and set(table["atom"]) == set(range(6))
    prompts = [p.id for p in tokens.prompts]
    for atom, rows in table.groupby("atom"):
        assert rows["prompt_id"].is_unique  # an example says something new
        values = dense[:, atom]
        top = rows[rows["range"] == "top"]["coefficient"]
        assert len(top) <= TOP and top.iloc[0] == pytest.approx(values.max())
        assert (np.diff(top) <= 0).all()
        for name, low, high in (("high", 2 / 3, 1), ("middle", 1 / 3, 2 / 3), ("low", 0, 1 / 3)):
            c = rows[rows["range"] == name]["coefficient"] / values.max()
            assert len(c) <= PER_RANGE and ((c > low - 1e-6) & (c <= high + 1e-6)).all()
        assert (rows[rows["range"] == "negative"]["coefficient"] < 0).all()
        for row in rows.itertuples():
            here = tokens.prompt == prompts.index(row.prompt_id)
            token = np.flatnonzero(here & (tokens.place == row.place))[0]
            assert values[token] == pytest.approx(row.coefficient)
            assert tokens.token_index[token] == row.token_index
            names = [tokens.tag_names[i] for i in np.flatnonzero(tokens.tags[[token]].toarray()[0])]
            assert row.tags == " ".join(names)
            near = dict(zip(tokens.place[here], values[here], strict=True))
            near = {place: c for place, c in near.items() if c != 0}
            assert row.places.tolist() == list(near)
            assert np.allclose(row.coefficients, list(near.values()))
    assert contexts(codes, tokens).equals(table)  # drawn, and the same every time


@pytest.fixture
def one_thread():
    """Torch in one thread, as on a machine with one core."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_layout_keeps_neighbours_and_is_repeatable(one_thread):
    g = torch.Generator().manual_seed(0)
    centres = torch.nn.functional.normalize(torch.randn(3, 24, generator=g), dim=1)
    which = torch.arange(3).repeat(30)
    atoms = torch.nn.functional.normalize(
        centres[which] + 0.1 * torch.randn(90, 24, generator=g), dim=1
    )
    points = layout(atoms)
    assert torch.get_num_threads() == 1
    assert points.shape == (90, 2) and np.isfinite(points).all()
    assert (points == layout(atoms)).all()
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    assert (which.numpy()[distance.argmin(1)] == which.numpy()).mean() > 0.95
    assert layout(torch.eye(1, 4)).tolist() == [[0, 0]]
    assert np.isfinite(layout(torch.eye(4, 4)[:2])).all()  # too few for UMAP
    twins = layout(torch.cat([atoms[:30], atoms[:30]]))  # equal atoms
    assert np.isfinite(twins).all()


def test_logit_effects_are_the_models_own_head(model, dictionaries):
    atoms = dictionaries[1].atoms
    effects = logit_effects(model, atoms)
    # Second formula: patch the last block's output with the atom and with nothing.
    ids = torch.zeros(1, 1, dtype=torch.int64)
    last = model.n_layers - 1

    def logits(x: torch.Tensor) -> torch.Tensor:
        return model.forward_patched(ids, None, last, x.view(1, 1, -1))[0, 0]

    for i in (0, 3):
        found = logits(1e3 * atoms[i]) - logits(torch.zeros_like(atoms[i]))
        found = found - found.mean()
        assert found.topk(3).indices.tolist() == effects.top_ids[i, :3].tolist()
        assert torch.allclose(found.topk(3).values, effects.top_logits[i, :3], atol=1e-3)
        assert (-found).topk(3).indices.tolist() == effects.bottom_ids[i, :3].tolist()


def test_an_encoder_has_no_logits(minilm_path):
    encoder = load_model(minilm_path)
    with pytest.raises(InputError, match="is an encoder"):
        encoder.direct_logits(torch.ones(1, encoder.d_model))


def test_statistics_of_two_layers_at_once(computed, dictionaries, model):
    for found, dictionary in zip(computed, dictionaries, strict=True):
        assert found.head["tokens"] == 300 and found.head["tags"] == 3
        assert found.atoms["atom"].tolist() == list(range(dictionary.n_atoms))
        assert found.head["dictionary"] == dictionary.fingerprint
    (alone,) = compute_statistics(dictionaries[1:], model, tagged_corpus(), max_tokens=300)
    assert alone.atoms["count"].equals(computed[1].atoms["count"])
    # Second formula for the densities: evaluate's share of dead atoms.
    from itda_core.evaluation import evaluate

    (row,) = evaluate(dictionaries[1], model, tagged_corpus(), [6], ["mp"], max_tokens=300)
    assert row.dead == pytest.approx((alone.atoms["count"] == 0).mean())
    assert row.l0_mean == pytest.approx(alone.atoms["density"].sum(), rel=1e-5)


def test_saved_and_loaded(computed, data, dictionaries):
    folder = data / "dictionaries" / "tiny-l1"
    save_statistics(computed[0], folder)
    save_statistics(computed[0], folder)  # in the place of the older ones
    back = load_statistics(folder, dictionaries[0].fingerprint)
    assert back.atoms["count"].equals(computed[0].atoms["count"])
    assert np.allclose(back.atoms["x"], computed[0].atoms["x"], rtol=1e-3)
    assert back.contexts["prompt_id"].equals(computed[0].contexts["prompt_id"])
    for before, after in zip(computed[0].prompts["starts"], back.prompts["starts"], strict=True):
        assert (before == after).all()
    for before, after in zip(computed[0].prompts["ends"], back.prompts["ends"], strict=True):
        assert (before == after).all()
    assert not list(folder.glob("*.new")) and not list(folder.glob(".*"))
    store = Store(data, ":memory:")
    assert store.sync().broken == {}
    rows = {row.name: row for row in store.dictionaries()}
    assert rows["tiny-l1"].has_statistics and not rows["tiny-l2"].has_statistics
    table = store.atoms("tiny-l1")
    assert (table["count"] == computed[0].atoms["count"]).all()
    assert table["main_token"].tolist() == computed[0].atoms["token"].tolist()
    assert all(t[s:e] for t, s, e in zip(table.text, table.char_start, table.char_end, strict=True))
    assert store.atoms("tiny-l2")["count"].isna().all()
    store.close()


def test_some_numbers_are_read_without_the_rest(computed, data, dictionaries):
    folder = data / "dictionaries" / "tiny-l1"
    fingerprint = dictionaries[0].fingerprint
    save_statistics(computed[0], folder)
    columns = ["density", "atom", "x", "no such column"]
    few = load_numbers(folder, fingerprint, columns)
    whole = load_statistics(folder, fingerprint).atoms
    pd.testing.assert_frame_equal(few, whole[["density", "atom", "x"]])
    assert load_numbers(data / "dictionaries", fingerprint, columns) is None
    with pytest.raises(InputError, match="of another dictionary"):
        load_numbers(folder, "x", columns)
    with (folder / "statistics" / "contexts.parquet").open("ab") as file:
        file.write(b"!")
    with pytest.raises(InputError, match=r"contexts\.parquet is not what was written"):
        load_numbers(folder, fingerprint, columns)


@pytest.mark.parametrize(
    "lengths", [[3, 0, 2, 1], [0, 4, 0], [0, 0], [5], []], ids=lambda lengths: str(lengths)
)
def test_running_sums_of_rows_are_those_of_each(lengths):
    rng = np.random.default_rng(0)
    rows = pd.Series([rng.integers(-9, 9, n).astype(np.int16) for n in lengths], dtype=object)
    found = _sums(rows)
    assert len(found) == len(rows)
    for row, sums in zip(rows, found, strict=True):
        np.testing.assert_array_equal(sums, np.cumsum(row))
        assert sums.dtype == np.int16


def test_statistics_that_do_not_fit_are_named_and_lose_nothing(computed, data, tmp_path, model):
    folder = add_dictionary(data, "tiny-other", 1, texts=20)
    place = save_statistics(computed[0], folder)  # of tiny-l1
    with pytest.raises(InputError, match="of another dictionary"):
        load_statistics(folder, Dictionary.load(folder).fingerprint)
    store = Store(data, ":memory:")
    store.sync()
    row = next(r for r in store.dictionaries() if r.name == "tiny-other")
    assert not row.has_statistics and "compute them again" in row.note and "\n" not in row.note
    (place / "atoms.parquet").write_bytes(b"nonsense")
    with pytest.raises(InputError, match="sha256 differs"):
        load_statistics(folder)
    (place / "statistics.json").write_text("{")
    with pytest.raises(InputError, match="is damaged"):
        load_statistics(folder)
    store.sync()
    assert len(store.dictionaries()) == 3
    store.close()
    assert load_statistics(tmp_path) is None


def test_bad_input_is_one_line(dictionaries, model):
    corpus = corpus_from_texts(sentences(3), "three")
    with pytest.raises(InputError, match="max_tokens is 0"):
        compute_statistics(dictionaries, model, corpus, max_tokens=0)
    with pytest.raises(InputError, match="no dictionary given"):
        compute_statistics([], model, corpus)
    bare = build_dictionary(torch.eye(4, 32), tau=0.1, l0=2)
    with pytest.raises(InputError, match="does not say which model"):
        compute_statistics([bare], model, corpus)


def test_the_commands(data, capsys):
    folders = [str(data / "dictionaries" / f"tiny-l{layer}") for layer in (1, 2)]
    assert main(["statistics", "--dictionary", *folders, "--corpus", "tinyworld:9:30",
                 "--max-tokens", "500", "--json"]) == 0  # fmt: skip
    made = json.loads(capsys.readouterr().out)["statistics"]
    assert [one["layer"] for one in made] == [1, 2] and made[0]["tags"] > 20
    assert main(["atoms", "--dictionary", folders[0], "--random", "3", "--json"]) == 0
    atoms = json.loads(capsys.readouterr().out)["atoms"]
    assert len(atoms) == 3 and all("[" in one["label"] for one in atoms)
    assert main(["atoms", "--dictionary", folders[0], "--atom", "0,1"]) == 0
    assert "atom 1 · sentences" in capsys.readouterr().out
    for arguments, expected in (
        (["--random", "0"], "expected 1 to"),
        (["--atom", "100000"], "there is no atom 100000"),
        ([], "give either --atom"),
    ):
        assert main(["atoms", "--dictionary", folders[0], *arguments]) == 2
        error = capsys.readouterr().err
        assert expected in error and error.count("\n") == 1
