"""What does this PFX hold, how is it locked, and does the passphrase open it?"""

from dataclasses import dataclass, field

from renewals.pki.private_key import PrivateKey


@dataclass(frozen=True, slots=True)
class PfxFacts:
    """How a PFX is locked: the encryption of its key, and the largest iteration count in its header."""

    encryption: str
    iterations: int


@dataclass(frozen=True, slots=True)
class OpenedPfx:
    """The pair a PFX holds, and the other certificates beside it."""

    key: PrivateKey = field(repr=False)
    certificate_der: bytes = field(repr=False)
    other_certificates: tuple[bytes, ...] = field(default=(), repr=False)


def describe_pfx(data: bytes) -> PfxFacts:
    """Read only the headers of a PFX; no work is spent on it.

    Raises EmptyFile, FileTooLarge, UnexpectedContent, DamagedFile, ExcessiveWork, UnsupportedEncryption, IncompletePfx.
    """
    raise NotImplementedError


def open_pfx(data: bytes, passphrase: str | None) -> OpenedPfx:
    """Open a PFX, old or new; its passphrase is UTF-8.

    Raises what ``describe_pfx`` raises, and PassphraseMissing, WrongPassphrase, UnsupportedKey, KeyOfAnotherCertificate.
    """
    raise NotImplementedError


def build_pfx(key: PrivateKey, certificate_der: bytes, passphrase: str, *, windows_compatible: bool) -> bytes:
    """Put a pair into a PFX: AES-256, or 3DES with SHA-1 for old Windows and old portals."""
    raise NotImplementedError
