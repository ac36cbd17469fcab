"""How does the file of a master key get onto the disk? Complete, on the platter, and for its owner alone."""

import os
import secrets
from pathlib import Path

from django.conf import settings

from renewals.errors import MasterKeyAbsent, MasterKeyInTheWay
from renewals.vault import envelope, keyring

ACTIVE = "active"


def folder() -> Path:
    """The folder of the master keys, which may not exist yet. Raises MasterKeyAbsent where none is named."""
    if not settings.MASTER_KEYS_DIR:
        raise MasterKeyAbsent
    return Path(settings.MASTER_KEYS_DIR)


def make_local_key() -> str:
    """Make a new master key of this machine, beside those that are there. Returns its id; it is not active yet."""
    key_id = f"mk-{secrets.token_hex(4)}"
    keep(key_id, os.urandom(envelope.KEY_BYTES))
    return key_id


def keep(key_id: str, secret: bytes) -> None:
    """Write the file of a master key.

    Raises:
        MasterKeyInTheWay: there is a key of this id; it is never overwritten.
        MasterKeyAbsent: no folder is named.
    """
    path = folder() / f"{key_id}.key"
    if any(one.stem == key_id for one in keyring.files(folder())):
        raise MasterKeyInTheWay(key_id=key_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_durably(path, secret)


def activate(key_id: str) -> None:
    """Let new keys be wrapped under this master key from now on.

    Raises:
        MasterKeyFault: it is not here, was retired, or does not open what it wraps; then nothing changed.
    """
    keyring.load_with_active(key_id)
    write_durably(folder() / ACTIVE, key_id.encode())


def write_durably(path: Path, content: bytes) -> None:
    """On the disk, readable by its owner alone and complete, before anything is sealed under it."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with open(unfinished, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    unfinished.rename(path)
    parent = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)
