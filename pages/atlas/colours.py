"""What the map's colours can say: a new one is a function and a record in COLOURS."""

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from itda_core.atoms import selection
from itda_core.atoms.table import AtomTable
from itda_core.comparison.alike import comparable
from itda_core.figures import map_colours
from itda_core.figures.map_colours import Colouring
from pages.atlas.atlas import Atlas
from pages.shell import resources

_KINDS_PER_ATOM = 0.5
"""Kinds of text per atom above which sources are names of documents, not kinds."""


class Colour(NamedTuple):
    """One thing that the colours can say of an atom."""

    title: str
    definition: str
    """Markdown: the title, in small letters, is this."""
    colouring: Callable[[Atlas], Colouring]
    """A colour for every atom."""
    is_known: Callable[[Atlas], bool] = lambda atlas: True
    """Whether there is something to tell apart."""
    hover: str = ""
    """What the hover says before an atom's value; "" where it says the value anyway."""
    is_share: bool = False
    """Whether the values are shown as percent."""


def density(atlas: Atlas) -> Colouring:
    """How often an atom is used."""
    title = "density, share of tokens whose code holds the atom, log scale"
    return map_colours.scale(title, atlas.table.frame["density"].to_numpy(float), "never used")


def tag(atlas: Atlas) -> Colouring:
    """The tag of the tokens that an atom is used on."""
    tags = selection.tags(atlas.table.frame)
    return map_colours.groups("tag, commonest first", tags, "no tag")


def kind(atlas: Atlas) -> Colouring:
    """The kind of the document that an atom comes from."""
    kinds = selection.kinds(atlas.table.frame)
    return map_colours.groups("kind of document", kinds, "unknown")


def norm(atlas: Atlas) -> Colouring:
    """The length of the activation that an atom was."""
    title = "norm |x| of the raw activation, log scale"
    return map_colours.scale(title, resources.dictionary(atlas.head).norms.numpy(), "zero")


def entry(atlas: Atlas) -> Colouring:
    """When an atom entered."""
    title = "tokens seen when the atom entered, log scale"
    entries = atlas.table.frame["entered_at"].to_numpy(float)
    return map_colours.scale(title, entries, "initial atom")


def layer(atlas: Atlas) -> Colouring:
    """The lowest layer that has the same label."""
    title = "lowest layer in which the label is an atom"
    heads = comparable(atlas.heads, atlas.head)
    names = [head.name for head in heads]
    lowest = resources.store().lowest_layers(atlas.head.name, names)
    return map_colours.layers(title, lowest, [head.recipe.layer or 0 for head in heads])


def has_tags(atlas: Atlas) -> bool:
    """Whether the text of the statistics has tags."""
    return bool(atlas.table.tags)


def has_kinds(atlas: Atlas) -> bool:
    """Whether the sources of the atoms fall into some kinds, and not each into its own."""
    table = atlas.table
    return 2 <= _n_kinds(atlas.head.version, table) <= max(2, _KINDS_PER_ATOM * len(table))


def has_layers(atlas: Atlas) -> bool:
    """Whether other layers have a dictionary to compare with."""
    return len(comparable(atlas.heads, atlas.head)) > 1


@st.cache_resource(max_entries=16, show_spinner=False)
def _n_kinds(version: str, _table: AtomTable) -> int:
    return len(set(selection.kinds(_table.frame)))


COLOURS = {
    "density": Colour(
        "Density", "share of tokens whose code holds the atom", density, is_share=True
    ),
    "tag": Colour(
        "Tag",
        "the tag on whose tokens most of the atom's use falls, beyond the tag's own share of all "
        "tokens",
        tag,
        has_tags,
    ),
    "kind": Colour(
        "Kind of text", "of the document that the atom was taken from", kind, has_kinds, "text"
    ),
    "norm": Colour(
        "Norm",
        "|x| of the raw activation, which the atom is in unit length",
        norm,
        hover="norm |x|",
    ),
    "entered": Colour(
        "Entry",
        "tokens that had been read when it entered the dictionary",
        entry,
        hover="entered at token",
    ),
    "layer": Colour(
        "Layer of entry",
        "the lowest layer whose dictionary has the same label (prompt, token), among dictionaries "
        "of the same model, corpus, L0 and loss, in each layer that of the closest tau",
        layer,
        has_layers,
        "first an atom in",
    ),
}
"""In the order of their buttons; the keys are used in the address."""


def options(atlas: Atlas) -> list[str]:
    """The keys of those that say something about this dictionary."""
    return [key for key, colour in COLOURS.items() if colour.is_known(atlas)]


def colouring(key: str, atlas: Atlas) -> Colouring:
    """The colours of all atoms; kept until the dictionary or one to compare with changes."""
    heads = [atlas.head, *comparable(atlas.heads, atlas.head)]
    return _colouring(key, tuple((head.name, head.version) for head in heads), atlas)


@st.cache_resource(max_entries=16, show_spinner=False)
def _colouring(key: str, versions: tuple[tuple[str, str], ...], _atlas: Atlas) -> Colouring:
    return COLOURS[key].colouring(_atlas)
