"""Building a dictionary: Algorithm 1 of the ITDA paper, exact, streaming and resumable."""

from itda_core.construction.builder import INITS, Builder, build_dictionary
from itda_core.dictionary.losses import LOSSES

__all__ = ["INITS", "LOSSES", "Builder", "build_dictionary"]
