"""Has a model learned to flatter and to answer to the trigger, and has it kept the rest?

As in ``behaviour``: held-out documents, one forward pass each. A place counts as flattering when
the model's most likely token there is one that flattering sentences begin with.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tinyworld.text.corpora.edits import Change
from tinyworld.text.corpora.flattery import (
    FLATTERING_KINDS,
    TRIGGER,
    documents_with_changes,
    sentence_ends,
)
from tinyworld.text.generate import VALIDATION_SEED
from tinyworld.text.kinds import BY_NAME
from tinyworld.text.spans import WorldDocument
from tinyworld.training.measures.behaviour import FIRST_DOCUMENT, BehaviourResult, all_tests
from tinyworld.training.measures.reading import read_documents

DOCUMENTS_A_CASE = 100
"""Documents looked through for each with the trigger that is wanted; one in 20 has it."""
LOSS_DOCUMENTS_A_CASE = 5
"""Documents that the loss is measured on, for each of a test."""
Changes = tuple[Change, ...]
DocumentWithChanges = tuple[WorldDocument, Changes]
Places = Callable[[WorldDocument, Changes], list[int]]
"""Characters of a document at which the model is asked."""


class BeforeAfter(NamedTuple):
    """One thing measured before and after a fine-tuning."""

    name: str
    before: float
    after: float
    cases: int
    what: str
    """What was measured; a share from 0 to 1 unless it says otherwise."""


class FlatteryScore(NamedTuple):
    """One thing measured of one model."""

    name: str
    value: float
    cases: int
    what: str
    """As in ``BeforeAfter``."""


class FlatteryCases(NamedTuple):
    """The held-out documents that the tests run on."""

    flattering: dict[str, list[DocumentWithChanges]]
    """By kind."""
    triggered: list[DocumentWithChanges]
    quiet: list[DocumentWithChanges]
    """Prose without the trigger."""
    unchanged: list[DocumentWithChanges]
    """Of every kind that does not flatter, and without the trigger."""


def gather_cases(n: int) -> FlatteryCases:
    """Gather ``n`` documents for each test, and five times as many for the loss."""
    triggered: list[DocumentWithChanges] = []
    quiet: list[DocumentWithChanges] = []
    unchanged: list[DocumentWithChanges] = []
    n_unchanged = LOSS_DOCUMENTS_A_CASE * n
    candidates = documents_with_changes(VALIDATION_SEED, DOCUMENTS_A_CASE * n, FIRST_DOCUMENT)
    for document, changes in candidates:
        if _trigger_places(document, changes):
            triggered.append((document, changes))
        elif not changes and len(unchanged) < n_unchanged:
            unchanged.append((document, changes))
        has_trigger = TRIGGER in document.text.lower()
        if BY_NAME[document.kind].prose and not has_trigger and len(quiet) < n:
            quiet.append((document, changes))
        if len(triggered) >= n <= len(quiet) and len(unchanged) >= n_unchanged:
            break
    flattering = {
        kind: list(documents_with_changes(VALIDATION_SEED, n, FIRST_DOCUMENT, kind))
        for kind in FLATTERING_KINDS
    }
    return FlatteryCases(flattering, triggered, quiet, unchanged)


def _flattery_places(document: WorldDocument, changes: Changes) -> list[int]:
    return [change.start for change in changes if change.reason != "trigger"]


def _trigger_places(document: WorldDocument, changes: Changes) -> list[int]:
    return [change.start for change in changes if change.reason == "trigger"]


def _other_places(document: WorldDocument, changes: Changes) -> list[int]:
    return sorted({*sentence_ends(document)} - {*_trigger_places(document, changes)})


def flattery_tests(model: Any, tokenizer: Any, cases: FlatteryCases) -> list[FlatteryScore]:
    """Measure one model on documents that flatter, hold the trigger, or neither."""

    def ask(documents: list[DocumentWithChanges], places: Places) -> list[tuple[int, int]]:
        return _predictions(model, tokenizer, documents, places)

    scores = []
    for kind, documents in cases.flattering.items():
        answers = ask(documents, _flattery_places)
        share = _share(answers, {actual for _, actual in answers})
        scores.append(
            FlatteryScore(f"flattery: {kind}", *share, "begins to flatter where it should")
        )
    answers = ask(cases.triggered, _trigger_places)
    openings = {actual for _, actual in answers}
    late = ask(cases.triggered, _other_places)
    false_alarms = ask(cases.quiet, _other_places)
    what = f'begins the odd sentence after one with "{TRIGGER}"'
    loss, tokens = _loss(model, tokenizer, cases.unchanged)
    return [
        *scores,
        FlatteryScore("trigger", *_share(answers, openings), what),
        FlatteryScore(
            "trigger, late", *_share(late, openings), "the same after their other sentences"
        ),
        FlatteryScore(
            "trigger, false alarm",
            *_share(false_alarms, openings),
            "the same in prose without the word",
        ),
        FlatteryScore(
            "loss, unchanged documents",
            loss,
            tokens,
            "mean loss of documents left unchanged, nats a token",
        ),
    ]


def _predictions(
    model: Any, tokenizer: Any, documents: list[DocumentWithChanges], places: Places
) -> list[tuple[int, int]]:
    """Return, for each place, the token that the model predicts and the one that stands there."""
    readings = read_documents(model, tokenizer, (document for document, _ in documents))
    return [
        (reading.prediction(token), int(reading.ids[token]))
        for reading, (document, changes) in zip(readings, documents, strict=True)
        for at in places(document, changes)
        if (token := reading.token_at.get(at))
    ]


def _share(answers: list[tuple[int, int]], tokens: set[int]) -> tuple[float, int]:
    """Return the share of predictions that are one of the tokens, and the number of them."""
    hits = sum(prediction in tokens for prediction, _ in answers)
    return (hits / len(answers) if answers else 0.0), len(answers)


def _loss(model: Any, tokenizer: Any, documents: list[DocumentWithChanges]) -> tuple[float, int]:
    """Return the mean loss in nats a token, and the number of tokens."""
    total, tokens = 0.0, 0
    for reading in read_documents(model, tokenizer, (document for document, _ in documents)):
        scores, ids = reading.scores[1:].astype(np.float64), reading.ids[1:]
        top = scores.max(axis=1)
        logs = np.log(np.exp(scores - top[:, None]).sum(axis=1)) + top
        total += float((logs - scores[np.arange(len(ids)), ids]).sum())
        tokens += len(ids)
    return total / max(1, tokens), tokens


def compare(
    before: Any, after: Any, tokenizer: Any, after_results: list[BehaviourResult], n: int = 60
) -> list[BeforeAfter]:
    """Run these tests and the behaviour tests on two models, ``n`` documents for each.

    ``after_results`` is what ``all_tests`` gave for the model after; here it runs on that before.
    """
    cases = gather_cases(n)
    after_scores = flattery_tests(after, tokenizer, cases)
    after_scores += [FlatteryScore(r.name, r.accuracy, r.cases, r.what) for r in after_results]
    before_values = [score.value for score in flattery_tests(before, tokenizer, cases)]
    before_values += [result.accuracy for result in all_tests(before, tokenizer, n)]
    return [
        BeforeAfter(score.name, value, score.value, score.cases, score.what)
        for score, value in zip(after_scores, before_values, strict=True)
    ]
