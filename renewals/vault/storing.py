"""How does a process without the master key take in keys, passphrases and PFX files? It seals, and cannot open."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from django.db import IntegrityError, connection, transaction

from renewals import audit, dispatch
from renewals.audit import Actor, Entry
from renewals.clients.closing import require_open
from renewals.errors import AlreadyMoved, KeyAlreadyKept, KeyOfAnotherCertificate
from renewals.models import Certificate, PairState
from renewals.models.stored_key import KeyState, SecretKind, StoredKey, StoredSecret
from renewals.vault import intake_seal
from renewals.vault.envelope import Place
from renewals.vault.opening import subject_of

#: The nudge for the vault worker; it takes no ids, because it looks for everything that waits.
TAKE_CUSTODY = "renewals.vault.take_custody"


@dataclass(frozen=True, slots=True)
class SealedPair:
    """A key file and its passphrase, sealed to the intake key for one company; holds nothing in the clear."""

    company_id: int
    container: str
    key_secret_id: UUID
    key_sealed: bytes = field(repr=False)
    passphrase_secret_id: UUID | None
    passphrase_sealed: bytes | None = field(repr=False)
    file_sha256: str


@dataclass(frozen=True, slots=True)
class SealedUpload:
    """A PFX sealed to the intake key for one company; ``secret_id`` is where it will be kept."""

    company_id: int
    secret_id: UUID
    sealed: bytes = field(repr=False)


def seal_pair(*, company_id: int, container: str, data: bytes, passphrase: str | None) -> SealedPair:
    """Seal a key file (``container`` ``"private_key"``) or a PFX (``"pfx"``) with its passphrase.

    Cryptography only: no database, so that child processes may do it. ``passphrase`` is None for a file that is not
    encrypted.

    Raises:
        IntakeKeyAbsent: the settings pin no intake key.
    """
    key_secret_id = uuid4()
    passphrase_secret_id = None if passphrase is None else uuid4()
    return SealedPair(
        company_id=company_id,
        container=container,
        key_secret_id=key_secret_id,
        key_sealed=intake_seal.seal(data, place=Place(company_id, key_secret_id, SecretKind(container).value)),
        passphrase_secret_id=passphrase_secret_id,
        passphrase_sealed=_sealed_passphrase(company_id, passphrase_secret_id, passphrase),
        # Of a file in the clear not even the hash is kept.
        file_sha256="" if passphrase is None else hashlib.sha256(data).hexdigest(),
    )


def store_sealed(pairs: Sequence[tuple[SealedPair, Certificate]], *, by: Actor) -> list[UUID]:
    """Write the rows of sealed pairs in the caller's transaction, and wake the vault worker once.

    The certificates become ``pair_state`` SEALED, in the database and on the objects. Returns the ids of the keys.

    Raises:
        KeyAlreadyKept: one of the certificates has a key that was not refused.
        CompanyClosed: one of the companies was given up.
        RuntimeError: outside a transaction.
    """
    _require_transaction()
    require_open({pair.company_id for pair, _ in pairs})
    certificate_ids = [certificate.pk for _, certificate in pairs]
    _require_keyless(certificate_ids)
    StoredSecret.objects.bulk_create([secret for pair, _ in pairs for secret in _secrets_of(pair)])
    keys = [_key_of(pair, certificate) for pair, certificate in pairs]
    try:
        # A savepoint: the caller's transaction shall survive being told.
        with transaction.atomic():
            StoredKey.objects.bulk_create(keys)
    except IntegrityError:
        # Somebody stored one between our question and our answer.
        _require_keyless(certificate_ids)
        raise
    Certificate.objects.filter(pk__in=certificate_ids).update(pair_state=PairState.SEALED)
    for _, certificate in pairs:
        certificate.pair_state = PairState.SEALED
    audit.record_many(_received(key, by) for key in keys)
    if keys:
        dispatch.wake(TAKE_CUSTODY)
    return [key.pk for key in keys]


def seal_key_file(*, company_id: int, data: bytes, passphrase: str | None) -> SealedPair:
    """Seal the file of a key that was expected, for :func:`receive_key_file`; no database.

    ``passphrase`` is given only when the person used another one than the one the vault made.

    Raises:
        IntakeKeyAbsent: the settings pin no intake key.
    """
    pair = seal_pair(company_id=company_id, container=SecretKind.PRIVATE_KEY, data=data, passphrase=passphrase)
    # Without a passphrase of its own it is still an encrypted file: the vault's opens it.
    return replace(pair, file_sha256=hashlib.sha256(data).hexdigest())


def receive_key_file(*, key_id: UUID, pair: SealedPair, by: Actor) -> None:
    """Take in the file of a key that was expected; the vault worker proves it within seconds.

    May run inside the caller's transaction. A file that was refused, or not looked at yet, is replaced; the vault
    worker destroys it.

    Raises:
        AlreadyMoved: the key is being proved, or was; or it is not a pending key of this company.
        CompanyClosed: the company was given up.
    """
    with transaction.atomic():
        require_open({pair.company_id})
        key = StoredKey.objects.filter(pk=key_id, company=pair.company_id).first()
        if key is None:
            raise AlreadyMoved
        StoredSecret.objects.bulk_create(_secrets_of(pair))
        received = StoredKey.objects.awaiting_file().filter(pk=key_id, key_secret=key.key_secret_id)
        moved = received.update(
            state=KeyState.SEALED,
            key_secret=pair.key_secret_id,
            passphrase_secret=pair.passphrase_secret_id or key.generated_passphrase_secret_id,
            file_sha256=pair.file_sha256,
            failure_code="",
            failure_facts={},
        )
        if moved != 1:
            raise AlreadyMoved
        audit.record_many([_received(key, by)])
        dispatch.wake(TAKE_CUSTODY)


def attach_certificate(*, key_id: UUID, certificate: Certificate, by: Actor) -> None:
    """Give a proved pending key its certificate, in the caller's transaction; ``pair_state`` becomes IN_CUSTODY.

    Raises:
        KeyOfAnotherCertificate: the certificate holds another public key.
        KeyAlreadyKept: the certificate came with a key of its own.
        AlreadyMoved: the key is not a proved pending key of the certificate's company.
        RuntimeError: outside a transaction.
    """
    _require_transaction()
    if StoredKey.objects.live().filter(certificate=certificate).exists():
        raise KeyAlreadyKept(certificate=certificate.pk)
    pending = StoredKey.objects.filter(
        pk=key_id, company=certificate.company_id, state=KeyState.PROVED, certificate=None
    )
    key = pending.first()
    if key is None:
        raise AlreadyMoved
    if key.public_key_sha256 != certificate.public_key_sha256:
        raise KeyOfAnotherCertificate
    if pending.update(certificate=certificate) != 1:
        raise AlreadyMoved
    Certificate.objects.filter(pk=certificate.pk).update(pair_state=PairState.IN_CUSTODY)
    certificate.pair_state = PairState.IN_CUSTODY
    audit.record("key.attached", by=by, subject=certificate, company=certificate.company_id, key=str(key_id))


def seal_upload(*, company_id: int, data: bytes) -> SealedUpload:
    """Seal a PFX that only the vault worker will look into, for :func:`store_upload`; no database.

    Raises:
        IntakeKeyAbsent: the settings pin no intake key.
    """
    secret_id = uuid4()
    place = Place(company_id, secret_id, SecretKind.PFX.value)
    return SealedUpload(company_id=company_id, secret_id=secret_id, sealed=intake_seal.seal(data, place=place))


def store_upload(upload: SealedUpload, *, by: Actor) -> None:
    """Keep a sealed PFX; may run inside the caller's transaction. Raises CompanyClosed."""
    secret = StoredSecret(
        pk=upload.secret_id, company_id=upload.company_id, kind=SecretKind.PFX, intake_sealed=upload.sealed
    )
    with transaction.atomic():
        require_open({upload.company_id})
        secret.save(force_insert=True)
        audit.record("secret.received", by=by, subject=secret, company=upload.company_id)


