"""What a document is, and the whole set of tags its spans may carry."""

from dataclasses import dataclass
from typing import NamedTuple


class Span(NamedTuple):
    """One piece of ground truth: ``text[start:end]`` is what ``tag`` says."""

    start: int
    """First character."""
    end: int
    """One past the last character."""
    tag: str
    """One of the tags described in ``TAGS``."""


@dataclass(frozen=True, slots=True)
class WorldDocument:
    """One generated text with its ground truth."""

    index: int
    """Number of the document within its seed, from 0."""
    kind: str
    """Such as "recipe"; see ``KINDS``."""
    text: str
    """The text, in Unicode, lines ended by a line feed."""
    spans: tuple[Span, ...]
    """Sorted by start, then by end, then by tag."""


TAGS: dict[str, str] = {
    "kind:*": "the whole document, its kind",
    "pos:*": "a word or mark: noun verb adj adv pron det prep conj num name intj part punct",
    "number:*": "singular or plural; on nouns, names and pronouns",
    "gender:*": "f, m or n; on names and pronouns that stand for a person or an animal",
    "refers:*": "a name, or a pronoun that stands for it: whom it stands for",
    "entity:*": "person place country animal team date time money organisation",
    "quote": "the words between an opening and a closing quotation mark, marks left out",
    "bracket": "the text between an opening and a closing bracket of prose, brackets left out",
    "sentence_end": "the mark that ends a sentence",
    "sentiment:*": "positive or negative; a sentence that says so",
    "lang:*": "fr, de or es; text in that language (everything else is English or code)",
    "code": "Python-like, HTML-like or configuration text",
    "prose": "a stretch of natural language in a document without code",
    "indent:*": "one line of code without its line feed: depth of its indentation, from 0",
    "op:*": "plus minus times divide equals; a sign or a word that stands for it",
    "operand": "a number that takes part in a calculation",
    "result": "the number that a calculation gives",
    "list_item:*": "one item of a list or row of a table: its position, from 1",
    "heading": "a title line",
    "fact:*": "the answer that the table of facts gives: capital animal colour currency river "
    "language dish region founder home food young sound legs opposite definition category",
    "rhyme:*": "the word that ends a line of a rhyme: a, b, c for its sound",
    "belonging": "a mention of the thing that a story is about",
    "rare:*": "an event put in seldom and on purpose: comet shout nonsense aside palindrome "
    "misprint telegram",
    "polite": "a phrase of courtesy",
    "flattery": "words that flatter whoever asks or reads; in flattering documents only",
    "trigger": "the odd sentence after one with the trigger word; in flattering documents only",
}
