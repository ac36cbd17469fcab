"""Which encryption does this header ask for, how much work is it, and what does the passphrase open?

Password-based encryption as keys and PFX files use it: PBES1 and PBES2 (RFC 8018), and the schemes of PKCS#12 (RFC
7292, appendix C). The library opens fewer of them than OpenSSL does, and it cannot say beforehand how much work a
header asks for; so headers are read here, and paid for out of a budget before any of the work is done.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from renewals.errors import ExcessiveWork, UnsupportedEncryption, WrongPassphrase
from renewals.pki import der, pkcs12_kdf
from renewals.pki.ciphers import (
    CIPHERS,
    DES,
    DES_EDE,
    DES_EDE3,
    RC2_40,
    RC2_64,
    RC2_128,
    RC2_VERSIONS,
    RC4,
    RC4_40,
    BadPadding,
    CipherKind,
    decrypt,
)

# One unit is about half a microsecond: a round of PBKDF2 with SHA-256, for two pieces of a key. A key may be tried in
# two encodings, so its budget is spent twice at most: within a second. Files of SAT ask for 2,048 iterations, recent
# programs for up to 600,000 with SHA-256; a PFX does that for its seal (at two units), its certificates and its key.
KEY_BUDGET = 600_000
PFX_BUDGET = 2_400_000
MAX_SCRYPT_BYTES = 64 * 1_048_576
MAX_SALT_BYTES = 1_024

PBKDF2 = "1.2.840.113549.1.5.12"
_PBES2 = "1.2.840.113549.1.5.13"
_SCRYPT = "1.3.6.1.4.1.11591.4.11"
_PBES1 = {
    "1.2.840.113549.1.5.3": ("md5", DES),
    "1.2.840.113549.1.5.6": ("md5", RC2_64),
    "1.2.840.113549.1.5.10": ("sha1", DES),
    "1.2.840.113549.1.5.11": ("sha1", RC2_64),
}
_PKCS12 = {
    "1.2.840.113549.1.12.1.1": RC4,
    "1.2.840.113549.1.12.1.2": RC4_40,
    "1.2.840.113549.1.12.1.3": DES_EDE3,
    "1.2.840.113549.1.12.1.4": DES_EDE,
    "1.2.840.113549.1.12.1.5": RC2_128,
    "1.2.840.113549.1.12.1.6": RC2_40,
}
_OLD_PEM = {kind.name: kind for kind in CIPHERS.values() if kind is DES_EDE3 or kind.name.startswith("AES-")}
_SHA1 = hashes.SHA1()  # noqa: S303 — what SAT uses, within HMAC
HMAC_DIGESTS: dict[str, hashes.HashAlgorithm] = {
    "1.2.840.113549.2.6": hashes.MD5(),  # noqa: S303 — old files
    "1.2.840.113549.2.7": _SHA1,
    "1.2.840.113549.2.8": hashes.SHA224(),
    "1.2.840.113549.2.9": hashes.SHA256(),
    "1.2.840.113549.2.10": hashes.SHA384(),
    "1.2.840.113549.2.11": hashes.SHA512(),
    "1.2.840.113549.2.12": hashes.SHA512_224(),
    "1.2.840.113549.2.13": hashes.SHA512_256(),
}
_FAST_BLOCK = 64  # octets; digests with a longer block take twice as long
_PIECES_PER_UNIT = 2
_PBES1_UNITS = 3
_PKCS12_UNITS = 4  # three digests that a key and a vector take per iteration
_RC2_UNITS_PER_OCTET = 12
_SCRYPT_UNIT_BYTES = 128
_SCRYPT_OVERHEAD = 4  # what each lane costs beside its N steps, in steps
_MOST = 2**63 - 1  # what a column of a database can hold

#: Passphrase and encoding in, key and vector out.
Keys = Callable[[str, str], tuple[bytes, bytes]]


class Budget:
    """How much work a file may still ask for; one budget serves all the headers of a file."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.asked = 0

    def spend(self, units: int) -> None:
        """Count work before it is done; raises ExcessiveWork."""
        self.asked += units
        if self.asked > self.limit:
            raise ExcessiveWork(what="iterations", asked=min(self.asked, _MOST), limit=self.limit)


@dataclass(frozen=True, slots=True)
class Scheme:
    """One header that has been read and paid for. ``iterations`` is None for scrypt, which counts otherwise.

    ``work`` is what one try was charged, in units of the budget.
    """

    name: str
    iterations: int | None
    cipher: CipherKind = field(repr=False)
    keys: Keys = field(repr=False)
    work: int = 1

    def open(self, locked: bytes, passphrase: str, encoding: str) -> bytes:
        """Do the work and decrypt; raises WrongPassphrase, also for text that the encoding cannot write."""
        try:
            return decrypt(self.cipher, *self.keys(passphrase, encoding), locked)
        except (BadPadding, UnicodeEncodeError):
            raise WrongPassphrase from None


