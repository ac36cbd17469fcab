"""How do whole folders of certificates and keys come in, whatever else lies there?

Files are paired by public key wherever they lie, certificates go to the company they name, and every file gets its
own answer. Rows are written in batches; where a batch fails, each of it is tried alone.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

from django.db import DatabaseError, transaction

from renewals.audit import Actor
from renewals.clients.companies import require_work
from renewals.errors import NoCompany, NotSaved, Refusal, UnexpectedContent, UnrecognisedFile
from renewals.intake.files import FoundFile, find_files, read_file
from renewals.intake.holders import Companies, companies_named_by, create_company_named_by, owner
from renewals.intake.outcomes import FileOutcome, Ledger
from renewals.intake.proving import Prover, Sealed, ToSeal, sealed_in_batches
from renewals.intake.rows import Arrival, keep, promote
from renewals.models import Certificate, Company, PairState
from renewals.pki.certificate import CertificateFacts, read_certificate
from renewals.pki.content import Content, recognise
from renewals.vault.intake_seal import require_intake_key
from renewals.vault.storing import SealedPair, store_sealed

_MANY = 500

T = TypeVar("T")


def import_files(
    paths: Sequence[str], *, passphrases: Sequence[str], by: Actor, now: datetime, create_companies: bool = False
) -> list[FileOutcome]:
    """Take in every certificate, key and PFX under the paths; one answer per file, in the order they were met.

    ``create_companies`` takes on the companies that the certificates name and nobody here has.

    Raises:
        NotPermitted: the person only looks.
        IntakeKeyAbsent: nothing could be sealed here, so nothing is begun.
    """
    require_work(by)
    require_intake_key()
    ledger = Ledger(now)
    locked = [one for found in find_files(paths) for one in _read(found, ledger)]
    with ThreadPoolExecutor(cores()) as executor:
        _open(locked, passphrases, ledger, executor)
        known_public_keys = _known_public_keys(ledger)
        jobs = _jobs(ledger, known_public_keys, by=by, create_companies=create_companies)
        for batch in sealed_in_batches(jobs, executor):
            _write([_with_key_answered(one, ledger) for one in batch], ledger, by=by)
    return ledger.close(known_public_keys=set(known_public_keys))


def cores() -> int:
    """How many threads work on keys at once: one for each core this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# --- reading ------------------------------------------------------------------------------------------------------


def _read(found: FoundFile, ledger: Ledger) -> Iterator[tuple[str, Content]]:
    """Note what a file is; a key or a PFX comes out, to be opened."""
    content = Content.UNKNOWN
    if found.named:
        ledger.named.add(found.path)
    try:
        if found.refusal is not None:
            raise found.refusal
        data = read_file(found.path)
        content = recognise(data)
        ledger.met(found.path, content)
        if content is Content.CERTIFICATE:
            ledger.certificate(found.path, read_certificate(data))
        elif content in {Content.PRIVATE_KEY, Content.PFX}:
            yield found.path, content
        elif content is Content.UNKNOWN:
            raise UnrecognisedFile
        else:
            raise UnexpectedContent(expected=Content.CERTIFICATE.value, found=content.value)
    except Refusal as refusal:
        ledger.refuse(found.path, refusal, content)


def _open(
    locked: Sequence[tuple[str, Content]], passphrases: Sequence[str], ledger: Ledger, executor: Executor
) -> None:
    prover = Prover(passphrases, {facts.public_key_sha256: facts for _, facts in ledger.certificates.values()})
    for (path, _), answer in zip(locked, executor.map(lambda one: prover.prove(*one), locked), strict=True):
        if isinstance(answer, Refusal):
            ledger.refuse(path, answer)
        else:
            ledger.key(answer)


# --- deciding -----------------------------------------------------------------------------------------------------


def _jobs(
    ledger: Ledger, known_public_keys: dict[str, Certificate], *, by: Actor, create_companies: bool
) -> list[ToSeal]:
    """What has to be sealed and written: new certificates, and keys for known ones."""
    known = _known_certificates(ledger)
    jobs: list[ToSeal] = []
    for sha256, row in known.items():
        path, facts = ledger.certificates[sha256]
        ledger.answer(path, "already_here")
        jobs += _key_for_known(row, facts, ledger)
    new = [facts for sha256, (_, facts) in ledger.certificates.items() if sha256 not in known]
    came = {facts.public_key_sha256 for _, facts in ledger.certificates.values()}
    for fingerprint, row in known_public_keys.items():
        if fingerprint not in came:
            jobs += _key_for_known(row, read_certificate(bytes(row.der)), ledger)
    for facts, home in zip(new, _homes(new, by=by, create=create_companies), strict=True):
        if isinstance(home, Refusal):
            ledger.refused(facts, home)
        else:
            jobs.append(ToSeal(facts, home, key=ledger.key_of(facts), known=None))
    return jobs


