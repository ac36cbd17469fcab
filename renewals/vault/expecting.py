"""Which passphrase will the new key have, sealed before anybody sees it?"""

import secrets
import string
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.db import connection

from renewals import audit
from renewals.audit import Actor
from renewals.errors import CompanyClosed, DataKeyReplaced
from renewals.models import Company, Renewal
from renewals.models.stored_key import KeyState, SecretKind, StoredKey, StoredSecret
from renewals.vault import data_keys, envelope, keyring
from renewals.vault.envelope import Place

#: IDSE takes 8 to 20 letters and digits. Sixteen of these 55 carry more than 90 bits.
PASSPHRASE_LENGTH = 16
_ALPHABET = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lIo5")))


@dataclass(frozen=True, slots=True)
class ExpectedKey:
    """A generated passphrase, sealed under the company's data key and not stored yet."""

    key_id: UUID
    company_id: int
    secret_id: UUID
    #: The id of the data key it is sealed under.
    data_key_id: UUID
    sealed: bytes = field(repr=False)


def generate_passphrase() -> str:
    """A passphrase by IDSE's rule (8 to 20 letters and digits), without characters that look alike."""
    while True:
        text = "".join(secrets.choice(_ALPHABET) for _ in range(PASSPHRASE_LENGTH))
        if any(one.isdigit() for one in text) and any(one.isalpha() for one in text):
            return text


def prepare_expected_key(*, company: Company) -> ExpectedKey:
    """Make and seal the passphrase of a key that is still to come; vault worker only, outside a transaction.

    Raises:
        MasterKeyAbsent: this process is not the vault worker.
        CompanyClosed: the company was given up.
        SealBroken: the company's data key was damaged or moved.
        RuntimeError: inside a transaction, if the company has no data key yet.
    """
    ring = keyring.load()
    wrapped = data_keys.wrapped_for({company.pk}, keyring=ring).get(company.pk)
    if wrapped is None:
        raise CompanyClosed
    data_key = data_keys.unwrapped(wrapped, ring)
    secret_id = uuid4()
    place = Place(company.pk, secret_id, SecretKind.PASSPHRASE.value)
    sealed = envelope.encrypt_secret(generate_passphrase().encode(), key=data_key, place=place)
    return ExpectedKey(
        key_id=uuid4(), company_id=company.pk, secret_id=secret_id, data_key_id=wrapped.pk, sealed=sealed
    )


def expect_prepared(expected: ExpectedKey, *, by: Actor, born_in: Renewal | None = None) -> UUID:
    """Write the rows of an expected key in the caller's transaction. Returns the key's id.

    ``born_in`` is the renewal that expects it: the key remembers it, whatever becomes of that renewal.

    Raises:
        DataKeyReplaced: the company was re-keyed since it was sealed; it has to be prepared anew.
        RuntimeError: outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an expected key is stored in the transaction of the row it belongs to")
    if not data_keys.still_in_use({expected.data_key_id}):
        raise DataKeyReplaced
    secret = StoredSecret(
        pk=expected.secret_id, company_id=expected.company_id, kind=SecretKind.PASSPHRASE, sealed=expected.sealed
    )
    secret.save(force_insert=True)
    key = StoredKey(
        pk=expected.key_id,
        company_id=expected.company_id,
        passphrase_secret=secret,
        generated_passphrase_secret=secret,
        state=KeyState.EXPECTED,
        born_in=born_in,
    )
    key.save(force_insert=True)
    audit.record("key.expected", by=by, subject=key, company=expected.company_id)
    return key.pk
