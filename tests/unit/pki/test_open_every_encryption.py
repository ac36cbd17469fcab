"""Whatever OpenSSL locks, this opens: the command line is the second implementation."""

from __future__ import annotations

import subprocess

import pytest

from renewals.errors import WrongPassphrase
from renewals.pki.authority import as_sat_key_file
from renewals.pki.private_key import (
    describe_private_key,
    encrypt_private_key,
    open_private_key,
    public_key_sha256,
)
from tests.conftest import skip_or_fail

PASSPHRASE = "Clave-2026"

OLD = {
    "PBE-MD5-DES": "PBES1, MD5, DES-CBC",
    "PBE-SHA1-DES": "PBES1, SHA1, DES-CBC",
    "PBE-MD5-RC2-64": "PBES1, MD5, RC2-64-CBC",
    "PBE-SHA1-RC2-64": "PBES1, SHA1, RC2-64-CBC",
    "PBE-SHA1-RC4-128": "PKCS#12, SHA1, RC4",
    "PBE-SHA1-RC4-40": "PKCS#12, SHA1, RC4-40",
    "PBE-SHA1-3DES": "PKCS#12, SHA1, DES-EDE3-CBC",
    "PBE-SHA1-2DES": "PKCS#12, SHA1, DES-EDE-CBC",
    "PBE-SHA1-RC2-128": "PKCS#12, SHA1, RC2-CBC",
    "PBE-SHA1-RC2-40": "PKCS#12, SHA1, RC2-40-CBC",
}
CIPHERS = {
    "des": "DES-CBC",
    "des3": "DES-EDE3-CBC",
    "rc2": "RC2-CBC",
    "rc2-64-cbc": "RC2-64-CBC",
    "rc2-40-cbc": "RC2-40-CBC",
    "aes128": "AES-128-CBC",
    "aes192": "AES-192-CBC",
    "aes256": "AES-256-CBC",
    "camellia128": "CAMELLIA-128-CBC",
    "camellia192": "CAMELLIA-192-CBC",
    "camellia256": "CAMELLIA-256-CBC",
    "seed": "SEED-CBC",
    "cast5-cbc": "CAST5-CBC",
    "bf": "BF-CBC",
}
HMACS = {
    "hmacWithMD5": "MD5",
    "hmacWithSHA1": "SHA1",
    "hmacWithSHA224": "SHA224",
    "hmacWithSHA256": "SHA256",
    "hmacWithSHA384": "SHA384",
    "hmacWithSHA512": "SHA512",
    "hmacWithSHA512-224": "SHA512-224",
    "hmacWithSHA512-256": "SHA512-256",
}
WAYS = [
    *((("-v1", name), told) for name, told in OLD.items()),
    *((("-v2", name), f"PBES2, PBKDF2-HMAC-SHA256, {told}") for name, told in CIPHERS.items()),
    *((("-v2", "aes256", "-v2prf", name), f"PBES2, PBKDF2-HMAC-{told}, AES-256-CBC") for name, told in HMACS.items()),
    (("-scrypt",), "PBES2, scrypt, AES-256-CBC"),
]


@pytest.fixture
def locked_by_openssl(openssl, plain_key, tmp_path):
    def lock(*way):
        (tmp_path / "key.der").write_bytes(plain_key)
        command = ["openssl", "pkcs8", "-topk8", "-inform", "DER", "-outform", "DER", "-in", "key.der", *way]
        command += ["-passout", f"pass:{PASSPHRASE}", "-provider", "legacy", "-provider", "default"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        if done.returncode or not done.stdout:
            skip_or_fail(f"this OpenSSL does not write {' '.join(way)}")
        return done.stdout

    return lock


@pytest.mark.parametrize(("way", "told"), WAYS, ids=lambda value: value[-1] if isinstance(value, tuple) else "")
def test_a_key_that_openssl_locked_opens(locked_by_openssl, key, way, told):
    file = locked_by_openssl(*way)
    assert describe_private_key(file).encryption == told
    assert public_key_sha256(open_private_key(file, PASSPHRASE).key) == public_key_sha256(key)
    with pytest.raises(WrongPassphrase):
        open_private_key(file, PASSPHRASE + "x")


def test_openssl_opens_the_key_file_in_sats_form(openssl, key, plain_key):
    locked = as_sat_key_file(key, "contraseña1")
    arguments = ("pkcs8", "-inform", "DER", "-outform", "DER", "-in", "key.der", "-passin", "file:pass.txt", "-topk8")
    found = openssl(*arguments, "-nocrypt", key_der=locked, pass_txt="contraseña1".encode("cp1252"))
    assert found == plain_key


def test_openssl_opens_the_key_that_is_locked_anew(openssl, key, plain_key):
    locked = encrypt_private_key(key, "contraseña1")
    arguments = ("pkcs8", "-inform", "DER", "-outform", "DER", "-in", "key.der", "-passin", "file:pass.txt", "-topk8")
    assert openssl(*arguments, "-nocrypt", key_der=locked, pass_txt="contraseña1".encode()) == plain_key
