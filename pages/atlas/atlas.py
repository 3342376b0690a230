"""What the page is about: the dictionary on the map, and those beside it."""

from collections.abc import Sequence
from typing import NamedTuple

from itda_core.atoms.table import AtomTable
from itda_core.dictionary import DictionaryHead


class Atlas(NamedTuple):
    """A dictionary that has statistics."""

    head: DictionaryHead
    table: AtomTable
    """Its atoms: at least one."""
    heads: Sequence[DictionaryHead]
    """Every usable dictionary."""
