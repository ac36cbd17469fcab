"""When does the vault worker link the history, and sign its heads?"""

from collections.abc import Iterable
from datetime import datetime

from renewals.audit import sealing
from renewals.vault import audit_key


def history_waiting(now: datetime, _limit: int) -> Iterable[str]:
    """One job, while there is something to link or today's heads are not signed."""
    return ["chains"] if sealing.is_due(now=now) else []


def seal_history(*, now: datetime) -> int:
    """Link every committed event, and sign the heads. Returns how many were linked.

    Raises:
        AlreadyMoved: another vault worker is doing the same.
        MasterKeyFault, SealBroken: the audit key cannot be opened; nothing was linked.
    """
    return sealing.link_and_sign(now=now, sign=_sign)


def _sign(statement: bytes) -> tuple[bytes, str]:
    signed = audit_key.sign(statement)
    return signed.signature, signed.key_id
