"""What became of each file of an import?"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from renewals.errors import AuthorityCertificate, CertificateMissing, Refusal, UnexpectedContent
from renewals.intake.files import OTHER_PAPERS
from renewals.intake.proving import ProvedKey
from renewals.pki.certificate import CertificateFacts, CertificateKind, FileWarning
from renewals.pki.content import Content

Result = Literal["imported", "paired", "already_here", "ignored", "failed"]

#: Requests and authorities' certificates lie in folders of downloads too, and nobody has to take them out first.
_OTHER_PAPERS = (*OTHER_PAPERS, UnexpectedContent, AuthorityCertificate)


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """One file.

    ``imported``: its certificate, or the key it brings to a known one, is new here; ``paired``: a key that went with
    its certificate; ``already_here``: nothing new in it; ``ignored``: not ours; ``failed``: see ``error``.
    """

    path: str
    content: Content
    outcome: Result
    facts: CertificateFacts | None = None
    warnings: tuple[FileWarning, ...] = ()
    error: Refusal | None = None


@dataclass(slots=True)
class Ledger:
    """Everything known about the files of one run: each begins as ``ignored`` and ends as something else."""

    now: datetime
    outcomes: dict[str, FileOutcome] = field(default_factory=dict)
    #: Paths that somebody named, not met while walking a folder.
    named: set[str] = field(default_factory=set)
    #: Certificates by the SHA-256 of their DER, each with the path where it was met first.
    certificates: dict[str, tuple[str, CertificateFacts]] = field(default_factory=dict)
    #: Every key that opened, and the one that counts for each public key (by its SHA-256): a key file before a PFX.
    opened: list[ProvedKey] = field(default_factory=list)
    keys: dict[str, ProvedKey] = field(default_factory=dict)

    def met(self, path: str, content: Content) -> None:
        """A file that will get its answer later."""
        self.outcomes[path] = FileOutcome(path, content, "ignored")

    def answer(self, path: str, outcome: Result, facts: CertificateFacts | None = None) -> None:
        """Say what became of a file."""
        known = self.outcomes[path]
        self.outcomes[path] = replace(known, outcome=outcome, facts=facts or known.facts)

    def refuse(self, path: str, refusal: Refusal, content: Content | None = None) -> None:
        """Say why a file was not taken."""
        known = self.outcomes.get(path) or FileOutcome(path, content or Content.UNKNOWN, "failed")
        ignored = isinstance(refusal, _OTHER_PAPERS) and path not in self.named
        self.outcomes[path] = replace(known, outcome="ignored" if ignored else "failed", error=refusal.alone())

    def certificate(self, path: str, facts: CertificateFacts) -> None:
        """A certificate was met; the same one at a second path brings nothing new."""
        if facts.sha256 in self.certificates:
            self.answer(path, "already_here", facts)
            return
        self.certificates[facts.sha256] = (path, facts)
        self.answer(path, "ignored", facts)

    def key(self, key: ProvedKey) -> None:
        """A key opened."""
        self.opened.append(key)
        if key.inside is not None:
            self.certificate(key.path, key.inside)
        counting = self.keys.setdefault(key.public_key_sha256, key)
        if counting.content is Content.PFX and key.content is Content.PRIVATE_KEY:
            self.keys[key.public_key_sha256] = key

    def key_of(self, facts: CertificateFacts) -> ProvedKey | None:
        """The key that belongs to a certificate, if it came too."""
        return self.keys.get(facts.public_key_sha256)

    def kept(self, facts: CertificateFacts, *, key: ProvedKey | None, key_was_waiting: bool = False) -> None:
        """A certificate, or its key, is a row now."""
        path, _ = self.certificates.get(facts.sha256) or (key.path if key else "", facts)
        self.answer(path, "imported", facts)
        warnings = tuple(_warnings(facts, key, self.now, key_was_waiting=key_was_waiting))
        self.outcomes[path] = replace(self.outcomes[path], warnings=warnings)
        if key is not None and key.path != path:
            self.answer(key.path, "paired", facts)

    def refused(self, facts: CertificateFacts, refusal: Refusal) -> None:
        """A certificate is not kept, and so its key is not either."""
        key = self.key_of(facts)
        places = [self.certificates[facts.sha256][0]] if facts.sha256 in self.certificates else []
        places += [key.path] if key is not None else []
        for path in places:
            self.refuse(path, refusal)

    def close(self, *, known_public_keys: set[str]) -> list[FileOutcome]:
        """Every answer, in the order the files were met; keys that went with nothing get theirs here."""
        ours = known_public_keys | {facts.public_key_sha256 for _, facts in self.certificates.values()}
        for key in self.opened:
            if self.outcomes[key.path].outcome == "ignored" and self.outcomes[key.path].error is None:
                if key.public_key_sha256 in ours:
                    self.answer(key.path, "already_here")
                else:
                    self.refuse(key.path, CertificateMissing())
        return list(self.outcomes.values())


def _warnings(
    facts: CertificateFacts, key: ProvedKey | None, now: datetime, *, key_was_waiting: bool
) -> Iterator[FileWarning]:
    told = (
        (facts.not_after <= now, "expired", facts.not_after.date().isoformat()),
        (facts.not_before > now, "not_yet_valid", facts.not_before.date().isoformat()),
        (facts.kind is CertificateKind.UNKNOWN, "unknown_kind", ""),
        (key is None and not key_was_waiting, "no_key", ""),
        (key_was_waiting, "key_was_waiting", ""),
        (key is not None and key.passphrase is None, "key_not_encrypted", ""),
    )
    yield from (FileWarning(code, detail) for holds, code, detail in told if holds)
    yield from facts.warnings
