"""How are the keys of a company that was given up destroyed, once, for good, and with proof?

Everything that lets somebody open a secret of the company goes in one transaction, together with the signed tombstone
and the certificate that say so: no moment has one without the other, and a worker that is killed leaves all or nothing.
What was prepared or taken into custody at that moment finds its row moved on, its data key gone and no new one made
(``data_keys``: a company that was given up gets none), and writes nothing.

What the database file keeps of deleted rows is overwritten afterwards (SQLite: ``secure_delete`` and a checkpoint of
the write-ahead log). PostgreSQL drops dead rows when it vacuums; until then, and in every copy, they are wrapped under
the master key.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import TypedDict
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import BinaryField, Q
from django.db.models.functions import Substr
from django.utils import timezone

from renewals import audit
from renewals.approvals import asking, using
from renewals.audit import Actor
from renewals.errors import AlreadyMoved, CompanyStillOpen, KeysErased, NotATombstone, NothingToErase
from renewals.models import Approval, ApprovalKind, Certificate, Company, Destruction, KeyWork, KeyWorkKind, PairState
from renewals.models.archive import Archive, ArchiveKind
from renewals.models.people import Person
from renewals.models.stored_key import CompanyKey, KeyState, StoredKey, StoredSecret
from renewals.vault import announcing, audit_key, data_keys, envelope, held_works, tombstone
from renewals.vault.audit_key import PublicAuditKey, Signed
from renewals.vault.destruction_paper import paper
from renewals.vault.held_works import VAULT, HeldWork
from renewals.vault.revoking import revoke_checkouts, revoke_signings
from renewals.vault.tombstone import Tombstone

#: How long one try to empty the write-ahead log may keep writers waiting.
_CHECKPOINT_MILLISECONDS = 1000


def ask_erasure(*, company: Company, reason: str, by: Person, confirmed_at: datetime | None, now: datetime) -> KeyWork:
    """Ask to destroy all keys of a company; the vault worker does it a day after another partner has approved it.

    Raises:
        NotVisible, NotPermitted, ConfirmationNeeded, ReasonMissing: as for every request that needs two people.
        CompanyStillOpen: the company has to be given up first.
        NothingToErase: nothing of it is in custody.
        KeyWorkUnderWay: its keys are being worked on, or this was asked already.
    """
    held_works.require_allowed(by, confirmed_at=confirmed_at, now=now)
    facts = _facts(company.pk)
    if not holds_secrets(company.pk):
        raise NothingToErase
    with transaction.atomic():
        approval = asking.ask(
            kind=ApprovalKind.ERASE_COMPANY,
            company=company,
            facts=facts,
            reason=reason,
            by=by,
            confirmed_at=confirmed_at,
            now=now,
        )
        work = KeyWork(kind=KeyWorkKind.ERASE, company=company, approval=approval)
        return held_works.ask(work, by=by, confirmed_at=confirmed_at, now=now)


def holds_secrets(company_id: int) -> bool:
    """Whether anything sealed of the company is left."""
    return StoredSecret.objects.unread().filter(company=company_id).exists()


def erase(held: HeldWork) -> None:
    """Announce it; when it is due destroy the keys, and then what the database's files still show of them.

    Raises:
        ApprovalMissing: nobody else allowed it, not any more, or the company is not as it was when they did.
        CompanyStillOpen, NothingToErase, TooManyErasures: as they say.
        MasterKeyFault, SealBroken: nothing can be signed at the moment.
        AlreadyMoved: another worker took the work over.
    """
    # Only the vault worker may write destructions, and each bears the id of its work: nobody else can say it was done.
    done = Destruction.objects.filter(pk=held.work.pk, company=held.work.company_id).first()
    if done is None:
        approval = using.standing(**_allowed(held), now=held.now)
        if not announcing.is_due(held, approval):
            return
        done = _destroy(held, approval)
    if done is None or not _overwritten():
        held.let_go()
        return
    told = tombstone.read(bytes(done.statement))
    left = CompanyKey.objects.filter(pk__in=told.key_ids).count()
    with transaction.atomic():
        held.finish({"data_keys": len(told.key_ids), "secrets": told.secrets, "left": left})


def replay_tombstone(
    *, statement: bytes, signed: Signed, keys: dict[str, PublicAuditKey], by: Actor
) -> tuple[int, int]:
    """Destroy again, after a restore, what a signed tombstone names; a second time changes nothing.

    ``keys`` are the firm's audit keys as they were published, by id. Returns how many data keys and how many sealed
    secrets were destroyed. Keys that the company got after that destruction are not touched.

    Raises:
        AuditKeyUnknown, SignatureWrong: the firm did not sign this.
        NotATombstone: it tells of something else.
    """
    audit_key.require_signed(statement, signed, keys=keys)
    told = tombstone.read(statement)
    with transaction.atomic():
        own = CompanyKey.objects.filter(pk__in=told.key_ids)
        if own.exclude(company=told.company_id).exists():
            # Ids are random: the same one at another company means a database that is not ours.
            raise NotATombstone
        keys_gone, _ = own.delete()
        secrets_gone = _forget_secrets(told.company_id, of=told)
        if keys_gone or secrets_gone:
            audit.record(
                "company.keys_erased_again",
                by=by,
                subject=Company(pk=told.company_id),
                company=told.company_id,
                keys=keys_gone,
                secrets=secrets_gone,
            )
    return keys_gone, secrets_gone


def _destroy(held: HeldWork, approval: Approval) -> Destruction | None:
    """Sign first, destroy and write down in one transaction; None where the keys changed in between."""
    company_id = _company_id(held)
    row = _signed(_tombstone(held, approval, company_id))
    with _alone():
        # Once more, with nobody else writing: the company, the word of the two people, and what there is to destroy.
        announcing.require_below_limit(held)
        using.use(**_allowed(held), by=VAULT, now=held.now)
        if sorted(one.hex for one in _key_ids(company_id)) != row.key_ids:
            transaction.set_rollback(True)
            return None
        CompanyKey.objects.filter(company=company_id).delete()
        revoke_checkouts(company_id=company_id, by=VAULT)
        revoke_signings(company_id=company_id)
        secrets = _forget_secrets(company_id, of=None)
        row.save(force_insert=True)
        held.hold(total=secrets, done=secrets)
        audit.record(
            "company.keys_destroyed",
            by=VAULT,
            subject=row,
            company=company_id,
            keys=len(row.key_ids),
            secrets=secrets,
            last_copy=row.last_copy_lapses_on.isoformat(),
        )
    return row


class _Allowed(TypedDict):
    """What the approval has to be for."""

    approval_id: UUID | None
    kind: ApprovalKind
    company_id: int
    facts: Mapping[str, object]


def _allowed(held: HeldWork) -> _Allowed:
    company_id = _company_id(held)
    return _Allowed(
        approval_id=held.work.approval_id,
        kind=ApprovalKind.ERASE_COMPANY,
        company_id=company_id,
        facts=_facts(company_id),
    )


def _company_id(held: HeldWork) -> int:
    if held.work.company_id is None:
        raise NothingToErase
    return held.work.company_id


def _facts(company_id: int) -> Mapping[str, object]:
    """What the approval is bound to: this company, given up then, with so many keys. Raises CompanyStillOpen."""
    company = Company.objects.get(pk=company_id)
    if company.closed_at is None:
        raise CompanyStillOpen
    keys = StoredKey.objects.filter(company=company_id, key_secret__isnull=False).count()
    return {"rfc": company.rfc, "closed_at": company.closed_at.isoformat(), "keys": keys}


def _key_ids(company_id: int) -> list[UUID]:
    """Every data key of the company, those that a re-keying has replaced and not yet destroyed included."""
    return list(CompanyKey.objects.filter(company=company_id).values_list("pk", flat=True))


def _tombstone(held: HeldWork, approval: Approval, company_id: int) -> Tombstone:
    company = Company.objects.get(pk=company_id)
    secrets = StoredSecret.objects.filter(company=company_id).count()
    key_ids = _key_ids(company_id)
    if not key_ids and not secrets:
        raise NothingToErase
    return Tombstone(
        id=held.work.pk,
        company_id=company_id,
        company_rfc=company.rfc,
        company_name=company.name,
        key_ids=key_ids,
        secrets=secrets,
        destroyed_at=held.now,
        asked_by=str(approval.asked_by),
        approved_by=str(approval.decided_by),
        last_copy_lapses_on=_last_copy(held.now),
    )


def _last_copy(now: datetime) -> date:
    """When the last key archive is gone that can hold a copy: one written a moment ago, or an older one kept longer."""
    latest = timezone.localdate(now) + timedelta(days=settings.KEY_ARCHIVE_DAYS)
    kept = Archive.objects.filter(kind=ArchiveKind.KEYS, lapses_on__gt=latest).order_by("-lapses_on").first()
    return kept.lapses_on if kept is not None and kept.lapses_on is not None else latest


def _signed(told: Tombstone) -> Destruction:
    statement = told.statement()
    signed = audit_key.sign(statement)
    certificate = paper(told, key_id=signed.key_id)
    certificate_signed = audit_key.sign(certificate)
    if certificate_signed.key_id != signed.key_id:
        # The audit key was replaced between the two: again, at the next look.
        raise AlreadyMoved
    return Destruction(
        pk=told.id,
        company_id=told.company_id,
        key_ids=sorted(one.hex for one in told.key_ids),
        statement=statement,
        signature=signed.signature,
        certificate=certificate,
        certificate_signature=certificate_signed.signature,
        audit_key_id=signed.key_id,
        last_copy_lapses_on=told.last_copy_lapses_on,
        destroyed_at=told.destroyed_at,
    )


@contextmanager
def _alone() -> Iterator[None]:
    """A transaction during which no data key is made."""
    with transaction.atomic(durable=True):
        data_keys.one_at_a_time()
        yield


def _forget_secrets(company_id: int, *, of: Tombstone | None) -> int:
    """Delete what is sealed of a company; the rows that say that there were keys stay. Returns how many secrets went.

    All of it, or what a tombstone tells of: whatever is under one of its keys, and whatever had come until then.
    """
    secrets = StoredSecret.objects.filter(company=company_id)
    if of is not None:
        headers = [envelope.secret_header(key_id.hex) for key_id in of.key_ids]
        beginning = Substr("sealed", 1, len(headers[0]) if headers else 1, output_field=BinaryField())
        secrets = secrets.alias(beginning=beginning).filter(
            Q(created_at__lte=of.destroyed_at) | Q(beginning__in=headers)
        )
    going = list(secrets.values_list("pk", flat=True))
    keys = StoredKey.objects.filter(company=company_id).filter(
        Q(key_secret__in=going) | Q(passphrase_secret__in=going) | Q(generated_passphrase_secret__in=going)
    )
    ids, certificates = list(keys.values_list("pk", flat=True)), list(keys.values_list("certificate", flat=True))
    StoredKey.objects.filter(pk__in=ids).update(
        state=KeyState.FAILED,
        failure_code=KeysErased.code,
        failure_facts={},
        key_secret=None,
        passphrase_secret=None,
        generated_passphrase_secret=None,
        file_sha256="",
        lease=None,
        lease_until=None,
    )
    gone, _ = StoredSecret.objects.filter(pk__in=going).only("pk").delete()
    Certificate.objects.filter(pk__in=certificates).update(pair_state=PairState.NO_KEY)
    return gone


def _overwritten() -> bool:
    """Whether the files of the database hold nothing of the deleted rows that it could overwrite.

    SQLite overwrites deleted rows in the pages (``secure_delete``, on every connection) and empties the write-ahead log
    here; while somebody reads an older state it cannot, and is asked again at the next look.
    """
    if connection.vendor != "sqlite":
        return True
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        usual: int = cursor.fetchone()[0]
        # Nobody can write while this waits for a reader, so it does not wait as long as others would for it.
        cursor.execute(f"PRAGMA busy_timeout={min(usual, _CHECKPOINT_MILLISECONDS)}")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy: int = cursor.fetchone()[0]
        finally:
            cursor.execute(f"PRAGMA busy_timeout={usual}")
    return busy == 0
