"""What becomes of files that nobody fetched in time? They are destroyed, on the record."""

from datetime import datetime
from uuid import UUID


def checkouts_lapsed(now: datetime, limit: int) -> list[UUID]:
    """The requests whose time has passed and that still hold something."""
    raise NotImplementedError


def lapse(*, checkout_id: UUID, now: datetime) -> None:
    """Destroy what a request past its time still holds; a second call changes nothing."""
    raise NotImplementedError
