"""How is this private key locked, and does the passphrase open it?"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from renewals.errors import (
    DamagedFile,
    ExcessiveWork,
    PassphraseMissing,
    UnsupportedKey,
    WrongPassphrase,
)
from renewals.pki import der, pbe
from renewals.pki.content import Content, PemBlock, as_der, pem_block, refuse_size
from renewals.pki.public_key import refuse_rsa_size

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey

#: RSA with 8,192 bits takes about 4,700 octets; whatever is far longer is no key to spend work on.
MAX_KEY_OCTETS = 16_384

_DEK_INFO = re.compile(rb"DEK-Info: *([A-Z0-9-]+),([0-9A-Fa-f]*)")


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """How a key is locked. ``encryption`` is empty for one that is not; ``iterations`` is None then and for scrypt.

    ``work_of_a_try`` is what a passphrase costs in each encoding, in units of ``pbe.Budget``.
    """

    encrypted: bool
    encryption: str
    iterations: int | None
    work_of_a_try: int


@dataclass(frozen=True, slots=True)
class OpenedKey:
    """A key in the clear, and the encoding of the passphrase that opened it: cp1252, utf-8, or empty without one."""

    key: PrivateKey = field(repr=False)
    passphrase_encoding: str


def describe_private_key(data: bytes) -> KeyFacts:
    """Read only the header of a key; no work is spent on it.

    Raises EmptyFile, FileTooLarge, UnexpectedContent, DamagedFile, ExcessiveWork, UnsupportedEncryption.
    """
    return _read(data).facts


def open_private_key(data: bytes, passphrase: str | None) -> OpenedKey:
    """Open a key: PKCS#8, PKCS#1 or SEC1, DER or PEM, encrypted or not; a passphrase it does not need is ignored.

    The passphrase is tried as SAT's tool encodes it (Windows-1252), then as other programs do (UTF-8). Raises what
    ``describe_private_key`` raises, and PassphraseMissing, WrongPassphrase, UnsupportedKey.
    """
    locked = _read(data)
    if isinstance(locked, _Clear):
        return OpenedKey(load_clear_key(locked.octets), passphrase_encoding="")
    if not passphrase:
        raise PassphraseMissing
    for encoding in _encodings(passphrase):
        try:
            return OpenedKey(locked.open(passphrase, encoding), passphrase_encoding=encoding)
        except WrongPassphrase:
            continue
    raise WrongPassphrase


def public_key_sha256(key: PrivateKey) -> str:
    """Hex SHA-256 of the SubjectPublicKeyInfo, as in ``CertificateFacts.public_key_sha256``."""
    encoded = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(encoded).hexdigest()


def key_bits(key: PrivateKey) -> int:
    """Length of the modulus or of the curve's field, in bits."""
    return key.key_size


def encrypt_private_key(key: PrivateKey, passphrase: str) -> bytes:
    """Lock a key with a passphrase (UTF-8) as PKCS#8 DER under the best the library knows; ValueError without one."""
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode()),
    )


# --- what a file of a key can be ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Clear:
    """PKCS#8, PKCS#1 or SEC1 without encryption."""

    octets: bytes = field(repr=False)
    facts: KeyFacts = KeyFacts(encrypted=False, encryption="", iterations=None, work_of_a_try=0)


@dataclass(frozen=True, slots=True)
class LockedKey:
    """An EncryptedPrivateKeyInfo (RFC 5958), or an old PEM block, whose header has been read and paid for."""

    scheme: pbe.Scheme
    octets: bytes = field(repr=False)

    @property
    def facts(self) -> KeyFacts:
        """How it is locked."""
        scheme = self.scheme
        return KeyFacts(encrypted=True, encryption=scheme.name, iterations=scheme.iterations, work_of_a_try=scheme.work)

    def open(self, passphrase: str, encoding: str) -> PrivateKey:
        """Open it; raises WrongPassphrase, UnsupportedKey and, where the numbers contradict each other, DamagedFile.

        Without a MAC a wrong passphrase can, one time in some hundreds, leave a padding that is one: then what comes
        out is no key, which means the same.
        """
        clear = self.scheme.open(self.octets, passphrase, encoding)
        try:
            key = _parse(clear)
        except _NoKeyError:
            raise WrongPassphrase from None
        return _accepted(key)


def read_locked_key(encoded: bytes, budget: pbe.Budget) -> LockedKey:
    """Read the header of a DER EncryptedPrivateKeyInfo; raises BrokenDer, UnsupportedEncryption, ExcessiveWork."""
    algorithm, octets = der.expect(encoded, der.whole(encoded, der.SEQUENCE), der.SEQUENCE, der.OCTET_STRING)[:2]
    locked = der.value(encoded, octets)
    _refuse_length(locked)
    return LockedKey(pbe.read_scheme(encoded, algorithm, locked_octets=len(locked), budget=budget), locked)