def _key_for_known(row: Certificate, facts: CertificateFacts, ledger: Ledger) -> Iterator[ToSeal]:
    key = ledger.key_of(facts)
    if key is not None and row.pair_state in {PairState.NO_KEY, PairState.FAILED}:
        yield ToSeal(facts, row.company, key=key, known=row)


def _known_certificates(ledger: Ledger) -> dict[str, Certificate]:
    found = (
        Certificate.objects.filter(sha256__in=part).select_related("company").defer("der")
        for part in _parts(list(ledger.certificates))
    )
    return {row.sha256: row for rows in found for row in rows}


def _known_public_keys(ledger: Ledger) -> dict[str, Certificate]:
    """Certificates kept before, for the keys that came; one that has no key yet goes before one that has."""
    rows = [
        row
        for part in _parts(list(ledger.keys))
        for row in Certificate.objects.filter(public_key_sha256__in=part).select_related("company")
    ]
    rows.sort(key=lambda row: row.pair_state in {PairState.NO_KEY, PairState.FAILED})
    return {row.public_key_sha256: row for row in rows}


def _homes(certificates: Sequence[CertificateFacts], *, by: Actor, create: bool) -> list[Company | Refusal]:
    """The company of each certificate, or why there is none."""
    companies = companies_named_by(certificates, among=Company.objects.all())
    found = [_home(facts, companies) for facts in certificates]
    if not create:
        return found
    missing: dict[str, CertificateFacts] = {}
    for facts, home in zip(certificates, found, strict=True):
        if isinstance(home, NoCompany) and facts.rfc:
            missing.setdefault(facts.rfc, facts)
    refusals = _create(missing, by=by)
    companies = companies_named_by(certificates, among=Company.objects.all())
    return [refusals.get(facts.rfc) or _home(facts, companies) for facts in certificates]


def _home(facts: CertificateFacts, companies: Companies) -> Company | Refusal:
    try:
        return owner(facts, companies)
    except Refusal as refusal:
        return refusal


def _create(missing: dict[str, CertificateFacts], *, by: Actor) -> dict[str, Refusal]:
    """Take on companies, many to a transaction; one that is refused stops no other."""
    refusals: dict[str, Refusal] = {}
    for part in _parts(list(missing.values())):
        with transaction.atomic():
            for facts in part:
                try:
                    create_company_named_by(facts, by=by)
                except Refusal as refusal:
                    refusals[facts.rfc] = refusal
    return refusals


# --- writing ------------------------------------------------------------------------------------------------------


def _with_key_answered(one: tuple[ToSeal, Sealed], ledger: Ledger) -> tuple[ToSeal, Sealed]:
    """A key that could not be sealed is answered here; its certificate comes in without it."""
    job, sealed = one
    if isinstance(sealed, Refusal) and job.key is not None:
        ledger.refuse(job.key.path, sealed)
        return job, None
    return one


def _write(batch: Sequence[tuple[ToSeal, Sealed]], ledger: Ledger, *, by: Actor) -> None:
    """Rows for a batch in one transaction; if it fails, each in its own."""
    if _written(batch, ledger, by=by) is None:
        return
    for one in batch:
        refusal = _written([one], ledger, by=by)
        if refusal is not None:
            ledger.refused(one[0].facts, refusal)


def _written(batch: Sequence[tuple[ToSeal, Sealed]], ledger: Ledger, *, by: Actor) -> Refusal | None:
    """Keep new certificates and give known ones their key; the refusal where nothing of it was written."""
    new = [(job, sealed) for job, sealed in batch if job.known is None]
    known = [(job.known, sealed) for job, sealed in batch if job.known is not None]
    try:
        with transaction.atomic():
            arrivals = [Arrival(job.facts, job.company, with_key=sealed is not None) for job, sealed in new]
            rows = keep(arrivals, by=by, now=ledger.now)
            pairs = [*zip((sealed for _, sealed in new), rows, strict=True), *((sealed, row) for row, sealed in known)]
            store_sealed([(sealed, row) for sealed, row in pairs if isinstance(sealed, SealedPair)], by=by)
            for row, _ in known:
                promote(row, by=by, now=ledger.now)
    except Refusal as refusal:
        return refusal
    except DatabaseError as error:
        return NotSaved(fault=type(error).__name__)
    matched = {row.sha256 for row in rows if row.pair_state == PairState.IN_CUSTODY}
    for job, sealed in batch:
        found = job.facts.sha256 in matched
        ledger.kept(job.facts, key=job.key if sealed is not None else None, key_was_waiting=found)
    return None


def _parts(many: Sequence[T]) -> Iterable[Sequence[T]]:
    return (many[start : start + _MANY] for start in range(0, len(many), _MANY))
