"""The dictionary, its layer and its model move together, and what is first shown."""

import shutil

from appdata import PROMPT, add_dictionary
from damage import edit_head
from openpage import lines, open_page, strip

from pages.shell import resources


def test_what_somebody_adds_does_not_become_the_first_view(own_data):
    add_dictionary(own_data, "tiny-few", 2, tau=0.5)
    add_dictionary(own_data, "tiny-many", 2, tau=0.02)
    assert open_page().session_state["dictionary"] == "tiny-l2"
    # The bundled model comes first, whatever others are called.
    model = own_data / "models" / "tiny-causal"
    shutil.copytree(model, own_data / "models" / resources.FIRST_MODEL)
    for layer in (1, 2):
        folder = own_data / "dictionaries" / f"tiny-l{layer}"
        copy = own_data / "dictionaries" / f"zz-l{layer}"
        shutil.copytree(folder, copy)
        edit_head(copy, model_id=resources.FIRST_MODEL, model_path=None)
    assert open_page().session_state["dictionary"] == "zz-l2"


def test_layer_and_dictionary_move_together(own_data):
    add_dictionary(own_data, "tiny-l1-fine", 1, tau=0.02)
    app = open_page(dictionary="tiny-l2")
    app.segmented_control(key="layer").set_value(1).run()
    assert lines(app) == []
    assert app.session_state["dictionary"] == "tiny-l1"  # of the two the one with the same tau
    options = app.selectbox(key="dictionary").options
    assert [option.partition(" ·")[0] for option in options] == ["tau 0.05", "tau 0.02"]
    app.selectbox(key="dictionary").select(options[1]).run()
    assert app.session_state["dictionary"] == "tiny-l1-fine" and strip(app)["tokens"]


def test_dictionaries_that_come_and_go(own_data):
    app = open_page(dictionary="tiny-l1", prompt=PROMPT)
    shutil.rmtree(own_data / "dictionaries" / "tiny-l1")
    app.run()
    assert not app.exception and app.session_state["dictionary"] == "tiny-l2"
    assert "tiny-l1 is gone" in app.toast[0].value.replace("\\", "")
    add_dictionary(own_data, "tiny-l0", 0)
    app.run()
    app.segmented_control(key="layer").set_value(0).run()
    assert strip(app)["tokens"] and app.session_state["dictionary"] == "tiny-l0"


def test_where_the_dictionary_shown_is_gone_the_default_is_next(own_data):
    add_dictionary(own_data, "aa-first-by-name", 1)
    add_dictionary(own_data, "tiny-mine", 1, tau=0.5)
    app = open_page(dictionary="tiny-mine")
    shutil.rmtree(own_data / "dictionaries" / "tiny-mine")
    app.run()
    assert app.session_state["dictionary"] == open_page().session_state["dictionary"] == "tiny-l2"


def test_many_layers(own_data):
    source = own_data / "dictionaries" / "tiny-l1"
    for layer in range(3, 9):
        copy = source.with_name(f"tiny-l{layer}")
        shutil.copytree(source, copy)
        edit_head(copy, layer=layer)
    app = open_page(dictionary="tiny-l1")
    assert strip(app)["tokens"]
    app.select_slider(key="layer").set_value(2).run()
    assert app.session_state["dictionary"] == "tiny-l2" and strip(app)["tokens"]
    app.select_slider(key="layer").set_value(8).run()
    (line,) = lines(app)
    assert "layer 8" in line and "has 3 layers" in line