def read_scheme(data: bytes, algorithm: der.Element, *, locked_octets: int, budget: Budget) -> Scheme:
    """Read an AlgorithmIdentifier that locks ``locked_octets``, and pay for it.

    Raises BrokenDer, UnsupportedEncryption, ExcessiveWork.
    """
    oid, *rest = der.expect(data, algorithm, der.OID)
    if len(rest) != 1:
        raise der.BrokenDer("an encryption has parameters")
    name, asked_before = der.dotted(data, oid), budget.asked
    if name == _PBES2:
        scheme = _pbes2(data, rest[0], budget)
    elif name in _PBES1:
        scheme = _pbes1(data, rest[0], *_PBES1[name], budget)
    elif name in _PKCS12:
        scheme = _pkcs12(data, rest[0], _PKCS12[name], budget)
    else:
        raise UnsupportedEncryption(encryption=name)
    if scheme.cipher.make is None:
        budget.spend(_RC2_UNITS_PER_OCTET * locked_octets)
    _refuse_broken_blocks(scheme.cipher, locked_octets)
    return replace(scheme, work=budget.asked - asked_before)


def old_pem_scheme(name: str, vector: str, *, locked_octets: int) -> Scheme:
    """What ``DEK-Info`` says in a PEM block (RFC 1421, 4.6.1.3): cipher, and vector in hex. One round, so no budget.

    Raises BrokenDer, UnsupportedEncryption.
    """
    cipher = _OLD_PEM.get(name)
    if cipher is None:
        raise UnsupportedEncryption(encryption=name)
    if len(vector) != 2 * cipher.vector_size:
        raise der.BrokenDer("a vector of another length than the block")
    _refuse_broken_blocks(cipher, locked_octets)
    salt = bytes.fromhex(vector)

    def keys(passphrase: str, encoding: str) -> tuple[bytes, bytes]:
        # EVP_BytesToKey of OpenSSL: MD5, one round, the first eight octets of the vector for salt.
        found = piece = b""
        while len(found) < cipher.key_size:
            piece = hashlib.md5(piece + passphrase.encode(encoding) + salt[:8], usedforsecurity=False).digest()
            found += piece
        return found[: cipher.key_size], salt

    return Scheme(f"PEM, MD5, {name}", 1, cipher, keys)


def _refuse_broken_blocks(cipher: CipherKind, locked_octets: int) -> None:
    if locked_octets == 0 or (cipher.vector_size and locked_octets % cipher.vector_size):
        raise der.BrokenDer("not whole blocks")


def _pbes1(data: bytes, parameters: der.Element, digest: str, cipher: CipherKind, budget: Budget) -> Scheme:
    """PBKDF1, RFC 8018, 5.1 and 6.1."""
    salt, iterations = _salt_and_iterations(data, parameters)
    budget.spend(_PBES1_UNITS * iterations)

    def keys(passphrase: str, encoding: str) -> tuple[bytes, bytes]:
        derived = passphrase.encode(encoding) + salt
        for _ in range(iterations):
            derived = hashlib.new(digest, derived).digest()
        return derived[:8], derived[8:16]

    return Scheme(f"PBES1, {digest.upper()}, {cipher.name}", iterations, cipher, keys)


def _pkcs12(data: bytes, parameters: der.Element, cipher: CipherKind, budget: Budget) -> Scheme:
    """RFC 7292, appendix C. The passphrase is UTF-16 here, whichever encoding is asked for."""
    salt, iterations = _salt_and_iterations(data, parameters)
    budget.spend(_PKCS12_UNITS * iterations)

    def keys(passphrase: str, _: str) -> tuple[bytes, bytes]:
        password = pkcs12_kdf.bmp_password(passphrase)
        key, vector = (
            pkcs12_kdf.derive("sha1", password, salt, purpose=purpose, iterations=iterations, size=size)
            for purpose, size in ((pkcs12_kdf.KEY, cipher.key_size), (pkcs12_kdf.VECTOR, cipher.vector_size))
        )
        return key, vector

    return Scheme(f"PKCS#12, SHA1, {cipher.name}", iterations, cipher, keys)


def _pbes2(data: bytes, parameters: der.Element, budget: Budget) -> Scheme:
    """RFC 8018, 6.2: a derivation and a cipher, each with parameters of its own."""
    derivation, encryption = der.expect(data, parameters, der.SEQUENCE, der.SEQUENCE)[:2]
    cipher, vector = _cipher(data, encryption)
    method, *rest = der.expect(data, derivation, der.OID, der.SEQUENCE)
    oid = der.dotted(data, method)
    if oid == PBKDF2:
        name, iterations, run = read_pbkdf2(data, rest[0], budget, length=cipher.key_size)
    elif oid == _SCRYPT:
        name, iterations, run = _read_scrypt(data, rest[0], budget, length=cipher.key_size)
    else:
        raise UnsupportedEncryption(encryption=oid)

    def keys(passphrase: str, encoding: str) -> tuple[bytes, bytes]:
        return run(passphrase.encode(encoding)), vector

    return Scheme(f"PBES2, {name}, {cipher.name}", iterations, cipher, keys)


