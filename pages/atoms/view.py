"""One atom: where it comes from, what it is used on, what is near it."""

import shlex
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from itda_core import InputError
from itda_core.atoms.statistics.files import Statistics
from itda_core.atoms.table import AtomTable
from itda_core.dictionary import DictionaryHead
from itda_core.figures.atoms import coefficient_histogram, logit_effects
from pages.atoms import elsewhere as atom_elsewhere
from pages.atoms import own_text as atom_text
from pages.atoms import sentences as atom_words
from pages.kit import atom_links, how_computed, passages, statistics_offer
from pages.shell import frame, resources, widgets
from pages.shell.formats import number, percent, plain

SECTIONS = {
    "uses": "Uses",
    "near": "Neighbours",
    "predicts": "Predictions",
    "text": "Your text",
    "elsewhere": "Other layers",
}
"""Keys are what an address says."""
RANGES = {
    "top": "Largest coefficients",
    "high": "Upper third",
    "middle": "Middle third",
    "low": "Lower third",
    "negative": "Most negative",
}


_STYLE = """
<style>
.st-key-atom_head h3 { padding: 0; overflow-wrap: anywhere; }
</style>
"""


def columns() -> Sequence[DeltaGenerator]:
    """A place for the table and one for the atom: below each other in a narrow window."""
    st.html(_STYLE)
    return frame.side_by_side("atoms_page", [4, 5])


def show(row: DictionaryHead, table: AtomTable, atom: int, rows: np.ndarray) -> None:
    """Everything about ``atom``; ``rows`` are those of the table, to go through one by one."""
    label = table.frame.iloc[atom].to_dict()
    _head(row, label, atom, rows)
    statistics = None
    try:
        statistics = resources.statistics(row)
    except InputError as error:
        frame.refuse(error)
    if statistics is not None:
        st.markdown(
            f"**{plain(atom_words.purity(label))}** "
            f"{plain(atom_words.use(label, statistics.head['tokens']))}"
        )
    _source(label)
    section = st.segmented_control(
        "About this atom",
        list(SECTIONS),
        format_func=SECTIONS.__getitem__,
        required=True,
        label_visibility="collapsed",
        **widgets.widget("section", "uses"),
    )
    if section == "uses":
        _uses(row, statistics, label, atom)
    elif section == "near":
        _near(row, table, statistics, atom)
    elif section == "predicts":
        _predicts(row, statistics, label, atom)
    elif section == "text":
        atom_text.show(row, label, atom)
    else:
        atom_elsewhere.show(row, label, atom)


def _head(row: DictionaryHead, label: dict[str, Any], atom: int, rows: np.ndarray) -> None:
    with st.container(
        horizontal=True,
        vertical_alignment="center",
        horizontal_alignment="distribute",
        key="atom_head",
    ):
        word = atom_words.visible(label["token"], empty="·")
        st.subheader(f"{plain(word)} · atom {atom}", anchor=False, width="content")
        before, after = _beside(atom, rows, row.recipe.n_atoms)
        with st.container(horizontal=True, gap="small", width="content"):
            for name, icon, to in (
                ("Previous", "chevron_left", before),
                ("Next", "chevron_right", after),
            ):
                st.button(
                    name,
                    icon=f":material/{icon}:",
                    key=f"atom_{name.lower()}",
                    disabled=to is None,
                    on_click=atom_links.open_atom,
                    args=(row.name, to),
                    help=f"The {name.lower()} atom of the table",
                )


def _beside(atom: int, rows: np.ndarray, n: int) -> tuple[int | None, int | None]:
    """The atoms before and after in the table; by number for one that is not in it."""
    place = np.flatnonzero(rows == atom)
    if not len(place):
        return (atom - 1 if atom > 0 else None), (atom + 1 if atom + 1 < n else None)
    at = int(place[0])
    return (int(rows[at - 1]) if at > 0 else None), (
        int(rows[at + 1]) if at + 1 < len(rows) else None
    )


def _source(label: dict[str, Any]) -> None:
    """The text the atom's activation was taken from, its token marked."""
    span = (int(label["char_start"]), int(label["char_end"]))
    parts = passages.runs(label["text"], [span], {}, 1.0, {}, focus=0, around=None)
    for part in parts:
        if part.get("focus"):
            part["label"] = True
    passages.show("atom_source", [{"whole": True, "runs": parts}])
    entered, loss = int(label["entered_at"]), float(label["loss_at_entry"])
    how = (
        f"entered at token {entered:,} of the build with loss {number(loss)}"
        if np.isfinite(loss)
        else "one of the initial atoms"
    )
    st.caption(
        f"The activation of the marked token: {plain(label['source'])}, token "
        f"{int(label['token_index'])}; {how}."
    )


def no_labels(row: DictionaryHead) -> None:
    """A dictionary of bare tensors: there is nothing to read."""
    st.subheader("This dictionary has no labels", anchor=False)
    st.write(
        f"It holds {row.recipe.n_atoms:,} atoms, but not the texts that they come from: it was "
        "built from bare tensors. A dictionary built from text has labels:"
    )
    folder = resources.data_dir() / "dictionaries" / "my-first"
    st.code(frame.BUILD.format(folder=shlex.quote(str(folder))), language="bash", wrap_lines=True)


