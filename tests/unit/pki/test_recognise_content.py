"""A file is told by its bytes, whatever its name says."""

from __future__ import annotations

import base64
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from renewals.errors import DamagedFile, EmptyFile, FileTooLarge, UnexpectedContent
from renewals.pki import der
from renewals.pki.authority import as_sat_key_file
from renewals.pki.content import MAX_FILE_BYTES, Content, as_der, as_pem, recognise
from renewals.pki.pfx import build_pfx
from tests.hostile import pem
from tests.unit.pki.conftest import NOW, PASSPHRASE

DER, PEM = serialization.Encoding.DER, serialization.Encoding.PEM
PKCS8, TRADITIONAL = serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL
CLEAR = serialization.NoEncryption()


@pytest.fixture(scope="session")
def request_file(key):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "EKU9003173C9")])
    return x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())


def _simple_certificate(key):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "alguien")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 77, NOW, NOW.replace(year=2028))
    return builder.sign(key, hashes.SHA256())


def test_a_certificate_is_recognised_in_der_and_pem(certificate):
    assert recognise(certificate) is Content.CERTIFICATE
    assert recognise(pem("CERTIFICATE", certificate)) is Content.CERTIFICATE
    assert recognise(as_pem(certificate)) is Content.CERTIFICATE


def test_keys_are_recognised_in_every_form(key):
    curve = ec.generate_private_key(ec.SECP256R1())
    locked = serialization.BestAvailableEncryption(b"clave-larga")
    files = [
        as_sat_key_file(key, PASSPHRASE),
        key.private_bytes(DER, PKCS8, CLEAR),
        key.private_bytes(DER, TRADITIONAL, CLEAR),
        curve.private_bytes(DER, TRADITIONAL, CLEAR),
        key.private_bytes(PEM, PKCS8, locked),
        key.private_bytes(PEM, TRADITIONAL, locked),
    ]
    assert [recognise(file) for file in files] == [Content.PRIVATE_KEY] * len(files)


def test_a_pfx_is_recognised_under_any_name(key, certificate):
    pfx = build_pfx(key, certificate, PASSPHRASE, windows_compatible=True)
    assert recognise(pfx) is Content.PFX
    assert recognise(pem("PKCS12", pfx)) is Content.PFX


def test_requests_and_signed_messages_are_recognised(key, request_file):
    signer = pkcs7.PKCS7SignatureBuilder().set_data(b"requerimiento")
    signed = signer.add_signer(_simple_certificate(key), key, hashes.SHA256()).sign(DER, [])
    assert recognise(request_file.public_bytes(DER)) is Content.REQUEST
    assert recognise(request_file.public_bytes(PEM)) is Content.REQUEST
    assert recognise(signed) is Content.CMS
    assert recognise(b"\x30\x80" + signed[4:]) is Content.CMS


def test_a_request_with_an_empty_subject_is_a_request(key):
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    assert recognise(builder.sign(key, hashes.SHA256()).public_bytes(DER)) is Content.REQUEST


def test_a_certificate_of_version_one_is_a_certificate(certificate):
    signed, *rest = der.children(certificate, der.whole(certificate, der.SEQUENCE))
    fields = [der.encoded(certificate, field) for field in der.children(certificate, signed)]
    first_version = der.encode(der.SEQUENCE, *fields[1:7])
    whole = der.encode(der.SEQUENCE, first_version, *(der.encoded(certificate, part) for part in rest))
    assert recognise(whole) is Content.CERTIFICATE


def test_neighbours_of_the_known_formats_are_unknown(key):
    now = NOW
    revoked = x509.CertificateRevocationListBuilder(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lista")]), now, now.replace(year=2027)
    ).sign(key, hashes.SHA256())
    public = key.public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    for stranger in (
        revoked.public_bytes(DER),
        public,
        pem("PUBLIC KEY", public),
        pem("ALGO", b"\x01\x02\x03"),
        der.encode(der.SEQUENCE),
        der.encode(der.SEQUENCE, der.encode_integer(7), der.encode(der.SEQUENCE)),
        der.encode(der.SEQUENCE, der.encode_oid("1.2.3")),
        der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.encode_integer(5), b"\x02\x05\x01")),
        b"\x30",
        b"",
        b"%PDF-1.7",
        b"-----BEGIN CERTIFICATE",
        bytes(200),
    ):
        assert recognise(stranger) is Content.UNKNOWN


def test_a_truncated_certificate_is_still_called_a_certificate(certificate):
    assert recognise(certificate[: len(certificate) // 2]) is Content.CERTIFICATE


def test_noise_of_fifty_megabytes_is_refused_at_once():
    noise = bytes(range(256)) * (50 * 4_096)
    started = time.process_time()
    assert recognise(noise) is Content.UNKNOWN
    with pytest.raises(FileTooLarge) as refused:
        as_der(noise)
    assert refused.value.facts == {"size": len(noise), "limit": MAX_FILE_BYTES}
    assert time.process_time() - started < 2


@pytest.mark.parametrize("nothing", [b"", b" \r\n\t "])
def test_nothing_is_refused_as_nothing(nothing):
    with pytest.raises(EmptyFile):
        as_der(nothing)


def test_der_comes_out_of_pem_however_it_was_written(certificate):
    windows = pem("CERTIFICATE", certificate).replace(b"\n", b"\r\n")
    one_line = b"-----BEGIN CERTIFICATE-----" + base64.b64encode(certificate) + b"-----END CERTIFICATE-----"
    with_notes = b"Bag Attributes\n    localKeyID: 01\nsubject=algo\n" + windows
    assert {as_der(text) for text in (certificate, windows, one_line, with_notes)} == {certificate}


def test_of_several_blocks_the_expected_one_is_taken(key, certificate):
    both = key.private_bytes(PEM, PKCS8, CLEAR) + pem("CERTIFICATE", certificate)
    assert as_der(both, Content.CERTIFICATE) == certificate
    assert recognise(both) is Content.PRIVATE_KEY


def test_another_content_is_named(key, certificate):
    pfx = build_pfx(key, certificate, PASSPHRASE, windows_compatible=True)
    with pytest.raises(UnexpectedContent) as refused:
        as_der(pfx, Content.CERTIFICATE)
    assert refused.value.facts == {"expected": "certificate", "found": "pfx"}
    with pytest.raises(UnexpectedContent) as refused:
        as_der(b"esto no es nada", Content.PRIVATE_KEY)
    assert refused.value.facts == {"expected": "private_key", "found": "unknown"}


@pytest.mark.parametrize(
    "broken",
    [
        b"-----BEGIN CERTIFICATE-----\n%%%%\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\nMIIB\n",
    ],
)
def test_broken_pem_is_damaged_and_not_unknown(broken):
    with pytest.raises(DamagedFile) as refused:
        as_der(broken)
    assert refused.value.facts == {"content": "certificate"}


def test_bytes_of_no_format_pass_when_nothing_is_expected():
    assert as_der(b"lo que sea") == b"lo que sea"


def test_endless_pem_costs_one_pass():
    started = time.process_time()
    assert recognise(b"-----BEGIN X-----" * 60_000) is Content.UNKNOWN
    assert recognise(b"-----BEGIN X----------END X-----" * 30_000) is Content.UNKNOWN
    with pytest.raises(UnexpectedContent):
        as_der(b"-----BEGIN X----------END X-----" * 30_000, Content.CERTIFICATE)
    assert time.process_time() - started < 2
