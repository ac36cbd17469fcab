"""A certificate says whose it is, of which kind, and between which moments it is valid."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from renewals.errors import DamagedFile, UnsupportedKey
from renewals.pki import anatomy, der, names
from renewals.pki.authority import Authority
from renewals.pki.certificate import CertificateKind, FileWarning, public_key_of, read_certificate
from tests.hostile import pem
from tests.unit.pki.certificate_parts import with_field
from tests.unit.pki.conftest import NOW

DER = serialization.Encoding.DER
MEXICO = ZoneInfo("America/Mexico_City")


def _issue(authority: Authority, key, kind: CertificateKind, **fields):
    given = {
        "rfc": "EKU9003173C9",
        "name": "ESCUELA KEMPER URGATE",
        "not_before": NOW,
        "not_after": NOW + timedelta(days=730),
    }
    return authority.issue(key.public_key(), kind=kind, **{**given, **fields})


def _certificate(key, *attributes, issuer=(), sign_with=None, extensions=(), serial=77, **validity):
    """A certificate that the library makes, of an issuer nobody knows."""
    subject = x509.Name([x509.NameAttribute(oid, text) for oid, text in attributes])
    builder = x509.CertificateBuilder(
        x509.Name([x509.NameAttribute(oid, text) for oid, text in issuer]) if issuer else subject,
        subject,
        key.public_key(),
        serial,
        validity.get("not_before", NOW),
        validity.get("not_after", NOW + timedelta(days=365)),
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    signing = sign_with or key
    digest = None if isinstance(signing, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(signing, digest).public_bytes(DER)


# --- kinds and holders --------------------------------------------------------------------------------------------


def test_an_efirma_names_company_and_representative(certificate):
    facts = read_certificate(certificate)
    assert facts.kind is CertificateKind.EFIRMA
    assert (facts.rfc, facts.representative_rfc) == ("Ñ&U9003173C9", "CAÑF770131PA3")
    assert facts.name == "COMPAÑÍA & HIJOS"
    assert facts.curp == "CANF770131HBCSBR08"
    assert facts.email == "contacto@empresa.example"
    assert (facts.branch, facts.registro_patronal) == ("", "")


def test_a_certificate_that_the_library_refuses_is_read(certificate):
    with pytest.raises(ValueError, match="PrintableString"):
        x509.load_der_x509_certificate(certificate)
    assert read_certificate(certificate).key_bits == 2048


def test_a_csd_has_a_branch(sat_authority, key):
    facts = read_certificate(_issue(sat_authority, key, CertificateKind.CSD, branch="Año Nuevo 1"))
    assert facts.kind is CertificateKind.CSD
    assert facts.branch == "Año Nuevo 1"


def test_a_branch_that_looks_like_a_registro_patronal_is_a_branch(sat_authority, key):
    facts = read_certificate(_issue(sat_authority, key, CertificateKind.CSD, branch="Y5400001102"))
    assert (facts.kind, facts.branch, facts.registro_patronal) == (CertificateKind.CSD, "Y5400001102", "")


def test_sat_without_a_branch_and_without_more_uses_is_of_no_known_kind(sat_authority, key):
    facts = read_certificate(_issue(sat_authority, key, CertificateKind.UNKNOWN))
    assert facts.kind is CertificateKind.UNKNOWN
    assert facts.rfc == "EKU9003173C9"
    assert facts.warnings == ()


@pytest.mark.parametrize("registro", ["Y5400001102", "Y540000110", "y54-00001-10-2"])
def test_an_npie_names_its_registro_patronal(imss_authority, key, registro):
    certificate = _issue(
        imss_authority,
        key,
        CertificateKind.NPIE,
        registro_patronal=registro,
        representative_rfc="CACX7605101P8",
        curp="CACX760510MGTSHC04",
        email="idse@empresa.example",
    )
    facts = read_certificate(certificate)
    assert facts.kind is CertificateKind.NPIE
    assert facts.registro_patronal[:10] == "Y540000110"
    assert (facts.rfc, facts.representative_rfc) == ("EKU9003173C9", "CACX7605101P8")
    assert facts.curp == "CACX760510MGTSHC04"
    assert facts.branch == ""
    assert facts.warnings == ()


IMSS = [(NameOID.ORGANIZATION_NAME, "Instituto Mexicano del Seguro Social"), (NameOID.COMMON_NAME, "AC IMSS")]


def test_identifiers_of_an_npie_are_found_wherever_they_stand(key):
    facts = read_certificate(
        _certificate(
            key,
            (NameOID.ORGANIZATION_NAME, "ESCUELA KEMPER URGATE"),
            (NameOID.ORGANIZATIONAL_UNIT_NAME, "Patron"),
            (NameOID.ORGANIZATIONAL_UNIT_NAME, "NRP: Y5400001102"),
            (NameOID.POSTAL_ADDRESS, "RFC:EKU9003173C9"),
            (NameOID.STREET_ADDRESS, "CACX7605101P8"),
            (NameOID.LOCALITY_NAME, "CURP CACX760510MGTSHC04"),
            issuer=IMSS,
        )
    )
    assert facts.kind is CertificateKind.NPIE
    assert facts.name == "ESCUELA KEMPER URGATE"
    assert (facts.rfc, facts.representative_rfc) == ("EKU9003173C9", "CACX7605101P8")
    assert facts.curp == "CACX760510MGTSHC04"
    assert facts.registro_patronal == "Y5400001102"


def test_an_npie_that_names_nobody_warns(key):
    facts = read_certificate(_certificate(key, (NameOID.COMMON_NAME, "patrón"), issuer=IMSS))
    assert facts.kind is CertificateKind.NPIE
    assert [warning.code for warning in facts.warnings] == ["rfc_missing", "registro_patronal_missing"]


def test_the_accent_of_an_issuer_does_not_matter(key):
    issuer = [(NameOID.COMMON_NAME, "A.C. del Servicio de Administración Tributaria")]
    facts = read_certificate(
        _certificate(
            key,
            (NameOID.X500_UNIQUE_IDENTIFIER, "EKU9003173C9"),
            (NameOID.ORGANIZATIONAL_UNIT_NAME, "Matriz"),
            issuer=issuer,
        )
    )
    assert facts.kind is CertificateKind.CSD
    assert facts.warnings == ()


ENCIPHERS = x509.KeyUsage(
    digital_signature=True,
    content_commitment=True,
    key_encipherment=False,
    data_encipherment=True,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)
SIGNS = x509.KeyUsage(
    digital_signature=True,
    content_commitment=True,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)
MAIL = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])


@pytest.mark.parametrize(
    ("attributes", "extensions", "kind"),
    [
        ([(NameOID.X500_UNIQUE_IDENTIFIER, "EKU9003173C9")], [ENCIPHERS], CertificateKind.EFIRMA),
        ([(NameOID.X500_UNIQUE_IDENTIFIER, "EKU9003173C9")], [MAIL, SIGNS], CertificateKind.EFIRMA),
        ([(NameOID.X500_UNIQUE_IDENTIFIER, "EKU9003173C9")], [SIGNS], CertificateKind.UNKNOWN),
        (
            [(NameOID.X500_UNIQUE_IDENTIFIER, "EKU9003173C9"), (NameOID.ORGANIZATIONAL_UNIT_NAME, "Y5400001102")],
            [SIGNS],
            CertificateKind.CSD,
        ),
        (
            [
                (NameOID.X500_UNIQUE_IDENTIFIER, "EKU9003173C9"),
                (NameOID.ORGANIZATIONAL_UNIT_NAME, "Y5400001102"),
                (NameOID.TITLE, "CACX760510MGTSHC04"),
            ],
            [],
            CertificateKind.NPIE,
        ),
        ([(NameOID.ORGANIZATIONAL_UNIT_NAME, "Y5400001102")], [], CertificateKind.NPIE),
        ([(NameOID.ORGANIZATIONAL_UNIT_NAME, "Ventas")], [ENCIPHERS], CertificateKind.UNKNOWN),
        ([(NameOID.COMMON_NAME, "alguien")], [], CertificateKind.UNKNOWN),
    ],
)
def test_of_an_unknown_issuer_the_layout_decides_and_a_warning_says_so(key, attributes, extensions, kind):
    facts = read_certificate(
        _certificate(key, *attributes, issuer=[(NameOID.COMMON_NAME, "Otra AC")], extensions=extensions)
    )
    assert facts.kind is kind
    assert FileWarning("issuer_not_recognised", "Otra AC") in facts.warnings


def test_an_authority_is_of_no_kind_to_renew(sat_authority, imss_authority, key):
    for authority in (sat_authority, imss_authority):
        facts = read_certificate(authority.certificate_der)
        assert facts.kind is CertificateKind.UNKNOWN
        assert facts.is_authority
    plain = x509.BasicConstraints(ca=False, path_length=None)
    assert not read_certificate(_certificate(key, (NameOID.COMMON_NAME, "x"), extensions=[plain])).is_authority


# --- serial, issuer, moments, fingerprints ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("serial", "printed"),
    [
        (int.from_bytes(b"00001000000504465028", "big"), "00001000000504465028"),
        (int.from_bytes(b"12345678", "big"), "12345678"),
        (int.from_bytes(b"1234567", "big"), "31323334353637"),
        (1, "01"),
        (0xC0FFEE, "c0ffee"),
        (2**159, "80" + "00" * 19),
    ],
)
def test_a_serial_is_printed_as_its_authority_does(sat_authority, key, serial, printed):
    facts = read_certificate(_issue(sat_authority, key, CertificateKind.EFIRMA, serial=serial))
    assert facts.serial == printed
    assert int(facts.serial_hex, 16) == serial


def test_serials_that_break_the_rules_are_read(certificate):
    zero = with_field(certificate, 1, der.encode(der.INTEGER, b"\x00"))
    negative = with_field(certificate, 1, der.encode(der.INTEGER, b"\xff\x01"))
    assert read_certificate(zero).serial == "00"
    assert read_certificate(negative).serial == "ff01"


def test_fingerprints_are_those_of_the_library(sat_authority, key):
    encoded = _issue(sat_authority, key, CertificateKind.EFIRMA)
    library = x509.load_der_x509_certificate(encoded)
    facts = read_certificate(encoded)
    assert facts.sha256 == library.fingerprint(hashes.SHA256()).hex()
    spki = key.public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert facts.public_key_sha256 == hashlib.sha256(spki).hexdigest()
    assert facts.not_before == library.not_valid_before_utc
    assert facts.not_after == library.not_valid_after_utc
    assert int(facts.serial_hex, 16) == library.serial_number
    assert facts.der == encoded
    assert public_key_of(facts) == key.public_key()
    assert facts.issuer == "AC DE PRACTICA, SERVICIO DE ADMINISTRACION TRIBUTARIA (PRUEBAS)"


def test_pem_and_der_say_the_same(certificate):
    assert read_certificate(pem("CERTIFICATE", certificate)) == read_certificate(certificate)


@pytest.mark.parametrize("year", [1950, 1999, 2000, 2049, 2050, 9999])
def test_moments_of_every_form_are_read(sat_authority, key, year):
    moment = datetime(year, 12, 31, 23, 29, 5, tzinfo=UTC)
    encoded = _issue(sat_authority, key, CertificateKind.EFIRMA, not_before=moment, not_after=moment)
    if year in {1950, 1999}:  # the authority writes two digits of the year, and those stand for these
        assert read_certificate(encoded).not_before.year == year
    assert read_certificate(encoded).not_after == moment


@pytest.mark.parametrize(
    "moment",
    [
        b"\x17\x0b2305180437Z",
        b"\x17\x11230518043714-0600",
        b"\x17\x0d231318043714Z",
        b"\x17\x0d230518043760Z",
        b"\x18\x1120230518043714.5Z",
        b"\x18\x0f00000518043714Z",
        b"\x04\x0d230518043714Z",
    ],
)
def test_moments_of_no_form_are_damage(certificate, moment):
    with pytest.raises(DamagedFile):
        read_certificate(with_field(certificate, 4, der.encode(der.SEQUENCE, moment, moment)))


def test_days_left_are_counted_on_local_dates(sat_authority, key):
    # 05:30 UTC on 17 May is 23:30 of the 16th in Mexico City.
    encoded = _issue(sat_authority, key, CertificateKind.EFIRMA, not_after=datetime(2027, 5, 17, 5, 30, tzinfo=UTC))
    facts = read_certificate(encoded)
    assert facts.days_left(date(2027, 5, 15), MEXICO) == 1
    assert facts.days_left(date(2027, 5, 16), MEXICO) == 0
    assert facts.days_left(date(2027, 5, 17), MEXICO) == -1
    assert facts.days_left(date(2027, 5, 15), ZoneInfo("UTC")) == 2


def test_expired_and_future_certificates_are_read_like_others(sat_authority, key):
    for begins in (-3_000, 3_000):
        moment = NOW + timedelta(days=begins)
        encoded = _issue(
            sat_authority, key, CertificateKind.EFIRMA, not_before=moment, not_after=moment + timedelta(days=1)
        )
        assert read_certificate(encoded).warnings == ()


# --- keys and warnings --------------------------------------------------------------------------------------------


def test_an_elliptic_curve_is_a_strong_key(sat_authority):
    facts = read_certificate(_issue(sat_authority, ec.generate_private_key(ec.SECP384R1()), CertificateKind.EFIRMA))
    assert facts.key_bits == 384
    assert facts.warnings == ()


def test_a_short_rsa_key_warns(sat_authority):
    short = rsa.generate_private_key(65_537, 1_024)
    facts = read_certificate(_issue(sat_authority, short, CertificateKind.EFIRMA))
    assert facts.warnings == (FileWarning("weak_key", "1024"),)


def test_check_digits_warn_and_name_the_text(imss_authority, key):
    certificate = _issue(
        imss_authority,
        key,
        CertificateKind.NPIE,
        rfc="AAA010101AAA",
        representative_rfc="XAXX010101000",
        curp="HEGT761003MDFRNN09",
        registro_patronal="Y1234567890",
    )
    assert read_certificate(certificate).warnings == (
        FileWarning("rfc_check_digit", "AAA010101AAA"),
        FileWarning("rfc_generic", "XAXX010101000"),
        FileWarning("curp_check_digit", "HEGT761003MDFRNN09"),
        FileWarning("registro_patronal_check_digit", "Y1234567890"),
    )


@pytest.mark.parametrize("bits", [512, 8_200])
def test_rsa_keys_of_no_honest_size_are_refused(certificate, bits):
    modulus = der.encode_integer((1 << (bits - 1)) + 1)
    public = der.encode(der.SEQUENCE, modulus, der.encode_integer(65_537))
    algorithm = der.encode(der.SEQUENCE, der.encode_oid("1.2.840.113549.1.1.1"), b"\x05\x00")
    with pytest.raises(UnsupportedKey) as refused:
        read_certificate(with_field(certificate, 6, der.encode(der.SEQUENCE, algorithm, der.encode_bits(public))))
    assert refused.value.facts == {"algorithm": "RSA", "bits": bits}


def test_keys_of_other_algorithms_are_refused(key, certificate):
    edwards = ed25519.Ed25519PrivateKey.generate()
    with pytest.raises(UnsupportedKey) as refused:
        read_certificate(_certificate(edwards, (NameOID.COMMON_NAME, "x"), sign_with=key))
    assert refused.value.facts == {"algorithm": "Ed25519", "bits": 0}
    with pytest.raises(UnsupportedKey):
        read_certificate(_certificate(dsa.generate_private_key(1_024), (NameOID.COMMON_NAME, "x"), sign_with=key))
    unheard_of = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.encode_oid("1.2.3.4")), der.encode_bits(b"x"))
    with pytest.raises(UnsupportedKey):
        read_certificate(with_field(certificate, 6, unheard_of))


def test_the_anatomy_finds_what_the_library_finds(sat_authority, key):
    encoded = _issue(sat_authority, key, CertificateKind.EFIRMA)
    library, parts = x509.load_der_x509_certificate(encoded), anatomy.dissect(encoded)
    assert anatomy.span(encoded, parts.to_be_signed) == library.tbs_certificate_bytes
    assert anatomy.signature(encoded, parts) == (library.signature_algorithm_oid.dotted_string, library.signature)
    assert anatomy.span(encoded, parts.subject) == library.subject.public_bytes()
    assert len(names.read_name(anatomy.span(encoded, parts.subject))) == len(library.subject)
