"""What is done only a day after a second person allowed it, so that it can still be stopped?"""

from datetime import timedelta
from typing import Final

from renewals.models import ApprovalKind

#: What cannot be undone.
KINDS: Final = frozenset({ApprovalKind.ERASE_COMPANY, ApprovalKind.RETIRE_MASTER_KEY})
#: How long the vault worker waits after it has announced such a thing.
DELAY: Final = timedelta(hours=24)
#: From then on it can be done for so long; afterwards it has lapsed.
AFTERWARDS: Final = timedelta(hours=24)
