"""The codes of many held-out tokens, as one sparse table, and what is known of those tokens."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy import sparse

from itda_core.models import ActivationBatch
from itda_core.pursuit import SparseCode
from itda_core.text.corpus import Corpus, Document, Prompt

MERGED_TAGS = ("refers",)
"""Tags whose value names somebody: kept without it, for there are hundreds of names."""


class Tokens(NamedTuple):
    """N tokens of a corpus in order, special ones left out, with the prompts they stand in."""

    prompts: list[Prompt]
    prompt: np.ndarray
    """(N,) int64: row in ``prompts``."""
    place: np.ndarray
    """(N,) int64: ordinal among the kept tokens of its prompt."""
    token_index: np.ndarray
    """(N,) int64: position in the tokenised prompt, special tokens counted."""
    char_start: np.ndarray
    char_end: np.ndarray
    """(N,) int64: the token is ``prompt.text[char_start:char_end]``."""
    text: np.ndarray
    """(N,) object: the token as it stands in the text."""
    tags: sparse.csr_array | None
    """(N, len(tag_names)) of ones; None for a corpus that knows nothing of its text."""
    tag_names: tuple[str, ...]


class Codes(NamedTuple):
    """M non-zero coefficients of N tokens, sorted by atom and then by token."""

    atom: np.ndarray
    """(M,) int64."""
    token: np.ndarray
    """(M,) int64: row of the token."""
    coefficient: np.ndarray
    """(M,) float32; an atom that a pursuit chose twice has the sum."""
    starts: np.ndarray
    """(n + 1,) int64: atom k has the rows ``starts[k]:starts[k + 1]``."""


class CodeCollector:
    """Gathers sparse codes, batch after batch."""

    def __init__(self, n_atoms: int):
        self._n_atoms = n_atoms
        self._n_tokens = 0
        self._parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def add(self, code: SparseCode) -> None:
        """Take the codes of the next tokens."""
        indices = code.indices.cpu().numpy()
        rows, steps = np.nonzero(indices >= 0)
        values = code.coefficients.cpu().numpy()[rows, steps]
        self._parts.append((indices[rows, steps], rows + self._n_tokens, values))
        self._n_tokens += len(indices)

    def finish(self) -> Codes:
        """Sort what was gathered, the two places of an atom chosen twice made one."""
        columns = zip(*self._parts, strict=True) if self._parts else ([], [], [])
        atoms, tokens, values = (np.concatenate(c) if c else np.empty(0) for c in columns)
        shape = (self._n_atoms, self._n_tokens)
        table = sparse.csr_array((values, (atoms.astype(int), tokens.astype(int))), shape=shape)
        table.sum_duplicates()
        table.eliminate_zeros()
        starts = table.indptr.astype(np.int64)
        return Codes(
            np.repeat(np.arange(self._n_atoms), np.diff(starts)),
            table.indices.astype(np.int64),
            table.data.astype(np.float32),
            starts,
        )


class TokenCollector:
    """Gathers what is known of the tokens of a corpus as their activations pass by."""

    def __init__(self, corpus: Corpus):
        self._documents: Iterator[tuple[int, Document]] = enumerate(corpus.documents())
        self._document: tuple[int, Document] | None = None
        self._prompts: list[Prompt] = []
        self._columns: dict[str, list[np.ndarray]] = {
            name: [] for name in ("prompt", "place", "token_index", "char_start", "char_end")
        }
        self._text: list[str] = []
        self._tags: list[tuple[int, int, str]] = []
        self.n = 0

    def add(self, batch: ActivationBatch, n: int) -> None:
        """Take the first ``n`` tokens of the next batch."""
        prompt = batch.prompt[:n].numpy()
        starts, ends = batch.char_start[:n].numpy(), batch.char_end[:n].numpy()
        edges = np.searchsorted(prompt, np.arange(len(batch.prompts) + 1) + batch.first_prompt)
        place = np.arange(n) - np.repeat(edges[:-1], np.diff(edges))
        columns = (prompt, place, batch.token_index[:n].numpy(), starts, ends)
        for column, values in zip(self._columns.values(), columns, strict=True):
            column.append(values)
        self._text.extend(batch.tokens[:n])
        for i, one in enumerate(batch.prompts):
            here = slice(edges[i], edges[i + 1])
            self._tag(one, starts[here], ends[here], batch.tokens[here], self.n + int(edges[i]))
        self._prompts.extend(batch.prompts)
        self.n += n

    def _tag(
        self, prompt: Prompt, starts: np.ndarray, ends: np.ndarray, texts: Sequence[str], first: int
    ) -> None:
        """Note which tokens each span of the prompt's document covers."""
        while self._document is None or self._document[0] < prompt.document:
            self._document = next(self._documents)
        if not self._document[1].spans or not len(starts):
            return
        # A token's own leading space belongs to no span.
        begin = [
            int(s) + len(t) - len(t.lstrip()) if t.strip() else int(s)
            for s, t in zip(starts, texts, strict=True)
        ]
        end = ends.tolist()
        for start, stop, tag in self._document[1].spans:
            low = bisect_right(end, start - prompt.start)
            high = bisect_left(begin, stop - prompt.start)
            if low < high:
                name, colon, _ = tag.partition(":")
                merged = name if colon and name in MERGED_TAGS else tag
                self._tags.append((first + low, first + high, merged))

    def finish(self) -> Tokens:
        """Return everything gathered."""
        columns = {
            name: np.concatenate(parts) if parts else np.empty(0, np.int64)
            for name, parts in self._columns.items()
        }
        names = tuple(sorted({tag for *_, tag in self._tags}))
        return Tokens(
            prompts=self._prompts,
            **columns,
            text=np.array(self._text, dtype=object),
            tags=self._tag_table(names) if names else None,
            tag_names=names,
        )

    def _tag_table(self, names: tuple[str, ...]) -> sparse.csr_array:
        column = {name: i for i, name in enumerate(names)}
        lengths = np.array([high - low for low, high, _ in self._tags])
        rows = np.concatenate([np.arange(low, high) for low, high, _ in self._tags])
        columns = np.repeat([column[tag] for *_, tag in self._tags], lengths)
        table = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(self.n, len(names)))
        table.sum_duplicates()
        table.data[:] = 1  # two spans of one tag may cover a token
        table.sort_indices()
        return table
