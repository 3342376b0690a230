"""How well a dictionary does on held-out text."""
