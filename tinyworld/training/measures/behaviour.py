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
from tinyworld.text.spans import Span, WorldDocument
from tinyworld.training.measures.reading import Reading, read_documents

FIRST_DOCUMENT = 50_000
"""Number of the first held-out document; those before it measure the validation loss."""
_OTHER_GENDER = {"she": "he", "he": "she", "her": "his", "his": "her"}


class BehaviourResult(NamedTuple):
    """What one behaviour test gave."""

    name: str
    accuracy: float
    """Share of right answers, from 0 to 1."""
    chance: float
    """The same for guessing: blindly, or always the most frequent answer where that is better."""
    cases: int
    what: str
    """What the model had to tell."""


def _mean(values: Sequence[float]) -> float:
    """Return the mean, or 0 where there was no case."""
    return sum(values) / len(values) if values else 0.0


def _top_share(counts: Counter[int]) -> float:
    """Return the share of the most frequent value, or 0 where there was no case."""
    return max(counts.values()) / sum(counts.values()) if counts else 0.0


def _held_out(kinds: tuple[str, ...], n: int) -> Iterator[WorldDocument]:
    """Yield ``n`` documents of each kind."""
    for kind in kinds:
        yield from documents(VALIDATION_SEED, n, start=FIRST_DOCUMENT, kind=kind)


def closing_quotes(model: Any, tokenizer: Any, n: int) -> BehaviourResult:
    """Test whether a quotation closes after a mark inside it, and not after one outside."""
    quote = tokenizer.convert_tokens_to_ids('"')
    right: dict[bool, list[bool]] = {True: [], False: []}
    kinds = ("dialogue", "story_belonging", "fable")
    for reading in read_documents(model, tokenizer, _held_out(kinds, n)):
        spans, token_at = reading.document.spans, reading.token_at
        quotes = [span for span in spans if span.tag == "quote"]
        for span in quotes:
            if span.end in token_at:
                right[True].append(reading.prediction(token_at[span.end]) == quote)
        for span in spans:
            inside = any(q.start <= span.start < q.end for q in quotes)
            if span.tag == "sentence_end" and not inside and span.end in token_at:
                right[False].append(reading.prediction(token_at[span.end]) != quote)
    return BehaviourResult(
        "closing quotes",
        _mean([_mean(right[True]), _mean(right[False])]),
        0.5,
        len(right[True]) + len(right[False]),
        "does the quotation close here? mean of the two accuracies, yes and no",
    )


def closing_brackets(model: Any, tokenizer: Any, n: int) -> BehaviourResult:
    """Test whether the bracket that closes in code is the right one of the three."""
    marks = {mark: tokenizer.convert_tokens_to_ids(mark) for mark in ")]}"}
    right: dict[str, list[bool]] = defaultdict(list)
    for reading in read_documents(model, tokenizer, _held_out(("python", "settings"), n)):
        for at, mark in enumerate(reading.document.text):
            token = reading.token_at.get(at)
            if mark in marks and token and reading.ids[token] == marks[mark]:
                scores = reading.scores[token]
                best = max(marks, key=lambda m: scores[marks[m]])
                right[mark].append(best == mark)
    return BehaviourResult(
        "closing brackets",
        _mean([_mean(answers) for answers in right.values()]),
        1 / 3,
        sum(map(len, right.values())),
        "which of ) ] } closes here, mean over the three",
    )


def closing_tags(model: Any, tokenizer: Any, n: int) -> BehaviourResult:
    """Test whether the element that was opened last is named after ``</``."""
    right: list[bool] = []
    names: Counter[int] = Counter()
    for reading in read_documents(model, tokenizer, _held_out(("html",), n)):
        text, at = reading.document.text, reading.document.text.find("</")
        while at >= 0:
            token = reading.token_at.get(at + 2)
            if token:
                names[int(reading.ids[token])] += 1
                right.append(reading.prediction(token) == reading.ids[token])
            at = text.find("</", at + 1)
    return BehaviourResult(
        "closing HTML elements",
        _mean(right),
        _top_share(names),
        len(right),
        "the name after </, guessing the most frequent one",
    )


