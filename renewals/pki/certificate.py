"""Whose certificate is this, of which kind, and between which moments is it valid?"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo


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
    """What a certificate says about itself; text that is absent is empty. It gives no verdict on expiry or trust."""

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
    warnings: tuple[FileWarning, ...] = ()

    def days_left(self, today: date, zone: ZoneInfo) -> int:
        """Days from ``today`` to the local date of ``not_after`` in ``zone``; negative once it has passed."""
        return (self.not_after.astimezone(zone).date() - today).days


def read_certificate(data: bytes) -> CertificateFacts:
    """Read a certificate from DER or PEM.

    Raises EmptyFile, FileTooLarge, UnexpectedContent, DamagedFile, UnsupportedKey.
    """
    raise NotImplementedError
