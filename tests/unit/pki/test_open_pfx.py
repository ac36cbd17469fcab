"""A PFX opens, old or new, and says clearly what it lacks."""

from __future__ import annotations

import hashlib
import hmac
import time

import pytest
from cryptography import x509
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.serialization import pkcs12

from renewals.errors import (
    DamagedFile,
    EmptyFile,
    ExcessiveWork,
    KeyOfAnotherCertificate,
    PassphraseMissing,
    PfxWithoutCertificate,
    PfxWithoutKey,
    UnexpectedContent,
    UnsupportedEncryption,
    WrongPassphrase,
)
from renewals.pki import der, pbe, pkcs12_kdf
from renewals.pki.certificate import CertificateKind, read_certificate
from renewals.pki.pfx import build_pfx, describe_pfx, open_pfx
from renewals.pki.private_key import public_key_sha256
from renewals.pki.signatures import prove_pair
from tests.hostile import pem
from tests.unit.pki.conftest import NOW, PASSPHRASE

DATA, ENCRYPTED_DATA = (der.encode_oid(f"1.2.840.113549.1.7.{number}") for number in (1, 6))
KEY_BAG, LOCKED_KEY_BAG, CERTIFICATE_BAG, CRL_BAG, _, NESTED_BAG = (
    der.encode_oid(f"1.2.840.113549.1.12.10.1.{number}") for number in range(1, 7)
)
X509 = der.encode_oid("1.2.840.113549.1.9.22.1")


def _sequence(*parts: bytes) -> bytes:
    return der.encode(der.SEQUENCE, *parts)


def _octets(content: bytes) -> bytes:
    return der.encode(der.OCTET_STRING, content)


def _explicit(content: bytes) -> bytes:
    return der.encode(der.context(0), content)


def _bag(kind: bytes, value: bytes) -> bytes:
    return _sequence(kind, _explicit(value))


def _certificate_bag(certificate: bytes) -> bytes:
    return _bag(CERTIFICATE_BAG, _sequence(X509, _explicit(_octets(certificate))))


def _clear(*bags: bytes) -> bytes:
    return _sequence(DATA, _explicit(_octets(_sequence(*bags))))


def _pfx(*parts: bytes, mac: bytes = b"") -> bytes:
    return _sequence(der.encode_integer(3), _sequence(DATA, _explicit(_octets(_sequence(*parts)))), mac)


def _locked_header(iterations: int, locked: int = 64) -> tuple[bytes, bytes]:
    parameters = _sequence(_octets(bytes(8)), der.encode_integer(iterations))
    return _sequence(der.encode_oid("1.2.840.113549.1.12.1.3"), parameters), bytes(locked)


def _mac(iterations: int | None, digest: str = "1.3.14.3.2.26", *parameters: bytes) -> bytes:
    info = _sequence(_sequence(der.encode_oid(digest), *parameters), _octets(bytes(20)))
    count = b"" if iterations is None else der.encode_integer(iterations)
    return _sequence(info, _octets(bytes(8)), count)


def _assert_is_the_pair(opened, key, certificate):
    assert opened.certificate_der == certificate
    assert public_key_sha256(opened.key) == public_key_sha256(key)
    prove_pair(opened.key, read_certificate(certificate))


# --- what we write ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("windows", [True, False])
def test_a_pfx_we_write_opens_again(key, certificate, windows):
    pfx = build_pfx(key, certificate, PASSPHRASE, windows_compatible=windows)
    _assert_is_the_pair(open_pfx(pfx, PASSPHRASE), key, certificate)
    assert open_pfx(pem("PKCS12", pfx), PASSPHRASE).certificate_der == certificate
    assert describe_pfx(pfx).encryption == (
        "PKCS#12, SHA1, DES-EDE3-CBC" if windows else "PBES2, PBKDF2-HMAC-SHA256, AES-256-CBC"
    )
    assert describe_pfx(pfx).iterations == (2_000 if windows else 100_000)