def _uses(
    row: DictionaryHead, statistics: Statistics | None, label: dict[str, Any], atom: int
) -> None:
    if statistics is None:
        return statistics_offer.show(row)
    found = statistics.atoms.iloc[atom]
    if not found["count"]:
        st.info("No token of the held-out text uses this atom.", icon=":material/info:")
        return None
    largest = float(label["largest_coefficient"])
    if statistics.head["corpus_hash"] == row.recipe.corpus_hash:
        st.caption(
            "These statistics are of the very text that the dictionary was built on, not of "
            "held-out text: atoms look a little purer here than they are."
        )
    passages.show("atom_contexts", contexts(statistics, atom), _legend(largest))
    st.caption(
        "One token of held-out text in each line, framed, with the atom's coefficient in its code; "
        "other tokens are shaded by theirs. Click a line for more of its text."
    )
    st.plotly_chart(
        coefficient_histogram(found["histogram"].tolist(), largest, "How strongly it is used"),
        width="stretch",
        key="atom_histogram",
        config={"displaylogo": False},
    )
    how_computed.under(
        "Each bar counts the tokens whose code holds the atom with a coefficient in that "
        "range; blue adds the atom, orange takes it away.",
        "uses",
        row,
    )
    return None


def _legend(largest: float) -> tuple[str, str, str]:
    return f"−{number(largest)}", "coefficient in each token's code:", f"+{number(largest)}"


def contexts(statistics: Statistics, atom: int) -> list[dict[str, Any]]:
    """Passages of the atom's use, by range of the coefficient."""
    examples = statistics.contexts[statistics.contexts["atom"] == atom]
    texts = statistics.prompts[statistics.prompts["prompt_id"].isin(set(examples["prompt_id"]))]
    by_id = {one["prompt_id"]: one for one in texts.to_dict("records")}
    found = statistics.atoms.iloc[atom]
    largest = max(float(found["max_coefficient"]), -float(found["min_coefficient"]), 1e-9)
    return [_context(one, by_id[one["prompt_id"]], largest) for one in examples.to_dict("records")]


def _context(one: dict[str, Any], prompt: dict[str, Any], largest: float) -> dict[str, Any]:
    values = dict(zip(one["places"].tolist(), one["coefficients"].tolist(), strict=True))
    place, coefficient = int(one["place"]), float(one["coefficient"])
    values[place] = coefficient  # the others are rounded for shading
    facts = {token: [f"coefficient {signed(value)}"] for token, value in values.items()}
    tags = one["tags"].split()
    facts[place] += [f"tags: {' · '.join(tags)}"] if tags else []
    spans = list(zip(prompt["starts"].tolist(), prompt["ends"].tolist(), strict=True))
    return {
        "group": RANGES.get(one["range"], one["range"]),
        "lead": signed(coefficient),
        "source": f"{prompt['source']} · token {int(one['token_index'])}",
        "spoken": f"{', '.join(facts[place])}, {prompt['source']}",
        "runs": passages.runs(prompt["text"], spans, values, largest, facts, place),
    }


def signed(value: float) -> str:
    """A coefficient: +34.4, −0.52."""
    return ("−" if value < 0 else "+") + number(abs(value))


def _near(row: DictionaryHead, table: AtomTable, statistics: Statistics | None, atom: int) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.markdown("**Nearest by cosine**", width="content")
        how_computed.show("near", row)
    near = resources.store().nearest(row.name, atom)
    atom_links.show(
        "atom_nearest",
        [
            atom_links.atom_row(table, row.name, one.atom)
            | {"lead": f"{one.similarity:.3f}", "bar": one.similarity}
            for one in near
        ],
    )
    st.caption(
        "Atoms whose directions are closest, 1 being the same direction."
        if near
        else "This dictionary has no other atom."
    )
    st.markdown("**Often in the same codes**")
    if statistics is None:
        return statistics_offer.show(row)
    found = statistics.atoms.iloc[atom]
    pairs = list(zip(found["partners"].tolist(), found["partner_jaccard"].tolist(), strict=True))
    highest = max((share for _, share in pairs), default=1.0)
    atom_links.show(
        "atom_partners",
        [
            atom_links.atom_row(table, row.name, other)
            | {"lead": percent(share), "bar": share / highest}
            for other, share in pairs
        ],
    )
    st.caption(
        "Of the tokens whose code holds either atom, the share that holds both (Jaccard index); "
        "bars end with the largest."
        if pairs
        else "No other atom stands in a code with it."
    )
    return None


def _predicts(
    row: DictionaryHead, statistics: Statistics | None, label: dict[str, Any], atom: int
) -> None:
    if statistics is None:
        return statistics_offer.show(row)
    if "top_tokens" not in statistics.atoms:
        st.info(
            f"{plain(row.recipe.model_id or 'This model')} is an encoder: it predicts no next "
            "token, so there is no effect on predictions to show.",
            icon=":material/info:",
        )
        return None
    found = statistics.atoms.iloc[atom]
    st.plotly_chart(
        logit_effects(
            found["top_tokens"].tolist(),
            found["top_logits"].tolist(),
            found["bottom_tokens"].tolist(),
            found["bottom_logits"].tolist(),
            "Which next tokens its direction speaks for and against",
        ),
        width="stretch",
        key="atom_logits",
        config={"displaylogo": False},
    )
    how_computed.under(
        "The tokens whose logits the atom's direction alone raises (blue) and lowers (orange) "
        "most.",
        "predicts",
        row,
    )
    return None
