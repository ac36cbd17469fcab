"""What do the pages about leads and absences promise?"""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from renewals.models import Company, Person, StandIn
from tests.factories import PASSWORD, company, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner(ana):
    client = Client()
    client.post(reverse("sign_in"), {"username": "ana", "password": PASSWORD})
    return client


def named(partner, somebody, other, *, first=0, last=2):
    today = timezone.localdate()
    days = {"from_on": today + timedelta(days=first), "until_on": today + timedelta(days=last)}
    return partner.post(reverse("person_absence", args=[somebody.pk]), {"stand_in": other.pk, **days}, follow=True)


def test_a_partner_names_a_stand_in_and_ends_it(partner, beto, carla):
    theirs = company(responsible=beto)
    page = named(partner, beto, carla).content.decode()
    assert "carla suple a beto esos días." in page
    assert list(Company.objects.visible_to(carla)) == [theirs]

    absence = StandIn.objects.get()
    assert reverse("absence_end", args=[absence.pk]) in page
    partner.post(reverse("absence_end", args=[absence.pk]))
    assert not Company.objects.visible_to(carla).exists()


def test_what_is_wrong_stands_beside_the_form_with_what_was_typed(partner, beto, carla):
    named(partner, beto, carla)
    page = named(partner, beto, person("eva")).content.decode()
    assert "carla ya suple a esta persona" in page
    assert f'<option value="{person("eva").pk}" selected>' in page
    assert "Revisa las fechas" in named(partner, beto, carla, first=9, last=3).content.decode()


def test_a_partner_names_a_lead_and_a_circle_is_explained(partner, beto, carla):
    address = reverse("person_lead", args=[beto.pk])
    partner.post(address, {"lead": carla.pk})
    assert Person.objects.get(pk=beto.pk).lead == carla
    refused = partner.post(reverse("person_lead", args=[carla.pk]), {"lead": beto.pk})
    assert "no puede ser líder de esta persona" in refused.content.decode()
    assert reverse("person_lead", args=[beto.pk]) in partner.get(reverse("person", args=[beto.pk])).content.decode()


def test_a_partners_page_offers_no_lead(partner, ana):
    assert reverse("person_lead", args=[ana.pk]) not in partner.get(reverse("person", args=[ana.pk])).content.decode()


def test_everybody_sees_who_is_away_and_the_company_says_who_answers(partner, beto, carla):
    theirs = company(responsible=beto)
    named(partner, beto, carla)
    named(partner, carla, person("eva"), first=5, last=9)
    browser = Client()
    browser.force_login(carla)
    listed = browser.get(reverse("admin:renewals_standin_changelist")).content.decode()
    assert listed.count("Próxima") == 1
    only_today = browser.get(reverse("admin:renewals_standin_changelist"), {"cuando": "hoy"}).content.decode()
    assert "Próxima" not in only_today
    assert "Suples a beto hasta el" in browser.get(reverse("admin:index")).content.decode()
    assert "Hoy suple carla" in browser.get(reverse("company", args=[theirs.pk])).content.decode()


def test_the_list_of_people_says_who_leads_and_who_stands_in(partner, beto, carla):
    Person.objects.filter(pk=beto.pk).update(lead=carla)
    named(partner, beto, carla)
    page = partner.get(reverse("admin:renewals_person_changelist"))
    row = next(one for one in page.context["cl"].result_list if one.pk == beto.pk)
    assert (row.lead, row.absent_today[0].stand_in) == (carla, carla)
