"""The corpus: repeatable, varied, and every span has a known tag and a place inside its text."""

import os
import re
import subprocess
import sys
from itertools import islice

import pytest
from worlddata import digest, sample

from itda_core.errors import InputError
from tinyworld import TAGS, VALIDATION_SEED, document, documents
from tinyworld.text.kinds import KINDS

# Of the first 200 documents of seed 0, on which the bundled models were trained.
GOLDEN = "c1c51e727e1f334b"


def test_documents_are_the_same_in_every_process():
    code = (
        "import sys; sys.path.insert(0, 'tests/tinyworld')\n"
        "from worlddata import digest; print(digest(0, 200))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "123", "PYTHONPATH": os.pathsep.join(sys.path)}
    elsewhere = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert elsewhere.stdout.strip() == digest(0, 200) == GOLDEN


def test_a_document_does_not_depend_on_how_many_are_asked_for():
    few, many = list(documents(3, 5)), list(documents(3, 20))
    assert many[:5] == few
    assert next(documents(3, 1, start=17)) == many[17] == document(3, 17)
    assert list(islice(documents(3), 5)) == few
    assert [d.text for d in documents(4, 5)] != [d.text for d in few]
    assert [d.text for d in documents(VALIDATION_SEED, 5)] != [d.text for d in few]


def test_unusable_arguments_are_refused():
    with pytest.raises(InputError, match="no kind"):
        list(documents(0, 1, kind="opera"))
    with pytest.raises(InputError, match="-1 documents"):
        documents(0, -1)


@pytest.mark.parametrize("kind", [k.name for k in KINDS])
def test_spans_lie_inside_the_text_in_order_and_carry_known_tags(kind):
    for d in sample(25, kind):
        assert d.text and d.text == d.text.strip("\n") and d.kind == kind
        assert list(d.spans) == sorted(d.spans)
        for span in d.spans:
            assert 0 <= span.start < span.end <= len(d.text), (span, d.text)
            name, colon, _ = span.tag.partition(":")
            assert (f"{name}:*" if colon else name) in TAGS, span
        assert (0, len(d.text), f"kind:{kind}") in d.spans


def test_variety():
    assert len(KINDS) >= 24
    docs = sample()
    assert len({d.text for d in docs}) == len(docs)
    assert {d.kind for d in docs} >= {k.name for k in KINDS if k.weight > 1}
    words = {w for d in docs for w in re.findall(r"[^\W\d_]+", d.text.lower())}
    assert len(words) >= 2500
    rare = [s.tag for d in docs for s in d.spans if s.tag.startswith("rare:")]
    assert 1 <= len(rare) <= 0.03 * len(docs)
