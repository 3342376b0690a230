"""Arguments that several commands take, and how their texts are read."""

from __future__ import annotations

import argparse

from itda_core.errors import InputError
from itda_core.files import expand_safely


def add_json(parser: argparse.ArgumentParser) -> None:
    """``--json``."""
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def add_dictionary(parser: argparse.ArgumentParser) -> None:
    """``--dictionary``, one folder."""
    parser.add_argument(
        "--dictionary", required=True, type=expand_safely, help="folder of a dictionary"
    )


def add_dictionaries(parser: argparse.ArgumentParser) -> None:
    """``--dictionary``, one folder or more."""
    parser.add_argument(
        "--dictionary", required=True, type=expand_safely, nargs="+", help="folders of dictionaries"
    )


def add_held_out(parser: argparse.ArgumentParser) -> None:
    """``--corpus`` and ``--text-field``: text that a dictionary was not built on."""
    parser.add_argument("--corpus", required=True, help="text it was not built on, as for build")
    add_text_field(parser)


def add_text_field(parser: argparse.ArgumentParser) -> None:
    """``--text-field``."""
    parser.add_argument("--text-field", help="field of JSON lines or Parquet that holds the text")


def add_device(parser: argparse.ArgumentParser) -> None:
    """``--device``."""
    parser.add_argument("--device", help="cpu, cuda, ...; chosen unless given")


def add_model_choice(parser: argparse.ArgumentParser) -> None:
    """``--model`` and ``--device``, where the dictionary says which model it is of."""
    parser.add_argument("--model", help="where the dictionary's model is, if it is not found")
    add_device(parser)


def integers(text: str, option: str) -> list[int]:
    """``5,10,20`` as numbers. InputError naming ``option`` otherwise."""
    try:
        return [int(part) for part in text.split(",")]
    except ValueError as error:
        raise InputError(
            f"{option} is {text!r}; expected whole numbers separated by commas, such as 5,10,20"
        ) from error