def load_clear_key(encoded: bytes) -> PrivateKey:
    """Load a DER key without encryption; raises DamagedFile, UnsupportedKey, ExcessiveWork."""
    _refuse_length(encoded)
    try:
        key = _parse(encoded)
    except _NoKeyError:
        raise _damaged() from None
    return _accepted(key)


class _NoKeyError(ValueError):
    """These octets are no private key."""


def _parse(encoded: bytes) -> PrivateKeyTypes:
    """Let the library parse a key; raises _NoKeyError and UnsupportedKey.

    Its check of RSA keys is skipped: testing the primes takes fifty times as long as all the rest, and a key is never
    used on the word of its file. ``signatures.prove_pair`` follows always and shows that it signs what the certificate
    verifies.
    """
    try:
        return serialization.load_der_private_key(encoded, None, unsafe_skip_rsa_key_validation=True)
    except UnsupportedAlgorithm:
        raise UnsupportedKey(algorithm="", bits=0) from None
    except (ValueError, TypeError, InternalError):  # TypeError: it is encrypted (again); InternalError: of odd length
        raise _NoKeyError("no key") from None


def _read(data: bytes) -> _Clear | LockedKey:
    refuse_size(data)
    block = pem_block(data, Content.PRIVATE_KEY)
    if block is not None and b"ENCRYPTED" in block.headers:
        return _read_old_pem(block)
    encoded = as_der(data, Content.PRIVATE_KEY)
    try:
        first = der.children(encoded, der.whole(encoded, der.SEQUENCE))[0]
        if first.tag == der.INTEGER:
            return _Clear(encoded)
        return read_locked_key(encoded, pbe.Budget(pbe.KEY_BUDGET))
    except der.BrokenDer:
        raise _damaged() from None


def _read_old_pem(block: PemBlock) -> LockedKey:
    """A key as OpenSSL encrypted it before PKCS#8: PKCS#1 or SEC1 in a PEM block with ``DEK-Info``.

    The library opens such blocks too, but a vector that is too short makes it panic.
    """
    named = _DEK_INFO.search(block.headers)
    if block.octets is None or named is None:
        raise _damaged()
    _refuse_length(block.octets)
    cipher, vector = (part.decode("ascii") for part in named.groups())
    try:
        return LockedKey(pbe.old_pem_scheme(cipher, vector, locked_octets=len(block.octets)), block.octets)
    except der.BrokenDer:
        raise _damaged() from None


def _encodings(passphrase: str) -> Iterator[str]:
    """Encodings worth a try: one where both give the same octets, two at most."""
    try:
        windows = passphrase.encode("cp1252")
    except UnicodeEncodeError:
        yield "utf-8"
        return
    yield "cp1252"
    if windows != passphrase.encode("utf-8", errors="replace"):
        yield "utf-8"


def _refuse_length(octets: bytes) -> None:
    if len(octets) > MAX_KEY_OCTETS:
        raise ExcessiveWork(what="bytes", asked=len(octets), limit=MAX_KEY_OCTETS)


def _accepted(key: PrivateKeyTypes) -> PrivateKey:
    if isinstance(key, RSAPrivateKey):
        refuse_rsa_size(key.key_size)
        _refuse_contradiction(key)
    elif not isinstance(key, EllipticCurvePrivateKey):
        raise UnsupportedKey(algorithm=type(key).__name__.removesuffix("PrivateKey"), bits=0)
    return key


def _refuse_contradiction(key: RSAPrivateKey) -> None:
    """Raise DamagedFile where the numbers of an RSA key do not belong together (RFC 8017, 3.2).

    A signature does not show it: OpenSSL signs with one half of the numbers and falls back on the other, so a file in
    which a few octets have rotted proves well here and fails in the portal.
    """
    numbers = key.private_numbers()
    p, q, d = numbers.p, numbers.q, numbers.d
    fits = (
        min(p, q) > 2
        and p * q == numbers.public_numbers.n
        and d % (p - 1) == numbers.dmp1
        and d % (q - 1) == numbers.dmq1
        and numbers.iqmp * q % p == 1
        and numbers.public_numbers.e * numbers.dmp1 % (p - 1) == 1
        and numbers.public_numbers.e * numbers.dmq1 % (q - 1) == 1
    )
    if not fits:
        raise _damaged()


def _damaged() -> DamagedFile:
    return DamagedFile(content=Content.PRIVATE_KEY.value)
