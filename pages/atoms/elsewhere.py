"""The token of an atom in every other dictionary: an atom there too, or how well explained."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

import streamlit as st

from itda_core.dictionary import DictionaryHead
from itda_core.prompt.elsewhere import CodedToken, TokenInText, code_in_other_dictionaries
from pages.atoms.picked import PickedAtom, open_atom
from pages.kit import atom_links, how_computed
from pages.shell import frame, resources
from pages.shell.formats import number, percent, short_name, signed, tau

_HOW = (
    "A label (prompt, token) means the same in every layer and model, so it is looked up in "
    "the labels of every other dictionary. Where it is not among them, that dictionary's model "
    "reads the same text and the token is coded with that dictionary's L0; **loss** is its own "
    "(equation 5 of the paper for *relative*: |x − x̂|² / |x|²), to be compared with its "
    "**tau**. In another tokenizer it is the token that ends at the same character."
)


def show(picked: PickedAtom) -> None:
    """One line a dictionary; models run only once somebody has asked for it."""
    head, store = picked.head, resources.store()
    others = [
        other for other in store.dictionaries() if other.name != head.name and other.has_labels
    ]
    if not others:
        st.info("There is no other dictionary to look in.", icon=":material/info:")
        return
    same = store.same_label(head.name, picked.atom)
    lacking = [other for other in others if other.name not in same]
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.markdown(
            f"**The same token is an atom in {len(others) - len(lacking)} of {len(others)} other "
            "dictionaries**",
            width="content",
        )
        how_computed.show(
            "atoms_elsewhere",
            _HOW,
            how_computed.encode_command(head, "your text"),
            lead="The code of a text, from a terminal:",
        )
    codes: dict[str, CodedToken] = {}
    if lacking and st.toggle(
        "Compute its loss in the others",
        key="atoms_losses",
        persist_state="session",
        help="Runs their models on the label's text and codes the token.",
    ):
        label = picked.label
        place = TokenInText(str(label["text"]), int(label["token_index"]), int(label["char_end"]))
        codes = _codes(lacking, str(label["prompt_id"]), place)
    is_one_model = all(other.recipe.model_id == head.recipe.model_id for other in others)
    atom_links.show(
        "atoms_other_dictionaries",
        [_line(other, head, same, codes) for other in others],
        open_atom,
        "8.5rem" if is_one_model else "17rem",
    )
    if lacking:
        st.caption(
            "Not an atom there: either that dictionary explained the token well enough "
            "(loss ≤ tau), or it was built on other text or on the same text cut elsewhere."
        )


def _codes(
    heads: list[DictionaryHead], prompt_id: str, place: TokenInText
) -> dict[str, CodedToken]:
    """Name -> what that dictionary makes of the token; dictionaries of a model share a pass."""

    def model_of(head: DictionaryHead) -> tuple[str, ...]:
        recipe = head.recipe
        asked = (recipe.model_id, recipe.weights_hash, recipe.model_revision, recipe.dtype)
        return tuple(map(str, asked))

    codes: dict[str, CodedToken] = {}
    with st.spinner("Coding the token in the other dictionaries …"):
        for _, group in groupby(sorted(heads, key=model_of), model_of):
            of_model = list(group)
            fingerprints = tuple(head.fingerprint for head in of_model)
            with frame.errors():
                coded = _codes_of_model(fingerprints, prompt_id, place, of_model)
                codes |= dict(zip((head.name for head in of_model), coded, strict=True))
    return codes


@st.cache_resource(max_entries=256, show_spinner=False)
def _codes_of_model(
    fingerprints: tuple[str, ...], prompt_id: str, place: TokenInText, _heads: list[DictionaryHead]
) -> list[CodedToken]:
    dictionaries = [resources.dictionary(head) for head in _heads]
    return code_in_other_dictionaries(resources.model(_heads[0]), dictionaries, place)


def _line(
    other: DictionaryHead,
    head: DictionaryHead,
    same: dict[str, int],
    codes: Mapping[str, CodedToken],
) -> dict[str, Any]:
    """What the list says of another dictionary."""
    recipe = other.recipe
    name = f"layer {recipe.layer} · tau {tau(recipe.tau)}"
    if recipe.model_id != head.recipe.model_id:
        name = f"{short_name(recipe.model_id)} · {name}"
    line: dict[str, Any] = {"name": name, "title": other.name, "lead": ""}
    if other.name in same:
        atom = same[other.name]
        return line | {"dictionary": other.name, "atom": atom, "before": f"is atom {atom} there"}
    if other.name not in codes:
        return line | {"before": "not an atom there"}
    code = codes[other.name]
    sign = ">" if code.novel else "≤"
    strongest = (
        f"; strongest: atom {code.atom} ({signed(code.coefficient)} |x|)" if code.atom >= 0 else ""
    )
    return line | {
        "before": f"not an atom: loss {number(code.loss)} {sign} tau {tau(recipe.tau)}, "
        f"{percent(code.explained)} explained{strongest}"
    }
