"""Which master keys has this database been under, as everybody may know?"""

from dataclasses import dataclass
from datetime import datetime

from renewals.models.stored_key import MasterKey


@dataclass(frozen=True, slots=True)
class KnownMasterKey:
    """One of them: ``holder`` is ``local`` or ``pkcs11``. Which one is active only the vault worker knows."""

    key_id: str
    holder: str
    first_used_at: datetime
    retired_at: datetime | None


def known() -> list[KnownMasterKey]:
    """All of them, the newest first; one that is in the folder and has wrapped nothing yet is not among them."""
    rows = MasterKey.objects.order_by("-first_used_at", "pk")
    return [KnownMasterKey(row.pk, row.holder, row.first_used_at, row.retired_at) for row in rows.defer("probe")]
