"""Does a message leave once, and is it never lost when it does not?"""

import smtplib
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import ClassVar

import pytest
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.utils import timezone

from renewals import audit
from renewals.audit import Machine
from renewals.models import Delivery, DeliveryState, Detour, Notice, NoticeState, Person
from renewals.notices import delivery
from renewals.notices.digest import assemble
from renewals.notices.round import sweep
from renewals.wording.notices import FAILURES
from tests.factories import company, person
from tests.watching import at, watched

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = date(2026, 3, 3)
BY = Machine("mail")


class Difficult(BaseEmailBackend):
    """A mail server that answers as the test wants."""

    answer: ClassVar[Exception | None] = None
    asked: ClassVar[int] = 0
    in_transaction: ClassVar[bool] = False
    meanwhile: ClassVar[Callable[[], object] | None] = None

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        type(self).asked += 1
        type(self).in_transaction = connection.in_atomic_block
        if (meanwhile := type(self).meanwhile) is not None:
            meanwhile()
        if self.answer is not None:
            raise self.answer
        return len(email_messages)


@pytest.fixture
def server(settings):
    settings.EMAIL_BACKEND = f"{__name__}.Difficult"
    Difficult.answer, Difficult.meanwhile, Difficult.asked, Difficult.in_transaction = None, None, 0, False
    return Difficult


@pytest.fixture
def message(beto) -> Delivery:
    watched(company(responsible=beto), expires_on=TODAY + timedelta(days=7))
    sweep(now=at(TODAY, 8), by=Machine("sweep"))
    return Delivery.objects.get()


def send(row: Delivery, *, after: timedelta = timedelta(0)) -> bool:
    return delivery.send(delivery_id=row.pk, now=timezone.now() + after, by=BY)


def refused_for_good(address: str) -> Exception:
    return smtplib.SMTPRecipientsRefused({address: (550, b"no such user")})


def test_it_leaves_as_it_was_frozen_with_text_html_and_its_own_message_id(message):
    assert send(message)
    (sent,) = mail.outbox
    assert (sent.subject, sent.body, sent.to) == (message.subject, message.text, ["beto@despacho.example"])
    assert sent.message()["Message-ID"] == message.message_id
    assert sent.message()["Auto-Submitted"] == "auto-generated"
    assert isinstance(sent, EmailMultiAlternatives)
    assert sent.alternatives[0][0] == message.html
    message.refresh_from_db()
    assert message.state == DeliveryState.SENT
    assert message.sent_at is not None
    assert audit.history_of(message)[0].name == "delivery.sent"


def test_it_is_sent_once_however_often_it_is_asked(message):
    assert send(message)
    assert not send(message)
    assert not send(message, after=timedelta(days=1))
    assert len(mail.outbox) == 1


def test_two_workers_on_one_message_send_it_once(message):
    Delivery.objects.filter(pk=message.pk).update(
        state=DeliveryState.SENDING, lease_until=timezone.now() + delivery.LEASE
    )
    assert not send(message)
    assert delivery.waiting(timezone.now(), 10) == []
    assert mail.outbox == []


def test_a_message_whose_worker_died_is_found_again_when_its_lease_ran_out(message):
    Delivery.objects.filter(pk=message.pk).update(
        state=DeliveryState.SENDING, lease_until=timezone.now() + delivery.LEASE
    )
    later = timezone.now() + delivery.LEASE + timedelta(seconds=1)
    assert delivery.waiting(later, 10) == [message.pk]
    assert delivery.send(delivery_id=message.pk, now=later, by=BY)
    assert mail.outbox[0].message()["Message-ID"] == message.message_id


def test_the_server_is_spoken_to_outside_any_transaction(message, server):
    send(message)
    assert server.asked == 1
    assert not server.in_transaction


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (ConnectionRefusedError(), "server_unreachable"),
        (TimeoutError(), "server_unreachable"),
        (smtplib.SMTPServerDisconnected(), "server_unreachable"),
        (smtplib.SMTPAuthenticationError(535, b"no"), "server_refused"),
        (smtplib.SMTPSenderRefused(550, b"no", "avisos@localhost"), "server_refused"),
        (smtplib.SMTPRecipientsRefused({"beto@despacho.example": (450, b"later")}), "server_refused"),
        (smtplib.SMTPDataError(451, b"later"), "server_refused"),
        (RuntimeError("odd"), "unexpected_error"),
    ],
)
def test_a_server_that_fails_for_now_is_asked_again_later(message, server, answer, code):
    server.answer = answer
    assert not send(message)
    message.refresh_from_db()
    assert (message.state, message.failure_code, message.attempts) == (DeliveryState.PENDING, code, 1)
    assert delivery.waiting(timezone.now() + timedelta(seconds=50), 10) == []
    server.answer = None
    assert send(message, after=timedelta(seconds=61))
    assert server.asked == 2


