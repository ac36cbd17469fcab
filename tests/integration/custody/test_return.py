"""Files that went out are asked about until the person says that they are gone from their computer."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from renewals import audit
from renewals.audit import Machine
from renewals.custody.returning import confirm_removed, still_out
from renewals.errors import NotVisible
from renewals.models import Checkout, CheckoutState, Delivery, Person
from renewals.models.checkout import What
from renewals.notices.digest import assemble
from renewals.notices.round import sweep
from tests import factories
from tests.watching import at, watched

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 3)
BY = Machine("sweep")


@pytest.fixture
def company(beto):
    return factories.company(responsible=beto)


def downloaded(company, person: Person, *, taken_at: datetime | None = None, **fields) -> Checkout:
    """A checkout whose files the person has."""
    when = taken_at or timezone.now()
    row = {
        "company": company,
        "what": What.CERTIFICATE_PAIR,
        "person": person,
        "reason": "Entrar a IDSE",
        "state": CheckoutState.TAKEN,
        "asked_at": when,
        "taken_at": when,
        "expires_at": when + timedelta(minutes=10),
    }
    return Checkout.objects.create(**row | fields)


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_what_was_downloaded_is_out_until_the_person_says_it_is_gone(company, beto):
    first = downloaded(company, beto, taken_at=timezone.now() - timedelta(days=1))
    second = downloaded(company, beto)
    assert list(still_out(beto)) == [first, second]
    now = timezone.now()
    confirm_removed(checkout=first, person=beto, now=now)
    confirm_removed(checkout=first, person=beto, now=now + timedelta(hours=1))
    first.refresh_from_db()
    assert first.removed_at == now
    assert list(still_out(beto)) == [second]
    assert [event.name for event in audit.history_of(first)] == ["checkout.removed"]


@pytest.mark.parametrize(
    "fields", [{"state": CheckoutState.READY}, {"state": CheckoutState.EXPIRED}, {"what": What.NEW_PASSPHRASE}]
)
def test_what_was_never_downloaded_need_not_be_removed(company, beto, fields):
    row = downloaded(company, beto, **fields)
    assert not still_out(beto).exists()
    confirm_removed(checkout=row, person=beto, now=timezone.now())
    assert Checkout.objects.get().removed_at is None
    assert not audit.history_of(row).exists()


def test_nobody_answers_for_somebody_else(company, beto, ana):
    row = downloaded(company, beto)
    with pytest.raises(NotVisible):
        confirm_removed(checkout=row, person=ana, now=timezone.now())
    assert signed_in(ana).post(reverse("checkout_removed", args=[row.pk])).status_code == 404
    assert Checkout.objects.get().removed_at is None


def test_the_pages_ask_and_take_the_answer(company, beto):
    client = signed_in(beto)
    rows = [downloaded(company, beto), downloaded(company, beto)]
    assert "¿Ya borraste de tu computadora los archivos de tus 2 descargas?" in text_of(client, reverse("admin:index"))
    listed = text_of(client, reverse("checkouts_out"))
    assert listed.count("Ya los borré") == 2
    answers = [client.post(reverse("checkout_removed", args=[row.pk])) for row in rows]
    assert {answer.headers["Location"] for answer in answers} == {reverse("checkouts_out")}
    assert "ya no están en tu computadora" in text_of(client, reverse("checkout", args=[rows[0].pk]))
    assert "No tienes archivos por borrar" in text_of(client, reverse("checkouts_out"))
    assert "¿Ya borraste" not in text_of(client, reverse("admin:index"))


def text_of(client: Client, address: str) -> str:
    return str(client.get(address).content.decode())


def test_the_list_shows_whose_computers_still_hold_files(company, beto, ana):
    out = downloaded(company, beto, reason="todavía afuera")
    gone = downloaded(company, beto, reason="ya borrado", removed_at=timezone.now())
    text = text_of(signed_in(ana), reverse("admin:renewals_checkout_changelist") + "?por-borrar=si")
    assert out.reason in text
    assert gone.reason not in text


def morning(day: date = TODAY) -> list[Delivery]:
    known = set(Delivery.objects.values_list("pk", flat=True))
    sweep(now=at(day, 8), by=BY)
    return list(Delivery.objects.exclude(pk__in=known).order_by("person__username"))


def test_the_mail_of_the_day_asks_until_the_answer_comes(company, beto):
    row = downloaded(company, beto, taken_at=at(TODAY - timedelta(days=1), 17))
    (message,) = morning()
    assert (message.person, message.subject) == (beto, "¿Ya borraste los archivos de llave que descargaste?")
    for copy in (message.text, message.html):
        assert company.name in copy
        assert reverse("checkouts_out") in copy
        assert "2 de marzo, 17:00" in copy
        assert "certificados necesitan" not in copy
    assert not morning()
    (again,) = morning(TODAY + timedelta(days=1))
    assert again.person == beto
    confirm_removed(checkout=row, person=beto, now=timezone.now())
    assert not morning(TODAY + timedelta(days=2))


def test_whoever_gets_a_message_anyway_is_asked_in_the_same(company, beto):
    watched(company, expires_on=TODAY + timedelta(days=7))
    downloaded(company, beto, taken_at=at(TODAY - timedelta(days=1), 17))
    (message,) = morning()
    assert "vence" in message.subject
    assert "¿YA BORRASTE ESTOS ARCHIVOS DE TU COMPUTADORA?" in message.text
    assert "¿Ya borraste estos archivos de tu computadora?" in message.html


def test_who_works_with_the_files_today_is_left_in_peace(company, beto):
    downloaded(company, beto, taken_at=at(TODAY, 7))
    assert not morning()


@pytest.mark.parametrize("fields", [{"is_active": False}, {"email": ""}])
def test_who_left_or_cannot_be_reached_is_not_written_to(company, beto, fields):
    Person.objects.filter(pk=beto.pk).update(**fields)
    downloaded(company, beto, taken_at=at(TODAY - timedelta(days=1), 17))
    assert not morning()


def test_two_assemblies_at_once_ask_once(company, beto):
    downloaded(company, beto, taken_at=at(TODAY - timedelta(days=1), 17))
    assert assemble(now=at(TODAY, 8), by=BY).deliveries == 1
    assert assemble(now=at(TODAY, 8), by=BY).deliveries == 0
    assert Delivery.objects.count() == 1


def test_who_lost_the_company_can_still_say_that_the_files_are_gone(company, beto, carla):
    checkout = downloaded(company, beto)
    company.responsible = carla
    company.save(update_fields=["responsible"])
    page = signed_in(beto).get(reverse("checkouts_out"))
    assert company.name in page.content.decode()
    answer = signed_in(beto).post(reverse("checkout_removed", args=[checkout.pk]))
    assert answer.status_code == 302
    checkout.refresh_from_db()
    assert checkout.removed_at is not None


def test_partners_answer_for_the_files_of_somebody_who_left(company, ana, beto, carla):
    checkout = downloaded(company, beto)
    assert signed_in(ana).post(reverse("checkout_removed", args=[checkout.pk])).status_code == 404
    Person.objects.filter(pk=beto.pk).update(is_active=False)
    assert list(still_out(ana)) == [checkout]
    assert "que ya no tiene acceso" in signed_in(ana).get(reverse("checkouts_out")).content.decode()
    assert signed_in(carla).post(reverse("checkout_removed", args=[checkout.pk])).status_code == 404
    assert signed_in(ana).post(reverse("checkout_removed", args=[checkout.pk])).status_code == 302
    assert not still_out(ana).exists()
