"""One atom: its name, where it comes from, and a section for every side of it."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from itda_core.atoms.table import AtomTable
from itda_core.dictionary import DictionaryHead
from pages.atoms import elsewhere, neighbours, own_text, predictions, sentences, uses
from pages.atoms.picked import PickedAtom, open_atom
from pages.kit import passages, statistics_offer
from pages.shell import frame, parameters, resources
from pages.shell.formats import number, plain
from pages.shell.parameters import Parameter


class Section(NamedTuple):
    """One side of an atom."""

    label: str
    show: Callable[[PickedAtom], None]
    needs_statistics: bool = False
    """Whether ``show`` does: without them it is not called, and they are offered."""
    begin: Callable[[PickedAtom], None] | None = None
    """What is shown before, with and without statistics."""
    parameters: Sequence[Parameter] = ()
    """What a link says of it."""


SECTIONS = {
    "uses": Section("Uses", uses.show, needs_statistics=True),
    "near": Section(
        "Neighbours", neighbours.in_codes, needs_statistics=True, begin=neighbours.by_cosine
    ),
    "predicts": Section("Predictions", predictions.show, needs_statistics=True),
    "text": Section("Your text", own_text.show, parameters=own_text.PARAMETERS),
    "elsewhere": Section("Other layers", elsewhere.show),
}
"""Keys are what an address says; it does not mention the first."""
_SECTION = parameters.choice(
    "atoms", "section", next(iter(SECTIONS)), tuple(SECTIONS), what="section", omit_default=True
)
PARAMETERS = [
    _SECTION,
    *(parameter for section in SECTIONS.values() for parameter in section.parameters),
]
"""What a link says of the sections: the open one, and what is set in them."""
_STYLE = """
<style>
.st-key-atoms_head h3 { padding: 0; overflow-wrap: anywhere; }
</style>
"""


def show(head: DictionaryHead, table: AtomTable, atom: int, rows: np.ndarray) -> None:
    """Everything about ``atom``; ``rows`` are those of the table, to go through one by one."""
    label = table.frame.iloc[atom].to_dict()
    _name(head, label, atom, rows)
    statistics = None
    with frame.errors():
        statistics = resources.statistics(head)
    if statistics is not None:
        st.markdown(
            f"**{plain(sentences.purity(label))}** "
            f"{plain(sentences.use(label, statistics.head['tokens']))}"
        )
    _source(label)
    _section(PickedAtom(head, table, atom, label, statistics))


def _name(head: DictionaryHead, label: dict[str, Any], atom: int, rows: np.ndarray) -> None:
    """Its token and number, and the way to the atoms around it."""
    st.html(_STYLE)
    with st.container(
        horizontal=True,
        vertical_alignment="center",
        horizontal_alignment="distribute",
        key="atoms_head",
    ):
        word = sentences.visible(label["token"], empty="·")
        st.subheader(f"{plain(word)} · atom {atom}", anchor=False, width="content")
        before, after = _beside(atom, rows)
        with st.container(horizontal=True, gap="small", width="content"):
            for name, icon, other in (
                ("Previous", "chevron_left", before),
                ("Next", "chevron_right", after),
            ):
                st.button(
                    name,
                    icon=f":material/{icon}:",
                    key=f"atoms_{name.lower()}",
                    disabled=other is None,
                    on_click=open_atom,
                    args=(head.name, other),
                    help=f"The {name.lower()} atom of the table",
                )


def _beside(atom: int, rows: np.ndarray) -> tuple[int | None, int | None]:
    """The atoms before and after in the table; of one that is not in it, the table's first."""
    order = rows.tolist()
    place = order.index(atom) if atom in order else -1
    return (
        order[place - 1] if place > 0 else None,
        order[place + 1] if place + 1 < len(order) else None,
    )


def _source(label: dict[str, Any]) -> None:
    """The text the atom's activation was taken from, its token marked."""
    span = (int(label["char_start"]), int(label["char_end"]))
    parts = passages.runs(label["text"], [span], {}, 1.0, {}, focus=0, around=None)
    for part in parts:
        if part.get("focus"):
            part["label"] = True
    passages.show("atoms_source", [{"whole": True, "runs": parts}])
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


def _section(picked: PickedAtom) -> None:
    """The switch of sections, and the open one."""
    name = st.segmented_control(
        "About this atom",
        list(SECTIONS),
        format_func=lambda name: SECTIONS[name].label,
        required=True,
        label_visibility="collapsed",
        **_SECTION.widget(),
    )
    section = SECTIONS[str(name)]
    with frame.errors():
        if section.begin:
            section.begin(picked)
        if section.needs_statistics and picked.statistics is None:
            statistics_offer.show(picked.head)
        else:
            section.show(picked)