def pronouns(model: Any, tokenizer: Any, n: int) -> BehaviourResult:
    """Test whether the pronoun of the right gender is more probable than the other."""
    right: dict[str, list[bool]] = defaultdict(list)
    kinds = ("biography", "story_visit", "story_journey")
    for reading in read_documents(model, tokenizer, _held_out(kinds, n)):
        spans = reading.document.spans
        genders = {(s.start, s.end): s.tag[-1] for s in spans if s.tag in ("gender:f", "gender:m")}
        mentions: set[str] = set()
        for span in spans:
            if span.tag.startswith("refers:"):
                answer = _prefers_pronoun(reading, tokenizer, span)
                if answer is not None and span.tag in mentions:
                    right[genders[span.start, span.end]].append(answer)
                mentions.add(span.tag)
    return BehaviourResult(
        "pronoun gender",
        _mean([_mean(answers) for answers in right.values()]),
        0.5,
        sum(map(len, right.values())),
        "she or he, her or his: the right one is the more probable, mean of both genders",
    )


def _prefers_pronoun(reading: Reading, tokenizer: Any, span: Span) -> bool | None:
    """Tell whether a pronoun is more probable than the other gender's; None: nothing to compare."""
    text = reading.document.text
    word = text[span.start : span.end]
    if word.lower() not in _OTHER_GENDER or span.start not in reading.token_at:
        return None
    other = _OTHER_GENDER[word.lower()]
    other = other.capitalize() if word[0].isupper() else other
    position = reading.token_at[span.start]
    space = " " if span.start and text[span.start - 1] == " " else ""
    token, other_token = (
        tokenizer.convert_tokens_to_ids(_byte_level(space + w)) for w in (word, other)
    )
    if other_token is None or reading.ids[position] != token:
        return None
    return bool(reading.scores[position][token] > reading.scores[position][other_token])


def _byte_level(word: str) -> str:
    """Write an ASCII word as the byte-level tokenizer spells it."""
    return word.replace(" ", "Ġ")


def facts(model: Any, tokenizer: Any, n: int) -> list[BehaviourResult]:
    """Ask for every fact of up to ``n`` countries; the candidates are those of all countries."""
    results = []
    countries = COUNTRIES[:n]
    for question, answer, field in COUNTRY_FACTS:
        candidates = sorted({getattr(country, field) for country in COUNTRIES})
        right = 0
        for country in countries:
            stem = answer.replace("{c}", country.name).split("{x}")[0].rstrip()
            prompt = f"Q: {question.replace('{c}', country.name)}\nA: {stem}"
            best = _most_probable(model, tokenizer, prompt, candidates)
            right += best == getattr(country, field)
        results.append(
            BehaviourResult(
                f"fact: {field}",
                right / len(countries),
                1 / len(candidates),
                len(countries),
                f"{question} best of {len(candidates)} candidates",
            )
        )
    return results


def _most_probable(model: Any, tokenizer: Any, prompt: str, candidates: list[str]) -> str:
    """Return the candidate that, with a full stop after it, is the most probable continuation."""
    import torch
    import torch.nn.functional as F

    head = [tokenizer.eos_token_id, *tokenizer(prompt, add_special_tokens=False)["input_ids"]]
    tails = [tokenizer(f" {c}.", add_special_tokens=False)["input_ids"] for c in candidates]
    longest = max(map(len, tails))
    rows = [head + tail + [tokenizer.pad_token_id] * (longest - len(tail)) for tail in tails]
    device = next(model.parameters()).device
    with torch.no_grad():
        logits = model(input_ids=torch.tensor(rows, device=device)).logits.float().cpu()
    logs = F.log_softmax(logits[:, len(head) - 1 : -1], dim=-1)  # (candidates, longest, vocabulary)
    totals = [
        sum(float(logs[row, place, token]) for place, token in enumerate(tail))
        for row, tail in enumerate(tails)
    ]
    return candidates[int(np.argmax(totals))]


def sums(model: Any, tokenizer: Any, n: int) -> list[BehaviourResult]:
    """Test whether every token of a result, and its end, is what the model would write."""
    right: dict[str, list[bool]] = defaultdict(list)
    results: dict[str, Counter[int]] = defaultdict(Counter)
    for reading in read_documents(model, tokenizer, _held_out(("arithmetic",), n)):
        text, token_at = reading.document.text, reading.token_at
        op = ""
        for span in reading.document.spans:
            if span.tag.startswith("op:") and span.tag != "op:equals":
                op = span.tag[3:]
            digits = span.tag == "result" and text[span.start].isdigit()
            if digits and span.end in token_at:
                tokens = range(token_at[span.start], token_at[span.end])
                right[op].append(all(reading.prediction(t) == reading.ids[t] for t in tokens))
                results[op][int(text[span.start : span.end])] += 1
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
