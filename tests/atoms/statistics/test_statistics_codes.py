"""What is known of held-out tokens: their tags, in windows of a document too."""

from small import sentences

from itda_core.atoms.statistics.codes import TokenCollector
from itda_core.text.corpus import Corpus, Document


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
