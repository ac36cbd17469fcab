"""How does a sealed key come into custody? Claimed, opened, proved, and encrypted under its company's data key."""

from datetime import datetime
from uuid import UUID


def keys_waiting(now: datetime, limit: int) -> list[UUID]:
    """The keys to be taken into custody, oldest first."""
    raise NotImplementedError


def take_custody(*, key_id: UUID, now: datetime) -> None:
    """Take one key into custody; one that is not waiting (any more) is left alone.

    Raises:
        MasterKeyAbsent: this process is not the vault worker; the key goes on waiting.
        ProverUnavailable: nothing can be proved at the moment; the key goes on waiting.
    """
    raise NotImplementedError


def take_custody_batch(*, limit: int, now: datetime) -> int:
    """Take up to ``limit`` waiting keys into custody, many to a transaction. Returns how many were decided.

    Raises as :func:`take_custody`.
    """
    raise NotImplementedError
