"""What stands on the page Explore."""

import json

from openpage import decomposition_of, dictionary_of, row_of
from streamlit.testing.v1 import AppTest

from pages.explore.picked_token import PickedToken
from pages.shell import resources


def picked_of(app: AppTest) -> PickedToken:
    """The token that the page explains."""
    state = app.session_state
    return PickedToken(
        head=row_of(app),
        heads=resources.store().dictionaries(),
        l0=state["explore_l0"],
        method=state["explore_method"],
        dictionary=dictionary_of(app),
        decomposition=decomposition_of(app),
        token=state["explore_token"],
    )


def address(app: AppTest) -> dict[str, str]:
    """What the address bar says."""
    return {name: "".join(value) for name, value in dict(app.query_params).items()}


def charts(app: AppTest) -> dict:
    """Title -> figure, as sent to the browser."""
    figures = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    return {figure["layout"]["title"]["text"]: figure for figure in figures}
