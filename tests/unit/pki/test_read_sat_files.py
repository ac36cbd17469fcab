"""SAT's published test files are read right: names with Ñ, passwords, pairs and chains."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from renewals.errors import KeyOfAnotherCertificate, UnknownAuthority, WrongPassphrase
from renewals.pki.certificate import CertificateKind, read_certificate
from renewals.pki.content import Content, recognise
from renewals.pki.private_key import describe_private_key, open_private_key
from renewals.pki.signatures import prove_pair
from renewals.pki.trust import verify_issued_by

PASSPHRASE = "12345678a"
PAIRS = ["fiel-EKU9003173C9", "csd-EKU9003173C9", "fiel-CANF770131PA3"]
AUTHORITIES = ["AC_4096_2018", "AC_UAT_2022", "ARC_UAT_2022", "arcbeta_crt_raiz"]


def _read(folder, name):
    return read_certificate((folder / f"{name}.cer").read_bytes())


def test_the_efirma_of_a_company(sat_folder):
    facts = _read(sat_folder, "fiel-EKU9003173C9")
    assert facts.kind is CertificateKind.EFIRMA
    assert (facts.rfc, facts.representative_rfc) == ("EKU9003173C9", "VADA800927DJ3")
    assert facts.curp == "VADA800927HSRSRL05"
    assert facts.name == "ESCUELA KEMPER URGATE SA DE CV"
    assert facts.serial == "30001000000500003415"
    assert facts.issuer.startswith("AC UAT")
    assert facts.not_before == datetime(2023, 5, 18, 4, 37, 14, tzinfo=UTC)
    assert facts.not_after == datetime(2027, 5, 17, 4, 37, 14, tzinfo=UTC)
    assert facts.key_bits == 2048
    assert facts.warnings == ()


def test_the_csd_of_a_company(sat_folder):
    facts = _read(sat_folder, "csd-EKU9003173C9")
    assert (facts.kind, facts.branch) == (CertificateKind.CSD, "Sucursal 1")
    assert (facts.rfc, facts.representative_rfc) == ("EKU9003173C9", "VADA800927DJ3")
    assert facts.serial == "30001000000500003416"
    assert facts.not_after == datetime(2027, 5, 18, 11, 43, 51, tzinfo=UTC)
    assert facts.warnings == ()


def test_the_efirma_of_a_person_with_ene(sat_folder):
    facts = _read(sat_folder, "fiel-CANF770131PA3")
    assert facts.kind is CertificateKind.EFIRMA
    assert (facts.rfc, facts.representative_rfc) == ("CAÑF770131PA3", "")
    assert facts.name == "FERNANDO CASTILLO ÑABARRO"
    assert facts.curp == "CANF770131HBCSBR08"
    assert facts.serial == "30001000000400002432"
    assert facts.warnings == ()


@pytest.mark.parametrize("name", AUTHORITIES)
def test_the_authorities_are_authorities(sat_folder, name):
    facts = _read(sat_folder / "ca", name)
    assert facts.kind is CertificateKind.UNKNOWN
    assert facts.is_authority
    assert facts.serial.isdigit()


@pytest.mark.parametrize("name", PAIRS)
def test_every_key_opens_and_signs_for_its_certificate(sat_folder, name):
    key_file = (sat_folder / f"{name}.key").read_bytes()
    assert recognise(key_file) is Content.PRIVATE_KEY
    facts = describe_private_key(key_file)
    assert (facts.encryption, facts.iterations) == ("PBES2, PBKDF2-HMAC-SHA1, DES-EDE3-CBC", 2_048)
    opened = open_private_key(key_file, PASSPHRASE)
    assert opened.passphrase_encoding == "cp1252"
    prove_pair(opened.key, _read(sat_folder, name))


@pytest.mark.parametrize("name", PAIRS)
def test_no_key_opens_with_another_passphrase(sat_folder, name):
    with pytest.raises(WrongPassphrase):
        open_private_key((sat_folder / f"{name}.key").read_bytes(), "12345678b")


def test_the_key_of_the_efirma_is_not_that_of_the_csd(sat_folder):
    key = open_private_key((sat_folder / "fiel-EKU9003173C9.key").read_bytes(), PASSPHRASE).key
    with pytest.raises(KeyOfAnotherCertificate):
        prove_pair(key, _read(sat_folder, "csd-EKU9003173C9"))


@pytest.mark.parametrize(
    ("name", "root"),
    [
        ("fiel-EKU9003173C9", "Agencia Certficadora Raiz Beta ANG"),
        ("csd-EKU9003173C9", "Agencia Certficadora Raiz Beta ANG"),
        ("fiel-CANF770131PA3", "ARC beta"),
    ],
)
def test_every_chain_ends_at_its_root_though_dates_have_passed(sat_folder, name, root):
    authorities = [(sat_folder / "ca" / f"{authority}.cer").read_bytes() for authority in AUTHORITIES]
    assert verify_issued_by(_read(sat_folder, name), authorities).startswith(root)


def test_an_authority_of_the_same_common_name_is_not_the_issuer(sat_folder):
    with pytest.raises(UnknownAuthority):
        verify_issued_by(
            _read(sat_folder, "fiel-EKU9003173C9"), [(sat_folder / "ca" / "AC_4096_2018.cer").read_bytes()]
        )
