"""What is each of these files, does the passphrase open it, and which belong together? No database is touched."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from renewals.errors import PassphraseMissing, PassphraseTriesSpent, Refusal, UnrecognisedFile, WrongPassphrase
from renewals.intake.files import OTHER_PAPERS, FoundFile, find_files, read_file
from renewals.intake.passphrases import OpenedFile, open_file
from renewals.pki.certificate import CertificateFacts, FileWarning, read_certificate
from renewals.pki.content import Content, recognise
from renewals.pki.pfx import describe_pfx
from renewals.pki.private_key import describe_private_key, public_key_sha256

#: What ``encryption`` says of a key that nothing locks.
NO_ENCRYPTION = "none"


@dataclass(frozen=True, slots=True)
class CertificateReport:
    """What a certificate says; moments in ISO 8601 (UTC), ``days_left`` in the firm's local days."""

    kind: str
    rfc: str
    name: str
    representative_rfc: str
    curp: str
    registro_patronal: str
    serial: str
    issuer: str
    not_before: str
    not_after: str
    days_left: int
    key_bits: int
    sha256: str


@dataclass(frozen=True, slots=True)
class KeyReport:
    """How a key is locked; ``opens`` is None where no passphrase was tried; ``matches`` are paths of certificates."""

    encryption: str
    opens: bool | None
    matches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file; the fields are those of the JSON that ``inspect_files`` promises."""

    path: str
    content: str
    certificate: CertificateReport | None = None
    private_key: KeyReport | None = None
    warnings: tuple[FileWarning, ...] = ()
    error: Refusal | None = None


@dataclass(frozen=True, slots=True)
class _Terms:
    """What every file of one run is looked at with."""

    passphrases: Sequence[str]
    today: date
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class _Looked:
    """A report with the fingerprints of the public keys that tell which files belong together."""

    report: FileReport
    certificate_key: str = ""
    private_key: str = ""


def inspect(paths: Sequence[str], *, passphrases: Sequence[str], today: date, zone: ZoneInfo) -> list[FileReport]:
    """Look at every file under the paths. Nothing of a file is kept but its report."""
    terms = _Terms(passphrases, today, zone)
    looked = [_look(found, terms) for found in find_files(paths)]
    certificates: dict[str, list[str]] = {}
    for one in looked:
        if one.certificate_key:
            certificates.setdefault(one.certificate_key, []).append(one.report.path)
    return [_matched(one, certificates) for one in looked]


def _matched(one: _Looked, certificates: dict[str, list[str]]) -> FileReport:
    report = one.report
    if report.private_key is None or not one.private_key:
        return report
    matches = tuple(certificates.get(one.private_key, ()))
    return replace(report, private_key=replace(report.private_key, matches=matches))


def _look(found: FoundFile, terms: _Terms) -> _Looked:
    content = Content.UNKNOWN
    try:
        if found.refusal is not None:
            raise found.refusal
        data = read_file(found.path)
        content = recognise(data)
        if content is Content.CERTIFICATE:
            facts = read_certificate(data)
            report, remarks = _about(facts, terms)
            looked = FileReport(found.path, content, certificate=report, warnings=remarks)
            return _Looked(looked, certificate_key=facts.public_key_sha256)
        if content in {Content.PRIVATE_KEY, Content.PFX}:
            return _look_at_locked(found.path, data, content, terms)
        if content is Content.UNKNOWN:
            raise UnrecognisedFile
    except Refusal as refusal:
        return _Looked(_refused(found, content, refusal.alone()))
    return _Looked(FileReport(found.path, content))


def _refused(found: FoundFile, content: Content, refusal: Refusal) -> FileReport:
    """A fault of the file; for other papers that were met in a folder, only something to know."""
    if isinstance(refusal, OTHER_PAPERS) and not found.named:
        return FileReport(found.path, content, warnings=(FileWarning(refusal.code, refusal.detail),))
    return FileReport(found.path, content, error=refusal)


def _look_at_locked(path: str, data: bytes, content: Content, terms: _Terms) -> _Looked:
    encryption = _encryption(data, content)
    try:
        opened = open_file(data, content, terms.passphrases)
    except PassphraseMissing:
        return _Looked(FileReport(path, content, private_key=KeyReport(encryption, opens=None)))
    except (WrongPassphrase, PassphraseTriesSpent) as refusal:
        closed = KeyReport(encryption, opens=False)
        return _Looked(FileReport(path, content, private_key=closed, error=refusal.alone()))
    own_key = public_key_sha256(opened.key)
    report = FileReport(path, content, private_key=KeyReport(encryption, opens=True), warnings=_bare(opened, content))
    if opened.certificate is None:
        return _Looked(report, private_key=own_key)
    facts = read_certificate(opened.certificate)
    inside, remarks = _about(facts, terms)
    report = replace(report, certificate=inside, warnings=report.warnings + remarks)
    return _Looked(report, certificate_key=facts.public_key_sha256, private_key=own_key)


def _encryption(data: bytes, content: Content) -> str:
    facts = describe_pfx(data) if content is Content.PFX else describe_private_key(data)
    return facts.encryption or NO_ENCRYPTION


def _bare(opened: OpenedFile, content: Content) -> tuple[FileWarning, ...]:
    bare = opened.passphrase is None and content is Content.PRIVATE_KEY
    return (FileWarning("key_not_encrypted", ""),) if bare else ()


def _about(facts: CertificateFacts, terms: _Terms) -> tuple[CertificateReport, tuple[FileWarning, ...]]:
    report = CertificateReport(
        kind=facts.kind.value,
        rfc=facts.rfc,
        name=facts.name,
        representative_rfc=facts.representative_rfc,
        curp=facts.curp,
        registro_patronal=facts.registro_patronal,
        serial=facts.serial,
        issuer=facts.issuer,
        not_before=facts.not_before.isoformat(),
        not_after=facts.not_after.isoformat(),
        days_left=facts.days_left(terms.today, terms.zone),
        key_bits=facts.key_bits,
        sha256=facts.sha256,
    )
    return report, tuple(_remarks(facts, terms))


def _remarks(facts: CertificateFacts, terms: _Terms) -> Iterator[FileWarning]:
    if facts.is_authority:
        yield FileWarning("authority_certificate", facts.name)
    if facts.days_left(terms.today, terms.zone) < 0:
        yield FileWarning("expired", facts.not_after.date().isoformat())
    if facts.not_before.astimezone(terms.zone).date() > terms.today:
        yield FileWarning("not_yet_valid", facts.not_before.date().isoformat())
    yield from facts.warnings
