"""``python -m itda_core``."""

import sys

from itda_core.commands.main import main

if __name__ == "__main__":
    sys.exit(main())
