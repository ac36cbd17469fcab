"""A key opens with its passphrase and only with it, however it was locked and written."""

from __future__ import annotations

import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from renewals.errors import (
    DamagedFile,
    EmptyFile,
    ExcessiveWork,
    FileTooLarge,
    PassphraseMissing,
    UnexpectedContent,
    UnsupportedEncryption,
    UnsupportedKey,
    WrongPassphrase,
)
from renewals.pki import der, pbe
from renewals.pki.authority import as_sat_key_file
from renewals.pki.private_key import (
    MAX_KEY_OCTETS,
    describe_private_key,
    encrypt_private_key,
    key_bits,
    open_private_key,
    public_key_sha256,
)
from tests.hostile import asking_for_rounds, pem
from tests.unit.pki.conftest import PASSPHRASE

DER, PEM = serialization.Encoding.DER, serialization.Encoding.PEM
PKCS8, TRADITIONAL = serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL
CLEAR = serialization.NoEncryption()


def _same(one, other):
    return public_key_sha256(one) == public_key_sha256(other)


# --- keys in the clear --------------------------------------------------------------------------------------------


def test_a_plain_key_opens_without_a_passphrase_in_every_form(key):
    curve = ec.generate_private_key(ec.SECP256R1())
    for one in (key, curve):
        for file in (
            one.private_bytes(DER, PKCS8, CLEAR),
            one.private_bytes(PEM, PKCS8, CLEAR),
            one.private_bytes(DER, TRADITIONAL, CLEAR),
            one.private_bytes(PEM, TRADITIONAL, CLEAR),
        ):
            facts = describe_private_key(file)
            assert (facts.encrypted, facts.encryption, facts.iterations) == (False, "", None)
            opened = open_private_key(file, None)
            assert _same(opened.key, one)
            assert opened.passphrase_encoding == ""


def test_a_passphrase_that_a_plain_key_does_not_need_is_ignored(plain_key, key):
    assert _same(open_private_key(plain_key, "cualquiera").key, key)


def test_the_size_of_a_key_is_told(key):
    assert key_bits(key) == 2048
    assert key_bits(ec.generate_private_key(ec.SECP384R1())) == 384


def test_keys_of_other_algorithms_are_refused():
    edwards = ed25519.Ed25519PrivateKey.generate()
    with pytest.raises(UnsupportedKey) as refused:
        open_private_key(edwards.private_bytes(DER, PKCS8, CLEAR), None)
    assert refused.value.facts == {"algorithm": "Ed25519", "bits": 0}
    locked = serialization.BestAvailableEncryption(b"clave-larga")
    with pytest.raises(UnsupportedKey):
        open_private_key(edwards.private_bytes(DER, PKCS8, locked), "clave-larga")
    unheard_of = der.encode(der.SEQUENCE, der.encode_oid("1.2.3.4"))
    with pytest.raises(UnsupportedKey):
        open_private_key(
            der.encode(der.SEQUENCE, der.encode_integer(0), unheard_of, der.encode(der.OCTET_STRING, b"x")), None
        )


