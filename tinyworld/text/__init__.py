"""Everything that generates documents: kinds, words, and the writer that keeps count of spans."""
