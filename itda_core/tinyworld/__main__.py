"""``python -m itda_core.tinyworld``."""

import sys

from itda_core.tinyworld.cli import main

sys.exit(main())
