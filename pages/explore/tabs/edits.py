"""Making and undoing edits of a code. They are kept as text, as the address has them."""

from functools import partial

import streamlit as st

from itda_core import InputError
from itda_core.atoms.excerpts import excerpts
from itda_core.atoms.search import search
from itda_core.dictionary import DictionaryHead
from itda_core.prompt.intervention import MAX_EDITS, MAX_VALUE, Edit, parse_edits, write_edits
from pages.explore.picked_token import PickedToken
from pages.shell import address
from pages.shell.formats import plain, sentence, signed_decimal, with_minus
from pages.shell.parameters import Parameter, Unreadable

_EDITS, _DICTIONARY = "explore_edit", "explore_edit_of"
_FIND, _ATOM, _CHANGE = "explore_edit_find", "explore_edit_atom", "explore_edit_how"
_FACTOR, _AMOUNT = "explore_edit_factor", "explore_edit_amount"
_CHANGES = {"remove": "Remove", "scale": "Scale", "add": "Add"}
_MOST_ATOMS = 20
"""Offered of those that fit what was looked for."""


def parameter(head: DictionaryHead) -> Parameter:
    """What a link says of the edits."""

    def parse(text: str) -> str:
        try:
            return write_edits(parse_edits(text, head.recipe.n_atoms))
        except InputError as error:
            raise Unreadable(sentence(str(error))) from None

    return Parameter("edit", _EDITS, parse, "", "; nothing is edited")


def edits_of(picked: PickedToken) -> tuple[Edit, ...]:
    """The edits in place."""
    return _edits(picked.dictionary.n_atoms)


def _edits(n_atoms: int) -> tuple[Edit, ...]:
    return parse_edits(st.session_state.get(_EDITS) or "", n_atoms)


def forget_those_of_others(head: DictionaryHead) -> None:
    """Edits name atoms of one dictionary; with another they would mean something else."""
    state = st.session_state
    is_other = state.get(_DICTIONARY, head.fingerprint) != head.fingerprint
    if is_other and not address.was_given("edit"):
        if state.get(_EDITS):
            st.toast("The edits were of another dictionary's atoms; they are gone.")
        state[_EDITS] = ""
    state[_DICTIONARY] = head.fingerprint


def form(picked: PickedToken) -> None:
    """Choose an atom and what to do with it."""
    st.text_input(
        "Find any atom",
        key=_FIND,
        persist_state="session",
        placeholder="a number or a word; empty: the atoms of this token",
    )
    query = (st.session_state.get(_FIND) or "").strip()
    ranked = picked.decomposition.atoms_of(picked.token)
    coefficients = {one.atom: one.coefficient / picked.size for one in ranked}
    atoms = search(picked.dictionary, query, _MOST_ATOMS) if query else list(coefficients)
    if not atoms:
        st.caption(
            f"No atom is called that; there are 0 to {picked.dictionary.n_atoms - 1:,}."
            if query
            else "The code of this token is empty: find an atom and add it."
        )
        return
    _atom(picked, atoms, coefficients)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _change()
        st.button(
            "Make this edit",
            key="explore_edit_make",
            on_click=partial(_make, picked.dictionary.n_atoms),
        )


def _atom(picked: PickedToken, atoms: list[int], coefficients: dict[int, float]) -> None:
    """One of ``atoms``; those of the token's code with their coefficients."""
    labels = dict(zip(atoms, excerpts(picked.dictionary, atoms, 14, 26), strict=True))
    if st.session_state.get(_ATOM) not in labels:
        st.session_state[_ATOM] = atoms[0]

    def name(atom: int) -> str:
        coefficient = f"{signed_decimal(coefficients[atom])} · " if atom in coefficients else ""
        return f"{coefficient}{labels[atom].word or 'atom'} · {labels[atom]} · {atom}"

    st.selectbox("Atom", atoms, format_func=name, key=_ATOM)


def _change() -> None:
    """What is done with the atom, and how much of it."""
    if st.session_state.get(_CHANGE) not in _CHANGES:
        st.session_state[_CHANGE] = "remove"
    change = st.segmented_control(
        "Change",
        list(_CHANGES),
        format_func=_CHANGES.__getitem__,
        key=_CHANGE,
        required=True,
        persist_state="session",
    )
    if change == "scale":
        st.number_input(
            "by the factor",
            -MAX_VALUE,
            MAX_VALUE,
            2.0,
            0.5,
            key=_FACTOR,
            width=110,
            persist_state="session",
        )
    if change == "add":
        st.number_input(
            "this much, in |x|",
            -MAX_VALUE,
            MAX_VALUE,
            0.5,
            0.1,
            key=_AMOUNT,
            width=130,
            persist_state="session",
        )


def show(picked: PickedToken, edits: tuple[Edit, ...], counts: tuple[int, ...]) -> None:
    """The edits in place, with how many tokens each changes and a button that undoes it."""
    labels = excerpts(picked.dictionary, [edit.atom for edit in edits], 10, 18)
    for place, (edit, label, n) in enumerate(zip(edits, labels, counts, strict=True)):
        what, undo = st.columns([5, 1], vertical_alignment="center", gap="small")
        reach = f"{n} token{'s' * (n != 1)}" if n else "**no token: no code there holds it**"
        what.markdown(f"**{_describe(edit)}** {plain(str(label))} · atom {edit.atom} · {reach}")
        undo.button(
            "",
            key=f"explore_edit_undo_{place}",
            on_click=partial(_undo, edits, place),
            type="tertiary",
            icon=":material/undo:",
            help=f"Undo the edit of atom {edit.atom}",
        )


def starter(picked: PickedToken) -> None:
    """One click to a first intervention."""
    ranked = picked.decomposition.atoms_of(picked.token)
    if not ranked:
        return
    edit = Edit(ranked[0].atom, 0.0)
    (label,) = excerpts(picked.dictionary, [edit.atom], 14, 26)
    st.button(
        f"Remove the strongest atom, {plain(str(label) or str(edit.atom))}",
        key="explore_edit_start",
        on_click=partial(_put, (edit,)),
    )


def _describe(edit: Edit) -> str:
    if edit.is_added:
        return with_minus(f"{edit.value:+g} |x| ×")
    return "removed:" if edit.value == 0 else with_minus(f"× {edit.value:g}:")


def _make(n_atoms: int) -> None:
    state = st.session_state
    change, atom = state[_CHANGE], state[_ATOM]
    value = {"remove": 0.0, "scale": state.get(_FACTOR), "add": state.get(_AMOUNT)}[change]
    if value is None:
        return
    edits = _edits(n_atoms)
    if len(edits) >= MAX_EDITS:
        st.toast(f"At most {MAX_EDITS} edits; undo one first.")
        return
    _put((*edits, Edit(atom, float(value), change == "add")))


def _undo(edits: tuple[Edit, ...], place: int) -> None:
    _put(edits[:place] + edits[place + 1 :])


def _put(edits: tuple[Edit, ...]) -> None:
    st.session_state[_EDITS] = write_edits(edits)
