"""The model that a dictionary was built from: finding it again, and whether this is the one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from itda_core.errors import InputError
from itda_core.files import is_file_safely, is_folder_safely, resolve_safely

if TYPE_CHECKING:
    from itda_core.dictionary import Recipe
    from itda_core.models import LanguageModel


class OfModel(Protocol):
    """What says of which model it is: a dictionary, or another coder of activations."""

    @property
    def name(self) -> str:
        """What errors call it."""

    @property
    def recipe(self) -> Recipe:
        """Names the model, its weights and the layer."""


def model_path_hint(model: str, out: Path) -> str | None:
    """What to note of a model given as ``model`` in a dictionary saved at ``out``.

    Relative where both lie below the working directory or in one data folder, so that they can
    move together; absolute elsewhere; None for the id of a hub model.
    """
    folder = Path(model)
    if not is_folder_safely(folder):
        return None
    folder, out, working = resolve_safely(folder), resolve_safely(out), Path.cwd()
    share_data_folder = folder.parent == out.parent.parent / "models"
    if share_data_folder or (folder.is_relative_to(working) and out.is_relative_to(working)):
        return Path(os.path.relpath(folder, out)).as_posix()
    return str(folder)


def find_model(recipe: Recipe, dictionary: Path) -> str:
    """A folder, or else a hub id, for ``load_model``: the model of a dictionary.

    Looked for where the recipe says, then in ``models/`` beside the folder of dictionaries. A
    dictionary that is a link is looked at where the link is, then where it leads.

    Raises:
        InputError: the recipe names no model.
    """
    if recipe.model_id is None:
        raise InputError(f"{dictionary} does not say which model it is of; give --model")
    ends = dict.fromkeys((dictionary.absolute(), resolve_safely(dictionary)))
    places = [end.parent.parent / "models" / recipe.model_id.split("/")[-1] for end in ends]
    if recipe.model_path is not None:
        places = [Path(os.path.normpath(end / recipe.model_path)) for end in ends] + places
    for place in places:
        if is_file_safely(place / "config.json"):
            return str(place)
    return recipe.model_id


def load_model_of(
    recipe: Recipe, dictionary: Path, model: str | None = None, device: str | None = None
) -> LanguageModel:
    """Load the model of a dictionary, or ``model`` in its place.

    Raises:
        InputError: it is not to be had; says where it was looked for.
    """
    from itda_core.models import load_model

    source = model or find_model(recipe, dictionary)
    try:
        # In the precision it was built in: bf16 activations code a little differently.
        revision = None if model else recipe.model_revision
        return load_model(source, revision=revision, device=device, dtype=recipe.dtype)
    except InputError as error:
        if model or is_folder_safely(source):
            raise
        places = f"models/{source.split('/')[-1]} beside the dictionaries"
        if recipe.model_path:
            places = f"{recipe.model_path}, {places}"
        raise InputError(
            f"the model of this dictionary was not found ({places}); {error}"
        ) from error


def check_fits(model: LanguageModel, dictionary: OfModel) -> None:
    """Raise InputError unless ``dictionary`` was built from this model's activations."""
    recipe = dictionary.recipe
    if recipe.layer is None or recipe.model_id is None:
        raise InputError(
            f"dictionary {dictionary.name!r} does not say which model and layer it is of"
        )
    if recipe.d_model != model.d_model or recipe.layer >= model.n_layers:
        raise InputError(
            f"dictionary {dictionary.name!r} is of layer {recipe.layer} of {recipe.model_id} "
            f"(width {recipe.d_model}); {model.id} has {model.n_layers} layers of width "
            f"{model.d_model}"
        )
    for what, noted, found in (
        ("other weights", recipe.weights_hash, model.weights_hash),
        ("another tokenizer", recipe.tokenizer_hash, model.tokenizer_hash),
        ("another configuration", recipe.config_hash, model.config_hash),
    ):
        if noted and noted != found:
            raise InputError(
                f"dictionary {dictionary.name!r} was built from {what} of {recipe.model_id}; "
                "build it again, or load the revision it names"
            )
