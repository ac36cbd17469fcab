"""A PFX that is hostile or no PFX is refused, before any of the work it asks for."""

from __future__ import annotations

import time

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

from renewals.errors import (
    DamagedFile,
    EmptyFile,
    ExcessiveWork,
    UnexpectedContent,
    UnsupportedEncryption,
    WrongPassphrase,
)
from renewals.pki import der, pbe, pkcs12_kdf
from renewals.pki.pfx import describe_pfx, open_pfx
from tests.unit.pki.conftest import PASSPHRASE
from tests.unit.pki.pfx_parts import (
    CRL_BAG,
    DATA,
    ENCRYPTED_DATA,
    KEY_BAG,
    LOCKED_KEY_BAG,
    NESTED_BAG,
    bag,
    certificate_bag,
    clear_part,
    explicit,
    locked_header,
    mac_of,
    octets,
    pbmac1,
    pfx_of,
    sequence,
)


def _with_certificate_part(iterations: int) -> bytes:
    algorithm, locked = locked_header(iterations)
    content = sequence(DATA, algorithm, der.encode(0x80, locked))
    return sequence(ENCRYPTED_DATA, explicit(sequence(der.encode_integer(0), content)))


def _with_key(iterations: int) -> bytes:
    algorithm, locked = locked_header(iterations)
    return clear_part(bag(LOCKED_KEY_BAG, sequence(algorithm, octets(locked))))


@pytest.mark.parametrize(
    "pfx",
    [
        pfx_of(_with_key(2**31)),
        pfx_of(_with_certificate_part(2**31)),
        pfx_of(mac=mac_of(2**31)),
        pfx_of(*[_with_certificate_part(100_000)] * 7),
        pfx_of(_with_key(2**63 - 1)),
    ],
)
def test_a_pfx_that_asks_for_too_much_is_refused_before_the_work(pfx):
    started = time.process_time()
    with pytest.raises(ExcessiveWork) as refused:
        describe_pfx(pfx)
    assert refused.value.facts["limit"] == pbe.PFX_BUDGET
    assert int(str(refused.value.facts["asked"])) <= 2**63 - 1
    with pytest.raises(ExcessiveWork):
        open_pfx(pfx, PASSPHRASE)
    assert time.process_time() - started < 2


@pytest.mark.parametrize("size", [0, 1, 16, 31, 33, 10**6, 2**31, 2**62])
def test_a_seal_whose_key_has_another_length_than_its_hmac_is_damage(size):
    """One round of each piece of a key of 64 MB is work that no count of iterations shows."""
    with pytest.raises(DamagedFile):
        describe_pfx(pfx_of(mac=pbmac1(sequence(), PASSPHRASE, der.encode_integer(size))))


@pytest.mark.parametrize(("digest", "units"), [("2.16.840.1.101.3.4.2.1", 2), ("2.16.840.1.101.3.4.2.3", 3)])
def test_a_seal_pays_for_each_round_what_its_digest_costs(digest, units):
    most = pbe.PFX_BUDGET // units
    assert describe_pfx(pfx_of(mac=mac_of(most, digest))).work_of_a_try == most * units
    with pytest.raises(ExcessiveWork):
        describe_pfx(pfx_of(mac=mac_of(most + 1, digest)))