@pytest.mark.parametrize("windows", [True, False])
def test_openssl_opens_a_pfx_we_write(openssl, key, plain_key, certificate, windows):
    pfx = build_pfx(key, certificate, PASSPHRASE, windows_compatible=windows)
    arguments = ("pkcs12", "-in", "pair.pfx", "-passin", f"pass:{PASSPHRASE}", "-nodes")
    found = openssl(*arguments, pair_pfx=pfx)
    assert openssl("pkey", "-in", "all.pem", "-outform", "DER", all_pem=found) is not None
    fingerprint = openssl("x509", "-in", "all.pem", "-noout", "-fingerprint", "-sha256", all_pem=found).decode()
    assert fingerprint.split("=")[1].strip().replace(":", "").lower() == hashlib.sha256(certificate).hexdigest()
    secret = openssl("pkcs8", "-topk8", "-nocrypt", "-in", "all.pem", "-outform", "DER", all_pem=found)
    assert secret == plain_key


@pytest.mark.parametrize("windows", [True, False])
def test_the_library_opens_a_pfx_we_write(sat_authority, key, windows):
    certificate = sat_authority.issue(
        key.public_key(), kind=CertificateKind.CSD, rfc="EKU9003173C9", name="X", not_before=NOW, not_after=NOW
    )
    pfx = build_pfx(key, certificate, PASSPHRASE, windows_compatible=windows)
    found = pkcs12.load_pkcs12(pfx, PASSPHRASE.encode())
    assert found.key is not None
    assert found.key.public_key() == key.public_key()
    assert found.cert is not None
    assert found.cert.certificate.public_bytes(serialization.Encoding.DER) == certificate


def test_a_pfx_is_not_written_without_a_passphrase(key, certificate):
    with pytest.raises(ValueError, match="passphrase"):
        build_pfx(key, certificate, "", windows_compatible=True)


# --- what others write --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("-legacy",),
        ("-legacy", "-descert"),
        ("-legacy", "-keypbe", "PBE-SHA1-RC4-128", "-certpbe", "PBE-SHA1-RC2-40"),
        ("-legacy", "-keypbe", "PBE-SHA1-2DES", "-certpbe", "PBE-SHA1-RC2-128"),
        ("-keypbe", "NONE", "-certpbe", "NONE"),
        ("-keypbe", "AES-128-CBC", "-certpbe", "NONE"),
        ("-nomac",),
        ("-macalg", "sha1"),
        ("-macalg", "sha224"),
        ("-macalg", "sha384"),
        ("-macalg", "sha512"),
        ("-iter", "1"),
        ("-name", "Mi certificado", "-CSP", "Microsoft Enhanced RSA and AES Cryptographic Provider"),
    ],
    ids=" ".join,
)
def test_a_pfx_that_openssl_wrote_opens(openssl_pfx, key, certificate, arguments):
    pfx = openssl_pfx(*arguments)
    _assert_is_the_pair(open_pfx(pfx, PASSPHRASE), key, certificate)
    with pytest.raises(PassphraseMissing):
        open_pfx(pfx, None)
    with pytest.raises(WrongPassphrase):
        open_pfx(pfx, "contrasena1")


@pytest.mark.parametrize("scheme", [pkcs12.PBES.PBESv2SHA256AndAES256CBC, pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC])
def test_a_pfx_that_the_library_wrote_opens(imss_authority, key, scheme):
    encoded = imss_authority.issue(
        key.public_key(), kind=CertificateKind.NPIE, rfc="EKU9003173C9", name="X", not_before=NOW, not_after=NOW
    )
    builder = serialization.PrivateFormat.PKCS12.encryption_builder().kdf_rounds(1_000).key_cert_algorithm(scheme)
    encryption = builder.hmac_hash(hashes.SHA256()).build(PASSPHRASE.encode())
    certificate = x509.load_der_x509_certificate(encoded)
    authority = x509.load_der_x509_certificate(imss_authority.certificate_der)
    pfx = pkcs12.serialize_key_and_certificates(b"npie", key, certificate, [authority], encryption)
    opened = open_pfx(pfx, PASSPHRASE)
    _assert_is_the_pair(opened, key, encoded)
    assert opened.other_certificates == (imss_authority.certificate_der,)


