"""A chain is walked by signatures, through the authorities that are given and no others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.x509.oid import NameOID

from renewals.errors import DamagedFile, UnexpectedContent, UnknownAuthority
from renewals.pki import der
from renewals.pki.authority import Authority
from renewals.pki.certificate import CertificateKind, read_certificate
from renewals.pki.content import as_pem
from renewals.pki.trust import verify_issued_by
from tests.unit.pki.conftest import NOW

DER = serialization.Encoding.DER
ISSUER = x509.BasicConstraints(ca=True, path_length=None)


def _made(subject, issuer, public_key, signing_key, *, authority=True, digest=hashes.SHA256, **options):
    builder = x509.CertificateBuilder(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]),
        public_key,
        x509.random_serial_number(),
        NOW,
        NOW + timedelta(days=30),
    )
    if authority:
        builder = builder.add_extension(ISSUER, critical=True)
    return builder.sign(signing_key, digest() if digest else None, **options).public_bytes(DER)


@pytest.fixture(scope="session")
def curve_key():
    return ec.generate_private_key(ec.SECP256R1())


def test_the_authority_that_issued_is_named(sat_authority, imss_authority, certificate):
    given = [imss_authority.certificate_der, sat_authority.certificate_der]
    assert verify_issued_by(read_certificate(certificate), given).startswith("AC DE PRACTICA, SERVICIO")


def test_authorities_may_be_pem(sat_authority, certificate):
    given = [as_pem(sat_authority.certificate_der)]
    assert verify_issued_by(read_certificate(certificate), given).startswith("AC DE PRACTICA")


def test_without_an_authority_nobody_issued_it(imss_authority, certificate):
    for given in ([], [imss_authority.certificate_der], [certificate]):
        with pytest.raises(UnknownAuthority) as refused:
            verify_issued_by(read_certificate(certificate), given)
        assert str(refused.value.facts["issuer"]).startswith("AC DE PRACTICA")


def test_an_authority_of_the_same_name_with_another_key_did_not_issue_it(certificate):
    impostor = Authority.create(style="sat", now=NOW)
    with pytest.raises(UnknownAuthority):
        verify_issued_by(read_certificate(certificate), [impostor.certificate_der])


def test_an_authority_that_has_ended_still_counts(key):
    old = Authority.create(style="sat", now=datetime(1990, 1, 1, tzinfo=UTC))
    issued = old.issue(
        key.public_key(), kind=CertificateKind.CSD, rfc="EKU9003173C9", name="X", not_before=NOW, not_after=NOW
    )
    assert verify_issued_by(read_certificate(issued), [old.certificate_der]).startswith("AC DE PRACTICA")


@pytest.mark.parametrize("digest", [hashes.SHA256, hashes.SHA384, hashes.SHA512])
def test_the_chain_is_walked_to_the_highest_that_is_given(key, other_key, curve_key, digest):
    root = _made("raíz", "raíz", curve_key.public_key(), curve_key, digest=digest)
    middle = _made("intermedia", "raíz", other_key.public_key(), curve_key, digest=digest)
    leaf = _made("hoja", "intermedia", key.public_key(), other_key, authority=False, digest=digest)
    assert verify_issued_by(read_certificate(leaf), [middle]) == "intermedia"
    assert verify_issued_by(read_certificate(leaf), [root, middle]) == "raíz"
    with pytest.raises(UnknownAuthority):
        verify_issued_by(read_certificate(leaf), [root])


def test_what_may_not_issue_did_not_issue(key, other_key):
    pretender = _made("intermedia", "intermedia", other_key.public_key(), other_key, authority=False)
    leaf = _made("hoja", "intermedia", key.public_key(), other_key, authority=False)
    with pytest.raises(UnknownAuthority):
        verify_issued_by(read_certificate(leaf), [pretender])


def test_authorities_that_vouch_for_each_other_end_the_walk(key, other_key, curve_key):
    one = _made("uno", "dos", other_key.public_key(), curve_key)
    two = _made("dos", "uno", curve_key.public_key(), other_key)
    leaf = _made("hoja", "uno", key.public_key(), other_key, authority=False)
    assert verify_issued_by(read_certificate(leaf), [one, two]) in {"uno", "dos"}


def test_signatures_of_other_kinds_prove_nothing(key, other_key, curve_key):
    by_pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    issuer = _made("uno", "uno", other_key.public_key(), other_key)
    leaf = _made("hoja", "uno", key.public_key(), other_key, authority=False, rsa_padding=by_pss)
    with pytest.raises(UnknownAuthority):
        verify_issued_by(read_certificate(leaf), [issuer])
    by_curve = _made("hoja", "uno", key.public_key(), curve_key, authority=False)
    with pytest.raises(UnknownAuthority):
        verify_issued_by(read_certificate(by_curve), [issuer])


def test_an_authority_with_a_key_of_another_kind_verifies_nothing(key, other_key):
    edwards = ed25519.Ed25519PrivateKey.generate()
    odd = _made("uno", "uno", edwards.public_key(), edwards, digest=None)
    leaf = _made("hoja", "uno", key.public_key(), other_key, authority=False)
    with pytest.raises(UnknownAuthority):
        verify_issued_by(read_certificate(leaf), [odd])


def test_an_authority_that_is_no_certificate_is_refused(certificate, sat_authority, plain_key):
    with pytest.raises(UnexpectedContent):
        verify_issued_by(read_certificate(certificate), [plain_key])
    with pytest.raises(DamagedFile):
        verify_issued_by(read_certificate(certificate), [sat_authority.certificate_der[:-1]])
    signed, algorithm, _ = (
        der.encoded(certificate, part) for part in der.children(certificate, der.whole(certificate, der.SEQUENCE))
    )
    for bits in (b"\x03\x02\x01\x80", b"\x03\x00"):
        with pytest.raises(DamagedFile):
            verify_issued_by(read_certificate(certificate), [der.encode(der.SEQUENCE, signed, algorithm, bits)])
