"""Which stored key is meant, and has it been proved?"""

from uuid import UUID

from renewals.errors import KeyNotKept, KeyNotProved
from renewals.models import Certificate
from renewals.models.stored_key import KeyState, StoredKey, StoredKeyQuerySet


def stored_key(key_id: UUID) -> StoredKey:
    """A key in whatever state, with its sealed secrets. Raises KeyNotKept."""
    return _first(StoredKey.objects.filter(pk=key_id))


def proved_key(key_id: UUID) -> StoredKey:
    """A key in custody, with its sealed secrets. Raises KeyNotKept, KeyNotProved."""
    return _in_custody(stored_key(key_id))


def proved_key_of(certificate: Certificate) -> StoredKey:
    """The key in custody of a certificate, with its sealed secrets. Raises KeyNotKept, KeyNotProved.

    A key of another company is not the certificate's, whatever its row says.
    """
    own = StoredKey.objects.live().filter(certificate=certificate, company=certificate.company_id)
    return _in_custody(_first(own))


def _first(keys: StoredKeyQuerySet) -> StoredKey:
    key = keys.with_secrets().first()
    if key is None:
        raise KeyNotKept
    return key


def _in_custody(key: StoredKey) -> StoredKey:
    if key.state != KeyState.PROVED:
        raise KeyNotProved
    return key
