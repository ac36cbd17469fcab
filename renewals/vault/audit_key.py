"""With which key does the firm vouch for its own history and destructions? Ed25519, made and held by the vault worker.

The public halves are published (``manage.py audit_keys``, and a page), and outsiders keep them. When a key is replaced,
the old and the new one sign the handover, and the old private half is destroyed: whoever gets into the vault worker
later cannot sign as the firm did before.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from renewals import audit
from renewals.audit import Actor, Machine
from renewals.errors import AlreadyMoved, AuditKeyUnknown, SealBroken, SignatureWrong
from renewals.models.stored_key import AuditKey
from renewals.vault import envelope, keyring
from renewals.vault.keyring import Keyring

_VAULT = Machine("vault")


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature (64 bytes), and the id of the audit key that made it."""

    signature: bytes
    key_id: str


@dataclass(frozen=True, slots=True)
class PublicAuditKey:
    """What everybody may know of an audit key; ``public_key`` is raw, 32 bytes. Only the first succeeds no other."""

    key_id: str
    public_key: bytes
    created_at: datetime
    replaced_at: datetime | None
    succeeds: str
    handover: bytes


def sign(statement: bytes) -> Signed:
    """Sign with the active audit key (Ed25519, RFC 8032), which is made at first need; vault worker only.

    A statement begins with words that say what it is, so that none can be taken for one of another kind.

    Raises:
        RuntimeError: inside a transaction.
        MasterKeyFault: this process cannot open the audit key at the moment.
        SealBroken: the audit key was damaged or moved, or somebody put another public half beside it.
    """
    _refuse_inside_a_transaction()
    ring = keyring.load()
    row = _active() or _make_first(ring)
    return Signed(_private_half(row, ring).sign(statement), row.pk)


def active_key_id() -> str:
    """The id of the key that signs at the moment, which is made at first need; vault worker only.

    For papers that name the key which will sign them. Raises MasterKeyFault, as :func:`sign`.
    """
    ring = keyring.load()
    return (_active() or _make_first(ring)).pk


def public_keys() -> list[PublicAuditKey]:
    """Every audit key there was, the newest first, as the database tells: any process may ask."""
    return [
        PublicAuditKey(
            key_id=row.pk,
            public_key=bytes(row.public_key),
            created_at=row.created_at,
            replaced_at=row.replaced_at,
            succeeds=row.succeeds,
            handover=bytes(row.handover),
        )
        for row in AuditKey.objects.public().order_by("-created_at")
    ]


def trusted_keys() -> dict[str, PublicAuditKey]:
    """The audit keys that are ours whatever somebody wrote into the database, by id; vault worker only.

    The active one is ours because its private half opens under a master key; each one before it because the next one
    signed the handover.

    Raises:
        MasterKeyFault, SealBroken: as :func:`sign`.
    """
    ring = keyring.load()
    active = _active()
    if active is None:
        return {}
    _private_half(active, ring)
    told = {key.key_id: key for key in public_keys()}
    trusted = {active.pk: told[active.pk]}
    key = told[active.pk]
    while key.succeeds in told and key.succeeds not in trusted and is_handover(told[key.succeeds], key):
        key = told[key.succeeds]
        trusted[key.key_id] = key
    return trusted


def require_signed(statement: bytes, signed: Signed, *, keys: dict[str, PublicAuditKey]) -> None:
    """Refuse a statement that none of these keys signed.

    Raises:
        AuditKeyUnknown: signed with a key that is not among them.
        SignatureWrong: the statement or the signature was changed.
    """
    key = keys.get(signed.key_id)
    if key is None:
        raise AuditKeyUnknown(key_id=envelope.shown(signed.key_id))
    if not _signed_by(key, statement, signed.signature):
        raise SignatureWrong


def is_handover(old: PublicAuditKey, new: PublicAuditKey) -> bool:
    """Whether both keys signed that the new one follows the old one."""
    statement = handover_statement(old.key_id, old.public_key, new.key_id, new.public_key)
    return _signed_by(old, statement, new.handover[:64]) and _signed_by(new, statement, new.handover[64:])


def as_pem(key: PublicAuditKey) -> str:
    """The public half as openssl reads it (SubjectPublicKeyInfo, RFC 8410)."""
    public = Ed25519PublicKey.from_public_bytes(key.public_key)
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def handover_statement(old_id: str, old_public: bytes, new_id: str, new_public: bytes) -> bytes:
    """What the old and the new key sign when one replaces the other."""
    return f"vigencia: audit key {new_id} {new_public.hex()} follows {old_id} {old_public.hex()}\n".encode()


def rotate_audit_key(*, by: Actor, now: datetime) -> str:
    """Replace the active audit key by a new one and destroy its private half. Returns the id of the new one.

    Raises:
        AlreadyMoved: somebody else replaced it meanwhile.
        RuntimeError, MasterKeyFault, SealBroken: as :func:`sign`.
    """
    _refuse_inside_a_transaction()
    ring = keyring.load()
    old = _active() or _make_first(ring)
    old_private = _private_half(old, ring)
    row, private = _new(ring, now)
    statement = handover_statement(old.pk, bytes(old.public_key), row.pk, bytes(row.public_key))
    row.succeeds, row.handover = old.pk, old_private.sign(statement) + private.sign(statement)
    with transaction.atomic(durable=True):
        was = AuditKey.objects.filter(pk=old.pk, is_active=True)
        if was.update(is_active=False, replaced_at=now, wrapped_private_key=b"") != 1:
            raise AlreadyMoved
        keyring.record_use(ring.active)
        row.save(force_insert=True)
        audit.record("audit_key.replaced", by=by, subject=row, before=old.pk, public_key=bytes(row.public_key).hex())
    return row.pk


def _refuse_inside_a_transaction() -> None:
    if connection.in_atomic_block:
        raise RuntimeError("audit keys are never opened inside a transaction")


def _active() -> AuditKey | None:
    return AuditKey.objects.filter(is_active=True).first()


def _make_first(ring: Keyring) -> AuditKey:
    row, _ = _new(ring, timezone.now())
    try:
        with transaction.atomic(durable=True):
            keyring.record_use(ring.active)
            row.save(force_insert=True)
            audit.record("audit_key.created", by=_VAULT, subject=row, public_key=bytes(row.public_key).hex())
    except IntegrityError:
        # Another vault worker was faster: the constraint keeps its key, and ours is forgotten unused.
        return AuditKey.objects.get(is_active=True)
    return row


def _new(ring: Keyring, now: datetime) -> tuple[AuditKey, Ed25519PrivateKey]:
    key_id = f"ak-{secrets.token_hex(4)}"
    private_key = Ed25519PrivateKey.generate()
    wrapped = envelope.wrap_audit_key(private_key.private_bytes_raw(), master=ring.active, key_id=key_id)
    row = AuditKey(
        key_id=key_id,
        public_key=private_key.public_key().public_bytes_raw(),
        wrapped_private_key=wrapped,
        created_at=now,
    )
    return row, private_key


def _private_half(row: AuditKey, ring: Keyring) -> Ed25519PrivateKey:
    """From under the master key; a writer of the database cannot put in a public half of their own."""
    wrapped = bytes(row.wrapped_private_key)
    private_key = envelope.unwrap_audit_key(wrapped, master=ring.that_wrapped(wrapped), key_id=row.pk)
    if private_key.public_key().public_bytes_raw() != bytes(row.public_key):
        raise SealBroken
    return private_key


def _signed_by(key: PublicAuditKey, statement: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature, statement)
    except (InvalidSignature, ValueError):
        return False
    return True
