"""The atoms of a dictionary: as a table, in a few words, in groups, and what they do."""