def _as_ber(data: bytes, tag: int = 0) -> bytes:
    """The same value with open lengths, and octet strings in pieces of at most 700 octets."""
    found = der.element(data, 0, len(data))
    content = der.value(data, found)
    if found.tag == der.OCTET_STRING and len(content) > 700:
        pieces = [_octets(content[at : at + 700]) for at in range(0, len(content), 700)]
        return b"\x24\x80" + b"".join(pieces) + b"\x00\x00"
    if found.tag == 0x80:
        pieces = [_octets(content[at : at + 700]) for at in range(0, len(content), 700)]
        return b"\xa0\x80" + b"".join(pieces) + b"\x00\x00"
    if not found.tag & 0x20:
        return data
    children = (der.encoded(data, child) for child in der.children(data, found))
    return bytes((found.tag, 0x80)) + b"".join(map(_as_ber, children)) + b"\x00\x00"


def test_a_pfx_in_ber_opens_as_java_writes_it(key, certificate):
    pfx = build_pfx(key, certificate, PASSPHRASE, windows_compatible=True)
    _assert_is_the_pair(open_pfx(_as_ber(pfx), PASSPHRASE), key, certificate)


def test_the_inner_parts_of_a_pfx_may_be_ber_too(plain_key, key, certificate):
    parts = _sequence(_clear(_bag(KEY_BAG, plain_key)), _clear(_certificate_bag(certificate)))
    pfx = _sequence(der.encode_integer(3), _sequence(DATA, _explicit(_octets(_as_ber(parts)))))
    _assert_is_the_pair(open_pfx(pfx, None), key, certificate)


def test_a_pfx_with_an_encrypted_part_in_pieces_opens(openssl_pfx, key, certificate):
    pfx = openssl_pfx()
    outer = der.children(pfx, der.whole(pfx, der.SEQUENCE))[1]
    explicit = der.children(pfx, outer)[1]
    authenticated = der.value(pfx, der.only(pfx, explicit, der.OCTET_STRING))
    rewritten = _sequence(der.encode_integer(3), _sequence(DATA, _explicit(_octets(_as_ber(authenticated)))))
    _assert_is_the_pair(open_pfx(rewritten, PASSPHRASE), key, certificate)


def _pbmac1(content: bytes, passphrase: str, size: bytes = b"") -> bytes:
    sha256 = _sequence(der.encode_oid("1.2.840.113549.2.9"), b"\x05\x00")
    inner = _sequence(_octets(b"saltsalt"), der.encode_integer(2_048), size, sha256)
    derivation = _sequence(der.encode_oid("1.2.840.113549.1.5.12"), inner)
    key = hashlib.pbkdf2_hmac("sha256", passphrase.encode(), b"saltsalt", 2_048)
    value = hmac.digest(key, content, "sha256")
    algorithm = _sequence(der.encode_oid("1.2.840.113549.1.5.14"), _sequence(derivation, sha256))
    return _sequence(_sequence(algorithm, _octets(value)), _octets(b"NOT USED"), der.encode_integer(1))


@pytest.mark.parametrize("size", [b"", der.encode_integer(32)])
def test_the_newest_kind_of_mac_is_verified(plain_key, key, certificate, size):
    parts = (_clear(_bag(KEY_BAG, plain_key)), _clear(_certificate_bag(certificate)))
    pfx = _pfx(*parts, mac=_pbmac1(_sequence(*parts), PASSPHRASE, size))
    _assert_is_the_pair(open_pfx(pfx, PASSPHRASE), key, certificate)
    assert describe_pfx(pfx).iterations == 2_048
    with pytest.raises(WrongPassphrase):
        open_pfx(pfx, "otra")


# --- what it lacks ------------------------------------------------------------------------------------------------


def test_a_pfx_without_a_key_says_so(openssl_pfx):
    with pytest.raises(PfxWithoutKey):
        open_pfx(openssl_pfx("-nokeys"), PASSPHRASE)
    with pytest.raises(PfxWithoutKey):
        open_pfx(_pfx(), None)


def test_a_pfx_without_a_certificate_says_so(openssl_pfx):
    with pytest.raises(PfxWithoutCertificate):
        open_pfx(openssl_pfx("-nocerts"), PASSPHRASE)


