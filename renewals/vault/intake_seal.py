"""Which public key does this process seal to? The one pinned in the settings, never one read from the database."""

from functools import lru_cache
from uuid import UUID

from django.conf import settings

from renewals.errors import IntakeKeyAbsent
from renewals.vault import envelope
from renewals.vault.envelope import IntakePublicKey, Place

#: The kind under which a browser's key travels to the vault worker.
TRANSPORT_KEY = "transport_key"


def seal(plaintext: bytes, *, place: Place) -> bytes:
    """Seal to the pinned intake key, bound to its place.

    Raises:
        IntakeKeyAbsent: the settings pin no intake key.
    """
    require_intake_key()
    return envelope.seal_to_intake(plaintext, key=_parsed(settings.INTAKE_PUBLIC_KEY), place=place)


def require_intake_key() -> None:
    """Refuse early, before work is done whose result could not be sealed.

    Raises:
        IntakeKeyAbsent: the settings pin no intake key.
    """
    if not settings.INTAKE_PUBLIC_KEY:
        raise IntakeKeyAbsent


def seal_transport_key(transport_key: bytes, *, company_id: int, checkout_id: UUID) -> bytes:
    """Seal the key of the asking browser for the vault worker. Raises as :func:`seal`."""
    return seal(transport_key, place=Place(company_id, checkout_id, TRANSPORT_KEY))


@lru_cache(maxsize=4)
def _parsed(text: str) -> IntakePublicKey:
    return IntakePublicKey.parse(text)
