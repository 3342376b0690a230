"""A figure on a page: as wide as there is room, and to be kept as SVG."""

from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go
import streamlit as st


def show(key: str, figure: go.Figure, on_select: Callable[[], None] | None = None) -> Any:
    """Draw it. Where a click on a point does something, the events are returned.

    Args:
        key: of the figure on its page.
        figure: what is drawn.
        on_select: called after a click on a point; None: a click does nothing.
    """
    name = key.replace("_", "-")
    config = {
        "displaylogo": False,
        "toImageButtonOptions": {"format": "svg", "filename": name},
        "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
    }
    if on_select is None:
        return st.plotly_chart(figure, width="stretch", key=key, config=config)
    return st.plotly_chart(
        figure,
        width="stretch",
        key=key,
        config=config,
        on_select=on_select,
        selection_mode="points",
    )


def clicked(event: Any) -> list[dict[str, Any]]:
    """What was clicked; of a cell there may be two traces, one of which says where it is."""
    points = event["selection"]["points"] if event else []
    return [point for point in points if point.get("customdata")]
