"""How does a test make the files that people bring by mistake, or on purpose?"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization

from renewals.pki import der

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey


def pem(label: str, data: bytes) -> bytes:
    """A DER file as PEM."""
    body = base64.encodebytes(data).decode()
    return f"-----BEGIN {label}-----\n{body}-----END {label}-----\n".encode()


def plain_key(key: RSAPrivateKey) -> bytes:
    """A key that nothing locks (PKCS#8, DER)."""
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def asking_for_rounds(rounds: int) -> bytes:
    """A locked key (PBES2, 3DES) whose header asks for so many rounds of PBKDF2."""
    return _locked("1.2.840.113549.1.5.12", der.encode_integer(rounds))


def asking_for_scrypt(cost: int, block: int, lanes: int) -> bytes:
    """A locked key (PBES2, 3DES) whose header asks for scrypt with these numbers: N, r and p."""
    return _locked("1.3.6.1.4.1.11591.4.11", *map(der.encode_integer, (cost, block, lanes)))


def _locked(derivation: str, *numbers: bytes) -> bytes:
    salt = der.encode(der.OCTET_STRING, bytes(8))
    method = der.encode(der.SEQUENCE, der.encode_oid(derivation), der.encode(der.SEQUENCE, salt, *numbers))
    cipher = der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.3.7"), der.encode(der.OCTET_STRING, bytes(8)))
    parameters = der.encode(der.SEQUENCE, method, cipher)
    algorithm = der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.1.5.13"), parameters)
    return der.encode(der.SEQUENCE, algorithm, der.encode(der.OCTET_STRING, bytes(1_224)))
