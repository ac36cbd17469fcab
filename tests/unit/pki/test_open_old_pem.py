"""A key as OpenSSL locked it before PKCS#8 opens with its passphrase, and whatever is wrong with it is a refusal."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from cryptography.hazmat.primitives import padding, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from renewals.errors import (
    DamagedFile,
    ExcessiveWork,
    PassphraseMissing,
    UnsupportedEncryption,
    UnsupportedKey,
    WrongPassphrase,
)
from renewals.pki import der
from renewals.pki.private_key import describe_private_key, open_private_key, public_key_sha256
from tests.unit.pki.conftest import PASSPHRASE

DER, PEM = serialization.Encoding.DER, serialization.Encoding.PEM
PKCS8, TRADITIONAL = serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL
CLEAR = serialization.NoEncryption()


def _same(one, other):
    return public_key_sha256(one) == public_key_sha256(other)


@pytest.fixture
def old_pem(key):
    return key.private_bytes(PEM, TRADITIONAL, serialization.BestAvailableEncryption(PASSPHRASE.encode()))


def test_an_old_pem_key_opens(old_pem, key):
    assert describe_private_key(old_pem).encryption == "PEM, MD5, AES-256-CBC"
    opened = open_private_key(old_pem, PASSPHRASE)
    assert _same(opened.key, key)
    assert opened.passphrase_encoding == "utf-8"


def test_an_old_pem_key_refuses_like_the_others(old_pem):
    with pytest.raises(PassphraseMissing):
        open_private_key(old_pem, None)
    with pytest.raises(WrongPassphrase):
        open_private_key(old_pem, "otra")
    with pytest.raises(UnsupportedEncryption):
        describe_private_key(old_pem.replace(b"AES-256-CBC", b"IDEA-CBC"))
    with pytest.raises(DamagedFile):
        describe_private_key(old_pem.replace(b"DEK-Info", b"Otra-Cosa"))
    with pytest.raises(DamagedFile):
        describe_private_key(old_pem[:-40])
    with pytest.raises(ExcessiveWork):
        describe_private_key(old_pem.replace(b"\n-----END", b"A" * 40_000 + b"\n-----END"))


VECTOR = re.compile(rb"(DEK-Info: AES-256-CBC,)[0-9A-F]{32}")


@pytest.mark.parametrize("vector", [b"", b"00", b"0" * 14, b"0" * 30, b"0" * 31, b"0" * 34, b"Z" * 32, b"0" * 5_000])
def test_an_old_pem_key_whose_vector_is_no_block_is_damaged(old_pem, vector):
    """The library panics over a short one, which no handler of errors catches."""
    hostile = VECTOR.sub(rb"\g<1>" + vector, old_pem)
    assert hostile != old_pem
    with pytest.raises(DamagedFile):
        open_private_key(hostile, PASSPHRASE)


def test_an_old_pem_key_names_one_cipher_with_its_vector(old_pem):
    """Whatever else the headers say, the line that was judged is the line that is used."""
    twice = old_pem.replace(b"DEK-Info:", b"DEK-Info: AES-128-CBC,00\nDEK-Info:")
    with pytest.raises(DamagedFile):
        open_private_key(twice, PASSPHRASE)


@pytest.mark.parametrize(
    ("option", "cipher"),
    [("aes128", "AES-128-CBC"), ("aes192", "AES-192-CBC"), ("aes256", "AES-256-CBC"), ("des3", "DES-EDE3-CBC")],
)
def test_an_old_pem_key_opens_with_every_cipher_of_its_time(openssl, option, cipher):
    curve = ec.generate_private_key(ec.SECP256R1())
    clear = curve.private_bytes(DER, PKCS8, CLEAR)
    options = ("-traditional", f"-{option}", "-passout", "pass:clave ñ")
    old = openssl("pkey", "-inform", "DER", "-in", "key.der", *options, key_der=clear)
    assert describe_private_key(old).encryption == f"PEM, MD5, {cipher}"
    assert _same(open_private_key(old, "clave ñ").key, curve)
    with pytest.raises(WrongPassphrase):
        open_private_key(old, "clave n")


def test_an_old_pem_key_of_broken_blocks_is_damaged(old_pem):
    headers = old_pem[: old_pem.index(b"\n\n") + 2]
    for body in (b"", b"AAAA\n"):
        with pytest.raises(DamagedFile):
            open_private_key(headers + body + b"-----END RSA PRIVATE KEY-----\n", PASSPHRASE)


def test_a_curve_that_nobody_knows_is_refused_in_an_old_pem_too():
    curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(DER, TRADITIONAL, CLEAR)
    unheard_of = curve.replace(der.encode_oid("1.2.840.10045.3.1.7"), der.encode_oid("1.2.840.10045.3.1.9"))
    assert unheard_of != curve
    with pytest.raises(UnsupportedKey):
        open_private_key(_old_pem_of(unheard_of), PASSPHRASE)


def _old_pem_of(clear: bytes) -> bytes:
    vector = bytes(range(16))
    secret = hashlib.md5(PASSPHRASE.encode() + vector[:8], usedforsecurity=False).digest()
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(secret), modes.CBC(vector)).encryptor()
    locked = encryptor.update(padder.update(clear) + padder.finalize()) + encryptor.finalize()
    headers = b"\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC," + vector.hex().upper().encode() + b"\n\n"
    label = b"EC PRIVATE KEY-----"
    return b"-----BEGIN " + label + headers + base64.encodebytes(locked) + b"-----END " + label + b"\n"