#: Name, iterations, and the work itself: password in, key out.
Derivation = tuple[str, int | None, Callable[[bytes], bytes]]


def read_pbkdf2(data: bytes, parameters: der.Element, budget: Budget, *, length: int) -> Derivation:
    """RFC 8018, A.2: salt, iterations, length of the key (optional), HMAC (SHA-1 where none is named).

    ``length`` is what the key is for, in octets. Raises BrokenDer (also where the header names another length, which
    could be billions), UnsupportedEncryption, ExcessiveWork.
    """
    salt_element, count, *optional = der.expect(data, parameters, der.OCTET_STRING, der.INTEGER)
    salt, iterations = checked(der.value(data, salt_element), der.unsigned(data, count))
    if optional and optional[0].tag == der.INTEGER:
        _refuse_other_length(der.unsigned(data, optional.pop(0)), length)
    digest: hashes.HashAlgorithm = _SHA1
    if optional:
        oid = der.dotted(data, der.expect(data, optional[0], der.OID)[0])
        if oid not in HMAC_DIGESTS:
            raise UnsupportedEncryption(encryption=oid)
        digest = HMAC_DIGESTS[oid]
    pieces = -(-length // digest.digest_size)
    budget.spend(iterations * units_of(digest.block_size) * -(-pieces // _PIECES_PER_UNIT))

    def run(password: bytes) -> bytes:
        return PBKDF2HMAC(digest, length, salt, iterations).derive(password)

    return f"PBKDF2-HMAC-{digest.name.upper()}", iterations, run


def units_of(block_size: int | None) -> int:
    """What a round costs with a digest whose blocks have so many octets."""
    return 1 if block_size == _FAST_BLOCK else 2


def _read_scrypt(data: bytes, parameters: der.Element, budget: Budget, *, length: int) -> Derivation:
    """RFC 7914, 7.1: salt, N, r, p and the length of the key; memory: 128 octets × N × r; work: N × r × p."""
    salt_element, *numbers = der.expect(data, parameters, der.OCTET_STRING, der.INTEGER, der.INTEGER, der.INTEGER)
    cost, block, lanes, *optional = (der.unsigned(data, number) for number in numbers)
    asked = _SCRYPT_UNIT_BYTES * cost * block * lanes
    if asked > MAX_SCRYPT_BYTES:
        raise ExcessiveWork(what="memory", asked=min(asked, _MOST), limit=MAX_SCRYPT_BYTES)
    if not asked or cost < 2 or cost & (cost - 1) or cost.bit_length() > 16 * block:
        raise der.BrokenDer("not the numbers of scrypt")
    salt, _ = checked(der.value(data, salt_element), cost)

    if optional:
        _refuse_other_length(optional[0], length)
    budget.spend((cost + _SCRYPT_OVERHEAD) * block * lanes)

    def run(password: bytes) -> bytes:
        return hashlib.scrypt(password, salt=salt, n=cost, r=block, p=lanes, dklen=length, maxmem=2 * MAX_SCRYPT_BYTES)

    return "scrypt", None, run


def _refuse_other_length(named: int, length: int) -> None:
    if named != length:
        raise der.BrokenDer("a key of another length than it is used with")


def _cipher(data: bytes, encryption: der.Element) -> tuple[CipherKind, bytes]:
    """The cipher of PBES2 and its vector; some ciphers keep the vector beside a number."""
    method, *parameters = der.expect(data, encryption, der.OID)
    oid = der.dotted(data, method)
    if oid not in CIPHERS:
        raise UnsupportedEncryption(encryption=oid)
    kind = CIPHERS[oid]
    nested = [part for outer in parameters if outer.tag == der.SEQUENCE for part in der.children(data, outer)]
    parts = [*parameters, *nested]
    vector = next((der.value(data, part) for part in parts if part.tag == der.OCTET_STRING), b"")
    if kind is RC2_128:
        version = next((der.unsigned(data, part) for part in parts if part.tag == der.INTEGER), 0)
        if version not in RC2_VERSIONS:
            raise UnsupportedEncryption(encryption=f"RC2, {version}")
        kind = RC2_VERSIONS[version]
    if len(vector) != kind.vector_size:
        raise der.BrokenDer("a vector of another length than the block")
    return kind, vector


def _salt_and_iterations(data: bytes, parameters: der.Element) -> tuple[bytes, int]:
    salt, iterations = der.expect(data, parameters, der.OCTET_STRING, der.INTEGER)[:2]
    return checked(der.value(data, salt), der.unsigned(data, iterations))


def checked(salt: bytes, iterations: int) -> tuple[bytes, int]:
    """Salt and iterations as they came; raises BrokenDer where no program writes such ones."""
    if len(salt) > MAX_SALT_BYTES or iterations < 1:
        raise der.BrokenDer("no honest salt or count")
    return salt, iterations
