"""Which key files open, what do they belong to, and how are they sealed? Many at once, on every core.

Threads are enough: what takes the time (deriving keys, signing, sealing) runs outside Python's lock. Nothing here
touches the database, and no key outlives the call that opened it: a file is read again to be sealed.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field

from renewals.errors import FileChanged, Refusal
from renewals.intake.files import read_file
from renewals.intake.passphrases import open_file
from renewals.models import Certificate, Company
from renewals.pki.certificate import CertificateFacts, read_certificate
from renewals.pki.content import Content
from renewals.pki.private_key import public_key_sha256
from renewals.pki.signatures import prove_pair
from renewals.vault.storing import SealedPair, seal_pair

#: So many pairs are sealed while the ones before them are written.
BATCH = 250


@dataclass(frozen=True, slots=True)
class ProvedKey:
    """A key file or PFX that a passphrase opens; ``proved`` when it signed for a certificate that was at hand."""

    path: str
    content: Content
    file_sha256: str = field(repr=False)
    passphrase: str | None = field(repr=False)
    public_key_sha256: str
    inside: CertificateFacts | None
    proved: bool


@dataclass(frozen=True, slots=True)
class ToSeal:
    """A certificate on its way to its company, with its key where that came; ``known`` where it is kept already."""

    facts: CertificateFacts
    company: Company
    key: ProvedKey | None
    known: Certificate | None


#: A sealed key, why it could not be sealed, or nothing where no key came.
Sealed = SealedPair | Refusal | None


class Prover:
    """Opens the key files of one run and proves each against its certificate, where that came too."""

    def __init__(self, passphrases: Sequence[str], certificates: Mapping[str, CertificateFacts]) -> None:
        """``certificates`` are keyed by the SHA-256 of their public key."""
        self._passphrases = tuple(passphrases)
        self._certificates = certificates
        self._last_hit = 0

    def prove(self, path: str, content: Content) -> ProvedKey | Refusal:
        """Open one file and prove it; a refusal comes back as a value, so that it stops no other file."""
        try:
            return self._prove(path, content)
        except Refusal as refusal:
            return refusal.alone()

    def _prove(self, path: str, content: Content) -> ProvedKey:
        data = read_file(path)
        opened = open_file(data, content, self._in_likely_order())
        if opened.passphrase is not None:
            self._last_hit = self._passphrases.index(opened.passphrase)
        fingerprint = public_key_sha256(opened.key)
        inside = read_certificate(opened.certificate) if opened.certificate is not None else None
        facts = inside or self._certificates.get(fingerprint)
        if facts is not None:
            prove_pair(opened.key, facts)
        return ProvedKey(
            path=path,
            content=content,
            file_sha256=hashlib.sha256(data).hexdigest(),
            passphrase=opened.passphrase,
            public_key_sha256=fingerprint,
            inside=inside,
            proved=facts is not None,
        )

    def _in_likely_order(self) -> Sequence[str]:
        """Neighbours often share a passphrase, or stand in the order of the list: begin where it last fitted."""
        start = self._last_hit
        return self._passphrases[start:] + self._passphrases[:start]


def sealed_in_batches(jobs: Sequence[ToSeal], executor: Executor) -> Iterator[list[tuple[ToSeal, Sealed]]]:
    """Seal keys, a batch ahead of whoever writes them."""
    batches = [jobs[start : start + BATCH] for start in range(0, len(jobs), BATCH)]
    ahead: list[tuple[ToSeal, Future[Sealed]]] = []
    for following in [*batches, []]:
        current, ahead = ahead, [(job, executor.submit(_seal, job)) for job in following]
        if current:
            yield [(job, future.result()) for job, future in current]


def _seal(job: ToSeal) -> Sealed:
    key = job.key
    if key is None:
        return None
    try:
        data = read_file(key.path)
        if hashlib.sha256(data).hexdigest() != key.file_sha256:
            raise FileChanged
        if not key.proved:
            passphrases = [] if key.passphrase is None else [key.passphrase]
            prove_pair(open_file(data, key.content, passphrases).key, job.facts)
        return seal_pair(company_id=job.company.pk, container=key.content.value, data=data, passphrase=key.passphrase)
    except Refusal as refusal:
        return refusal.alone()
