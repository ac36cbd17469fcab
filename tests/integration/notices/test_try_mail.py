"""Somebody sees for themselves that mail arrives: to their own address, at any hour, once a minute."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse

from renewals import audit
from renewals.audit import Machine
from renewals.errors.mailing import OwnAddressMissing
from renewals.models import Delivery, DeliveryState, Person
from renewals.notices.trying import ask_for_test, write_test
from renewals.tasks import try_mail
from tests.watching import at

pytestmark = pytest.mark.django_db

SUNDAY = date(2026, 3, 1)
BY = Machine("mail")


@pytest.fixture
def nudges(monkeypatch) -> list[tuple[str, list[str]]]:
    sent: list[tuple[str, list[str]]] = []
    monkeypatch.setattr("celery.current_app.send_task", lambda task, args: sent.append((task, args)))
    return sent


def test_the_page_only_says_who_asked(client, beto, nudges, django_capture_on_commit_callbacks):
    client.force_login(beto)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("mail_test_send"), {"address": "otra@example.com", "person": "1"}, follow=True)
    assert nudges == [("renewals.try_mail", [str(beto.pk)])]
    assert not Delivery.objects.exists()
    assert f"va en camino a {beto.email}" in answer.content.decode()


def test_it_goes_to_the_person_alone_and_leaves_on_a_sunday_night(beto, work):
    with time_machine.travel(at(SUNDAY, 23), tick=False):
        try_mail(str(beto.pk))
        work()
    (message,) = mail.outbox
    assert message.to == [beto.email]
    assert message.subject == "Correo de prueba de Vigencia"
    assert "Si lees esto, tus avisos llegan a este correo." in message.body
    row = Delivery.objects.get()
    assert row.state == DeliveryState.SENT
    assert "delivery.made" in {event.name for event in audit.history_of(row)}


def test_two_in_one_minute_are_one(beto):
    assert write_test(person_id=beto.pk, now=at(SUNDAY, 9, 15), by=BY)
    assert not write_test(person_id=beto.pk, now=at(SUNDAY, 9, 15) + timedelta(seconds=59), by=BY)
    assert write_test(person_id=beto.pk, now=at(SUNDAY, 9, 16), by=BY)
    assert Delivery.objects.count() == 2


def test_one_that_was_refused_is_not_written_again_in_the_same_minute(beto):
    assert write_test(person_id=beto.pk, now=at(SUNDAY, 9, 15), by=BY)
    Delivery.objects.update(state=DeliveryState.FAILED)
    assert not write_test(person_id=beto.pk, now=at(SUNDAY, 9, 15), by=BY)


def test_who_has_no_address_is_told_so_and_gets_none(client, beto, nudges):
    Person.objects.filter(pk=beto.pk).update(email="")
    beto.refresh_from_db()
    with pytest.raises(OwnAddressMissing):
        ask_for_test(by=beto)
    assert not write_test(person_id=beto.pk, now=at(SUNDAY), by=BY)
    client.force_login(beto)
    assert "No tienes correo registrado" in client.get(reverse("mail_test")).content.decode()
    assert "No tienes correo registrado" in client.post(reverse("mail_test_send"), follow=True).content.decode()
    assert nudges == []


def test_who_left_gets_none(beto):
    Person.objects.filter(pk=beto.pk).update(is_active=False)
    assert not write_test(person_id=beto.pk, now=at(SUNDAY), by=BY)
    assert not write_test(person_id=beto.pk + 1000, now=at(SUNDAY), by=BY)


def test_the_page_shows_what_became_of_the_last_one(client, beto):
    write_test(person_id=beto.pk, now=at(SUNDAY, 9), by=BY)
    Delivery.objects.update(failure_code="server_unreachable")
    client.force_login(beto)
    shown = client.get(reverse("mail_test")).content.decode()
    assert "Por enviar. No se pudo llegar al servidor de correo" in shown


def test_nobody_sees_anybody_elses_test(client, beto, carla):
    write_test(person_id=beto.pk, now=at(SUNDAY, 9), by=BY)
    client.force_login(carla)
    assert "La última prueba" not in client.get(reverse("mail_test")).content.decode()
