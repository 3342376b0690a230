"""Statistics of dictionaries of one model, from one pass over held-out text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from itda_core.atoms.statistics.atoms import histograms, partners, tag_purity, token_purity, usage
from itda_core.atoms.statistics.codes import CodeCollector, Codes, TokenCollector, Tokens
from itda_core.atoms.statistics.contexts import contexts
from itda_core.atoms.statistics.effects import logit_effects
from itda_core.atoms.statistics.files import Statistics
from itda_core.atoms.statistics.layout import layout
from itda_core.dictionary import Dictionary
from itda_core.errors import InputError
from itda_core.models import LanguageModel
from itda_core.models.of_dictionary import check_fits
from itda_core.text.corpus import Corpus, no_tokens

if TYPE_CHECKING:
    import pandas as pd

MAX_TOKENS = 100_000
"""Held-out tokens read, unless told otherwise."""
HARVEST_SHARE = 0.7
"""Of the work; the rest is tables and the map."""


class StatisticsProgress(NamedTuple):
    """How far it is."""

    done: float
    """Share of the work, in [0, 1]."""
    doing: str
    """Such as "coding held-out text"."""


def compute_statistics(
    dictionaries: Sequence[Dictionary],
    model: LanguageModel,
    corpus: Corpus,
    *,
    max_tokens: int = MAX_TOKENS,
    progress: Callable[[StatisticsProgress], None] = lambda _: None,
) -> list[Statistics]:
    """Code the first ``max_tokens`` of ``corpus`` with each dictionary and say what its atoms do.

    One pass of the model serves all of the dictionaries, which must agree in the length of their
    prompts and the handling of special tokens. Held-out text is the caller's business. Tags are
    those of the corpus, if it has any; logit effects are for causal models only.

    Raises:
        InputError: a dictionary that is not of this model, one without atoms, dictionaries that
            disagree, a corpus without tokens.
    """
    _check(dictionaries, model, max_tokens)
    first = dictionaries[0].recipe
    length = first.sequence_length or 128
    collectors = [CodeCollector(d.n_atoms) for d in dictionaries]
    token_collector = TokenCollector(corpus)
    for batch in model.activations(
        corpus.prompts(model, length, max_tokens),
        [d.recipe.layer or 0 for d in dictionaries],
        max_length=length,
        skip_special=first.special_tokens != "kept",
    ):
        n = min(len(batch.tokens), max_tokens - token_collector.n)
        for dictionary, collector in zip(dictionaries, collectors, strict=True):
            x = batch.x[dictionary.recipe.layer or 0][:n]
            collector.add(dictionary.encode(x.to(model.coding_device)))
        token_collector.add(batch, n)
        done = HARVEST_SHARE * token_collector.n / max_tokens
        progress(StatisticsProgress(done, "coding held-out text"))
    if token_collector.n == 0:
        raise no_tokens(corpus, model.id)
    tokens = token_collector.finish()
    results = []
    for i, (dictionary, collector) in enumerate(zip(dictionaries, collectors, strict=True)):
        share = HARVEST_SHARE + (1 - HARVEST_SHARE) * i / len(dictionaries)
        progress(StatisticsProgress(share, f"tables and map of layer {dictionary.recipe.layer}"))
        results.append(_summarise(dictionary, model, corpus, tokens, collector.finish()))
    progress(StatisticsProgress(1.0, "done"))
    return results


def _check(dictionaries: Sequence[Dictionary], model: LanguageModel, max_tokens: int) -> None:
    if not dictionaries:
        raise InputError("no dictionary given; give at least one")
    if max_tokens < 1:
        raise InputError(f"max_tokens is {max_tokens}; expected at least 1")
    for d in dictionaries:
        check_fits(model, d)
        if d.n_atoms == 0:
            raise InputError(f"dictionary {d.name!r} has no atoms; build it with a smaller tau")
    kinds = {(d.recipe.sequence_length, d.recipe.special_tokens) for d in dictionaries}
    if len(kinds) > 1:
        raise InputError(
            "the dictionaries differ in sequence length or special tokens; do one after the other"
        )


def _summarise(
    dictionary: Dictionary, model: LanguageModel, corpus: Corpus, tokens: Tokens, codes: Codes
) -> Statistics:
    n_tokens = len(tokens.prompt)
    atoms = usage(codes, n_tokens)
    atoms["token"], atoms["token_share"] = token_purity(codes, tokens)
    if tokens.tags is not None:
        atoms["tag"], atoms["tag_share"], atoms["tag_base"] = tag_purity(codes, tokens)
    atoms["x"], atoms["y"] = layout(dictionary.atoms).T
    atoms["histogram"] = list(histograms(codes).astype(np.int32))
    atoms["partners"], atoms["partner_jaccard"] = partners(codes, n_tokens)
    if model.predicts:
        _add_effects(atoms, model, dictionary)
    examples = contexts(codes, tokens)
    recipe = dictionary.recipe
    head = {
        "dictionary": dictionary.fingerprint,
        "model_id": recipe.model_id,
        "weights_hash": model.weights_hash,
        "layer": recipe.layer,
        "n_atoms": dictionary.n_atoms,
        "l0": recipe.l0,
        "pursuit": recipe.pursuit,
        "corpus_name": corpus.name,
        "corpus_hash": corpus.content_hash(),
        "tokens": n_tokens,
        "prompts": len(tokens.prompts),
        "tags": len(tokens.tag_names),
    }
    return Statistics(head, atoms, examples, _prompts(tokens, set(examples["prompt_id"])))


def _add_effects(atoms: pd.DataFrame, model: LanguageModel, dictionary: Dictionary) -> None:
    effects = logit_effects(model, dictionary.atoms)
    for side, ids, values in (
        ("top", effects.top_ids, effects.top_logits),
        ("bottom", effects.bottom_ids, effects.bottom_logits),
    ):
        atoms[f"{side}_tokens"] = [_texts(model, row) for row in ids.tolist()]
        atoms[f"{side}_logits"] = list(values.numpy())


def _texts(model: LanguageModel, ids: list[int]) -> list[str]:
    """Tokens as they would stand in a text."""
    return [str(model.tokenizer.decode([i])) for i in ids]


def _prompts(tokens: Tokens, ids: set[str]) -> pd.DataFrame:
    """The prompts that contexts name, with the places of their kept tokens."""
    import pandas as pd

    edges = np.searchsorted(tokens.prompt, np.arange(len(tokens.prompts) + 1))
    rows: dict[str, dict[str, Any]] = {}
    for i, prompt in enumerate(tokens.prompts):
        if prompt.id in ids and prompt.id not in rows:
            here = slice(edges[i], edges[i + 1])
            rows[prompt.id] = {
                "prompt_id": prompt.id,
                "text": prompt.text,
                "source": prompt.source,
                "starts": tokens.char_start[here].astype(np.int32),
                "ends": tokens.char_end[here].astype(np.int32),
            }
    columns = ["prompt_id", "text", "source", "starts", "ends"]  # also where no atom was used
    return pd.DataFrame(list(rows.values()), columns=columns)
