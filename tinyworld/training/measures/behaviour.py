"""Small tests of what a TinyWorld model has learned, each with the accuracy of guessing.

All of them run on held-out documents, by one forward pass each: what the model would say at a
position is the token of highest probability there, given the true text before it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from tinyworld.text.generate import VALIDATION_SEED, documents
from tinyworld.text.kinds.knowledge.facts import COUNTRY_FACTS
from tinyworld.text.lexicon.world import COUNTRIES
from tinyworld.text.spans import WorldDocument


class BehaviourResult(NamedTuple):
    """One behaviour test."""

    name: str
    accuracy: float
    """Share of right answers, from 0 to 1."""
    chance: float
    """The same for guessing: blindly, or always the most frequent answer where that is better."""
    cases: int
    what: str
    """What was asked."""


class Reading(NamedTuple):
    """A document as the model reads it."""

    document: WorldDocument
    ids: np.ndarray
    """Token ids with the end-of-text token first, (n,)."""
    token_at: dict[int, int]
    """Position in ``ids`` of the token that covers a character."""
    scores: np.ndarray
    """Logits that predict the token at each position, (n, vocabulary); row 0 is unused."""

    def says(self, at: int) -> int:
        """Return the token that the model expects at a position."""
        return int(self.scores[at].argmax())


def read(model: Any, tokenizer: Any, stream: Iterator[WorldDocument]) -> Iterator[Reading]:
    """Run the model over documents, each cut off where the context ends."""
    import torch

    device = next(model.parameters()).device
    for d in stream:
        coded = tokenizer(
            d.text,
            add_special_tokens=False,
            return_offsets_mapping=True,
            truncation=True,
            max_length=model.config.max_position_embeddings - 1,
        )
        ids = [tokenizer.eos_token_id, *coded["input_ids"]]
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([ids], device=device)).logits[0].float().cpu()
        scores = np.full((len(ids), logits.shape[1]), -np.inf, dtype=np.float32)
        scores[1:] = logits[:-1].numpy()
        token_at = {
            c: i + 1 for i, (s, e) in enumerate(coded["offset_mapping"]) for c in range(s, e)
        }
        yield Reading(d, np.asarray(ids), token_at, scores)


def _mean(values: Sequence[float]) -> float:
    """Return the mean, or 0 where there was no case."""
    return sum(values) / len(values) if values else 0.0


def _kinds(names: tuple[str, ...], n: int) -> Iterator[WorldDocument]:
    for name in names:
        yield from documents(VALIDATION_SEED, n, start=50_000, kind=name)


def closing_quotes(model: Any, tokenizer: Any, n: int) -> BehaviourResult:
    """After a mark inside a quotation the quote closes; after one outside, it does not."""
    quote = tokenizer.convert_tokens_to_ids('"')
    right: dict[bool, list[bool]] = {True: [], False: []}
    for r in read(model, tokenizer, _kinds(("dialogue", "story_belonging", "fable"), n)):
        quotes = [s for s in r.document.spans if s.tag == "quote"]
        for span in quotes:
            if span.end in r.token_at:
                right[True].append(r.says(r.token_at[span.end]) == quote)
        for span in r.document.spans:
            inside = any(q.start <= span.start < q.end for q in quotes)
            if span.tag == "sentence_end" and not inside and span.end in r.token_at:
                right[False].append(r.says(r.token_at[span.end]) != quote)
    share = _mean([_mean(right[True]), _mean(right[False])])
    return BehaviourResult(
        "closing quotes",
        share,
        0.5,
        len(right[True]) + len(right[False]),
        "does the quotation close here? mean of the two accuracies, yes and no",
    )


def closing_brackets(model: Any, tokenizer: Any, n: int) -> BehaviourResult:
    """Where a bracket closes in code, is it the right one of the three?"""
    marks = {m: tokenizer.convert_tokens_to_ids(m) for m in ")]}"}
    right: dict[str, list[bool]] = defaultdict(list)
    for r in read(model, tokenizer, _kinds(("python", "settings"), n)):
        for at, mark in enumerate(r.document.text):
            token = r.token_at.get(at)
            if mark in marks and token and r.ids[token] == marks[mark]:
                best = max(marks, key=lambda m: r.scores[token][marks[m]])
                right[mark].append(best == mark)
    share = _mean([_mean(v) for v in right.values()])
    return BehaviourResult(
        "closing brackets",
        share,
        1 / 3,
        sum(map(len, right.values())),
        "which of ) ] } closes here, mean over the three",
    )


def closing_tags(model: Any, tokenizer: Any, n: int) -> BehaviourResult:
    """After ``</``, is the element that was opened last named?"""
    right: list[bool] = []
    names: Counter[int] = Counter()
    for r in read(model, tokenizer, _kinds(("html",), n)):
        text, at = r.document.text, r.document.text.find("</")
        while at >= 0:
            token = r.token_at.get(at + 2)
            if token:
                names[int(r.ids[token])] += 1
                right.append(r.says(token) == r.ids[token])
            at = text.find("</", at + 1)
    return BehaviourResult(
        "closing HTML elements",
        _mean(right),
        _top_share(names),
        len(right),
        "the name after </, guessing the most frequent one",
    )


def _top_share(counts: Counter[int]) -> float:
    return max(counts.values()) / sum(counts.values()) if counts else 0.0


def pronouns(model: Any, tokenizer: Any, n: int) -> BehaviourResult:
    """Is the pronoun of the right gender more probable than the other?"""
    pairs = {"she": "he", "he": "she", "her": "his", "his": "her"}
    right: dict[str, list[bool]] = defaultdict(list)
    for r in read(model, tokenizer, _kinds(("biography", "story_visit", "story_journey"), n)):
        spans = r.document.spans
        genders = {(s.start, s.end): s.tag[-1] for s in spans if s.tag in ("gender:f", "gender:m")}
        seen: set[str] = set()
        for s in spans:
            word = r.document.text[s.start : s.end]
            if s.tag.startswith("refers:") and word.lower() in pairs and s.start in r.token_at:
                other = pairs[word.lower()]
                other = other.capitalize() if word[0].isupper() else other
                token = r.token_at[s.start]
                space = " " if s.start and r.document.text[s.start - 1] == " " else ""
                a, b = (tokenizer.convert_tokens_to_ids(_byte(space + w)) for w in (word, other))
                if b is not None and r.ids[token] == a and s.tag in seen:
                    right[genders[s.start, s.end]].append(
                        bool(r.scores[token][a] > r.scores[token][b])
                    )
            if s.tag.startswith("refers:"):
                seen.add(s.tag)
    share = _mean([_mean(v) for v in right.values()])
    return BehaviourResult(
        "pronoun gender",
        share,
        0.5,
        sum(map(len, right.values())),
        "she or he, her or his: the right one is the more probable, mean of both genders",
    )


def _byte(word: str) -> str:
    """Write an ASCII word as the byte-level tokenizer spells it."""
    return word.replace(" ", "Ġ")


def facts(model: Any, tokenizer: Any, n: int) -> list[BehaviourResult]:
    """Ask for every fact of up to ``n`` countries; the candidates are those of all countries."""
    import torch
    import torch.nn.functional as F

    outcomes = []
    for ask, answer, field in COUNTRY_FACTS:
        values = sorted({getattr(c, field) for c in COUNTRIES})
        right, asked = 0, COUNTRIES[:n]
        for country in asked:
            stem = answer.replace("{c}", country.name).split("{x}")[0].rstrip()
            prompt = f"Q: {ask.replace('{c}', country.name)}\nA: {stem}"
            head = [
                tokenizer.eos_token_id,
                *tokenizer(prompt, add_special_tokens=False)["input_ids"],
            ]
            tails = [tokenizer(f" {v}.", add_special_tokens=False)["input_ids"] for v in values]
            longest = max(map(len, tails))
            rows = [head + t + [tokenizer.pad_token_id] * (longest - len(t)) for t in tails]
            device = next(model.parameters()).device
            with torch.no_grad():
                logits = model(input_ids=torch.tensor(rows, device=device)).logits.float().cpu()
            logs = F.log_softmax(logits[:, len(head) - 1 : -1], dim=-1)
            totals = [
                sum(float(logs[i, j, t]) for j, t in enumerate(tail))
                for i, tail in enumerate(tails)
            ]
            right += values[int(np.argmax(totals))] == getattr(country, field)
        outcomes.append(
            BehaviourResult(
                f"fact: {field}",
                right / len(asked),
                1 / len(values),
                len(asked),
                f"{ask} best of {len(values)} candidates",
            )
        )
    return outcomes


def sums(model: Any, tokenizer: Any, n: int) -> list[BehaviourResult]:
    """Is every token of a result, and the end of it, what the model would write?"""
    right: dict[str, list[bool]] = defaultdict(list)
    results: dict[str, Counter[int]] = defaultdict(Counter)
    for r in read(model, tokenizer, _kinds(("arithmetic",), n)):
        text = r.document.text
        op = ""
        for s in r.document.spans:
            if s.tag.startswith("op:") and s.tag != "op:equals":
                op = s.tag[3:]
            if s.tag != "result" or not text[s.start].isdigit() or s.end not in r.token_at:
                continue
            tokens = range(r.token_at[s.start], r.token_at[s.end])
            right[op].append(all(r.says(t) == r.ids[t] for t in tokens))
            results[op][int(text[s.start : s.end])] += 1
    return [
        BehaviourResult(
            f"sum: {op}",
            _mean(right[op]),
            _top_share(results[op]),
            len(right[op]),
            "the number after the equals sign, guessing the most frequent one",
        )
        for op in sorted(right)
    ]


def all_tests(model: Any, tokenizer: Any, n: int = 60) -> list[BehaviourResult]:
    """Run every test on ``n`` held-out documents of each kind it needs."""
    model.eval()
    return [
        closing_quotes(model, tokenizer, n),
        closing_brackets(model, tokenizer, n),
        closing_tags(model, tokenizer, n),
        pronouns(model, tokenizer, n),
        *facts(model, tokenizer, n),
        *sums(model, tokenizer, 2 * n),
    ]
