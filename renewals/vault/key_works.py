"""Which verb does which long work on keys, and what becomes of one that cannot be done?"""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from renewals.access import Right, require
from renewals.errors import AlreadyMoved, MasterKeyFault, Refusal
from renewals.models import KeyWorkKind
from renewals.vault import announcing, erasing, held_works, keyring, rekeying, retiring, rotating
from renewals.vault.held_works import HeldWork

#: What does a work of each kind: as far as the time of one look allows, and again at the next.
VERBS: Mapping[str, Callable[[HeldWork], None]] = {
    KeyWorkKind.ROTATE: rotating.rotate,
    KeyWorkKind.REKEY: rekeying.rekey,
    KeyWorkKind.RETIRE: retiring.retire,
    KeyWorkKind.ERASE: erasing.erase,
}


def do(*, work_id: UUID, now: datetime) -> None:
    """Begin a work or go on with it; one that somebody else is at, or that has ended, is left alone.

    A work that is refused has failed, with the reason in its row; what it has moved stays moved, and it can be asked
    for again.

    Raises:
        MasterKeyFault: this process cannot work with master keys at the moment; the work goes on waiting.
        AlreadyMoved: another worker took the work over.
    """
    # Asked before anything is claimed: where nothing can be opened, nothing changes.
    keyring.load()
    held = held_works.claim(work_id=work_id, now=now)
    if held is None:
        return
    try:
        _require_still_allowed(held)
        VERBS[held.work.kind](held)
    except AlreadyMoved:
        raise
    except MasterKeyFault:
        held.let_go()
        raise
    except Refusal as refusal:
        held.fail(refusal)


def _require_still_allowed(held: HeldWork) -> None:
    """Whoever asked must be a partner at this moment, or a shell on the vault's machine.

    What needs a second person and a day's notice is asked by the verb itself.
    """
    if held.work.asked_by is None:
        announcing.require_asked_here(held.work)
    else:
        require(held.work.asked_by, Right.MANAGE)
