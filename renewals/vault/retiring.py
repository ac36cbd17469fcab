"""When may a master key go, who allows it, and what is then done with it?

Only one that nothing is under any more, which is shown by opening every key there is without it; only on the word of
two partners; and never the active one. From then on nothing is wrapped under it again. Its file is removed where this
process may do so; a copy kept for old backups is the business of whoever keeps them.
"""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TypedDict
from uuid import UUID

from django.conf import settings
from django.db import transaction

from renewals import audit
from renewals.approvals import asking, using
from renewals.errors import (
    ApprovalMissing,
    MasterKeyInUse,
    MasterKeyIsActive,
    MasterKeyNeverUsed,
    MasterKeyRetiredBefore,
)
from renewals.models import ApprovalKind, ApprovalState, KeyWork, KeyWorkKind, Person
from renewals.models.stored_key import MasterKey
from renewals.vault import announcing, archiving, held_works, keyring
from renewals.vault.held_works import VAULT, HeldWork
from renewals.vault.rotating import open_every_key
from renewals.vault.wrapped_rows import TABLES


def ask_retirement(*, key_id: str, reason: str, by: Person, confirmed_at: datetime | None, now: datetime) -> KeyWork:
    """Ask to retire a master key; another partner has to approve it before the vault worker does.

    Raises:
        NotPermitted, ConfirmationNeeded, ReasonMissing: as for every request that needs two people.
        MasterKeyNeverUsed, MasterKeyRetiredBefore: there is nothing to retire.
        KeysNotArchived: no key archive does without it.
        KeyWorkUnderWay: another retirement has not ended.
    """
    held_works.require_allowed(by, confirmed_at=confirmed_at, now=now)
    _require_in_use(MasterKey.objects.only("retired_at").filter(pk=key_id).first(), key_id)
    archiving.require_archived_since_rotation(key_id, now=now)
    with transaction.atomic():
        approval = asking.ask(
            kind=ApprovalKind.RETIRE_MASTER_KEY,
            facts=_facts(key_id),
            reason=reason,
            by=by,
            confirmed_at=confirmed_at,
            now=now,
        )
        work = KeyWork(kind=KeyWorkKind.RETIRE, from_key=key_id, approval=approval)
        return held_works.ask(work, by=by, confirmed_at=confirmed_at, now=now)


def retire(held: HeldWork) -> None:
    """Announce it; when it is due show that nothing needs the key, retire it, and remove its file where it can.

    Raises:
        ApprovalMissing: nobody else allowed it, or not any more.
        MasterKeyIsActive, MasterKeyNeverUsed: it cannot be retired.
        MasterKeyInUse, KeysNotArchived: keys, or all archives of them, are still under it.
        KeysLeftBehind: some keys do not open without it.
        MasterKeyFault: a master key does not answer.
        AlreadyMoved: another worker took the work over.
    """
    key_id = held.work.from_key
    ring = keyring.load()
    if ring.active.key_id == key_id:
        raise MasterKeyIsActive(key_id=key_id)
    row = MasterKey.objects.filter(pk=key_id).first()
    if row is None:
        raise MasterKeyNeverUsed(key_id=key_id)
    _require_nothing_under(key_id)
    if row.retired_at is None:
        archiving.require_archived_since_rotation(key_id, now=held.now)
    if row.retired_at is None and not announcing.is_due(held, using.standing(**_allowed(key_id, held), now=held.now)):
        return
    opened = open_every_key(held, [ring.active, *(key for name, key in ring.keys.items() if name != key_id)])
    if row.retired_at is None:
        _retire(held, key_id)
    else:
        # A worker died between the retirement and the end: the word of the two was used up by this very work.
        _require_allowed_before(held, key_id)
    file, needed = _remove_file(key_id), archiving.older_archives_lapse_on(now=held.now)
    kept = {} if needed is None else {"keep_until": needed.isoformat()}
    with transaction.atomic():
        held.finish({"key_id": key_id, "opened": sum(opened.values()), "left": 0, "file": file, **kept, **opened})


def _retire(held: HeldWork, key_id: str) -> None:
    with transaction.atomic():
        # This update and whoever wraps a new key (``keyring.record_use``) hold the same row: one waits for the other.
        if MasterKey.objects.filter(pk=key_id, retired_at=None).update(retired_at=held.now) != 1:
            raise MasterKeyRetiredBefore(key_id=key_id)
        _require_nothing_under(key_id)
        using.use(**_allowed(key_id, held), by=VAULT, now=held.now)
        held.hold(total=1, done=1)
        audit.record("master_key.retired", by=VAULT, subject=MasterKey(pk=key_id))


def _require_in_use(row: MasterKey | None, key_id: str) -> None:
    if row is None:
        raise MasterKeyNeverUsed(key_id=key_id)
    if row.retired_at is not None:
        raise MasterKeyRetiredBefore(key_id=key_id)


def _require_nothing_under(key_id: str) -> None:
    if left := sum(table.under(key_id).count() for table in TABLES):
        raise MasterKeyInUse(key_id=key_id, left=left)


def _require_allowed_before(held: HeldWork, key_id: str) -> None:
    approval = held.work.approval
    if approval is None or (approval.kind, approval.state, approval.facts) != (
        ApprovalKind.RETIRE_MASTER_KEY,
        ApprovalState.USED,
        _facts(key_id),
    ):
        raise ApprovalMissing


class _Allowed(TypedDict):
    """What the approval has to be for."""

    approval_id: UUID | None
    kind: ApprovalKind
    company_id: None
    facts: Mapping[str, object]


def _allowed(key_id: str, held: HeldWork) -> _Allowed:
    return _Allowed(
        approval_id=held.work.approval_id,
        kind=ApprovalKind.RETIRE_MASTER_KEY,
        company_id=None,
        facts=_facts(key_id),
    )


def _facts(key_id: str) -> Mapping[str, object]:
    return {"master_key": key_id}


def _remove_file(key_id: str) -> str:
    """``removed``, ``absent``, or ``kept`` where this process may not: then a person has to."""
    folder = Path(settings.MASTER_KEYS_DIR)
    found = [path for path in keyring.files(folder) if path.stem == key_id]
    try:
        for path in found:
            path.unlink()
        _write_down(folder)
    except OSError:
        return "kept"
    return "removed" if found else "absent"


def _write_down(folder: Path) -> None:
    """On the disk, before anybody is told."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
