"""The practice authority writes what SAT and IMSS write, faults included, and OpenSSL agrees."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from renewals.pki import anatomy, der, names
from renewals.pki.authority import Authority, as_sat_key_file, new_key
from renewals.pki.certificate import CertificateKind, read_certificate
from renewals.pki.content import as_pem
from renewals.pki.trust import verify_issued_by
from tests.unit.pki.conftest import NOW


def _subject(certificate: bytes) -> list[tuple[str, str]]:
    return list(names.read_name(anatomy.span(certificate, anatomy.dissect(certificate).subject)))


def _issue(authority, public_key, kind, **fields):
    given = {"rfc": "EKU9003173C9", "name": "X", "not_before": NOW, "not_after": NOW + timedelta(days=1_460)}
    return authority.issue(public_key, kind=kind, **{**given, **fields})


def test_ene_is_one_octet_in_a_printable_string(certificate):
    assert b"\x13\x1c\xd1&U9003173C9 / CA\xd1F770131PA3" in certificate
    assert b"\x14\x10COMPA\xd1\xcdA & HIJOS" in certificate


def test_a_name_that_windows_cannot_write_is_utf8(sat_authority, key):
    certificate = _issue(sat_authority, key.public_key(), CertificateKind.EFIRMA, name="ŁÓDŹ SA DE CV")
    assert read_certificate(certificate).name == "ŁÓDŹ SA DE CV"


def test_the_subject_of_an_efirma_is_laid_out_as_sat_does(certificate):
    assert [oid for oid, _ in _subject(certificate)] == [
        names.COMMON_NAME,
        names.NAME,
        names.ORGANIZATION,
        names.COUNTRY,
        names.EMAIL,
        names.UNIQUE_IDENTIFIER,
        names.SERIAL_NUMBER,
    ]
    assert _subject(certificate)[-1][1] == " / CANF770131HBCSBR08"


def test_a_csd_without_a_branch_gets_one(sat_authority, key):
    certificate = _issue(sat_authority, key.public_key(), CertificateKind.CSD)
    assert _subject(certificate)[-1] == (names.ORGANIZATIONAL_UNIT, "Matriz")


@pytest.mark.parametrize("style", ["imss", "sat"])
def test_serials_are_twenty_digits(style, imss_authority, sat_authority, key):
    authority, kind = (
        (imss_authority, CertificateKind.NPIE) if style == "imss" else (sat_authority, CertificateKind.CSD)
    )
    serials = {read_certificate(_issue(authority, key.public_key(), kind)).serial for _ in range(20)}
    assert len(serials) == 20
    assert all(len(serial) == 20 and serial.isdecimal() for serial in serials)


def test_openssl_reads_and_verifies_what_is_issued(openssl, sat_authority, certificate):
    pem, root = (as_pem(encoded) for encoded in (certificate, sat_authority.certificate_der))
    text = openssl("x509", "-in", "leaf.pem", "-noout", "-text", leaf_pem=pem).decode()
    assert "Digital Signature, Non Repudiation, Data Encipherment, Key Agreement" in text
    assert "SSL Client, S/MIME" in text
    assert "E-mail Protection, TLS Web Client Authentication" in text
    assert "CA:FALSE" in text
    verified = openssl("verify", "-no_check_time", "-CAfile", "root.pem", "leaf.pem", leaf_pem=pem, root_pem=root)
    assert verified.strip() == b"leaf.pem: OK"


def test_an_authority_issues_only_its_own_kinds(imss_authority, sat_authority, key):
    with pytest.raises(ValueError, match="issues no csd"):
        _issue(imss_authority, key.public_key(), CertificateKind.CSD)
    with pytest.raises(ValueError, match="issues no npie"):
        _issue(sat_authority, key.public_key(), CertificateKind.NPIE)


def test_moments_need_a_time_zone_and_become_utc(sat_authority, key):
    with pytest.raises(ValueError, match="time zone"):
        _issue(sat_authority, key.public_key(), CertificateKind.CSD, not_before=datetime(2026, 1, 1))  # noqa: DTZ001
    mexico = timezone(timedelta(hours=-6))
    certificate = _issue(
        sat_authority, key.public_key(), CertificateKind.CSD, not_after=datetime(2027, 1, 1, 18, tzinfo=mexico)
    )
    assert read_certificate(certificate).not_after.isoformat() == "2027-01-02T00:00:00+00:00"


def test_elliptic_curve_keys_get_certificates_too(imss_authority):
    public_key = ec.generate_private_key(ec.SECP256R1()).public_key()
    assert read_certificate(_issue(imss_authority, public_key, CertificateKind.NPIE)).key_bits == 256


@pytest.mark.parametrize("passphrase", [None, "clave de la autoridad ñ"])
@pytest.mark.parametrize("name", [None, "AC DE MUÑECAS"])
@pytest.mark.parametrize("style", ["imss", "sat"])
def test_an_authority_survives_a_folder(style, name, passphrase, key):
    authority = Authority.create(style=style, name=name, now=NOW)
    kept = authority.to_bytes(passphrase)
    assert (b"BEGIN ENCRYPTED PRIVATE KEY" in kept) is (passphrase is not None)
    again = Authority.load(kept, passphrase)
    assert (again.style, again.name, again.certificate_der) == (style, authority.name, authority.certificate_der)
    kind = CertificateKind.NPIE if style == "imss" else CertificateKind.CSD
    issued = read_certificate(_issue(again, key.public_key(), kind))
    assert verify_issued_by(issued, [authority.certificate_der]).startswith(authority.name)


def test_a_stranger_is_no_authority_of_ours(certificate, key):
    kept = as_pem(certificate) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(ValueError, match="not an authority"):
        Authority.load(kept)


def test_no_key_shows_when_an_authority_is_printed(sat_authority):
    assert repr(sat_authority) == "Authority(style='sat', name='AC DE PRACTICA')"


def test_a_new_key_has_the_bits_asked_for():
    assert new_key(1_024).key_size == 1_024


def test_the_key_file_repeats_the_faults_of_sats_tool(key, other_key):
    """A constant salt, and a vector that is the first block of the key: so equal passphrases show."""
    heads = set()
    for one in (key, other_key):
        file = as_sat_key_file(one, "12345678a")
        assert bytes.fromhex("04080201000282010100") in file
        vector = file[62:70]
        assert vector[:2] == b"\x30\x82"
        assert vector[4:] == b"\x02\x01\x00\x30"
        locked = der.value(file, der.children(file, der.whole(file, der.SEQUENCE))[1])
        heads.add(locked[:8].hex())
    assert heads == {"7810797b68d48268"}


def test_a_passphrase_that_windows_cannot_write_locks_no_key_file(key):
    with pytest.raises(ValueError, match="charmap"):
        as_sat_key_file(key, "日本語")


def test_an_authority_keeps_its_mark_when_it_is_read_again():
    made = Authority.create(style="imss", mark="(PRUEBAS)", now=NOW)
    again = Authority.load(made.to_bytes())
    assert (again.mark, again.name) == (made.mark, made.name)
    practised = Authority.load(Authority.create(style="sat", now=NOW).to_bytes())
    assert practised.mark == "(PRACTICA)"
