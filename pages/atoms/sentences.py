"""What an atom does, in sentences."""

from collections.abc import Mapping
from typing import Any

from itda_core.atoms.excerpts import visible_token
from pages.shell.formats import number, percent

_CLASSES = {
    "pos:name": "names",
    "pos:noun": "nouns",
    "pos:verb": "verbs",
    "pos:adj": "adjectives",
    "pos:adv": "adverbs",
    "pos:det": "articles and the like",
    "pos:prep": "prepositions",
    "pos:pron": "pronouns",
    "pos:conj": "conjunctions",
    "pos:num": "numbers",
    "pos:punct": "punctuation",
    "pos:intj": "interjections",
    "lang:fr": "French",
    "lang:de": "German",
    "lang:es": "Spanish",
    "number:plural": "plurals",
    "number:singular": "singulars",
    "sentence_end": "ends of sentences",
    "quote": "quoted speech",
    "code": "code",
    "heading": "headings",
    "operand": "operands",
    "result": "results of sums",
    "refers": "names and pronouns",
}


def tag_words(tag: str) -> str:
    """Where tokens with a tag are: pos:name is "on names"."""
    if tag in _CLASSES:
        return f"on {_CLASSES[tag]}"
    kind, colon, value = tag.partition(":")
    value = value.replace("_", " ")
    if kind == "kind" and value:
        return f"in texts of the kind “{value}”"
    if kind == "entity" and value:
        return f"on mentions of a {value}"
    return f"on tokens tagged “{tag}”" if not colon else f"on tokens of {kind} “{value}”"


def purity(atom: Mapping[str, Any]) -> str:
    """On what its use falls: "82% of its use falls on names (pos:name; 5% of all tokens are)"."""
    if not atom["count"]:
        return "No token of the text that the statistics are of uses it."
    said = []
    tag, main = _text(atom.get("tag")), _text(atom.get("main_token"))
    if tag:
        said.append(
            f"{percent(atom['tag_share'])} of its use falls {tag_words(tag)} "
            f"({tag}; {percent(atom['tag_base'])} of all tokens are)"
        )
    if main:
        shown = f"“{visible(main)}”" if visible(main) else "a space"
        share = percent(atom["token_share"])
        said.append(
            f"{share} on the token {shown}" if said else f"{share} of its use falls on {shown}"
        )
    return ", ".join(said) + "." if said else "It is only ever used with negative coefficients."


def use(atom: Mapping[str, Any], tokens: int) -> str:
    """How often and how strongly it is used."""
    if not atom["count"]:
        return ""
    return (
        f"In the codes of {100 * atom['density']:.2g}% of tokens ({int(atom['count']):,} of "
        f"{tokens:,}); mean |c| {number(atom['mean_coefficient'])}, largest "
        f"{number(atom['largest_coefficient'])}; {percent(atom['positive'])} positive."
    )


def visible(token: str, empty: str = "") -> str:
    """A token as this page writes it."""
    return visible_token(token, tab="\t", spaces=" ", empty=empty)


def _text(value: Any) -> str:
    """A text of a table; nothing where the cell is empty."""
    return value if isinstance(value, str) else ""
