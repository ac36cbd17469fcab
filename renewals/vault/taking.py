"""How does a sealed key come into custody? Claimed, opened, proved, and encrypted under its company's data key.

A key is claimed in one transaction, worked on outside any, and settled in another. A worker that dies in between
leaves a lease that lapses; one that was only slow finds its lease renamed and writes nothing.
"""

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID, uuid4

import structlog
from django.db import transaction

from renewals import audit
from renewals.audit import Entry
from renewals.errors import (
    CompanyClosed,
    Fact,
    KeyNotEncrypted,
    KeySeenBefore,
    KeyTooShort,
    MasterKeyFault,
    ProverUnavailable,
    Refusal,
    UnsupportedKey,
)
from renewals.models import Certificate, PairState
from renewals.models.stored_key import CompanyKey, KeyState, StoredKey, StoredKeyQuerySet, StoredSecret
from renewals.vault import data_keys, envelope, keyring, prover
from renewals.vault.envelope import Place
from renewals.vault.facts import public_key_is_known
from renewals.vault.opening import Opener, opening, subject_of
from renewals.vault.prover import Material, ProvedKey

log = structlog.get_logger(__name__)

#: How long a worker may hold keys before another one takes them over.
LEASE = timedelta(minutes=3)
#: Seconds after which a worker settles what it has and lets go of the rest: well before its lease ends, whatever the
#: last file costs (``prover`` gives up on one after twice ``ANSWER_SECONDS``).
WORK_SECONDS = 60
#: So many keys share one claim, one announcement and one settlement.
CHUNK = 100
#: Bits of the modulus that a new key must have.
MINIMUM_BITS = 2048
_VAULT = audit.Machine("vault")


@dataclass(frozen=True, slots=True)
class _Settled:
    """What became of one key: proved and encrypted anew, or refused."""

    key: StoredKey
    outcome: ProvedKey | Refusal
    #: The secrets that were encrypted under the data key, and the id of that.
    sealed: Sequence[tuple[StoredSecret, bytes]] = field(default=(), repr=False)
    data_key_id: UUID | None = None


def keys_waiting(now: datetime, limit: int) -> list[UUID]:
    """The keys to be taken into custody, oldest first."""
    waiting = StoredKey.objects.waiting(now=now).order_by("created_at")
    return list(waiting.values_list("pk", flat=True)[:limit])


def take_custody(*, key_id: UUID, now: datetime) -> None:
    """Take one key into custody; one that is not waiting (any more) is left alone.

    Raises:
        MasterKeyFault: this process is not the vault worker, or its keys are unfit; the key goes on waiting.
        ProverUnavailable: nothing can be proved at the moment; the key goes on waiting.
    """
    _take([key_id], now)


def take_custody_batch(*, limit: int, now: datetime) -> int:
    """Take up to ``limit`` waiting keys into custody, many to a transaction. Returns how many were decided.

    Raises as :func:`take_custody`.
    """
    decided = looked_at = 0
    while looked_at < limit:
        key_ids = keys_waiting(now, min(CHUNK, limit - looked_at))
        if not key_ids:
            break
        looked_at += len(key_ids)
        decided += _take(key_ids, now)
    return decided


def _take(key_ids: Sequence[UUID], now: datetime) -> int:
    # Asked before anything is claimed: where nothing can be opened, nothing changes.
    keyring.load()
    prover.ensure_running()
    lease = uuid4()
    keys = _claim(key_ids, lease, now)
    if not keys:
        return 0
    settled: list[_Settled] = []
    left = deque(keys)
    until = monotonic() + WORK_SECONDS
    try:
        with opening(rows=keys, by=_VAULT, reason="custody") as opener:
            wrapped = opener.wrapped_data_keys({key.company_id for key in keys})
            while left and monotonic() < until:
                _decide(left[0], opener, wrapped.get(left[0].company_id), settled)
                left.popleft()
    finally:
        decided = _settle(settled, lease, now)
        _release(left, lease)
    return decided


def _claim(key_ids: Sequence[UUID], lease: UUID, now: datetime) -> list[StoredKey]:
    claimed = (
        StoredKey.objects.waiting(now=now)
        .filter(pk__in=key_ids)
        .update(state=KeyState.TAKING, lease=lease, lease_until=now + LEASE)
    )
    if not claimed:
        return []
    held = StoredKey.objects.held_under(lease)
    return list(held.with_secrets().select_related("certificate").order_by("created_at"))


def _release(keys: Collection[StoredKey], lease: UUID) -> None:
    """Let go of keys that nobody looked at."""
    if keys:
        held = StoredKey.objects.held_under(lease).filter(pk__in=[key.pk for key in keys])
        held.update(state=KeyState.SEALED, lease=None, lease_until=None)


def _decide(key: StoredKey, opener: Opener, data_key: CompanyKey | None, settled: list[_Settled]) -> None:
    try:
        settled.append(_taken(key, opener, data_key))
    except ProverUnavailable:
        raise
    except MasterKeyFault as fault:
        # Wrapped under a master key that is not among ours, or that does not answer: not this key's fault, and no
        # reason to stop the others. It keeps its lease, so it is tried again when that lapses and does not spin.
        log.warning("vault.master_key_not_here", key=str(key.pk), error=fault.code)
    except Refusal as refusal:
        settled.append(_Settled(key, refusal))
    except Exception:
        log.exception("vault.key_not_decided", key=str(key.pk))


