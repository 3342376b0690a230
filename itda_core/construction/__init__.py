"""Building a dictionary: Algorithm 1 of the ITDA paper, exact, streaming and resumable."""

from itda_core.construction.builder import Builder, build_dictionary
from itda_core.construction.initial import DEFAULT_INIT, INITS
from itda_core.construction.settings import BuildSettings
from itda_core.dictionary.losses import LOSSES

__all__ = ["DEFAULT_INIT", "INITS", "LOSSES", "BuildSettings", "Builder", "build_dictionary"]
