"""How do the partners keep a way back to the master key, and how do they take it when the vault's machine is gone?"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import DatabaseError, transaction

from renewals import audit
from renewals.audit import Actor
from renewals.errors import MasterKeyInTheWay, MasterKeyStaysInHsm, MasterKeyWrong, SealBroken
from renewals.models.stored_key import MasterKey
from renewals.vault import envelope, key_files, keyring, recovery_shares
from renewals.vault.local_master_key import LocalMasterKey
from renewals.vault.recovery_shares import WrittenShare


@dataclass(frozen=True, slots=True)
class Kit:
    """What is printed: one page for each line of words, for one partner each."""

    key_id: str
    needed: int
    control_number: str
    shares: Sequence[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recovered:
    """A master key that is back; ``checked`` where the database knew it and it is that very key."""

    key_id: str
    control_number: str
    checked: bool


def make_kit(*, key_id: str, needed: int, shares: int, by: Actor) -> Kit:
    """Divide a master key (the active one where ``key_id`` is empty); it is on the record before anything is given out.

    Raises:
        MasterKeyStaysInHsm: an HSM holds it.
        KitOutOfBounds: not so many shares.
        MasterKeyFault: it is not here, or unfit.
    """
    ring = keyring.load()
    key = ring.named(key_id) if key_id else ring.active
    if not isinstance(key, LocalMasterKey):
        raise MasterKeyStaysInHsm(key_id=key.key_id)
    made = recovery_shares.divide(key.secret, needed=needed, shares=shares)
    written = [WrittenShare.read(words) for words in made]
    # Every share takes part in one trial, so that no page is printed that would not help.
    for first in range(shares - needed + 1):
        if recovery_shares.unite(written[first : first + needed], key_id=key.key_id) != key.secret:
            raise MasterKeyWrong(key_id=key.key_id)
    with transaction.atomic(durable=True):
        keyring.record_use(key)
        row = MasterKey.objects.get(pk=key.key_id)
        audit.record("master_key.kit_made", by=by, subject=row, needed=needed, shares=shares)
    return Kit(key.key_id, needed, recovery_shares.control_number(key.key_id, key.secret), made)


def recover(*, key_id: str, shares: Sequence[WrittenShare], by: Actor) -> Recovered:
    """Write the file of a master key anew from the shares of its kit; the first key of a folder becomes the active one.

    A database that is not there yet is no hindrance: then nothing is checked, and ``vault_check`` does it later.

    Raises:
        SharesTooFew, ShareOfAnotherKit: what the names say.
        MasterKeyWrong: the database knows a key of this id, and it is another one; nothing was written.
        MasterKeyInTheWay: the folder has a key of this id.
        MasterKeyAbsent: no folder is named.
    """
    if any(path.stem == key_id for path in keyring.files(key_files.folder())):
        raise MasterKeyInTheWay(key_id=key_id)
    secret = recovery_shares.unite(shares, key_id=key_id)
    row = _known(key_id)
    if row is not None:
        try:
            envelope.open_probe(bytes(row.probe), master=LocalMasterKey(key_id, secret))
        except SealBroken:
            raise MasterKeyWrong(key_id=key_id) from None
    key_files.keep(key_id, secret)
    if not (key_files.folder() / key_files.ACTIVE).exists():
        key_files.write_durably(key_files.folder() / key_files.ACTIVE, key_id.encode())
    if row is not None:
        with transaction.atomic(durable=True):
            audit.record("master_key.recovered", by=by, subject=row)
    return Recovered(key_id, recovery_shares.control_number(key_id, secret), checked=row is not None)


def _known(key_id: str) -> MasterKey | None:
    try:
        return MasterKey.objects.filter(pk=key_id).first()
    except DatabaseError:
        return None
