"""Which key, vector or MAC key does PKCS#12 make of a passphrase?

The key derivation of RFC 7292, appendix B.2, which the library offers to nobody.
"""

import hashlib
from collections.abc import Callable
from typing import Final

KEY: Final = 1
VECTOR: Final = 2
MAC: Final = 3


def bmp_password(passphrase: str) -> bytes:
    """The passphrase as PKCS#12 takes it: UTF-16 in big-endian order with two zero octets behind (appendix B.1)."""
    return passphrase.encode("utf-16-be") + b"\x00\x00"


def derive(digest: str, password: bytes, salt: bytes, *, purpose: int, iterations: int, size: int) -> bytes:
    """Derive ``size`` octets; ``digest`` is a name of ``hashlib``. About half a microsecond per iteration and block."""
    hasher: Callable[[bytes], hashlib._Hash] = getattr(hashlib, digest)
    block = hashlib.new(digest).block_size
    mixed = _fill(salt, block) + _fill(password, block)
    found = bytearray()
    while len(found) < size:
        piece = hasher(bytes([purpose]) * block + mixed).digest()
        for _ in range(iterations - 1):
            piece = hasher(piece).digest()
        found += piece
        added = int.from_bytes(_fill(piece, block)[:block], "big") + 1
        mixed = b"".join(
            (int.from_bytes(mixed[at : at + block], "big") + added & (1 << 8 * block) - 1).to_bytes(block, "big")
            for at in range(0, len(mixed), block)
        )
    return bytes(found[:size])


def _fill(octets: bytes, block: int) -> bytes:
    """Repeat ``octets`` until they fill whole blocks."""
    length = -(-len(octets) // block) * block
    return (octets * (length // max(len(octets), 1) + 1))[:length]
