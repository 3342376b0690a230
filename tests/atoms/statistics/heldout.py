"""Held-out text with tags, and random codes of it with the dense matrix that they stand for."""

import numpy as np
import torch
from small import sentences

from itda_core.pursuit import SparseCode
from itda_core.text.corpus import Corpus, Document

N_ATOMS = 7


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


def random_code(n_tokens: int, seed: int = 0) -> tuple[SparseCode, np.ndarray]:
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
