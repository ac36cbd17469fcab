"""How is this private key locked, and does the passphrase open it?"""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """How a key is locked. ``encryption`` is empty and ``iterations`` None for a key that is not."""

    encrypted: bool
    encryption: str
    iterations: int | None


@dataclass(frozen=True, slots=True)
class OpenedKey:
    """A key in the clear and which encoding of the passphrase opened it: ``cp1252``, ``utf-8`` or empty (no passphrase)."""

    key: PrivateKey = field(repr=False)
    passphrase_encoding: str


def describe_private_key(data: bytes) -> KeyFacts:
    """Read only the header of a key; no work is spent on it.

    Raises EmptyFile, FileTooLarge, UnexpectedContent, DamagedFile, ExcessiveWork, UnsupportedEncryption.
    """
    raise NotImplementedError


def open_private_key(data: bytes, passphrase: str | None) -> OpenedKey:
    """Open a key (PKCS#8, PKCS#1, SEC1; DER or PEM).

    Raises what ``describe_private_key`` raises, and PassphraseMissing, WrongPassphrase, UnsupportedKey.
    """
    raise NotImplementedError


def public_key_sha256(key: PrivateKey) -> str:
    """Hex SHA-256 of the SubjectPublicKeyInfo, as in ``CertificateFacts.public_key_sha256``."""
    raise NotImplementedError


def key_bits(key: PrivateKey) -> int:
    """Length of the modulus or of the curve's field, in bits."""
    raise NotImplementedError


def encrypt_private_key(key: PrivateKey, passphrase: str) -> bytes:
    """Lock a key with a passphrase (UTF-8) as modern PKCS#8 DER."""
    raise NotImplementedError
