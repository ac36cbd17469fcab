"""Which master keys does this process hold? Only the vault worker has any; every other process is told so.

``MASTER_KEYS_DIR`` holds one file for each key, named by its id, and a file ``active`` with the id of the one that new
keys are wrapped under. How a key is held tells its file's suffix (:data:`HOLDERS`). The files are read at every use, so
a key that was added or taken away counts without a restart.
"""

import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from renewals.errors import (
    MasterKeyAbsent,
    MasterKeyRetired,
    MasterKeyUnknown,
    MasterKeyUnsafe,
    MasterKeyWrong,
    SealBroken,
)
from renewals.models.stored_key import MasterKey
from renewals.vault import envelope
from renewals.vault.envelope import WrappingKey
from renewals.vault.local_master_key import LocalMasterKey
from renewals.vault.pkcs11_master_key import Pkcs11MasterKey

#: Suffix of a key's file → what reads it. Another way to hold a key is another line here.
HOLDERS: Mapping[str, Callable[[Path], WrappingKey]] = {
    ".key": LocalMasterKey.read,
    ".pkcs11": Pkcs11MasterKey.read,
}
#: The vault worker, and a person's own shell; a web process that was given the folder by mistake still refuses.
_ROLES = {"vault", "shell"}
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_KEY_ID = re.compile(r"[A-Za-z0-9-]{1,16}")


@dataclass(frozen=True, slots=True)
class Keyring:
    """The master keys by id, one of them active."""

    active: WrappingKey
    keys: Mapping[str, WrappingKey] = field(repr=False)

    def that_wrapped(self, wrapped: bytes) -> WrappingKey:
        """The master key that these bytes name; raises MasterKeyUnknown where it is not here, SealBroken."""
        return self.named(envelope.wrapped_under(wrapped))

    def named(self, key_id: str) -> WrappingKey:
        """The master key of this id; raises MasterKeyUnknown where it is not here."""
        key = self.keys.get(key_id)
        if key is None:
            raise MasterKeyUnknown(key_id=envelope.shown(key_id))
        return key


def load() -> Keyring:
    """Read the master keys, and compare them with those that were used here before.

    Raises:
        MasterKeyAbsent: this process has none.
        MasterKeyUnsafe: others can read or replace one, it has the wrong length, or two files have its id.
        MasterKeyWrong: one has the id of a key that was used here, and is another one.
        MasterKeyRetired: the active one was retired.
        MasterKeyFault: one is in an HSM that does not answer, or not with this key.
    """
    if not settings.MASTER_KEYS_DIR or settings.PROCESS_ROLE not in _ROLES:
        raise MasterKeyAbsent
    try:
        with (Path(settings.MASTER_KEYS_DIR) / "active").open("rb") as handle:
            _require_unwritable("active", os.fstat(handle.fileno()))
            active_id = handle.read().decode(errors="replace").strip()
    except OSError:
        raise MasterKeyAbsent from None
    return load_with_active(active_id)


def load_with_active(active_id: str) -> Keyring:
    """As :func:`load`, with this key as the active one, whatever the file says."""
    if not settings.MASTER_KEYS_DIR or settings.PROCESS_ROLE not in _ROLES:
        raise MasterKeyAbsent
    folder = Path(settings.MASTER_KEYS_DIR)
    keys = {path.stem: HOLDERS[path.suffix](path) for path in files(folder)}
    if active_id not in keys:
        raise MasterKeyUnknown(key_id=envelope.shown(active_id))
    _require_unwritable(folder.name, folder.stat())
    _compare_with_the_record(keys, active_id)
    return Keyring(active=keys[active_id], keys=keys)


def files(folder: Path) -> list[Path]:
    """The files of the master keys in a folder, in the order of their ids. Raises MasterKeyUnsafe."""
    found = sorted(path for path in folder.iterdir() if path.suffix in HOLDERS) if folder.is_dir() else []
    ids = [path.stem for path in found]
    for key_id in ids:
        if not _KEY_ID.fullmatch(key_id):
            raise MasterKeyUnsafe(key_id=envelope.shown(key_id), fault="name")
        if ids.count(key_id) > 1:
            raise MasterKeyUnsafe(key_id=key_id, fault="twice")
    return found


def _require_unwritable(name: str, seen: os.stat_result) -> None:
    if seen.st_mode & _OTHERS_WRITE:
        raise MasterKeyUnsafe(key_id=name, fault="writable")


def record_use(key: WrappingKey) -> None:
    """Note that this database has keys under a master key, in the transaction that writes one.

    What is noted opens with this very key alone, so that a later file of the same name is known to be another one. The
    row is held until the transaction ends: whoever retires the key waits for it, or has been faster.

    Raises:
        MasterKeyRetired: it was retired since the folder was read; what was wrapped under it is not to be written.
    """
    known = MasterKey.objects.filter(pk=key.key_id)
    # Nested in the caller's transaction, whose end is what lets the row go.
    with transaction.atomic():
        if not known.exists():
            row = MasterKey(key_id=key.key_id, holder=key.holder, probe=envelope.wrap_probe(master=key))
            MasterKey.objects.bulk_create([row], ignore_conflicts=True)
        # SQLite knows no row locks and needs none: its transactions are one after the other.
        if not list(known.select_for_update().filter(retired_at=None).values_list("pk")):
            raise MasterKeyRetired(key_id=key.key_id)


def _compare_with_the_record(keys: Mapping[str, WrappingKey], active_id: str) -> None:
    # As plain SQL: this is asked before every opening of a key, and the ORM would be most of what that takes.
    with connection.cursor() as cursor:
        cursor.execute("SELECT key_id, retired_at IS NOT NULL, probe FROM renewals_masterkey")
        record = [(key_id, is_retired, bytes(probe)) for key_id, is_retired, probe in cursor.fetchall()]
    for key_id, is_retired, probe in record:
        if key_id not in keys:
            continue
        if is_retired:
            if key_id == active_id:
                raise MasterKeyRetired(key_id=key_id)
            continue
        try:
            envelope.open_probe(probe, master=keys[key_id])
        except SealBroken:
            raise MasterKeyWrong(key_id=key_id) from None