def _taken(key: StoredKey, opener: Opener, data_key: CompanyKey | None) -> _Settled:
    if data_key is None:
        raise CompanyClosed
    file, passphrase = opener.file_of(key), opener.passphrase_of(key)
    certificate = None if key.certificate is None else bytes(key.certificate.der)
    proved = prover.prove(Material(key.container, file, passphrase), certificate=certificate)
    if certificate is None:
        _require_new_key(proved)
    under = opener.data_key(data_key)
    secrets = [(key.key_secret, file), (key.passphrase_secret, passphrase)]
    sealed = [
        (secret, envelope.encrypt_secret(clear, key=under, place=Place(key.company_id, secret.pk, secret.kind)))
        for secret, clear in secrets
        if secret is not None and clear is not None and secret.intake_sealed is not None
    ]
    return _Settled(key, proved, sealed, data_key.pk)


def _require_new_key(proved: ProvedKey) -> None:
    """What a key of step 4 must be; that nobody has seen it before is asked when it is written."""
    if not proved.is_rsa:
        raise UnsupportedKey(algorithm="EC", bits=proved.bits)
    if proved.bits < MINIMUM_BITS:
        raise KeyTooShort(bits=proved.bits, minimum=MINIMUM_BITS)
    if not proved.was_encrypted:
        raise KeyNotEncrypted


def _settle(settled: Sequence[_Settled], lease: UUID, now: datetime) -> int:
    """Write what was decided; a key whose lease has passed to another worker is left to that one."""
    entries: list[Entry] = []
    in_custody: list[int] = []
    failed: list[int] = []
    pending_of: set[int] = set()
    decided = 0
    with transaction.atomic():
        for one in _under_keys_in_use(settled, lease):
            outcome = _final(one)
            if isinstance(outcome, Refusal):
                written, certificates = _write_refused(one.key, outcome, lease), failed
            else:
                written, certificates = _write_proved(one, outcome, lease, now), in_custody
            if not written:
                continue
            decided += 1
            entries.append(_entry(one.key, outcome))
            if one.key.certificate_id is None:
                pending_of.add(one.key.company_id)
            else:
                certificates.append(one.key.certificate_id)
        Certificate.objects.filter(pk__in=in_custody).update(pair_state=PairState.IN_CUSTODY)
        Certificate.objects.filter(pk__in=failed).update(pair_state=PairState.FAILED)
        entries.extend(_discard_replaced(pending_of))
        audit.record_many(entries)
    return decided


def _under_keys_in_use(settled: Sequence[_Settled], lease: UUID) -> list[_Settled]:
    """Without the keys whose company was re-keyed meanwhile: they wait for the next look, and for the new data key."""
    in_use = data_keys.still_in_use({one.data_key_id for one in settled if one.data_key_id is not None})
    outdated = [one.key for one in settled if one.data_key_id is not None and one.data_key_id not in in_use]
    _release(outdated, lease)
    return [one for one in settled if one.key not in outdated]


def _discard_replaced(company_ids: Collection[int]) -> list[Entry]:
    """Destroy what the files of these companies' pending keys replaced; the web process may not delete secrets."""
    replaced = list(StoredSecret.objects.replaced().unread().filter(company__in=company_ids))
    StoredSecret.objects.filter(pk__in=[secret.pk for secret in replaced]).only("pk").delete()
    return [
        Entry(name="secret.discarded", by=_VAULT, subject=secret, company_id=secret.company_id) for secret in replaced
    ]


def _final(one: _Settled) -> ProvedKey | Refusal:
    """A key without a certificate is to become a new one, so in the end nobody may have seen it before."""
    if isinstance(one.outcome, Refusal) or one.key.certificate_id is not None:
        return one.outcome
    known = public_key_is_known(one.outcome.public_key_sha256, except_key=one.key.pk)
    return KeySeenBefore() if known else one.outcome


def _write_refused(key: StoredKey, refused: Refusal, lease: UUID) -> bool:
    return (
        _held(key, lease).update(
            state=KeyState.FAILED,
            failure_code=refused.code,
            failure_facts=refused.facts,
            lease=None,
            lease_until=None,
        )
        == 1
    )


def _write_proved(one: _Settled, proved: ProvedKey, lease: UUID, now: datetime) -> bool:
    written = _held(one.key, lease).update(
        state=KeyState.PROVED,
        failure_code="",
        failure_facts={},
        public_key_sha256=proved.public_key_sha256,
        key_bits=proved.bits,
        proved_at=now,
        lease=None,
        lease_until=None,
    )
    if written != 1:
        return False
    for secret, sealed in one.sealed:
        StoredSecret.objects.filter(pk=secret.pk).update(sealed=sealed, intake_sealed=None)
    return True


def _held(key: StoredKey, lease: UUID) -> StoredKeyQuerySet:
    return StoredKey.objects.filter(pk=key.pk).held_under(lease)


def _entry(key: StoredKey, outcome: ProvedKey | Refusal) -> Entry:
    facts: dict[str, Fact] = {"key": str(key.pk)}
    if isinstance(outcome, Refusal):
        facts["code"] = outcome.code
    return Entry(
        name="key.refused" if isinstance(outcome, Refusal) else "key.taken_into_custody",
        by=_VAULT,
        subject=subject_of(key),
        company_id=key.company_id,
        facts=facts,
    )
