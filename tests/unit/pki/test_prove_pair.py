"""A pair is proved by a signature that the certificate verifies, over octets nobody else chose."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from renewals.errors import KeyOfAnotherCertificate
from renewals.pki import der
from renewals.pki.certificate import CertificateKind, read_certificate
from renewals.pki.private_key import open_private_key, public_key_sha256
from renewals.pki.signatures import prove_pair
from tests.unit.pki.conftest import NOW


def test_the_key_of_the_certificate_is_proved(key, certificate):
    prove_pair(key, read_certificate(certificate))
    prove_pair(key, read_certificate(certificate), purpose=b"otra prueba")


def test_the_key_of_another_certificate_is_refused(other_key, certificate):
    with pytest.raises(KeyOfAnotherCertificate):
        prove_pair(other_key, read_certificate(certificate))


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()])
def test_elliptic_curves_are_proved_too(sat_authority, key, curve):
    secret = ec.generate_private_key(curve)
    facts = read_certificate(
        sat_authority.issue(
            secret.public_key(),
            kind=CertificateKind.CSD,
            rfc="EKU9003173C9",
            name="X",
            not_before=NOW,
            not_after=NOW + timedelta(days=1),
        )
    )
    prove_pair(secret, facts)
    with pytest.raises(KeyOfAnotherCertificate):
        prove_pair(key, facts)


def test_a_key_of_false_primes_is_refused_by_the_proof(sat_authority):
    """What skipping the library's test of the primes lets pass, the signature does not."""
    one, two = (rsa.generate_private_key(65_537, 1_024).private_numbers() for _ in range(2))
    p, q = one.p * one.q, two.p * two.q  # neither is a prime
    d = pow(65_537, -1, (p - 1) * (q - 1))
    numbers = (0, p * q, 65_537, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))
    false = open_private_key(der.encode(der.SEQUENCE, *map(der.encode_integer, numbers)), None).key
    facts = read_certificate(
        sat_authority.issue(
            false.public_key(), kind=CertificateKind.CSD, rfc="EKU9003173C9", name="X", not_before=NOW, not_after=NOW
        )
    )
    assert public_key_sha256(false) == facts.public_key_sha256
    with pytest.raises(KeyOfAnotherCertificate):
        prove_pair(false, facts)


def test_the_fingerprint_of_a_key_is_that_of_its_certificate(key, certificate):
    assert public_key_sha256(key) == read_certificate(certificate).public_key_sha256
    spki = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert len(spki) > 64