def _rsa_of(bits):
    numbers = [0, (1 << (bits - 1)) + 1, 65_537, *[(1 << (bits // 2)) + 1] * 6]
    return der.encode(der.SEQUENCE, *map(der.encode_integer, numbers))


@pytest.mark.parametrize("bits", [512, 8_200, 16_384])
def test_rsa_of_no_honest_size_is_refused_in_no_time(bits):
    started = time.process_time()
    with pytest.raises(UnsupportedKey) as refused:
        open_private_key(_rsa_of(bits), None)
    assert refused.value.facts == {"algorithm": "RSA", "bits": bits}
    assert time.process_time() - started < 2


def test_a_key_of_megabytes_is_refused_unread():
    with pytest.raises(ExcessiveWork) as refused:
        open_private_key(_rsa_of(200_000), None)
    assert refused.value.facts["what"] == "bytes"
    assert refused.value.facts["limit"] == MAX_KEY_OCTETS


@pytest.mark.parametrize("oid", ["1.3.101.110", "1.3.101.111", "1.3.101.112", "1.3.101.113"])
def test_a_key_of_another_algorithm_that_has_no_such_length_is_damaged(oid):
    """The library reports an error within OpenSSL then, and not that the file is wrong."""
    algorithm, octets = der.encode(der.SEQUENCE, der.encode_oid(oid)), _octets(_octets(bytes(5)))
    with pytest.raises(DamagedFile):
        open_private_key(der.encode(der.SEQUENCE, der.encode_integer(0), algorithm, octets), None)


def test_a_plain_key_that_contradicts_itself_is_damaged(plain_key):
    for broken in (plain_key[:-1], plain_key[:30] + plain_key[31:], plain_key + b"\x00"):
        with pytest.raises(DamagedFile):
            open_private_key(broken, None)


@pytest.mark.parametrize("index", [1, 2, 3, 4, 5, 6, 7, 8])
def test_rsa_numbers_that_contradict_each_other_are_damage(plain_key, key, index):
    """OpenSSL signs with such a key, for it needs only half of the numbers; other programs do not."""
    inner = der.value(plain_key, der.children(plain_key, der.whole(plain_key, der.SEQUENCE))[2])
    numbers = [der.encoded(inner, part) for part in der.children(inner, der.whole(inner, der.SEQUENCE))]
    numbers[index] = numbers[index][:-1] + bytes((numbers[index][-1] ^ 2,))
    with pytest.raises(DamagedFile):
        open_private_key(der.encode(der.SEQUENCE, *numbers), None)


def test_a_factor_of_one_is_damage(key):
    numbers = key.private_numbers()
    n = numbers.public_numbers.n
    encoded = der.encode(der.SEQUENCE, *map(der.encode_integer, (0, n, 65_537, numbers.d, 1, n, 1, 1, 1)))
    with pytest.raises(DamagedFile):
        open_private_key(encoded, None)


def test_a_locked_key_that_rotted_inside_is_damaged_and_its_passphrase_right(key):
    file = bytearray(as_sat_key_file(key, PASSPHRASE))
    file[600] ^= 1
    with pytest.raises(DamagedFile):
        open_private_key(bytes(file), PASSPHRASE)


# --- SAT's own form -----------------------------------------------------------------------------------------------


def test_the_key_file_of_sat_opens_with_the_octets_of_windows(key):
    opened = open_private_key(as_sat_key_file(key, PASSPHRASE), PASSPHRASE)
    assert _same(opened.key, key)
    assert opened.passphrase_encoding == "cp1252"


def test_a_passphrase_in_utf8_opens_too_and_is_remembered(key):
    opened = open_private_key(encrypt_private_key(key, "contraseña larga"), "contraseña larga")
    assert _same(opened.key, key)
    assert opened.passphrase_encoding == "utf-8"


def test_a_passphrase_that_windows_cannot_write_is_tried_in_utf8(key):
    passphrase = "żółć-日本"
    assert open_private_key(encrypt_private_key(key, passphrase), passphrase).passphrase_encoding == "utf-8"
    with pytest.raises(WrongPassphrase):
        open_private_key(as_sat_key_file(key, PASSPHRASE), passphrase)


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_locked_key_asks_for_its_passphrase(key, nothing):
    with pytest.raises(PassphraseMissing):
        open_private_key(as_sat_key_file(key, PASSPHRASE), nothing)


@pytest.mark.parametrize("wrong", ["contrasena1", "Contraseña1", "contraseña1 ", "x" * 5_000, "\ud800"])
def test_a_wrong_passphrase_is_a_wrong_passphrase(key, wrong):
    for file in (as_sat_key_file(key, PASSPHRASE), encrypt_private_key(key, PASSPHRASE)):
        with pytest.raises(WrongPassphrase):
            open_private_key(file, wrong)


def test_garbage_with_a_padding_by_chance_is_a_wrong_passphrase(key):
    # One passphrase in about 256 leaves a padding; among 600, one does with near certainty.
    file = as_sat_key_file(key, PASSPHRASE)
    locked = der.value(file, der.children(file, der.whole(file, der.SEQUENCE))[1])
    algorithm = der.children(file, der.whole(file, der.SEQUENCE))[0]
    scheme = pbe.read_scheme(file, algorithm, locked_octets=len(locked), budget=pbe.Budget(pbe.KEY_BUDGET))
    by_chance = None
    for number in range(2_500):
        try:
            scheme.open(locked, f"clave{number}", "cp1252")
        except WrongPassphrase:
            continue
        by_chance = f"clave{number}"
        break
    assert by_chance is not None
    with pytest.raises(WrongPassphrase):
        open_private_key(file, by_chance)


def test_no_secret_shows_when_an_opened_key_is_printed(key):
    assert repr(open_private_key(as_sat_key_file(key, PASSPHRASE), PASSPHRASE)) == (
        "OpenedKey(passphrase_encoding='cp1252')"
    )


def test_a_key_is_not_locked_with_nothing(key):
    with pytest.raises(ValueError, match=r"[Pp]assword"):
        encrypt_private_key(key, "")


# --- what a header may ask for ------------------------------------------------------------------------------------


@pytest.mark.parametrize("rounds", [600_001, 2**31, 2**62])
def test_a_header_that_asks_for_too_much_is_refused_before_the_work(rounds):
    started = time.process_time()
    with pytest.raises(ExcessiveWork) as refused:
        describe_private_key(asking_for_rounds(rounds))
    assert refused.value.facts == {"what": "iterations", "asked": rounds, "limit": pbe.KEY_BUDGET}
    with pytest.raises(ExcessiveWork):
        open_private_key(asking_for_rounds(rounds), PASSPHRASE)
    assert time.process_time() - started < 2


def test_the_most_that_is_allowed_stays_within_its_time():
    started = time.process_time()
    with pytest.raises(WrongPassphrase):
        open_private_key(asking_for_rounds(pbe.KEY_BUDGET), PASSPHRASE)
    assert time.process_time() - started < 2.5  # a second on an idle machine


def _pbes2(derivation: bytes, cipher: bytes | None = None, locked: int = 1_224) -> bytes:
    triple_des = der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.3.7"), _octets(bytes(8)))
    parameters = der.encode(der.SEQUENCE, derivation, cipher or triple_des)
    algorithm = der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.1.5.13"), parameters)
    return der.encode(der.SEQUENCE, algorithm, _octets(bytes(locked)))


def _octets(content: bytes) -> bytes:
    return der.encode(der.OCTET_STRING, content)


def _pbkdf2(*parameters: bytes) -> bytes:
    inside = der.encode(der.SEQUENCE, *(parameters or (_octets(bytes(8)), der.encode_integer(2_048))))
    return der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.1.5.12"), inside)


def _scrypt(*numbers: int) -> bytes:
    inside = der.encode(der.SEQUENCE, _octets(bytes(8)), *map(der.encode_integer, numbers))
    return der.encode(der.SEQUENCE, der.encode_oid("1.3.6.1.4.1.11591.4.11"), inside)


@pytest.mark.parametrize("numbers", [(2**20, 8, 1), (2**14, 8, 512), (2**60, 2**60, 2**60)])
def test_scrypt_that_asks_for_too_much_memory_is_refused(numbers):
    with pytest.raises(ExcessiveWork) as refused:
        describe_private_key(_pbes2(_scrypt(*numbers)))
    assert refused.value.facts["what"] == "memory"


@pytest.mark.parametrize("numbers", [(2, 1, 262_143), (2, 2**17, 1), (4, 1, 75_001), (2**12, 8, 19)])
def test_scrypt_that_asks_for_much_work_in_little_memory_is_refused(numbers):
    """Each of its lanes costs work, and memory only while it runs."""
    with pytest.raises(ExcessiveWork) as refused:
        describe_private_key(_pbes2(_scrypt(*numbers)))
    assert refused.value.facts["limit"] in {pbe.KEY_BUDGET, pbe.MAX_SCRYPT_BYTES}


def test_scrypt_as_programs_write_it_is_read():
    for numbers in ((2**14, 8, 1), (2**16, 8, 1), (2**14, 8, 4, 24)):
        facts = describe_private_key(_pbes2(_scrypt(*numbers)))
        assert (facts.encryption, facts.iterations) == ("PBES2, scrypt, DES-EDE3-CBC", None)
        assert facts.work_of_a_try >= numbers[0] * numbers[1] * numbers[2]


@pytest.mark.parametrize("oid", ["1.2.840.113549.1.12.1.3", "1.2.840.113549.1.5.3"])
def test_old_schemes_pay_for_each_round_what_it_costs(oid):
    """Each of their rounds is several of PBKDF2."""

    def locked(rounds: int) -> bytes:
        parameters = der.encode(der.SEQUENCE, _octets(bytes(8)), der.encode_integer(rounds))
        algorithm = der.encode(der.SEQUENCE, der.encode_oid(oid), parameters)
        return der.encode(der.SEQUENCE, algorithm, _octets(bytes(1_224)))

    work = describe_private_key(locked(2_048)).work_of_a_try
    assert work >= 3 * 2_048
    with pytest.raises(ExcessiveWork):
        describe_private_key(locked(pbe.KEY_BUDGET * 2_048 // work + 1))


@pytest.mark.parametrize(
    "numbers", [(0, 8, 1), (1, 8, 1), (16_383, 8, 1), (2**16, 1, 1), (2**14, 0, 1), (2, 2**19, 0), (2**14, 8, 1, 25)]
)
def test_numbers_that_scrypt_does_not_know_are_damage(numbers):
    with pytest.raises(DamagedFile):
        describe_private_key(_pbes2(_scrypt(*numbers)))


def test_scrypt_at_the_edge_of_its_numbers_still_runs():
    with pytest.raises(WrongPassphrase):
        open_private_key(_pbes2(_scrypt(2**15, 1, 1)), PASSPHRASE)


def test_rc2_pays_for_its_octets(key):
    version, vector = der.encode_integer(160), _octets(bytes(8))
    rc2 = der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.3.2"), der.encode(der.SEQUENCE, version, vector))
    affordable = _pbkdf2(_octets(bytes(8)), der.encode_integer(400_000))
    assert describe_private_key(_pbes2(affordable, rc2, 8)).iterations == 400_000
    with pytest.raises(ExcessiveWork):
        describe_private_key(_pbes2(_pbkdf2(_octets(bytes(8)), der.encode_integer(420_000)), rc2, MAX_KEY_OCTETS))
    with pytest.raises(ExcessiveWork):
        describe_private_key(_pbes2(_pbkdf2(), rc2, 100_000))


HMAC_SHA256 = der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.2.9"), b"\x05\x00")


@pytest.mark.parametrize(
    "file",
    [
        _pbes2(_pbkdf2(_octets(bytes(8)), der.encode_integer(0))),
        _pbes2(_pbkdf2(_octets(bytes(2_000)), der.encode_integer(1))),
        _pbes2(_pbkdf2(_octets(bytes(8)), der.encode_integer(1), der.encode_integer(99))),
        _pbes2(_pbkdf2(_octets(bytes(8)))),
        _pbes2(_pbkdf2(), der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.3.7"))),
        _pbes2(_pbkdf2(), der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.3.7"), _octets(bytes(7)))),
        _pbes2(_pbkdf2(), locked=0),
        _pbes2(_pbkdf2(), locked=1_223),
        der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.1.5.13")), _octets(bytes(8))),
        der.encode(
            der.SEQUENCE,
            der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.1.5.3"), der.encode(der.SEQUENCE)),
            _octets(bytes(8)),
        ),
    ],
)
def test_a_header_that_contradicts_itself_is_damage(file):
    with pytest.raises(DamagedFile):
        describe_private_key(file)


def test_a_header_may_name_its_key_length_and_hmac():
    named = _pbkdf2(_octets(bytes(8)), der.encode_integer(2), der.encode_integer(24), HMAC_SHA256)
    assert describe_private_key(_pbes2(named)).encryption == "PBES2, PBKDF2-HMAC-SHA256, DES-EDE3-CBC"


RC2_OF_NO_SIZE = der.encode(
    der.SEQUENCE, der.encode_oid("1.2.840.113549.3.2"), der.encode(der.SEQUENCE, der.encode_integer(7))
)


@pytest.mark.parametrize(
    ("file", "named"),
    [
        (_pbes2(_pbkdf2(), der.encode(der.SEQUENCE, der.encode_oid("1.2.3.4"), _octets(bytes(8)))), "1.2.3.4"),
        (_pbes2(_pbkdf2(), RC2_OF_NO_SIZE), "RC2, 7"),
        (_pbes2(der.encode(der.SEQUENCE, der.encode_oid("1.2.3.5"), der.encode(der.SEQUENCE))), "1.2.3.5"),
        (
            _pbes2(
                _pbkdf2(_octets(bytes(8)), der.encode_integer(1), der.encode(der.SEQUENCE, der.encode_oid("1.2.3.6")))
            ),
            "1.2.3.6",
        ),
        (
            der.encode(
                der.SEQUENCE, der.encode(der.SEQUENCE, der.encode_oid("1.2.3.7"), b"\x05\x00"), _octets(bytes(8))
            ),
            "1.2.3.7",
        ),
    ],
)
def test_an_unknown_encryption_is_named(file, named):
    with pytest.raises(UnsupportedEncryption) as refused:
        describe_private_key(file)
    assert refused.value.facts == {"encryption": named}


# --- what is no key -----------------------------------------------------------------------------------------------


def test_what_is_no_key_is_refused_by_its_content(certificate):
    for data, refusal in (
        (b"", EmptyFile),
        (bytes(2_000_000), FileTooLarge),
        (certificate, UnexpectedContent),
        (pem("CERTIFICATE", certificate), UnexpectedContent),
        (b"contrasena", UnexpectedContent),
    ):
        with pytest.raises(refusal):
            open_private_key(data, PASSPHRASE)
