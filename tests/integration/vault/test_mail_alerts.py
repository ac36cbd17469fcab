"""The vault worker mails its alerts from an account of its own, to addresses of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from renewals.audit import Machine
from renewals.models import Alert, AlertKind
from renewals.models.event import Event
from renewals.vault import alert_mail
from tests import factories
from tests.services.mail_sink import mail_sink

BY = Machine("test")


@pytest.fixture
def sink():
    with mail_sink() as one:
        yield one


@pytest.fixture
def account(settings, sink):
    settings.ALERT_EMAIL = {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": sink.port,
        "EMAIL_HOST_USER": None,
        "EMAIL_HOST_PASSWORD": None,
    }
    settings.ALERT_MAIL_TO = ["ana@casa.example", "notaria@fuera.example"]


@pytest.fixture
def alert(beto):
    company = factories.company(name="Óptica Ñandú")
    return Alert.objects.create(at=timezone.now(), kind=AlertKind.NIGHT, person=beto, company=company)


def test_it_really_leaves_for_every_address_of_its_own_settings(account, sink, alert):
    assert alert_mail.mail(now=timezone.now(), by=BY) == 1
    assert [to for to, _ in sink.accepted] == ["ana@casa.example", "notaria@fuera.example"]
    message = sink.accepted[0][1]
    assert str(message["Subject"]).strip() == "Alerta de la bóveda: De noche o en día inhábil"
    assert "De noche o en día inhábil se abrió una llave de Óptica Ñandú para beto." in message.get_content()
    assert Event.objects.filter(name="alert.mailed", subject_id=str(alert.pk)).count() == 1


def test_a_first_time_waits_for_the_next_morning(account, beto):
    noon = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("America/Mexico_City"))
    first = Alert.objects.create(at=noon, kind=AlertKind.FIRST_TIME, person=beto, company=factories.company())
    assert alert_mail.alerts_waiting(noon + timedelta(hours=18), 10) == []
    assert alert_mail.alerts_waiting(noon + timedelta(hours=19), 10) == [first.pk]


def test_it_leaves_once(account, sink, alert, work):
    work()
    work()
    assert len(sink.accepted) == 2
    alert.refresh_from_db()
    assert alert.mailed_at is not None


def test_whoever_marks_alerts_as_told_does_not_hold_it_back(account, sink, alert):
    Alert.objects.update(told_at=timezone.now())
    alert_mail.mail(now=timezone.now(), by=BY)
    assert sink.accepted


def test_without_an_account_nothing_is_tried(alert):
    assert alert_mail.alerts_waiting(timezone.now(), 10) == []
    assert alert_mail.mail(now=timezone.now(), by=BY) == 0


def test_an_account_without_addresses_is_not_used(account, settings, alert):
    settings.ALERT_MAIL_TO = []
    assert alert_mail.mail(now=timezone.now(), by=BY) == 0


def test_a_new_account_does_not_tell_old_stories(account, alert):
    assert not alert_mail.alerts_waiting(timezone.now() + timedelta(days=8), 10)


def test_a_server_that_does_not_answer_leaves_the_alert_waiting(account, settings, alert, work):
    settings.ALERT_EMAIL = {**settings.ALERT_EMAIL, "EMAIL_PORT": 9}
    with pytest.raises(ConnectionRefusedError):
        alert_mail.mail(now=timezone.now(), by=BY)
    assert alert_mail.alerts_waiting(timezone.now(), 10) == [alert.pk]
    # The look goes on with other work, and tries this again later.
    work()
    assert alert_mail.alerts_waiting(timezone.now(), 10) == [alert.pk]


def test_a_copy_that_is_sent_again_is_known_as_the_same_message(account, sink, alert):
    alert_mail.mail(now=timezone.now(), by=BY)
    Alert.objects.update(mailed_at=None)
    alert_mail.mail(now=timezone.now(), by=BY)
    assert len(set(sink.ids_for("ana@casa.example"))) == 1
