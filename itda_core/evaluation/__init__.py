"""How well a dictionary, or any other ``Coder``, does on held-out text."""
