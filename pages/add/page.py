"""Add a dictionary: any model, any text, built in the background."""

import streamlit as st

from pages.add import model as add_model
from pages.add import preview as add_preview
from pages.add import settings as add_settings
from pages.kit import jobs, text_source
from pages.shell import frame
from pages.shell.parameters import Parameter


def parameters() -> list[Parameter]:
    """What a link to this page says."""
    return [
        *add_model.parameters_of(),
        *text_source.parameters_of("add"),
        *add_settings.parameters_of(),
    ]


with frame.page("add", parameters):
    st.caption(
        "A dictionary is made of activations of a model on a text, each labelled with its token: "
        "those that the ones before could not explain. Building takes minutes and goes on when "
        "you leave."
    )
    left, right = frame.side_by_side("add_page", [5, 6])
    model = text = settings = None
    with left, frame.errors():
        model = add_model.show()
        text = text_source.show(
            "Text",
            "4,000 documents of 40 kinds, made by this program: stories, letters, sums, code, "
            "... The bundled dictionaries come from them, so labels can be compared.",
        )
        settings = add_settings.show(model, text)
    with right:
        with frame.errors():
            add_preview.show(model, text, settings)
        jobs.show()
