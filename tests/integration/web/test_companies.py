"""What do the pages of a company promise?"""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from renewals.clients.companies import create_company, state_of
from renewals.models import Bounce, Company, Delivery
from tests.factories import certificate
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db


def browser(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def company(beto):
    return create_company(
        rfc="EKU9003173C9", name="Escuela Ávila", responsible=beto, registros_patronales=["Y5400001102"], by=beto
    )


def filled(**changes):
    """A complete form of a company with one contact."""
    told = {
        "rfc": "EKU9003173C9",
        "name": "Escuela Ávila",
        "renewal_mailbox": "idse@cliente.example",
        "responsible": "",
        "registros_patronales": "Y54-00001-10-2\nA0100001104",
        "contacto-TOTAL_FORMS": "2",
        "contacto-INITIAL_FORMS": "0",
        "contacto-0-name": "Rosa",
        "contacto-0-email": "rosa@cliente.example",
        "contacto-1-name": "",
    }
    return told | changes


def errors(response):
    return {field: list(told) for field, told in response.context["form"].errors.items()}


def test_a_company_is_taken_on_with_its_numbers_and_contacts(beto):
    response = browser(beto).post(reverse("company_new"), filled(responsible=str(beto.pk)))

    company = Company.objects.get()
    assert response.headers["Location"] == reverse("company", args=[company.pk])
    assert company.responsible == beto
    assert [one.number for one in company.registros_patronales.all()] == ["A0100001104", "Y5400001102"]
    assert [(one.name, one.email) for one in company.contacts.all()] == [("Rosa", "rosa@cliente.example")]


def test_the_form_begins_with_what_a_certificate_said_and_goes_back_to_the_upload(beto):
    address = reverse("company_new") + "?rfc=EKU9003173C9&nombre=ESCUELA&registro=Y5400001102&despues=certificado"
    page = browser(beto).get(address)
    assert page.context["form"]["rfc"].value() == "EKU9003173C9"
    assert page.context["form"]["responsible"].value() == beto.pk

    response = browser(beto).post(address, filled())
    assert response.headers["Location"] == f"{reverse('certificate_upload')}?empresa={Company.objects.get().pk}"


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"rfc": "EKU"}, "rfc", "no tiene la forma de un RFC"),
        ({"rfc": ""}, "rfc", "obligatorio"),
        ({"name": " "}, "name", "obligatorio"),
        ({"registros_patronales": "12"}, "registros_patronales", "no tiene la forma de un registro patronal"),
        ({"renewal_mailbox": "nadie"}, "renewal_mailbox", "válid"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(beto, changes, field, words):
    response = browser(beto).post(reverse("company_new"), filled(**changes))

    assert words in errors(response)[field][0]
    assert not Company.objects.exists()


def test_what_belongs_to_another_company_is_said_without_naming_it(company, carla):
    response = browser(carla).post(reverse("company_new"), filled())
    assert "Ya hay una empresa" in errors(response)["rfc"][0]

    response = browser(carla).post(reverse("company_new"), filled(rfc="H&E951128469"))
    assert "ya es de otra empresa" in errors(response)["registros_patronales"][0]
    assert "Ávila" not in response.content.decode().replace(filled()["name"], "")


def test_odd_check_digits_are_shown_once_and_kept_on_a_second_word(beto):
    odd = filled(rfc="EKU9003173C8", registros_patronales="A1234567890")
    response = browser(beto).post(reverse("company_new"), odd)
    assert response.context["doubts"] != []
    assert "EKU9003173C8" in response.content.decode()
    assert not Company.objects.exists()

    browser(beto).post(reverse("company_new"), odd | {"confirmed": "on"})
    assert Company.objects.get().rfc == "EKU9003173C8"


def test_a_contact_that_can_be_reached_has_a_name(beto):
    response = browser(beto).post(reverse("company_new"), filled(**{"contacto-1-email": "eva@cliente.example"}))

    assert "Escribe el nombre del contacto." in response.content.decode()
    assert not Company.objects.exists()


def test_data_are_changed_and_a_contact_without_a_name_goes(company, beto):
    page = browser(beto).get(reverse("company_edit", args=[company.pk]))
    assert page.context["form"]["registros_patronales"].value() == "Y5400001102"

    told = filled(seen=state_of(company), name="Escuela Nueva", **{"contacto-0-name": "", "contacto-0-email": ""})
    response = browser(beto).post(reverse("company_edit", args=[company.pk]), told)
    assert response.status_code == 302
    company.refresh_from_db()
    assert company.name == "Escuela Nueva"
    assert not company.contacts.exists()
    assert company.responsible == beto, "staff do not change who answers for a company"


def test_a_partner_changes_who_answers(company, ana, carla):
    browser(ana).post(
        reverse("company_edit", args=[company.pk]), filled(seen=state_of(company), responsible=str(carla.pk))
    )

    company.refresh_from_db()
    assert company.responsible == carla


def test_somebody_who_left_stays_named_until_a_partner_changes_it(company, ana, beto, carla):
    browser(ana).post(reverse("company_assign", args=[company.pk]), {"person": carla.pk})
    beto.is_active = False
    beto.save(update_fields=["is_active"])
    response = browser(carla).post(
        reverse("company_edit", args=[company.pk]), filled(seen=state_of(company), name="Otra")
    )

    assert response.status_code == 302
    company.refresh_from_db()
    assert (company.name, company.responsible) == ("Otra", beto)


def test_a_form_that_a_colleague_overtook_is_kept_and_says_what_stands_there_now(company, ana, beto):
    edit = reverse("company_edit", args=[company.pk])
    seen = browser(beto).get(edit).context["form"]["seen"].value()
    theirs = filled(seen=seen, name="Escuela de Ana", responsible=str(beto.pk), registros_patronales="Y5400001102")
    assert browser(ana).post(edit, theirs).status_code == 302

    response = browser(beto).post(edit, filled(seen=seen, name="Escuela de Beto", renewal_mailbox=""))
    page = response.content.decode()
    assert "ana" in errors(response)["__all__"][0]
    assert errors(response)["name"] == ["Ahora dice: Escuela de Ana"]
    assert errors(response)["renewal_mailbox"] == ["Ahora dice: idse@cliente.example"]
    assert "rfc" not in errors(response)
    assert 'value="Escuela de Beto"' in page
    company.refresh_from_db()
    assert company.name == "Escuela de Ana"

    again = filled(seen=response.context["form"]["seen"].value(), name="Escuela de Beto")
    assert browser(beto).post(edit, again).status_code == 302
    company.refresh_from_db()
    assert company.name == "Escuela de Beto"


def test_contacts_that_a_colleague_changed_are_named(company, ana, beto):
    edit = reverse("company_edit", args=[company.pk])
    seen = browser(beto).get(edit).context["form"]["seen"].value()
    assert browser(ana).post(edit, filled(seen=seen, responsible=str(beto.pk))).status_code == 302

    response = browser(beto).post(edit, filled(seen=seen, **{"contacto-0-name": "Eva"}))
    assert "Contactos que hay ahora: Rosa, rosa@cliente.example" in errors(response)["__all__"]


def test_a_contact_who_shall_be_told_needs_an_address_and_the_page_says_who_is_told(company, beto):
    edit, page = reverse("company_edit", args=[company.pk]), reverse("company", args=[company.pk])
    told = filled(seen=state_of(company), **{"contacto-0-gets_notices": "on"})
    refused = browser(beto).post(edit, told | {"contacto-0-email": ""})
    assert "Escribe el correo al que se le avisa." in refused.content.decode()
    assert browser(beto).post(edit, told).status_code == 302
    assert "Recibe avisos" in browser(beto).get(page).content.decode()
    kept = browser(beto).get(edit).context["contacts"][0]["gets_notices"]
    assert kept.value() is True

    message = Delivery.objects.create(
        day=timezone.localdate(), purpose="client", address="Rosa@cliente.example", next_try_at=timezone.now()
    )
    Delivery.objects.update(state="failed", failure_code="came_back")
    Bounce.objects.create(
        delivery=message, address=message.address, is_permanent=True, source="mailbox", reported_at=timezone.now()
    )
    # Until the worker has acted on it, it is somebody's word.
    assert "Su correo regresa" not in browser(beto).get(page).content.decode()
    Bounce.objects.update(acted_at=timezone.now())
    assert "Su correo regresa" in browser(beto).get(page).content.decode()


def test_the_page_shows_lights_days_and_the_way_on(company, beto):
    soon = certificate(company, make_pair(not_after=datetime.now(UTC) + timedelta(days=20)))
    later = certificate(company, make_pair("csd"))
    page = browser(beto).get(reverse("company", args=[company.pk])).content.decode()

    assert "Escuela Ávila" in page
    assert '<span class="chip amber">Pronto</span>' in page
    assert '<span class="chip green">Vigente</span>' in page
    assert "Vence en 20 días" in page
    assert reverse("certificate", args=[later.pk]) in page
    assert reverse("renewal_start", args=[soon.pk]) in page
    assert reverse("renewal_start", args=[later.pk]) not in page, "nothing presses"
    assert "Dio de alta la empresa" in page


def test_the_number_of_questions_does_not_grow_with_the_certificates(company, beto, django_assert_max_num_queries):
    for number in range(6):
        certificate(company, make_pair("csd", branch=str(number)))
    client = browser(beto)
    with django_assert_max_num_queries(21):
        client.get(reverse("company", args=[company.pk]))


def test_each_person_is_let_do_what_is_theirs(company, ana, beto, carla, dalia):
    page, edit = reverse("company", args=[company.pk]), reverse("company_edit", args=[company.pk])
    assert [browser(one).get(page).status_code for one in (ana, beto, carla, dalia)] == [200, 200, 404, 200]
    assert [browser(one).get(edit).status_code for one in (ana, beto, carla, dalia)] == [200, 200, 404, 403]
    new = reverse("company_new")
    assert [browser(one).get(new).status_code for one in (ana, beto, carla, dalia)] == [200, 200, 200, 403]
    looks = browser(dalia).get(page).content.decode()
    assert edit not in looks
    assert "Asignar" not in looks


def test_no_browser_or_proxy_keeps_a_page_of_somebody_who_is_signed_in(company, beto):
    for name in ("admin:renewals_company_changelist", "company_new", "company", "company_edit"):
        arguments = [company.pk] if name in {"company", "company_edit"} else []
        answer = browser(beto).get(reverse(name, args=arguments))
        assert answer.status_code == 200
        assert {"no-store", "private"} <= set(answer.headers["Cache-Control"].split(", ")), name


def test_only_a_partner_assigns_people(company, ana, beto, carla, dalia):
    address = reverse("company_assign", args=[company.pk])
    statuses = [browser(one).post(address, {"person": carla.pk}).status_code for one in (beto, carla, dalia)]
    assert statuses == [403, 404, 403]

    assert browser(ana).post(address, {"person": carla.pk}).status_code == 302
    assert browser(carla).get(reverse("company", args=[company.pk])).status_code == 200

    away = reverse("company_unassign", args=[company.pk, carla.pk])
    assert browser(beto).post(away).status_code == 403
    assert browser(ana).get(away).status_code == 405
    assert browser(ana).post(away).status_code == 302
    assert browser(carla).get(reverse("company", args=[company.pk])).status_code == 404


def test_what_an_edit_may_not_change_is_said_at_its_field(company, beto):
    certificate(company, make_pair())
    response = browser(beto).post(
        reverse("company_edit", args=[company.pk]), filled(seen=state_of(company), rfc="H&E951128469")
    )

    assert "El RFC no se puede cambiar" in errors(response)["rfc"][0]
    assert "Escuela Ávila" in response.content.decode()


def test_who_only_looks_cannot_be_assigned(company, ana, dalia):
    response = browser(ana).post(reverse("company_assign", args=[company.pk]), {"person": dalia.pk})

    assert response.status_code == 200
    assert response.context["assign_form"].errors
