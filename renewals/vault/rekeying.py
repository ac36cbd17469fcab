"""How does one company get a new data key, with every one of its secrets encrypted anew under it?

First the new key takes the old one's place for whatever is written from then on, in one transaction. Then every
secret is opened and encrypted under the new key, batch by batch; a secret that was moved names the new key in its own
bytes, so a worker that starts again sees what is left. Last, every secret is opened under the new key, and only then is
the old one destroyed. Until then both open what is theirs, so nobody waits.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import BinaryField, F, QuerySet
from django.db.models.functions import Substr

from renewals import audit
from renewals.audit import Actor
from renewals.errors import AlreadyMoved, KeysLeftBehind, MasterKeyAbsent, NothingToRekey, SealBroken
from renewals.models import Company, KeyWork, KeyWorkKind
from renewals.models.stored_key import CompanyKey, StoredSecret
from renewals.vault import data_keys, envelope, held_works, keyring
from renewals.vault.envelope import Place
from renewals.vault.held_works import VAULT, HeldWork
from renewals.vault.opening import opening

#: So many secrets share one announcement and one transaction; each is a few kilobytes.
BATCH = 50


def ask_rekey(*, company: Company, by: Actor, confirmed_at: datetime | None, now: datetime) -> KeyWork:
    """Ask for a new data key of a company. Raises as ``held_works.ask``."""
    work = KeyWork(kind=KeyWorkKind.REKEY, company=company)
    return held_works.ask(work, by=by, confirmed_at=confirmed_at, now=now)


def rekey(held: HeldWork) -> None:
    """Begin or go on, as far as the time of one look allows.

    Raises:
        NothingToRekey: the company has no data key.
        KeysLeftBehind: some secrets do not open; they stay as they are, and their key stays for them.
        MasterKeyAbsent, SealBroken: the new data key itself does not open (any more).
        AlreadyMoved: another worker took the work over.
    """
    active = CompanyKey.objects.filter(company=held.work.company_id, is_active=True).first()
    if active is None:
        raise NothingToRekey
    new = active if _made_by(held.work, active) else _replace(active, held)
    refused: list[str] = []
    for batch in _batches(new):
        if not held.has_time:
            held.let_go()
            return
        refused += _encrypt_anew(held, batch, new)
    _finish(held, new, _opened(new), refused)


def _made_by(work: KeyWork, active: CompanyKey) -> bool:
    """Whether the work has begun: the key in use is the one it made, and the one it left is still there.

    The row of the work alone is not believed, because others may write it.
    """
    left = CompanyKey.objects.filter(company=active.company_id, is_active=False)
    return active.pk.hex == work.to_key and work.from_key in {one.hex for one in left.values_list("pk", flat=True)}


def _replace(old: CompanyKey, held: HeldWork) -> CompanyKey:
    """Put a new key in the place of the one in use, whose row stays until nothing needs it."""
    ring = keyring.load()
    new = data_keys.fresh(old.company_id, ring)
    with transaction.atomic():
        keyring.record_use(ring.active)
        if CompanyKey.objects.filter(pk=old.pk, is_active=True).update(is_active=False) != 1:
            raise AlreadyMoved
        new.save(force_insert=True)
        total = _encrypted(old.company_id).count()
        held.hold(from_key=old.pk.hex, to_key=new.pk.hex, total=total, done=0)
        audit.record("company_key.replaced", by=VAULT, subject=new, company=old.company_id, before=old.pk.hex)
    return new


def _batches(new: CompanyKey) -> Iterator[list[StoredSecret]]:
    """The company's secrets that are under another key, in the order of their ids; each is offered once."""
    under_new = envelope.secret_header(new.pk.hex)
    rows = _encrypted(new.company_id)
    last: UUID | None = None
    while batch := list((rows if last is None else rows.filter(pk__gt=last))[:BATCH]):
        last = batch[-1].pk
        if others := [row for row in batch if not bytes(row.sealed or b"").startswith(under_new)]:
            yield others


def _encrypt_anew(held: HeldWork, batch: list[StoredSecret], new: CompanyKey) -> list[str]:
    """Move one batch; returns why the secrets did not open that could not be moved."""
    moved: list[tuple[StoredSecret, bytes]] = []
    refused: list[str] = []
    with opening(rows=batch, by=VAULT, reason="rekey") as opener:
        key = opener.data_key(new)
        for row in batch:
            try:
                clear = opener.secret(row)
            except (SealBroken, MasterKeyAbsent) as refusal:
                refused.append(refusal.code)
                continue
            place = Place(new.company_id, row.pk, row.kind)
            moved.append((row, envelope.encrypt_secret(clear, key=key, place=place)))
    with transaction.atomic():
        # Only over the very bytes that were opened: whatever else became of a secret meanwhile is left alone.
        written = sum(
            StoredSecret.objects.filter(pk=row.pk, sealed=row.sealed).update(sealed=sealed) for row, sealed in moved
        )
        held.hold(done=F("done") + written)
        audit.record("key_work.batch_moved", by=VAULT, subject=held.work, company=new.company_id, rows=written)
    return refused


def _opened(new: CompanyKey) -> int:
    """Open every secret of the company that is under the new key; returns how many did. Raises SealBroken."""
    opened = 0
    ids = list(_beginning_with(new, is_new=True).values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        batch = list(StoredSecret.objects.filter(pk__in=ids[start : start + BATCH]))
        with opening(rows=batch, by=VAULT, reason="rekey_proof") as opener:
            for row in batch:
                opener.secret(row)
        opened += len(batch)
    return opened


def _finish(held: HeldWork, new: CompanyKey, opened: int, refused: list[str]) -> None:
    with transaction.atomic():
        # Whoever writes a secret holds the row of the key in use, which the old one is not any more: none can follow.
        # One question, and not two counts between which somebody else may write.
        left = _beginning_with(new, is_new=False).count()
        if left:
            raise KeysLeftBehind(left=left, first=refused[0] if refused else "")
        rows = _encrypted(new.company_id).count()
        old = CompanyKey.objects.filter(company=new.company_id, is_active=False)
        destroyed = [one.hex for one in old.values_list("pk", flat=True)]
        old.delete()
        for key_id in destroyed:
            audit.record("company_key.destroyed", by=VAULT, subject=new, company=new.company_id, before=key_id)
        held.finish({"rows": rows, "opened": opened, "left": 0, "destroyed": len(destroyed)})


def _encrypted(company_id: int) -> QuerySet[StoredSecret]:
    """The company's secrets that are under a data key, whichever, in the order of their ids."""
    return StoredSecret.objects.filter(company=company_id, sealed__isnull=False).order_by("pk")


def _beginning_with(key: CompanyKey, *, is_new: bool) -> QuerySet[StoredSecret]:
    """Those under this very key, or those under any other, by what their own bytes say."""
    header = envelope.secret_header(key.pk.hex)
    beginning = Substr("sealed", 1, len(header), output_field=BinaryField())
    rows = _encrypted(key.company_id).alias(beginning=beginning)
    return rows.filter(beginning=header) if is_new else rows.exclude(beginning=header)
