"""The codes of the prompt as files and as a link, and how they are computed."""

import pandas as pd
import streamlit as st

from pages.explore.picked_token import PickedToken
from pages.kit import downloads
from pages.kit import how_computed as popover
from pages.shell import address


def how_computed(picked: PickedToken) -> None:
    """Definition and command of everything on the page."""
    recipe = picked.head.recipe
    coding = f"--l0 {picked.l0} --method {picked.method} "
    popover.show(
        "explore",
        "The prompt runs through the model; a token's **activation** *x* is the output of the "
        f"chosen block (layer {recipe.layer}). A **dictionary** holds activations of other "
        "tokens, each of unit length and labelled with the text it comes from: its **atoms**. "
        "Pursuit writes *x* as a sum of at most L0 atoms with signed coefficients.\n\n"
        "- **explained** = 1 − |x − x̂|² / |x|²\n"
        f"- **loss** is the dictionary's own (*{recipe.loss}*); with the coding of the build "
        f"({recipe.coding}), whatever is chosen here, it is compared with **tau**: above it the "
        "token is **novel**, it would have become an atom itself\n"
        "- **coefficient** on this page = *c* / |x|; in the downloads *coefficient* is *c* itself, "
        "*norm* is |x| and *c_over_norm* is *c* / |x|",
        popover.encode_command(picked.head, picked.prompt, coding),
        lead="The same from a terminal:",
        source=", Algorithm 2 and equation 5.",
    )


def numbers(picked: PickedToken) -> pd.DataFrame:
    """``Decomposition.rows`` with the coefficient as the page has it, of |x|, beside it."""
    rows = picked.decomposition.rows(picked.dictionary)
    place = rows.columns.get_loc("coefficient") + 1
    rows.insert(place, "c_over_norm", rows["coefficient"] / rows["norm"])
    return rows


def download(picked: PickedToken) -> None:
    """The codes as files, and the link to the view."""
    with st.container(horizontal=True, gap="small"):
        downloads.show(
            "explore_codes",
            "codes",
            "One row per token and atom, strongest first.",
            lambda: numbers(picked),
            **picked.about,
        )
        with st.popover("Share", icon=":material/link:"):
            if address.is_complete():
                st.caption("The address bar is a link to exactly this view: copy it.")
            else:
                st.caption(
                    "This prompt is too long for a link. The address bar holds the settings; "
                    "send the text along with it."
                )
