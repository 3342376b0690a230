"""Dictionaries laid beside each other: ``alike`` says which may be."""
