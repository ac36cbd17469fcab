"""Do partners see what will be sent, as it will look, and nobody else?"""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from renewals.models import Contact, Delivery
from tests.factories import company
from tests.watching import watched

pytestmark = pytest.mark.django_db

#: A Tuesday before eight in the morning.
MOMENT = "2026-03-03T12:00:00Z"


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(MOMENT)


@pytest.fixture
def partner(ana):
    client = Client()
    client.force_login(ana)
    return client


def page(client, day=None):
    return client.get(reverse("mail_preview"), query_params={"dia": day} if day else {})


def test_the_day_lists_every_message_with_its_reader_and_leads_to_how_it_looks(partner, beto):
    ours = company(responsible=beto)
    contact = Contact.objects.create(company=ours, name="Laura", email="laura@cliente.example", gets_notices=True)
    row = watched(ours, expires_on=timezone.localdate() + timedelta(days=15))
    shown = page(partner).content.decode()
    for words in ("beto@despacho.example", "laura@cliente.example", ours.name, "Correo del día", "Al cliente"):
        assert words in shown
    for name in (f"digest-person-{beto.pk}", f"client-contact-{contact.pk}"):
        address = reverse("mail_preview_message", args=["2026-03-03", name])
        assert address in shown
        message = partner.get(address)
        assert row.serial in message.content.decode()
        assert 'sandbox=""' in message.content.decode()
        assert "script-src 'self';" in message.headers["Content-Security-Policy"]
    assert not Delivery.objects.exists()


def test_a_critical_message_has_a_page_for_each_certificate(partner, beto):
    ours = company(responsible=beto)
    for _ in range(2):
        row = watched(ours, expires_on=timezone.localdate())
        address = reverse("mail_preview_message", args=["2026-03-03", f"critical-person-{beto.pk}-{row.pk}"])
        assert row.serial in partner.get(address).content.decode()


def test_a_day_off_shows_only_what_is_urgent(partner, beto):
    watched(company(responsible=beto), expires_on=timezone.localdate() + timedelta(days=6))
    shown = page(partner, "2026-03-08").content.decode()
    assert "Ese día el despacho no trabaja" in shown
    assert "Urgente, a cualquier hora" in shown
    assert "Correo del día" not in shown


@pytest.mark.parametrize(("day", "words"), [("2026-03-02", "Ese día ya pasó"), ("2027-03-05", "Solo se puede ver")])
def test_a_day_that_cannot_be_looked_at_says_why(partner, day, words):
    answer = page(partner, day)
    assert answer.status_code == 400
    assert words in answer.content.decode()


@pytest.mark.parametrize("name", ["digest-person-0", "critical-person-1-1", "x"])
def test_a_message_that_is_not_to_come_is_not_found(partner, name):
    assert partner.get(reverse("mail_preview_message", args=["2026-03-03", name])).status_code == 404
    assert partner.get(reverse("mail_preview_message", args=["ayer", name])).status_code == 404


def test_markup_in_a_mail_stays_in_its_frame(partner, beto):
    watched(company(name='"><b>Peña</b>', responsible=beto), expires_on=timezone.localdate() + timedelta(days=15))
    shown = partner.get(reverse("mail_preview_message", args=["2026-03-03", f"digest-person-{beto.pk}"]))
    assert "<b>Peña" not in shown.content.decode()
    # Escaped once as a name in the mail, and once more as the content of the frame.
    assert "&amp;lt;b&amp;gt;Peña" in shown.content.decode()
