"""How do all keys come under another master key, whoever dies on the way, and how is it shown that none was left?

Whatever is not under the active master key by its own bytes is unwrapped and wrapped anew, batch by batch. A row that
was moved names the new master key itself, so a worker that starts again sees what is left, and two cannot undo each
other. Until a row is moved it opens with the old key, so nobody waits, neither a checkout nor a key on its way into
custody.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from time import monotonic
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from renewals import audit
from renewals.audit import Actor
from renewals.errors import KeysLeftBehind, MasterKeyChanged, MasterKeyFault, SealBroken
from renewals.models import KeyWork, KeyWorkKind
from renewals.models.stored_key import MasterKey
from renewals.vault import envelope, held_works, keyring
from renewals.vault.envelope import Rewrapper, WrappingKey
from renewals.vault.held_works import VAULT, HeldWork
from renewals.vault.keyring import Keyring
from renewals.vault.wrapped_rows import TABLES, PlainRow, WrappedTable

#: So many keys share one transaction and one event: few at first, and more while a batch takes less than QUICK seconds.
SMALLEST_BATCH, LARGEST_BATCH, QUICK = 250, 5_000, 1.0
#: So many keys of each table are read again and opened at the end of a rotation.
SAMPLE = 500


def ask_rotation(*, by: Actor, confirmed_at: datetime | None, now: datetime) -> KeyWork:
    """Ask that all keys come under the active master key, whichever the vault worker holds. As ``held_works.ask``."""
    return held_works.ask(KeyWork(kind=KeyWorkKind.ROTATE), by=by, confirmed_at=confirmed_at, now=now)


def rotate(held: HeldWork) -> None:
    """Begin or go on, as far as the time of one look allows.

    Raises:
        MasterKeyChanged: another master key became active since it began.
        KeysLeftBehind: some keys do not open, or are under a master key that is not here; they stay as they are.
        MasterKeyFault: the active master key does not answer.
        AlreadyMoved: another worker took the work over.
    """
    ring = keyring.load()
    if held.work.to_key not in {"", ring.active.key_id}:
        raise MasterKeyChanged(key_id=held.work.to_key)
    _begin(held, ring.active)
    refused: list[str] = []
    for table in TABLES:
        for batch in _batches(table, table.not_under(ring.active.key_id)):
            if not held.has_time:
                held.let_go()
                return
            refused += _move(held, table, batch, ring)
    _finish(held, ring, refused)


def left_elsewhere(active: WrappingKey) -> int:
    """How many keys are not under this master key, by what their own bytes say."""
    return sum(table.not_under(active.key_id).count() for table in TABLES)


def open_every_key(held: HeldWork, keys: Sequence[WrappingKey]) -> dict[str, int]:
    """Unwrap every key there is with these master keys alone; returns how many opened, by table.

    Raises:
        KeysLeftBehind: some do not open with them.
        AlreadyMoved: another worker took the work over.
    """
    opened: dict[str, int] = {}
    refused: list[str] = []
    for table in TABLES:
        opened[table.name] = 0
        for batch in _batches(table, table.rows()):
            why = _open(batch, Keyring(keys[0], {key.key_id: key for key in keys}))
            refused += why
            opened[table.name] += len(batch) - len(why)
            with transaction.atomic():
                held.hold()
    if refused:
        raise KeysLeftBehind(left=len(refused), first=refused[0])
    return opened


def _begin(held: HeldWork, active: WrappingKey) -> None:
    others = MasterKey.objects.filter(retired_at=None).exclude(pk=active.key_id)
    before = list(others.values_list("pk", flat=True)[:2])
    left = left_elsewhere(active)
    with transaction.atomic():
        keyring.record_use(active)
        # Several may be left at once: then the row names none.
        held.hold(to_key=active.key_id, from_key=before[0] if len(before) == 1 else "", total=F("done") + left)


def _batches(table: WrappedTable, rows: QuerySet[Any]) -> Iterator[list[PlainRow]]:
    """The rows, each once, in batches that grow while they are quick: an HSM may take a thousand times as long."""
    size, last = SMALLEST_BATCH, None
    while batch := table.read(rows, after=last, size=size):
        began = monotonic()
        yield batch
        last = batch[-1].place
        size = min(2 * size, LARGEST_BATCH) if monotonic() - began < QUICK else size


def _move(held: HeldWork, table: WrappedTable, batch: Sequence[PlainRow], ring: Keyring) -> list[str]:
    """Move one batch; returns why the keys did not open that could not be moved."""
    moved: list[tuple[PlainRow, bytes]] = []
    refused: list[str] = []
    rewrap = Rewrapper(ring.active, ring.active)
    for row in batch:
        try:
            if not row.wrapped.startswith(rewrap.header):
                rewrap = Rewrapper(ring.that_wrapped(row.wrapped), ring.active)
            moved.append((row, rewrap(row.wrapped, row.listed)))
        except (SealBroken, MasterKeyFault) as refusal:
            refused.append(refusal.code)
    with transaction.atomic():
        # A master key that was retired since the last batch gets nothing more.
        keyring.record_use(ring.active)
        written = table.replace(moved, key_id=ring.active.key_id)
        held.hold(done=F("done") + written)
        audit.record("key_work.batch_moved", by=VAULT, subject=held.work, table=table.name, rows=written)
    return refused


def _open(batch: Sequence[PlainRow], ring: Keyring) -> list[str]:
    """Why those of these keys did not open that did not."""
    refused: list[str] = []
    for row in batch:
        try:
            envelope.unwrap(row.wrapped, master=ring.that_wrapped(row.wrapped), listed=row.listed)
        except (SealBroken, MasterKeyFault) as refusal:
            refused.append(refusal.code)
    return refused


def _finish(held: HeldWork, ring: Keyring, refused: Sequence[str]) -> None:
    left = left_elsewhere(ring.active)
    if left:
        raise KeysLeftBehind(left=left, first=refused[0] if refused else "")
    sample = _open_sample(ring)
    with transaction.atomic():
        # Once more, in the transaction that says so.
        if left := left_elsewhere(ring.active):
            raise KeysLeftBehind(left=left, first="")
        rows = {table.name: table.rows().count() for table in TABLES}
        held.finish({"key_id": ring.active.key_id, "left": 0, "opened": sample, **rows})


def _open_sample(ring: Keyring) -> int:
    """Open so many keys of each table from the database, all of a small firm's; ids are random. Raises SealBroken.

    Every key was opened under the new master key before its old bytes were replaced, and before the old master key may
    be retired every key is opened once more (:func:`open_every_key`).
    """
    opened = 0
    for table in TABLES:
        for row in table.under(ring.active.key_id)[:SAMPLE]:
            table.unwrap(row, ring.active)
            opened += 1
    return opened
