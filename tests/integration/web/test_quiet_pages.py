"""Can a person make a certificate quiet where they see it, and see everywhere that it is?"""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from renewals.models import Certificate, Silence
from tests.factories import company
from tests.integration.desk.rows import listed


def in_days(days):
    return timezone.localdate() + timedelta(days=days)


def in_words(day):
    return date_format(day, r"j \d\e F \d\e Y")


@pytest.fixture
def certificate(beto):
    return listed(company(responsible=beto), days=30)


@pytest.fixture
def as_beto(beto):
    client = Client()
    client.force_login(beto)
    return client


@pytest.fixture
def send(as_beto, certificate):
    def to(name, *, days=7, reason="La clienta está de viaje"):
        sent = {"until_on": in_days(days).isoformat(), "reason": reason}
        return as_beto.post(reverse(name, args=[certificate.pk]), sent, follow=True).content.decode()

    return to


def test_the_page_says_what_is_allowed_before_anybody_asks(as_beto, certificate):
    page = as_beto.get(reverse("certificate_quiet", args=[certificate.pk])).content.decode()
    assert f"Del {in_words(in_days(1))} al {in_words(in_days(29))}." in page
    assert f"Del {in_words(in_days(1))} al {in_words(in_days(30))}." in page


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "El plazo es hoy"), (1, "ya no se puede posponer"), (-5, f"Del {in_words(in_days(1))} al")],
)
def test_the_page_says_what_is_not_allowed_any_more(days, said, as_beto, certificate):
    Certificate.objects.filter(pk=certificate.pk).update(deadline_on=in_days(days))
    assert said in as_beto.get(reverse("certificate_quiet", args=[certificate.pk])).content.decode()


@pytest.mark.parametrize(
    ("name", "kind"),
    [("certificate_snooze", "Pospuesto"), ("certificate_waive", "El cliente lo renueva por su cuenta")],
)
def test_a_silence_is_shown_on_its_certificate_with_its_reason_and_ended_there(name, kind, send, as_beto, certificate):
    page = send(name)
    assert f"{kind}: no se avisa hasta el {in_words(in_days(7))}" in page
    assert "«La clienta está de viaje»" in page
    assert f"hasta el {in_words(in_days(7))}, «La clienta está de viaje»" in page.partition('id="history"')[2]
    page = as_beto.post(reverse("certificate_tell_again", args=[certificate.pk]), follow=True).content.decode()
    assert "Se vuelve a avisar de este certificado desde ahora." in page
    assert "La clienta está de viaje»" not in page.partition('id="history"')[0]
    assert Silence.objects.get().ended_at is not None


@pytest.mark.parametrize(("name", "days"), [("certificate_snooze", 30), ("certificate_waive", 31)])
def test_a_day_that_is_not_allowed_is_refused_at_its_field(name, days, send):
    assert f"Elige un día entre el {in_words(in_days(1))} y el {in_words(in_days(days - 1))}." in send(name, days=days)
    assert not Silence.objects.exists()


def test_who_comes_second_is_told_how_it_stands(send):
    send("certificate_snooze")
    page = send("certificate_waive")
    assert "Alguien más ya detuvo los avisos" in page
    assert Silence.objects.get().kind == "snooze"


def test_lists_show_who_is_quiet(send, as_beto, certificate, beto):
    loud = listed(certificate.company, days=40)
    send("certificate_snooze")
    listing = reverse("admin:renewals_certificate_changelist")
    page = as_beto.get(listing).content.decode()
    assert page.count("Avisos en pausa") == 1
    narrowed = as_beto.get(listing, {"avisos": "en-pausa"}).context_data["cl"].result_list
    assert [one.pk for one in narrowed] == [certificate.pk]
    assert loud.pk != certificate.pk
    theirs = as_beto.get(reverse("company", args=[certificate.company_id])).content.decode()
    assert theirs.count("no se avisa hasta el") == 1
