"""What does the firm promise when it takes on a company?"""

import pytest
from django.db import transaction

from renewals import audit
from renewals.audit import Machine
from renewals.clients.companies import ContactFacts, create_company
from renewals.errors import (
    CannotBeResponsible,
    CompanyExists,
    CompanyNameMissing,
    NotAnRfc,
    NotARegistroPatronal,
    NotPermitted,
    RegistroPatronalTaken,
)
from renewals.models import Assignment, Company, Contact, RegistroPatronal

pytestmark = pytest.mark.django_db


def test_a_company_is_kept_with_everything_that_was_told(ana, beto):
    company = create_company(
        rfc=" eku-9003173c9 ",
        name="  Escuela  Kemper Urgate ",
        responsible=beto,
        contacts=[ContactFacts(name="Rosa", email="rosa@cliente.example", phone="55 1234")],
        registros_patronales=["Y54-00001-10-2", ""],
        renewal_mailbox="idse@cliente.example",
        by=ana,
    )

    company.refresh_from_db()
    assert (company.rfc, company.name) == ("EKU9003173C9", "Escuela Kemper Urgate")
    assert company.responsible == beto
    assert list(company.contacts.values_list("name", "email")) == [("Rosa", "rosa@cliente.example")]
    assert list(company.registros_patronales.values_list("number", "number_10")) == [("Y5400001102", "Y540000110")]
    assert [event.name for event in audit.history_of_company(company)] == ["company.created"]


def test_a_name_with_accents_is_found_without_them(ana):
    company = create_company(rfc="EKU9003173C9", name="Compañía Ávila", by=ana)

    assert list(Company.objects.matching("compania  avila")) == [company]
    assert list(Company.objects.matching("eku90")) == [company]
    assert not Company.objects.matching("otra").exists()


def test_staff_are_assigned_to_the_company_they_take_on(beto, carla):
    company = create_company(rfc="EKU9003173C9", name="Escuela", by=beto)

    assert list(Company.objects.visible_to(beto)) == [company]
    assert not Company.objects.visible_to(carla).exists()


def test_a_partner_needs_no_assignment(ana):
    create_company(rfc="EKU9003173C9", name="Escuela", by=ana)

    assert not Assignment.objects.exists()


def test_an_auditor_takes_on_nothing(dalia):
    with pytest.raises(NotPermitted):
        create_company(rfc="EKU9003173C9", name="Escuela", by=dalia)
    assert not Company.objects.exists()


def test_an_rfc_with_a_wrong_check_digit_is_taken(ana):
    assert create_company(rfc="EKU9003173C8", name="Escuela", by=ana).rfc == "EKU9003173C8"


@pytest.mark.parametrize("rfc", ["", "EKU", "EKU9003173C9X9", "EKU9013993C9", "<script>"])
def test_what_is_no_rfc_is_refused(ana, rfc):
    with pytest.raises(NotAnRfc):
        create_company(rfc=rfc, name="Escuela", by=ana)


def test_a_company_without_a_name_is_refused(ana):
    with pytest.raises(CompanyNameMissing):
        create_company(rfc="EKU9003173C9", name="   ", by=ana)


def test_the_second_company_of_an_rfc_is_refused(ana, beto):
    create_company(rfc="EKU9003173C9", name="Escuela", by=ana)

    with pytest.raises(CompanyExists):
        create_company(rfc="eku9003173c9", name="Otra", by=beto)
    assert Company.objects.count() == 1


def test_who_only_looks_cannot_answer_for_a_company(ana, dalia):
    with pytest.raises(CannotBeResponsible):
        create_company(rfc="EKU9003173C9", name="Escuela", responsible=dalia, by=ana)


def test_a_registro_patronal_belongs_to_one_company_and_nothing_is_kept_of_the_second(ana):
    create_company(rfc="EKU9003173C9", name="Escuela", registros_patronales=["Y5400001102"], by=ana)

    with pytest.raises(RegistroPatronalTaken) as caught:
        create_company(
            rfc="H&E951128469",
            name="Herrería",
            contacts=[ContactFacts(name="Rosa")],
            registros_patronales=["A0100001104", "Y540000110"],
            by=ana,
        )
    assert caught.value.facts == {"number": "Y540000110"}
    assert Company.objects.count() == 1
    assert RegistroPatronal.objects.count() == 1
    assert not Contact.objects.exists()


def test_what_is_no_registro_patronal_is_refused(ana):
    with pytest.raises(NotARegistroPatronal):
        create_company(rfc="EKU9003173C9", name="Escuela", registros_patronales=["12"], by=ana)
    assert not Company.objects.exists()


def test_the_machine_takes_on_companies_too(db):
    company = create_company(rfc="EKU9003173C9", name="Escuela", by=Machine("import_files"))

    with transaction.atomic():
        assert audit.history_of(company).get().actor == "machine:import_files"
