"""Does the page of the calendar show the law and the firm's own days, and let partners keep them?"""

import pytest
from django.test import Client
from django.urls import reverse

from renewals.models import CalendarDay

SENT = {"day": "2026-09-15", "opens": "no", "authority": "imss", "region": "OAX", "source": "Contrato colectivo"}


def page_of(person, *, year="2026"):
    client = Client()
    client.force_login(person)
    return client.get(reverse("calendar"), {"anio": year}).content.decode()


@pytest.fixture
def as_ana(ana):
    client = Client()
    client.force_login(ana)
    return client


def test_the_page_shows_the_days_of_the_law_by_name(beto):
    page = page_of(beto)
    assert "Miércoles 16 de septiembre" in page
    assert "Día de la Independencia (Ley Federal del Trabajo)" in page
    assert "Código Fiscal de la Federación, artículo 12" in page


def test_a_partner_writes_a_day_down_and_removes_it(as_ana, beto):
    page = as_ana.post(reverse("calendar_day_add"), SENT, follow=True).content.decode()
    assert "Se anotó el 15 de septiembre de 2026." in page
    made = CalendarDay.objects.get()
    assert (made.authority, made.region, made.is_open) == ("imss", "OAX", False)
    shown = page_of(beto)
    assert "Oaxaca" in shown
    assert "Contrato colectivo" in shown
    assert "Contrato colectivo" not in page_of(beto, year="2027")
    as_ana.post(reverse("calendar_day_remove", args=[made.pk]))
    assert not CalendarDay.objects.exists()
    again = as_ana.post(reverse("calendar_day_remove", args=[made.pk]), follow=True).content.decode()
    assert "Alguien más ya quitó ese día" in again


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"day": "2026-09-16"}, "Ese día ya es así por ley"),
        ({"authority": "firm"}, "deja el estado en blanco"),
        ({"day": "0026-09-15"}, "Revisa el año."),
        ({"source": "  "}, "Este campo es obligatorio."),
    ],
)
def test_what_is_refused_is_said_at_its_field_and_nothing_is_kept(sent, said, as_ana):
    page = as_ana.post(reverse("calendar_day_add"), SENT | sent).content.decode()
    assert said in page
    assert "Contrato colectivo" in page or "source" in sent
    assert not CalendarDay.objects.exists()


@pytest.mark.parametrize("year", ["", "1999", "2101", "-1", "²⁰²⁶", "9" * 30])
def test_a_year_that_no_list_shows_is_this_one(year, beto, time_machine):
    time_machine.move_to("2026-11-23T18:00:00Z")
    assert "Días inhábiles de 2026" in page_of(beto, year=year)
