"""A PFX opens, old or new, and says clearly what it lacks."""

from __future__ import annotations

import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from renewals.errors import (
    KeyOfAnotherCertificate,
    PassphraseMissing,
    PfxWithoutCertificate,
    PfxWithoutKey,
    WrongPassphrase,
)
from renewals.pki import der
from renewals.pki.certificate import CertificateKind, read_certificate
from renewals.pki.pfx import build_pfx, describe_pfx, open_pfx
from renewals.pki.private_key import public_key_sha256
from renewals.pki.signatures import prove_pair
from tests.hostile import pem
from tests.unit.pki.conftest import NOW, PASSPHRASE
from tests.unit.pki.pfx_parts import (
    CERTIFICATE_BAG,
    CRL_BAG,
    DATA,
    KEY_BAG,
    NESTED_BAG,
    bag,
    certificate_bag,
    clear_part,
    explicit,
    octets,
    pbmac1,
    pfx_of,
    sequence,
)


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
        pieces = [octets(content[at : at + 700]) for at in range(0, len(content), 700)]
        return b"\x24\x80" + b"".join(pieces) + b"\x00\x00"
    if found.tag == 0x80:
        pieces = [octets(content[at : at + 700]) for at in range(0, len(content), 700)]
        return b"\xa0\x80" + b"".join(pieces) + b"\x00\x00"
    if not found.tag & 0x20:
        return data
    children = (der.encoded(data, child) for child in der.children(data, found))
    return bytes((found.tag, 0x80)) + b"".join(map(_as_ber, children)) + b"\x00\x00"


def test_a_pfx_in_ber_opens_as_java_writes_it(key, certificate):
    pfx = build_pfx(key, certificate, PASSPHRASE, windows_compatible=True)
    _assert_is_the_pair(open_pfx(_as_ber(pfx), PASSPHRASE), key, certificate)


def test_the_inner_parts_of_a_pfx_may_be_ber_too(plain_key, key, certificate):
    parts = sequence(clear_part(bag(KEY_BAG, plain_key)), clear_part(certificate_bag(certificate)))
    pfx = sequence(der.encode_integer(3), sequence(DATA, explicit(octets(_as_ber(parts)))))
    _assert_is_the_pair(open_pfx(pfx, None), key, certificate)


def test_a_pfx_with_an_encrypted_part_in_pieces_opens(openssl_pfx, key, certificate):
    pfx = openssl_pfx()
    outer = der.children(pfx, der.whole(pfx, der.SEQUENCE))[1]
    holder = der.children(pfx, outer)[1]
    authenticated = der.value(pfx, der.only(pfx, holder, der.OCTET_STRING))
    rewritten = sequence(der.encode_integer(3), sequence(DATA, explicit(octets(_as_ber(authenticated)))))
    _assert_is_the_pair(open_pfx(rewritten, PASSPHRASE), key, certificate)


@pytest.mark.parametrize("size", [b"", der.encode_integer(32)])
def test_the_newest_kind_of_mac_is_verified(plain_key, key, certificate, size):
    parts = (clear_part(bag(KEY_BAG, plain_key)), clear_part(certificate_bag(certificate)))
    pfx = pfx_of(*parts, mac=pbmac1(sequence(*parts), PASSPHRASE, size))
    _assert_is_the_pair(open_pfx(pfx, PASSPHRASE), key, certificate)
    assert describe_pfx(pfx).iterations == 2_048
    with pytest.raises(WrongPassphrase):
        open_pfx(pfx, "otra")


# --- what it lacks ------------------------------------------------------------------------------------------------


def test_a_pfx_without_a_key_says_so(openssl_pfx):
    with pytest.raises(PfxWithoutKey):
        open_pfx(openssl_pfx("-nokeys"), PASSPHRASE)
    with pytest.raises(PfxWithoutKey):
        open_pfx(pfx_of(), None)


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
    nested = bag(NESTED_BAG, sequence(bag(KEY_BAG, plain_key), certificate_bag(certificate)))
    others = (bag(CRL_BAG, octets(b"x")), bag(CERTIFICATE_BAG, sequence(CRL_BAG, explicit(b"\x05\x00"))))
    pfx = pfx_of(clear_part(bag(KEY_BAG, stranger), certificate_bag(authority), *others), clear_part(nested))
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
