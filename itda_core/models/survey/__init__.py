"""A survey: every text architecture of the installed transformers, tried on a tiny network.

``python -m itda_core models --survey`` runs it and writes ``docs/architectures.md``.
"""
