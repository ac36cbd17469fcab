"""Which master keys does this process hold? Only the vault worker has any; every other process is told so.

``MASTER_KEYS_DIR`` holds one file ``<key id>.key`` of 32 raw bytes for each key, and a file ``active`` with the id of
the one that new keys are wrapped under. The files are read at every use, so a key that was added or taken away counts
without a restart.
"""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from renewals.errors import MasterKeyAbsent, MasterKeyUnsafe
from renewals.vault import envelope
from renewals.vault.envelope import NamedKey

#: The vault worker, and a person's own shell; a web process that was given the folder by mistake still refuses.
_ROLES = {"vault", "shell"}
_OTHERS_READ = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class Keyring:
    """The master keys by id, one of them active."""

    active: NamedKey
    keys: Mapping[str, NamedKey] = field(repr=False)

    def that_wrapped(self, wrapped: bytes) -> NamedKey:
        """The master key that these bytes name; raises MasterKeyAbsent where it is not here."""
        key = self.keys.get(envelope.sealed_under(wrapped))
        if key is None:
            raise MasterKeyAbsent
        return key


def load() -> Keyring:
    """Read the master keys.

    Raises:
        MasterKeyAbsent: this process has none.
        MasterKeyUnsafe: others can read or replace one, or one has the wrong length.
    """
    if not settings.MASTER_KEYS_DIR or settings.PROCESS_ROLE not in _ROLES:
        raise MasterKeyAbsent
    folder = Path(settings.MASTER_KEYS_DIR)
    active_file = folder / "active"
    if not active_file.is_file():
        raise MasterKeyAbsent
    for path in (folder, active_file):
        if path.stat().st_mode & _OTHERS_WRITE:
            raise MasterKeyUnsafe(key_id=path.name, fault="writable")
    keys = {path.stem: _read(path) for path in sorted(folder.glob("*.key"))}
    active = keys.get(active_file.read_text().strip())
    if active is None:
        raise MasterKeyAbsent
    return Keyring(active=active, keys=keys)


def _read(path: Path) -> NamedKey:
    with path.open("rb") as handle:
        # Asked of the open file, so that nobody can put another one in between.
        if os.fstat(handle.fileno()).st_mode & _OTHERS_READ:
            raise MasterKeyUnsafe(key_id=path.stem, fault="readable")
        secret = handle.read(envelope.KEY_BYTES + 1)
    if len(secret) != envelope.KEY_BYTES:
        raise MasterKeyUnsafe(key_id=path.stem, fault="length")
    return NamedKey(path.stem, secret)
