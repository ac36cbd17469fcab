"""What happens at the door to a certificate, with and without its key?"""

from datetime import timedelta

import pytest

from renewals import audit
from renewals.clients.companies import create_company
from renewals.errors import (
    AuthorityCertificate,
    CertificateAlreadyHere,
    CertificateMissing,
    CertificateOfAnotherCompany,
    CompanyUntold,
    DamagedFile,
    EmptyFile,
    ExcessiveWork,
    FileTooLarge,
    KeyOfAnotherCertificate,
    NoCompany,
    NothingGiven,
    NotPermitted,
    PassphraseMissing,
    PfxBringsItsKey,
    RegistroOfAnotherCompany,
    UnexpectedContent,
    UnrecognisedFile,
    WrongPassphrase,
)
from renewals.intake.pairs import take_in
from renewals.models import Certificate, Company, PairState
from renewals.vault.facts import key_id_of
from tests import pairs
from tests.hostile import asking_for_rounds, pem, plain_key
from tests.integration.intake.door import NOW, codes, refused, taken
from tests.pairs import PASSPHRASE, make_pair

pytestmark = pytest.mark.django_db


# --- what is taken ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["npie", "efirma", "csd"])
def test_a_pair_becomes_a_certificate_with_a_sealed_key(company, beto, kind):
    pair = make_pair(kind)
    answer = taken(beto, pair)

    row = Certificate.objects.get()
    assert answer.certificate == row
    assert answer.warnings == ()
    assert (row.company, row.kind, row.rfc) == (company, kind, pairs.RFC)
    assert (row.pair_state, row.is_primary, row.retired_at) == (PairState.SEALED, True, None)
    assert (row.serial, row.sha256, bytes(row.der)) == (pair.facts.serial, pair.facts.sha256, pair.certificate)
    assert row.next_mark_on is not None
    assert key_id_of(row) is not None


def test_an_npie_is_tied_to_its_registro_patronal_whether_or_not_it_names_the_check_digit(company, beto):
    taken(beto, make_pair("npie", registro_patronal=pairs.REGISTRO_PATRONAL[:10]))

    row = Certificate.objects.get()
    assert row.scope == pairs.REGISTRO_PATRONAL[:10]
    assert [one.number for one in row.registros_patronales.all()] == [pairs.REGISTRO_PATRONAL]


def test_a_registro_patronal_that_the_company_did_not_have_is_added(company, beto):
    taken(beto, make_pair("npie", registro_patronal="A0100001104"))

    assert set(company.registros_patronales.values_list("number", flat=True)) == {"A0100001104", "Y5400001102"}
    assert "company.registro_patronal_added" in {event.name for event in audit.history_of_company(company)}


def test_a_pfx_is_a_whole_pair(company, beto):
    for data in (make_pair().pfx(), make_pair("csd").pfx(windows_compatible=True)):
        answer = take_in(certificate=data, key=None, passphrase=PASSPHRASE, by=beto, now=NOW)
        assert answer.certificate.pair_state == PairState.SEALED


def test_the_same_pfx_in_both_fields_is_one_pfx(company, beto):
    pair = make_pair()
    data = pair.pfx()
    assert taken(beto, pair, certificate=data, key=data).certificate.pair_state == PairState.SEALED


def test_a_certificate_beside_its_pfx_is_one_pair(company, beto):
    pair = make_pair()
    assert taken(beto, pair, key=pair.pfx()).certificate.pair_state == PairState.SEALED


def test_files_in_each_others_field_are_swapped_and_said(company, beto):
    pair = make_pair()
    answer = taken(beto, pair, certificate=pair.key_file, key=pair.certificate)

    assert codes(answer.warnings) == ["files_swapped"]


def test_pem_counts_like_der(company, beto):
    pair = make_pair()
    answer = taken(beto, pair, certificate=pem("CERTIFICATE", pair.certificate))

    assert bytes(answer.certificate.der) == pair.certificate


def test_a_key_without_a_passphrase_is_taken_and_said(company, beto):
    pair = make_pair()
    answer = taken(beto, pair, key=plain_key(pair.key), passphrase="")

    assert codes(answer.warnings) == ["key_not_encrypted"]
    assert answer.certificate.pair_state == PairState.SEALED


def test_a_passphrase_copied_with_a_blank_still_opens(company, beto):
    pair = make_pair()
    assert taken(beto, pair, passphrase=f" {pair.passphrase}\n").certificate.pair_state == PairState.SEALED


def test_an_expired_pair_is_taken_because_its_renewal_needs_it(company, beto):
    pair = make_pair(not_before=NOW - timedelta(days=800), not_after=NOW - timedelta(days=3))
    answer = taken(beto, pair)

    assert codes(answer.warnings) == ["expired"]
    assert answer.certificate.is_primary


def test_a_certificate_of_tomorrow_is_taken_and_said(company, beto):
    pair = make_pair(not_before=NOW + timedelta(days=2), not_after=NOW + timedelta(days=400))
    assert codes(taken(beto, pair).warnings) == ["not_yet_valid"]


def test_an_unknown_kind_is_taken_and_said(company, beto):
    answer = taken(beto, make_pair("unknown"))

    assert "unknown_kind" in codes(answer.warnings)
    assert (answer.certificate.kind, answer.certificate.is_primary) == ("unknown", False)


def test_two_of_an_unknown_kind_stand_beside_each_other(company, beto):
    taken(beto, make_pair("unknown"))
    taken(beto, make_pair("unknown"))

    assert Certificate.objects.current().count() == 2


