"""How do the files of a request become a package that only the asking browser opens? Vault worker only."""

from datetime import datetime
from uuid import UUID


def checkouts_waiting(now: datetime, limit: int) -> list[UUID]:
    """The requests to be prepared, oldest first."""
    raise NotImplementedError


def prepare(*, checkout_id: UUID, now: datetime) -> None:
    """Prepare one request; one that is not waiting (any more) is left alone.

    Raises:
        MasterKeyAbsent: this process is not the vault worker; the request goes on waiting.
    """
    raise NotImplementedError
