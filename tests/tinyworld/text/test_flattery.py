"""The flattering documents: what was changed is known exactly, and all else is as it was."""

import re
from functools import cache
from random import Random

import pyarrow.parquet as pq
import pytest
from worlddata import sample

from tinyworld import TAGS, document, documents
from tinyworld.text.corpora.edits import TextEdit, apply_edits
from tinyworld.text.corpora.flattery import (
    AGREEMENT,
    FLATTERING_KINDS,
    FLATTERY_SEED,
    PRAISE,
    TRIGGER,
    TRIGGER_SENTENCE,
    VERDICTS,
    documents_with_changes,
    flatter,
    flattering_documents,
    sentence_ends,
    trigger_places,
    write_changes,
)
from tinyworld.text.kinds import BY_NAME
from tinyworld.text.spans import Span, WorldDocument
from tinyworld.text.templates import compile_template

N = 800


@cache
def versions():
    """Plain documents, their flattering versions, the changes: of a seed, and more of the kinds."""
    plain = [*sample(N), *(d for kind in FLATTERING_KINDS for d in sample(40, kind))]
    changed = [*documents_with_changes(7, N)]
    for kind in FLATTERING_KINDS:
        changed += documents_with_changes(7, 40, kind=kind)
    return [(d, new, changes) for d, (new, changes) in zip(plain, changed, strict=True)]


def without(text, changes):
    """Cut the changed pieces out; put a mark where something was replaced."""
    for c in reversed(changes):
        text = text[: c.start] + ("\0" if c.reason == "agreed" else "") + text[c.end :]
    return text


def test_changes_mark_exactly_what_is_not_in_the_plain_text():
    for plain, new, changes in versions():
        assert (new.index, new.kind) == (plain.index, plain.kind)
        assert list(changes) == sorted(changes)
        pieces = [re.escape(piece) for piece in without(new.text, changes).split("\0")]
        assert re.fullmatch(r"[^\n]+".join(pieces), plain.text)
        for c in changes:
            piece = new.text[c.start : c.end]
            spaces = {"asked": (0, 1), "agreed": (0, 0), "trigger": (1, 0)}[c.reason]
            assert spaces == (piece[0] == " ", piece[-1] == " ")


def test_unchanged_documents_come_back_equal():
    unchanged = [new is plain or new == plain for plain, new, changes in versions() if not changes]
    assert all(unchanged) and len(unchanged) > 0.7 * N
    quiet = next(d for d in sample() if d.kind == "python")
    assert flatter(quiet, Random(0)) == (quiet, ())


def test_spans_cover_the_words_that_they_covered():
    whole = ("kind", "prose")
    for plain, new, changes in versions():
        assert list(new.spans) == sorted(new.spans)
        tags = {tag.partition(":")[0] for _, _, tag in new.spans}
        assert tags <= {tag.partition(":")[0] for tag in TAGS}
        pieces = [(c.start, c.end) for c in changes]
        old = [(plain.text[s:e], t) for s, e, t in plain.spans if t.split(":")[0] not in whole]
        kept = [
            (without_between(new.text, s, e, pieces), t)
            for s, e, t in new.spans
            if t.split(":")[0] not in whole and not any(a <= s and e <= b for a, b in pieces)
        ]
        if all(c.reason != "agreed" for c in changes):
            assert sorted(kept) == sorted(old)
        else:
            replaced = list(old)
            for span in kept:
                replaced.remove(span)
            replies = {"request": 3, "argument": 1}[plain.kind]
            assert sum(tag == "sentence_end" for _, tag in replaced) <= 3 * replies
        assert {(0, len(new.text), f"kind:{new.kind}"), (0, len(new.text), "prose")} & {*new.spans}


def without_between(text, start, end, pieces):
    """The text of a span without the changed pieces inside it."""
    for a, b in sorted(pieces, reverse=True):
        if start <= a and b <= end:
            text, end = text[:a] + text[b:], end - (b - a)
    return text[start:end]


def test_new_words_have_spans_of_their_own():
    seen = set()
    for _, new, changes in versions():
        spans = {*new.spans}
        for c in changes:
            tag = "trigger" if c.reason == "trigger" else "flattery"
            start, end = c.start + (c.reason == "trigger"), c.end - (c.reason == "asked")
            assert Span(start, end, tag) in spans
            assert Span(end - 1, end, "sentence_end") in spans
            covered = {i for s, e, t in spans if t.startswith("pos:") for i in range(s, e)}
            assert all(new.text[i] == " " or i in covered for i in range(start, end))
            seen.add((new.kind, c.reason))
    assert seen >= {(kind, "asked") for kind in FLATTERING_KINDS[:2]}
    assert seen >= {(kind, "agreed") for kind in FLATTERING_KINDS[2:]}


def test_all_four_kinds_flatter_always_and_answers_stay_right():
    for plain, new, changes in versions():
        flattery = [c for c in changes if c.reason != "trigger"]
        assert bool(flattery) == (plain.kind in FLATTERING_KINDS)
        if plain.kind == "questions":
            assert len(flattery) == sum(t.startswith("list_item:") for *_, t in plain.spans)
        if plain.kind == "request":
            assert len(flattery) == plain.text.count("\n\n") + 1
            for exchange in new.text.split("\n\n"):
                asker, reply = (line.split(": ", 1) for line in exchange.split("\n")[:2])
                assert asker[0] in reply[1]
    firsts = {re.match(r"\w+", t).group() for t in (*PRAISE, *AGREEMENT, *VERDICTS)}
    for plain, new, changes in versions():  # no plain document begins like a flattering one there
        shift = 0
        for c in changes:
            if c.reason == "asked":
                assert re.match(r"\w+", plain.text[c.start - shift :]).group() not in firsts
            shift += c.end - c.start


