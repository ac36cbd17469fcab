"""Does one of the passphrases that people remember open the key file that nobody could open?

A key file that did not open at the door is kept sealed beside its certificate as a refused key, where somebody asks for
that. Passphrases offered for it are kept sealed in the same way, and shown to nobody; without a file none is taken. The
vault worker tries them, and those that open the company's other keys, within bounds; one that fits lets the key come
into custody. None is called wrong that was not tried.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from time import monotonic
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q

from renewals import audit, dispatch
from renewals.audit import Actor
from renewals.clients.closing import require_open
from renewals.errors import KeyAlreadyKept, MasterKeyFault, ProverUnavailable, Refusal, WrongPassphrase
from renewals.errors.pending_keys import TooManyCandidates
from renewals.errors.playbooks import NothingToTry
from renewals.models import Certificate, PairState
from renewals.models.stored_key import KeyState, SecretKind, StoredKey, StoredKeyQuerySet, StoredSecret
from renewals.vault import intake_seal, prover
from renewals.vault.envelope import Place
from renewals.vault.opening import Opener, opening
from renewals.vault.prover import Material
from renewals.vault.storing import TAKE_CUSTODY, SealedPair, seal_pair

#: So many offered passphrases, and so many files, are kept for one certificate.
MOST_PASSPHRASES = 10
MOST_FILES = 3
#: So many passphrases of the company's other keys are tried as well, the latest first: people use one again.
MOST_OF_OTHERS = 5
#: Seconds after which a look at one certificate ends, whatever is left: what was tried is not tried again.
WORK_SECONDS = 60

NOT_TRIED = "passphrase_not_tried"
_OPENABLE = (NOT_TRIED, "wrong_passphrase", "passphrase_missing")
_WITHOUT_KEY = (PairState.NO_KEY, PairState.FAILED)
_VAULT = audit.Machine("vault")


@dataclass(frozen=True, slots=True)
class Candidates:
    """How many key files lie there unopened, how many passphrases were offered, and whether some wait for a try."""

    files: int
    passphrases: int
    is_trying: bool


@dataclass(frozen=True, slots=True)
class SealedPassphrase:
    """A passphrase sealed to the intake key, not stored yet."""

    company_id: int
    secret_id: UUID
    sealed: bytes


def seal_passphrase(*, company_id: int, passphrase: str) -> SealedPassphrase:
    """Seal an offered passphrase, for :func:`keep_passphrase`; no database. Raises IntakeKeyAbsent."""
    secret_id = uuid4()
    place = Place(company_id, secret_id, SecretKind.PASSPHRASE.value)
    return SealedPassphrase(company_id, secret_id, intake_seal.seal(passphrase.encode(), place=place))


def keep_passphrase(sealed: SealedPassphrase, *, certificate: Certificate, by: Actor) -> None:
    """Keep a passphrase that may open the certificate's key file; may run inside the caller's transaction.

    Raises:
        KeyAlreadyKept: the certificate has its key.
        NothingToTry: no key file is kept that it could open.
        TooManyCandidates: so many were offered that somebody is guessing.
        CompanyClosed: the company was given up.
    """
    secret = StoredSecret(
        pk=sealed.secret_id,
        company_id=sealed.company_id,
        kind=SecretKind.PASSPHRASE,
        intake_sealed=sealed.sealed,
    )
    _keep(StoredKey(passphrase_secret=secret), secret, certificate=certificate, by=by, most=MOST_PASSPHRASES)


def seal_unopened(*, company_id: int, container: str, data: bytes) -> SealedPair:
    """Seal a locked key file or PFX that nobody could open, for :func:`keep_key_file`; no database.

    Raises:
        IntakeKeyAbsent: the settings pin no intake key.
    """
    pair = seal_pair(company_id=company_id, container=container, data=data, passphrase=None)
    return replace(pair, file_sha256=sha256(data).hexdigest())


def keep_key_file(pair: SealedPair, *, certificate: Certificate, by: Actor) -> None:
    """Keep the certificate's key file, whose passphrase nobody knows yet: ``pair`` was sealed without one.

    The same file once more is kept once. The certificate is told as one whose key was refused.

    Raises:
        KeyAlreadyKept, TooManyCandidates, CompanyClosed: as :func:`keep_passphrase`.
    """
    secret = StoredSecret(
        pk=pair.key_secret_id, company_id=pair.company_id, kind=pair.container, intake_sealed=pair.key_sealed
    )
    row = StoredKey(key_secret=secret, container=pair.container, file_sha256=pair.file_sha256)
    _keep(row, secret, certificate=certificate, by=by, most=MOST_FILES)


def candidates_of(certificate: Certificate) -> Candidates:
    """What lies there to be tried for a certificate whose key is not in custody."""
    rows = list(_refused(certificate.pk))
    files = sum(row.key_secret_id is not None and row.failure_code in _OPENABLE for row in rows)
    return Candidates(
        files=files,
        passphrases=sum(row.key_secret_id is None for row in rows),
        is_trying=files > 0 and any(row.failure_code == NOT_TRIED for row in rows),
    )


def ask_to_try(*, certificate: Certificate, by: Actor) -> bool:
    """Have the vault worker try what it has; False where there is no file to open."""
    with transaction.atomic():
        if not _files(certificate.pk).update(failure_code=NOT_TRIED):
            return False
        audit.record("key.candidates_asked", by=by, subject=certificate, company=certificate.company_id)
        dispatch.wake("renewals.vault.work_pending")
    return True


# --- the vault worker ---------------------------------------------------------------------------------------------


def certificates_waiting(_now: datetime, limit: int) -> list[int]:
    """The certificates with something to try, and those whose key came while passphrases were still kept for it."""
    rows = StoredKey.objects.filter(state=KeyState.FAILED, certificate__isnull=False)
    to_try = Q(failure_code=NOT_TRIED, certificate__pair_state__in=_WITHOUT_KEY) & Exists(
        _files(OuterRef("certificate"))
    )
    of_no_use = Q(passphrase_secret__isnull=False, key_secret=None, certificate__pair_state=PairState.IN_CUSTODY)
    found = rows.filter(to_try | of_no_use).order_by("certificate")
    return list(found.values_list("certificate", flat=True).distinct()[:limit])


def try_candidates(*, certificate_id: int, now: datetime) -> bool:
    """Try what was offered for one certificate; vault worker only. Returns whether a passphrase fits.

    Where the key came another way, what was offered is destroyed; without a file it waits for one.

    Raises:
        MasterKeyFault, ProverUnavailable: nothing can be tried at the moment.
    """
    certificate = Certificate.objects.get(pk=certificate_id)
    rows = list(_refused(certificate_id).with_secrets())
    if certificate.pair_state == PairState.IN_CUSTODY:
        _forget_offered(rows)
        return False
    files = [row for row in rows if row.key_secret_id is not None and row.failure_code in _OPENABLE]
    offered = [row for row in rows if row.passphrase_secret_id is not None]
    if certificate.pair_state not in _WITHOUT_KEY or not files:
        return False
    keys = [*offered, *_others(certificate)]
    announced = list({row.pk: row for row in [*files, *keys]}.values())
    tried: set[str] = set()
    with opening(rows=announced, by=_VAULT, reason="candidates") as opener:
        for file in files:
            fits, names = _try_file(file, keys, opener, certificate)
            if fits:
                _forget_offered(rows, opened=file)
                return True
            tried |= names
    wrong = [row.pk for row in offered if row.key_secret_id is None and _name(row) in tried]
    StoredKey.objects.filter(pk__in=wrong, failure_code=NOT_TRIED).update(failure_code="wrong_passphrase")
    return False


def _try_file(
    file: StoredKey, keys: Sequence[StoredKey], opener: Opener, certificate: Certificate
) -> tuple[bool, set[str]]:
    """Try passphrases on one file until one fits or the file is found unfit; with the names of the wrong ones."""
    tried = set(str(file.failure_facts.get("tried", "")).split())
    until = monotonic() + WORK_SECONDS
    code = "wrong_passphrase"
    for name, key in _untried(keys, tried):
        if monotonic() > until:
            code = NOT_TRIED
            break
        passphrase = opener.passphrase_of(key)
        try:
            prover.prove(Material(file.container, opener.file_of(file), passphrase), certificate=bytes(certificate.der))
        except (MasterKeyFault, ProverUnavailable):
            raise
        except WrongPassphrase:
            tried.add(name)
        except Refusal as refusal:
            # It opens, or never will: no other passphrase changes that.
            code = refusal.code
            break
        else:
            return passphrase is not None and _let_in(file, bytes(passphrase).decode(), certificate), tried
    facts = {"tried": " ".join(sorted(tried))}
    StoredKey.objects.filter(pk=file.pk, state=KeyState.FAILED).update(failure_code=code, failure_facts=facts)
    return False, tried


def _untried(keys: Sequence[StoredKey], tried: set[str]) -> Iterator[tuple[str, StoredKey]]:
    """Passphrases under a short name each, without those tried before and those met twice."""
    for key in keys:
        name = _name(key)
        if name not in tried:
            yield name, key


def _name(key: StoredKey) -> str:
    return str(key.passphrase_secret_id)[:8]


def _let_in(file: StoredKey, passphrase: str, certificate: Certificate) -> bool:
    """The passphrase fits: the key comes into custody like any other, and is proved once more on the way."""
    sealed = seal_passphrase(company_id=file.company_id, passphrase=passphrase)
    secret = StoredSecret(
        pk=sealed.secret_id, company_id=file.company_id, kind=SecretKind.PASSPHRASE, intake_sealed=sealed.sealed
    )
    try:
        with transaction.atomic():
            secret.save(force_insert=True)
            let_in = StoredKey.objects.filter(pk=file.pk, state=KeyState.FAILED).update(
                state=KeyState.SEALED, passphrase_secret=secret, failure_code="", failure_facts={}
            )
            if let_in != 1:
                transaction.set_rollback(True)
                return False
            Certificate.objects.filter(pk=certificate.pk).update(pair_state=PairState.SEALED)
            audit.record("key.candidate_fits", by=_VAULT, subject=certificate, company=certificate.company_id)
            dispatch.wake(TAKE_CUSTODY)
    except IntegrityError:
        # Another key of this certificate came meanwhile.
        return False
    return True


def _forget_offered(rows: Sequence[StoredKey], *, opened: StoredKey | None = None) -> None:
    """Destroy what was offered and is of no use any more, and the passphrase with which the file had come."""
    spent = [row for row in rows if row.passphrase_secret_id is not None and row.key_secret_id is None]
    held = spent if opened is None else [*spent, opened]
    secrets = [row.passphrase_secret_id for row in held if row.passphrase_secret_id is not None]
    with transaction.atomic():
        StoredKey.objects.filter(pk__in=[row.pk for row in spent]).update(
            passphrase_secret=None, failure_code="wrong_passphrase"
        )
        for secret in StoredSecret.objects.unread().filter(pk__in=secrets):
            audit.record("secret.discarded", by=_VAULT, subject=secret, company=secret.company_id)
            secret.delete()


def _refused(certificate_id: int) -> StoredKeyQuerySet:
    """What was refused or offered for a certificate and still holds something, oldest first."""
    rows = StoredKey.objects.filter(certificate=certificate_id, state=KeyState.FAILED)
    return rows.exclude(key_secret=None, passphrase_secret=None).order_by("created_at", "pk")


def _files(certificate: int | OuterRef) -> StoredKeyQuerySet:
    """The key files of a certificate that a passphrase could still open."""
    rows = StoredKey.objects.filter(certificate=certificate, state=KeyState.FAILED, key_secret__isnull=False)
    return rows.filter(failure_code__in=_OPENABLE)


def _others(certificate: Certificate) -> list[StoredKey]:
    """Proved keys of the same company that have a passphrase, the latest first."""
    rows = StoredKey.objects.filter(
        company=certificate.company_id, state=KeyState.PROVED, passphrase_secret__isnull=False
    )
    return list(rows.with_secrets().order_by("-created_at")[:MOST_OF_OTHERS])


def _keep(row: StoredKey, secret: StoredSecret, *, certificate: Certificate, by: Actor, most: int) -> None:
    is_file = row.key_secret_id is not None
    row.company_id, row.certificate_id = certificate.company_id, certificate.pk
    row.state, row.failure_code = KeyState.FAILED, NOT_TRIED
    with transaction.atomic():
        require_open({certificate.company_id})
        if StoredKey.objects.live().filter(certificate=certificate).exists():
            raise KeyAlreadyKept(certificate=certificate.pk)
        files = _files(certificate.pk)
        if is_file and files.filter(file_sha256=row.file_sha256).exists():
            return
        if not is_file and not files.exists():
            raise NothingToTry
        offered = StoredKey.objects.filter(certificate=certificate, state=KeyState.FAILED, key_secret=None)
        kept = files if is_file else offered.filter(passphrase_secret__isnull=False)
        if kept.count() >= most:
            raise TooManyCandidates(most=most)
        secret.save(force_insert=True)
        row.save(force_insert=True)
        if is_file:
            keyless = Certificate.objects.filter(pk=certificate.pk, pair_state=PairState.NO_KEY)
            keyless.update(pair_state=PairState.FAILED)
        name = "key.candidate_file" if is_file else "key.candidate_offered"
        audit.record(name, by=by, subject=certificate, company=certificate.company_id)
        dispatch.wake("renewals.vault.work_pending")
