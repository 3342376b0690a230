"""Model cards: what was measured, as JSON and for people."""

CARD = "model_card.json"
README = "README.md"
