"""How does a small authority of our own issue certificates that look like those of IMSS and SAT?

For practice, the demo and tests: nothing outside this program trusts it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Self

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from renewals.pki.certificate import CertificateKind

Style = Literal["imss", "sat"]


def new_key(bits: int = 2048) -> RSAPrivateKey:
    """Generate an RSA key."""
    raise NotImplementedError


def as_sat_key_file(key: RSAPrivateKey, passphrase: str) -> bytes:
    """Lock a key exactly as SAT's own tool writes ``.key`` files."""
    raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Authority:
    """A self-signed authority that writes names and extensions in the style of IMSS or of SAT."""

    style: Style
    name: str
    certificate_der: bytes = field(repr=False)
    key: RSAPrivateKey = field(repr=False)

    @classmethod
    def create(cls, *, style: Style, name: str | None = None, now: datetime) -> Self:
        """Make a new authority, valid from the day before ``now`` for 20 years."""
        raise NotImplementedError

    @classmethod
    def load(cls, data: bytes, passphrase: str | None = None) -> Self:
        """Read what ``to_bytes`` wrote."""
        raise NotImplementedError

    def to_bytes(self, passphrase: str | None = None) -> bytes:
        """PEM of certificate and key; the key is in the clear when no passphrase is given."""
        raise NotImplementedError

    def issue(
        self,
        public_key: RSAPublicKey | EllipticCurvePublicKey,
        *,
        kind: CertificateKind,
        rfc: str,
        name: str,
        not_before: datetime,
        not_after: datetime,
        representative_rfc: str = "",
        curp: str = "",
        registro_patronal: str = "",
        branch: str = "",
        email: str = "",
        serial: int | None = None,
    ) -> bytes:
        """Issue a certificate and return its DER."""
        raise NotImplementedError