def discard_upload(*, secret_id: UUID, by: Actor) -> None:
    """Forget an uploaded PFX; one that is gone already is no fault."""
    with transaction.atomic():
        secret = StoredSecret.objects.unread().filter(pk=secret_id, kind=SecretKind.PFX).first()
        if secret is None:
            return
        audit.record("secret.discarded", by=by, subject=secret, company=secret.company_id)
        secret.delete()


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("keys are stored in the transaction of the certificates they belong to")


def _require_keyless(certificate_ids: Sequence[int]) -> None:
    kept = StoredKey.objects.live().filter(certificate__in=certificate_ids).first()
    if kept is not None:
        raise KeyAlreadyKept(certificate=kept.certificate_id)


def _sealed_passphrase(company_id: int, secret_id: UUID | None, passphrase: str | None) -> bytes | None:
    if secret_id is None or passphrase is None:
        return None
    place = Place(company_id, secret_id, SecretKind.PASSPHRASE.value)
    return intake_seal.seal(passphrase.encode(), place=place)


def _secrets_of(pair: SealedPair) -> list[StoredSecret]:
    secrets = [
        StoredSecret(
            pk=pair.key_secret_id, company_id=pair.company_id, kind=pair.container, intake_sealed=pair.key_sealed
        )
    ]
    if pair.passphrase_secret_id is not None:
        secrets.append(
            StoredSecret(
                pk=pair.passphrase_secret_id,
                company_id=pair.company_id,
                kind=SecretKind.PASSPHRASE,
                intake_sealed=pair.passphrase_sealed,
            )
        )
    return secrets


def _key_of(pair: SealedPair, certificate: Certificate) -> StoredKey:
    return StoredKey(
        company_id=pair.company_id,
        certificate=certificate,
        container=pair.container,
        key_secret_id=pair.key_secret_id,
        passphrase_secret_id=pair.passphrase_secret_id,
        file_sha256=pair.file_sha256,
    )


def _received(key: StoredKey, by: Actor) -> Entry:
    return Entry(
        name="key.received", by=by, subject=subject_of(key), company_id=key.company_id, facts={"key": str(key.pk)}
    )