def test_the_pauses_grow_while_the_server_is_down(message, server):
    server.answer = ConnectionRefusedError()
    moment, pauses = timezone.now(), []
    for _ in range(7):
        delivery.send(delivery_id=message.pk, now=moment, by=BY)
        message.refresh_from_db()
        pauses.append(round((message.next_try_at - moment).total_seconds() / 60))
        moment = message.next_try_at
    assert pauses == [1, 5, 15, 60, 120, 120, 120]


def test_hours_without_a_server_lose_nothing(message, server):
    server.answer = ConnectionRefusedError()
    moment = timezone.now()
    for _ in range(12):
        delivery.send(delivery_id=message.pk, now=moment, by=BY)
        message.refresh_from_db()
        moment = message.next_try_at
    server.answer = None
    assert delivery.send(delivery_id=message.pk, now=moment, by=BY)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (refused_for_good("beto@despacho.example"), "recipient_refused"),
        (smtplib.SMTPDataError(554, b"no"), "message_refused"),
    ],
)
def test_an_address_that_takes_no_mail_is_given_up_and_the_partners_are_told(message, server, ana, answer, code):
    server.answer = answer
    assert not send(message)
    message.refresh_from_db()
    assert (message.state, message.failure_code) == (DeliveryState.FAILED, code)
    assert audit.history_of(message)[0].name == "delivery.failed"
    assert Notice.objects.get(mark=7).state == NoticeState.WAITING

    assemble(now=at(TODAY, 9), by=Machine("sweep"))
    to_ana = Delivery.objects.get(person=ana)
    assert to_ana.lines.get().detour == Detour.UNDELIVERED
    assert "el correo de beto, responsable, no recibió el aviso" in to_ana.text


def test_nobody_whose_access_was_taken_gets_what_was_written_to_them_and_the_partners_are_told(message, ana):
    Person.objects.filter(pk=message.person_id).update(is_active=False)
    assert not send(message)
    assert mail.outbox == []
    message.refresh_from_db()
    assert (message.state, message.failure_code) == (DeliveryState.FAILED, "recipient_left")
    assert FAILURES[message.failure_code]

    assemble(now=at(TODAY, 9), by=Machine("sweep"))
    to_ana = Delivery.objects.get(person=ana)
    assert to_ana.lines.get().detour == Detour.INACTIVE
    assert send(to_ana)


def test_a_message_tried_too_often_is_given_up(message, server):
    server.answer = ConnectionRefusedError()
    moment = timezone.now()
    for _ in range(delivery.MOST_ATTEMPTS):
        delivery.send(delivery_id=message.pk, now=moment, by=BY)
        message.refresh_from_db()
        moment = message.next_try_at + timedelta(seconds=1)
    assert (message.state, message.failure_code) == (DeliveryState.FAILED, "server_unreachable")
    assert Notice.objects.waiting().count() == 1


def test_a_message_that_kills_every_worker_is_given_up_in_the_end(message, server):
    Delivery.objects.filter(pk=message.pk).update(
        state=DeliveryState.SENDING, lease_until=timezone.now(), attempts=delivery.MOST_ATTEMPTS
    )
    assert not send(message, after=timedelta(seconds=1))
    assert server.asked == 0
    message.refresh_from_db()
    assert message.state == DeliveryState.FAILED


def test_what_another_partner_was_told_does_not_wait_again(server):
    ana, eva = person("ana", role="socio"), person("eva", role="socio")
    watched(company(), expires_on=TODAY + timedelta(days=7))
    sweep(now=at(TODAY, 8), by=Machine("sweep"))
    to_ana, to_eva = Delivery.objects.get(person=ana), Delivery.objects.get(person=eva)
    assert send(to_ana)
    server.answer = refused_for_good("eva@despacho.example")
    send(to_eva)
    assert Notice.objects.get(mark=7).state == NoticeState.CARRIED


def test_when_every_partner_failed_the_line_waits_for_somebody_new(server):
    person("ana", role="socio")
    watched(company(), expires_on=TODAY + timedelta(days=7))
    sweep(now=at(TODAY, 8), by=Machine("sweep"))
    server.answer = refused_for_good("ana@despacho.example")
    send(Delivery.objects.get())
    assert assemble(now=at(TODAY + timedelta(days=1), 8), by=BY).unreachable == 1
    eva = person("eva", role="socio")
    assemble(now=at(TODAY + timedelta(days=1), 9), by=BY)
    assert Delivery.objects.latest("pk").person == eva


def test_an_answer_after_the_lease_ran_out_changes_nothing_of_the_next_holders(message, server):
    # While the server was thinking, the lease ran out and another worker took the message.
    server.meanwhile = lambda: Delivery.objects.filter(pk=message.pk).update(
        lease_until=timezone.now() + timedelta(hours=1)
    )
    assert not send(message)
    message.refresh_from_db()
    assert message.state == DeliveryState.SENDING


def test_the_desk_says_why_a_message_did_not_leave(message, server, ana, client):
    server.answer = refused_for_good("beto@despacho.example")
    send(message)
    client.force_login(ana)
    page = client.get(f"/admin/renewals/delivery/{message.pk}/change/")
    assert "El servidor no acepta esa dirección de correo" in page.content.decode()
