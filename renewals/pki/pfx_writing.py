"""How is a pair written as a PFX that other programs open?

Written by hand (RFC 7292), because the library's writer wants a certificate object, and it can make none of a
certificate that has Ñ or & where SAT puts them.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from renewals.pki import der, pkcs12_kdf
from renewals.pki.private_key import PrivateKey

ITERATIONS = 100_000
WINDOWS_ITERATIONS = 2_000  # what Windows itself writes; old portals refuse far more
_SALT_OCTETS = 16

_DATA = der.encode_oid("1.2.840.113549.1.7.1")
_ENCRYPTED_DATA = der.encode_oid("1.2.840.113549.1.7.6")
_LOCKED_KEY_BAG = der.encode_oid("1.2.840.113549.1.12.10.1.2")
_CERTIFICATE_BAG = der.encode_oid("1.2.840.113549.1.12.10.1.3")
_X509 = der.encode_oid("1.2.840.113549.1.9.22.1")
_LOCAL_KEY_ID = der.encode_oid("1.2.840.113549.1.9.21")
_NULL = der.encode(der.NULL)
_DIGEST_OIDS = {"sha1": "1.3.14.3.2.26", "sha256": "2.16.840.1.101.3.4.2.1"}

#: Octets in the clear and passphrase in, AlgorithmIdentifier and locked octets out.
Lock = Callable[[bytes, str], tuple[bytes, bytes]]


def build_pfx(key: PrivateKey, certificate_der: bytes, passphrase: str, *, windows_compatible: bool) -> bytes:
    """Put a pair into a PFX under AES-256, or under triple DES with SHA-1 for old Windows and old portals.

    Raises ValueError for an empty passphrase.
    """
    if not passphrase:
        raise ValueError("a PFX needs a passphrase")
    lock = _lock_for_windows if windows_compatible else _lock
    secret = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    algorithm, locked = lock(secret, passphrase)
    locked_key = der.encode(der.SEQUENCE, algorithm, _octets(locked))
    certificate = der.encode(der.SEQUENCE, _X509, der.encode(der.context(0), _octets(certificate_der)))
    # Windows and OpenSSL pair key and certificate by this attribute; any value does, if it is the same.
    key_id = hashlib.sha1(certificate_der, usedforsecurity=False).digest()
    content = der.encode(
        der.SEQUENCE,
        _locked_content(_bags(_CERTIFICATE_BAG, certificate, key_id), passphrase, lock),
        _content(_bags(_LOCKED_KEY_BAG, locked_key, key_id)),
    )
    mac = _mac(content, passphrase, windows_compatible=windows_compatible)
    return der.encode(der.SEQUENCE, der.encode_integer(3), _content(content), mac)


def _octets(content: bytes) -> bytes:
    return der.encode(der.OCTET_STRING, content)


def _bags(kind: bytes, value: bytes, key_id: bytes) -> bytes:
    attribute = der.encode(der.SEQUENCE, _LOCAL_KEY_ID, der.encode(der.SET, _octets(key_id)))
    bag = der.encode(der.SEQUENCE, kind, der.encode(der.context(0), value), der.encode(der.SET, attribute))
    return der.encode(der.SEQUENCE, bag)


def _content(octets: bytes) -> bytes:
    return der.encode(der.SEQUENCE, _DATA, der.encode(der.context(0), _octets(octets)))


def _locked_content(bags: bytes, passphrase: str, lock: Lock) -> bytes:
    algorithm, locked = lock(bags, passphrase)
    content = der.encode(der.SEQUENCE, _DATA, algorithm, der.encode(0x80, locked))
    encrypted = der.encode(der.SEQUENCE, der.encode_integer(0), content)
    return der.encode(der.SEQUENCE, _ENCRYPTED_DATA, der.encode(der.context(0), encrypted))


def _lock(secret: bytes, passphrase: str) -> tuple[bytes, bytes]:
    """PBES2: PBKDF2-HMAC-SHA256 and AES-256 in CBC mode (RFC 8018, 6.2)."""
    salt, vector = secrets.token_bytes(_SALT_OCTETS), secrets.token_bytes(AES.block_size // 8)
    key = PBKDF2HMAC(hashes.SHA256(), 32, salt, ITERATIONS).derive(passphrase.encode())
    digest = der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.2.9"), _NULL)
    count = der.encode(der.SEQUENCE, _octets(salt), der.encode_integer(ITERATIONS), digest)
    derivation = der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.1.5.12"), count)
    cipher = der.encode(der.SEQUENCE, der.encode_oid("2.16.840.1.101.3.4.1.42"), _octets(vector))
    parameters = der.encode(der.SEQUENCE, derivation, cipher)
    algorithm = der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.1.5.13"), parameters)
    return algorithm, _encrypt(AES(key), vector, secret)


def _lock_for_windows(secret: bytes, passphrase: str) -> tuple[bytes, bytes]:
    """pbeWithSHAAnd3-KeyTripleDES-CBC (RFC 7292, appendix C)."""
    salt = secrets.token_bytes(_SALT_OCTETS)
    password = pkcs12_kdf.bmp_password(passphrase)
    key, vector = (
        pkcs12_kdf.derive("sha1", password, salt, purpose=purpose, iterations=WINDOWS_ITERATIONS, size=size)
        for purpose, size in ((pkcs12_kdf.KEY, 24), (pkcs12_kdf.VECTOR, 8))
    )
    parameters = der.encode(der.SEQUENCE, _octets(salt), der.encode_integer(WINDOWS_ITERATIONS))
    algorithm = der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.1.12.1.3"), parameters)
    return algorithm, _encrypt(TripleDES(key), vector, secret)


def _encrypt(algorithm: BlockCipherAlgorithm, vector: bytes, secret: bytes) -> bytes:
    padder = padding.PKCS7(algorithm.block_size).padder()
    encryptor = Cipher(algorithm, modes.CBC(vector)).encryptor()
    return encryptor.update(padder.update(secret) + padder.finalize()) + encryptor.finalize()


def _mac(content: bytes, passphrase: str, *, windows_compatible: bool) -> bytes:
    """MacData over the content (RFC 7292, 4 and appendix B): SHA-1 for Windows, else SHA-256."""
    digest, iterations = ("sha1", WINDOWS_ITERATIONS) if windows_compatible else ("sha256", ITERATIONS)
    salt = secrets.token_bytes(_SALT_OCTETS)
    key = pkcs12_kdf.derive(
        digest,
        pkcs12_kdf.bmp_password(passphrase),
        salt,
        purpose=pkcs12_kdf.MAC,
        iterations=iterations,
        size=hashlib.new(digest).digest_size,
    )
    algorithm = der.encode(der.SEQUENCE, der.encode_oid(_DIGEST_OIDS[digest]), _NULL)
    info = der.encode(der.SEQUENCE, algorithm, _octets(hmac.digest(key, content, digest)))
    return der.encode(der.SEQUENCE, info, _octets(salt), der.encode_integer(iterations))
