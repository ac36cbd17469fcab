"""What does AES-256-GCM look like here? A random nonce of 12 bytes, the ciphertext, a tag of 16. No Django."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from renewals.errors import SealBroken, SealTruncated

#: Bytes of every key, nonce and tag (NIST SP 800-38D; random nonces are safe for 2**32 messages under one key).
KEY_BYTES, NONCE_BYTES, TAG_BYTES = 32, 12, 16


#: A key of 32 bytes, made ready: that takes as long as using it, so what is used often is kept like this.
Cipher = AESGCM


def encrypt(cipher: Cipher, plaintext: bytes | bytearray, bound: bytes) -> bytes:
    """Encrypt, with ``bound`` as associated data."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plaintext, bound)


def decrypt(cipher: Cipher, body: bytes, bound: bytes) -> bytearray:
    """Decrypt what :func:`encrypt` encrypted.

    Raises:
        SealTruncated: too short to be anything of ours.
        SealBroken: damaged, another key, or bound to something else.
    """
    length = len(body) - NONCE_BYTES - TAG_BYTES
    if length < 0:
        raise SealTruncated
    plaintext = bytearray(length)
    try:
        cipher.decrypt_into(body[:NONCE_BYTES], body[NONCE_BYTES:], bound, plaintext)
    except InvalidTag:
        raise SealBroken from None
    return plaintext


def require_whole(body: bytes) -> None:
    """Refuse what has no room for nonce and tag. Raises SealTruncated."""
    if len(body) < NONCE_BYTES + TAG_BYTES:
        raise SealTruncated
