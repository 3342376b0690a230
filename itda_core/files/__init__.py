"""Files and folders: asked about without a surprise, tried, held, written whole or not at all."""

from itda_core.files.paths import (
    exists_safely,
    expand_safely,
    is_file_safely,
    is_folder_safely,
    is_link_safely,
    names_safely,
    printable,
    read_json,
    read_small,
    resolve_safely,
)
from itda_core.files.places import check_file_place, check_place, held
from itda_core.files.summaries import SEAL, content_hash, read_summary, write_summary
from itda_core.files.writing import (
    atomic_folder,
    cache_folder,
    sha256_of,
    write_atomic,
    write_own,
    write_table,
    write_tensors,
)

__all__ = [
    "SEAL",
    "atomic_folder",
    "cache_folder",
    "check_file_place",
    "check_place",
    "content_hash",
    "exists_safely",
    "expand_safely",
    "held",
    "is_file_safely",
    "is_folder_safely",
    "is_link_safely",
    "names_safely",
    "printable",
    "read_json",
    "read_small",
    "read_summary",
    "resolve_safely",
    "sha256_of",
    "write_atomic",
    "write_own",
    "write_summary",
    "write_table",
    "write_tensors",
]
