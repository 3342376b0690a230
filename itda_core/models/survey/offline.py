"""Imported first in a survey's processes: no architecture fetches anything from the hub."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"