def test_a_seal_whose_key_takes_many_pieces_pays_for_them():
    """PBKDF2 repeats its rounds for each piece: with SHA-1, four of them make a key for HMAC with SHA-512."""
    sha1, sha512 = der.encode_oid("1.2.840.113549.2.7"), der.encode_oid("1.2.840.113549.2.11")

    def sealed(rounds: int) -> bytes:
        inner = sequence(octets(bytes(8)), der.encode_integer(rounds), sequence(sha1))
        derivation = sequence(der.encode_oid(pbe.PBKDF2), inner)
        return pfx_of(mac=mac_of(1, "1.2.840.113549.1.5.14", sequence(derivation, sequence(sha512))))

    assert describe_pfx(sealed(1_000)).work_of_a_try == 2_000
    with pytest.raises(ExcessiveWork):
        describe_pfx(sealed(pbe.PFX_BUDGET // 2 + 1))


def test_a_pfx_with_600_000_rounds_in_each_header_is_read():
    """So do recent programs write them, with PBES2 and the seal of RFC 7292."""
    sha256 = sequence(der.encode_oid("1.2.840.113549.2.9"))
    derivation = sequence(der.encode_oid(pbe.PBKDF2), sequence(octets(bytes(8)), der.encode_integer(600_000), sha256))
    cipher = sequence(der.encode_oid("2.16.840.1.101.3.4.1.42"), octets(bytes(16)))
    algorithm = sequence(der.encode_oid("1.2.840.113549.1.5.13"), sequence(derivation, cipher))
    content = sequence(DATA, algorithm, der.encode(0x80, bytes(64)))
    certificates = sequence(ENCRYPTED_DATA, explicit(sequence(der.encode_integer(0), content)))
    keys = clear_part(bag(LOCKED_KEY_BAG, sequence(algorithm, octets(bytes(64)))))
    pfx = pfx_of(certificates, keys, mac=mac_of(600_000, "2.16.840.1.101.3.4.2.1"))
    assert describe_pfx(pfx).iterations == 600_000


def test_a_pfx_without_a_seal_costs_all_it_asks_for():
    pfx = pfx_of(_with_key(1_000), _with_certificate_part(1_000))
    assert describe_pfx(pfx).work_of_a_try == 2 * describe_pfx(pfx_of(_with_key(1_000))).work_of_a_try


def test_a_seal_that_names_the_length_of_its_hmac_is_read():
    assert describe_pfx(pfx_of(mac=pbmac1(sequence(), PASSPHRASE, der.encode_integer(32)))).iterations == 2_048


def test_a_key_hidden_inside_an_encrypted_part_pays_too():
    """Only after the outer part is open does the inner header show; it is read before anything is done for it."""
    algorithm, locked = locked_header(2**31)
    bags = sequence(bag(LOCKED_KEY_BAG, sequence(algorithm, octets(locked))))
    bags += bytes([8 - len(bags) % 8]) * (8 - len(bags) % 8)
    outer, _ = locked_header(1)
    password = pkcs12_kdf.bmp_password(PASSPHRASE)
    secret, vector = (
        pkcs12_kdf.derive("sha1", password, bytes(8), purpose=purpose, iterations=1, size=size)
        for purpose, size in ((1, 24), (2, 8))
    )
    encryptor = Cipher(TripleDES(secret), modes.CBC(vector)).encryptor()
    content = sequence(DATA, outer, der.encode(0x80, encryptor.update(bags) + encryptor.finalize()))
    part = sequence(ENCRYPTED_DATA, explicit(sequence(der.encode_integer(0), content)))
    pfx = pfx_of(part)
    assert describe_pfx(pfx).iterations == 1
    started = time.process_time()
    with pytest.raises(ExcessiveWork):
        open_pfx(pfx, PASSPHRASE)
    assert time.process_time() - started < 2


def _nested(depth: int) -> bytes:
    nested = bag(CRL_BAG, octets(b"x"))
    for _ in range(depth):
        nested = bag(NESTED_BAG, sequence(nested))
    return pfx_of(clear_part(nested))


ENVELOPED = der.encode_oid("1.2.840.113549.1.7.3")


@pytest.mark.parametrize(
    ("pfx", "refusal"),
    [
        (_nested(40), DamagedFile),
        (_nested(6), DamagedFile),
        (
            pfx_of(
                sequence(
                    ENCRYPTED_DATA,
                    explicit(sequence(der.encode_integer(0), sequence(DATA, locked_header(1)[0]))),
                )
            ),
            DamagedFile,
        ),
        (pfx_of(clear_part(*[bag(KEY_BAG, b"\x05\x00")] * 9)), DamagedFile),
        (pfx_of(clear_part(*[certificate_bag(b"\x05\x00")] * 65)), DamagedFile),
        (sequence(der.encode_integer(3), sequence(ENVELOPED, explicit(octets(b"")))), UnsupportedEncryption),
        (pfx_of(sequence(ENVELOPED, explicit(octets(b"")))), UnsupportedEncryption),
        (pfx_of(mac=mac_of(1, "1.2.3.4")), UnsupportedEncryption),
        (pfx_of(mac=mac_of(1, "1.2.840.113549.1.5.14")), UnsupportedEncryption),
        (
            pfx_of(
                mac=mac_of(
                    1,
                    "1.2.840.113549.1.5.14",
                    sequence(
                        sequence(der.encode_oid("1.2.3"), sequence()), sequence(der.encode_oid("1.2.840.113549.2.9"))
                    ),
                )
            ),
            UnsupportedEncryption,
        ),
        (pfx_of(sequence(ENCRYPTED_DATA, explicit(sequence(der.encode_integer(0), sequence(DATA))))), DamagedFile),
        (
            pfx_of(
                sequence(
                    ENCRYPTED_DATA,
                    explicit(sequence(der.encode_integer(0), sequence(DATA, locked_header(1)[0], octets(bytes(8))))),
                )
            ),
            DamagedFile,
        ),
        (pfx_of(clear_part(bag(KEY_BAG, b"\x05\x00")), clear_part(certificate_bag(b"\x05\x00"))), DamagedFile),
        (pfx_of(b"\x05\x00"), DamagedFile),
        (sequence(der.encode_integer(3), sequence()), DamagedFile),
    ],
)
def test_a_pfx_of_other_parts_is_refused(pfx, refusal):
    with pytest.raises(refusal):
        open_pfx(pfx, PASSPHRASE)


def test_a_certificate_that_is_none_is_damage(plain_key):
    with pytest.raises(DamagedFile):
        open_pfx(pfx_of(clear_part(bag(KEY_BAG, plain_key), certificate_bag(b"\x05\x00"))), None)


def test_a_mac_without_a_count_counts_once():
    assert describe_pfx(pfx_of(mac=mac_of(None))).iterations == 1


def test_a_part_that_holds_no_bags_is_damage_or_a_wrong_passphrase():
    algorithm, _ = locked_header(1)
    # RC4 has no padding to judge by: whatever comes out is handed on.
    rc4 = algorithm.replace(der.encode_oid("1.2.840.113549.1.12.1.3"), der.encode_oid("1.2.840.113549.1.12.1.1"))
    content = sequence(DATA, rc4, der.encode(0x80, bytes(60)))
    part = sequence(ENCRYPTED_DATA, explicit(sequence(der.encode_integer(0), content)))
    with pytest.raises(WrongPassphrase):
        open_pfx(pfx_of(part), PASSPHRASE)
    with pytest.raises(DamagedFile):
        open_pfx(pfx_of(part, mac=pbmac1(sequence(part), PASSPHRASE)), PASSPHRASE)


def test_what_is_no_pfx_is_refused_by_its_content(certificate, plain_key):
    for data, refusal in ((b"", EmptyFile), (certificate, UnexpectedContent), (plain_key, UnexpectedContent)):
        with pytest.raises(refusal):
            open_pfx(data, PASSPHRASE)