def test_a_key_beside_the_certificate_of_another_is_told(other_key, certificate):
    pfx = build_pfx(other_key, certificate, PASSPHRASE, windows_compatible=True)
    with pytest.raises(KeyOfAnotherCertificate):
        open_pfx(pfx, PASSPHRASE)


def test_of_several_keys_and_certificates_the_pair_is_found(plain_key, key, other_key, certificate, sat_authority):
    stranger = other_key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    authority = sat_authority.certificate_der
    nested = _bag(NESTED_BAG, _sequence(_bag(KEY_BAG, plain_key), _certificate_bag(certificate)))
    others = (_bag(CRL_BAG, _octets(b"x")), _bag(CERTIFICATE_BAG, _sequence(CRL_BAG, _explicit(b"\x05\x00"))))
    pfx = _pfx(_clear(_bag(KEY_BAG, stranger), _certificate_bag(authority), *others), _clear(nested))
    opened = open_pfx(pfx, None)
    _assert_is_the_pair(opened, key, certificate)
    assert opened.other_certificates == (authority,)
    assert describe_pfx(pfx).encryption == ""
    assert describe_pfx(pfx).iterations == 0


def test_no_secret_shows_when_an_opened_pfx_is_printed(key, certificate):
    pfx = build_pfx(key, certificate, PASSPHRASE, windows_compatible=True)
    assert repr(open_pfx(pfx, PASSPHRASE)) == "OpenedPfx()"


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_locked_pfx_asks_for_its_passphrase(key, certificate, nothing):
    pfx = build_pfx(key, certificate, PASSPHRASE, windows_compatible=True)
    with pytest.raises(PassphraseMissing):
        open_pfx(pfx, nothing)


def test_text_that_no_encoding_can_write_opens_nothing(key, certificate):
    for windows in (True, False):
        with pytest.raises(WrongPassphrase):
            open_pfx(build_pfx(key, certificate, PASSPHRASE, windows_compatible=windows), "\ud800")


# --- what it may ask for ------------------------------------------------------------------------------------------


def _with_certificate_part(iterations: int) -> bytes:
    algorithm, locked = _locked_header(iterations)
    content = _sequence(DATA, algorithm, der.encode(0x80, locked))
    return _sequence(ENCRYPTED_DATA, _explicit(_sequence(der.encode_integer(0), content)))


def _with_key(iterations: int) -> bytes:
    algorithm, locked = _locked_header(iterations)
    return _clear(_bag(LOCKED_KEY_BAG, _sequence(algorithm, _octets(locked))))


