"""Model cards: what was measured, as JSON and for people."""
