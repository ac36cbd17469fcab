"""Partners hear of what the vault worker noticed: each once, all alerts together, first times the next morning."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from renewals.audit import Machine
from renewals.errors import AlreadyMoved
from renewals.models import Alert, AlertKind, Delivery, DeliveryState
from renewals.models.event import Event
from renewals.notices import alerts
from tests import factories

BY = Machine("test")


@pytest.fixture
def company(db):
    return factories.company(name="Óptica Ñandú")


def raised(person, *, kind=AlertKind.NIGHT, company=None, **facts) -> Alert:
    return Alert.objects.create(at=timezone.now(), kind=kind, person=person, company=company, facts=facts)


def test_every_partner_gets_one_message_with_all_alerts(work, ana, beto, dalia, company):
    elena = factories.person("elena", role="socio")
    raised(beto, company=company, keys=1)
    raised(beto, kind=AlertKind.BURST, companies=6, minutes=15, keys=1)
    work()
    assert sorted(one.to[0] for one in mail.outbox) == [ana.email, elena.email]
    text = mail.outbox[0].body
    assert mail.outbox[0].subject == "2 alertas de la bóveda"
    assert "De noche o en día inhábil se abrió una llave de Óptica Ñandú para beto." in text
    assert "Se abrieron llaves de 6 empresas en 15 minutos para beto." in text
    assert not Alert.objects.untold().exists()
    assert Event.objects.filter(name="alert.told").count() == 2


def test_nobody_is_told_twice(work, ana, beto, company):
    raised(beto, company=company)
    work()
    work()
    assert len(mail.outbox) == 1
    raised(beto, kind=AlertKind.SIGNATURE, company=company)
    work()
    assert [one.subject for one in mail.outbox] == [
        "Alerta de la bóveda: De noche o en día inhábil",
        "Alerta de la bóveda: Firma de un documento",
    ]


def test_first_times_are_told_together_the_next_morning(work, ana, beto, carla, company):
    noon = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("America/Mexico_City"))
    for person, hours in ((beto, 0), (carla, 5)):
        with time_machine.travel(noon + timedelta(hours=hours), tick=False):
            raised(person, kind=AlertKind.FIRST_TIME, company=company)
            raised(person, company=company)
            work()
    with time_machine.travel(noon + timedelta(hours=18, minutes=59), tick=False):
        work()
    assert [one.subject for one in mail.outbox] == ["Alerta de la bóveda: De noche o en día inhábil"] * 2
    with time_machine.travel(noon + timedelta(hours=19), tick=False):
        work()
    assert mail.outbox[2].subject == "2 alertas de la bóveda"
    for person in (beto, carla):
        assert f"Se abrió por primera vez una llave de Óptica Ñandú para {person}." in mail.outbox[2].body


def test_a_limit_says_whose_it_was(work, ana, beto):
    raised(beto, kind=AlertKind.LIMIT, limit=20, minutes=60, of_firm=False)
    raised(beto, kind=AlertKind.LIMIT, limit=400, minutes=1440, of_firm=True)
    raised(beto, kind=AlertKind.LIMIT, limit=10, minutes=60, of_firm=True, of_signatures=True)
    work()
    text = mail.outbox[0].body
    assert "beto llegó al límite de 20 llaves en una hora." in text
    assert "El despacho llegó al límite de 400 llaves en 24 horas; quien pidió la última fue beto." in text
    assert "El despacho llegó al límite de 10 documentos firmados en una hora; quien pidió el último fue beto." in text


def test_where_no_partner_can_be_told_alerts_wait(work, ana, beto, company):
    ana.email = ""
    ana.save(update_fields=["email"])
    raised(beto, company=company)
    work()
    assert not mail.outbox
    assert Alert.objects.untold().count() == 1
    ana.email = "ana@despacho.example"
    ana.save(update_fields=["email"])
    work()
    assert len(mail.outbox) == 1


def test_more_than_one_message_carries_are_told_in_the_next(work, ana, beto, company, monkeypatch):
    monkeypatch.setattr(alerts, "MOST", 2)
    for _ in range(3):
        raised(beto, company=company)
    work()
    assert len(mail.outbox) == 2
    assert not Alert.objects.untold().exists()


def test_a_server_that_does_not_answer_is_tried_again(work, ana, beto, company, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    raised(beto, company=company)
    work()
    row = Delivery.objects.get()
    assert (row.state, row.failure_code) == (DeliveryState.PENDING, "server_unreachable")
    assert row.next_try_at > timezone.now() + timedelta(seconds=30)


def test_two_workers_at_once_tell_it_once(ana, beto, company, monkeypatch):
    raised(beto, company=company)
    compose = alerts._message

    def overtaken(*args):
        monkeypatch.setattr(alerts, "_message", compose)
        alerts.tell(now=timezone.now(), by=BY)
        return compose(*args)

    monkeypatch.setattr(alerts, "_message", overtaken)
    with pytest.raises(AlreadyMoved):
        alerts.tell(now=timezone.now(), by=BY)
    assert Delivery.objects.count() == 1


def test_the_list_is_for_partners_and_auditors(client, ana, beto, dalia, company):
    for kind in AlertKind:
        raised(beto, kind=kind, company=company, companies=6, minutes=15, limit=20)
    for person, status in ((ana, 200), (dalia, 200), (beto, 403)):
        client.force_login(person)
        page = client.get("/admin/renewals/alert/")
        assert page.status_code == status
        assert ("Óptica Ñandú" in page.content.decode()) == (status == 200)
