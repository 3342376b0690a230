"""Kinds that can be right or wrong: facts, sums, and words of other languages."""
