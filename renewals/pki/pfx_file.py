"""Which keys, certificates, locks and MAC does the structure of a PFX hold?

The format of RFC 7292, section 4, read without doing any of the work it asks for.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from renewals.errors import UnsupportedEncryption, WrongPassphrase
from renewals.pki import ber, der, pbe, pkcs12_kdf
from renewals.pki.private_key import LockedKey, read_locked_key

MAX_KEYS = 8
MAX_CERTIFICATES = 64
_MAX_NESTED_BAGS = 4
_ENCODING = "utf-8"

_DATA = "1.2.840.113549.1.7.1"
_ENCRYPTED_DATA = "1.2.840.113549.1.7.6"
_KEY_BAG = "1.2.840.113549.1.12.10.1.1"
_LOCKED_KEY_BAG = "1.2.840.113549.1.12.10.1.2"
_CERTIFICATE_BAG = "1.2.840.113549.1.12.10.1.3"
_NESTED_BAG = "1.2.840.113549.1.12.10.1.6"
_X509 = "1.2.840.113549.1.9.22.1"
_PBMAC1 = "1.2.840.113549.1.5.14"
_IMPLICIT = 0x80
_OWN_LOOP_UNITS = 1  # what a round of pkcs12_kdf costs beside the digest
_MAC_DIGESTS = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}


@dataclass(frozen=True, slots=True)
class LockedSafe:
    """One encrypted part, usually that of the certificates."""

    scheme: pbe.Scheme
    octets: bytes = field(repr=False)

    def open(self, passphrase: str) -> bytes:
        """Its content in definite lengths; raises WrongPassphrase and BrokenDer."""
        return ber.definite(self.scheme.open(self.octets, passphrase, _ENCODING))


@dataclass(frozen=True, slots=True)
class Mac:
    """The seal over the whole file: the only thing that tells a wrong passphrase from a damaged file.

    ``work`` is what one try was charged, in units of ``pbe.Budget``.
    """

    iterations: int
    work: int
    expected: bytes = field(repr=False)
    content: bytes = field(repr=False)
    compute: Callable[[str, bytes], bytes] = field(repr=False)

    def verify(self, passphrase: str) -> None:
        """Raises WrongPassphrase."""
        try:
            computed = self.compute(passphrase, self.content)
        except UnicodeEncodeError:
            raise WrongPassphrase from None
        if not hmac.compare_digest(computed, self.expected):
            raise WrongPassphrase


@dataclass(slots=True)
class PfxFile:
    """What has been read so far; opening a locked safe adds to it. All headers are paid for out of one budget."""

    budget: pbe.Budget = field(default_factory=lambda: pbe.Budget(pbe.PFX_BUDGET))
    mac: Mac | None = None
    locked_safes: list[LockedSafe] = field(default_factory=list)
    locked_keys: list[LockedKey] = field(default_factory=list)
    clear_keys: list[bytes] = field(default_factory=list, repr=False)
    certificates: list[bytes] = field(default_factory=list, repr=False)

    @property
    def is_locked(self) -> bool:
        """Whether anything in it needs a passphrase."""
        return bool(self.mac or self.locked_safes or self.locked_keys)

    def read_safe(self, contents: bytes, depth: int = 0) -> None:
        """Take in the bags of one SafeContents; raises BrokenDer, UnsupportedEncryption, ExcessiveWork."""
        if depth > _MAX_NESTED_BAGS:
            raise der.BrokenDer("bags nested too deeply")
        for bag in der.children(contents, der.whole(contents, der.SEQUENCE)):
            kind, holder = der.expect(contents, bag, der.OID, der.context(0))[:2]
            value, oid = der.value(contents, holder), der.dotted(contents, kind)
            if oid == _KEY_BAG:
                self.clear_keys.append(value)
            elif oid == _LOCKED_KEY_BAG:
                self.locked_keys.append(read_locked_key(value, self.budget))
            elif oid == _CERTIFICATE_BAG:
                self.certificates.extend(_certificate(value))
            elif oid == _NESTED_BAG:
                self.read_safe(value, depth + 1)
        if len(self.clear_keys) + len(self.locked_keys) > MAX_KEYS or len(self.certificates) > MAX_CERTIFICATES:
            raise der.BrokenDer("more keys or certificates than anybody keeps in one file")


def read_pfx_file(encoded: bytes) -> PfxFile:
    """Read the structure of a PFX in DER or BER; raises BrokenDer, UnsupportedEncryption, ExcessiveWork."""
    data = ber.definite(encoded)
    _, safes, *mac = der.expect(data, der.whole(data, der.SEQUENCE), der.INTEGER, der.SEQUENCE)
    kind, explicit = der.expect(data, safes, der.OID, der.context(0))[:2]
    if der.dotted(data, kind) != _DATA:
        raise UnsupportedEncryption(encryption=der.dotted(data, kind))
    authenticated = der.value(data, der.only(data, explicit, der.OCTET_STRING))
    pfx = PfxFile()
    if mac:
        pfx.mac = _read_mac(data, mac[0], authenticated, pfx.budget)
    inside = ber.definite(authenticated)
    for part in der.children(inside, der.whole(inside, der.SEQUENCE)):
        _read_part(inside, part, pfx)
    return pfx


def _read_part(data: bytes, part: der.Element, pfx: PfxFile) -> None:
    """One ContentInfo of the AuthenticatedSafe: bags in the clear, or locked ones."""
    kind, explicit = der.expect(data, part, der.OID, der.context(0))[:2]
    oid = der.dotted(data, kind)
    if oid == _DATA:
        contents = der.value(data, der.only(data, explicit, der.OCTET_STRING))
        pfx.read_safe(ber.definite(contents))
    elif oid == _ENCRYPTED_DATA:
        _, content = der.expect(data, der.only(data, explicit, der.SEQUENCE), der.INTEGER, der.SEQUENCE)[:2]
        _, algorithm, *octets = der.expect(data, content, der.OID, der.SEQUENCE)
        locked = _implicit_octets(data, octets)
        scheme = pbe.read_scheme(data, algorithm, locked_octets=len(locked), budget=pfx.budget)
        pfx.locked_safes.append(LockedSafe(scheme, locked))
    else:
        raise UnsupportedEncryption(encryption=oid)


def _implicit_octets(data: bytes, found: list[der.Element]) -> bytes:
    """An implicitly tagged octet string: whole, or in pieces where the file was BER."""
    if [one.tag for one in found] == [_IMPLICIT]:
        return der.value(data, found[0])
    if [one.tag for one in found] == [der.context(0)]:
        return b"".join(der.value(data, piece) for piece in der.children(data, found[0]))
    raise der.BrokenDer("not one octet string")


def _certificate(bag: bytes) -> list[bytes]:
    kind, explicit = der.expect(bag, der.whole(bag, der.SEQUENCE), der.OID, der.context(0))[:2]
    if der.dotted(bag, kind) != _X509:
        return []
    return [der.value(bag, der.only(bag, explicit, der.OCTET_STRING))]


def _read_mac(data: bytes, element: der.Element, content: bytes, budget: pbe.Budget) -> Mac:
    """MacData: digest, salt and iterations, which are one where none are named."""
    info, salt_element, *count = der.expect(data, element, der.SEQUENCE, der.OCTET_STRING)
    algorithm, expected = der.expect(data, info, der.SEQUENCE, der.OCTET_STRING)[:2]
    kind, *parameters = der.expect(data, algorithm, der.OID)
    oid = der.dotted(data, kind)
    if oid == _PBMAC1 and parameters:
        return _read_pbmac1(data, parameters[0], der.value(data, expected), content, budget)
    if oid not in _MAC_DIGESTS:
        raise UnsupportedEncryption(encryption=oid)
    digest = _MAC_DIGESTS[oid]
    salt, iterations = pbe.checked(der.value(data, salt_element), der.unsigned(data, count[0]) if count else 1)
    work = iterations * (_OWN_LOOP_UNITS + pbe.units_of(hashlib.new(digest).block_size))
    budget.spend(work)

    def compute(passphrase: str, octets: bytes) -> bytes:
        password = pkcs12_kdf.bmp_password(passphrase)
        size = hashlib.new(digest).digest_size
        key = pkcs12_kdf.derive(digest, password, salt, purpose=pkcs12_kdf.MAC, iterations=iterations, size=size)
        return hmac.digest(key, octets, digest)

    return Mac(iterations, work, der.value(data, expected), content, compute)


def _read_pbmac1(data: bytes, parameters: der.Element, expected: bytes, content: bytes, budget: pbe.Budget) -> Mac:
    """RFC 9579: PBKDF2 for the key, and an HMAC."""
    derivation, scheme = der.expect(data, parameters, der.SEQUENCE, der.SEQUENCE)[:2]
    method, inner = der.expect(data, derivation, der.OID, der.SEQUENCE)[:2]
    hmac_oid = der.dotted(data, der.expect(data, scheme, der.OID)[0])
    if der.dotted(data, method) != pbe.PBKDF2 or hmac_oid not in pbe.HMAC_DIGESTS:
        raise UnsupportedEncryption(encryption=hmac_oid)
    digest = pbe.HMAC_DIGESTS[hmac_oid]
    asked_before = budget.asked
    _, iterations, run = pbe.read_pbkdf2(data, inner, budget, length=digest.digest_size)
    work = budget.asked - asked_before

    def compute(passphrase: str, octets: bytes) -> bytes:
        return hmac.digest(run(passphrase.encode(_ENCODING)), octets, digest.name)

    return Mac(iterations or 1, work, expected, content, compute)
