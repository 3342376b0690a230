"""Results as plotly figures, one file a subject; ``style`` is what they have in common."""
