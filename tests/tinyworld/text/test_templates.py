"""Templates and the writer that fills them: known words, grammar, marks that close."""

import re

from worlddata import sample

from tinyworld import documents
from tinyworld.text import writer
from tinyworld.text.kinds import KINDS
from tinyworld.text.lexicon import pos_of


def test_every_word_of_a_template_has_a_part_of_speech(monkeypatch):
    unknown, compile_template, seen = set(), writer.compile_template, set()

    def spy(template, capital):
        result = compile_template(template, capital)
        unknown.update(result.unknown_words)
        seen.add(template)
        return result

    monkeypatch.setattr(writer, "compile_template", spy)
    for kind in KINDS:
        for _ in documents(11, 40, kind=kind.name):
            pass
    assert not unknown
    assert len(seen) > 400
    assert pos_of("snorvel", "") is None


def test_grammar():
    prose = [d for d in sample() if not any(s.tag.startswith(("code", "lang")) for s in d.spans)]
    for d in prose:
        if d.kind in ("sequence", "telegram"):
            continue
        assert not re.search(r"\b[Aa] (?!uni|use|usu|eu|one|once|uku|ewe)[aeiou]", d.text), d.text
        assert not re.search(r"\b[Aa]n (?!hour|honest|heir)[b-df-hj-np-tv-z]", d.text), d.text
        assert not re.search(r"\b(\w+) \1\b(?!\s*=)", re.sub(r"[\d|]", "#", d.text)), d.text
        if d.kind != "table":
            assert "  " not in d.text and not re.search(r" [,;.](?!\w)", d.text), d.text


def test_quotes_open_and_close():
    quotes = 0
    for d in sample():
        if any(s.tag == "code" for s in d.spans):
            continue
        assert d.text.count('"') % 2 == 0, d.text
        for s in d.spans:
            if s.tag == "quote":
                quotes += 1
                assert d.text[s.start - 1] == '"' == d.text[s.end]
                assert '"' not in d.text[s.start : s.end]
            if s.tag == "bracket":
                assert d.text[s.start - 1] == "(" and d.text[s.end] == ")"
    assert quotes > 500
