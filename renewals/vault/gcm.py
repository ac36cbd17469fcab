"""What does AES-256-GCM look like here? A random nonce of 12 bytes, the ciphertext, a tag of 16. No Django."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from renewals.errors import SealBroken, SealTruncated

#: Bytes of every key, nonce and tag (NIST SP 800-38D; random nonces are safe for 2**32 messages under one key).
KEY_BYTES, NONCE_BYTES, TAG_BYTES = 32, 12, 16


def encrypt(secret: bytes, plaintext: bytes | bytearray, bound: bytes) -> bytes:
    """Encrypt under a key of 32 bytes, with ``bound`` as associated data."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(secret).encrypt(nonce, plaintext, bound)


def decrypt(secret: bytes, body: bytes, bound: bytes) -> bytearray:
    """Decrypt what :func:`encrypt` encrypted.

    Raises:
        SealTruncated: too short to be anything of ours.
        SealBroken: damaged, another key, or bound to something else.
    """
    require_whole(body)
    plaintext = bytearray(len(body) - NONCE_BYTES - TAG_BYTES)
    try:
        AESGCM(secret).decrypt_into(body[:NONCE_BYTES], body[NONCE_BYTES:], bound, plaintext)
    except InvalidTag:
        raise SealBroken from None
    return plaintext


def require_whole(body: bytes) -> None:
    """Refuse what has no room for nonce and tag. Raises SealTruncated."""
    if len(body) < NONCE_BYTES + TAG_BYTES:
        raise SealTruncated
