"""``python -m tinyworld``."""

import sys

from tinyworld.cli import main

sys.exit(main())
