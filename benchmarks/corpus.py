"""How fast TinyWorld is written, spans and all, on one core.

python -m benchmarks.corpus [--documents 8000]
"""

from __future__ import annotations

import argparse
import time

from benchmarks.machine import describe
from tinyworld.text.generate import documents

SEED = 7


def main() -> None:
    """Print megabytes of text a second; the spans come on top."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=8000)
    given = parser.parse_args()
    for _ in documents(SEED, 200):  # modules and tables are loaded
        pass
    size = spans = 0
    began = time.perf_counter()
    for document in documents(SEED, given.documents):
        size += len(document.text.encode())
        spans += len(document.spans)
    spent = time.perf_counter() - began
    print(
        f"{given.documents:,} documents, {size / 1e6:.2f} MB of text with {spans:,} spans in "
        f"{spent:.1f} s: {size / 1e6 / spent:.2f} MB/s"
    )
    print(describe())  # last, as importing PyTorch slows what comes after it


if __name__ == "__main__":
    main()