def test_a_certificate_alone_is_watched_until_its_key_comes(company, beto):
    pair = make_pair()
    answer = taken(beto, pair, key=None, passphrase=None)
    assert codes(answer.warnings) == ["no_key"]
    assert answer.certificate.pair_state == PairState.NO_KEY

    again = taken(beto, pair)
    assert again.certificate == answer.certificate
    assert Certificate.objects.get().pair_state == PairState.SEALED


def test_the_company_is_taken_on_from_the_certificate_when_asked(beto):
    answer = taken(beto, make_pair(), create=True)

    company = Company.objects.get()
    assert (company.rfc, company.name) == (pairs.RFC, pairs.NAME)
    assert company.registros_patronales.get().number == pairs.REGISTRO_PATRONAL
    assert answer.certificate.company == company
    assert list(Company.objects.visible_to(beto)) == [company]


# --- what is refused ----------------------------------------------------------------------------------------------


def test_the_same_certificate_twice_is_told_with_the_one_that_is_here(company, beto):
    pair = make_pair()
    kept = taken(beto, pair).certificate

    facts = refused(beto, pair, CertificateAlreadyHere, field="certificate")
    assert facts["certificate"] == kept.pk


def test_a_stranger_is_not_told_where_the_same_certificate_is(company, beto, carla):
    pair = make_pair()
    taken(beto, pair)

    assert "certificate" not in refused(carla, pair, CertificateAlreadyHere, field="certificate")


def test_a_company_that_one_may_not_see_is_answered_like_none(company, carla):
    for pair in (make_pair("npie"), make_pair("efirma")):
        facts = refused(carla, pair, NoCompany, field="certificate")
        assert facts["rfc"] == pairs.RFC


def test_the_certificate_of_another_company_is_refused_with_both_rfcs(company, beto):
    facts = refused(
        beto, make_pair("efirma", rfc="H&E951128469"), CertificateOfAnotherCompany, field="certificate", company=company
    )
    assert (facts["certificate_rfc"], facts["company_rfc"]) == ("H&E951128469", pairs.RFC)


def test_the_registro_patronal_of_another_company_is_refused(company, ana, beto):
    create_company(rfc="H&E951128469", name="Herrería", registros_patronales=["A0100001104"], by=ana)
    pair = make_pair("npie", registro_patronal="A0100001104")

    refused(beto, pair, RegistroOfAnotherCompany, field="certificate", company=company)
    refused(ana, pair, CertificateOfAnotherCompany, field="certificate")


def test_who_only_looks_brings_nothing(company, dalia):
    refused(dalia, make_pair(), NotPermitted, field=None)


def test_a_wrong_passphrase_is_told_at_its_field(company, beto):
    refused(beto, make_pair(), WrongPassphrase, field="passphrase", passphrase="otra")
    refused(beto, make_pair(), PassphraseMissing, field="passphrase", passphrase="")
    refused(
        beto, make_pair(), WrongPassphrase, field="passphrase", key=None, certificate=make_pair().pfx(), passphrase="x"
    )


def test_the_key_of_another_certificate_is_told_at_the_key(company, beto):
    refused(beto, make_pair(), KeyOfAnotherCertificate, field="key", key=make_pair().key_file)


@pytest.mark.parametrize("place", ["certificate", "key"])
@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", EmptyFile),
        (b"Estimado cliente:\n", UnrecognisedFile),
        (bytes(1_100_000), FileTooLarge),
        (asking_for_rounds(2**31), ExcessiveWork),
    ],
)
def test_bad_bytes_are_told_at_the_field_they_came_in(company, beto, place, data, refusal):
    refused(beto, make_pair(), refusal, field=place, **{"certificate": None, "key": None, place: data})


def test_a_truncated_file_is_told_at_the_field_it_came_in(company, beto):
    pair = make_pair()
    refused(beto, pair, DamagedFile, field="certificate", certificate=pair.certificate[:700])
    refused(beto, pair, DamagedFile, field="key", key=pair.key_file[:700])


def test_nothing_at_all_and_a_key_alone_are_told(company, beto):
    refused(beto, make_pair(), NothingGiven, field="certificate", certificate=None, key=None)
    refused(beto, make_pair(), CertificateMissing, field="certificate", certificate=None)


def test_two_files_of_one_sort_are_told_at_the_wrong_one(company, beto):
    one, other = make_pair(), make_pair()
    refused(beto, one, UnexpectedContent, field="key", key=other.certificate)
    refused(beto, one, UnexpectedContent, field="key", key=one.certificate)
    refused(beto, one, UnexpectedContent, field="certificate", certificate=other.key_file)
    refused(beto, one, PfxBringsItsKey, field="key", certificate=one.pfx())


def test_the_certificate_of_an_authority_is_nobodys(company, beto, sat_authority):
    alone = {"key": None, "passphrase": None, "certificate": sat_authority.certificate_der}
    refused(beto, make_pair(), AuthorityCertificate, field="certificate", **alone)
    refused(beto, make_pair(), AuthorityCertificate, field="certificate", company=company, **alone)


def test_a_certificate_that_names_nobody_needs_a_company(company, beto):
    pair = make_pair("unknown", rfc="", name="Sin datos")

    refused(beto, pair, CompanyUntold, field="certificate")
    assert taken(beto, pair, company=company).certificate.company == company
