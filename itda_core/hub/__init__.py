"""The Hugging Face hub: its names, whether it answers, how long it is waited for, why it failed.

Their libraries try again for 20 seconds to minutes, some of them without an end. Whatever of this
program asks the hub does so after ``limit_patience``, and says in one line what ``reason_of``
makes of an error.
"""

from itda_core.hub.asking import limit_patience
from itda_core.hub.names import is_hub_id, packaged, packaged_models, split_revision
from itda_core.hub.reach import endpoint, offline_reason
from itda_core.hub.reasons import HubError, reason_of

__all__ = [
    "HubError",
    "endpoint",
    "is_hub_id",
    "limit_patience",
    "offline_reason",
    "packaged",
    "packaged_models",
    "reason_of",
    "split_revision",
]
