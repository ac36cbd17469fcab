"""What does it take to have a key in the clear? Private to the vault, and the only place where secrets are opened.

A block of :func:`opening` runs outside every transaction, names an actor and a reason, and has committed its events
before the first byte is opened: no later rollback takes them back. What was opened is overwritten when the block ends.
That is best effort: the HPKE library and the child process's messages leave copies in memory that Python cannot reach
until they are freed.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.db import connection, models, transaction

from renewals import audit
from renewals.audit import Actor, Entry
from renewals.errors import Fact, KeyNotKept, SealBroken, SealKeyUnknown
from renewals.models import Certificate
from renewals.models.stored_key import CompanyKey, IntakeKey, StoredKey, StoredSecret
from renewals.vault import data_keys, envelope, intake_seal, keyring, watching
from renewals.vault.envelope import NamedKey, Place
from renewals.vault.keyring import Keyring


class Opener:
    """Opens what its block announced, and overwrites it at the end.

    A secret opens only as one of the company that its event was filed under: a key whose row was moved to another
    company is a broken seal, and no record names the wrong one.
    """

    def __init__(self, ring: Keyring, announced: Sequence[StoredKey | StoredSecret]) -> None:
        self._ring = ring
        self._announced = {row.pk: row.company_id for row in announced}
        self._intake_keys: dict[str, X25519PrivateKey] = {}
        self._data_keys: dict[str, NamedKey] = {}
        self._opened: list[bytearray] = []

    def file_of(self, key: StoredKey) -> bytearray:
        """The key file or PFX. Raises KeyNotKept, SealBroken, MasterKeyAbsent."""
        if key.key_secret is None:
            raise KeyNotKept
        return self._secret(key.key_secret, self._announced_company(key.pk))

    def passphrase_of(self, key: StoredKey) -> bytearray | None:
        """The passphrase (UTF-8), or None for a file that is not encrypted. Raises SealBroken, MasterKeyAbsent."""
        company_id = self._announced_company(key.pk)
        return None if key.passphrase_secret is None else self._secret(key.passphrase_secret, company_id)

    def generated_passphrase_of(self, key: StoredKey) -> bytearray:
        """The passphrase the vault made for this key. Raises KeyNotKept, SealBroken, MasterKeyAbsent."""
        if key.generated_passphrase_secret is None:
            raise KeyNotKept
        return self._secret(key.generated_passphrase_secret, self._announced_company(key.pk))

    def secret(self, secret: StoredSecret) -> bytearray:
        """A secret that was announced by itself, such as an uploaded PFX. Raises SealBroken, MasterKeyAbsent."""
        return self._secret(secret, self._announced_company(secret.pk))

    def transport_key(self, sealed: bytes, *, company_id: int, checkout_id: UUID) -> bytearray:
        """The key of the browser that asked for a checkout. Raises SealBroken, MasterKeyAbsent."""
        return self._intake(sealed, Place(company_id, checkout_id, intake_seal.TRANSPORT_KEY))

    def wrapped_data_keys(self, company_ids: set[int]) -> dict[int, CompanyKey]:
        """The wrapped data keys of companies, made where missing; :meth:`data_key` unwraps one."""
        return data_keys.wrapped_for(company_ids, keyring=self._ring)

    def data_key(self, row: CompanyKey) -> NamedKey:
        """A company's data key, to encrypt under. Raises SealBroken, MasterKeyAbsent."""
        if row.pk.hex not in self._data_keys:
            self._data_keys[row.pk.hex] = data_keys.unwrapped(row, self._ring)
        return self._data_keys[row.pk.hex]

    def close(self) -> None:
        """Overwrite what was opened."""
        for buffer in self._opened:
            buffer[:] = bytes(len(buffer))

    def _announced_company(self, row_id: UUID) -> int:
        if row_id not in self._announced:
            raise RuntimeError("only what the events announced may be opened")
        return self._announced[row_id]

    def _secret(self, secret: StoredSecret, company_id: int) -> bytearray:
        place = Place(company_id, secret.pk, secret.kind)
        if secret.intake_sealed is not None:
            return self._intake(bytes(secret.intake_sealed), place)
        # A constraint holds that exactly one of the two is there; no bytes at all are a broken seal.
        sealed = bytes(secret.sealed or b"")
        key = self._data_key(envelope.sealed_under(sealed), company_id)
        if key is None:
            # The company may have been re-keyed since the row was read: what it holds now is under another key.
            rows = StoredSecret.objects.filter(pk=secret.pk, company=company_id)
            sealed = bytes(rows.values_list("sealed", flat=True).first() or sealed)
            key = self._data_key(envelope.sealed_under(sealed), company_id)
        if key is None:
            raise SealKeyUnknown(key_id=envelope.shown(envelope.sealed_under(sealed)))
        return self._kept(envelope.decrypt_secret(sealed, key=key, place=place))

    def _intake(self, sealed: bytes, place: Place) -> bytearray:
        key_id = envelope.sealed_under(sealed)
        if key_id not in self._intake_keys:
            row = IntakeKey.objects.filter(pk=key_id).first()
            if row is None:
                raise SealBroken
            wrapped = bytes(row.wrapped_private_key)
            master = self._ring.that_wrapped(wrapped)
            self._intake_keys[key_id] = envelope.unwrap_intake_key(wrapped, master=master, key_id=key_id)
        return self._kept(envelope.open_intake(sealed, keys=self._intake_keys, place=place))

    def _data_key(self, key_id: str, company_id: int) -> NamedKey | None:
        if key_id not in self._data_keys:
            key = data_keys.find(_uuid(key_id), company_id, keyring=self._ring)
            if key is None:
                return None
            self._data_keys[key_id] = key
        return self._data_keys[key_id]

    def _kept(self, buffer: bytearray) -> bytearray:
        self._opened.append(buffer)
        return buffer


