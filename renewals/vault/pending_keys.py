"""Which keys still lack their certificate, and what becomes of them? Facts of them, never the keys."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from renewals import audit
from renewals.audit import Actor
from renewals.errors import AlreadyMoved
from renewals.errors.pending_keys import GivingUpReasonMissing
from renewals.models import Certificate, Company, PairState, Renewal
from renewals.models.stored_key import KeyState, StoredKey

#: A reason shorter than this explains nothing.
SHORTEST_REASON = 10
LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class PendingKey:
    """A proved key without a certificate; ``made_at`` is when its passphrase was made, ``born_in`` a renewal's id."""

    key_id: UUID
    company_id: int
    public_key_sha256: str
    key_bits: int | None
    made_at: datetime
    proved_at: datetime | None
    born_in: int | None
    given_up_at: datetime | None
    given_up_because: str


def orphans(companies: QuerySet[Company]) -> list[PendingKey]:
    """The keys of these companies that wait for a certificate in no renewal under way, oldest first."""
    rows = StoredKey.objects.orphans().filter(company__in=companies).order_by("created_at", "pk")
    return [_facts(one) for one in rows]


def orphans_of_company(company_id: int) -> list[PendingKey]:
    """As :func:`orphans`, of one company."""
    rows = StoredKey.objects.orphans().filter(company=company_id).order_by("created_at", "pk")
    return [_facts(one) for one in rows]


def given_up(companies: QuerySet[Company]) -> list[PendingKey]:
    """Those for which somebody said that no certificate will come, the latest first."""
    rows = StoredKey.objects.certificateless().filter(company__in=companies, given_up_at__isnull=False)
    return [_facts(one) for one in rows.order_by("-given_up_at", "pk")]


def orphans_of_public_keys(public_keys: Iterable[str], *, company_ids: Iterable[int]) -> dict[str, PendingKey]:
    """Public key (hex SHA-256) → the key of one of these companies that waits for just this certificate.

    Also keys that were given up: they lie sealed as before, and their certificate has come after all.
    """
    rows = StoredKey.objects.certificateless().filter(
        public_key_sha256__in=[one for one in public_keys if one], company__in=list(company_ids)
    )
    return {one.public_key_sha256: _facts(one) for one in rows}


def renewal_expecting(public_key_sha256: str, *, company_id: int) -> int | None:
    """The id of the renewal under way whose key waits for the certificate of this public key, if there is one."""
    keys = StoredKey.objects.filter(
        company=company_id, public_key_sha256=public_key_sha256, certificate=None, state=KeyState.PROVED
    )
    expecting = Renewal.objects.under_way().filter(pending_key__in=keys)
    return expecting.values_list("pk", flat=True).first()


def orphan(key_id: UUID, *, company_id: int) -> PendingKey | None:
    """One key of this company that waits for a certificate in no renewal under way, or None."""
    row = StoredKey.objects.certificateless().filter(pk=key_id, company=company_id).first()
    return None if row is None else _facts(row)


def last_made_in(renewal_id: int, *, company_id: int) -> PendingKey | None:
    """The key that was made last in a renewal, where :func:`orphan` gives it; None where it went elsewhere."""
    made = StoredKey.objects.filter(born_in=renewal_id, company=company_id, state=KeyState.PROVED)
    last = made.order_by("-created_at", "pk").first()
    return None if last is None else orphan(last.pk, company_id=company_id)


def has_file(key_id: UUID) -> bool:
    """Whether a file came for an expected key and was not refused: whoever forgets it now leaves a key behind."""
    came = [KeyState.SEALED, KeyState.TAKING, KeyState.PROVED]
    return StoredKey.objects.filter(pk=key_id, key_secret__isnull=False, state__in=came).exists()


def give_up(*, key_id: UUID, company_id: int, reason: str, by: Actor, now: datetime) -> None:
    """Say that no certificate will ever come for a key, in the caller's transaction; the key stays sealed.

    Raises:
        GivingUpReasonMissing: no reason, or one too short to explain anything.
        AlreadyMoved: it has a certificate or a renewal by now, or was given up already.
        RuntimeError: outside a transaction.
    """
    _require_transaction()
    reason = reason.strip()[:LONGEST_REASON]
    if len(reason) < SHORTEST_REASON:
        raise GivingUpReasonMissing(shortest=SHORTEST_REASON)
    key = StoredKey.objects.orphans().filter(pk=key_id, company=company_id).first()
    left = StoredKey.objects.filter(pk=key_id, certificate=None, given_up_at=None)
    if key is None or left.update(given_up_at=now, given_up_because=reason) != 1:
        raise AlreadyMoved
    audit.record("key.given_up", by=by, subject=key, company=company_id, key=str(key_id), reason=reason)


def take_up_again(*, key_id: UUID) -> None:
    """Forget that a key was given up: somebody goes on with it, in the caller's transaction."""
    _require_transaction()
    StoredKey.objects.filter(pk=key_id, given_up_at__isnull=False).update(given_up_at=None, given_up_because="")


def detach_certificate(*, key_id: UUID, certificate: Certificate, by: Actor) -> None:
    """Take a certificate from its key, in the caller's transaction: the key is a pending one again.

    Raises:
        AlreadyMoved: the key is not the certificate's any more, or the certificate is in use.
        RuntimeError: outside a transaction.
    """
    _require_transaction()
    unused = Certificate.objects.filter(pk=certificate.pk, is_primary=False, retired_at=None)
    if unused.update(pair_state=PairState.NO_KEY) != 1:
        raise AlreadyMoved
    own = StoredKey.objects.filter(pk=key_id, certificate=certificate, state=KeyState.PROVED)
    if own.update(certificate=None) != 1:
        raise AlreadyMoved
    audit.record("key.detached", by=by, subject=certificate, company=certificate.company_id, key=str(key_id))


def _facts(key: StoredKey) -> PendingKey:
    return PendingKey(
        key_id=key.pk,
        company_id=key.company_id,
        public_key_sha256=key.public_key_sha256,
        key_bits=key.key_bits,
        made_at=key.created_at,
        proved_at=key.proved_at,
        born_in=key.born_in_id,
        given_up_at=key.given_up_at,
        given_up_because=key.given_up_because,
    )


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("what becomes of a key is written in the transaction of what it belongs to")
