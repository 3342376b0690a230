"""What an atom is used on: tokens of a text, and how strongly."""

from typing import Any

import streamlit as st

from itda_core.atoms.statistics.files import Statistics
from itda_core.dictionary import DictionaryHead
from itda_core.figures.atoms import coefficient_histogram
from pages.atoms.picked import PickedAtom
from pages.kit import charts, how_computed, passages, under_figure
from pages.shell.formats import plain, signed

RANGES = {
    "top": "Largest coefficients",
    "high": "Upper third",
    "middle": "Middle third",
    "low": "Lower third",
    "negative": "Most negative",
}
_HOW = (
    "The text of the statistics is coded with the whole dictionary at the L0 it was built "
    "with. An atom's **coefficient** *c* is what it is multiplied with in a token's "
    "code, in the units of activations.\n\n"
    "- **density**: share of tokens whose code holds the atom\n"
    "- **use on a token or tag**: share of the sum of the atom's positive coefficients\n"
    "- the **tag** named is the one whose share exceeds its share of all tokens most\n"
    "- **histogram**: 31 equal bins from −m to m, m the largest |c|; the middle one holds 0\n"
    "- **contexts**: the five largest coefficients, then two at random from each third "
    "between 0 and the largest, then the most negative; each from another prompt"
)


def show(picked: PickedAtom) -> None:
    """Examples of its use, and the histogram of its coefficients."""
    statistics, use = picked.known_statistics, picked.use
    if not use["count"]:
        st.info(
            "No token of the text that the statistics are of uses this atom.",
            icon=":material/info:",
        )
        return
    largest = float(picked.label["largest_coefficient"])
    passages.show(
        "atoms_contexts",
        contexts(statistics, picked.atom),
        (signed(-largest), "coefficient in each token's code:", signed(largest)),
    )
    st.caption(
        f"{_text_of(statistics, picked.head)} One token in each line, framed, with the atom's "
        "coefficient in its code; other tokens are shaded by theirs. Click a line for more of its "
        "text."
    )
    charts.show(
        "atoms_histogram",
        coefficient_histogram(use["histogram"].tolist(), largest, "How strongly it is used"),
    )
    under_figure.show(
        "atoms_uses",
        "Each bar counts the tokens whose code holds the atom with a coefficient in that "
        "range; blue adds the atom, orange takes it away.",
        _HOW,
        command=how_computed.statistics_command(picked.head),
    )


def _text_of(statistics: Statistics, head: DictionaryHead) -> str:
    """Which text the statistics are of, and whether it is news to the dictionary."""
    tokens = f"{statistics.head['tokens']:,} tokens of {plain(statistics.head['corpus_name'])}"
    if statistics.head["corpus_hash"] == head.recipe.corpus_hash:
        return (
            f"From {tokens}: the very text that the dictionary was built on, so atoms look a "
            "little purer here than they are."
        )
    return f"From {tokens}, held out: the dictionary was built on another text."


def contexts(statistics: Statistics, atom: int) -> list[dict[str, Any]]:
    """Passages of the atom's use, by range of the coefficient."""
    examples = statistics.contexts[statistics.contexts["atom"] == atom]
    prompts = statistics.prompts[statistics.prompts["prompt_id"].isin(set(examples["prompt_id"]))]
    by_id = {prompt["prompt_id"]: prompt for prompt in prompts.to_dict("records")}
    use = statistics.atoms.iloc[atom]
    largest = max(float(use["max_coefficient"]), -float(use["min_coefficient"]), 1e-9)
    return [
        _context(example, by_id[example["prompt_id"]], largest)
        for example in examples.to_dict("records")
    ]


def _context(example: dict[str, Any], prompt: dict[str, Any], largest: float) -> dict[str, Any]:
    values = dict(zip(example["places"].tolist(), example["coefficients"].tolist(), strict=True))
    place, coefficient = int(example["place"]), float(example["coefficient"])
    values[place] = coefficient  # the others are rounded for shading
    facts = {token: [f"coefficient {signed(value)}"] for token, value in values.items()}
    tags = example["tags"].split()
    facts[place] += [f"tags: {' · '.join(tags)}"] if tags else []
    spans = list(zip(prompt["starts"].tolist(), prompt["ends"].tolist(), strict=True))
    return {
        "group": RANGES.get(example["range"], example["range"]),
        "lead": signed(coefficient),
        "source": f"{prompt['source']} · token {int(example['token_index'])}",
        "spoken": f"{', '.join(facts[place])}, {prompt['source']}",
        "runs": passages.runs(prompt["text"], spans, values, largest, facts, focus=place),
    }
