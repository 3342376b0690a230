"""How far off is the size that a preview promises?

    python -m benchmarks.preview [FOLDER of dictionaries, default data/dictionaries]

For every dictionary: the size foretold from the atoms that entered within its first 8,000 tokens,
divided by its true size. The labels say when each atom entered, so nothing is built.

The bundled ones: 0.85 to 1.15. 24 others of 120,000 tokens, all-MiniLM-L6-v2 and two bundled models
on WikiText-2 (as it is, and its paragraphs shuffled), Python's standard library and package READMEs
at tau 0.1 to 0.4: 0.62 to 1.72.
"""

import sys
from pathlib import Path

import pandas as pd

from itda_core.construction.preview import BUILD_TOKENS, expected_atoms


def main() -> None:
    """Print a line a dictionary and the range."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "data/dictionaries")
    ratios = []
    for labels in sorted(folder.glob("*/labels.parquet")):
        growth = pd.read_parquet(labels.with_name("growth.parquet"))
        end, true = int(growth["tokens_seen"].iloc[-1]), int(growth["n_atoms"].iloc[-1])
        # entered_at counts the tokens seen, the one that entered included
        entered = [at - 1 for at in pd.read_parquet(labels)["entered_at"] if at <= BUILD_TOKENS]
        found = expected_atoms(entered, BUILD_TOKENS, end)
        ratios.append(found / true)
        print(
            f"{labels.parent.name:40} {len(entered):6,} atoms at {BUILD_TOKENS:,} tokens; "
            f"at {end:,} foretold {found:6,}, true {true:6,}: {found / true:.2f}"
        )
    print(f"foretold / true: {min(ratios):.2f} to {max(ratios):.2f}, {len(ratios)} dictionaries")


if __name__ == "__main__":
    main()
