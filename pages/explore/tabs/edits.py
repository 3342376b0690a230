"""Making and undoing edits of a code. They are kept as text, as the address has them."""

from functools import partial

import streamlit as st

from itda_core.atoms.excerpts import excerpts
from itda_core.atoms.search import search
from itda_core.prompt.intervention import MAX_EDITS, Edit, parse_edits, write_edits
from pages.explore.results import Subject
from pages.shell.formats import plain

_HOW = {"remove": "Remove", "scale": "Scale", "add": "Add"}
_FOUND = 20


def form(subject: Subject) -> None:
    """Choose an atom and what to do with it."""
    state = st.session_state
    st.text_input(
        "Find any atom",
        key="edit_find",
        persist_state="session",
        placeholder="a number or a word; empty: the atoms of this token",
    )
    held = {atom: c for atom, c, *_ in subject.decomposition.atoms_of(subject.token)}
    size = max(float(subject.decomposition.energy[subject.token]) ** 0.5, 1e-30)
    wanted = (state.get("edit_find") or "").strip()
    atoms = search(subject.dictionary, wanted, _FOUND) if wanted else list(held)
    if not atoms:
        st.caption(
            f"No atom is called that; there are 0 to {subject.dictionary.n_atoms - 1:,}."
            if wanted
            else "The code of this token is empty: find an atom and add it."
        )
        return
    texts = dict(zip(atoms, excerpts(subject.dictionary, atoms, 14, 26), strict=True))
    if state.get("edit_atom") not in texts:
        state.edit_atom = atoms[0]

    def named(atom: int) -> str:
        share = f"{held[atom] / size:+.3f} · " if atom in held else ""
        return f"{share}{texts[atom].word or 'atom'} · {texts[atom]} · {atom}"

    st.selectbox("Atom", atoms, format_func=named, key="edit_atom")
    if state.get("edit_how") not in _HOW:
        state.edit_how = "remove"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        how = st.segmented_control(
            "Change",
            list(_HOW),
            format_func=_HOW.__getitem__,
            key="edit_how",
            required=True,
            persist_state="session",
        )
        if how == "scale":
            st.number_input(
                "by the factor",
                -100.0,
                100.0,
                2.0,
                0.5,
                key="edit_factor",
                width=110,
                persist_state="session",
            )
        if how == "add":
            st.number_input(
                "this much, in |x|",
                -100.0,
                100.0,
                0.5,
                0.1,
                key="edit_amount",
                width=130,
                persist_state="session",
            )
        st.button(
            "Make this edit", key="edit_make", on_click=partial(_make, subject.dictionary.n_atoms)
        )


def listed(subject: Subject, made: tuple[Edit, ...], counts: tuple[int, ...]) -> None:
    """The edits in place, with how many tokens each changes and a button that undoes it."""
    texts = excerpts(subject.dictionary, [edit.atom for edit in made], 10, 18)
    for place, (edit, text, n) in enumerate(zip(made, texts, counts, strict=True)):
        what, undo = st.columns([5, 1], vertical_alignment="center", gap="small")
        reach = f"{n} token{'s' * (n != 1)}" if n else "**no token: no code there holds it**"
        what.markdown(f"**{_said(edit)}** {plain(str(text))} · atom {edit.atom} · {reach}")
        undo.button(
            "",
            key=f"edit_undo_{place}",
            on_click=partial(_undo, made, place),
            type="tertiary",
            icon=":material/undo:",
            help=f"Undo the edit of atom {edit.atom}",
        )


def starter(subject: Subject) -> None:
    """One click to a first intervention."""
    ranked = subject.decomposition.atoms_of(subject.token)
    if not ranked:
        return
    (text,) = excerpts(subject.dictionary, [ranked[0].atom], 14, 26)
    edit = Edit(ranked[0].atom, 0.0)
    st.button(
        f"Remove the strongest atom, {plain(str(text) or str(edit.atom))}",
        key="edit_start",
        on_click=partial(_put, (edit,)),
    )


def _said(edit: Edit) -> str:
    if edit.is_added:
        return f"{edit.value:+g} |x| ×"
    return "removed:" if edit.value == 0 else f"× {edit.value:g}:"


def _make(n_atoms: int) -> None:
    state = st.session_state
    how, atom = state.edit_how, state.edit_atom
    value = {"remove": 0.0, "scale": state.get("edit_factor"), "add": state.get("edit_amount")}[how]
    if value is None:
        return
    made = parse_edits(state.get("edit") or "", n_atoms)
    if len(made) >= MAX_EDITS:
        st.toast(f"At most {MAX_EDITS} edits; undo one first.")
        return
    _put((*made, Edit(atom, float(value), how == "add")))


def _undo(made: tuple[Edit, ...], place: int) -> None:
    _put(made[:place] + made[place + 1 :])


def _put(made: tuple[Edit, ...]) -> None:
    st.session_state.edit = write_edits(made)
