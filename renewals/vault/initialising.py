"""How does a new installation get its first master key and intake pair, and an old one the value to pin?"""

import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.db import transaction

from renewals import audit
from renewals.audit import Actor
from renewals.errors import MasterKeyAbsent, MasterKeyLost, SealBroken
from renewals.models.stored_key import IntakeKey
from renewals.vault import envelope, hsm_session, key_files, keyring, wrapped_rows
from renewals.vault.envelope import IntakePublicKey
from renewals.vault.keyring import Keyring
from renewals.vault.pkcs11_master_key import Pkcs11MasterKey


def initialise(*, by: Actor) -> str:
    """Make what is missing and return the value of INTAKE_PUBLIC_KEY; what is there stays as it is.

    Raises:
        MasterKeyAbsent: this process was given no folder for master keys, or several keys and none active.
        MasterKeyLost: the database needs a master key that is not in the folder; a new one would open nothing.
        MasterKeyFault, SealBroken: what is there cannot be used.
    """
    if not (key_files.folder() / key_files.ACTIVE).exists():
        _make_active(key_files.folder())
    ring = keyring.load()
    row = IntakeKey.objects.order_by("-created_at", "key_id").first() or _make_intake_key(ring, by)
    return str(_public_half(row, ring))


def make_hsm_key(key_id: str) -> None:
    """Make the master key that ``<key id>.pkcs11`` describes, inside its HSM; nothing is under it yet.

    Raises:
        MasterKeyAbsent: this process was given no folder for master keys.
        FileNotFoundError: the file is not there.
        MasterKeyFault: the file is unfit, the HSM does not answer, or it has a key of that label already.
    """
    hsm_session.make_key(Pkcs11MasterKey.read(key_files.folder() / f"{key_id}.pkcs11").place)


def _make_active(folder: Path) -> None:
    found = keyring.files(folder)
    if len(found) > 1:
        raise MasterKeyAbsent
    if not found:
        if any(table.rows().exists() for table in wrapped_rows.TABLES):
            raise MasterKeyLost
        found = [folder / f"{key_files.make_local_key()}.key"]
    key_files.write_durably(folder / key_files.ACTIVE, found[0].stem.encode())


def _make_intake_key(ring: Keyring, by: Actor) -> IntakeKey:
    key_id = f"ik-{secrets.token_hex(4)}"
    private_key = X25519PrivateKey.generate()
    row = IntakeKey(
        key_id=key_id,
        public_key=private_key.public_key().public_bytes_raw(),
        wrapped_private_key=envelope.wrap_intake_key(
            private_key.private_bytes_raw(), master=ring.active, key_id=key_id
        ),
    )
    with transaction.atomic():
        keyring.record_use(ring.active)
        row.save(force_insert=True)
        audit.record("vault.initialised", by=by, subject=row, master_key=ring.active.key_id)
    return row


def _public_half(row: IntakeKey, ring: Keyring) -> IntakePublicKey:
    """From the private half that only the master key opens: a writer of the database cannot put in their own."""
    wrapped = bytes(row.wrapped_private_key)
    private_key = envelope.unwrap_intake_key(wrapped, master=ring.that_wrapped(wrapped), key_id=row.key_id)
    if private_key.public_key().public_bytes_raw() != bytes(row.public_key):
        raise SealBroken
    return IntakePublicKey(row.key_id, private_key.public_key())
