"""The figure of next tokens that several tabs draw."""

from collections.abc import Mapping

from itda_core.figures import prompt as figures
from itda_core.prompt.prediction import Predictions
from pages.explore.picked_token import PickedToken
from pages.kit import charts


def show(
    key: str, picked: PickedToken, predictions: Predictions, bars: Mapping[str, str], title: str
) -> None:
    """The tokens most probable in any variant, with a bar for each of some variants.

    Args:
        key: of the figure on its page.
        picked: the token that they come after.
        predictions: variants of what the model predicts.
        bars: what a bar is called -> the variant that it shows; the first is drawn as an outline.
        title: of the figure.
    """
    ids = predictions.top()
    figure = figures.predictions(
        picked.texts_of(ids),
        {name: predictions.probabilities(variant, ids) for name, variant in bars.items()},
        ids.index(predictions.next_id) if predictions.next_id in ids else None,
        title,
    )
    charts.show(key, figure)
