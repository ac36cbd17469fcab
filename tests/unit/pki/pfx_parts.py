"""How is a PFX put together by hand (RFC 7292), whole or wrong?"""

from __future__ import annotations

import hashlib
import hmac

from renewals.pki import der

DATA, ENCRYPTED_DATA = (der.encode_oid(f"1.2.840.113549.1.7.{number}") for number in (1, 6))
KEY_BAG, LOCKED_KEY_BAG, CERTIFICATE_BAG, CRL_BAG, _, NESTED_BAG = (
    der.encode_oid(f"1.2.840.113549.1.12.10.1.{number}") for number in range(1, 7)
)
X509 = der.encode_oid("1.2.840.113549.1.9.22.1")


def sequence(*parts: bytes) -> bytes:
    return der.encode(der.SEQUENCE, *parts)


def octets(content: bytes) -> bytes:
    return der.encode(der.OCTET_STRING, content)


def explicit(content: bytes) -> bytes:
    return der.encode(der.context(0), content)


def bag(kind: bytes, value: bytes) -> bytes:
    return sequence(kind, explicit(value))


def certificate_bag(certificate: bytes) -> bytes:
    return bag(CERTIFICATE_BAG, sequence(X509, explicit(octets(certificate))))


def clear_part(*bags: bytes) -> bytes:
    return sequence(DATA, explicit(octets(sequence(*bags))))


def pfx_of(*parts: bytes, mac: bytes = b"") -> bytes:
    return sequence(der.encode_integer(3), sequence(DATA, explicit(octets(sequence(*parts)))), mac)


def locked_header(iterations: int, locked: int = 64) -> tuple[bytes, bytes]:
    parameters = sequence(octets(bytes(8)), der.encode_integer(iterations))
    return sequence(der.encode_oid("1.2.840.113549.1.12.1.3"), parameters), bytes(locked)


def mac_of(iterations: int | None, digest: str = "1.3.14.3.2.26", *parameters: bytes) -> bytes:
    info = sequence(sequence(der.encode_oid(digest), *parameters), octets(bytes(20)))
    count = b"" if iterations is None else der.encode_integer(iterations)
    return sequence(info, octets(bytes(8)), count)


def pbmac1(content: bytes, passphrase: str, size: bytes = b"") -> bytes:
    sha256 = sequence(der.encode_oid("1.2.840.113549.2.9"), b"\x05\x00")
    inner = sequence(octets(b"saltsalt"), der.encode_integer(2_048), size, sha256)
    derivation = sequence(der.encode_oid("1.2.840.113549.1.5.12"), inner)
    key = hashlib.pbkdf2_hmac("sha256", passphrase.encode(), b"saltsalt", 2_048)
    value = hmac.digest(key, content, "sha256")
    algorithm = sequence(der.encode_oid("1.2.840.113549.1.5.14"), sequence(derivation, sha256))
    return sequence(sequence(algorithm, octets(value)), octets(b"NOT USED"), der.encode_integer(1))