@pytest.mark.parametrize(
    "pfx",
    [
        _pfx(_with_key(2**31)),
        _pfx(_with_certificate_part(2**31)),
        _pfx(mac=_mac(2**31)),
        _pfx(*[_with_certificate_part(100_000)] * 7),
        _pfx(_with_key(2**63 - 1)),
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


def test_a_key_hidden_inside_an_encrypted_part_pays_too():
    """Only after the outer part is open does the inner header show; it is read before anything is done for it."""
    algorithm, locked = _locked_header(2**31)
    bags = _sequence(_bag(LOCKED_KEY_BAG, _sequence(algorithm, _octets(locked))))
    bags += bytes([8 - len(bags) % 8]) * (8 - len(bags) % 8)
    outer, _ = _locked_header(1)
    password = pkcs12_kdf.bmp_password(PASSPHRASE)
    secret, vector = (
        pkcs12_kdf.derive("sha1", password, bytes(8), purpose=purpose, iterations=1, size=size)
        for purpose, size in ((1, 24), (2, 8))
    )
    encryptor = Cipher(TripleDES(secret), modes.CBC(vector)).encryptor()
    content = _sequence(DATA, outer, der.encode(0x80, encryptor.update(bags) + encryptor.finalize()))
    part = _sequence(ENCRYPTED_DATA, _explicit(_sequence(der.encode_integer(0), content)))
    pfx = _pfx(part)
    assert describe_pfx(pfx).iterations == 1
    started = time.process_time()
    with pytest.raises(ExcessiveWork):
        open_pfx(pfx, PASSPHRASE)
    assert time.process_time() - started < 2


def _nested(depth: int) -> bytes:
    bag = _bag(CRL_BAG, _octets(b"x"))
    for _ in range(depth):
        bag = _bag(NESTED_BAG, _sequence(bag))
    return _pfx(_clear(bag))


ENVELOPED = der.encode_oid("1.2.840.113549.1.7.3")


@pytest.mark.parametrize(
    ("pfx", "refusal"),
    [
        (_nested(40), DamagedFile),
        (_nested(6), DamagedFile),
        (
            _pfx(
                _sequence(
                    ENCRYPTED_DATA,
                    _explicit(_sequence(der.encode_integer(0), _sequence(DATA, _locked_header(1)[0]))),
                )
            ),
            DamagedFile,
        ),
        (_pfx(_clear(*[_bag(KEY_BAG, b"\x05\x00")] * 9)), DamagedFile),
        (_pfx(_clear(*[_certificate_bag(b"\x05\x00")] * 65)), DamagedFile),
        (_sequence(der.encode_integer(3), _sequence(ENVELOPED, _explicit(_octets(b"")))), UnsupportedEncryption),
        (_pfx(_sequence(ENVELOPED, _explicit(_octets(b"")))), UnsupportedEncryption),
        (_pfx(mac=_mac(1, "1.2.3.4")), UnsupportedEncryption),
        (_pfx(mac=_mac(1, "1.2.840.113549.1.5.14")), UnsupportedEncryption),
        (
            _pfx(
                mac=_mac(
                    1,
                    "1.2.840.113549.1.5.14",
                    _sequence(
                        _sequence(der.encode_oid("1.2.3"), _sequence()), _sequence(der.encode_oid("1.2.840.113549.2.9"))
                    ),
                )
            ),
            UnsupportedEncryption,
        ),
        (_pfx(_sequence(ENCRYPTED_DATA, _explicit(_sequence(der.encode_integer(0), _sequence(DATA))))), DamagedFile),
        (
            _pfx(
                _sequence(
                    ENCRYPTED_DATA,
                    _explicit(
                        _sequence(der.encode_integer(0), _sequence(DATA, _locked_header(1)[0], _octets(bytes(8))))
                    ),
                )
            ),
            DamagedFile,
        ),
        (_pfx(_clear(_bag(KEY_BAG, b"\x05\x00")), _clear(_certificate_bag(b"\x05\x00"))), DamagedFile),
        (_pfx(b"\x05\x00"), DamagedFile),
        (_sequence(der.encode_integer(3), _sequence()), DamagedFile),
    ],
)
def test_a_pfx_of_other_parts_is_refused(pfx, refusal):
    with pytest.raises(refusal):
        open_pfx(pfx, PASSPHRASE)


def test_a_certificate_that_is_none_is_damage(plain_key):
    with pytest.raises(DamagedFile):
        open_pfx(_pfx(_clear(_bag(KEY_BAG, plain_key), _certificate_bag(b"\x05\x00"))), None)


def test_a_mac_without_a_count_counts_once():
    assert describe_pfx(_pfx(mac=_mac(None))).iterations == 1


def test_a_part_that_holds_no_bags_is_damage_or_a_wrong_passphrase():
    algorithm, _ = _locked_header(1)
    # RC4 has no padding to judge by: whatever comes out is handed on.
    rc4 = algorithm.replace(der.encode_oid("1.2.840.113549.1.12.1.3"), der.encode_oid("1.2.840.113549.1.12.1.1"))
    content = _sequence(DATA, rc4, der.encode(0x80, bytes(60)))
    part = _sequence(ENCRYPTED_DATA, _explicit(_sequence(der.encode_integer(0), content)))
    with pytest.raises(WrongPassphrase):
        open_pfx(_pfx(part), PASSPHRASE)
    with pytest.raises(DamagedFile):
        open_pfx(_pfx(part, mac=_pbmac1(_sequence(part), PASSPHRASE)), PASSPHRASE)


def test_what_is_no_pfx_is_refused_by_its_content(certificate, plain_key):
    for data, refusal in ((b"", EmptyFile), (certificate, UnexpectedContent), (plain_key, UnexpectedContent)):
        with pytest.raises(refusal):
            open_pfx(data, PASSPHRASE)
