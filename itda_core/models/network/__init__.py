"""The network of a model: its parts, its passes, and what it showed when it was tried."""