@contextmanager
def opening(*, rows: Sequence[StoredKey | StoredSecret], by: Actor, reason: str, **facts: Fact) -> Iterator[Opener]:
    """Announce that these rows are opened, by whom and why; then give the block the means to do it.

    Raises:
        RuntimeError: inside a transaction, where the announcement could be rolled back; or without a reason.
        MasterKeyAbsent, MasterKeyUnsafe: this process cannot open; nothing is announced.
        TooManyKeysOpened, FirmOpenedTooMany, FirmSignedTooMany: for a person, and over a limit; nothing is announced.
    """
    if connection.in_atomic_block:
        raise RuntimeError("keys are never opened inside a transaction")
    if not reason.strip():
        raise RuntimeError("keys are never opened without a reason")
    opener = Opener(keyring.load(), rows)
    alerts = watching.unusual(rows, by=by, facts=facts)
    with transaction.atomic(durable=True):
        watching.write(alerts)
        audit.record_many(
            Entry(
                name="key.opened",
                by=by,
                subject=subject_of(row),
                company_id=row.company_id,
                facts={"reason": reason, **_key_facts(row), **facts},
            )
            for row in rows
        )
    try:
        yield opener
    finally:
        opener.close()


def _key_facts(row: StoredKey | StoredSecret) -> dict[str, Fact]:
    """Which key it is, whatever certificate its row names at the moment."""
    if not isinstance(row, StoredKey):
        return {}
    return {"key": str(row.pk), "public_key_sha256": row.public_key_sha256}


def subject_of(row: StoredKey | StoredSecret) -> models.Model:
    """What history files a key's events under: its certificate, once it has one.

    A proved key whose row names none may have been detached from it: the certificate of the same public key is told.
    """
    if not isinstance(row, StoredKey):
        return row
    if row.certificate_id is not None:
        return Certificate(pk=row.certificate_id)
    if row.public_key_sha256:
        own = Certificate.objects.filter(company=row.company_id, public_key_sha256=row.public_key_sha256)
        return own.only("pk").first() or row
    return row


def _uuid(text: str) -> UUID:
    try:
        return UUID(hex=text)
    except ValueError:
        raise SealBroken from None
