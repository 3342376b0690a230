"""Add a dictionary: any model, any text, built in the background."""

import streamlit as st

from itda_core import InputError
from pages.add import model as add_model
from pages.add import preview as add_preview
from pages.add import settings as add_settings
from pages.kit import jobs, text_source
from pages.shell import address, frame

frame.begin("Add a dictionary", "What is another model, or another text, made of?")
notes = address.read_parts("add", add_model.parts() | text_source.parts() | add_settings.parts())
frame.note(notes)
st.caption(
    "A dictionary is made of activations of a model on a text, each labelled with its token: those "
    "that the ones before could not explain. Building takes minutes and goes on when you leave."
)
left, right = frame.side_by_side("add_page", [5, 6])
model = text = settings = None
with left:
    try:
        model = add_model.show()
        text = text_source.show(
            "Text",
            "4,000 documents of 40 kinds, made by this program: stories, letters, sums, code, "
            "... The bundled dictionaries come from them, so labels can be compared.",
        )
        settings = add_settings.show(model, text)
    except InputError as error:
        frame.refuse(error)
with right:
    try:
        add_preview.show(model, text, settings)
    except InputError as error:
        frame.refuse(error)
    jobs.show()
address.write()
