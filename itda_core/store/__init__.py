"""The index of dictionary folders, in DuckDB. All SQL of the program is in this package.

The folders under ``data/dictionaries`` are the truth. The index only answers questions about
them quickly: it may be deleted at any time and is rebuilt, and no command-line build opens it.
DuckDB lets one process write: a second program on the same file, or one on a read-only disk,
works from an index in its own memory and says so in ``note``.
"""

from itda_core.store.folders import SyncReport
from itda_core.store.reads import Neighbour, Store
from itda_core.store.schema import MIGRATIONS, STATISTIC_COLUMNS

__all__ = ["MIGRATIONS", "STATISTIC_COLUMNS", "Neighbour", "Store", "SyncReport"]
