"""The token of an atom in every other dictionary: an atom there too, or how well explained."""

from itertools import groupby
from typing import Any

import streamlit as st

from itda_core import InputError
from itda_core.dictionary import DictionaryHead
from itda_core.prompt.elsewhere import CodedToken, TokenInText, code_in_other_dictionaries
from pages.kit import atom_links, how_computed
from pages.shell import frame, resources
from pages.shell.formats import number, percent, short_name, tau


def show(row: DictionaryHead, label: dict[str, Any], atom: int) -> None:
    """One line a dictionary; models run only once somebody has asked for it."""
    store = resources.store()
    others = [
        other for other in store.dictionaries() if other.name != row.name and other.has_labels
    ]
    if not others:
        st.info("There is no other dictionary to look in.", icon=":material/info:")
        return
    same = store.same_label(row.name, atom)
    lacking = [other for other in others if other.name not in same]
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.markdown(
            f"**The same token is an atom in {len(others) - len(lacking)} of {len(others)} other "
            "dictionaries**",
            width="content",
        )
        how_computed.show("elsewhere", row)
    one_model = all(other.recipe.model_id == row.recipe.model_id for other in others)
    wide = "8.5rem" if one_model else "17rem"
    found: dict[str, CodedToken] = {}
    if lacking:
        place = TokenInText(str(label["text"]), int(label["token_index"]), int(label["char_end"]))
        ask = st.toggle(
            "Compute its loss in the others",
            key="losses",
            persist_state="session",
            help="Runs their models on the label's text and codes the token.",
        )
        if ask:
            found = _coded(lacking, str(label["prompt_id"]), place)
    atom_links.show("atom_elsewhere", [_line(o, row, same, found) for o in others], wide)
    if lacking:
        st.caption(
            "Not an atom there: either that dictionary explained the token well enough "
            "(loss ≤ tau), or it was built on other text or on the same text cut elsewhere."
        )


def _coded(rows: list[DictionaryHead], prompt_id: str, place: TokenInText) -> dict[str, CodedToken]:
    """Name -> what that dictionary makes of the token; dictionaries of a model share a pass."""
    found: dict[str, CodedToken] = {}
    with st.spinner("Coding the token in the other dictionaries …"):
        by_model = sorted(rows, key=lambda r: (str(r.recipe.model_id), str(r.recipe.weights_hash)))
        for _, group in groupby(by_model, lambda r: (r.recipe.model_id, r.recipe.weights_hash)):
            some = list(group)
            try:
                keys = tuple(one.fingerprint for one in some)
                coded = _coded_by(keys, prompt_id, place, some)
                found |= dict(zip((one.name for one in some), coded, strict=True))
            except InputError as error:
                frame.refuse(error)
    return found


@st.cache_resource(max_entries=256, show_spinner=False)
def _coded_by(
    fingerprints: tuple[str, ...], prompt_id: str, place: TokenInText, _rows: list[DictionaryHead]
) -> list[CodedToken]:
    dictionaries = [resources.dictionary(row) for row in _rows]
    return code_in_other_dictionaries(resources.model(_rows[0]), dictionaries, place)


def _line(
    other: DictionaryHead, row: DictionaryHead, same: dict[str, int], found: dict[str, CodedToken]
) -> dict[str, Any]:
    recipe = other.recipe
    name = f"layer {recipe.layer} · tau {tau(recipe.tau)}"
    if recipe.model_id != row.recipe.model_id:
        name = f"{short_name(recipe.model_id)} · {name}"
    line: dict[str, Any] = {"name": name, "title": other.name, "lead": ""}
    if other.name in same:
        atom = same[other.name]
        return line | {"dictionary": other.name, "atom": atom, "before": f"is atom {atom} there"}
    if other.name not in found:
        return line | {"before": "not an atom there"}
    one = found[other.name]
    sign = ">" if one.novel else "≤"
    strongest = (
        f"; strongest: atom {one.atom} ({one.coefficient:+.2f} |x|)" if one.atom >= 0 else ""
    )
    return line | {
        "before": f"not an atom: loss {number(one.loss)} {sign} tau {tau(recipe.tau)}, "
        f"{percent(one.explained)} explained{strongest}"
    }
