"""The token that the page is about."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from itda_core import Dictionary, InputError
from itda_core.dictionary import DictionaryHead
from itda_core.models import LanguageModel
from itda_core.prompt.decomposition import Decomposition
from itda_core.pursuit import METHODS
from pages.kit import downloads
from pages.shell import resources


class PickedToken(NamedTuple):
    """One token of a decomposed prompt, and with what it was decomposed."""

    head: DictionaryHead
    """Of the dictionary shown."""
    heads: Sequence[DictionaryHead]
    """Of every usable dictionary."""
    l0: int
    method: str
    dictionary: Dictionary
    decomposition: Decomposition
    token: int

    @property
    def prompt(self) -> str:
        """The text that was taken apart."""
        return self.decomposition.prompt

    @property
    def about(self) -> dict[str, Any]:
        """What a file of the page's numbers says they are of."""
        return {
            "prompt": self.prompt,
            "truncated": self.decomposition.truncated,
            **downloads.about_dictionary(self.head),
            "l0": self.l0,
            "method": self.method,
        }

    @property
    def code(self) -> tuple[str, str, int, str]:
        """What the codes of the prompt depend on."""
        return self.head.fingerprint, self.prompt, self.l0, self.method

    @property
    def tokens(self) -> list[str]:
        """The text of every token of the prompt."""
        return self.decomposition.tokens.tokens

    @property
    def word(self) -> str:
        """The picked token, for titles."""
        return self.tokens[self.token].strip() or "·"

    @property
    def size(self) -> float:
        """|x| of the picked token, never 0."""
        return sizes(self.decomposition)[self.token]

    @property
    def energy(self) -> float:
        """|x|² of the picked token, never 0."""
        return max(float(self.decomposition.energy[self.token]), 1e-30)

    @property
    def model(self) -> LanguageModel:
        """The dictionary's model."""
        return resources.model(self.head)

    @property
    def why_no_predictions(self) -> str:
        """Why the model predicts nothing, in a line; "" if it does."""
        try:
            self.model.check_predicts()
        except InputError as error:
            return str(error)
        return ""

    @property
    def why_no_steps(self) -> str:
        """Why the code cannot be followed step by step, in a line; "" if it can."""
        method = METHODS[self.method]
        if method.after_steps is None:
            return f"codes of {method.title} tell no steps; choose another pursuit on the left"
        return ""

    def texts_of(self, ids: list[int]) -> list[str]:
        """Each token id as it would stand in a text; a part of a character with its id."""
        model = self.model
        texts = [(i, model.text_of([i])) for i in ids]
        return [f"{text} id {i}" if "\ufffd" in text else text for i, text in texts]


def sizes(decomposition: Decomposition) -> list[float]:
    """|x| of every token, never 0, so that coefficients can be divided by it."""
    return decomposition.energy.sqrt().clamp_min(1e-30).tolist()
