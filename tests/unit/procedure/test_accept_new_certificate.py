"""Does a renewal take the certificate it was made for, by what the certificate says, and no other?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from renewals import errors
from renewals.pki.certificate import CertificateFacts, CertificateKind
from renewals.procedure import gates
from renewals.procedure.gates import Expected
from renewals.procedure.steps import Grade

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
YEAR = timedelta(days=365)

OLD = Expected(
    company_rfc="EKU9003173C9",
    company_name="Escuela Kemper Urgate",
    registros_patronales=("Y5400001102",),
    old_kind="npie",
    old_scope="Y540000110",
    old_issuer="Autoridad de un emisor desconocido",
    old_public_key_sha256="aa" * 32,
    old_not_before=NOW - 2 * YEAR,
    old_not_after=NOW - timedelta(days=3),
    new_public_key_sha256="bb" * 32,
)
OLD_EFIRMA = replace(OLD, old_kind="efirma", old_scope="", new_public_key_sha256="")

NEW = CertificateFacts(
    kind=CertificateKind.NPIE,
    rfc="EKU9003173C9",
    name="ESCUELA KEMPER URGATE",
    representative_rfc="",
    curp="",
    registro_patronal="Y5400001102",
    branch="",
    email="",
    serial="00001000000700000001",
    serial_hex="3030",
    issuer="AC IMSS de prueba",
    not_before=NOW - timedelta(minutes=5),
    not_after=NOW + 2 * YEAR,
    key_bits=2048,
    sha256="cc" * 32,
    public_key_sha256="bb" * 32,
    der=b"",
)
NEW_EFIRMA = replace(NEW, kind=CertificateKind.EFIRMA, registro_patronal="", issuer="AUTORIDAD CERTIFICADORA")


def saved(expected: Expected = OLD, **changes: Any) -> gates.Verdict:
    return gates.certificate_saved(new=replace(NEW, **changes), expected=expected, now=NOW)


def taken_in(expected: Expected = OLD_EFIRMA, **changes: Any) -> gates.Verdict:
    return gates.take_in(new=replace(NEW_EFIRMA, **changes), expected=expected, now=NOW)


# --- step 8: the new certificate


def test_the_certificate_of_the_pending_key_passes():
    verdict = saved()
    assert verdict.grades == (Grade.CRYPTOGRAPHIC,)
    assert "shorter_validity" not in verdict.facts


def test_a_certificate_of_another_rfc_is_refused_by_name_with_both():
    with pytest.raises(errors.CertificateOfAnotherHolder) as refused:
        saved(rfc="XIA190128J61", name="XENON INDUSTRIAL ARTICLES")
    assert refused.value.facts == {
        "found_rfc": "XIA190128J61",
        "found_name": "XENON INDUSTRIAL ARTICLES",
        "expected_rfc": "EKU9003173C9",
        "expected_name": "Escuela Kemper Urgate",
    }


def test_the_rfc_is_asked_before_the_key_so_that_the_wrong_client_is_named():
    with pytest.raises(errors.CertificateOfAnotherHolder):
        saved(rfc="XIA190128J61", public_key_sha256="99" * 32)


def test_a_certificate_without_rfc_passes_by_its_registro_patronal():
    assert saved(rfc="").grades == (Grade.CRYPTOGRAPHIC,)


def test_ten_characters_of_a_registro_patronal_are_the_same_as_eleven():
    assert saved(registro_patronal="Y540000110").grades == (Grade.CRYPTOGRAPHIC,)


def test_another_registro_patronal_is_refused_with_both():
    with pytest.raises(errors.CertificateOfAnotherRegistro) as refused:
        saved(registro_patronal="A0100001104")
    assert refused.value.facts["found"] == "A0100001104"
    assert refused.value.facts["expected"] == "Y540000110"


def test_an_old_certificate_without_registro_takes_any_of_the_companys():
    assert saved(replace(OLD, old_scope="")).grades == (Grade.CRYPTOGRAPHIC,)


def test_a_registro_of_nobody_is_refused_where_no_rfc_vouches_for_it():
    with pytest.raises(errors.CertificateOfAnotherRegistro):
        saved(replace(OLD, old_scope="", registros_patronales=()), rfc="")


def test_a_registro_unknown_so_far_passes_where_the_rfc_is_the_companys():
    verdict = saved(replace(OLD, old_scope="", registros_patronales=()))
    assert verdict.grades == (Grade.CRYPTOGRAPHIC,)


def test_a_certificate_that_names_its_rfc_and_no_registro_passes():
    assert saved(registro_patronal="").grades == (Grade.CRYPTOGRAPHIC,)


def test_a_certificate_that_names_nobody_is_refused():
    with pytest.raises(errors.CertificateWithoutHolder):
        saved(rfc="", registro_patronal="")


def test_a_certificate_of_another_kind_is_refused():
    with pytest.raises(errors.CertificateOfAnotherKind):
        saved(kind=CertificateKind.EFIRMA)


def test_an_authoritys_certificate_is_refused():
    with pytest.raises(errors.AuthorityCertificate):
        saved(is_authority=True)


def test_a_certificate_for_another_key_is_refused():
    with pytest.raises(errors.CertificateOfAnotherPendingKey):
        saved(public_key_sha256="99" * 32)


def test_a_certificate_that_is_known_already_is_refused():
    with pytest.raises(errors.CertificateNotNew):
        saved(replace(OLD, is_known=True))


def test_an_issuer_that_is_neither_imss_nor_the_old_one_is_refused():
    with pytest.raises(errors.ImplausibleIssuer):
        saved(issuer="Una autoridad cualquiera")


def test_the_issuer_of_the_old_certificate_is_plausible():
    assert saved(issuer=OLD.old_issuer).grades == (Grade.CRYPTOGRAPHIC,)


def test_a_certificate_that_has_ended_is_refused():
    with pytest.raises(errors.CertificateExpired):
        saved(not_before=NOW - YEAR, not_after=NOW)


def test_a_certificate_that_begins_tomorrow_or_later_is_refused():
    with pytest.raises(errors.CertificateNotYetValid):
        saved(not_before=NOW + timedelta(days=1, seconds=1))


def test_a_portal_whose_clock_is_ahead_by_hours_is_forgiven():
    assert saved(not_before=NOW + timedelta(hours=6)).grades == (Grade.CRYPTOGRAPHIC,)


def test_a_certificate_that_ends_before_it_begins_is_refused():
    with pytest.raises(errors.CertificateNotYetValid):
        saved(not_before=NOW, not_after=NOW - timedelta(days=1))


def test_a_certificate_issued_before_the_old_one_is_refused():
    with pytest.raises(errors.CertificateNotNewer):
        saved(not_before=OLD.old_not_before)


def test_a_shorter_validity_passes_and_is_flagged():
    verdict = saved(not_after=NOW + timedelta(days=180))
    assert verdict.facts["shorter_validity"] is True
    assert verdict.facts["days"] == 180
    assert verdict.facts["old_days"] == 727


# --- the general plan


def test_a_new_pair_of_the_same_company_passes():
    assert taken_in().grades == (Grade.CRYPTOGRAPHIC,)


def test_the_key_of_the_old_certificate_is_no_new_key():
    with pytest.raises(errors.KeySeenBefore):
        taken_in(public_key_sha256=OLD.old_public_key_sha256)


def test_a_sat_certificate_without_rfc_is_refused():
    with pytest.raises(errors.CertificateWithoutHolder):
        taken_in(rfc="")


def test_an_unknown_old_kind_is_replaced_by_whatever_the_company_got():
    assert taken_in(replace(OLD_EFIRMA, old_kind="unknown")).grades == (Grade.CRYPTOGRAPHIC,)


def test_the_pair_of_another_company_is_refused():
    with pytest.raises(errors.CertificateOfAnotherHolder):
        taken_in(rfc="XIA190128J61")
