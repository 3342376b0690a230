"""What is near an atom: in direction, and in the codes that hold it."""

import streamlit as st

from pages.atoms.picked import PickedAtom, open_atom
from pages.kit import atom_links, how_computed
from pages.shell import resources
from pages.shell.formats import percent

_HOW = (
    "- **cosine** of two atoms: both have unit length, so it is their dot product\n"
    "- **Jaccard index** of two atoms, on the text of the statistics: tokens whose code "
    "holds both ÷ tokens whose code holds either"
)


def by_cosine(picked: PickedAtom) -> None:
    """The atoms of the closest directions, and the title of ``in_codes``."""
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.markdown("**Nearest by cosine**", width="content")
        how_computed.show("atoms_near", _HOW, how_computed.statistics_command(picked.head))
    nearest = resources.store().nearest(picked.head.name, picked.atom)
    atom_links.show(
        "atoms_nearest",
        [
            atom_links.atom_row(picked.table, picked.head.name, other.atom)
            | {"lead": f"{other.similarity:.3f}", "bar": other.similarity}
            for other in nearest
        ],
        open_atom,
    )
    st.caption(
        "Atoms whose directions are closest, 1 being the same direction."
        if nearest
        else "This dictionary has no other atom."
    )
    st.markdown("**Often in the same codes**")


def in_codes(picked: PickedAtom) -> None:
    """The atoms that share most codes with it."""
    use = picked.use
    pairs = list(zip(use["partners"].tolist(), use["partner_jaccard"].tolist(), strict=True))
    highest = max((share for _, share in pairs), default=1.0)
    atom_links.show(
        "atoms_partners",
        [
            atom_links.atom_row(picked.table, picked.head.name, other)
            | {"lead": percent(share), "bar": share / highest}
            for other, share in pairs
        ],
        open_atom,
    )
    st.caption(
        "Of the tokens whose code holds either atom, the share that holds both (Jaccard index); "
        "bars end with the largest."
        if pairs
        else "No other atom stands in a code with it."
    )
