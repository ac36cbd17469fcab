"""How do all keys come under another master key, whoever dies on the way, and how is it shown that none was left?

Whatever is not under the active master key by its own bytes is unwrapped and wrapped anew, batch by batch. A row that
was moved names the new master key itself, so a worker that starts again sees what is left, and two cannot undo each
other. Until a row is moved it opens with the old key, so nobody waits, neither a checkout nor a key on its way into
custody.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import BinaryField, F, Model, QuerySet
from django.db.models.functions import Substr

from renewals import audit
from renewals.audit import Actor
from renewals.errors import KeysLeftBehind, MasterKeyChanged, MasterKeyFault, SealBroken
from renewals.models import KeyWork, KeyWorkKind
from renewals.models.stored_key import MasterKey
from renewals.vault import envelope, held_works, keyring
from renewals.vault.envelope import WrappingKey
from renewals.vault.held_works import VAULT, HeldWork, Proof
from renewals.vault.keyring import Keyring
from renewals.vault.wrapped_rows import TABLES, WrappedTable

#: So many keys share one transaction and one event.
BATCH = 1000


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
        for batch in _batches(_not_under(table, ring.active)):
            if not held.has_time:
                held.let_go()
                return
            refused += _move(held, table, batch, ring)
    _finish(held, ring, refused)


def left_elsewhere(active: WrappingKey) -> int:
    """How many keys are not under this master key, by what their own bytes say."""
    return sum(_not_under(table, active).count() for table in TABLES)


def open_every_key(held: HeldWork, keys: Sequence[WrappingKey]) -> dict[str, int]:
    """Unwrap every key there is with these master keys alone; returns how many opened, by table.

    Raises:
        KeysLeftBehind: some do not open with them.
    """
    ring = Keyring(keys[0], {key.key_id: key for key in keys})
    opened: dict[str, int] = {}
    refused: list[str] = []
    for table in TABLES:
        opened[table.name] = 0
        for batch in _batches(table.rows()):
            for one in batch:
                try:
                    table.unwrap(one, ring.that_wrapped(table.wrapped(one)))
                except (SealBroken, MasterKeyFault) as refusal:
                    refused.append(refusal.code)
                else:
                    opened[table.name] += 1
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


def _not_under(table: WrappedTable, key: WrappingKey) -> QuerySet[Any]:
    header = envelope.wrapped_header(key.key_id)
    beginning = Substr(table.column, 1, len(header), output_field=BinaryField())
    others: QuerySet[Any] = table.rows().alias(beginning=beginning).exclude(beginning=header)
    return others


def _batches(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """In the order of their ids; each row is offered once, whatever becomes of it."""
    batch = list(rows[:BATCH])
    while batch:
        yield batch
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:BATCH])


def _move(held: HeldWork, table: WrappedTable, batch: Sequence[Model], ring: Keyring) -> list[str]:
    """Move one batch; returns why the keys did not open that could not be moved."""
    moved: list[tuple[Model, bytes]] = []
    refused: list[str] = []
    for row in batch:
        try:
            old = ring.that_wrapped(table.wrapped(row))
            moved.append((row, table.rewrapped(row, old=old, new=ring.active)))
        except (SealBroken, MasterKeyFault) as refusal:
            refused.append(refusal.code)
    with transaction.atomic():
        written = _replace(table, moved, ring.active.key_id)
        held.hold(done=F("done") + written)
        audit.record("key_work.batch_moved", by=VAULT, subject=held.work, table=table.name, rows=written)
    return refused


def _replace(table: WrappedTable, moved: Sequence[tuple[Model, bytes]], key_id: str) -> int:
    """Write the new bytes, each only over the very bytes that were opened; returns how many rows that were.

    Written as plain SQL: so many updates of one row each take the ORM several times as long as the database.
    """
    fields = {field.name: field for field in table.model._meta.concrete_fields}  # noqa: SLF001  # Django documents it
    key = next(field for field in fields.values() if field.primary_key)
    into = [str(fields[one].column) for one in (table.column, table.index) if one]
    quoted = connection.ops.quote_name
    changes = ", ".join(f"{quoted(one)} = %s" for one in into)
    statement = (
        f"UPDATE {quoted(table.model._meta.db_table)} SET {changes} "  # noqa: S608, SLF001  # names of our own
        f"WHERE {quoted(str(key.column))} = %s AND {quoted(into[0])} = %s"
    )
    values = [
        (*(wrapped, key_id)[: len(into)], key.get_db_prep_save(row.pk, connection), table.wrapped(row))
        for row, wrapped in moved
    ]
    if not values:
        return 0
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)
        return int(cursor.rowcount)


def _finish(held: HeldWork, ring: Keyring, refused: Sequence[str]) -> None:
    left = left_elsewhere(ring.active)
    if left:
        raise KeysLeftBehind(left=left, first=refused[0] if refused else "")
    opened = open_every_key(held, [ring.active])
    with transaction.atomic():
        # Once more, in the transaction that says so.
        if left := left_elsewhere(ring.active):
            raise KeysLeftBehind(left=left, first="")
        proof: Proof = {"key_id": ring.active.key_id, "opened": sum(opened.values()), "left": 0, **opened}
        held.finish(proof)
