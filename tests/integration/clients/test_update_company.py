"""What may change about a company, by whom, and what is written down?"""

from datetime import UTC, datetime

import pytest

from renewals import audit
from renewals.clients.companies import ContactFacts, create_company, state_of, update_company
from renewals.errors import CompanyChanged, CompanyExists, NotPermitted, RegistroPatronalIsInUse, RfcIsInUse
from renewals.models import Certificate, Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(beto):
    return create_company(
        rfc="EKU9003173C9",
        name="Escuela",
        responsible=beto,
        contacts=[ContactFacts(name="Rosa"), ContactFacts(name="Luis")],
        registros_patronales=["Y540000110"],
        renewal_mailbox="idse@cliente.example",
        by=beto,
    )


def changed(company, by, **changes):
    told = {
        "rfc": company.rfc,
        "name": company.name,
        "responsible": company.responsible,
        "contacts": [ContactFacts(name="Rosa"), ContactFacts(name="Luis")],
        "registros_patronales": ["Y540000110"],
        "renewal_mailbox": company.renewal_mailbox,
        "region": company.region,
        "seen": state_of(company),
    }
    return update_company(company=company, by=by, **(told | changes))


def certificate_of(company):
    moment = datetime(2027, 1, 1, tzinfo=UTC)
    return Certificate.objects.create(
        company=company,
        kind="npie",
        serial="1",
        not_before=moment,
        not_after=moment,
        expires_on=moment.date(),
        deadline_on=moment.date(),
        key_bits=2048,
        sha256="a" * 64,
        public_key_sha256="b" * 64,
        der=b"",
    )


def test_nothing_changed_writes_nothing(company, beto):
    changed(company, beto)

    assert [event.name for event in audit.history_of_company(company)] == ["company.created"]


def test_what_changed_is_written_down_with_what_stood_there_before(company, beto):
    changed(company, beto, name="Escuela Ávila")

    event = audit.history_of_company(company)[0]
    assert event.name == "company.changed"
    assert event.facts == {"name_before": "Escuela", "name": "Escuela Ávila"}
    assert list(Company.objects.matching("AVILA")) == [company]


def test_a_new_mailbox_has_to_be_proved_again(company, beto):
    Company.objects.update(mailbox_proved_at=datetime(2026, 1, 1, tzinfo=UTC))
    company.refresh_from_db()
    changed(company, beto, name="Otra")
    company.refresh_from_db()
    assert company.mailbox_proved_at is not None

    changed(company, beto, renewal_mailbox="otro@cliente.example")
    company.refresh_from_db()
    assert company.mailbox_proved_at is None


def test_contacts_that_stay_keep_their_row(company, beto):
    before = dict(company.contacts.values_list("name", "pk"))
    changed(company, beto, contacts=[ContactFacts(name="Rosa"), ContactFacts(name="Eva")])

    after = dict(company.contacts.values_list("name", "pk"))
    assert after.keys() == {"Rosa", "Eva"}
    assert after["Rosa"] == before["Rosa"]


def test_a_contact_is_told_only_once_somebody_says_so_and_keeps_its_row(company, beto):
    before = dict(company.contacts.values_list("name", "pk"))
    assert not company.contacts.who_get_notices().exists()
    changed(company, beto, contacts=[ContactFacts(name="Rosa", gets_notices=True), ContactFacts(name="Luis")])

    assert list(company.contacts.who_get_notices().values_list("name", "pk")) == [("Rosa", before["Rosa"])]
    assert audit.history_of_company(company)[0].facts == {"contacts": 1, "notices_to": "Rosa"}
    changed(company, beto)
    assert not company.contacts.who_get_notices().exists()
    assert audit.history_of_company(company)[0].facts == {"contacts": 1, "notices_to": ""}


def test_the_state_whose_holidays_count_is_kept_with_the_company(company, beto):
    changed(company, beto, region="JAL")
    company.refresh_from_db()
    assert company.region == "JAL"
    assert audit.history_of_company(company)[0].facts == {"region_before": "", "region": "JAL"}


def test_the_check_digit_of_a_registro_patronal_can_be_added(company, beto):
    before = company.registros_patronales.get().pk
    changed(company, beto, registros_patronales=["Y5400001102"])

    registro = company.registros_patronales.get()
    assert (registro.pk, registro.number) == (before, "Y5400001102")


def test_a_registro_patronal_that_a_certificate_names_stays(company, beto):
    certificate_of(company).registros_patronales.add(company.registros_patronales.get())

    with pytest.raises(RegistroPatronalIsInUse):
        changed(company, beto, registros_patronales=[], name="Otra")
    company.refresh_from_db()
    assert company.name == "Escuela"
    assert company.registros_patronales.count() == 1


def test_a_mistyped_rfc_can_be_mended_until_there_is_a_certificate(company, beto):
    changed(company, beto, rfc="H&E951128469")
    certificate_of(company)

    with pytest.raises(RfcIsInUse):
        changed(company, beto, rfc="EKU9003173C9")
    company.refresh_from_db()
    assert company.rfc == "H&E951128469"


def test_the_rfc_of_another_company_is_refused(company, ana, beto):
    create_company(rfc="H&E951128469", name="Herrería", by=ana)

    with pytest.raises(CompanyExists):
        changed(company, beto, rfc="H&E951128469")


def test_only_a_partner_gives_a_company_to_somebody_else(company, ana, beto, carla):
    with pytest.raises(NotPermitted):
        changed(company, beto, responsible=carla)

    changed(company, ana, responsible=carla)
    company.refresh_from_db()
    assert company.responsible == carla


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"name": "Escuela Ávila"},
        {"renewal_mailbox": "otro@cliente.example"},
        {"contacts": [ContactFacts(name="Eva")]},
        {"registros_patronales": []},
        {"responsible": None},
    ],
)
def test_what_a_colleague_changed_meanwhile_is_not_undone(company, ana, beto, meanwhile):
    seen, before = state_of(company), Company.objects.get(pk=company.pk)
    changed(Company.objects.get(pk=company.pk), ana, **meanwhile)
    left = state_of(company)

    with pytest.raises(CompanyChanged) as refused:
        changed(before, beto, seen=seen, name="Escuela Beto")
    assert refused.value.facts == {"who": "ana"}
    assert state_of(company) == left


def test_a_second_sending_of_the_same_form_is_told_and_changes_nothing(company, beto):
    seen = state_of(company)
    changed(company, beto, seen=seen, name="Otra")
    with pytest.raises(CompanyChanged):
        changed(company, beto, seen=seen, name="Otra")


def test_an_auditor_changes_nothing(company, dalia):
    with pytest.raises(NotPermitted):
        changed(company, dalia, name="Otra")
