"""The two pieces of cryptography written here agree with their specifications and with the library."""

from __future__ import annotations

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import RC2
from cryptography.hazmat.primitives.ciphers import Cipher, modes

from renewals.pki import pkcs12_kdf, rc2

# RFC 2268, section 5: key, effective bits, plaintext, ciphertext.
RFC_2268 = [
    ("0000000000000000", 63, "0000000000000000", "ebb773f993278eff"),
    ("ffffffffffffffff", 64, "ffffffffffffffff", "278b27e42e2f0d49"),
    ("3000000000000000", 64, "1000000000000001", "30649edf9be7d2c2"),
    ("88", 64, "0000000000000000", "61a8a244adacccf0"),
    ("88bca90e90875a", 64, "0000000000000000", "6ccf4308974c267f"),
    ("88bca90e90875a7f0f79c384627bafb2", 64, "0000000000000000", "1a807d272bbe5db1"),
    ("88bca90e90875a7f0f79c384627bafb2", 128, "0000000000000000", "2269552ab0f85ca6"),
    (
        "88bca90e90875a7f0f79c384627bafb216f80a6f85920584c42fceb0be255daf1e",
        129,
        "0000000000000000",
        "5b78d3a43dfff1f1",
    ),
]


@pytest.mark.parametrize(("key", "bits", "clear", "locked"), RFC_2268)
def test_rc2_decrypts_the_vectors_of_its_rfc(key, bits, clear, locked):
    found = rc2.decrypt_cbc(bytes.fromhex(key), bits, bytes(8), bytes.fromhex(locked))
    assert found == bytes.fromhex(clear)


def test_rc2_in_chained_blocks_agrees_with_the_library():
    key, vector, clear = bytes(range(16)), bytes(range(8)), bytes(range(64))
    encryptor = Cipher(RC2(key), modes.CBC(vector)).encryptor()
    assert rc2.decrypt_cbc(key, 128, vector, encryptor.update(clear) + encryptor.finalize()) == clear


@pytest.mark.parametrize(("vector", "data"), [(bytes(7), bytes(8)), (bytes(8), bytes(9))])
def test_rc2_wants_whole_blocks(vector, data):
    with pytest.raises(ValueError, match="whole blocks"):
        rc2.decrypt_cbc(bytes(5), 40, vector, data)


def test_the_derivation_of_pkcs12_agrees_with_published_values():
    # The values that the test suites of OpenSSL and Bouncy Castle share for the passphrase "smeg".
    password = pkcs12_kdf.bmp_password("smeg")
    salt = bytes.fromhex("0a58cf64530d823f")
    key = pkcs12_kdf.derive("sha1", password, salt, purpose=pkcs12_kdf.KEY, iterations=1, size=24)
    vector = pkcs12_kdf.derive("sha1", password, salt, purpose=pkcs12_kdf.VECTOR, iterations=1, size=8)
    assert key.hex() == "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3"
    assert vector.hex() == "79993dfe048d3b76"


def test_a_salt_of_nothing_is_a_salt():
    assert len(pkcs12_kdf.derive("sha256", b"\x00a\x00\x00", b"", purpose=pkcs12_kdf.MAC, iterations=2, size=40)) == 40
