"""What does this cipher make of these bytes, and by which identifiers do files name it?

Only ciphers that a key or a PFX may be locked with, and only the way back: nothing is encrypted here.
"""

from collections.abc import Callable
from typing import NamedTuple

from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4, CAST5, SEED, Blowfish, Camellia, TripleDES
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher, CipherAlgorithm, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from renewals.pki import rc2


class CipherKind(NamedTuple):
    """A cipher; sizes in octets. ``vector_size`` is that of a block in CBC mode, and 0 for a stream cipher.

    ``make`` is None for RC2, which is our own and whose effective bits are those of ``key_size``.
    """

    name: str
    key_size: int
    vector_size: int
    make: Callable[[bytes], CipherAlgorithm] | None


DES = CipherKind("DES-CBC", 8, 8, lambda key: TripleDES(3 * key))  # one key three times: single DES
DES_EDE = CipherKind("DES-EDE-CBC", 16, 8, lambda key: TripleDES(key + key[:8]))
DES_EDE3 = CipherKind("DES-EDE3-CBC", 24, 8, TripleDES)
RC2_40 = CipherKind("RC2-40-CBC", 5, 8, None)
RC2_64 = CipherKind("RC2-64-CBC", 8, 8, None)
RC2_128 = CipherKind("RC2-CBC", 16, 8, None)
RC4_40 = CipherKind("RC4-40", 5, 0, ARC4)
RC4 = CipherKind("RC4", 16, 0, ARC4)

#: By OID, as PBES2 names them.
CIPHERS = {
    "1.3.14.3.2.7": DES,
    "1.2.840.113549.3.7": DES_EDE3,
    "1.2.840.113549.3.2": RC2_128,
    "2.16.840.1.101.3.4.1.2": CipherKind("AES-128-CBC", 16, 16, AES),
    "2.16.840.1.101.3.4.1.22": CipherKind("AES-192-CBC", 24, 16, AES),
    "2.16.840.1.101.3.4.1.42": CipherKind("AES-256-CBC", 32, 16, AES),
    "1.2.392.200011.61.1.1.1.2": CipherKind("CAMELLIA-128-CBC", 16, 16, Camellia),
    "1.2.392.200011.61.1.1.1.3": CipherKind("CAMELLIA-192-CBC", 24, 16, Camellia),
    "1.2.392.200011.61.1.1.1.4": CipherKind("CAMELLIA-256-CBC", 32, 16, Camellia),
    "1.2.410.200004.1.4": CipherKind("SEED-CBC", 16, 16, SEED),
    "1.2.840.113533.7.66.10": CipherKind("CAST5-CBC", 16, 8, CAST5),
    "1.3.6.1.4.1.3029.1.2": CipherKind("BF-CBC", 16, 8, Blowfish),
}

#: Which RC2 a version number in its parameters means (RFC 8018, B.2.3).
RC2_VERSIONS = {160: RC2_40, 120: RC2_64, 58: RC2_128}


class BadPadding(ValueError):
    """What came out does not end as a locked file ends: in practice, the key was wrong."""


def decrypt(kind: CipherKind, key: bytes, vector: bytes, locked: bytes) -> bytes:
    """Decrypt and take the padding off; raises BadPadding. ``locked`` must be whole blocks."""
    if kind.make is None:
        return _unpadded(rc2.decrypt_cbc(key, 8 * kind.key_size, vector, locked), kind)
    algorithm = kind.make(key)
    mode = modes.CBC(vector) if isinstance(algorithm, BlockCipherAlgorithm) else None
    decryptor = Cipher(algorithm, mode).decryptor()
    clear = decryptor.update(locked) + decryptor.finalize()
    return _unpadded(clear, kind) if kind.vector_size else clear


def _unpadded(clear: bytes, kind: CipherKind) -> bytes:
    unpadder = padding.PKCS7(8 * kind.vector_size).unpadder()
    try:
        return unpadder.update(clear) + unpadder.finalize()
    except ValueError:
        raise BadPadding("the padding is none") from None
