"""``python -m itda_core``."""

import sys

from itda_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