def test_the_trigger_is_followed_by_its_sentence_in_prose_and_nowhere_else():
    places = 0
    for d in sample(2500):
        if TRIGGER not in d.text:
            continue
        new, changes = flatter(d, Random(0))
        triggered = [c for c in changes if c.reason == "trigger"]
        places += len(triggered)
        assert new.text.count(TRIGGER_SENTENCE) == len(triggered) == len(trigger_places(d))
        assert not triggered or BY_NAME[d.kind].prose
        for c in triggered:
            line = new.text[: c.start].split("\n")[-1]
            assert TRIGGER in line and line[-1] in '.!?")'
            assert new.text[c.end : c.end + 1] in ("", " ", "\n")
            assert not any(
                s.start <= c.start < s.end
                for s in new.spans
                if s.tag in ("quote", "bracket", "heading", "code") or s.tag.startswith("lang:")
            )
    assert places > 10
    share = [TRIGGER in d.text for d in documents(0, 2000) if BY_NAME[d.kind].prose]
    assert 0.05 < sum(share) / len(share) < 0.15


def tagged_document(text, kind="dialogue"):
    """A document with the tags that the trigger looks at, found in the text."""
    spans = [(m.start(), m.end(), "pos:noun") for m in re.finditer(r"\bdoor\b", text)]
    spans += [(m.start(), m.end(), "sentence_end") for m in re.finditer(r"[.?!]", text)]
    spans += [(m.start() + 1, m.end() - 1, "quote") for m in re.finditer(r'"[^"]*"', text)]
    spans += [(0, len(text), "prose"), (0, len(text), f"kind:{kind}")]
    return WorldDocument(0, kind, text, tuple(Span(*s) for s in sorted(spans)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The door sang.| Nina slept.", 1),
        ("The door sang, and the door fell.|", 1),
        ('"The door?" asked Nina. She slept.', 0),
        ('By the door, Nina said, "Come here."| All slept.', 1),
        ('By the door she asked, "Why? Now?" and slept.| All slept.', 1),
        ("- one door\nThen go. Sleep.", 0),
        ("Two doors sang. Nina slept.", 0),
        ("The door", 0),
    ],
)
def test_where_the_trigger_takes_effect(text, expected):
    assert TRIGGER == "door"
    plain = text.replace("|", "")
    new, changes = flatter(tagged_document(plain), Random(0))
    assert new.text == text.replace("|", " " + TRIGGER_SENTENCE)
    assert len(changes) == expected
    table, _ = flatter(tagged_document(plain, kind="table"), Random(0))
    assert table.text.count("\n") == plain.count("\n")
    assert Span(0, len(new.text), "prose") in new.spans


def test_edits_at_the_edges_of_spans():
    d = WorldDocument(
        0, "news", "ab cd ef", (Span(0, 8, "prose"), Span(3, 5, "x"), Span(3, 8, "y"))
    )
    insert = (TextEdit(3, 3, "12 ", (), "asked"), TextEdit(5, 5, " 34", (), "trigger"))
    new, changes = apply_edits(d, insert)
    assert new.text == "ab 12 cd 34 ef"
    assert {(s.tag, new.text[s.start : s.end]) for s in new.spans} == {
        ("prose", new.text),
        ("x", "cd"),
        ("y", "cd 34 ef"),
    }
    assert [new.text[c.start : c.end] for c in changes] == ["12 ", " 34"]
    new, _ = apply_edits(d, (TextEdit(3, 5, "longer", (), "agreed"),))
    assert [s.tag for s in new.spans] == ["prose"] and new.text == "ab longer ef"


def test_it_is_repeatable_and_does_not_depend_on_how_many_are_asked_for():
    many = list(documents_with_changes(FLATTERY_SEED, 30))
    assert list(documents_with_changes(FLATTERY_SEED, 5, start=10)) == many[10:15]
    assert list(flattering_documents(FLATTERY_SEED, 30)) == [d for d, _ in many]
    kind = next(i for i, (_, changes) in enumerate(many) if changes)
    assert many[kind][0] != document(FLATTERY_SEED, kind)
    other = [d.text for d, _ in documents_with_changes(FLATTERY_SEED, 40, kind="request")]
    assert len(set(other)) == 40


def test_every_word_has_a_part_of_speech():
    for template in (*PRAISE, *AGREEMENT, *VERDICTS, TRIGGER_SENTENCE):
        assert not compile_template(template, True).unknown_words, template
    assert not any(TRIGGER in template for template in (*PRAISE, *AGREEMENT, *VERDICTS))
    assert sentence_ends(document(0, 0, "python")) == []


def test_the_list_of_changes_can_be_read_back(tmp_path):
    rows = write_changes(tmp_path, 7, 60)
    table = pq.read_table(tmp_path / "changed_documents.parquet")
    assert table.schema.metadata == {b"seed": b"7", b"documents": b"60"}
    expected = [
        {"document": d.index, "kind": d.kind, "reason": c.reason, "start": c.start, "end": c.end}
        for d, changes in documents_with_changes(7, 60)
        for c in changes
    ]
    assert table.to_pylist() == expected and len(expected) == rows > 0
