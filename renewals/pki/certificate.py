"""Whose certificate is this, of which kind, and between which moments is it valid?"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from renewals.errors import DamagedFile
from renewals.pki import anatomy, identifiers, names
from renewals.pki.content import Content, as_der
from renewals.pki.holder import Holder, Layout, issuer_layout, read_holder, subject_layout
from renewals.pki.public_key import PublicKey, read_public_key

_STRONG_RSA_BITS = 2_048
_ELLIPTIC_BITS = 571  # the longest curve; shorter keys are strong, and no RSA key is that short
# Fewer octets could be digits by chance; at eight the chance is five in a million million.
_MIN_PRINTED_SERIAL = 8


class CertificateKind(StrEnum):
    """What a certificate is for."""

    NPIE = "npie"
    EFIRMA = "efirma"
    CSD = "csd"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class FileWarning:
    """Something a person should look at that refuses nothing; the words for ``code`` live elsewhere."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What a certificate says about itself; text that is absent is empty. It gives no verdict on expiry or trust.

    ``serial`` is what the authority prints (its digits, where the serial is ASCII digits), ``serial_hex`` the number
    itself; ``sha256`` is of the DER, ``public_key_sha256`` of the SubjectPublicKeyInfo. Moments are aware, in UTC.
    """

    kind: CertificateKind
    rfc: str
    name: str
    representative_rfc: str
    curp: str
    registro_patronal: str
    branch: str
    email: str
    serial: str
    serial_hex: str
    issuer: str
    not_before: datetime
    not_after: datetime
    key_bits: int
    sha256: str
    public_key_sha256: str
    der: bytes = field(repr=False)
    #: Whether it may issue certificates itself (basicConstraints, RFC 5280, 4.2.1.9): nobody's to renew.
    is_authority: bool = False
    warnings: tuple[FileWarning, ...] = ()

    def days_left(self, today: date, zone: ZoneInfo) -> int:
        """Days from ``today`` to the local date of ``not_after`` in ``zone``; negative once it has passed."""
        return (self.not_after.astimezone(zone).date() - today).days


def read_certificate(data: bytes) -> CertificateFacts:
    """Read a certificate from DER or PEM.

    Raises EmptyFile, FileTooLarge, UnexpectedContent, DamagedFile, UnsupportedKey.
    """
    encoded = as_der(data, Content.CERTIFICATE)
    try:
        return _read(encoded)
    except ValueError:  # what the library says may quote bytes of the file, so it is not chained
        raise DamagedFile(content=Content.CERTIFICATE.value) from None


def _read(encoded: bytes) -> CertificateFacts:
    parts = anatomy.dissect(encoded)
    serial = anatomy.serial_octets(encoded, parts)
    not_before, not_after = anatomy.moments(encoded, parts)
    uses = anatomy.uses(encoded, parts)
    public_key = anatomy.span(encoded, parts.public_key)
    bits = read_public_key(public_key).key_size
    announced, issuer = _read_issuer(anatomy.span(encoded, parts.issuer))
    subject = names.read_name(anatomy.span(encoded, parts.subject))
    layout = subject_layout(subject) if announced is Layout.OTHER else announced
    holder = read_holder(subject, layout)
    kind = _kind(uses, layout, holder)
    return CertificateFacts(
        kind=kind,
        rfc=holder.rfc,
        name=holder.name,
        representative_rfc=holder.representative_rfc,
        curp=holder.curp,
        registro_patronal=holder.registro_patronal,
        branch=holder.unit if kind is CertificateKind.CSD else "",
        email=holder.email,
        serial=printed_serial(serial),
        serial_hex=serial.hex(),
        issuer=issuer,
        not_before=not_before,
        not_after=not_after,
        key_bits=bits,
        sha256=hashlib.sha256(encoded).hexdigest(),
        public_key_sha256=hashlib.sha256(public_key).hexdigest(),
        der=encoded,
        is_authority=uses.signs_certificates,
        warnings=_warnings(kind, holder, bits, unknown_issuer=issuer if announced is Layout.OTHER else ""),
    )


@lru_cache(maxsize=64)
def _read_issuer(encoded: bytes) -> tuple[Layout, str]:
    """Whose layout an issuer announces, and its name in one line; kept, because few issuers sign all certificates."""
    issuer = names.read_name(encoded)
    return issuer_layout(issuer), names.readable(issuer)


def printed_serial(serial: bytes) -> str:
    """The serial as its authority prints it: SAT and IMSS store its decimal digits as ASCII; else hex."""
    if len(serial) >= _MIN_PRINTED_SERIAL and serial.isdigit():
        return serial.decode("ascii")
    return serial.hex()


def public_key_of(facts: CertificateFacts) -> PublicKey:
    """The public key of a certificate that has been read."""
    return read_public_key(anatomy.span(facts.der, anatomy.dissect(facts.der).public_key))


def _kind(uses: anatomy.Uses, layout: Layout, holder: Holder) -> CertificateKind:
    """SAT gives a CSD its branch in ``OU`` and an e.firma more uses than signing; everything of IMSS is an NPIE's."""
    if layout is Layout.OTHER or uses.signs_certificates:
        return CertificateKind.UNKNOWN
    if layout is Layout.IMSS:
        return CertificateKind.NPIE
    if holder.unit:
        return CertificateKind.CSD
    return CertificateKind.EFIRMA if uses.is_personal else CertificateKind.UNKNOWN


def _warnings(kind: CertificateKind, holder: Holder, bits: int, *, unknown_issuer: str) -> tuple[FileWarning, ...]:
    found: list[FileWarning] = []
    if unknown_issuer:
        found.append(FileWarning("issuer_not_recognised", unknown_issuer))
    if kind is not CertificateKind.UNKNOWN and not holder.rfc:
        found.append(FileWarning("rfc_missing", ""))
    if kind is CertificateKind.NPIE and not holder.registro_patronal:
        found.append(FileWarning("registro_patronal_missing", ""))
    if _ELLIPTIC_BITS < bits < _STRONG_RSA_BITS:
        found.append(FileWarning("weak_key", str(bits)))
    return (*found, *_identifier_warnings(holder))


def _identifier_warnings(holder: Holder) -> Iterator[FileWarning]:
    for text, judge in (
        (holder.rfc, identifiers.rfc_warnings),
        (holder.representative_rfc, identifiers.rfc_warnings),
        (holder.curp, identifiers.curp_warnings),
        (holder.registro_patronal, identifiers.registro_patronal_warnings),
    ):
        if text:
            for code in judge(text):
                yield FileWarning(code, text)
